"""What an operator rules on stories, and what is told of it."""

from __future__ import annotations

from typing import Any


def test_split_and_merge_are_told_with_who_and_why(cli: Any, filled: Any) -> None:
    story = cli("show", str(filled.first), "--json").one["story"]
    parted = cli("stories", "split", str(filled.other), "--why", "حدث آخر", "--by", "هدى", "--json")
    assert parted.code == 0, parted.err
    assert [row["id"] for row in parted.one["members"]] == [filled.other]
    (ruling,) = parted.one["rulings"]
    assert (ruling["subject"], ruling["what"], ruling["by"], ruling["ended_at"]) == ("story", "apart", "هدى", None)
    assert "هدى" in cli("show", f"story:{story}").out
    merged = cli("stories", "merge", f"story:{parted.one['id']}", f"story:{story}", "--why", "حدث واحد")
    assert (merged.code, merged.out) == (0, "")
    assert f"made one: story:{story}" in merged.err
    shown = cli("show", str(filled.other), "--json").one
    assert shown["story"] == story
    assert [(row["what"], row["why"]) for row in shown["rulings"]] == [("apart", "حدث آخر"), ("together", "حدث واحد")]


def test_wrong_usage_is_one_sentence(cli: Any, filled: Any) -> None:
    cli("stories", "split", str(filled.other))
    for arguments, told in (
        (("split", str(filled.other)), "nothing would be left of story:"),
        (("split", str(filled.other), str(filled.first)), "they are in 2 stories"),
        (("split", "999"), "there is no article 999"),
        (("split", "x"), "whole number"),
        (("merge", str(filled.first), str(filled.first)), "all in story:"),
        (("merge", "story:999", str(filled.first)), "there is no story:999"),
        (("merge", "story:x", str(filled.first)), "whole number"),
    ):
        done = cli("stories", *arguments)
        assert done.code == 2, arguments
        assert told in done.err


def test_the_list_is_what_stories_alone_prints(cli: Any, filled: Any) -> None:
    assert "story:" in cli("stories").out
    assert [row["id"] for row in cli("stories", "--limit", "1", "--json").lines]
    assert "split" in cli("stories", "--help").out
