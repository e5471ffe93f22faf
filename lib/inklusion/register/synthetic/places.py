"""Municipalities and school districts: sizes, and how families differ from place to place."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.municipalities import example_municipalities
from inklusion.register.synthetic.calibration import calibration
from inklusion.register.synthetic.streams import Floats, Integers, Streams

MUNICIPALITIES = len(example_municipalities())
DISTRICT_SPREAD = 0.18


@dataclass(frozen=True)
class Places:
    """Where families live. Districts are numbered through the country.

    Attributes
    ----------
    pupils
        For each municipality the wanted pupils in a school year.
    weight
        For each district its share of the municipality's families.
    municipality_of, number
        For each district its municipality (0-97) and its number there (from 0).
    first, count
        For each municipality its first district and how many it has.
    traits
        For each district what it adds to its families' income, education, employment and poverty, in standard
        deviations of families.
    """

    pupils: NDArray[np.float64]
    weight: NDArray[np.float64]
    municipality_of: Integers
    number: Integers
    first: Integers
    count: Integers
    traits: Floats

    @property
    def codes(self) -> list[str]:
        """Codes 901-998."""
        return [place.code for place in example_municipalities()]

    def names(self) -> pd.DataFrame:
        """Code and neutral name of each municipality."""
        return pd.DataFrame(example_municipalities(), columns=["municipality", "name"])


def draw_places(pupils: int, streams: Streams) -> Places:
    """Draw 98 municipalities whose sizes and composition spread as the real ones do."""
    settings = calibration()["municipalities"]
    traits = _municipality_traits(streams)
    sizes = _sizes(pupils, settings)[np.argsort(np.argsort(traits[:, 0]))]
    count = np.maximum(1, np.rint(sizes / settings["pupils_per_district"])).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    municipality_of = np.repeat(np.arange(MUNICIPALITIES), count)
    number = np.arange(len(municipality_of)) - first[municipality_of]
    weight = np.exp(0.35 * streams.normal("district sizes", len(number)).astype(np.float64))
    weight /= np.bincount(municipality_of, weight)[municipality_of]
    spread = np.array(settings["spread"][1:])
    own = 0.8 * streams.normal("district level", (len(number), 1)) + 0.5 * streams.normal(
        "district traits", (len(number), 4)
    )
    own = np.where((count > 1)[municipality_of, None], own * DISTRICT_SPREAD, 0)
    own -= _means(own, weight, municipality_of)[municipality_of]
    return Places(
        pupils=sizes,
        weight=weight,
        municipality_of=municipality_of,
        number=number,
        first=first,
        count=count,
        traits=(traits[municipality_of, 1:] * spread + own * np.array([1, 0.8, 0.6, -0.6])).astype(np.float32),
    )


def _sizes(pupils: int, settings: dict[str, list[float]]) -> NDArray[np.float64]:
    """Pupils of each municipality from small to large; the smallest keep a handful each."""
    middle = (np.arange(MUNICIPALITIES) + 0.5) / MUNICIPALITIES
    people = np.exp(np.interp(middle, settings["size_quantile"], settings["size_log"]))
    smallest = float(np.asarray(settings["smallest"]))
    scale = pupils / people.sum()
    for _ in range(20):
        lifted = people * scale < smallest
        scale = (pupils - smallest * lifted.sum()) / people[~lifted].sum()
    sizes: NDArray[np.float64] = np.maximum(people * scale, smallest)
    return sizes


def _municipality_traits(streams: Streams) -> NDArray[np.float64]:
    """Size, income, education, employment and poverty with exactly the wanted correlations over the 98."""
    wanted = np.array(calibration()["municipalities"]["correlation"])
    raw = streams.normal("municipality traits", (MUNICIPALITIES, len(wanted))).astype(np.float64)
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(raw.T @ raw / MUNICIPALITIES)).T
    return np.asarray(white @ np.linalg.cholesky(wanted).T)


def _means(values: NDArray[np.float64], weight: NDArray[np.float64], of: Integers) -> NDArray[np.float64]:
    return np.stack([np.bincount(of, weight * column) for column in values.T], axis=1)
