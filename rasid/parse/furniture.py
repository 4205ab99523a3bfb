"""Lines that stand in a text but are not of it: share bars, font buttons, "read also", photo credits, calls to sign up.

Only whole lines are judged, and only short ones: a sentence that merely speaks of sharing stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rasid.parse.tables import any_of
from rasid.text.fold import fold

#: A longer line is prose, whatever words it opens with.
MAX_LINE = 220

# "Read also" and its like need a colon or the end of the line behind them, unless no sentence opens with them.
_ALSO = re.compile(
    rf"^[\s\W]*(?:{any_of('read_also')}\s*(?:[:：.…»>|\-–—]+|$)|{any_of('read_also_always')}(?!\w))[\s:：.…»>|\-–—]*"
)
_WHOLE = re.compile(rf"^[\s\W]*{any_of('furniture')}[\s\W]*$")
_PICTURE = re.compile(r"^\S[^\n]{0,120}\.(?:jpe?g|png|gif|webp|svg|mp4)$", re.I)
_CREDIT = re.compile(
    r"^[\s(\[]*(?:photo(?:graph)?s?|image|picture|foto|credit|photo credit|photo by|image credit|file photo|"
    r"الصوره|صوره|تصوير|المصور|عكس|fotograf)\s*(?:by\b|[:：/])|"
    r"(?:/\s*(?:afp|reuters|ap|getty|epa|anadolu)|getty images|afp/getty|via reuters|via ap)\W{0,3}$"
)


# The heading may go on with what it is more of ("More from the paper"), but not for long.
_TAIL = re.compile(rf"^[\s\W]*{any_of('tail')}(?:\s[^.!?؟]{{1,40}})?[\s\W]*$")
_CALL = re.compile(rf"^[\s\W]*{any_of('call')}")
#: A call that is longer is a sentence that has something to say besides.
_MAX_CALL = 160
#: A heading of this sort counts only behind so much of the text.
_TAIL_FROM = 0.5
#: A longer line behind such words is prose.
_MAX_TITLE = 110


def cut_tail(lines: Sequence[tuple[str, bool]]) -> int:
    """How many of `lines`, (text, whether it is a heading) each, stand before a heading of other articles."""
    total = sum(len(text) for text, _ in lines)
    # A line that is no heading opens a tail where at least two titles, and nothing else, follow it.
    titles = _titles_from(lines)
    before = 0
    for number, (text, heading) in enumerate(lines):
        far = before >= _TAIL_FROM * total and len(text) <= 80
        if far and (heading or titles - 1 <= number < len(lines) - 2) and _TAIL.match(fold(text)):
            return number
        before += len(text)
    return len(lines)


def _titles_from(lines: Sequence[tuple[str, bool]]) -> int:
    """Where the lines begin that look like titles of other articles to the end: short, and no sentence."""
    start = len(lines)
    while start and len(lines[start - 1][0]) <= _MAX_TITLE and lines[start - 1][0][-1:] not in ".!؟?…":
        start -= 1
    return start


def is_furniture(line: str) -> bool:
    """Whether a whole line belongs to the page around an article and not to its text."""
    if len(line) > MAX_LINE:
        return False
    if is_picture(line):
        return True
    folded = fold(line)
    if _WHOLE.match(folded) or (len(line) <= 120 and _CREDIT.search(folded)):
        return True
    return len(line) <= _MAX_CALL and _CALL.match(folded) is not None


def is_picture(line: str) -> bool:
    """Whether a line is the file name of a picture and nothing else."""
    return len(line) <= MAX_LINE and _PICTURE.match(line) is not None


def read_also(line: str) -> str | None:
    """The title that a "read also" line points to: empty where it names none, None where it is no such line."""
    if len(line) > MAX_LINE:
        return None
    folded = fold(line)
    found = _ALSO.match(folded)
    if found is None:
        return None
    rest = len(folded) - found.end()
    # Folding may drop marks but never letters, so the tail is counted from the end of the original.
    return _tail(line, folded[found.end() :]) if rest else ""


def _tail(line: str, folded_tail: str) -> str:
    """The end of `line` that folds to `folded_tail`."""
    low, high = 0, len(line)
    while low < high:
        middle = (low + high) // 2
        if len(fold(line[middle:])) > len(folded_tail):
            low = middle + 1
        else:
            high = middle
    return line[low:].strip()


def split_furniture(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """(lines of the text, titles of the articles that its "read also" lines point to)."""
    kept, related = [], []
    for line in lines:
        title = read_also(line)
        if title is not None:
            related += [title] if title else []
        elif not is_furniture(line):
            kept.append(line)
    return kept, related
