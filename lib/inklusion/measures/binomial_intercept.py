"""Shares of pupils in schools: a logistic model in which each school has its own level.

statsmodels and scipy are imported inside functions: they cost about 0.6 s.
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray, checked_fraction, checked_pair
from inklusion.measures._rows import coefficient_table, complete_rows, standardised
from inklusion.measures.random_intercept import NO_DIFFERENCE

_NEAREST = 1e-6
_ENDLESS = 50
_STEPS = 60
_LONGEST_STEP = 2.0


class BinomialMixed(NamedTuple):
    """Coefficients (log odds) with intervals, SD of the intercept, latent share, log-likelihood, sizes and a note."""

    coefficients: pd.DataFrame
    deviation: float
    intraclass: float
    log_likelihood: float
    groups: int
    observations: int
    note: str


def binomial_random_intercept(
    numerator: ArrayLike,
    denominator: ArrayLike,
    predictors: pd.DataFrame,
    group: ArrayLike,
    *,
    nodes: int = 25,
    confidence: float = 0.95,
) -> BinomialMixed:
    r"""Estimate a logistic model with a random intercept per group, by maximum likelihood.

    .. math:: x_i \sim \mathrm{Bin}(n_i, p_i), \quad \mathrm{logit}\, p_i = \beta_0 + z_i' \beta + \sigma u_j,
        \quad u_j \sim N(0, 1)

    The likelihood of a group is the integral over u, by adaptive Gauss-Hermite quadrature around its mode. Standard
    errors come from the Hessian of the log-likelihood in :math:`(\beta, \sigma)`, limits are
    :math:`\hat\beta \pm z SE`. The latent intraclass share is :math:`\sigma^2 / (\sigma^2 + \pi^2 / 3)`.

    Parameters
    ----------
    numerator, denominator : array_like of whole numbers, shape (rows,)
        Those counted, x, of n; n = 1 for a row per pupil. A row with NaN in anything, or denominator 0, is left out.
    predictors, group, confidence : DataFrame, array_like, float
        As in `linear_random_intercept`.
    nodes : int
        Points of the quadrature, 1 (Laplace) to 100.

    Returns
    -------
    BinomialMixed
        coefficients: a row per term ("intercept" first) with term, estimate, standard_error, lower, upper (log odds)
        and p_value (two-sided, normal); deviation (:math:`\sigma`, log odds); intraclass, 0-1; log_likelihood (with
        the binomial coefficients); groups; observations; note, when :math:`\sigma` is 0.

    Raises
    ------
    ValueError
        As `linear_random_intercept`; for a negative or broken count, numerator > denominator, nodes outside 1-100, or
        a fit without end, as when a predictor separates the outcomes.

    Notes
    -----
    Coefficients hold for a given group, and are further from 0 than those of the whole population. Assumes normal
    groups; with fewer than about 20 groups the intervals are too narrow and :math:`\sigma` too small.

    References
    ----------
    Pinheiro and Bates (1995), J. Comput. Graph. Statist. 4:12-35 (adaptive quadrature); Snijders and Bosker (2012),
    Multilevel Analysis, 2nd ed., section 17.3.2 (latent share).

    Examples
    --------
    Four schools with the same share: no variance between them, and logit(1/4).

    >>> fit = binomial_random_intercept([5, 5, 5, 5], [20] * 4, pd.DataFrame(index=range(4)), list("abcd"))
    >>> fit.deviation, fit.coefficients["estimate"].round(4).tolist()
    (0.0, [-1.0986])
    """
    from scipy.stats import norm

    level = checked_fraction(confidence, "confidence")
    if not 1 <= nodes <= 100:
        raise ValueError(f"nodes is {nodes!r}; allowed are whole numbers from 1 to 100")
    parts, wholes = (np.ravel(counts) for counts in checked_pair(numerator, denominator))
    counts, x, codes = complete_rows(np.array([parts, np.where(wholes > 0, wholes, np.nan)]), predictors, group)
    scaled, back = standardised(x)
    estimate, covariance, deviation, likelihood = _maximum(counts, scaled, codes, nodes)
    if not (np.diag(covariance) < _ENDLESS**2).all():
        raise ValueError("the fit has no end; allowed are predictors that do not separate those counted from the rest")
    estimate, error = back @ estimate, np.sqrt(np.diag(back @ covariance @ back.T))
    table = coefficient_table(predictors, estimate, error, norm.ppf((1 + level) / 2) * error)
    table["p_value"] = 2 * norm.sf(np.abs(estimate / error))
    latent = deviation**2 / (deviation**2 + np.pi**2 / 3)
    note = "" if deviation else NO_DIFFERENCE
    return BinomialMixed(table, deviation, latent, likelihood, int(codes.max()) + 1, counts.shape[1], note)


def _maximum(
    counts: FloatArray, x: FloatArray, codes: NDArray[np.intp], nodes: int
) -> tuple[FloatArray, FloatArray, float, float]:
    """Return coefficients, their covariance, the SD of the intercept and the log-likelihood at its maximum."""
    from scipy.optimize import minimize
    from scipy.special import gammaln
    from statsmodels.api import GLM, families

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit without end is refused by its standard errors
        plain = GLM(np.column_stack([counts[0], counts[1] - counts[0]]), x, family=families.Binomial()).fit()
    constant = float((gammaln(counts[1] + 1) - gammaln(counts[0] + 1) - gammaln(counts[1] - counts[0] + 1)).sum())

    def turned(theta: FloatArray) -> tuple[float, FloatArray]:
        value, slope = _likelihood(theta, counts, x, codes, nodes)
        return -value, -slope

    # Two starts: the symmetric likelihood is flat in sigma at 0.
    tries = [minimize(turned, [*plain.params, start], jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 300})
             for start in (0.3, 1.0)]  # fmt: skip
    found = min(tries, key=lambda result: result.fun)
    deviation = abs(float(found.x[-1]))
    alone = _likelihood(np.array([*plain.params, 0.0]), counts, x, codes, nodes)[0]
    if deviation < 1e-3 or alone >= -found.fun - _NEAREST:
        return plain.params, plain.cov_params(), 0.0, alone + constant
    hessian = _differences(turned, found.x)
    covariance = np.asarray(np.linalg.inv(hessian)[:-1, :-1], dtype=np.float64)
    return found.x[:-1], covariance, deviation, -float(found.fun) + constant


def _differences(turned: Any, theta: FloatArray) -> FloatArray:
    """Hessian from central differences of the gradient."""
    steps = 1e-4 * np.eye(theta.size)
    rows = np.array([(turned(theta + step)[1] - turned(theta - step)[1]) / 2e-4 for step in steps])
    return np.asarray((rows + rows.T) / 2)


def _likelihood(
    theta: FloatArray, counts: FloatArray, x: FloatArray, codes: NDArray[np.intp], nodes: int
) -> tuple[float, FloatArray]:
    """Log-likelihood without binomial coefficients, and its gradient, at coefficients and SD of the intercept."""
    from scipy.special import expit, logsumexp

    line, deviation = x @ theta[:-1], theta[-1]
    mode, width = _modes(line, deviation, counts, codes)
    points, weights = np.polynomial.hermite.hermgauss(nodes)
    u = mode[:, None] + np.sqrt(2) * width[:, None] * points
    predictor = line[:, None] + deviation * u[codes]
    each = counts[0][:, None] * predictor - counts[1][:, None] * np.logaddexp(0, predictor)
    of_group = np.stack([np.bincount(codes, column) for column in each.T], axis=1)
    log_terms = of_group - u**2 / 2 - 0.5 * np.log(np.pi) + points**2 + np.log(weights) + np.log(width)[:, None]
    of_groups = logsumexp(log_terms, axis=1)
    chance = np.exp(log_terms - of_groups[:, None])
    residual = (counts[0][:, None] - counts[1][:, None] * expit(predictor)) * chance[codes]
    slope = np.append(x.T @ residual.sum(axis=1), (residual * u[codes]).sum())
    return float(of_groups.sum()), slope


def _modes(
    line: FloatArray, deviation: float, counts: FloatArray, codes: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Mode of u in each group, by Newton's method, and the SD of the normal curve that fits there."""
    from scipy.special import expit

    mode = np.zeros(int(codes.max()) + 1)
    for _ in range(_STEPS):
        share = expit(line + deviation * mode[codes])
        slope = deviation * np.bincount(codes, counts[0] - counts[1] * share) - mode
        bend = 1 + deviation**2 * np.bincount(codes, counts[1] * share * (1 - share))
        step = np.clip(slope / bend, -_LONGEST_STEP, _LONGEST_STEP)
        mode = mode + step
        if np.abs(step).max() < 1e-10:
            break
    return mode, 1 / np.sqrt(bend)
