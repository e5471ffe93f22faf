"""The 98 municipalities: one code, one name, one way in.

A municipality is a three-digit string (``"101"``): it has no leading zero to lose.
"""

import csv
import difflib
import re
import unicodedata
from functools import cache
from importlib import resources
from typing import NamedTuple

from inklusion.danish import sort_key
from inklusion.errors import MunicipalityError

COUNTRY = "000"
COUNTRY_NAME = "Hele landet"
_ASCII = {ord("æ"): "ae", ord("ø"): "oe", ord("å"): "aa"}


class Municipality(NamedTuple):
    """One municipality: three-digit code and official name."""

    code: str
    name: str

    @property
    def folder(self) -> str:
        """Folder name in ASCII, for example ``151-ballerup``."""
        ascii_name = self.name.lower().translate(_ASCII)
        return f"{self.code}-{re.sub(r'[^a-z0-9]+', '-', ascii_name)}"


def _plain(name: str) -> str:
    """Case, hyphens, ``å``/``aa`` and the word *Kommune* make no difference."""
    text = re.sub(r"[\s\-]+", " ", unicodedata.normalize("NFC", name).casefold()).strip().replace("å", "aa")
    return text.removesuffix(" kommune")


def example_municipalities() -> list[Municipality]:
    """The invented places of a synthetic register, one for each of the 98: codes 901 to 998."""
    return [Municipality(str(900 + place), f"Eksempelkommune {place:02d}") for place in range(1, 99)]


def is_example(code: str) -> bool:
    """Whether a code belongs to an invented place."""
    return code != COUNTRY and code.startswith("9")


@cache
def _registry() -> tuple[dict[str, Municipality], dict[str, Municipality]]:
    by_code: dict[str, Municipality] = {}
    by_name: dict[str, Municipality] = {}
    text = resources.files("inklusion").joinpath("municipalities.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        entry = Municipality(row["code"], row["name"])
        by_code[entry.code] = entry
        for name in (entry.name, *filter(None, row["aliases"].split(";"))):
            by_name[_plain(name)] = entry
    for entry in example_municipalities():
        by_code[entry.code] = by_name[_plain(entry.name)] = entry
    return by_code, by_name


def all_municipalities() -> list[Municipality]:
    """The 98 municipalities, sorted by name as Danish readers expect (æ ø å last)."""
    real = [entry for entry in _registry()[0].values() if not is_example(entry.code)]
    return sorted(real, key=lambda entry: sort_key(entry.name))


def municipality(value: str | int) -> Municipality:
    """Normalise ``"0101"``, ``101``, ``"101"``, ``"København"`` or ``"Høje Taastrup"``.

    Raises
    ------
    MunicipalityError
        For anything else, in Danish, with the closest name.

    Examples
    --------
    >>> municipality("0101").name
    'København'
    >>> municipality("Høje Taastrup").code
    '169'
    """
    by_code, by_name = _registry()
    text = str(value).strip()
    found = by_code.get(text.zfill(3)[-3:]) if re.fullmatch(r"0?\d{3}", text) else by_name.get(_plain(text))
    if found is None or isinstance(value, bool):
        raise MunicipalityError(_unknown(text, by_name))
    return found


def name_of(code: str) -> str:
    """The name behind a code; ``"000"`` is the whole country."""
    return COUNTRY_NAME if code == COUNTRY else municipality(code).name


def _unknown(text: str, by_name: dict[str, Municipality]) -> str:
    close = difflib.get_close_matches(_plain(text), by_name, n=1, cutoff=0.6)
    hint = f" Mente du {by_name[close[0]].name}?" if close else ""
    return (
        f"Kommunen '{text}' findes ikke.{hint} "
        "Skriv kommunens navn eller dens nummer, for eksempel 'Ballerup' eller '151'."
    )
