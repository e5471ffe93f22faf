"""Sentences about the printed programme and the reforms that a printed programme names: descriptions only."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.danish import number, span
from inklusion.disclosure.release import Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.programme import as_sentences
from inklusion.narrative.wording import pick, value

_NOT_NAMED = "Kommunen står ikke i kildens deltagertabel."
_LESS_NAMED = "Kommunen er ikke nævnt i programmet."
_TEACHERS, _STAFF = "deltagende kulturskoleundervisere", "deltagende lærere/pædagoger fra specialtilbud"


@marked
def participation(released: Released, code: str) -> Block | Gap:
    """The programme's totals as its table adds up, and the municipality's part of them."""
    own, whole = (released.where(municipality=place).table for place in (code, COUNTRY))
    pupils, all_pupils = (pick(part, definition="program_elever", measure="sum") for part in (own, whole))
    staff = {group: pick(whole, definition="program_personale", measure="sum", group=group)
             for group in ("", _TEACHERS, _STAFF)}  # fmt: skip
    groups = pick(whole, definition="program_hold", measure="clusters")
    if pupils is None or all_pupils is None or groups is None or any(row is None for row in staff.values()):
        return Gap(_NOT_NAMED)
    total, teachers, others = (value(row) for row in staff.values() if row is not None)
    sentences = [
        f"I {name_of(code)} var {value(pupils)} elever med i {_when(pupils['period'])}. Hele programmet havde "
        f"{value(all_pupils)} elever på {value(groups)} hold, når kildens tabel lægges sammen, og {total} voksne: {teachers} "
        f"undervisere fra musik- og kulturskoler og {others} lærere og pædagoger fra specialtilbuddene.",
        _length(whole),
    ]
    return Block(paragraphs(*sentences))


@marked
def power(released: Released, code: str) -> Block | Gap:
    """What the programme's pupils could show, and the municipality's own, under assumptions that are told."""
    own, whole = (released.where(municipality=place).table for place in (code, COUNTRY))
    pupils, groups = (pick(own, measure=name) for name in ("sum", "clusters"))
    found = whole[whole["definition"] == "program_mindste"].sort_values("group", key=lambda name: name.map(_percent))
    chances = whole[whole["definition"] == "program_styrke"].sort_values("group", key=lambda name: name.map(_percent))
    mine = own[own["definition"] == "program_mindste"].sort_values("group", key=lambda name: name.map(_percent))
    if pupils is None or groups is None or found.empty or mine.empty:
        return Gap(_NOT_NAMED)
    least, most = found.iloc[0], found.iloc[-1]
    lead = (
        f"Var alle programmets elever målt før og efter, kunne de ventes at vise en ændring på {value(least)} "
        f"standardafvigelser, hvis holdene ikke lignede hinanden mere end tilfældige grupper, og {value(most)}, hvis "
        f"{_percent(most['group'])} pct. af ændringens variation lå mellem hold. Chancen for at opdage en ændring på en kvart "
        f"standardafvigelse er mellem {value(chances.iloc[-1])} og {value(chances.iloc[0])} pct."
    )
    local = (
        f"De {value(pupils)} elever i {name_of(code)} gik på ét hold. Regnet for sig selv kunne de vise en ændring på "
        f"{value(mine.iloc[0])} standardafvigelser, men kun hvis eleverne ikke havde holdet til fælles. Med ét hold kan holdets "
        "egen udvikling ikke skilles fra indsatsen."
    )
    if groups["estimate"] > 1:
        local = (
            f"De {value(pupils)} elever i {name_of(code)} gik på {value(groups)} hold. Regnet for sig selv kunne de vise en "
            f"ændring på mellem {value(mine.iloc[0])} og {value(mine.iloc[-1])} standardafvigelser."
        )
    closing = "Kilden trykker ingen mål før eller efter, så siden kan kun beskrive, hvem der var med."
    return Block(paragraphs(lead, local, closing))


@marked
def mentions(released: Released, code: str) -> Block | Gap:
    """What the programme says of the municipality, in its own words, with the date where one is printed."""
    own = released.where(municipality=code, measure="named").table
    if own.empty:
        return Gap(_LESS_NAMED)
    closing = "Kilden er programmet for KL's Børn & Unge Topmøde. Det er en omtale og ikke en undersøgelse."
    return Block(bullets(list(own["note"])) + paragraphs(closing))


@marked
def reforms(released: Released, code: str) -> Block | Gap:
    """For each mention: whether a start is printed, the level a placebo test could reach, and why it stays a description."""
    own = released.where(municipality=code).table
    verdicts = [row for _, row in own[own["measure"] == "verdict"].iterrows()]
    if not verdicts:
        return Gap(_LESS_NAMED)
    reached = next((row for _, row in own[own["measure"] == "attainable"].iterrows()), None)
    parts = [
        paragraphs(f"Dommen over det, som programmet nævner for {name_of(code)}, er: {row['method']}. Grunden er:") + bullets(as_sentences(row["note"]))
        for row in verdicts
    ]  # fmt: skip
    if reached is not None:
        parts.append(
            paragraphs(
                "Fandtes der en serie for hver kommune, kunne kommunen prøves mod alle de andre, som om hver af dem havde haft "
                f"ændringen. Den mindste p-værdi, den prøve kan give, er {value(reached)}. Det er 1 divideret med antallet af "
                "kommuner."
            )
        )
    needed = (
        "Det kræver en serie for hver kommune fra flere år før og efter, for eksempel skolestartere i specialtilbud eller trivsel. "
        "Kommunens skoleforvaltning kender datoen. Danmarks Statistik og Uddannelsesstatistik.dk (Styrelsen for It og Læring) har "
        "tal for alle kommuner."
    )
    return Block("\n".join([*parts, paragraphs(needed)]))


def _percent(group: str) -> int:
    """The assumed variation between groups, which stands in the group's name.

    >>> _percent("variation mellem hold: 10 pct.")
    10
    """
    return int(group.split(": ")[1].split(" ")[0])


def _length(whole: pd.DataFrame) -> str:
    weeks, hours = (pick(whole, definition=name, measure="printed") for name in ("program_varighed", "program_timer"))
    if weeks is None or hours is None:
        return ""
    return (
        f"Forløbene varede {span(weeks['lower'], weeks['upper'], 0)} uger, og kilden skriver, at der gik omkring "
        f"{number(hours['estimate'])} timer til aktiviteter og udvikling."
    )


def _when(term: str) -> str:
    """A term as a sentence says it.

    >>> _when("efterår 2024")
    'efteråret 2024'
    """
    return term.replace("efterår ", "efteråret ").replace("forår ", "foråret ")
