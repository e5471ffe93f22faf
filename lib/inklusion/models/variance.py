"""How sure the expected count itself is: the model was estimated from other municipalities."""

import numpy as np
from numpy.typing import NDArray

from inklusion.measures._checks import FloatArray
from inklusion.models.cross_fit import CrossFit
from inklusion.models.folds import IntArray
from inklusion.models.specification import Specification

_CHUNK = 50_000


def expected_variance(
    design: NDArray[np.float32], fitted: CrossFit, municipality: IntArray, units: list[IntArray], choices: Specification
) -> list[FloatArray]:
    r"""Variance of the expected count of every unit, from the uncertainty of the model.

    With the linear design X (intercept included), out-of-fold probabilities p, :math:`W = p(1-p)`, unit gradient
    :math:`g_u = \sum_{i \in u} W_i x_i`, score :math:`S_j = \sum_{i \in j} (y_i - p_i) x_i` of municipality j and
    :math:`H = X^T W X + I/C` scaled to the training rows T of the fold that holds the unit:

    .. math:: V_u = \frac{1}{1-s} \frac{J}{J-1} \sum_{j \in T} (g_u^T H_T^{-1} S_j)^2
              + \Big(\sum_{i \in u} W_i (l_i - \bar l)\Big)^2 \mathrm{Var}(b)

    where s is the part of the training rows kept for calibration, l the log-odds, and b the calibration slope.

    Parameters
    ----------
    design : shape (rows, columns)
        Standardised linear columns without intercept.
    fitted
        The cross-fit: out-of-fold probabilities, folds, calibration.
    municipality : shape (rows,)
        Code of every row's municipality.
    units : list of arrays of shape (rows,)
        For each wanted division into units the code of every row; negative codes belong to none.
    choices
        Gives the ridge penalty and the calibration share.

    Returns
    -------
    list of ndarray
        For each division the variance (pupils squared) by unit code.

    Notes
    -----
    The cluster-robust (sandwich) variance of a logistic model by the delta method, with whole municipalities as
    clusters: other municipalities' own practice is part of the uncertainty of what they teach. Out-of-fold
    residuals make it slightly too wide rather than too narrow. For boosting it is an approximation: the part of
    its uncertainty that is linear in the covariates.

    References
    ----------
    Liang and Zeger (1986), Biometrika 73:13-22; Cameron and Miller (2015), J. Human Resources 50:317-372, II.
    """
    places = int(municipality.max()) + 1
    columns = design.shape[1] + 1
    hessian = np.zeros((columns, columns))
    scores = np.zeros((places, columns))
    gradients = [np.zeros((int(unit.max()) + 1, columns)) for unit in units]
    predictions, fold = fitted.predictions, fitted.fold
    for start in range(0, len(design), _CHUNK):
        part = slice(start, start + _CHUNK)
        rows = np.ones((len(design[part]), columns), dtype=np.float32)
        rows[:, 1:] = design[part]
        weighted, residual = predictions.weighted(rows, part)
        hessian += weighted.astype(np.float32).T @ rows
        _add_by(scores, municipality[part], residual)
        for total, unit in zip(gradients, units, strict=True):
            _add_by(total, unit[part], weighted)
    hessian[np.arange(1, columns), np.arange(1, columns)] += 1 / choices.penalty
    hessians = {held: hessian * (1 - share) for held, share in enumerate(np.bincount(fold) / len(fold))}
    place_fold, slope_variance = (
        _fold_of(municipality, fold, places),
        np.array([f.slope_variance for f in fitted.folds]),
    )
    found = []
    for gradient, unit in zip(gradients, units, strict=True):
        unit_fold = _fold_of(unit, fold, len(gradient))
        variance = _by_unit(hessians, scores, gradient, unit_fold, place_fold) / (1 - choices.calibration_share)
        found.append(variance + predictions.leaning(unit) ** 2 * slope_variance[unit_fold])
    return found


def _by_unit(
    hessians: dict[int, FloatArray], scores: FloatArray, gradient: FloatArray, unit_fold: IntArray, place_fold: IntArray
) -> FloatArray:
    """The variance of every unit, with the training municipalities and the Hessian of its own fold."""
    variance = np.zeros(len(gradient))
    for held, hessian in hessians.items():
        own = unit_fold == held
        training = scores[place_fold != held]
        influence = np.linalg.solve(hessian, gradient[own].T).T @ training.T
        count = len(training)
        variance[own] = (influence**2).sum(axis=1) * count / max(1, count - 1)
    return variance


def _fold_of(unit: IntArray, fold: IntArray, count: int) -> IntArray:
    """The fold of each unit; units lie within a municipality, so within a fold."""
    found = np.zeros(count, dtype=np.int64)
    found[unit[unit >= 0]] = fold[unit >= 0]
    return found


def _add_by(total: FloatArray, codes: IntArray, rows: NDArray[np.floating]) -> None:
    """Add rows to the total of their code; rows with a negative code are left out."""
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0) :]
    if not len(order):
        return
    present, starts = np.unique(codes[order], return_index=True)
    total[present] += np.add.reduceat(rows[order], starts, axis=0)
