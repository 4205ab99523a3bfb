"""Whether the name of a place is an everyday word, and under what condition it counts then."""

from __future__ import annotations

import pytest

from rasid.enrich.annotate import Annotator
from rasid.enrich.listed import CITY_OF, COMMON, CONTEXT, CUED, INNER, PLACED
from rasid.enrich.worth import Worth, arabic_condition, latin_condition


def test_everyday_words_are_conditioned() -> None:
    assert arabic_condition(2.5, 0.0, 20_000, near=True) == 0
    assert arabic_condition(5.1, 0.0, 2_000_000, near=True) == 0  # a capital
    assert arabic_condition(5.5, 5.5, 150_000, near=True) == CUED | CITY_OF  # الجديدة
    assert arabic_condition(5.5, 5.5, 900, near=True) is None
    assert arabic_condition(4.9, 5.1, 100_000, near=True) == CUED | COMMON  # الباب
    assert arabic_condition(3.8, 4.2, 34_000, near=True) == CONTEXT  # جنين
    assert arabic_condition(3.9, 0.0, 50_000, near=False) == PLACED  # تروي
    assert latin_condition(5.4, 340_000) is None  # nice
    assert latin_condition(5.3, 2_000_000) == INNER
    assert latin_condition(3.6, 2_000_000) == 0


@pytest.fixture(scope="module")
def worth() -> Worth:
    made = Worth()
    made.meet([(1, 1_000_000, "القاهره"), (2, 300, "العريشه")])
    return made


def test_forms_of_everyday_words_are_conditioned(worth: Worth) -> None:
    assert worth.of_arabic(3, "تاما", 150_000, near=False) == CONTEXT  # تام with its ending
    assert worth.of_arabic(3, "كانو", 3_600_000, near=False) == CONTEXT  # كانوا
    assert worth.of_arabic(3, "بيانه", 20_000, near=False) == CONTEXT  # بيان with "his"
    assert worth.of_arabic(2, "عريشه", 300, near=True) == CUED  # the place has the article
    assert worth.of_arabic(3, "القامشلي", 100_000, near=True) == 0


def test_a_phrase_of_everyday_words_counts_where_it_holds_a_large_city(worth: Worth) -> None:
    assert worth.of_arabic(3, "القاهره الجديده", 300_000, near=True) == 0
    assert worth.of_arabic(3, "المدينه الجديده", 300, near=True) == CUED


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("وقال ناشطون في الرقة إن الكهرباء عادت إلى المدينة أمس", "الرقة"),
        ("وصلت الحافلات من دمشق والميادين بعد منتصف الليل", "الميادين"),
        ("فتحت المدارس أبوابها في مدينة صور بعد أسبوع من الإغلاق", "صور"),
        ("وجرى الاتفاق في القائم العراقية بحضور وجهاء من المنطقة", "القائم"),
    ],
)
def test_places_with_everyday_names_are_found_where_they_stand_as_places(
    annotator: Annotator, text: str, place: str
) -> None:
    assert place in {text[one.start : one.end] for one in annotator.annotate(text, language="ar").places}


@pytest.mark.parametrize(
    "text",
    [
        "نزل اللاعبون إلى الميادين الخضراء وسط تصفيق الجماهير",
        "قالت السفيرة إن بلادها تؤيد الحل السلمي وتدعو إلى ضبط النفس",
        "نشرت المجلة صور الحفل وأسماء الفائزين بالجوائز هذا العام",
        "وضع الزعيم إكليلا من الزهور في القصر الجمهوري صباح اليوم",
    ],
)
def test_everyday_words_are_no_places(annotator: Annotator, text: str) -> None:
    assert annotator.annotate(text, language="ar").places == ()
