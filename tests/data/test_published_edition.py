"""The published edition as it is: raw contracts, counts of places, and what must not be in it."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from inklusion import processed
from inklusion.contracts.tables import CONTEXT, DELIVERIES, FACTS, MUNICIPALITIES
from inklusion.contracts.validation import validate
from inklusion.definitions import definition, registry
from inklusion.disclosure.rule import ALREADY_PUBLISHED as RULE
from inklusion.editions import data, released
from inklusion.municipalities import COUNTRY, all_municipalities
from inklusion.sources import deliveries, manifest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def project(tmp_path_factory):
    """A copy of the raw files with its own processed folder."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(ROOT / "data/raw", folder / "data/raw")
    shutil.copytree(ROOT / "settings", folder / "settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKLUSION_PROJECT", str(folder))
        released.build("published")
        yield folder


@pytest.fixture(scope="module")
def tables(project):
    return {name: released.released(name, "published") for name in released.PUBLISHED_NAMES}


def test_the_manifest_accounts_for_every_raw_file():
    files = manifest.verify()
    assert len(files) > 30 and {file.access for file in files} == {"public"}
    assert [file.path for file in files if not (file.citation and file.licence and file.retrieved)] == []


def test_every_delivery_keeps_its_contract_without_setting_a_municipality_aside():
    checked = 0
    for file in manifest.verify():
        if file.contract:
            validate(deliveries.read(file.path), DELIVERIES[file.contract], where=file.path)
            checked += 1
    assert checked > 30
    assert data.quarantined("published") == {}


def test_our_own_tables_keep_their_contracts():
    for name, contract in {"facts": FACTS, "municipalities": MUNICIPALITIES, "context": CONTEXT}.items():
        validate(processed.load(name, "published"), contract, where=name)


def test_no_row_is_lost_on_the_way_from_the_deliveries():
    rows = sum(len(deliveries.read(f.path)) for f in manifest.verify() if f.contract == "facts as delivered")
    sidecar = processed.read_sidecar("facts", "published")
    assert sidecar.rows_in == sidecar.rows_out == rows == len(processed.load("facts", "published"))


def test_there_are_98_municipalities_with_context_for_each():
    codes = {entry.code for entry in all_municipalities()}
    assert len(codes) == 98
    assert set(processed.load("municipalities", "published")["municipality"]) == codes
    context = processed.load("context", "published")
    assert set(context["municipality"]) == codes
    assert len(context) == 98 * sum(1 for entry in registry().values() if entry.column)


def test_three_municipalities_have_no_wellbeing_score():
    context = processed.load("context", "published")
    empty = context[context["value"].isna()]
    assert set(empty["definition"]) == {"kontekst_wellbeing_score"}
    assert sorted(empty["municipality"]) == ["101", "157", "159"]  # København, Gentofte, Gladsaxe (assumption A9)


def participation():
    (path,) = [file.path for file in manifest.verify() if "deltagelse" in file.path]
    return deliveries.read(path)


def test_the_participation_file_tells_neither_grade_nor_age():
    text = participation().to_csv()
    assert not re.search(r"\bklasse|\bklassetrin|\d\.\s*kl\b|årgang|\bårig|\balder|\d+\s*år\b", text, re.IGNORECASE)


def test_roskildes_three_provisions_are_one_row_with_28_pupils():
    table = participation()
    pupils = table[(table["municipality_code"] == "265") & (table["unit"] == "elever")]
    assert pupils["value"].tolist() == ["28"] and pupils["status"].tolist() == ["summed"]


def test_no_delivery_counts_fewer_pupils_than_the_rule_allows():
    facts = processed.load("facts", "published")
    pupils = facts[[definition(n).counts == "pupils" and definition(n).kind == "count" for n in facts["definition"]]]
    assert len(pupils) > 20 and pupils["value"].min() >= RULE.threshold


def test_no_released_table_shows_a_number_of_pupils_below_five(tables):
    seen = 0
    for name, table in tables.items():
        rows = table.table
        about = rows[rows["definition"].isin([entry.id for entry in registry().values() if entry.counts == "pupils"])]
        is_count = about["definition"].isin([entry.id for entry in registry().values() if entry.kind == "count"])
        counts = about.loc[is_count & (about["measure"] != "difference"), "estimate"].dropna()
        both = about.dropna(subset=["numerator", "denominator"])
        others = (both["denominator"] - both["numerator"]).astype(float)
        for values in (counts, about["numerator"].dropna(), about["denominator"].dropna(), others):
            assert (values >= RULE.threshold).all(), name
            seen += len(values)
    assert seen > 100


def test_released_values_have_no_more_decimals_than_they_show(tables):
    for name, table in tables.items():
        rows = table.table
        for column in ("estimate", "lower", "upper"):
            values = rows[column].astype(float)
            rounded = pd.Series(
                [round(v, int(d)) for v, d in zip(values, rows["decimals"], strict=True)], index=rows.index
            )
            assert (values.isna() | ((values - rounded).abs() < 1e-9)).all(), (name, column)


def test_every_row_of_the_edition_is_of_a_municipality_or_the_country(tables):
    codes = {COUNTRY, *(entry.code for entry in all_municipalities())}
    strangers = {name: set(table.table["municipality"]) - codes for name, table in tables.items()}
    assert not any(strangers.values()), strangers


def test_every_shown_row_says_where_it_comes_from_and_every_other_why_it_is_empty(tables):
    for name, table in tables.items():
        rows = table.table
        assert (rows.loc[rows["status"] != "shown", "reason"] != "").all(), name
        assert (rows.loc[rows["status"] == "shown", "reason"] == "").all(), name
    assert (tables["segregation"].table["source"] != "").all() and (
        tables["reconciliation"].table["source"] != ""
    ).all()


def test_the_seven_percent_that_no_source_prints_is_in_no_table(tables):
    rows = tables["segregation"].where(municipality=COUNTRY, definition="seg_9t_bopael").table
    assert rows.empty


def test_building_twice_builds_once(project):
    path = project / "data/processed/published/released_segregation.parquet"
    before = path.stat().st_mtime_ns
    assert released.build("published") == released.build("published")
    assert path.stat().st_mtime_ns == before
