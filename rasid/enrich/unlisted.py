"""Arabic names that stand in no list: people by given names and titles, organisations by the word that opens them.

A guess from form alone, so every hit is marked ``heuristic`` and scores 0.6 at most: 0.6 where a known given name
meets a known family name, 0.5 where only one of the two is known, 0.45 for a family name behind a title or a name met
again, 0.4 for organisations. Each is known by its folded words (``name:…``), so that two texts that write it alike
share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rasid.enrich.bodies import Bodies
from rasid.enrich.people import People
from rasid.enrich.reading import Guess, Reading
from rasid.enrich.spots import Spots
from rasid.enrich.tokens import Token, skip_letters
from rasid.model import EntityMention

METHOD = "heuristic"


class Guessed(NamedTuple):
    """A guessed name with its token range (last exclusive)."""

    mention: EntityMention
    first: int
    last: int


class Guesser:
    """Guesses names in Arabic texts. Holds no state of a text."""

    def __init__(self, nationalities: Iterable[str]) -> None:
        """`nationalities` are the folded words that say whose: they may stand between a title and a name."""
        self._nationalities = frozenset(nationalities)

    def guess(
        self,
        text: str,
        tokens: Sequence[Token],
        taken: Iterable[tuple[int, int]],
        *,
        in_title: bool = False,
        listed: Mapping[str, str] | None = None,
        headed: Iterable[tuple[int, int]] = (),
    ) -> list[Guessed]:
        """Names in `text` that do not touch the token ranges (first, last exclusive) in `taken`, but for those that
        hold such a range in the middle (جامعة الملك فهد).

        Args:
            listed: folded last words of the persons that a list found in this article -> their refs: where one stands
                alone it means that person. None for none.
            headed: those of `taken` that are organisations and places: a name may follow behind "head of" these.
        """
        reading = Reading(text, tokens, taken, self._nationalities, headed)
        people, bodies, spots = People(reading), Bodies(reading), Spots(reading)
        people.full.update((last, ref) for last, ref in (listed or {}).items() if people.is_family_name(last))
        # What a word before them tells of them comes before what names are like.
        guesses = [*spots.guesses(), *reading.again(spots.told)]
        guesses += [*people.guesses(), *bodies.guesses()]
        guesses += [*people.again(guesses), *reading.again(bodies.told)]
        return [Guessed(_mention(guess, people, in_title), guess.first, guess.last) for guess in sorted(guesses)]


def _mention(guess: Guess, people: People, in_title: bool) -> EntityMention:
    text, tokens = people.reading.text, people.reading.tokens
    first, last = tokens[guess.first], tokens[guess.last - 1]
    start = first.start + (skip_letters(text[first.start : first.end], guess.cut) if guess.cut else 0)
    written = text[start : last.end]
    key = people.key(guess)
    again = guess.kind == "person" and guess.last - guess.first == 1
    ref = people.full.get(key, f"name:{key}") if again else f"name:{key}"
    return EntityMention(
        start, last.end, written, guess.kind, " ".join(written.split()), ref, guess.score, METHOD, in_title
    )
