"""Workers take new lists without a restart, once they are compiled."""

from __future__ import annotations

from pathlib import Path

from rasid.enrich import annotate
from rasid.enrich.builtin import GazetteerEnricher
from rasid.enrich.compile import load
from rasid.enrich.fresh import INTERVAL, Fresh
from rasid.enrich.interface import Doc

HEADER = "id\ttype\tnames_ar\n"


def test_new_lists_are_followed_once_they_are_compiled(tmp_path: Path) -> None:
    now = [0.0]
    folder, lists = tmp_path / "cache", tmp_path / "lists"
    enricher = GazetteerEnricher(Fresh(folder, lists, clock=lambda: now[0]).annotator)
    doc = Doc(1, "قالت زمردبان إن الاجتماع سيعقد غدا في المدينة", language="ar")

    def found() -> list[str | None]:
        return [one.ref for one in enricher.enrich([doc])[0] if one.what == "entity"]

    assert (found(), enricher.version) == ([], annotate.VERSION)
    lists.mkdir()
    (lists / "own.tsv").write_text(HEADER + "own:1\torg\tزمردبان\n", encoding="utf-8")
    now[0] += INTERVAL
    assert found() == []  # changed, and not compiled yet
    load(folder, lists)
    assert found() == []  # it is looked every half minute only
    now[0] += INTERVAL
    assert found() == ["own:1"]
    assert enricher.version.startswith(f"{annotate.VERSION}+")
    (lists / "own.tsv").unlink()
    now[0] += INTERVAL
    assert (found(), enricher.version) == ([], annotate.VERSION)  # the file of before is still there
