"""Disclosure control at national scale: how long releasing and attacking the nation's schools takes, what is hidden.

Run ``python benchmarks/audit.py [seed]``. Simulated counts: 98 municipalities, about 1,200 districts of 50 to 900
pupils, 5 % in segregated provision under the narrower of two nested definitions, one year and three years pooled;
1,200 schools by four bands of estimated risk; 20 risk factors by municipality.
"""

import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from inklusion.analyses.printed import estimates
from inklusion.disclosure.audit import audit
from inklusion.disclosure.release import release
from inklusion.disclosure.rule import REGISTER

MUNICIPALITIES, DISTRICTS, BASE_RATE, WIDER = 98, 1_200, 0.05, 0.018
YEAR, POOLED = "2023/2024", "2021/2022-2023/2024"
BANDS = {"0-10": 0.86, "10-20": 0.08, "20-30": 0.035, "30-100": 0.025}
FACTORS = 20


def simulated(seed: int) -> dict[str, pd.DataFrame]:
    """The three tables of an edition, from a seed."""
    random = np.random.default_rng(seed)
    owner = np.sort(np.concatenate([np.arange(MUNICIPALITIES),
                                    random.integers(0, MUNICIPALITIES, DISTRICTS - MUNICIPALITIES)]))  # fmt: skip
    pupils = random.integers(50, 900, DISTRICTS)
    return {
        "expected": estimates(_shares(random, owner, pupils)),
        "risk_profile": estimates(_bands(random, owner, pupils)),
        "prevalence": estimates(_factors(random, np.bincount(owner, pupils).astype(int))),
    }


def _shares(random: np.random.Generator, owner: np.ndarray, pupils: np.ndarray) -> list[dict[str, object]]:
    rate = random.gamma(12, BASE_RATE / 12, len(pupils))
    narrow = random.binomial(pupils[:, None], rate[:, None], (len(pupils), 3))
    between = random.binomial(pupils[:, None] - narrow, WIDER)
    rows = []
    for period, years in ((YEAR, [2]), (POOLED, [0, 1, 2])):
        counts = {"seg_register_placering": narrow[:, years].sum(axis=1),
                  "seg_register_9t": (narrow + between)[:, years].sum(axis=1)}  # fmt: skip
        for definition, count in counts.items():
            rows += _places(owner, "Distrikt", count, pupils * len(years), definition=definition, period=period)
    return rows


def _bands(random: np.random.Generator, owner: np.ndarray, pupils: np.ndarray) -> list[dict[str, object]]:
    chances = random.dirichlet(np.array(list(BANDS.values())) * 60, len(pupils))
    counts = random.multinomial(pupils, chances)
    return [
        row
        for name, count in zip(BANDS, counts.T, strict=True)
        for row in _places(owner, "Skole", count, pupils, definition="risiko_almen", group=f"bånd: {name} pct.")
    ]


def _factors(random: np.random.Generator, pupils: np.ndarray) -> list[dict[str, object]]:
    rows = []
    for factor, rate in enumerate(np.geomspace(0.002, 0.3, FACTORS)):
        count = random.binomial(pupils, rate)
        rows += _places(
            np.arange(MUNICIPALITIES), "", count, pupils, definition="risikofaktor", group=f"faktor {factor}"
        )
    return rows


def _places(
    owner: np.ndarray, kind: str, count: np.ndarray, among: np.ndarray, **shared: str
) -> list[dict[str, object]]:
    """Rows of units, municipalities and the country."""
    rows = [(str(901 + code), f"{kind} {unit}", x, n) for unit, (code, x, n) in
            enumerate(zip(owner, count, among, strict=True)) if kind]  # fmt: skip
    own = [np.bincount(owner, values).astype(int) for values in (count, among)]
    rows += [(str(901 + code), "", x, n) for code, (x, n) in enumerate(zip(*own, strict=True))]
    rows.append(("000", "", count.sum(), among.sum()))
    more = {
        "period": YEAR,
        "period_type": "school_year",
        "decimals": 1,
        "measure": "share",
        "method": "simuleret",
        **shared,
    }
    return [
        {
            "municipality": code,
            "unit": unit,
            "numerator": int(x),
            "denominator": int(n),
            "estimate": 100 * x / n,
            **more,
        }
        for code, unit, x, n in rows
    ]


def main(seed: int) -> None:
    """Time release and audit, say what was hidden, and write docs/audit.md."""
    tables = simulated(seed)
    started = time.perf_counter()
    released = release(tables, "synthetic", REGISTER)
    done = time.perf_counter()
    lines = [
        "# Releasing and attacking the nation's districts and schools",
        "",
        f"`python benchmarks/audit.py {seed}`: {MUNICIPALITIES} municipalities, {DISTRICTS} districts, two nested definitions, one "
        f"year and three years pooled, {len(BANDS)} risk bands, {FACTORS} risk factors; threshold {REGISTER.threshold}.",
        "",
        "| table | rows | below the threshold | hidden in all |",
        "|---|---|---|---|",
    ]
    for name, table in released.items():
        count, among = (tables[name][column].astype(float) for column in ("numerator", "denominator"))
        small = (count < REGISTER.threshold) | (among - count < REGISTER.threshold)
        hidden = table.table["status"] == "suppressed"
        lines.append(f"| {name} | {len(count)} | {small.mean():.1%} | {hidden.mean():.1%} |")
    report = audit(released)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    lines += [
        "",
        f"Release {done - started:.1f} s, audit {time.perf_counter() - done:.1f} s, most memory {memory:.2f} GiB. The audit bounded "
        f"{report.hidden} hidden of {report.cells} cells; the narrowest can be {report.smallest_range} whole numbers; "
        f"{len(report.exposed)} could be worked out.",
    ]
    path = Path(__file__).parents[1] / "docs" / "audit.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
