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
from itertools import pairwise
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
_TITLE_BOOST = 1.3
_NAME_BOOST = 1.5
#: Zipf frequency of a word that is in no list.
_UNKNOWN = 2.6
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
    first: int = 1 << 30
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
    offset = 0
    for number, host in enumerate(hosts):
        _collect(phrases, host, number, offset, language)
        offset += len(host.tokens)
    scored = sorted(
        ((_score(p, offset), key) for key, p in phrases.items() if _counts(p)), key=lambda item: (-item[0], item[1])
    )
    return [Keyword(text, round(score, 3)) for text, score in _choose(scored, phrases, hosts, language, limit)]


def _collect(phrases: dict[str, _Phrase], host: Host, number: int, offset: int, language: str) -> None:
    infos = [_word(token.folded, language) for token in host.tokens[:WORD_LIMIT]]
    named: set[int] = set()
    for first, last in host.names:
        if last <= len(infos):
            named.update(range(first, last))
            _count(phrases, infos, first, last, host, number, offset, named=True)
    breaks = _breaks(host, len(infos))
    for first, info in enumerate(infos):
        if not info.weight:
            continue
        for last in range(first + 1, min(first + 3, len(infos)) + 1):
            if last - first > 1 and breaks[last - 2]:
                break
            if infos[last - 1].weight and not (last - first == 1 and first in named):
                _count(phrases, infos, first, last, host, number, offset, named=False)


def _breaks(host: Host, count: int) -> list[bool]:
    """For each word, whether something other than a blank stands between it and the next."""
    text = host.text
    return [text[left.end : right.start] not in (" ", "-") for left, right in pairwise(host.tokens[: count + 1])]


def _count(
    phrases: dict[str, _Phrase],
    infos: Sequence[_Word],
    first: int,
    last: int,
    host: Host,
    number: int,
    offset: int,
    *,
    named: bool,
) -> None:
    size = last - first
    key = (
        infos[first].key
        if size == 1
        else " ".join([infos[first].key, *(info.bare for info in infos[first + 1 : last])])
    )
    phrase = phrases.get(key)
    if phrase is None:
        weights = [info.weight for info in infos[first:last] if info.weight]
        mean = sum(weights) / len(weights) if weights else 7.5 - 5.0
        phrase = phrases[key] = _Phrase(size, mean)
        phrase.first = offset + first
    phrase.hits += 1
    phrase.titled = phrase.titled or host.is_title
    phrase.named = phrase.named or named
    phrase.places.append((number, first))


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
    taken: list[tuple[str, ...]] = []
    for score, key in scored:
        words = tuple(without_article(word) for word in key.split())
        if any(_within(words, other) or _within(other, words) for other in taken) and not phrases[key].named:
            continue
        if words in taken:
            continue
        taken.append(words)
        yield _shown(phrases[key], hosts, language), score
        if len(taken) >= limit:
            return


def _within(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    size = len(inner)
    return any(outer[i : i + size] == inner for i in range(len(outer) - size + 1))


def _shown(phrase: _Phrase, hosts: Sequence[Host], language: str) -> str:
    """The commonest way in which it is written, without proclitics before it."""
    written: Counter[str] = Counter()
    for number, first in phrase.places[:50]:
        host = hosts[number]
        token, last = host.tokens[first], host.tokens[first + phrase.size - 1]
        bare = _word(token.folded, language).bare
        start = token.start
        if bare != token.folded:
            hidden = bare.startswith("ال") and token.folded.endswith("لل" + bare[2:])
            if hidden:
                written[
                    "ال"
                    + host.text[
                        start + skip_letters(host.text[start : token.end], len(token.folded) - len(bare) + 2) : last.end
                    ]
                ] += 1
                continue
            start += skip_letters(host.text[start : token.end], len(token.folded) - len(bare))
        written[" ".join(host.text[start : last.end].split())] += 1
    return written.most_common(1)[0][0]
