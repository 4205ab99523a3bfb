"""Candidates for events: words for them in four languages, their evidence, and how they are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.enrich.annotate import Annotator
from rasid.enrich.events import KINDS, MOST_OF_A_KIND, Event, events
from rasid.enrich.speech.layout import lay_out
from rasid.enrich.tokens import tokenize

JUNE = datetime(2024, 6, 12, 9, 0, tzinfo=UTC)


class Reader:
    """Reads a text as the enrich stage does."""

    def __init__(self, annotator: Annotator) -> None:
        self.annotator = annotator

    def __call__(self, text: str, language: str = "ar") -> tuple[Event, ...]:
        read = self.annotator.read(text, language=language, country="SY")
        return events(lay_out(text, read.hosts[1].tokens), read.entities, language=language, published_at=JUNE)

    def one(self, text: str, language: str = "ar") -> Event:
        (event,) = self(text, language)
        return event


@pytest.fixture(scope="module")
def read(annotator: Annotator) -> Reader:
    return Reader(annotator)


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("شنت طائرات حربية غارات على أطراف إدلب صباح اليوم", "strike", "غارات"),
        ("والغارات الجوية لم تتوقف على ريف حلب منذ الصباح", "strike", "والغارات"),
        ("تعرضت القرية لقصف مدفعي مصدره مواقع في ريف حلب", "shelling", "لقصف مدفعي"),
        ("تجدد القصف المدفعي على أطراف إدلب مساء أمس", "shelling", "القصف المدفعي"),
        ("قصفت المدفعية أحياء سكنية في مدينة إدلب", "shelling", "قصفت"),
        ("هز انفجار عنيف وسط مدينة حلب صباح اليوم", "explosion", "انفجار"),
        ("اندلعت اشتباكات عنيفة بين الطرفين في دير الزور", "clash", "اشتباكات"),
        ("خرجت مظاهرات في السويداء تطالب بتحسين الخدمات", "protest", "مظاهرات"),
        ("انطلقت في دمشق محادثات بين الوفدين حول المعابر", "talks", "محادثات"),
        ("التقى الوفد مسؤولين في دمشق صباح اليوم الخميس", "talks", "التقى"),
        ("اعتقلت الشرطة ثلاثة أشخاص في حلب بتهمة التهريب", "arrest", "اعتقلت"),
        ("أفرجت السلطات في دمشق عن عشرات الموقوفين", "release", "أفرجت"),
        ("نزحت مئات العائلات من ريف إدلب الجنوبي", "displacement", "نزحت"),
        ("توصل الطرفان في حلب إلى وقف إطلاق النار ابتداء من منتصف الليل", "agreement", "وقف إطلاق النار"),
        ("أدانت وزارة الخارجية القطرية تفجير الكنيسة", "statement", "أدانت"),
        ("ضرب زلزال مناطق في شمال سوريا فجر اليوم", "disaster", "زلزال"),
    ],
)
def test_words_for_events_in_arabic(read: Reader, text: str, kind: str, word: str) -> None:
    event = next(one for one in read(text) if one.kind == kind)
    assert text[event.word_start : event.word_end] == word
    assert text[event.start : event.end] == text
    assert event.told == "reported"


def test_the_evidence_is_the_part_of_the_sentence_that_says_so(read: Reader) -> None:
    text = "أعلنت المحافظة خطة للمياه. وفي حلب، اعتقلت الشرطة ثلاثة أشخاص بتهمة التهريب، وفق مصادر محلية."
    event = read.one(text)
    assert text[event.start : event.end] == "اعتقلت الشرطة ثلاثة أشخاص بتهمة التهريب"
    assert event.places == ("geonames:170063",)


def test_places_and_actors_of_the_sentence_go_with_it(read: Reader) -> None:
    text = "شن الطيران الروسي غارات على إدلب. وصل أردوغان إلى أنقرة."
    event = read.one(text)
    assert len(event.places) == 1
    assert event.actors == ("RU",)
    bare = read.one("شن طيران مجهول غارات على أطراف البلدة.")
    assert (bare.places, bare.actors) == ((), ())
    assert bare.score < event.score <= 0.85


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("نفى المتحدث وقوع غارات على إدلب", "denied"),
        ("لم تسجل أي غارات على إدلب خلال النهار", "denied"),
        ("لا يزال القصف مستمرا على أطراف إدلب", "reported"),
        ("لم يتوقف القصف على أطراف إدلب", "reported"),
        ("هددت أنقرة بشن غارات على مواقع في الحسكة", "planned"),
        ("دعا ناشطون إلى مظاهرات في السويداء", "planned"),
        ("ستنطلق محادثات في دمشق الأسبوع المقبل", "planned"),
        ("سيارات الإسعاف وصلت بعد قصف استهدف إدلب", "reported"),
        ("أحيا الأهالي ذكرى مجزرة وقعت في حماة", "past"),
        ("اعتقل والده في حلب قبل عشر سنوات", "past"),
        ("شهدت حماة مجزرة عام 1982 راح ضحيتها الآلاف", "past"),
        ("شهدت حماة مظاهرات عام 2024 ضد الغلاء", "reported"),
        ("أسقطت الدفاعات طائرة من دون طيار بعد غارات على حلب", "reported"),
    ],
)
def test_how_it_is_told(read: Reader, text: str, told: str) -> None:
    event = read(text)[0]
    assert event.told == told
    assert (event.score >= 0.6) == (told == "reported")


@pytest.mark.parametrize(
    "text",
    [
        "سجل الفريق هدفين من ضربات جزاء في مباراة الأمس",
        "سدد اللاعب ضربة حرة فوق المرمى في حلب",
        "تراجعت أسعار الخضار في أسواق دمشق اليوم",
        "استقبل المدير الطلاب وتحدث عن قواعد الاشتباك",
        "هجوم المنتخب في المباراة كان ضعيفا رغم محاولات المدرب في دمشق",
        "ضربة جديدة لخطط الشركة",
    ],
)
def test_what_is_no_event(read: Reader, text: str) -> None:
    assert read(text) == ()


@pytest.mark.parametrize(
    ("language", "text", "kind", "told"),
    [
        ("en", "Warplanes carried out airstrikes on the outskirts of Idlib.", "strike", "reported"),
        ("en", "Police arrested five people in Aleppo on Monday.", "arrest", "reported"),
        ("en", "Thousands of people were displaced from the area around Aleppo.", "displacement", "reported"),
        ("en", "The ministry denied any airstrikes on Idlib.", "strike", "denied"),
        ("en", "Negotiators will hold talks in Damascus next week.", "talks", "planned"),
        ("en", "Survivors marked the anniversary of the massacre in Hama.", "killing", "past"),
        ("fr", "Une frappe aérienne a visé un dépôt près d'Alep.", "strike", "reported"),
        ("fr", "Des manifestants ont défilé à Damas.", "protest", "reported"),
        ("fr", "Un cessez-le-feu est entré en vigueur à Alep.", "agreement", "reported"),
        ("fr", "L'armée a démenti tout bombardement sur Alep.", "strike", "denied"),
        ("tr", "Halep'te düzenlenen hava saldırısında bir depo vuruldu.", "strike", "reported"),
        ("tr", "Polis Ankara'da üç kişiyi gözaltına aldı.", "arrest", "reported"),
        ("tr", "Şam'da çatışmalar sürüyor.", "clash", "reported"),
        ("tr", "Taraflar Ankara'da müzakerelere başlayacak.", "talks", "planned"),
    ],
)
def test_other_languages(read: Reader, language: str, text: str, kind: str, told: str) -> None:
    event = next(one for one in read(text, language) if one.kind == kind)
    assert event.told == told


def test_a_language_that_is_not_read_gives_none(read: Reader) -> None:
    assert read("Bei einem Luftangriff auf Aleppo starben drei Menschen.", "de") == ()


def test_each_kind_is_given_a_few_times_at_most(read: Reader) -> None:
    text = " ".join(f"شنت طائرات غارات على إدلب في الساعة {hour}." for hour in range(20))
    assert len(read(text)) == MOST_OF_A_KIND


def test_marks_inside_words_and_signs_keep_their_places(read: Reader) -> None:
    text = "🚨 \u202bاندَلَعَت اشـــتِباكاتٌ عنيفةٌ\u202c في حلب 🙏"
    event = read.one(text)
    assert text[event.word_start : event.word_end] == "اشـــتِباكاتٌ"
    assert text[event.start : event.end].startswith("اندَلَعَت")


_PIECES = [
    "غارات", "القصف", "المدفعي", "وقف", "إطلاق", "النار", "على", "إدلب", "لم", "ستشن", "ذكرى", "قبل", "عشر", "سنوات",
    "،", ".", "؛", "\n", "«", "»", "airstrikes", "talks", "will", "sit", "in", "hava", "saldırısı", "gözaltına", "🙂",
    "ـ", "الشرطة", "اعتقلت", "مباراة", "\u200f", "1982",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), max_size=60),
    language=st.sampled_from(["ar", "en", "fr", "tr"]),
)
def test_every_span_lies_within_the_text(annotator: Annotator, pieces: list[str], language: str) -> None:
    text = " ".join(pieces)
    read = annotator.read(text)
    for event in events(lay_out(text, read.hosts[1].tokens), read.entities, language=language):
        assert 0 <= event.start <= event.word_start < event.word_end <= event.end <= len(text)
        assert event.kind in KINDS
        assert 0.0 < event.score <= 0.85


@pytest.mark.parametrize("hostile", ["قصف " * 250_000, "وقف إطلاق " * 100_000, "،" * 1_000_000, "قصف، " * 150_000])
def test_hostile_texts_are_bounded(hostile: str) -> None:
    """The test has a limit of time of its own."""
    assert len(events(lay_out(hostile, tokenize(hostile)), (), language="ar")) <= MOST_OF_A_KIND * len(KINDS)
