"""What is known of the words of Arabic news, a row a word: read once in a process, and taken by numpy for a text."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from rasid.enrich.salience import Salience, shipped
from rasid.text.words import without_article, without_proclitic

Array = np.ndarray[Any, Any]

#: Words after which a vocabulary is thrown away and begun anew.
LIMIT = 65_536
_FIRST_ROWS = 8_192


class Word(NamedTuple):
    """What is known of a folded word.

    Attributes:
        bare: without proclitics; `definite` tells whether the article follows.
        rarity: log of all texts by those that hold it.
        opens: how often it is the first of a sentence, as verbs are (0 to 1).
        nominal: how often it stands with the article, which verbs never do (0 to 1).
    """

    bare: str
    definite: bool
    rarity: float
    opens: float
    nominal: float


class Vocabulary(dict[str, int]):
    """The row of each folded word that was met; the columns are arrays. May be shared by threads.

    Attributes:
        table: float32, a column each for `Word.definite`, `rarity`, `opens`, `nominal`.
        stops: whether it may neither begin nor end a phrase.
        joined: whether it begins with the و of "and".
        bare: the row of the word without proclitics.
        words: the words by row.

    Args:
        is_stop: tells of a folded word whether it may neither begin nor end a phrase.
        counts: how common words are; the shipped table where None is given.
    """

    def __init__(self, is_stop: Callable[[str], bool], counts: Salience | None = None) -> None:
        super().__init__()
        self.counts = counts or shipped()
        self._is_stop = is_stop
        self._lock = threading.Lock()
        self.words: list[str] = []
        self.table = np.zeros((_FIRST_ROWS, 4), np.float32)
        self.stops = np.zeros(_FIRST_ROWS, np.bool_)
        self.joined = np.zeros(_FIRST_ROWS, np.bool_)
        self.bare = np.zeros(_FIRST_ROWS, np.int64)

    def rows(self, folded: Sequence[str]) -> Array:
        """The rows of words, in order."""
        found = list(map(self.get, folded))
        if None in found:
            self._learn(folded)
            found = list(map(self.__getitem__, folded))
        return np.array(found, np.int64)

    def word(self, folded: str) -> Word:
        """All that is known of one word."""
        row = int(self.rows([folded])[0])
        definite, *rest = self.table[row].tolist()
        return Word(self.words[self.bare[row]], bool(definite), *rest)

    def _unknown(self, words: Iterable[str]) -> list[str]:
        # `set.difference` would go through all that is known.
        return [word for word in set(words) if word not in self]

    def _learn(self, words: Iterable[str]) -> None:
        with self._lock:
            bare = {word: without_proclitic(word) for word in self._unknown(words)}
            bare |= {word: without_proclitic(word) for word in self._unknown(bare.values()) if word not in bare}
            # Stripped twice, a word may have lost a letter of its own: that one is not looked for again.
            new = [*bare, *(word for word in self._unknown(bare.values()) if word not in bare)]
            rows = slice(len(self.words), len(self.words) + len(new))
            while rows.stop > len(self.stops):
                self._grow()
            self.words += new
            numbers = dict(zip(new, range(rows.start, rows.stop), strict=True))
            bares = [bare.get(word, word) for word in new]
            self.table[rows] = _look_up(bares, self.counts)
            self.stops[rows] = [*map(self._is_stop, new)]
            self.joined[rows] = [own != word and word[0] == "و" for word, own in zip(new, bares, strict=True)]
            self.bare[rows] = [numbers[own] if own in numbers else self[own] for own in bares]
            # Only now may others ask for them.
            self.update(numbers)

    def _grow(self) -> None:
        for name in ("table", "stops", "joined", "bare"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate((old, np.zeros_like(old))))


def _look_up(bare: Sequence[str], known: Salience) -> Array:
    """The rows of `Vocabulary.table` for words without proclitics."""
    plain = [without_article(word) for word in bare]
    texts, written, opening = known.words(bare)
    with_article = known.words(["ال" + word for word in plain])[0]
    definite = np.fromiter(map(str.__ne__, bare, plain), np.bool_, len(bare))
    nominal = np.where(definite, 1.0, (with_article + 0.5) / (texts + with_article + 2))
    rarity = np.log((known.texts + 1) / (1 + texts))
    return np.column_stack((definite, rarity, (opening + 0.3) / (written + 3), nominal))
