"""Synthetic accounts: invented spending and full-year pupils of the 98 invented municipalities, with an invented price index.

Drawn by themselves, not from the pupils of the synthetic register: only the size of each municipality is the same. Summed over
the country they follow ``accounts.toml`` exactly, apart from the rounding of each amount to whole kroner.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.contracts.accounts import BOOKS, CURRENT, FORECAST, OBSERVED, PROVISIONS, SPECIAL_PROVISIONS, Books
from inklusion.register.synthetic.places import MUNICIPALITIES, draw_places
from inklusion.register.synthetic.streams import Streams

Floats = NDArray[np.float64]
_MILLION = 1e6


def synthetic_books(pupils: int, *, seed: int, source: str, codes: Sequence[str] = ()) -> Books:
    """Draw the accounts of the 98 invented municipalities, or give those of some of them.

    Parameters
    ----------
    pupils
        About how many pupils the country has, as for :func:`inklusion.register.synthetic.synthetic_register`; the
        same number and seed give the same sizes of municipalities.
    seed
        The same seed gives the same accounts.
    source
        What the rows are traced to.
    codes
        Which municipalities to give; all when empty. They are the same ones as among all.
    """
    target, streams = targets(), Streams(seed)
    places = draw_places(pupils, streams)
    scale = places.pupils / target["school_pupils"]
    full_year = {name: _drawn(path, scale, streams, f"accounts pupils {name}") for name, path in _pupil_paths().items()}
    amounts = {name: _spending(name, path, full_year.get(name), scale, streams) for name, path in _cost_paths().items()}
    index = np.array(target["price_index"])
    deflator = index / index[-1]
    years, everyone = target["years"], places.codes
    tables = Books(
        accounts=_long(everyone, years, {name: np.rint(_MILLION * table * deflator) for name, table in amounts.items()}, "amount")
        .assign(price_base=CURRENT),
        full_year_pupils=_long(everyone, years, {name: table.round(2) for name, table in full_year.items()}, "full_year_pupils"),
        price_index=pd.DataFrame({"account_year": years, "index": index, "source": "opdigtet"}),
        pupil_numbers=_pupil_numbers(everyone, places.pupils, target),
        sources=dict.fromkeys(BOOKS, source),
    )  # fmt: skip
    return _only(tables, codes) if codes else tables


def _only(books: Books, codes: Sequence[str]) -> Books:
    kept = {name: getattr(books, name) for name in ("accounts", "full_year_pupils", "pupil_numbers")}
    return replace(books, **{name: table[table["municipality"].isin(codes)] for name, table in kept.items()})


@cache
def targets() -> dict[str, Any]:
    """All of ``accounts.toml``."""
    text = resources.files("inklusion").joinpath("register/synthetic/accounts.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _path(values: list[float]) -> Floats:
    """A straight line between the anchor years."""
    return np.asarray(np.interp(targets()["years"], targets()["anchors"], values))


def _paths(part: str) -> dict[str, Floats]:
    """The national course of each provision; the total less the named special provisions is divided by fixed shares."""
    own = {name: _path(values) for name, values in targets()[part].items()}
    total = own.pop("total")
    rest = total - sum(path for name, path in own.items() if name in SPECIAL_PROVISIONS)
    return own | {name: share * rest for name, share in targets()["rest"].items()}


def _pupil_paths() -> dict[str, Floats]:
    return _paths("pupils")


def _cost_paths() -> dict[str, Floats]:
    return {name: path for name, path in _paths("cost").items() if name in PROVISIONS}


def _drawn(path: Floats, size: Floats, streams: Streams, name: str, *, cost: str = "") -> Floats:
    """Municipality by year, around the size's share of the path, raked so that every year's sum is the path's."""
    spread = targets()["spread"]
    level = spread[f"{cost}level"] * streams.normal(f"{name} level", (MUNICIPALITIES, 1)).astype(np.float64)
    year = spread[f"{cost}year"] * streams.normal(f"{name} year", (MUNICIPALITIES, len(path))).astype(np.float64)
    base = size[:, None] if size.ndim == 1 else size
    drawn = base * np.exp(level + year)
    national = path * (size.sum() if size.ndim == 1 else 1.0)
    return np.asarray(drawn * (national / drawn.sum(axis=0)))


def _spending(name: str, path: Floats, full_year: Floats | None, scale: Floats, streams: Streams) -> Floats:
    """Spending follows the provision's own full-year pupils where it has them, else the size of the municipality."""
    label = f"accounts cost {name}"
    if full_year is None:
        return _drawn(path, scale, streams, label, cost="cost_")
    return _drawn(path * scale.sum(), full_year, streams, label, cost="cost_")


def _long(codes: list[str], years: list[int], tables: dict[str, Floats], value: str) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "municipality": np.repeat(codes, len(years)),
                "account_year": np.tile(years, len(codes)),
                "provision": name,
                value: table.ravel(),
            }
        )
        for name, table in tables.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _pupil_numbers(codes: list[str], pupils: Floats, target: dict[str, Any]) -> pd.DataFrame:
    """All pupils by year: counted in the years of the accounts, forecast after them."""
    last = target["years"][-1]
    years = np.arange(target["years"][0], target["forecast_to"] + 1)
    numbers = pupils[:, None] * (1 + target["pupil_change"]) ** (years - last)
    return pd.DataFrame(
        {
            "municipality": np.repeat(codes, len(years)),
            "year": np.tile(years, len(codes)),
            "pupils": np.rint(numbers).astype(np.int64).ravel(),
            "kind": np.tile(np.where(years > last, FORECAST, OBSERVED), len(codes)),
        }
    )
