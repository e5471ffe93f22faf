"""Sums over places and groups: units in municipalities, municipalities in the country, groups in a dimension."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from inklusion.disclosure.cells import Cell, dimension
from inklusion.disclosure.nodes import REST, TWICE, Nodes
from inklusion.disclosure.wholes import OWN
from inklusion.municipalities import COUNTRY

KINDS = ("Distrikt", "Skole")  # a municipality is divided into districts, and once more into schools
_UNLIKELY = 3.0

Place = tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A total and the cells that a reader may hold against it.

    Attributes
    ----------
    rest
        The cell for what is in no part; none where the parts are only taken for a sum if they add up.
    family
        Lines of one kind: what can be seen of one is believed of the others.
    site
        Where the line is; all counts of one site have their remainder there.
    """

    total: Cell
    parts: tuple[Cell, ...]
    rest: Cell | None
    family: Place
    site: Place


def add_partitions(nodes: Nodes, found: pd.DataFrame) -> None:
    """Complete missing totals, then note every sum over units, municipalities and groups.

    Sums are found in the numbers: where the parts leave something, the remainder becomes a cell of its own; where they
    exceed their total, they have persons in common. Where a row tells an amount (full-year pupils), the amounts add up
    and the pupils behind them do not: one pupil can be in two provisions and two municipalities within a year.
    """
    distributions = _distributions(found)
    _complete(nodes, _cumulative(found))
    lines = [*_group_lines(nodes, distributions), *_unit_lines(nodes), *_municipality_lines(nodes)]
    lines += _pooled_lines(found)
    left = [nodes.left(line.total, line.parts) for line in lines]
    seen = _evidence(lines, left)
    overlapping = set(found.loc[found["amount"].notna(), "cell"])
    sums = []
    for line, value in zip(lines, left, strict=True):
        if value < 0 or line.total[0] in overlapping or (np.isnan(value) and -1.0 in seen.get(line.family, ())):
            _cover(line, value, nodes)
        elif _is_sum(line, value, seen, nodes):
            sums.append((line, value))
    open_lines = [_is_open(line, value, seen, nodes) for line, value in sums]
    sites = {line.site for (line, _), is_open in zip(sums, open_lines, strict=True) if is_open}
    for (line, value), is_open in zip(sums, open_lines, strict=True):
        _settle(line, value, nodes, with_rest=line.site in sites, is_open=is_open)
    _add_cumulative(nodes, found)


def _distributions(found: pd.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """For each distribution and dimension, the name and group of the denominator that its groups add up to."""
    rows = found[found["is_distribution"] & (found["group"] != "")]
    columns = ["cell", "dimension", "whole", "whole_group"]
    return {(cell, name): (whole, group) for cell, name, whole, group in
            rows[columns].drop_duplicates().itertuples(index=False, name=None)}  # fmt: skip


def _cumulative(found: pd.DataFrame) -> set[tuple[str, str]]:
    """Definitions and dimensions whose groups are no division: distributions have a denominator, the others overlap."""
    return set(found.loc[found["is_shared"], ["cell", "dimension"]].itertuples(index=False, name=None))


def _complete(nodes: Nodes, cumulative: Set[tuple[str, str]]) -> None:
    """Totals that nobody prints but that follow from their parts: over groups, then units, then municipalities."""
    for axis, whole in ((4, ""), (3, ""), (2, COUNTRY)):
        lines: dict[Cell, dict[str, list[Cell]]] = {}
        for cell in nodes.values:
            if _divides(cell, axis) and (cell[0], dimension(cell[4])) not in cumulative:
                kind = dimension(cell[4]) if axis == 4 else _kind(cell[3])
                lines.setdefault(_with(cell, axis, whole), {}).setdefault(kind, []).append(cell)
        for total, kinds in lines.items():
            if total not in nodes.values:
                nodes.values[total] = float(np.max([sum(nodes.values[part] for part in own) for own in kinds.values()]))


def _divides(cell: Cell, axis: int) -> bool:
    """Whether a cell is one of several along an axis: a group, a unit of a municipality, a municipality."""
    if axis == 4:
        return bool(dimension(cell[4]))
    return cell[2] != COUNTRY and bool(cell[3]) == (axis == 3)


def _kind(unit: str) -> str:
    return next((kind for kind in KINDS if unit.startswith(kind)), "")


def _with(cell: Cell, axis: int, text: str) -> Cell:
    changed = list(cell)
    changed[axis] = text
    return (changed[0], changed[1], changed[2], changed[3], changed[4])


def _group_lines(nodes: Nodes, distributions: Mapping[tuple[str, str], tuple[str, str]]) -> Iterator[Line]:
    divided: dict[tuple[Cell, str], list[Cell]] = {}
    for cell in nodes.values:
        if cell[4] and not cell[4].startswith(OWN):
            divided.setdefault((_with(cell, 4, ""), dimension(cell[4])), []).append(cell)
    for (total, name), parts in divided.items():
        rest = _with(total, 4, f"{REST} {name})")
        wholes = [total] if total in nodes.values else []
        if (total[0], name) in distributions:
            whole, group = distributions[total[0], name]
            wholes.append((whole, *total[1:4], group))
        for whole_cell in wholes:
            if whole_cell in nodes.values:
                yield Line(whole_cell, tuple(parts), rest, ("group", total[0], name), ("group", *total[2:4], name))


def _unit_lines(nodes: Nodes) -> Iterator[Line]:
    units: dict[Cell, dict[str, list[Cell]]] = {}
    for cell in nodes.values:
        if cell[2] != COUNTRY and cell[3]:
            units.setdefault(_with(cell, 3, ""), {}).setdefault(_kind(cell[3]), []).append(cell)
    for total, kinds in units.items():
        if total in nodes.values:
            for kind, parts in kinds.items():
                rest = _with(total, 3, f"{REST} {kind})")
                yield Line(total, tuple(parts), rest, ("unit", total[0], kind), ("unit", total[2], total[4], kind))
            if len(kinds) > 1:
                parts = [part for own in kinds.values() for part in own]
                yield Line(total, tuple(parts), None, ("unit", total[0], "*"), ("unit", total[2], total[4], "*"))


def _municipality_lines(nodes: Nodes) -> Iterator[Line]:
    places: dict[Cell, list[Cell]] = {}
    for cell in nodes.values:
        if cell[2] != COUNTRY and not cell[3]:
            places.setdefault(_with(cell, 2, COUNTRY), []).append(cell)
    for total, parts in places.items():
        if total in nodes.values:
            rest = _with(total, 2, f"{REST})")
            yield Line(total, tuple(parts), rest, ("municipality", total[0]), ("municipality", total[4]))


def _pooled_lines(found: pd.DataFrame) -> Iterator[Line]:
    """A named group of municipalities and those that stand with it in one table, if they add up to it."""
    for _, rows in found.groupby("table", sort=True):
        columns = ["cell", "period", "municipality", "unit", "group"]
        cells = set(rows.loc[rows["is_hidden"] | rows["count"].notna(), columns].itertuples(index=False, name=None))
        columns = ["whole", "period", "municipality", "unit", "whole_group"]
        cells |= set(rows.loc[rows["denominator"].notna(), columns].itertuples(index=False, name=None))
        own: dict[Place, list[Cell]] = {}
        for cell in sorted(cells):
            if cell[2] != COUNTRY and not cell[3]:
                own.setdefault((cell[0], cell[1], cell[4]), []).append(cell)
        for cell in sorted(cells):
            parts = own.get((cell[0], cell[1], cell[4]), []) if cell[2] == COUNTRY and cell[3] else []
            if parts:
                yield Line(cell, tuple(parts), None, ("pooled", cell[0], cell[3]), ("pooled", cell[3], cell[4]))


def _evidence(lines: Sequence[Line], left: Sequence[float]) -> dict[Place, set[float]]:
    """For each family, whether lines that can be checked leave something (1), nothing (0), or are no sum (-1)."""
    seen: dict[Place, set[float]] = {}
    for line, remainder in zip(lines, left, strict=True):
        if not np.isnan(remainder):
            seen.setdefault(line.family, set()).add(float(np.sign(remainder)))
    return seen


def _is_sum(line: Line, left: float, seen: Mapping[Place, set[float]], nodes: Nodes) -> bool:
    """Whether parts and remainder make up the total; where that cannot be checked, as the family shows."""
    if line.rest is not None:
        return True
    if not np.isnan(left):
        return left == 0
    shown = seen.get(line.family)
    return not _is_unlikely(line, nodes) if shown is None else shown == {0.0}


def _is_open(line: Line, left: float, seen: Mapping[Place, set[float]], nodes: Nodes) -> bool:
    """Whether a line has a remainder, or may have one: as its family shows, or because too much is missing."""
    if not np.isnan(left):
        return left > 0
    shown = seen.get(line.family)
    return _is_unlikely(line, nodes) if shown is None else 1.0 in shown


def _is_unlikely(line: Line, nodes: Nodes) -> bool:
    """Whether the hidden parts would have to be far larger than the shown ones to fill their total."""
    known = [nodes.values[part] for part in line.parts if not np.isnan(nodes.values[part])]
    missing = nodes.values[line.total] - sum(known)
    return bool(missing > _UNLIKELY * max(known, default=np.inf) * (len(line.parts) - len(known)))


def _settle(line: Line, left: float, nodes: Nodes, *, with_rest: bool, is_open: bool) -> None:
    parts = line.parts
    if line.rest is not None and (with_rest or np.isnan(left)):
        parts = (*parts, line.rest)
        nodes.values[line.rest] = left
        if np.isnan(left) and not is_open:
            nodes.assumed.add(line.rest)
    nodes.relate(line.total, parts, divides=True)


def _cover(line: Line, left: float, nodes: Nodes) -> None:
    """Parts with persons in common: each is at most the total, and together they are at least the total."""
    if line.rest is None or any(nodes.values[part] > nodes.values[line.total] for part in line.parts):
        return
    for part in line.parts:
        nodes.set_apart(line.total, part)
    if not left > 0:
        axis = {"group": 4, "unit": 3, "municipality": 2}[line.family[0]]
        every, twice = (
            _with(line.rest, axis, f"{TWICE} {what} {line.family[-1]})") for what in ("i alt", "flere gange")
        )
        nodes.values[every] = sum(nodes.values[part] for part in line.parts)
        nodes.values[twice] = -left
        nodes.relate(every, line.parts)
        nodes.relate(every, (line.total, twice))


def _add_cumulative(nodes: Nodes, found: pd.DataFrame) -> None:
    """Groups that hold one another ("the 5 % most exposed" are among the 15 %): read off the numbers at all places."""
    rows = found[found["is_shared"] & ~found["is_distribution"] & (found["dimension"] != "")]
    for (cell, _), part in rows.groupby(["cell", "dimension"], sort=True):
        wide = part.pivot_table(index=["period", "municipality", "unit"], columns="group", values="count", dropna=False)
        order = list(wide.max().sort_values(kind="stable").index)
        for smaller, larger in pairwise(order):
            if not (wide[smaller] > wide[larger]).any():
                for period, municipality, unit in wide.index:
                    whole, part = ((str(cell), period, municipality, unit, group) for group in (larger, smaller))
                    if {whole, part} <= nodes.values.keys():
                        nodes.set_apart(whole, part)
