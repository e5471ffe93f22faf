import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from inklusion.measures.calibration import (
    area_under_curve,
    brier_score,
    brier_skill,
    calibration_groups,
    calibration_line,
    log_loss,
)

PERSONS = st.lists(st.tuples(st.booleans(), st.sampled_from(np.linspace(0.02, 0.98, 13))), min_size=1, max_size=60)


def drawn(n, intercept=0.0, slope=1.0, seed=1):
    generator = np.random.default_rng(seed)
    probability = expit(generator.normal(-2, 1, n))
    return generator.random(n) < expit(intercept + slope * logit(probability)), probability


@settings(deadline=None)
@given(PERSONS)
def test_scores_of_the_base_rate_and_of_certainty(persons):
    outcome, probability = map(np.array, zip(*persons, strict=True))
    assert brier_score(outcome, outcome) == 0 == pytest.approx(log_loss(outcome, outcome), abs=1e-11)
    assert 0 <= brier_score(outcome, probability) <= 1
    if 0 < outcome.sum() < outcome.size:
        base = np.full(outcome.size, outcome.mean())
        assert brier_skill(outcome, base) == pytest.approx(0, abs=1e-12)
        assert brier_skill(outcome, outcome) == 1
        assert brier_skill(outcome, probability) == pytest.approx(
            1 - brier_score(outcome, probability) / base[0] / (1 - base[0])
        )
    else:
        assert math.isnan(brier_skill(outcome, probability))


def test_one_wrong_certainty_does_not_make_log_loss_infinite():
    assert log_loss([1, 0], [0, 0]) == pytest.approx(-math.log(1e-12) / 2)


@settings(deadline=None)
@given(PERSONS)
def test_area_is_the_share_of_pairs_in_order_and_its_interval_delongs(persons):
    outcome, score = map(np.array, zip(*persons, strict=True))
    above, below = score[outcome], score[~outcome]
    area, lower, upper = area_under_curve(outcome, score)
    if not above.size or not below.size:
        assert math.isnan(area)
        return
    pairs = (above[:, None] > below) + (above[:, None] == below) / 2
    assert area == pytest.approx(pairs.mean())
    if min(pairs.shape) > 1:
        error = math.sqrt(pairs.mean(1).var(ddof=1) / above.size + pairs.mean(0).var(ddof=1) / below.size)
        assert lower == pytest.approx(max(0, area - 1.959964 * error), abs=1e-6)
        assert upper == pytest.approx(min(1, area + 1.959964 * error), abs=1e-6)
    else:
        assert math.isnan(lower) and math.isnan(upper)


@settings(deadline=None)
@given(PERSONS)
def test_area_cares_for_order_only_and_turns_with_it(persons):
    outcome, score = map(np.array, zip(*persons, strict=True))
    mine = area_under_curve(outcome, score)
    assert area_under_curve(outcome, logit(score)) == pytest.approx(mine, nan_ok=True)
    area, lower, upper = area_under_curve(outcome, -score)
    assert (1 - area, 1 - upper, 1 - lower) == pytest.approx(mine, nan_ok=True, abs=1e-12)


def test_delong_interval_covers_at_its_level():
    generator = np.random.default_rng(6)
    truth, inside = 0.760250, 0  # normal scores one standard deviation apart: Phi(1 / sqrt(2))
    for _ in range(600):
        outcome = np.arange(240) < 40
        _, lower, upper = area_under_curve(outcome, generator.normal(size=240) + outcome)
        inside += lower <= truth <= upper
    assert inside / 600 == pytest.approx(0.945, abs=0.025)


@settings(max_examples=30, deadline=None)
@given(st.floats(-1, 1), st.floats(0.4, 2), st.integers(0, 1_000))
def test_probabilities_corrected_by_their_own_line_need_no_correction(intercept, slope, seed):
    outcome, probability = drawn(800, intercept, slope, seed)
    line = calibration_line(outcome, probability)
    corrected = calibration_line(outcome, expit(line.intercept + line.slope * logit(probability)))
    assert corrected == pytest.approx((0, 1, 0), abs=1e-6)
    shifted = calibration_line(outcome, expit(line.in_the_large + logit(probability)))
    assert shifted.in_the_large == pytest.approx(0, abs=1e-6)


def test_calibration_line_recovers_the_truth():
    line = calibration_line(*drawn(200_000, 0.3, 0.7))
    assert (line.intercept, line.slope) == pytest.approx((0.3, 0.7), abs=0.03)
    assert calibration_line(*drawn(200_000)) == pytest.approx((0, 1, 0), abs=0.03)


def test_far_off_probabilities_still_have_a_line():
    outcome = np.arange(2_000) % 2 == 0
    probability = np.where(np.arange(2_000) % 3 == 0, 1e-9, 1 - 1e-9)
    line = calibration_line(outcome, probability)
    assert abs(line.slope) < 0.01 and line.intercept == pytest.approx(0, abs=0.1)


def test_no_line_without_both_outcomes_or_when_they_are_separated_or_all_chances_equal():
    assert np.isnan(calibration_line([1, 1], [0.2, 0.4])).all()
    line = calibration_line([0, 0, 1, 1], [0.2, 0.3, 0.6, 0.7])
    assert math.isnan(line.slope) and math.isnan(line.intercept) and math.isfinite(line.in_the_large)
    line = calibration_line([0, 1, 0, 0], [0.5] * 4)
    assert math.isnan(line.slope) and line.in_the_large == pytest.approx(math.log(1 / 3))


@settings(deadline=None)
@given(PERSONS, st.integers(1, 12))
def test_groups_hold_everybody_once_and_equal_probabilities_together(persons, groups):
    outcome, probability = map(np.array, zip(*persons, strict=True))
    table = calibration_groups(outcome, probability, groups=groups)
    assert list(table.columns) == ["n", "events", "predicted", "observed", "lower", "upper"]
    assert table["n"].sum() == outcome.size and table["events"].sum() == outcome.sum() and len(table) <= groups
    assert (table["n"] * table["predicted"]).sum() == pytest.approx(probability.sum())
    assert table["predicted"].is_monotonic_increasing
    assert ((table["lower"] <= table["observed"]) & (table["observed"] <= table["upper"])).all()
    edges = table["n"].cumsum().to_numpy()[:-1]
    ordered = np.sort(probability)
    assert (ordered[edges - 1] < ordered[edges]).all()


def test_groups_of_different_probabilities_are_equal_in_size():
    outcome, probability = drawn(1_000)
    assert calibration_groups(outcome, probability)["n"].tolist() == [100] * 10


def test_persons_with_something_missing_are_left_out_and_nobody_gives_nothing():
    outcome, probability = [1, 0, math.nan, 1], [0.7, 0.2, 0.9, math.nan]
    assert brier_score(outcome, probability) == pytest.approx(0.065)
    assert area_under_curve(outcome, probability)[0] == 1
    assert calibration_groups(outcome, probability)["n"].sum() == 2
    assert math.isnan(brier_score([], [])) and math.isnan(log_loss([], [])) and math.isnan(area_under_curve([], [])[0])
    assert calibration_groups([], []).empty and np.isnan(calibration_line([], [])).all()


@pytest.mark.parametrize(
    "call", [brier_score, brier_skill, log_loss, calibration_line, calibration_groups, area_under_curve]
)
def test_impossible_arguments_are_refused_without_showing_a_persons_value(call):
    with pytest.raises(ValueError, match="outcome has a value other than 0 and 1") as seen:
        call([0.37, 1], [0.1, 0.2])
    assert "0.37" not in str(seen.value)
    with pytest.raises(ValueError, match=r"has 1 values for 2 outcomes.*allowed"):
        call([0, 1], [0.1])
    with pytest.raises(ValueError, match="has a value outside"):
        call([0, 1], [0.1, math.inf])
    if call is not area_under_curve:
        with pytest.raises(ValueError, match="probability has a value outside 0 to 1") as seen:
            call([0, 1], [0.1, 1.73])
        assert "1.73" not in str(seen.value)


def test_other_impossible_arguments_are_refused():
    with pytest.raises(ValueError, match=r"groups is 0.*allowed"):
        calibration_groups([1], [0.5], groups=0)
    with pytest.raises(ValueError, match=r"confidence is 95.*allowed"):
        area_under_curve([0, 1], [1, 2], confidence=95)
