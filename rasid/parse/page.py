"""One page read from end to end: bytes in, `PageReading` out. Pure, and never raises for what a page holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from rasid.model import PageKind, PageReading, When
from rasid.parse.body import Body, Paragraph, read_body
from rasid.parse.furniture import cut_tail, split_furniture
from rasid.parse.kind import Found, Shape, kind_of, may_be_article, nearly_article, shape_of
from rasid.parse.meta import Meta, clean, read_meta
from rasid.parse.plain import read_plain
from rasid.parse.stamps import Dating
from rasid.parse.titles import choose_title, same_title
from rasid.parse.wide import read_wide
from rasid.text.bounds import MAX_BYTES, bounded
from rasid.text.charset import decode

#: Less of JSON-LD is no text, nor is less of a page that has no prose.
_MIN_LENGTH = 200
#: How sure a text is that the fast way doubts.
_UNSURE = 0.3
#: How often each way was right on pages whose title, authors or day are known (four public sets, a few hundred pages).
_SURENESS = {
    "title": {"h1": 0.93, "title": 0.67},
    "authors": {"jsonld": 0.91, "byline": 0.8, "meta": 0.78},
    "published": {"jsonld": 0.97, "microdata": 0.97, "meta": 0.87, "headline": 0.9, "time": 0.78, "visible": 0.9},
    "modified": {"jsonld": 0.97, "microdata": 0.97, "meta": 0.87},
}
#: How sure a way is that was seen too seldom to be counted.
_USUAL = 0.7
#: Paragraphs, the way that found them, and how sure that is.
_Way = tuple[Iterable[Paragraph], str, float]
#: Pages with more tags are not given to the slow readers: their time grows faster than the page.
_MAX_TAGS_FOR_SLOW = 15_000

_HTML = re.compile(
    r"<(?:!doctype|html|head|body|title|meta|div|p|article|section|table|h[1-6]|a|br|span|main|script)\b", re.I
)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,500}>")
_NOT_A_PAGE = re.compile(r"^\s*(?:image|audio|video|font)/|^\s*application/(?:pdf|zip|octet-stream|msword|vnd\.)", re.I)
_INVISIBLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\xad\\u200b\\u2060\\ufeff]")
_CONTROL = re.compile("[\\x00-\\x08\\x0e-\\x1a\\x1c-\\x1f\\x7f-\\x84\\x86-\\x9f]")
_BINARY = (
    b"\x1f\x8b", b"PK\x03\x04", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x7fELF", b"Rar!",
    b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd", b"OggS", b"ID3", b"BZh", b"\xfd7zXZ", b"wOFF", b"wOF2",
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE_DATELINE = re.compile(
    r"^[(\[]\s*(?P<line>[^\W\d_][^\d():.\n–—\-]{1,30}\s*[-–—/]\s*[^\W\d_][^\d():.\n–—\-]{1,30})[)\]]$"
)
_DATELINE = re.compile(
    r"^[(\[]?(?P<line>[^\W\d_][^\d().:\n–—\-]{1,40}?(?:\s*\([^()\d]{2,30}\)|\s*[-–—/،,]\s*[^\W\d_][^\d():.\n–—\-]{1,25})?)[)\]]?\s*(?:[-–—:]|ـ)\s+\S"
)


def read_page(
    html: bytes | str,
    *,
    url: str | None = None,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
    language: str | None = None,
    country: str | None = None,
    listed_title: str | None = None,
    containers: Sequence[str] = (),
) -> PageReading:
    """Read a page: what kind it is, its text and all that it says about itself.

    Args:
        html: the body as fetched; a `str` is taken as decoded already. Only the first 2 MB are read.
        url: where it came from; makes addresses absolute and helps to tell the kind and the day.
        content_type: the HTTP header as sent.
        fetched_at: aware; the clock for relative times. A later time of publication is not believed.
        language: BCP 47 tag of the source, where it is known: decides names of months and the order of numbers.
        country: ISO 3166 code of the source: the zone of times that carry none.
        listed_title: what a channel of the source calls the page; helps to know a short article for one.
        containers: where the text stood on other pages of the host, see `containers.trusted`; asked where the reading
            is unsure.

    Returns:
        A reading; `kind` is ``other`` with `reason` ``not_html`` for bytes that are no text at all.
    """
    if content_type and _NOT_A_PAGE.search(content_type):
        return PageReading(PageKind.OTHER, reason="not_html")
    if isinstance(html, bytes) and html.startswith(_BINARY):
        return PageReading(PageKind.OTHER, reason="not_html")
    text, charset = _text_of(html, content_type)
    if _is_noise(text):
        return PageReading(PageKind.OTHER, reason="not_html", charset=charset)
    source = _Source(
        url=url, now=_aware(fetched_at), language=language, country=country, charset=charset, listed=listed_title,
        containers=containers,
    )  # fmt: skip
    if _is_plain(text, content_type):
        return _plain_page(text, source)
    return _html_page(text, source)


class _Source:
    """What is known of a page before it is read."""

    __slots__ = ("charset", "containers", "country", "language", "listed", "now", "url")

    def __init__(
        self, *, url: str | None, now: datetime | None, language: str | None, country: str | None, charset: str | None,
        listed: str | None = None, containers: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.url, self.now, self.language, self.country, self.charset = url, now, language, country, charset
        self.listed, self.containers = listed, containers


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _text_of(html: bytes | str, content_type: str | None) -> tuple[str, str | None]:
    if isinstance(html, bytes):
        decoded = decode(html[:MAX_BYTES], content_type=content_type)
        return decoded.text, decoded.charset
    return _SURROGATE.sub("\ufffd", html[:MAX_BYTES]).replace("\x00", ""), None


def _is_noise(text: str) -> bool:
    """Whether bytes were decoded that are no text: a picture or an archive that is called a page."""
    head = text[:4_096]
    return len(_CONTROL.findall(head)) > 0.05 * len(head) or head.count("\ufffd") > 0.3 * len(head)


def _is_plain(text: str, content_type: str | None) -> bool:
    if content_type and content_type.strip().lower().startswith("text/plain"):
        # Servers call pages plain by mistake; only a whole document is taken for one.
        return not re.match(r"\s*<(?:!doctype html|html)\b", text, re.I)
    return not text.lstrip().startswith("<") and not _HTML.search(text) and len(_ANY_TAG.findall(text[:100_000])) < 3


# --- plain text -----------------------------------------------------------------------------------------------------


def _plain_page(text: str, source: _Source) -> PageReading:
    reading = read_plain(text, language=source.language, country=source.country, now=source.now)
    body = _polish(reading.paragraphs)
    title = clean(reading.title)
    long_enough = len(body) >= 200 or any(len(line) >= 120 for line in reading.paragraphs)
    kind = PageKind.ARTICLE if long_enough else PageKind.OTHER if body or title else PageKind.EMPTY
    fields = {"title": title, "published": reading.published, "section": reading.section, "dateline": reading.dateline}
    return PageReading(
        kind=kind,
        text=body,
        title=title,
        canonical_url=source.url,
        authors=tuple(reading.authors),
        published=_sourced(reading.published, "text"),
        language=_language(title, body, source.language),
        section=reading.section,
        image=reading.image,
        dateline=reading.dateline,
        charset=source.charset,
        method="plain",
        confidence=0.8 if long_enough else 0.2,
        methods={name: "plain" for name, value in fields.items() if value},
        confidences={name: 0.8 for name, value in fields.items() if value},
        related=tuple(reading.related),
        reason=None if kind is PageKind.ARTICLE else "short_text",
    )


def _sourced(when: When | None, source: str) -> When | None:
    return When(when.value, when.precision, when.zone_from, source) if when else None


# --- pages ----------------------------------------------------------------------------------------------------------


def _html_page(text: str, source: _Source) -> PageReading:
    page = bounded(text.encode("utf-8", "replace"))
    tree = LexborHTMLParser(page)
    # Finding the body takes the tree apart: whatever else is read of it is read before.
    meta, shape = read_meta(tree), shape_of(tree)
    dating = Dating(
        meta, url=source.url, language=source.language or meta.language, country=source.country, now=source.now
    )
    dating.look(tree)
    title, title_from = choose_title(meta)
    body = read_body(tree, description=meta.description, learned=source.containers)
    published, modified = dating.settle(tree, page, title)
    authors = _people(meta)
    about = _About(
        title=title or meta.page_title,
        dated=published is not None,
        authored=bool(authors),
        listed=bool(source.listed and title and same_title(source.listed, title)),
        url=source.url,
    )
    kind, reason, text_found = _judged(tree, page, body, meta, shape, about)
    if published is None and kind is PageKind.ARTICLE and _slow_allowed(page):
        published = dating.slowly(page)
    reading = PageReading(
        kind=kind,
        text=text_found.text,
        title=title,
        canonical_url=_canonical(meta.canonical, source.url),
        authors=authors,
        published=published,
        modified=modified,
        language=_language(title, text_found.text, meta.language or source.language),
        site_name=meta.site_name,
        section=meta.section,
        tags=tuple(meta.tags),
        image=_absolute(meta.image, source.url),
        dateline=text_found.dateline,
        charset=source.charset,
        method=text_found.method,
        confidence=text_found.confidence,
        related=text_found.related,
        reason=reason or ("live_blog" if "liveblogposting" in meta.types and kind is PageKind.ARTICLE else None),
        container=body.container if text_found.method in ("fast", "learned") and not body.unsure else None,
        failed=body.failed,
    )
    methods = _methods(reading, title_from=title_from, authors_from=meta.authors_from)
    return replace(reading, methods=methods, confidences=_confidences(reading, methods))


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of a page besides its text, as far as it tells the kind."""

    title: str | None
    dated: bool
    authored: bool
    listed: bool
    url: str | None


def _judged(
    tree: LexborHTMLParser, page: bytes, body: Body, meta: Meta, shape: Shape, about: _About
) -> tuple[PageKind, str | None, _TextFound]:
    """The kind of a page, the reason, and its text: the article's, or all of the main part where it is none.

    A slow reader is asked only where the fast one is unsure and the page could be an article at all.
    """
    seen = "" if body.paragraphs else _seen(tree)
    text_found = _text_found(_best_text(body, meta), body, about.title, seen=seen)
    found = text_found.found(about)
    if text_found.unsure and may_be_article(found, meta=meta, shape=shape, url=about.url):
        slow = _slower(body, tree, page)
        if slow:
            text_found = _text_found(slow, body, about.title, seen=seen)
            found = text_found.found(about)
    kind, reason = kind_of(found, meta=meta, shape=shape, url=about.url, page=page)
    if kind is PageKind.EMPTY:
        wide = text_found.widened(read_wide(tree))
        # Some show something, though no prose: headlines, a table, a menu of things.
        shows = len(wide.text) >= _MIN_LENGTH
        return (PageKind.OTHER, "no_article", wide) if shows else (kind, reason, text_found)
    plainly = not nearly_article(found, meta=meta, shape=shape, url=about.url)
    if plainly and (kind is PageKind.LISTING or reason == "no_article"):
        text_found = text_found.widened(read_wide(tree))
    return kind, reason, text_found


@dataclass(frozen=True, slots=True)
class _TextFound:
    """The text of a page, cleaned, and how it was found."""

    body: Body
    lines: tuple[str, ...]
    text: str
    said: str
    method: str
    confidence: float
    dateline: str | None
    related: tuple[str, ...]
    unsure: bool

    def widened(self, lines: list[str]) -> _TextFound:
        """With all that the main part of the page shows, where that is anything."""
        text = _polish(lines)
        return replace(self, text=text, method="wide", confidence=0.5) if text else self

    def found(self, about: _About) -> Found:
        """What tells the kind of the page."""
        return Found(
            text=self.text,
            said=self.said,
            title=about.title,
            paragraphs=sum(len(line) >= 80 for line in self.lines),
            share=self.body.share if self.method == "fast" else 1.0,
            coverage=self.body.coverage,
            hinted=self.body.hinted,
            dated=about.dated,
            authored=about.authored,
            listed=about.listed,
        )


def _text_found(way: _Way, body: Body, title: str | None, *, seen: str) -> _TextFound:
    paragraphs, method, confidence = way
    parts = _without_title(paragraphs, title)
    parts = parts[: cut_tail([(part.text, part.heading) for part in parts])]
    lines, related = split_furniture(part.text for part in parts)
    dateline, lines = _dateline(lines)
    text = _polish(lines)
    return _TextFound(
        body=body,
        lines=tuple(lines),
        text=text,
        said="\n".join(part.text for part in parts) or seen,
        method=method if text else "",
        confidence=confidence if text else 0.0,
        dateline=dateline,
        related=tuple(related),
        unsure=confidence <= _UNSURE,
    )


def _seen(tree: LexborHTMLParser) -> str:
    """What a page without prose shows at all."""
    return " ".join(tree.body.text(separator=" ")[:5_000].split()) if tree.body else ""


def _methods(reading: PageReading, *, title_from: str, authors_from: str) -> dict[str, str]:
    """For each field that has a value, where it was found."""
    sources = {
        "title": title_from,
        "text": reading.method,
        "authors": authors_from if reading.authors else "",
        "published": reading.published.source if reading.published else "",
        "modified": reading.modified.source if reading.modified else "",
        "dateline": "text" if reading.dateline else "",
    }
    return {name: source for name, source in sources.items() if source}


def _confidences(reading: PageReading, methods: dict[str, str]) -> dict[str, float]:
    """For each field of `methods`, how sure its way is."""
    sure = {name: _SURENESS.get(name, {}).get(way, _USUAL) for name, way in methods.items()}
    return {**sure, "text": reading.confidence} if "text" in methods else sure


def _slow_allowed(page: bytes) -> bool:
    return page.count(b"<") <= _MAX_TAGS_FOR_SLOW


def _best_text(body: Body, meta: Meta) -> _Way:
    """The text by the fast way, or as JSON-LD tells it where that is unsure and finds less."""
    if body.learned:
        return body.paragraphs, "learned", 0.8
    if not body.unsure:
        return body.paragraphs, "fast", round(min(1.0, 0.6 + 0.4 * min(1.0, body.share)), 2)
    told = _told_body(meta)
    if sum(len(part.text) for part in told) > max(_MIN_LENGTH, 1.2 * body.length):
        return told, "jsonld", 0.7
    return body.paragraphs, "fast", _UNSURE


def _slower(body: Body, tree: LexborHTMLParser, page: bytes) -> _Way | None:
    """The text by the slow way; None where that finds far less than the fast one did.

    It is given what is left of `tree` without scripts and navigation: a fraction of the page, and nothing that it
    would keep is missing.
    """
    slow = _by_trafilatura(tree.html or "") if _slow_allowed(page) and len(page) > 500 else []
    if sum(len(part.text) for part in slow) > max(100, 0.4 * body.length):
        return slow, "trafilatura", 0.6
    return None


def _told_body(meta: Meta) -> list[Paragraph]:
    """`articleBody` of JSON-LD as paragraphs: used only where the page itself gives less."""
    if not meta.article_body:
        return []
    text = re.sub(r"<(?:/p|br|/div)[^>]{0,50}>", "\n", meta.article_body)
    lines = (clean_line(re.sub(r"<[^<>]{0,500}>", " ", line)) for line in re.split(r"[\r\n]+", text))
    return [Paragraph(line) for line in lines if line]


def clean_line(line: str) -> str:
    """One line of text with entities read and white space collapsed."""
    return " ".join(unescape(line).split())


def _by_trafilatura(page: str) -> list[Paragraph]:
    from trafilatura import extract

    try:
        text = extract(page, fast=True, include_comments=False, favor_precision=True)
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError, IndexError):
        # A page may trip the slow reader in ways of its own; the fast reading stands then.
        return []
    return [Paragraph(" ".join(line.split())) for line in (text or "").splitlines() if line.strip()]


def _without_title(paragraphs: Iterable[Paragraph], title: str | None) -> list[Paragraph]:
    """The paragraphs without a first one that is the headline over again."""
    kept = list(paragraphs)
    if kept and title and " ".join(kept[0].text.split()).casefold() == title.casefold():
        return kept[1:]
    return kept


def _polish(lines: Iterable[str]) -> str:
    """Paragraphs as one NFC text, separated by a blank line."""
    text = _INVISIBLE.sub("", "\n\n".join(lines))
    return unicodedata.normalize("NFC", text).strip()


def _people(meta: Meta) -> tuple[str, ...]:
    site = (meta.site_name or "").casefold()
    # What JSON-LD names is the author, a newsroom too; elsewhere the site's name fills an empty field.
    kept = (name for name in meta.authors if meta.authors_from == "jsonld" or name.casefold() != site)
    return tuple(name for name in kept if not _WHOLE_DATELINE.match(name))


def _dateline(lines: list[str]) -> tuple[str | None, list[str]]:
    """Where the text says it was written, and the lines without one that says only that.

    ``القاهرة (رويترز) -`` and ``BEIRUT —`` open a sentence and stay; ``(أبوظبي - البيان)`` on a line of its own goes.
    """
    for number in (0, 1, len(lines) - 1):
        whole = _WHOLE_DATELINE.match(lines[number]) if 0 <= number < len(lines) else None
        if whole:
            return whole["line"].strip(), lines[:number] + lines[number + 1 :]
    found = _DATELINE.match(lines[0][:120]) if lines else None
    if found is None:
        return None, lines
    line = found["line"].strip()
    words = line.split()
    latin = any("a" <= char.lower() <= "z" for char in line)
    # In Latin script only capitals tell a dateline from the subject of a sentence.
    return (line if len(words) <= 5 and (not latin or words[0].isupper()) else None), lines


def _absolute(address: str | None, base: str | None) -> str | None:
    if not address:
        return None
    try:
        joined = urljoin(base or "", address)
        scheme = urlsplit(joined).scheme
    except ValueError:
        return None
    return joined if scheme in ("http", "https") else None


def _canonical(address: str | None, url: str | None) -> str | None:
    """The page's own name for itself, where it can be believed; else where it came from."""
    named = _absolute(address, url)
    if named is None:
        return url
    try:
        front = urlsplit(named).path in ("", "/") and not urlsplit(named).query
        own = urlsplit(url or "").path not in ("", "/")
    except ValueError:
        return url
    # A template that names the front page on every page.
    return url if front and own and url else named


def _language(title: str | None, text: str, prior: str | None) -> str | None:
    from rasid.text.language import detect  # brings numpy, which not every page needs

    prior = prior.replace("_", "-").split("-")[0].lower() if prior else None
    found, _ = detect(f"{title or ''}\n{text[:2000]}", prior=prior)
    return found if found != "und" else prior
