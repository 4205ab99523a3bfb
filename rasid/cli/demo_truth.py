"""Holds what was stored against what the newsroom knows of itself. Pure: both sides are handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Truth = Mapping[str, Mapping[str, Any]]
Found = Mapping[str, Mapping[str, Any]]

_STORED = ("article", "copy")
#: Where a link of each state has ended, in the newsroom's words.
_ENDS = {"done": "stored", "skipped": "skipped", "gone": "gone", "parked": "parked"}


def compare(truth: Truth, found: Found, states: Mapping[str, int]) -> list[str]:
    """What differs, one sentence each; empty where every truth is met.

    Args:
        truth: the newsroom's, by normalised URL: ``what``, ``accept`` (the ends that are right) and ``key`` (that the
            addresses of one article share; None where there is none).
        found: links by normalised URL, as `rasid.store.summary.links_by_url` gives them.
        states: links by state.
    """
    return [
        *_articles(truth, found),
        *_ends(truth, found),
        *_mistakes(truth, found),
        *_sums(found, states),
    ]


def _articles(truth: Truth, found: Found) -> list[str]:
    """Every article is stored, once, under whichever of its addresses."""
    stored: dict[str, set[int]] = defaultdict(set)
    for url, row in found.items():
        if row["article_id"] is not None and url in truth:
            stored[str(truth[url]["key"])].add(row["article_id"])
    wanted = {str(one["key"]): url for url, one in truth.items() if one["what"] in _STORED}
    missing = [f"{url} is not stored" for key, url in wanted.items() if key not in stored]
    double = [f"{wanted.get(key, key)} is stored {len(ids)} times" for key, ids in stored.items() if len(ids) > 1]
    return missing + double


def _ends(truth: Truth, found: Found) -> list[str]:
    problems = []
    for url, row in found.items():
        one = truth.get(url)
        if one is None:
            continue
        end = _ENDS.get(row["state"], "waiting")
        # One article under several addresses is stored under the first that came; the others lead to it.
        same = end == "skipped" and row["code"] == "same_page" and one["key"] is not None
        if end not in (one["accept"] or [one["expected"]]) and not same:
            problems.append(f"{url} is a {one['what']} and ended as {row['state']} ({row['code']})")
    return problems


def _mistakes(truth: Truth, found: Found) -> list[str]:
    return [
        f"{url} is stored as an article and is {truth[url]['what'] if url in truth else 'unknown to the newsroom'}"
        for url, row in found.items()
        if row["article_id"] is not None and (url not in truth or truth[url]["key"] is None)
    ]


def _sums(found: Found, states: Mapping[str, int]) -> list[str]:
    total = sum(states.values())
    return [] if total == len(found) else [f"{len(found)} links were found, and {total} are in a state"]
