"""The noncentral t distribution, by integration: that of scipy is NaN far out in the tails."""

from functools import lru_cache

import numpy as np

from inklusion.measures._checks import FloatArray

_NODES = 200
_OUTSIDE = 1e-15


def noncentral_t(statistic: float, degrees: float, centre: float) -> float:
    """Return P(T <= statistic) for (Z + centre) / S, Z normal and S a chi over the root of its degrees."""
    from scipy.special import ndtr

    points, weights = _chi(float(degrees))
    return float(weights @ ndtr(statistic * points - centre))


@lru_cache(maxsize=64)
def _chi(degrees: float) -> tuple[FloatArray, FloatArray]:
    """Points of S and their weights, Gauss-Legendre."""
    from scipy.stats import chi2

    low, high = np.sqrt(np.array([chi2.ppf(_OUTSIDE, degrees), chi2.isf(_OUTSIDE, degrees)]) / degrees)
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    s = low + (high - low) * (points + 1) / 2
    return s, weights * chi2.pdf(degrees * s**2, degrees) * degrees * s * (high - low)
