"""Covariates without meaning, to try a model on as many columns as a real register has."""

import numpy as np
import pandas as pd

from inklusion.contracts.register import COVARIATE_CATEGORIES, DICTIONARY_COLUMNS
from inklusion.register.synthetic.draws import Scores, threshold
from inklusion.register.synthetic.streams import Floats

_RAREST, _COMMONEST = 0.005, 0.20


def filler_covariates(scores: Scores, count: int) -> dict[str, Floats]:
    """Yes-or-no columns of 0.5 to 20 pct., weakly tied to the family's resources and strain."""
    columns = {}
    social, strain = scores.social, scores.strain
    for number in range(1, count + 1):
        name = _name(number)
        draw = scores.streams.of(f"{name}: rule")
        share = _RAREST * (_COMMONEST / _RAREST) ** draw.random()
        loadings = draw.uniform(-0.15, 0.15, 2).astype(np.float32)
        score = scores.streams.normal(name, len(social)) + loadings[0] * social + loadings[1] * strain
        columns[name] = (score > threshold(score, share)).astype(np.float32)
    return columns


def with_fillers(dictionary: pd.DataFrame, count: int) -> pd.DataFrame:
    """The dictionary with rows for them, spread over the report's seven categories."""
    rows = [
        (_name(number), f"Fyld {number:03d}", COVARIATE_CATEGORIES[number % 7], "yes_no", "", "fyld", False, False)
        for number in range(1, count + 1)
    ]
    if not rows:
        return dictionary
    extra = pd.DataFrame(rows, columns=list(DICTIONARY_COLUMNS)).astype(dictionary.dtypes.to_dict())
    return pd.concat([dictionary, extra], ignore_index=True)


def _name(number: int) -> str:
    return f"extra_{number:03d}"
