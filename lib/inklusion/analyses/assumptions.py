"""The assumptions of the scenario, as in ``settings/scenario.toml``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inklusion.contracts.accounts import ORDINARY, PROVISIONS, SPECIAL_PROVISIONS
from inklusion.errors import ParameterError
from inklusion.measures.scenario import Move, fixed_share, moved_places

FILE = "settings/scenario.toml"
_ALLOWED = {
    "move": ("from", "to", "share"),
    "fixed": ("pupils_change", "cost_change", "half_step"),
    "target": ("share_from", "share_to"),
}


@dataclass(frozen=True)
class Assumptions:
    """What the scenario takes for granted.

    Attributes
    ----------
    moves
        From provision, to provision, and the share of the places of the first.
    pupils_change, cost_change, half_step
        Relative changes of one episode, and half of the last digit that they are printed with.
    share_from, share_to
        The target: share of all pupils in special provision, before and after.
    """

    moves: tuple[Move, ...] = (("specialskole", "gruppeordning", 0.05), ("gruppeordning", "almen", 0.35))
    pupils_change: float = -0.19
    cost_change: float = -0.14
    half_step: float = 0.005
    share_from: float = 0.06
    share_to: float = 0.05

    @property
    def fixed(self) -> tuple[float, float]:
        """Lowest and highest share of a cost that stays, as far as the rounding of the episode allows, within 0-1."""
        ends = [
            fixed_share(self.pupils_change + sign * self.half_step, self.cost_change - sign * self.half_step)
            for sign in (1, -1)
        ]
        return max(min(ends), 0.0), min(max(ends), 1.0)


def read_assumptions(path: Path) -> Assumptions:
    """Read the file; without one the Ballerup report's assumptions hold.

    Raises
    ------
    ParameterError
        In Danish, naming what is wrong and what is allowed.
    """
    if not path.is_file():
        return Assumptions()
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise _wrong("filen kan ikke læses") from None
    entries = [("move", move) for move in _listed(said.get("move", []))]
    entries += [(name, said.get(name, {})) for name in ("fixed", "target")]
    for name, entry in entries:
        if not isinstance(entry, dict) or set(entry) != set(_ALLOWED[name]):
            raise _wrong(f"[{name}] skal have netop {', '.join(_ALLOWED[name])}")
    if unknown := sorted(set(said) - set(_ALLOWED)):
        raise _wrong(f"ukendt afsnit {', '.join(unknown)}")
    numbers = {key: _number(value, key) for name in ("fixed", "target") for key, value in said[name].items()}
    moves = tuple(
        (str(move["from"]), str(move["to"]), _number(move["share"], "share")) for move in said.get("move", [])
    )
    chosen = Assumptions(moves=moves, **numbers)
    _check(chosen)
    return chosen


def _listed(moves: Any) -> list[Any]:
    if not isinstance(moves, list):
        raise _wrong("skriv hver flytning som [[move]]")
    return moves


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"{name} skal være et tal")
    return float(value)


def _check(chosen: Assumptions) -> None:
    ids = [name for name, entry in PROVISIONS.items() if entry.kind == ORDINARY] + list(SPECIAL_PROVISIONS)
    for origin, goal, _ in chosen.moves:
        if origin not in ids or goal not in ids:
            raise _wrong(f"et tilbud i from eller to er ukendt; muligt er {', '.join(ids)}")
    try:
        moved_places(dict.fromkeys(ids, 1.0), chosen.moves)
    except ValueError:
        raise _wrong("andelene fra et tilbud skal være 0-1 og højst 1 tilsammen, og from og to forskellige") from None
    if not 0 < chosen.share_to <= 1 or not 0 < chosen.share_from <= 1:
        raise _wrong("share_from og share_to skal være mellem 0 og 1")
    if abs(chosen.pupils_change) <= chosen.half_step or chosen.half_step < 0:
        raise _wrong("pupils_change skal ligge længere fra nul end half_step, som er mindst 0")


def _wrong(rule: str) -> ParameterError:
    return ParameterError(f"{FILE}: {rule}. Ret filen, eller slet den, så gælder Ballerup-rapportens forudsætninger.")
