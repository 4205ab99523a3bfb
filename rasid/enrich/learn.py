"""Counts how common words and phrases are in what this crawl brings, and lets workers use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from rasid.context import Context
from rasid.enrich.background import ENOUGH, Background, Learned
from rasid.enrich.build_salience import count
from rasid.enrich.keywords import Lexicon
from rasid.enrich.salience import pack, unpack
from rasid.errors import ServiceError
from rasid.store import backgrounds
from rasid.store.engine import transaction

log = structlog.get_logger()

#: A language is counted anew once this part of its articles is new, and at most so often.
_GROWN, _HOURS = 0.1, 24.0
#: Articles read at once.
_PAGE = 500
#: How often a process looks whether there is anything new.
_LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a language. `version` is None where there were too few texts to say anything."""

    language: str
    texts: int
    version: int | None


def due(context: Context, *, now: datetime | None = None) -> str | None:
    """The language to be counted next: nobody else is given it for a day. None where none is due."""
    with transaction(context.engine) as conn:
        return backgrounds.claim(
            conn,
            texts=context.settings.background_texts,
            least=ENOUGH,
            grown=_GROWN,
            now=now or datetime.now(UTC),
            hours=_HOURS,
        )


def learn(
    context: Context, language: str, *, tell: Callable[[int], None] = lambda _: None, now: datetime | None = None
) -> Counted:
    """Count the newest articles of a language and keep it. `tell` is given the number read so far."""
    counts = count(_texts(context, language, tell))
    if counts.texts < ENOUGH:
        return Counted(language, counts.texts, None)
    with transaction(context.engine) as conn:
        version = backgrounds.keep(conn, language, texts=counts.texts, data=pack(counts), now=now or datetime.now(UTC))
    return Counted(language, counts.texts, version)


def _texts(context: Context, language: str, tell: Callable[[int], None]) -> Iterator[tuple[str, str]]:
    read, last = 0, None
    while read < context.settings.background_texts:
        with transaction(context.engine) as conn:
            limit = min(_PAGE, context.settings.background_texts - read)
            page = backgrounds.newest(conn, language, limit=limit, before=last)
        yield from ((title, text) for _, title, text in page)
        if not page:
            return
        last, read = page[-1][0], read + len(page)
        tell(read)


class Present:
    """The lexicon over what is kept in the database at present: looked for once a minute. For one thread."""

    def __init__(self, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._context, self._clock = context, clock
        self._looked: float | None = None
        self._versions: dict[str, int] = {}
        self.background = Background()
        self.lexicon = Lexicon(self.background)

    def refresh(self) -> None:
        """Look, if that was not done in the last minute. A database that does not answer leaves what is there."""
        if self._looked is not None and self._clock() - self._looked < _LOOK_SECONDS:
            return
        self._looked = self._clock()
        try:
            with transaction(self._context.engine) as conn:
                if backgrounds.versions(conn) == self._versions:
                    return
                kept = backgrounds.load(conn)
        except ServiceError as error:
            log.warning("background.not_read", error=str(error))
            return
        self._versions = {one.language: one.version for one in kept}
        self.background = Background({one.language: Learned(one.version, unpack(one.data)) for one in kept})
        self.lexicon = Lexicon(self.background)
