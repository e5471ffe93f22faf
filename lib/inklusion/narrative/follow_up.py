"""Sentences of the half-yearly follow-up: what is due, what has changed and how sure that is, and when the rest comes."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.contracts.follow_up import (
    HIGHER,
    INDICATORS,
    JUNE,
    UNCLEAR,
    UNJUDGED,
    Indicator,
    coming_of,
    due_in,
    indicators_of,
    round_of,
    themes_of,
)
from inklusion.danish import count_word, listing, number, percent
from inklusion.definitions import definition
from inklusion.disclosure.release import Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative import printed_economy
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, is_shown, pick, share, side, value

_ECONOMY_PAGE = "siden »Økonomien i specialundervisningen«"
_ROUNDS = (
    "november 2025", "juni 2026", "november 2026", "juni 2027", "november 2027", "juni 2028", "november 2028",
    "juni 2029", "november 2029", "juni 2030", "november 2030", "juni 2031", "november 2031", "juni 2032",
    "november 2032", "juni 2033", "november 2033", "juni 2034", "november 2034", "juni 2035",
)  # fmt: skip
_SEASONS = {JUNE: "juni", "november": "oktober eller november"}
_WHO_ABSENCE = "Uddannelsesstatistik.dk: elevfravær pr. kommune og skoleår, med antal elever"
_WHO_PLACED = "kommunens visitation: elever i specialtilbud og elever i alt, også blandt skolestartere"
_WHO_LOW = "kommunens skoleforvaltning: hvilke spørgsmål og hvilken grænse der er brugt, og antal svar"
_WHO_SURVEY = "Uddannelsesstatistik.dk: den nationale trivselsmåling pr. kommune og skoleår, med antal svar"
_WHO = {
    "specialundervisningsprocent": _WHO_PLACED,
    "segregering af skolestartere": _WHO_PLACED,
    "elevfravær": _WHO_ABSENCE,
    "fravær >10 pct.": _WHO_ABSENCE,
    "lav elevtrivsel": _WHO_LOW,
    "lav faglig trivsel": _WHO_LOW,
}
_GAP = "Kommunen har ingen serier i opfølgningen."


def due(plan: pd.DataFrame, period: str) -> Block:
    """The round, the indicators that are due in it, and what the plan announces besides.

    Raises
    ------
    ParameterError
        In Danish, for a period that is no round of the follow-up.
    """
    chosen = round_of(plan, period)
    names = [entry.label for entry in due_in(plan, period)]
    lead = (
        f"Siden gælder opfølgningen i {_ROUNDS[chosen.number]}. Planen tager hvert år disse indikatorer op i "
        f"{_SEASONS[chosen.season]}:"
    )
    coming = [
        f"Planen nævner også »{theme}«. Vi har ingen kilde til det endnu; det kræver, at skolerne registrerer deres afgørelser."
        for theme in coming_of(plan, period)
    ]
    return Block(paragraphs(lead) + bullets([*names, "Økonomi"]) + paragraphs(*coming))


def themes(plan: pd.DataFrame, period: str) -> Block | Gap:
    """How many qualitative themes the round has, and that they are knowledge which does not come as numbers."""
    found = themes_of(plan, period)
    if found.empty:
        return Gap("Planen nævner ingen kvalitative temaer for runden.")
    how_many = "ét tema" if len(found) == 1 else f"{count_word(len(found))} temaer"
    return Block(
        paragraphs(
            f"I {_ROUNDS[round_of(plan, period).number]} har planen {how_many}, som skal belyses med samtaler, cases eller andet "
            "materiale. Den viden kommer ikke som tal, og siden kan ikke erstatte den. Skriv resultatet ved siden af, når "
            "samtalerne er holdt."
        )
    )


def not_due(plan: pd.DataFrame, period: str) -> Block:
    """The indicators that the round leaves out, and when they come."""
    chosen = round_of(plan, period)
    other = next(entry.season for entry in INDICATORS if entry.season != chosen.season)
    names = listing(entry.label.lower() for entry in indicators_of(plan, other))
    following = _ROUNDS[chosen.number + 1] if chosen.number + 1 < len(_ROUNDS) else f"den næste {other}"
    return Block(
        paragraphs(
            f"Disse indikatorer er ikke på tur nu: {names}. De kommer i {_SEASONS[other]}, næste gang i {following}. "
            "Økonomien er på tur hver gang."
        )
    )


@marked
def changes(released: Released, code: str, plan: pd.DataFrame, period: str) -> Block | Gap:
    """For each due indicator: latest and first value, the changes, what counts as progress, and the verdict."""
    if released.where(municipality=code).is_empty:
        return Gap(_GAP)
    entries = due_in(plan, period)
    items = [_told(released, code, entry) for entry in entries]
    return Block(bullets(items) + paragraphs(_rule(released, code, entries)))


@marked
def overview(released: Released, code: str, plan: pd.DataFrame, period: str) -> Block | Gap:
    """How many of the due indicators got which verdict."""
    if released.where(municipality=code).is_empty:
        return Gap(_GAP)
    entries = due_in(plan, period)
    found = {entry: _verdicts(released, code, entry) for entry in entries}
    judged = [entry for entry in entries if found[entry]]
    unjudged = [entry.label.lower() for entry in entries if not found[entry]]
    sentences = []
    for about, words in (("verdict_year", "Siden året før"), ("verdict_first", "Siden første år")):
        groups: dict[str, list[str]] = {}
        for entry in judged:
            if about in found[entry]:
                groups.setdefault(found[entry][about]["note"], []).append(entry.label.lower())
        if groups:
            told = "; ".join(f"{listing(names)} {_copula(word)}" for word, names in groups.items())
            sentences.append(f"{words}: {told}.")
    if unjudged:
        sentences.append(f"Kan ikke vurderes: {listing(unjudged)}.")
    return Block(paragraphs(" ".join(sentences)))


@marked
def economy(printed: Released, code: str) -> Block:
    """Account and budget as printed, and where the rest of the economy stands."""
    found = printed_economy.budget(printed, code)
    rest = f"Udgifter, enhedsudgifter og fremskrivning står på {_ECONOMY_PAGE}, når kommunens regnskab er leveret."
    if isinstance(found, Block):
        return Block(found.html + paragraphs(rest))
    return Block(paragraphs(f"Udgaven har intet budget, som regnskabet kan holdes op imod. {rest}"))


@marked
def missing(released: Released, code: str) -> Block:
    """The indicators that the edition has no series for, or none with a number of pupils, and who can answer."""
    table = released.where(municipality=code, measure="level").table
    none = [entry for entry in INDICATORS if entry.group not in set(table["group"])]
    bare = [entry for entry in INDICATORS if (own := table[table["group"] == entry.group]).size
            and own["denominator"].isna().all()]  # fmt: skip
    items = [*_asked("Ingen serie, der kan vises, for", none), *_asked("Antal elever mangler for", bare)]
    if not items:
        return Block(paragraphs("Alle opfølgningens indikatorer har en serie med antal elever."))
    return Block(paragraphs(f"Opfølgningen savner dette for {name_of(code)}:") + bullets(items))


def _told(released: Released, code: str, entry: Indicator) -> str:
    rows = released.where(group=entry.group).table
    own = rows[rows["municipality"] == code]
    levels = own[own["measure"] == "level"].sort_values("period")
    if levels.empty:
        why = "ingen kilde i udgaven endnu" if rows.empty else "kommunen har ingen tal, der kan vises"
        return f"{entry.label}: {why}, så indikatoren {UNJUDGED}."
    last, first = levels.iloc[-1], levels.iloc[0]
    parts = [f"{entry.label}: {_level(last)}", _country(rows, first, last)]
    for about in ("year", "first"):
        row = pick(own, measure=f"change_{about}")
        if row is not None:
            base = first if about == "first" else levels.iloc[-2]
            parts.append(_change(row, base, last, pick(own, measure=f"verdict_{about}")))
    if levels["denominator"].isna().all():
        parts.append(f"Antal elever i alt er ikke trykt, så ændringen {UNJUDGED}.")
    if len(levels) == 1:
        parts.append(f"Der er kun ét år, så udviklingen {UNJUDGED}.")
    if levels["note"].str.contains("pladsen i figuren er udledt").any():
        parts.append("Tallenes plads i kildens figur er udledt.")
    return " ".join(filter(None, [*parts, _wanted(entry, last)]))


def _level(row: pd.Series) -> str:
    if not is_shown(row):
        return f"tallet for {row['period']} vises ikke."
    counted = f", {number(float(row['denominator']))} elever er talt med" if pd.notna(row["denominator"]) else ""
    alone = pd.isna(row["denominator"]) and pd.notna(row["numerator"])
    text = f"{number(float(row['numerator']))} elever, " if alone else ""
    return f"{text}{share(row)} i {row['period']}{counted}."


def _country(rows: pd.DataFrame, first: pd.Series, last: pd.Series) -> str:
    """The country in the same first and last year, where both are there."""
    found = [pick(rows, municipality=COUNTRY, measure="level", period=row["period"]) for row in (first, last)]
    told = [f"{percent(row['estimate'], int(row['decimals']))} i {row['period']}" for row in found
            if row is not None and is_shown(row)]  # fmt: skip
    return f"Hele landet: {listing(dict.fromkeys(told))}." if told else ""


def _change(row: pd.Series, base: pd.Series, last: pd.Series, verdict: pd.Series | None) -> str:
    covid = " (et af årene ligger under COVID-19)" if "COVID" in row["note"] else ""
    since = f"Siden {base['period']}{covid}"
    moved = _moved(row)
    if verdict is None:
        return f"{since} er det trykte tal gået fra {value(base)} til {value(last)} pct., {moved}."
    size = f"{moved} (95 %-interval {ends(row)})"
    if verdict["note"] == UNCLEAR and side(row, 0.0):
        return (
            f"{since}: {size}. Intervallet ligger på den ene side af nul, men det bredere interval for alle ændringer på én gang "
            f"({ends(verdict)}) gør ikke. Dom: {UNCLEAR}."
        )
    return f"{since}: {size}. Dom: {verdict['note']}."


def _moved(row: pd.Series) -> str:
    amount = row["estimate"]
    if not amount:
        return "ingen forskel"
    return f"{number(abs(amount), int(row['decimals']))} procentpoint {'højere' if amount > 0 else 'lavere'}"


def _copula(word: str) -> str:
    return word if word.startswith("kan ikke") else f"er {word}"


def _wanted(entry: Indicator, row: pd.Series) -> str:
    """Which way is progress, and whether the concept or the measure itself says so."""
    way = "højere" if entry.wanted == HIGHER else "lavere"
    if definition(row["definition"]).better == "neither":
        return f"Konceptet regner et {way} tal som fremgang; tallet siger ikke, hvad der er bedst for den enkelte elev."
    return f"Et {way} tal er fremgang."


def _rule(released: Released, code: str, entries: tuple[Indicator, ...]) -> str:
    judged = sum(len(_verdicts(released, code, entry)) for entry in entries)
    if not judged:
        return (
            "Ingen af tallene er trykt med antal elever i alt. Siden viser derfor, hvad der er trykt, men siger ikke, om noget er "
            "forbedret eller forværret."
        )
    how_many = (
        "Én ændring er vurderet"
        if judged == 1
        else f"{count_word(judged).capitalize()} ændringer er vurderet på én gang"
    )
    return (
        f"{how_many}. Jo flere der vurderes, jo oftere slår en af dem ud ved et tilfælde, så intervallerne bag dommene er gjort "
        "bredere med Holms metode. En ændring får kun ordet forbedret eller forværret, når hele det bredere interval ligger på den "
        "ene side af nul. Dommen siger ikke, hvad ændringen skyldes."
    )


def _verdicts(released: Released, code: str, entry: Indicator) -> dict[str, pd.Series]:
    own = released.where(municipality=code, group=entry.group, measure=["verdict_year", "verdict_first"]).table
    return {str(row["measure"]): row for _, row in own.iterrows()}


def _asked(lead: str, entries: list[Indicator]) -> list[str]:
    """One line for all indicators that the same people can answer for."""
    by_whom: dict[str, list[str]] = {}
    for entry in entries:
        by_whom.setdefault(_WHO.get(entry.plan, _WHO_SURVEY), []).append(entry.label.lower())
    return [f"{lead} {listing(names)}. Spørg {who}." for who, names in by_whom.items()]
