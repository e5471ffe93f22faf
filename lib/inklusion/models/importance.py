"""How much each category of covariates adds, on municipalities that the model never saw."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from inklusion.measures.calibration import area_under_curve, log_loss
from inklusion.models.cross_fit import CrossFit, Outcome, calibrated
from inklusion.models.design import Design


def category_importance(
    design: Design, outcome: Outcome, fitted: CrossFit, categories: Mapping[str, tuple[str, ...]], *, seed: int
) -> pd.DataFrame:
    """Grouped permutation importance, out of fold.

    All columns of a category are exchanged together between the pupils of the held-out fold, so that what its
    covariates say jointly is lost while their own correlation stays; then the fold's model predicts again.

    Parameters
    ----------
    design, outcome
        What the model was fitted on.
    fitted
        The cross-fit with its models.
    categories
        Covariates by category; covariates that the model does not use are passed over.
    seed
        Seed of the permutations.

    Returns
    -------
    DataFrame
        Columns category, covariates (number used), log_loss_increase, auc_loss; the largest loss first.

    References
    ----------
    Breiman (2001), Machine Learning 45:5-32, section 10; Au et al. (2022), Data Min. Knowl. Disc. 36:1401-1450
    (grouped permutation).
    """
    columns = design.linear if fitted.kind == "logistic" else design.trees
    owners = np.array(design.linear_of if fitted.kind == "logistic" else design.trees_of)
    rng = np.random.default_rng(seed)
    before = area_under_curve(outcome, calibrated(fitted, columns))[0]
    orders = {held: rng.permutation(np.flatnonzero(fitted.fold == held)) for held in range(len(fitted.folds))}
    rows = []
    for category, names in categories.items():
        own = np.flatnonzero(np.isin(owners, names))
        if not len(own):
            continue
        exchanged = columns.copy()
        for held, order in orders.items():
            exchanged[np.ix_(np.flatnonzero(fitted.fold == held), own)] = columns[np.ix_(order, own)]
        probability = calibrated(fitted, exchanged)
        rows.append(
            {
                "category": category,
                "covariates": len(set(owners[own])),
                "log_loss_increase": log_loss(outcome, probability) - fitted.log_loss,
                "auc_loss": before - area_under_curve(outcome, probability)[0],
            }
        )
    table = pd.DataFrame(rows, columns=["category", "covariates", "log_loss_increase", "auc_loss"])
    return table.sort_values("log_loss_increase", ascending=False, ignore_index=True)
