"""Finding names of a compiled gazetteer in a text: longest match, proclitics seen through, everyday words left alone.

Pure: the text comes in, mentions go out; offsets count code points of the text as it was given.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rasid.enrich import compile as compiled_form
from rasid.enrich.extents import CLUB_CUES, SPORT_WORDS, core
from rasid.enrich.listed import (
    ACRONYM,
    ANY_CASE,
    BIT,
    CITY,
    CONTEXT,
    COUNTRY,
    CUED,
    CURATED,
    INNER,
    NAMED,
    NATIONALITY,
    REGION,
    SPORT,
    Entry,
    Listed,
    Openings,
)
from rasid.enrich.tokens import Token, key_of, skip_letters, variants
from rasid.model import EntityMention, PlaceMention
from rasid.text.kept import Kept

_MASK = 0xFFFFFF
_SENTENCE_END = re.compile(r"[.!?:\n•؟\"“”«»]")

_ARABIC_CUES = (
    "مدينة بلدة قرية قرى ريف محافظة ناحية مطار معبر مخيم منطقة حي بلدات مدن مدينتي مدينتا محافظتي محافظتا بلدتي "
    "شمال جنوب شرق غرب شمالي جنوبي شرقي غربي وسط ضواحي ضاحية قضاء إقليم ولاية عاصمة العاصمة ميناء جزيرة جبل وادي "
    "قاعدة مرفأ سد قلعة مديرية أرياف ريفي"
)
_LATIN_CUES = (
    "city town village province governorate district region suburb port airport near "
    "ville village province région gouvernorat banlieue aéroport "
    "şehri ili ilçesi kenti bajarê"
)
_CUES = frozenset(key_of(word) for word in f"{_ARABIC_CUES} {_LATIN_CUES}".split())
_BETWEEN_CUE = frozenset({"of", "de", "d"})
_INSIDE = frozenset({"في", "وفي", "داخل", "خارج", "باتجاه"})
_UNSURE = CONTEXT | NAMED | SPORT


@dataclass(slots=True)
class Found:
    """A name that was found in one text, before it is decided which of several bearers it means.

    `first`/`last` are token numbers (last exclusive); `choices` are (entry number, flags); `host` is the number of
    the title or text it stands in, in the order in which they were given; `head` is its first word, no proclitic;
    `read` are the tokens that were read as one, titles and the like included.
    """

    start: int
    end: int
    first: int
    last: int
    choices: list[tuple[int, int]]
    cued: bool
    host: int = 0
    nested: bool = False
    head: str = ""
    read: tuple[int, int] = (0, 0)
    entry: Entry | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class _Around:
    """What a text tells of the names in it: its source's country, how often countries are surely named, the entries
    named in full, whether it is about sport.
    """

    source: str
    firm: Counter[str]
    full: frozenset[int]
    sport: bool


@dataclass(slots=True)
class _Scan:
    """One text being read."""

    text: str
    tokens: Sequence[Token]
    bit: int
    host: int
    capitals_tell: bool
    found: list[Found] = field(default_factory=list)


class Gazetteer:
    """A matcher over what `rasid.enrich.compile.load` gives; holds no state of a text and may be shared by threads."""

    def __init__(self, listed: Listed) -> None:
        self._entry = listed.entry
        self._bearers = listed.bearers
        self._openings = listed.openings
        self._blocked = listed.blocked
        self._starts = Kept(self._starts_of, 32_768)
        self._nationalities = listed.nationalities

    def find(
        self,
        hosts: Sequence[tuple[str, Sequence[Token]]],
        *,
        language: str = "",
        country: str = "",
    ) -> list[Found]:
        """Names in the hosts, in order, each with the one bearer that fits best.

        Args:
            hosts: texts that speak of one thing (a title and a body), each with its words.
            language: code of the text's language; names of other languages are left out. Empty takes all.
            country: ISO 3166 code of the source; its places and actors are preferred.
        """
        scans = [self._scan(text, tokens, language, number) for number, (text, tokens) in enumerate(hosts)]
        found = self._settle(scans, country)
        for hit in found:
            self._cut(hit, scans[hit.host])
        return found

    # --- reading ------------------------------------------------------------------------------------------------

    def _scan(self, text: str, tokens: Sequence[Token], language: str, host: int) -> _Scan:
        scan = _Scan(text, tokens, BIT.get(language, 0), host, language != "de" and _capitals_tell(text, tokens))
        behind = 0
        for number, begins in enumerate(self._starts.all(token.folded for token in tokens)):
            if begins and number >= behind:
                behind = self._longest(scan, number, begins) or behind
        return scan

    def _starts_of(self, word: str) -> tuple[tuple[str, int, Openings], ...]:
        """(form, letters cut off, names that begin so) of each way in which a name may begin at this word."""
        found = ((form, cut, self._openings(form)) for form, cut in variants(word))
        return tuple((form, cut, opens) for form, cut, opens in found if opens is not None)

    def _longest(self, scan: _Scan, number: int, begins: Iterable[tuple[str, int, Openings]]) -> int | None:
        """The token behind the longest name that begins here; None where none does. Fewest letters cut wins a tie."""
        best: tuple[int, int] | None = None
        hit: Found | None = None
        left = len(scan.tokens) - number
        second = scan.tokens[number + 1].folded if left > 1 else ""
        for form, cut, (lengths, seconds) in begins:
            goes_on = second in seconds
            for length in lengths:
                if best is not None and length <= best[0]:
                    break
                if length > left or (length > 1 and not goes_on):
                    continue
                made = self._look(scan, number, length, form, cut)
                if made is not None:
                    best, hit = (length, cut), made
                    break
        if best is None or hit is None:
            return None
        scan.found.append(hit)
        if best[0] > 1:
            scan.found.extend(self._inside(scan, hit))
        return number + best[0]

    def _look(self, scan: _Scan, number: int, length: int, form: str, cut: int) -> Found | None:
        tokens = scan.tokens
        last = tokens[number + length - 1]
        key = form if length == 1 else " ".join([form, *(t.folded for t in tokens[number + 1 : number + length])])
        packed = self._bearers(key)
        if packed is None or (cut and length == 1 and tokens[number].folded in self._blocked):
            return None
        start = tokens[number].start
        if length > 1 and not _unbroken(scan.text, tokens[number : number + length]):
            return None
        cued = number > 0 and _is_cue(tokens, number, scan.text)
        if cut:
            start += skip_letters(scan.text[start : tokens[number].end], cut)
        choices = []
        for value in packed:
            mask, flags = value & _MASK, value >> 24 & 0xFF
            if (not mask or not scan.bit or mask & scan.bit) and self._allowed(scan, number, length, flags, cued):
                choices.append((value >> 32, flags))
        if not choices:
            return None
        span = (number, number + length)
        return Found(start, last.end, *span, choices, cued, scan.host, head=form, read=span)

    def _allowed(self, scan: _Scan, number: int, length: int, flags: int, cued: bool) -> bool:
        if flags & CUED and not cued:
            return False
        first = scan.text[scan.tokens[number].start]
        if not first.isalpha() or first.lower() == first.upper():
            return True  # a script without capitals
        if flags & ACRONYM:
            token = scan.tokens[number]
            return scan.text[token.start : token.end].isupper() and scan.capitals_tell
        if flags & ANY_CASE:
            return True
        if not first.isupper():
            return False
        begins = not scan.capitals_tell or _begins_sentence(scan.text, scan.tokens[number].start)
        return not (flags & INNER and begins and not cued)

    def _inside(self, scan: _Scan, outer: Found) -> Iterator[Found]:
        """Persons and nationalities inside a longer name (نظام الأسد holds الأسد), towns inside a place."""
        entries = [self._entry(number) for number, _ in outer.choices]
        same = {entry.ref for entry in entries}
        # جنوب أفريقيا holds no other place, and a person's name no other person.
        town = any(entry.kind == "place" and entry.rank not in (COUNTRY, REGION) for entry in entries)
        person = any(entry.kind == "person" for entry in entries)
        for number in range(outer.first, outer.last):
            form = scan.tokens[number].folded
            hit = self._look(scan, number, 1, form, 0)
            if hit is None:
                continue
            hit.choices = [
                (number, flags)
                for number, flags in hit.choices
                if (entry := self._entry(number)).ref not in same
                and (
                    entry.kind == "nationality"
                    or (entry.kind == "person" and not person)
                    or (entry.kind == "place" and town and entry.rank in (CITY, COUNTRY))
                )
            ]
            if hit.choices:
                hit.nested = True
                yield hit

    # --- deciding -----------------------------------------------------------------------------------------------

    def _settle(self, scans: Sequence[_Scan], source: str) -> list[Found]:
        """Give each name its bearer; names that need another of their country beside them go where there is none."""
        found = [hit for scan in scans for hit in scan.found]
        firm = Counter(self._entry(n).country for hit in found for n in self._firm_bearers(hit))
        firm.pop("", None)
        around = _Around(source, firm, *self._told(scans))
        kept = []
        for hit in found:
            choices = [(n, flags) for n, flags in hit.choices if self._may(hit, n, flags, around)]
            if choices:
                hit.entry, hit.share = self._choose(_meant(hit, choices, scans[hit.host]), around)
                kept.append(hit)
        return kept

    def _told(self, scans: Sequence[_Scan]) -> tuple[frozenset[int], bool]:
        """What is named in full, and whether the text is about sport: asked only where a name depends on it."""
        found = [hit for scan in scans for hit in scan.found]
        if not any(flags & (NAMED | SPORT) for hit in found for _, flags in hit.choices):
            return frozenset(), False
        full = {number for hit in found for number, flags in hit.choices if not flags & _UNSURE}
        for hit in found:
            if hit.first and scans[hit.host].tokens[hit.first - 1].folded in CLUB_CUES:
                full.update(number for number, flags in hit.choices if flags & SPORT)
        words = [token.folded for scan in scans for token in scan.tokens]
        return frozenset(full), sum(word in SPORT_WORDS for word in words) >= max(2, len(words) / 100)

    def _firm_bearers(self, hit: Found) -> list[int]:
        """The bearers that lend their country to the rest of the text: of names that are sure, one country each."""
        sure = [n for n, flags in hit.choices if not flags & _UNSURE and not self._entry(n).context]
        ranked = [n for n in sure if self._entry(n).rank != CITY]
        if ranked:
            return ranked[:1]
        return sure if len({self._entry(n).country for n in sure}) == 1 else []

    def _may(self, hit: Found, number: int, flags: int, around: _Around) -> bool:
        if flags & (NAMED | SPORT):
            return number in around.full or (not flags & NAMED and around.sport)
        entry = self._entry(number)
        if not (flags & CONTEXT or entry.context):
            return True
        if hit.cued and not entry.context:
            return True
        return bool(entry.country) and (entry.country == around.source or entry.country in around.firm)

    def _choose(self, choices: Sequence[int], around: _Around) -> tuple[Entry, float]:
        """The likeliest bearer, and how likely it is against the others (0 to 1)."""
        if len(choices) == 1:
            return self._entry(choices[0]), 1.0
        weights = {number: self._weight(self._entry(number), around) for number in choices}
        best = max(choices, key=lambda number: weights[number])
        total = sum(10 ** (weight - weights[best]) for weight in weights.values())
        return self._entry(best), 1 / total

    def _weight(self, entry: Entry, around: _Around) -> float:
        """Log10 of how likely a bearer is: people, the source's country, countries that the text speaks of."""
        if entry.rank != CITY:
            return 9.0 - 0.1 * entry.rank
        if not entry.country:
            return math.log10(max(entry.people, 300))
        near = 1.0 * (entry.country == around.source) + min(2.0, 0.7 * around.firm[entry.country])
        return math.log10(max(entry.people, 300)) + near

    def _cut(self, hit: Found, scan: _Scan) -> None:
        """Leave off what only says what kind of thing is named, or whose it is."""
        entry = hit.entry
        size = hit.last - hit.first
        if entry is None or entry.rank != CURATED or size < 2 or hit.nested:
            return
        tokens = scan.tokens[hit.first : hit.last]
        words = [hit.head, *(token.folded for token in tokens[1:])]
        first, last = core(words, entry.sort, self._nationalities)
        if last - first == size or not self._stands_alone(words, first, last, entry):
            return
        hit.first, hit.last = hit.first + first, hit.first + last
        hit.end = scan.tokens[hit.last - 1].end
        if first:
            hit.start = scan.tokens[hit.first].start

    def _stands_alone(self, words: Sequence[str], first: int, last: int, entry: Entry) -> bool:
        """Whether a name is one without the words around it, and not known by all of them first."""
        if entry.kind == "person" or entry.sort == "org.sport":
            return True
        known = self._bearers(" ".join(words[first:last])) or ()
        return key_of(entry.arabic) != " ".join(words) and any(
            not value >> 24 & _UNSURE and self._entry(value >> 32).ref == entry.ref for value in known
        )


def _meant(hit: Found, choices: Sequence[tuple[int, int]], scan: _Scan) -> list[int]:
    """The bearers that may be meant: a club or a firm before a place of that name, but not behind "in"."""
    bare = [number for number, flags in choices if flags & (NAMED | SPORT)]
    others = [number for number, flags in choices if not flags & (NAMED | SPORT)]
    if not bare or not others:
        return bare or others
    inside = hit.cued or (hit.first > 0 and scan.tokens[hit.first - 1].folded in _INSIDE)
    return others if inside else bare


def _capitals_tell(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a capital says anything here: not in a headline that writes Every Word So."""
    capital = sum(text[token.start].isupper() for token in tokens)
    return capital <= 0.6 * len(tokens) or len(tokens) < 3


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 3) : start].rstrip(" '’(-–")
    return start < 2 or not before or bool(_SENTENCE_END.search(before[-1]))


def _unbroken(text: str, tokens: Sequence[Token]) -> bool:
    """Whether nothing but blanks, a hyphen or an apostrophe stands between the words of a name."""
    for left, right in pairwise(tokens):
        gap = text[left.end : right.start]
        if gap != " " and (len(gap) > 3 or gap.strip(" -'’ʼ`‘.ʿ\u00a0\u200f\u200e") or "\n" in gap):
            return False
    return True


def _is_cue(tokens: Sequence[Token], number: int, text: str) -> bool:
    before = tokens[number - 1]
    if text[before.end : tokens[number].start].strip(" \"'«“(-’"):
        return False
    if before.folded in _BETWEEN_CUE and number > 1:
        before = tokens[number - 2]
    return any(form in _CUES for form, _ in variants(before.folded))


# --- what is said of a name ---------------------------------------------------------------------------------------


def score_of(hit: Found) -> float:
    """How sure a mention is, 0 to 1: by what kind of list it comes from, then by rivals of the same name."""
    entry = hit.entry
    if entry is None:
        return 0.0
    flags = min((flags for _, flags in hit.choices), default=0)
    if entry.rank != CITY:
        sure = 0.8 if entry.context else 0.95
    else:
        sure = 0.9 if hit.cued else 0.85 if hit.last - hit.first > 1 else 0.6 if flags & CONTEXT else 0.8
    return round(sure * (0.5 + 0.5 * hit.share), 3)


def method_of(hit: Found) -> str:
    """The rule that found it."""
    entry = hit.entry
    if hit.nested:
        return "gazetteer-nested"
    if entry is not None and entry.rank == NATIONALITY:
        return "gazetteer-nationality"
    return "gazetteer-cue" if hit.cued and entry is not None and entry.rank == CITY else "gazetteer"


def entity_of(hit: Found, text: str, *, arabic: bool, in_title: bool = False) -> EntityMention:
    """A found name as a value; its name is the Arabic one in an Arabic-script text."""
    entry = hit.entry
    assert entry is not None
    name = (entry.arabic if arabic else entry.latin) or entry.latin or entry.arabic
    written = text[hit.start : hit.end]
    return EntityMention(
        hit.start, hit.end, written, entry.kind, name, entry.ref, score_of(hit), method_of(hit), in_title
    )


def place_of(hit: Found, *, arabic: bool, in_title: bool = False) -> PlaceMention | None:
    """The same as a point; None for what is no place or has no coordinates."""
    entry = hit.entry
    if entry is None or entry.kind != "place" or entry.lat is None or entry.lon is None:
        return None
    name = (entry.arabic if arabic else entry.latin) or entry.latin or entry.arabic
    return PlaceMention(
        entry.ref, name, entry.lat, entry.lon, entry.country, hit.start, hit.end, score_of(hit), in_title
    )


CREDITS = compiled_form.CREDITS
__all__ = ["COUNTRY", "CREDITS", "Found", "Gazetteer", "entity_of", "method_of", "place_of", "score_of"]
