"""The printed programme of music and art communities: who took part, and what so few could show."""

import math
from typing import Any

import pandas as pd

from inklusion.analyses.printed import estimates, printed, with_definition
from inklusion.measures.power import power_paired
from inklusion.municipalities import COUNTRY

TERM = "efterår 2024"
LEVEL, AIM = 0.05, 0.8
CORRELATION = 0.6
INTRACLASS = (0.0, 0.05, 0.10)
WORTH_HAVING = 0.25
# The source's table has nine groups; those of one municipality stand there as one sum (A16), so their sizes are assumed.
_GROUPS_OF = {"265": 3}
_PRINTED = ("program_specialtilbud", "program_kulturskoler", "program_timer", "program_varighed")
_SUM = "lagt sammen af kildens deltagertabel"
Row = dict[str, Any]


def published_programme(facts: pd.DataFrame) -> pd.DataFrame:
    """Participation as the source's table adds up, and power for exactly those numbers.

    Measures: ``sum`` (pupils; staff, also by profession), ``clusters`` (groups), ``printed`` (schools, hours, weeks);
    ``power`` to show a change of ``WORTH_HAVING`` standard deviations and ``detectable``, the smallest change found with
    power 0.8, by how much of the variance of the change is assumed to lie between groups. A municipality with one group
    gets the figures for single pupils, which are too favourable. No outcome is printed, so none is here.
    """
    table = facts[(facts["period"] == TERM) & (facts["geography_level"] == "skole")]
    listed = with_definition(table, ["program_elever"])
    pupils = listed.dropna(subset=["value"])
    if pupils.empty:
        return estimates([])
    rows = _totals(facts, table)
    sizes: list[int] = []
    for code, own in listed.groupby("municipality"):
        if own["value"].isna().any():
            continue
        members = split_evenly(int(own["value"].sum()), _GROUPS_OF.get(str(code), len(own)))
        sizes += members
        shared = _shared(str(code), own)
        rows += [_sum(shared, own, "program_elever"), _clusters(shared, members), *_power(shared, members)]
    if len(pupils) < len(listed):
        return estimates(rows)  # a group is printed as a range: there is no sum of all
    shared = _shared(COUNTRY, pupils)
    staff = with_definition(table, ["program_personale"])
    rows += [_sum(shared, pupils, "program_elever"), _sum(shared, staff, "program_personale")]
    rows += [_sum(shared, part, "program_personale", str(name)) for name, part in staff.groupby("indicator")]
    rows += [_clusters(shared, sizes), *_power(shared, sizes)]
    return estimates(rows)


def split_evenly(total: int, groups: int) -> list[int]:
    """Groups of a known sum, as equal as whole pupils allow.

    >>> split_evenly(28, 3)
    [10, 9, 9]
    """
    return [total // groups + (place < total % groups) for place in range(groups)]


def _shared(code: str, rows: pd.DataFrame) -> Row:
    return {"municipality": code, "period": TERM, "period_type": "term", "decimals": 0,
            "source": ", ".join(dict.fromkeys(rows["citation"]))}  # fmt: skip


def _totals(facts: pd.DataFrame, table: pd.DataFrame) -> list[Row]:
    """What the source prints of the whole programme besides its table, from the same year."""
    documents = set(table["source_document"])
    same = facts[facts["source_document"].isin(documents) & (facts["municipality"] == COUNTRY)]
    same = same[same["period"].isin([TERM, TERM[-4:]])]
    return printed(with_definition(same, _PRINTED))


def _sum(shared: Row, facts: pd.DataFrame, name: str, group: str = "") -> Row:
    count = int(facts["value"].sum())
    return {**shared, "definition": name, "measure": "sum", "group": group, "numerator": count, "estimate": count,
            "method": _SUM}  # fmt: skip


def _clusters(shared: Row, sizes: list[int]) -> Row:
    assumed = "tre hold står som ét tal i kilden; de er regnet som lige store" if len(sizes) > 2 else ""
    return {**shared, "definition": "program_hold", "measure": "clusters", "estimate": len(sizes),
            "method": "talt i kildens deltagertabel", "note": assumed}  # fmt: skip


def _power(shared: Row, sizes: list[int]) -> list[Row]:
    """In standard deviations of the pupils' scores, for a correlation of ``CORRELATION`` between before and after."""
    is_one = len(sizes) < 2
    deviation = math.sqrt(2 * (1 - CORRELATION))
    rows = []
    for intraclass in INTRACLASS[:1] if is_one else INTRACLASS:
        members = [1] * sum(sizes) if is_one else sizes
        found = power_paired(members, WORTH_HAVING, deviation, intraclass=intraclass, level=LEVEL, aim=AIM)
        group = f"variation mellem hold: {100 * intraclass:.0f} pct."
        method = "styrkeberegning for en gennemsnitlig ændring; niveau 5 pct., sammenhæng mellem før og efter 0,6"
        note = "kun ét hold: regnet, som om eleverne var uafhængige, og derfor for gunstigt" if is_one else ""
        row = {**shared, "group": group, "method": method, "note": note}
        rows += [
            {**row, "definition": "program_styrke", "measure": "power", "estimate": 100 * found.power},
            {
                **row,
                "definition": "program_mindste",
                "measure": "detectable",
                "estimate": found.detectable,
                "decimals": 2,
            },
        ]
    return rows
