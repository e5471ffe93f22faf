"""How fast a series rises per period, with a jump where the counting changed, and with some periods left out.

statsmodels and scipy.stats are imported inside functions: they cost about 0.6 s.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction, checked_pair, checked_sizes

LEAST_DEGREES = 2

_STEPS = 500
_NEAREST = 1e-10


class Trend(NamedTuple):
    """Slope per period with limits and p-value, degrees of freedom, scale of the variance, and the shifts."""

    slope: float
    lower: float
    upper: float
    p_value: float
    degrees: int
    scale: float
    shifts: pd.DataFrame


def trend_with_break(
    periods: ArrayLike,
    values: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    standard_errors: ArrayLike | None = None,
    breaks: Sequence[float] = (),
    left_out: Sequence[float] = (),
    confidence: float = 0.95,
) -> Trend:
    r"""Estimate a slope common to all sides of known breaks, with a level shift at each, by weighted least squares.

    .. math:: y_t = a + b t + \sum_k c_k \, 1[t \ge B_k] + e_t, \quad \mathrm{Var}(e_t) = \phi / w_t

    with :math:`\phi = \sum w_t \hat e_t^2 / \nu` and Student's t with :math:`\nu = n - 2 - K` degrees of freedom, n
    periods used and K breaks. With standard errors :math:`w = 1/\sigma^2` and :math:`\phi` is 1 at least.

    Parameters
    ----------
    periods : array_like of float, shape (periods,)
        Period as a number, each once, any order, such as the year a school year begins. One with NaN is left out.
    values : array_like of float, shape (periods,)
        Values, y, any unit. A period with NaN is left out.
    weights : array_like of float, shape (periods,), optional
        Weights, w, of which only the ratios matter; equal without. A period with NaN or 0 is left out.
    standard_errors : array_like of float, shape (periods,), optional
        Sampling errors of the values, above 0, in the same unit, in place of weights. NaN leaves the period out.
    breaks : sequence of float
        First period of each new way of counting, known beforehand.
    left_out : sequence of float
        Periods not to use, such as years of closed schools. Those that are not in the data are ignored.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    Trend
        slope, lower, upper (unit per period), p_value (two-sided, of no slope), degrees, scale (:math:`\phi`, after
        the floor) and shifts: a row per break, in order, with period, shift, lower, upper (unit) and p_value.

    Raises
    ------
    ValueError
        For fewer than 4 + K periods to use (two degrees of freedom), with how many are needed; a break with no period
        before or after it, or between two breaks; a period twice; an infinite value, a negative weight, a standard
        error of 0; both weights and standard errors; inputs of different lengths; or confidence outside (0, 1).

    Notes
    -----
    Assumes a straight line on both sides with one slope, independent errors, and breaks chosen for what happened, not
    for how the series looks. A shift holds all that changed at the break, the counting and the world. A side with
    one period says nothing of the slope. Values of the same persons in successive periods are not independent. With
    few periods the limits are wide and no assumption can be checked: no clear slope is not the same as no change.

    References
    ----------
    Wagner, Soumerai, Zhang and Ross-Degnan (2002), J. Clin. Pharm. Ther. 27:299-309 (segmented regression), here with
    a change in level only; McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., section 4.5 (dispersion).

    Examples
    --------
    Two a year and a jump of 10 in 2023; 2021 is left out.

    >>> trend = trend_with_break(range(2018, 2026), [0, 2, 4, 99, 8, 20, 22, 24], breaks=[2023], left_out=[2021])
    >>> round(trend.slope, 6), trend.degrees, trend.shifts["shift"].round(6).tolist()
    (2.0, 4, [10.0])

    The slope is 3/5 and its error sqrt(0.1/5); t is 2 at this level, so the limits are 0.6 -/+ 0.2828.

    >>> trend = trend_with_break([1, 2, 3, 4], [1, 2, 2, 3], confidence=0.816497)
    >>> round(trend.slope, 4), round(trend.lower, 4), round(trend.upper, 4)
    (0.6, 0.3172, 0.8828)
    """
    level = checked_fraction(confidence, "confidence")
    measured = np.ravel(np.asarray(values, dtype=np.float64))
    if np.isinf(measured).any():
        raise ValueError("values has an infinite value; allowed are finite numbers, or NaN")
    weight = _weights(measured.size, weights, standard_errors)
    when, measured, weight = _kept(periods, left_out, measured, weight, len(breaks))
    # Counted from the first value: a series that never moves then has a slope of exactly 0.
    fit = _fit(when, measured - measured[0], weight, breaks)
    return _trend(fit, breaks, level, least_scale=0.0 if standard_errors is None else 1.0)


def share_trend(
    numerators: ArrayLike,
    denominators: ArrayLike,
    periods: ArrayLike,
    *,
    breaks: Sequence[float] = (),
    left_out: Sequence[float] = (),
    confidence: float = 0.95,
) -> Trend:
    r"""Estimate how much a share changes per period: a quasi-binomial model with identity link and level shifts.

    .. math::
        E(x_t / n_t) = \mu_t = a + b t + \sum_k c_k \, 1[t \ge B_k], \quad
        \mathrm{Var}(x_t / n_t) = \phi \, \mu_t (1 - \mu_t) / n_t

    fitted by iterated weighted least squares, with :math:`\phi = \max(1, \sum n_t (x_t/n_t - \hat\mu_t)^2 /
    (\hat\mu_t (1 - \hat\mu_t)) / \nu)` and Student's t with :math:`\nu = n - 2 - K` degrees of freedom, n periods used
    and K breaks. In the variance :math:`\hat\mu_t` is kept half a person away from 0 and 1.

    Parameters
    ----------
    numerators, denominators : array_like of whole numbers, shape (periods,)
        Those counted, x, and those who could be, n. A period with NaN in either, or denominator 0, is left out.
    periods, breaks, left_out, confidence
        As in `trend_with_break`.

    Returns
    -------
    Trend
        As `trend_with_break`; slope and shifts are shares, so 0.01 is one percentage point (per period). scale is
        :math:`\phi`; above 1 the periods differ from the line by more than chance.

    Raises
    ------
    ValueError
        As `trend_with_break`; for a negative or broken count or numerator > denominator; or if the fit does not settle.

    Notes
    -----
    The identity link gives percentage points per period, which a logit does not; over the few points by which such
    shares move the two lines are alike, but this one leaves 0-1 if continued far. Dispersion is never taken to be below
    1: with few periods a small estimate is luck. With few periods a large one is luck too, which the t quantile
    allows for. Assumes independent periods. Pupils who stay in special provision are counted in several: over a few
    years that makes the slope better known than shown, over many years less well.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., sections 2.5 (fitting) and 4.5 (over-dispersion).

    Examples
    --------
    A percentage point a year of a thousand pupils, exactly.

    >>> trend = share_trend([50, 60, 70, 80], [1000] * 4, [2020, 2021, 2022, 2023])
    >>> round(trend.slope, 6), trend.scale
    (0.01, 1.0)
    """
    level = checked_fraction(confidence, "confidence")
    counted, everybody = (np.ravel(part) for part in checked_pair(numerators, denominators))
    share = counted / np.where(everybody > 0, everybody, np.nan)
    when, share, n = _kept(periods, left_out, share, everybody, len(breaks))
    mean = np.full(share.shape, (share * n).sum() / n.sum())
    for step in range(_STEPS):
        inside = np.clip(mean, 0.5 / n, 1 - 0.5 / n)
        fit = _fit(when, share, n / (inside * (1 - inside)), breaks)
        change = fit.fittedvalues - mean
        if np.abs(change).max() < _NEAREST:
            return _trend(fit, breaks, level, least_scale=1.0)
        # Near 0 and 1 whole steps can go back and forth for ever; shorter ones settle.
        mean = mean + change / (1 if step < 30 else 2)
    raise ValueError(
        "the shares lie too close to 0 or 1 for a straight line; allowed are series whose line stays inside"
    )


def _weights(size: int, weights: ArrayLike | None, standard_errors: ArrayLike | None) -> FloatArray:
    if weights is not None and standard_errors is not None:
        raise ValueError("weights and standard_errors are both given; allowed is one of them")
    if standard_errors is None:
        return np.ones(size) if weights is None else np.ravel(checked_sizes(weights, "weights"))
    errors = np.ravel(checked_sizes(standard_errors, "standard_errors"))
    if (errors == 0).any():
        raise ValueError("standard_errors has 0; allowed are numbers above 0, or NaN")
    return 1 / errors**2


def _kept(
    periods: ArrayLike, left_out: Sequence[float], values: FloatArray, weights: FloatArray, breaks: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return periods, values and weights of the periods to use; raise ValueError if they are too few or repeated."""
    when = np.ravel(np.asarray(periods, dtype=np.float64))
    if not when.size == values.size == weights.size:
        sizes = f"{values.size} values and {weights.size} weights"
        raise ValueError(f"{sizes} are given for {when.size} periods; allowed is one of each per period")
    used = np.isfinite(when + values) & (weights > 0) & ~np.isin(when, np.asarray(left_out, dtype=np.float64))
    single, counts = np.unique(when[used], return_counts=True)
    if (counts > 1).any():
        raise ValueError(f"periods has {single[counts > 1][0]:g} more than once; allowed is each period once")
    needed = 2 + breaks + LEAST_DEGREES
    if single.size < needed:
        raise ValueError(f"{single.size} periods can be used; a trend with {breaks} breaks needs at least {needed}")
    return when[used], values[used], weights[used]


def _fit(when: FloatArray, values: FloatArray, weights: FloatArray, breaks: Sequence[float]) -> Any:
    """Return the fitted statsmodels WLS; raise ValueError for a break without periods on both sides."""
    from statsmodels.api import WLS

    edges = [-np.inf, *sorted(breaks), np.inf]
    for low, high in pairwise(edges):
        if not ((when >= low) & (when < high)).any():
            raise ValueError(
                f"no period can be used from {low:g} to before {high:g}; allowed are breaks with some between"
            )
    after = [(when >= edge).astype(np.float64) for edge in breaks]
    design = np.column_stack([np.ones(when.size), when - when.min(), *after])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("slope and shifts cannot be told apart; allowed are breaks with two periods on some side")
    return WLS(values, design, weights=weights).fit()


def _trend(fit: Any, breaks: Sequence[float], level: float, *, least_scale: float) -> Trend:
    from scipy.stats import t

    scale, degrees = max(float(fit.scale), least_scale), int(fit.df_resid)
    estimate, error = fit.params[1:], np.sqrt(scale * np.diag(fit.normalized_cov_params)[1:])
    reach = t.ppf((1 + level) / 2, degrees) * error
    with np.errstate(divide="ignore"):
        ratio = np.divide(np.abs(estimate), error, out=np.zeros_like(error), where=(error > 0) | (estimate != 0))
    table = pd.DataFrame(
        {"shift": estimate, "lower": estimate - reach, "upper": estimate + reach, "p_value": 2 * t.sf(ratio, degrees)}
    )
    shifts = table[1:].reset_index(drop=True)
    shifts.insert(0, "period", pd.Series(list(breaks), dtype=np.float64))
    slope, lower, upper, p_value = (float(number) for number in table.iloc[0])
    return Trend(slope, lower, upper, p_value, degrees, scale, shifts)
