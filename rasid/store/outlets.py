"""Outlets and their channels: what we watch, and the ledger of the visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from rasid import urls
from rasid.store import hosts
from rasid.store.links import key_hash
from rasid.store.tables import Outlet


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel to watch. `kind` is ``feed news_sitemap sitemap section websub``: the last is a feed with a hub."""

    kind: str
    url: str
    unverified: bool = False
    interval_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class NewOutlet:
    """A publisher to watch. `delay_seconds` None leaves the pause to robots.txt and the settings."""

    id: str
    name: str
    family: str | None = None
    country: str | None = None
    language: str | None = None
    time_zone: str | None = None
    home: str | None = None
    delay_seconds: float | None = None
    expect: dict[str, Any] = field(default_factory=dict)
    channels: tuple[NewChannel, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimedChannel:
    """A channel that this worker holds a lease on. `kind` is what it was declared as."""

    id: int
    outlet_id: str
    kind: str
    url: str
    host: str
    language: str | None
    interval_seconds: float | None
    failures: int
    etag: str | None
    last_modified: str | None
    body_hash: bytes | None
    visits: int = 0
    validator_lies: bool = False
    afresh: bool = False
    time_zone: str | None = None
    rhythm: bytes | None = None
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a visit taught of a channel's rhythm: see `rasid.discover.rhythm`.

    `rate` is items an hour on the mean of a week, `root` the mean of the rates' roots, `own_price` as there.
    """

    rhythm: bytes
    rate: float
    root: float
    own_price: float


@dataclass(frozen=True, slots=True)
class Visit:
    """How a visit to a channel ended.

    `pause_seconds` is the time until the next, `why` the reason for that length. `validator_lies` None leaves what is
    known of its validators, `learned` None what is known of its rhythm.
    """

    id: int
    ok: bool
    pause_seconds: float
    code: str | None = None
    message: str | None = None
    found: int = 0
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    counts: bool = True
    validator_lies: bool | None = None
    why: str | None = None
    learned: Learned | None = None


def put(conn: Connection, outlets: Sequence[NewOutlet]) -> tuple[int, int]:
    """Store outlets and their channels; what is there already is brought up to date, nothing is taken away.

    Returns:
        How many outlets and how many channels are new.
    """
    new_outlets = new_channels = 0
    for outlet in outlets:
        values = {
            "id": outlet.id,
            "name": outlet.name,
            "family": outlet.family,
            "country": outlet.country,
            "language": outlet.language,
            "time_zone": outlet.time_zone,
            "home": outlet.home,
            "delay_seconds": outlet.delay_seconds,
            "expect": outlet.expect,
        }
        statement = insert(Outlet).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["id"], set_={name: statement.excluded[name] for name in values if name != "id"}
        )
        known = conn.execute(text("SELECT 1 FROM outlets WHERE id = :id"), {"id": outlet.id}).first()
        conn.execute(statement)
        new_outlets += known is None
        new_channels += len(add_channels(conn, outlet.id, outlet.channels))
        names = {urls.host(channel.url) for channel in outlet.channels}
        hosts.ensure(conn, names)
        if outlet.delay_seconds is not None:
            hosts.set_delay(conn, sorted(names), outlet.delay_seconds)
    return new_outlets, new_channels


def add_channels(
    conn: Connection, outlet_id: str, channels: Sequence[NewChannel], *, parent_id: int | None = None
) -> list[int]:
    """Add channels to an outlet and give the ids of the new ones. One URL is watched once, whoever names it."""
    hosts.ensure(conn, (urls.host(channel.url) for channel in channels))
    new = []
    for channel in channels:
        row = conn.execute(
            text(
                """
                INSERT INTO channels (outlet_id, parent_id, kind, url, key, host, unverified, interval_seconds)
                VALUES (:outlet, :parent, :kind, :url, :key, :host, :unverified, :interval)
                ON CONFLICT (key) DO UPDATE SET kind = excluded.kind WHERE channels.parent_id IS NULL
                RETURNING id, (xmax = 0) AS inserted
                """
            ),
            {
                "outlet": outlet_id,
                "parent": parent_id,
                "kind": channel.kind,
                "url": channel.url,
                "key": key_hash(channel.url),
                "host": urls.host(channel.url),
                "unverified": channel.unverified,
                "interval": channel.interval_seconds,
            },
        ).one_or_none()
        if row is not None and row.inserted:
            new.append(row.id)
    return new


def drop_channel(conn: Connection, outlet_id: str, url: str) -> bool:
    """Stop watching one channel; its links stay. False where the outlet has none there."""
    result = conn.execute(
        text("DELETE FROM channels WHERE outlet_id = :outlet AND key = :key AND parent_id IS NULL"),
        {"outlet": outlet_id, "key": key_hash(url)},
    )
    return result.rowcount > 0


def move_channel(conn: Connection, outlet_id: str, url: str, to: str) -> bool:
    """Let a channel go on at another address, asked without conditions at first. False where that one is watched."""
    hosts.ensure(conn, [urls.host(to)])
    result = conn.execute(
        text(
            """
            UPDATE channels SET url = :to, key = :new, host = :host, afresh = true, due_at = now()
            WHERE outlet_id = :outlet AND key = :key
              AND NOT EXISTS (SELECT 1 FROM channels c WHERE c.key = :new AND c.key <> :key)
            """
        ),
        {"outlet": outlet_id, "key": key_hash(url), "to": to, "new": key_hash(to), "host": urls.host(to)},
    )
    return result.rowcount > 0


_FACTS = {name: text(f"UPDATE outlets SET {name} = :value WHERE id = :id") for name in ("language", "country")}


def set_fact(conn: Connection, outlet_id: str, name: str, value: str) -> bool:
    """Set an outlet's ``language`` or ``country``. False where there is no such outlet."""
    return conn.execute(_FACTS[name], {"id": outlet_id, "value": value}).rowcount > 0


def remove(conn: Connection, outlet_id: str) -> bool:
    """Stop watching an outlet. Its articles stay. False where it is unknown."""
    return conn.execute(text("DELETE FROM outlets WHERE id = :id"), {"id": outlet_id}).rowcount > 0


def claim_channels(
    conn: Connection, ids: Sequence[int], *, token: UUID, worker: str, seconds: float
) -> list[ClaimedChannel]:
    """Lease those of `ids` that are due and that nobody holds."""
    rows = conn.execute(
        text(
            """
            UPDATE channels c SET lease_by = :token, lease_worker = :worker,
                   lease_until = now() + make_interval(secs => :seconds)
            FROM outlets o
            WHERE o.id = c.outlet_id AND c.id IN (
                SELECT id FROM channels WHERE id = ANY(:ids) AND due_at <= now()
                  AND (lease_by IS NULL OR lease_until < now()) ORDER BY id FOR UPDATE SKIP LOCKED)
            RETURNING c.id, c.outlet_id, c.kind, c.url, c.host, o.language, c.interval_seconds, c.failures, c.etag,
                      c.last_modified, c.body_hash, c.visits, c.validator_lies, c.afresh, o.time_zone, c.rhythm,
                      c.entries
            """
        ).bindparams(bindparam("ids", type_=ARRAY(BigInteger))),
        {"ids": list(ids), "token": token, "worker": worker, "seconds": seconds},
    )
    return sorted((ClaimedChannel(**row._mapping) for row in rows), key=lambda channel: channel.id)


def settle_channel(conn: Connection, visit: Visit, *, token: UUID) -> bool:
    """Write down a visit and when the next is due. False: the lease was no longer ours, nothing is written."""
    values = {
        "id": visit.id,
        "token": token,
        "ok": visit.ok,
        "pause": visit.pause_seconds,
        "code": visit.code,
        "message": visit.message[:500] if visit.message else None,
        "found": visit.found,
        "etag": visit.etag,
        "last_modified": visit.last_modified,
        "body_hash": visit.body_hash,
        "counts": visit.counts,
        "lies": visit.validator_lies,
        "why": visit.why,
        "rhythm": visit.learned.rhythm if visit.learned else None,
        "rate": visit.learned.rate if visit.learned else None,
        "root": visit.learned.root if visit.learned else None,
        "own_price": visit.learned.own_price if visit.learned else None,
    }
    done = conn.execute(
        text(
            """
            UPDATE channels SET lease_by = NULL, lease_until = NULL, lease_worker = NULL,
                due_at = now() + make_interval(secs => :pause),
                visits = visits + CASE WHEN :counts THEN 1 ELSE 0 END, found = found + :found,
                visited_at = CASE WHEN :counts THEN now() ELSE visited_at END,
                ok_at = CASE WHEN :ok THEN now() ELSE ok_at END,
                new_at = CASE WHEN :found > 0 THEN now() ELSE new_at END,
                failures = CASE WHEN :ok THEN 0 WHEN :counts THEN failures + 1 ELSE failures END,
                code = CASE WHEN :counts THEN CAST(:code AS text) ELSE code END,
                message = CASE WHEN :counts THEN CAST(:message AS text) ELSE message END,
                etag = CASE WHEN :ok THEN CAST(:etag AS text) ELSE etag END,
                last_modified = CASE WHEN :ok THEN CAST(:last_modified AS text) ELSE last_modified END,
                body_hash = coalesce(CAST(:body_hash AS bytea), body_hash),
                validator_lies = coalesce(CAST(:lies AS boolean), validator_lies),
                afresh = afresh AND NOT (:ok AND :counts),
                due_why = CASE WHEN :counts THEN CAST(:why AS text) ELSE due_why END,
                rhythm = coalesce(CAST(:rhythm AS bytea), rhythm),
                rate = coalesce(CAST(:rate AS double precision), rate),
                rate_root = coalesce(CAST(:root AS double precision), rate_root),
                own_price = coalesce(CAST(:own_price AS double precision), own_price)
            WHERE id = :id AND lease_by = :token
            """
        ),
        values,
    )
    return done.rowcount > 0


def note_push(conn: Connection, channel_id: int, *, found: int, learned: Learned) -> None:
    """Write down what a hub pushed for a channel: it is well. Its visits and when the next is due stay as they are."""
    conn.execute(
        text(
            """
            UPDATE channels SET found = found + :found, ok_at = now(),
                new_at = CASE WHEN :found > 0 THEN now() ELSE new_at END,
                rhythm = :rhythm, rate = :rate, rate_root = :root, own_price = :own_price
            WHERE id = :id
            """
        ),
        {
            "id": channel_id,
            "found": found,
            "rhythm": learned.rhythm,
            "rate": learned.rate,
            "root": learned.root,
            "own_price": learned.own_price,
        },
    )


def prices(conn: Connection) -> list[tuple[float, float]]:
    """(mean root of the rates, own price) of every channel whose rhythm is known: who shares the budget of requests."""
    rows = conn.execute(
        text("SELECT rate_root, own_price FROM channels WHERE rate_root IS NOT NULL AND interval_seconds IS NULL")
    )
    return [(row.rate_root, row.own_price) for row in rows]


def make_due(conn: Connection, *, outlet_id: str | None = None) -> int:
    """Let all channels (of one outlet) be visited at the next tick, without conditions. Returns how many."""
    result = conn.execute(
        text(
            "UPDATE channels SET due_at = now(), afresh = true "
            "WHERE CAST(:outlet AS text) IS NULL OR outlet_id = :outlet"
        ),
        {"outlet": outlet_id},
    )
    return result.rowcount


def by_id(conn: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Country, language and zone of outlets, by id."""
    rows = conn.execute(
        text("SELECT id, name, family, country, language, time_zone FROM outlets WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return {row.id: dict(row._mapping) for row in rows}


def houses(conn: Connection) -> list[dict[str, Any]]:
    """What tells the family of a new outlet: id, names, family and front page of all that are known."""
    rows = conn.execute(
        text(
            "SELECT id, name, expect->>'name_en' AS name_en, coalesce(family, id) AS family, home FROM outlets "
            "ORDER BY id"
        )
    )
    return [dict(row._mapping) for row in rows]


def listing(conn: Connection, *, outlet_id: str | None = None) -> list[dict[str, Any]]:
    """Outlets for an operator, each with its channels and how they do."""
    rows = conn.execute(
        text(
            """
            SELECT o.id, o.name, o.family, o.country, o.language, o.time_zone, o.home, o.delay_seconds, o.expect,
                (SELECT count(*) FROM articles a WHERE a.outlet_id = o.id) AS articles,
                (SELECT max(first_seen_at) FROM articles a WHERE a.outlet_id = o.id) AS newest,
                coalesce((SELECT jsonb_agg(jsonb_build_object('kind', c.kind, 'url', c.url, 'due_at', c.due_at,
                    'visits', c.visits, 'found', c.found, 'ok_at', c.ok_at, 'failures', c.failures, 'code', c.code,
                    'message', c.message, 'unverified', c.unverified, 'items_a_day', c.rate * 24,
                    'due_why', c.due_why) ORDER BY c.id)
                    FROM channels c WHERE c.outlet_id = o.id), '[]') AS channels
            FROM outlets o WHERE CAST(:outlet AS text) IS NULL OR o.id = :outlet ORDER BY o.country, o.id
            """
        ).columns(channels=JSONB),
        {"outlet": outlet_id},
    )
    return [dict(row._mapping) for row in rows]
