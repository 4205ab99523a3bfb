"""Bytes to text: declared, undeclared and wrongly declared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.text.charset import canonical, declared, decode, is_utf8

ARABIC = (
    "أعلنت وزارة الصحة اليوم الثلاثاء أن عدد المصابين بالمرض ارتفع في المدينة إلى أكثر من مئة شخص، وقالت الوزارة في "
    "بيان إن الفرق الطبية تعمل على مدار الساعة في جميع المناطق من أجل الوصول إلى السكان."
)
PAGE = "<html><head>{meta}<title>خبر</title></head><body><p>{text}</p></body></html>"


def page(encoding: str, said: str | None) -> bytes:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={said}">' if said else ""
    return PAGE.format(meta=meta, text=ARABIC).encode(encoding)


@pytest.mark.parametrize("encoding", ["windows-1256", "iso-8859-6", "utf-8"])
@pytest.mark.parametrize("said", [None, "utf-8", "iso-8859-1", "windows-1256", "iso-8859-6"])
def test_arabic_is_read_whatever_the_page_says(encoding: str, said: str | None) -> None:
    """The bytes decide between the three encodings of Arabic pages, not the declaration."""
    text = ARABIC.replace("،", ",")
    found = decode(page(encoding, said).replace(b"\xff", b""), content_type="text/html")
    assert text in found.text.replace("،", ",")
    assert found.charset == encoding


@pytest.mark.parametrize(
    ("encoding", "text", "said"),
    [
        ("cp1251", "Министерство здравоохранения сообщило о новых случаях заболевания в городе", "windows-1251"),
        ("euc_jp", "気象庁は午後九時に地震があったと発表した。", "euc-jp"),
        ("cp932", "気象庁は午後九時に地震があったと発表した。", "shift_jis"),
        ("gb18030", "国务院总理今天在北京会见了来访的客人。", "gb2312"),
        ("cp1254", "Cumhurbaşkanı bugün Ankara'da açıklama yaptı, ığdır güneşi.", "iso-8859-9"),
        ("cp1252", "Le président a déclaré à Genève que l’été sera chaud.", "iso-8859-1"),
    ],
)
def test_a_declaration_is_believed_where_the_bytes_bear_it_out(encoding: str, text: str, said: str) -> None:
    body = f"<html><head><meta charset={said}></head><body><p>{text * 4}</p>".encode(encoding)
    assert text in decode(body).text


def test_the_header_comes_before_the_page() -> None:
    body = b'<meta charset="iso-8859-5">'
    assert declared(body, content_type="text/html; charset=windows-1251") == "windows-1251"
    assert declared(body) == "iso-8859-5"
    assert declared(b'<?xml version="1.0" encoding="EUC-KR"?><rss/>') == "euc-kr"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("UTF8", "utf-8"),
        ("latin1", "windows-1252"),
        ("CP1256", "windows-1256"),
        ("asmo-708", "iso-8859-6"),
        (" Windows-1256 ", "windows-1256"),
        ("cp1251", "windows-1251"),
        ("rot13", None),
        ("no such thing", None),
        (None, None),
    ],
)
def test_labels_have_one_name(label: str | None, name: str | None) -> None:
    assert canonical(label) == name


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_marks_and_wide_encodings(encoding: str) -> None:
    assert "The minister said" in decode("<p>The minister said</p>".encode(encoding)).text


def test_one_broken_byte_does_not_unmake_utf8() -> None:
    body = ARABIC.encode()
    assert is_utf8(body[:-1])
    assert is_utf8(body[:40] + b"\xff" + body[40:])
    assert not is_utf8(ARABIC.encode("cp1256"))


@given(st.binary(max_size=400), st.none() | st.text(max_size=40))
def test_no_bytes_raise(body: bytes, header: str | None) -> None:
    assert "\x00" not in decode(body, content_type=header).text


@given(st.text(alphabet=st.characters(min_codepoint=0x600, max_codepoint=0x6FF), min_size=1))
def test_utf8_is_always_utf8(text: str) -> None:
    found = decode(text.encode())
    assert (found.text, found.charset) == (text, "utf-8")
