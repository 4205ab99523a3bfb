"""Who said what: reported speech in four languages, its speakers and the kinds of sources."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.enrich.annotate import Annotator
from rasid.enrich.quotes import Attributions, Quote, attributions
from rasid.enrich.speech.layout import QUOTED_LIMIT, lay_out
from rasid.enrich.tokens import tokenize


class Reader:
    """Reads a text as the enrich stage does."""

    def __init__(self, annotator: Annotator) -> None:
        self.annotator = annotator

    def __call__(self, text: str, language: str = "ar") -> Attributions:
        read = self.annotator.read(text, language=language)
        mentions = [one for one in read.entities if not one.in_title]
        return attributions(lay_out(text, read.hosts[1].tokens), mentions, language=language)

    def one(self, text: str, language: str = "ar") -> Quote:
        (quote,) = self(text, language).quotes
        return quote


@pytest.fixture(scope="module")
def read(annotator: Annotator) -> Reader:
    return Reader(annotator)


def said(text: str, quote: Quote) -> str:
    return text[quote.start : quote.end]


def who(quote: Quote) -> str | None:
    return quote.speaker.name if quote.speaker is not None else None


# --- Arabic -------------------------------------------------------------------------------------------------------


def test_verb_title_name_and_that(read: Reader) -> None:
    text = "قال وزير الخارجية السوري أسعد الشيباني، اليوم الأحد، إن بلاده ستفتح سفارتها قريبا."
    quote = read.one(text)
    assert said(text, quote) == "بلاده ستفتح سفارتها قريبا"
    assert (quote.kind, quote.verb) == ("indirect", "قال")
    speaker = quote.speaker
    assert speaker is not None
    assert (speaker.kind, speaker.ref, speaker.title) == ("named", "asaad-al-shaibani", "وزير الخارجية السوري")
    assert speaker.start is not None
    assert text[speaker.start : speaker.end] == "أسعد الشيباني"
    assert quote.score > 0.8


@pytest.mark.parametrize(
    ("text", "words", "speaker"),
    [
        ("أوضح أردوغان أن القوات باقية في مواقعها.", "القوات باقية في مواقعها", "erdogan"),
        ("وأكّد بوتين أنّ المحادثات لم تتوقف.", "المحادثات لم تتوقف", "putin"),
        ("أشار أردوغان إلى أن الحدود مفتوحة.", "الحدود مفتوحة", "erdogan"),
        ("بوتين قال إن الوقت لم يفت بعد.", "الوقت لم يفت بعد", "putin"),
        ("وكان أردوغان قد أعلن أن العملية ستبدأ الشهر المقبل.", "العملية ستبدأ الشهر المقبل", "erdogan"),
        ("حذر أردوغان من موجة نزوح جديدة نحو الحدود.", "من موجة نزوح جديدة نحو الحدود", "erdogan"),
        ("شدد بوتين في كلمة له على ضرورة احترام الاتفاق.", "على ضرورة احترام الاتفاق", "putin"),
        ("أردوغان: لن نقبل بأمر واقع على حدودنا", "لن نقبل بأمر واقع على حدودنا", "erdogan"),
        ("قال بوتين بعد أن التقى الوفد إن الباب مفتوح للحوار.", "الباب مفتوح للحوار", "putin"),
    ],
)
def test_the_ways_of_reporting(read: Reader, text: str, words: str, speaker: str) -> None:
    quote = read.one(text)
    assert said(text, quote) == words
    assert quote.speaker is not None
    assert quote.speaker.ref == speaker


@pytest.mark.parametrize("marks", ["«»", "“”", '""', "”“", "‘’", "„“"])
def test_what_stands_between_quotation_marks_is_direct(read: Reader, marks: str) -> None:
    text = f"وقال أردوغان: {marks[0]}سنبقى هنا حتى يعود السلام. هذا قرارنا{marks[1]}، دون أن يحدد موعدا."
    quote = read.one(text)
    assert said(text, quote) == "سنبقى هنا حتى يعود السلام. هذا قرارنا"
    assert (quote.kind, who(quote)) == ("direct", "رجب طيب أردوغان")


def test_the_verb_may_stand_behind_the_quotation(read: Reader) -> None:
    text = "«فقدنا كل شيء في ليلة واحدة»، تقول امرأة مسنة من سكان البلدة."
    quote = read.one(text)
    assert said(text, quote) == "فقدنا كل شيء في ليلة واحدة"
    assert quote.speaker is not None
    assert quote.speaker.kind == "witness"


def test_a_quotation_inside_reported_speech_is_given_by_itself_too(read: Reader) -> None:
    text = 'قال أردوغان إن الهجوم "عمل جبان لن يمر" وإن الرد قادم.'
    found = read(text).quotes
    assert [(one.kind, said(text, one)) for one in found] == [
        ("indirect", 'الهجوم "عمل جبان لن يمر" وإن الرد قادم'),
        ("direct", "عمل جبان لن يمر"),
    ]
    assert {who(one) for one in found} == {"رجب طيب أردوغان"}


def test_wa_adafa_goes_on_with_the_last_speaker_at_a_lower_score(read: Reader) -> None:
    text = "قال بوتين إن الاتفاق صامد. وأضاف أن بلاده ملتزمة به، مشيرا إلى أن الاجتماع المقبل قريب."
    first, second, third = read(text).quotes
    assert [said(text, one) for one in (first, second, third)] == [
        "الاتفاق صامد",
        "بلاده ملتزمة به",
        "الاجتماع المقبل قريب",
    ]
    assert {one.speaker.ref for one in (first, second, third) if one.speaker} == {"putin"}
    assert second.speaker is not None
    assert second.speaker.start is None
    assert second.score < first.score


def test_a_feminine_verb_goes_back_to_a_feminine_speaker(read: Reader) -> None:
    text = (
        "قالت وزارة الدفاع الروسية إن الطائرة عادت سالمة. وقال أردوغان إنه يتابع الأمر. "
        "وأضافت أن التحقيق مستمر منذ الصباح."
    )
    assert who(read(text).quotes[-1]) == "وزارة الدفاع الروسية"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('صحيفة "الوطن" تتحدث عن خلاف داخل المجلس، وتقول إن الجلسة تأجلت.', "صحيفة الوطن"),
        ('ذكرت صحيفة "الوطن" السورية أن الجلسة تأجلت.', "صحيفة الوطن"),
        ("قال مسؤول في مكتب أردوغان إن الزيارة تأجلت.", "مسؤول في مكتب أردوغان"),
        ("قال القيادي في الحركة، أسامة حمدان، إن الوفد وصل.", "أسامة حمدان"),
    ],
)
def test_names_between_quotation_marks_and_names_inside_of_offices(read: Reader, text: str, name: str) -> None:
    assert who(read.one(text)) == name


def test_another_who_speaks_behind_a_comma_is_given_his_own_words(read: Reader) -> None:
    text = 'أفاد مراسلنا بأن الحي هادئ، فيما أكد أردوغان أن "القوات باقية في مواقعها حتى الصباح".'
    found = read(text).quotes
    assert [(said(text, one), who(one)) for one in found] == [
        ("الحي هادئ", "مراسلنا"),
        ("القوات باقية في مواقعها حتى الصباح", "رجب طيب أردوغان"),
    ]


def test_the_source_means_the_one_named_before(read: Reader) -> None:
    text = "أكد مصدر أمني مطلع أن الحاجز أزيل. وأوضح المصدر أن الطريق سالك."
    assert [who(one) for one in read(text).quotes] == ["مصدر أمني مطلع"] * 2


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("قال مصدر مطلع لتلفزيون سوريا إن اللقاء تأجل.", "anonymous", "مصدر مطلع"),
        ("أفادت مصادر محلية بسقوط ثلاثة جرحى في البلدة.", "anonymous", "مصادر محلية"),
        ("قال مصدر في وزارة الصحة إن الأرقام دقيقة.", "anonymous", "مصدر في وزارة الصحة"),
        ("قال مسؤول أميركي كبير إن القرار نهائي.", "anonymous", "مسؤول أميركي كبير"),
        ("قال مراسلنا في إدلب إن الطريق مقطوع.", "correspondent", "مراسلنا في إدلب"),
        ("أفاد مراسل تلفزيون سوريا بأن الحركة عادت إلى السوق.", "correspondent", "مراسل تلفزيون سوريا"),
        ("ذكر شهود عيان أن انفجارا هز الحي.", "witness", "شهود عيان"),
        ("ذكرت صحيفة محلية أن الأسعار ارتفعت.", "media", "صحيفة محلية"),
        ("قالت وكالة سانا إن الوفد غادر العاصمة.", "agency", "وكالة سانا"),
        ("أعلنت المديرية أن الدوام يبدأ غدا.", "office", "المديرية"),
        ("قال وزير التربية إن الامتحانات في موعدها.", "office", "وزير التربية"),
        ("قال علي حسن إن المحصول ضعيف هذا العام.", "named", "علي حسن"),
    ],
)
def test_kinds_of_sources(read: Reader, text: str, kind: str, name: str) -> None:
    made = read(text)
    (quote,) = made.quotes
    assert quote.speaker is not None
    assert (quote.speaker.kind, quote.speaker.name) == (kind, name)
    assert (made.credits[0].kind, made.credits[0].name) == (kind, name)


def test_told_to_and_passed_on(read: Reader) -> None:
    text = "نقلت وكالة رويترز عن مسؤول تركي قوله إن المعبر سيفتح غدا."
    made = read(text)
    (quote,) = made.quotes
    assert said(text, quote) == "المعبر سيفتح غدا"
    assert who(quote) == "مسؤول تركي"
    assert quote.carrier is not None
    assert quote.carrier.agency == "reuters"
    assert [one.kind for one in made.credits] == ["agency", "anonymous"]


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("قتل مدنيان في القصف، بحسب الدفاع المدني.", "قتل مدنيان في القصف", None),
        ("وفقا لوكالة رويترز، غادر الوفد المدينة صباحا.", "غادر الوفد المدينة صباحا", "وكالة رويترز"),
        ("غادر الوفد المدينة صباحا، كما قال مصدر محلي.", "غادر الوفد المدينة صباحا", "مصدر محلي"),
        ("غادر الوفد المدينة صباحا، وفق ما أفادت به مصادر طبية.", "غادر الوفد المدينة صباحا", "مصادر طبية"),
        ("دمشق - ارتفع سعر الخبز اليوم، بحسب مصادر محلية.", "ارتفع سعر الخبز اليوم", "مصادر محلية"),
        ("وحسبما ذكر المرصد السوري لحقوق الإنسان، عاد الهدوء إلى الحي.", "عاد الهدوء إلى الحي", None),
    ],
)
def test_who_is_behind_a_sentence(read: Reader, text: str, words: str, name: str | None) -> None:
    quote = read.one(text)
    assert said(text, quote) == words
    assert quote.speaker is not None
    assert name in (None, quote.speaker.name)


def test_how_it_was_said(read: Reader) -> None:
    post = 'كتب أردوغان على منصة إكس: "نقف مع أشقائنا في هذه المحنة".'
    assert read.one(post).via == "social"
    assert read.one("قالت الخارجية التركية في بيان إن السفارة تعمل كالمعتاد.").via == "statement"
    assert read.one("قال بوتين في مقابلة مع قناة الجزيرة إن الاتفاق قريب.").via == "interview"


@pytest.mark.parametrize(
    "text",
    [
        "لم يقل الوزير إن الحكومة ستستقيل.",
        "يذكر أن المنطقة شهدت هدوءا نسبيا منذ أشهر.",
        "وفق القانون الجديد، يحق للموظف الطعن في القرار.",
        "حصر الخلاف بين الطرفين في نقطة واحدة: موعد الانسحاب من المدينة.",
        'افتتح معرض "ألوان الشام" في العاصمة مساء أمس.',
        "ينبغي أن تصل المساعدات قبل الشتاء.",
        "دمشق: افتتاح معرض الكتاب بمشاركة دور نشر عربية",
    ],
)
def test_what_is_no_reported_speech(read: Reader, text: str) -> None:
    assert read(text).quotes == ()


def test_tashkeel_bidi_marks_and_emoji_keep_their_places(read: Reader) -> None:
    text = "🔴 عاجل | قَالَ أُردُوغَان \u200fإِنَّ \u202bالقَرارَ نِهائيٌّ\u202c 🙂 ولا رجعةَ فيهِ."
    quote = read.one(text)
    assert said(text, quote).startswith("القَرارَ")
    assert said(text, quote).endswith("فيهِ")
    assert quote.speaker is not None
    assert quote.speaker.start is not None
    assert text[quote.speaker.start : quote.speaker.end] == "أُردُوغَان"


def test_credits_name_each_source_once(read: Reader) -> None:
    text = "قال بوتين إن الاتفاق صامد. وقالت وكالة سانا إن الوفد وصل. وأكد بوتين أن الموعد ثابت. المصدر: وكالة الأناضول"
    assert [(one.kind, one.ref or one.agency) for one in read(text).credits][:2] == [
        ("named", "putin"),
        ("agency", "sana"),
    ]
    assert read(text).credits[-1].agency == "aa"


# --- English, French, Turkish -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "name", "kind"),
    [
        ('"We will not leave," said Ali Hassan, a farmer from Idlib.', "We will not leave", "Ali Hassan", "named"),
        (
            "Turkish Foreign Minister Hakan Fidan said on Tuesday that Ankara would stay.",
            "Ankara would stay",
            "Hakan Fidan",
            "named",
        ),
        (
            "The strike killed three people, officials said on Monday.",
            "The strike killed three people",
            None,
            "anonymous",
        ),
        (
            "A source familiar with the talks told Reuters the deal was close.",
            "the deal was close",
            "A source familiar with the talks",
            "anonymous",
        ),
        ("Five people were hurt, according to two witnesses.", "Five people were hurt", "two witnesses", "witness"),
        ("According to Reuters, the border will reopen on Monday.", "the border will reopen on Monday", None, "agency"),
        ("The Defence Ministry said its planes had hit a depot.", "its planes had hit a depot", None, "office"),
        (
            "Erdogan: We will never accept a corridor of terror",
            "We will never accept a corridor of terror",
            None,
            "named",
        ),
    ],
)
def test_english(read: Reader, text: str, words: str, name: str | None, kind: str) -> None:
    quote = read.one(text, "en")
    assert said(text, quote) == words
    assert quote.speaker is not None
    assert name in (None, quote.speaker.name)
    assert quote.speaker.kind == kind


def test_an_english_quotation_of_two_paragraphs_is_of_one_speaker(read: Reader) -> None:
    text = "“The road is closed and nobody may pass.\n\n“We wait for the engineers to come,” said Hakan Fidan."
    found = read(text, "en").quotes
    assert [said(text, one) for one in found] == [
        "The road is closed and nobody may pass.",
        "We wait for the engineers to come",
    ]
    assert {who(one) for one in found} == {"Hakan Fidan"}


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("« Nous ne céderons pas », a déclaré Emmanuel Macron.", "Nous ne céderons pas", "named"),
        (
            "Selon une source diplomatique, les pourparlers reprendront lundi.",
            "les pourparlers reprendront lundi",
            "anonymous",
        ),
        (
            "Emmanuel Macron a affirmé jeudi que la France soutiendrait le Liban.",
            "la France soutiendrait le Liban",
            "named",
        ),
        ("L'armée a indiqué que deux soldats étaient morts.", "deux soldats étaient morts", "office"),
    ],
)
def test_french(read: Reader, text: str, words: str, kind: str) -> None:
    quote = read.one(text, "fr")
    assert said(text, quote) == words
    assert quote.speaker is not None
    assert quote.speaker.kind == kind


def test_french_a_t_il_ajoute_goes_on_with_the_last_speaker(read: Reader) -> None:
    text = "« Nous ne céderons pas », a déclaré Emmanuel Macron. « La France restera ferme », a-t-il ajouté."
    assert {who(one) for one in read(text, "fr").quotes} == {"Emmanuel Macron"}
    assert len(read(text, "fr").quotes) == 2


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("Dışişleri Bakanı Hakan Fidan, \"Suriye'nin yanındayız\" dedi.", "Suriye'nin yanındayız", "Hakan Fidan"),
        ("Cumhurbaşkanı Erdoğan, operasyonun süreceğini söyledi.", "operasyonun süreceğini", "Recep Tayyip Erdogan"),
        ("Erdoğan, sınırın kapatılacağını ifade etti.", "sınırın kapatılacağını", "Recep Tayyip Erdogan"),
        ("Reuters'a göre görüşmeler pazartesi günü başlayacak.", "görüşmeler pazartesi günü başlayacak", "Reuters"),
    ],
)  # fmt: skip
def test_turkish(read: Reader, text: str, words: str, name: str) -> None:
    quote = read.one(text, "tr")
    assert (said(text, quote), who(quote)) == (words, name)


def test_other_languages_give_only_what_stands_between_quotation_marks(read: Reader) -> None:
    text = "„Wir werden diesen Weg gemeinsam zu Ende gehen“, sagte die Ministerin."
    quote = read.one(text, "de")
    assert said(text, quote) == "Wir werden diesen Weg gemeinsam zu Ende gehen"
    assert quote.speaker is None


# --- whatever the text --------------------------------------------------------------------------------------------

_PIECES = [
    "قال", "وأضاف", "وزير الخارجية", "أردوغان", "إن", "أن", "أنه", "إلى", "بحسب", "وفقا", "لوكالة رويترز",
    "«", "»", '"', "“", "”", ":", "،", ".", "\n", "؟", "نقلت", "عن", "قوله", "مصدر", "المصدر", "مشيرا", "لم",
    "(", ")", "كان", "قد", "جاء", "في بيان", "said", "Hakan Fidan", "that", "according to", "told", "he",
    "officials", "selon", "a déclaré", "il", "dedi", "göre", "🙂", "إِنَّ", "\u200f", "\u202b", "ـ", "x", "’",
    "'", "12.5", "على حد", "قولها",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), max_size=60),
    language=st.sampled_from(["ar", "en", "fr", "tr", "de", None]),
)
def test_every_span_lies_within_the_text(annotator: Annotator, pieces: list[str], language: str | None) -> None:
    text = " ".join(pieces)
    read = annotator.read(text)
    made = attributions(lay_out(text, read.hosts[1].tokens), read.entities, language=language)
    for quote in made.quotes:
        assert 0 <= quote.start < quote.end <= len(text)
        assert text[quote.start : quote.end].strip()
        assert 0.0 <= quote.score <= 1.0
        assert quote.verb is None or quote.verb in text
        for source in (quote.speaker, quote.carrier):
            if source is not None and source.start is not None and source.end is not None:
                assert 0 <= source.start < source.end <= len(text)
    for source in made.credits:
        assert source.start is not None
        assert source.name


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="قال إن.،:؟!\n«»\"“”‘’„ab'() 🙂\u064e\u200f", max_size=200))
def test_sentences_and_quotations_cover_words_in_order(text: str) -> None:
    layout = lay_out(text, tokenize(text))
    at = 0
    for first, last in layout.sentences:
        assert at == first < last
        at = last
    assert at == len(layout.tokens)
    for one in layout.quoted:
        assert 0 <= one.start < one.end <= len(text)
        assert one.first < one.last <= len(layout.tokens)


_HOSTILE = {
    "ar": ["قال إن ", "بحسب مصدر، ", '"قال فلان إن كذا" ', "، قال", "مضيفا ", "كما قال ", "نقلت عن ", "وقال: «"],
    "en": ["said ", "he said that ", '"so it goes on," ', "according to officials ", "has said, ", "Ali, Ali said "],
    "fr": ["a déclaré ", "selon une source ", "« il a dit que ", "a-t-il ajouté "],
    "tr": ["dedi ", '"böyle devam eder" dedi ', "göre ", "ifade etti, "],
    None: ['"', "«", "“”", '"a ', "«. ", "‘a’b’"],
}


@pytest.mark.parametrize(
    ("language", "piece"), [(code, piece) for code, pieces in _HOSTILE.items() for piece in pieces]
)
def test_hostile_texts_are_bounded(language: str | None, piece: str) -> None:
    """Half a megabyte of one piece; what costs the square of that would never end."""
    text = piece * (500_000 // len(piece))
    made = attributions(lay_out(text, tokenize(text)), (), language=language)
    assert len(made.quotes) <= 2 * QUOTED_LIMIT
