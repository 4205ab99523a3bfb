"""``rasid pipe STAGE``: any stage as a Unix filter over NDJSON (fields: docs/commands.md)."""

from __future__ import annotations

import gc
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rasid.cli.shape import example
from rasid.errors import UsageError

if TYPE_CHECKING:
    from rasid.pipes import Filter

#: Answers are written together until they are this long or the input pauses.
_FLUSH_BYTES = 65_536
_CHUNK = 262_144
#: Lines that are answered together, at most, and bytes from which no more are taken.
_TOGETHER, _TOGETHER_BYTES = 64, 1 << 20


def register(app: typer.Typer) -> None:
    app.command(
        "pipe",
        epilog=example(
            """echo '{"id": 1, "url": "HTTPS://Example.ORG/a?utm_source=x"}' | rasid pipe url""",
            "rasid pipe extract --jobs 4 < pages.ndjson > articles.ndjson",
        ),
    )(pipe)


def pipe(
    stage: Annotated[str, typer.Argument(help="feed, url, robots, extract, date, group, similar or enrich.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Processes that answer.")] = 1,
) -> None:
    """Run a stage as a filter: NDJSON in, NDJSON out.

    One object comes out for each object in, with the same id, in the same order. No server and no network is needed.
    A bad item is answered with an error object and never ends the run. The fields of each stage stand in
    docs/commands.md. `group` answers in one process, whatever --jobs says: each answer hangs on those before.
    """
    from rasid import pipes

    out = _own_stdout()
    names = stage in ("group", "similar", "enrich")
    made = pipes.Filter(stage, cache=_cache() if names else None, lists=_own_lists() if names else None)
    if stage in pipes.IN_ORDER:
        # What a stream is remembered by are some hundred thousand objects without cycles.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
    lines = read_lines(0, limit=pipes.LINE_LIMIT)
    answers: Iterator[bytes | None]
    if jobs == 1 or stage in pipes.IN_ORDER:
        answers = _answers(made, lines)
    else:
        from rasid.cli.pool import in_order

        answers = in_order(lines, made.answer_line, jobs=jobs, source=0)
    write_lines(out, answers)


def _answers(made: Filter, lines: Iterator[bytes | None]) -> Iterator[bytes | None]:
    """Answers to lines as they come: those that are there already are answered together, none waits for another."""
    there: list[bytes] = []
    size = 0
    for line in lines:
        if line is not None:
            there.append(line)
            size += len(line)
        if line is None or len(there) == _TOGETHER or size >= _TOGETHER_BYTES:
            yield from made.take_all(there)
            there.clear()
            size = 0
        if line is None:
            yield None
    yield from made.take_all(there)
    yield from made.rest()


def _own_stdout() -> int:
    """Keep stdout for answers: whatever a library prints goes to stderr from now on."""
    try:
        out = os.dup(1)
        os.dup2(2, 1)
    except OSError as error:
        raise UsageError(f"stdin, stdout and stderr must be open: {error.strerror}") from error
    sys.stdout = sys.stderr
    return out


def _cache() -> Path | None:
    """The user's cache, the same wherever a filter is run; None where the user has no home."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rasid"
    except RuntimeError:
        return None


def _own_lists() -> Path | None:
    """The operator's lists of names. The settings are read where there is one: most runs are spared the import."""
    if not any(name.startswith("RASID_") for name in os.environ) and not Path(".rasid/gazetteer").is_dir():
        return None
    from rasid import settings

    return settings.load().own_lists


def read_lines(handle: int, *, limit: int) -> Iterator[bytes | None]:
    """Lines of `handle` without their ends, blank ones left out; None wherever the input pauses.

    In place of a line longer than `limit` bytes comes a remark, which is no JSON and so is answered with an error.
    """
    kept = bytearray()
    skipping = False
    while True:
        if not select.select([handle], [], [], 0)[0]:
            yield None
        chunk = os.read(handle, _CHUNK)
        if not chunk:
            break
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            line = b"" if skipping else bytes(kept) + part
            kept.clear()
            if line.strip():
                yield line
            skipping = False
        if skipping:
            continue
        kept += rest
        if len(kept) > limit:
            yield b"(a line of more than %d bytes)" % limit
            kept.clear()
            skipping = True
    if kept.strip():
        yield bytes(kept)


def write_lines(handle: int, answers: Iterator[bytes | None]) -> None:
    """Write answers, each with a line end; at once where the input pauses, else many together."""
    kept = bytearray()
    for answer in answers:
        if answer is not None:
            kept += answer + b"\n"
        if len(kept) >= _FLUSH_BYTES or (answer is None and kept):
            _write_all(handle, kept)
            kept.clear()
    _write_all(handle, kept)


def _write_all(handle: int, data: bytearray) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(handle, view) :]
    finally:
        view.release()
