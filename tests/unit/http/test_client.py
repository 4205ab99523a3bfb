"""The client against a real server that behaves, and one that does not."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import pytest
import requests
import zstandard

from rasid import urls
from rasid.errors import Gone, ItemError, Park, Retry, Skip, UsageError
from rasid.http import wire
from rasid.http.client import Client
from rasid.http.guard import Guard, Resolver

if TYPE_CHECKING:
    from tests.unit.http.conftest import Exchange, Site

LIMIT = 100_000
AGENT = "rasid-test/1.0 (+https://example.org/bot)"


def _client(allow: str = "127.0.0.1", *, resolve: Resolver | None = None, **options: float) -> Client:
    guard = Guard(allow, resolve=resolve) if resolve else Guard(allow)
    settings = {"max_bytes": LIMIT, "connect_seconds": 5, "read_seconds": 5, "deadline_seconds": 20, **options}
    return Client(user_agent=AGENT, guard=guard, **settings)  # type: ignore[arg-type]


@pytest.fixture
def client() -> Iterator[Client]:
    made = _client()
    yield made
    made.close()


def _code(client: Client, url: str, kind: type[ItemError]) -> str:
    """The code of the error that fetching `url` ends with."""
    with pytest.raises(kind) as caught:
        client.get(url)
    return caught.value.code


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", _raw_deflate),
    "brotli": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.ZstdCompressor().compress),
}


# --- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_holds_what_was_sent(site: Site, client: Client) -> None:
    """Status, body, headers in lower case, the URL without its fragment; and the request says who asks."""
    site.routes["/a?q=1"] = lambda it: it.reply(404, "لا شيء".encode(), X_Name="Value", ETag='"1"')
    answer = client.get(site.url("/a?q=1#top"))
    assert (answer.url, answer.status, answer.body) == (site.url("/a?q=1"), 404, "لا شيء".encode())
    assert (answer.headers["x-name"], answer.headers["etag"], answer.redirects) == ("Value", '"1"', ())
    assert answer.seconds > 0
    sent = site.seen[0][1]
    assert (sent["user-agent"], sent["host"]) == (AGENT, f"127.0.0.1:{site.port}")


def test_an_arabic_path_is_asked_for_in_utf_8(site: Site, client: Client) -> None:
    site.routes["/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7?%D8%A8"] = lambda it: it.reply(200, b"x")
    assert client.get(site.url("/سوريا?ب")).status == 200


def test_headers_in_bare_utf_8_are_read(site: Site, client: Client) -> None:
    """Octets such as 0x85 (in the letter meem) end no header line."""
    site.routes["/"] = lambda it: it.reply(200, b"x", X_Title="مممم سلام")
    assert client.get(site.url()).headers["x-title"] == "مممم سلام"


@pytest.mark.parametrize("name", PACKERS)
def test_every_offered_encoding_is_undone(site: Site, client: Client, name: str) -> None:
    encoding, pack = PACKERS[name]
    text = ("راصد " * 3000).encode()
    site.routes["/"] = lambda it: it.reply(200, pack(text), Content_Encoding=encoding)
    assert client.get(site.url()).body == text
    assert encoding in site.seen[0][1]["accept-encoding"]


def test_a_chunked_body_is_put_together(site: Site, client: Client) -> None:
    site.routes["/"] = lambda it: it.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    )
    assert client.get(site.url()).body == b"abcde"


def test_a_page_that_we_have_is_asked_for_conditionally(site: Site, client: Client) -> None:
    site.routes["/"] = lambda it: it.reply(304)
    assert client.get(site.url(), etag='W/"7"', last_modified="Mon, 18 Jan 2021 10:00:00 GMT").status == 304
    sent = site.seen[0][1]
    assert sent["if-none-match"] == 'W/"7"'
    assert sent["if-modified-since"] == "Mon, 18 Jan 2021 10:00:00 GMT"


@pytest.mark.parametrize("etag", ['"a"\r\nX-Evil: 1', '"\x00"', '"سلام"'])
def test_a_validator_that_no_header_can_carry_is_left_out(site: Site, client: Client, etag: str) -> None:
    site.routes["/"] = lambda it: it.reply(200, b"x")
    client.get(site.url(), etag=etag)
    assert not {"if-none-match", "x-evil"} & set(site.seen[0][1])


def test_one_client_serves_many_threads(site: Site, client: Client) -> None:
    """Each thread gets the body of its own page, over fewer connections than requests."""
    for n in range(60):
        site.routes[f"/{n}"] = lambda it: it.reply(200, it.path.encode())
    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda n: client.get(site.url(f"/{n}")).body, range(60)))
    assert bodies == [f"/{n}".encode() for n in range(60)]
    assert site.connections < 60


def test_no_proxy_is_taken_from_the_environment(site: Site, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would make the connection, and no guard would see where to."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.routes["/"] = lambda it: it.reply(200, b"direct")
    assert client.get(site.url()).body == b"direct"


def test_no_password_is_taken_from_the_environment(
    site: Site, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    site.routes["/"] = lambda it: it.reply(200, b"x")
    client.get(site.url())
    assert "authorization" not in site.seen[0][1]


def test_nothing_is_sent_that_was_not_asked_for(site: Site, client: Client) -> None:
    """Libraries add headers of their own; a header of the caller takes the place of ours, however it is written."""
    site.routes["/"] = lambda it: it.reply(200, b"x")
    client.get(site.url(), headers={"ACCEPT": "text/plain"})
    sent = site.seen[0][1]
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding"}
    assert sent["accept"] == "text/plain"


@pytest.mark.parametrize(
    "path", ["/a?", "/a?q", "/a?q=1&&b=%2F", "//a//b/", "/%d8%2Fb", "/~a;b='!*", "/a%20100%", "/a|[b]?|{c}^"]
)
def test_a_url_is_asked_for_as_it_is_serialised(site: Site, client: Client, path: str) -> None:
    """Not quoted, cut or put in order once more on its way: signed addresses would break."""
    url = site.url(path)
    assert urls.normalise(url) == url
    site.routes[path] = lambda it: it.reply(200, b"here")
    assert client.get(url).body == b"here"


def test_a_kept_connection_that_died_is_replaced(site: Site, client: Client) -> None:
    """The server hangs up on the second request of a connection; the request is sent again on a new one."""
    site.routes["/"] = lambda it: it.reply(200, b"x") if it.turn == 1 else it.sock.shutdown(socket.SHUT_RDWR)
    assert [client.get(site.url()).body for _ in range(3)] == [b"x"] * 3


def test_a_fetch_inside_on_hop_leaves_the_outer_one_its_budget(site: Site, client: Client) -> None:
    """Callers look up robots.txt while they pace a redirect."""
    site.routes["/a"] = lambda it: it.reply(302, Location="/b")
    site.routes["/b"] = site.routes["/robots.txt"] = lambda it: it.reply(200, it.path.encode())
    inner: list[bytes] = []
    answer = client.get(site.url("/a"), on_hop=lambda _: inner.append(client.get(site.url("/robots.txt")).body))
    assert (answer.body, inner) == (b"/b", [b"/robots.txt"])


@pytest.mark.parametrize("agent", ["راصد", "a\r\nX: y"])
def test_a_user_agent_that_cannot_be_sent_is_refused_at_once(agent: str) -> None:
    with pytest.raises(UsageError):
        Client(user_agent=agent)


# --- what is sent out ---------------------------------------------------------------------------------------------


def test_a_body_is_posted_with_its_headers(site: Site, client: Client) -> None:
    got: list[bytes] = []

    def hook(it: Exchange) -> None:
        got.append(it.body)
        it.reply(204)

    site.routes["/hook"] = hook
    answer = client.post(site.url("/hook"), body="خبر".encode(), headers={"Content-Type": "application/json"})
    assert (answer.status, got) == (204, ["خبر".encode()])
    assert site.seen[0][1]["content-type"] == "application/json"


def test_an_empty_body_is_posted_with_its_length(site: Site, client: Client) -> None:
    site.routes["/"] = lambda it: it.reply(200)
    client.post(site.url(), body=b"")
    sent = site.seen[0][1]
    assert (sent["content-length"], "transfer-encoding" in sent) == ("0", False)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, Retry), (429, Retry), (404, Gone), (403, Park), (302, Park), (304, Park)]
)
def test_a_post_that_was_not_taken_is_an_error(site: Site, client: Client, status: int, kind: type[ItemError]) -> None:
    """A redirect is not followed: it may lead what is sent to somebody else."""
    site.routes["/"] = lambda it: it.reply(status, Location="/elsewhere")
    with pytest.raises(kind, match=str(status)):
        client.post(site.url(), body=b"x")
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    ("location", "told"), [("/elsewhere", True), ("http://10.0.0.1/", False), ("ftp://example.org/", False), ("", True)]
)
def test_a_redirected_post_tells_where_to_if_that_may_be_asked(
    site: Site, client: Client, location: str, told: bool
) -> None:
    site.routes["/"] = lambda it: it.reply(308, Location=location)
    with pytest.raises(Park) as caught:
        client.post(site.url(), body=b"x")
    assert caught.value.code == "http_308"
    assert caught.value.evidence == {"location": site.url(location or "/") if told else None}


def test_all_link_headers_are_read(site: Site, client: Client) -> None:
    lines = "".join(f"Link: <https://hub{n}.example/>; rel=hub\r\nX-One: {n}\r\n" for n in range(3))
    site.routes["/"] = lambda it: it.raw(f"HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n".encode())
    headers = client.get(site.url()).headers
    assert headers["link"].count("rel=hub") == 3
    assert headers["x-one"] == "2"


def test_a_post_is_not_sent_twice(site: Site, client: Client) -> None:
    """The receiver may have taken it before it hung up."""
    site.routes["/"] = lambda it: it.reply(200, b"x") if it.turn == 1 else it.sock.shutdown(socket.SHUT_RDWR)
    client.get(site.url())
    with pytest.raises(Retry) as caught:
        client.post(site.url(), body=b"x")
    assert (caught.value.code, len(site.seen)) == ("connection_reset", 2)


def test_a_post_to_a_private_address_is_refused(site: Site) -> None:
    with pytest.raises(Skip, match="private_address"):
        _client("").post(site.url(), body=b"x")
    assert site.connections == 0


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PACKERS)
def test_a_bomb_is_given_up_at_the_limit(site: Site, client: Client, name: str) -> None:
    encoding, pack = PACKERS[name]
    bomb = pack(bytes(20_000_000))
    assert len(bomb) < LIMIT
    site.routes["/"] = lambda it: it.reply(200, bomb, Content_Encoding=encoding)
    assert _code(client, site.url(), Park) == "too_large"


def _announced(it: Exchange) -> None:
    it.raw(f"HTTP/1.1 200 OK\r\nContent-Length: {LIMIT + 1}\r\n\r\n".encode())


def _unannounced(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\n\r\n")
    it.flood(b"x" * 10_000)


def _endless_chunks(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    it.flood(b"400\r\n" + b"x" * 1024 + b"\r\n")


def _endless_interim_answers(it: Exchange) -> None:
    it.flood(b"HTTP/1.1 100 Continue\r\nX: " + b"y" * 1000 + b"\r\n\r\n")


@pytest.mark.parametrize("handler", [_announced, _unannounced, _endless_chunks, _endless_interim_answers])
def test_more_than_the_limit_is_not_read(site: Site, client: Client, handler: Callable[[Exchange], None]) -> None:
    site.routes["/"] = handler
    assert _code(client, site.url(), Park) == "too_large"


def test_a_body_of_exactly_the_limit_is_read(site: Site, client: Client) -> None:
    site.routes["/"] = lambda it: it.reply(200, b"x" * LIMIT)
    assert len(client.get(site.url()).body) == LIMIT


def _endless_headers(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\n")
    it.flood(b"X-More: y\r\n")


def _endless_header(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nX: ")
    it.flood(b"y" * 1000)


def _endless_chunk_size(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    it.flood(b"0" * 1000)


@pytest.mark.parametrize("handler", [_endless_headers, _endless_header, _endless_chunk_size])
def test_endless_lines_are_not_read_to_the_end(
    site: Site, client: Client, handler: Callable[[Exchange], None]
) -> None:  # fmt: skip
    site.routes["/"] = handler
    assert _code(client, site.url(), Retry) in ("bad_response", "broken_body")


def _slow_body(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n")
    it.drip(b"x")


def _slow_headers(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\n")
    it.drip(b"X")


def _slow_status(it: Exchange) -> None:
    it.drip(b"H")


def _slow_chunk_size(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    it.drip(b"0")


@pytest.mark.parametrize("handler", [_slow_body, _slow_headers, _slow_status, _slow_chunk_size])
def test_a_slow_drip_ends_at_the_deadline(site: Site, handler: Callable[[Exchange], None]) -> None:
    """Each byte comes well within the time for one read; only the deadline of the whole fetch can end it."""
    site.routes["/"] = handler
    assert _code(_client(deadline_seconds=0.5), site.url(), Retry) == "deadline"


def test_redirects_share_one_deadline(site: Site) -> None:
    """Hops that are quick enough one by one do not make a fetch that goes on for ever."""

    def slow_hop(it: Exchange) -> None:
        it.stopping.wait(0.2)
        it.reply(302, Location=f"/{int(it.path[1:]) + 1}")

    site.routes |= {f"/{n}": slow_hop for n in range(100)}
    assert _code(_client(deadline_seconds=0.5, max_redirects=90), site.url("/0"), Retry) == "deadline"


def test_the_time_that_pacing_takes_is_not_the_servers(site: Site) -> None:
    """A caller may wait out a crawl delay between two hops that is longer than the deadline."""
    site.routes |= {"/a": lambda it: it.reply(302, Location="/b"), "/b": lambda it: it.reply(200, b"x")}
    client = _client(deadline_seconds=0.6)
    assert client.get(site.url("/a"), on_hop=lambda _: time.sleep(0.8)).body == b"x"


def test_a_silent_server_is_left(site: Site) -> None:
    site.routes["/"] = lambda it: it.stopping.wait(10) and None
    assert _code(_client(read_seconds=0.2), site.url(), Retry) == "read_timeout"


# --- what goes wrong ----------------------------------------------------------------------------------------------


def _cut_off(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    it.sock.shutdown(socket.SHUT_RDWR)


def _cut_chunk(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc")
    it.sock.shutdown(socket.SHUT_RDWR)


def _bad_chunk(it: Exchange) -> None:
    it.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (_cut_off, "broken_body"),
        (_cut_chunk, "broken_body"),
        (_bad_chunk, "broken_body"),
        (lambda it: it.raw(b"220 ready\r\n\r\n"), "bad_response"),
        (lambda it: it.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n"), "bad_response"),
        (lambda it: it.sock.shutdown(socket.SHUT_RDWR), "connection_reset"),
        (lambda it: it.reply(200, b"plain", Content_Encoding="gzip"), "bad_encoding"),
        (lambda it: it.reply(200, gzip.compress(b"x" * 999)[:-9], Content_Encoding="gzip"), "bad_encoding"),
    ],
)
def test_a_broken_answer_is_tried_again_later(
    site: Site, client: Client, handler: Callable[[Exchange], None], code: str
) -> None:
    """The ledger gets a Retry with a code that says what broke, and the next fetch is none the worse."""
    site.routes |= {"/": handler, "/next": lambda it: it.reply(200, b"whole")}
    assert _code(client, site.url(), Retry) == code
    assert client.get(site.url("/next")).body == b"whole"


def test_an_encoding_that_was_never_offered_is_parked(site: Site, client: Client) -> None:
    site.routes["/"] = lambda it: it.reply(200, b"x", Content_Encoding="compress")
    assert _code(client, site.url(), Park) == "unknown_encoding"


def test_a_closed_port_refuses(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert _code(client, f"http://127.0.0.1:{port}/", Retry) == "connection_refused"


def test_a_name_without_an_address_is_tried_again_later() -> None:
    def nothing(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    assert _code(_client(resolve=nothing), "http://news.example.org/", Retry) == "dns_failure"


# --- redirects ----------------------------------------------------------------------------------------------------


def test_redirects_within_the_host_are_followed(site: Site, client: Client) -> None:
    """Relative, absolute and bare Arabic targets; the caller hears of each before it is asked for."""
    site.routes |= {
        "/1": lambda it: it.reply(301, b"moved", Location="2?x#y"),
        "/2?x": lambda it: it.reply(302, b"z" * 50_000, Location=site.url("/3")),
        "/3": lambda it: it.reply(307, Location="/محمد"),
        "/%D9%85%D8%AD%D9%85%D8%AF": lambda it: it.reply(200, b"here"),
    }
    steps: list[tuple[str, int]] = []
    answer = client.get(site.url("/1"), on_hop=lambda url: steps.append((url, len(site.seen))))
    expected = [site.url("/2?x"), site.url("/3"), site.url("/%D9%85%D8%AD%D9%85%D8%AF")]
    assert (answer.url, answer.body) == (expected[-1], b"here")
    assert answer.redirects == tuple(zip((301, 302, 307), expected, strict=True))
    assert steps == [(url, n) for n, url in enumerate(expected, start=1)]


def test_a_redirect_to_another_host_is_the_callers_to_pace(site: Site, client: Client) -> None:
    """Another port is another host; a public name is given back without being looked up."""
    site.routes |= {
        "/port": lambda it: it.reply(301, Location="http://127.0.0.1:1234/x"),
        "/name": lambda it: it.reply(308, Location="//news.example.org/س#a"),
    }
    answers = [client.get(site.url(path)) for path in ("/port", "/name")]
    assert [(it.status, it.headers["location"]) for it in answers] == [
        (301, "http://127.0.0.1:1234/x"),
        (308, "http://news.example.org/%D8%B3"),
    ]
    assert len(site.seen) == 2


def test_what_on_hop_raises_ends_the_fetch(site: Site, client: Client) -> None:
    site.routes["/"] = lambda it: it.reply(302, Location="/next")

    def not_yet(url: str) -> None:
        raise Retry("host_busy")

    with pytest.raises(Retry, match="host_busy"):
        client.get(site.url(), on_hop=not_yet)
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    ("location", "kind", "code"),
    [
        ("/", Park, "redirect_loop"),
        ("/#again", Park, "redirect_loop"),
        ("http://", Park, "bad_redirect"),
        ("mailto:a@example.org", Skip, "redirect_not_http"),
        ("file:///etc/passwd", Skip, "redirect_not_http"),
        ("intent://x", Skip, "redirect_not_http"),
        ("http://169.254.169.254/latest", Skip, "address_refused"),
        ("http://[::ffff:10.0.0.1]/", Skip, "address_refused"),
        ("http://0x0a000001/", Skip, "address_refused"),
        ("http://user:secret@example.org/", Skip, "url_refused"),
    ],
)
def test_a_redirect_that_leads_nowhere_good_is_not_followed(
    site: Site, client: Client, location: str, kind: type[ItemError], code: str
) -> None:
    site.routes["/"] = lambda it: it.reply(302, Location=location)
    assert _code(client, site.url(), kind) == code
    assert len(site.seen) == 1


def test_a_chain_that_is_too_long_is_parked_with_its_evidence(site: Site) -> None:
    site.routes |= {f"/{n}": lambda it: it.reply(302, Location=f"/{int(it.path[1:]) + 1}") for n in range(9)}
    with pytest.raises(Park) as caught:
        _client(max_redirects=3).get(site.url("/0"))
    assert caught.value.code == "too_many_redirects"
    assert caught.value.evidence == {"redirects": [[302, site.url(f"/{n}")] for n in range(1, 5)]}
    assert len(site.seen) == 4


def test_a_cookie_lives_for_one_fetch(site: Site, client: Client) -> None:
    """A site that redirects until its cookie comes back is read; the next fetch starts without it."""

    def gate(it: Exchange) -> None:
        if it.headers.get("cookie") == "seen=1; b=2":
            it.reply(200, b"inside")
        else:
            it.raw(
                b"HTTP/1.1 302 X\r\nLocation: /\r\nSet-Cookie: seen=1; Path=/; HttpOnly\r\n"
                b"Set-Cookie: b=2\r\nSet-Cookie: bad value=\x01\r\nContent-Length: 0\r\n\r\n"
            )

    site.routes["/"] = gate
    assert [client.get(site.url()).body for _ in range(2)] == [b"inside"] * 2
    assert ["cookie" in headers for _, headers in site.seen] == [False, True, False, True]


def test_no_cookie_survives_a_fetch(site: Site, client: Client) -> None:
    """Neither that of a page, nor of a redirect, nor of what was posted."""
    site.routes |= {
        "/": lambda it: it.reply(302, Location="/in", Set_Cookie="a=1; Path=/"),
        "/in": lambda it: it.reply(200, b"x", Set_Cookie="b=2; Path=/"),
        "/hook": lambda it: it.reply(200, b"x", Set_Cookie="c=3; Path=/"),
    }
    client.get(site.url())
    client.post(site.url("/hook"), body=b"x")
    client.get(site.url("/in"))
    assert [headers.get("cookie") for _, headers in site.seen] == [None, "a=1", None, None]


def test_a_redirect_status_without_a_target_is_an_answer(site: Site, client: Client) -> None:
    site.routes["/"] = lambda it: it.reply(302, b"where?")
    assert (client.get(site.url()).status, client.get(site.url()).body) == (302, b"where?")


# --- the guard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "127.0.0.1."])
def test_the_loopback_is_refused_in_every_spelling(site: Site, host: str) -> None:
    assert _code(_client(""), site.url(host=host), Skip) == "address_refused"
    assert site.connections == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.1", "::1"]])
def test_a_public_name_with_a_private_address_is_refused(site: Site, addresses: list[str]) -> None:
    """What a name resolves to decides, not how it looks; nothing is sent."""
    client = _client("", resolve=lambda host, port: addresses)
    assert _code(client, site.url(host="news.example.org"), Skip) == "address_refused"
    assert site.connections == 0


def test_a_name_that_changes_its_address_gains_nothing(site: Site) -> None:
    """The name is looked up once for a connection, and that very address is the one connected to."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    site.routes["/"] = lambda it: it.reply(200, b"x")
    client = _client("127.0.0.1", resolve=rebinding)
    url = site.url(host="news.example.org")
    assert client.get(url).body == b"x"
    assert asked == ["news.example.org"]
    client.close()
    assert _code(client, url, Skip) == "address_refused"
    assert client.get(url).body == b"x"


def test_an_address_that_may_be_contacted_is_taken_from_among_others(site: Site) -> None:
    site.routes["/"] = lambda it: it.reply(200, b"x")
    client = _client("127.0.0.1", resolve=lambda host, port: ["10.0.0.1", "127.0.0.1"])
    assert client.get(site.url(host="news.example.org")).body == b"x"


def test_a_dead_first_address_does_not_hide_the_second(site: Site) -> None:
    """Nothing listens on 127.0.0.3 at that port."""
    site.routes["/"] = lambda it: it.reply(200, b"x")
    client = _client("127.0.0.0/8", resolve=lambda host, port: ["127.0.0.3", "127.0.0.1"])
    assert client.get(site.url(host="news.example.org")).body == b"x"


@pytest.mark.parametrize("url", ["ftp://example.org/", "nothing", "http://example.org:22/", "https://u:p@example.org/"])
def test_what_is_no_page_is_refused(client: Client, url: str) -> None:
    assert _code(client, url, Skip) in ("url_refused", "address_refused")


# --- TLS ----------------------------------------------------------------------------------------------------------


def _tls_client(ca_file: str | None, **options: float) -> Client:
    guard = Guard("127.0.0.1", resolve=lambda host, port: ["127.0.0.1"])
    return Client(user_agent=AGENT, guard=guard, ca_file=ca_file, **options)  # type: ignore[arg-type]


def test_the_certificate_is_checked_against_the_name(secure_site: tuple[Site, str]) -> None:
    """The connection goes to a pinned address, the certificate must still be of the name; and be trusted."""
    site, ca_file = secure_site
    site.routes["/"] = lambda it: it.reply(200, b"secret")
    assert _tls_client(ca_file).get(site.url(host="news.example.org")).body == b"secret"
    assert _code(_tls_client(ca_file), site.url(host="other.example.org"), Retry) == "tls_failure"
    assert _code(_tls_client(None), site.url(host="news.example.org"), Retry) == "tls_failure"
    assert len(site.seen) == 1


def test_the_environment_adds_no_authority(secure_site: tuple[Site, str], monkeypatch: pytest.MonkeyPatch) -> None:
    site, ca_file = secure_site
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    monkeypatch.setenv("CURL_CA_BUNDLE", ca_file)
    assert _code(_tls_client(None), site.url(host="news.example.org"), Retry) == "tls_failure"
    assert site.seen == []


def test_certificates_are_checked_whatever_a_request_says(secure_site: tuple[Site, str]) -> None:
    site, _ = secure_site
    guard = Guard("127.0.0.1", resolve=lambda host, port: ["127.0.0.1"])
    wire.run_with(wire.Budget(seconds=5, read_seconds=5, connect_seconds=5))
    session = wire.session(guard, hosts=1, connections=1, ca_file=None)
    with pytest.raises(requests.exceptions.SSLError):
        session.get(site.url(host="news.example.org"), verify=False, timeout=5)
    assert site.seen == []


def test_the_limits_hold_inside_tls(secure_site: tuple[Site, str]) -> None:
    site, ca_file = secure_site
    site.routes |= {"/slow": _slow_body, "/endless": _unannounced}
    slow = _tls_client(ca_file, deadline_seconds=0.7)
    assert _code(slow, site.url("/slow", host="news.example.org"), Retry) == "deadline"
    small = _tls_client(ca_file, max_bytes=1000)
    assert _code(small, site.url("/endless", host="news.example.org"), Park) == "too_large"


def test_a_server_that_speaks_no_tls_is_a_tls_failure(site: Site) -> None:
    url = site.url(host="news.example.org").replace("http:", "https:")
    assert _code(_tls_client(None, read_seconds=1), url, Retry) in ("tls_failure", "connection_reset", "read_timeout")
