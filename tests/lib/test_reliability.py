import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from inklusion.measures.reliability import cronbach_alpha, item_rest, omega_total


def one_factor(n, loading, error, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) * loading + rng.normal(size=(n, len(loading))) * np.sqrt(error)


def with_covariance(matrix, n=200):
    """Answers whose sample covariance is exactly the matrix (divisor n)."""
    drawn = np.random.default_rng(1).normal(size=(n, len(matrix)))
    drawn -= drawn.mean(axis=0)
    whitened = drawn @ np.linalg.inv(np.linalg.cholesky(drawn.T @ drawn / n)).T
    return whitened @ np.linalg.cholesky(matrix).T


LOADING, ERROR = np.array([0.9, 0.7, 0.5, 1.1]), np.array([0.4, 0.6, 0.8, 0.3])


def test_omega_recovers_a_known_factor_model():
    answers = with_covariance(np.outer(LOADING, LOADING) + np.diag(ERROR))
    found = omega_total(answers)
    assert found.estimate == pytest.approx(LOADING.sum() ** 2 / (LOADING.sum() ** 2 + ERROR.sum()), abs=1e-6)
    assert found.lower < found.estimate < found.upper and found[3:] == (200, 4)


def test_alpha_is_omega_for_equal_loadings_and_lower_otherwise():
    equal = with_covariance(np.full((4, 4), 0.6) + np.diag(ERROR))
    assert cronbach_alpha(equal).estimate == pytest.approx(omega_total(equal).estimate, abs=1e-6)
    unequal = with_covariance(np.outer(LOADING, LOADING) + np.diag(ERROR))
    assert cronbach_alpha(unequal).estimate < omega_total(unequal).estimate


def test_omega_does_not_know_the_sign_or_the_unit_of_the_scale():
    answers = one_factor(150, LOADING, ERROR, 3)
    base = omega_total(answers)
    for other in (-answers, 10 * answers + 7, answers[:, ::-1]):
        assert omega_total(other) == pytest.approx(base, abs=1e-6)


def test_confidence_widens():
    answers = one_factor(80, LOADING, ERROR, 5)
    for measure in (cronbach_alpha, omega_total):
        narrow, wide = measure(answers, confidence=0.8), measure(answers, confidence=0.99)
        assert wide.lower < narrow.lower < narrow.estimate == wide.estimate < narrow.upper < wide.upper < 1


@pytest.mark.parametrize(
    ("measure", "loading"), [(cronbach_alpha, np.full(5, 0.7)), (omega_total, np.linspace(0.5, 1, 5))]
)
def test_intervals_cover(measure, loading):
    error = np.full(5, 0.6)
    truth = loading.sum() ** 2 / (loading.sum() ** 2 + error.sum())
    results = [measure(one_factor(120, loading, error, [8, seed])) for seed in range(400)]
    assert 0.92 <= np.mean([found.lower <= truth <= found.upper for found in results]) <= 0.975


def test_an_item_that_was_not_turned_shows():
    answers = pd.DataFrame(one_factor(300, LOADING, ERROR, 9), columns=list("abcd"))
    wrong = answers.assign(d=-answers["d"])
    assert cronbach_alpha(wrong).estimate < cronbach_alpha(answers).estimate - 0.3
    table = item_rest(wrong)
    assert table.loc["d", "correlation"] < 0 and table.loc["d", "alpha_without"] > cronbach_alpha(wrong).estimate


def test_missing_answers_leave_the_respondent_out():
    answers = one_factor(60, LOADING, ERROR, 12)
    holes = np.vstack([answers, [[np.nan, 1, 1, 1], [1, np.nan, np.nan, 1]]])
    for measure in (cronbach_alpha, omega_total):
        assert measure(holes) == measure(answers) and measure(holes).n == 60
    assert set(item_rest(pd.DataFrame(holes))["n"]) == {60}


def test_what_cannot_be_estimated_is_refused_or_missing():
    pair = one_factor(30, LOADING[:2], ERROR[:2], 1)
    with pytest.raises(ValueError, match="2 items; allowed are 3 or more"):
        omega_total(pair)
    with pytest.raises(ValueError, match="1 items; allowed are 2 or more"):
        cronbach_alpha(pair[:, :1])
    with pytest.raises(ValueError, match="infinite"):
        cronbach_alpha([[1, np.inf], [2, 3]])
    with pytest.raises(ValueError, match="confidence"):
        omega_total(one_factor(30, LOADING, ERROR, 1), confidence=95)
    assert np.isnan(item_rest(pd.DataFrame(pair))["alpha_without"]).all()
    assert np.isnan(cronbach_alpha(pair[:1]).estimate) and cronbach_alpha(pair[:0]).n == 0
    constant = np.ones((9, 4))
    assert np.isnan(cronbach_alpha(constant).estimate) and np.isnan(omega_total(constant).estimate)
    assert item_rest(pd.DataFrame(constant))["correlation"].isna().all()


def test_improper_solutions_are_missing_not_numbers():
    answers = one_factor(100, LOADING[:3], ERROR[:3], 2)
    summed = np.column_stack([answers, answers.sum(axis=1)])
    assert np.isnan(omega_total(summed)[:3]).all()
    heywood = with_covariance(np.array([[1, 0.8, 0.8], [0.8, 1, 0.3], [0.8, 0.3, 1]]))  # would need a loading above 1
    assert np.isnan(omega_total(heywood)[:3]).all()
    assert np.isnan(omega_total(answers[:3]).estimate)


@pytest.mark.parametrize("measure", [cronbach_alpha, omega_total])
def test_the_robust_error_is_that_of_leaving_one_out(measure):
    """Jackknife, of respondents and of classes: another way to the same number."""
    answers = np.clip(np.rint(3 + one_factor(150, LOADING, ERROR, 21)), 1, 5)
    classes = np.repeat(np.arange(30), 5)
    for groups, given in ((np.arange(150), None), (classes, classes)):
        found = measure(answers, robust=True, clusters=given)
        left_out = np.array([measure(answers[groups != group]).estimate for group in np.unique(groups)])
        m = left_out.size
        jackknife = np.sqrt((m - 1) / m * ((left_out - left_out.mean()) ** 2).sum())
        wide, value = student.ppf(0.975, m - 1) * jackknife, found.estimate
        assert value == measure(answers).estimate
        assert (found.upper - found.lower) / 2 == pytest.approx(wide, rel=0.08 if given is not None else 0.04)


@pytest.mark.parametrize("measure", [cronbach_alpha, omega_total])
def test_robust_intervals_cover_where_the_normal_ones_do_not(measure):
    cuts, truth = [-2.4, -1.9, -1.3, -0.5], {}
    loading = np.array([0.5, 0.6, 0.7, 0.8, 0.6])

    def skew(n, seed):
        return np.searchsorted(cuts, one_factor(n, loading, 1 - loading**2, seed)).astype(float)

    truth = measure(skew(300_000, 1)).estimate
    held = {True: 0, False: 0}
    for seed in range(250):
        answers = skew(200, [4, seed])
        for robust in held:
            found = measure(answers, robust=robust)
            held[robust] += found.lower <= truth <= found.upper
    assert held[True] / 250 >= 0.91 and held[False] / 250 < 0.9


def test_clusters_are_checked_and_pair_with_the_complete_respondents():
    answers = one_factor(60, LOADING, ERROR, 12)
    classes = np.repeat(list("abcdef"), 10)
    holes = np.vstack([[[np.nan, 1, 1, 1]], answers])
    for measure in (cronbach_alpha, omega_total):
        base = measure(answers, clusters=classes)
        assert measure(holes, clusters=["x", *classes]) == pytest.approx(base)
        assert np.isnan(measure(answers, clusters=["a"] * 60).lower)
        with pytest.raises(ValueError, match="clusters has 59 values"):
            measure(answers, clusters=classes[1:])
        with pytest.raises(ValueError, match="none missing"):
            measure(answers, clusters=[None, *classes[1:]])
    assert np.isnan(cronbach_alpha(np.ones((9, 4)), robust=True)[:3]).all()
