"""Weighted means and shares of a survey, with linearised standard errors and design-based intervals.

scipy.stats and statsmodels are imported inside a function: they cost about 0.6 s.
"""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction
from inklusion.measures._weights import checked_base


class WeightedMean(NamedTuple):
    """A weighted mean or share, its standard error, respondents in it, and degrees of freedom (units - 1)."""

    estimate: float
    standard_error: float
    n: int
    degrees: int


def weighted_mean(
    values: ArrayLike,
    weights: ArrayLike,
    *,
    margins: pd.DataFrame | None = None,
    base: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    population: float | None = None,
) -> WeightedMean:
    r"""Estimate a weighted mean (of 0 and 1: a share) with its linearised standard error.

    With :math:`\bar y = \sum w_i y_i / \sum w_i` and :math:`z_i = (y_i - \bar y) / \sum w_i` (0 where y is missing),
    :math:`e_i` the residual of z regressed on the categories of `margins` with the base weights (z itself without
    margins), and u the sum of :math:`w_i e_i` in each of m clusters (or of m respondents),

    .. math:: se^2 = (1 - m / M) \frac{m}{m - 1} \sum_c (u_c - \bar u)^2

    Parameters
    ----------
    values : array_like of float, shape (respondents,)
        y. NaN leaves the respondent out of the mean, not out of the sample.
    weights : array_like of float, shape (respondents,)
        The weights used, w, over 0.
    margins : DataFrame, shape (respondents, variables), optional
        What the weights were made from: one column of cells (post-stratified), or the raked variables.
    base : array_like of float, optional
        Weights before post-stratification or raking; 1 without. If there were any, leave them out and the error is
        wrong.
    clusters : array_like, shape (respondents,), optional
        The cluster (school) drawn, for each respondent.
    population : float, optional
        M: respondents, or clusters when there are any, in the population. Without it there is no finite correction.

    Returns
    -------
    WeightedMean
        ``estimate``, ``standard_error`` (NaN with one unit), ``n`` (with a value), ``degrees`` (m - 1). NaN without
        values.

    Raises
    ------
    ValueError
        For inputs of different lengths, a weight not over 0, a missing category or cluster, or population < m.

    Notes
    -----
    Simple random sampling of respondents or of whole clusters, unstratified; those who chose to answer are not drawn.
    The weights are not taken as fixed when `margins` is given: that is what makes the error smaller than without.
    Trimmed weights are not calibrated any more: with them the error is approximate. Few clusters: use `degrees`.

    References
    ----------
    Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.7 and 6.6; Lumley (2010), Complex
    Surveys, ch. 7 (as R survey's postStratify and calibrate).

    Examples
    --------
    Equal weights: the classical standard error, here of variance 1 with n = 3.

    >>> [round(value, 6) for value in weighted_mean([1, 2, 3], [1, 1, 1])]
    [2.0, 0.57735, 3, 2]
    """
    y = np.ravel(np.asarray(values, dtype=np.float64))
    weight, before = checked_base(weights, y.size), checked_base(base, y.size)
    known = ~np.isnan(y)
    whole = float(weight[known].sum())
    if not whole:
        return WeightedMean(float("nan"), float("nan"), 0, 0)
    mean = float(weight[known] @ y[known]) / whole
    residual = np.where(known, (np.where(known, y, 0.0) - mean) / whole, 0.0)
    if margins is not None:
        residual = _off_margins(residual, margins, before)
    pulled = weight * residual
    if clusters is not None:
        codes, names = pd.factorize(np.asarray(clusters))
        if codes.size != y.size or (codes < 0).any():
            raise ValueError(f"clusters has {codes.size} values for {y.size} respondents; allowed is one for each")
        pulled = np.asarray(np.bincount(codes, pulled, len(names)), dtype=np.float64)
    units, n = pulled.size, int(known.sum())
    if population is not None and not population >= units:
        raise ValueError(f"population is {population:g}; allowed are {units} or more")
    if units < 2:
        return WeightedMean(mean, float("nan"), n, 0)
    kept = 1.0 if population is None else 1 - units / population
    error = float(np.sqrt(kept * units * pulled.var(ddof=1)))
    return WeightedMean(mean, error, n, units - 1)


def design_interval(
    found: WeightedMean, *, confidence: float = 0.95, method: Literal["korn_graubard", "wilson"] = "korn_graubard"
) -> tuple[float, float]:
    r"""Estimate an interval of a weighted share from its standard error, through the effective sample size.

    With quantiles t of Student's distribution at :math:`(1 + confidence)/2`, n respondents and the degrees of freedom

    .. math:: n^* = \frac{p (1 - p)}{se^2} \left(\frac{t_{n - 1}}{t_{degrees}}\right)^2

    "korn_graubard" is the exact (Clopper-Pearson, beta) interval and "wilson" the score interval of p with n*.

    Parameters
    ----------
    found : WeightedMean
        A share with its standard error, from `weighted_mean` of 0 and 1.
    confidence : float
        Two-sided confidence level, 0-1.
    method : {"korn_graubard", "wilson"}
        "korn_graubard" covers at least the level, nearly always; "wilson" is narrower and right on average.

    Returns
    -------
    lower, upper : float
        Limits as shares 0-1. With p of 0 or 1 the standard error is 0 and says nothing: n itself takes the place of
        n*. Without a standard error (one cluster) NaN; with se 0 because all were counted, both limits are p.

    Raises
    ------
    ValueError
        For an estimate outside 0-1, an unknown method, or confidence outside (0, 1).

    Notes
    -----
    n* is not cut at n: a finite population or good cells make it larger.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24:193-201; Dean and Pagano (2015), J. Surv. Statist. Methodol.
    3:484-503 (comparison).

    Examples
    --------
    p = 0.5 and se = 0.05 with many degrees of freedom: n* = 100, Wilson's 0.404 to 0.596.

    >>> lower, upper = design_interval(WeightedMean(0.5, 0.05, 1_000, 999), method="wilson")
    >>> round(lower, 3), round(upper, 3)
    (0.404, 0.596)
    """
    from scipy.stats import beta, t
    from statsmodels.stats.proportion import proportion_confint

    level, share = checked_fraction(confidence, "confidence"), found.estimate
    if method not in ("korn_graubard", "wilson"):
        raise ValueError(f"method is {method!r}; allowed are 'korn_graubard' and 'wilson'")
    if share < -1e-12 or share > 1 + 1e-12:
        raise ValueError(f"estimate is {share:g}; allowed is 0 to 1")
    if np.isnan(found.standard_error) or found.degrees < 1:
        return float("nan"), float("nan")
    share = min(max(share, 0.0), 1.0)
    if 0 < share < 1 and found.standard_error <= 0:
        return share, share
    tail = (1 + level) / 2
    size = float(found.n)
    if 0 < share < 1:
        shrink = t.ppf(tail, found.n - 1) / t.ppf(tail, found.degrees) if found.n > 1 else 1.0
        size = share * (1 - share) / found.standard_error**2 * float(shrink) ** 2
    if method == "wilson":
        lower, upper = proportion_confint(share * size, size, alpha=1 - level, method="wilson")
    else:
        lower = beta.ppf(1 - tail, size * share, size * (1 - share) + 1) if share > 0 else 0.0
        upper = beta.ppf(tail, size * share + 1, size * (1 - share)) if share < 1 else 1.0
    return min(float(lower), share), max(float(upper), share)


def _off_margins(residual: FloatArray, margins: pd.DataFrame, base: FloatArray) -> FloatArray:
    """Return the residuals of a regression on the categories, weighted with the base weights."""
    if len(margins) != residual.size or margins.isna().to_numpy().any():
        raise ValueError(
            f"margins has {len(margins)} rows for {residual.size} respondents; allowed is one, none missing"
        )
    if margins.shape[1] == 1:
        codes, names = pd.factorize(margins.iloc[:, 0])
        means = np.bincount(codes, base * residual, len(names)) / np.bincount(codes, base, len(names))
        return np.asarray(residual - means[codes])
    parts = [pd.factorize(margins[name]) for name in margins]
    dummies = np.column_stack([codes[:, None] == np.arange(len(names)) for codes, names in parts]).astype(np.float64)
    weighted = dummies * base[:, None]
    coefficients = np.linalg.pinv(dummies.T @ weighted) @ (weighted.T @ residual)
    return np.asarray(residual - dummies @ coefficients)
