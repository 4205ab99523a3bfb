"""The fingerprint of an article: by it copies are found (bands) and judged (signature, numbers) without their texts.

One rule for ever for one `VERSION`: the folding, the shingles, the seeds and the hash functions below decide what is
stored, so whatever changes one of them must raise the version. Fingerprints of two versions are never compared.
"""

from __future__ import annotations

import re
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import xxhash
from rensa import RMinHash  # type: ignore[attr-defined]  # a compiled module that re-exports by star

from rasid.text.fold import fold
from rasid.text.words import words

VERSION = 1

#: Texts of fewer words are compared by equality alone: few shingles say little, and short notices are alike.
SHORT = 20
#: Words of a text that are looked at. Longer texts are transcripts and lists; their beginning tells them apart.
WORDS_LIMIT = 20_000
#: Words that make the lead. A shortened copy keeps them, whatever else it drops.
LEAD = 48
#: Numbers kept of one text.
NUMBERS_LIMIT = 64

PERMUTATIONS = 128
#: Bytes of a signature: one byte a permutation for the 3-word shingles, then one for the single words.
SIGNATURE_BYTES = 2 * PERMUTATIONS
_SEED = 0x5241_5349
# Bands of shingles find what shares wording (half of the shingles: always; a fifth: 5 of 10), bands of the lead find
# shortened copies, bands of single words (three rows, since unrelated articles share words) find copies in which words
# were exchanged. Together they miss no pair of real copies that shares half, 1 in 9 that shares a fifth, and bring
# about 1.5 candidates for an article in a stream of some thousand.
_TEXT_BANDS, _TEXT_ROWS = 18, 2
_LEAD_BANDS, _LEAD_ROWS = 6, 2
_WORD_BANDS, _WORD_ROWS = 8, 3
#: Bands of one fingerprint; a short text has none.
BANDS = _TEXT_BANDS + _LEAD_BANDS + _WORD_BANDS

_NUMBER = re.compile(r"\d+(?:[.,\u066b\u066c]\d+)*")
_SEPARATORS = str.maketrans("", "", ".,\u066b\u066c")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is stored of a text so that its copies can be found.

    Attributes:
        version: `VERSION` of the code that made it.
        exact: 16 bytes, equal for texts of the same words whatever their spelling variants, marks, punctuation and
            white space. Empty where the text has no words: such an article is nobody's copy, whatever its title.
        signature: `SIGNATURE_BYTES` bytes; empty for a text under `SHORT` words.
        bands: `BANDS` signed 64-bit integers; two texts that share one are candidates. Empty for a short text.
        tokens: words in the text.
        numbers: the numbers of the text, sorted, repeats kept, digit groups and decimals run together, below 2**31.
    """

    version: int
    exact: bytes
    signature: bytes
    bands: tuple[int, ...]
    tokens: int
    numbers: tuple[int, ...]


def fingerprint(title: str, text: str) -> Fingerprint:
    """The fingerprint of an article.

    The text alone counts, since outlets put their own title on a wire text; for a text under `SHORT` words the title
    counts with it, or every caption "watch the video" would be a copy of the others.
    """
    folded = fold(text)
    found = words(folded)[:WORDS_LIMIT]
    numbers = _numbers(folded)
    if len(found) < SHORT:
        return Fingerprint(VERSION, _short_hash(title, found), b"", (), len(found), numbers)
    shingles = _shingles(found)
    digest = _minhash(set(shingles))
    lead = _minhash(set(shingles[:LEAD]))
    single = _minhash({word for word in found if len(word) > 3} or set(found))
    bands = (
        *_bands(digest, _TEXT_BANDS, _TEXT_ROWS, salt=0),
        *_bands(lead, _LEAD_BANDS, _LEAD_ROWS, salt=100),
        *_bands(single, _WORD_BANDS, _WORD_ROWS, salt=200),
    )
    return Fingerprint(VERSION, _hash(found), _low_bytes(digest) + _low_bytes(single), bands, len(found), numbers)


def similarity(a: bytes, b: bytes) -> float:
    """Jaccard similarity (0 to 1) of the 3-word shingles behind two signatures; standard error 0.03 to 0.045.

    0 where either is empty.

    >>> one = fingerprint("", "one two three four five " * 10).signature
    >>> similarity(one, one), similarity(one, b"")
    (1.0, 0.0)
    """
    return _share(a[:PERMUTATIONS], b[:PERMUTATIONS])


def word_similarity(a: bytes, b: bytes) -> float:
    """Jaccard similarity (0 to 1) of the sets of longer words behind two signatures; 0 where either is empty."""
    return _share(a[PERMUTATIONS:], b[PERMUTATIONS:])


def lead_similarity(new: Fingerprint, old: Fingerprint) -> float:
    """Share (0 to 1) of the bands of a text's lead that another has too; coarse, as there are few.

    Of `old`, no other bands are needed than those that the two have in common.
    """
    lead = new.bands[_TEXT_BANDS : _TEXT_BANDS + _LEAD_BANDS]
    return len(set(lead).intersection(old.bands)) / _LEAD_BANDS


def pack(print_: Fingerprint) -> bytes:
    """Signature, length and numbers as one string of bytes, for a store that keeps the other fields beside it."""
    head = struct.pack("<IHH", print_.tokens, len(print_.signature), len(print_.numbers))
    return head + print_.signature + struct.pack(f"<{len(print_.numbers)}I", *print_.numbers)


def unpack(version: int, exact: bytes, data: bytes, bands: Sequence[int] = ()) -> Fingerprint:
    """The fingerprint whose `pack` is `data`.

    Raises:
        ValueError: `data` was not made by `pack`.
    """
    try:
        tokens, length, count = struct.unpack_from("<IHH", data)
        numbers = struct.unpack_from(f"<{count}I", data, 8 + length)
    except struct.error as error:
        raise ValueError(f"not a packed fingerprint: {len(data)} bytes") from error
    return Fingerprint(version, exact, data[8 : 8 + length], tuple(bands), tokens, numbers)


def _share(a: bytes, b: bytes) -> float:
    if not a or len(a) != len(b):
        return 0.0
    differing = int.from_bytes(a, "little") ^ int.from_bytes(b, "little")
    same = differing.to_bytes(len(a), "little").count(0) / len(a)
    # One value in 256 agrees by chance, as a byte is kept of each (b-bit minwise hashing, Li and König 2010).
    return max(0.0, (same - 1 / 256) / (1 - 1 / 256))


def _shingles(found: list[str]) -> list[str]:
    return list(map(" ".join, zip(found, found[1:], found[2:], strict=False)))


def _minhash(items: Iterable[str]) -> array[int]:
    sketch = RMinHash(PERMUTATIONS, _SEED)
    sketch.update(list(items))
    digest = array("I", sketch.digest())
    if sys.byteorder == "big":
        digest.byteswap()
    return digest


def _low_bytes(digest: array[int]) -> bytes:
    return digest.tobytes()[:: digest.itemsize]


def _bands(digest: array[int], count: int, rows: int, *, salt: int) -> Iterable[int]:
    raw = digest.tobytes()
    width = rows * digest.itemsize
    for number in range(count):
        value = xxhash.xxh3_64_intdigest(raw[number * width : (number + 1) * width], seed=salt + number)
        yield value - 2**64 if value >= 2**63 else value


def _hash(found: list[str]) -> bytes:
    return blake2b(" ".join(found).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _short_hash(title: str, found: list[str]) -> bytes:
    return _hash([*words(fold(title))[:WORDS_LIMIT], "|", *found]) if found else b""


def _numbers(folded: str) -> tuple[int, ...]:
    found: list[int] = []
    for match in _NUMBER.finditer(folded):
        digits = "".join(c for c in match[0].translate(_SEPARATORS)[:20] if c.isascii())
        if digits:
            found.append(int(digits) & 0x7FFF_FFFF)
        if len(found) == NUMBERS_LIMIT:
            break
    return tuple(sorted(found))
