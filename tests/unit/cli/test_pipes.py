"""Every stage as a filter: ids come back, nothing that a line holds ends the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rasid.errors import UsageError
from rasid.pipes import STAGES, Filter, read_item, write_answer

WIRE = (
    "قتل خمسة مدنيين في قصف على مدينة إدلب اليوم الاثنين، بحسب الدفاع المدني السوري الذي قال إن الطائرات شنت غارات على "
    "الأحياء السكنية وسط المدينة، وإن فرق الإنقاذ ما زالت تبحث عن ناجين تحت الأنقاض في حي الجامعة."
)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the compiled gazetteer stays for the run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def filters(cache: Path) -> dict[str, Filter]:
    return {stage: Filter(stage, cache=cache) for stage in STAGES}


def ask(filter: Filter, item: Any) -> dict[str, Any]:
    line = item if isinstance(item, bytes) else json.dumps(item).encode()
    answer: dict[str, Any] = json.loads(filter.answer_line(line))
    return answer


GOOD: dict[str, dict[str, Any]] = {
    "feed": {"body": "<rss><channel><title>x</title></channel></rss>", "url": "https://example.org/"},
    "url": {"url": "https://example.org/a?utm_source=x"},
    "robots": {"body": "User-agent: *\nDisallow: /x", "user_agent": "rasid", "url": "https://example.org/x"},
    "extract": {"html": "<html><body><p>نص</p></body></html>"},
    "date": {"text": "2021-01-18"},
    "group": {"title": "قصف على إدلب", "text": WIRE},
    "similar": {"a": {"title": "قصف على إدلب", "text": WIRE}, "b": {"title": "قصف على إدلب", "text": WIRE}},
    "enrich": {"text": WIRE},
}
EXPECTED = {
    "feed": {"kind", "title", "language", "entries"},
    "url": {"href", "key", "fetchable", "reason"},
    "robots": {"allowed", "crawl_delay", "sitemaps"},
    "extract": {
        "kind", "canonical_url", "title", "text", "authors", "published_at", "published_precision", "modified_at",
        "language", "site_name", "section", "tags", "image", "dateline", "charset", "method",
    },
    "date": {"value", "precision", "zone_from"},
    "group": {"group", "relation", "score", "story", "story_score", "why"},
    "similar": {"score", "relation"},
    "enrich": {"language", "language_score", "entities", "places", "keywords", "dates"},
}  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_an_answer_has_the_fields_of_the_contract(filters: dict[str, Filter], stage: str) -> None:
    answer = ask(filters[stage], {"id": "x", "unknown": [1], **GOOD[stage]})
    assert answer["id"] == "x"
    assert EXPECTED[stage] <= set(answer)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("item", [{}, {"url": 5, "text": 5, "body": 5, "html": [], "a": 1, "b": None}])
def test_a_bad_item_is_answered_with_its_id_and_a_code(filters: dict[str, Filter], stage: str, item: Any) -> None:
    answer = ask(filters[stage], {"id": 7, **item})
    assert answer["id"] == 7
    assert answer["error"]["code"] in ("bad_input", "bad_item")
    assert answer["error"]["message"]


@pytest.mark.parametrize(
    "line", [b"not json", b"[1]", b"3", b"null", b'{"id": 1', b"[" * 100_000, b'{"id": NaN}', b"\xff"]
)
def test_a_line_that_is_no_object_is_answered_without_id(filters: dict[str, Filter], line: bytes) -> None:
    answer = ask(filters["url"], line)
    assert (answer["id"], answer["error"]["code"]) == (None, "bad_json")


@pytest.mark.parametrize("id", ["\ud800", 123456789012345678901234567890, ["a", {"b": 1}], None, 1.5, "خبر", True])
def test_ids_come_back_as_they_came(filters: dict[str, Filter], id: Any) -> None:
    assert ask(filters["url"], {"id": id, "url": "https://example.org/\ud800"})["id"] == id


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("odd", ["\ud800", "\x00", "\ud800\udc00 \udfff", "\ufeff"])
def test_surrogates_and_nulls_are_text_like_any_other(filters: dict[str, Filter], stage: str, odd: str) -> None:
    """Each field of a good item gets the odd letters at its end."""
    item = {name: value + odd if isinstance(value, str) else value for name, value in GOOD[stage].items()}
    answer = ask(filters[stage], {"id": "x", **item})
    assert answer["id"] == "x"
    assert answer.get("error", {}).get("code") != "internal_error"


def test_a_path_may_be_no_unicode(filters: dict[str, Filter], tmp_path: Path) -> None:
    """A name that is no UTF-8 comes with lone surrogates, as Python writes it, and still opens the file."""
    import os

    name = os.fsencode(tmp_path) + b"/\xff.html"
    with open(name, "wb") as file:
        file.write("<html><head><title>عنوان</title></head><body><p>نص</p></body></html>".encode())
    assert ask(filters["extract"], {"id": 1, "path": os.fsdecode(name)})["title"] == "عنوان"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@example(item={"id": [-(2**70)]})
@example(item={"id": {"a": 2**70}})
@given(item=st.dictionaries(st.sampled_from(["id", "url", "base", "text", "now", "language"]), json_values))
def test_no_object_crashes_a_filter(item: dict[str, Any]) -> None:
    """Whatever the fields hold, one line with the same id comes out, and no error is our own."""
    for filter in (_URL, _DATE):
        answer = json.loads(filter.answer_line(json.dumps(item).encode()))
        assert answer["id"] == item.get("id")
        assert answer.get("error", {}).get("code") != "internal_error"


_URL, _DATE = Filter("url"), Filter("date")


@given(value=json_values)
def test_what_is_written_is_read_again(value: Any) -> None:
    line = write_answer({"id": value})
    assert b"\n" not in line
    assert json.loads(line) == {"id": value}


def test_numbers_that_json_lacks_become_null() -> None:
    assert json.loads(write_answer({"id": 2**70, "score": float("nan")})) == {"id": 2**70, "score": None}


def test_lone_surrogates_in_texts_become_one_letter_each() -> None:
    """So offsets that count in the text stay right."""
    assert read_item(b'{"text": "a\\ud800b", "id": "\\ud800"}') == {"text": "a\ufffdb", "id": "\ud800"}


def test_an_unknown_stage_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="feed, url"):
        Filter("nope")


# --- group and similar --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [2, 5, 100])
def test_lines_that_are_there_together_get_the_answers_of_one_after_the_other(cache: Path, together: int) -> None:
    """Copies, stories, bad lines and ids that come twice among them."""
    given = [
        {"id": 1, "title": "قصف على إدلب", "text": WIRE},
        {"id": 2, "title": "قصف على إدلب", "text": WIRE.replace("خمسة", "5")},
        [1],
        {"id": 3},
        {"id": 1, "title": "Aid reaches the port", "text": "Trucks came to the harbour of Latakia.", "language": "en"},
        {"id": 4, "title": "غارات على إدلب", "text": "قتل خمسة مدنيين في غارات على إدلب بحسب الدفاع المدني."},
        {"id": 5, "title": "", "text": ""},
    ]
    lines = [json.dumps(one).encode() for one in given * 3]
    alone, group = Filter("group", cache=cache), Filter("group", cache=cache)
    expected = [answer for line in lines for answer in alone.take(line)] + [*alone.rest()]
    found = [answer for at in range(0, len(lines), together) for answer in group.take_all(lines[at : at + together])]
    assert [*found, *group.rest()] == expected
    assert [json.loads(answer)["id"] for answer in expected] == [1, 2, None, 3, 1, 4, 5] * 3


def test_a_copy_is_in_the_story_of_one_that_the_lines_between_them_drove_out(cache: Path) -> None:
    """Stories are remembered for a shorter time than copies."""
    first = {"id": "first", "title": "قصف على إدلب", "text": WIRE, "published_at": "2026-03-01T08:00:00+00:00"}
    later = [
        {"id": word, "title": word, "text": f"{word} " * 3, "published_at": "2026-03-06T08:00:00+00:00"}
        for word in (letter * 5 for letter in "abcdefghijklmnopqrst")
    ]
    copy = {**first, "id": "copy", "published_at": "2026-03-06T08:00:00+00:00"}
    lines = [json.dumps(one).encode() for one in (first, *later, copy)]
    alone, group = Filter("group", cache=cache), Filter("group", cache=cache)

    expected = [answer for line in lines for answer in alone.take(line)] + [*alone.rest()]
    found = [*group.take_all(lines), *group.rest()]

    assert found == expected
    assert json.loads(found[-1])["story"] == "first"


def test_a_text_that_breaks_a_stage_breaks_no_other(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rasid.cluster import memory
    from rasid.dedupe import fingerprint

    def failing(of: Callable[..., Any], word: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if any(word in str(one) for one in given):
                raise RuntimeError(word)
            return of(*given, **named)

        return call

    texts = {"a": WIRE, "broken": f"broken {WIRE}", "unread": "Trucks came unread to the harbour.", "b": WIRE}
    lines = [json.dumps({"id": id, "text": text}).encode() for id, text in texts.items()]
    monkeypatch.setattr(fingerprint, "fingerprints", failing(fingerprint.fingerprints, "broken"))
    monkeypatch.setattr("rasid.dedupe.decide.fingerprint", failing(fingerprint.fingerprint, "broken"))
    monkeypatch.setattr(memory, "read_doc", failing(memory.read_doc, "unread"))
    group = Filter("group", cache=cache)
    answers = [json.loads(answer) for answer in [*group.take_all(lines), *group.rest()]]
    told = [None, "RuntimeError: broken", "RuntimeError: unread", None]
    assert [answer.get("error", {}).get("message") for answer in answers] == told
    assert [answer["id"] for answer in answers] == [*texts]
    assert answers[3]["story"] == "a"


def test_copies_share_a_group_and_its_story(cache: Path) -> None:
    """Ids may be anything, and may come twice: the group is named by the id of its first."""
    group = Filter("group", cache=cache)
    first = ask(group, {"id": ["first"], "title": "قصف على إدلب", "text": WIRE})
    copy = ask(group, {"id": "b", "title": "قصف على إدلب", "text": WIRE, "published_at": "0001-01-01T00:00:00+14:00"})
    other = ask(group, {"id": "b", "title": "Aid reaches the port", "text": "Trucks came to the harbour of Latakia."})
    assert (first["group"], first["relation"], first["story"]) == (["first"], "original", ["first"])
    assert (copy["group"], copy["relation"], copy["story"]) == (["first"], "exact", ["first"])
    assert (other["group"], other["relation"], other["story"]) == ("b", "original", "b")
    assert copy["why"]["story"]["rung"] == "copy"


def test_the_stories_of_a_stream_wait_for_what_later_articles_show(cache: Path) -> None:
    """Answers come at the end, in the order of the input, errors in their places; copies follow their first."""
    group = Filter("group", cache=cache)
    lines = [
        {"id": 1, "title": "قصف على إدلب", "text": WIRE},
        {"id": 2, "title": "no text"},
        {"id": 3, "title": "قصف على إدلب", "text": WIRE},
        {"id": 4, "title": "Aid reaches the port", "text": "Trucks came to the harbour of Latakia."},
    ]
    early = [answer for line in lines for answer in group.take(json.dumps(line).encode())]
    late = [json.loads(answer) for answer in group.rest()]
    assert early == []
    assert [answer["id"] for answer in late] == [1, 2, 3, 4]
    assert [answer.get("story") for answer in late] == [1, None, 1, 4]
    assert late[1]["error"]["code"] == "bad_input"


def test_a_text_is_like_itself_and_unlike_another(filters: dict[str, Filter]) -> None:
    same = ask(filters["similar"], {"id": 1, **GOOD["similar"]})
    side = {"title": "Aid reaches the port", "text": "Trucks with flour came to the harbour of Latakia on Monday."}
    other = ask(filters["similar"], {"id": 2, "a": GOOD["similar"]["a"], "b": side})
    assert (same["score"], same["relation"]) == (1.0, "exact")
    assert (other["score"] < 0.5, other["relation"]) == (True, "original")
