"""One question in every registered way: does the municipality lie below those that it is compared with."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from inklusion.analyses.comparison_groups import COUNTRY_GROUP, OTHERS_GROUP
from inklusion.analyses.printed import estimates
from inklusion.analyses.standing import AGAINST
from inklusion.definitions import definition
from inklusion.municipalities import COUNTRY

MULTIVERSE = "multivers"
BELOW, ABOVE, EQUAL = "under", "over", "lige"
EXPECTED_GROUP = "det forventede"
ADJUSTMENTS = {
    "raw": "ingen",
    "drawn": "trukket mod alle kommuner",
    "difference": "elevernes baggrund",
    "difference_without_practice": "elevernes baggrund uden lokal praksis",
}
# Definitions that are themselves a printed difference, and to whom.
_PRINTED_DIFFERENCES = {
    "seg_9t_bopael_afstand": (COUNTRY_GROUP, "raw"),
    "observeret_minus_forventet": (EXPECTED_GROUP, "difference"),
}
_KNOWN = "landstallet regnet som kendt"
_PRINTED_DIFFERENCE = "trykt forskel, n ikke oplyst"
_NO_INTERVAL = "forskel mellem to trykte tal, n ikke oplyst"


def multiverse(standing: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Every combination of definition, period, comparison group and adjustment that the edition's tables allow.

    Parameters
    ----------
    standing
        Rows of :func:`inklusion.analyses.standing.standing`.
    rates
        Other rows that are shown: shares of municipalities and the country with their interval, observed minus expected
        with interval, and printed figures. Combinations never cross a definition or a period.

    Returns
    -------
    DataFrame
        ``Estimates``: ``combination`` (difference in percentage points; ``mod: …; justering: …`` in ``group``; under,
        over or equal in ``note``), and per municipality, under the definition ``multivers``, ``below_country`` and
    and per municipality, under the definition ``multivers``, in how many
        combinations (numerator) of all (denominator) it lies below (``below_country``, ``below_any``), and with its whole
        interval (``surely_below``, ``surely_above``).
    """
    country = _country(rates)
    rows = [*_from_standing(standing), *_drawn(standing, country), *_to_country(rates, country), *_adjusted(rates)]
    found = [row for row in rows if pd.notna(row["estimate"])]
    return estimates([*found, *_summaries(found)])


def _country(rates: pd.DataFrame) -> pd.Series:
    """The country's own figure by definition and period: counted where it is, else as printed."""
    found = rates[(rates["municipality"] == COUNTRY) & (rates["unit"] == "") & (rates["group"] == "")]
    found = found[found["measure"].isin(["share", "printed"]) & found["estimate"].notna()].sort_values("measure")
    return found.drop_duplicates(["definition", "period"], keep="last").set_index(["definition", "period"])["estimate"]


def _combination(row: Any, against: str, adjustment: str, difference: float, **values: Any) -> dict[str, Any]:
    side = BELOW if difference < 0 else ABOVE if difference > 0 else EQUAL
    kept = {name: getattr(row, name) for name in ("municipality", "definition", "period", "period_type", "source")}
    return {**kept, "measure": "combination", "group": f"{AGAINST}{against}; justering: {ADJUSTMENTS[adjustment]}",
            "estimate": difference, "decimals": 1, "note": side, **values}  # fmt: skip


def _interval(row: Any, less: float = 0.0) -> dict[str, Any]:
    return {"lower": row.lower - less, "upper": row.upper - less, "confidence": row.confidence}


def _from_standing(standing: pd.DataFrame) -> list[dict[str, Any]]:
    """The differences to groups of municipalities; the country has a figure of its own."""
    differences = standing[(standing["measure"] == "difference") & (standing["group"] != f"{AGAINST}{OTHERS_GROUP}")]
    return [
        _combination(row, row.group.removeprefix(AGAINST), "raw", row.estimate, method=row.method, **_interval(row))
        for row in differences.itertuples()
    ]


def _drawn(standing: pd.DataFrame, country: pd.Series) -> list[dict[str, Any]]:
    """The drawn share against the country's: what is left of the difference for a small municipality."""
    return [
        _combination(row, COUNTRY_GROUP, "drawn", row.estimate - country[row.definition, row.period],
                     method=f"{row.method}; {_KNOWN}", **_interval(row, country[row.definition, row.period]))
        for row in standing[standing["measure"] == "drawn_share"].dropna(subset=["lower"]).itertuples()
        if (row.definition, row.period) in country.index
    ]  # fmt: skip


def _to_country(rates: pd.DataFrame, country: pd.Series) -> list[dict[str, Any]]:
    """Shares against the country's: counted ones with their interval, printed ones without; and printed differences."""
    own = rates[(rates["municipality"] != COUNTRY) & (rates["unit"] == "") & (rates["group"] == "")]
    own = own[own["measure"].isin(["share", "printed"]) & own["estimate"].notna()].sort_values("measure")
    rows = []
    for row in own.drop_duplicates(["municipality", "definition", "period"], keep="last").itertuples():
        if row.definition in _PRINTED_DIFFERENCES:
            against, adjustment = _PRINTED_DIFFERENCES[row.definition]
            rows.append(_combination(row, against, adjustment, row.estimate, method=_PRINTED_DIFFERENCE))
        elif (row.definition, row.period) in country.index and definition(row.definition).kind == "share":
            known = country[row.definition, row.period]
            found = {"method": f"{row.method}; {_KNOWN}", **_interval(row, known)}
            values = found if row.measure == "share" else {"method": _NO_INTERVAL}
            rows.append(_combination(row, COUNTRY_GROUP, "raw", row.estimate - known, **values))
    return rows


def _adjusted(rates: pd.DataFrame) -> list[dict[str, Any]]:
    """Observed minus expected, for each set of covariates."""
    found = rates[rates["measure"].isin(["difference", "difference_without_practice"]) & (rates["unit"] == "")]
    return [
        _combination(row, EXPECTED_GROUP, row.measure, row.estimate, method=row.method, **_interval(row))
        for row in found[found["municipality"] != COUNTRY].itertuples()
    ]


def _summaries(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many combinations there are of each kind: against the country, below, and below or above for sure."""
    table = pd.DataFrame(found, columns=["municipality", "group", "note", "lower", "upper"])
    is_country = table["group"].str.startswith(f"{AGAINST}{COUNTRY_GROUP};")
    is_below = table["note"] == BELOW
    kinds = {
        "below_country": (is_country, is_below),
        "below_any": (~table["group"].isna(), is_below),
        "surely_below": (~table["group"].isna(), table["upper"] < 0),
        "surely_above": (~table["group"].isna(), table["lower"] > 0),
    }
    rows = []
    for measure, (chosen, counted) in kinds.items():
        sums = pd.DataFrame({"all": chosen, "counted": chosen & counted}).groupby(table["municipality"]).sum()
        rows += [
            {"municipality": code, "definition": MULTIVERSE, "measure": measure, "period": "ikke oplyst",
             "period_type": "unknown", "numerator": int(own.counted), "denominator": int(own.all), "decimals": 0,
             "estimate": 100 * own.counted / own.all, "method": "kombinationer talt op", "source": "beregnet"}
            for code, own in zip(sums.index, sums.itertuples(), strict=True) if own.all
        ]  # fmt: skip
    return rows
