"""Asks hubs: to push what channels announce, again before the lease ends, and to stop where a channel is gone.

Hubs are asked through the guarded client, as everything outside is: a feed that names a hub at a private address gains
nothing. robots.txt is not asked for: a hub invites these very requests.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import structlog

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
#: Hubs asked in one turn, side by side.
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
    with ThreadPoolExecutor(len(due), thread_name_prefix="hub") as pool:
        failed = sum(pool.map(lambda one: not _ask_alone(context, one), due))
    return {"asked": len(due), "failed": failed, **counts}


def _ask_alone(context: Context, one: Subscription) -> bool:
    """Whether a hub took the request. What goes wrong with one is noted there, and takes no other with it."""
    try:
        _ask(context, one)
        return True
    except ItemError as error:
        _note(context, one, error)
    except Exception as error:
        _note(context, one, bug(error))
    return False


def _ask(context: Context, one: Subscription) -> None:
    mode = "unsubscribe" if one.state == "leaving" else "subscribe"
    hub = one.hub
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
