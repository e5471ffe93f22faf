"""Tables of a register edition: observed and expected, districts, estimated probability, risk factors, groups."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.danish import number
from inklusion.definitions import definition, require_comparable
from inklusion.disclosure.release import HIDDEN, SHOWN, Released
from inklusion.measures.disproportionality import GROUP_UNDER, OTHERS_UNDER
from inklusion.municipalities import COUNTRY, name_of
from inklusion.provenance import SYNTHETIC
from inklusion.tables.cells import count, shown, value

VARIANTS = {"": "alle oplysninger", "_without_practice": "uden lokal praksis"}
_POOLED = "school_years_pooled"
_LIMITS = "grænse"
_TOO_FEW = "for få elever"
_NOTES = {GROUP_UNDER: "for få i gruppen", OTHERS_UNDER: "for få i de øvrige grupper"}
_RATIOS = ("risk_difference", "risk_ratio", "alternate_risk_ratio", "weighted_risk_ratio")


def observed_expected(released: Released, code: str) -> Block | Gap:
    """Observed and expected by period, with and without covariates that may be results of local practice."""
    require_comparable(released.table["definition"])
    chosen = released.where(municipality=code, unit="")
    table = chosen.table
    if table[table["measure"] == "verdict"].empty:
        return Gap("Udgaven har ingen forventet andel for kommunen.")
    rows = []
    for period in _periods(table):
        part = table[table["period"] == period]
        found = {row["measure"]: row for _, row in part.iterrows()}
        for ending, variant in VARIANTS.items():
            share = found.get("share")
            rows.append(
                [
                    f"{period}, {variant}",
                    _count(share, "numerator"),
                    _count(share, "denominator"),
                    *(with_interval(found.get(name)) for name in ("share", f"expected{ending}")),
                    *(with_interval(found.get(f"{name}{ending}")) for name in ("difference", "ratio")),
                    _verdict(found.get(f"verdict{ending}")),
                ]
            )
    headers = ["Periode og model", "Elever, der tæller med", "Elever i alt", "Observeret (pct.)", "Forventet (pct.)",
               "Forskel (procentpoint)", "Forhold", "Dom"]  # fmt: skip
    caption = (
        f"{_about(table)}, {name_of(code)}: observeret mod forventet. I parentes 95 %-intervaller, for det forventede "
        f"modellens. {_rule(table)}"
    )
    return _table(f"forventet_{_kind(chosen.table)}", caption, headers, rows, chosen, numeric=(1, 2, 3, 4, 5, 6))


def district_ratios(released: Released, code: str) -> Block | Gap:
    """School districts in the longest period: difference, raw and shrunken ratio side by side, verdict."""
    require_comparable(released.table["definition"])
    names = ["share", "expected", "difference", "ratio", "shrunken", "verdict"]
    own = released.where(municipality=code, measure=names)
    units = [unit for unit in dict.fromkeys(own.table["unit"]) if unit not in {"", _LIMITS}]
    if not units:
        return Gap("Registret har ingen skoledistrikter i kommunen.")
    period = _periods(own.table[own.table["unit"].isin(units)])[-1]
    chosen = own.where(unit=units, period=period)
    rows = []
    for unit, part in chosen.table.groupby("unit", sort=True):
        found = {row["measure"]: row for _, row in part.iterrows()}
        rows.append(
            [
                str(unit),
                _count(found.get("share"), "denominator"),
                _value(found.get("share")),
                _value(found.get("expected")),
                with_interval(found.get("difference")),
                _value(found.get("ratio")),
                _value(found.get("shrunken")),
                _verdict(found.get("verdict")),
            ]
        )
    headers = ["Skoledistrikt", "Elever", "Observeret (pct.)", "Forventet (pct.)", "Forskel (procentpoint)", "Forhold",
               "Skrumpet forhold", "Dom"]  # fmt: skip
    caption = (
        f"{_about(chosen.table)}, skoledistrikterne i {name_of(code)}, {period}. Det skrumpede forhold er trukket mod "
        f"landets (empirisk Bayes), mest for små distrikter. {_rule(chosen.table)}"
    )
    return _table(f"distrikter_{_kind(chosen.table)}", caption, headers, rows, chosen, numeric=(1, 2, 3, 4, 5, 6))


def probability_bands(released: Released, neighbours: Released, code: str) -> Block | Gap:
    """Share in each band: the municipality, the country and the similar municipalities, one row each."""
    require_comparable(released.table["definition"])
    similar = list(neighbours.where(municipality=code, measure="neighbour").table["note"])
    chosen = released.where(measure="share", unit="", municipality=[code, *similar, COUNTRY])
    table = chosen.table
    if code not in set(table["municipality"]):
        return Gap("Udgaven har ingen fordeling af beregnet sandsynlighed for kommunen.")
    places = [place for place in (code, COUNTRY, *similar) if place in set(table["municipality"])]
    found = {(row["municipality"], row["group"]): row for _, row in table.iterrows()}
    groups = list(dict.fromkeys(table["group"]))
    rows = [
        [name_of(place), *((with_interval if place == code else _value)(found.get((place, group))) for group in groups)]
        for place in places
    ]
    headers = ["Kommune", *map(_band, groups)]
    caption = (
        f"{_about(table)}, {table['period'].iloc[0]}. Tallene er pct. af eleverne, for kommunen selv med 95 %-interval. "
        "Under hele landet står kommuner med lignende elever."
    )
    return _table(
        f"sandsynlighed_{_kind(chosen.table)}", caption, headers, rows, chosen, numeric=tuple(range(1, len(headers)))
    )


def school_bands(released: Released, code: str) -> Block | Gap:
    """Pupils in ordinary classes of each school by band, with the municipality and the country below."""
    require_comparable(released.table["definition"])
    chosen = released.where(measure="share", municipality=[code, COUNTRY])
    table = chosen.table
    schools = sorted({unit for unit in table.loc[table["municipality"] == code, "unit"] if unit})
    if not schools:
        return Gap("Udgaven har ingen fordeling for skoler i kommunen.")
    found = {(row["municipality"], row["unit"], row["group"]): row for _, row in table.iterrows()}
    groups = list(dict.fromkeys(table["group"]))
    lines = {school: (code, school) for school in schools} | {
        name_of(code): (code, ""),
        name_of(COUNTRY): (COUNTRY, ""),
    }
    rows = [
        [
            label,
            _count(found.get((*place, groups[0])), "denominator"),
            *(_value(found.get((*place, g))) for g in groups),
        ]
        for label, place in lines.items()
    ]
    headers = ["Skole", "Elever", *(_band(group) for group in groups)]
    caption = (
        f"{_about(table)}, {table['period'].iloc[0]}, for hver skole i {name_of(code)}. Tallene er pct. af skolens elever, og "
        "en skole med få elever svinger mest."
    )
    return _table(
        f"sandsynlighed_skoler_{_kind(chosen.table)}",
        caption,
        headers,
        rows,
        chosen,
        numeric=tuple(range(1, len(headers))),
    )


def most_exposed(released: Released, neighbours: Released, code: str) -> Block | Gap:
    """Share of pupils in ordinary classes who are among the country's most exposed."""
    similar = list(neighbours.where(municipality=code, measure="neighbour").table["note"])
    chosen = released.where(definition="mest_udsatte", measure="share", municipality=[code, *similar, COUNTRY])
    table = chosen.table
    if code not in set(table["municipality"]):
        return Gap("Udgaven har ingen tal om de mest udsatte elever i kommunen.")
    found = {(row["municipality"], row["group"]): row for _, row in table.iterrows()}
    groups = list(dict.fromkeys(table["group"]))
    places = [place for place in (code, COUNTRY, *similar) if place in set(table["municipality"])]
    rows = [
        [name_of(place), *(with_interval(found.get((place, group))) for group in groups)] for place in places
    ]  # fmt: skip
    headers = ["Kommune", *(group.removeprefix("andel: ").capitalize() for group in groups)]
    caption = f"{_about(table)}, {table['period'].iloc[0]}. Pct. af kommunens almenelever med 95 %-interval (Wilson)."
    return _table("mest_udsatte", caption, headers, rows, chosen, numeric=tuple(range(1, len(headers))))


def risk_factors(released: Released, code: str) -> Block | Gap:
    """Prevalence of single risk factors in the municipality and the country."""
    chosen = released.where(definition="risikofaktor", measure="share", municipality=[code, COUNTRY])
    table = chosen.table
    own = table[table["municipality"] == code]
    if own.empty:
        return Gap("Udgaven har ingen tal om enkelte risikofaktorer i kommunen.")
    country = {row["group"]: row for _, row in table[table["municipality"] == COUNTRY].iterrows()}
    rows = [
        [
            row["group"].removeprefix("faktor "),
            count(row, "numerator"),
            count(row, "denominator"),
            with_interval(row),
            _value(country.get(row["group"])),
        ]
        for _, row in own.iterrows()
    ]
    headers = ["Risikofaktor", "Elever", "Af", "Andel (pct., 95 %-interval)", "Hele landet (pct.)"]
    caption = f"{_about(table)}, {name_of(code)}, {own['period'].iloc[0]}. En elev kan have flere."
    return _table("risikofaktorer", caption, headers, rows, chosen, numeric=(1, 2, 3, 4))


def group_differences(released: Released, code: str) -> Block | Gap:
    """Shares by sex, origin and stage, and each group against the others."""
    require_comparable(released.table["definition"])
    chosen = released.where(municipality=code, unit="")
    table = chosen.table
    if table[table["measure"] == "risk_ratio"].empty:
        return Gap("Udgaven har ingen tal om grupper af elever i kommunen.")
    rows = []
    for group, part in table.groupby("group", sort=False):
        found = {row["measure"]: row for _, row in part.iterrows()}
        share = found.get("share")
        rows.append(
            [
                str(group).capitalize(),
                _count(share, "denominator"),
                with_interval(share),
                *(_compared(found.get(measure)) for measure in _RATIOS),
            ]
        )
    headers = ["Gruppe", "Elever", "Andel (pct.)", "Forskel til de øvrige (procentpoint)", "Forhold til de øvrige",
               "Forhold til landets øvrige", "Vægtet forhold"]  # fmt: skip
    caption = (
        f"{_about(table)}, efter gruppe i {name_of(code)}, {table['period'].iloc[0]}, med 95 %-intervaller. Forhold under "
        "mindstekravene (10 elever i specialtilbud og 30 i gruppen) er ikke regnet. I det vægtede forhold vejer de øvrige "
        "grupper som i landet."
    )
    return _table("grupper", caption, headers, rows, chosen, numeric=(1, 2, 3, 4, 5, 6))


def _table(
    name: str, caption: str, headers: list[str], rows: list[list[str]], chosen: Released, *, numeric: tuple[int, ...]
) -> Block:
    """The table with its rows as CSV. One that exists for several definitions carries the definition in its name."""
    return shown(name, html_table(captioned(caption, chosen), headers, rows, numeric=numeric), chosen)


def captioned(caption: str, released: Released) -> str:
    """The caption, with the mark of invented data."""
    return f"{caption} Syntetiske data." if released.edition == SYNTHETIC else caption


def with_interval(row: pd.Series | None) -> str:
    """``6,3 (5,6 til 7,0)``, or why there is none."""
    text = _value(row)
    if row is None or row["status"] != SHOWN or pd.isna(row["estimate"]) or pd.isna(row["lower"]):
        return text
    lower, upper = (number(row[end], int(row["decimals"])) for end in ("lower", "upper"))
    return f"{text} ({lower} til {upper})"


def _value(row: pd.Series | None) -> str:
    if row is None:
        return "ikke regnet"
    return value(row) if row["status"] in HIDDEN or pd.notna(row["estimate"]) else _TOO_FEW


def _compared(row: pd.Series | None) -> str:
    """A comparison of groups, or which side is too small for one."""
    if row is None or row["status"] in HIDDEN or pd.notna(row["estimate"]):
        return with_interval(row)
    return _NOTES.get(row["note"], _TOO_FEW)


def _count(row: pd.Series | None, column: str) -> str:
    return "ikke regnet" if row is None else count(row, column)


def _verdict(row: pd.Series | None) -> str:
    return _value(row) if row is None or row["status"] != SHOWN or pd.isna(row["estimate"]) else str(row["note"])


def _rule(table: pd.DataFrame) -> str:
    """Which correction for many comparisons the verdicts went through."""
    rules = table.loc[table["measure"] == "verdict", "method"]
    return f"Dom: {rules.iloc[0]}."


def _about(table: pd.DataFrame) -> str:
    return definition(table["definition"].iloc[0]).name_da


def _kind(table: pd.DataFrame) -> str:
    return str(table["definition"].iloc[0])


def _band(group: str) -> str:
    return group.removeprefix("bånd: ").replace("-", " til ")


def _periods(table: pd.DataFrame) -> list[str]:
    found = table[["period", "period_type"]].drop_duplicates()
    return list(found.assign(last=found["period_type"] == _POOLED).sort_values(["last", "period"])["period"])
