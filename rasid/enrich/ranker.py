"""Which phrases of an Arabic article a reader would name it by: candidates weighed by a small network.

What it looks at is told in `FEATURES`: how often and where a phrase stands, what kind of name it is, how it stands in
news at large (`rasid.enrich.salience`), and what its words are like. The weights (one hidden layer) were learned from
key phrases that readers and editors chose: see `rasid.enrich.train_keywords`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from rasid.enrich.phrases import JOINED, Candidate, Name, Word, known, lead_end, quoted
from rasid.enrich.salience import LONGEST, hashed, shipped
from rasid.enrich.tokens import Token

WEIGHTS = Path(__file__).parent / "data" / "keyword_weights.json"
KINDS = ("place", "org", "person", "nationality")
FEATURES = (
    "times", "in_title", "in_lead", "position", "one_word", "two_words", "three_words", "more_words",
    *(f"is_{kind}" for kind in KINDS), "is_other", "is_guess", "mean_rarity", "least_rarity", "known_phrase",
    "association", "alone", "first_definite", "last_definite", "all_definite", "construct", "none_definite",
    "first_opens", "any_opens", "least_nominal", "is_quoted", "holds_stopword", "holds_conjunction", "times_in_title",
    "times_as_name", "length", "texts", "title_share", "lead_share", "title_share_one", "position_of_name",
    "name_in_title", "rarity_times", "times_squared", "position_squared", "name_in_lead", "times_two_words", "titled",
)  # fmt: skip

Array = np.ndarray[Any, Any]
_lock = threading.Lock()


class Network(msgspec.Struct):
    """One hidden layer of rectified units over standardised features; `inputs` are `FEATURES` in their order."""

    inputs: list[str]
    hidden: list[list[float]]
    hidden_bias: list[float]
    output: list[float]
    output_bias: float


@dataclass(slots=True)
class Article:
    """The candidates of an article by their keys, and the words of its title and text in one row."""

    candidates: dict[str, Candidate] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    stops: list[bool] = field(default_factory=list)
    joined: list[bool] = field(default_factory=list)
    titled: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A title or a text to gather from."""

    text: str
    tokens: Sequence[Token]
    names: Sequence[Name]
    is_title: bool


def gather(parts: Sequence[Part], is_stop: Callable[[str], bool]) -> Article:
    """The candidates of an article's parts. But for names, none begins or ends with a word that `is_stop` takes."""
    read = [_Read(part, is_stop) for part in parts]
    often = [Counter[str]() for _ in range(LONGEST)]
    for one in read:
        often[0].update(one.bare)
        often[1].update(one.pairs())
    for size in range(3, LONGEST + 1):
        # A run that comes twice begins with one that does.
        for one in read:
            often[size - 1].update(one.longer(size, often[size - 2]))
    article = Article(titled=any(part.is_title and part.tokens for part in parts))
    for number, one in enumerate(read):
        one.add_to(article, number, often)
    return article


class _Read:
    """One part, made ready to be gone through several times."""

    def __init__(self, part: Part, is_stop: Callable[[str], bool]) -> None:
        tokens, text = part.tokens, part.text
        self.part = part
        self.folded = [token.folded for token in tokens]
        self.words = [known(folded) for folded in self.folded]
        self.bare = [word.bare for word in self.words]
        self.stops = [is_stop(folded) for folded in self.folded]
        self.joins = [text[left.end : right.start] in JOINED for left, right in pairwise(tokens)] + [False]
        self.names = {(name.first, name.last): name for name in part.names}
        self.marked = quoted(text, tokens)
        lead = lead_end(text)
        self.lead = 0 if part.is_title else sum(token.start < lead for token in tokens)
        self.starts = {first for first, _ in self.names} | {first for first, _ in self.marked}

    def pairs(self) -> Iterator[str]:
        """Runs of two words that do not begin with a word of grammar."""
        bare, folded, joins, stops = self.bare, self.folded, self.joins, self.stops
        return (f"{bare[i]} {folded[i + 1]}" for i in range(len(bare) - 1) if joins[i] and not stops[i])

    def longer(self, size: int, before: Counter[str]) -> Iterator[str]:
        """Runs of `size` words that begin with a run that comes twice."""
        for first in range(len(self.bare) - size + 1):
            if not self.stops[first] and all(self.joins[first : first + size - 1]):
                key = self.key(first, size - 1)
                if before[key] > 1:
                    yield f"{key} {self.folded[first + size - 1]}"

    def key(self, first: int, size: int) -> str:
        return " ".join([self.bare[first], *self.folded[first + 1 : first + size]])

    def add_to(self, article: Article, number: int, often: Sequence[Counter[str]]) -> None:
        """Add what stands here to the article's candidates: what stands once, late and in no name tells nothing."""
        offset, close = len(article.words), len(self.bare) if self.part.is_title else self.lead
        for first, stop in enumerate(self.stops):
            if stop and first not in self.starts:
                continue
            everything = first < close or first in self.starts
            key = self.bare[first]
            for size in range(1, LONGEST + 1):
                if size > 1:
                    if first + size > len(self.bare) or not self.joins[first + size - 2]:
                        break
                    key = f"{key} {self.folded[first + size - 1]}"
                if not everything and often[size - 1][key] < 2:
                    break
                span = (first, first + size)
                name = self.names.get(span)
                if name is not None or not (stop or self.stops[span[1] - 1]):
                    self._add(article, key, span, name, place=(number, first), offset=offset)
        article.words += self.words
        article.stops += self.stops
        article.joined += [
            bare != folded and folded[0] == "و" for bare, folded in zip(self.bare, self.folded, strict=True)
        ]

    def _add(
        self,
        article: Article,
        key: str,
        span: tuple[int, int],
        name: Name | None,
        *,
        place: tuple[int, int],
        offset: int,
    ) -> None:
        one = article.candidates.get(key)
        if one is None:
            one = article.candidates[key] = Candidate(span[1] - span[0], offset + span[0])
        one.places.append(place)
        one.in_title |= self.part.is_title
        one.in_lead |= span[0] < self.lead
        one.quoted |= span in self.marked
        if name is not None and not one.kind:
            one.kind, one.guessed = name.kind, name.guessed


def features(article: Article) -> Array:
    """A row of `FEATURES` for each candidate, in the order of the dictionary."""
    ones = list(article.candidates.values())
    base = np.array([_row(one) for one in ones], np.float32).reshape(len(ones), 11)
    times, title, lead, first, size, guessed, is_quoted = base[:, :7].T
    kinds = base[:, 7:]
    name = kinds.any(axis=1) | np.array([bool(one.kind) for one in ones])
    words = _Words(article, first.astype(np.int64), size.astype(np.int64))
    counts = shipped().phrases(np.array([hashed(key) for key in article.candidates], np.uint32))
    texts, titles, leads = counts.T
    often, place = np.log1p(times), np.log1p(first / 20)
    share = (titles + 0.1) / (texts + 3)
    one, two = size == 1, size == 2
    length = np.full(len(ones), np.log(len(article.words) + 1))
    other = name & ~kinds.any(axis=1)
    columns = [
        often, title, lead, place, one, two, size == 3, size > 3,
        *kinds.T, other, guessed, words.mean_rarity, words.least_rarity, np.where(one, 0, np.log1p(texts)),
        words.association(texts, size), _alone(article), words.definite_first, words.definite_last, words.definite_all,
        (~words.definite_first) & words.definite_last & ~one, ~words.definite_any,
        words.opens_first, words.opens_most, words.nominal_least, is_quoted, words.stop_inside, words.joined_inside,
        title * often, name * often, length, np.log1p(texts), share, (leads + 0.1) / (texts + 3), share * one,
        name * place, name * title, words.least_rarity * often, often * often, place * place, lead * name, two * often,
        np.full(len(ones), float(article.titled)),
    ]  # fmt: skip
    return np.column_stack(columns).astype(np.float32)


def _row(one: Candidate) -> list[float]:
    kinds = [float(one.kind == kind) for kind in KINDS]
    return [one.times, one.in_title, one.in_lead, one.first, one.size, one.guessed, one.quoted, *kinds]


class _Words:
    """What the words of each candidate are like, the first four of them."""

    def __init__(self, article: Article, first: Array, size: Array) -> None:
        table = np.array([word[1:] for word in article.words], np.float32).reshape(-1, 4)
        steps = np.arange(LONGEST)
        inside = steps < np.minimum(size, LONGEST)[:, None]
        rows = np.minimum(first[:, None] + steps, max(len(table) - 1, 0))
        last = np.minimum(first + np.minimum(size, LONGEST) - 1, max(len(table) - 1, 0))
        stops = np.array(article.stops, bool)[rows]
        joined = np.array(article.joined, bool)[rows]
        definite = table[rows, 0] > 0
        telling = inside & ~stops
        rarity = np.where(telling, table[rows, 1], 0)
        self._rarity_first, self._rarity_last = table[first, 1], table[last, 1]
        self._texts = shipped().texts
        self.mean_rarity = rarity.sum(1) / np.maximum(telling.sum(1), 1)
        self.least_rarity = np.where(telling.any(1), np.where(telling, table[rows, 1], 99).min(1), 0)
        self.definite_first, self.definite_last = definite[:, 0], table[last, 0] > 0
        self.definite_all = (definite | ~inside).all(1)
        self.definite_any = (definite & inside).any(1)
        self.opens_first = table[first, 2]
        self.opens_most = np.where(inside, table[rows, 2], 0).max(1)
        self.nominal_least = np.where(inside, table[rows, 3], 1).min(1)
        between = inside & (steps > 0)
        self.stop_inside = (stops & between & (rows != last[:, None])).any(1)
        self.joined_inside = (joined & between).any(1)

    def association(self, texts: Array, size: Array) -> Array:
        """For two words, log of how much oftener they stand in one text as a phrase than chance would have it."""
        chance = self._texts * np.exp(-self._rarity_first - self._rarity_last)
        pair = np.log((texts + 0.2) / (0.2 + chance))
        return np.where(size == 1, 0, np.where(size == 2, pair, np.log(texts + 0.2)))


def _alone(article: Article) -> Array:
    """For each candidate the share of its places that are not inside a longer one that comes twice (C-value's idea)."""
    inside: dict[str, int] = {}
    for key, one in article.candidates.items():
        if one.size < 2 or one.times < 2:
            continue
        parts = key.split(" ")
        for first in range(len(parts)):
            for last in range(first + 1, len(parts) + (first > 0)):
                # Inside the phrase the first word of a part may carry a proclitic of its own.
                part = " ".join([known(parts[first]).bare, *parts[first + 1 : last]])
                inside[part] = max(inside.get(part, 0), one.times)
    return np.array([1 - inside.get(key, 0) / one.times for key, one in article.candidates.items()])


@lru_cache(maxsize=1)
def _load() -> tuple[Array, Array, Array, float]:
    network = msgspec.json.decode(WEIGHTS.read_bytes(), type=Network)
    if tuple(network.inputs) != FEATURES:
        raise ValueError(f"{WEIGHTS.name} is for other features: run rasid.enrich.train_keywords")
    hidden = np.array(network.hidden, np.float32)
    return hidden, np.array(network.hidden_bias, np.float32), np.array(network.output, np.float32), network.output_bias


def weigh(article: Article) -> Array:
    """For each candidate how likely a reader would choose it, 0 to 1."""
    if not article.candidates:
        return np.zeros(0)
    with _lock:
        hidden, bias, output, output_bias = _load()
    values = np.maximum(features(article) @ hidden + bias, 0) @ output + output_bias
    likely: Array = 1 / (1 + np.exp(-values.clip(-30, 30)))
    return likely
