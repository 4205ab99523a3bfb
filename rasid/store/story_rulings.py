"""What an operator has ruled on stories: which articles are on one event, and which are not. Kept for good.

A ruling is on two articles, as in `rasid.store.rulings`; it holds for the stories that they are in. Stories that are
ruled apart are never made one. All who are members when it is ruled stay where they are then; those who come later go
where they fit best, and may leave again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from rasid.errors import UsageError
from rasid.store import rulings, stories
from rasid.store.rulings import APART, STORY, TOGETHER, Signed


def split(conn: Connection, article_ids: Sequence[int], signed: Signed) -> int:
    """Take articles, with their copies, out of their story: they are a story of their own from now on. Gives its id.

    Raises:
        UsageError: an article is not there or in no story, they are in several, or nothing would be left.
    """
    stories.take_turn(conn)
    found = _stories(conn, article_ids)
    if len(set(found.values())) > 1:
        told = ", ".join(f"story:{story}" for story in sorted(set(found.values())))
        raise UsageError(f"they are in {len(set(found.values()))} stories: {told}; split one at a time")
    story = next(iter(found.values()))
    members = _members(conn, story)
    chosen, rest = ([one for one in members if (one in found) == within] for within in (True, False))
    if not rest:
        raise UsageError(f"nothing would be left of story:{story}: name some of its {len(members)} articles")
    rulings.end(conn, chosen, rest, TOGETHER, signed, subject=STORY)
    number, *_ = [rulings.add(conn, APART, one, rest[0], signed, subject=STORY) for one in chosen]
    new = _opened(conn, chosen[0])
    stories.rule(conn, chosen, new=new, ruling=number)
    stories.pin(conn, [story, new], ruling=number)
    detail = {"ruling": number}
    stories.record(conn, [stories.Event(new, "opened", chosen[0], story, detail)])
    stories.record(conn, [stories.Event(story, "left", one, new, detail) for one in chosen])
    stories.record(conn, [stories.Event(new, "came", one, story, detail) for one in chosen[1:]])
    stories.refresh(conn, [story, new])
    return new


def merge(conn: Connection, article_ids: Sequence[int], signed: Signed) -> int:
    """Make the stories of articles one, under the one that was opened first. Gives its id.

    Raises:
        UsageError: an article is not there or in no story, or they are in one story already.
    """
    stories.take_turn(conn)
    first, *others = sorted(set(_stories(conn, article_ids).values()))
    if not others:
        raise UsageError(f"{', '.join(map(str, article_ids))}: all in story:{first} already")
    for story in others:
        ours, theirs = _members(conn, first), _members(conn, story)
        rulings.end(conn, ours, theirs, APART, signed, subject=STORY)
        number = rulings.add(conn, TOGETHER, theirs[0], ours[0], signed, subject=STORY)
        stories.rule(conn, theirs, new=first, ruling=number, merged=story)
        stories.pin(conn, [first], ruling=number)
        stories.record(conn, [stories.Event(first, "merged", None, story, {"ruling": number})])
    stories.refresh(conn, [first, *others])
    return first


def any_member(conn: Connection, story_id: int) -> int:
    """An article of a story.

    Raises:
        UsageError: there is no such story.
    """
    members = _members(conn, story_id)
    if not members:
        raise UsageError(f"there is no story:{story_id}")
    return members[0]


def _stories(conn: Connection, article_ids: Sequence[int]) -> dict[int, int]:
    """The stories of the firsts of some articles, by first."""
    rows = conn.execute(
        text(
            "SELECT a.id, f.id AS first, f.story_id AS story FROM articles a "
            "JOIN articles f ON f.id = coalesce(a.group_id, a.id) WHERE a.id = ANY(:ids)"
        ),
        {"ids": list(article_ids)},
    )
    found = {row.id: row for row in rows}
    for article in article_ids:
        if article not in found:
            raise UsageError(f"there is no article {article}")
        if found[article].story is None:
            raise UsageError(f"article {article} is in no story yet")
    return {row.first: row.story for row in found.values()}


def _members(conn: Connection, story_id: int) -> list[int]:
    """The members of a story without copies, in the order in which they were seen."""
    rows = conn.execute(
        text("SELECT id FROM articles WHERE story_id = :id AND coalesce(group_id, id) = id ORDER BY first_seen_at, id"),
        {"id": story_id},
    )
    return list(rows.scalars())


def _opened(conn: Connection, article_id: int) -> int:
    row = conn.execute(text("SELECT title, first_seen_at FROM articles WHERE id = :id"), {"id": article_id}).one()
    return stories.open_story(conn, article_id=article_id, headline=row.title, seen_at=row.first_seen_at)
