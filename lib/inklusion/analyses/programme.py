"""Small programmes: who took part, what so few can show, and, under a locked plan, their outcomes before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.accounts import FEWEST
from inklusion.analyses.planned import plan_rows, refused_row, verdict_row
from inklusion.analyses.printed import estimates
from inklusion.contracts.surveys import COMPARISON, TREATED
from inklusion.measures.difference_in_differences import difference_in_differences
from inklusion.measures.effects import hedges_g, hedges_g_paired, paired_change, sign_flip_test
from inklusion.measures.few_clusters import randomisation_inference
from inklusion.measures.power import Power, power_paired, power_two_groups
from inklusion.measures.random_intercept import linear_random_intercept
from inklusion.measures.selection import attrition, regression_to_the_mean
from inklusion.municipalities import COUNTRY
from inklusion.periods import UNKNOWN, period
from inklusion.plans import PROGRAMME, LockedPlan, Plan, Plans

CONFIDENCE = 0.95
MOST_ATTRITION_DIFFERENCE = 0.05
NO_COMPARISON = "der er ingen sammenligningsgruppe"
NOT_RANDOMISED = "deltagerne er ikke fundet ved lodtrækning"
TOO_FEW_GROUPS = "der er for få hold til, at testen kan blive sikker nok"
ATTRITION_DIFFERS = "der mangler flere målinger i den ene gruppe end i den anden"
ATTRITION_UNKNOWN = "det kan ikke vises, om der mangler lige mange målinger i de to grupper"
_T = "t-interval, elever regnet som uafhængige"
_MODEL = "model med et niveau for hvert hold; t-interval"
_FLIP = "fortegnstest, hold for hold; tosidet"
_SWAP = "ombytningstest: hvert hold kunne lige så godt have været i den anden gruppe; tosidet"
_GROUPS = "hvert hold vejer lige meget; interval, der holder med få hold (CR2)"
_ALONE = "kun ét hold: regnet, som om eleverne var uafhængige, og derfor for gunstigt"
Row = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Group:
    """The pupils of one role at one place who were measured both before and after, and how many there are in all."""

    before: Floats
    after: Floats
    cluster: NDArray[np.object_]
    planned: Floats
    attended: Floats
    listed: int

    @property
    def size(self) -> int:
        return int(self.before.size)

    @property
    def clusters(self) -> NDArray[np.int64]:
        """How many pupils each group has."""
        return np.unique(self.cluster, return_counts=True)[1]

    @property
    def lost(self) -> int:
        return self.listed - self.size


def registered_programme(participants: pd.DataFrame, *, source: str, plans: Plans | None = None) -> pd.DataFrame:
    """Participation for every municipality and the country; power and outcomes where the programme's plan is locked.

    Pupils measured both before and after are those that all numbers are about. How many there are in all, and how many
    were measured, is told only where at least ``FEWEST`` were not, and not for the country: with the number measured it
    would give away the few.

    Measures: ``count``, ``share`` (measured); ``clusters``; ``mean_planned``, ``mean_attended``; of the mean change
    ``mean_change_power``, ``mean_change_detectable``, ``mean_before``, ``mean_after``, ``mean_change``,
    ``mean_change_sd``, ``mean_change_groups``, ``mean_change_p``, ``mean_change_attainable``, ``mean_change_expected``;
    the same of ``mean_difference`` beside a comparison group; ``verdict``; and the plan (:mod:`.planned`).
    """
    rows: list[Row] = []
    for name, people in participants.groupby("programme"):
        found = (plans or Plans()).under_lock(str(name), PROGRAMME, source)
        shared: Row = {"period": UNKNOWN, "period_type": "unknown", "source": source}
        if isinstance(found, LockedPlan):
            when = period(found.plan.period)
            shared |= {"period": when.label, "period_type": when.kind}
            rows += plan_rows(str(name), found, source=source)
        else:
            rows.append(refused_row(str(name), found, period=UNKNOWN, source=source))
        plan = found.plan if isinstance(found, LockedPlan) else None
        people = people.assign(where=people[["municipality", "role", "cluster"]].agg("\x1f".join, axis=1))
        places = {str(code): part for code, part in people.groupby("municipality")}
        for code, part in {**places, COUNTRY: people}.items():
            told = _place(str(name), part, plan, tells_listed=code != COUNTRY)
            rows += ({**shared, "municipality": code, **row} for row in told)
    return estimates(rows)


def _place(name: str, people: pd.DataFrame, plan: Plan | None, *, tells_listed: bool) -> Iterator[Row]:
    """The rows of one place, in the order in which they must be read."""
    treated, others = (_group(people[people["role"] == role]) for role in (TREATED, COMPARISON))
    if not treated.size:
        return
    groups = {f"{name}: {TREATED}": treated} | ({f"{name}: {COMPARISON}": others} if others.size >= FEWEST else {})
    for group, one in groups.items():
        yield from _participation(group, one, tells_listed=tells_listed)
    if plan is None or treated.size < FEWEST:
        return
    own, is_compared = f"{name}: {TREATED}", len(groups) > 1
    yield from _power(own, treated, others if is_compared else None, plan)
    for group, one in groups.items():
        yield from _change(group, one, plan)
    reasons = [] if is_compared else [NO_COMPARISON]
    reasons += [] if plan.randomised else [NOT_RANDOMISED]
    attainable = sign_flip_test(treated.after - treated.before, treated.cluster).attainable
    if is_compared:
        *compared, attainable = _compared(own, treated, others, plan)
        yield from compared
    reasons += [TOO_FEW_GROUPS] if attainable > plan.level else []
    reasons += _attrition_doubt(treated, others) if is_compared else []
    yield verdict_row(reasons, definition="indsats_dom", group=own)


def _group(people: pd.DataFrame) -> _Group:
    before, after, planned, attended = (
        people[column].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        for column in ("before", "after", "planned", "attended")
    )
    listed = attrition(before, after, np.zeros(before.size)) if before.size else None
    both = ~np.isnan(before) & ~np.isnan(after)
    return _Group(
        before[both],
        after[both],
        people["where"].to_numpy(dtype=object)[both],
        planned[both],
        attended[both],
        0 if listed is None else int(listed["listed"].iloc[-1]),
    )


def _row(definition: str, measure: str, group: str, estimate: float, decimals: int, **more: Any) -> Row:
    return {"definition": definition, "measure": measure, "group": group, "estimate": float(estimate),
            "decimals": decimals, "method": "optalt", **more}  # fmt: skip


def _participation(group: str, one: _Group, *, tells_listed: bool) -> Iterator[Row]:
    """Pupils, groups and sessions; how many were measured only where it gives nobody away.

    Never for the country: less those of the municipalities that tell it, the few of one that does not would be left.
    """
    if tells_listed and one.lost >= FEWEST:
        yield _row("indsats_deltagere", "count", group, one.listed, 0, numerator=one.listed)
        share = 100 * one.size / one.listed
        yield _row("indsats_maalt", "share", group, share, 1, numerator=one.size, denominator=one.listed)
    yield _row("indsats_hold", "clusters", group, one.clusters.size, 0)
    if np.isfinite(one.attended).all() and one.planned.sum():
        among = {"denominator": one.size, "method": "gennemsnit blandt de elever, der er målt både før og efter"}
        yield _row("indsats_gange", "mean_planned", group, one.planned.mean(), 1, **among)
        yield _row("indsats_gange", "mean_attended", group, one.attended.mean(), 1, **among)


def _power(group: str, treated: _Group, others: _Group | None, plan: Plan) -> Iterator[Row]:
    """What so many can show, from the plan's assumptions alone: no outcome is used."""
    assumed = plan.assumed
    assert assumed is not None
    deviation = assumed.deviation * float(np.sqrt(2 * (1 - assumed.correlation)))
    options = {"intraclass": assumed.intraclass, "level": plan.level, "aim": assumed.aim}
    method = "styrkeberegning for en gennemsnitlig ændring, hold for hold, efter planens antagelser"
    sizes = treated.clusters
    if sizes.size < 2:
        sizes, method = np.ones(treated.size, dtype=np.int64), f"styrkeberegning; {_ALONE}"
        options["intraclass"] = 0.0
    found = power_paired(sizes, plan.smallest_change, deviation, **options)
    yield from _power_rows("mean_change", group, treated.size, found, method)
    if others is not None and treated.clusters.size + others.clusters.size > 2:
        options["intraclass"] = assumed.intraclass
        both = power_two_groups(treated.clusters, others.clusters, plan.smallest_change, deviation, **options)
        method = "styrkeberegning for forskellen i ændring, hold for hold, efter planens antagelser"
        yield from _power_rows("mean_difference", group, treated.size, both, method)


def _power_rows(what: str, group: str, size: int, found: Power, method: str) -> Iterator[Row]:
    more = {"denominator": size, "method": method}
    yield _row("indsats_styrke", f"{what}_power", group, 100 * found.power, 0, **more)
    yield _row("indsats_mindste", f"{what}_detectable", group, found.detectable, 2, **more)


def _change(group: str, one: _Group, plan: Plan) -> Iterator[Row]:
    """Before, after, the change in points and in standard deviations, group by group, and what would come by itself."""
    among: Row = {"denominator": one.size}
    found = paired_change(one.before, one.after, confidence=CONFIDENCE)
    yield _row("indsats_niveau", "mean_before", group, found.before, 2, **among, method="gennemsnit")
    yield _row("indsats_niveau", "mean_after", group, found.after, 2, **among, method="gennemsnit")
    ends = {"lower": found.lower, "upper": found.upper, "confidence": CONFIDENCE}
    yield _row("indsats_aendring", "mean_change", group, found.change, 2, **among, **ends, method=_T)
    if np.ptp(one.before) or np.ptp(one.after):
        g = hedges_g_paired(one.before, one.after, confidence=CONFIDENCE)
        ends = {"lower": g.lower, "upper": g.upper, "confidence": CONFIDENCE}
        method = f"Hedges' g, gennemsnittet af spredningen før og efter; {_T}"
        yield _row("indsats_aendring_sd", "mean_change_sd", group, g.g, 2, **among, **ends, method=method)
    change = one.after - one.before
    if 1 < one.clusters.size < one.size:
        fit = linear_random_intercept(change, pd.DataFrame(index=range(one.size)), one.cluster, confidence=CONFIDENCE)
        row = fit.coefficients.iloc[0]
        ends = {"lower": row["lower"], "upper": row["upper"], "confidence": CONFIDENCE}
        yield _row("indsats_aendring", "mean_change_groups", group, row["estimate"], 2, **among, **ends, method=_MODEL)
    flipped = sign_flip_test(change, one.cluster)
    yield _row("indsats_p", "mean_change_p", group, flipped.p_value, 3, **among, method=_FLIP)
    yield _row("indsats_p", "mean_change_attainable", group, flipped.attainable, 3, **among, method=_FLIP)
    if plan.assumed is not None:
        assumed = plan.assumed
        itself = regression_to_the_mean(assumed.mean, assumed.deviation, assumed.correlation, chosen=found.before)
        method = "tilbagevenden mod gennemsnittet efter planens antagelser; uden interval"
        yield _row("indsats_aendring", "mean_change_expected", group, itself.change, 2, **among, method=method)


def _compared(group: str, treated: _Group, others: _Group, plan: Plan) -> Iterator[Any]:
    """The change beside that of the comparison group; the last item is the smallest p-value that can be reached."""
    among: Row = {"denominator": treated.size}
    both = (treated, others)
    outcome = np.concatenate([side for one in both for side in (one.before, one.after)])
    cluster = np.concatenate([one.cluster for one in both for _ in range(2)])
    when = np.concatenate([np.full(one.size, late) for one in both for late in (0, 1)])
    chosen = np.concatenate([np.full(2 * one.size, int(one is treated)) for one in both])
    panel = (outcome, cluster, when, chosen)
    found = difference_in_differences(*panel, start=1, randomised=plan.randomised, confidence=CONFIDENCE)
    ends = {"lower": found.lower, "upper": found.upper, "confidence": CONFIDENCE} if np.isfinite(found.lower) else {}
    yield _row("indsats_forskel", "mean_difference", group, found.effect, 2, **among, **ends, method=_GROUPS)
    changes = [one.after - one.before for one in both]
    if any(np.ptp(part) for part in changes):
        g = hedges_g(changes[0], changes[1], confidence=CONFIDENCE)
        ends = {"lower": g.lower, "upper": g.upper, "confidence": CONFIDENCE}
        method = "Hedges' g, i spredningen af ændringen; elever regnet som uafhængige"
        yield _row("indsats_forskel_sd", "mean_difference_sd", group, g.g, 2, **among, **ends, method=method)
    swapped = randomisation_inference(*panel, start=1)
    attainable = swapped.attainable if swapped.exact else 1 / (swapped.assignments + 1)
    yield _row("indsats_p", "mean_difference_p", group, swapped.p_value, 3, **among, method=_SWAP)
    yield _row("indsats_p", "mean_difference_attainable", group, attainable, 3, **among, method=_SWAP)
    yield swapped.attainable


def _attrition_doubt(treated: _Group, others: _Group) -> list[str]:
    """Whether so many more are missing in one group than in the other that the groups may no longer be alike.

    Where fewer than ``FEWEST`` are missing, any number below that is reckoned with: the verdict gives nobody away.
    """
    shares = [
        [lost / (one.size + lost) for lost in ([one.lost] if one.lost >= FEWEST else range(FEWEST))]
        for one in (treated, others)
    ]
    farthest = max(abs(first - second) for first in shares[0] for second in shares[1])
    if farthest <= MOST_ATTRITION_DIFFERENCE:
        return []
    return [ATTRITION_DIFFERS if len(shares[0]) == len(shares[1]) == 1 else ATTRITION_UNKNOWN]
