"""The tables that compare municipalities: made from what an edition shows, and from nothing else."""

from collections.abc import Mapping

import pandas as pd

from inklusion.analyses.comparison_groups import (
    NEIGHBOUR_GROUP,
    ComparisonSettings,
    members,
    read_comparison_settings,
    similar_municipalities,
)
from inklusion.analyses.multiverse import multiverse
from inklusion.analyses.standing import standing
from inklusion.analyses.trends import printed_slopes, trends
from inklusion.municipalities import COUNTRY
from inklusion.project import settings_folder

NAMES = ("standing", "multiverse", "trends")
SETTINGS = "comparison.toml"
Shown = Mapping[str, pd.DataFrame]


def settings() -> ComparisonSettings:
    """The comparison's choices, as the user has edited them."""
    return read_comparison_settings(settings_folder() / SETTINGS)


def context_groups(context: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Whom the context indicators place a municipality among: its kind, the most similar ones, and own groups."""
    chosen = settings()
    groups = members(places["municipality"], similar_municipalities(context, chosen), chosen, places)
    is_kind = groups["group"].isin([NEIGHBOUR_GROUP, *chosen.groups, *places["group"]])
    return groups[is_kind].reset_index(drop=True)


def compare_published(shown: Shown, places: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Standing, combinations and slopes of the municipalities with published figures."""
    segregation = shown["segregation"]
    groups = members(places["municipality"], shown["neighbours"], settings(), places)
    where = standing(segregation[segregation["measure"] == "share"], groups)
    printed = pd.concat([segregation, shown["wellbeing"]])
    return {
        "standing": where,
        "multiverse": multiverse(where, segregation),
        "trends": printed_slopes(printed[printed["measure"] == "printed"]),
    }


def compare_registered(shown: Shown) -> dict[str, pd.DataFrame]:
    """Standing, combinations and change over the years of a register's municipalities."""
    yearly, expected = shown["yearly"], shown["expected"]
    neighbours = shown["neighbours"]  # names every municipality, also those whose share is hidden
    codes = [code for code in dict.fromkeys(neighbours["municipality"]) if code != COUNTRY]
    where = standing(yearly, members(codes, neighbours, settings()))
    return {"standing": where, "multiverse": multiverse(where, pd.concat([yearly, expected])), "trends": trends(yearly)}
