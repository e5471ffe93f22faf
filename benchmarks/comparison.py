"""Do ranks, funnel and pooled shares say no more than the data do? Municipalities with a known truth, drawn again.

    python benchmarks/comparison.py --replications 2000

98 municipalities, their numbers of pupils drawn once (lognormal, SD of the logarithm 0.75, scaled to 640,000 pupils,
then kept within 1,000-60,000), the pupils in segregated provision anew in every replication: binomial, with one share
for all, or with true shares that are normal around it, also drawn anew. Everything that is estimated goes through the
library's own functions; the reference of the funnels is the share of all pupils together, as in practice.
Writes docs/comparison.md. Ends with 1 when a requirement is not met.
"""

import argparse
import os
import sys
from pathlib import Path
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from inklusion.measures.adjusted_funnel import adjusted_funnel_limits
from inklusion.measures.funnel import funnel_limits
from inklusion.measures.pooling import pooled_shares
from inklusion.measures.ranks import share_ranks

PLACES, PUPILS, SMALLEST, LARGEST = 98, 640_000, 1_000, 60_000
SHARE, SPREAD, LEVEL = 0.05, 0.012, 0.95
SCENARIOS = {"equal": 0.0, "differ": SPREAD}
ROWS = {
    "width": "ranks an interval spans (upper less lower), median of the municipalities",
    "intervals": "all 98 simultaneous Wilson intervals hold the true share, % of replications",
    "ranks": "all 98 rank intervals hold the true rank, % of replications",
    "chance": "outside the 95 % funnel of chance, % of municipalities",
    "multiplicative": "outside the adjusted 95 % funnel (multiplicative, the default), % of municipalities",
    "additive": "outside the adjusted 95 % funnel (additive), % of municipalities",
    "widened": "replications in which the default funnel was widened, %",
    "inflation": "how many times wider the default funnel is than that of chance, mean",
    "pooled": "pooled 95 % interval holds the true share, % of municipalities (where there is one)",
}
PARTS = set(ROWS) - {"width", "inflation"}


def pupils() -> np.ndarray:
    """Numbers of pupils with about the real spread, the same in every run."""
    sizes = np.random.default_rng(98).lognormal(0, 0.75, PLACES)
    return np.clip(sizes / sizes.sum() * PUPILS, SMALLEST, LARGEST).astype(int)


def replicate(sizes: np.ndarray, spread: float, seed: int) -> dict[str, float]:
    """One draw of true shares and pupils, and what the library says about it."""
    rng = np.random.default_rng([23, round(1e6 * spread), seed])
    truth = np.clip(rng.normal(SHARE, spread, PLACES), 0.001, 1)
    counted = rng.binomial(sizes, truth)
    ranked = share_ranks(counted, sizes, confidence=LEVEL)
    pooled = pooled_shares(counted, sizes, confidence=LEVEL)
    rank = pd.Series(truth).rank(method="min"), pd.Series(truth).rank(method="max")
    reference, share = counted.sum() / sizes.sum(), counted / sizes
    funnels = {way: adjusted_funnel_limits(counted, sizes, reference, confidence=LEVEL, spread=way)
               for way in ("multiplicative", "additive")}  # fmt: skip
    default = funnels["multiplicative"]
    inflation = default["inflation"].iloc[0]
    inside = (pooled["lower"] <= truth) & (truth <= pooled["upper"])
    return {
        "width": float((ranked["rank_upper"] - ranked["rank_lower"]).median()),
        "intervals": ((ranked["lower"] <= truth) & (truth <= ranked["upper"])).all(),
        "ranks": ((ranked["rank_lower"] <= rank[0]) & (rank[1] <= ranked["rank_upper"])).all(),
        "chance": outside(share, funnel_limits(sizes, reference, confidence=LEVEL)),
        "widened": inflation > 1,
        "inflation": float(inflation),
        "pooled": float(inside[pooled["lower"].notna()].mean()) if pooled["lower"].notna().any() else np.nan,
    } | {way: outside(share, funnel) for way, funnel in funnels.items()}


def outside(share: np.ndarray, limits: pd.DataFrame) -> float:
    """Part of the municipalities below the lower or above the upper limit."""
    return float(((share < limits["lower"]) | (share > limits["upper"])).mean())


def requirements(means: pd.DataFrame) -> dict[str, bool]:
    """What must hold, and whether it does."""
    equal, differ = means["equal"], means["differ"]
    return {
        f"equal municipalities: the median rank interval spans {equal['width']:.1f} ranks, at least 85": equal["width"]
        >= 85,
        f"equal municipalities: {equal['multiplicative']:.2f} % outside the adjusted 95 % funnel, 3 to 6": 3
        <= equal["multiplicative"]
        <= 6,
        f"different municipalities: all true ranks held in {differ['ranks']:.1f} %, at least 95": differ["ranks"] >= 95,
        f"different municipalities: the median rank interval spans {differ['width']:.1f} ranks, fewer than "
        "for equal ones": differ["width"] < equal["width"],
    }


def page(means: pd.DataFrame, met: dict[str, bool], sizes: np.ndarray, replications: int, seconds: float) -> list[str]:
    """The lines of docs/comparison.md."""
    return [
        "# Ranks, funnels and pooled shares of 98 municipalities",
        "",
        f"`python benchmarks/comparison.py --replications {replications}`: {PLACES} simulated municipalities of "
        f"{sizes.min()} to {sizes.max()} pupils (median {np.median(sizes):.0f}, {sizes.sum()} in all), share "
        f"{100 * SHARE:g} %. Equal: one true share. Different: true shares normal with SD {100 * SPREAD:g} points. "
        f"{replications} replications of each with fixed seeds, {seconds:.0f} s on one core. Ranks and their intervals "
        f"have joint confidence {100 * LEVEL:g} %. Means over the replications:",
        "",
        "| measure | equal | different |",
        "|---|---|---|",
        *(f"| {text} | {means.loc[row, 'equal']:.2f} | {means.loc[row, 'differ']:.2f} |" for row, text in ROWS.items()),
        "",
        *(f"- {'Met' if held else 'NOT MET'}: {text}." for text, held in met.items()),
        "",
        "Equal municipalities have no true ranks: theirs count as held when the interval runs from 1 to 98. The "
        "default funnel is estimated from the middle 80 % of the municipalities, so with true differences more than "
        "5 % lie outside it, on purpose: the widening does not hide those it should show.",
    ]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=2_000)
    parser.add_argument("--write", type=Path, default=Path(__file__).parents[1] / "docs" / "comparison.md")
    chosen = parser.parse_args()
    start, sizes = perf_counter(), pupils()
    means = pd.DataFrame({
        name: pd.DataFrame([replicate(sizes, spread, seed) for seed in range(chosen.replications)]).astype(float).mean()
        for name, spread in SCENARIOS.items()
    })  # fmt: skip
    means.loc[list(PARTS)] *= 100
    met = requirements(means)
    lines = page(means, met, sizes, chosen.replications, perf_counter() - start)
    chosen.write.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(lines))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
