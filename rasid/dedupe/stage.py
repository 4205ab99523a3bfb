"""Dedupe: articles to groups of copies. Fingerprints are made side by side; judging and saving takes turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from rasid.context import Context
from rasid.dedupe.address import address_of
from rasid.dedupe.agency import agency_of
from rasid.dedupe.batch import Batch, Marked, Placed, Ruled, groups_of, keys
from rasid.dedupe.decide import COMPARED, FIT_SIZE, Candidate, Grouper
from rasid.dedupe.fingerprint import VERSION, Fingerprint, fingerprint, fingerprints, pack, unpack
from rasid.errors import Retry
from rasid.model import Relation, Stage
from rasid.runner import Result, each
from rasid.store import articles, groups, parts, rulings, stories
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Read:
    """A stored article and all that is told of it by itself: what it is compared by, and what is kept."""

    article: articles.StoredArticle
    print: Fingerprint
    agency: str | None
    address: int | None


def read(article: articles.StoredArticle, print_: Fingerprint | None = None) -> Read:
    """Read an article for its copies; `print_` is its fingerprint, where `prints_of` has made it."""
    return Read(
        article,
        fingerprint(article.title, article.text) if print_ is None else print_,
        agency_of(article.text, credit=article.dateline),
        address_of(article.url, article.canonical_url),
    )


def prints_of(found: Mapping[int, articles.StoredArticle]) -> Mapping[int, Fingerprint]:
    """The fingerprints of some articles, made at once; none where one of them fails, so that it is met alone."""
    try:
        made = fingerprints([(article.title, article.text) for article in found.values()])
    except Exception as error:
        log.warning("dedupe.prints", exc_info=error, articles=len(found))
        return {}
    return dict(zip(found, made, strict=True))


def stored(value: Read) -> groups.Print:
    """What the index keeps of an article."""
    print_ = value.print
    return groups.Print(
        article_id=value.article.id,
        group_id=value.article.id,
        outlet_id=value.article.outlet_id,
        agency=value.agency,
        version=print_.version,
        exact=print_.exact,
        data=pack(print_),
        seen_at=value.article.first_seen_at,
        bands=keys(print_, value.address),
    )


class DedupeStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.DEDUPE

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[Read] | None]:
        with transaction(context.engine) as conn:
            found = articles.load(conn, [item.article_id for item in items if item.article_id is not None])

        prints = prints_of(found)

        def mark(item: Claimed) -> Read:
            article = found.get(item.article_id or 0)
            if article is None:
                raise Retry("article_missing", "its article is not in the store")
            return read(article, prints.get(article.id))

        yield from each(items, mark)

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, Read]]) -> list[Settlement]:
        groups.take_turn(conn)
        placed = place(conn, [value for _, value in done], window_days=context.settings.near_window_days)
        return [_settlement(item, placed[value.article.id]) for item, value in done]


def place(conn: Connection, marks: Sequence[Read], *, window_days: int) -> dict[int, Placed]:
    """Judge articles and store what came of it, by article. The turn must have been taken."""
    window = timedelta(days=window_days)
    parts.mend(conn)
    standing = groups.standing(conn, [value.article.id for value in marks])
    marked = sorted((_marked(value, standing) for value in marks), key=lambda one: (one.seen_at, one.id))
    near = _near(conn, marked, window)
    since = marked[0].seen_at - window
    met = sorted({*groups_of(near.values()), *(one.group for one in marked if one.group is not None)})
    heads = groups.heads(conn, met, since=since, most=FIT_SIZE)
    opened = {group: (head.at, head.size) for group, head in heads.items()}
    batch = Batch(near, opened, _ruled(conn, met))
    placed = {one.id: batch.judge(one) for one in marked}
    oldest = datetime.now(UTC) - window
    groups.keep(conn, [stored(value) for value in marks], since=oldest, days=parts.width(window_days))
    agencies = {value.article.id: value.agency for value in marks}
    groups.place(conn, [_membership(one, agencies[one.id]) for one in placed.values()])
    _join(conn, batch)
    return placed


def _marked(value: Read, standing: Mapping[int, groups.Standing]) -> Marked:
    article = value.article
    stands = standing[article.id]
    return Marked(
        article.id, article.first_seen_at, value.print, article.outlet_id, value.agency, value.address,
        stands.group_id, stands.leads, stands.ruling,
    )  # fmt: skip


def _ruled(conn: Connection, group_ids: Sequence[int]) -> list[Ruled]:
    return [
        Ruled(one.id, one.what == rulings.TOGETHER, (one.group_id, one.other_group))
        for one in rulings.about(conn, group_ids)
    ]


def _near(conn: Connection, marked: Sequence[Marked], window: timedelta) -> dict[int, list[Candidate]]:
    """Candidates from the store; among those of an article that was judged before is the first of its group."""
    ids = [one.id for one in marked]
    wanted = [groups.Wanted(one.id, keys(one.print, one.address), one.address, one.seen_at - window) for one in marked]
    kept = groups.near(conn, wanted, but=ids, version=VERSION, bucket=Grouper.BUCKET, most=COMPARED)
    found = {id: [_candidate(one) for one in prints] for id, prints in kept.items()}
    for one in marked:
        if one.group not in (None, one.id) and one.group not in ids:
            mates = found.setdefault(one.id, [])
            if all(mate.group != one.group for mate in mates):
                mates += _first(conn, one.group)
    return found


def _first(conn: Connection, group: int | None) -> list[Candidate]:
    """The first of a group, which the index has forgotten, read anew."""
    firsts = (read(first) for first in articles.load(conn, [group or 0]).values())
    return [
        Candidate(one.article.id, one.article.id, one.print, one.article.outlet_id, one.agency, one.address)
        for one in firsts
    ]


def _join(conn: Connection, batch: Batch) -> None:
    moves = [groups.Move(one.old, one.new, one.relation.value, one.score, dict(one.why)) for one in batch.joined]
    groups.move(conn, moves)
    for one in moves:
        stories.speak_for(conn, one.new, others=[one.old])


def _membership(placed: Placed, agency: str | None) -> groups.Membership:
    return groups.Membership(placed.id, placed.group, placed.relation.value, placed.score, agency, dict(placed.why))


def _settlement(item: Claimed, placed: Placed) -> Settlement:
    if placed.relation is Relation.ORIGINAL:
        return Settlement(item.id)
    detail = {"relation": placed.relation.value, "of": placed.group, "score": placed.score}
    return Settlement(item.id, code="copy", detail=detail)


def _candidate(kept: groups.Print) -> Candidate:
    print_ = unpack(kept.version, kept.exact, kept.data)
    return Candidate(kept.article_id, kept.group_id, print_, kept.outlet_id, kept.agency, kept.address)
