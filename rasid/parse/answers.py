"""Answers of the filters `extract` and `date`: one object in, one object out, as the contract has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasid.errors import ItemError, UsageError
from rasid.model import PageReading, When
from rasid.parse.dates import parse_date
from rasid.parse.page import read_page
from rasid.text.bounds import MAX_BYTES

_DAYS = frozenset({"day", "month", "year"})


def answer_extract(item: dict[str, Any]) -> dict[str, Any]:
    """Read one page, given as `html` or by the `path` of a file.

    Raises:
        UsageError: a field is missing or of the wrong type.
        ItemError: the file cannot be read (code ``unreadable_file``).
    """
    html = _text(item, "html")
    body = html if html is not None else _file(_needed(item, "path", instead="html"))
    reading = read_page(
        body,
        url=_text(item, "url"),
        content_type=_text(item, "content_type"),
        fetched_at=_time(item, "fetched_at"),
        language=_text(item, "language"),
        country=_text(item, "country"),
    )
    return extract_fields(reading)


def extract_fields(reading: PageReading) -> dict[str, Any]:
    """A reading as the object that the contract names."""
    published = reading.published
    return {
        "kind": reading.kind.value,
        "canonical_url": reading.canonical_url,
        "title": reading.title,
        "text": reading.text,
        "authors": list(reading.authors),
        "published_at": published.value.isoformat() if published else None,
        "published_precision": published.precision if published else None,
        "published_from": published.source if published else None,
        "zone_from": published.zone_from if published else None,
        "modified_at": reading.modified.value.isoformat() if reading.modified else None,
        "language": reading.language,
        "site_name": reading.site_name,
        "section": reading.section,
        "tags": list(reading.tags),
        "image": reading.image,
        "dateline": reading.dateline,
        "charset": reading.charset,
        "method": reading.method,
        "confidence": reading.confidence,
        "methods": reading.methods,
        "confidences": reading.confidences,
        "related": list(reading.related),
        "reason": reading.reason,
    }


def answer_date(item: dict[str, Any]) -> dict[str, Any]:
    """Read one date string.

    Raises:
        UsageError: `text` is missing, or a field is of the wrong type.
    """
    when = parse_date(
        _needed(item, "text"),
        language=_text(item, "language"),
        country=_text(item, "country"),
        now=_time(item, "now"),
        terse=True,
    )
    return {
        "value": _written(when) if when else None,
        "precision": when.precision if when else None,
        "zone_from": when.zone_from if when else None,
    }


def _written(when: When) -> str:
    """RFC 3339: a date where no clock was read."""
    return when.value.date().isoformat() if when.precision in _DAYS else when.value.isoformat()


def _text(item: dict[str, Any], name: str) -> str | None:
    value = item.get(name)
    if value is None or isinstance(value, str):
        return value
    raise UsageError(f"{name} must be a string, not {type(value).__name__}")


def _needed(item: dict[str, Any], name: str, *, instead: str | None = None) -> str:
    value = _text(item, name)
    if value is None:
        raise UsageError(f"{name}{f' or {instead}' if instead else ''} is missing")
    return value


def _time(item: dict[str, Any], name: str) -> datetime | None:
    text = _text(item, name)
    if text is None:
        return None
    when = parse_date(text)
    if when is None:
        raise UsageError(f"{name} must be a time such as 2021-01-19T11:17:00+02:00, not {text[:60]!r}")
    return when.value


def _file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ItemError("unreadable_file", f"cannot read {path[:300]!r}: {error}") from error
