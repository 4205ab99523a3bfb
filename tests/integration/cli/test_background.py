"""The background of keywords: counted from what is stored, taken up by the enrich stage, forgotten again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from rasid.context import Context
from rasid.enrich import learn
from rasid.enrich.annotate import VERSION, Annotator
from rasid.enrich.builtin import GazetteerEnricher
from rasid.enrich.interface import Doc
from rasid.settings import load
from rasid.store.engine import transaction

NOW = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture
def many(filled: Any, engine: Engine) -> None:
    """400 Arabic articles, and 20 English ones, all first seen before `NOW`."""
    with transaction(engine) as conn:
        conn.execute(
            text(
                """
                WITH l AS (
                    INSERT INTO links (key, url, fetch_url, host, outlet_id, state, found_at, due_at)
                    SELECT decode(md5(n::text), 'hex'), 'https://sada.example/n/' || n,
                           'https://sada.example/n/' || n, 'sada.example', 'sada', 'done',
                           now(), now() FROM generate_series(1, 420) n RETURNING id, url
                ), n AS (SELECT id, url, row_number() OVER (ORDER BY id) AS n FROM l)
                INSERT INTO articles (link_id, url, title, text, language, first_seen_at, outlet_id, method, confidence)
                SELECT id, url, 'خبر ' || n, 'ذكر مرصد الفرات أن شيئا' || n || ' حدث',
                       CASE WHEN n > 400 THEN 'en' ELSE 'ar' END, CAST(:now AS timestamptz) - n * interval '1 minute',
                       'sada', 'test', 1 FROM n
                """
            ),
            {"now": NOW},
        )


@pytest.fixture
def context(database_url: str, tmp_path: Any) -> Context:
    return Context(load({"RASID_DATABASE_URL": database_url, "RASID_HOME": str(tmp_path)}), database_url)


def test_it_is_counted_shown_and_forgotten(cli: Any, many: None) -> None:
    assert cli("background").out == ""
    done = cli("background", "learn")
    assert (done.code, done.out) == (0, "")
    assert "ar: 401 articles, version 1" in done.err
    (row,) = cli("background", "--json").lines
    assert (row["language"], row["version"], row["texts"]) == ("ar", 1, 401)
    assert "ar" in cli("background").out
    few = cli("background", "learn", "-l", "en", "--json").one
    assert (few["language"], few["version"]) == ("en", None)
    assert cli("background", "learn", "-l", "ar", "--json").one["version"] == 2
    assert "forgotten: ar" in cli("background", "forget").err
    assert cli("background", "--json").lines == []
    assert cli("background", "learn", "-l", "ar", "--json").one["version"] == 3


def test_a_language_is_counted_once_a_day_and_only_when_it_has_grown(many: None, context: Context) -> None:
    assert learn.due(context, now=NOW) == "ar"
    assert learn.due(context, now=NOW) is None, "somebody else is at it"
    learn.learn(context, "ar", now=NOW)
    assert learn.due(context, now=NOW + timedelta(hours=25)) is None, "nothing is new"
    with transaction(context.engine) as conn:
        conn.execute(text("UPDATE articles SET first_seen_at = :at WHERE id % 5 = 0"), {"at": NOW + timedelta(hours=2)})
    assert learn.due(context, now=NOW + timedelta(hours=3)) is None, "not yet a day"
    assert learn.due(context, now=NOW + timedelta(hours=25)) == "ar"


def test_the_enricher_takes_it_up_and_says_so(many: None, context: Context) -> None:
    clock = [0.0]
    annotator = Annotator()
    enricher = GazetteerEnricher(lambda: annotator, learn.Present(context, clock=lambda: clock[0]))
    doc = Doc(1, "قال مرصد الفرات إن محطة المياه توقفت، وإن محطة المياه تحتاج وقوداً، بحسب مرصد الفرات.", language="ar")
    enricher.enrich([doc])
    assert enricher.version == VERSION
    learn.learn(context, "ar", now=NOW)
    enricher.enrich([doc])
    assert enricher.version == VERSION, "looked for once a minute"
    clock[0] = 61.0
    enricher.enrich([doc])
    assert enricher.version == f"{VERSION}+ar1"
