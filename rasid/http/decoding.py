"""Content encodings undone within a limit. Pure.

The output is produced piece by piece and counted as it grows, so a body that unpacks to gigabytes costs no more than
the limit. Every decoder is asked for a bounded piece; none may hand out all it has at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator

import brotli
import zstandard

from rasid.errors import Park, Retry

#: What the client offers; `decode` knows each of them.
ACCEPTED = "gzip, deflate, br, zstd"
_PIECE = 65_536
_FIRST_SLICE = 512
_ZSTD_SLICE = 128
# Members of gzip and frames of zstd; a server that streams may send some, a million empty ones are an attack.
_MOST_PARTS = 1000
# A chain of encodings is legal, but nobody serves one of more than two on purpose.
_LONGEST_CHAIN = 2
# RFC 9659: a decoder for the web need not take a larger window.
_ZSTD_WINDOW = 8 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _RAW = 31, 15, -15


def decode(body: bytes, encoding: str, *, max_bytes: int) -> bytes:
    """Undo a Content-Encoding header's codings, the last applied first. An empty body is empty whatever it says.

    Raises:
        Park: ``too_large`` where the result is longer than `max_bytes`; ``unknown_encoding`` for one never offered.
        Retry: ``bad_encoding`` where the body is broken or ends too early.
    """
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in ("", "identity")]
    if not body:
        return body
    if len(names) > _LONGEST_CHAIN or any(name not in _DECODERS for name in names):
        raise Park("unknown_encoding", f"content-encoding {encoding[:80]!r} was not asked for")
    for name in reversed(names):
        try:
            body = _bounded(_DECODERS[name](body), max_bytes)
        except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
            raise Retry("bad_encoding", f"body is no whole {name}: {error}") from error
    return body


def _bounded(pieces: Iterator[bytes], max_bytes: int) -> bytes:
    kept, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > max_bytes:
            raise Park("too_large", f"unpacks to more than {max_bytes} bytes")
        kept.append(piece)
    return b"".join(kept)


def _gzip(body: bytes) -> Iterator[bytes]:
    """Members one after another; what follows the last one and is no member is padding."""
    at = yield from _inflate(_GZIP, body, 0)
    for _ in range(_MOST_PARTS):
        if not body.startswith(_GZIP_MAGIC, at):
            return
        at = yield from _inflate(_GZIP, body, at)
    raise zlib.error("too many members")


def _deflate(body: bytes) -> Iterator[bytes]:
    """RFC 1950, or the bare RFC 1951 stream that some servers send under the same name."""
    wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    yield from _inflate(_ZLIB if wrapped else _RAW, body, 0)


def _inflate(window: int, body: bytes, at: int) -> Generator[bytes, None, int]:
    """Unpack the stream that begins at `at`; gives back where it ends."""
    decoder = zlib.decompressobj(window)
    # The decoder copies what it did not consume at every turn: a small first slice keeps tiny members cheap.
    size = _FIRST_SLICE
    while not decoder.eof and at < len(body):
        rest = body[at : at + size]
        at += len(rest)
        size = _PIECE
        while rest and not decoder.eof:
            yield decoder.decompress(rest, _PIECE)
            rest = decoder.unconsumed_tail
    while not decoder.eof and (piece := decoder.decompress(b"", _PIECE)):
        yield piece
    if not decoder.eof:
        raise EOFError("it ends too early")
    return at - len(decoder.unused_data)


def _brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    piece = decoder.process(body, output_buffer_limit=_PIECE)
    while piece:
        yield piece
        piece = decoder.process(b"", output_buffer_limit=_PIECE) if not decoder.is_finished() else b""
    if not decoder.is_finished():
        raise EOFError("it ends too early")


def _zstd(body: bytes) -> Iterator[bytes]:
    """Frames one after another. The decoder cannot be asked for a bounded piece, so it is fed little at a time: a block
    takes at least 4 bytes and holds at most 128 KiB."""
    at = 0
    for _ in range(_MOST_PARTS):
        if at >= len(body):
            return
        decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        while not decoder.eof:
            if at >= len(body):
                raise EOFError("it ends too early")
            rest = body[at : at + _ZSTD_SLICE]
            at += len(rest)
            yield decoder.decompress(rest)
        at -= len(decoder.unused_data)
    raise zstandard.ZstdError("too many frames")


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
