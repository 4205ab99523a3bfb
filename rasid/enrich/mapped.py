"""The compiled gazetteer as one file that is mapped, not read: all processes of a machine share its pages.

Layout, in the byte order of the machine, each part at a multiple of four bytes::

    magic, size of the head | head (MessagePack) | slots | names | starts of entries | entries

`slots` is a hash table with open addressing: 4 bytes each, the place of a word or name behind the start of `names`
plus one, or 0. There stand the length of the key (2 bytes), the key in UTF-8, which lengths the names have that begin
with it (a byte, bit n for n + 1 words), the number of its bearers (a byte), the bytes of the second words (4 bytes),
the bearers (8 bytes each), and the second words with blanks between. An entry is a MessagePack array. A look-up costs
about a microsecond, a tenth of that where it was asked before.

A file is put in the place of another, never written into: a process that has it mapped would die of lost pages.
"""

from __future__ import annotations

import mmap
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import msgspec

from rasid.enrich.listed import MOST_WORDS, Compiled, Entry, Openings, Source, nationality_words

#: Raised with every change of the layout.
_MAGIC = f"rasid-gazetteer-1-{sys.byteorder:<6}\n".encode()
_HEAD_SIZE = struct.Struct("=I")
_SAID = struct.Struct("=BBI")
#: Names and entries that were asked for last are kept decoded: what one text names, the next names too.
_KEPT_NAMES, _KEPT_ENTRIES = 16_384, 8_192
_MOST_BEARERS = 255
#: Lengths by their bits, the longest first.
_LENGTHS = [tuple(n + 1 for n in reversed(range(MOST_WORDS)) if bits >> n & 1) for bits in range(1 << MOST_WORDS)]
_LONGEST_KEY = 65_535


class _Head(msgspec.Struct, array_like=True):
    """Sizes in bytes, but `slots` and `entries` in pieces."""

    key: str
    slots: int
    names: int
    entries: int
    entry_bytes: int
    blocked: list[str]
    nationalities: list[str]
    sources: list[Source]
    areas: dict[str, int]
    lists: str


class Mapped:
    """A compiled gazetteer over the bytes of a file. See `rasid.enrich.listed.Listed`.

    Raises:
        ValueError: these are not the bytes of one, or not all of them.
    """

    def __init__(self, data: bytes | mmap.mmap) -> None:
        head, at = _head_of(data)
        self.key = head.key
        self.lists = head.lists
        self.blocked = frozenset(head.blocked)
        self.nationalities = frozenset(head.nationalities)
        self.sources = head.sources
        self._areas = head.areas
        view = memoryview(data)
        self._data = data
        self._mask = head.slots - 1
        self._slots = view[at : at + 4 * head.slots].cast("I")
        self._names = at + 4 * head.slots
        starts = self._names + head.names
        self._entries = starts + 4 * (head.entries + 1)
        self._starts = view[starts : self._entries].cast("I")
        self._decode = msgspec.msgpack.Decoder(Entry).decode
        self.entry = lru_cache(maxsize=_KEPT_ENTRIES)(self._entry)
        self.bearers = lru_cache(maxsize=_KEPT_NAMES)(self._bearers)

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._starts) - 1

    def openings(self, word: str) -> Openings | None:
        """Of the names that begin with a folded word; None where none does."""
        at = self._find(word.encode())
        if not at:
            return None
        bits, bearers, size = _SAID.unpack_from(self._data, at)
        start = at + _SAID.size + 8 * bearers
        return Openings(_LENGTHS[bits], frozenset(self._data[start : start + size].decode().split())) if bits else None

    def area(self, code: str) -> Entry | None:
        """The province of a GeoNames code (SY.04), or the country of an ISO code; None where there is none."""
        number = self._areas.get(code)
        return None if number is None else self.entry(number)

    def names(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """All names with their bearers, in no order."""
        for slot in self._slots:
            if slot:
                at = self._names + slot - 1
                (length,) = struct.unpack_from("=H", self._data, at)
                key = self._data[at + 2 : at + 2 + length].decode()
                if found := self._unpack(at + 2 + length):
                    yield key, found

    def _entry(self, number: int) -> Entry:
        starts, base = self._starts, self._entries
        return self._decode(self._data[base + starts[number] : base + starts[number + 1]])

    def _bearers(self, key: str) -> tuple[int, ...] | None:
        at = self._find(key.encode())
        return self._unpack(at) or None if at else None

    def _unpack(self, at: int) -> tuple[int, ...]:
        return struct.unpack_from(f"={self._data[at + 1]}Q", self._data, at + _SAID.size)

    def _find(self, key: bytes) -> int:
        """Where what is said of a key begins; 0 where it is unknown."""
        data, slots, mask, names = self._data, self._slots, self._mask, self._names
        slot = crc32(key) & mask
        wanted = len(key).to_bytes(2, sys.byteorder) + key
        while at := slots[slot]:
            at += names - 1
            end = at + len(wanted)
            if data[at:end] == wanted:
                return end
            slot = (slot + 1) & mask
        return 0


def _head_of(data: bytes | mmap.mmap) -> tuple[_Head, int]:
    """The head, and where the slots begin."""
    start = len(_MAGIC) + _HEAD_SIZE.size
    if len(data) < start or data[: len(_MAGIC)] != _MAGIC:
        raise ValueError("this is no compiled gazetteer")
    (size,) = _HEAD_SIZE.unpack_from(data, len(_MAGIC))
    try:
        head = msgspec.msgpack.decode(data[start : start + size], type=_Head)
    except msgspec.DecodeError as problem:
        raise ValueError(f"the head of the compiled gazetteer cannot be read: {problem}") from problem
    at = _aligned(start + size)
    whole = at + 4 * head.slots + head.names + 4 * (head.entries + 1) + head.entry_bytes
    if len(data) != whole:
        raise ValueError(f"the compiled gazetteer has {len(data)} bytes in place of {whole}")
    return head, at


def _aligned(size: int) -> int:
    return size + -size % 4


def map_file(path: Path) -> Mapped:
    """A compiled gazetteer on disk. It may be replaced or removed while it is mapped.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none, or is not whole.
    """
    with path.open("rb") as file:
        return Mapped(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def pack(compiled: Compiled) -> bytes:
    """The bytes of a file."""
    entry_bytes = [msgspec.msgpack.encode(entry) for entry in compiled.entries]
    starts = [0]
    for one in entry_bytes:
        starts.append(starts[-1] + len(one))
    slots, names = _table(compiled)
    names += bytes(_aligned(len(names)) - len(names))
    head = _Head(
        compiled.key, len(slots), len(names), len(entry_bytes), starts[-1],
        compiled.blocked, nationality_words(compiled.names, compiled.entries), compiled.sources,
        compiled.areas, compiled.lists,
    )  # fmt: skip
    encoded = msgspec.msgpack.encode(head)
    start = _MAGIC + _HEAD_SIZE.pack(len(encoded)) + encoded
    gap = bytes(_aligned(len(start)) - len(start))
    return b"".join((start, gap, _words(slots), names, _words(starts), *entry_bytes))


def _words(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)


def _table(compiled: Compiled) -> tuple[list[int], bytearray]:
    """The slots and the names. At most half of the slots are taken, so that a look-up needs one or two steps."""
    openings = _openings(compiled.names)
    keys = sorted({*compiled.names, *openings})
    slots = [0] * max(2, 1 << (2 * len(keys) - 1).bit_length())
    names = bytearray()
    for key in keys:
        data = key.encode()
        if len(data) > _LONGEST_KEY:
            continue
        slot = crc32(data) & (len(slots) - 1)
        while slots[slot]:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = len(names) + 1
        bearers = compiled.names.get(key, [])[:_MOST_BEARERS]
        bits, seconds = openings.get(key, (0, set()))
        more = " ".join(sorted(seconds)).encode()
        names += len(data).to_bytes(2, sys.byteorder) + data + _SAID.pack(bits, len(bearers), len(more))
        names += struct.pack(f"={len(bearers)}Q", *bearers) + more
    return slots, names


def _openings(names: Iterable[str]) -> dict[str, tuple[int, set[str]]]:
    """By first word: the lengths of the names that begin with it, as bits, and their second words."""
    found: dict[str, tuple[int, set[str]]] = {}
    for name in names:
        first, *rest = name.split(" ")
        bits, seconds = found.setdefault(first, (0, set()))
        seconds.update(rest[:1])
        found[first] = (bits | 1 << len(rest), seconds)
    return found
