"""Scores and yes-or-no covariates for all rows at once: what families share is drawn once for each family."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from scipy.special import ndtri

from inklusion.register.synthetic.population import Population
from inklusion.register.synthetic.streams import Flags, Floats, Integers, Streams


@cache
def flag_rules() -> dict[str, dict[str, Any]]:
    """The rules of ``flags.toml``."""
    text = resources.files("inklusion").joinpath("register/synthetic/flags.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True)
class Scores:
    """For each row the family's resources and strain, the pupil's need, and where to find noise.

    Attributes
    ----------
    population, streams
        Rows and random numbers.
    resources, strain, need
        Standard normal.
    place
        What the district where the family lived first adds to income, education, employment and poverty. Moving
        changes no income or schooling.
    """

    population: Population
    streams: Streams
    place: Floats
    resources: Floats
    strain: Floats
    need: Floats

    @property
    def social(self) -> Floats:
        """Resources of the family and its place together."""
        return self.resources + self.place @ np.array([0.3, 0.5, 0.5, -0.5], dtype=np.float32)

    def noise(self, name: str, level: str, persistence: float) -> Floats:
        """Standard normal noise: ``persistence`` of its variance stays from year to year."""
        rows = self.population
        groups, group = (
            (len(rows.families.size), rows.family) if level == "family" else (len(rows.pupil_family), rows.pupil)
        )
        stays = self.streams.normal(f"{name}: stays", groups)[group]
        if persistence >= 1:
            return stays
        shape = (rows.years, groups)
        changes = self.streams.normal(f"{name}: changes", shape)[rows.year, group]
        mixed: Floats = np.float32(persistence**0.5) * stays + np.float32((1 - persistence) ** 0.5) * changes
        return mixed

    def score(self, name: str) -> Floats:
        """The hidden score of a covariate of ``flags.toml``."""
        rule = flag_rules()[name]
        weights = {part: np.float32(rule.get(part, 0.0)) for part in ("social", "strain", "need", "boy", "grade")}
        explained = sum(float(weights[part]) ** 2 for part in ("social", "strain", "need"))
        score = np.float32((1 - explained) ** 0.5) * self.noise(name, rule["level"], rule["persistence"])
        for part in ("social", "strain", "need"):
            if weights[part]:
                score += weights[part] * getattr(self, part)
        if weights["boy"]:
            score += weights["boy"] * self.population.boy[self.population.pupil]
        if weights["grade"]:
            score += weights["grade"] * ((self.population.grade - 4.5) / 4.5).astype(np.float32)
        return score

    def flag(self, name: str) -> Flags:
        """Yes for the share of rows with the highest scores."""
        score = self.score(name)
        return score > threshold(score, flag_rules()[name]["share"])


@dataclass(frozen=True)
class Practised:
    """A covariate that local practice moves: its score, its threshold in the country, and how far practice moves it."""

    score: Floats
    threshold: float
    step: float

    def at(self, practice: Floats | None) -> Flags:
        """Who has the mark where ``practice`` is the extra share placed, relative to the country's; None: nowhere."""
        if practice is None:
            return self.score > self.threshold
        return self.score + np.float32(self.step) * practice > self.threshold


def practised(scores: Scores) -> dict[str, Practised]:
    """All covariates of ``flags.toml`` with an elasticity."""
    found = {}
    for name, rule in flag_rules().items():
        if "elasticity" in rule:
            score = scores.score(name)
            limit = threshold(score, rule["share"])
            spread = float(score.std())
            density = np.exp(-(float(ndtri(rule["share"])) ** 2) / 2) / (2 * np.pi) ** 0.5
            found[name] = Practised(score, limit, spread * rule["elasticity"] * rule["share"] / density)
    return found


def threshold(score: Floats, share: float) -> float:
    """The score that ``share`` of the rows exceed."""
    place = min(len(score) - 1, int(len(score) * (1 - share)))
    return float(np.partition(score, place)[place])


def standard_scores(population: Population, traits: Floats, streams: Streams) -> Scores:
    """Draw resources, strain and need; only resources differ from place to place."""
    families = len(population.families.size)
    resources = streams.normal("resources", families)
    strain = streams.normal("strain", families)
    need = streams.normal("need", len(population.pupil_family))
    family = population.family
    place = traits[population.families.home[family]]
    return Scores(population, streams, place, resources[family], strain[family], need[population.pupil])


def siblings_with(flag: Flags, family_year: Integers) -> Flags:
    """Whether another pupil of the family has the mark in the same year."""
    count = np.bincount(family_year, flag)
    others: Flags = count[family_year] - flag > 0.5
    return others
