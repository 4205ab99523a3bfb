"""Finding names of a compiled gazetteer in a text: longest match, proclitics seen through, everyday words left alone.

Pure: the text comes in, mentions go out; offsets count code points of the text as it was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rasid.enrich.around import AT, DONE, FROM, LOOSE, PEOPLE, SETTLED, inside, joined, naming, of_province, standing
from rasid.enrich.extents import CLUB_CUES, SPORT_WORDS, core
from rasid.enrich.listed import (
    ACRONYM,
    ANY_CASE,
    BIT,
    CITY,
    CITY_OF,
    COMMON,
    CONTEXT,
    COUNTRY,
    CUED,
    CURATED,
    ENTRY_AT,
    FLAGS,
    FLAGS_AT,
    INNER,
    MASK,
    NAMED,
    NATIONALITY,
    PLACED,
    REGION,
    SPORT,
    Entry,
    Listed,
    Openings,
)
from rasid.enrich.resolve import UNSURE, Found, settle
from rasid.enrich.tokens import Token, key_of, skip_letters, variants
from rasid.text.kept import Kept

_SENTENCE_END = re.compile(r"[.!?:\n•؟\"“”«»]")


@dataclass(slots=True)
class _Scan:
    """One text being read."""

    text: str
    tokens: Sequence[Token]
    language: str
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
        full, sport = self._told(scans)
        names = [hit for scan in scans for hit in scan.found]
        found = settle(names, self._entry, source=country, full=full, sport=sport)
        for hit in found:
            self._cut(hit, scans[hit.host])
        return found

    # --- reading ------------------------------------------------------------------------------------------------

    def _scan(self, text: str, tokens: Sequence[Token], language: str, host: int) -> _Scan:
        telling = language != "de" and capitals_tell(text, tokens)
        scan = _Scan(text, tokens, language, BIT.get(language, 0), host, telling)
        behind = 0
        for number, begins in enumerate(self._starts.all([token.folded for token in tokens])):
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
        if cut:
            start += skip_letters(scan.text[start : tokens[number].end], cut)
        span = (number, number + length)
        hit = Found(start, last.end, *span, [], False, scan.host, head=form, read=span)
        hit.around = naming(scan.text, tokens, number)
        hit.cued = hit.around > 0
        hit.inside = hit.cued
        if len(packed) > 1 or packed[0] >> FLAGS_AT & (CUED | CONTEXT | PLACED):
            self._look_around(scan, hit, cut)
        for value in packed:
            mask, flags = value & MASK, value >> FLAGS_AT & FLAGS
            if (not mask or not scan.bit or mask & scan.bit) and self._allowed(scan, hit, value >> ENTRY_AT, flags):
                hit.choices.append((value >> ENTRY_AT, flags))
        return hit if hit.choices else None

    def _look_around(self, scan: _Scan, hit: Found, cut: int) -> None:
        """What a name that is a word too is taken for by the words around it."""
        hit.province = of_province(scan.text, scan.tokens, hit.first, hit.last)
        hit.inside = hit.cued or inside(scan.text, scan.tokens, hit.first, scan.language)
        if hit.around < SETTLED:
            found = standing(scan.text, scan.tokens, hit.first, hit.last, scan.language)
            hit.around = max(hit.around, found) or found
        if hit.around < AT and scan.found and self._is_sure_place(scan.found[-1], hit.first):
            hit.around = AT if joined(scan.text, scan.tokens, hit.first, cut) else hit.around
        after = scan.tokens[hit.last : hit.last + 1]
        if after and after[0].folded in self._nationalities and scan.text[hit.end : after[0].start] == " ":
            hit.said = self._nation(after[0].folded)

    def _is_sure_place(self, before: Found, first: int) -> bool:
        """Whether a name that ends where another begins is that of a place for sure."""
        return before.last == first and any(
            (before.around >= FROM or not flags & CONTEXT) and self._entry(number).kind == "place"
            for number, flags in before.choices
        )

    def _nation(self, word: str) -> str:
        """The country of a word that says whose; empty where it may be several."""
        entries = [self._entry(value >> ENTRY_AT) for value in self._bearers(word) or ()]
        countries = {entry.country for entry in entries if entry.rank == NATIONALITY}
        return countries.pop() if len(countries) == 1 else ""

    def _allowed(self, scan: _Scan, hit: Found, entry: int, flags: int) -> bool:
        number = hit.first
        if flags & (CUED | PLACED):
            least = LOOSE if flags & PLACED else SETTLED if flags & CITY_OF else PEOPLE if flags & COMMON else DONE
            if hit.around < least and not (hit.said and self._entry(entry).country == hit.said):
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
        return not (flags & INNER and begins and not hit.cued)

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

    def _told(self, scans: Sequence[_Scan]) -> tuple[frozenset[int], bool]:
        """What is named in full, and whether the text is about sport: asked only where a name depends on it."""
        found = [hit for scan in scans for hit in scan.found]
        if not any(flags & (NAMED | SPORT) for hit in found for _, flags in hit.choices):
            return frozenset(), False
        full = {number for hit in found for number, flags in hit.choices if not flags & UNSURE}
        for hit in found:
            if hit.first and scans[hit.host].tokens[hit.first - 1].folded in CLUB_CUES:
                full.update(number for number, flags in hit.choices if flags & SPORT)
        words = [token.folded for scan in scans for token in scan.tokens]
        return frozenset(full), sum(map(SPORT_WORDS.__contains__, words)) >= max(2, len(words) / 100)

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
            not value >> FLAGS_AT & UNSURE and self._entry(value >> ENTRY_AT).ref == entry.ref for value in known
        )


def capitals_tell(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a capital says anything here: not in a headline that writes Every Word So."""
    if text.lower() == text:
        return True
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
