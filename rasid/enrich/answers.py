"""The enrich stage as a filter: one object of `rasid pipe enrich` in, its answer out (docs/commands.md)."""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rasid.enrich import events, quotes
from rasid.enrich.annotate import TEXT_LIMIT, TITLE_LIMIT, Annotator
from rasid.model import Enrichment, PlaceMention

_lock = threading.Lock()
_annotators: dict[tuple[Path | None, Path | None], Annotator] = {}


def annotator(folder: Path | None = None, extra: Path | None = None) -> Annotator:
    """The annotator of this process for a folder and an operator's lists: made when first asked for."""
    with _lock:
        if (folder, extra) not in _annotators:
            _annotators[folder, extra] = Annotator(folder, extra)
        return _annotators[folder, extra]


def answer_enrich(item: dict[str, Any], *, folder: Path | None = None, extra: Path | None = None) -> dict[str, Any]:
    """Annotate one item.

    Args:
        item: ``text``, and where known ``title``, ``language``, ``country``, ``published_at``; other fields, and
            optional ones of a wrong type, are left out of account.

    Raises:
        ValueError: `text` is missing or no string.
    """
    text = item.get("text")
    if not isinstance(text, str):
        raise ValueError("enrich needs a field 'text' that is a string")
    title, published_at = _string(item, "title"), _time(item.get("published_at"))
    made = annotator(folder, extra).annotate(
        text,
        title=title,
        language=_string(item, "language"),
        country=_string(item, "country"),
        published_at=published_at,
    )
    return {**answer_of(made), **said_in(text, title or "", made, published_at)}


def answer_of(made: Enrichment) -> dict[str, Any]:
    """An enrichment in the shape of the contract; what stands in a title carries ``"in": "title"``."""
    return {
        "language": made.language,
        "language_score": made.language_score,
        "entities": [
            {
                "start": one.start, "end": one.end, "text": one.text, "kind": one.kind, "name": one.name,
                "ref": one.ref, "score": one.score, "method": one.method, **_where(one.in_title),
            }
            for one in made.entities
        ],
        "places": [
            {
                "ref": one.ref, "name": one.name, "lat": one.lat, "lon": one.lon, "country": one.country,
                "start": one.start, "end": one.end, "score": one.score, **_where(one.in_title), **place_detail(one),
            }
            for one in made.places
        ],
        "keywords": [{"text": one.text, "score": one.score} for one in made.keywords],
        "dates": [{"start": one.start, "end": one.end, "value": one.value} for one in made.dates],
        "languages": [
            {
                "start": one.start, "end": one.end, "language": one.language, "score": one.score,
                **_where(one.in_title),
            }
            for one in made.languages
        ],
    }  # fmt: skip


def place_detail(place: PlaceMention) -> dict[str, Any]:
    """``admin`` (names from the country down), ``admin_code``, and ``candidates`` where others bear the name."""
    detail: dict[str, Any] = {"admin": list(place.admin), "admin_code": place.admin_code or None}
    if place.candidates:
        detail["candidates"] = [asdict(one) for one in place.candidates]
    return detail


def said_in(text: str, title: str, made: Enrichment, published_at: datetime | None) -> dict[str, Any]:
    """Quotes, sources and candidates for events of an article whose names were found, as `answer_of` gives the rest."""
    head, body = title[:TITLE_LIMIT], text[:TEXT_LIMIT]
    said = list(quotes.of_article(head, body, made.entities, language=made.language))
    told = events.of_article(head, body, made.entities, language=made.language, published_at=published_at)
    return {
        "quotes": [
            _quote(one, host) | _where(in_title) for host, in_title, found in said for one in found.quotes
        ],
        "credits": [
            _source(one, host) | _where(in_title) for host, in_title, found in said for one in found.credits
        ],
        "events": [
            {
                "start": one.start, "end": one.end, "text": host[one.start : one.end], "kind": one.kind,
                "word": host[one.word_start : one.word_end], "word_start": one.word_start, "word_end": one.word_end,
                "told": one.told, "places": list(one.places), "actors": list(one.actors), "score": one.score,
                "candidate": True, **_where(in_title),
            }
            for host, in_title, found in told
            for one in found
        ],
    }  # fmt: skip


def _quote(one: quotes.Quote, host: str) -> dict[str, Any]:
    return {
        "start": one.start, "end": one.end, "text": host[one.start : one.end], "kind": one.kind, "verb": one.verb,
        "speaker": _source(one.speaker, host) if one.speaker is not None else None, "via": one.via,
        "carrier": _source(one.carrier, host) if one.carrier is not None else None, "score": one.score,
    }  # fmt: skip


def _source(one: quotes.Source, host: str) -> dict[str, Any]:
    return {
        "start": one.start, "end": one.end, "text": None if one.start is None else host[one.start : one.end],
        "kind": one.kind, "name": one.name, "ref": one.ref, "title": one.title, "agency": one.agency,
    }  # fmt: skip


def _where(in_title: bool) -> dict[str, str]:
    return {"in": "title"} if in_title else {}


def _string(item: dict[str, Any], field: str) -> str | None:
    value = item.get(field)
    return value if isinstance(value, str) else None


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
