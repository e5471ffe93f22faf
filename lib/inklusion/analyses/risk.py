"""The risk model of an edition: fitted once, with and without what may be a result of local practice."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.contracts.register import OUTCOMES, SEGREGATED, Register, outcome
from inklusion.models.cross_fit import CrossFit, Places, best, cross_fit, without
from inklusion.models.design import Design, build_design
from inklusion.models.folds import IntArray
from inklusion.models.guards import require_no_answer, require_no_place
from inklusion.models.specification import Kind, Specification

_NOT_TOLD = "Distrikt ikke oplyst"
WITH_PRACTICE, WITHOUT_PRACTICE = "", "_without_practice"
VARIANTS = (WITH_PRACTICE, WITHOUT_PRACTICE)


@dataclass(frozen=True)
class Units:
    """A division of the rows: code of every row (negative for none), and the names behind the codes."""

    codes: IntArray
    names: pd.DataFrame  # municipality, unit; one row per code


@dataclass(frozen=True)
class Fit:
    """All models of one outcome and one set of covariates, the chosen one, and the columns they were fitted on."""

    chosen: CrossFit
    fitted: dict[Kind, CrossFit]
    design: Design
    specification: Specification


@dataclass(frozen=True)
class Risk:
    """A register with its fitted models by outcome definition and variant, and the divisions that are reported."""

    register: Register
    fits: dict[tuple[str, str], Fit]
    places: Places
    municipalities: Units
    districts: Units
    schools: Units
    source: str

    @property
    def years(self) -> list[str]:
        """The school years of the register, in order."""
        return sorted(map(str, self.register.pupils["year"].unique()))

    @property
    def latest(self) -> NDArray[np.bool_]:
        """Rows of the latest school year."""
        return np.asarray(self.register.pupils["year"] == self.years[-1], dtype=bool)

    @property
    def ordinary(self) -> NDArray[np.bool_]:
        """Rows of pupils in ordinary classes and intermediate forms."""
        return np.asarray(~self.register.pupils["placement"].isin(SEGREGATED), dtype=bool)

    @property
    def periods(self) -> dict[str, tuple[str, NDArray[np.bool_]]]:
        """The reported periods: label to kind of period and rows. The latest year, and all years when there are more."""
        found = {self.years[-1]: ("school_year", self.latest)}
        if len(self.years) > 1:
            found[f"{self.years[0]}-{self.years[-1]}"] = ("school_years_pooled", np.ones(len(self.latest), dtype=bool))
        return found


def fit_risk(
    register: Register,
    specification: Specification,
    *,
    source: str,
    outcomes: tuple[str, ...] = OUTCOMES,
    variants: tuple[str, ...] = VARIANTS,
) -> Risk:
    """Fit the risk model of an edition.

    Parameters
    ----------
    register
        Pupils, covariates and their dictionary.
    specification
        The choices; every variant uses the same folds.
    source
        File that the estimates can be traced to.
    outcomes, variants
        Which definitions and sets of covariates; an edition has all.

    Raises
    ------
    ModelError
        When a covariate follows the outcome almost completely, or tells where a pupil lives.
    """
    pupils = register.pupils
    places = Places(*(_codes(pupils[name]) for name in ("municipality", "pupil", "family")))
    districts = _units(pupils, "district")
    require_no_place(register.covariates, places.municipality, districts.codes, left_out=specification.left_out)
    practice = list(register.dictionary.loc[register.dictionary["local_practice"], "column"])
    choices = {WITH_PRACTICE: specification, WITHOUT_PRACTICE: without(specification, practice)}
    designs = {variant: build_design(register.covariates, choices[variant]) for variant in variants}
    fits = {}
    for name in outcomes:
        happened = outcome(pupils, name)
        require_no_answer(register.covariates, happened, left_out=specification.left_out)
        for variant in variants:
            fitted = cross_fit(designs[variant], happened, places, choices[variant])
            fits[name, variant] = Fit(best(fitted), fitted, designs[variant], choices[variant])
    return Risk(register, fits, places, _units(pupils, ""), districts, _units(pupils, "school"), source)


def _units(pupils: pd.DataFrame, column: str) -> Units:
    """Municipalities, or their districts or schools; schools without ordinary classes are no unit."""
    names = pd.DataFrame({"municipality": pupils["municipality"].astype("str")})
    names["unit"] = pupils[column].astype("str").fillna(_NOT_TOLD) if column else ""
    if column == "school":
        ordinary = ~pupils["placement"].isin(SEGREGATED)
        kept = set(names[ordinary].drop_duplicates().itertuples(index=False, name=None))
    codes, index = pd.factorize(pd.MultiIndex.from_frame(names), sort=True)
    found = pd.DataFrame(list(index), columns=["municipality", "unit"])
    if column == "school":
        is_kept = np.array([place in kept for place in found.itertuples(index=False, name=None)], dtype=bool)
        number = np.where(is_kept, np.cumsum(is_kept) - 1, -1)
        return Units(number[codes].astype(np.int64), found[is_kept].reset_index(drop=True))
    return Units(codes.astype(np.int64), found)


def _codes(values: pd.Series) -> IntArray:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)
