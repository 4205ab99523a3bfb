"""Which parts of an article are in another language than the rest: a title, paragraphs that stand together.

Most articles have none, so a paragraph is only looked at closely where its script, its letters or the lack of the
article's small words hint at another language; then `rasid.text.language.detect` decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rasid.text.language import detect, is_plain_arabic, may_be_neighbour
from rasid.text.words import stopwords

#: Paragraphs of one article that are looked at, and of these those that are looked at closely.
_MOST, _MOST_CLOSELY = 1_000, 40
#: Letters of a paragraph in another script, and in the article's own, before it counts.
_LEAST_LETTERS, _LEAST_OWN_SCRIPT = 12, 40
#: How sure its language must be, in another script and in the article's own, where languages resemble each other.
_SURE, _SURE_OWN_SCRIPT = 0.5, 0.7
#: Words from which the lack of small words is a sign, and the share of them below which they lack.
_LEAST_WORDS, _SMALL_WORDS = 8, 0.08
#: Characters of a paragraph whose scripts are counted.
_LOOKED_AT = 32
_ARABIC_SCRIPT = frozenset(["ar", "fa", "ur", "ckb", "ps", "sd", "ug", "azb"])


class Passage(NamedTuple):
    """A title, or paragraphs that stand together, in another language than the article.

    `start`/`end` count code points of the text, or of the title where `in_title`; `score` is how sure it is, 0 to 1.
    """

    start: int
    end: int
    language: str
    score: float
    in_title: bool = False


class Languages(NamedTuple):
    """The language of most of an article, how sure that is, and what is in another."""

    language: str
    score: float
    passages: tuple[Passage, ...]


def languages(title: str, text: str, language: str, score: float) -> Languages:
    """The parts of an article that are in other languages.

    Args:
        language: what `detect` said of its beginning. Where more of the text turns out to be in another language
            than in that, it is the article's, and what began it is a passage.
        score: how sure that was.
    """
    if language == "und":
        return Languages(language, score, ())
    found = _passages(title, text, language)
    letters = Counter[str]()
    for one in found:
        if not one.in_title:
            letters[one.language] += one.end - one.start
    other, most = letters.most_common(1)[0] if letters else ("", 0)
    if most <= len(text.strip()) - sum(letters.values()):
        return Languages(language, score, found)
    sure = max(one.score for one in found if one.language == other)
    return Languages(other, sure, _passages(title, text, other))


def _passages(title: str, text: str, language: str) -> tuple[Passage, ...]:
    if "\n" not in text and not title:
        return ()
    own = script_of(text)
    found = list(_of_title(title, language, own))
    run: Passage | None = None
    for start, end, other in _paragraphs(text, language, own):
        if run is not None and other is not None and other[0] == run.language:
            run = run._replace(end=end, score=min(run.score, other[1]))
            continue
        if run is not None:
            found.append(run)
        run = Passage(start, end, *other) if other is not None else None
    return (*found, *([run] if run is not None else []))


def _of_title(title: str, language: str, own: str) -> Iterator[Passage]:
    bare = title.strip()
    told = _other(bare, language, own) if _hints(bare, language, own) else None
    if told is not None:
        start = title.index(bare)
        yield Passage(start, start + len(bare), *told, in_title=True)


def _paragraphs(text: str, language: str, own: str) -> Iterator[tuple[int, int, tuple[str, float] | None]]:
    """(start, end, its other language) of each paragraph; None for one in the article's own."""
    closely = at = 0
    for line in text.split("\n", _MOST)[:_MOST]:
        bare = line.strip()
        if bare:
            start = at + (0 if line[0] == bare[0] else line.index(bare))
            told = None
            if closely < _MOST_CLOSELY and _hints(bare, language, own):
                closely += 1
                told = _other(bare, language, own)
            yield start, start + len(bare), told
        at += len(line) + 1


def _hints(bare: str, language: str, own: str) -> bool:
    """Whether a paragraph may be in another language: most are not, and this costs a hundredth of telling it."""
    if len(bare) < _LEAST_LETTERS:
        return False
    if not _mostly(bare, own):
        return script_of(bare) not in ("", own)
    if language == "ar":
        return may_be_neighbour(bare)
    if language in _ARABIC_SCRIPT:
        return is_plain_arabic(bare)
    words = [word.strip(".,:;!?()«»\"'“”") for word in bare.lower().split()]
    small = stopwords(language)
    return len(words) >= _LEAST_WORDS and sum(word in small for word in words) < _SMALL_WORDS * len(words)


def _other(bare: str, language: str, own: str) -> tuple[str, float] | None:
    code, score = detect(bare)
    same_script = script_of(bare) == own
    if code in ("und", language) or score < (_SURE_OWN_SCRIPT if same_script else _SURE):
        return None
    if same_script and sum(map(str.isalpha, bare)) < _LEAST_OWN_SCRIPT:
        return None
    return code, score


#: First and last characters of the scripts that nearly all articles are in.
_RANGES = {"arabic": ("\u0620", "\u077f"), "latin": ("A", "\u024f"), "cyrillic": ("\u0400", "\u052f")}


def _mostly(text: str, script: str) -> bool:
    """Whether a text is in a script beyond doubt, which is quicker than telling its script."""
    if script not in _RANGES:
        return False
    first, last = _RANGES[script]
    sample = text[:: max(1, len(text) // _LOOKED_AT)]
    return 2 * sum([first <= char <= last for char in sample]) > len(sample)


def script_of(text: str) -> str:
    """The script of most letters of a text, by a few of its characters; empty where there is no letter."""
    step = max(1, len(text) // _LOOKED_AT)
    scripts = Counter(_scripts(text[::step]))
    return scripts.most_common(1)[0][0] if scripts else ""


def _scripts(sample: Iterable[str]) -> Iterator[str]:
    for char in sample:
        if char < "\u0250":
            if char.isalpha():
                yield "latin"
        elif char < "\u0530":
            yield "greek" if char < "\u0400" else "cyrillic"
        elif char < "\u0600":
            yield "armenian" if char < "\u0590" else "hebrew"
        elif char < "\u0780" or "\ufb50" <= char < "\uff00":
            if char.isalpha():
                yield "arabic"
        elif char.isalpha():
            # One of China's or Japan's is as good as another: a text in either mixes them.
            yield "east asian" if "\u3040" <= char < "\ua000" else str(ord(char) >> 7)
