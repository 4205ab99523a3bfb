"""Links as they come in: from channels, from programs, from operators. One URL is one row, known by its key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from rasid import urls
from rasid.model import Lane, State
from rasid.store import hosts

#: Refusals of `rasid.urls.fetchable` that an operator can lift with RASID_FETCH_ALLOW.
ADDRESS_REASONS = frozenset({"private_address", "local_name", "single_label", "blocked_port"})


@dataclass(frozen=True, slots=True)
class NewLink:
    """A URL that somebody points at, with what they say of it.

    `hint` may hold ``title``, ``published_at``, ``updated_at`` (RFC 3339), ``authors``, ``tags``, ``language``.
    `receipt` is the UUID under which a program wants to follow it.
    """

    url: str
    hint: dict[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None
    receipt: UUID | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch.

    Ids that are new and ids that will be looked at again, how many were known, refused URLs with the reason, and what
    was given of those that are new.
    """

    new: list[int]
    again: list[int]
    known: int
    refused: list[tuple[NewLink, str]]
    links: list[NewLink] = field(default_factory=list)


def key_hash(url: str) -> bytes:
    """The 16 bytes that two spellings of one page share: BLAKE2b of `rasid.urls.key`."""
    return hashlib.blake2b(urls.key(url).encode("utf-8", "surrogatepass"), digest_size=16).digest()


_AGAIN = """(l.state = 'done' AND excluded.hint_updated_at > coalesce(l.hint_updated_at, l.changed_at)
            OR l.state IN ('gone', 'skipped', 'parked') AND :receipts
            OR l.state = 'gone' AND l.changed_at < now() - interval '1 day')"""
_UPSERT = text(
    f"""
    WITH incoming AS (
        SELECT * FROM jsonb_to_recordset(:rows) AS v(key text, url text, host text, hint jsonb, updated_at timestamptz)
    )
    INSERT INTO links AS l (key, url, fetch_url, host, outlet_id, channel_id, hint, hint_updated_at, receipts, lane)
    SELECT decode(key, 'hex'), url, url, host, coalesce(:outlet, (SELECT c.outlet_id FROM channels c
               WHERE c.host = incoming.host ORDER BY c.id LIMIT 1)), :channel, hint, updated_at, :receipts, :lane
    FROM incoming ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        outlet_id = coalesce(l.outlet_id, excluded.outlet_id),
        receipts = l.receipts OR excluded.receipts,
        -- What turns up fresh is fresh, whoever found it first.
        lane = least(l.lane, excluded.lane),
        hint = CASE WHEN l.hint = '{{}}' OR excluded.hint_updated_at > l.hint_updated_at
                    THEN excluded.hint ELSE l.hint END,
        hint_updated_at = greatest(l.hint_updated_at, excluded.hint_updated_at),
        -- A page that its outlet says it has changed since is looked at again.
        -- So is one that was no use, where a person asks for it; or that was gone, where it is named again after a day.
        state = CASE WHEN {_AGAIN} THEN 'found' ELSE l.state END,
        due_at = CASE WHEN {_AGAIN} THEN now() ELSE l.due_at END,
        attempts = CASE WHEN {_AGAIN} THEN 0 ELSE l.attempts END
    WHERE :receipts OR l.outlet_id IS NULL OR l.hint = '{{}}' OR excluded.lane < l.lane
       OR excluded.hint_updated_at > coalesce(l.hint_updated_at, '-infinity') OR {_AGAIN}
    RETURNING id, key, state, (xmax = 0) AS inserted
    """
).bindparams(bindparam("rows", type_=JSONB))


def add(
    conn: Connection,
    new: Sequence[NewLink],
    *,
    allowed: Callable[[str], bool],
    outlet_id: str | None = None,
    channel_id: int | None = None,
    lane: Lane = Lane.FRESH,
) -> Added:
    """Add links; those known already are left as they are, unless their outlet says that they changed.

    `allowed` says of a URL at a private address or name whether the operator lets it through: see
    `rasid.http.guard.Guard`. Two spellings of one page in a batch count as one. Refused are URLs that no one may
    fetch; their receipts are
    kept with the reason.
    """
    rows: dict[str, dict[str, Any]] = {}
    refused: list[tuple[NewLink, str]] = []
    keys: list[tuple[NewLink, str]] = []
    for link in new:
        row = _row(link, allowed)
        if isinstance(row, str):
            refused.append((link, row))
            continue
        rows.setdefault(row["key"], row)
        keys.append((link, row["key"]))
    wants_receipts = any(link.receipt for link in new)
    hosts.ensure(conn, (row["host"] for row in rows.values()))
    done = conn.execute(
        _UPSERT,
        {
            "rows": list(rows.values()),
            "outlet": outlet_id,
            "channel": channel_id,
            "receipts": wants_receipts,
            "lane": lane,
        },
    ).all()
    ids = {row.key.hex(): row.id for row in done}
    _keep_receipts(
        conn, [(link, ids.get(key), None) for link, key in keys] + [(link, None, why) for link, why in refused]
    )
    inserted = [row.id for row in done if row.inserted]
    again = [row.id for row in done if not row.inserted and row.state == "found"]
    begin_anew(conn, again)
    fresh = {row.key.hex() for row in done if row.inserted}
    first = {key: link for link, key in reversed(keys)}
    return Added(inserted, again, len(rows) - len(inserted), refused, [first[key] for key in first if key in fresh])


def begin_anew(conn: Connection, ids: Sequence[int]) -> None:
    """Let links that wait to be fetched start from their own address again, wherever they were led the last time."""
    rows = conn.execute(
        text("SELECT id, url FROM links WHERE id = ANY(:ids) AND state = 'found' AND redirects <> '{}' ORDER BY id"),
        {"ids": list(ids)},
    ).all()
    if rows:
        conn.execute(
            text(
                "UPDATE links SET fetch_url = url, host = :host, redirects = '{}' WHERE id = :id AND lease_by IS NULL"
            ),
            [{"id": row.id, "host": urls.host(row.url)} for row in rows],
        )


def _row(link: NewLink, allowed: Callable[[str], bool]) -> dict[str, Any] | str:
    """The row of a link, or why it is refused."""
    href = urls.normalise(link.url)
    if href is None:
        return "not_a_url"
    fetchable, reason = urls.fetchable(href)
    if not fetchable and not (reason in ADDRESS_REASONS and allowed(href)):
        return reason or "not_fetchable"
    return {
        "key": key_hash(href).hex(),
        "url": href,
        "host": urls.host(href),
        "hint": link.hint,
        "updated_at": link.updated_at.isoformat() if link.updated_at else None,
    }


def _keep_receipts(conn: Connection, receipts: Iterable[tuple[NewLink, int | None, str | None]]) -> None:
    rows = [
        {"receipt": link.receipt, "url": link.url.replace("\x00", ""), "link_id": link_id, "refusal": refusal}
        for link, link_id, refusal in receipts
        if link.receipt is not None
    ]
    if rows:
        conn.execute(
            text(
                "INSERT INTO receipts (receipt, url, link_id, refusal) VALUES (:receipt, :url, :link_id, :refusal) "
                "ON CONFLICT (receipt) DO NOTHING"
            ),
            rows,
        )


def known_outlet(conn: Connection, outlet_id: str | None) -> str | None:
    """`outlet_id` where there is such an outlet, else None: then the host decides."""
    if outlet_id is None:
        return None
    return conn.execute(text("SELECT id FROM outlets WHERE id = :id"), {"id": outlet_id}).scalar()


def same_page(conn: Connection, link_id: int, final_url: str, *, outlet_id: str | None) -> int | None:
    """Find the link that already stands for the address where a fetch ended.

    Where none does, the address is noted as moved here, so that it is not fetched on its own when a channel names it.

    Returns:
        The other link's id; None where this link now stands for both addresses, or the other brought no article.
    """
    key = key_hash(final_url)
    row = conn.execute(
        text(
            """
            INSERT INTO links (key, url, fetch_url, host, outlet_id, state, code, message, moved_to)
            VALUES (:key, :url, :url, :host, :outlet, 'skipped', 'same_page', 'another address leads here', :id)
            ON CONFLICT (key) DO UPDATE SET url = links.url
            RETURNING id, moved_to
            """
        ),
        {"key": key, "url": final_url, "host": urls.host(final_url), "outlet": outlet_id, "id": link_id},
    ).one()
    if row.id == link_id or row.moved_to == link_id:
        return None
    other = int(row.moved_to or row.id)
    # What ended there as no article may have met a wall, or a page that says "not found": each link finds out itself.
    state = conn.execute(text("SELECT state FROM links WHERE id = :id"), {"id": other}).scalar_one()
    return None if state in _NO_ARTICLE else other


_NO_ARTICLE = frozenset({State.SKIPPED, State.GONE, State.PARKED})


def receipt_states(conn: Connection, link_ids: Sequence[int]) -> list[dict[str, Any]]:
    """What every receipt of these links should say: see `rasid.client.Progress`."""
    return _receipts(conn, "r.link_id = ANY(:ids)", {"ids": list(link_ids)})


def open_receipts(conn: Connection, *, minutes: int = 60) -> list[dict[str, Any]]:
    """Receipts given in the last `minutes`, refused ones included."""
    return _receipts(conn, "r.created_at > now() - make_interval(mins => :minutes)", {"minutes": minutes})


def receipt(conn: Connection, which: UUID) -> dict[str, Any] | None:
    """One receipt, None where it is unknown."""
    found = _receipts(conn, "r.receipt = :receipt", {"receipt": which})
    return found[0] if found else None


def _receipts(conn: Connection, condition: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    rows = conn.execute(
        text(
            f"""
            SELECT r.receipt, r.url,
                   coalesce(l.state, CASE WHEN r.refusal IS NULL THEN 'found' ELSE 'refused' END) AS state,
                   coalesce(r.refusal, l.code) AS code, l.message, l.id AS link_id,
                   coalesce(l.article_id, m.article_id) AS article_id, a.group_id, a.story_id
            FROM receipts r LEFT JOIN links l ON l.id = r.link_id LEFT JOIN links m ON m.id = l.moved_to
            LEFT JOIN articles a ON a.id = coalesce(l.article_id, m.article_id)
            WHERE {condition}
            """
        ),
        values,
    )
    return [dict(row._mapping) for row in rows]
