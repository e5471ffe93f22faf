"""Municipalities beside each other: shares with intervals, the funnel, the context strips."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import listing, number, percent, span
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Released
from inklusion.figures.style import ACCENT, GREY, OTHER, OWN, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of

_FEW = 10


def share_intervals(released: Released, code: str, *, override: str = "") -> Block | Gap:
    """Share and interval of every municipality with counts, the pooled share as a line."""
    warning = require_comparable(released.table["definition"], override=override)
    shares = released.where(measure="share")
    table = _named(shares).sort_values("estimate", na_position="first")
    own, pooled = _own(table, code), table[table["municipality"] == COUNTRY]
    if own.empty or pooled.empty:
        return Gap("Ingen trykte antal elever for kommunen, så der er ingen figur med andele.")
    places = table[(table["municipality"] != COUNTRY) & table["estimate"].notna()].reset_index(drop=True)
    reference = pooled.iloc[0]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(reference["estimate"], color=GREY, linestyle="--", linewidth=1)
        axes.annotate(
            f"samlet {percent(reference['estimate'], reference['decimals'])}",
            (reference["estimate"], len(places) - 0.4), xytext=(4, 0), textcoords="offset points", color=GREY,
        )  # fmt: skip
        for height, row in places.iterrows():
            chosen = row["municipality"] == code
            colour, marker = (OWN, "D") if chosen else (OTHER, "o")
            axes.hlines(height, row["lower"], row["upper"], color=colour, linewidth=3 if chosen else 2)
            axes.plot(row["estimate"], height, marker=marker, color=colour, markersize=9 if chosen else 6)
        axes.set_yticks(range(len(places)), labels=list(places["name"]))
        axes.set_ylim(-0.6, len(places))
        axes.set_xlabel("Andel elever i segregeret specialundervisning, 95 %-sikkerhedsinterval")
        danish_axis(axes, x=True, unit="pct.")
        clean(axes)

    lowest, highest = places.iloc[0], places.iloc[-1]
    alt = (
        f"Andel elever i segregeret specialundervisning i {len(places)} kommuner, {own.iloc[0]['period']}. "
        f"{_phrase(own.iloc[0])}. Lavest: {_phrase(lowest)}. Højest: {_phrase(highest)}. "
        f"Samlet: {percent(reference['estimate'], reference['decimals'])}"
    )
    caption = (
        f"{definition(own.iloc[0]['definition']).name_da}, {own.iloc[0]['period']}. Romben er {own.iloc[0]['name']}. "
        "Stregerne er 95 %-sikkerhedsintervaller (Wilson). Den stiplede linje er kommunerne samlet."
    )
    return draw("andele", shares, (7.2, 3.6), paint, alt=alt, caption=f"{caption} {warning}".strip())


def funnel(released: Released, code: str) -> Block | Gap:
    """Share against number of pupils, with limits around the pooled share."""
    require_comparable(released.table["definition"])
    shares = released.where(measure=["share", "funnel_limit", "funnel_position_95"])
    table = _named(shares)
    places = table[(table["measure"] == "share") & (table["municipality"] != COUNTRY)].dropna(subset=["estimate"])
    own = _own(places, code)
    limits = table[table["measure"] == "funnel_limit"]
    if own.empty or limits.empty:
        return Gap("Ingen trykte antal elever for kommunen, så den kan ikke vises i en tragtfigur.")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        _paint_limits(axes, limits)
        _paint_places(axes, places, code)
        axes.set_xlabel("Antal grundskoleelever i kommunen")
        axes.set_ylabel("Andel i specialtilbud")
        axes.margins(x=0.08)
        danish_axis(axes, x=True)
        danish_axis(axes, y=True, unit="pct.")
        axes.legend(frameon=False, loc="upper right")
        clean(axes)

    near = table[table["measure"] == "funnel_position_95"]
    over, under = (listing(sorted(near.loc[near["note"] == side, "name"])) or "ingen" for side in ("above", "below"))
    alt = (
        f"Tragtfigur for {len(places)} kommuner, {own.iloc[0]['period']}. Over 95 %-grænserne: {over}. Under: {under}. "
        f"{_phrase(own.iloc[0])}, {number(float(own.iloc[0]['denominator']))} elever"
    )
    caption = (
        f"{definition(own.iloc[0]['definition']).name_da}, {own.iloc[0]['period']}. Den vandrette linje er kommunerne "
        f"samlet, {percent(limits['estimate'].iloc[0], 2)} Grænserne viser, hvor langt fra linjen en andel kan ligge ved tilfældig variation alene. Romben er {own.iloc[0]['name']}."
    )
    return draw("tragt", shares, (7.2, 4.2), paint, alt=alt, caption=caption)


def context_strips(released: Released, code: str) -> Block | Gap:
    """All municipalities on each context indicator, one strip each with its own axis."""
    table = released.table
    values = table[table["measure"] == "printed"]
    own = _own(values, code).dropna(subset=["estimate"])
    if own.empty:
        return Gap("Kommunen har ingen kontekstindikatorer.")
    names = list(own["definition"])

    def paint(figure: Figure) -> None:
        panels = figure.subplots(len(names), 1, squeeze=False)[:, 0]
        for axes, name in zip(panels, names, strict=True):
            part = values[values["definition"] == name]
            sns.stripplot(x=part["estimate"], y=np.zeros(len(part)), jitter=False, orient="h", ax=axes,
                          color=OTHER, size=4.5, linewidth=0.3, edgecolor="white", zorder=2)  # fmt: skip
            chosen = _own(part, code)["estimate"].iloc[0]
            axes.plot([chosen], [0], marker="D", color=OWN, markersize=9, markeredgecolor="white")
            median = table[(table["measure"] == "median") & (table["definition"] == name)]["estimate"]
            axes.plot(list(median), [0] * len(median), marker="|", color=ACCENT, markersize=18, markeredgewidth=2.5)
            axes.set(yticks=[], xlabel="", ylabel="")
            axes.set_title(definition(name).short_da, loc="left", size=9.5, pad=2)
            danish_axis(axes, x=True)
            axes.tick_params(labelsize=8)
            clean(axes, left=False)

    caption = (
        f"Hver prik er en kommune, romben er {name_of(code)}, den orange streg er den midterste kommune. "
        "Seneste tal, de fleste fra 2023-2025, år ikke oplyst. n ikke oplyst. Hver stribe har sin egen skala."
    )
    alt = _context_finding(table, code)
    return draw(
        "kontekst",
        released.where(measure=["printed", "median"]),
        (7.2, 0.72 * len(names)),
        paint,
        alt=alt,
        caption=caption,
    )


def _paint_limits(axes: Axes, limits: pd.DataFrame) -> None:
    axes.axhline(limits["estimate"].iloc[0], color=GREY, linewidth=1)
    for (confidence, part), style in zip(limits.groupby("confidence"), ("--", ":"), strict=False):
        label = f"{number(100 * confidence, 1 if confidence > 0.99 else 0)} %-grænser"
        sizes = part["denominator"].astype(float)
        for side, text in (("lower", label), ("upper", None)):
            axes.plot(sizes, part[side], linestyle=style, color=GREY, linewidth=1.2, label=text)


def _paint_places(axes: Axes, places: pd.DataFrame, code: str) -> None:
    for row in places.itertuples():
        colour, marker, size = (OWN, "D", 9) if row.municipality == code else (OTHER, "o", 6)
        place = (float(row.denominator), row.estimate)
        axes.plot(*place, marker=marker, color=colour, markersize=size, linestyle="none")
        axes.annotate(row.name, place, xytext=(6, 4), textcoords="offset points", size=9)


def _context_finding(table: pd.DataFrame, code: str) -> str:
    positions = _own(table[(table["measure"] == "position") & (table["group"] == "")], code)
    below, counted = positions["numerator"].astype(float), positions["denominator"].astype(float)
    low = [definition(name).name_da for name in positions.loc[below < _FEW, "definition"]]
    high = [definition(name).name_da for name in positions.loc[counted - below <= _FEW, "definition"]]
    return (
        f"Kommunens plads på {len(positions)} kontekstindikatorer ({name_of(code)}). "
        f"Blandt de {_FEW} laveste: {listing(low) or 'ingen'}. Blandt de {_FEW} højeste: {listing(high) or 'ingen'}. "
        "Tallene står i tabellen under figuren"
    )


def _named(released: Released) -> pd.DataFrame:
    return released.table.assign(name=[name_of(code) for code in released.table["municipality"]])


def _own(table: pd.DataFrame, code: str) -> pd.DataFrame:
    return table[table["municipality"] == code]


def _phrase(row: pd.Series) -> str:
    decimals = int(row["decimals"])
    interval = span(row["lower"], row["upper"], decimals)
    return f"{row['name']} {percent(row['estimate'], decimals)} ({interval})".replace("pct. (", "pct. (95 %-interval ")
