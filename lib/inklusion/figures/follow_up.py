"""The due indicators of the follow-up: one panel each, the municipality with its interval beside the country."""

from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.contracts.follow_up import HIGHER, Indicator, due_in, under_covid
from inklusion.danish import listing, percent
from inklusion.definitions import require_comparable
from inklusion.disclosure.release import Released
from inklusion.figures.style import GREY, OTHER, OWN, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of
from inklusion.periods import require_one_kind

_INFERRED = "pladsen i figuren er udledt"
_WAY = {True: "højere er fremgang", False: "lavere er fremgang"}


def series(released: Released, code: str, plan: pd.DataFrame, period: str) -> Block | Gap:
    """Each due indicator over its own years; COVID years of surveys and absence are shaded and no line runs through them."""
    shown = released.where(measure="level", group=[entry.group for entry in due_in(plan, period)])
    table = shown.table
    own = set(table.loc[(table["municipality"] == code) & table["estimate"].notna(), "group"])
    entries = [entry for entry in due_in(plan, period) if entry.group in own]
    if not entries:
        return Gap("Udgaven har ingen serier for de indikatorer, der er på tur.")
    for entry in entries:
        require_comparable(table.loc[table["group"] == entry.group, "definition"])

    def paint(figure: Figure) -> None:
        grid = figure.subplots(-(-len(entries) // 2), min(2, len(entries)), squeeze=False)
        for axes, entry in zip(grid.flat, entries, strict=False):
            _panel(axes, table[table["group"] == entry.group], code, entry)
        for axes in list(grid.flat)[len(entries) :]:
            axes.remove()
        handles = {
            label: handle
            for axes in figure.axes
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles, frameon=False, fontsize=8, loc="outside upper left", ncols=2)

    alt = f"Opfølgningens indikatorer for {name_of(code)}. " + " ".join(
        _finding(table[table["group"] == entry.group], code, entry) for entry in entries
    )
    has_counts = bool(table["confidence"].notna().any())
    about = (
        "Stregerne er 95 %-intervaller." if has_counts else "Antal elever er ikke trykt, så der er ingen intervaller."
    )
    if table["note"].str.contains(_INFERRED).any():
        about += " Hule mærker: pladsen i kildens figur er udledt."
    caption = (
        f"{about} Hvert felt har sin egen skala, som ikke behøver begynde i nul. Skoleår under COVID-19 er skraverede i trivsel og "
        "fravær, og ingen linje går gennem dem."
    )
    size = (7.2 if len(entries) > 1 else 4.6, 0.5 + 2.5 * -(-len(entries) // 2))
    return draw("opfoelgning_figur", shown, size, paint, alt=alt, caption=caption)


def _panel(axes: Axes, table: pd.DataFrame, code: str, entry: Indicator) -> None:
    require_one_kind(table["period_type"])
    years = sorted(set(table["period"]))
    marked = {year for year in years if under_covid(entry.definition, year)}
    for year in sorted(marked):
        axes.axvspan(
            _at(year) - 0.5, _at(year) + 0.5, facecolor="#EDEDED", edgecolor=GREY, hatch="//", linewidth=0, alpha=0.5
        )
    for place, colour, marker, shift in ((COUNTRY, OTHER, "s", 0.06), (code, OWN, "D", -0.06)):
        line = table[(table["municipality"] == place) & table["estimate"].notna()].sort_values("period")
        look = {"color": colour, "marker": marker, "label": "Hele landet" if place == COUNTRY else name_of(place)}
        _line(axes, line, marked, look, shift)
    axes.set_title(f"{entry.label}\n({_WAY[entry.wanted == HIGHER]})", loc="left", size=9)
    axes.set_xticks([_at(year) for year in years], labels=[_short(year) for year in years], size=8)
    axes.set_xlim(_at(years[0]) - 0.5, _at(years[-1]) + 0.5)
    axes.margins(y=0.25)
    danish_axis(axes, y=True, unit="pct.")
    clean(axes)


def _line(axes: Axes, line: pd.DataFrame, marked: set[str], look: dict[str, str], shift: float) -> None:
    """Points with intervals; a line only between years that follow each other, and none through the COVID years."""
    points = [(_at(row["period"]) + shift, row) for _, row in line.iterrows()]
    for place, (x, row) in enumerate(points):
        face = "white" if _INFERRED in row["note"] else look["color"]
        axes.plot([x], [row["estimate"]], marker=look["marker"], color=look["color"], markerfacecolor=face, markersize=5,
                  linestyle="none", label=look["label"] if place == 0 else None)  # fmt: skip
        if pd.notna(row["lower"]):
            axes.vlines(x, row["lower"], row["upper"], color=look["color"], linewidth=1)
    for (start, one), (end, other) in pairwise(points):
        if round(end - start) == 1 and not marked & {one["period"], other["period"]}:
            axes.plot([start, end], [one["estimate"], other["estimate"]], color=look["color"], linewidth=1.3)


def _at(year: str) -> int:
    return int(year[:4])


def _short(year: str) -> str:
    return f"{year[2:4]}/{year[7:9]}" if "/" in year else year


def _finding(table: pd.DataFrame, code: str, entry: Indicator) -> str:
    parts = []
    for place in (code, COUNTRY):
        line = table[(table["municipality"] == place) & table["estimate"].notna()].sort_values("period")
        if len(line):
            told = listing(
                f"{percent(row['estimate'], int(row['decimals']))} i {row['period']}"
                for _, row in line.iloc[sorted({0, len(line) - 1})].iterrows()
            )
            parts.append(f"{name_of(place)}: {told}")
    return f"{entry.label}. {'. '.join(parts)}."
