"""Reforms of municipalities: the truth is found, trends that differ before stop every claim, one municipality is compared."""

import re
from dataclasses import replace
from functools import cache
from html import unescape
from itertools import product

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses import pupil_survey
from inklusion.analyses.planned import ASSESSABLE, DESCRIPTION_ONLY
from inklusion.analyses.printed import estimates
from inklusion.analyses.printed_reform import NO_SERIES, NO_START, ONE_SCHOOL, SEVERAL, published_reform
from inklusion.analyses.reform import DIFFERED_BEFORE, TOO_FEW, UNKNOWN_BEFORE, registered_reform
from inklusion.blocks import Gap
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.release import derive
from inklusion.disclosure.rule import REGISTER
from inklusion.editions import data
from inklusion.figures import programme as figures
from inklusion.municipalities import COUNTRY
from inklusion.narrative import printed_programme as printed_narrative
from inklusion.narrative import reform as narrative
from inklusion.plans import REFORM, LockedPlan, Plan, Plans
from inklusion.register.synthetic.survey_targets import targets
from inklusion.register.synthetic.surveys import synthetic_surveys
from inklusion.tables import programme as tables

YEARS = ["2019/2020", "2020/2021", "2021/2022", "2022/2023", "2023/2024", "2024/2025"]
NAME, SOURCE, ANSWERS = "Prøven", "data/own/reformer.csv", "data/own/trivsel.csv"
CLAIM = "tyder i så fald på en virkning"
PLAN = Plan(
    id=NAME,
    kind=REFORM,
    period="2019/2020-2024/2025",
    question="Har trivslen udviklet sig anderledes?",
    outcome="Generel trivsel",
    scale="1 til 5",
    outcome_file=ANSWERS,
    smallest_change=0.05,
    primary_test="difference_in_differences",
    direction="higher",
    level=0.05,
    comparison="kommuner uden reform",
    randomised=False,
    exclusions=(),
    secondary=(),
)


def plans(name=NAME, source=ANSWERS):
    return Plans((LockedPlan(replace(PLAN, id=name, outcome_file=source), "2024-08-15", "0" * 64, False),))


def codes(count, first=901):
    return [str(first + place) for place in range(count)]


def scales(count, *, treated, effect=0.0, drift=0.0, years=YEARS, noise=0.02, start=3):
    """One shown mean per municipality and year: own level, common decline, chance; effect and drift for the treated."""
    generator = np.random.default_rng(7)
    level, chance = 3.7 + 0.1 * generator.standard_normal(count), generator.standard_normal((count, len(years)))
    rows = []
    for place, (number, year) in product(range(count), enumerate(years)):
        own = place < treated
        mean = level[place] - 0.02 * number + noise * chance[place, number]
        mean += own * (drift * number + effect * (number >= start))
        rows.append(
            {
                "municipality": codes(count)[place],
                "period": year,
                "period_type": "school_year",
                "definition": "trivsel_generel",
                "measure": "mean",
                "denominator": 500,
                "estimate": mean,
                "decimals": 2,
                "method": "m",
                "source": ANSWERS,
            }
        )
    return estimates(rows)


def reforms(count, start="2022/2023", name=NAME):
    return pd.DataFrame({"reform": name, "municipality": codes(count), "start": start})


def analysed(table, members, **more):
    chosen = {"source": SOURCE, "plans": plans(), **more}
    return validate(registered_reform(table, members, **chosen), ESTIMATES, where="test")


def shown(table):
    return derive({"reform": table}, "own", REGISTER)["reform"]


def pick(table, **chosen):
    for name, value in chosen.items():
        table = table[table[name] == value]
    assert len(table) == 1, (len(table), chosen)
    return table.iloc[0]


def text_of(block):
    return "" if isinstance(block, Gap) else re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", block.html)))


def result_of(table, code="901"):
    return text_of(narrative.result(shown(table), code))


# --- several municipalities ---


def test_an_effect_that_was_put_in_is_found_and_may_be_spoken_of():
    table = analysed(scales(40, treated=8, effect=0.10), reforms(8))
    row = pick(table, measure="effect")
    assert row["lower"] < 0.10 < row["upper"] and row["lower"] > 0
    assert pick(table, measure="verdict")["method"] == ASSESSABLE
    assert CLAIM in result_of(table)


def test_without_an_effect_none_is_spoken_of():
    table = analysed(scales(40, treated=8), reforms(8))
    row = pick(table, measure="effect")
    assert row["lower"] < 0 < row["upper"]
    assert CLAIM not in result_of(table) and "kan ikke skille en virkning fra tilfældigheder" in result_of(table)


@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_no_effect_is_claimed_when_trends_differed_before(effect):
    """The treated rise 0.05 a year all along: the difference is there, the reform is not its reason."""
    table = analysed(scales(40, treated=8, drift=0.05, effect=effect), reforms(8))
    assert pick(table, measure="effect")["lower"] > 0
    row = pick(table, measure="verdict")
    assert row["method"] == DESCRIPTION_ONLY and DIFFERED_BEFORE in row["note"]
    said = result_of(table)
    assert "hævder siden ingenting om reformen" in said and "kun beskrivelse" in said
    assert "virkning" not in said and "effekt" not in said


def test_one_year_before_cannot_show_whether_trends_were_alike():
    table = analysed(scales(30, treated=6, years=YEARS[2:], start=1, effect=0.2), reforms(6))
    assert UNKNOWN_BEFORE in pick(table, measure="verdict")["note"]
    assert "virkning" not in result_of(table)


def test_two_of_four_municipalities_are_too_few():
    """Six ways to choose two of four, and turning the groups around is as extreme: 2 / 6."""
    table = analysed(scales(4, treated=2, effect=0.5), reforms(2))
    assert pick(table, measure="attainable")["estimate"] == pytest.approx(2 / 6)
    row = pick(table, measure="verdict")
    assert row["method"] == DESCRIPTION_ONLY and TOO_FEW in row["note"]
    assert "virkning" not in result_of(table)


def test_the_difference_year_by_year_is_nothing_in_the_last_year_before():
    table = analysed(scales(40, treated=8, effect=0.10), reforms(8))
    events = table[table["measure"] == "event"].set_index("period")
    assert list(events.index) == YEARS
    assert events.loc["2021/2022", "estimate"] == 0 and np.isnan(events.loc["2021/2022", "lower"])


def test_the_yearly_means_are_those_of_the_municipalities():
    given = scales(12, treated=3, effect=0.10)
    table = analysed(given, reforms(3))
    for measure, chosen in (("yearly_with", codes(3)), ("yearly_without", codes(9, 904))):
        expected = given[given["municipality"].isin(chosen)].groupby("period")["estimate"].mean()
        found = table[table["measure"] == measure].set_index("period")["estimate"]
        assert np.allclose(found[YEARS], expected[YEARS])


def test_years_under_covid_are_marked_and_named_as_a_doubt():
    table = analysed(scales(40, treated=8), reforms(8))
    marked = table[(table["measure"] == "yearly_with") & table["note"].str.contains("COVID")]
    assert list(marked["period"]) == YEARS[:3]
    assert "Skoleårene 2019/2020, 2020/2021 og 2021/2022 lå under COVID-19" in result_of(table)
    assert "COVID-19" in text_of(tables.reform_years(shown(table), "901"))


def test_a_municipality_that_lacks_a_year_is_left_out_and_counted():
    given = scales(20, treated=4)
    lacking = given[~((given["municipality"] == "915") & (given["period"] == "2020/2021"))]
    table = analysed(lacking, reforms(4))
    assert pick(table, measure="left_out")["estimate"] == 1
    assert pick(table, measure="without_reform")["estimate"] == 15


def test_municipalities_of_another_reform_are_no_comparison():
    members = pd.concat(
        [reforms(4), pd.DataFrame({"reform": "En anden", "municipality": ["910"], "start": "2023/2024"})]
    )
    table = analysed(scales(20, treated=4), members)
    assert pick(table, measure="without_reform", group=NAME)["estimate"] == 15


def test_municipalities_that_began_in_different_years_are_not_pooled():
    members = reforms(4)
    members.loc[3, "start"] = "2023/2024"
    table = analysed(scales(20, treated=4, effect=0.2), members)
    assert "effect" not in set(table["measure"])
    assert pick(table, measure="verdict")["method"] == DESCRIPTION_ONLY


def test_only_municipalities_of_a_reform_have_rows_and_pages():
    table = analysed(scales(20, treated=4), reforms(4))
    assert set(table["municipality"]) == {COUNTRY, *codes(4)}
    released = shown(table)
    for show in (
        narrative.plan,
        narrative.own_course,
        narrative.result,
        figures.reform,
        tables.reform_years,
        tables.plan,
    ):
        assert isinstance(show(released, "905"), Gap)
        assert not isinstance(show(released, "901"), Gap)


def test_the_country_and_schools_are_no_municipalities():
    given = scales(20, treated=4)
    others = given.assign(estimate=1.0)
    mixed = [
        given,
        others.assign(municipality=COUNTRY),
        others.assign(unit="Skole 1"),
        others.assign(group="køn: pige"),
    ]
    mixed.append(others.assign(measure="share", definition="trivsel_lav"))
    one, two = analysed(given, reforms(4)), analysed(pd.concat(mixed, ignore_index=True), reforms(4))
    assert one["estimate"].equals(two["estimate"])


# --- one municipality ---


def test_a_single_municipality_is_held_against_a_synthetic_control():
    table = analysed(scales(30, treated=1, effect=0.5), reforms(1))
    assert pick(table, measure="effect")["estimate"] == pytest.approx(0.5, abs=0.1)
    assert pick(table, measure="attainable")["estimate"] == pytest.approx(1 / 30)
    gaps = table[table["measure"] == "gap"].set_index("period")["estimate"]
    assert list(gaps.index) == YEARS and (gaps[YEARS[3:]] > gaps[YEARS[:3]].abs().max()).all()


def test_one_among_nineteen_can_at_best_reach_one_in_nineteen():
    table = analysed(scales(19, treated=1, effect=0.5), reforms(1))
    assert pick(table, measure="attainable")["estimate"] == pytest.approx(1 / 19)
    assert pick(table, measure="verdict")["method"] == DESCRIPTION_ONLY
    said = result_of(table)
    assert TOO_FEW[1:] in said and "virkning" not in said


def test_a_single_municipality_with_one_year_before_is_not_judged():
    table = analysed(scales(20, treated=1, years=YEARS[2:], start=1), reforms(1))
    assert "effect" not in set(table["measure"])
    assert pick(table, measure="verdict")["method"] == DESCRIPTION_ONLY


# --- the lock ---


def test_without_a_lock_no_mean_is_compared():
    table = analysed(scales(20, treated=4), reforms(4), plans=Plans())
    assert set(table["measure"]) == {"start", "refused"}
    assert "Der er ingen plan for »Prøven«" in text_of(narrative.plan(shown(table), "901"))


def test_a_plan_for_other_answers_is_not_used():
    table = analysed(scales(20, treated=4), reforms(4), plans=plans(source="data/own/andre_svar.csv"))
    assert set(table["measure"]) == {"start", "refused"}


def test_no_reform_or_no_answers_give_no_rows():
    assert analysed(scales(20, treated=4), reforms(0)).empty
    assert analysed(estimates([]), reforms(4)).empty


# --- the synthetic reforms ---


@cache
def synthetic():
    surveys = synthetic_surveys(64_000, seed=901998, source="settings/synthetic.toml")
    return surveys, pupil_survey.scales(surveys.pupils)


@pytest.mark.slow
def test_the_interval_holds_the_true_effect_of_the_synthetic_reform():
    """The truth in points: the effect in standard deviations of the scale, as told in ``surveys.toml``, times its SD."""
    surveys, table = synthetic()
    name = "Eksempelreformen"
    found = registered_reform(table, surveys.reforms, source="s", plans=plans(name, "settings/synthetic.toml"))
    row = pick(found, measure="effect", group=name)
    pupils = surveys.pupils
    answers = pupil_survey.turned_answers(pupils)
    scored = [item for scale in pupils.questionnaire.scales.values() for item in scale.items if item in answers]
    deviation = answers[list(dict.fromkeys(scored))].mean(axis=1).std()
    assert targets()["reforms"][name]["effect"] == 0.10
    assert row["lower"] < 0.09 * deviation < row["upper"]
    assert pick(found, measure="with_reform", group=name)["estimate"] == 10


# --- printed reforms ---


@pytest.fixture(scope="module")
def printed(published):
    return published.released["reform"]


def test_every_municipality_that_the_programme_names_is_a_description(printed):
    verdicts = printed.where(measure="verdict").table
    named = {code for text in data.document("programmes")["municipality_codes"] for code in text.split(";")} - {COUNTRY}
    assert set(verdicts["municipality"]) == named
    assert set(verdicts["method"]) == {DESCRIPTION_ONLY}
    assert verdicts["note"].str.contains(NO_SERIES).all()


def test_one_of_98_can_at_best_reach_one_in_98(printed):
    assert pick(printed.where(measure="attainable").table, municipality="217")["estimate"] == round(1 / 98, 3)


@pytest.mark.parametrize(
    ("code", "reason", "printed_start"),
    [
        ("217", None, "2024/2025"),
        ("706", NO_START, None),
        ("101", ONE_SCHOOL, None),
        ("190", SEVERAL, None),
        ("190", NO_START, None),
    ],
)
def test_the_reasons_are_those_of_the_source(printed, code, reason, printed_start):
    own = printed.where(municipality=code).table
    note = pick(own, measure="verdict")["note"]
    assert reason is None or reason in note
    if printed_start:
        assert NO_START not in note and f"tidspunkt: {printed_start}" in pick(own, measure="named")["note"]


def test_a_printed_reform_is_described_and_nothing_more(printed):
    for code in ("217", "706", "101", "190"):
        said = text_of(printed_narrative.mentions(printed, code)) + text_of(printed_narrative.reforms(printed, code))
        assert "kun beskrivelse" in said and "virkning" not in said and "effekt" not in said
    for show in (printed_narrative.mentions, printed_narrative.reforms):
        assert isinstance(show(printed, "163"), Gap)


def test_the_whole_country_is_no_municipality_of_a_reform():
    rows = pd.DataFrame(
        [{"municipality": "Hele landet", "municipality_codes": COUNTRY, "line_from": "1", "quote_da": "q",
          "date_in_source": "2025-01-01"}]
    )  # fmt: skip
    assert published_reform(rows, source="s").empty
