"""Released tables in, figures with a finding-stating alt text out. Nothing is computed here."""

from inklusion.figures.comparison import context_strips, share_intervals
from inklusion.figures.expected import calibration_tenths, district_differences, expected_funnel
from inklusion.figures.profile import probability_bands, reached_need, risk_factors, school_bands
from inklusion.figures.risk import risk_bands
from inklusion.figures.standing import (
    combinations,
    group_shares,
    rank_intervals,
    share_by_year,
    share_funnel,
)
from inklusion.figures.tiles import tile_map
from inklusion.figures.trend import series

__all__ = [
    "calibration_tenths",
    "combinations",
    "context_strips",
    "district_differences",
    "expected_funnel",
    "group_shares",
    "probability_bands",
    "rank_intervals",
    "reached_need",
    "risk_bands",
    "risk_factors",
    "school_bands",
    "series",
    "share_by_year",
    "share_funnel",
    "share_intervals",
    "tile_map",
]
