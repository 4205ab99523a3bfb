"""Every error that rasid raises on purpose, as one tree.

The class decides what becomes of the work, so that no caller needs to guess::

    RasidError
    ├── UsageError            the caller asked for something impossible: exit 2, nothing was done
    │   └── SettingsError     an unknown or unreadable setting
    ├── ServiceError          a service we lean on is away: exit 1, try again when it is back
    │   ├── DatabaseDown
    │   ├── DatabaseBusy      two transactions were in each other's way: the same again will do
    │   └── BrokerDown
    └── ItemError             one item could not be handled; the ledger decides by its class
        ├── Retry             not now: try again at `after_seconds`
        ├── Park              never by itself: keep the evidence, an operator decides
        ├── Skip              nothing to do here, and that is right (not an article, refused by robots.txt)
        └── Gone              the outlet took it away (404, 410)

An `ItemError` carries `code`, a short stable word in snake_case that is counted, listed and searched by,
and a message for people. Codes never hold values; messages may.
"""

from __future__ import annotations


class RasidError(Exception):
    """Root of all errors raised on purpose."""


class UsageError(RasidError):
    """The caller asked for something that cannot be: the message says what, where, and what to do instead."""


class SettingsError(UsageError):
    """A setting that is unknown, or whose value cannot be read."""


class ServiceError(RasidError):
    """A service that rasid leans on did not answer."""


class DatabaseDown(ServiceError):
    """PostgreSQL did not answer, or refused."""


class DatabaseBusy(ServiceError):
    """PostgreSQL broke a transaction off because of another one (deadlock, lock timeout). Doing it again will do."""


class BrokerDown(ServiceError):
    """Redis or Valkey did not answer, or refused."""


class ItemError(RasidError):
    """One item could not be handled.

    Attributes:
        code: short stable word in snake_case, for example ``http_503``.
        evidence: small JSON-able facts kept with the item; None where there are none.
    """

    def __init__(self, code: str, message: str = "", *, evidence: dict[str, object] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.evidence = evidence


class Retry(ItemError):
    """Try again later.

    Attributes:
        after_seconds: the earliest time to try again, in seconds from now. None lets the ledger's own back-off decide.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        after_seconds: float | None = None,
        evidence: dict[str, object] | None = None,
    ) -> None:
        super().__init__(code, message, evidence=evidence)
        self.after_seconds = after_seconds


class Park(ItemError):
    """Stop working on the item, keep what is known of it, and leave it to an operator."""


class Skip(ItemError):
    """Nothing to do for this item, and that is right."""


class Gone(ItemError):
    """The outlet has taken the page away."""
