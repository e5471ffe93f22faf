"""Placement spells: days in a calendar year, one place a day, and the course that begins with a first placement.

Everything is reckoned in whole days as ``datetime64[D]``; the first and the last day of a spell both count.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.contracts.register import PROVISIONS, SEGREGATED

IntArray = NDArray[np.int64]
ONE_DAY = np.timedelta64(1, "D")
RETURNED = "ordinary"
EXITS = (RETURNED, "moved", "left_school")
CENSORED = ""


def observed_period(years: pd.Series | list[str]) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of the register's school years, 1 August to 31 July.

    Examples
    --------
    >>> [str(day) for day in observed_period(["2022/2023", "2023/2024"])]
    ['2022-08-01', '2024-07-31']
    """
    known = sorted(map(str, pd.Series(years).unique()))
    return np.datetime64(f"{known[0][:4]}-08-01", "D"), np.datetime64(f"{known[-1][-4:]}-07-31", "D")


def complete_years(first: np.datetime64, last: np.datetime64) -> list[int]:
    """The calendar years that lie within the two days from 1 January to 31 December.

    Examples
    --------
    >>> complete_years(np.datetime64("2021-08-01"), np.datetime64("2024-07-31"))
    [2022, 2023]
    """
    return [
        year
        for year in range(_year(first), _year(last) + 1)
        if first <= np.datetime64(f"{year}-01-01") and np.datetime64(f"{year}-12-31") <= last
    ]


def days_of(year: int) -> int:
    """Days in a calendar year.

    Examples
    --------
    >>> days_of(2023), days_of(2024), days_of(1900)
    (365, 366, 365)
    """
    return int((np.datetime64(f"{year + 1}-01-01") - np.datetime64(f"{year}-01-01")) / ONE_DAY)


def full_year(start: ArrayLike, end: ArrayLike, year: int) -> IntArray:
    """Days of each spell in a calendar year; divided by :func:`days_of` they are full-year pupils.

    Parameters
    ----------
    start, end
        First and last day of each spell, both included. Spells of one pupil may not overlap.
    year
        Calendar year.

    Examples
    --------
    One day; a spell over New Year; a whole leap year.

    >>> first = ["2024-03-01", "2023-12-31", "2023-01-01"]
    >>> full_year(first, ["2024-03-01", "2024-01-02", "2025-06-30"], 2024).tolist()
    [1, 2, 366]
    """
    first = np.maximum(_days(start), np.datetime64(f"{year}-01-01"))
    last = np.minimum(_days(end), np.datetime64(f"{year}-12-31"))
    return np.maximum((last - first).astype(np.int64) + 1, 0)


def one_place_a_day(spells: pd.DataFrame, last_day: np.datetime64) -> pd.DataFrame:
    """Spells cut so that a pupil is in one provision of one municipality on any day.

    A day that several spells claim belongs to the one that started last, as a new referral takes the place of the
    one before; of spells that started the same day, to the provision that stands last in ``PROVISIONS``. A spell
    without an end, or with one after `last_day`, ends on `last_day`.

    Parameters
    ----------
    spells
        Columns ``pupil, municipality, provision, start, end``.
    last_day
        Last day that the register knows of.

    Returns
    -------
    DataFrame
        The same columns, with at most one row for any pupil and day.

    Examples
    --------
    A month in day treatment within a year in a special class.

    >>> rows = pd.DataFrame({"pupil": 1, "municipality": "901", "provision": ["special_class", "day_treatment"],
    ...     "start": pd.to_datetime(["2023-01-01", "2023-03-01"]), "end": pd.to_datetime([None, "2023-03-31"])})
    >>> cut = one_place_a_day(rows, np.datetime64("2023-12-31"))
    >>> [f"{row.provision} {row.start:%d/%m}-{row.end:%d/%m}" for row in cut.itertuples()]
    ['special_class 01/01-28/02', 'day_treatment 01/03-31/03', 'special_class 01/04-31/12']
    """
    spells = in_order(spells, last_day)
    pupil = spells["pupil"].to_numpy()
    latest_end = spells["end"].groupby(pupil).cummax().shift().to_numpy()
    is_same = np.concatenate([[False], pupil[1:] == pupil[:-1]])
    overlapping = np.unique(pupil[is_same & (spells["start"].to_numpy() <= latest_end)])
    is_simple = ~np.isin(pupil, overlapping)
    cut = pd.concat([spells[is_simple], _cut(spells[~is_simple])], ignore_index=True)
    return cut.sort_values(["pupil", "start"], ignore_index=True)


def in_order(spells: pd.DataFrame, last_day: np.datetime64) -> pd.DataFrame:
    """Spells of known days, by pupil and start; those that start after the last day are left out."""
    days = spells.assign(
        start=_days(spells["start"]),
        end=np.where(spells["end"].isna(), last_day, np.minimum(_days(spells["end"]), last_day)),
        rank=pd.Categorical(spells["provision"], categories=PROVISIONS).codes,
    )
    kept = days[days["start"] <= pd.Timestamp(last_day)]
    return kept.sort_values(["pupil", "start", "rank"], ignore_index=True).drop(columns="rank")


def first_courses(spells: pd.DataFrame, last_day: np.datetime64) -> pd.DataFrame:
    """What became of each pupil's first placement in segregated provision.

    A course begins with the pupil's first segregated spell. A change to another provision does not end it; then the
    pupil's following spell goes on, intermediate forms too. It ends with the first spell that was left for an
    ordinary class, by moving or by leaving school. It is censored on the last day of a spell whose exit is unknown or
    after which none is recorded, and on `last_day` for pupils who are still placed then.

    Parameters
    ----------
    spells
        Columns ``pupil, municipality, provision, start, end, exit, grade_at_start``.
    last_day
        Last day that the register knows of.

    Returns
    -------
    DataFrame
        One row per pupil: ``municipality, provision, grade_at_start`` and ``start`` of the first spell, ``days`` until
        the end of the course (the first day is day 1), ``event`` (one of ``EXITS`` or ``CENSORED``).
    """
    is_past = spells["end"].notna() & (spells["end"] <= pd.Timestamp(last_day))
    spells = in_order(spells.assign(exit=spells["exit"].astype("object").where(is_past)), last_day)
    number, _ = pd.factorize(spells["pupil"])
    first = spells[spells["provision"].isin(SEGREGATED).to_numpy()].drop_duplicates("pupil")
    begins = np.full(number.max(initial=-1) + 1, len(spells))
    begins[number[first.index]] = first.index
    within = np.arange(len(spells)) >= begins[number]
    goes_on = (spells["exit"] == "other_provision").to_numpy()
    is_last = np.concatenate([number[1:] != number[:-1], [True]])[: len(spells)]
    ends = spells[within & (~goes_on | is_last)].drop_duplicates("pupil")
    known = np.isin(ends["exit"].to_numpy(dtype=object), EXITS)
    days = (ends["end"].to_numpy() - first["start"].to_numpy()).astype("timedelta64[D]").astype(np.int64) + 1
    kept = first[["municipality", "provision", "grade_at_start", "start"]].reset_index(drop=True)
    return kept.assign(days=days, event=np.where(known, ends["exit"], CENSORED))


def _cut(spells: pd.DataFrame) -> pd.DataFrame:
    """Stretches between two days on which something starts or has ended, each with the spell that counts in it."""
    spells = spells.assign(order=np.arange(len(spells)), after=spells["end"] + pd.Timedelta(1, "D"))
    marks = pd.concat([spells[["pupil", name]].set_axis(["pupil", "from"], axis=1) for name in ("start", "after")])
    marks = marks.drop_duplicates().sort_values(["pupil", "from"])
    marks["to"] = marks.groupby("pupil")["from"].shift(-1) - pd.Timedelta(1, "D")
    claims = marks.dropna().merge(spells, on="pupil")
    claims = claims[(claims["start"] <= claims["from"]) & (claims["to"] <= claims["end"])]
    winners = claims.sort_values("order").drop_duplicates(["pupil", "from"], keep="last")
    return winners.assign(start=winners["from"], end=winners["to"]).drop(columns=["order", "after", "from", "to"])


def _days(values: ArrayLike) -> NDArray[np.datetime64]:
    return np.asarray(values, dtype="datetime64[D]")


def _year(day: np.datetime64) -> int:
    return int(str(day)[:4])
