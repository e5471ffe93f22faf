"""Sentences about accounts: what was spent, which parts the change has, where the line goes, and what the scenario says."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.contracts.accounts import prices_of
from inklusion.danish import listing, number, percent
from inklusion.definitions import require_comparable
from inklusion.disclosure.release import Released
from inklusion.municipalities import name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, finish, is_shown, pick, value

_PARTS = {
    "split_volume": ("flere helårselever", "færre helårselever"),
    "split_price": ("højere udgift pr. helårselev i tilbuddene", "lavere udgift pr. helårselev i tilbuddene"),
    "split_mix": ("forskydning mod dyrere tilbud", "forskydning mod billigere tilbud"),
}
_NO_ACCOUNTS = (
    "Kommunens regnskab og helårselever efter tilbud er ikke i datasættet, eller der er for få elever til at vise dem."
)


@marked
def spending(released: Released, code: str) -> Block | Gap:
    """Spending, full-year pupils and unit cost of the last year beside the first."""
    own = released.where(municipality=code, group="").table
    spent = own[own["measure"] == "spending"].sort_values("period")
    if spent.empty:
        return Gap(_NO_ACCOUNTS)
    prices, last, first = prices_of(spent), spent.iloc[-1], spent.iloc[0]
    sentences = [
        f"I {last['period']} brugte {name_of(code)} {value(last)} mio. kr. på specialundervisning i {prices}. "
        f"{_change(pick(own, definition='oekonomi_vaekst_pct', measure='split_total'), first['period'])}"
    ]
    pupils, costs = (own[own["measure"] == name].sort_values("period") for name in ("full_year", "unit_cost"))
    if len(pupils) and len(costs):
        sentences.append(
            f"Pengene gik til {value(pupils.iloc[-1])} helårselever, altså {value(costs.iloc[-1])} kr. pr. helårselev. "
            f"{_since(own, first['period'])}"
        )
    sentences.append(
        "Tallene er fra et regnskab og ikke en stikprøve, så de har intet sikkerhedsinterval. En enkelt dyr plads kan flytte "
        "tallet mærkbart i en lille kommune."
    )
    return Block(paragraphs(*sentences))


@marked
def growth_split(released: Released, code: str) -> Block | Gap:
    """The parts of the change, each with its direction, to the krone."""
    chosen = released.where(municipality=code, definition="oekonomi_vaekst")
    require_comparable(chosen.table["definition"])
    rows = {row["measure"]: row for _, row in chosen.table.iterrows()}
    if not rows:
        return Gap("Ændringen kan ikke deles op: helårselever eller flere regnskabsår mangler.")
    total = rows["split_total"]
    first, last = total["period"].split("-")
    lead = (
        f"Fra {first} til {last} {_moved(total['estimate'])} udgifterne til specialundervisning"
        f"{_by(total['estimate'])} i {prices_of(chosen.table)}. Ændringen består af:"
    )
    if not total["estimate"]:
        lead = f"Udgifterne var de samme i {first} og {last}. Bag det ligger:"
    closing = (
        "De tre dele giver tilsammen hele ændringen på kronen. Delingen følger Bennets metode, som bruger gennemsnittet af "
        "første og sidste år. Den er et regnestykke og siger ikke, hvad årsagen var."
    )
    return Block(
        paragraphs(lead) + bullets([_part(rows[name], words) for name, words in _PARTS.items()]) + paragraphs(closing)
    )


@marked
def projection(released: Released, code: str) -> Block | Gap:
    """Where the line goes, its prediction interval against the last account, the residual and the slope."""
    own = released.where(municipality=code, group="").table
    ahead = own[own["measure"] == "projection"].sort_values("period")
    known = own[own["measure"] == "spending"].sort_values("period")
    if ahead.empty or known.empty:
        return Gap("Fremskrivningen kræver mindst fire regnskabsår.")
    prices_of(pd.concat([ahead, known]))
    end, last, first = ahead.iloc[-1], known.iloc[-1], known.iloc[0]
    sentences = [
        f"En lige linje gennem {first['period']} til {last['period']} når {value(end)} mio. kr. i {end['period']}. Følger "
        f"udgifterne linjen med samme udsving som hidtil, ligger et enkelt års udgift mellem {_between(end)} mio. kr. "
        f"(95 %-forudsigelsesinterval, som bygger på {number(len(known))} regnskabsår). {_against(end, last)}",
        f"{_residual(pick(own, measure='residual'))} {_slope(pick(own, measure='slope'))}".strip(),
    ]
    adjusted = own[own["measure"] == "pupil_adjusted"].sort_values("period")
    if len(adjusted):
        row = adjusted.iloc[-1]
        sentences.append(
            f"Følger udgiften kun elevtallet, og er udgiften pr. elev som i {last['period']}, bliver den {value(row)} mio. kr. i "
            f"{row['period']}. Det regnestykke har intet interval."
        )
    sentences.append(
        "Intervallet forudsætter, at udviklingen fortsætter i en ret linje, og at årene svinger lige meget og uafhængigt af "
        "hinanden. Udgifter hænger som regel sammen fra år til år, så intervallet er snarere for smalt. Linjen er hverken et "
        "budget eller en forventning."
    )
    return Block(paragraphs(*sentences))


@marked
def beside_ordinary(released: Released, code: str) -> Block | Gap:
    """The change over three years of special and ordinary spending, and the special share now and first."""
    own = released.where(municipality=code).table
    shares = own[own["measure"] == "spending_share"].sort_values("period")
    if shares.empty:
        return Gap("Udgifterne til almenområdet er ikke leveret for kommunen.")
    changes = {row["group"]: row for _, row in own[own["definition"] == "oekonomi_udgift_aendring"].iterrows()}
    sentences = []
    if {"specialundervisning", "almenområdet"} <= set(changes):
        special, ordinary = changes["specialundervisning"], changes["almenområdet"]
        first, last = special["period"].split("-")
        sentences.append(
            f"Fra {first} til {last} er udgifterne til specialundervisning {_grown(special)} og udgifterne til almenområdet "
            f"{_grown(ordinary)} i {prices_of(pd.DataFrame([special, ordinary]))}. {_faster(special, ordinary)}"
        )
    now, then = shares.iloc[-1], shares.iloc[0]
    sentences.append(
        f"Specialundervisningen var {percent(now['estimate'], int(now['decimals']))} af de to tilsammen i {now['period']} og "
        f"{percent(then['estimate'], int(then['decimals']))} i {then['period']}."
    )
    return Block(paragraphs(*sentences))


@marked
def unbound(released: Released, code: str) -> Block | Gap:
    """Unbound money per pupil now and first."""
    table = released.where(municipality=code, measure="unbound").table.sort_values("period")
    require_comparable(table["definition"])
    if table.empty:
        return Gap("Puljer, takster eller elevtal er ikke leveret for kommunen.")
    now, then = table.iloc[-1], table.iloc[0]
    first = f"I {now['period']} var de ikke-bundne midler {value(now)} kr. pr. elev i {prices_of(table)}."
    if now["period"] != then["period"]:
        course = {1: "mere end", -1: "mindre end", 0: "det samme som"}[_sign(now["estimate"] - then["estimate"])]
        first += f" Det er {course} i {then['period']}, hvor de var {value(then)} kr."
    closing = "Midlerne er det, skolerne har tilbage til inklusion, når de har betalt takst for elever, der er henvist til specialtilbud."
    return Block(paragraphs(first, closing))


@marked
def scenario(released: Released, code: str) -> Block | Gap:
    """What the moves free or cost in all, and how many full-year pupils the target is here."""
    own = released.where(municipality=code).table
    average, fixed = (pick(own, measure=name, group="i alt") for name in ("saving", "saving_fixed"))
    if average is None or fixed is None:
        return Gap("Scenariet kan ikke regnes for kommunen: tilbud, helårselever, elevtal eller udgifter mangler.")
    moves = own[own["measure"] == "moved"]
    moved = [f"{value(row)} helårspladser {row['group']}" for _, row in moves.iterrows()]
    lead = f"Scenariet flytter {listing(moved)}."
    money = f"{_freed(average)} {_freed_fixed(fixed)} Beløbene er i {prices_of(own)}."
    calibrated = "kalibrering" in str(average["note"])
    tail = _CALIBRATED if calibrated else _AVERAGES
    return Block(paragraphs(lead, money, _target(own), tail))


_CALIBRATED = (
    "Dette er en kalibrering, ikke dokumentation. Kilden trykker kun beløbene, og vi har valgt forskellene i enhedsudgift, så "
    "regnestykket giver kildens tal. Pladserne er også udledt. Derfor viser regnestykket kun, hvad kilden må have regnet med."
)
_AVERAGES = (
    "Regnestykket bruger gennemsnitlige udgifter i hvert tilbud. De elever, der er lettest at flytte, er som regel billigere end "
    "gennemsnittet, og derfor er beløbene snarere for store. Det siger intet om, hvilket tilbud der er bedst for eleverne."
)


def _between(row: pd.Series) -> str:
    decimals = int(row["decimals"])
    return f"{number(row['lower'], decimals)} og {number(row['upper'], decimals)}"


def _sign(amount: float) -> int:
    return int(amount > 0) - int(amount < 0)


def _moved(amount: float) -> str:
    return "steg" if amount > 0 else "faldt"


def _by(amount: float) -> str:
    return f" med {number(abs(amount))} kr." if amount else ""


def _grown(row: pd.Series, same: str = "uændrede") -> str:
    """A change in per cent as a participle."""
    if not row["estimate"]:
        return same
    return f"{'steget' if row['estimate'] > 0 else 'faldet'} {percent(abs(row['estimate']), int(row['decimals']))}"


def _change(row: pd.Series | None, first: str) -> str:
    if row is None:
        return ""
    if not row["estimate"]:
        return f"Det er det samme som i {first}."
    more = "mere" if row["estimate"] > 0 else "mindre"
    return f"Det er {percent(abs(row['estimate']), int(row['decimals']))} {more} end i {first}.".replace(
        "pct..", "pct."
    )


def _since(own: pd.DataFrame, first: str) -> str:
    """The change in full-year pupils and in unit cost since the first year."""
    named = (
        ("oekonomi_helaarsboern_aendring", "antallet af helårselever"),
        ("oekonomi_enhedsudgift_aendring", "udgiften pr. helårselev"),
    )
    rows = [(what, pick(own, definition=name)) for name, what in named]
    told = [f"{what} {_grown(row, 'uændret')}" for what, row in rows if row is not None]
    return finish(f"Siden {first} er {listing(told)}") if told else ""


def _part(row: pd.Series, words: tuple[str, str]) -> str:
    amount = row["estimate"]
    if not amount:
        return f"{words[0].split(' ')[0].capitalize()} eller {words[1]}: 0 kr."
    effect = "lægger" if amount > 0 else "trækker"
    end = "til" if amount > 0 else "fra"
    return f"{(words[0] if amount > 0 else words[1]).capitalize()} {effect} {number(abs(amount))} kr. {end}."


def _against(end: pd.Series, last: pd.Series) -> str:
    """The prediction interval beside the last account: only an interval wholly on one side says which way."""
    level = f"regnskabet for {last['period']} ({value(last)} mio. kr.)"
    if end["lower"] > last["estimate"]:
        return f"Hele intervallet ligger over {level}, så linjen peger på højere udgifter."
    if end["upper"] < last["estimate"]:
        return f"Hele intervallet ligger under {level}, så linjen peger på lavere udgifter."
    return f"Intervallet dækker {level}, så linjen kan ikke sige, om udgifterne bliver højere eller lavere."


def _residual(row: pd.Series | None) -> str:
    if row is None:
        return ""
    if not row["estimate"]:
        return f"Regnskabet for {row['period']} ligger på linjen."
    where = "over" if row["estimate"] > 0 else "under"
    lies = "lavere" if row["estimate"] > 0 else "højere"
    return (
        f"Regnskabet for {row['period']} ligger {number(abs(row['estimate']), int(row['decimals']))} mio. kr. {where} linjen, så "
        f"fremskrivningen ligger {lies}, end hvis den begyndte i det seneste regnskab."
    )


def _slope(row: pd.Series | None) -> str:
    if row is None:
        return ""
    told = f"Linjens hældning er {value(row)} mio. kr. om året (95 %-interval {ends(row)})."
    if row["lower"] <= 0 <= row["upper"]:
        return f"{told} Intervallet dækker nul, så en stigning kan ikke skelnes fra et fald."
    return f"{told} Hele intervallet ligger {'over' if row['lower'] > 0 else 'under'} nul."


def _faster(special: pd.Series, ordinary: pd.Series) -> str:
    difference = _sign(special["estimate"] - ordinary["estimate"])
    return {
        1: "Specialundervisningen fik altså en større del af pengene.",
        -1: "Specialundervisningen fik altså en mindre del af pengene.",
        0: "Forholdet mellem dem er det samme.",
    }[difference]


def _freed(row: pd.Series) -> str:
    amount = row["estimate"]
    if not amount:
        return "Det ændrer ikke udgifterne, hvis alle udgifter følger eleverne."
    what = "frigør" if amount > 0 else "koster"
    return (
        f"Det {what} {number(abs(amount), int(row['decimals']))} mio. kr. om året, hvis alle udgifter følger eleverne."
    )


def _freed_fixed(row: pd.Series) -> str:
    """Both ends free money, both cost money, or it cannot be told."""
    if row["lower"] > 0:
        return f"Bliver en del af udgifterne tilbage, frigør det {ends(row)} mio. kr."
    if row["upper"] < 0:
        decimals = int(row["decimals"])
        least, most = number(-row["upper"], decimals), number(-row["lower"], decimals)
        return f"Bliver en del af udgifterne tilbage, koster det {least} til {most} mio. kr."
    return f"Bliver en del af udgifterne tilbage, kan det både frigøre penge og koste penge ({ends(row)} mio. kr.)."


def _target(own: pd.DataFrame) -> str:
    fewer, share = pick(own, measure="target"), pick(own, measure="share_now")
    goal = own[(own["measure"] == "assumption") & own["group"].str.startswith("måltal")]
    step = pick(own, measure="target_step")
    if not is_shown(fewer) or fewer is None or share is None or goal.empty:
        return ""
    now, wanted = percent(share["estimate"]), percent(goal["estimate"].iloc[0])
    lead = f"Helårseleverne i specialtilbud svarer til {now} af alle elever. Måltallet er {finish(wanted)}"
    if share["estimate"] <= goal["estimate"].iloc[0]:
        told = "Kommunen er allerede på eller under måltallet."
    else:
        told = f"Vejen fra det ene til det andet er {value(fewer)} helårselever færre i specialtilbud her i kommunen."
        if pd.notna(fewer["lower"]):
            told += f" Andelen er afrundet i kilden, så det kan være alt mellem {_between(fewer)}."
    is_new = step is not None and value(step) != value(fewer)
    ahead = f" At gå {step['group']} svarer her til {value(step)} helårselever." if is_new and step is not None else ""
    return f"{lead} {told}{ahead}"
