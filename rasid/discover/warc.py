"""Reads web archives (WARC 1.0 and 1.1, plain or gzip, as Common Crawl's news archive has them): captures of pages,
one after the other, whatever the archive's size. Pure but for the stream that it is given.

The format: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from rasid.errors import ItemError
from rasid.http.decoding import decode

_KINDS = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit
_PIECE = 1_048_576
_GZIP_START, _PLAIN_START = b"\x1f\x8b\x08", b"WARC/1."
#: Damaged places that are stepped over before the rest of an archive is given up.
_MOST_DAMAGE = 10_000
#: Headers that a later look at a page can need.
_KEPT = frozenset({"content-type", "content-language", "last-modified", "etag", "date", "link", "x-robots-tag"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: `skip` records after the one that begins at byte `offset` of the file."""

    offset: int = 0
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Capture:
    """One page as a crawler met it.

    `at` is the crawler's clock, aware. `body` has its content encoding undone. `place` is where to go on after it.
    """

    url: str
    at: datetime
    status: int
    headers: dict[str, str]
    body: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class Passed:
    """A record that gave no page, and why: ``revisit no_page_url not_http status_404 not_html empty too_large
    truncated damaged bad_encoding no_date``."""

    reason: str
    place: Place
    url: str | None = None


def read_archive(
    stream: BinaryIO, *, after: Place | None = None, types: tuple[str, ...], max_bytes: int
) -> Iterator[Capture | Passed]:
    """Captures of an archive in its order; records of other sorts (requests, metadata, DNS) are not told.

    A damaged place is told as one `Passed` and stepped over: the next record that can be found goes on.

    Args:
        stream: can be read and sought.
        after: go on behind this record, which was read before.
        types: media types that are pages.
        max_bytes: longest body, unpacked.
    """
    counted = _is_one_piece(stream)
    last, skip = (after, after.skip + 1) if after is not None else (Place(), 0)
    for _ in range(_MOST_DAMAGE):
        try:
            for record, place in _records(stream, last.offset, skip, counted=counted):
                last = place
                found = _read(record, place, types, max_bytes)
                if found is not None:
                    yield found
            return
        except OSError:
            # The reader is of no use behind a fault: it begins anew at the next thing that looks like a record.
            start = None if counted else _next_start(stream, last.offset + 1)
            yield Passed("damaged", last)
            if start is None:
                return
            last, skip = Place(start), 0


def _is_one_piece(stream: BinaryIO) -> bool:
    """Whether an archive was packed as a whole: then no record of it has a place of its own in the file."""
    stream.seek(0)
    if stream.read(2) != _GZIP_START[:2]:
        return False
    stream.seek(0)
    try:
        places = [record.stream_pos for record in islice(_iterator(stream), 2)]
    except OSError:
        return False
    stream.seek(places[-1] if places else 0)
    return stream.read(2) != _GZIP_START[:2]


def _iterator(stream: BinaryIO) -> ArchiveIterator:
    return ArchiveIterator(stream, record_types=WarcRecordType.any_type, parse_http=False)


def _records(stream: BinaryIO, offset: int, skip: int, *, counted: bool) -> Iterator[tuple[WarcRecord, Place]]:
    stream.seek(offset)
    for number, record in enumerate(_iterator(stream)):
        if number >= skip:
            yield record, Place(offset, number) if counted else Place(record.stream_pos, 0)


def _next_start(stream: BinaryIO, offset: int) -> int | None:
    """Where the next record may begin, at `offset` or behind it; None where there is nothing more."""
    stream.seek(offset)
    tail = b""
    while piece := stream.read(_PIECE):
        window = tail + piece
        starts = [at for mark in (_GZIP_START, _PLAIN_START) if (at := window.find(mark)) >= 0]
        if starts:
            return offset - len(tail) + min(starts)
        tail = window[-len(_PLAIN_START) :]
        offset += len(piece)
    return None


def _read(record: WarcRecord, place: Place, types: tuple[str, ...], max_bytes: int) -> Capture | Passed | None:
    if not record.record_type & _KINDS:
        return None
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> \t")
    if not url.lower().startswith(("http://", "https://")):
        return None if url.lower().startswith("dns:") else Passed("no_page_url", place)
    if record.record_type & WarcRecordType.revisit:
        return Passed("revisit", place, url)
    at = record.record_date
    if at is None:
        return Passed("no_date", place, url)
    try:
        status, headers = _http(record)
    except (OSError, ValueError):
        return Passed("not_http", place, url)
    if status != 200:
        return Passed(f"status_{status}", place, url)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in types:
        return Passed("not_html", place, url)
    body = _body(record, headers, max_bytes)
    if isinstance(body, str):
        return Passed(body, place, url)
    kept = {name: value for name, value in headers.items() if name in _KEPT}
    return Capture(url, at, status, kept, body, place)


def _http(record: WarcRecord) -> tuple[int, dict[str, str]]:
    """The status and the headers of what the server said; a `resource` record has only its media type."""
    if record.record_type & WarcRecordType.resource:
        return 200, {"content-type": record.headers.get("Content-Type") or ""}
    record.parse_http(auto_decode="none")
    said = record.http_headers
    if said is None or said.status_code is None:
        raise ValueError("no HTTP answer")
    return said.status_code, {str(name).lower(): str(value) for name, value in said.items()}


def _body(record: WarcRecord, headers: dict[str, str], max_bytes: int) -> bytes | str:
    """The body with its encodings undone, or the reason why there is none."""
    expected = record.content_length
    body: bytes = record.reader.read(max_bytes + 1)
    if len(body) > max_bytes:
        return "too_large"
    if expected and len(body) < expected:
        return "truncated"
    if headers.get("transfer-encoding", "").strip().lower().endswith("chunked"):
        body = _unchunked(body)
    encoding = headers.get("content-encoding", "")
    try:
        decoded = decode(body, encoding, max_bytes=max_bytes) if encoding else body
    except ItemError as error:
        if error.code == "too_large":
            return "too_large"
        # Crawlers store bodies unpacked and leave the header as the server sent it.
        decoded = body
    return decoded if decoded.strip() else "empty"


def _unchunked(body: bytes) -> bytes:
    """The body without the marks of chunked transfer; as it is where a crawler has taken them out already."""
    out: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at, at + 1_000)
        try:
            size = int(body[at:end].partition(b";")[0], 16) if end >= 0 else -1
        except ValueError:
            size = -1
        if size < 0:
            return body if not out else b"".join(out)
        if size == 0:
            return b"".join(out)
        out.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
