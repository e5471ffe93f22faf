"""How much units differ beyond chance: variance between units, and between clusters of persons."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_sizes


def between_unit_variance(difference: ArrayLike, variance: ArrayLike, weight: ArrayLike, group: ArrayLike) -> float:
    r"""Estimate the variance of the units' effects around their group's mean, by moments, over all groups.

    With :math:`\bar d_g = \sum w_i d_i / W_g` and :math:`W_g = \sum w_i` over the units i of group g

    .. math::
        Q = \sum_g \sum_{i \in g} w_i (d_i - \bar d_g)^2, \quad
        \tau^2 = \max\left(0, \frac{Q - \sum_g \sum_{i \in g} w_i v_i (1 - w_i / W_g)}
                                   {\sum_g (W_g - \sum_{i \in g} w_i^2 / W_g)}\right)

    Parameters
    ----------
    difference : array_like of float, shape (units,)
        Estimated effect, d, on any scale. A unit with NaN here or in the next two is left out.
    variance : array_like of float, shape (units,)
        Sampling variance of the effect, v, in the same unit squared.
    weight : array_like of float, shape (units,)
        Weight, w, fixed beforehand: 1 / v or the number of persons.
    group : array_like, shape (units,)
        Group of the unit, such as the municipality of a school. A unit with a missing group is left out.

    Returns
    -------
    float
        :math:`\tau^2` in the unit of the effect squared, cut at 0; NaN when no group has two units with weight.

    Raises
    ------
    ValueError
        For an infinite effect, a negative variance or weight, or inputs of different lengths.

    Notes
    -----
    Assumes independent units, known variances and one variance common to all groups; no shape of distribution.
    Unbiased before the cut, so a mean over truths near 0 is too high. A group of one unit contributes nothing.
    With one group and w = 1 / v this is DerSimonian and Laird's estimator.

    References
    ----------
    DerSimonian and Kacker (2007), Contemp. Clin. Trials 28:105-114, eq. 6 (general weights), here summed over
    groups as in a one-way analysis of variance; DerSimonian and Laird (1986), Control. Clin. Trials 7:177-188.

    Examples
    --------
    Two units at 0 and 4, v = w = 1: Q = 4 + 4, chance gives 2 * 1/2 = 1, and tau^2 counts 2 - 1 = 1 time.

    >>> between_unit_variance([0, 4], [1, 1], [1, 1], ["a", "a"])
    7.0
    """
    d, v, w, codes, total = _in_groups(difference, variance, weight, group)
    centre = np.bincount(codes, w * d, total.size) / np.where(total > 0, total, 1)
    free = w * (1 - w / total[codes])
    times = float(free[np.bincount(codes)[codes] > 1].sum())
    if not times:
        return float("nan")
    spread = float((w * (d - centre[codes]) ** 2).sum())
    return max(0.0, (spread - float((free * v).sum())) / times)


def between_unit_degrees(difference: ArrayLike, variance: ArrayLike, weight: ArrayLike, group: ArrayLike) -> float:
    r"""Estimate how many degrees of freedom the estimate of `between_unit_variance` is worth.

    With :math:`\tau^2`, Q and :math:`W_g` of `between_unit_variance`, :math:`s_i = v_i + \tau^2` and
    :math:`C = \sum_g (W_g - \sum_{i \in g} w_i^2 / W_g)`

    .. math::
        \nu = \max\left(1, \frac{2 \tau^4}{\mathrm{Var}(Q) / C^2}\right), \quad
        \mathrm{Var}(Q) = 2 \sum_g \Big[\sum_{i \in g} w_i^2 s_i^2 \Big(1 - \frac{w_i}{W_g}\Big)^2
            + \sum_{i \ne j \in g} \frac{w_i^2 s_i w_j^2 s_j}{W_g^2}\Big]

    so that the estimate varies as :math:`\tau^2 \chi^2_\nu / \nu` does.

    Parameters
    ----------
    difference, variance, weight, group : array_like
        As in `between_unit_variance`.

    Returns
    -------
    float
        :math:`\nu`, 1 or more. inf where :math:`\tau^2` is 0: a variance term of 0 adds nothing, with any degrees.
        NaN where `between_unit_variance` is NaN.

    Raises
    ------
    ValueError
        As `between_unit_variance`.

    Notes
    -----
    Var(Q) is exact for independent normal effects and known variances, at the estimated :math:`\tau^2`; effects with
    heavier tails make it too small. The scaled chi-square is an approximation: Q less what chance gives can be
    negative. The second sum is left out in some texts; in groups of two it is half of the whole. At 0 the estimate
    says little about how large the variance may be: who needs that takes an upper limit, not these degrees.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2:110-114; DerSimonian and Kacker (2007), as `between_unit_variance`;
    Searle (1971), Linear Models, section 2.5 (variance of a quadratic form of normals).

    Examples
    --------
    Three units in one group without sampling variance: n - 1.

    >>> round(between_unit_degrees([0, 1, 2], [0, 0, 0], [1, 1, 1], ["a", "a", "a"]), 6)
    2.0
    """
    between = between_unit_variance(difference, variance, weight, group)
    if not between > 0:
        return float("inf") if between == 0 else float("nan")
    _, v, w, codes, total = _in_groups(difference, variance, weight, group)
    own, part = v + between, w / total[codes]
    alone = (w * own * (1 - part)) ** 2
    shares = w * part * own
    pairs = np.bincount(codes, w**2 * own, total.size) ** 2 / np.where(total > 0, total, 1) ** 2
    spread = 2 * float(alone.sum() + pairs.sum() - (shares**2).sum())
    return max(1.0, 2 * between**2 * float((w * (1 - part)).sum()) ** 2 / spread)


def _in_groups(
    difference: ArrayLike, variance: ArrayLike, weight: ArrayLike, group: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.intp], FloatArray]:
    """Return effect, variance, weight and number of the group of each known unit, and the weight of each group."""
    effects, variances, weights = (np.ravel(part) for part in _checked(difference, variance, weight))
    codes, names = pd.factorize(np.ravel(np.asarray(group)))
    if not effects.size == codes.size:
        raise ValueError(f"group has {codes.size} values for {effects.size} units; allowed is one per unit")
    known = ~np.isnan(effects + variances + weights) & (codes >= 0) & (weights > 0)
    weights, codes = weights[known], codes[known]
    total = np.bincount(codes, weights, len(names)).astype(np.float64)
    return effects[known], variances[known], weights, codes, total


def _checked(difference: ArrayLike, variance: ArrayLike, weight: ArrayLike) -> tuple[FloatArray, ...]:
    effects = np.asarray(difference, dtype=np.float64)
    if np.isinf(effects).any():
        raise ValueError("difference has an infinite value; allowed are finite numbers, or NaN")
    parts = effects, checked_sizes(variance, "variance"), checked_sizes(weight, "weight")
    return np.broadcast_arrays(*parts)


def design_effect(residual: ArrayLike, cluster: ArrayLike) -> float:
    r"""Estimate how much larger clusters make the variance of a total, relative to independent persons.

    .. math:: \frac{\sum_c (\sum_{i \in c} r_i)^2}{\sum_i r_i^2}

    Parameters
    ----------
    residual : array_like of float, shape (persons,)
        Outcome minus its expected chance, r. A person with NaN is left out.
    cluster : array_like, shape (persons,)
        Cluster of the person, such as the family; whole numbers are fastest. A missing cluster is a cluster of one.

    Returns
    -------
    float
        The raw ratio. Under 1 is possible, for residuals that cancel within clusters: use ``max(ratio, 1)`` when
        widening intervals. NaN when no residual differs from 0.

    Raises
    ------
    ValueError
        For an infinite residual, or inputs of different lengths.

    Notes
    -----
    Assumes independent clusters and residuals with mean 0: a common error of the model inflates the ratio. The sums
    are those of a cluster-robust (sandwich) variance and a robust one, of a total.

    References
    ----------
    Kish (1965), Survey Sampling, section 8.2 (design effect); Liang and Zeger (1986), Biometrika 73:13-22 (sums of
    residuals within clusters).

    Examples
    --------
    Two siblings alike and one child alone: (1 + 1)^2 + 1 over 1 + 1 + 1.

    >>> round(design_effect([1, 1, -1], [7, 7, 8]), 6)
    1.666667
    """
    values = np.ravel(np.asarray(residual, dtype=np.float64))
    codes, names = pd.factorize(np.ravel(np.asarray(cluster)))
    if values.size != codes.size:
        raise ValueError(f"cluster has {codes.size} values for {values.size} residuals; allowed is one per residual")
    if np.isinf(values).any():
        raise ValueError("residual has an infinite value; allowed are finite numbers, or NaN")
    values = np.nan_to_num(values)
    squares, alone = values**2, codes < 0
    total = float(squares.sum())
    sums = np.bincount(codes[~alone], values[~alone], len(names))
    return float((sums @ sums + squares[alone].sum()) / total) if total else float("nan")


def random_effects_variance(difference: ArrayLike, variance: ArrayLike, *, winsorise: float = 0.0) -> float:
    r"""Estimate the additive variance between units by DerSimonian and Laird, for a funnel with overdispersion.

    With :math:`w = 1/v`, :math:`\bar d = \sum w d / \sum w` and :math:`z_i = (d_i - \bar d) / \sqrt{v_i}`

    .. math:: \tau^2 = \max\left(0, \frac{\sum z_i^2 - (I - 1)}{\sum w_i - \sum w_i^2 / \sum w_i}\right)

    where the lowest and highest 100 `winsorise` % of the z are first drawn in to that quantile.

    Parameters
    ----------
    difference : array_like of float, shape (units,)
        Estimated effect per unit, d, on the scale of the funnel. A unit with NaN in either is left out.
    variance : array_like of float, shape (units,)
        Sampling variance, v, above 0, in the same unit squared.
    winsorise : float
        Part drawn in at each end, 0 to under 0.5; 0 draws in nothing.

    Returns
    -------
    float
        :math:`\tau^2`; NaN with fewer than two units.

    Raises
    ------
    ValueError
        For an infinite effect, a variance of 0 or less, inputs of different lengths, or winsorise outside 0-0.5.

    Notes
    -----
    Assumes independent units and known variances. Quantiles interpolate linearly (R's type 7). Winsorised z have a
    variance under 1 also in control, which is not corrected for: the result is then too low, on purpose, so that
    the outliers one looks for do not widen the funnel that should show them.

    References
    ----------
    DerSimonian and Laird (1986), Control. Clin. Trials 7:177-188; Spiegelhalter (2005), Qual. Saf. Health Care
    14:347-351 (additive random effects from winsorised z).

    Examples
    --------
    Two units at 0 and 4 with v = 1: sum of z^2 is 4 + 4, less 1, over 2 - 2/2.

    >>> random_effects_variance([0, 4], [1, 1])
    7.0
    """
    if not 0 <= winsorise < 0.5:
        raise ValueError(f"winsorise is {winsorise!r}; allowed is 0 to under 0.5")
    effects, variances, _ = (np.ravel(part) for part in _checked(difference, variance, 1.0))
    if (variances == 0).any():
        raise ValueError("variance has 0; allowed are numbers above 0, or NaN")
    known = ~np.isnan(effects + variances)
    d, w = effects[known], 1 / variances[known]
    if d.size < 2:
        return float("nan")
    z = (d - np.average(d, weights=w)) * np.sqrt(w)
    low, high = np.quantile(z, [winsorise, 1 - winsorise])
    spread = float((np.clip(z, low, high) ** 2).sum())
    return max(0.0, (spread - (d.size - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
