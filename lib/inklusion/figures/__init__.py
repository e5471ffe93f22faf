"""Released tables in, figures with a finding-stating alt text out. Nothing is computed here."""

from inklusion.figures.comparison import context_strips, funnel, share_intervals
from inklusion.figures.risk import risk_bands
from inklusion.figures.trend import series

__all__ = ["context_strips", "funnel", "risk_bands", "series", "share_intervals"]
