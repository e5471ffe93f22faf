"""Covariates of the pupil: age, health, contacts, marks that local practice moves, and what is missing."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.register.synthetic.draws import Practised, Scores, siblings_with
from inklusion.register.synthetic.population import ORIGINS
from inklusion.register.synthetic.streams import Flags, Floats

_MEDICATED = 0.62
_NEWCOMER_YEARS = 2


def health(scores: Scores, preterm: Flags, chronic: Flags) -> dict[str, Floats]:
    """Birth weight and contacts with doctor and hospital."""
    rows = scores.population
    weight = 3_560 + 480 * scores.noise("birth weight", "pupil", 1.0) + 40 * scores.social - 30 * scores.need
    weight += 130 * rows.boy[rows.pupil] - 900 * preterm
    ill = np.exp(0.45 * scores.noise("frailty", "pupil", 0.7) + 0.12 * scores.strain + 0.5 * chronic)
    draw = scores.streams.of("contacts")
    return {
        "birth_weight": np.clip(weight, 500, 5_800).astype(np.float32),
        "gp_contacts_1y": draw.poisson(2.2 * ill).astype(np.float32),
        "hospital_contacts_3y": draw.poisson(0.8 * ill).astype(np.float32),
    }


def pupil_itself(scores: Scores, late: Flags) -> dict[str, Floats | Flags]:
    """Sex, age and month of birth."""
    rows = scores.population
    month = 1 + np.floor(12 * scores.streams.uniform("month of birth", len(rows.pupil_family)))[rows.pupil]
    age = 6 + rows.grade + (8 - month) / 12 + late * 0.9
    return {
        "boy": rows.boy[rows.pupil],
        "age": np.round(age, 1).astype(np.float32),
        "birth_month": month.astype(np.float32),
    }


def practice_marks(scores: Scores, marks: dict[str, Practised], practice: Floats | None) -> dict[str, Floats | Flags]:
    """Diagnoses, earlier special education and social measures where local practice is as given."""
    rows = scores.population
    family_year = rows.family * rows.years + rows.year
    flags = {name: mark.at(practice) for name, mark in marks.items()}
    treated = scores.streams.uniform("medication", len(rows.pupil_family))[rows.pupil] < _MEDICATED
    psychiatric = flags["autism_diagnosis"] | flags["adhd_diagnosis"] | flags["other_psychiatric_diagnosis"]
    draw = scores.streams.of("psychiatry")
    contacts = draw.gamma(1.2, 5.0, len(rows.pupil)) * psychiatric + (draw.random(len(rows.pupil)) < 0.01)
    reports = 1 + np.floor(np.maximum(0, 1.4 * scores.noise("notifications", "pupil", 0.6) + 0.4 * scores.strain))
    return {
        **flags,
        "adhd_medication": flags["adhd_diagnosis"] & treated,
        "psychiatric_contacts_3y": np.ceil(contacts).astype(np.float32),
        "notifications_3y": np.where(flags["notification_3y"], reports, 0).astype(np.float32),
        "sibling_placed_outside_home": siblings_with(flags["placed_outside_home"], family_year),
        "sibling_special_education": siblings_with(flags["earlier_special_education"], family_year),
    }


def missing(scores: Scores, probability: NDArray[np.float64]) -> dict[str, Flags]:
    """Which rows lack a group of covariates.

    Newcomers have no income or education yet, immigrants' foreign education is often unknown, births abroad are
    not in the birth register, and some fathers are unknown. A record is lost somewhat more often where the risk of
    segregated placement is high, so that segregated pupils lack more. Diagnoses, measures and schooling are never
    missing: no record means no diagnosis.
    """
    rows = scores.population
    families = rows.families
    born_abroad = families.origin[rows.family] == ORIGINS.index("indvandrer")
    newcomer = rows.year - families.arrival[rows.family] < _NEWCOMER_YEARS
    lost = scores.streams.uniform("lost records", len(rows.pupil)) < 0.004 + 0.08 * probability
    unknown = scores.streams.uniform("foreign education", len(families.size))[rows.family]
    education = newcomer | (born_abroad & (unknown < 0.35)) | lost
    fatherless = (scores.streams.uniform("father unknown", len(families.size)) < 0.015)[rows.family]
    birth = born_abroad | (scores.streams.uniform("birth record", len(rows.pupil_family)) < 0.004)[rows.pupil]
    economy = newcomer | lost
    groups = {
        "mother_education_level": education,
        "father_education_level": education | fatherless,
        "parents_basic_school_only": education,
        "birth_weight": birth,
        "preterm_birth": birth,
        "mother_age_at_birth": birth,
        "teenage_mother": birth,
        "dwelling_area_per_person": lost,
    }
    groups |= dict.fromkeys(
        ("family_income", "mother_income", "family_wealth", "low_income", "years_in_low_income", "transfer_share"),
        economy,
    )
    groups |= dict.fromkeys(("mother_employment_share", "mother_work_status", "parents_benefit_weeks_5y"), economy)
    fathers = ("father_income", "father_employment_share", "father_work_status", "father_disability_pension")
    groups |= dict.fromkeys((*fathers, "father_convicted", "father_psychiatric_diagnosis"), economy | fatherless)
    return groups


def as_column(values: Floats | Flags | pd.Categorical, gone: Flags | None) -> NDArray[np.float32] | pd.Categorical:
    """A covariate as the register holds it: float32 or categorical, with its gaps."""
    if isinstance(values, pd.Categorical):
        if gone is None:
            return values
        codes = np.where(gone, -1, values.codes)
        return pd.Categorical.from_codes(codes, values.categories)
    column = np.asarray(values, dtype=np.float32)
    if gone is not None:
        column = np.where(gone, np.float32(np.nan), column)
    return column
