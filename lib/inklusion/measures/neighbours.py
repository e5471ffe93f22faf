"""Statistical neighbours: the units most like one unit on chosen, weighted variables, and how firm the choice is."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_sizes

# Makes the median absolute deviation of a normal distribution its standard deviation; the digits R uses.
NORMAL_SCALE = 1.4826


def robust_standardise(values: pd.DataFrame | ArrayLike, *, limit: float = 3.0) -> tuple[FloatArray, NDArray[np.bool_]]:
    r"""Compute each variable's distance from its median in robust standard deviations, the extremes drawn in.

    With m the median of a variable's known values and MAD the median of :math:`|x - m|`

    .. math:: z = \frac{x - m}{1.4826 \, \mathrm{MAD}}, \quad \text{drawn in to } \pm \mathrm{limit}

    Parameters
    ----------
    values : DataFrame or array_like of float, shape (units, variables)
        One row per unit. NaN stays NaN and is left out of median and MAD.
    limit : float
        Largest distance from 0 that is kept, above 0; inf draws in nothing.

    Returns
    -------
    standardised : ndarray of float, shape (units, variables)
        z without unit, from -limit to limit.
    drawn_in : ndarray of bool, shape (units, variables)
        True where z was beyond the limit and has been set to it. False for NaN.

    Raises
    ------
    ValueError
        For values that are not a table, an infinite value, limit not above 0, or a variable whose MAD is 0 (more than
        half of the units alike) or that has no known value.

    Notes
    -----
    The capital and the smallest islands do not move the scale, as they would move a mean and a standard deviation, and
    drawn in they do not fill the distance alone. Say which values were drawn in. A skewed variable, such as the number
    of inhabitants, belongs on a logarithmic scale first.

    References
    ----------
    Rousseeuw and Croux (1993), J. Amer. Statist. Assoc. 88:1273-1283 (MAD and its factor); Huber (1981), Robust
    Statistics, section 1.7 (drawing in).

    Examples
    --------
    Median 2.5, and the median of the distances 1.5, 0.5, 0.5 and 97.5 is 1.

    >>> standardised, drawn_in = robust_standardise([[1], [2], [3], [100]])
    >>> standardised.ravel().round(3).tolist(), drawn_in.ravel().tolist()
    ([-1.012, -0.337, 0.337, 3.0], [False, False, False, True])
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"values has {table.ndim} dimensions; allowed are 2, units by variables")
    if np.isinf(table).any():
        raise ValueError("values has an infinite value; allowed are finite numbers, or NaN")
    if not limit > 0:
        raise ValueError(f"limit is {limit!r}; allowed are numbers above 0")
    names = list(values.columns) if isinstance(values, pd.DataFrame) else list(range(table.shape[1]))
    standardised = np.empty(table.shape)
    for column, name in enumerate(names):
        known = table[~np.isnan(table[:, column]), column]
        spread = np.median(np.abs(known - np.median(known))) if known.size else 0.0
        if not spread > 0:
            raise ValueError(f"variable {name} has median absolute deviation 0; allowed are variables that vary")
        standardised[:, column] = (table[:, column] - np.median(known)) / (NORMAL_SCALE * spread)
    return np.clip(standardised, -limit, limit), np.abs(standardised) > limit


def neighbour_distances(standardised: ArrayLike, weights: ArrayLike, index: int) -> FloatArray:
    r"""Compute the weighted Euclidean distance from one unit to all others, over the variables both have.

    With S the variables known for both unit i and unit j

    .. math:: d_{ij} = \sqrt{\frac{\sum_{v \in S} w_v (z_{iv} - z_{jv})^2}{\sum_{v \in S} w_v}}

    Parameters
    ----------
    standardised : array_like of float, shape (units, variables)
        Standardised values, z, as from `robust_standardise`. NaN is a value that is not known.
    weights : array_like of float, shape (variables,)
        Weights, w, 0 or more; only their proportions count.
    index : int
        Row of the unit the distances start from, 0 or more.

    Returns
    -------
    ndarray of float, shape (units,)
        Distance in standard deviations of the typical variable. NaN to the unit itself, which is no neighbour of its
        own, and to units that share less than half of the total weight with it.

    Raises
    ------
    ValueError
        For an infinite value, a negative, missing or infinite weight, weights that are all 0, weights of another
        length than the variables, or an index that is no row.

    Notes
    -----
    A missing variable neither shortens nor lengthens the distance: it takes the mean of the others. The distance is
    symmetric, being nearest is not: A can be B's nearest without B being A's. What the comparison is about must not be
    among the variables.

    References
    ----------
    Gower (1971), Biometrics 27:857-871 (weights of missing variables left out of both sums); Benton, Chamberlain,
    Wilson and Teeman (2007), Children's services statistical neighbour benchmarking model, NFER.

    Examples
    --------
    From the first to the second: sqrt((1 * 3^2 + 3 * 1^2) / 4); the third lacks the heavy variable.

    >>> neighbour_distances([[0, 0], [3, 1], [2, float("nan")]], [1, 3], 0).round(3).tolist()
    [nan, 1.732, nan]
    """
    table, shares, row = _checked(standardised, weights, index)
    return _distances(table, shares, row)


def nearest(distances: ArrayLike, count: int) -> NDArray[np.intp]:
    """Find the units with the smallest distances.

    The positions of the `count` smallest known distances, nearest first; equal ones in the order of the units.

    Parameters
    ----------
    distances : array_like of float, shape (units,)
        Distances, as from `neighbour_distances`. NaN is never near.
    count : int
        Number of neighbours wanted, 1 or more.

    Returns
    -------
    ndarray of int, shape (count,)
        Positions from 0; fewer than `count` when fewer distances are known.

    Raises
    ------
    ValueError
        For a count that is not a whole number of 1 or more.

    References
    ----------
    Cover and Hart (1967), IEEE Trans. Inform. Theory 13:21-27 (nearest neighbours).

    Examples
    --------
    >>> nearest([float("nan"), 2, 1, 2], 2).tolist()
    [2, 1]
    """
    if not count >= 1 or count != int(count):
        raise ValueError(f"count is {count!r}; allowed are whole numbers of 1 or more")
    lengths = np.ravel(np.asarray(distances, dtype=np.float64))
    order = np.argsort(lengths, kind="stable")
    return order[~np.isnan(lengths[order])][: int(count)]


def leave_one_out(standardised: ArrayLike, weights: ArrayLike, index: int, count: int) -> NDArray[np.intp]:
    """Count how many of a unit's nearest neighbours change when one variable at a time is left out.

    For each variable its weight is set to 0, the distances and the nearest are computed anew, and those of the first
    nearest that are no longer among them are counted.

    Parameters
    ----------
    standardised, weights, index
        As in `neighbour_distances`.
    count : int
        Number of neighbours, 1 or more.

    Returns
    -------
    ndarray of int, shape (variables,)
        Neighbours lost, 0 to `count`. 0 for a variable without weight; all of them for the only one with weight.

    Raises
    ------
    ValueError
        As `neighbour_distances` and `nearest`.

    Notes
    -----
    Few changes mean that no single variable decides the choice, not that the variables are the right ones. The rule of
    half of the weight is applied anew, so a unit with missing values can come or go for that reason too.

    References
    ----------
    OECD and JRC (2008), Handbook on Constructing Composite Indicators, step 7 (leaving out one indicator at a time).

    Examples
    --------
    The second unit is nearest, by the first variable only: without it the third is. Without the other it still is.

    >>> leave_one_out([[0, 0], [0, 2], [9, 1]], [1, 1], 0, 1).tolist()
    [1, 0]
    """
    table, shares, row = _checked(standardised, weights, index)
    chosen = nearest(_distances(table, shares, row), count)
    changes = np.zeros(shares.size, dtype=np.intp)
    for variable in range(shares.size):
        others = np.where(np.arange(shares.size) == variable, 0.0, shares)
        still = nearest(_distances(table, others, row), count)
        changes[variable] = np.setdiff1d(chosen, still).size
    return changes


def _distances(table: FloatArray, weights: FloatArray, row: int) -> FloatArray:
    apart = table - table[row]
    both = np.where(np.isnan(apart), 0.0, weights)
    shared = both.sum(axis=1)
    # Half of the weight is enough, and rounding in the last bit must not deny it.
    enough = (shared > 0) & (shared >= weights.sum() / 2 * (1 - 1e-12))
    enough[row] = False
    squares = (both * np.nan_to_num(apart) ** 2).sum(axis=1)
    return np.asarray(np.sqrt(squares / np.where(enough, shared, np.nan)))


def _checked(standardised: ArrayLike, weights: ArrayLike, index: int) -> tuple[FloatArray, FloatArray, int]:
    table, shares = np.asarray(standardised, dtype=np.float64), np.ravel(checked_sizes(weights, "weights"))
    if table.ndim != 2 or np.isinf(table).any():
        raise ValueError("standardised is no table of finite numbers; allowed are units by variables, NaN for missing")
    if shares.size != table.shape[1]:
        raise ValueError(f"weights has {shares.size} values for {table.shape[1]} variables; allowed is one for each")
    if np.isnan(shares).any() or not shares.sum() > 0:
        raise ValueError("weights are missing or all 0; allowed are numbers of 0 or more, at least one above 0")
    if index not in range(len(table)):
        raise ValueError(f"index is {index!r}; allowed are rows 0 to {len(table) - 1}")
    return table, shares, int(index)
