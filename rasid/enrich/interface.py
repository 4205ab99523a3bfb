"""What an enricher is: something that reads articles and says things of them, one kind of thing or several.

rasid's own and those of others answer to one shape, so that each can be run again by itself over any range of articles
(a backfill), compared with what was said before, and left out where it is not wanted. An enricher is a pure function
of an article and of its own versioned data: asked twice, it answers the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from rasid.model import Annotation

__all__ = ["Annotation", "Doc", "Enricher"]


@dataclass(frozen=True, slots=True)
class Doc:
    """An article as enrichers see it.

    Attributes:
        id: the article.
        language: BCP 47; what the article is in as far as is known. None where nobody knows.
        country: ISO 3166 alpha-2 of the outlet; None where unknown.
        published_at: when it was published, or first seen.
        source: id of the outlet; None where it is of none.
        found: what the enrichers before said of it, of the kinds that this one needs.
    """

    id: int | str
    text: str
    title: str = ""
    language: str | None = None
    country: str | None = None
    published_at: datetime | None = None
    source: str | None = None
    found: tuple[Annotation, ...] = ()


@runtime_checkable
class Enricher(Protocol):
    """Reads articles and says things of them.

    Attributes:
        name: short, lower case, unique (``gazetteer``); with `version` it stands on each annotation (``made_by``).
        version: raised with every change that gives other answers; letters, digits and ``.+-_``.
        languages: first parts of BCP 47 tags that it reads; empty for all.
        needs: kinds of annotation (`Annotation.what`) that must have been found before.
        provides: kinds of annotation that it gives, no others.
        cost: CPU-milliseconds an article takes, about; the cheap go first.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def languages(self) -> frozenset[str]: ...
    @property
    def needs(self) -> frozenset[str]: ...
    @property
    def provides(self) -> frozenset[str]: ...
    @property
    def cost(self) -> float: ...

    def enrich(self, batch: Sequence[Doc]) -> Sequence[Sequence[Annotation]]:
        """What it says of each article of a batch, in the order of the batch; an empty list for nothing.

        What it raises, or takes too long for, is counted, and the articles go on without it: it needs no handling of
        its own errors. Where it cannot now (a server is away, a budget is spent) it raises `rasid.errors.Retry`, which
        is held against no article. Of an article that is in a language which it does not read it is not asked.
        """
        ...
