"""Printed answers of the staff survey by figure, and what follows from them: sums, ranks, and the base without "ved ikke"."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.printed import estimates
from inklusion.analyses.wellbeing import staff_survey
from inklusion.contracts.staff_answers import figure_of
from inklusion.measures.answers import ranked_gaps
from inklusion.measures.proportions import wilson_interval_finite
from inklusion.questionnaire import ResponseSet, questionnaire

CONFIDENCE = 0.95
QUESTIONNAIRE, AGREEMENT = "personale_ballerup", "enighed"
RECONSTRUCTED = "antallet er regnet tilbage fra en afrundet procent"
_HALF = 0.5  # the figures are printed without decimals
_TOP = 2
Row = dict[str, Any]


def printed_answers(facts: pd.DataFrame) -> pd.DataFrame:
    """Every printed share of the staff survey with its figure, and what the printed shares imply.

    Measures: ``share_of_answers``, as :func:`inklusion.analyses.wellbeing.staff_survey` gives it, with the figure first in
    the note and the count that the rounded percentage means (share x n, to the nearest person). For each printed
    distribution ``sum`` (the two highest answers, with Wilson's interval for a finite population of which n* = n (N - 1)
    / (N - n); Wald's would be 15.3-24.7 where this gives 15.8-25.0), ``rest`` (what is not printed: "ved ikke", and
    answers without a number) and ``without_dont_know`` (the share when "ved ikke" is taken out of the base). The last two
    are ranges without confidence: what the rounding of each printed figure to whole per cent allows. ``rank`` orders
    the competences that are lacking; equal printed shares have their ranks in common.
    """
    shares = staff_survey(facts).query("measure == 'share_of_answers'").to_dict("records")
    figures = _figures(facts)
    answers = [_with_count(row, figures[row["source"], row["group"]]) for row in shares]
    invited = facts[facts["definition"] == "survey_inviterede"].set_index("municipality")["value"]
    return estimates([*answers, *_distributions(answers, invited), *_ranks(answers)])


def _figures(facts: pd.DataFrame) -> dict[tuple[str, str], str]:
    rows = facts[facts["definition"].str.startswith("survey_")].to_dict("records")
    return {
        (row["citation"], f"{row['indicator']}: {row['group']}"): (
            f"afsnit {row['section']}" if row["figure"] == "-" else f"figur {row['figure']}"
        )
        for row in rows
    }


def _with_count(row: Row, figure: str) -> Row:
    """The share with figure, count and one decimal in its interval; where only words are printed there is no count."""
    shared = {**row, "decimals": 1, "note": "; ".join(filter(None, (figure, row["note"])))}
    if pd.isna(row["estimate"]):
        return shared
    numerator = round(row["estimate"] * row["denominator"] / 100)
    return {**shared, "numerator": numerator, "method": f"{row['method']}; {RECONSTRUCTED}"}


def _distributions(answers: list[Row], invited: pd.Series) -> Iterator[Row]:
    """Sum, rest and the other base of each item whose answers are printed one by one."""
    known = questionnaire(QUESTIONNAIRE).responses[AGREEMENT]
    places: dict[tuple[str, str], dict[str, Row]] = {}
    for row in answers:
        if row["definition"] == "survey_svarfordeling":
            item, answer = row["group"].rsplit(": ", 1)
            places.setdefault((row["municipality"], item), {})[answer] = row
    for (code, item), parts in places.items():
        yield from _implied(item, parts, known, answers, int(invited[code]))


def _implied(
    item: str, parts: dict[str, Row], known: ResponseSet, answers: list[Row], population: int
) -> Iterator[Row]:
    top, unsure = list(known.answers.values())[-_TOP:], list(known.dont_know.values())
    row = parts[top[0]]
    figure = figure_of(row["note"])
    lacking = [answer for answer in known.allowed.values() if answer not in parts]
    shared = {
        name: row[name] for name in ("municipality", "period", "period_type", "decimals", "denominator", "source")
    }
    shared |= {"definition": "survey_enighed", "group": item}
    total, n = sum(parts[answer]["estimate"] for answer in top), int(row["denominator"])
    lower, upper = wilson_interval_finite(total / 100, n, population, confidence=CONFIDENCE)
    yield {
        **shared, "measure": "sum", "numerator": round(total * n / 100), "estimate": total, "lower": 100 * float(lower),
        "upper": 100 * float(upper), "confidence": CONFIDENCE, "method": f"{row['method'].split('; ')[0]}; {RECONSTRUCTED}",
        "note": f"{figure}; {' + '.join(f'»{answer}«' for answer in top)}",
    }  # fmt: skip
    if not set(lacking) & set(unsure):
        return
    others = [parts[answer]["estimate"] for answer in known.answers.values() if answer in parts and answer not in top]
    unprinted, slack = 100 - total - sum(others), _HALF * len(parts)
    yield {
        **shared, "measure": "rest", "lower": max(0.0, unprinted - slack), "upper": unprinted + slack,
        "method": "hundrede minus de trykte tal; spændet viser, hvad afrundingen kan betyde",
        "note": f"{figure}; {', '.join(f'»{answer}«' for answer in lacking)}",
    }  # fmt: skip
    is_printed = any(_agrees(row, figure) for row in answers)
    least, most = without_dont_know(total, others, has_sum=is_printed, is_whole=lacking == unsure)
    yield {
        **shared, "measure": "without_dont_know", "lower": least, "upper": most,
        "method": "regnet af trykte tal; spændet viser, hvad afrunding og svar uden trykt tal kan betyde", "note": figure,
    }  # fmt: skip


def _agrees(row: Row, figure: str) -> bool:
    """Whether the sum of the highest answers is printed in the text about the figure, too."""
    return bool(row["definition"] == "survey_enighed" and figure_of(row["note"]) == figure)


def without_dont_know(top: float, others: list[float], *, has_sum: bool, is_whole: bool) -> tuple[float, float]:
    """Range of top / (top + other answers) in per cent when each printed share is rounded to whole per cent.

    Parameters
    ----------
    top, others
        The highest answers together, and each of the other answers that are printed.
    has_sum
        Whether the highest answers are printed as one number, too: then rounding moves them by a half in all.
    is_whole
        Whether "ved ikke" is the only answer without a number; otherwise all that is not printed may be answers.

    >>> without_dont_know(20, [31, 33, 15], has_sum=True, is_whole=True)
    (19.5, 20.918367346938776)
    """
    slack = _HALF * (1 if has_sum else _TOP)
    low, high = top - slack, top + slack
    fewest, most = sum(others) - _HALF * len(others), sum(others) + _HALF * len(others)
    most = min(most, 100 - low) if is_whole else 100 - low
    return 100 * low / (low + most), min(100.0, 100 * high / (high + fewest))


def _ranks(answers: list[Row]) -> Iterator[Row]:
    lacking = [row for row in answers if row["definition"] == "survey_mangel" and not pd.isna(row["numerator"])]
    for code in dict.fromkeys(row["municipality"] for row in lacking):
        own = {row["group"]: row for row in lacking if row["municipality"] == code}
        counts = np.array([[row["numerator"], row["denominator"]] for row in own.values()], dtype=float)
        for place in ranked_gaps(list(own), counts[:, 0], counts[:, 1]).itertuples():
            row = own[str(place.item)]
            yield {
                **row, "measure": "rank", "estimate": place.rank_first, "lower": place.rank_first, "upper": place.rank_last,
                "confidence": np.nan, "decimals": 0, "method": "plads efter den trykte procent; ens procenter deler plads",
            }  # fmt: skip
