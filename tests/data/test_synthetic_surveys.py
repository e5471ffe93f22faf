"""The synthetic surveys: do they keep their contracts, follow the printed figures, and hold the effects that were put in?"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.contracts.surveys import COMPARISON, FRAME, PARTICIPANTS, REFORMS, RESPONSES, TREATED
from inklusion.contracts.validation import validate
from inklusion.questionnaire import known_answers, refuse_answers
from inklusion.register.synthetic.places import draw_places
from inklusion.register.synthetic.streams import Streams
from inklusion.register.synthetic.survey_targets import targets, with_schools
from inklusion.register.synthetic.surveys import synthetic_surveys

RAW = Path(__file__).parents[2] / "data" / "raw"
PUPILS, FULL, SEED = 12_000, 64_000, 901998
STRATA = ["municipality", "school", "year", "grade", "sex"]
STAFF_STRATA = ["municipality", "school", "year", "group"]
AGREE, DISAGREE, YES = [4, 5], [1, 2], [1]
PRINTED_STAFF = {
    "helt eller delvis enig": AGREE, "helt eller delvist enig": AGREE, "helt enig eller enig": AGREE, "angiver": AGREE,
    "uenig": DISAGREE, "oplever ikke": DISAGREE, "helt eller delvist uenig": DISAGREE, "ja": YES,
    "i nogen grad eller mere": YES, "valgt": YES,
}  # fmt: skip
STAFF_WORDS = {
    "passende tilbud": "passende_tilbud", "udvide med ekstra": "ekstra_tiltag", "mangler nødvendige": "fysiske_rammer",
    "redskaber: co-teaching": "redskab_co_teaching", "mere med co-teaching": "co_teaching_mere",
    "mere med tolærer": "tolaerer_mere", "overordnet strategi": "strategi", "prioriterer": "prioriterer",
    "seks år": "seks_aar", "har modtaget": "opkvalificering", "sig kvalificeret": "kvalificeret",
    "gode muligheder for komp": "kompetenceudvikling", "har fokus på": "ledelsens_fokus",
    "konkrete kurser": "mangler_kurser", "i relation til feedback": "mangler_feedback", "diagnoser": "mangler_mistrivsel",
    "feedback til kollegaer": "mangler_feedback_kollegaer", "konflikt": "mangler_konflikt",
    "differentiering": "mangler_differentiering", "klasserumsledelse": "mangler_klasserumsledelse",
    "forældresamarbejde": "foraeldresamarbejde", "almen- og special": "almen_special",
}  # fmt: skip


def drawn(pupils=PUPILS, **options):
    return synthetic_surveys(pupils, **{"seed": SEED, "source": "opdigtet"} | options)


@pytest.fixture(scope="module")
def surveys():
    return drawn()


@pytest.fixture(scope="module")
def full():
    """The size of the shipped settings; half a second."""
    return drawn(FULL)


def delivered(pattern):
    (path,) = sorted(RAW.glob(pattern))[-1:]
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def printed_series(name, place):
    """Share by school year written out ("2020/2021"), from the delivered file."""
    rows = delivered(f"koebenhavn/*/{name}.csv")
    long = {f"{row['year'][:4]}/20{row['year'][-2:]}": row for row in rows if row["geography"] == place}
    assert len(long) == 5
    rows = [row for row in rows if row["geography"] == place and row["unit"] == "pct."]
    return pd.Series({f"{row['year'][:4]}/20{row['year'][-2:]}": float(row["value"]) for row in rows})


def score(survey, scale="generel"):
    items = list(survey.questionnaire.scales[scale].items)
    answers = known_answers(survey.questionnaire, survey.responses)[items]
    return answers.mean(axis=1).where(answers.notna().mean(axis=1) >= 0.5)


def standardised(survey):
    """General wellbeing within year, grade and sex, in standard deviations."""
    who = survey.responses.assign(score=score(survey)).dropna(subset=["score"])
    rest = who["score"] - who.groupby(["year", "grade", "sex"])["score"].transform("mean")
    return who.assign(score=rest / rest.std())


def shared(who, outer, inner=None):
    """Mean product of two pupils in the same outer cluster but not in the same inner one (or not the same pupil)."""
    sums = [
        who.assign(square=who["score"] ** 2).groupby(keys)["score"].agg(["sum", "size"])
        for keys in (outer, inner)
        if keys
    ]
    totals = [np.array([(part["sum"] ** 2).sum(), (part["size"] ** 2).sum()]) for part in sums]
    if inner is None:
        totals.append(np.array([(who["score"] ** 2).sum(), len(who)]))
    product, pairs = totals[0] - totals[1]
    return product / pairs


def tables(surveys):
    pupils, staff = surveys.pupils, surveys.staff
    return [pupils.responses, pupils.frame, staff.responses, staff.frame, surveys.participants, surveys.reforms]


def test_every_table_keeps_its_contract(surveys):
    contracts = [RESPONSES, FRAME, RESPONSES, FRAME, PARTICIPANTS, REFORMS]
    for table, contract in zip(tables(surveys), contracts, strict=True):
        assert list(table.columns[: len(contract.columns)]) == contract.column_names
        checked = validate(table[contract.column_names], contract, where="synthetic")
        assert len(checked) == len(table) > 0
    assert surveys.pupils.source == surveys.programme_source == surveys.reform_source == "opdigtet"


@pytest.mark.parametrize("part", ["pupils", "staff"])
def test_answers_are_codes_of_their_questions(surveys, part):
    survey = getattr(surveys, part)
    asked = [name for name in survey.questionnaire.items if survey.questionnaire.responses_of(name).answers]
    assert [name for name in survey.responses if name not in RESPONSES.column_names] == asked
    refuse_answers(survey.questionnaire, survey.responses)
    for name in asked:
        assert set(survey.questionnaire.responses_of(name).answers) <= set(survey.responses[name]), name


def test_the_same_seed_gives_the_same_surveys_and_another_seed_others(surveys):
    for first, again, other in zip(tables(surveys), tables(drawn()), tables(drawn(seed=SEED + 1)), strict=True):
        pd.testing.assert_frame_equal(first, again)
        assert not first.equals(other)


def test_some_municipalities_have_the_same_rows_as_among_all(surveys):
    codes = ["905", "954", "984"]
    for whole, some in zip(tables(surveys), tables(drawn(codes=codes)), strict=True):
        wanted = whole[whole["municipality"].isin(codes)].reset_index(drop=True)
        pd.testing.assert_frame_equal(some, wanted)
    assert set(drawn(codes=codes).pupils.responses["municipality"]) == set(codes)


def test_municipalities_and_schools_are_those_of_the_register(full):
    places = draw_places(FULL, Streams(SEED))
    frame = full.pupils.frame
    invited = frame.groupby("municipality")["invited"].sum() / frame["year"].nunique()
    wanted = 0.6 * pd.Series(places.pupils, places.codes)
    assert invited.sum() == pytest.approx(wanted.sum(), rel=0.01)
    assert (abs(invited - wanted) < 4 * np.sqrt(wanted)).all()
    schools = frame.groupby("municipality")["school"].nunique()
    assert schools.tolist() == with_schools(places).count.tolist()
    assert frame["school"].str.fullmatch(r"Skole \d\d").all()


def test_nobody_answers_who_was_not_asked(full):
    for survey, strata in ((full.pupils, STRATA), (full.staff, STAFF_STRATA)):
        invited = survey.frame.set_index(strata)["invited"]
        answered = survey.responses.groupby(strata).size()
        assert invited.index.is_unique
        assert answered.index.isin(invited.index).all()
        assert (answered <= invited.reindex(answered.index)).all()
        assert (answered < invited.reindex(answered.index)).any()


def test_most_pupils_answer_but_fewer_of_the_older_boys_and_not_alike_in_all_schools(full):
    def rate(keys):
        return full.pupils.responses.groupby(keys).size() / full.pupils.frame.groupby(keys)["invited"].sum()

    assert len(full.pupils.responses) / full.pupils.frame["invited"].sum() == pytest.approx(0.87, abs=0.01)
    groups = rate(["grade", "sex"])
    assert (groups.loc[[(8, "dreng"), (9, "dreng")]] < groups.drop([(8, "dreng"), (9, "dreng")]).min() - 0.04).all()
    assert 0.02 < rate(["municipality", "school"]).std() < 0.07


def test_a_class_has_about_twenty_pupils_and_its_name_begins_with_its_grade(full):
    who = full.pupils.responses
    assert (who["class"].str[:-1] == who["grade"].astype(str)).all()
    sizes = who.groupby(["municipality", "school", "class", "year"]).size() / 0.87
    assert 17 < sizes.median() < 23
    assert sizes.quantile(0.95) < 30
    frame = full.pupils.frame.set_index(["year", "grade", "municipality", "school", "sex"])["invited"].sort_index()
    pd.testing.assert_series_equal(frame.loc["2019/2020", 4], frame.loc["2022/2023", 7])


@pytest.mark.parametrize(
    ("item", "series", "low"), [("glad_for_skole", "skoleglaede", False), ("mobbet", "mobning", True)]
)
def test_two_questions_follow_the_printed_national_series(surveys, item, series, low):
    survey = surveys.pupils
    answers = known_answers(survey.questionnaire, survey.responses)[item].dropna()
    share = 100 * (answers <= 3 if low else answers >= 4).groupby(survey.responses["year"]).mean()
    printed = printed_series(series, "Hele landet")
    assert (abs(share[printed.index] - printed) < 0.1).all()
    assert share["2019/2020"] == pytest.approx(printed["2020/2021"], abs=0.1)
    wanted = {"Tit", "Meget tit", "En gang imellem"} if low else {"Tit", "Meget tit"}
    labels = survey.questionnaire.labels(item)
    assert {labels[code] for code in labels if (code <= 3 if low else code >= 4)} == wanted


@pytest.mark.parametrize(("scale", "series"), [("generel", "lav_elevtrivsel"), ("faglig", "lav_faglig_trivsel")])
def test_low_scores_follow_the_printed_course(full, scale, series):
    limit = targets()["pupils"]["low_scores"][scale]["limit"]
    scores = score(full.pupils, scale).dropna()
    share = 100 * (scores < limit - 1e-9).groupby(full.pupils.responses["year"]).mean()
    printed = printed_series(series, "København")
    assert (abs(share[printed.index] - printed) < 1.0).all()
    assert share["2024/2025"] == pytest.approx(printed["2023/2024"], abs=1.0)


def test_a_few_do_not_want_to_answer_and_a_few_stop(surveys):
    answers = surveys.pupils.responses[list(surveys.pupils.questionnaire.items)]
    declined = (answers == 0).mean()
    assert declined["mobbet"] == pytest.approx(0.05, abs=0.006)
    assert declined.drop(["mobbet", "ensom", "til_grin"]).between(0.015, 0.025).all()
    missing = answers.isna().mean()
    assert 0.008 < missing.iloc[0] < 0.018 < missing.iloc[-1] < 0.035


def test_pupils_differ_between_municipalities_schools_and_classes_as_chosen(full):
    who = standardised(full.pupils)
    school = ["municipality", "school", "year"]
    in_class = shared(who, [*school, "class"])
    in_school = shared(who, school, [*school, "class"])
    in_municipality = shared(who, ["municipality", "year"], school)
    assert in_class - in_school == pytest.approx(0.05, abs=0.015)
    assert in_school - in_municipality == pytest.approx(0.03, abs=0.012)
    assert in_municipality == pytest.approx(0.005, abs=0.006)


def test_girls_and_older_pupils_are_worse_off_and_more_so_together(full):
    mean = score(full.pupils).groupby([full.pupils.responses["grade"], full.pupils.responses["sex"]]).mean().unstack()
    gap = (mean["dreng"] - mean["pige"]) / score(full.pupils).std()
    assert gap[4] < 0.12 < gap[9] < 0.35
    assert 0.2 < mean["dreng"][4] - mean["pige"][9] < 0.4
    assert (mean.diff().dropna() < 0.02).all(axis=None)


def test_each_indicator_holds_together_better_than_with_the_others(full):
    scores = pd.DataFrame({name: score(full.pupils, name) for name in ("social", "faglig", "stoette", "ro")})
    items = known_answers(full.pupils.questionnaire, full.pupils.responses)
    for name in scores:
        within = items[list(full.pupils.questionnaire.scales[name].items)]
        count, matrix = within.shape[1], within.corr().to_numpy()
        mean_correlation = (matrix.sum() - count) / (count * (count - 1))
        alpha = count * mean_correlation / (1 + (count - 1) * mean_correlation)
        assert 0.65 < alpha < 0.92
        assert scores.drop(columns=name).corrwith(scores[name]).max() < alpha


def test_the_reform_lifts_its_municipalities_by_the_stated_effect_and_nobody_else(surveys, monkeypatch):
    plan = targets()["reforms"]["Eksempelreformen"]
    monkeypatch.setitem(plan, "effect", 0.0)
    without = drawn()
    difference = (score(surveys.pupils) - score(without.pupils)) / score(without.pupils).std()
    who = surveys.pupils.responses
    names = surveys.reforms.loc[surveys.reforms["reform"] == "Eksempelreformen", "municipality"]
    reformed = who["municipality"].isin(names) & (who["year"] >= plan["start"])
    assert difference[reformed].mean() == pytest.approx(0.09, abs=0.01)
    assert difference[who["year"] < plan["start"]].abs().max() == 0
    assert abs(difference[~reformed & (who["year"] >= plan["start"])].mean()) < 0.003


def test_ten_municipalities_of_all_sizes_have_the_one_reform_and_another_one_the_other(surveys):
    size = pd.Series(draw_places(PUPILS, Streams(SEED)).pupils, draw_places(PUPILS, Streams(SEED)).codes).rank()
    reforms = surveys.reforms.groupby("reform")["municipality"].agg(list)
    assert [len(reforms["Eksempelreformen"]), len(reforms["Enkeltreformen"])] == [10, 1]
    assert not surveys.reforms["municipality"].duplicated().any()
    tenths = np.sort(size[reforms["Eksempelreformen"]].to_numpy() // 9.81)
    assert np.abs(tenths - np.arange(10)).max() <= 1
    assert surveys.reforms.set_index("reform")["start"].to_dict() == {
        "Eksempelreformen": "2022/2023", "Enkeltreformen": "2023/2024",
    }  # fmt: skip
    assert drawn(FULL).reforms.equals(surveys.reforms)


def test_staff_answers_follow_the_printed_distributions(full):
    answers, found = full.staff.responses, set()
    for row in delivered("ballerup/*/survey_tal_i_teksten.csv"):
        items = [item for words, item in STAFF_WORDS.items() if words in row["indicator"]]
        if not row["value"]:
            continue
        (item,) = items
        given = answers[item].dropna()
        assert 100 * given.isin(PRINTED_STAFF[row["category"]]).mean() == pytest.approx(float(row["value"]), abs=1), (
            item
        )
        found.add(item)
    assert found == set(STAFF_WORDS.values())


def test_staff_answers_follow_the_printed_bars(full):
    codes = {label: code for code, label in full.staff.questionnaire.responses["enighed"].answers.items()}
    bars = delivered("ballerup/*/survey_svarfordelinger.csv")
    assert len(bars) == 9
    for bar in bars:
        (item,) = [name for words, name in STAFF_WORDS.items() if words in bar["indicator"]]
        given = full.staff.responses[item].dropna()
        assert 100 * (given == codes[bar["category"]]).mean() == pytest.approx(float(bar["value"]), abs=0.3)


def test_a_third_of_the_staff_answer_in_every_municipality_at_least_25_are_asked(full):
    frame, answers = full.staff.frame, full.staff.responses
    asked = frame.groupby("municipality")["invited"].sum()
    size = pd.Series(draw_places(FULL, Streams(SEED)).pupils, asked.index)
    assert (asked == np.maximum(25, np.rint(size / 13))).all()
    assert len(answers) / asked.sum() == pytest.approx(192 / 595, abs=0.02)
    assert set(frame["group"]) == {"lærer", "pædagog", "leder"}
    assert (frame.loc[frame["group"] == "leder"].groupby(["municipality", "school"])["invited"].sum() >= 1).all()
    assert answers["year"].eq("2024").all()
    assert answers["grade"].isna().all()


def test_nobody_chooses_more_tools_than_allowed_and_some_choose_as_many(full):
    (choice,) = full.staff.questionnaire.choices.values()
    assert full.staff.responses[list(choice.items)].sum(axis=1).max() == choice.most == 3


def test_staff_of_one_school_answer_alike(full):
    who = full.staff.responses.assign(year="2024", score=lambda rows: rows["strategi"].where(rows["strategi"] < 9))
    who = who.dropna(subset=["score"]).assign(
        score=lambda rows: (rows["score"] - rows["score"].mean()) / rows["score"].std()
    )
    assert shared(who, ["municipality", "school"]) == pytest.approx(0.06, abs=0.03)


def test_groups_of_the_programme_have_the_printed_sizes_and_grow_with_the_municipality(full):
    people = full.participants
    assert people.groupby(["municipality", "cluster"]).size().between(8, 28).all()
    treated = people[people["role"] == TREATED].groupby("municipality").size()
    pupils = pd.Series(draw_places(FULL, Streams(SEED)).pupils, treated.index)
    assert (len(treated), treated.min(), treated.max()) == (98, 12, treated[pupils.idxmax()])
    assert 100 <= treated.max() <= 130
    assert treated.corr(pupils, method="spearman") > 0.95
    assert people.loc[people["role"] == COMPARISON, "municipality"].nunique() == 49
    assert people.groupby(["municipality", "cluster"])["role"].nunique().max() == 1
    assert people["participant"].is_unique


def test_a_tenth_drops_out_and_they_came_to_fewer_than_half_of_the_sessions(full):
    treated = full.participants[full.participants["role"] == TREATED]
    gone = treated["after"].isna()
    assert gone.mean() == pytest.approx(0.10, abs=0.02)
    assert (treated["attended"] <= treated["planned"]).all()
    assert (treated.loc[gone, "attended"] <= treated.loc[gone, "planned"] // 2).all()
    came = treated.loc[~gone, "attended"].sum() / treated.loc[~gone, "planned"].sum()
    assert came == pytest.approx(0.9, abs=0.01)
    assert treated["planned"].between(10, 12).all()
    others = full.participants[full.participants["role"] == COMPARISON]
    assert others["planned"].eq(0).all()
    assert others["attended"].isna().all()


def test_pupils_chosen_for_low_scores_rise_without_any_programme(full):
    mean = full.participants.dropna(subset=["after"]).groupby("role")[["before", "after"]].mean()
    assert mean.loc[TREATED, "before"] < mean.loc[COMPARISON, "before"] - 0.2 < 3.6
    assert mean.loc[COMPARISON, "after"] - mean.loc[COMPARISON, "before"] == pytest.approx(0.4 * 0.6 * 0.4, abs=0.04)
    scores = full.participants.groupby("role")[["before", "after"]].corr()["after"].xs("before", level=1)
    assert scores.between(0.55, 0.65).all()
    assert full.participants[["before", "after"]].stack().dropna().between(1, 5).all()


def test_the_programme_lifts_those_who_always_come_by_the_stated_effect(full, monkeypatch):
    monkeypatch.setitem(targets()["programme"], "effect", 0.0)
    without = drawn(FULL).participants
    gain = full.participants["after"] - without["after"]
    always = full.participants["attended"] == full.participants["planned"]
    assert gain[always.fillna(False)].mean() == pytest.approx(0.10, abs=0.005)
    assert gain[full.participants["role"] == COMPARISON].dropna().eq(0).all()
    pd.testing.assert_series_equal(full.participants["before"], without["before"])


def test_pupils_of_one_group_are_a_little_alike(full):
    treated = full.participants[full.participants["role"] == TREATED]
    score = (treated["before"] - treated["before"].mean()) / treated["before"].std()
    assert shared(treated.assign(score=score), ["municipality", "cluster"]) == pytest.approx(0.05, abs=0.02)


def test_a_survey_shows_no_rows_when_it_is_printed(surveys):
    assert repr(surveys.pupils) == f"Survey(trivsel_4_9, {len(surveys.pupils.responses)} answers)"
    assert len(repr(surveys)) < 300
