"""Pages read from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.errors import ItemError, UsageError
from rasid.model import PageKind
from rasid.parse.answers import answer_date, answer_extract
from rasid.parse.page import read_page

PARAGRAPHS = [
    "دمشق (وكالات) - أعلنت وزارة النقل اليوم الثلاثاء إعادة فتح الطريق الدولي بعد أسابيع من الإغلاق للصيانة.",
    "وقال الوزير في مؤتمر صحفي إن الطريق صار جاهزا أمام حركة الشاحنات والحافلات في الاتجاهين ليلا ونهارا.",
    "وأضاف أن كلفة الأعمال بلغت نحو مليوني دولار، وأن المرحلة المقبلة تشمل الجسور الواقعة على الطريق نفسه.",
    "ورحب سائقون بالخطوة، وقال أحدهم إن الرحلة بين المدينتين كانت تستغرق ضعف الوقت خلال مدة الإغلاق.",
]
PAGE = f"""<!DOCTYPE html><html lang="ar" dir="rtl"><head><meta charset="utf-8">
<title>إعادة فتح الطريق الدولي | الصحيفة</title>
<meta property="og:site_name" content="الصحيفة"><meta property="og:type" content="article">
<link rel="canonical" href="/news/12345"><meta property="og:image" content="/i/road.jpg"></head>
<body><nav><a href="/">الرئيسية</a><a href="/sport">رياضة</a></nav>
<article><h1>إعادة فتح الطريق الدولي</h1><span class="date">19 كانون الثاني 2021 - 11:17</span>
<div class="share">شارك</div>
<div class="entry-content"><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><p>اقرأ أيضا: خبر عن الجسر القديم</p>
<p>حجم الخط</p><p>{PARAGRAPHS[2]}</p><p>{PARAGRAPHS[3]}</p></div></article>
<footer>جميع الحقوق محفوظة</footer></body></html>"""
URL = "https://example.org/news/12345"


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1256", None])
def test_an_arabic_article(encoding: str | None) -> None:
    """Text, title, time, dateline and related titles come out clean, from bytes or from text."""
    body = PAGE.encode(encoding) if encoding else PAGE
    reading = read_page(body, url=URL, content_type="text/html", country="SY")
    assert reading.kind is PageKind.ARTICLE
    assert reading.text.split("\n\n") == PARAGRAPHS
    assert reading.title == "إعادة فتح الطريق الدولي"
    assert reading.published is not None
    assert reading.published.value.isoformat() == "2021-01-19T11:17:00+02:00"
    assert (reading.published.precision, reading.published.source) == ("minute", "headline")
    assert (reading.canonical_url, reading.image) == (URL, "https://example.org/i/road.jpg")
    assert reading.related == ("خبر عن الجسر القديم",)
    assert reading.dateline == "دمشق (وكالات)"
    assert (reading.language, reading.site_name, reading.charset) == ("ar", "الصحيفة", encoding)
    assert reading.methods["text"] == reading.method == "fast"


def test_a_list_of_articles_is_no_article() -> None:
    cards = "".join(f"<li><h3><a href='/n/{n}'>خبر من أخبار اليوم له عنوان طويل {n}</a></h3></li>" for n in range(20))
    reading = read_page(f"<html><body><h1>أخبار</h1><ul>{cards}</ul></body></html>", url="https://example.org/")
    assert reading.kind is PageKind.LISTING


@pytest.mark.parametrize(
    ("title", "text", "kind", "reason"),
    [
        ("Just a moment...", "Checking your browser before accessing the site.", PageKind.BLOCKED, "robot_wall"),
        ("Access denied", "You do not have permission.", PageKind.BLOCKED, "robot_wall"),
        ("تحقق", "يرجى التحقق من أنك لست روبوتا", PageKind.BLOCKED, "robot_wall"),
        ("Before you continue", "We value your privacy. Accept all cookies", PageKind.BLOCKED, "consent_wall"),
        ("Sign in", "Please log in to continue reading this page.", PageKind.BLOCKED, "login_wall"),
        ("404 - Page not found", "Sorry.", PageKind.OTHER, "soft_404"),
        ("الصفحة غير موجودة", "عذرا", PageKind.OTHER, "soft_404"),
    ],
)
def test_walls_and_missing_pages(title: str, text: str, kind: PageKind, reason: str) -> None:
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    reading = read_page(page, url="https://example.org/a/b")
    assert (reading.kind, reading.reason) == (kind, reason)


@pytest.mark.parametrize("page", [b"", b"   ", "", "<html></html>", b"\x00\x00\x00", b"<!-- -->"])
def test_nothing_is_empty(page: bytes | str) -> None:
    reading = read_page(page, content_type="text/html")
    assert (reading.kind, reading.text) == (PageKind.EMPTY, "")


def test_what_is_no_text_is_other() -> None:
    reading = read_page(b"%PDF-1.4 ...", content_type="application/pdf")
    assert (reading.kind, reading.reason) == (PageKind.OTHER, "not_html")


def test_the_future_is_not_believed() -> None:
    page = PAGE.replace("19 كانون الثاني 2021 - 11:17", "19 كانون الثاني 2031")
    assert read_page(page, fetched_at=datetime(2021, 1, 19, 12, tzinfo=UTC)).published is None


def test_a_canonical_that_names_the_front_page_is_not_believed() -> None:
    page = PAGE.replace('href="/news/12345"', 'href="https://example.org/"')
    assert read_page(page, url=URL).canonical_url == URL


def test_the_body_of_json_ld_serves_where_the_page_has_none() -> None:
    told = json.dumps({"@type": "NewsArticle", "headline": "عنوان", "articleBody": "\n".join(PARAGRAPHS)})
    script = f'<script type="application/ld+json">{told}</script>'
    page = f'<html><head>{script}</head><body><div id="root"></div></body></html>'
    reading = read_page(page, url=URL)
    assert (reading.kind, reading.method) == (PageKind.ARTICLE, "jsonld")
    assert reading.text.split("\n\n") == PARAGRAPHS


def test_scraped_plain_text() -> None:
    text = (
        "icon\nتقارير\n\nإعادة فتح الطريق الدولي بعد أسابيع من الإغلاق\n\n2021.01.19 | 11:17 دمشق\n\nroad.jpg\n"
        "حلب - خاص\n+A\nحجم الخط\n-A\n\n" + "\n\nاقرأ أيضا: خبر عن الجسر القديم\n\n".join(PARAGRAPHS[1:])
    )
    reading = read_page(text.encode(), content_type="text/plain; charset=utf-8")
    assert reading.kind is PageKind.ARTICLE
    assert reading.title == "إعادة فتح الطريق الدولي بعد أسابيع من الإغلاق"
    assert (reading.section, reading.dateline, reading.image) == ("تقارير", "حلب - خاص", "road.jpg")
    assert reading.published is not None
    assert reading.published.value.isoformat() == "2021-01-19T11:17:00+02:00"
    assert reading.text.split("\n\n") == PARAGRAPHS[1:]
    assert reading.related == ("خبر عن الجسر القديم",) * 2


def test_wrapped_plain_text_is_joined() -> None:
    lines = (
        "The minister said on Tuesday that the road between the two\n"
        "cities would be opened again after weeks of repair work on\n"
        "the bridges and the tunnel that carries most of the traffic\n"
        "between the harbour and the market."
    )
    reading = read_page(f"Road opens again\n\n{lines}\n", content_type="text/plain")
    assert reading.text == lines.replace("\n", " ")


@settings(max_examples=60)
@given(st.binary(max_size=600) | st.text(max_size=600))
def test_no_page_raises(page: bytes | str) -> None:
    assert read_page(page, url="https://example.org/x").kind in PageKind


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div class=related>",
                "</div>",
                "<li><a>",
                "نص",
                "<h1>",
                "<td>",
                "&#0;",
                "<time>",
                "\ud800",
            ]
        ),
        max_size=60,
    )
)
def test_no_soup_raises(parts: list[str]) -> None:
    reading = read_page("<html><body>" + " ".join(parts))
    assert "\ud800" not in reading.text
    assert "\x00" not in reading.text


def test_answers_keep_the_contract(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(PAGE.encode("windows-1256"))
    answer = answer_extract({"path": str(file), "url": URL, "country": "SY", "unknown": 1})
    assert answer["kind"] == "article"
    assert answer["published_at"] == "2021-01-19T11:17:00+02:00"
    assert answer["published_precision"] == "minute"
    assert answer["charset"] == "windows-1256"
    promised = {
        "kind", "canonical_url", "title", "text", "authors", "published_at", "published_precision", "modified_at",
        "language", "site_name", "section", "tags", "image", "dateline", "charset", "method",
    }  # fmt: skip
    assert promised <= answer.keys()
    assert json.loads(json.dumps(answer)) == answer


def test_bad_items_are_errors_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="path or html"):
        answer_extract({})
    with pytest.raises(UsageError, match="must be a string"):
        answer_extract({"html": 5})
    with pytest.raises(ItemError, match="cannot read"):
        answer_extract({"path": str(tmp_path / "absent")})
    with pytest.raises(ItemError, match="cannot read"):
        answer_extract({"path": "a\x00b"})
    with pytest.raises(UsageError, match="text is missing"):
        answer_date({})
    with pytest.raises(UsageError, match="now must be a time"):
        answer_date({"text": "today", "now": "whenever"})


def test_the_inline_page_wins_over_the_file() -> None:
    assert answer_extract({"path": "/nowhere", "html": PAGE})["title"] == "إعادة فتح الطريق الدولي"


def test_dates_are_written_as_precise_as_they_are() -> None:
    assert answer_date({"text": "19 كانون الثاني 2021", "language": "ar"})["value"] == "2021-01-19"
    answer = answer_date({"text": "2021.01.19 | 11:17 دمشق"})
    assert answer == {"value": "2021-01-19T11:17:00+02:00", "precision": "minute", "zone_from": "city"}
    assert answer_date({"text": "no date"}) == {"value": None, "precision": None, "zone_from": None}


def test_the_slow_readers_are_loaded_only_when_needed() -> None:
    slow = ("trafilatura", "htmldate", "dateparser", "babel", "lxml", "charset_normalizer", "hijridate")
    code = f"import sys, rasid.parse.answers; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "markup",
    [
        "<p class='post-author-name'>سمر حداد</p>",
        "<span class='entry-meta-author author vcard'><i></i>سمر حداد</span>",
        "<div class='article__meta__authors'><p>بقلم <a href='/a/1'>سمر حداد</a></p></div>",
        "<meta name='twitter:label1' content='Written by'><meta name='twitter:data1' content='سمر حداد'>",
    ],
)
def test_a_name_is_found_in_bylines_of_many_shapes(markup: str) -> None:
    assert read_page(PAGE.replace("<article>", f"<article>{markup}"), url=URL).authors == ("سمر حداد",)


def test_what_stands_beside_another_label_is_no_author() -> None:
    card = "<meta name='twitter:label1' content='Reading time'><meta name='twitter:data1' content='5 minutes'>"
    assert read_page(PAGE.replace("</head>", f"{card}</head>"), url=URL).authors == ()


CAPTION = "<p>لقطات من افتتاح الجسر الجديد في المدينة بحضور عدد من الأهالي والمسؤولين المحليين صباح اليوم.</p>"


def typed(kind: str, body: str) -> tuple[PageKind, str | None]:
    data = json.dumps({"@type": kind, "headline": "افتتاح الجسر الجديد"})
    page = f"<html><head><script type='application/ld+json'>{data}</script></head><body><h1>افتتاح الجسر الجديد</h1>"
    reading = read_page(f"{page}<article>{body}</article></body></html>", url=URL)
    return reading.kind, reading.reason


def test_videos_and_galleries_are_no_articles() -> None:
    prose = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)
    assert typed("VideoObject", CAPTION) == (PageKind.OTHER, "video")
    assert typed("ImageGallery", CAPTION) == (PageKind.OTHER, "gallery")
    assert typed("NewsArticle", f"<video></video>{prose}") == (PageKind.ARTICLE, None)


BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def _dated(after: str) -> tuple[str | None, str | None, str | None]:
    """Day of publication, day of change and the way of the first, of an article with `after` behind its text."""
    page = f"<html><body><h1>عنوان الخبر الأول</h1><main>{BODY}</main>{after}</body></html>"
    now = datetime(2024, 1, 1, tzinfo=UTC)
    reading = read_page(page, url="https://example.org/news/12345-title-of-it", fetched_at=now)
    days = [when.value.date().isoformat() if when else None for when in (reading.published, reading.modified)]
    return days[0], days[1], reading.methods.get("published")


FAR = "<p>سطر آخر</p>" * 30


@pytest.mark.parametrize(
    "after",
    [
        "<p>Published on <b>March 3, 2019</b> by the desk</p>",
        "<p>تاريخ النشر:<br>٣ آذار ٢٠١٩</p>",
        "<p>기사입력 :[ 2019-03-03 15:24 ]</p>",
        "<p>Veröffentlicht am 3. März 2019 von Hans</p>",
    ],
)
def test_a_word_for_publication_tells_the_date_behind_it(after: str) -> None:
    others = "<p>See also: our report of 1 May 2012</p>"
    assert _dated(FAR + others + after) == ("2019-03-03", None, "label")


def test_a_change_stands_for_the_day_where_nothing_else_is_told() -> None:
    assert _dated(FAR + "<p>Aktualisiert am 05.03.2018 - 13:00</p>") == ("2018-03-05", "2018-03-05", "label")


def test_one_day_alone_on_a_page_is_its_day_and_two_are_not() -> None:
    assert _dated(FAR + "<p>3 March 2019</p>") == ("2019-03-03", None, "lone")
    assert _dated(FAR + "<p>3 March 2019</p><p>4 March 2019</p>")[2] != "lone"


def test_the_data_of_a_script_tell_the_time_of_publication() -> None:
    script = (
        '<script>window.state={"article":{"published_at":"2019-03-03T10:20:00Z","updated_at":"2020-01-01"}}</script>'
    )
    assert _dated(script) == ("2019-03-03", None, "script")


def test_a_live_blog_is_read_and_told_apart() -> None:
    told = '<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"مباشر"}</script>'
    page = f"<html><head>{told}</head><body><h1>مباشر</h1><main>{BODY}</main></body></html>"
    reading = read_page(page, url=URL)
    assert (reading.kind, reading.reason) == (PageKind.ARTICLE, "live_blog")


def test_a_page_that_shows_things_and_no_prose_is_not_called_empty() -> None:
    rows = "".join(f'<li><a href="/t/{n}">مباراة رقم {n}</a></li>' for n in range(40))
    reading = read_page(f"<html><body><div><ul>{rows}</ul></div></body></html>", url="https://example.org/fixtures")
    assert reading.kind in (PageKind.LISTING, PageKind.OTHER)
    assert "مباراة رقم 7" in reading.text
