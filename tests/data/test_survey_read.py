"""Surveys are read alike from every format, wide or long; persons are numbered anew and codes kept."""

import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from survey_files import FORMATS, SETTINGS, invited, long_of, pupils, write_surveys, write_table

from inklusion.contracts.surveys import FRAME, PARTICIPANTS, REFORMS, RESPONSES
from inklusion.errors import ContractError
from inklusion.questionnaire import known_answers, questionnaire
from inklusion.register.survey_settings import read_survey_settings
from inklusion.register.surveys import read_surveys
from inklusion.surveys import Surveys

WHO5 = """
id = "who_5"
title_da = "WHO-5"
version = "1998"
valid_from = 1998
how_sure = "high"

[responses.tid]
answers = [[0, "På intet tidspunkt"], [1, "Lidt af tiden"], [2, "Lidt under halvdelen"], [3, "Lidt over halvdelen"], [4, "Det meste"], [5, "Hele tiden"]]

[[items]]
id = "godt_humoer"
label = "… har jeg været glad og i godt humør"
responses = "tid"
"""


@pytest.fixture(scope="module")
def of_csv(tmp_path_factory):
    return read_surveys(write_surveys(tmp_path_factory.mktemp("own")))


def same(left, right):
    pd.testing.assert_frame_equal(left, right)
    return True


def change(folder, old, new):
    path = folder / "surveys.toml"
    said = path.read_text(encoding="utf-8")
    assert old in said
    path.write_text(said.replace(old, new), encoding="utf-8")


def test_without_settings_there_are_no_surveys(tmp_path):
    found = read_surveys(tmp_path)
    assert isinstance(found, Surveys)
    assert found.pupils is None
    assert found.staff is None
    assert found.participants.empty
    assert found.reforms.empty


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_surveys(kind, tmp_path, of_csv):
    found = read_surveys(write_surveys(tmp_path, kind))
    for name in ("pupils", "staff"):
        survey, expected = getattr(found, name), getattr(of_csv, name)
        assert same(survey.responses, expected.responses)
        assert same(survey.frame, expected.frame)
        assert survey.questionnaire == expected.questionnaire
    assert same(found.participants, of_csv.participants)
    assert same(found.reforms, of_csv.reforms)
    assert found.pupils.source == f"data/own/elever.{kind}"
    assert found.programme_source == f"data/own/hold.{kind}"
    assert found.reform_source == f"data/own/reformer.{kind}"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_long_file_gives_what_a_wide_one_gives(kind, tmp_path, of_csv):
    folder = write_surveys(tmp_path, kind)
    write_table(folder / f"elever.{kind}", long_of(pupils()))
    change(folder, 'shape = "wide"', 'shape = "long"')
    change(folder, 'ANTAL = "invited"', 'ANTAL = "invited"\nSPM = "item"\nSVAR = "answer"')
    assert same(read_surveys(folder).pupils.responses, of_csv.pupils.responses)


def test_the_columns_are_those_of_the_contracts(of_csv):
    items = ["glad", "ked", "rolig", "andet"]
    assert list(of_csv.pupils.responses) == [*RESPONSES.column_names, *items]
    assert list(of_csv.pupils.frame) == FRAME.column_names
    assert list(of_csv.participants) == PARTICIPANTS.column_names
    assert list(of_csv.reforms) == REFORMS.column_names
    assert (of_csv.pupils.responses.dtypes[items[:3]] == "float64").all()
    assert of_csv.pupils.responses["grade"].dtype == "Int64"


def test_respondents_are_numbered_from_zero_and_the_pseudonym_is_dropped(of_csv):
    responses = of_csv.pupils.responses
    assert responses["respondent"].tolist() == list(range(34))
    assert not responses.isin(["p3", "500"]).any(axis=None)
    assert of_csv.participants["participant"].tolist() == list(range(20))


def test_a_respondent_keeps_the_number_from_year_to_year(tmp_path):
    folder, rows = write_surveys(tmp_path), pupils()
    rows[21]["NR"] = rows[3]["NR"]
    write_table(folder / "elever.csv", rows)
    responses = read_surveys(folder).pupils.responses
    assert responses["respondent"].nunique() == len(responses) - 1
    assert responses.loc[21, "respondent"] == responses.loc[3, "respondent"]


def test_codes_are_ours_and_years_and_places_are_written_in_one_way(of_csv):
    first = of_csv.pupils.responses.iloc[2]
    assert first[["municipality", "school", "year", "grade", "sex"]].tolist() == [
        "101",
        "Byens Skole",
        "2022/2023",
        4,
        "pige",
    ]
    assert of_csv.staff.responses["year"].unique().tolist() == ["2024"]
    assert of_csv.staff.responses["sex"].isna().all()
    assert of_csv.reforms["start"].tolist() == ["2021/2022", "2022/2023"]
    assert of_csv.participants["role"].unique().tolist() == ["sammenligning", "indsats"]


def test_missing_is_missing_and_do_not_know_stays_a_code(of_csv):
    responses = of_csv.pupils.responses
    assert pd.isna(responses.loc[4, "class"])
    assert np.isnan(responses.loc[7, "rolig"])
    assert responses.loc[5, "ked"] == 8
    assert np.isnan(known_answers(of_csv.pupils.questionnaire, responses).loc[5, "ked"])
    assert responses["andet"].isna().all()
    assert of_csv.staff.responses["rolig"].isna().all()
    assert np.isnan(of_csv.participants.loc[6, "after"])


def test_labels_are_read_through_values_and_numbers_keep_their_decimals(of_csv):
    assert of_csv.staff.responses["glad"].tolist() == [1, 3, 3, 3, 2, 3, 1, 3]
    assert of_csv.participants.loc[2, "before"] == 3.1 + 0.2


def test_who_answered_nothing_is_invited_only_and_rows_may_be_left_out(of_csv):
    assert len(of_csv.pupils.responses) == 34
    assert "Christiansø Skole" not in set(of_csv.pupils.responses["school"])


def test_the_direction_is_that_of_the_delivery(of_csv):
    assert of_csv.pupils.questionnaire.items_to_turn("trivsel") == ("ked",)
    assert of_csv.staff.questionnaire.items_to_turn("trivsel") == ()


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_missing_values_of_the_users_own_are_missing(kind, tmp_path, of_csv):
    folder = write_surveys(tmp_path, kind)
    table = pd.DataFrame(pupils()).astype({"S1": float, "S2": float})
    if kind == "sav":
        table["S3"] = table["S3"].astype(float)
        pyreadstat.write_sav(table, folder / "elever.sav", missing_ranges={name: [99.0] for name in ("S1", "S2", "S3")})
    else:
        for name in ("S1", "S2", "S3"):
            table[name] = table[name].map(lambda code: "a" if code == 99 else int(code)).astype(object)
        pyreadstat.write_dta(table, folder / "elever.dta", missing_user_values={n: ["a"] for n in ("S1", "S2", "S3")})
    change(folder, '"99"', '"98"')
    assert same(read_surveys(folder).pupils.responses, of_csv.pupils.responses)


def test_names_with_danish_letters_are_read_in_every_program(tmp_path, of_csv):
    folder = write_surveys(tmp_path, "sav")
    (folder / "elever.sav").rename(folder / "årets måling.sav")
    change(folder, "elever.sav", "årets måling.sav")
    assert same(read_surveys(folder).pupils.responses, of_csv.pupils.responses)


def test_the_frame_may_be_of_another_format_and_coarser(tmp_path):
    folder = write_surveys(tmp_path)
    coarse = pd.DataFrame(invited()).groupby(["KOM", "SKOLE", "AAR"], as_index=False)["ANTAL"].sum()
    coarse.to_excel(folder / "inviterede.xlsx", index=False)
    change(folder, '"inviterede.csv"', '"inviterede.xlsx"')
    frame = read_surveys(folder).pupils.frame
    assert frame["invited"].tolist() == [24] * 6
    assert frame[["grade", "sex", "group"]].isna().all(axis=None)


def test_synthetic_surveys_have_example_municipalities(tmp_path):
    folder = write_surveys(tmp_path, settings="synthetic = true\n" + SETTINGS)
    for path in folder.glob("*.csv"):
        path.write_text(
            path.read_text(encoding="utf-8").replace("0101", "902").replace("101;2", "902;2").replace("151", "901"),
            encoding="utf-8",
        )
    assert set(read_surveys(folder).pupils.responses["municipality"]) == {"901", "902"}


def test_an_own_questionnaire_and_a_shipped_one_are_read(tmp_path):
    folder = write_surveys(tmp_path)
    (folder / "questionnaires" / "who_5.toml").write_text(WHO5, encoding="utf-8")
    write_table(
        folder / "who.csv", [{"respondent": 1, "municipality": 151, "school": "a", "year": "2023/24", "godt_humoer": 0}]
    )
    write_table(folder / "frame.csv", [{"municipality": 151, "school": "a", "year": "2023/24", "invited": 4}])
    head = '[pupils]\nfile = "who.csv"\nframe = "frame.csv"\nshape = "wide"\n'
    (folder / "surveys.toml").write_text(head + 'questionnaire = "who_5"\n', encoding="utf-8")
    found = read_surveys(folder)
    assert found.staff is None
    assert found.pupils.questionnaire.title_da == "WHO-5"
    assert found.pupils.responses["godt_humoer"].tolist() == [0]

    items = list(questionnaire("trivsel_4_9").items)
    write_table(
        folder / "who.csv",
        [{"respondent": 1, "municipality": 151, "school": "a", "year": "2023/24"} | dict.fromkeys(items, 4)],
    )
    (folder / "surveys.toml").write_text(
        head + 'questionnaire = "trivsel_4_9"\ndirection = "turned"\n', encoding="utf-8"
    )
    assert read_surveys(folder).pupils.responses[items].eq(4).all(axis=None)


def test_a_survey_shows_no_rows(of_csv):
    assert "Skole" not in repr(of_csv)
    assert "p3" not in repr(of_csv)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["wide", "long"])
def test_a_national_survey_is_read_in_seconds(shape, tmp_path):
    rng, size = np.random.default_rng(1), 250_000 if shape == "wide" else 25_000
    items = list(questionnaire("trivsel_4_9").items)
    people = pd.DataFrame(
        {
            "respondent": np.arange(size),
            "municipality": "151",
            "school": rng.integers(151000, 151099, size),
            "year": "2023/2024",
        }
    )
    answers = pd.DataFrame(rng.integers(0, 6, (size, len(items))), columns=items)
    table = pd.concat([people, answers], axis=1)
    if shape == "long":
        table = table.melt(list(people), var_name="item", value_name="answer")
    table.to_csv(tmp_path / "svar.csv", sep=";", index=False)
    people.groupby(["municipality", "school", "year"], as_index=False).size().rename(
        columns={"size": "invited"}
    ).to_csv(tmp_path / "ramme.csv", sep=";", index=False)
    (tmp_path / "surveys.toml").write_text(
        f'[pupils]\nfile = "svar.csv"\nframe = "ramme.csv"\nshape = "{shape}"\nquestionnaire = "trivsel_4_9"\ndirection = "turned"\n',
        encoding="utf-8",
    )
    start = time.perf_counter()
    found = read_surveys(tmp_path).pupils.responses
    assert time.perf_counter() - start < 30
    assert found[items].to_numpy().sum() == answers.to_numpy().sum()


def test_the_examples_in_the_document_are_read(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "SURVEYS.md").read_text(encoding="utf-8")
    example, who = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "questionnaires").mkdir()
    (tmp_path / "questionnaires" / "who_5.toml").write_text(who, encoding="utf-8")
    (tmp_path / "surveys.toml").write_text(example, encoding="utf-8")
    assert set(read_survey_settings(tmp_path)) == {"pupils", "staff", "programme", "reforms"}
    (tmp_path / "surveys.toml").write_text(example.replace('"personale_ballerup"', '"who_5"'), encoding="utf-8")
    with pytest.raises(ContractError, match="ekstra_tiltag"):
        read_survey_settings(tmp_path)
