"""Tables of where a municipality stands, who it is compared with, and every combination it can be seen in."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.danish import MISSING, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.tables.cells import Cell, count, definition_caption, shown, table_or_gap, value

_AGAINST, _OTHERS = "mod: ", "de andre i: "


def differences(released: Released, code: str) -> Block | Gap:
    """Own share and each group's share with n and interval, the difference and the verdict."""
    require_comparable(released.table["definition"])
    chosen = released.where(municipality=code, measure=["own_share", "others_share", "difference", "verdict"]).latest()
    table = chosen.table
    own = table[table["measure"] == "own_share"]
    if own.empty:
        return Gap("Kommunen har ingen andel med antal, der kan vises.")
    rows = [[name_of(code), *_counts(own.iloc[0]), MISSING, MISSING, MISSING]]
    compared = table[table["group"] != ""]
    for group, part in compared.groupby(compared["group"].map(_whom), sort=False):
        found = {row["measure"]: row for _, row in part.iterrows()}
        others, verdict = found["others_share"], found["verdict"]
        rows.append(
            [
                f"{group} ({others['note']})",
                *_counts(others),
                _with_interval(found["difference"]),
                _with_interval(verdict),
                verdict["note"],
            ]
        )
    headers = ["Hvem", "Elever, der tæller med", "Elever i alt", "Andel (pct.)", "Forskel (procentpoint)",
               "Forskel med fælles interval", "Dom"]  # fmt: skip
    caption = (
        f"{definition_caption(definition(own['definition'].iloc[0]))} {own['period'].iloc[0]}. Forskellen er kommunen minus "
        f"de andre i gruppen. I parentes 95 %-intervaller. Det fælles interval er bredere, for det skal holde for alle "
        "kommuner på én gang, og dommen følger det."
    )
    html = html_table(caption, headers, rows, numeric=(1, 2, 3, 4, 5))
    return shown(f"placering_{own['definition'].iloc[0]}", html, chosen)


def rank(released: Released, code: str) -> Block | Gap:
    """Place in the row with its interval, the raw share and the share drawn towards all."""
    require_comparable(released.table["definition"])
    chosen = released.where(municipality=code, measure=["rank", "own_share", "drawn_share"]).latest()
    found = {row["measure"]: row for _, row in chosen.table.iterrows()}
    if "rank" not in found:
        return Gap("Kommunen har ingen andel med antal, så den kan ikke få en plads i rækken.")
    place = found["rank"]
    rows = [
        ["Plads efter den observerede andel", f"{number(place['estimate'])} {place['note']}"],
        ["Mulige pladser, samtidigt 95 %-interval", f"{number(place['lower'])} til {number(place['upper'])}"],
        ["Observeret andel (pct.)", _with_interval(found["own_share"])],
        ["Andel trukket mod alle kommuner (pct.)", _with_interval(found["drawn_share"])],
    ]
    caption = (
        f"{definition_caption(definition(place['definition']))} {place['period']}. Nr. 1 har den laveste andel. "
        f"Pladser: {place['method']}. Trukket andel: {found['drawn_share']['method']}."
    )
    return shown("raekke_tabel", html_table(caption, ["Hvad", name_of(code)], rows, numeric=(1,)), chosen)


def similar(neighbours: Released, context: Released, code: str) -> Block | Gap:
    """The most similar municipalities, their distances, and their values on the variables that the distance is made of."""
    own = neighbours.where(municipality=code, measure="neighbour")
    variables = list(neighbours.where(measure="weight").table["group"])
    if own.is_empty or not variables:
        return Gap("Kommunen har for få baggrundstal til, at vi kan finde kommuner, der ligner.")
    printed = context.where(measure="printed", definition=variables)
    values = {(row["municipality"], row["definition"]): value(row) for _, row in printed.table.iterrows()}
    places = [(name_of(code), code, MISSING)]
    places += [
        (f"nr. {row['group']}: {name_of(row['note'])}", row["note"], value(row)) for _, row in own.table.iterrows()
    ]
    rows = [
        [label, distance, *(values.get((place, name), MISSING) for name in variables)]
        for label, place, distance in places
    ]
    headers = ["Kommune", "Afstand", *(definition(name).short_da for name in variables)]
    caption = (
        f"De kommuner, der ligner {name_of(code)} mest på baggrundstal. Afstanden er {own.table['method'].iloc[0]}. "
        "En kommunes naboer her behøver ikke at have kommunen som nabo."
    )
    html = html_table(caption, headers, rows, numeric=tuple(range(1, len(headers))))
    return shown("lignende", html, own)


def similar_variables(neighbours: Released, code: str) -> Block | Gap:
    """Each variable with its weight, how many neighbours change without it, and whether the own value was drawn in."""
    own = neighbours.where(municipality=[code, COUNTRY], measure=["weight", "changed_without", "drawn_in", "unknown"])
    found = {(row["measure"], row["group"]): row for _, row in own.table.iterrows()}
    variables = [name for measure, name in found if measure == "weight"]
    if not any(measure == "changed_without" for measure, _ in found):
        return Gap("Kommunen har for få baggrundstal til, at vi kan finde kommuner, der ligner.")
    rows = [
        [
            definition(name).name_da,
            value(found["weight", name]),
            value(found["changed_without", name]),
            _done(found, name),
        ]
        for name in variables
    ]
    headers = ["Variabel", "Vægt", "Kommuner, der skiftes ud uden den", "Kommunens egen værdi"]
    caption = (
        "Hvad ligheden bygger på, og hvor meget den hænger på én variabel. Vægtene står i settings/comparison.toml."
    )
    return shown("lignende_variabler", html_table(caption, headers, rows, numeric=(1, 2)), own)


def combinations(released: Released, code: str) -> Block | Gap:
    """Every combination with its difference and interval."""
    chosen = released.where(municipality=code, measure="combination")
    columns: dict[str, Cell] = {
        "Definition": lambda row: definition(row["definition"]).short_da,
        "Periode": lambda row: row["period"],
        "Sammenlignet med": lambda row: row["group"].removeprefix(_AGAINST).split("; justering: ")[0],
        "Justering": lambda row: row["group"].split("; justering: ")[1],
        "Forskel (procentpoint)": _with_interval,
        "Kommunen ligger": lambda row: row["note"],
    }
    caption = (
        f"Alle opgørelser, som udgavens tal tillader for {name_of(code)}. Hver forskel holder sig inden for én definition og "
        "én periode. I parentes 95 %-intervaller; uden parentes er n ikke oplyst."
    )
    gap = "Ingen af udgavens opgørelser kan sammenlignes med andre for kommunen."
    return table_or_gap(chosen, "opgoerelser_tabel", caption, columns, gap, numeric=(4,))


def changes(released: Released, code: str) -> Block | Gap:
    """Change since the first year and slope per year, of the municipality and the country, one row per definition."""
    chosen = released.where(municipality=[code, COUNTRY])
    if chosen.where(municipality=code).is_empty:
        return Gap("Der er ikke tal nok fra flere år til at vise en udvikling for kommunen.")
    words = {"change": "ændring", "change_verdict": "ændring, fælles interval", "slope": "hældning pr. år"}
    columns: dict[str, Cell] = {
        "Hvad": lambda row: (
            f"{definition(row['definition']).short_da}, {name_of(row['municipality'])}: {words[row['measure']]}"
        ),
        "Periode": lambda row: f"{row['group']} til {row['period']}",
        "Procentpoint": _with_interval,
        "Dom": lambda row: row["note"] or MISSING,
        "Metode": lambda row: row["method"],
    }
    caption = "Udvikling i procentpoint. I parentes 95 %-intervaller; det fælles interval holder for alle kommuner på én gang."
    return table_or_gap(chosen, "udvikling_tabel", caption, columns, "Ingen udvikling.", numeric=(2,))


def _whom(group: str) -> str:
    return group.removeprefix(_AGAINST).removeprefix(_OTHERS)


def _counts(row: pd.Series) -> list[str]:
    return [count(row, "numerator"), count(row, "denominator"), _with_interval(row)]


def _with_interval(row: pd.Series) -> str:
    text = value(row)
    if row["status"] in HIDDEN or pd.isna(row["lower"]):
        return text
    decimals = int(row["decimals"])
    return f"{text} ({number(row['lower'], decimals)} til {number(row['upper'], decimals)})"


def _done(found: dict[tuple[str, str], pd.Series], name: str) -> str:
    if ("unknown", name) in found:
        return "mangler, variablen er ikke brugt"
    if ("drawn_in", name) in found:
        return f"ligger yderligt, regnet som {value(found['drawn_in', name])} robuste afvigelser"
    return "brugt som den er"
