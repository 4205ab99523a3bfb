"""Writes the channels of an outlet: RSS 2.0, Atom, RDF, JSON Feed, sitemaps, robots.txt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from rasid.newsroom.outlets import Plan


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a channel. `url` is written as it stands: it may be percent-encoded or raw."""

    url: str
    guid: str
    title: str
    summary: str
    author: str
    published: datetime
    updated: datetime
    tags: tuple[str, ...] = ()


def _newest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.published, item.guid), reverse=True)


def rss(plan: Plan, base_url: str, items: Sequence[Item]) -> str:
    """RSS 2.0 with `dc:creator`."""
    rows = "".join(
        f"<item><title>{escape(i.title)}</title><link>{escape(i.url)}</link>"
        f'<guid isPermaLink="false">{escape(i.guid)}</guid><pubDate>{format_datetime(i.published)}</pubDate>'
        f"<dc:creator>{escape(i.author)}</dc:creator><description>{escape(f'<p>{escape(i.summary)}</p>')}</description>"
        + "".join(f"<category>{escape(tag)}</category>" for tag in i.tags)
        + "</item>\n"
        for i in _newest_first(items)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(plan.name)}</title><link>{base_url}/</link><description>{escape(plan.name)}</description>"
        f"<language>{plan.language}</language>\n{rows}</channel></rss>\n"
    )


def atom(plan: Plan, base_url: str, items: Sequence[Item]) -> str:
    """Atom 1.0; `updated` moves when an article is edited."""
    rows = "".join(
        f"<entry><id>{escape(i.guid)}</id><title>{escape(i.title)}</title>"
        f'<link rel="alternate" href="{escape(i.url)}"/><published>{i.published.isoformat()}</published>'
        f"<updated>{i.updated.isoformat()}</updated><author><name>{escape(i.author)}</name></author>"
        f'<summary type="text">{escape(i.summary)}</summary></entry>\n'
        for i in _newest_first(items)
    )
    newest = max(i.updated for i in items).isoformat()
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{plan.language}">'
        f"<id>{base_url}/</id><title>{escape(plan.name)}</title><updated>{newest}</updated>"
        f'<link rel="self" href="{base_url}{plan.channels[0][1]}"/>\n{rows}</feed>\n'
    )


def rdf(plan: Plan, base_url: str, items: Sequence[Item]) -> str:
    """RSS 1.0."""
    ordered = _newest_first(items)
    sequence = "".join(f'<rdf:li rdf:resource="{escape(i.url)}"/>' for i in ordered)
    rows = "".join(
        f'<item rdf:about="{escape(i.url)}"><title>{escape(i.title)}</title><link>{escape(i.url)}</link>'
        f"<description>{escape(i.summary)}</description><dc:date>{i.published.isoformat()}</dc:date>"
        f"<dc:creator>{escape(i.author)}</dc:creator></item>\n"
        for i in ordered
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{base_url}/"><title>{escape(plan.name)}</title><link>{base_url}/</link>'
        f"<description>{escape(plan.name)}</description><dc:language>{plan.language}</dc:language>"
        f"<items><rdf:Seq>{sequence}</rdf:Seq></items></channel>\n{rows}</rdf:RDF>\n"
    )


def json_feed(plan: Plan, base_url: str, items: Sequence[Item]) -> str:
    """JSON Feed 1.1."""
    rows = [
        {
            "id": i.guid,
            "url": i.url,
            "title": i.title,
            "summary": i.summary,
            "date_published": i.published.isoformat(),
            "date_modified": i.updated.isoformat(),
            "authors": [{"name": i.author}],
            "tags": list(i.tags),
        }
        for i in _newest_first(items)
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": plan.name,
        "home_page_url": f"{base_url}/",
        "language": plan.language,
        "items": rows,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def news_sitemap(plan: Plan, items: Sequence[Item]) -> str:
    """A sitemap with the news extension; `lastmod` moves when an article is edited."""
    rows = "".join(
        f"<url><loc>{escape(i.url)}</loc><lastmod>{i.updated.isoformat()}</lastmod><news:news><news:publication>"
        f"<news:name>{escape(plan.name)}</news:name><news:language>{plan.language}</news:language></news:publication>"
        f"<news:publication_date>{i.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(i.title)}</news:title></news:news></url>\n"
        for i in _newest_first(items)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{rows}</urlset>\n'
    )


def sitemap(urls: Sequence[str]) -> str:
    """A plain sitemap."""
    rows = "".join(f"<url><loc>{escape(url)}</loc></url>\n" for url in urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )


def sitemap_index(urls: Sequence[str]) -> str:
    """A sitemap of sitemaps."""
    rows = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'
    )


def robots(*, disallow: Sequence[str] = (), crawl_delay: float | None = None, sitemaps: Sequence[str] = ()) -> str:
    """robots.txt for all agents."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in disallow)]
    if not disallow:
        lines.append("Allow: /")
    if crawl_delay is not None:
        lines.append(f"Crawl-delay: {crawl_delay:g}")
    return "\n".join([*lines, "", *(f"Sitemap: {url}" for url in sitemaps), ""])
