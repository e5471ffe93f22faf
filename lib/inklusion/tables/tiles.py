"""The values behind the tile map, every municipality in Danish alphabetical order."""

from collections.abc import Sequence

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.danish import MISSING
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.municipalities import all_municipalities, is_example
from inklusion.tables.cells import interval, shown, value
from inklusion.tiles import Grade, grade_of, grades, require_one_value, tile_of


def tile_values(released: Released, code: str, *, cuts: Sequence[float] | None = None) -> Block | Gap:
    """Value and class of all 98 municipalities, as the map shows them; the own one is marked in words.

    Takes the same rows and the same ``cuts`` as the map.
    """
    require_comparable(released.table["definition"])
    if is_example(code) or any(is_example(str(other)) for other in released.table["municipality"]):
        return Gap("Der er ingen tabel til kortet, fordi opdigtede kommuner ikke har nogen plads på et danmarkskort.")
    chosen = released.where(municipality=[entry.code for entry in all_municipalities()])
    table = chosen.table
    require_one_value({name: table[name] for name in ("municipality", "period", "measure")})
    told = table[table["estimate"].notna() & ~table["status"].isin(HIDDEN)]
    if told.empty:
        return Gap("Der er ingen tabel til kortet, fordi ingen kommune har et tal, der kan vises.")
    classes = grades(told["estimate"], int(told["decimals"].max()), cuts=cuts)
    found = {str(row["municipality"]): row for _, row in table.iterrows()}
    entry = definition(table["definition"].iloc[0])
    certain = bool(table["confidence"].notna().any())
    rows = []
    for place in all_municipalities():
        row = found.get(place.code)
        own = " (valgt kommune)" if place.code == code else ""
        cells = ["ikke oplyst" if row is None else value(row)]
        cells += [MISSING if row is None else interval(row)] if certain else []
        rows.append([f"{place.name}{own}", tile_of(place.code).label, *cells, _class(row, classes)])
    headers = ["Kommune", "På kortet", f"Værdi ({entry.unit})", *(["95 %-interval"] if certain else []), "Klasse"]
    without_count = "" if certain else " n ikke oplyst."
    caption = (
        f"{entry.name_da}, {table['period'].iloc[0]}, alle 98 kommuner. Klasserne på kortet ({entry.unit}): "
        f"{'; '.join(f'{grade.place}: {grade.limits}' for grade in classes)}.{without_count}"
    )
    html = html_table(caption, headers, rows, numeric=tuple(range(2, len(headers) - 1)))
    return shown(f"kort_tabel_{entry.id}", html, chosen)


def _class(row: pd.Series | None, classes: Sequence[Grade]) -> str:
    if row is None or row["status"] in HIDDEN or pd.isna(row["estimate"]):
        return "ingen klasse"
    grade = grade_of(row["estimate"], classes)
    return f"{grade.place} ({grade.limits})"
