"""Lists of URLs."""

from __future__ import annotations

from rasid.discover.lists import UnreadLine, read_list, read_urls

BODY = """\ufeff# روابط اليوم
https://example.org/a   # تعليق

https://example.org/a?utm_source=mail
<https://example.org/سوريا#قسم>,
\thttps://example.org/b\tعنوان الخبر
example.org/c
ftp://example.org/d
https://
"""


def test_read_urls() -> None:
    """URLs come in order, serialised, each page once; comments, blank lines and what follows a URL are left out."""
    assert read_urls(BODY.encode()) == [
        "https://example.org/a",
        "https://example.org/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7#%D9%82%D8%B3%D9%85",
        "https://example.org/b",
    ]


def test_report() -> None:
    """Each line that gave no URL is named with its number and the reason."""
    report = read_list(BODY.encode("utf-16"))

    assert report.repeated == 1
    assert report.unread == (
        UnreadLine(7, "example.org/c", "no_url"),
        UnreadLine(8, "ftp://example.org/d", "not_http"),
        UnreadLine(9, "https://", "no_url"),
    )


def test_nothing() -> None:
    """An empty list and bytes that are no text give nothing, and no error."""
    assert read_urls(b"") == []
    assert read_urls(bytes(range(256))) == []
