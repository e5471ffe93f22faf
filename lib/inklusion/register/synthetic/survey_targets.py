"""What the synthetic surveys are calibrated to, and the schools that take part in them."""

import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inklusion.register.synthetic.places import Places

_FILE = "register/synthetic/surveys.toml"


@cache
def targets() -> dict[str, Any]:
    """All of ``surveys.toml``."""
    return tomllib.loads(resources.files("inklusion").joinpath(_FILE).read_text(encoding="utf-8"))


def with_schools(places: Places) -> Places:
    """The same municipalities divided into schools in place of districts: each district into one or more alike."""
    district = places.pupils[places.municipality_of] * places.weight
    pieces = np.maximum(1, np.rint(district / targets()["pupils"]["school_size"])).astype(np.int64)
    of = np.repeat(places.municipality_of, pieces)
    count = np.bincount(of, minlength=len(places.pupils))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    return replace(
        places,
        weight=np.repeat(places.weight / pieces, pieces),
        municipality_of=of,
        number=np.arange(len(of)) - first[of],
        first=first,
        count=count,
        traits=np.repeat(places.traits, pieces, axis=0),
    )


def school_pupils(places: Places) -> NDArray[np.float64]:
    """Wanted pupils of each school."""
    return np.asarray(places.pupils[places.municipality_of] * places.weight)


def school_names(places: Places) -> NDArray[np.object_]:
    """Name of each school within its municipality."""
    return np.array([f"Skole {number + 1:02d}" for number in places.number], dtype=object)
