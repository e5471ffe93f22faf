"""Shares with their intervals: Wilson, finite populations, differences and pooled shares.

statsmodels is imported inside a function: with the scipy.stats it pulls in it adds about 0.6 s to an import.
"""

import numpy as np
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_counts, checked_fraction, checked_pair, divided


def wilson_interval(
    numerator: ArrayLike, denominator: ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    r"""Estimate the Wilson score interval of a share.

    With :math:`p = x/n` and :math:`z` the normal quantile at :math:`(1 + confidence)/2`

    .. math:: \left(p + \frac{z^2}{2n} \pm z\sqrt{\frac{p(1-p)}{n} + \frac{z^2}{4n^2}}\right) / (1 + z^2/n)

    Parameters
    ----------
    numerator : array_like of whole numbers, any shape
        Those counted, x. Pairs with `denominator` by position (an index is not aligned). NaN gives NaN.
    denominator : array_like of whole numbers, same or broadcastable shape
        Those who could be counted, n. NaN or 0 gives NaN.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    lower, upper : ndarray
        Limits as shares 0-1, with the shape of the input.

    Raises
    ------
    ValueError
        For a negative or broken count, numerator > denominator, or confidence outside (0, 1).

    Notes
    -----
    Assumes independent persons with one common probability; there is no correction for continuity or for
    schools as clusters. Where everybody is counted, the interval is for the process behind the share.

    References
    ----------
    Wilson (1927), J. Amer. Statist. Assoc. 22:209-212; Newcombe (1998), Statist. Med. 17:857-872, method 3.

    Examples
    --------
    One of two; z is close to 1.96, so the limits are 0.5 -/+ 0.5 * sqrt(z^2 / (2 + z^2)).

    >>> lower, upper = wilson_interval([1, 0], [2, 0])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.095, nan], [0.905, nan])
    """
    level = checked_fraction(confidence, "confidence")
    parts, wholes = checked_pair(numerator, denominator)
    return _score_interval(divided(parts, wholes), wholes, level)


def _score_interval(share: FloatArray, n: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    from statsmodels.stats.proportion import proportion_confint

    known = np.where(n > 0, n, np.nan)
    lower, upper = proportion_confint(share * known, known, alpha=1 - confidence, method="wilson")
    # The estimate lies inside the interval; rounding in the last bit must not deny it at 0 and n.
    return np.minimum(lower, share), np.maximum(upper, share)


def wilson_interval_finite(
    share: ArrayLike, n: ArrayLike, population: ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    r"""Estimate the Wilson interval of a share in a finite population of which n of N were drawn.

    The Wilson interval with the effective sample size :math:`n^* = n (N - 1) / (N - n)`, so that
    :math:`p(1-p)/n^*` is the variance of drawing without replacement. With n = N nothing is left to
    estimate and both limits are the share.

    Parameters
    ----------
    share : array_like of float, any shape
        Observed share, 0-1 (may be rounded or weighted). NaN gives NaN.
    n : array_like of whole numbers, broadcastable
        Those who answered. NaN or 0 gives NaN.
    population : array_like of whole numbers, broadcastable
        Those who could have answered, N. NaN gives NaN.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    lower, upper : ndarray
        Limits as shares 0-1 of the share in the whole population.

    Raises
    ------
    ValueError
        For a share outside 0-1, a negative or broken count, n > population, or confidence outside (0, 1).

    Notes
    -----
    Assumes a simple random sample. Those who chose to answer are not one: the correction then makes the
    interval narrower without making it truer, and the interval says nothing about those who stayed away.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., Theorem 3.2 (variance); Korn and Graubard (1998), Survey
    Methodology 24:193-201 (effective sample size in an interval for a share).

    Examples
    --------
    91 of 100 answered: n* = 91 * 99 / 9 = 1001, so nearly 0.5 -/+ 1.96 * sqrt(0.25 / 1001).

    >>> lower, upper = wilson_interval_finite([0.5, 0.5], [91, 100], 100)
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.469, 0.5], [0.531, 0.5])
    """
    level = checked_fraction(confidence, "confidence")
    drawn, everybody = checked_counts(n, "n"), checked_counts(population, "population")
    shares, drawn, everybody = np.broadcast_arrays(np.asarray(share, dtype=np.float64), drawn, everybody)
    if ((shares < 0) | (shares > 1)).any():
        raise ValueError(f"share runs {np.nanmin(shares):g} to {np.nanmax(shares):g}; allowed is 0 to 1")
    if (drawn > everybody).any():
        raise ValueError(f"n {drawn[drawn > everybody][0]:g} exceeds population; allowed is n <= population")
    lower, upper = _score_interval(shares, drawn * divided(everybody - 1, everybody - drawn), level)
    complete = (drawn == everybody) & (drawn > 0)
    return np.where(complete, shares, lower), np.where(complete, shares, upper)


def newcombe_difference(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Estimate the difference of two independent shares, with Newcombe's hybrid score interval.

    With the Wilson limits :math:`l_i, u_i` of each share and :math:`d = p_1 - p_2`

    .. math:: d - \sqrt{(p_1-l_1)^2 + (u_2-p_2)^2}, \quad d + \sqrt{(u_1-p_1)^2 + (p_2-l_2)^2}

    Parameters
    ----------
    x1, x2 : array_like of whole numbers, any shape
        Those counted in either group. NaN gives NaN.
    n1, n2 : array_like of whole numbers, broadcastable
        Those who could be counted in either group. NaN or 0 gives NaN.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    difference, lower, upper : ndarray
        First share minus second, and its limits, on the scale -1 to 1.

    Raises
    ------
    ValueError
        As `wilson_interval`.

    Notes
    -----
    The groups must share nobody: a part against its whole, or one group in two years, are not independent.

    References
    ----------
    Newcombe (1998), Statist. Med. 17:873-890, method 10.

    Examples
    --------
    Newcombe's Table II, contrast (a): 56 of 70 against 48 of 80.

    >>> [round(float(value), 4) for value in newcombe_difference(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    share1, share2 = divided(*checked_pair(x1, n1)), divided(*checked_pair(x2, n2))
    lower1, upper1 = wilson_interval(x1, n1, confidence=confidence)
    lower2, upper2 = wilson_interval(x2, n2, confidence=confidence)
    difference = share1 - share2
    below = np.hypot(share1 - lower1, upper2 - share2)
    above = np.hypot(upper1 - share1, share2 - lower2)
    return difference, difference - below, difference + above


def pooled_proportion(numerator: ArrayLike, denominator: ArrayLike) -> tuple[int, int, float]:
    r"""Compute the share of all units taken together, :math:`\sum x_i / \sum n_i`.

    Parameters
    ----------
    numerator, denominator : array_like of whole numbers, one shape
        Counts per unit. A unit with NaN in either is left out of both sums.

    Returns
    -------
    numerator, denominator : int
        The two sums.
    share : float
        Their ratio, 0-1; NaN when the denominators sum to 0.

    Raises
    ------
    ValueError
        For a negative or broken count, or numerator > denominator.

    Notes
    -----
    Each person weighs the same; the mean of the units' shares would let each unit weigh the same. With units
    left out the result is the share of the units that remain: say how many.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., ch. 6 (ratio of totals).

    Examples
    --------
    >>> pooled_proportion([1, 2, float("nan")], [10, 20, 30])
    (3, 30, 0.1)
    """
    parts, wholes = checked_pair(numerator, denominator)
    known = ~(np.isnan(parts) | np.isnan(wholes))
    part, whole = int(parts[known].sum()), int(wholes[known].sum())
    return part, whole, part / whole if whole else float("nan")
