"""All that a page shows in its main part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from rasid.model import PageKind
from rasid.parse.page import read_page
from rasid.parse.wide import MAX_NODES, read_wide


def lines(body: str) -> list[str]:
    return read_wide(LexborHTMLParser(f"<html><body>{body}</body></html>"))


def test_every_line_of_the_main_part_in_its_order() -> None:
    page = """
      <nav><a href=/>الرئيسية</a></nav><div class="sidebar">الأكثر قراءة</div>
      <main><h1>منتدى الري</h1><div class="post"><b>سالم</b> كتب:<div>متى يبدأ <i>موسم</i> الري؟</div></div>
      <ul><li>السعر<td>12</td></ul><form>ابحث</form><p hidden>خفي</p><p>نعم</p><p>نعم</p></main>
      <footer>جميع الحقوق محفوظة</footer>"""
    assert lines(page) == ["منتدى الري", "سالم كتب:", "متى يبدأ موسم الري؟", "السعر12", "نعم"]


def test_furniture_that_holds_most_of_the_page_is_the_page() -> None:
    assert lines("<div class='sidebar'><p>كل ما في الصفحة يقف هنا</p></div>") == ["كل ما في الصفحة يقف هنا"]


def test_a_main_part_that_holds_next_to_nothing_is_not_believed() -> None:
    assert lines(f"<main>قصير</main><p>{'نص طويل خارج الجزء الرئيسي ' * 5}</p><p>آخر</p>")[::2] == ["قصير", "آخر"]


def test_depth_and_number_of_nodes_are_bounded() -> None:
    assert lines("<div>" * 3000 + "في العمق") == []
    assert len(lines("<p>سطر</p>" + "".join(f"<p>سطر {n}</p>" for n in range(MAX_NODES // 2)))) < MAX_NODES // 2


@given(st.text(max_size=300))
def test_any_markup_gives_lines_without_blank_ends(markup: str) -> None:
    assert all(line == " ".join(line.split()) and len(line) > 1 for line in lines(markup))


def test_a_list_gives_all_its_headlines() -> None:
    cards = "".join(f"<li><h3><a href='/n/{n}'>خبر من أخبار اليوم رقم {n}</a></h3></li>" for n in range(20))
    reading = read_page(f"<html><body><h1>أخبار</h1><ul>{cards}</ul></body></html>", url="https://example.org/")
    assert (reading.kind, reading.method) == (PageKind.LISTING, "wide")
    assert reading.text.count("خبر من أخبار اليوم") == 20
