"""The pupils' wellbeing survey: who answered, favourable answers item by item, and scales by place and year."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.printed import estimates
from inklusion.analyses.survey_weights import PupilWeights, pupil_weights
from inklusion.contracts.surveys import ITEM, REVERSED, SCALE
from inklusion.measures.proportions import wilson_interval
from inklusion.measures.scales import scale_scores, turned
from inklusion.measures.weighted import WeightedMean
from inklusion.municipalities import COUNTRY
from inklusion.questionnaire import Questionnaire, Scale, known_answers
from inklusion.surveys import Survey

CONFIDENCE = 0.95
GENERAL = "generel"
SEX, GRADES = "køn: ", "klassetrin: "
_BANDS = {"4.-6. klasse": (4, 6), "7.-9. klasse": (7, 9), "0.-3. klasse": (0, 3)}
_WILSON = "Wilson; elever regnet som uafhængige"
_WEIGHTED = "vægtet efter klassetrin og køn, t-interval"
_UNWEIGHTED = "gennemsnit, t-interval; elever regnet som uafhængige"
Floats = NDArray[np.float64]
Rows = Iterator[dict[str, Any]]


def response(survey: Survey | None) -> pd.DataFrame:
    """How many of those asked answered, by municipality and school year, and by sex and grade in the last year.

    Measure ``share``; everybody asked is counted, so there is no interval. A pupil has answered who gave one answer.
    """
    if survey is None:
        return estimates([])
    has_answered = known_answers(survey.questionnaire, survey.responses).notna().any(axis=1).to_numpy()
    answered, asked = _with_groups(survey.responses[has_answered]), _with_groups(survey.frame)
    rows: list[dict[str, Any]] = []
    for name in ("", "sex", "grades"):
        last = max(asked["year"])
        own, whole = (part if not name else part[part["year"] == last] for part in (answered, asked))
        keys = ["municipality", "year", *([name] if name else [])]
        counts = pd.DataFrame(
            {"numerator": own.groupby(keys).size(), "denominator": whole.groupby(keys)["invited"].sum()}
        ).fillna(0)
        # Nobody of a place or group answered: no answers to tell of, and 0 of n would say the same of everybody.
        counts = counts[(counts["denominator"] > 0) & (counts["numerator"] > 0)]
        rows += _counted(counts.reset_index(), name, survey)
    return estimates(rows)


def items(survey: Survey | None) -> pd.DataFrame:
    """The share with a favourable answer to each item, by municipality and school year, and for the country.

    Favourable are the best answers, half of them rounded down: two of five, one of three. Items with reversed wording are
    turned first. Items whose wording nobody knows and that stand in no scale are left out. Numerator and denominator are
    pupils who answered the item; measure ``share`` with Wilson interval.
    """
    if survey is None:
        return estimates([])
    asked, rows = survey.questionnaire, []
    answers = turned_answers(survey)
    keys = [survey.responses[name].astype("str") for name in ("municipality", "year")]
    for name in shown_items(asked):
        if name in answers:
            known = answers[name].notna()
            good = favourable(asked, name, answers[name]) == 1
            table = pd.DataFrame({"numerator": good, "denominator": known}).groupby(keys).sum().reset_index()
            rows += _shares(table, item_group(asked, name), "trivsel_spoergsmaal", survey)
    return estimates(rows)


def scales(survey: Survey | None) -> pd.DataFrame:
    """The mean of each scale by municipality, school and school year; pupils with low wellbeing; groups in the last year.

    Measures: ``mean`` of ``trivsel_generel`` (the scale ``generel``, or the first one), weighted so that grades and sexes
    count as among those asked, and of ``trivsel_skala`` for the other scales, not weighted; for schools not weighted.
    ``share`` of ``trivsel_lav``: scores in the lower half of the scale's bands, counted, with Wilson interval. A pupil
    counts who answered the scale's minimum of items.
    """
    if survey is None or not survey.questionnaire.scales:
        return estimates([])
    asked = survey.questionnaire
    answers, main = turned_answers(survey), main_scale(asked)
    places = {key: np.asarray(index) for key, index in
              survey.responses.groupby(["municipality", "year"]).indices.items()}  # fmt: skip
    rows: list[dict[str, Any]] = []
    for name, scale in asked.scales.items():
        scores = scores_of(survey, name, answers)
        if np.isnan(scores).all():
            continue
        group = f"{SCALE}{scale.label}"
        if name == main:
            rows += _general(survey, scores, places)
        else:
            rows += _plain_means(survey, scores, "trivsel_skala", group, by_school=False)
        rows += _plain_means(survey, scores, "trivsel_generel" if name == main else "trivsel_skala",
                             "" if name == main else group, by_school=True)  # fmt: skip
        if scale.bands:
            rows += _low(survey, scores, low_limit(scale), group)
    return estimates(rows)


def main_scale(asked: Questionnaire) -> str:
    """The scale of general wellbeing, or the first one of a questionnaire that has none by that name."""
    return GENERAL if GENERAL in asked.scales else next(iter(asked.scales))


def favourable(asked: Questionnaire, item: str, answers: pd.Series) -> Floats:
    """1 for an answer among the best, half of them rounded down; 0 for another; missing where there is none."""
    codes = sorted(asked.responses_of(item).answers)
    good = answers >= codes[-max(1, len(codes) // 2)]
    return np.where(answers.notna(), good, np.nan).astype(np.float64)


def scores_of(survey: Survey, scale: str, answers: pd.DataFrame) -> Floats:
    """Each respondent's score on a scale, from :func:`turned_answers`; missing where too few items were answered."""
    entry, (low, high) = survey.questionnaire.scales[scale], survey.questionnaire.limits(scale)
    present = [item for item in entry.items if item in answers]
    turn = [item for item in entry.reversed if item in present]
    if not present:
        return np.full(len(answers), np.nan)
    scores = scale_scores(answers[present], turn, low, high, minimum_share=entry.minimum_share)
    return np.asarray(scores, dtype=np.float64)


def low_limit(scale: Scale) -> float:
    """The highest score that is low: the upper end of the lower half of the bands."""
    return scale.bands[len(scale.bands) // 2 - 1][1]


def item_group(asked: Questionnaire, item: str) -> str:
    """The group of an item's rows; an item with reversed wording says so, for its favourable answers are those that deny."""
    entry = asked.items[item]
    return f"{ITEM}{entry.label}{REVERSED if entry.reversed else ''}"


def shown_items(asked: Questionnaire) -> list[str]:
    """Items with coded answers, without those that stand in no scale and whose wording nobody knows."""
    in_scales = {name for scale in asked.scales.values() for name in scale.items}
    return [name for name, item in asked.items.items()
            if asked.responses_of(name).answers and (name in in_scales or item.how_sure != "low")]  # fmt: skip


def turned_answers(survey: Survey) -> pd.DataFrame:
    """The known answers to all coded items, so that the highest code is the best answer."""
    asked, answers = survey.questionnaire, known_answers(survey.questionnaire, survey.responses)
    against = [name for name in answers if asked.items[name].reversed and asked.items[name].direction == "raw"]
    codes = {name: sorted(asked.responses_of(name).answers) for name in against}
    return answers.assign(**{name: turned(answers[name], codes[name][0], codes[name][-1]) for name in against})


def _general(survey: Survey, scores: Floats, places: dict[Any, NDArray[np.intp]]) -> Rows:
    """The weighted mean for each municipality and year, for sexes and grades in the last, and for the country."""
    weights = pupil_weights(survey, scores, places)
    grouped = _with_groups(survey.responses)
    last = max(str(year) for year in survey.responses["year"].unique())
    for (code, year), index in places.items():
        yield from _mean_row(survey, weights.mean(scores, index), str(code), str(year), "", _WEIGHTED)
        if str(year) == last:
            for column, prefix in (("sex", SEX), ("grades", GRADES)):
                for value in _values(grouped[column].iloc[index]):
                    inside = index[(grouped[column].iloc[index] == value).to_numpy()]
                    found = weights.mean(scores, inside)
                    yield from _mean_row(survey, found, str(code), str(year), f"{prefix}{value}", _WEIGHTED)
    yield from _country(survey, scores, weights, grouped, last)


def _country(survey: Survey, scores: Floats, weights: PupilWeights, grouped: pd.DataFrame, last: str) -> Rows:
    """All municipalities together; schools are the clusters of the interval."""
    school = _school_of(survey)
    years = survey.responses["year"].astype("str").to_numpy()
    method = f"{_WEIGHTED} med skoler som klynger"
    for year in _values(survey.responses["year"]):
        chosen = {"": np.ones(len(scores), dtype=bool)}
        if year == last:
            chosen |= {
                f"{prefix}{value}": (grouped[column] == value).to_numpy()
                for column, prefix in (("sex", SEX), ("grades", GRADES))
                for value in _values(grouped[column])
            }
        for group, inside in chosen.items():
            index = np.flatnonzero((years == year) & inside)
            found = weights.mean(scores, index, clusters=school)
            yield from _mean_row(survey, found, COUNTRY, year, group, method)


def _plain_means(survey: Survey, scores: Floats, definition: str, group: str, *, by_school: bool) -> Rows:
    """Means that are not weighted: of municipalities and the country, or of schools."""
    keys = ["municipality", "year", *(["school"] if by_school else [])]
    table = survey.responses[keys].astype("str").assign(score=scores).dropna(subset=["score"])
    found = table.groupby(keys)["score"].agg(["mean", "std", "count"]).reset_index()
    if not by_school:
        country = table.groupby("year")["score"].agg(["mean", "std", "count"]).reset_index()
        found = pd.concat([country.assign(municipality=COUNTRY), found], ignore_index=True)
    for row in found.to_dict("records"):
        mean = WeightedMean(row["mean"], row["std"] / np.sqrt(row["count"]), int(row["count"]), int(row["count"]) - 1)
        unit = _unit(row["school"]) if by_school else ""
        yield from _mean_row(
            survey, mean, row["municipality"], row["year"], group, _UNWEIGHTED, definition=definition, unit=unit
        )


def _mean_row(
    survey: Survey,
    found: WeightedMean,
    code: str,
    year: str,
    group: str,
    method: str,
    *,
    definition: str = "trivsel_generel",
    unit: str = "",
) -> Rows:
    from scipy.stats import t

    if found.n:
        half = t.ppf((1 + CONFIDENCE) / 2, found.degrees) * found.standard_error if found.degrees else np.nan
        has_interval = bool(np.isfinite(half))
        yield {
            **_about(survey, code, year),
            "definition": definition,
            "measure": "mean",
            "unit": unit,
            "group": group,
            "denominator": found.n,
            "estimate": found.estimate,
            "lower": found.estimate - half if has_interval else np.nan,
            "upper": found.estimate + half if has_interval else np.nan,
            "confidence": CONFIDENCE if has_interval else np.nan,
            "decimals": 2,
            "method": method,
        }


def _low(survey: Survey, scores: Floats, limit: float, group: str) -> list[dict[str, Any]]:
    known = ~np.isnan(scores)
    keys = [survey.responses[name].astype("str") for name in ("municipality", "year")]
    is_low = known & (np.where(known, scores, np.inf) <= limit)
    counts = pd.DataFrame({"numerator": is_low, "denominator": known}, index=survey.responses.index)
    return _shares(counts.groupby(keys).sum().reset_index(), group, "trivsel_lav", survey)


def _shares(table: pd.DataFrame, group: str, definition: str, survey: Survey) -> list[dict[str, Any]]:
    """A share with Wilson interval for each municipality and year, and for the country."""
    country = table.groupby("year")[["numerator", "denominator"]].sum().reset_index().assign(municipality=COUNTRY)
    table = pd.concat([country, table], ignore_index=True)
    table = table[table["denominator"] > 0].reset_index(drop=True)
    lower, upper = wilson_interval(table["numerator"], table["denominator"], confidence=CONFIDENCE)
    return [
        {
            **_about(survey, row["municipality"], row["year"]),
            "definition": definition,
            "measure": "share",
            "group": group,
            "numerator": int(row["numerator"]),
            "denominator": int(row["denominator"]),
            "estimate": 100 * row["numerator"] / row["denominator"],
            "lower": 100 * lower[place],
            "upper": 100 * upper[place],
            "confidence": CONFIDENCE,
            "decimals": 1,
            "method": _WILSON,
        }
        for place, row in enumerate(table.to_dict("records"))
    ]


def _counted(counts: pd.DataFrame, column: str, survey: Survey) -> Rows:
    keys = ["year", *([column] if column else [])]
    country = counts.groupby(keys)[["numerator", "denominator"]].sum().reset_index().assign(municipality=COUNTRY)
    prefix = {"": "", "sex": SEX, "grades": GRADES}[column]
    for row in pd.concat([country, counts]).to_dict("records"):
        yield {
            **_about(survey, row["municipality"], row["year"]),
            "definition": "trivsel_svarprocent",
            "measure": "share",
            "group": f"{prefix}{row[column]}" if column else "",
            "numerator": int(row["numerator"]),
            "denominator": int(row["denominator"]),
            "estimate": 100 * row["numerator"] / row["denominator"],
            "decimals": 1,
            "method": "optalt blandt alle, der skulle svare, derfor intet interval",
        }


def _about(survey: Survey, code: str, year: str) -> dict[str, str]:
    kind = "school_year" if "/" in year else "calendar_year"
    return {"municipality": code, "period": year, "period_type": kind, "source": survey.source}


def _with_groups(table: pd.DataFrame) -> pd.DataFrame:
    """Sex as a word in the plural, and grades in the bands of the schools' three phases."""
    sex = table["sex"].astype("str").map({"dreng": "drenge", "pige": "piger"})
    grade = table["grade"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    bands = pd.Series(pd.NA, index=table.index, dtype="str")
    for name, (first, last) in _BANDS.items():
        bands[(grade >= first) & (grade <= last)] = name
    return table.assign(sex=sex, grades=bands, municipality=table["municipality"].astype("str"),
                        year=table["year"].astype("str"))  # fmt: skip


def _values(column: pd.Series) -> list[str]:
    return sorted(str(value) for value in column.dropna().unique())


def _school_of(survey: Survey) -> NDArray[np.intp]:
    names = survey.responses["municipality"].astype("str") + " " + survey.responses["school"].astype("str")
    return np.asarray(pd.factorize(names)[0])


def _unit(school: str) -> str:
    return school if school.startswith("Skole ") else f"Skole {school}"
