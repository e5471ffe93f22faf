"""Pre-analysis plans: what will be judged and how, written down and locked before the outcomes are read.

A plan is a TOML file in ``plans/``. Its lock lies beside it and holds the plan's text as it was on the day of locking.
Outcomes are analysed by the locked text; whatever was changed in the plan later is listed on the page.
"""

from inklusion.plans.locks import Change, LockedPlan, Plans, lock, plan_files, plans_folder, read_plans, require_locked
from inklusion.plans.text import PROGRAMME, REFORM, Assumed, Plan, PlanError, places

__all__ = [
    "PROGRAMME",
    "REFORM",
    "Assumed",
    "Change",
    "LockedPlan",
    "Plan",
    "PlanError",
    "Plans",
    "lock",
    "named",
    "places",
    "plan_files",
    "plans_folder",
    "read_plans",
    "require_locked",
]


def named(group: str) -> str:
    """Which programme or reform a row is about: what stands before the colon of its group.

    >>> named("musik: indsats"), named("Eksempelreformen")
    ('musik', 'Eksempelreformen')
    """
    return group.split(": ", 1)[0]
