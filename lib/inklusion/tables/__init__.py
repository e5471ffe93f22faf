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

__all__ = [
    "all_shares",
    "contradictions",
    "coverage",
    "document",
    "image_only",
    "latest_wellbeing",
    "panel_sums",
    "positions",
    "printed_by_definition",
    "programmes",
    "reconciliation",
    "series",
    "shares",
    "sources",
    "staff",
    "survey",
]
