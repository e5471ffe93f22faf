"""Printed economy figures of Ballerup and Copenhagen, and what follows from them by arithmetic alone."""

from typing import Any

import pandas as pd

from inklusion.analyses.printed import estimates, printed, with_definition
from inklusion.contracts.accounts import price_text
from inklusion.measures.projection import end_point_line

PRINTED = (
    "udgift_special",
    "udgift_special_aendring",
    "udgift_special_fremskrivning",
    "udgift_specialskoler_aendring",
    "helaarsboern_aendring",
    "udgift_aendring_3aar",
    "inklusionspulje",
    "midler_stoettetimer",
    "midler_stoettetimer_over_9t",
    "midler_enhedstakst",
    "enhedstakst",
    "skolefleks",
    "oekonomi_specialomraadet",
)
UNKNOWN_PRICES = "prisniveau ikke oplyst"
BUDGET = "Korrigeret budget"
# What the source says the amounts are told in; where it says nothing, nothing is added.
_PRICE_BASES = {
    "udgift_special": "2024",
    "udgift_special_aendring": "2024",
    "udgift_special_fremskrivning": "2024",
    "udgift_specialskoler_aendring": "2024",
    "oekonomi_specialomraadet": "2025",
}
_HALF = 0.5  # the figures are printed without decimals
_ROUNDED = "regnet af trykte tal; spændet viser kun, hvad kildens afrunding kan betyde"
_FIRST, _LAST, _UNTIL = 2017, 2024, 2030
Row = dict[str, Any]


def printed_economy(facts: pd.DataFrame) -> pd.DataFrame:
    """The printed figures, and for Ballerup and Copenhagen what they imply.

    Measures: ``printed``; ``implied`` (change in unit cost, spending in the first year, the line through the end points),
    with the range that rounding allows; ``balance`` (account or forecast minus corrected budget).
    """
    found = with_definition(facts, PRINTED)
    rows = [{**row, "period_type": "account_year", "note": _note(row)} for row in printed(found)]
    for code, own in found.groupby("municipality"):
        rows += _implied(str(code), own) + _balance(own)
    return estimates(rows)


def _note(row: Row) -> str:
    base = _PRICE_BASES.get(row["definition"])
    prices = price_text(base) if base else "" if row["definition"] == "helaarsboern_aendring" else UNKNOWN_PRICES
    return "; ".join(filter(None, (prices, row["note"])))


def _implied(code: str, own: pd.DataFrame) -> list[Row]:
    """From +22 per cent, +15 per cent and 148 million to the change in unit cost, the first year, and the line."""
    spent, grown = (_one(own, name) for name in ("udgift_special", "udgift_special_aendring"))
    pupils = _one(own[own["group"] == "i alt"], "helaarsboern_aendring")
    if spent is None or grown is None or pupils is None:
        return []
    span = f"{_FIRST}-{_LAST}"
    shared = {"municipality": code, "period_type": "account_year", "measure": "implied", "decimals": 1, "method": _ROUNDED,
              "note": price_text(_PRICE_BASES["udgift_special"]),
              "source": ", ".join([spent["citation"], grown["citation"], pupils["citation"]])}  # fmt: skip
    ranges = [[row["value"] + sign * _HALF for sign in (-1, 0, 1)] for row in (spent, grown, pupils)]
    (low, spent_now, high), (slow, faster, fast), (few, more, many) = ranges
    unit = [100 * ((100 + cost) / (100 + count) - 1) for cost, count in ((slow, many), (faster, more), (fast, few))]
    first = [amount / (1 + change / 100) for amount, change in ((low, fast), (spent_now, faster), (high, slow))]
    begun = [amount / (1 + change / 100) for amount, change in ((low, slow), (spent_now, faster), (high, fast))]
    lines = [end_point_line(_FIRST, start, _LAST, end, _UNTIL) for start, end in zip(begun, ranges[0], strict=True)]
    rows = (
        ("oekonomi_enhedsudgift_aendring", span, unit),
        ("oekonomi_endepunktslinje", str(_FIRST), first),
        ("oekonomi_endepunktslinje", str(_UNTIL), lines),
    )
    return [
        {**shared, "definition": name, "period": period, "lower": ends[0], "estimate": ends[1], "upper": ends[2]}
        for name, period, ends in rows
    ]


def _one(own: pd.DataFrame, name: str) -> pd.Series | None:
    found = own[own["definition"] == name]
    return None if found.empty else found.iloc[0]


def _balance(own: pd.DataFrame) -> list[Row]:
    """Account, or forecast where there is no account yet, minus corrected budget of the same year and prices."""
    table = own[own["definition"] == "oekonomi_specialomraadet"]
    rows = []
    for period, year in table.groupby("period"):
        budget, spent = year[year["group"] == BUDGET], year[year["group"] != BUDGET]
        if len(budget) != 1 or len(spent) != 1:
            continue
        row = printed(spent)[0]
        difference = float(spent["value"].iloc[0] - budget["value"].iloc[0])
        rows.append(
            {
                **row, "definition": "oekonomi_balance", "measure": "balance", "period": str(period), "estimate": difference,
                "lower": difference - 2 * _HALF, "upper": difference + 2 * _HALF, "period_type": "account_year",
                "note": f"{price_text(_PRICE_BASES['oekonomi_specialomraadet'])}; {row['note']}", "method": _ROUNDED,
                "source": ", ".join([*spent["citation"], *budget["citation"]]),
            }
        )  # fmt: skip
    return rows
