"""The tile map: one equal cell for each municipality, shaded and numbered by class."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from inklusion.blocks import Block, Gap
from inklusion.danish import count_word, listing, number
from inklusion.definitions import Definition, definition, require_comparable
from inklusion.disclosure.release import HIDDEN, Released
from inklusion.figures.style import GREY, draw
from inklusion.municipalities import COUNTRY, all_municipalities, is_example, name_of
from inklusion.tiles import Grade, grade_of, grades, require_one_value, tile_of

SHADES = ("#EFF4F9", "#C2D2E3", "#90AECB", "#3F6F9C", "#12436D")
DARK_TEXT, LIGHT_TEXT = "#000000", "#FFFFFF"
HATCHES = HIDDEN_HATCH, MISSING_HATCH = "xxxx", "////"
_HATCH_COLOUR = "#A6A6A6"
_NAMED = 6
_SIZE = (7.2, 7.3)
_SIDE = 0.92


def tile_map(released: Released, code: str, *, cuts: Sequence[float] | None = None) -> Block | Gap:
    """All municipalities as equal cells in five classes; the own one has a thick outline and a diamond.

    Parameters
    ----------
    released
        Rows of one definition, one period and one measure.
    code
        The municipality to mark, or the whole country for a map without a mark.
    cuts
        The highest value of every class but the last; without it the municipalities are divided into fifths.
    """
    require_comparable(released.table["definition"])
    if is_example(code) or any(is_example(str(other)) for other in released.table["municipality"]):
        return Gap("Der er intet kort, fordi opdigtede kommuner ikke har nogen plads på et danmarkskort.")
    chosen = released.where(municipality=[entry.code for entry in all_municipalities()])
    table = chosen.table
    require_one_value({name: table[name] for name in ("municipality", "period", "measure")})
    shown = table[table["estimate"].notna() & ~table["status"].isin(HIDDEN)]
    if shown.empty:
        return Gap("Der er intet kort, fordi ingen kommune har et tal, der kan vises.")
    classes = grades(shown["estimate"], int(shown["decimals"].max()), cuts=cuts)
    found = {str(row["municipality"]): _grade(row, classes) for _, row in table.iterrows()}
    hidden = set(table.loc[table["status"].isin(HIDDEN), "municipality"])
    absent = _absent(table, shown)
    entry, period = definition(table["definition"].iloc[0]), str(table["period"].iloc[0])

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place in all_municipalities():
            _cell(axes, place.code, found.get(place.code), shade_of(classes), hidden=place.code in hidden)
        if code != COUNTRY:
            _own(axes, code)
        axes.set(xlim=(-0.55, 14.6), ylim=(13.55, -0.6), aspect="equal")
        axes.axis("off")
        _legend(figure, classes, entry.unit, code, absent)

    return draw(
        f"kort_{entry.id}", chosen, _SIZE, paint,
        alt=_finding(table, code, entry, classes, absent), caption=_caption(entry, period, code, len(classes), cuts),
    )  # fmt: skip


def shade_of(classes: Sequence[Grade]) -> dict[int, str]:
    """The fill of every class, from light to dark; fewer classes take shades further apart."""
    last = max(len(classes) - 1, 1)
    return {grade.place: SHADES[round((grade.place - 1) * (len(SHADES) - 1) / last)] for grade in classes}


def text_on(fill: str) -> str:
    """Black or white, whichever stands out more from the fill."""
    return max((DARK_TEXT, LIGHT_TEXT), key=lambda ink: contrast(ink, fill))


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` as in WCAG 2: 0 is black, 1 is white."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours as in WCAG 2, from 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _cell(axes: Axes, code: str, grade: Grade | None, shades: dict[int, str], *, hidden: bool) -> None:
    tile = tile_of(code)
    corner = (tile.column - _SIDE / 2, tile.row - _SIDE / 2)
    if grade:
        fill, mark = shades[grade.place], str(grade.place)
        axes.add_patch(Rectangle(corner, _SIDE, _SIDE, facecolor=fill, edgecolor=GREY, linewidth=0.6))
    else:
        fill, mark = LIGHT_TEXT, ""
        hatch = HIDDEN_HATCH if hidden else MISSING_HATCH
        axes.add_patch(
            Rectangle(corner, _SIDE, _SIDE, facecolor=fill, edgecolor=_HATCH_COLOUR, hatch=hatch, linewidth=0)
        )
        axes.add_patch(Rectangle(corner, _SIDE, _SIDE, fill=False, edgecolor=GREY, linewidth=0.6))
    ink, halo = text_on(fill), [] if grade else [withStroke(linewidth=2.5, foreground=fill)]
    height = tile.row - 0.14 if mark else tile.row
    axes.text(tile.column, height, tile.label, ha="center", va="center", size=7.2, color=ink, path_effects=halo)
    axes.text(tile.column, tile.row + 0.23, mark, ha="center", va="center", size=7.2, weight="bold", color=ink)


def _own(axes: Axes, code: str) -> None:
    tile = tile_of(code)
    corner = (tile.column - 0.5, tile.row - 0.5)
    axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=DARK_TEXT, linewidth=2.8, zorder=4, gid=f"own-{code}"))
    axes.plot(
        tile.column + 0.5, tile.row - 0.5, marker="D", markersize=7, color=LIGHT_TEXT, markeredgecolor=DARK_TEXT,
        markeredgewidth=1.4, zorder=5,
    )  # fmt: skip


def _legend(figure: Figure, classes: Sequence[Grade], unit: str, code: str, absent: dict[str, int]) -> None:
    shades = shade_of(classes)
    handles: list[Patch | Line2D] = [
        Patch(facecolor=shades[grade.place], edgecolor=GREY, linewidth=0.6, label=f"{grade.place}: {grade.limits}")
        for grade in classes
    ]
    for (word, count), hatch in zip(absent.items(), HATCHES, strict=True):
        if count:
            handles.append(Patch(facecolor=LIGHT_TEXT, edgecolor=_HATCH_COLOUR, hatch=hatch, label=word))
    if code != COUNTRY:
        diamond = Line2D([], [], linestyle="none", marker="D", markersize=7, color=LIGHT_TEXT, label=name_of(code))
        diamond.set_markeredgecolor(DARK_TEXT)
        handles.append(diamond)
    figure.legend(
        handles=handles, title=f"Klasse ({unit})", frameon=False, fontsize=8, title_fontsize=8, ncols=4,
        loc="outside upper left", alignment="left", handlelength=1.6, handleheight=1.2,
    )  # fmt: skip


def _absent(table: pd.DataFrame, shown: pd.DataFrame) -> dict[str, int]:
    """How many municipalities are hidden, and how many have no number: in words for the legend."""
    hidden = int(table["status"].isin(HIDDEN).sum())
    ranges = table["estimate"].isna() & table[["lower", "upper"]].notna().any(axis=1)
    word = "ikke oplyst som ét tal" if ranges.any() else "ikke oplyst"
    return {"vises ikke": hidden, word: len(all_municipalities()) - len(shown) - hidden}


def _finding(
    table: pd.DataFrame, code: str, entry: Definition, classes: Sequence[Grade], absent: dict[str, int]
) -> str:
    """The own class and value, who lies in the highest class, and how many have no value."""
    rows = {str(row["municipality"]): row for _, row in table.iterrows()}
    found = {other: _grade(row, classes) for other, row in rows.items()}
    highest = [place.name for place in all_municipalities() if found.get(place.code) == classes[-1]]
    more = len(highest) - _NAMED
    named = listing([*highest[:_NAMED], f"{count_word(more)} andre"] if more > 1 else highest)
    own = [] if code == COUNTRY else [_own_sentence(rows.get(code), code, entry, classes)]
    without = [
        f"{word.capitalize()}: {number(count)} {'kommune' if count == 1 else 'kommuner'}"
        for word, count in absent.items()
        if count
    ]
    sentences = [
        f"Kort med lige store felter for de 98 kommuner: {entry.name_da}, {table['period'].iloc[0]}",
        *own,
        f"I den højeste klasse ({classes[-1].limits} {entry.unit}) ligger {named}",
        *(without or ["Alle kommuner har et tal"]),
        "Tallene står i tabellen under kortet",
    ]
    return ". ".join(sentence.removesuffix(".") for sentence in sentences)


def _own_sentence(row: pd.Series | None, code: str, entry: Definition, classes: Sequence[Grade]) -> str:
    grade = None if row is None else _grade(row, classes)
    if row is None or grade is None:
        return f"{name_of(code)} har ingen klasse: {_why(row)}"
    value = f"{number(row['estimate'], int(row['decimals']))} {entry.unit}"
    return f"{name_of(code)} ligger i klasse {grade.place} af {len(classes)} ({grade.limits} {entry.unit}) med {value}"


def _why(row: pd.Series | None) -> str:
    if row is not None and row["status"] in HIDDEN:
        return "tallet vises ikke"
    printed_range = row is not None and row[["lower", "upper"]].notna().any()
    return "kilden giver ikke ét tal" if printed_range else "tallet er ikke oplyst"


def _grade(row: pd.Series, classes: Sequence[Grade]) -> Grade | None:
    return None if row["status"] in HIDDEN or pd.isna(row["estimate"]) else grade_of(row["estimate"], classes)


def _caption(entry: Definition, period: str, code: str, count: int, cuts: Sequence[float] | None) -> str:
    """What a cell is, how the classes came about, and what the map does not say."""
    parted = (
        "Klasserne har faste grænser"
        if cuts
        else f"Klasserne deler kommunerne i {count_word(count)} omtrent lige store grupper (ens tal skilles ikke)"
    )
    own = "" if code == COUNTRY else f"Den tykke ramme med romben er {name_of(code)}. "
    return (
        f"{entry.name_da}, {period}. Hvert felt er en kommune, og alle felter er lige store: kortet viser hverken areal eller "
        f"folketal, og pladsen er kun omtrentlig. {own}{parted}, 1 er lavest; tallet i feltet er klassen. Nabofelter i hver "
        "sin klasse kan ligge tæt på hinanden, og kortet siger ikke, om en forskel er sikker. Forkortelser og værdier "
        "står i tabellen under kortet."
    )
