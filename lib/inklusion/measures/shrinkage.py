"""Ratios of small units drawn towards the ratio of all."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import checked_counts, checked_sizes, divided


def empirical_bayes_ratios(observed: ArrayLike, expected: ArrayLike) -> pd.DataFrame:
    r"""Estimate each unit's observed/expected, drawn towards the ratio of all units by Marshall's global moments.

    With :math:`r_i = O_i / E_i`, :math:`b = \sum O_i / \sum E_i` and :math:`\bar E = \sum E_i / I`

    .. math::
        a = \max\left(0, \frac{\sum E_i (r_i - b)^2}{\sum E_i} - \frac{b}{\bar E}\right), \quad
        w_i = \frac{a}{a + b / E_i}, \quad \hat\theta_i = b + w_i (r_i - b)

    Parameters
    ----------
    observed : array_like of whole numbers, shape (units,)
        Counted persons, O. A unit with NaN gets NaN and is left out of the sums.
    expected : array_like of float, shape (units,)
        Expected persons, E. A unit with NaN or 0 gets NaN and is left out of the sums.

    Returns
    -------
    DataFrame
        Columns ratio (r), shrunken and weight (w, 0-1: how much the unit's own ratio counts). A range index.

    Raises
    ------
    ValueError
        For a negative or broken count, a negative expected count, or inputs of different lengths.

    Notes
    -----
    Assumes independent Poisson counts whose true ratios share one mean and variance. a is the estimated variance of
    the true ratios; at 0 all units get b. The shrunken ratios vary less than the true ones, and no interval is given.
    They are for reading a list of small units, not for judging one of them.

    References
    ----------
    Marshall (1991), Applied Statistics 40:283-294, global estimator.

    Examples
    --------
    Expected 10 each, observed 0 and 20: b = 1, the ratios vary by 1, chance by 1/10, so a = 0.9 and w = 0.9.

    >>> empirical_bayes_ratios([0, 20], [10, 10]).round(6)
       ratio  shrunken  weight
    0    0.0       0.1     0.9
    1    2.0       1.9     0.9
    """
    counts, sizes = np.broadcast_arrays(checked_counts(observed, "observed"), checked_sizes(expected, "expected"))
    ratio = divided(np.ravel(counts), np.ravel(sizes))
    known = ~np.isnan(ratio)
    size = np.where(known, np.ravel(sizes), np.nan)
    if not known.any():
        return pd.DataFrame({"ratio": ratio, "shrunken": ratio, "weight": ratio})
    total = float(np.nansum(size))
    centre = float(np.nansum(size * ratio)) / total
    variance = max(0.0, float(np.nansum(size * (ratio - centre) ** 2)) / total - centre / (total / known.sum()))
    weight = variance / (variance + centre / size) if centre else np.where(known, 0.0, np.nan)
    return pd.DataFrame({"ratio": ratio, "shrunken": centre + weight * (ratio - centre), "weight": weight})
