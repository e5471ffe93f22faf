"""A programme in every invented municipality, with its comparison groups, and reforms in some municipalities."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.contracts.surveys import COMPARISON, PARTICIPANTS, TREATED
from inklusion.register.synthetic.places import MUNICIPALITIES, Places
from inklusion.register.synthetic.streams import Integers, Streams
from inklusion.register.synthetic.survey_targets import targets

Doubles = NDArray[np.float64]


def draw_reforms(places: Places, streams: Streams) -> pd.DataFrame:
    """Draw the municipalities of each reform, one from each of as many size groups; none is in two reforms."""
    by_size = np.argsort(places.pupils, kind="stable")
    taken: list[int] = []
    parts = []
    for name, plan in targets()["reforms"].items():
        low, high = (round(part * MUNICIPALITIES) for part in plan["sizes"])
        free = np.array([place for place in by_size[low:high] if place not in taken])
        lot = streams.uniform(f"reform {name}", MUNICIPALITIES)
        chosen = sorted(int(group[np.argmin(lot[group])]) for group in np.array_split(free, plan["municipalities"]))
        taken += chosen
        codes = [places.codes[place] for place in chosen]
        parts.append(pd.DataFrame({"reform": name, "municipality": codes, "start": plan["start"]}))
    return pd.concat(parts, ignore_index=True)


def draw_participants(places: Places, streams: Streams) -> pd.DataFrame:
    """Draw the participants and their comparison groups: attendance, and an outcome before and after.

    Chosen by their score before, so that they rise without any programme. The true effect is in ``surveys.toml``.
    """
    plan = targets()["programme"]
    root = np.sqrt(places.pupils)
    size = (root - root.min()) / (root.max() - root.min())
    treated = np.rint(plan["fewest"] + (plan["most"] - plan["fewest"]) * size).astype(np.int64)
    order = np.argsort(streams.uniform("programme comparison", MUNICIPALITIES))
    compared = np.isin(np.arange(MUNICIPALITIES), order[: round(plan["comparison"] * MUNICIPALITIES)])
    groups = pd.concat(
        [_groups(treated, TREATED, plan, streams), _groups(np.where(compared, treated, 0), COMPARISON, plan, streams)],
        ignore_index=True,
    ).sort_values(["place", "role", "number"], kind="stable", ignore_index=True)
    people = _people(groups, plan, streams)
    people["municipality"] = np.array(places.codes, dtype=object)[people["place"]]
    return people.assign(programme=plan["id"])[PARTICIPANTS.column_names]


def _groups(sizes: Integers, role: str, plan: dict[str, Any], streams: Streams) -> pd.DataFrame:
    """The groups of each municipality: about ``group_size`` pupils each, none outside the printed sizes."""
    count = np.where(sizes > 0, np.maximum(1, np.rint(sizes / plan["group_size"])), 0).astype(np.int64)
    place = np.repeat(np.arange(len(sizes)), count)
    number = np.arange(len(place)) - (np.cumsum(count) - count)[place] + 1
    weight = np.exp(0.3 * streams.normal(f"programme groups {role}", len(place)).astype(np.float64))
    members = sizes[place] * weight / np.bincount(place, weight, len(sizes))[place]
    fewest, most = plan["planned"]
    sessions = streams.of(f"programme sessions {role}").integers(fewest, most, len(place), endpoint=True)
    return pd.DataFrame(
        {
            "place": place,
            "role": role,
            "number": number,
            "members": np.clip(np.rint(members), plan["smallest_group"], plan["largest_group"]).astype(np.int64),
            "planned": np.where(role == TREATED, sessions, 0),
        }
    )


def _people(groups: pd.DataFrame, plan: dict[str, Any], streams: Streams) -> pd.DataFrame:
    group = np.repeat(np.arange(len(groups)), groups["members"])
    people = groups.loc[group, ["place", "role", "planned"]].reset_index(drop=True)
    treated = (people["role"] == TREATED).to_numpy()
    first = np.where(groups["role"] == TREATED, "Hold ", "Sammenligning ")
    people["cluster"] = (first + groups["number"].astype(str)).to_numpy()[group]
    people["participant"] = np.arange(1, len(people) + 1)
    lost = np.where(treated, plan["dropout"], plan["comparison_lost"])
    gone = streams.uniform("programme dropout", len(people)) < lost
    attended = _attended(people["planned"].to_numpy(), gone, plan, streams)
    before, after = _outcomes(group, treated, attended / np.maximum(people["planned"], 1).to_numpy(), plan, streams)
    people["attended"] = pd.array(attended, dtype="Int64")
    people.loc[~treated, "attended"] = pd.NA
    return people.assign(before=before, after=np.where(gone, np.nan, after))


def _attended(planned: Integers, gone: NDArray[np.bool_], plan: dict[str, Any], streams: Streams) -> Integers:
    """Sessions attended; who drops out comes to fewer than half."""
    came = streams.of("programme attendance").binomial(planned, plan["attendance"])
    few = streams.of("programme attendance before dropout").binomial(planned // 2, 0.5)
    return np.where(gone, few, came).astype(np.int64)


def _outcomes(
    group: Integers, treated: NDArray[np.bool_], dose: Doubles, plan: dict[str, Any], streams: Streams
) -> tuple[Doubles, Doubles]:
    """Scores on the scale 1-5, in tenths. Selection on the score before moves its mean only, as exponential tilting does."""
    between, size = plan["group_variance"], int(group.max()) + 1

    def unit(name: str) -> Doubles:
        shared = streams.normal(f"programme {name} group", size).astype(np.float64)[group]
        own = streams.normal(f"programme {name} pupil", len(group)).astype(np.float64)
        return np.asarray(np.sqrt(between) * shared + np.sqrt(1 - between) * own)

    before = np.where(treated, plan["selected"], plan["comparison_selected"]) + unit("before")
    after = plan["retest"] * before + np.sqrt(1 - plan["retest"] ** 2) * unit("after")
    effect = np.where(treated, plan["effect"] * dose, 0.0)
    scores = (plan["mean"] + plan["spread"] * before, plan["mean"] + plan["spread"] * after + effect)
    first, second = (np.clip(np.round(score, 1), 1.0, 5.0) for score in scores)
    return first, second
