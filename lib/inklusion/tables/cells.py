"""One released row as the text of a table cell, and a released table as a block."""

from collections.abc import Callable

import pandas as pd

from inklusion.blocks import Block, Gap, html_table, paragraphs
from inklusion.danish import number, span
from inklusion.definitions import Definition, definition
from inklusion.disclosure.release import DRAFT, HIDDEN, Released
from inklusion.municipalities import name_of
from inklusion.provenance import SYNTHETIC

_SYNTHETIC = "Syntetiske data."
Cell = Callable[[pd.Series], str]


def value(row: pd.Series) -> str:
    """The released value, a printed range, or why there is none."""
    if row["status"] in HIDDEN:
        return "vises ikke"
    decimals = int(row["decimals"])
    if pd.notna(row["estimate"]):
        return number(row["estimate"], decimals)
    ends = [number(row[end], decimals) for end in ("lower", "upper") if pd.notna(row[end])]
    return "–".join(ends) if len(ends) == 2 else _one_sided(row, ends)


def value_with_unit(row: pd.Series) -> str:
    """The value with the definition's unit."""
    text = value(row)
    return text if row["status"] != "shown" else f"{text} {definition(row['definition']).unit}"


def interval(row: pd.Series) -> str:
    """The confidence interval, or that n is not given."""
    if row["status"] in HIDDEN:
        return "vises ikke"
    if pd.isna(row["confidence"]):
        return "n ikke oplyst"
    return span(row["lower"], row["upper"], int(row["decimals"]))


def count(row: pd.Series, column: str) -> str:
    """A number of persons, or that it is hidden, or that the source does not give it: three different things."""
    if pd.notna(row[column]):
        return number(float(row[column]))
    return "vises ikke" if row["status"] in HIDDEN else "n ikke oplyst"


def _one_sided(row: pd.Series, ends: list[str]) -> str:
    if not ends:
        return "ikke oplyst"
    return f"over {ends[0]}" if pd.notna(row["lower"]) else f"under {ends[0]}"


def released_table(
    name: str, caption: str, released: Released, columns: dict[str, Cell], *, numeric: tuple[int, ...] = ()
) -> Block:
    """One table row per released row; each column says how a row becomes its cell."""
    rows = [[cell(row) for cell in columns.values()] for _, row in released.table.iterrows()]
    return shown(name, html_table(caption, list(columns), rows, numeric=numeric), released)


def table_or_gap(
    released: Released,
    name: str,
    caption: str,
    columns: dict[str, Cell],
    gap: str,
    *,
    numeric: tuple[int, ...],
) -> Block | Gap:
    """Like :func:`released_table`, or the gap when no row is left."""
    return Gap(gap) if released.is_empty else released_table(name, caption, released, columns, numeric=numeric)


def shares_table(chosen: Released, warning: str = "") -> Block:
    """Numerator, denominator, share and interval, with definition and denominator in the caption."""
    entry = definition(chosen.table["definition"].iloc[0])
    caption = (
        f"{entry.name_da}, {chosen.table['period'].iloc[0]}. Nævner: {entry.denominator_phrase}. {warning}".strip()
    )
    columns: dict[str, Cell] = {
        "Kommune": lambda row: row["unit"] or name_of(row["municipality"]),
        "Elever i specialtilbud": lambda row: count(row, "numerator"),
        "Elever i alt": lambda row: count(row, "denominator"),
        "Andel (pct.)": value,
        "95 %-interval": interval,
    }
    return released_table("andele", caption, chosen, columns, numeric=(1, 2, 3, 4))


def definition_caption(entry: Definition) -> str:
    """What the table counts: name, definition id and denominator."""
    denominator = f"; nævner: {entry.denominator_da}" if entry.denominator_da else ""
    return f"{entry.name_da} (definition {entry.id}{denominator})."


def shown(name: str, html: str, released: Released) -> Block:
    """A table with the released rows behind it; one made while exploring says that it must not be published."""
    mark = "" if released.publishable else paragraphs(DRAFT.capitalize() + ".")
    if released.edition == SYNTHETIC and _SYNTHETIC not in html:
        html = html.replace("</caption>", f" {_SYNTHETIC}</caption>")
    return Block(mark + html, {name: released.to_csv()}, draft=not released.publishable)
