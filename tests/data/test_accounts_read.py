"""A user's accounts: read as delivered, and broken ones refused with file, column and row, never a value."""

import re

import pandas as pd
import pytest
from register_files import write_csv, write_register

from inklusion.contracts.accounts import BOOKS
from inklusion.contracts.validation import validate
from inklusion.editions import money
from inklusion.errors import ContractError
from inklusion.register.accounts import read_books

CANARY = "kanarie7"
FILES = {
    "accounts.csv": [
        {
            "KOM": "0151",
            "account_year": "2023",
            "provision": "specialskole",
            "amount": "14837212,5",
            "price_base": "løbende",
        },
        {
            "KOM": "151",
            "account_year": "2024",
            "provision": "specialskole",
            "amount": "15000000",
            "price_base": "løbende",
        },
        {"KOM": "151", "account_year": "2024", "provision": "almen", "amount": "400000000", "price_base": "2024"},
    ],
    "full_year_pupils.csv": [
        {"KOM": "151", "account_year": "2023", "provision": "specialskole", "full_year_pupils": "30,25"},
        {"KOM": "151", "account_year": "2024", "provision": "specialskole", "full_year_pupils": "29"},
    ],
    "price_index.csv": [
        {"account_year": "2023", "index": "97,1", "source": "KL"},
        {"account_year": "2024", "index": "100", "source": "KL"},
    ],
    "pupil_numbers.csv": [{"KOM": "151", "year": "2024", "pupils": "6083", "kind": "observed"}],
}


@pytest.fixture
def folder(tmp_path):
    """A register with all four files beside it."""
    write_register(tmp_path)
    for name, rows in FILES.items():
        write_csv(tmp_path / name, rows)
    return tmp_path


def test_the_four_files_become_tables_that_keep_their_contracts(folder):
    books = read_books(folder)
    for name, contract in BOOKS.items():
        validate(getattr(books, name), contract, where=name)
    assert books.accounts["amount"].tolist() == [14837212.5, 15e6, 400e6]
    assert set(books.accounts["municipality"]) == {"151"}
    assert books.full_year_pupils["full_year_pupils"].tolist() == [30.25, 29.0]
    assert books.sources["price_index"] == "data/own/price_index.csv"


def test_without_the_files_the_tables_are_empty(tmp_path):
    write_register(tmp_path)
    books = read_books(tmp_path)
    assert all(getattr(books, name).empty for name in BOOKS)
    assert set(books.sources.values()) == {""}


def test_a_parquet_file_is_read_like_a_csv(folder):
    (folder / "price_index.csv").unlink()
    table = pd.DataFrame({"account_year": [2023, 2024], "index": [97.1, 100.0], "source": ["KL", "KL"]})
    table.to_parquet(folder / "price_index.parquet")
    assert read_books(folder).price_index["index"].tolist() == [97.1, 100.0]


BROKEN = [
    ("accounts.csv", "amount", CANARY, "ikke et tal"),
    ("accounts.csv", "amount", "1.234.567", "ikke et tal"),
    ("accounts.csv", "amount", "-5", "uden for det tilladte"),
    ("accounts.csv", "amount", "", "mangler"),
    ("accounts.csv", "provision", CANARY, "Muligt: gruppeordning"),
    ("accounts.csv", "price_base", "2024-priser", "løbende"),
    ("accounts.csv", "account_year", "24", "uden for det tilladte"),
    ("accounts.csv", "account_year", "2024/2025", "ikke et tal"),
    ("accounts.csv", "KOM", "099", "en af de 98"),
    ("full_year_pupils.csv", "full_year_pupils", "30.5", "decimaltegn"),
    ("full_year_pupils.csv", "provision", "almen", "Muligt: gruppeordning"),
    ("price_index.csv", "index", "0", "uden for det tilladte"),
    ("pupil_numbers.csv", "pupils", "6083,5", "ikke et tal"),
    ("pupil_numbers.csv", "kind", "gæt", "observed, forecast"),
]


@pytest.mark.parametrize(("file", "column", "value", "said"), BROKEN)
def test_a_broken_cell_is_refused_by_file_column_and_row(folder, file, column, value, said):
    rows = [dict(row) for row in FILES[file]]
    rows[-1][column] = value
    write_csv(folder / file, rows)
    with pytest.raises(ContractError) as caught:
        read_books(folder)
    message = str(caught.value)
    assert message.startswith(f"{file}, kolonne »{column}«, række {len(rows) + 1}")
    assert said in message and CANARY not in message
    assert re.search(r"\. (Udfyld|Skriv|Muligt|Ret|Læg|Se)\b", message)


def test_the_same_provision_twice_in_a_year_is_refused(folder):
    rows = [*FILES["accounts.csv"], FILES["accounts.csv"][0] | {"KOM": "151"}]
    write_csv(folder / "accounts.csv", rows)
    with pytest.raises(
        ContractError, match=r"accounts\.csv, kolonne »provision«, række 5: samme KOM, account_year, provision"
    ):
        read_books(folder)


def test_a_missing_column_is_refused_by_name(folder):
    write_csv(
        folder / "accounts.csv", [{k: v for k, v in row.items() if k != "price_base"} for row in FILES["accounts.csv"]]
    )
    with pytest.raises(ContractError, match=r"accounts\.csv.*price_base"):
        read_books(folder)


def test_a_person_number_in_the_accounts_is_refused(folder):
    rows = [row | {"note": "310299-4321"} for row in FILES["accounts.csv"]]
    write_csv(folder / "accounts.csv", rows)
    with pytest.raises(ContractError, match="personnumre") as caught:
        read_books(folder)
    assert "310299" not in str(caught.value)


def test_the_own_edition_makes_its_economy_of_these_files(broken_project):
    own = broken_project / "data" / "own"
    write_register(own)
    for name, rows in FILES.items():
        write_csv(own / name, rows)
    table = money.registered_economy(None, "own")
    spent = table[table["measure"] == "spending"].set_index("period")["estimate"]
    assert spent.to_dict() == pytest.approx({"2023": 14.837212 / 0.971, "2024": 15.0}, abs=1e-5)
    assert table["source"].str.startswith("data/own/accounts.csv, data/own/full_year_pupils.csv").all()
    assert money.registered_scenario(None, "own").empty
