"""What is found of reported speech in one text, and who was the last to speak in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rasid.enrich.speech.layout import COMMA, END, SEMICOLON, Layout, Quoted
from rasid.enrich.speech.speakers import Speaker
from rasid.enrich.speech.words import Role
from rasid.text.words import without_article

#: Attributions of one text.
LIMIT = 200
#: Words between quotation marks that are taken for speech; fewer are a name or a word held at arm's length.
SPOKEN, _SPOKEN_ALONE = 3, 6
#: Marks behind a quotation that end it for good.
ENDS = COMMA | SEMICOLON | END
#: Words among which the dash of a dateline stands.
_DATELINE = 9
#: At the ends of what stands between quotation marks these belong to the sentence around it.
_LOOSE = frozenset(" ,،\u00a0\u202f\n")
#: Speakers that are remembered.
_REMEMBERED = 30


class How(NamedTuple):
    """How something was said.

    Attributes:
        verb: number of the word that opens it; None where a colon or quotation marks alone do.
        speaker: None where nobody is found.
        score: how sure it is that these words are that speaker's, 0 to 1.
        carried: the speaker stands not here, but was named before.
        via: ``statement interview social``; None where the text does not tell.
        carrier: who passed it on: whom it was told to, or who quotes it.
        opened: it begins with a quotation mark right behind the verb or the speaker.
    """

    verb: int | None
    speaker: Speaker | None
    score: float
    carried: bool = False
    via: str | None = None
    carrier: Speaker | None = None
    opened: bool = False


class Said(NamedTuple):
    """Something said: characters and words (`last` exclusive), whether they are the speaker's own, and how."""

    start: int
    end: int
    first: int
    last: int
    direct: bool
    how: How


@dataclass(slots=True)
class Memory:
    """Who spoke before, the last one last, each with whether the verb was feminine (None: it does not tell)."""

    spoke: list[tuple[Speaker, bool | None]] = field(default_factory=list)

    def keep(self, speaker: Speaker, feminine: bool | None = None) -> None:
        self.spoke.append((speaker, feminine))
        del self.spoke[:-_REMEMBERED]

    def last(self, feminine: bool | None = None) -> tuple[Speaker, float] | None:
        """The last one who agrees with a form, and how far that can be trusted; None where nobody spoke."""
        for back, (speaker, kept) in enumerate(reversed(self.spoke)):
            if feminine is None or kept is None or kept == feminine:
                return speaker, 0.75 if back == 0 else 0.6
        return (self.spoke[-1][0], 0.5) if self.spoke else None

    def called(self, name: str) -> Speaker | None:
        """The last one whose name has these words at its beginning or end (a family name); None where nobody has."""
        for known, _ in reversed(self.spoke):
            if known.name == name or known.name.endswith(f" {name}") or known.name.startswith(f"{name} "):
                return known
        return None

    def meant(self, speaker: Speaker) -> Speaker:
        """Whom a phrase such as المصدر or الوزير means: the last one of that kind; itself where there is none."""
        head = without_article(speaker.name.split()[0]) if speaker.name else ""
        for known, _ in reversed(self.spoke):
            words = {without_article(word) for word in f"{known.title or ''} {known.name}".split()}
            if head in words or (speaker.role is known.role and speaker.role in (Role.ANONYMOUS, Role.AGENCY)):
                return known._replace(
                    first=speaker.first, last=speaker.last, behind=speaker.behind, sure=0.8, named=None
                )
        return speaker


class Page:
    """Collects what is said in one text."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.said: list[Said] = []
        #: Speakers that stand in the text, and those who passed something on, by their first words.
        self.sources: dict[int, Speaker] = {}
        self.memory = Memory()
        self._quoted_at = {quoted.first: quoted for quoted in layout.quoted}
        self._quoted_end = {quoted.last: quoted for quoted in layout.quoted}
        self._used: set[int] = set()
        #: The words between quotation marks, of passages long enough to be speech: they open no speech themselves.
        self.inside: set[int] = set()
        for quoted in layout.quoted:
            if quoted.last - quoted.first >= SPOKEN:
                self.inside.update(range(quoted.first, quoted.last))

        self._behind_dateline = _dateline(layout)

    def begin(self, first: int) -> int:
        """Where a sentence begins behind a dateline: "PARIS — …", "دمشق - سانا: …"."""
        return self._behind_dateline if first == 0 else first

    @property
    def full(self) -> bool:
        return len(self.said) >= LIMIT

    def source(self, speaker: Speaker | None) -> None:
        """Remember who is credited."""
        if speaker is not None:
            self.sources.setdefault(speaker.first, speaker)

    def quoted_at(self, number: int) -> Quoted | None:
        """The passage between quotation marks that begins right before a word, if it is long enough to be speech."""
        quoted = self._quoted_at.get(number)
        return quoted if quoted is not None and quoted.last - quoted.first >= SPOKEN else None

    def quoted_before(self, number: int) -> Quoted | None:
        """The passage between quotation marks that ends right before a word, likewise."""
        quoted = self._quoted_end.get(number)
        return quoted if quoted is not None and quoted.last - quoted.first >= SPOKEN else None

    def add_direct(self, quoted: Quoted, how: How) -> None:
        """Add what stands between quotation marks, once, with the paragraphs of it before."""
        at = bisect_left(self.layout.quoted, quoted)
        while at > 0 and self.layout.quoted[at - 1].goes_on:
            at -= 1
        for one in self.layout.quoted[at:]:
            if one.first not in self._used and not self.full:
                self._used.add(one.first)
                self.said.append(Said(*self._bare(one), one.first, one.last, True, how))
            if one.first >= quoted.first:
                break

    def _bare(self, quoted: Quoted) -> tuple[int, int]:
        """A passage without the commas and blanks at its ends."""
        start, end, text = quoted.start, quoted.end, self.layout.text
        while text[end - 1] in _LOOSE:
            end -= 1
        while text[start] in _LOOSE:
            start += 1
        return start, end

    def add(self, first: int, last: int, how: How, *, own: int | None = None) -> bool:
        """Add what words say; False where too little is left.

        What is wholly between quotation marks is direct, and what is between them inside is given by itself too.

        Args:
            own: the word at which somebody else is made to speak inside; None where nobody is.
        """
        quoted = self.quoted_at(first)
        whole = how.opened or (quoted is not None and quoted.last >= last - 1)
        if quoted is not None and (whole or self.layout.gaps.get(quoted.last, 0) & ENDS):
            self.add_direct(quoted, how)
            return True
        if last - first < 2 or self.full:
            return False
        start, end = self._span(first, last)
        self.said.append(Said(start, end, first, last, False, how))
        for inner in self.layout.quoted:
            if first <= inner.first < (last if own is None else min(own, last)) and inner.last - inner.first >= SPOKEN:
                self.add_direct(inner, how)
        return True

    def _span(self, first: int, last: int) -> tuple[int, int]:
        """Characters of a run of words, with the quotation marks around those at its ends."""
        tokens = self.layout.tokens
        start, end = tokens[first].start, tokens[last - 1].end
        opened, closed = self._quoted_at.get(first), self._quoted_end.get(last)
        if opened is not None and opened.last <= last:
            start = opened.start - 1
        if closed is not None and closed.first >= first:
            end = closed.end + 1
        return start, end

    def left(self) -> Iterator[Quoted]:
        """Passages between quotation marks that nobody was found for, long enough to be speech by themselves."""
        for quoted in self.layout.quoted:
            if quoted.first not in self._used and quoted.last - quoted.first >= _SPOKEN_ALONE:
                yield quoted

    def covered(self, first: int, last: int) -> Said | None:
        """What is said already by some of these words, among the last that were added."""
        return next((one for one in self.said[-4:] if one.first < last and first < one.last), None)


def _dateline(layout: Layout) -> int:
    """The word behind the dash of a dateline among the first words of a text; 0 where there is none."""
    tokens = layout.tokens
    for number in range(1, min(_DATELINE, len(tokens))):
        between = layout.text[tokens[number - 1].end : tokens[number].start]
        if "—" in between or "–" in between or " - " in between:
            return number
    return 0
