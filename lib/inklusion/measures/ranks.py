"""Ranks with intervals that hold for all units at once, so that a list in order says no more than the data do.

scipy.stats is imported inside the function: it costs about 0.6 s.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction, checked_pair, checked_sizes, divided
from inklusion.measures.proportions import wilson_interval


def rank_intervals(lower: ArrayLike, upper: ArrayLike) -> pd.DataFrame:
    r"""Compute which ranks each unit can have, from intervals that hold for all units at once.

    With K known units and limits :math:`l_i, u_i`, rank 1 being the lowest value

    .. math:: 1 + \#\{j: u_j < l_i\} \le \mathrm{rank}_i \le K - \#\{j: l_j > u_i\}

    Parameters
    ----------
    lower, upper : array_like of float, shape (units,)
        Limits of simultaneous intervals, in any unit; see `simultaneous_confidence`. A unit with NaN in either gets
        NaN ranks and is left out of the count.

    Returns
    -------
    DataFrame
        Columns rank_lower and rank_upper (1 to K) and ranked (K, the same in all rows). A range index.

    Raises
    ------
    ValueError
        For a lower limit above the upper one, or inputs of different lengths.

    Notes
    -----
    When the limits hold the true values of all units with some confidence, the ranks hold all true ranks with at least
    that confidence, however ties are broken, for intervals that touch count as overlapping (the article lets touching
    ones order two units). In practice the ranks hold far more often. Counted from the highest value the ranks are
    K + 1 - rank_upper to K + 1 - rank_lower. Ranks from ordinary intervals, one by one, promise nothing for the list.

    References
    ----------
    Klein, Wright and Wieczorek (2020), J. R. Statist. Soc. C 69:589-606, the joint confidence region.

    Examples
    --------
    The first lies below the third; the second overlaps both, and the fourth is not known.

    >>> rank_intervals([1, 2, 4, float("nan")], [3, 5, 6, 7])
       rank_lower  rank_upper  ranked
    0         1.0         2.0       3
    1         1.0         3.0       3
    2         2.0         3.0       3
    3         NaN         NaN       3
    """
    low, high = _one_shape(lower, upper, "lower", "upper")
    if (low > high).any():
        wrong = low > high
        raise ValueError(f"lower {low[wrong][0]:g} exceeds upper {high[wrong][0]:g}; allowed is lower <= upper")
    known = ~(np.isnan(low) | np.isnan(high))
    first, last = np.full(low.shape, np.nan), np.full(low.shape, np.nan)
    first[known] = 1 + np.searchsorted(np.sort(high[known]), low[known], side="left")
    last[known] = np.searchsorted(np.sort(low[known]), high[known], side="right")
    return pd.DataFrame({"rank_lower": first, "rank_upper": last, "ranked": int(known.sum())})


def simultaneous_confidence(confidence: float, count: int) -> float:
    r"""Compute the level of each of several independent intervals that together hold with some confidence.

    .. math:: \gamma^{1/K}

    Parameters
    ----------
    confidence : float
        Confidence wanted for all at once, :math:`\gamma`, 0-1.
    count : int
        Number of intervals, K, 1 or more.

    Returns
    -------
    float
        The two-sided level for each, 0-1.

    Raises
    ------
    ValueError
        For confidence outside (0, 1) or a count that is not a whole number of 1 or more.

    Notes
    -----
    Assumes units that share nobody: exact for independent intervals that hold their level. For normal estimates with
    any correlation the joint confidence of intervals symmetric around them is at least that asked for.

    References
    ----------
    Šidák (1967), J. Amer. Statist. Assoc. 62:626-633.

    Examples
    --------
    Two at 0.9 hold together with 0.81.

    >>> round(simultaneous_confidence(0.81, 2), 6)
    0.9
    """
    level = checked_fraction(confidence, "confidence")
    if not count >= 1 or count != int(count):
        raise ValueError(f"count is {count!r}; allowed are whole numbers of 1 or more")
    return float(level ** (1 / count))


def share_ranks(numerators: ArrayLike, denominators: ArrayLike, *, confidence: float = 0.95) -> pd.DataFrame:
    """Estimate which ranks each unit's share can have, all units at once, from Wilson intervals.

    `rank_intervals` of Wilson intervals at the level `simultaneous_confidence` gives for the known units.

    Parameters
    ----------
    numerators, denominators : array_like of whole numbers, shape (units,)
        Counts per unit. A unit with NaN in either or denominator 0 gets NaN and is left out of the count.
    confidence : float
        Confidence that all ranks hold at once, 0-1.

    Returns
    -------
    DataFrame
        Columns share, lower and upper (simultaneous limits, 0-1), rank_lower, rank_upper and ranked, as in
        `rank_intervals`: rank 1 is the lowest share. A range index.

    Raises
    ------
    ValueError
        For a negative or broken count, numerator > denominator, or confidence outside (0, 1).

    Notes
    -----
    Assumes independent persons, and units that share nobody. Wilson limits this far out are approximate where few are
    counted: of 98 simulated units of 1,000 persons or more at about 5 % all were inside at 0.95 in 94.5-95.8 % of
    draws. The ranks have room for that. The limits are wider than those of a unit looked at alone, and belong to the
    list only.

    References
    ----------
    Klein, Wright and Wieczorek (2020), J. R. Statist. Soc. C 69:589-606; Wilson (1927), J. Amer. Statist. Assoc.
    22:209-212.

    Examples
    --------
    One in ten, half and nine in ten of a hundred are far apart; one of two persons can be anywhere.

    >>> share_ranks([10, 50, 90, 1], [100, 100, 100, 2])[["share", "rank_lower", "rank_upper", "ranked"]]
       share  rank_lower  rank_upper  ranked
    0    0.1         1.0         2.0       4
    1    0.5         2.0         3.0       4
    2    0.9         3.0         4.0       4
    3    0.5         1.0         4.0       4
    """
    parts, wholes = (np.ravel(counts) for counts in checked_pair(numerators, denominators))
    share = divided(parts, wholes)
    level = simultaneous_confidence(confidence, max(1, int((~np.isnan(share)).sum())))
    lower, upper = wilson_interval(parts, wholes, confidence=level)
    limits = pd.DataFrame({"share": share, "lower": lower, "upper": upper})
    return limits.join(rank_intervals(lower, upper))


def value_ranks(estimates: ArrayLike, standard_errors: ArrayLike, *, confidence: float = 0.95) -> pd.DataFrame:
    r"""Estimate which ranks each unit's value can have, all units at once, from normal intervals.

    `rank_intervals` of :math:`\hat\theta_i \pm z s_i`, z the normal quantile at :math:`(1 + \gamma^{1/K})/2` for K
    known units and joint confidence :math:`\gamma`.

    Parameters
    ----------
    estimates : array_like of float, shape (units,)
        Estimated value, in any unit. A unit with NaN here or in the next gets NaN and is left out of the count.
    standard_errors : array_like of float, shape (units,)
        Standard error, in the same unit; 0 for a value without error.
    confidence : float
        Confidence that all ranks hold at once, 0-1.

    Returns
    -------
    DataFrame
        Columns estimate, lower and upper (simultaneous limits), rank_lower, rank_upper and ranked, as in
        `rank_intervals`: rank 1 is the lowest value. A range index.

    Raises
    ------
    ValueError
        For an infinite estimate, a negative or infinite standard error, inputs of different lengths, or confidence
        outside (0, 1).

    Notes
    -----
    Assumes independent, normal estimates with known standard errors. For shares of few persons use `share_ranks`.

    References
    ----------
    Klein, Wright and Wieczorek (2020), J. R. Statist. Soc. C 69:589-606.

    Examples
    --------
    Two units at 0.9 each hold together with 0.81, and z is 1.645.

    >>> value_ranks([0, 4, 9], [1, 1, float("nan")], confidence=0.81).round(3)
       estimate  lower  upper  rank_lower  rank_upper  ranked
    0       0.0 -1.645  1.645         1.0         1.0       2
    1       4.0  2.355  5.645         2.0         2.0       2
    2       NaN    NaN    NaN         NaN         NaN       2
    """
    from scipy.stats import norm

    values, errors = _one_shape(estimates, checked_sizes(standard_errors, "standard_errors"), "estimates", "errors")
    if np.isinf(values).any():
        raise ValueError("estimates has an infinite value; allowed are finite numbers, or NaN")
    values = np.where(np.isnan(errors), np.nan, values)
    level = simultaneous_confidence(confidence, max(1, int((~np.isnan(values)).sum())))
    reach = float(norm.ppf((1 + level) / 2)) * errors
    limits = pd.DataFrame({"estimate": values, "lower": values - reach, "upper": values + reach})
    return limits.join(rank_intervals(limits["lower"], limits["upper"]))


def _one_shape(one: ArrayLike, other: ArrayLike, name: str, other_name: str) -> tuple[FloatArray, FloatArray]:
    first, second = (np.ravel(np.asarray(values, dtype=np.float64)) for values in (one, other))
    if first.size != second.size:
        raise ValueError(f"{name} has {first.size} values and {other_name} {second.size}; allowed is one per unit")
    return first, second
