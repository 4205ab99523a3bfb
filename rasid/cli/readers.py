"""Commands that read what was gathered: ``search show trace export``."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from rasid.cli.options import Json, Language, Limit, Since, Source, moment, number
from rasid.cli.shape import example
from rasid.errors import RasidError, UsageError

_TITLE = 90
#: Characters of a shared passage that are shown.
_PASSAGE = 160
_STORY = "story:"
#: Names of each kind that are shown of a story.
_NAMED = 12


def register(app: typer.Typer) -> None:
    app.command(
        "search",
        epilog=example(
            "rasid search القامشلي --since 7d",
            """rasid search '"الدفاع المدني" -مباراة'""",
            "rasid search --topic bread --since 7d",
        ),
    )(search)
    app.command("show", epilog=example("rasid show 12 --versions", "rasid show story:3 --json"))(show)
    app.command("trace", epilog=example("rasid trace https://example.org/news/1", "rasid trace 12"))(trace)
    app.command(
        "export",
        epilog=example("rasid export --since 7d --out week.ndjson", "rasid export --format csv > articles.csv"),
    )(export)


# --- search --------------------------------------------------------------------------------------------------------


def search(
    query: Annotated[list[str] | None, typer.Argument(help='Words, "phrases", OR, -word; none with --topic.')] = None,
    limit: Limit = 20,
    language: Language = None,
    source: Source = None,
    since: Since = None,
    best: Annotated[bool, typer.Option("--best", help="The best matches first, not the newest.")] = False,
    topic: Annotated[str | None, typer.Option("--topic", "-t", help="Only articles of this topic.")] = None,
    as_json: Json = False,
) -> None:
    """Find articles; copies of one text are one row.

    Arabic is found through its spellings and what is joined to a word: قسد finds لقسد, إدلب finds ادلب.
    """
    from rasid.cli.output import print_lines, print_table, say, shorten
    from rasid.cli.session import database
    from rasid.cli.topics import find_topic
    from rasid.store import read
    from rasid.store.engine import transaction
    from rasid.text.words import search_query

    text = " ".join(query or ())
    wanted = search_query(text) or None
    if wanted is None and (text or topic is None):
        raise UsageError(f"there is no word to look for in {text!r}")
    after = moment(since)
    with database() as context, transaction(context.engine) as conn:
        topic_id = find_topic(conn, topic).id if topic is not None else None
        rows = read.search(
            conn, wanted, limit=limit, language=language, source=source, since=after, best=best, topic=topic_id
        )
    if as_json:
        print_lines(rows)
    elif not rows:
        say(f"nothing found for {text or topic}")
    else:
        print_table(
            ("id", "published", "source", "language", "copies", "story", "title"),
            (
                (row["id"], row["published_at"] or row["first_seen_at"], row["source"], row["language"],
                 row["copies"] or None, row["story"], shorten(row["title"], _TITLE))
                for row in rows
            ),
            numbers=("id", "copies", "story"),
        )  # fmt: skip


# --- one article, one story ---------------------------------------------------------------------------------------


def show(
    what: Annotated[str, typer.Argument(help="Id of an article, or story:ID.")],
    versions: Annotated[bool, typer.Option("--versions", help="What its outlet changed in it, and when.")] = False,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="The article as it was: 2h, or 2026-03-01T14:05 (UTC).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one article, or one story (story:ID), whole."""
    from rasid.cli.output import print_one
    from rasid.cli.session import database
    from rasid.cli.story_map import with_places
    from rasid.store import read
    from rasid.store.engine import transaction

    is_story = what.startswith(_STORY)
    wanted = number(what.removeprefix(_STORY), what="the id of an article, or of a story after story:,")
    with database() as context, transaction(context.engine) as conn:
        found = read.story(conn, wanted) if is_story else read.article(conn, wanted)
        if found is not None and is_story:
            (found,) = with_places(conn, [found])
    if found is None:
        raise RasidError(f"there is no {'story' if is_story else 'article'} {wanted}")
    if (versions or at) and is_story:
        raise UsageError("--versions and --at are for articles; a story tells its development by itself")
    if versions or at:
        from rasid.cli.versions import print_as_of, print_versions

        if (then := moment(at)) is not None:
            print_as_of(found, then, as_json=as_json)
        else:
            print_versions(found, as_json=as_json)
    elif as_json:
        print_one(found)
    elif is_story:
        _print_story(found)
    else:
        _print_article(found)


def _print_story(story: dict[str, Any]) -> None:
    from rasid.cli.groups import print_rulings
    from rasid.cli.output import print_fields, print_table, print_text, reason, shorten

    print_text(story["headline"])
    names = ("articles", "voices", "languages", "first_seen_at", "changed_at")
    print_fields((name.replace("_at", "").replace("_", " "), story[name]) for name in names)
    if place := story["place"]:
        print_fields([("place", ", ".join([place["name"], *reversed(place["admin"])]))])
    for name in ("places", "entities"):
        print_fields([(name, [one["name"] for one in story[name][:_NAMED]])])
    print_table(
        ("id", "seen", "source", "voice", "language", "relation", "group", "score", "why", "title"),
        (
            (row["id"], row["first_seen_at"], row["source"], row["voice"], row["language"], row["relation"],
             row["group"], row["score"], reason(row["why"]), shorten(row["title"], _TITLE))
            for row in story["members"]
        ),
        numbers=("id", "group", "score"),
    )  # fmt: skip
    if story["development"]:
        typer.echo("\ndevelopment:")
        print_table(
            ("at", "what", "article", "story", "source", "title"),
            (
                (one["at"], one["kind"], one["article"], one["other"] and f"{_STORY}{one['other']}", one["source"],
                 shorten(one["title"] or "", _TITLE))
                for one in story["development"]
            ),
            numbers=("article",),
        )  # fmt: skip
    print_rulings(story["rulings"])


def _print_article(article: dict[str, Any]) -> None:
    from rasid.cli.groups import print_rulings
    from rasid.cli.output import print_fields, print_text, reason

    print_text(article["title"])
    names = (
        "id", "link", "url", "source", "source_name", "country", "language", "authors", "published_at", "modified_at",
        "section", "tags", "topics", "dateline", "agency", "first_seen_at", "withdrawn_at", "version", "relation",
    )  # fmt: skip
    print_fields((name.removesuffix("_at").replace("_", " "), article[name]) for name in names)
    print_fields([("read from", _ways(article["methods"], article["confidences"]))])
    typer.echo("")
    print_text(article["text"])
    if article["story"] is not None:
        typer.echo("")
        headline = f"{_STORY}{article['story']}, {article['story_articles']} articles: {article['story_headline']}"
        print_fields([("story", headline), ("score", article["story_score"]), ("why", reason(article["story_why"]))])
    _print_copies(article)
    print_rulings(article["rulings"])
    _print_annotations(article)
    for version in article["versions"]:
        print_fields([(f"version {version['version']}", version["parsed_at"]), ("was titled", version["title"])])


def _ways(methods: dict[str, str], sure: dict[str, float]) -> list[str]:
    """Where each field was found and how sure that is: ``title h1 0.93``."""
    return [f"{name} {way}" + (f" {sure[name]:.2f}" if name in sure else "") for name, way in sorted(methods.items())]


def _print_copies(article: dict[str, Any]) -> None:
    from rasid.cli.groups import print_members
    from rasid.cli.output import reason

    if article["relation"] not in (None, "original"):
        copy = f"copy of {article['group']} ({article['relation']} {article['group_score']})"
        typer.echo(f"\n{copy}: {reason(article['group_why'])}")
    _print_passages(article)
    if article["copies"]:
        typer.echo("\nother articles of its group:")
        print_members(article["copies"])


def _print_passages(article: dict[str, Any]) -> None:
    from rasid.cli.output import print_fields, shorten

    for passage in article["passages"]:
        start, end = passage["start"], passage["end"]
        name = f"{passage['words']} words at {start} as there at {passage['of_start']}"
        print_fields([(name, f"«{shorten(article['text'][start:end], _PASSAGE)}»")])


def _print_annotations(article: dict[str, Any]) -> None:
    from rasid.cli.output import print_fields

    found: dict[str, dict[str, None]] = {}
    for one in article["annotations"]:
        if one["what"] in ("language", "topic", "quote", "event"):  # are shown elsewhere
            continue
        label = one["name"] or one["text"] or one["ref"]
        if label:
            name = _LABELS.get(one["what"], one["what"]).format(**one)
            found.setdefault(name or one["what"], {})[label] = None
    if found:
        typer.echo("")
        print_fields((name, list(labels)) for name, labels in found.items())
    _print_quotes(article)
    _print_events(article)


#: How annotations are headed; those that are not here by what they are.
_LABELS = {"entity": "{kind}", "credit": "source ({kind})"}


def _print_quotes(article: dict[str, Any]) -> None:
    """What was said, who said it and what kind of source he is, in the order of the text."""
    from rasid.cli.output import shorten

    found = [one for one in article["annotations"] if one["what"] == "quote"]
    if found:
        typer.echo("\nquotes:")
    for one in found:
        detail = one["detail"] or {}
        who = " ".join(part for part in (detail.get("title"), one["name"] or "somebody") if part)
        if "carrier" in detail:
            who += f", by {detail['carrier']['name']}"
        said = shorten(one["written"], _PASSAGE)
        typer.echo(f"  {who} ({detail.get('source', 'unknown')}, {one['kind']}, {one['score']:.2f}): «{said}»")


def _print_events(article: dict[str, Any]) -> None:
    """Candidates for events with their evidence, in the order of the text."""
    from rasid.cli.output import shorten

    found = [one for one in article["annotations"] if one["what"] == "event"]
    if found:
        typer.echo("\ncandidates for events:")
    for one in found:
        told = (one["detail"] or {}).get("told", "reported")
        typer.echo(f"  {one['kind']} ({told}, {one['score']:.2f}): «{shorten(one['written'], _PASSAGE)}»")


# --- trace --------------------------------------------------------------------------------------------------------


def trace(
    what: Annotated[str, typer.Argument(help="A URL in any spelling, or the id of a link.")],
    as_json: Json = False,
) -> None:
    """Tell the way of one link, stage by stage."""
    from rasid.cli.output import print_fields, print_one, print_table, reason
    from rasid.cli.session import database
    from rasid.store import read
    from rasid.store.engine import transaction

    is_url = "://" in what
    with database() as context, transaction(context.engine) as conn:
        if is_url:
            link_id = read.find_links(conn, [what]).get(what, (None, ""))[0]
        else:
            link_id = number(what, what="a URL, or the id of a link,")
        found = None if link_id is None else read.trace(conn, link_id)
    if found is None:
        raise RasidError(f"no link is known {'for' if is_url else 'by the id'} {what}")
    if as_json:
        print_one(found)
        return
    crumbs = found.pop("crumbs")
    names = (
        "id", "url", "state", "code", "message", "source", "channel_url", "found_at", "due_at", "attempts",
        "lease_worker", "parked_from", "evidence", "redirects", "moved_to", "article", "group", "story",
    )  # fmt: skip
    print_fields((name.removesuffix("_at").replace("_", " "), found[name]) for name in names)
    typer.echo("")
    print_table(
        ("at", "stage", "outcome", "code", "worker", "message"),
        (
            (one["at"].strftime("%Y-%m-%d %H:%M:%S"), one["stage"], one["outcome"], one["code"], one["worker"],
             one["message"] or reason(one["detail"]))
            for one in crumbs
        ),
    )  # fmt: skip


# --- export -------------------------------------------------------------------------------------------------------

_COLUMNS = (
    "id", "url", "canonical_url", "title", "text", "authors", "published_at", "published_precision", "modified_at",
    "language", "section", "tags", "image", "dateline", "source", "source_name", "country", "agency", "version",
    "first_seen_at", "withdrawn_at", "group", "relation", "group_score", "story", "story_score",
)  # fmt: skip


def export(
    form: Annotated[str, typer.Option("--format", "-f", help="ndjson or csv.")] = "ndjson",
    since: Since = None,
    language: Language = None,
    source: Source = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A file; stdout if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Write articles as NDJSON or CSV.

    All of them, oldest first, each with its group and story. In CSV, several authors or tags are joined by "; ".
    A file is put in its place once it is whole.
    """
    from rasid.cli.output import say
    from rasid.cli.session import database
    from rasid.store import read
    from rasid.store.engine import transaction

    if form not in ("ndjson", "csv") or (as_json and form == "csv"):
        raise UsageError(f"--format takes ndjson or csv, not {form!r}{' with --json' if as_json else ''}")
    after = moment(since)
    with database() as context, transaction(context.engine) as conn, _sink(out) as sink:
        rows = read.export(conn, since=after, language=language, source=source)
        count = _write_csv(sink, rows) if form == "csv" else _write_ndjson(sink, rows)
    if out is not None:
        say(f"{count} articles written to {out}")


@contextmanager
def _sink(out: Path | None) -> Iterator[IO[bytes]]:
    """Where an export goes: stdout, or a file that appears only when it is whole."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        os.replace(part, out)
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _write_ndjson(sink: IO[bytes], rows: Iterable[dict[str, Any]]) -> int:
    from rasid.cli.output import json_line

    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 -- the last count is the answer
        sink.write(json_line(row))
    return count


def _write_csv(sink: IO[bytes], rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for count, row in enumerate(rows, 1):  # noqa: B007 -- the last count is the answer
        writer.writerow([_cell(row[name]) for name in _COLUMNS])
    text.flush()
    text.detach()
    return count


def _cell(value: object) -> object:
    if isinstance(value, list):
        return "; ".join(str(one) for one in value)
    return value.isoformat() if hasattr(value, "isoformat") else value
