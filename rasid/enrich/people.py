"""Persons whom no list knows: by given names, family names, titles, nationalities and verbs of saying before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rasid.enrich.reading import RARE, RATHER_RARE, Guess, Reading
from rasid.enrich.roles import LINKS, NAMED_AFTER, OFFICES, REGNAL, STYLES, TITLES, Role
from rasid.enrich.shape import likeness
from rasid.enrich.tokens import with_proclitics

KNOWN_SCORE, PERSON_SCORE, ALONE_SCORE = 0.6, 0.5, 0.45
#: Words of one name at most, linking words (بن, آل) not counted.
_MOST_WORDS = 7
#: A given name that is commoner than this is more often another word: علي is also how some write على.
_COMMON = 6.5
_SONS = frozenset(("بن", "بنت"))
#: Words between a title and the name at most: (وزير) الخارجية الأميركي الأسبق.
_MOST_BETWEEN = 5
#: Log-odds of the letters of a word that is a name without a list or a title to say so.
_FOREIGN = 1.5
#: What each given name before a word takes off the log-odds that are asked of it.
_A_GIVEN_NAME = 1.0


class _Opening(NamedTuple):
    """A given name at a word: letters before it, its words, whether it names somebody by itself (أبو مازن)."""

    cut: int
    words: int
    alone: bool = False


class People:
    """The persons of one text."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.words, self.roles, self.free = reading.words, reading.roles, reading.free
        #: The last word of a person's name -> the ref of that person.
        self.full: dict[str, str] = {}

    def guesses(self) -> Iterator[Guess]:
        """Those named for the first time, in the order of the text."""
        nationalities = self.reading.nationalities
        for number in self._active():
            guess, role = None, self.roles[number]
            if self.free[number] and not self._names_a_thing(number):
                guess = self._person(number, role) if role is not None else self._son(number)
            if guess is None and self.words[number] in nationalities:
                guess = self._behind(number)
            if guess is not None:
                self.reading.take(guess)
                yield guess

    def _active(self) -> list[int]:
        """The words at or behind which a name may begin; nearly all others do nothing here."""
        nationalities, words = self.reading.nationalities, self.words
        found = [n for n, role in enumerate(self.roles) if role is not None or words[n] in nationalities]
        if not _SONS.isdisjoint(words):
            found = sorted({*found, *(n - 1 for n, word in enumerate(words) if n and word in _SONS)})
        return found

    def _names_a_thing(self, number: int) -> bool:
        """Whether a street, a mosque and the like is named after somebody here."""
        return number > 0 and self.words[number - 1] in NAMED_AFTER and self.reading.joined(number)

    def _son(self, number: int) -> Guess | None:
        """A name that no list knows before "son of": لقيط بن مالك."""
        if number + 2 >= len(self.words) or self.words[number + 1] not in _SONS or not self.reading.follows(number + 1):
            return None
        word = self.words[number]
        if word.startswith("ال") or not self.reading.rare(number, RATHER_RARE):
            return None
        last, known = self._name_end(number, number + 1, RATHER_RARE, of_given=True)
        if last - number <= 2:
            return None
        return Guess(number, last, 0, "person", KNOWN_SCORE if known else PERSON_SCORE)

    def _person(self, number: int, role: Role) -> Guess | None:
        opening = self._given_at(number)
        if opening is not None:
            return self._opened(number, opening)
        if role.title:
            return self._titled_person(number)
        return self._said(number) if role.says else None

    def _opened(self, number: int, opening: _Opening) -> Guess | None:
        last, known = self._name_end(number, number + opening.words, RATHER_RARE, of_given=True)
        if last - number > opening.words or opening.alone:
            return Guess(number, last, opening.cut, "person", KNOWN_SCORE if known else PERSON_SCORE)
        return Guess(number, last, 0, "person", ALONE_SCORE) if not opening.cut and self._styled(number) else None

    def _styled(self, number: int) -> bool:
        """Whether a style stands before a word that its bearer may have alone (الشيخ خالد), and is not part of another
        name (مستشفى الملك فيصل).
        """
        if number == 0 or not self.reading.joined(number) or self.words[number - 1] not in STYLES:
            return False
        return number == 1 or not self.reading.joined(number - 1) or self.words[number - 2] not in NAMED_AFTER

    def _titled_person(self, number: int) -> Guess | None:
        """Behind a title: two words that may be names, or a family name."""
        first = self._behind_office(number + 1)
        if not self.reading.follows(first):
            return None
        family = self.words[first] in self.reading.families
        if self._given_at(first) is not None and not (family and self._person_at(first) is None):
            return None  # a name that begins there is found there
        if first > number + 1 and (guess := self._unsure_person(first)) is not None:
            return guess
        if not family and not self.reading.likely(first, RATHER_RARE):
            return None
        last, _ = self._name_end(first, first + 1, RARE, of_given=False)
        if last - first >= 2:
            return Guess(first, last, 0, "person", PERSON_SCORE)
        alone = family or (not self._has_article(first) and likeness[self.words[first]] > _FOREIGN)
        return Guess(first, last, 0, "person", ALONE_SCORE) if alone else None

    def _unsure_person(self, first: int) -> Guess | None:
        """A given name that is another word too, with more of a name behind it: (مدير الدفاع المدني) رائد الصالح."""
        end = self.reading.unsure.get(self.words[first])
        if end is None or not self._written_so(first, end):
            return None
        last, known = self._name_end(first, first + 1, RATHER_RARE, of_given=True)
        return Guess(first, last, 0, "person", KNOWN_SCORE if known else PERSON_SCORE) if last - first >= 2 else None

    def _person_at(self, number: int) -> Guess | None:
        role = self.roles[number]
        return self._person(number, role) if role is not None else None

    def _behind(self, number: int) -> Guess | None:
        """Behind a nationality in the singular: two words that look foreign (الصربي جافريلو برينسيب)."""
        word = self.words[number]
        if not word.startswith("ال") or word.endswith(("ين", "ون", "ات")) or not self.reading.follows(number + 1):
            return None
        return self._foreign(number + 1, 2)

    def _said(self, number: int) -> Guess | None:
        """Behind a verb of saying: a family name, or words that look foreign."""
        first = number + 1
        if not self.reading.follows(first) or self._given_at(first) is not None:
            return None
        if self.words[first] in self.reading.families and not self.reading.zipf.get(self.words[first], 0.0) > RARE:
            last, _ = self._name_end(first, first + 1, RARE, of_given=False)
            return Guess(first, last, 0, "person", ALONE_SCORE if last - first == 1 else PERSON_SCORE)
        feminine = self.words[number].endswith("ت")
        return self._foreign(first, 2 if feminine else 1)

    def _foreign(self, first: int, least: int) -> Guess | None:
        """A name from `first` of words that look foreign and that the background does not know, `least` of them."""
        if self._given_at(first) is not None or not self._looks_foreign(first):
            return None
        last, _ = self._name_end(first, first + 1, RARE, of_given=False)
        if last - first < least or (last - first > 1 and not self._looks_foreign(last - 1)):
            return None
        return Guess(first, last, 0, "person", PERSON_SCORE if last - first > 1 else ALONE_SCORE)

    def _looks_foreign(self, number: int) -> bool:
        word = self.words[number]
        if self._has_article(number) or not self.reading.rare(number, 3.6):
            return False
        return word in self.reading.families or likeness[word] > _FOREIGN

    def _has_article(self, number: int) -> bool:
        return self.words[number].startswith("ال")

    # --- given names --------------------------------------------------------------------------------------------

    def _given_at(self, number: int) -> _Opening | None:
        """The given name that begins at a word; None where none does."""
        role, reading = self.roles[number], self.reading
        if role is None:
            return None
        if (role.compound or role.father) and (opening := self._two_words(number, role)) is not None:
            return opening
        for form, cut in role.given:
            if not self._written_so(number, reading.given[form]):
                continue
            if reading.zipf.get(form, 0.0) > _COMMON and not (self._name_behind(number) or self._titled(number)):
                continue
            if self._may_part(number, form, cut):
                return _Opening(cut, 1)
        for form, cut in role.unsure:
            if self._written_so(number, reading.unsure[form]) and self._may_part(number, form, cut):
                return _Opening(cut, 1) if self._name_behind(number) or self._titled(number) else None
        return None

    def _two_words(self, number: int, role: Role) -> _Opening | None:
        """A given name in two words: عبد الله, سيف الإسلام, أبو مازن."""
        if not self.reading.follows(number + 1):
            return None
        word, given, unsure = self.words[number + 1], self.reading.given, self.reading.unsure
        if word.startswith("ال"):
            for form, cut in role.compound:
                if (form + word in given or form + word in unsure) and self._may_part(number, form, cut):
                    return _Opening(cut, 2)
        if role.father:
            cut = role.father[0][1]
            if word in given or word in unsure:
                return _Opening(cut, 2, alone=True)
            # أبو عبد الله: the son's name is in two words.
            behind = self.roles[number + 1]
            son = self._two_words(number + 1, behind) if behind is not None and behind.compound else None
            if son is not None and not son.cut:
                return _Opening(cut, 3, alone=True)
        return None

    def _written_so(self, number: int, end: str) -> bool:
        written = self.reading.text[self.reading.tokens[number].end - 1]
        return written == end or {written, end} != {"ى", "ي"}

    def _may_part(self, number: int, form: str, cut: int) -> bool:
        """Whether letters before a name are a proclitic, and the whole no commoner word."""
        zipf = self.reading.zipf
        return not cut or zipf.get(self.words[number], 0.0) <= zipf.get(form, 0.0) - 0.5

    def _name_behind(self, number: int) -> bool:
        """Whether a name that is no everyday word follows."""
        if not self.reading.follows(number + 1):
            return False
        word = self.words[number + 1]
        if word in self.reading.families:
            return True
        return (
            word in self.reading.given
            and self.reading.zipf.get(word, 0.0) <= _COMMON
            and self._written_so(number + 1, self.reading.given[word])
        )

    def _titled(self, number: int) -> bool:
        if number == 0 or not self.reading.joined(number):
            return False
        role = self.roles[number - 1]
        return role is not None and role.title

    # --- where a name ends --------------------------------------------------------------------------------------

    def _name_end(self, first: int, end: int, limit: float, *, of_given: bool) -> tuple[int, bool]:
        """The word behind a name from `first`, whose words up to `end` are sure; whether a known family name is in it.

        A linking word is part of it only with what follows it. A family name that is another word too counts only
        behind a given name.
        """
        reading, number, known, size = self.reading, end, False, end - first
        # Behind a title or several given names, a family name may be an everyday word.
        more = (-2.5 if self._titled(first) else -1.5) if of_given else 0.0
        while size < _MOST_WORDS and reading.follows(number):
            if self.words[number] in REGNAL and number == end and not known:
                return number + 1, known
            if self.words[number] in _SONS or (self.words[number] in LINKS and not self._given_words(number)):
                number += 1
                continue
            words = self._inner_given(number) if of_given else self._given_words(number)
            family = self._is_family(number, unsure=of_given) or (size == 1 and of_given and self._is_from(number))
            if not words and not family and not reading.likely(number, limit, more=more):
                break
            more -= _A_GIVEN_NAME if words else 0.0
            number = end = number + (words or 1)
            size += 1
            known = known or family
            if not words and size >= 2 and not self._goes_on(number):
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
        unsure = self.reading.unsure
        if not words and self.words[number - 1] in _SONS:
            return int(self.words[number] in unsure)
        if words or self.words[number] not in unsure or not self.reading.follows(number + 1):
            return words
        behind = self._is_family(number + 1, unsure=True) or self.reading.likely(number + 1, RARE, more=-1.5)
        return int(behind and self._written_so(number, unsure[self.words[number]]))

    def _is_family(self, number: int, *, unsure: bool) -> bool:
        word = self.words[number]
        return word in self.reading.families or (unsure and word in self.reading.unsure_families)

    def _is_from(self, number: int) -> bool:
        """Whether a nationality behind one given name is the family name, as in ماهر المصري."""
        word = self.words[number]
        return word in self.reading.nationalities and word.startswith("ال") and word.endswith("ي")

    def _goes_on(self, number: int) -> bool:
        """Whether a name goes on behind a family name: with a linking word, a second family name, or a foreign one."""
        if not self.reading.follows(number):
            return False
        word = self.words[number]
        return word in LINKS or word in self.reading.families or self._looks_foreign(number)

    def _behind_office(self, number: int) -> int:
        """Past what stands between a title and the name: office, whose, what kind (الخارجية الأميركي الأسبق)."""
        reading = self.reading
        for _ in range(_MOST_BETWEEN):
            if number >= len(self.words) or not reading.joined(number):
                break
            if (last := reading.headed.get(number, 0)) > number:
                number = last  # مدير الدفاع المدني السوري
                continue
            word = self.words[number]
            if word not in OFFICES and word not in reading.nationalities and not self._is_plain(number):
                break
            number += 1
        return number

    def _is_plain(self, number: int) -> bool:
        """Whether a word with the article is no name: an adjective or what somebody is head of."""
        word = self.words[number]
        if not self.free[number] or not word.startswith("ال") or word in self.reading.stops:
            return False
        if word in self.reading.families:
            return False
        # السريلانكي, whatever its letters: a name follows.
        return likeness[word] < 0 or (word.endswith("ي") and self._name_begins(number + 1))

    def _name_begins(self, number: int) -> bool:
        if not self.reading.follows(number):
            return False
        return self._given_at(number) is not None or self._looks_foreign(number)

    # --- the same again -----------------------------------------------------------------------------------------

    def again(self, guesses: Sequence[Guess]) -> Iterator[Guess]:
        """Other mentions of a person by the last name alone, where that is no everyday word."""
        # Whole names first: a family name behind a title means the one who is named in full.
        for guess in sorted(guesses, key=lambda guess: (guess.last - guess.first == 1, guess.first)):
            if guess.kind == "person" and self._known_again(self.words[guess.last - 1]):
                self.full.setdefault(self.words[guess.last - 1], f"name:{self.key(guess)}")
        if not self.full:
            return
        written: dict[str, int] = {}
        for name in self.full:
            for form, cut in with_proclitics(name):
                written[form] = min(cut, written.get(form, cut))
        for number, word in enumerate(self.words):
            if word in written and self.free[number]:
                yield Guess(number, number + 1, written[word], "person", ALONE_SCORE)

    def _known_again(self, word: str) -> bool:
        """Whether the last word of a guessed name means the same person wherever it stands in this text."""
        reading = self.reading
        if len(word) <= 2 or word in reading.unsure or word in TITLES:
            return False
        if word in reading.given or word in reading.families:
            return word in reading.families or reading.zipf.get(word, 0.0) < RATHER_RARE
        return word not in reading.unsure_families and reading.zipf.get(word, 0.0) < RARE

    def is_family_name(self, word: str) -> bool:
        """Whether a word that ends a listed person's name may stand for that person: no everyday word."""
        return self.reading.zipf.get(word, 0.0) < RATHER_RARE and len(word) > 2

    def key(self, guess: Guess) -> str:
        """The folded words of a guessed name."""
        return " ".join([self.words[guess.first][guess.cut :], *self.words[guess.first + 1 : guess.last]])
