"""What an operator has ruled on sameness: which articles are copies of one text, and which are not. Kept for good.

A ruling is on two articles: ``together`` or ``apart``. It holds for the groups that they are in, whatever these are
called by now, until a later ruling on the same groups ends it. Ended ones stay, with who ended them. What is ruled on
stories is in the same table: see `rasid.store.story_rulings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from rasid.errors import UsageError
from rasid.store import groups, stories

TOGETHER, APART = "together", "apart"
#: What a ruling is on.
GROUP, STORY = "group", "story"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One that holds, and the groups that its articles are in now."""

    id: int
    what: str
    article_id: int
    other_id: int
    group_id: int
    other_group: int


@dataclass(frozen=True, slots=True)
class Signed:
    """Who rules, and why."""

    by: str
    why: str | None = None


def about(conn: Connection, group_ids: Sequence[int]) -> list[Ruling]:
    """Rulings that hold and touch articles of some groups."""
    rows = conn.execute(
        text(
            """
            SELECT r.id, r.what, r.article_id, r.other_id, coalesce(a.group_id, a.id) AS group_id,
                   coalesce(o.group_id, o.id) AS other_group
            FROM rulings r JOIN articles a ON a.id = r.article_id JOIN articles o ON o.id = r.other_id
            WHERE r.ended_at IS NULL AND r.subject = 'group' AND (coalesce(a.group_id, a.id) = ANY(:groups)
                                          OR coalesce(o.group_id, o.id) = ANY(:groups))
            ORDER BY r.id
            """
        ),
        {"groups": list(group_ids)},
    )
    return [Ruling(**row._mapping) for row in rows]


def of(conn: Connection, article_ids: Sequence[int]) -> list[dict[str, Any]]:
    """All rulings on some articles, on their groups and their stories, ended ones too, oldest first."""
    rows = conn.execute(
        text(
            """
            SELECT id, subject, what, article_id AS article, other_id AS other, at, by, why, ended_at, ended_by
            FROM rulings
            WHERE article_id = ANY(:ids) OR other_id = ANY(:ids) ORDER BY id
            """
        ),
        {"ids": list(article_ids)},
    )
    return [dict(row._mapping) for row in rows]


def split(conn: Connection, article_ids: Sequence[int], signed: Signed) -> int:
    """Take articles out of their group: they are a group of their own from now on. Gives its id.

    They, and what is left, are never one group again until somebody merges them. What becomes first of a group goes
    through the stages that only firsts go through.

    Raises:
        UsageError: they are not in one group, or there is nothing to take them out of.
    """
    groups.take_turn(conn)
    chosen = sorted(set(article_ids))
    (group,) = _groups(conn, chosen)
    members = groups.members(conn, group)
    rest = [one for one in members if one not in chosen]
    if not rest:
        raise UsageError(f"nothing would be left of group {group}: name some of its {len(members)} articles")
    (first, left) = (next(one for one in members if one in side) for side in (set(chosen), set(rest)))
    end(conn, chosen, rest, TOGETHER, signed)
    numbers = [add(conn, APART, one, left, signed) for one in chosen]
    # The side that holds the first keeps name and story.
    goes, head = (rest, left) if group in chosen else (chosen, first)
    story = groups.story_of(conn, group)
    groups.regroup(conn, goes, head, why={"rung": "ruling", "ruling": numbers[0]})
    stories.leave(conn, goes, story)
    groups.send_on(conn, [head])
    return first


def merge(conn: Connection, article_ids: Sequence[int], signed: Signed) -> int:
    """Make the groups of articles one, under the one whose first was seen first. Gives its id.

    Raises:
        UsageError: they are in one group already.
    """
    groups.take_turn(conn)
    found = _groups(conn, sorted(set(article_ids)), one=False)
    if len(found) < 2:
        raise UsageError(f"{', '.join(map(str, article_ids))}: all in group {found[0]} already")
    heads = groups.heads(conn, found, since=groups.EVER, most=1)
    first, *others = sorted(found, key=lambda group: (heads[group].at, group))
    for group in others:
        end(conn, groups.members(conn, first), groups.members(conn, group), APART, signed)
        number = add(conn, TOGETHER, group, first, signed)
        groups.mark(conn, group, ruling=number)
        why = {"rung": "ruling", "ruling": number, "matched": first}
        groups.move(conn, [groups.Move(group, first, "near", 1.0, why)])
        stories.speak_for(conn, first, others=[group])
    return first


def _groups(conn: Connection, article_ids: Sequence[int], *, one: bool = True) -> list[int]:
    stands = groups.standing(conn, article_ids)
    for article in article_ids:
        if article not in stands:
            raise UsageError(f"there is no article {article}")
    found = sorted({stands[article].group_id or article for article in article_ids})
    if one and len(found) > 1:
        raise UsageError(f"they are in {len(found)} groups: {', '.join(map(str, found))}; split one at a time")
    return found


def add(conn: Connection, what: str, article: int, other: int, signed: Signed, *, subject: str = GROUP) -> int:
    """Write a ruling down, and give its id."""
    return int(
        conn.execute(
            text(
                "INSERT INTO rulings (subject, what, article_id, other_id, by, why) "
                "VALUES (:subject, :what, :article, :other, :by, :why) RETURNING id"
            ),
            {
                "subject": subject, "what": what, "article": article, "other": other,
                "by": signed.by, "why": signed.why,
            },
        ).scalar_one()
    )  # fmt: skip


def end(
    conn: Connection, left: Sequence[int], right: Sequence[int], what: str, signed: Signed, *, subject: str = GROUP
) -> None:
    """End what was ruled on two sets of articles to the contrary."""
    conn.execute(
        text(
            """
            UPDATE rulings SET ended_at = now(), ended_by = :by
            WHERE ended_at IS NULL AND what = :what AND subject = :subject
              AND (article_id = ANY(:left) AND other_id = ANY(:right)
                   OR article_id = ANY(:right) AND other_id = ANY(:left))
            """
        ),
        {"what": what, "subject": subject, "left": list(left), "right": list(right), "by": signed.by},
    )
