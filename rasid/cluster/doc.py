"""What an article is compared by when stories are gathered: weighted stems of title, lead and body, names, numbers.

A stem weighs by how rare it is in everyday text (a list). To count the articles of these days as well was tried: it
told events no better apart, and made documents hang on the order in which articles come. Names cost nothing where a
script has capitals; elsewhere they are what the enrich stage found.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import NamedTuple

import msgspec

from rasid.text.background import common_words
from rasid.text.fold import fold, has_arabic
from rasid.text.saying import verbs_of_saying
from rasid.text.words import base_language, figures, folded_words, forms, stem, stems, stopwords, words

Id = int | str
Bag = Mapping[str, float]

#: Words of the title, the lead and the body (without stopwords) that are looked at.
TITLE_WORDS, LEAD_WORDS, BODY_WORDS = 40, 60, 300
#: Heaviest stems kept of a body: the rest tells events no better apart, and costs room and time. More of them tell how
#: alike two articles are, where those two are all there is to compare.
STEMS_LIMIT, STEMS_WIDE = 80, 160
#: Entities, written names and numbers kept of one article.
REFS_LIMIT, NAMES_LIMIT, NUMBERS_LIMIT = 40, 40, 40
#: Share of figures among the words from which a text is a table in words (weather, prices); figures kept of it.
TABLE_SHARE, TABLE_LIMIT = 0.1, 60
_SHORT = 2  # digits
#: Words in front of the colon of a title that may be a speaker; of a speaker beside a verb; of one in the first
#: sentence, and among how many of its words the verb is looked for.
_SPEAKER_BEFORE_COLON, _SPEAKER_WORDS, _LEAD_SPEAKER_WORDS, _SAYING_REACH = 8, 4, 5, 12
#: Keys by which a document is found: its entities, its heaviest stems and those of its title.
KEY_STEMS, KEY_TITLE, KEY_REFS = 20, 8, 10
_TITLE_CHARACTERS, _CHARACTERS = 1_000, 4_000  # BODY_WORDS and their stopwords fit in, in any language
_UNLISTED = 2.8  # Zipf frequency taken for words that no list of common words has
_ARTICLE = 250  # words of an ordinary article
#: How telling a word can be, about; of words past that, the rarer is still preferred (as a key, above all).
_HEAVIEST, _BEYOND = 5.0, 0.02
#: A stem that stands n times counts n to this power: less than n times as much, more than once.
_REPEATS = tuple(n**0.7 for n in range(2_000))
#: Letters of a stem that are compared: endings that no stemmer takes off (Turkish, unknown languages) fall away.
_STEM_LETTERS = 6

_UPPER = r"A-Z\u00c0-\u00d6\u00d8-\u00de\u0130\u015e\u011e\u0391-\u03a9\u0400-\u042f"
# A word with a capital that no sentence, quotation or line asks for.
_NAME = re.compile(rf"(?<![.!?:\n\"“”«»'’] )(?<!\n)(?<!^)\b([{_UPPER}][\w’'-]+)")


@dataclass(frozen=True, slots=True)
class StoryDoc:
    """An article as the clusterer sees it.

    Attributes:
        id: the article.
        language: first part of its BCP 47 tag; empty where unknown.
        title, lead, body: weight of each stem, in title and body heaviest first; each bag of Euclidean length 1 (or
            empty).
        refs: weight of each entity, of length 1 (or empty); None where nobody has looked for entities.
        heads: entities that the title names; empty where nobody has looked.
        names: weight of each word written with a capital, of length 1; None for a script without capitals.
        numbers: what is written in figures, of two digits and more, each once.
        share: figures among the words of the text, 0 to 1: high for tables in words (weather, prices, results).
        table: what a table in words says in figures, so told that two tables do not share it by chance: long numbers,
            and short ones with the one that follows. Empty for other texts.
        words: how many words the text has, as far as it is read.
        speaker, lead_speaker: stems of whoever speaks in the title, and in the first sentence: a report of what
            happened names nobody there, one of what was said of it does. Empty where nobody speaks, and for scripts
            with capitals.
        at: when it was published, or first seen; None is near to every time.
        source: the outlet; None where unknown.
    """

    id: Id
    language: str
    title: Bag
    lead: Bag
    body: Bag
    refs: Bag | None = None
    names: Bag | None = None
    numbers: frozenset[str] = frozenset()
    share: float = 0.0
    at: datetime | None = None
    source: str | None = None
    heads: frozenset[str] = frozenset()
    table: frozenset[str] = frozenset()
    words: int = 0
    speaker: frozenset[str] = frozenset()
    lead_speaker: frozenset[str] = frozenset()


class Named(NamedTuple):
    """Whom and what an article names, by id: a repeat for each mention; and which of them its title names."""

    refs: Sequence[str]
    heads: Sequence[str] = ()


def make_doc(
    id: Id,
    title: str,
    text: str,
    *,
    language: str | None = None,
    named: Named | None = None,
    at: datetime | None = None,
    source: str | None = None,
    stems_limit: int = STEMS_LIMIT,
) -> StoryDoc:
    """Make the document of one article.

    Args:
        language: BCP 47 tag; None treats Arabic script as Arabic and leaves other words unstemmed.
        named: who and what the article names; the same ids in all languages. None where nobody has looked: see
            `with_named`.
        at: an aware datetime. A naive one is taken for UTC.
    """
    name = base_language(language)
    head, start = title[:_TITLE_CHARACTERS], text[:_CHARACTERS]
    lexicon, folded_head = _lexicon(name), fold(head)
    folded, found = folded_words(start)
    heading = lexicon.telling(words(folded_head), TITLE_WORDS)
    body = lexicon.telling(found, BODY_WORDS)
    capitals = _has_capitals(start[:400] or head)
    speaker, lead_speaker = (frozenset(),) * 2 if capitals else _speakers(lexicon, folded_head, found)
    if not heading:
        heading = body[:12]
    written = figures(f"{folded_head} {folded}")
    share = round(len(written) / len(found), 3) if found else 0.0
    doc = StoryDoc(
        id=id,
        language=name,
        title=lexicon.bag(heading, stems_limit),
        lead=lexicon.bag(heading + body[:LEAD_WORDS]),
        body=lexicon.bag(heading + heading + body, stems_limit),
        names=_names(head, start) if capitals else None,
        numbers=frozenset([number for number in written if len(number) > 1][:NUMBERS_LIMIT]),
        share=share,
        at=at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at,
        source=source,
        table=_table(written) if share >= TABLE_SHARE else frozenset(),
        words=len(found),
        speaker=speaker,
        lead_speaker=lead_speaker,
    )
    return doc if named is None else with_named(doc, named)


def with_named(doc: StoryDoc, named: Named) -> StoryDoc:
    """The document with the entities that were looked for after all."""
    return replace(doc, refs=_refs(named.refs), heads=frozenset(named.heads[:REFS_LIMIT]))


def _table(written: Sequence[str]) -> frozenset[str]:
    """Two weather reports share many a number of two digits by chance, but few that stand beside one another."""
    long = [number for number in written if len(number) > _SHORT]
    short = [f"{one} {next}" for one, next in pairwise(written) if max(len(one), len(next)) <= _SHORT]
    return frozenset([*long, *short][:TABLE_LIMIT])


def _speakers(lexicon: _Lexicon, title: str, found: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Who speaks in a folded title (in front of its colon, or of a verb of saying), and behind the first such verb of
    the words of a text.
    """
    head, colon, rest = title.partition(":")
    if colon and rest.strip() and len(before := words(head)) <= _SPEAKER_BEFORE_COLON:
        return frozenset(lexicon.telling(before, _SPEAKER_BEFORE_COLON)), _behind_verb(lexicon, found)
    spoken = words(title)
    at = next((number for number, word in enumerate(spoken) if word in lexicon.saying), None)
    if at is None:
        return frozenset(), _behind_verb(lexicon, found)
    near = spoken[max(0, at - _SPEAKER_WORDS) : at] or spoken[1 : 1 + _SPEAKER_WORDS]
    return frozenset(lexicon.telling(near, _SPEAKER_WORDS)), _behind_verb(lexicon, found)


def _behind_verb(lexicon: _Lexicon, found: Sequence[str]) -> frozenset[str]:
    for number, word in enumerate(found[:_SAYING_REACH]):
        if word in lexicon.saying:
            behind = found[number + 1 : number + 1 + _LEAD_SPEAKER_WORDS]
            return frozenset(lexicon.telling(behind, _LEAD_SPEAKER_WORDS))
    return frozenset()


class _Lexicon(dict[str, str | None]):
    """The stem of each folded word of a language, None for stopwords and single letters; and what stems weigh.

    Filled as words are met; see `_lexicon`. May be shared by threads.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._stop = stopwords(language)
        self.saying = verbs_of_saying(language)
        self._zipf = common_words(language) if language else {}
        self._weights: dict[str, float] = {}
        # A stem weighs what the commonest word weighs that it stands for.
        common = [word for word, zipf in self._zipf.items() if _telling_of(zipf) < _HEAVIEST]
        self._common: dict[str, float] = {}
        for word, found in zip(common, stems(common, language), strict=True):
            weight = _telling_of(self._zipf[word])
            self._common[found[:_STEM_LETTERS]] = min(weight, self._common.get(found[:_STEM_LETTERS], weight))

    def __missing__(self, word: str) -> str | None:
        found = None
        if len(word) > 1 and word not in self._stop:
            found = sys.intern(stem(word, self._language)[:_STEM_LETTERS])
            known = [self._zipf[form] for form in forms(word) if form in self._zipf]
            rare = _telling_of(max(known)) if known else _RAREST
            self._weights[found] = min(self._common.get(found, rare), rare)
        # Only now may others ask for it.
        self[word] = found
        return found

    def telling(self, found: Sequence[str], limit: int) -> list[str]:
        """The stems of the first words that are no stopwords."""
        # No loop of our own: most words are known, and a call a word would cost more than all else here.
        return list(islice(filter(None, map(self.__getitem__, found)), limit))

    def bag(self, found: Sequence[str], limit: int | None = None) -> dict[str, float]:
        """Weights of stems, of length 1; with a `limit`, those of the heaviest, heaviest first."""
        weights = self._weights
        raw = {stem: _REPEATS[n] * weights[stem] for stem, n in Counter(found).items()}
        if limit is not None:
            kept = sorted(raw, key=raw.__getitem__, reverse=True)[:limit]
            raw = {stem: raw[stem] for stem in kept}
        length = math.sqrt(sum([weight * weight for weight in raw.values()]))
        return {stem: weight / length for stem, weight in raw.items()} if length else {}


#: Lexicons kept: a language is what an outlet says it is.
_LANGUAGES_LIMIT = 64
#: Words after which the lexicon of a language is begun anew, not emptied: whoever has it needs what its stems weigh.
_WORDS_LIMIT = 200_000
_lexicons: dict[str, _Lexicon] = {}


def _lexicon(language: str) -> _Lexicon:
    found = _lexicons.get(language)
    if found is None or len(found) > _WORDS_LIMIT:
        while len(_lexicons) >= _LANGUAGES_LIMIT:
            _lexicons.pop(next(iter(_lexicons)), None)
        found = _lexicons[language] = _Lexicon(language)
    return found


def _telling_of(zipf: float) -> float:
    """How telling a word is: 0 where every everyday article has it."""
    weight = -math.log(1 - math.exp(-_ARTICLE * 10 ** (zipf - 9)))
    return weight if weight <= _HEAVIEST else _HEAVIEST + _BEYOND * (weight - _HEAVIEST)


_RAREST = _telling_of(_UNLISTED)


def _has_capitals(text: str) -> bool:
    return text != text.lower() and not has_arabic(text)


def _names(title: str, text: str) -> dict[str, float]:
    counts = Counter(fold(name) for name in _NAME.findall(f"{title} . {text}"))
    return _unit({name: 1 + math.log(n) for name, n in counts.most_common(NAMES_LIMIT)})


def _refs(entity_refs: Sequence[str]) -> dict[str, float]:
    return _unit({ref: math.sqrt(n) for ref, n in Counter(entity_refs[:2000]).most_common(REFS_LIMIT)})


def _unit(bag: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum([weight * weight for weight in bag.values()]))
    return {stem: weight / length for stem, weight in bag.items() if weight > 0} if length else {}


def keys(doc: StoryDoc) -> list[str]:
    """By what documents of one story are found: entities, heaviest stems, stems of the title. Documents with too few
    common keys are never compared.

    Each is a short string, ``w:<language>:<stem>`` or ``e:<ref>``, fit for an index.
    """
    named = sorted((doc.refs or {}).items(), key=lambda item: (-item[1], item[0]))[:KEY_REFS]
    telling = dict.fromkeys([*list(doc.body)[:KEY_STEMS], *list(doc.title)[:KEY_TITLE]])
    return [f"e:{ref}" for ref, _ in named] + [f"w:{doc.language}:{stem}" for stem in telling]


def pack_doc(doc: StoryDoc) -> bytes:
    """The document as bytes for a store; `at` keeps its offset."""
    return msgspec.msgpack.encode(doc)


def unpack_doc(data: bytes) -> StoryDoc:
    """The document whose `pack_doc` is `data`.

    Raises:
        ValueError: `data` was not made by `pack_doc`.
    """
    try:
        return msgspec.msgpack.decode(data, type=StoryDoc)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not a packed story document: {error}") from error
