"""The command line on a database of each test alone, empty or with a small newsroom in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from sqlalchemy import Connection, Engine, text
from typer.testing import CliRunner

from rasid.cli.app import app
from rasid.model import Outcome, Stage
from rasid.store import articles, groups, ledger, links, outlets, stories
from rasid.store.engine import transaction
from rasid.text.words import search_text


@dataclass(frozen=True)
class Done:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def one(self) -> dict[str, Any]:
        """The one object on stdout."""
        (line,) = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The objects on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Done]


@pytest.fixture
def cli(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Cli:
    """Runs ``rasid ARGUMENTS`` on the test's database."""
    monkeypatch.setenv("RASID_DATABASE_URL", database_url)
    monkeypatch.setenv("RASID_HOME", str(tmp_path / "home"))

    def run(*arguments: str, stdin: str | bytes | None = None) -> Done:
        result: Result = CliRunner().invoke(app, list(arguments), input=stdin, prog_name="rasid")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@dataclass(frozen=True)
class Newsroom:
    """Ids of what `filled` stored."""

    first: int
    copy: int
    other: int
    story: int
    parked: int
    first_link: int


SEEN = datetime(2025, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def filled(engine: Engine) -> Newsroom:
    """Three articles in one story, two of them copies; one link that the parse stage parked."""
    with transaction(engine) as conn:
        feed = outlets.NewChannel("feed", "https://sada.example/feed.xml")
        outlets.put(
            conn,
            [
                outlets.NewOutlet("sada", "صدى الفرات", family="sada", country="SY", language="ar", channels=(feed,)),
                outlets.NewOutlet("nahr", "النهر", family="nahr", country="SY", language="ar"),
            ],
        )
        first = _article(
            conn, "https://sada.example/1", "sada", "وصول مساعدات إلى القامشلي", "وصلت والقامشلي تنتظر.", 0
        )
        copy = _article(conn, "https://nahr.example/1", "nahr", "مساعدات إلى القامشلي", "وصلت والقامشلي تنتظر.", 1)
        other = _article(conn, "https://nahr.example/2", "nahr", "Aid [red]reaches\x1b[31m Qamishli", "Trucks came.", 2)
        members = [
            groups.Membership(first, first, "original", 0.0, None, {"rung": "none"}),
            groups.Membership(copy, first, "near", 0.91, None, {"rung": "near", "matched": first}),
            groups.Membership(other, other, "original", 0.2, None, {"rung": "none"}),
        ]
        _place(conn, members)
        story = stories.open_story(conn, article_id=first, headline="وصول مساعدات", seen_at=SEEN)
        stories.join(conn, stories.Joining(first, story, SEEN, b"x", ("k",), {}, 0.0, {"rung": "new"}))
        why = {"rung": "joined", "matched": first, "best": 0.6}
        stories.join(conn, stories.Joining(other, story, SEEN, b"x", ("k",), {first: 0.4}, 0.6, why))
        stories.follow_first(conn, [first, copy])
        stories.refresh(conn, [story])
        conn.execute(
            text(
                'INSERT INTO annotations (article_id, what, kind, ref, name, text, start, "end", made_by) '
                "VALUES (:id, 'entity', 'place', '173811', 'القامشلي', 'والقامشلي', 5, 14, 'test')"
            ),
            {"id": first},
        )
    parked = park(engine, "https://sada.example/broken")
    with transaction(engine) as conn:
        link = conn.execute(text("SELECT link_id FROM articles WHERE id = :id"), {"id": first}).scalar_one()
    return Newsroom(first, copy, other, story, parked, link)


def _article(conn: Connection, url: str, source: str, title: str, body: str, hours: int) -> int:
    added = links.add(conn, [links.NewLink(url)], allowed=lambda _: False, outlet_id=source)
    saved = articles.save(
        conn,
        articles.NewArticle(
            link_id=added.new[0], page_id=0, outlet_id=source, url=url, title=title, text=body.replace("\x1b", ""),
            search_text=search_text(f"{title}\n{body}"), first_seen_at=SEEN + timedelta(hours=hours), method="test",
            confidence=1.0, language="ar" if "ا" in body else "en", authors=("سمر", "Ali"),
        ),
    )  # fmt: skip
    conn.execute(
        text("UPDATE links SET state = 'done', article_id = :article WHERE id = :id"),
        {"article": saved.id, "id": added.new[0]},
    )
    return saved.id


def _place(conn: Connection, members: list[groups.Membership]) -> None:
    groups.place(conn, members)


def park(engine: Engine, url: str, *, stage: Stage = Stage.PARSE, code: str = "too_deep") -> int:
    """A link that `stage` gave up, through the ledger."""
    token, policy = uuid4(), ledger.Policy()
    takes = {Stage.FETCH: "found", Stage.PARSE: "fetched"}[stage]
    with transaction(engine) as conn:
        (link,) = links.add(conn, [links.NewLink(url)], allowed=lambda _: False).new
        conn.execute(text("UPDATE links SET state = :state WHERE id = :id"), {"state": takes, "id": link})
        claim = ledger.claim(conn, stage, [link], token=token, worker="test", policy=policy)
        assert len(claim.items) == 1
        settled = ledger.Settlement(link, Outcome.PARKED, code=code, message="as deep as a well", detail={"depth": 9})
        ledger.settle(conn, stage, [settled], token=token, worker="test", policy=policy)
    return link
