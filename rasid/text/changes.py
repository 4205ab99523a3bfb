"""What an outlet changed in an article: whether it matters, and how to show it. Pure; time grows with the text only.

Spacing, punctuation, capitals, diacritics, and stamps such as "updated 14:05" make no new version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from rasid.text.fold import fold

_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[^\W_]+|\s+|[^\w\s]|_")
#: Words of one text that are compared one by one; beyond, paragraphs are.
_MOST_WORDS = 4_000
#: A paragraph of at most so many words that speaks of an update is a stamp.
_STAMP_WORDS = 12
_STAMP = re.compile(
    r"\b(?:updated?|modified|published|posted|views?|shares?|comments?|reads?|mis a jour|publie|guncelle\w*|yayin\w*|"
    r"aktualisiert|stand)\b|(?:تحديث|تعديل|نشر|مشاهد|قراء|مشارك|تعليق|بتوقيت|به روز)"
)


class Change(NamedTuple):
    """A run of text: ``kept``, ``gone`` or ``new``."""

    what: str
    text: str


def matters(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Whether a second reading of an article says something else than the first.

    >>> matters("عنوان", "نص طويل", "عنوان", "نصّ  طويل")
    False
    """
    if _words(old_title) != _words(new_title):
        return True
    old, new = _said(old_text), _said(new_text)
    return old != new


def _said(text: str) -> list[str]:
    """The words of a text without its stamps and their numbers."""
    found: list[str] = []
    for paragraph in text.split("\n"):
        words = _words(paragraph)
        if not (len(words) <= _STAMP_WORDS and _STAMP.search(" ".join(words))):
            found += words
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def compare(old: str, new: str) -> list[Change]:
    """What became of `old`, as runs in reading order that put together again give both texts.

    Words are compared inside paragraphs that changed; very long texts by paragraphs alone.
    """
    before, after = old.split("\n\n"), new.split("\n\n")
    runs: list[Change] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        left, right = "\n\n".join(before[a:b]), "\n\n".join(after[c:d])
        if what == "equal":
            runs.append(Change("kept", left))
        elif what == "replace" and len(left) + len(right) <= 12 * _MOST_WORDS:
            runs += _by_words(left, right)
        else:
            runs += [Change(name, text) for name, text in (("gone", left), ("new", right)) if text]
    return _joined(runs)


def _by_words(old: str, new: str) -> Iterator[Change]:
    left, right = _PARTS.findall(old), _PARTS.findall(new)
    for what, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            yield Change("kept", "".join(left[a:b]))
        else:
            if b > a:
                yield Change("gone", "".join(left[a:b]))
            if d > c:
                yield Change("new", "".join(right[c:d]))


def _joined(runs: list[Change]) -> list[Change]:
    """Neighbours of one sort as one run."""
    found: list[Change] = []
    for run in runs:
        if found and found[-1].what == run.what:
            found[-1] = Change(run.what, found[-1].text + run.text)
        else:
            found.append(run)
    return found
