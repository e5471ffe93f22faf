"""Write a synthetic register in the form in which a user delivers one, to try that way in. Never a real register."""

from pathlib import Path

import pandas as pd

from inklusion.contracts.register import DICTIONARY_COLUMNS, Register
from inklusion.errors import ContractError
from inklusion.register.refusal import SETTINGS

_SETTINGS = """synthetic = true
dictionary = "dictionary.csv"
separator = ";"
decimal = ","
encoding = "utf-8"
date = "%Y-%m-%d"

[files]
pupils = "pupils.csv"
placements = "placements.csv"
leavers = "leavers.csv"
"""


def write_csv(register: Register, folder: Path) -> None:
    """Write ``register.toml``, ``pupils.csv``, ``placements.csv``, ``leavers.csv`` and ``dictionary.csv``.

    Parameters
    ----------
    register
        A synthetic register. Pupils and covariates stand side by side in ``pupils.csv``.
    folder
        An existing folder; files of these names are replaced.

    Raises
    ------
    ContractError
        When the register is not synthetic: real rows are not written again.
    """
    if not register.is_synthetic:
        raise ContractError("Only a synthetic register is written. A real one stays in the files it was delivered in.")
    same = [name for name in register.covariates.columns if name in register.pupils.columns]
    pupils = pd.concat([register.pupils, _whole(register.covariates.drop(columns=same))], axis=1)
    words = {True: "ja", False: "nej"}
    flags = {name: register.dictionary[name].map(words) for name in ("local_practice", "of_interest")}
    _write(pupils, folder / "pupils.csv")
    _write(register.placements, folder / "placements.csv")
    _write(register.leavers, folder / "leavers.csv")
    _write(register.dictionary.assign(**flags)[list(DICTIONARY_COLUMNS)], folder / "dictionary.csv")
    (folder / SETTINGS).write_text(_SETTINGS, encoding="utf-8")


def _whole(covariates: pd.DataFrame) -> pd.DataFrame:
    """Yes and no as 0 and 1 rather than 0,0 and 1,0, where nothing is missing or between."""
    return covariates.astype(
        {
            name: "Int64"
            for name, values in covariates.select_dtypes("float32").items()
            if bool((values.dropna() % 1 == 0).all())
        }
    )


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, sep=";", decimal=",", index=False, encoding="utf-8", lineterminator="\n", date_format="%Y-%m-%d")
