"""One article in, all that the enrich stage says of it out: language, names, places, keywords, dates.

Pure and without a database. An `Annotator` is made once in a process and may be shared by its threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rasid.enrich.borne import surnames, without_namesakes
from rasid.enrich.compile import load
from rasid.enrich.days import days
from rasid.enrich.gazetteer import Gazetteer, capitals_tell
from rasid.enrich.keywords import Host, Lexicon, keywords
from rasid.enrich.latin_people import Page, Person, last_names, mention, people
from rasid.enrich.listed import CITY, COUNTRY, PROVINCE, REGION, Entry
from rasid.enrich.mentions import entity_of, place_of
from rasid.enrich.phrases import Name
from rasid.enrich.resolve import Found
from rasid.enrich.tokens import kept_tokens, tokenize
from rasid.enrich.unlisted import Guessed, Guesser
from rasid.model import Enrichment, EntityMention, LanguageMention
from rasid.text.fold import has_arabic
from rasid.text.language import detect
from rasid.text.mixed import Passage, languages

#: What made an annotation, and which edition of it: raised with every change that gives other answers.
NAME = "rasid-gazetteer"
VERSION = "13"
MADE_BY = f"{NAME}@{VERSION}"

#: Characters of a text that are read. What an article says, it has said by then; a page of a megabyte is no article.
TEXT_LIMIT = 60_000
TITLE_LIMIT = 1_000
_LEAD = 400


@dataclass(frozen=True, slots=True)
class Read:
    """An article as it was read: language, title and text with their words and names, what is in another language."""

    language: str
    language_score: float
    arabic: bool
    hosts: tuple[Host, ...]
    found: tuple[Found, ...]
    entities: tuple[EntityMention, ...]
    passages: tuple[Passage, ...]


class Annotator:
    """Says who and where an article speaks of.

    Args:
        folder: where the compiled gazetteer is kept for all workers of a machine; None keeps it in memory only.
        extra: folder of an operator's own TSV lists; None for none.
    """

    name = NAME
    version: str = VERSION

    def __init__(self, folder: Path | None = None, extra: Path | None = None) -> None:
        self._listed = listed = load(folder, extra)
        self._gazetteer = Gazetteer(listed)
        self._guesser = Guesser(listed.nationalities)
        #: What the gazetteer was compiled from.
        self.key = listed.key
        if listed.lists:
            self.version = f"{VERSION}+{listed.lists}"

    def annotate(
        self,
        text: str,
        *,
        title: str | None = None,
        language: str | None = None,
        country: str | None = None,
        published_at: datetime | None = None,
        lexicon: Lexicon | None = None,
    ) -> Enrichment:
        """Annotate one article.

        Args:
            text: the article without its furniture; the first 60,000 characters are read.
            language: what the source or the page claims (BCP 47); it breaks ties only.
            country: ISO 3166 code of the source; its places are preferred.
            published_at: in the zone of the source; None leaves X in the dates told from it.
            lexicon: how common words are, for keywords; None for what is shipped.
        """
        read = self.read(text, title=title, language=language, country=country)
        body = read.hosts[1]
        places = (
            place_of(hit, arabic=read.arabic, in_title=hit.host == 0, area=self._listed.area) for hit in read.found
        )
        return Enrichment(
            language=read.language,
            language_score=read.language_score,
            entities=read.entities,
            places=tuple(place for place in places if place is not None),
            keywords=tuple(keywords(read.hosts, language=read.language, lexicon=lexicon)),
            dates=tuple(days(body.text, body.tokens, published_at=published_at)),
            languages=tuple(LanguageMention(*one) for one in read.passages),
        )

    def read(
        self, text: str, *, title: str | None = None, language: str | None = None, country: str | None = None
    ) -> Read:
        """The words of an article and the names in them: what all further annotations start from."""
        head, body = (title or "")[:TITLE_LIMIT], text[:TEXT_LIMIT]
        code, sure, passages = languages(head, body, *detect(f"{head}\n{body[:_LEAD]}", prior=language))
        hosts = [Host(head, tokenize(head), is_title=True), Host(body, kept_tokens(body))]
        found = self._gazetteer.find(
            [(host.text, host.tokens) for host in hosts],
            language="" if code == "und" else code,
            country=(country or "").upper(),
        )
        arabic = has_arabic(body[:_LEAD] or head)
        if arabic:
            found = without_namesakes(hosts, found)
        family = surnames(hosts, found)
        if not arabic:
            found, persons = _in_latin(hosts, found, code, family)
        entities = [
            entity for number, host in enumerate(hosts) for entity in self._name(host, number, found, arabic, family)
        ]
        if not arabic:
            entities = _with(hosts, entities, persons)
        return Read(code, sure, arabic, tuple(hosts), tuple(found), tuple(entities), passages)

    def _name(
        self, host: Host, number: int, found: Sequence[Found], arabic: bool, family: Mapping[str, str]
    ) -> list[EntityMention]:
        """All names of a host in order; those that make keywords (no nationality, none inside another) go to it."""
        hits = [hit for hit in found if hit.host == number]
        listed = [entity_of(hit, host.text, arabic=arabic, in_title=host.is_title) for hit in hits]
        host.names = [
            (hit.first, hit.last)
            for hit in hits
            if not hit.nested and hit.entry is not None and hit.entry.kind != "nationality"
        ]
        host.mentions = [_named(hit, hit.entry) for hit in hits if hit.entry is not None]
        if not arabic:
            return listed
        # A nationality may be a family name: ماهر المصري.
        taken = [hit.read for hit in hits if hit.entry is not None and hit.entry.kind != "nationality"]
        headed = [hit.read for hit in hits if hit.entry and hit.entry.kind in ("org", "place") and not hit.nested]
        guesses = self._guesser.guess(
            host.text, host.tokens, taken, in_title=host.is_title, listed=family, headed=headed
        )
        listed = _outside(listed, guesses)
        host.names += [(guess.first, guess.last) for guess in guesses]
        host.mentions += [
            Name(one.first, one.last, one.mention.kind, guessed=True, ref=one.mention.ref) for one in guesses
        ]
        return sorted([*listed, *(guess.mention for guess in guesses)], key=lambda one: (one.start, -one.end))


def _in_latin(
    hosts: Sequence[Host], found: list[Found], language: str, family: Mapping[str, str]
) -> tuple[list[Found], list[list[tuple[Person, EntityMention]]]]:
    """Persons in no list, by host; and the names that are left: a town whose name somebody bears is that person."""
    persons: list[list[tuple[Person, EntityMention]]] = [[] for _ in hosts]
    known = dict(family)
    kept = found
    # The text first: a headline names in part whom it names in full.
    for number in reversed(range(len(hosts))):
        page = _page(hosts[number], [hit for hit in found if hit.host == number])
        if page is None:
            continue
        met = people(page, language=language, known=known)
        known |= last_names(met, page.tokens)
        persons[number] = [(one, mention(page, one, in_title=hosts[number].is_title)) for one in met]
        kept = [hit for hit in kept if hit.host != number or not any(one.first <= hit.first < one.last for one in met)]
    return kept, persons


def _page(host: Host, hits: Sequence[Found]) -> Page | None:
    """A text as persons are sought in it; None where it has no capitals."""
    if host.text.lower() == host.text:
        return None
    soft = [
        (hit.first, hit.last)
        for hit in hits
        if hit.last - hit.first == 1 and hit.entry is not None and hit.entry.kind in ("place", "nationality")
    ]
    taken = [(hit.first, hit.last) for hit in hits if (hit.first, hit.last) not in soft and not hit.nested]
    return Page(host.text, host.tokens, taken, soft, capitals_tell(host.text, host.tokens))


def _with(
    hosts: Sequence[Host], entities: list[EntityMention], persons: Sequence[Sequence[tuple[Person, EntityMention]]]
) -> list[EntityMention]:
    """Entities and persons together, in order; both are told to the hosts."""
    for host, met in zip(hosts, persons, strict=True):
        host.names = [*host.names, *((one.first, one.last) for one, _ in met)]
        host.mentions = [
            *host.mentions, *(Name(one.first, one.last, "person", guessed=True, ref=one.ref) for one, _ in met)
        ]  # fmt: skip
    every = [*entities, *(told for met in persons for _, told in met)]
    return sorted(every, key=lambda one: (not one.in_title, one.start, -one.end))


_SORTS = {CITY: "city", COUNTRY: "country", REGION: "region", PROVINCE: "province"}


def _named(hit: Found, entry: Entry) -> Name:
    return Name(hit.first, hit.last, entry.kind, ref=entry.ref, sort=entry.sort or _SORTS.get(entry.rank, ""))


def _outside(listed: list[EntityMention], guesses: Sequence[Guessed]) -> list[EntityMention]:
    """Without the nationalities that are part of a person's name."""
    persons = [(one.mention.start, one.mention.end) for one in guesses if one.mention.kind == "person"]
    return [
        one
        for one in listed
        if one.kind != "nationality" or not any(start <= one.start < end for start, end in persons)
    ]
