"""The true risk: which covariates raise the probability of segregated placement, and how."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from inklusion.register.synthetic.draws import Scores
from inklusion.register.synthetic.places import Places
from inklusion.register.synthetic.streams import Floats, Integers

Vector = NDArray[np.float64]

# Log-odds of one yes. Chosen, so that the true probability ranks pupils with an AUC of 0.80-0.85.
WEIGHTS = {
    "single_parent": 0.22,
    "parents_without_employment": 0.45,
    "father_convicted": 0.20,
    "parent_substance_abuse": 0.30,
    "mother_psychiatric_diagnosis": 0.22,
    "preterm_birth": 0.25,
    "late_school_start": 0.35,
    "boy": 0.45,
    "autism_diagnosis": 2.0,
    "adhd_diagnosis": 1.0,
    "other_psychiatric_diagnosis": 0.5,
    "intellectual_disability_diagnosis": 2.6,
    "language_disorder_diagnosis": 1.1,
    "notification_3y": 0.40,
    "placed_outside_home": 0.7,
    "earlier_special_education": 1.05,
}
INCOME_STEEP, INCOME_FLAT, INCOME_MIDDLE = 1.2, 0.25, 550.0
EDUCATION = (0.45, 0.15, 0.05, -0.05, -0.15, -0.25)
BOY_WITH_AUTISM = 0.35
SINGLE_WITH_BASIC_SCHOOL = 0.35
LOW_WEIGHT = 0.5
# By grade 0-10: steep at school start, flat from the middle of school.
GRADE = (-0.62, -0.42, -0.25, -0.10, 0.02, 0.12, 0.20, 0.25, 0.27, 0.27, 0.20)
HIDDEN_IN_FAMILY, HIDDEN_BETWEEN_DISTRICTS = 0.3, 0.1


def hidden_covariate(scores: Scores, places: Places) -> Floats:
    """A need that no register holds: partly the pupil's, partly the family's, a little different between districts."""
    own = np.float32((1 - HIDDEN_IN_FAMILY) ** 0.5) * scores.noise("hidden in pupil", "pupil", 1.0)
    shared = np.float32(HIDDEN_IN_FAMILY**0.5) * scores.noise("hidden in family", "family", 1.0)
    district = scores.streams.normal("hidden in district", len(places.number))[scores.population.district]
    total: Floats = own + shared + np.float32(HIDDEN_BETWEEN_DISTRICTS) * district
    return total


def log_odds(covariates: dict[str, Any], grade: Integers, education: Integers) -> Vector:
    """Log-odds of segregated placement at national practice, but for a constant and the hidden covariate.

    Parameters
    ----------
    covariates
        The covariates before anything is missing, with the marks that national practice would give.
    grade
        Grade of each row.
    education
        The mother's education, 0 (basic school) to 5 (long higher education).
    """
    odds = np.array(GRADE)[grade] + np.array(EDUCATION)[education]
    for name, weight in WEIGHTS.items():
        odds += weight * covariates[name]
    income = np.log(covariates["family_income"].astype(np.float64) / INCOME_MIDDLE)
    odds += INCOME_STEEP * np.clip(-income, 0, 1.5) - INCOME_FLAT * np.clip(income, 0, 1.5)
    odds += LOW_WEIGHT * np.clip((2_500 - covariates["birth_weight"]) / 1_000, 0, 1.5)
    odds += BOY_WITH_AUTISM * (covariates["boy"] & covariates["autism_diagnosis"])
    odds += SINGLE_WITH_BASIC_SCHOOL * (covariates["single_parent"] & (education == 0))
    return np.asarray(odds, dtype=np.float64)


def shift_to_means(odds: Vector, group: Integers, means: Vector) -> Vector:
    """What to add to the log-odds of each group so that its mean probability is as given.

    Parameters
    ----------
    odds, group
        Log-odds and group (from 0) of each row; every group has rows.
    means
        Wanted mean probability of each group, above 0 and below 1.

    Notes
    -----
    Newton's method inside a bracket that shrinks by bisection where a step would leave it.

    Examples
    --------
    >>> odds, group = np.array([0.0, 1.0, -2.0]), np.array([0, 0, 1])
    >>> shift = shift_to_means(odds, group, np.array([0.3, 0.5]))
    >>> probability = expit(odds + shift[group])
    >>> [round(float(probability[group == one].mean()), 12) for one in (0, 1)]
    [0.3, 0.5]
    """
    size = np.bincount(group, minlength=len(means)).astype(np.float64)
    low, high = np.full(len(means), -40.0), np.full(len(means), 40.0)
    shift = np.zeros(len(means))
    for _ in range(80):
        probability = expit(odds + shift[group])
        excess = np.bincount(group, probability, len(means)) / size - means
        if np.abs(excess).max() < 1e-14:
            break
        slope = np.bincount(group, probability * (1 - probability), len(means)) / size
        high, low = np.where(excess > 0, shift, high), np.where(excess > 0, low, shift)
        step = shift - excess / np.maximum(slope, 1e-300)
        shift = np.where((step > low) & (step < high), step, (low + high) / 2)
    return shift
