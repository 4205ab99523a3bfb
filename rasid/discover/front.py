"""What a front page says of its outlet: name, publisher, languages, countries, sections of its navigation. Pure.

Nothing is decided here: each claim comes with the place where it stood, and `rasid.discover.onboard` weighs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from selectolax.lexbor import LexborHTMLParser

from rasid import urls
from rasid.discover import pages
from rasid.discover.decode import to_utf8
from rasid.discover.feeds import language_tag
from rasid.discover.plain import one_line, plain
from rasid.text.fold import fold

_MAX_NAME = 200
_MAX_JSON_BYTES = 200_000
_MAX_JSON_THINGS = 300
_MAX_SECTIONS = 30
_MAX_FOOTER = 4_000
_LONGEST_LABEL = 40
_MOST_WORDS = 4
#: Types of JSON-LD that are an outlet or its house.
_HOUSES = re.compile(r"Organization|NewsMedia|Corporation|WebSite|Broadcast|Periodical|Newspaper", re.IGNORECASE)
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?(?![A-Za-z])")
#: Regions that templates write where nobody chose one.
_TEMPLATE_REGIONS = frozenset({"US", "GB"})
_PARTS = re.compile(r"\s[|–—:·-]\s")
#: What front pages call themselves.
_FRONT_WORDS = frozenset(
    {"home", "homepage", "home page", "front page", "الرئيسية", "الصفحة الرئيسية", "accueil", "page d'accueil",
     "ana sayfa", "anasayfa", "startseite", "inicio", "صفحه اصلی", "خانه", "سەرەکی", "главная", "welcome"}
)  # fmt: skip
_PHONE = re.compile(r"^tel:\s*(?:\+|00)([\d\s().-]{6,25})", re.IGNORECASE)
# Calling codes of countries that have one to themselves.
_CALLING = {
    "963": "SY", "964": "IQ", "961": "LB", "962": "JO", "965": "KW", "966": "SA", "967": "YE", "968": "OM",
    "970": "PS", "971": "AE", "972": "IL", "973": "BH", "974": "QA", "98": "IR", "90": "TR", "20": "EG", "212": "MA",
    "213": "DZ", "216": "TN", "218": "LY", "249": "SD", "222": "MR", "252": "SO", "253": "DJ", "33": "FR", "49": "DE",
    "44": "GB", "34": "ES", "30": "GR", "31": "NL", "32": "BE", "41": "CH", "43": "AT", "45": "DK", "46": "SE",
    "48": "PL", "351": "PT", "353": "IE", "358": "FI", "380": "UA", "420": "CZ", "40": "RO", "36": "HU", "994": "AZ",
    "995": "GE", "374": "AM", "93": "AF", "92": "PK", "91": "IN", "81": "JP", "86": "CN", "357": "CY", "381": "RS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What one place of a page says: `value`, and the place in a word or two."""

    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Section:
    """A page that the navigation names."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Front:
    """What a front page says.

    Attributes:
        url: absolute, where it came from.
        name: how the outlet calls itself; None where it does not.
        languages: BCP 47 tags in lower case; countries: ISO 3166 codes. Both in the order of the page, as claimed.
        houses: names of the publisher and of whatever stands above it, the outlet's own name left out.
        sections: in the order of the navigation, at most 30.
    """

    url: str
    name: str | None = None
    languages: tuple[Claim, ...] = ()
    countries: tuple[Claim, ...] = ()
    houses: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


def read_front(body: bytes, *, url: str, content_type: str | None = None) -> Front:
    """Read a front page; never raises for what it holds.

    >>> read_front(b'<html lang="ar-SY"><title>x</title>', url="https://a.example/").countries
    (Claim(value='SY', where='html lang'),)
    """
    data = to_utf8(body[: pages.MAX_PAGE], content_type)
    tree = LexborHTMLParser(pages.shallow(data[: pages.MAX_PAGE]))
    houses = list(_houses(tree))
    locales = list(_locales(tree))
    languages = [Claim(tag, where) for tag, _, where in locales]
    countries = [Claim(region, where) for _, region, where in locales if region and region not in _TEMPLATE_REGIONS]
    countries += [Claim(code, "JSON-LD address") for code in _addresses(houses)]
    countries += [Claim(code, "telephone") for code in _telephones(tree)]
    countries += [Claim(code, "footer") for code in _footer(tree, {tag.partition("-")[0] for tag, _, _ in locales})]
    if code := urls.country(url):
        countries.append(Claim(code, "domain"))
    name = _name(tree, houses)
    return Front(
        url=url,
        name=name,
        languages=tuple(dict.fromkeys(languages)),
        countries=tuple(dict.fromkeys(countries)),
        houses=tuple(house for house in dict.fromkeys(_names(houses)) if house != name),
        sections=tuple(_sections(tree, url)),
    )


# --- languages and countries --------------------------------------------------------------------------------------


def _locales(tree: LexborHTMLParser) -> Iterator[tuple[str, str, str]]:
    """(language, region or empty, where) of each place that names a locale."""
    root = tree.root
    named = [("html lang", root.attributes.get("lang") if root is not None else None)]
    named += [("og:locale", _meta(tree, "og:locale")), ("content-language", _meta(tree, "content-language"))]
    for where, value in named:
        found = _LOCALE.match((value or "").strip())
        if found and (tag := language_tag(found[1])):
            yield tag, (found[2] or "").upper(), where


def _meta(tree: LexborHTMLParser, name: str) -> str | None:
    for kind in ("property", "name", "http-equiv"):
        node = tree.css_first(f'meta[{kind}="{name}" i]')
        if node is not None and node.attributes.get("content"):
            return node.attributes["content"]
    return None


def _telephones(tree: LexborHTMLParser) -> Iterator[str]:
    for link in tree.css('a[href^="tel:"]')[:20]:
        found = _PHONE.match(link.attributes.get("href") or "")
        digits = re.sub(r"\D", "", found[1]) if found else ""
        code = next((_CALLING[digits[:size]] for size in (3, 2) if digits[:size] in _CALLING), None)
        if code:
            yield code


def _footer(tree: LexborHTMLParser, languages: set[str]) -> list[str]:
    """The country that a footer names, where it names one alone."""
    parts = [node.text(separator=" ") for node in tree.css("footer, address")[:10]]
    words = f" {_spelled(' '.join(parts)[:_MAX_FOOTER])} "
    found = {
        code for language in sorted(languages | {"en"}) for name, code in _territories(language) if f" {name} " in words
    }
    return sorted(found) if len(found) == 1 else []


def _spelled(text: str) -> str:
    """Folded words with one space between them."""
    return re.sub(r"[^\w]+", " ", fold(text)).strip()


@lru_cache(maxsize=16)
def _territories(language: str) -> tuple[tuple[str, str], ...]:
    """(folded name, code) of all countries in a language; empty for one that has no names."""
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return ()
    pairs = ((_spelled(name), code) for code, name in names.items())
    return tuple((name, code) for name, code in pairs if len(code) == 2 and code.isalpha() and len(name) > 2)


# --- JSON-LD ------------------------------------------------------------------------------------------------------


def _houses(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """Objects of JSON-LD that are an outlet, or stand above one."""
    for script in tree.css('script[type*="ld+json"]')[:20]:
        try:
            value = orjson.loads(script.text(deep=True)[:_MAX_JSON_BYTES].encode("utf-8", "replace"))
        except orjson.JSONDecodeError:
            continue
        queue, looked = [value], 0
        while queue and looked < _MAX_JSON_THINGS:
            here = queue.pop(0)
            looked += 1
            if isinstance(here, list):
                queue = here[:_MAX_JSON_THINGS] + queue
            elif isinstance(here, dict):
                if _HOUSES.search(str(here.get("@type"))):
                    yield here
                queue += [here[key] for key in ("@graph", "publisher", "parentOrganization", "isPartOf") if key in here]


def _names(houses: list[dict[str, Any]]) -> Iterator[str]:
    for house in houses:
        name = house.get("name")
        if isinstance(name, str) and (line := one_line(name, limit=_MAX_NAME)):
            yield line


def _addresses(houses: list[dict[str, Any]]) -> Iterator[str]:
    for house in houses:
        places = house.get("address")
        for place in places if isinstance(places, list) else [places]:
            named = place.get("addressCountry") if isinstance(place, dict) else None
            named = named.get("name") if isinstance(named, dict) else named
            if isinstance(named, str) and (code := _country(named)):
                yield code


def _country(named: str) -> str | None:
    """The code of a country that is named by code or in a language that outlets write."""
    if re.fullmatch(r"[A-Za-z]{2}", named):
        return named.upper()
    wanted = _spelled(named)
    spelled = ((name, code) for language in ("en", "ar", "fr", "tr", "fa") for name, code in _territories(language))
    return next((code for name, code in spelled if name == wanted), None)


def _name(tree: LexborHTMLParser, houses: list[dict[str, Any]]) -> str | None:
    own = next(_names(houses), None)
    said = plain(_meta(tree, "og:site_name"), limit=_MAX_NAME) or own
    if said:
        return said
    title = tree.css_first("head title") or tree.css_first("title")
    text = one_line(title.text(), limit=_MAX_NAME) if title is not None else None
    # "Front page | Outlet" and "Outlet - slogan": the outlet's own name is the shorter part.
    parts = [part.strip() for part in _PARTS.split(text)] if text else []
    named = [part for part in parts if part and part.casefold() not in _FRONT_WORDS]
    return min(named, key=len, default=None) if len(parts) < 4 else text


# --- sections -----------------------------------------------------------------------------------------------------


def _sections(tree: LexborHTMLParser, url: str) -> Iterator[Section]:
    """Pages of the same site that the navigation names in a word or a few, by an address that is no article's."""
    here, site, base = urls.key(urls.normalise(url) or url), pages.site_of(url), pages.base_of(tree, url)
    seen = {here}
    places: dict[int, tuple[bool, bool, bool]] = {}
    for link in tree.css("a[href]")[: pages.MAX_LINKS]:
        href = urls.normalise((link.attributes.get("href") or "").strip(), base)
        if href is None or not href.startswith("http") or pages.site_of(href) != site or urls.key(href) in seen:
            continue
        title = one_line(link.text(separator=" "), limit=_MAX_NAME)
        if not title or not _is_section(href, title) or not pages.place_of(link, places)[0]:
            continue
        seen.add(urls.key(href))
        yield Section(href, title)
        if len(seen) > _MAX_SECTIONS:
            return


def _is_section(href: str, title: str) -> bool:
    parts = urlsplit(href)
    path = unquote(parts.path).lower()
    segments = [segment for segment in path.split("/") if segment]
    if not segments or len(segments) > 3 or len(title) > _LONGEST_LABEL or len(title.split()) > _MOST_WORDS:
        return False
    if pages.DATED.search(path) or pages.NUMBERED.search(path) or pages.FILE.search(path) or pages.PAGED.search(href):
        return False
    # A word that lists by topic may be a section's; those that serve are not.
    serving = pages.SERVICE.difference({"topic", "topics", "category", "categories", "section", "sections", "تصنيف"})
    return not serving.intersection(segments)
