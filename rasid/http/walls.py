"""The wall behind a refusal, or in place of what was asked for: told from headers and body. Pure.

Makers of walls answer robots with 403, 429 or 503 and say so in a header, in a script or in words; a bare refusal, and
a server that is only busy, have none of these. Words and marks are those of `rasid.text.walls`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rasid.errors import Park
from rasid.model import Answer
from rasid.text.bounds import bounded
from rasid.text.charset import decode
from rasid.text.fold import fold
from rasid.text.walls import MAX_MARKED, MAX_WALL, mark, reach, words

#: Bytes of a body in which marks are looked for, and bytes that are read as a page: where a page begins with long
#: scripts, its text lies behind them.
_HEAD, _PAGE = 65_536, 262_144
_REFUSALS = frozenset({401, 402, 403, 407, 451})
#: A server that is busy says these too: only a check for robots makes them a wall, and no wall names a time.
_BUSY = frozenset({429, 503})
#: Header, the beginning of its value in lower case ("" for any): sent with a challenge and with nothing else.
_CHALLENGES = (
    ("cf-mitigated", "challenge"),
    ("x-amzn-waf-action", "challenge"),
    ("x-amzn-waf-action", "captcha"),
    ("x-vercel-mitigated", "challenge"),
    ("server", "imunify360-webshield"),
    ("server", "datadome"),
)
#: These stand on every answer of a guarded site, or of its guard: with a refusal they name who refuses.
_GUARDS = (
    ("x-datadome", ""),
    ("x-dd-b", ""),
    ("x-sucuri-block", ""),
    ("x-vercel-mitigated", ""),
    ("server", "akamaighost"),
)
#: A page that calls itself an article is believed where it came with a success: its beginning may stand there.
_SAYS_ARTICLE = re.compile(
    rb""""@type"\s{0,9}:\s{0,9}"(?:News)?Article"|og:type["']?\s{1,9}content\s{0,9}=\s{0,9}["']?article""", re.I
)
_ROBOT, _LOGIN, _PAYWALL = "robot_wall", "login_wall", "paywall"


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall: its `kind` (``robot_wall consent_wall login_wall paywall``), and the `sign` by which it was known."""

    kind: str
    sign: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A body as a reader would see it: its folded text with the title, and how long that is."""

    folded: str
    reach: int
    password: bool


def refuse_walls(answer: Answer) -> None:
    """Raises Park ``blocked`` where a wall stands behind a refusal; `str` of it begins with the kind and a colon."""
    wall = wall_behind(answer)
    if wall is not None:
        raise blocked(wall, answer)


def blocked(wall: Wall, answer: Answer) -> Park:
    """The end of a link, or of a visit, that met a wall."""
    evidence: dict[str, object] = {
        "wall": wall.kind, "sign": wall.sign, "status": answer.status, "url": answer.url[:300],
    }  # fmt: skip
    return Park("blocked", f"{wall.kind}: status {answer.status}, {wall.sign}", evidence=evidence)


def wall_behind(answer: Answer) -> Wall | None:
    """The wall behind an answer with a status of 401 402 403 407 429 451 503; None for any other, and for none.

    429 and 503 need the sign of a check for robots, and no Retry-After: else the server is busy, and is asked later.
    """
    if answer.status in _BUSY:
        return None if "retry-after" in answer.headers else _check_for_robots(answer, _seen(answer))
    if answer.status not in _REFUSALS:
        return None
    sign = _header(answer.headers, _CHALLENGES) or _header(answer.headers, _GUARDS)
    if sign is not None:
        return Wall(_ROBOT, sign)
    wall = _by_body(answer)
    scheme = answer.headers.get("www-authenticate", "").partition(" ")[0]
    if wall is None and answer.status == 401 and scheme:
        return Wall(_LOGIN, f"www-authenticate: {scheme[:40]}")
    return wall


def wall_instead(answer: Answer) -> Wall | None:
    """The wall that came in place of what was asked for, with a status of success; None for none.

    Meant for what is no page of its own right: a web page in place of a feed, or where a redirect ended. A price is not
    looked for, since a teaser is an article's beginning; nor any wall where the page calls itself an article.
    """
    if len(answer.body) > _PAGE or _SAYS_ARTICLE.search(answer.body):
        return None
    seen = _seen(answer)
    wall = _check_for_robots(answer, seen)
    if wall is not None or seen.reach > MAX_WALL:
        return wall
    for kind in ("consent_wall", _LOGIN):
        if phrase := words(seen.folded, kind):
            return Wall(kind, _quoted(phrase))
    return Wall(_LOGIN, "a field for a password") if seen.password and seen.reach <= MAX_MARKED else None


def _check_for_robots(answer: Answer, seen: _Seen) -> Wall | None:
    """A check for robots, by what no busy server and no page says of itself."""
    sign = _header(answer.headers, _CHALLENGES)
    if sign is not None:
        return Wall(_ROBOT, sign)
    if seen.reach > MAX_WALL:
        return None
    phrase = words(seen.folded, _ROBOT)
    return Wall(_ROBOT, _quoted(phrase)) if phrase else _by_mark(answer, seen, refused=False)


def _by_body(answer: Answer) -> Wall | None:
    """The wall that the body of a refusal shows."""
    seen = _seen(answer)
    if seen.reach > MAX_WALL:
        # A page with much text that costs money: the status says so, and the text may be the article's beginning.
        phrase = words(seen.folded, _PAYWALL) if answer.status == 402 else None
        return Wall(_PAYWALL, _quoted(phrase)) if phrase else None
    wall = _by_mark(answer, seen, refused=True)
    if wall is not None:
        return wall
    for kind, families in (
        (_PAYWALL, ("paywall",)),
        (_ROBOT, ("robot_wall", "robot_block")),
        ("consent_wall", ("consent_wall",)),
        (_LOGIN, ("login_wall", "login_refusal")),
    ):
        if phrase := words(seen.folded, *families):
            return Wall(kind, _quoted(phrase))
    return Wall(_LOGIN, "a field for a password") if seen.password else None


def _by_mark(answer: Answer, seen: _Seen, *, refused: bool) -> Wall | None:
    found = mark(answer.body[:_HEAD], refused=refused) if seen.reach <= MAX_MARKED else None
    return Wall(_ROBOT, f"{found} in the page") if found else None


def _header(headers: Mapping[str, str], known: tuple[tuple[str, str], ...]) -> str | None:
    for name, begins in known:
        value = headers.get(name)
        if value is not None and value.strip().lower().startswith(begins):
            return f"{name}: {value.strip()[:60]}"
    return None


def _quoted(phrase: str) -> str:
    return f"it says “{phrase[:80]}”"


def _seen(answer: Answer) -> _Seen:
    tree = LexborHTMLParser(_text(answer))
    named = tree.css_first("title")
    title = _line(named) if named is not None else ""
    tree.strip_tags(["title", "script", "style", "template", "svg"], recursive=True)
    text = _line(tree.root) if tree.root is not None else ""
    password = tree.css_first('input[type="password" i]') is not None
    # The title stands on a line of its own: some phrases are whole titles.
    return _Seen(fold(f"{title}\n{text}"), reach(text), password)


def _text(answer: Answer) -> str:
    """The page, cut where its parser would take long."""
    text = decode(answer.body[:_PAGE], content_type=answer.headers.get("content-type")).text
    return bounded(text.encode("utf-8", "replace")).decode("utf-8", "ignore")


def _line(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ", deep=True).split())
