"""The command line. `rasid.cli:main` is the program ``rasid``; every command loads what it needs when it runs."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command that the arguments name, and end the process with its exit code."""
    # Nothing here multiplies matrices that are worth a thread of their own: making them takes longer than all else
    # that a short command does, and a machine runs many of these processes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.argv[1:2] == ["pipe"]:
        # Scripts start a filter over and over: the tree of all commands would take half of its start.
        from rasid.cli import pipe
        from rasid.cli.program import program

        app = program(pipe)
    else:
        from rasid.cli.app import app
    app(prog_name="rasid")
