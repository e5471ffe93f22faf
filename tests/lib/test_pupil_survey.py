"""The pupils' survey: shares, scales, weights and changes, and what is never told of few."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses import pupil_survey, survey_card, wellbeing_trends
from inklusion.analyses.survey_weights import pupil_weights
from inklusion.blocks import Block
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.audit import audit
from inklusion.disclosure.release import derive, release, shown_rows
from inklusion.disclosure.rule import REGISTER
from inklusion.disclosure.scan import Scan, library_wording
from inklusion.figures import wellbeing as figures
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative import wellbeing as sentences
from inklusion.questionnaire import as_delivered, questionnaire, read_questionnaire
from inklusion.register.synthetic.surveys import synthetic_surveys
from inklusion.surveys import Survey
from inklusion.tables import wellbeing as pages

SURVEY = synthetic_surveys(12_000, seed=5, source="prøve", codes=[str(code) for code in range(901, 931)]).pupils
TABLES = {
    "wellbeing_items": pupil_survey.items(SURVEY),
    "wellbeing_scales": pupil_survey.scales(SURVEY),
    "survey_response": pupil_survey.response(SURVEY),
}
CARD = survey_card.survey_card(SURVEY)
LAST = "2024/2025"


def small_survey(answers, *, years=("2023/2024",), school="A", grade=4, sex="dreng", direction="turned", frame=None):
    """A survey of one municipality in which every item that is not given was left out."""
    asked = as_delivered(questionnaire("trivsel_4_9"), direction)
    parts = []
    for year in years:
        table = pd.DataFrame(answers, dtype=float)
        parts.append(
            table.assign(municipality="101", school=school, year=year, grade=grade, sex=sex, group=pd.NA)
            .assign(**{"class": pd.NA})
        )  # fmt: skip
    responses = pd.concat(parts, ignore_index=True)
    responses.insert(0, "respondent", range(len(responses)))
    responses["grade"] = responses["grade"].astype("Int64")
    if frame is None:
        frame = responses.groupby(["municipality", "school", "year", "grade", "sex"]).size().rename("invited")
        frame = frame.reset_index().assign(group=pd.NA)
    return Survey(asked, responses, frame, "prøve")


def row(table, **chosen):
    for column, wanted in chosen.items():
        table = table[table[column] == wanted]
    assert len(table) == 1, chosen
    return table.iloc[0]


@pytest.mark.parametrize("name", [*TABLES, "card"])
def test_every_table_keeps_the_contract_of_estimates(name):
    validate(TABLES.get(name, CARD), ESTIMATES, where=name)


def test_no_survey_gives_empty_tables():
    for found in (pupil_survey.items(None), pupil_survey.scales(None), pupil_survey.response(None),
                  survey_card.survey_card(None)):  # fmt: skip
        assert found.empty
        assert list(found.columns) == ESTIMATES.column_names


def test_two_best_answers_are_favourable_and_declined_ones_count_nowhere():
    found = pupil_survey.items(small_survey({"glad_for_skole": [5, 4, 3, 1, 0, np.nan]}))
    own = row(found, municipality="101", group="spørgsmål – Er du glad for din skole?")
    assert (own["numerator"], own["denominator"], own["estimate"]) == (2, 4, 50.0)


def test_a_reversed_item_says_so_and_its_raw_codes_are_turned():
    raw = pupil_survey.items(small_survey({"mobbet": [1, 1, 2, 5, 5]}, direction="raw"))
    turned = pupil_survey.items(small_survey({"mobbet": [5, 5, 4, 1, 1]}, direction="turned"))
    pd.testing.assert_frame_equal(raw, turned)
    own = row(raw, municipality="101")
    assert own["group"].endswith("(vendt)")
    assert own["numerator"] == 3  # never (twice) and seldom


def test_a_scale_needs_half_of_its_items():
    ro = ["hoere_laereren", "hoere_eleverne", "larm", "laererne_praecist"]
    answers = {ro[0]: [4, 4, 4], ro[1]: [2, 2, np.nan], ro[2]: [3, np.nan, np.nan], ro[3]: [3, np.nan, np.nan]}
    found = pupil_survey.scales(small_survey(answers))
    own = row(found, municipality="101", group="skala – Ro og orden", measure="mean", unit="")
    assert own["denominator"] == 2
    assert own["estimate"] == pytest.approx(3.0)


def test_low_wellbeing_is_the_lower_half_of_the_bands_and_the_limit_counts_as_low():
    ro = ["hoere_laereren", "hoere_eleverne", "larm", "laererne_praecist"]
    answers = {name: [3, 3, 2, 4, 5] for name in ro} | {ro[0]: [3, 4, 2, 4, 5]}  # means 3, 3.25, 2, 4, 5
    own = row(pupil_survey.scales(small_survey(answers)), municipality="101", definition="trivsel_lav",
              group="skala – Ro og orden")  # fmt: skip
    assert (own["numerator"], own["denominator"]) == (2, 5)


def test_the_weighted_mean_counts_each_sex_as_among_those_asked():
    boys, girls = [5.0] * 10, [1.0] * 10
    asked = small_survey({"glad_for_skole": boys + girls})
    items = asked.questionnaire.scales["generel"].items
    responses = asked.responses.assign(**dict.fromkeys(items, asked.responses["glad_for_skole"]))
    responses["sex"] = ["dreng"] * 10 + ["pige"] * 10
    frame = pd.DataFrame({"municipality": "101", "school": "A", "year": "2023/2024", "grade": [4, 4],
                          "sex": ["dreng", "pige"], "group": pd.NA, "invited": [10, 30]})  # fmt: skip
    found = pupil_survey.scales(replace(asked, responses=responses, frame=frame))
    own = row(found, municipality="101", definition="trivsel_generel", unit="", group="")
    assert own["estimate"] == pytest.approx((10 * 5 + 30 * 1) / 40)


def test_a_stratum_with_few_answers_is_merged_and_never_dropped():
    asked = small_survey({"glad_for_skole": [4.0] * 12})
    responses = asked.responses.assign(sex=["dreng"] * 10 + ["pige"] * 2)
    frame = pd.DataFrame({"municipality": "101", "school": "A", "year": "2023/2024", "grade": [4, 4],
                          "sex": ["dreng", "pige"], "group": pd.NA, "invited": [20, 20]})  # fmt: skip
    scores = np.full(12, 4.0)
    index = {("101", "2023/2024"): np.arange(12)}
    found = pupil_weights(replace(asked, responses=responses, frame=frame), scores, index)
    assert found.weights.sum() == pytest.approx(40)
    assert len(set(found.stratum)) == 1


def test_the_response_rate_counts_those_who_answered_nothing_as_away():
    asked = small_survey({"glad_for_skole": [4, 4, 4, 4, 4, 4, 0, np.nan]})
    own = row(pupil_survey.response(asked), municipality="101", group="")
    assert (own["numerator"], own["denominator"]) == (6, 8)


@pytest.mark.parametrize("name", list(TABLES))
def test_the_country_is_the_sum_of_its_municipalities(name):
    table = TABLES[name]
    counted = table[(table["unit"] == "") & (table["measure"] == "share")]
    keys = ["period", "definition", "group"]
    whole = counted[counted["municipality"] == COUNTRY].set_index(keys)["denominator"]
    parts = counted[counted["municipality"] != COUNTRY].groupby(keys)["denominator"].sum()
    assert (parts.reindex(whole.index) == whole).all()


@pytest.fixture(scope="module")
def edition():
    return release(TABLES, "synthetic", REGISTER)


def test_nothing_about_fewer_than_five_pupils_is_shown(edition):
    hidden = 0
    for table in (one.table for one in edition.values()):
        assert not (table["denominator"].dropna() < 5).any()
        assert not table["numerator"].dropna().between(1, 4).any()
        small = table["status"] == "suppressed"
        assert table.loc[small, ["estimate", "lower", "upper"]].isna().all().all()
        hidden += int(small.sum())
    few = TABLES["wellbeing_scales"]
    assert ((few["measure"] == "mean") & (few["denominator"] < 5)).any()  # there was something to hide
    assert hidden > 0


def test_hidden_means_cannot_be_worked_out_from_the_others(edition):
    assert audit(edition).is_safe


@pytest.fixture(scope="module")
def changes(edition):
    shown = {name: shown_rows(TABLES[name], table) for name, table in edition.items()}
    return wellbeing_trends.wellbeing_trends(shown["wellbeing_scales"], shown["wellbeing_items"], CARD)


def test_a_change_is_only_called_one_when_its_interval_keeps_to_one_side(changes):
    judged = changes[changes["note"].isin([wellbeing_trends.UP, wellbeing_trends.DOWN])]
    assert len(judged) > 0
    assert ((judged["lower"] > 0) | (judged["upper"] < 0)).all()
    assert (judged.loc[judged["note"] == wellbeing_trends.UP, "estimate"] > 0).all()
    assert (judged.loc[judged["note"] == wellbeing_trends.DOWN, "estimate"] < 0).all()


def test_a_change_is_the_difference_of_the_two_means(changes):
    means = TABLES["wellbeing_scales"]
    own = means[
        (means["municipality"] == COUNTRY) & (means["definition"] == "trivsel_generel") & (means["group"] == "")
    ]
    own = own[own["measure"] == "mean"].set_index("period")["estimate"]
    found = row(changes, municipality=COUNTRY, measure="change_year", definition="trivsel_generel")
    assert found["estimate"] == pytest.approx(own[LAST] - own["2023/2024"])


def test_the_smallest_change_is_larger_than_the_half_width_of_the_interval(changes):
    keys = ["municipality"]
    chosen = changes[changes["definition"] == "trivsel_generel"]
    year = chosen[chosen["measure"] == "change_year"].set_index(keys)
    smallest = chosen[chosen["measure"] == "smallest_change"].set_index(keys)["estimate"]
    half = (year["upper"] - year["lower"]) / 2
    # Five scales: level 1 %, two-sided.
    assert np.allclose(smallest / half.reindex(smallest.index), (2.575829 + 0.841621) / 1.959964)


def drawn_schools(rng, *, schools=60, pupils=80, noise=0.06, fall=0.0):
    """Two years of schools with levels of their own, yearly swings, and pupils; every row as the analysis gives it."""
    rows = []
    level = rng.normal(3.6, 0.1, schools)
    for number, year in enumerate(("2023/2024", "2024/2025")):
        means = level + rng.normal(0, noise, schools) - fall * number
        for place in range(schools):
            values = rng.normal(means[place], 0.6, pupils)
            half = 1.990450 * values.std(ddof=1) / np.sqrt(pupils)  # t of 79 degrees
            rows.append({"municipality": f"{901 + place // 6}", "unit": f"Skole {place:02d}", "period": year,
                         "period_type": "school_year", "definition": "trivsel_generel", "measure": "mean", "group": "",
                         "denominator": pupils, "estimate": values.mean(), "lower": values.mean() - half,
                         "upper": values.mean() + half, "source": "prøve"})  # fmt: skip
    table = pd.DataFrame(rows)
    whole = table.groupby(["municipality", "period"]).agg(
        estimate=("estimate", "mean"), denominator=("denominator", "sum")
    )
    whole = whole.reset_index().assign(unit="", period_type="school_year", definition="trivsel_generel", measure="mean",
                                       group="", source="prøve")  # fmt: skip
    whole = whole.assign(lower=whole["estimate"] - 0.05, upper=whole["estimate"] + 0.05)
    return pd.concat([table, whole], ignore_index=True)


def judged_changes(rng, **design):
    items = pd.DataFrame(columns=ESTIMATES.column_names)
    return wellbeing_trends.wellbeing_trends(drawn_schools(rng, **design), items, items)


def test_schools_that_only_swing_are_not_said_to_have_changed():
    """Any school of a municipality is called changed in at most one of twenty, which is the simultaneous level."""
    rng = np.random.default_rng(20)
    false = total = 0
    for _ in range(40):
        found = judged_changes(rng)
        schools = found[found["measure"] == "change_school"]
        false += schools[schools["note"] != wellbeing_trends.UNCLEAR]["municipality"].nunique()
        total += schools["municipality"].nunique()
    assert total == 400
    assert false / total < 0.05 + 3 * np.sqrt(0.05 * 0.95 / total)


def test_the_interval_of_a_municipalitys_change_holds_no_change_in_about_95_of_100():
    rng = np.random.default_rng(21)
    held = []
    for _ in range(40):
        found = judged_changes(rng)
        own = found[found["measure"] == "change_year"]
        held += list((own["lower"] <= 0) & (own["upper"] >= 0))
    assert len(held) == 400
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.05 * 0.95 / len(held))


def test_a_large_fall_is_seen_for_the_municipality():
    found = judged_changes(np.random.default_rng(22), fall=0.5)
    own = found[found["measure"] == "change_year"]
    assert (own["note"] == wellbeing_trends.DOWN).all()


def test_the_survey_card_shows_what_was_put_into_the_synthetic_answers():
    large = survey_card.survey_card(synthetic_surveys(64_000, seed=901998, source="prøve").pupils)
    between = large[large["measure"].str.startswith("between_")].set_index("measure")["estimate"]
    assert between.sum() == pytest.approx(100)
    assert between["between_pupils"] > 80
    omega = large[large["measure"] == "omega"]
    assert ((omega["lower"] < omega["estimate"]) & (omega["estimate"] < omega["upper"])).all()


def test_a_questionnaire_of_ones_own_gives_its_first_scale_as_general_wellbeing(tmp_path):
    path = tmp_path / "who_5.toml"
    path.write_text(
        'id = "who_5"\ntitle_da = "WHO-5"\nversion = "1998"\nvalid_from = 1998\nhow_sure = "high"\n'
        '[responses.tid]\nanswers = [[0, "På intet tidspunkt"], [1, "Lidt"], [2, "Noget"], [3, "Meget"], [4, "Det meste"], '
        '[5, "Hele tiden"]]\n'
        + "".join(f'[[items]]\nid = "who_{n}"\nlabel = "Udsagn {n}"\nresponses = "tid"\n' for n in range(1, 6))
        + '[scales.who]\nlabel = "WHO-5"\nitems = ["who_1", "who_2", "who_3", "who_4", "who_5"]\nminimum_share = 1.0\n',
        encoding="utf-8",
    )
    own = small_survey({f"who_{n}": [5, 4, 3, 2, 1, 0] for n in range(1, 6)})
    found = pupil_survey.scales(replace(own, questionnaire=read_questionnaire(path)))
    assert row(found, municipality="101", definition="trivsel_generel", unit="", group="")["estimate"] == pytest.approx(
        2.5
    )
    assert not (found["definition"] == "trivsel_lav").any()  # it has no bands


def drawn_country(rng, *, places=8, schools=3, pupils=40, spread=0.15):
    """Pupils of schools that differ, all of one grade and sex; everybody answers every item of one scale alike."""
    ro = questionnaire("trivsel_4_9").scales["generel"].items
    level = rng.normal(0, spread, (places, schools))
    parts = []
    for place in range(places):
        for school in range(schools):
            answers = np.clip(np.rint(rng.normal(3.5 + level[place, school], 1.0, pupils)), 1, 5)
            part = small_survey(dict.fromkeys(ro, answers), school=f"S{school}").responses
            parts.append(part.assign(municipality=str(901 + place)))
    responses = pd.concat(parts, ignore_index=True).assign(respondent=range(places * schools * pupils))
    frame = responses.groupby(["municipality", "school", "year", "grade", "sex"]).size().rename("invited").reset_index()
    return Survey(as_delivered(questionnaire("trivsel_4_9"), "turned"), responses, frame.assign(group=pd.NA), "prøve")


def test_the_countrys_interval_knows_that_schools_differ():
    """Its standard error is about that of the schools' means, which strata within municipalities would take away."""
    rng = np.random.default_rng(3)
    found, means = [], []
    for _ in range(25):
        table = pupil_survey.scales(drawn_country(rng))
        own = row(table, municipality=COUNTRY, definition="trivsel_generel", group="", unit="")
        found.append((own["upper"] - own["lower"]) / 2)
        means.append(own["estimate"])
    assert np.mean(found) / 2.07 > 0.75 * np.std(means, ddof=1)


@pytest.mark.parametrize(("places", "schools"), [(1, 1), (1, 2), (2, 1), (3, 2)])
def test_few_municipalities_and_schools_give_a_card_and_trends_without_a_crash(places, schools):
    survey = drawn_country(np.random.default_rng(4), places=places, schools=schools)
    later = survey.responses.assign(year="2024/2025")
    frame = pd.concat([survey.frame, survey.frame.assign(year="2024/2025")], ignore_index=True)
    responses = pd.concat([survey.responses, later], ignore_index=True)
    whole = replace(survey, responses=responses.assign(respondent=range(len(responses))), frame=frame)
    tables = {"wellbeing_scales": pupil_survey.scales(whole), "wellbeing_items": pupil_survey.items(whole),
              "survey_response": pupil_survey.response(whole), "survey_card": survey_card.survey_card(whole)}  # fmt: skip
    shown = {name: shown_rows(tables[name], one) for name, one in release(tables, "own", REGISTER).items()}
    trends = wellbeing_trends.wellbeing_trends(
        shown["wellbeing_scales"], shown["wellbeing_items"], shown["survey_card"]
    )
    assert not trends.empty


def test_a_place_that_was_asked_and_did_not_answer_stops_nobody():
    survey = drawn_country(np.random.default_rng(5), places=5, schools=2)
    silent = survey.frame.iloc[:1].assign(municipality="157", invited=200)
    whole = replace(survey, frame=pd.concat([survey.frame, silent], ignore_index=True))
    tables = {"wellbeing_scales": pupil_survey.scales(whole), "survey_response": pupil_survey.response(whole)}
    assert "157" not in set(tables["survey_response"]["municipality"])
    assert audit(release(tables, "own", REGISTER)).is_safe


def test_a_school_in_which_all_answered_alike_is_hidden():
    survey = drawn_country(np.random.default_rng(6), places=3, schools=4)
    items = list(survey.questionnaire.scales["generel"].items)
    alike = (survey.responses["municipality"] == "901") & (survey.responses["school"] == "S0")
    responses = survey.responses.copy()
    responses.loc[alike, items] = 5.0
    tables = {"wellbeing_scales": pupil_survey.scales(replace(survey, responses=responses))}
    found = release(tables, "own", REGISTER)["wellbeing_scales"].table
    own = found[(found["municipality"] == "901") & (found["unit"] == "Skole S0")]
    assert len(own) > 0
    assert (own["status"] == "suppressed").all()


def test_no_count_of_few_pupils_stands_in_the_survey_card():
    tables = {"survey_card": CARD}
    found = release(tables, "synthetic", REGISTER)["survey_card"].table
    ends = found[found["measure"].isin(["share_floor", "share_ceiling"])]
    assert len(ends) == 10
    assert not ends["numerator"].dropna().between(1, 4).any()


def test_every_number_of_the_page_is_released_also_where_items_and_schools_are_hidden(edition, changes):
    """The scan of the batch, on the figures, tables and sentences of the municipalities with most hidden numbers."""
    card = release({"survey_card": CARD}, "synthetic", REGISTER)["survey_card"]
    trends = derive({"wellbeing_trends": changes}, "synthetic", REGISTER)["wellbeing_trends"]
    tables = [one.table for one in (*edition.values(), card, trends)]
    scan = Scan(tables, [*library_wording(), *(name_of(code) for code in (COUNTRY, *map(str, range(901, 931))))])
    items = edition["wellbeing_items"].table
    is_hidden = (items["status"] == "suppressed") & (items["period"] == LAST)
    hidden = items[is_hidden].groupby("municipality").size().sort_values(ascending=False)
    answers, means, asked = (edition[name] for name in ("wellbeing_items", "wellbeing_scales", "survey_response"))
    assert len(hidden) >= 5
    for code in hidden.index[:6]:
        own = (answers.for_municipality(code), means.for_municipality(code), trends.for_municipality(code))
        blocks = [
            figures.general_by_year(own[1], code), figures.indicators_by_year(own[1], code), figures.items(own[0], code),
            figures.schools(own[1], code), sentences.response(asked.for_municipality(code), code),
            sentences.general(own[1], own[2], code), sentences.scales(own[2], code), sentences.items(own[2], code),
            sentences.low(own[1], code), sentences.schools(own[2], code), pages.response(asked.for_municipality(code), code),
            pages.scales(own[1], own[2], code), pages.low(own[1], code), pages.items(own[0], own[2], code),
            pages.schools(own[1], own[2], code), pages.groups(own[1], code),
        ]  # fmt: skip
        for block in blocks:
            if isinstance(block, Block):
                assert scan.unreleased(block.html, block.csv, municipality=code) == []
