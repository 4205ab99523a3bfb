"""Packs page bodies with zstd, those of a site with an earlier page of the same site as dictionary. No SQL.

Pages of one site share their frame: with another page as raw dictionary they take a fifth of the room that they take
alone (measured by ``benchmarks/pages.py``).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import zstandard

#: Level 6: 5.4 to 1 on news pages at 86 MB/s; level 3 saves 1 ms a page and costs 8 % more room.
LEVEL = 6
#: Dictionaries kept ready in a process. Each takes about the size of a page, three times that where it packs.
_KEPT = 64


class Dictionary:
    """A page as the dictionary of others. Safe to share between threads."""

    def __init__(self, body: bytes) -> None:
        self._data = zstandard.ZstdCompressionDict(body, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self._ready = False
        self._lock = threading.Lock()

    def pack(self, body: bytes) -> bytes:
        with self._lock:
            if not self._ready:
                # Its index is built once, not for every page.
                self._data.precompute_compress(level=LEVEL)
                self._ready = True
        return zstandard.ZstdCompressor(level=LEVEL, dict_data=self._data).compress(body)

    def unpack(self, data: bytes) -> bytes:
        """What `pack` packed.

        Raises:
            zstandard.ZstdError: it was packed with another dictionary, or is damaged.
        """
        return zstandard.ZstdDecompressor(dict_data=self._data).decompress(data)


class Dictionaries:
    """The dictionaries of a process, by the id of the page that each is; those not used for long are let go."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[int, Dictionary] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, page_id: int, load: Callable[[], bytes | None]) -> Dictionary | None:
        """The dictionary that page `page_id` is; `load` gives its body, None where it cannot be had any more."""
        with self._lock:
            found = self._by_id.get(page_id)
            if found is not None:
                self._by_id.move_to_end(page_id)
                return found
        body = load()
        if body is None:
            return None
        return self.put(page_id, body)

    def put(self, page_id: int, body: bytes) -> Dictionary:
        """Make page `page_id`, whose body is known, a dictionary."""
        made = Dictionary(body)
        with self._lock:
            made = self._by_id.setdefault(page_id, made)
            self._by_id.move_to_end(page_id)
            while len(self._by_id) > _KEPT:
                self._by_id.popitem(last=False)
        return made


def pack(body: bytes) -> bytes:
    """`body` packed alone."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(body)


def unpack(data: bytes) -> bytes:
    """What `pack` packed.

    Raises:
        zstandard.ZstdError: it is damaged.
    """
    return zstandard.ZstdDecompressor().decompress(data)
