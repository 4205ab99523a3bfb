"""How common words and phrases are: the tables that are shipped, and what was counted in the articles of this crawl.

A background is data with a version: keywords change when it does, and say so (`made_by`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rasid.enrich.salience import Salience, Stored, merged, shipped, start
from rasid.text.background import common_words

#: Words of a text, about: by that a share of texts becomes a frequency.
_TEXT_WORDS = 400
#: Zipf frequency of a word that is in no list.
UNKNOWN = 2.6
_LISTED = frozenset({"ar", "en", "fr", "tr", "fa", "de", "es", "it", "he", "ru", "ur"})
#: So many texts of a language say what is common in it.
ENOUGH = 300


@dataclass(frozen=True, slots=True)
class Learned:
    """What was counted in the articles of one language. `version` counts how often that was done."""

    version: int
    counts: Stored


class Background:
    """How common words and phrases are, by language. Holds no state of a text; may be shared by threads.

    Args:
        learned: by language; a table of fewer than `ENOUGH` texts is left out. None for what is shipped alone.

    Attributes:
        version: of what was learned, for example ``ar3.en1``; empty for what is shipped alone.
        arabic: counts of Arabic words and phrases, those that are shipped and those that were learned together, told of
            as many texts as the shipped table has: the weights of the ranker were learned from it.
    """

    def __init__(self, learned: Mapping[str, Learned] | None = None) -> None:
        kept = {language: one for language, one in (learned or {}).items() if one.counts.texts >= ENOUGH}
        self.version = ".".join(f"{language}{one.version}" for language, one in sorted(kept.items()))
        self.arabic = shipped()
        if "ar" in kept:
            began = start()
            self.arabic = Salience(merged(began, kept["ar"].counts), as_of=began.texts)
        self._learned = {language: Salience(one.counts) for language, one in kept.items() if language != "ar"}

    def zipf(self, forms: set[str], language: str) -> float:
        """Log10 of how often a folded word is written in a thousand million, by the commonest of its forms.

        The lists count everyday language; a word that is in much of what this crawl brings tells little either, however
        rare it is elsewhere.
        """
        table = common_words(language) if language in _LISTED else {}
        found = max((table.get(form, UNKNOWN) for form in forms), default=UNKNOWN)
        learned = self._learned.get(language)
        if learned is None:
            return found
        share = max(learned.word(form).texts for form in forms) / learned.texts
        return max(found, math.log10(share / _TEXT_WORDS * 1e9)) if share else found


@lru_cache(maxsize=1)
def starting() -> Background:
    """What is shipped, with nothing learned."""
    return Background()
