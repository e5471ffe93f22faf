"""Whom a municipality is compared with: statistical neighbours, own groups, region and municipality group."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.printed import estimates
from inklusion.definitions import definition, registry
from inklusion.errors import ComparisonError, DefinitionError, MunicipalityError
from inklusion.measures.neighbours import leave_one_out, nearest, neighbour_distances, robust_standardise
from inklusion.municipalities import COUNTRY, municipality

COUNTRY_GROUP = "hele landet"
OTHERS_GROUP = "alle andre kommuner med tal"
NEIGHBOUR_GROUP = "de kommuner, der ligner mest"
LIMIT = 3.0
SIMILAR = "lignende_kommuner"
_MEMBERS = ["municipality", "group", "member"]
_METHOD = "vægtet afstand mellem robust standardiserede baggrundstal"
_SETTINGS = {"neighbours", "weights", "groups"}


@dataclass(frozen=True)
class ComparisonSettings:
    """The choices of ``settings/comparison.toml``.

    Attributes
    ----------
    neighbours
        How many municipalities count as the most similar.
    weights
        Weight of each context definition in the distance.
    groups
        Own groups by name: for whom (empty: everybody), and with whom.
    """

    neighbours: int
    weights: dict[str, float]
    groups: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


def read_comparison_settings(path: Path) -> ComparisonSettings:
    """Read the settings file; a misspelt variable or an unknown municipality is refused, never ignored.

    Raises
    ------
    ComparisonError
        In Danish, with what was seen and what is allowed.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ComparisonError(f"{path.name} kan ikke læses som TOML ({type(problem).__name__}).") from None
    if set(entries) - _SETTINGS or "weights" not in entries:
        raise ComparisonError(
            f"{path.name} har {sorted(entries)}; tilladt er {sorted(_SETTINGS)}, og weights skal være der."
        )
    count = entries.get("neighbours", 5)
    if not isinstance(count, int) or not 1 <= count <= 20:
        raise ComparisonError(f"{path.name}: neighbours er {count!r}; tilladt er et helt tal fra 1 til 20.")
    weights = {name: _weight(path, name, value) for name, value in entries["weights"].items()}
    groups = {name: _group(path, name, entry) for name, entry in entries.get("groups", {}).items()}
    return ComparisonSettings(count, weights, groups)


def _weight(path: Path, name: str, value: object) -> float:
    allowed = [entry.id for entry in registry().values() if entry.column]
    try:
        known = definition(name).id in allowed
    except DefinitionError:
        known = False
    if not known:
        raise ComparisonError(f"{path.name}: '{name}' er ingen kontekstvariabel. Tilladt er {', '.join(allowed)}.")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
        raise ComparisonError(f"{path.name}: vægten af {name} er {value!r}; tilladt er et tal over 0 og højst 100.")
    return float(value)


def _group(path: Path, name: str, entry: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not isinstance(entry, dict) or set(entry) - {"for", "members"} or not entry.get("members"):
        raise ComparisonError(
            f"{path.name}: gruppen »{name}« skal have members og kan have for; intet andet er tilladt."
        )
    try:
        own, members = (tuple(municipality(code).code for code in entry.get(key, [])) for key in ("for", "members"))
    except MunicipalityError as problem:
        raise ComparisonError(f"{path.name}, gruppen »{name}«: {problem}") from None
    return own, members


def similar_municipalities(context: pd.DataFrame, settings: ComparisonSettings) -> pd.DataFrame:
    """The municipalities whose background is most like each municipality's, and how much that rests on one variable.

    Measures (definition ``lignende_kommuner``): ``neighbour`` (the distance; the other municipality's code in ``note``,
    rank in ``group``), ``changed_without`` (how many of the neighbours change when the variable in ``group`` is left
    out), ``drawn_in`` (a value beyond ``LIMIT`` robust deviations that counts as ``LIMIT``), ``unknown`` (a variable
    without a value, left out of the municipality's distances), and for the country ``weight``.
    """
    wide = context.pivot(index="municipality", columns="definition", values="value")[list(settings.weights)]
    standardised, drawn_in = robust_standardise(wide.to_numpy(dtype=float), limit=LIMIT)
    weights = np.array(list(settings.weights.values()))
    source = ", ".join(sorted(set(context["source"])))
    rows: list[dict[str, Any]] = [
        {"municipality": COUNTRY, "measure": "weight", "group": name, "estimate": weight}
        for name, weight in settings.weights.items()
    ]
    for place, code in enumerate(wide.index):
        distances = neighbour_distances(standardised, weights, place)
        chosen = nearest(distances, settings.neighbours)
        rows += [
            {"municipality": code, "measure": "neighbour", "group": f"{rank}", "estimate": distances[other],
             "decimals": 2, "note": wide.index[other]}
            for rank, other in enumerate(chosen, start=1)
        ]  # fmt: skip
        changed = leave_one_out(standardised, weights, place, settings.neighbours)
        rows += _per_variable(str(code), "changed_without", dict(zip(settings.weights, changed, strict=True)))
        own = {"drawn_in": drawn_in[place], "unknown": np.isnan(standardised[place])}
        for measure, found in own.items():
            rows += _per_variable(str(code), measure, dict.fromkeys(wide.columns[found], LIMIT))
    shared = {"definition": SIMILAR, "period": "2026", "period_type": "calendar_year", "source": source}
    return estimates([{"decimals": 1, "method": _METHOD, **row, **shared} for row in rows])


def _per_variable(code: str, measure: str, values: Mapping[str, float]) -> list[dict[str, Any]]:
    return [
        {"municipality": code, "measure": measure, "group": name, "estimate": float(value), "decimals": 0}
        for name, value in values.items()
    ]


def members(
    codes: Iterable[str], neighbours: pd.DataFrame, settings: ComparisonSettings, places: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Who is compared with whom: columns municipality, group, member; nobody is a member of their own group.

    Parameters
    ----------
    codes
        The municipalities of the edition.
    neighbours
        Rows with measure ``neighbour``: municipality, and the other one's code in ``note``.
    settings
        Own groups; left out where they name nobody of the edition.
    places
        Region and municipality group of each municipality, where they are known.
    """
    known = list(codes)
    parts = [_pairs({OTHERS_GROUP: known}, known), _similar(neighbours)]
    for column, prefix in (("region", "Region"), ("group", "")) if places is not None else ():
        assert places is not None
        for name, part in places.groupby(column):
            label = f"{prefix} {name}".strip()
            parts.append(_pairs({label: list(part["municipality"])}, list(part["municipality"])))
    for name, (own, chosen) in settings.groups.items():
        parts.append(
            _pairs({name: [code for code in chosen if code in known]}, [c for c in own or known if c in known])
        )
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return table[table["municipality"] != table["member"]].reset_index(drop=True)


def _pairs(groups: Mapping[str, list[str]], own: list[str]) -> pd.DataFrame:
    rows = [(code, name, member) for name, listed in groups.items() for code in own for member in listed]
    return pd.DataFrame(rows, columns=_MEMBERS)


def _similar(neighbours: pd.DataFrame) -> pd.DataFrame:
    found = neighbours[neighbours["measure"] == "neighbour"]
    table = found[["municipality", "note"]].rename(columns={"note": "member"}).assign(group=NEIGHBOUR_GROUP)
    return table[_MEMBERS]
