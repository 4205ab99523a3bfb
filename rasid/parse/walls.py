"""What stands in front of a page: a check for robots, a question of consent, a login, a price. Pure.

Walls stand alone: a page with much text mentions robots, cookies or subscribers for some other reason.
"""

from __future__ import annotations

import re

from rasid.parse.tables import phrases
from rasid.text.fold import fold

#: Characters of text beyond which no phrase makes a page a wall.
_MAX_WALL = 1200
#: A page that calls itself an article is believed, unless it has no more text than a teaser.
_MAX_TEASER = 700
#: What the makers of walls leave in the page; looked for only where next to no text is found.
_MARKS = (
    b"challenge-platform", b"cf-browser-verification", b"cf_chl_", b"_Incapsula_Resource", b"captcha-delivery.com",
    b"px-captcha", b"perimeterx", b"geo.captcha", b"awsWafCookieDomainList", b"/_sec/cp_challenge", b"ddos-guard",
    b"sucuri_cloudproxy", b"hcaptcha.com/1/api.js",
)  # fmt: skip
_MAX_MARKED = 400


def wall_of(
    said: str, *, title: str | None, page: bytes, article: bool, free: bool | None, password: bool
) -> str | None:
    """Which wall a page is: ``robot_wall consent_wall login_wall paywall``; None for none.

    Args:
        said: all text that was found, furniture included.
        article: whether the page calls itself an article.
        free: what it says of its price; None where it is silent.
        password: whether it asks for one.
    """
    length = reach(said)
    if length > _MAX_WALL:
        return None
    folded = fold(f"{title or ''} \n {said}")
    if length <= _MAX_TEASER and (free is False or phrases("paywall").search(folded)):
        return "paywall"
    if article:
        return None
    for name in ("robot_wall", "consent_wall", "login_wall"):
        if phrases(name).search(folded):
            return name
    if length <= _MAX_MARKED and any(mark in page for mark in _MARKS):
        return "robot_wall"
    return "login_wall" if password and len(said) < 80 else None


def reach(text: str) -> int:
    """The length of a text in characters of a Latin script: Arabic says the same in fewer, Chinese in far fewer."""
    sample = text[:400]
    dense = len(_DENSE.findall(sample))
    short = len(_SHORT.findall(sample))
    if dense + short < 0.3 * len(sample):
        return len(text)
    return round(len(text) * (2.5 if dense > short else 1.3))


_SHORT = re.compile("[\u0590-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
