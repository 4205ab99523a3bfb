"""Where names that somebody else found stand in a text. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

#: A name may stand behind these within its word: and, so, in, as, for.
_PROCLITICS = frozenset({"و", "ف", "ب", "ك", "ل", "وب", "ول", "وك", "فب", "فل"})
_MOST = 50
_MOST_TRIES = 1_000


def occurrences(host: str, name: str) -> Iterator[tuple[int, int]]:
    """Where `name` stands in `host` as whole words, behind an Arabic particle at most; the first fifty.

    >>> list(occurrences("حلب والقامشلي، حلبي", "القامشلي"))
    [(5, 13)]
    >>> list(occurrences("the thesis", "the"))
    [(0, 3)]
    """
    if not name or name != name.strip() or sum(map(str.isalnum, name)) < 2:
        return
    found = 0
    at = host.find(name)
    for _ in range(_MOST_TRIES):
        if at < 0 or found == _MOST:
            return
        end = at + len(name)
        if not (end < len(host) and _in_word(host[end])) and _begins(host, at):
            yield at, end
            found += 1
            at = end
        else:
            at += 1
        at = host.find(name, at)


def _begins(host: str, at: int) -> bool:
    begin = at
    while begin > 0 and at - begin < 3 and _in_word(host[begin - 1]):
        begin -= 1
    return begin == at or host[begin:at] in _PROCLITICS


def _in_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")
