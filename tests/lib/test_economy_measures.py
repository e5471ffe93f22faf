"""Prices, projections, trends and capacity scenarios: identities, cases worked by hand, and what is refused."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.measures.prices import fixed_prices, growth_split, price_index, volume_index
from inklusion.measures.projection import end_point_line, linear_projection, per_pupil_projection
from inklusion.measures.scenario import (
    calibrated_unit_costs,
    fixed_share,
    moved_places,
    pupils_to_target,
    scenario_savings,
)
from inklusion.measures.trend import share_trend, trend_with_break

# Full-year pupils and whole kroner of a provision in two years; every provision is open in both.
OPEN = st.tuples(
    st.integers(1, 900), st.integers(1, 400_000_000), st.integers(1, 900), st.integers(1, 400_000_000)
)  # fmt: skip
# The same, where a provision may open or close.
ANY = st.one_of(OPEN, OPEN.map(lambda row: (0, 0, *row[2:])), OPEN.map(lambda row: (*row[:2], 0, 0)))
METHODS = ["bennet", "laspeyres", "paasche", "fisher"]
PARTS = ["volume", "mix", "price"]

PLACES = {"special school": 191.0, "group": 174.0, "ordinary": 0.0}
MOVES = [("special school", "group", 0.05), ("group", "ordinary", 0.35)]


def two_years(provisions):
    """Pupils and unit cost at the start and the end; a closed provision has no unit cost."""
    q0, v0, q1, v1 = np.array(provisions, dtype=float).T
    with np.errstate(invalid="ignore"):
        return q0, v0 / q0, q1, v1 / q1


def spent(provisions):
    return sum(row[3] for row in provisions) - sum(row[1] for row in provisions)


# Fixed prices and indices


def test_fixed_prices_are_amounts_times_the_ratio_of_indices():
    index = {2017: 80.0, 2020: 90.0, 2024: 100.0}
    found = fixed_prices([8, 9, 10, math.nan], [2017, 2020, 2024, 2017], index, 2024)
    assert np.allclose(found, [10, 10, 10, math.nan], equal_nan=True)
    assert fixed_prices([[8, 9]], [[2017, 2020]], index, 2017)[0].tolist() == pytest.approx([8, 8])
    back = fixed_prices(found[:3], [2024] * 3, index, 2017)
    assert back == pytest.approx([8, 8, 8])


@pytest.mark.parametrize(
    ("amounts", "index", "base", "message"),
    [
        ([1], {2020: 1.0, 2021: 1.0}, 2022, "index has no 2022; it has 2020, 2021"),
        ([1], {2022: 1.0, 2021: 1.0}, 2022, "index has no 2020; it has 2021, 2022"),
        ([1], {2020: 0.0, 2021: 1.0}, 2021, r"index has 0\.0 in 2020.*allowed"),
        ([1], {2020: math.nan, 2021: 1.0}, 2021, "index has nan in 2020.*allowed"),
        ([math.inf], {2020: 1.0}, 2020, "amounts has an infinite value.*allowed"),
    ],
)
def test_a_year_without_index_is_refused_with_what_there_is(amounts, index, base, message):
    with pytest.raises(ValueError, match=message):
        fixed_prices(amounts, [2020], index, base)


@given(st.lists(ANY, min_size=1, max_size=6))
def test_price_times_volume_is_the_ratio_of_spending(provisions):
    start, end = (sum(row[column] for row in provisions) for column in (1, 3))
    case = two_years(provisions)
    price, volume = (
        {name: measure(*case, method=name) for name in ("laspeyres", "paasche", "fisher")}
        for measure in (price_index, volume_index)
    )
    if start and end and not math.isnan(price["fisher"] * volume["fisher"]):
        for one, other in (("fisher", "fisher"), ("laspeyres", "paasche"), ("paasche", "laspeyres")):
            assert price[one] * volume[other] == pytest.approx(end / start)


@given(st.lists(OPEN, min_size=1, max_size=6))
def test_fisher_turned_around_is_the_inverse(provisions):
    q0, p0, q1, p1 = two_years(provisions)
    for measure in (price_index, volume_index):
        assert measure(q0, p0, q1, p1) * measure(q1, p1, q0, p0) == pytest.approx(1)


def test_a_fifth_more_spending_is_15_percent_more_pupils_and_6_percent_dearer():
    assert price_index([100], [1], [115], [1.22 / 1.15]) == pytest.approx(1.0609, abs=5e-5)
    assert volume_index([100], [1], [115], [1.22 / 1.15]) == pytest.approx(1.15)
    total = growth_split([100], [1], [115], [1.22 / 1.15], method="laspeyres").loc["total"]
    assert total[PARTS].tolist() == pytest.approx([15, 0, 7])


def test_indices_without_spending_are_missing():
    assert math.isnan(price_index([0], [1], [0], [1]))
    assert math.isnan(volume_index([math.nan], [1], [2], [1]))
    with pytest.raises(ValueError, match=r"method is 'bennet'.*allowed"):
        price_index([1], [1], [1], [1], method="bennet")


# Growth split


@pytest.mark.parametrize("method", METHODS)
@given(provisions=st.lists(OPEN, min_size=1, max_size=8))
def test_parts_of_whole_kroner_add_up_to_the_krone(method, provisions):
    table = growth_split(*two_years(provisions), method=method)
    total, change = table.loc["total"], spent(provisions)
    assert abs(total["change"] - change) < 0.005
    assert abs(total[PARTS].sum() - change) < 0.005
    volume, price = round(total["volume"]), round(total["price"])
    mix = change - volume - price
    assert abs(mix - total["mix"]) <= 1.01
    assert volume + mix + price == change


@pytest.mark.parametrize("method", ["bennet", "laspeyres", "paasche"])
@given(provisions=st.lists(ANY, min_size=1, max_size=8))
def test_every_provision_adds_up_and_the_provisions_add_up(method, provisions):
    table = growth_split(*two_years(provisions), method=method)
    if table.loc["total", PARTS].isna().any():
        assert not sum(row[0] for row in provisions) or not sum(row[2] for row in provisions)
        return
    each, total = table.drop("total"), table.loc["total"]
    assert np.allclose(each["change"], [row[3] - row[1] for row in provisions], rtol=0, atol=0.005)
    assert np.allclose(each[PARTS].sum(axis=1), each["change"], rtol=0, atol=0.005)
    assert np.allclose(each.sum(), total, rtol=0, atol=0.005)


@pytest.mark.parametrize("method", ["bennet", "fisher"])
@given(provisions=st.lists(OPEN, min_size=1, max_size=6))
def test_bennet_and_fisher_turn_sign_when_the_years_are_swapped(method, provisions):
    q0, p0, q1, p1 = two_years(provisions)
    there = growth_split(q0, p0, q1, p1, method=method)[PARTS]
    back = growth_split(q1, p1, q0, p0, method=method)[PARTS]
    assert np.allclose(there, -back, rtol=0, atol=0.005, equal_nan=True)


@given(st.lists(OPEN, min_size=1, max_size=6))
def test_laspeyres_turned_around_is_paasche_and_bennet_lies_midway(provisions):
    q0, p0, q1, p1 = two_years(provisions)
    first, last, middle = (
        growth_split(q0, p0, q1, p1, method=name)[PARTS] for name in ("laspeyres", "paasche", "bennet")
    )
    assert np.allclose(first, -growth_split(q1, p1, q0, p0, method="paasche")[PARTS], rtol=0, atol=0.005)
    assert np.allclose(middle, (first + last) / 2, rtol=0, atol=0.005)


@pytest.mark.parametrize("method", METHODS)
def test_each_part_is_0_when_nothing_of_its_kind_changed(method):
    q, p = np.array([30.0, 70.0]), np.array([500.0, 200.0])
    only = {
        "volume": growth_split(q, p, 1.1 * q, p, method=method),
        "mix": growth_split(q, p, q[::-1], p, method=method),
        "price": growth_split(q, p, q, p + np.array([10, 30]), method=method),
    }
    for part, table in only.items():
        found = table.loc["total", PARTS]
        assert found[part] == pytest.approx(table.loc["total", "change"])
        assert found.drop(part).tolist() == pytest.approx([0, 0], abs=1e-6)


def test_volume_is_the_growth_in_pupils_at_the_average_unit_cost():
    """Average unit cost 150 and 172, ten pupils more."""
    case = [10, 10], [100, 200], [12, 18], [100, 220]
    found = [growth_split(*case, method=name).loc["total", "volume"] for name in ("laspeyres", "paasche", "bennet")]
    assert found == pytest.approx([1500, 1720, 1610])


def test_a_provision_that_opens_or_closes_has_no_price_part():
    """40 pupils at 10; ten close at 30, twenty open at 20: spending 700 to 800, pupils 50 to 60."""
    table = growth_split(
        [40, 10, 0], [10, 30, math.nan], [40, 0, 20], [10, math.nan, 20], provisions=["old", "closed", "new"]
    )
    assert table["price"].tolist() == [0, 0, 0, 0]
    assert table["change"].tolist() == [0, -300, 400, 100]
    assert table.loc["total", "volume"] == pytest.approx(10 * (14 + 800 / 60) / 2)
    given_price = growth_split([40, 10, 0], [10, 30, 99], [40, 0, 20], [10, 0, 20])
    assert np.allclose(given_price, table)


def test_missing_unit_costs_make_the_total_missing_and_names_must_fit():
    table = growth_split([5, 5], [math.nan, 10], [5, 5], [10, 12])
    assert table.loc["total", ["change", *PARTS]].isna().all() and table.loc[1, "price"] == 10
    with pytest.raises(ValueError, match=r"provisions has 1 names for 2.*allowed"):
        growth_split([5, 5], [1, 1], [5, 5], [1, 1], provisions=["a"])
    with pytest.raises(ValueError, match=r"volumes1 has -1.*allowed"):
        growth_split([5], [1], [-1], [1])
    with pytest.raises(ValueError, match=r"method is 'tornqvist'.*allowed"):
        growth_split([5], [1], [1], [1], method="tornqvist")
    assert growth_split([0], [0], [5], [1], method="fisher").loc["total", PARTS].isna().all()


# Projection


def test_projection_has_a_row_for_every_year_and_gaps_are_left_out():
    line = linear_projection([2024, 2018, 2019, 2021, 2020], [12, 6, 7, 9, math.nan], 2026)
    table = line.table.set_index("year")
    assert table.index.tolist() == list(range(2018, 2027))
    assert table["fitted"].tolist() == pytest.approx(list(range(6, 15)))
    assert table["projected"].tolist() == [False] * 7 + [True] * 2
    assert table["observed"].notna().sum() == 4
    assert (line.slope, line.correlation, line.last_residual) == pytest.approx((1, 1, 0))


@settings(deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=12), st.floats(-1e3, 1e3), st.floats(0.1, 10))
def test_projection_follows_shift_and_scale_and_widens_outwards(values, shift, scale):
    years = range(2010, 2010 + len(values))
    plain = linear_projection(years, values, 2030)
    moved = linear_projection(years, shift + scale * np.array(values), 2030)
    assert np.allclose(moved.table["upper"], shift + scale * plain.table["upper"], atol=1e-6)
    assert (moved.slope, moved.lower) == pytest.approx((scale * plain.slope, scale * plain.lower), abs=1e-6)
    width = (plain.table["upper"] - plain.table["lower"])[plain.table["projected"]]
    assert (np.diff(width) >= -1e-6).all()


def test_prediction_interval_covers_a_new_year_and_the_slopes_its_slope():
    generator = np.random.default_rng(3)
    new, slope = 0, 0
    for values in 100 + 2 * np.arange(11) + generator.normal(0, 4, (400, 11)):
        line = linear_projection(range(2014, 2022), values[:8], 2024, confidence=0.8)
        last = line.table.iloc[-1]
        new += last["lower"] <= values[10] <= last["upper"]
        slope += line.lower <= 2 <= line.upper
    assert new / 400 == pytest.approx(0.8, abs=0.05) and slope / 400 == pytest.approx(0.8, abs=0.05)


def test_values_that_never_move_have_no_correlation():
    line = linear_projection(range(4), [5, 5, 5, 5], 6)
    assert math.isnan(line.correlation) and line.table["upper"].tolist() == pytest.approx([5] * 7)


@pytest.mark.parametrize(
    ("years", "values", "until", "message"),
    [
        ([1, 2, 3], [1, 2, 3], 5, "3 years with a value; a projection needs at least 4"),
        ([1, 2, 3, 4], [1, 2, math.nan, 3], 5, "3 years with a value; a projection needs at least 4"),
        ([1, 2, 2, 4], [1, 2, 3, 3], 5, "years has 2 more than once.*allowed"),
        ([1, 2, 3, 4], [1, 2, 3, 3], 3, "until is 3.*allowed"),
        ([1, 2, 3, 4], [1, 2, 3, math.inf], 5, "infinite.*allowed"),
        ([1, 2, 3, 4.5], [1, 2, 3, 4], 5, "years has 4.5.*allowed"),
        ([1, 2, 3, 4], [1, 2, 3], 5, "3 values for 4 years.*allowed"),
    ],
)
def test_what_no_line_can_be_fitted_to_is_refused(years, values, until, message):
    with pytest.raises(ValueError, match=message):
        linear_projection(years, values, until)


def test_end_point_line_passes_both_points_and_needs_two_years():
    assert [end_point_line(2017, 10, 2024, 24, year) for year in (2017, 2024, 2030)] == [10, 24, 36]
    assert math.isnan(end_point_line(2017, math.nan, 2024, 24, 2030))
    with pytest.raises(ValueError, match=r"both 2017.*allowed"):
        end_point_line(2017, 1, 2017, 2, 2030)


def test_per_pupil_projection_follows_the_pupils():
    assert per_pupil_projection(148, 6083, [6083, 2 * 6083, math.nan])[:2].tolist() == pytest.approx([148, 296])
    assert np.isnan(per_pupil_projection(148, 0, [6000])).all()


# Trend


@settings(deadline=None)
@given(st.floats(-3, 3), st.floats(-20, 20), st.floats(-20, 20), st.lists(st.floats(1, 50), min_size=10, max_size=10))
def test_an_exact_line_with_exact_shifts_is_found_whatever_the_weights(slope, first, second, weights):
    when = np.arange(10.0)
    values = 7 + slope * when + first * (when >= 3) + second * (when >= 7)
    values[5] = 1e6
    trend = trend_with_break(2010 + when, values, weights, breaks=[2013, 2017], left_out=[2015, 1999])
    assert trend.slope == pytest.approx(slope, abs=1e-6)
    assert trend.shifts["shift"].tolist() == pytest.approx([first, second], abs=1e-6)
    assert trend.degrees == 5 and trend.shifts["period"].tolist() == [2013, 2017]


def test_without_the_break_the_jump_would_be_read_as_a_trend():
    values = [1.0, 1.1, 0.9, 1.0, 3.0, 3.1, 2.9, 3.0]
    whole, broken = (trend_with_break(range(8), values, breaks=breaks) for breaks in ((), (4,)))
    assert whole.lower > 0.1 and broken.lower < 0 < broken.upper
    assert broken.shifts.loc[0, "lower"] > 1.5


def test_standard_errors_keep_a_lucky_line_from_being_too_sure():
    values = [1.0, 2.0, 3.0, 4.0, 5.001]
    lucky = trend_with_break(range(5), values)
    honest = trend_with_break(range(5), values, standard_errors=[1] * 5)
    assert honest.scale == 1 and honest.slope == pytest.approx(lucky.slope)
    # Three degrees of freedom: 3.182 / sqrt(10).
    assert honest.upper - honest.slope == pytest.approx(3.18245 / 10**0.5, abs=1e-4)
    assert lucky.upper - lucky.slope < 0.001


def test_a_series_that_never_moves_has_no_slope_and_is_sure_of_it_only_without_sampling_error():
    flat = trend_with_break(range(6), [0.1] * 6)
    assert (flat.slope, flat.lower, flat.upper, flat.p_value) == (0, 0, 0, 1)
    sampled = share_trend([0] * 6, [50] * 6, range(6))
    assert sampled.slope == 0 and sampled.lower < 0 < sampled.upper and sampled.p_value == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"left_out": [1, 2, 3]}, "3 periods can be used; a trend with 0 breaks needs at least 4"),
        ({"left_out": [1, 2], "breaks": [5]}, "4 periods can be used; a trend with 1 breaks needs at least 5"),
        ({"breaks": [9]}, "no period can be used from 9 to before inf.*allowed"),
        ({"breaks": [0]}, "no period can be used from -inf to before 0.*allowed"),
        ({"breaks": [2, 3], "left_out": [2]}, "5 periods can be used; .* 2 breaks needs at least 6"),
        ({"breaks": [3, 3]}, "no period can be used from 3 to before 3.*allowed"),
        ({"confidence": 95}, "confidence is .*allowed"),
        ({"weights": [1] * 6, "standard_errors": [1] * 6}, "both given.*allowed"),
        ({"standard_errors": [1, 1, 1, 1, 1, 0]}, "standard_errors has 0.*allowed"),
        ({"weights": [1]}, "6 values and 1 weights are given for 6 periods.*allowed"),
    ],
)
def test_impossible_trends_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        trend_with_break(range(6), [1, 2, 4, 3, 5, 6], **options)


def test_repeated_and_missing_periods():
    with pytest.raises(ValueError, match=r"periods has 2 more than once.*allowed"):
        share_trend([1] * 5, [9] * 5, [1, 2, 2, 3, 4])
    whole = share_trend([50, 60, 75, 80], [1000] * 4, range(4))
    gaps = share_trend([50, 60, 75, 80, math.nan, 0], [1000] * 4 + [9, 0], range(6))
    assert gaps[:6] == whole[:6]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=4, max_size=10))
def test_share_trend_settles_or_says_that_it_does_not(series):
    counts, sizes = [min(pair) for pair in series], [pair[1] for pair in series]
    try:
        trend = share_trend(counts, sizes, range(len(series)))
    except ValueError as error:
        assert "too close to 0 or 1" in str(error)
    else:
        assert trend.lower <= trend.slope <= trend.upper and trend.scale >= 1 and 0 <= trend.p_value <= 1
        mirror = share_trend(np.array(sizes) - counts, sizes, range(len(series)))
        assert mirror.slope == pytest.approx(-trend.slope, abs=1e-6)


@pytest.mark.parametrize("spread", [0.0, 0.004])
def test_share_trend_covers_its_slope_and_dispersion_widens_it(spread):
    generator = np.random.default_rng(5)
    when = np.arange(8)
    truth = 0.05 + 0.002 * when + generator.normal(0, spread, (300, 8))
    inside = 0
    for counts in generator.binomial(5_000, truth):
        trend = share_trend(counts, [5_000] * 8, when)
        inside += trend.lower <= 0.002 <= trend.upper
    # Never below nominal; chance alone is covered more often, for dispersion is not taken to be below 1.
    assert 0.925 < inside / 300 < (0.99 if spread == 0 else 0.98)


# Scenario


@st.composite
def scenarios(draw):
    names = ["a", "b", "c", "d"]
    places = {name: draw(st.floats(0, 500)) for name in names}
    pairs = draw(st.lists(st.sampled_from(list(permutations(names, 2))), max_size=8))
    return places, [(origin, goal, draw(st.floats(0, 1)) / 8) for origin, goal in pairs]


@given(scenarios(), st.randoms())
def test_places_are_conserved_never_negative_and_the_order_does_not_matter(scenario, random):
    places, moves = scenario
    after = moved_places(places, moves)
    assert sum(after.values()) == pytest.approx(sum(places.values()))
    assert min(after.values()) >= 0
    shuffled = random.sample(moves, len(moves))
    assert moved_places(places, shuffled) == after


@given(scenarios(), st.floats(0, 0.5), st.floats(0.5, 1))
def test_savings_add_up_to_the_difference_in_spending_and_fixed_costs_lower_them(scenario, low, high):
    places, moves = scenario
    costs = {"a": 500.0, "b": 300.0, "c": 100.0, "d": 0.0}
    after = moved_places(places, moves)
    spending = sum(costs[name] * (places[name] - after[name]) for name in costs)
    table = scenario_savings(places, costs, moves)
    assert table["saved_low"].sum() == pytest.approx(spending, abs=1e-6)
    assert table["saved_low"].equals(table["saved_high"])
    fixed = scenario_savings(places, costs, moves, fixed_share=(low, high))
    assert (fixed["saved_low"] <= fixed["saved_high"]).all() and (fixed["saved_high"] <= table["saved_high"]).all()


@pytest.mark.parametrize("moves", [[], [("special school", "group", 0.0), ("group", "ordinary", 0)]])
def test_moving_nobody_frees_exactly_nothing(moves):
    costs = dict.fromkeys(PLACES, 123_456.7)
    table = scenario_savings(PLACES, costs, moves, fixed_share=(0.1, 0.3))
    assert table["saved_low"].sum() == 0 and table["saved_high"].sum() == 0
    assert moved_places(PLACES, moves) == PLACES


def test_a_scenario_worked_by_hand():
    """Made-up costs: 400,000, 250,000 and 80,000; 5 % of 200 are 10 pupils, 35 % of 180 are 63."""
    places = {"special school": 200, "group": 180, "ordinary": 5_600}
    costs = {"special school": 400_000, "group": 250_000, "ordinary": 80_000}
    assert moved_places(places, MOVES) == {"special school": 190, "group": 127, "ordinary": 5_663}
    table = scenario_savings(places, costs, MOVES, fixed_share=(0, 0.25))
    assert table["pupils"].tolist() == pytest.approx([10, 63])
    assert table["saved_high"].tolist() == pytest.approx([1_500_000, 10_710_000])
    # 300,000 left behind of 400,000, and 187,500 of 250,000.
    assert table["saved_low"].tolist() == pytest.approx([500_000, 6_772_500])
    room = scenario_savings(places, costs, MOVES, fixed_share=0.25, fixed_share_to=0.5)
    assert room["saved_low"].tolist() == pytest.approx([10 * (300_000 - 125_000), 63 * (187_500 - 40_000)])
    dear = scenario_savings(places, costs, MOVES, fixed_share=0.5)
    assert dear["saved_low"].tolist() == pytest.approx([-500_000, 63 * 45_000])


def test_all_places_can_leave_in_rounded_parts():
    after = moved_places({"a": 7, "b": 0}, [("a", "b", 0.1)] * 10)
    assert after == {"a": pytest.approx(0, abs=1e-12), "b": pytest.approx(7)} and after["a"] >= 0


def test_shares_refer_to_the_start_and_missing_places_stay_missing():
    assert moved_places({"a": 100, "b": 100, "c": 0}, [("a", "b", 1), ("b", "c", 0.5)]) == {"a": 0, "b": 150, "c": 50}
    after = moved_places({"a": math.nan, "b": 1, "c": 2}, [("a", "b", 0.5)])
    assert math.isnan(after["a"]) and math.isnan(after["b"]) and after["c"] == 2


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        ([("a", "x", 0.1)], "names 'x'; places has 'a', 'b'"),
        ([("a", "a", 0.1)], "from 'a' to itself.*allowed"),
        ([("a", "b", 5)], "share 5.*allowed"),
        ([("a", "b", math.nan)], "share nan.*allowed"),
        ([("a", "b", 0.6), ("a", "b", 0.6)], r"moves from 'a' add up to 1\.2.*allowed"),
    ],
)
def test_impossible_moves_are_refused(moves, message):
    for measure in (moved_places, lambda places, moves: scenario_savings(places, places, moves)):
        with pytest.raises(ValueError, match=message):
            measure({"a": 1, "b": 2}, moves)


@pytest.mark.parametrize(
    ("costs", "options", "message"),
    [
        ({"a": 1}, {}, "unit_costs has no 'b'; it has 'a'"),
        ({"a": 1, "b": -1}, {}, "unit_costs has -1.*allowed"),
        ({"a": 1, "b": 1}, {"fixed_share": 26}, "fixed_share is 26.*allowed"),
        ({"a": 1, "b": 1}, {"fixed_share": (0.3, 0.1)}, "fixed_share runs from.*allowed"),
        ({"a": 1, "b": 1}, {"fixed_share_to": -0.1}, "fixed_share_to is -0.1.*allowed"),
    ],
)
def test_impossible_costs_are_refused(costs, options, message):
    with pytest.raises(ValueError, match=message):
        scenario_savings({"a": 1, "b": 2}, costs, [("a", "b", 0.1)], **options)


def test_fixed_share_of_the_printed_fall_and_pupils_to_the_printed_target():
    assert fixed_share(-0.19, -0.14) == pytest.approx(0.263, abs=5e-4)
    assert fixed_share(-0.2, -0.2) == 0 and fixed_share(-0.2, 0) == 1
    assert fixed_share(-0.1, -0.2) < 0 < 1 < fixed_share(-0.1, 0.1)
    with pytest.raises(ValueError, match=r"change_in_pupils is 0.*allowed"):
        fixed_share(0, -0.1)
    assert round(pupils_to_target(365, 0.06, 0.05)) == round(pupils_to_target(365, 365 / 6083, 0.05)) == 61
    assert [round(pupils_to_target(365, share, 0.05)) for share in (0.055, 0.065)] == [33, 84]
    assert pupils_to_target(365, 0.05, 0.05) == 0 and pupils_to_target(365, 0.05, 0.06) < 0
    for shares in ((0, 0.05), (6, 0.05), (0.06, 5)):
        with pytest.raises(ValueError, match=r"share.*allowed"):
            pupils_to_target(365, *shares)


def test_calibrated_differences_give_back_the_printed_savings():
    """1.6 + 11.6 = 13.2 million, with 191 and 174 places implied by the printed numbers."""
    table = calibrated_unit_costs(PLACES, MOVES, [1.6e6, 11.6e6])
    school, group = table["cost_difference"]
    assert (school, group) == pytest.approx((1.6e6 / 9.55, 11.6e6 / 60.9))
    costs = {"ordinary": 80_000, "group": 80_000 + group, "special school": 80_000 + group + school}
    savings = scenario_savings(PLACES, costs, MOVES)
    assert savings["saved_high"].tolist() == pytest.approx([1.6e6, 11.6e6])
    assert savings["saved_high"].sum() == pytest.approx(13.2e6)
    after = moved_places(PLACES, MOVES)
    assert after["ordinary"] == pytest.approx(60.9) and after["special school"] + after["group"] == pytest.approx(304.1)


def test_calibration_without_anybody_moved_is_missing():
    table = calibrated_unit_costs({"a": 0, "b": 1}, [("a", "b", 0.5), ("b", "a", 0)], [5, 5])
    assert table["cost_difference"].isna().all()
    with pytest.raises(ValueError, match=r"savings has 1 values for 2 moves.*allowed"):
        calibrated_unit_costs(PLACES, MOVES, [1.6])
