"""Released tables: the only thing that figures, tables, sentences and CSV files accept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.cells import Cell, counted, exposed_rows
from inklusion.disclosure.comparisons import compares_hidden
from inklusion.disclosure.ledger import known_cells
from inklusion.disclosure.rounding import coarsened, rounded
from inklusion.disclosure.rule import Rule
from inklusion.disclosure.suppression import hidden_cells, small_cells
from inklusion.disclosure.wholes import counted_cells, together, whole_cells
from inklusion.errors import DisclosureError
from inklusion.municipalities import COUNTRY, name_of
from inklusion.provenance import SYNTHETIC

SHOWN, SUPPRESSED, MISSING = "shown", "suppressed", "missing"
DRAFT = "ikke til offentliggørelse"
HIDDEN = (SUPPRESSED,)
_FORMULA = tuple("=+-@＝＋－＠")
_NUMBERS = ("estimate", "lower", "upper")
_REASONS = {
    SHOWN: "",
    SUPPRESSED: "Vises ikke: færre end grænsen for antal elever, eller kunne røbe et sådant tal",
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
        Columns of ``Estimates`` plus ``status`` and ``reason``; hidden values are missing, with the reason. Small
        numbers and those hidden to protect them look alike.
    publishable
        False for a table that somebody made interactively: primary rule only.
    """

    name: str
    edition: str
    rule: Rule
    table: pd.DataFrame
    publishable: bool = True

    def __post_init__(self) -> None:
        unsafe = exposed_rows(self.table, self.rule)
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

    def latest(self) -> "Released":
        """The rows of the last period, for tables of single years."""
        return self if self.is_empty else self.where(period=max(self.table["period"]))

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
        if self.edition == SYNTHETIC:
            table.insert(0, "data", "SYNTETISKE DATA")
        for column in table.select_dtypes(exclude="number"):
            table[column] = table[column].map(_neutralise)
        text: str = table.to_csv(index=False, lineterminator="\n", float_format="%.10g")
        return text


@dataclass(frozen=True)
class Document:
    """A table of texts about the sources (figures, contradictions, programmes): nothing is counted in it."""

    name: str
    table: pd.DataFrame


def release(
    tables: Mapping[str, pd.DataFrame], edition: str, rule: Rule, *, earlier: Sequence[pd.DataFrame] = ()
) -> dict[str, Released]:
    """Release all tables of an edition together: suppress for all of them at once, round once.

    Parameters
    ----------
    tables
        All national ``Estimates`` of the edition by name.
    edition
        The edition's name.
    rule
        The disclosure rule.
    earlier
        Ledgers of earlier editions (:func:`inklusion.disclosure.ledger.ledger`): what they show is not hidden behind.

    Returns
    -------
    dict
        The same tables as ``Released``.

    Raises
    ------
    DisclosureError
        When a table holds minima, maxima or percentiles of persons, or nothing is left to hide a number behind.
    """
    checked = {name: _checked(table, rule, where=f"analysis '{name}'") for name, table in tables.items()}
    found = together(checked, rule)
    hidden = hidden_cells(found, rule, known_cells(earlier))
    return {
        name: Released(name, edition, rule, _hidden_and_rounded(table, found[found["table"] == name], rule, hidden))
        for name, table in checked.items()
    }


def shown_rows(estimated: pd.DataFrame, released: Released) -> pd.DataFrame:
    """The rows of an analysis that its released table shows, before they were rounded: what others may be made from."""
    return estimated.reset_index(drop=True)[(released.table["status"] == SHOWN).to_numpy()]


def derive(tables: Mapping[str, pd.DataFrame], edition: str, rule: Rule) -> dict[str, Released]:
    """Tables that were made from shown rows only (:func:`shown_rows`): there is nothing in them to hide.

    Raises
    ------
    DisclosureError
        When a row shows fewer persons than the threshold all the same: then it was not made from shown rows.
    """
    derived = {}
    for name, table in tables.items():
        checked = _checked(table, rule, where=f"analysis '{name}'")
        status = pd.Series(SHOWN, index=checked.index, dtype="str")
        status[checked[list(_NUMBERS)].isna().all(axis=1)] = MISSING
        for column in _NUMBERS:
            checked[column] = rounded(checked[column], checked["decimals"])
        derived[name] = Released(name, edition, rule, checked.assign(status=status, reason=status.map(_REASONS)))
    return derived


def release_interactive(table: pd.DataFrame, edition: str, rule: Rule) -> Released:
    """The primary rule alone, for a table made while exploring; it is marked as not for publication."""
    checked = _checked(table, rule, where="interactive table")
    found = together({"interactive": checked}, rule)
    shown = _hidden_and_rounded(checked, found, rule, small_cells(found, rule))
    return Released("interactive", edition, rule, shown, publishable=False)


def _checked(table: pd.DataFrame, rule: Rule, *, where: str) -> pd.DataFrame:
    checked = validate(table, ESTIMATES, where=where)
    checked = checked if checked.index.is_unique else checked.reset_index(drop=True)
    persons = counted(checked, rule).index
    refused = sorted({name for name in checked.loc[persons, "measure"] if rule.refuses(name)})
    if refused:
        raise DisclosureError(
            f"{where}: measures {refused} are one person's value under rule '{rule.name}', which refuses minima, maxima "
            "and percentiles of persons. Give the share above a fixed limit instead."
        )
    return checked


def _hidden_and_rounded(table: pd.DataFrame, found: pd.DataFrame, rule: Rule, hidden: set[Cell]) -> pd.DataFrame:
    cell_hidden, whole_hidden = (
        np.array([cell in hidden for cell in cells], dtype=bool) for cells in (counted_cells(found), whole_cells(found))
    )
    divided = found["denominator"].notna().to_numpy()
    suppressed = found["tells"].to_numpy(bool) & (cell_hidden | (whole_hidden & divided))
    uncounted = found["row"].to_numpy()[suppressed]
    suppressed |= compares_hidden(found, suppressed)
    status = pd.Series(SHOWN, index=table.index, dtype="str")
    status[table[list(_NUMBERS)].isna().all(axis=1)] = MISSING
    status[found["row"].to_numpy()[suppressed]] = SUPPRESSED
    differences = (table["measure"] == "difference") & table["numerator"].isna()
    told = set(table.loc[status.isin(HIDDEN) & ~differences, "source"])
    status[differences & table["source"].isin(told)] = SUPPRESSED
    is_hidden = status.isin(HIDDEN)
    out = coarsened(table, found["row"], rule)
    for column in _NUMBERS:
        out[column] = rounded(out[column], out["decimals"])
        out.loc[is_hidden, column] = np.nan
    out.loc[uncounted, "numerator"] = pd.NA
    out.loc[is_hidden, "note"] = ""
    out.loc[found["row"].to_numpy()[whole_hidden], "denominator"] = pd.NA
    return out.assign(status=status, reason=status.map(_REASONS))


def _neutralise(text: object) -> object:
    """A cell that a spreadsheet would run as a formula is written as text."""
    return f"'{text}" if isinstance(text, str) and text.strip()[:1] in _FORMULA else text
