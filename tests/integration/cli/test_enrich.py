"""``rasid enrich``: what enrichers say is brought up to date, shown before, and written once."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine, text

from rasid.enrich.registry import GROUP

TAGGER = """
from rasid.enrich.interface import Annotation

class Tagger:
    name, version, cost = "tagger", "{version}", 1.0
    languages = frozenset()
    needs = frozenset({{"entity"}})
    provides = frozenset({{"topic", "mood"}})

    def enrich(self, batch):
        {body}
"""
SAYS = "return [[Annotation('topic', text='aid', score={score}, detail={{'n': len(d.found)}})] for d in batch]"
Install = Callable[..., None]


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled word lists are kept for all tests of this file."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def home(cli: Any, tmp_path: Path, lists: Path) -> Iterator[None]:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").symlink_to(lists)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts an enricher ``tagger`` beside rasid, as pip does."""
    folder = tmp_path / "site"
    info = folder / "tagger-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tagger\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ntagger = tagger_of_test:Tagger\n")
    monkeypatch.syspath_prepend(str(folder))

    def make(version: str = "1", score: float = 0.5, body: str | None = None) -> None:
        code = TAGGER.format(version=version, body=body or SAYS.format(score=score))
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        (folder / "tagger_of_test.py").write_text(code, "utf-8")
        sys.modules.pop("tagger_of_test", None)

    yield make
    sys.modules.pop("tagger_of_test", None)


def rows(engine: Engine, statement: str) -> list[Any]:
    with engine.connect() as conn:
        return list(conn.execute(text(statement)))


def made_by(engine: Engine) -> set[str]:
    return {row[0] for row in rows(engine, "SELECT DISTINCT made_by FROM annotations")}


def test_a_dry_run_tells_what_a_real_one_then_does_and_a_second_changes_nothing(
    cli: Any, filled: Any, engine: Engine
) -> None:
    told = cli("enrich", "--all", "--dry-run", "--json").one
    assert told["articles"] == 2, "the first of each group alone"
    assert told["written"] == 2
    assert told["kinds"]["entity"]["added"] > 0
    assert made_by(engine) == {"test"}
    done = cli("enrich", "--all", "--json").one
    assert {**done, "dry_run": True} == told
    again = cli("enrich", "--all", "--json").one
    assert again["written"] == 0
    assert {name: counts["same"] for name, counts in again["kinds"].items()} == {
        name: counts["added"] for name, counts in told["kinds"].items()
    }
    assert again["examples"] == []
    assert {name.partition("@")[0] for name in made_by(engine)} == {"test", "rasid-gazetteer"}


def test_only_the_kinds_that_are_meant_are_written(cli: Any, filled: Any, engine: Engine) -> None:
    done = cli("enrich", "--all", "--only", "places, keyword", "--json").one
    assert done["kinds"].keys() <= {"place", "keyword"}
    assert done["kinds"]["place"]["added"] > 0
    query = "SELECT DISTINCT what FROM annotations WHERE made_by LIKE 'rasid-gazetteer@%'"
    assert {row[0] for row in rows(engine, query)} <= {"place", "keyword"}
    with engine.begin() as conn:
        conn.execute(text("UPDATE articles SET language = 'xx'"))
    assert cli("enrich", "--all", "--only", "place", "--json").one["written"] == 0
    assert rows(engine, "SELECT DISTINCT language FROM articles") == [("xx",)]
    cli("enrich", "--all")
    assert ("xx",) not in rows(engine, "SELECT language FROM articles WHERE id = group_id")


def test_a_range_of_articles(cli: Any, filled: Any) -> None:
    assert cli("enrich", "--since", "2025-03-01T09:30", "--dry-run", "--json").one["articles"] == 1
    assert cli("enrich", "--until", "2025-03-01T09:30", "--dry-run", "--json").one["articles"] == 1
    assert cli("enrich", "--outlet", "nahr", "--dry-run", "--json").one["last"] == filled.other
    assert cli("enrich", "--all", "--after", str(filled.first), "--dry-run", "--json").one["articles"] == 1
    copy = cli("enrich", "--article", str(filled.copy), "--dry-run", "--json")
    assert copy.one["articles"] == 0
    assert f"is a copy: what is said of {filled.first}" in copy.err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "name a range"),
        (("--all", "--since", "7d"), "name a range"),
        (("--since", "2025-03-02", "--until", "2025-03-01"), "--since must be before --until"),
        (("--outlet", "nobody"), "there is no outlet 'nobody'"),
        (("--article", "999"), "there is no article 999"),
        (("--article", "x"), "--article is a whole number"),
        (("--all", "--after", "999"), "there is no article 999"),
        (("--all", "--with", "rasid-gazeteer"), "did you mean 'rasid-gazetteer'?"),
        (("--all", "--only", "smells"), "no enricher in use gives 'smells'; they give "),
    ],
)
def test_what_cannot_be_is_said(cli: Any, filled: Any, arguments: tuple[str, ...], why: str) -> None:
    done = cli("enrich", *arguments)
    assert done.code == 2
    assert why in done.err


def test_an_enricher_of_another_package_is_run_with_what_it_needs(
    cli: Any, filled: Any, engine: Engine, install: Install
) -> None:
    """The gazetteer is asked for names, and nothing of what it says is written."""
    install()
    done = cli("enrich", "--all", "--with", "tagger", "--json").one
    assert done["enrichers"] == ["tagger@1"]
    assert done["kinds"] == {"topic": {"added": 2, "removed": 0, "changed": 0, "same": 0}}
    assert made_by(engine) == {"test", "tagger@1"}
    assert rows(engine, "SELECT max((detail ->> 'n')::int) > 0 FROM annotations WHERE what = 'topic'") == [(True,)]
    install("2", score=0.5)
    assert cli("enrich", "--all", "--with", "tagger", "--json").one["kinds"]["topic"]["same"] == 2
    assert made_by(engine) == {"test", "tagger@2"}, "the same words, by a later version"
    install("3", score=0.7)
    changed = cli("enrich", "--all", "--with", "tagger", "--examples", "1", "--json").one
    assert changed["kinds"]["topic"]["changed"] == 2
    (example,) = changed["examples"]
    assert (example["before"]["score"], example["after"]["score"]) == (0.5, 0.7)
    shown = cli("enrich", "--all", "--with", "tagger", "--only", "topics")
    assert "tagger@3: 2 articles read, 0 changed" in shown.err


def test_what_an_enricher_said_stays_where_it_fails_now(
    cli: Any, filled: Any, engine: Engine, install: Install
) -> None:
    install()
    cli("enrich", "--all", "--with", "tagger")
    install("2", body="raise RuntimeError('no')")
    done = cli("enrich", "--all", "--with", "tagger", "--json")
    assert done.code == 1
    assert done.one["missed"] == [{"enricher": "tagger", "why": "failed", "articles": 2}]
    assert "tagger was not heard of 2 articles (failed)" in done.err
    assert made_by(engine) == {"test", "tagger@1"}


def test_what_was_missed_is_asked_for_again(cli: Any, filled: Any, engine: Engine, install: Install) -> None:
    with engine.begin() as conn:
        conn.execute(
            text("INSERT INTO enrich_later VALUES (:id, 'tagger', 'infinity', 15, 'failed')"), {"id": filled.other}
        )
    install()
    assert cli("enrich", "--missed", "--json").one["articles"] == 0, "of others it was heard"
    done = cli("enrich", "--missed", "--with", "tagger", "--json").one
    assert (done["articles"], done["last"]) == (1, filled.other)
    assert rows(engine, "SELECT * FROM enrich_later") == []


def test_one_that_is_named_and_cannot_be_used_is_an_error(cli: Any, filled: Any, install: Install) -> None:
    install(body="return []\n\n    def __init__(self): raise RuntimeError('the model is not there')")
    done = cli("enrich", "--all", "--with", "tagger")
    assert done.code == 1
    assert "enricher tagger cannot be used" in done.err
    assert "the model is not there" in done.err


def test_stopped_it_says_where_to_go_on(
    cli: Any, filled: Any, engine: Engine, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first batch is stored, the second is interrupted: going on does the rest."""
    monkeypatch.setenv("RASID_BATCH", "1")
    install(body=f"if batch[0].id == {filled.other}: raise KeyboardInterrupt\n        " + SAYS.format(score=0.5))
    done = cli("enrich", "--all", "--with", "tagger", "--json")
    assert done.code == 130
    assert f"--after {filled.first} goes on" in done.err
    assert (done.one["stopped"], done.one["written"]) == (True, 1)
    install()
    rest = cli("enrich", "--all", "--with", "tagger", "--after", str(filled.first), "--json").one
    assert (rest["articles"], rest["written"]) == (1, 1)


def test_changes_are_shown_to_people(cli: Any, filled: Any) -> None:
    shown = cli("enrich", "--all", "--dry-run")
    assert shown.code == 0
    assert "would be changed" in shown.err
    assert "القامشلي" in shown.out
    assert "\x1b" not in shown.out
