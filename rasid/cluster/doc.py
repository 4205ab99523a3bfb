"""What an article is compared by when stories are gathered: weighted stems of title, lead and body, and who is in it.

A stem weighs by how rare it is: first in everyday text (a list), then more and more in the articles of these days, so
that the word of the week stops telling two events of that week apart.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from rasid.text.background import common_words
from rasid.text.fold import fold
from rasid.text.words import base_language, forms, stems, stopwords, words

Id = int | str
Bag = Mapping[str, float]

#: Words of the title, the lead and the body (without stopwords) that are looked at.
TITLE_WORDS, LEAD_WORDS, BODY_WORDS = 40, 60, 300
#: Heaviest stems kept of a body: the rest carries next to nothing and costs room.
STEMS_LIMIT = 120
#: Entities kept of one article, the most named first.
REFS_LIMIT = 40
#: Keys by which a document is found: its entities and its heaviest stems.
KEY_STEMS, KEY_REFS = 14, 10
_CHARACTERS = 12_000  # no article needs more for BODY_WORDS
_UNLISTED = 2.8  # Zipf frequency taken for words that no list of common words has
_ARTICLE = 250  # words of an ordinary article
_HEAVIEST = 7.0


class Background:
    """In what share of articles a stem stands: everyday text as the prior, the articles seen as evidence.

    The evidence fades: past `memory` articles of a language all counts are halved. Nothing here is needed again to
    compare two finished documents; a process that starts anew gives `observe` the stems of the newest stored ones.
    """

    #: Articles that the prior is worth.
    PRIOR = 100

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

    def weight(self, language: str, stem: str, prior: float) -> float:
        """How telling a stem is: 0 where every article has it, 7 at most. `prior` is its share in everyday articles."""
        count = self._counts[language].get(stem, 0.0) if language in self._counts else 0.0
        share = (count + self.PRIOR * prior + 1e-9) / (self._articles.get(language, 0.0) + self.PRIOR)
        return min(_HEAVIEST, -math.log(min(1.0, share)))


@dataclass(frozen=True, slots=True)
class StoryDoc:
    """An article as the clusterer sees it.

    Attributes:
        id: the article.
        language: first part of its BCP 47 tag; empty where unknown.
        title, lead, body: weight of each stem, each bag of Euclidean length 1 (or empty).
        refs: weight of each entity, of length 1 (or empty).
        at: when it was published, or first seen; None is near to every time.
    """

    id: Id
    language: str
    title: Bag
    lead: Bag
    body: Bag
    refs: Bag
    at: datetime | None = None


def make_doc(
    id: Id,
    title: str,
    text: str,
    *,
    language: str | None = None,
    entity_refs: Sequence[str] = (),
    at: datetime | None = None,
    background: Background | None = None,
) -> StoryDoc:
    """Make the document of one article, and count it in `background` afterwards.

    Args:
        language: BCP 47 tag; None treats Arabic script as Arabic and leaves other words unstemmed.
        entity_refs: who and what the article names, a repeat for each mention; the same ids in all languages.
        at: an aware datetime. A naive one is taken for UTC.
        background: None weighs by everyday text alone.
    """
    name = base_language(language)
    seen = background or Background()
    heading = _telling(title[:1000], name)[:TITLE_WORDS]
    body = _telling(text[:_CHARACTERS], name)[:BODY_WORDS]
    if not heading:
        heading = body[:12]
    weights = _weights(heading + body, name, seen)
    refs = _refs(entity_refs, seen)
    doc = StoryDoc(
        id=id,
        language=name,
        title=_bag(heading, weights, {}),
        lead=_bag(heading + body[:LEAD_WORDS], weights, dict.fromkeys((stem for _, stem in heading), 1.5)),
        body=_bag(heading + body, weights, _boosts(heading, body)),
        refs=refs,
        at=at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at,
    )
    if background is not None:
        background.observe(name, weights)
        background.observe("ref", refs)
    return doc


def _telling(text: str, language: str) -> list[tuple[str, str]]:
    """(word, stem) of the words that are no stopwords."""
    stop = stopwords(language)
    found = [word for word in words(fold(text)) if len(word) > 1 and word not in stop]
    return list(zip(found, stems(found, language), strict=True))


def _weights(pairs: list[tuple[str, str]], language: str, background: Background) -> dict[str, float]:
    """Weight of each stem: that of the commonest word that it stands for."""
    priors: dict[str, float] = {}
    for word, stem in set(pairs):
        prior = _prior(word, language)
        if prior > priors.get(stem, 0.0):
            priors[stem] = prior
    return {stem: background.weight(language, stem, prior) for stem, prior in priors.items()}


@lru_cache(maxsize=100_000)
def _prior(word: str, language: str) -> float:
    """In what share of everyday articles a word stands, in any of its forms."""
    common = common_words(language) if language else {}
    zipf = max(common.get(form, _UNLISTED) for form in forms(word))
    return 1 - math.exp(-_ARTICLE * 10 ** (zipf - 9))


def _boosts(heading: list[tuple[str, str]], body: list[tuple[str, str]]) -> dict[str, float]:
    boosts = dict.fromkeys((stem for _, stem in body[:LEAD_WORDS]), 1.5)
    boosts.update(dict.fromkeys((stem for _, stem in heading), 2.0))
    return boosts


def _bag(pairs: list[tuple[str, str]], weights: Bag, boosts: Bag) -> dict[str, float]:
    counts = Counter(stem for _, stem in pairs)
    raw = {stem: (1 + math.log(n)) * weights[stem] * boosts.get(stem, 1.0) for stem, n in counts.items()}
    return _unit(dict(sorted(raw.items(), key=lambda item: (-item[1], item[0]))[:STEMS_LIMIT]))


def _refs(entity_refs: Sequence[str], background: Background) -> dict[str, float]:
    counts = Counter(entity_refs[:2000]).most_common(REFS_LIMIT)
    # An entity without evidence is as telling as a word that one article in a hundred has.
    return _unit({ref: (1 + math.log(n)) * background.weight("ref", ref, 0.01) for ref, n in counts})


def _unit(bag: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in bag.values()))
    return {stem: round(weight / length, 4) for stem, weight in bag.items() if weight > 0} if length else {}


def keys(doc: StoryDoc) -> list[str]:
    """By what documents of one story are found: the heaviest stems and entities. Documents without a common key are
    never compared.

    Each is a short string, ``w:<language>:<stem>`` or ``e:<ref>``, fit for an index.
    """
    named = sorted(doc.refs.items(), key=lambda item: (-item[1], item[0]))[:KEY_REFS]
    telling = sorted(doc.body.items(), key=lambda item: (-item[1], item[0]))[:KEY_STEMS]
    return [f"e:{ref}" for ref, _ in named] + [f"w:{doc.language}:{stem}" for stem, _ in telling]


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
