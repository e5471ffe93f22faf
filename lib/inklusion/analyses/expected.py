"""Observed against expected: whether a place segregates more pupils than its pupils would lead one to expect."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.printed import estimates
from inklusion.analyses.risk import VARIANTS, WITH_PRACTICE, Fit, Risk, Units
from inklusion.contracts.register import OUTCOMES
from inklusion.measures._checks import FloatArray
from inklusion.measures.excess import excess_interval, excess_p_value
from inklusion.measures.heterogeneity import between_unit_degrees, between_unit_variance, random_effects_variance
from inklusion.measures.multiplicity import holm_adjusted
from inklusion.measures.proportions import wilson_interval
from inklusion.measures.ratio_funnel import ratio_funnel_limits
from inklusion.measures.shrinkage import empirical_bayes_ratios
from inklusion.models.variance import expected_variance
from inklusion.municipalities import COUNTRY

CONFIDENCE = 0.95
OVER, UNDER, UNCLEAR = "over", "under", "kan ikke skelnes"
HOLM = "Holm, familievis fejl højst 5 pct. blandt kommunerne"
BENJAMINI_HOCHBERG = "Benjamini-Hochberg, andel falske fund højst 5 pct. blandt distrikterne"
_METHOD = "midt-p af binomial med samme tre momenter; model og distrikter lagt til"
_FUNNEL = (0.95, 0.998)


def observed_and_expected(risk: Risk) -> pd.DataFrame:
    """Observed and expected shares of municipalities and school districts.

    Measures, each also with the ending ``_without_practice`` for the model without covariates that may be results
    of local practice (except ``share``): ``share``, ``expected``, ``difference`` (percentage points), ``ratio``,
    ``verdict`` (the adjusted p-value; the verdict stands in ``note``), ``shrunken`` (ratio of districts, drawn towards
    the country's), and for the country ``funnel_limit`` and ``district_spread`` (percentage points).
    """
    rows: list[dict[str, Any]] = []
    for name in OUTCOMES:
        for variant in VARIANTS:
            for label, (kind, within) in risk.periods.items():
                shared = {"definition": name, "period": label, "period_type": kind, "source": risk.source}
                rows += _period_rows(risk, risk.fits[name, variant], within, variant, shared)
    return estimates(rows)


def standing(risk: Risk, fit: Fit, within: NDArray[np.bool_]) -> tuple[pd.DataFrame, pd.DataFrame, float, float]:
    """Sums, intervals and p-values of municipalities and of districts, the districts' spread and the design effect.

    Returns
    -------
    municipalities, districts : DataFrame
        Columns ``municipality, unit, pupils, observed, expected, squared, cubed, model_variance, lower, upper`` (difference,
        as shares), ``p_value``, ``share_lower, share_upper``.
    spread : float
        Standard deviation of districts around their municipality, as a share.
    effect : float
        Design effect of pupils and families that count more than once.
    """
    predictions = fit.chosen.predictions
    divisions = [risk.municipalities, risk.districts]
    codes = [np.where(within, division.codes, -1) for division in divisions]
    variances = expected_variance(fit.design.linear, fit.chosen, risk.places.municipality, codes, fit.specification)
    effect = max(1.0, predictions.design_effect(risk.places.family, rows=within))
    sums = [
        _named(predictions.sums(own), division, variance)
        for own, division, variance in zip(codes, divisions, variances, strict=True)
    ]
    places, districts = sums
    between, degrees = _district_variance(districts, places, effect)
    concentration = (districts["pupils"] ** 2).groupby(districts["municipality"]).sum()
    own = places["municipality"].map(concentration).to_numpy(dtype=float) * between
    training = len(places) * (1 - 1 / fit.specification.folds) - 1
    none = np.zeros(len(districts))
    return (
        _tested(places, own, (degrees, training), effect),
        _tested(districts, none, (degrees, training), effect),
        float(np.sqrt(between)),
        effect,
    )


def _named(sums: pd.DataFrame, units: Units, variance: FloatArray) -> pd.DataFrame:
    present = sums["pupils"].to_numpy() > 0
    table = pd.concat([units.names.iloc[: len(sums)], sums], axis=1)
    return table.assign(model_variance=variance[: len(sums)])[present].reset_index(drop=True)


def _district_variance(districts: pd.DataFrame, places: pd.DataFrame, effect: float) -> tuple[float, float]:
    """Moment estimate of the variance of districts' own differences around their municipality's, and its degrees.

    Where no municipality has two districts nothing is known of their spread: it counts as 0.
    """
    known = districts.dropna(subset=["expected"])
    level = (places["observed"] / places["expected"]).set_axis(places["municipality"])
    pupils = known["pupils"].to_numpy(dtype=float)
    chance = (known["expected"] - known["squared"]).to_numpy() * known["municipality"].map(level).to_numpy(dtype=float)
    difference = ((known["observed"] - known["expected"]) / known["pupils"]).to_numpy()
    units = difference, effect * chance / pupils**2, pupils, known["municipality"].to_numpy()
    between = between_unit_variance(*units)
    return (between, between_unit_degrees(*units)) if np.isfinite(between) else (0.0, np.inf)


def _tested(table: pd.DataFrame, own: FloatArray, degrees: tuple[float, float], effect: float) -> pd.DataFrame:
    """Intervals and p-values; both extra variances are estimates, so their degrees of freedom go in (Satterthwaite)."""
    counts = [table[name].to_numpy(dtype=float) for name in ("observed", "expected", "squared", "cubed")]
    pupils = table["pupils"].to_numpy(dtype=float)
    model = table["model_variance"].to_numpy()
    extra = {
        "extra_variance": model + own,
        "extra_df": np.maximum(4.0, (model + own) ** 2 / (own**2 / degrees[0] + model**2 / degrees[1])),
        "design_effect": effect,
    }
    limits = excess_interval(*counts, **extra, confidence=CONFIDENCE)
    chance = excess_interval(*counts, design_effect=effect, confidence=CONFIDENCE)
    expected = counts[1]
    return table.assign(
        lower=limits["lower"].to_numpy() / pupils,
        upper=limits["upper"].to_numpy() / pupils,
        p_value=excess_p_value(*counts, **extra),
        share_lower=(chance["lower"].to_numpy() + expected) / pupils,
        share_upper=(chance["upper"].to_numpy() + expected) / pupils,
    )


def adjusted(p_value: FloatArray, method: str) -> FloatArray:
    """p-values adjusted for how many there are: ``holm`` or ``fdr_bh``; missing ones stay missing and do not count."""
    if method == "holm":
        return holm_adjusted(p_value)
    from statsmodels.stats.multitest import multipletests

    known = ~np.isnan(p_value)
    result = np.full(len(p_value), np.nan)
    if known.any():
        result[known] = multipletests(p_value[known], method=method)[1]
    return result


def verdicts(table: pd.DataFrame, p_adjusted: FloatArray) -> list[str]:
    """Over, under or indistinguishable, by the adjusted p-value and the sign of the difference."""
    is_over = (table["observed"] > table["expected"]).to_numpy()
    return [UNCLEAR if not p < 1 - CONFIDENCE else OVER if over else UNDER
            for p, over in zip(p_adjusted, is_over, strict=True)]  # fmt: skip


def _period_rows(
    risk: Risk, fit: Fit, within: NDArray[np.bool_], variant: str, shared: dict[str, Any]
) -> list[dict[str, Any]]:
    places, districts, spread, _ = standing(risk, fit, within)
    shrunken = empirical_bayes_ratios(districts["observed"], districts["expected"])["shrunken"].to_numpy()
    rows = _unit_rows(places, "holm", HOLM, variant) + _unit_rows(districts, "fdr_bh", BENJAMINI_HOCHBERG, variant)
    rows += [
        _count(row, measure=f"shrunken{variant}", estimate=value, decimals=2, method="empirisk Bayes (Marshall 1991)")
        for (_, row), value in zip(districts.iterrows(), shrunken, strict=True)
    ]
    rows += _country_rows(places, spread, variant)
    if variant == WITH_PRACTICE:
        rows += _funnel(places, spread)
    return [{**row, **shared} for row in rows]


def _count(row: pd.Series, **values: Any) -> dict[str, Any]:
    """A row that stands and falls with the observed count."""
    return {
        "municipality": row["municipality"],
        "unit": row["unit"],
        "numerator": int(row["observed"]),
        "denominator": int(row["pupils"]),
        **values,
    }


def _unit_rows(table: pd.DataFrame, method: str, rule: str, variant: str) -> list[dict[str, Any]]:
    p_adjusted = adjusted(table["p_value"].to_numpy(), method)
    rows: list[dict[str, Any]] = []
    for (_, row), p, verdict in zip(table.iterrows(), p_adjusted, verdicts(table, p_adjusted), strict=True):
        n, expected = row["pupils"], row["expected"]
        interval = {"confidence": CONFIDENCE, "method": _METHOD}
        difference = {"lower": 100 * row["lower"], "upper": 100 * row["upper"]}
        ratio = {name: 1 + n * row[name] / expected for name in ("lower", "upper")}
        spread = 196 * np.sqrt(row["model_variance"]) / n
        at = 100 * expected / n
        share = {"lower": 100 * row["share_lower"], "upper": 100 * row["share_upper"], "confidence": CONFIDENCE}
        if variant == WITH_PRACTICE:
            rows.append(_count(row, measure="share", estimate=100 * row["observed"] / n, decimals=1, **share,
                               method="midt-p af binomial med samme tre momenter"))  # fmt: skip
        rows += [
            {**_count(row, measure=f"expected{variant}", estimate=at, lower=max(0.0, at - spread), upper=at + spread,
                      decimals=1, confidence=CONFIDENCE, method="gennemsnit af sandsynligheder; modellens usikkerhed"),
             "numerator": pd.NA},
            _count(row, measure=f"difference{variant}", estimate=100 * row["observed"] / n - at, **difference,
                   decimals=1, **interval),
            _count(row, measure=f"ratio{variant}", estimate=row["observed"] / expected, **ratio, decimals=2, **interval),
            _count(row, measure=f"verdict{variant}", estimate=p, decimals=4, method=rule, note=verdict),
        ]  # fmt: skip
    return rows


def _country_rows(places: pd.DataFrame, spread: float, variant: str) -> list[dict[str, Any]]:
    total = places[["pupils", "observed", "expected"]].sum()
    whole = {"municipality": COUNTRY, "unit": "", "denominator": int(total["pupils"])}
    rows = [
        {**whole, "measure": f"expected{variant}", "estimate": 100 * total["expected"] / total["pupils"], "decimals": 2,
         "method": "gennemsnit af sandsynligheder"},
        {**whole, "measure": f"district_spread{variant}", "estimate": 100 * spread, "decimals": 2,
         "method": "momentestimat af distrikternes spredning om kommunen"},
    ]  # fmt: skip
    if variant == WITH_PRACTICE:
        numerator = int(total["observed"])
        lower, upper = wilson_interval(numerator, total["pupils"], confidence=CONFIDENCE)
        rows.append({**whole, "measure": "share", "numerator": numerator, "decimals": 2, "method": "Wilson",
                     "estimate": 100 * numerator / total["pupils"], "lower": 100 * float(lower),
                     "upper": 100 * float(upper), "confidence": CONFIDENCE})  # fmt: skip
    return rows


def _funnel(places: pd.DataFrame, spread: float) -> list[dict[str, Any]]:
    """Limits of observed over expected, widened by how much the municipalities spread beyond chance."""
    known = places.dropna(subset=["expected"])
    ratio = (known["observed"] / known["expected"]).to_numpy()
    between = random_effects_variance(
        ratio, ((known["expected"] - known["squared"]) / known["expected"] ** 2).to_numpy()
    )
    sizes = np.geomspace(max(1.0, known["expected"].min() * 0.8), known["expected"].max() * 1.1, 40)
    rows = []
    for name, variance in (("tilfældighed alene", 0.0), ("med overspredning", between)):
        for limit in ratio_funnel_limits(sizes, confidence=_FUNNEL, between_variance=variance).itertuples():
            rows.append(
                {"municipality": COUNTRY, "unit": "grænse", "measure": "funnel_limit", "estimate": limit.expected,
                 "group": f"{name}: {limit.confidence:g} ved {limit.expected:.2f}", "lower": limit.lower,
                 "upper": limit.upper, "confidence": limit.confidence, "decimals": 3,
                 "method": "Spiegelhalter 2005" if variance else "eksakt Poisson"}
            )  # fmt: skip
    return rows
