"""What stands in front of a page: a check for robots, a question of consent, a login, a price. Pure.

Walls that come with a refusal are told by `rasid.http.walls`, by the same words and marks.
"""

from __future__ import annotations

from rasid.text.fold import fold
from rasid.text.walls import MAX_MARKED, MAX_WALL, mark, reach, words

#: A page that calls itself an article is believed, unless it has no more text than a teaser.
_MAX_TEASER = 700
_ROBOT = ("robot_wall", "robot_block", "refused")


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
    if length > MAX_WALL:
        return None
    folded = fold(f"{title or ''} \n {said}")
    if length <= _MAX_TEASER and (free is False or words(folded, "paywall")):
        return "paywall"
    if article:
        return None
    for name, families in (
        ("robot_wall", _ROBOT),
        ("consent_wall", ("consent_wall",)),
        ("login_wall", ("login_wall",)),
    ):
        if words(folded, *families):
            return name
    if length <= MAX_MARKED and mark(page):
        return "robot_wall"
    return "login_wall" if password and len(said) < 80 else None
