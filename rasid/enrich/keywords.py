"""Telling words and phrases of one text: how often they stand in it against how common they are elsewhere.

Phrases of one to three words that neither begin nor end with a word of grammar; names that were found count as one
unit each. The words of a longer phrase that is chosen are not given again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from rasid.enrich.background import common_words
from rasid.enrich.tokens import Token, skip_letters
from rasid.model import Keyword
from rasid.text.fold import fold
from rasid.text.words import stopwords, without_article, without_proclitic

#: Keywords of one text.
LIMIT = 15
#: Words of one text that are looked at; the telling ones stand early.
WORD_LIMIT = 3000
#: Up to so many words, a word that stands once may be telling.
SHORT = 150
_TITLE_BOOST = 1.3
_NAME_BOOST = 1.5
#: Zipf frequency of a word that is in no list.
_UNKNOWN = 2.6
#: Weight of a name that is made of words of grammar alone.
_GRAMMAR_WEIGHT = 2.5
_BACKGROUNDS = frozenset({"ar", "en", "fr", "tr", "fa", "de", "es", "it", "he", "ru", "ur"})

# Words that report, count and connect: in every news text, telling of none.
_EMPTY_AS_WRITTEN = """
    قال قالت قالوا أضاف أضافت أشار أشارت أوضح أوضحت أكد أكدت ذكر ذكرت لفت لفتت اعتبر اعتبرت شدد شددت تابع تابعت كشف
    كشفت أعلن أعلنت أفاد أفادت نقلت نقل بين بينت صرح صرحت رأى يرى مصدر المصدر مصادر المصادر بيان البيان مراسل مراسلنا
    وكالة الخبر أخبار اليوم الماضي الماضية المقبل المقبلة الحالي الحالية الجاري خلال أثناء يوم أيام شهر أسبوع عام العام
    سنة سنوات أعوام أشهر ساعة ساعات مليون مليار ألف آلاف عدد عديد العديد كبير كبيرة جديد جديدة الجديد الجديدة أول الأول
    الأولى ثان الثاني الثانية ثالث الثالث إضافة الإضافة ضمن جراء إثر عقب بسبب بشأن إزاء تجاه حال حالة مرة قرابة نحو
    أكثر أقل مختلف جميع عدة كافة الآخر الأخير الأخيرة آخر أخرى الأخرى يجب يمكن ينبغي تأتي يأتي جاء جاءت أنه إنه
    said says say told according reported added year years month months day days week weeks time people new last next
    dit déclaré selon ans mois jour jours semaine année fois personnes dernier dernière
    dedi söyledi belirtti açıkladı göre yıl ay gün hafta son yeni
    اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد
    يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december lundi mardi mercredi jeudi vendredi samedi dimanche
"""
_EMPTY = frozenset(fold(word) for word in _EMPTY_AS_WRITTEN.split())


class _Word(NamedTuple):
    """What is known of a folded word in a language: its form without proclitics, what it is counted under, its weight.

    `weight` is 0 for a word that may not begin or end a phrase.
    """

    bare: str
    key: str
    weight: float


@dataclass(slots=True)
class Host:
    """A title or a text: its words, and the token ranges of names in it (first, last exclusive)."""

    text: str
    tokens: Sequence[Token]
    names: Sequence[tuple[int, int]] = ()
    is_title: bool = False


@dataclass(slots=True)
class _Phrase:
    size: int
    weight: float
    hits: int = 0
    titled: bool = False
    named: bool = False
    first: int = 0
    places: list[tuple[int, int]] = field(default_factory=list)


@lru_cache(maxsize=65_536)
def _word(folded: str, language: str) -> _Word:
    arabic = "\u0621" <= folded[0] <= "\u06d5"
    bare = without_proclitic(folded) if arabic and language in ("ar", "") else folded
    key = without_article(bare) if arabic and language in ("ar", "") else bare
    stops = stopwords(language or ("ar" if arabic else "en"))
    if (
        len(key) < 3
        or folded.isdecimal()
        or not stops.isdisjoint((folded, bare))
        or not _EMPTY.isdisjoint((folded, bare))
    ):
        return _Word(bare, key, 0.0)
    return _Word(bare, key, max(0.3, 7.5 - _zipf({folded, bare, key}, language or ("ar" if arabic else "en"))))


def _zipf(forms: Iterable[str], language: str) -> float:
    table = common_words(language) if language in _BACKGROUNDS else {}
    return max((table.get(form, _UNKNOWN) for form in forms), default=_UNKNOWN)


def keywords(hosts: Sequence[Host], *, language: str, limit: int = LIMIT) -> list[Keyword]:
    """The most telling phrases of a title and a text together, best first, at most `limit`.

    Args:
        hosts: title and text, with the names that were found in them.
        language: code of their language; it chooses stopwords and the background.
    """
    phrases: dict[str, _Phrase] = {}
    infos = [[_word(token.folded, language) for token in host.tokens[:WORD_LIMIT]] for host in hosts]
    counts = Counter(info.key for known in infos for info in known)
    least = 2 if sum(map(len, infos)) > SHORT else 1
    offset = 0
    for number, host in enumerate(hosts):
        read = _Read(host, infos[number], number, offset)
        named = _count_names(phrases, read)
        _count_words(phrases, read, named, counts, least)
        _count_runs(phrases, read, counts)
        offset += len(host.tokens)
    found = [(_score(phrase, offset), key) for key, phrase in phrases.items() if _counts(phrase)]
    found.sort(key=lambda item: (-item[0], item[1]))
    return [Keyword(text, round(score, 3)) for text, score in _choose(found, phrases, hosts, language, limit)]


class _Read(NamedTuple):
    """A host with what is known of its words; `offset` is how many words stand before it."""

    host: Host
    infos: Sequence[_Word]
    number: int
    offset: int


def _count_names(phrases: dict[str, _Phrase], read: _Read) -> set[int]:
    """Count the names that were found; returns the words they cover."""
    named: set[int] = set()
    for first, last in read.host.names:
        if last <= len(read.infos):
            named.update(range(first, last))
            _count(phrases, read, first, last).named = True
    return named


def _count_words(phrases: dict[str, _Phrase], read: _Read, named: set[int], counts: Counter[str], least: int) -> None:
    """Count single words that stand at least `least` times, or in the title."""
    for first, info in enumerate(read.infos):
        if info.weight and (counts[info.key] >= least or read.host.is_title) and first not in named:
            _count(phrases, read, first, first + 1)


def _count_runs(phrases: dict[str, _Phrase], read: _Read, counts: Counter[str]) -> None:
    """Count runs of two and three words. A run that counts stands twice, so its words do; most words do not."""
    infos, tokens, text = read.infos, read.host.tokens, read.host.text
    often = [info.weight > 0 and counts[info.key] > 1 for info in infos]
    for first, begins in enumerate(often):
        if not begins:
            continue
        for last in range(first + 2, min(first + 3, len(infos)) + 1):
            if text[tokens[last - 2].end : tokens[last - 1].start] not in (" ", "-"):
                break
            if often[last - 1]:
                _count(phrases, read, first, last)


def _count(phrases: dict[str, _Phrase], read: _Read, first: int, last: int) -> _Phrase:
    infos = read.infos
    key = infos[first].key
    if last - first > 1:
        key = " ".join([key, *(info.bare for info in infos[first + 1 : last])])
    phrase = phrases.get(key)
    if phrase is None:
        weights = [info.weight for info in infos[first:last] if info.weight]
        mean = sum(weights) / len(weights) if weights else _GRAMMAR_WEIGHT
        phrase = phrases[key] = _Phrase(last - first, mean, first=read.offset + first)
    phrase.hits += 1
    phrase.titled |= read.host.is_title
    phrase.places.append((read.number, first))
    return phrase


def _counts(phrase: _Phrase) -> bool:
    return phrase.size == 1 or phrase.named or phrase.hits > 1


def _score(phrase: _Phrase, words: int) -> float:
    early = 1.2 - 0.4 * phrase.first / max(words, 1)
    score = math.log2(1 + phrase.hits) * phrase.weight * early * (1 + 0.25 * (phrase.size - 1))
    return score * (_TITLE_BOOST if phrase.titled else 1.0) * (_NAME_BOOST if phrase.named else 1.0)


def _choose(
    scored: Iterable[tuple[float, str]],
    phrases: dict[str, _Phrase],
    hosts: Sequence[Host],
    language: str,
    limit: int,
) -> Iterator[tuple[str, float]]:
    """Take from the best down; a phrase goes where most of its hits lie within, or hold, a phrase already taken."""
    taken: list[str] = []
    for score, key in scored:
        words = f" {' '.join(map(without_article, key.split()))} "
        if words in taken or (not phrases[key].named and any(words in other or other in words for other in taken)):
            continue
        taken.append(words)
        yield _shown(phrases[key], hosts, language), score
        if len(taken) >= limit:
            return


def _shown(phrase: _Phrase, hosts: Sequence[Host], language: str) -> str:
    """The commonest way in which it is written, without proclitics before it."""
    written: Counter[str] = Counter()
    for number, first in phrase.places[:20]:
        host = hosts[number]
        token, last = host.tokens[first], host.tokens[first + phrase.size - 1]
        cut, article = _proclitics(token.folded, _word(token.folded, language).bare)
        start = token.start + (skip_letters(host.text[token.start : token.end], cut) if cut else 0)
        written[article + " ".join(host.text[start : last.end].split())] += 1
    return written.most_common(1)[0][0]


def _proclitics(folded: str, bare: str) -> tuple[int, str]:
    """Folded letters before the bare word, and the article where لل hides it: لل in للنظام stands for ل + ال."""
    if len(bare) <= len(folded) and folded.endswith(bare):
        return len(folded) - len(bare), ""
    return len(folded) - len(bare) + 2, "ال"
