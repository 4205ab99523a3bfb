"""Who said what: reported speech of a text, direct and indirect, with its speaker and what kind of source he is.

Rules and word lists, no model: what a verb of speech, "that", a colon or quotation marks tell. Pure; offsets count
code points of the text as it was given. Read are Arabic, English, French and Turkish; of other languages only what
stands between quotation marks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rasid.enrich.interface import Annotation, Doc
from rasid.enrich.speech import arabic, latin, turkish
from rasid.enrich.speech.found import How, Page, Said
from rasid.enrich.speech.layout import COLON, END, Layout, Quoted, kept_layout
from rasid.enrich.speech.speakers import Mention, Names, Speaker
from rasid.enrich.speech.words import Role
from rasid.text.words import base_language

#: What made an annotation, and which edition of it: raised with every change that gives other answers.
NAME = "rasid-quotes"
VERSION = "1"


@dataclass(frozen=True, slots=True)
class Source:
    """Who is credited with something.

    Attributes:
        start, end: where he stands in the text; None where he was named before and only meant here.
        name: as a list calls him, else as written.
        kind: ``named office agency media anonymous correspondent witness social unknown``.
        ref: id in a list of names; None where there is none.
        title: what stands before the name (``وزير الخارجية السوري``).
        agency: id of a news agency (`rasid.text.agencies`); None for others.
    """

    start: int | None
    end: int | None
    name: str
    kind: str
    ref: str | None = None
    title: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Something that somebody said.

    Attributes:
        start, end: what was said, without the quotation marks around it.
        kind: ``direct`` between quotation marks, ``indirect`` in the words of the text.
        verb: the word that opens it, as written; None where only a colon or quotation marks do.
        speaker: None where nobody is found.
        via: ``statement interview social``: how it was said; None where the text does not tell.
        carrier: who passed it on: whom it was told to, or who quotes it.
        score: how sure it is that these are that speaker's words, 0 to 1.
    """

    start: int
    end: int
    kind: str
    verb: str | None
    speaker: Source | None
    via: str | None
    carrier: Source | None
    score: float


@dataclass(frozen=True, slots=True)
class Attributions:
    """What a text gives as said, in order, and the sources that it names, each once, in order."""

    quotes: tuple[Quote, ...] = ()
    credits: tuple[Source, ...] = ()


_READERS = {"ar": arabic.read, "en": latin.read_english, "fr": latin.read_french, "tr": turkish.read}
#: Words on either side of a passage that show whether it is a sentence of its own.
_NEAR = 6


def attributions(layout: Layout, mentions: Iterable[Mention], *, language: str | None = None) -> Attributions:
    """Who said what in a text.

    Args:
        layout: of the text, as `rasid.enrich.speech.layout.lay_out` makes it.
        mentions: names in it, as the gazetteer found them; of a text that has a title, those of the text alone.
        language: BCP 47; None reads quotation marks only.
    """
    if not layout.tokens:
        return Attributions()
    page = Page(layout)
    reader = _READERS.get(base_language(language))
    if reader is not None:
        reader(page, Names(layout.tokens, mentions))
    _leftover(page)
    quotes = sorted((_quote(page, one) for one in page.said), key=lambda one: (one.start, -one.end))
    return Attributions(tuple(quotes), tuple(_credits(page)))


def of_article(
    title: str, text: str, mentions: Sequence[Mention], *, language: str | None = None
) -> Iterator[tuple[str, bool, Attributions]]:
    """Who said what in a title and in a text: each with whether it is the title. `mentions` are those of both."""
    for host, in_title in ((title, True), (text, False)):
        here = [one for one in mentions if one.in_title == in_title]
        yield host, in_title, attributions(kept_layout(host), here, language=language)


def _leftover(page: Page) -> None:
    """Long passages between quotation marks that no verb claims: of whoever spoke last before them, a guess."""
    for quoted in list(page.left()):
        if not (page.layout.gaps.get(quoted.first, 0) & (END | COLON) or _fills_sentence(page.layout, quoted)):
            continue
        before = [one for one in page.said if one.start < quoted.start and one.how.speaker is not None]
        last = max(before, key=lambda one: one.start, default=None)
        if last is None or last.how.speaker is None:
            page.add_direct(quoted, How(None, None, 0.3))
            continue
        same = "\n" not in page.layout.text[last.end : quoted.start]
        page.add_direct(quoted, How(None, last.how.speaker, (0.55 if same else 0.35) * last.how.speaker.sure, True))


def _fills_sentence(layout: Layout, quoted: Quoted) -> bool:
    at = bisect_right(layout.sentences, (quoted.first, len(layout.tokens) + 1)) - 1
    first, last = layout.sentences[at]
    return quoted.last - quoted.first >= 0.6 * (min(last, quoted.last + _NEAR) - max(first, quoted.first - _NEAR))


def _quote(page: Page, said: Said) -> Quote:
    how, layout = said.how, page.layout
    verb = None
    if how.verb is not None:
        token = layout.tokens[how.verb]
        verb = layout.text[token.start : token.end]
    speaker = _source(layout, how.speaker, carried=how.carried) if how.speaker is not None else None
    carrier = _source(layout, how.carrier) if how.carrier is not None else None
    kind = "direct" if said.direct else "indirect"
    return Quote(said.start, said.end, kind, verb, speaker, how.via, carrier, round(how.score, 3))


def _source(layout: Layout, speaker: Speaker, *, carried: bool = False) -> Source:
    start, end = (None, None) if carried else speaker.span(layout)
    return Source(start, end, speaker.name, speaker.role.value, speaker.ref, speaker.title, speaker.agency)


def _credits(page: Page) -> list[Source]:
    """Each source once, where it stands first."""
    found: dict[tuple[str, str], Source] = {}
    for first in sorted(page.sources):
        speaker = page.sources[first]
        if speaker.role is not Role.UNKNOWN:
            source = _source(page.layout, speaker)
            found.setdefault((source.kind, source.ref or source.name), source)
    return list(found.values())


# --- as an enricher -----------------------------------------------------------------------------------------------


class QuotesEnricher:
    """Says ``quote`` of what was said, and ``credit`` of whom an article names as its sources, once each."""

    name = NAME
    version = VERSION
    languages: frozenset[str] = frozenset()
    needs = frozenset({"language", "entity"})
    provides = frozenset({"quote", "credit"})
    cost = 0.5

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        return [list(_told(doc)) for doc in batch]


def _told(doc: Doc) -> Iterator[Annotation]:
    entities = [one for one in doc.found if one.what == "entity"]
    for host, in_title, made in of_article(doc.title, doc.text, entities, language=doc.language):
        said = Counter((one.speaker.kind, one.speaker.ref or one.speaker.name) for one in made.quotes if one.speaker)
        for one in made.quotes:
            yield _quote_told(one, in_title)
        for source in made.credits:
            yield _credit_told(source, host, in_title, said[source.kind, source.ref or source.name])


def _quote_told(one: Quote, in_title: bool) -> Annotation:
    speaker = one.speaker
    detail: dict[str, Any] = {"verb": one.verb, "via": one.via}
    if speaker is not None:
        detail |= {"source": speaker.kind, "title": speaker.title, "agency": speaker.agency}
        if speaker.start is not None:
            detail["speaker"] = [speaker.start, speaker.end]
    if one.carrier is not None:
        detail["carrier"] = {"name": one.carrier.name, "ref": one.carrier.ref, "kind": one.carrier.kind}
    return Annotation(
        "quote", one.start, one.end, in_title, one.kind,
        speaker.ref if speaker is not None else None, speaker.name if speaker is not None else None,
        score=one.score, detail={name: value for name, value in detail.items() if value is not None},
    )  # fmt: skip


def _credit_told(source: Source, host: str, in_title: bool, quotes: int) -> Annotation:
    detail: dict[str, Any] = {"quotes": quotes, "title": source.title, "agency": source.agency}
    text = host[source.start : source.end]
    return Annotation(
        "credit", source.start, source.end, in_title, source.kind, source.ref, source.name, text,
        detail={name: value for name, value in detail.items() if value is not None},
    )  # fmt: skip
