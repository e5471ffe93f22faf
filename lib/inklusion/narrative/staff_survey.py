"""Sentences about the staff survey: who answered, agreement in both bases, gaps, tools, professions, what is not printed."""

from collections.abc import Callable
from itertools import pairwise

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.contracts.staff_answers import (
    CHOICE_DEFINITIONS,
    GAP_DEFINITIONS,
    counted_of,
    divided_question,
    figure_of,
    printed_question,
    profession_of,
    question_of,
)
from inklusion.danish import count_word, listing, number, percent
from inklusion.disclosure.release import SHOWN, Document, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, finish, is_shown, pick, side

_NONE = "Der er ingen personaleundersøgelse for kommunen."
_CHANCE = "Når man ser på så mange spørgsmål på én gang, vil enkelte se forskellige ud ved et tilfælde."
_MOST = 5


@marked
def response(released: Released, code: str) -> Block | Gap:
    """The response rate beside the country's, and who stayed away."""
    chosen = released.where(definition=["personale_svarprocent", "personale_ikke_svaret"]).latest()
    own = chosen.where(municipality=code).table
    rate = pick(own, definition="personale_svarprocent", group="")
    if rate is None:
        return Gap(_NONE)
    if not is_shown(rate):
        return Gap("Så få har svaret eller ladet være, at tallene ikke kan vises.")
    country = pick(chosen.table, municipality=COUNTRY, definition="personale_svarprocent", group="")
    lead = (
        f"I {rate['period']} svarede {number(float(rate['numerator']))} af {number(float(rate['denominator']))} inviterede ansatte i "
        f"{name_of(code)}, altså {finish(percent(rate['estimate']))}"
    )
    if is_shown(country) and country is not None:
        lead += f" I hele landet svarede {finish(percent(country['estimate']))}"
    away = own[(own["definition"] == "personale_ikke_svaret") & (own["status"] == SHOWN)]
    parts = [
        f"{profession_of(row['group'])} {number(float(row['numerator']))} ({percent(row['estimate'])} af de inviterede i gruppen)"
        for _, row in away[away["group"] != ""].sort_values("estimate", ascending=False).iterrows()
    ]
    whole = pick(away, group="")
    told = "" if whole is None else f"{number(float(whole['numerator']))} svarede ikke. "
    if parts:
        told += f"I de faggrupper, der kan vises, svarede så mange ikke: {listing(parts)}. "
    return Block(paragraphs(lead, f"{told}Hvad de mener, ved vi ikke, og intet interval på siden tager højde for det."))


@marked
def cut(released: Released, code: str) -> Block | Gap:
    """That a printed response rate is cut and not rounded."""
    table = released.where(municipality=code, definition="survey_svarprocent").table
    counted = pick(table, measure="share")
    printed = table[(table["measure"] == "printed") & (table["decimals"] > 0)]
    if counted is None or printed.empty or printed["estimate"].iloc[0] >= counted["estimate"]:
        return Gap("Kildens svarprocent er afrundet rigtigt.")
    row = printed.iloc[0]
    return Block(
        paragraphs(
            f"Kildens {percent(row['estimate'], int(row['decimals']))} er skåret af efter første decimal. Rundet af er det "
            f"{finish(percent(counted['estimate'], int(counted['decimals'])))}"
        )
    )


@marked
def printed_agreement(released: Released, code: str) -> Block | Gap:
    """The two printed distributions: who agrees, in both bases, and what is not printed."""
    own = released.where(municipality=code).table
    sums = own[own["measure"] == "sum"]
    if sums.empty:
        return Gap(_NONE)
    sentences = []
    for _, row in sums.iterrows():
        parts = own[(own["definition"] == "survey_svarfordeling") & own["group"].str.startswith(row["group"])]
        two = " + ".join(number(value) for value in parts["estimate"].iloc[-2:])
        text = f"»{question_of(row['group'])}«: {_printed(row)} er helt eller delvis enige ({two}, {figure_of(row['note'])})."
        without = pick(own, measure="without_dont_know", group=row["group"])
        rest = pick(own, measure="rest", group=row["group"])
        if without is not None and rest is not None:
            text += f" {_unprinted(rest)} Uden »ved ikke« i nævneren er andelen {finish(f'{ends(without)} pct')}"
        sentences.append(finish(text))
    n, asked = sums["denominator"].iloc[0], "Kilden trykker kun hele procenter"
    closing = (
        f"{asked}, så antallet af personer bag hver andel er regnet tilbage, og spændene siger, hvad afrundingen kan betyde. "
        f"Vi regner med alle {number(float(n))}, der svarede på undersøgelsen, for hvor mange der svarede på det enkelte "
        "spørgsmål, er ikke oplyst (antagelse A10)."
    )
    return Block(bullets(sentences) + paragraphs(closing))


@marked
def agreement(released: Released, code: str) -> Block | Gap:
    """The items with the highest and lowest shares, the two bases, and where the country lies outside the interval."""
    chosen = released.where(definition=["personale_svar", "personale_svar_mening"], measure="share").latest()
    own, instead = _own_or_country(chosen.table, code)
    every = own[own["definition"] == "personale_svar"]
    if every.empty:
        return Gap("Der er for få svar til at vise, hvad personalet mener.")
    kinds = every["method"].map(counted_of)
    kind = kinds.value_counts().index[0]
    alike = every[kinds == kind].sort_values("estimate", ascending=False, kind="stable")
    first, last = alike.iloc[0], alike.iloc[-1]
    lead = f"Blandt de spørgsmål, der kan vises, og hvor svarene {kind.replace(' eller ', ' og ')} tæller, er andelen højest ved {_told(first)}."
    if first["estimate"] != last["estimate"]:
        lead += f" Den er lavest ved {_told(last)}. {_sure(first, last)}"
    elif len(alike) > 1:
        lead = f"Andelen er den samme ved alle de spørgsmål, der kan vises, som her ved {_told(first)}."
    if instead:
        return Block(paragraphs(instead, lead))
    country = chosen.where(municipality=COUNTRY, definition="personale_svar").table.set_index("group")["estimate"]
    return Block(paragraphs(lead, _two_bases(own)) + _against(every, country))


@marked
def gaps(released: Released, code: str) -> Block | Gap:
    """Most and least lacking, shared places, and that neighbours in the order cannot be told apart."""
    chosen = released.where(definition=list(GAP_DEFINITIONS)).latest()
    table, instead = _own_or_country(chosen.table, code)
    shares = table[table["measure"] != "rank"].sort_values("estimate", ascending=False, kind="stable")
    if len(shares) < 2:
        return Gap("Der er for få svar til at vise, hvad personalet mangler.")
    first, last = shares.iloc[0], shares.iloc[-1]
    lead = f"Flest mangler {_told(first)}. Færrest mangler {_told(last)}."
    is_hidden = not instead and chosen.where(municipality=code).hidden_count
    hidden = " Punkter, der kunne røbe få personer, er ikke med." if is_hidden else ""
    return Block(paragraphs(instead, lead + hidden, _ties(shares), _overlaps(shares)))


@marked
def choices(released: Released, code: str) -> Block | Gap:
    """Which tools most chose; where the source prints words only, what they allow."""
    table, instead = _own_or_country(released.where(definition=list(CHOICE_DEFINITIONS)).latest().table, code)
    if table.empty:
        return Gap("Kommunens personale er ikke spurgt om redskaber.")
    known = table[table["estimate"].notna()].sort_values("estimate", ascending=False, kind="stable")
    words = [f"»{_question(row)}« ({_words(row)})" for _, row in table[table["estimate"].isna()].iterrows()]
    sentences = [instead]
    if len(known):
        sentences.append(f"Valgt blandt de bedste redskaber: {listing(_told(row) for _, row in known.iterrows())}.")
    if words:
        sentences.append(f"For de andre redskaber skriver kilden kun ord: {listing(words)}. De har intet interval.")
    sentences.append(
        "Hver person kunne vælge flere redskaber, og intervallerne kan derfor ikke bruges til at sammenligne to redskaber."
    )
    return Block(paragraphs(*sentences))


@marked
def professions(released: Released, code: str) -> Block | Gap:
    """Items whose professions' intervals lie apart; the country's where the municipality's are not divided."""
    chosen = released.where(definition="personale_faggruppe").latest()
    own = chosen.where(municipality=code).table
    table = chosen.where(municipality=COUNTRY).table if own.empty else own
    if table.empty:
        return Gap(
            "Svarene kan ikke deles op på faggrupper: hver faggruppe skal have mindst ti svar, og intet tal må røbe få personer."
        )
    sentences = []
    if own.empty:
        sentences.append(
            f"Svarene fra {name_of(code)} er ikke delt op. Det gør vi kun, når hver faggruppe har mindst ti svar, og ingen kan "
            "trække sig frem til færre end fem personer. Her er hele landet i stedet."
        )
    apart = _apart(table)
    if not apart:
        sentences.append(
            "Faggruppernes intervaller overlapper ved alle spørgsmål, så de kan ikke skelnes fra hinanden."
        )
        return Block(paragraphs(*sentences))
    sentences.append(
        "Ved disse spørgsmål ligger intervallerne for den højeste og den laveste faggruppe helt fra hinanden:"
    )
    return Block(paragraphs(*sentences) + bullets(apart[:_MOST]) + paragraphs(f"{_more(apart)}{_CHANCE}"))


@marked
def unprinted(released: Released, code: str, document: Callable[[str], Document]) -> Block | Gap:
    """Which figures of the source have no printed number at all."""
    own = released.where(municipality=code, measure="share_of_answers").table
    if own.empty:
        return Gap(_NONE)
    numbered = {figure_of(note) for note in own["note"]}
    figures = sorted({text.split(" ")[0] for text in document("survey_questions").table["figure"]} - {"-"})
    without = [name for name in figures if f"figur {name}" not in numbered]
    lead = f"Kilden har {count_word(len(figures))} figurer om personalets svar. "
    if without:
        lead += f"{listing(f'Figur {name}' if not place else name for place, name in enumerate(without))} har ikke et eneste trykt tal. "
    rests = released.where(municipality=code, measure="rest").table["note"]
    whole = [figure_of(note) for note in rests if note.endswith("; »Ved ikke«")]
    closing = "De øvrige har højst nogle få tal; resten er søjler i et billede, og dem aflæser vi ikke."
    if whole:
        closing = f"Alle svar undtagen »ved ikke« er trykt i {listing(whole)}. {closing}"
    return Block(paragraphs(lead + closing))


def _own_or_country(table: pd.DataFrame, code: str) -> tuple[pd.DataFrame, str]:
    """The municipality's shown rows; where it has rows and none may be shown the country's, and a sentence that says so."""
    own = table[table["municipality"] == code]
    shown = own[own["status"] == SHOWN]
    if len(shown) or own.empty:
        return shown, ""
    country = table[(table["municipality"] == COUNTRY) & (table["status"] == SHOWN)]
    return country, f"Tallene for {name_of(code)} kan ikke vises uden at røbe få personer. Her er hele landet i stedet."


def _sure(high: pd.Series, low: pd.Series) -> str:
    """Whether the highest and the lowest can be told apart."""
    return "" if high["lower"] > low["upper"] else "De to intervaller overlapper, så forskellen kan være tilfældig."


def _printed(row: pd.Series) -> str:
    """A printed share in whole per cent, with its interval to a decimal."""
    return f"{number(row['estimate'])} pct. (95 %-interval {ends(row)})"


def _question(row: pd.Series) -> str:
    is_printed = row["definition"].startswith("survey_") and row["measure"] == "share_of_answers"
    return printed_question(row["group"]) if is_printed else question_of(row["group"])


def _told(row: pd.Series) -> str:
    """A question with its share, interval and number of answers."""
    if row["definition"].startswith("survey_"):
        return f"»{_question(row)}« med {_printed(row)}"
    share = f"{percent(row['estimate'])} (95 %-interval {ends(row)})"
    return f"»{_question(row)}« med {share} af {number(float(row['denominator']))} svar"


def _unprinted(rest: pd.Series) -> str:
    answers = rest["note"].split("; ")[1].split(", ")
    verb = "er" if len(answers) == 1 else "er begge"
    told = f"{listing(answers)} {verb} uden trykt tal"
    return f"{told} og fylder, så vidt afrundingen lader os se,{' tilsammen' if len(answers) > 1 else ''} {ends(rest)} pct."


def _two_bases(own: pd.DataFrame) -> str:
    """Where "ved ikke" moves the share most, of the items that have both shares."""
    wide = own.pivot_table(index="group", columns="definition", values="estimate", sort=False)
    fixed = "Andelen uden »ved ikke« står kun, hvor ingen eller mindst fem har svaret det."
    if set(wide.columns) != {"personale_svar", "personale_svar_mening"}:
        return fixed
    both = wide.dropna()
    moved = both["personale_svar_mening"] - both["personale_svar"]
    if both.empty or not moved.max():
        return f"{fixed} Hvor den står, har »ved ikke« ingen betydning her."
    group = moved.idxmax()
    alone, opinion = (percent(both.loc[group, name]) for name in ("personale_svar", "personale_svar_mening"))
    return f"»Ved ikke« betyder mest ved »{question_of(str(group))}«: {alone} af alle svar, men {opinion} af dem med en mening. {fixed}"


def _against(every: pd.DataFrame, country: pd.Series) -> str:
    """Items whose whole interval lies on one side of the country's share."""
    known = [row for _, row in every.iterrows() if row["group"] in country.index and pd.notna(country[row["group"]])]
    lines = []
    for sign, where in ((1, "over"), (-1, "under")):
        found = [f"»{question_of(row['group'])}«" for row in known if side(row, country[row["group"]]) == sign]
        if found:
            lines.append(f"Hele intervallet ligger {where} landets andel ved {listing(found)}.")
    if not known:
        return ""
    if not lines:
        return paragraphs("Ingen af andelene kan skelnes fra landets: alle intervaller dækker landets andel.")
    return bullets(lines) + paragraphs(_CHANCE)


def _ties(shares: pd.DataFrame) -> str:
    """Shares that are shown alike have their place in common."""
    tied = [part for _, part in shares.groupby("estimate", sort=False) if len(part) > 1]
    told = [f"{listing(f'»{_question(row)}«' for _, row in part.iterrows())}" for part in tied]
    return f"Samme andel, og derfor delt plads, har {'; '.join(told)}." if told else ""


def _overlaps(shares: pd.DataFrame) -> str:
    """Whether the intervals of neighbours in the order overlap."""
    rows = [row for _, row in shares.iterrows()]
    apart = [(one, other) for one, other in pairwise(rows) if one["lower"] > other["upper"]]
    same = (
        "De samme personer har svaret på alle punkter, så intervallerne kan ikke sige, hvilke pladser der kunne bytte."
    )
    if not apart:
        return f"Intervallerne for naboer på listen overlapper alle sammen, så rækkefølgen er usikker. {same}"
    pairs = listing(f"mellem »{_question(one)}« og »{_question(other)}«" for one, other in apart)
    return f"Kun {pairs} er der et spring, hvor naboernes intervaller ikke overlapper. Ellers er rækkefølgen usikker. {same}"


def _words(row: pd.Series) -> str:
    said = [part for part in row["note"].split("; ") if part.startswith("trykt som")]
    text = said[0].removeprefix("trykt som ") if said else "»intet tal«"
    return text if "halvdelen" in text else f"{'over' if pd.notna(row['lower']) else 'under'} halvdelen"


def _apart(table: pd.DataFrame) -> list[str]:
    """Items whose highest and lowest profession have intervals that do not overlap, largest difference first."""
    found = []
    shown = table[table["status"] == SHOWN]
    for question, part in shown.groupby(shown["group"].map(divided_question), sort=False):
        ordered = part.sort_values("estimate", ascending=False)
        high, low = ordered.iloc[0], ordered.iloc[-1]
        if high["lower"] > low["upper"]:
            told = [
                f"{profession_of(row['group'])} {percent(row['estimate'])} (95 %-interval {ends(row)}, "
                f"{number(float(row['denominator']))} svar)"
                for row in (high, low)
            ]
            found.append((low["estimate"] - high["estimate"], f"»{question}«: {told[0]} og {told[1]}."))
    return [text for _, text in sorted(found)]


def _more(apart: list[str]) -> str:
    return "De største forskelle er nævnt; resten står i tabellen. " if len(apart) > _MOST else ""
