"""Released tables in, Danish sentences out. A sentence claims no more than its interval supports."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache, wraps
from html import escape
from importlib import resources
from typing import ParamSpec

import pandas as pd

from inklusion.blocks import Block, Gap, bullets, paragraphs
from inklusion.danish import count_word, listing, number, percent, span
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import DRAFT, HIDDEN, Released
from inklusion.municipalities import COUNTRY, name_of
from inklusion.provenance import SYNTHETIC, Provenance

P = ParamSpec("P")

_EDITIONS = {
    "published": "published (offentliggjorte tal)",
    SYNTHETIC: "synthetic (syntetiske data)",
    "own": "own (eget elevregister)",
}
_BASIS = {
    "published": "Den bygger kun på offentliggjorte tal om grupper.",
    SYNTHETIC: "Den bygger på syntetiske data: hverken kommunen, skolerne eller eleverne findes.",
    "own": "Den bygger på et elevregister, men viser kun tal om grupper.",
}
_FORBIDDEN_USE = (
    "til at sige noget om et bestemt barn, en klasse eller en medarbejder",
    "til at rangordne skoler eller kommuner",
    "til at slutte, at en indsats har virket eller ikke har virket",
    "til at sammenligne tal, der har hver sin definition",
)


def _marks_drafts(write: Callable[P, Block | Gap]) -> Callable[P, Block | Gap]:
    """Sentences about a table that was made interactively say so."""

    @wraps(write)
    def marked(*args: P.args, **kwargs: P.kwargs) -> Block | Gap:
        block = write(*args, **kwargs)
        is_draft = any(isinstance(value, Released) and not value.publishable for value in args)
        if isinstance(block, Gap) or not is_draft:
            return block
        return replace(block, html=paragraphs(f"{DRAFT.capitalize()}.") + block.html, draft=True)

    return marked


def opening(provenance: Provenance) -> Block:
    """Who the page is about, which figures it rests on, and what it must not be used for."""
    about = (
        "Siden handler om hele udgaven."
        if provenance.municipality == COUNTRY
        else f"Siden handler om {provenance.municipality_name}."
    )
    left_out = listing(name_of(code) for code in provenance.left_out)
    missing = (
        f"Udeladt af alle beregnede tal på siden: {left_out}, fordi kommunens egne data bryder en regel."
        if left_out
        else ""
    )
    basis = f"{about} {_BASIS[SYNTHETIC if provenance.is_synthetic else provenance.edition]}"
    box = (
        '<aside class="warning" aria-label="Må ikke bruges til"><p><strong>Siden må ikke bruges:</strong></p>'
        f"{bullets(list(_FORBIDDEN_USE))}</aside>"
    )
    return Block(f"{paragraphs(basis, missing)}\n{box}")


@_marks_drafts
def observed_share(released: Released, code: str) -> Block | Gap:
    """The municipality's counted share against the pooled municipalities and the country."""
    require_comparable(released.table["definition"])
    table = released.table
    shares = table[table["measure"] == "share"]
    own, pooled = shares[shares["municipality"] == code], shares[shares["municipality"] == COUNTRY]
    if own.empty:
        return Gap("Antal elever i specialtilbud er ikke trykt for kommunen.")
    if own.iloc[0]["status"] in HIDDEN:
        return Gap("Antal elever i specialtilbud vises ikke for kommunen, fordi det kunne røbe en lille gruppe.")
    row = own.iloc[0]
    country = table[(table["measure"] == "printed") & (table["municipality"] == COUNTRY)]
    name = name_of(code)
    sentences = [
        f"I skoleåret {row['period']} gik {number(float(row['numerator']))} af {number(float(row['denominator']))} "
        f"grundskoleelever med bopæl i {name} i et segregeret specialtilbud. Det er {_with_interval(row)}.",
    ]
    for _, group in pooled.dropna(subset=["estimate"]).iterrows():
        sentences.append(
            f"De {group['unit'].replace(' samlet', '')}, som siden regner på, har samlet "
            f"{number(float(group['numerator']))} af {number(float(group['denominator']))} elever, {_with_interval(group)}. "
            f"{_against(name, row, group, 'dem samlet')}"
        )
    for _, other in country.iterrows():
        sentences.append(
            f"Hele landet: {percent(other['estimate'], int(other['decimals']))} Antal elever er ikke oplyst. "
            f"{_against(name, row, other, 'landstallet')}"
        )
    return Block(paragraphs(*sentences))


@_marks_drafts
def mean_risk(released: Released, code: str) -> Block | Gap:
    """Which mean scores the printed bands allow, and why calibration cannot be judged from them."""
    table = released.where(measure="mean_bounds", municipality=code, unit="").table
    if table.empty:
        return Gap("Kilden viser ingen risikofordeling for kommunen.")
    plain, rounded = table[table["group"] == ""].iloc[0], table[table["group"] == "afrunding"].iloc[0]
    return Block(
        paragraphs(
            f"Hvis båndene er lige brede (ti procentpoint hver), ligger gennemsnittet for {name_of(code)} mellem "
            f"cirka {number(plain['lower'])} og {number(plain['upper'])} pct. Det laveste tal gælder, hvis alle elever står nederst i "
            "deres bånd, det højeste, hvis alle står øverst. Tæller man med, at søjlerne er afrundede, er spændet cirka "
            f"{number(rounded['lower'])} til {number(rounded['upper'])} pct.",
            "Tallene gælder elever, der går i almenklasser. Spændet er så bredt, at figuren ikke kan vise, om scoren passer "
            "med, hvor mange der faktisk får et specialtilbud. Derfor kalder vi den en risikoscore og ikke en sandsynlighed.",
        )
    )


@_marks_drafts
def printed_segregation(released: Released, code: str) -> Block | Gap:
    """How many definitions the municipality has printed figures for, and that they cannot be compared."""
    own = released.where(measure="printed", municipality=code).table
    names = list(dict.fromkeys(own["definition"]))
    if not names:
        return Gap("Ingen trykte segregeringstal for kommunen.")
    if len(names) == 1:
        return Block(
            paragraphs(
                f"Kilderne trykker også tal for {name_of(code)} under en anden definition. Antal elever er ikke trykt sammen "
                "med tallet, og så kan vi hverken give et sikkerhedsinterval eller sige, om en forskel er andet end tilfældig."
            )
        )
    counted = f"{count_word(len(names))} definitioner"
    return Block(
        paragraphs(
            f"Kilderne trykker {number(len(own))} tal for {name_of(code)} under {counted}. Hver definition har sin egen tabel. "
            "Tallene må ikke sammenlignes på tværs, for de tæller ikke det samme. Antal elever er sjældent oplyst, og så kan vi "
            "hverken give et sikkerhedsinterval eller sige, om en forskel er andet end tilfældig."
        )
    )


@_marks_drafts
def context_position(released: Released, code: str) -> Block | Gap:
    """How the context indicators may be read: position only."""
    own = released.where(measure="position", municipality=code).table
    overall = own[own["group"] == ""]
    if overall.empty:
        return Gap("Kommunen har ingen kontekstindikatorer.")
    return Block(
        paragraphs(
            f"{name_of(code)} har {count_word(len(overall))} kontekstindikatorer. Tabellen viser, hvor mange af kommunerne "
            "der har en lavere værdi. Det er en placering og ikke en dom: år og antal personer er ikke oplyst, så vi kan ikke "
            "vise, hvor sikker placeringen er. Tal for små kommuner svinger som regel mest."
        )
    )


@_marks_drafts
def series_change(released: Released, code: str) -> Block | Gap:
    """First and last value of each series, and that the change cannot be judged without n."""
    table = released.where(municipality=code).table
    changes = table[table["measure"] == "change"]
    if changes.empty:
        return Gap("Ingen offentliggjorte tidsserier for kommunen.")
    printed = table[table["measure"] == "printed"].set_index(["definition", "period"])
    sentences = []
    for _, row in changes.iterrows():
        first_period = row["group"].removeprefix("fra ")
        first, last = (printed.loc[(row["definition"], period)] for period in (first_period, row["period"]))
        inferred = " Pladsen i figuren er udledt." if "udledt" in row["note"] else ""
        change = "en stigning på" if row["estimate"] > 0 else "et fald på"
        moved = f"{change} {number(abs(row['estimate']), 1)} procentpoint" if row["estimate"] else "ingen ændring"
        sentences.append(
            f"{definition(row['definition']).name_da}: {percent(first['estimate'])} i {first_period} og "
            f"{percent(last['estimate'])} i {row['period']}, {moved}.{inferred}"
        )
    closing = (
        "Antal elever er ikke oplyst, så vi kan ikke vurdere, om forskellene er andet end tilfældige. Skoleårene 2019/2020 "
        "til 2021/2022 lå under COVID-19, så et tal derfra er et dårligt udgangspunkt for en sammenligning."
    )
    return Block(bullets(sentences) + paragraphs(closing))


@_marks_drafts
def response_rate(released: Released, code: str) -> Block | Gap:
    """The staff survey's response rate, recomputed, beside the printed ones."""
    table = released.where(municipality=code, definition="survey_svarprocent").table
    counted = table[table["measure"] == "share"]
    if counted.empty:
        return Gap("Ingen offentliggjort personaleundersøgelse for kommunen.")
    row = counted.iloc[0]
    printed = table[table["measure"] == "printed"]
    words = listing(f"både {percent(v, int(d))}" if not place else percent(v, int(d))
                    for place, (v, d) in enumerate(zip(printed["estimate"], printed["decimals"], strict=True)))  # fmt: skip
    return Block(
        paragraphs(
            f"{number(float(row['numerator']))} af {number(float(row['denominator']))} inviterede medarbejdere svarede, altså "
            f"{percent(row['estimate'], int(row['decimals']))} Kilden skriver {words} Alle inviterede er talt med, så "
            "svarprocenten har intet sikkerhedsinterval.",
            f"{_silent(row)} Kilden viser ikke, hvem de er. Svarene kan derfor være skæve på en måde, som intet "
            "sikkerhedsinterval fanger.",
        )
    )


@_marks_drafts
def missing(*released: Released, code: str) -> Block:
    """What the report lacks for this municipality, and who can deliver it."""
    items = []
    for table in released:
        for name, gap in _gaps().get(table.name, {}).items():
            own = table.where(municipality=code, definition=name).table
            if own["estimate"].isna().all():
                items.append(f"{gap['what']}. Spørg {gap['who']}.")
    if not items:
        return Block(paragraphs("Vi har ikke registreret mangler blandt de tal, som siden leder efter."))
    lead = f"Disse tal findes ikke i datasættet for {name_of(code)}:"
    return Block(paragraphs(lead) + bullets(items))


@_marks_drafts
def verdict_counts(released: Released) -> Block:
    """How many figures got which verdict."""
    counts = released.where(measure="printed").table["method"].value_counts()
    items = [f"{verdict}: {number(int(counted))} tal" for verdict, counted in counts.items()]
    return Block(paragraphs(f"Siden gennemgår {number(int(counts.sum()))} trykte tal.") + bullets(items))


def footer(provenance: Provenance) -> Block:
    """Data version, code version, parameters, disclosure rule and what was suppressed."""
    hidden = (
        f"{number(provenance.hidden)} tal er skjult på denne side."
        if provenance.hidden
        else "Intet tal på denne side er skjult."
    )
    rows = [
        ("Omfang", _scope(provenance)),
        ("Udgave", _EDITIONS[provenance.edition]),
        ("Dataversion", provenance.key),
        ("Kodeversion", provenance.library),
        ("Regel om små grupper", f"{provenance.rule_da} {hidden}"),
        ("Sådan gentages siden", f"python -m inklusion {_command(provenance)}"),
    ]
    entries = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in rows)
    return Block(f'<dl class="provenance">{entries}</dl>')


def _silent(row: pd.Series) -> str:
    invited, silent = float(row["denominator"]), float(row["denominator"] - row["numerator"])
    return f"{number(silent)} svarede ikke{', altså flere end halvdelen' if silent > invited / 2 else ''}."


def _scope(provenance: Provenance) -> str:
    whole = provenance.municipality == COUNTRY
    return f"{'Hele udgaven' if whole else provenance.municipality_name} ({provenance.municipality})"


def _command(provenance: Provenance) -> str:
    whole = provenance.municipality == COUNTRY
    chosen = "" if provenance.edition == "published" else f" --edition {provenance.edition}"
    return ("reports" if whole else f"report --municipality {provenance.municipality}") + chosen


def _with_interval(row: pd.Series) -> str:
    decimals = int(row["decimals"])
    ends = span(row["lower"], row["upper"], decimals)
    return f"{percent(row['estimate'], decimals)} (95 %-sikkerhedsinterval {ends})"


def _against(name: str, row: pd.Series, reference: pd.Series, what: str) -> str:
    """The verdict: the own interval either holds the reference value or lies wholly on one side."""
    if row["lower"] > reference["estimate"]:
        return f"{name} ligger højere end {what}: hele intervallet ligger over."
    if row["upper"] < reference["estimate"]:
        return f"{name} ligger lavere end {what}: hele intervallet ligger under."
    return f"{name} kan ikke skelnes fra {what}: intervallet dækker begge sider."


def _date(text: object) -> str:
    return text if isinstance(text, str) else "ikke oplyst"


@cache
def _gaps() -> dict[str, dict[str, dict[str, str]]]:
    text = resources.files("inklusion").joinpath("gaps.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
