"""Pupils in schools: each school has its own level, drawn from a normal distribution; shares of the variance.

scipy is imported inside functions: it costs about 0.6 s.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_fraction
from inklusion.measures._rows import coefficient_table, complete_rows, standardised

NO_DIFFERENCE = "the groups differ no more than chance would make them: the variance between them is set to 0"

_NEAREST = 1e-6
_ROUNDING = 1e-12
_RATIOS = (-14.0, 14.0)
_GRID = 57


class LinearMixed(NamedTuple):
    """Coefficients with intervals, variance between and within groups, their share, sizes and a note ("" if none)."""

    coefficients: pd.DataFrame
    between: float
    within: float
    intraclass: float
    groups: int
    observations: int
    note: str


class NestedVariance(NamedTuple):
    """Variance between outer units, between inner units within them and within inner units, and shares of the sum."""

    outer: float
    inner: float
    within: float
    outer_share: float
    inner_share: float
    outer_units: int
    inner_units: int
    observations: int


def linear_random_intercept(
    outcome: ArrayLike, predictors: pd.DataFrame, group: ArrayLike, *, confidence: float = 0.95
) -> LinearMixed:
    r"""Estimate a linear model with a random intercept per group, by restricted maximum likelihood (REML).

    .. math:: y_{ij} = \beta_0 + x_{ij}' \beta + u_j + e_{ij},
        \quad u_j \sim N(0, \tau^2), \; e_{ij} \sim N(0, \sigma^2)

    with limits :math:`\hat\beta \pm t_\nu SE`, where :math:`\nu` is :math:`n - J - p_w` for a predictor that varies
    within groups (n rows, J groups, :math:`p_w` such predictors) and :math:`J - 1 - p_b` for one that does not
    (:math:`p_b` of them) and for the intercept. The intraclass share is :math:`\tau^2 / (\tau^2 + \sigma^2)`.

    Parameters
    ----------
    outcome : array_like of float, shape (rows,)
        Outcome, y, any unit. A row with NaN here, in a predictor or in the group is left out.
    predictors : DataFrame of numbers, rows by position
        Predictors without the intercept, which is added; no columns for a model with the intercept only.
    group : array_like, shape (rows,)
        Group of the row, such as the school.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    LinearMixed
        coefficients: a row per term ("intercept" first) with term, estimate, standard_error, degrees, lower, upper
        and p_value (two-sided, of 0); between (:math:`\tau^2`) and within (:math:`\sigma^2`), unit squared;
        intraclass, 0-1; groups; observations, the rows used; note, when :math:`\tau^2` is 0.

    Raises
    ------
    ValueError
        For inputs of different lengths, an infinite number, fewer than two groups, no group with two rows, no degrees
        of freedom for a term, predictors that determine one another, or confidence outside (0, 1).

    Notes
    -----
    Assumes independent groups, normal groups and errors, and one slope for all groups. With slopes that differ between
    groups the interval of a within-group predictor is too narrow. For a trend over years fit the groups' yearly means:
    with rows of pupils the shocks of a school in a year pass for chance among pupils, and the interval is far too
    narrow. :math:`\tau^2 = 0` means that groups differ no more than chance would make them, not that they are alike;
    the model is then ordinary least squares. The ratio of the variances is searched for over 1e-6 to 1e6, so a fit
    cannot fail to converge. The degrees are those of nlme, except that the intercept gets those between groups.
    Variances come without intervals here.

    References
    ----------
    Laird and Ware (1982), Biometrics 38:963-974; Pinheiro and Bates (2000), Mixed-Effects Models in S and S-PLUS,
    section 2.4.2 (degrees of freedom).

    Examples
    --------
    Balanced: tau^2 is (4.5 - 0.5) / 2, from the means 0.5 and 3.5 and the variance 0.5 within both groups.

    >>> fit = linear_random_intercept([0, 1, 3, 4], pd.DataFrame(index=range(4)), ["a", "a", "b", "b"])
    >>> round(fit.between, 3), round(fit.within, 3), fit.coefficients["estimate"].round(3).tolist()
    (4.25, 0.5, [2.0])
    """
    from scipy.stats import t

    level = checked_fraction(confidence, "confidence")
    values = np.ravel(np.asarray(outcome, dtype=np.float64))
    y, x, codes = complete_rows(values, predictors, group)
    degrees = _degrees(x, codes)
    estimate, covariance, between, within = _reml(y, x, codes)
    error = np.sqrt(np.diag(covariance))
    reach = t.ppf((1 + level) / 2, degrees) * error
    table = coefficient_table(predictors, estimate, error, reach)
    table.insert(3, "degrees", degrees)
    ratio = np.divide(np.abs(estimate), error, out=np.full(error.shape, np.inf), where=error > 0)
    table["p_value"] = 2 * t.sf(np.where(estimate == 0, 0.0, ratio), degrees)
    total = between + within
    share = between / total if total else float("nan")
    note = "" if between else NO_DIFFERENCE
    return LinearMixed(table, between, within, share, int(codes.max()) + 1, y.size, note)


def _degrees(x: FloatArray, codes: NDArray[np.intp]) -> FloatArray:
    """Degrees of freedom per column: between groups for what is constant within them, else within."""
    first = np.unique(codes, return_index=True)[1]
    constant = (x == x[first][codes]).all(axis=0)
    groups = first.size
    between, within = groups - int(constant.sum()), len(x) - groups - int((~constant).sum())
    if between < 1 or within < 1:
        raise ValueError(
            f"{len(x)} rows in {groups} groups leave {between} degrees of freedom between groups and {within} within; "
            "allowed is at least 1 of each"
        )
    return np.where(constant, between, within).astype(np.float64)


def _reml(y: FloatArray, x: FloatArray, codes: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, float, float]:
    """Return coefficients, their covariance and both variances; with no variance between where that is as likely."""
    from scipy.optimize import minimize_scalar

    scaled, back = standardised(x)
    middle = y - y.mean()
    size = float(np.sqrt((middle**2).mean()))
    plain = _weighted(middle, scaled, codes, 0.0)
    best = 0.0
    if plain[2] > _ROUNDING * y.size * size**2:
        logarithms = np.linspace(*_RATIOS, _GRID)
        likelihoods = [_restricted(middle, scaled, codes, float(np.exp(value))) for value in logarithms]
        place = int(np.argmax(likelihoods))
        found = minimize_scalar(
            lambda value: -_restricted(middle, scaled, codes, float(np.exp(value))),
            bounds=(logarithms[max(place - 1, 0)], logarithms[min(place + 1, _GRID - 1)]),
            method="bounded",
            options={"xatol": 1e-10},
        )
        if -found.fun > _restricted(middle, scaled, codes, 0.0) + _NEAREST:
            best = float(np.exp(found.x))
    weighted, coefficients, form, _ = _weighted(middle, scaled, codes, best)
    within = max(form, 0.0) / (y.size - x.shape[1])
    covariance = np.asarray(back @ np.linalg.inv(weighted) @ back.T * within, dtype=np.float64)
    estimate = back @ coefficients
    estimate[0] += y.mean()
    return estimate, covariance, best * within, within


def _weighted(
    y: FloatArray, x: FloatArray, codes: NDArray[np.intp], ratio: float
) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Generalised least squares at a ratio of the variances: X'V^-1X, coefficients, their form, and group sizes."""
    sizes = np.bincount(codes).astype(np.float64)
    both = np.column_stack([x, y])
    sums = np.column_stack([np.bincount(codes, column) for column in both.T])
    cross = both.T @ both - (sums * (ratio / (1 + ratio * sizes))[:, None]).T @ sums
    weighted, right = cross[:-1, :-1], cross[:-1, -1]
    coefficients = np.asarray(np.linalg.solve(weighted, right), dtype=np.float64)
    return weighted, coefficients, float(cross[-1, -1] - right @ coefficients), sizes


def _restricted(y: FloatArray, x: FloatArray, codes: NDArray[np.intp], ratio: float) -> float:
    """REML log-likelihood, the error variance profiled out."""
    weighted, _, form, sizes = _weighted(y, x, codes, ratio)
    free = y.size - x.shape[1]
    determinants = np.log1p(ratio * sizes).sum() + np.linalg.slogdet(weighted)[1]
    return float(-0.5 * (free * (1 + np.log(2 * np.pi * form / free)) + determinants))


def variance_shares(outcome: ArrayLike, inner: ArrayLike, outer: ArrayLike) -> NestedVariance:
    r"""Estimate how much of the variance lies between outer units, between inner units and within them, by moments.

    For pupils in schools (inner) in municipalities (outer): :math:`n_{ij}` pupils of school j in municipality i,
    :math:`n_i` and N the sums, S schools and M municipalities. The sums of squares within schools, between schools
    and between municipalities are set equal to what they would be on average,

    .. math::
        (N - S) \sigma^2, \quad (N - k) \tau^2 + (S - M) \sigma^2, \quad
        (N - \tfrac{1}{N} \textstyle\sum n_i^2) \omega^2 + (k - \tfrac{1}{N} \textstyle\sum n_{ij}^2) \tau^2
        + (M - 1) \sigma^2, \quad k = \textstyle\sum_{ij} n_{ij}^2 / n_i

    and solved for :math:`\sigma^2, \tau^2, \omega^2`, each cut at 0 after the solution.

    Parameters
    ----------
    outcome : array_like of float, shape (persons,)
        Outcome, any unit. A person with NaN here or without units is left out.
    inner, outer : array_like, shape (persons,)
        Inner and outer unit; inner units of one name in two outer units are two.

    Returns
    -------
    NestedVariance
        outer (:math:`\omega^2`), inner (:math:`\tau^2`), within (:math:`\sigma^2`), unit squared; outer_share,
        inner_share, of their sum, 0-1; and the numbers of units and persons. Shares are NaN when all is 0.

    Raises
    ------
    ValueError
        For an infinite value, inputs of different lengths, or no degrees of freedom for one of the three.

    Notes
    -----
    Needs no distribution, and is as good as REML when the numbers are equal. With few outer units the outer variance
    is hardly known; a 0 means no more than chance would give.

    References
    ----------
    Searle, Casella and McCulloch (1992), Variance Components, section 5.3 and appendix F.1 (nested, unequal numbers).

    Examples
    --------
    Within 0.5; schools: 36 = 4 * tau^2 + 2 * 0.5; municipalities: 50 = 4 * omega^2 + 2 * tau^2 + 0.5.

    >>> found = variance_shares([0, 1, 6, 7, 5, 6, 11, 12], list("aabbccdd"), list("xxxxyyyy"))
    >>> found.within, found.inner, found.outer
    (0.5, 17.75, 3.5)
    """
    values = np.ravel(np.asarray(outcome, dtype=np.float64))
    places, units = (pd.factorize(np.ravel(np.asarray(part)))[0] for part in (outer, inner))
    if not values.size == places.size == units.size:
        raise ValueError(f"inner or outer has another length than the {values.size} outcomes; allowed is one each")
    if np.isinf(values).any():
        raise ValueError("outcome has an infinite value; allowed are finite numbers, or NaN")
    known = ~np.isnan(values) & (places >= 0) & (units >= 0)
    y = values[known] - (values[known].mean() if known.any() else 0)
    place, places_named = pd.factorize(places[known])
    unit, units_named = pd.factorize(place * (units.max(initial=0) + 1) + units[known])
    n, schools, areas = y.size, len(units_named), len(places_named)
    if n <= schools or schools <= areas or areas < 2:
        raise ValueError(
            f"{n} persons are in {schools} inner and {areas} outer units; allowed are two outer units or more, "
            "and fewer of each than of what lies in them"
        )
    return _solved(y, unit, place)


def _solved(y: FloatArray, unit: NDArray[np.intp], place: NDArray[np.intp]) -> NestedVariance:
    size, area = np.bincount(unit).astype(np.float64), np.bincount(place).astype(np.float64)
    where = place[np.unique(unit, return_index=True)[1]]
    unit_mean, area_mean = np.bincount(unit, y) / size, np.bincount(place, y) / area
    n, schools, areas = y.size, size.size, area.size
    k = float((size**2 / area[where]).sum())
    within = float(((y - unit_mean[unit]) ** 2).sum()) / (n - schools)
    inner = (float((size * (unit_mean - area_mean[where]) ** 2).sum()) - (schools - areas) * within) / (n - k)
    rest = float((area * area_mean**2).sum()) - (areas - 1) * within - (k - float((size**2).sum()) / n) * inner
    outer = max(0.0, rest / (n - float((area**2).sum()) / n))
    inner = max(0.0, inner)
    total = within + inner + outer
    shares = (outer / total, inner / total) if total else (float("nan"), float("nan"))
    return NestedVariance(outer, inner, within, *shares, areas, schools, n)
