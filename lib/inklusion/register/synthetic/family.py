"""Covariates of the family: economy, education, employment, housing. Brothers and sisters share them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from inklusion.register.synthetic.calibration import target
from inklusion.register.synthetic.draws import Scores, threshold
from inklusion.register.synthetic.population import ORIGINS
from inklusion.register.synthetic.streams import Flags, Floats, Integers

EDUCATIONS = (
    "grundskole",
    "gymnasial",
    "erhvervsfaglig",
    "kort videregående",
    "mellemlang videregående",
    "lang videregående",
)
_EDUCATION_SHARES = (0.16, 0.07, 0.35, 0.07, 0.20, 0.15)
WORK = ("beskæftiget", "selvstændig", "ledig", "kontanthjælp", "førtidspension", "uden for arbejdsstyrken")
_COUNTRIES = ("Danmark", "vestlige lande", "MENAPT-lande", "øvrige ikke-vestlige lande")


@dataclass(frozen=True)
class Parent:
    """For each row one parent's education and work (indices), share of the year in work, and earnings."""

    education: Integers
    work: Integers
    share: Floats
    income: Floats

    @property
    def works(self) -> Flags:
        """In a job or self-employed."""
        return self.work <= WORK.index("selvstændig")


def draw_parent(scores: Scores, who: str) -> Parent:
    """Draw the mother or the father; both follow the family's resources and the place they live in."""
    rows = scores.population
    homes = rows.families
    area = scores.place
    abroad = homes.origin[rows.family] > 0
    social = np.float32(0.55) * scores.resources
    learned = social + np.float32(0.835) * scores.noise(f"{who} education", "family", 1.0) + area[:, 1]
    learned -= np.float32(0.55) * abroad
    ends = np.sort(learned)[(np.cumsum(_EDUCATION_SHARES)[:-1] * len(learned)).astype(np.int64)]
    education = np.searchsorted(ends, learned, side="right")
    working = social + np.float32(0.835) * scores.noise(f"{who} work", "family", 0.92) + area[:, 2]
    working -= np.float32(0.45) * abroad + np.float32(0.25) * scores.strain
    idle = working < threshold(working, 1 - target("parents_out_of_work"))
    kind = scores.streams.uniform(f"{who} kind of work", len(homes.size))[rows.family]
    outside = 2 + np.searchsorted([0.20, 0.45, 0.70], kind, side="right")
    work = np.where(idle, outside, np.where(kind < 0.07, 1, 0))
    part = ndtr(scores.noise(f"{who} part of year", "family", 0.5)).astype(np.float32)
    share = np.where(idle, np.where(part > 0.75, (part - 0.75) * 1.6, 0), np.minimum(1, 0.55 + part)).astype(np.float32)
    pay = np.exp(0.30 * scores.noise(f"{who} pay", "family", 0.9) + 0.07 * education + 0.35 * area[:, 0])
    base = 265 if who == "mother" else 320
    return Parent(education, work, share, (base * pay * share).astype(np.float32))


def economy(scores: Scores, mother: Parent, father: Parent, single: Flags) -> dict[str, Floats | Flags]:
    """Income, wealth, low income and transfers of the family in each year."""
    rows = scores.population
    family = rows.family
    area = scores.place
    poor_score = np.float32(-0.45) * scores.resources
    poor_score += np.float32(0.80) * scores.noise("low income", "family", 0.9) + area[:, 3]
    poor_score += np.float32(0.45) * (~mother.works) + np.float32(0.45) * (~father.works) + np.float32(0.25) * single
    poor_score += np.float32(0.6) * (rows.families.origin[family] > 0)
    poor = poor_score > threshold(poor_score, target("low_income"))
    earned = mother.income + np.where(single, 0.1, 1.0).astype(np.float32) * father.income
    other = 95 + 35 * rows.families.size[family] + 60 * (~mother.works) + np.where(single, 20, 60 * (~father.works))
    level = np.exp(0.15 * scores.noise("family income", "family", 0.8) + 0.35 * area[:, 0])
    income = np.maximum(0.66 * earned + other, 150) * level
    adults = np.where(single, 1, 2)
    line = 105 * np.sqrt(adults + rows.families.size[family])
    low = line * (0.55 + 0.44 * ndtr(scores.noise("depth of poverty", "family", 0.7)))
    income = np.where(poor, low, np.maximum(income, 1.02 * line)).astype(np.float32)
    years = np.where(poor, 1, 0) + np.floor(4.999 * ndtr(1.6 * poor_score - 4.0 + 1.2 * poor))
    wealth = 900 * np.sinh(0.9 * scores.noise("wealth", "family", 0.97) + 0.5 * scores.social) + 250
    return {
        "family_income": income,
        "low_income": poor,
        "years_in_low_income": np.minimum(years, 5).astype(np.float32),
        "family_wealth": wealth.astype(np.float32),
        "transfer_share": np.clip((other - 95) / (income + 1), 0, 1).astype(np.float32),
    }


def household(scores: Scores, single: Flags) -> dict[str, Floats | Flags]:
    """Parents living together, separation, moves, dwelling, mother's age."""
    rows = scores.population
    family = rows.family
    ended = scores.streams.uniform("when the parents parted", len(rows.families.size))[family] < 0.25
    apart = scores.streams.uniform("new partner", len(rows.families.size))[family] < 0.12
    moves = np.floor(np.exp(0.9 * scores.noise("home moves", "family", 0.9) + 0.25 * scores.strain - 0.35))
    moved = (rows.year >= rows.families.move[family]) & (rows.year < rows.families.move[family] + 5)
    children = (
        rows.families.size[family] + (scores.streams.uniform("other children", len(rows.families.size)) < 0.08)[family]
    )
    area = (118 + 14 * scores.social + 18 * scores.noise("dwelling", "family", 0.97)) / (2 + children - single)
    birth = (
        30.5
        + 4.0 * scores.noise("mother's age", "family", 1.0)
        + 1.1 * scores.social
        - 0.9 * rows.families.size[family]
    )
    age = np.clip(birth + rows.elder[rows.pupil], 15, 48)
    return {
        "parents_live_together": ~single & ~apart,
        "parents_separated_3y": (single | apart) & ended,
        "children_in_household": children.astype(np.float32),
        "home_moves_5y": np.minimum(np.maximum(moves, moved), 12).astype(np.float32),
        "dwelling_area_per_person": np.clip(area, 9, 120).astype(np.float32),
        "mother_age_at_birth": np.floor(age).astype(np.float32),
        "teenage_mother": age < 20,
    }


def work_history(scores: Scores, mother: Parent, father: Parent, single: Flags) -> dict[str, Floats | Flags]:
    """Parents without work and their weeks on public support."""
    idle = (~mother.works).astype(np.float32) + (~father.works)
    weeks = 260 * idle * ndtr(scores.noise("weeks on support", "family", 0.9) + 0.4)
    short = np.maximum(0, 40 * scores.noise("short spells of support", "family", 0.8) - 30 - 8 * scores.social)
    pension = WORK.index("førtidspension")
    return {
        "parents_without_employment": ~mother.works & (~father.works | single),
        "mother_disability_pension": mother.work == pension,
        "father_disability_pension": father.work == pension,
        "parents_benefit_weeks_5y": np.minimum(weeks + short, 520).astype(np.float32),
        "parents_basic_school_only": (mother.education == 0) & (father.education == 0),
        "mother_employment_share": mother.share,
        "father_employment_share": father.share,
        "mother_income": mother.income,
        "father_income": father.income,
    }


def family_texts(scores: Scores, mother: Parent, father: Parent) -> dict[str, pd.Categorical]:
    """The categorical covariates."""
    rows = scores.population
    where = scores.streams.uniform("country", len(rows.families.size))
    abroad = 1 + np.searchsorted([0.28, 0.70], where, side="right")
    country = np.where(rows.families.origin == ORIGINS.index("dansk"), 0, abroad)[rows.family]
    return {
        "mother_education_level": pd.Categorical.from_codes(mother.education, list(EDUCATIONS)),
        "father_education_level": pd.Categorical.from_codes(father.education, list(EDUCATIONS)),
        "mother_work_status": pd.Categorical.from_codes(mother.work, list(WORK)),
        "father_work_status": pd.Categorical.from_codes(father.work, list(WORK)),
        "country_group": pd.Categorical.from_codes(country, list(_COUNTRIES)),
    }
