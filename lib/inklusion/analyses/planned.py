"""What a locked plan says, as rows: its texts and assumptions, its lock, and what was changed in it later."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from inklusion.danish import date, listing
from inklusion.municipalities import COUNTRY
from inklusion.plans import Assumed, Change, LockedPlan, places

Row = dict[str, Any]
DESCRIPTION_ONLY, ASSESSABLE = "kun beskrivelse", "effekten kan vurderes"
TESTS_DA = {
    "sign_flip": "fortegnstest, hold for hold",
    "randomisation": "ombytningstest mod sammenligningsgruppen, hold for hold",
    "difference_in_differences": "forskel i ændring mellem reformens kommuner og de andre",
    "synthetic_control": "syntetisk kontrol med de andre kommuner som placebo",
}
DIRECTIONS_DA = {"higher": "højere efter end før", "lower": "lavere efter end før"}
_LABELS = {
    "question": "spørgsmål",
    "outcome": "udfald",
    "scale": "skala",
    "primary_test": "vigtigste test",
    "direction": "ventet retning",
    "comparison": "sammenligning",
    "randomised": "lodtrækning",
    "exclusions": "udeladte",
    "secondary": "undersøges også",
    "smallest_change": "mindste ændring, der er umagen værd",
    "level": "testens niveau",
    "assumed.mean": "antaget gennemsnit blandt alle, der kunne være med",
    "assumed.deviation": "antaget spredning (standardafvigelse) blandt dem",
    "assumed.correlation": "antaget sammenhæng mellem før og efter",
    "assumed.intraclass": "antaget del af ændringens variation, der ligger mellem hold",
    "assumed.aim": "ønsket styrke",
}
_METHOD = "som i den låste plan"


def plan_rows(name: str, found: LockedPlan, *, source: str) -> Iterator[Row]:
    """The plan for every reader: measures ``plan`` (a text in the note or a number), ``lock`` and ``plan_change``."""
    shared = {
        "municipality": COUNTRY,
        "period": found.plan.period,
        "period_type": "unknown",
        "definition": "indsats_plan",
        "decimals": 0,
        "method": _METHOD,
        "source": source,
    }
    plan = found.plan
    texts = {
        "question": plan.question,
        "outcome": plan.outcome,
        "scale": plan.scale,
        "primary_test": TESTS_DA[plan.primary_test],
        "direction": DIRECTIONS_DA[plan.direction],
        "comparison": plan.comparison or "ingen",
        "randomised": "ja" if plan.randomised else "nej",
        "exclusions": listing(plan.exclusions) or "ingen",
        "secondary": listing(plan.secondary) or "intet andet",
    }
    numbers = {"smallest_change": plan.smallest_change, "level": plan.level, **_assumed(plan.assumed)}
    for key, text in texts.items():
        yield {**shared, "measure": "plan", "group": f"{name}: {_LABELS[key]}", "note": text}
    for key, value in numbers.items():
        row = {
            "measure": "plan",
            "group": f"{name}: {_LABELS[key]}",
            "estimate": float(value),
            "decimals": places(value),
        }
        yield {**shared, **row}
    yield {**shared, "measure": "lock", "group": f"{name}: lås", "note": lock_text(found)}
    for change in found.changes:
        yield {
            **shared,
            "measure": "plan_change",
            "group": f"{name}: {_LABELS.get(change.key, change.key)}",
            "note": _changed(change),
        }


def refused_row(name: str, reason: str, *, period: str, source: str) -> Row:
    """Why the outcomes of a programme or reform were not read."""
    return {
        "municipality": COUNTRY, "period": period, "period_type": "unknown", "definition": "indsats_plan",
        "measure": "refused", "group": f"{name}: lås", "decimals": 0, "method": "udfald læses kun under en lås",
        "note": reason, "source": source,
    }  # fmt: skip


def lock_text(found: LockedPlan) -> str:
    """When the plan was locked, and whether the outcomes were there already."""
    print_of = f"Kontrolsummen begynder med {found.sha256[:12]}."
    if found.outcome_existed:
        return (
            f"Planen blev låst {date(found.locked)}, efter at udfaldene forelå. Den kan derfor være skrevet af nogen, der kendte "
            f"dem. {print_of}"
        )
    return f"Planen blev låst {date(found.locked)}, før filen med udfaldene fandtes. {print_of}"


def verdict_row(reasons: list[str], **shared: Any) -> Row:
    """Whether the design can carry a claim (1 or 0), the verdict in ``method`` and each reason against it in ``note``."""
    verdict = DESCRIPTION_ONLY if reasons else ASSESSABLE
    return {**shared, "measure": "verdict", "estimate": float(not reasons), "decimals": 0, "method": verdict,
            "note": "; ".join(reasons)}  # fmt: skip


def _assumed(assumed: Assumed | None) -> dict[str, float]:
    return {} if assumed is None else {f"assumed.{key}": value for key, value in asdict(assumed).items()}


def _changed(change: Change) -> str:
    return f"Låst: {change.before}. Nu: {change.now}."
