"""Differences between groups of pupils, and whether choosing pupils by score reaches more than choosing schools."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.model_card import subgroups
from inklusion.analyses.printed import estimates
from inklusion.analyses.risk import WITH_PRACTICE, Risk, Units
from inklusion.contracts.register import OUTCOMES, outcome
from inklusion.measures.disproportionality import disproportionality
from inklusion.measures.proportions import wilson_interval
from inklusion.municipalities import COUNTRY

CONFIDENCE = 0.95
PLACED = OUTCOMES[0]
MEASURES = ("risk_difference", "risk_ratio", "alternate_risk_ratio", "weighted_risk_ratio")
FEWEST = 20
COUNTRY_ONLY = ("herkomst",)
CHOSEN_SHARES = (0.05, 0.10, 0.15, 0.20, 0.25, 0.50)


def disproportion(risk: Risk) -> pd.DataFrame:
    """Shares by sex, origin and stage in the latest year, and each group against the others in its municipality.

    Measures: ``share`` (Wilson), ``risk_difference`` (percentage points), ``risk_ratio``, ``alternate_risk_ratio``
    (against the others in the whole country) and ``weighted_risk_ratio`` (the others weighted as in the country). A
    ratio with a cell under 10 or a group under 30 is not given, and a municipality with fewer than ``FEWEST`` pupils in
    segregated provision is not divided. Origin is compared for the country only: most municipalities have groups so small
    that nearly all would be hidden.
    """
    happened = outcome(risk.register.pupils, PLACED)
    members = subgroups(risk)
    rows: list[dict[str, Any]] = []
    for dimension in dict.fromkeys(name.split(":")[0] for name in members):
        groups = {name: rows_of for name, rows_of in members.items() if name.startswith(f"{dimension}:")}
        counts = _counts(risk, groups, happened)
        country = counts.groupby("group", sort=False)[["numerator", "denominator"]].sum()
        places = [] if dimension in COUNTRY_ONLY else list(counts.groupby("municipality"))
        for code, part in [*places, (COUNTRY, country.reset_index())]:
            if code == COUNTRY or part["numerator"].sum() >= FEWEST:
                rows += _compared(str(code), part, country)
    shared = {"period": risk.years[-1], "period_type": "school_year", "source": risk.source, "definition": PLACED}
    return estimates([{**row, **shared} for row in rows])


def _counts(risk: Risk, members: dict[str, NDArray[np.bool_]], happened: NDArray[np.bool_]) -> pd.DataFrame:
    codes, names = risk.municipalities.codes, risk.municipalities.names["municipality"]
    parts = []
    for group, rows_of in members.items():
        chosen = rows_of & risk.latest
        parts.append(
            pd.DataFrame(
                {
                    "municipality": names,
                    "group": group,
                    "numerator": np.bincount(codes[chosen & happened], minlength=len(names)),
                    "denominator": np.bincount(codes[chosen], minlength=len(names)),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table[table["denominator"] > 0]


def _compared(code: str, part: pd.DataFrame, country: pd.DataFrame) -> list[dict[str, Any]]:
    groups = country.loc[part["group"]]
    others = country.sum() - groups
    table = disproportionality(
        part["numerator"].to_numpy(),
        part["denominator"].to_numpy(),
        reference_risk=(others["numerator"] / others["denominator"]).to_numpy(),
        reference_share=(groups["denominator"] / groups["denominator"].sum()).to_numpy(),
        confidence=CONFIDENCE,
    )
    rows = []
    for (_, count), (_, found) in zip(part.iterrows(), table.iterrows(), strict=True):
        kept = {"municipality": code, "unit": "", "group": count["group"], "confidence": CONFIDENCE,
                "numerator": int(count["numerator"]), "denominator": int(count["denominator"])}  # fmt: skip
        lower, upper = wilson_interval(count["numerator"], count["denominator"], confidence=CONFIDENCE)
        share = 100 * count["numerator"] / count["denominator"]
        rows.append({**kept, "measure": "share", "estimate": share, "lower": 100 * float(lower),
                     "upper": 100 * float(upper), "decimals": 1, "method": "Wilson"})  # fmt: skip
        for measure in MEASURES:
            factor = 100 if measure == "risk_difference" else 1
            ends = (measure, f"{measure}_lower", f"{measure}_upper")
            estimate, low, high = (factor * float(found[name]) for name in ends)
            rows.append({**kept, "measure": measure, "estimate": estimate, "lower": low, "upper": high,
                         "decimals": 1 if factor > 1 else 2, "method": "IDEA, 34 CFR 300.647", "note": found["note"]})  # fmt: skip
    return rows


def targeting(risk: Risk) -> pd.DataFrame:
    """How much of next year's new need is reached by choosing districts, schools, or pupils by score.

    Pupils in ordinary classes in one year who are there the next year too; need is being in segregated provision
    then. Districts and schools are chosen whole, by their expected share, until the chosen part of the pupils is
    reached; the last one counts by the part that is needed. All pairs of years together.
    """
    later, within = _later_need(risk)
    predictions = risk.fits[PLACED, WITH_PRACTICE].chosen.predictions
    total = int(later[within].sum())
    reached = {
        "efter score": predictions.reached_by_score(CHOSEN_SHARES, later, rows=within),
        "hele distrikter": _reached_by_unit(risk, risk.districts, later, within),
        "hele skoler": _reached_by_unit(risk, risk.schools, later, within),
        "tilfældigt": np.array(CHOSEN_SHARES),
    }
    rows = []
    for way, shares in reached.items():
        for chosen, share in zip(CHOSEN_SHARES, shares, strict=True):
            count = round(float(share) * total)
            lower, upper = wilson_interval(count, total, confidence=CONFIDENCE) if total else (np.nan, np.nan)
            rows.append(
                {"municipality": COUNTRY, "definition": "maalretning", "measure": "reached", "period": risk.years[-1],
                 "group": f"{way}: {100 * chosen:.0f} pct. af eleverne", "numerator": count, "denominator": total,
                 "estimate": 100 * share, "lower": 100 * float(lower), "upper": 100 * float(upper), "decimals": 0,
                 "confidence": CONFIDENCE, "method": "Wilson", "period_type": "school_year", "source": risk.source}
            )  # fmt: skip
    return estimates(rows)


def _later_need(risk: Risk) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each row's pupil is in segregated provision a year later, and the rows that can be followed."""
    year = pd.factorize(risk.register.pupils["year"].astype("str"), sort=True)[0]
    happened = outcome(risk.register.pupils, PLACED)
    index = pd.MultiIndex.from_arrays([risk.places.pupil, year])
    following = index.get_indexer(pd.MultiIndex.from_arrays([risk.places.pupil, year + 1]))
    later = np.where(following >= 0, happened[following], False)
    return later, (following >= 0) & risk.ordinary


def _reached_by_unit(
    risk: Risk, units: Units, later: NDArray[np.bool_], within: NDArray[np.bool_]
) -> NDArray[np.float64]:
    sums = risk.fits[PLACED, WITH_PRACTICE].chosen.predictions.sums(np.where(within, units.codes, -1))
    kept = within & (units.codes >= 0)
    need = np.bincount(units.codes[kept], later[kept], minlength=len(sums))
    order = np.argsort(-(sums["expected"] / sums["pupils"]).fillna(-1).to_numpy(), kind="stable")
    pupils = np.concatenate([[0], np.cumsum(sums["pupils"].to_numpy()[order])])
    found = np.concatenate([[0], np.cumsum(need[order])])
    return np.asarray(np.interp(np.array(CHOSEN_SHARES) * within.sum(), pupils, found) / max(1, later[within].sum()))
