import base64
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from inklusion import figures, prose, tables
from inklusion.analyses.printed import estimates
from inklusion.blocks import CSV_TYPE, GAP_TYPE, Block, Gap, bullets, html_table, paragraphs
from inklusion.disclosure.release import release, release_interactive
from inklusion.disclosure.rule import ALREADY_PUBLISHED as RULE
from inklusion.errors import DefinitionError
from inklusion.provenance import Provenance
from inklusion.tables import cells

CODES_WITH_COUNTS = ("161", "163", "165", "175", "183", "190", "260", "265")


class Reader(HTMLParser):
    """Tags with their attributes, in order; fails on nothing."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def text_of(block):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", block.html)).split())


def numbers_in(text):
    """Numbers as printed; a year and the 95 of the interval's name are no results."""
    text = re.sub(r"\d{4}/\d{4}|95 %", " ", text)
    return set(re.findall(r"\d[\d.]*(?:,\d+)?", text.replace("pct.", "").replace(". ", " ")))


def share(code, numerator, denominator, estimate, lower, upper, unit="", decimals=1):
    return {
        "municipality": code, "unit": unit, "period": "2022/2023", "period_type": "school_year", "definition":
        "seg_alle_grundskole", "measure": "share", "numerator": numerator, "denominator": denominator, "estimate":
        estimate, "lower": lower, "upper": upper, "confidence": 0.95, "decimals": decimals, "method": "Wilson",
    }  # fmt: skip


POOLED = share("000", 150, 3000, 5.0, 4.2, 5.8, "to kommuner samlet", 2)
COUNTRY = {**share("000", None, None, 5.1, None, None), "measure": "printed", "confidence": None, "method": "trykt"}


def shares(*rows):
    return release({"t": estimates(rows)}, "published", RULE)["t"]


def counted(published):
    return published.released["segregation"].where(definition="seg_alle_grundskole")


# --- sentences ---


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (4.2, 5.8, "Ballerup kan ikke skelnes fra dem samlet"),
        (5.1, 6.0, "Ballerup ligger højere end dem samlet"),
        (4.0, 4.9, "Ballerup ligger lavere end dem samlet"),
        (5.0, 6.0, "Ballerup kan ikke skelnes fra dem samlet"),
        (4.0, 5.0, "Ballerup kan ikke skelnes fra dem samlet"),
    ],
)
def test_a_sentence_claims_a_difference_only_when_the_whole_interval_lies_on_one_side(lower, upper, verdict):
    own = share("151", 50, 1000, (lower + upper) / 2, lower, upper)
    assert verdict in text_of(prose.observed_share(shares(own, POOLED), "151"))


def test_moving_one_end_of_the_interval_flips_the_sentence():
    near = text_of(prose.observed_share(shares(share("151", 53, 1000, 5.5, 4.9, 6.1), POOLED), "151"))
    far = text_of(prose.observed_share(shares(share("151", 53, 1000, 5.5, 5.1, 6.1), POOLED), "151"))
    assert "kan ikke skelnes" in near and "højere" not in near
    assert "højere" in far and "kan ikke skelnes" not in far


def test_the_country_is_judged_by_the_same_rule_as_the_pool():
    sentence = text_of(prose.observed_share(shares(share("151", 53, 1000, 5.5, 5.05, 6.1), POOLED, COUNTRY), "151"))
    assert "højere end dem samlet" in sentence and "kan ikke skelnes fra landstallet" in sentence
    assert "5,1 pct. Antal elever er ikke oplyst." in sentence


def test_albertslund_lies_higher_and_glostrup_cannot_be_told_apart(published):
    assert "Albertslund ligger højere end dem samlet" in text_of(prose.observed_share(counted(published), "165"))
    assert "Glostrup kan ikke skelnes fra dem samlet" in text_of(prose.observed_share(counted(published), "161"))
    assert "Roskilde ligger lavere end dem samlet" in text_of(prose.observed_share(counted(published), "265"))


@pytest.mark.parametrize("code", CODES_WITH_COUNTS)
def test_every_number_of_the_sentences_stands_in_the_table(published, code):
    table = counted(published)
    said = numbers_in(text_of(prose.observed_share(table, code)))
    assert len(said) >= 10
    shown = numbers_in(text_of(tables.shares(table, code)).replace("–", " "))
    country = {"5,1"}  # printed, without counts: it has no row among the counted shares
    assert said - country <= shown


def test_a_municipality_without_counts_gets_a_gap_and_no_sentence(published):
    for write in (prose.observed_share, tables.shares, figures.share_intervals):
        assert isinstance(write(counted(published), "151"), Gap), write


def test_every_writer_has_a_gap_for_a_municipality_without_figures(published):
    found = {
        prose.mean_risk: "risk_bands", prose.series_change: "wellbeing", prose.response_rate: "staff_survey",
        prose.printed_segregation: "segregation", tables.printed_by_definition: "segregation",
        tables.series: "wellbeing", tables.programmes: "programmes", tables.survey: "staff_survey",
        tables.staff: "staff", figures.risk_bands: "risk_bands", figures.series: "wellbeing",
    }  # fmt: skip
    for write, name in found.items():
        block = write(published.released[name].for_municipality("563"), "563")
        assert isinstance(block, Gap) and block.text.endswith("."), write


def test_a_hidden_share_is_not_written_out_and_not_told_by_the_table():
    table = shares(share("151", 3, 1000, 0.3, 0.1, 0.9), share("265", 40, 1000, 4.0, 3.0, 5.4), POOLED)
    assert isinstance(prose.observed_share(table, "151"), Gap)
    assert "0,3" not in text_of(tables.shares(table, "151")) and "vises ikke" in text_of(tables.shares(table, "151"))


def test_a_hidden_share_is_said_to_be_hidden_and_not_to_be_unprinted():
    table = shares(share("151", 3, 1000, 0.3, 0.1, 0.9), POOLED)
    assert "ikke trykt" not in prose.observed_share(table, "151").text


def test_a_hidden_pool_does_not_break_the_sentence():
    pooled = share("000", 3, 3000, 0.1, 0.0, 0.3, "to kommuner samlet", 2)
    block = prose.observed_share(shares(share("151", 53, 1000, 5.5, 5.1, 6.1), pooled), "151")
    assert "højere" not in getattr(block, "html", "") and "kan ikke skelnes" not in getattr(block, "html", "")


def test_mean_risk_says_the_two_bounds_and_that_it_is_no_probability(published):
    text = text_of(prose.mean_risk(published.released["risk_bands"].for_municipality("151"), "151"))
    assert "mellem cirka 6 og 16 pct." in text and "6 til 18 pct." in text
    assert "risikoscore og ikke en sandsynlighed" in text


def test_a_change_without_n_is_told_without_a_verdict(published):
    text = text_of(prose.series_change(published.released["wellbeing"].for_municipality("101"), "101"))
    assert "9,6 pct. i 2019/2020 og 14,6 pct. i 2023/2024, en stigning på 5,0 procentpoint" in text
    assert "kan ikke vurdere" in text
    assert not re.search(r"steget|faldet|forbedre|forværre", text)


def test_the_response_rate_stands_beside_what_the_source_prints(published):
    text = text_of(prose.response_rate(published.released["staff_survey"].for_municipality("151"), "151"))
    assert "192 af 595" in text and "32,3 pct." in text and "32 pct. og 32,2 pct." in text


def test_the_sentence_about_those_who_did_not_answer_follows_the_numbers():
    rate = {**share("151", 540, 600, 90.0, 87.3, 92.1), "definition": "survey_svarprocent", "source": "x"}
    printed = {**rate, "measure": "printed", "numerator": None, "denominator": None, "lower": None, "upper": None}
    assert "To ud af tre svarede ikke" not in text_of(prose.response_rate(shares(rate, printed), "151"))


def test_the_footer_tells_the_rule_the_version_and_what_was_hidden():
    provenance = Provenance("151", "Ballerup", "published", "0.1.0+abc", "key1", (), RULE.sentence_da, 2)
    text = text_of(prose.footer(provenance))
    assert all(part in text for part in ("Ballerup (151)", "0.1.0+abc", "key1", RULE.sentence_da, "2 tal er skjult"))


def test_no_sentence_ends_with_two_full_stops(published):
    own = published.released
    written = [prose.observed_share(counted(published), "165")]
    written += [prose.mean_risk(own["risk_bands"], "151"), prose.series_change(own["wellbeing"], "101")]
    written += [prose.response_rate(own["staff_survey"], "151")]
    assert [text_of(block) for block in written if ".." in text_of(block)] == []


# --- tables ---


def test_an_html_table_escapes_every_cell_header_and_caption():
    html = html_table('<b>&"', ["<i>", "x"], [["<script>alert(1)</script>", "a & b"]])
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
    assert "&lt;script&gt;" in html and "a &amp; b" in html and "&lt;i&gt;" in html
    assert Reader(html).all("div")[0]["aria-label"] == '<b>&"'


def test_an_html_table_has_a_caption_and_headers_with_scope():
    read = Reader(html_table("Titel", ["Sted", "Tal", "Note"], [["A", "1", "x"], ["B", "2", "y"]], numeric=(1,)))
    assert [tag for tag, _ in read.tags].index("caption") == [tag for tag, _ in read.tags].index("table") + 1
    assert [attrs["scope"] for attrs in read.all("th")] == ["col", "col", "col", "row", "row"]
    assert len(read.all("td")) == 4
    assert [attrs.get("class") for attrs in read.all("td")] == ["number", None, "number", None]


def test_paragraphs_bullets_and_gaps_escape_their_text():
    assert paragraphs("a<b", "") == "<p>a&lt;b</p>"
    assert "<li>a&lt;b</li>" in bullets(["a<b"])
    assert Gap("a<b")._repr_mimebundle_()["text/html"] == '<p class="gap">a&lt;b</p>'


def test_a_block_carries_its_csv_and_a_gap_its_text_for_the_exporter():
    assert Block("<p>x</p>", {"t": "a\n"})._repr_mimebundle_() == {"text/html": "<p>x</p>", CSV_TYPE: {"t": "a\n"}}
    assert Block("<p>x</p>")._repr_mimebundle_() == {"text/html": "<p>x</p>"}
    assert Gap("mangler")._repr_mimebundle_()[GAP_TYPE] == {"text": "mangler"}


def test_tables_of_two_definitions_in_one_comparison_raise(published):
    mixed = published.released["segregation"].where(definition=["seg_alle_grundskole", "seg_9t_bopael"])
    for write in (tables.shares, prose.observed_share, figures.share_intervals, figures.risk_bands):
        with pytest.raises(DefinitionError, match="seg_9t_bopael") as caught:
            write(mixed, "165")
        assert "seg_alle_grundskole" in str(caught.value), write


def test_printed_figures_get_one_table_for_each_definition(published):
    block = tables.printed_by_definition(published.released["segregation"], "151")
    names = set(published.released["segregation"].where(measure="printed", municipality="151").table["definition"])
    captions = re.findall(r"<caption>(.*?)</caption>", block.html)
    assert len(names) > 3 and len(captions) == len(names)
    assert sorted(re.search(r"definition (\w+)[;)]", caption)[1] for caption in captions) == sorted(names)
    assert "n ikke oplyst" in block.html


def test_staff_totals_that_differ_are_flagged_in_the_table(published):
    block = tables.staff(published.released["staff"].for_municipality("151"), "151")
    assert len(re.findall("<td>ikke ens: ", block.html)) == 5 and len(re.findall("<td>ens</td>", block.html)) == 3


def test_a_cell_says_hidden_zero_and_missing_in_different_words():
    rows = [
        {**share("101", None, None, 3.0, None, None), "definition": "antal_elever_special", "measure": "printed"},
        {**share("147", None, None, 0.0, None, None), "definition": "antal_ansatte", "measure": "printed"},
        {**share("151", None, None, None, None, None), "definition": "antal_ansatte", "measure": "printed"},
    ]
    table = shares(*({**row, "decimals": 0, "confidence": None} for row in rows)).table
    assert [cells.value(row) for _, row in table.iterrows()] == ["vises ikke", "0", "ikke oplyst"]


def test_a_printed_range_and_a_one_sided_figure_are_written_in_words():
    base = {**share("151", None, None, None, 6.0, 7.0), "definition": "seg_distrikt", "measure": "printed"}
    base = {**base, "decimals": 0, "confidence": None}
    rows = [base, {**base, "municipality": "101", "upper": None}, {**base, "municipality": "147", "lower": None}]
    table = shares(*rows).table
    assert [cells.value(row) for _, row in table.iterrows()] == ["6–7", "over 6", "under 7"]
    assert cells.interval(table.iloc[0]) == "n ikke oplyst"


# --- figures ---


def image(block):
    (found,) = Reader(block.html).all("img")
    return found


@pytest.mark.parametrize("code", CODES_WITH_COUNTS)
def test_the_alternative_text_tells_the_municipalitys_share_and_interval(published, code):
    table = counted(published)
    row = table.where(measure="share", municipality=code).table.iloc[0]
    alt = image(figures.share_intervals(table, code))["alt"]
    told = [f"{row[name]:.1f}".replace(".", ",") for name in ("estimate", "lower", "upper")]
    assert f"{told[0]} pct. (95 %-interval {told[1]}–{told[2]})" in alt


def test_the_alternative_text_of_the_risk_bands_tells_the_first_band_of_every_panel(published):
    alt = image(figures.risk_bands(published.released["risk_bands"].for_municipality("151"), "151"))["alt"]
    for panel in ("Ballerup 71 pct.", "Baltorpskolen 60 pct.", "Hedegårdsskolen 69 pct.", "Skovvejens Skole 81 pct."):
        assert panel in alt


def test_the_alternative_text_of_the_series_tells_every_printed_value(published):
    alt = image(figures.series(published.released["wellbeing"].for_municipality("101"), "101"))["alt"]
    assert all(f"{value} pct." in alt for value in ("9,6", "11,4", "12,6", "14,4", "14,6"))


def test_the_alternative_text_of_the_context_strips_names_the_municipality(published):
    assert "Ballerup" in image(figures.context_strips(published.released["context"], "151"))["alt"]


def test_a_figure_needs_no_network_and_is_the_same_on_every_run(published):
    first, second = (figures.share_intervals(counted(published), "165") for _ in range(2))
    assert first.html == second.html and first.csv == second.csv
    source = image(first)["src"]
    assert source.startswith("data:image/svg+xml;base64,")
    svg = base64.b64decode(source.partition(",")[2]).decode()
    assert svg.startswith("<svg") and "<dc:" not in svg and not re.search(r"(?:href|src)=\"https?:", svg)


def test_a_figure_carries_the_released_rows_behind_it(published):
    ((_, csv),) = figures.share_intervals(counted(published), "165").csv.items()
    assert len(csv.splitlines()) == 1 + 9 and "Albertslund" in csv


def test_a_figure_of_an_interactive_table_is_marked_as_no_publication():
    rows = estimates([share("151", 53, 1000, 5.5, 5.1, 6.1), POOLED])
    draft = figures.share_intervals(release_interactive(rows, "published", RULE), "151")
    whole = figures.share_intervals(release({"t": rows}, "published", RULE)["t"], "151")
    assert image(draft)["src"] != image(whole)["src"]


def test_a_hidden_municipality_is_never_named_as_the_lowest():
    table = shares(
        share("101", 3, 1000, 0.3, 0.1, 0.9), share("151", 53, 1000, 5.3, 4.2, 6.6),
        share("265", 40, 1000, 4.0, 3.0, 5.4), POOLED,
    )  # fmt: skip
    alt = image(figures.share_intervals(table, "151"))["alt"]
    assert "Lavest: Roskilde" in alt


def test_school_years_and_calendar_years_never_share_an_axis():
    rows = [
        {**share("101", None, None, 70.0, None, None), "definition": "skoleglaede", "measure": "printed"},
        {**share("101", None, None, 71.0, None, None), "definition": "skoleglaede", "measure": "printed"},
    ]
    rows[1] |= {"period": "2024", "period_type": "calendar_year"}
    table = release({"wellbeing": estimates(rows)}, "published", RULE)["wellbeing"]
    with pytest.raises(DefinitionError, match="tidsakse"):
        figures.series(table, "101")
