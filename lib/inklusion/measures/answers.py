"""Shares of answers to single items: top answers, items chosen of several, ranked gaps, and when a split is too small."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import checked_pair, divided
from inklusion.measures.proportions import wilson_interval


def top_shares(
    answers: pd.DataFrame, codes: Sequence[float], *, top: int = 2, dont_know: Sequence[float] = ()
) -> pd.DataFrame:
    r"""Compute the share of each item's answers that are among the highest, without and with "don't know" in the base.

    With x the answers among the `top` highest codes, n the answers and d the "don't know": :math:`x / n` and
    :math:`x / (n + d)`, with Wilson intervals.

    Parameters
    ----------
    answers : DataFrame of float, shape (respondents, items)
        Codes. NaN (not answered, declined) is in neither base.
    codes : sequence of float
        The codes that are answers, lowest first.
    top : int
        How many of the highest codes count, 1 to one less than there are.
    dont_know : sequence of float
        Codes of "don't know".

    Returns
    -------
    DataFrame
        One row per item, its name as index: numerator, n, share, lower, upper; dont_know (respondents);
        share_of_all, lower_of_all, upper_of_all ("don't know" in the base). Shares 0-1, NaN where the base is 0.

    Raises
    ------
    ValueError
        For answers that are neither codes nor "don't know" (how many, never which), a code given twice, or top outside
        its limits.

    Notes
    -----
    Turn reversed items first. The intervals are for independent respondents from a large population; for a finite
    one use `wilson_interval_finite`, for weights `design_interval`.

    References
    ----------
    Wilson (1927), J. Amer. Statist. Assoc. 22:209-212; AAPOR Best Practices (both bases reported).

    Examples
    --------
    Of four answers two are 4 or 5; with the one who does not know, two of five.

    >>> answers = pd.DataFrame({"offer": [1, 2, 4, 5, 9]})
    >>> top_shares(answers, [1, 2, 3, 4, 5], dont_know=[9])[["numerator", "n", "share", "share_of_all"]]
           numerator  n  share  share_of_all
    offer          2  4    0.5           0.4
    """
    if len({*codes, *dont_know}) < len(codes) + len(dont_know):
        raise ValueError(f"codes {list(codes)} and dont_know {list(dont_know)} share or repeat a code; allowed is once")
    if not 1 <= top < len(codes):
        raise ValueError(f"top is {top!r}; allowed is 1 to {len(codes) - 1}")
    values = answers.to_numpy(dtype=np.float64)
    counts = {code: (values == code).sum(axis=0) for code in (*codes, *dont_know)}
    wrong = int((~np.isnan(values)).sum() - sum(count.sum() for count in counts.values()))
    if wrong:
        raise ValueError(f"answers has {wrong} that are neither codes {list(codes)} nor dont_know {list(dont_know)}")
    whole = np.zeros(values.shape[1])
    parts, n, away = (sum((counts[code] for code in kept), whole) for kept in (codes[-top:], codes, dont_know))
    table = pd.DataFrame({"numerator": parts, "n": n}, index=answers.columns).astype("int64")
    table["share"] = divided(parts, n)
    table["lower"], table["upper"] = wilson_interval(parts, n)
    table["dont_know"] = away.astype("int64")
    table["share_of_all"] = divided(parts, n + away)
    table["lower_of_all"], table["upper_of_all"] = wilson_interval(parts, n + away)
    return table


def chosen_items(choices: pd.DataFrame, *, most: int = 3) -> pd.DataFrame:
    """Compute how often each item was chosen, of those who chose any, where up to `most` could be chosen.

    Parameters
    ----------
    choices : DataFrame of 0, 1 or bool, shape (respondents, items)
        1 for chosen. NaN counts as not chosen; a respondent without any 1 is not in the base.
    most : int
        How many items a respondent could choose.

    Returns
    -------
    DataFrame
        One row per item, its name as index: numerator, denominator (the same for all), share, lower, upper (95 %
        Wilson). The shares may sum to more than 1.

    Raises
    ------
    ValueError
        For values other than 0, 1 and NaN, respondents with more than `most` (how many, never which), or most below 1.

    Notes
    -----
    The items of one respondent are not independent: an interval per item holds, a comparison of two intervals does
    not. Every item that could be chosen must be a column, or the base lacks those who chose only others.

    References
    ----------
    Agresti and Liu (1999), Biometrics 55:936-943 (pick any of c items); Wilson (1927) as in `wilson_interval`.

    Examples
    --------
    >>> chosen_items(pd.DataFrame({"two": [1, 1, 0], "co": [1, 0, 0]}))[["numerator", "denominator", "share"]]
         numerator  denominator  share
    two          2            2    1.0
    co           1            2    0.5
    """
    if most < 1:
        raise ValueError(f"most is {most!r}; allowed are whole numbers of 1 or more")
    values = choices.to_numpy(dtype=np.float64)
    if not (np.isnan(values) | (values == 0) | (values == 1)).all():
        raise ValueError("choices has a value other than 0 and 1; allowed are 0, 1 and NaN")
    per_person = (values == 1).sum(axis=1)
    if (per_person > most).any():
        raise ValueError(
            f"{int((per_person > most).sum())} respondents chose more than {most}; allowed is up to {most}"
        )
    base = int((per_person > 0).sum())
    table = pd.DataFrame({"numerator": (values == 1).sum(axis=0), "denominator": base}, index=choices.columns)
    table["share"] = divided(table["numerator"].to_numpy(float), table["denominator"].to_numpy(float))
    table["lower"], table["upper"] = wilson_interval(table["numerator"], table["denominator"])
    return table


def ranked_gaps(items: Sequence[str], numerators: ArrayLike, denominators: ArrayLike) -> pd.DataFrame:
    r"""Order items by the share who lack them, with the ranks that equal shares have in common.

    The first rank is 1 + the number of larger shares, the last the number of shares at least as large.

    Parameters
    ----------
    items : sequence of str
        Names.
    numerators, denominators : array_like of whole numbers, shape (items,)
        Those who lack it, and those who answered. NaN or denominator 0 gives NaN and comes last.

    Returns
    -------
    DataFrame
        item, numerator, denominator, share, lower, upper (95 % Wilson), rank_first, rank_last (NaN without a share):
        largest share first, equal ones in the order given.

    Raises
    ------
    ValueError
        For a negative or broken count, numerator > denominator, or another number of items than of counts.

    Notes
    -----
    Shares are compared exactly: 60 and 60 % printed need not be equal. The same respondents answered all items, so
    the intervals do not say which ranks could have been otherwise.

    References
    ----------
    Wilson (1927), J. Amer. Statist. Assoc. 22:209-212.

    Examples
    --------
    >>> ranked_gaps(["a", "b", "c"], [1, 2, 1], [4, 4, 4])[["item", "share", "rank_first", "rank_last"]]
      item  share  rank_first  rank_last
    0    b   0.50         1.0        1.0
    1    a   0.25         2.0        3.0
    2    c   0.25         2.0        3.0
    """
    parts, wholes = (np.ravel(counts) for counts in checked_pair(numerators, denominators))
    if parts.size != len(items):
        raise ValueError(f"items has {len(items)} names for {parts.size} counts; allowed is one per count")
    table = pd.DataFrame({"item": list(items), "numerator": parts, "denominator": wholes})
    table["share"] = divided(parts, wholes)
    table["lower"], table["upper"] = wilson_interval(parts, wholes)
    for name, method in (("rank_first", "min"), ("rank_last", "max")):
        table[name] = table["share"].rank(method=method, ascending=False)
    return table.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def split_sizes(groups: pd.Series, *, answered: ArrayLike | None = None, smallest: int = 10) -> pd.Series:
    """Count the respondents of each group of a split; refuse the split when a group is too small.

    Parameters
    ----------
    groups : Series, shape (respondents,)
        The group of each respondent. Missing is in no group.
    answered : array_like of bool, optional
        Who answered the item; the others do not count. All without.
    smallest : int
        Fewest respondents of a group, 1 or more.

    Returns
    -------
    Series of int
        Respondents per group, in the order of the groups' names.

    Raises
    ------
    ValueError
        When a group has fewer (how many groups, never which or how few), or without groups.

    Notes
    -----
    A group in which nobody answered counts as too small. Ten is a rule of precision; the rule that hides small counts
    is another, and applies as well.

    References
    ----------
    Parker et al. (2017), National Center for Health Statistics, Vital Health Stat. 2(175) (a floor on n).

    Examples
    --------
    >>> split_sizes(pd.Series(["a"] * 12 + ["b"] * 10)).to_dict()
    {'a': 12, 'b': 10}
    """
    if smallest < 1:
        raise ValueError(f"smallest is {smallest!r}; allowed are whole numbers of 1 or more")
    kept = np.ones(len(groups), dtype=bool) if answered is None else np.asarray(answered, dtype=bool)
    names = groups.dropna().unique()
    sizes = groups[kept].value_counts().reindex(names, fill_value=0).sort_index()
    small = int((sizes < smallest).sum())
    if small or not len(sizes):
        raise ValueError(
            f"{small} of the {len(sizes)} groups have fewer than {smallest} answers; allowed are splits with {smallest} "
            "or more in every group: merge groups, or leave the split out"
        )
    return sizes
