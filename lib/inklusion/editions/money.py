"""The economy tables of an edition: from accounts and printed figures, with the scenario's assumptions."""

import tomllib
from collections.abc import Callable

import pandas as pd

from inklusion.contracts.accounts import BOOKS, Books
from inklusion.contracts.register import Register
from inklusion.processed import OWN
from inklusion.project import own_folder, settings_folder
from inklusion.sources import manifest

Tables = dict[str, pd.DataFrame]
NAMES = ("economy", "scenario")
SETTINGS = "scenario.toml"


def published_books(tables: Tables) -> Books:
    """The delivered accounts of the published edition with the files that they came from."""
    paths: dict[str, list[str]] = {name: [] for name in BOOKS}
    for file in manifest.verify():
        for name, contract in BOOKS.items():
            paths[name] += [file.path] if file.contract == contract.name else []
    sources = {name: ", ".join(found) for name, found in paths.items()}
    return Books(**{name: tables[name] for name in BOOKS}, sources=sources)


def registered_books(register: Register, edition: str) -> Books:
    """A user's accounts, or invented ones for the municipalities of the synthetic register."""
    if edition == OWN:
        from inklusion.register.accounts import read_books

        return read_books(own_folder())
    from inklusion.register.synthetic.accounts import synthetic_books

    chosen = tomllib.loads((settings_folder() / "synthetic.toml").read_text(encoding="utf-8"))
    return synthetic_books(
        chosen["pupils"],
        seed=chosen["seed"],
        source="settings/synthetic.toml",
        codes=[str(code) for code in register.municipalities["municipality"]],
    )


def published_economy(tables: Tables) -> pd.DataFrame:
    """Printed figures, and what follows from accounts where they have been delivered."""
    from inklusion.analyses import economy, printed_economy

    return _below(printed_economy.printed_economy(tables["facts"]), economy.economy(published_books(tables)))


def published_scenario(tables: Tables) -> pd.DataFrame:
    """The Ballerup report's scenario, and that of every municipality with delivered accounts."""
    from inklusion.analyses import assumptions, scenario

    chosen = assumptions.read_assumptions(settings_folder() / SETTINGS)
    own = scenario.scenario(published_books(tables), chosen)
    return _below(own, scenario.calibrated_scenario(tables["facts"], chosen))


def registered_economy(register: Register, edition: str) -> pd.DataFrame:
    """What follows from the accounts of a register edition."""
    from inklusion.analyses import economy

    return economy.economy(registered_books(register, edition))


def registered_scenario(register: Register, edition: str) -> pd.DataFrame:
    """The scenario of a register edition."""
    from inklusion.analyses import assumptions, scenario

    chosen = assumptions.read_assumptions(settings_folder() / SETTINGS)
    return scenario.scenario(registered_books(register, edition), chosen)


def _below(*tables: pd.DataFrame) -> pd.DataFrame:
    """Tables below each other; a municipality's own accounts come before what is calibrated from print."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


PUBLISHED: dict[str, Callable[[Tables], pd.DataFrame]] = {"economy": published_economy, "scenario": published_scenario}
