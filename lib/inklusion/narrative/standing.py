"""Sentences about where a municipality stands. A difference is only claimed when its interval allows it."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.danish import count_word, listing, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, finish, is_shown, pick, share, side, value, whom

_OVER, _UNDER = "over", "under"
_AGAINST = "mod: "
_EVERYBODY = f"{_AGAINST}alle andre kommuner med tal"
_HIGHER = {_OVER: "højere end", _UNDER: "lavere end"}
_MOVED = {_OVER: "er steget", _UNDER: "er faldet"}


@marked
def differences(released: Released, code: str) -> Block | Gap:
    """Own share with counts, and for each group whether the municipality lies over, under, or cannot be told apart."""
    require_comparable(released.table["definition"])
    table = released.where(municipality=code).latest().table
    own = pick(table, measure="own_share")
    if own is None or not is_shown(own):
        return Gap("Antal elever er ikke trykt eller må ikke vises for kommunen, så der er ingen forskelle at vurdere.")
    name = name_of(code)
    entry = definition(own["definition"])
    lead = (
        f"Skoleåret {own['period']}: {number(float(own['numerator']))} af {number(float(own['denominator']))} elever med bopæl i "
        f"{name} er talt med, det vil sige {share(own)}. Definitionen er »{entry.name_da}«."
    )
    compared = table[table["measure"].isin(_COMPARED)]
    items = [_against(part, name) for _, part in compared.groupby(compared["group"].map(whom), sort=False)]
    if not items:
        return Block(
            paragraphs(lead, "Ingen af de grupper, kommunen plejer at blive sammenlignet med, har tal med antal.")
        )
    return Block(paragraphs(lead) + bullets(items) + paragraphs(_RULE))


_COMPARED = ("difference", "verdict", "others_share")
_RULE = (
    "En forskel får kun en dom, når intervallet holder sig på den ene side af nul, også efter at der er taget højde for, at alle "
    "kommuner bliver sammenlignet på én gang. Dommen siger, at forskellen næppe er tilfældig. Den siger ikke, hvad den skyldes."
)


def _against(part: pd.DataFrame, name: str) -> str:
    rows = {row["measure"]: row for _, row in part.iterrows()}
    others, difference, verdict = (rows[measure] for measure in ("others_share", "difference", "verdict"))
    group = whom(difference["group"])
    size = f"Forskellen er {value(difference)} procentpoint (95 %-interval {ends(difference)})"
    against = f"de andre har samlet {share(others)}"
    if verdict["note"] in _HIGHER:
        return f"Mod {group}: {name} ligger {_HIGHER[verdict['note']]} de andre; {against}. {size}."
    if side(difference, 0.0):
        return (
            f"Mod {group}: {against}. {size}. Intervallet ligger på den ene side af nul, men det fælles interval for alle kommuner "
            f"({ends(verdict)}) gør ikke, så {name} kan ikke sikkert skelnes fra de andre."
        )
    return f"Mod {group}: {name} kan ikke skelnes fra de andre; {against}. {size}."


@marked
def rank(released: Released, code: str) -> Block | Gap:
    """Which places in the row the municipality can have, and what is left of its share when it is drawn towards all."""
    require_comparable(released.table["definition"])
    table = released.where(municipality=code).latest().table
    place, own, drawn = (pick(table, measure=name) for name in ("rank", "own_share", "drawn_share"))
    if place is None or own is None or drawn is None or not is_shown(place):
        return Gap("Kommunen har ingen andel med antal, så den kan ikke få en plads i rækken.")
    low, high, ranked = int(place["lower"]), int(place["upper"]), place["note"].removeprefix("af ")
    where = f"nr. {low}" if low == high else f"nr. {low}-{high}"
    name = name_of(code)
    first = f"{name} er {where} af {ranked}, når nr. 1 har den laveste andel. Så stort er det samtidige 95 %-interval om pladsen."
    middle = pick(released.table, measure="rank_width", period=place["period"])
    wide = "" if middle is None else f" Den midterste kommunes interval rummer {value(middle)} pladser."
    if high - low + 1 == int(ranked):
        first = f"{name} kan have en hvilken som helst plads blandt de {ranked}: tallene kan ikke sige, hvor kommunen ligger i rækken."
    return Block(paragraphs(first + wide, _drawn(own, drawn)))


def _drawn(own: pd.Series, drawn: pd.Series) -> str:
    """What is left of the share when small municipalities are drawn towards all."""
    lead = "Små kommuners andele svinger mest."
    if pd.isna(drawn["lower"]):
        return (
            f"{lead} Kommunerne spreder sig her ikke mere, end tilfældet giver, så trukket mod alle kommuner samlet bliver hver "
            f"andel til den samme, {share(drawn)}"
        )
    return finish(
        f"{lead} Trækker man andelen mod alle kommuner samlet, bliver {share(own)} til {share(drawn, interval='interval')}"
    )


@marked
def funnel(released: Released, code: str) -> Block | Gap:
    """Inside or outside the funnel, whose limits are widened for over-dispersion."""
    require_comparable(released.table["definition"])
    everything = released.where(measure=["funnel_position", "funnel_limit"]).latest().table
    table = everything[everything["measure"] == "funnel_position"]
    own = table[table["municipality"] == code].sort_values("confidence")
    if own.empty:
        return Gap("Kommunen kan ikke placeres i en tragtfigur, fordi antal elever ikke er trykt eller ikke må vises.")
    near, far = own.iloc[0], own.iloc[-1]
    words = {"above": "over", "below": "under"}
    name, counted = name_of(code), table["municipality"].nunique()
    wider = everything.loc[everything["measure"] == "funnel_limit", "note"].astype(float).max() > 1
    limits = "de grænser, der er gjort bredere for overspredning" if wider else "grænserne"
    if near["note"] == "within":
        first = (
            f"{name} ligger inden for {limits}, så andelen kan ikke skelnes fra de {number(counted)} kommuner samlet."
        )
    elif far["note"] == "within":
        first = f"{name} ligger {words[near['note']]} {limits} på 95 %, men inden for dem på 99,8 %."
    else:
        first = f"{name} ligger {words[far['note']]} {limits}, både på 95 % og på 99,8 %."
    outside = int(((table["confidence"] == near["confidence"]) & (table["note"] != "within")).sum())
    second = (
        f"{_word(outside).capitalize()} af {number(counted)} kommuner ligger uden for 95 %-grænserne. "
        "Omkring hver tyvende kunne gøre det ved et rent tilfælde, hvis alle kommuner i virkeligheden lå ens."
    )
    return Block(paragraphs(first, second))


@marked
def similar(neighbours: Released, code: str) -> Block | Gap:
    """Who the most similar municipalities are, and how firmly."""
    own = neighbours.where(municipality=code).table
    found = own[own["measure"] == "neighbour"]
    if found.empty:
        return Gap("Kommunen har for få baggrundstal til, at vi kan finde kommuner, der ligner.")
    names = listing(name_of(other) for other in found["note"])
    first = (
        f"De {count_word(len(found))} kommuner, der ligner {name_of(code)} mest, er {names}. Ligheden er målt ved "
        f"{found['method'].iloc[0]}."
    )
    changed = own[own["measure"] == "changed_without"]
    if changed.empty:
        return Block(paragraphs(first))
    most = changed.sort_values("estimate", kind="stable").iloc[-1]
    moved = int(most["estimate"])
    second = (
        "Listen er den samme, hvilken af variablerne man end udelader."
        if moved == 0
        else f"Listen er ikke fast: udelader man »{definition(most['group']).name_da}«, skiftes {count_word(moved)} af dem ud, og det "
        "er det meste, en enkelt variabel kan flytte."
    )
    return Block(paragraphs(first, second))


@marked
def combinations(released: Released, code: str) -> Block | Gap:
    """In how many registered combinations the municipality lies below, and how many of them are sure."""
    own = released.where(municipality=code).table
    total, country, below, above = (
        pick(own, measure=name) for name in ("below_any", "below_country", "surely_below", "surely_above")
    )
    if total is None or below is None or above is None:
        return Gap("Ingen af udgavens opgørelser kan sammenlignes med andre for kommunen.")
    name, counted = name_of(code), int(total["denominator"])
    sentences = [
        f"Udgavens tal tillader {count_word(counted)} {'opgørelse' if counted == 1 else 'opgørelser'} for {name}. Kommunen ligger "
        f"under dem, den sammenlignes med, i {_so_many(int(total['numerator']), counted)}."
    ]
    if country is not None:
        sentences.append(
            f"Mod hele landet ligger den under i {_so_many(int(country['numerator']), int(country['denominator']))}."
        )
    sentences.append(_surely(int(below["numerator"]), int(above["numerator"])))
    closing = (
        "Opgørelserne bygger på de samme elever, så de er ikke uafhængige vidner. Andelen viser, hvor meget svaret hænger på, "
        "hvordan man regner, og er ingen sandsynlighed."
    )
    return Block(paragraphs(" ".join(sentences), closing))


def _so_many(below: int, counted: int) -> str:
    if counted == 1:
        return "den ene opgørelse, der er" if below else "ingen af dem"
    return "alle" if below == counted else f"{_word(below)} af {count_word(counted)}"


def _word(counted: int) -> str:
    return count_word(counted) if counted else "ingen"


def _surely(below: int, above: int) -> str:
    """How many combinations are more than a position."""
    rest = "I resten kan forskellen være tilfældig, eller antallet er ikke oplyst."
    if not below and not above:
        return "Ingen af dem er sikker: forskellen kan være tilfældig, eller antallet er ikke oplyst."
    return f"Hele intervallet ligger under nul i {_word(below)} af dem og over nul i {_word(above)}. {rest}"


@marked
def change(trends: Released, standing_of: Released, code: str) -> Block | Gap:
    """Change since the first year, and whether the municipality is both apart from the others and moving."""
    own = trends.where(municipality=code).table
    changes = own[own["measure"] == "change"]
    slopes = own[own["measure"] == "slope"]
    if own.empty:
        return Gap("Der er ikke tal nok fra flere år til at vise en udvikling for kommunen.")
    sentences = [_changed(row, own, trends.table, name_of(code)) for _, row in changes.iterrows()]
    sentences += [_slope(row, name_of(code)) for _, row in slopes.iterrows()]
    both = [
        _both(row, own, standing_of.where(municipality=code).latest().table, name_of(code))
        for _, row in changes.iterrows()
    ]
    return Block(paragraphs(*sentences, *both))


def _changed(row: pd.Series, own: pd.DataFrame, everyone: pd.DataFrame, name: str) -> str:
    verdict = pick(own, measure="change_verdict", definition=row["definition"])
    assert verdict is not None
    moved = (
        f"{definition(row['definition']).name_da}, {row['group']} til {row['period']}: ændringen i {name} er {value(row)} "
        f"procentpoint (95 %-interval {ends(row)})."
    )
    if verdict["note"] in _MOVED:
        told = f"Andelen {_MOVED[verdict['note']]}, også når der er taget højde for, at alle kommuner er undersøgt på én gang."
    elif side(row, 0.0):
        told = (
            "Intervallet ligger på den ene side af nul, men det fælles interval for alle kommuner gør ikke, så ændringen er ikke "
            "sikker nok til en dom."
        )
    else:
        told = "Det kan ikke skelnes fra ingen ændring."
    country = pick(everyone[everyone["municipality"] == COUNTRY], measure="change", definition=row["definition"])
    beside = "" if country is None else f" I hele landet er den {value(country)} procentpoint ({ends(country)})."
    return f"{moved} {told}{beside}"


def _slope(row: pd.Series, name: str) -> str:
    entry = definition(row["definition"])
    moved = side(row, 0.0)
    told = {1: "stiger", -1: "falder"}.get(moved, "")
    claim = f"andelen {told} gennem perioden" if told else "det kan ikke afgøres, om andelen stiger eller falder"
    return (
        f"{entry.name_da}, {name}, {row['group']} til {row['period']}: hældningen er {value(row)} procentpoint pr. år (95 %-interval "
        f"{ends(row)}), så {claim}. Metode: {row['method']}."
    )


def _both(row: pd.Series, own: pd.DataFrame, standing_rows: pd.DataFrame, name: str) -> str:
    """Significantly apart and moving further away: only when both verdicts say so."""
    moved = pick(own, measure="change_verdict", definition=row["definition"])
    apart = pick(standing_rows, measure="verdict", definition=row["definition"], group=_EVERYBODY)
    if moved is None or apart is None or moved["note"] != apart["note"] or moved["note"] not in _MOVED:
        return ""
    level = "højere" if moved["note"] == _OVER else "lavere"
    return (
        f"{name} ligger altså både {level} end de andre kommuner samlet og {_MOVED[moved['note']].split()[-1]} i perioden. Om det er "
        "godt eller dårligt, afgør tallet ikke selv."
    )
