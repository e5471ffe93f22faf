"""Sentences about printed economy figures: what they imply, and why two projections of one series differ."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.contracts.accounts import prices_of
from inklusion.danish import number, percent
from inklusion.disclosure.release import Released
from inklusion.municipalities import name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, finish, pick

_MILLION = "mio. kr."


@marked
def unit_cost(released: Released, code: str) -> Block | Gap:
    """From the printed growth in spending and in full-year pupils to the growth in unit cost, within its rounding."""
    own = released.where(municipality=code).table
    implied = pick(own, measure="implied", definition="oekonomi_enhedsudgift_aendring")
    spent = pick(own, measure="printed", definition="udgift_special_aendring")
    pupils = pick(own, measure="printed", definition="helaarsboern_aendring", group="i alt")
    if implied is None or spent is None or pupils is None:
        return Gap("Kilderne trykker ikke, hvordan udgifter og helårselever har ændret sig for kommunen.")
    prices, first = prices_of(pd.DataFrame([implied, spent])), implied["period"].split("-")[0]
    sentences = [
        f"Kilden skriver, at udgifterne til specialundervisning i {name_of(code)} er {_course(spent)} siden {first} i {prices}, "
        f"og at antallet af helårselever er {finish(_course(pupils))} Tilsammen betyder det, at udgiften pr. helårselev er "
        f"{_implied(implied)} Kildens tal er afrundet til hele procent, så spændet er {ends(implied)} pct. Kilden trykker ikke "
        "slutåret, og vi har antaget, at det er det samme for begge tal (antagelse A12).",
        *_schools(own),
        *_ordinary(own),
    ]
    return Block(paragraphs(*sentences))


@marked
def end_points(released: Released, code: str) -> Block | Gap:
    """The line through the end points beside the printed projection, and what the difference can be."""
    own = released.where(municipality=code).table
    lines = own[own["definition"] == "oekonomi_endepunktslinje"].sort_values("period")
    printed = pick(own, measure="printed", definition="udgift_special_fremskrivning")
    now = pick(own, measure="printed", definition="udgift_special")
    if len(lines) < 2 or printed is None or now is None:
        return Gap("Kilderne trykker ikke udgifter, som en linje kan trækkes gennem.")
    first, last = lines.iloc[0], lines.iloc[-1]
    prices = prices_of(pd.DataFrame([first, last, printed, now]))
    lead = (
        f"En lige linje gennem {first['period']} ({number(first['estimate'], 1)} {_MILLION}) og {now['period']} "
        f"({number(now['estimate'])} {_MILLION}) når {number(last['estimate'], 1)} {_MILLION} i {last['period']} i {prices}. "
        f"Kilden fremskriver til næsten {number(printed['estimate'])} {_MILLION} samme år."
    )
    return Block(paragraphs(lead, _why(last, printed, now)))


@marked
def budget(released: Released, code: str) -> Block | Gap:
    """Account or forecast against the corrected budget, year by year."""
    own = released.where(municipality=code).table
    table = own[own["measure"] == "balance"]
    if table.empty:
        return Gap("Kilderne trykker ikke regnskab og budget for kommunen.")
    prices = prices_of(table)
    rows = sorted((row for _, row in table.iterrows()), key=lambda row: str(row["period"])[-4:])
    lead = f"Regnskab eller prognose for specialområdet i {name_of(code)} over for det korrigerede budget, i {prices}:"
    closing = (
        "Tallene dækker både dagtilbud og undervisning, og hvilket tal der hører til hvilken søjle, er udledt af figurens "
        "rækkefølge (antagelse A7). De kan ikke sammenlignes med andre kommuners udgifter til specialundervisning."
    )
    return Block(paragraphs(lead) + bullets([_balance(row) for row in rows]) + paragraphs(closing))


def _between(row: pd.Series) -> str:
    return f"{number(row['lower'], 1)} og {number(row['upper'], 1)}"


def _course(row: pd.Series) -> str:
    amount = row["estimate"]
    if not amount:
        return "uændret"
    return f"{'steget' if amount > 0 else 'faldet'} {percent(abs(amount), int(row['decimals']))}"


def _implied(row: pd.Series) -> str:
    """The direction is said only where rounding cannot turn it."""
    if row["lower"] <= 0 <= row["upper"]:
        return f"ændret {finish(percent(row['estimate'], 1))} Afrundingen gør, at vi ikke kan sige, om den er steget eller faldet."
    return finish(_course(row))


def _schools(own: pd.DataFrame) -> list[str]:
    """Fewer pupils and less money in special schools: whether the money followed the pupils."""
    pupils = pick(own, definition="helaarsboern_aendring", group="specialskole")
    money = pick(own, definition="udgift_specialskoler_aendring")
    if pupils is None or money is None:
        return []
    told = (
        f"I specialskolerne er antallet af helårselever {_course(pupils)} og udgiften {_course(money)} i {pupils['period']}."
    ).replace("pct. og", "pct., og")
    # Both figures are whole per cent: closer than one apart they may be the same.
    if pupils["estimate"] < 0 and money["estimate"] - pupils["estimate"] > 1:
        told += " Udgiften faldt altså mindre end elevtallet. Det kan være faste udgifter, men også at de elever, der blev, kostede mere."
    return [told]


def _ordinary(own: pd.DataFrame) -> list[str]:
    rows = {row["group"]: row for _, row in own[own["definition"] == "udgift_aendring_3aar"].iterrows()}
    if not {"specialundervisning", "almenområdet"} <= set(rows):
        return []
    return [
        f"Over tre år er udgifterne til specialundervisning {_course(rows['specialundervisning'])} og til almenområdet "
        f"{_course(rows['almenområdet'])} Kilden siger ikke, om de to tal er i faste priser."
    ]


def _why(last: pd.Series, printed: pd.Series, now: pd.Series) -> str:
    """Whether rounding can be the reason; if not, the method must be."""
    if last["lower"] <= printed["estimate"] <= last["upper"]:
        return f"Forskellen kan skyldes, at kildens tal er afrundet: linjen ligger mellem {_between(last)} {_MILLION}"
    below = printed["estimate"] < last["estimate"]
    where, side = ("lavere", "over") if below else ("højere", "under")
    return (
        f"Afrunding til hele tal kan ikke forklare forskellen, for den flytter kun linjen til mellem {_between(last)} {_MILLION} Forklaringen er "
        "formentlig metoden. Kilden skriver, at den bruger en lineær fremskrivning, og en linje gennem alle år behøver ikke gå gennem "
        f"det sidste. Den kan ligge {where}, når {now['period']} ligger {side} linjen. Årene imellem er ikke trykt, så vi kan "
        "hverken gentage kildens linje, vise afstanden i det sidste år eller give et forudsigelsesinterval."
    )


def _balance(row: pd.Series) -> str:
    amount = number(abs(row["estimate"]))
    name = f"{row['period']}"
    if row["lower"] > 0:
        return f"{name}: {amount} {_MILLION} over budgettet."
    if row["upper"] < 0:
        return f"{name}: {amount} {_MILLION} under budgettet."
    return f"{name}: kan ikke skelnes fra budgettet, når begge tal er afrundet til hele {_MILLION}"
