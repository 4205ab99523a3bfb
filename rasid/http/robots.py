"""robots.txt: what a site asks of crawlers, read as RFC 9309 says. Pure; only `answer_robots` may read a file.

Where the RFC is silent (typing mistakes in directive names, a missing colon, ``index.html``), the open-source parser
of Google is followed, as most sites are written for it. The parser is our own since the packaged ones match agent names
inside longer names, split lines at characters that end none, and cannot say which rule decided.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rasid import urls
from rasid.errors import Park

#: Bytes that are read; RFC 9309, 2.5 asks for at least 500 KiB.
MAX_BYTES = 500 * 1024
_LINE_END = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"[A-Za-z_-]+")
_AGENT = re.compile(r"([A-Za-z_-]+)(?:/.*)?", re.DOTALL)
_COMPATIBLE = re.compile(r"Mozilla/[0-9.]+ \(compatible; *([A-Za-z_-]+)")
_SECONDS = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,9}))?")
_STARS = re.compile(r"\*+")
# Order matters where one name begins another.
_FIELDS = (
    ("agent", ("user-agent", "useragent", "user agent")),
    ("disallow", ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")),
    ("allow", ("allow",)),
    ("sitemap", ("sitemap", "site-map")),
    ("delay", ("crawl-delay", "crawl delay", "crawldelay")),
)
_UNESCAPED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~*$"
_NEEDS_WORK = re.compile(r"%(?:[0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


@dataclass(frozen=True, slots=True)
class _Rule:
    """One allow or disallow line. `parts` are what stands between its stars; `length` decides which rule wins."""

    allow: bool
    shown: str
    parts: tuple[str, ...]
    anchored: bool
    length: int
    line: int = 0

    def matches(self, path: str) -> bool:
        """Whether the pattern matches from the start of `path`. Linear in its length: each part is looked for once."""
        first, *rest = self.parts
        if not path.startswith(first):
            return False
        at = len(first)
        if not rest:
            return not self.anchored or at == len(path)
        for part in rest[:-1]:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        if self.anchored:
            return len(path) - len(rest[-1]) >= at and path.endswith(rest[-1])
        return path.find(rest[-1], at) >= 0


@dataclass(slots=True, eq=False)
class _Group:
    """Rules, or a delay, that stand under some agent lines. Shared by all agents named there, so that a long list of
    agents before a long list of rules costs their sum and not their product."""

    rules: list[_Rule] = field(default_factory=list)
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a URL may be fetched, and why.

    `rule` is None where no rule speaks of it; ``unreachable`` where the file could not be had. `line` is the rule's
    number in the file, from 1. `agent` is the name of the group that was obeyed, ``*`` for that of all; None where
    the file has neither.
    """

    allowed: bool
    rule: str | None = None
    line: int | None = None
    agent: str | None = None


class Robots:
    """What one robots.txt asks.

    Attributes:
        sitemaps: absolute http(s) URLs in the order given, none twice.

    >>> Robots.parse(b"User-agent: *\\nDisallow: /x", status=200).verdict("https://example.org/x/1", "rasid")
    (False, 'disallow: /x')
    """

    def __init__(self) -> None:
        self.sitemaps: tuple[str, ...] = ()
        self._groups: dict[str, list[_Group]] = {}
        self._sorted: dict[str, list[_Rule]] = {}
        self._unreachable = False

    @classmethod
    def parse(cls, body: bytes | str, *, status: int) -> Robots:
        """Read one answer for ``/robots.txt``, after redirects.

        `status` is the HTTP status, 0 where the host could not be reached. 2xx: the rules of the body. 5xx, 429 and 0:
        everything is disallowed for now (RFC 9309, 2.3.1.4; 429 asks for the same restraint). Others: everything is
        allowed. Never raises; of a longer body the first `MAX_BYTES` bytes count, down to the last whole line.
        """
        robots = cls()
        if status == 0 or status == 429 or status >= 500:
            robots._unreachable = True
        elif 200 <= status < 300:
            robots._read(_text(body))
        return robots

    def verdict(self, url: str, user_agent: str) -> tuple[bool, str | None]:
        """Whether `user_agent` may fetch `url`, and the rule that says so; None where no rule speaks of it.

        `user_agent` is a product token or a whole User-Agent value. The rule is ``unreachable`` where the file could
        not be had. Whoever fetches ``/robots.txt`` need not ask: that is always allowed (RFC 9309, 2.2.2).
        """
        ruling = self.ruling(url, user_agent)
        return ruling.allowed, ruling.rule

    def ruling(self, url: str, user_agent: str) -> Ruling:
        """As `verdict`, with the line that the rule stands in and the group that it stands under."""
        if self._unreachable:
            return Ruling(False, "unreachable")
        token = _product(user_agent)
        agent = next((name for name in (token, "*") if name in self._groups), None)
        path = _path(url)
        rule = next((rule for rule in self._rules_for(token) if rule.matches(path)), None)
        return Ruling(True, agent=agent) if rule is None else Ruling(rule.allow, rule.shown, rule.line, agent)

    def crawl_delay(self, user_agent: str) -> float | None:
        """Seconds between two requests that are asked of `user_agent`: the longest of several; None where none are."""
        delays = [group.delay for group in self._groups_for(_product(user_agent)) if group.delay is not None]
        return max(delays, default=None)

    def _groups_for(self, token: str) -> list[_Group]:
        return self._groups[token] if token in self._groups else self._groups.get("*", [])

    def _rules_for(self, token: str) -> list[_Rule]:
        """The rules of all groups of an agent, the longest first; allow wins a tie."""
        if token not in self._sorted:
            rules = [rule for group in self._groups_for(token) for rule in group.rules]
            self._sorted[token] = sorted(rules, key=lambda rule: (-rule.length, not rule.allow))
        return self._sorted[token]

    def _read(self, text: str) -> None:
        # An agent line after a rule starts a new group. One after a delay starts one for the delays that follow, but
        # not for rules: reading other records must not interfere with rules (RFC 9309, 2.2.4).
        group, slowed = _Group(), _Group()
        ruled = delayed = False
        sitemaps: dict[str, None] = {}
        for number, line in enumerate(_LINE_END.split(text), start=1):
            kind, value = _directive(line) if line else ("", "")
            if kind == "agent":
                group = _Group() if ruled else group
                slowed = _Group() if ruled or delayed else slowed
                ruled = delayed = False
                self._join(_named(value), group, slowed)
            elif kind in ("allow", "disallow"):
                ruled = True
                group.rules.extend(_rules(kind == "allow", value, number))
            elif kind == "delay":
                delayed = True
                slowed.delay = _slower(slowed.delay, value)
            elif kind == "sitemap":
                sitemaps.update(dict.fromkeys(_sitemap(value)))
        self.sitemaps = tuple(sitemaps)

    def _join(self, token: str, *groups: _Group) -> None:
        """Put an agent under the groups; not twice under one that it stands under already."""
        known = self._groups.setdefault(token, [])
        known.extend(group for group in dict.fromkeys(groups) if not any(group is other for other in known[-2:]))


def answer_robots(item: Mapping[str, object]) -> dict[str, object]:
    """The answer of ``rasid pipe robots`` to one item, but its id (`body` or `path`, `url`, `user_agent`?, `status`?).

    Raises:
        Park: ``bad_input`` where a field is missing or of the wrong type, ``unreadable_file`` where the file is.
    """
    url, agent, status = item.get("url"), item.get("user_agent", "rasid"), item.get("status", 200)
    if not isinstance(url, str) or not isinstance(agent, str) or not isinstance(status, int):
        raise Park("bad_input", "robots needs strings `url` and `user_agent`, and a whole number `status` if any")
    robots = Robots.parse(_body_of(item), status=status)
    return {
        "allowed": robots.verdict(url, agent)[0],
        "crawl_delay": robots.crawl_delay(agent),
        "sitemaps": list(robots.sitemaps),
    }


def _body_of(item: Mapping[str, object]) -> bytes | str:
    body, path = item.get("body"), item.get("path")
    if isinstance(body, str):
        return body
    if not isinstance(path, str):
        raise Park("bad_input", "robots needs a string `body` or `path`")
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Park("unreadable_file", f"{path}: {error}") from error


def _text(body: bytes | str) -> str:
    """The first `MAX_BYTES` as text. Octets that are no UTF-8 are kept, so that they are compared as they are."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if len(raw) > MAX_BYTES:
        cut = raw[:MAX_BYTES]
        raw = cut[: max(cut.rfind(b"\n"), cut.rfind(b"\r")) + 1] or cut
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def _directive(line: str) -> tuple[str, str]:
    """Kind and value of a line; ("", "") for one that says nothing. A missing colon is forgiven before one word."""
    line = line.partition("#")[0].strip()
    name, colon, value = line.partition(":")
    if not colon:
        words = line.split()
        if len(words) != 2:
            return "", ""
        name, value = words
    name = name.strip().lower()
    for kind, names in _FIELDS:
        if name.startswith(names):
            return kind, value.strip()
    return "", ""


def _named(value: str) -> str:
    """The product token of an agent line in lower case, ``*`` for all; "" for one that names nobody."""
    if value[:1] == "*" and not value[1:2].strip():
        return "*"
    match = _TOKEN.match(value)
    return match[0].lower() if match else ""


def _product(user_agent: str) -> str:
    """The product token that a User-Agent value goes by. A name with spaces has none, and so matches ``*`` alone."""
    match = _COMPATIBLE.match(user_agent) or _AGENT.fullmatch(user_agent)
    return match[1].lower() if match else "*"


def _rules(allow: bool, value: str, line: int) -> list[_Rule]:
    """The rules of one line: none for an empty value, two for an allowed ``…/index.html``."""
    if not value:
        return []
    rules = [_rule(allow, value, line)]
    if allow and value.endswith("/index.html"):
        rules.append(_rule(True, value.removesuffix("index.html") + "$", line))
    return rules


def _rule(allow: bool, value: str, line: int) -> _Rule:
    shown = f"{'allow' if allow else 'disallow'}: {value[:200]}".encode("utf-8", "replace").decode("utf-8")
    anchored = value.endswith("$")
    pieces = _STARS.sub("*", value[:-1] if anchored else value).split("*")
    parts = tuple(_comparable(piece) for piece in pieces)
    return _Rule(allow, shown, parts, anchored, sum(map(len, parts)) + len(parts) - 1 + anchored, line)


def _slower(known: float | None, value: str) -> float | None:
    """The longer of a delay known so far and the one that `value` gives, in seconds."""
    match = _SECONDS.match(value)
    return max(known or 0.0, float(f"{match[1]}.{match[2] or 0}")) if match else known


def _sitemap(value: str) -> list[str]:
    href = urls.normalise(value)
    return [href] if href and href.startswith(("http://", "https://")) else []


def _path(url: str) -> str:
    """What rules are compared with: path and query of the URL, without its fragment; "/" where it has none."""
    href = urls.normalise(url) or url
    authority = href.find("://")
    slash = href.find("/", authority + 3) if authority >= 0 else 0
    path = href[slash:].partition("#")[0] if slash >= 0 else ""
    return _comparable(path) if path.startswith("/") else "/"


def _comparable(text: str) -> str:
    """One spelling of octets (RFC 9309, 2.2.2): escapes of unreserved characters undone, others in upper case, and
    octets that no URL holds bare escaped."""
    return _NEEDS_WORK.sub(_spell, text) if _NEEDS_WORK.search(text) else text


def _spell(match: re.Match[str]) -> str:
    found = match[0]
    if found.startswith("%"):
        char = chr(int(found[1:], 16))
        return char if char in _UNESCAPED else found.upper()
    try:
        octets = found.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        octets = found.encode("utf-8", "replace")
    return "".join(f"%{octet:02X}" for octet in octets)
