"""Editions made from a pupil register: the synthetic one, and a user's own."""

import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from inklusion import processed
from inklusion.contracts.register import Register
from inklusion.editions import compared, money, surveys
from inklusion.errors import EditionError
from inklusion.municipalities import name_of
from inklusion.plans import plan_files
from inklusion.processed import OWN, PUBLISHED
from inklusion.project import own_folder, root, settings_folder
from inklusion.provenance import SYNTHETIC
from inklusion.surveys import Surveys

REGISTER_NAMES = (
    "expected",
    "risk_profile",
    "most_exposed",
    "prevalence",
    "disproportion",
    "neighbours",
    "yearly",
    *money.NAMES,
    "placements",
    "returns",
    "after_school",
    "model_card",
    "targeting",
)
NAMES = (*REGISTER_NAMES, *surveys.NAMES)
_MODEL = "risk_model.toml"
_SETTINGS = (compared.SETTINGS, money.SETTINGS)
_ENDINGS = {".toml", ".csv", ".parquet", ".xlsx", ".sav", ".dta"}


def is_registered(edition: str) -> bool:
    """Whether the edition is made from a register."""
    return processed.require_edition(edition) != PUBLISHED


def has_register(edition: str) -> bool:
    """Whether the edition has a pupil register; one of a user's own may rest on surveys alone."""
    return edition == SYNTHETIC or (own_folder() / "register.toml").is_file()


def names(edition: str) -> tuple[str, ...]:
    """The tables that are estimated for the edition."""
    return NAMES if has_register(edition) else surveys.NAMES


def inputs(edition: str) -> dict[str, str]:
    """Path and hash of every file behind the edition."""
    chosen = [settings_folder() / "synthetic.toml"] if edition == SYNTHETIC else _own_files()
    chosen.append(settings_folder() / _MODEL)
    chosen += [path for path in (settings_folder() / name for name in _SETTINGS) if path.is_file()]
    chosen += plan_files()
    return {path.relative_to(root()).as_posix(): _digest(path) for path in chosen}


def _digest(path: Path) -> str:
    """SHA-256 of a file that may be larger than memory should hold."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def key(edition: str) -> str:
    """Key of the edition's tables: register, settings and library."""
    return processed.content_key(inputs(edition))


def open_register(edition: str) -> Register:
    """The register of the edition, inside this process."""
    if edition == OWN:
        from inklusion.register.read import read_register

        return read_register(own_folder())
    from inklusion.register.synthetic import synthetic_register

    chosen = tomllib.loads((settings_folder() / "synthetic.toml").read_text(encoding="utf-8"))
    register = synthetic_register(chosen["pupils"], seed=chosen["seed"], years=chosen["years"])[0]
    return _first(register, chosen["municipalities"])


def open_surveys(register: Register | None, edition: str) -> Surveys:
    """The surveys of the edition's municipalities, inside this process."""
    codes = [] if register is None else [str(code) for code in register.municipalities["municipality"]]
    return surveys.open_surveys(edition, codes)


def municipalities(register: Register | None, surveyed: Surveys) -> pd.DataFrame:
    """Code and name of the municipalities that get a report: those of the register, or of the surveys where there is none."""
    if register is not None:
        return register.municipalities
    answers = [survey.frame["municipality"] for survey in (surveyed.pupils, surveyed.staff) if survey is not None]
    codes = sorted({str(code) for part in (*answers, surveyed.participants["municipality"]) for code in part})
    return pd.DataFrame({"municipality": codes, "name": [name_of(code) for code in codes]})


def estimate(
    register: Register | None, edition: str, surveyed: Callable[[], Surveys]
) -> dict[str, Callable[[], pd.DataFrame]]:
    """The analyses of the edition by table name; the models are fitted once, when the first of them asks."""
    if register is None:
        return surveys.registered(surveyed)
    from inklusion.analyses import expected, groups, model_card, placements, profile, yearly
    from inklusion.analyses.risk import Risk, fit_risk
    from inklusion.models.specification import read_specification

    source = _source(edition)

    @cache
    def risk() -> Risk:
        return fit_risk(register, read_specification(settings_folder() / _MODEL), source=source)

    return {
        "expected": lambda: expected.observed_and_expected(risk()),
        "risk_profile": lambda: profile.risk_profile(risk()),
        "most_exposed": lambda: profile.most_exposed(risk()),
        "prevalence": lambda: profile.prevalence(risk()),
        "disproportion": lambda: groups.disproportion(risk()),
        "neighbours": lambda: profile.neighbours(risk()),
        "yearly": lambda: yearly.yearly_shares(register, source=source),
        "economy": lambda: money.registered_economy(register, edition),
        "scenario": lambda: money.registered_scenario(register, edition),
        "placements": lambda: placements.placements(register, source=source),
        "returns": lambda: placements.returns(register, source=source),
        "after_school": lambda: placements.large_groups(placements.after_school(register, source=source)),
        "model_card": lambda: model_card.model_card(risk()),
        "targeting": lambda: groups.targeting(risk()),
        **surveys.registered(surveyed),
    }


def _source(edition: str) -> str:
    """The file that numbers about pupils are traced to."""
    if edition == SYNTHETIC:
        return "settings/synthetic.toml"
    from inklusion.register.settings import read_settings

    return f"data/own/{read_settings(own_folder()).files['pupils']}"


def _first(register: Register, count: int) -> Register:
    """The register of its first municipalities only: for a quick try of the whole way."""
    kept = list(register.municipalities["municipality"].astype("str"))[:count]
    inside = register.pupils["municipality"].isin(kept).to_numpy(dtype=bool)
    rows = {
        name: _within(getattr(register, name), kept) for name in ("pupils", "placements", "leavers", "municipalities")
    }
    return replace(register, covariates=register.covariates[inside].reset_index(drop=True), **rows)


def _within(table: pd.DataFrame, kept: list[str]) -> pd.DataFrame:
    inside = table[table["municipality"].isin(kept)].reset_index(drop=True)
    for name in inside.select_dtypes("category"):
        inside[name] = inside[name].cat.remove_unused_categories()
    return inside


def _own_files() -> list[Path]:
    folder = own_folder()
    if not any((folder / name).is_file() for name in ("register.toml", "surveys.toml")):
        raise EditionError(
            "Udgaven 'own' bygger på dit eget register eller dine egne undersøgelser, men hverken data/own/register.toml "
            "eller data/own/surveys.toml findes. Læg registret dér, som docs/REGISTER.md beskriver, eller undersøgelserne, som "
            "docs/SURVEYS.md beskriver."
        )
    return sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS)
