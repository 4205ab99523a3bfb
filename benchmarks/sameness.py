"""What a new article costs in the dedupe stage when few fingerprints are stored, and when very many are.

    python benchmarks/sameness.py [--small N] [--large N] [--articles N] [--flood N]

Two databases of one embedded PostgreSQL are filled with fingerprints seen within the window, evenly. Then new articles
go through the stage in batches, in turns at either: loading, fingerprint, looking up, judging, storing, commit. Counts
the CPU of this process and of the server's own for it, as Linux gives it (/proc). Read the ratio.

The articles are made by code: words drawn by rank as a language uses them, and stock sentences that one text in a
hundred has, whose bands are shared by ever more articles the more are stored. One new article in four is a copy of one
before, cut or with words exchanged. Those that are stored have the bands of made texts; what no made text shares is
drawn by chance, since a million texts would take an hour to make.

At the end near-identical pages flood in, and go through the cluster stage too. Some seven minutes in all.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from rasid.cluster.stage import ClusterStage
from rasid.context import Context
from rasid.dedupe.batch import keys
from rasid.dedupe.fingerprint import VERSION, fingerprint, pack
from rasid.dedupe.stage import DedupeStage
from rasid.embedded.postgres import Postgres
from rasid.settings import Settings
from rasid.store import parts, schema
from rasid.store.engine import transaction
from rasid.store.ledger import Claimed

WINDOW_DAYS = 14
BATCH = 20
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
#: Made texts of which stored ones are like, and stock sentences.
_POOL, _STOCK = 400, 40
#: Batches that do not count.
_WARM = 10


class Maker:
    """Makes texts, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._words = [self._word() for _ in range(30_000)]
        self._weights = np.cumsum([1 / (rank + 8) for rank in range(len(self._words))]).tolist()
        self.stock = [" ".join(self._words[self._rng.randrange(3_000)] for _ in range(18)) for _ in range(_STOCK)]

    def _word(self) -> str:
        return "".join(self._rng.choice(_LETTERS) for _ in range(self._rng.randint(2, 7)))

    def text(self) -> str:
        """One text of some 260 words, now and then with a stock sentence at its end."""
        count = max(40, int(self._rng.gauss(260, 90)))
        body = " ".join(self._rng.choices(self._words, cum_weights=self._weights, k=count))
        return f"{body} {self._rng.choice(self.stock)}" if self._rng.random() < _STOCK / 100 else body

    def copy(self, of: str) -> str:
        """A copy that is cut, or has words exchanged."""
        found = of.split()
        if self._rng.random() < 0.5:
            return " ".join(found[: len(found) * 2 // 3])
        return " ".join(self._rng.choice(self._words) if self._rng.random() < 0.05 else word for word in found)


@dataclass
class Place:
    """One database, and what each batch has cost there: CPU-seconds of this process, and of the server's."""

    name: str
    stored: int
    context: Context
    server: int
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)


def fill(engine: Engine, count: int, maker: Maker) -> None:
    """Store `count` articles with fingerprints, seen evenly within the window."""
    with transaction(engine) as conn:
        # Nothing refers to what is made here, and an index that is built at the end is built fast.
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        now = datetime.now(UTC)
        start = now - timedelta(days=WINDOW_DAYS) + timedelta(hours=1)
        days = [start + timedelta(days=n) for n in range(WINDOW_DAYS + 2)]
        parts.ensure(conn, days, days=parts.width(WINDOW_DAYS))
        _pool(conn, maker)
        values = {"start": start, "now": now, "count": count, "pool": _POOL, "version": VERSION}
        conn.execute(text(_ARTICLES), values)
        conn.execute(text(_PRINTS), values)
        for span in parts.known(conn)["bands"]:
            name = span.name("bands")
            conn.execute(text(f"ALTER TABLE bands DETACH PARTITION {name}"))
            conn.execute(text(f"ALTER TABLE {name} DROP CONSTRAINT {name}_pkey"))
            bounds = {"from": span.start, "to": span.end}
            conn.execute(text(f"INSERT INTO {name} (band, seen_at, article_id) {_BANDS}"), bounds)
            conn.execute(text(f"ALTER TABLE {name} ADD PRIMARY KEY (band, seen_at, article_id)"))
            conn.execute(
                text(f"ALTER TABLE bands ATTACH PARTITION {name} FOR VALUES FROM ('{span.start}Z') TO ('{span.end}Z')")
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for table in ("articles", *parts.TABLES):
            conn.execute(text(f"VACUUM ANALYZE {table}"))
        # Into the buffers, where it would be had the articles come one by one.
        conn.execute(text("SET enable_seqscan = off"))
        for table, column in (("bands", "band"), ("fingerprints", "article_id")):
            conn.execute(text(f"SELECT count({column}) FROM {table} WHERE {column} > {parts.MARK}"))
        conn.execute(text("RESET enable_seqscan"))


_ARTICLES = """
    INSERT INTO articles (link_id, url, title, text, method, confidence, first_seen_at, relation, group_id)
    SELECT n, '', '', '', 'made', 1,
           CAST(:start AS timestamptz) + (CAST(:now AS timestamptz) - :start) * n / :count, 'original', n
    FROM generate_series(1, :count) AS n
"""
_PRINTS = """
    INSERT INTO fingerprints (article_id, seen_at, version, exact, data, bands)
    SELECT a.id, a.first_seen_at, :version, sha256(CAST(CAST(a.id AS text) AS bytea)), m.data,
           ARRAY(SELECT CASE WHEN u.shared THEN u.band ELSE hashint8extended(u.band, a.id) END
                 FROM unnest(m.bands, m.shared) AS u(band, shared))
    FROM articles a JOIN made m ON m.id = a.id % :pool
"""
_BANDS = """
    SELECT DISTINCT unnest(bands), seen_at, article_id FROM fingerprints
    WHERE seen_at >= CAST(:from AS date) AND seen_at < CAST(:to AS date)
"""


def _pool(conn: Connection, maker: Maker) -> None:
    """Fingerprints of which the stored ones are like; a band of a stock sentence is one that others have too."""
    conn.execute(text("CREATE TEMP TABLE made (id int, data bytea, bands bigint[], shared bool[]) ON COMMIT DROP"))
    stock = {band for sentence in maker.stock for band in fingerprint("", f"{sentence} {sentence}").bands}
    rows = []
    for number in range(_POOL):
        print_ = fingerprint("", maker.text())
        bands = list(dict.fromkeys(keys(print_, number)))
        rows.append({"id": number, "data": pack(print_), "bands": bands, "shared": [band in stock for band in bands]})
    conn.execute(text("INSERT INTO made VALUES (:id, :data, :bands, :shared)"), rows)


def add(place: Place, texts: Sequence[str]) -> list[Claimed]:
    """New articles for these texts, ready for the stage."""
    now = datetime.now(UTC)
    with transaction(place.context.engine) as conn:
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        ids = [
            conn.execute(
                text(
                    "INSERT INTO articles (link_id, url, title, text, method, confidence, first_seen_at) "
                    "VALUES (nextval('articles_id_seq') + 10000000, '', '', :text, 'made', 1, :now) RETURNING id"
                ),
                {"text": one, "now": now},
            ).scalar_one()
            for one in texts
        ]
    return [Claimed(id, "", "", "", None, {}, now, 1, (), None, id, False) for id in ids]


def run(place: Place, items: Sequence[Claimed]) -> None:
    """One batch through the stage; what it costs is added."""
    stage = DedupeStage()
    before = time.process_time(), _cpu(place.server)
    done = [result for result in stage.work(place.context, items) if result is not None]
    with transaction(place.context.engine) as conn:
        stage.save(place.context, conn, done)
    place.ours.append(time.process_time() - before[0])
    place.theirs.append(_cpu(place.server) - before[1])


def _cpu(pid: int) -> float:
    """CPU-seconds of a process. Counted in ticks: only sums over many batches say anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def place(url: str, name: str, stored: int, home: Path, maker: Maker) -> Iterator[Place]:
    """A database of its own with `stored` fingerprints."""
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    own = make_url(url).set(database=name).render_as_string(hide_password=False)
    # One connection, so that all of the server's work is that of one process.
    context = Context(Settings(home=home, near_window_days=WINDOW_DAYS), own, pool_size=1)
    schema.upgrade(context.engine)
    before = time.monotonic()
    fill(context.engine, stored, maker)
    with transaction(context.engine) as conn:
        server = int(conn.execute(text("SELECT pg_backend_pid()")).scalar_one())
        size = conn.execute(text(_SIZES)).one()
    print(
        f"{name}: {stored:,} stored in {time.monotonic() - before:.0f} s; bytes an article: "
        f"{size.prints / stored:,.0f} of fingerprints, {size.bands / stored:,.0f} of {size.rows / stored:.1f} bands",
        flush=True,
    )
    yield Place(name, stored, context, server)
    context.close()


_SIZES = """
    SELECT sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relname LIKE 'fingerprints%') AS prints,
           sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relname LIKE 'bands%') AS bands,
           (SELECT count(*) FROM bands) AS rows
    FROM pg_class c WHERE c.relkind = 'r' AND c.relname ~ '^(fingerprints|bands)_'
"""


def measure(places: Sequence[Place], maker: Maker, articles: int) -> None:
    """The same new articles at both, batch by batch in turns; the first batches fill caches and do not count."""
    before: list[str] = []
    rng = random.Random(5)
    for number in range(_WARM + articles // BATCH):
        texts = [
            maker.copy(rng.choice(before)) if before and rng.random() < 0.25 else maker.text() for _ in range(BATCH)
        ]
        before += texts
        for one in places if number % 2 else reversed(places):
            run(one, add(one, texts))


def flood(place: Place, maker: Maker, count: int) -> None:
    """Pages of one text with a few words of each its own, through dedupe and cluster, and what they cost others."""
    before = _ordinary(place, maker)
    base = maker.text()
    ids: list[int] = []
    costs: list[float] = []
    for start in range(0, count, BATCH):
        pages = [f"{base} {n} {maker.text()[:20]}" for n in range(start, start + BATCH)]
        items = add(place, pages)
        ids += [item.id for item in items]
        run(place, items)
        costs.append(place.ours[-1] + place.theirs[-1] + _cluster(place, items))
    after = _ordinary(place, maker)
    with transaction(place.context.engine) as conn:
        found = conn.execute(
            text("SELECT count(DISTINCT group_id), count(DISTINCT story_id) FROM articles WHERE id = ANY(:ids)"),
            {"ids": ids},
        ).one()
    many = max(1, len(costs) // 20)
    first, last = (1_000 * statistics.fmean(part) / BATCH for part in (costs[:many], costs[-many:]))
    print(
        f"flood: {count:,} near-identical pages are {found[0]} group and {found[1]} story; the first twentieth "
        f"{first:.2f} ms a page, the last {last:.2f} ms; an ordinary article {before:.2f} ms before, "
        f"{after:.2f} ms after"
    )


def _ordinary(place: Place, maker: Maker) -> float:
    """Milliseconds of CPU of an article in the dedupe stage, over a few hundred."""
    for _ in range(25):
        run(place, add(place, [maker.text() for _ in range(BATCH)]))
    costs = [a + b for a, b in zip(place.ours[-20:], place.theirs[-20:], strict=True)]
    return 1_000 * statistics.fmean(costs) / BATCH


def _cluster(place: Place, items: Sequence[Claimed]) -> float:
    stage = ClusterStage()
    before = time.process_time(), _cpu(place.server)
    done = [result for result in stage.work(place.context, items) if result is not None]
    with transaction(place.context.engine) as conn:
        stage.save(place.context, conn, done)
    return time.process_time() - before[0] + _cpu(place.server) - before[1]


def report(places: Sequence[Place]) -> None:
    for one in places:
        ours, theirs = (1_000 * statistics.fmean(cost[_WARM:]) / BATCH for cost in (one.ours, one.theirs))
        with transaction(one.context.engine) as conn:
            copies = conn.execute(text("SELECT count(*) FROM articles WHERE group_id <> id")).scalar_one()
        print(
            f"at {one.stored:>9,}: {ours + theirs:.3f} ms of CPU an article "
            f"({ours:.3f} rasid, {theirs:.3f} PostgreSQL); {copies} copies found"
        )
    small, large = places
    for what, costs in (
        ("stage", [[a + b for a, b in zip(one.ours, one.theirs, strict=True)] for one in places]),
        ("PostgreSQL", [one.theirs for one in places]),
    ):
        ratio = sum(costs[1][_WARM:]) / sum(costs[0][_WARM:])
        print(f"{what}: {large.stored:,} stored cost {ratio:.2f} x as much as {small.stored:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--flood", type=int, default=50_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rasid-") as name, Postgres(Path(name)) as server, ExitStack() as stack:
        maker = Maker(1)
        sizes = (("small", given.small), ("large", given.large))
        places = [stack.enter_context(place(server.url, name, count, Path(name), maker)) for name, count in sizes]
        with transaction(places[0].context.engine) as conn:
            conn.execute(text("CHECKPOINT"))
        measure(places, maker, given.articles)
        report(places)
        if given.flood:
            flood(places[0], maker, given.flood)


if __name__ == "__main__":
    main()
