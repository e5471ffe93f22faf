"""Where one value stands among others, by counting."""

import numpy as np
from numpy.typing import ArrayLike


def count_below(values: ArrayLike, value: float) -> int:
    """Count how many of the values are smaller than one value.

    The number of i with ``values[i] < value``; ties do not count.

    Parameters
    ----------
    values : array_like of float, any shape
        Unrounded values, in any unit. NaN is ignored.
    value : float
        The value to place, in the same unit.

    Returns
    -------
    int
        The count, 0 to the number of values.

    Raises
    ------
    ValueError
        If value is NaN: a missing value has no position.

    Notes
    -----
    A position has no uncertainty of its own, but the values have: give their intervals with it.

    References
    ----------
    Goldstein and Spiegelhalter (1996), J. R. Statist. Soc. A 159:385-443 (limits of rankings).

    Examples
    --------
    >>> count_below([1, 2, 2, 3, float("nan")], 2)
    1
    """
    if np.isnan(value):
        raise ValueError("value is NaN; allowed is a number: a missing value has no position")
    return int((np.asarray(values, dtype=np.float64) < value).sum())
