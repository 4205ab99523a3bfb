"""What an HTTP status means for the ledger. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from rasid.errors import Gone, Park, Retry
from rasid.model import Answer

#: Longest wait that a server can ask for, in seconds: one that asks for more is asked again after a day.
MOST_RETRY_AFTER = 86_400.0
_GONE = frozenset({404, 410})
# Asked too early or too often, or the server is not able to now.
_LATER = frozenset({408, 421, 425, 429})


class Verdict(StrEnum):
    """What to do with an answer that is no failure."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    MOVED = "moved"


def verdict(answer: Answer, now: datetime) -> Verdict:
    """Judge an answer by its status. `now` is the aware time at which it came.

    2xx is OK; 304 NOT_MODIFIED; 3xx with a ``location`` is MOVED: the client followed what led to the same host, so
    this one leads to another and is the caller's to pace.

    Raises:
        Gone: ``http_404``, ``http_410``.
        Retry: ``http_408 http_421 http_425 http_429 http_5xx`` (the status in full), with `after_seconds` where the
            server named a time, at most `MOST_RETRY_AFTER`.
        Park: ``http_NNN`` for every other status: 401, 402, 403 and 451 among them, an operator may have a way in.
    """
    status = answer.status
    if 200 <= status < 300:
        return Verdict.OK
    if status == 304:
        return Verdict.NOT_MODIFIED
    if 300 <= status < 400 and "location" in answer.headers:
        return Verdict.MOVED
    code, message = f"http_{status}", f"{answer.url} answered {status}"
    evidence: dict[str, object] = {"status": status, "url": answer.url}
    if status in _GONE:
        raise Gone(code, message, evidence=evidence)
    if status in _LATER or 500 <= status < 600:
        raise Retry(code, message, after_seconds=retry_after(answer.headers, now), evidence=evidence)
    raise Park(code, message, evidence=evidence)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds from `now` (aware) that a Retry-After header asks to wait: its seconds, or until its HTTP date.

    Between 0 and `MOST_RETRY_AFTER`; None where there is none, or none that can be read. `headers` has names in lower
    case.

    >>> retry_after({"retry-after": "120"}, datetime.now(UTC))
    120.0
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        # Eleven digits are more than the cap allows already, and keep int() away from a header full of digits.
        return min(float(value[:11]), MOST_RETRY_AFTER)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        seconds = (when - now).total_seconds()
    except OverflowError:
        return None
    return min(max(seconds, 0.0), MOST_RETRY_AFTER)
