"""Turns the bytes of a channel into UTF-8 bytes, whatever they came as. Pure; must not raise on any input.

Order of trust: a byte-order mark, zero bytes that betray UTF-16 or UTF-32, being valid UTF-8, the HTTP charset, the
declaration in the document, and last a guess. Valid UTF-8 goes before a single-byte name, because servers that name
windows-1252 or ISO-8859-1 for UTF-8 bodies are common, while single-byte text that happens to be valid UTF-8 is not.
"""

from __future__ import annotations

import codecs
import re
import zlib

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# The first "<" of a document without a mark.
_OPENINGS = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"Lo\xa7\x94", "cp037"),
)
# What pages mean by a name where that differs from the strict meaning (https://encoding.spec.whatwg.org/#names-and-labels).
_MEANT = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932", "big5": "big5hkscs",
}  # fmt: skip
# Codecs that are no charset, or that hide ASCII markup.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined", "mbcs", "oem"})
_WIDE = frozenset(
    {"gb18030", "cp949", "johab", "cp932", "euc_jp", "shift_jisx0213", "shift_jis_2004", "big5hkscs", "cp950"}
)
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:+-]{1,40})[\"']", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,300}?\bcharset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE)
_HEAD = 4096


def gunzip(body: bytes, limit: int) -> bytes:
    """Unpack a gzip body, at most `limit` bytes of it; a broken or cut archive gives what could be read.

    A body that is not gzip comes back as it is, cut to `limit`.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body[:limit]
    unpacker = zlib.decompressobj(wbits=31)
    try:
        return unpacker.decompress(body, limit)
    except zlib.error:
        return _gunzip_piecewise(body, limit)


def _gunzip_piecewise(body: bytes, limit: int) -> bytes:
    """What a damaged archive gives before the damage."""
    unpacker, out = zlib.decompressobj(wbits=31), bytearray()
    try:
        for start in range(0, len(body), 1024):
            if (room := limit - len(out)) <= 0:
                break
            out += unpacker.decompress(body[start : start + 1024], room)
    except zlib.error:
        pass
    return bytes(out)


def to_utf8(body: bytes, content_type: str | None = None) -> bytes:
    """`body` as UTF-8 without a byte-order mark; bytes that mean nothing become U+FFFD.

    Args:
        content_type: the HTTP header, None where there was none.
    """
    for mark, marked in _MARKS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            return _valid_utf8(rest) if marked == "utf-8" else _recode(rest, marked)
    if charset := _by_zeros(body):
        return _recode(body, charset)
    return _by_claims(body, _claims(body, content_type))


def _by_zeros(body: bytes) -> str | None:
    """The charset that the bytes of the first "<" betray, None for ASCII-compatible ones."""
    charset = next((charset for opening, charset in _OPENINGS if body.startswith(opening)), None)
    if charset == "cp037":  # EBCDIC: its letters can be read, and the declaration names the right table
        return _codec(_declared(body[:_HEAD].decode(charset).encode("latin-1", "replace"))) or charset
    return charset


def _declared(head: bytes) -> str | None:
    found = _XML_CHARSET.search(head) or _META_CHARSET.search(head)
    return found[1].decode("ascii", "ignore") if found else None


def _claims(body: bytes, content_type: str | None) -> list[str]:
    """Codecs named from outside and inside, in order of trust, without repeats."""
    http = _HTTP_CHARSET.search(content_type[:300]) if content_type else None
    names = (http[1] if http else None, _declared(body[:_HEAD]))
    return list(dict.fromkeys(codec for name in names if (codec := _codec(name))))


def _codec(name: str | None) -> str | None:
    """Python's codec for a charset as the web means it; None where there is none or it must not be used."""
    if not name:
        return None
    try:
        found = codecs.lookup(name.removeprefix("x-")).name
        b"a".decode(found, "replace")
    except (LookupError, ValueError):
        return None
    return None if found in _REFUSED else _MEANT.get(found, found)


def _by_claims(body: bytes, claims: list[str]) -> bytes:
    if body.isascii():
        odd = next((claim for claim in claims if claim.startswith(("iso2022", "hz"))), None)
        return _recode(body, odd) if odd else body
    wide = next((claim for claim in claims if claim in _WIDE), None)
    # Short text in a two-byte charset can be valid UTF-8 by chance: there the claim weighs more.
    if wide and (text := _strict(body, wide)) is not None:
        return text
    try:
        body.decode("utf-8")
        return body
    except UnicodeDecodeError:
        pass
    for claim in claims:
        if not claim.startswith("utf") and (text := _strict(body, claim)) is not None:
            return text
    return _guessed(body, claims)


def _guessed(body: bytes, claims: list[str]) -> bytes:
    """Nothing fits without a fault: mostly UTF-8, else the first claim, else what the letters look like."""
    replaced = body.decode("utf-8", "replace")
    faults = replaced.count("\ufffd")
    letters = sum(1 for char in replaced[:200_000] if char > "\x7f") - faults
    if letters > faults:
        return replaced.encode()
    single = next((claim for claim in claims if not claim.startswith("utf")), None)
    return _recode(body, single or _looks_like(body))


def _looks_like(body: bytes) -> str:
    # Imported here: it costs 40 ms and nearly no channel needs it.
    from charset_normalizer import from_bytes

    best = from_bytes(body[:32_768]).best()
    return _codec(best.encoding) or "cp1252" if best else "cp1252"


def _strict(body: bytes, charset: str) -> bytes | None:
    try:
        return body.decode(charset).encode("utf-8", "replace")
    except (UnicodeDecodeError, LookupError):
        return None


def _valid_utf8(body: bytes) -> bytes:
    try:
        body.decode("utf-8")
        return body
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").encode()


def _recode(body: bytes, charset: str) -> bytes:
    return body.decode(charset, "replace").encode("utf-8", "replace")
