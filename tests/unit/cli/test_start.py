"""The program itself: what it loads, how it ends, how it streams. Each test runs ``python -m rasid``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("celery", "sqlalchemy", "rich", "trafilatura", "pydantic_settings", "redis")


def _environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RASID_")}
    return {**kept, "RASID_HOME": str(tmp_path / "home"), "HOME": str(tmp_path), **more}


def _run(tmp_path: Path, *arguments: str, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "rasid", *arguments],
        input=stdin,
        capture_output=True,
        env=_environment(tmp_path, **more),
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["pipe", "url"], ["search", "--help"]])
def test_what_a_command_does_not_need_is_not_loaded(tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print('LOADED', *(m for m in {HEAVY!r} if m in sys.modules), file=sys.stderr))\n"
        f"sys.argv = ['rasid', *{arguments!r}]\n"
        "from rasid.cli import main\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"", capture_output=True, env=_environment(tmp_path))
    assert done.returncode == 0
    assert done.stderr.decode().splitlines()[-1].split() == ["LOADED"]


def test_a_filter_starts_without_the_other_commands_and_says_the_same_of_itself(tmp_path: Path) -> None:
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print('LOADED', 'rasid.cli.app' in sys.modules, file=sys.stderr))\n"
        "sys.argv = ['rasid', 'pipe', '--help']\n"
        "from rasid.cli import main\nmain()\n"
    )
    alone = subprocess.run([sys.executable, "-c", code], capture_output=True, env=_environment(tmp_path), check=True)
    among = subprocess.run(
        [sys.executable, "-c", "from rasid.cli.app import app; app(['pipe', '--help'], prog_name='rasid')"],
        capture_output=True, env=_environment(tmp_path), check=True,
    )  # fmt: skip
    assert alone.stderr.split()[-2:] == [b"LOADED", b"False"]
    assert alone.stdout == among.stdout


def test_an_error_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    done = _run(tmp_path, "status")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"rasid status: nothing here yet")
    assert done.stderr.count(b"\n") == 1


def test_an_unknown_setting_is_wrong_usage(tmp_path: Path) -> None:
    done = _run(tmp_path, "config", RASID_HOST_DELAYS="3")
    assert done.returncode == 2
    assert b"did you mean RASID_HOST_DELAY?" in done.stderr


@pytest.mark.parametrize("arguments", [["nonsense"], ["pipe"], ["pipe", "nope"], ["pipe", "url", "--jobs", "0"], []])
def test_wrong_usage_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    done = _run(tmp_path, *arguments)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    done = _run(tmp_path, "status", RASID_DATABASE_URL="postgresql://rasid:geheim@127.0.0.1:1/rasid")
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"geheim" not in done.stderr


def test_health_names_what_does_not_answer(tmp_path: Path) -> None:
    where = {
        "RASID_DATABASE_URL": "postgresql://127.0.0.1:1/rasid",
        "RASID_BROKER_URL": "redis://:geheim@127.0.0.1:1/0",
    }
    done = _run(tmp_path, "health", "--json", **where)
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], found["database"]["ok"], found["broker"]["ok"]) == (1, False, False, False)
    assert b"geheim" not in done.stdout


def test_processes_are_told_to_need_the_checkout(tmp_path: Path) -> None:
    """Where only the library is there, `up` says so instead of failing in the middle."""
    root = Path(__file__).resolve().parents[3]
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "rasid").symlink_to(root / "rasid")
    hide = (
        f"import sys; sys.path[:] = [{str(tmp_path / 'lib')!r}, *(p for p in sys.path if p not in ({str(root)!r}, ''))]"
    )
    code = f"{hide}\nsys.argv = ['rasid', 'up']\nfrom rasid.cli import main\nmain()\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=_environment(tmp_path), cwd=tmp_path, timeout=60
    )
    assert done.returncode == 2
    assert b"checkout" in done.stderr


# --- pipe ---------------------------------------------------------------------------------------------------------

LINES = b'{"id": 1, "url": "https://example.org/a"}\nnot json\n\n{"id": 2, "url": 5}\n{"id": 3, "url": "https://example.org/b"}'


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_line_is_answered_in_order(tmp_path: Path, jobs: str) -> None:
    """Blank lines are none; the last line needs no end."""
    done = _run(tmp_path, "pipe", "url", "--jobs", jobs, stdin=LINES)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [answer["id"] for answer in answers] == [1, None, 2, 3]
    assert ["error" in answer for answer in answers] == [False, True, True, False]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_answers_come_while_the_input_is_still_open(tmp_path: Path, jobs: str) -> None:
    """The filter can be used in a dialogue: a question, its answer, the next question."""
    with subprocess.Popen(
        [sys.executable, "-m", "rasid", "pipe", "url", "--jobs", jobs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(tmp_path),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for id in (1, 2):
            process.stdin.write(b'{"id": %d, "url": "https://example.org/"}\n' % id)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == id
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_line_beyond_the_limit_is_answered_and_skipped() -> None:
    from rasid.cli.pipe import read_lines

    reader, writer = os.pipe()
    os.write(writer, b'{"id": 1}\n' + b"x" * 500 + b"\n" + b'{"id": 2}\n')
    os.close(writer)
    lines = [line for line in read_lines(reader, limit=100) if line is not None]
    os.close(reader)
    assert (lines[0], lines[-1], len(lines)) == (b'{"id": 1}', b'{"id": 2}', 3)


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m rasid pipe url | head -n 1"
    lines = LINES.splitlines()[0] + b"\n"
    done = subprocess.run(
        ["sh", "-c", command], input=lines * 20_000, capture_output=True, env=_environment(tmp_path), timeout=60
    )
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_is_quiet_and_leaves_no_process(tmp_path: Path, jobs: str) -> None:
    process: Any = subprocess.Popen(
        [sys.executable, "-m", "rasid", "pipe", "url", "--jobs", jobs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(tmp_path),
        start_new_session=True,
    )
    process.stdin.write(LINES.splitlines()[0] + b"\n")
    process.stdin.flush()
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr.read() == b""  # at its end: nobody holds the other side any more
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def test_the_version_can_be_asked_for_without_a_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rasid", "--version"], capture_output=True, env=_environment(tmp_path), check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"rasid 0.")
