"""What a function says of words, kept for the texts to come: most words of a text were met before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(dict[str, V], Generic[V]):
    """The answers of a function by word, emptied before they grow past a limit; may be shared by threads.

    Unlike `functools.lru_cache` it is a dictionary, so that all words of a text are looked up by one `map`.

    Args:
        of: a pure function of a word.
        limit: words.
    """

    def __init__(self, of: Callable[[str], V], limit: int = 65_536) -> None:
        super().__init__()
        self._of, self._limit = of, limit

    def all(self, words: Iterable[str]) -> list[V]:
        """The answers for words, in order."""
        return list(map(self.__getitem__, words))

    def __missing__(self, word: str) -> V:
        if len(self) >= self._limit:
            self.clear()
        value = self[word] = self._of(word)
        return value
