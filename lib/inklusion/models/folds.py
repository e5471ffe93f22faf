"""Folds of whole municipalities, without pupils or families that occur on both sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inklusion.errors import ModelError

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def municipality_folds(municipality: IntArray, folds: int, *, seed: int) -> IntArray:
    """The fold of every row: whole municipalities, folds of nearly equal size.

    The largest municipality goes first, each to the fold with the fewest rows so far; the seed breaks ties in size.
    """
    sizes = np.bincount(municipality)
    present = np.flatnonzero(sizes)
    if len(present) < folds:
        raise ModelError(f"{len(present)} municipalities cannot be divided into {folds} folds; use fewer folds.")
    order = np.random.default_rng(seed).permutation(present)
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of, filled = np.zeros(len(sizes), dtype=np.int64), np.zeros(folds, dtype=np.int64)
    for place in order:
        smallest = int(np.argmin(filled))
        fold_of[place] = smallest
        filled[smallest] += sizes[place]
    return fold_of[municipality]


@dataclass(frozen=True)
class Split:
    """Row masks of one fold: predicted, fitted on, calibrated on. No pupil or family is in two of them."""

    held: BoolArray
    fit: BoolArray
    calibration: BoolArray


def split(
    fold: IntArray, held: int, municipality: IntArray, clusters: tuple[IntArray, ...], *, share: float, seed: int
) -> Split:
    """The rows of one fold.

    Parameters
    ----------
    fold, held
        Fold of every row, and the one that is held out.
    municipality
        Code of every row's municipality, 0 and up.
    clusters
        Codes of pupil and of family for every row.
    share
        Part of the training rows whose municipalities are kept for calibration.
    seed
        Seed of the choice of calibration municipalities.

    Notes
    -----
    Rows of a pupil or family that occurs in the held-out fold are dropped from training, and rows of one that
    occurs among the calibration municipalities are dropped from the fit: somebody who moved, or a sibling who
    lives elsewhere, tells a model about the others.
    """
    is_held = fold == held
    training = ~is_held & ~_shares_a_cluster(is_held, clusters)
    kept = _calibration_municipalities(municipality, training, share, np.random.default_rng([seed, held]))
    calibration = training & kept[municipality]
    fit = training & ~calibration
    fit &= ~_shares_a_cluster(calibration, clusters)
    return Split(is_held, fit, calibration)


def _shares_a_cluster(rows: BoolArray, clusters: tuple[IntArray, ...]) -> BoolArray:
    shared = np.zeros(len(rows), dtype=bool)
    for cluster in clusters:
        known = np.zeros(int(cluster.max()) + 1, dtype=bool)
        known[cluster[rows]] = True
        shared |= known[cluster]
    return shared


def _calibration_municipalities(
    municipality: IntArray, training: BoolArray, share: float, rng: np.random.Generator
) -> BoolArray:
    """Municipalities in random order until they hold the share of the training rows; at least one stays for the fit."""
    sizes = np.bincount(municipality[training], minlength=int(municipality.max()) + 1)
    order = rng.permutation(np.flatnonzero(sizes))[:-1]
    before = np.cumsum(sizes[order]) - sizes[order]
    kept = np.zeros(len(sizes), dtype=bool)
    kept[order[before < share * sizes.sum()]] = True
    return kept
