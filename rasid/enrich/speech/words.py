"""The words of reported speech, folded: verbs that open it, what joins it to them, and nouns that say who speaks.

Written for rasid; each list holds what news texts use, not what a dictionary knows. Arabic forms with و or ف before
them are made here, so that one look finds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from rasid.enrich.tokens import key_of
from rasid.text.saying import ARABIC_SOCIAL, ARABIC_VERBS, Verb


class Cue(Enum):
    """What a word does for reported speech."""

    SAY = "say"  #: a verb: قال, said
    DOING = "doing"  #: a participle, whose subject stands before: مضيفا, adding
    PER = "per"  #: who is behind the sentence: بحسب, according to
    CONVEY = "convey"  #: who passes on what another said: نقلت رويترز عن
    SAYING = "saying"  #: a noun for it: قوله, قولها


class Form(NamedTuple):
    """A word that opens reported speech.

    Attributes:
        needs: opens speech only before "that", a colon or a quotation mark, since it means other things as well.
        to: the words before a noun that tells what was said (شدد على ضرورة …), folded; ``ب`` is a proclitic, an empty
            one means that the noun may follow by itself; None where no noun may tell it.
        feminine, plural: of the speaker; None where the form does not tell.
        present: a form of the present, which tells of no one speaker unless it names him (يُذكر أن).
        joined: و or ف stands before it: its speaker may be the one before.
        via: how it was said, where the word tells (غرد).
        that: whether "that" may follow it. near: whether it must follow at once.
    """

    cue: Cue
    needs: bool = False
    to: tuple[str, ...] | None = None
    feminine: bool | None = None
    plural: bool = False
    present: bool = False
    joined: bool = False
    via: str | None = None
    that: bool = True
    near: bool = False


# --- Arabic -------------------------------------------------------------------------------------------------------

_ARABIC_SAYING = "قوله قولها قولهم قولهما بقوله بقولها بقولهم تأكيده تأكيدها القول بالقول"
_ARABIC_CONVEY = "نقل نقلت ينقل تنقل نقلوا ونقل ونقلت وينقل وتنقل"
#: Words that name who is behind a sentence; the second of two stands behind the first.
_ARABIC_PER = "بحسب حسب وبحسب وحسب حسبما وحسبما كما وفق ووفق وفقا ووفقا طبقا نقلا استنادا لسان تعبير قول وصف"
_ARABIC_PER_SECOND = {"لسان": "على", "تعبير": "حد", "قول": "حد", "وصف": "حد"}

#: جاء في بيان: the speaker stands behind the second word.
COMES = frozenset(("جاء", "وجاء", "ورد", "وورد"))
#: Behind these "that" opens what was said only of the verbs to which they belong (أشار إلى أن).
BEFORE_THAT = frozenset(("في", "من", "عن", "علي", "الي"))
#: Words that a quotation mark behind them makes part of the sentence: في "…", من "…".
PREPOSITIONS = frozenset(("في", "من", "علي", "الي", "عن", "مع", "ب", "ل", "ك", "بين", "ضد", "او", "و"))

#: What joins what was said to the verb, folded; أن and إن fold alike.
_THAT_BARE = "أن بأن"
_THAT_PRONOUN = """
    أنه أنها أنهم أنهما أنهن أنني أني أننا أنك أنكم
    بأنه بأنها بأنهم بأنهما بأنهن بأنني بأني بأننا بأنك بأنكم
"""
#: Before "that", these make it something else: بعد أن, يمكن أن.
_NO_THAT_BEHIND = """
    بعد قبل سبق ما يمكن يجب دون بدون منذ رغم إلا حيث غير كما قبيل ينبغي يفترض بد يريد تريد أريد يريدون بعيد لولا لو
    سيما خصوصا خاصة علما بما إذ شأنه شأنها وقبل وبعد فبعد مجرد بمجرد شرط بشرط يستطيع تستطيع يستطيعون المتوقع المقرر
    المفترض المرتقب المنتظر الممكن المحتمل الأفضل يود تود يحاول تحاول
"""
_NEGATIONS = "عدم لم لا لن ما ولم ولا ولن وما فلم فلا ليس لما"


def _words(written: str) -> tuple[str, ...]:
    return tuple(key_of(word) for word in written.split())


THAT_BARE = frozenset(_words(_THAT_BARE))
THAT = THAT_BARE | frozenset(_words(_THAT_PRONOUN))
NO_THAT_BEHIND = frozenset(_words(_NO_THAT_BEHIND))
NEGATIONS = frozenset(_words(_NEGATIONS))
PER_SECOND = {key_of(word): key_of(before) for word, before in _ARABIC_PER_SECOND.items()}


def _to(cell: str) -> tuple[str, ...] | None:
    words = cell.split()
    return None if words == ["-"] else tuple("" if word == "=" else key_of(word) for word in words)


def _arabic_verb(verb: Verb, via: str | None) -> Iterator[tuple[str, Form]]:
    say = Form(Cue.SAY, bool(verb.sign), _to(verb.before), via=via, that=verb.sign != "!", near=verb.sign == "~")
    past, feminine, plural = verb.pasts()
    yield past, say._replace(feminine=False)
    yield feminine, say._replace(feminine=True)
    yield plural, say._replace(plural=True)
    if verb.present:
        now = say._replace(present=True)
        present, feminine, plural = verb.presents()
        yield present, now._replace(feminine=False)
        yield feminine, now._replace(feminine=True)
        yield plural, now._replace(plural=True)
    if verb.participle:
        doing = say._replace(cue=Cue.DOING)
        stem = verb.participle[:-1] if verb.participle.endswith("ي") else verb.participle
        yield verb.participle + "ا", doing
        yield stem + ("ية" if verb.participle.endswith("ي") else "ة"), doing
        yield stem + "ين", doing


@lru_cache(maxsize=1)
def arabic_cues() -> dict[str, Form]:
    """Folded Arabic words that open reported speech."""
    found: dict[str, Form] = {}

    def add(word: str, form: Form) -> None:
        key = key_of(word)
        found.setdefault(key, form)
        if form.cue in (Cue.SAY, Cue.DOING):
            for letter in "وف":
                found.setdefault(letter + key, form._replace(joined=True))

    for word in _ARABIC_CONVEY.split():
        add(word, Form(Cue.CONVEY))
    for word in _ARABIC_PER.split():
        add(word, Form(Cue.PER))
    for word in _ARABIC_SAYING.split():
        add(word, Form(Cue.SAYING))
    for verbs, via in ((ARABIC_VERBS, None), (ARABIC_SOCIAL, "social")):
        for verb in verbs:
            for word, form in _arabic_verb(verb, via):
                add(word, form)
    for word in COMES:
        found[word] = Form(Cue.SAY, needs=True)
    return found


# --- who speaks, in Arabic ----------------------------------------------------------------------------------------


class Role(Enum):
    """What a noun says of who speaks. The values are the kinds of sources that annotations carry."""

    NAMED = "named"  #: somebody by name
    OFFICE = "office"  #: an institution, or somebody by office alone
    AGENCY = "agency"  #: a news agency
    MEDIA = "media"  #: another paper, station or site
    ANONYMOUS = "anonymous"  #: "an informed source", officials without names
    CORRESPONDENT = "correspondent"  #: a reporter of the paper's own
    WITNESS = "witness"  #: who was there
    SOCIAL = "social"  #: posts of nobody by name
    UNKNOWN = "unknown"  #: a speaker is written, but what he is cannot be told; or none is


_TITLES = """
    وزير وزيرة رئيس رئيسة مدير مديرة متحدث متحدثة ناطق ناطقة قائد أمين أمينة مبعوث مبعوثة سفير سفيرة نائب نائبة
    عضو عضوة محافظ مستشار مستشارة ممثل ممثلة مندوب مندوبة منسق منسقة مفوض مفوضة قاضي قاض نقيب ملك ملكة أمير
    أميرة زعيم مرشد بابا بطريرك مطران شيخ مفتي محلل محللة خبير خبيرة باحث باحثة أستاذ أستاذة دكتور دكتورة
    أدميرال بروفيسور كولونيل رقيب مساعد طبيب طبيبة محام محامي محامية صحفي صحفية صحافي صحافية كاتب كاتبة لواء
    عميد عقيد مقدم رائد ملازم فريق جنرال مشير سيد سيدة مهندس مهندسة مدرب لاعب فنان فنانة مخرج مخرجة سيناتور
    سناتور مساعدة وكيل وكيلة قائم مؤسس مؤسسة عمدة حاكم ناشط ناشطة قيادي قيادية مسؤول مسؤولة ضابط دبلوماسي
    دبلوماسية مختار والد والدة شقيق شقيقة زوجة زوج نجل ابن المدعي مدعي مدعية كبير كبيرة معارض اقتصادي عالم عالمة
    مؤرخ
"""
#: Titles that name nobody mean somebody who would not be named, if no office follows them.
_NAMELESS = """
    مسؤول مسؤولة مسؤولون مسؤولين مسؤولان ضابط ضباط دبلوماسي دبلوماسيون دبلوماسيين قيادي قياديون قياديين ناشط ناشطة
    ناشطون ناشطين نشطاء ناشطو محلل محللون محللين مراقبون مراقبين خبير خبراء خبير باحثون باحثين موظف موظفون عامل عمال
    عسكريون مقاتلون مقاتل عنصر قاض نائب نواب أطباء طبيب محامون معارضون متابعون مطلعون مقربون مصرفي تاجر تجار
    اقتصاديون مختصون مختص محام سياسيون سياسي
"""
_OFFICES = """
    أحزاب منظمات وزارات لجان أجهزة نقابات مؤسسات شركات حكومات جماعات جمعيات وزارة حكومة رئاسة جيش هيئة مديرية
    شرطة محكمة حزب حركة لجنة مجلس منظمة قيادة إدارة بعثة سفارة أمانة مكتب مركز جماعة نيابة استخبارات مخابرات
    قوات قوى كتيبة فصائل تحالف ائتلاف معارضة اتحاد نقابة جمعية مؤسسة شركة بنك مصرف جامعة معهد برلمان كنيسة
    كرملين وكالة خارجية دفاع داخلية بلدية محافظة سلطات سلطة مرصد غرفة فرقة لواء كتائب جبهة تيار كونغرس بنتاغون
    شبكة حملة فريق دائرة مصلحة ديوان دولة مملكة عشائر قبائل دراسة تقرير وفد مصرف كتلة تجمع ميليشيا تنظيم
"""
_STATEMENTS = "بيان"
_MEDIA = "تقارير صحيفة قناة موقع إذاعة تلفزيون مجلة جريدة راديو فضائية تلفزة صحف وسائل إعلام"
_SOURCES = "مصدر مصادر مصدران مصدرين أوساط جهات"
_WITNESSES = "شاهد شهود شاهدة سكان أهالي أهال مدنيون مدنيين نازحون نازحين ناج ناجون ناجين مواطنون لاجئون أقارب جيران"
_PEOPLE = """
    رجل امرأة شاب شابة مواطن مواطنة لاجئ لاجئة نازح نازحة مزارع مزارعون سائق طالب طالبة جندي متظاهر متظاهرة متظاهرون
    متظاهرين محتج محتجون أم أب مسن مسنة معتقل ناج ناجية شهود
"""
_CORRESPONDENTS = "مراسل مراسلة مراسلنا مراسلتنا مراسلو مراسلون مراسلينا مراسلونا موفد موفدنا موفدتنا مندوبنا"
_SOCIAL = "منشورات تغريدات حسابات صفحات مغردون"
#: Behind "an agency": of which kind, since most agencies are offices.
AGENCY_BEHIND = frozenset(_words("أنباء الأنباء الإخبارية إخبارية للأنباء"))
_AGENCY_HEADS = frozenset(_words("وكالة وكالات الوكالة"))
#: What may stand between a title and a name that a comma parts from it.
JOBS = frozenset(_words("وزير رئيس مدير المتحدث الناطق المبعوث السفير القائد النائب الدكتور السيد الشيخ"))

#: Where a name before the speech ends: by what means, when, to whom, about what.
_STOPS = """
    خلال أثناء مع عن بعد قبل عقب لدى أمام عبر إثر بشأن حول ضمن منذ اليوم أمس يوم مساء صباح ظهر فجر ليل الليلة غدا الأحد
    الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت في على إلى من قد كذلك أيضا ردا تعليقا لاحقا سابقا مؤخرا إنه
    الذي التي الذين بدوره بدورها حيث بينما وسط بعدما قبيل حين عندما تحت ضد بخصوص هنا حينها آنذاك وقتها تعقيبا
    الانتباه النظر الأنظار للصحفيين للصحافيين لصحفيين للإعلام لوسائل للتلفزيون
"""
#: Those that no name of the speaker can stand behind.
_BARRIERS = """
    خلال أثناء مع عن بعد قبل عقب لدى أمام عبر إثر بشأن حول ضمن منذ ردا تعليقا الذي التي الذين حيث بينما وسط بعدما
    قبيل حين عندما ضد بخصوص تعقيبا إنه
"""
#: How it was said: words behind في, خلال, عبر that tell the means -> ``statement interview social``.
_VIA = {
    "statement": "بيان بيانه بيانها بيانهم البيان كلمة كلمته خطاب خطابه رسالة بلاغ تصريحات تصريح تصريحاته مؤتمر",
    "interview": "مقابلة حديث حوار مداخلة حديثه",
    "social": "تغريدة تغريدات منشور تدوينة تويتر فيسبوك الفيسبوك إكس تلغرام تليغرام تيليغرام إنستغرام انستغرام حسابه"
    " حسابها صفحته صفحتها منصة التواصل يوتيوب",
}
#: May stand between the name and في where it belongs to the name: مصدر في الوزارة, مصدر مطلع على.
_CHANNEL = frozenset(word for words in _VIA.values() for word in _words(words)) | frozenset(
    _words("لقاء اتصال وقت ختام مستهل إطار سياق تعليق مؤتمره اجتماع جلسة إشارة معرض حوار تقرير أول وقت")
)
_FEMININE_HEADS = frozenset(_words("وزارة حكومة وكالة صحيفة مصادر قناة هيئة قوات منظمة شركة رئاسة"))

STOPS, BARRIERS = frozenset(_words(_STOPS)), frozenset(_words(_BARRIERS))
CHANNEL = _CHANNEL
VIA = {key: via for via, words in _VIA.items() for key in _words(words)}
#: مصدر في الوزارة, مصدر من الشرطة, مصدر مطلع على الملف: what may go on behind a source.
SOURCE_GOES_ON = frozenset(_words("في من داخل مقرب مقربة مقربون"))
GOES_ON_BEHIND = {key_of("على"): frozenset(_words("مطلع مطلعة مطلعون")), key_of("من"): frozenset(_words("قريب مقرب"))}
GOES_ON_BEHIND[key_of("من")] |= frozenset(_words("مقربة قريبة مقربون"))
TIMES = frozenset(
    _words("اليوم أمس مساء صباح ظهر فجر ليل الليلة يوم الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت")
)
#: Told to: لوكالة, لقناة … end a name.
TOLD_TO = frozenset(
    "ل" + word for word in _words("وكالة قناة صحيفة موقع راديو إذاعة تلفزيون مجلة جريدة شبكة برنامج مراسل")
)


class Noun(NamedTuple):
    """A noun that says what a speaker is.

    Attributes:
        title: a name may follow that is the speaker's.
        nameless: without a name behind it, it is a source that would not be named.
        definite: with the article, so that alone it means one named before.
        statement: it is what was given out; who did so stands behind it (بيان للوزارة).
    """

    role: Role
    title: bool = False
    nameless: bool = False
    definite: bool = False
    statement: bool = False


def _nouns(written: str, noun: Noun) -> Iterator[tuple[str, Noun]]:
    for word in written.split():
        bare = word.removeprefix("ال") if word != "المدعي" else word
        yield key_of(bare), noun
        yield key_of("ال" + bare), noun._replace(definite=True)


@lru_cache(maxsize=1)
def arabic_nouns() -> dict[str, Noun]:
    """Folded Arabic nouns that say what a speaker is, with and without the article."""
    found: dict[str, Noun] = {}
    lists: Iterable[tuple[str, Noun]] = (
        (_SOURCES, Noun(Role.ANONYMOUS, nameless=True)),
        (_CORRESPONDENTS, Noun(Role.CORRESPONDENT)),
        (_WITNESSES, Noun(Role.WITNESS)),
        (_SOCIAL, Noun(Role.SOCIAL)),
        (_MEDIA, Noun(Role.MEDIA)),
        (_STATEMENTS, Noun(Role.OFFICE, statement=True)),
        (_OFFICES, Noun(Role.OFFICE)),
        (_NAMELESS, Noun(Role.ANONYMOUS, title=True, nameless=True)),
        (_PEOPLE, Noun(Role.WITNESS, title=True, nameless=True)),
        (_TITLES, Noun(Role.OFFICE, title=True)),
    )
    for written, noun in lists:
        for key, value in _nouns(written, noun):
            found.setdefault(key, value)
    for key in _AGENCY_HEADS:
        found[key] = Noun(Role.AGENCY, definite=key.startswith("ال"))
    return found
