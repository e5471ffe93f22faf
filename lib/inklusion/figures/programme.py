"""Changes of a programme's groups with their intervals, and the years of a reform. Nothing is computed here."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.contracts.surveys import COMPARISON, TREATED
from inklusion.danish import number
from inklusion.disclosure.release import SHOWN, Released
from inklusion.figures.style import ACCENT, GREY, OTHER, OWN, THIRD, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of
from inklusion.periods import COVID_SCHOOL_YEARS
from inklusion.plans import named

_ROLES = {TREATED: "indsatsen", COMPARISON: "sammenligningsgruppen"}
_NO_CHANGE = "Udfaldene er ikke læst, eller der er for få elever med begge mål."


@dataclass(frozen=True)
class _Line:
    """One change with its interval, and for a programme the change that would come by itself."""

    label: str
    change: pd.Series
    itself: pd.Series | None


def changes(released: Released, code: str) -> Block | Gap:
    """The change of the municipality's groups and the country's, with intervals, and what would come by itself."""
    chosen = released.where(municipality=[code, COUNTRY], definition="indsats_aendring", status=SHOWN)
    lines = _lines(chosen, code)
    if not any(line.change["municipality"] == code for line in lines):
        return Gap(_NO_CHANGE)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=GREY, linewidth=1)
        for height, line in enumerate(lines):
            row, is_own = line.change, line.change["municipality"] == code
            colour, marker = (OWN, "D") if is_own else (OTHER, "o")
            axes.hlines(height, row["lower"], row["upper"], color=colour, linewidth=3 if is_own else 2)
            axes.plot(row["estimate"], height, marker=marker, color=colour, markersize=8, linestyle="")
            if line.itself is not None:
                axes.plot(line.itself["estimate"], height, marker="|", color=THIRD, markersize=20, markeredgewidth=2.5)
        axes.set_yticks(range(len(lines)), labels=[line.label for line in lines])
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.set_xlabel("Ændring i point, 95 %-sikkerhedsinterval")
        danish_axis(axes, x=True)
        clean(axes)

    caption = (
        f"Ændring i gennemsnit fra før til efter. Romben er {name_of(code)}, cirklen alle kommuner. Den lodrette mærkestreg er den "
        "ændring, der efter planens antagelser ville komme af sig selv. En ændring er ikke det samme som, hvad indsatsen har "
        "betydet."
    )
    alt = f"Ændring fra før til efter med 95 %-interval. {'. '.join(map(_said, lines))}"
    return draw("aendringer", chosen, (7.2, 0.9 + 0.55 * len(lines)), paint, alt=alt, caption=caption)


def reform(released: Released, code: str) -> Block | Gap:
    """Each school year with the reform and without it; years under COVID-19 are shaded, and no line runs through them."""
    names = list(dict.fromkeys(released.where(municipality=code, measure="start").table["group"]))
    measures = ["yearly_with", "yearly_without", "synthetic"]
    chosen = released.where(municipality=COUNTRY, group=names, measure=measures)
    if chosen.is_empty:
        return Gap("Udfaldene er ikke læst, eller kommunen er ikke med i nogen reform.")
    starts = {name: _start(released, code, name) for name in names}
    parts = {name: chosen.where(group=name).table for name in names}
    parts = {name: part for name, part in parts.items() if len(part)}

    def paint(figure: Figure) -> None:
        grid = figure.subplots(len(parts), 1, squeeze=False)[:, 0]
        for axes, (name, part) in zip(grid, parts.items(), strict=True):
            _years(axes, part, starts[name])
            axes.set_title(name, loc="left", size=10)

    caption = (
        "Generel trivsel på skalaen 1-5, gennemsnit af kommuner. De skraverede skoleår lå under COVID-19, så ingen linje går gennem dem. Den lodrette linje er "
        "reformens begyndelse. Skalaen begynder ikke i nul."
    )
    alt = ". ".join(f"{name}: {_course(part)}" for name, part in parts.items())
    return draw("reform", chosen, (7.2, 3.2 * len(parts)), paint, alt=alt, caption=caption)


def reform_events(released: Released, code: str) -> Block | Gap:
    """The difference in each school year from the last one before the reform, with an interval for each year."""
    names = list(dict.fromkeys(released.where(municipality=code, measure="start").table["group"]))
    chosen = released.where(municipality=COUNTRY, group=names, measure="event")
    if chosen.is_empty:
        return Gap("Forskellen år for år kræver flere kommuner med reformen.")
    parts = {name: chosen.where(group=name).table.sort_values("period") for name in set(chosen.table["group"])}

    def paint(figure: Figure) -> None:
        grid = figure.subplots(len(parts), 1, squeeze=False)[:, 0]
        for axes, name in zip(grid, sorted(parts), strict=True):
            part, start = parts[name], _start(released, code, name)
            years = list(part["period"])
            _shade(axes, years)
            axes.axhline(0, color=GREY, linewidth=1)
            axes.vlines(range(len(years)), part["lower"], part["upper"], color=OWN, linewidth=2)
            axes.plot(range(len(years)), part["estimate"], marker="D", color=OWN, linestyle="")
            axes.axvline(years.index(start) - 0.5, color=ACCENT, linewidth=1.5)
            axes.set_xticks(range(len(years)), labels=[_short(year) for year in years])
            axes.set_ylabel("Forskel (point)")
            axes.set_title(name, loc="left", size=10)
            danish_axis(axes, y=True)
            clean(axes)

    caption = (
        "Forskel mellem kommuner med og uden reformen, målt fra det sidste skoleår før reformen, med 95 %-interval for hvert år. "
        "Den lodrette linje er reformens begyndelse, og de skraverede skoleår lå under COVID-19."
    )
    alt = ". ".join(f"{name}: {'; '.join(map(_event, parts[name].to_dict('records')))}" for name in sorted(parts))
    return draw("reform_forskel", chosen, (7.2, 2.8 * len(parts)), paint, alt=alt, caption=caption)


def _event(row: dict[Hashable, Any]) -> str:
    decimals = int(row["decimals"])
    text = f"{row['period']} {number(row['estimate'], decimals)}"
    if pd.isna(row["lower"]):
        return text
    return f"{text} ({number(row['lower'], decimals)} til {number(row['upper'], decimals)})"


def _lines(chosen: Released, code: str) -> list[_Line]:
    """Own groups first, then the country's; the interval that reckons with groups where there is one."""
    rows = {(row["municipality"], row["group"], row["measure"]): row for _, row in chosen.table.iterrows()}
    found = []
    for place in dict.fromkeys([code, COUNTRY]):
        for group in dict.fromkeys(group for where, group, _ in rows if where == place):
            change = rows.get((place, group, "mean_change_groups"), rows.get((place, group, "mean_change")))
            if change is None:
                continue
            label = f"{_place(place)}, {_ROLES[group.split(': ', 1)[1]]}\n({named(group)})"
            itself = rows.get((place, group, "mean_change_expected"))
            found.append(_Line(label, change, itself))
    return found


def _said(line: _Line) -> str:
    row, decimals = line.change, int(line.change["decimals"])
    ends = f"{number(row['lower'], decimals)} til {number(row['upper'], decimals)}"
    text = f"{line.label.replace(chr(10), ' ')}: {number(row['estimate'], decimals)} point ({ends})"
    return text if line.itself is None else f"{text}, af sig selv {number(line.itself['estimate'], decimals)}"


def _start(released: Released, code: str, name: str) -> str:
    return str(released.where(municipality=code, measure="start", group=name).table["period"].iloc[0])


def _years(axes: Axes, part: pd.DataFrame, start: str) -> None:
    years = sorted(set(part["period"]))
    single = "synthetic" in set(part["measure"])
    drawn = {
        "yearly_with": ("Med reform", OWN, "D", "-"),
        "synthetic" if single else "yearly_without": (
            "Syntetisk kontrol" if single else "Uden reform",
            OTHER,
            "o",
            "--",
        ),
    }
    _shade(axes, years)
    for measure, (label, colour, marker, style) in drawn.items():
        line = part[part["measure"] == measure].sort_values("period")
        runs = [line[[test(year) for year in line["period"]]] for test in (_is_before_covid, _is_after_covid)]
        for points, kind, name in ((line, "", label), *((run, style, None) for run in runs)):
            places = [years.index(period) for period in points["period"]]
            axes.plot(places, points["estimate"], color=colour, marker=marker, linestyle=kind, label=name)
    if start in years:
        axes.axvline(years.index(start) - 0.5, color=ACCENT, linewidth=1.5)
    axes.set_xticks(range(len(years)), labels=[_short(year) for year in years])
    axes.set_ylabel("Generel trivsel (1-5)")
    axes.legend(frameon=False, loc="upper right")
    danish_axis(axes, y=True)
    clean(axes)


def _shade(axes: Axes, years: list[str]) -> None:
    for place, year in enumerate(years):
        if year in COVID_SCHOOL_YEARS:
            axes.axvspan(place - 0.5, place + 0.5, facecolor="none", edgecolor="#B0B0B0", hatch="///", linewidth=0)


def _is_before_covid(year: str) -> bool:
    return year < COVID_SCHOOL_YEARS[0]


def _is_after_covid(year: str) -> bool:
    return year > COVID_SCHOOL_YEARS[-1]


def _short(year: str) -> str:
    """``2019/2020`` → ``19/20``."""
    return f"{year[2:4]}/{year[7:9]}"


def _place(code: str) -> str:
    return "Alle kommuner" if code == COUNTRY else name_of(code)


def _course(part: pd.DataFrame) -> str:
    """First and last year of either line."""
    told = []
    measures = ["yearly_with", "synthetic" if "synthetic" in set(part["measure"]) else "yearly_without"]
    words = {"yearly_with": "med reform", "yearly_without": "uden reform", "synthetic": "syntetisk kontrol"}
    for measure in measures:
        line = part[part["measure"] == measure].sort_values("period")
        first, last = line.iloc[0], line.iloc[-1]
        decimals = int(first["decimals"])
        told.append(
            f"{words[measure]} {number(first['estimate'], decimals)} i {first['period']} og "
            f"{number(last['estimate'], decimals)} i {last['period']}"
        )
    return "; ".join(told)
