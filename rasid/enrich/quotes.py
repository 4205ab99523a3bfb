"""Who said what: reported speech of a text, direct and indirect, with its speaker and what kind of source he is.

Rules and word lists, no model: what a verb of speech, "that", a colon or quotation marks tell. Pure; offsets count
code points of the text as it was given. Read are Arabic, English, French and Turkish; of other languages only what
stands between quotation marks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rasid.enrich.speech import arabic, latin, turkish
from rasid.enrich.speech.found import How, Page, Said
from rasid.enrich.speech.layout import COLON, END, Layout, Quoted, lay_out
from rasid.enrich.speech.speakers import Names, Speaker
from rasid.enrich.speech.words import Role
from rasid.enrich.tokens import Token
from rasid.model import EntityMention
from rasid.text.words import base_language


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


def attributions(
    text: str,
    tokens: Sequence[Token],
    mentions: Iterable[EntityMention],
    *,
    language: str | None = None,
    layout: Layout | None = None,
) -> Attributions:
    """Who said what in `text`.

    Args:
        tokens: its words, as `rasid.enrich.tokens.tokenize` cuts them.
        mentions: names in it, as the gazetteer found them (those of a title are left out by the caller).
        language: BCP 47; None reads quotation marks only.
        layout: of the text, where it was made before.
    """
    if not tokens:
        return Attributions()
    page = Page(layout or lay_out(text, tokens))
    reader = _READERS.get(base_language(language))
    if reader is not None:
        reader(page, Names(tokens, mentions))
    _leftover(page)
    quotes = sorted((_quote(page, one) for one in page.said), key=lambda one: (one.start, -one.end))
    return Attributions(tuple(quotes), tuple(_credits(page)))


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
