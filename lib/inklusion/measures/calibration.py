"""How good probabilities are: scores, discrimination, calibration."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_fraction
from inklusion.measures.proportions import wilson_interval

_NEAREST = 1e-12
_STEPS = 50


class CalibrationLine(NamedTuple):
    """Logistic recalibration; perfect is 0, 1 and 0."""

    intercept: float
    slope: float
    in_the_large: float


def brier_score(outcome: ArrayLike, probability: ArrayLike) -> float:
    r"""Compute the mean squared difference of outcome and probability, :math:`\sum (y_i - p_i)^2 / n`.

    Parameters
    ----------
    outcome : array_like of 0 and 1 or bool, shape (persons,)
        What happened, y. A person with NaN in either is left out.
    probability : array_like of float, shape (persons,)
        Predicted chance, p, 0-1.

    Returns
    -------
    float
        0 is perfect, 1 the worst; NaN without persons.

    Raises
    ------
    ValueError
        For an outcome other than 0 and 1, a probability outside 0-1, or inputs of different lengths.

    Notes
    -----
    A proper score: the true chances have the best expected score. Its size depends on the base rate; see
    `brier_skill`.

    References
    ----------
    Brier (1950), Monthly Weather Review 78:1-3, here for one of the two classes (half of Brier's sum).

    Examples
    --------
    (1 - 0.8)^2 = 0.04 and (0 - 0.4)^2 = 0.16.

    >>> round(brier_score([1, 0], [0.8, 0.4]), 6)
    0.1
    """
    happened, chance = _checked(outcome, probability)
    return float(np.mean((happened - chance) ** 2)) if chance.size else float("nan")


def brier_skill(outcome: ArrayLike, probability: ArrayLike) -> float:
    r"""Compute how much better than always saying the base rate, :math:`1 - B / (\bar y (1 - \bar y))`.

    Parameters
    ----------
    outcome, probability : array_like
        As in `brier_score`; B is its result.

    Returns
    -------
    float
        1 is perfect, 0 no better than the base rate, negative worse; NaN unless both outcomes occur.

    Raises
    ------
    ValueError
        As `brier_score`.

    Notes
    -----
    The base rate is that of the same persons, which no forecaster knew beforehand: the comparison is strict.

    References
    ----------
    Murphy (1973), J. Appl. Meteorol. 12:595-600 (skill score with the sample climatology).

    Examples
    --------
    The base rate one half scores 0.25; ``brier_score`` is 0.1, and 1 - 0.1 / 0.25 = 0.6.

    >>> round(brier_skill([1, 0], [0.8, 0.4]), 6)
    0.6
    """
    happened, chance = _checked(outcome, probability)
    base = happened.mean() if happened.size else 0.0
    return 1 - brier_score(happened, chance) / float(base * (1 - base)) if 0 < base < 1 else float("nan")


def log_loss(outcome: ArrayLike, probability: ArrayLike) -> float:
    r"""Compute the mean of minus the log of the chance given to what happened.

    .. math:: -\frac1n \sum [y_i \log p_i + (1 - y_i) \log(1 - p_i)]

    Parameters
    ----------
    outcome, probability : array_like
        As in `brier_score`. Probabilities are first drawn in to 1e-12 from 0 and 1.

    Returns
    -------
    float
        0 is perfect; NaN without persons.

    Raises
    ------
    ValueError
        As `brier_score`.

    Notes
    -----
    A proper score, and much harder than Brier's on a chance near 0 or 1 that was wrong. Without drawing in, one such
    person would make it infinite; with it, that person costs 27.6.

    References
    ----------
    Good (1952), J. Roy. Statist. Soc. B 14:107-114.

    Examples
    --------
    Chance one half throughout: log 2.

    >>> round(log_loss([1, 0], [0.5, 0.5]), 6)
    0.693147
    """
    happened, chance = _checked(outcome, probability)
    if not chance.size:
        return float("nan")
    chance = np.clip(chance, _NEAREST, 1 - _NEAREST)
    return -float(np.mean(np.log(np.where(happened == 1, chance, 1 - chance))))


def area_under_curve(outcome: ArrayLike, score: ArrayLike, *, confidence: float = 0.95) -> tuple[float, float, float]:
    r"""Estimate the chance that one with the outcome scores above one without, with DeLong's interval.

    Ties count one half. With :math:`V_i` the share of those without who score below person i with the outcome, and
    :math:`U_j` the share of those with who score above person j without,

    .. math:: A = \bar V = \bar U, \quad \widehat{var}(A) = s_V^2 / m + s_U^2 / n, \quad A \pm z \sqrt{var}

    Parameters
    ----------
    outcome : array_like of 0 and 1 or bool, shape (persons,)
        What happened. A person with NaN in either is left out.
    score : array_like of float, shape (persons,)
        Any number that rises with the chance.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    area, lower, upper : float
        0.5 is no better than chance, 1 perfect; limits cut at 0 and 1. NaN unless both outcomes occur, and NaN
        limits unless each occurs twice.

    Raises
    ------
    ValueError
        For an outcome other than 0 and 1, an infinite score, inputs of different lengths, or confidence outside
        (0, 1).

    Notes
    -----
    Assumes independent persons: siblings and pupils who return year after year make the interval too narrow. With A
    near 1 in few persons it is too narrow as well, and at 1 it has no width. One sort, then sums over equal scores.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44:837-845; Sun and Xu (2014), IEEE Signal Process. Lett.
    21:1389-1393 (the same from ranks).

    Examples
    --------
    Of the four pairs of one with and one without, three are in order.

    >>> area_under_curve([0, 1, 0, 1], [1, 2, 3, 4])[0]
    0.75
    """
    level = checked_fraction(confidence, "confidence")
    happened, scores = _checked(outcome, score, name="score", largest=np.inf)
    with_it, without = float(happened.sum()), float((1 - happened).sum())
    if not with_it or not without:
        return (float("nan"),) * 3
    order = np.argsort(scores)
    ordered = scores[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    yes = np.add.reduceat(happened[order], first)
    no = np.diff(np.r_[first, ordered.size]) - yes
    below = (np.cumsum(no) - no / 2) / without
    above = 1 - (np.cumsum(yes) - yes / 2) / with_it
    area = float(yes @ below) / with_it
    if min(with_it, without) < 2:
        return area, float("nan"), float("nan")
    variance = (yes @ (below - area) ** 2) / (with_it - 1) / with_it + (no @ (above - area) ** 2) / (
        without - 1
    ) / without
    margin = _normal_quantile(level) * float(np.sqrt(variance))
    return area, max(0.0, area - margin), min(1.0, area + margin)


def calibration_line(outcome: ArrayLike, probability: ArrayLike) -> CalibrationLine:
    r"""Estimate the logistic recalibration of probabilities: intercept and slope jointly, and calibration in the large.

    By maximum likelihood, :math:`logit P(y_i = 1) = a + b\, logit p_i` for intercept a and slope b, and
    :math:`logit P(y_i = 1) = c + logit p_i` for c, calibration in the large.

    Parameters
    ----------
    outcome, probability : array_like
        As in `brier_score`. Probabilities are first drawn in to 1e-12 from 0 and 1.

    Returns
    -------
    CalibrationLine
        ``intercept`` a, ``slope`` b, ``in_the_large`` c. Slope under 1: predictions too spread (overfitted). c above 0:
        more happened than predicted. NaN for all unless both outcomes occur; NaN for a and b when all probabilities
        are one, or when they separate the outcomes.

    Raises
    ------
    ValueError
        As `brier_score`.

    Notes
    -----
    The intercept a is at logit p = 0 and moves with the slope; it is not calibration in the large. Newton's method,
    halving a step that does not help.

    References
    ----------
    Cox (1958), Biometrika 45:562-565; Steyerberg (2009), Clinical Prediction Models, section 15.2 (the three numbers).

    Examples
    --------
    Chances 0.2 and 0.8, and of ten each just 2 and 8 happened: nothing to correct.

    >>> outcome = [1] * 2 + [0] * 8 + [1] * 8 + [0] * 2
    >>> [round(abs(value), 6) for value in calibration_line(outcome, [0.2] * 10 + [0.8] * 10)]
    [0.0, 1.0, 0.0]
    """
    happened, chance = _checked(outcome, probability)
    if not 0 < happened.sum() < happened.size:
        return CalibrationLine(*(float("nan"),) * 3)
    chance = np.clip(chance, _NEAREST, 1 - _NEAREST)
    logit = np.log(chance / (1 - chance))
    ones = np.ones((1, logit.size))
    (large,) = _logistic(happened, ones, logit, np.zeros(1))
    intercept, slope = _logistic(happened, np.vstack([ones, logit]), np.zeros(1), np.array([0.0, 1.0]))
    return CalibrationLine(float(intercept), float(slope), float(large))


def _logistic(happened: FloatArray, columns: FloatArray, offset: FloatArray, start: FloatArray) -> FloatArray:
    """Return the maximum likelihood coefficients; NaN when they do not exist."""
    from scipy.special import expit

    def loss(at: FloatArray) -> float:
        linear = at @ columns + offset
        return float(np.logaddexp(0, linear).sum() - happened @ linear)

    coefficients, now = start, loss(start)
    for _ in range(_STEPS):
        fitted = expit(coefficients @ columns + offset)
        information = (columns * (fitted * (1 - fitted))) @ columns.T
        if np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, columns @ (happened - fitted))
        while (after := loss(coefficients + step)) > now + 1e-12 * abs(now) and np.abs(step).max() > 1e-10:
            step = step / 2
        coefficients, now = coefficients + step, after
        if np.abs(step).max() < 1e-9:
            return coefficients
    return np.full(start.shape, np.nan)


def calibration_groups(outcome: ArrayLike, probability: ArrayLike, *, groups: int = 10) -> pd.DataFrame:
    """Compare predicted with observed shares in groups of equal size by probability.

    Persons are ordered by probability; group g of G holds those whose (middle) rank lies in the g-th of G equal
    parts. Those with the same probability share a rank and stay together.

    Parameters
    ----------
    outcome, probability : array_like
        As in `brier_score`.
    groups : int
        Number of groups wanted, 1 or more.

    Returns
    -------
    DataFrame
        One row per group that holds anybody, lowest probabilities first: n, events, predicted (mean probability),
        observed (share), lower, upper (95 % Wilson interval of observed).

    Raises
    ------
    ValueError
        As `brier_score`, and for groups under 1.

    Notes
    -----
    The picture depends on the number of groups; many equal probabilities make groups unequal or fewer. The interval
    assumes independent persons with one common chance in the group.

    References
    ----------
    Hosmer and Lemeshow (1980), Comm. Statist. A 9:1043-1069 (groups of equal size); Wilson (1927), J. Amer. Statist.
    Assoc. 22:209-212.

    Examples
    --------
    >>> calibration_groups([0, 1, 1, 1], [0.1, 0.3, 0.6, 0.8], groups=2)[["n", "events", "predicted", "observed"]]
       n  events  predicted  observed
    0  2       1        0.2       0.5
    1  2       2        0.7       1.0
    """
    if groups < 1:
        raise ValueError(f"groups is {groups!r}; allowed are whole numbers of 1 or more")
    happened, chance = _checked(outcome, probability)
    _, inverse, counts = np.unique(chance, return_inverse=True, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / max(chance.size, 1)
    codes = np.floor(middle * groups).astype(np.intp)[inverse]
    n = np.bincount(codes, minlength=groups)
    held = n > 0
    events = np.bincount(codes, happened, groups)[held].astype(np.int64)
    total = np.bincount(codes, chance, groups)[held]
    lower, upper = wilson_interval(events, n[held])
    return pd.DataFrame({
        "n": n[held], "events": events, "predicted": total / n[held], "observed": events / n[held],
        "lower": lower, "upper": upper,
    })  # fmt: skip


def _normal_quantile(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def _checked(
    outcome: ArrayLike, values: ArrayLike, *, name: str = "probability", largest: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Return both as floats without the persons who lack either."""
    happened = np.ravel(np.asarray(outcome, dtype=np.float64))
    numbers = np.ravel(np.asarray(values, dtype=np.float64))
    if happened.size != numbers.size:
        raise ValueError(f"{name} has {numbers.size} values for {happened.size} outcomes; allowed is one per outcome")
    known = ~(np.isnan(happened) | np.isnan(numbers))
    happened, numbers = happened[known], numbers[known]
    if not ((happened == 0) | (happened == 1)).all():
        raise ValueError("outcome has a value other than 0 and 1; allowed are 0, 1 and NaN")
    if np.isinf(numbers).any() or (largest == 1 and ((numbers < 0) | (numbers > 1)).any()):
        raise ValueError(f"{name} has a value outside {'0 to 1' if largest == 1 else 'the finite numbers'}")
    return happened, numbers
