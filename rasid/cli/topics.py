"""``rasid topics``: what readers call articles, by rules of their own and by what is learned of their tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rasid.cli.options import Json, number
from rasid.cli.rule import By, signed
from rasid.cli.shape import example, group
from rasid.errors import RasidError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from rasid.enrich.train_topics import Learned
    from rasid.store.topics import Topic

Name = Annotated[str, typer.Argument(help="Name of the topic.")]
Ids = Annotated[list[str], typer.Argument(help="Ids of articles.")]
#: A model with a lower F1 on what it has not seen is kept, but tags nothing.
_LEAST_F1 = 0.5


def register(app: typer.Typer) -> None:
    topics = group(
        "topics",
        "Look after topics: rules of your own, tags, and models that learn from your tags.",
        "rasid topics add bread --query 'خبز OR طحين'",
        "rasid topics tag 12 15 bread",
    )
    topics.command("list", epilog=example("rasid topics list --json"))(list_)
    topics.command(
        "add", epilog=example("rasid topics add bread --query 'خبز OR طحين -مباراة'", "rasid topics add aid")
    )(add)
    topics.command("show", epilog=example("rasid topics show bread"))(show)
    topics.command("remove", epilog=example("rasid topics remove bread"))(remove)
    topics.command("tag", epilog=example("rasid topics tag 12 15 bread"))(tag)
    topics.command("untag", epilog=example("rasid topics untag 40 bread", "rasid topics untag 12 bread --forget"))(
        untag
    )
    topics.command("train", epilog=example("rasid topics train bread", "rasid topics train --json"))(train)
    topics.command("report", epilog=example("rasid topics report", "rasid topics report bread --json"))(report)
    app.add_typer(topics)


# --- rules --------------------------------------------------------------------------------------------------------


def list_(as_json: Json = False) -> None:
    """List topics with their rules, tags and models."""
    from rasid.cli.output import print_lines, print_table, say

    rows = _report(None)
    if as_json:
        print_lines(rows)
    elif not rows:
        say("there is no topic: `rasid topics add NAME --query QUERY`, or `rasid topics add NAME` to tag by hand")
    else:
        print_table(
            ("topic", "tagged", "refused", "by rule", "by model", "model", "F1", "rule"),
            (
                (row["name"], row["tagged"], row["refused"], row["by_rule"], row["by_model"], _model(row),
                 row["model"] and f"{row['model']['f1']:.2f}", row["query"])
                for row in rows
            ),
            numbers=("tagged", "refused", "by rule", "by model", "F1"),
        )  # fmt: skip


def _model(row: dict[str, Any]) -> str | None:
    model = row["model"]
    return None if model is None else f"{model['version']}{'' if model['used'] else ' (not used)'}"


def add(
    name: Annotated[str, typer.Argument(help="Its name; one that is there gets this rule.")],
    query: Annotated[
        str | None,
        typer.Option(help='Its rule: words, "phrases", OR, -word, lang:ar, source:ID, place:ID, entity:ID.'),
    ] = None,
    as_json: Json = False,
) -> None:
    """Save a topic, with a rule or to tag articles by hand."""
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.enrich.topics import check_name
    from rasid.store import topics
    from rasid.store.engine import transaction

    try:
        clean = check_name(name)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if query is not None:
        _check_rule(query)
    with database() as context, transaction(context.engine) as conn:
        known = topics.find(conn, clean)
        topic = topics.put(conn, name=clean, query=query)
    if as_json:
        print_one({"id": topic.id, "name": topic.name, "query": query, "replaced": known is not None})
        return
    say(f"{topic.name} {'is changed' if known else 'is set'}")
    if query is not None:
        say("what comes from now on is read by it; for what is stored: `rasid enrich --since 7d --with rasid-topics`")


def _check_rule(query: str) -> None:
    from rasid.text.queries import Query, asks_for_topic

    if asks_for_topic(Query.parse(query)):
        raise UsageError("the rule of a topic cannot ask for a topic; a watch can")


def show(name: Name, as_json: Json = False) -> None:
    """Show one topic: its rule, how it is tagged, its model, and its newest articles."""
    from rasid.cli.output import print_fields, print_one, print_table, shorten
    from rasid.cli.session import database
    from rasid.store import read, topics
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        topic = find_topic(conn, name)
        (row,) = topics.report(conn, topic_id=topic.id)
        newest = read.search(conn, None, limit=10, topic=topic.id)
    if as_json:
        print_one({**row, "articles": newest})
        return
    names = ("name", "query", "created_at", "tagged", "refused", "by_rule", "by_model")
    print_fields((one.removesuffix("_at").replace("_", " "), row[one]) for one in names)
    print_fields((f"model {one}".replace("_at", ""), value) for one, value in (row["model"] or {}).items())
    print_table(
        ("id", "published", "source", "title"),
        (
            (one["id"], one["published_at"] or one["first_seen_at"], one["source"], shorten(one["title"], 90))
            for one in newest
        ),
        numbers=("id",),
    )


def remove(name: Name, as_json: Json = False) -> None:
    """Take a topic away, with its tags, its models, and what was said of articles by it."""
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import topics
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        topic = find_topic(conn, name)
        topics.remove(conn, topic.id)
    if as_json:
        print_one({"name": topic.name, "removed": True})
    else:
        say(f"{topic.name} is removed")


def find_topic(conn: Connection, name: str) -> Topic:
    """The topic of a name.

    Raises:
        RasidError: there is none.
    """
    from rasid.store import topics

    topic = topics.find(conn, " ".join(name.split()))
    if topic is None:
        raise RasidError(f"there is no topic {name!r}; `rasid topics list` names all")
    return topic


# --- tags ---------------------------------------------------------------------------------------------------------


def tag(articles: Ids, name: Name, by: By = None, as_json: Json = False) -> None:
    """Say that articles are of a topic: it learns from them."""
    _tag(articles, name, positive=True, by=by, as_json=as_json)


def untag(
    articles: Ids,
    name: Name,
    forget: Annotated[bool, typer.Option("--forget", help="Take back what was said of them, either way.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Say that articles are not of a topic, whatever its rule or model takes them for."""
    if not forget:
        _tag(articles, name, positive=False, by=by, as_json=as_json)
        return
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import topics
    from rasid.store.engine import transaction

    ids = _ids(articles)
    with database() as context, transaction(context.engine) as conn:
        topic = find_topic(conn, name)
        count = topics.forget(conn, topic.id, ids)
    if as_json:
        print_one({"topic": topic.name, "forgotten": count})
    else:
        say(f"{count} of {len(ids)} had been judged; that is forgotten")


def _tag(articles: Sequence[str], name: str, *, positive: bool, by: str | None, as_json: bool) -> None:
    from rasid.cli.output import print_one, say
    from rasid.cli.session import database
    from rasid.store import topics
    from rasid.store.engine import transaction

    ids = _ids(articles)
    with database() as context, transaction(context.engine) as conn:
        topic = find_topic(conn, name)
        unknown = topics.tag(conn, topic.id, ids, positive=positive, by=signed(by, None).by)
        (row,) = topics.report(conn, topic_id=topic.id)
        if unknown:
            raise RasidError(f"there is no article {', '.join(map(str, unknown))}; nothing was noted")
    counts = {"tagged": row["tagged"], "refused": row["refused"]}
    if as_json:
        print_one({"topic": topic.name, "articles": ids, "positive": positive, **counts})
    else:
        say(f"{topic.name}: {row['tagged']} articles are tagged, {row['refused']} refused")


def _ids(articles: Sequence[str]) -> list[int]:
    return sorted({number(one, what="the id of an article") for one in articles})


# --- learning -----------------------------------------------------------------------------------------------------


def train(
    names: Annotated[
        list[str] | None, typer.Argument(help="Topics; all that have enough tags if none is named.")
    ] = None,
    least_f1: Annotated[
        float, typer.Option("--least-f1", min=0.0, max=1.0, help="A model that does worse is kept, but not used.")
    ] = _LEAST_F1,
    as_json: Json = False,
) -> None:
    """Learn topics from their tags, and tell how well that does on articles that were held back.

    Twenty tagged articles are needed, of more than one story. Articles without a tag stand for what is none of it.
    """
    from rasid.cli.output import print_lines
    from rasid.cli.session import database
    from rasid.store import topics
    from rasid.store.engine import transaction

    with database() as context:
        with transaction(context.engine) as conn:
            wanted = [find_topic(conn, name) for name in names] if names else topics.every(conn)
        rows = [
            row
            for topic in wanted
            if (row := _train_one(context.engine, topic, least_f1, named=bool(names))) is not None
        ]
    if as_json:
        print_lines(rows)
    elif not rows:
        raise RasidError("no topic has enough tags to learn from: 20 articles are needed, `rasid topics tag ID… NAME`")
    else:
        _print_trained(rows)


def _train_one(engine: Any, topic: Topic, least_f1: float, *, named: bool) -> dict[str, Any] | None:
    """Learn one topic; None where it has too few tags and was not named."""
    from dataclasses import asdict

    from rasid.enrich.topics import FEATURES, pack
    from rasid.enrich.train_topics import TooFew
    from rasid.store import topics
    from rasid.store.engine import transaction

    with transaction(engine) as conn:
        examples = list(topics.examples(conn, topic.id))
    try:
        learned = _learn(examples)
    except TooFew as error:
        if named:
            raise TooFew(f"{topic.name}: {error}; `rasid topics tag ID… NAME`") from error
        return None
    scores = {**asdict(learned.scores), "asked": sum(one.asked for one in examples)}
    used = learned.scores.f1 >= least_f1
    with transaction(engine) as conn:
        version = topics.save_model(
            conn,
            topics.NewModel(
                topic.id, FEATURES, pack(learned.weights), learned.bias, learned.scores.threshold, scores, used
            ),
        )
    return {"topic": topic.name, "version": version, "used": used, **scores}


def _learn(examples: Sequence[Any]) -> Learned:
    from rasid.enrich.topics import features
    from rasid.enrich.train_topics import Example, train

    # A story is held together; an article of none is a group by itself, told apart by its sign.
    return train(
        [
            Example(
                features(one.title, one.text, language=one.language, refs=one.refs),
                one.positive,
                one.story_id if one.story_id is not None else -one.id,
            )
            for one in examples
        ]
    )


def _print_trained(rows: Sequence[dict[str, Any]]) -> None:
    from rasid.cli.output import print_table, say

    print_table(
        ("topic", "version", "tagged", "others", "precision", "recall", "F1", "used"),
        (
            (row["topic"], row["version"], row["positives"], row["negatives"], f"{row['precision']:.2f}",
             f"{row['recall']:.2f}", f"{row['f1']:.2f}", "yes" if row["used"] else "no")
            for row in rows
        ),
        numbers=("version", "tagged", "others", "precision", "recall", "F1"),
    )  # fmt: skip
    say("figures are of articles that were held back; what comes from now on is read by the models that are used")


def report(
    name: Annotated[str | None, typer.Argument(help="Name of a topic; all of them if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Tell how rules and models do: against tags, and on articles that were held back.

    "By rule" counts the tagged articles that the rule finds, "by rule too" the refused ones.
    """
    from rasid.cli.output import print_lines, print_table, say

    rows = _report(name)
    if as_json:
        print_lines(rows)
        return
    print_table(
        ("topic", "tagged", "by rule", "refused", "by rule too", "model", "learned", "precision", "recall", "F1"),
        (
            (row["name"], row["tagged"], row["rule_found"] if row["query"] else None, row["refused"],
             row["rule_wrong"] if row["query"] else None, _model(row), *_figures(row["model"]))
            for row in rows
        ),
        numbers=("tagged", "by rule", "refused", "by rule too", "precision", "recall", "F1"),
    )  # fmt: skip
    if not rows:
        say("there is no topic: `rasid topics add NAME`")


def _figures(model: dict[str, Any] | None) -> tuple[object, ...]:
    if model is None:
        return (None, None, None, None)
    made = str(model["made_at"])[:10]
    return (made, f"{model['precision']:.2f}", f"{model['recall']:.2f}", f"{model['f1']:.2f}")


def _report(name: str | None) -> list[dict[str, Any]]:
    from rasid.cli.session import database
    from rasid.store import topics
    from rasid.store.engine import transaction

    with database() as context, transaction(context.engine) as conn:
        topic_id = find_topic(conn, name).id if name is not None else None
        return topics.report(conn, topic_id=topic_id)
