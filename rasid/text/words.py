"""Words of a folded text: tokens, stems for comparing, and the forms by which a search finds them.

Arabic writes "and", "so", "in", "as", "to" and "the" onto the next word: والقامشلي is و + القامشلي. What is stripped
here is only what grammar allows, and never a letter that belongs to a well-known word (وزير, فرنسا, لبنان).
Everything here takes text that went through `rasid.text.fold.fold`, the two ``search_*`` functions excepted.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import Stemmer

from rasid.text import codes, wordlists
from rasid.text.fold import fold, fold_all, has_arabic

_WORD = re.compile(r"[^\W_]+")
# Scripts that put no blanks between words: each character counts as a word, or a whole sentence would be one.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD_OR_SIGN = re.compile(
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


def _part_of_word(code: int) -> int | None:
    """A letter or figure as it is, all else as a blank; None for signs that are words each."""
    char = chr(code)
    return None if _UNSPACED.match(char) else code if char.isalnum() else 0x20


_PARTS = codes.CodeTable(_part_of_word)


def _split(folded: str) -> list[str]:
    if len(folded) >= codes.WORTH:
        found = _PARTS.map(codes.encode(folded))
        if found is not None:
            return codes.decode(found).split()
    pattern = _WORD_OR_SIGN if _UNSPACED.search(folded) else _WORD
    return pattern.findall(folded)


#: Longest word kept, in characters; the rest of a longer run is cut off (PostgreSQL refuses lexemes over 2 kB).
WORD_LIMIT = 64
#: Characters of a text that are searchable; the full text of nearly every article is shorter.
SEARCH_LIMIT = 400_000
#: Words of one query that are looked at.
QUERY_LIMIT = 64


def words(folded: str) -> list[str]:
    """The words of a folded text in order, each at most `WORD_LIMIT` characters.

    Apostrophes, hyphens and points part words, so that the Turkish ``Kamışlı'da`` holds ``kamisli`` and the French
    ``l'accord`` holds ``accord``. Scripts without blanks give one word a character.

    >>> words("قسد: 12.5 في kamisli'da")
    ['قسد', '12', '5', 'في', 'kamisli', 'da']
    """
    return _cut(_split(folded))


def _cut(found: list[str]) -> list[str]:
    if max(map(len, found), default=0) > WORD_LIMIT:
        return [word[:WORD_LIMIT] for word in found]
    return found


def spans(folded: str) -> list[tuple[int, int]]:
    """Where the words of a folded text stand, in order: see `words`, which cuts very long ones short."""
    pattern = _WORD_OR_SIGN if _UNSPACED.search(folded) else _WORD
    return [match.span() for match in pattern.finditer(folded)]


class Read:
    """A text folded and parted into words. Nothing of it may be changed.

    Attributes:
        folded: the folded text.
        joined: its words, a blank between two.
        digits: where digits stand in `folded`; None where nobody has looked.
    """

    __slots__ = ("_words", "digits", "folded", "joined")

    def __init__(
        self, folded: str, joined: str, digits: list[int] | None = None, words: list[str] | None = None
    ) -> None:
        self.folded, self.joined, self.digits, self._words = folded, joined, digits, words

    @property
    def words(self) -> list[str]:
        """See the function `words`; made when they are first asked for."""
        if self._words is None:
            self._words = self.joined.split()
        return self._words


def _read(text: str) -> Read:
    folded = fold(text)
    found = words(folded)
    return Read(folded, " ".join(found), words=found)


class _Latest:
    """The latest texts that were read: what one stage has made of them is at hand for the next. Safe in threads."""

    #: Texts, and characters of all of them: a few megabytes.
    TEXTS, CHARACTERS = 256, 2**19

    def __init__(self) -> None:
        self._read: dict[str, Read] = {}
        self._characters = 0
        self._lock = threading.Lock()

    def get(self, text: str) -> Read | None:
        return self._read.get(text)

    def put(self, texts: Sequence[str], read: Sequence[Read]) -> None:
        with self._lock:
            for text, one in zip(texts, read, strict=True):
                if text not in self._read:
                    self._read[text] = one
                    self._characters += len(text)
            while len(self._read) > self.TEXTS or (self._characters > self.CHARACTERS and len(self._read) > 1):
                oldest = next(iter(self._read))
                del self._read[oldest]
                self._characters -= len(oldest)


_LATEST = _Latest()


def folded_words(text: str) -> tuple[str, list[str]]:
    """A text folded, and its words: kept for the stage that reads the same text next. Neither may be changed."""
    read = _LATEST.get(text)
    if read is None:
        read = _read(text)
        _LATEST.put([text], [read])
    return read.folded, read.words


def read_all(texts: Sequence[str]) -> list[Read]:
    """Read many texts, in a third of the time that one by one takes; a hundred pages at once are enough.

    `folded_words` has them at hand then.
    """
    folded, ends, alone = fold_all(*codes.encode_all(texts))
    parts = _PARTS.look(folded)
    alone |= codes.texts_of(parts >= codes.NO_PLACE, ends)
    joined, joined_ends = _joined(parts, ends)
    digits = _digits(folded, ends)
    long = np.diff(np.flatnonzero(joined == 0x20), prepend=-1, append=len(joined)).max() > WORD_LIMIT + 1
    whole, parted = codes.decode(folded), codes.decode(joined)
    found: list[Read] = []
    start = at = 0
    for text, end, till, places in zip(texts, ends.tolist(), joined_ends.tolist(), digits, strict=True):
        one = parted[at:till].strip()
        if len(found) in alone or (long and max(map(len, one.split()), default=0) > WORD_LIMIT):
            found.append(_read(text))
        else:
            found.append(Read(whole[start:end], one, places))
        start, at = end, till
    _LATEST.put(texts, found)
    return found


def _joined(parts: codes.Codes, ends: codes.Ends) -> tuple[codes.Codes, codes.Ends]:
    """One blank in place of many. A blank may be left before and after a text."""
    letters = parts != 0x20
    kept = letters.copy()
    kept[:-1] |= letters[1:]
    dropped = np.flatnonzero(~kept)
    return parts[kept], ends - np.searchsorted(dropped, ends)


_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")


def figures(folded: str) -> list[str]:
    """What a folded text writes in figures, in order.

    >>> figures("6.1 و 1,500 و 3")
    ['6.1', '1,500', '3']
    """
    return [match[0] for match in figures_by(_FIGURES, folded)]


def folded_figures(text: str) -> list[str]:
    """What a text writes in figures, in order; sooner where `read_all` has it at hand."""
    read = _LATEST.get(text)
    folded, digits = (fold(text), None) if read is None else (read.folded, read.digits)
    return [match[0] for match in figures_by(_FIGURES, folded, digits)]


_DECIMALS = codes.CodeTable(lambda code: int(chr(code).isdecimal()))


def _digits(folded: codes.Codes, ends: codes.Ends) -> list[list[int]]:
    """Where digits stand in each text."""
    places = np.flatnonzero(_DECIMALS.look(folded) == 1)
    till = np.searchsorted(places, ends)
    counts = np.diff(till, prepend=0)
    found = (places - np.repeat(ends - np.diff(ends, prepend=0), counts)).tolist()
    return [found[end - count : end] for end, count in zip(till.tolist(), counts.tolist(), strict=True)]


def figures_by(pattern: re.Pattern[str], folded: str, digits: list[int] | None = None) -> Iterator[re.Match[str]]:
    """The matches of a pattern that begins with ``\\d+``, in order.

    To go from figure to figure takes a third of the time that to search character by character does.

    Args:
        digits: where digits stand in `folded`; None looks for them.
    """
    if digits is None:
        found = _DECIMALS.map(codes.encode(folded)) if len(folded) >= codes.WORTH else None
        if found is None:
            yield from pattern.finditer(folded)
            return
        digits = found.nonzero()[0].tolist()
    behind = 0
    for place in digits:
        if place >= behind and (match := pattern.match(folded, place)):
            behind = match.end()
            yield match


def _folded(text: str) -> frozenset[str]:
    return frozenset(word for raw in text.split() for word in words(fold(raw)))


#: Folded stopwords by language; see `rasid.text.wordlists`.
STOPWORDS: dict[str, frozenset[str]] = {name: _folded(text) for name, text in wordlists.STOPWORDS.items()}
STOPWORDS["ckb"] = STOPWORDS["kmr"] = STOPWORDS["ku"]
_NO_STOPWORDS: frozenset[str] = frozenset()

_WHOLE = _folded(wordlists.ARABIC_WHOLE)
_NO_ARTICLE = _folded(wordlists.ARABIC_NO_ARTICLE)


def without_proclitic(word: str) -> str:
    """An Arabic word (folded) without و ف, then ب ك ل, before it; the article stays, and لل gives ال back.

    At least three letters are left. A word that is known to begin with such a letter is left alone.

    >>> [without_proclitic(word) for word in ("والقامشلي", "لقسد", "للنظام", "وزير", "ولبنان")]
    ['القامشلي', 'قسد', 'النظام', 'وزير', 'لبنان']
    """
    for letters in ("وف", "بكل"):
        if len(word) < 4 or word[0] not in letters or word in _WHOLE:
            continue
        if word.startswith("لل") and len(word) > 4:
            return "ال" + word[2:]
        word = word[1:]
    return word


def without_article(word: str) -> str:
    """An Arabic word (folded) without the article ال, where at least three letters are left.

    >>> without_article("القامشلي"), without_article("الله")
    ('قامشلي', 'الله')
    """
    if len(word) > 4 and word.startswith("ال") and word not in _NO_ARTICLE:
        return word[2:]
    return word


@lru_cache(maxsize=65_536)
def forms(word: str) -> tuple[str, ...]:
    """The forms by which a folded word is found: itself, without proclitics, and without the article; none twice.

    Two words match where they share a form. Words of other scripts have one form.

    >>> forms("والقامشلي")
    ('والقامشلي', 'القامشلي', 'قامشلي')
    """
    if not "\u0621" <= word[:1] <= "\u06ff":
        return (word,)
    bare = without_proclitic(word)
    return tuple(dict.fromkeys((word, bare, without_article(bare))))


_ALGORITHMS = {
    "ar": "arabic", "en": "english", "fr": "french", "tr": "turkish", "de": "german", "es": "spanish", "it": "italian",
    "nl": "dutch", "pt": "portuguese", "ru": "russian", "sv": "swedish", "no": "norwegian", "nb": "norwegian",
    "da": "danish", "fi": "finnish", "hu": "hungarian", "ro": "romanian", "el": "greek", "hy": "armenian",
}  # fmt: skip
# A stemmer keeps state while it works: one for each thread.
_local = threading.local()


def _stemmer(language: str) -> Stemmer.Stemmer | None:
    kept: dict[str, Stemmer.Stemmer] | None = getattr(_local, "stemmers", None)
    if kept is None:
        kept = _local.stemmers = {}
    algorithm = _ALGORITHMS.get(language)
    if algorithm is not None and algorithm not in kept:
        kept[algorithm] = Stemmer.Stemmer(algorithm, 20_000)
    return kept[algorithm] if algorithm is not None else None


def base_language(language: str | None) -> str:
    """The first part of a BCP 47 tag in lower case (``ar`` of ``ar-SY``); empty where there is none."""
    return (language or "").replace("_", "-").partition("-")[0].lower()


def stems(tokens: Iterable[str], language: str | None = None) -> list[str]:
    """A stem for each folded token, same order and number; a token without an algorithm for its language is its own.

    Args:
        language: BCP 47 tag. None guesses from the script: Arabic letters are Arabic, all else is left alone.

    >>> stems(["والقوات", "قوات"], "ar")[0] == stems(["قوات"], "ar")[0]
    True
    """
    found = list(tokens)
    name = base_language(language)
    if name == "ar" or (not name and has_arabic(" ".join(found))):
        found = [forms(word)[-1] for word in found]
        name = "ar"
    stemmer = _stemmer(name)
    return found if stemmer is None else list(stemmer.stemWords(found))


def stem(word: str, language: str) -> str:
    """The stem of one folded word, as `stems` gives it, without what that costs for one.

    Args:
        language: first part of a BCP 47 tag; empty guesses from the script.
    """
    if language == "ar" or (not language and has_arabic(word)):
        word, language = forms(word)[-1], "ar"
    stemmer = _stemmer(language)
    found: str = word if stemmer is None else stemmer.stemWord(word)
    return found


def stopwords(language: str | None) -> frozenset[str]:
    """The folded stopwords of a language; empty where none are kept."""
    return STOPWORDS.get(base_language(language), _NO_STOPWORDS)


# --- search -------------------------------------------------------------------------------------------------------


def search_text(text: str) -> str:
    """What PostgreSQL's ``to_tsvector('simple', …)`` is given for a text, so that a query finds what a reader means.

    First every folded word in order (so phrases keep their distances), then, once each, the stripped forms of words
    that carry Arabic proclitics or the article.

    >>> search_text("والقامشلي لقسد")
    'والقامشلي لقسد القامشلي قامشلي قسد'
    """
    found = words(fold(text[:SEARCH_LIMIT]))
    extra = dict.fromkeys(form for word in dict.fromkeys(found) for form in forms(word)[1:])
    return " ".join([*found, *extra])


_PART = re.compile(r'(-?)"([^"]*)"?|(-?)(\S+)')
_PROCLITICS = ("و", "ف", "ب", "ل", "ك", "وب", "ول")


def _quoted(word: str) -> str:
    return f"'{word}'"


def _any_form(word: str) -> str:
    found = forms(word)
    return _quoted(word) if len(found) == 1 else "(" + " | ".join(map(_quoted, found)) + ")"


def proclitic_forms(word: str) -> tuple[str, ...]:
    """A folded Arabic word and how it is written with proclitics before it; other words alone.

    >>> proclitic_forms("قسد")[:3], "للنظام" in proclitic_forms("النظام")
    (('قسد', 'وقسد', 'فقسد'), True)
    """
    if not "\u0621" <= word[:1] <= "\u06ff":
        return (word,)
    joined = [letters + word for letters in _PROCLITICS]
    if word.startswith("ال"):
        joined += ["لل" + word[2:], "ولل" + word[2:]]
    return (word, *joined)


def _phrase(found: list[str]) -> str:
    first = " | ".join(map(_quoted, proclitic_forms(found[0])))
    return " <-> ".join([f"({first})" if len(found) > 1 else _any_form(found[0]), *map(_quoted, found[1:])])


def _terms(text: str) -> Iterator[tuple[bool, bool, str]]:
    """(whether it is OR, whether it is refused, expression) of each part of a query; at most `QUERY_LIMIT` words."""
    left = QUERY_LIMIT
    for no_phrase, phrase, no_word, plain in _PART.findall(text):
        if plain == "OR":
            yield True, False, ""
            continue
        found = words(fold(phrase or plain))[:left]
        left -= len(found)
        if found:
            joined = _phrase(found) if phrase else " & ".join(map(_any_form, found))
            yield False, bool(no_phrase or no_word), f"({joined})" if len(found) > 1 else joined


def search_query(text: str) -> str:
    """The ``to_tsquery('simple', …)`` expression that finds `text` in what `search_text` made.

    Words are all required; ``"…"`` is a phrase (proclitics before its first word are seen through), ``OR`` between
    two parts takes either, ``-`` before a part refuses it. Empty where nothing is left to look for. Never raises:
    whatever is not a word is ignored.

    >>> search_query('قسد -"حلب"')
    "'قسد' & !'حلب'"
    """
    groups: list[list[str]] = []
    refused: list[str] = []
    join = False
    for is_or, no, expression in _terms(text[:4096]):
        if is_or:
            join = bool(groups)
        elif no:
            refused.append(f"!{expression}")
        elif join:
            groups[-1].append(expression)
            join = False
        else:
            groups.append([expression])
    wanted = [group[0] if len(group) == 1 else "(" + " | ".join(group) + ")" for group in groups]
    return " & ".join([*wanted, *refused])
