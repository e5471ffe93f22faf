"""Observed against expected: the funnel of all municipalities, the districts, and the model's own calibration."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block, Gap
from inklusion.danish import listing, number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, SHOWN, Released
from inklusion.figures.style import ACCENT, GREY, OTHER, OWN, THIRD, clean, danish_axis, draw
from inklusion.municipalities import COUNTRY, name_of
from inklusion.provenance import SYNTHETIC

_LIMITS = "grænse"
_POOLED = "school_years_pooled"
_OVER, _UNDER = "over", "under"
_MARKERS = {_OVER: "^", _UNDER: "v"}
_WORDS = {_OVER: "over det forventede", _UNDER: "under det forventede"}
_UNCLEAR = "kan ikke skelnes"
_KINDS = {"tilfældighed alene": (GREY, 1.0), "med overspredning": (THIRD, 2.2)}
_DASHES = {0.95: "--", 0.998: ":"}
_LOWEST_TOP = 2.0


def expected_funnel(released: Released, code: str) -> Block | Gap:
    """Observed over expected against the expected count, all municipalities, in the latest school year."""
    require_comparable(released.table["definition"])
    years = released.where(
        period_type="school_year", unit=["", _LIMITS], measure=["ratio", "expected", "verdict", "funnel_limit"]
    )
    if years.is_empty:
        return Gap("Udgaven har ingen tragtfigur: den forventede andel er ikke regnet.")
    chosen = years.where(period=max(years.table["period"]))
    table = chosen.table
    limits = table[table["measure"] == "funnel_limit"]
    places = _places(table)
    own = places[places["municipality"] == code]
    if own.empty or limits.empty:
        return Gap("Kommunen kan ikke placeres i tragtfiguren, fordi dens tal ikke vises.")
    top = max(_LOWEST_TOP, 1.1 * places["ratio"].max())

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axhline(1, color=GREY, linewidth=1)
        for kind, look in _KINDS.items():
            _funnel(axes, limits[limits["group"].str.startswith(kind)], kind, look)
        _verdicts(axes, places[places["municipality"] != code], x="count", y="ratio")
        axes.plot(own["count"], own["ratio"], marker="D", color=OWN, markersize=10, markeredgecolor="white", linestyle="none",
                  label=name_of(code))  # fmt: skip
        axes.set(xscale="log", ylim=(0, top), xlim=(places["count"].min() * 0.8, places["count"].max() * 1.2))
        axes.set_xticks(log_ticks(*axes.get_xlim()))
        axes.minorticks_off()
        axes.set_xlabel("Forventet antal elever (logaritmisk skala)")
        axes.set_ylabel("Observeret / forventet")
        danish_axis(axes, x=True, y=True)
        legend_above(figure, axes)
        clean(axes)

    alt = (
        f"Tragtfigur over observeret og forventet i {len(places)} kommuner, {table['period'].iloc[0]}. "
        f"{_ratio(table, code)}. Over det forventede efter rettelse for mange sammenligninger: {_listed(places, _OVER)}. "
        f"Under: {_listed(places, _UNDER)}"
    )
    caption = (
        f"{definition(table['definition'].iloc[0]).name_da}, {table['period'].iloc[0]}. Hver figur er en kommune, romben er "
        f"{name_of(code)}. På den vandrette linje er observeret lig forventet. De tynde grå grænser viser, hvor langt tilfældighed alene "
        "kan flytte forholdet. De tykke vinrøde er bredere, fordi kommunerne spreder sig mere end det (overspredning). Trekanter har dommen "
        "over eller under det forventede, efter rettelse for alle kommuner."
    )
    return draw(
        f"tragt_{table['definition'].iloc[0]}", chosen, (7.2, 4.6), paint, alt=alt, caption=captioned(caption, chosen)
    )


def district_differences(released: Released, code: str) -> Block | Gap:
    """Observed minus expected of every school district with its interval, in the longest period."""
    require_comparable(released.table["definition"])
    own = released.where(municipality=code, measure=["difference", "verdict"])
    units = [unit for unit in dict.fromkeys(own.table["unit"]) if unit not in {"", _LIMITS}]
    if len(units) < 2:
        return Gap("Kommunen har ikke flere skoledistrikter i registret, så der er ingen figur.")
    chosen = own.where(unit=units, period=_longest(own.where(unit=units).table))
    table = chosen.table
    verdicts = table[table["measure"] == "verdict"].set_index("unit")["note"]
    rows = table[table["measure"] == "difference"].sort_values(["estimate", "unit"], na_position="first")
    rows = rows.assign(verdict=rows["unit"].map(verdicts)).reset_index(drop=True)
    if rows["estimate"].isna().all():
        return Gap("Ingen af kommunens skoledistrikter har tal, der kan vises.")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=GREY, linestyle="--", linewidth=1)
        for height, row in rows.iterrows():
            if pd.isna(row["estimate"]):
                text = "vises ikke" if row["status"] in HIDDEN else "for få elever"
                axes.annotate(
                    text, (0, height), xytext=(4, 0), textcoords="offset points", va="center", size=8, color=GREY
                )
            else:
                axes.hlines(height, row["lower"], row["upper"], color=_colour(row["verdict"]), linewidth=2)
        _verdicts(axes, rows.assign(place=rows.index).dropna(subset=["estimate"]), x="estimate", y="place")
        axes.set_yticks(range(len(rows)), labels=list(rows["unit"]), size=8, parse_math=False)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.set_xlabel("Observeret minus forventet, procentpoint, 95 %-interval")
        danish_axis(axes, x=True)
        legend_above(figure, axes)
        clean(axes)

    alt = (
        f"Observeret minus forventet andel i {len(rows)} skoledistrikter i {name_of(code)}, {table['period'].iloc[0]}. "
        f"Over det forventede: {_units(rows, _OVER)}. Under: {_units(rows, _UNDER)}. {_extremes(rows)}"
    )
    caption = (
        f"{definition(table['definition'].iloc[0]).name_da}, {table['period'].iloc[0]}, efter distriktet, hvor eleven bor. Ved den "
        "stiplede linje er observeret lig forventet. Trekanter har dommen over eller under, efter rettelse for alle distrikter."
    )
    name = f"distrikter_figur_{table['definition'].iloc[0]}"
    return draw(name, chosen, (7.2, 1.3 + 0.27 * len(rows)), paint, alt=alt, caption=captioned(caption, chosen))


def calibration_tenths(card: Released) -> Block | Gap:
    """Observed against mean predicted share in tenths of pupils, with intervals."""
    groups = [group for group in dict.fromkeys(card.table["group"]) if group.startswith("tiendedel ")]
    chosen = card.where(group=groups, measure=["predicted", "share"])
    table = chosen.table[chosen.table["status"] == SHOWN]
    wide = table.pivot(index="group", columns="measure", values=["estimate", "lower", "upper"]) if len(table) else table
    if len(table) == 0 or table["measure"].nunique() < 2:
        return Gap("Udgaven har ingen kalibreringsfigur.")
    wide = wide.reindex(groups).dropna(subset=[("estimate", "predicted"), ("estimate", "share")])
    predicted, observed = wide["estimate", "predicted"], wide["estimate", "share"]
    lower, upper = wide["lower", "share"], wide["upper", "share"]
    is_log = bool((lower > 0).all() and (predicted > 0).all())

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        ends = (0.8 * min(predicted.min(), lower.min()), 1.2 * max(predicted.max(), upper.max()))
        axes.plot(ends, ends, color=GREY, linestyle="--", linewidth=1, label="beregnet = observeret")
        axes.vlines(predicted, lower, upper, color=OWN, linewidth=2)
        axes.plot(
            predicted, observed, marker="o", color=OWN, linestyle="none", markersize=6, label="en tiendedel af eleverne"
        )
        if is_log:
            axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
            axes.set_xticks(log_ticks(*ends))
            axes.set_yticks(log_ticks(*ends))
            axes.minorticks_off()
        axes.set_xlabel(f"Beregnet andel, gennemsnit{' (logaritmisk skala)' if is_log else ''}")
        axes.set_ylabel("Observeret andel")
        danish_axis(axes, x=True, y=True, unit="pct.")
        legend_above(figure, axes)
        clean(axes)

    first, last = wide.index[0], wide.index[-1]
    told = [
        f"{group}: beregnet {number(predicted[group], 2)}, observeret {number(observed[group], 2)} pct."
        for group in (first, last)
    ]
    inside = all(lower[group] <= predicted[group] <= upper[group] for group in wide.index)
    finding = "Alle tiendedele ligger" if inside else "Ikke alle tiendedele ligger"
    alt = f"Kalibrering i tiendedele af eleverne. {finding} inden for intervallet om det observerede. {' '.join(told)}"
    caption = (
        "Eleverne er delt i ti lige store dele efter beregnet sandsynlighed. Stregerne er 95 %-intervaller (Wilson) om den "
        "observerede andel. En velkalibreret model følger den stiplede linje."
    )
    return draw("tiendedele", chosen, (5.6, 4.4), paint, alt=alt, caption=captioned(caption, chosen))


def captioned(caption: str, released: Released) -> str:
    """The caption, with the mark of invented data."""
    return f"{caption} Syntetiske data." if released.edition == SYNTHETIC else caption


def _places(table: pd.DataFrame) -> pd.DataFrame:
    """One row per municipality whose ratio is shown: ratio, expected count (where to draw it) and verdict."""
    whole = table[(table["municipality"] != COUNTRY) & (table["unit"] == "") & (table["status"] == SHOWN)]
    wide = whole.set_index("municipality")
    ratio, expected = (wide[wide["measure"] == name] for name in ("ratio", "expected"))
    count = expected["estimate"] * expected["denominator"].astype(float) / 100
    verdict = wide.loc[wide["measure"] == "verdict", "note"]
    found = pd.DataFrame({"ratio": ratio["estimate"], "count": count, "verdict": verdict}).dropna(
        subset=["ratio", "count"]
    )
    return found[found["count"] > 0].rename_axis("municipality").reset_index()


def _funnel(axes: Axes, limits: pd.DataFrame, kind: str, look: tuple[str, float]) -> None:
    colour, width = look
    for confidence, part in limits.groupby("confidence"):
        part = part.sort_values("estimate")
        text = f"{number(100 * confidence, 1 if confidence > 0.99 else 0)} %, {kind}"
        for side, label in (("lower", text), ("upper", None)):
            axes.plot(
                part["estimate"], part[side], linestyle=_DASHES[confidence], color=colour, linewidth=width, label=label
            )


def _verdicts(axes: Axes, rows: pd.DataFrame, *, x: str, y: str) -> None:
    """Points whose shape tells the verdict; each verdict that occurs gets its line in the legend."""
    for verdict, marker in {_UNCLEAR: "o", **_MARKERS}.items():
        part = rows[rows["verdict"] == verdict]
        if len(part):
            axes.plot(
                part[x],
                part[y],
                marker=marker,
                color=_colour(verdict),
                markersize=5 if marker == "o" else 7,
                linestyle="none",
                markeredgecolor="white",
                markeredgewidth=0.5,
                label=f"dom: {verdict}",
            )


def legend_above(figure: Figure, axes: Axes) -> None:
    """Above the panel, where it covers no point."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=8, ncols=3, loc="outside upper left")


def _colour(verdict: object) -> str:
    return {_OVER: ACCENT, _UNDER: THIRD}.get(str(verdict), OTHER)


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers 1, 2, 5, 10 … between the ends of a logarithmic axis."""
    steps = [factor * 10.0**power for power in range(-3, 6) for factor in (1, 2, 5)]
    return [step for step in steps if low <= step <= high]


def _ratio(table: pd.DataFrame, code: str) -> str:
    own = table[(table["municipality"] == code) & (table["unit"] == "")].set_index("measure")
    row, decimals = own.loc["ratio"], int(own.loc["ratio"]["decimals"])
    ends = f"{number(row['lower'], decimals)} til {number(row['upper'], decimals)}"
    verdict = _WORDS.get(own.loc["verdict"]["note"], "kan ikke skelnes fra det forventede")
    return f"{name_of(code)}: forhold {number(row['estimate'], decimals)} (95 %-interval {ends}), {verdict}"


def _listed(places: pd.DataFrame, verdict: str) -> str:
    return listing(name_of(code) for code in places.loc[places["verdict"] == verdict, "municipality"]) or "ingen"


def _units(rows: pd.DataFrame, verdict: str) -> str:
    return listing(rows.loc[rows["verdict"] == verdict, "unit"]) or "ingen"


def _extremes(rows: pd.DataFrame) -> str:
    shown = rows.dropna(subset=["estimate"])
    told = []
    for word, row in (("Lavest", shown.iloc[0]), ("Højest", shown.iloc[-1])):
        decimals = int(row["decimals"])
        ends = f"{number(row['lower'], decimals)} til {number(row['upper'], decimals)}"
        told.append(f"{word}: {row['unit']} {number(row['estimate'], decimals)} procentpoint (95 %-interval {ends})")
    return ". ".join(told)


def _longest(table: pd.DataFrame) -> str:
    """The pooled period when there is one, else the latest school year."""
    pooled = table[table["period_type"] == _POOLED]
    return str(max((pooled if len(pooled) else table)["period"]))
