"""A new kind of fingerprint: what is stored is made anew in the background, a little at a time.

Fingerprints of two versions are never compared. So the newest articles come first, since copies are mostly of these.
Groups stay as they are: an article is found by its new fingerprint from then on, and is not judged again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rasid.context import Context
from rasid.dedupe.fingerprint import VERSION
from rasid.dedupe.stage import prints_of, read, stored
from rasid.store import articles, groups, parts
from rasid.store.engine import transaction

#: Articles at one time: some tenths of a second of work.
BATCH = 200


def renew(context: Context, *, limit: int = BATCH) -> int:
    """Make the fingerprints of up to `limit` articles anew. Returns how many; 0 where all are of this version.

    An interrupted run loses nothing: what is done bears the new version. The turn of the groups is taken only for
    writing, so that fresh news waits for no reading of texts.
    """
    window = context.settings.near_window_days
    with transaction(context.engine) as conn:
        old = groups.outdated(conn, version=VERSION, limit=limit)
        found = articles.load(conn, list(old))
    if not old:
        return 0
    prints = prints_of(found)
    made = {id: read(article, prints.get(id)) for id, article in found.items()}
    with transaction(context.engine) as conn:
        groups.take_turn(conn)
        # Of articles that are deleted nothing can be made.
        groups.forget(conn, {id: seen for id, seen in old.items() if id not in found})
        # What the stage itself has made anew by now is newer than what was read here.
        still = groups.still_outdated(conn, list(made), version=VERSION)
        fresh = [stored(value) for id, value in made.items() if id in still]
        since = datetime.now(UTC) - timedelta(days=window)
        groups.keep(conn, fresh, since=since, days=parts.width(window))
    return len(fresh)
