"""Tables of spending, full-year pupils and unit costs, growth in parts, the continuation, and the scenario."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.contracts.accounts import prices_of
from inklusion.danish import MISSING, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Released
from inklusion.municipalities import name_of
from inklusion.tables.cells import Cell, interval, released_table, shown, value, value_with_unit

_BY_PROVISION = ("spending", "full_year", "unit_cost")
_ALL = "alle specialtilbud"
_PARTS = {
    "split_volume": ("Mængde", "flere eller færre helårselever, alle til gennemsnittets pris"),
    "split_price": ("Pris", "højere eller lavere udgift pr. helårselev i samme tilbud"),
    "split_mix": ("Sammensætning", "forskydning mellem billige og dyre tilbud"),
    "split_total": ("I alt", "hele ændringen"),
}
_GAP = "Regnskab og helårselever efter tilbud er ikke leveret for kommunen, eller der er for få elever."


def by_provision(released: Released, code: str) -> Block | Gap:
    """Spending, full-year pupils and unit cost in a table each: provisions below each other, account years across."""
    chosen = released.where(measure=list(_BY_PROVISION), municipality=code)
    if chosen.is_empty:
        return Gap(_GAP)
    parts = [chosen.where(measure=measure) for measure in _BY_PROVISION]
    html = "\n".join(_over_years(part, code) for part in parts if not part.is_empty)
    return shown("udgifter_tabel", html, chosen)


def growth_split(released: Released, code: str) -> Block | Gap:
    """The parts of the change to the krone, and in per cent of the first year."""
    chosen = released.where(definition=["oekonomi_vaekst", "oekonomi_vaekst_pct"], municipality=code)
    rows = {(row["definition"], row["measure"]): row for _, row in chosen.table.iterrows()}
    if not rows:
        return Gap(_GAP)
    lines = [
        [name, value(rows["oekonomi_vaekst", measure]), value(rows["oekonomi_vaekst_pct", measure]), meaning]
        for measure, (name, meaning) in _PARTS.items()
    ]
    total = rows["oekonomi_vaekst", "split_total"]
    caption = (
        f"{definition('oekonomi_vaekst').name_da}, {name_of(code)}, {total['period']}, {prices_of(chosen.table)}. "
        f"{total['method']}. Procenterne er af det første års udgift."
    )
    headers = ["Del", "Kr.", "Pct. af første år", "Betydning"]
    return shown("vaekst_tabel", html_table(caption, headers, lines, numeric=(1, 2)), chosen)


def projection(released: Released, code: str) -> Block | Gap:
    """Account, line with prediction interval, and spending that follows pupil numbers alone, year by year."""
    chosen = released.where(municipality=code, group="").where(
        measure=["spending", "line", "projection", "pupil_adjusted"]
    )
    rows = {(row["period"], row["measure"]): row for _, row in chosen.table.iterrows()}
    if "projection" not in {measure for _, measure in rows}:
        return Gap("Fremskrivningen kræver mindst fire regnskabsår.")
    years = sorted({year for year, _ in rows})
    lines = []
    for year in years:
        ahead = rows.get((year, "projection"))
        lines.append(
            [
                year,
                _cell(rows.get((year, "spending"))),
                _cell(rows.get((year, "line")) if ahead is None else ahead),
                MISSING if ahead is None else interval(ahead),
                _cell(rows.get((year, "pupil_adjusted"))),
            ]
        )
    headers = ["Regnskabsår", "Regnskab", "Lige linje", "95 %-forudsigelsesinterval", "Kun efter elevtallet"]
    caption = (
        f"{definition('oekonomi_fremskrivning').name_da}, {name_of(code)}, mio. kr. i {prices_of(chosen.table)}. Intervallet "
        "gælder udgiften i et enkelt år. En streg betyder, at tallet ikke findes for året."
    )
    return shown("fremskrivning_tabel", html_table(caption, headers, lines, numeric=(1, 2, 3, 4)), chosen)


def beside_ordinary(released: Released, code: str) -> Block | Gap:
    """Indices of special and ordinary spending, and the special share, year by year."""
    chosen = released.where(measure=["index", "spending_share"], municipality=code)
    rows = {(row["period"], row["measure"], row["group"]): row for _, row in chosen.table.iterrows()}
    if not rows:
        return Gap("Udgifterne til almenområdet er ikke leveret for kommunen.")
    years = sorted({year for year, _, _ in rows})
    columns = (("index", "specialundervisning"), ("index", "almenområdet"), ("spending_share", ""))
    lines = [[year, *(_cell(rows.get((year, *column))) for column in columns)] for year in years]
    caption = (
        f"Specialundervisning og almenområdet i {name_of(code)}, {prices_of(chosen.table)}: "
        f"indeks, hvor {years[0]} er 100, og {definition('oekonomi_andel_special').name_da[0].lower()}"
        f"{definition('oekonomi_andel_special').name_da[1:]}."
    )
    headers = ["Regnskabsår", "Special, indeks", "Almen, indeks", "Specials andel (pct.)"]
    return shown("special_almen", html_table(caption, headers, lines, numeric=(1, 2, 3)), chosen)


def unbound(released: Released, code: str) -> Block | Gap:
    """Unbound money per pupil, year by year."""
    chosen = released.where(measure="unbound", municipality=code)
    require_comparable(chosen.table["definition"])
    if chosen.is_empty:
        return Gap("Puljer, takster eller elevtal er ikke leveret for kommunen.")
    entry = definition("oekonomi_ikke_bundne")
    caption = f"{entry.name_da}, {name_of(code)}, {prices_of(chosen.table)}. {entry.numerator_da}, divideret med {entry.denominator_da.lower()}."
    columns: dict[str, Cell] = {"Regnskabsår": lambda row: row["period"], "Kr. pr. elev": value}
    return released_table("ikke_bundne_midler", caption, chosen, columns, numeric=(1,))


def assumptions(released: Released, code: str) -> Block | Gap:
    """Every assumption of the scenario, with its value and where it comes from."""
    chosen = released.where(measure=["assumption", "share_now"], municipality=code)
    if chosen.is_empty:
        return Gap("Scenariet kan ikke regnes for kommunen.")
    columns: dict[str, Cell] = {
        "Forudsætning": lambda row: (row["group"] or "andel af elever i specialtilbud nu").capitalize(),
        "Pct.": value,
        "Hvor den står": lambda row: row["method"],
    }
    caption = f"Scenariets forudsætninger, {name_of(code)}. {_tail(chosen.table)}"
    return released_table("scenarie_forudsaetninger", caption, chosen, columns, numeric=(1,))


def scenario(released: Released, code: str) -> Block | Gap:
    """Places before and after, and what each move frees without and with fixed costs."""
    chosen = released.where(municipality=code)
    rows = {(row["measure"], row["group"]): row for _, row in chosen.table.iterrows()}
    if not rows:
        return Gap("Scenariet kan ikke regnes for kommunen.")
    names = [group for measure, group in rows if measure == "places_before"]
    places = [
        [name.capitalize(), value(rows["places_before", name]), value(rows["places_after", name])] for name in names
    ]
    first = html_table(
        f"Helårspladser før og efter scenariet, {name_of(code)}. {_tail(chosen.table)}",
        ["Tilbud", "Før", "Efter"], places, numeric=(1, 2),
    )  # fmt: skip
    moves = [group for measure, group in rows if measure == "saving"]
    money = [
        [
            group.capitalize(),
            _cell(rows.get(("moved", group))),
            _cell(rows.get(("cost_difference", group))),
            value(rows["saving", group]),
            _range(rows["saving_fixed", group]),
        ]
        for group in moves
    ]
    headers = ["Flytning", "Helårspladser", "Forskel i udgift (kr.)", "Uden faste udgifter (mio. kr.)",
               "Med faste udgifter, lav til høj (mio. kr.)"]  # fmt: skip
    caption = (
        f"{definition('oekonomi_scenarie').name_da}, {name_of(code)}, {prices_of(chosen.table)}. {_tail(chosen.table)} Med faste "
        f"udgifter: {rows['saving_fixed', moves[0]]['method']}."
    )
    second = html_table(caption, headers, money, numeric=(1, 2, 3, 4))
    return shown("scenarie_tabel", f"{first}\n{second}", chosen)


def printed(released: Released, code: str) -> Block | Gap:
    """The printed economy figures, each with its own definition, unit, caveat and source."""
    chosen = released.where(measure=["printed", "implied", "balance"], municipality=code)
    if chosen.is_empty:
        return Gap("Kilderne trykker ingen tal om økonomien for kommunen.")
    columns: dict[str, Cell] = {
        "Tal": _named,
        "Periode": lambda row: row["period"],
        "Værdi": value_with_unit,
        "Hvordan": lambda row: "trykt" if row["measure"] == "printed" else f"regnet ud ({_range(row)})",
        "Prisniveau og forbehold": lambda row: row["note"] or "ingen",
        "Kilde": lambda row: row["source"],
    }
    caption = (
        f"Tal om økonomien, som kilderne trykker for {name_of(code)}, og hvad de medfører. Hver række har sin egen definition; "
        "rækkerne må ikke lægges sammen. I parentes, hvad kildens afrunding kan betyde."
    )
    return released_table("trykte_tal_oekonomi", caption, chosen, columns, numeric=(2,))


def _over_years(part: Released, code: str) -> str:
    table = part.table
    require_comparable(table["definition"])
    entry = definition(table["definition"].iloc[0])
    cells = {(row["group"], row["period"]): row for _, row in table.iterrows()}
    years = sorted(set(table["period"]))
    groups = sorted(dict.fromkeys(table["group"]), key=lambda group: group == "")
    rows = [[_provision(group).capitalize(), *(_cell(cells.get((group, year))) for year in years)] for group in groups]
    merged = next((note.split("; ", 1)[1] for note in table["note"] if "; " in note), "")
    prices = "" if entry.counts == "pupils" else f" i {prices_of(table)}"
    contents = f" Øvrige specialtilbud er {merged}." if merged else ""
    caption = f"{entry.name_da}, {name_of(code)}, {entry.unit}{prices}.{contents}"
    return html_table(caption, ["Tilbud", *years], rows, numeric=tuple(range(1, len(years) + 1)))


def _cell(row: pd.Series | None) -> str:
    return MISSING if row is None else value(row)


def _range(row: pd.Series) -> str:
    decimals = int(row["decimals"])
    return f"{number(row['lower'], decimals)} til {number(row['upper'], decimals)}"


def _named(row: pd.Series) -> str:
    name = definition(row["definition"]).name_da
    return f"{name}: {row['group']}" if row["group"] else name


def _tail(table: pd.DataFrame) -> str:
    """What the rows' notes say besides the prices: that something is a calibration."""
    said = {note.split("; ", 1)[1] for note in table["note"] if "; " in note}
    return "".join(f"{text[0].upper()}{text[1:]}." for text in sorted(said))


def _provision(group: str) -> str:
    return group.removeprefix("tilbud: ") or _ALL
