import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inklusion.measures.positions import count_below

NUMBERS = st.integers(-50, 50).map(float)


@given(st.lists(NUMBERS), NUMBERS)
def test_below_equal_and_above_make_up_all_values(values, value):
    above = count_below([-other for other in values], -value)  # above is below in the mirror
    assert count_below(values, value) + above + values.count(value) == len(values)


@given(st.lists(NUMBERS), NUMBERS)
def test_a_missing_value_changes_no_position(values, value):
    assert count_below([*values, math.nan], value) == count_below(values, value)


def test_ties_do_not_count():
    assert count_below([1, 1, 2], 1) == 0
    assert count_below([1, 1, 2], 2) == 2


def test_nothing_lies_below_in_an_empty_list():
    assert count_below([], 1) == 0


def test_a_missing_value_has_no_position():
    with pytest.raises(ValueError, match="NaN"):
        count_below([1, 2], math.nan)
