"""The command line. `rasid.cli:main` is the program ``rasid``; every command loads what it needs when it runs."""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments name, and end the process with its exit code."""
    from rasid.cli.app import app

    app(prog_name="rasid")
