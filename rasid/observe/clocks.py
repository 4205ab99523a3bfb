"""The clocks of outlets: time zones by their IANA names, as strangers and seeds give them."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=512)
def clock(name: str | None) -> ZoneInfo | None:
    """The zone of that name; None for None, and for a name that this machine knows no zone for."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: a name that no file can have.
        return None
