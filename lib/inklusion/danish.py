"""Danish numbers, lists and sorting. Needs no operating-system locale."""

import datetime
import math
from collections.abc import Iterable

from babel.dates import format_date
from babel.numbers import format_decimal

MISSING = "–"


def number(value: float | None, decimals: int = 0) -> str:
    """``1947`` → ``1.947``; ``12.4`` with one decimal → ``12,4``; missing → a dash.

    The value is expected to be rounded already (at release); formatting only pads it.
    """
    if value is None or math.isnan(value):
        return MISSING
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text: str = format_decimal(value + 0.0 if value else 0.0, format=pattern, locale="da")
    return text.replace("-", "−")


def percent(value: float | None, decimals: int = 1) -> str:
    """``12.4`` → ``12,4 pct.``."""
    text = number(value, decimals)
    return text if text == MISSING else f"{text} pct."


def span(lower: float, upper: float, decimals: int) -> str:
    """``5,4–6,9``."""
    return f"{number(lower, decimals)}–{number(upper, decimals)}"


def date(iso: str) -> str:
    """``2026-11-21`` → ``21. november 2026``."""
    return str(format_date(datetime.date.fromisoformat(iso), format="long", locale="da"))


def listing(words: Iterable[str]) -> str:
    """``a, b og c``."""
    items = list(words)
    return " og ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def count_word(count: int) -> str:
    """Small numbers as words, as Danish prose writes them."""
    words = ("nul", "en", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti", "elleve", "tolv")
    return words[count] if 0 <= count < len(words) else number(count)


def sort_key(text: str) -> list[int]:
    """Sort with æ, ø, å last and ``aa`` as å, whatever the operating system.

    Examples
    --------
    >>> sorted(["Aabenraa", "Ærø", "Odense"], key=sort_key)
    ['Odense', 'Ærø', 'Aabenraa']
    """
    order = {"æ": 200, "ø": 201, "å": 202}
    return [order.get(letter, min(ord(letter), 199)) for letter in text.casefold().replace("aa", "å")]
