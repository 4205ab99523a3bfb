"""The article text of a page, from one tree: the fast way.

Blocks of text are weighed by how much prose and how few links they hold, the weight is summed up the ancestors, and
the container that holds most of it is the article. Nothing here knows an outlet. The tree is changed (scripts and
navigation are taken out), so whatever else reads it reads it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rasid.parse.containers import signature_of

#: Never prose. `form` is not among them: some sites wrap the whole page in one.
DROPPED = [
    "script", "style", "noscript", "nav", "footer", "aside", "iframe", "svg", "button", "template", "select",
    "textarea", "object", "video", "audio", "canvas", "dialog", "figcaption", "menu",
]  # fmt: skip
_BLOCKS = "p,h2,h3,h4,h5,h6,li,blockquote,pre,dd,dt"
_LEAVES = frozenset({"p", "h2", "h3", "h4", "h5", "h6"})
_ITEMS = frozenset({"li", "blockquote", "dd"})
_HOLDERS = "div,td,section,article,main,center,li,blockquote,dd"
_INLINE = frozenset(
    {
        "a", "b", "i", "em", "strong", "span", "u", "small", "sup", "sub", "code", "mark", "time", "abbr",
        "cite", "q", "s", "del", "ins", "font", "wbr", "bdi", "bdo", "kbd", "label", "tt", "big", "strike",
        "acronym",
    }
)  # fmt: skip
_LEAF_HOLDERS = frozenset({"p", "blockquote", "li", "ul", "ol", "pre"})
_ASIDE_ROLES = frozenset({"navigation", "complementary", "contentinfo", "dialog"})
# Class names that templates all over the web give to the article's body.
_BODY_CLASSES = frozenset(
    {
        "article-body", "article__body", "articleBody", "article-content", "article__content", "entry-content",
        "post-content", "post-body", "post__content", "story-body", "story-content", "story__content",
        "article-text", "content-body", "td-post-content", "field-name-body", "field--name-body", "paywall",
        "post_content", "single-content", "news-content", "article_content", "article-body__content",
        "body-content", "entry__content",
    }
)  # fmt: skip
_WORDS_OF_FURNITURE = (
    r"comments?(?!-off)|disqus|respond|related|share|sharing|sharedaddy|social|sidebar|newsletter|promo|promoted|"
    r"subscribe|subscription|sign-?up|footer|foot|navbar|navigation|nav|menu|breadcrumbs?|advert\w*|ads?|adsbygoogle|"
    r"sponsor\w*|widget|recommend\w*|recirc\w*|outbrain|taboola|popular|trending|most-?read|read-?more|readmore|"
    r"also-?read|see-?also|more-?(?:on|from|stories|news|in)|caption|credits?|byline|authors?|"
    r"author-?(?:bio|box|info)|bio|tags|tag-?list|cookie\w*|consent|gdpr|modal|popup|overlay|screen-reader-text|"
    r"sr-only|visually-?hidden|copyright|disclaimer|dateline|timestamp|post-?meta|entry-?meta|rating|gallery|"
    r"carousel|slideshow|pagination|pager|next-?prev|jp-relatedposts|toolbar|utility|donate|poll|quiz|login|skip|toc|"
    r"print|email|tooltip|infobox|factbox|teaser|headlines?|latest|upnext|editors-?pick\w*|yarpp\w*|tease"
)
#: Not what is hidden on some screens alone (``hidden-xs``), nor what has a hidden label (Drupal's fields).
_WORDS_OF_HIDING = (
    r"(?<!label-)hid(?:e|den)(?!-(?:xs|sm?|md?|lg?|xl|print|phone|mobile|tablet|for|on|in|until|small)\b)"
)
_FURNITURE = re.compile(
    rf"(?:^|[\s_-])(?:{_WORDS_OF_FURNITURE}|{_WORDS_OF_HIDING})(?:$|[\s_-])|Comments|"
    r"[a-z](?:Related|Share|Social|Newsletter|Promo|Recirc|Caption|Byline|Sponsor|Trending)"
)
_SURELY_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:comments?|disqus_thread|respond|comment-?list|related|recirc)(?:$|[\s_-])", re.I
)

#: Blocks nested deeper than this are not read: no page is, and nested blocks would be read again at each level.
MAX_DEPTH = 400
#: With less text than this to be seen, what is hidden is looked at too.
_MIN_SHOWN = 300
#: A flag of furniture is lifted from what holds this share of the prose ("paywall", "l-sidebar-fixed").
_LIFT_SHARE = 0.45
_CONTAINER_SHARE = 0.80
_HINTED_SHARE = 0.70

#: When a reading is unsure: text of the page covered, characters, prose in the container by all clear prose, and
#: characters taken by all prose (above 1 where lists were taken).
_MIN_COVERAGE = 0.20
_MIN_LENGTH, _LONG = 200, 1_000
_MIN_SHARE = 0.5
_MIN_OUTSIDE, _MAX_OUTSIDE = 0.25, 1.4
_TAG = re.compile(r"[#.\[]")
#: A learned container holds where it gives a text of this many characters.
_LEAST_HELD = 80

# How sure it is that a node is not of the article. Hidden ones are told apart: pages that are put together in the
# browser keep their whole text in a hidden part until a script moves it.
_HIDDEN, _ASIDE, _DOUBTFUL, _CLEAR = 3, 2, 1, 0

#: Siblings alike that each open with a link are cards of other articles, from this many on ...
_MIN_CARDS = 3
#: ... unless they are what the page is about: so much of the prose must stand elsewhere.
_MIN_BESIDE_CARDS, _MIN_SHARE_BESIDE_CARDS = 400, 0.2
#: What a `div` holds that is a whole article: one of that name, or a headline with a time or a name to it.
_WHOLE = (
    "article, h1 ~ time, h1 ~ * time, h1 ~ [class*='byline'], h1 ~ * [class*='byline'], h1 ~ [class*='author'], "
    "h1 ~ * [class*='author']"
)
#: The first article of a scroll has at least this share of the longest one's prose.
_LEAST_OF_SCROLL = 0.25
#: A shorter description is a motto, or the headline over again.
_LEAST_DESCRIPTION = 50
#: Characters of paragraphs that make the node in which they stand the container.
_PLAIN_BESIDE = 200
_LEAD = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|intro|standfirst|summary|sapo|chapo|vorspann|spot|dek|subhead(?:line)?|deck|excerpt|abstract)(?:$|[\s_-])",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One block of the text, white space collapsed."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """What was found, and how sure that is.

    Attributes:
        paragraphs: in the order of the page; empty where there is no prose.
        length: characters in `paragraphs` that are not headings.
        coverage: that, by all text of the page (0 to 1).
        share: prose in the container, by all prose outside of furniture.
        outside: characters taken, by all prose, furniture included; above 1 where lists or tables were taken.
        hinted: the container was named by a class or `itemprop` that says so.
        container: its signature, see `containers.signature_of`.
        learned: it was found by a signature that other pages of the site have taught.
        failed: such signatures that were tried and did not hold.
    """

    paragraphs: tuple[Paragraph, ...] = ()
    length: int = 0
    coverage: float = 0.0
    share: float = 0.0
    outside: float = 0.0
    hinted: bool = False
    container: str | None = None
    learned: bool = False
    failed: tuple[str, ...] = ()

    @property
    def unsure(self) -> bool:
        """Whether another reader should have a look: little text, or much that may be text elsewhere on the page.

        Comments and boxes push the coverage of a sure reading down; so a long text, or one whose container names
        itself, is not doubted for that alone.
        """
        if self.learned:
            return False
        if self.length < _MIN_LENGTH or self.share < _MIN_SHARE or not _MIN_OUTSIDE <= self.outside <= _MAX_OUTSIDE:
            return True
        return self.coverage < _MIN_COVERAGE and self.length < _LONG and not self.hinted


@dataclass(slots=True)
class _Block:
    key: int
    node: LexborNode
    tag: str
    text: str
    links: float = 0.0
    prose: int = 0


class _Ancestry:
    """The ancestor chains that blocks stand in, each node looked at once."""

    __slots__ = ("depth", "flag", "hints", "node", "parent", "root", "tag")

    def __init__(self, root: LexborNode) -> None:
        self.root = root.mem_id
        self.parent = {self.root: 0}
        self.flag = {self.root: _CLEAR}
        self.tag = {self.root: "body"}
        self.node = {self.root: root}
        self.depth = {self.root: 0}
        self.hints: list[int] = []

    def add(self, node: LexborNode) -> int:
        """Register `node` and its ancestors; returns its depth below the root."""
        key = first = node.mem_id
        chain = []
        while key not in self.parent:
            chain.append(key)
            self.tag[key] = node.tag or ""
            self.node[key] = node
            self.flag[key] = self._flag_of(node, key)
            above = node.parent
            if above is None:
                self.parent[key] = 0
                break
            node = above
            self.parent[key] = key = node.mem_id
        depth = self.depth.get(key, 0)
        for key in reversed(chain):
            depth += 1
            self.depth[key] = depth
        return self.depth[first]

    def above(self, key: int) -> Iterator[int]:
        """`key` and its ancestors, up to the root."""
        while key:
            yield key
            key = self.parent[key]

    def _flag_of(self, node: LexborNode, key: int) -> int:
        attributes = node.attributes
        if not attributes:
            return _CLEAR
        classes, name = attributes.get("class"), attributes.get("id")
        if classes and (classes in _BODY_CLASSES or not _BODY_CLASSES.isdisjoint(classes.split())):
            self.hints.append(key)
        named = f"{classes} {name}" if classes and name else classes or name
        flag = _CLEAR if not named else _known(named) if len(named) <= _MAX_KNOWN else _sounds(named)
        if len(attributes) == 1 and named:
            return flag
        if (attributes.get("itemprop") or "").lower() == "articlebody":
            self.hints.append(key)
        if attributes.get("role") in _ASIDE_ROLES:
            return _ASIDE
        return _HIDDEN if _is_hidden(attributes) else flag


def _sounds(named: str) -> int:
    """What the names of a node tell."""
    return _ASIDE if _SURELY_ASIDE.search(named) else _DOUBTFUL if _FURNITURE.search(named) else _CLEAR


#: The same names come again all over a page, and on every page of a site. Longer ones are not kept: a page may be made
#: of them.
_MAX_KNOWN = 200
_known = lru_cache(maxsize=20_000)(_sounds)


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style") or ""
    if "display" not in style and "visibility" not in style:
        return False
    return any(rule in style.replace(" ", "") for rule in ("display:none", "visibility:hidden"))


def read_body(tree: LexborHTMLParser, *, description: str | None = None, learned: Sequence[str] = ()) -> Body:
    """Find the article's text in `tree`, which loses its scripts, navigation and the like on the way.

    Args:
        description: what the page's head says in short; a block that says the same is the standfirst.
        learned: signatures of containers that held the text of other pages of the site, the best first. One is taken
            where the reading is unsure without, or chose a place that the site does not use, and only where it holds
            a text here.
    """
    root = tree.body
    if root is None:
        return Body()
    root.strip_tags(DROPPED, recursive=True)
    ancestry = _Ancestry(root)
    blocks = _blocks(root, ancestry)
    body = _found(root, blocks, ancestry, description)
    if body.length < _MIN_SHOWN and _HIDDEN in ancestry.flag.values():
        ancestry.flag = {key: _CLEAR if flag == _HIDDEN else flag for key, flag in ancestry.flag.items()}
        unveiled = _found(root, blocks, ancestry, description)
        body = unveiled if unveiled.length > 3 * body.length else body
    if learned and (body.unsure or body.container not in learned):
        return _by_learned(body, root, blocks, ancestry, description, learned)
    return body


def _by_learned(
    body: Body,
    root: LexborNode,
    blocks: list[_Block],
    ancestry: _Ancestry,
    description: str | None,
    learned: Sequence[str],
) -> Body:
    """The text of the first learned container that holds one here; `body` where none does, and which failed."""
    flags = dict(ancestry.flag)
    here = _signed(blocks, ancestry, {_TAG.split(name.rpartition(">")[2])[0] for name in learned})
    failed: list[str] = []
    for name in learned:
        key = here.get(name)
        if key is not None:
            # The site's own pages have shown that this is the text, whatever its name sounds like.
            ancestry.flag = dict(flags)
            ancestry.flag.update(dict.fromkeys(ancestry.above(key), _CLEAR))
            lead = _described(blocks, description, ancestry) or _lead(blocks, key, ancestry)
            paragraphs, length = _emit(blocks, key, ancestry, lead)
            if length >= (_LEAST_HELD if body.unsure else _MIN_LENGTH):
                coverage = length / (_visible_length(root, length) + 1)
                return Body(tuple(paragraphs), length, coverage, 1.0, 1.0, True, name, True, tuple(failed))
        failed.append(name)
    return replace(body, failed=tuple(failed)) if body.unsure else body


def _signed(blocks: list[_Block], ancestry: _Ancestry, tags: set[str]) -> dict[str, int]:
    """The first node of each signature that blocks stand in, among nodes of these tags."""
    signed: dict[str, int] = {}
    looked: set[int] = set()
    for block in blocks:
        for key in ancestry.above(block.key):
            if key in looked:
                break
            looked.add(key)
            name = signature_of(ancestry.node[key]) if ancestry.tag[key] in tags else None
            if name:
                signed.setdefault(name, key)
    return signed


def _found(root: LexborNode, blocks: list[_Block], ancestry: _Ancestry, description: str | None) -> Body:
    """The article among `blocks`, as the flags of `ancestry` stand."""
    weights = _Weights(_weighed(blocks, ancestry), ancestry)
    if not weights.total:
        return Body()
    container, hinted = _container(weights, ancestry)
    lead = _described(blocks, description, ancestry) or _lead(blocks, container, ancestry)
    paragraphs, length = _emit(blocks, container, ancestry, lead)
    return Body(
        paragraphs=tuple(paragraphs),
        length=length,
        coverage=length / (_visible_length(root, length) + 1),
        share=weights.clear.get(container, 0) / (weights.total + 1),
        outside=length / (weights.prose + 1),
        hinted=hinted,
        container=signature_of(ancestry.node.get(container)),
    )


def _visible_length(root: LexborNode, length: int) -> int:
    text = root.text(deep=True)
    # Collapsing white space is dear: only where it could matter to the judgement.
    return len(text) if length >= 0.25 * len(text) else len(" ".join(text.split()))


# --- blocks ---------------------------------------------------------------------------------------------------------


def _blocks(root: LexborNode, ancestry: _Ancestry) -> list[_Block]:
    """Blocks of text in the order of the page."""
    found = [(node.mem_id, node) for node in root.css(_BLOCKS) if ancestry.add(node) <= MAX_DEPTH]
    texts = {key: " ".join(node.text(deep=True).split()) for key, node in found if ancestry.tag[key] in _LEAVES}
    holding = _holding((key for key, _ in found if texts.get(key, "-")), ancestry)
    blocks, prose = [], 0
    for key, node in found:
        tag = ancestry.tag[key]
        if tag != "p" and key in holding:
            continue
        text = texts[key] if key in texts else " ".join(node.text(deep=True).split())
        if text:
            blocks.append(_Block(key, node, tag, text))
            prose += len(text) if tag == "p" else 0
    loose, wrapped = _loose_blocks(root, ancestry, {key for key, _ in found}, holding)
    bare = sum(len(block.text) for block in loose)
    if sum(len(block.text) for block in wrapped) > prose + bare:
        return _in_page_order(root, blocks + loose + wrapped)
    if bare <= 0.15 * (prose + 1):
        # An item or a quote that holds more than its own words is a block all the same.
        loose = [block for block in loose if ancestry.tag[block.key] in _ITEMS]
    return _in_page_order(root, blocks + loose) if loose else blocks


def _holding(keys: Iterable[int], ancestry: _Ancestry) -> set[int]:
    """All nodes that hold one of these blocks."""
    holding: set[int] = set()
    for key in keys:
        above = ancestry.parent[key]
        while above and above not in holding:
            holding.add(above)
            above = ancestry.parent[above]
    return holding


def _loose_blocks(
    root: LexborNode, ancestry: _Ancestry, keys: set[int], holding: set[int]
) -> tuple[list[_Block], list[_Block]]:
    """Text that stands directly in a `div` or a table cell, cut at line breaks and at block children.

    Besides, what stands there in spans alone: labels and buttons as a rule, but some editors wrap each paragraph so.
    """
    loose: list[_Block] = []
    wrapped: list[_Block] = []
    holders = [root, *root.css(_HOLDERS)]
    ends = _ends(holders, holding)
    for node in holders:
        key = node.mem_id
        direct = node.text(deep=False)
        found = loose
        if key in ends and (len(direct) < 30 or len(direct.strip()) < 30):
            direct, found = node.text(deep=True), wrapped
        if len(direct) < 30 or len(direct.strip()) < 30:
            continue
        if (key in keys and key not in holding) or ancestry.add(node) > MAX_DEPTH:
            continue
        found += [_Block(key, node, "div", text) for text in _runs(node, holding)]
    return loose, wrapped


def _ends(holders: list[LexborNode], holding: set[int]) -> set[int]:
    """Those of `holders` that hold neither a block nor another holder."""
    own = {node.mem_id for node in holders}
    above: set[int] = set()
    for node in holders:
        parent = node.parent
        while parent is not None and parent.mem_id not in above:
            above.add(parent.mem_id)
            parent = parent.parent
    return own - above - holding


def _runs(node: LexborNode, holding: set[int]) -> Iterator[str]:
    run: list[str] = []
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            run.append(child.text_content or "")
        elif tag in _INLINE and child.mem_id not in holding:
            run.append(child.text(deep=True))
        else:
            yield from _joined(run)
            run = []
    yield from _joined(run)


def _joined(run: list[str]) -> Iterator[str]:
    text = " ".join("".join(run).split())
    if len(text) > 1:
        yield text


def _in_page_order(root: LexborNode, blocks: list[_Block]) -> list[_Block]:
    place = {node.mem_id: number for number, node in enumerate(root.traverse())}
    return sorted(blocks, key=lambda block: place.get(block.key, 0))


# --- weights --------------------------------------------------------------------------------------------------------


def _weighed(blocks: list[_Block], ancestry: _Ancestry) -> list[_Block]:
    """Give each block its share of link text and the characters that count as prose."""
    surely = {key: flag if flag >= _ASIDE else _CLEAR for key, flag in ancestry.flag.items()}
    worst = _Worst(surely, ancestry)
    for block in blocks:
        length = len(block.text)
        if block.tag != "div":
            links = block.node.css("a")
            block.links = sum(len(link.text(deep=True)) for link in links) / length if links else 0.0
        good = block.links < 0.5 and _long_enough(block.tag, length) and not worst.of(block.key)
        block.prose = 0 if not good else length // 3 if block.tag == "li" else length
    return blocks


def _long_enough(tag: str, length: int) -> bool:
    return tag[0] != "h" and (length >= 60 or (tag == "p" and length >= 25))


class _Worst:
    """The worst flag among a node and its ancestors, each node worked out once."""

    __slots__ = ("ancestry", "flags", "known")

    def __init__(self, flags: dict[int, int], ancestry: _Ancestry) -> None:
        self.flags, self.ancestry, self.known = flags, ancestry, {0: _CLEAR}

    def of(self, key: int) -> int:
        chain = []
        while key not in self.known:
            chain.append(key)
            key = self.ancestry.parent[key]
        worst = self.known[key]
        for key in reversed(chain):
            self.known[key] = worst = max(worst, self.flags[key])
        return worst


class _Weights:
    """Prose summed up the ancestors: `clear` without furniture, `prose` and `total` in characters."""

    __slots__ = ("clear", "order", "prose", "total")

    def __init__(self, blocks: list[_Block], ancestry: _Ancestry) -> None:
        own: dict[int, int] = {}
        for block in blocks:
            if block.prose:
                own[block.key] = own.get(block.key, 0) + block.prose
        self.prose = sum(own.values())
        every = _summed(own.items(), ancestry)
        for key, weight in every.items():
            if ancestry.flag[key] == _DOUBTFUL and weight >= _LIFT_SHARE * self.prose:
                ancestry.flag[key] = _CLEAR
        _flag_cards(every, self.prose, ancestry)
        worst = _Worst(ancestry.flag, ancestry)
        clear = [(key, weight) for key, weight in own.items() if not worst.of(key)]
        self.total = sum(weight for _, weight in clear)
        self.clear = _summed(clear, ancestry)
        if not self.total:
            self.clear, self.total = every, self.prose
        self.order = {key: number for number, key in enumerate(self.clear)}


def _flag_cards(every: dict[int, int], prose: int, ancestry: _Ancestry) -> None:
    """Flag rows of cards (link, then a few words on it) that stand beside the article."""
    groups: dict[tuple[int, str], list[int]] = {}
    for key in every:
        if ancestry.tag[key] in ("li", "div", "article", "section"):
            groups.setdefault((ancestry.parent[key], ancestry.tag[key]), []).append(key)
    for keys in groups.values():
        if len(keys) < _MIN_CARDS:
            continue
        cards = [key for key in keys if _opens_with_link(ancestry.node[key])]
        beside = prose - sum(every[key] for key in cards)
        if len(cards) >= max(_MIN_CARDS, 0.8 * len(keys)) and beside >= max(
            _MIN_BESIDE_CARDS, _MIN_SHARE_BESIDE_CARDS * prose
        ):
            ancestry.flag.update(dict.fromkeys(cards, _ASIDE))


def _opens_with_link(node: LexborNode) -> bool:
    text = " ".join(node.text(deep=True).split())
    for link in node.css("a")[:3]:
        words = " ".join(link.text(deep=True).split())
        if words:
            return len(words) >= 15 and text.startswith(words) and len(text) > len(words)
    return False


def _summed(weights: Iterable[tuple[int, int]], ancestry: _Ancestry) -> dict[int, int]:
    total: dict[int, int] = {}
    for key, weight in weights:
        for above in ancestry.above(key):
            total[above] = total.get(above, 0) + weight
    return total


# --- the container --------------------------------------------------------------------------------------------------


def _container(weights: _Weights, ancestry: _Ancestry) -> tuple[int, bool]:
    """The node that holds the article, and whether the page itself named it."""
    hinted = [key for key in ancestry.hints if weights.clear.get(key, 0) >= _HINTED_SHARE * weights.total]
    if hinted:
        return min(hinted, key=lambda key: weights.order.get(key, len(weights.order))), True
    children: dict[int, list[int]] = {}
    for key in weights.clear:
        children.setdefault(ancestry.parent[key], []).append(key)
    current = ancestry.root
    while current in children:
        below = _descend(current, children[current], weights, ancestry)
        if below is None:
            break
        current = below
    return current, False


def _descend(current: int, children: list[int], weights: _Weights, ancestry: _Ancestry) -> int | None:
    """The child to go on with; None where `current` itself is the container."""
    clear = weights.clear
    if len(children) > 1:
        first = _first_of_scroll([key for key in children if clear[key] >= 200], weights, ancestry)
        if first is not None:
            return first
    best = max(children, key=clear.__getitem__)
    if sum(clear[key] for key in children if ancestry.tag[key] == "p" and key != best) >= _PLAIN_BESIDE:
        # Paragraphs of its own beside a part of the text: what was set apart is a part of it, not the whole.
        return None
    if clear[best] < _CONTAINER_SHARE * clear[current] or ancestry.tag[best] in _LEAF_HOLDERS:
        return None
    return best


def _first_of_scroll(children: list[int], weights: _Weights, ancestry: _Ancestry) -> int | None:
    """Several whole articles on one page are an endless scroll: the first is the one that was asked for.

    They are alike, and the first is no mere head of the next. Sections that have no more than a heading each are parts
    of one article.
    """
    tags = [ancestry.tag[key] for key in children]
    for tag in ("article", "main", "div", "section"):
        alike = [key for key, name in zip(children, tags, strict=True) if name == tag]
        if len(alike) < 2:
            continue
        if tag in ("div", "section"):
            alike = [key for key in alike if ancestry.node[key].css_first(_WHOLE) is not None]
        first = min(alike, key=lambda key: weights.order.get(key, len(weights.order)), default=None)
        if len(alike) > 1 and first is not None:
            largest = max(weights.clear[key] for key in alike)
            return first if weights.clear[first] >= _LEAST_OF_SCROLL * largest else None
    return None


# --- what is kept ---------------------------------------------------------------------------------------------------


def _emit(
    blocks: list[_Block], container: int, ancestry: _Ancestry, lead: _Block | None
) -> tuple[list[Paragraph], int]:
    inside = _Inside(container, ancestry)
    kept: list[Paragraph] = []
    seen: dict[str, int] = {}
    length = 0
    for block in blocks:
        if (block is not lead and not inside.holds(block.key)) or _is_links(block):
            continue
        if len(block.text) > 50:
            # Said twice in one place it was meant so; elsewhere it is the copy for another width of screen.
            place = ancestry.parent[block.key]
            if seen.setdefault(block.text, place) != place:
                continue
        heading = block.tag[0] == "h"
        kept.append(Paragraph(block.text, heading))
        length += 0 if heading else len(block.text)
    while kept and (kept[-1].heading or (len(kept) > 3 and len(kept[-1].text) < 20)):
        kept.pop()
    return kept, length


def _described(blocks: list[_Block], description: str | None, ancestry: _Ancestry) -> _Block | None:
    """The first block that says what the page's head says of it, where that is a sentence or two."""
    said = " ".join((description or "").split()).rstrip(".… ")
    if len(said) < _LEAST_DESCRIPTION:
        return None
    for block in blocks:
        if block.text.startswith(said) or (len(block.text) >= _LEAST_DESCRIPTION and said.startswith(block.text)):
            sure = all(ancestry.flag[key] < _ASIDE for key in ancestry.above(block.key))
            # A short heading is a second headline.
            short = block.tag[0] == "h" and len(block.text) < 2 * _LEAST_DESCRIPTION
            return block if sure and not short and not _is_links(block) else None
    return None


def _lead(blocks: list[_Block], container: int, ancestry: _Ancestry) -> _Block | None:
    """The standfirst that stands just above the container, where its class says so."""
    near = set(list(ancestry.above(container))[1:3])
    last = None
    for block in blocks:
        chain = list(ancestry.above(block.key))
        if container in chain:
            return last
        own = chain[: next((number for number, key in enumerate(chain) if key in near), 0)]
        if block.prose and own and any(_is_lead(ancestry.node[key]) for key in own):
            last = block
    return None


def _is_lead(node: LexborNode) -> bool:
    attributes = node.attributes
    return attributes.get("itemprop") == "description" or bool(_LEAD.search(attributes.get("class") or ""))


def _is_links(block: _Block) -> bool:
    return (block.links > 0.6 and len(block.text) < 300) or (block.tag == "li" and block.links > 0.4)


class _Inside:
    """Whether a node stands in the container with no furniture in between."""

    __slots__ = ("ancestry", "container", "known")

    def __init__(self, container: int, ancestry: _Ancestry) -> None:
        self.container, self.ancestry = container, ancestry
        self.known = {0: False, container: True}

    def holds(self, key: int) -> bool:
        chain = []
        while key not in self.known:
            chain.append(key)
            key = self.ancestry.parent[key]
        inside = self.known[key]
        for key in reversed(chain):
            self.known[key] = inside = inside and self.ancestry.flag[key] == _CLEAR
        return inside
