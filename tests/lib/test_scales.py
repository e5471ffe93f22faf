import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.measures.answers import chosen_items, ranked_gaps, split_sizes, top_shares
from inklusion.measures.proportions import wilson_interval, wilson_interval_finite
from inklusion.measures.scales import band_shares, floor_ceiling, scale_scores, turned

ITEMS = ["a", "b", "c", "d"]
ROWS = st.lists(st.lists(st.sampled_from([1, 2, 3, 4, 5, np.nan]), min_size=4, max_size=4), min_size=1, max_size=30)


def frame(rows):
    return pd.DataFrame(rows, columns=ITEMS, dtype=float)


@settings(deadline=None)
@given(ROWS, st.lists(st.sampled_from(ITEMS), unique=True), st.floats(0.01, 1))
def test_scores_are_the_mean_of_answered_items_and_lie_within(rows, against, share):
    scores = scale_scores(frame(rows), against, 1, 5, minimum_share=share)
    for row, score in zip(rows, scores, strict=True):
        known = [6 - x if name in against else x for name, x in zip(ITEMS, row, strict=True) if not np.isnan(x)]
        if known and len(known) >= share * 4 - 1e-9:
            assert score == pytest.approx(sum(known) / len(known)) and 1 <= score <= 5
        else:
            assert np.isnan(score)


@settings(deadline=None)
@given(ROWS, st.lists(st.sampled_from(ITEMS), unique=True))
def test_data_turned_before_need_no_turning_after(rows, against):
    answers = frame(rows)
    before = answers.assign(**{name: turned(answers[name], 1, 5) for name in against})
    scores = scale_scores(answers, against, 1, 5, minimum_share=0.5)
    pd.testing.assert_series_equal(scores, scale_scores(before, [], 1, 5, minimum_share=0.5))
    assert np.array_equal(turned(turned(answers, 1, 5), 1, 5), answers, equal_nan=True)


def test_half_of_seven_items_is_four_and_a_third_of_three_is_one():
    seven = pd.DataFrame([[1.0] * 3 + [np.nan] * 4, [1.0] * 4 + [np.nan] * 3])
    assert scale_scores(seven, [], 1, 5, minimum_share=0.5).isna().tolist() == [True, False]
    assert scale_scores(seven.iloc[:, 2:5], [], 1, 5, minimum_share=1 / 3).notna().all()


def test_the_general_score_is_not_the_mean_of_the_indicators():
    """29 items weigh the same; the mean of four indicators would let the four items on order weigh as much as ten."""
    items = [f"q{place}" for place in range(29)]
    answers = pd.DataFrame([[5.0] * 25 + [1.0] * 4], columns=items)
    general = scale_scores(answers, [], 1, 5, minimum_share=0.5)[0]
    assert general == pytest.approx((25 * 5 + 4) / 29) and general != pytest.approx((3 * 5 + 1) / 4)


def test_scores_refuse_what_cannot_be_meant():
    answers = frame([[1, 2, 77, 78]])
    with pytest.raises(ValueError, match="2 answers lie outside 1 to 5") as problem:
        scale_scores(answers, [], 1, 5, minimum_share=0.5)
    assert "77" not in str(problem.value)
    good = frame([[1, 2, 3, 4]])
    with pytest.raises(ValueError, match="reversed_items names"):
        scale_scores(good, ["e"], 1, 5, minimum_share=0.5)
    with pytest.raises(ValueError, match="one or more"):
        scale_scores(good[[]], [], 1, 5, minimum_share=0.5)
    for share in (0, 1.01, -1):
        with pytest.raises(ValueError, match="minimum_share"):
            scale_scores(good, [], 1, 5, minimum_share=share)
    with pytest.raises(ValueError, match="low < high"):
        turned([1], 5, 1)


@settings(deadline=None)
@given(st.lists(st.floats(1, 5), min_size=1, max_size=50))
def test_bands_share_out_all_scores(scores):
    table = band_shares(scores, [2, 3, 4, 5], low=1)
    assert table["n"].sum() == len(scores) and table["share"].sum() == pytest.approx(1)
    equal = band_shares(scores, [2, 3, 4, 5], low=1, weights=[2.5] * len(scores))
    assert np.allclose(equal["share"], table["share"])
    low = np.mean(np.asarray(scores) <= 3)
    assert table["share"][:2].sum() == pytest.approx(low)


def test_bands_weigh_and_refuse():
    assert band_shares([1, 5, np.nan], [3, 5], low=1, weights=[3, 1, 100])["share"].tolist() == [0.75, 0.25]
    assert band_shares([np.nan], [3, 5], low=1)["share"].isna().all()
    with pytest.raises(ValueError, match="limits that rise"):
        band_shares([1], [3, 3], low=1)
    with pytest.raises(ValueError, match="limits that rise"):
        band_shares([1], [], low=1)
    with pytest.raises(ValueError, match="one per score"):
        band_shares([1, 2], [3, 5], low=1, weights=[1])
    with pytest.raises(ValueError, match="1 answers lie outside"):
        band_shares([0, 2], [3, 5], low=1)


def test_floor_and_ceiling():
    assert floor_ceiling([1, 5, 5, 3], 1, 5) == (4, 0.25, 0.5)
    empty = floor_ceiling([np.nan], 1, 5)
    assert empty.n == 0 and np.isnan(empty.floor) and np.isnan(empty.ceiling)


def test_printed_twenty_percent_agree_with_the_finite_interval():
    """Figure 4.2.1 of the staff survey: 31 33 15 16 4 and one percent who do not know, 192 of 595."""
    counts = {1: 60, 2: 63, 3: 29, 4: 31, 5: 8, 9: 1}  # reconstructed from rounded percentages
    assert sum(counts.values()) == 192
    shares = np.array([counts[code] for code in range(1, 6)]) / 192
    assert (100 * shares).round().tolist() == [31, 33, 15, 16, 4]
    answers = pd.DataFrame({"offer": np.repeat(list(counts), list(counts.values()))})
    row = top_shares(answers, [1, 2, 3, 4, 5], dont_know=[9]).loc["offer"]
    assert (row["numerator"], row["n"], row["dont_know"]) == (39, 191, 1)
    assert round(100 * row["share_of_all"]) == round(100 * row["share"]) == 20
    lower, upper = wilson_interval_finite(0.2, 192, 595)
    assert (round(100 * float(lower), 1), round(100 * float(upper), 1)) == (15.8, 25.0)
    half = 1.959964 * np.sqrt(0.2 * 0.8 / 192 * (595 - 192) / 594)
    assert (round(100 * (0.2 - half), 1), round(100 * (0.2 + half), 1)) == (15.3, 24.7)


def test_printed_83_percent_is_the_two_top_answers():
    """Figure 4.2.3: 21 + 62."""
    answers = pd.DataFrame({"rooms": np.repeat([1, 2, 3, 4, 5], [8, 10, 15, 40, 119])})
    assert answers["rooms"].value_counts(normalize=True).mul(100).round()[[4, 5]].tolist() == [21, 62]
    assert round(100 * top_shares(answers, [1, 2, 3, 4, 5])["share"].iloc[0]) == 83


def test_dont_know_in_and_out_of_the_base():
    answers = pd.DataFrame({"x": [4, 5, 1, 9, 9, np.nan], "y": [9, 9, np.nan, np.nan, np.nan, np.nan]})
    table = top_shares(answers, [1, 2, 3, 4, 5], dont_know=[9])
    assert table.loc["x", ["numerator", "n", "dont_know"]].tolist() == [2, 3, 2]
    assert table.loc["x", ["share", "share_of_all"]].tolist() == [2 / 3, 2 / 5]
    assert table.loc["x", ["lower_of_all", "upper_of_all"]].tolist() == [float(x) for x in wilson_interval(2, 5)]
    assert np.isnan(table.loc["y", "share"]) and table.loc["y", "share_of_all"] == 0
    assert top_shares(answers[["x"]], [1, 4, 5], top=1, dont_know=[9]).loc["x", "numerator"] == 1
    with pytest.raises(ValueError, match="2 that are neither"):
        top_shares(answers[["x"]], [1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="allowed is 1 to 4"):
        top_shares(answers, [1, 2, 3, 4, 5], top=5, dont_know=[9])


def test_up_to_three_choices_of_those_who_chose():
    choices = pd.DataFrame([[1, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0], [np.nan, 1, np.nan, 0]], columns=ITEMS)
    table = chosen_items(choices)
    assert table["numerator"].tolist() == [1, 3, 1, 0] and set(table["denominator"]) == {3}
    assert table.loc["b", "share"] == 1 and table["share"].sum() > 1
    assert chosen_items(choices * 0)["share"].isna().all()
    with pytest.raises(ValueError, match="1 respondents chose more than 2"):
        chosen_items(choices, most=2)
    with pytest.raises(ValueError, match="1 respondents chose more than 3"):
        chosen_items(pd.DataFrame([[1, 1, 1, 1]], columns=ITEMS))
    with pytest.raises(ValueError, match="other than 0 and 1"):
        chosen_items(pd.DataFrame([[2, 0]]))
    with pytest.raises(ValueError, match="most is 0"):
        chosen_items(choices, most=0)


def test_printed_gaps_in_order():
    """Figure 5.1.2: 74 72 71 60 60 56 55 of 192; counts reconstructed from rounded percentages."""
    printed = [60, 55, 74, 56, 72, 71, 60]
    items = list("abcdefg")
    counts = [round(192 * share / 100) for share in printed]
    table = ranked_gaps(items, counts, [192] * 7)
    assert (100 * table["share"]).round().tolist() == [74, 72, 71, 60, 60, 56, 55]
    assert table["item"].tolist() == ["c", "e", "f", "a", "g", "d", "b"]
    assert table["rank_first"].tolist() == [1, 2, 3, 4, 4, 6, 7]
    assert table["rank_last"].tolist() == [1, 2, 3, 5, 5, 6, 7]


def test_an_item_nobody_answered_comes_last():
    table = ranked_gaps(["none", "some"], [0, 1], [0, 4])
    assert table["item"].tolist() == ["some", "none"] and np.isnan(table["rank_first"].iloc[1])
    with pytest.raises(ValueError, match="one per count"):
        ranked_gaps(["a"], [1, 2], [3, 3])


def test_a_split_with_fewer_than_ten_is_refused_without_saying_where():
    groups = pd.Series(["north"] * 12 + ["south"] * 9 + [None] * 5)
    with pytest.raises(ValueError, match="1 of the 2 groups have fewer than 10 answers") as problem:
        split_sizes(groups)
    assert "south" not in str(problem.value) and "9" not in str(problem.value)
    assert split_sizes(groups, smallest=9).to_dict() == {"north": 12, "south": 9}
    big = pd.Series(["a"] * 12 + ["b"] * 10)
    assert split_sizes(big).to_dict() == {"a": 12, "b": 10}
    with pytest.raises(ValueError, match="1 of the 2 groups"):
        split_sizes(big, answered=[True] * 21 + [False])
    with pytest.raises(ValueError, match="1 of the 2 groups"):
        split_sizes(big, answered=[True] * 12 + [False] * 10)
    with pytest.raises(ValueError, match="0 of the 0 groups"):
        split_sizes(pd.Series([None, None]))
    with pytest.raises(ValueError, match="smallest is 0"):
        split_sizes(big, smallest=0)
