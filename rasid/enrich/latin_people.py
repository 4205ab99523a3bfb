"""Persons in Latin script that stand in no list: by given names, titles, what they are said to be, and verbs of saying.

A guess from form alone, marked ``heuristic``: 0.6 where a given name has a title, an office or a verb of saying beside
it, 0.55 without, 0.5 and 0.45 where only these tell. The town of a name that somebody bears (Salem al-Meslet, Paris
Jackson) is that person. Nothing is guessed in headlines that Write Every Word So, but for names of the text below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rasid.enrich.tokens import Token, keys_in
from rasid.model import EntityMention

METHOD = "heuristic"

_TITLES_AS_WRITTEN = """
    president premier minister chancellor king queen prince princess emperor emir sheikh sultan caliph pope bishop
    archbishop cardinal rabbi imam ayatollah mullah patriarch general colonel major captain lieutenant sergeant admiral
    brigadier commander marshal governor mayor senator congressman congresswoman representative ambassador envoy judge
    justice secretary chairman chairwoman director professor prof doctor dr mr mrs ms miss sir lord lady dame baron
    spokesman spokeswoman spokesperson lawyer activist journalist reporter analyst leader chief deputy
    m mme mlle monsieur madame ministre chancelier roi reine colonel capitaine commandant gouverneur maire senateur
    depute ambassadeur juge procureur professeur docteur avocat avocate porte-parole directeur directrice
    cumhurbaskani basbakan bakan bakani baskan baskani sozcu sozcusu milletvekili vekili vali valisi kaymakam kaymakami
    yardimcisi muduru mudur uyesi general albay doc ogr gor uzm av avukat
    herr frau prasident ministerprasident bundeskanzler bundeskanzlerin kanzler kanzlerin minister ministerin
    presidente ministro ministra senor senora don dona canciller gobernador alcalde
"""
_SAYING_AS_WRITTEN = """
    said says say told tells added adds noted warned announced insisted explained argued stated claimed declared
    confirmed denied wrote tweeted replied recalled vowed urged
    dit declare affirme ajoute explique assure souligne estime raconte indique rappelle precise
    dedi diyor soyledi belirtti acikladi konustu kaydetti vurguladi anlatti ifade
    sagte erklarte betonte teilte dijo afirmo declaro anadio disse ha
"""
_OFFICES_AS_WRITTEN = """
    spokesman spokeswoman spokesperson minister president director head chief leader commander general officer official
    analyst activist journalist reporter lawyer professor chairman chairwoman governor mayor ambassador envoy resident
    doctor mother father brother sister owner founder co-founder member deputy secretary adviser advisor economist
    researcher expert farmer teacher student engineer author writer director-general coordinator representative fellow
    porte-parole ministre directeur directrice chef avocat avocate journaliste chercheur chercheuse habitant habitante
    sozcusu baskani uyesi muduru avukati gazeteci
"""
# What ends or fills a name of something else than a person.
_THINGS_AS_WRITTEN = """
    street road avenue boulevard square bridge tower station airport port harbour harbor university college school
    academy institute institution foundation hospital clinic centre center museum theatre theater stadium church mosque
    temple cathedral park garden forest river lake sea bay gulf strait canal island islands mountain mountains mount
    hill valley falls desert coast city town village county province state district region republic kingdom empire
    ministry council committee commission agency authority department office bureau court parliament senate assembly
    congress government army navy force forces brigade brigades battalion front party movement union league alliance
    coalition group company corporation corp inc ltd llc bank fund airlines airways motors oil gas media news times post
    journal gazette tribune herald television tv radio press service services association federation organisation
    organization society club united fc cup prize award awards open act treaty accord accords agreement declaration
    resolution plan project programme program operation war day week month year house palace castle hotel prison camp
    watch international national rights studies economics politics affairs security defence defense
    rue place avenue universite hopital musee ministere conseil commission parti mouvement caddesi universitesi
    strasse platz universitat
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december lundi mardi mercredi jeudi vendredi samedi dimanche
"""
# The same in Turkish, which bends the ends of words.
_THING_STEMS_AS_WRITTEN = """
    bakanl baskanl mudurl belediye kurum kurul komisyon konsey meclis parti proje universite fakulte hastane havaliman
    lise okul vakf derne mahalle cadde sokak ilce odul turnuva pazar kupa stad emniyet jandarma gazete ajans holding
    sirket kovid covid
"""
_PARTICLES_AS_WRITTEN = """
    al el ul ad as ash bin bint ibn ben abu abi umm de da do dos das del della dei di du des la le van von der den ter
    zu
"""
_ARABIC_PARTICLES = frozenset(("al", "el", "ul", "bin", "bint", "ibn", "ben", "abu"))
#: What stands behind an apostrophe and is no part of a name in English.
_ENDINGS = frozenset(("s", "d", "m", "t", "ll", "re", "ve"))
_APOSTROPHES = frozenset("'’ʼ`")
_GAPS = frozenset(" \u00a0-\u2010\u2011'’ʼ`")
_LONGEST = 6

_TITLES, _SAYING, _OFFICES, _THINGS, _PARTICLES = map(
    keys_in,
    (_TITLES_AS_WRITTEN, _SAYING_AS_WRITTEN, _OFFICES_AS_WRITTEN, _THINGS_AS_WRITTEN, _PARTICLES_AS_WRITTEN),
)


_THING_STEMS = tuple(sorted(keys_in(_THING_STEMS_AS_WRITTEN)))


class GivenNames(NamedTuple):
    """Folded given names; `unsure` are places, days or everyday words too."""

    sure: frozenset[str]
    unsure: frozenset[str]


@lru_cache(maxsize=1)
def given_names() -> GivenNames:
    """Our list of given names in Latin script."""
    sure: set[str] = set()
    unsure: set[str] = set()
    text = (Path(__file__).parent / "data" / "given_names_latin.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            (unsure if line.startswith("~") else sure).update(line.lstrip("~").split())
    return GivenNames(frozenset(sure - unsure), frozenset(unsure))


class Person(NamedTuple):
    """A guessed person: the words (last exclusive), how sure, and the ref."""

    first: int
    last: int
    score: float
    ref: str


@dataclass(slots=True)
class Page:
    """One text to look for persons in.

    Attributes:
        taken: token ranges of listed persons and organisations, and of places in several words; nobody is sought there.
        soft: token ranges of places and nationalities in one word: these may be somebody's name.
        told: whether capitals tell anything here.
    """

    text: str
    tokens: Sequence[Token]
    taken: Sequence[tuple[int, int]]
    soft: Sequence[tuple[int, int]]
    told: bool = True
    free: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = [True] * len(self.tokens)
        for first, last in self.taken:
            self.free[first:last] = [False] * (last - first)


def people(page: Page, *, language: str = "", known: Mapping[str, str] | None = None) -> list[Person]:
    """Persons in a text, in order.

    Args:
        language: first part of a BCP 47 tag; English writes letters behind an apostrophe (Sha'ar), German capitals on
            every noun.
        known: folded last names of persons that stand in full elsewhere in the article -> their refs.
    """
    reader = _Reader(page, language)
    found = list(reader.people()) if page.told else []
    return sorted([*found, *reader.again(found, known or {})])


def last_names(persons: Iterable[Person], tokens: Sequence[Token]) -> dict[str, str]:
    """Folded last names of persons in two words and more -> their refs."""
    return {tokens[one.last - 1].folded: one.ref for one in persons if one.last - one.first > 1}


def mention(page: Page, person: Person, *, in_title: bool = False) -> EntityMention:
    """A person as a value."""
    start, end = page.tokens[person.first].start, page.tokens[person.last - 1].end
    written = page.text[start:end]
    name = " ".join(written.split())
    return EntityMention(start, end, written, "person", name, person.ref, person.score, METHOD, in_title)


class _Reader:
    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language
        self.text, self.tokens, self.free = page.text, page.tokens, page.free
        self.given = given_names()
        self.soft = {first for first, _ in page.soft}

    def people(self) -> Iterator[Person]:
        number = 0
        while number < len(self.tokens):
            if not (self.free[number] and self._is_capital(number)):
                number += 1
                continue
            end = self._run_end(number)
            person = self._person(number, end)
            if person is not None:
                self.free[person.first : person.last] = [False] * (person.last - person.first)
                yield person
            number = max(end, number + 1)

    def again(self, found: Sequence[Person], known: Mapping[str, str]) -> Iterator[Person]:
        """Those who are named in full, where their last name stands alone."""
        names = {**known, **last_names(found, self.tokens)}
        for number, token in enumerate(self.tokens):
            ref = names.get(token.folded)
            alone = ref is not None and self.free[number] and number not in self.soft and len(token.folded) > 2
            if alone and self._is_capital(number):
                yield Person(number, number + 1, 0.45, ref or "")

    # --- runs of capitals ---------------------------------------------------------------------------------------

    def _is_capital(self, number: int) -> bool:
        return self.text[self.tokens[number].start].isupper()

    def _gap(self, number: int) -> str:
        """What stands before a word."""
        return self.text[self.tokens[number - 1].end : self.tokens[number].start]

    def _run_end(self, first: int) -> int:
        """The word behind a run of capitalised words, with the particles and initials between them."""
        end = number = first + 1
        while number < len(self.tokens) and number - first < _LONGEST and self.free[number]:
            gap = self._gap(number)
            initial = gap in (". ", ".") and self.tokens[number - 1].end - self.tokens[number - 1].start == 1
            if not (initial or (len(gap) == 1 and gap in _GAPS)):
                break
            if self._is_capital(number) or self._is_letter_behind(number, gap):
                end = number + 1
            elif gap in _APOSTROPHES or self.tokens[number].folded not in _PARTICLES:
                break
            number += 1
        return end

    def _is_letter_behind(self, number: int, gap: str) -> bool:
        """Whether letters behind an apostrophe belong to a name: Sha'ar, not Smith's, nor the endings of Turkish."""
        return self.language == "en" and gap in _APOSTROPHES and self.tokens[number].folded not in _ENDINGS

    # --- judging ------------------------------------------------------------------------------------------------

    def _person(self, first: int, end: int) -> Person | None:
        words = [token.folded for token in self.tokens[first:end]]
        titled = first > 0 and self._gap(first).strip(".") == " " and self.tokens[first - 1].folded in _TITLES
        for place in reversed(range(len(words) - 1)):
            if words[place] in _TITLES:
                first, titled = first + place + 1, True
                words = words[place + 1 :]
                break
        while len(words) > 1 and first in self.soft and words[0] not in self.given.unsure | self.given.sure:
            first, words = first + 1, words[1:]
        skipped = 0 if titled else self._before_given(words)
        first, words = first + skipped, words[skipped:]
        if words[0] in _PARTICLES and not self._is_capital(first):
            return None
        score = self._score(first, end, words, titled)
        return Person(first, end, score, "name:" + " ".join(words)) if score else None

    def _before_given(self, words: Sequence[str]) -> int:
        """Words before the given name of a run: of a sentence that begins there, of an outlet or a house."""
        if words[0] in self.given.sure:
            return 0
        inside = (place for place in range(1, len(words) - 1) if words[place] in self.given.sure)
        return next(inside, 0)

    def _score(self, first: int, end: int, words: Sequence[str], titled: bool) -> float:
        """How sure a run is a person, 0 for not at all."""
        if words[0] in _TITLES or all(len(word) < 2 for word in words) or self._is_thing(first, words):
            return 0.0
        beside = titled or self._is_told_of(end)
        if len(words) == 1:
            return 0.45 if titled and len(words[0]) > 2 and first not in self.soft else 0.0
        if words[0] in self.given.sure:
            return 0.6 if beside or self._says(first, end) else 0.55
        if words[0] in self.given.unsure:
            return 0.5 if beside or self._says(first, end) else 0.0
        if self.language == "de" and not titled:
            return 0.0
        particle = any(word in _ARABIC_PARTICLES for word in words[1:-1])
        return 0.45 if beside or (particle and self._says(first, end)) else 0.0

    def _is_thing(self, first: int, words: Sequence[str]) -> bool:
        """Whether a run is a street, an office, a headline in capitals."""
        if not _THINGS.isdisjoint(words) or any(word.startswith(_THING_STEMS) for word in words):
            return True
        token = self.tokens[first]
        return (words[0] in _OFFICES and len(words) == 1) or (
            token.end - token.start > 2 and self.text[token.start : token.end].isupper()
        )

    def _says(self, first: int, end: int) -> bool:
        before = first > 0 and self._gap(first) == " " and self.tokens[first - 1].folded in _SAYING
        behind = end < len(self.tokens) and self._gap(end) == " " and self.tokens[end].folded in _SAYING
        return before or behind

    def _is_told_of(self, end: int) -> bool:
        """Whether an office follows behind a comma: Salem al-Meslet, a spokesman for."""
        if end >= len(self.tokens) or self._gap(end) != ", ":
            return False
        ahead = range(end, min(end + 4, len(self.tokens)))
        return any(self.tokens[number].folded in _OFFICES and "." not in self._gap(number) for number in ahead)
