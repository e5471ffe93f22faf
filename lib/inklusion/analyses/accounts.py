"""Accounts made ready: one price base for the edition, small provisions put together, one place at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from inklusion.contracts.accounts import (
    CURRENT,
    FORECAST,
    FUND_SIGNS,
    OBSERVED,
    PROVISIONS,
    SPECIAL_PROVISIONS,
    Books,
    require_one_price_base,
)
from inklusion.danish import listing
from inklusion.errors import DisclosureError, PriceBaseError
from inklusion.measures.prices import fixed_prices

FEWEST = 5
OTHERS = "øvrige specialtilbud"
PREFIX = "tilbud: "


@dataclass(frozen=True)
class Place:
    """The accounts of one municipality in fixed prices.

    Attributes
    ----------
    base
        The price base of all its amounts.
    years
        Account years with special education in all tables.
    spending, pupils
        Whole kroner, and full-year pupils, by account year and provision; provisions with few pupils are one column.
        ``pupils`` has no columns where they were not delivered; then spending is one total.
    contents
        What the column of merged provisions is made of; empty where nothing was merged.
    ordinary, funds
        Whole kroner by account year; what was not delivered is missing.
    enrolled, forecast
        All pupils by year: counted, and expected.
    """

    code: str
    base: str
    years: list[int]
    spending: pd.DataFrame
    pupils: pd.DataFrame
    contents: str
    ordinary: pd.Series
    funds: pd.DataFrame
    enrolled: pd.Series
    forecast: pd.Series

    @property
    def total(self) -> pd.Series:
        """Spending on all special provisions by account year, whole kroner."""
        return self.spending.sum(axis=1)

    @property
    def total_pupils(self) -> pd.Series:
        """Full-year pupils in all special provisions by account year."""
        return self.pupils.sum(axis=1)


def in_fixed_prices(books: Books) -> tuple[pd.DataFrame, str]:
    """The accounts in the prices of the last account year, whole kroner, and that price base.

    Amounts that all have one price base already stay as they are and need no index.

    Raises
    ------
    PriceBaseError
        In Danish, naming the years that the price index lacks.
    """
    accounts = books.accounts
    bases = accounts["price_base"].unique()
    if len(bases) == 1 and bases[0] != CURRENT:
        base = require_one_price_base(bases)
        return accounts.assign(amount=accounts["amount"].round()), base
    index = {int(year): float(level) for year, level in zip(*_columns(books.price_index), strict=True)}
    last = int(accounts["account_year"].max())
    years = accounts["account_year"].astype("str").where(accounts["price_base"] == CURRENT, accounts["price_base"])
    priced = years.astype("int64")
    lacking = sorted({*priced, last} - set(index))
    if lacking:
        raise PriceBaseError(
            f"Regnskabet kan ikke omregnes til {last}-priser: prisindekset mangler for {listing(map(str, lacking))}. "
            "Tilføj årene i filen med prisindeks; kommunens økonomiafdeling har KL's skøn over pris og løn."
        )
    amounts = fixed_prices(accounts["amount"].to_numpy(float), priced.to_numpy(), index, last)
    return accounts.assign(amount=amounts.round(), price_base=str(last)), str(last)


def _columns(index: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return index["account_year"], index["index"]


def places(books: Books) -> Iterator[Place]:
    """The municipalities whose accounts may be shown, in order of their code.

    One with fewer than ``FEWEST`` full-year pupils in special provision in a year is left out altogether.
    """
    if books.accounts.empty:
        return
    accounts, base = in_fixed_prices(books)
    for code, own in accounts.groupby("municipality"):
        found = _place(str(code), base, own, books)
        if found is not None:
            yield found


def _place(code: str, base: str, own: pd.DataFrame, books: Books) -> Place | None:
    wide = own.pivot(index="account_year", columns="provision", values="amount").sort_index()
    special = wide.reindex(columns=[name for name in SPECIAL_PROVISIONS if name in wide]).dropna(how="all")
    if special.empty:
        return None
    pupils = _of(books.full_year_pupils, code).pivot(
        index="account_year", columns="provision", values="full_year_pupils"
    )
    spending, pupils, contents = _merged(special.fillna(0.0), pupils)
    years = [int(year) for year in spending.index]
    if not years or (pupils.shape[1] and (pupils.sum(axis=1) < FEWEST).any()):
        return None
    numbers = _of(books.pupil_numbers, code).set_index("year")
    kinds = {kind: numbers.loc[numbers["kind"] == kind, "pupils"].sort_index() for kind in (OBSERVED, FORECAST)}
    funds = wide.reindex(index=years, columns=list(FUND_SIGNS))
    ordinary = wide["almen"].reindex(years) if "almen" in wide else pd.Series(index=years, dtype=float)
    return Place(code, base, years, spending, pupils, contents, ordinary, funds, kinds[OBSERVED], kinds[FORECAST])


def _of(table: pd.DataFrame, code: str) -> pd.DataFrame:
    return table[table["municipality"] == code]


def _merged(special: pd.DataFrame, pupils: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Spending and full-year pupils with provisions of few pupils as one, and what that one is made of.

    Without full-year pupils nobody can see how few share an amount: then there is one total.
    """
    years = special.index.intersection(pupils.index) if len(pupils) else special.index
    special = special.loc[years]
    if pupils.empty:
        return special.sum(axis=1).to_frame(PREFIX + OTHERS), pd.DataFrame(index=years), ""
    names = list(dict.fromkeys([*special.columns, *pupils.columns]))
    special, pupils = (table.reindex(index=years, columns=names).fillna(0.0) for table in (special, pupils))
    few = to_merge(pupils)
    labels = {name: OTHERS if name in few else PROVISIONS[name].name_da for name in names}
    spending, counted = (
        table.T.groupby([PREFIX + labels[name] for name in names], sort=False).sum().T for table in (special, pupils)
    )
    _require_many(counted)
    return spending, counted, listing(PROVISIONS[name].name_da for name in names if name in few)


def to_merge(pupils: pd.DataFrame) -> set[str]:
    """The provisions that are shown as one: those with few pupils in a year, and the smallest others until they are many.

    Parameters
    ----------
    pupils
        Full-year pupils by account year and provision.

    Examples
    --------
    >>> sorted(to_merge(pd.DataFrame({"a": [2.0, 6.0], "b": [9.0, 7.0], "c": [40.0, 40.0]})))
    ['a', 'b']
    """
    least = pupils.min().sort_values(kind="stable")
    few = set(least.index[least < FEWEST])
    for name in least.index:
        if not few or (pupils[sorted(few)].sum(axis=1) >= FEWEST).all():
            break
        few.add(str(name))
    return few


def _require_many(pupils: pd.DataFrame) -> None:
    """No cell that is shown is smaller than the threshold; where all provisions are one, the place is left out later."""
    if pupils.shape[1] > 1 and (pupils < FEWEST).to_numpy().any():
        raise DisclosureError(
            f"A provision with fewer than {FEWEST} full-year pupils would be shown; nothing was released."
        )
