"""Listed names that somebody else bears in this article: towns that are surnames, surnames of other people.

In a text that names جون بولتون, بولتون is no town; in one that names جوزف ليبرمان, ليبرمان is not أفيغدور.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from rasid.enrich.keywords import Host
from rasid.enrich.listed import CITY, CURATED
from rasid.enrich.resolve import Found
from rasid.enrich.roles import STYLES, family_names, given_names
from rasid.enrich.shape import likeness
from rasid.enrich.tokens import key_of

#: How alike two spellings of one given name are, at least (Ratcliff and Obershelp, 0 to 1): هوغو, اوغو.
_ALIKE = 0.6
#: Log-odds of the letters of a word that may be a surname behind a given name.
_LIKE_A_NAME = 1.0


def without_namesakes(hosts: Sequence[Host], found: list[Found]) -> list[Found]:
    """The names that mean what the list says. A given name before a listed surname is taken into it where it is that
    person's; otherwise all mentions of the surname alone go, as do those of a town whose name somebody bears.
    """
    others = {_word(hosts, hit) for hit in found if _is_surname(hit) and not _with_forename(hosts, hit)}
    borne = set(surnames(hosts, found)) | others
    borne.update(_word(hosts, hit) for hit in found if _is_town(hit) and _is_in_name(hosts, hit))
    if not borne:
        return found
    return [
        hit
        for hit in found
        if not (_is_town(hit) and _word(hosts, hit) in borne) and not (_is_surname(hit) and _word(hosts, hit) in others)
    ]


def surnames(hosts: Sequence[Host], found: Sequence[Found]) -> dict[str, str]:
    """Last words of the persons found by two words or more -> their refs; of two persons of one name the first."""
    names: dict[str, str] = {}
    for hit in found:
        if hit.entry is not None and hit.entry.kind == "person" and hit.last - hit.first > 1:
            names.setdefault(hosts[hit.host].tokens[hit.last - 1].folded, hit.entry.ref)
    return names


def _word(hosts: Sequence[Host], hit: Found) -> str:
    return hosts[hit.host].tokens[hit.first].folded


def _is_town(hit: Found) -> bool:
    entry = hit.entry
    return entry is not None and entry.rank == CITY and not hit.cued and hit.last - hit.first == 1


def _is_surname(hit: Found) -> bool:
    entry = hit.entry
    return (
        entry is not None
        and entry.kind == "person"
        and entry.rank == CURATED
        and not hit.nested
        and hit.last - hit.first == 1
    )


def _with_forename(hosts: Sequence[Host], hit: Found) -> bool:
    """Take in the given name before a listed surname; False where it is another's."""
    host, number = hosts[hit.host], hit.first - 1
    if number < 0 or hit.read[0] != hit.first or not _joined(host, hit.first):
        return True
    before, entry = host.tokens[number], hit.entry
    known = key_of(entry.arabic).split() if entry is not None else []
    if len(known) < 2 or SequenceMatcher(None, known[0], before.folded, autojunk=False).ratio() < _ALIKE:
        return not _is_given(host, number)
    hit.first, hit.start, hit.read = number, before.start, (number, hit.read[1])
    return True


def _is_given(host: Host, number: int) -> bool:
    """Whether a word is a given name without a proclitic, no everyday word."""
    token = host.tokens[number]
    end = given_names().sure.get(token.folded)
    return end is not None and host.text[token.end - 1] == end


def _is_in_name(hosts: Sequence[Host], hit: Found) -> bool:
    """Whether a town's name is somebody's here: behind a given name or a style, or a given name before another."""
    host, number = hosts[hit.host], hit.first
    tokens = host.tokens
    if number and _joined(host, number) and (_is_given(host, number - 1) or tokens[number - 1].folded in STYLES):
        return True
    if tokens[number].folded not in given_names().sure or number + 1 >= len(tokens) or not _joined(host, number + 1):
        return False
    behind = tokens[number + 1].folded
    return behind in family_names().sure or behind in given_names().sure or likeness[behind] > _LIKE_A_NAME


def _joined(host: Host, number: int) -> bool:
    return host.text[host.tokens[number - 1].end : host.tokens[number].start] == " "
