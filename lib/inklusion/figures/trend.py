"""Published series over school years; the COVID years are shaded and no line runs through them."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import listing, percent
from inklusion.definitions import definition
from inklusion.disclosure.release import Released
from inklusion.errors import DefinitionError
from inklusion.figures.style import GREY, OTHER, OWN, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of
from inklusion.periods import COVID_SCHOOL_YEARS

_INFERRED = "pladsen i figuren er udledt"


def series(released: Released, code: str) -> Block | Gap:
    """One panel per definition: the municipality beside the country."""
    shown = released.where(measure="printed")
    table = shown.table
    kinds = sorted(set(table["period_type"]))
    if len(kinds) > 1:
        raise DefinitionError(
            f"Tallene kan ikke stå på samme tidsakse, for de har hver sin slags periode: {listing(kinds)}."
        )
    names = list(dict.fromkeys(table[table["municipality"] == code]["definition"]))
    if not names:
        return Gap("Ingen offentliggjorte tidsserier for kommunen i datasættet.")
    years = sorted(set(table["period"]))

    def paint(figure: Figure) -> None:
        grid = figure.subplots(-(-len(names) // 2), 2, squeeze=False)
        for axes, name in zip(grid.flat, names, strict=False):
            part = table[table["definition"] == name]
            for place, colour, marker, label in (
                (COUNTRY, OTHER, "s", "Hele landet"),
                (code, OWN, "D", name_of(code)),
            ):
                _line(axes, part[part["municipality"] == place], years, colour, marker, label)
            shade(axes, years)
            axes.set_title(definition(name).short_da, loc="left", size=10)
            axes.set_xticks(range(len(years)), labels=[f"{y[2:4]}/{y[7:9]}" for y in years], size=8)
            axes.set_xlim(-0.5, len(years) - 0.5)
            axes.margins(y=0.25)
            danish_axis(axes, y=True, unit="pct.")
            clean(axes)
        for axes in list(grid.flat)[len(names) :]:
            axes.remove()
        grid[0, 0].legend(frameon=False, fontsize=8, loc="best")

    alt = f"Tidsserier for {name_of(code)}; skoleårene under COVID-19 er skraverede. " + " ".join(
        _finding(table, code, name) for name in names
    )
    caption = (
        "Tal som trykt i kilden; n er ikke oplyst, så der er ingen sikkerhedsintervaller. Skoleårene 2019/2020-2021/2022 er "
        "skraverede (COVID-19), og ingen linje går gennem dem. Hule mærker: pladsen i kildens figur er udledt."
    )
    return draw("tidsserier", shown, (7.2, 2.6 * -(-len(names) // 2)), paint, alt=alt, caption=caption)


def _line(axes: Axes, part: pd.DataFrame, years: list[str], colour: str, marker: str, label: str) -> None:
    part = part.sort_values("period")
    places = [years.index(period) for period in part["period"]]
    inferred = part["note"].str.contains(_INFERRED).to_numpy(bool)
    for number, (place, value) in enumerate(zip(places, part["estimate"], strict=True)):
        face = "white" if inferred[number] else colour
        axes.plot([place], [value], marker=marker, color=colour, markerfacecolor=face, linestyle="none",
                  markersize=6, label=label if number == 0 else None)  # fmt: skip
    calm = part[~part["period"].isin(COVID_SCHOOL_YEARS)]
    joined = [years.index(period) for period in calm["period"]]
    for start, end in zip(range(len(joined) - 1), range(1, len(joined)), strict=True):
        if joined[end] - joined[start] == 1:
            axes.plot(
                [joined[start], joined[end]],
                list(calm["estimate"].iloc[[start, end]]),
                color=colour,
                linewidth=1.6,
            )


def shade(axes: Axes, years: list[str]) -> None:
    """Shade the COVID years of a time axis with one place for each year."""
    for place, year in enumerate(years):
        if year in COVID_SCHOOL_YEARS:
            axes.axvspan(
                place - 0.5,
                place + 0.5,
                facecolor="#EDEDED",
                edgecolor=GREY,
                hatch="//",
                linewidth=0,
                alpha=0.5,
            )


def _finding(table: pd.DataFrame, code: str, name: str) -> str:
    parts = []
    for place in (code, COUNTRY):
        own = table[(table["definition"] == name) & (table["municipality"] == place)].sort_values("period")
        if len(own):
            values = listing(
                f"{percent(v, d)} i {p}"
                for v, d, p in zip(own["estimate"], own["decimals"], own["period"], strict=True)
            )
            parts.append(f"{name_of(place)}: {values}")
    return f"{definition(name).name_da}. " + ". ".join(parts) + "."
