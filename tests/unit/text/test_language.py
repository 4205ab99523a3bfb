"""Language detection: the languages that are watched, the letter rules of Arabic script, short texts and odd input."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.text.language import detect

LONG = {
    "ar": "أعلنت وزارة الصحة اليوم عن افتتاح ثلاثة مراكز جديدة لعلاج المرضى في المدن الساحلية",
    "fa": "وزیر امور خارجه روز گذشته با همتای خود درباره گسترش روابط اقتصادی گفتگو کرد و پیشنهاد تازه‌ای داد",
    "ur": "وزیر اعظم نے کہا ہے کہ حکومت عوام کو سہولتیں دینے کے لیے نئے منصوبے شروع کرے گی",
    "ckb": "حکوومەتی هەرێم بڕیاری دا کە مووچەی فەرمانبەران لە کۆتایی ئەم مانگەدا دابەش بکرێت",
    "ku": "Hikûmetê biryar da ku meaşên karmendan di dawiya vê mehê de bên dayîn û welatî li bendê ne",
    "ps": "د افغانستان د پوهنې وزارت وايي چې په راتلونکې اونۍ کې به ښوونځي بيرته پرانيستل شي",
    "sd": "سنڌ حڪومت صوبي جي سڀني ضلعن ۾ نوان اسپتال کولڻ جو اعلان ڪيو آهي ۽ ڀرتيون به ٿينديون",
    "ug": "ئۇلار بۈگۈن يىغىن ئېچىپ يېڭى پىلاننى مۇزاكىرە قىلدى ۋە كېلەر ھەپتە ئېلان قىلىدىغانلىقىنى ئېيتتى",
    "tr": "Belediye başkanı, yeni otobüs hatlarının önümüzdeki hafta hizmete gireceğini açıkladı",
    "az": "Nazirlik bildirib ki, yeni məktəblərin tikintisi gələn ilin əvvəlində başa çatdırılacaq",
    "he": "ראש העיר הודיע כי קווי האוטובוס החדשים ייכנסו לשירות בשבוע הבא בכל שכונות העיר",
    "en": "The mayor announced that new bus lines will enter service next week across the city",
    "fr": "Le maire a annoncé que de nouvelles lignes de bus entreront en service la semaine prochaine",
}


@pytest.mark.parametrize(("code", "text"), LONG.items())
def test_tells_the_watched_languages(code: str, text: str) -> None:
    found, score = detect(text)
    assert found == code
    assert 0.4 < score <= 1


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ar", "راه الرئيس قال باللي الحكومة غادي تزيد فالأجور ديال الموظفين هاد العام وماكاينش مشكل"),
        ("ar", "النهارده الحكومة قالت ان المرتبات هتزيد الشهر الجاي وان مفيش اي مشاكل في الميزانية"),
    ],
)
def test_dialects_are_arabic(code: str, text: str) -> None:
    assert detect(text)[0] == code


def test_badini_is_kurmanji_in_arabic_script() -> None:
    """Kurmanji and Sorani share letters; their small words differ."""
    assert detect("سەرۆکێ حکومەتێ ئەڤرۆ ل دهۆکێ گۆت کو دێ پرۆژەیێن نوی ژ بۆ گوندان هێنە کرن")[0] == "ku"


def test_one_foreign_name_does_not_turn_an_arabic_text_into_kurdish() -> None:
    text = "قال مسعود بارزانی في كلمة ألقاها في مدينة هەولێر إن الإقليم ملتزم بالاتفاق الموقع مع الحكومة في بغداد"
    assert detect(text)[0] == "ar"


def test_too_little_to_tell_is_und_unless_the_source_is_known() -> None:
    assert detect("Taxi 12")[0] == "und"
    assert detect("Taxi 12", prior="fr-FR")[0] == "fr"


def test_a_prior_does_not_override_a_clear_text() -> None:
    assert detect(LONG["ar"], prior="en")[0] == "ar"
    assert detect(LONG["en"], prior="ar")[0] == "en"


def test_a_prior_of_another_script_is_not_believed() -> None:
    assert detect("Taxi 12", prior="ar")[0] != "ar"


@pytest.mark.parametrize("text", ["", " \n\t", "123 456", "!!! ؟؟", "\u200f\u200e"])
def test_no_letters_is_und(text: str) -> None:
    assert detect(text) == ("und", 0.0)


def test_line_breaks_and_links_do_not_matter() -> None:
    text = LONG["ar"].replace(" ", "\n", 4) + "\nhttps://example.org/the-mayor-announced-new-bus-lines"
    assert detect(text)[0] == "ar"


@given(st.text(max_size=300), st.none() | st.text(max_size=12))
def test_never_raises(text: str, prior: str | None) -> None:
    code, score = detect(text, prior=prior)
    assert code
    assert 0 <= score <= 1


def test_odd_input_is_answered() -> None:
    for text in ("\ud800 x", "a\x00b", "\x00" * 5000, "ا" * 100_000, "🙂" * 200):
        assert len(detect(text)) == 2


def test_threads_share_one_model() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: detect(LONG["ckb"])[0], range(64))) == {"ckb"}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ar", "سوق الحميدية"),
        ("fa", "گزارش تازه"),
        ("ur", "نئی حکومت"),
        ("he", "ראש העיר"),
        ("tr", "belediye başkanı"),
        ("az", "yeni məktəb"),
        ("en", "weather forecast"),
        ("fr", "prochaine réunion"),
        ("de", "neue Regierung"),
        ("es", "nuevo gobierno"),
        ("ru", "новое правительство"),
        ("ja", "てハ"),
        ("zh", "园区"),
        ("zu", "Izingane ziyadlala emfuleni namuhla"),
    ],
)
def test_two_words_are_enough_where_their_letters_tell(code: str, text: str) -> None:
    assert detect(text)[0] == code


@pytest.mark.parametrize(
    "text",
    [
        "Gelê bajêr li qadê xwepêşandan kir",
        "Li gundê me şer rawestiya û xelk vegeriyan",
        "Wezîrê perwerdehiyê îro li Amedê civînek pêk anî",
    ],
)
def test_kurmanji_in_latin_letters_is_no_turkish(text: str) -> None:
    assert detect(text)[0] == "ku"


@pytest.mark.parametrize(
    "text", ["Les restes de la fête de l'an dernier permettent de connaître la forêt", "Mae'r tŷ ar y bryn"]
)
def test_circumflexes_alone_are_no_kurmanji(text: str) -> None:
    assert detect(text)[0] != "ku"


def test_latin_names_and_markup_do_not_carry_a_text_in_another_script() -> None:
    text = "NET Date: Sat, 01 Aug 2015 Connection: close Content-Length یہ بات سنہ 2005 کی ہے جب حکومت نے اعلان کیا تھا"
    assert detect(text)[0] == "ur"
    assert detect("قال متحدث باسم Human Rights Watch و Amnesty International إن الوضع في المدينة صعب")[0] == "ar"


def test_how_sure_it_says_it_is_grows_with_the_text() -> None:
    short, long = "new bus", "the mayor said that new bus lines would enter service in the coming week"
    assert detect(short)[1] < detect(long)[1]
