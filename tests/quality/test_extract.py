"""Floors under the quality of reading, on the reference pages beside the checkout.

The floors stand a little under what was measured, so that an honest change passes and a loss does not.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from rasid.model import PageReading
from rasid.parse.page import read_page

pytestmark = pytest.mark.corpus
WORD = re.compile(r"\w+")


def pages(corpus: Path, name: str) -> Iterator[tuple[dict[str, Any], PageReading]]:
    """(truth, reading) of every page of one set."""
    truth = json.loads((corpus / name / "truth.json").read_text(encoding="utf-8"))
    with tarfile.open(corpus / name / "pages.tar.xz", "r:xz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            key = member.name.removeprefix("./")
            if file is not None and key in truth:
                yield truth[key], read_page(file.read(), url=truth[key].get("url"), content_type="text/html")


def overlap(ours: Counter[Any], theirs: Counter[Any]) -> float:
    """F1 of two bags."""
    common = sum((ours & theirs).values())
    total = sum(ours.values()) + sum(theirs.values())
    return 2 * common / total if total else 1.0


def word_f1(text: str, truth: str) -> float:
    """F1 of the bags of words, letter case aside."""
    return overlap(Counter(WORD.findall(text.lower())), Counter(WORD.findall(truth.lower())))


def shingle_f1(text: str, truth: str) -> float:
    """F1 of the bags of runs of four words."""
    bags = []
    for value in (text, truth):
        words = WORD.findall(value)
        bags.append(Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3))))
    return overlap(bags[0], bags[1])


def bodies(expected: dict[str, Any]) -> list[str]:
    """The right texts of one page of html-fundus: without and with its summary."""
    body = expected.get("body") or {}
    blocks = [
        block
        for part in body.get("sections") or []
        for block in (part.get("headline") or []) + (part.get("paragraphs") or [])
    ]
    return [" ".join(blocks), " ".join([*(body.get("summary") or []), *blocks])]


def test_benchmark_of_english_articles(corpus: Path) -> None:
    scores = [shingle_f1(reading.text, truth["articleBody"]) for truth, reading in pages(corpus, "html-aeb")]
    assert mean(scores) > 0.94


def test_publishers_of_many_countries(corpus: Path) -> None:
    """Every one of these pages is an article with a text; days are right."""
    texts, days = [], []
    for truth, reading in pages(corpus, "html-fundus"):
        expected = truth["expected"]
        assert reading.kind.value == "article", truth["url"]
        assert reading.text, truth["url"]
        texts.append(max(word_f1(reading.text, body) for body in bodies(expected)))
        if expected.get("publishing_date") and reading.published:
            wanted = datetime.fromisoformat(expected["publishing_date"])
            days.append(reading.published.value.date() == wanted.date())
    assert mean(texts) > 0.94
    assert mean(days) > 0.95


def test_arabic_and_persian_pages(corpus: Path) -> None:
    """Text, kind and language, of pages without a declared encoding too."""
    scores = []
    for truth, reading in pages(corpus, "html-arabic"):
        assert (reading.kind.value, reading.language) == ("article", truth["lang"])
        if truth.get("text"):
            scores.append(word_f1(reading.text, truth["text"]))
    assert mean(scores) > 0.97


def test_kinds_of_pages(corpus: Path) -> None:
    """Articles are told from lists, shops and forums well enough that few articles are lost."""
    articles: list[bool] = []
    others: list[bool] = []
    for truth, reading in pages(corpus, "html-wcxb"):
        said = reading.kind.value == "article"
        (articles if truth["page_type"] == "article" else others).append(said)
    assert mean(articles) > 0.9
    assert mean(others) < 0.5


def test_days_of_publication(corpus: Path) -> None:
    verdicts = []
    for truth, reading in pages(corpus, "html-dates-mediacloud"):
        verdicts.append(reading.published is not None and reading.published.value.date().isoformat() == truth["date"])
    assert mean(verdicts) > 0.8


def test_a_scraped_article(corpus: Path) -> None:
    """Plain text with the furniture of its page in between comes out whole."""
    folder = corpus / "seed-article"
    wanted = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["extract"]
    reading = read_page((folder / "article.txt").read_bytes(), content_type="text/plain; charset=utf-8")
    assert reading.text.split("\n\n") == [" ".join(line.split()) for line in wanted["body"]]
    assert (reading.title, reading.section, reading.dateline) == (
        wanted["title"],
        wanted["section"],
        wanted["dateline"]["raw"],
    )
    assert list(reading.related) == wanted["related"]
    assert reading.published is not None
    assert reading.published.value.isoformat() == wanted["published_at"]
