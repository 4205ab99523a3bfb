"""What an alert says and how it leaves: one line of a file, a signed request, a line of the log."""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from rasid.alert.deliver import (
    LEAD_CHARACTERS,
    Alert,
    append_line,
    check_target,
    log_fields,
    payload,
    signature,
    verify,
    webhook,
)
from rasid.errors import UsageError

NOW = datetime(2026, 3, 1, 11, 0, tzinfo=timezone(timedelta(hours=3)))
ALERT = Alert(
    watch="قسد",
    query="قسد OR الأسايش",
    story=5,
    story_title="توتر في القامشلي",
    article=9,
    url="https://example.org/خبر",
    title="توتر في القامشلي",
    matched_at=NOW,
    source="enab-baladi",
    language="ar",
    lead="ا" * 2000,
)


def test_the_payload_is_versioned_bounded_and_in_utc() -> None:
    said = payload(ALERT)

    assert said["version"] == 1
    assert said["matched_at"] == "2026-03-01T08:00:00+00:00"
    assert said["published_at"] is None
    assert len(said["lead"]) == LEAD_CHARACTERS
    assert json.loads(json.dumps(said)) == said


def test_the_fields_of_the_payload_stay() -> None:
    # Receivers rely on these names: add to them, never rename or remove one within a version.
    assert set(payload(ALERT)) >= {
        "version", "watch", "query", "story", "story_title", "article", "url", "title", "matched_at", "source",
        "language", "lead", "published_at",
    }  # fmt: skip


def test_the_log_line_names_the_article_and_leaves_its_text_out() -> None:
    assert log_fields(payload(ALERT))["article"] == 9
    assert "lead" not in log_fields(payload(ALERT))


def test_a_file_gets_one_line_an_alert(tmp_path: Path) -> None:
    path = tmp_path / "new" / "alerts.ndjson"
    append_line(path, payload(ALERT))
    append_line(path, payload(ALERT))

    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [payload(ALERT)] * 2


def test_a_line_that_was_cut_short_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "alerts.ndjson"
    path.write_bytes(b'{"version": 1, "wat')
    append_line(path, payload(ALERT))

    assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) == payload(ALERT)


def test_lines_of_many_writers_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "alerts.ndjson"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: append_line(path, payload(ALERT)), range(60)))
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line] == [payload(ALERT)] * 60


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        append_line(tmp_path / "file" / "alerts.ndjson", payload(ALERT))


def test_a_webhook_is_signed_over_its_time_and_body() -> None:
    request = webhook("https://example.org/hook", payload(ALERT), delivery=3, now=NOW, secret="geheim")
    timestamp = request.headers["x-rasid-timestamp"]
    expected = hmac.new(b"geheim", timestamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()

    assert request.headers["x-rasid-signature"] == f"sha256={expected}"
    assert request.headers["x-rasid-delivery"] == "3"
    assert json.loads(request.body) == payload(ALERT)
    assert int(timestamp) == int(NOW.astimezone(UTC).timestamp())


def test_a_changed_body_time_or_secret_is_noticed() -> None:
    given = signature(b"{}", "geheim", 100)

    assert verify(b"{}", "geheim", timestamp=100, given=given)
    assert not verify(b"{ }", "geheim", timestamp=100, given=given)
    assert not verify(b"{}", "geheim", timestamp=101, given=given)
    assert not verify(b"{}", "anders", timestamp=100, given=given)
    assert not verify(b"{}", "geheim", timestamp=100, given="sha256=ü")


def test_without_a_secret_nothing_is_signed() -> None:
    request = webhook("http://example.org", payload(ALERT), delivery=1, now=NOW)
    assert "x-rasid-signature" not in request.headers


@pytest.mark.parametrize(
    ("via", "target"),
    [
        ("pigeon", None),
        ("file", None),
        ("file", ""),
        ("webhook", None),
        ("webhook", "ftp://example.org"),
        ("webhook", "https://"),
        ("webhook", "http://[::1"),
        ("webhook", "example.org/hook"),
    ],
)
def test_a_target_that_cannot_work_is_refused(via: str, target: str | None) -> None:
    with pytest.raises(UsageError):
        check_target(via, target)


@pytest.mark.parametrize(
    ("via", "target"), [("log", None), ("file", "alerts.ndjson"), ("webhook", "https://example.org/hook")]
)
def test_a_target_that_can_work_is_taken(via: str, target: str | None) -> None:
    check_target(via, target)
