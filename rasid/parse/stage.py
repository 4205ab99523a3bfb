"""Parse: pages to articles; what is not an article is told why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from rasid import revisits, urls
from rasid.context import Context
from rasid.errors import Gone, Park, Retry, Skip
from rasid.model import Lane, Outcome, PageKind, PageReading, Stage, State
from rasid.parse.containers import Standing, learn, trusted
from rasid.parse.page import read_page
from rasid.parse.published import settle
from rasid.runner import Result, each
from rasid.store import articles, containers, links, outlets, pages
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement
from rasid.text.words import search_text


@dataclass(frozen=True, slots=True)
class _Inputs:
    pages: dict[int, pages.StoredPage]
    outlets: dict[str, dict[str, object]]
    containers: dict[str, containers.Known]


@dataclass(frozen=True, slots=True)
class Reading:
    """An article, and what its reading teaches of its host: the container that held it, those that did not."""

    article: articles.NewArticle
    host: str
    container: str | None = None
    failed: tuple[str, ...] = ()


class ParseStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.PARSE

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[Reading] | None]:
        with transaction(context.engine) as conn:
            stored = pages.load(conn, context.pages, [item.page_id for item in items if item.page_id is not None])
            inputs = _Inputs(
                stored,
                outlets.by_id(conn, [item.outlet_id for item in items if item.outlet_id is not None]),
                containers.load(conn, [urls.host(page.url) for page in stored.values()]),
            )
        yield from each(items, lambda item: _read(item, inputs))

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, Reading]]) -> list[Settlement]:
        saved, settled = [], []
        for item, reading in done:
            twin = _twin(conn, item, reading.article)
            if twin is None:
                saved.append((item, reading.article, articles.save(conn, reading.article)))
            else:
                settled.append(_led_to(item.id, twin))
        new = [item.id for item, _, what in saved if what.what == "new" and item.lane is Lane.FRESH]
        revisits.plan(conn, new, context.settings.revisit_ages)
        _keep_containers(conn, [reading for _, reading in done])
        return settled + [_settlement(item, article, what) for item, article, what in saved]


def _twin(conn: Connection, item: Claimed, article: articles.NewArticle) -> int | None:
    """The link that brought this article already, from its canonical address or as one that names this; or None."""
    if item.article_id is not None:
        return None
    own = {links.key_hash(item.url), links.key_hash(article.url)}
    told = links.key_hash(article.canonical_url) if article.canonical_url else None
    return articles.twin(conn, article, key=None if told in own else told, addresses=(item.url, article.url))


def _led_to(id: int, twin: int) -> Settlement:
    message = "an article with this text is known under its canonical address, or names this as its own"
    return Settlement(
        id, Outcome.SKIPPED, code="same_page", message=message, detail={"link": twin}, moved_to=twin
    )  # fmt: skip


def _keep_containers(conn: Connection, done: Sequence[Reading]) -> None:
    """Keep what these readings teach; nothing is written of a host that teaches nothing new."""
    teaching = [reading for reading in done if reading.container or reading.failed]
    if not teaching:
        return
    before = containers.load(conn, [reading.host for reading in teaching])
    after = {host: _standings(before.get(host, {})) for host in {reading.host for reading in teaching}}
    for reading in teaching:
        after[reading.host] = learn(after[reading.host], reading.container, reading.failed)
    new = {host: {name: (one.held, one.missed) for name, one in known.items()} for host, known in after.items()}
    containers.keep(conn, {host: known for host, known in new.items() if known != before.get(host, {})})


def _standings(known: containers.Known) -> dict[str, Standing]:
    return {name: Standing(held, missed) for name, (held, missed) in known.items()}


def _settlement(item: Claimed, article: articles.NewArticle, saved: articles.Saved) -> Settlement:
    detail: dict[str, object] = {"method": article.method, "confidence": round(article.confidence, 2)}
    if saved.what == "same" and item.article_id is not None:
        return Settlement(item.id, Outcome.SKIPPED, State.DONE, code="unchanged", detail=detail)
    if saved.what == "changed":
        detail["version"] = saved.version
    return Settlement(item.id, article_id=saved.id, detail=detail)


def _read(item: Claimed, inputs: _Inputs) -> Reading:
    page = inputs.pages.get(item.page_id or 0)
    if page is None:
        raise Retry("page_missing", "its page is not in the store")
    outlet = inputs.outlets.get(item.outlet_id or "", {})
    host = urls.host(page.url)
    reading = read_page(
        page.body,
        url=page.url,
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        language=_text(outlet.get("language")),
        country=_text(outlet.get("country")),
        listed_title=_text(item.hint.get("title")),
        containers=trusted(_standings(inputs.containers.get(host, {}))),
    )
    if reading.kind is not PageKind.ARTICLE:
        raise _not_an_article(reading)
    return Reading(_article(item, page, reading), host, reading.container, reading.failed)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _not_an_article(reading: PageReading) -> Park | Skip | Gone:
    """A wall keeps its evidence and waits for an operator; a page that says it is not there is gone, whatever its
    status; a listing and the like are simply not what we keep."""
    why = reading.reason or f"the page is {reading.kind.value}"
    if reading.kind is PageKind.BLOCKED:
        return Park("blocked", why)
    if reading.reason == "soft_404":
        return Gone("soft_404", "the page says that it is not there")
    if reading.reason == "not_html":
        return Skip("not_html", "its bytes are no text, whatever its label says")
    return Skip(f"not_article_{reading.kind.value}", why)


def _article(item: Claimed, page: pages.StoredPage, reading: PageReading) -> articles.NewArticle:
    hint = item.hint
    title = _clean(reading.title or _text(hint.get("title")) or reading.text.partition("\n")[0][:200])
    body = _clean(reading.text)
    published, precision, source = _published(reading, hint, item.found_at)
    told = _told(reading, hint, source)
    return articles.NewArticle(
        link_id=item.id,
        page_id=page.id,
        outlet_id=item.outlet_id,
        url=page.url,
        title=title,
        text=body,
        search_text=search_text(f"{title}\n{body}")[:500_000],
        first_seen_at=item.found_at,
        method=reading.method,
        confidence=reading.confidence,
        canonical_url=reading.canonical_url,
        authors=tuple(map(_clean, reading.authors or tuple(hint.get("authors") or ()))),
        published_at=published,
        published_precision=precision,
        published_from=source,
        modified_at=reading.modified.value if reading.modified else None,
        language=reading.language,
        section=reading.section,
        tags=tuple(map(_clean, reading.tags)),
        image=reading.image,
        dateline=reading.dateline,
        site_name=reading.site_name,
        charset=reading.charset,
        methods={**reading.methods, **dict.fromkeys(told, "channel")},
        confidences={**reading.confidences, **dict.fromkeys(told, _CHANNEL_SURENESS)},
    )


#: How sure a field is that the channel told.
_CHANNEL_SURENESS = 0.95


def _told(reading: PageReading, hint: dict[str, object], published_from: str | None) -> list[str]:
    """The fields that come from the channel and not from the page."""
    told = ["title"] if not reading.title and _text(hint.get("title")) else []
    told += ["authors"] if not reading.authors and hint.get("authors") else []
    return told + (["published"] if published_from == "channel" else [])


def _published(
    reading: PageReading, hint: dict[str, object], found_at: datetime
) -> tuple[datetime | None, str | None, str | None]:
    """The time of publication, its precision and its source."""
    return settle(
        _moment(hint.get("published_at")),
        reading.published,
        found_at=found_at,
        modified=reading.modified.value if reading.modified else None,
    )


def _moment(value: object) -> datetime | None:
    """A time as a channel or a program wrote it down for us; without an offset it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _clean(value: str) -> str:
    """PostgreSQL's text holds no NUL and no half of a surrogate pair."""
    return value.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
