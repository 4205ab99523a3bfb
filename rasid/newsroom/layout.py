"""Turns an article into the page that its outlet serves: HTML with the furniture of a site, or scraped plain text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from rasid.newsroom.calendar_words import long_date
from rasid.newsroom.outlets import Plan
from rasid.newsroom.writing import Article

#: (label, path) of the sections that each outlet has, by its language.
SECTIONS = {
    "ar": (("الرئيسية", "/"), ("أخبار", "/section/news"), ("محليات", "/section/more"), ("من نحن", "/about")),
    "en": (("Home", "/"), ("News", "/section/news"), ("Region", "/section/more"), ("About us", "/about")),
    "fr": (
        ("Accueil", "/"),
        ("Actualités", "/section/news"),
        ("Région", "/section/more"),
        ("Qui sommes-nous", "/about"),
    ),
    "tr": (("Ana sayfa", "/"), ("Haberler", "/section/news"), ("Bölge", "/section/more"), ("Hakkımızda", "/about")),
}
#: Share, read also, most read, rights, newsletter, by, published.
_WORDS = {
    "ar": ("شارك الخبر", "اقرأ أيضا", "الأكثر قراءة", "جميع الحقوق محفوظة", "اشترك في النشرة البريدية", "بقلم",
           "نشر في"),
    "en": ("Share this", "Read also", "Most read", "All rights reserved", "Subscribe to our newsletter", "By",
           "Published"),
    "fr": ("Partager", "À lire aussi", "Les plus lus", "Tous droits réservés", "Inscrivez-vous à la lettre", "Par",
           "Publié le"),
    "tr": ("Paylaş", "Bunlar da var", "Çok okunanlar", "Tüm hakları saklıdır", "Bültenimize abone olun", "Yazan",
           "Yayın"),
}  # fmt: skip


_SHARE = "".join(f' <a href="#">{name}</a>' for name in ("Facebook", "X", "WhatsApp", "Telegram"))


@dataclass(frozen=True, slots=True)
class View:
    """All that one page shows. `related` are (URL, title); `modified` is None where the text was never changed."""

    plan: Plan
    url: str
    base_url: str
    article: Article
    related: tuple[tuple[str, str], ...]
    modified: datetime | None = None


def article_page(view: View, *, charset: str = "utf-8", declare: bool = True) -> str:
    """The page of an article in the layout of its outlet; `declare` writes the charset into it."""
    article, plan = view.article, view.plan
    head = [
        f"<title>{escape(article.title)} | {escape(plan.name)}</title>",
        f'<link rel="canonical" href="{view.url}">',
    ]
    if declare:
        head.insert(0, f'<meta charset="{charset}">')
    head += {"jsonld": _jsonld, "meta": _meta}.get(plan.layout, _nothing)(view)
    words = _WORDS[article.language]
    when = _shown_time(view)
    inline = f'<p class="also">{words[1]}: <a href="{view.related[0][0]}">{escape(view.related[0][1])}</a></p>'
    paragraphs = [f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs]
    if plan.id in ("difaf", "beirut"):
        paragraphs.insert(len(paragraphs) // 2, inline)
    (front, _), (section, section_path), *_rest = SECTIONS[article.language]
    main = f"""<article class="story">
<p class="breadcrumb"><a href="/">{escape(front)}</a> / <a href="{section_path}">{escape(section)}</a></p>
<h1>{escape(article.title)}</h1>
<div class="byline"><span class="author">{words[5]} {escape(article.author)}</span>
<span class="dateline">{escape(article.dateline)}</span> {when}</div>
<div class="share"><span>{words[0]}</span>{_SHARE}</div>
<figure><img src="/img/{article.key}.jpg" alt=""><figcaption>{escape(article.place)}</figcaption></figure>
<div class="body">
{chr(10).join(paragraphs)}
</div>
</article>"""
    return _frame(view.plan, article.language, head, main + _aside(view, words))


def _shown_time(view: View) -> str:
    article, plan = view.article, view.plan
    shown = long_date(article.published, article.language, indic=plan.layout == "visible")
    label = _WORDS[article.language][6]
    if plan.layout in ("visible", "bare"):
        return f'<span class="date">{label} {shown}</span>'
    return f'<time datetime="{article.published.isoformat()}">{shown}</time>'


def _aside(view: View, words: Sequence[str]) -> str:
    links = "".join(f'<li><a href="{url}">{escape(title)}</a></li>' for url, title in view.related)
    return f"""
<aside class="related"><h3>{words[1]}</h3><ul>{links}</ul></aside>
<aside class="popular"><h3>{words[2]}</h3><ol>{links}</ol></aside>
<form class="newsletter"><label>{words[4]}</label><input type="email"></form>"""


def _frame(plan: Plan, language: str, head: Sequence[str], main: str) -> str:
    direction = "rtl" if language == "ar" else "ltr"
    nav = "".join(f'<li><a href="{path}">{escape(label)}</a></li>' for label, path in SECTIONS[language])
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
{chr(10).join(head)}
<meta name="viewport" content="width=device-width">
<style>body{{font-family:sans-serif;max-width:60em;margin:auto}}</style>
<script>window.dataLayer=window.dataLayer||[];</script>
</head>
<body>
<header><a class="logo" href="/">{escape(plan.name)}</a><nav><ul>{nav}</ul></nav></header>
<main>{main}</main>
<footer><p>© {escape(plan.name)} - {_WORDS[language][3]}</p><ul>{nav}</ul></footer>
</body>
</html>
"""


def _nothing(view: View) -> list[str]:
    return []


def _jsonld(view: View) -> list[str]:
    article = view.article
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": article.published.isoformat(),
        "dateModified": (view.modified or article.published).isoformat(),
        "inLanguage": article.language,
        "author": [{"@type": "Person", "name": article.author}],
        "publisher": {"@type": "Organization", "name": view.plan.name},
        "image": f"{view.base_url}/img/{article.key}.jpg",
        "mainEntityOfPage": view.url,
    }
    text = json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")
    return [f'<script type="application/ld+json">{text}</script>']


def _meta(view: View) -> list[str]:
    article = view.article
    pairs = {
        "og:type": "article",
        "og:title": article.title,
        "og:url": view.url,
        "og:site_name": view.plan.name,
        "og:image": f"{view.base_url}/img/{article.key}.jpg",
        "article:published_time": article.published.isoformat(),
    }
    if view.modified:
        pairs["article:modified_time"] = view.modified.isoformat()
    tags = [f'<meta property="{name}" content="{escape(value)}">' for name, value in pairs.items()]
    return [*tags, f'<meta name="author" content="{escape(article.author)}">']


def plain_page(view: View) -> str:
    """The article as a scraper that keeps text alone would save it, with the furniture of its page in between."""
    article = view.article
    also = [f"اقرأ أيضا: {title}" for _, title in view.related[:2]]
    body = list(article.paragraphs)
    body.insert(min(2, len(body)), also[0])
    body.insert(max(len(body) - 1, 3), also[-1])
    head = (
        f"icon\nالتغطية الحية\n\n{article.title}\n\n{article.published:%Y.%m.%d | %H:%M} {view.plan.city}\n\n"
        f"{article.key}.jpg\n{article.dateline}\n+A\nحجم الخط\n-A\n"
    )
    return head + "\n" + "\n\n".join(body) + "\n"


def listing_page(
    plan: Plan, *, title: str, links: Sequence[tuple[str, str]], feeds: Sequence[tuple[str, str]] = ()
) -> str:
    """A page of links: front, section, tag. `feeds` are (type, path) for autodiscovery."""
    rows = "".join(f'<li class="item"><h2><a href="{url}">{escape(text)}</a></h2></li>\n' for url, text in links)
    head = ['<meta charset="utf-8">', f"<title>{escape(title)} | {escape(plan.name)}</title>"]
    head += [f'<link rel="alternate" type="{kind}" href="{path}">' for kind, path in feeds]
    return _frame(plan, plan.language, head, f"<h1>{escape(title)}</h1>\n<ul class='list'>\n{rows}</ul>")


def note_page(plan: Plan, *, title: str, paragraphs: Sequence[str], head: Sequence[str] = ()) -> str:
    """A short page that is no article: about us, not found, a wall."""
    body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in paragraphs)
    start = ['<meta charset="utf-8">', f"<title>{escape(title)}</title>", *head]
    return _frame(plan, plan.language, start, f"<section><h1>{escape(title)}</h1>\n{body}</section>")
