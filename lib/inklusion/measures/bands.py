"""What a table of bands says about the mean.

scipy.optimize is imported inside the function, to keep the import of this module quick.
"""

import numpy as np
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray


def band_mean_bounds(
    shares: ArrayLike, lower_edges: ArrayLike, upper_edges: ArrayLike, *, rounding: float = 0.0
) -> tuple[float, float]:
    r"""Compute the lowest and highest mean that a printed table of bands allows.

    With shares :math:`s_b` and edges :math:`a_b \le b_b`: :math:`\sum s_b a_b / \sum s_b` when everybody sits
    on the lower edge of their band, and :math:`\sum s_b b_b / \sum s_b` on the upper. With rounding h, the
    extremes over all :math:`t` with :math:`|t_b - s_b| \le h`, :math:`t_b \ge 0` and :math:`\sum t_b = 100`.

    Parameters
    ----------
    shares : array_like of float, shape (bands,)
        Percent of the population in each band. NaN gives NaN bounds: a hidden band can hold anything.
    lower_edges, upper_edges : array_like of float, shape (bands,)
        Edges of each band, in the unit of the mean (here percent). Bands need not touch.
    rounding : float
        Half width of the rounding of each share, in percentage points (0.5 for whole percent). With 0 the
        shares are taken as exact up to a common factor and divided by their sum.

    Returns
    -------
    low, high : float
        Bounds of the mean, in the unit of the edges.

    Raises
    ------
    ValueError
        If the three differ in length, a lower edge exceeds its upper edge, an edge is missing, a share or
        rounding is negative, or no shares within the rounding sum to 100 (with 0: if they sum to 0).

    Notes
    -----
    These are limits of what is possible, not a confidence interval. Bands of schools bound the mean over
    schools, each weighing the same, not the mean over pupils. Open upper edges are included as if closed.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions, ch. 1 (interval measurement).

    Examples
    --------
    Half between 0 and 10 and half between 10 and 20: from (0 + 10) / 2 to (10 + 20) / 2.

    >>> band_mean_bounds([50, 50], [0, 10], [10, 20])
    (5.0, 15.0)
    >>> band_mean_bounds([50, 50], [0, 10], [10, 20], rounding=0.5)
    (4.95, 15.05)
    """
    parts, low_edges, high_edges = (np.asarray(v, dtype=np.float64) for v in (shares, lower_edges, upper_edges))
    _check_bands(parts, low_edges, high_edges, rounding)
    if np.isnan(parts).any():
        return float("nan"), float("nan")
    if rounding == 0:
        weights = parts / parts.sum()
        return float(weights @ low_edges), float(weights @ high_edges)
    return _lowest_mean(parts, low_edges, rounding), -_lowest_mean(parts, -high_edges, rounding)


def _lowest_mean(shares: FloatArray, edges: FloatArray, rounding: float) -> float:
    from scipy.optimize import linprog

    box = np.column_stack([np.maximum(shares - rounding, 0), shares + rounding])
    result = linprog(edges / 100, A_eq=np.ones((1, len(shares))), b_eq=[100], bounds=box, method="highs")
    if result.status != 0:
        reach = f"{box[:, 0].sum():g} to {box[:, 1].sum():g}"
        raise ValueError(f"shares sum to {shares.sum():g}, within rounding {reach}; allowed must include 100")
    return float(result.fun)


def _check_bands(shares: FloatArray, lower: FloatArray, upper: FloatArray, rounding: float) -> None:
    if not (shares.ndim == 1 and shares.shape == lower.shape == upper.shape):
        shapes = f"{shares.shape}, {lower.shape}, {upper.shape}"
        raise ValueError(f"shares and edges have shapes {shapes}; allowed is one row of the same length")
    if not (lower <= upper).all():
        raise ValueError("a lower edge is missing or exceeds its upper edge; allowed is lower <= upper")
    if (shares < 0).any() or not rounding >= 0:
        raise ValueError(f"smallest share is {np.nanmin(shares):g} and rounding {rounding:g}; allowed is 0 or more")
    if rounding == 0 and shares.sum() == 0:
        raise ValueError("shares sum to 0; allowed is a sum above 0")
