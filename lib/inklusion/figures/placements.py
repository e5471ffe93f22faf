"""Placements over time: full-year pupils, returns to ordinary classes, and activity after school."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import count_word, listing, number, percent, span
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.figures.style import GREY, OTHER, OWN, THIRD, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of

_ALL = "alle tilbud"
_MARKS = ((OWN, "D"), (OTHER, "o"), (THIRD, "s"))


def full_year_pupils(released: Released, code: str) -> Block | Gap:
    """One panel per provision with the municipality's full-year pupils over calendar years; no country beside it."""
    shown = released.where(measure="full_year", municipality=code)
    require_comparable(shown.table["definition"])
    table = shown.table.sort_values("period")
    parts = dict(list(table.groupby("group", sort=False)))
    groups = [name for name, part in parts.items() if (part["estimate"] > 0).any()]
    if not groups:
        return Gap("Der er ingen helårselever at tegne for kommunen: tallene findes ikke eller vises ikke.")
    years = sorted(set(table["period"]))

    def paint(figure: Figure) -> None:
        grid = figure.subplots(-(-len(groups) // 2), 2, squeeze=False)
        for axes, name in zip(grid.flat, groups, strict=False):
            _years(axes, parts[name], years)
            axes.set_title(_provision(name), loc="left", size=10)
        for axes in list(grid.flat)[len(groups) :]:
            axes.remove()
        figure.supylabel("Helårselever", size=10, color=GREY)

    hidden = [_provision(name) for name, part in parts.items() if part["status"].isin(HIDDEN).all()]
    untold = f" Vises ikke i noget år: {listing(hidden)}." if hidden else ""
    found = [_course(_provision(name), parts[name]) for name in groups]
    alt = f"Helårselever i specialtilbud, {name_of(code)}. {'. '.join(found)}.{untold}".removesuffix(".")
    caption = (
        f"{definition(table['definition'].iloc[0]).name_da}, {name_of(code)}, efter kalenderår: dage i tilbuddet divideret "
        "med årets dage. Tallene er en fuld optælling og har intet interval. Hver rude har sin egen skala, som begynder i "
        f"nul. Hvor der står »vises ikke«, er tallet skjult for at beskytte eleverne.{untold}"
    )
    size = (7.2, 2.1 * -(-len(groups) // 2))
    return draw("helaarselever", shown, size, paint, alt=alt, caption=caption)


def returns(released: Released, code: str) -> Block | Gap:
    """Share back in an ordinary class within three years: the municipality, the country, and its provisions."""
    shown = released.where(measure="cumulative_incidence", municipality=[code, COUNTRY])
    require_comparable(shown.table["definition"])
    table = shown.table
    own = table[table["municipality"] == code]
    if own.empty or table["estimate"].isna().all():
        return Gap("Andelen, der kommer tilbage, kan ikke tegnes for kommunen: den findes ikke eller vises ikke.")
    rows = pd.concat([own, table[table["municipality"] == COUNTRY]])
    country = rows[(rows["municipality"] == COUNTRY) & (rows["group"] == "")]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for value in country["estimate"].dropna():
            axes.axvline(value, color=GREY, linestyle="--", linewidth=1)
        for height, (_, row) in enumerate(rows.iloc[::-1].iterrows()):
            colour, marker = _MARKS[0] if row["municipality"] == code else _MARKS[1]
            _dot(axes, row, height, colour, marker)
        axes.set_yticks(range(len(rows)), labels=[_who(row) for _, row in rows.iloc[::-1].iterrows()])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel("Tilbage i almenklasse inden for tre år, 95 %-sikkerhedsinterval")
        danish_axis(axes, x=True, unit="pct.")
        clean(axes)

    alt = f"Elever tilbage i almenklasse inden for tre år. {'. '.join(_phrase(_who(row), row) for _, row in rows.iterrows())}"
    caption = (
        f"{definition(own['definition'].iloc[0]).name_da}, begyndt {own['period'].iloc[0]} i 0.-6. klasse. Romben er "
        f"{name_of(code)}, cirklerne er landet. Stregerne er 95 %-sikkerhedsintervaller (Aalen-Johansen). Den stiplede linje "
        "er hele landet."
    )
    return draw("tilbage", shown, (7.2, 0.5 * len(rows) + 1.2), paint, alt=alt, caption=caption)


def after_school(released: Released, code: str) -> Block | Gap:
    """Main activity five years after school by group, the municipality and the country in a panel each."""
    shown = released.where(measure="share", municipality=[code, COUNTRY])
    require_comparable(shown.table["definition"])
    table = _split(shown.table)
    own = table[table["municipality"] == code]
    if own.empty or table["estimate"].isna().all():
        return Gap("Registret har ingen tidligere elever fra kommunen, eller tallene vises ikke.")
    who = list(dict.fromkeys(table["who"]))
    activities = list(dict.fromkeys(table["activity"]))

    def paint(figure: Figure) -> None:
        panels = figure.subplots(1, 2, sharey=True, sharex=True)
        for axes, place in zip(panels, (code, COUNTRY), strict=True):
            for offset, (name, mark) in enumerate(zip(who, _MARKS, strict=False)):
                _group(axes, table[(table["municipality"] == place) & (table["who"] == name)], activities, offset, mark)
            axes.set_title(name_of(place), loc="left", size=10)
            axes.set_xlim(left=0)
            danish_axis(axes, x=True, unit="pct.")
            clean(axes)
        panels[0].set_yticks(range(len(activities)), labels=[name.capitalize() for name in activities])
        panels[0].set_ylim(len(activities) - 0.5, -0.5)
        for offset, (name, (colour, marker)) in enumerate(zip(who, _MARKS, strict=False)):
            panels[1].plot([], [], color=colour, marker=marker, linewidth=2, label=name, zorder=offset)
        figure.legend(frameon=False, fontsize=9, loc="outside lower center", ncols=len(who))

    found = [
        f"{name_of(place)}, offentlig forsørgelse: "
        + listing(_phrase(row["who"], row) for _, row in table[_is_support(table, place)].iterrows())
        for place in (code, COUNTRY)
    ]
    alt = f"Hovedaktivitet fem år efter grundskolen for {count_word(len(who))} grupper af tidligere elever. {'. '.join(found)}"
    caption = (
        f"{definition(own['definition'].iloc[0]).name_da}, årgang {own['period'].iloc[0]}. Stregerne er "
        "95 %-sikkerhedsintervaller (Wilson). Grupperne er ikke ens fra begyndelsen, så en forskel er ikke en virkning."
    )
    return draw("aktivitet", shown, (7.2, 4.4), paint, alt=alt, caption=caption)


def _years(axes: Axes, part: pd.DataFrame, years: list[str]) -> None:
    """Dots over years, joined where two years in a row are shown."""
    values = part.set_index("period")["estimate"].reindex(years)
    axes.plot(range(len(years)), values, color=OWN, marker="D", markersize=6, linewidth=1.6)
    hidden = set(part.loc[part["status"].isin(HIDDEN), "period"])
    for place, year in enumerate(years):
        if year in hidden:
            axes.annotate("vises ikke", (place, 0), xytext=(0, 4), textcoords="offset points",
                          ha="center", va="bottom", rotation=90, size=8, color=GREY)  # fmt: skip
    axes.set_xticks(range(len(years)), labels=years, size=8)
    axes.set_xlim(-0.5, len(years) - 0.5)
    axes.set_ylim(0, 1.25 * max(1.0, float(values.max()) if values.notna().any() else 1.0))
    danish_axis(axes, y=True)
    clean(axes)


def _group(axes: Axes, part: pd.DataFrame, activities: list[str], offset: int, mark: tuple[str, str]) -> None:
    for _, row in part.iterrows():
        _dot(axes, row, activities.index(row["activity"]) + 0.24 * (offset - 1), *mark)


def _dot(axes: Axes, row: pd.Series, height: float, colour: str, marker: str) -> None:
    """A value with its interval, or the words that it is not shown."""
    if pd.isna(row["estimate"]):
        axes.annotate(
            _text(row), (0, height), xytext=(4, 0), textcoords="offset points", va="center", size=8, color=colour
        )
        return
    axes.hlines(height, row["lower"], row["upper"], color=colour, linewidth=2)
    axes.plot([row["estimate"]], [height], marker=marker, color=colour, markersize=7, linestyle="none")


def _split(table: pd.DataFrame) -> pd.DataFrame:
    """Group texts ``who: activity`` as two columns."""
    parts = table["group"].str.split(": ", n=1)
    return table.assign(who=parts.str[0], activity=parts.str[1])


def _is_support(table: pd.DataFrame, place: str) -> pd.Series:
    return (table["municipality"] == place) & (table["activity"] == "offentlig forsørgelse")


def _course(name: str, part: pd.DataFrame) -> str:
    told = [f"{_plain(row)} i {row['period']}" for _, row in part.iterrows()]
    return f"{name.capitalize()}: {listing(told if len(told) < 3 else [told[0], told[-1]])}"


def _plain(row: pd.Series) -> str:
    return _text(row) if pd.isna(row["estimate"]) else number(row["estimate"], int(row["decimals"]))


def _text(row: pd.Series) -> str:
    return "vises ikke" if row["status"] in HIDDEN else "ikke regnet ud"


def _phrase(name: str, row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return f"{name}: {_text(row)}"
    decimals = int(row["decimals"])
    return f"{name}: {percent(row['estimate'], decimals)} ({span(row['lower'], row['upper'], decimals)})"


def _provision(group: str) -> str:
    return group.removeprefix("tilbud: ") or _ALL


def _who(row: pd.Series) -> str:
    place = name_of(row["municipality"])
    return f"{place}, {_provision(row['group'])}" if row["group"] else place
