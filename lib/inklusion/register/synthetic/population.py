"""Families, their children, and one row for each child and school year."""

from dataclasses import dataclass, replace

import numpy as np

from inklusion.register.synthetic.calibration import target
from inklusion.register.synthetic.places import Places
from inklusion.register.synthetic.streams import Flags, Floats, Integers, Streams

CHILDREN = (0.28, 0.48, 0.18, 0.06)
GAPS = (0.02, 0.10, 0.34, 0.30, 0.15, 0.09)
LAST_GRADE = 9
GRADE_10_SHARE = 0.05
LONGEST_SPAN = 15
ORIGINS = ("dansk", "indvandrer", "efterkommer")
ORIGIN_SHARES = (0.87, 0.045, 0.085)


@dataclass(frozen=True)
class Families:
    """One entry for each family.

    Attributes
    ----------
    home, later_home
        District before and after the move; the same when the family stays.
    move
        First school year in the later home (0 is the register's first year; may be negative).
    origin
        Index into ``ORIGINS``.
    arrival
        First school year in the country; long ago for all but immigrants.
    first_start
        School year in which the first child starts in grade 0.
    size
        Children of the family.
    """

    home: Integers
    later_home: Integers
    move: Integers
    origin: Integers
    arrival: Integers
    first_start: Integers
    size: Integers

    def take(self, places: Integers) -> "Families":
        """Only these families, renumbered."""
        return Families(*(column[places] for column in vars(self).values()))


@dataclass(frozen=True)
class Population:
    """Families, pupils, and rows of pupil and year sorted by year.

    Attributes
    ----------
    families
        All families with a pupil in the register.
    pupil_family, start, last_grade
        For each pupil the family, the school year of grade 0 (or the year it would have been) and the last grade.
    boy
        For each pupil.
    elder
        For each pupil the years between the family's first child and this one.
    pupil, year, grade, district
        For each row.
    years
        School years of the register.
    """

    families: Families
    pupil_family: Integers
    start: Integers
    last_grade: Integers
    boy: Flags
    elder: Integers
    pupil: Integers
    year: Integers
    grade: Integers
    district: Integers
    years: int

    @property
    def family(self) -> Integers:
        """For each row the family."""
        return self.pupil_family[self.pupil]


def draw_population(places: Places, years: int, streams: Streams) -> Population:
    """Draw families until each municipality has its pupils in each year, and follow the children through school."""
    families = _draw_families(places, years, streams)
    family = np.repeat(np.arange(len(families.size)), families.size)
    elder = _years_after_first(families.size, streams)
    start = families.first_start[family] + elder
    tenth = streams.uniform("tenth grade", len(family)) < GRADE_10_SHARE
    last_grade = LAST_GRADE + tenth
    boy = streams.uniform("sex", len(family)) < 0.512
    school_years = np.arange(years)[:, None]
    grade = school_years - start
    present = (grade >= 0) & (grade <= last_grade) & (families.arrival[family] <= school_years)
    kept = np.flatnonzero(present.any(axis=0))
    used, pupil_family = np.unique(family[kept], return_inverse=True)
    year, pupil = np.nonzero(present[:, kept])
    population = Population(
        families=families.take(used),
        pupil_family=pupil_family,
        start=start[kept],
        last_grade=last_grade[kept],
        boy=boy[kept],
        elder=elder[kept],
        pupil=pupil,
        year=year,
        grade=year - start[kept][pupil],
        district=np.empty(0, dtype=np.int64),
        years=years,
    )
    return replace(population, district=residence(population, population.family, year))


def residence(population: Population, family: Integers, year: Integers) -> Integers:
    """The district of these families in these school years."""
    homes = population.families
    moved = year >= homes.move[family]
    return np.where(moved, homes.later_home[family], homes.home[family])


def _draw_families(places: Places, years: int, streams: Streams) -> Families:
    window = years + LAST_GRADE + 1 + LONGEST_SPAN
    children = float(np.dot(CHILDREN, [1, 2, 3, 4]))
    per_year = children * (LAST_GRADE + 1 + GRADE_10_SHARE) / window
    count = np.rint(places.pupils / per_year).astype(np.int64)
    municipality = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(municipality)) - np.repeat(np.cumsum(count) - count, count)
    shift = streams.uniform("cohorts", len(count)).astype(np.float64)[municipality]
    golden = (number * 0.6180339887498949 + shift) % 1.0
    origin = np.searchsorted(np.cumsum(ORIGIN_SHARES)[:-1], streams.uniform("origin", len(number)), side="right")
    arrival = np.where(
        origin == ORIGINS.index("indvandrer"),
        np.floor(streams.uniform("arrival", len(number)) * (years + LAST_GRADE + 3)) - LAST_GRADE - 3,
        -99,
    )
    home = _pick_district(places, municipality, streams.uniform("home", len(number)))
    move, later_home = _moves(places, home, years, streams)
    return Families(
        home=home,
        later_home=later_home,
        move=move,
        origin=origin.astype(np.int64),
        arrival=arrival.astype(np.int64),
        first_start=np.floor(golden * window).astype(np.int64) - (window - years),
        size=1 + np.searchsorted(np.cumsum(CHILDREN)[:-1], streams.uniform("children", len(number)), side="right"),
    )


def _moves(places: Places, home: Integers, years: int, streams: Streams) -> tuple[Integers, Integers]:
    """At most one move to another municipality since the oldest pupil's first school year."""
    yearly = target("moves_in_a_year")
    span = years + LAST_GRADE + 1
    draw = streams.uniform("moves", len(home)) / yearly
    move = np.where(draw < span, years - 1 - np.floor(draw), years + 99).astype(np.int64)
    share = places.pupils / places.pupils.sum()
    goal = np.searchsorted(np.cumsum(share)[:-1], streams.uniform("new municipality", len(home)), side="right")
    own = places.municipality_of[home]
    goal = np.where(goal == own, (own + 1) % len(share), goal)
    later = _pick_district(places, goal, streams.uniform("new home", len(home)))
    return move, np.where(draw < span, later, home)


def _pick_district(places: Places, municipality: Integers, draw: Floats) -> Integers:
    """A district of the municipality, by weight: the cumulated weights run from m to m + 1 in municipality m."""
    ends = np.cumsum(places.weight)
    district = np.searchsorted(ends, municipality + draw.astype(np.float64) * (1 - 1e-9), side="right")
    low = places.first[municipality]
    return np.clip(district, low, low + places.count[municipality] - 1)


def _years_after_first(size: Integers, streams: Streams) -> Integers:
    """Years between the family's first child and each child, running over all children."""
    family = np.repeat(np.arange(len(size)), size)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    gap = np.searchsorted(np.cumsum(GAPS)[:-1], streams.uniform("gaps", len(family)), side="right").astype(np.int64)
    gap[first] = 0
    total = np.cumsum(gap)
    return np.asarray(total - total[first][family])
