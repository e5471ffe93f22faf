"""What a plan says: its file as a :class:`Plan`, or in Danish what is wrong with it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inklusion.danish import listing, number
from inklusion.errors import InklusionError, PeriodError
from inklusion.periods import UNKNOWN, period

PROGRAMME, REFORM = "programme", "reform"
TESTS = {
    PROGRAMME: ("sign_flip", "randomisation"),
    REFORM: ("difference_in_differences", "synthetic_control"),
}
DIRECTIONS = ("higher", "lower")
_TEXTS = (
    "id",
    "kind",
    "period",
    "question",
    "outcome",
    "scale",
    "outcome_file",
    "primary_test",
    "direction",
    "comparison",
)
_NUMBERS = ("smallest_change", "level")
_LISTS = ("exclusions", "secondary")
_ASSUMED = ("mean", "deviation", "correlation", "intraclass", "aim")
_MAY_BE_EMPTY = ("comparison",)


class PlanError(InklusionError):
    """A plan that cannot be read, is not locked, or whose lock was changed."""


@dataclass(frozen=True)
class Assumed:
    """What power and regression to the mean are computed with.

    Attributes
    ----------
    mean, deviation, correlation
        Of the outcome among all pupils who could have taken part; the correlation is that of before and after.
    intraclass
        Share of the variance of the change that lies between groups, 0-1.
    aim
        The power that the smallest detectable change has, 0-1.
    """

    mean: float
    deviation: float
    correlation: float
    intraclass: float
    aim: float


@dataclass(frozen=True)
class Plan:
    """A pre-analysis plan, as its file says.

    Attributes
    ----------
    id
        The programme's or reform's name in the data.
    kind
        ``programme`` or ``reform``.
    outcome_file
        The file that the outcomes will be read from, from the project's folder.
    comparison
        Who the comparison group is; empty for none.
    assumed
        For a programme; None for a reform, whose power is not computed.
    """

    id: str
    kind: str
    period: str
    question: str
    outcome: str
    scale: str
    outcome_file: str
    smallest_change: float
    primary_test: str
    direction: str
    level: float
    comparison: str
    randomised: bool
    exclusions: tuple[str, ...]
    secondary: tuple[str, ...]
    assumed: Assumed | None = None


def parsed(text: str, where: str) -> dict[str, Any]:
    """A plan's text as TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise PlanError(f"{where} kan ikke læses som TOML: {problem}. Ret linjen.") from None


def plan_of(said: Mapping[str, Any], where: str) -> Plan:
    """The plan, when it says all that it must and nothing else."""
    known = {*_TEXTS, *_NUMBERS, *_LISTS, "randomised"}
    missing, unknown = sorted(known - set(said)), sorted(set(said) - known - {"assumed"})
    if missing or unknown:
        raise PlanError(
            f"{where}: mangler {listing(missing) or 'intet'}; ukendt er {listing(unknown) or 'intet'}. docs/PLANS.md viser "
            "en hel plan."
        )
    _require(all(isinstance(said[key], str) for key in _TEXTS), where, listing(_TEXTS), "tekst")
    empty = [key for key in _TEXTS if not said[key].strip() and key not in _MAY_BE_EMPTY]
    _require(not empty, where, listing(empty), "en tekst, der ikke er tom")
    _require(isinstance(said["randomised"], bool), where, "randomised", "true eller false")
    _require(said["kind"] in TESTS, where, "kind", listing(TESTS))
    _require(said["primary_test"] in TESTS[said["kind"]], where, "primary_test", listing(TESTS[said["kind"]]))
    _require(said["direction"] in DIRECTIONS, where, "direction", listing(DIRECTIONS))
    _require(all(_is_number(said[key]) for key in _NUMBERS), where, listing(_NUMBERS), "tal")
    _require(
        said["smallest_change"] > 0 and 0 < said["level"] < 0.5, where, listing(_NUMBERS), "over nul; level under 0,5"
    )
    for key in _LISTS:
        is_list = isinstance(said[key], list) and all(isinstance(item, str) for item in said[key])
        _require(is_list, where, key, "en liste af tekster")
    _require(_is_period(said["period"]), where, "period", "en periode, for eksempel 2024/2025, efterår 2024 eller 2024")
    _require(said["kind"] == REFORM or "assumed" in said, where, "assumed", f"et afsnit med {listing(_ASSUMED)}")
    lists = {key: tuple(said[key]) for key in _LISTS}
    return Plan(**{**said, **lists, "assumed": _assumed(said.get("assumed"), where)})


def places(value: float) -> int:
    """How many decimals a number has, four at most."""
    return next((count for count in range(4) if abs(value - round(value, count)) < 1e-9), 4)


def in_full(value: float) -> str:
    """A number with the decimals that it has.

    >>> in_full(0.05), in_full(3.0)
    ('0,05', '3')
    """
    return number(value, places(value))


def _assumed(said: Any, where: str) -> Assumed | None:
    if said is None:
        return None
    is_whole = isinstance(said, dict) and set(said) == set(_ASSUMED) and all(map(_is_number, said.values()))
    _require(is_whole, where, "assumed", f"tallene {listing(_ASSUMED)}")
    found = Assumed(**said)
    inside = found.deviation > 0 and -1 < found.correlation < 1 and 0 <= found.intraclass < 1 and 0.5 <= found.aim < 1
    _require(
        inside, where, "assumed", "deviation over 0, correlation mellem -1 og 1, intraclass 0 til 1, aim 0,5 til 1"
    )
    return found


def _is_period(text: str) -> bool:
    try:
        return period(text).label != UNKNOWN
    except PeriodError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require(holds: bool, where: str, key: str, allowed: str) -> None:
    if not holds:
        raise PlanError(f"{where}: {key} skal være {allowed}. Ret planen.")
