"""``rasid hosts``: how politely each host is asked, and what it says to that."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from rasid.cli.options import Json, Limit
from rasid.cli.shape import example, group
from rasid.errors import RasidError, UsageError

HostName = Annotated[str, typer.Argument(help="A host as in a URL (example.org, example.org:8080), or a URL.")]


def register(app: typer.Typer) -> None:
    hosts = group(
        "hosts",
        "Look at hosts and their pace.",
        "rasid hosts list",
        "rasid hosts show example.org --url https://example.org/private/1",
    )
    hosts.command("list", epilog=example("rasid hosts list --limit 20", "rasid hosts list --json"))(list_)
    hosts.command(
        "show", epilog=example("rasid hosts show example.org", "rasid hosts show x.org --url https://x.org/a")
    )(show)
    hosts.command("set", epilog=example("rasid hosts set example.org --delay 10"))(set_)
    app.add_typer(hosts)


def _name(text: str) -> str:
    from rasid import urls

    href = urls.normalise(text if "://" in text else f"https://{text}/")
    if href is None or not href.startswith("http"):
        raise UsageError(f"{text!r} is no host")
    return urls.host(href)


def list_(limit: Limit = 50, as_json: Json = False) -> None:
    """List hosts, those that work waits for first."""
    from rasid.cli.output import print_lines, print_table, say
    from rasid.cli.session import database
    from rasid.store import hosts
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        rows = [_told(row, context.settings) for row in hosts.listing(conn, limit=limit)]
    if as_json:
        print_lines(rows)
    elif not rows:
        say("no host is known yet")
    else:
        print_table(
            ("waiting", "delay s", "robots", "asked", "requests", "status", "ms", "failures", "blocked until", "host"),
            (
                (row["waiting"], row["delay"], row["robots_status"], row["asked_at"], row["requests"], row["status"],
                 None if row["latency_ms"] is None else round(row["latency_ms"]), row["failures"],
                 row["blocked_until"], row["host"])
                for row in rows
            ),
            numbers=("waiting", "delay s", "robots", "requests", "status", "ms", "failures"),
        )  # fmt: skip


def _told(row: dict[str, Any], settings: Any) -> dict[str, Any]:
    """A host with the delay that holds now, and what it comes from, as `rasid.store.hosts` reckons it."""
    from rasid.store.hosts import slowed

    crawl, ceiling = row["crawl_delay"], settings.host_delay_ceiling
    limits = {"an operator": row["delay_seconds"], "robots.txt": None if crawl is None else min(crawl, ceiling)}
    known = {name: seconds for name, seconds in limits.items() if seconds is not None} or {
        "the default": settings.host_delay
    }
    known["its latency"] = slowed(row["latency_ms"], factor=settings.host_latency_factor, ceiling=ceiling)
    source = max(known, key=lambda name: known[name])
    return {
        **{name: value for name, value in row.items() if name not in ("robots", "rulings")},
        "delay": known[source],
        "delay_from": source,
    }


def show(
    host: HostName,
    url: Annotated[
        str | None, typer.Option("--url", help="Say whether robots.txt allows this, and by which rule.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one host: its pace, when it may be asked again, and what robots.txt allowed and refused by which rule."""
    from rasid.cli.output import print_fields, print_one
    from rasid.cli.session import database
    from rasid.store import hosts
    from rasid.store.engine import transaction

    name = _name(host)
    if url is not None and _name(url) != name:
        raise UsageError(f"{url} lies on {_name(url)}, not on {name}")
    with database() as context, transaction(context.engine) as conn:
        rows = hosts.listing(conn, host=name)
        if not rows:
            raise RasidError(f"{name} was never asked, and nothing waits for it")
        told = _told(rows[0], context.settings)
        if url is not None:
            told["verdict"] = _verdict(rows[0], url, context.settings.user_agent)
    rulings = rows[0]["rulings"]
    if as_json:
        print_one({**told, "rulings": rulings})
    else:
        verdict = told.pop("verdict", None)
        print_fields(told.items())
        if verdict:
            print_fields([("url", url), ("allowed", verdict["allowed"]), ("rule", _rule(verdict))])
        _print_rulings(rulings)


def _print_rulings(rulings: list[dict[str, Any]]) -> None:
    """What robots.txt said of the addresses that came up last: of each kind the latest few."""
    from rasid.cli.output import print_table

    if rulings:
        print_table(
            ("when", "robots.txt", "rule", "url"),
            ((one["at"][:19], "allowed" if one["allowed"] else "refused", _rule(one), one["url"]) for one in rulings),
        )


def _rule(ruling: dict[str, Any]) -> str:
    """A rule with where it stands: ``disallow: /x (line 3, for *)``."""
    if ruling["line"] is None:
        return ruling["rule"] or f"none applies{' for ' + ruling['agent'] if ruling['agent'] else ''}"
    return f"{ruling['rule']} (line {ruling['line']}, for {ruling['agent']})"


def _verdict(row: dict[str, Any], url: str, user_agent: str) -> dict[str, Any]:
    from dataclasses import asdict

    from rasid.http.robots import Robots

    if row["robots_status"] is None:
        return {"allowed": None, "rule": "robots.txt was not read yet", "line": None, "agent": None}
    body = (row["robots"] or "").encode("latin-1")
    return asdict(Robots.parse(body, status=row["robots_status"]).ruling(url, user_agent))


def set_(
    host: HostName,
    delay: Annotated[float | None, typer.Option("--delay", min=0, max=3600, help="Seconds between requests.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Take an own delay away again.")] = False,
    as_json: Json = False,
) -> None:
    """Set the pause of a host; a longer one in its robots.txt still holds."""
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import hosts
    from rasid.store.engine import transaction

    if (delay is None) != default:
        raise UsageError("give --delay SECONDS, or --default to take an own delay away")
    name = _name(host)
    with database() as context, transaction(context.engine) as conn:
        hosts.set_delay(conn, [name], delay)
        told = _told(hosts.listing(conn, host=name)[0], context.settings)
    if as_json:
        print_one(told)
    else:
        say(f"{name}: {told['delay']:g} s between two requests")
