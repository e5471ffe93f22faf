"""Where a yearly series goes if it goes on as before: a straight line, with the interval of a single new year.

statsmodels is imported inside a function: with the scipy.stats it pulls in it adds about 0.6 s to an import.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_counts, checked_fraction, checked_sizes, divided

LEAST_POINTS = 4


class Projection(NamedTuple):
    """A fitted line: slope per year with limits, Pearson's r, last year's residual, and a row per year."""

    slope: float
    lower: float
    upper: float
    correlation: float
    last_residual: float
    table: pd.DataFrame


def linear_projection(years: ArrayLike, values: ArrayLike, until: int, *, confidence: float = 0.95) -> Projection:
    r"""Estimate a straight line by least squares and continue it, with prediction intervals.

    With :math:`\hat y_t = a + b t`, :math:`s^2 = \sum (y_t - \hat y_t)^2 / (n - 2)`, :math:`S = \sum (t - \bar t)^2`
    and Student's t quantile with n - 2 degrees of freedom

    .. math:: \hat y_t \pm t_{(1 + confidence)/2} \, s \sqrt{1 + 1/n + (t - \bar t)^2 / S}, \quad b \pm t \, s / \sqrt S

    Parameters
    ----------
    years : array_like of whole numbers, shape (years,)
        Years, each once, any order, gaps allowed. A year with NaN in either is left out.
    values : array_like of float, shape (years,)
        Values, y, any unit; money in fixed prices.
    until : int
        Last year of the projection, not before the last year with a value.
    confidence : float
        Two-sided level of both intervals, 0-1.

    Returns
    -------
    Projection
        slope, lower, upper (unit per year); correlation, Pearson's r, NaN when all values are the same;
        last_residual, the last value minus the line; and table, a row for every year from the first to `until`: year,
        observed (NaN without), fitted, lower, upper (limits of one new value in that year) and projected (whether it
        is after the last year with a value).

    Raises
    ------
    ValueError
        For fewer than four years with a value, a year twice or broken, an infinite value, inputs of different
        lengths, an `until` too early, or confidence outside (0, 1).

    Notes
    -----
    The limits are for the value of one year, not for the line: the line's own interval is far too narrow for that.
    Assumes a straight line that goes on, and independent errors of the same size. Yearly spending is usually
    correlated from year to year, and four points leave two degrees of freedom: the limits are then too narrow, and say
    nothing of a change of course. The line need not pass the last value; last_residual says how far it starts from it.

    References
    ----------
    Weisberg (2005), Applied Linear Regression, 3rd ed., ch. 2 (prediction interval).

    Examples
    --------
    The slope is 3/5, s^2 = 0.2/2; one year on s * sqrt(1 + 1/4 + 2.5^2/5) = 0.5, and t is 2 at this level.

    >>> line = linear_projection([2020, 2021, 2022, 2023], [1, 2, 2, 3], 2024, confidence=0.816497)
    >>> round(line.slope, 6), round(line.last_residual, 6)
    (0.6, 0.1)
    >>> line.table.tail(2).round(4)
       year  observed  fitted   lower   upper  projected
    3  2023       3.0     2.9  2.0754  3.7246      False
    4  2024       NaN     3.5  2.5000  4.5000       True
    """
    from statsmodels.api import OLS, add_constant

    level = checked_fraction(confidence, "confidence")
    when, known = _checked(years, values)
    first, last = int(when.min()), int(when.max())
    if until != int(until) or until < last:
        raise ValueError(f"until is {until!r}; allowed are whole years from {last}, the last year with a value")
    fit = OLS(known, add_constant(when - first, has_constant="add")).fit()
    every = np.arange(first, int(until) + 1)
    frame = fit.get_prediction(add_constant(every - first, has_constant="add")).summary_frame(alpha=1 - level)
    observed = pd.Series(known, index=when.astype(np.int64)).reindex(every).to_numpy()
    limits = {"lower": frame["obs_ci_lower"].to_numpy(), "upper": frame["obs_ci_upper"].to_numpy()}
    table = pd.DataFrame(
        {"year": every, "observed": observed, "fitted": frame["mean"].to_numpy(), **limits, "projected": every > last}
    )
    lower, upper = fit.conf_int(1 - level)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        r = float(np.corrcoef(when, known)[0, 1])
    residual = float(fit.resid[np.argmax(when)])
    return Projection(float(fit.params[1]), float(lower), float(upper), r, residual, table)


def end_point_line(first_year: int, first: float, last_year: int, last: float, year: int) -> float:
    r"""Compute where the straight line through two values stands in a year.

    .. math:: y_1 + (t - t_1) (y_1 - y_0) / (t_1 - t_0)

    Parameters
    ----------
    first_year, last_year : int
        The years of the two values.
    first, last : float
        The values, any unit. NaN gives NaN.
    year : int
        The year wanted, t.

    Returns
    -------
    float
        The value on the line, in the same unit.

    Raises
    ------
    ValueError
        When the two years are the same.

    Notes
    -----
    For a source that prints two years only. It rests on two values and has no interval; a line fitted to all years
    can lie elsewhere.

    References
    ----------
    Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd ed., section 5.2 (drift method).

    Examples
    --------
    148 after +22 % in seven years; a fit to all years was printed as 166.

    >>> round(end_point_line(2017, 148 / 1.22, 2024, 148, 2030), 1)
    170.9
    """
    if first_year == last_year:
        raise ValueError(f"first_year and last_year are both {first_year}; allowed are two different years")
    return float(last + (year - last_year) * (last - first) / (last_year - first_year))


def per_pupil_projection(value: float, pupils: float, forecast: ArrayLike) -> FloatArray:
    r"""Compute spending that follows the number of pupils, at the last known cost per pupil: :math:`(y / n) f_t`.

    Parameters
    ----------
    value : float
        Spending in the last known year, y, any currency, fixed prices. NaN gives NaN.
    pupils : float
        Pupils in that year, n. NaN or 0 gives NaN.
    forecast : array_like of float, any shape
        Pupils expected in each year, f, of the same kind. NaN gives NaN.

    Returns
    -------
    ndarray of float
        Spending in each forecast year.

    Raises
    ------
    ValueError
        For a number below 0 or without end.

    Notes
    -----
    The cost per pupil and the share of pupils in special provision stay as they are: this is what numbers of pupils
    alone would do, and has no interval. For a cost per pupil with a trend, use `linear_projection` on values divided
    by pupils, and multiply fitted, lower and upper by the forecast; that interval takes the forecast as certain.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., ch. 6 (a total from a ratio).

    Examples
    --------
    >>> per_pupil_projection(148, 6000, [6000, 6300]).tolist()
    [148.0, 155.4]
    """
    money, basis = checked_sizes(value, "value"), checked_sizes(pupils, "pupils")
    expected = checked_sizes(forecast, "forecast")
    return np.asarray(divided(money * expected, basis), dtype=np.float64)


def _checked(years: ArrayLike, values: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the years with a value and the values; raise ValueError for what a line cannot be fitted to."""
    when, known = np.ravel(checked_counts(years, "years")), np.ravel(np.asarray(values, dtype=np.float64))
    if when.size != known.size:
        raise ValueError(f"values has {known.size} values for {when.size} years; allowed is one per year")
    if np.isinf(known).any():
        raise ValueError("values has an infinite value; allowed are finite numbers, or NaN")
    kept = ~np.isnan(when + known)
    when, known = when[kept], known[kept]
    if when.size < LEAST_POINTS:
        raise ValueError(f"values has {when.size} years with a value; a projection needs at least {LEAST_POINTS}")
    single, counts = np.unique(when, return_counts=True)
    if (counts > 1).any():
        raise ValueError(f"years has {single[counts > 1][0]:g} more than once; allowed is each year once")
    return when, known
