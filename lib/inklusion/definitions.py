"""The definition registry: what each rate means, and the guard against mixing two of them."""

import difflib
import tomllib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

from inklusion.danish import listing
from inklusion.errors import ComparabilityWarning, DefinitionError


@dataclass(frozen=True)
class Definition:
    """One indicator: what is counted, among whom, where, when, in which unit, and who says so."""

    id: str
    name_da: str
    short_da: str
    name_en: str
    numerator_da: str
    denominator_da: str
    geography: str
    period_type: str
    unit: str
    decimals: int
    better: str
    counts: str
    kind: str
    source: str
    note_da: str
    column: str = ""
    cell: str = ""
    complement: bool = False
    part_of: str = ""

    @property
    def denominator_phrase(self) -> str:
        """The denominator in a sentence, or that the source does not say."""
        return self.denominator_da or "ingen nævner"


@cache
def registry() -> dict[str, Definition]:
    """All definitions by id, as written in ``definitions.toml``."""
    text = resources.files("inklusion").joinpath("definitions.toml").read_text(encoding="utf-8")
    known = {field.name for field in fields(Definition)}
    entries = tomllib.loads(text)
    unknown = {key for values in entries.values() for key in values} - known
    if unknown:
        raise DefinitionError(f"definitions.toml: unknown fields {sorted(unknown)}; allowed are {sorted(known)}.")
    return {name: Definition(id=name, **values) for name, values in entries.items()}


def definition(name: str) -> Definition:
    """Look one definition up; an unknown id raises with the closest one."""
    found = registry().get(name)
    if found is None:
        close = difflib.get_close_matches(name, registry(), n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise DefinitionError(f"'{name}' is not in the definition registry (definitions.toml).{hint}")
    return found


def require_comparable(names: Iterable[str], *, override: str = "") -> str:
    """Refuse to compare figures that rest on different definitions.

    Parameters
    ----------
    names
        Definition ids that would stand in one comparison, figure or table column.
    override
        Reason for showing them together all the same. It becomes a warning that must be shown.

    Returns
    -------
    str
        Empty when all are the same definition, else the Danish warning of an override.

    Raises
    ------
    DefinitionError
        In Danish, naming both definitions, when they differ and no override is given.
    """
    distinct = [definition(name) for name in dict.fromkeys(names)]
    if len(distinct) < 2:
        return ""
    described = listing(f"»{entry.name_da}« ({entry.id}; nævner: {entry.denominator_phrase})" for entry in distinct)
    if not override:
        raise DefinitionError(
            f"Tallene kan ikke stå i samme sammenligning, for de har hver sin definition: {described}. "
            "Vis dem hver for sig, eller angiv en begrundelse i override, så den står synligt ved tallene."
        )
    warning = f"Advarsel: her står forskellige definitioner side om side: {described}. Begrundelse: {override}"
    warnings.warn(warning, ComparabilityWarning, stacklevel=2)
    return warning
