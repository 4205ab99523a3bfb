"""Serves a tar of saved pages as an outlet with one RSS feed, so that real pages can pass through the whole pipeline.

Nothing is unpacked to disk; names are used as keys only, and what does not look like a plain file name is refused.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self
from urllib.parse import quote

from rasid.errors import UsageError
from rasid.newsroom import channels
from rasid.newsroom.channels import Item
from rasid.newsroom.outlets import Outlet, Plan
from rasid.newsroom.request_log import Gap, RequestLog
from rasid.newsroom.resource import Resource, route, with_validators
from rasid.newsroom.server import HostServer

MOST_PAGES = 20_000
#: Bytes of one page, and of all members together as the tar states them: more is a bomb, not a set of pages.
LARGEST_PAGE = 16 * 1024 * 1024
LARGEST_TAR = 1024 * 1024 * 1024

_PAGES = {"": "text/html", ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
          ".txt": "text/plain"}  # fmt: skip
_OTHERS = {".xml": "application/xml", ".json": "application/json", ".pdf": "application/pdf", ".jpg": "image/jpeg",
           ".png": "image/png", ".css": "text/css", ".js": "text/javascript"}  # fmt: skip
_FEED = "/feed.xml"


@dataclass(frozen=True, slots=True)
class SavedTruth:
    """What is known of saved pages: how many are served, from where each came, and what was left out.

    `originals` holds the original URL by the URL here, for the pages that the map names. `refused` holds
    (name, reason) of members that are not served.
    """

    pages: int
    urls: tuple[str, ...]
    originals: Mapping[str, str]
    refused: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-able."""
        return {
            "pages": self.pages,
            "urls": list(self.urls),
            "originals": dict(self.originals),
            "refused": [list(pair) for pair in self.refused],
        }


def safe_name(name: str) -> str | None:
    """`name` of a tar member as the path of a URL, without a slash at the start; None where it is not to be served.

    >>> safe_name("./pages/a.html"), safe_name("../etc/passwd"), safe_name("/etc/passwd")
    ('pages/a.html', None, None)
    """
    if name.startswith("/") or "\\" in name or any(ord(c) < 32 for c in name):
        return None
    parts = [part for part in PurePosixPath(name).parts if part != "."]
    if not parts or ".." in parts or len(name) > 1000:
        return None
    return "/".join(parts)


def read_tar(path: Path) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """All pages of a tar (plain, gz, bz2 or xz) by their safe names, and (name, reason) of what was left out.

    Raises:
        UsageError: `path` cannot be read, is no tar, or is larger than `LARGEST_TAR`.
    """
    found: dict[str, bytes] = {}
    refused: list[tuple[str, str]] = []
    total = 0
    try:
        with tarfile.open(path, mode="r|*") as tar:
            for member in tar:
                total += member.size
                if total > LARGEST_TAR:
                    raise UsageError(f"{path}: more than {LARGEST_TAR} bytes unpacked: split the tar")
                if member.isdir():
                    continue
                reason = _refusal(member, found)
                if reason:
                    refused.append((member.name, reason))
                    continue
                stream = tar.extractfile(member)
                found[str(safe_name(member.name))] = stream.read(LARGEST_PAGE) if stream else b""
    except (tarfile.TarError, EOFError, ValueError, ArithmeticError) as error:
        raise UsageError(f"{path} is no tar of pages ({error}): give a .tar, .tar.gz, .tar.bz2 or .tar.xz") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read as a tar ({error.strerror or error})") from error
    return found, refused


def _refusal(member: tarfile.TarInfo, found: Mapping[str, bytes]) -> str | None:
    name = safe_name(member.name)
    if not member.isfile():
        return "not a plain file"
    if name is None:
        return "unsafe name"
    if name in found:
        return "name came twice"
    if member.size > LARGEST_PAGE:
        return f"larger than {LARGEST_PAGE} bytes"
    if len(found) >= MOST_PAGES:
        return f"more than {MOST_PAGES} pages"
    return None


def read_map(path: Path) -> dict[str, str]:
    """A JSON object of name and original URL. Raises UsageError where it is anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no JSON map of names and URLs ({error})") from error
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise UsageError(f'{path} must be one JSON object: {{"page.html": "https://…"}}')
    return content


class SavedPages:
    """An outlet made of saved pages: each answers under its own name, byte for byte, with no charset in its header.

    Same use as `rasid.newsroom.Newsroom`: `start`, `stop`, `outlets`, `truth`, `log`, context manager.

    Args:
        path: a tar of pages, compressed or not.
        map: name in the tar to original URL, as a mapping or a JSON file; None where nothing is known.
        port: 0 takes any free one.
        now: time of the newest item in the feed, aware; the others are a second apart. None takes the clock.
    """

    def __init__(
        self,
        path: str | Path,
        map: str | Path | Mapping[str, str] | None = None,
        *,
        port: int = 0,
        now: datetime | None = None,
    ) -> None:
        pages, refused = read_tar(Path(path))
        originals = read_map(Path(map)) if isinstance(map, str | Path) else dict(map or {})
        self.log = RequestLog()
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        self._server = HostServer("saved", find=self.find, log=self.log, port=port)
        self._resources = {f"/{name}": _resource(name, body) for name, body in pages.items()}
        listed = [name for name in pages if _extension(name) in _PAGES]
        if not listed:
            raise UsageError(
                f"{path} holds no page: want files that end in .html, .htm, .xhtml, .txt or have no ending"
            )
        self._truth = self._make_truth(listed, originals, refused)
        self._resources[_FEED] = self._feed(listed, originals)

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """The one outlet of saved pages."""
        base = self._server.base_url
        return (Outlet("saved", "Saved pages", "saved", "", "und", "UTC", base, (("rss", base + _FEED),)),)

    @property
    def ports(self) -> Mapping[str, int]:
        """Port of the outlet by its id."""
        return {"saved": self._server.port}

    def _url(self, name: str) -> str:
        return f"{self._server.base_url}/{quote(name)}"

    def _make_truth(
        self, listed: list[str], originals: Mapping[str, str], refused: list[tuple[str, str]]
    ) -> SavedTruth:
        return SavedTruth(
            pages=len(listed),
            urls=tuple(self._url(name) for name in listed),
            originals={self._url(name): originals[name] for name in listed if name in originals},
            refused=tuple(refused),
        )

    def _feed(self, listed: list[str], originals: Mapping[str, str]) -> Resource:
        plan = Plan("saved", "Saved pages", "saved", "", "und", "UTC", "", (("rss", _FEED),), "")
        items = [
            Item(
                url=self._url(name),
                guid=originals.get(name, name),
                title=name,
                summary="",
                author="",
                published=self.now - timedelta(seconds=index),
                updated=self.now,
            )
            for index, name in enumerate(listed)
        ]
        body = channels.rss(plan, self._server.base_url, items).encode("utf-8", "replace")
        return with_validators(body, content_type="application/rss+xml; charset=utf-8", changed=self.now)

    def find(self, target: str) -> Resource | None:
        """What is answered for the target of a request line; None where there is nothing."""
        return self._resources.get(route(target))

    def truth(self) -> SavedTruth:
        """How many pages there are, and where they came from."""
        return self._truth

    def advance(self) -> SavedTruth:
        """Saved pages do not change: the truth as before."""
        return self._truth

    def start(self) -> Self:
        """Begin to answer."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop answering and give the port back; harmless when called twice."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def closest_gap(self, host: str) -> Gap | None:
        """As `RequestLog.closest_gap`."""
        return self.log.closest_gap(host)

    def overlaps(self, host: str) -> int:
        """As `RequestLog.overlaps`."""
        return self.log.overlaps(host)


def _extension(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _resource(name: str, body: bytes) -> Resource:
    extension = _extension(name)
    return Resource(body, content_type=_PAGES.get(extension) or _OTHERS.get(extension, "application/octet-stream"))
