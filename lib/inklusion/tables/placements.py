"""Tables of placements over time: full-year pupils, transitions, returns, and activity after school."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.danish import MISSING, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.tables.cells import count, interval, shown, value


def full_year_pupils(released: Released, code: str) -> Block | Gap:
    """Full-year pupils by provision and calendar year, with the number of different pupils in brackets."""
    chosen = released.where(measure="full_year", municipality=code)
    require_comparable(chosen.table["definition"])
    if chosen.is_empty:
        return Gap("Registret dækker ingen hele kalenderår med placeringer.")
    cells = {(row["group"], row["period"]): row for _, row in chosen.table.iterrows()}
    years = sorted({year for _, year in cells})
    groups = sorted(dict.fromkeys(group for group, _ in cells), key=lambda group: not group)
    rows = [
        [_provision(group).capitalize(), *(_counted(cells.get((group, year))) for year in years)] for group in groups
    ]
    caption = (
        f"{definition(chosen.table['definition'].iloc[0]).name_da}, {name_of(code)}. I parentes antal forskellige elever. En "
        "elev, der skifter tilbud, tæller med i begge tilbud, men kun én gang i alt."
    )
    html = html_table(caption, ["Tilbud", *years], rows, numeric=tuple(range(1, len(years) + 1)))
    return shown("helaarselever", html, chosen)


def transitions(released: Released, code: str) -> Block | Gap:
    """From provision to provision in the following school year, the municipality and the country below each other."""
    chosen = released.where(definition="overgang", municipality=[code, COUNTRY])
    if chosen.is_empty:
        return Gap("Overgange vises ikke: ingen elever kan følges fra det ene skoleår til det næste.")
    tables = [chosen.where(municipality=place) for place in (code, COUNTRY)]
    html = "\n".join(_matrix(table, table.table["municipality"].iloc[0]) for table in tables if not table.is_empty)
    return shown("overgange", html, chosen)


def returns(released: Released, code: str) -> Block | Gap:
    """Pupils who began, pupils who returned, the share by both methods; the municipality first, then the country."""
    chosen = released.where(definition="tilbage_tre_aar", municipality=[code, COUNTRY])
    if chosen.where(municipality=code).is_empty:
        return Gap(
            "Ingen elever fra kommunen begyndte i et specialtilbud i 0.-6. klasse, eller registret siger ikke, hvad der kom efter."
        )
    table = chosen.table.sort_values(["municipality", "group"], key=lambda column: column == COUNTRY, kind="stable")
    naive = {_key(row): row for _, row in table[table["measure"] == "kaplan_meier"].iterrows()}
    rows = [
        [
            name_of(row["municipality"]) + (f", {_provision(row['group'])}" if row["group"] else ""),
            count(row, "denominator"),
            count(row, "numerator"),
            _known(row),
            _interval(row),
            _known(naive[_key(row)]),
            row["note"] or "ingen",
        ]
        for _, row in table[table["measure"] == "cumulative_incidence"].iterrows()
    ]
    headers = [
        "Sted",
        "Elever, der begyndte",
        "Set tilbage inden tre år",
        "Tilbage (pct.)",
        "95 %-interval",
        "Uden konkurrerende afgange (pct.)",
        "Forbehold",
    ]
    caption = (
        f"{definition('tilbage_tre_aar').name_da}, begyndt {table['period'].iloc[0]}. Andelen tager højde for elever, der ikke "
        "er fulgt i tre år, og er derfor ikke antallene divideret med hinanden."
    )
    return shown("tilbage", html_table(caption, headers, rows, numeric=(1, 2, 3, 4, 5)), chosen)


def after_school(released: Released, code: str) -> Block | Gap:
    """Each group's activities: count, share and interval of the municipality, and the country's share."""
    chosen = released.where(measure="share", municipality=[code, COUNTRY])
    require_comparable(chosen.table["definition"])
    if chosen.where(municipality=code).is_empty:
        return Gap("Registret har ingen tidligere elever fra kommunen.")
    cells = {(row["municipality"], row["group"]): row for _, row in chosen.table.iterrows()}
    rows = []
    for group in dict.fromkeys(chosen.table["group"]):
        own, country = cells.get((code, group)), cells.get((COUNTRY, group))
        mine = [MISSING] * 3 if own is None else [_of(own), value(own), _interval(own)]
        theirs = [MISSING] * 2 if country is None else [value(country), _interval(country)]
        rows.append([group.capitalize(), *mine, *theirs])
    headers = [
        "Gruppe og aktivitet",
        "Elever",
        "Andel (pct.)",
        "95 %-interval",
        "Hele landet (pct.)",
        "95 %-interval, landet",
    ]
    caption = (
        f"{definition('aktivitet_5_aar').name_da}, årgang {chosen.table['period'].iloc[0]}, {name_of(code)} og hele landet. "
        "En streg betyder, at kommunen ingen tidligere elever har i gruppen."
    )
    return shown("aktivitet", html_table(caption, headers, rows, numeric=(1, 2, 3, 4, 5)), chosen)


def _matrix(chosen: Released, place: str) -> str:
    """Rows are the first school year's provision, columns the next one's."""
    table = chosen.table
    parts = table["group"].str.split(": ", n=1)
    cells = {
        (start, end): row for start, end, (_, row) in zip(parts.str[0], parts.str[1], table.iterrows(), strict=True)
    }
    starts, ends = (list(dict.fromkeys(column)) for column in (parts.str[0], parts.str[1]))
    rows = [
        [
            start.capitalize(),
            count(cells[start, ends[0]], "denominator"),
            *(_with_interval(cells[start, end]) for end in ends),
        ]
        for start in starts
    ]
    caption = (
        f"{definition('overgang').name_da}, {name_of(place)}, {table['period'].iloc[0]}. Pct. af elever i det første tilbud, "
        "i parentes 95 %-interval."
    )
    headers = ["Første skoleår", "Elever", *(end.capitalize() for end in ends)]
    return html_table(caption, headers, rows, numeric=tuple(range(1, len(headers))))


def _counted(row: pd.Series | None) -> str:
    if row is None:
        return MISSING
    return value(row) if row["status"] in HIDDEN else f"{value(row)} ({count(row, 'numerator')})"


def _with_interval(row: pd.Series) -> str:
    return value(row) if row["status"] in HIDDEN else f"{value(row)} ({interval(row)})"


def _known(row: pd.Series) -> str:
    """The value; a value that was not computed is neither hidden nor unknown to the source."""
    return "ikke regnet ud" if row["status"] not in HIDDEN and pd.isna(row["estimate"]) else value(row)


def _interval(row: pd.Series) -> str:
    return MISSING if row["status"] not in HIDDEN and pd.isna(row["lower"]) else interval(row)


def _of(row: pd.Series) -> str:
    if row["status"] in HIDDEN:
        return "vises ikke"
    return f"{number(float(row['numerator']))} af {number(float(row['denominator']))}"


def _key(row: pd.Series) -> tuple[str, str]:
    return row["municipality"], row["group"]


def _provision(group: str) -> str:
    return group.removeprefix("tilbud: ") or "alle tilbud"
