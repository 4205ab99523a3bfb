"""What has changed of a site that is watched, and what is to be done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rasid.discover import changes, onboard
from rasid.discover.changes import Change, Watched
from rasid.discover.onboard import Answered, Fact
from rasid.model import ChannelKind, ChannelReading, Entry

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SITE = "https://sada.example"


def gave(path: str, numbers: Any = range(10), *, kind: str = "rss", age: float = 0, to: str | None = None) -> Answered:
    """An address that names articles of these numbers, the newest `age` days old; `to`: it moved there for good."""
    found = tuple(
        Entry(f"{SITE}/news/{n}", title="x", published_at=NOW - timedelta(days=age, hours=n)) for n in numbers
    )
    at = SITE + (to or path)
    return Answered(f"{SITE}{path}", "known", at, ChannelReading(ChannelKind(kind), entries=found), permanent=bool(to))


def lost(path: str, code: str) -> Answered:
    return Answered(f"{SITE}{path}", "known", code=code, message="no answer")


def compared(watched: list[Answered], others: tuple[Answered, ...] = (), *, kind: str = "feed") -> list[Change]:
    channels = onboard.choose([*watched, *others], now=NOW)
    known = [Watched(kind, one.url) for one in watched]
    return changes.compare(known, {one.url: one for one in watched}, channels)


def what(found: list[Change]) -> set[tuple[str, str, str]]:
    return {(change.what, change.do, (change.url or "").removeprefix(SITE)) for change in found}


def test_nothing_has_changed() -> None:
    assert compared([gave("/feed"), gave("/sport/feed", range(50, 60))]) == []


def test_what_lies_there_no_more_is_removed_and_what_does_not_answer_is_waited_for() -> None:
    found = compared([gave("/feed"), lost("/old", "http_404"), lost("/slow", "http_503")])
    assert what(found) == {("vanished", "remove", "/old"), ("unreachable", "wait", "/slow")}


def test_a_page_in_place_of_a_feed_is_a_vanished_feed() -> None:
    assert what(compared([gave("/feed"), gave("/rss", kind="html")])) == {("vanished", "remove", "/rss")}


def test_a_move_for_good_is_followed_unless_it_leads_to_what_is_watched() -> None:
    (change,) = compared([gave("/feed", to="/rss.xml")])
    assert (change.what, change.do, change.to) == ("moved", "move", f"{SITE}/rss.xml")
    assert what(compared([gave("/feed"), gave("/old", to="/feed")])) == {("duplicate", "remove", "/old")}


def test_two_that_tell_the_same_are_one_too_many() -> None:
    assert what(compared([gave("/feed"), gave("/rss.xml")])) == {("duplicate", "remove", "/rss.xml")}


def test_a_better_feed_is_not_news_while_the_watched_one_is_alive() -> None:
    longer = Answered(f"{SITE}/all", "page", f"{SITE}/all", gave("/all", range(12)).reading)
    assert compared([gave("/feed")], (longer,)) == []


def test_a_feed_that_tells_what_no_other_does_is_to_be_added() -> None:
    (change,) = compared([gave("/feed")], (gave("/sport", range(50, 60)),))
    assert (change.what, change.do, change.kind, change.url) == ("new", "add", "feed", f"{SITE}/sport")


def test_a_stale_channel_is_for_people() -> None:
    assert what(compared([gave("/feed", age=60)])) == {("stale", "look", "/feed")}


def test_the_last_channel_is_never_removed_by_itself() -> None:
    (change,) = compared([lost("/feed", "http_404")])
    assert (change.do, "last channel" in change.why) == ("look", True)
    found = compared([lost("/feed", "http_404")], (gave("/rss", range(5)),))
    assert what(found) == {("vanished", "remove", "/feed"), ("new", "add", "/rss")}


def test_facts_that_are_missing_are_set_and_others_are_for_people() -> None:
    found = {"language": Fact("ar", "articles, feed"), "country": Fact("SY", "footer")}
    assert {(c.what, c.do) for c in changes.facts({"language": None, "country": None}, found)} == {
        ("language", "set"), ("country", "set"),
    }  # fmt: skip
    assert {(c.what, c.do) for c in changes.facts({"language": "en", "country": "LB"}, found)} == {
        ("language", "set"), ("country", "look"),
    }  # fmt: skip
    assert changes.facts({"language": "ar-SY", "country": "SY"}, found) == []
    assert changes.facts({"language": "en", "country": "SY"}, {"language": Fact("ar", "html lang")})[0].do == "look"
