"""Where a municipality stands among those with counts: differences, rank, funnel, and a share drawn towards the others."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.printed import estimates
from inklusion.measures._checks import FloatArray
from inklusion.measures.adjusted_funnel import adjusted_funnel_limits
from inklusion.measures.funnel import funnel_limits
from inklusion.measures.pooling import pooled_shares
from inklusion.measures.proportions import newcombe_difference, pooled_proportion, wilson_interval
from inklusion.measures.ranks import share_ranks
from inklusion.municipalities import COUNTRY
from inklusion.periods import require_one_kind

CONFIDENCE = 0.95
FEWEST = 5
AGAINST, OTHERS = "mod: ", "de andre i: "  # the municipality's own counts, and those of the others: never one group
DECIMALS = 1
ABOVE, BELOW, UNCLEAR = "over", "under", "kan ikke skelnes"
FUNNEL = (0.95, 0.998)
RANKED = "Klein, Wright og Wieczorek 2020, samtidige Wilson-intervaller; 1 er laveste andel"
POOLED = "empirisk Bayes, trukket mod alle kommuner samlet"
_DIFFERENCE = "Newcombe 1998, forskel til de andre i gruppen, kommunen selv ikke talt med"
_EXACT = "eksakte binomiale grænser (Spiegelhalter 2005)"
_FUNNEL_METHOD = "eksakte grænser gjort bredere med kvadratroden af phi, 10 pct. winsoriseret (Spiegelhalter 2005)"
CHANCE, SPREAD = "tilfældighed alene", "med overspredning"
_FUNNEL_POINTS = 60


def standing(shares: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Where each municipality stands on every definition with counts.

    Parameters
    ----------
    shares
        Rows of ``Estimates`` with measure ``share`` of whole municipalities in single years: only those that are shown,
        so that nothing in the result tells more than they do.
    members
        Whom each municipality is compared with: columns municipality, group, member.

    Returns
    -------
    DataFrame
        ``Estimates`` with, per definition and period: ``own_share`` (Wilson); per comparison group ``others_share``
        (the members with counts pooled, the municipality itself left out), ``difference`` (percentage points, own 95 %
        interval) and ``verdict`` (the same difference with the interval that holds for all municipalities at once;
        over, under or indistinguishable in ``note``); ``rank`` with its simultaneous interval and, for the country,
        ``rank_width`` (places in the middle municipality's interval); ``drawn_share``
        (partial pooling); ``funnel_position`` and, for the country, ``funnel_limit`` with over-dispersion.
    """
    rows: list[dict[str, Any]] = []
    whole = shares[(shares["unit"] == "") & (shares["group"] == "") & (shares["municipality"] != COUNTRY)]
    whole = _under_every_definition(whole)
    for (name, period), part in whole.groupby(["definition", "period"], sort=False):
        require_one_kind(part["period_type"])
        counts = part.set_index("municipality")[["numerator", "denominator"]].astype(int)
        shared = {"definition": name, "period": period, **{key: part.iloc[0][key] for key in ("period_type", "source")}}
        if len(counts) > 1:
            found = [*_own(counts), *_against(counts, members), *_ranks(counts), *_drawn(counts), *_funnel(counts)]
            rows += [{**row, **shared} for row in found]
    return estimates(rows)


def _under_every_definition(shares: pd.DataFrame) -> pd.DataFrame:
    """Municipalities that are shown under every definition of a period.

    One definition may be part of another, and then the groups of both must hold the same municipalities for what lies
    between them to be a number of pupils.
    """
    counted = shares.groupby("period")["definition"].transform("nunique")
    own = shares.groupby(["period", "municipality"])["definition"].transform("nunique")
    return shares[own == counted]


def _counted(code: str, counts: pd.DataFrame, measure: str, **values: Any) -> dict[str, Any]:
    """A row that stands on the municipality's own counts."""
    numerator, denominator = counts.loc[code]
    return {"municipality": code, "measure": measure, "numerator": int(numerator), "denominator": int(denominator),
            "decimals": DECIMALS, **values}  # fmt: skip


def _interval(lower: Any, upper: Any, confidence: float = CONFIDENCE) -> dict[str, float]:
    return {"lower": 100 * float(lower), "upper": 100 * float(upper), "confidence": round(confidence, 4)}


def _own(counts: pd.DataFrame) -> list[dict[str, Any]]:
    lower, upper = wilson_interval(counts["numerator"], counts["denominator"], confidence=CONFIDENCE)
    share = 100 * counts["numerator"] / counts["denominator"]
    return [
        _counted(code, counts, "own_share", estimate=share[code], method="Wilson", **_interval(low, high))
        for code, low, high in zip(counts.index, lower, upper, strict=True)
    ]


def _against(counts: pd.DataFrame, members: pd.DataFrame) -> list[dict[str, Any]]:
    """The others in each group, and the difference to them: alone, and for all municipalities at once (Bonferroni)."""
    known = members[members["municipality"].isin(counts.index)]
    sizes = known.groupby(["municipality", "group"])["member"].nunique()
    others = known[known["member"].isin(counts.index)].join(counts, on="member")
    summed = others.groupby(["municipality", "group"], sort=False)[["numerator", "denominator"]].sum()
    enough = summed["numerator"].ge(FEWEST) & (summed["denominator"] - summed["numerator"]).ge(FEWEST)
    rows: list[dict[str, Any]] = []
    for group, part in summed[enough].reset_index().groupby("group", sort=False):
        joint = 1 - (1 - CONFIDENCE) / len(part)
        listed = others[others["group"] == group].groupby("municipality")["member"].agg(list)
        for row in part.itertuples():
            found = (
                f"{len(listed[row.municipality])} af gruppens {sizes[row.municipality, group]} andre kommuner har tal"
            )
            rows += _compared(counts, row, joint, found)
    return rows


def _compared(counts: pd.DataFrame, others: Any, joint: float, found: str) -> list[dict[str, Any]]:
    code, group = others.municipality, f"{AGAINST}{others.group}"
    pairs = (*counts.loc[code], others.numerator, others.denominator)
    difference, *low = map(float, newcombe_difference(*pairs, confidence=CONFIDENCE))
    _, lower, upper = map(float, newcombe_difference(*pairs, confidence=joint))
    share = wilson_interval(others.numerator, others.denominator, confidence=CONFIDENCE)
    kept = {"group": group, "estimate": 100 * difference}
    return [
        {"municipality": code, "measure": "others_share", "group": f"{OTHERS}{others.group}", "numerator": int(others.numerator),
         "denominator": int(others.denominator), "estimate": 100 * others.numerator / others.denominator, "decimals": 1,
         "method": "Wilson", "note": found, **_interval(*share)},
        _counted(code, counts, "difference", **kept, method=_DIFFERENCE, **_interval(low[0], low[1])),
        _counted(code, counts, "verdict", **kept, note=verdict(100 * lower, 100 * upper), **_interval(lower, upper, joint),
                 method=f"{_DIFFERENCE}; Bonferroni over alle kommuner i tabellen"),
    ]  # fmt: skip


def verdict(lower: float, upper: float) -> str:
    """Over or under when the whole interval, as it is printed, lies on one side of zero, else indistinguishable.

    >>> verdict(0.1, 0.4), verdict(-0.2, 0.0), verdict(-0.2, -0.1), verdict(0.04, 0.4)
    ('over', 'kan ikke skelnes', 'under', 'kan ikke skelnes')
    """
    low, high = round(lower, DECIMALS), round(upper, DECIMALS)
    return ABOVE if low > 0 else BELOW if high < 0 else UNCLEAR


def _ranks(counts: pd.DataFrame) -> list[dict[str, Any]]:
    found = share_ranks(counts["numerator"], counts["denominator"], confidence=CONFIDENCE)
    share = (counts["numerator"] / counts["denominator"]).to_numpy()
    width = float((found["rank_upper"] - found["rank_lower"] + 1).median())
    middle = {"municipality": COUNTRY, "measure": "rank_width", "estimate": width, "decimals": 0, "method": RANKED}
    return [middle] + [
        _counted(code, counts, "rank", estimate=1 + int((share < own).sum()), decimals=0, lower=low, upper=high,
                 confidence=CONFIDENCE, method=RANKED, note=f"af {len(counts)}")
        for code, own, low, high in zip(counts.index, share, found["rank_lower"], found["rank_upper"], strict=True)
    ]  # fmt: skip


def _drawn(counts: pd.DataFrame) -> list[dict[str, Any]]:
    found = pooled_shares(counts["numerator"], counts["denominator"], confidence=CONFIDENCE)
    return [
        _counted(
            code, counts, "drawn_share", estimate=100 * row.pooled, method=POOLED, **_interval(row.lower, row.upper)
        )
        for code, row in zip(counts.index, found.itertuples(), strict=True)
    ]


def _funnel(counts: pd.DataFrame) -> list[dict[str, Any]]:
    """Limits around the pooled share, for chance alone and widened by over-dispersion, and who falls outside."""
    *_, reference = pooled_proportion(counts["numerator"], counts["denominator"])
    smallest, largest = counts["denominator"].min(), counts["denominator"].max()
    sizes = np.unique(np.geomspace(smallest * 0.8, largest * 1.1, _FUNNEL_POINTS).astype(int))
    parts = np.append(counts["numerator"].to_numpy(float), np.full(len(sizes), np.nan))
    limits = adjusted_funnel_limits(parts, np.append(counts["denominator"], sizes), reference, confidence=FUNNEL)
    is_size = np.tile(np.isnan(parts), len(FUNNEL))
    exact = funnel_limits(sizes, reference, confidence=FUNNEL).assign(inflation=1.0)
    rows = [*_limit_rows(exact, CHANCE, reference), *_limit_rows(limits[is_size], SPREAD, reference)]
    share = (counts["numerator"] / counts["denominator"]).to_numpy()
    for level, part in limits[~is_size].groupby("confidence"):
        rows += [
            _counted(code, counts, "funnel_position", group=f"grænse {level:g}", estimate=100 * own, note=side,
                     method=_FUNNEL_METHOD, confidence=float(str(level)))
            for code, own, side in zip(counts.index, share, _sides(share, part), strict=True)
        ]  # fmt: skip
    return rows


def _limit_rows(limits: pd.DataFrame, kind: str, reference: float) -> list[dict[str, Any]]:
    return [
        {"municipality": COUNTRY, "unit": "grænse", "measure": "funnel_limit", "estimate": 100 * reference,
         "denominator": int(limit.denominator), "group": f"{kind}: {limit.confidence:g} ved {limit.denominator:g}",
         "decimals": 3, "method": _EXACT if kind == CHANCE else _FUNNEL_METHOD, "note": f"{limit.inflation:.2f}",
         **_interval(limit.lower, limit.upper, limit.confidence)}
        for limit in limits.itertuples()
    ]  # fmt: skip


def _sides(share: FloatArray, limits: pd.DataFrame) -> Iterable[str]:
    is_above, is_below = share > limits["upper"].to_numpy(), share < limits["lower"].to_numpy()
    return [str(side) for side in np.where(is_above, "above", np.where(is_below, "below", "within"))]
