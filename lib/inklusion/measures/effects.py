"""Before and after in small programmes: the mean change, its size in standard deviations, and a permutation test.

scipy is imported inside functions: it costs about 0.6 s.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction
from inklusion.measures._noncentral import noncentral_t

EXACT_UNITS = 16

_TIE = 1e-9
_BLOCK = 2_000


class PairedChange(NamedTuple):
    """Pairs used and not, means before and after, mean change with limits, p-value, degrees and SD of the change."""

    pairs: int
    left_out: int
    before: float
    after: float
    change: float
    lower: float
    upper: float
    p_value: float
    degrees: int
    deviation: float


class HedgesG(NamedTuple):
    """Standardised effect with limits, the SD that it is in, its degrees of freedom, and the correction J."""

    g: float
    lower: float
    upper: float
    deviation: float
    degrees: float
    correction: float


class Permutation(NamedTuple):
    """Statistic, p-value, sign patterns looked at, whether these are all, smallest p-value possible, units."""

    statistic: float
    p_value: float
    draws: int
    exact: bool
    attainable: float
    units: int


def paired_change(before: ArrayLike, after: ArrayLike, *, confidence: float = 0.95) -> PairedChange:
    r"""Estimate the mean change of the same persons, with a t interval: :math:`\bar d \pm t_{n-1} s_d / \sqrt n`.

    Parameters
    ----------
    before, after : array_like of float, shape (persons,)
        Values of one person by position, same unit. A person with NaN in either is left out and counted.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    PairedChange
        pairs, left_out; before, after, the means of the pairs; change, lower, upper (unit, after minus before);
        p_value (two-sided, of no change); degrees, n - 1; deviation, the SD of the change.

    Raises
    ------
    ValueError
        For fewer than two pairs, inputs of different lengths, an infinite value, or confidence outside (0, 1).

    Notes
    -----
    Assumes independent persons. Pupils of one group or class are not: see `sign_flip_test` with clusters, or a model
    with a random intercept. A change is not an effect: pupils grow, seasons change, and those chosen for low scores
    rise anyway (`regression_to_the_mean`). Who dropped out is in no mean here (`attrition`).

    References
    ----------
    Student (1908), Biometrika 6:1-25.

    Examples
    --------
    Changes 0, 1, 2: mean 1, and 1 / sqrt(3) times t with 2 degrees, which is sqrt(2) at this level.

    >>> found = paired_change([1, 2, 3, 4], [1, 3, 5, float("nan")], confidence=math.sqrt(0.5))
    >>> found.pairs, found.left_out, round(found.lower, 4), round(found.upper, 4)
    (3, 1, 0.1835, 1.8165)
    """
    from scipy.stats import t

    level = checked_fraction(confidence, "confidence")
    first, second, left_out = _pairs(before, after)
    difference = second - first
    n, mean, deviation = difference.size, float(difference.mean()), float(difference.std(ddof=1))
    error = deviation / math.sqrt(n)
    reach = float(t.ppf((1 + level) / 2, n - 1)) * error
    ratio = abs(mean) / error if error else math.inf if mean else 0.0
    p_value = float(2 * t.sf(ratio, n - 1))
    means = float(first.mean()), float(second.mean())
    return PairedChange(n, left_out, *means, mean, mean - reach, mean + reach, p_value, n - 1, deviation)


def hedges_g_paired(
    before: ArrayLike, after: ArrayLike, *, standardiser: str = "average", confidence: float = 0.95
) -> HedgesG:
    r"""Estimate Hedges' g of the same persons before and after, in average or change standard deviations.

    .. math::
        g = J(\nu) \, \bar d / s, \quad J(\nu) = \frac{\Gamma(\nu / 2)}{\sqrt{\nu / 2} \, \Gamma((\nu - 1) / 2)}

    "average": :math:`s^2 = (s_1^2 + s_2^2)/2`, :math:`\nu = (n - 1)(s_1^2 + s_2^2)^2 / (s_1^4 + s_2^4 + 2 r^2 s_1^2
    s_2^2)`, limits :math:`g \pm z J \sqrt{(\bar d/s)^2 / 2\nu + s_d^2 / ((n - 1) s^2)}`. "change": :math:`s = s_d`,
    the SD of the change, :math:`\nu = n - 1`, limits J times those of the noncentral t distribution over
    :math:`\sqrt n`.

    Parameters
    ----------
    before, after : array_like of float, shape (persons,)
        As in `paired_change`.
    standardiser : {"average", "change"}
        The SD that the change is measured in.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    HedgesG
        g, lower, upper (in standard deviations); deviation, s, in the unit of the values; degrees, :math:`\nu`;
        correction, J.

    Raises
    ------
    ValueError
        As `paired_change`; for fewer than three pairs; values that do not vary; or another standardiser.

    Notes
    -----
    The two are different quantities: with a correlation over 0.5 "change" is the larger, and only "average" can be
    compared with studies of two groups. The limits of "average" are approximate and assume normal values, persons
    independent.

    References
    ----------
    Hedges (1981), J. Educ. Statist. 6:107-128 (J); Bonett (2008), Psychol. Methods 13:99-109 (variance, average);
    Cousineau (2020), Tutor. Quant. Methods Psychol. 16:418-421 (degrees); Steiger and Fouladi (1997) (noncentral t).

    Examples
    --------
    Changes 1, 0, 2 have mean 1 and SD 1; J(2) is 1 over the root of pi.

    >>> round(hedges_g_paired([0, 1, 2], [1, 1, 4], standardiser="change").g, 4)
    0.5642
    """
    from scipy.stats import norm

    level = checked_fraction(confidence, "confidence")
    first, second, _ = _pairs(before, after)
    difference, n = second - first, first.size
    one, two, own = (float(values.var(ddof=1)) for values in (first, second, difference))
    variance = {"average": (one + two) / 2, "change": own}.get(standardiser, math.nan)
    if math.isnan(variance):
        raise ValueError(f"standardiser is {standardiser!r}; allowed is 'average' or 'change'")
    if n < 3 or variance <= 0:
        raise ValueError(f"{n} pairs with variance {variance:g} are given; allowed are 3 pairs or more that vary")
    raw = float(difference.mean()) / math.sqrt(variance)
    if standardiser == "change":
        correction = _correction(n - 1)
        lower, upper = (limit / math.sqrt(n) for limit in _noncentral(raw * math.sqrt(n), n - 1, level))
        return HedgesG(correction * raw, correction * lower, correction * upper, math.sqrt(variance), n - 1, correction)
    shared = float(np.cov(first, second)[0, 1]) ** 2
    degrees = (n - 1) * (one + two) ** 2 / (one**2 + two**2 + 2 * shared)
    correction = _correction(degrees)
    reach = norm.ppf((1 + level) / 2) * math.sqrt(raw**2 / (2 * degrees) + own / ((n - 1) * variance))
    lower, upper = float(correction * (raw - reach)), float(correction * (raw + reach))
    return HedgesG(correction * raw, lower, upper, math.sqrt(variance), degrees, correction)


def hedges_g(treated: ArrayLike, comparison: ArrayLike, *, confidence: float = 0.95) -> HedgesG:
    r"""Estimate Hedges' g of two independent groups: J times the difference of the means over the pooled SD.

    With :math:`\nu = n_1 + n_2 - 2`, J as in `hedges_g_paired`; limits are J times those of the noncentral t
    distribution over :math:`\sqrt{n_1 n_2 / (n_1 + n_2)}`.

    Parameters
    ----------
    treated, comparison : array_like of float, shapes (persons,)
        Values of either group, same unit. NaN is left out.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    HedgesG
        As `hedges_g_paired`; treated minus comparison, in pooled standard deviations.

    Raises
    ------
    ValueError
        For fewer than two values in a group, values that do not vary, an infinite value, or confidence outside (0, 1).

    Notes
    -----
    Assumes independent persons, normal values and equal variances. With pupils in classes the limits are too narrow.

    References
    ----------
    Hedges (1981), J. Educ. Statist. 6:107-128; Steiger and Fouladi (1997) (noncentral t).

    Examples
    --------
    Difference 2, pooled SD 1, four degrees: J is 0.7979.

    >>> round(hedges_g([3, 4, 5], [1, 2, 3]).g, 4)
    1.5958
    """
    level = checked_fraction(confidence, "confidence")
    one, two = (
        values[~np.isnan(values)] for values in (_finite(treated, "treated"), _finite(comparison, "comparison"))
    )
    if min(one.size, two.size) < 2 or np.ptp(one) == np.ptp(two) == 0:
        raise ValueError(f"the groups have {one.size} and {two.size} values; allowed are 2 or more each, that vary")
    degrees = one.size + two.size - 2
    deviation = math.sqrt((one.var() * one.size + two.var() * two.size) / degrees)
    root, correction = math.sqrt(one.size * two.size / (one.size + two.size)), _correction(degrees)
    raw = float(one.mean() - two.mean()) / deviation
    lower, upper = (correction * limit / root for limit in _noncentral(raw * root, degrees, level))
    return HedgesG(correction * raw, lower, upper, deviation, degrees, correction)


def sign_flip_test(
    change: ArrayLike, cluster: ArrayLike | None = None, *, draws: int = 9_999, seed: int = 1
) -> Permutation:
    r"""Test that changes are as often up as down, by turning their signs, person by person or cluster by cluster.

    With :math:`S_c` the sum of the changes of unit c and signs :math:`\epsilon_c = \pm 1`, the p-value is the share of
    sign patterns with :math:`|\sum \epsilon_c S_c| \ge |\sum S_c|`: of all :math:`2^C` up to 16 units, else of
    `draws` random ones and the one observed, (b + 1) / (B + 1).

    Parameters
    ----------
    change : array_like of float, shape (persons,)
        After minus before. NaN is left out.
    cluster : array_like, shape (persons,), optional
        Cluster, such as the programme group; all its signs turn together. A person without one is left out.
    draws, seed : int
        Random patterns when there are too many for all, and the seed of the generator.

    Returns
    -------
    Permutation
        statistic, the mean change; p_value, two-sided; draws, the patterns looked at; exact, whether all; attainable,
        the smallest p-value possible, :math:`2 / 2^C` or 1 / (B + 1); units, C.

    Raises
    ------
    ValueError
        For no change, an infinite value, inputs of different lengths, or fewer than 99 draws.

    Notes
    -----
    Assumes that without an effect the changes of a unit are distributed symmetrically around 0, and that units are
    independent; nothing about their shape. With five clusters no p-value is below 0.0625. Persons weigh the same.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21; Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9:39
    (b + 1).

    Examples
    --------
    Three rises: of the eight patterns, all up and all down are as far from 0.

    >>> found = sign_flip_test([1, 2, 4])
    >>> found.p_value, found.exact, found.attainable
    (0.25, True, 0.25)
    """
    if draws < 99:
        raise ValueError(f"draws is {draws!r}; allowed are 99 or more")
    values = _finite(change, "change")
    codes = np.arange(values.size) if cluster is None else pd.factorize(np.ravel(np.asarray(cluster)))[0]
    if codes.size != values.size:
        raise ValueError(f"cluster has {codes.size} values for {values.size} changes; allowed is one per change")
    known = ~np.isnan(values) & (codes >= 0)
    if not known.any():
        raise ValueError("change has no value; allowed are changes with 1 or more")
    codes, names = pd.factorize(codes[known])
    sums = np.bincount(codes, values[known])
    units, observed = len(names), abs(float(sums.sum()))
    needed = observed - _TIE * float(np.abs(sums).sum())
    mean = float(sums.sum()) / int(known.sum())
    if units <= EXACT_UNITS:
        signs = 1.0 - 2.0 * ((np.arange(2**units)[:, None] >> np.arange(units)) & 1)
        share = float((np.abs(signs @ sums) >= needed).mean())
        return Permutation(mean, share, 2**units, True, 2 / 2**units, units)
    generator, beyond = np.random.default_rng(seed), 0
    for start in range(0, draws, _BLOCK):
        signs = generator.integers(0, 2, (min(_BLOCK, draws - start), units)) * 2.0 - 1
        beyond += int((np.abs(signs @ sums) >= needed).sum())
    return Permutation(mean, (beyond + 1) / (draws + 1), draws, False, 1 / (draws + 1), units)


def _finite(values: ArrayLike, name: str) -> FloatArray:
    numbers = np.ravel(np.asarray(values, dtype=np.float64))
    if np.isinf(numbers).any():
        raise ValueError(f"{name} has an infinite value; allowed are finite numbers, or NaN")
    return numbers


def _pairs(before: ArrayLike, after: ArrayLike) -> tuple[FloatArray, FloatArray, int]:
    """Return the values of complete pairs and the number of the others; raise ValueError for fewer than two."""
    first, second = _finite(before, "before"), _finite(after, "after")
    if first.size != second.size:
        raise ValueError(f"after has {second.size} values for {first.size} before; allowed is one per person")
    known = ~np.isnan(first + second)
    if known.sum() < 2:
        raise ValueError(f"{known.sum()} persons have a value both before and after; allowed are 2 or more")
    return first[known], second[known], int((~known).sum())


def _correction(degrees: float) -> float:
    """J, by which a standardised effect is too large on average (exact for the SD of independent normal values)."""
    return math.exp(math.lgamma(degrees / 2) - math.lgamma((degrees - 1) / 2)) / math.sqrt(degrees / 2)


def _noncentral(statistic: float, degrees: float, level: float) -> tuple[float, float]:
    """Limits of the noncentrality of a t statistic."""
    from scipy.optimize import brentq

    tail = (1 - level) / 2
    # T - centre is at most a few times as wide as the root of 1 + statistic^2 / degrees, for one degree too.
    span = 40 * math.sqrt(1 + statistic**2 / degrees)
    low, high = (
        float(
            brentq(
                lambda centre, p=p: noncentral_t(statistic, degrees, centre) - p, -span + statistic, span + statistic
            )
        )
        for p in (1 - tail, tail)
    )
    return low, high
