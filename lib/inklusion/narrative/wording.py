"""Single released rows as parts of a sentence."""

import pandas as pd

from inklusion.danish import number, percent
from inklusion.disclosure.release import SHOWN

_POOLED = "school_years_pooled"


def pick(table: pd.DataFrame, **chosen: str) -> pd.Series | None:
    """The first row with the given values, or nothing."""
    found = table
    for column, value in chosen.items():
        found = found[found[column] == value]
    return None if found.empty else found.iloc[0]


def is_shown(row: pd.Series | None) -> bool:
    """Whether the row is there, may be shown and has a value."""
    return row is not None and row["status"] == SHOWN and pd.notna(row["estimate"])


def ends(row: pd.Series) -> str:
    """Both ends of the interval; "til", for a minus sign after a dash is hard to read."""
    decimals = int(row["decimals"])
    return f"{number(row['lower'], decimals)} til {number(row['upper'], decimals)}"


def value(row: pd.Series) -> str:
    """The value with its own decimals."""
    return number(row["estimate"], int(row["decimals"]))


def share(row: pd.Series, *, interval: str = "95 %-interval") -> str:
    """A percentage with its interval."""
    text = percent(row["estimate"], int(row["decimals"]))
    return text if pd.isna(row["lower"]) else f"{text} ({interval} {ends(row)})"


def side(row: pd.Series, reference: float) -> int:
    """1 when the whole interval lies above the reference, -1 below, 0 when it does not tell."""
    return int(row["lower"] > reference) - int(row["upper"] < reference)


def periods(table: pd.DataFrame) -> list[str]:
    """The periods of a table: single school years first, pooled ones last."""
    found = table[["period", "period_type"]].drop_duplicates()
    return list(found.assign(last=found["period_type"] == _POOLED).sort_values(["last", "period"])["period"])


def is_pooled(row: pd.Series) -> bool:
    """Whether the row covers several school years, in which a pupil counts once a year."""
    return bool(row["period_type"] == _POOLED)


def when(row: pd.Series) -> str:
    """The row's period as the beginning of a sentence."""
    if is_pooled(row):
        return f"Skoleårene {row['period']} samlet"
    return f"Skoleåret {row['period']}"


def whom(group: str) -> str:
    """Whom a municipality is compared with, whether the row counts the municipality or the others.

    >>> whom("mod: hele landet"), whom("de andre i: Region Sjælland")
    ('hele landet', 'Region Sjælland')
    """
    return group.removeprefix("mod: ").removeprefix("de andre i: ")


def finish(sentence: str) -> str:
    """A full stop, unless the sentence ends with one already (``pct.``)."""
    return sentence if sentence.endswith(".") else f"{sentence}."
