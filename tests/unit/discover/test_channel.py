"""Any body of a channel, read by its kind."""

from __future__ import annotations

import gzip
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.discover.channel import answer_feed, read_channel
from rasid.errors import ItemError
from rasid.model import ChannelKind, ChannelReading

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://example.org/ar/feed"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
     xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>وكالة &amp; أخبار</title><link>https://example.org/</link><language>ar-SY</language>
<atom:link href="https://example.org/ar/feed" rel="self" type="application/rss+xml"/>
<item><title><![CDATA[انفجار في <b>دمشق</b>]]></title><link>/ar/2024/12/03/انفجار?a=1&amp;b=2</link>
<guid isPermaLink="false">tag:example.org,2024:1</guid><pubDate>Tue, 03 Dec 2024 09:15:00 +0300</pubDate>
<dc:creator>أحمد علي</dc:creator><category>سياسة</category><category>سوريا</category>
<description>&lt;p&gt;قالت مصادر&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>
<media:content url="/i/1.jpg" medium="image"/></item>
<item><title>بلا رابط</title><guid>https://example.org/ar/2</guid><author>a@b.org (ليلى)</author>
<enclosure url="https://example.org/i/2.png" type="image/png" length="1"/></item>
<item><title>رابط خبيث</title><link>javascript:alert(1)</link></item>
</channel></rss>"""


def read(body: str | bytes, **options: object) -> ChannelReading:
    data = body.encode() if isinstance(body, str) else body
    return read_channel(data, url=URL, now=NOW, **options)  # type: ignore[arg-type]


def test_rss() -> None:
    """Every field of an RSS item is read, text is plain, relative addresses are joined."""
    reading = read(RSS)
    first, second, third = reading.entries

    assert (reading.kind, reading.title, reading.language) == (ChannelKind.RSS, "وكالة & أخبار", "ar-sy")
    assert first.url == "https://example.org/ar/2024/12/03/انفجار?a=1&b=2"
    assert first.guid == "tag:example.org,2024:1"
    assert first.title == "انفجار في دمشق"
    assert first.summary == "قالت مصادر"
    assert first.authors == ("أحمد علي",)
    assert first.tags == ("سياسة", "سوريا")
    assert first.published_at is not None
    assert first.published_at.isoformat() == "2024-12-03T09:15:00+03:00"
    assert first.image == "https://example.org/i/1.jpg"
    assert (second.url, second.authors, second.image) == (
        "https://example.org/ar/2",
        ("ليلى",),
        "https://example.org/i/2.png",
    )
    assert third.url == ""


def test_atom() -> None:
    """Atom: the alternate link, typed text, person names, both times, xml:base and xml:lang."""
    reading = read("""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://example.net/a/">
        <title type="html">L&amp;eacute;vant</title>
        <entry xml:base="b/"><id>urn:1</id><title type="xhtml"><div
        xmlns="http://www.w3.org/1999/xhtml">Un <i>titre</i></div></title>
        <link rel="enclosure" href="c.mp3" type="audio/mpeg"/><link rel="alternate" href="c.html"/>
        <author><name>Zoé</name><email>z@example.net</email></author><category term="monde" label="Monde"/>
        <published>2024-12-03T09:15:00Z</published><updated>2024-12-04T09:15:00Z</updated>
        <content type="html">&lt;p&gt;Texte&lt;/p&gt;</content></entry></feed>""")
    entry = reading.entries[0]

    assert (reading.kind, reading.title, reading.language) == (ChannelKind.ATOM, "Lévant", "fr")
    assert (entry.url, entry.title, entry.summary) == ("https://example.net/a/b/c.html", "Un titre", "Texte")
    assert (entry.authors, entry.tags) == (("Zoé",), ("monde",))
    assert entry.published_at == datetime(2024, 12, 3, 9, 15, tzinfo=UTC)
    assert entry.updated_at == datetime(2024, 12, 4, 9, 15, tzinfo=UTC)


def test_rdf() -> None:
    """RDF: items beside the channel, rdf:about as guid, dc:date as publication."""
    reading = read("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>DW</title>
        <dc:language>ar</dc:language></channel><item rdf:about="https://example.org/1"><title>خبر</title><link>https://example.org/1?maca=x</link>
        <dc:date>2024-12-03T09:15:00Z</dc:date></item></rdf:RDF>""")
    entry = reading.entries[0]

    assert (reading.kind, reading.title, reading.language) == (ChannelKind.RDF, "DW", "ar")
    assert (entry.url, entry.guid) == ("https://example.org/1?maca=x", "https://example.org/1")
    assert entry.published_at == datetime(2024, 12, 3, 9, 15, tzinfo=UTC)


def test_json_feed() -> None:
    """JSON Feed 1.1, with values of wrong types borne."""
    items = [
        {"id": 7, "url": "/a", "title": "عنوان <i>أول</i>", "content_html": "<p>نص</p>", "authors": [{"name": "م"}],
         "tags": ["س", 3], "date_published": "2024-12-03T09:15:00Z"},
        "no item", {"id": "https://example.org/b", "tags": "أ، ب", "author": None, "title": {"x": 1}},
    ]  # fmt: skip
    reading = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "ت", "items": items}))
    first, second = reading.entries

    assert reading.kind is ChannelKind.JSON
    assert (first.url, first.guid, first.title, first.summary) == ("https://example.org/a", "7", "عنوان أول", "نص")
    assert (first.authors, first.tags) == (("م",), ("س",))
    assert (second.url, second.title, second.tags) == ("https://example.org/b", None, ("أ", "ب"))


def test_news_sitemap() -> None:
    """A news sitemap gives title, time, language and keywords; pictures and alternates are no pages."""
    reading = read("""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <url><loc> https://example.org/1 </loc><lastmod>2024-12-03</lastmod>
        <xhtml:link rel="alternate" hreflang="en" href="https://example.org/en/1"/>
        <image:image><image:loc>https://example.org/1.jpg</image:loc><image:title>لا</image:title></image:image>
        <news:news><news:publication><news:name>سانا</news:name><news:language>ar</news:language></news:publication>
        <news:publication_date>2024-12-03T09:15:00+03:00</news:publication_date>
        <news:title><![CDATA[عنوان & آخر]]></news:title>
        <news:keywords>حلب, دمشق</news:keywords></news:news></url><url><loc>ftp://no</loc></url></urlset>""")
    (entry,) = reading.entries

    assert (reading.kind, reading.title, reading.language) == (ChannelKind.SITEMAP, "سانا", "ar")
    assert (entry.url, entry.title, entry.tags) == ("https://example.org/1", "عنوان & آخر", ("حلب", "دمشق"))
    assert entry.published_at is not None
    assert entry.updated_at == datetime(2024, 12, 3, tzinfo=UTC)
    assert entry.image == "https://example.org/1.jpg"


def test_sitemap_index_in_gzip() -> None:
    """A gzip index gives its sitemaps."""
    body = b"<sitemapindex><sitemap><loc>https://example.org/s.xml.gz</loc></sitemap></sitemapindex>"

    reading = read(gzip.compress(body))

    assert reading.kind is ChannelKind.SITEMAPINDEX
    assert [entry.url for entry in reading.entries] == ["https://example.org/s.xml.gz"]


def test_large_sitemap_keeps_the_newest() -> None:
    """Over the limit, the newest rows stay, in their order."""
    rows = "".join(f"<url><loc>https://e.org/{n}</loc><lastmod>2024-01-{n:02}</lastmod></url>" for n in (3, 9, 1, 8, 2))

    reading = read(f"<urlset>{rows}</urlset>", max_entries=2)

    assert [entry.url for entry in reading.entries] == ["https://e.org/9", "https://e.org/8"]


def test_text_sitemap() -> None:
    """A list of URLs is a sitemap; other text is unknown."""
    assert [entry.url for entry in read("https://e.org/1\r\nhttps://e.org/2\n").entries] == [
        "https://e.org/1",
        "https://e.org/2",
    ]
    assert read("https://e.org/1\nnot a URL").kind is ChannelKind.UNKNOWN


def test_first_entries_are_kept() -> None:
    """A feed over the limit gives its first entries."""
    items = "".join(f"<item><title>{n}</title></item>" for n in range(50))

    reading = read(f"<rss><channel><title>t</title>{items}</channel></rss>", max_entries=3)

    assert [entry.title for entry in reading.entries] == ["0", "1", "2"]
    assert reading.title == "t"


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel><title>t</title><item><title>AT&T &eacute; &nbsp;x</title></item></channel></rss>",
        "\n\n<br />Warning: something in /var/www<br />\n<rss><channel><item><title>x</title></item></channel></rss>",
        "<rss><channel><item><title>a\x08b</title></item>",
        "<rss><channel><item><title>whole</title><description>cu",
        "<rss><channel><item><title>a</tilte></item></channel></rss>",
        "<RSS><CHANNEL><ITEM><TITLE>a</TITLE></ITEM></CHANNEL></RSS>",
        '<rss xmlns="http://backend.userland.com/rss2"><channel><item><title>a</title></item></channel></rss>',
        "<rss><channel><item><dc:creator>x</dc:creator><title>undeclared prefix</title></item></channel></rss>",
        "<?xml version='1.0' encoding='utf-16'?><rss><channel><item><title>a</title></item></channel></rss>",
    ],
)
def test_damage_is_read_over(body: str) -> None:
    """Common damage costs no entry."""
    reading = read(body)

    assert reading.kind is ChannelKind.RSS
    assert len(reading.entries) == 1
    assert reading.entries[0].title


def test_a_cut_address_is_not_used() -> None:
    """The last value of a cut feed is left out: half an address would be fetched in vain."""
    reading = read("<rss><channel><item><title>a</title><link>https://example.org/1</lin")

    assert [(entry.title, entry.url) for entry in reading.entries] == [("a", "")]


def test_mended_text() -> None:
    """Entities of HTML and bare ampersands come out as what was meant."""
    reading = read("<rss><channel><item><title>AT&T caf&eacute; &bogus;</title></item></channel></rss>")

    assert reading.entries[0].title == "AT&T café &bogus;"


@pytest.mark.parametrize("body", [b"", b"\0\0", b"{", b"[", b"plain", b"\xff\xfe", b"<", b"<?xml", b"\x1f\x8b", b"{}"])
def test_unknown(body: bytes) -> None:
    """What is no channel is unknown, and no error."""
    assert read(body) == ChannelReading(ChannelKind.UNKNOWN)


# --- hostile ------------------------------------------------------------------------------------------------------


def test_entity_bomb_is_inert() -> None:
    """Entities that hold entities are never expanded."""
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))

    reading = read(f"<!DOCTYPE rss [{names}]><rss><channel><title>&e11;</title></channel></rss>")

    assert len(reading.title or "") < 100


def test_external_entities_are_never_opened(tmp_path: Path) -> None:
    """A file that a document names is not read, in any of the places where it can be named."""
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    body = f"""<?xml version="1.0"?><!DOCTYPE rss PUBLIC "x" "{secret.as_uri()}" [
        <!ENTITY a SYSTEM "{secret.as_uri()}"><!ENTITY % b SYSTEM "{secret.as_uri()}"> %b;]>
        <rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel><title>&a;</title>
        <item><title>x &a;<xi:include href="{secret.as_uri()}" parse="text"/></title></item></channel></rss>"""

    reading = read(body)

    assert "TOPSECRET" not in repr(reading)
    assert len(reading.entries) == 1


def test_simple_entities_of_a_document_are_read() -> None:
    """A harmless internal entity keeps its meaning."""
    reading = read('<!DOCTYPE rss [<!ENTITY co "سانا">]><rss><channel><title>&co; – خبر</title></channel></rss>')

    assert reading.title == "سانا – خبر"


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel>" + b"<item>" * 30_000,
        b"<html><body>" + b"<div>" * 30_000 + b"<a href='/2024/01/01/a-b-c-d'>x</a>",
        b"{" + b'"a":{' * 30_000,
        b"<rss " + b"a" * 300_000,
        b"<!DOCTYPE " + b"[" * 100_000,
        b"<rss><channel><title>" + b"&" * 100_000,
        b"<rss><channel><title>" + b"<![CDATA[" * 30_000,
    ],
)
def test_deep_and_large(body: bytes) -> None:
    """Nesting and repetition come to an end with few entries and no error."""
    assert len(read(body).entries) < 1_000


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_never_raises(body: bytes) -> None:
    """No bytes raise."""
    read(body)


@settings(max_examples=100)
@given(st.data())
def test_mutations_never_raise(data: st.DataObject) -> None:
    """A real feed with bytes replaced is read without an error."""
    body = bytearray(RSS.encode())
    for _ in range(data.draw(st.integers(1, 30))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    read(bytes(body))


# --- the contract -------------------------------------------------------------------------------------------------


def test_answer(tmp_path: Path) -> None:
    """The answer has the names of the contract and nothing else, from a body and from a file."""
    path = tmp_path / "feed.xml"
    path.write_text(RSS, encoding="utf-8")

    answer = answer_feed({"body": RSS, "url": URL, "id": 1, "other": 2})

    assert answer == answer_feed({"path": str(path), "url": URL})
    assert list(answer) == ["kind", "title", "language", "entries"]
    entries = answer["entries"]
    assert isinstance(entries, list)
    assert list(entries[0]) == [
        "url", "guid", "title", "summary", "authors", "published_at", "updated_at", "tags", "image",
    ]  # fmt: skip
    assert entries[0]["published_at"] == "2024-12-03T09:15:00+03:00"
    assert entries[2]["url"] is None
    json.dumps(answer)


def test_text_body_is_past_its_charset() -> None:
    """A body given as text is not decoded again by the charset that it declares."""
    body = '<?xml version="1.0" encoding="windows-1256"?><rss><channel><title>سوريا\ud800</title></channel></rss>'

    assert answer_feed({"body": body})["title"] == "سوريا?"


@pytest.mark.parametrize(
    ("item", "code"),
    [({}, "bad_item"), ({"body": 3}, "bad_item"), ({"body": "x", "url": []}, "bad_item"),
     ({"path": "/no/such/file"}, "unreadable_file"), ({"path": "a\0b"}, "unreadable_file")],
)  # fmt: skip
def test_bad_items(item: dict[str, object], code: str) -> None:
    """A bad item is an error with a code of its own."""
    with pytest.raises(ItemError) as caught:
        answer_feed(item)

    assert caught.value.code == code


@pytest.mark.corpus
def test_reference_feeds(corpus: Path) -> None:
    """Each feed of the reference set is answered, and nearly all with their kind."""
    kinds = []
    with tarfile.open(corpus / "feeds-feedparser" / "feeds.tar.xz") as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                kinds.append(read_channel(file.read(), url=URL, now=NOW).kind)

    assert len(kinds) > 700
    assert kinds.count(ChannelKind.UNKNOWN) / len(kinds) < 0.02


def test_a_comment_that_nothing_closes_swallows_no_title() -> None:
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">sa&lt;!-- -- x &gt;fe</title></feed>'
    assert read(feed).title == "safe"


def test_who_publishes_an_item_speaks_where_nobody_signed() -> None:
    item = "<item><link>https://a.example/{}</link>{}<dc:publisher>دار الأخبار</dc:publisher></item>"
    rows = item.format(1, "") + item.format(2, "<dc:creator>سلمى</dc:creator>")
    feed = f'<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{rows}</channel></rss>'.encode()
    assert [entry.authors for entry in read(feed).entries] == [("دار الأخبار",), ("سلمى",)]
