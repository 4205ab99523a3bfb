"""Whether an annotation may be believed: what an enricher says of hostile pages is as hostile as they are."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

import orjson

from rasid.enrich.interface import Annotation, Doc

#: Annotations of one article that are kept of one enricher.
MOST = 1_000
ENTITY_KINDS = frozenset({"person", "org", "place", "nationality", "other"})
_TEXT_LIMIT = 10_000
_WORD_LIMIT = 500
_DETAIL_LIMIT = 16_384
_COUNTRY = re.compile(r"[A-Z]{2}")


def flaw(one: object, doc: Doc, provides: Collection[str]) -> str | None:
    """What is wrong with an annotation; None where nothing is.

    Its span must lie within the text (or title) and the text of an entity or a quote must be what stands there.
    """
    if not isinstance(one, Annotation):
        return f"is {type(one).__name__}, not an Annotation"
    if one.what not in provides:
        return f"what is {one.what!r}, which the enricher does not say it provides"
    return _flaw_of_words(one) or _flaw_of_span(one, doc) or _flaw_of_numbers(one) or _flaw_of_detail(one.detail)


def _flaw_of_words(one: Annotation) -> str | None:
    for name in ("kind", "ref", "name", "text", "country", "method"):
        value = getattr(one, name)
        if value is None:
            continue
        if not isinstance(value, str):
            return f"{name} is {type(value).__name__}, not a string"
        if len(value) > (_TEXT_LIMIT if name == "text" else _WORD_LIMIT):
            return f"{name} is {len(value)} characters long"
        if "\0" in value or not _is_unicode(value):
            return f"{name} holds characters that cannot be stored"
    if one.what == "entity" and one.kind not in ENTITY_KINDS:
        return f"kind {one.kind!r} is none of {', '.join(sorted(ENTITY_KINDS))}"
    if one.country is not None and not _COUNTRY.fullmatch(one.country):
        return f"country {one.country!r} is no ISO 3166 alpha-2 code"
    return None


def _flaw_of_span(one: Annotation, doc: Doc) -> str | None:
    start, end = one.start, one.end
    if start is None and end is None:
        return None
    host = doc.title if one.in_title else doc.text
    if type(start) is not int or type(end) is not int:
        return f"its span is {start!r} to {end!r}"
    if not 0 <= start < end <= len(host):
        return f"its span {start} to {end} is not within {len(host)} characters"
    if one.what in ("entity", "quote") and one.text is not None and host[start:end] != one.text:
        return f"text {one.text[:60]!r} is not what stands at {start} to {end}"
    return None


def _flaw_of_numbers(one: Annotation) -> str | None:
    for name, least, most in (("lat", -90.0, 90.0), ("lon", -180.0, 180.0)):
        value = getattr(one, name)
        if value is not None and not (_is_number(value) and least <= value <= most):
            return f"{name} is {value!r}"
    if (one.lat is None) != (one.lon is None):
        return "it has one of lat and lon"
    if one.score is not None and not (_is_number(one.score) and one.score >= 0):
        return f"score is {one.score!r}"
    if one.score is not None and one.score > 1 and one.what != "keyword":
        return f"score {one.score!r} is above 1"
    return None


def _flaw_of_detail(detail: Mapping[str, Any]) -> str | None:
    if not isinstance(detail, Mapping):
        return f"detail is {type(detail).__name__}, not a mapping"
    if not detail:
        return None
    try:
        written = orjson.dumps(dict(detail))
    except (TypeError, ValueError, RecursionError) as error:
        return f"detail cannot be written as JSON: {error}"
    if len(written) > _DETAIL_LIMIT:
        return f"detail is {len(written)} bytes of JSON"
    return "detail holds a NUL character" if b"\\u0000" in written else None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_unicode(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
