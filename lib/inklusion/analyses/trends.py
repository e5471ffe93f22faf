"""How a share has developed: change since the first year, and the slope where there are years enough."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from inklusion.analyses.printed import estimates
from inklusion.analyses.standing import CONFIDENCE, verdict
from inklusion.measures.proportions import newcombe_difference
from inklusion.measures.trend import share_trend, trend_with_break
from inklusion.municipalities import COUNTRY
from inklusion.periods import COVID_SCHOOL_YEARS, require_one_kind

FEWEST_YEARS = 4
SURVEYS = ("skoleglaede", "mobning", "lav_elevtrivsel", "lav_faglig_trivsel", "fravaer", "fravaer_over_10")
_COVID = ("2020", "2021", *COVID_SCHOOL_YEARS)
_CHANGE = "Newcombe 1998; samme elever i to år tæller som to, så intervallet er snarere for bredt"
_SLOPE = "kvasi-binomial hældning pr. år"
_PRINTED_SLOPE = "mindste kvadraters hældning pr. år gennem trykte tal, t-interval"
_WITHOUT_COVID = f"{_PRINTED_SLOPE}; COVID-årene er udeladt"
_PLACEMENTS = ("seg_kk", "seg_skolestart")  # placements went on while schools were closed; surveys and absence did not


def trends(shares: pd.DataFrame) -> pd.DataFrame:
    """Change of each share from the first year to the last, and its slope per year.

    Parameters
    ----------
    shares
        Rows of ``Estimates`` with measure ``share`` of whole municipalities and the country in single years, only those
        that are shown.

    Returns
    -------
    DataFrame
        ``Estimates``: ``change`` (percentage points; own 95 % interval; first year in ``group``), ``change_verdict``
        (the interval that holds for all municipalities at once; over, under or indistinguishable in ``note``) and
        ``slope`` (percentage points a year, from ``FEWEST_YEARS`` years on; COVID years count as any other here,
        for placements went on).
    """
    rows: list[dict[str, Any]] = []
    for _, part in shares.groupby("definition", sort=False):
        places = part["municipality"].nunique() - int((part["municipality"] == COUNTRY).any())
        for _, line in part.groupby("municipality", sort=False):
            line = line.sort_values("period")
            require_one_kind(line["period_type"])
            if len(line) > 1:
                rows += _changes(line, places)
            if len(line) >= FEWEST_YEARS:
                rows.append(_slope(line))
    return estimates(rows)


def printed_slopes(printed: pd.DataFrame) -> pd.DataFrame:
    """Slope of each printed series with enough years outside the COVID years; n is not printed.

    The interval comes from how the printed figures scatter around the line; it knows nothing of how many were asked.
    """
    rows = []
    found = printed[printed["definition"].isin([*_PLACEMENTS, *SURVEYS]) & (printed["group"] == "")]
    for (name, _), line in found.dropna(subset=["estimate"]).groupby(["definition", "municipality"], sort=False):
        is_left_out = line["period"].isin(_COVID) & (name in SURVEYS)
        require_one_kind(line["period_type"])
        kept = line[~is_left_out].drop_duplicates("period").sort_values("period")
        if len(kept) >= FEWEST_YEARS:
            fit = trend_with_break(_starts(kept["period"]), kept["estimate"], confidence=CONFIDENCE)
            rows.append(_row(kept, "slope", f"fra {kept.iloc[0]['period']}", estimate=fit.slope, decimals=2,
                             **_limits(fit.lower, fit.upper),
                             method=_WITHOUT_COVID if is_left_out.any() else _PRINTED_SLOPE))  # fmt: skip
    return estimates(rows)


def _changes(line: pd.DataFrame, places: int) -> Iterable[dict[str, Any]]:
    first, last = line.iloc[0], line.iloc[-1]
    counts = [int(row[name]) for row in (last, first) for name in ("numerator", "denominator")]
    difference = 100 * (counts[0] / counts[1] - counts[2] / counts[3])
    joint = 1 - (1 - CONFIDENCE) / max(1, places)
    shared = {"estimate": difference, "numerator": counts[0], "denominator": counts[1], "decimals": 1}
    own = [100 * float(limit) for limit in newcombe_difference(*counts, confidence=CONFIDENCE)[1:]]
    lower, upper = (100 * float(limit) for limit in newcombe_difference(*counts, confidence=joint)[1:])
    group = f"fra {first['period']}"
    yield _row(line, "change", group, **shared, **_limits(own[0], own[1]), method=_CHANGE)
    if last["municipality"] != COUNTRY:
        yield _row(line, "change_verdict", group, **shared, **_limits(lower, upper, joint), note=verdict(lower, upper),
               method=f"{_CHANGE}; Bonferroni over alle kommuner")  # fmt: skip


def _slope(line: pd.DataFrame) -> dict[str, Any]:
    fit = share_trend(line["numerator"].astype(int), line["denominator"].astype(int), _starts(line["period"]),
                      confidence=CONFIDENCE)  # fmt: skip
    return _row(line, "slope", f"fra {line.iloc[0]['period']}", estimate=100 * fit.slope, decimals=2, method=_SLOPE,
                **_limits(100 * fit.lower, 100 * fit.upper))  # fmt: skip


def _row(line: pd.DataFrame, measure: str, group: str, **values: Any) -> dict[str, Any]:
    last = line.iloc[-1]
    kept = {name: last[name] for name in ("municipality", "definition", "period", "period_type", "source")}
    return {**kept, "measure": measure, "group": group, **values}


def _limits(lower: float, upper: float, confidence: float = CONFIDENCE) -> dict[str, float]:
    return {"lower": lower, "upper": upper, "confidence": round(confidence, 4)}


def _starts(periods: pd.Series) -> list[float]:
    return [float(period[:4]) for period in periods]
