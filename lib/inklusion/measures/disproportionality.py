"""Whether an outcome is more frequent in one group than in the others: risks, their difference and three ratios."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction, checked_pair, checked_sizes, divided
from inklusion.measures.proportions import newcombe_difference, wilson_interval

GROUP_UNDER = "under the minimum"
OTHERS_UNDER = "the others are under the minimum"

Interval = tuple[FloatArray, FloatArray, FloatArray]


def disproportionality(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    reference_risk: ArrayLike | None = None,
    reference_share: ArrayLike | None = None,
    minimum_cell: int = 10,
    minimum_n: int = 30,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Compare the risk of each group of a partition with that of all the others.

    With :math:`r_i = x_i / n_i` and :math:`r_{-i}` the risk of the other groups together: risk difference
    :math:`r_i - r_{-i}`, risk ratio :math:`r_i / r_{-i}`, and

    .. math:: \text{alternate} = \frac{r_i}{R_{-i}}, \quad \text{weighted} = \frac{(1 - p_i) r_i}{\sum_{j \ne i} p_j r_j}

    where R is the others' risk and p the groups' shares in the reference region (the State, here the country).

    Parameters
    ----------
    numerator : array_like of whole numbers, shape (groups,)
        Those with the outcome, x. NaN gives NaN, also for the groups compared with it.
    denominator : array_like of whole numbers, shape (groups,)
        Everybody in the group, n. The groups must share nobody. NaN as above; 0 gives NaN for the group.
    reference_risk : array_like of float, shape (groups,), optional
        Risk of all *other* groups in the reference region, 0-1. Without it the alternate ratio is NaN.
    reference_share : array_like of float, shape (groups,), optional
        The group's share of the reference region's persons, 0-1, adding up to 1. Without it the weighted ratio is NaN.
    minimum_cell, minimum_n : int
        Least x and least n, of a group or of the others together, for which a comparison is made.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    DataFrame
        One row per group: risk, risk_difference, risk_ratio, alternate_risk_ratio and weighted_risk_ratio, each
        followed by itself with ``_lower`` and ``_upper``, and note. All are NaN for a group under the minimum
        ("under the minimum"); all but risk and alternate ratio when its others are ("the others are under the
        minimum").

    Raises
    ------
    ValueError
        For a negative or broken count, numerator > denominator, a reference outside 0-1 or of another length, shares
        that do not add up to 1, or confidence outside (0, 1).

    Notes
    -----
    Intervals: Wilson for the risk, Newcombe for the difference, and for the ratios normal on the log scale, with
    variance 1/x - 1/n for each risk (Katz) and by the delta method for the weighted sum. The reference risk and
    shares count as known; where the reference region holds the groups themselves this is slightly wrong. Groups
    nobody is in are left out of the weighted sum and the other shares scaled up. A ratio of 0 has no limits. Assumes
    independent persons. The ratios say nothing of why: groups differ in need, too.

    References
    ----------
    34 CFR 300.647 (risk, risk ratio, alternate risk ratio, minimum cell at most 10 and n at most 30); Bollmer, Bethel,
    Munk and Bitterman (2014), Methods for Assessing Racial/Ethnic Disproportionality in Special Education, IDEA Data
    Center (weighted risk ratio); Katz et al. (1978), Biometrics 34:469-474; Newcombe (1998), Statist. Med. 17:873-890.

    Examples
    --------
    20 of 100 against 30 of 300; the country's others have 0.08; half the country is in the first group.

    >>> table = disproportionality([20, 30], [100, 300], reference_risk=[0.08, 0.2], reference_share=[0.5, 0.5])
    >>> table[["risk", "risk_difference", "risk_ratio", "alternate_risk_ratio", "weighted_risk_ratio"]].round(6)
       risk  risk_difference  risk_ratio  alternate_risk_ratio  weighted_risk_ratio
    0   0.2              0.1         2.0                   2.5                  2.0
    1   0.1             -0.1         0.5                   0.5                  0.5
    """
    level = checked_fraction(confidence, "confidence")
    x, n = (np.ravel(counts) for counts in checked_pair(numerator, denominator))
    other_x, other_n = x.sum() - x, n.sum() - n
    enough = (x >= minimum_cell) & (n >= minimum_n)
    compared = enough & (other_x >= minimum_cell) & (other_n >= minimum_n)
    risk = divided(x, n)
    reference = _reference(reference_risk, "reference_risk", x.size)
    columns: dict[str, FloatArray] = {}
    for name, interval, shown in (
        ("risk", (risk, *wilson_interval(x, n, confidence=level)), enough),
        ("risk_difference", newcombe_difference(x, n, other_x, other_n, confidence=level), compared),
        ("risk_ratio", _ratio(x, n, divided(other_x, other_n), _log_variance(other_x, other_n), level), compared),
        ("alternate_risk_ratio", _ratio(x, n, reference, np.zeros(x.size), level), enough),
        ("weighted_risk_ratio", _weighted(x, n, _shares(reference_share, x.size), level), compared),
    ):
        for end, values in zip(("", "_lower", "_upper"), interval, strict=True):
            columns[name + end] = np.where(shown, values, np.nan)
    known, all_known = ~np.isnan(x + n), not np.isnan(x + n).any()
    note = np.select([known & ~enough, ~compared & all_known], [GROUP_UNDER, OTHERS_UNDER], default="")
    return pd.DataFrame(columns).assign(note=note)


def _ratio(x: FloatArray, n: FloatArray, other_risk: FloatArray, other_variance: FloatArray, level: float) -> Interval:
    from scipy.special import ndtri

    ratio = divided(divided(x, n), other_risk)
    factor = np.exp(float(ndtri((1 + level) / 2)) * np.sqrt(_log_variance(x, n) + other_variance))
    return ratio, ratio / factor, ratio * factor


def _log_variance(x: FloatArray, n: FloatArray) -> FloatArray:
    return divided(np.ones_like(x), x) - divided(np.ones_like(n), n)


def _weighted(x: FloatArray, n: FloatArray, share: FloatArray, level: float) -> Interval:
    """The others' risks, weighted by their shares in the reference region; a group nobody is in has weight 0."""
    held = n > 0
    risk = x / np.where(held, n, np.where(n == 0, 1, np.nan))
    weight = np.where(n == 0, 0.0, share)
    others = weight.sum() - weight
    part = weight * risk
    error = weight**2 * risk * (1 - risk) / np.where(n == 0, 1, n)
    mean = divided(part.sum() - part, others)
    variance = divided(error.sum() - error, others**2)
    return _ratio(x, n, mean, divided(variance, mean**2), level)


def _reference(values: ArrayLike | None, name: str, size: int) -> FloatArray:
    if values is None:
        return np.full(size, np.nan)
    shares = np.ravel(checked_sizes(values, name))
    if shares.size != size:
        raise ValueError(f"{name} has {shares.size} values for {size} groups; allowed is one per group")
    if (shares > 1).any():
        raise ValueError(f"{name} has {np.nanmax(shares):g}; allowed is 0 to 1")
    return shares


def _shares(values: ArrayLike | None, size: int) -> FloatArray:
    shares = _reference(values, "reference_share", size)
    if values is not None and abs(shares.sum() - 1) > 1e-6:
        raise ValueError(f"reference_share adds up to {shares.sum():g}; allowed is 1")
    return shares
