"""Reported speech in English and French: "…" said X, X said that …, …, X said; selon X, according to X."""

from __future__ import annotations

from bisect import bisect_right

from rasid.enrich.speech.found import How, Page
from rasid.enrich.speech.layout import CLOSE, COLON, COMMA, END, OPEN, SEMICOLON
from rasid.enrich.speech.speakers import Names, Speaker, agency_at, of_name, written
from rasid.enrich.speech.words import Cue, Form, Noun, Role
from rasid.enrich.speech.words_latin import Lexicon, english, french

#: Words between a verb and "that" or a quotation mark; words of a speaker; words of a headline before its colon; of a
#: title before a name; words of a sentence that are what was said at least.
_REACH, _PHRASE, _HEAD, _TITLE, _LEAST = 14, 10, 8, 7, 3
#: Cues behind one, and words behind a verb, that are looked at.
_CUES, _REST = 8, 40


def read_english(page: Page, names: Names) -> None:
    """Add what is said in an English text."""
    _Reader(page, names, english()).read()


def read_french(page: Page, names: Names) -> None:
    """Add what is said in a French text."""
    _Reader(page, names, french()).read()


class _Reader:
    def __init__(self, page: Page, names: Names, lexicon: Lexicon) -> None:
        self.page, self.names, self.lexicon, self.layout = page, names, lexicon, page.layout
        self.words, self.gaps = page.layout.words, page.layout.gaps
        known = lexicon.cues
        self.cues: dict[int, Form] = {
            number: form
            for number, word in enumerate(self.words)
            if (form := known.get(word)) is not None and number not in page.inside
        }
        self.order = list(self.cues)

    def read(self) -> None:
        """Sentence by sentence, so that who spoke last is known."""
        at = 0
        for first, last in self.layout.sentences:
            here = at
            while at < len(self.order) and self.order[at] < last:
                at += 1
            self._headline(first, last)
            begin = self.page.begin(first)
            for number in self.order[here:at]:
                if self.page.full:
                    return
                begin = self._cue(number, begin, last)

    def _cue(self, number: int, begin: int, last: int) -> int:
        """Read a cue; returns where the next one may begin to look back."""
        form = self.cues[number]
        if form.cue is Cue.PER:
            return self._per(number, begin, last)
        return self._say(number, form, begin, last)

    # --- verbs --------------------------------------------------------------------------------------------------

    def _say(self, number: int, form: Form, begin: int, last: int) -> int:
        verb = self._verb_begins(number, begin)
        if verb > begin and self.words[verb - 1] in _NEGATIONS and not self.gaps.get(verb):
            return begin
        inverted = self._inverted(verb, begin)
        speaker = self._after(number + 1, last) if inverted else None
        phrase, carried = verb, False
        if speaker is None:
            speaker, phrase, carried = self._before(number, verb, begin, form)
        behind = max(number + 1, speaker.behind if inverted and speaker is not None else 0)
        how = self._how(number, form, speaker, carried, behind, last)
        if how is None:
            return begin
        in_front = self._quoted_in_front(how, phrase)
        found = self._opens(behind, last) if in_front else self._said_behind(number, form, behind, last)
        if found is not None:
            marks = self.gaps.get(found[0], 0)
            told = how._replace(score=how.score * found[1], opened=bool(marks & OPEN))
            end = self._ends(found[0], last)
            if self.page.add(found[0], end, told):
                self._remember(how)
                return end
        last_words = found is None and self._ends_soon(behind, last)
        if in_front or (last_words and self._clause_in_front(how, phrase, begin)):
            self._remember(how)
            return number + 1
        return begin

    def _verb_begins(self, number: int, begin: int) -> int:
        """The first word of the verb with its auxiliaries and adverbs."""
        at = number
        while at > begin and not self.gaps.get(at):
            # a-t-il ajouté: the pronoun stands between the two.
            turned = at - 2 >= begin and self.words[at - 1] in self.lexicon.pronouns and self.words[at - 2] in _TURNED
            if self.words[at - 1] not in self.lexicon.between and not turned:
                break
            at -= 1
        return at

    def _inverted(self, verb: int, begin: int) -> bool:
        """Whether the speaker stands behind: the verb follows a quotation mark or a comma at once."""
        told = self.words[verb] in ("told", "tells")
        return (
            not told and verb > begin and bool(self.gaps.get(verb, 0) & (CLOSE | COMMA)) and verb not in self.names.ends
        )

    def _said_behind(self, number: int, form: Form, behind: int, last: int) -> tuple[int, float] | None:
        """Where what was said begins behind the verb, and how sure that is; None where it does not stand there."""
        words, lexicon = self.words, self.lexicon
        for at in range(behind, min(last, behind + _REACH)):
            marks = self.gaps.get(at, 0)
            if marks & OPEN and self.page.quoted_at(at) is not None:
                return at, 0.9
            if marks & (COLON | SEMICOLON | END):
                return (at, 0.8) if marks & COLON else None
            if words[at] in lexicon.that:
                return (at + 1, 0.85) if at + 1 < last else None
            if at in self.cues and at > number:
                break
        if words[number] not in lexicon.bare:
            return None
        return self._bare(behind, last)

    def _opens(self, behind: int, last: int) -> tuple[int, float] | None:
        """The next quotation mark of the sentence: "…," X said, "…"."""
        for at in range(behind, min(last, behind + _REACH)):
            if self.gaps.get(at, 0) & OPEN and self.page.quoted_at(at) is not None:
                return at, 0.9
        return None

    def _bare(self, behind: int, last: int) -> tuple[int, float] | None:
        """X said (on Tuesday) the … : no "that"; what is left behind time, place and hearers must be a sentence."""
        at = behind
        while at < last and (
            self.words[at] in _SKIPPED or (at in self.names.at and self.words[at - 1] in ("told", "to"))
        ):
            named = self.names.at.get(at)
            at = named.last if named is not None and self.words[at - 1] in ("told", "to") else at + 1
        while at > behind and self.words[at - 1] in ("the", "a", "an", "this"):
            at -= 1  # they open what was said
        if last - at < _LEAST or self.gaps.get(at, 0) & ~COMMA:
            return None
        return at, 0.75

    def _ends(self, begin: int, last: int) -> int:
        """The word behind what was said: where a participle or a source behind a comma follows."""
        here = bisect_right(self.order, begin)
        for number in self.order[here : here + _CUES]:
            if number < last and self.gaps.get(number, 0) & COMMA and self.cues[number].cue is not Cue.SAY:
                return number
        return last

    def _quoted_in_front(self, how: How, phrase: int) -> bool:
        """ "…," X said: a quotation stands right before the speaker or the verb."""
        quoted = self.page.quoted_before(phrase)
        if quoted is None or not self.gaps.get(phrase, 0) & CLOSE:
            return False
        self.page.add_direct(quoted, how._replace(score=0.9 * how.score))
        return True

    def _clause_in_front(self, how: How, phrase: int, begin: int) -> bool:
        """…, X said: what was said is the sentence before."""
        if not self.gaps.get(phrase, 0) & COMMA or phrase - begin < _LEAST or self.page.covered(begin, phrase):
            return False
        return self.page.add(begin, phrase, how._replace(score=0.85 * how.score))

    def _ends_soon(self, behind: int, last: int) -> bool:
        """Whether but time and place follow a verb."""
        end = min(last, behind + _REST)
        rest = next((at for at in range(behind, end) if self.gaps.get(at, 0) & COMMA), end)
        return rest - behind <= _LEAST or all(word in self.lexicon.fillers for word in self.words[behind:rest])

    def _how(
        self, number: int, form: Form, speaker: Speaker | None, carried: bool, behind: int, last: int
    ) -> How | None:
        """Who said it and by which means; `score` is but how sure the speaker is."""
        if speaker is None:
            return None
        near = self.words[number : min(last, behind + 12)]
        via = form.via or next((self.lexicon.via[word] for word in near if word in self.lexicon.via), None)
        carrier = self._told(number, min(last, number + 4))
        return How(number, speaker, speaker.sure * (0.8 if carried else 1.0), carried, via, carrier)

    def _told(self, number: int, at: int) -> Speaker | None:
        """Whom it was told to, where that is an agency or a paper."""
        for near in range(number + 1, at):
            named = self.names.at.get(near)
            if named is not None and named.mention.kind == "org":
                told = of_name(self.layout, named)
                return told if told.role in (Role.AGENCY, Role.MEDIA) else None
        return None

    def _remember(self, how: How) -> None:
        if how.speaker is not None and not how.carried:
            self.page.source(how.speaker)
            self.page.memory.keep(how.speaker)

    # --- according to -------------------------------------------------------------------------------------------

    def _per(self, number: int, begin: int, last: int) -> int:
        word, at = self.words[number], number + 1
        second = self.lexicon.per_second.get(word)
        start = number
        if second == "to":
            if at >= last or self.words[at] != "to":
                return begin
            at += 1
        elif second is not None:
            if number == 0 or self.words[number - 1] != second:
                return begin
            start = number - 1
        speaker = self._after(at, last)
        if speaker is None or speaker.role is Role.UNKNOWN:
            return begin
        self.page.source(speaker)
        how = How(number, speaker, 0.7 * speaker.sure)
        if start - begin <= 1:
            near = range(speaker.behind, min(last, speaker.behind + _PHRASE))
            behind = next((n for n in near if self.gaps.get(n, 0) & COMMA), None)
            if behind is not None and not self._cue_in(behind, last) and self.page.add(behind, last, how):
                self.page.memory.keep(speaker)
            return begin
        if self.page.covered(begin, start) is None and self.page.add(begin, start, how):
            self.page.memory.keep(speaker)
        return max(begin, speaker.behind)

    def _cue_in(self, first: int, last: int) -> bool:
        here = bisect_right(self.order, first - 1)
        return here < len(self.order) and self.order[here] < last

    def _headline(self, first: int, last: int) -> None:
        """Biden: we will …: a name alone before a colon at the beginning of a sentence."""
        colon = next((at for at in range(first + 1, min(last, first + _HEAD)) if self.gaps.get(at, 0) & COLON), None)
        named = self.names.ends.get(colon) if colon is not None else None
        if (
            colon is None
            or named is None
            or named.mention.kind == "place"
            or any(n in self.cues for n in range(first, colon))
        ):
            return
        title = self._title(named.first, first)
        if title != first:
            return
        speaker = of_name(self.layout, named, title_from=title)
        if self.page.add(colon, last, How(None, speaker, 0.75)):
            self._remember(How(None, speaker, 0.75))

    # --- who ----------------------------------------------------------------------------------------------------

    def _before(self, number: int, verb: int, begin: int, form: Form) -> tuple[Speaker | None, int, bool]:
        """The speaker before a verb, the first word of his phrase, and whether he was named before."""
        if form.cue is Cue.DOING:
            return self._doing(number, begin)
        before = self.words[verb - 1] if verb > begin else ""
        pronoun = before in self.lexicon.pronouns or any(
            self.words[n] in self.lexicon.pronouns for n in range(verb, number)
        )
        if pronoun or not before:
            last = self.page.memory.last()
            phrase = verb - 1 if before in self.lexicon.pronouns else verb
            return (last[0]._replace(sure=last[1]) if last is not None else None), phrase, True
        named = self.names.ends.get(verb)
        if named is not None and not self.gaps.get(verb, 0) & ~COMMA:
            title = self._title(named.first, begin)
            return of_name(self.layout, named, title_from=title), title, False
        if self.gaps.get(verb, 0) & COMMA:
            return self._apposed(verb, begin)
        return self._phrase_before(verb, begin)

    def _doing(self, number: int, begin: int) -> tuple[Speaker | None, int, bool]:
        last = self.page.memory.last()
        return (last[0]._replace(sure=0.9 * last[1]) if last is not None else None), number, True

    def _apposed(self, verb: int, begin: int) -> tuple[Speaker | None, int, bool]:
        """X, the foreign minister, said: a name that a comma follows."""
        for at in range(verb - 1, max(begin, verb - 16) - 1, -1):
            named = self.names.at.get(at)
            if named is not None and self.gaps.get(named.last, 0) & COMMA and named.mention.kind in ("person", "org"):
                title = self._title(named.first, begin)
                return of_name(self.layout, named, title_from=title, sure=0.9), title, False
        first = verb - 1
        while first > begin and not self.gaps.get(first):
            first -= 1
        if verb - first <= 4 and all(self._capital(at) for at in range(first, verb)):
            return self._unlisted(first, verb), self._noun_before(first, begin), False
        return None, verb, False

    def _noun_before(self, first: int, begin: int) -> int:
        """The minister of electricity, X, said: where the phrase before a name between commas begins."""
        for at in range(first - 1, max(begin, first - _PHRASE) - 1, -1):
            if self.gaps.get(at) or at == begin:
                return at
        return first

    def _unlisted(self, first: int, last: int, title: str | None = None) -> Speaker:
        """A name that no list has: who was called so before, else a new one."""
        name = written(self.layout, first, last)
        known = self.page.memory.called(name)
        if known is not None:
            return known._replace(first=first, last=last, behind=last, sure=0.9, named=None)
        role = Role.NAMED if last - first > 1 else Role.UNKNOWN
        return Speaker(first, last, name, role, title=title, sure=0.8 if title else 0.6, behind=last)

    def _title(self, first: int, begin: int) -> int:
        """The first word of the title before a name: Turkish Foreign Minister Hakan Fidan."""
        at = title = first
        while at > begin and first - at < _TITLE and not self.gaps.get(at):
            at -= 1
            noun = self.lexicon.nouns.get(self.words[at])
            capital = self.layout.text[self.layout.tokens[at].start].isupper()
            if (noun is not None and noun.title) or (title < first and (capital or at in self.names.nationalities)):
                title = at
            elif not (capital or self.words[at] in ("of", "de", "des", "du", "d", "l", "la", "les")):
                break
        return title

    def _phrase_before(self, verb: int, begin: int) -> tuple[Speaker | None, int, bool]:
        """A noun phrase that ends at the verb (two officials, the Foreign Ministry), or a name that no list has."""
        first = verb
        while first > begin and verb - first < _PHRASE and not self.gaps.get(first):
            first -= 1
        noun_at = next((n for n in range(verb - 1, first - 1, -1) if self.words[n] in self.lexicon.nouns), None)
        if noun_at is not None:
            head = self._head(noun_at, first)
            return self._noun_phrase(head, noun_at, verb), head, False
        capital = verb
        while capital > first and self._capital(capital - 1):
            capital -= 1
        if capital < verb:
            return self._unlisted(capital, verb), capital, False
        return None, verb, False

    def _head(self, noun: int, first: int) -> int:
        """Where the phrase of a noun begins: at its article or number, or at the gap before."""
        for at in range(noun - 1, first - 1, -1):
            if self.words[at] in self.lexicon.heads:
                return at
        return first if noun - first <= 3 else noun

    def _capital(self, at: int) -> bool:
        return self.layout.text[self.layout.tokens[at].start].isupper()

    def _noun_phrase(self, first: int, noun_at: int, behind: int) -> Speaker:
        noun: Noun = self.lexicon.nouns[self.words[noun_at]]
        capital = behind
        while capital > noun_at + 1 and self._capital(capital - 1):
            capital -= 1
        if noun.title and behind - capital > 1 and self.names.covered.isdisjoint(range(capital, behind)):
            return self._unlisted(capital, behind, written(self.layout, first, capital))
        named = next((self.names.at[n] for n in range(first, behind) if n in self.names.at), None)
        ref = (
            named.mention.ref
            if named is not None and named.mention.kind == "org" and noun.role is not Role.ANONYMOUS
            else None
        )
        return Speaker(first, behind, written(self.layout, first, behind), noun.role, ref, sure=0.95, behind=behind)

    def _after(self, first: int, last: int) -> Speaker | None:
        """The speaker behind a verb or "according to": a title with its name, a name, a noun and what belongs to it."""
        end = first
        while end < last and end - first < _PHRASE and not (end > first and self.gaps.get(end)):
            end += 1
        if end == first or self.gaps.get(first, 0) & ~COMMA:
            return None
        for at in range(first, end):
            named = self.names.at.get(at)
            if named is None or named.last > end:
                continue
            if named.mention.kind == "person":
                return of_name(self.layout, named, title_from=first)._replace(behind=named.last)
            if at == first or (self.words[first] in self.lexicon.heads and at == first + 1):
                return of_name(self.layout, named)._replace(behind=end)
        agency = agency_at(self.layout, first)
        if agency is not None:
            return Speaker(
                first,
                agency[1],
                written(self.layout, first, agency[1]),
                Role.AGENCY,
                None,
                None,
                agency[0],
                1.0,
                agency[1],
            )
        noun_at = next((n for n in range(first, end) if self.words[n] in self.lexicon.nouns), None)
        if noun_at is not None:
            return self._noun_phrase(first, noun_at, end)
        capital = first
        while capital < end and self._capital(capital):
            capital += 1
        if capital == first:
            return None
        return self._unlisted(first, capital)


_NEGATIONS = frozenset(("not", "n", "pas", "never", "didn", "jamais"))
#: Before a pronoun that stands behind its verb.
_TURNED = frozenset(("t", "a", "ont", "avait"))
#: Between "said" and what was said without "that".
_SKIPPED = english().fillers
