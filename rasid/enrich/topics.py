"""Topics: what readers call an article, by their own rules (saved queries) and by models of their own tags.

Pure. A model is a logistic regression over hashed stems and names: it takes numpy alone to be asked, and learns in
`rasid.enrich.train_topics`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, log, sqrt
from typing import Any

import numpy as np
import xxhash
import zstandard

from rasid.enrich.interface import Annotation, Doc
from rasid.errors import UsageError
from rasid.text.fold import fold
from rasid.text.queries import MatchDoc, Query, match_doc, matches
from rasid.text.words import base_language, stems, stopwords, words

#: What made an annotation, and which edition of it: raised with every change that gives other answers.
NAME = "rasid-topics"
VERSION = "1"

#: How articles are made into numbers; a model that was made for another number is not asked.
FEATURES = 1
#: Slots into which stems and names are hashed, a power of two; 65,536 make a model 256 kB in memory.
SLOTS = 1 << 16
#: Words of an article that are looked at; what it is about, it has said by then.
_WORDS = 1_500
#: A name tells more than a word, and so does a word of the title.
_NAME_WEIGHT, _TITLE_WEIGHT = 1.5, 2

Numbers = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A saved query that is a topic."""

    topic_id: int
    name: str
    query: Query


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned of the tags of one topic: asked with the features of an article it tells how likely it is one.

    `threshold`: from which likelihood on an article is of the topic.
    """

    topic_id: int
    name: str
    version: int
    weights: Numbers
    bias: float
    threshold: float

    def likelihood(self, article: Features) -> float:
        """How likely an article is of the topic, 0 to 1."""
        return likelihood(float(self.weights[article.slots] @ article.values) + self.bias)


@dataclass(frozen=True, slots=True)
class Features:
    """An article in numbers: slots, none twice, with their values; the values have the length 1 together."""

    slots: np.ndarray[Any, np.dtype[np.int64]]
    values: Numbers


@dataclass(frozen=True, slots=True)
class Topics:
    """The rules and models of all readers, as they are now."""

    rules: Sequence[Rule] = ()
    models: Sequence[Model] = ()


def likelihood(logit: float) -> float:
    """The likelihood for a sum of weights; never overflows."""
    return 1 / (1 + exp(-logit)) if logit >= 0 else 1 - 1 / (1 + exp(logit))


# --- an article in numbers ----------------------------------------------------------------------------------------


@lru_cache(maxsize=65_536)
def _slot(key: str) -> tuple[int, float]:
    """Where a key is counted and with which sign: what falls together cancels out on the average."""
    hashed = xxhash.xxh32_intdigest(key.encode())
    return hashed & (SLOTS - 1), 1.0 if hashed >> 31 else -1.0


def features(title: str, text: str, *, language: str | None = None, refs: Iterable[str] = ()) -> Features:
    """An article in numbers.

    Args:
        refs: ids of the places and entities that it names, an id for each mention.
    """
    name = base_language(language)
    stops = stopwords(name)
    counts: Counter[str] = Counter()
    for host, times in ((title, _TITLE_WEIGHT), (text, 1)):
        found = [word for word in words(fold(host[: 12 * _WORDS]))[:_WORDS] if word not in stops and len(word) > 1]
        for stem in stems(found, name):
            counts[stem] += times
    sums: dict[int, float] = {}
    for prefix, keys, weight in (("", counts, 1.0), ("@", Counter(refs), _NAME_WEIGHT)):
        for key, count in keys.items():
            slot, sign = _slot(prefix + key)
            sums[slot] = sums.get(slot, 0.0) + sign * weight * (1 + log(count))
    length = sqrt(sum(value * value for value in sums.values())) or 1.0
    slots = np.fromiter(sums, dtype=np.int64, count=len(sums))
    values = np.fromiter((value / length for value in sums.values()), dtype=np.float32, count=len(sums))
    return Features(slots, values)


def pack(weights: Numbers) -> bytes:
    """Weights as they are stored."""
    return zstandard.compress(weights.astype("<f4").tobytes(), 10)


def unpack(data: bytes) -> Numbers:
    """The other way round.

    Raises:
        ValueError: these are no weights of this edition.
    """
    try:
        raw = zstandard.decompress(data, max_output_size=4 * SLOTS)
    except zstandard.ZstdError as error:
        raise ValueError(f"the weights cannot be read: {error}") from error
    if len(raw) != 4 * SLOTS:
        raise ValueError(f"there are {len(raw) // 4} weights, not {SLOTS}")
    return np.frombuffer(raw, dtype="<f4").astype(np.float32)


# --- as an enricher -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Said:
    """What is found of one topic: by its rule, by its model, or by both."""

    name: str
    score: float = 0.0
    method: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


class TopicsEnricher:
    """Says ``topic`` of articles that a reader's rule finds, or that a model of his tags takes for likely.

    Args:
        current: the rules and models as they are now; asked once for each batch, so that a new rule counts at once.
    """

    name = NAME
    version = VERSION
    languages: frozenset[str] = frozenset()
    needs = frozenset({"language", "entity", "place"})
    provides = frozenset({"topic"})
    cost = 1.0

    def __init__(self, current: Callable[[], Topics]) -> None:
        self._current = current

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        topics = self._current()
        if not topics.rules and not topics.models:
            return [[] for _ in batch]
        return [list(_told(topics, doc)) for doc in batch]


def _told(topics: Topics, doc: Doc) -> Iterator[Annotation]:
    refs = [one.ref for one in doc.found if one.what in ("entity", "place") and one.ref is not None]
    found: dict[int, _Said] = {}
    if topics.rules:
        ready = match_doc(doc.title, doc.text, language=doc.language, source=doc.source, refs=set(refs))
        _by_rules(topics.rules, ready, found)
    if topics.models:
        _by_models(topics.models, features(doc.title, doc.text, language=doc.language, refs=refs), found)
    for topic_id, said in sorted(found.items()):
        yield Annotation(
            "topic", ref=ref_of(topic_id), name=said.name, score=round(said.score, 3), method=said.method,
            detail=said.detail,
        )  # fmt: skip


def _by_rules(rules: Sequence[Rule], ready: MatchDoc, found: dict[int, _Said]) -> None:
    for rule in rules:
        if matches(rule.query, ready):
            found[rule.topic_id] = _Said(rule.name, 1.0, "rule", {"query": rule.query.text})


def _by_models(models: Sequence[Model], article: Features, found: dict[int, _Said]) -> None:
    for model in models:
        sure = model.likelihood(article)
        known = found.get(model.topic_id)
        if known is None and sure < model.threshold:
            continue
        said = known or found.setdefault(model.topic_id, _Said(model.name, sure, "model"))
        said.detail |= {"model": model.version, "likelihood": round(sure, 3), "threshold": round(model.threshold, 3)}


def ref_of(topic_id: int) -> str:
    """The id that stands on annotations of a topic."""
    return f"topic:{topic_id}"


def check_name(name: str) -> str:
    """A name for a topic, blanks made single.

    Raises:
        ValueError: it is empty, too long, or holds what would make a query of it unreadable.
    """
    clean = " ".join(name.split())
    if not clean or len(clean) > 100 or '"' in clean or not clean.isprintable():
        raise ValueError("a topic needs a name of one line, at most 100 letters, without quotation marks")
    return clean


def as_topics(rules: Iterable[Mapping[str, Any]], models: Iterable[Mapping[str, Any]]) -> Topics:
    """Rules and models from rows of the store; what a later version can no longer read is left out."""
    read_rules = [Rule(row["id"], row["name"], query) for row in rules if (query := _query(row["query"])) is not None]
    read_models = [model for row in models if (model := _model(row)) is not None]
    return Topics(read_rules, read_models)


def _query(text: str) -> Query | None:
    try:
        return Query.parse(text)
    except UsageError:
        return None


def _model(row: Mapping[str, Any]) -> Model | None:
    if row["features"] != FEATURES:
        return None
    try:
        weights = unpack(bytes(row["weights"]))
    except ValueError:
        return None
    return Model(row["topic_id"], row["name"], row["version"], weights, row["bias"], row["threshold"])
