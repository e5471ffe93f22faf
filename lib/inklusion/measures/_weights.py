"""Shared check of weights; the message says what was seen and what is allowed."""

import numpy as np
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_sizes


def checked_base(weights: ArrayLike | None, size: int) -> FloatArray:
    """Return weights over 0 as floats, 1 for each without; raise ValueError otherwise."""
    found = np.ones(size) if weights is None else np.array(np.ravel(checked_sizes(weights, "weights")))
    if found.size != size:
        raise ValueError(f"weights has {found.size} values for {size} respondents; allowed is one for each")
    if not (found > 0).all():
        raise ValueError(f"weights has {int((~(found > 0)).sum())} that are missing or 0; allowed are numbers over 0")
    return found
