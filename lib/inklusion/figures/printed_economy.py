"""Printed economy figures: Ballerup's line through the end points beside the printed one, and Copenhagen's budget."""

from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.contracts.accounts import prices_of
from inklusion.danish import number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Released
from inklusion.figures.style import GREY, OTHER, OWN, THIRD, clean, danish_axis, draw
from inklusion.municipalities import name_of

_LINE, _PRINTED, _NOW = "oekonomi_endepunktslinje", "udgift_special_fremskrivning", "udgift_special"
_SAME = "alle tre er udgifter til specialundervisning i mio. kr. og samme priser; kilden og siden fører dem hver sin vej frem."


def end_points(released: Released, code: str) -> Block | Gap:
    """The printed amount, the straight line through the first and last year, and the printed projection."""
    shown = released.where(municipality=code, definition=[_LINE, _PRINTED, _NOW])
    rows = {(row["definition"], row["period"]): row for _, row in shown.table.iterrows()}
    line = [row for (name, _), row in rows.items() if name == _LINE]
    now = next((row for (name, _), row in rows.items() if name == _NOW), None)
    ahead = next((row for (name, _), row in rows.items() if name == _PRINTED), None)
    if len(line) < 2 or now is None or ahead is None:
        return Gap("Kilderne trykker ikke udgifter, som en linje kan trækkes gennem.")
    prices = prices_of(shown.table)
    warning = require_comparable(shown.table["definition"], override=_SAME)
    first, last = line

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        points = [first, now, last]
        axes.plot([int(row["period"]) for row in points], [row["estimate"] for row in points], color=OWN, linewidth=1.5)
        for row, face, marker, colour, label in (
            (first, "white", "D", OWN, "Regnet ud"), (now, OWN, "D", OWN, "Trykt"), (last, "white", "D", OWN, None),
            (ahead, THIRD, "s", THIRD, "Kildens fremskrivning"),
        ):  # fmt: skip
            year, amount = int(row["period"]), row["estimate"]
            axes.plot(
                [year], [amount], marker=marker, color=colour, markerfacecolor=face, linestyle="none", label=label
            )
            below = row is ahead
            axes.annotate(
                number(amount, int(row["decimals"])), (year, amount), xytext=(0, -15 if below else 8),
                textcoords="offset points", ha="center", size=9,
            )  # fmt: skip
        axes.set_ylim(0, 1.2 * last["estimate"])
        axes.set_xlim(int(first["period"]) - 1, int(last["period"]) + 1)
        axes.set_ylabel(f"Mio. kr., {prices}")
        danish_axis(axes, y=True)
        axes.legend(frameon=False, fontsize=8, loc="lower right")
        clean(axes)

    alt = (
        f"Udgifter til specialundervisning i {name_of(code)}, {prices}: {number(first['estimate'], 1)} mio. kr. i "
        f"{first['period']} (regnet ud) og {number(now['estimate'])} mio. kr. i {now['period']} (trykt). En lige linje gennem "
        f"de to når {number(last['estimate'], 1)} mio. kr. i {last['period']}; kilden skriver {number(ahead['estimate'])}"
    )
    caption = f"Kun to år er trykt, så der er intet forudsigelsesinterval. Hule mærker er regnet ud af kildens tal. {prices}. {warning}"
    return draw("endepunktslinje", shown, (7.2, 3.2), paint, alt=alt, caption=caption)


def budget(released: Released, code: str) -> Block | Gap:
    """Account or forecast beside the corrected budget of the same year."""
    shown = released.where(municipality=code, definition="oekonomi_specialomraadet", measure="printed")
    table = shown.table
    if table.empty:
        return Gap("Kilderne trykker ikke regnskab og budget for kommunen.")
    require_comparable(table["definition"])
    prices = prices_of(table)
    rows = {(row["period"], row["group"]): row for _, row in table.iterrows()}
    periods = sorted({period for period, _ in rows}, key=lambda text: text[-4:])
    groups = sorted({group for _, group in rows}, key=lambda group: "udget" in group)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        marks = ((OWN, "D"), (OWN, "o"), (OTHER, "s")) if len(groups) > 2 else ((OWN, "D"), (OTHER, "s"))
        for group, (colour, marker) in zip(groups, marks, strict=True):
            own = [(place, rows[period, group]) for place, period in enumerate(periods) if (period, group) in rows]
            side = 1 if "udget" in group else -1
            axes.plot([place + 0.12 * side for place, _ in own], [row["estimate"] for _, row in own], marker=marker,
                      color=colour, linestyle="none", markersize=9, label=group)  # fmt: skip
            for place, row in own:
                axes.annotate(number(row["estimate"]), (place + 0.12 * side, row["estimate"]), xytext=(9 * side, 0),
                              textcoords="offset points", ha="left" if side > 0 else "right", va="center", size=9)  # fmt: skip
        axes.set_xticks(range(len(periods)), labels=periods)
        axes.set_xlim(-0.6, len(periods) - 0.4)
        axes.margins(y=0.25)
        axes.set_ylabel(f"Mio. kr., {prices}")
        danish_axis(axes, y=True)
        figure.legend(frameon=False, fontsize=8, loc="outside upper right", ncols=3)
        axes.grid(axis="y", color=GREY, alpha=0.2)
        clean(axes)

    told = [
        f"{period}: " + " og ".join(f"{group.lower()} {number(rows[period, group]['estimate'])}" for group in groups
                                    if (period, group) in rows)
        for period in periods
    ]  # fmt: skip
    alt = f"Specialområdets økonomi i {name_of(code)}, mio. kr. i {prices}. {'; '.join(told)}"
    caption = f"{definition('oekonomi_specialomraadet').name_da}. {definition('oekonomi_specialomraadet').note_da} Aksen begynder ikke i nul."
    return draw("budget", shown, (7.2, 3.2), paint, alt=alt, caption=caption)
