"""One article in, all that the enrich stage says of it out: language, names, places, keywords, dates.

Pure and without a database. An `Annotator` is made once in a process and may be shared by its threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rasid.enrich.compile import load
from rasid.enrich.days import days
from rasid.enrich.gazetteer import Found, Gazetteer, entity_of, place_of
from rasid.enrich.keywords import Host, keywords
from rasid.enrich.tokens import tokenize
from rasid.model import Enrichment
from rasid.text.fold import has_arabic
from rasid.text.language import detect

#: What made an annotation, and which edition of it: raised with every change that gives other answers.
NAME = "rasid-gazetteer"
VERSION = "1"
MADE_BY = f"{NAME}@{VERSION}"

#: Characters of a text that are read. What an article says, it has said by then; a page of a megabyte is no article.
TEXT_LIMIT = 60_000
TITLE_LIMIT = 1_000
_LEAD = 400


class Annotator:
    """Says who and where an article speaks of.

    Args:
        folder: where the compiled gazetteer is kept for all workers of a machine; None keeps it in memory only.
        extra: folder of an operator's own TSV lists; None for none.
    """

    name = NAME
    version = VERSION

    def __init__(self, folder: Path | None = None, extra: Path | None = None) -> None:
        self._gazetteer = Gazetteer(load(folder, extra))

    def annotate(
        self,
        text: str,
        *,
        title: str | None = None,
        language: str | None = None,
        country: str | None = None,
        published_at: datetime | None = None,
    ) -> Enrichment:
        """Annotate one article.

        Args:
            text: the article without its furniture; the first 60,000 characters are read.
            language: what the source or the page claims (BCP 47); it breaks ties only.
            country: ISO 3166 code of the source; its places are preferred.
            published_at: in the zone of the source; None leaves out dates told from it.
        """
        head, body = (title or "")[:TITLE_LIMIT], text[:TEXT_LIMIT]
        code, sure = detect(f"{head}\n{body[:_LEAD]}", prior=language)
        hosts = [Host(head, tokenize(head), is_title=True), Host(body, tokenize(body))]
        found = self._gazetteer.find(
            [(host.text, host.tokens) for host in hosts],
            language="" if code == "und" else code,
            country=(country or "").upper(),
        )
        for number, host in enumerate(hosts):
            host.names = _names(found, number)
        arabic = has_arabic(body[:_LEAD] or head)
        return Enrichment(
            language=code,
            language_score=sure,
            entities=tuple(
                entity_of(hit, hosts[hit.host].text, arabic=arabic, in_title=hit.host == 0) for hit in found
            ),
            places=tuple(
                place for hit in found if (place := place_of(hit, arabic=arabic, in_title=hit.host == 0)) is not None
            ),
            keywords=tuple(keywords(hosts, language=code)),
            dates=tuple(days(body, hosts[1].tokens, published_at=published_at)),
        )


def _names(found: Sequence[Found], host: int) -> list[tuple[int, int]]:
    """Token ranges of names that make keywords: not those inside a longer name, and no nationalities."""
    return [
        (hit.first, hit.last)
        for hit in found
        if hit.host == host and not hit.nested and hit.entry is not None and hit.entry.kind != "nationality"
    ]
