"""Commands and settings are documented: the build fails where one is not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from rasid.cli.app import app
from rasid.settings import PREFIX, Settings, describe, load

ROOT = Path(__file__).resolve().parents[2]


def _walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that name it, groups included."""
    for name, inner in getattr(command, "commands", {}).items():
        yield (*path, name), inner
        yield from _walk(inner, (*path, name))


COMMANDS = dict(_walk(typer.main.get_command(app)))
LEAVES = {path: command for path, command in COMMANDS.items() if not hasattr(command, "commands")}
#: Commands that print no result: they run a process, or write a file in a format of its own.
SILENT = {("up",), ("web",), ("worker",), ("beat",), ("flower",), ("pipe",), ("sources", "export")}


def test_the_contract_names_every_command_and_they_are_there() -> None:
    wanted = {
        "up", "demo", "worker", "beat", "flower", "db", "submit", "import", "sources", "watches", "failures", "hosts",
        "search", "stories", "show", "trace", "export", "status", "config", "health", "pipe",
    }  # fmt: skip
    assert wanted <= {path[0] for path in COMMANDS}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_explains_itself_with_an_example(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*path, "--help"], prog_name="rasid")
    assert done.exit_code == 0
    assert "Example" in done.stdout
    assert f"rasid {' '.join(path)}" in done.stdout.partition("Example")[2]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_a_command_that_prints_takes_json(path: tuple[str, ...]) -> None:
    options = {option for parameter in LEAVES[path].params for option in parameter.opts}
    assert ("--json" in options) != (path in SILENT)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_the_docs_name_a_command_and_its_options(path: tuple[str, ...]) -> None:
    told = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert f"rasid {' '.join(path)}" in told
    for parameter in LEAVES[path].params:
        names = [*parameter.opts, *parameter.secondary_opts]
        if parameter.param_type_name == "option" and "--help" not in names:
            assert any(name in told for name in names), names


# --- settings -----------------------------------------------------------------------------------------------------


def test_the_file_of_settings_shows_every_default(tmp_path: Path) -> None:
    """With each comment mark taken away, it is a file that rasid reads, and it changes nothing."""
    text = (ROOT / "config" / "rasid.toml").read_text("utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines() if _is_default(line)]
    assert set(tomllib.loads("\n".join(lines))) == set(Settings.model_fields)
    file = tmp_path / "rasid.toml"
    file.write_text("\n".join(lines), "utf-8")
    assert load({"RASID_CONFIG": str(file)}) == load({})
    assert tomllib.loads(text) == {}


def _is_default(line: str) -> bool:
    name, equals, _ = line.removeprefix("# ").partition(" = ")
    return line.startswith("# ") and bool(equals) and name in Settings.model_fields


def test_the_file_of_settings_gives_unit_and_reason() -> None:
    text = (ROOT / "config" / "rasid.toml").read_text("utf-8")
    words = " ".join(line.removeprefix("#").strip() for line in text.splitlines())
    for line in describe({}):
        assert f"{' '.join(line.description.split())} [{line.unit}]" in words, line.name


def test_the_docs_list_every_setting_with_its_default() -> None:
    rows = [row for row in (ROOT / "config" / "README.md").read_text("utf-8").splitlines() if row.startswith("| `")]
    listed = {row.split("`")[1]: row for row in rows}
    assert set(listed) == {PREFIX + name.upper() for name in Settings.model_fields}
    for line in describe({}):
        assert line.unit in listed[line.name]
        if isinstance(line.default, str | float | int) and not isinstance(line.default, bool) and line.default != "":
            assert f"`{line.default}`" in listed[line.name]
