"""Who is in which story: an article is placed, and what its coming changes is put right. Pure, and without documents.

An article joins the story to whose members it is linked best, on average, or opens one. Then stories that its coming
has brought together are merged, and members that now fit another story better move there, or leave. So the order in
which articles come matters little (average-link clustering, kept up as a stream).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from rasid.cluster.doc import Id
from rasid.cluster.score import UNLIKE


@dataclass(frozen=True, slots=True)
class Limits:
    """Log-odds at which a board acts, and bounds of its work."""

    join: float = -0.5
    """Mean log-odds against a story's members from which an article joins it."""
    merge: float = 0.5
    """The same between two stories from which they are one."""
    better: float = 0.3
    """By how much a member must fit another story better, or its own worse than `join`, to move."""
    panel: int = 20
    """Members of a large story that count: those most like the article. Smaller stories count whole."""
    reviewed: int = 60
    """Members of a story that are looked at again when one joins, those linked to it first."""


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Move:
    """A member that was put into another story. `merged`: because its whole story went there."""

    id: Id
    old: Id
    new: Id
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Placing:
    """What placing an article did.

    Attributes:
        story: where it is now.
        odds: mean log-odds against the best story before it came; `UNLIKE` where it was linked to none.
        nearest: the linked article most like it, None without links.
        opened: whether it opened a story.
        moves: what else changed, in order.
    """

    story: Id
    odds: float
    nearest: Id | None
    opened: bool
    moves: list[Move] = field(default_factory=list)


def age(story: Id) -> tuple[bool, Id]:
    """Stories in the order in which they were opened: numbers first, then names of those that have no number yet."""
    return isinstance(story, str), story


class Board:
    """Articles, their stories, and the links between articles (log-odds above `UNLIKE`).

    Args:
        name: gives a new story its id, from that of the article that opens it.
    """

    def __init__(self, name: Callable[[Id], Id], limits: Limits = DEFAULT) -> None:
        self._name = name
        self._limits = limits
        self.story: dict[Id, Id] = {}
        self.members: dict[Id, list[Id]] = {}
        self.links: dict[Id, dict[Id, float]] = {}
        # What somebody ruled: articles that stay where they are, stories that are never made one, and such as were.
        self._pinned: set[Id] = set()
        self._apart: set[frozenset[Id]] = set()
        self._loose: set[Id] = set()

    def pin(self, members: Iterable[Id]) -> None:
        """Let articles stay in their stories: they go to another only with the whole of theirs."""
        self._pinned.update(members)

    def keep_apart(self, pairs: Iterable[tuple[Id, Id]]) -> None:
        """Never make these stories one."""
        self._apart.update(map(frozenset, pairs))

    def loosen(self, stories: Iterable[Id]) -> None:
        """Let whoever is linked to some members of these stories belong to all: somebody put them together."""
        self._loose.update(stories)

    def put(self, one: Id, story: Id) -> None:
        """An article that has its story already."""
        self.story[one] = story
        self.members.setdefault(story, []).append(one)
        self.links.setdefault(one, {})

    def link(self, one: Id, others: Mapping[Id, float]) -> None:
        """Write down how an article is linked to others."""
        own = self.links.setdefault(one, {})
        for other, odds in others.items():
            own[other] = odds
            self.links.setdefault(other, {})[one] = odds

    def drop(self, one: Id) -> None:
        """Forget an article."""
        story = self.story.pop(one)
        self._leave(story, one)
        for other in self.links.pop(one, {}):
            self.links[other].pop(one, None)

    def place(self, one: Id, others: Mapping[Id, float]) -> Placing:
        """Put a new article into a story; `others` are its links."""
        self.link(one, others)
        fits = self._fits(one)
        best = max(fits, key=lambda story: fits[story], default=None)
        odds = UNLIKE if best is None else fits[best]
        opened = best is None or odds < self._limits.join
        self.put(one, self._name(one) if best is None or opened else best)
        nearest = max(others, key=lambda other: others[other], default=None)
        moves = [*self._merge(self.story[one]), *self._review(one)] if others else []
        return Placing(self.story[one], odds, nearest, opened, moves)

    def stay(self, one: Id, story: Id, others: Mapping[Id, float]) -> Placing:
        """Leave an article in its story, whatever its links say, and pin it there."""
        self.put(one, story)
        self.pin([one])
        self.link(one, others)
        nearest = max(others, key=lambda other: others[other], default=None)
        return Placing(story, self.fit(one), nearest, opened=False)

    def fit(self, one: Id) -> float:
        """Mean log-odds of an article against the others of its story; of one alone, against the best other story."""
        if self._others(one, self.story[one]):
            return self._fit(one, self.story[one])
        return max(self._fits(one).values(), default=UNLIKE)

    # --- how well things fit ------------------------------------------------------------------------------------

    def _fits(self, one: Id) -> dict[Id, float]:
        """Mean log-odds of an article against each story that holds a link of it, its own included, itself left out."""
        by_story: dict[Id, list[float]] = defaultdict(list)
        story = self.story
        for other, odds in self.links[one].items():
            if other in story:
                by_story[story[other]].append(odds)
        return {name: self._mean(odds, self._counted(one, name, odds)) for name, odds in by_story.items()}

    def _fit(self, one: Id, story: Id) -> float:
        """The same against one story; `UNLIKE` without a link to it."""
        links, members = self.links[one], self.members[story]
        odds = (
            [links[other] for other in members if other in links]
            if len(members) < len(links)
            else [odds for other, odds in links.items() if self.story.get(other) == story]
        )
        return self._mean(odds, self._counted(one, story, odds)) if odds else UNLIKE

    def _others(self, one: Id, story: Id) -> int:
        return len(self.members[story]) - (self.story.get(one) == story)

    def _counted(self, one: Id, story: Id, odds: list[float]) -> int:
        """Members of a story that an article is held against."""
        return len(odds) if story in self._loose else self._others(one, story)

    def _mean(self, odds: list[float], members: int) -> float:
        """Mean over the members, those without a link counted as `UNLIKE`; of many, over the most alike."""
        count = min(members, self._limits.panel)
        best = sorted(odds, reverse=True)[:count] if len(odds) > count else odds
        return (sum(best) + UNLIKE * (count - len(best))) / count

    def _between(self, left: Id, right: Id) -> float:
        """Mean log-odds between the members of two stories."""
        small, large = sorted((left, right), key=lambda story: len(self.members[story]))
        panel = self.members[small][: self._limits.panel]
        return sum([self._fit(one, large) for one in panel]) / len(panel)

    # --- putting right ------------------------------------------------------------------------------------------

    def _merge(self, story: Id) -> Iterable[Move]:
        """Join stories to `story` while one is near enough; the one opened first keeps its name."""
        while True:
            # A mean that is high enough has a link in it that is.
            near = {
                self.story[other]
                for one in self.members[story]
                for other, odds in self.links[one].items()
                if odds >= self._limits.merge and other in self.story
            } - {story}
            near = {other for other in near if frozenset((story, other)) not in self._apart}
            ranked = {other: self._between(story, other) for other in near}
            best = max(ranked, key=lambda other: ranked[other], default=None)
            if best is None or ranked[best] < self._limits.merge:
                return
            keeps, goes = sorted((story, best), key=age)
            self._apart |= {frozenset((keeps, *pair - {goes})) for pair in self._apart if goes in pair}
            if goes in self._loose:
                self._loose.add(keeps)
            for one in self.members.pop(goes):
                self.put(one, keeps)
                yield Move(one, goes, keeps, merged=True)
            story = keeps

    def _review(self, one: Id) -> Iterable[Move]:
        """Members of the story that an article came to, and articles linked to it, go where they fit better."""
        # Others can only be drawn to this story by a link that is good enough by itself.
        linked = [other for other, odds in self.links[one].items() if odds >= self._limits.join and other in self.story]
        linked.sort(key=lambda other: -self.links[one][other])
        fellows = (other for other in reversed(self.members[self.story[one]]) if other not in linked)
        for other in [*linked, *fellows][: self._limits.reviewed]:
            move = self._better(other)
            if move is not None:
                self._leave(move.old, other)
                self.put(other, move.new)
                yield move

    def _better(self, one: Id) -> Move | None:
        if one in self._pinned:
            return None
        story, join = self.story[one], self._limits.join
        alone = len(self.members[story]) < 2
        fits = self._fits(one)
        fitting = fits.pop(story, UNLIKE)
        own = join if alone else fitting
        best = max(fits, key=lambda other: fits[other], default=None)
        other = UNLIKE if best is None else fits[best]
        if best is not None and other >= join and other > own + self._limits.better:
            return Move(one, story, best)
        if not alone and own < join - self._limits.better:
            return Move(one, story, self._name(one))
        return None

    def _leave(self, story: Id, one: Id) -> None:
        """Take a member out of its story; an empty story goes."""
        self.members[story].remove(one)
        if not self.members[story]:
            del self.members[story]
