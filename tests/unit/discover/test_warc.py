"""Web archives, whole and damaged."""

from __future__ import annotations

import gzip
from io import BytesIO

import brotli
import pytest

from rasid.discover.warc import Capture, Passed, Place, read_archive

PAGE = "<html><p>سلام</p></html>".encode()


def record(url: str, body: bytes = PAGE, *, headers: str = "", status: str = "200 OK", kind: str = "response") -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2021-01-19T09:17:00Z\r\n"
        f"Content-Type: application/http\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def packed(*records: bytes) -> bytes:
    return b"".join(map(gzip.compress, records))


def read(data: bytes, after: Place | None = None, max_bytes: int = 100_000) -> list[Capture | Passed]:
    return list(read_archive(BytesIO(data), after=after, types=("text/html",), max_bytes=max_bytes))


def told(found: list[Capture | Passed]) -> list[str]:
    return [one.reason if isinstance(one, Passed) else one.url.rpartition("/")[2] for one in found]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PAGE, ""),
        (gzip.compress(PAGE, mtime=0), "Content-Encoding: gzip\r\n"),
        (brotli.compress(PAGE), "Content-Encoding: br\r\n"),
        (b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE), "Transfer-Encoding: chunked\r\n"),
        # Crawlers store what they unpacked under the headers that the server sent.
        (PAGE, "Content-Encoding: gzip\r\n"),
        (PAGE, "Transfer-Encoding: chunked\r\n"),
    ],
)
def test_bodies_are_unpacked_whether_the_crawler_did_it_or_not(body: bytes, headers: str) -> None:
    (found,) = read(packed(record("https://a.example/x", body, headers=headers)))
    assert isinstance(found, Capture)
    assert (found.body, found.at.isoformat()) == (PAGE, "2021-01-19T09:17:00+00:00")


def test_what_is_no_page_is_told_with_its_reason() -> None:
    data = packed(
        record("https://a.example/gone", status="404 Not Found"),
        record("dns:a.example"),
        record("https://a.example/ask", kind="request"),
        record("https://a.example/again", kind="revisit"),
        record("https://a.example/pdf", headers="X: y\r\n").replace(b"text/html", b"image/png"),
        record("https://a.example/large", b"x" * 200_000),
        record("https://a.example/bomb", gzip.compress(b" " * 5_000_000), headers="Content-Encoding: gzip\r\n"),
        record("https://a.example/nothing", b"  "),
        record("https://a.example/page"),
    )
    reasons = ["status_404", "revisit", "too_large", "too_large", "empty", "page"]
    assert [one for one in told(read(data)) if one not in ("not_html", "pdf", "damaged")] == reasons


def test_a_damaged_place_costs_no_other_record() -> None:
    records = [gzip.compress(record(f"https://a.example/{n}")) for n in range(5)]
    broken = b"".join([*records[:2], b"junk" * 99, *records[2:4], records[4][:50]])
    found = told(read(broken))
    assert [name for name in found if name.isdigit()] == ["0", "1", "2", "3"]
    assert "damaged" in found


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b" + b"x" * 99, b"WARC/1.0\r\n" + b"a" * 1_000_000])
def test_what_is_no_archive_ends(data: bytes) -> None:
    assert set(told(read(data))) <= {"damaged"}


@pytest.mark.parametrize("whole", [True, False])
def test_it_goes_on_behind_any_record(whole: bool) -> None:
    records = [record(f"https://a.example/{n}") for n in range(6)]
    data = gzip.compress(b"".join(records)) if whole else packed(*records)
    found = read(data)
    for number, one in enumerate(found):
        assert told(read(data, after=one.place)) == told(found)[number + 1 :]
