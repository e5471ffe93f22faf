"""Placement spells with dates, from the yearly places, and what former pupils do five years after school."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.contracts.register import ACTIVITIES, EXITS, LEAVER_GROUPS, PROVISIONS
from inklusion.register.synthetic.calibration import calibration, target
from inklusion.register.synthetic.placement import Paths
from inklusion.register.synthetic.places import Places
from inklusion.register.synthetic.population import Population, residence
from inklusion.register.synthetic.streams import Integers, Streams

_AT_SCHOOL_START = 0.6
COHORTS = 5
YEARS_AFTER = 5
_LEAVER_SHARES = {"ordinary": 0.925, "returned": 0.015, "special": 0.06}
_DAY = np.timedelta64(1, "D")


def placement_spells(
    population: Population, places: Places, paths: Paths, pseudonym: Integers, first_year: int, streams: Streams
) -> pd.DataFrame:
    """One row per spell outside ordinary classes, from the pupils' school start to the register's last year.

    Parameters
    ----------
    pseudonym
        Of each pupil.
    first_year
        Calendar year in which the register's first school year begins.

    Notes
    -----
    A spell lasts as long as the provision and the municipality of residence stay the same. Between two grades one
    date is drawn: 1 August, or a day in the school year before. A spell in the last year seen is open, unless the
    pupil has left school.
    """
    ever = np.flatnonzero((paths.place > 0).any(axis=1))
    place = paths.place[ever]
    start_year = population.start[ever]
    grades = np.arange(place.shape[1])
    year = start_year[:, None] + grades
    family = np.broadcast_to(population.pupil_family[ever][:, None], year.shape)
    home = places.municipality_of[residence(population, family, year)]
    border = _borders(population, ever, place, first_year, streams)
    before = np.pad(place[:, :-1], ((0, 0), (1, 0)), constant_values=-1)
    after = np.pad(place[:, 1:], ((0, 0), (0, 1)), constant_values=-1)
    moved_in = np.pad(home[:, 1:] != home[:, :-1], ((0, 0), (1, 0)))
    moved_out = np.pad(home[:, 1:] != home[:, :-1], ((0, 0), (0, 1)))
    opens = (place > 0) & ((before != place) | moved_in)
    closes = (place > 0) & ((after != place) | moved_out)
    row, first = np.nonzero(opens)
    _, last = np.nonzero(closes)
    gone = after[row, last] < 0
    left = gone & (year[row, last] < population.years - 1)
    ends = border[row, np.minimum(last + 1, border.shape[1] - 1)] - _DAY
    ends = np.where(left, _school_ends(first_year + year[row, last]), np.where(gone, np.datetime64("NaT"), ends))
    reason = np.select(
        [left, gone, moved_out[row, last], after[row, last] == 0],
        [EXITS.index("left_school"), -1, EXITS.index("moved"), EXITS.index("ordinary")],
        EXITS.index("other_provision"),
    )
    begins = border[row, first]
    early = begins < _school_starts(first_year + year[row, first])
    table = pd.DataFrame(
        {
            "pupil": pseudonym[ever][row],
            "municipality": pd.Categorical.from_codes(home[row, first], places.codes),
            "provision": pd.Categorical.from_codes(place[row, first] - 1, list(PROVISIONS)),
            "start": begins,
            "end": ends,
            "exit": pd.Categorical.from_codes(reason, list(EXITS)),
            "grade_at_start": (first - early).astype(np.int8),
        }
    )
    return table.sort_values(["pupil", "start"], ignore_index=True)


def _borders(
    population: Population, pupils: Integers, place: NDArray[np.int8], first_year: int, streams: Streams
) -> NDArray[np.datetime64]:
    """For each pupil and grade the day on which the grade's place begins."""
    calendar = first_year + population.start[pupils][:, None] + np.arange(place.shape[1])
    border = _school_starts(calendar)
    size = (len(population.pupil_family), place.shape[1])
    at_start = streams.uniform("change at school start", size)[pupils] < _AT_SCHOOL_START
    days = np.floor(streams.uniform("day of change", size)[pupils] * 300).astype(np.int64) + 1
    absent = np.pad(place[:, :-1], ((0, 0), (1, 0)), constant_values=-1) < 0
    return np.where(at_start | absent, border, border - days * _DAY)


def _school_starts(year: Integers) -> NDArray[np.datetime64]:
    """1 August."""
    return _first_of(year, 8)


def _school_ends(year: Integers) -> NDArray[np.datetime64]:
    """30 June of the year after."""
    return np.asarray(_first_of(year + 1, 7) - _DAY)


def _first_of(year: Integers, month: int) -> NDArray[np.datetime64]:
    months = np.asarray((year - 1970) * 12 + month - 1)
    return months.astype("datetime64[M]").astype("datetime64[D]")


def school_leavers(places: Places, pupils: int, pseudonym: Integers, last_year: int, streams: Streams) -> pd.DataFrame:
    """Five cohorts that left school before the register begins, and what they do five years later.

    Parameters
    ----------
    pupils
        Pupils in a school year; a cohort is a tenth of them.
    pseudonym
        Of each former pupil; as many as five tenths of ``pupils``.
    last_year
        Calendar year in which the register's last school year begins; the last activity is of that year.
    """
    count = len(pseudonym)
    cohort = np.arange(count) % COHORTS
    share = places.pupils / places.pupils.sum()
    municipality = np.searchsorted(np.cumsum(share)[:-1], streams.uniform("leaver's municipality", count))
    groups = np.cumsum([_LEAVER_SHARES[name] for name in LEAVER_GROUPS])[:-1]
    group = np.searchsorted(groups, streams.uniform("leaver's group", count), side="right")
    others = calibration()["activity"]
    shares = np.array(
        [
            [(others[name] | {"public_support": target(f"public_support_{name}")})[activity] for activity in ACTIVITIES]
            for name in LEAVER_GROUPS
        ]
    )
    ends = np.cumsum(shares, axis=1)[:, :-1]
    activity = (streams.uniform("activity", count)[:, None] >= ends[group]).sum(axis=1)
    cohorts = [str(last_year - YEARS_AFTER - COHORTS + 1 + place) for place in range(COHORTS)]
    return pd.DataFrame(
        {
            "pupil": pseudonym,
            "municipality": pd.Categorical.from_codes(municipality, places.codes),
            "cohort": pd.Categorical.from_codes(cohort, cohorts),
            "group": pd.Categorical.from_codes(group, list(LEAVER_GROUPS)),
            "activity": pd.Categorical.from_codes(activity, list(ACTIVITIES)),
        }
    )
