"""Lists of feeds in OPML."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover.opml import OpmlOutline, facts, is_cut, labels_of, read_opml, write_opml
from rasid.errors import UsageError

NESTED = """<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>قائمتي</title></head><body>
<outline text="سوريا"><outline text="شمال"><outline text="نورث برس" type="rss" xmlUrl="https://n.example/feed" htmlUrl="https://n.example/"/></outline>
<outline title="سانا" text="x" xmlUrl="https://s.example/?feed=rss2&amp;lang=ar"/></outline>
<outline text="no feed here"/><outline xmlUrl="https://bare.example/rss"/><outline xmlUrl="https://s.example/?feed=rss2&amp;lang=ar"/>
<outline text="bad" xmlUrl="file:///etc/passwd"/></body></opml>"""


def test_nested() -> None:
    """Feeds come in order, once each, under the names of the outlines around them."""
    assert read_opml(NESTED.encode()) == [
        OpmlOutline("نورث برس", "https://n.example/feed", "https://n.example/", ("سوريا", "شمال")),
        OpmlOutline("سانا", "https://s.example/?feed=rss2&lang=ar", None, ("سوريا",)),
        OpmlOutline("https://bare.example/rss", "https://bare.example/rss"),
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b'{"a": 1}', "JSON"),
        (b"https://example.org/\n", "list of URLs"),
        (b"hello", "'hello'"),
        (b"<rss><channel/></rss>", "<rss>: a feed"),
        (b"<!doctype html><html><body></body></html>", "<html>: a web page"),
        (b"<", "cannot be read as XML"),
    ],
)
def test_what_is_no_opml_is_named(body: bytes, said: str) -> None:
    """The error says what was found instead."""
    with pytest.raises(UsageError, match=re.escape(said)):
        read_opml(body)


def test_damage() -> None:
    """Bare quotes inside a value, bare ampersands and a cut end cost no feed."""
    body = '<opml><body><outline text="جريدة "الأخبار" & غيرها" xmlUrl="https://a.example/?x=1&y=2" type="rss"/>'

    assert read_opml(body.encode()) == [OpmlOutline('جريدة "الأخبار" & غيرها', "https://a.example/?x=1&y=2")]


def test_entities_are_inert(tmp_path: Path) -> None:
    """No file is read and no bomb goes off."""
    secret = tmp_path / "secret"
    secret.write_text("TOPSECRET")
    body = f"""<!DOCTYPE opml [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>
    <opml><body><outline text="&x;&b;" xmlUrl="https://a.example/"/></body></opml>"""

    (outline,) = read_opml(body.encode())

    assert "TOPSECRET" not in outline.title
    assert len(outline.title) < 50


def test_charset() -> None:
    """A declared windows-1256 list is read."""
    body = '<?xml version="1.0" encoding="windows-1256"?><opml><body><outline text="الجزيرة" xmlUrl="https://a.example/"/></body></opml>'

    assert read_opml(body.encode("cp1256"))[0].title == "الجزيرة"


letters = st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn", "Zs", "Zl", "Zp"], exclude_characters="<>&")
names = st.text(letters, min_size=1, max_size=20)


@given(st.lists(st.tuples(names, st.integers(0, 10_000), st.lists(names, max_size=3)), max_size=10))
def test_round_trip(rows: list[tuple[str, int, list[str]]]) -> None:
    """What is written is read again; only feeds of one category are brought together."""
    outlines = list({number: _outline(*row) for number, row in enumerate(rows)}.values())
    unique = list({outline.feed_url: outline for outline in reversed(outlines)}.values())

    again = read_opml(write_opml(unique))

    assert sorted(again, key=lambda one: one.feed_url) == sorted(
        (_normal(one) for one in unique), key=lambda one: one.feed_url
    )


def _outline(title: str, number: int, category: list[str]) -> OpmlOutline:
    return OpmlOutline(title, f"https://example.org/{number}", "https://example.org/", tuple(category))


def _normal(outline: OpmlOutline) -> OpmlOutline:
    """As it is after plain text was made of its names."""
    from rasid.discover.plain import plain

    path = tuple(name for part in outline.category if (name := plain(part, limit=1_000)))
    return OpmlOutline(plain(outline.title, limit=1_000) or outline.feed_url, outline.feed_url, outline.site_url, path)


@pytest.mark.corpus
def test_reference_lists(corpus: Path) -> None:
    """Real lists, some of them no well-formed XML, give their feeds."""
    wanted = found = 0
    with tarfile.open(corpus / "sources" / "opml.tar.xz") as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                body = file.read()
                wanted += len(set(re.findall(rb'xmlUrl="([^"]+)"', body)))
                found += len(read_opml(body))

    assert wanted > 100
    assert found / wanted > 0.98


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=5))
def test_whatever_a_list_says_of_an_outlet_is_well_formed_or_left_out(language: str, labels: list[str]) -> None:
    said = facts(OpmlOutline("x", "https://a.example/", language=language, labels=tuple(labels)))
    assert set(said) <= {"outlet", "family", "country", "language", "time_zone"}
    assert all(re.fullmatch(r"[\w/+-]{1,100}", value) for value in said.values())


def test_what_is_known_of_an_outlet_comes_back() -> None:
    """Labels and languages go out and come in; what is not known leaves no trace."""
    known = {"outlet": "nahr-ku", "family": "nahr", "country": "IQ", "time_zone": "Asia/Baghdad"}
    outline = OpmlOutline("روبار", "https://a.example/", language="ku-Latn", labels=labels_of({**known, "x": "y"}))
    (back,) = read_opml(write_opml([outline]))
    assert back == outline
    assert facts(back) == {**known, "language": "ku-Latn"}
    assert labels_of({"country": None, "family": ""}) == ()


@pytest.mark.parametrize("end", ["", "<!-- made by a program -->\n", "\n\n"])
def test_a_whole_list_is_not_cut(end: str) -> None:
    assert not is_cut(NESTED.encode() + end.encode())
    assert is_cut(NESTED.encode()[:-10] + end.encode())
