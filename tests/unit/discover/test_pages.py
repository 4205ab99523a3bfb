"""Section pages: articles told from navigation, and the feeds that a page names."""

from __future__ import annotations

from datetime import UTC, datetime

from rasid.discover.channel import read_channel
from rasid.discover.pages import find_feeds
from rasid.model import ChannelKind, ChannelReading

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://www.example.sy/local"

PAGE = """<!doctype html><html lang="ar" dir="rtl"><head><title>محليات - صحيفة</title></head><body>
<header><nav><a href="/">الرئيسية</a><a href="/local">محليات</a>
 <a href="/economy/markets-and-money-today">أسواق المال والأعمال اليوم كاملة</a></nav></header>
<main>
 <article><a href="/2024/12/03/damascus-blast?utm_source=home"><img src="/1.jpg" alt="صورة"></a>
  <h2><a href="/2024/12/03/damascus-blast">انفجار في دمشق يوقع جرحى قرب الجامعة</a></h2>
  <time datetime="2024-12-03T09:15:00+03:00">اليوم</time><a href="/2024/12/03/damascus-blast">اقرأ المزيد</a></article>
 <div class="card"><a href="/سياسة/245678/%D9%85%D8%AC%D9%84%D8%B3">
  <h3>مجلس الشعب يناقش موازنة العام المقبل</h3></a></div>
 <div class="card"><h3><a
  href="https://news.example.sy/articles/c0l1n4k2gxeo">تقرير مطول عن عودة أهالي داريا إلى بيوتهم</a></h3></div>
 <div><a href="/news?id=98765">وزير الكهرباء: ساعات التغذية ستزيد الشهر القادم</a></div>
 <a href="/tag/damascus-news-today">كل أخبار مدينة دمشق هذا اليوم</a>
 <a href="/author/ahmad-ali-hasan">الكاتب الصحفي أحمد علي حسن</a>
 <a href="/local?page=2">الصفحة التالية من الأخبار المحلية كاملة</a>
 <a href="/privacy-policy">سياسة الخصوصية وشروط الاستخدام في الموقع</a>
 <a href="/files/report-2024-12-03.pdf">التقرير السنوي الكامل عن حالة الطرق</a>
 <a href="https://other.example.com/2024/12/03/some-long-story">خبر طويل من موقع آخر لا نتابعه</a>
 <a href="javascript:void(0)">اضغط هنا لمشاهدة المزيد من الأخبار</a>
</main>
<footer><a href="/2019/01/01/about-this-newspaper-and-its-people">عن الصحيفة وأهلها وتاريخها الطويل</a></footer>
</body></html>"""


def read(page: str) -> ChannelReading:
    return read_channel(page.encode(), url=URL, now=NOW)


def test_articles_are_told_from_navigation() -> None:
    """Articles come once each, in the order of the page, with their headline; everything else stays out."""
    reading = read(PAGE)

    assert (reading.kind, reading.title, reading.language) == (ChannelKind.HTML, "محليات - صحيفة", "ar")
    assert [entry.title for entry in reading.entries] == [
        "انفجار في دمشق يوقع جرحى قرب الجامعة",
        "مجلس الشعب يناقش موازنة العام المقبل",
        "تقرير مطول عن عودة أهالي داريا إلى بيوتهم",
        "وزير الكهرباء: ساعات التغذية ستزيد الشهر القادم",
    ]
    assert (
        reading.entries[1].url
        == "https://www.example.sy/%D8%B3%D9%8A%D8%A7%D8%B3%D8%A9/245678/%D9%85%D8%AC%D9%84%D8%B3"
    )


def test_the_time_of_a_card_is_its_articles() -> None:
    """A time that stands alone in a card is the publication; without one it is None."""
    first, second, *_ = read(PAGE).entries

    assert first.published_at == datetime(2024, 12, 3, 6, 15, tzinfo=UTC)
    assert second.published_at is None


def test_base_of_a_page() -> None:
    """Links are joined to <base href>."""
    page = (
        '<html><base href="/ar/"><body><h2><a href="2024/12/03/story">عنوان طويل لخبر من المدينة</a></h2></body></html>'
    )

    assert [entry.url for entry in read(page).entries] == ["https://www.example.sy/ar/2024/12/03/story"]


def test_a_page_of_navigation_gives_nothing() -> None:
    """Short links to sections are no articles."""
    links = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("sport", "culture", "world", "video"))

    assert read(f"<html><body><ul>{links}</ul></body></html>").entries == ()


def test_find_feeds() -> None:
    """Feeds are found by their type, made absolute, once each; feeds of comments come last."""
    page = """<html><head><base href="https://example.sy/ar/">
    <link rel="alternate" type="application/rss+xml" title="تعليقات" href="/comments/feed/">
    <link rel="alternate" type="application/rss+xml" href="feed/">
    <link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="//example.sy/atom.xml">
    <link rel="alternate" type="application/feed+json" href="/feed.json">
    <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">
    <link rel="alternate" hreflang="en" href="/en/">
    <link rel="stylesheet" type="text/css" href="/rss.css">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    </head><body><a href="/rss/politics.xml">RSS</a><a href="feed/">RSS</a></body></html>"""

    assert find_feeds(page, "https://example.sy/") == (
        "https://example.sy/ar/feed/",
        "https://example.sy/atom.xml",
        "https://example.sy/feed.json",
        "https://example.sy/rss/politics.xml",
        "https://example.sy/comments/feed/",
    )


def test_find_feeds_in_bytes() -> None:
    """Bytes are decoded first; a page without feeds gives none."""
    assert find_feeds("<html><body>أخبار</body></html>".encode("cp1256"), "https://example.sy/") == ()
