"""Where the text stands on the pages of a host: signatures, what is learned, and what is made of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from rasid.parse.body import read_body
from rasid.parse.containers import (
    ENOUGH_HELD,
    FAILED_TRY,
    FORGET_AFTER,
    LEAST_HELD,
    MAX_KEPT,
    Standing,
    learn,
    signature_of,
    trusted,
)

STORY = "قال مصدر محلي إن الاجتماع انتهى من دون اتفاق بين الطرفين، وإن الخلاف على المعبر ما زال قائما منذ أسابيع عدة."
OTHER = (
    "وشهدت المدينة منذ مطلع الشهر توترا متقطعا أدى إلى إغلاق المدارس وتعطل حركة النقل بين أحيائها كلها من دون تفسير."
)
PLACE = "main>div.page>div.story-text"


def signature(markup: str, selector: str) -> str | None:
    return signature_of(LexborHTMLParser(f"<html><body>{markup}</body></html>").css_first(selector))


def page(text: str, classes: str = "story-text post-11") -> str:
    """A page of one template."""
    return f"<html><body><main><div class='page'><div class='{classes}'>{text}</div></div></main></body>"


def test_pages_of_one_template_have_one_signature() -> None:
    one = signature("<main><div class='page'><div class='story-text post-4711'>x</div></div></main>", ".story-text")
    two = signature("<main><div class='page'><div class='post-9 story-text'>x</div></div></main>", ".story-text")
    assert one == two == PLACE


def test_a_node_without_a_name_of_its_own_has_none() -> None:
    assert signature("<div class=page><div>x</div></div>", ".page div") is None
    assert signature("<div class=page><div id=p123 class='css-1ab'>x</div></div>", ".page div") is None
    assert signature("<article>x</article>", "article") == "article"
    assert signature(f"<div class='{'a' * 50} {'b' * 59} {'c' * 60} {'d' * 60} {'e' * 60} {'f' * 60}'>x", "div") is None


def test_a_sure_reading_names_its_container_and_an_unsure_one_is_read_by_it() -> None:
    sure = read_body(LexborHTMLParser(page(f"<p>{STORY} {OTHER}</p><p>{STORY}</p>")))
    assert (sure.unsure, sure.container) == (False, PLACE)
    short = page(f"<p>{STORY}</p>")
    assert read_body(LexborHTMLParser(short)).unsure
    helped = read_body(LexborHTMLParser(short), learned=["div.gone", PLACE])
    assert [part.text for part in helped.paragraphs] == [STORY]
    assert (helped.learned, helped.unsure, helped.failed) == (True, False, ("div.gone",))


def test_a_container_that_no_longer_holds_is_told_and_not_believed() -> None:
    changed = page(f"<p>{STORY}</p>", classes="new-body")
    before, after = read_body(LexborHTMLParser(changed)), read_body(LexborHTMLParser(changed), learned=[PLACE])
    assert after.paragraphs == before.paragraphs
    assert (after.learned, after.failed) == (False, (PLACE,))
    empty = page("<p>قصير</p>")
    assert read_body(LexborHTMLParser(empty), learned=[PLACE]).failed == (PLACE,)


def test_it_is_believed_after_some_readings_and_forgotten_when_the_site_changes() -> None:
    known: dict[str, Standing] = {}
    for _ in range(LEAST_HELD):
        assert trusted(known) == ()
        known = learn(known, "div.old")
    assert trusted(known) == ("div.old",)
    for _ in range(LEAST_HELD):
        known = learn(known, "div.new")
    assert trusted(known) == ("div.new", "div.old")
    for _ in range(FORGET_AFTER):
        known = learn(known, "div.new")
    assert known == {"div.new": Standing(ENOUGH_HELD, 0)}


def test_a_few_tries_that_fail_are_enough_to_forget() -> None:
    known = {"div.old": Standing(ENOUGH_HELD, 0)}
    for _ in range(FORGET_AFTER // FAILED_TRY):
        known = learn(known, None, ["div.old"])
    assert known == {}


def test_an_article_that_teaches_nothing_changes_nothing() -> None:
    known = {"div.old": Standing(4, 2)}
    assert learn(known, None) == known


@given(st.lists(st.tuples(st.sampled_from("abcdefghijkl"), st.lists(st.sampled_from("abcdefghijkl"), max_size=3))))
def test_what_is_kept_is_bounded_and_the_newest_is_kept(steps: list[tuple[str, list[str]]]) -> None:
    known: dict[str, Standing] = {}
    for used, failed in steps:
        known = learn(known, used, failed)
        assert len(known) <= MAX_KEPT
        assert known[used].missed == 0
        assert all(0 < one.held <= ENOUGH_HELD and one.missed < FORGET_AFTER for one in known.values())
