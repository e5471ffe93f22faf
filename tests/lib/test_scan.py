"""A page with one number too many is found, wherever the number stands; a page as it is made passes."""

import inspect
import re

import nbformat
import pytest

from inklusion import narrative, prose, tables
from inklusion.analyses.printed import estimates
from inklusion.blocks import CSV_TYPE, GAP_TYPE
from inklusion.danish import number
from inklusion.disclosure import scan
from inklusion.disclosure.release import Released
from inklusion.disclosure.rule import REGISTER
from inklusion.errors import DisclosureError
from inklusion.municipalities import name_of
from inklusion.provenance import Provenance, Source
from inklusion.report.page import make_page

OWN, SECOND, COUNTRY = "901", "902", "000"
YEAR, PLACED, BANDS = "2023/2024", "seg_register_placering", "risiko_almen"
NAME = "10_page"
SOURCE = Source("settings/synthetic.toml", "a0bc4e320fea" + "0" * 52, "Syntetisk register", "MIT", "", "", "")
MARKDOWN = (
    "# Prøveside\n\nGrænsen er 5 elever, og 95 pct. er valgt (antagelse A16).",
    "## Forventet\n\nOm elever i 0.-6. klasse.",
    "## Bånd",
    "## Kilder og gentagelse",
)


def row(place, measure, estimate, lower=None, upper=None, **more):
    return {
        "municipality": place, "period": YEAR, "period_type": "school_year", "definition": PLACED, "measure": measure,
        "estimate": estimate, "lower": lower, "upper": upper, "confidence": None if lower is None else 0.95,
        "decimals": 1, "method": "Holm, familievis fejl højst 5 pct. blandt kommunerne", **more,
    }  # fmt: skip


def expected(place, persons, shift):
    counted = {"numerator": persons // 20, "denominator": persons}
    rows = [row(place, "share", 5.0 + shift, 4.1 + shift, 6.3 + shift, **counted)]
    for ending in ("", "_without_practice"):
        rows += [
            row(place, f"expected{ending}", 5.6, 5.2, 6.1, denominator=persons),
            row(place, f"difference{ending}", -0.6 + shift, -1.7, 0.9, **counted),
            row(place, f"ratio{ending}", 0.89, 0.71, 1.24, **{**counted, "decimals": 2}),
            row(place, f"verdict{ending}", 0.2, note="kan ikke skelnes", **{**counted, "decimals": 4}),
        ]
    return rows


def bands(place, shift):
    counted = {"definition": BANDS, "denominator": 1200}
    return [
        row(place, "share", 91.3 + shift, 89.2, 93.1, group="bånd: 0-10 pct.", numerator=1095, **counted),
        row(place, "share", 8.7 - shift, 6.9, 10.8, group="bånd: 10-100 pct.", numerator=105, **counted),
    ]


def released(name, rows):
    table = estimates(rows)
    known = table[["estimate", "lower", "upper"]].notna().any(axis=1)
    return Released(
        name, "synthetic", REGISTER, table.assign(status=known.map({True: "shown", False: "missing"}), reason="")
    )


@pytest.fixture(scope="module")
def edition():
    similar = {"definition": "lignende_elever", "method": "nærmeste", "note": SECOND, "group": "1"}
    return {
        "expected": released("expected", [*expected(OWN, 1940, 0.0), *expected(SECOND, 12460, 0.4)]),
        "risk_profile": released("risk_profile", [*bands(COUNTRY, 0.0), *bands(OWN, 1.1), *bands(SECOND, -2.4)]),
        "neighbours": released("neighbours", [row(OWN, "neighbour", 5.61, **similar)]),
    }


def shown(block):
    data = block._repr_mimebundle_()
    return nbformat.v4.new_output("display_data", data={"text/html": data["text/html"]} | {
        kind: data[kind] for kind in (CSV_TYPE, GAP_TYPE) if kind in data
    })  # fmt: skip


def page_of(edition, code):
    """A real page: the notebook's words, the library's sentences and tables, sources and footer."""
    own = {name: table.for_municipality(code) for name, table in edition.items()}
    provenance = Provenance(code, name_of(code), "synthetic", "0.1.0+d0d14e135f75", "7765a6340cd73def", (SOURCE,),
                            REGISTER.sentence_da, 1_115)  # fmt: skip
    blocks = (
        (prose.opening(provenance),),
        (narrative.observed_expected(own["expected"], code), tables.observed_expected(own["expected"], code)),
        (
            narrative.probability_bands(edition["risk_profile"], own["neighbours"], code),
            tables.probability_bands(edition["risk_profile"], own["neighbours"], code),
        ),
        (tables.sources(provenance), prose.footer(provenance)),
    )
    notebook = nbformat.v4.new_notebook()
    for text, part in zip(MARKDOWN, blocks, strict=True):
        notebook.cells.append(nbformat.v4.new_markdown_cell(text))
        for block in part:
            notebook.cells.append(nbformat.v4.new_code_cell("", outputs=[shown(block)]))
    links = {"Prøveside": f"{NAME}.html", "Modelkort": "../15_model_card.html"}
    return make_page(notebook, NAME, name_of(code), links, edition="synthetic")


@pytest.fixture(scope="module")
def made(edition):
    names = [text for code in (OWN, SECOND) for text in (name_of(code), f"{name_of(code)} ({code})")]
    about = [REGISTER.sentence_da, SOURCE.sha256[:12], f"--municipality {OWN}", f"--municipality {SECOND}"]
    wording = [*scan.library_wording(), *about, *names, *MARKDOWN, "../15_model_card.html", f"{NAME}.html"]
    return scan.Scan([table.table for table in edition.values()], wording), page_of(edition, OWN)


def found(made, html=None, csv=None, **more):
    checked, page = made
    return checked.unreleased(html or page.html, csv or page.csv, municipality=OWN, **more)


def test_a_page_as_it_is_made_passes(edition, made):
    assert found(made) == []
    second = page_of(edition, SECOND)
    assert made[0].unreleased(second.html, second.csv, municipality=SECOND) == []


def test_the_page_of_the_test_shows_tables_files_and_sentences(made):
    html = made[1].html
    assert len(made[1].csv) == 2
    assert "−0,6" in html and "1.940" in html and "91,3" in html and "1.115 tal er skjult" in html


@pytest.mark.parametrize("typed", ["87", "3", "12,7", "1.941", "44.7", "−5,0", "elever17", "½"])
def test_a_number_typed_into_a_sentence_is_found(made, typed):
    assert found(made, made[1].html.replace("</main>", f"<p>I kommunen er der <em>{typed}</em> piger.</p></main>")) == [
        f"p: {typed}"
    ]


@pytest.mark.parametrize("typed", ["97 af eleverne", "1.940 af eleverne", "−0,6", "0,6", "0,89", "91,30 pct."])
def test_the_number_must_be_printed_as_it_was_released(made, typed):
    """Own rows prove a number in a sentence, with their own decimals."""
    places = found(made, made[1].html.replace("</main>", f"<p>Her: {typed}</p></main>"))
    assert places == (["p: 91,30"] if "91,30" in typed else [])


def test_a_number_in_an_alternative_text_a_label_or_a_comment_is_found(made):
    added = '<figure><img alt="I alt 77 elever." src="data:image/svg+xml;base64,MTIz"></figure><!-- 78 elever -->'
    places = found(made, made[1].html.replace("</main>", f'{added}<div aria-label="79 elever"></div></main>'))
    assert places == ["alt text: 77", "comment: 78", "aria-label: 79"]


def test_a_number_typed_into_a_table_is_found_though_the_page_has_it_elsewhere(made):
    """1.940 pupils stand in the other table of the page, not in the file offered below this one."""
    html = made[1].html
    cell = re.search(r'<td class="number">92,4[^<]*</td>', html)[0]
    for typed in ("92,5", "1.940", "0,89"):
        places = found(made, html.replace(cell, f"<td>{typed}</td>", 1))
        assert places == [f"td: {typed}"]


def test_another_municipalitys_number_is_not_the_pages_own(made):
    sentence = f"<p>Af {number(12460)} elever</p></main>"
    html = made[1].html.replace("</main>", sentence)
    assert found(made, html) == ["p: 12.460"]
    assert made[0].unreleased(html, made[1].csv) == []


def test_a_changed_cell_of_a_file_is_found(made):
    name = next(name for name in made[1].csv if "forventet" in name)
    text = made[1].csv[name]
    changed = text.replace(",97,1940,5,4.1", ",4,1940,5,4.1")
    assert changed != text
    assert found(made, csv={**made[1].csv, name: changed})[0] == f"{name}, column numerator: 4"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("SYNTETISKE DATA,901", "SYNTETISKE DATA 12,901", "column data: SYNTETISKE DATA 12"),
        ("Eksempelkommune 01,", "Eksempelkommune 07,", "column municipality_name: Eksempelkommune 07"),
        ("risiko_almen,share,bånd: 0-10 pct.", "risiko_almen,share,bånd: 0-5 pct.", "whole row: 000, 2023/2024"),
        ("data,municipality,", "data,antal,", "columns: municipality, antal"),
    ],
)
def test_rows_and_columns_that_no_table_has_are_found(made, old, new, place):
    name = next(name for name in made[1].csv if BANDS in name)
    changed = made[1].csv[name].replace(old, new)
    assert found(made, csv={**made[1].csv, name: changed})[0].startswith(f"{name}, {place}")


def test_an_empty_file_is_found(made):
    assert any("x.csv, columns" in place for place in found(made, csv={**made[1].csv, "x.csv": ""}))


def test_fixed_wording_allows_its_own_sentence_only(made):
    html = made[1].html
    for text, places in (
        ("Grænsen er 5 elever, og 95 pct. er valgt", []),
        ("I klassen er 5 elever.", []),
        ("I klassen går 5 elever.", ["p: 5"]),
        ("Her er 95 elever", ["p: 95"]),
        ("95", ["p: 95"]),
    ):
        assert found(made, html.replace("</main>", f"<p>{text}</p></main>")) == places


def test_counts_of_rows_must_be_right_and_say_what_they_count(made):
    html = made[1].html
    for text, places in (
        ("Vi ser på 2 kommuner.", []),
        ("Vi ser på 14 kommuner.", ["p: 14"]),
        ("Vi ser på 2 drenge.", ["p: 2"]),
    ):
        assert found(made, html.replace("</main>", f"<p>{text}</p></main>")) == places


def test_a_numbered_legend_is_no_result_as_long_as_it_counts(made):
    html = made[1].html
    for text, places in (
        ("Båndene: 1 er 0 til 10 pct.; 2 er 10 til 100 pct.", []),
        ("Båndene: 1 er 0 til 10 pct.; 7 er 10 til 100 pct.", ["p: 7"]),
    ):
        assert found(made, html.replace("</main>", f"<p>{text}</p></main>")) == places


def test_texts_of_one_page_hold_for_that_page(made):
    html = made[1].html.replace("</main>", "<p>Skrevet i uge 47.</p></main>")
    assert found(made, html, texts=["Skrevet i uge 47."]) == []
    assert found(made, html) == ["p: 47"]


def test_tables_of_different_shape_are_refused(edition):
    table = edition["expected"].table
    with pytest.raises(DisclosureError, match="same columns"):
        scan.Scan([table, table.drop(columns="note")])


def test_the_short_form_proves_with_all_tables(edition, made):
    all_tables = [table.table for table in edition.values()]
    assert scan.unreleased_numbers("<p>91,3 og 12.460 og 12.461</p>", {}, all_tables, []) == ["p: 12.461"]
    assert list(inspect.signature(scan.unreleased_numbers).parameters) == ["html", "csv", "tables", "texts"]


@pytest.mark.parametrize(("value", "decimals"), [(1947.0, 0), (12.4, 1), (2.0, 2), (1234567.5, 1), (0.0, 1)])
def test_numbers_are_printed_as_the_pages_print_them(value, decimals):
    assert number(value, decimals) in scan._printed(f"{value:.10g}", decimals)
    if value:
        assert number(-value, decimals) in scan._printed(f"{-value:.10g}", decimals)


def test_how_many_municipalities_a_measure_has_may_stand_on_a_page_whose_own_number_is_hidden():
    many = [row(f"9{place:02d}", "verdict", 0.2, decimals=4, note="kan ikke skelnes") for place in range(2, 45)]
    found = scan.Scan([released("expected", [*many, row(OWN, "share", 5.0)]).table])
    assert found.unreleased("<p>43 kommuner er undersøgt</p>", {}, municipality=OWN) == []
    assert found.unreleased("<p>42 kommuner er undersøgt</p>", {}, municipality=OWN) == ["p: 42"]
    assert found.unreleased("<p>43 elever er undersøgt</p>", {}, municipality=OWN) == ["p: 43"]
