"""Sentences about a small programme: its plan, who took part, what so few can show, and how it went the pupils.

No sentence here says that a programme did anything, unless the design can carry it (:func:`verdict`).
"""

from collections.abc import Callable

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.contracts.surveys import COMPARISON, TREATED
from inklusion.danish import number, percent
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.municipalities import COUNTRY
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, finish, is_shown, pick, side, value
from inklusion.plans import named

_NO_PROGRAMME = "Der er ingen data om deltagere i en indsats i kommunen."
_NO_PLAN = "Udfaldene er ikke læst, for indsatsen har ingen låst plan, eller der er for få elever med begge mål."
_ALONE = "kun ét hold"
_LEAST = 0.0005  # p-values are shown with three decimals


@marked
def plan(released: Released, code: str) -> Block | Gap:
    """The question, the lock, what was changed after it, and by which text the outcomes are analysed."""
    parts = []
    for name in names(released, code):
        own = _about(released, COUNTRY, name)
        refused, locked = pick(own, measure="refused"), pick(own, measure="lock")
        if refused is not None:
            parts.append(paragraphs(f"Udfaldene af indsatsen »{name}« er ikke læst. {refused['note']}"))
        if locked is None:
            continue
        question = pick(own, measure="plan", group=f"{name}: spørgsmål")
        asked = "" if question is None else f"Planen for indsatsen »{name}« spørger: »{question['note']}«"
        parts.append(paragraphs(asked, locked["note"]) + changed(own))
    return Block("\n".join(parts)) if parts else Gap(_NO_PROGRAMME)


def changed(own: pd.DataFrame) -> str:
    """What was changed in a plan after its lock, as HTML."""
    changes = own[own["measure"] == "plan_change"]
    if changes.empty:
        return paragraphs("Planen er ikke ændret siden.")
    lead = (
        "Planen er ændret, efter at den blev låst. Siden regner efter den låste tekst, og her er hver ændring, så alle kan "
        "se dem:"
    )
    items = [f"{row['group'].split(': ', 1)[1].capitalize()}. {row['note']}" for _, row in changes.iterrows()]
    return paragraphs(lead) + bullets(items)


@marked
def participation(released: Released, code: str) -> Block | Gap:
    """Pupils measured both before and after, their groups, and sessions planned and attended."""
    return _each(released, code, _took_part, _NO_PROGRAMME)


@marked
def power(released: Released, code: str) -> Block | Gap:
    """What so many pupils in so many groups can show, before anybody looks at an outcome."""
    return _each(released, code, _can_show, _NO_PLAN)


@marked
def attrition(released: Released, code: str) -> Block | Gap:
    """How many were measured both times, in the programme and in its comparison group."""
    return _each(released, code, _missing, _NO_PROGRAMME)


@marked
def change(released: Released, code: str) -> Block | Gap:
    """Before, after and the change with its interval, and the permutation test with the least it can reach."""
    return _each(released, code, _went, _NO_PLAN)


@marked
def by_itself(released: Released, code: str) -> Block | Gap:
    """How much pupils chosen for low scores would be expected to change without any programme."""
    return _each(released, code, _itself, _NO_PLAN)


@marked
def comparison(released: Released, code: str) -> Block | Gap:
    """The change beside that of the comparison group."""
    return _each(released, code, _beside, "Der er ingen sammenligningsgruppe med elever nok i kommunen.")


@marked
def verdict(released: Released, code: str) -> Block | Gap:
    """Whether the design can carry a claim; if not, each reason, and no word about what the programme did."""
    parts = []
    for name in names(released, code):
        own = _about(released, code, name)
        row = pick(own, measure="verdict")
        if row is None:
            continue
        if row["estimate"] == 1:
            parts.append(
                paragraphs(f"Dom over indsatsen »{name}«: virkningen kan vurderes.", _claim(own, released, name))
            )
            continue
        lead = f"Dom over indsatsen »{name}«: {row['method']}. Grunden er:"
        closing = (
            "Tallene beskriver, hvordan det gik eleverne. De kan ikke fortælle, hvordan det ville være gået dem uden "
            "indsatsen."
        )
        parts.append(paragraphs(lead) + bullets(as_sentences(row["note"])) + paragraphs(closing))
    return Block("\n".join(parts)) if parts else Gap(_NO_PLAN)


@marked
def country(released: Released, code: str) -> Block | Gap:
    """All municipalities of the programme together: pupils, change, comparison and verdict."""
    parts = []
    for name in names(released, code):
        own = _about(released, COUNTRY, name)
        expected, row = _of(own, "mean_change_expected"), pick(own, measure="verdict")
        went = _went(own, released, name)
        if row is None or not went:
            continue
        if expected is not None:
            went += f" Efter planens antagelser ville {value(expected)} point komme af sig selv."
        lead = f"Nu om alle kommuner, der har indsatsen »{name}«, lagt sammen."
        closing = f"Dom for alle kommuner samlet: {row['method']}."
        closing += " Grunden er:" if row["note"] else f" {_claim(own, released, name)}"
        because = bullets(as_sentences(row["note"])) if row["note"] else ""
        parts.append(paragraphs(lead, went, _beside(own, released, name), closing) + because)
    return Block("\n".join(parts)) if parts else Gap(_NO_PLAN)


def names(released: Released, code: str) -> list[str]:
    """The programmes that a place takes part in."""
    own = released.where(municipality=code, definition="indsats_hold").table
    return list(dict.fromkeys(map(named, own["group"])))


def p_value(row: pd.Series) -> str:
    """A p-value with its sign of equality: one that would be rounded to nothing is only said to be small."""
    return "p under 0,001" if row["estimate"] < _LEAST else f"p = {value(row)}"


def late(plan_rows: pd.DataFrame) -> str:
    """What goes with every claim whose plan was locked when the outcomes were there already."""
    row = pick(plan_rows, measure="lock")
    is_late = row is not None and "efter at udfaldene forelå" in row["note"]
    return "Planen blev dog først låst, efter at udfaldene forelå, og det svækker dommen." if is_late else ""


def _about(released: Released, code: str, name: str) -> pd.DataFrame:
    own = released.where(municipality=code).table
    return own[[named(group) == name for group in own["group"]]]


def _each(released: Released, code: str, say: Callable[[pd.DataFrame, Released, str], str], gap: str) -> Block | Gap:
    """One paragraph for each programme of the place that has something to say."""
    texts = [say(_about(released, code, name), released, name) for name in names(released, code)]
    return Block(paragraphs(*texts)) if any(texts) else Gap(gap)


def _of(own: pd.DataFrame, measure: str, role: str = TREATED) -> pd.Series | None:
    """A row that is there and may be shown."""
    found = own[[group.endswith(f": {role}") for group in own["group"]]]
    row = pick(found, measure=measure)
    return row if is_shown(row) else None


def _planned(released: Released, name: str, label: str) -> pd.Series | None:
    return pick(_about(released, COUNTRY, name), measure="plan", group=f"{name}: {label}")


def _count(row: pd.Series, column: str = "denominator") -> str:
    return number(float(row[column]))


def _groups(row: pd.Series) -> str:
    return "ét hold" if row["estimate"] == 1 else f"{value(row)} hold"


def _took_part(own: pd.DataFrame, released: Released, name: str) -> str:
    groups, planned, attended = (_of(own, measure) for measure in ("clusters", "mean_planned", "mean_attended"))
    measured = next((row for row in (planned, _of(own, "mean_change")) if row is not None), None)
    if groups is None or measured is None:
        return ""
    text = (
        f"I indsatsen »{name}« er {_count(measured)} elever på {_groups(groups)} målt både før og efter, og det er dem, siden "
        "handler om."
    )
    if planned is None or attended is None:
        return f"{text} Hvor mange gange de mødte op, er ikke oplyst for dem alle."
    return f"{text} I gennemsnit var der planlagt {value(planned)} gange for hver af dem, og de kom {value(attended)} gange."


def _can_show(own: pd.DataFrame, released: Released, name: str) -> str:
    chance, smallest = _of(own, "mean_change_power"), _of(own, "mean_change_detectable")
    groups, worth = _of(own, "clusters"), _planned(released, name, "mindste ændring, der er umagen værd")
    if chance is None or smallest is None or groups is None or worth is None:
        return ""
    text = (
        f"{_count(chance)} elever på {_groups(groups)} kan ventes at vise en ændring på {value(smallest)} point eller mere. "
        f"Planen siger, at {value(worth)} point er den mindste ændring, der er umagen værd. Findes den, er chancen for at opdage "
        f"den {percent(chance['estimate'], int(chance['decimals']))}"
    )
    enough = smallest["estimate"] <= worth["estimate"]
    text += " Det er nok elever efter planens ønske." if enough else " Det er færre elever, end planen ønsker."
    if _ALONE in chance["method"]:
        text += (
            " Der er kun ét hold, så tallet er for gunstigt: det regner eleverne, som om de ikke havde haft noget til fælles, "
            "og holdets egen udvikling kan ikke skilles fra indsatsen."
        )
    both = _of(own, "mean_difference_detectable")
    if both is not None:
        text += f" Skal indsatsen holdes op mod sammenligningsgruppen, er den mindste forskel {value(both)} point."
    return text


def _is_hidden(own: pd.DataFrame) -> bool:
    """Whether the number of pupils measured is there and hidden: then enough are missing, but others could be found."""
    rows = own[(own["definition"] == "indsats_maalt") & own["group"].str.endswith(TREATED)]
    return bool(rows["status"].isin(HIDDEN).any())


def _missing(own: pd.DataFrame, released: Released, name: str) -> str:
    treated, others = _of(own, "share"), _of(own, "share", COMPARISON)
    if _is_hidden(own):
        text = f"Hvor mange elever i indsatsen »{name}« der mangler et mål, vises ikke, for det kunne røbe få elever."
    elif treated is None:
        text = (
            f"Færre end fem elever i indsatsen »{name}« mangler et af målene, eller ingen gør. Hvor mange det er, vises ikke, for "
            "så få kunne kendes."
        )
    else:
        text = (
            f"{_count(treated, 'numerator')} af {_count(treated)} elever i indsatsen »{name}« er målt både før og efter, altså "
            f"{percent(treated['estimate'])}"
        )
    if others is not None:
        text += (
            f" I sammenligningsgruppen er det {_count(others, 'numerator')} af {_count(others)}, altså "
            f"{percent(others['estimate'])}"
        )
    return f"{text} De elever, der mangler et mål, er ikke med i resten af siden, og de kan have haft det anderledes."


def _went(own: pd.DataFrame, released: Released, name: str) -> str:
    before, after, row = _of(own, "mean_before"), _of(own, "mean_after"), _moved(own)
    if before is None or after is None or row is None:
        return ""
    text = f"De {_count(row)} elevers gennemsnit var {value(before)} før og {value(after)} efter. {_interval(row)} {_direction(row)}"
    standard = _of(own, "mean_change_sd")
    if standard is not None:
        text += (
            f" I standardafvigelser er ændringen {value(standard)} (95 %-interval {ends(standard)}, hvis eleverne ikke havde hold "
            "til fælles)."
        )
    return f"{text} {_test(own, released, name)}".strip()


def _moved(own: pd.DataFrame, role: str = TREATED) -> pd.Series | None:
    """The change, by the model with groups wherever there is one: the same number in all sentences."""
    grouped = _of(own, "mean_change_groups", role)
    return _of(own, "mean_change", role) if grouped is None else grouped


def _interval(row: pd.Series) -> str:
    if row["measure"] == "mean_change":
        return (
            f"Ændringen er {value(row)} point (95 %-interval {ends(row)}, regnet som om eleverne ikke hører til hold)."
        )
    return f"Når der tages hensyn til holdene, er ændringen {value(row)} point (95 %-interval {ends(row)})."


def _direction(row: pd.Series) -> str:
    return {
        1: "Hele intervallet ligger over nul, så gennemsnittet er højere efter end før.",
        -1: "Hele intervallet ligger under nul, så gennemsnittet er lavere efter end før.",
        0: "Intervallet dækker nul, så ændringen kan ikke skelnes fra ingen ændring.",
    }[side(row, 0.0)]


def _test(own: pd.DataFrame, released: Released, name: str) -> str:
    found, least = _of(own, "mean_change_p"), _of(own, "mean_change_attainable")
    level = _planned(released, name, "testens niveau")
    if found is None or least is None or level is None:
        return ""
    text = f"Fortegnstesten, som vender ændringen om for hvert hold, giver {p_value(found)}."
    if least["estimate"] > level["estimate"]:
        text += (
            f" Så få hold kan ikke give mindre end {value(least)}, og planens grænse er {value(level)}. Testen kan derfor ikke "
            "afgøre noget her."
        )
    return text


def _itself(own: pd.DataFrame, released: Released, name: str) -> str:
    expected, before, row = _of(own, "mean_change_expected"), _of(own, "mean_before"), _moved(own)
    mean = _planned(released, name, "antaget gennemsnit blandt alle, der kunne være med")
    if expected is None or row is None or before is None or mean is None or not expected["estimate"]:
        return ""
    is_low = expected["estimate"] > 0
    where, other = ("under", "højere") if is_low else ("over", "lavere")
    text = (
        f"Før forløbet lå eleverne {where} det gennemsnit, som planen antager for alle, der kunne være med: {value(before)} mod "
        f"{value(mean)}. Elever, der ligger {'lavt' if is_low else 'højt'} den ene gang, ligger som regel {other} den næste, også "
        f"når der intet sker. Efter planens antagelser ville det alene ændre gennemsnittet med {value(expected)} point. Den målte "
        f"ændring er {value(row)} point."
    )
    if row["lower"] <= expected["estimate"] <= row["upper"]:
        return f"{text} Intervallet for den målte ændring ({ends(row)}) dækker det tal, så de to kan ikke skelnes."
    return f"{text} Intervallet for den målte ændring ({ends(row)}) dækker ikke det tal, og det kan have mange grunde."


def _beside(own: pd.DataFrame, released: Released, name: str) -> str:
    row, others = _of(own, "mean_difference"), _moved(own, COMPARISON)
    found, least = _of(own, "mean_difference_p"), _of(own, "mean_difference_attainable")
    if row is None or others is None or found is None or least is None:
        return ""
    text = (
        f"I sammenligningsgruppen er {_count(others)} elever målt både før og efter, og deres ændring er {value(others)} point "
        f"(95 %-interval {ends(others)}). "
    )
    course = "større" if row["estimate"] >= 0 else "mindre"
    size = number(abs(row["estimate"]), int(row["decimals"]))
    text += (
        f"Når hvert hold vejer lige meget, er ændringen i indsatsen {size} point {course} end i sammenligningsgruppen"
    )
    if pd.isna(row["lower"]):
        text += ". Med ét hold i en af grupperne findes der intet interval."
    else:
        covers = {0: "Intervallet dækker nul, så de to ændringer kan ikke skelnes."}
        text += f" (95 %-interval {ends(row)}). {covers.get(side(row, 0.0), 'Intervallet dækker ikke nul.')}"
    level = _planned(released, name, "testens niveau")
    text += f" Ombytningstesten giver {p_value(found)}."
    if level is not None and least["estimate"] > level["estimate"]:
        text += f" Så få hold kan ikke give mindre end {value(least)}, så testen kan ikke afgøre noget her."
    return text


def _claim(own: pd.DataFrame, released: Released, name: str) -> str:
    """What a design that can carry a claim says: a difference beyond chance by interval and test, or none."""
    row, found, level = (
        _of(own, "mean_difference"),
        _of(own, "mean_difference_p"),
        _planned(released, name, "testens niveau"),
    )
    if row is None or found is None or level is None:
        return ""
    if found["estimate"] < level["estimate"] and pd.notna(row["lower"]) and side(row, 0.0):
        claim = f"Tallene tyder på en virkning på {value(row)} point (95 %-interval {ends(row)}; {p_value(found)})."
        return f"{claim} {late(_about(released, COUNTRY, name))}".strip()
    return f"Tallene kan ikke skille en virkning fra tilfældigheder ({p_value(found)})."


def as_sentences(note: str) -> list[str]:
    """Reasons with semicolons between them, each as a sentence."""
    return [finish(f"{reason[0].upper()}{reason[1:]}") for reason in note.split("; ") if reason]
