"""What the name of a place is worth: whether it always counts, counts under a condition, or is too common a word.

Decided once, while compiling, and never while matching: each name carries the flags under which it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rasid.enrich.listed import CITY_OF, COMMON, CONTEXT, CUED, INNER, PLACED
from rasid.text.background import zipf_table

#: From this Zipf frequency on a word is heard every day, and so often that only "city of" makes a place of it.
EVERYDAY, _USUAL, _TOO_COMMON = 4.2, 5.0, 6.0
#: Who lives in a place whose name is a very common word, at least, for "city of" to make it the place.
_KNOWN_TOWN = 10_000
#: A village, and a far town that is seldom spoken of: the name alone does not tell it from a word that no list holds,
#: nor from somebody's (هارفي).
_VILLAGE, _FAR_TOWN = 15_000, 300_000
#: A word so common may be meant with an ending, where a town's name or a village's looks so.
_FORM, _VILLAGE_FORM = 4.0, 3.5
#: A city whose name is known, and names other things that are called after it.
_CITY = 500_000


def arabic_condition(zipf: float, twin: float, people: int, *, near: bool) -> int | None:
    """The flags of a single-word Arabic place name; None where it is too common to be a name at all.

    Args:
        zipf: how common the word is.
        twin: how common the same word is with (or without) the article. A name does not change its article; a noun
            or adjective does, so a common twin gives an everyday word away (الجديدة: جديدة).
        people: who live there.
        near: whether Arabic is spoken there: the Arabic name of a far town is a transliteration, which may happen to
            be a word (تروي: Troy).
    """
    if twin >= 3.0 and twin >= zipf - 1.0:
        if people >= 1_000_000 and zipf < 5.3:
            return 0
        if zipf < 3.0 and people >= 50_000:
            return 0
        return CONTEXT if zipf < EVERYDAY and people >= _VILLAGE else _everyday(zipf, people)
    if near or people >= _FAR_TOWN:
        limit = 5.2 if people >= 50_000 else 4.2 if people >= _VILLAGE else 3.0
        return 0 if zipf < limit else CONTEXT if zipf < 4.0 else _everyday(zipf, people)
    return PLACED if zipf < 4.0 else _everyday(zipf, people)


def _everyday(zipf: float, people: int) -> int | None:
    """The flags of a name that is an everyday word."""
    if zipf < EVERYDAY:
        return CUED
    if zipf < _USUAL:
        return CUED | COMMON
    return CUED | CITY_OF if zipf < _TOO_COMMON and people >= _KNOWN_TOWN else None


#: People, Zipf below which a name always counts, and below which it counts inside a sentence.
_LATIN_LIMITS = ((1_000_000, 5.2, 6.0), (500_000, 4.9, 5.3), (100_000, 3.8, 4.4), (0, 2.5, 3.3))


def latin_condition(zipf: float, people: int) -> int | None:
    """The flags of a single-word place name in Latin letters; None where it is too common to be a name at all."""
    _, easy, inner = next(row for row in _LATIN_LIMITS if people >= row[0])
    if zipf < easy:
        return 0
    return INNER if zipf < inner else CUED if zipf < 4.8 else None


class Worth:
    """Judges names by how common their words are."""

    def __init__(self) -> None:
        self.arabic = zipf_table("ar", size="large", least=2.5)
        self.latin: dict[str, float] = {}
        for language in ("en", "fr", "tr", "de", "es"):
            for word, zipf in zipf_table(language, least=3.2).items():
                if zipf > self.latin.get(word, 0.0):
                    self.latin[word] = zipf
        self._cities: set[str] = set()
        self._articles: set[tuple[int, str]] = set()

    def meet(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Look through (entry, people, folded name) of names that are to be judged, to judge each beside the others."""
        for number, people, key in rows:
            if " " in key:
                continue
            if people >= _CITY:
                self._cities.add(key)
            if key.startswith("ال"):
                self._articles.add((number, key))

    def of_arabic(self, number: int, key: str, people: int, *, near: bool) -> int | None:
        """The flags of a name in Arabic script of an entry; None where it is no name."""
        if " " in key:
            return self._of_phrase(key, people, self.arabic, CONTEXT if people >= _VILLAGE else CUED)
        if len(key) < 3:
            return None
        zipf = self.arabic.get(key, 0.0)
        twin = self.arabic.get(key[2:] if key.startswith("ال") else "ال" + key, 0.0)
        flags = arabic_condition(zipf, twin, people, near=near)
        return (self._of_form(number, key, zipf, people) or flags) if flags in (0, PLACED, CONTEXT) else flags

    def of_latin(self, key: str, people: int) -> int | None:
        """The flags of a name in Latin letters; None where it is no name."""
        if " " in key:
            return self._of_phrase(key, people, self.latin, CUED)
        return latin_condition(self.latin.get(key, 0.0), people) if len(key) >= 3 else None

    def _of_phrase(self, key: str, people: int, zipf: Mapping[str, float], otherwise: int) -> int:
        """Of several words: it counts where one is no everyday word, or names a large city (القاهرة الجديدة)."""
        words = key.split()
        telling = min(zipf.get(word, 0.0) for word in words) < _USUAL
        return 0 if telling or people >= _CITY or not self._cities.isdisjoint(words) else otherwise

    def _of_form(self, number: int, key: str, zipf: float, people: int) -> int:
        """The flags of a name that is written like a form of an everyday word; 0 where it is not.

        تاما: تام; كانو: كانوا; بيانه: بيان; عريشة, of العريشة: a noun, where the place has the article.
        """
        if (number, "ال" + key) in self._articles:
            return CUED
        if key.endswith("و") and self.arabic.get(key + "ا", 0.0) >= zipf + 0.5:
            return CONTEXT
        stem = self.arabic.get(key[:-1], 0.0) if key[-1] in "اه" and people < _CITY else 0.0
        if stem < max(_FORM if people >= _VILLAGE else _VILLAGE_FORM, zipf + 0.3):
            return 0
        return CUED if stem >= _USUAL and key.endswith("ه") else CONTEXT
