"""What a study of given numbers can show: power at an effect, and the smallest effect it would detect.

scipy is imported inside functions: it costs about 0.6 s.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction
from inklusion.measures._noncentral import noncentral_t


class Power(NamedTuple):
    """Power at the effect asked for, smallest effect with the power aimed at, error, degrees, persons it is worth."""

    power: float
    detectable: float
    standard_error: float
    degrees: float
    effective: float


def power_paired(
    sizes: ArrayLike,
    change: float,
    deviation: float,
    *,
    intraclass: float = 0.0,
    level: float = 0.05,
    aim: float = 0.8,
) -> Power:
    r"""Compute the power to show a mean change of the same persons, who come in clusters.

    With :math:`m_c` persons in cluster c, n in all and C clusters

    .. math::
        SE^2 = \frac{s^2}{n^2} \sum_c m_c (1 + (m_c - 1) \rho), \quad
        \text{power} = P(|t'_{C - 1}(\delta / SE)| > t_{C - 1, 1 - level / 2})

    with t' noncentral. The smallest detectable change has power `aim`. The persons are worth :math:`s^2 / SE^2`.

    Parameters
    ----------
    sizes : array_like of whole numbers, shape (clusters,)
        Persons with both measurements, per cluster such as the programme group; ones for single persons.
    change : float
        Mean change to be shown, :math:`\delta`, any unit.
    deviation : float
        SD of the change, s, same unit: :math:`\sqrt{2 (1 - r)}` times that of the score, for correlation r.
    intraclass : float
        Share of the variance of the change that lies between clusters, :math:`\rho`, 0-1.
    level, aim : float
        Two-sided level of the test, and power of the smallest detectable change, 0-1, aim over level.

    Returns
    -------
    Power
        power, 0-1; detectable (unit); standard_error (unit); degrees; effective, persons.

    Raises
    ------
    ValueError
        For fewer than two clusters, a size under 1 or broken, deviation 0 or less, or a share outside its range.

    Notes
    -----
    The test is of the mean over persons, with a cluster-robust error and C - 1 degrees of freedom, also when
    :math:`\rho` is 0. Unequal sizes make the true degrees fewer. Without a comparison group a change is not an effect.
    Compute it before the outcomes are seen: power at the effect found says nothing that its p-value does not.

    References
    ----------
    Cohen (1988), Statistical Power Analysis, 2nd ed., ch. 2; Kish (1965), Survey Sampling, section 8.2 (clusters);
    Hoenig and Heisey (2001), Amer. Statist. 55:19-24 (power at the effect found).

    Examples
    --------
    102 pupils in nine groups, SD of the change 1: as single pupils, and as groups with 5 % of the variance between.

    >>> groups = [8, 10, 11, 11, 12, 12, 12, 13, 13]
    >>> [round(power_paired(*case, 0.3, 1).detectable, 3) for case in ([[1] * 102], [groups])]
    [0.28, 0.317]
    >>> found = power_paired(groups, 0.3, 1, intraclass=0.05)
    >>> round(found.power, 3), round(found.detectable, 3), round(found.effective, 1)
    (0.577, 0.392, 66.8)
    """
    persons = _sizes(sizes, "sizes")
    _checked(deviation, intraclass, level, aim)
    if persons.size < 2:
        raise ValueError(f"sizes has {persons.size} clusters; allowed are 2 or more")
    error = deviation * math.sqrt(_variance(persons, intraclass))
    return _power(change, error, persons.size - 1, (deviation / error) ** 2, level, aim)


def power_two_groups(
    treated: ArrayLike,
    others: ArrayLike,
    difference: float,
    deviation: float,
    *,
    intraclass: float = 0.0,
    level: float = 0.05,
    aim: float = 0.8,
) -> Power:
    r"""Compute the power to show a difference of means between two groups of clusters.

    As `power_paired`, with :math:`SE^2` the sum of those of both groups and C - 2 degrees of freedom, C all clusters.

    Parameters
    ----------
    treated, others : array_like of whole numbers, shapes (clusters,)
        Persons per cluster, such as the school, in either group; ones for single persons.
    difference : float
        Difference to be shown, any unit: of scores, or of changes for a difference-in-differences.
    deviation : float
        SD of the score (or of the change) within a group, clusters included; same unit.
    intraclass, level, aim : float
        As in `power_paired`.

    Returns
    -------
    Power
        As `power_paired`; effective is persons in all, worth as much in the same proportion of the groups.

    Raises
    ------
    ValueError
        As `power_paired`; for no cluster in a group, or fewer than three in all.

    Notes
    -----
    As `power_paired`. With one cluster in a group, the power is of a test that trusts the intraclass share of the
    others; no robust error exists then. More persons per cluster help little once :math:`m \rho` is over 1.

    References
    ----------
    Donner and Klar (2000), Design and Analysis of Cluster Randomization Trials, ch. 5; as `power_paired`.

    Examples
    --------
    Cohen's table: 64 in each group, half an SD, power 0.80.

    >>> round(power_two_groups([1] * 64, [1] * 64, 0.5, 1).power, 4)
    0.8015
    """
    one, two = _sizes(treated, "treated"), _sizes(others, "others")
    _checked(deviation, intraclass, level, aim)
    degrees = _two_groups(one, two)
    error = deviation * math.sqrt(_variance(one, intraclass) + _variance(two, intraclass))
    alone = deviation**2 * (1 / one.sum() + 1 / two.sum())
    return _power(difference, error, degrees, float(one.sum() + two.sum()) * alone / error**2, level, aim)


def power_shares(
    treated: ArrayLike,
    others: ArrayLike,
    treated_share: float,
    others_share: float,
    *,
    intraclass: float = 0.0,
    level: float = 0.05,
    aim: float = 0.8,
) -> Power:
    r"""Compute the power to show a difference of shares between two groups of clusters.

    As `power_two_groups`, with :math:`s_g^2 = p_g (1 - p_g)` in either group and a normal test in place of t when
    every cluster is one person.

    Parameters
    ----------
    treated, others : array_like of whole numbers, shapes (clusters,)
        Persons per cluster in either group; ones for single persons.
    treated_share, others_share : float
        True shares, 0-1, both excluded.
    intraclass, level, aim : float
        As in `power_paired`.

    Returns
    -------
    Power
        power, 0-1; detectable: the smallest difference upwards from others_share with power `aim`, a share, NaN when
        not even a share of 1 would do; standard_error at the shares given; degrees (inf for a normal test); effective.

    Raises
    ------
    ValueError
        As `power_two_groups`, or for a share outside (0, 1).

    Notes
    -----
    Normal approximation, unpooled error: with fewer than about 10 expected of either kind in a group it is rough.
    The smallest difference downwards is another one: turn the outcome around.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., ch. 4; as
    `power_two_groups`.

    Examples
    --------
    0.5 against 0.3, 100 in each: SE is sqrt(0.46 / 100), and 0.2 / SE is 2.949.

    >>> round(power_shares([1] * 100, [1] * 100, 0.5, 0.3).power, 3)
    0.839
    """
    one, two = _sizes(treated, "treated"), _sizes(others, "others")
    p, q = checked_fraction(treated_share, "treated_share"), checked_fraction(others_share, "others_share")
    _checked(1.0, intraclass, level, aim)
    degrees = _two_groups(one, two)
    test = math.inf if max(one.max(), two.max()) == 1 else degrees

    def error(share: float) -> float:
        parts = share * (1 - share) * _variance(one, intraclass), q * (1 - q) * _variance(two, intraclass)
        return math.sqrt(sum(parts))

    alone = p * (1 - p) / one.sum() + q * (1 - q) / two.sum()
    effective = float(one.sum() + two.sum()) * alone / error(p) ** 2
    reached = _rejected(abs(p - q) / error(p), test, level)
    smallest = _smallest_share(lambda share: _rejected((share - q) / error(share), test, level) - aim, q)
    return Power(reached, smallest, error(p), test, effective)


def _smallest_share(over: Callable[[float], float], share: float) -> float:
    from scipy.optimize import brentq

    # Power rises with the share at first; close to 1 the variance of one group is 0.
    grid = np.linspace(share, 1 - 1e-9, 400)
    enough = next((place for place, value in enumerate(grid) if over(float(value)) >= 0), None)
    if enough is None:
        return math.nan
    return float(brentq(over, float(grid[enough - 1]), float(grid[enough]))) - share


def _power(effect: float, error: float, degrees: float, effective: float, level: float, aim: float) -> Power:
    from scipy.optimize import brentq

    def reached(ratio: float) -> float:
        return _rejected(ratio, degrees, level)

    top = 10.0
    while reached(top) < aim:
        top *= 2
    smallest = float(brentq(lambda ratio: reached(ratio) - aim, 0.0, top))
    return Power(reached(abs(effect) / error), smallest * error, error, degrees, effective)


def _rejected(ratio: float, degrees: float, level: float) -> float:
    """Chance that a two-sided test rejects when the effect is so many standard errors."""
    from scipy.stats import norm, t

    if math.isinf(degrees):
        edge = norm.ppf(1 - level / 2)
        return float(norm.sf(edge - ratio) + norm.cdf(-edge - ratio))
    edge = float(t.ppf(1 - level / 2, degrees))
    return 1 - noncentral_t(edge, degrees, ratio) + noncentral_t(-edge, degrees, ratio)


def _variance(sizes: FloatArray, intraclass: float) -> float:
    """Variance of the mean over persons, for a variance of 1 of a person."""
    return float((sizes * (1 + (sizes - 1) * intraclass)).sum() / sizes.sum() ** 2)


def _sizes(values: ArrayLike, name: str) -> FloatArray:
    sizes = np.ravel(np.asarray(values, dtype=np.float64))
    wrong = ~(np.isfinite(sizes) & (sizes >= 1) & (sizes == np.floor(sizes)))
    if wrong.any() or not sizes.size:
        seen = f"{sizes[wrong][0]:g}" if wrong.any() else "no cluster"
        raise ValueError(f"{name} has {seen}; allowed are whole numbers of 1 or more, one per cluster")
    return sizes


def _two_groups(treated: FloatArray, others: FloatArray) -> int:
    if treated.size + others.size < 3:
        raise ValueError(f"{treated.size + others.size} clusters are given; allowed are 3 or more in both groups")
    return treated.size + others.size - 2


def _checked(deviation: float, intraclass: float, level: float, aim: float) -> None:
    if not (deviation > 0 and math.isfinite(deviation)):
        raise ValueError(f"deviation is {deviation!r}; allowed is a number above 0")
    if not 0 <= intraclass <= 1:
        raise ValueError(f"intraclass is {intraclass!r}; allowed is 0 to 1")
    checked_fraction(level, "level")
    if not level < checked_fraction(aim, "aim"):
        raise ValueError(f"aim is {aim!r} with level {level!r}; allowed is an aim above the level")
