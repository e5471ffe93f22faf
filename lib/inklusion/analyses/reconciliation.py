"""Every transcribed figure, recomputed from other transcribed figures wherever that is possible."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from inklusion.analyses.printed import estimates, printed, printed_decimals, with_definition
from inklusion.analyses.wellbeing import halving, staff_totals

SAME, ROUNDING, DEVIATES = "stemmer", "afrunding", "afviger"
NOT_REPRODUCIBLE, TRANSCRIBED = "kan ikke genberegnes", "transskriberet"
_AT_LEAST = ("mere end", "over")


class Finding(NamedTuple):
    """What was recomputed for one figure.

    ``reproducible`` is False when the figure measures something else. ``cell`` holds the coordinates and counts of
    what was recomputed where they differ from the figure's, so that disclosure control sees whom it counts.
    """

    fact: str
    recomputed: float
    why: str
    reproducible: bool = True
    cell: Mapping[str, Any] = MappingProxyType({})


def reconciliation(facts: pd.DataFrame, *, is_complete: bool = True) -> pd.DataFrame:
    """All figures with verdict.

    Without ``is_complete`` municipalities were set aside, and sums over municipalities are not the source's.

    Measures: ``printed`` (``method`` holds the verdict, ``note`` the reason) and, where there is one,
    ``recomputed`` and ``difference`` (recomputed minus printed).
    """
    findings = {finding.fact: finding for rule in _RULES for finding in rule(facts)}
    if not is_complete:
        left_out = "kommuner er udeladt af beregningen"
        sums = {f.fact: f._replace(why=left_out, reproducible=False) for f in _participation(facts)}
        findings |= sums
    rows: list[dict[str, Any]] = []
    for fact, row in zip(facts.to_dict("records"), printed(facts), strict=True):
        finding = findings.get(fact["fact"])
        verdict, why = _verdict(fact, finding)
        row = {
            **row,
            "method": verdict,
            "note": "; ".join(filter(None, (why, row["note"]))),
            "source": _source(fact),
        }
        rows.append(row)
        if finding is not None:
            difference = finding.recomputed - fact["value"]
            exact = abs(finding.recomputed - round(finding.recomputed, row["decimals"])) < 1e-9
            decimals = row["decimals"] + (not exact)
            shared = {**row, "lower": float("nan"), "upper": float("nan"), "decimals": decimals, **finding.cell}
            rows.append({**shared, "measure": "recomputed", "estimate": finding.recomputed})
            rows.append({**shared, "measure": "difference", "estimate": difference})
    return estimates(rows)


def panel_sums(facts: pd.DataFrame) -> pd.DataFrame:
    """The ten printed bands of each risk panel added up: 100 within the rounding of ten figures, or not."""
    rows = []
    for (code, unit), panel in with_definition(facts, ["risikofordeling"]).groupby(["municipality", "unit"]):
        first = panel.iloc[0]
        total = float(panel["value"].sum())
        within = abs(total - 100) <= 0.5 * len(panel)
        rows.append(
            {
                **{name: first[name] for name in ("period", "period_type", "definition")},
                "municipality": code,
                "unit": unit,
                "measure": "panel_sum",
                "estimate": total,
                "decimals": 0,
                "method": ROUNDING if within and total != 100 else SAME if within else DEVIATES,
                "source": first["citation"],
            }
        )
    return estimates(rows)


def _source(fact: dict[str, Any]) -> str:
    return f"{fact['citation']} ({fact['fact']})"


def _verdict(fact: dict[str, Any], finding: Finding | None) -> tuple[str, str]:
    if finding is None:
        why = _MISSING_INPUTS.get(fact["definition"], "")
        return (NOT_REPRODUCIBLE, why) if why else (TRANSCRIBED, "")
    if not finding.reproducible:
        return NOT_REPRODUCIBLE, finding.why
    step = 10.0 ** -printed_decimals(fact)
    distance = abs(finding.recomputed - fact["value"])
    if distance <= step / 2 + 1e-9 or (fact["qualifier"] in _AT_LEAST and finding.recomputed > fact["value"]):
        return SAME, finding.why
    return (ROUNDING if distance <= step + 1e-9 else DEVIATES), finding.why


def _sum(rows: pd.DataFrame) -> float:
    return float(rows["value"].sum())


def _response_rate(facts: pd.DataFrame) -> Iterator[Finding]:
    answered = _sum(with_definition(facts, ["survey_besvarelser"]))
    invited = _sum(with_definition(facts, ["survey_inviterede"]))
    for row in with_definition(facts, ["survey_svarprocent"]).itertuples():
        yield Finding(row.fact, 100 * answered / invited, f"{answered:.0f} besvarelser af {invited:.0f} inviterede")


def _agreement(facts: pd.DataFrame) -> Iterator[Finding]:
    answers = with_definition(facts, ["survey_svarfordeling"])
    agreeing = answers[answers["group"].isin(["Delvis enig", "Helt enig"])]
    for row in with_definition(facts, ["survey_enighed"]).itertuples():
        own = agreeing[agreeing["figure"] == row.figure]
        if len(own) == 2:
            yield Finding(row.fact, _sum(own), f"delvis enig og helt enig i figur {row.figure}")


def _scenario_total(facts: pd.DataFrame) -> Iterator[Finding]:
    potential = with_definition(facts, ["omprioriteringspotentiale"])
    parts = potential[potential["group"] != "i alt"]
    for row in potential[potential["group"] == "i alt"].itertuples():
        yield Finding(row.fact, round(_sum(parts), 6), "summen af figurens to dele (3.4.1)")


def _staff_totals(facts: pd.DataFrame) -> Iterator[Finding]:
    for row, total, schools in staff_totals(facts):
        yield Finding(row["fact"], total, f"summen af de {schools} skoler{halving(row, total)}")


def _model_variables(facts: pd.DataFrame) -> Iterator[Finding]:
    listed = _sum(with_definition(facts, ["antal_variable_register"]))
    for row in with_definition(facts, ["antal_variable_model"]).itertuples():
        yield Finding(row.fact, listed, "summen af registertabellen; kilden forklarer ikke forskellen")


def _participation(facts: pd.DataFrame) -> Iterator[Finding]:
    table = facts[facts["fact"].str.startswith("deltagelse_")]
    prose = facts[facts["fact"].str.startswith("programtal:") & (facts["period"] == "2024")]
    sums = {
        "deltagende skolebørn": _sum(with_definition(table, ["program_elever"])),
        "deltagende kulturskoleundervisere, lærere og pædagoger": _sum(with_definition(table, ["program_personale"])),
        "deltagende musik- og kulturskoler": float(table["group"].nunique()),
    }
    for row in prose[prose["indicator"].isin(list(sums))].itertuples():
        cell = {"period": table["period"].iloc[0], "period_type": table["period_type"].iloc[0]}
        yield Finding(row.fact, sums[row.indicator], "talt op i kildens tabel; teksten runder af", cell=cell)


def _three_year_shares(facts: pd.DataFrame) -> Iterator[Finding]:
    special = with_definition(facts, ["antal_elever_special"]).set_index("municipality")["value"]
    ordinary = with_definition(facts, ["antal_elever_almen"]).set_index("municipality")["value"]
    year = next(iter(with_definition(facts, ["antal_elever_special"])["period"]), "")
    why = f"trykt for tre skoleår samlet; kun antal for {year} er trykt, og det genberegnede er det ene år"
    for row in with_definition(facts, ["seg_alle_grundskole_3aar"]).itertuples():
        if row.municipality in special.index:
            count = special[row.municipality]
            share = 100 * count / (count + ordinary[row.municipality])
            cell = {
                **{"definition": "seg_alle_grundskole", "period": year, "period_type": "school_year"},
                **{"numerator": int(count), "denominator": int(count + ordinary[row.municipality])},
            }
            yield Finding(row.fact, float(share), why, reproducible=False, cell=cell)


def _projection(facts: pd.DataFrame) -> Iterator[Finding]:
    spent = with_definition(facts, ["udgift_special"])["value"]
    growth = with_definition(facts, ["udgift_special_aendring"])["value"]
    if spent.empty or growth.empty:
        return
    first = spent.iloc[0] / (1 + growth.iloc[0] / 100)
    line = spent.iloc[0] + 6 * (spent.iloc[0] - first) / 7
    why = "regnskaberne for de enkelte år er ikke trykt; det genberegnede er en ret linje gennem 2017 og 2024"
    for row in with_definition(facts, ["udgift_special_fremskrivning"]).itertuples():
        yield Finding(row.fact, float(line), why, reproducible=False)


_RULES: tuple[Callable[[pd.DataFrame], Iterator[Finding]], ...] = (
    _response_rate,
    _agreement,
    _scenario_total,
    _staff_totals,
    _model_variables,
    _participation,
    _three_year_shares,
    _projection,
)

_MISSING_INPUTS = {
    "seg_alle_grundskole": "antallet af alle grundskoleelever er ikke trykt",
    "seg_9t_bopael": "antal elever er ikke trykt, kun hele procent",
    "seg_9t_bopael_aendring": "tallene for de enkelte år findes kun som billede",
    "seg_9t_bopael_afstand": "landstallet er ikke trykt",
    "seg_distrikt": "antal elever er ikke trykt, og søjlerne findes kun som billede",
    "seg_kk": "det samlede antal elever er ikke trykt",
    "seg_skolestart": "det samlede antal skolestartere er ikke trykt",
    "seg_ballerup_uoplyst": "definitionen er ikke oplyst",
    "observeret_minus_forventet": "modellen bag det forventede tal er ikke beskrevet",
    "risikofordeling": "modellen og registerdata er ikke offentlige",
    "udgift_special_aendring": "tallene for de enkelte år findes kun som billede",
    "udgift_specialskoler_aendring": "tallene for de enkelte år findes kun som billede",
    "helaarsboern_aendring": "tallene for de enkelte år findes kun som billede",
    "udgift_aendring_3aar": "tallene for de enkelte år findes kun som billede",
    "omprioriteringspotentiale": "enhedsudgifter og helårsbørn er ikke trykt",
    "offentlig_forsoergelse_5aar": "antal personer findes kun som billede",
    "lav_elevtrivsel": "spørgsmål, grænse og antal svar er ikke trykt",
    "lav_faglig_trivsel": "spørgsmål, grænse og antal svar er ikke trykt",
    "skoleglaede": "antal svar er ikke trykt",
    "mobning": "antal svar er ikke trykt",
    "fravaer": "antal dage er ikke trykt",
    "fravaer_over_10": "antal elever er ikke trykt",
    "program_specialtilbud": "Roskildes tre tilbud er lagt sammen for at beskytte små grupper",
    "antal_elever_specialtilbud_land": "antallet af alle grundskoleelever er ikke trykt",
}
