"""Texts mapped character by character at once: five times as fast as `str.translate` on a text of a page.

A table of 64 K numbers is filled as characters are met. What it cannot hold (a character that becomes several, or lies
beyond the first 64 K) is told, and left to the slower way of whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint16]

#: Characters from which a table is faster than `str.translate` or a regular expression.
WORTH = 100
_UNKNOWN, _OTHER = 0xFFFF, 0xFFFE


class CodeTable:
    """Maps the UTF-16 codes of a text; may be shared by threads, since a place is always given the same value.

    Args:
        of: the code that a character becomes, below 0xFFFE; None where there is no such. Never asked for surrogates.
    """

    def __init__(self, of: Callable[[int], int | None]) -> None:
        self._of = of
        self._table = np.full(0x1_0000, _UNKNOWN, np.uint16)

    def map(self, codes: Codes) -> Codes | None:
        """What the characters become, one for one; None where one of them has no place in the table."""
        if not len(codes):
            return codes
        found = self._table.take(codes)
        most = found.max()
        if most == _UNKNOWN:
            self._learn(codes[found == _UNKNOWN])
            found = self._table.take(codes)
            most = found.max()
        return None if most >= _OTHER else found

    def _learn(self, codes: Codes) -> None:
        for code in np.unique(codes).tolist():
            value = None if 0xD800 <= code < 0xE000 else self._of(code)
            self._table[code] = _OTHER if value is None or value >= _OTHER else value


def encode(text: str) -> Codes:
    """The UTF-16 codes of a text, lone surrogates too; may not be written to."""
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)


def decode(codes: Codes) -> str:
    """The text of codes that hold no surrogates."""
    return codes.tobytes().decode("utf-16-le")
