"""Dedupe: articles to groups of copies. Fingerprints are made side by side; judging and saving takes turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from rasid.context import Context
from rasid.dedupe.agency import agency_of
from rasid.dedupe.decide import Candidate, decide
from rasid.dedupe.fingerprint import VERSION, Fingerprint, fingerprint, pack, unpack
from rasid.errors import Retry
from rasid.model import Relation, Stage
from rasid.runner import Result, each
from rasid.store import articles, groups
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement


@dataclass(frozen=True, slots=True)
class _Marked:
    article: articles.StoredArticle
    print: Fingerprint
    agency: str | None


class DedupeStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.DEDUPE

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[_Marked] | None]:
        with transaction(context.engine) as conn:
            found = articles.load(conn, [item.article_id for item in items if item.article_id is not None])

        def mark(item: Claimed) -> _Marked:
            article = found.get(item.article_id or 0)
            if article is None:
                raise Retry("article_missing", "its article is not in the store")
            agency = agency_of(article.text, credit=article.dateline)
            return _Marked(article, fingerprint(article.title, article.text), agency)

        yield from each(items, mark)

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, _Marked]]) -> list[Settlement]:
        groups.take_turn(conn)
        marked = sorted((value for _, value in done), key=lambda value: (value.article.first_seen_at, value.article.id))
        since = marked[0].article.first_seen_at - timedelta(days=context.settings.near_window_days)
        known = _Index()
        for stored in groups.candidates(
            conn,
            exacts=[value.print.exact for value in marked if value.print.exact],
            bands=sorted({band for value in marked for band in value.print.bands}),
            but=[value.article.id for value in marked],
            version=VERSION,
            since=since,
        ):
            known.add(_candidate(stored), stored.exact, stored.bands)
        leading = groups.leading(conn, [value.article.id for value in marked])
        members = {value.article.id: _judge(value, known, leads=value.article.id in leading) for value in marked}
        groups.save(conn, [_stored(value) for value in marked], list(members.values()))
        return [_settlement(item, members[value.article.id]) for item, value in done]


class _Index:
    """Candidates of one batch, found by hash and band; grows as the batch is judged."""

    def __init__(self) -> None:
        self._by_key: dict[int | bytes, list[Candidate]] = {}

    def add(self, candidate: Candidate, exact: bytes, bands: Sequence[int]) -> None:
        for key in (*bands, *((exact,) if exact else ())):
            self._by_key.setdefault(key, []).append(candidate)

    def find(self, print_: Fingerprint) -> list[Candidate]:
        found: dict[object, Candidate] = {}
        keys: tuple[int | bytes, ...] = (*print_.bands, print_.exact)
        for key in keys:
            for candidate in self._by_key.get(key, ()):
                found.setdefault(candidate.id, candidate)
        return list(found.values())


def _judge(value: _Marked, known: _Index, *, leads: bool) -> groups.Membership:
    article = value.article
    verdict = decide(value.print, known.find(value.print), source=article.outlet_id, agency=value.agency)
    # An edited first stays the first, also where it now says what another said: its copies must not hang on a copy.
    group = article.id if leads or verdict.group is None else int(verdict.group)
    known.add(
        Candidate(article.id, group, value.print, article.outlet_id, value.agency), value.print.exact, value.print.bands
    )
    why = dict(verdict.why) if verdict.matched is None else {**verdict.why, "matched": verdict.matched}
    relation = Relation.ORIGINAL if group == article.id else verdict.relation
    return groups.Membership(article.id, group, relation.value, verdict.score, value.agency, why)


def _settlement(item: Claimed, member: groups.Membership) -> Settlement:
    if member.relation == Relation.ORIGINAL.value:
        return Settlement(item.id)
    detail = {"relation": member.relation, "of": member.group_id, "score": member.score}
    return Settlement(item.id, code="copy", detail=detail)


def _stored(value: _Marked) -> groups.Print:
    print_ = value.print
    return groups.Print(
        article_id=value.article.id,
        group_id=value.article.id,
        outlet_id=value.article.outlet_id,
        agency=value.agency,
        version=print_.version,
        exact=print_.exact,
        data=pack(print_),
        bands=print_.bands,
        seen_at=value.article.first_seen_at,
    )


def _candidate(stored: groups.Print) -> Candidate:
    print_ = unpack(stored.version, stored.exact, stored.data, stored.bands)
    return Candidate(stored.article_id, stored.group_id, print_, stored.outlet_id, stored.agency)
