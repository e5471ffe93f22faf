"""Locks: a plan as it was before its outcomes were read, and what was changed in it later."""

import datetime
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inklusion.danish import listing
from inklusion.plans.text import Plan, PlanError, in_full, parsed, plan_of
from inklusion.project import root

LOCK = ".lock"
_COMMAND = "python -m inklusion lock-plan"
_SEALED = ("plan", "sha256", "locked", "outcome_existed", "outcome_sha256", "text")
_HEADER = f"# Låst plan, skrevet af {_COMMAND}. Filen må ikke rettes: så bliver den afvist.\n"


@dataclass(frozen=True)
class Change:
    """A key of the plan that says something else now than when the plan was locked."""

    key: str
    before: str
    now: str


@dataclass(frozen=True)
class LockedPlan:
    """A plan by its locked text, and what a reader must know of the lock.

    Attributes
    ----------
    plan
        The plan as it was locked. It is the one that outcomes are analysed by.
    locked
        Date of the lock, ISO.
    sha256
        Of the locked text.
    outcome_existed
        Whether the outcome file was there already: then the plan may have been written with knowledge of it.
    changes
        What was changed in the plan after the lock.
    """

    plan: Plan
    locked: str
    sha256: str
    outcome_existed: bool
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Plans:
    """All plans of a project: those under lock, and by id why the others cannot be used."""

    locked: Sequence[LockedPlan] = ()
    refused: Mapping[str, str] = field(default_factory=dict)

    def under_lock(self, name: str, kind: str, source: str) -> LockedPlan | str:
        """The locked plan of a programme or reform whose outcomes come from ``source``, or in Danish why there is none."""
        named = [found for found in self.locked if (found.plan.id, found.plan.kind) == (name, kind)]
        fitting = [found for found in named if found.plan.outcome_file in source]
        if fitting:
            return fitting[0]
        if name in self.refused:
            return self.refused[name]
        if not named:
            return f"Der er ingen plan for »{name}«. Skriv den i plans/, og lås den med {_COMMAND}."
        return (
            f"Planen for »{name}« gælder udfald i {named[0].plan.outcome_file}, men udfaldene her kommer fra en anden fil. "
            "Skriv en plan for dem, og lås den."
        )


def plans_folder() -> Path:
    """``plans``: the plans and their locks."""
    return root() / "plans"


def plan_files() -> list[Path]:
    """Every plan and lock, for the record of what an edition rests on."""
    return sorted(path for path in plans_folder().glob("*") if path.suffix in {".toml", LOCK})


def read_plans() -> Plans:
    """All plans of the project. One without a lock is refused with its reason; a lock that was changed stops the run.

    Raises
    ------
    PlanError
        In Danish, for a lock that was changed, or two plans for the same outcomes.
    """
    locked: dict[tuple[str, str], LockedPlan] = {}
    refused: dict[str, str] = {}
    for stem in sorted({path.stem for path in plan_files()}):
        path = plans_folder() / f"{stem}.toml"
        if not path.with_suffix(LOCK).is_file():
            refused[_id_of(path)] = _not_locked(path)
            continue
        found = require_locked(path)
        about = (found.plan.id, found.plan.outcome_file)
        if about in locked:
            raise PlanError(f"To låste planer i plans/ gælder »{found.plan.id}« og den samme fil. Behold én af dem.")
        locked[about] = found
    return Plans(tuple(locked.values()), refused)


def require_locked(path: Path) -> LockedPlan:
    """The plan by its locked text, and what was changed in the file since.

    Raises
    ------
    PlanError
        In Danish, when there is no lock, or the lock was changed after it was written.
    """
    lock_path = path.with_suffix(LOCK)
    if not lock_path.is_file():
        raise PlanError(_not_locked(path))
    record = _read_lock(lock_path)
    before = parsed(record["text"], f"{lock_path.name}, planens tekst")
    return LockedPlan(
        plan=plan_of(before, lock_path.name),
        locked=record["locked"],
        sha256=record["sha256"],
        outcome_existed=record["outcome_existed"],
        changes=_changes(before, path),
    )


def lock(path: Path) -> LockedPlan:
    """Write the lock beside a plan: its text and hash, the date, and whether the outcome file was there already.

    Locking again is harmless while the plan is unchanged; the first lock stays as it is.

    Raises
    ------
    PlanError
        In Danish, when the plan cannot be read, or was changed since it was locked.
    """
    if not path.is_file():
        raise PlanError(f"Planen {path.name} findes ikke. Skriv den som en fil i plans/, der ender på .toml.")
    text = _text_of(path)
    plan = plan_of(parsed(text, path.name), path.name)
    if path.with_suffix(LOCK).is_file():
        known = require_locked(path)
        if known.changes or known.sha256 != _sha256(text):
            raise PlanError(
                f"{path.name} er ændret, siden den blev låst {known.locked}, og en lås kan ikke laves om. Enten skal filen "
                "tilbage til den låste tekst, eller også skal ændringen stå, så siden viser den. En ny plan skal have sit "
                "eget navn."
            )
        return known
    outcome = root() / plan.outcome_file
    existed = outcome.is_file()
    record = {
        "plan": path.name,
        "sha256": _sha256(text),
        "locked": _today().isoformat(),
        "outcome_existed": existed,
        "outcome_sha256": hashlib.sha256(outcome.read_bytes()).hexdigest() if existed else "",
        "text": text,
    }
    written = _HEADER + "".join(f"{key} = {_toml(value)}\n" for key, value in {**record, "seal": _seal(record)}.items())
    path.with_suffix(LOCK).write_text(written, encoding="utf-8", newline="\n")
    return require_locked(path)


def _today() -> datetime.date:
    return datetime.datetime.now(tz=datetime.UTC).astimezone().date()


def _not_locked(path: Path) -> str:
    return (
        f"Planen {path.name} er ikke låst, og udfald læses kun under en lås. Læs planen igennem, og lås den, før udfaldene "
        f"bliver set: {_COMMAND} plans/{path.name}"
    )


def _id_of(path: Path) -> str:
    """The id of a plan that is not locked; its file's name where the plan cannot be read."""
    try:
        return str(tomllib.loads(_text_of(path)).get("id", path.stem))
    except (OSError, tomllib.TOMLDecodeError):
        return path.stem


def _text_of(path: Path) -> str:
    """The text with Unix line ends: a checkout on Windows is the same plan."""
    return path.read_bytes().decode("utf-8").replace("\r\n", "\n")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _seal(record: Mapping[str, Any]) -> str:
    """Hash over all that the lock says: a slip of the hand is found out, a forger is not."""
    return _sha256(json.dumps([record[key] for key in _SEALED], ensure_ascii=False))


def _toml(value: object) -> str:
    """A value as TOML; a long text as it stands, where it holds nothing that would end it."""
    if isinstance(value, str) and "\n" in value and "'''" not in value:
        return f"'''\n{value}'''"
    return json.dumps(value, ensure_ascii=False)


def _read_lock(path: Path) -> dict[str, Any]:
    refusal = PlanError(
        f"Låsen {path.name} er rettet, efter den blev skrevet, så den viser ikke længere, hvad der blev låst. Hent den rigtige "
        "lås igen, for eksempel fra git. Findes den ikke mere, kan planen ikke bruges som låst."
    )
    try:
        record = tomllib.loads(_text_of(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise refusal from None
    if (
        set(record) != {*_SEALED, "seal"}
        or record["seal"] != _seal(record)
        or record["sha256"] != _sha256(record["text"])
    ):
        raise refusal
    return record


def _changes(before: Mapping[str, Any], path: Path) -> tuple[Change, ...]:
    """What the file says now and did not say when it was locked, key by key."""
    if not path.is_file():
        return (Change("hele planen", "låst tekst", "filen er slettet"),)
    try:
        now = tomllib.loads(_text_of(path))
    except tomllib.TOMLDecodeError:
        return (Change("hele planen", "låst tekst", "filen kan ikke læses"),)
    first, second = _flat(before), _flat(now)
    keys = [*first, *(key for key in second if key not in first)]
    return tuple(
        Change(key, _said(first.get(key)), _said(second.get(key))) for key in keys if first.get(key) != second.get(key)
    )


def _flat(said: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in said.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


def _said(value: object) -> str:
    """A value as the page says it."""
    if value is None:
        return "intet"
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, int | float):
        return in_full(float(value))
    return listing(map(str, value)) if isinstance(value, list) else f"»{value}«"
