"""The nation on a laptop: cross-fitting beside the same fits run bare in scikit-learn.

    python benchmarks/national.py                # 80,000 and 640,000 pupils × 193 covariates

In one process, warmed up, settings and rows alike: the library's whole way (guards, design, cross-fitting of both
models with calibration, intervals of the better one) against LogisticRegression.fit and
HistGradientBoostingClassifier.fit with decision_function on the held-out rows, which are given the design. Also what the nation's figures are
held against the known truth. Writes docs/national.md.
"""

import argparse
import os
import resource
from pathlib import Path
from time import perf_counter

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from inklusion.analyses.expected import standing
from inklusion.analyses.risk import Fit, Risk, _codes, _units
from inklusion.contracts.register import outcome
from inklusion.measures import calibration
from inklusion.models.cross_fit import Places, best, cross_fit
from inklusion.models.design import Design, build_design
from inklusion.models.folds import municipality_folds, split
from inklusion.models.guards import require_no_answer, require_no_place
from inklusion.models.specification import Specification
from inklusion.register.synthetic import synthetic_register

PLACED = "seg_register_placering"


def ours(register, specification: Specification) -> tuple[dict, float, dict, Design]:
    """Everything that the edition does for one outcome and one set of covariates."""
    start = perf_counter()
    pupils = register.pupils
    happened = outcome(pupils, PLACED)
    places = Places(*(_codes(pupils[name]) for name in ("municipality", "pupil", "family")))
    divisions = [_units(pupils, name) for name in ("", "district", "school")]
    require_no_place(register.covariates, places.municipality, divisions[1].codes)
    require_no_answer(register.covariates, happened)
    steps = {"guards": perf_counter() - start}
    design = build_design(register.covariates, specification)
    steps["design"] = perf_counter() - start - sum(steps.values())
    fitted = cross_fit(design, happened, places, specification)
    steps["cross-fitting"] = perf_counter() - start - sum(steps.values())
    fit = Fit(best(fitted), fitted, design, specification)
    standing(Risk(register, {}, places, *divisions, "benchmark"), fit, np.ones(len(happened), dtype=bool))
    steps["intervals"] = perf_counter() - start - sum(steps.values())
    return fitted, perf_counter() - start, steps, design


def bare(register, design: Design, specification: Specification) -> tuple[float, dict[str, float], int]:
    """The same fits and predictions by hand, without design, calibration, variance or sums."""
    happened = outcome(register.pupils, PLACED)
    codes = [_codes(register.pupils[name]) for name in ("municipality", "pupil", "family")]
    fold = municipality_folds(codes[0], specification.folds, seed=specification.seed)
    took, iterations = {}, 0
    for kind in specification.models:
        start = perf_counter()
        for held in range(specification.folds):
            parts = split(fold, held, codes[0], tuple(codes[1:]), share=specification.calibration_share,
                          seed=specification.seed)  # fmt: skip
            if kind == "logistic":
                with threadpool_limits(1, user_api="blas"):
                    model = LogisticRegression(C=specification.penalty, max_iter=500, tol=1e-4)
                    model.fit(design.linear[parts.fit], happened[parts.fit])
                    model.decision_function(design.linear[parts.held])
            else:
                model = HistGradientBoostingClassifier(
                    learning_rate=specification.learning_rate, max_iter=specification.iterations,
                    max_leaf_nodes=specification.leaves, min_samples_leaf=specification.smallest_leaf,
                    categorical_features=design.is_category, early_stopping=True, random_state=specification.seed,
                )  # fmt: skip
                kept = parts.calibration
                model.fit(design.trees[parts.fit], happened[parts.fit], X_val=design.trees[kept], y_val=happened[kept])
                model.decision_function(design.trees[parts.held])
                iterations += model.n_iter_
        took[kind] = perf_counter() - start
    return sum(took.values()), took, iterations


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[80_000, 640_000])
    parser.add_argument("--covariates", type=int, default=193)
    parser.add_argument("--write", type=Path, default=Path(__file__).parents[1] / "docs" / "national.md")
    chosen = parser.parse_args()
    specification = Specification()
    warm, _ = synthetic_register(4_000, seed=3, years=1, covariates=chosen.covariates)
    bare(warm, ours(warm, specification)[3], specification)
    lines = ["# The nation on one machine", "", f"`python benchmarks/national.py`, {os.cpu_count()} cores, one year, "
             f"{chosen.covariates} covariates, five folds of whole municipalities.", "",
             "| pupils | guards, s | design, s | cross-fitting, s | intervals, s | bare fits, s | cross-fitting / bare | "
             "everything / bare | trees | µs per row and tree (bare boosting) | peak memory, GiB |", "|" + "---|" * 11]  # fmt: skip
    for size in chosen.sizes:
        register, truth = synthetic_register(size, seed=3, years=1, covariates=chosen.covariates)
        fitted, seconds, steps, design = ours(register, specification)
        plain, took, trees = bare(register, design, specification)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        per = 1e6 * took["boosting"] / trees / size
        cells = [f"{size:,}", *(f"{value:.1f}" for value in steps.values()), f"{plain:.1f}",
                 f"{steps['cross-fitting'] / plain:.2f}", f"{seconds / plain:.2f}", f"{trees}", f"{per:.3f}", f"{peak:.2f}"]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    lines += [
        "",
        "Cross-fitting is everything from folds to calibrated probabilities. Guards (does a covariate hold the answer, or "
        "tell the place?), design (splines, indicators) and intervals have no counterpart in the bare fits, which get "
        "the design for nothing.",
    ]
    happened = outcome(register.pupils, PLACED)
    oracle, all_knowing = (roc_auc_score(happened, known) for known in (truth.observable, truth.at_national_practice))
    lines += ["", f"Against the truth ({size:,} pupils). An oracle that knows every probability at national practice, as far as "
              f"the register's covariates tell, has AUC {oracle:.4f}; one that also knows the covariate the register lacks, "
              f"{all_knowing:.4f}:", "",
              "| model | log loss | AUC | slope | mean predicted, pct. | observed, pct. | calibration slopes of the folds |",
              "|---|---|---|---|---|---|---|"]  # fmt: skip
    for kind, one in fitted.items():
        line = one.predictions.measure(calibration.calibration_line)
        area = one.predictions.measure(calibration.area_under_curve)[0]
        sums = one.predictions.sums(np.zeros(len(happened), dtype=np.int64)).iloc[0]
        lines.append(f"| {kind} | {one.log_loss:.5f} | {area:.4f} | {line.slope:.3f} | {100 * sums['expected'] / sums['pupils']:.3f} | "
                     f"{100 * sums['observed'] / sums['pupils']:.3f} | {', '.join(f'{part.slope:.3f}' for part in one.folds)} |")  # fmt: skip
    chosen.write.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
