"""Weights for who answered: post-stratification, raking, trimming, design effect, and response rates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_pair, checked_sizes, divided
from inklusion.measures._weights import checked_base

Totals = Mapping[Any, float]


def poststratification_weights(cells: ArrayLike, totals: Totals, *, base: ArrayLike | None = None) -> FloatArray:
    r"""Compute weights that make each cell weigh as many as it has in the population.

    For respondent i in cell h with base weight :math:`d_i` and population :math:`N_h`

    .. math:: w_i = d_i N_h / \sum_{l \in h} d_l

    Parameters
    ----------
    cells : array_like, shape (respondents,)
        The cell of each respondent; none may be missing.
    totals : mapping from cell to float
        Population of each cell, over 0.
    base : array_like of float, optional
        Weights before (inverse chances of being asked), over 0; 1 without.

    Returns
    -------
    ndarray, shape (respondents,)
        Weights that sum to the population.

    Raises
    ------
    ValueError
        For a cell without respondents, a respondent without a cell or in one without a total, a total or base weight
        that is not over 0.

    Notes
    -----
    Corrects for who answered only as far as those who stayed away resemble the others of their cell. A cell with few
    respondents gets few, heavy weights: see `design_effect`. Merge an empty cell with another, never drop it.

    References
    ----------
    Holt and Smith (1979), J. Roy. Statist. Soc. A 142:33-46.

    Examples
    --------
    >>> poststratification_weights(["a", "a", "b"], {"a": 10, "b": 20}).tolist()
    [5.0, 5.0, 20.0]
    """
    codes, wanted = _cells(cells, totals, "cells")
    weights = checked_base(base, codes.size)
    sums = np.bincount(codes, weights, wanted.size)
    return np.asarray(weights * (wanted / sums)[codes])


def raking_weights(
    margins: pd.DataFrame,
    totals: Mapping[str, Totals],
    *,
    base: ArrayLike | None = None,
    tolerance: float = 1e-9,
    steps: int = 1_000,
) -> FloatArray:
    r"""Compute weights that agree with the population in several margins, by iterative proportional fitting.

    Post-stratifies to each margin in turn, from the base weights, until every category's weight is within `tolerance`
    of its total, as a part of the total: the weights nearest to the base weights, :math:`w_i = d_i \prod_m g_{m(i)}`.

    Parameters
    ----------
    margins : DataFrame, shape (respondents, variables)
        The categories of each respondent; none may be missing.
    totals : mapping from variable to mapping from category to float
        Population of each category, over 0, for every column of `margins`. All variables have the same sum.
    base : array_like of float, optional
        Weights before, over 0; 1 without.
    tolerance : float
        Largest difference at the end, relative.
    steps : int
        Most rounds through the variables.

    Returns
    -------
    ndarray, shape (respondents,)
        Weights that sum to the population.

    Raises
    ------
    ValueError
        As `poststratification_weights`, for other variables in `totals` than in `margins`, for sums that differ by
        more than a millionth, and when the rounds do not converge.

    Notes
    -----
    Uses the margins only; a difference that lies in a combination of them stays. It does not converge when some
    combination has no respondents and the margins would need them: merge categories.

    References
    ----------
    Deming and Stephan (1940), Ann. Math. Statist. 11:427-444; Deville, Sarndal and Sautory (1993), J. Amer. Statist.
    Assoc. 88:1013-1020.

    Examples
    --------
    >>> margins = pd.DataFrame({"sex": list("ffmm"), "grade": [4, 5, 4, 5]})
    >>> raking_weights(margins, {"sex": {"f": 60, "m": 40}, "grade": {4: 50, 5: 50}}).round(6).tolist()
    [30.0, 30.0, 20.0, 20.0]
    """
    if set(totals) != set(margins.columns) or not totals:
        raise ValueError(
            f"totals names {sorted(totals)}; allowed are the margins {sorted(margins.columns)}, one or more"
        )
    parts = [_cells(margins[name], totals[name], str(name)) for name in margins.columns]
    sums = np.array([wanted.sum() for _, wanted in parts])
    if np.ptp(sums) > 1e-6 * sums.max():
        raise ValueError(f"totals sum to {sums.tolist()}; allowed is one and the same population for all margins")
    weights = checked_base(base, len(margins))
    for _ in range(steps):
        for codes, wanted in parts:
            weights = weights * (wanted / np.bincount(codes, weights, wanted.size))[codes]
        apart = [np.abs(np.bincount(codes, weights, wanted.size) / wanted - 1).max() for codes, wanted in parts]
        if max(apart) <= tolerance:
            return weights
    raise ValueError(
        f"raking has not converged after {steps} rounds (largest difference {max(apart):.2g} of a total, allowed is "
        f"{tolerance:g}): some combination of categories has too few respondents; merge categories"
    )


def trimmed_weights(weights: ArrayLike, *, lower: float = 0.3, upper: float = 3.0) -> FloatArray:
    """Draw extreme weights in, and share what was taken or given equally among the others, so that the sum stays.

    Weights outside `lower` to `upper` times the mean weight are set to that limit; this is repeated for those whom the
    sharing pushes outside, with the first limits.

    Parameters
    ----------
    weights : array_like of float, shape (respondents,)
        Weights over 0.
    lower, upper : float
        Limits as multiples of the mean weight: 0 <= lower < 1 < upper.

    Returns
    -------
    ndarray, shape (respondents,)
        Trimmed weights with the same sum.

    Raises
    ------
    ValueError
        For a weight that is not over 0, limits on one side of 1, or when no weight is left between them.

    Notes
    -----
    Trimmed weights no longer agree with the population totals: less variance for some bias. Say both design effects.

    References
    ----------
    Potter (1990), Proc. Survey Research Methods, Amer. Statist. Assoc., 225-230; R survey, `trimWeights` (one round).

    Examples
    --------
    The mean is 2; 5 becomes 4, and the 1 left over goes to the other four.

    >>> trimmed_weights([1, 1, 1, 2, 5], upper=2).tolist()
    [1.25, 1.25, 1.25, 2.25, 4.0]
    """
    if not 0 <= lower < 1 < upper:
        raise ValueError(f"lower {lower:g} and upper {upper:g}; allowed is 0 <= lower < 1 < upper")
    found = checked_base(weights, np.size(np.asarray(weights)))
    low, high = lower * found.mean(), upper * found.mean()
    fixed = np.zeros(found.size, dtype=bool)
    while (outside := ~fixed & ((found < low) | (found > high))).any():
        drawn = np.clip(found, low, high)
        fixed |= outside
        left = float((found - drawn)[outside].sum())
        found = np.where(outside, drawn, found)
        if fixed.all():
            raise ValueError(f"no weight lies between {lower:g} and {upper:g} times the mean; allowed are wider limits")
        found[~fixed] += left / (~fixed).sum()
    return found


def design_effect(weights: ArrayLike) -> float:
    r"""Compute Kish's design effect of unequal weights, :math:`n \sum w_i^2 / (\sum w_i)^2`.

    Parameters
    ----------
    weights : array_like of float, shape (respondents,)
        Weights over 0.

    Returns
    -------
    float
        1 or more: how many times larger the variance is than with equal weights. n divided by it is the effective
        sample size. NaN without respondents.

    Raises
    ------
    ValueError
        For a weight that is not over 0.

    Notes
    -----
    For an outcome that has nothing to do with the weights. What post-stratification gains, and what clusters cost, is
    not in it: those are in the standard error of `weighted_mean`.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7; Kish (1992), J. Official Statist. 8:183-200.

    Examples
    --------
    >>> design_effect([1, 1, 2])
    1.125
    """
    found = checked_base(weights, np.size(np.asarray(weights)))
    return float(found.size * (found**2).sum() / found.sum() ** 2) if found.size else float("nan")


def response_rates(answered: ArrayLike, invited: ArrayLike, *, groups: Sequence[str]) -> pd.DataFrame:
    r"""Compute the response rate of each group and of all, and how much of those who stayed away each group is.

    The rate is :math:`a_g / N_g`; the part of answers :math:`a_g / \sum a` stands beside that of the invited
    :math:`N_g / \sum N` and of those away :math:`(N_g - a_g) / \sum (N - a)`.

    Parameters
    ----------
    answered, invited : array_like of whole numbers, shape (groups,)
        Those who answered, a, and those who were asked, N. NaN is refused.
    groups : sequence of str
        Names.

    Returns
    -------
    DataFrame
        One row per group and a last one "all": group, answered, invited, away, rate, part_of_answers,
        part_of_invited, part_of_away (0-1; NaN where nobody was asked).

    Raises
    ------
    ValueError
        For a negative, broken or missing count, answered > invited, or another number of groups than of counts.

    Notes
    -----
    Counts of everybody: no interval. A high rate is no proof that those away are like the others, nor a low one that
    they are not; groups whose parts differ are where weights change most.

    References
    ----------
    AAPOR (2023), Standard Definitions, 10th ed., RR1 (all invited eligible); Groves (2006), Public Opin. Q. 70:646-675.

    Examples
    --------
    >>> response_rates([1, 3], [4, 4], groups=["a", "b"])[["group", "answered", "invited", "rate", "part_of_away"]]
      group  answered  invited  rate  part_of_away
    0     a         1        4  0.25          0.75
    1     b         3        4  0.75          0.25
    2   all         4        8  0.50          1.00
    """
    parts, wholes = (np.ravel(counts) for counts in checked_pair(answered, invited))
    if parts.size != len(groups) or np.isnan(parts).any() or np.isnan(wholes).any():
        raise ValueError(
            f"groups has {len(groups)} names for {parts.size} counts; allowed is one, and no count missing"
        )
    parts, wholes = np.append(parts, parts.sum()), np.append(wholes, wholes.sum())
    away = wholes - parts
    table = pd.DataFrame({"group": [*groups, "all"], "answered": parts, "invited": wholes, "away": away}).astype(
        {"answered": "int64", "invited": "int64", "away": "int64"}
    )
    table["rate"] = divided(parts, wholes)
    for name, counts in (("answers", parts), ("invited", wholes), ("away", away)):
        table[f"part_of_{name}"] = divided(counts, np.full(counts.size, counts[-1]))
    return table


def _cells(values: Any, totals: Totals, name: str) -> tuple[Any, FloatArray]:
    """Return each respondent's cell as a place in the totals, and the totals; refuses empty and unknown cells."""
    known = list(totals)
    wanted = np.asarray(checked_sizes([totals[cell] for cell in known], f"totals of {name}"))
    if not (wanted > 0).all():
        raise ValueError(f"totals of {name} has a total that is missing or 0; allowed are numbers over 0")
    codes = pd.Index(known).get_indexer(pd.Index(np.asarray(values)))
    if (codes < 0).any():
        raise ValueError(
            f"{name} has {int((codes < 0).sum())} respondents without a category, or in one without a total; allowed are "
            f"{known}"
        )
    empty = [cell for cell, n in zip(known, np.bincount(codes, minlength=len(known)), strict=True) if not n]
    if empty:
        raise ValueError(f"{name} has nobody in {empty}; allowed are cells with respondents: merge it with another")
    return codes, wanted
