"""Where a municipality stands: beside its groups, in the funnel, among the ranks, in every combination, over the years."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import listing, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import SHOWN, Released
from inklusion.figures.expected import captioned, legend_above, log_ticks
from inklusion.figures.style import ACCENT, GREY, OTHER, OWN, THIRD, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of

_KINDS = {"tilfældighed alene": (GREY, 1.0), "med overspredning": (THIRD, 2.2)}
_DASHES = {0.95: "--", 0.998: ":"}
_MOST_NAMES = 30
_AGAINST, _OTHERS = "mod: ", "de andre i: "
_LABEL = 46


def group_shares(released: Released, code: str) -> Block | Gap:
    """The municipality's share and those of the groups it is compared with, each with its interval."""
    require_comparable(released.table["definition"])
    chosen = released.where(municipality=code, measure=["own_share", "others_share"]).latest()
    table = chosen.table[chosen.table["status"] == SHOWN]
    own = table[table["measure"] == "own_share"]
    if own.empty or len(table) < 2:
        return Gap("Kommunen har ingen andel med antal, der kan stilles op ved siden af andre.")
    rows = pd.concat([table[table["measure"] == "others_share"].iloc[::-1], own]).reset_index(drop=True)
    labels = [_label(row, code) for _, row in rows.iterrows()]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(own["estimate"].iloc[0], color=GREY, linestyle="--", linewidth=1)
        for height, row in rows.iterrows():
            colour, marker = (OWN, "D") if row["measure"] == "own_share" else (OTHER, "o")
            axes.hlines(height, row["lower"], row["upper"], color=colour, linewidth=3)
            axes.plot(row["estimate"], height, marker=marker, color=colour, markersize=8, markeredgecolor="white")
        axes.set_yticks(range(len(rows)), labels=labels, size=9, parse_math=False)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel("Andel elever, 95 %-interval")
        danish_axis(axes, x=True, unit="pct.")
        clean(axes)

    told = [
        f"{label.replace(chr(10), ' ')}: {_share(row)}" for label, (_, row) in zip(labels, rows.iterrows(), strict=True)
    ]
    alt = f"Andel elever i {own['period'].iloc[0]} i kommunen og i grupperne. {'. '.join(reversed(told))}"
    caption = f"{_about(own)}. Romben er {name_of(code)}, cirklerne er de andre kommuner i hver gruppe lagt sammen."
    return draw("grupper", chosen, (7.2, 1.2 + 0.5 * len(rows)), paint, alt=alt, caption=captioned(caption, chosen))


def share_funnel(released: Released, code: str) -> Block | Gap:
    """Share against number of pupils, with limits for chance alone and with over-dispersion."""
    require_comparable(released.table["definition"])
    chosen = released.where(measure=["own_share", "funnel_limit", "funnel_position"]).latest()
    table = chosen.table[chosen.table["status"] == SHOWN]
    places = table[table["measure"] == "own_share"]
    own, limits = places[places["municipality"] == code], table[table["measure"] == "funnel_limit"]
    if own.empty or limits.empty:
        return Gap("Antal elever er ikke trykt eller må ikke vises for kommunen, så den er ikke med i en tragtfigur.")
    is_wider = limits["note"].astype(float).max() > 1

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axhline(limits["estimate"].iloc[0], color=GREY, linewidth=1)
        for kind, (colour, width) in _KINDS.items():
            if is_wider or kind in next(iter(_KINDS)):
                _limits(axes, limits[limits["group"].str.startswith(kind)], kind, colour, width)
        sizes = places["denominator"].astype(float)
        axes.plot(sizes, places["estimate"], marker="o", color=OTHER, linestyle="none", markeredgecolor="white")
        axes.plot(own["denominator"].astype(float), own["estimate"], marker="D", color=OWN, markersize=10,
                  markeredgecolor="white", linestyle="none", label=name_of(code))  # fmt: skip
        if len(places) <= _MOST_NAMES:
            for row in places.itertuples():
                axes.annotate(name_of(row.municipality), (float(row.denominator), row.estimate), xytext=(6, 4),
                              textcoords="offset points", size=8)  # fmt: skip
        axes.set(xscale="log" if len(places) > _MOST_NAMES else "linear", ylim=(0, None))
        if len(places) > _MOST_NAMES:
            axes.set_xticks(log_ticks(*axes.get_xlim()))
        axes.minorticks_off()
        axes.set_xlabel(f"Antal elever i kommunen{' (logaritmisk skala)' if len(places) > _MOST_NAMES else ''}")
        axes.set_ylabel("Andel elever")
        danish_axis(axes, x=True)
        danish_axis(axes, y=True, unit="pct.")
        legend_above(figure, axes)
        clean(axes)

    near = table[(table["measure"] == "funnel_position") & (table["confidence"] < 0.99)]
    alt = (
        f"Tragtfigur for {len(places)} kommuner, {own['period'].iloc[0]}. Over 95 %-grænserne: {_names(near, 'above')}. "
        f"Under: {_names(near, 'below')}. {name_of(code)}: {_share(own.iloc[0])}, "
        f"{number(float(own['denominator'].iloc[0]))} elever"
    )
    spread = (
        "De tykke vinrøde grænser er bredere, fordi kommunerne spreder sig mere, end tilfældet giver (overspredning)."
        if is_wider
        else "Kommunerne spreder sig ikke mere, end tilfældet giver, så grænserne er ikke gjort bredere."
    )
    caption = (
        f"{_about(own)}. Den vandrette linje er kommunerne samlet. De tynde grå grænser viser, hvor langt tilfældighed alene kan "
        f"flytte en andel. {spread} Romben er {name_of(code)}."
    )
    return draw("tragt", chosen, (7.2, 4.6), paint, alt=alt, caption=captioned(caption, chosen))


def rank_intervals(released: Released, code: str) -> Block | Gap:
    """Which numbers in the row each municipality can have, all at once."""
    require_comparable(released.table["definition"])
    chosen = released.where(measure=["rank", "rank_width"]).latest()
    is_rank = (chosen.table["measure"] == "rank") & (chosen.table["status"] == SHOWN)
    rows = chosen.table[is_rank].sort_values(["estimate", "municipality"])
    rows = rows.reset_index(drop=True)
    own = rows[rows["municipality"] == code]
    if own.empty:
        return Gap("Kommunen har ingen andel med antal, så den kan ikke få en plads i rækken.")
    has_names = len(rows) <= _MOST_NAMES

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        others = rows[rows["municipality"] != code]
        axes.hlines(others.index, others["lower"], others["upper"], color=OTHER, linewidth=4 if has_names else 1.6)
        axes.hlines(own.index, own["lower"], own["upper"], color=OWN, linewidth=6 if has_names else 4)
        axes.plot(own["estimate"], own.index, marker="D", color=OWN, markersize=9, markeredgecolor="white")
        shown = rows if has_names else own
        axes.set_yticks(shown.index, labels=[name_of(place) for place in shown["municipality"]], parse_math=False)
        axes.set(xlim=(0, len(rows) + 1), ylim=(-1, len(rows)))
        axes.set_xlabel("Plads i rækken (1 er den laveste andel), samtidigt 95 %-interval")
        danish_axis(axes, x=True)
        clean(axes)

    row = own.iloc[0]
    width = chosen.table.loc[chosen.table["measure"] == "rank_width", "estimate"].iloc[0]
    alt = (
        f"Mulige pladser for {len(rows)} kommuner, {row['period']}. {name_of(code)}: nr. {_places(row)} af {len(rows)}. "
        f"Den midterste kommunes interval rummer {number(float(width))} pladser"
    )
    caption = (
        f"{_about(own)}. Hver streg er de pladser, en kommune kan have, når alle intervaller skal holde på én gang. "
        f"Romben er pladsen efter den observerede andel i {name_of(code)}."
    )
    height = 1.0 + (0.32 if has_names else 0.055) * len(rows)
    return draw("raekke", chosen, (7.2, height), paint, alt=alt, caption=captioned(caption, chosen))


def combinations(released: Released, code: str) -> Block | Gap:
    """Every registered combination of definition, period, group and adjustment, sorted by its difference."""
    chosen = released.where(municipality=code)
    is_shown = (chosen.table["measure"] == "combination") & (chosen.table["status"] == SHOWN)
    rows = chosen.table[is_shown].sort_values(["estimate", "definition", "group", "period"])
    rows = rows.reset_index(drop=True)
    if rows.empty:
        return Gap("Ingen af udgavens opgørelser kan sammenlignes med andre for kommunen.")
    numbers = {name: place for place, name in enumerate(sorted(set(rows["definition"])), start=1)}

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=GREY, linestyle="--", linewidth=1)
        kinds = [_certainty(row) for _, row in rows.iterrows()]
        axes.hlines(rows.index, rows["lower"], rows["upper"], color=OTHER, linewidth=2)
        for kind, look in _CERTAINTY.items():
            part = rows[[found == kind for found in kinds]]
            if len(part):
                axes.plot(part["estimate"], part.index, linestyle="none", label=kind, **look)
        labels = [
            f"{numbers[row['definition']]}: {row['period']}, {_short(row['group'])}" for _, row in rows.iterrows()
        ]
        axes.set_yticks(rows.index, labels=labels, size=7.5, parse_math=False)
        axes.set_ylim(-0.8, len(rows) - 0.2)
        axes.set_xlabel("Forskel (procentpoint)")
        danish_axis(axes, x=True)
        legend_above(figure, axes)
        clean(axes)

    counted = chosen.table.set_index("measure")["numerator"]
    alt = (
        f"{len(rows)} opgørelser for {name_of(code)}, sorteret efter forskel. Under nul: {counted['below_any']}. Hele intervallet "
        f"under nul: {counted['surely_below']}, over nul: {counted['surely_above']}"
    )
    key = "; ".join(f"{place} er {definition(name).name_da}" for name, place in numbers.items())
    caption = (
        f"Hver linje er én måde at gøre kommunen op på, og hver sammenligning holder sig inden for én definition. Definitionerne: {key}. "
        "Til venstre for nul ligger kommunen under dem, den sammenlignes med. Stregerne er 95 %-intervaller, hvor n er oplyst. "
        "Opgørelserne bygger på de samme elever."
    )
    height = 1.4 + 0.3 * len(rows)
    return draw("opgoerelser", chosen, (7.2, height), paint, alt=alt, caption=captioned(caption, chosen))


def share_by_year(released: Released, code: str) -> Block | Gap:
    """Share of the municipality and the country year by year, with intervals."""
    require_comparable(released.table["definition"])
    chosen = released.where(municipality=[code, COUNTRY], measure="share", unit="")
    table = chosen.table[chosen.table["status"] == SHOWN]
    own = table[table["municipality"] == code].sort_values("period")
    country = table[table["municipality"] == COUNTRY].sort_values("period")
    if len(own) < 2:
        return Gap("Der er ikke flere skoleår med antal for kommunen, så der er ingen udvikling at vise.")
    years = sorted(set(table["period"]))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for part, colour, marker, label in ((country, THIRD, "s", "hele landet"), (own, OWN, "D", name_of(code))):
            at = [years.index(period) + (0.06 if part is own else -0.06) for period in part["period"]]
            axes.vlines(at, part["lower"], part["upper"], color=colour, linewidth=2)
            axes.plot(at, part["estimate"], marker=marker, color=colour, linewidth=1.2, label=label,
                      linestyle="-" if part is own else "--")  # fmt: skip
        axes.set_xticks(range(len(years)), labels=years)
        axes.set_ylim(0, None)
        axes.set_ylabel("Andel elever")
        danish_axis(axes, y=True, unit="pct.")
        legend_above(figure, axes)
        clean(axes)

    told = [f"{row['period']}: {_share(row)}" for _, row in own.iterrows()]
    alt = f"Andel elever pr. skoleår i {name_of(code)}. {'. '.join(told)}"
    caption = f"{_about(own, period=False)}. Stregerne er 95 %-intervaller (Wilson). Rombe: {name_of(code)}. Firkant: hele landet."
    return draw("udvikling", chosen, (7.2, 3.4), paint, alt=alt, caption=captioned(caption, chosen))


_SURE, _UNSURE, _UNKNOWN = "intervallet udelukker nul", "intervallet rummer nul", "n ikke oplyst"
_CERTAINTY: dict[str, dict[str, Any]] = {
    _SURE: {"marker": "D", "color": OWN, "markersize": 6},
    _UNSURE: {"marker": "o", "color": OTHER, "markersize": 6, "markerfacecolor": "white"},
    _UNKNOWN: {"marker": "x", "color": ACCENT, "markersize": 7, "markeredgewidth": 2},
}


def _certainty(row: pd.Series) -> str:
    if pd.isna(row["lower"]):
        return _UNKNOWN
    return _SURE if row["lower"] > 0 or row["upper"] < 0 else _UNSURE


def _limits(axes: Axes, limits: pd.DataFrame, kind: str, colour: str, width: float) -> None:
    for confidence, part in limits.groupby("confidence"):
        part = part.sort_values("denominator")
        text = f"{number(100 * confidence, 1 if confidence > 0.99 else 0)} %, {kind}"
        for side, label in (("lower", text), ("upper", None)):
            axes.plot(part["denominator"].astype(float), part[side], linestyle=_DASHES[confidence], color=colour,
                      linewidth=width, label=label)  # fmt: skip


def _label(row: pd.Series, code: str) -> str:
    return name_of(code) if row["measure"] == "own_share" else str(row["group"]).removeprefix(_OTHERS)


def _short(group: str) -> str:
    against, adjustment = group.removeprefix(_AGAINST).split("; justering: ")
    return against if adjustment == "ingen" else f"{against} ({adjustment})"


def _share(row: pd.Series) -> str:
    decimals = int(row["decimals"])
    ends = f"{number(row['lower'], decimals)} til {number(row['upper'], decimals)}"
    return f"{number(row['estimate'], decimals)} pct. (95 %-interval {ends})"


def _places(row: pd.Series) -> str:
    low, high = int(row["lower"]), int(row["upper"])
    return f"{low}" if low == high else f"{low}-{high}"


def _names(positions: pd.DataFrame, side: str) -> str:
    return listing(name_of(code) for code in positions.loc[positions["note"] == side, "municipality"]) or "ingen"


def _about(table: pd.DataFrame, *, period: bool = True) -> str:
    row = table.iloc[0]
    return f"{definition(row['definition']).name_da}{', ' + row['period'] if period else ''}"
