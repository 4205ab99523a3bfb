"""What is true of each URL of a newsroom: what it is, where its link must end, and what an article says of itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

STORED, SKIPPED, GONE, PARKED = "stored", "skipped", "gone", "parked"


@dataclass(frozen=True, slots=True)
class UrlTruth:
    """One URL.

    Attributes:
        what: ``article copy moved gone paywall botwall listing soft404 pdf refused_by_robots too_large alias``.
        expected: where its link must end: ``stored skipped gone parked``. The link of a ``moved`` page whose target
            is on the same host is stored; one that leads to another host ends, and its target is a link of its own.
        accept: all ends that are right, `expected` first.
        key: name of the article; an alias and a moved URL carry the key of the article that they lead to.
        published_at: RFC 3339 with the offset of the outlet; None for what is no article.
        copy_of: key of the first of its copies.
        target: where a moved URL or an alias leads.
        listed_in: channels of the outlet that name this very spelling; empty for what only pages link to.
        fault: how its answer misbehaves; empty for a plain answer.
        bulletin: a weather or price text: one pattern, other numbers, not a copy.
    """

    url: str
    what: str
    expected: str
    outlet: str
    accept: tuple[str, ...] = ()
    key: str | None = None
    title: str | None = None
    language: str | None = None
    published_at: str | None = None
    copy_of: str | None = None
    story: str | None = None
    places: tuple[str, ...] = ()
    author: str | None = None
    target: str | None = None
    listed_in: tuple[str, ...] = ()
    fault: str = ""
    charset: str = "utf-8"
    bulletin: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """All URLs at one step of the newsroom (0 at the start, one more with each `advance`).

    `texts` has the body of each article by its key, paragraphs apart by an empty line.
    """

    seed: int
    step: int
    urls: dict[str, UrlTruth] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def articles(self) -> tuple[UrlTruth, ...]:
        """What must be stored: one entry for each article, under the URL where it lives."""
        return tuple(url for url in self.urls.values() if url.what in ("article", "copy"))

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Keys of all copies, the first included, by the key of the first; groups of one are left out."""
        found: dict[str, list[str]] = {}
        for article in self.articles:
            if article.copy_of:
                found.setdefault(article.copy_of, [article.copy_of]).append(str(article.key))
        return {first: tuple(keys) for first, keys in found.items()}

    @property
    def stories(self) -> dict[str, tuple[str, ...]]:
        """Keys of the articles of each story."""
        found: dict[str, list[str]] = {}
        for article in self.articles:
            if article.story:
                found.setdefault(article.story, []).append(str(article.key))
        return {story: tuple(keys) for story, keys in found.items()}

    def as_dict(self) -> dict[str, object]:
        """JSON-able: the fields, ``urls`` as a list, ``groups``, ``stories``, and ``articles`` as a count."""
        return {
            "seed": self.seed,
            "step": self.step,
            "articles": len(self.articles),
            "groups": self.groups,
            "stories": self.stories,
            "urls": [asdict(url) for url in self.urls.values()],
            "texts": self.texts,
        }
