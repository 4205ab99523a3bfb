"""Lays the articles out on the outlets: paths, pages, channels, traps; and writes down what is true of each URL.

Pure but for its arguments: articles, addresses and step in, resources and truth out.
"""

from __future__ import annotations

import gzip
import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import quote

from rasid.newsroom import channels, layout
from rasid.newsroom.channels import Item
from rasid.newsroom.layout import View
from rasid.newsroom.outlets import PLANS, Plan
from rasid.newsroom.resource import Fault, Resource, moved, route, with_validators
from rasid.newsroom.truth import GONE, PARKED, SKIPPED, STORED, Truth, UrlTruth
from rasid.newsroom.writing import Article

#: Bytes of the page that is too large for any sane limit.
HUGE = 8 * 1024 * 1024
_SAFE = "/%?=&~:@!$'()*+,;-._"


@dataclass(slots=True)
class Traps:
    """Which articles (by key) are made awkward, and how. Chosen once, from the seed."""

    faults: dict[str, Fault] = field(default_factory=dict)
    moved_same_host: list[str] = field(default_factory=list)
    moved_and_listed: list[str] = field(default_factory=list)
    moved_to_other_host: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    arabic_bytes: dict[str, str] = field(default_factory=dict)
    edited: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    tracked: list[str] = field(default_factory=list)


_FAULTS = {
    "khabur": (Fault.GZIP, Fault.CUT_ONCE, Fault.GZIP),
    "shahba": (Fault.BUSY_ONCE,),
    "dijla": (Fault.CUT_ONCE,),
    "beirut": (Fault.ERROR_TWICE,),
    "mizan": (Fault.DRIP, Fault.SHORT_LENGTH),
    "difaf": (Fault.SLOW_FIRST_BYTE, Fault.ERROR_ONCE),
    "furat": (Fault.SLOW_FIRST_BYTE,),
    "firat": (Fault.GZIP,),
}


def choose_traps(articles: Sequence[Article], *, seed: int) -> Traps:
    """Deals the traps out among articles that are neither copies nor copied; each article gets one at most."""
    rng = random.Random(f"traps {seed}")
    copied = {a.copy_of for a in articles if a.copy_of}
    free = [a for a in articles if not a.copy_of and not a.late and a.key not in copied]
    decks = {plan.id: [a.key for a in free if a.outlet == plan.id] for plan in PLANS}
    for deck in decks.values():
        rng.shuffle(deck)

    def deal(outlet: str, count: int = 1) -> list[str]:
        dealt = decks[outlet][:count]
        del decks[outlet][:count]
        return dealt

    traps = Traps()
    for outlet, faults in _FAULTS.items():
        for fault in faults:
            traps.faults.update(dict.fromkeys(deal(outlet), fault))
    traps.edited = deal("shahba") + deal("furat")
    traps.withdrawn = deal("khabur")
    traps.moved_same_host = deal("shahba", 2) + deal("mizan")
    traps.moved_and_listed = deal("dijla")
    traps.moved_to_other_host = deal("khabur")
    traps.tracked = deal("khabur", 4) + deal("furat", 2)
    traps.plain = deal("difaf", 5)
    for way in ("header", "meta", "undeclared"):
        traps.arabic_bytes.update(dict.fromkeys(deal("beirut", 3), way))
    return traps


@dataclass(frozen=True, slots=True)
class Laid:
    """A whole newsroom at one step: answers by outlet and route, and the truth."""

    resources: dict[str, dict[str, Resource]]
    truth: Truth


# --- paths -----------------------------------------------------------------------------------------------------------


@cache
def slug(title: str) -> str:
    """The words of `title` joined by hyphens, Latin letters without accents and in lower case."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c)).lower()
    return "-".join(re.findall(r"\w+", plain.replace("ı", "i")))[:70].rstrip("-")


def path_of(article: Article) -> str:
    """Where an article lives on its outlet, as characters (not percent-encoded)."""
    number = int(article.key[1:]) * 37 + 10_000
    when = article.published
    if article.outlet == "khabur":
        return f"{'/en' if article.language == 'en' else ''}/news/{when:%Y/%m/%d}/article-{number}.html"
    patterns = {
        "shahba": f"/أخبار/{slug(article.place)}/{slug(article.title)}-{number}",
        "dijla": f"/article/{number}",
        "beirut": f"/news.php?id={number}",
        "mizan": f"/post/{slug(article.title)}-{number}",
        "difaf": f"/story/{number}",
        "furat": f"/n/{when:%Y-%m}/{number}",
        "orontes": f"/{when:%Y/%m}/{slug(article.title)}-{number}",
        "courrier": f"/articles/{slug(article.title)}-{number}.html",
        "firat": f"/haber/{slug(article.title)}-{number}",
    }
    return patterns[article.outlet]


def href(path: str) -> str:
    """`path` percent-encoded as in a request line."""
    return quote(path, safe=_SAFE)


# --- building --------------------------------------------------------------------------------------------------------


class _Builder:
    """Collects resources, channel items and truth of one outlet."""

    def __init__(self, plan: Plan, *, base: str, bases: dict[str, str], now: datetime) -> None:
        self.plan, self.base, self.bases, self.now = plan, base, bases, now
        self.resources: dict[str, Resource] = {}
        self.items: list[Item] = []
        self.links: list[tuple[str, str]] = []
        self.truths: dict[str, UrlTruth] = {}

    def url(self, path: str) -> str:
        return self.base + href(path)

    def serve(self, path: str, resource: Resource) -> None:
        self.resources[route(href(path))] = resource

    def page(self, path: str, html: str, *, status: int = 200) -> None:
        resource = with_validators(html.encode(), content_type="text/html; charset=utf-8", changed=self.now)
        self.serve(path, replace(resource, status=status))

    def know(self, truth: UrlTruth) -> None:
        self.truths[truth.url] = truth

    def list_item(self, path: str, *, title: str, like: Article | None = None, raw: str | None = None) -> str:
        """Name a path in the channels; `raw` is another spelling of its URL. Gives the URL in its encoded form."""
        when = like.published if like else self.now - timedelta(hours=5)
        item = Item(
            url=raw or self.url(path),
            guid=f"tag:{self.plan.id},{like.key if like else slug(path)}",
            title=title,
            summary=like.paragraphs[0][:220] if like else title,
            author=like.author if like else self.plan.name,
            published=when,
            updated=when,
            tags=(like.place,) if like else (),
        )
        self.items.append(item)
        self.links.append((raw or self.url(path), title))
        return self.url(path)

    @property
    def channel_urls(self) -> tuple[str, ...]:
        return tuple(self.base + path for _, path in self.plan.channels)


def lay_out(articles: Sequence[Article], *, seed: int, step: int, now: datetime, bases: dict[str, str]) -> Laid:
    """The newsroom at `step`. `bases` are the addresses of the outlets, without a slash at the end."""
    traps = choose_traps(articles, seed=seed)
    here = [a for a in articles if not a.late or step > 0]
    builders = {p.id: _Builder(p, base=bases[p.id], bases=bases, now=now) for p in PLANS}
    for builder in builders.values():
        _articles(builder, [a for a in here if a.outlet == builder.plan.id], traps, step)
    _cross_host(builders, [a for a in here if a.key in traps.moved_to_other_host])
    for builder in builders.values():
        _traps(builder)
        _furniture(builder)
        _channels(builder, traps, step)
        _robots(builder)
    urls = {url: truth for builder in builders.values() for url, truth in builder.truths.items()}
    known = {truth.key for truth in urls.values() if truth.what in ("article", "copy")}
    texts = {a.key: _edited(a, traps, step).text for a in here if a.key in known}
    return Laid({p: b.resources for p, b in builders.items()}, Truth(seed=seed, step=step, urls=urls, texts=texts))


_UPDATE = {
    "ar": "وفي تحديث لاحق، ذكرت مصادر محلية في {} أن الأرقام الأولية صححت بعد مراجعة السجلات، "
    "وأن بيانا مفصلا سيصدر قريبا.",
    "en": "In a later update, local sources in {} said the first figures had been corrected.",
}


def _edited(article: Article, traps: Traps, step: int) -> Article:
    """The article as it reads at `step`: an edited one has a paragraph more from step 1 on."""
    if step == 0 or article.key not in traps.edited:
        return article
    extra = _UPDATE.get(article.language, _UPDATE["en"]).format(article.place)
    return replace(article, paragraphs=(article.paragraphs[0], extra, *article.paragraphs[1:]))


def _articles(builder: _Builder, articles: Sequence[Article], traps: Traps, step: int) -> None:
    addresses = [(builder.url(path_of(a)), a.title) for a in articles]
    for index, original in enumerate(articles):
        article = _edited(original, traps, step)
        related = tuple(addresses[(index + i) % len(addresses)] for i in range(1, 6))
        _article(builder, article, related, traps, step)


def _article(
    builder: _Builder, article: Article, related: tuple[tuple[str, str], ...], traps: Traps, step: int
) -> None:
    path, key = path_of(article), article.key
    url = builder.url(path)
    changed = builder.now if step and key in traps.edited else article.published
    if step and key in traps.withdrawn:
        builder.serve(path, Resource(b"410 Gone", content_type="text/plain", status=410))
        builder.know(
            UrlTruth(url, "gone", GONE, builder.plan.id, accept=(GONE,), key=key, note="withdrawn after step 0")
        )
        builder.list_item(path, title=article.title, like=article)
        return
    view = View(
        builder.plan, url, builder.base, article, related, modified=changed if changed > article.published else None
    )
    content_type, body, charset = _encoded(view, traps)
    fault = traps.faults.get(key, Fault.NONE)
    builder.serve(path, with_validators(body, content_type=content_type, changed=changed, fault=fault))
    builder.know(_truth_of(article, url, fault=fault, charset=charset))
    _announce(builder, article, path, traps, changed)


def _encoded(view: View, traps: Traps) -> tuple[str, bytes, str]:
    """Content type, bytes and charset of an article page."""
    key = view.article.key
    if key in traps.plain:
        return "text/plain; charset=utf-8", layout.plain_page(view).encode(), "utf-8"
    way = traps.arabic_bytes.get(key)
    if way is None:
        return "text/html; charset=utf-8", layout.article_page(view).encode(), "utf-8"
    html = layout.article_page(view, charset="windows-1256", declare=way == "meta")
    content_type = "text/html; charset=windows-1256" if way == "header" else "text/html"
    return content_type, html.encode("cp1256", "xmlcharrefreplace"), "windows-1256"


def _truth_of(article: Article, url: str, *, fault: Fault, charset: str) -> UrlTruth:
    return UrlTruth(
        url=url,
        what="copy" if article.copy_of else "article",
        expected=STORED,
        accept=(STORED,),
        outlet=article.outlet,
        key=article.key,
        title=article.title,
        language=article.language,
        published_at=article.published.isoformat(),
        copy_of=article.copy_of,
        story=article.story,
        places=article.places,
        author=article.author,
        fault=str(fault),
        charset=charset,
        bulletin=article.kind == "bulletin",
    )


def _announce(builder: _Builder, article: Article, path: str, traps: Traps, changed: datetime) -> None:
    """Name the article in the channels: as it is, under an old address, or with tracker parameters."""
    key, url = article.key, builder.url(path)
    if key in traps.moved_same_host or key in traps.moved_and_listed:
        old = f"/old/{key}.html"
        builder.serve(old, moved(href(path), status=301))
        builder.list_item(old, title=article.title, like=article)
        builder.know(_pointer(builder.truths[url], builder.url(old), "moved"))
        if key not in traps.moved_and_listed:
            return
    raw = builder.base + path if builder.plan.id == "shahba" else None
    builder.list_item(path, title=article.title, like=article, raw=raw)
    builder.items[-1] = replace(builder.items[-1], updated=changed)


def _pointer(truth: UrlTruth, url: str, what: str) -> UrlTruth:
    """The truth of a URL that leads to the article of `truth`."""
    return replace(truth, url=url, what=what, target=truth.url, fault="")


def _cross_host(builders: dict[str, _Builder], articles: Sequence[Article]) -> None:
    """Pages of one outlet that lead to articles of another."""
    for article in articles:
        builder = builders["beirut"]
        target = builders[article.outlet].url(path_of(article))
        path = f"/go.php?to={article.key}"
        builder.serve(path, moved(target, status=302))
        url = builder.list_item(path, title=article.title)
        found = _pointer(builders[article.outlet].truths[target], url, "moved")
        ends = (SKIPPED, STORED, GONE)
        builder.know(replace(found, outlet="beirut", expected=SKIPPED, accept=ends, note="leads to another host"))


# --- traps that are no articles --------------------------------------------------------------------------------------


def _traps(builder: _Builder) -> None:
    for make in _TRAPS.get(builder.plan.id, ()):
        make(builder)


def _trap(builder: _Builder, path: str, what: str, ends: tuple[str, ...], *, title: str, note: str = "") -> None:
    url = builder.list_item(path, title=title)
    builder.know(UrlTruth(url, what, ends[0], builder.plan.id, accept=ends, title=title, note=note))


def _gone(builder: _Builder) -> None:
    builder.serve("/news/withdrawn-10.html", Resource(b"Gone", content_type="text/plain", status=410))
    _trap(builder, "/news/withdrawn-10.html", "gone", (GONE,), title="خبر سحبته الوكالة بعد نشره")


def _missing(builder: _Builder) -> None:
    _trap(builder, "/news.php?id=404404", "gone", (GONE,), title="صفحة لم تعد موجودة", note="404")


def _pdf(builder: _Builder) -> None:
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n"
    builder.serve("/files/report.pdf", Resource(body, content_type="application/pdf"))
    _trap(builder, "/files/report.pdf", "pdf", (SKIPPED, PARKED), title="التقرير السنوي بصيغة قابلة للطباعة")


def _listing(builder: _Builder) -> None:
    path = "/news/2021/01/19/article-tag.html"
    title = "ملف خاص: كل ما نشر عن المياه"
    builder.page(path, layout.listing_page(builder.plan, title=title, links=builder.links[:25]))
    _trap(builder, path, "listing", (SKIPPED,), title=title, note="its address looks like that of an article")


def _refused(builder: _Builder) -> None:
    builder.page(
        "/private/draft-7.html",
        layout.note_page(builder.plan, title="مسودة", paragraphs=["لا ينبغي أن تطلب هذه الصفحة."]),
    )
    _trap(
        builder, "/private/draft-7.html", "refused_by_robots", (SKIPPED,), title="مسودة داخلية", note="never ask for it"
    )


def _soft404(builder: _Builder) -> None:
    words = [
        "عذرا، الصفحة التي تبحث عنها غير موجودة أو تم نقلها.",
        "يمكنك العودة إلى الصفحة الرئيسية أو استخدام البحث.",
    ]
    builder.page("/أخبار/مفقود-88", layout.note_page(builder.plan, title="الصفحة غير موجودة", paragraphs=words))
    _trap(builder, "/أخبار/مفقود-88", "soft404", (SKIPPED, GONE, PARKED), title="خبر غير متاح")


def _paywall(builder: _Builder) -> None:
    arabic = builder.plan.language == "ar"
    title = "تحقيق: من يملك آبار المياه؟" if arabic else "Who owns the wells? A special report"
    teaser = (
        [
            "على مدى عام كامل تتبع فريقنا عقود الآبار في ثلاث محافظات.",
            "هذا المقال متاح للمشتركين فقط. اشترك الآن لمتابعة القراءة.",
        ]
        if arabic
        else [
            "For a year our team followed the contracts of wells in three provinces.",
            "This article is for subscribers only. Subscribe to continue reading.",
        ]
    )
    builder.page("/premium/wells-report", layout.note_page(builder.plan, title=title, paragraphs=teaser))
    _trap(builder, "/premium/wells-report", "paywall", (SKIPPED, PARKED), title=title)


def _bot_wall(builder: _Builder) -> None:
    builder.page("/articles/verification.html", _challenge(builder.plan))
    _trap(
        builder,
        "/articles/verification.html",
        "botwall",
        (PARKED, SKIPPED),
        title="Un dossier sous protection",
        note="200",
    )


def _bot_wall_403(builder: _Builder) -> None:
    builder.page("/haber/korumali-99", _challenge(builder.plan), status=403)
    _trap(builder, "/haber/korumali-99", "botwall", (PARKED, SKIPPED, GONE), title="Korumalı dosya", note="403")


def _challenge(plan: Plan) -> str:
    words = [
        "Checking your browser before accessing the site.",
        "Enable JavaScript and cookies to continue.",
        "Ray ID: 7d9f2c11",
    ]
    head = [
        '<meta http-equiv="refresh" content="5">',
        '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>',
    ]
    return layout.note_page(plan, title="Just a moment...", paragraphs=words, head=head)


def _huge(builder: _Builder) -> None:
    builder.serve("/live/archive", Resource(b"", fault=Fault.ENDLESS, size=HUGE))
    _trap(
        builder,
        "/live/archive",
        "too_large",
        (PARKED, SKIPPED),
        title="الأرشيف الكامل للتغطية المباشرة",
        note=f"{HUGE} bytes",
    )


_TRAPS = {
    "khabur": (_gone, _pdf, _listing),
    "shahba": (_refused, _soft404),
    "beirut": (_missing,),
    "mizan": (_paywall,),
    "orontes": (_paywall,),
    "courrier": (_bot_wall,),
    "firat": (_bot_wall_403,),
    "difaf": (_huge,),
}

# --- fronts, channels, robots ----------------------------------------------------------------------------------------

_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}
_ABOUT = {
    "ar": "نحن فريق صغير من الصحفيين نعمل على نقل ما يجري في المنطقة بدقة.",
    "en": "We are a small team of reporters who cover the region.",
    "fr": "Nous sommes une petite équipe de journalistes.",
    "tr": "Bölgeyi izleyen küçük bir gazeteci ekibiyiz.",
}


def _furniture(builder: _Builder) -> None:
    """The front, two sections and the page about the outlet: served, linked from every page, no articles."""
    plan, half = builder.plan, (len(builder.links) + 1) // 2
    feeds = [(_TYPES[kind], path) for kind, path in plan.channels if kind in _TYPES]
    names = {path: label for label, path in layout.SECTIONS[plan.language]}
    parts = {"/": builder.links[:12], "/section/news": builder.links[:half], "/section/more": builder.links[half:]}
    for path, links in parts.items():
        builder.page(path, layout.listing_page(plan, title=names[path], links=links, feeds=feeds))
    builder.page("/about", layout.note_page(plan, title=names["/about"], paragraphs=[_ABOUT[plan.language]]))
    for path in names:
        builder.know(
            UrlTruth(builder.url(path), "listing", SKIPPED, plan.id, accept=(SKIPPED,), note="linked from every page")
        )


def _tracked(builder: _Builder, traps: Traps, item: Item, index: int) -> Item:
    """Some items carry tracker parameters in one channel and none in another."""
    if item.guid.split(",")[-1] not in traps.tracked:
        return item
    spelling = f"{item.url}?utm_source=rss&utm_medium=feed&utm_campaign=c{index % 3}"
    builder.know(_pointer(builder.truths[item.url], spelling, "alias"))
    return replace(item, url=spelling)


def _channels(builder: _Builder, traps: Traps, step: int) -> None:
    named: dict[str, list[str]] = {}
    for kind, path in builder.plan.channels:
        items, body, content_type = _channel(builder, kind, path, traps)
        for item in items:
            named.setdefault(builder.base + href(item.url[len(builder.base) :]), []).append(builder.base + path)
        if body is not None:
            changed = max(item.updated for item in items)
            resource = with_validators(body, content_type=content_type, changed=changed)
            if builder.plan.id == "mizan":
                resource = replace(resource, etag='"constant"', last_modified=None)
            builder.serve(path, resource)
    for url, channels_of in named.items():
        builder.truths[url] = replace(builder.truths[url], listed_in=tuple(channels_of))


def _channel(builder: _Builder, kind: str, path: str, traps: Traps) -> tuple[list[Item], bytes | None, str]:
    """Items named by one channel, its body (None where the page is served already) and its content type."""
    plan, base, items = builder.plan, builder.base, builder.items
    tracked = [_tracked(builder, traps, item, index) for index, item in enumerate(items)]
    if kind == "rss":
        return tracked, channels.rss(plan, base, tracked).encode(), "application/rss+xml; charset=utf-8"
    if kind == "atom":
        return items, channels.atom(plan, base, items).encode(), "application/atom+xml; charset=utf-8"
    if kind == "rdf":
        return items, channels.rdf(plan, base, items).encode(), "application/rdf+xml; charset=utf-8"
    if kind == "json":
        return items, channels.json_feed(plan, base, items).encode(), "application/feed+json; charset=utf-8"
    if kind == "html":
        half = (len(items) + 1) // 2
        return (items[:half] if path.endswith("news") else items[half:]), None, ""
    if kind == "sitemapindex":
        return items, _sitemap_index(builder), "application/xml"
    spelled = [*items, *(item for item in tracked if item not in items)] if plan.id == "furat" else items
    return spelled, channels.news_sitemap(plan, spelled).encode(), "application/xml; charset=utf-8"


def _sitemap_index(builder: _Builder) -> bytes:
    """An index over a compressed news sitemap and a sitemap of sections, both served here too."""
    news = gzip.compress(channels.news_sitemap(builder.plan, builder.items).encode(), mtime=0)
    builder.serve("/sitemap-news.xml.gz", with_validators(news, content_type="application/gzip", changed=builder.now))
    sections = channels.sitemap([builder.url(path) for _, path in layout.SECTIONS[builder.plan.language]])
    builder.serve("/sitemap-sections.xml", Resource(sections.encode(), content_type="application/xml"))
    return channels.sitemap_index([builder.url("/sitemap-news.xml.gz"), builder.url("/sitemap-sections.xml")]).encode()


def _robots(builder: _Builder) -> None:
    """robots.txt of one outlet: khabur has none, that of dijla fails at first."""
    plan = builder.plan
    if plan.id == "khabur":
        return
    maps = [builder.base + path for kind, path in plan.channels if kind.startswith("sitemap")]
    disallow = ("/private/",) if plan.id == "shahba" else ()
    text = channels.robots(disallow=disallow, crawl_delay=plan.delay_seconds, sitemaps=maps)
    fault = Fault.ERROR_ONCE if plan.id == "dijla" else Fault.NONE
    builder.serve("/robots.txt", Resource(text.encode(), content_type="text/plain; charset=utf-8", fault=fault))
