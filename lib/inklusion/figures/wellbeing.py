"""The pupils' wellbeing: over the years, item by item, and school by school."""

from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.contracts.surveys import label_of
from inklusion.danish import number, percent
from inklusion.disclosure.release import SHOWN, Released
from inklusion.figures.expected import captioned, legend_above
from inklusion.figures.style import GREY, OTHER, OWN, clean, danish_axis, draw
from inklusion.figures.trend import shade
from inklusion.municipalities import COUNTRY, name_of
from inklusion.periods import COVID_SCHOOL_YEARS

_GENERAL = "trivsel_generel"
_FEWEST = 2
_LABEL = 62
_MARKS = ((COUNTRY, OTHER, "s", "Hele landet"),)


def general_by_year(scales: Released, code: str) -> Block | Gap:
    """General wellbeing by school year beside the country, each with its interval; the COVID years are shaded."""
    chosen = scales.where(definition=_GENERAL, measure="mean", unit="", group="")
    table = _shown(chosen)
    years = sorted(set(table["period"]))
    own = table[table["municipality"] == code].sort_values("period")
    if len(own) < _FEWEST:
        return Gap("Kommunen har ikke svar fra flere år, der må vises.")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, colour, marker, label in (*_MARKS, (code, OWN, "D", name_of(code))):
            _line(axes, table[table["municipality"] == place], years, colour, marker, label)
        _years_axis(axes, years)
        axes.set_ylabel("Generel trivsel (1-5)")
        legend_above(figure, axes)

    told = "; ".join(f"{row.period}: {number(row.estimate, 2)}" for row in own.itertuples())
    alt = f"Generel trivsel i {name_of(code)}, gennemsnit pr. skoleår. {told}. Skoleårene under COVID-19 er skraverede"
    caption = (
        "Generel trivsel på en skala fra 1 til 5, hvor 5 er bedst, med 95 %-interval. Rombe: kommunen, firkant: hele landet. De "
        "skraverede år er COVID-19-årene, og ingen linje går gennem dem. Aksen begynder ikke ved 1."
    )
    return draw("generel_trivsel", chosen, (7.2, 3.6), paint, alt=alt, caption=captioned(caption, chosen))


def indicators_by_year(scales: Released, code: str) -> Block | Gap:
    """One panel per indicator: the municipality beside the country."""
    chosen = scales.where(definition="trivsel_skala", measure="mean", unit="")
    table = _shown(chosen)
    years = sorted(set(table["period"]))
    groups = list(dict.fromkeys(table.loc[table["municipality"] == code, "group"]))
    if not groups:
        return Gap("Der er ingen indikatorer med svar, der må vises for kommunen.")

    def paint(figure: Figure) -> None:
        grid = figure.subplots(-(-len(groups) // 2), 2, squeeze=False, sharey=True)
        for axes, group in zip(grid.flat, groups, strict=False):
            part = table[table["group"] == group]
            for place, colour, marker, label in (*_MARKS, (code, OWN, "D", name_of(code))):
                _line(axes, part[part["municipality"] == place], years, colour, marker, label)
            _years_axis(axes, years)
            axes.set_title(label_of(group), loc="left", size=10)
        for axes in list(grid.flat)[len(groups) :]:
            axes.remove()
        grid[0, 0].legend(frameon=False, fontsize=8, loc="best")

    told = "; ".join(_first_and_last(table, group, code) for group in groups)
    alt = f"Indikatorerne for trivsel i {name_of(code)}. {told}. Skoleårene under COVID-19 er skraverede"
    caption = (
        "Gennemsnit på en skala fra 1 til 5, hvor 5 er bedst, med 95 %-interval. Rombe: kommunen, firkant: hele landet. Aksen er "
        "den samme i alle felter og begynder ikke ved 1."
    )
    return draw("indikatorer", chosen, (7.2, 2.7 * -(-len(groups) // 2)), paint, alt=alt,
                caption=captioned(caption, chosen))  # fmt: skip


def items(answers: Released, code: str) -> Block | Gap:
    """The share with a favourable answer to each item in the last year, with the country's beside it."""
    chosen = answers.where(measure="share").latest()
    table = _shown(chosen)
    own = table[table["municipality"] == code].sort_values("estimate").reset_index(drop=True)
    if own.empty:
        return Gap("Der er ingen spørgsmål med svar nok til at blive vist for kommunen.")
    country = table[table["municipality"] == COUNTRY].set_index("group")["estimate"].reindex(own["group"]).to_numpy()

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        heights = range(len(own))
        axes.hlines(heights, own["lower"], own["upper"], color=OWN, linewidth=3)
        axes.plot(country, heights, marker="s", color=OTHER, linestyle="none", markersize=5, label="Hele landet")
        axes.plot(own["estimate"], heights, marker="D", color=OWN, linestyle="none", markersize=6,
                  markeredgecolor="white", label=name_of(code))  # fmt: skip
        axes.set_yticks(heights, labels=[_short(label_of(group)) for group in own["group"]], size=8, parse_math=False)
        axes.set_ylim(-0.8, len(own) - 0.2)
        axes.set_xlabel("Elever med et af de bedste svar")
        danish_axis(axes, x=True, unit="pct.")
        legend_above(figure, axes)
        clean(axes)

    ends = [own.iloc[-1], own.iloc[0]]
    told = " og ".join(f"»{label_of(row['group'])}« med {percent(row['estimate'], 1)}" for row in ends)
    alt = (
        f"Gunstige svar, spørgsmål for spørgsmål, i {name_of(code)}, {own['period'].iloc[0]}. Højest og lavest: {told}"
    )
    caption = (
        "Andel elever, der har valgt et af de bedste svar, ordnet efter størrelse. Stregen er 95 %-intervallet, romben kommunen og "
        "firkanten hele landet. Spørgsmål med omvendt ordlyd er vendt, så højt altid er godt."
    )
    return draw("spoergsmaal", chosen, (7.2, 1.4 + 0.24 * len(own)), paint, alt=alt, caption=captioned(caption, chosen))


def schools(scales: Released, code: str) -> Block | Gap:
    """General wellbeing of each school in the last year, with its interval, around the municipality's."""
    chosen = scales.where(definition=_GENERAL, measure="mean", group="").latest()
    table = _shown(chosen)
    own = table[(table["municipality"] == code) & (table["unit"] != "")].sort_values("unit", ascending=False)
    whole = table[(table["municipality"] == code) & (table["unit"] == "")]
    if len(own) < _FEWEST or whole.empty:
        return Gap("Der er ikke flere skoler med svar, der må vises.")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        heights = range(len(own))
        axes.axvline(whole["estimate"].iloc[0], color=GREY, linestyle="--", linewidth=1, label=name_of(code))
        axes.hlines(heights, own["lower"], own["upper"], color=OWN, linewidth=3)
        axes.plot(own["estimate"], heights, marker="D", color=OWN, linestyle="none", markersize=6,
                  markeredgecolor="white", label="Skole")  # fmt: skip
        axes.set_yticks(heights, labels=list(own["unit"]), size=9, parse_math=False)
        axes.set_ylim(-0.8, len(own) - 0.2)
        axes.set_xlabel("Generel trivsel (1-5)")
        danish_axis(axes, x=True)
        legend_above(figure, axes)
        clean(axes)

    told = "; ".join(
        f"{row.unit}: {number(row.estimate, 2)} ({number(row.lower, 2)} til {number(row.upper, 2)})"
        for row in own.iloc[::-1].itertuples()
    )
    alt = f"Generel trivsel på skolerne i {name_of(code)}, {own['period'].iloc[0]}. {told}"
    caption = (
        "Generel trivsel på hver skole med 95 %-interval; den stiplede linje er kommunens gennemsnit. Skolerne står efter navn, for "
        "siden stiller dem ikke op i en rækkefølge."
    )
    return draw("skoler", chosen, (7.2, 1.5 + 0.3 * len(own)), paint, alt=alt, caption=captioned(caption, chosen))


def _line(axes: Axes, part: pd.DataFrame, years: list[str], colour: str, marker: str, label: str) -> None:
    """Points with intervals; lines join neighbouring years outside the COVID years."""
    part = part.sort_values("period")
    places = [years.index(period) + (0.09 if marker == "s" else -0.09) for period in part["period"]]
    axes.vlines(places, part["lower"], part["upper"], color=colour, linewidth=2)
    axes.plot(places, part["estimate"], marker=marker, color=colour, linestyle="none", markersize=6, label=label)
    calm = part[~part["period"].isin(COVID_SCHOOL_YEARS)]
    points = [(years.index(period), value) for period, value in zip(calm["period"], calm["estimate"], strict=True)]
    for (start, low), (end, high) in pairwise(points):
        if end - start == 1:
            axes.plot([start, end], [low, high], color=colour, linewidth=1.4)


def _years_axis(axes: Axes, years: list[str]) -> None:
    shade(axes, years)
    axes.set_xticks(range(len(years)), labels=[f"{year[2:4]}/{year[7:9]}" for year in years], size=8)
    axes.set_xlim(-0.5, len(years) - 0.5)
    danish_axis(axes, y=True)
    clean(axes)


def _first_and_last(table: pd.DataFrame, group: str, code: str) -> str:
    own = table[(table["group"] == group) & (table["municipality"] == code)].sort_values("period")
    first, last = own.iloc[0], own.iloc[-1]
    return (
        f"{label_of(group)}: {number(first['estimate'], 2)} i {first['period']} og {number(last['estimate'], 2)} i "
        f"{last['period']}"
    )


def _shown(released: Released) -> pd.DataFrame:
    return released.table[released.table["status"] == SHOWN]


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"
