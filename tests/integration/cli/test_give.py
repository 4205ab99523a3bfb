"""Work that an operator gives: URLs, lists, OPML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_submit_tells_new_known_and_refused(cli: Any) -> None:
    first = cli("submit", "https://sada.example/خبر", "http://192.168.0.1/", "--json")
    assert first.code == 0
    assert [(row["result"], row["reason"]) for row in first.lines] == [("new", None), ("refused", "private_address")]
    again = cli("submit", "https://sada.example/%D8%AE%D8%A8%D8%B1?utm_source=x", "--json")
    assert [(row["result"], row["link"]) for row in again.lines] == [("known", first.lines[0]["link"])]


def test_submit_fails_where_all_are_refused(cli: Any) -> None:
    done = cli("submit", "http://127.0.0.1/", "ftp://sada.example/x")
    assert done.code == 1
    assert "2 refused" in done.err


def test_an_exception_of_the_operator_lets_a_private_address_through(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASID_FETCH_ALLOW", "127.0.0.1:8000")
    rows = cli("submit", "http://127.0.0.1:8000/a", "http://127.0.0.1:8001/a", "--json").lines
    assert [row["result"] for row in rows] == ["new", "refused"]


def test_submit_reads_files_and_stdin_and_names_lines_without_a_url(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "قائمة.txt"
    file.write_text("# list\nhttps://sada.example/1\nnothing here\n", "utf-8")
    done = cli("submit", str(file), "--json")
    assert [row["url"] for row in done.lines] == ["https://sada.example/1"]
    assert "line 3: no_url" in done.err
    assert [row["result"] for row in cli("submit", "-", "--json", stdin="https://sada.example/2\n").lines] == ["new"]


@pytest.mark.parametrize("target", ["sada.example/1", "/no/such/file"])
def test_submit_of_what_is_neither_url_nor_file_is_wrong_usage(cli: Any, target: str) -> None:
    done = cli("submit", target)
    assert (done.code, done.err.count("\n")) == (2, 1)


def test_submit_to_an_unknown_outlet_is_wrong_usage(cli: Any) -> None:
    assert cli("submit", "https://sada.example/1", "--source", "nobody").code == 2


def test_waiting_ends_with_1_where_nobody_works(cli: Any) -> None:
    done = cli("submit", "https://sada.example/1", "--wait", "0", "--json")
    assert (done.code, done.lines[0]["state"]) == (1, "found")


def test_waiting_ends_at_once_for_what_has_ended(cli: Any, filled: Any) -> None:
    done = cli("submit", "https://sada.example/1", "--wait", "60", "--json")
    assert done.code == 0
    assert (done.lines[0]["state"], done.lines[0]["article"]) == ("done", filled.first)
