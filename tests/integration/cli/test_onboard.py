"""A site is looked at through a real server: what it offers, whom it belongs to, and what becomes of that."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from rasid.discover.seeds import read_seed
from rasid.store.engine import transaction

_BODY = (
    "<p>دير الزور - افتتحت وزارة النقل السورية اليوم الخميس جسراً جديداً على نهر الفرات يربط مدينة دير الزور بريفها "
    "الشرقي بعد أعمال استمرت سبعة عشر شهراً، وحضر الحفل محافظ دير الزور وعدد من أهالي القرى المجاورة.</p><p>وقال "
    "المهندس سامر الخطيب مدير المشروع إن الجسر يبلغ طوله 412 متراً وعرضه 14 متراً ويتحمل عبور الشاحنات الثقيلة، "
    "مضيفاً أن كلفته بلغت نحو تسعة ملايين دولار دفعتها الوزارة من موازنتها للعام الماضي.</p>"
)


class Outlet:
    """A site whose answers a test sets: path to (status, type, body); a status of 301 takes the body for its target."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        self.once: dict[str, int] = {}
        outlet = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outlet.asked.append(self.path)
                status, kind, body = outlet.pages.get(self.path, (404, "text/plain", b""))
                status = outlet.once.pop(self.path, status)
                self.send_response(status)
                if status == 301:
                    self.send_header("Location", body.decode())
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def put(self, path: str, body: str | bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        self.pages[path] = (status, kind, body.encode() if isinstance(body, str) else body)

    def article(self, number: int) -> None:
        self.put(
            f"/news/{10_000 + number}",
            f'<html lang="ar"><head><title>خبر {number} عن جسر الفرات الجديد</title>'
            '<meta property="og:type" content="article"></head><body><article>'
            f"<h1>خبر {number} عن جسر الفرات الجديد</h1>{_BODY}</article></body></html>",
        )

    def feed(self, path: str, numbers: Any, *, title: str = "صدى الفرات", language: str = "ar") -> None:
        now = datetime.now(UTC)
        items = "".join(
            f"<item><title>خبر {n} عن جسر الفرات الجديد</title><link>{self.base}/news/{10_000 + n}</link>"
            f"<pubDate>{format_datetime(now - timedelta(hours=2 * place + 1))}</pubDate></item>"
            for place, n in enumerate(numbers)
        )
        self.put(
            path,
            f'<rss version="2.0"><channel><title>{title}</title><language>{language}</language>{items}</channel></rss>',
            "application/rss+xml",
        )

    def news_sitemap(self, path: str, numbers: Any) -> None:
        now = datetime.now(UTC)
        rows = "".join(
            f"<url><loc>{self.base}/news/{10_000 + n}</loc><news:news><news:publication_date>"
            f"{(now - timedelta(hours=n)).isoformat()}</news:publication_date><news:title>خبر {n}</news:title>"
            "</news:news></url>"
            for n in numbers
        )
        self.put(
            path,
            gzip.compress(
                (
                    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
                    f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{rows}</urlset>'
                ).encode()
            ),
            "application/gzip",
        )

    def front(self, *, feeds: tuple[str, ...] = (), more: str = "") -> None:
        named = "".join(f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in feeds)
        heads = "".join(
            f'<h2><a href="/news/{10_000 + n}">خبر {n} عن جسر الفرات الجديد في المدينة</a></h2>' for n in range(6)
        )
        self.put(
            "/",
            f'<html lang="ar-SY"><head><title>الرئيسية | صدى الفرات</title>{named}</head><body>'
            f'<nav><a href="/">الرئيسية</a><a href="/local">محليات</a></nav><main>{heads}</main>{more}'
            "<footer>دير الزور، سوريا</footer></body></html>",
        )


@pytest.fixture
def outlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outlet]:
    made = Outlet()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setenv("RASID_FETCH_ALLOW", "127.0.0.1")
    monkeypatch.setenv("RASID_HOST_DELAY", "0")
    for number in range(30):
        made.article(number)
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def _outlets(engine: Engine) -> int:
    with transaction(engine) as conn:
        return int(conn.execute(text("SELECT count(*) FROM outlets")).scalar_one())


def test_a_site_is_known_after_one_look(cli: Any, outlet: Outlet) -> None:
    """Feeds are folded, the news sitemap is found through robots.txt and its index, and the outlet is told."""
    outlet.put("/robots.txt", f"User-agent: *\nDisallow: /private\nSitemap: {outlet.base}/maps.xml\n", "text/plain")
    outlet.put(
        "/maps.xml",
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{outlet.base}/news.xml.gz</loc></sitemap></sitemapindex>",
        "application/xml",
    )
    outlet.news_sitemap("/news.xml.gz", range(20))
    outlet.feed("/rss.xml", range(10), language="ar-SY")
    outlet.feed("/feed", range(10), language="ar-SY")
    outlet.feed("/comments/feed", range(60, 65), title="تعليقات")
    outlet.front(feeds=("/comments/feed", "/rss.xml", "/feed", "/private/feed"))
    told = cli("sources", "add", outlet.base, "--json").one
    assert told["channels"] == [
        {"kind": "feed", "url": f"{outlet.base}/feed"}, {"kind": "news_sitemap", "url": f"{outlet.base}/news.xml.gz"},
    ]  # fmt: skip
    found = {one["url"].removeprefix(outlet.base): one for one in told["found"]}
    assert found["/rss.xml"]["same_as"] == f"{outlet.base}/feed"
    assert found["/comments/feed"]["why"] == "comments of readers"
    assert "robots_refused" in found["/private/feed"]["why"]
    assert found["/feed"]["state"] == "fresh"
    assert 8 < found["/feed"]["per_day"] < 16
    assert (told["name"], told["language"], told["country"], told["time_zone"]) == (
        "صدى الفرات", "ar", "SY", "Asia/Damascus",
    )  # fmt: skip
    assert [one["code"] for one in told["trial"]] == [None] * 4
    assert told["fill"] == {"title": 1.0, "date": 1.0, "author": 0.0, "text": 1.0}
    assert told["health"]["score"] == 94
    assert "/private/feed" not in outlet.asked
    assert told["requests"] == len(outlet.asked)


def test_feeds_at_usual_addresses_are_found(cli: Any, outlet: Outlet) -> None:
    outlet.front()
    outlet.put("/rss", '<html><body><a href="/rss/all.xml">كل الأخبار</a></body></html>')
    outlet.feed("/rss/all.xml", range(8))
    told = cli("sources", "add", outlet.base, "--json").one
    assert told["channels"] == [{"kind": "feed", "url": f"{outlet.base}/rss/all.xml"}]


def test_without_a_feed_the_front_page_and_its_sections_are_watched(cli: Any, outlet: Outlet) -> None:
    outlet.front()
    heads = "".join(f'<h2><a href="/news/{10_000 + n}">خبر {n} من المحافظات كلها</a></h2>' for n in range(10, 20))
    outlet.put("/local", f"<html lang='ar'><body><nav><a href='/'>الرئيسية</a></nav>{heads}</body></html>")
    told = cli("sources", "add", outlet.base, "--json").one
    assert {(one["kind"], one["url"].removeprefix(outlet.base)) for one in told["channels"]} == {
        ("section", "/"), ("section", "/local"),
    }  # fmt: skip
    assert all(one["code"] is None for one in told["trial"])


def test_a_site_without_anything_is_refused_in_one_sentence(cli: Any, engine: Engine, outlet: Outlet) -> None:
    outlet.put("/", "<html><body><p>قريبا</p></body></html>")
    done = cli("sources", "add", outlet.base)
    assert (done.code, done.out, done.err.count("\n"), _outlets(engine)) == (1, "", 1, 0)
    assert "names no feed" in done.err


def test_the_ceiling_of_requests_holds(cli: Any, outlet: Outlet) -> None:
    outlet.front(feeds=tuple(f"/feed/{n}" for n in range(8)))
    for n in range(8):
        outlet.feed(f"/feed/{n}", range(n * 3, n * 3 + 10))
    told = cli("sources", "add", outlet.base, "--json", "--requests", "7", "--trial", "2").one
    assert len(outlet.asked) == told["requests"] <= 7
    assert told["cut_short"] is True
    assert len(told["trial"]) == 2


def test_the_table_shows_what_was_found_and_nothing_is_stored_on_a_dry_run(
    cli: Any, engine: Engine, outlet: Outlet
) -> None:
    outlet.feed("/feed", range(10))
    outlet.front(feeds=("/feed",))
    done = cli("sources", "add", outlet.base, "--dry-run")
    assert (done.code, _outlets(engine)) == (0, 0)
    for word in ("صدى الفرات", "Asia/Damascus", "the best feed", "fresh", "health:", "94 of 100", "title 100 %"):
        assert word in done.out, word


def test_a_seed_file_is_written_in_place_of_watching(cli: Any, engine: Engine, outlet: Outlet, tmp_path: Path) -> None:
    outlet.feed("/feed", range(10))
    outlet.front(feeds=("/feed",))
    file = tmp_path / "sada.toml"
    assert cli("sources", "add", outlet.base, "--id", "sada", "--toml", str(file)).code == 0
    seed = read_seed(file)
    assert (seed.id, seed.name, seed.country, seed.language) == ("sada", "صدى الفرات", "SY", "ar")
    assert [one.url for one in seed.channels] == [f"{outlet.base}/feed"]
    on_stdout = cli("sources", "add", outlet.base, "--toml", "-")
    assert read_seed(on_stdout.out, outlet_id="sada").name == "صدى الفرات"
    assert _outlets(engine) == 0
    assert cli("sources", "add", outlet.base, "--toml", str(tmp_path / "no" / "x.toml")).code == 2


def test_what_the_caller_says_and_what_is_known_beats_what_the_site_says(cli: Any, outlet: Outlet) -> None:
    outlet.feed("/feed", range(10))
    outlet.front(feeds=("/feed",))
    first = cli("sources", "add", outlet.base, "--country", "LB", "--name", "الصدى", "--json").one
    assert (first["country"], first["time_zone"], first["name"]) == ("LB", "Asia/Beirut", "الصدى")
    again = cli("sources", "add", outlet.base, "--json").one
    assert (again["country"], again["name"], again["new_channels"]) == ("LB", "الصدى", 0)


def test_an_article_stands_for_its_outlet(cli: Any, outlet: Outlet) -> None:
    outlet.front()
    told = cli("sources", "add", f"{outlet.base}/news/10003", "--json").one
    assert told["home"] == f"{outlet.base}/"
    assert told["channels"] == [{"kind": "section", "url": f"{outlet.base}/"}]


def test_the_page_of_an_edition_is_its_front(cli: Any, outlet: Outlet) -> None:
    outlet.feed("/arabic/rss.xml", range(9))
    outlet.front(feeds=("/arabic/rss.xml",))
    outlet.pages["/arabic"] = outlet.pages.pop("/")
    assert cli("sources", "add", f"{outlet.base}/arabic", "--json").one["home"] == f"{outlet.base}/arabic"


def test_a_site_that_stumbles_once_is_asked_once_more(
    cli: Any, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RASID_RETRY_BASE_SECONDS", "0.1")
    outlet.feed("/feed", range(9))
    outlet.front(feeds=("/feed",))
    outlet.once["/robots.txt"] = 503
    assert cli("sources", "add", outlet.base, "--json").one["channels"] == [
        {"kind": "feed", "url": f"{outlet.base}/feed"}
    ]


# --- looking again ------------------------------------------------------------------------------------------------


@pytest.fixture
def watched(cli: Any, outlet: Outlet) -> Outlet:
    """An outlet with four channels whose site is not what it was."""
    outlet.feed("/feed", range(10))
    outlet.feed("/old.xml", range(20, 25))
    outlet.feed("/blog", range(25, 28))
    outlet.front(feeds=("/feed", "/old.xml", "/blog"))
    told = cli("sources", "add", outlet.base, "--id", "sada", "--language", "en", "--json").one
    assert len(told["channels"]) == 3
    outlet.put("/feed", f"{outlet.base}/rss.xml", status=301)
    outlet.feed("/rss.xml", range(10))
    del outlet.pages["/old.xml"]
    outlet.feed("/sport.xml", range(12, 20))
    outlet.front(feeds=("/rss.xml", "/sport.xml"))
    return outlet


def test_a_check_says_what_has_changed_and_changes_nothing(cli: Any, watched: Outlet) -> None:
    (told,) = cli("sources", "check", "sada", "--json").lines
    found = {(one["what"], one["do"], (one["url"] or "").removeprefix(watched.base)) for one in told["changes"]}
    assert found == {
        ("moved", "move", "/feed"), ("vanished", "remove", "/old.xml"), ("new", "add", "/sport.xml"),
        ("language", "set", ""),
    }  # fmt: skip
    assert told["applied"] == 0
    assert told["health"]["word"] == "good"
    (again,) = cli("sources", "check", "--all", "--json").lines
    assert len(again["changes"]) == 4
    shown = cli("sources", "check", "sada")
    assert "vanished" in shown.out
    assert "--apply makes 4 of these changes" in shown.err


def test_changes_are_made_where_that_is_asked_for(cli: Any, watched: Outlet) -> None:
    assert cli("sources", "check", "sada", "--apply", "--json").one["applied"] == 4
    (row,) = cli("sources", "list", "--json").lines
    assert {one["url"].removeprefix(watched.base) for one in row["channels"]} == {"/rss.xml", "/blog", "/sport.xml"}
    assert row["language"] == "ar"
    assert cli("sources", "check", "sada", "--json").one["changes"] == []


def test_a_site_that_is_away_changes_nothing(cli: Any, watched: Outlet) -> None:
    for path in list(watched.pages):
        watched.put(path, b"", status=503)
    (told,) = cli("sources", "check", "sada", "--apply", "--json").lines
    assert told["applied"] == 0
    assert {one["do"] for one in told["changes"]} <= {"wait"}


def test_an_interrupt_ends_a_check_before_its_next_request(
    cli: Any, watched: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sites that are asked just then make no further request."""

    def interrupt(self: Any, calls: Any, rows: Any) -> None:
        self.submit(calls, rows[0])
        while not watched.asked:
            time.sleep(0.01)
        raise KeyboardInterrupt

    watched.asked.clear()
    assert cli("sources", "check", "sada").code == 0
    whole = len(watched.asked)
    watched.asked.clear()
    monkeypatch.setattr("rasid.cli.recheck.ThreadPoolExecutor.map", interrupt)
    assert cli("sources", "check", "sada").code == 130
    assert len(watched.asked) < whole


def test_a_check_wants_to_know_of_whom(cli: Any, watched: Outlet) -> None:
    assert cli("sources", "check").code == 2
    assert cli("sources", "check", "nobody").code == 2


def test_what_an_outlets_pages_taught_is_shown(cli: Any, filled: Any, engine: Engine) -> None:
    with transaction(engine) as conn:
        conn.execute(
            text(
                "INSERT INTO links (key, url, fetch_url, host, outlet_id, state, code) "
                "SELECT decode(md5(n::text), 'hex'), 'https://nahr.example/lists/' || n, '', 'nahr.example', 'nahr', "
                "'skipped', 'not_article_listing' FROM generate_series(1, 6) n"
            )
        )
    rows = {row["shape"]: row for row in cli("sources", "shapes", "nahr", "--json").lines}
    assert rows["nahr.example/lists/9"] == {"shape": "nahr.example/lists/9", "articles": 0, "others": 6, "points": -20}
    assert rows["nahr.example/9"]["articles"] == 2
    assert "nahr.example/lists/9" in cli("sources", "shapes", "nahr").out
    assert cli("sources", "shapes", "nobody").code == 2
