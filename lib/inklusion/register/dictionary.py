"""The dictionary of covariates: a small file that the user edits, one line per covariate."""

import csv
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from inklusion.contracts.register import COVARIATE_CATEGORIES, COVARIATE_TYPES, DICTIONARY_COLUMNS
from inklusion.register.refusal import refusal

UNITS: dict[str, tuple[float, float]] = {
    "andel 0-1": (0.0, 1.0),
    "pct.": (0.0, 100.0),
    "antal": (0.0, np.inf),
    "år": (0.0, 120.0),
    "gram": (0.0, np.inf),
    "m²": (0.0, np.inf),
    "timer": (0.0, np.inf),
}
_ANSWER = {"ja": True, "nej": False}


def example_dictionary() -> pd.DataFrame:
    """The dictionary that comes with the library; the synthetic register follows it."""
    text = resources.files("inklusion.register").joinpath("dictionary.csv").read_text(encoding="utf-8")
    return _checked(text, "dictionary.csv")


def read_dictionary(path: Path) -> pd.DataFrame:
    """Read a user's dictionary: comma or semicolon, UTF-8 or as Danish Excel saves it.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``DICTIONARY_COLUMNS``; ``local_practice`` and ``of_interest`` are true or false.

    Raises
    ------
    ContractError
        In Danish, with column, row and what is allowed.
    """
    if not path.is_file():
        raise refusal(path.name, "ordbogen findes ikke", "Ret navnet i register.toml, eller læg filen i mappen.")
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("windows-1252", errors="replace")
    return _checked(text, path.name)


def _checked(text: str, file: str) -> pd.DataFrame:
    lines = text.splitlines()
    separator = ";" if lines and ";" in lines[0] else ","
    header, *rows = list(csv.reader(lines, delimiter=separator)) or [[]]
    missing = [name for name in DICTIONARY_COLUMNS if name not in header]
    if missing:
        allowed = f"Første linje skal være: {','.join(DICTIONARY_COLUMNS)}."
        raise refusal(file, f"ordbogen mangler kolonnen {', '.join(missing)}", allowed)
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise refusal(file, "ordbogen nævner ingen kolonner", "Skriv en linje for hver baggrundsoplysning.")
    if uneven := [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]:
        rule = "rækken har ikke lige så mange felter som første linje"
        raise refusal(file, rule, "Sæt tekst med skilletegn i anførselstegn.", rows=np.array(uneven))
    table = pd.DataFrame(rows, columns=pd.Index(header), dtype="str")[list(DICTIONARY_COLUMNS)]
    table = table.apply(lambda column: column.str.strip())
    _check_rows(table, file)
    for name in ("local_practice", "of_interest"):
        table[name] = table[name].map(_ANSWER).astype(bool)
    return table


def _check_rows(table: pd.DataFrame, file: str) -> None:
    def require(column: str, good: pd.Series, rule: str, remedy: str) -> None:
        rows = np.flatnonzero(~good.to_numpy(dtype=bool)) + 2
        if len(rows):
            raise refusal(file, rule, remedy, column=column, rows=rows)

    choices = {"category": COVARIATE_CATEGORIES, "type": COVARIATE_TYPES}
    choices |= dict.fromkeys(("local_practice", "of_interest"), tuple(_ANSWER))
    for column in ("column", "label_da"):
        require(column, table[column] != "", "feltet er tomt", "Skriv et navn.")
        twice = "samme navn står to gange"
        require(column, ~table[column].duplicated(), twice, "Behold én af linjerne, eller giv dem hvert sit navn.")
    for column, allowed in choices.items():
        require(column, table[column].isin(allowed), "ordet er ukendt", f"Muligt: {', '.join(allowed)}.")
    shown = (table["of_interest"] == "nej") | (table["type"] == "yes_no")
    only = "kun ja/nej-oplysninger kan vises som forekomst"
    require("of_interest", shown, only, "Skriv nej, eller lav en ja/nej-kolonne.")
