"""``rasid sources add``: look at a site, show what it offers, and watch it or write its seed file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json
from rasid.cli.shape import example
from rasid.errors import UsageError

if TYPE_CHECKING:
    from rasid.cli.explore import Site
    from rasid.context import Context
    from rasid.discover.onboard import Fact
    from rasid.store.outlets import NewOutlet

EPILOG = example(
    "rasid sources add https://outlet.example",
    "rasid sources add https://outlet.example --toml seeds/syria/outlet.toml",
    "rasid sources add https://example.org/feed.xml --country SY --language ar",
    "rasid sources add https://example.org/news --kind section --delay 5",
)
#: Articles that are read for a trial unless the caller says otherwise.
TRIAL = 4


@dataclass(frozen=True, slots=True)
class _Said:
    """What the caller says of the outlet; None leaves it to what is known, then to what was found."""

    id: str | None
    name: str | None
    country: str | None
    language: str | None
    delay: float | None


def add(
    url: Annotated[str, typer.Argument(help="The front page of an outlet; or one feed, sitemap or section page.")],
    outlet: Annotated[str | None, typer.Option("--id", help="Id; made of the host if not given.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name; as the site calls itself if not given.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Two letters, as SY.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="BCP 47 tag, as ar.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="feed, news_sitemap, sitemap, section or websub.")] = None,
    delay: Annotated[float | None, typer.Option("--delay", min=0, max=3600, help="Seconds between requests.")] = None,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Look at it before it is watched.")] = True,
    requests: Annotated[
        int | None, typer.Option("--requests", min=3, max=500, help="Most requests; a setting if not given.")
    ] = None,
    trial: Annotated[int, typer.Option("--trial", min=0, max=50, help="Articles to read for a trial.")] = TRIAL,
    toml: Annotated[
        Path | None, typer.Option("--toml", help="Write a seed file (- for stdout) in place of watching it.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what was found, and store nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it is watched.")] = False,
    as_json: Json = False,
) -> None:
    """Watch one more outlet.

    Its feeds, sitemaps and section pages are looked for, a few articles are read for a trial, and what was found is
    shown before it is stored. All politely: one request at a time, as robots.txt and the host's pace allow. What
    cannot be watched is refused, and nothing is stored. An outlet that is known keeps what is known of it.
    """
    from rasid.cli import outlets
    from rasid.cli.session import database
    from rasid.model import CHANNEL_KINDS

    if kind is not None and kind not in CHANNEL_KINDS:
        raise UsageError(f"--kind takes {', '.join(CHANNEL_KINDS)}, not {kind!r}")
    if toml is not None and not check:
        raise UsageError("--toml needs a look at the site: leave --no-check out")
    said = _Said(outlet, name, country, language, delay)
    with database() as context:
        href = outlets.checked_url(context, url)
        site = _explored(context, href, kind, requests, trial) if check else _unseen(href, kind)
        new, grounds = _outlet(context, href, site, said, checked=check)
        if check and not as_json and toml != Path("-"):
            _show(site, new, grounds)
        if toml is not None:
            _write(new, toml)
        stored = toml is None and not dry_run and (yes or as_json or not check or _agreed())
        told = _store(context, new) if stored else {"new_outlet": False, "new_channels": 0}
    _tell(site, new, told, stored=stored, as_json=as_json and toml != Path("-"), checked=check)


def _explored(context: Context, href: str, kind: str | None, requests: int | None, trial: int) -> Site:
    """What the site offers.

    Raises:
        NoChannel: nothing that can be watched.
    """
    from rasid.cli.explore import explore
    from rasid.cli.site_view import progress

    ceiling = requests or context.settings.onboard_requests
    with progress(ceiling) as tell:
        site = explore(context, href, ceiling=ceiling, trial=trial, kind=kind, tell=tell)
    _refuse(site, href, kind)
    return site


def _refuse(site: Site, href: str, kind: str | None) -> None:
    """Raise NoChannel with the one sentence that says why nothing can be watched; keep what was asked for."""
    from rasid.cli.outlets import NoChannel
    from rasid.model import FEEDS

    (first, *_) = (one for one in site.channels if one.origin == "given")
    told = first.kind.replace("_", " ")
    if kind is None and site.given == "html":
        if not site.kept:
            raise NoChannel(f"{href} is a web page that names no feed, and neither a sitemap nor links to articles "
                            "were found at the site")  # fmt: skip
        return
    if first.kind == "none":
        raise NoChannel(f"{href} is no feed, no sitemap and no page")
    if kind is not None and first.kind in ("section", "page") and kind != "section":
        raise NoChannel(f"{href} is a web page, not a {kind.replace('_', ' ')}")
    if kind == "section" and first.kind == "page":
        raise NoChannel(f"{href} is a page that names no articles")
    if kind is not None and (kind == "section") != (first.kind == "section"):
        raise NoChannel(f"{href} is a {told}, not a {kind.replace('_', ' ')}")
    if kind is not None and (kind in FEEDS) != (first.kind == "feed"):
        raise NoChannel(f"{href} is a {told}, not a {kind.replace('_', ' ')}")
    why = first.why if first.keep else "as asked for"
    rest = [replace(one, keep=False) for one in site.channels if one is not first]
    site.channels = [replace(first, kind=kind or first.kind, keep=True, why=why), *rest]


def _unseen(href: str, kind: str | None) -> Site:
    """An address that is taken on trust."""
    from rasid import urls
    from rasid.cli.explore import Site
    from rasid.discover.onboard import Judged

    channel = Judged(href, kind or "feed", "given", "unseen", keep=True)
    return Site(home=urls.normalise("/", href) or href, given="not looked at", channels=[channel])


# --- what is known of it ------------------------------------------------------------------------------------------


def _outlet(context: Context, href: str, site: Site, said: _Said, *, checked: bool) -> tuple[NewOutlet, dict[str, str]]:
    """The outlet as it will be stored, and for each fact where it comes from.

    What the caller says counts, then what is known, then what was found.
    """
    from rasid import urls
    from rasid.cli.outlets import check_fields, outlet_id
    from rasid.discover.onboard import House, family_of
    from rasid.store import outlets, read
    from rasid.store.engine import transaction

    chosen = said.id or outlet_id(href)
    check_fields(id=chosen, country=said.country, language=said.language)
    with transaction(context.engine) as conn:
        known = next(iter(read.sources(conn, outlet_id=chosen)), None) or {}
        houses = [
            House(row["id"], row["family"], tuple(filter(None, (row["name"], row["name_en"]))), row["home"])
            for row in outlets.houses(conn)
        ]
    country = said.country or known.get("country") or _value(site.country)
    title = next((one.title for one in site.kept if one.title and one.kind == "feed"), None)
    family = None if known else family_of(site.home, site.front, houses)
    new = outlets.NewOutlet(
        id=chosen,
        name=said.name or known.get("name") or (site.front.name if site.front else None) or title or urls.host(href),
        family=known.get("family") or _value(family) or chosen,
        country=country,
        language=said.language or known.get("language") or _value(site.language),
        time_zone=known.get("time_zone") or _zone(country, site.home),
        home=known.get("home") or site.home,
        delay_seconds=said.delay if said.delay is not None else known.get("delay_seconds"),
        expect=known.get("expect") or {},
        channels=tuple(outlets.NewChannel(one.kind, one.url, unverified=not checked) for one in site.kept),
    )
    grounds = {
        "name": "" if said.name or known.get("name") else "the page" if site.front and site.front.name else "the feed",
        "language": _ground(site.language, new.language, said.language, known.get("language")),
        "country": _ground(site.country, new.country, said.country, known.get("country")),
        "family": family.source if family else "",
    }
    return new, grounds


def _value(fact: Fact | None) -> str | None:
    return fact.value if fact is not None else None


def _ground(fact: Fact | None, value: str | None, said: str | None, known: str | None) -> str:
    if said is not None:
        return "as given"
    if known is not None:
        return "known" + (f"; the site says {fact.value}" if fact and fact.value != known else "")
    return fact.source if fact is not None and value else ""


def _zone(country: str | None, home: str) -> str | None:
    """IANA name of the clock that an outlet's newsroom goes by; None where nothing speaks for one."""
    from rasid.parse.zones import home_of, zone_of

    zone, source = zone_of(country)
    if source == "none":
        found = home_of(home, None)
        zone, source = found if found else (zone, source)
    return None if source == "none" else str(zone)


# --- what becomes of it -------------------------------------------------------------------------------------------


def _show(site: Site, new: NewOutlet, grounds: dict[str, str]) -> None:
    from rasid.cli.site_view import show

    facts = {"outlet": new.id, "name": new.name, "home": new.home, "language": new.language, "country": new.country,
             "time zone": new.time_zone, "family": new.family}  # fmt: skip
    show(site, {name: f"{value} ({ground})" if (ground := grounds.get(name)) else value or "not told"
                for name, value in facts.items()})  # fmt: skip


def _agreed() -> bool:
    """Ask, where there is somebody to ask."""
    return not (sys.stdin.isatty() and sys.stdout.isatty()) or typer.confirm("Watch it?", default=True, err=True)


def _store(context: Context, new: NewOutlet) -> dict[str, Any]:
    from rasid.store import outlets
    from rasid.store.engine import transaction

    with transaction(context.engine) as conn:
        new_outlets, new_channels = outlets.put(conn, [new])
    return {"new_outlet": bool(new_outlets), "new_channels": new_channels}


def _write(new: NewOutlet, target: Path) -> None:
    """Write the seed file of an outlet; what nobody knows gets a placeholder (country ``ZZ``, language ``und``)."""
    from rasid.cli.outlets import to_seed
    from rasid.discover.seeds import write_seed

    row = {
        "id": new.id, "name": new.name, "family": new.family, "country": new.country, "language": new.language,
        "time_zone": new.time_zone, "home": new.home, "delay_seconds": new.delay_seconds, "expect": new.expect,
        "channels": [{"kind": one.kind, "url": one.url, "unverified": one.unverified} for one in new.channels],
    }  # fmt: skip
    text = write_seed(to_seed(row))
    if target == Path("-"):
        sys.stdout.write(text)
        return
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error


def _tell(site: Site, new: NewOutlet, told: dict[str, Any], *, stored: bool, as_json: bool, checked: bool) -> None:
    from rasid.cli.output import print_one, say
    from rasid.cli.site_view import as_told

    what = "page with feeds" if site.given == "html" and any(one.kind == "feed" for one in new.channels) else site.given
    if as_json:
        print_one(
            {
                "outlet": new.id, "name": new.name, **told, "stored": stored,
                "entries": max((one.entries for one in site.kept), default=0), "what": what,
                "channels": [{"kind": one.kind, "url": one.url} for one in new.channels],
                "country": new.country, "language": new.language, "time_zone": new.time_zone, "family": new.family,
                "home": new.home, **(as_told(site) if checked else {}),
            }
        )  # fmt: skip
    elif stored:
        for channel in new.channels:
            say(f"{channel.kind}: {channel.url}")
        say(f"{new.id}: {told['new_channels']} new of {len(new.channels)} channels ({what}) are watched")
    else:
        say(f"{new.id}: nothing is stored")
