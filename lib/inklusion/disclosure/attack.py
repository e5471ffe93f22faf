"""The attack on a finished edition: between which numbers a hidden count must lie, for somebody who reads everything."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array
from scipy.sparse.csgraph import connected_components

from inklusion.disclosure.nodes import AMOUNT, Network

Floats = NDArray[np.float64]
_TOLERANCE = 1e-6
_MIXTURES = 6  # directions that are tried for all hidden cells at once, before each on its own


class ContradictionError(Exception):
    """No table agrees with what is shown."""


def attack(
    network: Network, targets: NDArray[np.bool_], least: Floats, width: float, grain: int = 1
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Bound every hidden cell by linear programs over what is shown.

    Cells that no sum ties together are attacked apart. Each solved program is a whole table that agrees with all that
    is shown, so one program shows for many cells at once that they can be far apart; only for the others the least and
    the greatest number are sought one by one.

    Parameters
    ----------
    network
        Cells and sums with hidden numbers missing.
    targets
        Hidden cells to be bounded; cells that nobody prints are watched too.
    least
        The smallest number that each cell can be.
    width
        How far apart the numbers must be to leave a cell alone.
    grain
        What shown counts are rounded to.

    Returns
    -------
    tuple
        The smallest and the greatest number found for each cell (exact where they are less than ``width`` apart,
        otherwise at least that far apart), and the cells about which the tables contradict each other.
    """
    low, high = np.full(len(network.keys), np.inf), np.full(len(network.keys), -np.inf)
    confused = np.zeros(len(network.keys), dtype=bool)
    for cells, matrix, right, slack in _parts(network, grain):
        upper = np.where(network.is_assumed[cells], 0.0, np.inf)
        watched = np.flatnonzero(targets[cells])
        hints = np.flatnonzero(~network.is_printed[cells] & ~network.is_rest[cells])
        for limits in (upper, np.full(len(cells), np.inf)):
            part = _Part(matrix, right, slack, least[cells], limits)
            try:
                part.bound(watched, hints, width)
            except ContradictionError:
                confused[cells] = True
                continue
            confused[cells] = False
            low[cells], high[cells] = part.low, part.high
            break
    return low, high, confused


def _parts(network: Network, grain: int) -> Iterator[tuple[NDArray[np.int64], csr_array, Floats, Floats]]:
    """Hidden cells that sums tie together: the cells, the sums, what shown cells make of each, and its looseness."""
    unknown = np.flatnonzero(np.isnan(network.value))
    if not len(unknown):
        return
    known = np.where(np.isnan(network.value), 0.0, network.value)
    right = -(network.matrix @ known)
    whole = np.abs(known - np.round(known)) < _TOLERANCE
    is_amount = np.array([key[0].endswith(AMOUNT) for key in network.keys], dtype=bool)
    rounded = 0.0 + (is_amount & ~np.isnan(network.value))  # each shown amount is off by up to half its last decimal
    loose = 0.5 * ((abs(network.matrix) @ (~whole & ~is_amount)) > 0) + 0.0501 * (abs(network.matrix) @ rounded)
    if grain > 1:
        loose = loose + 0.5 * grain * (abs(network.matrix) @ (known != 0))
    ties = network.matrix[:, unknown]
    labels = connected_components(block_array([[None, ties.T], [ties, None]]), directed=False)[1]
    order = np.argsort(labels[: len(unknown)], kind="stable")
    starts = np.flatnonzero(np.diff(labels[: len(unknown)][order], prepend=-1))
    rows_of = csr_array(ties)
    by_column = rows_of.tocsc()
    for places in np.split(order, starts[1:]):
        own = csr_array(by_column[:, places])
        rows = np.flatnonzero(np.diff(own.indptr) > 0)
        yield unknown[places], own[rows], right[rows], loose[rows]


class _Part:
    """One attack: the tables that agree with what is shown, and how far apart each cell was seen in them."""

    def __init__(self, matrix: csr_array, right: Floats, slack: Floats, lower: Floats, upper: Floats) -> None:
        self.sums = LinearConstraint(matrix, right - slack, right + slack)
        self.bounds = Bounds(lower, upper)
        self.is_whole = not slack.any() and bool((np.abs(right - np.round(right)) < _TOLERANCE).all())
        self.low, self.high = np.full(len(lower), np.inf), np.full(len(lower), -np.inf)
        self.ends = lower, upper

    def bound(self, watched: NDArray[np.int64], hints: NDArray[np.int64], width: float) -> None:
        """Spread the watched cells apart, together and then one by one; look closer at differences that seem small."""
        chance = np.random.default_rng(1)
        for mixture in range(_MIXTURES):
            open_cells = watched[self.high[watched] - self.low[watched] < width]
            if not len(open_cells) and mixture:
                break
            signs = np.ones(len(open_cells)) if mixture == 0 else chance.choice([-1.0, 1.0], len(open_cells))
            for sign in (1.0, -1.0):
                self._see(open_cells, sign * signs)
        for cell in watched:
            self._spread(cell, width)
        for cell in hints:
            if self.low[cell] > 0 and self.high[cell] < width + 1:
                self._spread(cell, width + 1)

    def _spread(self, cell: np.int64, width: float) -> None:
        for sign in (-1.0, 1.0):
            if self.high[cell] - self.low[cell] < width:
                self._see(np.array([cell]), np.array([sign]))

    def _see(self, cells: NDArray[np.int64], weights: Floats) -> None:
        """Find the table that makes the weighted sum of some cells smallest, and note where all cells are in it."""
        goal = np.zeros(len(self.low))
        goal[cells] = weights
        point = self._solve(goal, 0)
        if self.is_whole and np.abs(point - np.round(point)).max(initial=0.0) > _TOLERANCE:
            point = self._solve(goal, 1)
        self.low, self.high = np.minimum(self.low, point), np.maximum(self.high, point)

    def _solve(self, goal: Floats, integrality: int) -> Floats:
        result = milp(goal, constraints=self.sums, bounds=self.bounds, integrality=integrality)
        if result.x is None and result.status == 3:  # it can be as large as you like
            ceiling = np.where(np.isinf(self.ends[1]), self.ends[0] + 1e6, self.ends[1])
            bounds = Bounds(self.ends[0], ceiling)
            result = milp(goal, constraints=self.sums, bounds=bounds, integrality=integrality)
        if result.x is None:
            raise ContradictionError
        return np.asarray(result.x, dtype=np.float64)
