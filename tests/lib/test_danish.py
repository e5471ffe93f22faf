import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inklusion.danish import count_word, listing, number, percent, sort_key


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1947, 0, "1.947"),
        (1234567, 0, "1.234.567"),
        (999, 0, "999"),
        (12.4, 1, "12,4"),
        (5, 1, "5,0"),
        (5.21, 2, "5,21"),
        (39079, 1, "39.079,0"),
        (0, 0, "0"),
    ],
)
def test_numbers_have_decimal_comma_and_a_point_at_the_thousands(value, decimals, text):
    assert number(value, decimals) == text


def test_a_negative_number_has_a_minus_sign_and_no_hyphen():
    assert number(-0.5, 1) == "−0,5"
    assert "-" not in number(-1947)


def test_a_negative_number_that_was_rounded_to_zero_is_zero():
    assert number(round(-0.04, 1), 1) == "0,0"


@pytest.mark.parametrize("value", [None, math.nan])
def test_a_missing_number_is_a_dash_and_never_zero(value):
    assert number(value) == percent(value) == "–"


def test_a_share_is_written_with_pct():
    assert percent(12.4) == "12,4 pct."
    assert percent(32, 0) == "32 pct."


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_a_formatted_number_can_be_read_back(units, decimals):
    value = units / 10**decimals
    text = number(value, decimals).replace(".", "").replace(",", ".").replace("−", "-")
    assert float(text) == value


def test_names_are_sorted_with_the_danish_letters_last_and_double_a_as_the_last_letter():
    names = ["Aabenraa", "Ærø", "Odense", "Øster", "Albertslund", "Århus", "Zealand"]
    assert sorted(names, key=sort_key) == ["Albertslund", "Odense", "Zealand", "Ærø", "Øster", "Aabenraa", "Århus"]


def test_sorting_ignores_capitals():
    assert sorted(["b", "A", "C"], key=sort_key) == ["A", "b", "C"]


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a og b"), (["a", "b", "c"], "a, b og c")]
)
def test_a_list_ends_with_og(words, text):
    assert listing(words) == text


def test_small_counts_are_words_and_large_ones_figures():
    assert [count_word(n) for n in (0, 1, 8, 12, 13)] == ["nul", "en", "otte", "tolv", "13"]
