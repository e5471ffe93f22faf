"""The model card: what the model predicts, how well, for whom less well, and what it is not worth using for."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.printed import estimates
from inklusion.analyses.risk import VARIANTS, WITH_PRACTICE, Fit, Risk
from inklusion.contracts.register import OUTCOMES, outcome
from inklusion.measures import calibration
from inklusion.measures.proportions import wilson_interval
from inklusion.models.importance import category_importance
from inklusion.municipalities import COUNTRY

CONFIDENCE = 0.95
CARD = "risikomodel"
PLACED = OUTCOMES[0]
GRADES = {"0.-3. klasse": (0, 3), "4.-6. klasse": (4, 6), "7.-10. klasse": (7, 10)}


def model_card(risk: Risk) -> pd.DataFrame:
    """Properties of the models on municipalities that they never saw; the main definition and the country only.

    Measures: ``log_loss`` of every model and variant (the chosen one is named in ``note``), ``base_rate``, ``auc``,
    ``brier``, ``brier_skill``, ``calibration_slope``, ``calibration_intercept``, ``calibration_in_the_large``;
    ``predicted`` and ``share`` by tenth of probability and by subgroup; ``category_log_loss`` and ``category_auc``
    (what is lost without the category); ``rows``, ``dropped_rows``, ``families_effect``.
    """
    names = ("alle oplysninger", "uden lokal praksis")
    rows = [
        row for name, variant in zip(names, VARIANTS, strict=True) for row in quality(risk.fits[PLACED, variant], name)
    ]
    fit = risk.fits[PLACED, WITH_PRACTICE]
    rows += tenths(fit) + _subgroups(risk, fit) + _categories(risk, fit) + _pupils(risk, fit)
    labels = list(risk.periods)
    shared = {"municipality": COUNTRY, "period": labels[-1], "period_type": risk.periods[labels[-1]][0]}
    return estimates([{"definition": CARD, **shared, "source": risk.source, **row} for row in rows])


def _value(measure: str, value: float, *, decimals: int = 3, **more: Any) -> dict[str, Any]:
    return {"measure": measure, "estimate": value, "decimals": decimals, "method": "ude af egen fold", **more}


def quality(fit: Fit, group: str) -> list[dict[str, Any]]:
    """The quality of one fit: what every model loses, and the chosen one's rank and calibration."""
    rows = [
        _value(
            "log_loss", one.log_loss, decimals=4, group=f"{group}: {kind}", note="valgt" if one is fit.chosen else ""
        )
        for kind, one in fit.fitted.items()
    ]
    predictions = fit.chosen.predictions
    country = predictions.sums(np.zeros(len(predictions), dtype=np.int64)).iloc[0]
    area = predictions.measure(calibration.area_under_curve)
    line = predictions.measure(calibration.calibration_line)
    rows.append(
        _value("auc", area[0], lower=area[1], upper=area[2], confidence=CONFIDENCE, group=group,
               note="intervallet (DeLong) regner eleverne for uafhængige")
    )  # fmt: skip
    rows += [
        _value("base_rate", 100 * country["observed"] / country["pupils"], decimals=2, group=group),
        _value("brier", predictions.measure(calibration.brier_score), decimals=4, group=group),
        _value("brier_skill", predictions.measure(calibration.brier_skill), group=group),
        _value("calibration_slope", line.slope, group=group),
        _value("calibration_intercept", line.intercept, group=group),
        _value("calibration_in_the_large", line.in_the_large, group=group),
        _value("mean_predicted", 100 * country["expected"] / country["pupils"], decimals=2, group=group),
    ]
    return rows


def tenths(fit: Fit) -> list[dict[str, Any]]:
    """Predicted and observed in tenths of pupils by probability."""
    table = fit.chosen.predictions.measure(calibration.calibration_groups)
    rows = []
    for place, tenth in enumerate(table.itertuples(), start=1):
        group = f"tiendedel {place}"
        rows += [
            _value("predicted", 100 * tenth.predicted, decimals=2, group=group, denominator=int(tenth.n)),
            _value("share", 100 * tenth.observed, decimals=2, group=group, lower=100 * tenth.lower, confidence=CONFIDENCE,
                   upper=100 * tenth.upper, numerator=int(tenth.events), denominator=int(tenth.n), definition=PLACED),
        ]  # fmt: skip
    return rows


def subgroups(risk: Risk) -> dict[str, NDArray[np.bool_]]:
    """Rows of each subgroup: sex, origin where it is known, and stage of school."""
    pupils = risk.register.pupils
    found = {f"køn: {sex}": (pupils["sex"] == sex).to_numpy(dtype=bool) for sex in pupils["sex"].cat.categories}
    for origin in pupils["origin"].cat.categories:
        found[f"herkomst: {origin}"] = (pupils["origin"] == origin).to_numpy(dtype=bool)
    for stage, grades in GRADES.items():
        found[f"trin: {stage}"] = pupils["grade"].between(*grades).to_numpy(dtype=bool)
    return found


def _subgroups(risk: Risk, fit: Fit) -> list[dict[str, Any]]:
    rows = []
    for group, members in subgroups(risk).items():
        sums = fit.chosen.predictions.sums(np.where(members, 0, -1))
        if sums.empty or sums["pupils"].iloc[0] < 100:
            continue
        n, observed, expected = (float(sums[name].iloc[0]) for name in ("pupils", "observed", "expected"))
        lower, upper = wilson_interval(observed, n, confidence=CONFIDENCE)
        rows += [
            _value("predicted", 100 * expected / n, decimals=2, group=group, denominator=int(n)),
            _value("share", 100 * observed / n, decimals=2, group=group, lower=100 * float(lower), definition=PLACED,
                   upper=100 * float(upper), confidence=CONFIDENCE, numerator=int(observed), denominator=int(n)),
        ]  # fmt: skip
    return rows


def _categories(risk: Risk, fit: Fit) -> list[dict[str, Any]]:
    dictionary = risk.register.dictionary
    categories = {str(name): tuple(part["column"]) for name, part in dictionary.groupby("category", observed=True)}
    happened = outcome(risk.register.pupils, PLACED)
    table = category_importance(fit.design, happened, fit.chosen, categories, seed=fit.specification.seed)
    return [
        row
        for entry in table.itertuples()
        for row in (
            _value("category_log_loss", entry.log_loss_increase, decimals=4, group=entry.category,
                   note=f"{entry.covariates} oplysninger"),
            _value("category_auc", entry.auc_loss, group=entry.category),
        )
    ]  # fmt: skip


def _pupils(risk: Risk, fit: Fit) -> list[dict[str, Any]]:
    rows = len(risk.register.pupils)
    dropped = sum(one.dropped for one in fit.chosen.folds)
    effect = fit.chosen.predictions.design_effect(risk.places.family, rows=np.ones(rows, dtype=bool))
    return [
        _value("rows", rows, decimals=0, note="elever gange skoleår"),
        _value("covariates", len(fit.design.trees_of), decimals=0),
        _value("dropped_rows", 100 * dropped / (rows * max(1, len(fit.chosen.folds) - 1)), decimals=2,
               note="pct. af træningsrækkerne"),
        _value("families_effect", effect, decimals=2, note="designeffekt af elever og søskende, der tæller flere gange"),
    ]  # fmt: skip
