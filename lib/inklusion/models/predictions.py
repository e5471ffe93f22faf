"""Out-of-fold probabilities that never leave: only sums over groups come out."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.errors import DisclosureError
from inklusion.measures import calibration
from inklusion.measures._checks import FloatArray
from inklusion.measures.heterogeneity import design_effect

T = TypeVar("T")
FEWEST = 5
Codes = NDArray[np.int64]


class Predictions:
    """Probability and outcome of every row, and the only ways out: sums, counts and whole-nation statistics.

    The object shows its size only, cannot be pickled, copied into a table or read row by row, and refuses to sum
    over fewer than ``FEWEST`` pupils.
    """

    __slots__ = ("__outcome", "__probability", "__weight")

    def __init__(self, probability: FloatArray, outcome: NDArray[np.bool_]) -> None:
        if np.isnan(probability).any() or (probability < 0).any() or (probability > 1).any():
            raise ValueError("a probability is missing or outside 0 to 1")
        self.__probability = probability
        self.__outcome = outcome.astype(np.float64)
        self.__weight = probability * (1 - probability)

    def __len__(self) -> int:
        return len(self.__probability)

    def __repr__(self) -> str:
        return f"Predictions({len(self)} rows; single values are never shown)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise DisclosureError("Probabilities of single pupils do not leave the process that sums them.")

    def sums(self, unit: Codes, *, rows: NDArray[np.bool_] | None = None) -> pd.DataFrame:
        """Pupils, observed, expected, Σp² and Σp³ by unit code (0 and up; negative codes are left out).

        Raises
        ------
        DisclosureError
            Never for small units: they come back with missing sums, for a sum over fewer than ``FEWEST`` pupils
            is nearly a pupil's own probability.
        """
        kept = unit >= 0 if rows is None else (unit >= 0) & rows
        codes = unit[kept]
        count = np.bincount(codes)
        parts = {
            "observed": self.__outcome[kept],
            "expected": self.__probability[kept],
            "squared": self.__probability[kept] ** 2,
            "cubed": self.__probability[kept] ** 3,
        }
        table = pd.DataFrame({name: np.bincount(codes, values) for name, values in parts.items()})
        table.insert(0, "pupils", count)
        table.loc[count < FEWEST, ["expected", "squared", "cubed"]] = np.nan
        return table

    def bands(self, unit: Codes, edges: ArrayLike, *, rows: NDArray[np.bool_]) -> pd.DataFrame:
        """Number of pupils by unit and probability band (``edges[b] <= p < edges[b + 1]``)."""
        inner = np.asarray(edges, dtype=np.float64)[1:-1]
        band = np.searchsorted(inner, self.__probability[rows], side="right")
        table = pd.crosstab(unit[rows], band).reindex(columns=range(len(inner) + 1), fill_value=0)
        return table.rename_axis(index=None, columns=None)

    def most_exposed(self, share: float, unit: Codes, *, rows: NDArray[np.bool_]) -> pd.DataFrame:
        """Pupils and, among them, those in the country's most exposed part (the highest ``share`` of ``rows``)."""
        cut = np.quantile(self.__probability[rows], 1 - share)
        chosen = self.__probability[rows] >= cut
        count = np.bincount(unit[rows])
        return pd.DataFrame({"pupils": count, "exposed": np.bincount(unit[rows], chosen).astype(np.int64)})

    def reached_by_score(self, shares: ArrayLike, later: NDArray[np.bool_], *, rows: NDArray[np.bool_]) -> FloatArray:
        """Part of later need among the ``shares`` of pupils with the highest probabilities."""
        order = np.argsort(-self.__probability[rows], kind="stable")
        found = np.cumsum(later[rows][order]) / max(1, int(later[rows].sum()))
        places = np.maximum(1, np.round(np.asarray(shares, dtype=np.float64) * len(order)).astype(int)) - 1
        return np.asarray(found[places], dtype=np.float64)

    def design_effect(self, cluster: Codes, *, rows: NDArray[np.bool_]) -> float:
        """How much more the count of the rows varies because a cluster's pupils go together."""
        return design_effect((self.__outcome - self.__probability)[rows], cluster[rows])

    def measure(self, statistic: Callable[[FloatArray, FloatArray], T], *, rows: NDArray[np.bool_] | None = None) -> T:
        """A statistic of outcome and probability over at least 100 rows, from :mod:`inklusion.measures.calibration`."""
        if vars(calibration).get(getattr(statistic, "__name__", "")) is not statistic:
            raise DisclosureError("Only the statistics of inklusion.measures.calibration see single probabilities.")
        kept = slice(None) if rows is None else rows
        if len(self.__probability[kept]) < 100:
            raise DisclosureError("A statistic of the model needs at least 100 pupils.")
        found: T = statistic(self.__outcome[kept], self.__probability[kept])
        return found

    def leaning(self, unit: Codes) -> FloatArray:
        """Σ p(1 − p)(l − mean l) by unit code, with l the log-odds: how the unit's sum answers to the slope."""
        bounded = self.__probability.clip(1e-9, 1 - 1e-9)
        log_odds = np.log(bounded / (1 - bounded))
        centred = self.__weight * (log_odds - np.average(log_odds, weights=self.__weight))
        kept = unit >= 0
        return np.asarray(np.bincount(unit[kept], centred[kept], minlength=int(unit.max()) + 1), dtype=np.float64)

    def weighted(self, matrix: NDArray[np.float32], part: slice) -> tuple[FloatArray, FloatArray]:
        """Columns of the rows in ``part`` times p(1 − p) and times the residual, for the model's own variance."""
        weight = self.__weight[part, None]
        residual = (self.__outcome[part] - self.__probability[part])[:, None]
        return matrix * weight, matrix * residual
