"""What lies between a longer period and a shorter one, a whole and a part: numbers that a reader finds by subtraction."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations, permutations

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from inklusion.disclosure.cells import Cell, dimension
from inklusion.disclosure.nodes import REST, Nodes
from inklusion.disclosure.wholes import LESS
from inklusion.periods import years_of

_TOO_FAR = 0.5
_CONVINCING = 5  # different numbers that two counts share before a reader takes them for the same

Place = tuple[str, str, str, str]


def add_periods(nodes: Nodes) -> None:
    """Split pooled periods: into the years that are printed, and what is left of the others.

    Years that stand in the same printed periods cannot be told apart and are one cell.
    """
    series: dict[tuple[str, str, str, str], list[Cell]] = {}
    for cell in nodes.values:
        series.setdefault((cell[0], *cell[2:]), []).append(cell)
    for cells in series.values():
        if len(cells) > 1:
            labels = tuple(sorted(cell[1] for cell in cells))
            _split(nodes, {cell[1]: cell for cell in cells}, *_atoms(labels))


@cache
def _atoms(labels: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[int, ...]], ...]]:
    """The smallest spans that all printed periods are made of, and for each longer period which ones."""
    years = {label: frozenset(years_of(label)) for label in labels}
    every = sorted(set().union(*years.values()))
    inside = {year: frozenset(label for label in labels if year in years[label]) for year in every}
    spans: dict[frozenset[str], list[str]] = {}
    for year in every:
        spans.setdefault(inside[year], []).append(year)
    printed = {held: label for label, held in years.items()}
    names = tuple(printed.get(frozenset(span), " + ".join(span)) for span in spans.values())
    longer = tuple(
        (label, tuple(number for number, within in enumerate(spans) if label in within))
        for label in labels if label not in names and years[label]
    )  # fmt: skip
    return names, longer


def _split(
    nodes: Nodes, printed: dict[str, Cell], names: tuple[str, ...], longer: tuple[tuple[str, tuple[int, ...]], ...]
) -> None:
    if not longer:
        return
    cell = next(iter(printed.values()))
    spans = [printed.get(name, (cell[0], name, *cell[2:])) for name in names]
    unknown = [number for number, name in enumerate(names) if name not in printed]
    left = np.array([
        nodes.left(printed[label], [spans[number] for number in parts if names[number] in printed])
        for label, parts in longer
    ])  # fmt: skip
    holds = np.array([[number in parts for number in unknown] for _, parts in longer], dtype=float)
    found = _solved(holds, left)
    if found is None:
        return
    nodes.values.update({spans[number]: value for number, value in zip(unknown, found, strict=True)})
    for label, parts in longer:
        nodes.relate(printed[label], [spans[number] for number in parts])


def _solved(holds: np.ndarray, left: np.ndarray) -> np.ndarray | None:
    """Numbers for the spans that nobody prints; missing where hidden; nothing where the periods do not add up."""
    if np.isnan(left).any():
        known = ~np.isnan(left) & (holds.sum(axis=1) == 1)
        found = np.full(holds.shape[1], np.nan)
        for row in np.flatnonzero(known):
            found[np.argmax(holds[row])] = left[row]
        return None if (found < 0).any() else found
    if not holds.shape[1]:
        return None if (np.abs(left) > 0).any() else left[:0]
    found, distance = nnls(holds, left)
    return None if distance > _TOO_FAR else np.where(np.abs(found - np.round(found)) < 1e-6, np.round(found), found)


def add_definitions(nodes: Nodes, found: pd.DataFrame) -> None:
    """Put a cell between each whole and its part: those not counted, and those of a wider definition only."""
    by_name: dict[str, list[Cell]] = {}
    for cell in nodes.values:
        by_name.setdefault(cell[0], []).append(cell)
    groups = {(cell, name): group for cell, name, group, shared in
              found[["cell", "dimension", "whole_group", "is_shared"]].itertuples(index=False, name=None) if shared}  # fmt: skip
    for whole, part in _pairs(found, ["whole", "cell"], with_denominator=True):
        for cell in by_name.get(part, []):
            group = groups.get((part, _dimension(cell[4])), cell[4])
            _between(nodes, (whole, *cell[1:4], group), cell, is_nested=False)
    nested = found[found["part_of"] != ""]
    for whole, part in _pairs(nested, ["part_of", "cell"]):
        for cell in by_name.get(part, []):
            _between(nodes, (whole, *cell[1:]), cell, is_nested=True)
    for whole, part in _nested_wholes(nodes, sorted(set(found.loc[found["denominator"].notna(), "whole"]))):
        for cell in by_name.get(part, []):
            _between(nodes, (whole, *cell[1:]), cell, is_nested=True)


def _nested_wholes(nodes: Nodes, names: Sequence[str]) -> list[tuple[str, str]]:
    """Denominators of which one is nowhere larger than another: pupils in ordinary classes are among all pupils."""
    places = _places(nodes)
    found = []
    for whole, part in permutations(names, 2):
        common = places[whole].keys() & places[part].keys()
        apart = [places[whole][place] - places[part][place] for place in common]
        if any(left > 0 for left in apart) and not any(left < 0 for left in apart):
            found.append((whole, part))
    return found


def _places(nodes: Nodes) -> dict[str, dict[Place, float]]:
    """The number of each name at each place."""
    places: dict[str, dict[Place, float]] = {}
    for cell, value in nodes.values.items():
        places.setdefault(cell[0], {})[cell[1:]] = value
    return places


def _dimension(group: str) -> str:
    """The dimension of a group, also of what is left of one."""
    return group.removeprefix(REST).strip(" )") if group.startswith(REST) else dimension(group)


def _pairs(found: pd.DataFrame, columns: list[str], *, with_denominator: bool = False) -> Iterable[tuple[str, str]]:
    rows = found[found["denominator"].notna()] if with_denominator else found
    return sorted(rows[columns].drop_duplicates().itertuples(index=False, name=None))


def _between(nodes: Nodes, whole: Cell, part: Cell, *, is_nested: bool) -> None:
    if whole not in nodes.values:
        return
    left = nodes.left(whole, [part])
    if left < 0:
        return
    between = (f"{whole[0]}{LESS}{part[0]}", *part[1:])
    printed = nodes.values.get(between, np.nan)
    if not np.isnan(printed) and abs(printed - left) > _TOO_FAR:
        return
    nodes.values[between] = left if np.isnan(printed) else printed
    if is_nested:
        nodes.nested.add(between)
    nodes.relate(whole, (part, between))


def add_small_differences(nodes: Nodes, most: float) -> None:
    """A cell for what a printed total has besides one printed part of it, where that is few persons.

    The other schools together have four pupils in a band when the municipality has four more than this school. The
    total may be several steps away (a longer period, a wider definition, a larger place).
    """
    above: dict[Cell, set[Cell]] = {}
    for total, parts in nodes.relations:
        for part in parts:
            above.setdefault(part, set()).add(total)
    done = {(total, part) for total, parts in nodes.relations if len(parts) == 2 for part in parts}
    known = {cell: value for cell, value in nodes.values.items() if not np.isnan(value)}
    for part in sorted(nodes.printed & known.keys()):
        reached, waiting = {part}, [part]
        while waiting:
            near = {total for total in above.get(waiting.pop(), ()) if known.get(total, np.inf) - known[part] <= most}
            waiting += near - reached
            reached |= near
        for total in sorted(reached & nodes.printed):
            if known[total] - known[part] > _TOO_FAR and (total, part) not in done:
                nodes.set_apart(total, part)


def add_equalities(nodes: Nodes) -> None:
    """Tie counts that are the same by two names: all pupils less those in segregated classes are those in ordinary ones.

    No registry says so; it is read off the numbers, as a reader would: equal wherever both can be seen. Then one gives
    the other also where only one is printed.
    """
    places = _places(nodes)
    printed = {cell[0] for cell in nodes.printed}
    for one, other in combinations(sorted(places), 2):
        if {one, other} & printed and not _is_nested(one, other, places):
            common = places[one].keys() & places[other].keys()
            if _are_equal([(places[one][place], places[other][place]) for place in sorted(common)], one, other):
                for name, twin in ((one, other), (other, one)):
                    if name in printed:
                        _tie(nodes, name, twin, places[twin])


def _tie(nodes: Nodes, name: str, twin: str, places: Mapping[Place, float]) -> None:
    for place in sorted(places):
        period, municipality, unit, group = place
        cell = (name, period, municipality, unit, group)
        nodes.values.setdefault(cell, places[place])
        nodes.relate(cell, [(twin, period, municipality, unit, group)])


def _are_equal(pairs: list[tuple[float, float]], one: str, other: str) -> bool:
    """Whether two counts are the same wherever both can be seen, and often enough where some are hidden.

    Two denominators that are equal wherever both are shown need not be the same: small differences are hidden.
    """
    if all(name.startswith("n: ") and LESS not in name for name in (one, other)):
        return False
    seen = [(a, b) for a, b in pairs if a == a and b == b]
    equal = any(a > 0 for a, _ in seen) and all(a == b for a, b in seen)
    return equal and (len(seen) == len(pairs) or len({a for a, _ in seen}) >= _CONVINCING)


def _is_nested(one: str, other: str, places: Mapping[str, object]) -> bool:
    """Whether a cell already says what lies between the two, or one is what lies between the other and something."""
    made = {one, *one.split(LESS)} & {other, *other.split(LESS)}
    return bool(made & {one, other}) or f"{one}{LESS}{other}" in places or f"{other}{LESS}{one}" in places
