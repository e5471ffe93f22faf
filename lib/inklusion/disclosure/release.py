"""Released tables: the only thing that figures, tables, sentences and CSV files accept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.rule import Rule
from inklusion.disclosure.suppression import CELL, cells, hidden_cells, small_cells
from inklusion.errors import DisclosureError
from inklusion.municipalities import COUNTRY, name_of

SHOWN, SUPPRESSED, COMPLEMENTARY, MISSING = "shown", "suppressed", "complementary", "missing"
DRAFT = "ikke til offentliggørelse"
HIDDEN = (SUPPRESSED, COMPLEMENTARY)
_FORMULA = tuple("=+-@＝＋－＠")
_NUMBERS = ("estimate", "lower", "upper")
_REASONS = {
    SHOWN: "",
    SUPPRESSED: "Vises ikke: færre end grænsen for antal elever",
    COMPLEMENTARY: "Vises ikke: kunne røbe et skjult tal",
    MISSING: "Ikke oplyst i kilden",
}


@dataclass(frozen=True)
class Released:
    """A table that may be shown. Refuses to exist when it would show a protected count below the threshold.

    Attributes
    ----------
    name, edition
        Which table of which edition.
    rule
        The disclosure rule it was released under.
    table
        Columns of ``Estimates`` plus ``status`` and ``reason``; hidden values are missing, with the reason.
    publishable
        False for a table that somebody made interactively: primary rule only.
    """

    name: str
    edition: str
    rule: Rule
    table: pd.DataFrame
    publishable: bool = True

    def __post_init__(self) -> None:
        shown = cells(self.table, self.rule)
        unsafe = int((shown["smallest"] < self.rule.threshold).sum())
        if unsafe:
            raise DisclosureError(
                f"Table '{self.name}': {unsafe} rows show fewer than {self.rule.threshold} persons under rule "
                f"'{self.rule.name}'. Release the edition's tables together with disclosure.release()."
            )

    def for_municipality(self, code: str) -> "Released":
        """The municipality's own rows and those of the country and pooled groups."""
        return replace(self, table=self.table[self.table["municipality"].isin([code, COUNTRY])])

    def where(self, **chosen: str | list[str]) -> "Released":
        """Rows with the given values in the named columns; a narrowed table stays released."""
        table = self.table
        for column, value in chosen.items():
            table = table[table[column].isin([value] if isinstance(value, str) else value)]
        return replace(self, table=table)

    @property
    def is_empty(self) -> bool:
        """Whether no row is left."""
        return bool(self.table.empty)

    @property
    def hidden_count(self) -> int:
        """Number of rows whose value is suppressed."""
        return int(self.table["status"].isin(HIDDEN).sum())

    def to_csv(self) -> str:
        """The table as UTF-8 CSV with names, safe to open in a spreadsheet."""
        table = self.table.copy()
        table.insert(1, "municipality_name", [name_of(code) for code in table["municipality"]])
        if not self.publishable:
            table["publication"] = DRAFT
        for column in table.select_dtypes(exclude="number"):
            table[column] = table[column].map(_neutralise)
        text: str = table.to_csv(index=False, lineterminator="\n", float_format="%.10g")
        return text


@dataclass(frozen=True)
class Document:
    """A table of texts about the sources (figures, contradictions, programmes): nothing is counted in it."""

    name: str
    table: pd.DataFrame


def release(tables: Mapping[str, pd.DataFrame], edition: str, rule: Rule) -> dict[str, Released]:
    """Release all tables of an edition together: suppress for all of them at once, round once.

    Parameters
    ----------
    tables
        All national ``Estimates`` of the edition by name.
    edition
        The edition's name.
    rule
        The disclosure rule.

    Returns
    -------
    dict
        The same tables as ``Released``.
    """
    checked = {name: validate(table, ESTIMATES, where=f"analysis '{name}'") for name, table in tables.items()}
    protected = pd.concat([cells(table, rule).assign(table=name) for name, table in checked.items()])
    primary, complementary = hidden_cells(protected, rule)
    return {
        name: Released(name, edition, rule, _hide_and_round(table, rule, primary, complementary))
        for name, table in checked.items()
    }


def release_interactive(table: pd.DataFrame, edition: str, rule: Rule) -> Released:
    """The primary rule alone, for a table made while exploring; it is marked as not for publication."""
    checked = validate(table, ESTIMATES, where="interactive table")
    primary = small_cells(cells(checked, rule), rule)
    return Released("interactive", edition, rule, _hide_and_round(checked, rule, primary, set()), publishable=False)


def _hide_and_round(
    table: pd.DataFrame, rule: Rule, primary: set[tuple[str, ...]], complementary: set[tuple[str, ...]]
) -> pd.DataFrame:
    keys = cells(table, rule)[list(CELL)].apply(tuple, axis=1) if len(table) else pd.Series(dtype=object)
    status = pd.Series(SHOWN, index=table.index, dtype="str")
    status[table[list(_NUMBERS)].isna().all(axis=1)] = MISSING
    status[keys.index[keys.isin(list(complementary))]] = COMPLEMENTARY
    status[keys.index[keys.isin(list(primary))]] = SUPPRESSED
    differences = table["measure"] == "difference"
    told = set(table.loc[status.isin(HIDDEN) & ~differences, "source"])
    status[differences & table["source"].isin(told)] = COMPLEMENTARY
    hidden = status.isin(HIDDEN)
    out = table.copy()
    for column in _NUMBERS:
        values = zip(out[column], out["decimals"], strict=True)
        out[column] = np.array([_round(value, int(decimals)) for value, decimals in values], dtype=float)
        out.loc[hidden, column] = np.nan
    out.loc[hidden, "numerator"] = pd.NA
    out.loc[hidden, "note"] = ""
    too_few = (out["denominator"] < rule.threshold).fillna(False) & hidden
    out.loc[too_few, "denominator"] = pd.NA
    return out.assign(status=status, reason=status.map(_REASONS))


def _round(value: float, decimals: int) -> float:
    """Half away from zero, as people round; binary floats are read by their shortest decimal form."""
    if np.isnan(value):
        return np.nan
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def _neutralise(text: object) -> object:
    """A cell that a spreadsheet would run as a formula is written as text."""
    return f"'{text}" if isinstance(text, str) and text.strip()[:1] in _FORMULA else text
