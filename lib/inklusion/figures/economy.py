"""Spending by provision, its growth in parts, its continuation, special beside ordinary, and the scenario."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.contracts.accounts import prices_of
from inklusion.danish import listing, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import Released
from inklusion.figures.style import ACCENT, GREY, OTHER, OWN, THIRD, clean, danish_axis, draw
from inklusion.municipalities import name_of

_MILLION = "mio. kr."
_ALL = "alle specialtilbud"
_PARTS = {
    "split_volume": ("Mængde: antal helårselever", "//", OTHER),
    "split_price": ("Pris: udgift pr. helårselev", "..", THIRD),
    "split_mix": ("Sammensætning af tilbud", "xx", ACCENT),
    "split_total": ("I alt", "", OWN),
}


def spending(released: Released, code: str) -> Block | Gap:
    """One panel per provision with spending over the account years, fixed prices."""
    shown = released.where(measure="spending", municipality=code)
    require_comparable(shown.table["definition"])
    prices, table = prices_of(shown.table), shown.table.sort_values("period")
    if table.empty:
        return Gap("Der er ingen udgifter efter tilbud at tegne for kommunen.")
    groups = list(dict.fromkeys(shown.table["group"]))
    parts = {name: table[table["group"] == name] for name in groups}
    years = sorted(set(table["period"]))

    def paint(figure: Figure) -> None:
        grid = figure.subplots(-(-len(groups) // 2), 2, squeeze=False)
        for axes, name in zip(grid.flat, groups, strict=False):
            _course(axes, parts[name], years)
            axes.set_title(provision(name).capitalize(), loc="left", size=10)
        for axes in list(grid.flat)[len(groups) :]:
            axes.remove()
        figure.supylabel(f"Mio. kr., {prices}", size=10, color=GREY)

    found = [f"{provision(name).capitalize()}: {_ends(part)}" for name, part in parts.items()]
    alt = f"Udgifter til specialundervisning i {name_of(code)}, {prices}, {_MILLION} {'. '.join(found)}"
    caption = (
        f"{definition('oekonomi_udgift').name_da}, {name_of(code)}, {_MILLION} i {prices}. Tallene er regnskabets og har intet "
        "interval. Hver rude har sin egen skala, som begynder i nul."
    )
    return draw("udgifter", shown, (7.2, 2.0 * -(-len(groups) // 2)), paint, alt=alt, caption=caption)


def growth_split(released: Released, code: str) -> Block | Gap:
    """Bars of volume, price, mix and their sum, with the exact amounts."""
    shown = released.where(definition="oekonomi_vaekst", municipality=code)
    rows = {row["measure"]: row for _, row in shown.table.iterrows()}
    if not set(_PARTS) <= set(rows):
        return Gap("Ændringen kan ikke deles op: helårselever eller flere regnskabsår mangler.")
    prices, span = prices_of(shown.table), rows["split_total"]["period"]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        widest = max(abs(row["estimate"]) for row in rows.values()) or 1.0
        for height, (measure, (_, hatch, colour)) in enumerate(_PARTS.items()):
            amount = rows[measure]["estimate"]
            axes.barh(height, amount, height=0.6, color="white", edgecolor=colour, hatch=hatch, linewidth=1.5)
            axes.annotate(
                _signed(amount),
                (max(amount, 0), height),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                size=9,
            )
        axes.axvline(0, color=GREY, linewidth=1)
        lowest = min(0.0, *(row["estimate"] for row in rows.values()))
        axes.set_xlim(lowest - 0.05 * widest, 1.35 * widest)
        axes.set_yticks(range(len(_PARTS)), labels=[label for label, _, _ in _PARTS.values()])
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.set_xlabel(f"Ændring {span}, kr. i {prices}")
        clean(axes)
        axes.spines["bottom"].set_visible(False)

    told = [f"{label}: {_signed(rows[measure]['estimate'])}" for measure, (label, _, _) in _PARTS.items()]
    alt = f"Ændring i udgifterne til specialundervisning i {name_of(code)} fra {span.replace('-', ' til ')}, {prices}. "
    caption = (
        f"Ændringen {span} delt i tre dele, som tilsammen giver hele ændringen på kronen (Bennets metode). {name_of(code)}, "
        f"{prices}. Søjlerne har hver sit mønster og et tal."
    )
    return draw("vaekst", shown, (7.2, 2.6), paint, alt=alt + "; ".join(told), caption=caption)


def projection(released: Released, code: str) -> Block | Gap:
    """The known years, the line through them and its prediction interval, and what pupil numbers alone would give."""
    shown = released.where(municipality=code, group="").where(
        measure=["spending", "line", "residual", "projection", "pupil_adjusted"]
    )
    table = shown.table.sort_values("period")
    parts = {str(name): part.assign(year=part["period"].astype(int)) for name, part in table.groupby("measure")}
    if not {"spending", "line", "projection", "residual"} <= set(parts):
        return Gap("Fremskrivningen kræver mindst fire regnskabsår.")
    prices = prices_of(table)

    def paint(figure: Figure) -> None:
        _continued(figure.subplots(), parts, prices)

    end = parts["projection"].iloc[-1]
    residual = parts["residual"].iloc[0]
    alt = (
        f"Udgifter til specialundervisning i {name_of(code)} og en lige linje ført videre til {end['period']}, {prices}. Linjen "
        f"når {_amount(end['estimate'])}, og et enkelt års udgift ligger efter linjen mellem {_amount(end['lower'])} og "
        f"{_amount(end['upper'])} Det seneste regnskab ({residual['period']}) afviger {_amount(residual['estimate'])} fra linjen"
    )
    caption = (
        f"{definition('oekonomi_fremskrivning').name_da}, {name_of(code)}. Det skraverede felt er et "
        f"95 %-forudsigelsesinterval for udgiften i et enkelt år, som bygger på {len(parts['spending'])} regnskabsår. "
        f"{prices.capitalize()}."
    )
    return draw("fremskrivning", shown, (7.2, 3.6), paint, alt=alt, caption=caption)


def beside_ordinary(released: Released, code: str) -> Block | Gap:
    """Special and ordinary spending as indices of the first year."""
    shown = released.where(measure="index", municipality=code)
    table = shown.table.sort_values("period")
    parts = {str(name): part for name, part in table.groupby("group", sort=False)}
    if len(parts) < 2:
        return Gap("Udgifterne til almenområdet mangler, så de kan ikke stilles ved siden af specialundervisningen.")
    prices, years = prices_of(table), sorted(set(table["period"]))
    marks = dict(zip(sorted(parts, reverse=True), ((OWN, "D", "-"), (OTHER, "o", "--")), strict=True))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for name, (colour, marker, style) in marks.items():
            part = parts[name]
            axes.plot(
                [years.index(period) for period in part["period"]], part["estimate"],
                color=colour, marker=marker, linestyle=style, markersize=6, label=name.capitalize(),
            )  # fmt: skip
            last = part.iloc[-1]
            axes.annotate(
                f"{number(last['estimate'], 1)}", (years.index(last["period"]), last["estimate"]),
                xytext=(8, 0), textcoords="offset points", va="center", size=9, color=GREY,
            )  # fmt: skip
        axes.axhline(100, color=GREY, linewidth=0.8)
        axes.set_xticks(range(len(years)), labels=years)
        axes.set_xlim(-0.3, len(years) - 0.4)
        axes.set_ylabel(f"Indeks, {years[0]} = 100")
        danish_axis(axes, y=True)
        axes.legend(frameon=False, fontsize=8, loc="best")
        clean(axes)

    told = [f"{name.capitalize()}: {number(parts[name].iloc[-1]['estimate'], 1)} i {years[-1]}" for name in marks]
    alt = f"Udgifter i {name_of(code)}, {prices}, når {years[0]} er 100. {'. '.join(told)}"
    caption = (
        f"{definition('oekonomi_indeks').name_da}. {name_of(code)}, {prices}. {definition('oekonomi_indeks').note_da}"
    )
    return draw("indeks", shown, (7.2, 3.0), paint, alt=alt, caption=caption)


def scenario(released: Released, code: str) -> Block | Gap:
    """What each move frees at average cost, and the range with fixed costs."""
    shown = released.where(definition="oekonomi_scenarie", municipality=code)
    prices = prices_of(shown.table)
    rows = {(row["group"], row["measure"]): row for _, row in shown.table.iterrows()}
    groups = list(dict.fromkeys(group for group, _ in rows))
    if not groups:
        return Gap("Scenariet kan ikke regnes for kommunen.")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for height, group in enumerate(groups):
            fixed, average = rows[group, "saving_fixed"], rows[group, "saving"]
            label = ("Med faste udgifter, lavt til højt skøn", "Uden faste udgifter") if height == 0 else (None, None)
            axes.plot([fixed["lower"], fixed["upper"]], [height, height], color=OWN, linewidth=7, label=label[0],
                      solid_capstyle="butt")  # fmt: skip
            axes.plot([average["estimate"]], [height], "D", color=THIRD, markersize=7, label=label[1])
            text = f"{_tell(fixed, 'lower')} til {_tell(fixed, 'upper')}; uden: {_tell(average, 'estimate')}"
            axes.annotate(text, (max(average["estimate"], fixed["upper"]), height), xytext=(9, 0), va="center", size=8,
                          textcoords="offset points")  # fmt: skip
        axes.axvline(0, color=GREY, linewidth=1)
        axes.set_yticks(range(len(groups)), labels=[group.capitalize() for group in groups], size=9)
        axes.set_ylim(len(groups) - 0.4, -0.6)
        axes.margins(x=0.3)
        axes.set_xlabel(f"Mio. kr. om året, {prices}")
        danish_axis(axes, x=True)
        figure.legend(frameon=False, fontsize=8, loc="outside lower right", ncols=2)
        clean(axes)

    told = [
        f"{group.capitalize()}: {_tell(rows[group, 'saving_fixed'], 'lower')} til "
        f"{_tell(rows[group, 'saving_fixed'], 'upper')} {_MILLION} med faste udgifter og "
        f"{_tell(rows[group, 'saving'], 'estimate')} {_MILLION} uden"
        for group in groups
    ]
    alt = f"Scenariet for {name_of(code)}, {prices}. {'; '.join(told)}"
    caption = (
        f"{definition('oekonomi_scenarie').name_da}, {name_of(code)}, {prices}. {definition('oekonomi_scenarie').note_da} Stregen "
        "er to skøn over faste udgifter og ikke et sikkerhedsinterval."
    )
    return draw("scenarie", shown, (7.2, 0.6 * len(groups) + 1.3), paint, alt=alt, caption=caption)


def provision(group: str) -> str:
    """The provision of a row, or that it is all of them."""
    return group.removeprefix("tilbud: ") or _ALL


def _continued(axes: Axes, parts: dict[str, pd.DataFrame], prices: str) -> None:
    """Known years, line with interval, the last year's distance to it, and the pupil-adjusted curve."""
    ahead, line, known = parts["projection"], parts["line"], parts["spending"]
    band = (ahead["year"], ahead["lower"], ahead["upper"])
    axes.fill_between(*band, color=OWN, alpha=0.12, linewidth=0)
    axes.fill_between(*band, facecolor="none", edgecolor=OWN, alpha=0.35, linewidth=0, hatch="///")
    axes.plot(known["year"], known["estimate"], "D", color=OWN, markersize=6, label="Regnskab")
    both = pd.concat([line, ahead])
    axes.plot(both["year"], both["estimate"], color=OWN, linewidth=1.5, label="Lige linje med forudsigelsesinterval")
    last = known.iloc[-1]
    start = line[line["year"] == last["year"]]["estimate"].iloc[0]
    axes.vlines(last["year"], start, last["estimate"], color=THIRD, linewidth=2, label="Afstand til linjen, sidste år")
    if "pupil_adjusted" in parts:
        adjusted = parts["pupil_adjusted"]
        axes.plot(
            adjusted["year"], adjusted["estimate"], "s--", color=ACCENT, markersize=4, label="Kun efter elevtallet"
        )
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"Mio. kr., {prices}")
    axes.set_xticks(sorted({*known["year"], *ahead["year"]}))
    axes.tick_params(axis="x", labelsize=8)
    danish_axis(axes, y=True)
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    clean(axes)


def _course(axes: Axes, part: pd.DataFrame, years: list[str]) -> None:
    places = [years.index(period) for period in part["period"]]
    axes.plot(places, part["estimate"], color=OWN, marker="D", markersize=4, linewidth=1.5)
    for at in (0, -1):
        row = part.iloc[at]
        text = number(row["estimate"], 1)
        axes.annotate(
            text, (places[at], row["estimate"]), xytext=(0, 6), ha="center", size=8, textcoords="offset points"
        )
    axes.set_ylim(0, 1.25 * part["estimate"].max() or 1.0)
    axes.set_xticks(range(len(years)), labels=[f"'{year[2:]}" for year in years], size=8)
    axes.set_xlim(-0.5, len(years) - 0.5)
    danish_axis(axes, y=True)
    clean(axes)


def _ends(part: pd.DataFrame) -> str:
    rows = [part.iloc[0], part.iloc[-1]] if len(part) > 1 else [part.iloc[0]]
    return listing(f"{number(row['estimate'], int(row['decimals']))} i {row['period']}" for row in rows)


def _amount(value: float) -> str:
    return f"{number(value, 2)} {_MILLION}"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value)} kr."


def _tell(row: pd.Series, column: str) -> str:
    return number(row[column], int(row["decimals"]))
