"""Arabic names that stand in no list: people by given names and titles, organisations by the word that opens them.

A guess from form alone, so every hit is marked ``heuristic`` and scores 0.6 at most: 0.6 where a known given name
meets a known family name, 0.5 where only one of the two is known, 0.45 for a family name behind a title or a name met
again, 0.4 for organisations. Each is known by its folded words (``name:…``), so that two texts that write it alike
share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rasid.enrich.tokens import Token, key_of, skip_letters, variants, with_proclitics
from rasid.model import EntityMention
from rasid.text.background import common_words
from rasid.text.fold import fold
from rasid.text.kept import Kept
from rasid.text.words import stopwords

METHOD = "heuristic"
_KNOWN_SCORE, _PERSON_SCORE, _ALONE_SCORE, _ORG_SCORE = 0.6, 0.5, 0.45, 0.4
#: Words of one name, at most.
_PERSON_WORDS, _ORG_WORDS = 4, 4

_TITLES_AS_WRITTEN = """
    الرئيس رئيس رئيسة الرئيسة وزير الوزير وزيرة الوزيرة السيد السيدة الشيخ الشيخة الدكتور الدكتورة دكتور اللواء العميد
    العقيد المقدم الرائد
    النقيب الملازم الفريق الجنرال المشير الكولونيل السفير السفيرة المبعوث الملك الملكة الأمير الأميرة ولي النائب النائبة
    الأستاذ المهندس المحامي المحامية الصحفي الصحفية الصحافي الصحافية الكاتب الكاتبة المخرج الممثل الممثلة الفنان الفنانة
    المطرب المطربة اللاعب المدرب القاضي البابا البطريرك المطران الأب السناتور السيناتور المستشار المستشارة الحاخام آية
    الناطق المتحدث المتحدثة المدعو الزعيم القائد الأمين المفوض المنسق المحلل الباحث الخبير الشاعر المؤرخ العالم المهاجم
    الحارس الإمام المفتي الرفيق الحاج الشهيد الراحل بقيادة بزعامة برئاسة
"""
# Behind a title the office may follow, and only then the name: وزير الخارجية الأميركي X.
_OFFICES_AS_WRITTEN = """
    الوزراء الجمهورية الحكومة البرلمان المجلس الخارجية الداخلية الدفاع المالية الاقتصاد الصحة الإعلام العدل النفط الطاقة
    التعليم التربية الثقافة الزراعة التجارة السابق السابقة الأسبق الحالي الجديد الجديدة العام العامة الأول الخاص الأممي
    الراحل المنتخب المؤقت بالنيابة الأعلى الفخري الركن الدكتور السيد الشيخ المهندس
"""
_LINKS_AS_WRITTEN = "بن ابن بنت أبو أبي أبا أم آل عبد الله الدين ابو فون دي دا دو لا فان بو"
_HEADS_AS_WRITTEN = """
    وزارة حزب شركة جامعة منظمة صحيفة جريدة مجلة وكالة نادي جمعية مؤسسة هيئة اتحاد بنك مصرف قناة كتائب
    محكمة مستشفى جبهة نقابة معهد مفوضية رابطة
"""


def _words(written: str) -> frozenset[str]:
    return frozenset(key_of(word) for word in written.split())


_TITLES, _OFFICES, _LINKS, _HEADS = map(
    _words, (_TITLES_AS_WRITTEN, _OFFICES_AS_WRITTEN, _LINKS_AS_WRITTEN, _HEADS_AS_WRITTEN)
)
_FATHERS = _words("أبو أبا أبي")
#: A word that is commoner than this is no part of a name, unless a list says so.
_RARE, _RATHER_RARE = 4.1, 4.7
#: Ends of words with a pronoun or of verbs, which no name has.
_NO_NAME_ENDS = ("هم", "هما", "كما")
#: A given name that is commoner than this is more often another word: علي is also how some write على.
_COMMON = 6.5


class _Names(NamedTuple):
    """A list of names, folded, each with how its end is written: على is no علي. `unsure` are everyday words too."""

    sure: dict[str, str]
    unsure: dict[str, str]


def _read_names(file: str) -> _Names:
    """One of our lists: names parted by blanks, lines of remarks begin with #, lines of everyday words with ~."""
    names = _Names({}, {})
    for line in (Path(__file__).parent / "data" / file).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind = names.unsure if line.startswith("~") else names.sure
            kind.update((fold(name), name[-1]) for name in line.lstrip("~").split())
    return names


@lru_cache(maxsize=1)
def _given_names() -> _Names:
    return _read_names("given_names_ar.txt")


@lru_cache(maxsize=1)
def _family_names() -> _Names:
    return _read_names("family_names_ar.txt")


@lru_cache(maxsize=1)
def _compound_heads() -> frozenset[str]:
    """First words of given names that are written in two (عبد الله, سيف الإسلام), and a few beginnings more."""
    given = _given_names()
    compounds = [name for name in (*given.sure, *given.unsure) if "ال" in name[2:]]
    return frozenset(name[:at] for name in compounds for at in range(2, len(name) - 2) if name[at : at + 2] == "ال")


class _Role(NamedTuple):
    """What a folded word may do: open a name, follow as a title, head an office.

    Openings are forms and the letters before them: of given names, of names that are everyday words too, of names
    written in two words, of names that say whose father (أبو مازن).
    """

    given: tuple[tuple[str, int], ...]
    unsure: tuple[tuple[str, int], ...]
    compound: tuple[tuple[str, int], ...]
    father: tuple[tuple[str, int], ...]
    title: bool
    head: int | None


def _role(word: str) -> _Role | None:
    """None for a word that does nothing here, as nearly all do."""
    names, forms = _given_names(), variants(word)
    given, unsure, compound, father = (
        tuple((form, cut) for form, cut in forms if form in known)
        for known in (names.sure, names.unsure, _compound_heads(), _FATHERS)
    )
    title = any(form in _TITLES for form, _ in forms)
    head = next((cut for form, cut in forms if form in _HEADS), None)
    if not (given or unsure or compound or father or title or head is not None):
        return None
    return _Role(given, unsure, compound, father, title, head)


_roles = Kept(_role)


class _Opening(NamedTuple):
    """A given name at a word: letters before it, its words, whether it names somebody by itself (أبو مازن)."""

    cut: int
    words: int
    alone: bool = False


class _Guess(NamedTuple):
    """A name by its words (last exclusive); `cut` letters of the first are a proclitic."""

    first: int
    last: int
    cut: int
    kind: str
    score: float


class Guessed(NamedTuple):
    """A guessed name with its token range (last exclusive)."""

    mention: EntityMention
    first: int
    last: int


class Guesser:
    """Guesses names in Arabic texts. Holds no state of a text."""

    def __init__(self, nationalities: Iterable[str]) -> None:
        """`nationalities` are the folded words that say whose: they may stand between a title and a name."""
        self._nationalities = frozenset(nationalities)

    def is_in_name(self, text: str, tokens: Sequence[Token], number: int) -> bool:
        """Whether a word that is a town's name is somebody's here: behind a given name, or one before another name."""
        given, families = _given_names().sure, _family_names().sure
        if number and text[tokens[number - 1].end : tokens[number].start] == " ":
            before = tokens[number - 1]
            end = given.get(before.folded)
            if end is not None and text[before.end - 1] == end:
                return True
        if tokens[number].folded not in given or number + 1 >= len(tokens):
            return False
        behind = tokens[number + 1]
        joined = text[tokens[number].end : behind.start] == " "
        return joined and (behind.folded in families or behind.folded in given)

    def guess(
        self,
        text: str,
        tokens: Sequence[Token],
        taken: Iterable[tuple[int, int]],
        *,
        in_title: bool = False,
        listed: Mapping[str, str] | None = None,
    ) -> list[Guessed]:
        """Names in `text` that do not touch the token ranges (first, last exclusive) in `taken`.

        Args:
            listed: folded last words of the persons that a list found in this article -> their refs: where one stands
                alone it means that person. None for none.
        """
        reader = _Reader(text, tokens, taken, self._nationalities)
        reader.full.update((last, ref) for last, ref in (listed or {}).items() if reader.is_family_name(last))
        guesses = list(reader.people()) + list(reader.organisations())
        guesses += list(reader.again(guesses))
        return [Guessed(reader.mention(guess, in_title), guess.first, guess.last) for guess in sorted(guesses)]


class _Reader:
    def __init__(
        self, text: str, tokens: Sequence[Token], taken: Iterable[tuple[int, int]], nationalities: frozenset[str]
    ) -> None:
        self.text, self.tokens, self.nationalities = text, tokens, nationalities
        self.words = [token.folded for token in tokens]
        self.roles = _roles.all(self.words)
        self.active = [number for number, role in enumerate(self.roles) if role is not None]
        self.free = [True] * len(tokens)
        for first, last in taken:
            self.free[first:last] = [False] * (last - first)
        self.given, self.unsure = _given_names()
        self.families, self.unsure_families = _family_names()
        self.zipf = common_words("ar")
        self.stops = stopwords("ar")
        #: The last word of a person's name -> the ref of that person.
        self.full: dict[str, str] = {}

    # --- people -------------------------------------------------------------------------------------------------

    def people(self) -> Iterator[_Guess]:
        for number in self.active:
            guess = self._person(number) if self.free[number] else None
            if guess is not None:
                self.free[guess.first : guess.last] = [False] * (guess.last - guess.first)
                yield guess

    def _person(self, number: int) -> _Guess | None:
        opening = self._given_at(number)
        if opening is not None:
            last, known = self._name_end(number, number + opening.words, _RATHER_RARE, of_given=True)
            if last - number > opening.words or opening.alone:
                return _Guess(number, last, opening.cut, "person", _KNOWN_SCORE if known else _PERSON_SCORE)
            return None
        return self._titled_person(number) if self._is_title(number) else None

    def _titled_person(self, number: int) -> _Guess | None:
        """Behind a title: two rare words, or a family name."""
        first = self._behind_office(number + 1)
        if first >= len(self.words) or not self.free[first]:
            return None
        family = self.words[first] in self.families
        if self._given_at(first) is not None and not (family and self._person(first) is None):
            return None  # a name that begins there is found there
        if not family and not self._rare(first, _RATHER_RARE):
            return None
        last, _ = self._name_end(first, first + 1, _RARE, of_given=False)
        if last - first >= 2:
            return _Guess(first, last, 0, "person", _PERSON_SCORE)
        return _Guess(first, last, 0, "person", _ALONE_SCORE) if family else None

    def _given_at(self, number: int) -> _Opening | None:
        """The given name that begins at a word; None where none does."""
        role = self.roles[number]
        if role is None:
            return None
        if (role.compound or role.father) and (opening := self._two_words(number, role)) is not None:
            return opening
        for form, cut in role.given:
            if not self._written_so(number, self.given[form]):
                continue
            if self.zipf.get(form, 0.0) > _COMMON and not (self._name_behind(number) or self._titled(number)):
                continue
            if self._may_part(number, form, cut):
                return _Opening(cut, 1)
        for form, cut in role.unsure:
            if self._written_so(number, self.unsure[form]) and self._may_part(number, form, cut):
                return _Opening(cut, 1) if self._name_behind(number) or self._titled(number) else None
        return None

    def _two_words(self, number: int, role: _Role) -> _Opening | None:
        """A given name in two words: عبد الله, سيف الإسلام, أبو مازن."""
        if number + 1 >= len(self.words) or not self.free[number + 1] or not self._joined(number + 1):
            return None
        word = self.words[number + 1]
        if word.startswith("ال"):
            for form, cut in role.compound:
                if (form + word in self.given or form + word in self.unsure) and self._may_part(number, form, cut):
                    return _Opening(cut, 2)
        if role.father and (word in self.given or word in self.unsure):
            return _Opening(role.father[0][1], 2, alone=True)
        return None

    def _written_so(self, number: int, end: str) -> bool:
        written = self.text[self.tokens[number].end - 1]
        return written == end or {written, end} != {"ى", "ي"}

    def _may_part(self, number: int, form: str, cut: int) -> bool:
        """Whether letters before a name are a proclitic, and the whole no commoner word."""
        return not cut or self.zipf.get(self.words[number], 0.0) <= self.zipf.get(form, 0.0) - 0.5

    def _name_behind(self, number: int) -> bool:
        """Whether a name that is no everyday word follows."""
        if number + 1 >= len(self.words) or not self.free[number + 1] or not self._joined(number + 1):
            return False
        word = self.words[number + 1]
        if word in self.families:
            return True
        return (
            word in self.given
            and self.zipf.get(word, 0.0) <= _COMMON
            and self._written_so(number + 1, self.given[word])
        )

    def _titled(self, number: int) -> bool:
        return number > 0 and self._joined(number) and self._is_title(number - 1)

    def _name_end(self, first: int, end: int, limit: float, *, of_given: bool) -> tuple[int, bool]:
        """The word behind a name from `first`, whose words up to `end` are sure; whether a known family name is in it.

        A linking word is part of it only with what follows it. A family name that is another word too counts only
        behind a given name.
        """
        number, known = end, False
        while number < min(len(self.words), first + _PERSON_WORDS) and self.free[number] and self._joined(number):
            words = self._inner_given(number) if of_given else self._given_words(number)
            if not words and self.words[number] in _LINKS:
                number += 1
                continue
            family = self._is_family(number, unsure=of_given)
            if not words and not family and not self._rare(number, limit):
                break
            number = end = number + (words or 1)
            known = known or family
            if not words and number - first >= 2 and not self._goes_on(number):
                break
        if self.words[number - 1] in ("الله", "الدين") and number > end:
            end = number
        return end, known

    def _given_words(self, number: int) -> int:
        """Words of the given name that stands here without a proclitic; 0 for none."""
        given = self._given_at(number)
        return given.words if given is not None and not given.cut else 0

    def _inner_given(self, number: int) -> int:
        """The same behind a given name, where one that is an everyday word too needs but a rare word behind it."""
        words = self._given_words(number)
        if words or self.words[number] not in self.unsure or number + 1 >= len(self.words):
            return words
        behind = number + 1
        rare = self.free[behind] and self._joined(behind) and self._rare(behind, _RARE)
        return int(rare and self._written_so(number, self.unsure[self.words[number]]))

    def _is_family(self, number: int, *, unsure: bool) -> bool:
        word = self.words[number]
        return word in self.families or (unsure and word in self.unsure_families)

    def _goes_on(self, number: int) -> bool:
        """Whether a name goes on behind a family name: with a linking word, or with a second family name."""
        if number >= len(self.words):
            return False
        return self.words[number] in _LINKS or self.words[number] in self.families

    def _rare(self, number: int, limit: float) -> bool:
        word = self.words[number]
        if (
            len(word) < 2
            or not word.isalpha()
            or word in self.stops
            or word in self.nationalities
            or not "\u0621" <= word[0] <= "\u064a"
            or (len(word) > 4 and word.endswith(_NO_NAME_ENDS))
        ):
            return False
        if word[:2] in ("وا", "فا", "با") and word[2:3] == "ل":
            return False
        if word[0] in "وبلف" and len(word) > 4 and self.zipf.get(word[1:], 0.0) > 3.0 and word not in self.given:
            return False
        bare = word[2:] if word.startswith("ال") else word
        return max(self.zipf.get(word, 0.0), self.zipf.get(bare, 0.0) - 0.3) < limit

    def _joined(self, number: int) -> bool:
        gap = self.text[self.tokens[number - 1].end : self.tokens[number].start]
        return gap in (" ", "\u00a0", "  ", " -", "-")

    def _is_title(self, number: int) -> bool:
        role = self.roles[number]
        return role is not None and role.title

    def _behind_office(self, number: int) -> int:
        """Past words of office and whose it is: (وزير) الخارجية الأميركي."""
        for _ in range(3):
            if (
                number < len(self.words)
                and self._joined(number)
                and (self.words[number] in _OFFICES or self.words[number] in self.nationalities)
            ):
                number += 1
        return number if number < len(self.words) and self._joined(number) else len(self.words)

    # --- organisations ------------------------------------------------------------------------------------------

    def organisations(self) -> Iterator[_Guess]:
        for number in self.active:
            role = self.roles[number]
            if role is None or role.head is None or not self.free[number]:
                continue
            last = self._org_end(number + 1)
            if last - number >= 2:
                self.free[number:last] = [False] * (last - number)
                yield _Guess(number, last, role.head, "org", _ORG_SCORE)

    def _org_end(self, number: int) -> int:
        """Words with the article (وزارة الخارجية الأميركية, حزب الشعب الديمقراطي), or one rare word."""
        end = number
        limit = min(len(self.words), number + _ORG_WORDS - 1)
        while (
            end < limit and self._joined(end) and self.words[end].startswith("ال") and self.words[end] not in self.stops
        ):
            if end > number and not self._qualifies(end):
                break
            end += 1
        if (
            end == number < len(self.words)
            and self._joined(number)
            and (not self.free[number] or self._rare(number, 3.6))
        ):
            end += 1
        return end

    def _qualifies(self, number: int) -> bool:
        """Whether a word is an adjective that belongs to a name: nationality, or the ending -ي, -ية."""
        word = self.words[number]
        return word in self.nationalities or word.endswith(("يه", "ي"))

    # --- the same again -----------------------------------------------------------------------------------------

    def again(self, guesses: Sequence[_Guess]) -> Iterator[_Guess]:
        """Other mentions of a person by the last name alone, where that is no everyday word."""
        # Whole names first: a family name behind a title means the one who is named in full.
        for guess in sorted(guesses, key=lambda guess: (guess.last - guess.first == 1, guess.first)):
            if guess.kind == "person" and self._known_again(self.words[guess.last - 1]):
                self.full.setdefault(self.words[guess.last - 1], f"name:{self._key(guess)}")
        if not self.full:
            return
        written: dict[str, int] = {}
        for name in self.full:
            for form, cut in with_proclitics(name):
                written[form] = min(cut, written.get(form, cut))
        for number, word in enumerate(self.words):
            if word in written and self.free[number]:
                yield _Guess(number, number + 1, written[word], "person", _ALONE_SCORE)

    def _known_again(self, word: str) -> bool:
        """Whether the last word of a guessed name means the same person wherever it stands in this text."""
        if len(word) <= 2 or word in self.unsure or word in _TITLES:
            return False
        if word in self.given or word in self.families:
            return word in self.families or self.zipf.get(word, 0.0) < _RATHER_RARE
        return word not in self.unsure_families and self.zipf.get(word, 0.0) < _RARE

    def is_family_name(self, word: str) -> bool:
        """Whether a word that ends a listed person's name may stand for that person: no everyday word."""
        return self.zipf.get(word, 0.0) < _RATHER_RARE and len(word) > 2

    def _key(self, guess: _Guess) -> str:
        return " ".join([self.words[guess.first][guess.cut :], *self.words[guess.first + 1 : guess.last]])

    def mention(self, guess: _Guess, in_title: bool) -> EntityMention:
        first, last = self.tokens[guess.first], self.tokens[guess.last - 1]
        start = first.start + (skip_letters(self.text[first.start : first.end], guess.cut) if guess.cut else 0)
        written = self.text[start : last.end]
        key = self._key(guess)
        again = guess.kind == "person" and guess.last - guess.first == 1
        ref = self.full.get(key, f"name:{key}") if again else f"name:{key}"
        return EntityMention(
            start, last.end, written, guess.kind, " ".join(written.split()), ref, guess.score, METHOD, in_title
        )
