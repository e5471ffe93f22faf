"""Funnel limits around a reference share, and how much the units spread beyond chance.

scipy.stats is imported inside the function: it costs about 0.6 s.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_counts, checked_fraction, checked_pair, divided

Method = Literal["interpolated", "conservative"]


def funnel_limits(
    denominators: ArrayLike,
    reference: float,
    *,
    confidence: float | Sequence[float] = (0.95, 0.998),
    method: Method = "interpolated",
) -> pd.DataFrame:
    r"""Compute exact binomial funnel limits around a reference share.

    For each tail probability :math:`q`, :math:`r` is the smallest count with :math:`P(R \le r) \ge q` when R
    is binomial with n persons and the reference share, and the limit is

    .. math:: (r - \alpha) / n, \quad \alpha = (P(R \le r) - q) / P(R = r)

    cut at 0. ``method="conservative"`` takes :math:`\alpha = 0`.

    Parameters
    ----------
    denominators : array_like of whole numbers, shape (units,)
        Persons per unit, n. NaN or 0 gives NaN limits.
    reference : float
        Share expected in every unit, 0-1, both excluded.
    confidence : float or sequence of float
        Two-sided levels; 0.95 and 0.998 put 2.5 % and 0.1 % in each tail.
    method : {"interpolated", "conservative"}
        "interpolated" is Spiegelhalter's, for smooth lines. "conservative" steps, and a unit in control
        falls outside either limit with at most the nominal probability.

    Returns
    -------
    DataFrame
        Columns denominator, confidence, lower, upper (shares 0-1): all units at the first level, in the
        order given, then all units at the next.

    Raises
    ------
    ValueError
        For a negative or broken count, an unknown method, or reference or confidence outside (0, 1).

    Notes
    -----
    Assumes independent persons and no difference between units but chance; see `overdispersion`. The two
    methods agree on who is below, but "interpolated" lies under r at the top, so r itself counts as above:
    a unit in control is above more often than 2.5 %. With 20 persons and reference 0.05 that is 7.5 %, with
    3,631 persons 2.6 %; "conservative" gives 1.6 and 2.2 %. Units so small that almost nobody (under 0.03
    persons at 0.95) is expected have an upper limit of 0, below the reference.

    References
    ----------
    Spiegelhalter (2005), Statist. Med. 24:1185-1202, Appendix A.1.1; Manktelow and Seaton (2012), PLoS ONE
    7:e45723 (false alarms under different interpolations).

    Examples
    --------
    Two persons at one half: P(R<=0) = 0.25 and P(R=0) = 0.25, so at q = 0.2 alpha = 0.2 and the lower limit
    is cut at 0; at q = 0.8 r = 2, alpha = (1 - 0.8) / 0.25 = 0.8 and the upper limit is 1.2 / 2.

    >>> funnel_limits([2], 0.5, confidence=0.6).round(6)
       denominator  confidence  lower  upper
    0          2.0         0.6    0.0    0.6
    """
    theta, counts = (
        checked_fraction(reference, "reference"),
        checked_counts(denominators, "denominators").ravel(),
    )
    levels = [checked_fraction(level, "confidence") for level in np.atleast_1d(confidence)]
    tables = []
    for level in levels:
        lower, upper = (_limit(counts, theta, (1 + side * level) / 2, method) for side in (-1, 1))
        tables.append(pd.DataFrame({"denominator": counts, "confidence": level, "lower": lower, "upper": upper}))
    return pd.concat(tables, ignore_index=True)


def _limit(n: FloatArray, theta: float, q: float, method: Method) -> FloatArray:
    from scipy.stats import binom

    if method not in ("interpolated", "conservative"):
        raise ValueError(f"method is {method!r}; allowed are 'interpolated' and 'conservative'")
    known = np.where(n > 0, n, np.nan)
    r = np.asarray(binom.ppf(q, known, theta), dtype=np.float64)
    alpha = (binom.cdf(r, known, theta) - q) / binom.pmf(r, known, theta) if method == "interpolated" else 0.0
    return np.maximum(r - alpha, 0) / known


def funnel_position(
    numerator: ArrayLike,
    denominator: ArrayLike,
    reference: float,
    *,
    confidence: float,
    method: Method = "interpolated",
) -> NDArray[np.object_]:
    """Say whether each unit lies below, within or above the funnel limits.

    "below" means share < lower limit, "above" share > upper limit, with the limits of `funnel_limits`.

    Parameters
    ----------
    numerator, denominator : array_like of whole numbers, shape (units,)
        Counts per unit. NaN in either, or denominator 0, gives None.
    reference : float
        Share expected in every unit, 0-1, both excluded.
    confidence : float
        Two-sided level, 0-1.
    method : {"interpolated", "conservative"}
        As in `funnel_limits`.

    Returns
    -------
    ndarray of object, shape (units,)
        "below", "within", "above" or None.

    Raises
    ------
    ValueError
        As `funnel_limits`, and for numerator > denominator.

    Notes
    -----
    With many units some fall outside by chance: of 98 in control about five at 0.95. Outside is a reason to
    look, not a finding; overdispersion makes more fall outside. For small units prefer "conservative".

    References
    ----------
    Spiegelhalter (2005), Statist. Med. 24:1185-1202, section 2.

    Examples
    --------
    Ten persons, reference one half: 0, 5 and 10 counted.

    >>> funnel_position([0, 5, 10], [10, 10, 10], 0.5, confidence=0.95).tolist()
    ['below', 'within', 'above']
    """
    parts, wholes = (np.ravel(counts) for counts in checked_pair(numerator, denominator))
    limits = funnel_limits(wholes, reference, confidence=checked_fraction(confidence, "confidence"), method=method)
    share = divided(parts, wholes)
    position: NDArray[np.object_] = np.full(share.shape, "within", dtype=object)
    position[np.isnan(share)] = None
    position[share < limits["lower"].to_numpy()] = "below"
    position[share > limits["upper"].to_numpy()] = "above"
    return position


def overdispersion(
    numerators: ArrayLike, denominators: ArrayLike, reference: float, *, winsorise: float = 0.1
) -> float:
    r"""Estimate how much the units spread around the reference, relative to chance.

    .. math:: \phi = \frac{1}{I} \sum_i z_i^2, \quad z_i = (x_i/n_i - \theta) / \sqrt{\theta(1-\theta)/n_i}

    where the lowest and highest 100 `winsorise` % of the z are first drawn in to that quantile.

    Parameters
    ----------
    numerators, denominators : array_like of whole numbers, shape (units,)
        Counts per unit. Units with NaN in either or denominator 0 are left out.
    reference : float
        The share theta expected in every unit, 0-1, both excluded.
    winsorise : float
        Part drawn in at each end, 0 to under 0.5; 0 draws in nothing.

    Returns
    -------
    float
        The raw phi; NaN without units. Under 1 is possible: use ``max(phi, 1)`` when widening limits.

    Raises
    ------
    ValueError
        For a negative or broken count, numerator > denominator, reference outside (0, 1), or winsorise
        outside 0-0.5.

    Notes
    -----
    Quantiles interpolate linearly (R's type 7). In control phi is 1 without winsorising, but about 0.68
    with 0.1 at each end and many units, for the tails are cut; this is not corrected for.

    References
    ----------
    Spiegelhalter (2005), Statist. Med. 24:1185-1202, over-dispersion (winsorised z, phi).

    Examples
    --------
    The standard error of a hundred at one half is 0.05: z = -2 and 2, phi = (4 + 4) / 2.

    >>> round(overdispersion([40, 60], [100, 100], 0.5, winsorise=0), 6)
    4.0
    """
    theta = checked_fraction(reference, "reference")
    if not 0 <= winsorise < 0.5:
        raise ValueError(f"winsorise is {winsorise!r}; allowed is 0 to under 0.5")
    parts, wholes = checked_pair(numerators, denominators)
    z = (divided(parts, wholes) - theta) / np.sqrt(theta * (1 - theta)) * np.sqrt(wholes)
    z = z[~np.isnan(z)]
    if not z.size:
        return float("nan")
    low, high = np.quantile(z, [winsorise, 1 - winsorise])
    return float(np.mean(np.clip(z, low, high) ** 2))
