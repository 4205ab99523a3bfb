"""Telling words and phrases of one text: how often they stand in it against how common they are elsewhere.

Phrases of one to three words that neither begin nor end with a word of grammar; names that were found count as one
unit each. The words of a longer phrase that is chosen are not given again.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import accumulate, compress
from typing import NamedTuple

import numpy as np

from rasid.enrich.background import Background, starting
from rasid.enrich.candidates import Article, Part, gather
from rasid.enrich.phrases import Name
from rasid.enrich.ranker import weigh
from rasid.enrich.tokens import Token, skip_letters
from rasid.enrich.vocabulary import LIMIT as VOCABULARY_LIMIT
from rasid.enrich.vocabulary import Vocabulary
from rasid.model import Keyword
from rasid.text.fold import fold
from rasid.text.kept import Kept
from rasid.text.words import stopwords, without_article, without_proclitic

#: Keywords of one text.
LIMIT = 15
#: Words of one text that are looked at; the telling ones stand early.
WORD_LIMIT = 3000
#: Up to so many words, a word that stands once may be telling.
SHORT = 150
_TITLE_BOOST = 1.3
_NAME_BOOST = 1.5
#: Weight of a name that is made of words of grammar alone.
_GRAMMAR_WEIGHT = 2.5
#: Languages whose words are kept.
_LANGUAGES_KEPT = 32

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
    """A title or a text: its words, and the token ranges of names in it (first, last exclusive).

    `mentions` are all names with their kinds, those inside another and nationalities too.
    """

    text: str
    tokens: Sequence[Token]
    names: Sequence[tuple[int, int]] = ()
    is_title: bool = False
    mentions: Sequence[Name] = ()


class Lexicon:
    """What is known of words, by language, over one background: kept as words are met. May be shared by threads."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._by_language: dict[str, Kept[_Word]] = {}
        self._vocabulary = Vocabulary(_is_stop, background.arabic)
        self._lock = threading.Lock()

    def words(self, language: str) -> Kept[_Word]:
        """What is known of each folded word in a language; empty guesses it from the script."""
        if language not in self._by_language:
            while len(self._by_language) >= _LANGUAGES_KEPT:
                self._by_language.pop(next(iter(self._by_language)), None)
            self._by_language[language] = Kept(lambda folded: _word(folded, language, self._background))
        return self._by_language[language]

    def vocabulary(self) -> Vocabulary:
        """The words of Arabic articles; begun anew before it grows too large."""
        with self._lock:
            if len(self._vocabulary) > VOCABULARY_LIMIT:
                self._vocabulary = Vocabulary(_is_stop, self._background.arabic)
            return self._vocabulary


@lru_cache(maxsize=1)
def starting_lexicon() -> Lexicon:
    """What is known without having learned anything."""
    return Lexicon(starting())


def _word(folded: str, language: str, background: Background) -> _Word:
    bare, key, spoken = _taken_apart(folded, language)
    if _is_empty(folded, bare, key, spoken):
        return _Word(bare, key, 0.0)
    return _Word(bare, key, max(0.3, 7.5 - background.zipf({folded, bare, key}, spoken)))


def _taken_apart(folded: str, language: str) -> tuple[str, str, str]:
    """A word without proclitics, without the article too, and the language that it is taken for."""
    arabic = "\u0621" <= folded[0] <= "\u06d5"
    if not arabic or language not in ("ar", ""):
        return folded, folded, language or ("ar" if arabic else "en")
    bare = without_proclitic(folded)
    return bare, without_article(bare), "ar"


def _is_empty(folded: str, bare: str, key: str, language: str) -> bool:
    """Whether a word tells nothing: of grammar or reporting, a figure, or too short."""
    stops = stopwords(language)
    return (
        len(key) < 3
        or folded.isdecimal()
        or not stops.isdisjoint((folded, bare))
        or not _EMPTY.isdisjoint((folded, bare))
    )


def _is_stop(folded: str) -> bool:
    return _is_empty(folded, *_taken_apart(folded, "ar"))


def keywords(
    hosts: Sequence[Host], *, language: str, limit: int = LIMIT, lexicon: Lexicon | None = None
) -> list[Keyword]:
    """The most telling phrases of a title and a text together, best first, at most `limit`.

    Args:
        hosts: title and text, with the names that were found in them.
        language: code of their language; it chooses stopwords and the background.
        lexicon: what is known of words; None for what is known without having learned anything.
    """
    lexicon = lexicon or starting_lexicon()
    if language == "ar":
        return _ranked(hosts, limit, lexicon)
    known = lexicon.words(language)
    infos = [known.all([token.folded for token in host.tokens[:WORD_LIMIT]]) for host in hosts]
    found = _Phrases(hosts, infos, language)
    scored = [(found.score(key), key) for key in found.places]
    scored.sort(key=lambda item: (-item[0], item[1]))
    return [Keyword(text, round(score, 3)) for text, score in found.choose(scored, limit)]


def gathered(hosts: Sequence[Host], lexicon: Lexicon | None = None) -> Article:
    """What may be a keyword of an Arabic article."""
    parts = [
        Part(
            host.text, host.tokens[:WORD_LIMIT], [one for one in host.mentions if one.last <= WORD_LIMIT], host.is_title
        )
        for host in hosts
    ]
    return gather(parts, (lexicon or starting_lexicon()).vocabulary())


def _ranked(hosts: Sequence[Host], limit: int, lexicon: Lexicon) -> list[Keyword]:
    """The keywords of an Arabic article, by what was learned of readers; each thing once, by its likeliest name."""
    article = gathered(hosts, lexicon)
    chosen: dict[str, int] = {}
    told: set[str] = set()
    found: list[Keyword] = []
    for number, score in _best_first(article):
        key, times, name = article.keys[number], int(article.times[number]), article.names.get(number)
        # A nationality shares its country's ref, and is another word all the same.
        bearer = name.ref if name is not None and name.kind != "nationality" else ""
        if (bearer and bearer in told) or _only_within(key, times, chosen):
            continue
        chosen[key] = times
        told.add(bearer)
        found.append(Keyword(_written(hosts, article, number), round(score, 3)))
        if len(found) >= limit:
            break
    return found


#: What the mentions of a name's bearer add to its log-odds, for each e-fold.
_SAID = 0.6
#: What a word that a better keyword has takes off them.
_SAID_BEFORE = 1.0


def _best_first(article: Article) -> Iterator[tuple[int, float]]:
    """(candidate, score) from the best down; of equals, by the letters of their keys.

    What tells nothing new comes later: a phrase that shares a word with a better one. What stands only within longer
    names is left out, and so is the paper or station that is quoted, unless the title names it.
    """
    keys = article.keys
    likely = weigh(article).clip(1e-6, 1 - 1e-6)
    named = article.told(lambda name: name.kind != "nationality")
    quoted = article.told(lambda name: name.sort == "org.media") * ~article.in_title
    odds = np.log(likely) - np.log1p(-likely) + _SAID * np.log(article.said) * named
    left = np.flatnonzero((article.inside < article.times) & (quoted == 0))
    queue = [(-odd, keys[n], n, False) for n, odd in zip(left.tolist(), odds[left].tolist(), strict=True)]
    heapify(queue)
    words: set[str] = set()
    while queue:
        odd, key, number, again = heappop(queue)
        own = {without_article(word) for word in key.split(" ")}
        if not (again or named[number] or words.isdisjoint(own)):
            heappush(queue, (odd + _SAID_BEFORE, key, number, True))
            continue
        words |= own
        yield number, 1 / (1 + math.exp(odd))


def _only_within(key: str, times: int, chosen: dict[str, int]) -> bool:
    """Whether a phrase says no more than a chosen one: it stands inside that one and nowhere else, or the other way."""
    inside = f" {key} "
    return any(known == times and (inside in f" {other} " or f" {other} " in inside) for other, known in chosen.items())


def _written(hosts: Sequence[Host], article: Article, candidate: int) -> str:
    """The commonest way in which a candidate is written, without proclitics before it."""
    written: Counter[str] = Counter()
    size = int(article.size[candidate])
    for number, first in article.places(candidate, 20):
        text, tokens = hosts[number].text, hosts[number].tokens
        written[
            _as_written(text, tokens[first], tokens[first + size - 1], without_proclitic(tokens[first].folded))
        ] += 1
    return written.most_common(1)[0][0]


def _as_written(text: str, token: Token, last: Token, bare: str) -> str:
    cut, article = _proclitics(token.folded, bare) if bare != token.folded else (0, "")
    start = token.start + (skip_letters(text[token.start : token.end], cut) if cut else 0)
    return article + " ".join(text[start : last.end].split())


class _Phrases:
    """The phrases of some hosts: `places` tells for each folded key where it stands, as (host, first word)."""

    def __init__(self, hosts: Sequence[Host], infos: Sequence[Sequence[_Word]], language: str) -> None:
        self.hosts, self.infos, self.language = hosts, infos, language
        self.places: dict[str, list[tuple[int, int]]] = {}
        self.sizes: dict[str, int] = {}
        self.named: set[str] = set()
        self.offsets = list(accumulate(map(len, infos), initial=0))
        self.counts = Counter(info.key for known in infos for info in known)
        for number, host in enumerate(hosts):
            covered = self._add_names(number, host)
            self._add_words(number, host, covered)
            self._add_runs(number, host)
        for key in [key for key, size in self.sizes.items() if len(self.places[key]) < 2 and key not in self.named]:
            del self.places[key]

    def _add_names(self, number: int, host: Host) -> set[int]:
        """Add the names that were found; returns the words they cover."""
        covered: set[int] = set()
        for first, last in host.names:
            if last <= len(self.infos[number]):
                covered.update(range(first, last))
                self.named.add(self._add(number, first, last))
        return covered

    def _add_words(self, number: int, host: Host, covered: set[int]) -> None:
        """Add single words: those of a title or a short text, else those that stand twice."""
        least = 1 if host.is_title or self.offsets[-1] <= SHORT else 2
        counts, places = self.counts, self.places
        for first, info in enumerate(self.infos[number]):
            if info.weight and counts[info.key] >= least and first not in covered:
                places.setdefault(info.key, []).append((number, first))

    def _add_runs(self, number: int, host: Host) -> None:
        """Add runs of two and three words. A run that counts stands twice, so its words do; most words do not."""
        infos, tokens, text, counts = self.infos[number], host.tokens, host.text, self.counts
        often = [info.weight > 0 and counts[info.key] > 1 for info in infos]
        for first in compress(range(len(often)), often):
            for last in range(first + 2, min(first + 3, len(infos)) + 1):
                if text[tokens[last - 2].end : tokens[last - 1].start] not in (" ", "-"):
                    break
                if often[last - 1]:
                    self._add(number, first, last)

    def _add(self, number: int, first: int, last: int) -> str:
        infos = self.infos[number]
        key = infos[first].key
        if last - first > 1:
            key = " ".join([key, *(info.bare for info in infos[first + 1 : last])])
            self.sizes[key] = last - first
        self.places.setdefault(key, []).append((number, first))
        return key

    def score(self, key: str) -> float:
        """Hits against commonness; what stands early, in a title, in a name or in more words counts for more."""
        places, size = self.places[key], self.sizes.get(key, 1)
        number, first = places[0]
        weights = [info.weight for info in self.infos[number][first : first + size] if info.weight]
        weight = sum(weights) / len(weights) if weights else _GRAMMAR_WEIGHT
        early = 1.2 - 0.4 * (self.offsets[number] + first) / max(self.offsets[-1], 1)
        score = math.log2(1 + len(places)) * weight * early * (1 + 0.25 * (size - 1))
        titled = self.hosts[number].is_title
        return score * (_TITLE_BOOST if titled else 1.0) * (_NAME_BOOST if key in self.named else 1.0)

    def choose(self, scored: Iterable[tuple[float, str]], limit: int) -> Iterator[tuple[str, float]]:
        """Take from the best down; what lies within a phrase already taken, or holds one, is passed over."""
        taken: list[str] = []
        for score, key in scored:
            words = f" {' '.join(map(without_article, key.split()))} "
            if words in taken or (key not in self.named and any(words in other or other in words for other in taken)):
                continue
            taken.append(words)
            yield self._shown(key), score
            if len(taken) >= limit:
                return

    def _shown(self, key: str) -> str:
        """The commonest way in which it is written, without proclitics before it."""
        written: Counter[str] = Counter()
        size = self.sizes.get(key, 1)
        for number, first in self.places[key][:20]:
            text, tokens = self.hosts[number].text, self.hosts[number].tokens
            written[_as_written(text, tokens[first], tokens[first + size - 1], self.infos[number][first].bare)] += 1
        return written.most_common(1)[0][0]


def _proclitics(folded: str, bare: str) -> tuple[int, str]:
    """Folded letters before the bare word, and the article where لل hides it: لل in للنظام stands for ل + ال."""
    if len(bare) <= len(folded) and folded.endswith(bare):
        return len(folded) - len(bare), ""
    return len(folded) - len(bare) + 2, "ال"
