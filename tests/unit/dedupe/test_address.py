"""The forms of one article's address: canonical, AMP, mobile, print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.dedupe.address import address_of
from rasid.dedupe.decide import Candidate, Grouper, decide
from rasid.dedupe.fingerprint import fingerprint

PAGE = "https://www.example.org/news/2026/03/bridge-opens-12345"


@pytest.mark.parametrize(
    "form",
    [
        "http://example.org/news/2026/03/bridge-opens-12345/",
        "https://m.example.org/news/2026/03/bridge-opens-12345?utm_source=x#top",
        "https://amp.example.org/news/2026/03/bridge-opens-12345",
        "https://example.org/news/2026/03/bridge-opens-12345/amp",
        "https://example.org/news/2026/03/bridge-opens-12345?amp=1",
        "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/news/2026/03/bridge-opens-12345",
        "https://example.org/print/news/2026/03/bridge-opens-12345",
        "https://example.org/news/2026/03/bridge-opens-12345/print",
        "https://example.org/news/2026/03/bridge-opens-12345?print=1",
        "https://example.org/news/2026/03/bridge-opens-12345?tmpl=component&print=1&page=",
        "https://example.org/news/2026/03/bridge-opens-12345?view=print",
    ],
)
def test_forms_of_one_address_are_one(form: str) -> None:
    assert address_of(form) == address_of(PAGE)
    assert address_of("https://other.example/1", canonical=form) == address_of(PAGE)


def test_other_addresses_are_others() -> None:
    others = [
        PAGE, PAGE + "6", "https://example.org/news/print", "https://example.org/print", f"{PAGE}?page=2",
        "https://example.org/news?id=7", "https://example.org/news?id=7&print=0", "https://example.net/news?id=7",
    ]  # fmt: skip
    assert len({address_of(other) for other in others}) == len(others)


def test_no_address_and_front_pages_are_none() -> None:
    assert [address_of(url) for url in (None, "", "x y", "mailto:a@b.c", "https://example.org/", "https://a.b/ar")] == [
        None
    ] * 6


@given(st.text(max_size=80))
def test_whatever_is_given_has_an_answer(text: str) -> None:
    for url in (text, f"https://example.org/{text}", f"https://{text}/a"):
        found = address_of(url)
        assert found is None or -(2**63) <= found < 2**63


OLD = " ".join(f"word{number}" for number in range(200))
#: Too much is put in for the wording to say "copy".
NEW = " ".join(f"word{number}" if number % 100 < 48 else f"other{number}" for number in range(200))
ELSE = " ".join(f"else{number}" for number in range(200))


def test_one_address_makes_a_copy_of_what_shares_a_good_part_of_the_wording() -> None:
    old = Candidate(1, 1, fingerprint("", OLD), address=7)
    assert decide(fingerprint("", NEW), [old]).why["rung"] == "none"
    verdict = decide(fingerprint("", NEW), [old], address=7)
    assert (verdict.group, verdict.why["rung"]) == (1, "address")
    assert decide(fingerprint("", NEW), [old], address=8).group is None


def test_one_canonical_address_on_all_pages_makes_no_copies() -> None:
    old = Candidate(1, 1, fingerprint("", OLD), address=7)
    assert decide(fingerprint("", ELSE), [old], address=7).group is None


def test_articles_of_one_address_meet_in_memory() -> None:
    grouper = Grouper()
    assert grouper.add("a", "", OLD, url=PAGE)["group"] == "a"
    assert grouper.add("b", "", NEW, url=f"{PAGE}/amp")["group"] == "a"
    assert grouper.add("c", "", NEW)["group"] == "a"  # the same words
