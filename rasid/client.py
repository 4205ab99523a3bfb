"""Submit work from any program, with nothing but the broker's address, and follow it.

    >>> from rasid import Client                                        # doctest: +SKIP
    >>> receipt = Client("redis://localhost").submit("https://example.org/a")   # doctest: +SKIP
    >>> receipt.wait(timeout_seconds=60).article_id                     # doctest: +SKIP
    4711

The program needs no database and no task of rasid's: work is submitted by name (see `rasid.contract`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from rasid import contract
from rasid.broker import Broker, make_app
from rasid.errors import RasidError, UsageError
from rasid.model import ENDS

_ENDS = {state.value for state in ENDS} | {"refused"}


class NotYet(RasidError):
    """What was waited for did not come about in time. It goes on all the same; `Receipt.progress` tells how far."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a submitted URL has come.

    Attributes:
        state: a `rasid.model.State` value; ``submitted`` while no worker has taken it in; ``refused`` for a URL that
            no one may fetch.
        code: stable word for what happened, for example ``robots_refused``; None where all went plainly.
        message: the same for people.
        link_id, article_id, group_id, story_id: ids in the database, None as long as there are none.
    """

    state: str
    url: str | None = None
    code: str | None = None
    message: str | None = None
    link_id: int | None = None
    article_id: int | None = None
    group_id: int | None = None
    story_id: int | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in _ENDS


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one submitted URL can be followed by. `id` is enough to make it again: ``client.receipt(id)``."""

    id: UUID
    _broker: Broker

    def progress(self) -> Progress:
        """How far it has come.

        Raises:
            BrokerDown: the broker does not answer.
        """
        known = self._broker.read_receipt(self.id)
        if known is None:
            return Progress("submitted")
        return Progress(**{name: known[name] for name in Progress.__slots__ if name in known})

    def updates(self, *, timeout_seconds: float, poll_seconds: float = 0.25) -> Iterator[Progress]:
        """Each new state, the last one being an end.

        Raises:
            NotYet: no end within the time.
            BrokerDown: the broker does not answer.
        """
        deadline = time.monotonic() + timeout_seconds
        last = None
        while True:
            progress = self.progress()
            if progress != last:
                yield progress
                last = progress
            if progress.ended:
                return
            if time.monotonic() >= deadline:
                raise NotYet(f"{progress.url or self.id} is still {progress.state} after {timeout_seconds:g} s")
            time.sleep(poll_seconds)

    def wait(self, *, timeout_seconds: float = 60.0, poll_seconds: float = 0.25) -> Progress:
        """Wait for the end and tell what it was.

        Raises:
            NotYet: no end within the time.
            BrokerDown: the broker does not answer.
        """
        *_, last = self.updates(timeout_seconds=timeout_seconds, poll_seconds=poll_seconds)
        return last


class Client:
    """Submits URLs to a running rasid.

    Args:
        broker_url: where its Redis or Valkey is, as in RASID_BROKER_URL (``redis://host:6379/0``).
    """

    def __init__(self, broker_url: str) -> None:
        if "://" not in broker_url:
            raise UsageError(f"a broker's address looks like redis://host:6379/0; got {broker_url!r}")
        self._broker = Broker(make_app(broker_url))

    def submit(self, url: str, *, source: str | None = None) -> Receipt:
        """Submit one URL.

        Args:
            source: id of its outlet; None lets the host decide.

        Raises:
            UsageError: `url` is no text that could be a URL.
            BrokerDown: the broker does not answer.
        """
        return self.submit_many([url], source=source)[0]

    def submit_many(self, urls: Iterable[str], *, source: str | None = None) -> list[Receipt]:
        """Submit URLs, a receipt each, in the same order. They travel in messages of `contract.SUBMIT_LIMIT`.

        Raises:
            UsageError: one of `urls` is no text that could be a URL; nothing was sent.
            BrokerDown: the broker does not answer; what was sent before that stays sent.
        """
        wanted = list(urls)
        for url in wanted:
            if not isinstance(url, str) or "://" not in url:
                raise UsageError(f"a URL looks like https://host/path; got {url!r}")
        receipts = [Receipt(uuid4(), self._broker) for _ in wanted]
        for at in range(0, len(wanted), contract.SUBMIT_LIMIT):
            part = slice(at, at + contract.SUBMIT_LIMIT)
            self._send(wanted[part], receipts[part], source)
        return receipts

    def receipt(self, receipt_id: UUID | str) -> Receipt:
        """The receipt of that id, for example one that another process was given."""
        return Receipt(UUID(str(receipt_id)), self._broker)

    def _send(self, urls: Sequence[str], receipts: Sequence[Receipt], source: str | None) -> None:
        payload: dict[str, Any] = {"v": contract.VERSION, "urls": list(urls), "receipts": [str(r.id) for r in receipts]}
        if source is not None:
            payload["source"] = source
        shown = urls[0] if len(urls) == 1 else f"{len(urls)} URLs: {urls[0]} …"
        self._broker.post(contract.TASK_SUBMIT, payload, shown=shown[:200])
