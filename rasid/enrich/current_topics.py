"""The rules and models of topics as they are in the store now: the impure part of `rasid.enrich.topics`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import structlog

from rasid.enrich.topics import Topics, as_topics
from rasid.store import topics as store
from rasid.store.engine import transaction

if TYPE_CHECKING:
    from rasid.context import Context

log = structlog.get_logger()


class CurrentTopics:
    """Gives the topics of now: a look at a small table each time; weights are read once for each version."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, int], dict[str, Any]] = {}
        self._known: list[dict[str, Any]] | None = None
        self._topics = Topics()

    def __call__(self) -> Topics:
        """Raises: whatever the database does; the articles are then asked for again."""
        with self._lock, transaction(self._context.engine) as conn:
            known = store.in_use(conn)
            if known == self._known:
                return self._topics
            wanted = {(row["id"], row["model"]) for row in known if row["model"] is not None}
            missing = sorted(wanted - self._kept.keys())
            fresh = {(row["topic_id"], row["version"]): row for row in store.models(conn, missing)} if missing else {}
            names = {row["id"]: row["name"] for row in known}
            kept = {key: row for key, row in {**self._kept, **fresh}.items() if key in wanted}
            self._kept = {key: {**row, "name": names[key[0]]} for key, row in kept.items()}
            self._known = known
            self._topics = as_topics((row for row in known if row["query"] is not None), self._kept.values())
            self._tell(known)
            return self._topics

    def _tell(self, known: list[dict[str, Any]]) -> None:
        """Log what could not be read: it was checked when it was saved, and must not stop the others."""
        rules = {rule.topic_id for rule in self._topics.rules}
        models = {model.topic_id for model in self._topics.models}
        for row in known:
            if row["query"] is not None and row["id"] not in rules:
                log.error("topic.unreadable_rule", topic=row["name"])
            if row["model"] is not None and row["id"] not in models:
                log.error("topic.unreadable_model", topic=row["name"], hint="rasid topics train")
