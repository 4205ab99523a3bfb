"""Bytes to text: which encoding a page is really in, whatever it says.

Order: byte order mark, valid UTF-8 (near to a proof), the declared label where the bytes bear it out, Arabic letter
statistics, `charset-normalizer`. Labels are those of the WHATWG encoding standard.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

#: Bytes that are looked at for a declaration; the standard says 1024, pages with long comments need more.
HEAD_BYTES = 8192
#: Bytes that the statistics read: enough letters for any of them, and bounded time.
SAMPLE_BYTES = 65536

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)

# Label -> (WHATWG name, Python codec), where Python knows it by another name or the web means a wider one.
_WEB: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("utf8", "unicode-1-1-utf-8", "utf-8", "utf-8-sig", "x-unicode20utf8"), ("utf-8", "utf-8")),
    **dict.fromkeys(
        ("iso-8859-1", "iso8859-1", "latin1", "l1", "ascii", "us-ascii", "windows-1252", "cp1252", "x-cp1252", "ansi"),
        ("windows-1252", "cp1252"),
    ),
    **dict.fromkeys(("windows-1256", "cp1256", "x-cp1256"), ("windows-1256", "cp1256")),
    **dict.fromkeys(
        ("iso-8859-6", "iso8859-6", "iso-8859-6-e", "iso-8859-6-i", "arabic", "asmo-708", "ecma-114"),
        ("iso-8859-6", "iso8859_6"),
    ),
    **dict.fromkeys(("iso-8859-8-i", "logical"), ("iso-8859-8-i", "iso8859_8")),
    **dict.fromkeys(("windows-1254", "iso-8859-9", "latin5", "cp1254"), ("windows-1254", "cp1254")),
    **dict.fromkeys(("windows-874", "tis-620", "iso-8859-11", "dos-874"), ("windows-874", "cp874")),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j"), ("shift_jis", "cp932")),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean", "windows-949", "ksc5601"), ("euc-kr", "cp949")),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "chinese", "gb_2312-80", "gb18030"), ("gb18030", "gb18030")),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "x-x-big5"), ("big5", "big5hkscs")),
    **dict.fromkeys(("macintosh", "mac", "x-mac-roman"), ("macintosh", "mac_roman")),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian", "maccyrillic"), ("x-mac-cyrillic", "mac_cyrillic")),
    **dict.fromkeys(("x-euc-jp", "euc-jp"), ("euc-jp", "euc_jp")),
}  # fmt: skip
# What a guess may say: nobody serves pages in the others, and short texts fit too many of them.
_SEEN_ON_THE_WEB = (
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "iso8859_2", "iso8859_5",
    "iso8859_7", "iso8859_6", "iso8859_8", "koi8_r", "koi8_u", "mac_cyrillic", "cp866", "cp855", "cp874", "cp932",
    "euc_jp", "cp949", "johab", "gb18030", "big5hkscs",
)  # fmt: skip
_ASCII_ONLY = frozenset({"iso-2022-jp", "iso-2022-kr", "hz-gb-2312", "utf-7"})
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.+-]{2,40})", re.I)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w:.+-]{2,40})", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w:.+-]{2,40})", re.I)
_TAGS = re.compile(rb"<(?:script|style)\b.{0,20000}?</(?:script|style)|<[^>]{0,2000}>", re.I | re.S)
_ARABIC = re.compile("[ء-غـ-ي]")
_WORDS = re.compile("[ء-غـ-ي]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")
# The letters that make up about half of any Arabic text.
_COMMON = re.compile("[اليمنوتربةده]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a page, and the WHATWG label of the encoding it was in."""

    text: str
    charset: str


def decode(body: bytes, *, content_type: str | None = None) -> Decoded:
    """Decode `body`; never raises, unreadable bytes become U+FFFD.

    `content_type` is the HTTP header as sent; its charset is a hint, as is that of the page.
    """
    marked = _by_mark(body)
    if marked is not None:
        return _decoded(body, marked)
    # Before UTF-8: these encodings use ASCII bytes alone and so are valid UTF-8 as well.
    escaped = _by_escapes(body)
    if escaped is not None:
        return _decoded(body, escaped)
    try:
        return Decoded(_clean(body.decode()), "utf-8")
    except UnicodeDecodeError:
        pass
    if is_utf8(body):
        return Decoded(_clean(body.decode("utf-8", "replace")), "utf-8")
    return _decoded(body, _single_byte(body, declared(body, content_type=content_type)))


def declared(body: bytes, *, content_type: str | None = None) -> str | None:
    """The label that the header, the XML declaration or a `<meta>` gives, as a WHATWG name; None without one."""
    head = body[:HEAD_BYTES]
    found = _HEADER.search(content_type or "")
    for label in (
        found[1] if found else None,
        *(match[1].decode("ascii", "replace") for match in (_XML.search(head), _META.search(head)) if match),
    ):
        name = canonical(label)
        if name is not None:
            return name
    return None


def canonical(label: str | None) -> str | None:
    """The WHATWG name of an encoding label in any spelling; None where nothing knows it."""
    if not label:
        return None
    folded = label.strip().lower()
    if folded in _WEB:
        return _WEB[folded][0]
    try:
        info = codecs.lookup(folded)
    except (LookupError, ValueError):
        return None
    # Codecs such as rot13 or base64 are not encodings of text.
    if not getattr(info, "_is_text_encoding", True):
        return None
    if info.name in _WEB:
        return _WEB[info.name][0]
    name = re.sub(r"^iso8859-", "iso-8859-", info.name.replace("_", "-"))
    return re.sub(r"^cp(125\d)$", r"windows-\1", name)


def codec_of(name: str) -> str:
    """Python's codec for a WHATWG name."""
    return _WEB[name][1] if name in _WEB else name


def is_utf8(body: bytes) -> bool:
    """Whether `body` is UTF-8, a cut last character and a stray broken byte in a long text allowed."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body, final=False)
    except UnicodeDecodeError:
        sample = body[:SAMPLE_BYTES] if body[:SAMPLE_BYTES].isascii() is False else body
        text = sample.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        multi = sum(1 for char in text if char > "\x7f") - broken
        return multi > 20 * broken
    return True


def _by_mark(body: bytes) -> str | None:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    sample = body[:400]
    zeros = sample.count(0)
    if len(sample) < 4 or zeros * 5 < len(sample) * 1:
        return None
    # UTF-16 without a mark: the high bytes of its Latin letters and markup are zero.
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 4 * even:
        return "utf-16le"
    return "utf-16be" if even > 4 * odd else None


def _by_escapes(body: bytes) -> str | None:
    # One byte is looked for many times faster than two.
    if b"\x1b" not in body or b"\x1b$" not in body or not body[:SAMPLE_BYTES].isascii():
        return None
    return "iso-2022-kr" if b"\x1b$)C" in body else "iso-2022-jp"


def _single_byte(body: bytes, label: str | None) -> str:
    """The encoding of bytes that are not UTF-8."""
    sample = body[:SAMPLE_BYTES]
    if sample.isascii():
        sample = body[-SAMPLE_BYTES:]
    arabic = arabic_charset(sample)
    if arabic is not None:
        return arabic
    if label is not None and label not in ("utf-8", "windows-1252") and _bears(sample, label):
        return label
    # A page in some other alphabet has many letters above ASCII; accents alone are few.
    letters = _TAGS.sub(b" ", sample)
    high = len(_HIGH.findall(letters))
    if label == "windows-1252" and high * 6 < len(letters):
        return label
    return _guessed(letters if high else sample) or label or "windows-1252"


def _bears(sample: bytes, label: str) -> bool:
    """Whether the bytes make sense under the label: hardly any of them unreadable."""
    if label in _ASCII_ONLY:
        return sample.isascii()
    try:
        text = sample.decode(codec_of(label), "replace")
    except (LookupError, UnicodeError):
        return False
    return text.count("\ufffd") * 50 <= max(1, len(_HIGH.findall(sample)))


def arabic_charset(sample: bytes) -> str | None:
    """`windows-1256` or `iso-8859-6` where the bytes read as Arabic under it; None where under neither.

    Both encodings share half of their letters, so the better of two readings is taken: Arabic letters among the
    bytes above ASCII, the commonest letters among those, and the article ال.
    """
    high = len(_HIGH.findall(sample))
    if high < 8:
        return None
    scores = {name: _arabic_score(sample.decode(codec_of(name), "ignore"), high) for name in _ARABIC_CHARSETS}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0.62 else None


_ARABIC_CHARSETS = ("windows-1256", "iso-8859-6")


def _arabic_score(text: str, high: int) -> float:
    """About 0.8 to 1 for Arabic text, below 0.5 for another alphabet read as Arabic."""
    letters = len(_ARABIC.findall(text))
    if not letters:
        return 0.0
    words = _WORDS.findall(text)
    inside = sum(map(len, words)) / letters
    length = min(1.0, 3.0 * len(words) / max(1, letters) * 1.6)
    common = len(_COMMON.findall(text)) / letters
    article = min(1.0, text.count("ال") * 25 / letters)
    share = min(1.0, letters / high)
    return share * share * inside * length * (0.5 * min(1.0, common / 0.5) + 0.5 * article)


def _guessed(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(
        sample[:SAMPLE_BYTES], steps=6, chunk_size=1024, cp_isolation=list(_SEEN_ON_THE_WEB), preemptive_behaviour=False
    ).best()
    return canonical(best.encoding) if best is not None else None


def _decoded(body: bytes, name: str) -> Decoded:
    try:
        text = body.decode(codec_of(name), "replace")
    except (LookupError, UnicodeError):
        return Decoded(_clean(body.decode("cp1252", "replace")), "windows-1252")
    return Decoded(_clean(text), name)


def _clean(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\x00", "")
