"""Do the intervals hold what they promise? A country with a known truth, drawn again and again.

    python benchmarks/coverage.py --replications 2000 --workers 2

The covariates are drawn once, outcomes and local practice anew in every replication. Everything that is estimated
goes through the library's own functions: folds, cross-fitting, calibration, variance of the expected count, spread
of the districts, intervals, Holm's correction. Truth of a municipality is its own effect (mean of true probability
minus probability at national practice, over the draws of its districts); truth of a district is its own draw.
Writes docs/coverage.md.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from inklusion.analyses.expected import UNCLEAR, adjusted, standing, verdicts
from inklusion.analyses.risk import Fit, Risk, Units
from inklusion.contracts.register import Register
from inklusion.models.cross_fit import Places, cross_fit
from inklusion.models.design import Design, build_design
from inklusion.models.specification import Specification

PLACES, PLANTED, PLANTED_PUPILS, PLANTED_DISTRICTS, PLANTED_EFFECT = 98, 97, 5_000, 12, 0.02
BASE, PLACE_SD, DISTRICT_SD = 0.051, 0.008, 0.010
CLASSES = (0, 5, 10, 20, 40, np.inf)


@dataclass(frozen=True)
class Country:
    """Fixed covariates and places; ``national`` is every pupil's probability at national practice."""

    design: Design
    risk: Risk
    log_odds: np.ndarray
    national: np.ndarray
    district: np.ndarray
    place_of: np.ndarray


def country(pupils: int, *, hidden: float, observed: bool) -> Country:
    """98 municipalities of real spread in size, districts of about 160 pupils, one municipality of 5,000 in 12."""
    rng = np.random.default_rng(1)
    sizes = rng.lognormal(0, 0.75, PLACES)
    sizes = np.maximum(80, sizes / sizes.sum() * pupils).astype(int)
    sizes[PLANTED] = PLANTED_PUPILS
    counts = np.maximum(1, np.round(sizes / 160)).astype(int)
    counts[PLANTED] = PLANTED_DISTRICTS
    place = np.repeat(np.arange(PLACES), sizes)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    district = np.concatenate([first[m] + np.sort(rng.integers(0, counts[m], sizes[m])) for m in range(PLACES)])
    district = np.unique(district, return_inverse=True)[1]
    n = len(place)
    level, local = rng.normal(0, 0.3, PLACES), rng.normal(0, 0.3, district.max() + 1)
    income = rng.normal(0, 1, n) + level[place] + local[district]
    columns = {
        "income": income,
        "education": (rng.random(n) < 0.7 + 0.05 * np.tanh(income)).astype(float),
        "boy": (rng.random(n) < 0.51).astype(float),
        "grade": rng.integers(0, 10, n).astype(float),
        "diagnosis": (rng.random(n) < 0.05).astype(float),
        "single_parent": (rng.random(n) < 0.25 - 0.05 * np.tanh(income)).astype(float),
        "notification": (rng.random(n) < 0.06).astype(float),
        "preterm": (rng.random(n) < 0.07).astype(float),
    }
    unseen = rng.normal(0, 1, n) + 0.3 * rng.normal(0, 1, PLACES)[place]
    log_odds = (
        -0.5 * income + 0.12 * income**2 - 0.4 * columns["education"] + 0.6 * columns["boy"] + 0.06 * columns["grade"]
        + 1.9 * columns["diagnosis"] + 0.5 * columns["single_parent"] + 1.0 * columns["notification"]
        + 0.4 * columns["preterm"] + 0.5 * columns["diagnosis"] * columns["boy"] + hidden * unseen
    )  # fmt: skip
    log_odds += _level(log_odds)
    covariates = pd.DataFrame(columns | ({"unseen": unseen} if observed else {})).astype("float32")
    names = pd.DataFrame({"municipality": [f"{901 + m}" for m in range(PLACES)], "unit": ""})
    place_of = np.zeros(district.max() + 1, dtype=int)
    place_of[district] = place
    units = pd.DataFrame({"municipality": names["municipality"].to_numpy()[place_of], "unit": "d"})
    units["unit"] = [f"d{k}" for k in range(len(units))]
    persons = np.arange(n)
    empty = pd.DataFrame()
    register = Register(empty, covariates, empty, empty, empty, names, True)
    places = Places(place.astype(np.int64), persons, persons)
    divisions = Units(place.astype(np.int64), names), Units(district.astype(np.int64), units)
    risk = Risk(register, {}, places, *divisions, divisions[1], "simulation")
    return Country(build_design(covariates, Specification()), risk, log_odds, _share(log_odds), district, place_of)


def replicate(
    chosen: Country, seed: int, *, planted: bool, place_sd: float, models: tuple[str, ...]
) -> dict[str, object]:
    """One draw of practice and outcomes, and what the library says about it."""
    rng = np.random.default_rng([7, seed])
    effect, own = _practice(chosen, rng, planted=planted, place_sd=place_sd)
    probability = _shifted(chosen, own)
    outcome = rng.random(len(probability)) < probability
    specification = Specification(models=models, seed=seed)
    fitted = cross_fit(chosen.design, outcome, chosen.risk.places, specification)[models[0]]
    fit = Fit(fitted, {}, chosen.design, specification)
    places, districts, spread, _ = standing(chosen.risk, fit, np.ones(len(outcome), dtype=bool))
    holm = verdicts(places, adjusted(places["p_value"].to_numpy(), "holm"))
    inside = lambda table, truth: (table["lower"].to_numpy() <= truth) & (truth <= table["upper"].to_numpy())  # noqa: E731
    return {
        "places": inside(places, effect),
        "expected": places["expected"].to_numpy(),
        "districts": inside(districts, own),
        "district_expected": districts["expected"].to_numpy(),
        "flagged": np.array([word != UNCLEAR for word in holm]),
        "width": (places["upper"] - places["lower"]).to_numpy(),
        "error": ((places["observed"] - places["expected"]) / places["pupils"]).to_numpy() - effect,
        "spread": spread,
    }


def _practice(
    chosen: Country, rng: np.random.Generator, *, planted: bool, place_sd: float
) -> tuple[np.ndarray, np.ndarray]:
    """Effects in shares: municipalities' sum to zero over all pupils, districts' are symmetric around zero."""
    sizes = np.bincount(chosen.risk.places.municipality)
    level = np.bincount(chosen.district, chosen.national) / np.bincount(chosen.district)
    effect = place_sd * rng.standard_normal(PLACES).clip(-2, 2)
    free = np.ones(PLACES, dtype=bool)
    if planted:
        effect[PLANTED], free[PLANTED] = PLANTED_EFFECT, False
    effect[free] -= (effect * sizes).sum() / sizes[free].sum()
    room = np.minimum(2.5 * DISTRICT_SD, 0.9 * np.maximum(0, level + np.minimum(0, effect[chosen.place_of])))
    draw = DISTRICT_SD * rng.standard_normal(len(level))
    return effect, effect[chosen.place_of] + draw.clip(-room, room)


def _shifted(chosen: Country, wanted: np.ndarray) -> np.ndarray:
    """Probabilities whose mean in each district exceeds national practice by the wanted share."""
    size = np.bincount(chosen.district)
    target = np.bincount(chosen.district, chosen.national) / size + wanted
    shift = np.zeros(len(size))
    for _ in range(40):
        share = _share(chosen.log_odds + shift[chosen.district])
        mean = np.bincount(chosen.district, share) / size
        slope = np.bincount(chosen.district, share * (1 - share)) / size
        step = ((target - mean) / slope).clip(-1, 1)
        shift += step
        if np.abs(step).max() < 1e-9:
            break
    return _share(chosen.log_odds + shift[chosen.district])


def _share(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def _level(log_odds: np.ndarray) -> float:
    low, high = -20.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _share(log_odds + middle).mean() < BASE else (low, middle)
    return low


def run(pupils: int, replications: int, workers: int, *, hidden: float = 0.0, observed: bool = False, first: int = 0,
        planted: bool = True, place_sd: float = PLACE_SD, models: tuple[str, ...] = ("logistic",)) -> list[dict]:  # fmt: skip
    """All replications of one scenario."""
    jobs = [(pupils, hidden, observed, first + seed, planted, place_sd, models) for seed in range(replications)]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_job, jobs, chunksize=10))


_KEPT: dict[tuple, Country] = {}


def _job(job: tuple) -> dict[str, object]:
    pupils, hidden, observed, seed, planted, place_sd, models = job
    key = (pupils, hidden, observed)
    if key not in _KEPT:
        _KEPT[key] = country(pupils, hidden=hidden, observed=observed)
    return replicate(_KEPT[key], seed, planted=planted, place_sd=place_sd, models=models)


def coverage_line(name: str, results: list[dict]) -> str:
    """Mean coverage of municipalities and of districts by expected count."""
    places = np.mean([result["places"] for result in results])
    inside = np.concatenate([result["districts"] for result in results])
    expected = np.concatenate([result["district_expected"] for result in results])
    classes = [inside[(expected >= low) & (expected < high)] for low, high in pairwise(CLASSES)]
    cells = [f"{100 * part.mean():.1f}" if len(part) else "–" for part in classes]
    return f"| {name} | {len(results)} | {100 * places:.1f} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pupils", type=int, default=80_000)
    parser.add_argument("--replications", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--write", type=Path, default=Path(__file__).parents[1] / "docs" / "coverage.md")
    chosen = parser.parse_args()
    start = perf_counter()
    few = max(2, chosen.replications // 10)
    size = (chosen.pupils, chosen.replications, chosen.workers)
    main_run = run(*size)
    null = run(*size, planted=False, place_sd=0.0, first=100_000)
    seen = run(chosen.pupils, few, chosen.workers, hidden=0.8, observed=True)
    unseen = run(chosen.pupils, few, chosen.workers, hidden=0.8)
    boosted = run(chosen.pupils, max(2, chosen.replications // 40), chosen.workers, models=("boosting",))
    head = "| scenario | replications | municipalities | " + " | ".join(
        f"districts, {low:g}-{high:g} expected" for low, high in pairwise(CLASSES)) + " |"  # fmt: skip
    wrong = np.mean([result["flagged"].any() for result in null])
    found = np.mean([result["flagged"][PLANTED] for result in main_run])
    lines = [
        "# Coverage, false alarms and power of observed against expected",
        "",
        f"`python benchmarks/coverage.py --replications {chosen.replications}`: {chosen.pupils} pupils and the planted "
        f"municipality, {PLACES} municipalities, base rate {100 * BASE:.1f} %, municipalities' practice SD "
        f"{100 * PLACE_SD:.1f} points, districts' SD {100 * DISTRICT_SD:.1f} point; {perf_counter() - start:.0f} s on "
        f"{chosen.workers} processes. Mean coverage of 95 % intervals in per cent:",
        "",
        head,
        "|" + "---|" * (3 + len(CLASSES) - 1),
        coverage_line("practice differs; logistic", main_run),
        coverage_line("nobody differs (districts do)", null),
        coverage_line("a ninth covariate, observed", seen),
        coverage_line("the same covariate never observed", unseen),
        coverage_line("practice differs; boosting", boosted),
        "",
        f"- No true differences between municipalities: any of {PLACES} called different after Holm in "
        f"{100 * wrong:.1f} % of the replications (standard error {100 * np.sqrt(wrong * (1 - wrong) / len(null)):.1f}).",
        f"- A practice effect of +{100 * PLANTED_EFFECT:g} points in a municipality of {PLANTED_PUPILS} pupils in "
        f"{PLANTED_DISTRICTS} districts is found after Holm in {100 * found:.1f} % (standard error "
        f"{100 * np.sqrt(found * (1 - found) / len(main_run)):.1f}); its interval is "
        f"{100 * np.mean([r['width'][PLANTED] for r in main_run]):.2f} points wide on average.",
        f"- The districts' SD of {100 * DISTRICT_SD:.2f} points (drawn, cut at what the base rate allows) is estimated as "
        f"{100 * np.mean([r['spread'] for r in main_run]):.2f} on average.",
        f"- Mean error of the municipalities' difference: {100 * np.mean([r['error'] for r in main_run]):.3f} points; with the "
        f"covariate that is never observed, SD of a municipality's mean error "
        f"{100 * np.mean([r['error'] for r in unseen], axis=0).std():.2f} points: no interval covers what was not measured.",
    ]
    chosen.write.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
