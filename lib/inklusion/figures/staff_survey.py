"""The staff survey in figures: printed distributions with their gap, and shares with intervals beside the country's."""

import textwrap

import pandas as pd
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.contracts.staff_answers import (
    GAP_DEFINITIONS,
    counted_of,
    divided_question,
    figure_of,
    printed_answer,
    printed_question,
    profession_of,
    question_of,
)
from inklusion.danish import listing, number, percent
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import SHOWN, Released
from inklusion.figures.style import ACCENT, GREY, LIGHT, OTHER, OWN, THIRD, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, COUNTRY_NAME, name_of

_ANSWERS = {
    "Helt uenig": (THIRD, ""), "Delvis uenig": (LIGHT, "//"), "Hverken enig eller uenig": ("#E5E5E5", ""),
    "Delvis enig": (OTHER, ".."), "Helt enig": (OWN, ""),
}  # fmt: skip
_MARKS = ((OWN, "D"), (OTHER, "o"), (THIRD, "s"), (ACCENT, "^"), (GREY, "v"), (LIGHT, "P"))
_WIDTH = 44
_LINES = 3
_MOST_QUESTIONS = 12


def distributions(released: Released, code: str) -> Block | Gap:
    """Each printed distribution as one bar; what is not printed stays open."""
    chosen = released.where(municipality=code, definition="survey_svarfordeling")
    if chosen.is_empty:
        return Gap("Ingen svarfordeling er trykt for kommunen.")
    require_comparable(chosen.table["definition"])
    bars = {
        str(item): {printed_answer(row["group"]): row["estimate"] for _, row in part.iterrows()}
        for item, part in chosen.table.groupby(chosen.table["group"].map(printed_question), sort=False)
    }

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for height, parts in enumerate(bars.values()):
            left = 100.0 - sum(parts.values())
            start = left if "Helt uenig" not in parts else 0.0
            gap = 0.0 if start else 100.0 - left
            axes.barh(height, left, left=gap, height=0.55, color="white", edgecolor=GREY, linestyle="--", linewidth=1)
            for answer, (colour, hatch) in _ANSWERS.items():
                if answer in parts:
                    axes.barh(height, parts[answer], left=start, height=0.55, color=colour, hatch=hatch, edgecolor="white",
                              label=answer if not axes.get_legend_handles_labels()[1].count(answer) else None)  # fmt: skip
                    axes.annotate(
                        number(parts[answer]), (start + parts[answer] / 2, height - 0.36), ha="center", size=9
                    )
                    start += parts[answer]
        axes.set_yticks(range(len(bars)), labels=[_wrapped(item) for item in bars], size=9, parse_math=False)
        axes.set_xlim(0, 100)
        axes.set_ylim(len(bars) - 0.5, -0.6)
        axes.set_xlabel("Andel af dem, der svarede. Stiplet og hvidt: ikke trykt i kilden")
        danish_axis(axes, x=True, unit="pct.")
        handles, labels = axes.get_legend_handles_labels()
        kept = {label: handle for handle, label in zip(handles, labels, strict=True)}
        names = [answer for answer in _ANSWERS if answer in kept]
        figure.legend([kept[n] for n in names], names, frameon=False, fontsize=8, ncols=3, loc="outside upper left")
        clean(axes, left=False)

    told = [
        f"{item}: {listing(f'{answer.lower()} {number(value)}' for answer, value in parts.items())} pct.; "
        f"{number(100 - sum(parts.values()))} pct. er ikke trykt"
        for item, parts in bars.items()
    ]
    caption = (
        f"{definition('survey_svarfordeling').name_da}, {name_of(code)}. Det stiplede felt er svar uden trykt tal: »ved ikke«, og i "
        f"den nederste søjle også »helt uenig«, som vi ikke kan dele. I den figur er svarenes pladser delvis udledt (antagelse A7)."
    )
    return draw("svarfordelinger", chosen, (7.2, 1.5 + 1.1 * len(bars)), paint, alt=". ".join(told), caption=caption)


def answers(released: Released, code: str) -> Block | Gap:
    """Shares of the commonest kind of top answers with intervals, beside the country's."""
    chosen = released.where(definition="personale_svar", municipality=[code, COUNTRY]).latest()
    table = chosen.table[chosen.table["status"] == SHOWN]
    own = _own_or_country(chosen.table, table, code)
    if own.empty:
        return Gap("Der er for få svar til at vise, hvad personalet mener.")
    kinds = own["method"].map(counted_of)
    kind = kinds.value_counts().index[0]
    rows = own[kinds == kind].sort_values("estimate", ascending=False, kind="stable").iloc[::-1]
    about = f"Svar, der tæller: {kind}. Spørgsmål med andre svar står kun i tabellen."
    return _dots("enighed", chosen, rows, table, f"Andel, der svarer {kind}", about)


def gaps(released: Released, code: str) -> Block | Gap:
    """What staff lack, largest share on top, with intervals and beside the country's where there is one."""
    chosen = released.where(definition=list(GAP_DEFINITIONS), municipality=[code, COUNTRY]).latest()
    table = chosen.table[(chosen.table["status"] == SHOWN) & (chosen.table["measure"] != "rank")]
    rows = _own_or_country(chosen.table, table, code).sort_values("estimate", ascending=False, kind="stable").iloc[::-1]
    if rows.empty:
        return Gap("Der er for få svar til at vise, hvad personalet mangler.")
    about = "Rækkefølgen er usikker, hvor intervallerne for naboer overlapper."
    return _dots("mangler", chosen, rows, table, "Andel, der mangler kompetencen", about)


def professions(released: Released, code: str) -> Block | Gap:
    """Shares by profession of the items with the largest differences."""
    chosen = released.where(definition="personale_faggruppe").latest()
    own = chosen.where(municipality=code)
    chosen = chosen.where(municipality=COUNTRY) if own.is_empty else own
    table = chosen.table[chosen.table["status"] == SHOWN]
    if table.empty:
        return Gap("Svarene kan ikke deles op på faggrupper uden at røbe få personer.")
    parts = {str(item): part for item, part in table.groupby(table["group"].map(divided_question), sort=False)}
    spread = sorted(parts, key=lambda item: parts[item]["estimate"].max() - parts[item]["estimate"].min())
    items = spread[-_MOST_QUESTIONS:]
    names = sorted({profession_of(group) for group in table["group"]})

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, name in enumerate(names):
            colour, marker = _MARKS[place % len(_MARKS)]
            shift = 0.24 * (place - (len(names) - 1) / 2)
            rows = [(height - shift, row) for height, item in enumerate(items) for _, row in parts[item].iterrows()
                    if profession_of(row["group"]) == name]  # fmt: skip
            for height, row in rows:
                axes.hlines(height, row["lower"], row["upper"], color=colour, linewidth=2)
            axes.plot([row["estimate"] for _, row in rows], [height for height, _ in rows], marker=marker, color=colour,
                      linestyle="none", markersize=7, markeredgecolor="white", label=name.capitalize())  # fmt: skip
        axes.set_yticks(range(len(items)), labels=[_wrapped(item) for item in items], size=8, parse_math=False)
        axes.set_ylim(-0.6, len(items) - 0.4)
        _share_axis(figure, "Andel, der giver et af de øverste svar, 95 %-interval")

    where = name_of(table["municipality"].iloc[0])
    widest = parts[items[-1]].sort_values("estimate")
    told = [f"{profession_of(row['group'])} {percent(row['estimate'])}" for _, row in widest.iterrows()]
    alt = f"Svar efter faggruppe, {where}. Forskellen er størst ved »{items[-1]}«: {listing(told)}"
    caption = f"{where}: {definition('personale_faggruppe').name_da.lower()}. Spørgsmålene med de største forskelle, den største øverst."
    return draw("faggrupper_figur", chosen, (7.2, 1.4 + 0.62 * len(items)), paint, alt=alt, caption=caption)


def _dots(name: str, chosen: Released, rows: pd.DataFrame, table: pd.DataFrame, what: str, about: str) -> Block:
    """One diamond and interval per question, largest on top, and a circle for the country."""
    code = rows["municipality"].iloc[0]
    country = table[(table["municipality"] == COUNTRY) & (code != COUNTRY)].set_index("group")
    is_printed = rows["definition"].iloc[0].startswith("survey_")
    labels = [(printed_question if is_printed else question_of)(group) for group in rows["group"]]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for height, (_, row) in enumerate(rows.iterrows()):
            axes.hlines(height, row["lower"], row["upper"], color=OWN, linewidth=3)
        axes.plot(rows["estimate"], range(len(rows)), marker="D", color=OWN, linestyle="none", markersize=8,
                  markeredgecolor="white", label=name_of(code))  # fmt: skip
        others = [
            (country.at[group, "estimate"], height)
            for height, group in enumerate(rows["group"])
            if group in country.index
        ]
        if others:
            axes.plot(*zip(*others, strict=True), marker="o", color=OTHER, linestyle="none", markersize=7,
                      markeredgecolor=GREY, label=COUNTRY_NAME)  # fmt: skip
        axes.set_yticks(range(len(rows)), labels=[_wrapped(label) for label in labels], size=8, parse_math=False)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        _share_axis(figure, f"{what}, 95 %-interval" if len(what) < _WIDTH else "Andel, 95 %-interval")

    first, last = rows.iloc[-1], rows.iloc[0]
    highest = f"Højest: {labels[-1]}, {_value(first)}"
    lowest = f" Lavest: {labels[0]}, {_value(last)}" if last["estimate"] < first["estimate"] else ""
    alt = f"{what}, {name_of(code)}. {highest}{'' if highest.endswith('.') else '.'}{lowest}"
    source = f" Tal fra {figure_of(first['note'])} i kilden." if is_printed else ""
    beside = f" Cirklerne er {COUNTRY_NAME[0].lower()}{COUNTRY_NAME[1:]}." if len(country) else ""
    caption = f"{definition(first['definition']).name_da}, {first['period']}. Romben er {name_of(code)}.{beside} {about}{source}"
    return draw(f"{name}_figur", chosen, (7.2, 1.3 + 0.42 * len(rows)), paint, alt=alt, caption=caption)


def _own_or_country(every: pd.DataFrame, shown: pd.DataFrame, code: str) -> pd.DataFrame:
    """The municipality's shown rows; the country's where it has rows and none may be shown."""
    own = shown[shown["municipality"] == code]
    has_own = (every["municipality"] == code).any()
    return shown[shown["municipality"] == COUNTRY] if own.empty and has_own else own


def _share_axis(figure: Figure, label: str) -> None:
    axes = figure.axes[0]
    axes.set_xlim(0, 100)
    axes.grid(axis="x", color=GREY, alpha=0.2)
    axes.set_xlabel(label)
    danish_axis(axes, x=True, unit="pct.")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=8, ncols=4, loc="outside upper left")
    clean(axes)


def _value(row: pd.Series) -> str:
    return percent(row["estimate"], 0 if row["definition"].startswith("survey_") else int(row["decimals"]))


def _wrapped(text: str) -> str:
    """At most three lines; the table below has the whole text."""
    lines = textwrap.wrap(text, _WIDTH)
    return "\n".join(lines[:_LINES]) + (" …" if len(lines) > _LINES else "")
