"""How well the pupil survey measures, and where its differences lie: for the whole country, never for one municipality."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.printed import estimates
from inklusion.analyses.pupil_survey import (
    CONFIDENCE,
    favourable,
    item_group,
    low_limit,
    main_scale,
    scores_of,
    shown_items,
    turned_answers,
)
from inklusion.analyses.survey_weights import pupil_weights
from inklusion.contracts.surveys import SCALE
from inklusion.measures.ordinal import LEAST_LEVELS, proportional_odds
from inklusion.measures.random_intercept import linear_random_intercept, variance_shares
from inklusion.measures.reliability import cronbach_alpha, item_rest, omega_total
from inklusion.measures.scales import floor_ceiling
from inklusion.municipalities import COUNTRY
from inklusion.surveys import Survey

ALPHA, OMEGA, ITEM_REST, FLOOR, CEILING = "alpha", "omega", "item_rest", "share_floor", "share_ceiling"
BETWEEN = ("between_municipalities", "between_schools", "between_classes", "between_pupils")
SCHOOL_SHARE, DESIGN_EFFECT, ODDS_RATIO = "school_share", "design_effect", "odds_ratio"
_FEWEST_ITEMS, _FEWEST_ANSWERS = 3, 30
FOLLOWED = ("glad_for_skole", "mobbet")
Floats = NDArray[np.float64]
Rows = Iterator[dict[str, Any]]


def survey_card(survey: Survey | None) -> pd.DataFrame:
    """Reliability, floor and ceiling, parts of the variance, effect of the weights, and an ordinal model over the years.

    All rows are of the country, for the last year unless said. Measures:

    - ``alpha`` and ``omega`` per scale, with intervals in which schools are clusters; ``item_rest`` per item: its
      correlation with the sum of the scale's other items; ``share_floor`` and ``share_ceiling``: per cent of scores at the ends
    - ``between_...`` for the main scale: per cent of the variance between municipalities, schools within them, classes
      within schools and pupils within classes (moments; Searle and others 1992)
    - ``school_share`` per item: the part of a favourable answer's variance within municipalities that lies between schools
    - ``design_effect`` of the weights (Kish) in the median municipality
    - ``odds_ratio`` of a better answer in each year against the first, proportional odds with schools as clusters, for
      the items in ``FOLLOWED``
    """
    if survey is None or not survey.questionnaire.scales:
        return estimates([])
    last = max(str(year) for year in survey.responses["year"].unique())
    is_last = (survey.responses["year"].astype("str") == last).to_numpy()
    answers = turned_answers(survey)
    now, people = answers[is_last].reset_index(drop=True), survey.responses[is_last].reset_index(drop=True)
    school = pd.factorize(people["municipality"].astype("str") + " " + people["school"].astype("str"))[0]
    rows = [
        *_reliability(survey, now, school),
        *_variance(survey, now, people, school),
        *_school_shares(survey, now, people, school),
        *_weights(survey, now, people),
        *_odds(survey, answers),
    ]
    about = {"municipality": COUNTRY, "period": last, "source": survey.source, "definition": "trivsel_kvalitet",
             "period_type": "school_year" if "/" in last else "calendar_year"}  # fmt: skip
    return estimates(
        [{**about, "decimals": 2, **row} for row in rows if row.get("denominator", _FEWEST_ANSWERS) >= _FEWEST_ANSWERS]
    )


def _reliability(survey: Survey, answers: pd.DataFrame, school: NDArray[np.intp]) -> Rows:
    asked = survey.questionnaire
    for name, scale in asked.scales.items():
        present = [item for item in scale.items if item in answers]
        if len(present) < _FEWEST_ITEMS or len(answers[present].dropna()) < _FEWEST_ANSWERS:
            continue
        group = f"{SCALE}{scale.label}"
        for measure, found in (
            (ALPHA, cronbach_alpha(answers[present], clusters=school, confidence=CONFIDENCE)),
            (OMEGA, omega_total(answers[present], clusters=school, confidence=CONFIDENCE)),
        ):
            yield {"measure": measure, "group": group, "denominator": found.n, "estimate": found.estimate,
                   **_limits(found.lower, found.upper), "method": "skoler som klynger"}  # fmt: skip
        low, high = asked.limits(name)
        ends = floor_ceiling(scores_of(survey, name, answers), low, high)
        for measure, share in ((FLOOR, ends.floor), (CEILING, ends.ceiling)):
            yield {"definition": "trivsel_yderpunkt" if measure == CEILING else "trivsel_bundpunkt", "measure": measure,
                   "group": group, "numerator": round(share * ends.n), "denominator": ends.n, "estimate": 100 * share,
                   "decimals": 1, "method": "scorer ved skalaens ende, optalt"}  # fmt: skip
        if name != main_scale(asked):
            for item, value in item_rest(answers[present])["correlation"].items():
                yield {"measure": ITEM_REST, "group": item_group(asked, str(item)), "estimate": value,
                       "method": f"korrelation med resten af {scale.label}"}  # fmt: skip


def _variance(survey: Survey, answers: pd.DataFrame, people: pd.DataFrame, school: NDArray[np.intp]) -> Rows:
    scores = scores_of(survey, main_scale(survey.questionnaire), answers)
    of = people["municipality"].astype("str").to_numpy()
    if not _is_nested(school[~np.isnan(scores)], of[~np.isnan(scores)]):
        return
    nested = variance_shares(scores, school, of)
    shares = [nested.outer_share, nested.inner_share, 1 - nested.outer_share - nested.inner_share]
    if people["class"].notna().any():
        classes = pd.factorize(people["school"].astype("str") + of + people["class"].astype("str"))[0]
        within = variance_shares(scores, classes, school)
        rest = within.inner / (within.inner + within.within)
        shares = [*shares[:2], shares[2] * rest, shares[2] * (1 - rest)]
    else:
        shares = [*shares[:2], np.nan, shares[2]]
    label = survey.questionnaire.scales[main_scale(survey.questionnaire)].label
    for measure, share in zip(BETWEEN, shares, strict=True):
        yield {"measure": measure, "group": f"{SCALE}{label}", "denominator": nested.observations, "decimals": 1,
               "estimate": 100 * share, "method": "varianskomponenter ved momenter (Searle m.fl. 1992)"}  # fmt: skip


def _school_shares(survey: Survey, answers: pd.DataFrame, people: pd.DataFrame, school: NDArray[np.intp]) -> Rows:
    asked, of = survey.questionnaire, people["municipality"].astype("str").to_numpy()
    told = {
        item_group(asked, name): favourable(asked, name, answers[name])
        for name in shown_items(asked)
        if name in answers
    }
    for name, scale in asked.scales.items():
        scores = scores_of(survey, name, answers)
        if scale.bands and not np.isnan(scores).all():
            told[f"{SCALE}{scale.label}"] = np.where(np.isnan(scores), np.nan, scores <= low_limit(scale))
    for group, happened in told.items():
        known = ~np.isnan(happened)
        share, method = _school_share(happened[known], school[known], of[known])
        if np.isfinite(share):
            yield {"measure": SCHOOL_SHARE, "group": group, "decimals": 4, "denominator": int(known.sum()),
                   "estimate": share, "method": method}  # fmt: skip


def _school_share(happened: Floats, school: NDArray[np.intp], of: NDArray[np.object_]) -> tuple[float, str]:
    """The part of the variance between schools; where municipalities and schools cannot be told apart, both together."""
    if _is_nested(school, of):
        found = variance_shares(happened, school, of)
        return found.inner / (found.inner + found.within), "intraklassekorrelation inden for kommuner, ved momenter"
    if len(set(school)) < 2 or happened.min(initial=0) == happened.max(initial=0):
        return float("nan"), ""
    fit = linear_random_intercept(happened, pd.DataFrame(index=range(len(happened))), school)
    return fit.intraclass, "intraklassekorrelation mellem skoler (REML)"


def _is_nested(school: NDArray[np.intp], of: NDArray[np.object_]) -> bool:
    """Whether there are several municipalities, more schools than those, and more pupils than schools."""
    schools, places = len(set(school)), len(set(of))
    return 1 < places < schools < len(school)


def _weights(survey: Survey, answers: pd.DataFrame, people: pd.DataFrame) -> Rows:
    scores = scores_of(survey, main_scale(survey.questionnaire), answers)
    year = people["year"].astype("str").iloc[0]
    places = {(str(code), year): np.asarray(index) for code, index in
              people.groupby(people["municipality"].astype("str")).indices.items()}  # fmt: skip
    own = Survey(survey.questionnaire, people, survey.frame, survey.source)
    weights = pupil_weights(own, scores, places)
    effects = [weights.design_effect(index) for index in places.values() if (weights.weights[index] > 0).any()]
    yield {"measure": DESIGN_EFFECT, "estimate": float(np.median(effects)), "decimals": 3,
           "method": "Kish, den midterste kommune"}  # fmt: skip


def _odds(survey: Survey, answers: pd.DataFrame) -> Rows:
    years = survey.responses["year"].astype("str")
    first, *others = sorted(years.unique())
    school = pd.factorize(survey.responses["municipality"].astype("str") + survey.responses["school"].astype("str"))[0]
    predictors = pd.DataFrame({year: (years == year).astype(float).to_numpy() for year in others})
    if not others or len(set(school)) < 2:
        return
    for name in [item for item in FOLLOWED if answers.get(item, pd.Series(dtype=float)).nunique() >= LEAST_LEVELS]:
        fit = proportional_odds(answers[name], predictors, cluster=school, confidence=CONFIDENCE)
        for row in fit.coefficients.itertuples():
            yield {"measure": ODDS_RATIO, "group": item_group(survey.questionnaire, name), "period": row.term,
                   "estimate": np.exp(row.estimate), **_limits(np.exp(row.lower), np.exp(row.upper)),
                   "denominator": fit.observations,
                   "method": f"proportional odds mod {first}, skoler som klynger"}  # fmt: skip


def _limits(lower: float, upper: float) -> dict[str, float]:
    is_known = bool(np.isfinite([lower, upper]).all())
    return {"lower": lower, "upper": upper, "confidence": CONFIDENCE} if is_known else {}


def measured(card: pd.DataFrame, measure: str) -> dict[str, float]:
    """The estimates of one measure by group."""
    rows = card[card["measure"] == measure]
    return dict(zip(_groups(rows["group"]), rows["estimate"].astype(float), strict=True))


def _groups(groups: Iterable[str]) -> list[str]:
    return [str(group) for group in groups]
