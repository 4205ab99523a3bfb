"""The demo as a stranger runs it: twice in one folder, by another user, on saved pages; and stopped in every way."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from rasid import urls
from rasid.embedded import Postgres
from rasid.model import State
from rasid.store.engine import make_engine, transaction

from .conftest import GONE_SECONDS, ROOT, assert_all_gone, demo, environment, kill, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

SMALL = ("--articles", "60")
SMALL_HOME = "demo-1-60"
KEYS = (
    *("discovered", "fetched", "articles", "copies", "stories", "entities", "alerts", "parked"),
    *("seconds", "articles_per_second"),
)


@dataclass(frozen=True)
class Sample:
    """The sample newsroom read twice: both summaries, what is stored after each, and the newsroom's truth.

    `rows` and `later` hold the articles by key; `places` the names marked in the first of each group.
    """

    first: dict[str, Any]
    second: dict[str, Any]
    truth: dict[str, Any]
    rows: dict[str, dict[str, Any]]
    later: dict[str, dict[str, Any]]
    places: dict[int, set[str]]

    @property
    def articles(self) -> dict[str, dict[str, Any]]:
        """What is true of each article, by key."""
        return {one["key"]: one for one in self.truth["urls"] if one["what"] in ("article", "copy")}


@pytest.fixture(scope="module")
def sample(module_base: Path) -> Sample:
    """``rasid demo --once --json`` twice in the same folder."""
    home = module_base / "demo"
    with demo(module_base, "--once", "--json", home="demo") as run:
        first = run.end()
    assert_all_gone(module_base)
    truth = json.loads((home / "newsroom.json").read_text("utf-8"))["truth"]
    rows, places = _stored(home, truth)
    with demo(module_base, "--once", "--json", home="demo") as run:
        second = run.end()
    assert_all_gone(module_base)
    later, _ = _stored(home, truth)
    return Sample(first, second, truth, rows, later, places)


def _stored(home: Path, truth: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[int, set[str]]]:
    """The articles of a stopped demo by their key (what came after the truth was told has none), and its places."""
    keys = {urls.normalise(one["url"]): one["key"] for one in truth["urls"]}
    with Postgres(home) as server:
        engine = make_engine(server.url)
        with transaction(engine) as conn:
            found = [dict(row._mapping) for row in conn.execute(text("SELECT * FROM articles ORDER BY id"))]
            places: dict[int, set[str]] = defaultdict(set)
            marked = "SELECT article_id, name, text FROM annotations WHERE what = 'place' OR kind = 'place'"
            for row in conn.execute(text(marked)):
                places[row.article_id] |= {name for name in (row.name, row.text) if name}
        engine.dispose()
    rows = {str(keys.get(urls.normalise(row["url"])) or f"new {row['id']}"): row for row in found}
    assert len(rows) == len(found), "an article is stored twice"
    return rows, dict(places)


# --- the sample newsroom


def test_summary_is_whole_and_adds_up(sample: Sample) -> None:
    told = sample.first
    assert set(KEYS) <= set(told)
    assert told["truths_met"] is True
    assert told["problems"] == []
    assert sum(told["states"].values()) == told["discovered"]
    assert told["states"]["done"] == told["articles"] == len(sample.rows)
    assert told["states"]["parked"] == told["parked"]
    assert {State(name) for name, n in told["states"].items() if n} <= {
        *(State.DONE, State.SKIPPED, State.GONE, State.PARKED)
    }
    assert min(told[name] for name in KEYS) > 0
    assert told["copies"] == sum(row["group_id"] != row["id"] for row in sample.rows.values())


def test_second_run_adds_nothing(sample: Sample) -> None:
    assert sample.second["truths_met"] is True
    assert sample.second["new_articles"] == 0
    for name in ("discovered", "articles", "copies", "stories", "alerts", "parked"):
        assert sample.second[name] == sample.first[name], name
    assert {k: (r["id"], r["version"]) for k, r in sample.later.items()} == {
        k: (r["id"], r["version"]) for k, r in sample.rows.items()
    }


def test_titles_languages_and_times_are_the_newsrooms_own(sample: Sample) -> None:
    pairs = [(sample.rows[key], one) for key, one in sample.articles.items()]
    assert sum(row["title"] == one["title"] for row, one in pairs) >= 0.98 * len(pairs)
    assert sum(row["language"] == one["language"] for row, one in pairs) >= 0.98 * len(pairs)
    dated = [(row["published_at"], datetime.fromisoformat(one["published_at"])) for row, one in pairs]
    on_time = sum(found is not None and abs((found - true).total_seconds()) < 60 for found, true in dated)
    assert on_time >= 0.95 * len(pairs)


def test_copies_are_folded_and_nothing_else(sample: Sample) -> None:
    group = {key: row["group_id"] for key, row in sample.rows.items()}
    groups = sample.truth["groups"].values()
    whole = sum(len({group[key] for key in keys}) == 1 for keys in groups)
    assert whole >= 0.95 * len(groups)
    first_of = {key: one["copy_of"] or key for key, one in sample.articles.items()}
    texts: dict[int, set[str]] = defaultdict(set)
    for key, first in first_of.items():
        texts[group[key]].add(first)
    wrong = sum(len(found) - 1 for found in texts.values())
    # Two reports of one event that share most of their words may pass for a reworded copy, now and then.
    assert wrong <= 0.01 * len(first_of), [found for found in texts.values() if len(found) > 1]


def test_stories_are_those_of_the_newsroom(sample: Sample) -> None:
    found = {key: sample.rows[key]["story_id"] for key in sample.articles}
    true = {key: one["story"] for key, one in sample.articles.items()}
    precision, recall = [], []
    for key in (key for key, story in true.items() if story):
        together = {other for other in found if found[other] == found[key]}
        belong = {other for other in true if true[other] == true[key]}
        precision.append(len(together & belong) / len(together))
        recall.append(len(together & belong) / len(belong))
    # B-cubed; the newsroom's reports of different events share much of their wording, more than real ones do.
    assert sum(precision) / len(precision) >= 0.70
    assert sum(recall) / len(recall) >= 0.75


def test_places_are_marked(sample: Sample) -> None:
    def is_marked(key: str, place: str) -> bool:
        return any(place in name for name in sample.places.get(sample.rows[key]["group_id"], ()))

    towns = [(key, one["places"][0]) for key, one in sample.articles.items() if one["places"]]
    everywhere = [(key, place) for key, one in sample.articles.items() for place in one["places"]]
    assert sum(is_marked(*each) for each in towns) >= 0.80 * len(towns)
    # Villages are too small for the gazetteer.
    assert sum(is_marked(*each) for each in everywhere) >= 0.50 * len(everywhere)


# --- other folders, other users, other programs


@pytest.fixture
def nobody() -> dict[str, Any]:
    """How to start a program as another user than root, who tests here."""
    if os.geteuid() != 0:
        pytest.skip("the tests themselves run as an ordinary user")
    options: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
    try:
        subprocess.run([sys.executable, "-c", "import rasid"], cwd=ROOT, check=True, **options)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Python or the checkout lies where only root may enter")
    return options


def test_an_ordinary_user_may_run_it(base: Path, nobody: dict[str, Any]) -> None:
    os.chown(base, nobody["user"], nobody["group"])
    with demo(base, "--once", "--json", *SMALL, home=SMALL_HOME, **nobody) as run:
        assert run.end()["truths_met"] is True
    assert {path.stat().st_uid for path in (base / SMALL_HOME).rglob("*")} == {nobody["user"]}
    assert_all_gone(base)


def test_a_taken_port_a_second_demo_and_ctrl_c(base: Path) -> None:
    with _taken(*range(18_200, 18_210), 5555), _terminal(base, *SMALL) as terminal:
        terminal.wait_for("Ctrl-C")
        said = terminal.wait_for(r"Flower .*? http://127\.0\.0\.1:(\d+)/?\s+login (\S+) / (\S+)")
        port, user, password = said.groups()
        assert port != "5555"
        assert json.loads((base / SMALL_HOME / "newsroom.json").read_text("utf-8"))["ports"]["khabur"] >= 18_210
        assert _status(port, None) == 401
        assert _status(port, (user, password)) == 200
        before = (base / SMALL_HOME / "newsroom.json").read_bytes()
        with demo(base, "--once", *SMALL, home=SMALL_HOME) as second:
            assert second.process.wait(60) == 2
            (line,) = second.said().splitlines()
            assert "another demo" in line
            assert str(base / SMALL_HOME) in line
        assert (base / SMALL_HOME / "newsroom.json").read_bytes() == before, "the first one is not disturbed"
        assert _status(port, (user, password)) == 200
        terminal.press_ctrl_c()
        assert terminal.wait() == 0
    assert "Traceback" not in terminal.seen
    assert_all_gone(base)


@pytest.mark.parametrize("by", ["kill -9 of the demo", "kill -9 of its supervisor"])
def test_nothing_remains_of_a_demo_that_is_killed(base: Path, by: str) -> None:
    with demo(base, "--once", *SMALL, home=SMALL_HOME) as run:
        until(lambda: re.search(r"[1-9]\d* links", run.said()) or run.process.poll() is not None, "it reads")
        assert run.process.poll() is None, run.said()
        if by == "kill -9 of the demo":
            kill(run.process.pid)
            assert run.process.wait(60) == -signal.SIGKILL
        else:
            kill(run.stack()["pid"])
            assert run.process.wait(60) == 1
            assert run.said().strip().splitlines()[-1].startswith("rasid demo: the database does not answer")
        assert "Traceback" not in run.said()
    assert_all_gone(base)


def test_ctrl_c_while_it_starts(base: Path) -> None:
    with demo(base, *SMALL, home=SMALL_HOME) as run:
        until((run.home / "postgres").exists, "the database is made")
        os.killpg(run.process.pid, signal.SIGINT)
        assert run.process.wait(60) == 130
        assert "Traceback" not in run.said()
    assert_all_gone(base)


@contextmanager
def _taken(*ports: int) -> Iterator[None]:
    """Hold these ports, as another program would; one that is taken already will do."""
    with ExitStack() as held:
        for port in ports:
            holder = held.enter_context(socket.socket())
            with suppress(OSError):
                holder.bind(("127.0.0.1", port))
                holder.listen()
        yield


def _status(port: str, login: tuple[str, str] | None) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/")
    if login is not None:
        request.add_header("Authorization", "Basic " + b64encode(":".join(login).encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


class _Terminal:
    """A terminal in which a demo runs."""

    def __init__(self, process: subprocess.Popen[bytes], fd: int) -> None:
        self._process, self._fd = process, fd
        os.set_blocking(fd, False)
        self.seen = ""

    def _read(self) -> None:
        with suppress(BlockingIOError, OSError):
            while part := os.read(self._fd, 65_536):
                plain = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", part)
                self.seen += plain.decode("utf-8", "replace").replace("\r\n", "\n")

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until it shows what `pattern` describes."""

        def look() -> re.Match[str] | None:
            self._read()
            assert self._process.poll() is None, self.seen
            return re.search(pattern, self.seen)

        found: re.Match[str] = until(look, f"{pattern} on the terminal")
        return found

    def press_ctrl_c(self) -> None:
        os.write(self._fd, b"\x03")

    def wait(self) -> int:
        """Its exit code."""

        def ended() -> bool:
            self._read()
            return self._process.poll() is not None

        until(ended, "the end", seconds=2 * GONE_SECONDS)
        return int(self._process.returncode)


@contextmanager
def _terminal(base: Path, *arguments: str) -> Iterator[_Terminal]:
    """``rasid demo`` as the foreground job of a terminal."""
    ours, theirs = pty.openpty()
    # A session of its own whose terminal this is: the line discipline turns ^C into SIGINT for the foreground group.
    start = (
        "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", start, sys.executable, "-m", "rasid", "demo", *arguments]
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=environment(RASID_HOME=str(base), COLUMNS="300", TERM="xterm"),
    )
    os.close(theirs)
    try:
        yield _Terminal(process, ours)
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait()


# --- saved pages


def test_saved_pages_pass_through_the_whole_way(base: Path) -> None:
    tar = _tar(base / "صفحات.tar.gz", _pages())
    with demo(base, "--once", "--json", f"--pages={tar}", home="pages") as run:
        told = run.end()
    assert (told["articles"], told["discovered"], told["parked"]) == (len(_pages()), len(_pages()), 0)
    (home,) = base.glob("demo-pages-*/")
    with Postgres(home) as server:
        engine = make_engine(server.url)
        with transaction(engine) as conn:
            found = {row.title: row for row in conn.execute(text("SELECT * FROM articles"))}
        engine.dispose()
    titles = [title for title, _, _ in _TEXTS]
    assert sorted(found) == sorted(titles)
    for title, lead, language in _TEXTS:
        assert lead in found[title].text
        assert found[title].language == language
    assert {found[title].charset for title in titles} >= {"windows-1256", "utf-8"}
    assert_all_gone(base)


_TEXTS = (
    ("وصول قافلة مساعدات إلى القامشلي", "وصلت إلى مدينة القامشلي صباح الأحد قافلة من ثلاثين شاحنة تحمل الدقيق.", "ar"),
    ("إصلاح محطة المياه في الحسكة", "أنهت ورشات الصيانة في الحسكة إصلاح المضخات بعد أسبوعين من الانقطاع.", "ar"),
    ("معرض للكتاب في مدينة الرقة", "افتتح في الرقة معرض للكتاب يشارك فيه خمسون ناشرا من أنحاء المنطقة.", "ar"),
    (
        "New bridge opens over the Euphrates",
        "Engineers opened a bridge across the river on Sunday after two years.",
        "en",
    ),
)
_MORE = {
    "ar": (
        "وقال مسؤول محلي إن العمل سيتواصل خلال الأيام المقبلة بمشاركة عدد من المنظمات، وإن الأهالي رحبوا بالخطوة.",
        "وأضاف أن {n} عائلة ستستفيد منها في المرحلة الأولى، على أن تشمل المرحلة الثانية القرى المجاورة كلها.",
    ),
    "en": (
        "A local official said that work would go on over the coming days, and that residents had welcomed the step.",
        "He added that {n} families would benefit at first, and that the villages nearby would follow later this year.",
    ),
}


def _pages() -> dict[str, bytes]:
    """Pages by file name: Arabic names, and one in windows-1256 that does not say so."""
    names = ("أخبار/قافلة.html", "المياه 2.html", "book-fair.htm", "bridge.html")
    made = {}
    for n, (name, (title, lead, language)) in enumerate(zip(names, _TEXTS, strict=True)):
        more = "".join(f"<p>{sentence.format(n=120 + 37 * n)}</p>" for sentence in _MORE[language])
        html = (
            f"<!DOCTYPE html><html><head><title>{title}</title></head><body><nav><a href='/'>الرئيسية</a></nav>"
            f"<article><h1>{title}</h1><p>{lead}</p>{more}</article></body></html>"
        )
        made[name] = html.encode("cp1256" if n == 2 else "utf-8")
    return made


def _tar(path: Path, pages: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, body in pages.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(body), int(time.time())
            tar.addfile(member, BytesIO(body))
    return path


@pytest.mark.corpus
def test_real_pages_are_articles(corpus: Path, base: Path) -> None:
    folder = corpus / "html-fundus"
    originals = {name: one["url"] for name, one in json.loads((folder / "truth.json").read_text("utf-8")).items()}
    (base / "map.json").write_text(json.dumps(originals), "utf-8")
    pages = [f"--pages={folder / 'pages.tar.xz'}", f"--map={base / 'map.json'}"]
    with demo(base, "--once", "--json", *pages, home="pages") as run:
        told = run.end()
    assert told["discovered"] == len(originals)
    assert sum(told["states"].values()) == len(originals)
    assert told["articles"] >= 0.95 * len(originals), told["states"]
    assert told["parked"] == 0
    assert_all_gone(base)
