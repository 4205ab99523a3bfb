"""One role as one process: ``python -m workers.run worker|beat|flower``. Becomes Celery's own program.

The pool follows from the stages: threads where the work waits for the network, prefork where it computes.
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rasid import contract
from rasid import settings as settings_module
from rasid.broker import Broker, make_app
from rasid.embedded.urls import broker_url
from rasid.errors import RasidError, UsageError
from rasid.model import Stage
from rasid.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
#: Stages whose work is computing; all others wait for the network or the database.
COMPUTES = frozenset({Stage.PARSE.value, Stage.DEDUPE.value, Stage.ENRICH.value, Stage.CLUSTER.value})


def worker_command(queues: Sequence[str], *, concurrency: int | None, name: str | None, level: str) -> list[str]:
    """Celery's command line of a worker on `queues`.

    Args:
        concurrency: processes or threads; None takes one process a core, or eight threads.
        name: the part of the node's name before the @; None makes one of the queues.
    """
    forks = bool(COMPUTES.intersection(queues))
    number = concurrency or ((os.cpu_count() or 1) if forks else 8)
    node = f"{name or '-'.join(queues)}@{socket.gethostname()}"
    return [
        *(sys.executable, "-m", "celery", "-A", "workers.app", "--quiet", "worker"),
        *("-n", node, "-Q", ",".join(queues), "-P", "prefork" if forks else "threads", "-c", str(number)),
        # Nothing here needs gossip or mingle, and each makes a lost connection worse.
        *("--without-gossip", "--without-mingle", "-l", level),
    ]


def beat_command(*, level: str) -> list[str]:
    """Celery's command line of beat. At INFO it would write a line a second."""
    return [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "workers.app",
        "--quiet",
        "beat",
        "-l",
        "WARNING" if level == "INFO" else level,
        "--pidfile=",
    ]


def flower_command(*, port: int, address: str = "127.0.0.1") -> list[str]:
    """Celery's command line of Flower; on the loopback address unless a container needs another.

    It wants `flower_login` in its environment: a command line can be read by every user of the machine.
    """
    return [
        *(sys.executable, "-m", "celery", "-A", "workers.app", "--quiet", "flower"),
        *(f"--address={address}", f"--port={port}"),
        *("--persistent=False", "--max-tasks=20000"),
    ]


def flower_login(settings: Settings) -> dict[str, str]:
    """The environment variable by which Flower learns who may enter."""
    return {"FLOWER_BASIC_AUTH": f"{settings.flower_user}:{flower_password(settings)}"}


def flower_password(settings: Settings) -> str:
    """The password of Flower: the setting's, or one that is made once and kept under home."""
    if settings.flower_password:
        return settings.flower_password
    file = settings.home / "flower.password"
    try:
        return file.read_text("utf-8").strip()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        password = secrets.token_urlsafe(12)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(password + "\n")
        return password


def environment() -> dict[str, str]:
    """The environment of a child: it finds `workers` and `tasks` wherever it is started from."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": path}


def read_stages(text: str) -> list[str]:
    """The queues of ``--stages``.

    Raises:
        UsageError: a name is no queue.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in contract.QUEUES]
    if unknown or not names:
        raise UsageError(f"--stages takes {', '.join(contract.QUEUES)}; got {', '.join(unknown) or 'nothing'}")
    return names


def main(arguments: Sequence[str] | None = None) -> int:
    """Check that the broker answers, then become the role's program."""
    options = _parser().parse_args(arguments)
    try:
        settings = settings_module.load()
        Broker(make_app(broker_url(settings), settings)).ping()
        command = _command(options, settings)
    except RasidError as error:
        print(f"rasid {options.role}: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    return _become(command)


def _become(command: list[str]) -> NoReturn:
    os.execvpe(command[0], command, environment())


def _command(options: argparse.Namespace, settings: Settings) -> list[str]:
    level = settings.log_level
    if options.role == "worker":
        return worker_command(
            read_stages(options.stages), concurrency=options.concurrency, name=options.name, level=level
        )
    if options.role == "beat":
        return beat_command(level=level)
    os.environ.update(flower_login(settings))
    port = options.port or settings.flower_port
    _refuse_taken(options.address, port)
    kept = "" if settings.flower_password else f" (password kept in {settings.home / 'flower.password'})"
    print(f"Flower: http://{options.address}:{port} login {settings.flower_user}{kept}", file=sys.stderr)
    return flower_command(port=port, address=options.address)


def _refuse_taken(address: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise UsageError(
                f"port {port} of {address} is taken: choose another with --port or RASID_FLOWER_PORT"
            ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.run", description=__doc__)
    roles = parser.add_subparsers(dest="role", required=True)
    worker = roles.add_parser("worker")
    worker.add_argument("--stages", default=",".join(contract.QUEUES))
    worker.add_argument("-c", "--concurrency", type=int)
    worker.add_argument("-n", "--name")
    roles.add_parser("beat")
    flower = roles.add_parser("flower")
    flower.add_argument("--port", type=int)
    flower.add_argument("--address", default="127.0.0.1")
    return parser


if __name__ == "__main__":
    sys.exit(main())
