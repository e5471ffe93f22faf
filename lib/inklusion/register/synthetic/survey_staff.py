"""The synthetic staff survey: one year, with the distributions that were printed for one municipality."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.questionnaire import questionnaire
from inklusion.register.synthetic.places import Places
from inklusion.register.synthetic.streams import Integers, Streams
from inklusion.register.synthetic.survey_targets import school_names, targets
from inklusion.surveys import FRAME_COLUMNS, RESPONSE_COLUMNS, Survey

QUESTIONNAIRE = "personale_ballerup"
Doubles = NDArray[np.float64]


def draw_staff(places: Places, streams: Streams, source: str) -> Survey:
    """Draw the staff asked and answering in each school and profession, and their answers."""
    plan = targets()["staff"]
    invited = _invited(places, plan, streams)
    answered = _answered(invited, plan, streams)
    school, group = (np.repeat(index.ravel(), answered.ravel()) for index in np.indices(invited.shape))
    groups = np.array(list(plan["groups"]), dtype=object)
    codes, names = np.array(places.codes, dtype=object)[places.municipality_of], school_names(places)
    asked_school, asked_group = np.nonzero(invited)
    frame = pd.DataFrame(
        {
            "municipality": codes[asked_school],
            "school": names[asked_school],
            "group": groups[asked_group],
            "invited": invited[asked_school, asked_group],
        }
    )
    people = pd.DataFrame(
        {
            "respondent": np.arange(1, len(school) + 1),
            "municipality": codes[school],
            "school": names[school],
            "group": groups[group],
        }
    )
    answers = pd.DataFrame(_answers(school, group, plan, streams))
    return Survey(
        questionnaire(QUESTIONNAIRE),
        pd.concat([_filled(people, plan["year"])[RESPONSE_COLUMNS], answers], axis=1),
        _filled(frame, plan["year"])[FRAME_COLUMNS],
        source,
    )


def _filled(table: pd.DataFrame, year: str) -> pd.DataFrame:
    """Add the year, and the strata that a staff survey lacks."""
    empty = pd.Series(pd.NA, index=table.index)
    text = empty.astype("str")
    return table.assign(**{"year": year, "grade": empty.astype("Int64"), "sex": text, "class": text})


def _invited(places: Places, plan: dict[str, Any], streams: Streams) -> Integers:
    """Staff by school and profession: proportional to the municipality's pupils, a leader in every school."""
    total = np.maximum(plan["fewest"], np.rint(places.pupils / plan["pupils_per_person"])).astype(np.int64)
    shares = np.array([group["share"] for group in plan["groups"].values()])
    leader = list(plan["groups"]).index("leder")
    invited = np.zeros((len(places.number), len(shares)), dtype=np.int64)
    invited[:, leader] = 1
    for place, (first, count, wanted) in enumerate(zip(places.first, places.count, total, strict=True)):
        own = slice(first, first + count)
        chance = np.outer(places.weight[own], shares).ravel()
        draw = streams.of(f"staff invited {place}")
        invited[own] += draw.multinomial(max(wanted - count, 0), chance / chance.sum()).reshape(count, -1)
    return invited


def _answered(invited: Integers, plan: dict[str, Any], streams: Streams) -> Integers:
    school = streams.normal("staff response school", len(invited)).astype(np.float64)
    school = plan["school_spread"] * (school - np.average(school, weights=invited.sum(axis=1)))
    group = np.array([group["response"] for group in plan["groups"].values()])
    chance = 1 / (1 + np.exp(-(plan["response_level"] + school[:, None] + group)))
    return np.asarray(streams.of("staff response").binomial(invited, chance))


def _answers(school: Integers, group: Integers, plan: dict[str, Any], streams: Streams) -> dict[str, Doubles]:
    """Codes by item, cut so that the country's shares are the targets; skipped items are missing."""
    level = np.array([entry["level"] for entry in plan["groups"].values()])[group]
    common = np.sqrt(plan["common"]) * streams.normal("staff common", len(school)).astype(np.float64) + level

    def latent(item: str, sign: int) -> Doubles:
        """Items that follow satisfaction share it within the person and the school; others have a school effect alone."""
        climate = streams.normal("staff school" if sign else f"staff school {item}", int(school.max()) + 1)
        shared = np.sqrt(plan["school"]) * climate.astype(np.float64)[school]
        own = streams.normal(f"staff item {item}", len(school)).astype(np.float64)
        if not sign:
            return np.asarray(shared + np.sqrt(1 - plan["school"]) * own)
        return np.asarray(sign * (shared + common) + np.sqrt(1 - plan["school"] - plan["common"]) * own)

    asked = questionnaire(QUESTIONNAIRE)
    found: dict[str, Doubles] = {}
    for item, target in plan["items"].items():
        responses, luck = asked.responses_of(item), streams.uniform(f"staff blank {item}", len(school))
        skipped = luck < plan["missing"]
        unsure = ~skipped & (luck < np.quantile(luck[~skipped], target["dont_know"] / 100))
        known, codes = ~(skipped | unsure), np.full(len(school), np.nan)
        codes[known] = _cut(latent(item, target["sign"])[known], target["shares"], list(responses.answers))
        codes[unsure] = next(iter(responses.dont_know), np.nan)
        found[item] = codes
    (choice,) = asked.choices.values()
    chosen = np.zeros(len(school))
    for item, share in plan["choices"].items():
        wish = np.where(chosen < choice.most, latent(item, 0), -np.inf)
        found[item] = (wish > np.quantile(wish, 1 - share / 100)).astype(np.float64)
        chosen += found[item]
    return {item: found[item] for item in asked.items if item in found}


def _cut(latent: Doubles, shares: list[float], codes: list[int]) -> Doubles:
    cuts = np.quantile(latent, np.cumsum(shares)[:-1] / np.sum(shares))
    return np.array(codes, dtype=np.float64)[np.searchsorted(cuts, latent)]
