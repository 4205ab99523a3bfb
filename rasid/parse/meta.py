"""What a page says about itself: JSON-LD, `<meta>`, microdata and a few elements, read from one tree.

Nothing is believed here, only collected and cleaned; `page` decides. The tree is not changed.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Bounds on what a hostile page can make us look at.
MAX_JSON_BYTES = 1_000_000
MAX_JSON_NODES = 4000
MAX_AUTHORS = 20
MAX_TAGS = 60
MAX_VALUE = 2000

_ARTICLE_TYPES = re.compile(
    r"(?:^|[/#])(?:\w*Article|\w*BlogPosting|Report|Review|LiveBlogPosting|AskPublicNewsArticle)$"
)
_LIST_TYPES = frozenset({"CollectionPage", "ItemList", "SearchResultsPage", "Blog", "ProfilePage", "AboutPage"})
_CONTROL = re.compile(r"[\x00-\x1f]")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_INVISIBLE = str.maketrans(
    dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF, 0xFFFD, *range(0x20), 0x7F)) | {9: " ", 10: " ", 13: " "}
)

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "article.published",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "publish-date", "publish_date", "publishdate",
    "publication_date", "pubdate", "article_date_original", "dcterms.created", "dc.date.issued", "dcterms.issued",
    "dcterms.date", "dc.date", "date", "displaydate", "originalpublicationdate", "rnews:datepublished", "og:pubdate",
    "news_publication_date", "article:published", "created", "creation_date", "datecreated",
    "citation_publication_date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "og:modified_time", "datemodified", "article.updated", "last-modified",
    "lastmod", "dcterms.modified", "dc.date.modified", "cxenseparse:recs:modifytime", "updated_time", "article:updated",
)  # fmt: skip
_AUTHORS = ("author", "article:author_name", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
            "article:author", "cxenseparse:author", "byl", "og:author", "authors", "rnews:creator")  # fmt: skip
_TITLES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "title", "headline")
_SITES = ("og:site_name", "application-name", "twitter:app:name:iphone", "al:ios:app_name", "dc.publisher")
_SECTIONS = ("article:section", "parsely-section", "og:article:section", "section", "cxenseparse:category", "category")
_TAGS = ("article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "keywords", "dc.subject", "og:article:tag")
_IMAGES = (
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "twitter:image",
    "twitter:image:src",
    "image",
    "thumbnail",
)


@dataclass(slots=True)
class Meta:
    """What a page says about itself, cleaned; None or empty where it is silent.

    `published` and `modified` are (raw text, where it stood) in the order of trust. `types` are JSON-LD types in
    lower case and `og:type` as ``og:…``.
    """

    language: str | None = None
    canonical: str | None = None
    headlines: list[tuple[str, str]] = field(default_factory=list)
    page_title: str | None = None
    first_headings: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    authors_from: str = ""
    published: list[tuple[str, str]] = field(default_factory=list)
    modified: list[tuple[str, str]] = field(default_factory=list)
    site_name: str | None = None
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    image: str | None = None
    types: set[str] = field(default_factory=set)
    article_body: str | None = None
    description: str | None = None
    free: bool | None = None
    generator: str = ""


def clean(value: object) -> str | None:
    """One line of NFC text without markup characters or invisible ones; None where nothing is left."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    value = value[:MAX_VALUE]
    if "&" in value:
        value = html.unescape(value)
    return unicodedata.normalize("NFC", " ".join(value.translate(_INVISIBLE).split())) or None


def read_meta(tree: LexborHTMLParser) -> Meta:
    """Collect what `tree` says about itself."""
    meta = Meta()
    named = _named(tree)
    _from_json(meta, list(_articles(tree, meta)))
    _from_names(meta, named)
    _from_elements(meta, tree)
    return meta


# --- <meta> ---------------------------------------------------------------------------------------------------------


def _named(tree: LexborHTMLParser) -> dict[str, list[str]]:
    """Every `<meta>` by its name in lower case."""
    named: dict[str, list[str]] = {}
    for node in tree.css("meta")[:400]:
        attributes = node.attributes
        content = attributes.get("content")
        if not content:
            continue
        for kind in ("property", "name", "itemprop", "http-equiv"):
            name = attributes.get(kind)
            if name:
                named.setdefault(name.strip().lower(), []).append(content[:MAX_VALUE])
    return named


def _firsts(named: dict[str, list[str]], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, cleaned value) of each of `names` that is there, in their order."""
    for name in names:
        for value in named.get(name, ())[:3]:
            text = clean(value)
            if text:
                yield name, text


def _first(named: dict[str, list[str]], names: Iterable[str]) -> str | None:
    return next((text for _, text in _firsts(named, names)), None)


def _from_names(meta: Meta, named: dict[str, list[str]]) -> None:
    meta.headlines += [(text, name) for name, text in _firsts(named, _TITLES)]
    meta.published += [(text, "meta") for _, text in _firsts(named, _PUBLISHED)]
    meta.modified += [(text, "meta") for _, text in _firsts(named, _MODIFIED)]
    meta.site_name = _first(named, _SITES) or meta.site_name
    meta.section = meta.section or _first(named, _SECTIONS)
    meta.image = meta.image or _first(named, _IMAGES)
    meta.description = _first(named, ("og:description", "description", "twitter:description"))
    meta.generator = (_first(named, ("generator",)) or "").lower()
    meta.language = meta.language or _first(named, ("content-language", "og:locale", "dc.language", "language"))
    if not meta.authors:
        meta.authors = list(names_of(_first_author(named) or _on_card(named)))
        meta.authors_from = "meta" if meta.authors else ""
    meta.tags = _merged(meta.tags, named)
    kind = _first(named, ("og:type",))
    if kind:
        meta.types.add("og:" + kind.lower())


def _first_author(named: dict[str, list[str]]) -> list[str]:
    for name in _AUTHORS:
        values = [text for text in map(clean, named.get(name, ())) if text and not text.startswith(("http", "@", "/"))]
        if values:
            return values
    return []


def _on_card(named: dict[str, list[str]]) -> list[str]:
    """The author on a card for other sites, where the label beside it says "Written by"."""
    label = _first(named, ("twitter:label1",))
    value = _first(named, ("twitter:data1",))
    return [value] if label and value and _BY.match(f"{label} {value}") else []


def _merged(tags: list[str], named: dict[str, list[str]]) -> list[str]:
    """Tags of JSON-LD and of `<meta>`, each once, in order."""
    for name in _TAGS:
        for value in named.get(name, ())[:MAX_TAGS]:
            tags = tags + split_tags(value)
    return unique(tags)[:MAX_TAGS]


def split_tags(value: object) -> list[str]:
    """A list of keywords from a string cut at commas (Latin or Arabic) or semicolons, or from a list."""
    if isinstance(value, list):
        return [tag for part in value[:MAX_TAGS] for tag in split_tags(_name(part))]
    text = clean(value)
    if not text:
        return []
    parts = re.split(r"\s*[,،;؛|]\s*", text) if len(text) > 1 else [text]
    return [part for part in parts if 1 < len(part) <= 100]


def unique(values: Iterable[str]) -> list[str]:
    """`values` in order, each once, whatever its letter case."""
    seen: dict[str, str] = {}
    for value in values:
        seen.setdefault(value.casefold(), value)
    return list(seen.values())


# --- authors --------------------------------------------------------------------------------------------------------

_BY = re.compile(
    r"^\s*(?:(?:zeige )?alle beiträge von|view all posts by|all posts by|posts by|posted by|eingestellt von|"
    r"erstellt von|geschrieben von|publié par|écrit par|escrito por|"
    r"written by|reporting by|by|von|par|por|di|door|كتب|كتبت|بقلم|إعداد|تحرير|yazan|نویسنده)\b\s*:?\s*",
    re.I,
)
_AND = re.compile(r"\s*(?:;|\||•|\s+(?:and|und|et|y|og|och|&)\s+|,(?!\s*(?:jr|sr|ph\.?d|md)\b))\s*", re.I)
_NO_NAME = re.compile(
    r"^(?:admin\w*|editor|root|user\d*|webmaster|null|none|undefined|unknown|n/a|test|anonymous)$|https?:|@|\d{4,}",
    re.I,
)


def names_of(values: Iterable[str]) -> Iterator[str]:
    """Names of people or desks from bylines, each once, without "By", titles of accounts and addresses."""
    found = []
    for value in values:
        for part in _AND.split(_BY.sub("", value)):
            name = part.strip(" .,:-–—/\"'")
            if 1 < len(name) <= 80 and not _NO_NAME.search(name):
                found.append(name)
    return iter(unique(found)[:MAX_AUTHORS])


# --- JSON-LD --------------------------------------------------------------------------------------------------------


def _articles(tree: LexborHTMLParser, meta: Meta) -> Iterator[dict[str, Any]]:
    """Objects of JSON-LD that describe an article; the types of all others are noted on the way."""
    for script in tree.css('script[type*="ld+json"]')[:30]:
        for thing in _things(_loaded(script.text(deep=True))):
            types = [kind for kind in _as_list(thing.get("@type")) if isinstance(kind, str)]
            meta.types.update(kind.rpartition("/")[2].lower() for kind in types)
            if any(_ARTICLE_TYPES.search(kind) for kind in types):
                yield thing


def _loaded(text: str) -> Any:
    """The value of one JSON-LD block, common slips mended; None where it is beyond that."""
    text = text[:MAX_JSON_BYTES]
    try:
        return orjson.loads(text.encode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(_mended(text).encode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        return None


def _mended(text: str) -> str:
    """Comments around it, raw control characters and trailing commas taken out."""
    text = _COMMENT.sub("", _COMMENT.sub("", text)).strip().rstrip(";")
    return _TRAILING_COMMA.sub(r"\1", _CONTROL.sub(" ", text))


def _things(value: Any) -> Iterator[dict[str, Any]]:
    """Every object that stands at the top, in a list or in an `@graph`, and what those say is their main thing."""
    queue, looked = [value], 0
    while queue and looked < MAX_JSON_NODES:
        here = queue.pop(0)
        looked += 1
        if isinstance(here, list):
            queue = here[:MAX_JSON_NODES] + queue
        elif isinstance(here, dict):
            yield here
            queue = [here[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in here] + queue


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _name(value: Any) -> str | None:
    """The text of a value that may be text, an object with a name, or a list of those."""
    for part in _as_list(value)[:1]:
        if isinstance(part, dict):
            return _name(part.get("name") or part.get("@value") or part.get("headline"))
        return clean(part)
    return None


def _address(value: Any) -> str | None:
    for part in _as_list(value)[:1]:
        if isinstance(part, dict):
            return _address(part.get("url") or part.get("contentUrl") or part.get("@id"))
        return clean(part)
    return None


def _from_json(meta: Meta, articles: list[dict[str, Any]]) -> None:
    for article in articles[:5]:
        headline = _name(article.get("headline")) or _name(article.get("name"))
        if headline:
            meta.headlines.append((headline, "jsonld"))
        meta.published += [(text, "jsonld") for text in (clean(_flat(article.get("datePublished"))),) if text]
        meta.modified += [(text, "jsonld") for text in (clean(_flat(article.get("dateModified"))),) if text]
    # The first with an author is the page's own; those after it are teasers.
    for article in articles[:5]:
        _fill(meta, article)


def _flat(value: Any) -> Any:
    parts = _as_list(value)
    return parts[0] if parts else None


def _fill(meta: Meta, article: dict[str, Any]) -> None:
    if not meta.authors:
        people = _as_list(article.get("author") or article.get("creator"))[:MAX_AUTHORS]
        meta.authors = list(names_of(name for name in map(_name, people) if name))
        meta.authors_from = "jsonld" if meta.authors else ""
    meta.site_name = meta.site_name or _name(article.get("publisher"))
    meta.section = meta.section or _name(article.get("articleSection"))
    meta.language = meta.language or _language(article.get("inLanguage"))
    meta.image = meta.image or _address(article.get("image"))
    if not meta.tags:
        meta.tags = split_tags(article.get("keywords"))
    body = article.get("articleBody")
    if isinstance(body, str) and not meta.article_body:
        meta.article_body = body
    if meta.free is None and isinstance(article.get("isAccessibleForFree"), (bool, str)):
        meta.free = str(article["isAccessibleForFree"]).lower() != "false"


def _language(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    text = clean(_flat(value))
    return text if text and re.fullmatch(r"[A-Za-z]{2,3}(?:[-_]\w{2,8})*", text) else None


# --- elements -------------------------------------------------------------------------------------------------------


def _from_elements(meta: Meta, tree: LexborHTMLParser) -> None:
    root = tree.css_first("html")
    if root is not None:
        named = root.attributes.get("lang") or root.attributes.get("xml:lang")
        meta.language = clean(named) or meta.language
    link = tree.css_first('link[rel="canonical"]') or tree.css_first('link[rel="Canonical"]')
    address = clean(link.attributes.get("href")) if link is not None else None
    og = tree.css_first('meta[property="og:url"]')
    meta.canonical = address or (clean(og.attributes.get("content")) if og is not None else None)
    title = tree.css_first("head title") or tree.css_first("title")
    meta.page_title = clean(title.text(deep=True)) if title is not None else None
    meta.first_headings = [text for text in (clean(node.text(deep=True)) for node in tree.css("h1")[:6]) if text]
    meta.published += [(text, "microdata") for text in _microdata(tree, "datePublished")]
    meta.modified += [(text, "microdata") for text in _microdata(tree, "dateModified")]
    if not meta.authors:
        meta.authors = list(names_of(_bylines(tree)))
        meta.authors_from = "byline" if meta.authors else ""


def _microdata(tree: LexborHTMLParser, name: str) -> Iterator[str]:
    for node in tree.css(f'[itemprop="{name}"]')[:4]:
        attributes = node.attributes
        text = clean(attributes.get("datetime") or attributes.get("content") or node.text(deep=True))
        if text and len(text) <= 120:
            yield text


def _bylines(tree: LexborHTMLParser) -> list[str]:
    """Visible names: microdata, `rel=author`, then a class that says author; no more than one kind."""
    for selector in ('[itemprop="author"] [itemprop="name"]', '[itemprop="author"]', '[rel~="author"]', *_BYLINES):
        names = [text for text in map(_short, tree.css(selector)[:4]) if text]
        if names:
            return names[:3]
    return []


_BYLINES = (
    ".author-name",
    ".author__name",
    ".byline-name",
    ".article-author",
    ".post-author",
    ".author a",
    ".byline a",
    ".post-author-name",
    ".entry-meta-author",
    ".entry-author",
    ".author",
    ".byline",
    "[class*='author-name']",
    "[class*='meta__author']",
    "[class*='documentAuthor']",
    "[class*='byline']",
)


def _short(node: LexborNode) -> str | None:
    text = clean(node.attributes.get("content") or node.text(deep=True))
    return text if text and len(text) <= 60 else None
