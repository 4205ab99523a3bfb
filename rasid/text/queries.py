"""Saved queries: what a watch or the rule of a topic asks for, and whether an article is it.

Words are found through Arabic proclitics and endings (قسد in لقسد, القامشلي in والقامشلي, sanction in sanctions)::

    قسد القامشلي            both words
    "قوات سوريا"            the words side by side, proclitics seen through, endings kept
    حلب OR إدلب             either; OR binds closer than the blank
    -مباراة  -"كأس العالم"   not that
    lang:ar  source:enab-baladi  place:170654  entity:sdf   the article's language, outlet, and whom or what it names
    topic:aid  topic:"food prices"                          a topic of the readers that it has

Pure: no database, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from rasid.errors import UsageError
from rasid.text.fold import fold
from rasid.text.words import base_language, forms, stems, words

#: Longest query in characters, and most parts of one.
QUERY_CHARACTERS, QUERY_PARTS = 2_000, 100
#: Characters of a text that are looked through.
TEXT_CHARACTERS = 400_000
FIELDS = ("lang", "source", "place", "entity", "topic")

_PART = re.compile(
    r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"|(?:(?P<field>[A-Za-z_]+):(?!//))?(?:(?<=:)"(?P<quoted>[^"]*)"|(?P<value>[^\s"]*)))'
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a query looks for: ``word`` or ``phrase`` with folded `words`, or a field of `FIELDS` with `value`."""

    kind: str
    words: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: every group of `wanted` must hold by one of its terms, and no term of `refused` may."""

    text: str
    wanted: tuple[tuple[Term, ...], ...]
    refused: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read a query as a person types it.

        Raises:
            UsageError: it is empty, asks only for what must not be there, or cannot be read; the message says where.
        """
        if len(text) > QUERY_CHARACTERS:
            raise UsageError(f"the query has {len(text)} characters; {QUERY_CHARACTERS} are allowed")
        if text.count('"') % 2:
            raise UsageError(f'a quotation mark " is not closed in the query: {text}')
        groups: list[list[Term]] = []
        refused: list[Term] = []
        either = False
        for no, term in _terms(text):
            if term is None:
                if either or not groups:
                    raise UsageError(f"OR needs something on both sides: {text}")
                either = True
            elif no:
                if either:
                    raise UsageError(f"OR cannot join a part that is refused with -: {text}")
                refused.append(term)
            elif either:
                groups[-1].append(term)
                either = False
            else:
                groups.append([term])
        if either:
            raise UsageError(f"OR needs something on both sides: {text}")
        if not groups:
            raise UsageError(f"the query asks for nothing: give at least one word that must be there: {text!r}")
        return cls(text, tuple(tuple(group) for group in groups), tuple(refused))


def asks_for_topic(query: Query) -> bool:
    """Whether a query asks for a topic, or refuses one."""
    return any(term.kind == "topic" for group in (query.refused, *query.wanted) for term in group)


def _terms(text: str) -> Iterable[tuple[bool, Term | None]]:
    """(whether it is refused, term) for each part; the term of OR is None."""
    count = 0
    for match in _PART.finditer(text):
        if not match[0].strip('-" '):
            if match["phrase"] is not None:
                raise UsageError(f'an empty phrase "" in the query: {text}')
            continue
        count += 1
        if count > QUERY_PARTS:
            raise UsageError(f"the query has more than {QUERY_PARTS} parts")
        if match[0] == "OR":
            yield False, None
        else:
            yield bool(match["no"]), _term(match, text)


def _term(match: re.Match[str], text: str) -> Term:
    name = (match["field"] or "").lower()
    if name and name not in FIELDS:
        raise UsageError(
            f"unknown field {name}: in the query: {text} "
            f'(fields are {", ".join(FIELDS)}; put words with a colon in "…" to look for them)'
        )
    if name:
        value = (match["quoted"] or match["value"] or "").strip()
        if not value:
            raise UsageError(f"{name}: needs a value right behind the colon: {text}")
        return Term(name, value=base_language(value) if name == "lang" else value.casefold())
    found = tuple(words(fold(match["phrase"] if match["phrase"] is not None else match["value"])))
    if not found:
        raise UsageError(f"no letter or digit in {match[0]!r} of the query: {text}")
    return Term("phrase" if match["phrase"] is not None or len(found) > 1 else "word", found)


@dataclass(frozen=True, slots=True)
class MatchDoc:
    """An article made ready once for all queries. Make it with `match_doc`.

    Attributes:
        places: positions of each form of each word; titles come before texts, with a gap that no phrase can cross.
        stems: stems of its longer words.
        language: first part of the BCP 47 tag.
        source: id of the outlet, folded for comparing; refs: ids of places and entities, likewise; topics: their names.
    """

    places: dict[str, list[int]]
    stems: frozenset[str]
    language: str = ""
    source: str = ""
    refs: frozenset[str] = field(default_factory=frozenset)
    topics: frozenset[str] = field(default_factory=frozenset)


def match_doc(
    title: str,
    text: str,
    *,
    language: str | None = None,
    source: str | None = None,
    refs: Iterable[str] = (),
    topics: Iterable[str] = (),
) -> MatchDoc:
    """Make an article ready. `refs` are the ids of the places and entities that it names."""
    heading = words(fold(title[:TEXT_CHARACTERS]))
    body = words(fold(text[:TEXT_CHARACTERS]))
    places: dict[str, list[int]] = {}
    for position, word in (*enumerate(heading), *enumerate(body, start=len(heading) + 1)):
        for form in forms(word):
            places.setdefault(form, []).append(position)
    name = base_language(language)
    return MatchDoc(
        places,
        frozenset(stems({word for word in (*heading, *body) if len(word) >= _STEMMED}, name)),
        name,
        (source or "").casefold(),
        frozenset(ref.casefold() for ref in refs),
        frozenset(topic.casefold() for topic in topics),
    )


def matches(query: Query, doc: MatchDoc) -> bool:
    """Whether an article is what a query asks for."""
    return not any(_holds(term, doc) for term in query.refused) and all(
        any(_holds(term, doc) for term in group) for group in query.wanted
    )


#: Shorter words are matched by their forms alone: their stems are shared by too much.
_STEMMED = 4


@lru_cache(maxsize=10_000)
def _stem(word: str, language: str) -> str:
    return stems([word], language)[0]


def _holds(term: Term, doc: MatchDoc) -> bool:
    if term.kind == "word":
        word = term.words[0]
        if any(form in doc.places for form in forms(word)):
            return True
        return len(word) >= _STEMMED and _stem(word, doc.language) in doc.stems
    if term.kind == "phrase":
        return _phrase_holds(term.words, doc)
    if term.kind == "lang":
        return term.value == doc.language
    if term.kind == "source":
        return term.value == doc.source
    return term.value in (doc.topics if term.kind == "topic" else doc.refs)


def _phrase_holds(phrase: tuple[str, ...], doc: MatchDoc) -> bool:
    """Whether the words stand side by side, each in one of its forms."""
    at: set[int] | None = None
    for word in phrase:
        here = {position for form in forms(word) for position in doc.places.get(form, ())}
        at = here if at is None else {position for position in here if position - 1 in at}
        if not at:
            return False
    return bool(at)
