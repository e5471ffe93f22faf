"""Local practice: how many more or fewer of the same pupils a municipality and a school district place."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from inklusion.errors import ModelError
from inklusion.register.synthetic.places import Places
from inklusion.register.synthetic.risk import Vector, shift_to_means
from inklusion.register.synthetic.streams import Integers, Streams

_ROOM = 0.8
_WIDEST = 3.0


@dataclass(frozen=True)
class Practice:
    """Effects in share (0.01 is one percentage point), and what they do to each row's log-odds.

    Attributes
    ----------
    municipality
        Effect of each municipality; zero on average over pupils.
    district
        Each district's own effect beside its municipality's.
    shift
        What each district adds to the log-odds.
    """

    municipality: Vector
    district: Vector
    shift: Vector


def draw_practice(
    places: Places,
    district: Integers,
    odds: Vector,
    streams: Streams,
    *,
    spread: tuple[float, float],
    effects: pd.Series | None,
) -> Practice:
    """Draw the effects and apply them exactly.

    Parameters
    ----------
    places, district, odds
        Where each row lives, and its log-odds at national practice.
    spread
        Standard deviations of municipalities and of districts within them, in share.
    effects
        Effects of some municipalities by code, in share, instead of drawn ones.

    Notes
    -----
    Municipalities: normal, cut off symmetrically, then centred over pupils. Districts: normal, cut off symmetrically
    at three standard deviations or where the district's mean probability would lose most of its room, so their
    expectation is zero. In each district the mean of probability minus probability at national practice is exactly
    the sum of both effects.
    """
    national = expit(odds)
    size = np.bincount(district, minlength=len(places.number)).astype(np.float64)
    sums = np.bincount(district, national, len(places.number))
    mean = np.divide(sums, size, out=np.full(len(size), np.nan), where=size > 0)
    municipality = _municipality_effects(places, size, mean, streams, spread[0], effects)
    base = mean + municipality[places.municipality_of]
    used = size > 0
    if not ((base[used] > 0) & (base[used] < 1)).all():
        raise ModelError(
            "An effect is larger than the probabilities of a municipality's pupils allow. Make it smaller."
        )
    room = np.fmin(_WIDEST * spread[1], _ROOM * np.fmin(base, 1 - base))
    draw = streams.of("district practice").random(len(size))
    own = np.where(used, _truncated(draw, spread[1], np.nan_to_num(room)), 0.0)
    shift = np.zeros(len(size))
    number = np.cumsum(used) - 1
    shift[used] = shift_to_means(odds, number[district], (base + own)[used])
    return Practice(municipality, own, shift)


def _municipality_effects(
    places: Places, size: Vector, mean: Vector, streams: Streams, spread: float, effects: pd.Series | None
) -> Vector:
    count = len(places.pupils)
    lowest = np.full(count, np.inf)
    np.fmin.at(lowest, places.municipality_of, np.fmin(mean, 1 - mean))
    draw = streams.of("municipality practice").random(count)
    drawn = _truncated(draw, spread, np.minimum(_WIDEST * spread, 0.6 * lowest))
    given = np.zeros(count, dtype=bool)
    if effects is not None:
        codes = pd.Index(places.codes)
        place = codes.get_indexer(effects.index.astype(str))
        if (place < 0).any():
            raise ModelError("effects names a municipality that the synthetic register does not have (901 to 998).")
        drawn[place] = effects.to_numpy(dtype=float)
        given[place] = True
    if given.all():
        raise ModelError("effects names all municipalities; leave at least one out, so that the mean can be zero.")
    weight = np.bincount(places.municipality_of, size, count)
    free = np.where(given, 0.0, weight)
    drawn[~given] -= (weight @ drawn) / free.sum()
    return drawn


def _truncated(draw: NDArray[np.float64], spread: float, limit: Vector) -> Vector:
    """Normal numbers with this spread, cut off symmetrically at ``limit``, from uniform numbers."""
    from scipy.special import ndtr, ndtri

    if spread <= 0:
        return np.zeros(len(draw))
    tail = ndtr(-limit / spread)
    return np.asarray(spread * ndtri(tail + draw * (1 - 2 * tail)))
