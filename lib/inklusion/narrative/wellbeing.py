"""Sentences about the pupils' wellbeing. A change is only told where its interval, corrected for many tests, allows it."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.contracts.surveys import label_of
from inklusion.danish import count_word, listing, number, percent
from inklusion.disclosure.release import SHOWN, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, finish, is_shown, pick, share, side, value

_GENERAL, _ITEM = "trivsel_generel", "trivsel_spoergsmaal"
_UP, _DOWN = "steget", "faldet"
_MOST_LISTED = 5


@marked
def response(released: Released, code: str) -> Block | Gap:
    """How many answered in the last year, beside the country, and who stayed away more often."""
    table = released.latest().table
    own, country = (pick(table, municipality=place, group="") for place in (code, COUNTRY))
    if own is None:
        return Gap("Der er ingen trivselsmåling for kommunen.")
    if not is_shown(own):
        return Gap("Antallet af svar vises ikke for kommunen, fordi det kunne røbe en lille gruppe.")
    name = name_of(code)
    lead = (
        f"I skoleåret {own['period']} svarede {number(float(own['numerator']))} af de {number(float(own['denominator']))} elever i "
        f"{name}, som skulle svare. Det er {percent(own['estimate'], 1)}"
    )
    if country is not None and is_shown(country):
        lead += f", og i hele landet var det {percent(country['estimate'], 1)}"
    groups = table[(table["municipality"] == code) & (table["group"] != "") & (table["status"] == SHOWN)]
    told = [f"{label_of(row['group'])} {percent(row['estimate'], 1)}" for _, row in groups.iterrows()]
    away = f"Svarprocenten for grupperne er: {listing(told)}" if told else ""
    weigh = (
        "Gennemsnittene for generel trivsel er vægtet, så hvert klassetrin og hvert køn tæller som blandt alle, der skulle svare. "
        "Vægten retter ikke op på, hvis de elever, der ikke svarede, har det anderledes end andre af samme køn og klassetrin."
    )
    return Block(paragraphs(finish(lead), finish(away) if away else "", weigh))


@marked
def general(means: Released, trends: Released, code: str) -> Block | Gap:
    """General wellbeing in the last year, the change since the year before, what could have been seen, and the slope."""
    now = pick(means.latest().table, municipality=code, definition=_GENERAL, measure="mean", unit="", group="")
    if now is None or not is_shown(now):
        return Gap("Kommunens generelle trivsel vises ikke.")
    name, table = name_of(code), trends.where(municipality=code, definition=_GENERAL).table
    year, smallest, first = (pick(table, measure=one) for one in ("change_year", "smallest_change", "change_first"))
    lead = (
        f"I skoleåret {now['period']} var den generelle trivsel i {name} {value(now)} på en skala fra 1 til 5 (95 %-interval {ends(now)}). "
        f"Tallet bygger på svar fra {number(float(now['denominator']))} elever."
    )
    told = [lead, _moved(year, "siden skoleåret før"), _seen(smallest), _moved(first, _since(first))]
    return Block(
        paragraphs(*told, _slope(pick(table, measure="slope")), _against(pick(table, measure="slope_to_country"), name))
    )


def _moved(row: pd.Series | None, since: str) -> str:
    if row is None:
        return f"Ændringen {since} kan ikke vurderes, for der mangler svar fra et af årene."
    size = f"forskellen er {value(row)} (95 %-interval {ends(row)})"
    if row["note"] in (_UP, _DOWN):
        return f"Den generelle trivsel er {row['note']} {since}; {size}."
    if side(row, 0.0):
        return (
            f"Alene set ligger ændringen {since} uden for det tilfældige; {size}. Når der tages højde for, at flere skalaer er "
            "undersøgt, kan den ikke skelnes fra ingen ændring."
        )
    return f"Ændringen {since} kan ikke skelnes fra ingen ændring; {size}."


def _since(row: pd.Series | None) -> str:
    started = "" if row is None else row["method"].rpartition("fra ")[2]
    return f"fra {started} til det seneste skoleår" if started else "siden det første år"


def _seen(row: pd.Series | None) -> str:
    if row is None:
        return ""
    return (
        f"Med så mange elever skulle ændringen på et år have været mindst {value(row)}, før den ville være blevet opdaget i fire af fem "
        "tilfælde. En mindre ændring kan altså være sket, uden at målingen viser det."
    )


def _slope(row: pd.Series | None) -> str:
    if row is None:
        return "Der er ikke år nok uden for COVID-19-årene til at sige noget om en retning."
    size = f"hældningen er {value(row)} om året (95 %-interval {ends(row)})"
    where = side(row, 0.0)
    if where:
        return f"Over årene, uden COVID-19-årene, peger gennemsnittene {'opad' if where > 0 else 'nedad'}; {size}."
    return f"Over årene, uden COVID-19-årene, kan ingen retning skelnes; {size}."


def _against(row: pd.Series | None, name: str) -> str:
    if row is None:
        return ""
    size = f"forskellen i hældning er {value(row)} om året (95 %-interval {ends(row)})"
    where = side(row, 0.0)
    if where:
        return f"Skolerne i {name} har udviklet sig {'bedre' if where > 0 else 'dårligere'} end landets; {size}."
    return f"Skolernes udvikling i {name} kan ikke skelnes fra landets; {size}."


@marked
def scales(trends: Released, code: str) -> Block | Gap:
    """Which scales have changed since the year before, when all are judged together."""
    table = trends.where(municipality=code, measure="change_year", definition="trivsel_skala").table
    if table.empty:
        return Gap("Ændringen fra år til år kan ikke vurderes for skalaerne.")
    return Block(_changed(table, "indikatorer", "point"))


@marked
def items(trends: Released, code: str) -> Block | Gap:
    """Which items have changed since the year before, when all are judged together."""
    table = trends.where(municipality=code, measure="change_year", definition=_ITEM).table
    if table.empty:
        return Gap("Ændringen fra år til år kan ikke vurderes for spørgsmålene.")
    return Block(_changed(table, "spørgsmål", "procentpoint"))


def _changed(table: pd.DataFrame, what: str, unit: str) -> str:
    moved = table[table["note"].isin([_UP, _DOWN])]
    rule = (
        "Jo flere man undersøger, desto flere ser ud til at ændre sig ved et tilfælde. Derfor er dommen rettet for, at alle er "
        "undersøgt på én gang (Holms metode)."
    )
    if moved.empty:
        return paragraphs(
            f"Ingen af de {len(table)} {what} har en ændring siden skoleåret før, der er større end det tilfældige. {rule}"
        )
    largest = moved.reindex(moved["estimate"].abs().sort_values(ascending=False).index)
    listed = [
        f"{label_of(row['group'])}: {row['note']} med {number(abs(row['estimate']), int(row['decimals']))} {unit} (95 %-interval {ends(row)})"
        for _, row in largest.iterrows()
    ]
    return paragraphs(f"Af {len(table)} {what} har disse ændret sig siden skoleåret før. {rule}") + bullets(listed)


@marked
def low(released: Released, code: str) -> Block | Gap:
    """Pupils with low general wellbeing in the last year, beside the country."""
    table = released.where(definition="trivsel_lav").latest().table
    groups = list(dict.fromkeys(table["group"]))
    if not groups:
        return Gap("Der er ingen tal for lav trivsel i kommunen.")
    last = groups[-1]
    own, country = (pick(table, municipality=place, group=last) for place in (code, COUNTRY))
    if own is None or not is_shown(own):
        return Gap("Antallet af elever med lav trivsel vises ikke for kommunen, fordi gruppen er lille.")
    text = (
        f"På skalaen »{label_of(last)}« har {number(float(own['numerator']))} af {number(float(own['denominator']))} elever i "
        f"{name_of(code)} lav trivsel, det vil sige {share(own)}."
    )
    beside = f"I hele landet er det {share(country)}." if country is not None and is_shown(country) else ""
    return Block(paragraphs(f"{text} {beside}".strip()))


@marked
def schools(trends: Released, code: str) -> Block | Gap:
    """Which schools' wellbeing has changed; never an order of schools."""
    table = trends.where(municipality=code, measure="change_school").table
    if table.empty:
        return Gap("Ændringen på de enkelte skoler kan ikke vurderes.")
    moved = table[table["note"].isin([_UP, _DOWN])]
    total = f"{count_word(len(table))} {'skole' if len(table) == 1 else 'skoler'}"
    rule = (
        "En skoles gennemsnit svinger fra år til år, også når intet er ændret, fordi der er nye elever og tilfældige udsving. Det er "
        "regnet med i intervallerne, som holder for alle kommunens skoler på én gang."
    )
    if moved.empty:
        return Block(
            paragraphs(f"Af {total} har ingen en ændring siden året før, der er større end det tilfældige. {rule}")
        )
    listed = listing(f"{row['unit']} ({row['note']} med {number(abs(row['estimate']), 2)}, 95 %-interval {ends(row)})"
                     for _, row in moved.iterrows())  # fmt: skip
    return Block(paragraphs(f"Af {total} er ændringen siden året før større end det tilfældige for: {listed}. {rule}"))


@marked
def quality(released: Released) -> Block | Gap:
    """Where the variance lies, and how reliable the scales are, in plain words."""
    table = released.where(municipality=COUNTRY).table
    parts = {name: pick(table, measure=f"between_{name}") for name in ("municipalities", "schools", "pupils")}
    omega = table[table["measure"] == "omega"]
    if parts["municipalities"] is None or omega.empty:
        return Gap("Der er ingen trivselsmåling.")
    shares = {name: percent(row["estimate"], 1) for name, row in parts.items() if row is not None}
    classes = pick(table, measure="between_classes")
    where = "klasse" if classes is not None and is_shown(classes) else "skole"
    variation = (
        f"{shares['municipalities']} af forskellene i elevernes trivsel ligger mellem kommuner, {shares['schools']} mellem skoler i "
        f"samme kommune og {shares['pupils']} mellem elever i samme {where}. Et gennemsnit for en kommune er ikke et tal for "
        "den enkelte elev."
    )
    lowest = omega.loc[omega["estimate"].idxmin()]
    reliability = (
        f"Den mindst pålidelige skala er »{label_of(lowest['group'])}« med omega {value(lowest)} (95 %-interval {ends(lowest)}). Omega "
        "går fra 0 til 1, og over 0,7 regnes for nok til at sammenligne grupper."
    )
    return Block(paragraphs(variation, reliability))
