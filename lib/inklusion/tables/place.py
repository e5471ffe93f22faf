"""Tables about one municipality."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.danish import MISSING, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.tables.cells import (
    Cell,
    count,
    definition_caption,
    interval,
    released_table,
    shares_table,
    shown,
    table_or_gap,
    value,
    value_with_unit,
)


def shares(released: Released, code: str, *, override: str = "") -> Block | Gap:
    """Numerator, denominator, share and interval of the municipalities with counts."""
    warning = require_comparable(released.table["definition"], override=override)
    chosen = released.where(measure="share")
    if code not in set(chosen.table["municipality"]):
        return Gap("Ingen trykte antal elever for kommunen.")
    return shares_table(chosen, warning)


def printed_by_definition(released: Released, code: str) -> Block | Gap:
    """The municipality's printed figures, one table per definition: definitions never share a table."""
    chosen = released.where(measure="printed", municipality=code)
    if chosen.is_empty:
        return Gap("Ingen trykte segregeringstal for kommunen.")
    columns: dict[str, Cell] = {
        "Sted og periode": lambda row: f"{row['unit'] or name_of(row['municipality'])}, {row['period']}",
        "Værdi": value_with_unit,
        "Antal elever": lambda row: count(row, "numerator"),
        "Forbehold": lambda row: row["note"] or "ingen",
        "Kilde": lambda row: row["source"],
    }
    parts = [
        released_table(
            f"trykte_{name}",
            definition_caption(definition(str(name))),
            chosen.where(definition=str(name)),
            columns,
        )
        for name in dict.fromkeys(chosen.table["definition"])
    ]
    return shown("trykte_tal", "\n".join(part.html for part in parts), chosen)


def positions(released: Released, code: str) -> Block | Gap:
    """Context indicators: value, middle municipality, and how many lie lower. No verdict."""
    own = released.where(municipality=[code, COUNTRY])
    table = own.table
    values = table[(table["measure"] == "printed") & (table["municipality"] == code)]
    if values.empty:
        return Gap("Kommunen har ingen kontekstindikatorer.")
    found = {(row["definition"], row["measure"], row["group"]): row for _, row in table.iterrows()}
    groups = [name for name in dict.fromkeys(table["group"]) if name]
    rows = []
    for row in (row for _, row in values.iterrows()):
        name = row["definition"]
        rows.append(
            [
                f"{definition(name).name_da} ({definition(name).unit})",
                value(row),
                value(found[name, "median", ""]),
                *(_below(found.get((name, "position", group))) for group in ("", *groups)),
            ]
        )
    headers = [
        "Indikator",
        name_of(code),
        "Midterste kommune",
        "Kommuner med lavere værdi",
        *(f"Lavere blandt {group}" for group in groups),
    ]
    caption = (
        "Seneste tal, de fleste fra 2023-2025, år ikke oplyst for det enkelte tal (folketal: 2026). n ikke oplyst. "
        "Tabellen viser placering, ikke en vurdering."
    )
    html = html_table(caption, headers, rows, numeric=tuple(range(1, len(headers))))
    return shown("kontekst_placering", html, own.where(measure=["position", "median", "printed"]))


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
        caption = f"{definition_caption(definition(name))} Pct., n ikke oplyst."
        html.append(html_table(caption, ["Skoleår", name_of(code), "Hele landet", "Forbehold"], rows, numeric=(1, 2)))
    return shown("tidsserier_tabel", "\n".join(html), released.where(definition=names))


def programmes(released: Released, code: str) -> Block | Gap:
    """Participation in the music and art communities."""
    chosen = released.where(municipality=code, measure="printed")
    columns: dict[str, Cell] = {
        "Sted": lambda row: row["unit"] or name_of(row["municipality"]),
        "Hvem": lambda row: f"{definition(row['definition']).short_da}: {row['group'] or 'i alt'}",
        "Antal": value,
        "Forbehold": lambda row: row["note"] or "ingen",
    }
    caption = "Deltagere i musiske fællesskaber for elever i specialtilbud, efterår 2024, som trykt i kilden."
    return table_or_gap(
        chosen, "deltagelse", caption, columns, "Kommunen står ikke i kildens deltagertabel.", numeric=(2,)
    )


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
    return table_or_gap(
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
        flag = "ikke ens: " + total["note"] if total["note"] else "ens"
        rows.append([f"{definition(row['definition']).short_da}, {row['group']}", value(row), value(total), flag])
    headers = ["Søjle", "Trykt total", "Sum af skolerne", "Bemærkning"]
    html = html_table(
        f"Personale, {printed['period'].iloc[0]}: kildens totaler og summen af skolerne.", headers, rows, numeric=(1, 2)
    )
    return shown("personale", html, released.where(municipality=code))


def _respondents(released: Released, code: str) -> str:
    rate = released.where(municipality=code, measure="share").table
    if rate.empty:
        return ""
    row = rate.iloc[0]
    return f", {row['period']}: {count(row, 'numerator')} besvarelser af {count(row, 'denominator')} inviterede"


def _below(row: pd.Series | None) -> str:
    return MISSING if row is None else f"{number(float(row['numerator']))} af {number(float(row['denominator']))}"
