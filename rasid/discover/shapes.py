"""What section pages taught: shapes of addresses that turned out to be articles, links that never go away. Pure.

A shape is an address with its numbers, dates and slugs put into classes, so that one outcome speaks for all of its
kind: ``/news/98765/a-long-headline-of-the-day`` is ``example.org/news/9/slug``. Outcomes come from the parse stage,
which reads what was taken for an article; so a wrong guess, either way, is put right by what its pages turn out to be.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from rasid import urls

#: Links of one page and shapes of one outlet that are remembered: front pages have some hundred links.
MOST_LINKS, MOST_SHAPES = 1_000, 300
#: Outcomes from which on a shape speaks; with so many of one kind it decides.
ENOUGH, DECIDES = 3, 5
_CLEAR = 0.9
#: Points of a shape that decides: more than address, text and place together can give or take.
_ALWAYS, _NEVER = 16, -20
_FORGET_AFTER = 10
_NEW, _STANDING = 1, -2
_VISITS_TO_KNOW = 3
_ID = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}")
_WORD = re.compile(r"[^\W\d_]+")
_ENDING = re.compile(r"\.(?:html?|aspx?|php|shtml)$")
_MAX_SEGMENTS = 8


def shapes_of(href: str) -> tuple[str, str]:
    """The fine and the coarse shape of an address: the fine one keeps short words, which name desks.

    >>> shapes_of("https://example.org/sport/2026/03/05/a-goal-in-the-last-minute.html")
    ('example.org/sport/9/9/9/slug', 'example.org/w/9/9/9/slug')
    >>> shapes_of("https://example.org/read.php?id=123&lang=ar")
    ('example.org/read?id=9&lang', 'example.org/w?id=9&lang')
    """
    parts = urlsplit(href)
    segments = [segment for segment in unquote(parts.path).lower().split("/") if segment][:_MAX_SEGMENTS]
    if segments:
        segments[-1] = _ENDING.sub("", segments[-1])
    classes = [_class_of(segment) for segment in segments]
    query = "&".join(
        f"{name[:20]}=9" if value.isdigit() else name[:20]
        for name, value in sorted(parse_qsl(parts.query, max_num_fields=50))[:5]
    ) if parts.query.count("&") < 50 else "?"  # fmt: skip
    tail = f"?{query}" if query else ""
    fine = "/".join(segment[:40] if kind == "w" else kind for segment, kind in zip(segments, classes, strict=True))
    host = urls.host(href).removeprefix("www.")
    return f"{host}/{fine}{tail}", f"{host}/{'/'.join(classes)}{tail}"


def _class_of(segment: str) -> str:
    """``9`` a number or date, ``id`` letters and digits mixed, ``slug`` three words and more, ``w`` fewer; with a
    number ``slug9`` and ``w9``."""
    words = len(_WORD.findall(segment))
    digits = any(letter.isdigit() for letter in segment)
    if not words:
        return "9" if digits else "w"
    if _ID.fullmatch(segment):
        return "id"
    if words >= 3:
        return "slug9" if digits else "slug"
    return "w9" if digits else "w"


def link_hash(href: str) -> str:
    """What a link is remembered by: 8 bytes of its key, as hex."""
    return hashlib.blake2b(urls.key(href).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class PageMemory:
    """What is remembered of one section page and of its outlet.

    Attributes:
        visits: bodies of it that were read.
        seen: by `link_hash`: at how many of those visits a link was there, and the number of the last one.
        shapes: by shape: how many of its pages were articles, and how many lists or others.
    """

    visits: int = 0
    seen: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def points(self, href: str) -> int:
        """What experience adds to the score of a link: of its shape, and of whether it comes and goes."""
        return self.shape_points(href) + self._novelty(href)

    def shape_points(self, href: str) -> int:
        """What the outcomes of its shape say; the coarse shape speaks where the fine one has too few."""
        return next((points_of(*counts) for counts in self._outcomes(href) if sum(counts) >= ENOUGH), 0)

    def undecided(self, href: str) -> bool:
        """Whether too few pages of its shape were read for it to decide."""
        return all(sum(counts) < DECIDES for counts in self._outcomes(href))

    def is_new(self, href: str) -> bool:
        """Whether it was not there at any earlier visit."""
        return link_hash(href) not in self.seen

    def _outcomes(self, href: str) -> list[tuple[int, int]]:
        return [self.shapes.get(shape, (0, 0)) for shape in shapes_of(href)]

    def _novelty(self, href: str) -> int:
        if not self.visits:
            return 0
        times = self.seen.get(link_hash(href), (0, 0))[0]
        if not times:
            return _NEW
        # What was there at every visit while other links came and went is furniture.
        return _STANDING if self.visits >= _VISITS_TO_KNOW and times >= self.visits else 0

    def after(self, hashes: Iterable[str]) -> PageMemory:
        """The memory after one more visit, which showed the links of these hashes; long gone ones are forgotten."""
        number = self.visits + 1
        seen = {one: place for one, place in self.seen.items() if number - place[1] <= _FORGET_AFTER}
        for one in list(dict.fromkeys(hashes))[:MOST_LINKS]:
            seen[one] = (seen.get(one, (0, 0))[0] + 1, number)
        newest = sorted(seen.items(), key=lambda item: -item[1][1])[:MOST_LINKS]
        return PageMemory(number, dict(newest), self.shapes)


def points_of(articles: int, others: int) -> int:
    """Points for a shape by its outcomes: their log odds, and a verdict where many are nearly of one mind.

    >>> points_of(3, 0), points_of(1, 1), points_of(0, 3), points_of(0, 9)
    (6, 0, -6, -20)
    """
    total = articles + others
    if total >= DECIDES and max(articles, others) >= _CLEAR * total:
        return _ALWAYS if articles > others else _NEVER
    return round(2 * math.log2((articles + 0.5) / (others + 0.5)))


def reckon(outcomes: Iterable[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    """Shapes with how many of their pages were articles and how many were not, of (URL, was an article).

    The most met are kept, `MOST_SHAPES` at most.
    """
    articles: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for url, is_article in outcomes:
        for shape in dict.fromkeys(shapes_of(url)):
            (articles if is_article else others)[shape] += 1
    together = articles + others
    return {shape: (articles[shape], others[shape]) for shape, _ in together.most_common(MOST_SHAPES)}
