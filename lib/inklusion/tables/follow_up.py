"""Tables of the half-yearly follow-up: themes, verdicts, the series behind them, and the theory of change with its gaps."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.contracts.follow_up import (
    BY_PLAN,
    HIGHER,
    STAFF,
    UNJUDGED,
    Indicator,
    due_in,
    shows,
    themes_of,
    under_covid,
)
from inklusion.danish import MISSING, listing
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.tables.cells import count, definition_caption, interval, shown, value

_NONE, _HIDDEN = "ingen kilde endnu", "intet tal, der kan vises"
_LATER = "planlægges"


def themes(plan: pd.DataFrame, period: str) -> Block | Gap:
    """The qualitative themes of the round and where the knowledge about each comes from."""
    found = themes_of(plan, period)
    if found.empty:
        return Gap("Planen nævner ingen kvalitative temaer for runden.")
    rows = [[str(row["theme"]), _data_source(str(row["data_source"]))] for _, row in found.iterrows()]
    return Block(html_table("Rundens temaer, som de står i planen.", ["Tema", "Hvor viden kommer fra"], rows))


def verdicts(released: Released, code: str, plan: pd.DataFrame, period: str) -> Block | Gap:
    """For each due indicator: first and latest value, both changes with interval, which way is progress, and the verdicts."""
    entries = due_in(plan, period)
    chosen = released.where(group=[entry.group for entry in entries], municipality=[code, COUNTRY])
    if chosen.where(municipality=code).is_empty:
        return Gap("Udgaven har ingen serier for de indikatorer, der er på tur.")
    rows = [_row(chosen.table, code, entry) for entry in entries]
    headers = ["Indikator", "Første", "Seneste", "Elever talt med, seneste", "Siden året før", "Siden første år",
               "Fremgang er", "Dom, siden året før", "Dom, siden første år"]  # fmt: skip
    judged = (
        "med 95 %-interval i parentes. Dommene følger et bredere interval, som står ved dommen, fordi flere ændringer bliver vurderet på én gang."
        if chosen.table["confidence"].notna().any()
        else "uden interval, for antal elever i alt er ikke trykt."
    )
    caption = (
        f"Indikatorer på tur i {name_of(code)}. Første og seneste er pct., og ændringer er procentpoint, {judged} En streg "
        "betyder, at tallet ikke findes."
    )
    return shown("opfoelgning_domme", html_table(caption, headers, rows, numeric=(1, 2, 3, 4, 5)), chosen)


def levels(released: Released, code: str, plan: pd.DataFrame, period: str) -> Block | Gap:
    """The series of the due indicators, the municipality's and the country's, year by year."""
    groups = [entry.group for entry in due_in(plan, period)]
    chosen = released.where(measure="level", group=groups, municipality=[code, COUNTRY])
    if chosen.where(municipality=code).is_empty:
        return Gap("Udgaven har ingen serier for de indikatorer, der er på tur.")
    parts = [chosen.where(group=group).table for group in groups]
    html = "\n".join(_series(part, code) for part in parts if (part["municipality"] == code).any())
    return shown("opfoelgning_serier", html, chosen)


def theory(theory: pd.DataFrame, released: Released, staff: Released, code: str) -> Block | Gap:
    """Each expected change with what could show it: the indicator and its latest direction, or the gap and what would fill it."""
    chosen = released.where(municipality=[code, COUNTRY])
    if chosen.where(municipality=code).is_empty:
        return Gap("Kommunen har ingen serier i opfølgningen.")
    is_asked = not staff.where(municipality=code).is_empty
    rows = [
        [
            str(row["change_da"]),
            str(row["horizon"]),
            *_shown_by(chosen.table, code, str(row["possible_indicator"]), is_asked),
        ]
        for _, row in theory.iterrows()
    ]
    headers = ["Forventet forandring", "Sigt", "Hvad der kan vise den", "Har vi det, og hvilken vej går det?"]
    caption = "Forandringsteorien fra Københavns koncept, og hvad der kan vise hver forandring."
    return shown("opfoelgning_forandringsteori", html_table(caption, headers, rows), chosen)


def _series(part: pd.DataFrame, code: str) -> str:
    """One indicator: years down; the municipality with interval and n, the country beside it, and caveats."""
    require_comparable(part["definition"])
    entry, label = definition(part["definition"].iloc[0]), BY_PLAN[part["group"].iloc[0].partition(": ")[2]].label
    cells = {(row["municipality"], row["period"]): row for _, row in part.iterrows()}
    rows = []
    for year in sorted({year for place, year in cells if place == code}):
        own, country = cells[code, year], cells.get((COUNTRY, year))
        beside = MISSING if country is None else _with_interval(country)
        notes = ["skoleår under COVID-19"] if under_covid(entry.id, year) else []
        note = "; ".join([*notes, *filter(None, [own["note"]])]) or "ingen"
        rows.append([year, value(own), interval(own), count(own, "denominator"), beside, note])
    headers = [
        "Periode",
        f"{name_of(code)} (pct.)",
        "95 %-interval",
        "Elever talt med",
        "Hele landet (pct.)",
        "Forbehold",
    ]
    return html_table(f"{label}. {definition_caption(entry)}", headers, rows, numeric=(1, 2, 3, 4))


def _direction(table: pd.DataFrame, code: str, entry: Indicator) -> str:
    """The latest direction of an indicator: the verdict since the year before, or that it cannot be judged, or the gap."""
    anybody = table[table["group"] == entry.group]
    rows = anybody[anybody["municipality"] == code]
    if rows.empty:
        return _gap(anybody)
    for measure, since in (("verdict_year", "siden året før"), ("verdict_first", "siden første år")):
        found = rows[rows["measure"] == measure]
        if len(found):
            return f"{found.iloc[0]['note']} {since}"
    for measure, since in (("change_year", "siden året før"), ("change_first", "siden første år")):
        found = rows[rows["measure"] == measure]
        if len(found):
            return f"{_moved(found.iloc[0])} trykt tal {since}, {UNJUDGED}"
    return f"kun ét år, så udviklingen {UNJUDGED}"


def _gap(anybody: pd.DataFrame) -> str:
    """Where the country has a series, the municipality's is hidden or empty; else nobody has one."""
    return _NONE if anybody.empty else _HIDDEN


def _shown_by(table: pd.DataFrame, code: str, possible: str, is_asked: bool) -> list[str]:
    found = shows(possible)
    named = [entry.label.lower() for entry in found.indicators]
    named += ["økonomi"] if found.economy else []
    told = [f"{entry.label.lower()}: {_direction(table, code, entry)}" for entry in found.indicators]
    told += ["økonomi: se afsnittet om økonomi"] if found.economy else []
    if found.filler == STAFF and is_asked:
        told.append("personalet er spurgt, men siden følger ikke svarene over tid")
    elif found.filler:
        told.append(f"{_NONE}; kræver {found.filler}")
    return [_sentence(listing([*named, *filter(None, [found.filler])])), _sentence("; ".join(told))]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _row(table: pd.DataFrame, code: str, entry: Indicator) -> list[str]:
    anybody = table[table["group"] == entry.group]
    own = anybody[anybody["municipality"] == code]
    rows = {row["measure"]: row for _, row in own[own["measure"] != "level"].iterrows()}
    series = own[own["measure"] == "level"].sort_values("period")
    way = "højere" if entry.wanted == HIGHER else "lavere"
    if series.empty:
        return [entry.label, _gap(anybody), _gap(anybody), *[MISSING] * 3, way, UNJUDGED, UNJUDGED]
    first, last = series.iloc[0], series.iloc[-1]
    judged = [_verdict(rows.get(name)) for name in ("verdict_year", "verdict_first")]
    if len(series) == 2 and "change_year" in rows:
        judged[1] = MISSING  # the year before is the first year
    moved = [_change(rows.get(name)) for name in ("change_year", "change_first")]
    counted = count(last, "denominator")
    return [entry.label, _level(first), _level(last), counted, *moved, way, *judged]


def _level(row: pd.Series) -> str:
    return f"{value(row)} ({row['period']})"


def _change(row: pd.Series | None) -> str:
    return MISSING if row is None else _with_interval(row)


def _with_interval(row: pd.Series) -> str:
    return value(row) if pd.isna(row["lower"]) else f"{value(row)} ({interval(row)})"


def _verdict(row: pd.Series | None) -> str:
    return UNJUDGED if row is None else f"{row['note']} ({interval(row)})"


def _moved(row: pd.Series) -> str:
    amount = row["estimate"]
    return "højere" if amount > 0 else "lavere" if amount < 0 else "samme"


def _data_source(text: str) -> str:
    return f"ikke fastlagt: {text}" if _LATER in text else text
