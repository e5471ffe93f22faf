"""Sentences about observed and expected shares, estimated risk, single risk factors and groups of pupils."""

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.danish import count_word, listing, number, percent
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.measures.disproportionality import GROUP_UNDER, OTHERS_UNDER
from inklusion.municipalities import COUNTRY, name_of
from inklusion.narrative.marks import marked
from inklusion.narrative.wording import ends, finish, is_pooled, is_shown, periods, pick, share, side, value, when

_OVER, _UNDER = "over", "under"
_STANDING = {_OVER: "ligger over det forventede", _UNDER: "ligger under det forventede"}
_UNCLEAR = "kan ikke skelnes fra det forventede"
_WITHOUT = "_without_practice"
_LIMITS = "grænse"
_POPULATION = {"risiko_alle": "alle elever", "risiko_almen": "eleverne i almenklasser"}
_MEMBERS = {
    "dreng": "drenge",
    "pige": "piger",
    "dansk": "elever med dansk herkomst",
    "indvandrer": "indvandrere",
    "efterkommer": "efterkommere",
}
_LAST_EDGE = 90


@marked
def observed_expected(released: Released, code: str) -> Block | Gap:
    """Observed against expected with a verdict for each period. Takes all municipalities: the verdict counts them."""
    require_comparable(released.table["definition"])
    table = released.table[released.table["unit"] == ""]
    own = table[table["municipality"] == code]
    if own[own["measure"] == "verdict"].empty:
        return Gap("Udgaven har ingen forventet andel for kommunen.")
    tested = table[(table["measure"] == "verdict") & (table["municipality"] != COUNTRY)]["municipality"].nunique()
    found = [own[own["period"] == period] for period in periods(own)]
    known = [pick(part, measure="verdict") for part in found]
    words = {row["note"] for row in known if row is not None and is_shown(row)}
    disagree = (
        "Opgørelserne giver ikke samme dom. Flere år sammen er mere sikre, men de tager også ældre praksis med."
        if len(words) > 1
        else ""
    )
    counted = definition(own["definition"].iloc[0]).name_da
    standing = [_standing(part, name_of(code), tested) for part in found]
    return Block(paragraphs(f"Tallene gælder {counted[0].lower()}{counted[1:]}.", *standing, disagree))


def _standing(part: pd.DataFrame, name: str, tested: int) -> str:
    rows = {row["measure"]: row for _, row in part.iterrows()}
    verdict = rows["verdict"]
    needed = [rows.get(measure) for measure in ("share", "expected", "difference", "ratio", "verdict")]
    if any(row is not None and row["status"] in HIDDEN for row in needed):
        return f"{when(verdict)}: tallene for {name} vises ikke, fordi de kunne røbe en lille gruppe."
    if not all(is_shown(row) for row in needed):
        return f"{when(verdict)}: den forventede andel for {name} kan ikke regnes ud."
    observed, expected, difference, ratio = (rows[measure] for measure in ("share", "expected", "difference", "ratio"))
    years = " (en elev tæller med hvert år)" if is_pooled(verdict) else ""
    return (
        f"{when(verdict)}: {name} {_STANDING.get(verdict['note'], _UNCLEAR)}. {number(float(observed['numerator']))} af "
        f"{number(float(observed['denominator']))} elever med bopæl i kommunen er talt med{years}, det vil sige "
        f"{share(observed)}. Forventet var {share(expected, interval='modellens interval')}. Forskellen er "
        f"{value(difference)} procentpoint (95 %-interval {ends(difference)}), og den observerede andel er {value(ratio)} "
        f"gange den forventede ({ends(ratio)}). {_reason(verdict, difference, tested)}"
    )


def _reason(verdict: pd.Series, difference: pd.Series, tested: int) -> str:
    """Why the verdict is what it is: the interval alone, or the correction for looking at many municipalities."""
    rule = f"{number(tested)} kommuner er undersøgt på én gang ({verdict['method']})"
    if verdict["note"] in _STANDING:
        return f"Dommen holder, også når der er taget højde for, at {rule}."
    if side(difference, 0.0):
        return (
            "Kommunens eget interval ligger på den ene side af nul. Men dommen tager højde for, at "
            f"{rule}, for så falder nogle udenfor ved et tilfælde. Derfor er forskellen ikke sikker nok til en dom."
        )
    return "Intervallet om forskellen udelukker ikke nul."


@marked
def local_practice(released: Released, code: str) -> Block | Gap:
    """Whether the verdict depends on covariates that may themselves be results of local practice."""
    require_comparable(released.table["definition"])
    own = released.where(municipality=code, unit="").table
    sentences, same = [], True
    for period in periods(own):
        rows = {row["measure"]: row for _, row in own[own["period"] == period].iterrows()}
        names = ("verdict", f"verdict{_WITHOUT}", "expected", f"expected{_WITHOUT}")
        if not all(is_shown(rows.get(name)) for name in names):
            continue
        both, bare, expected, expected_bare = (rows[name] for name in names)
        at = f"Forventet er {share(expected, interval='interval')} med dem og {share(expected_bare, interval='interval')} uden"
        if both["note"] == bare["note"]:
            verdict = "dommen er den samme med og uden dem"
        else:
            same = False
            verdict = (
                "dommen afhænger af dem. Med dem "
                f"{_STANDING.get(both['note'], _UNCLEAR).replace(' ', f' {name_of(code)} ', 1)}, uden dem "
                f"{_STANDING.get(bare['note'], _UNCLEAR).replace(' ', f' {name_of(code)} ', 1)}"
            )
        sentences.append(f"{when(both)}: {verdict}. {finish(at)}")
    if not sentences:
        return Gap("De to modeller kan ikke sammenlignes for kommunen, fordi tallene ikke vises.")
    lead = "Nogle oplysninger kan selv være et resultat af lokal praksis, så modellen er regnet med og uden dem."
    return Block(paragraphs(lead, *sentences, _SAME if same else _DIFFERENT))


_SAME = (
    "Dommen hænger altså ikke på, om modellen kender for eksempel diagnoser og tidligere foranstaltninger. Det gør den mere "
    "sikker på dette ene punkt, men ikke på andre."
)
_DIFFERENT = (
    "Når dommen skifter, kan det have to grunde. Oplysningerne, for eksempel diagnoser, kan vise et behov, som de andre "
    "oplysninger ikke fanger. De kan også afhænge af kommunens egen praksis, og så skjuler modellen noget af det, den "
    "skulle måle. Tallene kan ikke afgøre hvilket, så ingen af de to domme bør stå alene."
)


@marked
def district_verdicts(released: Released, code: str) -> Block | Gap:
    """How many school districts lie over, under or cannot be told apart, in the longest period."""
    require_comparable(released.table["definition"])
    everything = released.where(municipality=code, measure=["verdict", "difference"]).table
    table = everything[(everything["measure"] == "verdict") & ~everything["unit"].isin(["", _LIMITS])]
    if table.empty:
        return Gap("Registret har ingen skoledistrikter i kommunen.")
    table = table[table["period"] == periods(table)[-1]]
    if len(table) == 1:
        return Block(paragraphs("Kommunen har kun ét skoledistrikt, så tallene siger det samme som for hele kommunen."))
    is_known = [is_shown(row) for _, row in table.iterrows()]
    known, hidden = table[is_known], int(table["status"].isin(HIDDEN).sum())
    named = {verdict: list(known.loc[known["note"] == verdict, "unit"]) for verdict in _STANDING}
    unclear = len(known) - sum(map(len, named.values()))
    told = [f"{listing(units)} {_STANDING[verdict]}." for verdict, units in named.items() if units]
    all_of_them = f"{when(table.iloc[0])}: kommunen har {count_word(len(table))} skoledistrikter i registret."
    if unclear and told:
        told.append(f"{_so_many(unclear).capitalize()} {_UNCLEAR}.")
    elif unclear:
        told.append(f"Ingen af dem ligger sikkert over eller under: {_so_many(unclear)} {_UNCLEAR}.")
    near = _alone(everything, table["period"].iloc[0], list(known.loc[~known["note"].isin(list(_STANDING)), "unit"]))
    if near:
        told.append(
            f"{_so_many(near).capitalize()} af dem har ganske vist et interval, der ligger på den ene side af nul, men "
            "så mange falder let udenfor ved et tilfælde, når der er mange distrikter."
        )
    if hidden:
        told.append(f"{_so_many(hidden).capitalize()} vises ikke, fordi tallene kunne røbe en lille gruppe.")
    if len(table) - len(known) - hidden:
        told.append(f"For {_so_many(len(table) - len(known) - hidden)} er der for få elever til at regne.")
    rule = f"Dommene er rettet for, at der er mange distrikter i landet ({table['method'].iloc[0]})."
    return Block(paragraphs(" ".join([all_of_them, *told]), rule if len(known) else ""))


def _so_many(districts: int) -> str:
    return "et" if districts == 1 else count_word(districts)


def _alone(table: pd.DataFrame, period: str, unclear: list[str]) -> int:
    """How many districts without a clear verdict have an interval of their own that leaves zero out."""
    rows = table[(table["measure"] == "difference") & (table["period"] == period) & table["unit"].isin(unclear)]
    return sum(side(row, 0.0) != 0 for _, row in rows.iterrows())


@marked
def probability_bands(released: Released, neighbours: Released, code: str) -> Block | Gap:
    """The lowest and highest band of the municipality beside similar municipalities and the country."""
    require_comparable(released.table["definition"])
    table = released.where(measure="share", unit="").table
    own = table[table["municipality"] == code]
    if own.empty:
        return Gap("Udgaven har ingen fordeling af beregnet sandsynlighed for kommunen.")
    similar = list(neighbours.where(municipality=code, measure="neighbour").table["note"])
    groups = list(dict.fromkeys(own["group"]))
    who = _POPULATION[own["definition"].iloc[0]]
    sentences = [_band(table, code, group, who) for group in dict.fromkeys((groups[0], groups[-1]))]
    others = table[table["municipality"].isin(similar) & (table["group"] == groups[0])].dropna(subset=["estimate"])
    beside = ""
    if len(others):
        low, high = others.loc[others["estimate"].idxmin()], others.loc[others["estimate"].idxmax()]
        beside = (
            f"Blandt de {count_word(len(similar))} kommuner med lignende elever ligger andelen i det laveste bånd fra "
            f"{value(low)} til {percent(high['estimate'], int(high['decimals']))}"
        )
    first = float(groups[-1].removeprefix("bånd: ").split("-")[0])
    merged = (
        f"Alle sandsynligheder fra {number(first)} pct. og op er ét bånd, for ellers ville der være for få elever i de øverste. "
        "Grænserne er de samme for alle kommuner og skoler."
        if first < _LAST_EDGE
        else ""
    )
    return Block(paragraphs(*sentences, beside, merged))


def _band(table: pd.DataFrame, code: str, group: str, who: str) -> str:
    own, country = pick(table, municipality=code, group=group), pick(table, municipality=COUNTRY, group=group)
    band = group.removeprefix("bånd: ").replace("-", " til ")
    if own is None or not is_shown(own):
        return f"Andelen af {who} med en beregnet sandsynlighed på {band} vises ikke."
    text = f"Af {who} i {name_of(code)} har {share(own)} en beregnet sandsynlighed på {band}"
    return f"{text} {_beside(own, country)}".strip()


def _beside(own: pd.Series, country: pd.Series | None) -> str:
    """The share against the country's by its own interval."""
    if country is None or not is_shown(country):
        return ""
    words = {1: "større end i", -1: "mindre end i", 0: "ikke til at skelne fra"}[side(own, country["estimate"])]
    return f"Det er {words} hele landet, hvor andelen er {percent(country['estimate'], int(country['decimals']))}"


@marked
def most_exposed(released: Released, code: str) -> Block | Gap:
    """How many of the municipality's pupils in ordinary classes are among the country's most exposed."""
    table = released.where(definition="mest_udsatte", measure="share").table
    own = table[table["municipality"] == code]
    if own.empty:
        return Gap("Udgaven har ingen tal om de mest udsatte elever i kommunen.")
    items = []
    for _, row in own.iterrows():
        what = f"Blandt landets {row['group'].removeprefix('andel: ')}"
        if not is_shown(row):
            items.append(f"{what}: andelen vises ikke.")
            continue
        country = pick(table, municipality=COUNTRY, group=row["group"])
        items.append(f"{what}: {share(row)} af kommunens almenelever. {_beside(row, country)}".strip())
    lead = f"Så stor en del af almeneleverne i {name_of(code)} hører til landets mest udsatte, {own['period'].iloc[0]}:"
    return Block(paragraphs(lead) + "\n" + bullets(items))


@marked
def risk_factors(released: Released, code: str) -> Block | Gap:
    """Which single risk factors are more or less common than in the country."""
    table = released.where(definition="risikofaktor", measure="share").table
    own = table[table["municipality"] == code]
    if own.empty:
        return Gap("Udgaven har ingen tal om enkelte risikofaktorer i kommunen.")
    found: dict[int, list[str]] = {1: [], -1: [], 0: []}
    hidden = []
    for _, row in own.iterrows():
        label = row["group"].removeprefix("faktor ")
        country = pick(table, municipality=COUNTRY, group=row["group"])
        if country is None or not is_shown(row) or not is_shown(country):
            hidden.append(label)
        else:
            place = side(row, country["estimate"])
            found[place].append(f"{label} ({value(row)} mod {value(country)} pct.)" if place else label)
    items = [
        f"{words}: {listing(found[place]) or 'ingen'}."
        for place, words in ((1, "Oftere end i hele landet"), (-1, "Sjældnere end i hele landet"))
    ]
    items.append(f"Kan ikke skelnes fra hele landet: {listing(found[0]) or 'ingen'}.")
    items += [f"Vises ikke: {listing(hidden)}."] if hidden else []
    caution = (
        "Intervallerne er ikke rettet for, at der er flere faktorer, så omkring hver tyvende ville falde udenfor ved et "
        "tilfælde, selv om kommunen lå som landet."
    )
    lead = f"Risikofaktorer blandt almenelever i {name_of(code)}, {own['period'].iloc[0]}:"
    return Block(paragraphs(lead) + "\n" + bullets(items) + "\n" + paragraphs(caution))


@marked
def group_differences(released: Released, code: str) -> Block | Gap:
    """In which groups segregated provision is more or less frequent than among the municipality's other pupils."""
    require_comparable(released.table["definition"])
    own = released.where(municipality=code, measure="risk_ratio").table
    if own.empty:
        return Gap("Udgaven har ingen tal om grupper af elever i kommunen.")
    items, unclear, few, hidden = [], [], [], []
    for _, row in own.iterrows():
        who = members(row["group"])
        if row["status"] in HIDDEN:
            hidden.append(who)
        elif row["note"] in {GROUP_UNDER, OTHERS_UNDER} or not is_shown(row):
            few.append(who)
        elif not side(row, 1.0):
            unclear.append(who)
        else:
            more = "oftere" if side(row, 1.0) > 0 else "sjældnere"
            items.append(
                f"{who[0].upper()}{who[1:]} er {more} i specialtilbud end kommunens øvrige elever: forholdet er {value(row)} "
                f"(95 %-interval {ends(row)})."
            )
    items += [f"Kan ikke skelnes fra de øvrige: {listing(unclear)}."] if unclear else []
    items += [f"For få elever til et forhold: {listing(few)}."] if few else []
    items += [f"Vises ikke: {listing(hidden)}."] if hidden else []
    closing = "En forskel siger ikke hvorfor: grupperne kan have forskellige behov, og de kan blive mødt forskelligt."
    return Block(paragraphs(f"Skoleåret {own['period'].iloc[0]}:") + "\n" + bullets(items) + "\n" + paragraphs(closing))


def members(group: str) -> str:
    """The pupils of a group, in the plural.

    Examples
    --------
    >>> members("køn: dreng"), members("trin: 0.-3. klasse")
    ('drenge', 'elever i 0.-3. klasse')
    """
    dimension, _, one = group.partition(": ")
    return f"elever i {one}" if dimension == "trin" else _MEMBERS.get(one, one)
