"""Where the text stands on the pages of each host, as the readings of its articles have taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: By signature: readings that used it, articles in a row that did without.
Known = dict[str, tuple[int, int]]


def load(conn: Connection, hosts: Sequence[str]) -> dict[str, Known]:
    """What is known of each of `hosts`; those of which nothing is are left out."""
    rows = conn.execute(
        text("SELECT host, known FROM containers WHERE host = ANY(:hosts)").columns(known=JSONB),
        {"hosts": sorted(set(hosts))},
    )
    return {row.host: {name: (int(held), int(missed)) for name, (held, missed) in row.known.items()} for row in rows}


def keep(conn: Connection, known: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
    """Keep what is known of hosts in place of what was. Two that write at once lose one lesson, which comes again."""
    for host in sorted(known):
        conn.execute(
            text(
                """
                INSERT INTO containers (host, known) VALUES (:host, :known)
                ON CONFLICT (host) DO UPDATE SET known = excluded.known, changed_at = now()
                """
            ).bindparams(bindparam("known", type_=JSONB)),
            {"host": host, "known": {name: list(standing) for name, standing in known[host].items()}},
        )
