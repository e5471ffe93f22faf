"""Reproducible analyses of segregated special education and wellbeing in Danish municipalities."""

__version__ = "0.1.0"
