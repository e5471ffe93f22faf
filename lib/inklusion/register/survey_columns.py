"""From delivered survey columns to typed ones: places, years, strata, numbers and pseudonyms."""

import re
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inklusion.contracts.surveys import ROLES, SEXES
from inklusion.danish import number
from inklusion.errors import PeriodError
from inklusion.municipalities import all_municipalities, example_municipalities
from inklusion.periods import period
from inklusion.register.survey_settings import SURVEYS
from inklusion.register.values import YEARS, Fields, Mask, as_text

Numbers = npt.NDArray[np.float64]
GRADES = (0, 10)
ANY_YEAR = ("school_year", "calendar_year")
_ALLOWED = {"sex": SEXES, "role": ROLES}
_WORDS = {"sex": "køn", "role": "rolle"}
_YEAR_RULES = {
    ("school_year",): "året er ikke et skoleår af to år i træk, for eksempel 2023/2024",
    ANY_YEAR: "året er hverken et skoleår af to år i træk (2023/2024) eller et kalenderår (2024)",
}


def municipality(fields: Fields) -> pd.Categorical:
    """Three-digit codes of the 98 municipalities, or of the examples when the data are synthetic."""
    places = example_municipalities() if fields.settings.synthetic else all_municipalities()
    codes = {place.code for place in places}

    def code(value: str) -> str | None:
        return value[-3:] if re.fullmatch("0?[0-9]{3}", value) and value[-3:] in codes else None

    rule = "kommunens nummer er ikke et af de 98"
    remedy = "Skriv kommunens trecifrede nummer, 151 for eksempel, eller udelad rækken med [leave_out] i register.toml."
    if fields.settings.synthetic:
        rule = f"{SURVEYS} er mærket synthetic, og kommunens nummer er ikke 901-998"
        remedy = "Syntetiske og rigtige kommuner må ikke blandes. Ret nummeret, eller ret synthetic."
    return fields.coded("municipality", code, rule, remedy=remedy)


def year(fields: Fields, kinds: tuple[str, ...], ours: str = "year") -> pd.Categorical:
    """Years of the kinds that are allowed, written in one way and all of one kind."""

    def label(value: str) -> str | None:
        try:
            found = period(value)
        except PeriodError:
            return None
        return found.label if found.kind in kinds and YEARS[0] <= int(found.label[:4]) <= YEARS[1] else None

    years = fields.coded(ours, label, _YEAR_RULES[kinds])
    pooled = np.array([len(text) for text in years.categories])[years.codes]
    remedy = "Del filen, så hvert spørgeskema har én slags år."
    fields.refuse(fields.delivery.ours[ours], pooled != pooled[0], "filen blander skoleår og kalenderår", remedy)
    return years


def grade(fields: Fields) -> Numbers:
    """Grades; missing where the column is empty or not there."""
    allowed = {str(value): str(value) for value in range(GRADES[0], GRADES[1] + 1)}
    rule = f"klassetrinnet er ikke et helt tal fra {GRADES[0]} til {GRADES[1]}"
    found = fields.coded("grade", lambda value: allowed.get(value.lstrip("0") or "0"), rule, optional=True)
    numbers: Numbers = np.append(found.categories.to_numpy().astype("float64"), np.nan)[found.codes]
    return numbers


def one_of(fields: Fields, ours: str, *, optional: bool = False) -> pd.Categorical:
    """A column of a few words of ours, sex or role."""
    allowed = _ALLOWED[ours]
    rule = f"koden for {_WORDS[ours]} er ukendt (muligt: {', '.join(allowed)})"
    return fields.coded(ours, lambda v: v.casefold() if v.casefold() in allowed else None, rule, optional=optional)


def text(fields: Fields, ours: str, *, optional: bool = False) -> pd.Categorical:
    """A column of any text."""
    return fields.coded(ours, lambda value: value, optional=optional)


def pseudonym(fields: Fields, ours: str) -> npt.NDArray[np.int64]:
    """Persons numbered from 0 in the order of the file; the delivered pseudonym goes no further."""
    encoded = fields.required(ours).combine_chunks().dictionary_encode()
    found: npt.NDArray[np.int64] = encoded.indices.to_numpy().astype(np.int64)
    return found


class Coded(NamedTuple):
    """A delivered column as places in a list of its different texts, -1 where missing, and its decimal sign."""

    places: npt.NDArray[np.int64]
    texts: list[str]
    decimal: str


def coded_text(fields: Fields, their: str) -> Coded:
    """A delivered column of any type, each of its different values read once."""
    values = fields.delivery.values(their)
    decimal = fields.settings.decimal if pa.types.is_string(values.type) else "."
    values = values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values
    encoded = as_text(values, fields.settings).combine_chunks().dictionary_encode()
    places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(places, encoded.dictionary.to_pylist(), decimal)


def as_number(value: str, decimal: str) -> float | None:
    """A number in the stated form, or nothing.

    Examples
    --------
    >>> as_number("4,5", ","), as_number("4.5", ",")
    (4.5, None)
    """
    form = rf"[+-]?[0-9]{{1,15}}({re.escape(decimal)}[0-9]{{1,17}})?(e[+-]?[0-9]{{1,2}})?"
    return float(value.replace(decimal, ".")) if re.fullmatch(form, value, re.IGNORECASE) else None


def amount(fields: Fields, ours: str) -> Numbers:
    """A column of numbers; missing is NaN."""
    their = fields.delivery.ours[ours]
    places, texts, decimal = coded_text(fields, their)
    parsed = [as_number(value, decimal) for value in texts]
    wrong = np.array([value is None for value in parsed] + [False])[places]
    remedy = (
        f"Skriv tallet uden tusindtalsskilletegn og med »{decimal}« som decimaltegn, eller skriv under missing i {SURVEYS}, "
        "at koden betyder manglende."
    )
    fields.refuse(their, wrong, "værdien er ikke et tal i den rigtige form", remedy)
    found: Numbers = np.array([*parsed, np.nan], dtype=np.float64)[places]
    return found


def count(fields: Fields, ours: str, *, optional: bool = False) -> Numbers:
    """A column of whole numbers, none negative; missing is NaN where that is allowed."""
    their, found = fields.delivery.ours[ours], amount(fields, ours)
    allowed = f"Muligt: hele tal fra {number(0)}."
    if not optional:
        fields.refuse(their, np.isnan(found), "værdien mangler", f"Udfyld værdien. {allowed}")
    fields.refuse(their, (found < 0) | (found % 1 > 0), "tallet er ikke et helt tal fra 0 og op", allowed)
    return found


def require_once(fields: Fields, key: pd.DataFrame, ours: str, rule: str, remedy: str) -> None:
    """Refuse the second of two rows with one key, and say where the first is."""
    again = key.duplicated().to_numpy()
    if again.any():
        same = key.eq(key.iloc[int(np.flatnonzero(again)[0])]).all(axis=1).to_numpy()
        earlier = int(fields.delivery.rows[same][0])
        fields.refuse(fields.delivery.ours[ours], again, f"{rule} (også i række {earlier})", remedy)


def as_strings(codes: pd.Categorical) -> pd.Series:
    """Categories as a column of text, missing where the code is."""
    return pd.Series(codes).astype("str")


def filled(values: Any) -> Mask:
    """Which values are there."""
    found: Mask = pd.Series(values).notna().to_numpy()
    return found
