"""Names that stand in no list of actors: what given names, family names and titles tell of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import rasid.enrich.unlisted as unlisted
from rasid.enrich.annotate import Annotator
from rasid.enrich.shape import likeness
from rasid.enrich.tokens import key_of, tokenize
from rasid.enrich.unlisted import Guesser
from rasid.text.fold import fold

_DATA = Path(unlisted.__file__).parent / "data"
_NATIONALITIES = frozenset(map(key_of, ("الأميركي", "المصري", "السويدي", "الإيرانية", "اليابانية", "صينية")))


def guessed(text: str, kind: str) -> dict[str, float]:
    """Names of a kind guessed in a text, as written, with their scores."""
    guesses = Guesser(_NATIONALITIES).guess(text, tokenize(text), [])
    assert all(guess.mention.method == "heuristic" and guess.mention.score <= 0.6 for guess in guesses)
    assert all(text[guess.mention.start : guess.mention.end] == guess.mention.text for guess in guesses)
    return {guess.mention.text: guess.mention.score for guess in guesses if guess.mention.kind == kind}


def people(text: str) -> dict[str, float]:
    return guessed(text, "person")


def bodies(text: str) -> list[str]:
    return list(guessed(text, "org"))


@pytest.mark.parametrize(
    ("text", "name", "score"),
    [
        ("قال جورج بوش أمس إن القوات باقية", "جورج بوش", 0.6),
        ("وصل ستيفين كلينتون إلى المدينة", "ستيفين كلينتون", 0.6),
        ("قال محمد الخطيب أمس", "محمد الخطيب", 0.6),  # a word too, yet behind a given name
        ("وقال مايكل زخبوط أمس", "مايكل زخبوط", 0.5),  # no list knows him
    ],
)
def test_a_known_family_name_makes_a_name_surer(text: str, name: str, score: float) -> None:
    assert people(text) == {name: score}


def test_a_family_name_counts_behind_a_title_or_once_introduced_but_not_by_itself() -> None:
    assert people("وعاد شيراك أمس إلى العاصمة") == {}
    assert people("وأعلن شيراك أن المؤتمر تأجل") == {"شيراك": 0.45}  # it is people who say something
    assert people("وأعلن الرئيس الأميركي كلينتون أن المؤتمر تأجل") == {"كلينتون": 0.45}
    assert people("قال جاك شيراك إن المؤتمر تأجل، ثم عاد شيراك إلى العاصمة") == {"جاك شيراك": 0.6, "شيراك": 0.45}
    assert people("قال المتحدث العسكري إن الوضع هادئ") == {}


def test_a_surname_behind_a_title_means_the_one_named_in_full() -> None:
    text = "عاد الرئيس شيراك أمس. وقال جاك شيراك إن المؤتمر تأجل"
    guesses = Guesser(()).guess(text, tokenize(text), [])
    assert {guess.mention.ref for guess in guesses} == {"name:جاك شيراك"}


@pytest.mark.parametrize(
    "name", ["عبد الله غول", "عبدالله غول", "سيف الإسلام القذافي", "محمد عبد الرحمن", "صلاح الدين دميرطاش"]
)
def test_given_names_are_read_in_one_word_or_two(name: str) -> None:
    assert name in people(f"قال {name} أمس إن الوضع هادئ")


def test_a_proclitic_is_no_part_of_a_name_in_two_words() -> None:
    assert list(people("وعبد الله غول في العاصمة")) == ["عبد الله غول"]
    assert people("زار مسجد عبد الله أمس") == {}


def test_a_name_by_the_son_stands_by_itself() -> None:
    assert people("قال أبو مازن أمس إن الوضع هادئ") == {"أبو مازن": 0.5}


def test_names_that_are_everyday_words_need_a_name_or_a_title_around_them() -> None:
    assert people("عقد الاجتماع صباح الثلاثاء وفيه أمل كبير وحياة جديدة وجميل الكلام") == {}
    assert "أمل كلوني" in people("قالت أمل كلوني أمس إن القضية طويلة")
    assert list(people("قال مصطفى نور الدين شلبي أمس")) == ["مصطفى نور الدين شلبي"]


def test_words_with_a_pronoun_end_no_name() -> None:
    assert people("قال حسن مؤلفاتهم كثيرة") == {}


def test_an_everyday_last_word_is_not_taken_for_the_person_again() -> None:
    assert list(people("قال مايكل التميمي أمس. وزار الناس البابا في المدينة والبابا مريض")) == ["مايكل التميمي"]


def test_what_is_like_a_name_by_its_letters() -> None:
    names = ["ماتيينسن", "فونتيناي", "غوندوغان", "ستروسكان", "زيلينسكي"]
    words = ["لتشغيلها", "مشاورات", "يستهدفون", "المحترف", "واستثماراتهم"]
    assert min(likeness[key_of(name)] for name in names) > 0 > max(likeness[key_of(word)] for word in words)


def test_words_that_look_foreign_are_a_person_behind_a_nationality_or_a_verb_of_saying() -> None:
    assert list(people("وسجل السويدي غونار هالبرغسون هدفا")) == ["غونار هالبرغسون"]
    assert list(people("وأضاف فروتشيلوف أن الحل بعيد")) == ["فروتشيلوف"]
    assert people("وأضاف السويدي مستدركا كلامه") == {}
    assert people("وأضافت مستدركة كلامها") == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("قال الشيخ خالد إن الأمر بسيط", "خالد"),
        ("زار البابا اونوريوس الثالث المدينة", "اونوريوس الثالث"),
        ("تحدث الفنان التشكيلي مايكل زخبوط أمس", "مايكل زخبوط"),
        ("قدم د. ماهر زخبوط عرضا", "ماهر زخبوط"),
        ("قاتل لقيط بن مالك حتى النهاية", "لقيط بن مالك"),
        ("حضر أبو عبد الله الحفل", "أبو عبد الله"),
        ("قال ماهر المصري أمس", "ماهر المصري"),
        ("تحدث محمد بن حمد بن سيف بن راشد الرمحي أمس", "محمد بن حمد بن سيف بن راشد الرمحي"),
    ],
)
def test_styles_rulers_sons_and_nationalities_in_names(text: str, name: str) -> None:
    assert list(people(text)) == [name]


def test_a_name_ends_before_a_verb_and_the_next_person() -> None:
    assert list(people("وحذر مايكل تيرنر مشددا على الخطر")) == ["مايكل تيرنر"]
    assert list(people("ضم الفريق ناصر مسعود راشد وخالد سالم")) == ["ناصر مسعود راشد", "خالد سالم"]


def test_what_is_named_after_somebody_is_not_that_person() -> None:
    assert people("نقل إلى مستشفى الملك فيصل أمس") == {}
    assert people("سار في شارع محمد محمود مساء") == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("أعلن حزب الشعب الديمقراطي موقفه", "حزب الشعب الديمقراطي"),
        ("دانت هيئة الطاقة الذرية الإيرانية القرار", "هيئة الطاقة الذرية الإيرانية"),
        ("ذكرت وزارة التربية والتعليم أن", "وزارة التربية والتعليم"),
        ("زار جمعية إنعاش الأسرة أمس", "جمعية إنعاش الأسرة"),
        ("قال رئيس الهيئة العامة للتأمين الصحي إن", "الهيئة العامة للتأمين الصحي"),
        ("تبنت الجماعة السلفية للتبشير والجهاد الهجوم", "الجماعة السلفية للتبشير والجهاد"),
        ("أوضح الاتحاد الدولي لكرة القدم أن", "الاتحاد الدولي لكرة القدم"),
        ("ذكر الاتحاد الصيني لشركات صناعة السيارات أن", "الاتحاد الصيني لشركات صناعة السيارات"),
        ("كتبت صحيفة الوطن أمس", "صحيفة الوطن"),
        ("قال مهندس في شركة شيودا اليابانية", "شيودا"),
        ("وقعت شركة «خليج فيلم» العقد", "خليج فيلم"),
        ("وأفادت شبكة إن بي سي بأن", "إن بي سي"),
    ],
)
def test_organisations_by_the_word_that_opens_them(text: str, name: str) -> None:
    assert bodies(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "تعمل شركة صينية هناك",
        "في 150 شركة مدرجة في السوق",
        "لسنا جماعة بالمعنى المتعارف عليه",
        "أمام مركز الاقتراع الرئيسي",
        "حركة القمر حول الأرض",
        "فاز ضمن المجموعة الثانية للتصفيات",
        "أسس مكتب للتجارة الخارجية",
        "قرر مجلس إدارة البنك ذلك",
        "رأيت في المنام أن في دي",
    ],
)
def test_what_only_sounds_like_an_organisation(text: str) -> None:
    assert bodies(text) == []


def test_a_name_that_stands_by_itself_is_known_again() -> None:
    text = "قال مهندس في شركة شيودا اليابانية أمس إن العمل بدأ، ولم تذكر شيودا موعدا لنهايته"
    assert [guess.mention.text for guess in Guesser(_NATIONALITIES).guess(text, tokenize(text), [])] == ["شيودا"] * 2


def test_a_name_behind_an_office_in_a_listed_organisation(annotator: Annotator) -> None:
    text = (
        "وأكد مدير الدفاع المدني السوري رائد الصالح أن فرقه انتشلت الجثث، وقال رئيس بلدية الحسكة شاهر خلف إن العمل بدأ"
    )
    found = [one.text for one in annotator.annotate(text, country="SY").entities if one.kind == "person"]
    assert found == ["رائد الصالح", "شاهر خلف"]
    assert people("قال رئيس جمعية تعنى بالأطفال إن العمل بدأ") == {}


def test_places_behind_the_word_that_tells_them(annotator: Annotator) -> None:
    text = "وصل إلى مدينة تشوانغفو ثم إلى حي الزيتون، وعادت تشوانغفو إلى الهدوء في منطقة سكنية كبيرة"
    assert list(guessed(text, "place")) == ["تشوانغفو", "الزيتون"]
    made = annotator.annotate(text)
    assert [one.text for one in made.entities if one.kind == "place"].count("تشوانغفو") == 2
    assert not any(text[one.start : one.end] == "تشوانغفو" for one in made.places)  # nobody knows where it is


def test_a_given_name_tells_whose_surname_it_is(annotator: Annotator) -> None:
    text = "قال السناتور جوزف ليبرمان إن الحل قريب، وأضاف ليبرمان أن المهلة تنتهي بعد أسبوع من الآن"
    refs = {one.ref for one in annotator.annotate(text).entities if "ليبرمان" in one.text}
    assert refs == {"name:جوزف ليبرمان"}
    same = "وصل الرئيس اوغو تشافيز إلى كراكاس أمس في زيارة رسمية تستمر ثلاثة أيام كما أعلن مكتبه"
    assert [(one.text, one.ref) for one in annotator.annotate(same).entities if one.kind == "person"] == [
        ("اوغو تشافيز", "hugo-chavez")
    ]


@pytest.mark.parametrize(("file", "least"), [("given_names_ar.txt", 2_500), ("family_names_ar.txt", 2_500)])
def test_the_lists_hold_single_arabic_words_once(file: str, least: int) -> None:
    lines = (_DATA / file).read_text(encoding="utf-8").splitlines()
    names = [name for line in lines if not line.startswith("#") for name in line.lstrip("~").split()]
    folded = [fold(name) for name in names]
    assert len(folded) >= least
    assert len(set(folded)) == len(folded)
    assert all(name.isalpha() and "\u0621" <= name[0] <= "\u064a" and len(name) > 1 for name in folded)
