"""The fast way to a page's text."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from rasid.parse.body import Body, read_body

FIRST = "قال مصدر محلي إن الاجتماع انتهى من دون اتفاق بين الطرفين، وإن الخلاف على المعبر ما زال قائما منذ أسابيع عدة."
SECOND = "وأضاف المصدر أن وفدا جديدا سيصل إلى المدينة خلال أيام لاستئناف المحادثات مع وجهاء المنطقة وقادتها المحليين."
THIRD = (
    "وتشهد المدينة منذ مطلع الشهر توترا متقطعا أدى إلى إغلاق المدارس وتعطل حركة النقل بين أحيائها الشمالية والجنوبية."
)
PROSE = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"


def read(body: str) -> Body:
    return read_body(LexborHTMLParser(f"<html><body>{body}</body></html>"))


def texts(body: str) -> list[str]:
    return [part.text for part in read(body).paragraphs]


def test_menus_comments_and_share_bars_are_left_out() -> None:
    page = f"""
      <nav><ul><li><a href=/>الرئيسية</a></li></ul></nav>
      <div class="content"><h2>عنوان داخلي</h2>{PROSE}
      <div class="share-bar"><p>شارك هذا المقال مع أصدقائك على كل المنصات</p></div></div>
      <div id="comments"><p>{"تعليق طويل من أحد القراء لا علاقة له بالخبر نفسه. " * 4}</p></div>"""
    assert texts(page) == ["عنوان داخلي", FIRST, SECOND, THIRD]


def test_a_form_around_the_whole_page_does_not_hide_it() -> None:
    assert texts(f"<form><div>{PROSE}</div></form>") == [FIRST, SECOND, THIRD]


def test_furniture_that_holds_the_article_is_the_article() -> None:
    """Class names lie: a paywall or a widget may be the body."""
    assert texts(f'<div class="widget"><div class="l-sidebar-fixed">{PROSE}</div></div>') == [FIRST, SECOND, THIRD]


def test_text_between_line_breaks_is_text() -> None:
    assert texts(f"<table><tr><td>{FIRST}<br><br>{SECOND} <b>مهم</b><br>{THIRD}</td></tr></table>") == [
        FIRST,
        f"{SECOND} مهم",
        THIRD,
    ]


def test_the_first_of_an_endless_scroll_is_the_article() -> None:
    other = FIRST.replace("الاجتماع", "المؤتمر")
    second = f"<article><h1>ثان</h1><p>{other}</p><p>{other} {SECOND}</p></article>"
    assert texts(f"<div><article><h1>أول</h1>{PROSE}</article>{second}</div>") == [FIRST, SECOND, THIRD]


def test_cards_of_other_articles_are_left_out() -> None:
    card = '<li class="card"><a href="/{n}">عنوان خبر آخر من أخبار اليوم رقم {n}</a><p>{text}</p></li>'
    cards = "".join(card.format(n=number, text=f"{SECOND} {number}") for number in range(4))
    assert texts(f"<main>{PROSE}{PROSE.replace('المدينة', 'البلدة')}<ul>{cards}</ul></main>")[-1].startswith(
        "وتشهد البلدة"
    )


def test_cards_that_are_all_there_is_stay() -> None:
    card = '<div class="card"><a href="/{n}">عنوان خبر من أخبار اليوم رقم {n}</a><p>{text}</p></div>'
    cards = "".join(card.format(n=number, text=f"{SECOND} {number}") for number in range(6))
    assert len(texts(f"<main>{cards}</main>")) >= 6


def test_text_that_waits_hidden_for_a_script_is_found() -> None:
    assert texts(f'<div id="app">يرجى الانتظار</div><div hidden id="S:1">{PROSE}</div>') == [FIRST, SECOND, THIRD]


def test_hidden_text_beside_shown_text_stays_hidden() -> None:
    page = f"<div>{PROSE}<p>{FIRST} {SECOND}</p></div><div style='display: none'><p>{'سر ' * 90}</p></div>"
    assert not any("سر سر" in text for text in texts(page))


def test_a_standfirst_above_the_body_is_kept() -> None:
    lead = f'<div class="article__lead"><p>{THIRD}</p></div>'
    page = f'<div class="article">{lead}<div class="article-body"><p>{FIRST}</p><p>{SECOND}</p></div></div>'
    assert texts(page) == [THIRD, FIRST, SECOND]


def test_no_body_no_text() -> None:
    assert read("").paragraphs == ()
    assert read_body(LexborHTMLParser("")).length == 0


def test_a_page_of_prose_is_sure_of_itself() -> None:
    body = read(f"<article>{PROSE}</article>")
    assert body.coverage > 0.9
    assert body.share > 0.9
