"""What an article is compared by when stories are gathered: weighted stems of title, lead and body, names, numbers.

A stem weighs by how rare it is: first in everyday text (a list), then more and more in the articles of these days, so
that the word of the week stops telling two events of that week apart. Names cost nothing where a script has capitals;
elsewhere they are what the enrich stage found.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from rasid.text.background import common_words
from rasid.text.fold import fold, has_arabic
from rasid.text.words import base_language, forms, stems, stopwords, words

Id = int | str
Bag = Mapping[str, float]

#: Words of the title, the lead and the body (without stopwords) that are looked at.
TITLE_WORDS, LEAD_WORDS, BODY_WORDS = 40, 60, 300
#: Heaviest stems kept of a body: the rest carries next to nothing and costs room.
STEMS_LIMIT = 120
#: Entities, written names and numbers kept of one article.
REFS_LIMIT, NAMES_LIMIT, NUMBERS_LIMIT = 40, 40, 40
#: Keys by which a document is found: its entities, its heaviest stems and those of its title.
KEY_STEMS, KEY_TITLE, KEY_REFS = 20, 8, 10
_TITLE_CHARACTERS, _CHARACTERS = 1_000, 4_000  # BODY_WORDS and their stopwords fit in, in any language
_UNLISTED = 2.8  # Zipf frequency taken for words that no list of common words has
_ARTICLE = 250  # words of an ordinary article
_HEAVIEST = 5.0
#: A stem that stands n times counts n to this power: less than n times as much, more than once.
_REPEATS = tuple(n**0.7 for n in range(2_000))
#: Letters of a stem that are compared: endings that no stemmer takes off (Turkish, unknown languages) fall away.
_STEM_LETTERS = 6

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_UPPER = r"A-Z\u00c0-\u00d6\u00d8-\u00de\u0130\u015e\u011e\u0391-\u03a9\u0400-\u042f"
# A word with a capital that no sentence, quotation or line asks for.
_NAME = re.compile(rf"(?<![.!?:\n\"“”«»'’] )(?<!\n)(?<!^)\b([{_UPPER}][\w’'-]+)")


class Background:
    """In what share of articles a stem stands: everyday text as the prior, the articles seen as evidence.

    The evidence fades: past `memory` articles of a language all counts are halved. Nothing here is needed again to
    compare two finished documents; a process that starts anew gives `observe` the stems of the newest stored ones.
    """

    #: Articles that the prior is worth.
    PRIOR = 150

    def __init__(self, *, memory: int = 4_000) -> None:
        self._memory = memory
        self._articles: dict[str, float] = defaultdict(float)
        self._counts: dict[str, dict[str, float]] = defaultdict(dict)

    def observe(self, language: str, found: Iterable[str]) -> None:
        """Count one article with its distinct stems (or entity refs, under the language ``ref``)."""
        counts = self._counts[language]
        for stem in set(found):
            counts[stem] = counts.get(stem, 0.0) + 1.0
        self._articles[language] += 1.0
        if self._articles[language] > self._memory:
            self._articles[language] /= 2
            self._counts[language] = {stem: n / 2 for stem, n in counts.items() if n >= 2}

    def weights(self, language: str, priors: Mapping[str, float]) -> dict[str, float]:
        """How telling each stem is: 0 where every article has it, 5 at most.

        Args:
            priors: the share of everyday articles that each stem stands in.
        """
        counts = self._counts.get(language, {})
        total = self._articles.get(language, 0.0) + self.PRIOR
        return {
            stem: min(_HEAVIEST, -math.log(min(1.0, (counts.get(stem, 0.0) + self.PRIOR * prior + 1e-9) / total)))
            for stem, prior in priors.items()
        }


@dataclass(frozen=True, slots=True)
class StoryDoc:
    """An article as the clusterer sees it.

    Attributes:
        id: the article.
        language: first part of its BCP 47 tag; empty where unknown.
        title, lead, body: weight of each stem, heaviest first, each bag of Euclidean length 1 (or empty).
        refs: weight of each entity, of length 1 (or empty); None where nobody has looked for entities.
        names: weight of each word written with a capital, of length 1; None for a script without capitals.
        numbers: what is written in figures, of two digits and more, each once.
        share: figures among the words of the text, 0 to 1: high for tables in words (weather, prices, results).
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


def make_doc(
    id: Id,
    title: str,
    text: str,
    *,
    language: str | None = None,
    entity_refs: Sequence[str] | None = None,
    at: datetime | None = None,
    source: str | None = None,
    background: Background | None = None,
) -> StoryDoc:
    """Make the document of one article, and count it in `background` afterwards.

    Args:
        language: BCP 47 tag; None treats Arabic script as Arabic and leaves other words unstemmed.
        entity_refs: who and what the article names, a repeat for each mention; the same ids in all languages. None
            where nobody has looked: see `with_refs`.
        at: an aware datetime. A naive one is taken for UTC.
        background: None weighs by everyday text alone.
    """
    name = base_language(language)
    seen = background or Background()
    head, start = title[:_TITLE_CHARACTERS], text[:_CHARACTERS]
    folded_head, folded = fold(head), fold(start)
    heading, _ = _telling(folded_head, name, TITLE_WORDS)
    body, total = _telling(folded, name, BODY_WORDS)
    if not heading:
        heading = body[:12]
    priors = _priors(heading, body)
    weights = seen.weights(name, priors)
    figures = _NUMBER.findall(f"{folded_head} {folded}")
    doc = StoryDoc(
        id=id,
        language=name,
        title=_bag(Counter(stem for stem, _ in heading), weights),
        lead=_bag(Counter(stem for stem, _ in heading + body[:LEAD_WORDS]), weights),
        body=_bag(Counter(stem for stem, _ in heading + heading + body), weights),
        refs=None if entity_refs is None else _refs(entity_refs, seen),
        names=_names(head, start) if _has_capitals(start[:400] or head) else None,
        numbers=frozenset([number for number in figures if len(number) > 1][:NUMBERS_LIMIT]),
        share=round(len(figures) / total, 3) if total else 0.0,
        at=at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at,
        source=source,
    )
    if background is not None:
        background.observe(name, weights)
        if doc.refs:
            background.observe("ref", doc.refs)
    return doc


def with_refs(doc: StoryDoc, entity_refs: Sequence[str], background: Background | None = None) -> StoryDoc:
    """The document with the entities that were looked for after all."""
    refs = _refs(entity_refs, background or Background())
    if background is not None and refs:
        background.observe("ref", refs)
    return replace(doc, refs=refs)


class _Lexicon(dict[str, tuple[str, float] | None]):
    """What each folded word of a language stands for: its stem and the share of everyday articles it stands in.

    None for stopwords and single letters. Filled as words are met; emptied before it grows past `LIMIT`.
    """

    LIMIT = 200_000

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._stop = stopwords(language)

    def __missing__(self, word: str) -> tuple[str, float] | None:
        if len(self) >= self.LIMIT:
            self.clear()
        known = None
        if len(word) > 1 and word not in self._stop:
            stem = stems([word], self._language)[0][:_STEM_LETTERS]
            known = (stem, _prior(word, self._language))
        self[word] = known
        return known


_lexicon = lru_cache(maxsize=64)(_Lexicon)


def _telling(folded: str, language: str, limit: int) -> tuple[list[tuple[str, float]], int]:
    """(stem, prior) of the first words that are no stopwords, and how many words there are in all."""
    found = words(folded)
    lexicon = _lexicon(language)
    telling = [known for known in map(lexicon.__getitem__, found) if known is not None]
    return telling[:limit], len(found)


def _priors(heading: list[tuple[str, float]], body: list[tuple[str, float]]) -> dict[str, float]:
    """The prior of each stem: that of the commonest word that it stands for."""
    return dict(sorted({*heading, *body}, key=_by_prior))


def _by_prior(known: tuple[str, float]) -> float:
    return known[1]


def _prior(word: str, language: str) -> float:
    """In what share of everyday articles a word stands, in any of its forms."""
    common = common_words(language) if language else {}
    zipf = max(common.get(form, _UNLISTED) for form in forms(word))
    return 1 - math.exp(-_ARTICLE * 10 ** (zipf - 9))


def _bag(counts: Counter[str], weights: Bag) -> dict[str, float]:
    raw = sorted(((_REPEATS[n] * weights[stem], stem) for stem, n in counts.items()), reverse=True)
    return _unit({stem: weight for weight, stem in raw[:STEMS_LIMIT]})


def _has_capitals(text: str) -> bool:
    return text != text.lower() and not has_arabic(text)


def _names(title: str, text: str) -> dict[str, float]:
    counts = Counter(fold(name) for name in _NAME.findall(f"{title} . {text}"))
    return _unit({name: 1 + math.log(n) for name, n in counts.most_common(NAMES_LIMIT)})


def _refs(entity_refs: Sequence[str], background: Background) -> dict[str, float]:
    counts = dict(Counter(entity_refs[:2000]).most_common(REFS_LIMIT))
    # An entity without evidence is as telling as a word that one article in a hundred has.
    weights = background.weights("ref", dict.fromkeys(counts, 0.01))
    return _unit({ref: math.sqrt(n) * weights[ref] for ref, n in counts.items()})


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
