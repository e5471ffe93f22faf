"""Person numbers are refused, in whatever column they stand and whatever it is called."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inklusion.register.delivery import Delivery
from inklusion.register.refusal import SETTINGS, refusal

# Day, month and year of birth; 60 is added to the day of a replacement number.
_BIRTH = r"(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])(?:0[1-9]|1[0-2])[0-9]{2}"
_BEFORE, _AFTER = r"(?:^|[^0-9.,])", r"(?:[.,]0+$|[^0-9A-Za-z.,-]|[.,](?:[^0-9]|$)|$)"
_SPLIT = rf"{_BEFORE}{_BIRTH}[- ][0-9]{{4}}{_AFTER}"
_JOINED = rf"{_BEFORE}{_BIRTH}[0-9]{{4}}{_AFTER}"
_TEN_DIGITS = rf"{_BEFORE}[0-9]{{10}}{_AFTER}"
_NINE_DIGITS = r"^\s*[0-9]{9}(?:[.,]0+)?\s*$"
_MOST_BY_CHANCE = 0.5
_FEWEST_DIGITS = 9


def refuse_person_numbers(delivery: Delivery, numbers: frozenset[str] = frozenset()) -> None:
    """Look through every column of a file.

    A birth date, a hyphen and four digits is refused wherever it stands. Ten digits in a row (or nine: a number
    whose leading zero was lost) are refused when at least half of such values begin with a birth date; by chance it
    would be one in fourteen.

    Parameters
    ----------
    delivery
        The file, all rows.
    numbers
        Columns that hold amounts: nine digits are an amount there.

    Raises
    ------
    ContractError
        Names file, column and the first row; never the value.
    """
    for place, name in enumerate(delivery.names):
        header = pa.chunked_array([[name]])
        hide = first_person_number(header) is not None
        found = None if hide else first_person_number(_flat(delivery, place), amounts=name in numbers)
        if hide or found is not None:
            rule = "kolonnen ligner personnumre"
            remedy = (
                "Lad dataejeren erstatte dem med løbenumre, og slet denne fil. Er det ikke personnumre, så brug numre med "
                f"færre end {_FEWEST_DIGITS} cifre. Reglen gælder også kolonner, som {SETTINGS} ikke nævner."
            )
            row = np.array([1]) if found is None else delivery.rows[found : found + 1]
            raise refusal(delivery.file, rule, remedy, column="" if hide else name, place=place + 1, rows=row)


def _flat(delivery: Delivery, place: int) -> Any:
    """A column of a type that can be looked through."""
    values = delivery.fetch(place)
    if pa.types.is_nested(values.type) or pa.types.is_large_binary(values.type) or pa.types.is_binary(values.type):
        rule = "kolonnen har en type, der ikke kan efterses (liste eller rå bytes)"
        raise refusal(
            delivery.file,
            rule,
            "Slet kolonnen, eller gem den som tekst eller tal.",
            column=delivery.names[place],
            place=place + 1,
        )
    return values


def first_person_number(values: Any, *, amounts: bool = False) -> int | None:
    """Position of the first value that looks like a person number, or nothing.

    Examples
    --------
    >>> first_person_number(pa.chunked_array([["a", "b 310299-1234", "c"]]))
    1
    >>> first_person_number(pa.chunked_array([["4302991234", "0199123456", "550e8400-e29b-41d4-a716-446655440000"]]))
    """
    text = _long_values(values)
    if text is None:
        return None
    places, candidates = text
    split = pc.match_substring_regex(candidates, _SPLIT)
    joined = pc.match_substring_regex(candidates, _JOINED)
    digits = pc.match_substring_regex(candidates, _TEN_DIGITS)
    if not amounts:
        nine = pc.match_substring_regex(candidates, _NINE_DIGITS)
        padded = pc.binary_join_element_wise("0", pc.utf8_trim_whitespace(candidates), "")
        joined = pc.or_(joined, pc.and_(nine, pc.match_substring_regex(padded, _JOINED)))
        digits = pc.or_(digits, nine)
    found = split
    if _count(joined) >= _MOST_BY_CHANCE * max(_count(digits), 1):
        found = pc.or_(split, joined)
    first = pc.index(found, True).as_py()
    return None if first < 0 else places[first].as_py()


def _long_values(values: Any) -> tuple[Any, Any] | None:
    """The values that are long enough, as text, and where they stand."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        values = pc.cast(pc.if_else(_is_whole(values), values, None), pa.int64(), safe=False)
        kind = values.type
    if pa.types.is_integer(kind):
        long = pc.greater_equal(values, 10 ** (_FEWEST_DIGITS - 1))
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        long = pc.greater_equal(pc.binary_length(values), _FEWEST_DIGITS)
    else:
        return None
    places = pc.indices_nonzero(pc.fill_null(long, False))
    if not len(places):
        return None
    return places, values.take(places).cast(pa.string())


def _is_whole(values: Any) -> Any:
    plain = pc.cast(values, pa.float64(), safe=False)
    whole = pc.and_(pc.equal(pc.floor(plain), plain), pc.less(pc.abs(plain), 1e15))
    return pc.fill_null(whole, False)


def _count(found: Any) -> int:
    return pc.sum(found).as_py() or 0
