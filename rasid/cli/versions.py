"""What an outlet changed in an article, for `rasid show`."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import typer

from rasid.errors import RasidError
from rasid.text.changes import Change, compare

#: Around what was taken out and what was put in; plain characters, which a pipe keeps and which read in any direction.
_MARKS = {"kept": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}
#: Of a long run that stayed as it was, so many characters are shown at either end.
_CONTEXT = 120


def versions_of(article: dict[str, Any]) -> list[dict[str, Any]]:
    """All versions, oldest first: ``version title text seen_at until``; `until` None for the present one."""
    now = {
        "version": article["version"],
        "title": article["title"],
        "text": article["text"],
        "parsed_at": article["parsed_at"],
    }
    rows = [*article["versions"], now]
    ends = [row["parsed_at"] for row in rows[1:]] + [article["withdrawn_at"]]
    return [
        {
            "version": row["version"],
            "title": row["title"],
            "text": row["text"],
            "seen_at": row["parsed_at"],
            "until": end,
        }
        for row, end in zip(rows, ends, strict=True)
    ]


def changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Change]]:
    """What became of title and text from one version to the next; only those that changed."""
    return {name: compare(old[name], new[name]) for name in ("title", "text") if old[name] != new[name]}


def print_versions(article: dict[str, Any], *, as_json: bool) -> None:
    """Every version with its time, and what is different in it."""
    from rasid.cli.output import print_fields, print_one, print_text

    rows = versions_of(article)
    steps = [None, *(changes(old, new) for old, new in pairwise(rows))]
    if as_json:
        listed = [
            {**row, "changes": {name: [one._asdict() for one in runs] for name, runs in (step or {}).items()}}
            for row, step in zip(rows, steps, strict=True)
        ]
        print_one({"id": article["id"], "withdrawn_at": article["withdrawn_at"], "versions": listed})
        return
    for row, step in zip(rows, steps, strict=True):
        print_fields([("version", row["version"]), ("seen", row["seen_at"]), ("title", row["title"])])
        for name, runs in (step or {}).items():
            typer.echo(f"{name}:")
            print_text(marked(runs))
        typer.echo("")
    if article["withdrawn_at"] is not None:
        print_fields([("withdrawn", article["withdrawn_at"])])
    elif len(rows) == 1:
        typer.echo("its outlet has not changed it since")


def marked(runs: list[Change]) -> str:
    """A comparison as text: [-taken out-], {+put in+}; what stayed is cut where it is long."""
    return "".join(f"{_MARKS[run.what][0]}{_short(run)}{_MARKS[run.what][1]}" for run in runs)


def _short(run: Change) -> str:
    if run.what != "kept" or len(run.text) <= 2 * _CONTEXT + 20:
        return run.text
    return f"{run.text[:_CONTEXT]} […] {run.text[-_CONTEXT:]}"


def print_as_of(article: dict[str, Any], moment: datetime, *, as_json: bool) -> None:
    """The version that we had last seen at a time.

    Raises:
        RasidError: we had not seen the article by then.
    """
    from rasid.cli.output import print_fields, print_one, print_text, shown

    seen = [row for row in versions_of(article) if row["seen_at"] <= moment]
    if not seen:
        first = shown(versions_of(article)[0]["seen_at"])
        raise RasidError(f"article {article['id']} was first seen at {first}, after {shown(moment)}")
    row = seen[-1]
    if as_json:
        print_one({"id": article["id"], **row})
        return
    print_text(row["title"])
    print_fields([("version", row["version"]), ("seen", row["seen_at"]), ("until", row["until"])])
    typer.echo("")
    print_text(row["text"])
