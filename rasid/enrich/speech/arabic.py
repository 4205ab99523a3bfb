"""Reported speech in Arabic: the verb first (قال فلان إن), the speaker first (فلان قال إن), or behind (بحسب فلان)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import lru_cache

from rasid.enrich.speech import words as lexicon
from rasid.enrich.speech.found import SPOKEN, How, Page
from rasid.enrich.speech.layout import CLOSE, COLON, COMMA, END, OPEN, SEMICOLON, Layout, Quoted
from rasid.enrich.speech.speakers import Named, Names, Speaker, agency_at, of_name, written
from rasid.enrich.speech.words import Cue, Form, Noun, Role

#: Words between a verb and what was said; words of a speaker; words between a name and the noun that tells what was
#: said; words of a headline before its colon.
_REACH, _PHRASE, _NEAR, _HEAD = 45, 14, 8, 10
#: Words of a name between quotation marks.
_NAME = 4
_RELATIVES = frozenset(("الذي", "التي", "الذين", "اللذين", "قد", "وقد", "كان", "كانت", "كانوا"))
_BE = frozenset(("كان", "وكان", "كانت", "وكانت"))
_SAYS = frozenset(("قال", "قالت", "قالوا", "يقول", "تقول", "وقال", "وقالت", "وقالوا", "ويقول", "وتقول"))
#: Between a passage in quotation marks and the verb behind it.
_FILLERS = frozenset(("كما", "هكذا", "هذا", "ما", "بهذا", "بحسب", "حسب", "وفق", "حسبما"))
#: Behind a comma these open what another says.
_MEANWHILE = frozenset(("فيما", "بينما", "حين", "كما", "اذ"))
_LED_IN = _MEANWHILE | frozenset(("علي", "وكما"))
_IN = frozenset(("في", "فيه", "فيها"))
_NOBODY = frozenset(
    ("فيه", "فيها", "عنه", "عنها", "به", "بها", "له", "لها", "منه", "منها", "عليه", "عليها", "لي", "لنا")
)
_INNER = frozenset(("في", "من", "لدي"))
_AND_HIS_LIKE = frozenset(("ونظيره", "ونظيرته", "ونظيرها", "ونظيرتها"))


def read(page: Page, names: Names) -> None:
    """Add what is said in an Arabic text."""
    _Reader(page, names).read()


class _Reader:
    def __init__(self, page: Page, names: Names) -> None:
        self.page, self.names, self.layout = page, names, page.layout
        self.words, self.gaps = page.layout.words, page.layout.gaps
        self.nouns: Mapping[str, Noun] = lexicon.arabic_nouns()
        self.phrases = Phrases(self.layout, names, self.nouns)
        known = lexicon.arabic_cues()
        self.cues: dict[int, Form] = {
            number: form
            for number, word in enumerate(self.words)
            if (form := known.get(word)) is not None and number not in page.inside
        }
        self.order = list(self.cues)
        self.colons = [number for number, marks in self.gaps.items() if marks & COLON]
        #: Cues that another one took along (بحسب ما قال).
        self.taken: set[int] = set()

    def read(self) -> None:
        """Sentence by sentence, so that who spoke last is known."""
        at = 0
        for first, last in self.layout.sentences:
            here = at
            while at < len(self.order) and self.order[at] < last:
                at += 1
            self._headline(first, last, self.order[here] if here < at else last)
            for number in self.order[here:at]:
                if self.page.full:
                    return
                if number not in self.taken:
                    self._cue(number, first, last)

    def _cue(self, number: int, first: int, last: int) -> None:
        form = self.cues[number]
        if form.cue is Cue.PER:
            self._per(number, first, last)
        elif form.cue is Cue.CONVEY:
            self._convey(number, last)
        elif form.cue is not Cue.SAYING and not self._refused(number, first):
            self._say(number, form, first, last)

    def _refused(self, number: int, first: int) -> bool:
        return number > first and self.words[number - 1] in lexicon.NEGATIONS and not self.gaps.get(number)

    # --- verbs --------------------------------------------------------------------------------------------------

    def _say(self, number: int, form: Form, first: int, last: int) -> None:
        """A verb or a participle: what was said stands behind "that", a colon or a quotation mark, or before it."""
        begins = self._begins(number, last)
        if self.words[number] in lexicon.COMES and (number + 1 >= last or self.words[number + 1] not in _IN):
            return
        if begins is None and self._said_before(number, form, first, last):
            return
        if begins is None:
            self._noun_told(number, form, first, last)
            return
        at, sure = begins
        how = self._how(number, form, first, at, sure)
        if how is not None and self.page.add(at, self._ends(at, last), how, own=self._next_said(at)):
            self._remember(how, form)

    def _begins(self, number: int, last: int) -> tuple[int, float] | None:
        """The word at which what was said begins, and how sure that is; None where nothing tells it."""
        words, gaps, opener = self.words, self.gaps, self.cues.get(number)
        to = (opener.to or ()) if opener is not None else ()
        reach = 2 if opener is not None and opener.near else _REACH
        for at in range(number + 1, min(last, number + reach)):
            marks, before = gaps.get(at, 0), words[at - 1]
            if marks & OPEN and self._speech_opens(number, at, to):
                return at, 0.9
            if marks & COLON:
                return at, 0.8
            if marks & (SEMICOLON | END):
                return None
            if words[at] in lexicon.THAT and self._opens(at, to):
                if opener is not None and not opener.that:
                    return None
                at = self._true_that(number, at, last)
                begin = at + 1 if words[at] in lexicon.THAT_BARE else at
                return (begin, 0.85) if begin < last else None
            form = self.cues.get(at)
            if form is not None and form.cue in (Cue.SAY, Cue.DOING) and before not in _RELATIVES:
                return None
        return None

    def _speech_opens(self, number: int, at: int, to: tuple[str, ...]) -> bool:
        """Whether what a quotation mark opens is speech, no name (شركة «…») and no part of the sentence (في «…»)."""
        quoted, before = self.page.quoted_at(at), self.words[at - 1]
        if quoted is None or (before in lexicon.PREPOSITIONS and before not in to):
            return False
        if (
            before in self.nouns
            and self.nouns[before].role in (Role.OFFICE, Role.MEDIA, Role.AGENCY)
            and at > number + 2
        ):
            return False
        return at == number + 1 or quoted.last - quoted.first > SPOKEN

    def _opens(self, at: int, to: tuple[str, ...]) -> bool:
        """Whether "that" may open what was said: not بعد أن, and إلى أن only behind a verb that goes with إلى."""
        before = self.words[at - 1]
        return before not in lexicon.NO_THAT_BEHIND and (before not in lexicon.BEFORE_THAT or before in to)

    def _true_that(self, number: int, at: int, last: int) -> int:
        """قالت المعارضة التي تريد أن …، إن …: behind قال, إن opens what was said, if one stands behind a comma."""
        if self.words[number] not in _SAYS or not self._above(at):
            return at
        for other in range(at + 1, min(last, number + _REACH)):
            if other in self.cues:
                break
            if self.words[other] in lexicon.THAT and self.gaps.get(other, 0) & COMMA and not self._above(other):
                return other
        return at

    def _above(self, at: int) -> bool:
        """Whether "that" is written with the hamza above (أن)."""
        return self.layout.text[self.layout.tokens[at].start] == "أ"

    def _ends(self, begin: int, last: int) -> int:
        """The word behind what was said: where the next speech of the same sentence opens, or the sentence ends."""
        quoted = self.page.quoted_at(begin)
        here = bisect_right(self.order, quoted.last - 1 if quoted is not None else begin)
        for number in self.order[here : here + 8]:
            if number >= last:
                break
            form = self.cues[number]
            if form.cue is Cue.SAYING and self.words[number - 1] == "حد":
                return number - 2
            if form.cue is Cue.PER:
                as_said = self.words[number] != "كما" or self._as_said(number, begin, last)
                opens = as_said and self._source_behind(number, last) is not None
            elif form.cue is Cue.SAY:
                opens = form.joined or (self.words[number - 1] in _MEANWHILE and bool(self.gaps.get(number - 1)))
            else:
                opens = form.cue is Cue.DOING
            if opens:
                return number - self._led_in(number)
        return last

    def _next_said(self, begin: int) -> int | None:
        """The next word that makes somebody speak."""
        here = bisect_right(self.order, begin)
        return self.order[here] if here < len(self.order) else None

    def _led_in(self, number: int) -> int:
        """Words before a cue that belong to it: كما before قال, على حد before قول."""
        before = self.words[number - 1]
        return 2 if before == "حد" else 1 if before in _LED_IN else 0

    def _how(self, number: int, form: Form, first: int, at: int, sure: float) -> How | None:
        """Who said it, and how sure that is; None where the form names nobody and cannot be carried over."""
        marks, comes = self.gaps.get(at, 0), self.words[number] in lexicon.COMES
        if comes and self.words[number + 1] != "في":
            return self._doing(number, first, sure, "statement", None)
        speaker = self._speaker(number + 1 + comes, at)
        if form.needs and not marks & (OPEN | COLON) and (speaker is None or speaker.role is Role.UNKNOWN):
            speaker = self._subject_before(number, first)
            if speaker is None and not form.joined:
                return None
        via, carrier = self._channel(number + 1 if speaker is None else speaker.behind, at)
        via = form.via or via or ("statement" if speaker is not None and speaker.statement else None)
        if speaker is None and form.cue is Cue.DOING:
            return self._doing(number, first, sure, via, carrier)
        if speaker is None:
            speaker = self._subject_before(number, first) or self._subject_ahead(number, form, first)
        if speaker is not None and speaker.role is Role.UNKNOWN and at - speaker.behind > 3:
            sure *= 0.5  # words between that belong to neither
        if speaker is not None:
            self.page.source(speaker)
            return How(number, speaker, sure * speaker.sure, False, via, carrier, bool(marks & OPEN))
        if form.present and not form.joined and form.cue is Cue.SAY and self.words[number] not in ("يقول", "تقول"):
            return None
        last = self.page.memory.last(None if form.plural else form.feminine)
        if last is None:
            return How(number, None, sure * 0.45, False, via, carrier, bool(marks & OPEN))
        if form.plural and last[0].role is Role.NAMED:
            sure *= 0.5
        if not form.joined and number - first > 2:
            sure *= 0.75  # somebody may stand before the verb whom no list knows
        return How(number, last[0], sure * last[1], True, via, carrier, bool(marks & OPEN))

    def _doing(self, number: int, first: int, sure: float, via: str | None, carrier: Speaker | None) -> How | None:
        """A participle: whoever spoke before it in the sentence, else the first person or body that is named there."""
        for one in reversed(self.page.said[-4:]):
            if one.how.speaker is not None and one.how.verb is not None and first <= one.how.verb < number:
                return How(number, one.how.speaker, sure * 0.9, True, via, carrier)
        named = self._subject_of(number, first)
        if named is not None:
            speaker = of_name(self.layout, named, sure=0.7)
            self.page.source(speaker)
            return How(number, speaker, sure * 0.7, False, via, carrier)
        last = self.page.memory.last()
        return How(number, last[0], sure * 0.6, True, via, carrier) if last is not None else None

    def _subject_of(self, number: int, first: int) -> Named | None:
        """The first person that a sentence names before a word; a body only among its first words."""
        for at in range(first, min(number, first + _REACH)):
            named = self.names.at.get(at)
            if named is None or named.cut:
                continue
            if named.mention.kind == "person" or (named.mention.kind == "org" and at - first < 5):
                return named
        return None

    def _said_before(self, number: int, form: Form, first: int, last: int) -> bool:
        """«…»، قال فلان: the verb stands behind what was said."""
        before = number
        while before > first and self.words[before - 1] in _FILLERS:
            before -= 1
        quoted = self.page.quoted_before(before)
        if quoted is None or not self.gaps.get(before, 0) & CLOSE or form.cue is not Cue.SAY:
            return False
        speaker = self._speaker(number + 1, min(last, number + _PHRASE))
        carried = self.page.memory.last(form.feminine) if speaker is None else None
        if speaker is not None:
            self.page.source(speaker)
            how = How(number, speaker, 0.9 * speaker.sure, False, form.via)
        elif carried is not None:
            how = How(number, carried[0], 0.9 * carried[1], True, form.via)
        else:
            return False
        self.page.add_direct(quoted, how)
        self._remember(how, form)
        return True

    def _noun_told(self, number: int, form: Form, first: int, last: int) -> None:
        """شدد على ضرورة …, نفى الأنباء …: no "that", but a noun tells what was said."""
        if form.to is None:
            return
        begin = self._preposition(number, form.to, last)
        speaker = self._speaker(number + 1, begin or min(last, number + _PHRASE))
        if speaker is not None and speaker.sure * (speaker.role is not Role.UNKNOWN) < 0.6:
            return
        if begin is None and (speaker is None or form.needs or "" not in form.to):
            return
        if begin is None and speaker is not None:
            begin = self._object(speaker, last)
        if begin is None:
            return
        sure, carried = 0.6, False
        if speaker is None:
            speaker = self._subject_before(number, first) if form.cue is Cue.SAY else None
        if speaker is None and (form.joined or form.cue is Cue.DOING):
            speaker, carried, sure = self._carried(form), True, 0.45
        if speaker is None:
            return
        how = How(number, speaker, sure * speaker.sure, carried, form.via)
        if self.page.add(begin, self._ends(begin, last), how):
            if not carried:
                self.page.source(speaker)
            self._remember(how, form)

    def _carried(self, form: Form) -> Speaker | None:
        last = self.page.memory.last(form.feminine)
        return last[0] if last is not None else None

    def _preposition(self, number: int, to: tuple[str, ...], last: int) -> int | None:
        """The preposition that belongs to a verb, near behind it: شدد … على, أفاد … بمقتل."""
        for at in range(number + 1, min(last, number + _PHRASE)):
            if self.gaps.get(at, 0) & (COLON | END | SEMICOLON) or at in self.cues:
                return None
            word = self.words[at]
            if word and word in to:
                return at
            if "ب" in to and word[0] == "ب" and len(word) > 3 and word != "باسم" and at not in self.names.covered:
                return at
        return None

    def _object(self, speaker: Speaker, last: int) -> int | None:
        """The noun right behind a speaker, whose phrase may end at the word that says of which country he is."""
        behind = speaker.behind
        if speaker.role is not Role.NAMED:
            whose = [at for at in range(speaker.first + 1, behind) if at in self.names.nationalities]
            if not whose and speaker.named is None:
                return None  # where the phrase ends and the noun begins, nothing tells
            behind = whose[-1] + 1 if whose else behind
        if behind >= last or self.gaps.get(behind) or self.words[behind] in lexicon.STOPS:
            return None
        return behind

    def _remember(self, how: How, form: Form) -> None:
        if how.speaker is not None and not how.carried:
            self.page.memory.keep(how.speaker, form.feminine)

    # --- behind, and passed on ----------------------------------------------------------------------------------

    def _per(self, number: int, first: int, last: int) -> None:
        """بحسب فلان, وفقا لوكالة …, على حد قول …: who is behind what the sentence says."""
        if self.words[number] == "كما" and not self._as_said(number, first, last):
            return
        speaker = self._source_behind(number, last, take=True)
        if speaker is None:
            return
        self.page.source(speaker)
        lead = number - self._led_in(number)
        if lead - first <= 1:
            begin = self._behind_comma(speaker.behind, last)
            if begin is not None and self._begins_own(begin, last) is None:
                self._add_per(begin, self._ends(begin, last), number, speaker)
            return
        begin = self.page.begin(first)
        said = self._next_said(begin - 1)
        if lead > begin and (said is None or said >= lead) and self.page.covered(begin, lead) is None:
            self._add_per(begin, lead, number, speaker)

    def _as_said(self, number: int, first: int, last: int) -> bool:
        """… ، كما قال فلان: "as he said" behind a sentence; before one it is "he said too"."""
        form = self.cues.get(number + 1)
        said = form is not None and form.cue is Cue.SAY and number + 1 < last
        return said and number - first > 1 and self._begins(number + 1, last) is None

    def _add_per(self, begin: int, end: int, number: int, speaker: Speaker) -> None:
        how = How(number, speaker, 0.7 * speaker.sure)
        if self.page.add(begin, end, how) and speaker.role is not Role.AGENCY:
            self.page.memory.keep(speaker)

    def _begins_own(self, begin: int, last: int) -> int | None:
        """A verb of speech that opens the rest of the sentence itself: وفق سانا، قال الوزير إن …"""
        return next((at for at in range(begin, min(last, begin + 3)) if at in self.cues), None)

    def _behind_comma(self, behind: int, last: int) -> int | None:
        for at in range(behind, min(last, behind + _NEAR)):
            if self.gaps.get(at, 0) & (COMMA | COLON | OPEN):
                return at
        return behind if behind < last else None

    def _source_behind(self, number: int, last: int, *, take: bool = False) -> Speaker | None:
        """Who stands behind بحسب and its like; None where it is no source (وفق القانون)."""
        word, at = self.words[number], number + 1
        if word in lexicon.PER_SECOND and self.words[number - 1] != lexicon.PER_SECOND[word]:
            return None
        if word == "لسان" and not self.gaps.get(number - 1):  # جاء على لسان فلان: no sentence of its own stands before
            return None
        if at < last and self.words[at] == "عن":
            at += 1
        if at + 1 < last and self.words[at] in ("ما", "لما", "مما"):
            at += 1
        form = self.cues.get(at)
        if form is not None and form.cue in (Cue.SAY, Cue.CONVEY) and at < last:
            if take:
                self.taken.add(at)
            at += 1 + (at + 1 < last and self.words[at + 1] in ("به", "عنه", "عن"))
        elif at - number == 1 and self.gaps.get(at):
            return None
        if at >= last:
            return None
        speaker = self._speaker(at, min(last, at + _PHRASE), cut="ل")
        return speaker if speaker is not None and speaker.role is not Role.UNKNOWN else None

    def _convey(self, number: int, last: int) -> None:
        """نقلت رويترز عن مسؤول قوله إن: the speaker stands behind عن, who passed it on before."""
        words = self.words
        frm = next((at for at in range(number + 1, min(last, number + _PHRASE)) if words[at] == "عن"), None)
        if frm is None or frm + 1 >= last:
            return
        begins = self._begins(frm, last)
        saying = next((at for at in range(frm + 1, min(last, frm + _REACH)) if self._is_saying(at)), None)
        if begins is None and saying is not None:
            begins = (saying + 1, 0.7) if saying + 1 < last else None
        if begins is None:
            return
        limit = begins[0] if saying is None else min(saying, begins[0])
        carrier = self._speaker(number + 1, frm) if frm > number + 1 else None
        speaker = self._speaker(frm + 1, limit)
        self.page.source(carrier)
        self.page.source(speaker)
        sure = begins[1] * (speaker.sure if speaker is not None else 0.5)
        how = How(number, speaker, sure, False, None, carrier)
        if self.page.add(begins[0], self._ends(begins[0], last), how) and speaker is not None:
            self.page.memory.keep(speaker)

    def _is_saying(self, number: int) -> bool:
        form = self.cues.get(number)
        return form is not None and form.cue is Cue.SAYING

    # --- a name and a colon -------------------------------------------------------------------------------------

    def _headline(self, first: int, last: int, cue: int) -> None:
        """الشيباني: سنفعل …: a speaker alone before a colon at the beginning of a sentence."""
        near = bisect_right(self.colons, first)
        colon = self.colons[near] if near < len(self.colons) else last
        if colon >= min(last, first + _HEAD) or cue < colon:
            return
        speaker = self.phrases.read(first, colon, marked=True)
        if speaker is None or speaker.role is Role.UNKNOWN or colon - speaker.behind > 0:
            return
        if speaker.again and speaker.role is Role.ANONYMOUS:  # المصدر: رويترز
            self.page.source(self.phrases.read(colon, min(last, colon + _PHRASE), marked=True))
            return
        named = self.names.at.get(speaker.first)
        if named is not None and named.mention.kind == "place":
            return  # a dateline
        speaker = self.page.memory.meant(speaker) if speaker.again else speaker
        if self.page.add(colon, self._ends(colon, last), How(None, speaker, 0.75 * speaker.sure)):
            self.page.source(speaker)
            self.page.memory.keep(speaker)

    # --- who ----------------------------------------------------------------------------------------------------

    def _speaker(self, first: int, limit: int, *, cut: str = "") -> Speaker | None:
        """The speaker whose phrase begins at a word (times before it left out); None where none does.

        A phrase that names nobody is put for whom it means.

        Args:
            cut: a proclitic that may stand before it.
        """
        speaker = self.phrases.read(first, limit, cut=cut)
        return self.page.memory.meant(speaker) if speaker is not None and speaker.again else speaker

    def _subject_before(self, number: int, first: int) -> Speaker | None:
        """فلان قال إن, فلان الذي قال إن, وكان فلان قد قال إن: the speaker stands before the verb."""
        words, at = self.words, number
        while at > first and words[at - 1] in _RELATIVES:
            at -= 1
        if at == first or self.gaps.get(at, 0) & (END | COLON | SEMICOLON | OPEN | CLOSE):
            return None
        named = self.names.ends.get(at)
        if named is not None and named.mention.kind in ("person", "org"):
            return of_name(self.layout, named, sure=0.95)
        opens = next((n for n in range(number - 2, max(first - 1, number - _PHRASE - 2), -1) if words[n] in _BE), None)
        if opens is not None and words[number - 1] in ("قد", "فقد"):
            return self._speaker(opens + 1, number - 1)
        for begin in range(at - 1, max(first, at - _HEAD) - 1, -1):
            if self.gaps.get(begin + 1, 0) & ~(OPEN | CLOSE) and begin + 1 < at:
                break
            if (begin == first or words[begin - 1] in lexicon.THAT) and words[begin] in self.nouns:
                speaker = self.phrases.read(begin, at, marked=True)
                return speaker if speaker is not None and speaker.behind == at else None
        return None

    def _subject_ahead(self, number: int, form: Form, first: int) -> Speaker | None:
        """صحيفة "…" تتحدث عن …، وتقول إن: a sentence that begins with its subject, who has not spoken in it yet."""
        if not form.joined or number - first < 3 or not (self.words[first] in self.nouns or first in self.names.at):
            return None
        last = self.page.said[-1].how.verb if self.page.said else None
        if last is not None and last >= first:
            return None
        speaker = self.phrases.read(first, number, marked=True)
        return speaker._replace(sure=0.7 * speaker.sure) if speaker is not None and not speaker.again else None

    def _channel(self, first: int, last: int) -> tuple[str | None, Speaker | None]:
        """How it was said, and whom it was told to: في بيان, خلال مقابلة مع قناة …, لوكالة …"""
        via, carrier = None, None
        for at in range(first, min(last, first + 12)):
            word = self.words[at]
            via = via or lexicon.VIA.get(word)
            if carrier is None and word in lexicon.TOLD_TO:
                carrier = self._speaker(at, last, cut="ل")
            elif carrier is None and (named := self.names.at.get(at)) is not None and named.mention.kind == "org":
                told = of_name(self.layout, named)
                carrier = told if told.role in (Role.AGENCY, Role.MEDIA) else None
        return via, carrier


class Phrases:
    """Reads the phrase of a speaker: a name, or a noun with what belongs to it."""

    def __init__(self, layout: Layout, names: Names, nouns: Mapping[str, Noun]) -> None:
        self.layout, self.names, self.nouns = layout, names, nouns
        self.words, self.gaps = layout.words, layout.gaps
        self.breaks = _breaks()

    def read(self, first: int, limit: int, *, cut: str = "", marked: bool = False) -> Speaker | None:
        """The speaker whose phrase begins at a word; `marked`: a colon or a quotation mark may stand before it."""
        words = self.words
        while first < limit and words[first] in _BEFORE_SPEAKER and not self.gaps.get(first, 0) & ~COMMA:
            first += 1
        if first >= limit or (self.gaps.get(first, 0) & (COLON | END | OPEN) and not marked):
            return self._scare_quoted(first, limit)
        word = words[first]
        noun = self.nouns.get(word)
        if noun is None and cut and word.startswith(cut):
            noun = self.nouns.get("ال" + word[2:] if word.startswith("لل") else word[1:])
            if noun is not None:
                return self._cut(first, limit, noun)
        if noun is not None and noun.title:
            return self._titled(first, limit, noun)
        named = self.names.at.get(first)
        if named is not None and named.last <= limit and (not named.cut or cut):
            return self._named(named, first, limit, noun)
        if noun is not None:
            return self._body(first, limit, noun)
        agency = agency_at(self.layout, first)
        if agency is not None and agency[1] <= limit:
            return self._agency(first, agency)
        if cut or word in lexicon.STOPS or word in lexicon.THAT or word[0].isdigit() or word in _NOBODY:
            return None
        if (named is not None and named.cut) or word.startswith("لل"):
            return None
        return self._unknown(first, limit)

    def _cut(self, first: int, limit: int, noun: Noun) -> Speaker:
        """لصحيفة …, للوزير …: a proclitic before the noun."""
        named = self.names.at.get(first)
        if noun.title:
            speaker = self._titled(first, limit, noun)
        elif named is not None and named.last <= limit:
            speaker = self._named(named, first, limit, noun)
        else:
            speaker = self._body(first, limit, noun)
        if speaker.named is not None or speaker.first != first:
            return speaker
        hidden = self.words[first].startswith("لل")
        speaker = speaker._replace(cut=0 if hidden else 1)
        start, end = speaker.span(self.layout)
        name = " ".join(self.layout.text[start:end].split())
        return speaker._replace(name="ال" + name[2:] if hidden else name)

    def _scare_quoted(self, first: int, limit: int) -> Speaker | None:
        """قال "المرصد السوري" إن: a name between quotation marks."""
        quoted = self._between_marks(first) if first < limit and self.gaps.get(first, 0) == OPEN else None
        if quoted is None or quoted.last > limit:
            return None
        named = self.names.at.get(first)
        if named is not None:
            return of_name(self.layout, named, sure=0.9)
        name = written(self.layout, first, quoted.last)
        return Speaker(first, quoted.last, name, Role.UNKNOWN, sure=0.8, behind=quoted.last)

    def _named(self, named: Named, first: int, limit: int, noun: Noun | None) -> Speaker:
        speaker = of_name(self.layout, named, sure=0.8 if named.mention.kind == "place" else 1.0)
        if noun is None or named.mention.kind == "person":
            return speaker
        end = max(named.last, self._end(first, limit, noun))
        if noun.role is Role.MEDIA and speaker.role is Role.OFFICE:
            speaker = speaker._replace(role=Role.MEDIA)
        if named.mention.method == "heuristic" and not named.cut:
            speaker = speaker._replace(last=end, name=written(self.layout, first, end), named=None)
        return speaker._replace(behind=end)

    def _titled(self, first: int, limit: int, noun: Noun) -> Speaker:
        """وزير الخارجية السوري أسعد الشيباني: the person whose title it is; the office where none follows."""
        words, gaps, names = self.words, self.gaps, self.names
        for at in range(first + 1, min(limit, first + 1 + _PHRASE)):
            word = words[at]
            if gaps.get(at, 0) & ~COMMA or word in _AND_HIS_LIKE or self._barrier(at, limit):
                break
            named = names.person(at)
            if named is not None and not named.cut and named.last <= limit:
                if noun.nameless and not noun.definite and not _INNER.isdisjoint(words[first:at]):
                    break  # مسؤول في مكتب فلان
                return of_name(self.layout, named, title_from=first)
        end = self._end(first, limit, noun)
        alone = end - first == 1
        return self._phrase(first, end, noun.role, noun, alone)

    def _body(self, first: int, limit: int, noun: Noun) -> Speaker:
        """A noun that is no title: وزارة الدفاع, مصدر مطلع, شهود عيان, وكالة …"""
        role = noun.role
        if role is Role.AGENCY:
            agency = agency_at(self.layout, first) or agency_at(self.layout, first + 1, told=True)
            if agency is not None and agency[1] <= limit:
                return self._agency(first, agency)
            behind = self.words[first + 1] if first + 1 < limit else ""
            role = Role.AGENCY if behind in lexicon.AGENCY_BEHIND or noun.definite else Role.OFFICE
        end = self._end(first, limit, noun)
        speaker = self._phrase(first, end, role, noun, end - first == 1)
        if noun.statement:
            return self._statement(speaker, end)
        inner = self.names.at.get(first + 1) if role in (Role.MEDIA, Role.OFFICE, Role.CORRESPONDENT) else None
        if inner is None or inner.last > end or inner.mention.kind != "org" or role is Role.CORRESPONDENT:
            return self._reporter(speaker, first, limit) if role is Role.CORRESPONDENT else speaker
        return speaker._replace(ref=inner.mention.ref, name=inner.mention.name or speaker.name)

    def _statement(self, speaker: Speaker, end: int) -> Speaker:
        """بيان لوزارة …: who gave it out; the statement itself where that is not told."""
        for at in range(speaker.first + 1, end):
            named = self.names.at.get(at)
            if named is not None and named.last <= end:
                found = of_name(self.layout, named, title_from=speaker.first)
                return found._replace(behind=end, statement=True)
        return speaker._replace(statement=True)

    def _reporter(self, speaker: Speaker, first: int, limit: int) -> Speaker:
        """A correspondent with his name, where it is given."""
        for at in range(first + 1, min(limit, speaker.behind + 2)):
            named = self.names.person(at)
            if named is not None and not self._barrier(at, limit):
                found = of_name(self.layout, named, title_from=first)
                return found._replace(role=Role.CORRESPONDENT)
        return speaker

    def _agency(self, first: int, agency: tuple[str, int]) -> Speaker:
        name = written(self.layout, first, agency[1])
        named = self.names.at.get(agency[1] - 1) or self.names.at.get(first)
        ref = named.mention.ref if named is not None else None
        return Speaker(first, agency[1], name, Role.AGENCY, ref, None, agency[0], 1.0, agency[1])

    def _phrase(self, first: int, end: int, role: Role, noun: Noun, alone: bool) -> Speaker:
        title = self._between_marks(end)
        if title is not None and not noun.title:  # صحيفة "…" الأميركية: its name stands between quotation marks
            name = f"{written(self.layout, first, end)} {self.layout.text[title.start : title.end]}"
            behind = title.last + (title.last in self.names.nationalities)
            return Speaker(first, title.last, name, role, behind=behind)
        again = alone and noun.definite
        name = written(self.layout, first, end)
        return Speaker(first, end, name, role, sure=0.8 if again else 1.0, behind=end, again=again)

    def _between_marks(self, at: int) -> Quoted | None:
        """The short passage between quotation marks that begins right before a word."""
        if not self.gaps.get(at, 0) & OPEN:
            return None
        near = bisect_left(self.layout.quoted, at, key=lambda one: one.first)
        quoted = self.layout.quoted[near] if near < len(self.layout.quoted) else None
        return quoted if quoted is not None and quoted.first == at and quoted.last - at <= _NAME else None

    def _unknown(self, first: int, limit: int) -> Speaker | None:
        """A phrase of which nothing is known (قال فلان إن), where "that" or a mark closes it soon."""
        end = first + 1
        while end < limit and end - first < _NEAR and not self.gaps.get(end):
            if self.words[end] in lexicon.STOPS or self.words[end] in lexicon.THAT or len(self.words[end]) < 2:
                break
            end += 1
        if end - first == _NEAR:
            return None
        if (known := self.names.called(" ".join(self.words[first:end]))) is not None:
            found = of_name(self.layout, known, sure=0.8)
            return found._replace(first=first, last=end, behind=end, named=None)
        return Speaker(first, end, written(self.layout, first, end), Role.UNKNOWN, sure=0.6, behind=end)

    def _barrier(self, at: int, limit: int) -> bool:
        """Whether a name behind this word is not the speaker's."""
        word = self.words[at]
        return word in lexicon.BARRIERS or (word == "في" and at + 1 < limit and self.words[at + 1] in lexicon.CHANNEL)

    def _end(self, first: int, limit: int, noun: Noun) -> int:
        """The word behind a phrase."""
        words, at, bare = self.words, first + 1, noun.definite and not noun.title
        while at < limit and at - first < _PHRASE and not self.gaps.get(at):
            word = words[at]
            if word in lexicon.STOPS and not self._goes_on(first, at, limit, noun):
                break
            if word in self.breaks or len(word) < 2 or self._told_to(at, noun):
                break
            if bare and word[0] not in "لب" and not word.startswith("ال") and at not in self.names.covered:
                break  # النقابة رئاسة …: what has the article is not built on
            at += 1
        while at > first + 1 and words[at - 1] in lexicon.STOPS:
            at -= 1
        return at

    def _told_to(self, at: int, noun: Noun) -> bool:
        named = self.names.at.get(at)
        return named is not None and named.cut and self.words[at][0] == "ل" and noun.nameless

    def _goes_on(self, first: int, at: int, limit: int, noun: Noun) -> bool:
        """مصدر في الوزارة, مصدر مطلع على الملف, مدير الصحة في إدلب: a preposition that belongs to the phrase."""
        word, behind = self.words[at], self.words[at + 1] if at + 1 < limit else ""
        if not behind or behind in lexicon.CHANNEL or behind in lexicon.TIMES or behind in lexicon.STOPS:
            return False
        if self.words[at - 1] in lexicon.GOES_ON_BEHIND.get(word, ()):
            return True
        if word not in lexicon.SOURCE_GOES_ON or (noun.definite and at - first == 1):
            return False
        return noun.role in (Role.ANONYMOUS, Role.WITNESS, Role.CORRESPONDENT) or (noun.title and word == "في")


@lru_cache(maxsize=1)
def _breaks() -> frozenset[str]:
    """Words at which the phrase of a speaker ends, whatever it is."""
    doing = {word for word, form in lexicon.arabic_cues().items() if form.cue is Cue.DOING}
    return lexicon.TOLD_TO | lexicon.THAT | doing


#: Between a verb and its speaker.
_BEFORE_SPEAKER = lexicon.TIMES | frozenset(
    ("ايضا", "كذلك", "لاحقا", "بدوره", "بدورها", "سابقا", "موخرا", "ل", "انذاك")
)
