"""Relative times: ``منذ ساعتين``, ``2 hours ago``, ``dün``. The whole phrase must be understood, or nothing is said."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from rasid.parse.months import WORD
from rasid.parse.tables import rows
from rasid.text.fold import fold

_TOKEN = re.compile(rf"\d+|{WORD}")

_SECONDS = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 30 * 86400, "year": 365 * 86400,
}  # fmt: skip
#: "In", before or behind a span of time to come.
_AHEAD = frozenset(
    map(fold, ("in", "dans", "en", "через", "tra", "fra", "over", "sonra", "içinde", "daqui", "om", "za", "peste",
               "بعد", "خلال", "در", "ظرف", "بعدی"))
)  # fmt: skip


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, dict[str, tuple[str, int]]]:
    """Folded words of `relative.tsv` by role: ``unit`` ``number`` ``named_day`` ``ago`` ``one`` ``filler`` ``now``."""
    found: dict[str, dict[str, tuple[str, int]]] = {}
    for kind, count, word in rows("relative"):
        role = "unit" if kind in _SECONDS else kind
        found.setdefault(role, {}).setdefault(fold(word), (kind, int(count)))
    return found


def parse_relative(folded: str, *, now: datetime, terse: bool = False) -> tuple[datetime, str] | None:
    """The moment that a folded phrase stands for, counted back from `now`, and its precision.

    None where the phrase is not wholly understood. A named day has precision ``day`` and keeps the clock of `now`.
    `terse` lets times to come count ("in 2 days"), and spans without a direction, as past.
    """
    words = _TOKEN.findall(folded.replace("'", "").replace("’", ""))
    if not words or len(words) > 8:
        return None
    known = _vocabulary()
    named = [word for word in words if word in known["named_day"]]
    if len(named) == 1:
        return _named_day(words, named[0], now)
    if all(word in known["now"] or word in ("just", "right") for word in words):
        return now, "minute"
    return _counted(words, now, terse=terse)


def _named_day(words: list[str], name: str, now: datetime) -> tuple[datetime, str] | None:
    known = _vocabulary()
    others = [word for word in words if word != name and word not in known["filler"] and not word.isdigit()]
    if any(len(word) > 2 for word in others) or sum(word.isdigit() for word in words) > 3:
        return None
    return now - timedelta(days=known["named_day"][name][1]), "day"


def _counted(words: list[str], now: datetime, *, terse: bool) -> tuple[datetime, str] | None:
    known = _vocabulary()
    ago, count, unit, sign = "il" in words and "y" in words, None, None, -1
    for word in words:
        if word in known["unit"] and unit is None:
            unit, dual = known["unit"][word]
            count = dual or count
        elif count is None and (word in known["number"] or (word.isdigit() and len(word) <= 3)):
            count = int(word) if word.isdigit() else known["number"][word][1]
        elif word in known["ago"]:
            ago = True
        elif terse and word in _AHEAD:
            sign = 1
        elif word not in known["one"] and word not in known["filler"]:
            return None
    if unit is None or not (ago or (terse and (sign > 0 or count is not None))):
        return None
    moment = now + sign * timedelta(seconds=_SECONDS[unit] * (1 if count is None else count))
    return moment, {"week": "day", "month": "day", "year": "month"}.get(unit, unit)
