"""Covariates as the two models need them: splines and indicators for the logistic, codes and gaps for the trees."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.models.specification import Specification

Matrix = NDArray[np.float32]
_FEW_VALUES = 8


@dataclass(frozen=True)
class Design:
    """Both forms of the covariates, and which columns came from which covariate.

    Attributes
    ----------
    linear
        Standardised columns: cubic splines of numbers, indicators of categories and of missing values.
    trees
        One column per covariate; NaN is missing, categories are codes.
    is_category
        For each column of ``trees`` whether its codes have no order.
    linear_of, trees_of
        Covariate behind each column.
    """

    linear: Matrix
    trees: Matrix
    is_category: NDArray[np.bool_]
    linear_of: tuple[str, ...]
    trees_of: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Design({len(self.trees)} rows, {len(self.trees_of)} covariates, {len(self.linear_of)} linear columns)"


def build_design(covariates: pd.DataFrame, specification: Specification) -> Design:
    """Turn covariates into the columns of both models.

    Parameters
    ----------
    covariates
        Numbers (0/1 for yes and no) and ``category`` columns; missing values are allowed everywhere.
    specification
        Gives knots and the covariates left out.

    Notes
    -----
    Knots and medians come from the covariates of the whole country, never from outcomes: they say how a covariate
    is written down, not how it acts. A missing number is set to the median and has an indicator of its own; in the
    trees a missing value goes to the side that fits best.
    """
    names = [name for name in covariates.columns if name not in specification.left_out]
    columns = [(name, part) for name in names for part in _linear_columns(covariates[name], specification.knots)]
    linear = np.empty((len(covariates), len(columns)), dtype=np.float32)
    for place, (_, column) in enumerate(columns):
        linear[:, place] = column
    trees = np.empty((len(covariates), len(names)), dtype=np.float32)
    for place, name in enumerate(names):
        trees[:, place] = _codes(covariates[name])
    is_category = np.array([isinstance(covariates[name].dtype, pd.CategoricalDtype) for name in names], dtype=bool)
    return Design(linear, trees, is_category, tuple(name for name, _ in columns), tuple(names))


def _linear_columns(values: pd.Series, knots: int) -> list[Matrix]:
    return [standard for column in _raw_columns(values, knots) if (standard := _standardised(column)) is not None]


def _raw_columns(values: pd.Series, knots: int) -> Iterator[Matrix]:
    missing = values.isna().to_numpy()
    if missing.any():
        yield missing.astype(np.float32)
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy()
        common = int(np.bincount(codes[~missing]).argmax()) if not missing.all() else 0
        yield from (
            (codes == level).astype(np.float32) for level in range(len(values.cat.categories)) if level != common
        )
        return
    numbers = values.to_numpy(dtype=np.float32)
    if missing.all():
        return
    numbers = np.where(missing, np.float32(np.nanmedian(numbers)), numbers)
    if len(np.unique(numbers[:: max(1, len(numbers) // 5_000)])) <= _FEW_VALUES:
        yield numbers
    else:
        yield from _splines(numbers, knots)


def _splines(numbers: Matrix, knots: int) -> Iterator[Matrix]:
    """Cubic B-splines with knots at quantiles, straight outside them."""
    from sklearn.preprocessing import SplineTransformer

    places = np.unique(np.quantile(numbers, np.linspace(0, 1, knots)))
    if len(places) < 3:
        yield numbers
        return
    basis = SplineTransformer(knots=places[:, None], degree=3, extrapolation="linear", include_bias=False)
    yield from basis.fit_transform(numbers[:, None].astype(np.float64)).T


def _standardised(column: Matrix) -> Matrix | None:
    spread = float(column.std(dtype=np.float64))
    if spread < 1e-9:
        return None
    return np.asarray((column - column.mean(dtype=np.float64)) / spread, dtype=np.float32)


def _codes(values: pd.Series) -> Matrix:
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values, dtype=np.float32)
    codes: Matrix = np.asarray(values.cat.codes, dtype=np.float32)
    codes[codes < 0] = np.nan
    return codes
