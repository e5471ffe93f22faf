"""Accounts delivered to the published edition: they reach the municipality's page, and a broken row sets only it aside."""

import hashlib

import pytest

from inklusion import processed
from inklusion.contracts.accounts import BOOKS
from inklusion.editions import data, released
from inklusion.editions.view import open_view
from inklusion.errors import ContractError, MunicipalityError
from inklusion.tables import economy as tables

YEARS = range(2019, 2025)
HEADERS = {name: ",".join(contract.column_names) for name, contract in BOOKS.items()}
ROWS = {
    "accounts": [f"580,{year},specialskole,{20_000_000 + 100_000 * (year - 2019)},løbende" for year in YEARS]
    + [f"580,{year},gruppeordning,9000000,løbende" for year in YEARS]
    + [f"580,{year},almen,200000000,løbende" for year in YEARS],
    "full_year_pupils": [f"580,{year},{name},{places}" for year in YEARS for name, places in
                         (("specialskole", 40.5), ("gruppeordning", 30))],
    "price_index": [f"{year},{90 + 2 * (year - 2019)},prøve" for year in YEARS],
    "pupil_numbers": [f"580,{year},5000,observed" for year in YEARS] + ["580,2030,4800,forecast"],
}  # fmt: skip


@pytest.fixture
def deliver(broken_project):
    """Put files and their manifest entries into the copy of the project."""

    def put(**changed):
        folder = broken_project / "data" / "raw" / "proeve" / "2026-11-21"
        folder.mkdir(parents=True)
        manifest = broken_project / "data" / "raw" / "manifest.toml"
        text = manifest.read_text(encoding="utf-8")
        for name, rows in (ROWS | changed).items():
            content = "\n".join([HEADERS[name], *rows]) + "\n"
            (folder / f"{name}.csv").write_text(content, encoding="utf-8", newline="\n")
            raw = content.encode()
            entry = {"path": f"proeve/2026-11-21/{name}.csv", "sha256": hashlib.sha256(raw).hexdigest()}
            said = {**entry, "publisher": "Prøve", "title": name, "url": "", "retrieved": "2026-11-21", "period": "2019-2024",
                    "licence": "CC BY 4.0", "citation": "Prøve", "access": "public", "contract": BOOKS[name].name, "note": ""}  # fmt: skip
            lines = [f'{key} = "{value}"' for key, value in said.items()]
            text += "\n".join(["", "[[file]]", *lines, f"bytes = {len(raw)}", ""])
        manifest.write_text(text, encoding="utf-8", newline="\n")

    return put


def test_delivered_accounts_reach_the_municipality_and_name_their_files(deliver):
    deliver()
    view = open_view("Aabenraa")
    own = view.own("economy").where(municipality="580").table
    spent = own[(own["measure"] == "spending") & (own["group"] == "")].set_index("period")["estimate"]
    assert spent["2019"] == pytest.approx(29.0 * 100 / 90, abs=0.01)  # prices of 2024
    assert {"projection", "split_mix", "pupil_adjusted", "unit_cost"} <= set(own["measure"])
    assert "specialskoler" in tables.by_provision(view.own("economy"), "580").html.lower()
    assert not view.own("scenario").where(municipality="580", measure="saving").is_empty
    assert {f"proeve/2026-11-21/{name}.csv" for name in BOOKS} <= {source.path for source in view.provenance().sources}
    assert len(released.released("economy", "published").where(municipality="151").table) > 10


def test_a_broken_row_sets_only_its_own_municipality_aside(deliver):
    rows = ["151,2024,specialskole,-5,løbende", *ROWS["accounts"]]
    deliver(accounts=rows)
    released.build("published")
    assert list(data.quarantined("published")) == ["151"]
    with pytest.raises(MunicipalityError, match=r"accounts\.csv, kolonne 'amount', række 2"):
        open_view("Ballerup")
    assert set(processed.load("accounts", "published")["municipality"]) == {"580"}


def test_the_same_year_twice_stops_the_edition(deliver):
    deliver(accounts=[*ROWS["accounts"], ROWS["accounts"][0]])
    with pytest.raises(ContractError, match=r"accounts\.csv.*rows 2, 20"):
        released.build("published")
