"""Walls, short articles, and what is no page at all."""

from __future__ import annotations

import gzip
import random

import pytest

from rasid.model import PageKind
from rasid.parse.page import read_page

URL = "https://sada.example/news/4711"
ARABIC = "أعلنت وزارة الصحة اليوم وصول شحنة من اللقاحات إلى مطار القامشلي، على أن توزع على المراكز خلال أيام."


def page(title: str, *paragraphs: str, head: str = "", body: str = "") -> str:
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    return f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{text}{body}</body></html>"


def kind(html: str | bytes, **options: str) -> tuple[PageKind, str | None]:
    found = read_page(html, url=URL, **options)  # type: ignore[arg-type]
    return found.kind, found.reason


@pytest.mark.parametrize(
    ("paragraphs", "reason"),
    [
        (
            ["على مدى عام تتبع فريقنا عقود الآبار.", "هذا المقال متاح للمشتركين فقط. اشترك الآن لمتابعة القراءة."],
            "paywall",
        ),
        (["For a year our team followed the wells.", "This article is for subscribers only."], "paywall"),
        (["Pendant un an, notre équipe a suivi les puits.", "Article réservé aux abonnés"], "paywall"),
        (["Bu haber abonelere özel."], "paywall"),
        (["Checking your browser before accessing the site."], "robot_wall"),
        (["Please sign in to continue."], "login_wall"),
        (["We value your privacy. Accept all cookies?"], "consent_wall"),
    ],
)
def test_walls_are_told_apart(paragraphs: list[str], reason: str) -> None:
    assert kind(page("تحقيق", *paragraphs)) == (PageKind.BLOCKED, reason)
    # A channel that names a page does not make an article of a wall.
    assert kind(page("تحقيق", *paragraphs), listed_title="تحقيق") == (PageKind.BLOCKED, reason)


def test_a_challenge_without_words_is_known_by_its_script() -> None:
    html = page("sada.example", body='<script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>')
    assert kind(html) == (PageKind.BLOCKED, "robot_wall")


def test_a_price_in_the_head_makes_a_teaser_a_wall_and_leaves_a_whole_text_alone() -> None:
    paid = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>'
    assert kind(page("العنوان", ARABIC, head=paid)) == (PageKind.BLOCKED, "paywall")
    assert kind(page("العنوان", *[ARABIC] * 12, head=paid))[0] is PageKind.ARTICLE


def test_an_article_may_speak_of_walls() -> None:
    text = "The newspaper told readers that this article is for subscribers only and raised its price once more. " * 3
    assert kind(page("Paper raises its price", *[text] * 5))[0] is PageKind.ARTICLE


def test_a_short_item_is_an_article_where_a_channel_names_it() -> None:
    html = page("وصول شحنة لقاحات إلى القامشلي | صدى", ARABIC)
    assert kind(html, listed_title="وصول شحنة لقاحات إلى القامشلي")[0] is PageKind.ARTICLE
    assert kind(html, listed_title="خبر آخر تماما عن الطقس")[0] is not PageKind.ARTICLE


def test_forums_shops_and_sections_are_no_articles() -> None:
    prose = "Somebody wrote a long message about the best way to cook rice and nobody agreed with a word of it. " * 3
    posts = "".join(f'<div class="message-body bbWrapper"><p>{prose}</p></div>' for _ in range(8))
    assert read_page(page("Rice", body=posts), url="https://a.example/threads/rice.12/").kind is not PageKind.ARTICLE
    goods = "".join(f'<div class="product-card"><p>{prose}</p><a class="add-to-cart">Buy</a></div>' for _ in range(8))
    assert read_page(page("Shoes", body=goods), url="https://a.example/shoes").kind is not PageKind.ARTICLE


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"<html><p>no page</p></html>", mtime=0),
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 99,
        b"%PDF-1.7\n<html>",
        random.Random(1).randbytes(4_000),
        b"MZ\x90\x00\x03\x00\x00\x00" * 90 + b"<p>text</p>",
    ],
)
def test_what_is_no_text_is_no_page_whatever_its_label(body: bytes) -> None:
    assert kind(body, content_type="text/html; charset=utf-8") == (PageKind.OTHER, "not_html")


@pytest.mark.parametrize("charset", ["utf-8", "windows-1256", "iso-8859-6", "utf-16"])
def test_text_in_any_charset_is_a_page(charset: str) -> None:
    html = page("العنوان", *[ARABIC] * 6).encode(charset)
    assert kind(html, content_type=f"text/html; charset={charset}")[0] is PageKind.ARTICLE
