"""The calibration targets, read from ``calibration.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def calibration() -> dict[str, Any]:
    """All of ``calibration.toml``."""
    text = resources.files("inklusion").joinpath("register/synthetic/calibration.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def target(name: str) -> float:
    """The value of one target."""
    return float(calibration()["target"][name]["value"])
