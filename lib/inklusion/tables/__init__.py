"""Released tables in, accessible HTML tables out, with the released rows beside them as CSV."""

from inklusion.tables.edition import (
    all_shares,
    contradictions,
    coverage,
    document,
    image_only,
    panel_sums,
    reconciliation,
    sources,
)
from inklusion.tables.model_card import model_categories, model_quality, model_subgroups, model_tenths, reached_need
from inklusion.tables.place import (
    latest_wellbeing,
    positions,
    printed_by_definition,
    programmes,
    series,
    shares,
    staff,
    survey,
)
from inklusion.tables.risk import (
    district_ratios,
    group_differences,
    most_exposed,
    observed_expected,
    probability_bands,
    risk_factors,
    school_bands,
)
from inklusion.tables.standing import (
    changes,
    combinations,
    differences,
    rank,
    similar,
    similar_variables,
)
from inklusion.tables.tiles import tile_values
from inklusion.tables.workbench import choices, covariates, tenths

__all__ = [
    "all_shares",
    "changes",
    "choices",
    "combinations",
    "contradictions",
    "covariates",
    "coverage",
    "differences",
    "district_ratios",
    "document",
    "group_differences",
    "image_only",
    "latest_wellbeing",
    "model_categories",
    "model_quality",
    "model_subgroups",
    "model_tenths",
    "most_exposed",
    "observed_expected",
    "panel_sums",
    "positions",
    "printed_by_definition",
    "probability_bands",
    "programmes",
    "rank",
    "reached_need",
    "reconciliation",
    "risk_factors",
    "school_bands",
    "series",
    "shares",
    "similar",
    "similar_variables",
    "sources",
    "staff",
    "survey",
    "tenths",
    "tile_values",
]
