"""Inference for few clusters, treated or not as a whole: randomisation and the wild cluster bootstrap."""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray
from inklusion.measures._panel import Panel, attainable_level, before_start, checked_panel, verdict_of

MOST_ASSIGNMENTS = 200_000

_TIE = 1e-9
_BLOCK = 20_000


class Randomisation(NamedTuple):
    """Effect, p-value, assignments looked at, whether these are all, smallest p-value, verdict, its fraction."""

    effect: float
    p_value: float
    assignments: int
    exact: bool
    attainable: float
    verdict: str
    attainable_as: str


class WildBootstrap(NamedTuple):
    """Effect, its t statistic, the bootstrap p-value, draws and clusters."""

    effect: float
    statistic: float
    p_value: float
    draws: int
    clusters: int


def randomisation_inference(
    outcome: ArrayLike,
    cluster: ArrayLike,
    period: ArrayLike,
    treated: ArrayLike,
    *,
    start: float,
    draws: int = 9_999,
    seed: int = 1,
) -> Randomisation:
    r"""Test no effect by letting each set of as many clusters have been the treated ones.

    The p-value is the share of the :math:`\binom{n}{n_1}` sets with a difference-in-differences as far from 0 as the
    one observed, or farther; of all when they are at most 200,000, else (b + 1) / (B + 1) of B random ones.

    Parameters
    ----------
    outcome, cluster, period, treated, start
        As in `difference_in_differences`.
    draws, seed : int
        Random sets when there are too many for all, and the seed of the generator.

    Returns
    -------
    Randomisation
        effect (unit); p_value (two-sided); assignments, the sets looked at; exact, whether all; attainable, the
        smallest p-value the design can give, one over the number of sets, or two over it with groups of equal size;
        verdict: "kun beskrivelse" when attainable is over 0.05; attainable_as, written as a fraction such as "1/8".

    Raises
    ------
    ValueError
        As `difference_in_differences`, or for fewer than 99 draws.

    Notes
    -----
    Exact when the treated were drawn by lot; else it assumes that any cluster might as well have been treated, and
    that clusters are alike in how much they vary. Tests that no cluster was affected at all. The verdict here is on
    the number of clusters alone; that of `difference_in_differences` also asks for the trends before.

    References
    ----------
    Fisher (1935), The Design of Experiments; Conley and Taber (2011), Rev. Econ. Statist. 93:113-125; MacKinnon and
    Webb (2020), J. Econometrics 218:435-450.

    Examples
    --------
    One treated of eight, with the largest change: the smallest level there is, and too coarse.

    >>> y = [[0, 9], [0, 0], [0, 1], [0, 2], [0, 1], [0, 0], [0, 2], [0, 1]]
    >>> found = randomisation_inference(y, np.repeat(range(8), 2), [1, 2] * 8, [1, 1] + [0] * 14, start=2)
    >>> found.effect, found.p_value, found.attainable_as, found.verdict
    (8.0, 0.125, '1/8', 'kun beskrivelse')
    """
    if draws < 99:
        raise ValueError(f"draws is {draws!r}; allowed are 99 or more")
    panel = checked_panel(outcome, cluster, period, treated)
    change = _changes(panel, start)
    n, chosen = change.size, int(panel.treated.sum())
    centred = change - change.mean()
    effect = float(change[panel.treated].mean() - change[~panel.treated].mean())
    # The difference is the sum over the treated of what is centred, times a constant.
    least = abs(float(centred[panel.treated].sum())) - _TIE * float(np.abs(centred).sum())
    sets = math.comb(n, chosen)
    attainable = attainable_level(chosen, n - chosen)
    as_fraction = f"{2 if 2 * chosen == n else 1}/{sets}"
    if sets <= MOST_ASSIGNMENTS:
        every = np.fromiter((place for one in combinations(range(n), chosen) for place in one), np.int64, sets * chosen)
        share = float((np.abs(centred[every.reshape(sets, chosen)].sum(axis=1)) >= least).mean())
        return Randomisation(effect, share, sets, True, attainable, verdict_of(attainable), as_fraction)
    generator, beyond = np.random.default_rng(seed), 0
    for first in range(0, draws, _BLOCK):
        shape = (min(_BLOCK, draws - first), n)
        drawn = generator.permuted(np.broadcast_to(centred, shape), axis=1)[:, :chosen].sum(axis=1)
        beyond += int((np.abs(drawn) >= least).sum())
    p_value = (beyond + 1) / (draws + 1)
    return Randomisation(effect, p_value, draws, False, attainable, verdict_of(attainable), as_fraction)


def wild_cluster_bootstrap(
    outcome: ArrayLike,
    cluster: ArrayLike,
    period: ArrayLike,
    treated: ArrayLike,
    *,
    start: float,
    hypothesis: float = 0.0,
    draws: int = 9_999,
    seed: int = 1,
) -> WildBootstrap:
    r"""Test an effect by the restricted wild cluster bootstrap, with Webb's six-point weights.

    With the changes :math:`d_c` of `difference_in_differences` and the effect :math:`\delta_0` of the hypothesis, the
    restricted residuals are :math:`r_c = d_c - \delta_0 T_c - m` with m their mean. Each draw has changes
    :math:`m + \delta_0 T_c + w_c r_c` with w one of :math:`\pm\sqrt{1/2}, \pm 1, \pm\sqrt{3/2}`, and the p-value is
    (b + 1) / (B + 1) with b the draws whose :math:`|t|` is at least that observed; t is :math:`\hat\delta - \delta_0`
    over its cluster-robust error (CR1, whose constant cancels).

    Parameters
    ----------
    outcome, cluster, period, treated, start
        As in `difference_in_differences`.
    hypothesis : float
        Effect that is tested, :math:`\delta_0`, in the unit of the outcome.
    draws, seed : int
        Draws, B, and the seed of the generator.

    Returns
    -------
    WildBootstrap
        effect (unit), statistic (t, with :math:`\sum e^2 / n_g^2` for both groups), p_value (two-sided), draws and
        clusters.

    Raises
    ------
    ValueError
        As `difference_in_differences`, for fewer than 99 draws, or fewer than two clusters in a group.

    Notes
    -----
    Same parallel changes as `difference_in_differences`, clusters independent. With two or three clusters in a group it
    hardly ever rejects; with eight in all it rejects a true hypothesis a little too often (6-7 % instead of 5), and
    with very different numbers it is not exact either: report `randomisation_inference` beside it.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Rev. Econ. Statist. 90:414-427; Webb (2023), Can. J. Econ. 56:839-858 (weights);
    MacKinnon and Webb (2017), J. Appl. Econometrics 32:233-254 (few treated).

    Examples
    --------
    An effect that is exactly the hypothesis has t = 0, so every draw is as far from it.

    >>> rows = [[0, 3], [0, 5], [1, 1], [1, 3]], np.repeat(list("abcd"), 2), [1, 2] * 4, np.repeat([1, 1, 0, 0], 2)
    >>> found = wild_cluster_bootstrap(*rows, start=2, hypothesis=3)
    >>> found.effect, found.statistic, found.p_value
    (3.0, 0.0, 1.0)
    """
    if draws < 99:
        raise ValueError(f"draws is {draws!r}; allowed are 99 or more")
    panel = checked_panel(outcome, cluster, period, treated)
    group = panel.treated
    if min(group.sum(), (~group).sum()) < 2:
        raise ValueError(f"{group.sum()} treated and {(~group).sum()} others; allowed are 2 or more clusters of each")
    change = _changes(panel, start)
    without = change - hypothesis * group
    residual = without - without.mean()
    observed = float(_statistics(without[None], group)[0])
    webb = np.sqrt([0.5, 1.0, 1.5])
    generator, beyond = np.random.default_rng(seed), 0
    for first in range(0, draws, _BLOCK):
        weights = generator.choice(np.concatenate([-webb, webb]), (min(_BLOCK, draws - first), change.size))
        beyond += int((np.abs(_statistics(weights * residual, group)) >= abs(observed) - _TIE).sum())
    effect = float(change[group].mean() - change[~group].mean())
    return WildBootstrap(effect, observed, (beyond + 1) / (draws + 1), draws, change.size)


def _changes(panel: Panel, start: float) -> FloatArray:
    """Mean from the start on minus mean before, a number per cluster."""
    before = before_start(panel.periods, start)
    return np.asarray(panel.values[:, ~before].mean(axis=1) - panel.values[:, before].mean(axis=1))


def _statistics(changes: FloatArray, treated: NDArray[np.bool_]) -> FloatArray:
    """Difference of the groups over its cluster-robust error, for each row of changes."""
    one, two = changes[:, treated], changes[:, ~treated]
    difference = one.mean(axis=1) - two.mean(axis=1)
    error = np.sqrt(one.var(axis=1) / one.shape[1] + two.var(axis=1) / two.shape[1])
    far = np.where(difference > _TIE, np.inf, np.where(difference < -_TIE, -np.inf, 0.0))
    return np.asarray(np.divide(difference, error, out=far, where=error > 0))
