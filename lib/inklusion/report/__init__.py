"""Executed notebooks in, accessible self-contained pages and an index out."""
