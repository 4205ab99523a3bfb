"""What asks a server of others about articles: cached, within a day's budget, within a time, a few at once.

Nothing that a server answers is believed here: the enrichers check it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from rasid.errors import Gone, Park, Retry, Skip
from rasid.store import remote
from rasid.store.engine import transaction

if TYPE_CHECKING:
    from rasid.context import Context
    from rasid.http.client import Client

#: Longest answer that is read, in bytes.
MOST_BYTES = 262_144
_AT_ONCE = 4
#: Statuses that say that the setting is wrong, not the article.
_SETTING = frozenset({"http_401", "http_402", "http_403", "http_404", "http_405", "http_410"})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one article.

    Attributes:
        body: as JSON.
        guess: what it will cost of the day's budget, about.
    """

    body: Mapping[str, Any]
    guess: int = 1


class Asker:
    """Asks one server.

    Args:
        name: of the enricher, under which answers and spendings are kept.
        url: where questions are sent, by POST.
        key: sent as a bearer token; None for none.
        seconds: for one answer.
        a_day: budget of a day (UTC), for all workers together.
        read: what an answer says, and what it cost where it says so; it raises ValueError for what is no answer.
    """

    def __init__(
        self,
        context: Context,
        *,
        name: str,
        url: str,
        key: str | None,
        seconds: float,
        a_day: int,
        read: Callable[[bytes], tuple[str, int | None]],
    ) -> None:
        self._context, self._name, self._url, self._a_day, self._read = context, name, url, a_day, read
        self._client: Client = context.service(url, seconds=seconds, max_bytes=MOST_BYTES)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def __repr__(self) -> str:
        return f"Asker({self._name!r})"  # never its key

    def ask(self, questions: Sequence[Question], *, edition: str) -> list[str]:
        """The answers to questions, from what is kept where it was asked before.

        Args:
            edition: what else an answer hangs on: the model, the prompt.

        Raises:
            Retry: the server is away or busy, refuses the key or the address, or the budget is spent. What was
                answered until then is kept.
            ValueError, Park: one answer is none.
        """
        keys = [self._key(one, edition) for one in questions]
        with transaction(self._context.engine) as conn:
            known = remote.answers(conn, keys)
        open_ = {key: one for key, one in zip(keys, questions, strict=True) if key not in known}
        if open_:
            known |= self._ask_all(open_)
        return [known[key] for key in keys]

    def _key(self, question: Question, edition: str) -> bytes:
        parts = (self._name, self._url, edition)
        body = orjson.dumps(dict(question.body), option=orjson.OPT_SORT_KEYS)
        return hashlib.blake2b("\0".join(parts).encode() + b"\0" + body, digest_size=16).digest()

    def _ask_all(self, questions: Mapping[bytes, Question]) -> dict[bytes, str]:
        answers: dict[bytes, str] = {}
        errors: list[Exception] = []
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            asked = {}
            for key, one in questions.items():
                if not self._spend(one.guess):
                    errors.append(Retry("budget_spent", f"the budget of this day, {self._a_day}, is spent"))
                    break
                asked[key] = pool.submit(self._ask, one)
            for key, future in asked.items():
                try:
                    answers[key] = future.result()
                except Exception as error:
                    errors.append(error)
        finally:
            # A deadline may have come: what is under way ends by itself.
            pool.shutdown(wait=False, cancel_futures=True)
        with transaction(self._context.engine) as conn:
            remote.keep(conn, self._name, answers)
        if errors:
            raise next((one for one in errors if isinstance(one, Retry)), errors[0])
        return answers

    def _spend(self, guess: int) -> bool:
        with transaction(self._context.engine) as conn:
            return remote.spend(conn, self._name, guess, most=self._a_day)

    def _ask(self, question: Question) -> str:
        body = self._post(orjson.dumps(dict(question.body)))
        try:
            answer, cost = self._read(body)
        except msgspec.MsgspecError as error:
            raise ValueError(f"the answer has not the shape that was asked for: {error}") from None
        if cost is not None:
            # A server that claims impossible costs must not stop the day's work, nor make it free.
            bounded = min(max(cost, question.guess // 20), question.guess * 10)
            with transaction(self._context.engine) as conn:
                remote.correct(conn, self._name, bounded - question.guess)
        return answer

    def _post(self, body: bytes) -> bytes:
        try:
            return self._client.post(self._url, body=body, headers=self._headers).body
        except (Skip, Gone, Park) as error:
            if isinstance(error, Park) and error.code not in _SETTING:
                raise
            raise Retry(error.code, f"{self._name}: {error}") from None
