"""What is read in a CPU-second beside the libraries that others use, on the very same bytes.

    python benchmarks/reading.py [--pages DIR] [--feeds DIR] [--dates FILE] [--limit N]

Pages against trafilatura with metadata, feeds over 20 kB against feedparser, dates against dateparser. Without folders
the sample newsroom's pages and feeds are read, and dates written in the ways of a dozen countries. DIR holds files as
they were fetched (``*.html``, ``*.htm``; for feeds any file), FILE one date a line.

The two readers take turns item by item, so that a busy machine slows both; the ratio is what counts.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import logging
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import dateparser
import feedparser
import trafilatura

from rasid.discover.channel import read_channel
from rasid.newsroom.room import Newsroom
from rasid.parse.dates import parse_date
from rasid.parse.page import read_page

_Item = TypeVar("_Item")
_NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
_LEAST_FEED = 20_000
_LONG_FEED = 120
_WARM = 5
#: What programs for blogs put beside the summary: the article's own markup.
_MARKUP = (
    '<p class="wp-block-paragraph">قال <a href="https://example.org/tag/{n}">المجلس المحلي</a> في '
    "<strong>المدينة</strong> إن العمل في الطريق بدأ أمس.</p><figure>"
    '<img src="https://example.org/{n}.jpg" alt="" width="600"></figure>\n'
)
_FORMS = (
    "%Y-%m-%dT%H:%M:%S+00:00", "%a, %d %b %Y %H:%M:%S GMT", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%B %d, %Y", "%d %B %Y",
    "%d %b %Y, %H:%M", "%d. %m. %Y", "%A, %B %d, %Y %I:%M %p",
)  # fmt: skip
_WRITTEN = (
    "19 كانون الثاني/يناير 2021", "١٩ يناير ٢٠٢١ - ١١:١٧", "6 جمادى الآخرة 1442", "19 janvier 2021 à 11h17",
    "19. Januar 2021, 11:17 Uhr", "19 Ocak 2021 Salı 11:17", "19 января 2021, 11:17", "il y a 3 heures", "منذ ساعتين",
    "yesterday at 10:20", "hace 2 días", "2021年1月19日 11:17",
)  # fmt: skip


@dataclass
class Race:
    """CPU-seconds that two readers took for the same items."""

    name: str
    ours: float = 0.0
    theirs: float = 0.0
    items: int = 0

    def run(self, items: Sequence[_Item], own: Callable[[_Item], object], other: Callable[[_Item], object]) -> Race:
        """Read every item both ways, in turns; the first few are read once before and not counted."""
        for item in items[:_WARM]:
            _ran(own, item), _ran(other, item)
        for number, item in enumerate(items):
            first, second = (own, other) if number % 2 else (other, own)
            one, two = _ran(first, item), _ran(second, item)
            self.ours += one if first is own else two
            self.theirs += two if first is own else one
            self.items += 1
        return self

    def __str__(self) -> str:
        if not self.items or not self.ours:
            return f"{self.name:<34}no items"
        ours, theirs = self.items / self.ours, self.items / self.theirs
        return f"{self.name:<34}{self.items:>6} {ours:>12.0f} {theirs:>12.0f} {self.theirs / self.ours:>9.1f}x"


def _ran(read: Callable[[_Item], object], item: _Item) -> float:
    began = time.process_time()
    # A reader that gives up on an item has taken its time all the same.
    with contextlib.suppress(Exception):
        read(item)
    return time.process_time() - began


def pages_of(folder: Path | None, limit: int) -> list[tuple[bytes, str]]:
    """Pages with their addresses."""
    if folder is not None:
        files = itertools.islice((path for path in sorted(folder.rglob("*.htm*")) if path.is_file()), limit)
        return [(path.read_bytes(), f"https://example.org/news/{path.stem}") for path in files]
    with Newsroom(seed=1) as room:
        found = ((room.find(one.outlet, urlsplit(one.url).path), one.url) for one in room.truth().articles[:limit])
        return [(answer.body, url) for answer, url in found if answer is not None and answer.body]


def feeds_of(folder: Path | None, limit: int) -> list[bytes]:
    """Feeds of more than 20 kB; without a folder some are written, of as many entries as busy outlets list."""
    if folder is not None:
        bodies = (path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
        return list(itertools.islice((body for body in bodies if len(body) > _LEAST_FEED), limit))
    return [_feed(number) for number in range(min(limit, 20))]


def _feed(number: int) -> bytes:
    entries = "".join(
        f"<item><title>خبر رقم {n} من المدينة</title><link>https://example.org/{number}/{n}-headline</link>"
        f"<guid>https://example.org/?p={number * 1000 + n}</guid>"
        f"<pubDate>Tue, 19 Jan 2021 11:{n % 60:02}:00 +0200</pubDate>"
        f"<dc:creator>مراسل {n % 7}</dc:creator><category>محليات</category>"
        f"<description>&lt;p&gt;قال المجلس المحلي إن العمل بدأ في الطريق رقم {n}.&lt;/p&gt;</description>"
        f"<content:encoded><![CDATA[{_MARKUP.format(n=n) * 4}]]></content:encoded></item>"
        for n in range(_LONG_FEED)
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    head += 'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    return f"{head}<channel><title>أخبار</title><link>https://example.org/</link>{entries}</channel></rss>".encode()


def dates_of(file: Path | None, limit: int) -> list[str]:
    """Dates as pages write them."""
    if file is not None:
        return [line for line in file.read_text("utf-8").splitlines() if line.strip()][:limit]
    made = (_NOW - timedelta(days=37 * n, minutes=11 * n) for n in range(24))
    return [*(day.strftime(form) for day in made for form in _FORMS), *_WRITTEN][:limit]


def races(pages: Sequence[tuple[bytes, str]], feeds: Sequence[bytes], dates: Sequence[str]) -> Iterable[Race]:
    """Each race, run."""
    yield Race("pages: trafilatura, metadata").run(
        pages,
        lambda page: read_page(page[0], url=page[1], fetched_at=_NOW),
        lambda page: trafilatura.bare_extraction(page[0], url=page[1], with_metadata=True),
    )
    yield Race("feeds over 20 kB: feedparser").run(
        feeds, lambda body: read_channel(body, url="https://example.org/feed"), feedparser.parse
    )
    yield Race("dates: dateparser").run(dates, lambda text: parse_date(text, now=_NOW), dateparser.parse)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, metavar="DIR")
    parser.add_argument("--feeds", type=Path, metavar="DIR")
    parser.add_argument("--dates", type=Path, metavar="FILE")
    parser.add_argument("--limit", type=int, default=400, metavar="N")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    print(f"{'items a CPU-second':<34}{'items':>6} {'rasid':>12} {'other':>12} {'ratio':>10}")
    limit = options.limit
    sets = (pages_of(options.pages, limit), feeds_of(options.feeds, limit), dates_of(options.dates, limit))
    for race in races(*sets):
        print(race)


if __name__ == "__main__":
    main()
