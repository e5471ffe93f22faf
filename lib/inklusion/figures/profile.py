"""How estimated probabilities are distributed, how common risk factors are, and what each way of choosing reaches."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import listing, number, percent
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.figures.expected import captioned, legend_above
from inklusion.figures.style import ACCENT, GREY, OTHER, OWN, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of

_MOST_SCHOOLS = 24
_WIDE = 4
_CHOSEN = 15
_WAYS = {"efter score": (OWN, "D", "-"), "hele distrikter": (OTHER, "o", "-"), "hele skoler": (ACCENT, "^", "-"),
         "tilfældigt": (GREY, "", "--")}  # fmt: skip


def probability_bands(released: Released, neighbours: Released, code: str) -> Block | Gap:
    """One strip per band with its own scale: the municipality with interval, similar municipalities, the country."""
    require_comparable(released.table["definition"])
    similar = list(neighbours.where(municipality=code, measure="neighbour").table["note"])
    chosen = released.where(measure="share", unit="", municipality=[code, *similar, COUNTRY])
    table = chosen.table
    own = table[table["municipality"] == code]
    if own.empty or own["estimate"].isna().all():
        return Gap("Udgaven har ingen fordeling af beregnet sandsynlighed, der kan vises for kommunen.")
    groups = list(dict.fromkeys(own["group"]))

    def paint(figure: Figure) -> None:
        panels = figure.subplots(len(groups), 1, squeeze=False)[:, 0]
        for axes, group in zip(panels, groups, strict=True):
            _strip(axes, table[table["group"] == group], code)
            axes.set_title(f"Sandsynlighed {_band(group)}", loc="left", size=9.5, pad=2)
        figure.supxlabel("Andel af eleverne", size=10, color=GREY)
        legend_above(figure, panels[0])

    about = definition(own["definition"].iloc[0]).name_da
    told = [_finding(table, code, group) for group in (groups[0], groups[-1])]
    alt = f"{about}, {own['period'].iloc[0]}. {name_of(code)} beside hele landet. {' '.join(told)}".replace(
        "beside", "ved siden af"
    )
    caption = (
        f"{about}, {own['period'].iloc[0]}. Romben er {name_of(code)} med 95 %-interval, cirklerne er kommuner med lignende elever, "
        "og den orange streg er hele landet. Hver stribe har sin egen skala."
    )
    name = f"sandsynlighed_{own['definition'].iloc[0]}"
    return draw(name, chosen, (7.2, 0.6 + 0.78 * len(groups)), paint, alt=alt, caption=captioned(caption, chosen))


def school_bands(released: Released, code: str) -> Block | Gap:
    """One small panel per school with a bar for each band, the country as a dashed line behind."""
    require_comparable(released.table["definition"])
    chosen = released.where(measure="share", municipality=[code, COUNTRY])
    table = chosen.table
    own = table[(table["municipality"] == code) & (table["unit"] != "")]
    schools = sorted(set(own["unit"]))
    if not schools:
        return Gap("Udgaven har ingen fordeling for skoler i kommunen.")
    if len(schools) > _MOST_SCHOOLS:
        return Gap("Kommunen har for mange skoler til en figur; tabellen viser dem alle.")
    country = table[(table["municipality"] == COUNTRY) & (table["unit"] == "")].set_index("group")["estimate"]
    groups = list(dict.fromkeys(own["group"]))
    high = -(-len(schools) // _WIDE)

    def paint(figure: Figure) -> None:
        grid = figure.subplots(high, _WIDE, squeeze=False, sharey=True)
        for axes, school in zip(grid.flat, schools, strict=False):
            _school(axes, own[own["unit"] == school].set_index("group").reindex(groups), country.reindex(groups))
            axes.set_title(school, loc="left", size=8, parse_math=False)
        for axes in list(grid.flat)[len(schools) :]:
            axes.remove()
        legend_above(figure, grid[0, 0])
        figure.supxlabel("Bånd, fra lav til høj sandsynlighed (1 er det laveste)", size=9, color=GREY)
        figure.supylabel("Andel af skolens almenelever", size=9, color=GREY)

    first = own[own["group"] == groups[0]].dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    ends = (
        [f"{row['unit']} {percent(row['estimate'], int(row['decimals']))}" for _, row in first.iloc[[0, -1]].iterrows()]
        if len(first)
        else []
    )
    spread = f"Mindst i det laveste bånd: {ends[0]} Mest: {ends[1]}" if ends else "Ingen af skolernes tal vises."
    alt = f"Almenelever efter beregnet sandsynlighed på {len(schools)} skoler i {name_of(code)}, {own['period'].iloc[0]}. {spread}"
    bands = "; ".join(f"{place} er {_band(group)}" for place, group in enumerate(groups, start=1))
    caption = (
        f"{definition(own['definition'].iloc[0]).name_da}, {own['period'].iloc[0]}. Båndene: {bands} Den stiplede linje er hele "
        "landet. Et kryds betyder, at tallet ikke vises. Små skoler svinger mest."
    )
    return draw(
        f"sandsynlighed_skoler_{own['definition'].iloc[0]}",
        chosen,
        (7.2, 0.7 + 1.35 * high),
        paint,
        alt=alt,
        caption=captioned(caption, chosen),
    )


def risk_factors(released: Released, code: str) -> Block | Gap:
    """Prevalence of each risk factor with its interval, the country as a tick."""
    chosen = released.where(definition="risikofaktor", measure="share", municipality=[code, COUNTRY])
    table = chosen.table
    own = (
        table[table["municipality"] == code]
        .sort_values(["estimate", "group"], na_position="first")
        .reset_index(drop=True)
    )
    if own["estimate"].isna().all():
        return Gap("Udgaven har ingen tal om enkelte risikofaktorer, der kan vises for kommunen.")
    country = table[table["municipality"] == COUNTRY].set_index("group")["estimate"]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        heights = own.index[own["estimate"].notna()]
        shown = own.loc[heights]
        axes.hlines(heights, shown["lower"], shown["upper"], color=OWN, linewidth=2)
        axes.plot(
            shown["estimate"], heights, marker="D", color=OWN, markersize=7, linestyle="none", label=name_of(code)
        )
        axes.plot(own["group"].map(country), own.index, marker="|", color=ACCENT, markersize=15, markeredgewidth=2.5,
                  linestyle="none", label="Hele landet")  # fmt: skip
        for height in own.index[own["estimate"].isna()]:
            axes.annotate(
                "vises ikke", (0, height), xytext=(4, 0), textcoords="offset points", va="center", size=8, color=GREY
            )
        axes.set_yticks(range(len(own)), labels=[_factor(group) for group in own["group"]], size=8, parse_math=False)
        axes.set(ylim=(-0.7, len(own) - 0.3), xlim=(0, None))
        axes.set_xlabel("Andel af almeneleverne, 95 %-interval")
        danish_axis(axes, x=True, unit="pct.")
        legend_above(figure, axes)
        clean(axes)

    above = [
        _factor(row["group"]) for _, row in own.iterrows() if row["lower"] > country.get(row["group"], float("nan"))
    ]
    below = [
        _factor(row["group"]) for _, row in own.iterrows() if row["upper"] < country.get(row["group"], float("nan"))
    ]
    alt = (
        f"{len(own)} risikofaktorer blandt almenelever i {name_of(code)}, {own['period'].iloc[0]}. Oftere end i hele landet: "
        f"{listing(above) or 'ingen'}. Sjældnere: {listing(below) or 'ingen'}. De øvrige kan ikke skelnes fra landet"
    )
    caption = (
        f"{definition('risikofaktor').name_da}, {own['period'].iloc[0]}. Stregerne er 95 %-intervaller (Wilson). En elev kan have "
        "flere risikofaktorer."
    )
    return draw(
        "risikofaktorer", chosen, (7.2, 1.2 + 0.3 * len(own)), paint, alt=alt, caption=captioned(caption, chosen)
    )


def reached_need(released: Released) -> Block | Gap:
    """Share of later need reached, by how many pupils are chosen, one line for each way of choosing."""
    chosen = released.where(measure="reached")
    table = chosen.table.dropna(subset=["estimate"])
    if table.empty:
        return Gap("Udgaven har ingen sammenligning af valg af skoler og valg efter score.")
    parts = table["group"].str.extract(r"^(?P<way>.*): (?P<chosen>\d+) pct\.")
    table = table.assign(way=parts["way"], chosen=parts["chosen"].astype(int)).sort_values("chosen", kind="stable")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for way, (colour, marker, line) in _WAYS.items():
            part = table[table["way"] == way]
            axes.plot(part["chosen"], part["estimate"], color=colour, marker=marker, linestyle=line, linewidth=1.8,
                      markersize=6, label=way)  # fmt: skip
            if marker:
                axes.vlines(part["chosen"], part["lower"], part["upper"], color=colour, linewidth=1.2)
        axes.set(xlim=(0, None), ylim=(0, None))
        axes.set_xlabel("Valgt andel af almeneleverne")
        axes.set_ylabel("Andel af senere behov, der nås")
        danish_axis(axes, x=True, y=True, unit="pct.")
        legend_above(figure, axes)
        clean(axes)

    level = _CHOSEN if (table["chosen"] == _CHOSEN).any() else table["chosen"].min()
    least = table[table["chosen"] == level]
    told = listing(f"{row.way} {percent(row.estimate, int(row.decimals))}" for row in least.itertuples())
    alt = f"Andel af senere behov, der nås, når {level} pct. af almeneleverne vælges: {told}"
    caption = (
        "Senere behov er almenelever, der året efter er i specialtilbud. Hele distrikter og skoler er valgt efter deres forventede "
        "andel. Stregerne er 95 %-intervaller."
    )
    return draw("maalretning", chosen, (5.6, 4.0), paint, alt=alt, caption=captioned(caption, chosen))


def _strip(axes: Axes, part: pd.DataFrame, code: str) -> None:
    """The municipality in the upper half, the similar ones in the lower, the country through both."""
    own, country = part[part["municipality"] == code], part[part["municipality"] == COUNTRY]
    similar = part[~part["municipality"].isin([code, COUNTRY])].dropna(subset=["estimate"])
    axes.hlines([0.45] * len(own), own["lower"], own["upper"], color=OWN, linewidth=2.5)
    axes.plot(own["estimate"], [0.45] * len(own), marker="D", color=OWN, markersize=8, markeredgecolor="white",
              linestyle="none", label=name_of(code))  # fmt: skip
    axes.plot(similar["estimate"], [-0.45] * len(similar), marker="o", color=OTHER, markersize=7, linestyle="none",
              alpha=0.8, markeredgecolor="white", label="Kommuner med lignende elever")  # fmt: skip
    axes.plot(country["estimate"], [0] * len(country), marker="|", color=ACCENT, markersize=26, markeredgewidth=2.5,
              linestyle="none", label="Hele landet")  # fmt: skip
    if own["status"].isin(HIDDEN).any():
        axes.annotate(f"{name_of(code)} vises ikke", (1, 0.7), xycoords="axes fraction", ha="right", size=8, color=GREY)
    axes.set(yticks=[], ylim=(-1, 1))
    axes.margins(x=0.1)
    danish_axis(axes, x=True, unit="pct.")
    axes.tick_params(labelsize=8)
    clean(axes, left=False)


def _school(axes: Axes, part: pd.DataFrame, country: pd.Series) -> None:
    places = list(range(1, len(part) + 1))
    axes.bar(places, part["estimate"].fillna(0), color=OWN, width=0.8, label="Skolen")
    behind = [*country.fillna(0), country.fillna(0).iloc[-1]]
    axes.step(
        [0.5, *[place + 0.5 for place in places]], behind, where="post", color=ACCENT, linewidth=1.4, linestyle="--",
        label="Hele landet",
    )  # fmt: skip
    for place, (_, row) in zip(places, part.iterrows(), strict=True):
        text = "×" if pd.isna(row["estimate"]) else number(row["estimate"], int(row["decimals"]))
        height = max(0 if pd.isna(row["estimate"]) else row["estimate"], behind[place - 1])
        axes.annotate(text, (place, height), ha="center", va="bottom", size=6.5)
    axes.set(xticks=places)
    axes.margins(y=0.15)
    axes.tick_params(labelsize=7)
    danish_axis(axes, y=True, unit="pct.")
    clean(axes)


def _finding(table: pd.DataFrame, code: str, group: str) -> str:
    """The municipality's share in a band beside the country's."""
    own, country = (table[(table["municipality"] == place) & (table["group"] == group)] for place in (code, COUNTRY))
    texts = ["skjult" if part["estimate"].isna().all() else percent(part["estimate"].iloc[0], int(part["decimals"].iloc[0]))
             for part in (own, country)]  # fmt: skip
    return f"I båndet {_band(group)} er andelen i kommunen {texts[0]} og i landet {texts[1]}"


def _band(group: str) -> str:
    return group.removeprefix("bånd: ").replace("-", " til ")


def _factor(group: str) -> str:
    return group.removeprefix("faktor ")
