"""The search for cells to hide: one exposed cell after the other, with the cheapest others that let it vary."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from inklusion.disclosure.cells import Cell
from inklusion.disclosure.linear import Room, cheapest_moves
from inklusion.disclosure.nodes import Network
from inklusion.errors import DisclosureError
from inklusion.municipalities import COUNTRY

NEAR, TOTALS, ANYWHERE = range(3)


class Search:
    """Hidden cells so far, and how far each has been seen to vary in tables that a reader cannot tell from the true one.

    Parameters
    ----------
    network
        All cells and sums, with every number known.
    followers
        Cells that are hidden with another: what is counted among a hidden denominator, full-year pupils with pupils.
    known
        Cells that earlier editions have shown: nothing can hide behind them.
    width
        How far apart the smallest and the largest possible number must be.
    """

    def __init__(
        self, network: Network, followers: Mapping[int, set[int]], known: Iterable[Cell], width: float
    ) -> None:
        self.network, self.followers, self.width = network, followers, width
        self.hidden = np.zeros(len(network.keys), dtype=bool)
        self.least = network.least.copy()
        self.lowest, self.highest = np.zeros(len(network.keys)), np.zeros(len(network.keys))
        before = set(known)
        self.shown_before = np.array([key in before for key in network.keys], dtype=bool)
        self.is_whole = np.array([key[0].startswith("n: ") for key in network.keys], dtype=bool)
        self.is_country = np.array([key[2] == COUNTRY for key in network.keys], dtype=bool)
        loss = np.where(network.is_printed, 1.0 + np.sqrt(np.maximum(network.value, 0.0)), 0.0)
        loss = loss * np.where(self.is_country, 10.0, np.where(network.is_total, 3.0, 1.0))
        self.cost = loss.copy()
        for place, others in followers.items():
            self.cost[place] += loss[list(others)].sum()
        self._columns = csc_array(network.matrix)
        self._labels: dict[tuple[int, bool], NDArray[np.int64]] = {}
        self._rooms: dict[tuple[int, bool, int], tuple[NDArray[np.int64], csr_array]] = {}

    @property
    def is_safe(self) -> NDArray[np.bool_]:
        """Cells that have been seen to vary widely enough."""
        return np.asarray(self.highest - self.lowest >= self.width)

    def hide(self, places: Iterable[int]) -> None:
        """Hide cells and all that are hidden with them."""
        waiting = [place for place in places if not self.hidden[place]]
        while waiting:
            place = waiting.pop()
            if self.hidden[place]:
                continue
            for key in [key for key in self._labels if self._labels[key][place] < 0]:
                del self._labels[key]
                self._rooms = {room: kept for room, kept in self._rooms.items() if room[:2] != key}
            self.hidden[place] = True
            self.cost[place] = 0.0
            if self.network.value[place] < self.least[place]:
                self.least[place] = 0.0
            waiting += [other for other in self.followers.get(place, ()) if not self.hidden[other]]

    def protect(self, places: NDArray[np.int64]) -> None:
        """Hide what is needed so that each of the places can be enough different numbers."""
        for place in places[np.lexsort((places, -self.network.value[places]))]:
            if self.highest[place] - self.lowest[place] < self.width:
                self._protect_one(int(place))

    def _protect_one(self, place: int) -> None:
        for reach in (NEAR, TOTALS, ANYWHERE):
            cells, matrix = self._room(reach, place)
            if not len(cells):
                continue
            at = int(np.searchsorted(cells, place))
            room = Room(
                matrix, self.least[cells] - self.network.value[cells], np.full(len(cells), np.inf), self.cost[cells]
            )
            moved = cheapest_moves(room, at, self.width)
            if moved is not None:
                self._accept(place, cells, moved[1])
                return
        raise DisclosureError(
            "A hidden number can be worked out and nothing is left to hide it behind: earlier editions show what would "
            "have to be hidden now. Release these numbers for another period or in larger units, or do not release them."
        )

    def _accept(self, place: int, cells: NDArray[np.int64], changes: NDArray[np.float64]) -> None:
        moving = cells[(changes != 0).any(axis=0)]
        self.hide(moving[self.network.is_printed[moving]])
        seen = np.array([place]) if self.network.is_rest[place] else cells
        changes = changes[:, np.searchsorted(cells, seen)]
        self.lowest[seen] = np.minimum(self.lowest[seen], changes.min(axis=0))
        self.highest[seen] = np.maximum(self.highest[seen], changes.max(axis=0))

    def _room(self, reach: int, place: int) -> tuple[NDArray[np.int64], csr_array]:
        """The cells that may vary together with one, and their sums; none where it is held fast itself."""
        with_rest = bool(self.network.is_rest[place])
        if (reach, with_rest) not in self._labels:
            self._labels[reach, with_rest] = self._components(~self._is_fast(reach, with_rest=with_rest))
        labels = self._labels[reach, with_rest]
        label = int(labels[place])
        if label < 0:
            return np.array([], dtype=np.int64), self.network.matrix[:0, :0]
        if (reach, with_rest, label) not in self._rooms:
            cells = np.flatnonzero(labels == label)
            own = csr_array(self._columns[:, cells])
            self._rooms[reach, with_rest, label] = cells, own[np.diff(own.indptr) > 0]
        return self._rooms[reach, with_rest, label]

    def _is_fast(self, reach: int, *, with_rest: bool) -> NDArray[np.bool_]:
        """Cells that cannot vary: shown zeros, earlier editions, remainders, and what is not yet within reach."""
        network = self.network
        shown = network.is_printed & ~self.hidden
        fast = self.shown_before | (shown & (network.value < self.least))
        if not with_rest:
            fast |= network.is_rest
        if reach < ANYWHERE:
            fast |= shown & (self.is_whole | self.is_country)
        if reach < TOTALS:
            fast |= shown & network.is_total
        return np.asarray(fast)

    def _components(self, active: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Which of the cells that can vary are tied together by sums; -1 for the others."""
        places = np.flatnonzero(active)
        ties = self._columns[:, places]
        both = block_array([[None, ties.T], [ties, None]])
        labels = np.full(len(active), -1, dtype=np.int64)
        labels[places] = connected_components(both, directed=False)[1][: len(places)]
        return labels
