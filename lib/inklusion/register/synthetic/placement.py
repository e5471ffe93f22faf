"""From probabilities to places: where each pupil is taught in each grade, with how much support, at which school."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from inklusion.contracts.register import PLACEMENTS, SEGREGATED, SUPPORT_LIMIT
from inklusion.register.synthetic.calibration import calibration, target
from inklusion.register.synthetic.draws import Scores
from inklusion.register.synthetic.places import Places
from inklusion.register.synthetic.population import Population
from inklusion.register.synthetic.risk import GRADE, Vector
from inklusion.register.synthetic.streams import Flags, Floats, Streams

IDS = tuple(PLACEMENTS)
ABSENT = -1
ORDINARY, INTERMEDIATE, FIRST_SEGREGATED = 0, 1, 2
_PUPILS_PER_PROVISION = {
    "special_school": 3_000,
    "day_treatment": 9_000,
    "internal_school": 20_000,
    "residential": 15_000,
}
_SCHOOL_NAMES = {
    "special_school": "Specialskole",
    "day_treatment": "Dagbehandling",
    "internal_school": "Intern skole",
    "residential": "Anbringelsessted",
}
_SPECIAL_CLASSES_EVERY = 4
_OTHER_SCHOOL_SHARE = 0.08


@dataclass(frozen=True)
class Paths:
    """Each pupil's place in each grade (columns 0-10) from school start to the register's last year.

    Attributes
    ----------
    place
        Index into ``PLACEMENTS``; ``ABSENT`` before arrival and after the last year seen.
    supported
        Support in an ordinary or intermediate class: 0 none, 1 up to 9 hours, 2 more.
    """

    place: NDArray[np.int8]
    supported: NDArray[np.int8]


def draw_paths(population: Population, odds: Vector, away: Flags, streams: Streams) -> Paths:
    """Draw all grades of all pupils, one grade after the other.

    Parameters
    ----------
    odds
        Log-odds of segregated placement of each row, practice and hidden covariate included.
    away
        Whether the pupil of each row is placed outside the home; then a provision outside ordinary schools is likelier.

    Notes
    -----
    A pupil is segregated when a uniform number lies below the probability. The number changes little from grade to
    grade (a normal autoregression), so a placement mostly lasts, while each year's share is exactly the
    probability. The band just above is support in ordinary class, some of it in an intermediate form. Grades before
    the register's first year get the first row's log-odds with the grade's own term.
    """
    wanted = calibration()["provision"]
    pupils, grades = len(population.pupil_family), len(GRADE)
    probability, seen = _probabilities(population, odds)
    over = target("segregated_or_over_9_hours") - target("segregated")
    width = (over + wanted["support_up_to_9_hours"]) / float((expit(odds) * (1 - expit(odds))).mean())
    near = streams.uniform("intermediate", pupils) < wanted["intermediate"] / (over + wanted["support_up_to_9_hours"])
    place = np.full((pupils, grades), ABSENT, dtype=np.int8)
    supported = np.zeros((pupils, grades), dtype=np.int8)
    state = streams.normal("state: start", pupils)
    kind = streams.uniform("provision: start", pupils)
    outside = np.bincount(population.pupil, away, pupils) > 0
    for grade in range(grades):
        if grade:
            state = _next(state, streams.normal(f"state: {grade}", pupils), wanted["persistence"])
            changes = streams.uniform(f"provision changes: {grade}", pupils) < wanted["provision_changes"]
            kind = np.where(changes, streams.uniform(f"provision: {grade}", pupils), kind)
        draw, chance = ndtr(state.astype(np.float64)), probability[:, grade]
        segregated = draw < chance
        above = (draw - chance) / np.maximum(width * chance * (1 - chance), 1e-12)
        helped = ~segregated & (above < 1)
        provision = np.where(helped & near, INTERMEDIATE, ORDINARY)
        provision = np.where(segregated, _provision(np.where(outside, 0.6 + 0.4 * kind, kind), grade), provision)
        place[:, grade] = np.where(seen[:, grade], provision, ABSENT)
        more = above < over / (over + wanted["support_up_to_9_hours"])
        supported[:, grade] = np.where(helped, 1 + more, 0)
    return Paths(place, supported)


def _probabilities(population: Population, odds: Vector) -> tuple[NDArray[np.float32], Flags]:
    """Probability of segregated placement by pupil and grade, and whether the pupil is in school then."""
    pupils = len(population.pupil_family)
    grade_term = np.array(GRADE)
    first = np.empty(pupils, dtype=np.int64)
    # Rows are sorted by year, so the last assignment in reverse order is the pupil's first row.
    first[population.pupil[::-1]] = np.arange(len(population.pupil))[::-1]
    base = odds[first] - grade_term[population.grade[first]]
    probability = expit(base[:, None] + grade_term).astype(np.float32)
    probability[population.pupil, population.grade] = expit(odds)
    grades = np.arange(len(GRADE))
    arrived = population.families.arrival[population.pupil_family] - population.start
    last = np.minimum(population.years - 1 - population.start, population.last_grade)
    seen: Flags = (grades >= arrived[:, None]) & (grades <= last[:, None])
    return probability, seen


def _next(state: Floats, new: Floats, persistence: float) -> Floats:
    return np.float32(persistence) * state + np.float32((1 - persistence**2) ** 0.5) * new


def _provision(draw: Floats, grade: int) -> NDArray[np.int8]:
    """Which segregated provision: the older the pupils, the more of them outside ordinary schools."""
    wanted = calibration()["provision"]
    shares = np.array([wanted[name] for name in SEGREGATED])
    tilt = np.array([-0.025, 0.010, 0.008, 0.005, 0.002]) * (grade - 5)
    ends = np.cumsum(shares + tilt * shares / shares.mean() * 0.6)
    return (FIRST_SEGREGATED + np.searchsorted(ends[:-1] / ends[-1], draw, side="right")).astype(np.int8)


def support_hours(place: NDArray[np.int8], supported: NDArray[np.int8], streams: Streams) -> Floats:
    """Weekly hours: more than 9 exactly for those supported so; often not recorded in special provision."""
    draw = streams.uniform("hours", len(place))
    lost = streams.uniform("hours not recorded", len(place))
    high = np.round(2 * (SUPPORT_LIMIT + 0.5 + 14 * draw**2)) / 2
    low = np.round(2 * (1 + (SUPPORT_LIMIT - 1) * draw)) / 2
    hours = np.where(
        place >= FIRST_SEGREGATED,
        np.round(12 + 18 * draw),
        np.select([supported == 1, supported == 2], [low, high], 0.0),
    )
    gone = lost < np.where(place >= FIRST_SEGREGATED, 0.25, np.where(supported == 0, 0.01, 0.0))
    return np.where(gone, np.nan, hours).astype(np.float32)


def schools(scores: Scores, places: Places, place: NDArray[np.int8]) -> pd.Categorical:
    """The school each row attends: mostly the district's, a hosting school for special classes, or a special school."""
    population = scores.population
    district = population.district
    municipality = places.municipality_of[district]
    pupils = len(population.pupil_family)
    pick = scores.streams.uniform("school", pupils)[population.pupil]
    elsewhere = (scores.streams.uniform("other school", pupils) < _OTHER_SCHOOL_SHARE)[population.pupil]
    other = np.floor(pick * places.count[municipality]).astype(np.int64)
    number = np.where(elsewhere, other, places.number[district])
    hosted = places.number[district] // _SPECIAL_CLASSES_EVERY * _SPECIAL_CLASSES_EVERY
    number = np.where(place == IDS.index("special_class"), hosted, number)
    names = [f"Skole {school + 1:02d}" for school in range(places.count.max())]
    code = number
    for provision, stem in _SCHOOL_NAMES.items():
        there = np.maximum(1, np.rint(places.pupils / _PUPILS_PER_PROVISION[provision])).astype(np.int64)
        own = np.floor(pick * there[municipality]).astype(np.int64)
        code = np.where(place == IDS.index(provision), len(names) + own, code)
        names += [f"{stem} {school + 1:02d}" for school in range(there.max())]
    return pd.Categorical.from_codes(code, names).remove_unused_categories()
