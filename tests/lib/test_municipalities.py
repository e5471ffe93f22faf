import csv
import re
from pathlib import Path

import pytest

from inklusion.errors import MunicipalityError
from inklusion.municipalities import COUNTRY, all_municipalities, municipality, name_of

ROOT = Path(__file__).parents[2]
DELIVERED = sorted((ROOT / "data/raw").glob("danmarks-statistik/*/kommuner_98.csv"))[-1]


@pytest.mark.parametrize("written", ["0101", 101, "101", " 101 ", "København", "københavn", "Københavns Kommune"])
def test_copenhagen_is_found_however_it_is_written(written):
    assert municipality(written) == ("101", "København")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Høje Taastrup", "169"),
        ("Høje-Taastrup", "169"),
        ("høje  tåstrup", "169"),
        ("Århus", "751"),
        ("Aarhus", "751"),
        ("Ballerup Kommune", "151"),
        ("0265", "265"),
    ],
)
def test_hyphens_double_a_and_the_word_kommune_make_no_difference(written, code):
    assert municipality(written).code == code


def test_a_misspelt_name_gets_the_closest_one():
    with pytest.raises(MunicipalityError, match=r"Mente du Ballerup\?"):
        municipality("Balerup")


def test_a_number_of_no_municipality_gets_no_guess_but_an_example():
    with pytest.raises(MunicipalityError) as caught:
        municipality(999)
    assert "999" in str(caught.value) and "Mente du" not in str(caught.value) and "'151'" in str(caught.value)


@pytest.mark.parametrize("value", [999, "999", "", " ", None, float("nan"), True, False, 101.0, -101, "1101", "000", 1])
def test_what_is_no_municipality_raises(value):
    with pytest.raises(MunicipalityError):
        municipality(value)


def test_the_registry_has_the_codes_and_names_of_statistics_denmark():
    with DELIVERED.open(encoding="utf-8", newline="") as handle:
        delivered = {row["kommune_kode"]: row["kommune_navn"] for row in csv.DictReader(handle)}
    assert len(delivered) == 98
    assert {entry.code: entry.name for entry in all_municipalities()} == delivered


def test_every_code_and_every_name_leads_back_to_the_same_municipality():
    for entry in all_municipalities():
        assert municipality(entry.code) == municipality(f"0{entry.code}") == municipality(entry.name) == entry


def test_folders_are_unique_ascii_and_start_with_the_code():
    folders = [entry.folder for entry in all_municipalities()]
    assert len(set(folders)) == 98
    assert [name for name in folders if not re.fullmatch(r"\d{3}-[a-z]+(-[a-z]+)*", name)] == []
    assert municipality("Ærø").folder == "492-aeroe"


def test_the_list_is_sorted_with_danish_letters_last():
    names = [entry.name for entry in all_municipalities()]
    assert names[0] == "Albertslund"
    assert names.index("Vordingborg") < names.index("Ærø") < names.index("Aabenraa") < names.index("Aarhus")


def test_the_country_has_a_name_but_is_no_municipality():
    assert name_of(COUNTRY) == "Hele landet"
    assert name_of("151") == "Ballerup"
    with pytest.raises(MunicipalityError):
        municipality(COUNTRY)
