"""The layout of a home, and the lock that keeps a second supervisor out."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rasid.embedded.account import Account, can_enter, can_read
from rasid.embedded.home import Home, make_private
from rasid.errors import UsageError

HOLDER = """
import sys, time
from rasid.embedded.home import Home
with Home(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_supervisor_is_told_who_holds_the_home(folder: Path) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=f"in use by process {holder.pid}"), Home(folder).lock():
            pass
        holder.kill()
        holder.wait()
        with Home(folder).lock():
            assert Home(folder).lock_file.read_text() == f"{os.getpid()}\n"
    assert Home(folder).lock_file.read_text() == ""


def test_sockets_stay_in_a_plain_and_short_home(folder: Path) -> None:
    home = Home(folder)
    assert home.sockets("valkey", home.owner) == folder.resolve() / "run"


@pytest.mark.parametrize("name", ["with space", "بيت", "d" * 90, "percent%20", "comma,"])
def test_sockets_of_other_homes_get_a_short_path(folder: Path, name: str) -> None:
    """A Unix socket's address may have 103 bytes on macOS."""
    home = Home(folder / name)
    sockets = home.sockets("postgres", home.owner)
    assert sockets.parent == Path("/tmp")
    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= 103
    assert sockets != Home(folder / (name + "2")).sockets("postgres", home.owner)


def test_home_may_be_entered_but_its_parts_are_private(folder: Path) -> None:
    home = Home(folder / "deep" / "home")
    home.prepare()
    assert [stat.S_IMODE(part.stat().st_mode) for part in (home.logs, home.run)] == [0o700, 0o700]


def test_a_file_is_no_home(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(UsageError, match="not a folder"):
        Home(folder / "file")


def test_a_line_break_in_the_path_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="control character"):
        Home(folder / "two\nlines")


def test_a_loose_folder_of_ours_is_tightened(folder: Path) -> None:
    loose = folder / "loose"
    loose.mkdir(mode=0o755)
    make_private(loose, Home(folder).owner)
    assert stat.S_IMODE(loose.stat().st_mode) == 0o700


def test_reach_is_read_from_every_folder_above(folder: Path) -> None:
    stranger = Account(uid=12345, gid=12345)
    inner = folder / "outer" / "inner"
    inner.mkdir(parents=True)
    file = inner / "file"
    file.touch(mode=0o644)
    assert can_enter(stranger, inner)
    assert can_read(stranger, file)
    (folder / "outer").chmod(0o700)
    assert not can_enter(stranger, inner)
    assert not can_read(stranger, file)
    assert can_enter(Account(os.geteuid(), os.getegid()), inner)
