"""``rasid web``: what is reached from outside."""

from __future__ import annotations

import signal
from typing import Annotated, NoReturn

import typer

from rasid.cli.shape import example
from rasid.errors import UsageError


def register(app: typer.Typer) -> None:
    app.command("web", epilog=example("rasid web", "rasid web --bind 0.0.0.0:8085"))(web)


def web(
    bind: Annotated[str | None, typer.Option("--bind", help="host:port to listen on; RASID_WEB_BIND if none.")] = None,
) -> None:
    """Listen for what hubs push (WebSub) until a signal comes.

    RASID_WEB_URL says under which address it is reached; a reverse proxy with TLS belongs before it. docs/websub.md.
    """
    from rasid.cli.output import say
    from rasid.cli.session import database
    from rasid.observe import logs
    from rasid.web.serve import THREADS, make_server

    with database(pool_size=THREADS) as context:
        settings = context.settings
        logs.set_up(level=settings.log_level, form=settings.log_format)
        if settings.web_url is None:
            raise UsageError("set RASID_WEB_URL to the public address under which hubs reach this, see docs/websub.md")
        server = make_server(context, bind or settings.web_bind)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end)
        say(f"web: {bind or settings.web_bind}, reached as {settings.web_url}")
        # Ends with the handler's SystemExit, when what is being answered is answered.
        server.run()
        server.close()


def _end(number: int, frame: object) -> NoReturn:
    del number, frame
    raise SystemExit(0)
