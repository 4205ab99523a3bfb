"""Reported speech in Turkish, whose verb stands last: X, "…" dedi; X, …olduğunu söyledi; X'e göre …"""

from __future__ import annotations

from bisect import bisect_right

from rasid.enrich.speech.found import SPOKEN, How, Page
from rasid.enrich.speech.layout import CLOSE, COLON, COMMA, Quoted
from rasid.enrich.speech.speakers import Named, Names, Speaker, of_name, written
from rasid.enrich.speech.words import Noun, Role
from rasid.enrich.speech.words_latin import turkish

#: Words of a sentence among which its speaker stands; words between a quotation and its verb; words of a headline.
_SUBJECT, _NEAR, _HEAD, _TITLE = 14, 6, 8, 5


def read(page: Page, names: Names) -> None:
    """Add what is said in a Turkish text."""
    reader = _Reader(page, names)
    for first, last in page.layout.sentences:
        if page.full:
            return
        reader.sentence(first, last)


class _Reader:
    def __init__(self, page: Page, names: Names) -> None:
        self.page, self.names, self.layout, self.lexicon = page, names, page.layout, turkish()
        self.words, self.gaps = page.layout.words, page.layout.gaps
        self.ends = [quoted.last for quoted in page.layout.quoted]

    def sentence(self, first: int, last: int) -> None:
        """One sentence: who is behind it, then each verb of speech in it."""
        begin = self._according(first, last)
        self._headline(first, last)
        for number in range(begin, last):
            if number not in self.page.inside and self._speaks(number):
                self._verb(number, begin, last)
                begin = number + 1

    def _speaks(self, number: int) -> bool:
        word = self.words[number]
        if word in self.lexicon.verbs:
            return True
        behind = self.lexicon.after.get(word)
        return behind is not None and number > 0 and self.words[number - 1] in behind

    def _verb(self, number: int, first: int, last: int) -> None:
        verb = number - (self.words[number] in self.lexicon.after)
        while verb > first and self.words[verb - 1] in self.lexicon.direct:
            verb -= 1
        quoted = self._quoted(first, verb)
        before = quoted.first if quoted is not None else verb
        speaker = self._speaker(first, before)
        if speaker is None and quoted is not None and quoted.last < verb:
            speaker = self._speaker(quoted.last, verb)
        how = self._how(number, speaker, 0.9 if quoted is not None else 0.75, first)
        if how is None:
            return
        if quoted is not None and verb - quoted.last <= _NEAR:
            self.page.add_direct(quoted, how)
        else:
            begin = speaker.behind if speaker is not None else first
            if verb - begin < 2 or not self.page.add(begin, verb, how):
                return
        if speaker is not None:
            self.page.source(speaker)
            self.page.memory.keep(speaker)

    def _quoted(self, first: int, verb: int) -> Quoted | None:
        """The last passage between quotation marks from a word to a verb, if it is long enough to be speech."""
        at = bisect_right(self.ends, verb) - 1
        quoted = self.layout.quoted[at] if at >= 0 else None
        return quoted if quoted is not None and quoted.first >= first and quoted.last - quoted.first >= SPOKEN else None

    def _how(self, number: int, speaker: Speaker | None, sure: float, first: int) -> How | None:
        via = next((v for n in range(first, number) if (v := self.lexicon.via.get(self.words[n])) is not None), None)
        if speaker is not None:
            return How(number, speaker, sure * speaker.sure, False, via)
        last = self.page.memory.last()
        return How(number, last[0], sure * last[1], True, via) if last is not None else None

    def _according(self, first: int, last: int) -> int:
        """X'e göre …: the speaker stands before göre; returns where the rest begins."""
        at = next((n for n in range(first + 1, min(last, first + _SUBJECT)) if self.words[n] == "gore"), None)
        if at is None or at in self.page.inside or at + 1 >= last:
            return first
        end = at - 1 if self.words[at - 1] in self.lexicon.tails else at
        speaker = self._ending(first, end)
        if speaker is None:
            return first
        self.page.source(speaker)
        if self.page.add(at + 1, last, How(at, speaker, 0.7)):
            self.page.memory.keep(speaker)
        return at + 1

    def _ending(self, first: int, end: int) -> Speaker | None:
        """Who is named by the words that end at a word."""
        named = self.names.ends.get(end)
        if named is not None:
            return of_name(self.layout, named, title_from=self._title(named, first))
        noun = self._noun(end - 1)
        if noun is None or end <= first:
            return None
        return Speaker(first, end, written(self.layout, first, end), noun.role, sure=0.95, behind=end)

    def _headline(self, first: int, last: int) -> None:
        """Erdoğan: …: a name alone before a colon at the beginning of a sentence."""
        colon = next((at for at in range(first + 1, min(last, first + _HEAD)) if self.gaps.get(at, 0) & COLON), None)
        named = self.names.ends.get(colon) if colon is not None else None
        if colon is None or named is None or named.mention.kind == "place" or self._title(named, first) != first:
            return
        speaker = of_name(self.layout, named, title_from=first)
        if self.page.add(colon, last, How(None, speaker, 0.75)):
            self.page.source(speaker)
            self.page.memory.keep(speaker)

    def _speaker(self, first: int, limit: int) -> Speaker | None:
        """The subject of a sentence: the first person or body among its words; else a noun for one before a comma."""
        found: Speaker | None = None
        for at in range(first, min(limit, first + _SUBJECT)):
            named = self.names.at.get(at)
            if named is None or named.last > limit or self._owned(named):
                continue
            if named.mention.kind == "person":
                return of_name(self.layout, named, title_from=self._title(named, first), sure=0.95)
            if found is None and named.mention.kind == "org":
                found = of_name(self.layout, named, sure=0.85)
        noun_at = next(
            (
                n
                for n in range(first, min(limit, first + _SUBJECT))
                if self._noun(n) is not None and self._closed(n + 1)
            ),
            None,
        )
        if noun_at is not None and (found is None or found.last <= noun_at + 1):
            noun = self._noun(noun_at)
            assert noun is not None
            name = written(self.layout, first, noun_at + 1)
            ref = found.ref if found is not None and noun.role is Role.OFFICE else None
            return Speaker(first, noun_at + 1, name, noun.role, ref, sure=0.9, behind=noun_at + 1)
        return found

    def _closed(self, number: int) -> bool:
        return bool(self.gaps.get(number, 0) & (COMMA | COLON | CLOSE)) or number == len(self.words)

    def _noun(self, number: int) -> Noun | None:
        return self.lexicon.nouns.get(self.words[number])

    def _owned(self, named: Named) -> bool:
        """Erdoğan'ın …: a name that something belongs to is no subject."""
        return named.last < len(self.words) and self.words[named.last] in self.lexicon.genitive

    def _title(self, named: Named, first: int) -> int:
        """The first word of the title before a name: Dışişleri Bakanı Hakan Fidan."""
        at = title = named.first
        while at > first and named.first - at < _TITLE and not self.gaps.get(at):
            at -= 1
            if not self.layout.text[self.layout.tokens[at].start].isupper():
                break
            title = at
        return title
