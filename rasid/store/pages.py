"""Raw pages: kept as they came, packed with zstd, in the database or in a folder or bucket.

How a body is packed is known here alone: who loads a page gets its bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
import zstandard
from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid import urls
from rasid.model import Answer
from rasid.store import packing
from rasid.store.packing import Dictionaries, Dictionary

log = structlog.get_logger()

#: A dictionary serves a month; after so many pages it must have packed at least this well, or the next page takes its
#: place. Alone, pages are packed 5.4 to 1.
_DICTIONARY_DAYS, _TRIAL_PAGES, _LEAST_GAIN = 30, 20, 7
#: Bytes: an error page or a stub shares little with the pages to come.
_LEAST_DICTIONARY = 8_000
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
        self.dictionaries = Dictionaries()

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


def save(conn: Connection, store: PageStore, pages: Sequence[tuple[int, Answer]]) -> dict[int, int]:
    """Store (link id, answer) pairs, each packed with an earlier page of its host. Returns the page's id by link id."""
    by_host: dict[str, list[tuple[int, Answer]]] = {}
    for link_id, answer in pages:
        by_host.setdefault(urls.host(answer.url), []).append((link_id, answer))
    ids: dict[int, int] = {}
    # In one order, so that two transactions never wait for each other's dictionaries.
    for host in sorted(by_host):
        ids.update(_save_of_host(conn, store, host, by_host[host]))
    return ids


def _save_of_host(conn: Connection, store: PageStore, host: str, pages: Sequence[tuple[int, Answer]]) -> dict[int, int]:
    ids: dict[int, int] = {}
    reference = _reference(conn, store, host)
    raw = packed = 0
    for link_id, answer in pages:
        if reference is None:
            ids[link_id] = _insert(conn, store, link_id, answer, packing.pack(answer.body), None)
            if len(answer.body) >= _LEAST_DICTIONARY:
                reference = _make_reference(conn, store, host, ids[link_id], answer.body)
            continue
        page_id, dictionary = reference
        data = dictionary.pack(answer.body)
        ids[link_id] = _insert(conn, store, link_id, answer, data, page_id)
        raw, packed = raw + len(answer.body), packed + len(data)
    if raw and reference is not None:
        conn.execute(
            text(
                "UPDATE page_dictionaries SET pages = pages + :n, raw_bytes = raw_bytes + :raw, "
                "packed_bytes = packed_bytes + :packed WHERE host = :host AND page_id = :page"
            ),
            {"n": len(pages), "raw": raw, "packed": packed, "host": host, "page": reference[0]},
        )
    return ids


def _reference(conn: Connection, store: PageStore, host: str) -> tuple[int, Dictionary] | None:
    """The page with which pages of `host` are packed now; None where the next page should become it."""
    page_id = conn.execute(
        text(
            """
            SELECT page_id FROM page_dictionaries WHERE host = :host
              AND made_at > now() - make_interval(days => :days)
              AND (pages < :trial OR raw_bytes > packed_bytes * :gain)
            """
        ),
        {"host": host, "days": _DICTIONARY_DAYS, "trial": _TRIAL_PAGES, "gain": _LEAST_GAIN},
    ).scalar()
    if page_id is None:
        return None
    found = store.dictionaries.get(page_id, lambda: _alone(conn, store, page_id))
    return None if found is None else (page_id, found)


def _make_reference(conn: Connection, store: PageStore, host: str, page_id: int, body: bytes) -> tuple[int, Dictionary]:
    conn.execute(
        text(
            """
            INSERT INTO page_dictionaries (host, page_id) VALUES (:host, :page)
            ON CONFLICT (host) DO UPDATE SET page_id = excluded.page_id, made_at = now(), pages = 0, raw_bytes = 0,
                packed_bytes = 0
            """
        ),
        {"host": host, "page": page_id},
    )
    # Not kept ready yet: the transaction may fail, and its id go to another page.
    return page_id, Dictionary(body)


def _alone(conn: Connection, store: PageStore, page_id: int) -> bytes | None:
    """The body of a page that was packed without a dictionary; None where it cannot be had."""
    row = conn.execute(
        text("SELECT id, body, body_ref FROM pages WHERE id = :id AND dictionary_id IS NULL"), {"id": page_id}
    ).one_or_none()
    return None if row is None else _unpacked(store, row, packing.unpack)


def _insert(
    conn: Connection, store: PageStore, link_id: int, answer: Answer, data: bytes, dictionary: int | None
) -> int:
    digest = body_hash(answer.body)
    # The same body packed with another dictionary is another file.
    name = f"{digest.hex()}.zst" if dictionary is None else f"{digest.hex()}-{dictionary}.zst"
    ref = store.put(f"{digest.hex()[:2]}/{name}", data)
    row = conn.execute(
        _INSERT,
        {
            "link": link_id,
            "url": answer.url,
            "status": answer.status,
            "headers": {name: _clean(answer.headers[name]) for name in _HEADERS if name in answer.headers},
            "content_type": _clean(answer.headers.get("content-type")),
            "hash": digest,
            "raw_bytes": len(answer.body),
            "body": None if ref else data,
            "ref": ref,
            "dictionary": dictionary,
        },
    ).one()
    return int(row.id)


_INSERT = text(
    "INSERT INTO pages (link_id, url, status, headers, content_type, hash, raw_bytes, body, body_ref, dictionary_id) "
    "VALUES (:link, :url, :status, :headers, :content_type, :hash, :raw_bytes, :body, :ref, :dictionary) RETURNING id"
).bindparams(bindparam("headers", type_=JSONB))


def _clean(value: str | None) -> str | None:
    """PostgreSQL's text holds no NUL, and a header is as long as its sender likes."""
    return value if value is None else value.replace("\x00", "")[:1000]


def load(conn: Connection, store: PageStore, ids: Sequence[int]) -> dict[int, StoredPage]:
    """Pages by id; those whose body is gone or damaged are left out."""
    rows = conn.execute(
        text(
            "SELECT id, url, status, content_type, fetched_at, headers, body, body_ref, dictionary_id FROM pages "
            "WHERE id = ANY(:ids)"
        ),
        {"ids": list(ids)},
    ).all()
    found = {}
    for row in rows:
        body = _body(conn, store, row)
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


def _body(conn: Connection, store: PageStore, row: Row[Any]) -> bytes | None:
    if row.dictionary_id is None:
        return _unpacked(store, row, packing.unpack)
    page_id = row.dictionary_id
    dictionary = store.dictionaries.get(page_id, lambda: _alone(conn, store, page_id))
    if dictionary is None:
        log.error("page.unreadable", page=row.id, reason=f"page {page_id}, its dictionary, is gone")
        return None
    return _unpacked(store, row, dictionary.unpack)


def _unpacked(store: PageStore, row: Row[Any], unpack: Callable[[bytes], bytes]) -> bytes | None:
    try:
        data = row.body if row.body is not None else store.get(row.body_ref) if row.body_ref else None
        return None if data is None else unpack(data)
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
