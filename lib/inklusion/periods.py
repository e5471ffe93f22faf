"""Periods and their kinds: a school year is never read as a calendar or an account year."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from inklusion.errors import PeriodError

COVID_SCHOOL_YEARS = ("2019/2020", "2020/2021", "2021/2022")
UNKNOWN = "ikke oplyst"


class Period(NamedTuple):
    """A period as it is shown, and the kind of year it counts in."""

    label: str
    kind: str


_KINDS_DA = {
    "school_year": "skoleår",
    "school_years_pooled": "flere skoleår samlet",
    "calendar_year": "kalenderår",
    "account_year": "regnskabsår",
}
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


def years_of(label: str) -> tuple[str, ...]:
    """The single years that a school year, pooled school years, a calendar year or a span is made of.

    Empty for a period of any other kind.

    Examples
    --------
    >>> years_of("2021/2022-2023/2024")
    ('2021/2022', '2022/2023', '2023/2024')
    >>> years_of("2017-2019"), years_of("efterår 2024")
    (('2017', '2018', '2019'), ())
    """
    found = re.findall(r"\d{4}(?:/\d{4})?", label)
    kind = period(label).kind
    if kind not in {"school_year", "school_years_pooled", "calendar_year", "span"}:
        return ()
    first, last = (int(text[:4]) for text in (found[0], found[-1]))
    if label.startswith("3 år til"):
        first = last - 2
    ending = "/" in label
    return tuple(f"{year}/{year + 1}" if ending else f"{year}" for year in range(first, last + 1))


def require_one_kind(kinds: Iterable[str]) -> None:
    """Refuse to put figures of different kinds of year in one comparison or one series.

    Raises
    ------
    PeriodError
        In Danish, naming the kinds.
    """
    found = sorted(set(kinds))
    if len(found) > 1:
        raise PeriodError(
            f"Tallene gælder hver sin slags år ({', '.join(_KINDS_DA.get(kind, kind) for kind in found)}) og kan ikke stå i samme "
            "sammenligning eller række. Vis dem hver for sig."
        )


def contains(pooled: str, single: str) -> bool:
    """Whether a longer period holds a shorter one, so that the years besides it can be found by subtraction.

    Examples
    --------
    >>> contains("2021/2022-2023/2024", "2023/2024"), contains("2023/2024", "2023/2024")
    (True, False)
    """
    return set(years_of(single)) < set(years_of(pooled)) and bool(years_of(single))
