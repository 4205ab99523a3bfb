"""What an enricher is: something that reads articles and says things of them, one kind of thing or several.

rasid's own and those of others answer to one shape, so that each can be run again by itself over any range of articles
(a backfill), compared with what was said before, and left out where it is not wanted. An enricher is a pure function
of an article and of its own versioned data: asked twice, it answers the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Annotation:
    """One thing said of an article.

    Attributes:
        what: ``entity place keyword date quote credit topic event language``, or a word of the enricher's own.
        start, end: where it stands, in code points, end exclusive, in the text (in the title where `in_title`);
            None for what is said of the whole article. ``text[start:end]`` is what it is said of.
        kind: a finer kind within `what` (``person org place nationality other`` of entities).
        ref: id in a gazetteer or list; None where there is none.
        name: what to call it.
        text: as written in the article, or the value where that is a text of its own (a keyword, a date).
        lat, lon: degrees, WGS 84.
        country: ISO 3166 alpha-2.
        score: how sure, 0 to 1; of keywords comparable within one article only.
        method: the rule or model that found it.
        detail: whatever else belongs to it, as JSON can hold it.
    """

    what: str
    start: int | None = None
    end: int | None = None
    in_title: bool = False
    kind: str | None = None
    ref: str | None = None
    name: str | None = None
    text: str | None = None
    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    score: float | None = None
    method: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doc:
    """An article as enrichers see it.

    Attributes:
        id: the article.
        language: BCP 47; what the article is in as far as is known. None where nobody knows.
        country: ISO 3166 alpha-2 of the outlet; None where unknown.
        published_at: when it was published, or first seen.
        found: what the enrichers before said of it, of the kinds that this one needs.
    """

    id: int | str
    text: str
    title: str = ""
    language: str | None = None
    country: str | None = None
    published_at: datetime | None = None
    found: tuple[Annotation, ...] = ()


@runtime_checkable
class Enricher(Protocol):
    """Reads articles and says things of them.

    Attributes:
        name: short, lower case, unique (``gazetteer``); with `version` it stands on each annotation (``made_by``).
        version: raised with every change that gives other answers.
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
        """What it says of each article of a batch, in the order of the batch."""
        ...
