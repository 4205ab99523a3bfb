"""The client through real proxies: SOCKS5 and HTTP, with and without a login, and ones that fail in every way."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from rasid import urls
from rasid.errors import ItemError, Park, Retry, SettingsError, Skip
from rasid.http.client import Client
from rasid.http.guard import Guard
from rasid.http.proxy import Routes, read_proxy
from tests.unit.http.proxies import LocalProxy

if TYPE_CHECKING:
    from tests.unit.http.conftest import Site

NAME = "news.example.org"
LOGIN = ("user", "s3cret:@/")
IN_URL = "user:s3cret%3A%40%2F"
SCHEMES = ("socks5", "socks5h", "http")


@pytest.fixture
def proxies() -> Iterator[Callable[..., LocalProxy]]:
    made: list[LocalProxy] = []

    def make(scheme: str, **fields: Any) -> LocalProxy:
        made.append(LocalProxy(scheme, **fields))
        return made[-1]

    yield make
    for proxy in made:
        proxy.stop()


def client(
    url: str, *, allow: str = "127.0.0.1", found: tuple[str, ...] = ("127.0.0.1",), only: str = "", direct: str = "",
    ca_file: str | None = None, **options: float,
) -> Client:  # fmt: skip
    """A client with this proxy. Names resolve to `found`; () for a place where none does."""

    def resolve(host: str, port: int) -> tuple[str, ...]:
        if not found:
            raise socket.gaierror(-2, "unknown")
        return found

    seconds = {"connect_seconds": 5, "read_seconds": 5, "deadline_seconds": 20, **options}
    routes = Routes(read_proxy(url), only=only, direct=direct)
    return Client(
        user_agent="rasid-test/1.0", guard=Guard(allow, resolve=resolve), routes=routes, ca_file=ca_file, **seconds
    )  # type: ignore[arg-type]


def error(made: Client, url: str, kind: type[ItemError] = Retry) -> ItemError:
    with pytest.raises(kind) as caught:
        made.get(url)
    return caught.value


# --- the way ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_page_is_fetched_through_the_proxy(site: Site, proxies: Any, scheme: str) -> None:
    proxy = proxies(scheme)
    site.routes["/a%20b?q=%7C"] = lambda it: it.reply(200, b"page")
    url = site.url("/a%20b?q=%7C", host=NAME)
    assert client(proxy.url).get(url).body == b"page"
    told = {"socks5": f"127.0.0.1:{site.port}", "socks5h": f"{NAME}:{site.port}", "http": url}
    assert proxy.asked == [told[scheme]]
    # The site is asked as it would be without a proxy.
    path, headers = site.seen[0]
    assert (path, headers["host"]) == ("/a%20b?q=%7C", f"{NAME}:{site.port}")
    assert not [name for name in headers if name.startswith("proxy")]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tls_reaches_from_here_to_the_site(secure_site: tuple[Site, str], proxies: Any, scheme: str) -> None:
    site, ca_file = secure_site
    proxy = proxies(scheme)
    site.routes["/"] = lambda it: it.reply(200, b"secret")
    assert client(proxy.url, ca_file=ca_file).get(site.url(host=NAME)).body == b"secret"
    host = "127.0.0.1" if scheme == "socks5" else NAME
    assert proxy.asked == [f"{host}:{site.port}"]
    assert error(client(proxy.url), site.url(host=NAME)).code == "tls_failure"
    assert error(client(proxy.url, ca_file=ca_file), site.url(host="other.example.org")).code == "tls_failure"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_redirect_goes_through_the_proxy_as_well(site: Site, proxies: Any, scheme: str) -> None:
    proxy = proxies(scheme)
    site.routes["/a"] = lambda it: it.reply(302, Location="/b")
    site.routes["/b"] = lambda it: it.reply(200, b"b")
    answer = client(proxy.url).get(site.url("/a", host=NAME))
    assert (answer.body, answer.redirects) == (b"b", ((302, site.url("/b", host=NAME)),))
    assert len(site.seen) == 2
    # The connection that stands is used again.
    assert proxy.connections == 1


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_limits_hold_through_a_proxy(site: Site, proxies: Any, scheme: str) -> None:
    proxy = proxies(scheme)
    site.routes["/slow"] = lambda it: (it.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), it.drip(b"x"))[1]
    site.routes["/long"] = lambda it: (it.raw(b"HTTP/1.1 200 OK\r\n\r\n"), it.flood(b"x" * 999))[1]
    assert error(client(proxy.url, deadline_seconds=0.7), site.url("/slow", host=NAME)).code == "deadline"
    assert error(client(proxy.url, max_bytes=5_000), site.url("/long", host=NAME), Park).code == "too_large"


def test_a_post_goes_through_the_proxy(site: Site, proxies: Any) -> None:
    proxy = proxies("http")
    got: list[bytes] = []
    site.routes["/hook"] = lambda it: (got.append(it.body), it.reply(200, b"ok"))[1]
    assert client(proxy.url).post(site.url("/hook", host=NAME), body=b"{}").body == b"ok"
    assert got == [b"{}"]


# --- logins -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_login_is_given_to_a_socks_proxy(site: Site, proxies: Any, scheme: str) -> None:
    proxy = proxies(scheme, login=LOGIN)
    site.routes["/"] = lambda it: it.reply(200, b"x")
    assert client(f"{scheme}://{IN_URL}@127.0.0.1:{proxy.port}").get(site.url(host=NAME)).body == b"x"
    assert proxy.logins == [LOGIN]


@pytest.mark.parametrize("secure", [False, True])
def test_a_login_is_given_to_an_http_proxy_and_to_nobody_else(
    secure_site: tuple[Site, str], site: Site, proxies: Any, secure: bool
) -> None:
    proxy = proxies("http")
    there, ca_file = secure_site if secure else (site, None)
    there.routes["/"] = lambda it: it.reply(200, b"x")
    made = client(f"http://{IN_URL}@127.0.0.1:{proxy.port}", ca_file=ca_file)
    assert made.get(there.url(host=NAME)).body == b"x"
    value = base64.b64encode(":".join(LOGIN).encode()).decode()
    assert f"Proxy-Authorization: Basic {value}" in proxy.heads[0]
    assert "proxy-authorization" not in there.seen[0][1]


@pytest.mark.parametrize(
    ("scheme", "given"),
    [("socks5", ""), ("socks5", "user:wrong@"), ("socks5h", "mallory:s3cret@"), ("http", "user:wrong@")],
)
@pytest.mark.parametrize("secure", [False, True])
def test_a_login_that_is_not_taken_is_the_proxys_failure_and_is_not_shown(
    site: Site, proxies: Any, scheme: str, given: str, secure: bool
) -> None:
    refusal = b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    proxy = proxies(scheme, login=LOGIN, answers={"connect": refusal, "forward": refusal} if scheme == "http" else {})
    url = site.url(host=NAME)
    made = client(f"{scheme}://{given}127.0.0.1:{proxy.port}")
    found = error(made, url.replace("http:", "https:") if secure else url)
    assert found.code == "proxy_failed"
    assert found.evidence == {"proxy": f"{scheme}://127.0.0.1:{proxy.port}"}
    for secret in ("wrong", "s3cret", "user", "mallory"):
        assert secret not in f"{found} {found.__cause__!r} {found.evidence}"
    assert site.seen == []


# --- proxies that fail --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_proxy_that_is_not_there(site: Site, proxies: Any, scheme: str) -> None:
    proxy = proxies(scheme)
    proxy.stop()
    made = client(proxy.url)
    for url in (site.url(host=NAME), site.url(host=NAME).replace("http:", "https:")):
        assert error(made, url).code == "proxy_failed"


@pytest.mark.parametrize(
    ("when", "sent"),
    [
        ("hello", b""),
        ("hello", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("hello", b"\x04\x00"),
        ("hello", b"\x05\x01"),
        ("hello", b"\x05\x02"),
        ("hello", b"\x05\xff"),
        ("connect", b""),
        ("connect", b"\x05\x01\x00\x01" + bytes(6)),
        ("connect", b"\x05\x02\x00\x01" + bytes(6)),
        ("connect", b"\x05\x00\x00\x09" + bytes(300)),
        ("connect", b"\x05\x00\x00\x03\xffshort"),
        ("connect", b"\x99\x00\x00\x01" + bytes(6)),
    ],
)
def test_a_socks_proxy_that_refuses_or_talks_nonsense(site: Site, proxies: Any, when: str, sent: bytes) -> None:
    found = error(client(proxies("socks5", answers={when: sent}).url), site.url(host=NAME))
    assert found.code == "proxy_failed"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "proxy_failed"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "proxy_failed"),
        (b"HTTP/1.1 abc\r\n\r\n", "proxy_failed"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "proxy_failed"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "proxy_failed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000, "proxy_failed"),
        (b"HTTP/1.1 200 OK\r\n", "proxy_failed"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "host_unreachable"),
        (b"HTTP/1.0 504 Gateway Timeout\r\n\r\n", "host_unreachable"),
    ],
)
def test_an_http_proxy_that_makes_no_tunnel(site: Site, proxies: Any, sent: bytes, code: str) -> None:
    made = client(proxies("http", answers={"connect": sent}).url)
    assert error(made, site.url(host=NAME).replace("http:", "https:")).code == code


@pytest.mark.parametrize(
    ("reply", "code"),
    [(3, "host_unreachable"), (4, "host_unreachable"), (5, "connection_refused"), (6, "connect_timeout")],
)
def test_a_host_that_is_away_behind_a_proxy_is_the_hosts_failure(
    site: Site, proxies: Any, reply: int, code: str
) -> None:
    proxy = proxies("socks5", answers={"connect": bytes((5, reply, 0, 1)) + bytes(6)})
    assert error(client(proxy.url, found=("127.0.0.1", "127.0.0.1")), site.url(host=NAME)).code == code
    # The second address was tried as well.
    assert len(proxy.asked) == 2


@pytest.mark.parametrize(
    ("when", "code"), [("hello", "proxy_failed"), ("login", "proxy_failed"), ("connect", "connect_timeout")]
)
def test_a_silent_socks_proxy_is_left(site: Site, proxies: Any, when: str, code: str) -> None:
    proxy = proxies("socks5", login=("a", "b"), answers={when: None})
    assert error(client(proxy.url, read_seconds=0.3), site.url(host=NAME)).code == code
    ends = {"proxy_failed": "proxy_failed", "connect_timeout": "deadline"}
    assert error(client(proxy.url, deadline_seconds=0.3), site.url(host=NAME)).code == ends[code]


def test_a_silent_http_proxy_is_left(site: Site, proxies: Any) -> None:
    proxy = proxies("http", answers={"connect": None})
    url = site.url(host=NAME).replace("http:", "https:")
    assert error(client(proxy.url, read_seconds=0.3), url).code == "connect_timeout"
    assert error(client(proxy.url, deadline_seconds=0.3), url).code == "deadline"


# --- the guard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "[::1]", "169.254.169.254", "intranet", "x.internal"]
)
def test_private_addresses_and_local_names_are_refused_through_any_proxy(
    site: Site, proxies: Any, scheme: str, host: str
) -> None:
    proxy = proxies(scheme)
    assert error(client(proxy.url, allow=""), f"http://{host}/", Skip).code == "address_refused"
    assert proxy.connections == 0


@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_a_public_name_with_a_private_address_is_refused_where_it_resolves_here(proxies: Any, scheme: str) -> None:
    proxy = proxies(scheme)
    made = client(proxy.url, allow="", found=("10.0.0.1",))
    assert error(made, f"http://{NAME}/", Skip).code == "address_refused"
    assert error(made, f"https://{NAME}/", Skip).code == "address_refused"
    assert proxy.connections == 0


def test_a_redirect_to_a_private_address_is_refused_through_a_proxy(site: Site, proxies: Any) -> None:
    site.routes["/"] = lambda it: it.reply(302, Location="http://169.254.169.254/latest/")
    assert error(client(proxies("socks5h").url), site.url(host=NAME), Skip).code == "address_refused"


@pytest.mark.parametrize(("scheme", "code"), [("socks5h", None), ("http", None), ("socks5", "dns_failure")])
def test_where_names_do_not_resolve_here_the_proxy_resolves(
    site: Site, proxies: Any, scheme: str, code: str | None
) -> None:
    site.routes["/"] = lambda it: it.reply(200, b"x")
    made = client(proxies(scheme).url, found=())
    if code is None:
        assert made.get(site.url(host=NAME)).body == b"x"
    else:
        assert error(made, site.url(host=NAME)).code == code


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only", "direct", "through"),
    [
        ("", "", True),
        ("example.org", "", True),
        ("NEWS.example.org.", "", True),
        ("*.example.org", "", True),
        (".example.org", "", True),
        ("*.news.example.org", "", False),
        ("other.example, example.org", "", True),
        ("xample.org", "", False),
        ("example.org:81", "", False),
        ("", "example.org", False),
        ("example.org", "news.example.org", False),
        ("", "org.example, 10.0.0.0/8", True),
    ],
)
def test_hosts_are_chosen_by_lists(site: Site, proxies: Any, only: str, direct: str, through: bool) -> None:
    site.routes["/"] = lambda it: it.reply(200, b"x")
    proxy = proxies("socks5h")
    assert client(proxy.url, only=only, direct=direct).get(site.url(host=NAME)).body == b"x"
    assert bool(proxy.connections) is through


def test_lists_know_networks_ports_and_arabic_names() -> None:
    proxy = read_proxy("http://10.0.0.1:3128")
    routes = Routes(proxy, only="سوريا.example, 10.0.0.0/8, [2001:db8::1]:8080, 192.0.2.7")
    arabic = urls.host("http://www.سوريا.example/")
    for host, port in [(arabic, 80), ("10.9.9.9", 80), ("[2001:db8::1]", 8080), ("192.0.2.7", 1)]:
        assert routes.proxy_for(host, port) == proxy, host
    for host, port in [("[2001:db8::1]", 80), ("192.0.2.8", 1), ("ten.example", 80), ("example", 80)]:
        assert routes.proxy_for(host, port) is None, host


@pytest.mark.parametrize(
    "url",
    [
        "", "s3cret", "http://s3cret", "socks4://u:s3cret@h:1", "https://u:s3cret@h:1", "http://u:s3cret@:80",
        "http://u:s3cret@h:99999", "http://u:s3cret@h:1/path", "http://:s3cret@h:1", "http://u:s3cret@[::1:3",
        "http://u:s3cret" + "x" * 300 + "@h:1",
    ],
)  # fmt: skip
def test_a_proxy_that_cannot_be_read_is_an_error_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_proxy(url)
    assert "s3cret" not in str(caught.value)
    assert "RASID_PROXY" in str(caught.value)


@pytest.mark.parametrize("text", ["a b", "http://x", "x:99999", "*", "10.0.0.0/99", "[::1", "a/b"])
def test_a_list_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(SettingsError, match="RASID_PROXY_HOSTS"):
        Routes(None, only=text)


def test_a_proxy_shows_neither_user_nor_password() -> None:
    proxy = read_proxy(f"socks5h://{IN_URL}@proxy.example:1080")
    assert (proxy.user, proxy.password) == LOGIN
    assert str(proxy) == "socks5h://proxy.example:1080"
    assert "s3cret" not in repr(proxy)
    assert "user'" not in repr(proxy)
