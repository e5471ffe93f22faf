"""The synthetic wellbeing survey of grades 4-9: who was asked, who answered, and what.

A latent-trait model: each answer follows a general factor, one for its indicator, and chance; municipalities, schools and
classes differ in every factor. Two items follow the printed national series exactly, year by year.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.contracts.surveys import SEXES
from inklusion.questionnaire import Questionnaire, as_delivered, questionnaire
from inklusion.register.synthetic.places import MUNICIPALITIES, Places
from inklusion.register.synthetic.streams import Floats, Integers, Streams
from inklusion.register.synthetic.survey_targets import school_names, school_pupils, targets
from inklusion.surveys import FRAME_COLUMNS, RESPONSE_COLUMNS, Survey

QUESTIONNAIRE = "trivsel_4_9"


@dataclass(frozen=True)
class _Answering:
    """Where each respondent belongs: positions in the lists of schools, years, grades, classes and sexes."""

    school: Integers
    year: Integers
    grade: Integers
    letter: Integers
    sex: Integers
    municipality: Integers

    @property
    def cohort(self) -> Integers:
        """The children who follow each other through the grades."""
        return self.grade - self.year + len(targets()["school_years"]) - 1

    def __len__(self) -> int:
        return len(self.school)


def draw_pupils(places: Places, reforms: pd.DataFrame, streams: Streams, source: str) -> Survey:
    """Draw the pupils asked and answering in each class, and their answers."""
    invited = _invited(places, streams)
    answered = _answered(invited, streams)
    school, year, grade, letter, sex = (
        np.repeat(index.ravel(), answered.ravel()) for index in np.indices(invited.shape)
    )
    who = _Answering(school, year, grade, letter, sex, places.municipality_of[school])
    asked = as_delivered(questionnaire(QUESTIONNAIRE), "turned")
    factors = _factors(places, who, reforms, streams)
    people, answers = _people(places, who), _answers(asked, who, factors, streams)
    return Survey(asked, pd.concat([people, answers], axis=1), _frame(places, invited), source)


def _invited(places: Places, streams: Streams) -> Integers:
    """Pupils by school, year, grade, class and sex. A class moves up a grade each year with the same boys and girls."""
    plan = targets()["pupils"]
    years, grades = len(targets()["school_years"]), len(plan["grades"])
    size = plan["share"] / grades * school_pupils(places)
    classes = np.maximum(1, np.ceil(size / plan["largest_class"])).astype(np.int64)
    cohorts = streams.of("survey cohorts").poisson(size[:, None], (len(size), years + grades - 1))
    letter = np.arange(classes.max())
    each, over = np.divmod(cohorts, classes[:, None])
    members = np.where(letter < classes[:, None, None], each[:, :, None] + (letter < over[:, :, None]), 0)
    boys = streams.of("survey boys").binomial(members, plan["boys"])
    cohort = np.arange(grades) - np.arange(years)[:, None] + years - 1
    return np.asarray(np.stack([boys, members - boys], axis=-1)[:, cohort])


def _answered(invited: Integers, streams: Streams) -> Integers:
    plan = targets()["pupils"]
    logit = np.full(invited.shape, plan["response"]["level"])
    school = _centred(streams.normal("survey response school", len(invited)), invited.sum(axis=(1, 2, 3, 4)))
    logit += plan["response"]["school"] * school[:, None, None, None, None]
    logit[:, :, np.array(plan["grades"]) >= 8, :, SEXES.index("dreng")] += plan["response"]["older_boys"]
    return np.asarray(streams.of("survey response").binomial(invited, 1 / (1 + np.exp(-logit))))


def _frame(places: Places, invited: Integers) -> pd.DataFrame:
    strata = invited.sum(axis=3)
    school, year, grade, sex = np.nonzero(strata)
    frame = _strata(places, school, year, grade, sex)
    return frame.assign(invited=strata[school, year, grade, sex])[FRAME_COLUMNS]


def _people(places: Places, who: _Answering) -> pd.DataFrame:
    people = _strata(places, who.school, who.year, who.grade, who.sex)
    letters = [chr(ord("A") + number) for number in range(int(who.letter.max()) + 1)]
    names = [f"{grade}{letter}" for grade in targets()["pupils"]["grades"] for letter in letters]
    people["class"] = _named(names, who.grade * len(letters) + who.letter)
    return people.assign(respondent=np.arange(1, len(who) + 1))[RESPONSE_COLUMNS]


def _strata(places: Places, school: Integers, year: Integers, grade: Integers, sex: Integers) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "municipality": _named(places.codes, places.municipality_of[school]),
            "school": _named(list(school_names(places)), school),
            "year": _named(targets()["school_years"], year),
            "grade": pd.array(np.array(targets()["pupils"]["grades"])[grade], dtype="Int64"),
            "sex": _named(list(SEXES), sex),
            "group": pd.array(np.full(len(school), np.nan), dtype="str"),
        }
    )


def _named(names: list[str], index: Integers) -> pd.api.extensions.ExtensionArray:
    return pd.array(names, dtype="str").take(index)


def _factors(places: Places, who: _Answering, reforms: pd.DataFrame, streams: Streams) -> dict[str, Floats]:
    """Each respondent's factors, about standard normal in the first year."""
    found = {name: _levels(places, who, name, streams) for name in targets()["factors"]}
    for name, plan in targets()["reforms"].items():
        mine = reforms.loc[reforms["reform"] == name, "municipality"]
        inside = np.isin(places.codes, list(mine))[who.municipality]
        since = who.year >= targets()["school_years"].index(plan["start"])
        found["general"] += np.float32(plan["effect"]) * (inside & since)
    return found


def _levels(places: Places, who: _Answering, factor: str, streams: Streams) -> Floats:
    plan = targets()["pupils"]
    shares, traits = plan["variance"], plan["traits"]
    years = len(targets()["school_years"])
    cohorts = years + len(plan["grades"]) - 1
    schools, letters = len(places.number), int(who.letter.max()) + 1

    def drawn(level: str, shape: tuple[int, ...]) -> Floats:
        return np.asarray(np.float32(shares[level] ** 0.5) * streams.normal(f"survey {level} {factor}", shape))

    school = _centred(drawn("school", (schools,)), school_pupils(places))
    level = _centred(drawn("municipality", (MUNICIPALITIES,)), places.pupils)[who.municipality] + school[who.school]
    level += drawn("school_year", (schools, years))[who.school, who.year]
    level += drawn("class", (schools, cohorts, letters))[who.school, who.cohort, who.letter]
    girls = np.float32(traits["girls"].get(factor, 0.0))
    by_grade = np.float32(traits["girls_by_grade"].get(factor, 0.0))
    level += (who.sex == SEXES.index("pige")) * (girls + by_grade * who.grade.astype(np.float32))
    level += np.float32(traits["grade"].get(factor, 0.0)) * who.grade
    level += np.array(plan["year"].get(factor, [0.0] * years), dtype=np.float32)[who.year]
    pupil = streams.normal(f"survey pupil {factor}", len(who))
    return np.asarray(level + np.sqrt(np.float32(1 - sum(shares.values()))) * pupil, dtype=np.float32)


def _centred(effects: Floats, size: Integers | NDArray[np.float64]) -> Floats:
    """Around their mean over pupils, so that the largest places do not move the country."""
    return np.asarray(effects - np.average(effects, weights=size), dtype=np.float32)


def _answers(asked: Questionnaire, who: _Answering, factors: dict[str, Floats], streams: Streams) -> pd.DataFrame:
    plan = targets()["pupils"]
    own = {item: name for name in targets()["factors"] if name in asked.scales for item in asked.scales[name].items}
    stops = np.where(
        streams.uniform("survey stopped", len(who)) < plan["blanks"]["stopped"],
        streams.of("survey stop").integers(1, len(asked.items), len(who)),
        len(asked.items),
    )
    codes = np.empty((len(who), len(asked.items)), dtype=np.float32, order="F")
    for place, item in enumerate(asked.items):
        luck = streams.uniform(f"survey blank {item}", len(who))
        sensitive = "_sensitive" if item in plan["blanks"]["sensitive"] else ""
        declined = luck < plan["blanks"][f"declined{sensitive}"]
        missing = (luck > 1 - plan["blanks"]["missing"]) | (place >= stops)
        latent = _latent(item, own.get(item), factors, streams)
        mean, spread = _mean(item, who, latent, declined | missing), np.float32(plan["items"][item][1])
        codes[:, place] = np.clip(np.floor(mean + spread * latent + np.float32(0.5)), 1, 5)
        codes[declined, place] = 0
        codes[missing, place] = np.nan
    return pd.DataFrame(codes, columns=list(asked.items), copy=False)


def _latent(item: str, own: str | None, factors: dict[str, Floats], streams: Streams) -> Floats:
    loadings = targets()["pupils"]["loadings"]
    chance = streams.normal(f"survey item {item}", len(factors["general"]))
    first, second = (loadings["general"], loadings["own"]) if own else (loadings["outside"], 0.0)
    systematic = np.float32(first) * factors["general"]
    if own:
        systematic += np.float32(second) * factors[own]
    return np.asarray(systematic + np.sqrt(np.float32(1 - first**2 - second**2)) * chance, dtype=np.float32)


def _mean(item: str, who: _Answering, latent: Floats, blank: NDArray[np.bool_]) -> Floats | np.float32:
    """The item's mean before rounding: fixed, or by year so that the printed share of those who answer is hit."""
    plan = targets()["pupils"]
    mean, spread = plan["items"][item]
    if item not in plan["low_answers"]:
        return np.float32(mean)
    by_year = [
        3.5 - spread * np.quantile(latent[(who.year == year) & ~blank], share / 100)
        for year, share in enumerate(plan["low_answers"][item])
    ]
    return np.array(by_year, dtype=np.float32)[who.year]
