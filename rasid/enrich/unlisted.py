"""Arabic names that stand in no list: people by given names and titles, organisations by the word that opens them.

A guess from form alone, so every hit is marked ``heuristic`` and scores 0.5 at most. Each is known by its folded
words (``name:…``), so that two texts that write it alike share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rasid.enrich.tokens import Token, key_of, skip_letters, variants
from rasid.model import EntityMention
from rasid.text.background import common_words
from rasid.text.fold import fold
from rasid.text.words import stopwords

METHOD = "heuristic"
_PERSON_SCORE, _AGAIN_SCORE, _ORG_SCORE = 0.5, 0.45, 0.4
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
#: A word that is commoner than this is no part of a name, unless a list says so.
_RARE, _RATHER_RARE = 4.1, 4.7
#: A given name that is commoner than this is more often another word.
_COMMON = 5.6


@lru_cache(maxsize=1)
def _given_names() -> dict[str, str]:
    """Folded given names, each with how its end is written: على is no علي."""
    lines = (Path(__file__).parent / "data" / "given_names_ar.txt").read_text(encoding="utf-8").splitlines()
    names = [name for line in lines if not line.startswith("#") for name in line.split()]
    return {fold(name): name[-1] for name in names}


class _Role(NamedTuple):
    """What a folded word may do: open a name (forms and the letters before them), follow as a title, head an office."""

    given: tuple[tuple[str, int], ...]
    title: bool
    head: int | None


@lru_cache(maxsize=65_536)
def _role(word: str) -> _Role | None:
    """None for a word that does nothing here, as nearly all do."""
    names = _given_names()
    forms = variants(word)
    given = tuple((form, cut) for form, cut in forms if form in names)
    title = any(form in _TITLES for form, _ in forms)
    head = next((cut for form, cut in forms if form in _HEADS), None)
    return _Role(given, title, head) if given or title or head is not None else None


class _Guess(NamedTuple):
    """A name by its words (last exclusive); `cut` letters of the first are a proclitic."""

    first: int
    last: int
    cut: int
    kind: str


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

    def follows_given_name(self, text: str, tokens: Sequence[Token], number: int) -> bool:
        """Whether a given name stands right before a word: then that word is a family name, not a town."""
        if number == 0 or text[tokens[number - 1].end : tokens[number].start] != " ":
            return False
        before = tokens[number - 1]
        end = _given_names().get(before.folded)
        return end is not None and text[before.end - 1] == end

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
        self.roles = [_role(word) for word in self.words]
        self.active = [number for number, role in enumerate(self.roles) if role is not None]
        self.free = [True] * len(tokens)
        for first, last in taken:
            self.free[first:last] = [False] * (last - first)
        self.given = _given_names()
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
        cut = self._given_at(number)
        if cut is not None:
            last = self._name_end(number, limit=_RATHER_RARE)
            return _Guess(number, last, cut, "person") if last - number >= 2 else None
        if self._is_title(number):
            first = self._behind_office(number + 1)
            if (
                first < len(self.words)
                and self.free[first]
                and self._rare(first, _RATHER_RARE)
                and self._given_at(first) is None
            ):
                last = self._name_end(first, limit=_RARE)
                return _Guess(first, last, 0, "person") if last - first >= 2 else None
        return None

    def _given_at(self, number: int) -> int | None:
        """Letters before the given name that begins at a word; None where none does."""
        role = self.roles[number]
        for form, cut in role.given if role else ():
            written, end = self.text[self.tokens[number].end - 1], self.given[form]
            if written == end or {written, end} != {"ى", "ي"}:
                # علي is also how some write على: it takes a second given name behind it to be sure.
                if self.zipf.get(form, 0.0) > _COMMON and not (self._next_given(number) or self._titled(number)):
                    continue
                if cut and self.zipf.get(self.words[number], 0.0) > self.zipf.get(form, 0.0) - 0.5:
                    continue
                return cut
        return None

    def _next_given(self, number: int) -> bool:
        return number + 1 < len(self.words) and self._joined(number + 1) and self.words[number + 1] in self.given

    def _titled(self, number: int) -> bool:
        return number > 0 and self._joined(number) and self._is_title(number - 1)

    def _name_end(self, first: int, *, limit: float) -> int:
        """The word behind a name that begins at `first`. A linking word is part of it only with what follows it."""
        number = end = first + 1
        while number < min(len(self.words), first + _PERSON_WORDS) and self.free[number] and self._joined(number):
            word = self.words[number]
            if word in _LINKS:
                number += 1
                continue
            name = self._given_at(number) == 0
            if not name and not self._rare(number, limit):
                break
            number += 1
            end = number
            if not name and number - first >= 2 and not (number < len(self.words) and self.words[number] in _LINKS):
                break
        return number if self.words[number - 1] in ("الله", "الدين") and number > end else end

    def _rare(self, number: int, limit: float) -> bool:
        word = self.words[number]
        if (
            len(word) < 2
            or not word.isalpha()
            or word in self.stops
            or word in self.nationalities
            or not "\u0621" <= word[0] <= "\u064a"
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
                yield _Guess(number, last, role.head, "org")

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
        """Later mentions of a person by the last name alone, where that is no everyday word."""
        for guess in guesses:
            if guess.kind == "person":
                last = self.words[guess.last - 1]
                if self.is_family_name(last):
                    self.full.setdefault(last, f"name:{self._key(guess)}")
        if not self.full:
            return
        for number, free in enumerate(self.free):
            if free:
                cut = next((cut for form, cut in variants(self.words[number]) if form in self.full), None)
                if cut is not None:
                    yield _Guess(number, number + 1, cut, "person")

    def is_family_name(self, word: str) -> bool:
        """Whether a word that ends a person's name may stand for that person: no everyday word."""
        return self.zipf.get(word, 0.0) < _RATHER_RARE and len(word) > 2

    def _key(self, guess: _Guess) -> str:
        return " ".join([self.words[guess.first][guess.cut :], *self.words[guess.first + 1 : guess.last]])

    def mention(self, guess: _Guess, in_title: bool) -> EntityMention:
        first, last = self.tokens[guess.first], self.tokens[guess.last - 1]
        start = first.start + (skip_letters(self.text[first.start : first.end], guess.cut) if guess.cut else 0)
        written = self.text[start : last.end]
        key = self._key(guess)
        again = guess.kind == "person" and guess.last - guess.first == 1
        score = _ORG_SCORE if guess.kind == "org" else _AGAIN_SCORE if again else _PERSON_SCORE
        ref = self.full.get(key, f"name:{key}") if again else f"name:{key}"
        return EntityMention(
            start, last.end, written, guess.kind, " ".join(written.split()), ref, score, METHOD, in_title
        )
