"""Room and CPU of stored pages: packed alone, and with an earlier page of their site as dictionary.

    python benchmarks/pages.py [ARCHIVE.warc.gz ...]

Takes the pages of the sample newsroom, or of the web archives that are named: pages of a host in the order of the
archive, the first of each being the dictionary of the others. Hosts with one page are left out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import zstandard

from rasid import urls
from rasid.discover.warc import Capture, read_archive
from rasid.newsroom.room import Newsroom
from rasid.store import packing

_TYPES = ("text/html", "application/xhtml+xml")


@dataclass
class Way:
    """One way to pack: bytes that remain, CPU-seconds of packing and unpacking."""

    name: str
    packed: int = 0
    packing: float = 0.0
    unpacking: float = 0.0

    def add(self, body: bytes, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> None:
        began = time.process_time()
        data = pack(body)
        middle = time.process_time()
        if unpack(data) != body:
            raise SystemExit(f"{self.name}: a page did not come back as it was")
        self.packed += len(data)
        self.packing += middle - began
        self.unpacking += time.process_time() - middle


def from_archives(paths: Iterable[Path]) -> dict[str, list[bytes]]:
    sites: dict[str, list[bytes]] = {}
    for path in paths:
        with path.open("rb") as file:
            for record in read_archive(file, types=_TYPES, max_bytes=5_000_000):
                if isinstance(record, Capture):
                    sites.setdefault(urls.host(record.url), []).append(record.body)
    return sites


def from_newsroom() -> dict[str, list[bytes]]:
    sites: dict[str, list[bytes]] = {}
    with Newsroom(seed=1) as room:
        for article in room.truth().articles:
            found = room.find(article.outlet, urlsplit(article.url).path)
            if found is not None and found.body:
                sites.setdefault(article.outlet, []).append(found.body)
    return sites


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="*", type=Path)
    options = parser.parse_args()
    sites = from_archives(options.archives) if options.archives else from_newsroom()
    sites = {host: bodies for host, bodies in sites.items() if len(bodies) > 1}
    ways = [Way("zstd 3"), Way("zstd 6"), Way("zstd 6, page of the site")]
    pages = raw = 0
    for bodies in sites.values():
        dictionary = packing.Dictionary(bodies[0])
        for body in bodies[1:]:
            pages, raw = pages + 1, raw + len(body)
            ways[0].add(body, zstandard.ZstdCompressor(level=3).compress, packing.unpack)
            ways[1].add(body, packing.pack, packing.unpack)
            ways[2].add(body, dictionary.pack, dictionary.unpack)
    print(f"{pages} pages of {len(sites)} sites, {raw / max(pages, 1):,.0f} bytes a page")
    print(f"{'':26} {'bytes a page':>12} {'ratio':>6} {'pack ms':>8} {'unpack ms':>9}")
    for way in ways:
        print(
            f"{way.name:26} {way.packed / max(pages, 1):12,.0f} {raw / max(way.packed, 1):6.1f} "
            f"{1000 * way.packing / max(pages, 1):8.2f} {1000 * way.unpacking / max(pages, 1):9.2f}"
        )


if __name__ == "__main__":
    main()
