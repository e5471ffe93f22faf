"""Which cells of an edition are hidden so that no sum, difference or report gives them away.

A cell is a count of persons under one definition, in one period, for one municipality, unit and group. The
same cell has the same fate in every table of the edition. Two cells of different definitions are one when the
registry says so (``cell``): the number of pupils in special provision is also the numerator of a share.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from inklusion.definitions import definition
from inklusion.disclosure.rule import Rule
from inklusion.municipalities import COUNTRY

# Measures whose estimate is itself a number of persons when the definition counts persons.
COUNTING = ("printed", "recomputed", "sum")
CELL = ("cell", "period", "municipality", "unit", "group")
_SUMMED = (("municipality", (COUNTRY,)), ("unit", ("",)), ("group", ("",)))

Cell = tuple[str, ...]


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
        Index as the table; the columns of ``CELL``, ``count``, and ``smallest``: the smallest number of
        persons that the row would give away (count, those not counted, all).
    """
    entries = [definition(name) for name in table["definition"]]
    protected = np.array([entry.counts in rule.protected for entry in entries], dtype=bool)
    is_count = np.array([entry.kind == "count" for entry in entries], dtype=bool)
    is_count &= table["measure"].isin(COUNTING).to_numpy(bool)
    numerator = table["numerator"].astype("Float64").to_numpy(float, na_value=np.nan)
    denominator = table["denominator"].astype("Float64").to_numpy(float, na_value=np.nan)
    estimate = table["estimate"].to_numpy(float)
    count = np.where(np.isnan(numerator) & is_count, estimate, numerator)
    smallest = np.fmin(np.fmin(count, denominator - count), denominator)
    count = np.where([entry.complement for entry in entries], np.nan, count)
    found = table[list(CELL[1:])].copy()
    found.insert(0, "cell", [entry.cell or entry.id for entry in entries])
    found["count"] = count
    found["smallest"] = smallest
    return found[protected & ~np.isnan(smallest)]


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
    small = counts[counts["smallest"] < rule.threshold]
    primary = set(small[list(CELL)].itertuples(index=False, name=None))
    sums = relations(values)
    complementary: set[Cell] = set()
    while found := recoverable(values, sums, primary, complementary, rule.threshold):
        candidates = [
            part
            for relation in sums
            if found[0] in (relation.total, *relation.parts)
            for part in (*relation.parts, relation.total)
            if part not in primary | complementary
        ]
        if not candidates:
            break
        parts = {part for relation in sums for part in relation.parts}
        complementary.add(min(candidates, key=lambda cell: (cell not in parts, values[cell], cell)))
    return primary, complementary


def relations(values: dict[Cell, float]) -> list[Relation]:
    """All sums over municipalities, units or groups that hold in the data."""
    found = []
    for dimension, totals in _SUMMED:
        position = CELL.index(dimension)
        lines: dict[Cell, tuple[list[Cell], list[Cell]]] = {}
        for cell in values:
            is_total = cell[position] in totals
            fixed = _without(cell, position, pooled=dimension == "municipality" and is_total)
            lines.setdefault(fixed, ([], []))[0 if is_total else 1].append(cell)
        for all_totals, parts in lines.values():
            found += [
                Relation(total, tuple(parts))
                for total in all_totals
                if parts and np.isclose(values[total], sum(values[part] for part in parts))
            ]
    return found


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
    threshold: int,
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
    bounds = [_bounds(cell, values, primary, threshold) for cell in hidden]
    return [cell for cell in hidden if _is_pinned(place[cell], np.array(rows), np.array(right), bounds)]


def _bounds(cell: Cell, values: dict[Cell, float], primary: set[Cell], threshold: int) -> tuple[float, float | None]:
    is_small = cell in primary and values[cell] < threshold
    return (0.0, threshold - 1.0) if is_small else (0.0, None)


def _is_pinned(place: int, rows: np.ndarray, right: np.ndarray, bounds: list[tuple[float, float | None]]) -> bool:
    goal = np.zeros(rows.shape[1])
    goal[place] = 1.0
    ends = [linprog(sign * goal, A_eq=rows, b_eq=right, bounds=bounds, method="highs") for sign in (1.0, -1.0)]
    if any(end.status != 0 for end in ends):
        return False
    return bool(np.ceil(ends[0].fun - 1e-7) >= np.floor(-ends[1].fun + 1e-7))
