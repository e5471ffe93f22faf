"""Linear programs over hidden cells, solved by HiGHS: the cheapest way to let one vary, and how far each can."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, hstack

Floats = NDArray[np.float64]
_WHOLE = 1e-6


@dataclass(frozen=True)
class Room:
    """Cells that may vary together: the sums they keep, how far each may fall and rise, and what each costs."""

    matrix: csr_array
    lower: Floats
    upper: Floats
    cost: Floats


def cheapest_moves(room: Room, at: int, width: float) -> tuple[float, Floats] | None:
    """The cheapest change, or pair of changes, that lets one cell take values ``width`` apart.

    Minimises the sum of cost times absolute change subject to all sums (Kelly, Golden & Assad 1992; Fischetti & Salazar
    2001): one change upwards or downwards, else one of each. A solution in fractions is sought again in whole numbers.

    Returns
    -------
    tuple
        Its cost, and one row of changes for each possible table; nothing when no change is possible.
    """
    found: list[tuple[float, Floats]] = []
    for step in (width, -width):
        if room.lower[at] <= step <= room.upper[at] and not (found and found[0][0] == 0):
            moved = _solve(room, *_fixed(room, at, step))
            found += [moved] if moved else []
    if not found:
        both = _paired(room)
        apart = np.zeros(both.matrix.shape[1])
        apart[[at, at + len(room.cost)]] = 1.0, -1.0
        moved = _solve(both, csr_array(apart[np.newaxis]), np.array([width]))
        return (moved[0], moved[1].reshape(2, -1)) if moved else None
    cost, change = min(found, key=lambda pair: pair[0])
    return cost, change[np.newaxis]


def _fixed(room: Room, at: int, step: float) -> tuple[csr_array, Floats]:
    row = csr_array(([1.0], ([0], [at])), shape=(1, len(room.cost)))
    return row, np.array([step])


def _paired(room: Room) -> Room:
    """Two changes side by side."""
    twice = {name: np.tile(getattr(room, name), 2) for name in ("lower", "upper", "cost")}
    return Room(csr_array(block_array([[room.matrix, None], [None, room.matrix]])), **twice)


def _solve(room: Room, extra: csr_array, right: Floats) -> tuple[float, Floats] | None:
    """Least cost of a change that keeps all sums and the extra equations, in whole numbers."""
    priced = np.flatnonzero(room.cost > 0)
    matrix = csr_array(block_array([[room.matrix], [extra]]))
    wide = csr_array(hstack([matrix, -matrix[:, priced]]))
    fall = -np.maximum(room.lower[priced], -np.inf)
    lower = np.concatenate([np.where(room.cost > 0, 0.0, room.lower), np.zeros(len(priced))])
    upper = np.concatenate([room.upper, fall])
    cost = np.concatenate([room.cost, room.cost[priced]])
    sums = np.concatenate([np.zeros(room.matrix.shape[0]), right])
    solved = optimum(cost, wide, sums, lower, upper)
    if solved is None:
        return None
    change = solved[: len(room.cost)].copy()
    change[priced] -= solved[len(room.cost) :]
    return float(room.cost @ np.abs(change)), change


def optimum(cost: Floats, matrix: csr_array, right: Floats, lower: Floats, upper: Floats) -> Floats | None:
    """The cheapest point in whole numbers, or nothing when there is none.

    A corner of these programs is nearly always whole; integer programming decides where it is not.
    """
    constraints = LinearConstraint(matrix, right, right)
    for integrality in (0, 1):
        result = milp(cost, constraints=constraints, bounds=Bounds(lower, upper), integrality=integrality)
        if result.x is None:
            return None
        if np.abs(result.x - np.round(result.x)).max(initial=0.0) < _WHOLE:
            return np.asarray(np.round(result.x), dtype=np.float64)
    return None
