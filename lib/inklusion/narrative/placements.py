"""Sentences about full-year pupils, transitions, returns and activity after school."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.danish import listing, number, percent
from inklusion.definitions import require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, share, side, value

_TO_ORDINARY = ("fra mellemform: til almen", "fra specialklasse: til almen", "fra specialskole: til almen")
_SUPPORT = "offentlig forsørgelse"
_RETURNED, _SPECIAL = "tilbage i almenklasse", "specialtilbud"
_WHO = {_RETURNED: "var kommet tilbage til en almenklasse", _SPECIAL: "sluttede grundskolen i et specialtilbud"}


@marked
def full_year_pupils(released: Released, code: str) -> Block | Gap:
    """The latest year's full-year pupils, the years before, and how far one pupil moves the number."""
    chosen = released.where(measure="full_year", municipality=code)
    require_comparable(chosen.table["definition"])
    whole = chosen.table[chosen.table["group"] == ""].sort_values("period")
    if whole.empty:
        return Gap("Registret dækker ingen hele kalenderår med placeringer, så helårselever kan ikke regnes ud.")
    row, name = whole.iloc[-1], name_of(code)
    if row["status"] in HIDDEN:
        first = f"Antal helårselever i {row['period']} vises ikke for {name}, fordi det kunne røbe en lille gruppe."
    else:
        first = (
            f"I {row['period']} svarede elevernes dage i specialtilbud til {value(row)} helårselever i {name}. Dagene var "
            f"fordelt på {number(float(row['numerator']))} forskellige elever."
        )
    earlier = whole.iloc[:-1]
    told = earlier[~earlier["status"].isin(HIDDEN)]
    untold = earlier[earlier["status"].isin(HIDDEN)]
    values = listing(f"{value(other)} i {other['period']}" for _, other in told.iterrows())
    before = [f"Før det var tallet {values}."] if values else []
    before += [f"Tallet for {listing(untold['period'])} vises ikke."] if len(untold) else []
    closing = (
        "Tallet er en fuld optælling, så det har intet sikkerhedsinterval. Én elev mere eller mindre i et helt år flytter "
        "det med én, og derfor siger små udsving intet om kommunens praksis."
    )
    return Block(paragraphs(" ".join([first, *before]), closing))


@marked
def transitions(released: Released, code: str) -> Block | Gap:
    """How many came back to ordinary classes from one school year to the next, beside the country."""
    chosen = released.where(definition="overgang", municipality=[code, COUNTRY])
    rows = {(row["municipality"], row["group"]): row for _, row in chosen.table.iterrows()}
    own = [group for group in _TO_ORDINARY if (code, group) in rows]
    if chosen.is_empty:
        return Gap("Overgange vises ikke: ingen elever kan følges fra det ene skoleår til det næste.")
    if not own:
        return Block(
            paragraphs(
                f"Overgange vises ikke for {name_of(code)} alene: for få elever kan følges fra hvert tilbud til det næste "
                "skoleår. Tabellen viser hele landet."
            )
        )
    items = [_transition(rows[code, group], rows.get((COUNTRY, group)), code) for group in own]
    lead = "Så mange elever gik i almenklasse skoleåret efter:"
    closing = (
        "De andre elever blev i tilbuddet eller gik videre til et andet. Tallene viser kun elever, som er i registret i "
        "begge år."
    )
    return Block(paragraphs(lead) + bullets(items) + paragraphs(closing))


@marked
def returns(released: Released, code: str) -> Block | Gap:
    """The share back within three years against the country's, and why Kaplan-Meier's number is higher."""
    chosen = released.where(definition="tilbage_tre_aar", municipality=[code, COUNTRY], group="")
    rows = {(row["municipality"], row["measure"]): row for _, row in chosen.table.iterrows()}
    row, country = (rows.get((place, "cumulative_incidence")) for place in (code, COUNTRY))
    if row is None:
        return Gap(
            "Ingen elever fra kommunen begyndte i et specialtilbud i 0.-6. klasse, eller registret siger ikke, hvad der kom efter."
        )
    name = name_of(code)
    if row["status"] in HIDDEN:
        first = f"Andelen vises ikke for {name}, fordi den kunne røbe en lille gruppe."
    elif pd.isna(row["estimate"]):
        first = f"Andelen er ikke regnet ud for {name}: {row['note']}."
    else:
        first = (
            f"Af de {number(float(row['denominator']))} elever fra {name}, der i {row['period']} begyndte i et specialtilbud i "
            f"0.-6. klasse, var {share(row)} tilbage i en almenklasse inden for tre år."
        )
    sentences = [first]
    if country is not None and pd.notna(country["estimate"]):
        against = "" if pd.isna(row["estimate"]) else f" {_against(name, row, country)}"
        sentences.append(f"I hele landet er andelen {share(country)}.{against}")
        sentences += _naive(country, rows.get((COUNTRY, "kaplan_meier")))
    return Block(paragraphs(*sentences))


@marked
def after_school(released: Released, code: str) -> Block | Gap:
    """Public support in the two groups, the country's raw difference, and what it cannot say."""
    chosen = released.where(definition="aktivitet_5_aar", municipality=[code, COUNTRY])
    require_comparable(chosen.table["definition"])
    shares = chosen.table[chosen.table["measure"] == "share"]
    rows = {(row["municipality"], row["group"]): row for _, row in shares.iterrows()}
    groups = [f"{who}: {_SUPPORT}" for who in (_RETURNED, _SPECIAL)]
    items = [_support(rows[place, group]) for place in (code, COUNTRY) for group in groups if (place, group) in rows]
    if not items:
        return Gap("Registret har ingen tidligere elever, som har gået i et specialtilbud.")
    lead = "Så mange tidligere elever var på offentlig forsørgelse fem år efter grundskolen:"
    difference = chosen.table[chosen.table["measure"] == "difference"]
    raw = [_difference(row) for _, row in difference.iterrows()]
    return Block(paragraphs(lead) + bullets(items) + paragraphs(*raw, _CANNOT_SAY))


_CANNOT_SAY = (
    "Forskellen kan ikke læses som en virkning af at komme tilbage. Elever, forældre og kommuner har valgt, hvem der kom "
    "tilbage, og de elever havde måske mindre brug for støtte fra begyndelsen. Derfor siger tallene ikke, hvordan det ville "
    "gå en elev i specialtilbud, hvis eleven flyttede til en almenklasse."
)


def _transition(row: pd.Series, country: pd.Series | None, code: str) -> str:
    start = row["group"].split(": ")[0].capitalize()
    is_hidden = row["status"] in HIDDEN
    own = "vises ikke." if is_hidden else f"{share(row)} af {number(float(row['denominator']))} elever."
    if country is None or pd.isna(country["estimate"]):
        return f"{start}: {own}"
    against = "" if is_hidden else f" {_against(name_of(code), row, country)}"
    return f"{start}: {own} Hele landet: {percent(country['estimate'], int(country['decimals']))}{against}"


def _naive(country: pd.Series, row: pd.Series | None) -> list[str]:
    """The other estimate is mentioned only where it is shown and larger."""
    if row is None or pd.isna(row["estimate"]) or not row["estimate"] > country["estimate"]:
        return []
    return [
        f"Regner man, som om elever, der flytter eller går ud af skolen, blot var ude af syne (Kaplan-Meier), bliver landets "
        f"andel {percent(row['estimate'], int(row['decimals']))} Det tal er for højt, for det regner, som om de elever "
        "ville være vendt tilbage i samme takt som de andre."
    ]


def _support(row: pd.Series) -> str:
    who = row["group"].split(": ")[0]
    lead = f"{name_of(row['municipality'])}, elever, der {_WHO[who]}:"
    if row["status"] in HIDDEN:
        return f"{lead} vises ikke."
    return f"{lead} {share(row)} af {number(float(row['denominator']))} tidligere elever."


def _difference(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return "Forskellen mellem de to grupper i hele landet vises ikke."
    if side(row, 0) == 0:
        return f"I hele landet kan de to grupper ikke skelnes: forskellens 95 %-interval ({ends(row)} procentpoint) dækker nul."
    which = "højere" if row["estimate"] > 0 else "lavere"
    return (
        f"I hele landet er andelen på offentlig forsørgelse {which} blandt dem, der sluttede i et specialtilbud, end blandt dem, "
        f"der var kommet tilbage. Forskellen er {value(row)} procentpoint (95 %-interval {ends(row)})."
    )


def _against(name: str, row: pd.Series, country: pd.Series) -> str:
    """The verdict: the own interval holds the country's value or lies wholly on one side."""
    where = side(row, country["estimate"])
    if where == 0:
        return f"{name} kan ikke skelnes fra landet: intervallet dækker begge sider."
    words = ("højere", "over") if where > 0 else ("lavere", "under")
    return f"{name} ligger {words[0]} end landet: hele intervallet ligger {words[1]}."
