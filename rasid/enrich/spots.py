"""Places that no list knows, by the word before them: مدينة قوانغتشو, حي الزيتون. They have no point."""

from __future__ import annotations

from collections.abc import Iterator

from rasid.enrich.reading import RATHER_RARE, TOLD_SCORE, Guess, Reading
from rasid.enrich.roles import QUARTERS
from rasid.enrich.tokens import variants

_MOST_WORDS = 3


class Spots:
    """The places of one text."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        #: Names that a word before them told to be a place's -> "place".
        self.told: dict[str, str] = {}

    def guesses(self) -> Iterator[Guess]:
        """Those behind a word that tells a place, in the order of the text."""
        for number, role in enumerate(self.reading.roles):
            if role is not None and role.tells_place and self.reading.follows(number + 1):
                last = self._end(number)
                if last:
                    guess = Guess(number + 1, last, 0, "place", TOLD_SCORE)
                    self.reading.take(guess)
                    yield guess

    def _end(self, number: int) -> int:
        """The word behind the name; 0 where there is none."""
        reading, first = self.reading, number + 1
        word = reading.words[first]
        if word.startswith("ال"):
            quarter = any(form in QUARTERS for form, _ in variants(reading.words[number]))
            fits = quarter and reading.rare(first, RATHER_RARE) and not word.endswith(("يه", "ي", "ين", "ات"))
            return first + 1 if fits else 0
        last = reading.proper_end(first, _MOST_WORDS)
        if last == first or word in reading.given:
            return 0
        self.told[" ".join(reading.words[first:last])] = "place"
        return last
