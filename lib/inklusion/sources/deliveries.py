"""Read a delivery exactly as it was delivered: text in, no guessing."""

import csv
from importlib import resources
from pathlib import Path

import pandas as pd

from inklusion.errors import ContractError
from inklusion.project import raw_folder


def read(path: str) -> pd.DataFrame:
    """One CSV of ``data/raw`` as text columns; an empty field is missing.

    Parameters
    ----------
    path
        Path below ``data/raw``: UTF-8, comma separated, one header line, decimal point.

    Raises
    ------
    ContractError
        When the file is not UTF-8 CSV with one header line and rows of equal length.
    """
    lines = _lines(raw_folder() / path)
    if not lines:
        raise ContractError(f"data/raw/{path}: not a CSV file in UTF-8 with a header line and commas.")
    header, *rows = lines
    uneven = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if uneven:
        raise ContractError(
            f"data/raw/{path}: {len(uneven)} rows do not have the header's {len(header)} fields (first: row {uneven[0]})."
        )
    table = pd.DataFrame(rows, columns=pd.Index(header), dtype="str")
    return table.replace("", None)


def _lines(path: Path) -> list[list[str]]:
    """All lines, or none when the file cannot be read: the reader's own errors hold the file's content."""
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            return list(csv.reader(handle, strict=True))
    except (ValueError, csv.Error):
        return []


def fact_definitions() -> pd.DataFrame:
    """The reviewed table that says which definition each transcribed indicator has."""
    text = resources.files("inklusion.sources").joinpath("fact_definitions.csv").read_text(encoding="utf-8")
    return pd.DataFrame(list(csv.DictReader(text.splitlines())), dtype="str")
