"""Pages that are made to be slow."""

from __future__ import annotations

import pytest

from rasid.model import PageKind
from rasid.parse.page import read_page
from rasid.text.bounds import MAX_BYTES, MAX_OPEN, MAX_TAGS, bounded


@pytest.mark.parametrize(
    "tag", [b"<div>", b"<div><p>", b"<ul><li>x", b"<b>", b"<font>x", b"<table><tr><td>", b"<svg><g>"]
)
def test_bombs_of_nesting_are_cut_and_read(tag: bytes) -> None:
    """Two megabytes of open tags are cut where nothing honest goes on."""
    bomb = b"<html><body><p>start</p>" + tag * (MAX_BYTES // len(tag))
    assert len(bounded(bomb)) < 50 + len(tag) * (MAX_OPEN + 2)
    assert read_page(bomb).kind in PageKind


def test_closing_tags_in_front_do_not_pay_for_open_ones() -> None:
    assert len(bounded(b"</i>" * 20_000 + b"<div>" * 20_000)) < 4 * 20_000 + 5 * (MAX_OPEN + 2)


def test_an_ordinary_page_is_left_alone() -> None:
    page = b"<div><p>one<p>two<br></div>" * 3000
    assert bounded(page) == page


def test_a_page_of_nothing_but_tags_is_cut() -> None:
    assert bounded(b"<p>" * 600_000).count(b"<p>") == MAX_TAGS


def test_only_the_head_of_a_giant_is_read() -> None:
    assert len(bounded(b"x" * (MAX_BYTES + 10))) == MAX_BYTES
