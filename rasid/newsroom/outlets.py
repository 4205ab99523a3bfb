"""The outlets of the sample newsroom: who they are, how they publish, and how their pages look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet as a reader of the newsroom sees it.

    Attributes:
        channels: (kind, absolute URL), kinds as in `rasid.model.ChannelKind`.
        delay_seconds: what its robots.txt asks for between two requests; None where it asks for nothing.
    """

    id: str
    name: str
    family: str
    country: str
    language: str
    time_zone: str
    base_url: str
    channels: tuple[tuple[str, str], ...]
    delay_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """An outlet before it has an address. `layout` names what its pages tell machines about themselves."""

    id: str
    name: str
    family: str
    country: str
    language: str
    time_zone: str
    layout: str
    channels: tuple[tuple[str, str], ...]
    city: str
    delay_seconds: float | None = None


PLANS = (
    Plan("khabur", "وكالة الخابور للأنباء", "khabur", "SY", "ar", "Asia/Damascus", "jsonld",
         (("rss", "/rss.xml"), ("sitemap", "/sitemap-news.xml")), "القامشلي"),
    Plan("shahba", "صوت الشهباء", "shahba", "SY", "ar", "Asia/Damascus", "meta", (("atom", "/feed/atom"),), "حلب"),
    Plan("dijla", "دجلة اليوم", "dijla", "IQ", "ar", "Asia/Baghdad", "visible",
         (("html", "/section/news"), ("html", "/section/more")), "بغداد"),
    Plan("beirut", "رصيف بيروت", "rasif", "LB", "ar", "Asia/Beirut", "bare", (("rss", "/rss.php"),), "بيروت"),
    Plan("mizan", "ميزان نيوز", "mizan", "JO", "ar", "Asia/Amman", "meta", (("json", "/feed.json"),), "عمان"),
    Plan("difaf", "شبكة ضفاف", "khabur", "SY", "ar", "Asia/Damascus", "jsonld", (("rss", "/feed"),), "دمشق"),
    Plan("furat", "فرات برس", "furat", "SY", "ar", "Asia/Damascus", "meta", (("sitemap", "/news-sitemap.xml"),),
         "دير الزور", 0.3),
    Plan("orontes", "Orontes Post", "orontes", "GB", "en", "Europe/London", "jsonld",
         (("sitemapindex", "/sitemap_index.xml"),), "London"),
    Plan("courrier", "Le Courrier du Levant", "courrier", "FR", "fr", "Europe/Paris", "meta",
         (("rdf", "/backend.rdf"),), "Paris"),
    Plan("firat", "Fırat Postası", "firat", "TR", "tr", "Europe/Istanbul", "jsonld", (("atom", "/atom.xml"),),
         "Gaziantep"),
)  # fmt: skip

ARABIC = tuple(plan.id for plan in PLANS if plan.language == "ar")
FOREIGN = {plan.language: plan.id for plan in PLANS if plan.language != "ar"}
BY_ID = {plan.id: plan for plan in PLANS}
