"""Holds what was stored against what the newsroom knows of itself. Pure: both sides are handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

#: Where a link of each kind must end; the code says why, for those that are not articles.
_ENDS: dict[str, frozenset[str]] = {
    "article": frozenset({"done"}),
    "copy": frozenset({"done"}),
    "moved": frozenset({"done", "skipped"}),
    "alias": frozenset({"done", "skipped"}),
    "gone": frozenset({"gone"}),
    "listing": frozenset({"skipped"}),
    "soft404": frozenset({"skipped", "parked"}),
    "paywall": frozenset({"skipped", "parked"}),
    "botwall": frozenset({"parked"}),
    "pdf": frozenset({"skipped"}),
    "refused_by_robots": frozenset({"skipped"}),
    "too_large": frozenset({"parked"}),
}
_STORED = frozenset({"article", "copy"})


def compare(
    truth: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]], states: Mapping[str, int]
) -> list[str]:
    """What differs, one sentence each; empty where every truth is met.

    Args:
        truth: the newsroom's, by normalised URL: at least ``kind`` and ``article`` (a key that the addresses of one
            article share; None where there is none).
        found: links by normalised URL, as `rasid.store.summary.links_by_url` gives them.
        states: links by state.
    """
    return [
        *_missing_articles(truth, found),
        *_wrong_ends(truth, found),
        *_stored_by_mistake(truth, found),
        *_sums(found, states),
    ]


def _missing_articles(truth: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    wanted = {one["article"] for one in truth.values() if one["kind"] in _STORED}
    stored = Counter(
        truth[url]["article"] for url, row in found.items() if row["article_id"] is not None and url in truth
    )
    problems = [f"article {key} is not stored" for key in sorted(wanted - stored.keys(), key=str)]
    return problems + [f"article {key} is stored {n} times" for key, n in sorted(stored.items(), key=str) if n > 1]


def _wrong_ends(truth: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    problems = []
    for url, one in truth.items():
        row = found.get(url)
        if row is not None and row["state"] not in _ENDS.get(one["kind"], frozenset()):
            problems.append(f"{url} is a {one['kind']} and ended as {row['state']} ({row['code']})")
    return problems


def _stored_by_mistake(truth: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"{url} is stored as an article and is {truth[url]['kind'] if url in truth else 'unknown to the newsroom'}"
        for url, row in found.items()
        if row["article_id"] is not None and (url not in truth or truth[url]["article"] is None)
    ]


def _sums(found: Mapping[str, Mapping[str, Any]], states: Mapping[str, int]) -> list[str]:
    total = sum(states.values())
    return [] if total == len(found) else [f"{len(found)} links were found, and {total} are in a state"]
