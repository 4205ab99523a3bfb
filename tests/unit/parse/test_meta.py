"""What pages say about themselves."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from rasid.parse.meta import Meta, names_of, read_meta, split_tags
from rasid.parse.titles import choose_title


def read(head: str, body: str = "") -> Meta:
    return read_meta(LexborHTMLParser(f"<html lang='ar'><head>{head}</head><body>{body}</body></html>"))


def ld(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


ARTICLE = """{"@context": "https://schema.org", "@graph": [
  {"@type": "Organization", "name": "وكالة"},
  {"@type": ["NewsArticle"], "headline": "عنوان الخبر", "datePublished": "2021-01-19T11:17:00+02:00",
   "dateModified": "2021-01-19T12:00:00+02:00", "author": [{"@type": "Person", "name": "ليلى الحسن"}],
   "publisher": {"name": "الصحيفة"}, "articleSection": ["سياسة"], "keywords": "سوريا، الحسكة",
   "image": {"@type": "ImageObject", "url": "https://example.org/a.jpg"}, "inLanguage": "ar"}]}"""


def test_json_ld_in_a_graph() -> None:
    meta = read(ld(ARTICLE))
    assert meta.headlines[0] == ("عنوان الخبر", "jsonld")
    assert meta.authors == ["ليلى الحسن"]
    assert meta.published == [("2021-01-19T11:17:00+02:00", "jsonld")]
    assert meta.modified == [("2021-01-19T12:00:00+02:00", "jsonld")]
    assert (meta.site_name, meta.section, meta.image) == ("الصحيفة", "سياسة", "https://example.org/a.jpg")
    assert meta.tags == ["سوريا", "الحسكة"]
    assert "newsarticle" in meta.types


def test_common_slips_in_json_ld_are_mended() -> None:
    broken = '<!-- {"@type": "NewsArticle", "headline": "سطر\nثان", "author": {"name": "By Lina Haddad",},} -->'
    meta = read(ld(broken))
    assert meta.headlines[0][0] == "سطر ثان"
    assert meta.authors == ["Lina Haddad"]


def test_json_ld_beyond_mending_is_passed_over() -> None:
    meta = read(ld('{"@type": "NewsArticle", "headline": ') + '<meta property="og:title" content="عنوان">')
    assert meta.headlines == [("عنوان", "og:title")]
    assert read(ld("[" * 5000)).headlines == []
    assert read(ld('{"a":' * 900 + "1" + "}" * 900)).headlines == []


def test_meta_elements_and_links() -> None:
    meta = read(
        """<link rel="canonical" href="/a"><meta property="article:published_time" content="2021-01-19">
        <meta name="keywords" content="one, two; One"><meta name="author" content="Sami Nasser and Rana Aziz">
        <meta property="og:type" content="article"><title>A &amp; B</title>""",
        "<h1>Headline&nbsp;here</h1>",
    )
    assert (meta.canonical, meta.page_title, meta.language) == ("/a", "A & B", "ar")
    assert meta.tags == ["one", "two"]
    assert meta.authors == ["Sami Nasser", "Rana Aziz"]
    assert meta.first_headings == ["Headline here"]
    assert "og:article" in meta.types


def test_bylines_are_the_last_resort() -> None:
    assert read("", '<span class="byline"><a rel="author" href="/x">كتب: سامي نصر</a></span>').authors == ["سامي نصر"]


def test_names() -> None:
    assert list(names_of(["By Ann Lee, Bob Ray and Cy Orr"])) == ["Ann Lee", "Bob Ray", "Cy Orr"]
    assert list(names_of(["admin", "https://example.org/me", "webmaster@example.org", "ANN LEE", "Ann Lee"])) == [
        "ANN LEE"
    ]


def test_tags() -> None:
    assert split_tags(["a1", {"name": "b2"}, "c3،d4"]) == ["a1", "b2", "c3", "d4"]
    assert split_tags(None) == []


def test_the_heading_that_readers_see_is_the_title() -> None:
    site = '<meta property="og:site_name" content="الصحيفة">'
    head = site + '<meta property="og:title" content="عنوان الخبر الأول | الصحيفة">'
    assert choose_title(read(head, "<h1>الصحيفة</h1><h1>عنوان الخبر الأول</h1>")) == ("عنوان الخبر الأول", "h1")
    assert choose_title(read(head)) == ("عنوان الخبر الأول", "og:title")
    assert choose_title(read("<title>Deal signed in Geneva | The Daily</title>")) == ("Deal signed in Geneva", "title")
    assert choose_title(read("")) == (None, "")


def test_a_glued_kicker_is_taken_off() -> None:
    head = '<meta property="og:title" content="Ministers agree on a new budget">'
    page = "<h1><span>Politics</span><span>Ministers agree on a new budget</span></h1>"
    assert choose_title(read(head, page))[0] == "Ministers agree on a new budget"
