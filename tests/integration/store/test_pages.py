"""Stored pages come back as they were, however they were packed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from rasid.model import Answer
from rasid.store import links, pages, retention
from rasid.store.engine import transaction
from rasid.store.pages import PageStore

FRAME = "".join(f"<div class='c{n}'>{random.Random(n).random()}</div>" for n in range(600))


def body(number: int, frame: str = FRAME) -> bytes:
    return f"<html><title>خبر {number}</title>{frame}<p>{'نص ' * number}</p></html>".encode()


def save(engine: Engine, store: PageStore, *bodies: bytes, host: str = "sada.example") -> list[int]:
    """Page ids of these bodies, each of a link of its own."""
    with transaction(engine) as conn:
        count = conn.execute(text("SELECT count(*) FROM links")).scalar_one()
        new = [links.NewLink(f"https://{host}/{count + n}") for n in range(len(bodies))]
        ids = links.add(conn, new, allowed=lambda _: False).new
        found = [
            (id, Answer(f"https://{host}/{id}", 200, {"etag": '"a"'}, data))
            for id, data in zip(ids, bodies, strict=True)
        ]
        by_link = pages.save(conn, store, found)
    return [by_link[id] for id in ids]


def load(engine: Engine, store: PageStore, *ids: int) -> list[bytes | None]:
    with transaction(engine) as conn:
        found = pages.load(conn, store, ids)
    return [found[id].body if id in found else None for id in ids]


def dictionaries(engine: Engine, *ids: int) -> list[int | None]:
    with transaction(engine) as conn:
        rows = conn.execute(text("SELECT id, dictionary_id FROM pages")).all()
    return [{row.id: row.dictionary_id for row in rows}[id] for id in ids]


@pytest.mark.parametrize("outside", [False, True])
def test_pages_of_a_host_are_packed_with_its_first_and_come_back_whole(
    engine: Engine, tmp_path: Path, outside: bool
) -> None:
    store = PageStore(str(tmp_path) if outside else None)
    first = save(engine, store, body(1), body(2))
    later = save(engine, store, body(3), body(1))
    other = save(engine, store, body(1), host="nahr.example")
    assert dictionaries(engine, *first, *later, *other) == [None, first[0], first[0], first[0], None]
    # Another process has no dictionary at hand.
    fresh = PageStore(str(tmp_path) if outside else None)
    assert load(engine, fresh, *later, *first) == [body(3), body(1), body(1), body(2)]
    if not outside:
        with transaction(engine) as conn:
            sizes = {row.id: row.n for row in conn.execute(text("SELECT id, length(body) AS n FROM pages"))}
        assert sizes[first[1]] * 10 < sizes[first[0]]


def test_a_stub_is_no_dictionary(engine: Engine) -> None:
    ids = save(engine, PageStore(), b"<html>no</html>", body(1), body(2))
    assert dictionaries(engine, *ids) == [None, None, ids[1]]


def test_a_dictionary_that_does_not_pay_is_replaced(engine: Engine) -> None:
    store = PageStore()
    noise = random.Random(1)
    frames = ["".join(chr(noise.randrange(0x600, 0x6FF)) for _ in range(9_000)) for _ in range(23)]
    ids = save(engine, store, *(body(n, frame) for n, frame in enumerate(frames)))
    assert set(dictionaries(engine, *ids)) == {None, ids[0]}
    next_id, after = save(engine, store, body(1), body(2))
    assert dictionaries(engine, next_id, after) == [None, next_id]
    assert load(engine, store, ids[-1]) == [body(22, frames[22])]


def test_retention_keeps_a_page_that_others_need(engine: Engine) -> None:
    store = PageStore()
    ids = save(engine, store, body(1), body(2))
    with transaction(engine) as conn:
        conn.execute(text("UPDATE pages SET fetched_at = now() - interval '99 days'"))
        conn.execute(
            text("UPDATE links SET page_id = :id WHERE id = (SELECT link_id FROM pages WHERE id = :id)"), {"id": ids[1]}
        )
        conn.execute(text("DELETE FROM page_dictionaries"))
        assert retention.clear_pages(conn, days=30)[0] == 0
        conn.execute(text("UPDATE links SET page_id = NULL"))
        assert retention.clear_pages(conn, days=30)[0] == 1, "first the page that needs the other"
        assert retention.clear_pages(conn, days=30)[0] == 1


def test_a_page_whose_dictionary_is_gone_is_left_out_and_takes_no_other_with_it(engine: Engine) -> None:
    ids = save(engine, PageStore(), body(1), body(2))
    other = save(engine, PageStore(), body(1), host="nahr.example")
    with transaction(engine) as conn:
        conn.execute(text("DELETE FROM pages WHERE id = :id"), {"id": ids[0]})
    assert load(engine, PageStore(), ids[1], *other) == [None, body(1)]


def test_a_transaction_that_failed_leaves_no_dictionary_behind(engine: Engine) -> None:
    store = PageStore()
    with transaction(engine) as conn:
        ids = links.add(conn, [links.NewLink("https://sada.example/a")], allowed=lambda _: False).new
        pages.save(conn, store, [(ids[0], Answer("https://sada.example/a", 200, {}, body(9)))])
        conn.rollback()
    saved = save(engine, store, body(1), body(2))
    assert load(engine, PageStore(), *saved) == [body(1), body(2)]
