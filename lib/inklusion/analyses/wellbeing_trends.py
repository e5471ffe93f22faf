"""How wellbeing has changed: made from the shown means and shares, so that it tells no more than they do."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.printed import estimates
from inklusion.analyses.pupil_survey import CONFIDENCE
from inklusion.analyses.survey_card import SCHOOL_SHARE, measured
from inklusion.measures.heterogeneity import random_effects_variance
from inklusion.measures.multiplicity import holm_adjusted
from inklusion.measures.random_intercept import linear_random_intercept
from inklusion.measures.trend import LEAST_DEGREES, trend_with_break
from inklusion.municipalities import COUNTRY
from inklusion.periods import COVID_SCHOOL_YEARS

UP, DOWN, UNCLEAR = "steget", "faldet", "kan ikke skelnes fra ingen ændring"
POWER = 0.8
YEAR, FIRST, SMALLEST, SCHOOL = "change_year", "change_first", "smallest_change", "change_school"
SLOPE, TO_COUNTRY, NOISE = "slope", "slope_to_country", "school_noise"
_KEY = ["definition", "group"]
_SHARE_METHOD = "Wilson-grænser lagt sammen (Newcombe 1998), gjort bredere for skoleklynger"
_MEAN_METHOD = "z-interval; elevers og skolers tilfældige udsving fra år til år er regnet med"
Floats = NDArray[np.float64]
Rows = Iterator[dict[str, Any]]


class _Pair(NamedTuple):
    """Two years that are compared."""

    before: str
    after: str


def wellbeing_trends(scales: pd.DataFrame, items: pd.DataFrame, card: pd.DataFrame) -> pd.DataFrame:
    r"""Changes, slopes and the smallest change that could have been seen, for scales, items and schools.

    Parameters
    ----------
    scales, items, card
        The shown rows of the tables ``wellbeing_scales``, ``wellbeing_items`` and ``survey_card``.

    Returns
    -------
    DataFrame
        ``Estimates`` of every municipality and the country:

        - ``change_year`` and ``change_first``: the last year less the one before, and less the first. For a mean of
          schools s with weights :math:`v_s` (pupils) the variance is :math:`\sum v_s^2 (se_{s1}^2 + se_{s2}^2 + \tau^2)`,
          where :math:`\tau^2`, how much schools move from year to year beyond chance among pupils, is that of all schools
          (DerSimonian and Laird's moments; ``school_noise``). For a share the Wilson limits are put together (Newcombe
          1998) and widened by the design effect :math:`1 + (\bar m - 1) \rho` of :math:`\bar m` pupils per school.
          ``note`` is the verdict: up, down, or indistinguishable, by Holm over the scales, the items, or the scales' shares of low wellbeing, of the place.
        - ``smallest_change``: the change of general wellbeing in a year that would be seen in four of five cases.
        - ``change_school``: the same for each school, limits simultaneous over the municipality's schools (Bonferroni).
        - ``slope``: per year, of the yearly means, without the COVID years and with a level shift after them.
        - ``slope_to_country``: the same for schools' distance to the country, with a random intercept for each school.
    """
    if scales.empty:
        return estimates([])
    means = scales[scales["measure"] == "mean"]
    years = sorted(means["period"].unique())
    rows: list[dict[str, Any]] = []
    if len(years) > 1:
        schools = means[means["unit"] != ""]
        whole = means[(means["unit"] == "") & (means["group"].isin(["", *_scale_groups(means)]))]
        effect = design_effects(scales, card, years[-1])
        for measure, pair in ((YEAR, _Pair(years[-2], years[-1])), (FIRST, _Pair(years[0], years[-1]))):
            rows += _mean_changes(whole, schools, pair, measure)
            for shares in (items, scales[scales["definition"] == "trivsel_lav"]):
                rows += _share_changes(shares, effect, pair, measure)
        rows += _slopes(whole, schools)
    return estimates(rows)


def _scale_groups(means: pd.DataFrame) -> list[str]:
    return list(means.loc[means["definition"] == "trivsel_skala", "group"].unique())


def _mean_changes(whole: pd.DataFrame, schools: pd.DataFrame, pair: _Pair, measure: str) -> Rows:
    both, by_school = _both(whole, pair), _both(schools, pair)
    by_school["variance"] = by_school["se_before"] ** 2 + by_school["se_after"] ** 2
    by_school = by_school[by_school["variance"] > 0]
    noise = {key: random_effects_variance(part["estimate"] - part["estimate_before"], part["variance"])
             for key, part in by_school.groupby(_KEY)}  # fmt: skip
    for key, found in noise.items():
        value = 0.0 if np.isnan(found) else found  # one school tells nothing of schools
        mine = (by_school[_KEY] == list(key)).all(axis=1)
        by_school.loc[mine, "variance"] += value
        if measure == YEAR and mine.any():
            yield {**_of(by_school[mine].iloc[0]), "municipality": COUNTRY, "measure": NOISE, "group": key[1], "decimals": 3,
                   "estimate": float(np.sqrt(value)), "denominator": pd.NA,
                   "method": "DerSimonian og Laird 1986, standardafvigelse af skolers ændringer"}  # fmt: skip
    own = by_school.assign(weight=by_school["denominator"].astype(float))
    own["weighted"] = own["weight"] ** 2 * own["variance"]
    sums = own.groupby(["municipality", *_KEY])[["weight", "weighted"]].sum()
    country = own.groupby(_KEY)[["weight", "weighted"]].sum()
    for code, part in both.groupby("municipality", sort=False):
        keys = [(code, *key) for key in part[_KEY].itertuples(index=False, name=None)]
        sizes = (country.reindex(pd.MultiIndex.from_tuples([key[1:] for key in keys])) if code == COUNTRY
                 else sums.reindex(pd.MultiIndex.from_tuples(keys)))  # fmt: skip
        error = np.sqrt(sizes["weighted"].to_numpy()) / sizes["weight"].to_numpy()
        yield from _changes(part, error, measure, pair, _MEAN_METHOD, decimals=2)
        if measure == YEAR:
            yield from _smallest(part, error, 1 - (1 - CONFIDENCE) / np.isfinite(error).sum())
    if measure == YEAR:
        yield from _school_changes(by_school[by_school["definition"] == "trivsel_generel"], pair)


def design_effects(scales: pd.DataFrame, card: pd.DataFrame, period: str) -> Callable[[str, str], float]:
    r"""How much wider a share's interval is because pupils of one school resemble each other, by municipality and group.

    :math:`1 + (\bar m - 1) \rho` with :math:`\bar m` pupils per school in the municipality and :math:`\rho` the part of
    the variance within municipalities that lies between schools, in the country (Kish 1965, section 5.4).
    """
    rho = measured(card, SCHOOL_SHARE)
    is_school = (scales["definition"] == "trivsel_generel") & (scales["unit"] != "") & (scales["period"] == period)
    schools = scales[is_school & (scales["measure"] == "mean")]
    size = schools.groupby("municipality")["denominator"].mean().astype(float).to_dict()
    usual = float(schools["denominator"].mean()) if len(schools) else 1.0
    return lambda code, group: 1 + (size.get(code, usual) - 1) * rho.get(group, 0.0)


def _share_changes(shares: pd.DataFrame, effect: Callable[[str, str], float], pair: _Pair, measure: str) -> Rows:
    both = _both(shares, pair)
    for code, part in both.groupby("municipality", sort=False):
        wider = np.array([effect(str(code), group) for group in part["group"]])
        rises = (part["estimate"] > part["estimate_before"]).to_numpy()
        near = np.where(rises, part["estimate"] - part["lower"], part["upper"] - part["estimate"])
        far = np.where(
            rises, part["upper_before"] - part["estimate_before"], part["estimate_before"] - part["lower_before"]
        )
        error = np.sqrt(wider * (near**2 + far**2)) / _quantile(CONFIDENCE)
        yield from _changes(part, error, measure, pair, _SHARE_METHOD, decimals=1)


def _both(table: pd.DataFrame, pair: _Pair) -> pd.DataFrame:
    """Rows of the later year with the earlier year's value, limits and standard error beside them."""
    keys = ["municipality", "unit", *_KEY]
    columns = [*keys, "estimate", "lower", "upper", "denominator"]
    before = table.loc[table["period"] == pair.before, columns].dropna(subset=["lower"])
    after = table[table["period"] == pair.after].dropna(subset=["lower"])
    found = after.merge(before, on=keys, suffixes=("", "_before"))
    for ending in ("", "_before"):
        half = (found[f"upper{ending}"] - found[f"lower{ending}"]) / 2
        degrees = found[f"denominator{ending}"].astype(float) - 1
        found["se" + (ending or "_after")] = half / _quantile(CONFIDENCE, degrees.to_numpy())
    return found


def _changes(part: pd.DataFrame, error: Floats, measure: str, pair: _Pair, method: str, *, decimals: int) -> Rows:
    """One row for each scale or item of a place, with Holm's verdict over all of them."""
    change = (part["estimate"] - part["estimate_before"]).to_numpy()
    half = _quantile(CONFIDENCE) * error
    clear = holm_adjusted(_p_values(change, error)) < 1 - CONFIDENCE
    tested = int(np.isfinite(error).sum())
    for row, value, reach, is_clear in zip(part.to_dict("records"), change, half, clear, strict=True):
        if np.isfinite(reach):
            yield {**_of(row), "measure": measure, "group": row["group"], "estimate": value, "decimals": decimals,
                   "lower": value - reach, "upper": value + reach, "confidence": CONFIDENCE,
                   "method": f"{method}; dom efter Holm over {tested}; fra {pair.before}",
                   "note": _verdict(value, bool(is_clear))}  # fmt: skip


def _school_changes(schools: pd.DataFrame, pair: _Pair) -> Rows:
    for _, part in schools.groupby("municipality", sort=False):
        confidence = 1 - (1 - CONFIDENCE) / len(part)
        for row in part.to_dict("records"):
            value, reach = row["estimate"] - row["estimate_before"], _quantile(confidence) * np.sqrt(row["variance"])
            yield {**_of(row), "unit": row["unit"], "measure": SCHOOL, "estimate": value, "decimals": 2,
                   "lower": value - reach, "upper": value + reach, "confidence": round(confidence, 4),
                   "method": f"{_MEAN_METHOD}; Bonferroni over {len(part)}; fra {pair.before}",
                   "note": _verdict(value, abs(value) > reach)}  # fmt: skip


def _smallest(part: pd.DataFrame, error: Floats, confidence: float) -> Rows:
    """At the level of Holm's first step: what would be called a change when no other scale has changed."""
    for row, one in zip(part.to_dict("records"), error, strict=True):
        if row["definition"] == "trivsel_generel" and np.isfinite(one):
            yield {**_of(row), "measure": SMALLEST, "estimate": (_quantile(confidence) + _quantile(2 * POWER - 1)) * one,
                   "decimals": 2, "method": "styrke 80 pct., tosidet, niveauet i Holms første trin"}  # fmt: skip


def _slopes(whole: pd.DataFrame, schools: pd.DataFrame) -> Rows:
    for _, line in whole.groupby(["municipality", *_KEY], sort=False):
        kept = line[~line["period"].isin(COVID_SCHOOL_YEARS)].sort_values("period")
        years, breaks = _years(kept), _breaks(kept)
        if len(kept) >= 2 + len(breaks) + LEAST_DEGREES:
            fit = trend_with_break(years, kept["estimate"], breaks=breaks, confidence=CONFIDENCE)
            yield {**_of(kept.iloc[-1]), "group": kept.iloc[-1]["group"], "measure": SLOPE, "estimate": fit.slope,
                   "lower": fit.lower, "upper": fit.upper, "confidence": CONFIDENCE, "decimals": 3,
                   "method": f"mindste kvadrater gennem årenes gennemsnit, t-interval med {fit.degrees} frihedsgrader; "
                             f"uden COVID-årene; fra {kept.iloc[0]['period']}"}  # fmt: skip
    general = schools[(schools["definition"] == "trivsel_generel") & ~schools["period"].isin(COVID_SCHOOL_YEARS)]
    country = whole[(whole["municipality"] == COUNTRY) & (whole["definition"] == "trivsel_generel")]
    away = general.assign(
        distance=general["estimate"] - general["period"].map(country.set_index("period")["estimate"]).astype(float)
    )
    for _, part in away.dropna(subset=["distance"]).groupby("municipality", sort=False):
        yield from _to_country(part)


def _to_country(part: pd.DataFrame) -> Rows:
    """How a municipality's schools move against the country; schools of one year only tell nothing and are left out."""
    part = part[part.groupby("unit")["period"].transform("size") > 1].sort_values("period")
    years, breaks = _years(part), _breaks(part)
    predictors = pd.DataFrame({"year": years, **{f"after {start:g}": years >= start for start in breaks}}).astype(float)
    spare = len(part) - part["unit"].nunique() - predictors.shape[1]
    if part["unit"].nunique() > 1 and spare >= LEAST_DEGREES and len(set(years)) > 1 + len(breaks):
        fit = linear_random_intercept(part["distance"], predictors, part["unit"], confidence=CONFIDENCE)
        slope = fit.coefficients.set_index("term").loc["year"]
        yield {**_of(part.iloc[-1]), "measure": TO_COUNTRY, "estimate": slope["estimate"], "lower": slope["lower"],
               "upper": slope["upper"], "confidence": CONFIDENCE, "decimals": 3,
               "method": f"lineær model, {fit.groups} skoler med hver sit niveau (REML); uden COVID-årene; fra "
                         f"{part.iloc[0]['period']}"}  # fmt: skip


def _breaks(line: pd.DataFrame) -> list[float]:
    """The first year after the COVID years, where there are years before them too."""
    end = float(COVID_SCHOOL_YEARS[-1][5:])
    years = _years(line)
    return [float(years[years >= end].min())] if (years < end).any() and (years >= end).any() else []


def _years(line: pd.DataFrame) -> Floats:
    return np.array([float(period[:4]) for period in line["period"]])


def _of(row: Any) -> dict[str, Any]:
    """Whom a row is about; general wellbeing has no group."""
    kept = {name: row[name] for name in ("municipality", "period", "period_type", "definition", "source")}
    return {**kept, "denominator": row["denominator"]}


def _verdict(change: float, is_clear: bool) -> str:
    return UNCLEAR if not is_clear else UP if change > 0 else DOWN


def _p_values(change: Floats, error: Floats) -> Floats:
    from scipy.stats import norm

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2 * norm.sf(np.abs(change / error)))


def _quantile(confidence: float, degrees: Floats | None = None) -> Any:
    from scipy.stats import norm, t

    level = (1 + confidence) / 2
    return float(norm.ppf(level)) if degrees is None else t.ppf(level, np.maximum(degrees, 1))
