"""Annotations by a service of one's own behind plain HTTP: an article is posted, annotations come back.

Contract (docs/enrichers.md): ``{"v": 1, "id", "language", "country", "published_at", "title", "text"}`` is sent;
``{"annotations": [{"what", "start", "end", "text", …}]}`` is the answer, with the fields of
`rasid.model.Annotation`. What has a span must bring the text that stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from rasid.enrich.extras.asking import Asker, Question
from rasid.enrich.interface import Annotation, Doc
from rasid.errors import UsageError

if TYPE_CHECKING:
    from rasid.context import Context

NAME = "rasid-bot"
_EDITION = "1"
_MOST = 2_000


class _Answer(msgspec.Struct):
    annotations: list[dict[str, Any]]


class BotEnricher:
    """See the module.

    Raises:
        UsageError: no address is set.
    """

    name = NAME
    needs: frozenset[str] = frozenset()
    cost = 1_000.0

    def __init__(self, context: Context) -> None:
        s = context.settings
        if not s.bot_url:
            raise UsageError("RASID_BOT_URL is not set")
        self.languages = frozenset(_words(s.bot_languages))
        self.provides = frozenset(_words(s.bot_gives))
        self.version = f"{_EDITION}-{s.bot_version}"
        self._asker = Asker(
            context,
            name=NAME,
            url=s.bot_url,
            key=s.bot_key,
            seconds=s.bot_seconds,
            a_day=s.bot_requests_a_day,
            read=read_answer,
        )

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        answers = self._asker.ask([_question(doc) for doc in batch], edition=self.version)
        return [list(_told(doc, answer)) for doc, answer in zip(batch, answers, strict=True)]


def _question(doc: Doc) -> Question:
    return Question(
        {
            "v": 1,
            "id": str(doc.id),
            "language": doc.language,
            "country": doc.country,
            "published_at": doc.published_at.isoformat() if doc.published_at is not None else None,
            "title": doc.title,
            "text": doc.text,
        }
    )


def read_answer(body: bytes) -> tuple[str, None]:
    """The answer as it came, if it has the shape of the contract.

    Raises:
        ValueError, msgspec.MsgspecError: it has not.
    """
    msgspec.json.decode(body, type=_Answer)
    return body.decode("utf-8"), None


def _told(doc: Doc, answer: str) -> Iterator[Any]:
    """Annotations (fields that they do not have are ignored); and what cannot be believed as it came, for the runner to
    drop and count.
    """
    for one in msgspec.json.decode(answer.encode(), type=_Answer).annotations[:_MOST]:
        try:
            told = msgspec.convert(one, Annotation)
        except msgspec.ValidationError:
            yield one
            continue
        host = doc.title if told.in_title else doc.text
        spanned = told.start is not None or told.end is not None
        if spanned and (told.text is None or host[told.start : told.end] != told.text):
            yield one
            continue
        yield replace(told, method=told.method or "bot")


def _words(setting: str) -> list[str]:
    return [word.strip() for word in setting.split(",") if word.strip()]
