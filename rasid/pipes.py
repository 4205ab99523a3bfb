"""Every stage as a filter: one object in, one object out, without a database (fields: docs/commands.md).

What joins stages stands here, above them: `group` needs dedupe, enrich and cluster, `similar` too. The command line
feeds lines to `Filter.answer_line`; what a line holds never raises out of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from rasid.errors import ItemError, Park, UsageError

if TYPE_CHECKING:
    from rasid.enrich.annotate import Annotator
    from rasid.model import Enrichment

Item = dict[str, Any]
Answer = Callable[[Item], Mapping[str, Any]]

STAGES = ("feed", "url", "robots", "extract", "date", "group", "similar", "enrich")
#: Those whose answer hangs on the lines before: they run in one process, whatever ``--jobs`` says.
IN_ORDER = frozenset({"group"})

#: Longest line that is read, in bytes; a page of the largest size that is fetched fits in, escaped.
LINE_LIMIT = 64 * 1024 * 1024
_MESSAGE_LIMIT = 500
#: Stories are remembered for this many groups, as many as the grouper keeps articles.
_GROUPS_KEPT = 100_000


class Filter:
    """One stage, ready to answer. Making it loads what the stage needs.

    Args:
        stage: one of `STAGES`.
        cache: folder where a compiled gazetteer is kept between two runs; None compiles it anew (6 s).

    Raises:
        UsageError: there is no such stage.
    """

    def __init__(self, stage: str, *, cache: Path | None = None) -> None:
        if stage not in _MAKERS:
            raise UsageError(f"there is no stage {stage!r}; choose one of {', '.join(STAGES)}")
        self.stage = stage
        self._answer = _MAKERS[stage](cache)

    def answer_line(self, line: bytes) -> bytes:
        """The answer to one line of NDJSON, without its line end. Never raises for what the line holds."""
        item: Item = {}
        try:
            item = read_item(line)
            answer = {**self._answer(item), "id": item.get("id")}
        except Exception as error:
            answer = failure(item.get("id"), error)
        return write_answer(answer)


def failure(item_id: object, error: Exception) -> dict[str, Any]:
    """The answer to an item that could not be handled."""
    if isinstance(error, ItemError):
        code = error.code
    elif isinstance(error, UsageError):
        code = "bad_input"
    else:
        code = "internal_error"
    message = str(error) or type(error).__name__
    if code == "internal_error":
        message = f"{type(error).__name__}: {message}"
    return {"id": item_id, "error": {"code": code, "message": message[:_MESSAGE_LIMIT]}}


# --- lines --------------------------------------------------------------------------------------------------------


def read_item(line: bytes) -> Item:
    """The object on one line. Lone surrogates become U+FFFD, except in the id and in the name of a file.

    Raises:
        Park: ``bad_json`` where the line holds no JSON object.
    """
    try:
        item = orjson.loads(line)
    except orjson.JSONDecodeError:
        item = _read_leniently(line)
    if not isinstance(item, dict):
        raise Park("bad_json", f"a line must hold a JSON object, not {_json_type(item)}")
    if isinstance(item.get("id"), float):
        item["id"] = _read_leniently(line).get("id")  # a large whole number is one there
    return item


def _read_leniently(line: bytes) -> Any:
    """For what the fast reader refuses: lone surrogates, octets that are no UTF-8."""
    try:
        item = json.loads(line.decode("utf-8", "replace"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Park("bad_json", f"this is no JSON: {error}") from error
    if isinstance(item, dict):
        return {name: value if name in ("id", "path") else _clean(value) for name, value in item.items()}
    return item


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_clean(name): _clean(inner) for name, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value


def write_answer(answer: dict[str, Any]) -> bytes:
    """One line of JSON, ``id`` first; whatever cannot be written otherwise is escaped or written as text."""
    ordered = {"id": answer.get("id"), **answer}
    try:
        return orjson.dumps(ordered, default=str)
    except TypeError:  # lone surrogates, numbers beyond 64 bits
        return json.dumps(_finite(ordered), default=str).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(name): _finite(inner) for name, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


def _json_type(value: object) -> str:
    known = {list: "a list", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return known.get(type(value), "null")


# --- stages that stand alone ------------------------------------------------------------------------------------


def _feed(_: Path | None) -> Answer:
    from rasid.discover.channel import answer_feed

    return answer_feed


def _url(_: Path | None) -> Answer:
    from rasid.urls import answer_url

    return answer_url


def _robots(_: Path | None) -> Answer:
    from rasid.http.robots import answer_robots

    return answer_robots


def _extract(_: Path | None) -> Answer:
    from rasid.parse.answers import answer_extract

    return answer_extract


def _date(_: Path | None) -> Answer:
    from rasid.parse.answers import answer_date

    return answer_date


def _enrich(cache: Path | None) -> Answer:
    from rasid.enrich.answers import annotator, answer_enrich

    annotator(cache)

    def answer(item: Item) -> Mapping[str, Any]:
        _article(item)
        return answer_enrich(item, folder=cache)

    return answer


# --- stages that are joined ---------------------------------------------------------------------------------------


class _Ticket(int):
    """An article's place in the input, with the id that it came under: whatever that is, the place can be a key."""

    given: Any


class Grouping:
    """Groups of copies and stories of the articles of one stream, as the dedupe, enrich and cluster stages make them.

    A copy is in the story of the first of its group. Memory is bounded by what the parts keep.
    """

    def __init__(self, annotator: Annotator) -> None:
        from rasid.cluster.memory import Clusterer
        from rasid.dedupe.decide import Grouper

        self._annotator = annotator
        self._grouper = Grouper()
        self._clusterer = Clusterer()
        self._stories: dict[_Ticket, tuple[_Ticket, float]] = {}
        self._count = 0

    def answer(self, item: Item) -> dict[str, Any]:
        """The group and the story of one article.

        Raises:
            Park: ``bad_input`` where a title or a text is missing or no string.
        """
        title, text = _article(item)
        ticket = self._ticket(item.get("id"))
        published = _time(item.get("published_at"))
        found = self._grouper.add(ticket, title, text, _string(item, "source"), _string(item, "language"), published)
        story = self._story(ticket, found, title, text, item, published)
        why = {"group": found["why"], "story": story["why"]}
        return {name: _given(value) for name, value in {**found, **story, "why": why}.items()}

    def _ticket(self, given: Any) -> _Ticket:
        self._count += 1
        ticket = _Ticket(self._count)
        ticket.given = given
        return ticket

    def _story(
        self, ticket: _Ticket, found: dict[str, Any], title: str, text: str, item: Item, published: datetime | None
    ) -> dict[str, Any]:
        known = self._stories.get(found["group"])
        if found["group"] != ticket and known is not None:
            return {"story": known[0], "story_score": known[1], "why": {"rung": "copy", "of": found["group"]}}
        made = annotate(self._annotator, title, text, item)
        placed = self._clusterer.add(ticket, title, text, _language(made, item), published, entity_refs(made))
        self._stories[found["group"]] = (placed["story"], placed["story_score"])
        if len(self._stories) > _GROUPS_KEPT:
            del self._stories[next(iter(self._stories))]
        return placed


def _group(cache: Path | None) -> Answer:
    from rasid.enrich.answers import annotator

    return Grouping(annotator(cache)).answer


def _similar(cache: Path | None) -> Answer:
    from rasid.cluster.memory import similar
    from rasid.dedupe.agency import agency_of
    from rasid.dedupe.decide import Candidate, decide
    from rasid.dedupe.fingerprint import fingerprint
    from rasid.enrich.answers import annotator

    marks = annotator(cache)

    def refs(title: str, text: str, language: str | None) -> Sequence[str]:
        return entity_refs(marks.annotate(text, title=title, language=language))

    def answer(item: Item) -> Mapping[str, Any]:
        one, other = _side(item, "a"), _side(item, "b")
        first = Candidate(1, 1, fingerprint(one["title"], one["text"]), agency=agency_of(one["text"]))
        verdict = decide(fingerprint(other["title"], other["text"]), [first], agency=agency_of(other["text"]))
        score = similar(one, other, refs=refs)
        # Copies of one text are on one story whatever their words weigh.
        score = max(score, verdict.score) if verdict.group is not None else score
        return {"score": score, "relation": verdict.relation.value}

    return answer


def annotate(annotator: Annotator, title: str, text: str, item: Item) -> Enrichment:
    """What the enrich stage says of an item's article."""
    return annotator.annotate(
        text, title=title, language=_string(item, "language"), country=_string(item, "country"),
        published_at=_time(item.get("published_at")),
    )  # fmt: skip


def entity_refs(made: Enrichment) -> list[str]:
    """Whom, what and where an article names, by id, as the cluster stage reads them back: what stories are compared by.

    A place counts as a name and as a place.
    """
    named = {entity.ref for entity in made.entities if entity.ref}
    return [*sorted(named), *sorted({place.ref for place in made.places if place.ref})]


def _language(made: Enrichment, item: Item) -> str | None:
    return made.language if made.language != "und" else _string(item, "language")


def _given(value: Any) -> Any:
    """`value` with the ids that articles came under in place of their tickets."""
    if isinstance(value, _Ticket):
        return value.given
    if isinstance(value, dict):
        return {name: _given(inner) for name, inner in value.items()}
    return value


# --- fields -------------------------------------------------------------------------------------------------------


def _article(item: Mapping[str, Any]) -> tuple[str, str]:
    """Title (empty where there is none) and text."""
    title, text = item.get("title"), item.get("text")
    if not isinstance(text, str) or not (title is None or isinstance(title, str)):
        raise Park("bad_input", "an article needs a string `text`, and a string `title` where there is one")
    return title or "", text


def _side(item: Item, name: str) -> Item:
    side = item.get(name)
    if not isinstance(side, dict):
        raise Park("bad_input", f"similar needs an article `{name}`: an object with `title` and `text`")
    title, text = _article(side)
    return {**side, "title": title, "text": text, "language": _string(side, "language")}


def _string(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) else None


def _time(value: object) -> datetime | None:
    """An aware time; None for what is no RFC 3339 time, or one that no newspaper has seen."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None or not 1800 <= at.year <= 2200:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


_MAKERS: dict[str, Callable[[Path | None], Answer]] = {
    "feed": _feed,
    "url": _url,
    "robots": _robots,
    "extract": _extract,
    "date": _date,
    "group": _group,
    "similar": _similar,
    "enrich": _enrich,
}
