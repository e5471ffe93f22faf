"""Cross-fitting: every municipality is predicted by a model that never saw it, nor anybody who lived there."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inklusion.errors import ModelError
from inklusion.measures._checks import FloatArray
from inklusion.measures.calibration import calibration_line, log_loss
from inklusion.models.design import Design
from inklusion.models.folds import IntArray, Split, municipality_folds, split
from inklusion.models.predictions import Predictions
from inklusion.models.specification import Kind, Specification

Outcome = NDArray[np.bool_]
_EVERY = 5


@dataclass(frozen=True)
class Places:
    """Codes (0 and up) of municipality, pupil and family of every row."""

    municipality: IntArray
    pupil: IntArray
    family: IntArray


@dataclass(frozen=True)
class Fold:
    """What became of one fold: rows of each part, the calibration that was applied, and the fitted model."""

    held: int
    fit: int
    calibration: int
    dropped: int
    intercept: float
    slope: float
    slope_variance: float
    model: Any

    def __repr__(self) -> str:
        return f"Fold({self.held} held, {self.fit} fitted, {self.calibration} calibrated, {self.dropped} dropped)"


@dataclass(frozen=True)
class CrossFit:
    """One kind of model, cross-fitted."""

    kind: Kind
    predictions: Predictions
    fold: IntArray
    folds: tuple[Fold, ...]
    log_loss: float

    def __repr__(self) -> str:
        return f"CrossFit({self.kind}, {len(self.predictions)} rows, log loss {self.log_loss:.5f})"


def cross_fit(design: Design, outcome: Outcome, places: Places, specification: Specification) -> dict[Kind, CrossFit]:
    """Fit and calibrate every kind of model on the same folds.

    Parameters
    ----------
    design
        Both forms of the covariates.
    outcome
        Whether each row's pupil is in segregated provision.
    places
        Who belongs together; decides folds and who is dropped from training.
    specification
        The choices.

    Returns
    -------
    dict
        Cross-fits by kind, in the order of ``specification.models``.

    Raises
    ------
    ModelError
        When a training part holds nobody with the outcome, or nobody without.

    Notes
    -----
    Calibration: ``logit(p) = a + b · logit(f)``. The slope b comes from training municipalities that the fit never
    saw, for a fit is too sure of its own rows; the intercept a makes the mean prediction of all training rows equal
    to their observed share. Ten municipalities alone would carry their own practice into the level of everybody.
    """
    fold = municipality_folds(places.municipality, specification.folds, seed=specification.seed)
    clusters = (places.pupil, places.family)
    splits = [
        split(fold, held, places.municipality, clusters, share=specification.calibration_share, seed=specification.seed)
        for held in range(specification.folds)
    ]
    return {kind: _cross_fit(kind, design, outcome, fold, splits, specification) for kind in specification.models}


def best(fitted: dict[Kind, CrossFit]) -> CrossFit:
    """The cross-fit with the lowest out-of-fold log loss; the first of equals."""
    return min(fitted.values(), key=lambda one: one.log_loss)


def calibrated(fitted: CrossFit, columns: NDArray[np.float32]) -> FloatArray:
    """Probabilities of other covariates for the same rows, each row by its own fold's model."""
    probability = np.empty(len(columns))
    for held, one in enumerate(fitted.folds):
        rows = fitted.fold == held
        probability[rows] = _share(one.intercept + one.slope * _log_odds(one.model, columns[rows]))
    return probability


def without(specification: Specification, covariates: list[str]) -> Specification:
    """The same choices without some covariates."""
    return replace(specification, left_out=tuple(dict.fromkeys((*specification.left_out, *covariates))))


def _cross_fit(
    kind: Kind, design: Design, outcome: Outcome, fold: IntArray, splits: list[Split], specification: Specification
) -> CrossFit:
    from threadpoolctl import threadpool_limits

    probability = np.full(len(outcome), np.nan)
    columns = design.linear if kind == "logistic" else design.trees
    folds = []
    with threadpool_limits(1, user_api="blas"):
        for parts in splits:
            _require_both(outcome, parts)
            model = _FITS[kind](design, outcome, parts, specification)
            seen = _log_odds(model, columns[np.flatnonzero(parts.fit)[::_EVERY]])
            unseen = _log_odds(model, columns[parts.calibration])
            slope = calibration_line(outcome[parts.calibration], _share(unseen)).slope
            slope = slope if np.isfinite(slope) and slope > 0 else 1.0
            intercept = _intercept(slope, seen, unseen, float(outcome[parts.calibration].sum()))
            probability[parts.held] = _share(intercept + slope * _log_odds(model, columns[parts.held]))
            held, fit, kept = (int(rows.sum()) for rows in (parts.held, parts.fit, parts.calibration))
            unsure = 1 / _information(slope * unseen)
            folds.append(Fold(held, fit, kept, len(outcome) - held - fit - kept, intercept, slope, unsure, model))
    return CrossFit(kind, Predictions(probability, outcome), fold, tuple(folds), log_loss(outcome, probability))


def _fit_logistic(design: Design, outcome: Outcome, parts: Split, specification: Specification) -> Any:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=specification.penalty, max_iter=500, tol=1e-4)
    return model.fit(design.linear[parts.fit], outcome[parts.fit])


def _fit_boosting(design: Design, outcome: Outcome, parts: Split, specification: Specification) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=specification.learning_rate,
        max_iter=specification.iterations,
        max_leaf_nodes=specification.leaves,
        min_samples_leaf=specification.smallest_leaf,
        categorical_features=design.is_category,
        early_stopping=True,
        random_state=specification.seed,
    )
    kept = parts.calibration
    return model.fit(
        design.trees[parts.fit], outcome[parts.fit], X_val=design.trees[kept], y_val=outcome[kept]
    )  # fmt: skip


_FITS: dict[Kind, Callable[[Design, Outcome, Split, Specification], Any]] = {
    "logistic": _fit_logistic,
    "boosting": _fit_boosting,
}


def _log_odds(model: Any, columns: NDArray[np.float32]) -> FloatArray:
    return np.asarray(model.decision_function(columns), dtype=np.float64).clip(-20, 20)


def _share(log_odds: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(log_odds), dtype=np.float64)


def _intercept(slope: float, seen: FloatArray, unseen: FloatArray, events: float) -> float:
    """The intercept that makes expected equal observed over all training rows, by Newton's method.

    Both models reproduce the observed count of the rows they were fitted on; what the slope changes there is measured
    on every fifth of those rows (``seen``). ``unseen`` are the rows kept for calibration, with their ``events``.
    """
    score = slope * np.concatenate([seen, unseen])
    weight = np.concatenate([np.full(len(seen), float(_EVERY)), np.ones(len(unseen))])
    events += _EVERY * float(_share(seen).sum())
    intercept = 0.0
    for _ in range(50):
        share = _share(intercept + score)
        step = (events - weight @ share) / (weight @ (share * (1 - share)))
        intercept += float(np.clip(step, -2, 2))
        if abs(step) < 1e-10:
            break
    return intercept


def _information(score: FloatArray) -> float:
    """Fisher information on a multiplier of the log-odds beside a free intercept."""
    weight = _share(score) * (1 - _share(score))
    centred = score - np.average(score, weights=weight)
    return max(float((weight * centred**2).sum()), 1e-9)


def _require_both(outcome: Outcome, parts: Split) -> None:
    for name, rows in (("fit", parts.fit), ("calibration", parts.calibration)):
        share = outcome[rows].mean() if rows.any() else 0.0
        if not 0 < share < 1:
            raise ModelError(
                f"The {name} part of a fold has {int(rows.sum())} rows and {'no' if share == 0 else 'only'} pupils in "
                "segregated provision. Use fewer folds or more years."
            )
