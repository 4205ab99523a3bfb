"""Organisations whom no list knows: by the word that opens their name, and by what grammar lets follow it.

Three ways in which such a name is built:

- a noun in construct and what it is of: حزب الشعب الديمقراطي, هيئة الطاقة الذرية الإيرانية, بلدية نابلس;
- a noun with the article, adjectives that agree, and what it is for: الهيئة العامة للتأمين الصحي;
- a word that only tells the kind (شركة, صحيفة), and a proper name, which then stands by itself: شركة شيودا.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rasid.enrich.reading import Guess, Reading, is_noun
from rasid.enrich.roles import SAYING
from rasid.enrich.shape import likeness
from rasid.enrich.tokens import key_of, keys_in, variants
from rasid.text.kept import Kept

ORG_SCORE, CUED_SCORE = 0.4, 0.5
#: Words of one name, at most.
_MOST_WORDS = 8

#: A noun with the article makes a name of these: نقابة المحامين.
_OF_ONE = keys_in("""
    وزارة حزب نقابة جمعية رابطة اتحاد كتائب سرايا بنك مصرف مستشفى كلية جامعة إذاعة ائتلاف تكتل مفوضية
""")
#: These want more: an adjective, a purpose, or a proper name (مركز الاقتراع is no name).
_OF_MORE = keys_in("""
    منظمة هيئة مؤسسة معهد مركز لجنة مجلس صندوق أكاديمية غرفة بلدية محكمة بورصة كتلة دائرة مديرية مكتب تنظيم تحالف
    مجموعة شبكة حركة جبهة تيار جماعة
""")
#: The name of a place or person makes a name of these.
_OF_PROPER = keys_in("""
    بلدية جامعة محكمة مستشفى بورصة كلية مصرف بنك إذاعة جريدة صحيفة غرفة معهد مركز مؤسسة نقابة كتائب لواء أكاديمية
""")
#: What comes behind these is a common noun, whatever it looks like.
_NO_NAMES_OF = keys_in(
    "الدم المعلومات الأهداف العيون البيانات الانتقاء الأمور الحال الوقت الرأي النظر إدارة رئيس رئيسة"
)
#: Nouns that a ministry or the like may have as its second: وزارة التربية والتعليم.
_SECONDS = keys_in("""
    والتعليم والإعلام والسياحة والآثار والشؤون والبحث والتكنولوجيا والغابات والطيران والتجارة والصناعة والثقافة والفنون
    والاتصالات والنقل والإسكان والرياضة والأدوية والزراعة والتنمية والتعاون والمعادن والثروة والطاقة والرفاه والعمل
    والموارد والبيئة والتخطيط والمالية والاستثمار والعلوم والحرف والدواء والغذاء والنشر والتوزيع والمعلومات والإرشاد
    والمغتربين والأسرة والمرأة والشباب والأوقاف والدراسات والأبحاث والبحوث والعمران والمياه والكهرباء والمقاييس والجودة
    والسلع والفضاء والسلام والاستقلال والعدالة والإصلاح والحرية والديمقراطية والجهاد
""")
_FEMININE = keys_in("""
    الهيئة اللجنة الرابطة الجمعية المنظمة المؤسسة الجماعة الجبهة الحركة الوكالة المحكمة الجامعة الأكاديمية المفوضية
    النقابة الكتلة السلطة الغرفة الشركة المجموعة الكلية الأمانة الدائرة القيادة المديرية الشبكة
""")
_MASCULINE = keys_in("""
    الاتحاد البنك المعهد المجلس الحزب المركز المصرف الصندوق التجمع التيار التحالف الائتلاف البرنامج المكتب الجهاز
    المنتدى الديوان المؤتمر التنظيم
""")
#: With the article, one adjective makes a name of these: البنك التجاري.
_ONE_ADJECTIVE = keys_in("البنك المصرف الحزب الجبهة الجماعة")
_NO_ADJECTIVES = keys_in("""
    الداخلية الخارجية الحالي الحالية الثاني الثانية الأهلية الرئيسي الرئيسية الإسلامي الإرهابية المحلي المحلية العراقية
    الأجنبي المعني المعنية الغربي الجنوبية الشمالية الشرقية الغربية
""")
_MORE_ADJECTIVES = keys_in("""
    العام العامة الأعلى العليا المتحد المتحدة الموحد الموحدة الحر الحرة الأحمر المستقل المستقلة المشترك المشتركة الدائم
    الدائمة الوسطى الكبرى التنفيذي الأول الأولى
""")
#: These only tell the kind.
_KINDS = keys_in("شركة شركتي مصنع متاجر مجموعة صحيفة جريدة مجلة دورية قناة شبكة محطة موقع وكالة إذاعة نادي فريق")
#: The name of a paper or station may be any noun with the article, and then the word before belongs to it.
_PAPERS = keys_in("صحيفة جريدة مجلة قناة إذاعة")
_FIRMS = keys_in("شركة مجموعة مؤسسة")
#: Letters of the Latin alphabet, as Arabic papers spell acronyms: بي بي سي.
_LETTERS = keys_in(
    "إيه آي أي بي سي دي إي إف جي إتش جيه كي كيه إل إم إن أو كيو آر إس تي يو في دبليو إكس واي زد أف أس أر أم أن أل"
)
_COMMON_LETTERS = keys_in("في أو أي إن أم إي آي كي")
#: Acronyms of things that are no organisations.
_NO_BODIES = frozenset(map(key_of, ("دي إن إيه", "جي بي إس", "إس إم إس", "إتش آي في", "بي إتش دي", "بي سي آر")))
#: Beginnings of words that have a proclitic before the article.
_ARTICLES = ("بال", "وال", "فال", "كال", "لل")
#: What something is done for, and what has parts or members: neither makes a name.
_NO_PURPOSES = keys_in("""
    تحقيق بحث مواجهة مناقشة متابعة منع وقف ضمان تعزيز تنفيذ توفير إنهاء إجراء تقديم دراسة حل زيادة تسهيل مساعدة
    تجنب تفادي دول الدول بطولة البطولة التصفيات تصفيات مؤتمر الدورة دورة كأس الفريق المنتخب الدوري دوري الحكومة حكومة
    رئيس الرئيس
""")
#: Adjectives that are part of no name.
_ORDINALS = keys_in("""
    الأول الأولى الثاني الثانية الثالث الثالثة الرابع الرابعة الخامس الخامسة السادس السادسة السابع السابعة
    الثامن الثامنة التاسع التاسعة العاشر العاشرة الحالي الحالية الماضي الماضية التالي التالية
    الرئيسي الرئيسية
""")
#: With the article, two adjectives make no name of these.
_TOO_PLAIN = keys_in("الشركة المجموعة المؤسسة المنظمة المكتب البرنامج القيادة الوكالة السلطة")
#: Of these another noun follows: والشؤون الاجتماعية, والبحث العلمي.
_IN_PAIRS = keys_in("والشؤون والبحث والثروة والموارد")


class _Head(NamedTuple):
    """A word that may open a name: without proclitics, and how many letters those have."""

    word: str
    cut: int


_OPENING = _OF_ONE | _OF_MORE | _OF_PROPER | _FEMININE | _MASCULINE | _KINDS | _LETTERS


def _head(word: str) -> _Head | None:
    return next((_Head(form, cut) for form, cut in variants(word) if form in _OPENING), None)


_heads = Kept(_head)


class Bodies:
    """The organisations of one text."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.words, self.free = reading.words, reading.free
        #: Proper names that a word before them told to be an organisation's.
        self.told: dict[str, str] = {}

    def guesses(self) -> Iterator[Guess]:
        """Those that are named with what tells them, in the order of the text."""
        for number, head in [(n, head) for n, head in enumerate(_heads.all(self.words)) if head is not None]:
            guess = self._guess(number, head) if self.free[number] else None
            if guess is not None and guess.last - guess.first <= _MOST_WORDS:
                self.reading.take(guess)
                yield guess

    def _guess(self, number: int, head: _Head) -> Guess | None:
        if number + 1 >= len(self.words):
            return None
        if head.word in _LETTERS:
            return self._acronym(number, head)
        if head.word in _FEMININE or head.word in _MASCULINE:
            last = self._definite(number, head.word)
            return Guess(number, last, head.cut, "org", ORG_SCORE) if last else None
        if (last := self.reading.quoted(number + 1)) and all(self.free[number + 1 : last]):
            return self._proper(number + 1, last)
        if not self.reading.joined(number + 1):
            return None
        if head.word in _KINDS and (guess := self._of_kind(number, head)) is not None:
            return guess
        last = self._construct(number, head.word)
        return Guess(number, last, head.cut, "org", ORG_SCORE) if last else None

    def _proper(self, first: int, last: int) -> Guess:
        """A proper name that was told to be an organisation's."""
        if any(self._rare(number) for number in range(first, last)):
            self.told[" ".join(self.words[first:last])] = "org"
        return Guess(first, last, 0, "org", CUED_SCORE)

    # --- the three ways -----------------------------------------------------------------------------------------

    def _acronym(self, number: int, head: _Head) -> Guess | None:
        """Three letters or more, or two that are no everyday words."""
        last = number + 1
        while self.reading.follows(last) and self.words[last] in _LETTERS:
            last += 1
        letters = [head.word, *self.words[number + 1 : last]]
        telling = sum(letter not in _COMMON_LETTERS for letter in letters)
        if len(letters) < 3 or telling < 2 or " ".join(letters) in _NO_BODIES:
            return None
        return Guess(number, last, head.cut, "org", ORG_SCORE)

    def _of_kind(self, number: int, head: _Head) -> Guess | None:
        """Behind a word that only tells the kind: letters, or words that are like names."""
        first = number + 1
        if not self.free[first]:
            return None
        if self.words[first] in _LETTERS and (acronym := self._acronym(first, _Head(self.words[first], 0))) is not None:
            return acronym
        last = self.reading.proper_end(first, 3)
        if last > first and self.words[first] not in self.reading.given:
            purpose = self._purpose(last) if head.word in _FIRMS and self._named_so(first) else last
            return self._proper(first, last) if purpose == last else Guess(number, purpose, head.cut, "org", ORG_SCORE)
        return None

    def _named_so(self, number: int) -> bool:
        return not self._rare(number)

    def _definite(self, number: int, head: str) -> int:
        """Behind a noun with the article: adjectives, then what it is for. 0 where that is no name."""
        feminine = head in _FEMININE
        last = number + 1
        while last < len(self.words) and self.reading.joined(last) and self._agrees(last, feminine):
            last += 1
        adjectives = last - number - 1
        if not adjectives:
            return 0
        purpose = self._purpose(last)
        if purpose > last:
            return purpose
        wide = adjectives >= 2 and head not in _TOO_PLAIN
        one = head in _ONE_ADJECTIVE and self.words[number + 1] not in _NO_ADJECTIVES
        return last if wide or one else 0

    def _construct(self, number: int, head: str) -> int:
        """Behind a noun in construct: what it is of, adjectives, what it is for. 0 where that is no name."""
        first = number + 1
        if not self.free[first]:
            return self._of_proper(first) if head in _OF_PROPER else 0
        if self.words[first] in _NO_NAMES_OF:
            return 0
        noun = self._noun(first)
        if not noun:
            return first + 1 if self.reading.is_proper(first) and head not in _KINDS else 0
        last = self._seconded(noun) if head not in _PAPERS else noun
        last = self._adjectives(last)
        last = max(last, self._purpose(last))
        if head in _PAPERS or (head in _OF_ONE and noun == first + 1):
            return last
        return last if last - first >= 2 and head not in _KINDS else 0

    def _of_proper(self, first: int) -> int:
        """Behind the names of places or persons that a list knows, with the adjectives behind: جامعة القدس المفتوحة."""
        last = self.reading.taken.get(first, 0)
        return self._purpose(self._adjectives(last)) if last else 0

    # --- what may follow ----------------------------------------------------------------------------------------

    def _noun(self, number: int) -> int:
        """The word behind a noun with the article, one or two others in construct before it; 0 where there is none."""
        for last in range(number, min(number + 3, len(self.words))):
            if not self.reading.follows(last):
                return 0
            word = self.words[last]
            if word.startswith("ال"):
                return last + 1 if word not in self.reading.stops and len(word) > 3 else 0
            if not self._in_construct(last):
                return 0
        return 0

    def _in_construct(self, number: int) -> bool:
        """Whether a word without the article may be a noun that another follows: no verb, no adjective, no particle."""
        word = self.words[number]
        if word in self.reading.stops or word in SAYING or word in self.reading.nationalities or len(word) < 2:
            return False
        if word.startswith(_ARTICLES):
            return False
        return not word.endswith("يه") and is_noun[word]

    def _adjectives(self, number: int) -> int:
        while number < len(self.words) and self.reading.joined(number) and self._qualifies(number):
            number += 1
        return number

    def _qualifies(self, number: int) -> bool:
        """Whether a word with the article may be an adjective of a name: nationality, -ي, -ية, and a few others."""
        word = self.words[number]
        if not word.startswith("ال") or word in self.reading.stops or word in _ORDINALS:
            return False
        return word in self.reading.nationalities or word.endswith(("يه", "ي")) or word in _MORE_ADJECTIVES

    def _agrees(self, number: int, feminine: bool) -> bool:
        word = self.words[number]
        is_feminine = word.endswith("ه") or word in ("العليا", "الوسطي", "الكبري", "الاولي")
        return self._qualifies(number) and is_feminine == feminine

    def _seconded(self, number: int) -> int:
        """Past a second noun: (وزارة التربية) والتعليم."""
        if self.reading.follows(number) and self.words[number] in _SECONDS:
            number += 1
            if self.words[number - 1] in _IN_PAIRS and self.reading.follows(number):
                number += self.words[number].startswith("ال")
        return number

    def _purpose(self, number: int) -> int:
        """Past what something is for: للتأمين الصحي, لكرة القدم, للتبشير والجهاد; the same word where nothing is."""
        if not self.reading.follows(number):
            return number
        word = self.words[number]
        last = number
        if word.startswith("لل") and len(word) > 4:
            last = number + 1
        elif word[0] == "ل" and len(word) > 3 and word not in self.reading.stops and not word.startswith("لا"):
            noun = self._noun(number + 1)
            last = noun if noun and is_noun[word[1:]] else number
        of = "ال" + word[2:] if word.startswith("لل") else word[1:]
        if last == number or of in _NO_PURPOSES or of in _OPENING:
            return number
        return self._adjectives(self._seconded(self._adjectives(last)))

    def _rare(self, number: int) -> bool:
        word = self.words[number]
        return not word.startswith("ال") and self.reading.rare(number, 3.3) and likeness[word] > 0
