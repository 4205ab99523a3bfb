"""What a page is: an article, a list of them, something else, a wall in front of it, or nothing.

Signs are added up; each is weak alone. The weights were set by hand from what the signs mean, not fitted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from rasid.model import PageKind
from rasid.parse.meta import Meta
from rasid.parse.tables import phrases
from rasid.parse.walls import wall_of
from rasid.text.fold import fold
from rasid.text.walls import reach

#: Shorter than this a text is no article unless the page says that it is one.
MIN_TEXT = 250
_THRESHOLD = 2.0
#: So far below it the judgement may be wrong.
_NEARLY = 1.5

_DATED_PATH = re.compile(r"/(?:19|20)\d{2}[/-]?[01]?\d(?:[/-]?[0-3]?\d)?/")
_ARTICLE_PATH = re.compile(
    r"\d{5,}|(?:[^/\-_]+[-_]){4,}|%[dD][89ABab]|\.(?:s?html?|aspx?|php|ece|cms)$|[?&](?:id|p|article\w*|news\w*|nid)=\d+"
)
_LIST_PATH = re.compile(
    r"/(?:category|categories|tags?|topics?|section|archives?|search|author|authors|page|label|rubrik|kategorie)(?:/|$)",
    re.I,
)
_SHORT_PATH = re.compile(r"(?:/[a-z]{1,20}(?:[-_][a-z]{1,20})?){1,3}/?", re.I)
_LIST_QUERY = re.compile(r"[?&](?:page|s|q|cat|tag)=", re.I)
_LIST_TYPES = frozenset({"collectionpage", "itemlist", "searchresultspage", "profilepage"})
_OTHER_TYPES = frozenset(
    {
        "product", "jobposting", "recipe", "event", "course", "softwareapplication", "faqpage", "qapage", "service",
        "discussionforumposting", "localbusiness", "videoobject", "aboutpage", "contactpage", "techarticle",
        "apireference", "og:product", "og:profile", "og:product.item",
    }
)  # fmt: skip
_SAYS_ARTICLE = ("article", "blogposting", "reportage")
_NO_NEWS = frozenset({"techarticle", "og:article"})
_GALLERIES = frozenset({"imagegallery", "mediagallery", "og:gallery"})
#: Characters of a caption under a video or over a gallery.
_MOST_OF_CAPTION = 400
# Programs that make forums and manuals.
_OTHER_MAKERS = re.compile(
    r"phpbb|vbulletin|xenforo|discourse|mybb|invision|simple machines|vanilla|mediawiki|"
    r"sphinx|docusaurus|mkdocs|gitbook|docutils|doxygen"
)
_OTHER_HOST = re.compile(
    r"^(?:www\.)?(?:forums?|community|docs?|wiki|shop|store|support|help|developers?|jobs|careers|api|bugs|mail|lists)\."
)
_OTHER_PATH = re.compile(
    r"/(?:forums?|threads?|topic_show|viewtopic|showthread|community|docs?|documentation|wiki|products?|shop|store|cart|"
    r"checkout|services?|solutions|pricing|about|about-us|contact|"
    r"contact-us|jobs|careers|support|faq|account|login|privacy[\w-]*|terms[\w-]*|"
    r"impressum|datenschutz\w*|collections?)(?:[/.?]|$)",
    re.I,
)


# Classes that programs for forums and shops give to what they repeat. Counting bytes is cheap; selectors are not.
_CLASS = re.compile(rb'class="([^"<>]{0,300})')
_POSTS = (
    b"postbody", b"post_body", b"message-body", b"message-content", b"bbWrapper", b"forumpost",
    b"js-post__content", b"post-signature", b"topic-post", b"postprofile", b"post_author",
)  # fmt: skip
_GOODS = (
    b"add-to-cart", b"add_to_cart", b"addtocart", b"AddToCart", b"product-card", b"product-item", b"product_item",
    b"product-price", b"product__price", b"price-item", b"productCard", b"product-tile",
    b"woocommerce-Price",
)  # fmt: skip
_MANY_POSTS, _MANY_GOODS, _MANY_TEASERS = 6, 8, 20
_POSTS_WEIGH, _GOODS_WEIGH = 2.5, 1.5


@dataclass(frozen=True, slots=True)
class Shape:
    """Counts of a page as it stands, before anything is taken out of it.

    `teasers` are links that are headings, `articles` elements of that name.
    """

    teasers: int = 0
    articles: int = 0
    password: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, as far as it tells the kind.

    `said` is `text` with its furniture. `share`, `coverage` and `hinted` are those of `body.Body`; `paragraphs` counts
    blocks of at least 80 characters. `listed`: a channel names the page by this very title.
    """

    text: str = ""
    said: str = ""
    title: str | None = None
    paragraphs: int = 0
    share: float = 0.0
    coverage: float = 0.0
    hinted: bool = False
    dated: bool = False
    authored: bool = False
    listed: bool = False


def shape_of(tree: LexborHTMLParser) -> Shape:
    """Count what tells a list from an article in `tree`; it is not changed."""
    root = tree.body
    if root is None:
        return Shape()
    teasers = {node.text(deep=True).strip() for node in root.css("h2 a, h3 a, h4 a, a h2, a h3, a h4")[:200]}
    return Shape(
        teasers=sum(len(text) >= 20 for text in teasers),
        articles=len(root.css("article")),
        password=tree.css_first('input[type="password"]') is not None,
    )


def kind_of(found: Found, *, meta: Meta, shape: Shape, url: str | None, page: bytes) -> tuple[PageKind, str | None]:
    """The kind of a page, and a word that says why where it is no article: see docs/reading.md."""
    wall = wall_of(
        found.said, title=found.title, page=page, article=_says_article(meta), free=meta.free, password=shape.password
    )
    if wall:
        return PageKind.BLOCKED, wall
    if _is_missing(found):
        return PageKind.OTHER, "soft_404"
    if not found.text and not found.title:
        return PageKind.EMPTY, "no_text"
    medium = _medium_of(found, meta) if found.text else None
    if medium:
        return PageKind.OTHER, medium
    score = _score(found, meta=meta, shape=shape, url=url)
    # Forums and shops do not call their pages news: the marks are looked for only where nothing says so.
    if score >= _THRESHOLD and (_says_article(meta) or score - _by_marks(page, score - _THRESHOLD) >= _THRESHOLD):
        return (PageKind.ARTICLE, None) if found.text else (PageKind.EMPTY, "no_text")
    if not found.text:
        return (PageKind.LISTING, "teasers") if shape.teasers >= 6 else (PageKind.EMPTY, "no_text")
    return (PageKind.LISTING, "teasers") if _is_list(meta, shape, url) else (PageKind.OTHER, "no_article")


def may_be_article(found: Found, *, meta: Meta, shape: Shape, url: str | None) -> bool:
    """Whether the page would be an article if its text were longer and better than what was found."""
    text = found.text if reach(found.text) >= 1500 else "x" * 1500
    best = replace(found, text=text, paragraphs=max(4, found.paragraphs), share=1.0)
    return _score(best, meta=meta, shape=shape, url=url) >= _THRESHOLD


def nearly_article(found: Found, *, meta: Meta, shape: Shape, url: str | None) -> bool:
    """Whether a page that is no article came so near that its text should be read as strictly as an article's."""
    return _score(found, meta=meta, shape=shape, url=url) >= _THRESHOLD - _NEARLY


def _by_marks(page: bytes, margin: float) -> float:
    """What the marks of forums and shops take from the score; not counted where it could not matter."""
    if margin >= _POSTS_WEIGH + _GOODS_WEIGH:
        return 0.0
    # Class names are a small part of a page: taking them out once costs less than a look at all of it for each mark.
    names = b" ".join(_CLASS.findall(page))
    posts = sum(names.count(mark) for mark in _POSTS) + page.count(b'id="post_message_') >= _MANY_POSTS
    goods = sum(names.count(mark) for mark in _GOODS) + page.count(b'itemprop="price"') >= _MANY_GOODS
    return _POSTS_WEIGH * posts + _GOODS_WEIGH * goods


def _medium_of(found: Found, meta: Meta) -> str | None:
    """``video`` or ``gallery``: a caption and no text; None for what is read as a text.

    An article with a video on top says that it is one, and has text.
    """
    if found.paragraphs > 1 or reach(found.text) >= _MOST_OF_CAPTION:
        return None
    if any(kind.startswith("og:video") for kind in meta.types):
        return "video"
    if _says_article(meta):
        return None
    return "video" if "videoobject" in meta.types else "gallery" if _GALLERIES & meta.types else None


def _is_missing(found: Found) -> bool:
    return len(found.text) < 600 and phrases("not_found").search(fold(found.title or "")) is not None


def _score(found: Found, *, meta: Meta, shape: Shape, url: str | None) -> float:
    address = _by_address(url)
    score = _by_word(meta) + _by_text(found, shape) + address
    # A section's address and a page full of headlines.
    score -= 1.5 if address < 0 and shape.teasers >= _MANY_TEASERS else 0.0
    # Long text is no article by itself: something must say who wrote it or when, or that it is one.
    spoken = _says_article(meta) or "og:article" in meta.types or found.dated or found.authored or found.listed
    return score if spoken or address > 0 or not url else score - 1.5


def _by_word(meta: Meta) -> float:
    """What the page says that it is."""
    score = 0.0
    said = _says_article(meta)
    score += 3.0 if said else 0.0
    # Templates put `og:type` article on pages of every sort, and website on articles: a weak word either way.
    score += 1.0 if "og:article" in meta.types else 0.0
    score -= 0.5 if "og:website" in meta.types else 0.0
    score += 1.0 if meta.published else 0.0
    if not said:
        score -= 2.0 if _LIST_TYPES & meta.types else 0.0
        score -= 2.0 if _OTHER_TYPES & meta.types else 0.0
    score -= 2.0 if _OTHER_MAKERS.search(meta.generator) else 0.0
    return score


def _says_article(meta: Meta) -> bool:
    return any(kind.endswith(_SAYS_ARTICLE) and kind not in _NO_NEWS for kind in meta.types)


def _by_text(found: Found, shape: Shape) -> float:
    """What its text looks like."""
    length = reach(found.text)
    # A page that is all prose and no links has nothing else to be.
    bare = found.coverage >= 0.75 and length >= MIN_TEXT and shape.teasers == 0
    score = 2.0 if bare else 0.0
    score += (
        1.5
        if length >= 1500
        else 1.0
        if length >= 600
        else 0.0
        if length >= MIN_TEXT
        else -0.5
        if length >= 120
        else -1.5
    )
    score += 1.0 if found.paragraphs >= 4 else 0.5 if found.paragraphs >= 2 else 0.0
    score += 0.5 if found.hinted else 0.0
    score += 0.5 if found.dated else 0.0
    score += 0.5 if found.authored else 0.0
    # What an outlet announces under its headline is what it publishes, however short; its sections it announces too.
    score += 2.5 if found.listed and found.text and shape.teasers < 4 and shape.articles < 4 else 0.0
    score -= 1.0 if found.share < 0.5 else 0.0
    # Far more headlines than paragraphs: the text is the headlines.
    score -= 1.5 if shape.teasers >= 6 and found.paragraphs * 4 < shape.teasers else 0.0
    score -= min(3.0, 60.0 * shape.teasers / (length + 60)) if shape.teasers >= 6 else 0.0
    return score


def _by_address(url: str | None) -> float:
    if not url:
        return 0.0
    try:
        parts = urlsplit(url)
    except ValueError:
        return 0.0
    query = f"?{parts.query}" if parts.query else ""
    path = (parts.path.rstrip("/") + query)[:1000]
    if not path or re.fullmatch(r"/(?:index\.\w{2,5}|home|[a-z]{2})", path):
        return -3.0
    score = 1.0 if _DATED_PATH.search(path) else 0.5 if _ARTICLE_PATH.search(path) else 0.0
    if not score and not parts.query and _SHORT_PATH.fullmatch(parts.path):
        # Articles have a number, a date or a headline in their address; sections have a word or two.
        score -= 1.0
    if _LIST_PATH.search(parts.path):
        score -= 2.0
    elif not score and _LIST_QUERY.search(query):
        score -= 1.5
    score -= 1.5 if _OTHER_PATH.search(parts.path) else 0.0
    score -= 1.5 if _OTHER_HOST.match(parts.netloc) else 0.0
    return score


def _is_list(meta: Meta, shape: Shape, url: str | None) -> bool:
    if shape.teasers >= 6 or shape.articles >= 4 or _LIST_TYPES & meta.types:
        return True
    return _by_address(url) < -1.5
