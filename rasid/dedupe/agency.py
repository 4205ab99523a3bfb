"""Which news agency a text is credited to: in its dateline, its first line or its last lines.

Only a credit counts ("دمشق - سانا", "(رويترز)", "Reuters -"), not a mention: an article about an agency, or one that
quotes what an official told it, is not the agency's text.
"""

from __future__ import annotations

import re

from rasid.text.agencies import AGENCIES, WEAK
from rasid.text.fold import fold
from rasid.text.words import words

#: Characters at the beginning and at the end of a text where a credit is looked for.
HEAD, TAIL = 120, 160

# A credit stands alone between marks that part a dateline, or on a line of its own; quotation marks are no such marks.
_BEFORE = r"(?:^|[\n(\[/|:+,،\-–—])[ \t]{0,3}"
_AFTER = r"[ \t]{0,3}(?=$|[\n)\]/|:+,،.\-–—])"
_PLACE = r"[^\n\-–—/:،,.]{2,25}[\-–—/][ \t]{0,3}"
_BRACKETS = r"[(\[/][ \t]{0,3}", r"[ \t]{0,3}(?=[)\]/])"


def _is_capitals(name: str) -> bool:
    return name.isascii() and name.isupper()


def _pattern(names: list[str], before: str, after: str) -> re.Pattern[str]:
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(f"{before}({'|'.join(map(re.escape, ordered))}){after}")


def _strong(*, capitals: bool) -> list[str]:
    names = (name for spellings in AGENCIES.values() for name in spellings)
    return [name if capitals else fold(name) for name in names if _is_capitals(name) == capitals and name not in WEAK]


def _patterns(*, capitals: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    weak = [name if capitals else fold(name) for name in WEAK if _is_capitals(name) == capitals]
    return _pattern(_strong(capitals=capitals), _BEFORE, _AFTER), _pattern(weak, *_BRACKETS)


_IDS = {(name if _is_capitals(name) else fold(name)): agency for agency, names in AGENCIES.items() for name in names}
_WORDS = [words(fold(name)) for name in _IDS]
#: The folded words that names begin with; of those that are no name alone, the words that must follow.
_OPENINGS = frozenset(found[0] for found in _WORDS)
_SECOND = {
    first: frozenset(found[1] for found in _WORDS if found[0] == first)
    for first in _OPENINGS.difference(found[0] for found in _WORDS if len(found) == 1)
}
_CAPITALS = _patterns(capitals=True)
_SPELLED = _patterns(capitals=False)
_DATELINE_CAPITALS = _pattern(_strong(capitals=True), _PLACE, r"(?=\s)")
_DATELINE_SPELLED = _pattern(_strong(capitals=False), _PLACE, r"(?=\s)")


def agency_of(text: str, *, credit: str | None = None) -> str | None:
    """The id of the agency (a key of `AGENCIES`) that `text` is credited to; None where it names none.

    Args:
        credit: a byline or dateline found apart from the text; believed first.

    >>> agency_of("دمشق - سانا: أعلنت الوزارة"), agency_of("قال لرويترز إن"), agency_of("… said. (Reuters)")
    ('sana', None, 'reuters')
    """
    head, tail = text[:HEAD], text[-TAIL:] if len(text) > HEAD else ""
    # Most texts hold no word that a name begins with, which is told sooner than that no pattern fits.
    if not _may_name(words(fold(f"{credit or ''}\n{head}\n{tail}"))):
        return None
    return _credited(credit or "") or _credited(head, dateline=True) or _credited(tail)


def _may_name(found: list[str]) -> bool:
    """Whether the words of a name stand among some."""
    if _OPENINGS.isdisjoint(found):
        return False
    pairs = zip(found, [*found[1:], ""], strict=True)
    return any(one in _OPENINGS and (one not in _SECOND or second in _SECOND[one]) for one, second in pairs)


def _credited(place: str, *, dateline: bool = False) -> str | None:
    """The first agency credited in a short text; with `dateline`, also one behind the place at its very beginning,
    where nothing parts it from the first sentence. Names in capitals are matched as written: AP is no "ap".
    """
    place = place.strip()
    if not place:
        return None
    folded = fold(place)
    for patterns, form in ((_SPELLED, folded), (_CAPITALS, place)):
        for pattern in patterns:
            if match := pattern.search(form):
                return _IDS[match[1]]
    if dateline:
        for pattern, form in ((_DATELINE_SPELLED, folded), (_DATELINE_CAPITALS, place)):
            if match := pattern.match(form):
                return _IDS[match[1]]
    return None
