"""Asks hubs: to push what channels announce, again before the lease ends, and to stop where a channel is gone.

Hubs are asked through the guarded client, as everything outside is: a feed that names a hub at a private address gains
nothing. robots.txt is not asked for: a hub invites these very requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from rasid import urls
from rasid.context import Context
from rasid.discover import websub
from rasid.errors import Gone, ItemError, Park, Retry, Skip
from rasid.runner import bug
from rasid.store import subscriptions
from rasid.store.engine import transaction
from rasid.store.subscriptions import Subscription

log = structlog.get_logger()

#: Below this path of the public address lie the callbacks.
PATH = "/websub"
#: Subscriptions asked for in one turn: hosts side by side, the requests to one host one after the other.
_AT_ONCE = 16
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}
#: Redirects of a hub that are followed; they must keep method and body (307, 308).
_MOST_HOPS = 2


def run(context: Context) -> dict[str, int]:
    """End what is over, and ask the hubs that are due; none where no public address is set.

    Returns:
        ``asked failed lapsed left``: how many.
    """
    with transaction(context.engine) as conn:
        counts = subscriptions.tidy(conn)
        base = context.settings.web_url
        due = subscriptions.claim(conn, base=base + PATH, limit=_AT_ONCE) if base is not None else []
    if not due:
        return {"asked": 0, "failed": 0, **counts}
    by_host: dict[str, list[Subscription]] = {}
    for one in due:
        by_host.setdefault(urls.host(one.hub), []).append(one)
    with ThreadPoolExecutor(len(by_host), thread_name_prefix="hub") as pool:
        failed = sum(pool.map(lambda ones: _ask_in_turn(context, ones), by_host.values()))
    return {"asked": len(due), "failed": failed, **counts}


def _ask_in_turn(context: Context, ones: Sequence[Subscription]) -> int:
    """Ask one host, request by request; once it is away, the rest is put off with the same words. How many failed."""
    failed, away = 0, None
    for one in ones:
        error = away or _ask_alone(context, one)
        if error is not None:
            _note(context, one, error)
            failed += 1
            away = error if isinstance(error, Retry) else None
    return failed


def _ask_alone(context: Context, one: Subscription) -> ItemError | None:
    """What went wrong with one request; None where the hub took it."""
    try:
        _ask(context, one)
    except ItemError as error:
        return error
    except Exception as error:
        return bug(error)
    return None


def _ask(context: Context, one: Subscription) -> None:
    *safer, last = websub.addresses(one.hub)
    for hub in safer:
        try:
            return _ask_at(context, one, hub)
        except ItemError as error:
            log.info("hub.not_over_https", hub=one.hub, code=error.code)
    return _ask_at(context, one, last)


def _ask_at(context: Context, one: Subscription, hub: str) -> None:
    """Send the request to an address of the hub, and on to where that leads."""
    mode = "unsubscribe" if one.state == "leaving" else "subscribe"
    for left in range(_MOST_HOPS, -1, -1):
        tells = websub.may_tell(hub)
        if mode == "subscribe":
            with transaction(context.engine) as conn:
                subscriptions.signing(conn, one.id, tells)
        secret = one.secret if tells else None
        body = websub.form(mode, topic=one.topic, callback=one.callback or "", secret=secret)
        try:
            context.http.post(hub, body=body, headers=_HEADERS)
            return
        except Park as error:
            target = (error.evidence or {}).get("location")
            if error.code not in ("http_307", "http_308") or not isinstance(target, str) or not left:
                raise
            hub = target


def _note(context: Context, one: Subscription, error: ItemError) -> None:
    """A refusal holds for a day; what may pass is asked again sooner, and later each time."""
    refused = isinstance(error, (Park, Gone, Skip)) and error.code != "too_large"
    log.warning("hub.failed", hub=one.hub, topic=one.topic, code=error.code, reason=str(error)[:300])
    after = error.after_seconds if isinstance(error, Retry) else None
    with transaction(context.engine) as conn:
        subscriptions.failed(conn, one.id, f"{error.code}: {error}", refused=refused, after_seconds=after)
