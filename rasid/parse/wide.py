"""All that a page shows in its main part: what is given of pages that are no article.

A forum, a shop or a list of links has no one container of prose. Its text is every line of the main part, in the
order of the page, without navigation, forms of consent and the like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Elements whose text goes on in the line of what holds them.
_INLINE = frozenset(
    {
        "a", "b", "i", "em", "strong", "span", "u", "small", "sup", "sub", "code", "mark", "time", "abbr", "cite", "q",
        "s", "del", "ins", "font", "wbr", "bdi", "bdo", "kbd", "label", "tt", "big", "strike", "acronym", "-text",
    }
)  # fmt: skip
_LEFT_OUT = frozenset({"nav", "footer", "aside", "form", "input", "head", "script", "style", "-comment"})
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|footer|cookies?|consent|gdpr|modal|popup|overlay|"
    r"newsletter|subscribe|share|sharing|social|sidebar|pagination|pager|skip|sr-only|visually-?hidden|"
    r"screen-reader-text|advert\w*|ads?|login|signature|toolbar|related|recommend\w*|promo\w*|filters?|dropdown)"
    r"(?:$|[\s_-])",
    re.I,
)
_ROLES = frozenset({"navigation", "contentinfo", "dialog", "search", "complementary", "menu", "banner"})
_MAIN = "main, [role='main'], #main-content, #main, #content"
#: A part is believed to be the main one where it holds this share of all text.
_LEAST_OF_PAGE = 0.3
#: Furniture that holds more of the main part than this is what the page is made of.
_MOST_OF_MAIN = 0.5
#: Bounds on what a hostile page can make us walk.
MAX_NODES, MAX_DEPTH = 60_000, 200


def read_wide(tree: LexborHTMLParser) -> list[str]:
    """Lines of the main part of `tree`, white space collapsed, each once; empty where it shows nothing.

    `tree` may have been read for its body before, and is not changed.
    """
    root = tree.body
    if root is None:
        return []
    region = _region(root)
    return list(dict.fromkeys(_lines(region)))


def _region(root: LexborNode) -> LexborNode:
    whole = len(root.text(deep=True))
    for node in root.css(_MAIN)[:5]:
        if len(node.text(deep=True)) >= _LEAST_OF_PAGE * whole:
            return node
    return root


def _lines(region: LexborNode) -> Iterator[str]:
    """Depth first without recursion: a node is entered, and left to end its line."""
    whole = len(region.text(deep=True))
    line: list[str] = []
    stack: list[tuple[LexborNode | None, int]] = [(region, 0)]
    looked = 0
    while stack and looked < MAX_NODES:
        node, depth = stack.pop()
        looked += 1
        if node is None:
            yield from _ended(line)
            continue
        tag = node.tag or ""
        if tag == "-text":
            line.append(node.text_content or "")
            continue
        if depth > MAX_DEPTH or (depth and _is_furniture(node, tag, whole)):
            continue
        if tag not in _INLINE:
            yield from _ended(line)
            stack.append((None, depth))
        stack += [(child, depth + 1) for child in reversed(list(node.iter(include_text=True)))]
    yield from _ended(line)


def _ended(line: list[str]) -> Iterator[str]:
    text = " ".join("".join(line).split())
    line.clear()
    if len(text) > 1:
        yield text


def _is_furniture(node: LexborNode, tag: str, whole: int) -> bool:
    if tag in _LEFT_OUT:
        return tag != "form" or len(node.text(deep=True)) < _MOST_OF_MAIN * whole
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("role") in _ROLES:
        return True
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return _FURNITURE.search(named) is not None and len(node.text(deep=True)) < _MOST_OF_MAIN * whole
