"""The address guard: what the operator may write, and what it lets through."""

from __future__ import annotations

import socket

import pytest

from rasid.errors import Retry, SettingsError, Skip
from rasid.http.guard import Guard


def _passes(guard: Guard, host: str, port: int, ip: str) -> bool:
    try:
        guard.check_address(host, port, ip)
    except Skip as skip:
        return skip.code != "address_refused"
    return True


@pytest.mark.parametrize("ip", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_public_addresses_pass(ip: str) -> None:
    assert _passes(Guard(), "news.example.org", 443, ip)


@pytest.mark.parametrize(
    "ip",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%eth0",
     "fd00::1", "64:ff9b::a00:1", "2002:7f00:1::1", "::127.0.0.1"],
)  # fmt: skip
def test_others_do_not(ip: str) -> None:
    assert not _passes(Guard(), "news.example.org", 443, ip)


@pytest.mark.parametrize(
    ("allow", "host", "port", "ip", "passes"),
    [
        ("10.0.0.0/8", "a.example.org", 80, "10.1.2.3", True),
        ("10.0.0.0/8", "a.example.org", 80, "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "a.example.org", 80, "192.168.0.1", False),
        ("10.1.2.3", "10.1.2.3", 8080, "10.1.2.3", True),
        ("10.1.2.3:80", "a.example.org", 80, "10.1.2.3", True),
        ("10.1.2.3:80", "a.example.org", 81, "10.1.2.3", False),
        ("::1", "[::1]", 80, "::1", True),
        ("[::1]:8000", "[::1]", 8000, "::1", True),
        ("[::1]:8000", "[::1]", 8001, "::1", False),
        ("fd00::/8", "a.example.org", 80, "fd12::1", True),
        ("site", "site", 80, "172.16.0.2", True),
        ("site:8000", "SITE.", 8000, "172.16.0.2", True),
        ("site:8000", "site", 80, "172.16.0.2", False),
        ("site", "othersite", 80, "172.16.0.2", False),
        ("مثال.example", "xn--mgbh0fb.example", 80, "172.16.0.2", True),
        (" 10.0.0.0/8 ,, site:80 ", "site", 80, "172.16.0.2", True),
    ],
)
def test_an_exception_lets_through_what_it_names(allow: str, host: str, port: int, ip: str, passes: bool) -> None:
    assert _passes(Guard(allow), host, port, ip) is passes


@pytest.mark.parametrize(
    "allow",
    ["*", "10.0.0.0/99", "10.0.0.0/8:80", "site:0", "site:99999", "site:http", "http://site/", "a b", "user@site",
     "[::1", "site/path", "2130706433", "10.0.0.0/8 site"],
)  # fmt: skip
def test_an_unreadable_exception_is_named(allow: str) -> None:
    with pytest.raises(SettingsError, match="RASID_FETCH_ALLOW"):
        Guard(f"127.0.0.1,{allow}")


@pytest.mark.parametrize(
    ("allow", "href", "reason"),
    [
        ("", "https://news.example.org/", None),
        ("", "http://127.0.0.1/", "private_address"),
        ("127.0.0.0/8", "http://127.1:8000/", None),
        ("127.0.0.1:8000", "http://127.0.0.1:8001/", "private_address"),
        ("127.0.0.0/8", "http://10.0.0.1/", "private_address"),
        ("127.0.0.0/8", "http://localhost:8000/", None),
        ("127.0.0.1:8000", "http://localhost:8001/", "local_name"),
        ("site", "http://site/", None),
        ("site:80", "http://site/", None),
        ("site:443", "https://site/", None),
        ("site", "http://other/", "single_label"),
        ("[::1]:8000", "http://[::1]:8000/", None),
        ("127.0.0.0/8", "http://127.0.0.1:25/", "blocked_port"),
        ("127.0.0.1:6000", "http://127.0.0.1:6000/", None),
        ("site:6000", "http://site:6000/", None),
        ("site:6000", "http://news.example.org:6000/", "blocked_port"),
        ("127.0.0.0/8", "ftp://127.0.0.1/", "not_http"),
        ("site", "http://user@site/", "credentials"),
        ("127.0.0.0/8", "nothing", "invalid_url"),
    ],
)
def test_a_url_is_judged_before_dns(allow: str, href: str, reason: str | None) -> None:
    """Names may pass here where a network is excepted: what they resolve to is judged when it is known."""
    assert Guard(allow).refusal(href) == reason


def test_an_opened_socket_is_connected_to_the_checked_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        guard = Guard("127.0.0.1", resolve=lambda host, port: ["127.0.0.1"])
        with guard.open("news.example.org", port, seconds=5) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)


def test_a_name_with_thousands_of_addresses_is_not_tried_to_the_end() -> None:
    """All addresses refuse at once; the error is that of a connection, after a few tries."""
    tried: list[tuple[socket.AddressFamily, socket.SocketKind]] = []

    def counting(family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
        tried.append((family, kind))
        return socket.socket(family, kind)

    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    guard = Guard("127.0.0.0/8", resolve=lambda host, port: ["127.0.0.1"] * 5000)
    with pytest.raises(Retry, match="refused"):
        guard.open("news.example.org", port, seconds=5, make=counting)
    assert len(tried) == 4


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "a..example.org"])
def test_a_name_that_dns_cannot_hold_is_a_dns_failure(host: str) -> None:
    with pytest.raises(Retry) as caught:
        Guard().open(host, 80, seconds=1)
    assert caught.value.code == "dns_failure"


def test_a_name_without_addresses_is_a_dns_failure() -> None:
    with pytest.raises(Retry) as caught:
        Guard(resolve=lambda host, port: []).open("news.example.org", 80, seconds=1)
    assert caught.value.code == "dns_failure"
