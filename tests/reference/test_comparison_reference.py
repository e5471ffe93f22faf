"""Ranks, statistical neighbours, adjusted funnels and pooled shares agree with R; each CSV says how it was made."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.measures.adjusted_funnel import adjusted_funnel_limits
from inklusion.measures.neighbours import leave_one_out, nearest, neighbour_distances, robust_standardise
from inklusion.measures.pooling import pooled_shares
from inklusion.measures.ranks import rank_intervals, share_ranks, simultaneous_confidence, value_ranks

RANKS, FROM, NEAR, WEIGHTS = ["rank_lower", "rank_upper"], 2, 5, [1, 2, 0.5, 1.5]


def reference(name):
    return pd.read_csv(Path(__file__).with_name(name), comment="#", skipinitialspace=True)


def close(ours, theirs, absolute=1e-12):
    assert np.allclose(ours, theirs, rtol=0, atol=absolute, equal_nan=True)


def test_ranks_of_travel_times_equal_r_pair_by_pair():
    rows = reference("ranks.csv").query("set == 'travel'").reset_index(drop=True)
    ours = value_ranks(rows["estimate"], rows["standard_error"], confidence=0.9)
    close(ours[["lower", "upper", *RANKS]], rows[["lower", "upper", *RANKS]])
    assert (ours["ranked"] == 51).all()
    reach = (ours["upper"] - ours["estimate"]) / rows["standard_error"]
    assert reach.round(3).unique().tolist() == [3.081], "the multiplier printed in the package of the article"


def test_ranks_of_travel_times_equal_figure_1_of_the_article_when_touching_intervals_order():
    rows = reference("ranks.csv").query("set == 'travel'").reset_index(drop=True)
    drawn = rank_intervals(rows["drawn_lower"] + 0.01, rows["drawn_upper"] - 0.01)
    close(drawn[RANKS], rows[["drawn_rank_lower", "drawn_rank_upper"]])
    close(
        rank_intervals(rows["drawn_lower"] - 0.01, rows["drawn_upper"] + 0.01)["rank_lower"] <= drawn["rank_lower"], 1
    )


def test_ranks_of_shares_equal_prop_test_of_r_at_the_simultaneous_level():
    rows = reference("ranks.csv").query("set == 'shares'").reset_index(drop=True)
    ours = share_ranks(rows["numerator"], rows["denominator"])
    close(ours[["lower", "upper", *RANKS]], rows[["lower", "upper", *RANKS]])
    assert simultaneous_confidence(0.95, len(rows)) == pytest.approx(0.95 ** (1 / 12))


def test_robust_standardisation_equals_mad_of_r():
    table = reference("neighbours.csv")
    ours, drawn_in = robust_standardise(table[list("abcdef")])
    close(ours, table[[f"z.{name}" for name in "abcdef"]])
    assert (drawn_in == table[[f"drawn_in.{name}" for name in "abcdef"]].to_numpy(dtype=bool)).all()


def test_weighted_distances_and_nearest_equal_knn_of_fnn():
    table = reference("neighbours.csv")
    standardised, _ = robust_standardise(table[list("abcd")])
    distances = neighbour_distances(standardised, WEIGHTS, FROM)
    close(distances, table["weighted"])
    assert nearest(distances, 15).tolist() == table["order"].dropna().sort_values().index.tolist()


def test_distances_with_missing_values_equal_dist_of_r():
    table = reference("neighbours.csv")
    standardised, _ = robust_standardise(table[list("abcdef")])
    close(neighbour_distances(standardised, np.ones(6), FROM), table["missing"])


def test_neighbours_lost_without_a_variable_equal_knn_of_fnn():
    table = reference("neighbours.csv")
    standardised, _ = robust_standardise(table[list("abcd")])
    chosen = (table["order"] <= NEAR).to_numpy()
    lost = [int((chosen & (table[f"without.{name}"] == 0)).sum()) for name in "abcd"]
    assert leave_one_out(standardised, WEIGHTS, FROM, NEAR).tolist() == lost
    assert sum(lost) > 0


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize("chosen", ["spread", "quiet"])
def test_adjusted_funnel_equals_r(chosen, level):
    rows = reference("adjusted_funnel.csv").query("set == @chosen and confidence == @level")
    counts = rows["numerator"], rows["denominator"], 0.05
    ours = adjusted_funnel_limits(*counts, confidence=level)
    close(ours[["lower", "upper"]], rows[["lower", "upper"]], 1e-9)
    additive = adjusted_funnel_limits(*counts, confidence=level, winsorise=0, spread="additive")
    close(additive[["lower", "upper"]], rows[["additive_lower", "additive_upper"]], 1e-9)
    published = rows[["published_lower", "published_upper"]].clip(lower=0)
    close(ours[["lower", "upper"]], published, 0.001 if level == 0.95 else 0.0032)


def test_pooled_shares_equal_ebest_of_spdep_and_qbeta_of_r():
    rows = reference("adjusted_funnel.csv").query("set == 'spread' and confidence == 0.95")
    ours = pooled_shares(rows["numerator"], rows["denominator"])
    close(ours["pooled"], rows["pooled"])
    close(ours[["lower", "upper"]], rows[["pooled_lower", "pooled_upper"]], 1e-9)
