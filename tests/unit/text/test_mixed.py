"""Parts of an article in another language than the rest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.text.language import detect
from rasid.text.mixed import Languages, languages, script_of

AR = "أعلنت وزارة الصحة اليوم عن افتتاح ثلاثة مراكز جديدة في المدينة لعلاج المرضى من كل الأعمار خلال العام."
AR_2 = "وقال الوزير إن العمل بدأ قبل عام وإن الكلفة بلغت مليوني دولار، وأضاف أن المراكز تفتح أبوابها الشهر المقبل."
TEXTS = {
    "en": "The ministry of health said that three new centres would open in the city this week for all patients.",
    "fr": "Le ministère de la santé a annoncé que trois nouveaux centres ouvriront cette semaine dans la ville.",
    "de": "Das Ministerium teilte mit, dass in dieser Woche drei neue Zentren in der Stadt eröffnet werden sollen.",
    "es": "El ministerio de salud anunció que tres nuevos centros abrirán esta semana en la ciudad para todos.",
    "tr": "Sağlık bakanlığı bu hafta şehirde üç yeni merkezin açılacağını ve hastaların tedavi edileceğini açıkladı.",
    "ku": "Wezareta tenduristiyê ragihand ku ev hefte sê navendên nû li bajêr têne vekirin ji bo hemû nexweşan.",
    "ru": "Министерство здравоохранения сообщило, что на этой неделе в городе откроются три новых центра для больных.",
    "he": "משרד הבריאות הודיע כי השבוע ייפתחו בעיר שלושה מרכזים חדשים לטיפול בחולים מכל הגילים.",
    "ckb": "وەزارەتی تەندروستی ڕاگەیاند کە ئەم هەفتەیە سێ بنکەی نوێ لە شارەکە دەکرێنەوە بۆ چارەسەری نەخۆشان.",
    "fa": "وزارت بهداشت امروز اعلام کرد که این هفته سه مرکز تازه در شهر برای درمان بیماران گشایش خواهد یافت.",
    "ur": "وزارت صحت نے بتایا کہ اس ہفتے شہر میں مریضوں کے علاج کے لیے تین نئے مراکز کھولے جائیں گے۔",
}


def told(title: str, text: str) -> Languages:
    return languages(title, text, *detect(f"{title}\n{text[:400]}"))


def shown(title: str, text: str) -> list[tuple[str, str]]:
    found = told(title, text)
    return [((title if one.in_title else text)[one.start : one.end], one.language) for one in found.passages]


def test_an_article_in_one_language_has_no_passages() -> None:
    assert told(AR, f"{AR}\n\n{AR_2}\n{AR}") == ("ar", pytest.approx(0.99), ())
    assert told("", AR).passages == ()
    for language, text in TEXTS.items():
        assert told(text, f"{text}\n{text}").language == language
        assert told(text, f"{text}\n{text}").passages == ()


@pytest.mark.parametrize("language", TEXTS)
def test_a_paragraph_in_another_language_than_an_arabic_article(language: str) -> None:
    assert shown("", f"{AR}\n\n{AR_2}\n\n{TEXTS[language]}\n\n{AR_2}") == [(TEXTS[language], language)]


@pytest.mark.parametrize("language", TEXTS)
def test_an_arabic_paragraph_in_another_article(language: str) -> None:
    own = TEXTS[language]
    assert shown("", f"{own}\n{own}\n{own}\n{AR}\n{own}") == [(AR, "ar")]


@pytest.mark.parametrize(("own", "other"), [("en", "fr"), ("fr", "de"), ("tr", "en"), ("de", "es"), ("es", "ku")])
def test_languages_of_one_script_are_told_by_their_small_words(own: str, other: str) -> None:
    text = f"{TEXTS[own]}\n{TEXTS[own]}\n{TEXTS[other]}"
    assert shown("", text) == [(TEXTS[other], other)]


def test_paragraphs_that_stand_together_are_one_passage() -> None:
    text = f"{AR}\n{TEXTS['en']}\n\n{TEXTS['en']}\n{AR_2}\n{TEXTS['en']}\n{AR_2}\n{AR}"
    assert shown("", text) == [(f"{TEXTS['en']}\n\n{TEXTS['en']}", "en"), (TEXTS["en"], "en")]


def test_a_title_may_be_in_another_language() -> None:
    assert shown(f" {TEXTS['en']}", f"{AR}\n{AR_2}") == [(TEXTS["en"], "en")]
    assert told(TEXTS["en"], f"{AR}\n{AR_2}").passages[0].in_title


def test_the_language_of_most_is_that_of_the_article() -> None:
    text = f"{TEXTS['en']}\n{AR}\n{AR_2}\n{AR}\n{AR_2}"
    found = told("", text)
    assert found.language == "ar"
    assert shown("", text) == [(TEXTS["en"], "en")]


def test_names_and_short_lines_are_no_passages() -> None:
    assert shown("", f"{AR}\nBBC News\n{AR_2}\nFollow us\n{AR}") == []
    assert shown("", f"{AR}\nزار غوران بيترسون مدينة گۆران أمس والتقى المسؤولين في المجلس المحلي هناك") == []


def test_what_cannot_be_told_has_no_passages() -> None:
    assert told("", "12 : 14\n77\n— — —") == ("und", 0.0, ())
    assert languages("", "", "und", 0.0) == ("und", 0.0, ())


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("", ""),
        ("12 %", ""),
        (AR, "arabic"),
        (TEXTS["ru"], "cyrillic"),
        (TEXTS["he"], "hebrew"),
        ("日本の新聞", "east asian"),
    ],
)
def test_scripts(text: str, script: str) -> None:
    assert script_of(text) == script


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([AR, *TEXTS.values(), " ", "😀", "x" * 50]) | st.text(max_size=60), max_size=8))
def test_passages_fit_the_text_in_order(parts: list[str]) -> None:
    text = "\n".join(parts)
    found = told(text[:80], text)
    body = [one for one in found.passages if not one.in_title]
    ends = [0, *(edge for one in body for edge in (one.start, one.end)), len(text)]
    assert ends == sorted(ends)
    assert all(text[one.start : one.end].strip() for one in body)
    assert all(one.language not in (found.language, "und") for one in found.passages)
