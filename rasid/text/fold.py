"""Folding: what two spellings of one Arabic (or Latin) word share.

The original is always kept elsewhere; a folded text is for comparing, matching, hashing and searching only.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from rasid.text import codes

# Tashkeel, Quranic marks, tatweel, zero-width and bidi marks, soft hyphen, BOM: carry no letter.
_DROP = "".join(
    chr(c)
    for c in (
        *range(0x0610, 0x061B), 0x061C, 0x0640, *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06DD),
        *range(0x06DF, 0x06E5), 0x06E7, 0x06E8, *range(0x06EA, 0x06EE), *range(0x08D3, 0x08E2), *range(0x08E3, 0x0900),
        0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF,
    )
)  # fmt: skip
_LETTERS = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه",
    "ک": "ك", "ؤ": "و", "ئ": "ي",
}  # fmt: skip
_DIGITS = {chr(base + d): str(d) for base in (0x0660, 0x06F0) for d in range(10)}
_TABLE = str.maketrans({**dict.fromkeys(_DROP), **_LETTERS, **_DIGITS})
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")


def has_arabic(text: str) -> bool:
    """Whether any letter of the Arabic script occurs in `text`."""
    return _ARABIC.search(text) is not None


class _FoldTable(dict[int, str]):
    """A `str.translate` table that works out each character when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        # Turkish İ and ı both become i: lower() alone would leave a combining dot behind.
        lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).lower()).replace("ı", "i")
        kept = "".join(c for c in lowered if not unicodedata.combining(c))
        self[code] = folded = kept.translate(_TABLE)
        return folded


_FOLD = _FoldTable()


def _one(code: int) -> int | None:
    """The one character that a character folds to, 0 for none; None where that is several."""
    folded = _FOLD[code]
    # NUL stands for "none" below, so a text with a real one goes the slower way.
    return None if len(folded) > 1 or not code else ord(folded) if folded else 0


_CODES = codes.CodeTable(_one)


def fold(text: str) -> str:
    """Fold `text`: marks and tatweel dropped, alef, ya, kaf and ta marbuta unified, digits ASCII, Latin accents off,
    lower case. White space and punctuation stay. Idempotent: ``fold(fold(x)) == fold(x)``.

    >>> fold("القامِشلـي ١٩ Kamışlı")
    'القامشلي 19 kamisli'
    """
    if text.isascii():
        return text.lower()
    if len(text) >= codes.WORTH:
        found = _CODES.map(codes.encode(text))
        if found is not None:
            return codes.decode(found if found.all() else found[found != 0])
    return text.translate(_FOLD)


def fold_all(raw: codes.Codes, ends: codes.Ends) -> tuple[codes.Codes, codes.Ends, set[int]]:
    """Fold the codes of many texts that stand one after the other.

    Returns:
        The folded codes, where each text ends in them, and which texts must be folded by themselves: what stands for
        them here is of no worth.
    """
    folded = _CODES.look(raw)
    alone = codes.texts_of(folded >= codes.NO_PLACE, ends)
    dropped = np.flatnonzero(folded == 0)
    if len(dropped):
        folded, ends = folded[folded != 0], ends - np.searchsorted(dropped, ends)
    return folded, ends, alone


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Fold `text` and tell where each folded character came from.

    Returns:
        The folded text, and a list one longer than it: ``offsets[i]`` is the index in `text` of the character that
        gave folded character ``i``; the last item is ``len(text)``. The span ``[a, b)`` of the folded text is
        ``text[offsets[a]:offsets[b - 1] + 1]`` in the original.
    """
    out: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        folded = char.translate(_FOLD)
        if folded:
            out.append(folded)
            offsets.extend([index] * len(folded))
    offsets.append(len(text))
    return "".join(out), offsets
