"""The published distribution of estimated risk."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import listing, number, percent
from inklusion.definitions import require_comparable
from inklusion.disclosure.release import Released
from inklusion.figures.style import GREY, OTHER, OWN, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of


def risk_bands(released: Released, code: str) -> Block | Gap:
    """Ten bars per panel: the municipality and its schools, the country behind as outlines."""
    require_comparable(released.table["definition"])
    shown = released.where(measure="printed")
    table = shown.table
    country = table[(table["municipality"] == COUNTRY) & (table["unit"] == "")]
    own = table[table["municipality"] == code]
    if own.empty:
        return Gap("Kildens figurer 4.1.1 og 4.1.3 viser ikke denne kommune.")
    units = list(dict.fromkeys(own["unit"]))
    panels = {unit or name_of(code): own[own["unit"] == unit] for unit in units}

    def paint(figure: Figure) -> None:
        rows = -(-len(panels) // 2)
        grid = figure.subplots(rows, 2, squeeze=False, sharey=True)
        for axes, (name, part) in zip(grid.flat, panels.items(), strict=False):
            _panel(axes, name, part, country)
        for axes in list(grid.flat)[len(panels) :]:
            axes.remove()
        figure.supxlabel("Risikoscore i ti bånd, fra lav (1) til høj (10)", size=10, color=GREY)
        figure.supylabel("Andel af almenelever", size=10, color=GREY)

    firsts = [f"{name} {percent(part['estimate'].iloc[0], 0)}" for name, part in panels.items()]
    alt = (
        f"Fordeling af almenelever på ti bånd af beregnet risikoscore, {own['period'].iloc[0]}. Andel i det laveste bånd: "
        f"{listing(firsts)} Hele landet {percent(country['estimate'].iloc[0], 0)}"
    )
    years = "" if len(panels) == 1 else " (året er ikke trykt for skolerne)"
    caption = (
        f"Andel af almenelever i hvert af ti bånd, som trykt i kilden (figur 4.1.1 og 4.1.3), {own['period'].iloc[0]}{years}. "
        "Den stiplede linje er hele landet. Antal elever er ikke oplyst. Kun det første bånd er navngivet; de øvrige følger "
        "søjlernes rækkefølge."
    )
    return draw("risikofordeling", shown, (7.2, 2.3 * -(-len(panels) // 2)), paint, alt=alt, caption=caption)


def _panel(axes: Axes, name: str, part: pd.DataFrame, country: pd.DataFrame) -> None:
    places = list(range(1, len(part) + 1))
    sns.barplot(x=places, y=part["estimate"].to_numpy(), ax=axes, color=OWN, native_scale=True, width=0.8)
    axes.step([0.5, *[p + 0.5 for p in places]], [*country["estimate"], country["estimate"].iloc[-1]],
              where="post", color=OTHER, linewidth=1.6, linestyle="--")  # fmt: skip
    for place, value, behind in zip(places, part["estimate"], country["estimate"], strict=True):
        axes.annotate(number(value), (place, max(value, behind)), ha="center", va="bottom", size=8)
    axes.set_title(name, loc="left", size=10, parse_math=False)
    axes.set(xlabel="", ylabel="", xticks=places)
    danish_axis(axes, y=True, unit="pct.")
    clean(axes)
