"""Imports run one way; the contracts stand in pyproject.toml."""

from __future__ import annotations

from importlinter.cli import lint_imports_command
from typer.testing import CliRunner


def test_no_import_runs_against_the_layers() -> None:
    result = CliRunner().invoke(lint_imports_command, ["--no-cache"])
    assert result.exit_code == 0, result.output
