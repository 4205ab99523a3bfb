"""What is taken in at once: OPML, lists of URLs, sitemaps, archives."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from rasid.store.engine import transaction

OPML = """<?xml version="1.0"?><opml version="2.0"><head/><body><outline text="سوريا">
<outline type="rss" text="صدى" xmlUrl="https://sada.example/feed.xml" htmlUrl="https://sada.example/"/>
<outline type="rss" text="صدى رياضة" xmlUrl="https://sada.example/sport.xml" htmlUrl="https://www.sada.example/"/>
<outline type="rss" text="Inside" xmlUrl="http://10.0.0.8/feed.xml"/>
</outline></body></opml>"""


def test_opml_gives_one_outlet_a_site_and_refuses_private_addresses(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(OPML, "utf-8")
    told = cli("import", str(file), "--json").one
    assert (told["new_outlets"], told["new_channels"], told["refused"]) == (1, 2, 1)
    (outlet,) = cli("sources", "list", "--json").lines
    assert outlet["id"] == "sada-example"
    assert len(outlet["channels"]) == 2
    assert cli("import", str(file), "--json").one["new_channels"] == 0


def test_a_list_that_ends_before_its_end_is_taken_with_a_warning(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(OPML[: OPML.index('<outline type="rss" text="Inside')], "utf-8")
    done = cli("import", str(file))
    assert done.code == 0
    assert "cut short" in done.err
    assert cli("import", str(file), "--json").one["truncated"] == 1
    file.write_text(OPML, "utf-8")
    assert "cut short" not in cli("import", str(file)).err


def test_import_keeps_what_is_known_of_an_outlet(cli: Any, tmp_path: Path) -> None:
    cli("sources", "add", "https://sada.example/x.xml", "--no-check", "--name", "صدى الفرات", "--country", "SY")
    file = tmp_path / "feeds.opml"
    file.write_text(OPML, "utf-8")
    cli("import", str(file))
    (outlet,) = cli("sources", "list", "--json").lines
    assert (outlet["name"], outlet["country"], len(outlet["channels"])) == ("صدى الفرات", "SY", 3)


def test_a_url_list_becomes_links(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text("https://sada.example/1\nhttps://sada.example/2\n", "utf-8")
    assert cli("import", str(file), "--json").one["new"] == 2
    assert cli("status", "--json").one["links"]["found"] == 2


def test_old_pages_wait_behind_fresh_ones(cli: Any, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text("https://sada.example/1\n", "utf-8")
    cli("import", str(file))
    cli("submit", "https://sada.example/2")
    with transaction(engine) as conn:
        lanes = {row.url: row.lane for row in conn.execute(text("SELECT url, lane FROM links"))}
    assert lanes == {"https://sada.example/1": 2, "https://sada.example/2": 0}


def test_an_import_that_ended_is_not_done_twice_and_a_stopped_one_goes_on(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "urls.txt.gz"
    file.write_bytes(gzip.compress("".join(f"https://sada.example/{n}\n" for n in range(30)).encode()))
    assert cli("import", str(file), "--limit", "10", "--json").one["state"] == "stopped"
    moved = file.rename(tmp_path / "moved.gz")
    done = cli("import", str(moved), "--json")
    assert (done.one["state"], done.one["new"]) == ("done", 30)
    assert "going on where it stopped" in done.err
    once_more = cli("import", str(moved), "--json")
    assert (once_more.code, once_more.one["new"], once_more.one.get("known")) == (0, 30, None)
    assert "--again" in once_more.err
    assert cli("import", str(moved), "--again", "--json").one["known"] == 30
    (listed,) = cli("import", "--list", "--json").lines
    assert (listed["kind"], listed["state"]) == ("urls", "done")


@pytest.mark.parametrize(
    ("name", "body", "word"),
    [
        ("a.opml", b"<html><body>no</body></html>", "no OPML"),
        ("a.warc", b"no archive at all", "no WARC archive"),
        ("a.txt", b"nothing\n", "no line of it holds a URL"),
        ("a.gz", b"\x1f\x8b\x08\x00", "no line of it holds a URL"),
    ],
)
def test_what_cannot_be_taken_in_is_said_in_one_sentence(
    cli: Any, tmp_path: Path, name: str, body: bytes, word: str
) -> None:
    file = tmp_path / name
    file.write_bytes(body)
    done = cli("import", str(file))
    assert (done.code, done.out) == (2, "")
    assert word in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


@pytest.mark.parametrize("arguments", [(), ("x", "--as", "pdf"), ("x", "--since", "soon"),
                                       ("x", "--since", "2024-02", "--until", "2024-01"),
                                       ("/no/such/file",), ("x", "--source", "nobody")])  # fmt: skip
def test_wrong_usage_of_import(cli: Any, arguments: tuple[str, ...]) -> None:
    done = cli("import", *arguments)
    assert (done.code, done.err.count("\n")) == (2, 1)


# --- archives -----------------------------------------------------------------------------------------------------


def archive(*pages: tuple[str, bytes, str], compressed: bool = True) -> bytes:
    """A WARC file of (URL, body, day) answers."""
    out = []
    for url, body, day in pages:
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Target-URI: {url}\r\n"
            f"WARC-Date: {day}T06:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        )
        record = head.encode() + http + b"\r\n\r\n"
        out.append(gzip.compress(record) if compressed else record)
    return b"".join(out)


def page(number: int) -> bytes:
    return f"<html><title>خبر {number}</title><p>نص الخبر رقم {number}</p></html>".encode()


PAGES = [(f"https://sada.example/{n}", page(n), f"2021-01-{n:02d}") for n in range(1, 9)]


@pytest.mark.parametrize("compressed", [True, False])
def test_an_archive_gives_pages_that_wait_to_be_read(
    cli: Any, engine: Engine, tmp_path: Path, compressed: bool
) -> None:
    file = tmp_path / "old.warc.gz"
    file.write_bytes(archive(*PAGES, PAGES[0], compressed=compressed))
    told = cli("import", str(file), "--json").one
    assert (told["kind"], told["state"], told["new"], told["known"]) == ("warc", "done", 8, 1)
    with transaction(engine) as conn:
        rows = conn.execute(
            text("SELECT l.state, l.lane, l.found_at, p.fetched_at FROM links l JOIN pages p ON p.id = l.page_id")
        ).all()
        assert conn.execute(text("SELECT sum(n) FROM tallies WHERE stage = 'fetch'")).scalar() == 8
    assert {(row.state, row.lane) for row in rows} == {("fetched", 2)}
    assert {row.found_at.date().isoformat() for row in rows} == {day for _, _, day in PAGES}
    assert all(row.found_at == row.fetched_at for row in rows)


def test_an_archive_goes_on_where_it_stopped(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasid.cli.backfill._PAGES_A_PIECE", 2)
    file = tmp_path / "old.warc.gz"
    # Packed as a whole: no record has a place of its own in it.
    file.write_bytes(gzip.compress(archive(*PAGES, compressed=False)))
    assert cli("import", str(file), "--limit", "3", "--json").one["new"] == 4
    told = cli("import", str(file), "--json").one
    assert (told["state"], told["new"], told.get("known")) == ("done", 8, None)


def test_of_an_archive_only_what_is_wanted_is_taken(cli: Any, tmp_path: Path) -> None:
    cli("sources", "add", "https://nahr.example/feed.xml", "--no-check")
    file = tmp_path / "old.warc.gz"
    others = [("https://nahr.example/1", page(1), "2021-01-03"), ("http://10.0.0.8/1", page(2), "2021-01-03")]
    file.write_bytes(archive(*PAGES, *others))
    told = cli("import", str(file), "--watched", "--json").one
    assert (told["new"], told["other_host"]) == (1, 9)
    told = cli("import", str(file), "--since", "2021-01-02", "--until", "2021-01-03", "--json").one
    assert (told["new"], told["known"], told["refused_private_address"], told["other_days"]) == (2, 1, 1, 6)


# --- sitemaps -----------------------------------------------------------------------------------------------------

SITEMAP = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"
INDEX = "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</sitemapindex>"


@pytest.fixture
def outlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A site with an index of sitemaps by month; one of them is away at first."""
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        away = True

        def do_GET(self) -> None:
            asked.append(self.path)
            base = f"http://127.0.0.1:{self.server.server_address[1]}"
            bodies = {
                "/sitemap.xml": INDEX.format(
                    "".join(f"<sitemap><loc>{base}/map-{m}.xml.gz</loc></sitemap>" for m in ("2021-01", "2021-02", "x"))
                ),
                "/map-2021-01.xml.gz": SITEMAP.format(
                    "".join(f"<url><loc>{base}/2021/01/{d:02d}/خبر</loc></url>" for d in range(1, 11))
                ),
                "/map-2021-02.xml.gz": SITEMAP.format(f"<url><loc>{base}/2021/02/01/خبر</loc></url>"),
                "/map-x.xml.gz": SITEMAP.format(
                    f"<url><loc>{base}/a</loc><lastmod>2021-01-04</lastmod></url><url><loc>{base}/b</loc></url>"
                ),
            }
            body = bodies.get(self.path)
            if body is None or (self.path == "/map-x.xml.gz" and Site.away):
                self.send_error(404)
                return
            data = gzip.compress(body.encode()) if self.path.endswith(".gz") else body.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("RASID_FETCH_ALLOW", address)
    monkeypatch.setenv("RASID_HOST_DELAY", "0")
    yield type("Outlet", (), {"url": f"http://{address}/sitemap.xml", "asked": asked, "site": Site})
    server.shutdown()
    server.server_close()


def test_sitemaps_of_a_range_of_days_give_links_and_those_that_failed_are_asked_again(cli: Any, outlet: Any) -> None:
    arguments = ("import", outlet.url, "--since", "2021-01-03", "--until", "2021-01-06", "--json")
    first = cli(*arguments)
    assert (first.code, first.one["state"], first.one["new"]) == (1, "failed", 4)
    assert (first.one["other_days"], first.one["sitemaps_of_other_days"], first.one["unreadable"]) == (6, 1, 1)
    assert "/map-2021-02.xml.gz" not in outlet.asked
    outlet.site.away = False
    outlet.asked.clear()
    second = cli(*arguments)
    assert (second.code, second.one["state"], second.one["new"], second.one["undated"]) == (0, "done", 5, 1)
    assert "/map-2021-01.xml.gz" not in outlet.asked, "what was read is not asked for again"
    assert cli("import", outlet.url, "--json").one["new"] == 8


def test_a_sitemap_file_is_read_where_it_lies(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "sitemap.xml"
    file.write_text(SITEMAP.format("<url><loc>https://sada.example/2021/خبر</loc></url>"), "utf-8")
    assert cli("import", str(file), "--json").one["new"] == 1
    refused = cli("import", "https://sada.example/sitemap.xml", "--as", "warc")
    assert refused.code == 2
