"""Reforms of whole municipalities: wellbeing in their municipalities and in the others, before and after."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from inklusion.analyses.planned import plan_rows, refused_row, verdict_row
from inklusion.analyses.printed import estimates
from inklusion.measures.difference_in_differences import difference_in_differences, event_study, pre_trend
from inklusion.measures.few_clusters import randomisation_inference, wild_cluster_bootstrap
from inklusion.measures.synthetic_control import LEAST_BEFORE, LEAST_DONORS, synthetic_control
from inklusion.municipalities import COUNTRY
from inklusion.periods import COVID_SCHOOL_YEARS, UNKNOWN
from inklusion.plans import REFORM, LockedPlan, Plan, Plans

CONFIDENCE = 0.95
OUTCOME = "trivsel_generel"
TOO_FEW = "for få kommuner: testen kan ikke blive sikker nok"
UNKNOWN_BEFORE = "udviklingen før reformen kan ikke undersøges"
DIFFERED_BEFORE = "kommunerne udviklede sig forskelligt allerede før reformen"
COVID = "skoleår under COVID-19"
_REASONS = {
    "too few clusters: the attainable level is coarser than 5 %": TOO_FEW,
    "trends before the start cannot be examined": UNKNOWN_BEFORE,
    "trends differed before the start": DIFFERED_BEFORE,
}
_CR2 = "forskel i ændring mellem to grupper af kommuner; interval, der holder med få kommuner (CR2)"
_SLOPE = "forskel i hældning før reformen, pr. skoleår; samme slags interval"
_SWAP = "ombytningstest: andre kommuner kunne lige så godt have haft reformen; tosidet"
_WILD = "wild cluster bootstrap; tosidet"
_YEARLY = "forskel til de andre kommuner, målt fra det sidste skoleår før reformen; interval for ét år ad gangen"
_SYNTHETIC = "syntetisk kontrol: et vægtet gennemsnit af andre kommuner, som fulgte kommunen før reformen"
_PLACEBO = "placebo: hver anden kommune er prøvet, som om den havde haft reformen"
Row = dict[str, Any]


class _Panel(NamedTuple):
    """One mean per municipality and school year, of the municipalities that have them all; and who has the reform."""

    values: pd.DataFrame
    treated: list[str]
    start: int

    def columns(self) -> tuple[Any, ...]:
        """Outcome, municipality, first calendar year of the school year, and whether the municipality has the reform."""
        long = self.values.stack()
        places, years = (long.index.get_level_values(level) for level in (0, 1))
        chosen = np.isin(places, self.treated).astype(int)
        return long.to_numpy(dtype=np.float64), np.array(places, dtype=object), first_year(years), chosen


def registered_reform(
    scales: pd.DataFrame, reforms: pd.DataFrame, *, source: str, plans: Plans | None = None
) -> pd.DataFrame:
    """What the shown means of general wellbeing say of each reform, under its locked plan.

    Made of shown rows only. A reform of several municipalities is compared with those in no reform by
    difference-in-differences, that of a single one by a synthetic control. Municipalities that lack a school year are
    left out. Shared figures belong to the country and stand under the reform's name; each municipality of the reform has
    its own mean before and after, and no other municipality has a row.

    Measures: ``start``, ``municipalities`` (with the reform, without it, left out), ``yearly``, ``before``, ``after``,
    ``change``; ``effect``, ``pre_trend``, ``implied``, ``event``; ``p``, ``attainable``, ``wild_p``; for a single one
    ``gap`` and ``fit`` in place of intervals; ``verdict``; and the plan.
    """
    means = scales[
        (scales["definition"] == OUTCOME) & (scales["measure"] == "mean") & (scales["unit"] == "")
        & (scales["group"] == "") & (scales["municipality"] != COUNTRY)
    ]  # fmt: skip
    if means.empty or reforms.empty:
        return estimates([])
    where = ", ".join(dict.fromkeys(means["source"]))
    table = means.pivot_table(index="municipality", columns="period", values="estimate", sort=True)
    rows: list[Row] = []
    for name, members in reforms.groupby("reform"):
        found = (plans or Plans()).under_lock(str(name), REFORM, where)
        shared: Row = {"period": f"{table.columns[0]}-{table.columns[-1]}", "period_type": "school_years_pooled",
                       "group": str(name), "source": ", ".join(dict.fromkeys([source, where]))}  # fmt: skip
        rows += ({**shared, **row} for row in _about(members))
        if not isinstance(found, LockedPlan):
            rows.append(refused_row(str(name), found, period=UNKNOWN, source=source))
            continue
        rows += plan_rows(str(name), found, source=source)
        rows += ({**shared, **row} for row in _reform(table, members, reforms, found.plan))
    return estimates(rows)


def first_year(periods: Any) -> np.ndarray:
    """The calendar year in which each school year begins."""
    return np.array([int(str(name)[:4]) for name in periods], dtype=np.int64)


def _row(definition: str, measure: str, estimate: float, decimals: int = 3, **more: Any) -> Row:
    return {"municipality": COUNTRY, "definition": definition, "measure": measure, "estimate": float(estimate),
            "decimals": decimals, "method": "optalt", **more}  # fmt: skip


def _about(members: pd.DataFrame) -> Iterator[Row]:
    """Which municipalities have the reform, and since when."""
    for row in members.itertuples():
        yield _row("reform_start", "start", np.nan, 0, municipality=row.municipality, period=row.start,
                   period_type="school_year", method="som oplyst", note=row.start)  # fmt: skip


def _reform(table: pd.DataFrame, members: pd.DataFrame, reforms: pd.DataFrame, plan: Plan) -> Iterator[Row]:
    whole = table.dropna()
    untouched = [code for code in whole.index if code not in set(reforms["municipality"])]
    treated = [code for code in whole.index if code in set(members["municipality"])]
    start = int(min(first_year(members["start"])))
    panel = _Panel(whole.loc[[*treated, *untouched]], treated, start)
    counts = {"with_reform": len(treated), "without_reform": len(untouched), "left_out": len(table) - len(whole)}
    for measure, count in counts.items():
        yield _row("reform_kommuner", measure, count, 0)
    years = first_year(whole.columns)
    if not treated or not untouched or not (years < start).any() or not (years >= start).any():
        yield verdict_row([UNKNOWN_BEFORE], municipality=COUNTRY, definition="reform_dom")
        return
    yield from _means(panel)
    one_start = members["start"].nunique() == 1
    if len(treated) > 1 and one_start:
        yield from _several(panel, plan)
    elif len(treated) == 1 and len(untouched) >= LEAST_DONORS and int((years < start).sum()) >= LEAST_BEFORE:
        yield from _single(panel, plan)
    else:
        yield verdict_row([TOO_FEW if one_start else UNKNOWN_BEFORE], municipality=COUNTRY, definition="reform_dom")


def _means(panel: _Panel) -> Iterator[Row]:
    """Each year's mean with and without the reform, and each municipality of the reform before and after."""
    is_after = first_year(panel.values.columns) >= panel.start
    sides = {"yearly_with": panel.values.loc[panel.treated], "yearly_without": panel.values.drop(index=panel.treated)}
    for measure, part in sides.items():
        for year, mean in part.mean().items():
            note = COVID if year in COVID_SCHOOL_YEARS else ""
            yield _row("reform_niveau", measure, mean, period=year, period_type="school_year", note=note,
                       method="gennemsnit af kommunernes gennemsnit")  # fmt: skip
    for code, values in panel.values.loc[panel.treated].iterrows():
        before, after = values[~is_after].mean(), values[is_after].mean()
        for measure, value in (("before", before), ("after", after), ("change", after - before)):
            yield _row("reform_niveau", measure, value, municipality=code, method="gennemsnit af skoleår")


def _ends(found: Any) -> Row:
    return {"lower": found.lower, "upper": found.upper, "confidence": CONFIDENCE} if np.isfinite(found.lower) else {}


def _several(panel: _Panel, plan: Plan) -> Iterator[Row]:
    """Difference-in-differences, the trends before, three tests, and the difference year by year."""
    columns = panel.columns()
    options = {"start": panel.start, "confidence": CONFIDENCE}
    found = difference_in_differences(*columns, randomised=plan.randomised, **options)
    yield _row("reform_forskel", "effect", found.effect, **_ends(found), method=_CR2)
    before = pre_trend(*columns, **options)
    if np.isfinite(before.p_value):
        yield _row("reform_forskel", "pre_trend", before.slope, **_ends(before), method=_SLOPE)
        yield _row("reform_forskel", "implied", before.implied, method="hvad den hældning alene ville lægge til")
        yield _row("reform_p", "pre_trend_p", before.p_value, method=_SLOPE)
    swapped = randomisation_inference(*columns, start=panel.start)
    yield _row("reform_p", "p", swapped.p_value, method=_SWAP)
    yield _row("reform_p", "attainable", _attainable(swapped), method=_SWAP)
    if len(panel.values) - len(panel.treated) > 1:
        wild = wild_cluster_bootstrap(*columns, start=panel.start)
        yield _row("reform_p", "wild_p", wild.p_value, method=_WILD)
    yield from _events(panel)
    reasons = [_REASONS[code] for code in found.reasons]
    yield verdict_row(reasons, municipality=COUNTRY, definition="reform_dom")


def _attainable(found: Any) -> float:
    """The smallest p-value: of all sets of municipalities, or of those that were drawn."""
    return float(found.attainable if found.exact else 1 / (found.assignments + 1))


def _events(panel: _Panel) -> Iterator[Row]:
    names = dict(zip(first_year(panel.values.columns), panel.values.columns, strict=True))
    for row in event_study(*panel.columns(), start=panel.start, confidence=CONFIDENCE).itertuples():
        label = names[int(row.period)]
        note = COVID if label in COVID_SCHOOL_YEARS else ""
        yield _row("reform_forskel", "event", row.estimate, period=label, period_type="school_year", **_ends(row),
                   method=_YEARLY, note=note)  # fmt: skip


def _single(panel: _Panel, plan: Plan) -> Iterator[Row]:
    """Synthetic control with every other municipality as a placebo."""
    outcome, place, year, _ = panel.columns()
    found = synthetic_control(outcome, place, year, panel.treated[0], start=panel.start)
    yield _row("reform_forskel", "effect", found.effect, method=_SYNTHETIC)
    yield _row("reform_forskel", "fit", found.before_error, method="gennemsnitlig afstand til kontrollen før reformen")
    yield _row("reform_p", "p", found.p_value, method=_PLACEBO)
    yield _row("reform_p", "attainable", found.attainable, method=_PLACEBO)
    names = dict(zip(first_year(panel.values.columns), panel.values.columns, strict=True))
    for row in found.path.itertuples():
        label = names[int(row.period)]
        more = {"period": label, "period_type": "school_year", "note": COVID if label in COVID_SCHOOL_YEARS else ""}
        yield _row("reform_niveau", "synthetic", row.synthetic, method=_SYNTHETIC, **more)
        yield _row("reform_forskel", "gap", row.gap, method=_SYNTHETIC, **more)
    reasons = [TOO_FEW] if found.attainable > plan.level else []
    yield verdict_row(reasons, municipality=COUNTRY, definition="reform_dom")
