"""Who speaks: the name or the noun phrase beside a verb of speech, and what kind of source it is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from rasid.enrich.speech.layout import Layout
from rasid.enrich.speech.words import Role
from rasid.enrich.tokens import Token, key_of, skip_letters
from rasid.text.agencies import AGENCIES, WEAK


class Mention(Protocol):
    """A name in a text: an `EntityMention`, or an `Annotation` of an entity. Without a span it is left out."""

    @property
    def start(self) -> int | None: ...
    @property
    def end(self) -> int | None: ...
    @property
    def in_title(self) -> bool: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def ref(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def method(self) -> str | None: ...


class Speaker(NamedTuple):
    """Somebody who speaks.

    Attributes:
        first, last: his words, last exclusive: those of the name where there is one, else of the whole phrase.
        name: what to call him: the name of a list, else as written.
        title: what stands before the name (وزير الخارجية السوري); None where nothing does.
        agency: id of the news agency that it is; None for others.
        sure: 0 to 1: how well it is known that this is the speaker.
        behind: the word behind the whole phrase.
        again: names nobody, but means somebody named before (المصدر, the minister).
        named: the mention that names him; None where no list does.
        statement: it is a statement that speaks, or who gave it out.
        cut: folded letters of a proclitic before the first word.
    """

    first: int
    last: int
    name: str
    role: Role
    ref: str | None = None
    title: str | None = None
    agency: str | None = None
    sure: float = 1.0
    behind: int = 0
    again: bool = False
    named: Named | None = None
    statement: bool = False
    cut: int = 0

    def span(self, layout: Layout) -> tuple[int, int]:
        """Characters of the name, without a proclitic before it."""
        if self.named is not None:
            return self.named.start, self.named.end
        token = layout.tokens[self.first]
        cut = skip_letters(layout.text[token.start : token.end], self.cut) if self.cut else 0
        return token.start + cut, layout.tokens[self.last - 1].end


class Named(NamedTuple):
    """A mention by its words, last exclusive. `cut`: it begins within the first of them, behind a proclitic."""

    first: int
    last: int
    mention: Mention
    cut: bool
    start: int
    end: int


_AGENCY = frozenset(("وكاله", "agency", "agence", "ajansi"))
_NO_QUOTES = {ord(mark): None for mark in '«»"“”„'}
#: Kinds of mentions that may speak.
_SPEAKERS = frozenset(("person", "org", "place", "other"))


class Names:
    """The mentions of a text by the word at which they begin; of several the longest."""

    def __init__(self, tokens: Sequence[Token], mentions: Iterable[Mention]) -> None:
        starts = [token.start for token in tokens]
        self.at: dict[int, Named] = {}
        self.people: dict[int, Named] = {}
        #: Words of names, and words that say whose (السوري).
        self.covered: set[int] = set()
        self.nationalities: set[int] = set()
        for mention in mentions if starts else ():
            start, end = mention.start, mention.end
            if start is None or end is None:
                continue
            first = max(bisect_right(starts, start) - 1, 0)
            if mention.kind not in _SPEAKERS:
                if mention.kind == "nationality":
                    self.nationalities.add(first)
                continue
            last = bisect_left(starts, end, first)
            named = Named(first, last, mention, starts[first] != start, start, end)
            known = self.at.get(first)
            if known is None or known.last < last:
                self.at[first] = named
            self.covered.update(range(first, last))
            if mention.kind == "person":
                self.people[first] = named
        self.ends = {named.last: named for named in self.at.values()}
        self._tokens = tokens
        self._short: dict[str, Named] | None = None

    def called(self, words: str) -> Named | None:
        """The first person who is called by folded words alone: the last word of a name, or its first ones."""
        if self._short is None:
            self._short = {}
            for named in self.people.values():
                name = [token.folded for token in self._tokens[named.first : named.last]]
                for size in range(1, len(name)):
                    self._short.setdefault(" ".join(name[:size]), named)
                self._short.setdefault(name[-1], named)
        return self._short.get(words)

    def person(self, number: int) -> Named | None:
        """The person whose name begins at a word."""
        return self.people.get(number)


@lru_cache(maxsize=1)
def _agencies() -> tuple[dict[str, str], dict[str, str], int]:
    """Folded names of agencies -> ids: those that are nothing else, all of them; words of the longest."""
    weak = {key_of(name) for name in WEAK}
    every = {key_of(name): agency for agency, names in AGENCIES.items() for name in names}
    return {key: agency for key, agency in every.items() if key not in weak}, every, max(len(k.split()) for k in every)


def agency_at(layout: Layout, number: int, *, told: bool = False) -> tuple[str, int] | None:
    """The id of the agency that is named at a word, and the word behind it; None where none is.

    Args:
        told: a word for agency stands before it, so that names which are other words too (وفا, MAP) count.
    """
    strong, every, longest = _agencies()
    known, words = every if told else strong, layout.words
    for size in range(min(longest, len(words) - number), 0, -1):
        agency = known.get(" ".join(words[number : number + size]))
        if agency is None:
            continue
        written = layout.text[layout.tokens[number].start : layout.tokens[number].end]
        if size == 1 and written.isascii() and len(written) <= 4 and not (written.isupper() or agency == "dpa"):
            return None  # "ap" and "sana" are words
        return agency, number + size
    return None


@lru_cache(maxsize=1)
def _media() -> frozenset[str]:
    """Ids of the papers, stations and agencies among the actors that ship with rasid."""
    found = set()
    for path in (Path(__file__).parents[1] / "data").glob("actors_*.tsv"):
        for line in path.read_text(encoding="utf-8").splitlines():
            ref, kind = (*line.split("\t", 2), "", "")[:2]
            if kind == "org.media":
                found.add(ref)
    return frozenset(found)


def written(layout: Layout, first: int, last: int) -> str:
    """The words of a phrase as they stand in the text, blanks made single, without quotation marks."""
    text = layout.text[layout.tokens[first].start : layout.tokens[last - 1].end]
    return " ".join(text.translate(_NO_QUOTES).split())


def of_name(layout: Layout, named: Named, *, title_from: int | None = None, sure: float = 1.0) -> Speaker:
    """A speaker who is called by a name, of a list or guessed; `title_from` is the first word of his title."""
    mention = named.mention
    title = written(layout, title_from, named.first) if title_from is not None and title_from < named.first else None
    role, agency = Role.NAMED, None
    if mention.kind != "person":
        written_so = key_of(layout.text[named.start : named.end]) if mention.kind == "org" else ""
        agency = _agencies()[1].get(written_so)
        is_agency = agency is not None or (mention.ref in _media() and not _AGENCY.isdisjoint(written_so.split()))
        role = Role.AGENCY if is_agency else Role.MEDIA if mention.ref in _media() else Role.OFFICE
    name = mention.name or layout.text[named.start : named.end]
    return Speaker(named.first, named.last, name, role, mention.ref, title, agency, sure, named.last, named=named)
