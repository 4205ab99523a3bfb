"""What the demo says: of a second run, and of an archive that it does not serve whole."""

from __future__ import annotations

import pytest

from rasid.cli import demo_view
from rasid.cli.demo import _say_what_is_left_out


def _result(*, new: int) -> dict[str, object]:
    return {"articles": 342, "new_articles": new, "discovered": 362, "seconds": 11.4, "articles_per_second": 0.0}


def test_a_run_that_found_nothing_new_does_not_claim_to_have_read_all() -> None:
    assert demo_view._headline(_result(new=342)).startswith("rasid read")
    again = demo_view._headline(_result(new=0))
    assert "read" not in again
    assert "342 articles" in again
    assert "--fresh" in again


def test_what_is_left_out_of_an_archive_is_told_with_its_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    refused = [["a", "unsafe name"], ["b", "not a plain file"], ["c", "unsafe name"]]
    _say_what_is_left_out(refused, demo_view.View(stays=False))
    assert "3 entries of the archive are left out: 2 unsafe name, 1 not a plain file" in capsys.readouterr().err
    _say_what_is_left_out([], demo_view.View(stays=False))
    assert capsys.readouterr().err == ""
