"""What an operator rules on groups of copies, and what is told of it."""

from __future__ import annotations

from typing import Any


def test_split_and_merge_are_told_with_who_and_why(cli: Any, filled: Any) -> None:
    done = cli("groups", "split", str(filled.copy), "--why", "خبر آخر", "--by", "هدى")
    assert (done.code, done.out) == (0, "")
    assert f"they are group {filled.copy} now" in done.err
    shown = cli("groups", "show", str(filled.copy), "--json").one
    assert [row["id"] for row in shown["members"]] == [filled.copy]
    (ruling,) = shown["rulings"]
    assert (ruling["what"], ruling["by"], ruling["why"], ruling["ended_at"]) == ("apart", "هدى", "خبر آخر", None)
    merged = cli("groups", "merge", str(filled.copy), str(filled.first), "--json").one
    assert (merged["group"], len(merged["members"])) == (filled.first, 2)
    assert [row["what"] for row in merged["rulings"]] == ["apart", "together"]
    text = cli("show", str(filled.copy)).out
    assert "ruling" in text
    assert "هدى" in text
    assert "هدى" in cli("groups", "show", str(filled.first)).out


def test_wrong_usage_is_one_sentence(cli: Any, filled: Any) -> None:
    for arguments, told in (
        (("split", str(filled.other)), "nothing would be left"),
        (("split", "999"), "there is no article 999"),
        (("split", str(filled.copy), str(filled.other)), "they are in 2 groups"),
        (("merge", str(filled.copy), str(filled.first)), "all in group"),
        (("merge", "x"), "whole number"),
    ):
        done = cli("groups", *arguments)
        assert done.code == 2
        assert told in done.err
    assert cli("groups", "show", "999").code == 1


def test_show_tells_what_a_copy_shares_with_the_first(cli: Any, filled: Any, engine: Any) -> None:
    from sqlalchemy import text

    from rasid.store.engine import transaction

    body = "وصلت القافلة إلى المدينة صباح اليوم وسط إجراءات مشددة"
    with transaction(engine) as conn:
        for article, said in ((filled.first, body), (filled.copy, f"القامشلي - {body} كما قالت مصادر")):
            conn.execute(text("UPDATE articles SET text = :said WHERE id = :id"), {"id": article, "said": said})
    shown = cli("show", str(filled.copy), "--json").one
    (passage,) = shown["passages"]
    assert (passage["words"], passage["of"], passage["of_start"], passage["start"]) == (9, filled.first, 0, 11)
    assert shown["text"][passage["start"] : passage["end"]] == body
    assert f"«{body}»" in cli("show", str(filled.copy)).out
    assert cli("show", str(filled.first), "--json").one["passages"] == []
