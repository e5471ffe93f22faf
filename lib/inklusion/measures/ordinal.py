"""Ordered answers, such as never to always: the proportional-odds model, and a check of its proportionality.

statsmodels and scipy are imported inside functions: they cost about 0.6 s.
"""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_fraction

LEAST_LEVELS = 3

_START = 20_000
_POLISH = 5
_NO_PULL = 1e-13


class ProportionalOdds(NamedTuple):
    """Coefficients and thresholds with intervals, log-likelihood, rows used, and clusters (0 if none are given)."""

    coefficients: pd.DataFrame
    thresholds: pd.DataFrame
    log_likelihood: float
    observations: int
    clusters: int


def proportional_odds(
    outcome: ArrayLike, predictors: pd.DataFrame, *, cluster: ArrayLike | None = None, confidence: float = 0.95
) -> ProportionalOdds:
    r"""Estimate a proportional-odds model (ordered logit) by maximum likelihood.

    .. math:: \mathrm{logit}\, P(y_i \le k) = a_k - x_i' \beta, \quad a_1 < \dots < a_{K-1}

    so that :math:`e^\beta` is the odds ratio of a higher answer, the same at every threshold. The covariance is the
    inverse of the observed information :math:`A`, or with clusters :math:`\frac{G}{G-1} A^{-1}
    (\sum_g s_g s_g') A^{-1}` with :math:`s_g` the score of cluster g; limits are estimate :math:`\pm q SE` with q
    normal, or of Student's t with G - 1 degrees of freedom for G clusters.

    Parameters
    ----------
    outcome : array_like of float, shape (rows,)
        Answer as a number; only its order matters. A row with NaN in anything is left out.
    predictors : DataFrame of numbers, rows by position
        Predictors without a constant; at least one.
    cluster : array_like, shape (rows,), optional
        Cluster of the row, such as the school. A row without one is left out.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    ProportionalOdds
        coefficients: a row per predictor with term, estimate (log odds of a higher answer), standard_error, lower,
        upper and p_value (two-sided, of 0); thresholds: a row per answer but the last with term (the answer),
        estimate, standard_error, lower and upper; log_likelihood; observations; clusters.

    Raises
    ------
    ValueError
        For fewer than three answers in use, no predictor, a constant one or one made up of others, an infinite number,
        inputs of different lengths, one cluster, a fit without end, or confidence outside (0, 1).

    Notes
    -----
    An answer that nobody gave is not there. Clustered errors rest on many clusters; with fewer than about 20 they are
    too small, the t quantile notwithstanding. There is no random intercept here: coefficients are those of the whole
    population. `proportionality` checks the assumption.

    References
    ----------
    McCullagh (1980), J. Roy. Statist. Soc. B 42:109-142; Liang and Zeger (1986), Biometrika 73:13-22 (clusters).

    Examples
    --------
    Girls answer 1, 2, 3 with the odds of boys for every threshold: cumulative 1/4, 1/2 against 1/2, 3/4 (log 3).

    >>> answer, girl = np.repeat([1, 2, 3, 1, 2, 3], [20, 20, 40, 40, 20, 20]), np.repeat([1, 0], 80)
    >>> fit = proportional_odds(answer, pd.DataFrame({"girl": girl}))
    >>> fit.coefficients["estimate"].round(4).tolist(), fit.thresholds["estimate"].round(4).tolist()
    ([1.0986], [0.0, 1.0986])
    """
    from scipy.stats import norm, t

    level = checked_fraction(confidence, "confidence")
    codes, x, groups, answers = _used(outcome, predictors, cluster)
    observations = codes.size
    codes, x, groups, times = _alike(codes, x, groups)
    theta, likelihood, covariance, scores = _fitted(codes, x, times, len(answers))
    count = 0 if groups is None else int(groups.max()) + 1
    if groups is not None:
        of_cluster = np.stack([np.bincount(groups, column) for column in scores.T], axis=1)
        covariance = covariance @ (of_cluster.T @ of_cluster) @ covariance * count / (count - 1)
    error = np.sqrt(np.diag(covariance))
    law = t(count - 1) if count else norm
    reach = law.ppf((1 + level) / 2) * error
    terms = [*map(str, predictors.columns), *(f"{answer:g}" for answer in answers[:-1])]
    limits = {"lower": theta - reach, "upper": theta + reach, "p_value": 2 * law.sf(np.abs(theta / error))}
    table = pd.DataFrame({"term": terms, "estimate": theta, "standard_error": error, **limits})
    above, below = table[: x.shape[1]], table[x.shape[1] :].drop(columns="p_value").reset_index(drop=True)
    return ProportionalOdds(above, below, likelihood, observations, count)


def _used(
    outcome: ArrayLike, predictors: pd.DataFrame, cluster: ArrayLike | None
) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.intp] | None, FloatArray]:
    """Return answer numbers, predictors, cluster numbers of the complete rows, and the answers in order."""
    values, x = np.ravel(np.asarray(outcome, dtype=np.float64)), predictors.to_numpy(dtype=np.float64)
    groups = np.zeros(values.size, np.intp) if cluster is None else pd.factorize(np.ravel(np.asarray(cluster)))[0]
    if not values.size == len(x) == groups.size:
        sizes = f"{len(x)} rows of predictors and {groups.size} clusters"
        raise ValueError(f"{sizes} are given for {values.size} outcomes; allowed is one of each per outcome")
    if np.isinf(values).any() or np.isinf(x).any():
        raise ValueError("outcome or predictors has an infinite value; allowed are finite numbers, or NaN")
    known = ~np.isnan(values) & ~np.isnan(x).any(axis=1) & (groups >= 0)
    x, (groups, names) = x[known], pd.factorize(groups[known])
    answers, codes = np.unique(values[known], return_inverse=True)
    if answers.size < LEAST_LEVELS:
        raise ValueError(f"outcome has {answers.size} answers in use; an ordered model needs at least {LEAST_LEVELS}")
    if not x.shape[1] or np.linalg.matrix_rank(np.column_stack([np.ones(len(x)), x])) <= x.shape[1]:
        raise ValueError("predictors are none, constant, or made up of others; allowed are columns that differ")
    if cluster is not None and len(names) < 2:
        raise ValueError("cluster has one cluster with complete rows; allowed are 2 or more")
    return codes, x, None if cluster is None else groups, answers


def _alike(
    codes: NDArray[np.intp], x: FloatArray, groups: NDArray[np.intp] | None
) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.intp] | None, FloatArray]:
    """Rows that are alike once, and how often they come: answers of thousands by year and school are few different rows."""
    table = pd.DataFrame(x).assign(code=codes, group=0 if groups is None else groups)
    _, first, which = np.unique(
        table.groupby(list(table.columns), sort=False).ngroup().to_numpy(), return_index=True, return_inverse=True
    )
    times = np.bincount(which).astype(np.float64)
    return codes[first], x[first], None if groups is None else groups[first], times


def _fitted(
    codes: NDArray[np.intp], x: FloatArray, times: FloatArray, levels: int
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """Return coefficients then thresholds, log-likelihood, covariance and the score of each row, at the maximum."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    n = times.sum()
    centre = times @ x / n
    spread = np.sqrt(times @ (x - centre) ** 2 / n)
    scaled = (x - centre) / spread
    # A start is found on some of the rows: Newton's steps on all of them do the rest, and cost far less.
    some = np.repeat(np.arange(codes.size), np.ceil(times * min(1.0, _START / n)).astype(np.intp))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about convergence, which is checked below
        model = OrderedModel(codes[some], scaled[some], distr="logit")
        rough = np.asarray(model.fit(method="bfgs", disp=0, maxiter=500).params)
    theta = np.concatenate([rough[: x.shape[1]], model.transform_threshold_params(rough)[1:-1]])
    for _ in range(_POLISH):
        pull = times @ _scores(theta, codes, scaled)
        if np.abs(pull).max() < _NO_PULL * n:
            break
        theta = theta + np.linalg.solve(_information(theta, codes, scaled, times), pull)
    covariance = np.linalg.inv(_information(theta, codes, scaled, times))
    ends = np.abs(times @ _scores(theta, codes, scaled)).max() < 1e-6 * n
    if not ends or not (np.diag(covariance) < 50**2).all() or (np.diff(theta[x.shape[1] :]) <= 0).any():
        raise ValueError("the fit has no end; allowed are predictors that do not separate the answers")
    likelihood = float(times @ np.log(_chances(theta, codes, scaled)[0]))
    # Back to the units of the predictors: beta / spread, and a + centre * beta / spread.
    back = np.eye(theta.size)
    back[: x.shape[1], : x.shape[1]] /= spread[:, None]
    back[x.shape[1] :, : x.shape[1]] = centre / spread
    unscaled = np.linalg.inv(back)
    return (
        back @ theta,
        likelihood,
        back @ covariance @ back.T,
        times[:, None] * _scores(theta, codes, scaled) @ unscaled,
    )


def _chances(theta: FloatArray, codes: NDArray[np.intp], x: FloatArray) -> tuple[FloatArray, ...]:
    """Chance of the answer given, and density at the threshold over it and under it."""
    from scipy.special import expit

    edges = np.concatenate([[-np.inf], theta[x.shape[1] :], [np.inf]])
    line = x @ theta[: x.shape[1]]
    over, under = expit(edges[codes + 1] - line), expit(edges[codes] - line)
    return over - under, over * (1 - over), under * (1 - under)


def _scores(theta: FloatArray, codes: NDArray[np.intp], x: FloatArray) -> FloatArray:
    """Derivative of each row's log-likelihood in coefficients then thresholds."""
    chance, over, under = _chances(theta, codes, x)
    levels = theta.size - x.shape[1] + 1
    each = np.arange(levels - 1)
    of_threshold = (codes[:, None] == each) * (over / chance)[:, None]
    of_threshold = of_threshold - (codes[:, None] == each + 1) * (under / chance)[:, None]
    return np.column_stack([-x * ((over - under) / chance)[:, None], of_threshold])


def _information(theta: FloatArray, codes: NDArray[np.intp], x: FloatArray, times: FloatArray) -> FloatArray:
    """Observed information, from central differences of the score."""
    steps = 1e-5 * np.eye(theta.size)
    rows = [times @ (_scores(theta - s, codes, x) - _scores(theta + s, codes, x)) / 2e-5 for s in steps]
    return np.asarray((np.array(rows) + np.array(rows).T) / 2)


def proportionality(outcome: ArrayLike, predictors: pd.DataFrame) -> pd.DataFrame:
    r"""Test whether coefficients are the same at every threshold (Brant's test).

    A logistic model of :math:`y > k` is fitted at each of the K - 1 thresholds, with coefficients :math:`\beta_k`. With
    :math:`\pi_{ik}` the fitted chances, :math:`W_{kl} = \mathrm{diag}(\pi_l - \pi_k \pi_l)` for :math:`k \le l` and
    X with a constant, the covariance of :math:`\beta_k` and :math:`\beta_l` is :math:`(X' W_{kk} X)^{-1} X' W_{kl} X
    (X' W_{ll} X)^{-1}`. The statistic is Wald's, of :math:`\beta_1 = \dots = \beta_{K-1}`, chi-square with (K - 2) p
    degrees of freedom for p predictors, and K - 2 for each predictor.

    Parameters
    ----------
    outcome, predictors : array_like, DataFrame
        As in `proportional_odds`.

    Returns
    -------
    DataFrame
        A row for all predictors ("all") and one for each: term, statistic, degrees and p_value.

    Raises
    ------
    ValueError
        As `proportional_odds`.

    Notes
    -----
    Assumes independent rows: with pupils in schools it rejects too often. With few persons at an end it says little,
    and with very many it rejects differences of no interest: look at the coefficients too.

    References
    ----------
    Brant (1990), Biometrics 46:1171-1178.

    Examples
    --------
    The odds ratio is 3 at both thresholds, so nothing speaks against proportionality.

    >>> answer, girl = np.repeat([1, 2, 3, 1, 2, 3], [20, 20, 40, 40, 20, 20]), np.repeat([1, 0], 80)
    >>> proportionality(answer, pd.DataFrame({"girl": girl})).round(4)
       term  statistic  degrees  p_value
    0   all        0.0        1      1.0
    1  girl        0.0        1      1.0
    """
    from scipy.stats import chi2

    codes, x, _, answers = _used(outcome, predictors, None)
    design = np.column_stack([np.ones(len(x)), x])
    cuts, terms = answers.size - 1, x.shape[1]
    fitted = [_logistic(codes > cut, design) for cut in range(cuts)]
    slopes = np.concatenate([coefficients[1:] for coefficients, _ in fitted])
    inverse = [np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None])) for _, p in fitted]
    covariance = np.zeros((slopes.size, slopes.size))
    for k in range(cuts):
        for later in range(k, cuts):
            weight = fitted[later][1] * (1 - fitted[k][1])
            block = (inverse[k] @ (design.T @ (design * weight[:, None])) @ inverse[later])[1:, 1:]
            rows, columns = slice(k * terms, (k + 1) * terms), slice(later * terms, (later + 1) * terms)
            covariance[rows, columns], covariance[columns, rows] = block, block.T
    contrast = np.kron(np.column_stack([-np.ones(cuts - 1), np.eye(cuts - 1)]), np.eye(terms))
    apart, spread = contrast @ slopes, contrast @ covariance @ contrast.T
    parts = [np.arange(apart.size), *(np.arange(term, apart.size, terms) for term in range(terms))]
    found = [float(apart[part] @ np.linalg.solve(spread[np.ix_(part, part)], apart[part])) for part in parts]
    degrees = [part.size for part in parts]
    names = ["all", *map(str, predictors.columns)]
    p_values = chi2.sf(np.maximum(found, 0), degrees)
    return pd.DataFrame({"term": names, "statistic": found, "degrees": degrees, "p_value": p_values})


def _logistic(above: NDArray[np.bool_], design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients and fitted chances of a logistic model; raise ValueError when it has no end."""
    from statsmodels.api import GLM, families

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit without end is refused by its standard errors
        fit = GLM(above.astype(np.float64), design, family=families.Binomial()).fit()
    if not (fit.bse * design.std(axis=0))[1:].max() < 50:
        raise ValueError("the fit has no end; allowed are predictors that do not separate the answers")
    return fit.params, fit.fittedvalues
