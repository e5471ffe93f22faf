"""Shared input checks; every message says what was seen and what is allowed."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def checked_counts(values: ArrayLike, name: str) -> FloatArray:
    """Return counts as floats (NaN kept); raise ValueError unless all are whole numbers of 0 or more."""
    counts = np.asarray(values, dtype=np.float64)
    wrong = ~np.isnan(counts) & ~((counts >= 0) & np.isfinite(counts) & (counts == np.floor(counts)))
    if wrong.any():
        raise ValueError(f"{name} has {counts[wrong][0]:g}; allowed are whole numbers of 0 or more, or NaN")
    return counts


def checked_pair(numerator: ArrayLike, denominator: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both as counts of one shape, taken by position; raise ValueError if a part exceeds its whole."""
    parts, wholes = checked_counts(numerator, "numerator"), checked_counts(denominator, "denominator")
    parts, wholes = np.broadcast_arrays(parts, wholes)
    wrong = parts > wholes
    if wrong.any():
        raise ValueError(
            f"numerator {parts[wrong][0]:g} exceeds denominator {wholes[wrong][0]:g}; "
            "allowed is numerator <= denominator"
        )
    return parts, wholes


def checked_fraction(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1; raise ValueError otherwise."""
    if not 0 < value < 1:
        raise ValueError(f"{name} is {value!r}; allowed is a number between 0 and 1, both excluded")
    return float(value)


def divided(parts: FloatArray, wholes: FloatArray) -> FloatArray:
    """Return parts / wholes, NaN where the whole is 0 or missing."""
    return parts / np.where(wholes > 0, wholes, np.nan)


def checked_sizes(values: ArrayLike, name: str) -> FloatArray:
    """Return sizes, whole or broken, as floats (NaN kept); raise ValueError for one below 0 or without end."""
    sizes = np.asarray(values, dtype=np.float64)
    wrong = (sizes < 0) | np.isinf(sizes)
    if wrong.any():
        raise ValueError(f"{name} has {sizes[wrong][0]:g}; allowed are finite numbers of 0 or more, or NaN")
    return sizes
