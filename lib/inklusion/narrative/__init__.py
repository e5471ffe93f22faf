"""Sentences of the pages made from a register. Released tables in, Danish out; a sentence claims what its interval allows."""

from inklusion.narrative.model_card import (
    model_calibration,
    model_categories,
    model_discrimination,
    model_left_out,
    model_practice,
    model_purpose,
    model_subgroups,
    reached_need,
)
from inklusion.narrative.risk import (
    district_verdicts,
    group_differences,
    local_practice,
    most_exposed,
    observed_expected,
    probability_bands,
    risk_factors,
)
from inklusion.narrative.standing import (
    change,
    combinations,
    differences,
    funnel,
    rank,
    similar,
)

__all__ = [
    "change",
    "combinations",
    "differences",
    "district_verdicts",
    "funnel",
    "group_differences",
    "local_practice",
    "model_calibration",
    "model_categories",
    "model_discrimination",
    "model_left_out",
    "model_practice",
    "model_purpose",
    "model_subgroups",
    "most_exposed",
    "observed_expected",
    "probability_bands",
    "rank",
    "reached_need",
    "risk_factors",
    "similar",
]
