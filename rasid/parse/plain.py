"""Plain text as it was copied or scraped from a page: head lines told from the body, furniture taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from rasid.model import When
from rasid.parse.dates import parse_date
from rasid.parse.furniture import is_furniture, is_picture, read_also

#: Lines of a head are short; the first longer one, or one that ends as a sentence does, opens the body.
MAX_HEAD_LINE = 140
#: Head lines that are looked at before the body must have begun.
MAX_HEAD_LINES = 20
_SENTENCE_END = re.compile(r"[.!؟?。…][\"'»”’)\]]*$")
_DATELINE = re.compile(r"^[^\W\d][^\d:؛;.!?؟]{1,40}?\s*(?:[-–—ـ/|,،]\s*[^\d:.!?؟]{2,30}|\([^()\d]{2,30}\))\s*[-–—:]?$")
_BYLINE = re.compile(
    r"^\s*(?:by|von|par|por|كتب|كتبت|بقلم|إعداد|اعداد|تقرير|نویسنده|yazan)\s*:?\s+(?P<name>[^\d]{3,60})$", re.I
)


@dataclass(slots=True)
class PlainReading:
    """What plain text says; fields as in `rasid.model.PageReading`."""

    paragraphs: list[str] = field(default_factory=list)
    title: str | None = None
    section: str | None = None
    published: When | None = None
    dateline: str | None = None
    authors: list[str] = field(default_factory=list)
    image: str | None = None
    related: list[str] = field(default_factory=list)


def read_plain(
    text: str, *, language: str | None = None, country: str | None = None, now: datetime | None = None
) -> PlainReading:
    """Read an article from text without markup."""
    lines = paragraphs_of(text)
    reading = PlainReading()
    head = _head(lines)
    titles = [line for line in lines[:head] if not _head_line(line, reading, language, country, now)]
    _name(reading, titles)
    for line in lines[head:]:
        also = read_also(line)
        if also is not None:
            reading.related += [also] if also else []
        elif is_picture(line):
            reading.image = reading.image or line
        elif not is_furniture(line):
            reading.paragraphs.append(line)
    return reading


def paragraphs_of(text: str) -> list[str]:
    """Lines with white space collapsed; lines that were wrapped at a fixed width are joined again."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = [line for line in (" ".join(line.split()) for line in block.split("\n")) if line]
        found += [" ".join(lines)] if _wrapped(lines) else lines
    return found


def _wrapped(lines: list[str]) -> bool:
    """Whether the lines of a block broke at a margin: alike in length, and not at the ends of sentences."""
    full = lines[:-1]
    if len(full) < 2 or not 50 <= min(map(len, full)) <= max(map(len, full)) <= 100:
        return False
    return sum(bool(_SENTENCE_END.search(line)) for line in full) * 3 <= len(full)


def _head(lines: list[str]) -> int:
    """How many lines stand above the body."""
    for number, line in enumerate(lines[:MAX_HEAD_LINES]):
        if len(line) > MAX_HEAD_LINE or (len(line) > 60 and line.endswith((".", "。"))):
            return number
    # No long line at all: a headline and short paragraphs, or a note.
    return 1 if len(lines) > 1 else 0


def _head_line(
    line: str, reading: PlainReading, language: str | None, country: str | None, now: datetime | None
) -> bool:
    """Take what a head line says into `reading`; False where it may be the title or a section."""
    if is_picture(line):
        reading.image = reading.image or line
        return True
    also = read_also(line)
    if also is not None:
        reading.related += [also] if also else []
        return True
    if is_furniture(line):
        return True
    byline = _BYLINE.match(line)
    if byline:
        reading.authors.append(byline["name"].strip())
        return True
    return _take_time(line, reading, language, country, now) or _take_dateline(line, reading)


def _take_time(
    line: str, reading: PlainReading, language: str | None, country: str | None, now: datetime | None
) -> bool:
    if len(line) > 80 or not any(char.isdigit() for char in line):
        return False
    when = parse_date(line, language=language, country=country, now=now)
    if when is None or when.precision in ("month", "year"):
        return False
    reading.published = reading.published or when
    return True


def _take_dateline(line: str, reading: PlainReading) -> bool:
    if reading.dateline or len(line.split()) > 6 or not _DATELINE.match(line):
        return False
    reading.dateline = line
    return True


def _name(reading: PlainReading, lines: Iterable[str]) -> None:
    """The longest of the head lines that are left is the title, a short one above it the section."""
    left = [line for line in lines if len(line) > 1]
    if not left:
        return
    reading.title = max(left, key=len)
    above = left[: left.index(reading.title)]
    if above and len(above[-1].split()) <= 5:
        reading.section = above[-1]
