"""Money and full-year pupils by provision, the prices they are told in, and the guard against mixing two of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from inklusion.contracts.columns import Column, Contract
from inklusion.danish import listing
from inklusion.errors import PriceBaseError

SPECIAL, ORDINARY, FUNDS = "special", "ordinary", "funds"
CURRENT = "løbende"
OBSERVED, FORECAST = "observed", "forecast"
_CODE = r"\d{3}"
_YEAR_NAMES = {"account_year": "regnskabsår", "calendar_year": "kalenderår", "school_year": "skoleår"}


@dataclass(frozen=True)
class Provision:
    """What money is spent on: its id in the files, its Danish name and which kind it is."""

    id: str
    name_da: str
    kind: str


PROVISIONS = {
    entry.id: entry
    for entry in (
        Provision("gruppeordning", "gruppeordninger", SPECIAL),
        Provision("stoettetimer", "støttetimer over 9 timer", SPECIAL),
        Provision("intern_skole", "interne skoler", SPECIAL),
        Provision("specialskole", "specialskoler", SPECIAL),
        Provision("dagbehandling", "dagbehandling", SPECIAL),
        Provision("almen", "almenområdet", ORDINARY),
        Provision("inklusionspulje", "inklusionspulje", FUNDS),
        Provision("stoettetimer_udlagt", "midler til støttetimer", FUNDS),
        Provision("enhedstakst_udlagt", "midler til enhedstakst", FUNDS),
        Provision("enhedstakst_betalt", "betalt enhedstakst", FUNDS),
    )
}
SPECIAL_PROVISIONS = tuple(name for name, entry in PROVISIONS.items() if entry.kind == SPECIAL)
FUND_SIGNS = {"inklusionspulje": 1, "stoettetimer_udlagt": 1, "enhedstakst_udlagt": 1, "enhedstakst_betalt": -1}

_MUNICIPALITY = Column("municipality", "text", "Kommune", "Three-digit code", pattern=_CODE)
_ACCOUNT_YEAR = Column("account_year", "integer", "Regnskabsår", "Account year", minimum=2000, maximum=2100)
_PROVISION = Column("provision", "text", "Tilbud", "Id of the provision", allowed=tuple(PROVISIONS))

ACCOUNTS = Contract(
    "accounts as delivered",
    "Spending by municipality, account year and provision",
    (
        _MUNICIPALITY,
        _ACCOUNT_YEAR,
        _PROVISION,
        Column("amount", "number", "Beløb", "Spending, net", "kr.", minimum=0.0, maximum=1e11),
        Column(
            "price_base",
            "text",
            "Prisniveau",
            "'løbende' (prices of the account year) or the year whose prices",
            pattern=rf"{CURRENT}|20\d\d",
        ),
    ),
    key=("municipality", "account_year", "provision"),
    municipality="municipality",
)
FULL_YEAR_PUPILS = Contract(
    "full-year pupils as delivered",
    "Full-year pupils by municipality, account year and special provision",
    (
        _MUNICIPALITY,
        _ACCOUNT_YEAR,
        Column("provision", "text", "Tilbud", "Id of the special provision", allowed=SPECIAL_PROVISIONS),
        Column(
            "full_year_pupils",
            "number",
            "Helårselever",
            "Days referred to the provision divided by the days of the year",
            "full-year pupils",
            minimum=0.0,
            maximum=1e6,
        ),
    ),
    key=("municipality", "account_year", "provision"),
    municipality="municipality",
)
PRICE_INDEX = Contract(
    "price index as delivered",
    "Index of the prices and wages of municipal services by account year",
    (
        _ACCOUNT_YEAR,
        Column("index", "number", "Indeks", "Price level, any year as base", minimum=1.0, maximum=1e4),
        Column("source", "text", "Kilde", "Who computed the index"),
    ),
    key=("account_year",),
)
PUPIL_NUMBERS = Contract(
    "pupil numbers as delivered",
    "All pupils whom the municipality pays for, ordinary and special, in the autumn of the year, counted or forecast",
    (
        _MUNICIPALITY,
        Column("year", "integer", "År", "Calendar year of the autumn count", minimum=2000, maximum=2100),
        Column("pupils", "integer", "Elever", "Pupils", "persons", minimum=0, maximum=1_000_000),
        Column("kind", "text", "Slags", "Counted or forecast", allowed=(OBSERVED, FORECAST)),
    ),
    key=("municipality", "year"),
    municipality="municipality",
)
BOOKS = {
    "accounts": ACCOUNTS,
    "full_year_pupils": FULL_YEAR_PUPILS,
    "price_index": PRICE_INDEX,
    "pupil_numbers": PUPIL_NUMBERS,
}


@dataclass(frozen=True)
class Books:
    """The four tables that the economy page is made from; any of them may be empty.

    Attributes
    ----------
    sources
        For each table the file that its numbers can be traced to.
    """

    accounts: pd.DataFrame
    full_year_pupils: pd.DataFrame
    price_index: pd.DataFrame
    pupil_numbers: pd.DataFrame
    sources: dict[str, str]


def empty(name: str) -> pd.DataFrame:
    """A table of :data:`BOOKS` without rows."""
    types = {"text": "str", "integer": "int64", "number": "float64"}
    return pd.DataFrame({column.name: pd.Series(dtype=types[column.kind]) for column in BOOKS[name].columns})


def price_text(base: str) -> str:
    """A price base in words.

    >>> price_text("2024"), price_text("løbende")
    ('2024-priser', 'løbende priser')
    """
    if not base:
        return "prisniveau ikke oplyst"
    return f"{CURRENT} priser" if base == CURRENT else f"{base}-priser"


def require_one_price_base(bases: Iterable[str]) -> str:
    """The one price base of amounts that are to be added or compared.

    Raises
    ------
    PriceBaseError
        In Danish, naming the price bases, when there are two of them or current prices of several years.
    """
    distinct = list(dict.fromkeys(str(base) for base in bases))
    if len(distinct) > 1:
        raise PriceBaseError(
            f"Beløbene kan ikke lægges sammen eller sammenlignes, for de er i {listing(map(price_text, distinct))}. "
            "Omregn dem først til faste priser med et prisindeks."
        )
    return distinct[0] if distinct else ""


def require_one_year_kind(kinds: Iterable[str]) -> str:
    """The one kind of period of numbers that are to be added or compared.

    Raises
    ------
    PriceBaseError
        In Danish, naming both, when account years would stand beside calendar or school years.
    """
    distinct = list(dict.fromkeys(kinds))
    if len(distinct) > 1:
        named = listing(_YEAR_NAMES.get(kind, kind) for kind in distinct)
        raise PriceBaseError(
            f"Tallene kan ikke lægges sammen eller sammenlignes, for de gælder hver sin slags periode: {named}. "
            "Vis dem hver for sig."
        )
    return distinct[0] if distinct else ""


def price_base_of(note: str) -> str:
    """The price base that a result row's note begins with; nothing where it names none.

    >>> price_base_of("2024-priser; trykt som »cirka«")
    '2024'
    """
    found = re.match(rf"({CURRENT}|20\d\d)[- ]priser", note)
    return found[1] if found else ""


def prices_of(table: pd.DataFrame) -> str:
    """The one price base of result rows that are to stand in one figure, table or sentence, in words.

    Raises
    ------
    PriceBaseError
        In Danish, when the rows are in two price bases, or in years of two kinds.
    """
    require_one_year_kind(table["period_type"])
    base = require_one_price_base(price_base_of(str(note)) for note in table["note"])
    return price_text(base)


@dataclass(frozen=True)
class Money:
    """An amount that remembers its prices and its kind of year: it adds to and compares with its like only.

    Examples
    --------
    >>> (Money(3.0, "2024") - Money(1.0, "2024")).amount
    2.0
    """

    amount: float
    price_base: str
    year_kind: str = "account_year"

    def _alike(self, other: "Money") -> None:
        require_one_price_base([self.price_base, other.price_base])
        require_one_year_kind([self.year_kind, other.year_kind])

    def __add__(self, other: "Money") -> "Money":
        self._alike(other)
        return Money(self.amount + other.amount, self.price_base, self.year_kind)

    def __sub__(self, other: "Money") -> "Money":
        self._alike(other)
        return Money(self.amount - other.amount, self.price_base, self.year_kind)

    def __truediv__(self, other: "Money") -> float:
        self._alike(other)
        return self.amount / other.amount

    def __lt__(self, other: "Money") -> bool:
        self._alike(other)
        return self.amount < other.amount
