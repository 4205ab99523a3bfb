"""What servers of others answered, kept so that nothing is asked twice, and what was spent in a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text


def answers(conn: Connection, keys: Sequence[bytes]) -> dict[bytes, str]:
    """The answers that are known, by key."""
    rows = conn.execute(text("SELECT key, answer FROM remote_answers WHERE key = ANY(:keys)"), {"keys": list(keys)})
    return {bytes(row.key): row.answer for row in rows}


def keep(conn: Connection, enricher: str, given: Mapping[bytes, str]) -> None:
    """Keep answers by key."""
    if given:
        conn.execute(
            text(
                "INSERT INTO remote_answers (key, enricher, answer) "
                "SELECT key, :enricher, answer FROM unnest(CAST(:keys AS bytea[]), CAST(:answers AS text[])) "
                "AS given (key, answer) ON CONFLICT (key) DO UPDATE SET answer = excluded.answer, at = now()"
            ),
            {"enricher": enricher, "keys": list(given), "answers": list(given.values())},
        )


def spend(conn: Connection, enricher: str, amount: int, *, most: int) -> bool:
    """Take from the budget of this day (UTC). Whether there was enough; where not, nothing is taken."""
    if amount > most:
        return False
    row = conn.execute(
        text(
            """
            INSERT INTO remote_spent AS s (day, enricher, spent) VALUES (current_date, :enricher, :amount)
            ON CONFLICT (day, enricher) DO UPDATE SET spent = s.spent + :amount WHERE s.spent + :amount <= :most
            RETURNING spent
            """
        ),
        {"enricher": enricher, "amount": amount, "most": most},
    )
    return row.first() is not None


def correct(conn: Connection, enricher: str, difference: int) -> None:
    """Add to what was spent this day what was spent beyond the guess, or take away what was not."""
    if difference:
        conn.execute(
            text(
                "UPDATE remote_spent SET spent = greatest(spent + :difference, 0) "
                "WHERE day = current_date AND enricher = :enricher"
            ),
            {"enricher": enricher, "difference": difference},
        )


def forget(conn: Connection, *, days: int, limit: int = 20_000) -> int:
    """Delete up to `limit` answers that are older than `days`. Returns how many."""
    return conn.execute(
        text(
            "DELETE FROM remote_answers WHERE key IN (SELECT key FROM remote_answers "
            "WHERE at < now() - make_interval(days => :days) LIMIT :limit)"
        ),
        {"days": days, "limit": limit},
    ).rowcount
