"""Sources, watches and hosts; sources are looked at through a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from rasid.discover.opml import read_opml
from rasid.discover.seeds import load_folder
from rasid.store.engine import transaction

FEED = (
    '<rss version="2.0"><channel><title>صدى الفرات</title><language>ar-sy</language>'
    "<item><title>خبر</title><link>/1</link></item><item><title>خبر ثان</title><link>/2</link></item></channel></rss>"
).encode()
PAGES: dict[str, tuple[str, bytes]] = {
    "/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /private/\nCrawl-delay: 0\n"),
    "/feed.xml": ("application/rss+xml; charset=utf-8", FEED),
    "/": ("text/html", b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'),
    "/plain": ("text/html", b"<html><body><p>Nothing here.</p></body></html>"),
    "/binary": ("application/octet-stream", b"\x00\x01\x02 nothing"),
    "/private/feed.xml": ("application/rss+xml", FEED),
}


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = PAGES.get(self.path, ("text/plain", b""))
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A news site on a port of its own that the address guard lets through."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    monkeypatch.setenv("RASID_FETCH_ALLOW", host)
    monkeypatch.setenv("RASID_HOST_DELAY", "0")
    yield f"http://{host}"
    server.shutdown()
    thread.join()
    server.server_close()


def _outlets(engine: Engine) -> int:
    with transaction(engine) as conn:
        return int(conn.execute(text("SELECT count(*) FROM outlets")).scalar_one())


def test_a_feed_is_looked_at_and_names_the_outlet(cli: Any, site: str) -> None:
    told = cli("sources", "add", f"{site}/feed.xml", "--country", "SY", "--delay", "3", "--json").one
    assert (told["what"], told["entries"], told["new_channels"]) == ("rss", 2, 1)
    (outlet,) = cli("sources", "list", "--json").lines
    assert (outlet["name"], outlet["language"], outlet["country"]) == ("صدى الفرات", "ar", "SY")
    assert outlet["delay_seconds"] == 3


def test_a_front_page_gives_the_feeds_that_it_names(cli: Any, site: str) -> None:
    told = cli("sources", "add", f"{site}/", "--json").one
    assert told["channels"] == [{"kind": "feed", "url": f"{site}/feed.xml"}]


@pytest.mark.parametrize(
    ("path", "options", "word"),
    [
        ("/plain", ["--kind", "section"], "names no articles"),
        ("/plain", ["--kind", "feed"], "not a feed"),
        ("/feed.xml", ["--kind", "sitemap"], "not a sitemap"),
        ("/binary", [], "is no feed"),
        ("/missing", [], "cannot be fetched"),
        ("/private/feed.xml", [], "robots"),
    ],
)
def test_what_cannot_be_watched_is_refused_and_nothing_is_stored(
    cli: Any, engine: Engine, site: str, path: str, options: list[str], word: str
) -> None:
    done = cli("sources", "add", f"{site}{path}", *options)
    assert (done.code, done.out, _outlets(engine)) == (1, "", 0)
    assert word in done.err
    assert done.err.count("\n") == 1


def test_wrong_words_are_wrong_usage(cli: Any, engine: Engine) -> None:
    for arguments in (
        ["ftp://sada.example/"],
        ["http://10.0.0.1/feed", "--no-check"],
        ["https://sada.example/f", "--no-check", "--kind", "podcast"],
        ["https://sada.example/f", "--no-check", "--country", "Syria"],
        ["https://sada.example/f", "--no-check", "--id", "Not An Id"],
    ):
        assert cli("sources", "add", *arguments).code == 2, arguments
    assert _outlets(engine) == 0


def test_seeds_go_in_and_come_out_again(cli: Any, tmp_path: Path) -> None:
    seed = tmp_path / "seeds" / "syria" / "sada.toml"
    seed.parent.mkdir(parents=True)
    seed.write_text(
        'name = "صدى"\nname_en = "Sada"\nfamily = "sada"\ncountry = "SY"\nlanguage = "ar"\n'
        'time_zone = "Asia/Damascus"\nhome = "https://sada.example/"\ndelay_seconds = 4.0\nnote = "للناس"\n'
        '[[channels]]\nkind = "feed"\nurl = "https://sada.example/feed.xml"\nunverified = true\nlanguage = "en"\n'
        'section = "رياضة"\nnote = "desk"\n'
        '[[channels]]\nkind = "section"\nurl = "https://sada.example/syria"\n[expect]\narticles_a_day = 20\n'.replace(
            "[expect]", '[[channels]]\nkind = "websub"\nurl = "https://sada.example/hub"\n[expect]'
        ),
        "utf-8",
    )
    assert cli("sources", "load", str(seed.parent.parent), "--json").one["new_channels"] == 3
    assert cli("sources", "load", str(seed), "--json").one["new_channels"] == 0
    out = tmp_path / "out"
    assert cli("sources", "export", "--format", "toml", "--out", str(out)).code == 0
    assert load_folder(out) == load_folder(seed.parent.parent)
    outline, topic = read_opml(cli("sources", "export").out.encode())
    assert (outline.title, outline.feed_url) == ("صدى", "https://sada.example/feed.xml")
    assert topic.feed_url == "https://sada.example/hub"


def test_a_list_of_feeds_goes_out_and_comes_in_again(cli: Any, engine: Engine, tmp_path: Path) -> None:
    """The same outlets come of it: ids, names, families, countries, languages, clocks; readers see folders."""
    file = tmp_path / "feeds.opml"
    for url, options in {
        "https://sada.example/a.xml": ["--id", "sada", "--country", "SY", "--language", "ar", "--name", "صدى الفرات"],
        "https://sada.example/b.xml": ["--id", "sada"],
        "https://nahr.example/ku.xml": ["--id", "nahr-ku", "--country", "IQ", "--language", "ku-Latn"],
        "https://bare.example/rss": [],
    }.items():
        assert cli("sources", "add", url, "--no-check", *options).code == 0
    cli("sources", "add", "https://sada.example/news", "--id", "sada", "--kind", "section", "--no-check")
    done = cli("sources", "export", "--opml", str(file))
    assert "1 channels are no feeds" in done.err
    folders = {outline.category for outline in read_opml(file.read_bytes())}
    assert folders == {("Syria", "Arabic"), ("Iraq", "Kurdish"), ()}
    assert cli("sources", "export", "--opml", "-").out.encode() == file.read_bytes()

    def told() -> list[dict[str, Any]]:
        names = ("id", "name", "family", "country", "language", "time_zone", "home")
        rows = cli("sources", "list", "--json").lines
        feeds = [sorted(one["url"] for one in row["channels"] if one["kind"] == "feed") for row in rows]
        return [{**{name: row[name] for name in names}, "feeds": urls} for row, urls in zip(rows, feeds, strict=True)]

    before = told()
    assert len(before) == 3
    with transaction(engine) as conn:
        conn.execute(text("DELETE FROM outlets"))
    assert cli("import", str(file), "--json").one["new_outlets"] == 3
    assert told() == before


def test_a_broken_seed_stores_nothing(cli: Any, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('name = "x"\n', "utf-8")
    done = cli("sources", "load", str(tmp_path))
    assert (done.code, _outlets(engine)) == (2, 0)
    assert "missing" in done.err


def test_a_name_that_leads_nowhere_is_said_to(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    done = cli("sources", "add", "https://nahr.invalid/")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "nahr.invalid does not resolve" in done.err
    assert "robots" not in done.err


def nowhere(*_: object, **__: object) -> list[object]:
    raise OSError(-2, "Name or service not known")


def test_removing_an_outlet_keeps_its_articles(cli: Any, filled: Any) -> None:
    assert cli("sources", "remove", "sada").code == 0
    assert cli("sources", "remove", "sada").code == 1
    assert cli("show", str(filled.first), "--json").one["source"] is None


def test_check_now_makes_channels_due(cli: Any, engine: Engine, filled: Any) -> None:
    with transaction(engine) as conn:
        conn.execute(text("UPDATE channels SET due_at = now() + interval '1 day'"))
    assert cli("sources", "check-now", "sada", "--json").one == {"due": 1}
    with transaction(engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM channels WHERE due_at > now()")).scalar_one() == 0
    assert cli("sources", "check-now", "nobody").code == 1


def test_one_outlet_shows_its_channels(cli: Any, filled: Any) -> None:
    assert "https://sada.example/feed.xml" in cli("sources", "list", "sada").out
    assert cli("sources", "list", "nobody").code == 2


# --- watches ------------------------------------------------------------------------------------------------------


def test_a_watch_is_set_listed_replaced_and_removed(cli: Any, tmp_path: Path) -> None:
    target = tmp_path / "تنبيهات.ndjson"
    assert cli("watches", "add", "مساعدات", "مساعدات -رياضة", "--file", str(target)).code == 0
    (watch,) = cli("watches", "list", "--json").lines
    assert (watch["query"], watch["via"], watch["target"]) == ("مساعدات -رياضة", "file", str(target))
    assert cli("watches", "add", "مساعدات", "قسد", "--json").one["replaced"] is True
    assert len(cli("watches", "list", "--json").lines) == 1
    assert cli("watches", "remove", "مساعدات").code == 0
    assert cli("watches", "remove", "مساعدات").code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["aid", '"open'],
        ["aid", "-only"],
        ["aid", "planet:mars"],
        ["", "قسد"],
        ["aid", "قسد", "--webhook", "not a url"],
        ["aid", "قسد", "--webhook", "http://127.0.0.1:9/hook"],
        ["aid", "قسد", "--log", "--file", "x"],
    ],
)
def test_a_watch_that_could_never_work_is_refused(cli: Any, arguments: list[str]) -> None:
    done = cli("watches", "add", "--", *arguments) if "--log" not in arguments else cli("watches", "add", *arguments)
    assert done.code == 2
    assert not cli("watches", "list", "--json").lines


def test_a_watch_whose_file_could_not_be_written_is_refused(cli: Any, tmp_path: Path) -> None:
    lost = tmp_path / "no" / "folder" / "a.ndjson"
    for target, word in ((lost, "there is no folder"), (tmp_path, "it is a folder")):
        done = cli("watches", "add", "aid", "قسد", "--file", str(target))
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert word in done.err
    assert cli("watches", "list", "--json").lines == []
    assert cli("watches", "add", "aid", "قسد", "--file", str(lost), "--no-check").code == 0


# --- hosts --------------------------------------------------------------------------------------------------------


def test_a_host_tells_its_pace_and_which_rule_decides(cli: Any, site: str) -> None:
    cli("sources", "add", f"{site}/feed.xml")
    host = site.removeprefix("http://")
    found = cli("hosts", "show", host, "--url", f"{site}/private/x", "--json").one
    assert found["robots_status"] == 200
    assert found["verdict"]["allowed"] is False
    assert "/private/" in found["verdict"]["rule"]
    assert cli("hosts", "show", host, "--url", f"{site}/open", "--json").one["verdict"]["allowed"] is True


def test_a_host_tells_what_robots_txt_refused_and_allowed(cli: Any, site: str) -> None:
    cli("sources", "add", f"{site}/feed.xml")
    host = site.removeprefix("http://")
    found = cli("hosts", "show", host, "--json").one
    assert found["delay_from"] in ("the default", "robots.txt")
    assert found["robots_allowed"] >= 1
    assert f"{site}/feed.xml" in [one["url"] for one in found["rulings"] if one["allowed"]]
    assert f"{site}/feed.xml" in cli("hosts", "show", host).out


def test_the_delay_of_a_host_is_set_and_taken_away(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASID_HOST_DELAY", "2")
    assert cli("hosts", "set", "https://Sada.Example/x", "--delay", "9", "--json").one["delay"] == 9
    assert [row["host"] for row in cli("hosts", "list", "--json").lines] == ["sada.example"]
    assert cli("hosts", "set", "sada.example", "--default", "--json").one["delay"] == 2
    assert cli("hosts", "set", "sada.example").code == 2
    assert cli("hosts", "show", "nobody.example").code == 1


def test_a_login_in_an_address_is_no_matter_of_exceptions(cli: Any, site: str) -> None:
    said = cli("sources", "add", f"{site.replace('://', '://name:word@')}/feed.xml")
    assert said.code == 2
    assert "credentials" in said.err
    assert "RASID_FETCH_ALLOW" not in said.err
