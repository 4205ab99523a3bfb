"""What stands around a word that may be a place or a word of every day: whether it is spoken of as a place there.

Seven grades of evidence, from words that stand right before it and from what follows. The lists are of grammar and of
the ways in which news says where something is; they name no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rasid.enrich.tokens import Token, keys_in, variants

#: In the place of an adjective (الجماهير الخارجة), where no place is named.
ADJECTIVE = -1
#: Behind a preposition, but what follows may draw it on, as an adjective does.
LOOSE = 1
#: Behind a preposition that places and others stand behind (من، إلى), and not drawn on by what follows.
FROM = 2
#: Behind one that only places stand behind (في).
AT = 3
#: Where something is done to a place, or by it (قصف، شهدت).
DONE = 4
#: Behind a word that places are named with, among others (شمال، مطار، أهالي), or of what happens somewhere.
NEAR = 5
#: Where people are said to be or to come from: such a phrase has a place in it (شهود في …).
PEOPLE = 6
#: Behind what only a settlement is called by (مدينة، بلدة، قرية).
SETTLED = 7

_SETTLEMENTS = keys_in(
    "مدينة بلدة قرية ناحية محافظة مخيم مدينتي مدينتا بلدتي بلدتا قريتي قريتا محافظتي محافظتا ناحيتي ضيعة مستوطنة "
    "city town village province governorate district suburb ville province gouvernorat banlieue "
    "şehri ili ilçesi kenti bajarê"
)
_NEAR = keys_in(
    "قرى بلدات مدن ريف أرياف ريفي مطار معبر منطقة حي أحياء قضاء إقليم ولاية عاصمة العاصمة ميناء مرفأ جزيرة جبل وادي "
    "شمال جنوب شرق غرب شمالي جنوبي شرقي غربي وسط ضواحي ضاحية قاعدة سد قلعة مديرية بلدية جسر دوار سوق "
    "أهالي سكان أبناء نازحي لاجئي شوارع سماء أجواء محيط أطراف مداخل مشارف تخوم جبهة جبهات سجن مشفى مستشفى جامعة "
    "region port airport near région aéroport"
)
_PROVINCES = keys_in(
    "محافظة محافظتي محافظتا محافظات ولاية ولايتي ولايتا إقليم منطقة إمارة جهة مقاطعة "
    "province governorate state region gouvernorat wilaya"
)
#: As Latin scripts have them, behind the name.
_PROVINCES_BEHIND = keys_in("province governorate ili vilayeti eyaleti")
#: Words of which `_SETTLEMENTS` or `_NEAR` may be parted from the name.
_OF = frozenset({"of", "de", "d"})

#: Prepositions by language: those that only places stand behind, and the others.
_AT = {"ar": keys_in("في قرب داخل خارج باتجاه"), "fa": keys_in("در"), "ckb": keys_in("لە")}
_FROM = {"ar": keys_in("من إلى نحو صوب بين عبر"), "fa": keys_in("از به تا سوی"), "ckb": keys_in("بۆ")}
#: Urdu says it behind the name.
_URDU_AT = keys_in("میں سے کے کی کا تک")

#: Who is somewhere, in the forms that stand before في and من, and verbs of living there.
_PEOPLE = keys_in(
    "شهود شاهد سكان أهالي الأهالي السكان مواطنون مواطنين المواطنون المواطنين ناشطون ناشطين الناشطون الناشطين نشطاء "
    "النشطاء متظاهرون متظاهرين المتظاهرون المتظاهرين محتجون محتجين المحتجون المحتجين مراسل مراسلة مراسلنا مراسلتنا "
    "مراسلون مراسلو مراسلي موفد موفدنا مدنيون مدنيين المدنيون المدنيين نازحون نازحين النازحون النازحين لاجئون لاجئين "
    "اللاجئون اللاجئين مقيم مقيمة مقيمون مقيمين المقيم المقيمة المقيمون المقيمين مزارعون مزارعين المزارعون المزارعين "
    "عائلات العائلات أسر مسعفون مسعفين أطباء ولد ولدت مولود مواليد نشأ نشأت يقيم تقيم يعيش تعيش عاش عاشت يقطن "
    "تقطن يسكن تسكن"
)
#: What happens somewhere, and who says so there.
_EVENTS = keys_in(
    "انفجار انفجارات تفجير تفجيرات قصف غارة غارات اشتباكات معارك معركة تظاهرة مظاهرة تظاهرات مظاهرات احتجاجات اعتصام "
    "هجوم هجمات مجزرة زلزال هزة حريق حرائق فيضانات سيول اعتقالات مداهمات كمين حصار مقتل إصابة جرح استشهاد اغتيال "
    "خطف اختطاف مصدر مصادر مسؤول مسؤولون مسؤولين ضابط عناصر مسلحون مسلحين مقاتلون مقاتلين جنود وقع وقعت اندلع اندلعت "
    "دارت جرت عقد عقدت قتل قتلت أصيب أصيبت اعتقل اعتقلت وصل وصلت توجه توجهت عاد عادت نزح نزحت انسحب انسحبت دخل "
    "دخلت غادر غادرت الوضع الأوضاع أوضاع القتال قتال"
)
#: What is done to a place, or what a place does, right before its name.
_DONE = keys_in(
    "قصف قصفت يقصف تقصف استهدف استهدفت استهداف شهد شهدت تشهد اقتحم اقتحمت اقتحام حاصر حاصرت يحاصر تحاصر دخل دخلت "
    "دخول غادر غادرت مغادرة زار زارت زيارة احتل احتلت يحتل تحتل احتلال تحرير سقوط بلغ يضرب ضرب ضربت وجهاء أعيان مجلس "
    "مختار محافظ مفتي سيطرة قصفهم قصفه"
)
#: What a phrase ends before: behind it nothing draws a noun on.
_CLOSING = keys_in(
    "إن أن إنه إنها أنه أنها و ثم أو بل حيث حين حينما عندما بعد قبل منذ خلال أثناء مساء صباح ظهر فجر عصر ليل ليلة أمس "
    "اليوم الآن غدا أول السبت الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة في من إلى على عن مع عبر حتى لدى بين ضد "
    "نحو قرب بسبب جراء إثر عقب وسط ضمن التي الذي الذين اللتين اللذين كما لكن لم لن لا ما قد هذا هذه ذلك تلك كان كانت "
    "أسفر أسفرت أدى أدت قال قالت شمال جنوب شرق غرب شمالي جنوبي شرقي غربي وفق بحسب حسب أيضا فيما بينما هو هي وهو وهي "
    "مما حول بشأن مقابل دون بدون غير سوى عام سنة يوم وقد وقال وقالت وكان وكانت"
)
_DEFINITE = "ال"
#: Words whose part is remembered.
_KEPT = 8_192


def standing(text: str, tokens: Sequence[Token], first: int, last: int, language: str = "") -> int:
    """The grade of evidence that the words from `first` to `last` (exclusive) are spoken of as a place.

    0 for none, ADJECTIVE where it speaks against it.

    Args:
        language: code of the text's language, empty where it is unknown.
    """
    if named := naming(text, tokens, first):
        return named
    if _follows(text, tokens, last, _PROVINCES_BEHIND):
        return NEAR
    if language == "ur":
        return AT if _follows(text, tokens, last, _URDU_AT) else 0
    if first == 0 or not _open(text, tokens[first - 1], tokens[first]):
        return 0
    grade = _grade(tokens[first - 1].folded, language or "ar")
    if not grade and tokens[first].folded.startswith(_DEFINITE) and tokens[first - 1].folded.startswith(_DEFINITE):
        return ADJECTIVE
    if not grade or not _closed(text, tokens, first, last):
        return LOOSE if grade else 0
    if grade == DONE:
        return DONE
    before = _nouns(text, tokens, first - 1)
    if not _PEOPLE.isdisjoint(before):
        return PEOPLE
    return grade if _EVENTS.isdisjoint(before) else NEAR


@lru_cache(maxsize=_KEPT)
def _grade(before: str, language: str) -> int:
    """How surely a place stands behind a word."""
    forms = {form for form, _ in variants(before)}
    if not forms.isdisjoint(_AT.get(language, ())):
        return AT
    if not forms.isdisjoint(_FROM.get(language, ())):
        return FROM
    return DONE if not forms.isdisjoint(_DONE) else 0


def naming(text: str, tokens: Sequence[Token], first: int) -> int:
    """SETTLED or NEAR where a word like "city of" stands before a name, else 0."""
    before = _noun(text, tokens, first)
    return _named_by(before) if before else 0


def of_province(text: str, tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a word like "province of" stands before a name, or "province" behind it (Idlib province)."""
    if _follows(text, tokens, last, _PROVINCES_BEHIND):
        return True
    return any(form in _PROVINCES for form, _ in variants(_noun(text, tokens, first)))


def _noun(text: str, tokens: Sequence[Token], first: int) -> str:
    """The word before a name, "of" and quotation marks left out; empty where a sentence ends between them."""
    if first == 0:
        return ""
    gap = text[tokens[first - 1].end : tokens[first].start]
    if gap != " " and gap.strip(" \"'«“(-’"):
        return ""
    before = tokens[first - 1]
    if before.folded in _OF and first > 1:
        before = tokens[first - 2]
    return before.folded


@lru_cache(maxsize=_KEPT)
def _named_by(before: str) -> int:
    forms = {form for form, _ in variants(before)}
    if not forms.isdisjoint(_SETTLEMENTS):
        return SETTLED
    return 0 if forms.isdisjoint(_NEAR) else NEAR


def inside(text: str, tokens: Sequence[Token], first: int, language: str = "") -> bool:
    """Whether a word like "in" stands before a name."""
    if first == 0 or not _open(text, tokens[first - 1], tokens[first]):
        return False
    return _grade(tokens[first - 1].folded, language or "ar") == AT


def _nouns(text: str, tokens: Sequence[Token], preposition: int) -> set[str]:
    """The three words before a preposition, with the words that they are without what is joined to them."""
    start = preposition
    while start > max(0, preposition - 3) and _open(text, tokens[start - 1], tokens[start]):
        start -= 1
    return {form for token in tokens[start:preposition] for form, _ in variants(token.folded)}


def _closed(text: str, tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether what follows does not go on with the noun, as an adjective or what it is of does (في القصر الجمهوري)."""
    if last >= len(tokens) or not _open(text, tokens[last - 1], tokens[last]):
        return True
    after = tokens[last].folded
    if after.startswith("بال") or after.isdigit() or any(form in _CLOSING for form, _ in variants(after)):
        return True
    # A definite noun goes on with what is definite; one without an article with anything.
    return tokens[first].folded.startswith(_DEFINITE) and not after.startswith(_DEFINITE)


def _follows(text: str, tokens: Sequence[Token], last: int, words: frozenset[str]) -> bool:
    return last < len(tokens) and _open(text, tokens[last - 1], tokens[last]) and tokens[last].folded in words


def _open(text: str, left: Token, right: Token) -> bool:
    """Whether only a blank stands between two words."""
    gap = text[left.end : right.start]
    return gap == " " or (not gap.strip() and "\n" not in gap)


def joined(text: str, tokens: Sequence[Token], first: int, cut: int) -> bool:
    """Whether a name goes on with the list that the word before it is in (دمشق والرقة؛ دمشق، الرقة).

    Args:
        cut: letters that were cut off before the name.
    """
    if first == 0:
        return False
    gap = text[tokens[first - 1].end : tokens[first].start]
    return (gap == " " and cut > 0 and tokens[first].folded[0] == "و") or gap.strip() in ("،", ",")
