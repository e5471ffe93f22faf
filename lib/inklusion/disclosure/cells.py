"""The counts of persons that a table gives away, and which of them are too small to be shown.

A cell is a count of persons under one definition, in one period, for one municipality, unit and group. The
same cell has the same fate in every table of the edition. Two cells of different definitions are one when the
registry says so (``cell``): the number of pupils in special provision is also the numerator of a share.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.definitions import Definition, definition
from inklusion.disclosure.rule import Rule

# Measures whose estimate is itself a number of persons when the definition counts persons.
COUNTING = ("printed", "recomputed", "sum")
CELL = ("cell", "period", "municipality", "unit", "group")
Cell = tuple[str, str, str, str, str]
Floats = NDArray[np.float64]

_PLACE = ("period", "municipality", "unit", "group")
_MANY = 100  # of so many a rounded mean may have an interval of no width by chance
_COMPARED = re.compile("difference|ratio|change|position|limit")


def counted(table: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The protected rows of a table with what they count.

    Returns
    -------
    DataFrame
        Index as the table; the columns of ``CELL`` (a mean counts those it is a mean of: its cell is its denominator's); ``count``, ``denominator`` and ``amount`` (full-year pupils, where
        the count is of different pupils), missing where not shown; ``tells``, whether the row shows anything that
        follows from the count; ``is_blank``, where a released table hides the row's value, and ``is_hidden``, where it
        hides the count itself; and what the definition says: ``whole`` (name of the denominator), ``is_complement``,
        ``is_distribution``, ``part_of`` (cell).
    """
    read = _read(table, rule)
    rows, codes, entries = read.rows, read.codes, read.entries
    found = rows[[*_PLACE, "definition", "measure"]].copy()
    found["whole"] = _each([whole_of(entry) for entry in entries], codes)
    own = _each([entry.cell or entry.id for entry in entries], codes)
    found.insert(0, "cell", np.where(read.is_mean, found["whole"], own))
    found["part_of"] = _each([cell_of(entry.part_of) for entry in entries], codes)
    found["is_complement"] = _each([entry.complement for entry in entries], codes).astype(bool)
    found["is_distribution"] = read.is_distribution
    found["is_alike"] = read.is_alike
    found["count"] = np.where(read.is_mean, read.among, read.count)
    found["denominator"], found["amount"] = np.where(read.is_mean, np.nan, read.among), read.amount
    found["is_blank"] = (rows["status"] == "suppressed") if "status" in rows else False
    found["is_hidden"] = found["is_blank"] & rows["numerator"].isna()
    shows_value = (read.is_share | read.is_mean) & rows["estimate"].notna().to_numpy()
    found["tells"] = ~np.isnan(read.count) | ~np.isnan(read.amount) | shows_value
    return found


def exposed_rows(table: pd.DataFrame, rule: Rule) -> int:
    """How many rows of a table show too few persons, alone or together with the whole that they are part of."""
    read = _read(table, rule)
    small = _is_sensitive(read.count, read.among, read.is_distribution, rule) | read.is_alike
    if any(entry.part_of for entry in read.entries):
        found = counted(table, rule)
        small |= is_small(remainders(found), rule)
    return int(small.sum())


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

    Too few are those counted, those not counted, or all of them. Where the rule shows zeros, a count of nobody or of
    everybody is hidden when it says the same of each member of a group: 0 of n or n of n for a share, n of n for a
    distribution, and a mean whose interval has no width.
    """
    count, among, is_distribution = (found[name].to_numpy() for name in ("count", "denominator", "is_distribution"))
    return np.asarray(_is_sensitive(count, among, is_distribution, rule) | found["is_alike"].to_numpy(bool))


def _is_sensitive(count: Floats, among: Floats, is_distribution: NDArray[np.bool_], rule: Rule) -> NDArray[np.bool_]:
    rest = among - count
    small = is_small(count, rule) | is_small(rest, rule) | is_small(among, rule)
    if rule.zeros_shown:
        small |= ((rest == 0) | ((count == 0) & ~is_distribution)) & (among > 0)
    return np.asarray(small, dtype=bool)


def is_small(count: Floats, rule: Rule) -> NDArray[np.bool_]:
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


def cell_of(name: str) -> str:
    """The cell of a definition; nothing for none."""
    return (definition(name).cell or name) if name else ""


def remainders(found: pd.DataFrame) -> Floats:
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


@dataclass(frozen=True)
class _Read:
    """The protected rows of a table and the counts in them."""

    rows: pd.DataFrame
    codes: NDArray[np.intp]
    entries: list[Definition]
    count: Floats
    among: Floats
    amount: Floats
    is_share: NDArray[np.bool_]
    is_mean: NDArray[np.bool_]
    is_alike: NDArray[np.bool_]

    @property
    def is_distribution(self) -> NDArray[np.bool_]:
        return _each([entry.kind == "distribution" for entry in self.entries], self.codes).astype(bool)


def _read(table: pd.DataFrame, rule: Rule) -> _Read:
    codes, names = pd.factorize(table["definition"])
    entries = [definition(name) for name in names]
    kept = np.array([entry.counts in rule.protected for entry in entries], dtype=bool)[codes]
    rows, codes = (table, codes) if kept.all() else (table[kept], codes[kept])
    kinds = _each([entry.kind for entry in entries], codes)
    measures, words = pd.factorize(rows["measure"])
    is_counting = _each([word in COUNTING for word in words], measures).astype(bool)
    is_compared = _each([bool(_COMPARED.search(word)) for word in words], measures).astype(bool)
    numerator, among, estimate, lower, upper = (
        _numbers(rows[name]) for name in ("numerator", "denominator", "estimate", "lower", "upper")
    )
    printed = np.where(np.isnan(estimate), np.fmin(lower, upper), estimate)
    is_share = _each([word.startswith("share") for word in words], measures).astype(bool)
    is_mean = _each([word.startswith("mean") for word in words], measures).astype(bool)
    is_amount = (kinds == "amount") & ~is_compared
    is_count = (kinds == "count") & is_counting
    uncounted = np.isnan(numerator)
    count = np.where(uncounted & (is_count | is_amount), printed, numerator)
    count = np.where(uncounted & is_share & ~is_count, np.round(estimate * among / 100), count)
    amount = np.where(is_amount & ~uncounted, estimate, np.nan)
    is_alike = is_mean & ~np.isnan(estimate) & (lower == upper) & (among < _MANY)
    return _Read(rows, codes, entries, count, among, amount, is_share, is_mean, is_alike)


def _numbers(values: pd.Series) -> Floats:
    numbers = values if pd.api.types.is_numeric_dtype(values) else values.astype("Float64")
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def _each(values: list[Any], codes: NDArray[np.intp]) -> NDArray[np.object_]:
    return np.array(values, dtype=object)[codes]
