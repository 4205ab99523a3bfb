"""``rasid gazetteer``: names of one's own are added, taken in, looked through and shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rasid.cli.app import app
from rasid.enrich.lists import OWN
from rasid.pipes import Filter

Run = Callable[..., Result]
GOOD = "id\ttype\tnames_ar\nmine:1\torg\tزبرجدان\n"
GEONAMES = "{id}\tEmerald\tEmerald\tزمردستان\t36.5\t38.5\tP\tPPL\tSY\t\t09\t\t\t\t1200\t\t\t\t\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RASID_HOME", str(tmp_path / "home"))

    def called(*arguments: str, build: bool = False) -> Result:
        given = ["gazetteer", *arguments]
        changes = arguments[0] in ("add", "remove", "hide", "import")
        return CliRunner().invoke(app, given if build or not changes else [*given, "--no-build"])

    return called


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    return tmp_path / "home" / "gazetteer"


def test_an_entry_is_added_replaced_and_removed(run: Run, lists: Path) -> None:
    added = run("add", "--kind", "org.political", "--name-ar", "رابطة الزمرد", "--name-en", "Emerald League", "--json")
    assert (added.exit_code, json.loads(added.stdout)["id"]) == (0, "own:emerald-league")
    again = run("add", "--id", "own:emerald-league", "--kind", "org", "--name-ar", "زبرجدان", "--country", "sy")
    assert "replaced" in again.stderr
    (row,) = (lists / OWN).read_text(encoding="utf-8").splitlines()[1:]
    assert row.split("\t")[:3] == ["own:emerald-league", "org", "SY"]
    assert run("remove", "own:emerald-league").exit_code == 0
    assert run("remove", "own:emerald-league").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--kind", "org"], "needs a name"),
        (["--kind", "thing", "--name-ar", "زمرد"], "does not begin with one of"),
        (["--kind", "org", "--name-ar", "زمرد", "--country", "XX"], "no ISO 3166 code"),
        (["--kind", "place", "--name-ar", "زمرد", "--lat", "95", "--lon", "1"], "no number of degrees"),
        (["--kind", "org", "--name-ar", "زمرد", "--source", "a\tb"], "control character"),
        (["--kind", "org", "--name-ar", "?زمرد"], "needs a country"),
    ],
)
def test_an_entry_that_is_wrong_is_refused_and_nothing_is_written(
    run: Run, lists: Path, arguments: list[str], told: str
) -> None:
    result = run("add", *arguments)
    assert (result.exit_code, lists.exists()) == (2, False)
    assert told in result.stderr


def test_an_own_list_that_is_faulty_is_not_written_over(run: Run, lists: Path) -> None:
    lists.mkdir(parents=True)
    (lists / OWN).write_text(GOOD + "torn\n", encoding="utf-8")
    result = run("add", "--kind", "org", "--name-ar", "زمرد")
    assert result.exit_code == 1
    assert f"{OWN}:3: 1 cells in place of 3" in result.stderr
    assert (lists / OWN).read_text(encoding="utf-8") == GOOD + "torn\n"


def test_a_list_is_taken_in_whole_or_not_at_all(run: Run, lists: Path, tmp_path: Path) -> None:
    dump = tmp_path / "SY.txt"
    dump.write_text(GEONAMES.format(id=1) + "2\ttorn\n", encoding="utf-8")
    refused = run("import", str(dump))
    assert (refused.exit_code, lists.exists()) == (1, False)
    assert f"{dump}:2: 2 cells in place of 19" in refused.stderr
    told = [json.loads(line) for line in run("import", str(dump), "--json").stdout.splitlines()]
    assert told == [{"file": str(dump), "line": 2, "message": "2 cells in place of 19"}]
    dump.write_text(GEONAMES.format(id=1), encoding="utf-8")
    assert json.loads(run("import", str(dump), "--json").stdout)["rows"] == 1
    assert [path.name for path in lists.iterdir()] == ["SY.tsv"]
    assert run("import", str(dump), "--country", "IQ").exit_code == 1
    for name in ("own", "../x", ".x", "a b"):
        assert run("import", str(dump), "--as", name).exit_code == 2
    assert run("import", str(dump), "--format", "nope").exit_code == 2
    assert run("import", str(tmp_path / "not there")).exit_code == 2


def test_each_bad_row_of_each_list_is_told(run: Run, lists: Path) -> None:
    assert run("check").exit_code == 0
    lists.mkdir(parents=True)
    (lists / "good.tsv").write_text(GOOD, encoding="utf-8")
    assert run("check").exit_code == 0
    bad = lists / "bad.tsv"
    bad.write_text(GOOD + "\torg\tزمرد\nmine:3\tthing\t\n", encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    for told in (f"{bad}:3: it has no id", f"{bad}:4: it has no name", f"{bad}:4: type 'thing'"):
        assert told in result.stderr
    told = {Path(one["list"]).name: one for one in map(json.loads, run("check", "--json").stdout.splitlines())}
    assert [fault["line"] for fault in told["bad.tsv"]["faults"]] == [3, 4, 4]
    assert told["good.tsv"] == {"list": str(lists / "good.tsv"), "rows": 1, "faults": []}
    assert run("check", str(lists / "good.tsv")).exit_code == 0
    assert run("check", str(lists / "none.tsv")).exit_code == 2


def test_what_is_built_is_in_effect_and_can_be_shown(run: Run, lists: Path, tmp_path: Path) -> None:
    lists.mkdir(parents=True)
    (lists / "bad.tsv").write_text(GOOD + "torn\n", encoding="utf-8")
    given = ["--kind", "place", "--name-ar", "زمردبان", "--country", "SY", "--lat", "36.5", "--lon", "38.5"]
    result = run("add", *given, "--source", "Survey", "--licence", "CC BY 4.0", build=True)
    assert result.exit_code == 1  # it is added; another list is faulty, and is told
    assert "left out" in result.stderr
    (lists / "bad.tsv").unlink()
    made: dict[str, Any] = json.loads(run("build", "--json").stdout)
    assert Path(made["file"]).stat().st_size == made["bytes"]
    (row,) = map(json.loads, run("show", "زمردبان", "--json").stdout.splitlines())
    assert (row["ref"], row["counts"], row["source"], row["licence"]) == (
        "own:زمردبان", ["anywhere"], "Survey", "CC BY 4.0",
    )  # fmt: skip
    (row,) = map(json.loads, run("show", row["ref"], "--json").stdout.splitlines())
    assert row["names"] == ["زمردبان"]
    assert run("show", "لا أحد يعرفه أبدا").exit_code == 1
    assert "Contains data from Survey, CC BY 4.0." in run("credits").stdout
    assert any(one["entries"] > 30_000 for one in map(json.loads, run("credits", "--json").stdout.splitlines()))
    item = json.dumps({"id": 1, "text": "وصلت القافلة إلى زمردبان صباح اليوم"}).encode()
    answer = json.loads(Filter("enrich", cache=tmp_path / "home" / "cache", lists=lists).answer_line(item))
    assert [place["ref"] for place in answer["places"]] == ["own:زمردبان"]


def test_an_entry_of_ours_is_hidden_and_shown_again(run: Run, lists: Path) -> None:
    assert run("hide", "geonames:0").exit_code == 1
    assert run("hide", "geonames:173377").exit_code == 0
    assert run("show", "القامشلي").exit_code == 1
    assert run("remove", "geonames:173377").exit_code == 0
    assert run("show", "القامشلي").exit_code == 0
