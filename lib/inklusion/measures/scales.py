"""Answers made into scores: turned items, scale scores, shares of scores in bands, floor and ceiling."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_sizes


class FloorCeiling(NamedTuple):
    """Scores known, and the shares of them at the lowest and at the highest possible value."""

    n: int
    floor: float
    ceiling: float


def turned(values: ArrayLike, low: float, high: float) -> FloatArray:
    r"""Turn answers around, so that the highest becomes the lowest: :math:`low + high - x`.

    Parameters
    ----------
    values : array_like of float, any shape
        Answers, x, from low to high. NaN gives NaN.
    low, high : float
        Lowest and highest possible answer.

    Returns
    -------
    ndarray
        The turned answers, with the shape of the input.

    Raises
    ------
    ValueError
        For an answer outside low to high (how many, never which), or low not below high.

    Notes
    -----
    Turning twice gives the answers back: nothing in the data shows that they were turned before.

    References
    ----------
    DeVellis (2017), Scale Development, 4th ed., ch. 5 (items worded against the scale).

    Examples
    --------
    >>> turned([1, 2, 5, float("nan")], 1, 5).tolist()
    [5.0, 4.0, 1.0, nan]
    """
    return low + high - _answers(values, low, high)


def scale_scores(
    answers: pd.DataFrame, reversed_items: Sequence[str], low: float, high: float, *, minimum_share: float
) -> pd.Series:
    r"""Compute each respondent's mean over the answered items, if enough are answered.

    With A the items answered, of k, and :math:`x_j` turned for the reversed items,

    .. math:: s = \sum_{j \in A} x_j / |A| \quad \text{if } |A| \ge minimum\_share \cdot k, \text{ else missing}

    Parameters
    ----------
    answers : DataFrame of float, shape (respondents, items)
        Answers from low to high; NaN is not answered (so is "don't know": make it NaN first).
    reversed_items : sequence of str
        Columns to turn first.
    low, high : float
        Lowest and highest possible answer, the same for all items.
    minimum_share : float
        Part of the items that must be answered, over 0, at most 1; 0.5 is at least half.

    Returns
    -------
    Series of float
        The scores, from low to high, with the index of the answers. Not rounded.

    Raises
    ------
    ValueError
        For an answer outside low to high, a reversed item that is no column, no items, or minimum_share outside 0-1.

    Notes
    -----
    The mean of answered items replaces a missing answer by the respondent's own mean of the others; this is fair when
    the items have about the same mean. Leave out respondents before, not after, if the items do not.

    References
    ----------
    Schafer and Graham (2002), Psychological Methods 7:147-177, "averaging the available items".

    Examples
    --------
    2, and 5 turned to 1, make 1.5; one of two answered is half; none is too few.

    >>> answers = pd.DataFrame({"happy": [2, 4, None], "lonely": [5, None, None]}, dtype=float)
    >>> scale_scores(answers, ["lonely"], 1, 5, minimum_share=0.5).tolist()
    [1.5, 4.0, nan]
    """
    missing = [name for name in reversed_items if name not in answers]
    if missing or not answers.shape[1]:
        raise ValueError(f"reversed_items names {missing}; allowed are the items {list(answers.columns)}, one or more")
    if not 0 < minimum_share <= 1:
        raise ValueError(f"minimum_share is {minimum_share!r}; allowed is over 0 to 1")
    values = _answers(answers.to_numpy(dtype=np.float64), low, high)
    against = answers.columns.isin(list(reversed_items))
    known = ~np.isnan(values)
    if against.any():
        values = np.where(against, low + high - values, values)
    n = known.sum(axis=1)
    score = np.where(known, values, 0.0).sum(axis=1) / np.maximum(n, 1)
    enough = n >= np.maximum(minimum_share * values.shape[1] - 1e-9, 1)
    return pd.Series(np.where(enough, score, np.nan), index=answers.index, name="score")


def band_shares(
    scores: ArrayLike, upper: Sequence[float], *, low: float, weights: ArrayLike | None = None
) -> pd.DataFrame:
    r"""Compute the share of scores in each band, :math:`\sum_{i \in band} w_i / \sum_i w_i`.

    A band holds the scores above the band before and up to its own upper limit; the first also holds `low`.

    Parameters
    ----------
    scores : array_like of float, shape (respondents,)
        Scores, not rounded. NaN is left out.
    upper : sequence of float
        Upper limits, rising; the last is the highest possible score.
    low : float
        Lowest possible score.
    weights : array_like of float, optional
        Weight of each respondent; 1 without.

    Returns
    -------
    DataFrame
        One row per band: above (the limit before), upper, n (respondents, not weighted), share (0-1; NaN without any).

    Raises
    ------
    ValueError
        For a score outside the bands, limits that do not rise, or a weight that is missing or negative.

    Notes
    -----
    With bands printed as 1.0-2.0 and 2.1-3.0, a score of 2.04 belongs to the second: nothing is rounded before. A
    source that rounds to one decimal first counts it in the first.

    References
    ----------
    The Danish Ministry of Children and Education's indicators of the national wellbeing survey (bands of scores 1-5).

    Examples
    --------
    >>> band_shares([1, 2, 2.04, 5], [2, 3, 5], low=1)
       above  upper  n  share
    0      1      2  2   0.50
    1      2      3  1   0.25
    2      3      5  1   0.25
    """
    edges = [low, *upper]
    if not upper or any(first >= then for first, then in zip(edges[:-1], upper, strict=True)):
        raise ValueError(f"upper is {list(upper)}; allowed are limits that rise from over {low:g}")
    values = _answers(np.ravel(np.asarray(scores, dtype=np.float64)), low, upper[-1])
    known = ~np.isnan(values)
    weight = _weights(weights, values.size)[known]
    band = np.searchsorted(np.asarray(upper, dtype=np.float64), values[known], side="left")
    n = np.bincount(band, minlength=len(upper))
    total = np.bincount(band, weight, len(upper))
    share = total / weight.sum() if weight.sum() else np.full(len(upper), np.nan)
    return pd.DataFrame({"above": edges[:-1], "upper": list(upper), "n": n, "share": share})


def floor_ceiling(scores: ArrayLike, low: float, high: float) -> FloorCeiling:
    """Compute the shares of scores that are the lowest and the highest possible.

    Parameters
    ----------
    scores : array_like of float, shape (respondents,)
        Scores of a scale, or answers to an item. NaN is left out.
    low, high : float
        Lowest and highest possible score.

    Returns
    -------
    FloorCeiling
        ``n``, ``floor`` and ``ceiling`` (0-1; NaN without scores).

    Raises
    ------
    ValueError
        For a score outside low to high, or low not below high.

    Notes
    -----
    Over 0.15 at either end is commonly read as: the scale cannot tell those respondents apart, and they cannot move
    further in that direction.

    References
    ----------
    Terwee et al. (2007), J. Clin. Epidemiol. 60:34-42, section 5.

    Examples
    --------
    >>> floor_ceiling([1, 1, 3, 5, float("nan")], 1, 5)
    FloorCeiling(n=4, floor=0.5, ceiling=0.25)
    """
    values = _answers(np.ravel(np.asarray(scores, dtype=np.float64)), low, high)
    values = values[~np.isnan(values)]
    if not values.size:
        return FloorCeiling(0, float("nan"), float("nan"))
    return FloorCeiling(values.size, float((values == low).mean()), float((values == high).mean()))


def _answers(values: ArrayLike, low: float, high: float) -> FloatArray:
    """Return answers as floats; the message counts those outside the limits and shows none."""
    if not low < high:
        raise ValueError(f"low {low:g} and high {high:g}; allowed is low < high")
    numbers = np.asarray(values, dtype=np.float64)
    wrong = int(((numbers < low) | (numbers > high)).sum())
    if wrong:
        raise ValueError(f"{wrong} answers lie outside {low:g} to {high:g}; allowed are answers within, or NaN")
    return numbers


def _weights(weights: ArrayLike | None, size: int) -> FloatArray:
    found = np.ones(size) if weights is None else np.ravel(checked_sizes(weights, "weights"))
    if found.size != size or np.isnan(found).any():
        raise ValueError(
            f"weights has {int((~np.isnan(found)).sum())} values for {size} scores; allowed is one per score"
        )
    return found
