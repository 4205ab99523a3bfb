"""The words of one Arabic text while names are guessed in it, and what may be asked of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rasid.enrich.roles import family_names, given_names, roles
from rasid.enrich.salience import shipped
from rasid.enrich.shape import likeness
from rasid.enrich.tokens import Token, with_proclitics
from rasid.text.background import common_words
from rasid.text.kept import Kept
from rasid.text.words import stopwords

#: A word that is commoner than this (Zipf) is no part of a name, unless a list says so.
RARE, RATHER_RARE = 4.1, 4.7
#: How sure a name is that what stands before it told, here or elsewhere in the text.
TOLD_SCORE = 0.4
#: Ends of words with a pronoun or of verbs, which no name has.
_NO_NAME_ENDS = ("هم", "هما", "كما")
_GAPS = frozenset((" ", "\u00a0", "  ", " -", "-"))
_POINTS = frozenset((".", ". "))
_OPENING, _CLOSING = "«\"“'(", "»\"”')"
_LONGEST_QUOTE = 5


def _is_noun(word: str) -> bool:
    table = shipped()
    found, definite = table.word(word), table.word("ال" + word)
    opens = (found.opening + 0.3) / (found.written + 3)
    # Of a word that begins or ends as verbs do, more is asked.
    least = 0.12 if word[0] in "يتن" or word[-1] == "ت" else 0.03
    return opens < 0.25 and (definite.texts + 0.5) / (found.texts + definite.texts + 2) >= least


#: Whether a folded word without the article may be a noun: it takes the article too, and seldom opens a sentence.
is_noun = Kept(_is_noun)


class Guess(NamedTuple):
    """A name by its words (last exclusive); `cut` letters of the first are a proclitic."""

    first: int
    last: int
    cut: int
    kind: str
    score: float


class Reading:
    """A text's words; those that are not `free` belong to a name already."""

    def __init__(
        self,
        text: str,
        tokens: Sequence[Token],
        taken: Iterable[tuple[int, int]],
        nationalities: frozenset[str],
        headed: Iterable[tuple[int, int]] = (),
    ) -> None:
        """`headed` are those ranges of `taken` that somebody may be head of: organisations and places."""
        self.text, self.tokens, self.nationalities = text, tokens, nationalities
        self.words = [token.folded for token in tokens]
        self.roles = roles.all(self.words)
        self.free = [True] * len(tokens)
        #: First word of a name that is known already -> the word behind it.
        self.taken: dict[int, int] = {}
        for first, last in taken:
            self.free[first:last] = [False] * (last - first)
            self.taken[first] = max(last, self.taken.get(first, 0))
        #: The same of organisations and places alone.
        self.headed = dict(headed)
        self.given, self.unsure = given_names()
        self.families, self.unsure_families = family_names()
        self.zipf = common_words("ar")
        self.stops = stopwords("ar")

    def take(self, guess: Guess) -> None:
        """Let no other name have these words."""
        self.free[guess.first : guess.last] = [False] * (guess.last - guess.first)

    def joined(self, number: int) -> bool:
        """Whether nothing but a blank or hyphen parts a word from the one before; in د. محمد the point does not."""
        gap = self.text[self.tokens[number - 1].end : self.tokens[number].start]
        return gap in _GAPS or (gap in _POINTS and self.words[number - 1] == "د")

    def follows(self, number: int) -> bool:
        """Whether there is a free word here that goes on from the one before."""
        return number < len(self.words) and self.free[number] and self.joined(number)

    def quoted(self, number: int) -> int:
        """The word behind a short quotation that begins at a word; 0 where none does."""
        if number >= len(self.tokens):
            return 0
        start = self.tokens[number].start
        gap = self.text[self.tokens[number - 1].end : start] if number else ""
        if not gap or gap[-1] not in _OPENING or gap[:-1].strip():
            return 0
        close = _CLOSING[_OPENING.index(gap[-1])]
        for last in range(number, min(number + _LONGEST_QUOTE, len(self.tokens))):
            behind = self.text[self.tokens[last].end : self.tokens[last].end + 1]
            if behind == close:
                return last + 1
            if behind != " ":
                return 0
        return 0

    def rare(self, number: int, limit: float) -> bool:
        """Whether a word is rarer than a limit (Zipf), and of no form that no name has."""
        word = self.words[number]
        if (
            len(word) < 2
            or not word.isalpha()
            or word in self.stops
            or word in self.nationalities
            or not "\u0621" <= word[0] <= "\u064a"
            or (len(word) > 4 and word.endswith(_NO_NAME_ENDS))
        ):
            return False
        if word[:2] in ("وا", "فا", "با") and word[2:3] == "ل":
            return False
        if word[0] in "وبلف" and len(word) > 4 and word not in self.given:
            rest = word[1:]
            if self.zipf.get(rest, 0.0) > 3.0 or (word[0] == "و" and (rest in self.given or rest in self.families)):
                return False
        bare = word[2:] if word.startswith("ال") else word
        return max(self.zipf.get(word, 0.0), self.zipf.get(bare, 0.0) - 0.3) < limit

    def likely(self, number: int, limit: float, *, more: float = 0.0) -> bool:
        """Whether a word that no list holds is one of a name, by how rare it is and by its letters.

        Args:
            limit: Zipf frequency above which it is none.
            more: log-odds above those that are asked for otherwise.
        """
        word = self.words[number]
        zipf = self.zipf.get(word, 0.0)
        return self.rare(number, limit) and likeness[word] > more + (zipf - 2.7 if zipf else -0.5)

    def is_proper(self, number: int) -> bool:
        """Whether a word is like a proper name that stands behind what tells it: without the article, no adjective."""
        word = self.words[number]
        if word.startswith("ال") or word.endswith(("يه", "ات", "ين", "ون")) or (word[0] == "ل" and len(word) > 4):
            return False
        return self.likely(number, RARE - 0.4, more=0.3)

    def proper_end(self, first: int, most: int) -> int:
        """The word behind the proper name that begins at a word; the same word where none does."""
        last = first
        while last - first < most and self.follows(last) and self.is_proper(last):
            last += 1
        return last

    def again(self, names: Mapping[str, str]) -> Iterator[Guess]:
        """Other mentions of proper names (folded words -> kind) that something told before: شركة شيودا … شيودا."""
        firsts: dict[str, list[tuple[list[str], int, str]]] = {}
        for name, kind in names.items():
            words = name.split(" ")
            for form, cut in with_proclitics(words[0]):
                firsts.setdefault(form, []).append((words, cut, kind))
        for number, word in enumerate(self.words if firsts else ()):
            for words, cut, kind in firsts.get(word, ()):
                last = number + len(words)
                if self.words[number + 1 : last] == words[1:] and all(self.free[number:last]):
                    guess = Guess(number, last, cut, kind, TOLD_SCORE)
                    self.take(guess)
                    yield guess
