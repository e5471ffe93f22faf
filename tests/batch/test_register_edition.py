"""Editions made from a register: the synthetic one and a user's own, from the file to the page."""

import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from inklusion import batch, recording
from inklusion.editions import ledgers, registered, released
from inklusion.editions.view import open_view
from inklusion.errors import DisclosureError, MunicipalityError
from inklusion.municipalities import municipality
from inklusion.project import own_folder
from inklusion.register.write import write_csv

from .conftest import hashes

PAGES = (
    "10_segregation_risk_profile.html",
    "12_placements_and_returns.html",
    "20_municipality_comparison.html",
    "30_wellbeing_trends.html",
    "31_staff_survey.html",
    "35_follow_up.html",
    "40_programme_evaluation.html",
    "50_economy.html",
)
SURVEYS = """
synthetic = true
decimal = "."

[pupils]
file = "elever.csv"
frame = "elever_inviterede.csv"
questionnaire = "trivsel_4_9"
shape = "wide"
direction = "turned"

[staff]
file = "personale.csv"
frame = "personale_inviterede.csv"
questionnaire = "personale_ballerup"
shape = "wide"
direction = "raw"
"""
PLACE = "907-eksempelkommune-07"


def make(edition, codes, folder, monkeypatch):
    monkeypatch.setenv("INKLUSION_PROJECT", str(folder))
    monkeypatch.chdir(folder)
    jobs = batch.plan(edition, [municipality(code) for code in codes], timeout=120)
    outcomes = batch.run_all(jobs, quiet=True)
    recording.record(jobs, outcomes)
    return {outcome.code: outcome for outcome in outcomes}


@pytest.fixture(scope="module")
def synthetic(register_project, tmp_path_factory):
    """The small synthetic edition with one municipality's report and the model card."""
    folder = tmp_path_factory.mktemp("synthetic") / "mappe æøå"
    shutil.copytree(register_project, folder)
    with pytest.MonkeyPatch.context() as patch:
        outcomes = make("synthetic", ["907"], folder, patch)
    return folder, outcomes


@pytest.fixture(scope="module")
def own(synthetic, tmp_path_factory):
    """The same register as somebody's CSV files with other covariates: two dropped, one renamed, three new."""
    folder = tmp_path_factory.mktemp("own") / "mappe æøå"
    shutil.copytree(synthetic[0], folder, ignore=shutil.ignore_patterns("reports", "processed", "log", ".cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKLUSION_PROJECT", str(folder))
        register = registered.open_register("synthetic")
        own_folder().mkdir(parents=True)
        write_csv(_with_other_covariates(register), own_folder())
        write_surveys(registered.open_surveys(register, "synthetic"), own_folder())
        outcomes = make("own", ["907"], folder, patch)
    return folder, outcomes, register


def write_surveys(surveys, folder):
    """The answers of pupils and staff with their frames as semicolon CSV; no programme and no reform."""
    for name, survey in (("elever", surveys.pupils), ("personale", surveys.staff)):
        for ending, table in (("", survey.responses), ("_inviterede", survey.frame)):
            kept = table.dropna(axis="columns", how="all")
            kept.to_csv(folder / f"{name}{ending}.csv", sep=";", index=False, float_format="%.0f")
    (folder / "surveys.toml").write_text(SURVEYS, encoding="utf-8")


def _with_other_covariates(register):
    dropped, renamed = ["family_wealth", "gp_contacts_1y"], {"single_parent": "enlig_forsoerger"}
    covariates = register.covariates.drop(columns=dropped).rename(columns=renamed)
    dictionary = register.dictionary[~register.dictionary["column"].isin(dropped)].replace({"column": renamed})
    new = dictionary[dictionary["column"] == "enlig_forsoerger"]
    for name in ("sfo", "tandlaege", "skoleskift_foer"):
        covariates[name] = (register.pupils["pupil"].to_numpy() * len(name) % 7 == 0).astype("float32")
        dictionary = pd.concat(
            [dictionary, new.assign(column=name, label_da=f"Ny oplysning {name}")], ignore_index=True
        )
    return replace(register, covariates=covariates, dictionary=dictionary)


def texts(folder, edition):
    paths = [path for path in (folder / "reports" / edition).rglob("*") if path.suffix in {".html", ".csv", ".json"}]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_the_synthetic_edition_has_its_own_pages_and_no_others(synthetic):
    folder, outcomes = synthetic
    assert {code: outcome.problem for code, outcome in outcomes.items()} == {"000": "", "907": ""}
    made = {path.name for path in (folder / "reports" / "synthetic" / PLACE).glob("*.html")}
    assert made == set(PAGES)
    assert (folder / "reports" / "synthetic" / "15_model_card.html").is_file()


def test_every_page_figure_table_and_csv_of_invented_persons_says_so(synthetic):
    folder, _ = synthetic
    for name, text in texts(folder, "synthetic").items():
        if name.endswith(".html"):
            assert "<title>SYNTETISKE DATA" in text, name
            assert "<strong>SYNTETISKE DATA.</strong>" in text, name
            for alt in re.findall(r'<img alt="([^"]*)"', text):
                assert alt.startswith("Syntetiske data."), (name, alt[:40])
            captions = re.findall(r"<figcaption>(.*?)</figcaption>|<caption>(.*?)</caption>", text, re.DOTALL)
            about_numbers = [
                "".join(pair)
                for pair in captions
                if not any(word in "".join(pair) for word in ("Kilderne bag", "Rundens temaer"))
            ]
            if "index" not in name:
                assert about_numbers
                assert all("Syntetiske data." in caption for caption in about_numbers), name
        elif name.endswith(".csv"):
            assert text.splitlines()[0].startswith("data,"), name
            assert all(line.startswith("SYNTETISKE DATA,") for line in text.splitlines()[1:]), name


def test_the_pages_speak_of_registers_and_not_of_printed_sources(synthetic):
    folder, _ = synthetic
    page = (folder / "reports" / "synthetic" / PLACE / PAGES[0]).read_text(encoding="utf-8")
    for words in ("Observeret og forventet", "Skoledistrikterne", "Forskelle mellem grupper", "Forventet var"):
        assert words in page
    for words in ("som trykt i kilden", "Epinion", "aflæst i brødtekst"):
        assert words not in page


def test_the_published_edition_has_nothing_of_the_register(register_project, monkeypatch):
    monkeypatch.setenv("INKLUSION_PROJECT", str(register_project))
    assert released.released("expected", "published").is_empty
    assert released.released("segregation", "synthetic").is_empty


@pytest.mark.parametrize(("place", "edition"), [("Ballerup", "synthetic"), ("901", "published"), ("998", "synthetic")])
def test_invented_and_real_places_never_mix(place, edition, register_project, monkeypatch):
    monkeypatch.setenv("INKLUSION_PROJECT", str(register_project))
    with pytest.raises(MunicipalityError, match=f"findes ikke i udgaven '{edition}'"):
        open_view(place, edition)
    with pytest.raises(MunicipalityError):
        batch.plan(edition, [municipality(place)])


def test_the_same_notebooks_run_on_a_register_with_other_covariates(own):
    folder, outcomes, _ = own
    assert {code: outcome.problem for code, outcome in outcomes.items()} == {"000": "", "907": ""}
    page = (folder / "reports" / "own" / PLACE / PAGES[0]).read_text(encoding="utf-8")
    assert "Ny oplysning sfo" in page
    assert "SYNTETISKE DATA" in page
    card = (folder / "reports" / "own" / "15_model_card.html").read_text(encoding="utf-8")
    assert "Modelkort" in card


def test_surveys_alone_make_an_edition(own, tmp_path, monkeypatch):
    """Somebody who has a survey and no register gets the pages that a survey can carry, for its municipalities."""
    folder = tmp_path / "kun svar"
    shutil.copytree(own[0], folder, ignore=shutil.ignore_patterns("reports", "processed", "log", ".cache"))
    for path in (folder / "data" / "own").iterdir():
        if path.name not in {
            "surveys.toml",
            "elever.csv",
            "elever_inviterede.csv",
            "personale.csv",
            "personale_inviterede.csv",
        }:
            path.unlink()
    outcomes = make("own", ["907"], folder, monkeypatch)
    assert {code: outcome.problem for code, outcome in outcomes.items()} == {"000": "", "907": ""}
    made = {path.name for path in (folder / "reports" / "own").rglob("*.html")}
    assert made == {"index.html", "30_wellbeing_trends.html", "31_staff_survey.html", "35_follow_up.html"}
    theirs, ours = (pd.read_csv(one / "reports" / "own" / PLACE / "30_skalaer.csv") for one in (folder, own[0]))
    pd.testing.assert_frame_equal(theirs, ours)


def test_the_surveys_of_ones_own_give_the_same_pages_and_what_is_not_there_gives_none(own, synthetic):
    made = {path.name for path in (own[0] / "reports" / "own" / PLACE).glob("*.html")}
    assert made == set(PAGES) - {"40_programme_evaluation.html"}
    for name in ("30_skalaer.csv", "31_enighed_tabel.csv"):
        theirs, ours = (pd.read_csv(folder / "reports" / edition / PLACE / name)
                        for folder, edition in ((own[0], "own"), (synthetic[0], "synthetic")))  # fmt: skip
        columns = [
            "municipality",
            "period",
            "definition",
            "group",
            "denominator",
            "estimate",
            "lower",
            "upper",
            "status",
        ]
        pd.testing.assert_frame_equal(theirs[columns], ours[columns])


def test_the_own_edition_counts_the_same_pupils_as_the_synthetic_one(own, synthetic):
    tables = []
    for folder, edition in ((own[0], "own"), (synthetic[0], "synthetic")):
        table = pd.read_parquet(folder / "data" / "processed" / edition / "released_expected.parquet")
        share = table[(table["measure"] == "share") & (table["unit"] == "")]
        tables.append(
            share[["municipality", "period", "definition", "numerator", "denominator"]].reset_index(drop=True)
        )
    pd.testing.assert_frame_equal(*tables)


def test_no_pseudonym_and_no_single_probability_is_in_any_file(own, synthetic):
    """Canaries: the register's pseudonyms are long numbers; they and twelve-digit probabilities stand nowhere."""
    register = own[2]
    canaries = {str(value) for name in ("pupil", "family") for value in register.pupils[name].unique() if value > 10**6}
    for folder, edition in ((own[0], "own"), (synthetic[0], "synthetic")):
        for name, text in texts(folder, edition).items():
            shown = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
            assert not canaries & set(re.findall(r"\d{7,}", shown)), name
            assert not re.findall(r"\b0[.,]\d{6,}", shown), name
        stored = (folder / "data" / "processed" / edition).glob("*.parquet")
        for path in stored:
            columns = set(pd.read_parquet(path).columns)
            assert not columns & {"pupil", "family", "probability", "score"}, path.name
        logs = " ".join(path.read_text(encoding="utf-8") for path in (folder / "log").glob("*.log"))
        assert not canaries & set(re.findall(r"\d{7,}", logs))


def test_run_json_names_the_register_files_by_hash(own):
    run = json.loads((own[0] / "reports" / "own" / "run.json").read_text(encoding="utf-8"))
    assert {"data/own/pupils.csv", "data/own/dictionary.csv", "settings/risk_model.toml"} <= set(run["inputs"])


def test_a_second_run_gives_the_same_bytes(synthetic, monkeypatch):
    folder, _ = synthetic
    before = hashes(folder / "reports")
    make("synthetic", ["907"], folder, monkeypatch)
    assert hashes(folder / "reports") == before


def test_an_edition_that_gives_away_what_an_earlier_one_hid_is_not_built(synthetic, tmp_path, monkeypatch):
    """Publish, then plant a ledger that shows a hidden number: the next build must stop and keep what stands."""
    folder = tmp_path / "mappe"
    shutil.copytree(synthetic[0], folder, ignore=shutil.ignore_patterns("reports"))
    monkeypatch.setenv("INKLUSION_PROJECT", str(folder))
    kept = released.publish("synthetic")
    assert released.publish("synthetic") == kept
    released.build("synthetic", force=True)
    shown = pd.read_parquet(kept)
    table = released.released("expected", "synthetic").table
    hidden = table[(table["status"] == "suppressed") & (table["measure"] == "share")].iloc[0]
    planted = shown.iloc[:1].assign(
        cell=hidden["definition"], period=hidden["period"], municipality=hidden["municipality"], unit=hidden["unit"],
        group=hidden["group"], value=3.0,
    )  # fmt: skip
    pd.concat([shown, planted], ignore_index=True).to_parquet(kept)
    before = hashes(folder / "data" / "processed")
    with pytest.raises(DisclosureError):
        released.build("synthetic", force=True)
    assert hashes(folder / "data" / "processed") == before
    assert len(ledgers.earlier("synthetic")) == 1
