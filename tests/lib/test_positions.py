import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inklusion.measures.positions import count_above, count_below

VALUES = st.lists(st.one_of(st.integers(-5, 5).map(float), st.just(math.nan)), max_size=100)


@given(VALUES, st.integers(-5, 5))
def test_below_above_equal_and_missing_add_up_to_all(values, value):
    array = np.array(values, dtype=float)
    equal, missing = int((array == value).sum()), int(np.isnan(array).sum())
    assert count_below(values, value) + count_above(values, value) + equal + missing == len(values)


@given(VALUES, st.integers(-5, 5))
def test_turning_the_sign_swaps_below_and_above(values, value):
    assert count_below([-other for other in values], -value) == count_above(values, value)


def test_the_smallest_has_nobody_below_and_ties_count_as_neither():
    assert count_below([1, 1, 2], 1) == 0
    assert count_above([1, 1, 2], 1) == 1


def test_nothing_is_below_or_above_among_no_values():
    assert count_below([], 1) == count_above([math.nan], 1) == 0


@pytest.mark.parametrize("count", [count_below, count_above])
def test_a_missing_value_has_no_position(count):
    with pytest.raises(ValueError, match=r"value is NaN.*allowed"):
        count([1, 2], math.nan)
