"""The fingerprint of an article: by it copies are found (bands) and judged (shingles, numbers) without their texts.

One rule for ever for one `VERSION`: the folding, the shingles, the seeds and the hash functions decide what is
stored, so whatever changes one of them must raise the version. Fingerprints of two versions are never compared.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
import xxhash

from rasid.dedupe.shingles import (
    ANCHOR_BELOW,
    BANDS,
    HALF,
    LEAD,
    PERMUTATIONS,
    PLACES,
    SHINGLES_LIMIT,
    SMALLEST,
    SMALLEST_LEAD,
    WORD_BANDS,
    WORD_ROWS,
    Sketch,
    Words,
    runs,
    sketches,
)
from rasid.text.fold import fold
from rasid.text.words import figures_by, folded_words, read_all, words

VERSION = 2

#: Texts of fewer words are compared by equality alone: few shingles say little, and short notices are alike.
SHORT = 20
#: Words of a text that are looked at. Longer texts are transcripts and lists; their beginning tells them apart.
WORDS_LIMIT = 20_000
#: Numbers kept of one text.
NUMBERS_LIMIT = 64
#: Articles from which fingerprints are made in one go; characters of their texts, what a cache near the core holds; and
#: how many at most.
_GO_LEAST, _GO_CHARACTERS, _GO_TEXTS = 4, 2**16, 128

_NUMBER = re.compile(r"\d+(?:[.,\u066b\u066c]\d+)*")
_SEPARATORS = str.maketrans("", "", ".,\u066b\u066c")

_Hashes = npt.NDArray[np.uint64]
_Sketch = npt.NDArray[np.uint32]
_Places = npt.NDArray[np.intp]


_BAND_NUMBERS = np.arange(WORD_BANDS, dtype=np.uint64)
#: Bytes of a character by the first of them, in UTF-8.
_LENGTHS = np.array([1] * 0xC0 + [2] * 0x20 + [3] * 0x10 + [4] * 0x10)
_NO_SKETCH = Sketch(b"", 0, ())


@dataclass(frozen=True)
class Fingerprint:
    """What is stored of a text so that its copies can be found.

    Attributes:
        version: `VERSION` of the code that made it.
        exact: 16 bytes, equal for texts of the same words whatever their spelling variants, marks, punctuation and
            white space. Empty where the text has no words: such an article is nobody's copy, whatever its title.
        shingles: hashes of the 3-word shingles, 4 bytes each, in the order of the text, each once; at most
            `SHINGLES_LIMIT`. Empty for a text under `SHORT` words.
        scale: one shingle of 2**scale was kept.
        bands: signed 64-bit integers, at most `BANDS`; two texts that share one are candidates. Empty for a short text.
        tokens: words in the text.
        numbers: the numbers of the text, sorted, repeats kept, digit groups and decimals run together, below 2**31.
    """

    version: int
    exact: bytes
    shingles: bytes
    scale: int
    bands: tuple[int, ...]
    tokens: int
    numbers: tuple[int, ...]

    @property
    def ordered(self) -> _Sketch:
        """`shingles` as numbers."""
        return np.frombuffer(self.shingles, dtype="<u4")

    @cached_property
    def by_hash(self) -> tuple[_Sketch, _Places]:
        """The shingles by size, and the place of each in `ordered`."""
        ordered = self.ordered
        places = np.argsort(ordered)
        return ordered[places], places

    def forget(self) -> None:
        """Let go of `by_hash`: three times as large as the fingerprint, and needed of the new one alone."""
        self.__dict__.pop("by_hash", None)


def fingerprint(title: str, text: str) -> Fingerprint:
    """The fingerprint of an article.

    The text alone counts, since outlets put their own title on a wire text; for a text under `SHORT` words the title
    counts with it, or every caption "watch the video" would be a copy of the others.
    """
    folded, found = folded_words(text)
    found = found[:WORDS_LIMIT]
    numbers = _numbers(figures_by(_NUMBER, folded))
    if len(found) < SHORT:
        return Fingerprint(VERSION, _short_hash(title, list(map(_bytes, found))), *_NO_SKETCH, len(found), numbers)
    joined = _bytes(" ".join(found))
    hashes = _hashes(joined)
    threes, fours = runs(hashes)
    shingles, scale = _sketch(threes)
    bands = _bands(hashes, fours, np.fromiter(map(len, found), np.int64, len(found)) > 3)
    return Fingerprint(VERSION, _hash(joined), shingles, scale, bands, len(found), numbers)


def fingerprints(items: Sequence[tuple[str, str]]) -> list[Fingerprint]:
    """The fingerprints of many articles, each a title and a text, in their order: the same as `fingerprint` gives, in
    less than half of the time.
    """
    made: list[Fingerprint] = []
    for some in _goes(items):
        if len(some) < _GO_LEAST:
            made += [fingerprint(title, text) for title, text in some]
            continue
        read = read_all([text for _, text in some])
        joined = [_bytes(one.joined) for one in read]
        words_ = [one.split(b" ", WORDS_LIMIT)[:WORDS_LIMIT] if one else [] for one in joined]
        drawn = iter(_sketches([found for found in words_ if len(found) >= SHORT]))
        for (title, _), one, whole, found in zip(some, read, joined, words_, strict=True):
            if len(found) < SHORT:
                exact, sketch = _short_hash(title, found), _NO_SKETCH
            else:
                exact, sketch = _hash(whole if len(found) < WORDS_LIMIT else b" ".join(found)), next(drawn)
            numbers = _numbers(figures_by(_NUMBER, one.folded, one.digits))
            made.append(Fingerprint(VERSION, exact, *sketch, len(found), numbers))
    return made


def _goes(items: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    """Parts of `items`, in order."""
    start = characters = 0
    for at, (_, text) in enumerate(items):
        characters += len(text)
        if at > start and (characters > _GO_CHARACTERS or at - start == _GO_TEXTS):
            yield items[start:at]
            start, characters = at, len(text)
    if start < len(items):
        yield items[start:]


def _sketches(texts: Sequence[Sequence[bytes]]) -> list[Sketch]:
    """Of the words of each text."""
    if not texts:
        return []
    flat = list(chain.from_iterable(texts))
    hashes = np.frombuffer(b"".join(map(xxhash.xxh3_64_digest, flat)), ">u8").astype(np.uint64)
    return sketches(Words(hashes, _are_long(b" ".join(flat)), np.array(list(map(len, texts)), np.int64)))


def _are_long(joined: bytes) -> npt.NDArray[np.bool_]:
    """Whether each word has more than three characters."""
    raw = np.frombuffer(joined, np.uint8)
    ends = np.append(np.flatnonzero(raw == 0x20), len(raw))
    at = np.append(0, ends[:-1] + 1)
    for _ in range(3):
        at += _LENGTHS.take(raw.take(at, mode="clip"))
    return at < ends


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much wording two texts share; all shares are 0 to 1.

    Attributes:
        jaccard: shared shingles of all that either has.
        inside: shared shingles of those that the text with fewer has.
        lead: shared shingles of those in the new text's lead.
        exchange: how the rest of the shorter text differs; None where that is not needed, as the shares say enough.
    """

    jaccard: float = 0.0
    inside: float = 0.0
    lead: float = 0.0
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Whether one text is the other with words exchanged here and there, by what stands between shared passages.

    Attributes:
        spread: of stretches of `STRETCH` shingles of the shorter text, those that hold a shared one. A report that
            repeats a passage shares it there alone.
        scatter: shared passages, of those that as many words would leave if they were exchanged one by one by chance;
            may be above 1. An editor rewrites whole sentences and leaves others.
        even: of the gaps between shared passages, those in which both texts have as many words: a word in the place of
            a word. An editor puts words in and takes others out.
        gaps: how many gaps there are.
    """

    spread: float
    scatter: float
    even: float
    gaps: int


_NO_OVERLAP = Overlap()
STRETCH: Final = 16
# Shares from which shared wording alone says enough, and under which it says nothing.
_ENOUGH, _ENOUGH_INSIDE, _NOTHING = 0.6, 0.9, 0.2


def overlap(new: Fingerprint, old: Fingerprint) -> Overlap:
    """Compare two fingerprints of one version; nothing is shared where either text is short.

    >>> one, other = fingerprint("", " ".join(map(str, range(90)))), fingerprint("", " ".join(map(str, range(45))))
    >>> overlap(one, other).inside, overlap(one, one).jaccard
    (1.0, 1.0)
    """
    if not new.shingles or not old.shingles or (new.scale == old.scale and not _share_any(new, old)):
        return _NO_OVERLAP
    (values, places), ordered = _at_one_scale(new, old)
    if not len(values) or not len(ordered):
        return Overlap()
    at = np.searchsorted(values, ordered)
    at[at == len(values)] = 0
    in_old = np.flatnonzero(values[at] == ordered)
    in_new = places[at[in_old]]
    shared = len(in_new)
    jaccard, inside = shared / (len(values) + len(ordered) - shared), shared / min(len(values), len(ordered))
    wanted = jaccard < _ENOUGH and _NOTHING <= inside < _ENOUGH_INSIDE
    exchange = _exchange(in_new, in_old, len(values), len(ordered)) if wanted else None
    lead = max(1, min(LEAD >> max(new.scale, old.scale), len(values)))
    return Overlap(jaccard, inside, int(np.count_nonzero(in_new < lead)) / lead, exchange)


def _share_any(new: Fingerprint, old: Fingerprint) -> bool:
    """Whether two fingerprints of one scale share a shingle, as most do not that share but a band of single words."""
    both = np.frombuffer(new.shingles + old.shingles, dtype="<u4").astype(np.uint32)
    both.sort()
    return bool((both[1:] == both[:-1]).any())


def _at_one_scale(new: Fingerprint, old: Fingerprint) -> tuple[tuple[_Sketch, _Places], _Sketch]:
    """The new one's shingles by size with their places, and the old one's in order, as the coarser of both keeps."""
    (values, places), ordered = new.by_hash, old.ordered
    if old.scale > new.scale:
        values = values[: int(np.searchsorted(values, 2 ** (32 - old.scale)))]
        places = np.argsort(np.argsort(places[: len(values)]))
    elif new.scale > old.scale:
        ordered = ordered[ordered < 2 ** (32 - new.scale)]
    return (values, places), ordered


def _exchange(in_new: _Places, in_old: _Places, length_new: int, length_old: int) -> Exchange:
    """From the places of the shared shingles, pair by pair."""
    short, length, other = (in_new, length_new, in_old) if length_new <= length_old else (in_old, length_old, in_new)
    order = np.argsort(short)
    steps, partner = np.diff(short[order]), np.diff(other[order])
    gaps = (steps != 1) | (partner != 1)
    count = int(np.count_nonzero(gaps))
    share = len(short) / length
    rate = 1 - share ** (1 / 3)
    expected = length * rate * share
    stretches = np.unique(short // STRETCH)
    return Exchange(
        len(stretches) / (1 + (length - 1) // STRETCH),
        (int(np.count_nonzero(steps != 1)) + 1) / expected,
        int(np.count_nonzero(steps[gaps] == partner[gaps])) / count if count else 0.0,
        count,
    )


def pack(print_: Fingerprint) -> bytes:
    """Shingles, length and numbers as one string of bytes, for a store that keeps the other fields beside it."""
    head = struct.pack("<IHBB", print_.tokens, len(print_.shingles) // 4, print_.scale, len(print_.numbers))
    return head + print_.shingles + struct.pack(f"<{len(print_.numbers)}I", *print_.numbers)


def unpack(version: int, exact: bytes, data: bytes, bands: Sequence[int] = ()) -> Fingerprint:
    """The fingerprint whose `pack` is `data`.

    Raises:
        ValueError: `data` was not made by `pack`.
    """
    try:
        tokens, kept, scale, count = struct.unpack_from("<IHBB", data)
        numbers = struct.unpack_from(f"<{count}I", data, 8 + 4 * kept)
    except struct.error as error:
        raise ValueError(f"not a packed fingerprint: {len(data)} bytes") from error
    return Fingerprint(version, exact, data[8 : 8 + 4 * kept], scale, tuple(bands), tokens, numbers)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _hashes(joined: bytes) -> _Hashes:
    """One hash for each word."""
    found = joined.split(b" ")
    return np.fromiter(map(xxhash.xxh3_64_intdigest, found), np.uint64, len(found))


def _sketch(threes: _Hashes) -> tuple[bytes, int]:
    """The shingles that are kept, and the scale."""
    short = (threes >> HALF).astype("<u4")
    # Of equals the first: by size, and by place within a size.
    first = short.argsort(kind="stable")
    values = short[first]
    new = np.empty(len(values), np.bool_)
    new[0] = True
    np.not_equal(values[1:], values[:-1], out=new[1:])
    scale, kept = 0, len(values)
    if not new.all():
        first, values = first[new], values[new]
        kept = len(values)
    while kept > SHINGLES_LIMIT:
        scale += 1
        kept = int(values[:kept].searchsorted(2 ** (32 - scale)))
    if kept == len(short):
        return short.tobytes(), scale
    first = first[:kept]
    first.sort()
    return short[first].tobytes(), scale


def _bands(hashes: _Hashes, anchors: _Hashes, long: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    lead = anchors[:LEAD].copy()
    lead.sort()
    anchors.sort()
    chosen = max(SMALLEST, min(int(anchors.searchsorted(ANCHOR_BELOW)), BANDS - 32))
    single = hashes[long] if long.any() else hashes
    rows = np.minimum.reduce(single * PERMUTATIONS[:, None], axis=1).reshape(WORD_BANDS, WORD_ROWS)
    rows *= PLACES[:WORD_ROWS]
    of_words = np.add.reduce(rows, axis=1) + _BAND_NUMBERS
    found: list[int] = np.concatenate((anchors[:chosen], lead[:SMALLEST_LEAD], of_words)).view(np.int64).tolist()
    return tuple(dict.fromkeys(found))


def _hash(joined: bytes) -> bytes:
    return blake2b(joined, digest_size=16).digest()


def _short_hash(title: str, found: Sequence[bytes]) -> bytes:
    heading = map(_bytes, words(fold(title))[:WORDS_LIMIT])
    return _hash(b" ".join([*heading, b"|", *found])) if found else b""


def _numbers(written: Iterable[re.Match[str]]) -> tuple[int, ...]:
    found: list[int] = []
    for match in written:
        digits = match[0]
        if len(digits) > 20 or not (digits.isascii() and digits.isdecimal()):
            digits = "".join(c for c in digits.translate(_SEPARATORS)[:20] if c.isascii())
        if digits:
            found.append(int(digits) & 0x7FFF_FFFF)
        if len(found) == NUMBERS_LIMIT:
            break
    return tuple(sorted(found))
