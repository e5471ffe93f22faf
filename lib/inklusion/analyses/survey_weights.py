"""Weights for who answered: grades and sexes count as among those asked, as finely as the answers allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.measures.weighted import WeightedMean, weighted_mean
from inklusion.measures.weighting import design_effect, poststratification_weights
from inklusion.surveys import Survey

FEWEST = 5
_LEVELS = (("grade", "sex"), ("phase", "sex"), ("phase",), ())
_FIRST_OF_UPPER = 7
Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class PupilWeights:
    """A weight for each respondent with a score, 0 for the others, and the stratum that it was made in."""

    weights: Floats
    stratum: Codes

    def mean(self, scores: Floats, index: Codes, *, clusters: Codes | None = None) -> WeightedMean:
        """The weighted mean of some respondents.

        The weights are not taken as fixed, but with clusters they are: strata lie within municipalities, and to take their
        means out would take most of what differs between schools out of the error too.
        """
        chosen = index[self.weights[index] > 0]
        return weighted_mean(
            scores[chosen],
            self.weights[chosen],
            margins=pd.DataFrame({"stratum": self.stratum[chosen]}) if clusters is None else None,
            clusters=None if clusters is None else clusters[chosen],
        )

    def design_effect(self, index: Codes) -> float:
        """Kish's design effect of the weights of some respondents."""
        return design_effect(self.weights[index][self.weights[index] > 0])


def pupil_weights(survey: Survey, scores: Floats, places: Mapping[Any, Codes]) -> PupilWeights:
    """Post-stratify each municipality and year to the frame.

    The strata are the finest of grade and sex, phase (grades 0-6 and 7-10) and sex, phase, and nothing, in which every
    stratum of those asked has at least ``FEWEST`` respondents with a score; a column that the frame leaves empty divides nothing.
    """
    weights, stratum = np.zeros(len(scores)), np.full(len(scores), -1)
    people, frame = _phased(survey.responses), _phased(survey.frame)
    asked = dict(iter(frame.groupby(["municipality", "year"], observed=True)))
    known = ~np.isnan(scores)
    taken = 0
    for key, index in places.items():
        scored = index[known[index]]
        if len(scored):
            labels, totals = _finest(people.iloc[scored], asked[key])
            codes, names = pd.factorize(labels)
            weights[scored] = poststratification_weights(codes, {code: totals[name] for code, name in enumerate(names)})
            stratum[scored] = taken + codes
            taken += len(names)
    return PupilWeights(weights, stratum)


def _finest(people: pd.DataFrame, asked: pd.DataFrame) -> tuple[pd.Series, dict[str, float]]:
    for columns in _LEVELS:
        mine, theirs = _labels(people, columns), _labels(asked, columns)
        totals = asked["invited"].groupby(theirs.to_numpy()).sum()
        totals = totals[totals > 0]
        counts = mine.value_counts().reindex(totals.index, fill_value=0)
        if set(mine) <= set(totals.index) and (counts.min() >= FEWEST or not columns):
            return mine, {str(name): float(total) for name, total in totals.items()}
    raise ValueError("respondents with a score in a municipality and year of which the frame asks nobody")


def _labels(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    label = pd.Series("", index=table.index)
    for name in columns:
        label = label + "|" + table[name].astype("str").fillna("")
    return label


def _phased(table: pd.DataFrame) -> pd.DataFrame:
    grade = table["grade"].astype("Float64").to_numpy(dtype=float, na_value=-1.0)
    phase = np.where(grade < 0, "", np.where(grade >= _FIRST_OF_UPPER, "upper", "lower"))
    return table[[name for name in ("municipality", "year", "sex", "invited") if name in table]].assign(
        grade=grade, phase=phase
    )
