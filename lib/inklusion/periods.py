"""Periods and their kinds: a school year is never read as a calendar or an account year."""

import re
from typing import NamedTuple

from inklusion.errors import PeriodError

COVID_SCHOOL_YEARS = ("2019/2020", "2020/2021", "2021/2022")
UNKNOWN = "ikke oplyst"


class Period(NamedTuple):
    """A period as it is shown, and the kind of year it counts in."""

    label: str
    kind: str


_SCHOOL_YEAR = re.compile(r"(\d{4})/(\d{4}|\d{2})")
_KINDS = (
    (re.compile(r"\d{4}"), "calendar_year"),
    (re.compile(r"\d{4}-\d{4}"), "span"),
    (re.compile(r"3 år til \d{4}"), "span"),
    (re.compile(r"(Regnskab|\d\. prognose) \d{4}"), "account_year"),
    (re.compile(r"(forår|efterår|[a-z]+-[a-z]+) \d{4}"), "term"),
    (re.compile(r"dimittendårgange \d{4}-\d{4}"), "cohort"),
    (re.compile(r"treårig periode|"), "unknown"),
)


def period(text: str) -> Period:
    """Read a period as sources print it and write it in one way.

    Examples
    --------
    >>> period("2022/23")
    Period(label='2022/2023', kind='school_year')
    >>> period("2020/2021-2022/2023").kind
    'school_years_pooled'

    Raises
    ------
    PeriodError
        When the text is of no known kind, or a school year does not span two following years. The message does
        not repeat the text: a wrong column may hold a person number.
    """
    text = text.strip()
    if "/" in text:
        years = [_school_year(part) for part in text.split("-")]
        return Period("-".join(years), "school_year" if len(years) == 1 else "school_years_pooled")
    for pattern, kind in _KINDS:
        if pattern.fullmatch(text):
            return Period(text or UNKNOWN, kind)
    raise PeriodError(
        "This is no known period. Allowed: a school year (2022/2023), a calendar year (2024), an account "
        "year (Regnskab 2023), a span (2017-2024), a term (efterår 2024), a cohort, or nothing."
    )


def _school_year(part: str) -> str:
    found = _SCHOOL_YEAR.fullmatch(part)
    start, end = found.groups() if found else ("0", "0")
    following = int(start) + 1
    if not found or end not in (str(following), str(following)[-2:]):
        raise PeriodError("This is no school year: expected two following years, for example 2022/2023.")
    return f"{start}/{following}"
