"""Enrichers are asked in order, within a deadline and behind a breaker; none of them holds up the others."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from rasid.enrich.deadline import TimeUp, within
from rasid.enrich.interface import Annotation, Doc
from rasid.enrich.run import Breaker, Heard, Runner
from rasid.enrich.sound import MOST


@dataclass
class Tagger:
    """An enricher of a test: says what `say` gives for each article."""

    name: str = "tagger"
    version: str = "1"
    languages: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    provides: frozenset[str] = frozenset({"topic"})
    cost: float = 1.0
    say: Callable[[Doc], Any] = lambda doc: [Annotation("topic", text="war", score=0.5)]
    asked: list[list[Doc]] = field(default_factory=list)

    def enrich(self, batch: Sequence[Doc]) -> Sequence[Sequence[Annotation]]:
        self.asked.append(list(batch))
        return [self.say(doc) for doc in batch]


def docs(*texts: str) -> list[Doc]:
    return [Doc(number, text, language="ar") for number, text in enumerate(texts)]


def raises(doc: Doc) -> list[Annotation]:
    raise ValueError("no")


def hangs(doc: Doc) -> list[Annotation]:
    while True:
        with suppress(Exception):
            time.sleep(60)


def hangs_in_a_pattern(doc: Doc) -> list[Annotation]:
    re.match(r"(a+)+$", "a" * 40 + "b")
    return []


def names(doc: Doc) -> list[Annotation]:
    return [Annotation("entity", 0, 5, kind="place", text=doc.text[:5])]


def test_each_is_heard_under_its_name_and_version() -> None:
    told = Runner([Tagger(), Tagger("other", "2.0", say=lambda doc: [])]).run(docs("حلب", "دمشق"))
    assert [one.said for one in told] == [
        {"tagger@1": [Annotation("topic", text="war", score=0.5)], "other@2.0": []}
    ] * 2
    assert told[0].heard == {"tagger": Heard.DONE, "other": Heard.DONE}
    assert told[0].missed == {}
    assert set(told[0].seconds) == {"tagger", "other"}


def test_one_that_needs_something_is_given_that_and_no_more() -> None:
    first = Tagger("first", provides=frozenset({"entity", "topic"}), say=lambda doc: [*names(doc), Annotation("topic")])
    second = Tagger("second", needs=frozenset({"entity"}))
    Runner([first, second]).run(docs("دمشق اليوم"))
    assert first.asked[0][0].found == ()
    assert second.asked[0][0].found == tuple(names(first.asked[0][0]))


def test_the_language_that_was_found_decides_who_is_asked() -> None:
    def say(doc: Doc) -> list[Annotation]:
        return [Annotation("language", 0, 1, text="xx"), Annotation("language", text=doc.text)]

    teller = Tagger("teller", provides=frozenset({"language"}), say=say)
    arabic = Tagger("arabic", languages=frozenset({"ar"}))
    told = Runner([teller, arabic]).run(docs("ar-SY", "tr"))
    assert [doc.language for doc in arabic.asked[0]] == ["ar-SY"]
    assert [one.language for one in told] == ["ar-SY", "tr"]
    assert told[1].heard["arabic"] is Heard.LANGUAGE
    assert told[1].said["arabic@1"] == (), "what it said of an earlier text goes"
    assert told[1].missed == {}


@pytest.mark.parametrize("fault", [raises, hangs, hangs_in_a_pattern])
def test_one_that_fails_or_hangs_costs_nobody_else_anything(fault: Callable[[Doc], Any]) -> None:
    told = Runner([Tagger("bad", say=fault), Tagger("good")], seconds=1.0).run(docs("حلب", "دمشق"))
    for one in told:
        assert one.heard["bad"] in (Heard.FAILED, Heard.TIMEOUT)
        assert one.said.keys() == {"good@1"}
        assert one.missed == {"bad": "failed" if fault is raises else "timeout"}


def test_one_bad_article_costs_no_other() -> None:
    def say(doc: Doc) -> list[Annotation]:
        return raises(doc) if doc.text == "bad" else [Annotation("topic")]

    told = Runner([Tagger(say=say)]).run(docs("حلب", "bad", "دمشق"))
    assert [one.heard["tagger"] for one in told] == [Heard.DONE, Heard.FAILED, Heard.DONE]
    assert "tagger@1" not in told[1].said


@pytest.mark.parametrize("fault", [raises, hangs])
def test_it_works_in_a_thread_too_and_leaves_one_behind_at_most(fault: Callable[[Doc], Any]) -> None:
    woken = threading.Event()
    bad = Tagger("bad", say=(lambda doc: woken.wait() and []) if fault is hangs else fault)
    runner = Runner([bad, Tagger("good")], seconds=2.0, failures=10)
    before = threading.active_count()
    found: list[Any] = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: found.extend(runner.run(docs("حلب", "دمشق"))))
        thread.start()
        thread.join()
    assert threading.active_count() - before <= 1
    woken.set()
    assert len(found) == 6
    assert all("good@1" in one.said and "bad" in one.missed for one in found)


def test_what_needs_a_failed_one_is_not_asked_unless_another_gave_it() -> None:
    bad = Tagger("bad", provides=frozenset({"entity"}), say=raises)
    after = Tagger("after", needs=frozenset({"entity"}))
    assert Runner([bad, after]).run(docs("حلب"))[0].missed == {"bad": "failed", "after": "unmet"}
    good = Tagger("good", provides=frozenset({"entity"}), say=names)
    assert Runner([bad, good, after]).run(docs("حلب الآن"))[0].missed == {"bad": "failed"}


def test_after_some_failures_in_a_row_it_is_left_alone_for_a_while() -> None:
    now = [0.0]
    bad = Tagger("bad", say=raises)
    runner = Runner([bad], failures=2, pause=60.0, clock=lambda: now[0])
    heard = [runner.run(docs("حلب"))[0].heard["bad"] for _ in range(4)]
    assert heard == [Heard.FAILED, Heard.FAILED, Heard.OPEN, Heard.OPEN]
    now[0] = 61.0
    assert [runner.run(docs("حلب"))[0].heard["bad"] for _ in range(2)] == [Heard.FAILED, Heard.OPEN]
    now[0] = 122.0
    bad.say = lambda doc: []
    assert [runner.run(docs("حلب"))[0].heard["bad"] for _ in range(2)] == [Heard.DONE, Heard.DONE]


def test_a_breaker_counts_failures_in_a_row_only() -> None:
    breaker = Breaker(2, 60.0)
    assert not breaker.note(good=False)
    assert not breaker.note(good=True)
    assert not breaker.note(good=False)
    assert breaker.lets_through()
    assert breaker.note(good=False)
    assert not breaker.lets_through()


def test_many_that_hang_hold_a_batch_up_for_a_bounded_time() -> None:
    """Those that come when the patience is used up are not asked at all."""
    slow = [Tagger(f"slow-{n}", say=hangs) for n in range(12)]
    told = Runner([*slow, Tagger("rasid-last")], seconds=0.05, trusted={"rasid-last"}).run(docs("حلب"))[0]
    assert set(told.missed) == {one.name for one in slow}
    assert sum(bool(one.asked) for one in slow) < 12
    assert "rasid-last@1" in told.said


def endless(doc: Doc) -> Iterable[Annotation]:
    while True:
        yield Annotation("topic")


@pytest.mark.parametrize("answer", [None, 3, [[]], [[], [], []], "no", [None, None]], ids=str)
def test_an_answer_of_another_shape_is_a_failure(answer: Any) -> None:
    class Odd(Tagger):
        def enrich(self, batch: Sequence[Doc]) -> Any:
            return answer if len(batch) > 1 else None

    told = Runner([Odd()]).run(docs("حلب", "دمشق"))
    if answer == "no":  # two strings: lists of things that are no annotations
        assert all(not any(one.said.values()) for one in told)
    else:
        assert [one.heard["tagger"] for one in told] == [Heard.FAILED, Heard.FAILED]


def test_an_endless_answer_ends() -> None:
    told = Runner([Tagger(say=endless)]).run(docs("حلب"))[0]
    assert len(told.said["tagger@1"]) == MOST
    assert told.dropped["tagger"] > 0


def test_a_package_that_gives_up_takes_nobody_with_it() -> None:
    def gives_up(doc: Doc) -> list[Annotation]:
        raise SystemExit(1)

    assert Runner([Tagger(say=gives_up)]).run(docs("حلب"))[0].missed == {"tagger": "failed"}


BAD: list[Any] = [
    None,
    "entity",
    Annotation("keyword", text="x"),
    Annotation("entity", 0, 3, kind="place", text="دمش"),
    Annotation("entity", 0, 3, kind="city", text="حلب"),
    Annotation("entity", 0, 99, kind="place", text="حلب"),
    Annotation("entity", -3, -1, kind="place"),
    Annotation("entity", 2, 2, kind="place"),
    Annotation("entity", 1, None, kind="place"),
    Annotation("entity", True, 3, kind="place"),
    Annotation("entity", 0, 1, in_title=True, kind="place"),
    Annotation("topic", text="a\0b"),
    Annotation("topic", text="\ud800"),
    Annotation("topic", text="x" * 20_000),
    Annotation("topic", name=3),  # type: ignore[arg-type]
    Annotation("topic", score=float("nan")),
    Annotation("topic", score=2.0),
    Annotation("topic", lat=91.0, lon=0.0),
    Annotation("topic", lat=9.0),
    Annotation("topic", country="Syria"),
    Annotation("topic", detail={"x": object()}),
    Annotation("topic", detail={"x": "\0"}),
    Annotation("topic", detail={"x": "y" * 99_999}),
    Annotation("topic", detail=[1]),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: repr(bad)[:60])
def test_what_cannot_be_true_or_stored_is_dropped_and_counted(bad: Any) -> None:
    good = Annotation("entity", 0, 3, kind="place", text="حلب")
    both = frozenset({"entity", "topic"})
    told = Runner([Tagger(provides=both, say=lambda doc: [bad, good])]).run(docs("حلب"))[0]
    assert told.said == {"tagger@1": [good]}
    assert told.dropped == {"tagger": 1}


# --- the deadline -------------------------------------------------------------------------------------------------


def test_an_alarm_that_somebody_set_before_still_rings() -> None:
    rung = threading.Event()
    handler = signal.signal(signal.SIGALRM, lambda *_: rung.set())
    former = signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(TimeUp):
            within(0.02, lambda: time.sleep(60))
        deadline = time.monotonic() + 30
        while not rung.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert rung.is_set()
    finally:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *former)


def test_what_the_call_raises_comes_through_and_no_alarm_is_left() -> None:
    former = signal.setitimer(signal.ITIMER_REAL, 0.0)
    try:
        with pytest.raises(KeyError):
            within(5.0, lambda: {}["x"])
        assert within(5.0, lambda: 7) == 7
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *former)
