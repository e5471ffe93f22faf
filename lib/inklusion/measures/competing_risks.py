"""How many have left by a given time, when they can leave in several ways and some are not followed to the end."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_fraction, checked_sizes

_ROUNDING = 1e-12


def cumulative_incidence(time: ArrayLike, event: ArrayLike, *, at: float, confidence: float = 0.95) -> pd.DataFrame:
    r"""Estimate the share who have had each of several competing events by a given time (Aalen-Johansen).

    With n_j at risk just before the j-th time, d_kj events of kind k and d_j of any kind, and
    :math:`S_j = \prod_{i \le j} (1 - d_i / n_i)`

    .. math:: F_k(t) = \sum_{t_j \le t} S_{j-1} d_{kj} / n_j

    and the variance, with :math:`\lambda_{kj} = d_{kj}/n_j`, :math:`\lambda_j = d_j/n_j` and
    :math:`c_j = (F_k(t) - F_k(t_j)) / (1 - \lambda_j)`

    .. math::
        \sum_{t_j \le t} \frac{1}{n_j} [S_{j-1}^2 \lambda_{kj} (1 - \lambda_{kj})
        - 2 S_{j-1} c_j \lambda_{kj} (1 - \lambda_j) + c_j^2 \lambda_j (1 - \lambda_j)]

    The interval is normal for :math:`\log(-\log F_k)`.

    Parameters
    ----------
    time : array_like of float, shape (spells,)
        Time from the start to the event or to the end of follow-up, 0 or more, any unit. A spell with NaN is left out.
    event : array_like of whole numbers or text, shape (spells,)
        What ended the spell. Missing or "" means censored: not followed further. 0 is an event like any other.
    at : float
        The time t, above 0, in the same unit. Events at t count.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    DataFrame
        One row per kind of event in the data, in order: event, incidence, lower, upper (shares 0-1), events (by t) and
        at_start. Limits are NaN where incidence is 0 or 1. All shares are NaN when nobody was followed to t, unless
        all had left before.

    Raises
    ------
    ValueError
        For a negative time, `at` of 0 or less, inputs of different lengths, or confidence outside (0, 1).

    Notes
    -----
    Assumes independent spells, and that those censored at a time would have fared as those who stayed. A spell
    censored at the time of an event is still at risk of it. The incidences and the share still there add up to 1; one
    minus Kaplan-Meier with the other events as censored does not, and is too high.

    References
    ----------
    Aalen and Johansen (1978), Scand. J. Statist. 5:141-150; variance: Dinse and Larson (1986), Biometrika 73:379-386,
    as in Marubini and Valsecchi (1995), Analysing Survival Data, ch. 10, which equals the infinitesimal jackknife.

    Examples
    --------
    Of four, one returns at 1; one is lost at 2; of the two left, one moves at 3: 3/4 * 1/2.

    >>> table = cumulative_incidence([1, 2, 3, 4], ["returned", "", "moved", ""], at=3)
    >>> table[["event", "incidence", "events", "at_start"]]
          event  incidence  events  at_start
    0     moved      0.375       1         4
    1  returned      0.250       1         4
    """
    level = checked_fraction(confidence, "confidence")
    times, codes, names = _checked(time, event)
    incidence, variance = _aalen_johansen(times, codes, len(names), _checked_at(at))
    lower, upper = _log_log_interval(incidence, variance, level)
    events = np.bincount(codes[(codes >= 0) & (times <= at)], minlength=len(names))
    return pd.DataFrame({
        "event": names, "incidence": incidence, "lower": lower, "upper": upper,
        "events": events, "at_start": times.size,
    })  # fmt: skip


def kaplan_meier(
    time: ArrayLike, observed: ArrayLike, *, at: float, confidence: float = 0.95
) -> tuple[float, float, float]:
    r"""Estimate the share without the event by a given time (Kaplan-Meier), with Greenwood's variance.

    .. math::
        S(t) = \prod_{t_j \le t} (1 - d_j/n_j), \quad
        \widehat{var}(S) = S(t)^2 \sum_{t_j \le t} \frac{d_j}{n_j (n_j - d_j)}

    The interval is normal for :math:`\log(-\log S)`.

    Parameters
    ----------
    time : array_like of float, shape (spells,)
        As in `cumulative_incidence`.
    observed : array_like of bool or 0 and 1, shape (spells,)
        Whether the spell ended with the event; otherwise it is censored.
    at : float
        The time t, above 0, in the same unit. Events at t count.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    share, lower, upper : float
        Share without the event, 0-1. Limits are NaN where it is 0 or 1; all are NaN when nobody was followed to t,
        unless all had the event before.

    Raises
    ------
    ValueError
        As `cumulative_incidence`, and for observed other than 0 and 1.

    Notes
    -----
    As `cumulative_incidence`, with one kind of event. With competing events use that instead.

    References
    ----------
    Kaplan and Meier (1958), J. Amer. Statist. Assoc. 53:457-481; Greenwood (1926); Kalbfleisch and Prentice (1980),
    The Statistical Analysis of Failure Time Data, section 1.3 (log-log interval).

    Examples
    --------
    Of four, one event at 1, one lost at 2, one event at 3: 3/4 * 1/2.

    >>> kaplan_meier([1, 2, 3, 4], [True, False, True, False], at=3)[0]
    0.375
    """
    level = checked_fraction(confidence, "confidence")
    happened = np.ravel(np.asarray(observed, dtype=np.float64))
    if not ((happened == 0) | (happened == 1)).all():
        raise ValueError("observed has a value other than 0 and 1; allowed are 0 and 1")
    times, codes, _ = _checked(time, np.where(happened == 1, "event", ""))
    incidence, variance = _aalen_johansen(times, codes, 1, _checked_at(at))
    share = 1 - incidence
    lower, upper = _log_log_interval(share, variance, level)
    return float(share[0]), float(lower[0]), float(upper[0])


def _checked(time: ArrayLike, event: ArrayLike) -> tuple[FloatArray, NDArray[np.intp], list[object]]:
    """Return times, event codes (-1 is censored) and the names behind the codes, without spells that lack a time."""
    times = np.ravel(checked_sizes(time, "time"))
    labels = pd.Series(event).reset_index(drop=True)
    if len(labels) != times.size:
        raise ValueError(f"event has {len(labels)} values for {times.size} times; allowed is one per time")
    known = ~np.isnan(times)
    labels = labels.astype(object).where(labels.notna(), "")
    codes, names = pd.factorize(labels.mask(labels == "")[known], sort=True)
    return times[known], codes, list(names)


def _checked_at(at: float) -> float:
    if not 0 < at < np.inf:
        raise ValueError(f"at is {at!r}; allowed are finite numbers above 0")
    return float(at)


def _aalen_johansen(times: FloatArray, codes: NDArray[np.intp], kinds: int, at: float) -> tuple[FloatArray, FloatArray]:
    """Return incidence and variance at one time for each kind of event."""
    moments, position = np.unique(times, return_inverse=True)
    leaving = np.bincount(position, minlength=moments.size)
    at_risk = times.size - np.cumsum(leaving) + leaving
    happened = codes >= 0
    cells = np.bincount(position[happened] * kinds + codes[happened], minlength=moments.size * kinds)
    by_kind = cells.reshape(moments.size, kinds)
    used = (moments <= at) & (by_kind.sum(axis=1) > 0)
    by_kind, at_risk = by_kind[used], at_risk[used]
    hazard, total = by_kind / at_risk[:, None], by_kind.sum(axis=1) / at_risk
    staying = np.cumprod(1 - total)
    before = np.concatenate([[1.0], staying[:-1]])[: total.size, None]
    course = np.cumsum(before * hazard, axis=0)
    incidence = course[-1] if total.size else np.zeros(kinds)
    if not times.size or (moments[-1] < at and (not total.size or staying[-1] > 0)):
        return np.full(kinds, np.nan), np.full(kinds, np.nan)
    rest = (1 - total)[:, None]
    later = np.divide(incidence - course, rest, out=np.zeros_like(course), where=rest > 0)
    terms = before**2 * hazard * (1 - hazard) - 2 * before * later * hazard * rest + later**2 * (1 - rest) * rest
    return incidence, np.maximum(terms / at_risk[:, None], 0).sum(axis=0)


def _log_log_interval(share: FloatArray, variance: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    from scipy.special import ndtri

    inside = np.where((share > _ROUNDING) & (share < 1 - _ROUNDING), share, np.nan)
    logarithm = np.log(inside)
    margin = float(ndtri((1 + level) / 2)) * np.sqrt(variance) / (inside * np.abs(logarithm))
    return np.exp(logarithm * np.exp(margin)), np.exp(logarithm * np.exp(-margin))
