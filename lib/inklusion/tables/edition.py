"""Tables about the whole edition: coverage, contradictions, reconciliation, sources."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table, paragraphs
from inklusion.danish import MISSING, date, number, sort_key
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Document, Released
from inklusion.municipalities import name_of
from inklusion.provenance import Provenance
from inklusion.tables.cells import Cell, released_table, shares_table, shown, value, value_with_unit


def reconciliation(released: Released, *verdicts: str) -> Block | Gap:
    """Printed and recomputed side by side for the chosen verdicts."""
    chosen = released.where(method=list(verdicts))
    table = chosen.table
    recomputed = table[table["measure"] == "recomputed"].set_index("source")
    difference = table[table["measure"] == "difference"].set_index("source")
    rows = [
        [
            _fact(row["source"]),
            _place(row),
            _what(row),
            value_with_unit(row),
            value(recomputed.loc[row["source"]]) if row["source"] in recomputed.index else MISSING,
            value(difference.loc[row["source"]]) if row["source"] in difference.index else MISSING,
            row["method"],
            row["note"] or "ingen",
        ]
        for _, row in table[table["measure"] == "printed"].iterrows()
    ]
    headers = [
        "Nummer og linje",
        "Sted",
        "Tal",
        "Trykt",
        "Genberegnet",
        "Forskel",
        "Dom",
        "Begrundelse og forbehold",
    ]
    caption = f"Trykte tal med dommen: {', '.join(verdicts)} ({len(rows)} tal)."
    name = "afstemning_" + verdicts[0].replace(" ", "_")
    return shown(name, html_table(caption, headers, rows, numeric=(3, 4, 5)), chosen)


def panel_sums(released: Released) -> Block:
    """Sum of the ten printed bands of each risk panel."""
    columns: dict[str, Cell] = {
        "Panel": lambda row: row["unit"] or name_of(row["municipality"]),
        "Sum (pct.)": value,
        "Dom": lambda row: row["method"],
    }
    caption = (
        "De ti bånd i figur 4.1.1 og 4.1.3 lagt sammen. Afrundingen af ti tal kan give en sum mellem 95 og 105, selv om "
        "den rigtige sum er 100."
    )
    return released_table("panelsummer", caption, released, columns, numeric=(1,))


def coverage(released: Released) -> Block:
    """Which definitions each municipality has printed figures for."""
    table = released.table
    named = {code: name_of(code) for code in set(table["municipality"])}
    rows = []
    for code in sorted(named, key=lambda code: sort_key(named[code])):
        own = table[(table["municipality"] == code) & (table["group"] != "kontekst")]
        context = table[(table["municipality"] == code) & (table["group"] == "kontekst")]
        what = ", ".join(f"{definition(group).short_da}" for group in dict.fromkeys(own["group"]))
        rows.append([named[code], number(own["estimate"].sum()), what or "ingen", number(context["estimate"].sum())])
    headers = ["Kommune", "Trykte tal", "Hvad de handler om", "Kontekstindikatorer"]
    html = html_table("Hvad datasættet rummer for hver kommune.", headers, rows, numeric=(1, 3))
    return shown("daekning", html, released)


def document(source: Document, caption: str, columns: dict[str, str]) -> Block:
    """Chosen columns of a table of texts, with Danish headers."""
    rows = [["" if pd.isna(cell) else str(cell) for cell in row] for row in source.table[list(columns)].to_numpy()]
    return Block(html_table(caption, list(columns.values()), rows))


def image_only(source: Document) -> Block:
    """The sources' figures whose numbers exist only, or partly, as images."""
    missing = source.table[~source.table["data_in_text"].str.startswith("full")]
    names = {"002": "Ballerup", "003": "København", "000": "Kulturmetropolen"}
    shown = missing.assign(doc=missing["doc"].map(names), data_in_text=missing["data_in_text"].map(_in_danish))
    columns = {
        "figure": "Figur",
        "doc": "Kilde",
        "title_fragment": "Titel (begyndelse)",
        "data_in_text": "Hvordan tallene findes",
    }
    return document(
        Document(source.name, shown),
        f"{len(shown)} figurer, hvor tallene helt eller delvist mangler i teksten.",
        columns,
    )


def contradictions(source: Document) -> Block:
    """Contradictions in and between the sources, and what is done about each."""
    columns = {
        "id": "Nummer",
        "dokumenter": "Dokumenter",
        "emne": "Emne",
        "sted_a": "Første sted",
        "sted_b": "Andet sted",
        "haandtering": "Hvad vi gør",
        "antagelse": "Antagelse",
    }
    return document(source, f"{len(source.table)} modsigelser i og mellem kilderne.", columns)


def sources(provenance: Provenance) -> Block:
    """The raw files behind a page, with licence and hash."""
    rows = [
        [entry.path, f"{entry.citation}. {entry.licence}.{_retrieved(entry.retrieved)}", entry.sha256[:12]]
        for entry in provenance.sources
    ]
    if not rows:
        return Block(paragraphs("Siden viser ingen tal og bygger derfor ikke på nogen fil."))
    headers = [
        "Fil under data/raw" if provenance.edition == "published" else "Fil",
        "Henvisning og licens",
        "sha256 (første 12)",
    ]
    return Block(html_table("Kilderne bag denne side.", headers, rows))


def all_shares(released: Released) -> Block:
    """The counted shares of all municipalities, pooled, and pooled under the other reading of assumption A3."""
    require_comparable(released.table["definition"])
    return shares_table(released.where(measure=["share", "share_if_almen_is_all"]))


def _retrieved(day: str) -> str:
    return f" Hentet {date(day)}." if day else ""


def _place(row: pd.Series) -> str:
    return ", ".join(filter(None, (name_of(row["municipality"]), row["unit"])))


def _fact(source: str) -> str:
    """``folder/file.csv, linje 7 (file:3)`` as the fact's number and its line in the source."""
    line, _, fact = source.rpartition(" (")
    return f"{fact.rstrip(')')}, {line.rpartition(', ')[2]}"


def _what(row: pd.Series) -> str:
    return ", ".join(filter(None, (definition(row["definition"]).short_da, row["group"], row["period"])))


def _in_danish(text: str) -> str:
    words = {
        "partial": "delvist i teksten",
        "image only": "kun som billede",
        "endpoints only": "kun første og sidste tal",
        "not published": "ikke udkommet",
        "same as": "som en anden figur",
        "full less": "delvist i teksten",
    }
    return next((danish for english, danish in words.items() if text.startswith(english)), "delvist i teksten")
