"""A valid register is read as it is meant, whatever its form, width and names; what is left out is counted."""

import datetime
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_files import DICTIONARY, SETTINGS, leavers, pupils, spells, write_csv, write_register

from inklusion.contracts.register import (
    COVARIATE_CATEGORIES,
    LEAVERS,
    PLACEMENT_SPELLS,
    PUPILS,
    SEGREGATED,
    outcome,
)
from inklusion.contracts.validation import validate
from inklusion.errors import ContractError, DefinitionError
from inklusion.register.dictionary import example_dictionary, read_dictionary
from inklusion.register.persons import first_person_number
from inklusion.register.read import read_register, read_with_report
from inklusion.register.report import summary
from inklusion.register.settings import read_settings
from inklusion.wheelhouse import lock_for


def rewrite(folder, file, old, new):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def same(one, other):
    for name in ("pupils", "covariates", "placements", "leavers", "municipalities"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


@pytest.fixture
def folder(tmp_path):
    return write_register(tmp_path / "mit register æøå")


def test_keys_values_and_missing_become_ours(folder):
    register = read_register(folder)
    first, second = register.pupils.iloc[0], register.pupils.iloc[1]
    assert (second.year, second.grade, second.sex, second.municipality) == ("2022/2023", 1, "pige", "151")
    assert (second.placement, second.support_hours, second.district, second.school) == ("ordinary", 1.5, "Å1", "100001")
    assert np.isnan(first.support_hours) and pd.isna(first.district) and pd.isna(first.origin)
    assert list(register.pupils["placement"].cat.categories[:2]) == ["ordinary", "intermediate"]
    assert register.pupils["placement"].iloc[4] == "special_class", "gruppeordning is a special class"
    assert register.pupils["year"].unique().tolist() == ["2022/2023", "2023/2024"]
    assert register.covariates["ENLIG"].iloc[:4].tolist() == [0, 1, 1, 0] and np.isnan(
        register.covariates["ENLIG"].iloc[4]
    )
    assert register.covariates["INDK"].iloc[0] == 300.25
    assert register.covariates.dtypes.iloc[0] == np.float32
    assert register.municipalities["name"].tolist() == ["København", "Ballerup", "Høje-Taastrup", "Roskilde"]
    assert not register.is_synthetic


def test_pseudonyms_are_numbered_anew_and_join_the_files(folder):
    register = read_register(folder)
    assert register.pupils["pupil"].nunique() == 60
    assert register.pupils["pupil"].max() < 1000
    assert register.pupils["pupil"].iloc[0] == register.pupils["pupil"].iloc[60], "the same pupil a year later"
    assert register.placements["pupil"].iloc[1] == register.pupils["pupil"].iloc[1]
    everything = "".join(repr(frame) for frame in (register.pupils, register.placements, register.leavers))
    assert "e001" not in everything


def test_siblings_share_a_family_and_a_missing_family_is_nobodys(folder):
    pupils = read_register(folder).pupils.iloc[:60]
    sizes = pupils.groupby("family").size()
    assert sizes.max() == 2
    assert (pupils["family"].iloc[[0, 9, 18]].map(sizes) == 1).all()


def test_spells_and_leavers(folder):
    register = read_register(folder)
    assert register.placements["provision"].unique().tolist() == ["special_class"]
    assert register.placements["end"].isna().sum() == 8
    assert register.placements["exit"].dropna().unique().tolist() == ["ordinary"]
    assert register.placements["start"].iloc[0] == pd.Timestamp("2010-08-01")
    assert register.leavers[["cohort", "group", "activity"]].iloc[0].tolist() == ["2018", "special", "education"]


@pytest.mark.parametrize("as_parquet", [False, True])
def test_a_far_day_may_stand_for_an_open_spell(folder, as_parquet):
    rows = [row | {"TIL": "9999-12-31", "AFGANG": ""} for row in spells()]
    write_csv(folder / "forløb.csv", rows)
    rewrite(folder, "register.toml", "[files]", 'missing = ["", "9999-12-31"]\n[files]')
    if as_parquet:
        days = {name: [datetime.date.fromisoformat(row[name]) for row in rows] for name in ("FRA", "TIL")}
        pd.DataFrame(rows).assign(**days).to_parquet(folder / "forløb.parquet")
        rewrite(folder, "register.toml", "forløb.csv", "forløb.parquet")
    assert read_register(folder).placements["end"].isna().all()


def test_the_register_keeps_its_contracts(folder):
    register = read_register(folder)
    validate(plain(register.pupils), PUPILS, where="test")
    validate(plain(register.placements), PLACEMENT_SPELLS, where="test")
    validate(plain(register.leavers), LEAVERS, where="test")


def plain(frame):
    columns = {}
    for name, values in frame.items():
        if values.dtype.kind == "M":
            values = values.dt.strftime("%Y-%m-%d")
        columns[name] = values.astype("str").where(values.notna(), None) if values.dtype != "float32" else values
    return pd.DataFrame(columns)


def test_what_is_left_out_is_counted(folder):
    _, report = read_with_report(folder)
    assert report.rows == {"elever.csv": 120, "forløb.csv": 30, "tidligere.csv": 20}
    assert report.left_out["elever.csv, KOM"] == 1
    assert report.ignored["elever.csv"] == ("BEMÆRKNING",)
    assert (report.without_family, report.spells_without_pupil) == (14, 1)


def test_only_spells_and_leavers_may_be_absent(folder):
    rewrite(folder, "register.toml", 'placements = "forløb.csv"\nleavers = "tidligere.csv"', "")
    register = read_register(folder)
    assert len(register.placements) == len(register.leavers) == 0
    assert list(register.placements.columns) == PLACEMENT_SPELLS.column_names
    assert list(register.leavers.columns) == LEAVERS.column_names


def test_commas_points_and_windows_letters_give_the_same_register(folder, tmp_path):
    other = write_register(tmp_path / "other")
    rows = [
        {k: v.replace(",", ".") if k in {"INDK", "ANDEL", "TIMER"} else v for k, v in row.items()} for row in pupils()
    ]
    for file, table in (("elever.csv", rows), ("forløb.csv", spells()), ("tidligere.csv", leavers())):
        write_csv(other / file, table, separator="\t", encoding="windows-1252")
    said = SETTINGS.replace('";"', '"\\t"').replace('decimal = ","', 'decimal = "."').replace("utf-8", "windows-1252")
    (other / "register.toml").write_text(said, encoding="utf-8")
    same(read_register(folder), read_register(other))


def test_parquet_gives_the_same_register_as_csv(folder, tmp_path):
    """Typed as statistical programs type: numbers, dates, categories and floats where something is missing."""
    other = write_register(tmp_path / "other")
    table = pd.DataFrame(pupils())
    for name in ("INDK", "ANDEL", "TIMER"):
        table[name] = pd.to_numeric(table[name].str.replace(",", "."))
    table["ENLIG"] = table["ENLIG"].map({"0": 0.0, "nej": 0.0, "1": 1.0, "ja": 1.0})
    table["AUTISME"] = table["AUTISME"] == "1"
    table = table.astype({"KOM": float, "KOEN": int, "KLASSE": float, "MOR_UDD": "category", "PLACERING": "category"})
    dates = pd.DataFrame(spells())
    dates["FRA"], dates["TIL"] = pd.to_datetime(dates["FRA"]), pd.to_datetime(dates["TIL"]).dt.date
    table.to_parquet(other / "elever.parquet")
    dates.to_parquet(other / "forløb.parquet")
    (other / "register.toml").write_text(
        SETTINGS.replace("elever.csv", "elever.parquet").replace("forløb.csv", "forløb.parquet"), encoding="utf-8"
    )
    same(read_register(folder), read_register(other))


def test_other_covariates_need_only_another_dictionary(folder):
    lines = [DICTIONARY[0], "BEMÆRKNING,Bemærkning,helbred,category,,LPR,nej,nej", DICTIONARY[3]]
    (folder / "ordbog.csv").write_text("\n".join(lines).replace(",", ";"), encoding="windows-1252")
    register = read_register(folder)
    assert list(register.covariates.columns) == ["BEMÆRKNING", "ENLIG"]
    assert register.covariates["BEMÆRKNING"].unique().tolist() == ["ikke i ordbogen"]


def test_hundreds_of_covariates_are_read(folder):
    names = [f"K{i}" for i in range(400)]
    rows = [row | {name: str((i + place) % 2) for place, name in enumerate(names)} for i, row in enumerate(pupils())]
    write_csv(folder / "elever.csv", rows)
    lines = [DICTIONARY[0], *(f"{name},{name},helbred,yes_no,,LPR,nej,nej" for name in names)]
    (folder / "ordbog.csv").write_text("\n".join(lines), encoding="utf-8")
    covariates = read_register(folder).covariates
    assert covariates.shape == (120, 400)
    assert covariates["K1"].iloc[:3].tolist() == [1, 0, 1]


def test_a_synthetic_register_has_example_municipalities_only(folder):
    rewrite(folder, "register.toml", "synthetic = false", "synthetic = true")
    rows = [row | {"KOM": {"101": "901", "0151": "998"}.get(row["KOM"], "950")} for row in pupils()]
    write_csv(folder / "elever.csv", rows)
    rewrite(folder, "register.toml", 'placements = "forløb.csv"\nleavers = "tidligere.csv"', "")
    register = read_register(folder)
    assert register.is_synthetic
    assert register.municipalities["name"].iloc[-1] == "Eksempelkommune 98"


def test_the_summary_holds_sizes_and_no_pupil(folder):
    text = summary(*read_with_report(folder))
    for words in (
        "120 rækker",
        "2022/2023 og 2023/2024",
        "4 kommuner",
        "helbred: 1",
        "BEMÆRKNING",
        "1 række er udeladt",
    ):
        assert words in text
    assert "e001" not in text and "300,25" not in text


def test_a_register_shows_sizes_only(folder):
    register = read_register(folder)
    assert repr(register) == str(register)
    assert "120 rows" in repr(register) and "København" not in repr(register) and "\n" not in repr(register)


def test_outcomes_follow_placement_and_hours():
    rows = pd.DataFrame(
        {"placement": ["ordinary", "intermediate", *SEGREGATED], "support_hours": [9.01, 9.0, *[np.nan] * 5]}
    )
    assert outcome(rows, "seg_register_placering").tolist() == [False, False, *[True] * 5]
    assert outcome(rows, "seg_register_9t").tolist() == [True, False, *[True] * 5]
    with pytest.raises(DefinitionError):
        outcome(rows, "seg_placering")


def test_the_example_dictionary_covers_the_seven_categories():
    dictionary = example_dictionary()
    assert set(dictionary["category"]) == set(COVARIATE_CATEGORIES)
    practice = dictionary[dictionary["local_practice"]]
    assert {"autism_diagnosis", "adhd_diagnosis", "earlier_special_education", "notification_3y"} <= set(
        practice["column"]
    )
    assert dictionary["of_interest"].sum() >= 12
    assert dictionary["label_da"].is_unique and (dictionary["source_register"] != "").all()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["kolonne,navn"], "ordbogen mangler kolonnen"),
        ([DICTIONARY[0]], "ordbogen nævner ingen kolonner"),
        ([DICTIONARY[0], "A,a,helbred,yes_no,,LPR,nej"], "række 2: rækken har ikke lige så mange felter"),
        ([DICTIONARY[0], "A,a,sundhed,yes_no,,LPR,nej,nej"], "kolonne »category«, række 2"),
        ([DICTIONARY[0], "A,a,helbred,yes_no,,LPR,måske,nej"], "kolonne »local_practice«, række 2"),
        ([DICTIONARY[0], "A,a,helbred,number,,LPR,nej,ja"], "kolonne »of_interest«, række 2"),
        ([DICTIONARY[0], *["A,a,helbred,yes_no,,LPR,nej,nej"] * 2], "kolonne »column«, række 3"),
    ],
)
def test_a_broken_dictionary_is_refused(tmp_path, lines, words):
    path = tmp_path / "ordbog.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContractError, match=words):
        read_dictionary(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[files]", "[files", "kan ikke læses"),
        ("synthetic = false", 'synthetic = "nej"', "synthetic skal være true eller false"),
        ('separator = ";"', 'separator = ","', "samme tegn"),
        ('encoding = "utf-8"', 'encoding = "latin"', "encoding kan ikke være 'latin'"),
        ('pupils = "elever.csv"', "", "nævner ikke pupils"),
        ('"elever.csv"', '"../elever.csv"', "uden for mappen"),
        ('"elever.csv"', '"andre.csv"', "andre.csv: filen findes ikke"),
        ('"elever.csv"', '"elever.xlsx"', "elever.xlsx: filen findes ikke"),
        ('KOM = "municipality"', 'KOM = "kommune"', "columns kan ikke være 'kommune'"),
        ('KOM = "municipality"', 'KOM = "municipality"\nDISTRIKT2 = "district"\nBEMÆRKNING = "district"', "kan ikke læses"),
        ('KOM = "municipality"', 'KOM = "municipality"\n"BEMÆRKNING" = "district"', "sat til det samme"),
        ('["411"]', '["101", "0151", "169", "265", "411"]', "udelader alle rækker"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(folder, old, new, words):
    rewrite(folder, "register.toml", old, new)
    with pytest.raises(ContractError, match=words):
        read_register(folder)


def test_a_folder_without_settings_says_where_to_begin(tmp_path):
    with pytest.raises(ContractError, match=r"docs/REGISTER\.md"):
        read_register(tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        ["20230801", "2023-08-01", "01-08-2023 12:00"],
        ["0.1111111111", "0.0101011234"],
        ["550e8400-e29b-41d4-a716-446655440000", "ab010203-1234-41d4-a716-446655440000"],
        ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ["1000000001", "1000000002"],
        [f"{(7919 * i) % 10**10:010d}" for i in range(1, 10**6, 997)],
        ["461059", "821437", "12345678"],
    ],
)
def test_dates_shares_and_random_numbers_are_no_person_numbers(values):
    assert first_person_number(pa.chunked_array([values])) is None


@given(
    day=st.integers(1, 31),
    month=st.integers(1, 12),
    year=st.integers(0, 99),
    last=st.integers(0, 9999),
    replacement=st.booleans(),
    form=st.sampled_from(["{}-{}", "{}{}", "{} {}", "elev {}-{}.", "x{}{}", " {}-{} ", "{}{}.0"]),
    before=st.integers(0, 3),
)
def test_every_person_number_is_found_in_its_place(day, month, year, last, replacement, form, before):
    number = form.format(f"{day + 60 * replacement:02d}{month:02d}{year:02d}", f"{last:04d}")
    assert first_person_number(pa.chunked_array([["tom tekst"] * before + [number]])) == before


def test_the_settings_in_the_documentation_can_be_read(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "REGISTER.md").read_text(encoding="utf-8")
    (tmp_path / "register.toml").write_text(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8")
    settings = read_settings(tmp_path)
    assert settings.columns["ELEV_NR"] == "pupil" and settings.leave_out == {"municipality": ("411",)}


def test_the_command_prints_sizes_or_the_broken_row(folder, broken_project, command):
    shutil.copytree(folder, broken_project / "data" / "own")
    done = command(broken_project, "register-check")
    assert done.returncode == 0 and "120 rækker er læst" in done.stdout, done.stderr
    rewrite(broken_project / "data" / "own", "elever.csv", ";0151;", ";0152;")
    done = command(broken_project, "register-check")
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("elever.csv, kolonne »KOM«, række 3 (første af 30 rækker)")
    assert "Traceback" not in done.stderr and "0152" not in done.stderr


@pytest.mark.parametrize(
    ("platform", "has", "lacks"), [("linux", "ptyprocess", "colorama"), ("windows", "colorama", "ptyprocess")]
)
def test_a_wheelhouse_holds_what_its_platform_needs(platform, has, lacks):
    lock = (Path(__file__).parents[2] / "requirements.lock").read_text(encoding="utf-8")
    lines = lock_for(lock, platform).splitlines()
    assert all("--hash=sha256:" in line and ";" not in line for line in lines)
    names = [line.split("==")[0] for line in lines]
    assert has in names and lacks not in names and len(names) == len(set(names))
