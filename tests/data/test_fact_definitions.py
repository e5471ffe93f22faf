"""Every printed fact has one definition, and every definition says what it counts."""

import csv
import re
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEFINITIONS = tomllib.loads((ROOT / "lib/inklusion/definitions.toml").read_text(encoding="utf-8"))

TEXT_FIELDS = {
    "name_da", "short_da", "name_en", "numerator_da", "denominator_da", "geography", "period_type",
    "unit", "better", "counts", "kind", "source", "note_da",
}  # fmt: skip
MAY_BE_EMPTY = {"numerator_da", "denominator_da", "note_da"}
ALLOWED = {
    "geography": {"residence", "school", "district", "municipality", "country", "unknown"},
    "period_type": {
        "school_year", "school_years_pooled", "calendar_year", "account_year", "survey", "cohort",
        "term", "span", "unknown",
    },
    "unit": {
        "pct.", "procentpoint", "elever", "personer", "årsværk", "mio. kr.", "kr.", "karakter",
        "score 1-5", "indeks 0-100", "uger", "skoler", "specialtilbud", "timer", "variable",
        "interview", "fokusgruppe", "dato", "dage pr. uge", "tal", "helårselever", "score", "afstand",
    },
    "better": {"lower", "higher", "neither"},
    "counts": {"pupils", "staff", "none"},
    "kind": {"share", "count", "amount", "change", "score", "distribution", "other"},
}  # fmt: skip
SAME_UNIT = {"mio. kr. (2025-PL)": "mio. kr.", "mio. kr. pr. år": "mio. kr."}
NEEDED_FROM_DAY_ONE = {
    "seg_9t_bopael", "seg_placering", "seg_alle_grundskole", "seg_alle_grundskole_3aar", "seg_kk",
    "seg_skolestart", "seg_distrikt", "seg_maaltal", "seg_ballerup_uoplyst", "tilbageslusning_3aar",
    "helaarsboern", "enhedsudgift", "udgift_special", "udgift_almen", "ikke_bundne_midler_pr_elev",
    "offentlig_forsoergelse_5aar", "risikofordeling", "observeret_minus_forventet", "fravaer",
    "fravaer_over_10", "lav_elevtrivsel", "lav_faglig_trivsel", "skoleglaede", "mobning",
    "survey_enighed", "survey_valg", "survey_mangel", "survey_svarfordeling", "survey_svarprocent",
    "oekonomi_balance",
}  # fmt: skip


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def newest(pattern):
    """The newest version of each matching file: data/raw/<publisher>/<date>/<name>."""
    return list({(p.parts[-3], p.name): p for p in sorted((ROOT / "data/raw").glob(pattern))}.values())


FACTS = {}
for _path in newest("*/*/*.csv"):
    _rows = read(_path)
    if _rows and {"indicator", "status"} <= set(_rows[0]):
        assert _path.name not in FACTS, f"to faktafiler hedder {_path.name}"
        FACTS[_path.name] = _rows
ROWS = [(name, number, row) for name, rows in FACTS.items() for number, row in enumerate(rows, start=2)]
MAPPING = read(ROOT / "lib/inklusion/sources/fact_definitions.csv")


def matches(name, row):
    return [
        m["definition"]
        for m in MAPPING
        if m["file"] == name and m["indicator"] == row["indicator"] and m["source_line"] in ("", row["source_line"])
    ]


def test_there_are_facts_to_check():
    assert len(ROWS) > 400


def test_every_fact_row_has_exactly_one_definition():
    wrong = [(n, i, matches(n, r)) for n, i, r in ROWS if len(matches(n, r)) != 1]
    assert not wrong, f"file, row number and definitions found: {wrong}"


def test_every_mapped_definition_exists():
    assert {m["definition"] for m in MAPPING} <= set(DEFINITIONS)


def test_every_line_of_the_mapping_is_used_and_written_once():
    keys = [(m["file"], m["indicator"], m["source_line"]) for m in MAPPING]
    assert [k for k, n in Counter(keys).items() if n > 1] == []
    for file, indicator, line in keys:
        rows = [r for r in FACTS.get(file, []) if r["indicator"] == indicator]
        assert any(line in ("", r["source_line"]) for r in rows), (file, indicator, line)


def test_ids_are_ascii_snake_case():
    assert [i for i in DEFINITIONS if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", i)] == []


def test_every_definition_has_all_fields_and_no_others():
    for name, definition in DEFINITIONS.items():
        extra = {"column"} if name.startswith("kontekst_") else set()
        assert set(definition) - {"cell", "complement", "part_of"} == TEXT_FIELDS | {"decimals"} | extra, name


def test_fields_hold_text_and_only_three_of_them_may_be_empty():
    for name, definition in DEFINITIONS.items():
        for field in TEXT_FIELDS:
            value = definition[field]
            assert isinstance(value, str) and value == value.strip(), (name, field)
            assert value or field in MAY_BE_EMPTY, (name, field)
        assert type(definition["decimals"]) is int and 0 <= definition["decimals"] <= 3, name


def test_fields_with_a_fixed_list_hold_a_value_from_the_list():
    for name, definition in DEFINITIONS.items():
        for field, allowed in ALLOWED.items():
            assert definition[field] in allowed, (name, field, definition[field])


def test_short_labels_fit_an_axis():
    assert [n for n, d in DEFINITIONS.items() if len(d["short_da"]) > 40] == []


def test_no_two_definitions_share_a_name():
    for field in ("name_da", "name_en"):
        names = Counter(d[field] for d in DEFINITIONS.values())
        assert [n for n, count in names.items() if count > 1] == []


def test_every_share_says_what_is_counted_and_out_of_what():
    for name, definition in DEFINITIONS.items():
        if definition["kind"] in ("share", "distribution"):
            assert definition["unit"] == "pct.", name
            assert definition["numerator_da"] and definition["denominator_da"], name


def test_every_segregated_share_has_no_good_direction_and_counts_pupils():
    shares = {n: d for n, d in DEFINITIONS.items() if n.startswith("seg_")}
    assert len(shares) >= 9
    assert {(d["better"], d["counts"]) for d in shares.values()} == {("neither", "pupils")}


def test_the_unit_of_every_fact_is_the_unit_of_its_definition():
    for name, number, row in ROWS:
        (definition,) = matches(name, row)
        unit = SAME_UNIT.get(row["unit"], row["unit"])
        assert unit == DEFINITIONS[definition]["unit"], (name, number, definition)


def test_a_definition_shows_every_decimal_its_facts_have():
    for name, number, row in ROWS:
        (definition,) = matches(name, row)
        decimals = DEFINITIONS[definition]["decimals"]
        for column in ("value", "value_low", "value_high"):
            if row[column]:
                value = float(row[column])
                assert abs(value - round(value, decimals)) < 1e-9, (name, number, definition)


def test_the_indicators_needed_from_day_one_are_present():
    assert NEEDED_FROM_DAY_ONE - set(DEFINITIONS) == set()


def test_each_context_column_is_covered_once():
    (path,) = newest("danmarks-statistik/*/kommuner_sociooekonomi_skole_seneste.csv")
    columns = list(read(path)[0])
    columns = columns[columns.index("folketal_2026") + 1 :]
    assert len(columns) == 13
    covered = Counter(d["column"] for d in DEFINITIONS.values() if "column" in d)
    assert covered == Counter([*columns, "folketal_2026"])


def test_the_note_on_all_pupils_says_what_is_not_counted_and_what_is_assumed():
    note = DEFINITIONS["seg_alle_grundskole"]["note_da"]
    assert "9 timer eller mere" in note and "antagelse A3" in note


def test_no_text_names_a_machine_path():
    text = (ROOT / "lib/inklusion/definitions.toml").read_text(encoding="utf-8")
    text += (ROOT / "lib/inklusion/sources/fact_definitions.csv").read_text(encoding="utf-8")
    assert not re.search(r"/(home|work|tmp|Users)/|[A-Z]:\\", text)
