"""Every stage as a filter: one object in, one object out, without a database (fields: docs/commands.md).

What joins stages stands here, above them: `group` needs dedupe, enrich and cluster, `similar` too. The command line
feeds lines to `Filter.answer_line`; what a line holds never raises out of it.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, cast

import orjson

from rasid.errors import ItemError, Park, UsageError

if TYPE_CHECKING:
    from rasid.cluster.doc import Id, Named
    from rasid.cluster.memory import Article, Refs
    from rasid.dedupe.fingerprint import Fingerprint
    from rasid.enrich.annotate import Read

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


class Where(NamedTuple):
    """Folders: of compiled gazetteers, and of an operator's lists of names. None for none."""

    cache: Path | None = None
    lists: Path | None = None


class Filter:
    """One stage, ready to answer. Making it loads what the stage needs.

    Args:
        stage: one of `STAGES`.
        cache: folder where a compiled gazetteer is kept between two runs; None compiles it anew (3 s).
        lists: folder of an operator's own lists of names; None for none.

    Raises:
        UsageError: there is no such stage.
    """

    def __init__(self, stage: str, *, cache: Path | None = None, lists: Path | None = None) -> None:
        if stage not in STAGES:
            raise UsageError(f"there is no stage {stage!r}; choose one of {', '.join(STAGES)}")
        self.stage = stage
        where = Where(cache, lists)
        self._asked: Grouping | Answer = _grouping(where) if stage == "group" else _MAKERS[stage](where)

    def answer_line(self, line: bytes) -> bytes:
        """The answer to one line of NDJSON, without its line end. Never raises for what the line holds.

        Of `group`, which is asked by `take_all` and `rest`, it is what is known at this point of the stream.
        """
        if isinstance(self._asked, Grouping):
            (answer,) = self._asked.answer_all([_read(line)])
            return write_answer(_given(answer))
        return write_answer(_answered(line, self._asked))

    def take(self, line: bytes) -> list[bytes]:
        """The answers that are ready once a line came: its own; of `group`, those that no later line changes."""
        return self.take_all([line])

    def take_all(self, lines: Sequence[bytes]) -> list[bytes]:
        """The same of some lines; together they cost `group` less, and get the answers that each alone would."""
        if isinstance(self._asked, Grouping):
            self._asked.answer_all([_read(line) for line in lines])
            return [write_answer(one) for one in self._asked.ready()]
        return [write_answer(_answered(line, self._asked)) for line in lines]

    def rest(self) -> Iterator[bytes]:
        """The answers that waited for the end of the input."""
        if isinstance(self._asked, Grouping):
            yield from map(write_answer, self._asked.ready(end=True))


def _answered(line: bytes, ask: Answer) -> dict[str, Any]:
    item: Item = {}
    try:
        item = read_item(line)
        return {**ask(item), "id": item.get("id")}
    except Exception as error:
        return failure(item.get("id"), error)


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
    if isinstance(item.get("id"), float | list | dict):
        item["id"] = _read_leniently(line).get("id")  # large whole numbers are such there
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


def _feed(_: Where) -> Answer:
    from rasid.discover.channel import answer_feed

    return answer_feed


def _url(_: Where) -> Answer:
    from rasid.urls import answer_url

    return answer_url


def _robots(_: Where) -> Answer:
    from rasid.http.robots import answer_robots

    return answer_robots


def _extract(_: Where) -> Answer:
    from rasid.parse.answers import answer_extract

    return answer_extract


def _date(_: Where) -> Answer:
    from rasid.parse.answers import answer_date

    return answer_date


def _enrich(where: Where) -> Answer:
    from rasid.enrich.answers import annotator, answer_enrich

    annotator(*where)

    def answer(item: Item) -> Mapping[str, Any]:
        _article(item)
        return answer_enrich(item, folder=where.cache, extra=where.lists)

    return answer


# --- stages that are joined ---------------------------------------------------------------------------------------


class _Ticket(int):
    """An article's place in the input, with the id that it came under: whatever that is, the place can be a key."""

    given: Any


class _Asked(NamedTuple):
    """An item of `group` that holds an article."""

    item: Item
    title: str
    text: str


#: The answer to an item that could not be handled.
Failure = dict[str, Any]


def _read(line: bytes) -> _Asked | Failure:
    item: Item = {}
    try:
        item = read_item(line)
        return _Asked(item, *_article(item))
    except Exception as error:
        return failure(item.get("id"), error)


def _prints(asked: Sequence[_Asked]) -> Sequence[Fingerprint | None]:
    from rasid.dedupe.fingerprint import fingerprints

    try:
        return fingerprints([(one.title, one.text) for one in asked])
    except Exception:
        # Whichever it is, it fails again where it stands, alone.
        return [None] * len(asked)


class _Grouped(NamedTuple):
    """An article with its group. `speaker`: the one whose story it shares, itself where it is the first to tell it."""

    ticket: _Ticket
    speaker: _Ticket
    found: dict[str, Any]
    article: Article


class Grouping:
    """Groups of copies and stories of the articles of one stream, as the dedupe, enrich and cluster stages make them.

    A copy is in the story of the first of its group. What a later article shows about stories of earlier ones is put
    right as long as these are remembered: so answers wait until then. Memory is bounded by what the parts keep.
    """

    def __init__(self, refs: Refs) -> None:
        from rasid.cluster.memory import Clusterer
        from rasid.dedupe.decide import Grouper

        self._grouper = Grouper()
        self._clusterer = Clusterer(refs=refs)
        # The article whose story a group shares; what is settled of it; answers that wait until theirs is.
        self._speaker: dict[_Ticket, _Ticket] = {}
        self._settled: dict[_Ticket, dict[str, Any]] = {}
        self._waiting: deque[tuple[_Ticket | None, dict[str, Any]]] = deque()
        self._count = 0

    def answer_all(self, asked: Sequence[_Asked | Failure]) -> list[dict[str, Any]]:
        """The groups and the stories of some articles, as far as they are known once all came, ids still tickets.

        Failures stand among the answers in their places.
        """
        prints = iter(_prints([one for one in asked if isinstance(one, _Asked)]))
        placed = [self._group(one, next(prints)) if isinstance(one, _Asked) else one for one in asked]
        first = [one for one in placed if isinstance(one, _Grouped) and one.speaker == one.ticket]
        told = self._stories([one.article for one in first])
        stories = dict(zip([one.ticket for one in first], told, strict=True))
        # Whoever the articles of now drove out of memory may be the speaker of one of them.
        self._settle(self._clusterer.settled())
        answers = []
        for one in placed:
            answer = self._answer(one, stories.get(one.speaker)) if isinstance(one, _Grouped) else one
            waits_for = one.speaker if isinstance(one, _Grouped) and "error" not in answer else None
            told_for_good = isinstance(one, _Grouped) and one.speaker != one.ticket and waits_for in self._settled
            self._waiting.append((None if told_for_good else waits_for, answer))
            answers.append(answer)
        self._forget()
        return answers

    def _stories(self, articles: Sequence[Article]) -> Sequence[dict[str, Any] | Exception]:
        try:
            return self._clusterer.add_all(articles)
        except Exception as error:
            return [error] * len(articles)

    def _group(self, asked: _Asked, print_: Fingerprint | None) -> _Grouped | Failure:
        from rasid.cluster.memory import Article

        item, title, text = asked
        try:
            ticket, source = self._ticket(item.get("id")), _string(item, "source")
            published = _time(item.get("published_at"))
            found = self._grouper.add(
                ticket, title, text, source, _string(item, "language"), published, _string(item, "url"), print_=print_
            )
            speaker = self._speaker.get(found["group"], ticket)
            language = _language(item, title, text) if speaker == ticket else None
        except Exception as error:
            return failure(item.get("id"), error)
        self._speaker[ticket] = speaker
        return _Grouped(ticket, speaker, found, Article(ticket, title, text, language, published, source=source))

    def _answer(self, one: _Grouped, told: dict[str, Any] | Exception | None) -> dict[str, Any]:
        """`told`: what was said of the story of the speaker, where it came with the article."""
        if isinstance(told, Exception):
            self._speaker.pop(one.ticket, None)
            return failure(one.ticket.given, told)
        if told is None or one.speaker != one.ticket:
            told = {**self._told(one.speaker), "why": {"rung": "copy", "of": one.found["group"]}}
        why = {"group": one.found["why"], "story": told["why"]}
        return {**one.found, **told, "why": why, "id": one.ticket.given}

    def ready(self, *, end: bool = False) -> Iterator[dict[str, Any]]:
        """Answers that no later article changes, in the order of the input; all of them at the `end`."""
        self._settle(self._clusterer.finish() if end else self._clusterer.settled())
        while self._waiting:
            waits_for, answer = self._waiting[0]
            if waits_for is not None and waits_for not in self._settled:
                return
            self._waiting.popleft()
            told = {**answer, **self._settled.get(waits_for, {})} if waits_for is not None else answer
            yield _given(self._regrouped(told))

    def _settle(self, settled: Sequence[tuple[Id, Id, float]]) -> None:
        for speaker, story, score in settled:
            self._settled[cast(_Ticket, speaker)] = {"story": story, "story_score": score}

    def _regrouped(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Name the group as it is called by now: a later article may have shown two to be one."""
        if "group" not in answer:
            return answer
        group, through = self._grouper.now(answer["group"])
        if through is None:
            return answer
        found = {"group": group, "why": {**answer["why"], "merged": through}}
        return {**answer, **found, "relation": "near" if answer["relation"] == "original" else answer["relation"]}

    def _told(self, speaker: _Ticket) -> dict[str, Any]:
        if speaker in self._settled:
            return self._settled[speaker]
        story, score = self._clusterer.now(speaker)
        return {"story": story, "story_score": score}

    def _forget(self) -> None:
        """Groups beyond those that the grouper keeps: nothing can be a copy of theirs any more."""
        while len(self._speaker) > _GROUPS_KEPT:
            gone = next(iter(self._speaker))
            if self._speaker.pop(gone) == gone:
                self._settled.pop(gone, None)

    def _ticket(self, given: Any) -> _Ticket:
        self._count += 1
        ticket = _Ticket(self._count)
        ticket.given = given
        return ticket


def _finder(where: Where) -> Refs:
    """Finds entities; the lists of names are read when they are first needed."""

    def refs(title: str, text: str, language: str | None) -> Named:
        from rasid.enrich.answers import annotator

        return read_refs(annotator(*where).read(text, title=title, language=language))

    return refs


def _grouping(where: Where) -> Grouping:
    return Grouping(_finder(where))


def _similar(where: Where) -> Answer:
    from rasid.cluster.memory import similar
    from rasid.dedupe.agency import agency_of
    from rasid.dedupe.decide import Candidate, decide
    from rasid.dedupe.fingerprint import fingerprint

    refs = _finder(where)

    def answer(item: Item) -> Mapping[str, Any]:
        one, other = _side(item, "a"), _side(item, "b")
        first = Candidate(1, 1, fingerprint(one["title"], one["text"]), agency=agency_of(one["text"]))
        verdict = decide(fingerprint(other["title"], other["text"]), [first], agency=agency_of(other["text"]))
        score = similar(one, other, refs=refs)
        # Copies of one text are on one story whatever their words weigh.
        score = max(score, verdict.score) if verdict.group is not None else score
        return {"score": score, "relation": verdict.relation.value}

    return answer


def read_refs(read: Read) -> Named:
    """Whom, what and where an article names, by id, as the cluster stage reads them back: what stories are compared by.

    A place counts as a name and as a place.
    """
    from rasid.cluster.doc import Named
    from rasid.enrich.mentions import place_of

    named = {entity.ref for entity in read.entities if entity.ref}
    places = {place.ref for hit in read.found if (place := place_of(hit, arabic=read.arabic)) is not None}
    heads = {entity.ref for entity in read.entities if entity.ref and entity.in_title}
    return Named([*sorted(named), *sorted(places)], sorted(heads))


def _language(item: Item, title: str, text: str) -> str:
    """What the item says, or else what the text looks like; empty where that cannot be told."""
    given = _string(item, "language")
    if given:
        return given
    from rasid.text.language import detect

    code, _ = detect(f"{title[:1000]}\n{text[:400]}")
    return "" if code == "und" else code


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
    return {**side, "title": title, "text": text, "language": _language(side, title, text)}


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


_MAKERS: dict[str, Callable[[Where], Answer]] = {
    "feed": _feed,
    "url": _url,
    "robots": _robots,
    "extract": _extract,
    "date": _date,
    "similar": _similar,
    "enrich": _enrich,
}
