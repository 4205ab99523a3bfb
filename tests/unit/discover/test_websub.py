"""WebSub without the network: where hubs are found, what is asked, what is believed, and how far hubs are trusted."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover import websub
from rasid.discover.channel import read_channel
from rasid.discover.rhythm import Plan, Rhythm, Terms, plan, profile, rarely
from rasid.discover.websub import Announced, Standing
from rasid.http.link_header import by_relation
from rasid.model import Answer

URL = "https://sada.example/feed"
HUB = "https://hub.example/"
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)

NAMED = f'<atom:link rel="hub" href="{HUB}"/>'
ATOM = (
    f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/topic"/><link rel="hub" href="{HUB}"/></feed>'
)
RSS = (
    '<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>صدى</title><link>https://sada.example/</link>'
    f'{NAMED}<atom:link href="/topic" rel="self" type="application/rss+xml"/>'
    "<item><link>https://sada.example/a</link></item></channel></rss>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    f'xmlns:a="http://www.w3.org/2005/Atom"><channel><title>صدى</title><a:link rel="hub" href="{HUB}"/>'
    '<a:link rel="self" href="/topic"/></channel><item rdf:about="/a"><link>https://sada.example/a</link></item></rdf:RDF>'
)
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "صدى", "feed_url": "https://sada.example/topic", '
    '"items": [], "hubs": [{"type": "rssCloud", "url": "https://no.example/"}, '
    f'{{"type": "WebSub", "url": "{HUB}"}}]}}'
)


def found(body: str, link: str | None = None) -> Announced | None:
    headers = {} if link is None else {"link": link}
    return websub.announced(Answer(URL, 200, headers, b""), read_channel(body.encode(), url=URL))


@pytest.mark.parametrize("body", [ATOM, RSS, RDF, JSON], ids=["atom", "rss", "rdf", "json"])
def test_a_feed_names_its_hub_and_itself(body: str) -> None:
    assert found(body) == Announced((HUB,), "https://sada.example/topic")


def test_headers_speak_first_and_what_they_leave_out_the_feed_says() -> None:
    assert found(ATOM, '<https://first.example/>; rel="hub"') == Announced(
        ("https://first.example/",), "https://sada.example/topic"
    )
    assert found("<rss><channel/></rss>", f"<{HUB}>; rel=hub") == Announced((HUB,), URL)


def test_hubs_that_can_be_told_the_secret_come_first() -> None:
    assert found(RSS, f"<http://plain.example/>; rel=hub, <{HUB}>; rel=hub") == Announced(
        (HUB, "http://plain.example/"), "https://sada.example/topic"
    )


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel><title>x</title></channel></rss>",
        ATOM.replace(HUB, "javascript:alert(1)"),
        ATOM.replace(HUB, ""),
        RSS.replace(NAMED, "").replace("<item>", f"<item>{NAMED}"),
    ],
    ids=["none", "no http", "empty", "in an entry"],
)  # fmt: skip
def test_no_hub_is_found_where_there_is_none(body: str) -> None:
    assert found(body) is None


def test_a_link_of_another_page_is_passed_over() -> None:
    assert by_relation('<https://x.example/>; rel=hub; anchor="/other"', ["hub"]) == {"hub": []}


@given(st.text(max_size=300))
def test_no_header_is_too_odd_to_be_read(header: str) -> None:
    assert set(by_relation(header, ["hub", "self"])) == {"hub", "self"}
    websub.announced(Answer(URL, 200, {"link": header}, b""), read_channel(ATOM.encode(), url=URL))


# --- asking


def test_the_secret_is_told_over_https_or_within_the_machine_alone() -> None:
    assert [websub.may_tell(hub) for hub in (HUB, "http://hub.example/", "http://127.0.0.1:8/", "http://[::1]/")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert websub.addresses("http://hub.example/") == ("https://hub.example/", "http://hub.example/")
    assert all(
        websub.addresses(hub) == (hub,)
        for hub in (HUB, "http://hub.example:8080/", "http://127.0.0.1/", "http://[::1]/")
    )
    form = websub.form("subscribe", topic="https://ص.example/", callback="https://c.example/", secret=None)
    asked = parse_qs(form.decode())
    assert "hub.secret" not in asked
    assert asked["hub.topic"] == ["https://ص.example/"]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(None, 864_000), ("", 864_000), ("0", 864_000), ("-5", 864_000), ("٥", 864_000), ("86400", 86_400), ("1", 300),
     ("9" * 5_000, 7_776_000)],
)  # fmt: skip
def test_a_lease_is_believed_within_bounds(told: str | None, seconds: int) -> None:
    assert websub.lease(told) == seconds
    assert 0 < websub.renewal(seconds) < seconds


# --- signatures


@given(st.binary(max_size=200), st.sampled_from(["sha1", "sha256", "sha384", "sha512"]))
def test_what_is_signed_is_believed_and_nothing_else(body: bytes, method: str) -> None:
    digest = hmac.new(b"secret", body, getattr(hashlib, method)).hexdigest()
    assert websub.refusal(f"{method}={digest}", body, "secret") is None
    assert websub.refusal(f"{method.upper()}={digest.upper()}", body, "secret") is None
    assert websub.refusal(f"{method}={digest}", body + b"x", "secret") == "bad_signature"
    assert websub.refusal(f"{method}={digest}", body, "other") == "bad_signature"
    assert websub.refusal(f"{method}={digest[:-1]}", body, "secret") == "bad_signature"


@given(st.text(max_size=100))
def test_no_signature_is_too_odd_to_be_refused(header: str) -> None:
    assert websub.refusal(header, b"x", "secret") in ("unsigned", "unknown_method", "bad_signature")


# --- trust


def test_trust_is_earned_lost_and_harder_to_earn_again() -> None:
    assert not Standing(2, 0).trusted
    assert Standing(3, 0).trusted
    after = Standing(9, 0).polled(1)
    assert (after, after.trusted) == (Standing(0, 1), False)
    assert [Standing(n, 1).trusted for n in (5, 6)] == [False, True]
    assert Standing(6, 1).polled(0) == Standing(6, 0)
    assert Standing(2, 3).polled(0) == Standing(2, 3)
    assert Standing(96, 1_000).trusted


def test_only_what_should_have_been_pushed_is_missed() -> None:
    since, minute = NOW - timedelta(hours=2), timedelta(minutes=1)
    assert websub.missed([since - minute, since, NOW, NOW - 4 * minute, NOW + minute], since=since, now=NOW) == 0
    assert websub.missed([since + minute, NOW - 6 * minute, None], since=since, now=NOW) == 3
    assert websub.missed([None], since=NOW - minute, now=NOW) == 0


@given(
    st.floats(0.001, 200.0), st.floats(1.0, 1e6), st.one_of(st.none(), st.integers(1, 500)), st.floats(0.1, 1e5)
)  # fmt: skip
def test_polls_beside_pushes_are_never_sooner_nor_later_than_an_hour(
    items: float, price: float, shown: int | None, hours: float
) -> None:
    known = Rhythm()
    known.items[30], known.hours[30] = items, hours
    found, terms, now = profile(known, zone=UTC), Terms(price, 300.0), NOW.timestamp()
    usual = plan(found, now=now, zone=UTC, terms=terms, shown=shown)
    rare = rarely(found, usual, now=now, zone=UTC, terms=terms, shown=shown, times=6.0)
    assert usual.seconds <= rare.seconds <= max(usual.seconds, 3_600.0)
    assert rare == usual or rare.why == "pushed"
    assert usual.why != "window" or rare == Plan(usual.seconds, "window")
