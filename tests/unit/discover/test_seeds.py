"""Seed files: what is taken, what is refused and how."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover.seeds import Channel, Outlet, load_folder, read_seed, write_seed
from rasid.errors import UsageError
from rasid.model import CHANNEL_KINDS

SEED = """name = "عنب بلدي"
name_en = "Enab Baladi"
family = "enab-baladi"
country = "SY"
language = "ar"
time_zone = "Asia/Damascus"
home = "https://www.enabbaladi.net/"
[[channels]]
kind = "feed"
url = "https://www.enabbaladi.net/feed/"
unverified = true
"""


def test_read(tmp_path: Path) -> None:
    """A file gives an outlet whose id is its stem."""
    path = tmp_path / "enab-baladi.toml"
    path.write_text(SEED, encoding="utf-8")

    outlet = read_seed(path)

    assert outlet == read_seed(SEED, outlet_id="enab-baladi")
    assert (outlet.id, outlet.name, outlet.delay_seconds) == ("enab-baladi", "عنب بلدي", None)
    assert outlet.channels == (Channel("feed", "https://www.enabbaladi.net/feed/", unverified=True),)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('time_zone = "Asia/Damascus"', 'time_zone = "Asia/Damasus"', "did you mean 'Asia/Damascus'?"),
        ("name_en", "name_eng", "did you mean 'name_en'?"),
        ("unverified = true", "verified = true", "did you mean 'unverified'?"),
        ('kind = "feed"', 'kind = "sitemaps"', "did you mean 'sitemap'?"),
        ('country = "SY"', 'country = "Syria"', "two capital letters"),
        ('language = "ar"', 'language = "Arabic"', "BCP 47"),
        ('family = "enab-baladi"', 'family = "Enab Baladi"', "lower-case words"),
        ('name = "عنب بلدي"', "name = 3", "name must be a text"),
        ('family = "enab-baladi"\n', "", "missing family"),
        ("unverified = true", "unverified = 1", "must be true or false"),
        ("https://www.enabbaladi.net/feed/", "feed.xml", "no http(s) URL"),
        ("https://www.enabbaladi.net/feed/", "ftp://example.org/", "no http(s) URL"),
        ("[[channels]]", "[channels]", "at least one [[channels]]"),
        ("[[channels]]", "delay_seconds = -1\n[[channels]]", "from 0 to 3600"),
        ("[[channels]]", "expect = 3\n[[channels]]", "[expect]"),
        ("[[channels]]", "[expect]\narticles_a_day = 1.5\n[[channels]]", "whole number"),
        ('"SY"', "SY", "no valid TOML"),
    ],
)
def test_refused(old: str, new: str, said: str) -> None:
    """A wrong seed is refused, and the message says where and what to write."""
    assert old in SEED
    with pytest.raises(UsageError, match=re.escape(said)):
        read_seed(SEED.replace(old, new), outlet_id="enab-baladi")


def test_one_channel_twice_is_refused() -> None:
    """A channel stands once in an outlet."""
    twice = SEED + '[[channels]]\nkind = "section"\nurl = "https://www.enabbaladi.net/feed/"\n'

    with pytest.raises(UsageError, match="two channels"):
        read_seed(twice, outlet_id="enab-baladi")


def test_private_addresses_are_left_to_the_fetcher() -> None:
    """An operator may watch a site of the own network: the address guard decides."""
    outlet = read_seed(SEED.replace("https://www.enabbaladi.net", "http://127.0.0.1:8080"), outlet_id="local")

    assert outlet.home == "http://127.0.0.1:8080/"


def test_load_folder(tmp_path: Path) -> None:
    """All files below the folder, sorted; one id twice or an unreadable file is an error that names it."""
    for country, name in (("b", "two"), ("a", "three"), ("a", "one")):
        (tmp_path / country).mkdir(exist_ok=True)
        (tmp_path / country / f"{name}.toml").write_text(SEED, encoding="utf-8")
    assert [outlet.id for outlet in load_folder(tmp_path)] == ["one", "three", "two"]

    (tmp_path / "b" / "one.toml").write_text(SEED, encoding="utf-8")
    with pytest.raises(UsageError, match=r"one.*taken"):
        load_folder(tmp_path)

    (tmp_path / "b" / "one.toml").write_bytes(b"\xff")
    (tmp_path / "a" / "one.toml").unlink()
    with pytest.raises(UsageError, match="UTF-8"):
        load_folder(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        load_folder(tmp_path / "none")


words = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() and not re.search("[\ud800-\udfff]", text))


@given(
    name=words,
    note=st.none() | words,
    languages=st.lists(st.sampled_from(["ar", "en", "ckb", "ku-Latn"]), max_size=3),
    delay=st.none() | st.floats(0, 3600),
    count=st.none() | st.integers(0, 10_000),
    kinds=st.lists(st.sampled_from(CHANNEL_KINDS), min_size=1, max_size=4),
    section=st.none() | words,
)
def test_round_trip(
    name: str,
    note: str | None,
    languages: list[str],
    delay: float | None,
    count: int | None,
    kinds: list[str],
    section: str | None,
) -> None:
    """What is written is read again, whatever people write into names and notes."""
    channels = tuple(
        Channel(kind, f"https://example.org/{number}", unverified=number % 2 == 0, language="en", section=section)
        for number, kind in enumerate(kinds)
    )
    outlet = Outlet(
        "one", name, name, "one", "SY", "ar", "Asia/Damascus", "https://example.org/", channels,
        languages=tuple(languages), delay_seconds=delay, articles_a_day=count, note=note,
    )  # fmt: skip

    assert read_seed(write_seed(outlet), outlet_id="one") == outlet
