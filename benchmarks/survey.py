"""How long does a national wellbeing survey take? 250,000 made-up responses, scored, weighted and summarised.

    python benchmarks/survey.py --responses 250000

40 items of five answers, of which one pupil in 25 leaves each out, in 98 municipalities with schools, girls answering
more often than boys. Refused answers, the five scales, weights raked to sex and grade in each municipality, weighted
means with standard errors of schools as clusters, bands and the two top answers of every item; then the same scores,
weights, means, bands and top answers in plain pandas, written as most would. The numbers must be the same.
Writes docs/survey.md. Ends with 1 when a requirement is not met.
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

from inklusion.measures.answers import top_shares
from inklusion.measures.scales import band_shares, scale_scores
from inklusion.measures.weighted import weighted_mean
from inklusion.measures.weighting import raking_weights
from inklusion.questionnaire import Questionnaire, as_delivered, known_answers, questionnaire

PLACES, MOST = 98, 15.0
CODES, UPPER = [1, 2, 3, 4, 5], [2.0, 3.0, 4.0, 5.0]
STEPS = ("answers checked", "scored", "weighted", "means", "bands", "top answers")
Totals = dict[int, dict[str, dict[object, float]]]


def made_up(survey: Questionnaire, responses: int) -> tuple[pd.DataFrame, pd.DataFrame, Totals]:
    """Answers, background of each pupil, and population counts per municipality; the same in every run."""
    rng = np.random.default_rng(49)
    sizes = rng.lognormal(0, 0.75, PLACES) + 0.2
    place = np.sort(rng.choice(PLACES, responses, p=sizes / sizes.sum()))
    level = rng.normal(3.6, 0.6, responses) + rng.normal(0, 0.1, PLACES)[place]
    answers = np.clip(np.rint(level[:, None] + rng.normal(0, 0.9, (responses, len(survey.items)))), 1, 5)
    answers[rng.random(answers.shape) < 0.04] = np.nan
    answers[rng.random(answers.shape) < 0.01] = 0  # does not wish to answer
    pupils = pd.DataFrame({
        "place": place, "school": 100 * place + rng.integers(0, 1 + np.bincount(place)[place] // 200),
        "sex": rng.choice(["boy", "girl"], responses, p=[0.46, 0.54]), "grade": rng.integers(4, 10, responses),
    })  # fmt: skip
    totals: Totals = {}
    for code, n in pupils["place"].value_counts().items():
        asked = round(1.2 * n)
        totals[int(code)] = {
            "sex": {"boy": asked / 2, "girl": asked / 2},
            "grade": dict.fromkeys(range(4, 10), asked / 6),
        }
    return pd.DataFrame(answers, columns=list(survey.items)), pupils, totals


def library(
    survey: Questionnaire, answers: pd.DataFrame, pupils: pd.DataFrame, totals: Totals
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The library's way, timed step by step."""
    clock, times = perf_counter(), {}

    def passed(step: str) -> None:
        nonlocal clock
        times[step], clock = perf_counter() - clock, perf_counter()

    known = known_answers(survey, answers)
    passed("answers checked")
    scores = pd.DataFrame({
        name: scale_scores(
            known[list(scale.items)], survey.items_to_turn(name), *survey.limits(name), minimum_share=scale.minimum_share
        )
        for name, scale in survey.scales.items()
    })  # fmt: skip
    passed("scored")
    rows = pupils.groupby("place").indices
    weights = pd.Series(0.0, index=pupils.index)
    for code, at in rows.items():
        weights.iloc[at] = raking_weights(pupils[["sex", "grade"]].iloc[at], totals[code])
    passed("weighted")
    means = {
        (code, name): weighted_mean(
            scores[name].iloc[at], weights.iloc[at], margins=pupils[["sex", "grade"]].iloc[at],
            clusters=pupils["school"].iloc[at],
        )
        for code, at in rows.items() for name in scores
    }  # fmt: skip
    passed("means")
    bands = {
        (code, name): band_shares(scores[name].iloc[at], UPPER, low=1, weights=weights.iloc[at])["share"].to_numpy()
        for code, at in rows.items() for name in scores
    }  # fmt: skip
    passed("bands")
    tops = {code: top_shares(known.iloc[at], CODES)["share"].to_numpy() for code, at in rows.items()}
    passed("top answers")
    return {
        "mean": pd.DataFrame({key: found[:2] for key, found in means.items()}, index=["mean", "error"]).T,
        "band": pd.DataFrame(bands).T, "top": pd.DataFrame(tops).T,
    }, times  # fmt: skip


def plain(
    survey: Questionnaire, answers: pd.DataFrame, pupils: pd.DataFrame, totals: Totals
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The same in plain pandas: no standard errors, and nothing is refused."""
    clock, times = perf_counter(), {}

    def passed(step: str) -> None:
        nonlocal clock
        times[step], clock = perf_counter() - clock, perf_counter()

    known = answers.where(answers.isin(CODES))
    passed("answers checked")
    scores = pd.DataFrame(index=known.index)
    for name, scale in survey.scales.items():
        part = known[list(scale.items)].copy()
        for item in survey.items_to_turn(name):
            part[item] = 6 - part[item]
        scores[name] = part.mean(axis=1).where(part.notna().sum(axis=1) >= len(scale.items) / 2)
    passed("scored")
    table = pupils.assign(weight=1.0)
    for _ in range(100):
        before = table["weight"]
        for name in ("sex", "grade"):
            wanted = [totals[code][name][value] for code, value in zip(table["place"], table[name], strict=True)]
            table["weight"] *= wanted / table.groupby(["place", name])["weight"].transform("sum")
        if (table["weight"] / before - 1).abs().max() < 1e-10:
            break
    passed("weighted")
    long = scores.assign(place=table["place"], weight=table["weight"]).melt(["place", "weight"], var_name="scale")
    long = long.dropna().assign(product=lambda found: found["weight"] * found["value"])
    sums = long.groupby(["place", "scale"])[["product", "weight"]].sum()
    passed("means")
    long["band"] = pd.cut(long["value"], [1, *UPPER], include_lowest=True, labels=False)
    bands = long.groupby(["place", "scale", "band"])["weight"].sum().unstack(fill_value=0)
    passed("bands")
    tops = (known >= 4).groupby(table["place"]).sum() / known.notna().groupby(table["place"]).sum()
    passed("top answers")
    bands = bands.div(bands.sum(axis=1), axis=0)
    return {"mean": (sums["product"] / sums["weight"]).to_frame("mean"), "band": bands, "top": tops}, times


def largest_difference(ours: dict[str, pd.DataFrame], theirs: dict[str, pd.DataFrame]) -> float:
    """Over all means and shares of the two ways."""
    mean = (ours["mean"]["mean"] - theirs["mean"]["mean"].reindex(ours["mean"].index)).abs().max()
    band = np.abs(ours["band"].to_numpy() - theirs["band"].reindex(ours["band"].index).to_numpy()).max()
    top = np.abs(ours["top"].sort_index().to_numpy() - theirs["top"].sort_index().to_numpy()).max()
    return float(max(mean, band, top))


def page(times: pd.DataFrame, met: dict[str, bool], responses: int, errors: pd.Series) -> list[str]:
    """The lines of docs/survey.md."""
    total = times.sum()
    return [
        "# A national wellbeing survey, scored, weighted and summarised",
        "",
        f"`python benchmarks/survey.py --responses {responses}`: {responses} made-up responses of 40 items in {PLACES} "
        "municipalities. Five scales (29 items in four, all 29 in the fifth; at least half answered), weights raked to "
        "sex and grade in every municipality, weighted means of the five scales, shares in four bands, the two top "
        "answers of every item. The library also refuses answers outside the response set and gives every mean the "
        "standard error of a raked mean with schools as clusters; plain pandas does neither. Seconds on one core:",
        "",
        "| step | library | plain pandas |",
        "|---|---|---|",
        *(f"| {step} | {times.loc[step, 'library']:.2f} | {times.loc[step, 'pandas']:.2f} |" for step in STEPS),
        f"| all | {total['library']:.2f} | {total['pandas']:.2f} |",
        "",
        *(f"- {'Met' if held else 'NOT MET'}: {text}." for text, held in met.items()),
        "",
        f"Standard errors of the {len(errors)} means: {errors.min():.3f} to {errors.max():.3f}, median "
        f"{errors.median():.3f}, on scales from 1 to 5. The seconds are those of one run on a shared machine.",
    ]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--responses", type=int, default=250_000)
    parser.add_argument("--write", type=Path, default=Path(__file__).parents[1] / "docs" / "survey.md")
    chosen = parser.parse_args()
    survey = as_delivered(questionnaire("trivsel_4_9"), "raw")
    made = made_up(survey, chosen.responses)
    (ours, library_times), (theirs, pandas_times) = library(survey, *made), plain(survey, *made)
    times = pd.DataFrame({"library": library_times, "pandas": pandas_times})
    difference, seconds = largest_difference(ours, theirs), times["library"].sum()
    met = {
        f"the library took {seconds:.1f} s, at most {MOST:g}": seconds <= MOST,
        "means, bands and top shares of the two ways differ by less than 1e-7": difference < 1e-7,
        f"all {PLACES * 5} means have a standard error": bool(ours["mean"].notna().all(axis=None)),
    }
    lines = page(times, met, chosen.responses, ours["mean"]["error"])
    chosen.write.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(lines))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
