"""Which channels of a site are worth watching, how fresh they are, and who the outlet is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover import onboard
from rasid.discover.front import Claim, Front, read_front
from rasid.discover.onboard import Answered, House, Judged, Tried
from rasid.model import ChannelKind, ChannelReading, Entry

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
HOME = "https://sada.example"


def entries(
    numbers: Sequence[int], *, hours: float = 2, title: str | None = "عنوان", age: float = 0
) -> tuple[Entry, ...]:
    """Entries `hours` apart, the newest `age` hours old; None as title for a plain sitemap."""
    return tuple(
        Entry(f"{HOME}/news/{n}", title=title, published_at=NOW - timedelta(hours=age + place * hours))
        for place, n in enumerate(numbers)
    )


def came(
    path: str, found: tuple[Entry, ...], *, kind: str = "rss", origin: str = "page", title: str | None = None
) -> Answered:
    url = HOME + path
    return Answered(url, origin, at=url, reading=ChannelReading(ChannelKind(kind), title, "ar", found))


def chosen(*found: Answered) -> dict[str, Judged]:
    return {one.url.removeprefix(HOME): one for one in onboard.choose(found, now=NOW)}


def test_of_feeds_that_tell_the_same_one_is_watched() -> None:
    """Two spellings of a feed fold; the longer one stays, and the other says which one tells the same."""
    told = chosen(came("/feed", entries(range(10))), came("/rss.xml", entries(range(12))))
    assert [path for path, one in told.items() if one.keep] == ["/rss.xml"]
    assert told["/feed"].same_as == f"{HOME}/rss.xml"


def test_comments_and_topics_are_left_out_where_the_outlet_has_a_feed() -> None:
    told = chosen(
        came("/comments/feed", entries(range(50, 60)), title="تعليقات على صدى"),
        came("/tag/حلب/feed", entries(range(80, 90))),
        came("/feed", entries(range(10))),
    )
    assert [path for path, one in told.items() if one.keep] == ["/feed"]
    assert "comments" in told["/comments/feed"].why
    assert "topic" in told["/tag/حلب/feed"].why


def test_a_desks_feed_is_watched_for_what_the_others_do_not_tell() -> None:
    told = chosen(
        came("/feed", entries(range(20))),
        came("/sport/feed", entries(range(15, 35), age=1)),
        came("/politics/feed", entries(range(10), age=3)),
    )
    assert {path for path, one in told.items() if one.keep} == {"/feed", "/sport/feed"}


def test_a_page_is_watched_only_where_no_feed_is_alive() -> None:
    page = came("/", entries(range(9)), kind="html", origin="given")
    plain = came("/sitemap.xml", entries(range(9), title=None), kind="sitemap", origin="robots")
    assert chosen(page)["/"].keep
    assert not chosen(page, came("/feed", entries(range(5))))["/"].keep
    old = came("/feed", entries(range(5), age=24 * 40))
    told = chosen(page, old, plain)
    assert told["/sitemap.xml"].keep
    assert not told["/"].keep


def test_a_web_page_at_a_feeds_usual_address_is_no_section() -> None:
    told = chosen(came("/rss", entries(range(9)), kind="html", origin="usual"), came("/feed", entries(range(4))))
    assert told["/rss"].kind == "none"


@pytest.mark.parametrize(
    ("age", "hours", "state"),
    [(1, 2, "fresh"), (47, 2, "fresh"), (60, 2, "slow"), (60, 48, "fresh"), (360, 2, "stale"), (480, 168, "slow")],
)
def test_how_fresh_a_channel_is_hangs_on_its_own_pace(age: float, hours: float, state: str) -> None:
    assert onboard.judge(came("/feed", entries(range(10), age=age, hours=hours)), now=NOW).state == state


def test_a_channel_without_times_or_entries_says_so() -> None:
    bare = (Entry(f"{HOME}/1", title="x"),)
    assert onboard.judge(came("/a", bare), now=NOW).state == "undated"
    assert onboard.judge(came("/b", ()), now=NOW).state == "empty"
    failed = onboard.judge(Answered(f"{HOME}/c", "usual", code="http_404", message="gone"), now=NOW)
    assert (failed.state, failed.why) == ("failed", "gone (http_404)")


@given(st.lists(st.integers(0, 10**8).map(lambda seconds: NOW - timedelta(seconds=seconds)), max_size=80))
def test_a_rate_is_never_negative_and_never_divides_by_nothing(times: list[datetime]) -> None:
    rate = onboard.per_day(sorted(times, reverse=True))
    assert rate is None or 0 <= rate <= 24 * 50


def test_an_index_is_watched_for_its_plain_sitemaps_and_a_news_sitemap_for_itself() -> None:
    index = came("/sitemap_index.xml", (), kind="sitemapindex", origin="robots")
    news = came("/news.xml.gz", entries(range(9)), kind="sitemap", origin="index")
    posts = came("/posts-2026-03.xml", entries(range(30), title=None), kind="sitemap", origin="index")
    assert [one.url for one in onboard.with_children(index, [news, posts])] == [index.url, news.url]
    told = chosen(*onboard.with_children(index, [posts]))
    assert (told["/sitemap_index.xml"].keep, told["/sitemap_index.xml"].entries) == (True, 30)


def test_children_that_may_hold_news_are_asked_first() -> None:
    names = ("category", "post-1", "post-9", "news")
    rows = tuple(
        Entry(f"{HOME}/{name}-sitemap.xml", updated_at=NOW - timedelta(days=20 - place))
        for place, name in enumerate(names)
    )
    wanted = onboard.sitemap_children(ChannelReading(ChannelKind.SITEMAPINDEX, entries=rows), now=NOW, most=3)
    assert [url.removeprefix(HOME) for url in wanted] == [
        "/news-sitemap.xml", "/post-9-sitemap.xml", "/post-1-sitemap.xml",
    ]  # fmt: skip


def test_a_trial_takes_the_newest_of_each_channel_in_turn() -> None:
    found = [came("/feed", entries(range(5))), came("/sport/feed", entries(range(20, 25), age=9))]
    channels = onboard.choose(found, now=NOW)
    picked = onboard.to_try(found, channels, count=3)
    assert [entry.url.rpartition("/")[2] for entry in picked] == ["0", "20", "1"]


def test_the_figure_of_an_outlet_is_the_mean_of_what_is_known() -> None:
    (channel,) = onboard.choose([came("/feed", entries(range(5)))], now=NOW)
    good = Tried("a", title="x", published=NOW, authors=("سمر",), characters=900)
    assert onboard.health_of([channel], [good]).score == 100
    assert onboard.health_of([channel], [good, Tried("b", code="http_404")]).score == 80
    assert onboard.health_of([channel], [Tried("a", title="x", characters=900)]).score == 82
    assert onboard.health_of([channel], []).score == 100
    assert onboard.health_of([], []).score is None


# --- who it is ----------------------------------------------------------------------------------------------------

FRONT = """<html lang="ar-SY"><head><title>الرئيسية | صدى الفرات</title>
<meta property="og:locale" content="ar_SY">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsMediaOrganization",
"name":"صدى الفرات","address":{"@type":"PostalAddress","addressCountry":"سوريا"},
"parentOrganization":{"@type":"Organization","name":"دار الفرات"}}]}</script></head><body>
<nav><a href="/">الرئيسية</a><a href="/محليات">محليات</a><a href="/economy">اقتصاد</a><a href="/about">من نحن</a>
<a href="/2026/03/05/story">خبر اليوم</a><a href="https://other.example/x">شريك</a></nav>
<main><h2><a href="/news/98765/اجتماع">اجتماع في دير الزور لبحث إعادة الإعمار</a></h2></main>
<footer>دير الزور، سوريا <a href="tel:+963 51 123456">هاتف</a></footer></body></html>"""


def test_a_front_page_tells_who_it_is_and_where() -> None:
    front = read_front(FRONT.encode(), url="https://sada.example/")
    assert front.name == "صدى الفرات"
    assert front.houses == ("دار الفرات",)
    assert [section.title for section in front.sections] == ["محليات", "اقتصاد"]
    assert {(claim.value, claim.where) for claim in front.countries} == {
        ("SY", "html lang"), ("SY", "og:locale"), ("SY", "JSON-LD address"), ("SY", "telephone"), ("SY", "footer"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "page", [b"", b"\x00\xff", b"<html>", b"<script type='ld+json'>[[[{</script>", b"<a href='//['>x"]
)
def test_any_page_is_read(page: bytes) -> None:
    assert read_front(page, url="https://sada.example/").countries == ()


def test_a_domain_of_a_country_speaks_and_one_sold_to_all_does_not() -> None:
    assert read_front(b"<p>", url="https://sada.com.sy/").countries == (Claim("SY", "domain"),)
    assert read_front(b"<p>", url="https://sada.tv/").countries == ()
    assert read_front(b'<html lang="en-US">', url="https://sada.org/").countries == ()


def test_what_is_named_by_more_and_better_places_wins_and_a_tie_decides_nothing() -> None:
    front = Front(HOME, countries=(Claim("SY", "footer"), Claim("LB", "html lang")))
    found = onboard.country_of(front, ())
    assert found is not None
    assert (found.value, found.source) == ("SY", "footer")
    assert onboard.country_of(Front(HOME, countries=(Claim("SY", "footer"), Claim("LB", "telephone"))), ()) is None
    assert onboard.country_of(None, ()) is None


def test_what_articles_are_written_in_outweighs_what_the_template_says() -> None:
    front = Front(HOME, languages=(Claim("en", "html lang"), Claim("en", "og:locale")))
    found = onboard.language_of(front, (), [Tried("a", language="ar", characters=900)])
    assert found is not None
    assert found.value == "ar"


def test_the_family_is_that_of_the_site_or_of_the_house_that_is_named() -> None:
    known = [
        House("al-furat", "furat-house", ("دار الفرات", "Al-Furat"), "https://furat.example/"),
        House("sada", "sada", ("صدى", "Sada"), "https://www.sada.example/"),
        House("blog", "blog", ("مدونة", "Blog"), "https://one.blogspot.com/"),
        House("local", "local", ("محلي", "Local"), "http://127.0.0.1:8000/"),
    ]
    site = onboard.family_of("https://english.sada.example/", None, known)
    named = onboard.family_of("https://x.example/", Front("x", houses=("دار الفُرات",)), known)
    assert site is not None
    assert site.value == "sada"
    assert named is not None
    assert named.value == "furat-house"
    assert onboard.family_of("https://two.blogspot.com/", None, known) is None
    assert onboard.family_of("http://127.0.0.1:8001/", None, known) is None
