"""Tables about a programme and a reform: the plan, participation, power, changes, and the years of a reform."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.contracts.surveys import COMPARISON, TREATED
from inklusion.danish import MISSING, number
from inklusion.definitions import definition
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.plans import named
from inklusion.tables.cells import Cell, count, interval, released_table, shown, value

_NO_PROGRAMME = "Der er ingen data om deltagere i en indsats i kommunen."
_NO_PLAN = "Udfaldene er ikke læst: der er ingen låst plan, eller for få elever med begge mål."
_ROLES = {TREATED: "Indsatsen", COMPARISON: "Sammenligningsgruppen"}
Rows = dict[tuple[str, str], pd.Series]


def plan(released: Released, code: str) -> Block | Gap:
    """What the locked plan says, line by line; of the programmes or reforms that the municipality has."""
    own = {named(group) for group in released.where(municipality=code).table["group"]}
    chosen = released.where(municipality=COUNTRY, measure="plan")
    keep = [group for group in chosen.table["group"] if named(group) in own]
    chosen = chosen.where(group=keep)
    if chosen.is_empty:
        return Gap(_NO_PLAN)
    columns: dict[str, Cell] = {
        "Indsats eller reform": lambda row: named(row["group"]),
        "Hvad": lambda row: row["group"].split(": ", 1)[1].capitalize(),
        "Planen siger": lambda row: row["note"] or value(row),
    }
    return released_table(f"plan_{released.name}", "Den låste plan, linje for linje.", chosen, columns)


def participation(released: Released, code: str) -> Block | Gap:
    """Groups, pupils measured, sessions, and where it gives nobody away how many there are in all."""
    chosen = released.where(municipality=code).where(
        definition=["indsats_hold", "indsats_gange", "indsats_deltagere", "indsats_maalt", "indsats_niveau"]
    )
    if chosen.is_empty:
        return Gap(_NO_PROGRAMME)
    rows = _rows(chosen)
    lines = []
    for group in _groups(chosen):
        counted = rows.get((group, "mean_planned"), rows.get((group, "mean_before")))
        listed, share = rows.get((group, "count")), rows.get((group, "share"))
        lines.append(
            [
                _label(group),
                _cell(rows.get((group, "clusters"))),
                MISSING if counted is None else count(counted, "denominator"),
                _cell(rows.get((group, "mean_planned"))),
                _cell(rows.get((group, "mean_attended"))),
                "vises ikke" if listed is None else _cell(listed),
                "vises ikke" if share is None else _cell(share),
            ]
        )
    headers = [
        "Gruppe",
        "Hold",
        "Målt før og efter",
        "Planlagte gange",
        "Fremmødte gange",
        "Elever i alt",
        "Målt (pct.)",
    ]
    caption = (
        f"Deltagere og fremmøde, {name_of(code)}. Gangene er gennemsnit for elever med begge mål. Elever i alt vises kun, hvor "
        "mindst fem mangler et mål."
    )
    return shown("deltagelse_indsats", html_table(caption, headers, lines, numeric=(1, 2, 3, 4, 5, 6)), chosen)


def power(released: Released, code: str) -> Block | Gap:
    """Power at the smallest change worth having, and the smallest change that would be detected."""
    chosen = released.where(municipality=[code, COUNTRY], definition=["indsats_styrke", "indsats_mindste"])
    rows = {(row["municipality"], row["group"], row["measure"]): row for _, row in chosen.table.iterrows()}
    lines = []
    for place in dict.fromkeys([code, COUNTRY]):
        for what, label in (
            ("mean_change", "ændring fra før til efter"),
            ("mean_difference", "forskel mellem grupperne"),
        ):
            for group in _groups(chosen):
                chance, smallest = (rows.get((place, group, f"{what}_{name}")) for name in ("power", "detectable"))
                if chance is not None and smallest is not None:
                    label_of = f"{_place(place)}, {named(group)}: {label}"
                    lines.append([label_of, count(chance, "denominator"), value(chance), value(smallest)])
    if code not in {place for place, _, _ in rows}:
        return Gap(_NO_PLAN)
    caption = (
        "Hvad tallene kan vise, regnet før udfaldene bliver set og efter planens antagelser. Styrken er chancen for at opdage den "
        "mindste ændring, der er umagen værd."
    )
    headers = ["Sted og mål", "Elever i indsatsen", "Styrke (pct.)", "Mindste ændring (point)"]
    return shown("styrke", html_table(caption, headers, lines, numeric=(1, 2, 3)), chosen)


def changes(released: Released, code: str) -> Block | Gap:
    """Before, after and the change of either group, with intervals and the permutation test."""
    names = ["indsats_niveau", "indsats_aendring", "indsats_aendring_sd", "indsats_p"]
    chosen = released.where(municipality=[code, COUNTRY], definition=names)
    rows = {(row["municipality"], row["group"], row["measure"]): row for _, row in chosen.table.iterrows()}
    lines = []
    for place in dict.fromkeys([code, COUNTRY]):
        for group in _groups(chosen):
            cells = {what: row for (where, part, what), row in rows.items() if (where, part) == (place, group)}
            if "mean_change" in cells:
                change = cells.get("mean_change_groups", cells["mean_change"])
                lines.append(
                    [
                        f"{_place(place)}, {_label(group).lower()}",
                        count(cells["mean_change"], "denominator"),
                        value(cells["mean_before"]),
                        value(cells["mean_after"]),
                        value(change),
                        interval(change),
                        _cell(cells.get("mean_change_sd")),
                        _p(cells.get("mean_change_p")),
                        _p(cells.get("mean_change_attainable")),
                    ]
                )
    if not any(place == code for place, _, what in rows if what == "mean_change"):
        return Gap(_NO_PLAN)
    caption = (
        "Gennemsnit før og efter og ændringen i point. Intervallet tager hensyn til hold, hvor der er mere end ét. "
        f"{definition('indsats_aendring_sd').name_da} har samme elever."
    )
    headers = ["Sted og gruppe", "Elever", "Før", "Efter", "Ændring", "95 %-interval", "I standardafvigelser", "P-værdi",
               "Mindste mulige p-værdi"]  # fmt: skip
    return shown("foer_efter", html_table(caption, headers, lines, numeric=tuple(range(1, 9))), chosen)


def printed_power(released: Released, code: str) -> Block | Gap:
    """Power and smallest detectable change of the printed programme and the municipality's part of it."""
    chosen = released.where(municipality=[code, COUNTRY], measure=["power", "detectable", "clusters"])
    rows = {(row["municipality"], row["group"], row["measure"]): row for _, row in chosen.table.iterrows()}
    lines = [
        [
            "Hele programmet" if place == COUNTRY else name_of(place),
            group.split(": ")[1],
            value(rows[place, "", "clusters"]),
            value(row),
            value(rows[place, group, "detectable"]),
        ]
        for (place, group, measure), row in rows.items()
        if measure == "power"
    ]
    if code not in {place for place, _, _ in rows}:
        return Gap("Kommunen står ikke i kildens deltagertabel.")
    notes = dict.fromkeys(note for note in chosen.table["note"] if note)
    said = " ".join(f"{note[0].upper()}{note[1:]}." for note in notes)
    caption = (
        f"Hvad deltagertallene kunne vise, hvis alle var målt før og efter. {said} Styrken gælder en ændring på en kvart "
        "standardafvigelse."
    )
    headers = ["Sted", "Variation mellem hold", "Hold", "Styrke (pct.)", "Mindste ændring (standardafvigelser)"]
    return shown("styrke_program", html_table(caption, headers, lines, numeric=(2, 3, 4)), chosen)


def reform_years(released: Released, code: str) -> Block | Gap:
    """Each school year with and without the reform, and the difference to the last year before it or to the control."""
    names = list(dict.fromkeys(released.where(municipality=code, measure="start").table["group"]))
    measures = ["yearly_with", "yearly_without", "synthetic", "event", "gap"]
    chosen = released.where(municipality=COUNTRY, group=names, measure=measures)
    if chosen.is_empty:
        return Gap("Udfaldene er ikke læst, eller kommunen er ikke med i nogen reform.")
    html = []
    for name in names:
        part = chosen.where(group=name)
        rows = {(row["period"], row["measure"]): row for _, row in part.table.iterrows()}
        other = "synthetic" if "synthetic" in set(part.table["measure"]) else "yearly_without"
        apart = "gap" if other == "synthetic" else "event"
        lines = [
            [
                year,
                _cell(rows.get((year, "yearly_with"))),
                _cell(rows.get((year, other))),
                _cell(rows.get((year, apart))),
                _interval(rows.get((year, apart))),
                rows[year, "yearly_with"]["note"] or "intet",
            ]
            for year in sorted({year for year, _ in rows})
        ]
        against = "Syntetisk kontrol" if other == "synthetic" else "Uden reform"
        headers = ["Skoleår", "Med reform", against, "Forskel", "95 %-interval", "Forbehold"]
        base = (
            "afstanden til kontrollen"
            if other == "synthetic"
            else "målt fra det sidste skoleår før reformen, som derfor er nul"
        )
        caption = f"»{name}«: {definition('reform_niveau').short_da}, gennemsnit af kommuner. Forskellen er {base}."
        html.append(html_table(caption, headers, lines, numeric=(1, 2, 3, 4)))
    return shown("reform_aar", "\n".join(html), chosen)


def _place(code: str) -> str:
    return "Alle kommuner" if code == COUNTRY else name_of(code)


def _rows(chosen: Released) -> Rows:
    return {(row["group"], row["measure"]): row for _, row in chosen.table.iterrows()}


def _groups(chosen: Released) -> list[str]:
    return list(dict.fromkeys(chosen.table["group"]))


def _label(group: str) -> str:
    name, role = group.split(": ", 1)
    return f"{_ROLES[role]} ({name})"


def _cell(row: pd.Series | None) -> str:
    return MISSING if row is None else value(row)


def _interval(row: pd.Series | None) -> str:
    return MISSING if row is None or pd.isna(row["lower"]) else interval(row)


def _p(row: pd.Series | None) -> str:
    if row is None:
        return MISSING
    if row["status"] in HIDDEN:
        return "vises ikke"
    return "under 0,001" if row["estimate"] < 0.0005 else number(row["estimate"], int(row["decimals"]))
