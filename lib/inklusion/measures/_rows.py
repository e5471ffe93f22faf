"""Shared by the models with a random intercept: rows that can be used, and the table of coefficients."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray


def complete_rows(
    values: FloatArray, predictors: pd.DataFrame, group: ArrayLike
) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    """Return outcome, design with intercept and group number of the complete rows; raise ValueError for what fails."""
    x = np.column_stack([np.ones(len(predictors)), predictors.to_numpy(dtype=np.float64)])
    codes, _ = pd.factorize(np.ravel(np.asarray(group)))
    if not values.shape[-1] == len(x) == codes.size:
        sizes = f"{len(x)} rows of predictors and {codes.size} groups"
        raise ValueError(f"{sizes} are given for {values.shape[-1]} outcomes; allowed is one of each per outcome")
    if np.isinf(values).any() or np.isinf(x).any():
        raise ValueError("outcome or predictors has an infinite value; allowed are finite numbers, or NaN")
    known = ~np.isnan(np.atleast_2d(values).sum(axis=0)) & ~np.isnan(x.sum(axis=1)) & (codes >= 0)
    values, x = values[..., known], x[known]
    codes, names = pd.factorize(codes[known])
    if len(names) < 2:
        raise ValueError(f"group has {len(names)} groups with complete rows; a random intercept needs at least 2")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError("predictors determine one another; allowed are columns that none of the others make up")
    return values, x, codes


def coefficient_table(predictors: pd.DataFrame, estimate: FloatArray, error: FloatArray, reach: Any) -> pd.DataFrame:
    terms = ["intercept", *map(str, predictors.columns)]
    limits = {"lower": estimate - reach, "upper": estimate + reach}
    return pd.DataFrame({"term": terms, "estimate": estimate, "standard_error": error, **limits})


def standardised(design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a design with intercept, its other columns with mean 0 and SD 1, and what turns coefficients back."""
    centre, spread = design[:, 1:].mean(axis=0), design[:, 1:].std(axis=0)
    scaled = np.column_stack([design[:, 0], (design[:, 1:] - centre) / spread])
    back = np.diag([1.0, *(1 / spread)])
    back[0, 1:] = -centre / spread
    return scaled, back
