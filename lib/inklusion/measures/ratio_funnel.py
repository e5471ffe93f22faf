"""Funnel limits around observed/expected = 1, for chance alone and for units that differ beyond chance.

scipy.stats is imported inside the function: it costs about 0.6 s.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction, checked_sizes


def ratio_funnel_limits(
    expected: ArrayLike,
    *,
    confidence: float | Sequence[float] = (0.95, 0.998),
    between_variance: float = 0.0,
) -> pd.DataFrame:
    r"""Compute funnel limits for observed/expected around 1.

    Without variance between units the limits are exact Poisson, interpolated: for each tail probability q, r is the
    smallest count with :math:`P(R \le r) \ge q` when R is Poisson with mean E, and the limit, cut at 0, is

    .. math:: (r - \alpha) / E, \quad \alpha = (P(R \le r) - q) / P(R = r)

    With variance :math:`\tau^2` between the units' true ratios they are additive random effects on the square-root
    scale, where chance has variance 1/(4E) and the units :math:`\tau^2/4`; the lower root is cut at 0:

    .. math:: \left(1 \mp \tfrac12 z_{(1 + confidence)/2} \sqrt{1/E + \tau^2}\right)^2

    Parameters
    ----------
    expected : array_like of float, shape (units,)
        Expected persons per unit, E. NaN or 0 gives NaN limits.
    confidence : float or sequence of float
        Two-sided levels; 0.95 and 0.998 put 2.5 % and 0.1 % in each tail.
    between_variance : float
        Variance :math:`\tau^2` of the true ratios, as from `random_effects_variance` of observed/expected.

    Returns
    -------
    DataFrame
        Columns expected, confidence, lower, upper (ratios): all units at the first level, in the order given, then
        all units at the next.

    Raises
    ------
    ValueError
        For a negative expected count or variance, or confidence outside (0, 1).

    Notes
    -----
    Assumes expected counts without error. Poisson is a little too wide for sums of chances, whose variance is
    :math:`\sum p (1-p)`. As :math:`\tau^2` goes to 0 the second kind of limit does not become the first, but its
    normal approximation: the two differ by up to one person, 0.05 with E = 20. As with `funnel_limits`, interpolation
    puts more than the nominal probability above the upper limit of a small unit.

    References
    ----------
    Spiegelhalter (2005), Statist. Med. 24:1185-1202, Appendix A.1 (exact limits, interpolated); Spiegelhalter
    (2005), Qual. Saf. Health Care 14:347-351 (additive random effects, square-root scale).

    Examples
    --------
    With E = 4 and variance 0.75 the root has standard deviation sqrt(0.25 + 0.75) / 2 = 0.5, and z is 1 at 0.6827.

    >>> ratio_funnel_limits([4], confidence=0.682689, between_variance=0.75).round(4)
       expected  confidence  lower  upper
    0       4.0      0.6827   0.25   2.25
    """
    counts = np.ravel(checked_sizes(expected, "expected"))
    between = checked_sizes(between_variance, "between_variance")
    counts = np.where(counts > 0, counts, np.nan)
    tables = []
    for level in (checked_fraction(level, "confidence") for level in np.atleast_1d(confidence)):
        lower, upper = (_limit(counts, float(between), (1 + side * level) / 2) for side in (-1, 1))
        tables.append(pd.DataFrame({"expected": counts, "confidence": level, "lower": lower, "upper": upper}))
    return pd.concat(tables, ignore_index=True)


def _limit(expected: FloatArray, between: float, q: float) -> FloatArray:
    from scipy.stats import norm, poisson

    if between > 0:
        root = 1 + norm.ppf(q) * np.sqrt(1 / expected + between) / 2
        return np.asarray(np.maximum(root, 0) ** 2, dtype=np.float64)
    r = np.asarray(poisson.ppf(q, expected), dtype=np.float64)
    alpha = (poisson.cdf(r, expected) - q) / poisson.pmf(r, expected)
    return np.asarray(np.maximum(r - alpha, 0) / expected, dtype=np.float64)
