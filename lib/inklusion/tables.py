"""Released tables in, accessible HTML tables out, with the released rows beside them as CSV."""

from collections.abc import Callable

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.danish import MISSING, number, sort_key
from inklusion.definitions import Definition, definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Document, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.provenance import Provenance

Cell = Callable[[pd.Series], str]


def shares(released: Released, code: str) -> Block | Gap:
    """Numerator, denominator, share and interval of the municipalities with counts."""
    require_comparable(released.table["definition"])
    chosen = released.where(measure="share")
    if code not in set(chosen.table["municipality"]):
        return Gap("Ingen trykte antal elever for kommunen.")
    return _shares_block(chosen)


def all_shares(released: Released) -> Block:
    """The counted shares of all municipalities, pooled, and pooled under the other reading of assumption A3."""
    return _shares_block(released.where(measure=["share", "share_if_almen_is_all"]))


def printed_by_definition(released: Released, code: str) -> Block | Gap:
    """The municipality's printed figures, one table per definition: definitions never share a table."""
    chosen = released.where(measure="printed", municipality=code)
    if chosen.is_empty:
        return Gap("Ingen trykte segregeringstal for kommunen.")
    columns: dict[str, Cell] = {
        "Sted og periode": lambda row: f"{row['unit'] or name_of(row['municipality'])}, {row['period']}",
        "Værdi": value_with_unit,
        "Antal elever": lambda row: count(row["numerator"]) if pd.notna(row["numerator"]) else "n ikke oplyst",
        "Forbehold": lambda row: row["note"] or "ingen",
        "Kilde": lambda row: row["source"],
    }
    parts = [
        _block(
            f"trykte_{name}",
            _definition_caption(definition(str(name))),
            chosen.where(definition=str(name)),
            columns,
        )
        for name in dict.fromkeys(chosen.table["definition"])
    ]
    return Block("\n".join(part.html for part in parts), {"trykte_tal": chosen.to_csv()})


def positions(released: Released, code: str) -> Block | Gap:
    """Context indicators: value, middle municipality, and how many lie lower. No verdict."""
    own = released.where(municipality=[code, COUNTRY])
    table = own.table
    values = table[(table["measure"] == "printed") & (table["municipality"] == code)]
    if values.empty:
        return Gap("Kommunen har ingen kontekstindikatorer.")
    found = {(row["definition"], row["measure"], row["group"] != ""): row for _, row in table.iterrows()}
    group = next((name for name in table["group"] if name), "")
    rows = []
    for row in (row for _, row in values.iterrows()):
        name = row["definition"]
        median = found[name, "median", False]
        rows.append(
            [
                f"{definition(name).name_da} ({definition(name).unit})",
                value(row),
                value(median),
                _below(found.get((name, "position", False))),
                _below(found.get((name, "position", True))),
            ]
        )
    headers = [
        "Indikator",
        name_of(code),
        "Midterste kommune",
        "Kommuner med lavere værdi",
        f"Lavere i gruppen {group}",
    ]
    caption = "Seneste tal, 2023-2025, år ikke oplyst. n er ikke oplyst. Tabellen viser placering, ikke en vurdering."
    html = html_table(caption, headers, rows, numeric=(1, 2, 3, 4))
    return Block(html, {"kontekst_placering": own.where(measure=["position", "median", "printed"]).to_csv()})


def latest_wellbeing(released: Released, code: str) -> Block | Gap:
    """The two latest school indicators of the context table."""
    return positions(released.where(definition=["kontekst_wellbeing_score", "kontekst_high_absence"]), code)


def series(released: Released, code: str) -> Block | Gap:
    """Published series of the municipality beside the country, one table per definition."""
    names = list(dict.fromkeys(released.where(measure="printed", municipality=code).table["definition"]))
    if not names:
        return Gap("Ingen offentliggjorte tidsserier for kommunen.")
    html = []
    for name in names:
        table = released.where(measure="printed", definition=name).table.sort_values("period")
        cells = {(row["municipality"], row["period"]): row for _, row in table.iterrows()}
        rows = [
            [
                period,
                value(cells[code, period]) if (code, period) in cells else MISSING,
                value(cells[COUNTRY, period]) if (COUNTRY, period) in cells else "ikke oplyst",
                cells[code, period]["note"] if (code, period) in cells else "",
            ]
            for period in sorted(set(table["period"]))
        ]
        caption = f"{_definition_caption(definition(name))} Pct., n ikke oplyst."
        html.append(html_table(caption, ["Skoleår", name_of(code), "Hele landet", "Forbehold"], rows, numeric=(1, 2)))
    return Block("\n".join(html), {"tidsserier_tabel": released.where(definition=names).to_csv()})


def programmes(released: Released, code: str) -> Block | Gap:
    """Participation in the music and art communities."""
    chosen = released.where(municipality=code, measure="printed")
    columns: dict[str, Cell] = {
        "Sted": lambda row: row["unit"] or name_of(row["municipality"]),
        "Hvem": lambda row: row["group"],
        "Antal": value,
        "Forbehold": lambda row: row["note"] or "ingen",
    }
    caption = "Deltagere i musiske fællesskaber for elever i specialtilbud, efterår 2024, som trykt i kilden."
    return _or_gap(chosen, "deltagelse", caption, columns, "Kommunen står ikke i kildens deltagertabel.", numeric=(2,))


def survey(released: Released, code: str) -> Block | Gap:
    """Printed shares of the staff survey with intervals."""
    chosen = released.where(municipality=code, measure="share_of_answers")
    columns: dict[str, Cell] = {
        "Udsagn og svar": lambda row: row["group"],
        "Andel (pct.)": value,
        "95 %-interval": interval,
        "Forbehold": lambda row: row["note"] or "ingen",
    }
    caption = (
        f"Personalets svar{_respondents(released, code)}. Antal svar på det enkelte spørgsmål er ikke oplyst. "
        "Intervallet tager højde for, at der kun er så mange at spørge, men ikke for dem, der ikke svarede."
    )
    return _or_gap(
        chosen,
        "personalesurvey",
        caption,
        columns,
        "Ingen offentliggjort personaleundersøgelse.",
        numeric=(1, 2),
    )


def staff(released: Released, code: str) -> Block | Gap:
    """Staff totals: printed against summed, flagged where they differ."""
    totals = released.where(municipality=code, unit="I alt")
    printed = totals.where(measure="printed").table
    if printed.empty:
        return Gap("Ingen offentliggjort personaletabel.")
    sums = totals.where(measure="sum").table
    rows = []
    for (_, row), (_, total) in zip(printed.iterrows(), sums.iterrows(), strict=True):
        flag = "afviger: " + total["note"] if total["note"] else "stemmer"
        rows.append([f"{definition(row['definition']).short_da}, {row['group']}", value(row), value(total), flag])
    headers = ["Søjle", "Trykt total", "Sum af skolerne", "Bemærkning"]
    html = html_table(
        f"Personale, {printed['period'].iloc[0]}: kildens totaler og summen af skolerne.", headers, rows, numeric=(1, 2)
    )
    return Block(html, {"personale": released.where(municipality=code).to_csv()})


def reconciliation(released: Released, *verdicts: str) -> Block | Gap:
    """Printed and recomputed side by side for the chosen verdicts."""
    chosen = released.where(method=list(verdicts))
    table = chosen.table
    recomputed = table[table["measure"] == "recomputed"].set_index("source")
    difference = table[table["measure"] == "difference"].set_index("source")
    rows = [
        [
            row["source"],
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
        "Kilde (fil, linje, nummer)",
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
    return Block(html_table(caption, headers, rows, numeric=(3, 4, 5)), {name: chosen.to_csv()})


def panel_sums(released: Released) -> Block:
    """Sum of the ten printed bands of each risk panel."""
    columns: dict[str, Cell] = {
        "Panel": lambda row: row["unit"] or name_of(row["municipality"]),
        "Sum (pct.)": value,
        "Dom": lambda row: row["method"],
    }
    caption = "De ti bånd i figur 4.1.1 og 4.1.3 lagt sammen. Ti afrundede tal kan give 95-105."
    return _block("panelsummer", caption, released, columns, numeric=(1,))


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
    return Block(html, {"daekning": released.to_csv()})


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
        "data_in_text": "Findes som tekst",
    }
    return document(Document(source.name, shown), f"{len(shown)} figurer, hvor tal mangler som tekst.", columns)


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
    rows = [[entry.path, f"{entry.citation}. {entry.licence}.", entry.sha256[:12]] for entry in provenance.sources]
    headers = ["Fil under data/raw", "Henvisning og licens", "sha256 (første 12)"]
    return Block(html_table("Kilderne bag denne side.", headers, rows))


def value(row: pd.Series) -> str:
    """The released value, a printed range, or why there is none."""
    if row["status"] in HIDDEN:
        return "vises ikke"
    decimals = int(row["decimals"])
    if pd.notna(row["estimate"]):
        return number(row["estimate"], decimals)
    ends = [number(row[end], decimals) for end in ("lower", "upper") if pd.notna(row[end])]
    return "–".join(ends) if len(ends) == 2 else _one_sided(row, ends)


def value_with_unit(row: pd.Series) -> str:
    """The value with the definition's unit."""
    text = value(row)
    return text if row["status"] != "shown" else f"{text} {definition(row['definition']).unit}"


def interval(row: pd.Series) -> str:
    """The confidence interval, or that n is not given."""
    if row["status"] in HIDDEN:
        return "vises ikke"
    if pd.isna(row["confidence"]):
        return "n ikke oplyst"
    return f"{number(row['lower'], int(row['decimals']))}–{number(row['upper'], int(row['decimals']))}"


def count(persons: object) -> str:
    """A number of persons, or that it is hidden or not given."""
    return "vises ikke eller ikke oplyst" if pd.isna(persons) else number(float(persons))  # type: ignore[arg-type]


def _shares_block(chosen: Released) -> Block:
    entry = definition(chosen.table["definition"].iloc[0])
    caption = f"{entry.name_da}, {chosen.table['period'].iloc[0]}. Nævner: {entry.denominator_phrase}."
    columns: dict[str, Cell] = {
        "Kommune": lambda row: row["unit"] or name_of(row["municipality"]),
        "Elever i specialtilbud": lambda row: count(row["numerator"]),
        "Elever i alt": lambda row: count(row["denominator"]),
        "Andel (pct.)": value,
        "95 %-interval": interval,
    }
    return _block("andele", caption, chosen, columns, numeric=(1, 2, 3, 4))


def _respondents(released: Released, code: str) -> str:
    rate = released.where(municipality=code, measure="share").table
    if rate.empty:
        return ""
    row = rate.iloc[0]
    return f", {row['period']}: {count(row['numerator'])} besvarelser af {count(row['denominator'])} inviterede"


def _one_sided(row: pd.Series, ends: list[str]) -> str:
    if not ends:
        return "ikke oplyst"
    return f"over {ends[0]}" if pd.notna(row["lower"]) else f"under {ends[0]}"


def _below(row: pd.Series | None) -> str:
    return MISSING if row is None else f"{number(float(row['numerator']))} af {number(float(row['denominator']))}"


def _definition_caption(entry: Definition) -> str:
    return f"{entry.name_da} (definition {entry.id}; nævner: {entry.denominator_phrase})."


def _place(row: pd.Series) -> str:
    return ", ".join(filter(None, (name_of(row["municipality"]), row["unit"])))


def _what(row: pd.Series) -> str:
    return ", ".join(filter(None, (definition(row["definition"]).short_da, row["group"], row["period"])))


def _in_danish(text: str) -> str:
    words = {
        "partial": "delvist",
        "image only": "kun billede",
        "endpoints only": "kun endepunkter",
        "not published": "ikke udkommet",
    }
    return next(
        (danish for english, danish in words.items() if text.startswith(english)),
        "se anden figur eller delvist",
    )


def _or_gap(
    released: Released,
    name: str,
    caption: str,
    columns: dict[str, Cell],
    gap: str,
    *,
    numeric: tuple[int, ...],
) -> Block | Gap:
    return Gap(gap) if released.is_empty else _block(name, caption, released, columns, numeric=numeric)


def _block(
    name: str, caption: str, released: Released, columns: dict[str, Cell], *, numeric: tuple[int, ...] = ()
) -> Block:
    rows = [[cell(row) for cell in columns.values()] for _, row in released.table.iterrows()]
    return Block(html_table(caption, list(columns), rows, numeric=numeric), {name: released.to_csv()})
