"""From delivered columns to typed ones: codes, numbers, dates and pseudonyms. A broken row is refused by its number."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inklusion.danish import number as danish_number
from inklusion.register.delivery import Delivery
from inklusion.register.refusal import SETTINGS, refusal
from inklusion.register.settings import Settings

Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
_FORM = r"^[+-]?[0-9]*[.]?[0-9]+(?:[eE][+-]?[0-9]+)?$"
_OTHER = {",": "punktum", ".": "komma"}
_SIGN = {",": "komma", ".": "punktum"}
MOST_LEVELS = 50
YEARS = (1980, 2100)


class Fields:
    """The columns of one delivery, read by the rules of ``register.toml``."""

    def __init__(self, delivery: Delivery, settings: Settings) -> None:
        self.delivery = delivery
        self.settings = settings

    def has(self, ours: str) -> bool:
        """Whether the delivery has the key column."""
        return ours in self.delivery.ours

    def text(self, ours: str) -> Any:
        """A key column as text without spaces around it; missing stays missing."""
        return as_text(self.delivery.values(self.delivery.ours[ours]), self.settings)

    def refuse(self, their: str, broken: Mask, rule: str, remedy: str) -> None:
        """Raise for the rows that break a rule, if there are any."""
        if broken.any():
            raise refusal(self.delivery.file, rule, remedy, column=their, rows=self.delivery.rows[broken])

    def required(self, ours: str) -> Any:
        """A key column as text, none missing."""
        values = self.text(ours)
        remedy = f"Udfyld værdien, eller udelad rækken med [leave_out] i {SETTINGS}."
        self.refuse(self.delivery.ours[ours], _mask(pc.is_null(values)), "værdien mangler", remedy)
        return values

    def coded(
        self,
        ours: str,
        meaning: Callable[[str], str | None],
        rule: str = "",
        *,
        remedy: str = "",
        optional: bool = False,
    ) -> pd.Categorical:
        """A key column whose every value has a meaning; ``meaning`` gives nothing for a value that is not allowed."""
        if optional and not self.has(ours):
            return pd.Categorical.from_codes(np.full(len(self.delivery), -1), categories=pd.Index([], dtype="str"))
        encoded = (self.text(ours) if optional else self.required(ours)).combine_chunks().dictionary_encode()
        mapped = self.settings.values.get(ours, {})
        theirs = {their.strip().casefold(): said for their, said in mapped.items()}
        meanings = [meaning(theirs.get(value.casefold(), value)) for value in encoded.dictionary.to_pylist()]
        known = sorted({value for value in meanings if value is not None})
        place = {value: position for position, value in enumerate(known)}
        lookup = np.array([place.get(value, -2) if value is not None else -2 for value in meanings] + [-1])
        codes = lookup[encoded.indices.fill_null(len(meanings)).to_numpy(zero_copy_only=False)]
        remedy = remedy or f"Ret udtrækket, eller skriv under [values.{ours}] i {SETTINGS}, hvad koden betyder."
        self.refuse(self.delivery.ours[ours], codes == -2, rule, remedy)
        return pd.Categorical.from_codes(codes, categories=pd.Index(known, dtype="str"))

    def number(
        self, their: str, least: float = -np.inf, most: float = np.inf, *, remedy: str = ""
    ) -> npt.NDArray[np.float32]:
        """A column of numbers between two limits; missing is NaN."""
        values = self.delivery.values(their)
        numbers = _as_float(_without_missing(values, self.settings), self.settings.decimal)
        if numbers is None:
            text = as_text(values, self.settings)
            decimal, other = self.settings.decimal, "." if self.settings.decimal == "," else ","
            with_other = _mask(pc.match_substring_regex(text, rf"^[+-]?[0-9]+[{other}][0-9]+$"))
            rule = f"tallet er skrevet med {_OTHER[decimal]}, men {SETTINGS} siger {_SIGN[decimal]}"
            self.refuse(their, with_other, rule, f"Ret decimal i {SETTINGS}, eller gem filen igen.")
            good = pc.match_substring_regex(pc.replace_substring(text, decimal, "."), _FORM)
            otherwise = f"Ret værdien, eller skriv under missing i {SETTINGS}, at den betyder manglende."
            self.refuse(their, ~_mask(pc.fill_null(good, True)), "værdien er ikke et tal", otherwise)
            raise refusal(self.delivery.file, "kolonnen har ikke tal", "Gem den som tal.", column=their)
        finite = np.isfinite(numbers) | np.isnan(numbers)
        self.refuse(their, ~finite, "tallet er for stort", "Ret værdien, eller brug en større enhed.")
        outside = (numbers < least) | (numbers > most)
        limits = f"mindst {danish_number(least)}" if np.isinf(most) else f"{danish_number(least)}-{danish_number(most)}"
        remedy = remedy or f"Ret værdien, eller ret unit i {self.settings.dictionary}, hvis enheden er en anden."
        self.refuse(their, outside, f"tallet er uden for det tilladte ({limits})", remedy)
        return numbers

    def yes_no(self, their: str) -> npt.NDArray[np.float32]:
        """A column of yes and no as 1 and 0; missing is NaN."""
        values = _without_missing(self.delivery.values(their), self.settings)
        numbers = _as_float(values, ".")
        if numbers is None:
            words = pc.utf8_lower(pc.utf8_trim_whitespace(values.cast(pa.string()))).combine_chunks()
            answers = ["0", "1", "nej", "ja", "0.0", "1.0", "false", "true", None]
            place = pc.index_in(words, pa.array(answers)).to_numpy(zero_copy_only=False)
            known = np.array([0, 1] * 4 + [np.nan, 2], dtype=np.float32)
            numbers = known[np.nan_to_num(place, nan=len(answers)).astype(int)]
        broken = ~(np.isnan(numbers) | (numbers == 0) | (numbers == 1))
        remedy = f"Muligt: 0, 1, nej, ja og tomt. Ret værdien, eller ret typen i {self.settings.dictionary}."
        self.refuse(their, broken, "værdien er hverken ja eller nej", remedy)
        return numbers

    def category(self, their: str) -> pd.Categorical:
        """A column of a few levels, sorted."""
        encoded = as_text(self.delivery.values(their), self.settings).combine_chunks().dictionary_encode()
        levels = encoded.dictionary.to_pylist()
        if len(levels) > MOST_LEVELS:
            rule = f"kolonnen har {danish_number(len(levels))} forskellige værdier, og en kategori må højst have {MOST_LEVELS}"
            raise refusal(
                self.delivery.file, rule, "Saml værdierne i færre, eller slet linjen i ordbogen.", column=their
            )
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        order = np.argsort(np.array(levels, dtype=object)) if levels else np.array([], dtype=int)
        rank = np.full(len(levels) + 1, -1)
        rank[order] = np.arange(len(levels))
        return pd.Categorical.from_codes(rank[codes], categories=pd.Index([levels[i] for i in order], dtype="str"))

    def date(self, ours: str, *, optional: bool = False) -> Days:
        """A key column of days; missing is NaT where that is allowed."""
        column = self.delivery.values(self.delivery.ours[ours])
        if pa.types.is_temporal(column.type):
            days: Days = pc.cast(column, pa.timestamp("s"), safe=False).to_numpy().astype("datetime64[s]")
            days = np.where(np.isin(days, self._days(list(self.settings.missing))), np.datetime64("NaT", "s"), days)
            broken = np.isnat(days) & (not optional)
        else:
            text = self.text(ours) if optional else self.required(ours)
            encoded = text.combine_chunks().dictionary_encode()
            lookup = np.append(self._days(encoded.dictionary.to_pylist()), np.datetime64("NaT", "s"))
            days = lookup[encoded.indices.fill_null(len(lookup) - 1).to_numpy(zero_copy_only=False)]
            broken = np.isnat(days) & _mask(pc.is_valid(text))
        remedy = f"Ret værdien, eller ret date i {SETTINGS}; nu er den {self.settings.date!r}."
        self.refuse(self.delivery.ours[ours], broken, "datoen kan ikke læses", remedy)
        first, last = (np.datetime64(f"{year}-01-01", "s") for year in YEARS)
        remedy = f"Ret datoen. Betyder den, at forløbet er åbent, så skriv den under missing i {SETTINGS}."
        rule = f"datoen ligger uden for {YEARS[0]}-{YEARS[1]}"
        self.refuse(self.delivery.ours[ours], (days < first) | (days >= last), rule, remedy)
        return days

    def _days(self, texts: list[str]) -> Days:
        series = pd.Series(texts, dtype="str")
        found: Days = pd.to_datetime(series, format=self.settings.date, errors="coerce").to_numpy("datetime64[s]")
        return found


def as_text(values: Any, settings: Settings) -> Any:
    """Any column as text: whole numbers without decimals, no spaces around, missing as missing."""
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        plain = pc.cast(values, pa.float64(), safe=False)
        plain = pc.if_else(pc.is_finite(plain), plain, None)
        whole = pc.equal(pc.floor(plain), plain)
        values = pc.cast(plain, pa.int64(), safe=False) if pc.all(whole).as_py() is not False else plain
    return _without_missing(pc.utf8_trim_whitespace(values.cast(pa.string())), settings)


def _without_missing(values: Any, settings: Settings) -> Any:
    if not pa.types.is_string(values.type):
        return values
    missing = pc.is_in(values, pa.array([*settings.missing, ""], values.type))
    return pc.if_else(missing, pa.scalar(None, values.type), values)


def _as_float(values: Any, decimal: str) -> npt.NDArray[np.float32] | None:
    """Numbers as float32, or nothing when one of them is not a number in the stated form."""
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    if pa.types.is_string(values.type) and decimal == ",":
        if pc.any(pc.match_substring(values, ".")).as_py():
            return None
        values = pc.replace_substring(values, ",", ".")
    numbers = _cast(values)
    if numbers is None and pa.types.is_string(values.type):
        numbers = _cast(pc.utf8_trim_whitespace(values))
    return numbers


def _cast(values: Any) -> npt.NDArray[np.float32] | None:
    try:
        found: npt.NDArray[np.float32] = pc.cast(values, pa.float32(), safe=False).to_numpy()
    except (pa.ArrowException, ValueError):
        return None
    return found


def _mask(values: Any) -> Mask:
    found: Mask = pc.fill_null(values, False).to_numpy().astype(bool)
    return found
