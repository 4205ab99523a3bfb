"""Shapes of addresses, and what the visits of a page teach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover.channel import read_channel
from rasid.discover.shapes import MOST_LINKS, PageMemory, link_hash, points_of, reckon, shapes_of

SITE = "https://sada.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/news/98765/اجتماع-في-دير-الزور", "/news/12/افتتاح-جسر-على-الفرات"),
        ("/2026/03/05/a-long-headline.html", "/2025/12/31/another-long-story-of-the-day.html"),
        ("/articles/c0l1n4k2gxeo", "/articles/c9z8y7x6w5vt"),
        ("/read.php?id=1&lang=ar", "/read.php?id=98765&lang=ar"),
    ],
)
def test_articles_of_one_kind_share_a_shape(one: str, other: str) -> None:
    assert shapes_of(SITE + one) == shapes_of(SITE + other)


def test_a_desk_is_no_article_and_desks_differ() -> None:
    assert shapes_of(f"{SITE}/sport") != shapes_of(f"{SITE}/politics")
    assert shapes_of(f"{SITE}/sport")[1] == shapes_of(f"{SITE}/politics")[1]
    assert shapes_of(f"{SITE}/محليات")[1] != shapes_of(f"{SITE}/محليات/اجتماع-في-دير-الزور")[1]


@given(st.text(max_size=200))
def test_any_address_has_a_short_shape(text: str) -> None:
    assert all(len(shape) < 700 for shape in shapes_of(f"{SITE}/{text}"))
    assert len(link_hash(f"{SITE}/{text}")) == 16


def test_few_outcomes_are_silent_and_many_of_one_mind_decide() -> None:
    assert PageMemory(shapes=reckon([(f"{SITE}/n/{n}", False) for n in range(2)])).shape_points(f"{SITE}/n/9") == 0
    assert points_of(4, 0) > points_of(3, 1) > points_of(2, 2) == 0 > points_of(1, 3)
    assert points_of(50, 1) == points_of(5, 0)


def test_a_link_that_is_there_at_every_visit_is_furniture_and_a_new_one_is_news() -> None:
    memory = PageMemory()
    for number in range(4):
        memory = memory.after([link_hash(f"{SITE}/about"), link_hash(f"{SITE}/n/{number}")])
    assert memory.points(f"{SITE}/about") < 0 == memory.points(f"{SITE}/n/3") < memory.points(f"{SITE}/n/77")


@given(st.lists(st.lists(st.integers(0, 3_000), max_size=30), max_size=30))
def test_the_memory_stays_small(visits: list[list[int]]) -> None:
    memory = PageMemory()
    for numbers in visits:
        memory = memory.after([str(number) for number in numbers])
    assert memory.visits == len(visits)
    assert len(memory.seen) <= MOST_LINKS
    assert all(0 < times <= last <= memory.visits for times, last in memory.seen.values())


def test_a_page_is_read_with_what_is_known_of_its_outlet() -> None:
    lists = f"{SITE}/lists/all-the-news-of-the-week-"
    page = f"<html><body><a href='/n/4'>جسر جديد</a><h2><a href='{lists}4'>كل أخبار الأسبوع في صفحة</a></h2>"
    learned = reckon([(f"{SITE}/n/{n}", True) for n in range(9)] + [(f"{lists}{n}", False) for n in range(9)])
    before = read_channel(page.encode(), url=SITE)
    after = read_channel(page.encode(), url=SITE, memory=PageMemory(3, {}, learned))
    assert [entry.url for entry in before.entries] == [f"{SITE}/lists/all-the-news-of-the-week-4"]
    assert [entry.url for entry in after.entries] == [f"{SITE}/n/4"]


def test_only_new_links_of_unknown_kinds_are_looked_at_on_trust() -> None:
    page = "<html><body>" + "".join(f"<a href='/{name}'>{name}</a>" for name in ("sport", "culture", "film", "world"))
    memory = PageMemory().after(link_hash(f"{SITE}/{name}") for name in ("sport", "culture", "world"))
    assert [one.url for one in read_channel(page.encode(), url=SITE, memory=memory).entries] == [f"{SITE}/film"]
