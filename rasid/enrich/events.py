"""Candidates for events: what a sentence says has happened, with the part of it that says so.

A word for an event (``قصف``, ``talks``) with the places and actors beside it. Nothing here knows whether it happened:
threats, memories and denials use the same words. So every one is a candidate, scores 0.85 at most, and says how it is
told (`Event.told`); candidates are never counted as events. Pure; offsets count code points of the text as given.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from rasid.enrich.interface import Annotation, Doc
from rasid.enrich.speech.layout import COMMA, SEMICOLON, Layout, kept_layout
from rasid.enrich.speech.speakers import Mention
from rasid.enrich.tokens import key_of
from rasid.text.words import base_language

#: What made an annotation, and which edition of it: raised with every change that gives other answers.
NAME = "rasid-events"
VERSION = "1"

#: Kinds of events, coarse on purpose.
KINDS = (
    "strike", "shelling", "explosion", "clash", "attack", "killing", "protest", "talks", "agreement", "arrest",
    "abduction", "release", "displacement", "statement", "disaster",
)  # fmt: skip
#: Candidates of one kind in one text.
MOST_OF_A_KIND = 4
#: Words of a part of a sentence that stand as evidence, at least, and words before an event that tell how it is told.
_LEAST, _BEFORE = 5, 6
#: Words behind an event that may say that it is to come (غارات محتملة).
_BEHIND_IT = 2
#: Words of a part of a sentence, and words for events in one text, that are looked at: a bound for what is no prose.
_LONGEST, _MOST = 80, 300
_SURE, _WEAK, _PLACE, _ACTOR, _LEAD = 0.6, 0.35, 0.1, 0.1, 0.05
_TOLD = {"reported": 1.0, "planned": 0.5, "past": 0.5, "denied": 0.4}
#: Words of sport in a text from which on strikes and attacks are those of players.
_SPORT = 3


@dataclass(frozen=True, slots=True)
class Event:
    """A candidate for an event.

    Attributes:
        start, end: the part of a sentence that says so.
        kind: one of `KINDS`.
        word_start, word_end: the word for it, without a proclitic it may carry being cut off.
        told: ``reported``, ``planned`` (to come, threatened, possible), ``past`` (a memory) or ``denied``.
        places, actors: ids of the places and of the persons and bodies that the same sentence names, in order.
        score: how sure it is that the sentence tells of such an event, 0 to 0.85.
    """

    start: int
    end: int
    kind: str
    word_start: int
    word_end: int
    told: str
    places: tuple[str, ...]
    actors: tuple[str, ...]
    score: float


class Trigger(NamedTuple):
    """What a word for an event tells: its kind (``-`` for what is none), and whether the word alone is enough."""

    kind: str
    sure: bool


class Head(NamedTuple):
    """A word with which words for events begin: alone, and with what must follow (longest first)."""

    alone: Trigger | None
    longer: tuple[tuple[tuple[str, ...], Trigger], ...]


# --- words --------------------------------------------------------------------------------------------------------

_BEFORE_NOUN = ("", "و", "ف", "ب", "ل", "وب", "ول", "ك", "ال", "وال", "فال", "بال", "لل", "وبال", "ولل", "كال")
_BEFORE_VERB = ("", "و", "ف")
_BEHIND = ("", "ه", "ها", "هم", "هما", "نا")


def _nouns(word: str) -> Iterator[str]:
    """An Arabic noun, folded, as texts write it: with proclitics and the article, in the accusative, with a pronoun."""
    for before in _BEFORE_NOUN:
        yield before + word
        if "ال" not in before and before != "لل" and not word.startswith("ال"):
            stem = word[:-1] + "ت" if word.endswith("ه") else word
            yield from (before + stem + behind for behind in _BEHIND[1:])
            if not word.endswith(("ه", "ات", "ين", "ون")):
                yield before + word + "ا"


def _verbs(pair: str) -> Iterator[str]:
    """The forms of an Arabic verb of the third person, from its past and its present (``قصف/يقصف``; either alone)."""
    past, present = (key_of(part) for part in pair.split("/"))
    weak = past.endswith(("ي", "ا"))
    pasts = (past, past[:-1] + "ت" if weak else past + "ت", past[:-1] + "وا" if weak else past + "وا")
    stem = present[:-1] if present.endswith(("ي", "و")) else present
    presents = (present, "ت" + present[1:], stem + "ون") if present else ()
    for before in _BEFORE_VERB:
        yield from (before + form + behind for form in pasts for behind in _BEHIND)
        yield from (before + form + behind for form in presents for behind in _BEHIND)


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[str, str, Trigger]]]:
    """The rows of the list by language: (form, words, what they tell)."""
    found: dict[str, list[tuple[str, str, Trigger]]] = {}
    path = Path(__file__).parent / "data" / "event_words.tsv"
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        language, kind, form, sure, words = line.split("\t")
        trigger = Trigger(kind, sure == "sure")
        found.setdefault(language, []).extend((form, word, trigger) for word in words.split("|"))
    return found


def _spelled(form: str, words: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The first words that words for an event may begin with, each with the rest."""
    if form == "verb":
        yield from ((verb, ()) for verb in _verbs(words))
        return
    first, *rest = key_of(words).split()
    if form != "noun":
        yield first, tuple(rest)
        return
    for noun in _nouns(first):
        yield noun, tuple(rest)
        # القصف المدفعي: the adjective takes the article with its noun.
        if (rest and noun.endswith("ال" + first)) or noun.endswith("لل" + first):
            yield noun, tuple(word if word.startswith("ال") else "ال" + word for word in rest)


@lru_cache(maxsize=8)
def heads(language: str) -> dict[str, Head]:
    """The words with which words for events begin in a language (``ar en fr``; stems of ``tr``)."""
    alone: dict[str, Trigger] = {}
    longer: dict[str, dict[tuple[str, ...], Trigger]] = {}
    for form, words, trigger in _table().get(language, []):
        for first, rest in _spelled(form, words):
            if rest:
                longer.setdefault(first, {}).setdefault(rest, trigger)
            else:
                alone.setdefault(first, trigger)
    return {
        first: Head(alone.get(first), tuple(sorted(longer.get(first, {}).items(), key=lambda one: -len(one[0]))))
        for first in {*alone, *longer}
    }


@lru_cache(maxsize=65_536)
def _stemmed(word: str) -> Head | None:
    """The longest Turkish stem that a word begins with, with what it opens."""
    known = heads("tr")
    for size in range(len(word), 2, -1):
        if (head := known.get(word[:size])) is not None:
            return head
    return None


class _Tell(Enum):
    """What a word beside an event says of how it is told."""

    PLANNED = "planned"
    DENIED = "denied"
    PAST = "past"
    #: "Ago", "before": past where years stand beside it.
    BACK = "back"


class _Telling(NamedTuple):
    """Words of a language beside an event that tell how it is told.

    `goes_on` behind a denial undo it (لم يتوقف القصف). `sport`: words that show what attacks and strikes are here.
    """

    words: dict[str, _Tell]
    goes_on: frozenset[str]
    sport: frozenset[str]


def _any(written: str, joined: str = "") -> frozenset[str]:
    return frozenset(letter + key_of(word) for word in written.split() for letter in ("", *joined))


def _telling(planned: str, denied: str, past: str, *, goes_on: str, sport: str, joined: str = "") -> _Telling:
    words = dict.fromkeys(_any("قبل منذ ago since ans once"), _Tell.BACK)
    words |= dict.fromkeys(_any(planned, joined), _Tell.PLANNED)
    words |= dict.fromkeys(_any(denied, joined), _Tell.DENIED)
    words |= dict.fromkeys(_any(past, joined), _Tell.PAST)
    return _Telling(words, _any(goes_on), _any(sport))


_TELLING = {
    "ar": _telling(
        """
            سوف يعتزم تعتزم اعتزام المقرر المتوقع المزمع المحتمل احتمال احتمالات يهدد تهدد هدد هددت تهديد
            تهديدات لمنع لتجنب تجنب منع لوقف وقف خشية مخاوف تحسبا دعا دعت دعوة دعوات يدعو تدعو طالب طالبت
            مطالبة خطة خطط إذا لو لولا محتمل محتملة متوقع متوقعة مرتقب مرتقبة مقبل مقبلة المقبلة وشيك وشيكة
            مطالبات مطالبتها مطالبته بوقف لدعم يحاول تحاول حاول حاولت محاولة محاولات لتنفيذ
            استعدادا استعداد يستعد تستعد لمناقشة بهدف يمكن قريبا التهديد المخاوف الخشية لإنهاء إنهاء
        """,
        "لم لن لا ليس ليست دون بدون نفى نفت ينفي تنفي نافيا نافية نفي عدم مزاعم شائعات شائعة",
        "ذكرى الذكرى لذكرى بذكرى إبان آنذاك تاريخيا تخليدا",
        goes_on="يزال تزال يتوقف تتوقف تهدأ يهدأ تنقطع ينقطع طيار",
        sport="""
            مباراة المباراة الدوري دوري المنتخب منتخب المدرب مدرب لاعب اللاعب لاعبي كأس ملعب الملعب مرمى
            المرمى الشوط
        """,
        joined="وف",
    ),
    "en": _telling(
        """
            will would could may might plan plans planned planning threatens threatened threatening threat
            threats call calls called calling if possible potential prevent avoid halt stop end upcoming
            scheduled expected fears fear risk urge urged demand demanded ahead
        """,
        "no not never denied denies deny denying without",
        "anniversary commemorate commemorated commemorating memorial marking decades historic",
        goes_on="stopped ceased abated",
        sport="match goal league striker coach midfielder penalty season cup tournament squad football",
    ),
    "fr": _telling(
        """
            va vont pourrait pourraient serait seraient prévu prévue prévus prévues menace menacé menacent
            appel appelle appelé si éventuel éventuelle éviter empêcher craintes crainte prochain prochaine
            risque
        """,
        "pas aucun aucune démenti dément sans nié jamais",
        "anniversaire commémoration commémore commémorer décennies",
        goes_on="cessé",
        sport="match ligue entraîneur joueur joueurs championnat buteur football",
    ),
    "tr": _telling(
        "planlıyor tehdit çağrı çağrısı olası önlemek ihtimali ihtimaline bekleniyor istedi",
        "değil yalanladı yalanlandı olmadı yapılmadı iddiaları",
        "yıldönümü yıldönümünde anma anıldı",
        goes_on="durmadı",
        sport="maç maçı gol lig ligi futbol takım takımı futbolcu",
    ),
}
_FUTURE = ("سي", "ست", "سن")
#: Arabic words that begin like a future and are none.
_NO_FUTURE: tuple[str, ...] = ("سيا", "سيط", "سنو", "سيد", "سيو", "سين", "ستر", "سنه", "سيل", "ستي", "سيره", "سته")
_NO_FUTURE += ("سيف", "سني", "ستو", "ستا")
_YEARS_BACK = frozenset(("سنوات", "اعوام", "سنه", "عام", "عاما", "عقود", "عقد", "years", "decades", "ans", "yil"))


def events(
    layout: Layout, mentions: Iterable[Mention], *, language: str | None = None, published_at: datetime | None = None
) -> tuple[Event, ...]:
    """Candidates in a text, in order; of each kind the best, at most `MOST_OF_A_KIND`.

    Args:
        layout: of the text, as `rasid.enrich.speech.layout.lay_out` makes it.
        mentions: names in it, as the gazetteer found them; of a text that has a title, those of the text alone.
        language: BCP 47; none but Arabic, English, French and Turkish is read.
        published_at: a year before that year makes what is told with it past; None takes the year named for past.
    """
    name = base_language(language)
    if name not in _TELLING or not layout.tokens:
        return ()
    reader = _Reader(layout, mentions, name, published_at.year if published_at else None)
    return tuple(_best(list(reader.read())))


def of_article(
    title: str,
    text: str,
    mentions: Sequence[Mention],
    *,
    language: str | None = None,
    published_at: datetime | None = None,
) -> Iterator[tuple[str, bool, tuple[Event, ...]]]:
    """Candidates in a title and in a text: each with whether it is the title. `mentions` are those of both."""
    for host, in_title in ((title, True), (text, False)):
        here = [one for one in mentions if one.in_title == in_title]
        yield host, in_title, events(kept_layout(host), here, language=language, published_at=published_at)


def _best(found: list[Event]) -> list[Event]:
    """The best of each kind, in the order of the text."""
    kept: dict[str, int] = {}
    best = []
    for one in sorted(found, key=lambda one: -one.score):
        kept[one.kind] = kept.get(one.kind, 0) + 1
        if kept[one.kind] <= MOST_OF_A_KIND:
            best.append(one)
    return sorted(best, key=lambda one: one.start)


class _Reader:
    def __init__(self, layout: Layout, mentions: Iterable[Mention], language: str, year: int | None) -> None:
        self.layout, self.words, self.gaps = layout, layout.words, layout.gaps
        self.language, self.year = language, year
        self.telling = _TELLING[language]
        found = [(one.start, one.kind, one.ref) for one in mentions if one.start is not None and one.ref]
        found.sort(key=itemgetter(0))
        self.mentions = found
        self.starts = [start for start, _, _ in found]
        self.old: list[int] = []

    def read(self) -> Iterator[Event]:
        hits = list(islice(self._hits(), _MOST))
        if not hits:
            return
        self.old = self._old_years()
        sport = sum(map(self.telling.sport.__contains__, self.words)) >= _SPORT
        at, sentences = 0, self.layout.sentences
        done: set[tuple[str, int]] = set()
        for first, last, trigger in hits:
            while at < len(sentences) and sentences[at].last <= first:
                at += 1
            begin, end = self._part(first, last, sentences[at].first, sentences[at].last)
            if (trigger.kind, begin) in done or (sport and not trigger.sure):
                continue
            event = self._event(first, last, trigger, (begin, end), sentences[at], lead=at < 2)
            if event is not None:
                done.add((trigger.kind, begin))
                yield event

    def _hits(self) -> Iterator[tuple[int, int, Trigger]]:
        """Words for events in order, none within another: first word, word behind it, what they tell."""
        find = _stemmed if self.language == "tr" else heads(self.language).get
        behind = 0
        for number, head in [(at, head) for at, word in enumerate(self.words) if (head := find(word)) is not None]:
            if number < behind:
                continue
            last, trigger = self._longest(number, head)
            if trigger is not None:
                behind = last
                if trigger.kind != "-":
                    yield number, last, trigger

    def _longest(self, number: int, head: Head) -> tuple[int, Trigger | None]:
        for rest, trigger in head.longer:
            last = number + 1 + len(rest)
            if last <= len(self.words) and all(self._is(at, word) for at, word in enumerate(rest, number + 1)):
                return last, trigger
        return number + 1, head.alone

    def _is(self, at: int, word: str) -> bool:
        written = self.words[at]
        return not self.gaps.get(at) and (written == word or (self.language == "tr" and written.startswith(word)))

    def _part(self, first: int, last: int, begin: int, end: int) -> tuple[int, int]:
        """The part of a sentence between commas that holds an event; a very short one takes the next one along."""
        begin, end = max(begin, first - _LONGEST), min(end, last + _LONGEST)
        left = self._mark(range(first, begin, -1), begin)
        right = last
        while right < end:
            right = self._mark(range(right, end), end)
            if right - left >= _LEAST or right == end:
                break
            right += 1
        if right - left < _LEAST:
            left = self._mark(range(left - 1, begin, -1), begin)
        return left, min(right, end)

    def _mark(self, numbers: range, default: int) -> int:
        """The first of some words before which a comma stands."""
        return next((at for at in numbers if self.gaps.get(at, 0) & (COMMA | SEMICOLON)), default)

    def _event(
        self, first: int, last: int, trigger: Trigger, part: tuple[int, int], sentence: tuple[int, int], *, lead: bool
    ) -> Event | None:
        places, actors = self._named(*sentence)
        if not trigger.sure and not (places or actors):
            return None
        told = self._told(first, last, part)
        score = (_SURE if trigger.sure else _WEAK) + _PLACE * bool(places) + _ACTOR * bool(actors) + _LEAD * lead
        tokens = self.layout.tokens
        return Event(
            tokens[part[0]].start, tokens[part[1] - 1].end, trigger.kind, tokens[first].start, tokens[last - 1].end,
            told, places, actors, round(score * _TOLD[told], 3),
        )  # fmt: skip

    def _named(self, first: int, last: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Ids of the places and actors of a sentence; whose (السوري) stands for an actor where none is named."""
        tokens = self.layout.tokens
        here = bisect_left(self.starts, tokens[first].start)
        there = bisect_left(self.starts, tokens[last - 1].end, here)
        inside = self.mentions[here:there]
        places = dict.fromkeys(ref for _, kind, ref in inside if kind == "place")
        actors = dict.fromkeys(ref for _, kind, ref in inside if kind in ("person", "org"))
        actors = actors or dict.fromkeys(ref for _, kind, ref in inside if kind == "nationality")
        return tuple(places), tuple(actors)

    def _told(self, first: int, last: int, part: tuple[int, int]) -> str:
        """How it is told: by the words right before it and behind it in its part of the sentence."""
        words, known, turkish = self.words, self.telling.words, self.language == "tr"
        begin, end = (part[0], part[1]) if turkish else (max(part[0], first - _BEFORE), min(part[1], last + _BEHIND_IT))
        told = "reported"
        for at in (*range(begin, first), *range(last, min(part[1], last + _BEFORE))):
            tell = known.get(words[at])
            if tell is None:
                if told == "reported" and at < end and self._future(words[at]):
                    told = "planned"
            elif tell is _Tell.PAST or (tell is _Tell.BACK and self._years_back(at, part[1])):
                return "past"
            elif tell is _Tell.DENIED and (at < first or turkish):
                told = told if at + 1 < len(words) and words[at + 1] in self.telling.goes_on else "denied"
            elif tell is _Tell.PLANNED and told == "reported" and at < end:
                told = "planned"
        return "past" if any(part[0] <= at < part[1] for at in self.old) else told

    def _future(self, word: str) -> bool:
        if self.language == "ar":
            bare = word[1:] if word[0] in "وف" else word
            return bare.startswith(_FUTURE) and len(bare) > 4 and not bare.startswith(_NO_FUTURE)
        return self.language == "tr" and word.endswith(("ecek", "acak", "ecegini", "acagini", "ecekler", "acaklar"))

    def _years_back(self, at: int, end: int) -> bool:
        """قبل عشر سنوات, ten years ago."""
        return not _YEARS_BACK.isdisjoint(self.words[max(0, at - 2) : min(end, at + 4)])

    def _old_years(self) -> list[int]:
        """The words that are a year before that of publication."""
        latest = self.year if self.year is not None else 2101
        numbers = [at for at, word in enumerate(self.words) if len(word) == 4 and word.isdecimal()]
        return [at for at in numbers if 1800 <= int(self.words[at]) < latest]


# --- as an enricher -----------------------------------------------------------------------------------------------


class EventsEnricher:
    """Says ``event`` of the parts of sentences that tell of one; every one of them is a candidate."""

    name = NAME
    version = VERSION
    languages = frozenset(_TELLING)
    needs = frozenset({"language", "entity"})
    provides = frozenset({"event"})
    cost = 0.2

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        return [list(_told(doc)) for doc in batch]


def _told(doc: Doc) -> Iterator[Annotation]:
    entities = [one for one in doc.found if one.what == "entity"]
    told = of_article(doc.title, doc.text, entities, language=doc.language, published_at=doc.published_at)
    for host, in_title, found in told:
        for one in found:
            yield Annotation(
                "event", one.start, one.end, in_title, one.kind, text=host[one.word_start : one.word_end],
                score=one.score,
                detail={
                    "candidate": True, "told": one.told, "word": [one.word_start, one.word_end],
                    "places": list(one.places), "actors": list(one.actors),
                },
            )  # fmt: skip
