"""The counts of persons that a table gives away, and which of them are too small to be shown.

A cell is a count of persons under one definition, in one period, for one municipality, unit and group. The
same cell has the same fate in every table of the edition. Two cells of different definitions are one when the
registry says so (``cell``): the number of pupils in special provision is also the numerator of a share.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.definitions import Definition, definition
from inklusion.disclosure.rule import Rule

# Measures whose estimate is itself a number of persons when the definition counts persons.
COUNTING = ("printed", "recomputed", "sum")
CELL = ("cell", "period", "municipality", "unit", "group")
Cell = tuple[str, str, str, str, str]

_PLACE = ("period", "municipality", "unit", "group")
_COMPARED = "difference|ratio|change|position|limit"


def counted(table: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The protected rows of a table with what they count.

    Returns
    -------
    DataFrame
        Index as the table; the columns of ``CELL``; ``count``, ``denominator`` and ``amount`` (full-year pupils, where
        the count is of different pupils), missing where not shown; ``tells``, whether the row shows anything that
        follows from the count; ``is_blank``, where a released table hides the row's value, and
        ``is_hidden``, where it hides the count itself; ``remainder``, those of the whole that are
        not in this part; and what the definition says: ``whole`` (name of the denominator), ``is_complement``,
        ``is_distribution``, ``part_of`` (cell).
    """
    codes, names = pd.factorize(table["definition"])
    entries = [definition(name) for name in names]
    kept = np.array([entry.counts in rule.protected for entry in entries], dtype=bool)[codes]
    rows, codes = table[kept], codes[kept]
    found = rows[list(_PLACE)].copy()
    found.insert(0, "cell", _each([entry.cell or entry.id for entry in entries], codes))
    found["definition"] = rows["definition"]
    found["whole"] = _each([whole_of(entry) for entry in entries], codes)
    found["part_of"] = _each([_cell_of(entry.part_of) for entry in entries], codes)
    found["is_complement"] = _each([entry.complement for entry in entries], codes).astype(bool)
    found["is_distribution"] = _each([entry.kind == "distribution" for entry in entries], codes).astype(bool)
    kinds = _each([entry.kind for entry in entries], codes)
    found["denominator"] = rows["denominator"].astype("Float64").to_numpy(float, na_value=np.nan)
    found["count"], found["amount"] = _counts(rows, kinds, found["denominator"].to_numpy())
    found["measure"] = rows["measure"]
    found["is_blank"] = (rows["status"] == "suppressed") if "status" in rows else False
    found["is_hidden"] = found["is_blank"] & rows["numerator"].isna()
    is_share = rows["measure"].astype("str").str.startswith("share")
    found["tells"] = found[["count", "amount"]].notna().any(axis=1) | (is_share & rows["estimate"].notna())
    found["remainder"] = _remainders(found)
    return found


def whole_of(entry: Definition) -> str:
    """The name of a denominator: definitions that count among the same persons share it."""
    if entry.complement:
        return whole_of(definition(entry.cell))
    said = entry.denominator_da not in {"", "ikke oplyst"}
    return f"n: {entry.denominator_da if said else entry.cell or entry.id}"


def is_counted(found: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows in which a count, an amount or a denominator can be read."""
    return np.asarray(found[["count", "denominator", "amount"]].notna().any(axis=1))


def is_sensitive(found: pd.DataFrame, rule: Rule) -> NDArray[np.bool_]:
    """The primary rule: rows that give away too few persons, or the same about a whole group.

    Too few are those counted, those not counted, all of them, or those of the whole who are not in the part. Where
    the rule shows zeros, a count of nobody or of everybody is hidden when it says the same of each member of a group:
    0 of n or n of n for a share, n of n for a distribution.
    """
    count, among = found["count"].to_numpy(), found["denominator"].to_numpy()
    rest = among - count
    small = is_small(count, rule) | is_small(rest, rule) | is_small(among, rule)
    small |= is_small(found["remainder"].to_numpy(), rule)
    if rule.zeros_shown:
        same = (rest == 0) | ((count == 0) & ~found["is_distribution"].to_numpy())
        small |= same & (among > 0)
    return np.asarray(small)


def is_small(count: NDArray[np.float64], rule: Rule) -> NDArray[np.bool_]:
    """Counts below the threshold; nobody is small only under a rule that hides zeros."""
    return np.asarray((count < rule.threshold) & ((count > 0) if rule.zeros_shown else True))


def dimension(group: str) -> str:
    """What a group divides by: groups that divide by the same share what stands before the colon.

    >>> dimension("køn: drenge"), dimension("drenge")
    ('køn', '')
    """
    before, colon, _ = group.partition(": ")
    return before if colon else ""


def keys_of(found: pd.DataFrame) -> list[Cell]:
    """The cell of each row."""
    return list(found[list(CELL)].itertuples(index=False, name=None))


def _cell_of(name: str) -> str:
    return (definition(name).cell or name) if name else ""


def _each(values: list[str] | list[bool], codes: NDArray[np.intp]) -> NDArray[np.object_]:
    return np.array(values, dtype=object)[codes]


def _counts(
    rows: pd.DataFrame, kinds: NDArray[np.object_], among: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Persons counted in each row, and the amount where it is not the count itself."""
    numerator = rows["numerator"].astype("Float64").to_numpy(float, na_value=np.nan)
    estimate = rows["estimate"].to_numpy(float)
    lowest = np.fmin(rows["lower"].to_numpy(float), rows["upper"].to_numpy(float))
    printed = np.where(np.isnan(estimate), lowest, estimate)
    measure = rows["measure"].astype("str")
    is_count = (kinds == "count") & measure.isin(COUNTING).to_numpy(bool)
    is_amount = (kinds == "amount") & ~measure.str.contains(_COMPARED).to_numpy(bool)
    is_share = measure.str.startswith("share").to_numpy(bool) & ~np.isnan(among)
    unknown = np.isnan(numerator)
    count = np.where(unknown & (is_count | is_amount), printed, numerator)
    count = np.where(unknown & is_share & ~is_count, np.round(estimate * among / 100), count)
    amount = np.where(is_amount & ~unknown, estimate, np.nan)
    return count, amount


def _remainders(found: pd.DataFrame) -> NDArray[np.float64]:
    """For a count that is part of another ("heraf"): how many of the whole are not in the part."""
    remainder = np.full(len(found), np.nan)
    parts = np.flatnonzero(found["part_of"].to_numpy() != "")
    if not len(parts):
        return remainder
    counts, keys = found["count"].to_numpy(), keys_of(found)
    is_whole = found["cell"].isin(list(set(found["part_of"].iloc[parts]))) & ~found["is_complement"]
    wholes = {keys[row]: counts[row] for row in np.flatnonzero(is_whole & ~np.isnan(counts))}
    for row in parts:
        remainder[row] = wholes.get((found["part_of"].iloc[row], *keys[row][1:]), np.nan) - counts[row]
    return remainder
