"""The whole stack on one machine: ``python -m workers.local``.

Starts the embedded servers where none are named, the workers and beat; restarts what exits or falls silent; stops
everything in the right order at the end. Should this process be killed, the guardian ends what it started.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import structlog

from rasid import settings as settings_module
from rasid.embedded.guardian import Guardian
from rasid.embedded.home import Home
from rasid.embedded.postgres import Postgres
from rasid.embedded.valkey import Valkey
from rasid.errors import RasidError, UsageError
from rasid.observe import logs
from rasid.settings import Settings, without_password
from rasid.store import schema, workers
from rasid.store.engine import make_engine, transaction
from rasid.store.read import outlets_count
from workers import run

log = structlog.get_logger()

#: A worker that does not answer its ticks for so long is killed and started again.
_SILENT_SECONDS = 80.0
#: What a worker gets to finish what it holds.
_STOP_SECONDS = 20.0


Server = Postgres | Valkey


@dataclass(slots=True)
class Role:
    """One child process, started again when it ends."""

    name: str
    command: list[str]
    ticks: bool = True
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    node: str = field(default="")
    environment: dict[str, str] = field(default_factory=dict)


def roles(settings: Settings, *, concurrency: int | None, flower_port: int | None) -> list[Role]:
    """What runs on one machine: the clockwork apart, so that a busy stage cannot hold it up."""
    level = settings.log_level

    def worker(name: str, queues: Sequence[str], number: int | None) -> Role:
        command = run.worker_command(queues, concurrency=number, name=name, level=level)
        return Role(name, command, node=command[command.index("-n") + 1])

    started = [
        worker("control", ("control", "submit", "alert"), 4),
        worker("fetch", ("discover", "fetch"), 6),
        worker("read", ("parse", "dedupe", "enrich", "cluster"), concurrency),
        Role("beat", run.beat_command(level=level), ticks=False),
    ]
    if settings.metrics_port is not None:
        command = [sys.executable, "-m", "rasid", "metrics", "--serve", "--port", str(settings.metrics_port)]
        started.append(Role("metrics", command, ticks=False))
    if settings.web_url is not None:
        started.append(Role("web", [sys.executable, "-m", "rasid", "web"], ticks=False))
    if flower_port is not None:
        login = run.flower_login(settings)
        started.append(Role("flower", run.flower_command(port=flower_port), ticks=False, environment=login))
    return started


class Supervisor:
    """Keeps the roles running until it is told to stop."""

    def __init__(
        self,
        roles: list[Role],
        *,
        servers: list[Server],
        logs_folder: Path,
        database_url: str,
        guardian: Guardian | None,
    ) -> None:
        self._roles = roles
        self._servers = servers
        self._logs = logs_folder
        self._engine = make_engine(database_url, pool_size=1)
        self._guardian = guardian
        self._stopping = False

    def ask_to_stop(self, *_: object) -> None:
        """For signal handlers and other threads.

        A bare flag: a signal may interrupt this very thread while it holds the lock that an Event would want.
        """
        self._stopping = True

    def start(self) -> None:
        for role in self._roles:
            self._launch(role)

    def watch(self, when_ready: Callable[[int], None] = lambda _: None) -> None:
        """Restart what exits or falls silent, until `ask_to_stop`.

        Args:
            when_ready: called once, when every worker takes messages, with the number of outlets.
        """
        next_look = time.monotonic() + 10.0
        ready = False
        next_servers = 0.0
        while not self._stopping:
            time.sleep(0.25)
            if self._guardian is not None and self._guardian.mend():
                log.warning("guardian.gone", again=self._guardian.pid)
            if time.monotonic() >= next_servers:
                next_servers = time.monotonic() + self._mend_servers()
                if not ready and (outlets := self._ready()) is not None:
                    ready = True
                    when_ready(outlets)
            for role in self._roles:
                self._revive(role)
            if time.monotonic() >= next_look:
                self._end_silent()
                next_look = time.monotonic() + 10.0

    def _ready(self) -> int | None:
        """The number of outlets once every worker has said that it takes messages; None until then."""
        try:
            with transaction(self._engine) as conn:
                said = {row["name"]: row["pid"] for row in workers.listing(conn)}
                outlets = outlets_count(conn)
        except RasidError:
            return None
        waited = [role for role in self._roles if role.ticks]
        all_said = all(role.process is not None and said.get(role.node) == role.process.pid for role in waited)
        return outlets if all_said else None

    def stop(self) -> None:
        """Stop the children, all at once; those that do not go are killed."""
        running = [role for role in self._roles if role.process is not None and role.process.poll() is None]
        for role in running:
            _signal(role, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for role in running:
            _wait_or_kill(role, max(deadline - time.monotonic(), 0.1))
        self._engine.dispose()

    def _launch(self, role: Role) -> None:
        with (self._logs / f"{role.name}.log").open("ab") as sink:
            role.process = subprocess.Popen(
                role.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**run.environment(), **role.environment},
                # Ctrl-C goes to the terminal's whole group: only the supervisor may hear it.
                start_new_session=True,
            )
        role.started = time.monotonic()
        if self._guardian is not None:
            self._guardian.watch(role.process.pid)

    def _mend_servers(self) -> float:
        """Start a server again that is no longer there. Returns in how many seconds to look again."""
        for server in self._servers:
            if server.running():
                continue
            log.warning("server.gone", server=type(server).__name__)
            try:
                server.start()
            except RasidError as error:
                log.error("server.not_started", server=type(server).__name__, reason=str(error))
                return 10.0
        return 1.0

    def _revive(self, role: Role) -> None:
        process = role.process
        if process is not None:
            if process.poll() is None:
                return
            if self._guardian is not None:
                self._guardian.forget(process.pid)
            lived = time.monotonic() - role.started
            role.failures = role.failures + 1 if lived < 30.0 else 0
            role.again_at = time.monotonic() + min(0.2 * 2.0**role.failures, 30.0)
            role.process = None
            log.warning("role.exited", role=role.name, code=process.returncode, lived_seconds=round(lived, 1))
            # A killed prefork parent leaves children; its group goes with it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        if time.monotonic() >= role.again_at:
            self._launch(role)

    def _end_silent(self) -> None:
        try:
            with transaction(self._engine) as conn:
                seen = {row["name"]: row["silent_seconds"] for row in workers.listing(conn)}
        except RasidError:
            return
        for role in self._roles:
            age = time.monotonic() - role.started
            silent = seen.get(role.node, age) if role.ticks else 0.0
            if role.process is not None and silent > _SILENT_SECONDS and age > _SILENT_SECONDS:
                log.warning("role.silent", role=role.name, seconds=round(silent))
                _signal(role, signal.SIGKILL)


def _signal(role: Role, number: signal.Signals) -> None:
    if role.process is not None:
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(role.process.pid, number)
            else:
                role.process.send_signal(number)


def _wait_or_kill(role: Role, seconds: float) -> None:
    assert role.process is not None
    try:
        role.process.wait(seconds)
    except subprocess.TimeoutExpired:
        log.warning("role.killed", role=role.name)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(role.process.pid, signal.SIGKILL)
    role.process.wait()


@contextlib.contextmanager
def servers(settings: Settings, home: Home) -> Iterator[tuple[Settings, list[Server], Guardian | None]]:
    """The embedded servers that the settings do not name, running; and who ends them should we vanish.

    Gives the settings with both addresses filled in (they stand in the environment too, for the children), and the
    servers, to be looked after.
    """
    with contextlib.ExitStack() as stack:
        targets = []
        running: list[Server] = []
        urls = {"database_url": settings.database_url, "broker_url": settings.broker_url}
        postgres, valkey = Postgres(home.path), Valkey(home.path)
        guardian = None
        for name, server in (("database_url", postgres), ("broker_url", valkey)):
            if urls[name] is None:
                targets.append(server.target)
        if targets:
            guardian = Guardian(*targets, lock_file=home.lock_file, log=home.logs / "guardian.log")
            stack.callback(guardian.release)
        for name, server in (("database_url", postgres), ("broker_url", valkey)):
            if urls[name] is None:
                server.start()
                # Also one that an earlier supervisor left behind is ours to stop: we hold the home's lock.
                stack.callback(server.stop)
                running.append(server)
                urls[name] = server.url
        for name, url in urls.items():
            os.environ[settings_module.PREFIX + name.upper()] = str(url)
        yield settings.model_copy(update=urls), running, guardian


@contextlib.contextmanager
def _word_lists(home: Home, lists: Path) -> Iterator[None]:
    """Compile the gazetteer while the servers start: else each reading process would do it by itself."""
    program = (
        "import sys; from pathlib import Path; from rasid.enrich.compile import load; load(*map(Path, sys.argv[1:]))"
    )
    arguments = [str(home.path / "cache"), str(lists)]
    child = subprocess.Popen([sys.executable, "-c", program, *arguments], env=run.environment())
    try:
        yield
    finally:
        child.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stack until a signal ends it. Exit 0 after a clean stop, 1 or 2 with one sentence otherwise."""
    options = _parser().parse_args(arguments)
    try:
        settings = settings_module.load()
        logs.set_up(level=settings.log_level, form=settings.log_format)
        return _run(settings, options)
    except RasidError as error:
        print(f"rasid up: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        return 130


def _run(settings: Settings, options: argparse.Namespace) -> int:
    home = Home(settings.home)
    os.environ[settings_module.PREFIX + "HOME"] = str(home.path)
    settings = named = settings.model_copy(update={"home": home.path})
    home.prepare()
    stop = _early_stop()
    with home.lock(), contextlib.ExitStack() as stack:
        with _word_lists(home, settings.own_lists):
            settings, embedded, guardian = stack.enter_context(servers(settings, home))
            assert settings.database_url is not None
            engine = make_engine(settings.database_url, pool_size=1)
            schema.upgrade(engine)
            engine.dispose()
        chosen = roles(settings, concurrency=options.concurrency, flower_port=options.flower_port)
        supervisor = Supervisor(
            chosen, servers=embedded, logs_folder=home.logs, database_url=settings.database_url, guardian=guardian
        )
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, supervisor.ask_to_stop)
        if options.while_fd is not None:
            threading.Thread(target=_stop_at_end, args=(options.while_fd, supervisor), daemon=True).start()
        if stop:
            return 0
        try:
            supervisor.start()
            _say_ready(options.ready_fd, settings, chosen)
            told = _ready_line(settings, home, chosen, named=named, flower_port=options.flower_port)
            supervisor.watch(lambda outlets: _print_ready(told, outlets) if options.ready_fd is None else None)
        finally:
            supervisor.stop()
    return 0


def _early_stop() -> list[int]:
    """A signal while the servers start must not leave one of them behind: it is kept until they run."""
    kept: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda got, _: kept.append(got))
    return kept


def _stop_at_end(fd: int, supervisor: Supervisor) -> None:
    """Whoever started us holds the other end of the pipe; it closes when they end, however they do."""
    with os.fdopen(fd, "rb") as pipe:
        pipe.read()
    supervisor.ask_to_stop()


def _say_ready(ready_fd: int | None, settings: Settings, started: list[Role]) -> None:
    message: dict[str, Any] = {
        "pid": os.getpid(),
        "database_url": settings.database_url,
        "broker_url": settings.broker_url,
        "roles": {role.name: role.process.pid for role in started if role.process is not None},
    }
    if ready_fd is not None:
        with os.fdopen(ready_fd, "w") as out:
            _write(out, message)
    log.info("stack.ready", **{name: message[name] for name in ("pid", "roles")})


def _ready_line(
    settings: Settings, home: Home, started: Sequence[Role], *, named: Settings, flower_port: int | None
) -> str:
    """Where everything is, in one line for people. `named`: the settings as they were given."""
    where = [
        f"database {without_password(named.database_url) if named.database_url else f'under {home.path}'}",
        f"broker {without_password(named.broker_url) if named.broker_url else f'under {home.path}'}",
        f"logs in {home.logs}",
    ]
    if settings.metrics_port is not None:
        where.append(f"metrics http://127.0.0.1:{settings.metrics_port}/metrics")
    if settings.web_url is not None:
        where.append(f"web {settings.web_bind} for {settings.web_url}")
    if flower_port is not None:
        where.append(f"Flower http://127.0.0.1:{flower_port}")
    return f"rasid is up ({', '.join(role.name for role in started)}): {'; '.join(where)}."


def _print_ready(told: str, outlets: int) -> None:
    """On stdout, which nothing else uses: logs go to stderr, as JSON where that is no terminal."""
    following = "rasid status --watch 2" if outlets else "rasid sources load seeds"
    print(f"{told} Next, in another terminal: {following}. Ctrl-C stops all.", flush=True)


def _write(out: IO[str], message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.local", description=__doc__)
    parser.add_argument("-c", "--concurrency", type=int, help="processes that read (default: one a core)")
    parser.add_argument("--flower-port", type=int, help="start Flower too, on this loopback port")
    parser.add_argument("--while-fd", type=int, help="stop when this file descriptor, a pipe's end, is closed")
    parser.add_argument("--ready-fd", type=int, help="write one JSON line to this file descriptor when all is started")
    return parser


if __name__ == "__main__":
    sys.exit(main())
