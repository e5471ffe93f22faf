"""Observed minus expected counts: an interval and a p-value from one model, so that they never disagree.

The count is a sum of unequal chances. Its distribution is taken to be the binomial with the same mean and variance,
continued to broken numbers by the incomplete beta function and, where asked, moved to have the same skewness too;
uncertainty about the mean is mixed in as a normal or Student's t.
scipy is imported inside functions: it costs about 0.3 s.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_counts, checked_fraction, checked_sizes, divided

# From this many degrees Student's t is light enough in the tails for the coarse sums.
_MANY_DEGREES = 4
# Largest ratio of the extra standard deviation to the binomial one for a sum over the extra (else over the mean), its
# points, and the cells of the sum over the mean; for few degrees (True) and for many.
_SUMS = {True: (0.02, 97, 384), False: (0.08, 25, 128)}
_FARTHEST = 6.0  # point of the extra, in normal standard deviations
_WIDEST = 9.5  # reach of the cells, in standard deviations of the arcsine of the mean's root

# Chance of the count or more (True) or or less (False), by mean and row of the unit.
_Tail = Callable[[FloatArray, NDArray[np.intp], bool], FloatArray]


def excess_interval(
    observed: ArrayLike,
    expected: ArrayLike,
    squared: ArrayLike,
    cubed: ArrayLike | None = None,
    *,
    extra_variance: ArrayLike = 0.0,
    extra_df: ArrayLike = np.inf,
    design_effect: ArrayLike = 1.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Estimate the interval of observed minus expected, per unit.

    O is a sum of independent yes/no outcomes whose chances p are expected to sum to :math:`E = \sum p`. It is taken
    as :math:`c + \mathrm{Bin}(m, \pi)`, continued to broken numbers. Without `cubed`, c = 0, :math:`\pi = \sum p^2 / E`
    and :math:`m = n^* = E^2 / \sum p^2` give it the mean and variance of the sum; with `cubed`, also its third
    cumulant, from :math:`\kappa_2 = \sum p (1 - p)` and :math:`\kappa_3 = \sum p (1 - p)(1 - 2p)`:

    .. math:: \pi = \frac{1 - \kappa_3 / \kappa_2}{2}, \quad m = \frac{\kappa_2}{\pi (1 - \pi)}, \quad c = E - m \pi \ge 0

    For another mean :math:`\mu`, c and :math:`\pi` are multiplied by :math:`\mu / E`, up to :math:`\pi = 1`. With
    k = (O - c) / D and n = m / D, D the design effect, and the incomplete beta function I, the mid-P tail is

    .. math:: U(\mu) = \tfrac12 [I_\pi(k, n - k + 1) + I_\pi(k + 1, n - k)]

    averaged over :math:`\mu + \sqrt{V}\,T`, with V the extra variance, T Student's t (normal for inf degrees) and the
    sum cut at 0 and the top, :math:`E / \pi`. The limits are the :math:`\mu` from 0 to the top where U and 1 - U
    equal (1 - confidence) / 2, or the edge where none does, minus E.

    Parameters
    ----------
    observed : array_like of whole numbers, shape (units,)
        Counted persons, O. NaN gives NaN.
    expected : array_like of float, one shape or broadcastable
        Sum of the expected chances, E, in persons. NaN or 0 gives NaN.
    squared : array_like of float, broadcastable
        Sum of the squared expected chances, above 0 and at most E. NaN gives NaN.
    cubed : array_like of float, broadcastable, optional
        Sum of the cubed expected chances, from squared^2 / E to squared. NaN gives NaN; None matches two moments.
    extra_variance : array_like of float, broadcastable
        Variance of the mean beyond the binomial, V, in persons squared. NaN gives NaN.
    extra_df : array_like of float, broadcastable
        Degrees of freedom with which V was estimated, above 0; inf for a known V. NaN gives NaN.
    design_effect : array_like of float, broadcastable
        Variance of the count relative to independent persons, D, above 0. NaN gives NaN.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    DataFrame
        Columns lower, upper: limits, in persons, of the units' own mean minus E. A range index, units in order.

    Raises
    ------
    ValueError
        For a negative or broken count, a negative size, squared above expected or 0, cubed outside its
        bounds, extra_df of 0 or less, a design effect of 0, or confidence outside (0, 1).

    Notes
    -----
    With two moments the binomial is less skew than the sum: high counts come out too rare, low ones too frequent.
    Largest relative error of the p-value against the exact sum (tests/reference) for p from 0.001 / from 0.03 to 0.5
    with two -> with three moments, where chances follow a beta distribution and where some are 0.95, the rest 0.03:

    ==== =============== ================================== ==================================
    E    squared / E     beta                               two kinds
    ==== =============== ================================== ==================================
    60   0.13            1 -> 0.3 % / 0.4 -> 0.04 %         18 -> 0.3 % / 5 -> 0.03 %
    60   0.37            16 -> 2.4 % / 5 -> 0.3 %           65 -> 1.7 % / 13 -> 0.1 %
    60   0.47            30 -> 4.1 % / 8 -> 0.4 %           110 -> 3.8 % / 19 -> 0.2 %
    60   0.60            46 -> 5.2 % / 12 -> 0.4 %          133 -> 6.3 % / 32 -> 0.6 %
    20   0.13            2 -> 1.0 % / 0.5 -> 0.1 %          29 -> 1.1 % / 6 -> 0.03 %
    20   0.37            28 -> 5.6 % / 6 -> 0.5 %           171 -> 9.5 % / 32 -> 0.5 %
    20   0.47            48 -> 12 % / 12 -> 0.7 %           207 -> 13 % / 30 -> 0.4 %
    20   0.60            64 -> 12 % / 23 -> 1.9 %           358 -> 34 % / 36 -> 0.8 %
    3-6  0.13-0.18       6 -> 4 % / 1 -> 0.3 %              63 -> 3 % / 19 -> 0.2 %
    3-6  0.32-0.47       78 -> 37 % / 31 -> 5 %             353 -> 30 % / 48 -> 1.7 %
    3-6  0.60            168 -> 100 % / 28 -> 2.9 %         675 -> 100 % / 179 -> 40 %
    ==== =============== ================================== ==================================

    100 % means p = 0: a count of c - 1 or less cannot occur in the model, though in the sum it can, rarely.
    Proportional c and :math:`\pi` keep :math:`\mu` the mean and U rising in it; how unequal chances change with the
    mean is an assumption, as n* as expected is with two moments. c is never negative, by Cauchy and Schwarz. Where
    all chances are 0 or 1 three moments do not fix a binomial, and two are used.

    Mid-P keeps the level on average over means, not at each: 95 % intervals cover 93-97 % at means of 5 and more,
    92-99 % below. The extra is summed numerically: p-values of 1e-4 and more are within 0.3 % for
    2 degrees or more; for fewer within 10 %, where V is under 0.1 % of the binomial variance. T is not scaled to
    variance 1, as in the usual t interval. A mean below 0 is impossible, so limits stop at -E; a count above the top
    is its own limit.

    References
    ----------
    Lancaster (1961), J. Amer. Statist. Assoc. 56:223-234 (mid-P); Le Cam (1960), Pacific J. Math. 10:1181-1197, and
    Barbour, Holst and Janson (1992), Poisson Approximation, section 9.2 (binomial approximation of unequal chances);
    Peköz et al. (2009), J. Appl. Probab. 46:1073-1085 (three moments); Student (1908), Biometrika 6:1-25.

    Examples
    --------
    One person with chance one half, who was not counted: half of 1 - mu is 0.1 at mu = 0.8, so 0.8 - 0.5.

    >>> excess_interval([0], [0.5], [0.25], confidence=0.8).round(6)
       lower  upper
    0   -0.5    0.3
    """
    level = checked_fraction(confidence, "confidence")
    units = _model((observed, expected, squared, cubed), (extra_variance, extra_df), design_effect)
    lower, upper = np.full((2, units.observed.size), np.nan)
    for rows, known, tail in _by_tail(units):
        lower[rows] = _crossing(known, tail, (1 - level) / 2, above=True)
        upper[rows] = _crossing(known, tail, (1 - level) / 2, above=False)
    return pd.DataFrame({"lower": lower - units.mean, "upper": np.maximum(upper, units.observed) - units.mean})


def excess_p_value(
    observed: ArrayLike,
    expected: ArrayLike,
    squared: ArrayLike,
    cubed: ArrayLike | None = None,
    *,
    extra_variance: ArrayLike = 0.0,
    extra_df: ArrayLike = np.inf,
    design_effect: ArrayLike = 1.0,
) -> FloatArray:
    r"""Compute how often chance alone gives a count at least as far from the expected one, on both sides.

    :math:`p = \min(1, 2 U(E), 2 (1 - U(E)))`, with the mid-P tail U of `excess_interval`. Zero lies outside the
    interval of `excess_interval` at confidence 1 - a exactly when p < a.

    Parameters
    ----------
    observed, expected, squared, cubed, extra_variance, extra_df, design_effect : array_like
        As in `excess_interval`.

    Returns
    -------
    ndarray of float, shape (units,)
        Two-sided mid-P values, 0-1.

    Raises
    ------
    ValueError
        As `excess_interval`.

    Notes
    -----
    As `excess_interval`. Twice the smaller tail is one convention among several for skewed distributions. Without
    extra variance a count more than D above c + m or below c gets p = 0: the matched binomial cannot reach it.

    References
    ----------
    As `excess_interval`; Hirji (2006), Exact Analysis of Discrete Data, ch. 2 (twice the smaller mid-P tail).

    Examples
    --------
    Two persons with chance one half, both counted: 2 * (1/2 * 1/4). One of two: the middle.

    >>> excess_p_value([2, 1], [1, 1], [0.5, 0.5]).round(6).tolist()
    [0.25, 1.0]

    One person who is certain and one with chance one half, both counted: exact with three moments, 1 + Bin(1, 1/2).

    >>> excess_p_value([2], [1.5], [1.25], [1.125]).round(6).tolist()
    [0.5]
    """
    units = _model((observed, expected, squared, cubed), (extra_variance, extra_df), design_effect)
    p_value = np.full(units.observed.shape, np.nan)
    for rows, known, tail in _by_tail(units):
        tails = (tail(known.mean, np.arange(rows.size), above) for above in (True, False))
        p_value[rows] = np.minimum(1, 2 * np.minimum(*tails))
    return p_value


class _Units(NamedTuple):
    """Observed count; the expected mean as fixed + trials * chance; the extra deviation, its degrees; design effect."""

    observed: FloatArray
    mean: FloatArray
    fixed: FloatArray
    trials: FloatArray
    chance: FloatArray
    spread: FloatArray
    degrees: FloatArray
    effect: FloatArray

    def take(self, rows: NDArray[np.intp]) -> "_Units":
        return _Units(*(part[rows] for part in self))

    def columns(self) -> "_Units":
        return _Units(*(part[:, None] for part in self))

    @property
    def top(self) -> FloatArray:
        """The largest mean, at which the chance is 1."""
        return self.mean / self.chance


def _model(
    counts: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike | None],
    extra: tuple[ArrayLike, ArrayLike],
    design_effect: ArrayLike,
) -> _Units:
    observed, mean = checked_counts(counts[0], "observed"), checked_sizes(counts[1], "expected")
    spread, degrees = checked_sizes(extra[0], "extra_variance"), np.asarray(extra[1], dtype=np.float64)
    effect = checked_sizes(design_effect, "design_effect")
    if (effect == 0).any():
        raise ValueError("design_effect has 0; allowed are numbers above 0, or NaN")
    if (degrees <= 0).any():
        raise ValueError(f"extra_df has {degrees[degrees <= 0][0]:g}; allowed are numbers above 0, inf, or NaN")
    matched = _matched(mean, checked_sizes(counts[2], "squared"), counts[3])
    parts = observed, mean, *matched, np.sqrt(spread), degrees, effect
    return _Units(*(np.array(part, dtype=np.float64).ravel() for part in np.broadcast_arrays(*parts)))


def _matched(mean: FloatArray, squared: FloatArray, cubed: ArrayLike | None) -> tuple[FloatArray, ...]:
    """Return the fixed part, trials and chance of the binomial with the moments of the sum of unequal chances."""
    mean, squares = np.broadcast_arrays(mean, squared)
    wrong = (squares > mean * (1 + 1e-6)) | ((squares == 0) & (mean > 0))
    if wrong.any():
        raise ValueError(
            f"squared has {squares[wrong][0]:g} where expected is {mean[wrong][0]:g}; "
            "allowed is above 0 and at most expected, for chances lie between 0 and 1"
        )
    least = divided(squares**2, mean)
    if cubed is None:
        return np.zeros_like(mean), divided(mean**2, squares), divided(squares, mean)
    mean, squares, least, cubes = np.broadcast_arrays(mean, squares, least, checked_sizes(cubed, "cubed"))
    wrong = (cubes > squares * (1 + 1e-6)) | (cubes < least * (1 - 1e-6))
    if wrong.any():
        raise ValueError(
            f"cubed has {cubes[wrong][0]:g} where expected is {mean[wrong][0]:g} and squared {squares[wrong][0]:g}; "
            "allowed is from squared^2 / expected, for equal chances, to squared, for chances lie between 0 and 1"
        )
    variance = mean - squares
    uneven = (variance > 1e-9 * mean) & (cubes < squares * (1 - 1e-9))
    chance = np.where(uneven, divided(squares - np.maximum(cubes, least), variance), divided(squares, mean))
    chance = np.where(np.isnan(cubes), np.nan, chance)
    trials = np.where(uneven, divided(variance, chance * (1 - chance)), divided(mean, chance))
    return np.maximum(mean - trials * chance, 0), trials, chance


def _by_tail(units: _Units) -> list[tuple[NDArray[np.intp], _Units, _Tail]]:
    """Group the units by how their mean is mixed: not, or by a sum over the narrower of the extra and the mean."""
    share = units.observed / units.top
    variance = np.maximum(units.trials * share * (1 - share), units.effect / 2)
    ratio = units.spread / np.sqrt(units.effect * variance) + 0 * units.degrees.clip(max=1)
    few = units.degrees < _MANY_DEGREES
    ways: list[tuple[NDArray[np.bool_], Callable[[_Units], _Tail]]] = [(ratio == 0, _alone)]
    for is_few, (largest, points, cells) in _SUMS.items():
        by_extra, by_mean = partial(_summed_over_extra, points=points), partial(_summed_over_mean, cells=cells)
        ways += [((few == is_few) & (ratio > 0) & (ratio <= largest), by_extra)]
        ways += [((few == is_few) & (ratio > largest), by_mean)]
    found = [(np.flatnonzero(some), tail_of) for some, tail_of in ways if some.any()]
    return [(rows, units.take(rows), tail_of(units.take(rows))) for rows, tail_of in found]


def _alone(units: _Units) -> _Tail:
    def tail(mean: FloatArray, rows: NDArray[np.intp], above: bool) -> FloatArray:
        return _mid_p(units.take(rows), mean[:, None], above)[:, 0]

    return tail


def _summed_over_extra(units: _Units, points: int) -> _Tail:
    """Sum over points that are evenly spaced normal deviates, each taken to the t deviate of the same chance."""
    from scipy.special import ndtr, stdtrit

    deviates = np.linspace(-_FARTHEST, _FARTHEST, points)
    weights = np.exp(-(deviates**2) / 2)
    weights /= weights.sum()
    degrees, which = np.unique(units.degrees, return_inverse=True)
    finite = np.minimum(degrees, 1e10)[:, None]
    offsets = -np.sign(deviates) * stdtrit(finite, ndtr(-np.abs(deviates)))
    shifts = units.spread[:, None] * np.where(np.isinf(degrees)[:, None], deviates, offsets)[which]

    def tail(mean: FloatArray, rows: NDArray[np.intp], above: bool) -> FloatArray:
        return np.asarray(_mid_p(units.take(rows), mean[:, None] + shifts[rows], above) @ weights)

    return tail


def _summed_over_mean(units: _Units, cells: int) -> _Tail:
    """Sum the chance of the extra over cells of the mean, weighted by the rise of the mid-P tail in them.

    The tail rises with the mean like a distribution function; the second differences turn its rise over a cell into
    its slope in the middle. What it is at mean 0 holds wherever the extra leads, and so does what it lacks at the top.
    """
    from scipy.special import ndtr, stdtr

    top = units.top
    middle = np.arcsin(np.sqrt(np.clip(units.observed / top, 0, 1)))
    reach = _WIDEST * np.sqrt(units.effect * units.trials) / (2 * top)
    edges = np.linspace(np.maximum(middle - reach, 0), np.minimum(middle + reach, np.pi / 2), cells + 1, axis=1)
    risen = _mid_p(units, top[:, None] * np.sin(edges) ** 2, True)
    mass = np.diff(risen)
    mass = mass - np.diff(np.pad(mass, ((0, 0), (1, 1)), mode="edge"), 2) / 24
    centres = top[:, None] * np.sin((edges[:, :-1] + edges[:, 1:]) / 2) ** 2
    outside = {True: risen[:, 0], False: 1 - risen[:, -1]}

    def tail(mean: FloatArray, rows: NDArray[np.intp], above: bool) -> FloatArray:
        deviates = (mean[:, None] - centres[rows]) / (units.spread[rows, None] * (1 if above else -1))
        degrees, normal = units.degrees[rows, None], np.isinf(units.degrees[rows])
        chances = np.empty_like(deviates)
        chances[normal] = ndtr(deviates[normal])
        chances[~normal] = stdtr(degrees[~normal], deviates[~normal])
        return np.asarray((chances * mass[rows]).sum(axis=1) + outside[above][rows])

    return tail


def _mid_p(units: _Units, mean: FloatArray, above: bool) -> FloatArray:
    """Return the mid-P chance of the count or more (or less) at each of a unit's means, cut at 0 and the top."""
    one = units.columns()
    moved = np.clip(mean / one.mean, 0, 1 / one.chance)
    k, n, share = (one.observed - one.fixed * moved) / one.effect, one.trials / one.effect, one.chance * moved
    share = np.minimum(share, 1)
    return (_beyond(k, n, share, above) + _beyond(k + 1, n, share, above)) / 2


def _beyond(k: FloatArray, n: FloatArray, share: FloatArray, above: bool) -> FloatArray:
    """Return the chance of k or more of n, or else of less than k."""
    from scipy.special import betainc, betaincc

    inside = (k > 0) & (n - k + 1 > 0)
    chance = (betainc if above else betaincc)(np.where(inside, k, 1), np.where(inside, n - k + 1, 1), share)
    return np.where(inside, chance, np.where((k <= 0) == above, 1.0, 0.0))


def _crossing(units: _Units, tail: _Tail, chance: float, above: bool) -> FloatArray:
    """Return the mean where the tail equals `chance`; the edge of 0 to the top where it never does."""
    from scipy.optimize.elementwise import find_root
    from scipy.special import ndtri

    target = float(ndtri(chance))

    def distance(mean: FloatArray, index: FloatArray) -> FloatArray:
        """Nearly straight in the mean, so that few steps are needed."""
        tails = tail(mean, index.astype(np.intp), above)
        return np.asarray(ndtri(np.clip(tails, 1e-300, 1 - 1e-16))) - target

    low, high = np.zeros_like(units.top), units.top
    tolerances = {"xatol": 1e-10, "xrtol": 1e-12}
    mean = find_root(distance, (low, high), args=(np.arange(float(low.size)),), tolerances=tolerances).x
    edge = np.flatnonzero(np.isnan(mean))
    start, end = (low, high) if above else (high, low)
    mean[edge] = np.where(distance(start[edge], edge.astype(np.float64)) >= 0, start[edge], end[edge])
    return np.asarray(mean, dtype=np.float64)
