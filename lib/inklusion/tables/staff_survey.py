"""The staff survey in tables: who answered, agreement in both bases, gaps in order, tools, professions, what is not printed."""

from collections.abc import Callable

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.contracts.staff_answers import (
    CHOICE_DEFINITIONS,
    counted_of,
    divided_question,
    figure_of,
    printed_answer,
    printed_question,
    profession_of,
    question_of,
)
from inklusion.danish import MISSING, listing, number
from inklusion.definitions import definition
from inklusion.disclosure.release import SHOWN, Document, Released
from inklusion.municipalities import COUNTRY, COUNTRY_NAME, name_of
from inklusion.tables.cells import Cell, count, interval, released_table, shown, table_or_gap, value

_NONE = "Der er ingen personaleundersøgelse for kommunen."
_SHARES = ("share", "share_of_answers")
_INTERVAL = "95 %-interval"
_INVITED = "Intervallet tager højde for, hvor mange der var at spørge, men ikke for dem, der ikke svarede."


def response(released: Released, code: str) -> Block | Gap:
    """Invited, answered and away, in all and by profession, with the country's rate beside."""
    chosen = released.where(definition=["personale_svarprocent", "personale_ikke_svaret"]).latest()
    rows = _by_group(chosen, "definition")
    groups = _groups(chosen.where(municipality=code, definition="personale_svarprocent"))
    if not groups:
        return Gap(_NONE)
    country = {
        group: chosen.where(municipality=COUNTRY, definition="personale_svarprocent", group=group) for group in groups
    }
    lines = [
        [
            profession_of(group).capitalize() or "Alle",
            count(rows[code, "personale_svarprocent", group], "denominator"),
            count(rows[code, "personale_svarprocent", group], "numerator"),
            value(rows[code, "personale_svarprocent", group]),
            count(rows[code, "personale_ikke_svaret", group], "numerator"),
            MISSING if country[group].is_empty else value(country[group].table.iloc[0]),
        ]
        for group in sorted(groups, key=lambda group: group == "")
    ]
    caption = f"Hvem svarede, {name_of(code)}, {chosen.table['period'].iloc[0]}. Alle inviterede er talt med."
    headers = ["Faggruppe", "Inviterede", "Svarede", "Svarprocent", "Svarede ikke", f"{COUNTRY_NAME} (pct.)"]
    return shown("hvem_svarede", html_table(caption, headers, lines, numeric=(1, 2, 3, 4, 5)), chosen)


def answers(released: Released, code: str) -> Block | Gap:
    """Shares of top answers in both bases beside the country, one table for each kind of answers that count."""
    return _both_bases(released, code, "personale_svar", "enighed_tabel")


def gaps(released: Released, code: str) -> Block | Gap:
    """What staff lack, most first; with the place in order where there is one."""
    printed = released.where(municipality=code, definition="survey_mangel", measure=list(_SHARES))
    if printed.is_empty:
        return _both_bases(released, code, "personale_mangel", "mangler_tabel")
    places = {row["group"]: row for _, row in released.where(municipality=code, measure="rank").table.iterrows()}
    columns: dict[str, Cell] = {
        "Kompetence": lambda row: printed_question(row["group"]),
        "Plads": lambda row: _place(places.get(row["group"])),
        "Mangler (pct.)": printed_value,
        _INTERVAL: interval,
    }
    entry, ordered = definition("survey_mangel"), _ordered(printed)
    caption = (
        f"{entry.name_da}, {name_of(code)}, {_period(printed)}. {_asked(printed)} Ens procenter deler plads. {_INVITED}"
    )
    return released_table("mangler_tabel", caption, ordered, columns, numeric=(1, 2, 3))


def choices(released: Released, code: str) -> Block | Gap:
    """How many chose each tool among several; where the source prints words only, what they say."""
    chosen = released.where(definition=list(CHOICE_DEFINITIONS), measure=list(_SHARES)).latest()
    own = _ordered(chosen.where(municipality=code))
    if own.is_empty:
        return Gap("Kommunens personale er ikke spurgt om redskaber.")
    is_printed = "survey_valg" in set(own.table["definition"])
    rows = _by_group(chosen, "municipality")
    columns: dict[str, Cell] = {
        "Redskab": lambda row: (printed_question if is_printed else question_of)(row["group"]),
        "Valgt (pct.)": printed_value,
        _INTERVAL: _interval,
    }
    if is_printed:
        columns["Forbehold"] = lambda row: "; ".join(row["note"].split("; ")[1:]) or "ingen"
        source = f"{_asked(own)} Flere tal er kun skrevet i ord."
    else:
        columns["Svar"] = lambda row: count(row, "denominator")
        columns[f"{COUNTRY_NAME} (pct.)"] = lambda row: _with_interval(rows.get((COUNTRY, COUNTRY, row["group"])))
        source = f"{own.table['method'].iloc[0].split('; ')[0].capitalize()}."
    entry = definition(own.table["definition"].iloc[0])
    caption = f"{entry.name_da}, {name_of(code)}, {_period(own)}. {source} Andelene giver mere end hundrede tilsammen."
    shown_rows = chosen.where(municipality=[code, COUNTRY])
    return Block(
        released_table("redskaber", caption, own, columns, numeric=(1, 2) if is_printed else (1, 2, 3, 4)).html,
        {"redskaber": shown_rows.to_csv()},
        draft=not chosen.publishable,
    )


def professions(released: Released, code: str) -> Block | Gap:
    """Shares by profession: the municipality's where it may be divided, otherwise the country's."""
    chosen = divided(released, code)
    if chosen.is_empty:
        return Gap("Svarene kan ikke deles op på faggrupper uden at røbe få personer.")
    cells = {(divided_question(row["group"]), profession_of(row["group"])): row for _, row in chosen.table.iterrows()}
    names = sorted({profession for _, profession in cells})
    lines = [
        [question, *(_with_n(cells.get((question, name))) for name in names)]
        for question in dict.fromkeys(question for question, _ in cells)
    ]
    where = name_of(chosen.table["municipality"].iloc[0])
    caption = (
        f"{where}, {_period(chosen)}: {definition('personale_faggruppe').name_da.lower()}. Pct. med 95 %-interval i parentes, og "
        "antallet af svar i faggruppen. »Ved ikke« er med i nævneren."
    )
    html = html_table(caption, ["Spørgsmål", *(name.capitalize() for name in names)], lines)
    return shown("faggrupper", html, chosen)


def divided(released: Released, code: str) -> Released:
    """The rows by profession of the municipality, or of the country where the municipality has none."""
    chosen = released.where(definition="personale_faggruppe").latest()
    own = chosen.where(municipality=code)
    return chosen.where(municipality=COUNTRY) if own.is_empty else own


def printed(released: Released, code: str) -> Block | Gap:
    """Every printed share by figure, with its interval and the count that the rounded percentage means."""
    chosen = released.where(municipality=code, measure="share_of_answers")
    columns: dict[str, Cell] = {
        "Udsagn": lambda row: printed_question(row["group"]),
        "Svar": lambda row: printed_answer(row["group"]),
        "Figur": lambda row: figure_of(row["note"]),
        "Andel (pct.)": printed_value,
        _INTERVAL: _interval,
        "Antal (regnet tilbage)": lambda row: MISSING if pd.isna(row["numerator"]) else number(float(row["numerator"])),
        "Forbehold": lambda row: "; ".join(row["note"].split("; ")[1:]) or "ingen",
    }
    caption = (
        f"Alle trykte svar fra personalet, {name_of(code)}. {'' if chosen.is_empty else _asked(chosen)} Antallet af svar i hver "
        f"række er regnet tilbage fra en afrundet procent, så det kan være en eller to forkert. {_INVITED}"
    )
    places = chosen.table["note"].map(figure_of)
    ordered = chosen.table.assign(is_text=~places.str.startswith("figur"), figure=places)
    sorted_rows = chosen.table.loc[ordered.sort_values(["is_text", "figure"], kind="stable").index]
    return table_or_gap(_with_rows(chosen, sorted_rows), "trykte_svar", caption, columns, _NONE, numeric=(3, 4, 5))


def bases(released: Released, code: str) -> Block | Gap:
    """Printed distributions with "ved ikke" in the base, and the range of the share without it."""
    chosen = released.where(municipality=code, measure=["sum", "rest", "without_dont_know"])
    rows = _by_group(chosen, "measure")
    groups = list(dict.fromkeys(chosen.table["group"]))
    if not groups:
        return Gap(_NONE)
    lines = [
        [
            question_of(group),
            figure_of(rows[code, "sum", group]["note"]),
            printed_value(rows[code, "sum", group]),
            interval(rows[code, "sum", group]),
            _rest(rows.get((code, "rest", group))),
            _range(rows.get((code, "without_dont_know", group))),
        ]
        for group in groups
    ]
    caption = (
        f"Helt eller delvis enige, {name_of(code)}, {_period(chosen)}, med og uden »ved ikke« i nævneren. Tallene i de to sidste "
        "kolonner er spænd: de viser, hvad kildens afrunding til hele procent kan betyde, og er ikke sikkerhedsintervaller."
    )
    headers = [
        "Udsagn",
        "Figur",
        "Enige af alle (pct.)",
        _INTERVAL,
        "Ikke trykt (pct.)",
        "Enige uden »ved ikke« (pct.)",
    ]
    return shown("enighed_naevnere", html_table(caption, headers, lines, numeric=(2, 3, 5)), chosen)


def unprinted(released: Released, code: str, document: Callable[[str], Document]) -> Block | Gap:
    """The source's questions by figure, and how many numbers are printed of each figure."""
    chosen = released.where(municipality=code, measure="share_of_answers")
    if chosen.is_empty:
        return Gap(_NONE)
    printed_in = chosen.table.loc[chosen.table["estimate"].notna(), "note"].map(figure_of).value_counts()
    texts = document("survey_questions").table
    lines = []
    for figure, part in texts.groupby(texts["figure"].str.split(" ").str[0], sort=True):
        if figure != "-":
            known = int(printed_in.get(f"figur {figure}", 0))
            asked = [f"»{text}«" for text in part["wording_da"] if not text.endswith(":")]
            lines.append([f"Figur {figure}", number(known) if known else "ingen", number(len(asked)), "; ".join(asked)])
    caption = (
        "Kildens figurer om personalets svar: hvor mange tal der er trykt, og hvilke spørgsmål kilden nævner. Resten af tallene "
        "findes kun som søjler i et billede, og dem aflæser vi ikke."
    )
    headers = ["Figur", "Trykte tal", "Spørgsmål", "Spørgsmålene, som kilden skriver dem"]
    return shown("huller_i_kilden", html_table(caption, headers, lines, numeric=(1, 2)), chosen)


def printed_value(row: pd.Series) -> str:
    """The value as printed: in whole per cent, though its interval has a decimal."""
    is_printed = row["definition"].startswith("survey_")
    return (
        value(row.where(row.index != "decimals", definition(row["definition"]).decimals)) if is_printed else value(row)
    )


def _both_bases(released: Released, code: str, name: str, block: str) -> Block | Gap:
    chosen = released.where(definition=[name, f"{name}_mening", f"{name}_mening_land"]).latest()
    own = chosen.where(municipality=code, definition=name, measure="share")
    if own.is_empty:
        return Gap(_NONE)
    rows = _by_group(chosen.where(measure="share"), "definition")
    places = {row["group"]: row for _, row in chosen.where(municipality=code, measure="rank").table.iterrows()}
    kinds = {str(kind): part for kind, part in own.table.groupby(own.table["method"].map(counted_of), sort=False)}
    html = []
    for kind, part in kinds.items():
        ordered = part.sort_values("estimate", ascending=False, kind="stable", na_position="last")
        lines = [
            [
                question_of(row["group"]),
                *([_place(places.get(row["group"]))] if places else []),
                count(row, "denominator"),
                _with_interval(row),
                _with_interval(rows.get((code, f"{name}_mening", row["group"]))),
                _with_interval(rows.get((COUNTRY, name, row["group"]))),
                _with_interval(rows.get((COUNTRY, f"{name}_mening_land", row["group"]))),
            ]
            for _, row in ordered.iterrows()
        ]
        caption = (
            f"{definition(name).name_da}, {name_of(code)}, {_period(own)}. Pct. med 95 %-interval i parentes. Svar, der tæller: "
            f"{kind}. »Vises ikke« betyder, at tallet kunne røbe få personer. {_INVITED}"
        )
        headers = [
            "Spørgsmål", *(["Plads"] if places else []), "Svar", "Af alle svar", "Uden »ved ikke«",
            f"{COUNTRY_NAME}, alle svar", f"{COUNTRY_NAME}, uden »ved ikke«",
        ]  # fmt: skip
        html.append(html_table(caption, headers, lines, numeric=tuple(range(1, len(headers)))))
    return shown(block, "\n".join(html), chosen.where(municipality=[code, COUNTRY]))


def _interval(row: pd.Series) -> str:
    """The interval; where only words are printed there is nothing to give one to."""
    return MISSING if row["status"] == SHOWN and pd.isna(row["estimate"]) else interval(row)


def _with_interval(row: pd.Series | None) -> str:
    """The share and its interval, or that it is hidden: in the analysis (no row) or at release."""
    return "vises ikke" if row is None or row["status"] != SHOWN else f"{value(row)} ({interval(row)})"


def _by_group(chosen: Released, column: str) -> dict[tuple[str, str, str], pd.Series]:
    return {(row["municipality"], row[column], row["group"]): row for _, row in chosen.table.iterrows()}


def _groups(chosen: Released) -> list[str]:
    return list(dict.fromkeys(chosen.table["group"]))


def _ordered(chosen: Released) -> Released:
    """Largest share first; what is only known in words by where it must lie."""
    table = chosen.table
    known = table["estimate"].fillna(table["lower"]).fillna(table["upper"] - 1)
    return _with_rows(chosen, table.loc[known.sort_values(ascending=False, kind="stable").index])


def _with_rows(chosen: Released, table: pd.DataFrame) -> Released:
    """The same rows in another order."""
    return Released(chosen.name, chosen.edition, chosen.rule, table, chosen.publishable)


def _period(chosen: Released) -> str:
    return "" if chosen.is_empty else str(chosen.table["period"].iloc[0])


def _asked(chosen: Released) -> str:
    n = chosen.table["denominator"].dropna()
    return f"{number(float(n.iloc[0]))} svarede på undersøgelsen; hvor mange der svarede på det enkelte spørgsmål, er ikke oplyst."


def _place(row: pd.Series | None) -> str:
    if row is None or pd.isna(row["lower"]):
        return MISSING
    ends = list(dict.fromkeys(number(row[end]) for end in ("lower", "upper")))
    return "–".join(ends)


def _range(row: pd.Series | None) -> str:
    return MISSING if row is None else f"{number(row['lower'], 1)} til {number(row['upper'], 1)}"


def _rest(row: pd.Series | None) -> str:
    if row is None:
        return "intet"
    return f"{listing(row['note'].split('; ')[1].split(', '))}: {_range(row)}"


def _with_n(row: pd.Series | None) -> str:
    return MISSING if row is None else f"{_with_interval(row)}, {count(row, 'denominator')} svar"
