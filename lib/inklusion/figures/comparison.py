"""Municipalities beside each other: shares with intervals, and the context strips."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import listing, percent, span
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
