"""The synthetic register as a whole, and the truth behind it."""

from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from inklusion.contracts.register import ORIGINS, PLACEMENTS, SEXES, Register
from inklusion.errors import ModelError
from inklusion.register.dictionary import example_dictionary
from inklusion.register.synthetic.calibration import target
from inklusion.register.synthetic.draws import Scores, flag_rules, practised, standard_scores
from inklusion.register.synthetic.family import draw_parent, economy, family_texts, household, work_history
from inklusion.register.synthetic.fillers import filler_covariates, with_fillers
from inklusion.register.synthetic.placement import Paths, draw_paths, schools, support_hours
from inklusion.register.synthetic.places import Places, draw_places
from inklusion.register.synthetic.population import Population, draw_population
from inklusion.register.synthetic.practice import Practice, draw_practice
from inklusion.register.synthetic.pupil import as_column, health, missing, practice_marks, pupil_itself
from inklusion.register.synthetic.risk import Vector, hidden_covariate, log_odds, shift_to_means
from inklusion.register.synthetic.spells import COHORTS, placement_spells, school_leavers
from inklusion.register.synthetic.streams import Floats, Integers, Streams

SMALLEST, LARGEST = 2_000, 640_000
LAST_YEAR = 2023
_ORIGIN_UNKNOWN = 0.003
HIDDEN_STRENGTH = 0.25
"""Log-odds of one standard deviation of the hidden covariate."""


@dataclass(frozen=True, repr=False, eq=False)
class Truth:
    """What only a synthetic register has: the true probabilities. It stays inside the process that drew it.

    Attributes
    ----------
    probability
        For each row of the register, the true probability of segregated placement (``seg_register_placering``).
    at_national_practice
        The same without practice effects.
    observable
        The same at national practice, averaged over the hidden covariate: the best that all other covariates can tell.
    hidden
        The covariate that no register holds.
    municipality_effect
        By code, the practice effect in share: mean of probability minus probability at national practice, expected
        over the districts' draws. Zero on average over rows.
    district_effect
        By municipality and district, the district's own effect in share beside its municipality's.
    """

    probability: Vector
    at_national_practice: Vector
    observable: Vector
    hidden: Floats
    municipality_effect: pd.Series
    district_effect: pd.Series

    def __repr__(self) -> str:
        """Sizes only."""
        return (
            f"Truth({len(self.probability)} rows, {len(self.municipality_effect)} municipalities, "
            f"{len(self.district_effect)} districts)"
        )

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ModelError("The truth behind a synthetic register is not written anywhere. Draw it again from its seed.")


def synthetic_register(
    pupils: int = 100_000,
    *,
    seed: int,
    years: int = 3,
    covariates: int | None = None,
    municipality_sd: float = 0.008,
    district_sd: float = 0.01,
    hidden_strength: float = HIDDEN_STRENGTH,
    effects: pd.Series | None = None,
) -> tuple[Register, Truth]:
    """Draw a register of invented pupils, calibrated to printed national figures, with its truth.

    Parameters
    ----------
    pupils
        About how many pupils in a school year, 2,000 to 640,000.
    seed
        The same seed gives the same register. Other parameters leave the draws of pupils and families alone.
    years
        School years, the last of them 2023/2024.
    covariates
        How many covariates; what the dictionary lacks is filled up with meaningless ones. None: the dictionary's.
    municipality_sd, district_sd
        Standard deviation of practice effects between municipalities, and between districts within them, in share.
    hidden_strength
        Log-odds of one standard deviation of the covariate that the register does not hold.
    effects
        Effects of some municipalities (code to share) instead of drawn ones; the others are centred around them.

    Returns
    -------
    tuple
        The register, marked as synthetic, and the truth.

    Raises
    ------
    ModelError
        When a size is not possible.

    Notes
    -----
    Given its true probability a placement depends on no covariate, neither directly nor through earlier placements:
    earlier special education is drawn from need and local practice, not from the pupil's own placements.
    """
    dictionary = example_dictionary()
    _check(pupils, years, covariates, dictionary)
    streams = Streams(seed)
    places = draw_places(pupils, streams)
    population = draw_population(places, years, streams)
    scores = standard_scores(population, places.traits, streams)
    risk = _Risk.draw(scores, places, hidden_strength)
    practice = draw_practice(
        places, population.district, risk.odds, streams, spread=(municipality_sd, district_sd), effects=effects
    )
    odds = risk.odds + practice.shift[population.district]
    truth = _truth(risk, practice, places, population, odds, hidden_strength)
    relative = (practice.district + practice.municipality[places.municipality_of]) / target("segregated")
    drawn = risk.covariates | practice_marks(scores, risk.marks, relative[population.district].astype(np.float32))
    gaps = missing(scores, truth.at_national_practice)
    paths = draw_paths(population, odds, risk.marks["placed_outside_home"].at(None), streams)
    columns: dict[str, Any] = {name: as_column(drawn.pop(name), gaps.get(name)) for name in dictionary["column"]}
    extra = (covariates or len(dictionary)) - len(dictionary)
    columns |= filler_covariates(scores, extra)
    register = replace(
        _assemble(scores, places, paths, pupils),
        covariates=pd.DataFrame(columns, copy=False),
        dictionary=with_fillers(dictionary, extra),
    )
    return register, truth


def _check(pupils: int, years: int, covariates: int | None, dictionary: pd.DataFrame) -> None:
    if not SMALLEST <= pupils <= LARGEST:
        raise ModelError(f"pupils is {pupils}; allowed is {SMALLEST} to {LARGEST}.")
    if not 1 <= years <= 10:
        raise ModelError(f"years is {years}; allowed is 1 to 10.")
    if covariates is not None and not len(dictionary) <= covariates < 1_000:
        raise ModelError(f"covariates is {covariates}; allowed is {len(dictionary)} (the dictionary's) to 999.")


@dataclass(frozen=True)
class _Risk:
    """Covariates at national practice, and the log-odds they give."""

    covariates: dict[str, Any]
    marks: dict[str, Any]
    hidden: Floats
    odds: Vector

    @staticmethod
    def draw(scores: Scores, places: Places, hidden_strength: float) -> "_Risk":
        rows = scores.population
        mother, father = draw_parent(scores, "mother"), draw_parent(scores, "father")
        simple = {name: scores.flag(name) for name, rule in flag_rules().items() if "elasticity" not in rule}
        single = simple["single_parent"]
        marks = practised(scores)
        found = {
            **simple,
            **economy(scores, mother, father, single),
            **household(scores, single),
            **work_history(scores, mother, father, single),
            **family_texts(scores, mother, father),
            **health(scores, simple["preterm_birth"], simple["chronic_somatic_disease"]),
            **pupil_itself(scores, simple["late_school_start"]),
        }
        national = found | {name: mark.at(None) for name, mark in marks.items()}
        hidden = hidden_covariate(scores, places)
        odds = log_odds(national, rows.grade, mother.education) + hidden_strength * hidden.astype(np.float64)
        means = np.full(rows.years, target("segregated"))
        odds += shift_to_means(odds, rows.year, means)[rows.year]
        return _Risk(found, marks, hidden, odds)


def _truth(
    risk: _Risk, practice: Practice, places: Places, population: Population, odds: Vector, strength: float
) -> Truth:
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    without = risk.odds - strength * risk.hidden
    observable = np.zeros(len(odds))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        observable += weight * expit(without + strength * node)
    used = np.unique(population.district)
    names = pd.MultiIndex.from_arrays(
        [
            np.array(places.codes)[places.municipality_of[used]],
            [_district_name(number) for number in places.number[used]],
        ],
        names=["municipality", "district"],
    )
    return Truth(
        probability=expit(odds),
        at_national_practice=expit(risk.odds),
        observable=observable,
        hidden=risk.hidden,
        municipality_effect=pd.Series(practice.municipality, index=pd.Index(places.codes, name="municipality")),
        district_effect=pd.Series(practice.district[used], index=names),
    )


def _district_name(number: int) -> str:
    return f"Distrikt {number + 1:02d}"


def _assemble(scores: Scores, places: Places, paths: Paths, pupils: int) -> Register:
    """The tables of the register; covariates and dictionary are filled in by the caller."""
    population, streams = scores.population, scores.streams
    first_year = LAST_YEAR - population.years + 1
    count, leavers = len(population.pupil_family), pupils * COHORTS // 10
    pseudonym = 1 + streams.of("pseudonyms").permutation(count + leavers)
    families = 1 + streams.of("family pseudonyms").permutation(len(population.families.size))
    place = paths.place[population.pupil, population.grade]
    return Register(
        pupils=pd.DataFrame(
            {
                "pupil": pseudonym[population.pupil],
                "family": families[population.family],
                **_when_and_who(population, first_year, streams),
                **_where(population, places),
                "school": schools(scores, places, place),
                "placement": pd.Categorical.from_codes(place, list(PLACEMENTS)),
                "support_hours": support_hours(place, paths.supported[population.pupil, population.grade], streams),
            }
        ),
        covariates=pd.DataFrame(),
        dictionary=pd.DataFrame(),
        placements=placement_spells(population, places, paths, pseudonym[:count], first_year, streams),
        leavers=school_leavers(places, pupils, pseudonym[count:], LAST_YEAR, streams),
        municipalities=places.names(),
        is_synthetic=True,
    )


def _when_and_who(population: Population, first_year: int, streams: Streams) -> dict[str, Any]:
    years = [f"{first_year + year}/{first_year + year + 1}" for year in range(population.years)]
    unknown = streams.uniform("origin unknown", len(population.families.size)) < _ORIGIN_UNKNOWN
    origin: Integers = np.where(unknown, -1, population.families.origin)[population.family]
    return {
        "year": pd.Categorical.from_codes(population.year, years),
        "grade": population.grade.astype(np.int8),
        "sex": pd.Categorical.from_codes((~population.boy[population.pupil]).astype(np.int8), list(SEXES)),
        "origin": pd.Categorical.from_codes(origin, list(ORIGINS)),
    }


def _where(population: Population, places: Places) -> dict[str, Any]:
    numbers: NDArray[np.int64] = places.number[population.district]
    names = [_district_name(number) for number in range(int(places.count.max()))]
    return {
        "municipality": pd.Categorical.from_codes(places.municipality_of[population.district], places.codes),
        "district": pd.Categorical.from_codes(numbers, names),
    }
