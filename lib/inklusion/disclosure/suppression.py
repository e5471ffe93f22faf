"""Which cells of an edition are hidden so that no sum, difference or report gives them away.

A cell is a count of persons under one definition, in one period, for one municipality, unit and group. The
same cell has the same fate in every table of the edition. Two cells of different definitions are one when the
registry says so (``cell``): the number of pupils in special provision is also the numerator of a share.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from inklusion.definitions import Definition, definition
from inklusion.disclosure.rule import Rule
from inklusion.errors import DisclosureError
from inklusion.municipalities import COUNTRY

# Measures whose estimate is itself a number of persons when the definition counts persons.
COUNTING = ("printed", "recomputed", "sum")
CELL = ("cell", "period", "municipality", "unit", "group")
_SUMMED = (("municipality", (COUNTRY,)), ("unit", ("",)), ("group", ("",)))

Cell = tuple[str, ...]
_EXACT = 0.5  # counts are whole; full-year pupils are printed with at most one decimal


@dataclass(frozen=True)
class Relation:
    """A sum that a reader may use: the total equals the sum of its parts."""

    total: Cell
    parts: tuple[Cell, ...]


def cells(table: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The protected counts of a table.

    Returns
    -------
    DataFrame
        Index as the table; the columns of ``CELL``, ``count``, ``denominator``, and ``smallest``: the smallest
        number of persons that the row would give away (count, those not counted, all).
    """
    entries = [definition(name) for name in table["definition"]]
    protected = np.array([entry.counts in rule.protected for entry in entries], dtype=bool)
    is_count = np.array([entry.kind == "count" for entry in entries], dtype=bool)
    is_count &= table["measure"].isin(COUNTING).to_numpy(bool)
    numerator = table["numerator"].astype("Float64").to_numpy(float, na_value=np.nan)
    denominator = table["denominator"].astype("Float64").to_numpy(float, na_value=np.nan)
    estimate = table["estimate"].to_numpy(float)
    lowest = np.fmin(table["lower"].to_numpy(float), table["upper"].to_numpy(float))
    printed = np.where(np.isnan(estimate), lowest, estimate)
    count = np.where(np.isnan(numerator) & is_count, printed, numerator)
    smallest = np.fmin(np.fmin(count, denominator - count), denominator)
    smallest = np.fmin(smallest, _remainders(table, entries, count))
    count = np.where([entry.complement for entry in entries], np.nan, count)
    found = table[list(CELL[1:])].copy()
    found.insert(0, "cell", [entry.cell or entry.id for entry in entries])
    found["count"] = count
    found["denominator"] = denominator
    found["smallest"] = smallest
    return found[protected & ~np.isnan(smallest)]


def small_cells(counts: pd.DataFrame, rule: Rule) -> set[Cell]:
    """The cells that would give away fewer persons than the threshold."""
    small = counts[counts["smallest"] < rule.threshold]
    return set(small[list(CELL)].itertuples(index=False, name=None))


def _remainders(table: pd.DataFrame, entries: list[Definition], count: np.ndarray) -> np.ndarray:
    """For a count that is part of another ("heraf"): how many of the whole are not in the part."""
    places = list(table[["period", "municipality", "unit"]].itertuples(index=False, name=None))
    wholes = {(entry.id, *place): value for entry, place, value in zip(entries, places, count, strict=True)}
    pairs = zip(entries, places, count, strict=True)
    return np.array([wholes.get((entry.part_of, *place), np.nan) - value for entry, place, value in pairs], dtype=float)


def hidden_cells(counts: pd.DataFrame, rule: Rule) -> tuple[set[Cell], set[Cell]]:
    """Primary and complementary suppression for all cells of an edition together.

    Parameters
    ----------
    counts
        Result of :func:`cells`, all tables of the edition below each other.

    Returns
    -------
    tuple
        Cells below the threshold, and further cells hidden so that none of them can be worked out.

    Notes
    -----
    The smallest visible part of a sum is hidden until every hidden cell could be at least two different whole
    numbers, given all visible cells, all sums, and that readers know which cells are below the threshold.
    """
    known = counts.dropna(subset=["count"]).groupby(list(CELL))["count"].first()
    values: dict[Cell, float] = {tuple(map(str, key)): value for key, value in known.items()}
    primary = small_cells(counts, rule)
    sums = list(dict.fromkeys(relation for own in _by_table(counts, values) for relation in relations(own)))
    limits = _limits(counts, values, primary, rule.threshold)
    complementary: set[Cell] = set()
    while found := recoverable(values, sums, primary, complementary, limits):
        candidates = _visible_around(found, sums, primary | complementary)
        if not candidates:
            raise DisclosureError(f"{len(found)} hidden cells can be worked out and nothing is left to hide.")
        parts = {part for relation in sums for part in relation.parts}
        complementary.add(min(candidates, key=lambda cell: (cell not in parts, values[cell], cell)))
    return primary, complementary


def relations(values: dict[Cell, float]) -> list[Relation]:
    """All sums that hold in the data: along one dimension, and of the finest cells in a country total."""
    found = []
    for total, parts in (*_lines(values), *_leaf_sums(values)):
        if parts and abs(values[total] - sum(values[part] for part in parts)) < _EXACT:
            found.append(Relation(total, tuple(parts)))
    return list(dict.fromkeys(found))


def _lines(values: dict[Cell, float]) -> Iterator[tuple[Cell, list[Cell]]]:
    """Each total with the cells that differ from it in one dimension only."""
    for dimension, totals in _SUMMED:
        position = CELL.index(dimension)
        lines: dict[Cell, tuple[list[Cell], list[Cell]]] = {}
        for cell in values:
            is_total = cell[position] in totals
            fixed = _without(cell, position, pooled=dimension == "municipality" and is_total)
            lines.setdefault(fixed, ([], []))[0 if is_total else 1].append(cell)
        for all_totals, parts in lines.values():
            yield from ((total, parts) for total in all_totals)


def _leaf_sums(values: dict[Cell, float]) -> Iterator[tuple[Cell, list[Cell]]]:
    """Each country total with the finest cells below it: schools where there are schools, groups where groups."""
    leaves: dict[Cell, dict[Cell, list[Cell]]] = {}
    for cell in values:
        name, period, municipality, unit, _ = cell
        if municipality != COUNTRY:
            leaves.setdefault((name, period), {}).setdefault((municipality, unit), []).append(cell)
    for cell in values:
        name, period, municipality, _, group = cell
        if municipality == COUNTRY and not group:
            places = leaves.get((name, period), {})
            with_units = {place for place, unit in places if unit}
            yield cell, [leaf for (place, unit), own in places.items() if unit or place not in with_units
                         for leaf in ([c for c in own if c[-1]] or own)]  # fmt: skip


def _without(cell: Cell, position: int, *, pooled: bool) -> Cell:
    """The other coordinates of a cell. A pooled group of municipalities carries its name as unit."""
    unit = CELL.index("unit")
    return tuple(
        "" if place == unit and pooled else coordinate for place, coordinate in enumerate(cell) if place != position
    )


def recoverable(
    values: dict[Cell, float],
    sums: Iterable[Relation],
    primary: set[Cell],
    complementary: set[Cell],
    limits: dict[Cell, tuple[float, float | None]],
) -> list[Cell]:
    """Hidden cells that a reader of everything visible could pin down to one whole number.

    Linear-programming bounds of each hidden cell given the visible cells and the sums (Fischetti & Salazar
    2001, the attacker's problem), with small cells known to lie below the threshold.
    """
    hidden = sorted(cell for cell in primary | complementary if cell in values)
    place = {cell: number for number, cell in enumerate(hidden)}
    rows, right = [], []
    for relation in sums:
        row = np.zeros(len(hidden))
        visible = 0.0
        for cell, sign in ((relation.total, -1.0), *((part, 1.0) for part in relation.parts)):
            if cell in place:
                row[place[cell]] += sign
            else:
                visible += sign * values[cell]
        if row.any():
            rows.append(row)
            right.append(-visible)
    if not rows:
        return []
    bounds = [limits[cell] for cell in hidden]
    return [cell for cell in hidden if _is_pinned(place[cell], np.array(rows), np.array(right), bounds)]


def _visible_around(found: list[Cell], sums: list[Relation], hidden: set[Cell]) -> set[Cell]:
    """Visible cells in the sums of the found cells; where there are none, in the sums that these lead to."""
    near: set[Cell] = set(found)
    while True:
        reached = near.union(*({r.total, *r.parts} for r in sums if near & {r.total, *r.parts}))
        if reached - hidden or reached == near:
            return reached - hidden
        near = reached


def _by_table(counts: pd.DataFrame, values: dict[Cell, float]) -> list[dict[Cell, float]]:
    """The cells of the whole edition, and of each table alone: a pooled group need not hold all municipalities."""
    if "table" not in counts:
        return [values]
    tables = [set(part[list(CELL)].itertuples(index=False, name=None)) for _, part in counts.groupby("table")]
    return [values, *({cell: value for cell, value in values.items() if cell in own} for own in tables)]


def _limits(
    counts: pd.DataFrame, values: dict[Cell, float], primary: set[Cell], threshold: int
) -> dict[Cell, tuple[float, float | None]]:
    """What a reader knows of each cell if it is hidden: small, or at least the threshold; and its denominator."""
    among = counts.dropna(subset=["denominator"]).groupby(list(CELL))["denominator"].first()
    most = {tuple(map(str, key)): float(value) for key, value in among.items() if value >= threshold}
    limits: dict[Cell, tuple[float, float | None]] = {}
    for cell, value in values.items():
        if cell not in primary:
            limits[cell] = (float(threshold), most[cell] - threshold if cell in most else None)
        elif value < threshold:
            limits[cell] = (0.0, threshold - 1.0)
        else:
            limits[cell] = (max(most[cell] - threshold + 1, 0.0), most[cell]) if cell in most else (0.0, None)
    return limits


def _is_pinned(place: int, rows: np.ndarray, right: np.ndarray, bounds: list[tuple[float, float | None]]) -> bool:
    goal = np.zeros(rows.shape[1])
    goal[place] = 1.0
    ends = [linprog(sign * goal, A_eq=rows, b_eq=right, bounds=bounds, method="highs") for sign in (1.0, -1.0)]
    if any(end.status == 2 for end in ends):
        raise DisclosureError("The hidden cells' bounds contradict the sums: the tables of the edition do not agree.")
    return bool(np.ceil(_end(ends[0]) - 1e-7) >= np.floor(-_end(ends[1]) + 1e-7))


def _end(result: Any) -> float:
    """Where the bound lies; an unbounded cell has none."""
    return float(result.fun) if result.status == 0 else -np.inf
