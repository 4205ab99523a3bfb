"""Candidates for keywords of an Arabic text: runs of one to four words, names, and what is put in quotation marks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rasid.enrich.salience import LONGEST
from rasid.enrich.tokens import Token
from rasid.text.words import without_proclitic

#: What ends a sentence or opens a quotation.
BREAKS = re.compile('[.\\n!?؟:«»"“”]')
_QUOTED = re.compile('[«"“]([^«»"“”\\n]{2,60})[»"”]')
_SENTENCE_END = re.compile("[.!?؟\\n]")
#: What may stand between two words of a phrase.
JOINED = (" ", "-")
_LONGEST_QUOTE = 5
#: The first sentence ends here at the earliest; shorter ones are datelines.
_LEAD_FROM = 60


class Name(NamedTuple):
    """A name that was found: its words (`last` exclusive), its kind, and whether it was guessed from its form.

    `ref` is what all names of one bearer share; `sort` its type in our lists (org.media), or what kind of place it is
    (city, country, region, province); both empty where that is unknown.
    """

    first: int
    last: int
    kind: str
    guessed: bool = False
    ref: str = ""
    sort: str = ""


def runs(text: str, tokens: Sequence[Token]) -> Iterator[tuple[str, int, int]]:
    """(key, first word, words) of each run of up to four words that nothing but a blank or hyphen parts.

    The key is the folded run without the proclitics of its first word.
    """
    for first, token in enumerate(tokens):
        key = without_proclitic(token.folded)
        yield key, first, 1
        for last in range(first + 1, min(first + LONGEST, len(tokens))):
            if text[tokens[last - 1].end : tokens[last].start] not in JOINED:
                break
            key = f"{key} {tokens[last].folded}"
            yield key, first, last - first + 1


def lead_end(text: str) -> int:
    """Where the first sentence ends."""
    found = _SENTENCE_END.search(text, _LEAD_FROM)
    return found.start() if found else len(text)


def quoted(text: str, tokens: Sequence[Token]) -> set[tuple[int, int]]:
    """(first, last exclusive) words of short quotations."""
    starts = [token.start for token in tokens]
    found = set()
    for match in _QUOTED.finditer(text):
        first, last = bisect_left(starts, match.start(1)), bisect_left(starts, match.end(1))
        if 0 < last - first <= _LONGEST_QUOTE:
            found.add((first, last))
    return found
