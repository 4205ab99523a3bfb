"""Raw pages: kept as they came, zstd-compressed, in the database or in a folder or bucket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
import zstandard
from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid.model import Answer

log = structlog.get_logger()

#: Level 6: 5.4 to 1 on news pages at 86 MB/s; level 3 saves 1 ms a page and costs 8 % more room.
_LEVEL = 6
#: Headers that a later look at the page can need; the others are noise.
_HEADERS = ("content-type", "content-language", "last-modified", "etag", "date", "link", "x-robots-tag")


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it was fetched. `etag` and `last_modified` are what the server gave for a conditional request."""

    id: int
    url: str
    status: int
    content_type: str | None
    fetched_at: datetime
    body: bytes
    headers: dict[str, Any]


class PageStore:
    """Where bodies lie: in the database (`base` None), or under a folder or bucket that fsspec understands."""

    def __init__(self, base: str | None = None) -> None:
        self._base = base.rstrip("/") if base else None

    def put(self, name: str, data: bytes) -> str | None:
        """Store `data` outside the database and give its reference; None means: keep it in the row.

        So it is too where the folder cannot be written: a page that is lost would be asked for again and again.
        """
        if self._base is None:
            return None
        import fsspec

        ref = f"{self._base}/{name}"
        try:
            with fsspec.open(ref, "wb", auto_mkdir=True) as file:
                file.write(data)
        except OSError as error:
            log.error("page_store.failed", ref=ref, reason=str(error))
            return None
        return ref

    def get(self, ref: str) -> bytes:
        """Read what `put` stored.

        Raises:
            FileNotFoundError: it is not there any more.
        """
        import fsspec

        with fsspec.open(ref, "rb") as file:
            return bytes(file.read())

    def remove(self, refs: Sequence[str]) -> None:
        """Delete what `put` stored; what is gone already, or cannot be deleted, is passed over."""
        if not refs:
            return
        import fsspec

        for ref in refs:
            filesystem, path = fsspec.core.url_to_fs(ref)
            try:
                filesystem.rm_file(path)
            except OSError as error:
                log.warning("page_store.not_removed", ref=ref, reason=str(error))


def body_hash(body: bytes) -> bytes:
    """The 16 bytes by which two bodies are told apart: BLAKE2b."""
    return hashlib.blake2b(body, digest_size=16).digest()


def packed(body: bytes) -> bytes:
    """`body` as it is stored."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(body)


def save(conn: Connection, store: PageStore, pages: Sequence[tuple[int, Answer, bytes]]) -> dict[int, int]:
    """Store (link id, answer, `packed` body) triples. Returns the page's id by link id."""
    ids: dict[int, int] = {}
    for link_id, answer, data in pages:
        digest = body_hash(answer.body)
        ref = store.put(f"{digest.hex()[:2]}/{digest.hex()}.zst", data)
        headers = {name: _clean(answer.headers[name]) for name in _HEADERS if name in answer.headers}
        row = conn.execute(
            _INSERT,
            {
                "link": link_id,
                "url": answer.url,
                "status": answer.status,
                "headers": headers,
                "content_type": _clean(answer.headers.get("content-type")),
                "hash": digest,
                "raw_bytes": len(answer.body),
                "body": None if ref else data,
                "ref": ref,
            },
        ).one()
        ids[link_id] = row.id
    return ids


_INSERT = text(
    "INSERT INTO pages (link_id, url, status, headers, content_type, hash, raw_bytes, body, body_ref) "
    "VALUES (:link, :url, :status, :headers, :content_type, :hash, :raw_bytes, :body, :ref) RETURNING id"
).bindparams(bindparam("headers", type_=JSONB))


def _clean(value: str | None) -> str | None:
    """PostgreSQL's text holds no NUL, and a header is as long as its sender likes."""
    return value if value is None else value.replace("\x00", "")[:1000]


def load(conn: Connection, store: PageStore, ids: Sequence[int]) -> dict[int, StoredPage]:
    """Pages by id; those whose body is gone or damaged are left out."""
    rows = conn.execute(
        text(
            "SELECT id, url, status, content_type, fetched_at, headers, body, body_ref FROM pages WHERE id = ANY(:ids)"
        ),
        {"ids": list(ids)},
    ).all()
    found = {}
    for row in rows:
        body = _body(store, row)
        if body is None:
            continue
        found[row.id] = StoredPage(
            id=row.id,
            url=row.url,
            status=row.status,
            content_type=row.content_type,
            fetched_at=row.fetched_at,
            body=body,
            headers=row.headers if isinstance(row.headers, dict) else json.loads(row.headers),
        )
    return found


def _body(store: PageStore, row: Row[Any]) -> bytes | None:
    try:
        data = row.body if row.body is not None else store.get(row.body_ref) if row.body_ref else None
        return None if data is None else zstandard.ZstdDecompressor().decompress(data)
    except (FileNotFoundError, zstandard.ZstdError) as error:
        log.error("page.unreadable", page=row.id, reason=str(error))
        return None


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request for a page needs, and the hash of the body that we have."""

    etag: str | None
    last_modified: str | None
    hash: bytes


def validators(conn: Connection, ids: Sequence[int]) -> dict[int, Validators]:
    """Validators of pages, by page id."""
    rows = conn.execute(text("SELECT id, headers, hash FROM pages WHERE id = ANY(:ids)"), {"ids": list(ids)})
    return {
        row.id: Validators(row.headers.get("etag"), row.headers.get("last-modified"), bytes(row.hash)) for row in rows
    }
