"""Which phrases of an Arabic article may be its keywords: runs of one to four words, names, and what is quoted.

What stands once, late and in no name tells nothing; but for names, no candidate begins or ends with a word of grammar.
An article is gone through as arrays, a place a word, since a loop over its runs took half the time of a whole article.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rasid.enrich.phrases import JOINED, Name, lead_end, quoted
from rasid.enrich.salience import LONGEST
from rasid.enrich.tokens import Token
from rasid.enrich.vocabulary import Vocabulary

Array = np.ndarray[Any, Any]

_JOINED = tuple(map(ord, JOINED))
#: Rows of a vocabulary are below this, numbers of runs too.
_ROOM = 1 << 31


@dataclass(frozen=True, slots=True)
class Part:
    """A title or a text to gather from."""

    text: str
    tokens: Sequence[Token]
    names: Sequence[Name]
    is_title: bool


@dataclass(frozen=True, slots=True)
class Article:
    """The candidates of an article, a place each in every array, and its words, title and text in one row.

    Attributes:
        keys: their folded words, the first without proclitics; each once.
        size: words of a candidate; `first`: its first place among the words; `times`: how often it stands.
        in_title, in_lead, quoted: whether it does so once at least.
        names: candidates that are names -> the name; of several the one whose bearer is mentioned most.
        inside: how many of its places are within a longer name.
        said: mentions of its bearer by any name, or of the nationality of a country; as `times` where it is no name.
        alone: share of its places that are not inside a longer candidate that comes twice (C-value's idea).
        words: their rows in `vocabulary`.
        titled: whether the article has a title.
    """

    keys: list[str]
    size: Array
    first: Array
    times: Array
    in_title: Array
    in_lead: Array
    quoted: Array
    names: Mapping[int, Name]
    inside: Array
    said: Array
    alone: Array
    words: Array
    vocabulary: Vocabulary
    titled: bool
    _starts: tuple[int, ...]
    _places: Array
    _of: Array

    def told(self, of: Callable[[Name], int]) -> Array:
        """A number for each candidate by the name that it is; 0 for those that are none."""
        found = np.zeros(len(self.keys), np.int64)
        if self.names:
            found[list(self.names)] = [of(name) for name in self.names.values()]
        return found

    def places(self, candidate: int, most: int) -> Iterator[tuple[int, int]]:
        """(part, first word) of the first `most` places of a candidate."""
        for place in self._places[self._of == candidate][:most].tolist():
            # Of parts that begin at one place all but the last are empty.
            part = bisect_right(self._starts, place) - 1
            yield part, place - self._starts[part]


def gather(parts: Sequence[Part], vocabulary: Vocabulary) -> Article:
    """The candidates of an article's parts."""
    words = _Words(parts, vocabulary)
    places, size = _stand(words)
    code = words.runs[size - 1, places] * LONGEST + size
    _, index, of, times = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    first, sizes = places[index], size[index]

    def ever(flags: Array) -> Array:
        found: Array = np.bincount(of, flags, len(index)) > 0
        return found

    bearers = Counter(name.ref for name in words.names if name.ref)
    names = _named(words.names, words.named[size - 1, places], of, bearers)
    said = times.copy()
    if names:
        said[list(names)] = [bearers.get(name.ref, 1) for name in names.values()]
    return Article(
        keys=_keys(words, vocabulary.words, first.tolist(), sizes.tolist()),
        size=sizes,
        first=first,
        times=times,
        in_title=ever(words.is_title[places]),
        in_lead=ever(words.in_lead[places]),
        quoted=ever(words.marked[size - 1, places]),
        names=names,
        inside=np.bincount(of, words.inside(places, size), len(index)),
        said=said,
        alone=_alone(words, first, sizes, times),
        words=words.rows,
        vocabulary=vocabulary,
        titled=any(part.is_title and part.tokens for part in parts),
        _starts=words.starts,
        _places=places,
        _of=of,
    )


class _Words:
    """All words of an article in one row, and what is known of each place; made ready for `gather`.

    Attributes:
        rows, bare: rows in the vocabulary, as written and without proclitics.
        runs: a line for each size up to `LONGEST`: the number of the run that begins there, the same for the same
            words; -1 where none of that size does.
        named, marked: a line for each size: the number of the name that stands there (-1 for none), and whether a
            quotation does.
        owner: the longest name that holds a place (-1 for none); `long`: words of each name.
        opens: whether a name or a quotation begins there.
        starts: the first place of each part.
    """

    def __init__(self, parts: Sequence[Part], vocabulary: Vocabulary) -> None:
        self.folded = [token.folded for part in parts for token in part.tokens]
        self.rows = vocabulary.rows(self.folded)
        self.bare, self.stop = vocabulary.bare[self.rows], vocabulary.stops[self.rows]
        count = len(self.folded)
        self.is_title, self.in_lead = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        self.joins, self.opens = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        self.named = np.full((LONGEST, count), -1, np.int64)
        self.marked = np.zeros((LONGEST, count), np.bool_)
        self.names: list[Name] = []
        self.owner = np.full(count, -1, np.int64)
        starts, at = [], 0
        for part in parts:
            starts.append(at)
            self._read(part, at)
            at += len(part.tokens)
        self.starts = tuple(starts)
        self.long = np.array([name.last - name.first for name in self.names] or [0])
        self.runs = _runs(self.bare, self.rows, self.joins)

    def inside(self, places: Array, size: Array) -> Array:
        """Whether a longer name holds the run of that size at each place."""
        owner = self.owner[places]
        held: Array = (owner >= 0) & (owner == self.owner[places + size - 1]) & (self.long[owner] > size)
        return held

    def _read(self, part: Part, at: int) -> None:
        tokens = part.tokens
        starts = np.fromiter((token.start for token in tokens), np.int64, len(tokens))
        ends = np.fromiter((token.end for token in tokens), np.int64, len(tokens))
        here = slice(at, at + len(tokens))
        self.is_title[here] = part.is_title
        if not part.is_title:
            self.in_lead[here] = starts < lead_end(part.text)
        if len(tokens) > 1:
            between = np.frombuffer(part.text.encode("utf-32-le", "surrogatepass"), np.uint32)[ends[:-1]]
            joined = (between == _JOINED[0]) | (between == _JOINED[1])
            self.joins[at : at + len(tokens) - 1] = joined & (starts[1:] - ends[:-1] == 1)
        for name in sorted(part.names, key=lambda name: name.last - name.first):
            self.opens[at + name.first] = True
            self.owner[at + name.first : at + name.last] = len(self.names)
            if name.last - name.first <= LONGEST:
                self.named[name.last - name.first - 1, at + name.first] = len(self.names)
            self.names.append(name)
        for first, last in quoted(part.text, tokens):
            self.opens[at + first] = True
            if last - first <= LONGEST:
                self.marked[last - first - 1, at + first] = True


def _runs(bare: Array, rows: Array, joins: Array) -> Array:
    """See `_Words.runs`: a run is its first word without proclitics and the others as they are."""
    runs = np.full((LONGEST, len(rows)), -1, np.int64)
    runs[0] = bare
    at = np.flatnonzero(joins)
    for size in range(2, LONGEST + 1):
        if not len(at):
            break
        pairs = runs[size - 2, at] * _ROOM + rows[at + size - 1]
        runs[size - 1, at] = np.unique(pairs, return_inverse=True)[1]
        # joins[i] is false for the last word of a part, so that this stays inside.
        at = at[joins[at + size - 1]]
    return runs


def _stand(words: _Words) -> tuple[Array, Array]:
    """(places, sizes) of all runs that are candidates where they stand."""
    at = np.flatnonzero(~words.stop | words.opens)
    everything = words.is_title | words.in_lead | words.opens
    places, sizes = [], []
    for size in range(1, LONGEST + 1):
        run = words.runs[size - 1]
        at = at[run[at] >= 0]
        # A run of several words is counted where a phrase may begin, a word wherever it stands.
        counted = run if size == 1 else run[~words.stop]
        often = np.bincount(counted[counted >= 0], minlength=int(run.max(initial=0)) + 1)
        at = at[everything[at] | (often[run[at]] > 1)]
        told = (words.named[size - 1, at] >= 0) | ~(words.stop[at] | words.stop[at + size - 1])
        places.append(at[told])
        sizes.append(np.full(len(places[-1]), size))
    return np.concatenate(places), np.concatenate(sizes)


def _named(names: Sequence[Name], named: Array, of: Array, bearers: Mapping[str, int]) -> dict[int, Name]:
    """See `Article.names`."""
    found: dict[int, Name] = {}
    at = np.flatnonzero(named >= 0)
    for candidate, number in zip(of[at].tolist(), named[at].tolist(), strict=True):
        name, known = names[number], found.get(candidate)
        if known is None or bearers.get(name.ref, 0) > bearers.get(known.ref, 0):
            found[candidate] = name
    return found


def _keys(words: _Words, known: Sequence[str], first: list[int], sizes: list[int]) -> list[str]:
    folded, heads = words.folded, words.bare.tolist()
    return [
        known[heads[at]] if size == 1 else " ".join([known[heads[at]], *folded[at + 1 : at + size]])
        for at, size in zip(first, sizes, strict=True)
    ]


def _alone(words: _Words, first: Array, sizes: Array, times: Array) -> Array:
    inside: dict[tuple[int, int], int] = {}
    longer = np.flatnonzero((sizes > 1) & (times > 1))
    for at, size, often in zip(first[longer].tolist(), sizes[longer].tolist(), times[longer].tolist(), strict=True):
        for part in range(1, size):
            for run in words.runs[part - 1, at : at + size - part + 1].tolist():
                inside[part, run] = max(inside.get((part, run), 0), often)
    share = np.ones(len(first))
    if inside:
        runs = words.runs[sizes - 1, first].tolist()
        found = (inside.get(key, 0) for key in zip(sizes.tolist(), runs, strict=True))
        share -= np.fromiter(found, np.float64, len(first)) / times
    return share
