"""Covariates that may not reach the fit: those that hold the answer, and those that tell where a pupil lives."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.errors import ModelError
from inklusion.measures._checks import FloatArray
from inklusion.models.folds import IntArray

MOST_CORRELATED = 0.8
MOST_PLACED = 0.8
_FEWEST = 30


def require_no_answer(covariates: pd.DataFrame, outcome: NDArray[np.bool_], *, left_out: tuple[str, ...] = ()) -> None:
    """Refuse a covariate whose values, levels or gaps follow the outcome almost completely.

    Parameters
    ----------
    covariates
        As delivered; a category is looked at level by level.
    outcome
        Whether each row's pupil is in segregated provision.
    left_out
        Covariates that no model uses.

    Raises
    ------
    ModelError
        Names the covariate when a correlation with the outcome exceeds ``MOST_CORRELATED``: next year's placement,
        the special school's transport or its own code hold the answer, whatever they are called.
    """
    happened = outcome.astype(np.float64)
    for name, values in _columns(covariates, left_out):
        if abs(_correlation(values, happened)) > MOST_CORRELATED:
            raise ModelError(
                f"Covariate '{name}' follows the outcome almost completely (correlation above {MOST_CORRELATED}). It was "
                "probably recorded after, or because of, the placement. Leave it out of the dictionary, or replace it "
                "by its value from before the school year."
            )


def require_no_place(
    covariates: pd.DataFrame, municipality: IntArray, district: IntArray, *, left_out: tuple[str, ...] = ()
) -> None:
    """Refuse a covariate that tells municipality or district: with it, a place would set its own norm.

    Raises
    ------
    ModelError
        Names the covariate when more than ``MOST_PLACED`` of its variance lies between municipalities or between
        districts: a dummy, a municipal tax rate, a school's mean.
    """
    for name, values in _columns(covariates, left_out):
        for word, codes in (("municipalities", municipality), ("districts", district)):
            if _between(values, codes) > MOST_PLACED:
                raise ModelError(
                    f"Covariate '{name}' differs almost only between {word} (more than {MOST_PLACED:.0%} of its variance). "
                    "It would let a place set its own norm. Leave it out of the dictionary."
                )


def _columns(covariates: pd.DataFrame, left_out: tuple[str, ...]) -> Iterator[tuple[str, FloatArray]]:
    """Every number, every level of a category, and every pattern of gaps, as numbers with NaN."""
    for name in covariates.columns:
        if name in left_out:
            continue
        values = covariates[name]
        missing = values.isna().to_numpy()
        if _FEWEST <= missing.sum() <= len(missing) - _FEWEST:
            yield name, missing.astype(np.float64)
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes = values.cat.codes.to_numpy()
            for level in np.flatnonzero(np.bincount(codes[~missing]) >= _FEWEST):
                yield name, np.where(missing, np.nan, codes == level)
        else:
            yield name, values.to_numpy(dtype=np.float64)


def _correlation(values: FloatArray, outcome: FloatArray) -> float:
    known = ~np.isnan(values)
    if known.all():
        x, y = values - values.mean(), outcome - outcome.mean()
    else:
        x, y = values[known] - values[known].mean() if known.any() else values[:0], outcome[known]
        y = y - y.mean() if len(y) else y
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else 0.0


def _between(values: FloatArray, codes: IntArray) -> float:
    """Share of the variance that lies between groups, less what chance alone gives so many groups."""
    known = ~np.isnan(values)
    x, groups = values[known], codes[known]
    if len(x) < _FEWEST:
        return 0.0
    x = x - x.mean()
    total = float(x @ x)
    count = np.bincount(groups)
    present = count > 0
    between = float((np.bincount(groups, x)[present] ** 2 / count[present]).sum())
    free = len(x) - int(present.sum())
    if total <= 0 or free <= 0:
        return 0.0
    return 1 - (total - between) / free / (total / (len(x) - 1))
