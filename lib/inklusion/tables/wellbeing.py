"""Tables of the pupils' wellbeing: who answered, scales, items, schools, groups, and how well the survey measures."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.contracts.surveys import label_of
from inklusion.danish import MISSING, number, sort_key
from inklusion.definitions import definition
from inklusion.disclosure.release import HIDDEN, SHOWN, Released
from inklusion.municipalities import COUNTRY
from inklusion.tables.cells import count, shown, value

_GENERAL, _SCALE, _LOW, _ITEM = "trivsel_generel", "trivsel_skala", "trivsel_lav", "trivsel_spoergsmaal"
_GENERAL_NAME = "Generel trivsel"
_CARD = {
    "alpha": "Cronbachs alfa",
    "omega": "McDonalds omega",
    "share_floor": "Elever på skalaens laveste værdi (pct.)",
    "share_ceiling": "Elever på skalaens højeste værdi (pct.)",
    "between_municipalities": "Variation mellem kommuner (pct.)",
    "between_schools": "Variation mellem skoler i samme kommune (pct.)",
    "between_classes": "Variation mellem klasser på samme skole (pct.)",
    "between_pupils": "Variation mellem elever i samme klasse (pct.)",
    "design_effect": "Vægtenes designeffekt",
}


def response(released: Released, code: str) -> Block | Gap:
    """Answers, pupils asked and response rate by year, and by sex and grade in the last year, beside the country's."""
    table = released.table
    if table[table["municipality"] == code].empty:
        return Gap("Der er ingen trivselsmåling for kommunen.")
    order = table[table["municipality"] == code].sort_values(["group", "period"])
    rows = []
    for _, row in order.iterrows():
        country = _beside(table, row)
        rows.append([_when_and_who(row), count(row, "numerator"), count(row, "denominator"), value(row), country])
    caption = f"{definition('trivsel_svarprocent').name_da}. Alle, der skulle svare, er talt med, derfor er der intet sikkerhedsinterval."
    headers = ["Hvem og hvornår", "Svarede", "Skulle svare", "Svarprocent", "Hele landet (pct.)"]
    return shown("svarprocent", html_table(caption, headers, rows, numeric=(1, 2, 3, 4)), released)


def scales(means: Released, trends: Released, code: str) -> Block | Gap:
    """Each scale's mean in the last year with n and interval, the country's, and the change since the year before."""
    now = means.where(definition=[_GENERAL, _SCALE], measure="mean", unit="").latest()
    table = now.table[(now.table["group"] == "") | (now.table["definition"] == _SCALE)]
    own = table[table["municipality"] == code]
    if own.empty:
        return Gap("Der er ingen skalaer med svar, der må vises for kommunen.")
    changes = trends.where(measure="change_year")
    rows = []
    for _, row in own.iterrows():
        rows.append(
            [_scale(row), count(row, "denominator"), _with_interval(row), _beside(table, row),
             *_change(changes.table, row)]
        )  # fmt: skip
    caption = (
        f"Gennemsnit på en skala fra 1 til 5, {own['period'].iloc[0]}; 5 er bedst. I parentes 95 %-intervaller. Forskellen er til "
        "skoleåret før. Dommen gælder alle skalaerne på én gang (Holm), så den kan være »kan ikke skelnes«, selv om et enkelt "
        "interval ikke rummer nul."
    )
    headers = ["Skala", "Elever", "Gennemsnit", "Hele landet", "Ændring", "Dom"]
    html = html_table(caption, headers, rows, numeric=(1, 2, 3, 4))
    return _both("skalaer", html, now, "skalaer_aendring", changes)


def low(released: Released, code: str) -> Block | Gap:
    """Pupils with low wellbeing on each scale in the last year, counted, with interval; the CSV has all years."""
    chosen = released.where(definition=_LOW)
    table = chosen.latest().table
    own = table[table["municipality"] == code]
    if own.empty:
        return Gap("Der er ingen tal for lav trivsel i kommunen.")
    rows = [
        [label_of(row["group"]), count(row, "numerator"), count(row, "denominator"), _with_interval(row),
         _beside(table, row)]
        for _, row in own.iterrows()
    ]  # fmt: skip
    entry = definition(_LOW)
    caption = (
        f"{entry.name_da}, {own['period'].iloc[0]}. {entry.numerator_da}. I parentes 95 %-intervaller (Wilson). De andre skoleår "
        "står i CSV-filen."
    )
    headers = ["Skala", "Elever med lav trivsel", "Elever", "Andel (pct.)", "Hele landet (pct.)"]
    return shown("lav_trivsel", html_table(caption, headers, rows, numeric=(1, 2, 3, 4)), chosen)


def items(answers: Released, trends: Released, code: str) -> Block | Gap:
    """Every item with n, favourable share and interval, the country's, and the change since the year before."""
    now = answers.where(measure="share").latest()
    own = now.table[now.table["municipality"] == code]
    if own.empty:
        return Gap("Der er ingen spørgsmål med svar nok til at blive vist for kommunen.")
    changes = trends.where(definition=_ITEM, measure="change_year")
    rows = [
        [label_of(row["group"]), count(row, "denominator"), _with_interval(row), _beside(now.table, row),
         *_change(changes.table, row)]
        for _, row in own.iterrows()
    ]  # fmt: skip
    entry = definition(_ITEM)
    caption = (
        f"{entry.name_da} (definition {entry.id}), {own['period'].iloc[0]}. I parentes 95 %-intervaller. Forskellen i "
        "procentpoint er til skoleåret før; dens interval regner med, at elever på samme skole ligner hinanden. Dommen gælder "
        "alle spørgsmålene på én gang (Holm)."
    )
    headers = ["Spørgsmål", "Elever, der svarede", "Gunstige svar (pct.)", "Hele landet (pct.)", "Ændring", "Dom"]
    html = html_table(caption, headers, rows, numeric=(1, 2, 3, 4))
    return _both("spoergsmaal", html, now, "spoergsmaal_aendring", changes)


def schools(means: Released, trends: Released, code: str) -> Block | Gap:
    """General wellbeing of each school with n and interval, and the change since the year before."""
    now = means.where(definition=_GENERAL, measure="mean", group="", municipality=code).latest()
    own = now.table[now.table["unit"] != ""]
    if own.empty:
        return Gap("Der er ingen skoler med svar, der må vises.")
    changes = trends.where(definition=_GENERAL, measure="change_school", municipality=code)
    rows = []
    for _, row in own.iloc[own["unit"].map(sort_key).argsort(kind="stable")].iterrows():
        rows.append([row["unit"], count(row, "denominator"), _with_interval(row), *_change(changes.table, row)])
    caption = (
        f"Generel trivsel på skolerne, {own['period'].iloc[0]}, på en skala fra 1 til 5. I parentes 95 %-intervaller; ændringens "
        "interval holder for alle kommunens skoler på én gang og regner med, at en skole svinger fra år til år."
    )
    headers = ["Skole", "Elever", "Gennemsnit", "Ændring siden året før", "Dom"]
    return _both("skoler", html_table(caption, headers, rows, numeric=(1, 2, 3)), now, "skoler_aendring", changes)


def groups(released: Released, code: str) -> Block | Gap:
    """General wellbeing of boys and girls and of younger and older pupils in the last year."""
    chosen = released.where(definition=_GENERAL, measure="mean", unit="").latest()
    own = chosen.table[(chosen.table["municipality"] == code) & (chosen.table["group"] != "")]
    if own.empty:
        return Gap("Der er ingen grupper med svar, der må vises for kommunen.")
    rows = [
        [
            label_of(row["group"]).capitalize(),
            count(row, "denominator"),
            _with_interval(row),
            _beside(chosen.table, row),
        ]
        for _, row in own.iterrows()
    ]
    caption = f"Generel trivsel efter køn og klassetrin, {own['period'].iloc[0]}. I parentes 95 %-intervaller."
    headers = ["Gruppe", "Elever", "Gennemsnit", "Hele landet"]
    return shown("trivsel_grupper", html_table(caption, headers, rows, numeric=(1, 2, 3)), chosen)


def quality(released: Released) -> Block | Gap:
    """Reliability, ends of the scales, and where the variance lies, for the country."""
    chosen = released.where(municipality=COUNTRY, measure=list(_CARD))
    if chosen.is_empty:
        return Gap("Der er ingen trivselsmåling.")
    rows = [
        [_CARD[row["measure"]], label_of(row["group"]) or MISSING, _with_interval(row), count(row, "denominator") if
         pd.notna(row["denominator"]) else MISSING]
        for _, row in chosen.table.iterrows()
    ]  # fmt: skip
    caption = (
        "Trivselsmålingens måleegenskaber, regnet for hele landet i det seneste skoleår. I parentes 95 %-intervaller."
    )
    return shown("maaling", html_table(caption, ["Mål", "Skala", "Værdi", "Elever"], rows, numeric=(2, 3)), chosen)


def odds(released: Released) -> Block | Gap:
    """The ordinal model: odds of a better answer each year against the first."""
    chosen = released.where(municipality=COUNTRY, measure="odds_ratio")
    if chosen.is_empty:
        return Gap("Der er ikke svar fra flere år til en ordinal model.")
    rows = [[label_of(row["group"]), row["period"], _with_interval(row)] for _, row in chosen.table.iterrows()]
    caption = (
        f"Odds for et bedre svar, hele landet, {chosen.table['method'].iloc[0]}. 1 er som det første år; under 1 er dårligere svar. I "
        "parentes 95 %-intervaller."
    )
    return shown("odds", html_table(caption, ["Spørgsmål", "Skoleår", "Oddsforhold"], rows, numeric=(2,)), chosen)


def _both(name: str, html: str, first: Released, other: str, second: Released) -> Block:
    """A table made of two released tables, with the rows of both beside it."""
    block = shown(name, html, first)
    return Block(block.html, block.csv | {other: second.to_csv()}, draft=block.draft or not second.publishable)


def _change(changes: pd.DataFrame, row: pd.Series) -> list[str]:
    """The change of a place's scale, item or school with its interval, and the verdict."""
    keys = ("municipality", "unit", "definition", "group")
    found = _pick(changes, {name: row[name] for name in keys})
    return [MISSING, "kan ikke vurderes"] if found is None else [_with_interval(found, sign=True), str(found["note"])]


def _beside(table: pd.DataFrame, row: pd.Series) -> str:
    found = _pick(table, {"municipality": COUNTRY, "unit": "",
                          **{name: row[name] for name in ("definition", "period", "group")}})  # fmt: skip
    return MISSING if found is None else value(found)


def _pick(table: pd.DataFrame, chosen: dict[str, str]) -> pd.Series | None:
    for column, wanted in chosen.items():
        table = table[table[column] == wanted]
    return None if table.empty else table.iloc[0]


def _with_interval(row: pd.Series, *, sign: bool = False) -> str:
    if row["status"] in HIDDEN or row["status"] != SHOWN:
        return value(row)
    text, lower, upper = (_signed(row, name, sign=sign) for name in ("estimate", "lower", "upper"))
    return text if pd.isna(row["lower"]) else f"{text} ({lower} til {upper})"


def _signed(row: pd.Series, name: str, *, sign: bool) -> str:
    text = number(row[name], int(row["decimals"]))
    return f"+{text}" if sign and row[name] > 0 else text


def _when_and_who(row: pd.Series) -> str:
    group = label_of(row["group"])
    return f"{group.capitalize()}, {row['period']}" if group else f"Alle, {row['period']}"


def _scale(row: pd.Series) -> str:
    return label_of(row["group"]) or _GENERAL_NAME
