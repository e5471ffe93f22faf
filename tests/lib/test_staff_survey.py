"""The staff survey: printed answers, both bases, ranks, professions, and nothing under five that a reader could find."""

import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses.printed_staff import without_dont_know
from inklusion.analyses.staff_survey import published_answers, registered_answers
from inklusion.blocks import Gap
from inklusion.contracts.surveys import FRAME, RESPONSES
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.audit import audit
from inklusion.disclosure.release import SHOWN, Document, release
from inklusion.disclosure.rule import ALREADY_PUBLISHED, REGISTER
from inklusion.editions import data
from inklusion.figures import staff_survey as figures
from inklusion.measures.proportions import wilson_interval, wilson_interval_finite
from inklusion.narrative import staff_survey as narrative
from inklusion.questionnaire import questionnaire, read_questionnaire
from inklusion.surveys import Survey
from inklusion.tables import staff_survey as tables

ROOT = Path(__file__).parents[2]
BALLERUP = "151"
OFFER = "Skolen har passende tilbud for at imødekomme elever med særlige behov"
RULE = REGISTER


@pytest.fixture(scope="module")
def answers(published_facts):
    return validate(published_answers(published_facts), ESTIMATES, where="test")


@pytest.fixture(scope="module")
def printed(answers):
    return release({"staff_answers": answers}, "published", ALREADY_PUBLISHED)["staff_answers"]


@pytest.fixture(scope="module")
def published_facts(tmp_path_factory):
    """All facts of the raw files as they are."""
    import shutil

    folder = tmp_path_factory.mktemp("staff")
    shutil.copytree(ROOT / "data/raw", folder / "data/raw")
    shutil.copytree(ROOT / "settings", folder / "settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKLUSION_PROJECT", str(folder))
        from inklusion import processed

        data.build("published")
        yield processed.load("facts", "published")


def survey(places, *, asked=None, item="passende_tilbud", invited=None, extra=None):
    """Answers to one item: for each municipality and profession how many gave each code."""
    asked = asked or questionnaire("personale_ballerup")
    people, frame = [], []
    for code, professions in places.items():
        for profession, counts in professions.items():
            codes = [answer for answer, count in counts.items() for _ in range(count)]
            people += [{"municipality": code, "group": profession, item: answer} for answer in codes]
            number = (invited or {}).get((code, profession), 2 * len(codes))
            frame.append({"municipality": code, "group": profession, "invited": number})
    shared = {"school": "Skole 1", "year": "2024"}
    responses = pd.DataFrame(people).assign(respondent=range(1, len(people) + 1), **shared)
    for name, values in (extra or {}).items():
        responses[name] = values
    responses = responses.reindex(
        columns=[*RESPONSES.column_names, *responses.columns.difference(RESPONSES.column_names)]
    )
    return Survey(
        asked, responses, pd.DataFrame(frame).assign(**shared).reindex(columns=FRAME.column_names), "svar.csv"
    )


def estimated(made):
    return validate(registered_answers(made), ESTIMATES, where="test")


def released(made):
    return release({"staff_answers": estimated(made)}, "own", RULE)


def pick(table, **chosen):
    for name, value in chosen.items():
        table = table[table[name] == value]
    assert len(table) == 1, len(table)
    return table.iloc[0]


def text_of(block):
    return "" if isinstance(block, Gap) else re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", block.html)))


# --- printed answers ---


def test_figure_421_is_printed_as_31_33_15_16_4_and_the_two_highest_are_20(answers):
    parts = answers[answers["group"].str.startswith(f"{OFFER}: ") & (answers["definition"] == "survey_svarfordeling")]
    assert parts["estimate"].tolist() == [31, 33, 15, 16, 4]
    assert set(parts["note"].str.split(";").str[0]) == {"figur 4.2.1"}
    total = pick(answers, measure="sum", group=OFFER)
    assert total["estimate"] == 20 and total["numerator"] == 38 and total["denominator"] == 192


def test_the_interval_of_20_is_wilsons_for_192_of_595_and_not_walds(answers):
    total = pick(answers, measure="sum", group=OFFER)
    assert (round(total["lower"], 1), round(total["upper"], 1)) == (15.8, 25.0)
    corrected = 1.96 * np.sqrt(0.2 * 0.8 / 192 * (595 - 192) / (595 - 1))
    assert (round(100 * (0.2 - corrected), 1), round(100 * (0.2 + corrected), 1)) == (15.3, 24.7)


def test_figure_423_adds_up_to_83(answers):
    total = answers[(answers["measure"] == "sum") & answers["note"].str.startswith("figur 4.2.3")].iloc[0]
    alone = answers[(answers["definition"] == "survey_enighed") & (answers["measure"] == "share_of_answers")]
    text = alone[alone["note"].str.startswith("figur 4.2.3")].iloc[0]
    assert total["estimate"] == 21 + 62 == text["estimate"]


def test_dont_know_is_never_given_a_number_only_the_range_that_rounding_leaves(answers):
    assert not answers["group"].str.endswith(": Ved ikke").any()
    rest = pick(answers, measure="rest", group=OFFER)
    assert np.isnan(rest["estimate"]) and np.isnan(rest["confidence"])
    assert (rest["lower"], rest["upper"]) == (0.0, 100 - 99 + 5 * 0.5)


def test_the_base_without_dont_know_is_the_range_over_all_numbers_that_round_to_the_printed_ones():
    steps = np.arange(-0.5, 0.51, 0.25)
    grid = np.meshgrid(*[steps] * 4)
    top, others = 20 + grid[0], sum(value + shift for value, shift in zip((31, 33, 15), grid[1:], strict=True))
    possible = top + others <= 100
    shares = 100 * (top / (top + others))[possible]
    low, high = without_dont_know(20, [31, 33, 15], has_sum=True, is_whole=True)
    assert low == pytest.approx(shares.min()) and high == pytest.approx(shares.max())


def test_the_base_without_dont_know_is_wider_where_another_answer_is_not_printed_either():
    whole = without_dont_know(83, [5, 8], has_sum=True, is_whole=True)
    open_ended = without_dont_know(83, [5, 8], has_sum=True, is_whole=False)
    assert open_ended[0] == 82.5 < whole[0] and open_ended[1] == whole[1]


def test_the_ranks_of_figure_512_are_shared_where_the_printed_shares_are_equal(answers):
    ranks = answers[(answers["measure"] == "rank") & (answers["definition"] == "survey_mangel")]
    shares = answers[(answers["measure"] == "share_of_answers") & (answers["definition"] == "survey_mangel")]
    assert shares["estimate"].tolist() == [74, 72, 71, 60, 60, 56, 55]
    assert ranks["lower"].tolist() == [1, 2, 3, 4, 4, 6, 7]
    assert ranks["upper"].tolist() == [1, 2, 3, 5, 5, 6, 7]


def test_only_words_stay_words(answers):
    tools = answers[answers["definition"] == "survey_valg"]
    said = tools[tools["estimate"].isna()]
    assert len(tools) == 4 and len(said) == 3
    assert said["numerator"].isna().all() and said["confidence"].isna().all()
    assert tools["estimate"].dropna().tolist() == [17]


def test_printed_pages_say_both_bases_the_tie_and_that_neighbours_overlap(printed):
    said = text_of(narrative.printed_agreement(printed, BALLERUP))
    assert "20 pct. (95 %-interval 15,8 til 25,0)" in said and "16 + 4" in said and "regnet tilbage" in said
    assert "19,5 til 20,9" in said
    gaps = text_of(narrative.gaps(printed, BALLERUP))
    assert (
        "»Kompetencer til feedback til kollegaer« og »Konflikthåndtering«" in gaps and "overlapper alle sammen" in gaps
    )
    assert "4–5" in text_of(tables.gaps(printed, BALLERUP))
    tools = text_of(tables.choices(printed, BALLERUP))
    assert "over 50" in tools and "under 50" in tools and "50,0" not in tools


def test_figures_without_a_printed_number_are_named(printed):
    questions = pd.read_csv(next((ROOT / "data/raw/inklusion").glob("*/inventory_survey_questions.csv")), dtype=str)
    said = text_of(narrative.unprinted(printed, BALLERUP, lambda name: Document(name, questions)))
    assert "Figur 5.2.1 og 5.2.4 har ikke et eneste trykt tal" in said
    row = re.search(
        r"Figur 5\.2\.4 (\w+)", text_of(tables.unprinted(printed, BALLERUP, lambda name: Document(name, questions)))
    )
    assert row is not None and row[1] == "ingen"


# --- both bases ---


def test_dont_know_is_in_one_base_and_not_in_the_other():
    table = estimated(survey({"901": {"lærer": {1: 20, 5: 15, 9: 5}}}))
    everyone = pick(table, definition="personale_svar", municipality="901")
    opinion = pick(table, definition="personale_svar_mening", municipality="901")
    assert (everyone["numerator"], everyone["denominator"], everyone["estimate"]) == (15, 40, 37.5)
    assert (opinion["numerator"], opinion["denominator"]) == (15, 35)
    assert opinion["estimate"] == pytest.approx(100 * 15 / 35)


def test_the_interval_is_corrected_for_those_invited():
    table = estimated(survey({"901": {"lærer": {1: 20, 5: 20}}}, invited={("901", "lærer"): 50}))
    row = pick(table, definition="personale_svar", municipality="901")
    lower, upper = wilson_interval_finite(0.5, 40, 50)
    assert (row["lower"], row["upper"]) == pytest.approx((100 * lower, 100 * upper))
    wide_lower, wide_upper = wilson_interval(20, 40)
    assert row["upper"] - row["lower"] < 100 * (wide_upper - wide_lower)


def test_answers_of_everybody_leave_nothing_to_estimate():
    table = estimated(survey({"901": {"lærer": {1: 20, 5: 20}}}, invited={("901", "lærer"): 40}))
    row = pick(table, definition="personale_svar", municipality="901")
    assert row["lower"] == row["estimate"] == row["upper"] == 50


@pytest.mark.parametrize(("unsure", "is_given"), [(0, True), (1, False), (4, False), (5, True)])
def test_the_second_base_is_left_out_where_it_would_tell_of_one_to_four_who_do_not_know(unsure, is_given):
    table = estimated(survey({"901": {"lærer": {1: 20, 5: 15, 9: unsure}}}))
    assert ("personale_svar_mening" in set(table["definition"])) is is_given


def test_the_country_does_not_give_away_the_one_municipality_that_was_left_out():
    known = {f"90{number}": {"lærer": {1: 20, 5: 15, 9: 6}} for number in range(1, 5)}
    table = estimated(survey(known | {"905": {"lærer": {1: 20, 5: 15, 9: 3}}}))
    assert "personale_svar_mening_land" not in set(table["definition"])
    assert (table["definition"] == "personale_svar_mening").sum() == 4
    alone = estimated(survey(known))
    assert pick(alone, definition="personale_svar_mening_land")["denominator"] == 4 * 35


def test_declined_and_missing_answers_are_in_no_base():
    made = survey({"901": {"lærer": {1: 10, 5: 10, 77: 6}}}, asked=None)
    made.responses.loc[0, "passende_tilbud"] = np.nan
    row = pick(estimated(made), definition="personale_svar", municipality="901")
    assert row["denominator"] == 19 and row["numerator"] == 10


# --- who answered ---


def test_response_by_profession_and_who_stayed_away():
    made = survey(
        {"901": {"lærer": {1: 30}, "pædagog": {1: 10}}}, invited={("901", "lærer"): 40, ("901", "pædagog"): 30}
    )
    own = estimated(made).query("municipality == '901'")
    rate = pick(own, definition="personale_svarprocent", group="")
    away = own[own["definition"] == "personale_ikke_svaret"].set_index("group")["numerator"]
    assert (rate["numerator"], rate["denominator"]) == (40, 70)
    assert away.to_dict() == {"faggruppe: lærer": 10, "faggruppe: pædagog": 20, "": 30}


# --- choices and ranks ---


def test_chosen_tools_are_shares_of_those_who_chose_any():
    chosen = [1.0] * 12 + [0.0] * 18
    other = [0.0] * 10 + [1.0] * 15 + [0.0] * 5
    table = estimated(
        survey({"901": {"lærer": {1: 15, 5: 15}}}, extra={"redskab_tolaerer": chosen, "redskab_opsporing": other})
    )
    tools = table[(table["definition"] == "personale_valg") & (table["municipality"] == "901")]
    assert tools["denominator"].tolist() == [25, 25] and tools["numerator"].tolist() == [12, 15]


def lacking(*counts):
    """Binary items of lacking a competence, in the order of the questionnaire; each the number who lack it of 40."""
    names = ("mangler_kurser", "mangler_feedback", "mangler_mistrivsel")
    return {name: [1.0] * count + [0.0] * (40 - count) for name, count in zip(names, counts, strict=False)}


def test_equal_gaps_share_their_rank():
    table = estimated(survey({"901": {"lærer": {1: 20, 5: 20}}}, extra=lacking(20, 30, 20)))
    ranks = table[(table["measure"] == "rank") & (table["municipality"] == "901")]
    assert dict(zip(ranks["group"].str[10:18], zip(ranks["lower"], ranks["upper"], strict=True), strict=True)) == {
        "Kompeten": (1, 1), "Konkrete": (2, 3), "Viden om": (2, 3),
    }  # fmt: skip


def test_no_rank_is_given_where_a_hidden_gap_would_be_the_one_between():
    table = estimated(survey({"901": {"lærer": {1: 20, 5: 20}}}, extra=lacking(20, 30, 3)))
    assert "rank" not in set(table["measure"])


# --- professions ---


def split_rows(table, code):
    return table[(table["definition"] == "personale_faggruppe") & (table["municipality"] == code)]


def test_a_split_is_refused_when_a_profession_has_fewer_than_ten_answers():
    nine = {"901": {"lærer": {1: 20, 5: 20}, "leder": {1: 4, 5: 5}}}
    ten = {"901": {"lærer": {1: 20, 5: 20}, "leder": {1: 5, 5: 5}}}
    assert split_rows(estimated(survey(nine)), "901").empty
    rows = split_rows(estimated(survey(ten)), "901")
    assert sorted(rows["denominator"]) == [10, 40]
    assert "mindst ti svar" in narrative.professions(released(survey(nine))["staff_answers"], "901").text


def test_a_split_is_refused_when_a_profession_was_asked_and_nobody_answered():
    places = {"901": {"lærer": {1: 20, 5: 20}, "pædagog": {1: 10, 5: 10}, "leder": {}}}
    assert split_rows(estimated(survey(places, invited={("901", "leder"): 3})), "901").empty
    assert len(split_rows(estimated(survey(places, invited={("901", "leder"): 0})), "901")) == 2


def test_a_split_is_refused_when_a_part_has_fewer_than_five():
    places = {"901": {"lærer": {1: 20, 5: 20}, "pædagog": {1: 18, 5: 4}}}
    assert split_rows(estimated(survey(places)), "901").empty


def test_the_country_is_not_divided_when_it_would_give_away_the_one_place_that_is_not():
    large = {f"90{number}": {"lærer": {1: 20, 5: 20}, "leder": {1: 10, 5: 10}} for number in range(1, 4)}
    every = estimated(survey(large))
    assert len(split_rows(every, "000")) == 2 and len(split_rows(every, "901")) == 2
    one_small = estimated(survey(large | {"904": {"lærer": {1: 20, 5: 20}, "leder": {1: 2, 5: 2}}}))
    assert split_rows(one_small, "000").empty


def test_the_parts_of_a_split_add_up_to_the_share_of_all():
    table = estimated(survey({"901": {"lærer": {1: 20, 5: 20}, "leder": {1: 10, 5: 10}}}))
    whole = pick(table, definition="personale_svar", municipality="901")
    parts = split_rows(table, "901")
    assert parts["numerator"].sum() == whole["numerator"] and parts["denominator"].sum() == whole["denominator"]


# --- nothing under five ---


def random_survey(seed):
    """A few municipalities of random size, many of them with tiny professions."""
    rng = np.random.default_rng(seed)
    places = {}
    for number in range(int(rng.integers(1, 7))):
        sizes = {"lærer": rng.integers(5, 60), "pædagog": rng.integers(1, 25), "leder": rng.integers(1, 6)}
        places[f"{901 + number}"] = {
            name: dict(zip((1, 2, 3, 4, 5, 9), rng.multinomial(size, rng.dirichlet(np.ones(6))).tolist(), strict=True))
            for name, size in sizes.items()
        }
    return survey(places)


@pytest.mark.parametrize("seed", range(8))
def test_nothing_under_five_is_shown_or_can_be_worked_out(seed):
    tables_shown = released(random_survey(seed))
    report = audit(tables_shown)
    assert report.is_safe, report.exposed[:3]
    table = tables_shown["staff_answers"].table
    shown = table[table["status"] == SHOWN]
    parts = pd.concat([shown["numerator"], shown["denominator"] - shown["numerator"], shown["denominator"]])
    assert not parts.between(1, 4).any()
    bases = {name: table[table["definition"].isin(names)].set_index(["municipality", "group"])["denominator"] for name, names in
             (("all", ["personale_svar"]), ("some", ["personale_svar_mening", "personale_svar_mening_land"]))}  # fmt: skip
    assert not (bases["all"].reindex(bases["some"].index) - bases["some"]).between(1, 4).any()


def test_a_municipality_with_four_answers_shows_none_of_them():
    places = {"901": {"lærer": {1: 2, 5: 2}}, "902": {"lærer": {1: 40, 5: 40}}, "903": {"lærer": {1: 30, 5: 30}}}
    shown = released(survey(places))["staff_answers"]
    own = shown.where(municipality="901").table
    assert len(own) and set(own["status"]) == {"suppressed"} and own["denominator"].dropna().between(1, 4).sum() == 0
    assert isinstance(narrative.response(shown, "901"), Gap)
    said = text_of(narrative.agreement(shown, "901"))
    assert "Eksempelkommune 01 kan ikke vises" in said and "144 svar" in said and "hele landet i stedet" in said
    assert "Eksempelkommune 01" not in figures.answers(shown, "901").html.split("alt=")[1].split(". Højest")[0]


# --- an own questionnaire, and no survey at all ---

OWN = """
id = "eget"
title_da = "Eget skema"
version = "1"
valid_from = 2020
how_sure = "high"
[responses.fire]
answers = [[1, "Slet ikke"], [2, "Lidt"], [3, "Noget"], [4, "Meget"]]
[responses.tre]
answers = [[1, "Nej"], [2, "Måske"], [3, "Ja"]]
dont_know = [[8, "Ved ikke"]]
[[items]]
id = "hjaelp"
label = "Støtte: jeg får hjælp"
responses = "fire"
[[items]]
id = "ro"
label = "Støtte: der er ro"
responses = "tre"
"""


def own_survey(tmp_path):
    (tmp_path / "eget.toml").write_text(OWN, encoding="utf-8")
    asked = read_questionnaire(tmp_path / "eget.toml")
    made = survey({"901": {"lærer": {1: 10, 2: 6, 3: 8, 4: 6}}}, asked=asked, item="hjaelp")
    made.responses["ro"] = [1.0] * 12 + [2.0] * 6 + [3.0] * 7 + [8.0] * 5
    return made


def test_an_own_questionnaire_names_the_answers_that_count(tmp_path):
    table = estimated(own_survey(tmp_path)).query("municipality == '901' and definition == 'personale_svar'")
    help_given, quiet = table.iloc[0], table.iloc[1]
    assert help_given["numerator"] == 14 and "»Noget« eller »Meget«" in help_given["method"]
    assert (quiet["numerator"], quiet["denominator"]) == (7, 30) and quiet["method"].startswith("svar: »Ja«;")
    assert audit(released(own_survey(tmp_path))).is_safe


def test_a_colon_in_a_question_does_not_make_it_a_group_of_others(tmp_path):
    assert set(estimated(own_survey(tmp_path)).query("definition == 'personale_svar'")["group"]) == {
        "Støtte – jeg får hjælp", "Støtte – der er ro",
    }  # fmt: skip


def test_the_pages_of_an_own_survey_are_made(tmp_path):
    shown = released(own_survey(tmp_path))["staff_answers"]
    assert "»Støtte – jeg får hjælp«" in text_of(narrative.agreement(shown, "901"))
    assert "46,7" in text_of(tables.answers(shown, "901"))
    assert "jeg får hjælp" in figures.answers(shown, "901").html
    assert isinstance(tables.gaps(shown, "901"), Gap) and isinstance(narrative.gaps(shown, "901"), Gap)


def test_without_a_survey_there_is_nothing_and_every_cell_says_so():
    shown = release({"staff_answers": registered_answers(None)}, "own", RULE)["staff_answers"]
    makers = (narrative.response, narrative.printed_agreement, narrative.agreement, narrative.gaps, narrative.choices,
              narrative.professions, narrative.cut, figures.distributions, figures.answers, figures.gaps, figures.professions,
              tables.response, tables.answers, tables.gaps, tables.choices, tables.professions, tables.printed, tables.bases)  # fmt: skip
    assert all(isinstance(make(shown, "901"), Gap) for make in makers)
    unread = Document("survey_questions", pd.DataFrame())
    for make in (narrative.unprinted, tables.unprinted):
        assert isinstance(make(shown, "901", lambda _: unread), Gap)
