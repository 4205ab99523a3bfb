"""The annotator of a process, made anew when an operator's lists were compiled anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from rasid.enrich.annotate import Annotator
from rasid.enrich.compile import file_of, key_for

#: How often it is looked whether there is something new; in seconds.
INTERVAL = 30.0


class Fresh:
    """Gives the annotator over the newest compiled lists; may be shared by threads.

    Lists that were changed and not compiled yet are not followed: `rasid gazetteer build` is what puts them into
    effect, so that no worker stops for the seconds that compiling takes.

    Args:
        folder: where compiled gazetteers are kept.
        extra: folder of an operator's lists.
        clock: seconds that only grow.
    """

    def __init__(self, folder: Path, extra: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._extra, self._clock = folder, extra, clock
        self._lock = threading.Lock()
        self._annotator = Annotator(folder, extra)
        self._asked = clock()

    def annotator(self) -> Annotator:
        """The annotator to use for the next articles."""
        with self._lock:
            if self._clock() - self._asked >= INTERVAL:
                self._asked = self._clock()
                key = key_for(self._extra)
                if key != self._annotator.key and file_of(self._folder, key).exists():
                    self._annotator = Annotator(self._folder, self._extra)
            return self._annotator
