"""The charset of a channel's bytes."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover.decode import gunzip, to_utf8

ARABIC = "أعلنت وزارة الداخلية السورية عن افتتاح مركز جديد في مدينة حلب"


def feed(charset: str | None, text: str = ARABIC) -> str:
    declared = f' encoding="{charset}"' if charset else ""
    return f'<?xml version="1.0"{declared}?><rss><title>{text}</title></rss>'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (feed("windows-1256").encode("cp1256"), None),
        (feed(None).encode("cp1256"), "text/xml; charset=windows-1256"),
        (feed("iso-8859-6").encode("iso-8859-6"), None),
        (feed("utf-8").encode(), "text/xml; charset=ISO-8859-1"),
        (feed("windows-1256").encode(), None),
        (feed("utf-8").encode("utf-8-sig"), None),
        (feed("utf-16").encode("utf-16"), None),
        (feed(None).encode("utf-16-le"), None),
        (feed(None).encode("utf-16-be"), None),
        (feed(None).encode("utf-32-le"), None),
        (feed("no-such-charset").encode(), "text/xml; charset=bogus"),
        (feed("utf-8").encode("cp1256"), "application/rss+xml; charset=windows-1256"),
    ],
)
def test_arabic_survives(body: bytes, content_type: str | None) -> None:
    """Arabic is read right under a right, absent or lying declaration."""
    assert ARABIC in to_utf8(body, content_type).decode()


def test_undeclared_windows_1256_is_guessed() -> None:
    """Enough Arabic in windows-1256 without any declaration is told from its letters."""
    assert ARABIC in to_utf8(feed(None, ARABIC * 10).encode("cp1256")).decode()


def test_a_few_bad_bytes_do_not_change_the_charset() -> None:
    """A UTF-8 document with one broken byte stays UTF-8."""
    body = feed("utf-8").encode().replace(b"</title>", b"\xff</title>")

    assert ARABIC in to_utf8(body).decode()


@pytest.mark.parametrize("name", ["utf-7", "rot13", "zlib", "unicode_escape", "idna", "undefined", "hex"])
def test_codecs_that_are_no_charset_are_refused(name: str) -> None:
    """A declaration cannot name a codec that would unpack or rewrite the document."""
    body = f'<?xml version="1.0" encoding="{name}"?><rss>+ADw-script+AD4- \\u003c</rss>'.encode()

    assert to_utf8(body) == body


@given(st.binary(max_size=300), st.text(max_size=40))
def test_never_raises(body: bytes, content_type: str) -> None:
    """Any bytes give valid UTF-8."""
    to_utf8(body, content_type).decode("utf-8")


def test_gunzip() -> None:
    """A gzip body is unpacked up to the limit; a cut one gives its head; other bytes pass."""
    packed = gzip.compress(b"a" * 1_000_000)

    assert gunzip(packed, 2_000_000) == b"a" * 1_000_000
    assert gunzip(packed, 10) == b"a" * 10
    assert gunzip(packed[:-9], 2_000_000).startswith(b"aaaa")
    assert gunzip(packed[:500] + b"\xff" * 50, 2_000_000).startswith(b"aaaa")
    assert gunzip(b"<rss/>", 100) == b"<rss/>"
