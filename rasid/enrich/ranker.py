"""Which phrases of an Arabic article a reader would name it by: candidates weighed by a small network.

What it looks at is told in `FEATURES`: how often and where a phrase stands, what kind of name it is, how it stands in
news at large (`rasid.enrich.salience`), and what its words are like. The weights (one hidden layer) were learned from
key phrases that readers and editors chose: see `rasid.enrich.train_keywords`.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from rasid.enrich.candidates import Article
from rasid.enrich.salience import LONGEST, hashed

WEIGHTS = Path(__file__).parent / "data" / "keyword_weights.json"
KINDS = ("place", "org", "person", "nationality")
FEATURES = (
    "times", "in_title", "in_lead", "position", "one_word", "two_words", "three_words", "more_words",
    *(f"is_{kind}" for kind in KINDS), "is_other", "is_guess", "mean_rarity", "least_rarity", "known_phrase",
    "association", "alone", "first_definite", "last_definite", "all_definite", "construct", "none_definite",
    "first_opens", "any_opens", "least_nominal", "is_quoted", "holds_stopword", "holds_conjunction", "times_in_title",
    "times_as_name", "length", "texts", "title_share", "lead_share", "title_share_one", "position_of_name",
    "name_in_title", "rarity_times", "times_squared", "position_squared", "name_in_lead", "times_two_words", "titled",
    "free", "said", "is_media", "is_country", "is_region", "is_spot",
)  # fmt: skip

_KIND_CODES = {kind: number for number, kind in enumerate(KINDS, 1)}
#: Types of names -> media, countries, regions, and places that are a point on a map.
_SORTS = {
    "org.media": 1, "country": 2, "region": 3, "province": 3, "place.region": 3, "place.sea": 3, "place.district": 3,
    "city": 4, "place.airport": 4, "place.camp": 4, "place.crossing": 4, "place.facility": 4, "place.neighbourhood": 4,
    "place.town": 4,
}  # fmt: skip

Array = np.ndarray[Any, Any]
_lock = threading.Lock()


class Network(msgspec.Struct):
    """One hidden layer of rectified units over standardised features; `inputs` are `FEATURES` in their order."""

    inputs: list[str]
    hidden: list[list[float]]
    hidden_bias: list[float]
    output: list[float]
    output_bias: float


def features(article: Article) -> Array:
    """A row of `FEATURES` for each candidate, in their order."""
    times, first, size = article.times, article.first, article.size
    title, lead = article.in_title, article.in_lead
    kinds = article.told(lambda name: _KIND_CODES.get(name.kind, len(KINDS) + 1))
    named = [kinds == number for number in range(1, len(KINDS) + 1)]
    name = kinds > 0
    sorts = article.told(lambda name: _SORTS.get(name.sort, 0))
    guessed = article.told(lambda name: name.guessed)
    words = _Words(article)
    counts = article.vocabulary.counts.phrases(np.fromiter(map(hashed, article.keys), np.uint32, len(article.keys)))
    texts, titles, leads = counts.T
    often, place = np.log1p(times), np.log1p(first / 20)
    share = (titles + 0.1) / (texts + 3)
    one, two = size == 1, size == 2
    rare = np.log1p(texts)
    columns = (
        often, title, lead, place, one, two, size == 3, size > 3,
        *named, kinds > len(KINDS), guessed, words.mean_rarity, words.least_rarity,
        np.where(one, 0, rare), words.association(texts, size), article.alone,
        words.definite_first, words.definite_last, words.definite_all,
        (~words.definite_first) & words.definite_last & ~one, ~words.definite_any,
        words.opens_first, words.opens_most, words.nominal_least, article.quoted, words.stop_inside,
        words.joined_inside, title * often, name * often, np.log(len(article.words) + 1), rare, share,
        (leads + 0.1) / (texts + 3), share * one, name * place, name * title, words.least_rarity * often,
        often * often, place * place, lead * name, two * often, float(article.titled),
        np.log1p(times - article.inside), np.log1p(article.said), *(sorts == number for number in range(1, 5)),
    )  # fmt: skip
    table = np.empty((len(size), len(FEATURES)), np.float32)
    for number, column in enumerate(columns):
        table[:, number] = column
    return table


class _Words:
    """What the words of each candidate are like."""

    def __init__(self, article: Article) -> None:
        vocabulary = article.vocabulary
        first, size = article.first, article.size
        steps = np.arange(LONGEST)
        inside = steps < size[:, None]
        rows = article.words[np.minimum(first[:, None] + steps, max(len(article.words) - 1, 0))]
        last = article.words[first + size - 1]
        stops = vocabulary.stops[rows]
        telling = inside & ~stops
        of = vocabulary.table[rows]
        definite, rarities, opens, nominal = of[:, :, 0] > 0, of[:, :, 1], of[:, :, 2], of[:, :, 3]
        count = telling.sum(1)
        self._rarity_first, self._rarity_last = rarities[:, 0], vocabulary.table[last, 1]
        self._texts = vocabulary.counts.texts
        self.mean_rarity = np.where(telling, rarities, 0).sum(1) / np.maximum(count, 1)
        self.least_rarity = np.where(count > 0, np.where(telling, rarities, 99).min(1), 0)
        self.definite_first, self.definite_last = definite[:, 0], vocabulary.table[last, 0] > 0
        self.definite_all = (definite | ~inside).all(1)
        self.definite_any = (definite & inside).any(1)
        self.opens_first = opens[:, 0]
        self.opens_most = np.where(inside, opens, 0).max(1)
        self.nominal_least = np.where(inside, nominal, 1).min(1)
        between = inside & (steps > 0)
        self.stop_inside = (stops & between & (steps < size[:, None] - 1)).any(1)
        self.joined_inside = (vocabulary.joined[rows] & between).any(1)

    def association(self, texts: Array, size: Array) -> Array:
        """For two words, log of how much oftener they stand in one text as a phrase than chance would have it."""
        chance = self._texts * np.exp(-self._rarity_first - self._rarity_last)
        pair = np.log((texts + 0.2) / (0.2 + chance))
        return np.where(size == 1, 0, np.where(size == 2, pair, np.log(texts + 0.2)))


@lru_cache(maxsize=1)
def _load() -> tuple[Array, Array, Array, float]:
    network = msgspec.json.decode(WEIGHTS.read_bytes(), type=Network)
    if tuple(network.inputs) != FEATURES:
        raise ValueError(f"{WEIGHTS.name} is for other features: run rasid.enrich.train_keywords")
    hidden = np.array(network.hidden, np.float32)
    return hidden, np.array(network.hidden_bias, np.float32), np.array(network.output, np.float32), network.output_bias


def weigh(article: Article) -> Array:
    """For each candidate how likely a reader would choose it, 0 to 1."""
    if not article.keys:
        return np.zeros(0)
    with _lock:
        hidden, bias, output, output_bias = _load()
    values = np.maximum(features(article) @ hidden + bias, 0) @ output + output_bias
    likely: Array = 1 / (1 + np.exp(-values.clip(-30, 30)))
    return likely
