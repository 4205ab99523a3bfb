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
from threading import Lock
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import numpy as np

from rasid.text.background import common_words
from rasid.text.fold import fold, has_arabic
from rasid.text.saying import verbs_of_saying
from rasid.text.words import base_language, figures, folded_figures, folded_words, stem, stems, stopwords, words

Id = int | str
Bag = Mapping[str, float]
Array = np.ndarray[Any, Any]
_NO_WORDS: Bag = MappingProxyType({})

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
_ARTICLE = 250  # words of an ordinary article
#: How telling a word can be.
_HEAVIEST = 5.0
#: A stem that stands n times counts n to this power: less than n times as much, more than once.
_REPEATS = np.arange(2_000) ** 0.7
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
    doc, said = read_doc(
        id, title, text, language=language, named=named, at=at, source=source, stems_limit=stems_limit
    )  # fmt: skip
    return replace(doc, title=said.title_bag(), lead=said.lead_bag(), body=said.body_bag())


def read_doc(
    id: Id,
    title: str,
    text: str,
    *,
    language: str | None = None,
    named: Named | None = None,
    at: datetime | None = None,
    source: str | None = None,
    stems_limit: int = STEMS_LIMIT,
) -> tuple[StoryDoc, Said]:
    """The document of one article with its bags empty, and what stands in these by number: see `make_doc`."""
    name = base_language(language)
    head, start = title[:_TITLE_CHARACTERS], text[:_CHARACTERS]
    folded_head = fold(head)
    _, found = folded_words(start)
    lexicon, spoken = _lexicon(name), words(folded_head)
    capitals = _has_capitals(start[:400] or head)
    speaker, lead_speaker = (frozenset(),) * 2 if capitals else _speakers(lexicon, folded_head, spoken, found)
    written = figures(folded_head) + folded_figures(start)
    share = round(len(written) / len(found), 3) if found else 0.0
    doc = StoryDoc(
        id=id,
        language=name,
        title=_NO_WORDS,
        lead=_NO_WORDS,
        body=_NO_WORDS,
        refs=None if named is None else _refs(named.refs),
        names=_names(head, start) if capitals else None,
        numbers=frozenset([number for number in written if len(number) > 1][:NUMBERS_LIMIT]),
        share=share,
        at=at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at,
        source=source,
        heads=frozenset() if named is None else frozenset(named.heads[:REFS_LIMIT]),
        table=_table(written) if share >= TABLE_SHARE else frozenset(),
        words=len(found),
        speaker=speaker,
        lead_speaker=lead_speaker,
    )
    return doc, lexicon.said(spoken, found, stems_limit)


def with_named(doc: StoryDoc, named: Named) -> StoryDoc:
    """The document with the entities that were looked for after all."""
    return replace(doc, refs=_refs(named.refs), heads=frozenset(named.heads[:REFS_LIMIT]))


def _table(written: Sequence[str]) -> frozenset[str]:
    """Two weather reports share many a number of two digits by chance, but few that stand beside one another."""
    long = [number for number in written if len(number) > _SHORT]
    short = [f"{one} {next}" for one, next in pairwise(written) if max(len(one), len(next)) <= _SHORT]
    return frozenset([*long, *short][:TABLE_LIMIT])


def _speakers(
    lexicon: Lexicon, title: str, spoken: Sequence[str], found: Sequence[str]
) -> tuple[frozenset[str], frozenset[str]]:  # fmt: skip
    """Who speaks in a folded title of some words (in front of its colon, or of a verb of saying), and behind the first
    such verb of the words of a text.
    """
    head, colon, rest = title.partition(":")
    if colon and rest.strip() and len(before := words(head)) <= _SPEAKER_BEFORE_COLON:
        return lexicon.names(before, _SPEAKER_BEFORE_COLON), _behind_verb(lexicon, found)
    if lexicon.saying.isdisjoint(spoken):
        return frozenset(), _behind_verb(lexicon, found)
    at = next(number for number, word in enumerate(spoken) if word in lexicon.saying)
    near = spoken[max(0, at - _SPEAKER_WORDS) : at] or spoken[1 : 1 + _SPEAKER_WORDS]
    return lexicon.names(near, _SPEAKER_WORDS), _behind_verb(lexicon, found)


def _behind_verb(lexicon: Lexicon, found: Sequence[str]) -> frozenset[str]:
    near = found[:_SAYING_REACH]
    if lexicon.saying.isdisjoint(near):
        return frozenset()
    for number, word in enumerate(near):
        if word in lexicon.saying:
            behind = found[number + 1 : number + 1 + _LEAD_SPEAKER_WORDS]
            return lexicon.names(behind, _LEAD_SPEAKER_WORDS)
    return frozenset()


class Said(NamedTuple):
    """The words of an article, by the numbers that a lexicon gives to stems: what bags of a `StoryDoc` are made of.

    Attributes:
        lexicon: knows the stem of each number.
        stems: each stem of the title and of the words of the body that are looked at, once: those of the title first,
            each where it first stands.
        title, lead: weights of as many of these, from the first one; each of length 1 (or empty).
        body: weight of each of these, 0 for all but the heaviest; of length 1 (or empty).
        heaviest, heaviest_title: places in `stems` of what body and title are compared by, heaviest first.
    """

    lexicon: Lexicon
    stems: Array
    title: Array
    lead: Array
    body: Array
    heaviest: Array
    heaviest_title: Array

    def title_bag(self) -> dict[str, float]:
        """Weight of each stem of the title, heaviest first."""
        return self._bag(self.title, self.heaviest_title)

    def lead_bag(self) -> dict[str, float]:
        """Weight of each stem of title and lead."""
        return self._bag(self.lead, np.arange(len(self.lead)))

    def body_bag(self) -> dict[str, float]:
        """Weight of the heaviest stems of title and body, heaviest first."""
        return self._bag(self.body, self.heaviest)

    def _bag(self, weights: Array, places: Array) -> dict[str, float]:
        names = self.lexicon.stems
        numbers: list[int] = self.stems[places].tolist()
        return dict(zip([names[number] for number in numbers], weights[places].tolist(), strict=True))


class Lexicon(dict[str, int]):
    """The number of the stem of each folded word of a language, 0 for stopwords and single letters; and what stems
    weigh.

    Filled as words are met; see `_lexicon`. May be shared by threads.

    Attributes:
        stems: the stem of each number.
        saying: folded forms of the verbs of saying.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.stems = [""]
        self._numbers: dict[str, int] = {}
        self._weights = np.zeros(1 << 12)
        self._lock = Lock()
        self._stop = stopwords(language)
        self.saying = verbs_of_saying(language)
        zipfs = common_words(language) if language else {}
        # A stem weighs what the commonest listed word weighs that it stands for, whatever forms of it were met before.
        common = [word for word, zipf in zipfs.items() if _telling_of(zipf) < _HEAVIEST]
        self._common: dict[str, float] = {}
        for word, found in zip(common, stems(common, language), strict=True):
            weight = _telling_of(zipfs[word])
            self._common[found[:_STEM_LETTERS]] = min(weight, self._common.get(found[:_STEM_LETTERS], weight))

    def __missing__(self, word: str) -> int:
        number = 0
        if len(word) > 1 and word not in self._stop:
            number = self._number(stem(word, self.language)[:_STEM_LETTERS])
        # Only now may others ask for it.
        self[word] = number
        return number

    def _number(self, found: str) -> int:
        with self._lock:
            number = self._numbers.get(found)
            if number is None:
                number = self._numbers[found] = len(self.stems)
                self.stems.append(sys.intern(found))
                if number == len(self._weights):
                    self._weights = np.concatenate((self._weights, np.zeros(number)))
                self._weights[number] = self._common.get(found, _HEAVIEST)
            return number

    def said(self, title: Sequence[str], text: Sequence[str], limit: int) -> Said:
        """The stems of a title and a text, both without stopwords; `limit` of the body, the heaviest."""
        heading = self._telling(title, TITLE_WORDS)
        body = self._telling(text, BODY_WORDS)
        if not heading:
            heading = body[:12]
        # The stems of the title, and those of the lead, are the first of all in the order in which they stand.
        counts, title_counts = Counter(heading + heading + body), Counter(heading)
        lead_counts = Counter(heading + body[:LEAD_WORDS])
        found = np.fromiter(counts, np.int64, len(counts))
        repeats = _REPEATS[np.array([*counts.values(), *title_counts.values(), *lead_counts.values()], np.int64)]
        telling = self._weights[found]
        whole = repeats[: len(found)] * telling
        short = repeats[len(found) : len(found) + len(title_counts)] * telling[: len(title_counts)]
        lead = repeats[len(found) + len(title_counts) :] * telling[: len(lead_counts)]
        heaviest = (-whole).argsort(kind="stable")
        if len(whole) > limit:
            whole[heaviest[limit:]] = 0.0
            heaviest = heaviest[:limit]
        return Said(
            self, found, _of_length_one(short), _of_length_one(lead), _of_length_one(whole), heaviest,
            (-short).argsort(kind="stable"),
        )  # fmt: skip

    def names(self, found: Sequence[str], limit: int) -> frozenset[str]:
        """The stems of the first words that are no stopwords."""
        return frozenset([self.stems[number] for number in self._telling(found, limit)])

    def _telling(self, found: Sequence[str], limit: int) -> list[int]:
        """The same, each by its number, in order."""
        # No loop of our own: most words are known, and a call a word would cost more than all else here.
        return list(islice(filter(None, map(self.__getitem__, found)), limit))


def _of_length_one(weights: Array) -> Array:
    length = math.sqrt(float(weights @ weights))
    return weights / length if length else weights


#: Lexicons kept: a language is what an outlet says it is.
_LANGUAGES_LIMIT = 64
#: Words after which the lexicon of a language is begun anew, not emptied: whoever has it needs what its stems weigh.
_WORDS_LIMIT = 200_000
_lexicons: dict[str, Lexicon] = {}


def _lexicon(language: str) -> Lexicon:
    found = _lexicons.get(language)
    if found is None or len(found) > _WORDS_LIMIT:
        while len(_lexicons) >= _LANGUAGES_LIMIT:
            _lexicons.pop(next(iter(_lexicons)), None)
        found = _lexicons[language] = Lexicon(language)
    return found


def _telling_of(zipf: float) -> float:
    """How telling a word is: 0 where every everyday article has it."""
    return -math.log(1 - math.exp(-_ARTICLE * 10 ** (zipf - 9)))


def _has_capitals(text: str) -> bool:
    return text != text.lower() and not has_arabic(text)


def _names(title: str, text: str) -> dict[str, float]:
    counts = Counter(fold(name) for name in _NAME.findall(f"{title} . {text}"))
    return unit({name: 1 + math.log(n) for name, n in counts.most_common(NAMES_LIMIT)})


def _refs(entity_refs: Sequence[str]) -> dict[str, float]:
    return unit({ref: math.sqrt(n) for ref, n in Counter(entity_refs[:2000]).most_common(REFS_LIMIT)})


def unit(bag: Mapping[str, float]) -> dict[str, float]:
    """A bag of length 1; empty where nothing weighs anything."""
    length = math.sqrt(sum([weight * weight for weight in bag.values()]))
    return {stem: weight / length for stem, weight in bag.items() if weight > 0} if length else {}


def keys(doc: StoryDoc) -> list[str]:
    """By what documents of one story are found: entities, heaviest stems, stems of the title. Documents with too few
    common keys are never compared.

    Each is a short string, ``w:<language>:<stem>`` or ``e:<ref>``, fit for an index.
    """
    telling = dict.fromkeys([*list(doc.body)[:KEY_STEMS], *list(doc.title)[:KEY_TITLE]])
    return name_keys(doc) + [f"w:{doc.language}:{stem}" for stem in telling]


def name_keys(doc: StoryDoc) -> list[str]:
    """Those of `keys` that are entities, ``e:<ref>``."""
    named = sorted((doc.refs or {}).items(), key=lambda item: (-item[1], item[0]))[:KEY_REFS]
    return [f"e:{ref}" for ref, _ in named]


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
