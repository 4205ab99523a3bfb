"""Where the article stands on the pages of one host: learned from pages that were read surely, for those that are not.

A container is known by its signature: tag, id and classes of a node and of those above it. What a sure reading used is
held; what it did without is missed, and forgotten when it is missed for long, for then the site has changed. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

#: Readings that must have used a container before it is believed where a reading is unsure.
LEAST_HELD = 3
#: More readings than this teach nothing new.
ENOUGH_HELD = 20
#: Articles in a row without a container after which it is forgotten; a try that failed counts for several.
FORGET_AFTER, FAILED_TRY = 30, 10
#: Containers that are kept of a host.
MAX_KEPT = 8
#: Nodes that make a signature, and its length in characters.
_LEVELS, _MAX_LENGTH = 3, 300
# Names with a number in them are of one page ("post-4711"); hashes of style sheets change with each release.
_OF_ONE_PAGE = re.compile(r"\d|^css-|^sc-|^jss|__[A-Za-z]*[A-Z][A-Za-z]*$")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a container has done: readings that used it, and articles in a row that did without."""

    held: int = 0
    missed: int = 0


def signature_of(node: LexborNode | None) -> str | None:
    """The signature of `node`, such as ``main>div.story>div#body.entry-content``; None where nothing names it.

    Two pages made from one template give the same one. Only the node's own name makes it known: a bare `div` in a
    well-named place may be any.
    """
    parts: list[str] = []
    while node is not None and len(parts) < _LEVELS and node.tag not in (None, "body", "html"):
        part = _named(node)
        if not parts and part == node.tag and part not in ("article", "main"):
            return None
        parts.append(part)
        node = node.parent
    text = ">".join(reversed(parts))
    return text if parts and len(text) <= _MAX_LENGTH else None


def _named(node: LexborNode) -> str:
    attributes = node.attributes
    name = (attributes.get("id") or "").strip()
    classes = sorted(token for token in set((attributes.get("class") or "").split()[:12]) if _lasts(token))
    property_ = attributes.get("itemprop") or ""
    return "".join(
        [
            node.tag or "",
            f"#{name}" if name and " " not in name and _lasts(name) else "",
            *(f".{token}" for token in classes),
            f"[{property_}]" if property_ and _lasts(property_) else "",
        ]
    )


def _lasts(token: str) -> bool:
    return len(token) <= 60 and ">" not in token and _OF_ONE_PAGE.search(token) is None


def trusted(known: Mapping[str, Standing]) -> tuple[str, ...]:
    """Signatures to try where a reading is unsure, those that held most often first."""
    fit = [name for name, standing in known.items() if standing.held >= LEAST_HELD]
    return tuple(sorted(fit, key=lambda name: (known[name].missed, -known[name].held, name)))


def learn(known: Mapping[str, Standing], used: str | None, failed: Iterable[str] = ()) -> dict[str, Standing]:
    """`known` after one article more.

    Args:
        used: the container of its reading, where that was sure; None where it was not, or where nothing names it.
        failed: containers that were tried on it and did not hold its text.
    """
    tried = set(failed)
    after: dict[str, Standing] = {}
    for name, standing in known.items():
        if name == used:
            continue
        missed = standing.missed + (FAILED_TRY if name in tried else 1 if used else 0)
        if missed < FORGET_AFTER:
            after[name] = Standing(standing.held, missed)
    if used:
        held = known[used].held if used in known else 0
        after[used] = Standing(min(held + 1, ENOUGH_HELD), 0)
    best = sorted(after, key=lambda name: (name != used, after[name].missed, -after[name].held))[:MAX_KEPT]
    return {name: after[name] for name in best}
