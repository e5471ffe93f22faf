"""Sentences about a reform of whole municipalities; an effect is spoken of only where the design can carry it."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.danish import listing, number
from inklusion.disclosure.release import Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.programme import as_sentences, changed, late, p_value
from inklusion.narrative.wording import ends, pick, side, value

_NOT_IN = "Kommunen er ikke med i nogen reform i datasættet."
_NOT_READ = "Udfaldene er ikke læst, eller der er for få kommuner og skoleår."


@marked
def plan(released: Released, code: str) -> Block | Gap:
    """Which reform, since when, how many municipalities, and the plan's question and lock."""
    parts = []
    for name in names(released, code):
        start, shared = _start(released, code, name), _shared(released, name)
        counts = {measure: pick(shared, measure=measure) for measure in ("with_reform", "without_reform", "left_out")}
        texts = [f"{name_of(code)} er med i »{name}« fra skoleåret {start}."]
        others, without, left_out = (counts[measure] for measure in counts)
        if others is not None and without is not None:
            texts[0] += (
                f" Det er {value(others)} kommuner i alt, og {value(without)} kommuner er ikke med i nogen reform."
            )
        if left_out is not None and left_out["estimate"]:
            texts[0] += f" {value(left_out)} kommuner er udeladt, fordi de mangler et skoleår."
        refused, locked = pick(shared, measure="refused"), pick(shared, measure="lock")
        if refused is not None:
            texts.append(f"Udfaldene er ikke læst. {refused['note']}")
        question = pick(shared, measure="plan", group=f"{name}: spørgsmål")
        texts += [] if question is None else [f"Planen spørger: »{question['note']}«"]
        texts += [] if locked is None else [locked["note"]]
        parts.append(paragraphs(*texts) + ("" if locked is None else changed(shared)))
    return Block("\n".join(parts)) if parts else Gap(_NOT_IN)


@marked
def own_course(released: Released, code: str) -> Block | Gap:
    """The municipality's own mean before and after the start: nothing is compared."""
    texts = []
    for name in names(released, code):
        own = released.where(municipality=code, group=name).table
        before, after, moved = (pick(own, measure=measure) for measure in ("before", "after", "change"))
        if before is not None and after is not None and moved is not None:
            texts.append(
                f"Elevernes trivsel i {name_of(code)} var i gennemsnit {value(before)} i skoleårene før og {value(after)} fra "
                f"{_start(released, code, name)}. Ændringen er {value(moved)} point. Den siger ikke noget om »{name}«, for "
                "trivslen har også ændret sig i kommuner uden reform."
            )
    return Block(paragraphs(*texts)) if texts else Gap(_NOT_READ if names(released, code) else _NOT_IN)


@marked
def result(released: Released, code: str) -> Block | Gap:
    """The trends before, the difference in change with its interval and test, and the verdict with its doubts."""
    parts = []
    for name in names(released, code):
        shared = _shared(released, name)
        dom = pick(shared, measure="verdict")
        if dom is None:
            continue
        texts = [_trend(shared), _difference(shared)] if pick(shared, measure="fit") is None else [_control(shared)]
        parts.append(paragraphs(*texts) + _verdict(shared, dom, name) + paragraphs(_covid(shared)))
    return Block("\n".join(parts)) if parts else Gap(_NOT_READ if names(released, code) else _NOT_IN)


def names(released: Released, code: str) -> list[str]:
    """The reforms that a municipality has."""
    return list(dict.fromkeys(released.where(municipality=code, measure="start").table["group"]))


def _start(released: Released, code: str, name: str) -> str:
    return str(released.where(municipality=code, measure="start", group=name).table["period"].iloc[0])


def _shared(released: Released, name: str) -> pd.DataFrame:
    """The country's rows about a reform, the plan's among them."""
    table = released.where(municipality=COUNTRY).table
    return table[[group == name or group.startswith(f"{name}: ") for group in table["group"]]]


def _trend(shared: pd.DataFrame) -> str:
    slope, implied, found = (pick(shared, measure=name) for name in ("pre_trend", "implied", "pre_trend_p"))
    if slope is None or implied is None or found is None:
        return "Udviklingen før reformen kan ikke undersøges med så få kommuner eller skoleår."
    text = (
        f"Før reformen var forskellen i udvikling {value(slope)} point om året (95 %-interval {ends(slope)}; {p_value(found)}). "
        f"Den alene ville give en forskel på {value(implied)} point bagefter."
    )
    if side(slope, 0.0):
        return f"{text} Kommunerne udviklede sig altså forskelligt allerede før, og derfor hævder siden ingenting om reformen."
    return (
        f"{text} Intervallet dækker nul. Det viser ikke, at udviklingen var ens, for få skoleår kan skjule en forskel."
    )


def _difference(shared: pd.DataFrame) -> str:
    row, found, least = (pick(shared, measure=name) for name in ("effect", "p", "attainable"))
    if row is None or found is None or least is None:
        return ""
    course = "højere" if row["estimate"] >= 0 else "lavere"
    size = number(abs(row["estimate"]), int(row["decimals"]))
    text = f"Ændringen i reformens kommuner er {size} point {course} end ændringen i de andre"
    text += "." if pd.isna(row["lower"]) else f" (95 %-interval {ends(row)})."
    text += f" Ombytningstesten giver {p_value(found)}, og den mindste værdi, den kan give her, er {_least(least)}."
    wild = pick(shared, measure="wild_p")
    return (
        text if wild is None else f"{text} En anden test for få grupper (wild cluster bootstrap) giver {p_value(wild)}."
    )


def _control(shared: pd.DataFrame) -> str:
    row, fit, found, least = (pick(shared, measure=name) for name in ("effect", "fit", "p", "attainable"))
    if row is None or fit is None or found is None or least is None:
        return ""
    where = "over" if row["estimate"] >= 0 else "under"
    size = number(abs(row["estimate"]), int(row["decimals"]))
    return (
        "Kun én kommune har reformen. Den bliver holdt op mod en syntetisk kontrol, et vægtet gennemsnit af andre kommuner, som "
        f"fulgte den før reformen med en gennemsnitlig afstand på {value(fit)} point. Efter reformen ligger kommunen {size} point "
        f"{where} kontrollen. Når hver anden kommune prøves på samme måde, giver det {p_value(found)}, og den mindste værdi, "
        f"prøven kan give, er {_least(least)}. Få år og mange kommuner gør det let at finde en kontrol, der passer tilfældigt."
    )


def _least(row: pd.Series) -> str:
    return "under 0,001" if row["estimate"] < 0.0005 else value(row)


def _verdict(shared: pd.DataFrame, dom: pd.Series, name: str) -> str:
    if dom["estimate"] != 1:
        lead = f"Dom over »{name}«: {dom['method']}. Grunden er:"
        return paragraphs(lead) + bullets(as_sentences(dom["note"]))
    row, found = pick(shared, measure="effect"), pick(shared, measure="p")
    level = pick(shared, measure="plan", group=f"{name}: testens niveau")
    lead = f"Dom over »{name}«: virkningen kan vurderes, hvis kommunerne ellers ville have ændret sig ens."
    if row is None or found is None or level is None:
        return paragraphs(lead)
    is_beyond = found["estimate"] < level["estimate"] and (pd.isna(row["lower"]) or bool(side(row, 0.0)))
    if not is_beyond:
        return paragraphs(f"{lead} Tallene kan ikke skille en virkning fra tilfældigheder ({p_value(found)}).")
    span = "" if pd.isna(row["lower"]) else f"95 %-interval {ends(row)}; "
    claim = f"{lead} Tallene tyder i så fald på en virkning på {value(row)} point ({span}{p_value(found)})."
    return paragraphs(f"{claim} {late(shared)}".strip())


def _covid(shared: pd.DataFrame) -> str:
    """Name the years under COVID-19 as a doubt."""
    years = shared[(shared["measure"] == "yearly_with") & shared["note"].str.contains("COVID")]["period"]
    if years.empty:
        return ""
    return (
        f"Skoleårene {listing(sorted(set(years)))} lå under COVID-19. Ramte lukningerne ikke alle kommuner ens, er et udgangspunkt "
        "fra de år et dårligt mål for, hvad der ellers ville være sket."
    )
