"""The sentences of a text, what stands between quotation marks, and the marks between its words.

One pass over the marks, whatever they are: a megabyte of quotation marks costs as much as a megabyte of commas.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rasid.enrich.tokens import Token, kept_tokens

#: Marks that may stand between two words, one bit each.
COMMA, COLON, OPEN, CLOSE, END, SEMICOLON, BRACKET = 1, 2, 4, 8, 16, 32, 64

#: Longest passage between quotation marks, in characters; an opening mark without a partner must not take the rest.
LONGEST_QUOTED = 3_000
#: Quoted passages of one text; what holds more is no prose.
QUOTED_LIMIT = 400

# One class of characters: an alternative with a look ahead takes five times as long.
_MARK = re.compile('[\n.!?؟:،,;؛()"“”„‟«»‘’‹›]')
_BITS = {"،": COMMA, ",": COMMA, ":": COLON, ";": SEMICOLON, "؛": SEMICOLON, "(": BRACKET, ")": BRACKET}
#: What may stand behind a point that ends a sentence, besides blanks.
_BEHIND_POINT = frozenset('"“”»«’)]')
# Marks that open a quotation -> those that close it. Arabic pages turn “ ” and « » round as often as not.
_PARTNERS = {"«": "»", "“": "”“", "”": "“”", "„": "“”", "‟": "”", '"': '"', "‘": "’", "‹": "›", "»": "«"}
_TITLES = frozenset(
    ("mr", "mrs", "ms", "dr", "gen", "lt", "col", "sen", "rep", "gov", "st", "mme", "prof", "sgt", "vs")
)
_TITLES |= frozenset(("capt", "maj", "brig", "adm", "pres", "hon", "rev", "sn"))


class Sentence(NamedTuple):
    """A sentence by its words; `last` is exclusive."""

    first: int
    last: int


class Quoted(NamedTuple):
    """What stands between two quotation marks, in characters without the marks, and by its words (`last` exclusive).

    `goes_on`: a paragraph without a closing mark, since the next one opens anew.
    """

    start: int
    end: int
    first: int
    last: int
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A text as it is set.

    Attributes:
        sentences: in order, none empty; a point between quotation marks ends none.
        quoted: outermost passages between quotation marks, in order, none empty of words.
        gaps: for a word, the marks between it and the word before, as bits; words without marks before are left out.
            The number of words stands for what comes behind the last one.
    """

    text: str
    tokens: Sequence[Token]
    words: list[str]
    sentences: list[Sentence]
    quoted: list[Quoted]
    gaps: dict[int, int]


def lay_out(text: str, tokens: Sequence[Token]) -> Layout:
    """The layout of `text`, whose words `tokens` are (`rasid.enrich.tokens.tokenize`)."""
    setter = _Setter(text, tokens)
    setter.read()
    words = [token.folded for token in tokens]
    return Layout(text, tokens, words, setter.sentences, setter.quoted, setter.gaps)


@lru_cache(maxsize=48)
def kept_layout(text: str) -> Layout:
    """The layout of a text and its words, kept for those who read the same text next; see `kept_tokens`."""
    return lay_out(text, kept_tokens(text))


def _within(text: str, at: int, mark: str) -> bool:
    """Whether a comma or colon stands within a number, a clock or an address."""
    behind = text[at + 1 : at + 2]
    return behind.isdigit() or (mark == ":" and behind == "/")


class _Setter:
    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text, self.tokens = text, tokens
        self.starts = [token.start for token in tokens]
        self.sentences: list[Sentence] = []
        self.quoted: list[Quoted] = []
        self.gaps: dict[int, int] = {}
        self.begun = 0
        #: The mark that opened a quotation, where, and the ends of sentences met since (words behind them).
        self.opened: tuple[str, int] | None = None
        self.held: list[int] = []
        #: The last line end within an open quotation: where, and the word behind it.
        self.broken: tuple[int, int] | None = None

    def read(self) -> None:
        gaps, starts, text = self.gaps, self.starts, self.text
        number, count = 0, len(starts)
        for match in _MARK.finditer(text):
            at = match.start()
            mark = text[at]
            bit = _BITS.get(mark)
            if bit is not None and bit <= COLON and _within(text, at, mark):
                continue
            if number < count and starts[number] < at:
                number = bisect_left(starts, at, number)
            if bit is None:
                bit = self._other(mark, at, number)
            if bit:
                gaps[number] = gaps.get(number, 0) | bit
        if self.opened is not None:
            self._give_up()
        self._end(count)

    def _other(self, mark: str, at: int, number: int) -> int:
        """What a mark is that may end a sentence, or open or close a quotation."""
        if mark == "\n":
            # A straight or single mark closes before the line does, or never was one.
            if self.opened is not None and (self.opened[0] in '"‘' or at - self.opened[1] > LONGEST_QUOTED):
                self._give_up()
            self.broken = (at, number)
            return self._stop(number)
        if mark in ".!?؟":
            return 0 if mark == "." and self._joins(at, number) else self._stop(number)
        return self._quotation(mark, at, number)

    def _quotation(self, mark: str, at: int, number: int) -> int:
        text = self.text
        before, behind = text[at - 1 : at], text[at + 1 : at + 2]
        if mark == "’" and before.isalnum() and behind.isalnum():
            return 0
        if self.opened is not None:
            kind, since = self.opened
            if at - since > LONGEST_QUOTED:
                self._give_up()
            elif mark in _PARTNERS[kind] and not (mark == kind == "“" and behind.isalnum() and not before.isalnum()):
                return self._close(at, number)
            elif mark != kind:
                return 0
            else:
                self._reopened(since, number)
        if mark not in _PARTNERS or len(self.quoted) >= QUOTED_LIMIT:
            return 0
        if before.isalnum() and not behind.isalnum():
            return 0  # the second half of a pair, or the sign of an inch
        self.opened = (mark, at + 1)
        return OPEN

    def _reopened(self, since: int, number: int) -> None:
        """Opened anew before it was closed: a quotation of several paragraphs, if a new line begins here."""
        if self.broken is not None and self.broken[0] > since and self.broken[1] == number:
            first = bisect_left(self.starts, since, 0, number)
            if first < number and len(self.quoted) < QUOTED_LIMIT:
                self.quoted.append(Quoted(since, self.broken[0], first, number, True))
            self.held = [number]
        self._give_up()

    def _close(self, at: int, number: int) -> int:
        assert self.opened is not None
        since = self.opened[1]
        self.opened = None
        first = bisect_left(self.starts, since, 0, number)
        if first < number:
            self.quoted.append(Quoted(since, at, first, number))
        held, self.held = self.held, []
        # «… .» ends the sentence that holds it, unless more of it follows: «Go!» he said.
        if held and held[-1] == number and self._ends_behind(at):
            self._end(number)
            return CLOSE | END
        return CLOSE

    def _ends_behind(self, at: int) -> bool:
        """Whether a sentence may end at a closing mark before which one ended."""
        behind = self.text[at + 1 : at + 3].lstrip(" ")[:1]
        if behind in ("،", ",", "-", "–", "—"):
            return False
        return self.text[at - 1 : at] == "." and not behind.islower()

    def _give_up(self) -> None:
        """The open mark has no partner: the sentences since end where they end."""
        self.opened = None
        for number in self.held:
            self._end(number)
            self.gaps[number] = self.gaps.get(number, 0) | END
        self.held = []

    def _stop(self, number: int) -> int:
        if self.opened is not None:
            self.held.append(number)
            return 0
        self._end(number)
        return END

    def _end(self, number: int) -> None:
        if number > self.begun:
            self.sentences.append(Sentence(self.begun, number))
            self.begun = number

    def _joins(self, at: int, number: int) -> bool:
        """Whether a point ends no sentence: 12.5, أ. د. محمد, Mr. Smith, J. Biden."""
        behind = self.text[at + 1 : at + 2]
        if behind and not behind.isspace() and behind not in _BEHIND_POINT:
            return True
        if not number:
            return False
        word = self.tokens[number - 1]
        if word.end != at:
            return False
        if word.end - word.start == 1:
            return not word.folded.isdigit()
        return word.folded in _TITLES


__all__ = ["BRACKET", "CLOSE", "COLON", "COMMA", "END", "OPEN", "SEMICOLON", "Layout", "Quoted", "Sentence", "lay_out"]
