"""What readers are told: search, stories, show, trace, export, status."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from rasid.store.engine import transaction


def test_search_finds_a_word_behind_a_proclitic_and_gives_one_row_a_group(cli: Any, filled: Any) -> None:
    """القامشلي stands as والقامشلي in two copies: the first of the group is the one row."""
    done = cli("search", "القامشلي", "--json")
    assert done.code == 0
    assert [row["id"] for row in done.lines] == [filled.first]
    assert done.lines[0]["copies"] == 1
    assert done.lines[0]["story"] == filled.story


def test_search_folds_what_is_asked_for(cli: Any, filled: Any) -> None:
    """ألقامشلي with a hamza and tashkeel is the same word."""
    assert [row["id"] for row in cli("search", "القَامِشلي", "--json").lines] == [filled.first]


@pytest.mark.parametrize(
    ("options", "count"),
    [(["--language", "en"], 0), (["--language", "ar"], 1), (["--source", "nahr"], 1), (["--since", "2025-03-02"], 0)],
)
def test_search_filters(cli: Any, filled: Any, options: list[str], count: int) -> None:
    """A filter that leaves only the copy still gives the group one row."""
    assert len(cli("search", "مساعدات", *options, "--json").lines) == count


def test_search_without_a_word_is_wrong_usage(cli: Any, filled: Any) -> None:
    done = cli("search", "--", "--", "!")
    assert done.code == 2
    assert done.err.startswith("rasid search: there is no word")


def test_tables_show_arabic_and_disarm_what_outlets_wrote(cli: Any, filled: Any) -> None:
    """Neither markup in brackets nor an escape sequence in a title reaches the terminal as such."""
    done = cli("search", "Qamishli")
    assert "Aid [red]reaches[31m Qamishli" in done.out
    assert "\x1b" not in done.out
    assert "مساعدات" in cli("search", "مساعدات").out


def test_stories_and_their_members_say_why(cli: Any, filled: Any) -> None:
    (story,) = cli("stories", "--json").lines
    assert (story["id"], story["articles"], story["voices"]) == (filled.story, 3, 2)
    shown = cli("show", f"story:{filled.story}", "--json").one
    by_id = {row["id"]: row for row in shown["members"]}
    assert by_id[filled.other]["why"]["rung"] == "joined"
    assert by_id[filled.copy]["why"] == {"rung": "copy", "of": filled.first}
    assert "joined" in cli("show", f"story:{filled.story}").out


def test_show_an_article_with_its_copies_story_and_annotations(cli: Any, filled: Any) -> None:
    """A copy shows the annotations of the first of its group."""
    shown = cli("show", str(filled.copy), "--json").one
    assert (shown["relation"], shown["group_score"], shown["group_why"]["rung"]) == ("near", 0.91, "near")
    assert [row["id"] for row in shown["copies"]] == [filled.first]
    assert [one["ref"] for one in shown["annotations"]] == ["173811"]
    assert shown["annotated"] == filled.first
    printed = cli("show", str(filled.copy)).out
    assert "copy of" in printed
    assert "القامشلي" in printed


def test_show_quotes_and_candidates_for_events_of_the_first_of_the_group(cli: Any, filled: Any, engine: Engine) -> None:
    with transaction(engine) as conn:
        conn.execute(
            text("UPDATE articles SET text = 'قال الوزير إن الجسر آمن. وقع انفجار.' WHERE id = :id"),
            {"id": filled.first},
        )
        conn.execute(
            text(
                "INSERT INTO annotations "
                '(article_id, version, what, kind, name, text, start, "end", score, made_by, detail) VALUES '
                "(:id, 1, 'quote', 'indirect', 'الوزير', NULL, 14, 23, 0.85, 'test', '{\"source\": \"office\"}'), "
                "(:id, 1, 'event', 'explosion', NULL, 'انفجار', 25, 35, 0.6, 'test', '{\"told\": \"reported\"}')"
            ),
            {"id": filled.first},
        )
    shown = cli("show", str(filled.copy), "--json").one
    assert {one["what"]: one["written"] for one in shown["annotations"] if one["written"]} == {
        "quote": "الجسر آمن",
        "event": "وقع انفجار",
    }
    printed = cli("show", str(filled.copy)).out
    assert "الوزير (office, indirect, 0.85): «الجسر آمن»" in printed
    assert "explosion (reported, 0.60): «وقع انفجار»" in printed


def test_show_what_is_not_there_fails_and_what_is_no_id_is_wrong_usage(cli: Any, filled: Any) -> None:
    assert (cli("show", "999").code, cli("show", "story:999").code) == (1, 1)
    assert (cli("show", "x").code, cli("show", "99999999999999999999999").code) == (2, 2)


def test_versions_are_shown(cli: Any, filled: Any, engine: Engine) -> None:
    with transaction(engine) as conn:
        conn.execute(
            text(
                "INSERT INTO article_versions (article_id, version, title, text, parsed_at) "
                "VALUES (:id, 1, 'العنوان القديم', 'نص', now())"
            ),
            {"id": filled.first},
        )
    assert cli("show", str(filled.first), "--json").one["versions"][0]["title"] == "العنوان القديم"
    assert "العنوان القديم" in cli("show", str(filled.first)).out


def test_trace_takes_any_spelling_of_the_url_and_tells_the_crumbs(cli: Any, filled: Any) -> None:
    found = cli("trace", "HTTPS://Sada.Example/broken?utm_source=x#top", "--json").one
    assert (found["id"], found["state"], found["code"]) == (filled.parked, "parked", "too_deep")
    assert [(one["stage"], one["outcome"], one["code"]) for one in found["crumbs"]] == [("parse", "parked", "too_deep")]
    assert found["evidence"] == {"depth": 9}
    assert "too_deep" in cli("trace", str(filled.parked)).out


def test_trace_of_an_unknown_url_fails(cli: Any, filled: Any) -> None:
    for what in ("https://nobody.example/", "not://a url", "424242"):
        done = cli("trace", what)
        assert (done.code, done.err.count("\n")) == (1, 1)


def test_export_ndjson_is_whole_and_in_order(cli: Any, filled: Any) -> None:
    rows = cli("export").lines
    assert [row["id"] for row in rows] == [filled.first, filled.copy, filled.other]
    assert rows[0]["authors"] == ["سمر", "Ali"]
    assert rows[1]["group"] == filled.first
    assert rows[0]["first_seen_at"].endswith(("+00:00", "Z"))


def test_export_csv_to_a_file(cli: Any, filled: Any, tmp_path: Path) -> None:
    out = tmp_path / "تصدير.csv"
    done = cli("export", "--format", "csv", "--out", str(out))
    assert (done.code, done.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    assert rows[0]["title"] == "وصول مساعدات إلى القامشلي"
    assert rows[0]["authors"] == "سمر; Ali"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == [out.name]


def test_export_to_a_folder_that_is_not_there_is_wrong_usage(cli: Any, filled: Any, tmp_path: Path) -> None:
    assert cli("export", "--out", str(tmp_path / "no" / "x.csv")).code == 2


def test_status_adds_up(cli: Any, filled: Any) -> None:
    found = cli("status", "--json").one
    assert found["adds_up"] is True
    assert found["total"] == sum(found["links"].values()) == 4
    assert (found["links"]["done"], found["links"]["parked"]) == (3, 1)
    assert found["stages"]["parse"] == {"parked": 1}
    assert found["parked"] == {"too_deep": 1}
    assert found["queues"] is None
    assert "broker" in found["broker"]
    assert "parked 1" in cli("status").out


def test_status_fails_where_the_broker_is_away_and_shows_what_is_known(
    cli: Any, filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = cli("status")
    assert told.code == 1
    assert "does not run" in told.err
    assert told.err.count("\n") == 1
    assert "stage" in told.out
    monkeypatch.setenv("RASID_BROKER_URL", "redis://127.0.0.1:9/0")
    named = cli("status", "--json")
    assert (named.code, named.one["total"], named.one["queues"]) == (1, 4, None)
    assert named.err.startswith("rasid status: the broker does not answer (redis://127.0.0.1:9/0)")


def test_status_succeeds_where_all_answers(
    cli: Any, filled: Any, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RASID_BROKER_URL", broker_url)
    found = cli("status", "--json")
    assert (found.code, found.one["broker"], found.one["queues"]["fetch"]) == (0, "ok", 0)


def test_status_tells_how_long_the_oldest_waits(cli: Any, engine: Engine, filled: Any) -> None:
    with transaction(engine) as conn:
        conn.execute(
            text("UPDATE links SET state = 'fetched', due_at = now() - interval '90 s' WHERE id = :id"),
            {"id": filled.parked},
        )
    wait = cli("status", "--json").one["waiting"]["parse"]
    assert (wait["links"], wait["due"]) == (1, 1)
    assert 89 < wait["oldest_seconds"] < 600


def test_json_needs_no_terminal_and_tables_do_not_either(cli: Any, filled: Any) -> None:
    """Each printing command gives valid NDJSON with --json and text without."""
    for command in (["stories"], ["config"], ["sources", "list"], ["hosts", "list"], ["failures", "list"]):
        plain, machine = cli(*command), cli(*command, "--json")
        assert (plain.code, machine.code) == (0, 0), command
        assert all(isinstance(json.loads(line), dict) for line in machine.out.splitlines())
        assert plain.out


def test_what_an_outlet_changed_is_shown_with_its_words(cli: Any, filled: Any, engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO article_versions (article_id, version, title, text, parsed_at) "
                "SELECT id, 1, 'العنوان القديم', text, '2026-03-01 10:00Z' FROM articles WHERE id = :id"
            ),
            {"id": filled.first},
        )
        conn.execute(
            text("UPDATE articles SET version = 2, parsed_at = '2026-03-01 14:00Z' WHERE id = :id"),
            {"id": filled.first},
        )
    shown = cli("show", str(filled.first), "--versions", "--json").one
    assert [row["version"] for row in shown["versions"]] == [1, 2]
    assert {run["what"] for run in shown["versions"][1]["changes"]["title"]} & {"gone", "new"}
    assert "[-" in cli("show", str(filled.first), "--versions").out
    assert cli("show", str(filled.first), "--at", "2026-03-01T13:05", "--json").one["title"] == "العنوان القديم"
    assert cli("show", str(filled.first), "--at", "2026-03-01T09:00").code == 1
    assert cli("show", f"story:{filled.story}", "--versions").code == 2
