"""When a page was published and changed: the claims of its metadata, its visible time stamps, its address.

A claim is believed in the order of how seldom it is wrong; the first that can be a time of publication wins, and a
finer one of the same day refines it.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rasid.model import When
from rasid.parse.dates import parse_date
from rasid.parse.meta import Meta, clean
from rasid.parse.zones import as_offset, home_of, zone_of

#: Visible stamps that are looked at; the first on a page is the article's own far more often than not.
MAX_STAMPS = 12
_STAMPS = (
    "time, [class*='date' i], [class*='time' i], [class*='publish' i], [class*='posted' i], [id*='date' i], "
    "[class*='fecha' i], [class*='datum' i], [class*='tarih' i]"
)
#: How far from the headline a date is looked for: levels up the tree, characters of text there, lines.
_LEVELS, _MAX_AROUND, _LINES_BEHIND, _LINES_BEFORE, _MAX_LINE = 3, 20_000, 14, 5, 60
#: How much of the visible text is gone through for dates, how many, and how far a word may stand before its date.
_MAX_SHOWN, _MAX_DATED, _LABEL_REACH, _BEHIND_YEAR = 100_000, 40, 60, 20
# Words that stand before the day of a change, and before that of publication.
_CHANGED = (
    "last updated?", "updated", "modified", "aktualisiert", "mis à jour", "mise à jour", "actualizad[oa]",
    "atualizado", "aggiornat[oa]", "обновлено", "изменено", "güncelle(?:me|ndi)",
    "آخر تحديث", "تم التحديث", "به‌?روزرسانی",
    "更新(?:日|时间|日時)?", "최종수정", "수정",
)  # fmt: skip
_ISSUED = (
    "published", "posted", "publication date", "veröffentlicht", "erschienen", "erstellt am", "publié", "paru le",
    "mis en ligne", "publicad[oa]", "pubblicat[oa]", "gepubliceerd", "geplaatst", "opublikowano", "publicerad",
    "publisert", "udgivet", "julkaistu", "опубликован[оа]", "дата публикации", "опубліковано", "дата публікації",
    "yayın(?:lanma|landı)?", "eklenme", "giriş(?: tarihi)?", "تاريخ النشر", "نُ?شر", "أضيف", "تاريخ الإضافة",
    "تاریخ انتشار", "منتشر شده", "تاریخ اشاعت", "بڵاوکراوەتەوە", "פורסם",
)  # fmt: skip
#: In scripts that write no blank between words.
_ISSUED_JOINED = (
    "기사입력",
    "입력",
    "등록",
    "게시일?",
    "発行日?",
    "公開日?",
    "配信",
    "掲載",
    "[发發][布表](?:时间|時間|于|於|日期)?",
)
_LABEL = re.compile(rf"(?P<update>{'|'.join(_CHANGED)})|\b(?:{'|'.join(_ISSUED)})|{'|'.join(_ISSUED_JOINED)}", re.I)
_YEAR = re.compile(r"(?<!\d)(?:19[89]\d|20[0-4]\d|1[34]\d\d)(?!\d)|\d[./-]\d{1,2}[./-]\d\d(?!\d)")
_IN_URL = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<mark>[/\-_.]?)(?P<month>0[1-9]|1[0-2])(?P=mark)(?P<day>0[1-9]|[12]\d|3[01])(?!\d{1,2}(?!\d))"
)
#: A key such as ``datePublished`` or ``published_at`` and its value; the letters that it begins with make it quick to
#: look for.
_PUBLISHED_IN_SCRIPT = re.compile(
    rb"ubli(?:sh|shed|cation)(?:_?[A-Za-z]{2,8}){0,2}\\?[\"']\s{0,5}:\s{0,5}\\?[\"']((?:19|20)\d\d-\d\d-\d\d[^\"'\\<>]{0,24})"
)
_UPDATED = re.compile(r"updat|modif|aktualis|guncel|تحديث|mise a jour|actualiz", re.I)


def stamps_on(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    """(text, selector kind) of the page's visible time stamps in page order, those of `<time datetime>` first.

    Reads `tree` before the body is taken out of it.
    """
    machine: list[tuple[str, str]] = []
    visible: list[tuple[str, str]] = []
    for node in tree.css(_STAMPS)[: 5 * MAX_STAMPS]:
        if _is_updated(node):
            continue
        if node.tag == "time" and node.attributes.get("datetime"):
            machine.append((clean(node.attributes["datetime"]) or "", "time"))
        text = _own_text(node)
        if text:
            visible.append((text, "visible"))
    return machine[:MAX_STAMPS] + visible[:MAX_STAMPS]


def near_headline(tree: LexborHTMLParser, title: str | None) -> list[tuple[str, str]]:
    """Short lines with a year that stand around the page's headline, those behind it first: dates and datelines.

    Costs more than the stamps by name; it may be asked for when the body has been taken out of `tree`.
    """
    heading = _headline(tree, title)
    if heading is None:
        return []
    around, words = heading, heading.text(deep=True).split()[:3]
    for _ in range(_LEVELS):
        if around.parent is None or around.tag in ("body", "main"):
            break
        around = around.parent
    lines = [
        line for text in around.text(separator="\n")[:_MAX_AROUND].splitlines() if (line := " ".join(text.split()))
    ]
    at = next((n for n, line in enumerate(lines) if words and line.split()[: len(words)] == words), None)
    if at is None:
        return []
    near = lines[at + 1 : at + _LINES_BEHIND] + lines[max(at - _LINES_BEFORE, 0) : at][::-1]
    return [(line, "headline") for line in near if _tells_year(line)]


def shown_on(tree: LexborHTMLParser) -> str:
    """What the page shows, as far as it is gone through for dates; dear, so that it is asked for once, and last."""
    return tree.body.text(separator="\n")[:_MAX_SHOWN] if tree.body is not None else ""


def labelled(shown: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What visible text says of publication and of changes: a date behind a word for it, as in "Published on",
    "تاريخ النشر" or "Aktualisiert am"."""
    text = " ".join(shown.split())
    published: list[tuple[str, str]] = []
    modified: list[tuple[str, str]] = []
    for year in itertools.islice(_YEAR.finditer(_digits(text)), _MAX_DATED):
        before = max(0, year.start() - _LABEL_REACH)
        label = _LABEL.search(text, before, year.start())
        if label:
            claims = modified if label["update"] else published
            claims.append((text[label.end() : year.end() + _BEHIND_YEAR], "label"))
    return published, modified


def dated_lines(shown: str) -> list[tuple[str, str]]:
    """The short lines with a year in visible text."""
    lines = (" ".join(line.split()) for line in shown.splitlines())
    return [(line, "lone") for line in itertools.islice(filter(_tells_year, lines), _MAX_DATED)]


def _tells_year(line: str) -> bool:
    return 6 <= len(line) <= _MAX_LINE and _YEAR.search(_digits(line)) is not None


def _headline(tree: LexborHTMLParser, title: str | None) -> LexborNode | None:
    """The heading that says the title; else the first of the highest level."""
    headings = tree.css("h1, h2")[:40]
    start = " ".join((title or "").split())[:25]
    said = next((node for node in headings if start and " ".join(node.text(deep=True).split()).startswith(start)), None)
    return said or next((node for node in headings if node.tag == "h1"), None)


def _digits(text: str) -> str:
    return text if text.isascii() else "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)


def _is_updated(node: LexborNode) -> bool:
    attributes = node.attributes
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''} {attributes.get('itemprop') or ''}"
    return _UPDATED.search(named) is not None


def _own_text(node: LexborNode) -> str | None:
    text = clean(node.text(deep=True))
    return text if text and 6 <= len(text) <= 90 and any(char.isdigit() for char in text) else None


class Dating:
    """When one page was published and changed: asked step by step, since the dearer ways are seldom needed.

    `look` before the body is taken out of the tree, `settle` after it, `slowly` where nothing has told and the page is
    an article.
    """

    def __init__(
        self, meta: Meta, *, url: str | None, language: str | None, country: str | None, now: datetime | None
    ) -> None:
        self._meta, self._url = meta, url
        self._reader = _Reader(language=language, country=country, now=now, url=url)
        self._modified = self._reader.first(meta.modified)
        self._published = self._reader.first(meta.published)
        self._stamps: list[tuple[str, str]] = []

    def look(self, tree: LexborHTMLParser) -> None:
        """Read the visible time stamps of `tree` where the metadata do not tell the time of day."""
        if self._published is None or _bare_day(self._published):
            self._stamps = stamps_on(tree)

    def settle(self, tree: LexborHTMLParser, page: bytes, title: str | None) -> tuple[When | None, When | None]:
        """When the page was published and when changed; None where it does not say.

        What stands around the headline `title` is asked where metadata and `<time>` are silent; then the address, the
        data of scripts, and the visible text.
        """
        reader, published = self._reader, self._published
        published = published or reader.first(stamp for stamp in self._stamps if stamp[1] == "time")
        if published is None:
            # What stands at the headline is the article's own; other stamps may be those of its neighbours.
            published = reader.first(near_headline(tree, title)) or reader.first(self._stamps)
        if published is None:
            published = reader.in_url(self._url) or reader.first(_in_scripts(page))
        else:
            published = reader.refined(published, (*self._meta.published, *self._stamps))
        if published is None:
            published = self._in_text(tree)
        return reader.at_home(published), reader.at_home(self._modified)

    def _in_text(self, tree: LexborHTMLParser) -> When | None:
        """What the visible text says; a change where it says nothing else; the only day on the page at last."""
        reader, shown = self._reader, shown_on(tree)
        published, modified = labelled(shown)
        self._modified = self._modified or reader.first(modified)
        told = reader.first(published) or self._modified
        if told:
            return told
        lone = list(reader.all(dated_lines(shown)))
        if lone and all(_same_day(lone[0], other) for other in lone):
            return lone[0]
        return reader.in_url(self._meta.image, source="image")

    def slowly(self, page: bytes) -> When | None:
        """What the slow reader finds; takes as long as all the rest of a page together."""
        return self._reader.at_home(self._reader.slowly(page))


def _in_scripts(page: bytes) -> Iterator[tuple[str, str]]:
    """The first times of publication in the data of scripts, in the order of the page."""
    for found in itertools.islice(_PUBLISHED_IN_SCRIPT.finditer(page), 3):
        yield found[1].decode("ascii", "ignore"), "script"


class _Reader:
    """Reads claims with what is known of their source."""

    def __init__(self, *, language: str | None, country: str | None, now: datetime | None, url: str | None) -> None:
        self.language, self.country, self.now = language, country, now
        self.home = home_of(url, language)

    def read(self, text: str, source: str) -> When | None:
        """One claim; None where it is no date or cannot be a time of publication."""
        when = parse_date(text, language=self.language, country=self.country, now=self.now, home=self.home)
        if when is None or when.precision in ("month", "year") or not self._possible(when):
            return None
        return When(when.value, when.precision, when.zone_from, source)

    def all(self, claims: Iterable[tuple[str, str]]) -> Iterator[When]:
        """All claims that can be read."""
        for text, source in claims:
            when = self.read(text, source)
            if when:
                yield when

    def first(self, claims: Iterable[tuple[str, str]]) -> When | None:
        """The first claim that can be read."""
        return next(self.all(claims), None)

    def refined(self, chosen: When, claims: Iterable[tuple[str, str]]) -> When:
        """`chosen`, or a claim with a clock for the same day where `chosen` has none."""
        if not _bare_day(chosen):
            return chosen
        same = (when for when in self.all(claims) if not _bare_day(when) and _same_day(when, chosen))
        return next(same, chosen)

    def at_home(self, when: When | None) -> When | None:
        """`when`, told in UTC by a machine, as the clock of the outlet's country showed it: the same instant, and the
        day that its readers would name."""
        if when is None or _bare_day(when) or when.value.utcoffset() != timedelta(0):
            return when
        zone, _ = zone_of(self.country) if self.country else self.home or zone_of(None)
        return When(as_offset(when.value.astimezone(zone)), when.precision, when.zone_from, when.source)

    def in_url(self, url: str | None, *, source: str = "url") -> When | None:
        """The day that stands in an address."""
        # The archive's own time stamp is when it looked, not when the page was written.
        found = _IN_URL.search(re.sub(r"/web/\d{14}\w*/", "/", unquote(url or "")[:2000]))
        if found is None:
            return None
        try:
            on = date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            return None
        zone, zone_from = zone_of(self.country) if self.country else self.home or zone_of(None)
        when = When(datetime(on.year, on.month, on.day, tzinfo=zone), "day", zone_from, source)
        return when if self._possible(when) else None

    def slowly(self, page: bytes) -> When | None:
        """What `htmldate` finds, except a 1 January: that is what it makes of months it cannot read."""
        from htmldate import find_date

        try:
            text = find_date(page.decode("utf-8", "replace"), extensive_search=False, original_date=True)
        except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
            return None
        if not text or text.endswith("-01-01"):
            return None
        return self.read(text, "htmldate")

    def _possible(self, when: When) -> bool:
        if when.value.year < 1990:
            return False
        limit = self.now or datetime.now(UTC)
        return when.value <= limit + timedelta(days=1, hours=1)


def _bare_day(when: When) -> bool:
    value = when.value
    return when.precision == "day" or (value.hour == value.minute == value.second == 0)


def _same_day(one: When, other: When) -> bool:
    return abs((one.value.replace(tzinfo=None).date() - other.value.replace(tzinfo=None).date()).days) == 0
