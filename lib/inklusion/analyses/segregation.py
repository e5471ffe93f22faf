"""Observed shares in segregated provision, and the published distribution of estimated risk."""

from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.printed import estimates, printed, with_definition
from inklusion.danish import count_word
from inklusion.measures.bands import band_mean_bounds
from inklusion.measures.proportions import pooled_proportion, wilson_interval
from inklusion.municipalities import COUNTRY

COUNTED = "seg_alle_grundskole"
PRINTED = (
    COUNTED,
    "seg_alle_grundskole_3aar",
    "seg_9t_bopael",
    "seg_9t_bopael_aendring",
    "seg_9t_bopael_afstand",
    "seg_ballerup_uoplyst",
    "seg_distrikt",
    "seg_kk",
    "seg_skolestart",
    "seg_maaltal",
    "observeret_minus_forventet",
)
CONFIDENCE = 0.95
_BAND_WIDTH = 10.0


def observed_shares(facts: pd.DataFrame) -> pd.DataFrame:
    """Shares of pupils in segregated provision: counted with Wilson interval, and as printed.

    Measures: ``share`` (per municipality and pooled), ``share_if_almen_is_all`` (the pooled share under the other
    reading of assumption A3), and ``printed``.
    """
    rows = printed(with_definition(facts, PRINTED))
    counts = _counts(facts)
    for _, group in counts.groupby("period"):
        rows += _shares(group)
    return estimates([_with_printed_count(row, facts) for row in rows])


def risk_bands(facts: pd.DataFrame) -> pd.DataFrame:
    """The published distribution of estimated risk, and the range of means that it allows.

    Measures: ``printed`` (per cent of pupils in each band, in the figure's order) and ``mean_bounds`` (the mean
    if everybody stood on the lower or the upper edge of a ten-point band; in group ``afrunding`` with the
    rounding of the printed shares taken into account).
    """
    bands = with_definition(facts, ["risikofordeling"])
    rows = printed(bands)
    for (code, unit), panel in bands.groupby(["municipality", "unit"]):
        rows += _mean_bounds(str(code), str(unit), panel)
    return estimates(rows)


def _counts(facts: pd.DataFrame) -> pd.DataFrame:
    """Pupils in special and in all provision per municipality and school year (assumption A3)."""
    found = with_definition(facts, ["antal_elever_almen", "antal_elever_special"])
    wide = found.pivot_table(index=["period", "period_type", "municipality"], columns="definition", values="value")
    wide = wide.dropna().astype(int).reset_index()
    special = found[found["definition"] == "antal_elever_special"]
    sources = dict(zip(special["municipality"], special["citation"], strict=True))
    return pd.DataFrame(
        {
            **{name: wide[name] for name in ("period", "period_type", "municipality")},
            "numerator": wide["antal_elever_special"],
            "denominator": wide["antal_elever_special"] + wide["antal_elever_almen"],
            "source": wide["municipality"].map(sources),
        }
    )


def _row(counts: pd.Series, measure: str, **values: Any) -> dict[str, Any]:
    kept = {
        name: counts[name] for name in ("municipality", "period", "period_type", "numerator", "denominator", "source")
    }
    return {
        **kept,
        "definition": COUNTED,
        "measure": measure,
        "confidence": CONFIDENCE,
        "decimals": 1,
        **values,
    }


def _shares(counts: pd.DataFrame) -> list[dict[str, Any]]:
    """Wilson intervals; the pooled row carries one more decimal because it rests on many more pupils."""
    numerator, denominator, _ = pooled_proportion(counts["numerator"], counts["denominator"])
    pooled = counts.iloc[0].copy()
    pooled[["municipality", "numerator", "denominator"]] = [COUNTRY, numerator, denominator]
    places = [row for _, row in counts.iterrows()]
    label = f"{count_word(len(counts))} kommuner samlet"
    other_reading = pooled.copy()
    other_reading["denominator"] = denominator - numerator
    named = [(row, "share", "", 1) for row in places] + [
        (pooled, "share", label, 2),
        (other_reading, "share_if_almen_is_all", f"{label}, hvis »almen« er alle elever", 2),
    ]
    return [
        _row(row, measure, unit=unit, decimals=decimals, method="Wilson", **_percent(row))
        for row, measure, unit, decimals in named
    ]


def _percent(row: pd.Series) -> dict[str, float]:
    lower, upper = wilson_interval(row["numerator"], row["denominator"], confidence=CONFIDENCE)
    estimate = 100 * row["numerator"] / row["denominator"]
    return {"estimate": estimate, "lower": 100 * float(lower), "upper": 100 * float(upper)}


def _with_printed_count(row: dict[str, Any], facts: pd.DataFrame) -> dict[str, Any]:
    """Attach the numerator where the source prints it beside the share (Copenhagen's latest year)."""
    beside = {"seg_kk": "antal_elever_specialtilbud_kk", "seg_skolestart": "antal_skolestartere_segregeret"}
    name = beside.get(row["definition"])
    found = facts[(facts["definition"] == name) & (facts["period"] == row["period"])] if name else facts[:0]
    return row if found.empty else {**row, "numerator": int(found["value"].iloc[0])}


def _mean_bounds(code: str, unit: str, panel: pd.DataFrame) -> list[dict[str, Any]]:
    """Bounds of the mean score; the bands stand in the figure's order, ten points each (assumption A5)."""
    first = panel.iloc[0]
    edges = _BAND_WIDTH * np.arange(len(panel))
    shared = {name: first[name] for name in ("period", "period_type", "definition")}
    rows = []
    for group, rounding in (("", 0.0), ("afrunding", 0.5)):
        lower, upper = band_mean_bounds(panel["value"], edges, edges + _BAND_WIDTH, rounding=rounding)
        rows.append(
            {
                **shared,
                "municipality": code,
                "unit": unit,
                "group": group,
                "measure": "mean_bounds",
                "lower": lower,
                "upper": upper,
                "decimals": 0,
                "method": "alle på båndets nedre eller øvre kant",
                "note": "ikke et sikkerhedsinterval",
                "source": first["citation"],
            }
        )
    return rows
