"""Lines that are not of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.parse.furniture import cut_tail, is_furniture, is_picture, read_also, split_furniture


@pytest.mark.parametrize(
    "line",
    [
        "حجم الخط", "+A", "-A", "A+", "icon", "شارك الخبر", "انسخ الرابط", "طباعة", "Share this article",
        "Share on Facebook", "Advertisement", "Tweet", "Paylaş", "Partager sur Facebook", "Publicité", "Anzeige",
        "جميع الحقوق محفوظة © 2021", "Photo: AFP", "photo.jpg", "الصورة: رويترز", "تابعونا على تويتر",
        "Sign up for our daily newsletter",
    ],
)  # fmt: skip
def test_furniture(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "شارك آلاف المواطنين في المظاهرة التي خرجت وسط العاصمة اليوم.",
        "Share prices fell sharply on Tuesday.",
        "طباعة الأوراق النقدية الجديدة بدأت في المصرف المركزي.",
        "The photo shows the minister with his family.",
        "Print runs of newspapers fell again.",
        "قال الوزير إن حجم الخطر كبير.",
    ],
)
def test_sentences_stay(line: str) -> None:
    assert not is_furniture(line)
    assert read_also(line) is None


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("اقرأ أيضا: توتر في المدينة", "توتر في المدينة"),
        ("اقرأ أيضاً | توتر في المدينة", "توتر في المدينة"),
        ("إقرأ أيضًا توتر في المدينة", "توتر في المدينة"),
        ("Read also: Tension in the city", "Tension in the city"),
        ("READ MORE: Tension in the city", "Tension in the city"),
        ("Lire aussi : Été chaud à Genève", "Été chaud à Genève"),
        ("Ayrıca okuyun: Şehirde gerginlik", "Şehirde gerginlik"),
        ("بیشتر بخوانید: تنش در شهر", "تنش در شهر"),
        ("مواضيع ذات صلة:", ""),
        ("Related:", ""),
    ],
)
def test_read_also_gives_the_title(line: str, title: str) -> None:
    assert read_also(line) == title


def test_related_titles_are_set_apart() -> None:
    lines = ["نص الخبر الأول.", "اقرأ أيضا: خبر آخر", "حجم الخط", "نص الخبر الثاني."]
    assert split_furniture(lines) == (["نص الخبر الأول.", "نص الخبر الثاني."], ["خبر آخر"])


def test_pictures() -> None:
    assert is_picture("alqamshly.jpg")
    assert not is_picture("He wrote it in report.docx yesterday")


@given(st.text(max_size=250))
def test_no_line_raises(line: str) -> None:
    title = read_also(line)
    assert title is None or title == "" or line.rstrip().endswith(title)
    assert isinstance(is_furniture(line), bool)


@pytest.mark.parametrize(
    "heading", ["More From the Paper", "أخبار ذات صلة", "Mehr zum Thema", "İlgili Haberler", "Latest news"]
)
def test_a_tail_of_other_articles_is_cut_at_its_heading(heading: str) -> None:
    lines = [("نص " * 50, False), ("نص " * 60, False), (heading, True), ("Another article", False)]
    assert cut_tail(lines) == 2
    assert cut_tail([(heading, True), *lines[:2]]) == 3, "a heading at the top opens the text"
    assert cut_tail([lines[0], lines[1], (heading, False), lines[3]]) == 4, "only a heading cuts"


@pytest.mark.parametrize(
    "line",
    ["تابعونا على تلغرام", "Subscribe to our morning briefing", "Abonnez-vous à notre lettre", "Bizi takip edin"],
)
def test_calls_to_follow_are_furniture_and_sentences_on_them_are_not(line: str) -> None:
    assert is_furniture(line)
    assert not is_furniture(f"{line}, so stand es gestern in einem Rundschreiben, das " + "allen vorlag " * 12)


@pytest.mark.parametrize(
    "line",
    [
        "حجم الخط +A -A", "حجم الخط: A+ A-", "-A حجم الخط +A", "انقر هنا للانضمام إلى قناتنا على تلغرام",
        "للمزيد من الأخبار تابعوا قناتنا على واتساب", "Bültenimize abone olun",
    ],
)  # fmt: skip
def test_font_buttons_on_one_line_and_calls_to_channels(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Devamını oku: Eski köprü", "Eski köprü"),
        ("اقرأ كذلك: الجسر القديم", "الجسر القديم"),
        ("Lire la suite : le vieux pont", "le vieux pont"),
    ],
)
def test_more_ways_to_say_read_on(line: str, title: str) -> None:
    assert read_also(line) == title


def test_titles_behind_a_plain_line_for_them_are_a_tail_and_prose_is_not() -> None:
    prose = [("قال الوزير إن الجسر سيفتح أمام حركة السير خلال أسبوع من اليوم. " * 3, False)] * 3
    head = [("آخر الأخبار", False)]
    titles = [("افتتاح المدرسة الجديدة في حلب", False), ("أسعار الخضار اليوم", False)]
    assert cut_tail(prose + head + titles) == len(prose)
    assert cut_tail(prose + head + prose) == 2 * len(prose) + 1


def test_a_page_of_nothing_but_short_lines_is_gone_through_once() -> None:
    """Forty thousand lines that might each open a tail: looked at one after the other, not each with all behind it."""
    lines = [("نص الخبر الطويل الذي لا ينتهي بنقطة " * 3, False)] * 40_000 + [("آخر الأخبار", False)] * 40_000
    assert cut_tail([*lines, ("وختم حديثه بالقول إن العمل مستمر.", False)]) == len(lines) + 1
    assert cut_tail(lines) == 40_000
