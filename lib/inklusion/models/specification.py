"""What the risk model is: read from ``settings/risk_model.toml``, which a researcher edits or the workbench writes."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from inklusion.errors import ModelError

Kind = Literal["logistic", "boosting"]
KINDS: tuple[Kind, ...] = ("logistic", "boosting")


@dataclass(frozen=True)
class Specification:
    """All choices of the risk model.

    Attributes
    ----------
    models
        The models that are fitted; the one with the lowest out-of-fold log loss is used.
    folds
        Into how many parts the municipalities are divided; each part is predicted by a model that never saw it.
    calibration_share
        Part of the training municipalities' pupils that the fit does not see: they set the calibration slope, and
        stop the boosting.
    penalty
        Inverse strength of the logistic model's ridge penalty on standardised columns (scikit-learn's ``C``).
    knots
        Knots of the cubic splines of numeric covariates in the logistic model.
    learning_rate, iterations, leaves, smallest_leaf
        The boosting: step, most trees, leaves of a tree, fewest pupils in a leaf.
    left_out
        Covariates of the dictionary that no model uses.
    seed
        Seed of everything that is drawn.
    """

    models: tuple[Kind, ...] = KINDS
    folds: int = 5
    calibration_share: float = 0.15
    penalty: float = 1.0
    knots: int = 4
    learning_rate: float = 0.1
    iterations: int = 100
    leaves: int = 15
    smallest_leaf: int = 100
    left_out: tuple[str, ...] = ()
    seed: int = 20240930

    def __post_init__(self) -> None:
        wrong = [name for name in self.models if name not in KINDS]
        if wrong or not self.models:
            raise ModelError(f"models holds {wrong or 'nothing'}; allowed are {', '.join(KINDS)}.")
        limits = {
            "folds": (2, 20),
            "calibration_share": (0.05, 0.5),
            "penalty": (1e-6, 1e6),
            "knots": (2, 20),
            "learning_rate": (0.001, 1),
            "iterations": (1, 5_000),
            "leaves": (2, 255),
            "smallest_leaf": (1, 100_000),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise ModelError(f"{name} is {getattr(self, name)!r}; allowed is {low:g} to {high:g}.")

    def to_toml(self) -> str:
        """The settings as text for a file that :func:`read_specification` reads."""
        lines = ["# Risikomodellens valg. Betydning og tilladte værdier: lib/inklusion/models/specification.py"]
        lines += [f"{field.name} = {_toml(getattr(self, field.name))}" for field in fields(self)]
        return "\n".join(lines) + "\n"


def read_specification(path: Path) -> Specification:
    """Read the settings file; a misspelt or wrongly typed setting is refused, never ignored."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ModelError(f"{path.name} cannot be read as TOML ({type(problem).__name__}).") from None
    defaults = Specification()
    known = {field.name for field in fields(Specification)}
    unknown = sorted(set(entries) - known)
    if unknown:
        raise ModelError(f"{path.name} has unknown settings {unknown}; allowed are {sorted(known)}.")
    values: dict[str, Any] = {}
    for name, value in entries.items():
        default = getattr(defaults, name)
        wanted = (int, float) if isinstance(default, float) else (list,) if isinstance(default, tuple) else (int,)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ModelError(
                f"{path.name}: {name} has a value of type {type(value).__name__}, not {wanted[-1].__name__}."
            )
        values[name] = tuple(value) if isinstance(value, list) else value
    return Specification(**values)


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{entry}"' for entry in value) + "]"
    return repr(value)
