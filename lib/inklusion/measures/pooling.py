"""Shares of small units drawn towards the share of all, with an interval.

scipy.stats is imported inside the function: it costs about 0.6 s.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction, checked_pair, divided


def pooled_shares(numerators: ArrayLike, denominators: ArrayLike, *, confidence: float = 0.95) -> pd.DataFrame:
    r"""Estimate each unit's share, drawn towards the share of all units (partial pooling), with a beta interval.

    With :math:`p_i = x_i / n_i`, :math:`b = \sum x_i / \sum n_i`, :math:`\bar n = \sum n_i / I` and
    :math:`s^2 = \sum n_i (p_i - b)^2 / \sum n_i`, the true shares are taken to be beta distributed with mean b, worth
    M persons, and the posterior of a unit is beta with parameters :math:`b M + x_i` and :math:`(1 - b) M + n_i - x_i`:

    .. math::
        a = \max\left(0, s^2 - \frac{b (1 - b)}{\bar n}\right), \quad M = \frac{b (1 - b) - s^2}{a}, \quad
        w_i = \frac{n_i}{n_i + M}, \quad \hat\theta_i = b + w_i (p_i - b)

    Parameters
    ----------
    numerators, denominators : array_like of whole numbers, shape (units,)
        Counts per unit. A unit with NaN in either or denominator 0 gets NaN and is left out of the sums.
    confidence : float
        Probability of the interval, half outside at each end, 0-1.

    Returns
    -------
    DataFrame
        Columns share (p), pooled (the posterior mean, between p and b), lower, upper and weight (w, 0-1: how much the
        unit's own share counts). A range index.

    Raises
    ------
    ValueError
        For a negative or broken count, numerator > denominator, or confidence outside (0, 1).

    Notes
    -----
    Assumes independent persons, and true shares that are draws from one distribution. a estimates the variance of the
    true shares, times :math:`1 - 1/\bar n`; at 0 all units get b and no interval, for none is known. The intervals take
    b and M as known: with many units they hold about as promised on average over the units, with few less, and they
    promise nothing for a unit chosen because it is extreme. The pooled shares vary less than the true ones.
    `empirical_bayes_ratios` draws shares a little more, its chance being Poisson.

    References
    ----------
    Marshall (1991), Applied Statistics 40:283-294, global estimator; Martuzzi and Elliott (1996), Statist. Med.
    15:1867-1873 (shares that are not rare).

    Examples
    --------
    Shares 0.2 and 0.8 of ten: b = 0.5, s^2 = 0.09, a = 0.09 - 0.025, M = (0.25 - 0.09) / 0.065 and w = 10 / (10 + M).

    >>> pooled_shares([2, 8], [10, 10]).round(3)[["share", "pooled", "weight"]]
       share  pooled  weight
    0    0.2   0.259   0.802
    1    0.8   0.741   0.802
    """
    level = checked_fraction(confidence, "confidence")
    parts, wholes = (np.ravel(counts) for counts in checked_pair(numerators, denominators))
    share = divided(parts, wholes)
    known = ~np.isnan(share)
    if not known.any():
        return pd.DataFrame(dict.fromkeys(("share", "pooled", "lower", "upper", "weight"), share))
    size = np.where(known, wholes, np.nan)
    total = float(np.nansum(size))
    centre = float(parts[known].sum()) / total
    spread, chance = float(np.nansum(size * (share - centre) ** 2)) / total, centre * (1 - centre)
    between = max(0.0, spread - chance / (total / known.sum()))
    if not between:
        alone = pd.DataFrame({"share": share, "pooled": np.where(known, centre, np.nan), "lower": np.nan})
        return alone.assign(upper=np.nan, weight=np.where(known, 0.0, np.nan))
    worth = max(0.0, chance - spread) / between
    weight = size / (size + worth)
    lower, upper = _limits(centre * worth + parts, (1 - centre) * worth + size - parts, level)
    table = {"share": share, "pooled": centre + weight * (share - centre), "lower": lower, "upper": upper}
    return pd.DataFrame(table | {"weight": weight})


def _limits(counted: FloatArray, others: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Quantiles of the beta distribution; NaN where one of its parameters is 0, and it has none."""
    from scipy.stats import beta

    lower, upper = (np.asarray(beta.ppf((1 + side * level) / 2, counted, others)) for side in (-1, 1))
    return lower, upper
