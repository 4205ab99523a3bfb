"""Fetch: links to pages. One thread a host; a host's links one after the other, within one turn at it."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID, uuid4

from sqlalchemy import Connection

from rasid import turn, urls
from rasid.context import Context
from rasid.errors import Gone, ItemError, Park, Retry, Skip
from rasid.http.walls import blocked, wall_instead
from rasid.model import Answer, Outcome, Stage, State
from rasid.runner import Result, bug
from rasid.store import links, pages
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed, Settlement, put_back

#: Types that can be read. A missing type is looked into; everything else is not an article.
_READABLE = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
#: A page may lead over so many hosts before it counts as lost.
_MOST_HOSTS = 5


class FetchStage:
    """See `rasid.runner.StageWork`."""

    stage = Stage.FETCH

    def work(self, context: Context, items: Sequence[Claimed]) -> Iterator[Result[Answer] | None]:
        known = _validators(context, items)
        by_host: dict[str, list[Claimed]] = {}
        for item in items:
            by_host.setdefault(item.host, []).append(item)
        results: queue.SimpleQueue[Result[Answer]] = queue.SimpleQueue()
        futures = [
            _pool(context).submit(_run_host, context, host, run, known, results) for host, run in by_host.items()
        ]
        yield from _drain(results, futures, expected=len(items))

    def save(self, context: Context, conn: Connection, done: Sequence[tuple[Claimed, Answer]]) -> list[Settlement]:
        settlements, fresh = [], []
        for item, answer in done:
            other = None
            if links.key_hash(answer.url) != links.key_hash(item.url):
                other = links.same_page(conn, item.id, answer.url, outlet_id=item.outlet_id)
            if other is None:
                fresh.append((item, answer))
            else:
                settlements.append(
                    Settlement(
                        item.id,
                        Outcome.SKIPPED,
                        code="same_page",
                        message="leads to a page that has a link of its own",
                        detail={"link": other},
                        moved_to=other,
                    )
                )
        ids = pages.save(conn, context.pages, [(item.id, answer) for item, answer in fresh])
        for item, answer in fresh:
            hops = (*item.redirects, *(target for _, target in answer.redirects))
            detail = {"status": answer.status, "bytes": len(answer.body),
                      "ms": round(answer.seconds * 1000)}  # fmt: skip
            settlements.append(Settlement(item.id, page_id=ids[item.id], redirects=hops, detail=detail))
        return settlements


def _pool(context: Context) -> ThreadPoolExecutor:
    threads = context.settings.fetch_threads
    return context.keep("fetch.pool", lambda: ThreadPoolExecutor(threads, thread_name_prefix="fetch"))


def _drain(
    results: queue.SimpleQueue[Result[Answer]], futures: Sequence[Future[None]], *, expected: int
) -> Iterator[Result[Answer] | None]:
    """Results as they come; None after each second without one, so that the runner can move on what it has."""
    seen = 0
    while seen < expected:
        try:
            yield results.get(timeout=1.0)
            seen += 1
        except queue.Empty:
            if all(future.done() for future in futures) and results.empty():
                break
            yield None
    for future in futures:
        # A host's run answers for each of its items; an error here is one that it could not put into words.
        future.result()


def _validators(context: Context, items: Sequence[Claimed]) -> dict[int, pages.Validators]:
    ids = [item.page_id for item in items if item.page_id is not None and item.article_id is not None]
    if not ids:
        return {}
    with transaction(context.engine) as conn:
        return pages.validators(conn, ids)


def _run_host(
    context: Context,
    host: str,
    items: Sequence[Claimed],
    known: dict[int, pages.Validators],
    results: queue.SimpleQueue[Result[Answer]],
) -> None:
    """Fetch a host's links in one turn; what cannot be tried now is put back."""
    waiting = list(items)
    try:
        taken = turn.take(context, host, token=_token())
        if not isinstance(taken, turn.Turn):
            for item in waiting:
                results.put((item, put_back(item, after_seconds=max(taken, 0.5))))
            return
        with taken:
            while waiting and not taken.blocked:
                item = waiting[0]
                result = _fetch(taken, item, known.get(item.page_id or 0))
                waiting.pop(0)
                results.put((item, result))
        for item in waiting:
            results.put((item, put_back(item)))
    except Exception as error:
        for item in waiting:
            results.put((item, bug(error) if len(waiting) == 1 else put_back(item, after_seconds=5.0)))


def _token() -> UUID:
    return uuid4()


def _fetch(taken: turn.Turn, item: Claimed, known: pages.Validators | None) -> Answer | ItemError | Settlement:
    try:
        answer = taken.get(
            item.fetch_url,
            etag=known.etag if known else None,
            last_modified=known.last_modified if known else None,
        )
        return _judge(item, answer, known)
    except Retry as error:
        if error.code not in turn.OUTAGE_CODES:
            return error
        # The host is away, not the page: the link waits until the host is asked again, however long that takes.
        return Settlement(item.id, Outcome.RETRY, code=error.code, message=str(error), after_seconds=0.0, counts=False)
    except ItemError as error:
        return error
    except Exception as error:
        return bug(error)


def _judge(item: Claimed, answer: Answer, known: pages.Validators | None) -> Answer | Settlement:
    """What an answer without fault means for the link."""
    unchanged = answer.status == 304 or (known is not None and pages.body_hash(answer.body) == known.hash)
    if unchanged and item.article_id is not None:
        return Settlement(item.id, Outcome.SKIPPED, State.DONE, code="not_modified")
    target = turn.other_host(answer, item.host)
    if target is not None:
        return _move_on(item, target)
    if 300 <= answer.status < 400:
        raise Park("bad_redirect", f"HTTP {answer.status} without a usable target")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in _READABLE:
        raise Skip("not_html", f"the page is {kind[:80]}")
    if not answer.body.strip():
        raise Skip("empty", "the page has no content")
    if links.key_hash(answer.url) != links.key_hash(item.url):
        _refuse_detours(item, answer)
    return answer


def _refuse_detours(item: Claimed, answer: Answer) -> None:
    """Tell what outlets redirect to in place of a page: a wall, or their front page for what they took away.

    Told here, since all links that end there would count as one page.
    """
    wall = wall_instead(answer)
    if wall is not None:
        raise blocked(wall, answer)
    if urls.is_front(answer.url) and not urls.is_front(item.url):
        raise Gone("moved_home", f"it leads to the front page {answer.url[:300]}")


def _move_on(item: Claimed, target: str) -> Settlement:
    """A redirect to another host: the link waits for its turn there."""
    if len(item.redirects) >= _MOST_HOSTS or target in item.redirects:
        raise Park("redirect_loop", f"redirected over {len(item.redirects)} hosts without arriving")
    return Settlement(
        item.id,
        Outcome.RETRY,
        code="moved_host",
        message=f"moved to {target[:300]}",
        after_seconds=0.0,
        counts=False,
        fetch_url=target,
        host=urls.host(target),
        redirects=(*item.redirects, target),
    )
