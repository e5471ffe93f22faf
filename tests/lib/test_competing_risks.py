import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.measures.competing_risks import cumulative_incidence, kaplan_meier

SPELLS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["returned", "moved", "left", ""])), min_size=1, max_size=60
)


def parts(spells):
    time, event = zip(*spells, strict=True)
    return np.array(time, dtype=float), np.array(event, dtype=object)


@settings(deadline=None)
@given(SPELLS, st.integers(1, 20))
def test_incidences_and_those_still_there_add_up_to_one(spells, at):
    time, event = parts(spells)
    table = cumulative_incidence(time, event, at=at)
    share, _, _ = kaplan_meier(time, event != "", at=at)
    assert math.isnan(share) or not (table["incidence"].isna().any())
    if len(table) and not math.isnan(share):
        assert table["incidence"].sum() + share == pytest.approx(1)
        shown = table.dropna()
        assert ((shown["lower"] <= shown["incidence"]) & (shown["incidence"] <= shown["upper"])).all()


@settings(deadline=None)
@given(SPELLS, st.integers(1, 20))
def test_without_censoring_incidence_is_the_share_and_its_error_binomial(spells, at):
    time, event = parts([spell for spell in spells if spell[1]] or [(3, "moved")])
    table = cumulative_incidence(time, event, at=at).set_index("event")
    for name, row in table.iterrows():
        share = ((event == name) & (time <= at)).mean()
        assert row["incidence"] == pytest.approx(share)
        assert row["events"] == round(share * len(time)) and row["at_start"] == len(time)
        if 0 < share < 1:
            error = math.sqrt(share * (1 - share) / len(time)) / share / abs(math.log(share))
            assert row["lower"] == pytest.approx(math.exp(math.log(share) * math.exp(1.959964 * error)), abs=1e-6)


@settings(deadline=None)
@given(SPELLS, st.integers(1, 20), st.floats(0.1, 50), st.randoms())
def test_order_and_the_unit_of_time_do_not_matter(spells, at, unit, random):
    mine = cumulative_incidence(*parts(spells), at=at)
    random.shuffle(spells)
    time, event = parts(spells)
    pd.testing.assert_frame_equal(cumulative_incidence(unit * time, event, at=unit * at), mine)


def test_competing_events_taken_as_censored_give_too_much():
    time, event = [1, 2, 3, 4, 5, 6], ["moved", "returned"] * 3
    incidence = cumulative_incidence(time, event, at=6).set_index("event")["incidence"]
    share, _, _ = kaplan_meier(time, np.array(event) == "returned", at=6)
    assert incidence["returned"] == pytest.approx(0.5) and share == 0


def test_incidence_recovers_the_truth_when_half_are_lost():
    generator = np.random.default_rng(3)
    n = 40_000
    leaving, lost = generator.exponential(1 / 0.3, n), generator.exponential(1 / 0.3, n)
    kind = np.where(generator.random(n) < 2 / 3, "returned", "moved").astype(object)
    table = cumulative_incidence(np.minimum(leaving, lost), np.where(leaving < lost, kind, ""), at=3).set_index("event")
    truth = 1 - math.exp(-0.9)
    assert table["incidence"].to_dict() == pytest.approx({"returned": truth * 2 / 3, "moved": truth / 3}, abs=0.01)
    assert (table["lower"] < table["incidence"]).all() and ((table["upper"] - table["lower"]) < 0.02).all()


def test_interval_covers_at_its_level():
    generator = np.random.default_rng(9)
    truth, inside = (1 - math.exp(-0.9)) * 2 / 3, 0
    for _ in range(400):
        leaving, lost = generator.exponential(1 / 0.3, 80), generator.exponential(1 / 0.15, 80)
        kind = np.where(generator.random(80) < 2 / 3, 1, 2)
        event = np.where(leaving < lost, kind, np.nan)
        row = cumulative_incidence(np.minimum(leaving, lost), event, at=3).iloc[0]
        inside += row["lower"] <= truth <= row["upper"]
    assert inside / 400 == pytest.approx(0.95, abs=0.03)


def test_events_may_be_numbers_categories_or_text_and_missing_means_censored():
    time = [1, 2, 3, 4]
    text = cumulative_incidence(time, ["a", "", "b", None], at=3)
    assert text["event"].tolist() == ["a", "b"] and text["incidence"].tolist() == pytest.approx([0.25, 0.375])
    for event in (
        pd.Series(["a", None, "b", None], dtype="category"),
        pd.Series(["a", pd.NA, "b", pd.NA], dtype="string", index=[9, 8, 7, 6]),
        pd.Series(["a", np.nan, "b", np.nan]),
    ):
        pd.testing.assert_frame_equal(cumulative_incidence(time, event, at=3), text, check_dtype=False)
    codes = cumulative_incidence(time, pd.Series([0, pd.NA, 5, pd.NA], dtype="Int64"), at=3)
    assert codes["event"].tolist() == [0, 5] and codes["incidence"].tolist() == text["incidence"].tolist()


def test_spells_without_time_are_left_out_and_those_lost_with_an_event_are_still_at_risk():
    table = cumulative_incidence([2, 2, math.nan], ["a", "", "a"], at=2)
    assert table.loc[0, ["incidence", "events", "at_start"]].tolist() == [0.5, 1, 2]
    assert kaplan_meier([2, 2, math.nan], [1, 0, 1], at=2)[0] == 0.5


def test_nothing_is_said_beyond_what_was_followed():
    assert cumulative_incidence([1, 2], ["a", ""], at=3)[["incidence", "lower", "upper"]].isna().all(axis=None)
    assert math.isnan(kaplan_meier([1, 2], [True, False], at=3)[0])
    assert cumulative_incidence([1, 2], ["a", "a"], at=3)["incidence"].tolist() == [1]
    assert kaplan_meier([1, 2], [True, True], at=3)[0] == 0
    assert np.isnan(kaplan_meier([], [], at=3)).all()
    assert cumulative_incidence([1, 2], ["", ""], at=1).empty
    later = cumulative_incidence([1, 5], ["a", "b"], at=2).set_index("event")
    assert later["incidence"].to_dict() == {"a": 0.5, "b": 0} and math.isnan(later.loc["b", "upper"])


def test_impossible_arguments_are_refused():
    for call in (cumulative_incidence, kaplan_meier):
        with pytest.raises(ValueError, match=r"time has -1.*allowed"):
            call([-1], [1], at=3)
        with pytest.raises(ValueError, match=r"event has 1 values for 2 times.*allowed"):
            call([1, 2], [1], at=3)
        with pytest.raises(ValueError, match=r"at is 0.*allowed"):
            call([1], [1], at=0)
        with pytest.raises(ValueError, match=r"confidence is 95.*allowed"):
            call([1], [1], at=3, confidence=95)
    with pytest.raises(ValueError, match="observed has a value other than 0 and 1"):
        kaplan_meier([1], [2], at=3)
