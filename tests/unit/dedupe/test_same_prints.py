"""Fingerprints of texts of many kinds are what they were when the version was made, one at a time and many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.dedupe.fingerprint import SHORT, WORDS_LIMIT, Fingerprint, fingerprint, fingerprints

_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآةىؤئ"
_LATIN = "abcdefghijklmnopqrstuvwxyz"


def drawn(seed: int) -> Iterator[int]:
    """Numbers that are the same on every machine and under every Python."""
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


def word(number: int, letters: str = _ARABIC) -> str:
    found = ""
    for _ in range(2 + number % 7):
        number, at = divmod(number * 31 + 7, len(letters))
        found += letters[at]
    return found


def running(seed: int, count: int, *, letters: str = _ARABIC, known: int = 3000, between: str = " ") -> str:
    draw = drawn(seed)
    return between.join(word(next(draw) % known, letters) for _ in range(count))


def marked(text: str) -> str:
    marks = "\u064b\u0650\u0651\u0640\u200f\u200c"
    return "".join(char + marks[at % 6] if at % 3 == 0 else char for at, char in enumerate(text))


def bulletin(seed: int, count: int) -> str:
    draw = drawn(seed)
    shapes = (
        "{0}",
        "{0},{1:03}",
        "{0}.{1}",
        "{0}\u066b{1}",
        "{0}\u066c{1:03}\u066b5",
        "({0})",
        "x{0}y",
        "0{0}",
        "{0}.",
    )
    one = [
        f"{word(next(draw))} {shapes[next(draw) % 9].format(next(draw) % 5000, next(draw) % 1000)}"
        for _ in range(count)
    ]
    return "، ".join(one)


def eastern(text: str) -> str:
    return text.translate({0x30 + digit: 0x660 + digit for digit in range(10)})


#: Kind -> title and text by a number.
KINDS: dict[str, Callable[[int], tuple[str, str]]] = {
    "arabic": lambda n: ("عنوان", running(n, 230 + n)),
    "arabic of few words": lambda n: ("", running(n, 150, known=12)),
    "arabic with marks": lambda n: ("", marked(running(n, 120 + n))),
    "latin": lambda n: ("", running(n, 260, letters=_LATIN + "ABCDEéèüşıİñ", between=", ")),
    "ascii": lambda n: ("", running(n, 200, letters=_LATIN + "ABCXYZ", between=" - ")),
    "cyrillic": lambda n: ("", running(n, 90, letters="абвгдежзийклмнопрстуфхцчшщъыьэюя")),
    "signs without blanks": lambda n: (
        "",
        running(n, 40, letters="北京新华社记者报道昨天会议举行ไทยสวัสดี", between="。"),
    ),
    "hangul": lambda n: ("", running(n, 60, letters="가나다라마바사아자차카타파하")),
    "emoji": lambda n: ("", running(n, 80, between=" \U0001f600 ") + "\U0001f1f8\U0001f1fe 𝟜𝟝 𝐛𝐨𝐥𝐝"),
    "presentation forms": lambda n: ("", running(n, 60, letters="ﻻﷲﷺﺍﺏﺕﻢﻪ") + " ½ ² ㎞ ﬁn Ⅷ"),
    "numbers": lambda n: ("", bulletin(n, 40 + n * 3)),
    "eastern numbers": lambda n: ("", eastern(bulletin(n, 60))),
    "numbers of other scripts": lambda n: ("", running(n, 30) + " १२३ 1२3 ۴۵ ൧൨.5 7.८ ٣٬٠٠٠ " + "9" * 90),
    "very long": lambda n: ("", running(n, 1_500 * (n + 1), known=2**31)),
    "longest": lambda n: (
        ("", running(n, WORDS_LIMIT + n * 7, known=10 ** (n + 1)) + " 77 78 79") if n < 3 else ("", "")
    ),
    "long words": lambda n: ("", running(n, 40) + " " + "ا" * (62 + n) + "b" * n + " " + "z" * 64),
    "short": lambda n: (running(n + 90, 5), running(n, n)),
    "about twenty": lambda n: ("عنوان", running(n, SHORT - 5 + n)),
    "short words": lambda n: ("", running(n, 60, letters="اب").replace("ا", " ا ")),
    "punctuation": lambda n: ("a|b", "…  !؟\n\t«»" * n),
    "odd characters": lambda n: (
        "\x00",
        running(n, 40) + "\x00\x1c\u2028\x85 \ud800 \ufffd\uffff\ue000_a_b_ " + chr(0x1F600 + n),
    ),
    "white space": lambda n: ("", running(n, 100, between="\n\n \u00a0\u3000\u200f")),
    "sorani": lambda n: ("", running(n, 120, letters="ئاەیێۆپچژگڤڕڵکھہۀٱۇۆ")),
}


#: Of what they gave when version 2 was made.
DIGESTS: dict[str, str] = {
    "arabic": "aab3ba898d06819a",
    "arabic of few words": "590410919fc9c9b6",
    "arabic with marks": "6d39eac2f5927352",
    "latin": "67463781e1c9fb14",
    "ascii": "51d70ff50a95a0d3",
    "cyrillic": "bd5030d9d817beea",
    "signs without blanks": "033369e700390077",
    "hangul": "016d1ec70a0fdb4e",
    "emoji": "8e46ff8efe6b7170",
    "presentation forms": "aa0dacd4517c6d48",
    "numbers": "0eb7453e352eeaae",
    "eastern numbers": "3393b0d67aa2a0ea",
    "numbers of other scripts": "8cb7d68efaf2b806",
    "very long": "31b373a0e7754b88",
    "longest": "10601e2b42c01feb",
    "long words": "4b0ff958e944ab02",
    "short": "1c3a973648bfb2f6",
    "about twenty": "075277890e255e83",
    "short words": "31472943fa13f59d",
    "punctuation": "48a412dd10c783c3",
    "odd characters": "2196fcfac474967a",
    "white space": "e0d5db607e4bcd9a",
    "sorani": "1845e63147188097",
}


def print_bytes(found: Fingerprint) -> bytes:
    return repr(
        (found.version, found.exact, found.shingles, found.scale, found.bands, found.tokens, found.numbers)
    ).encode()


def made(kind: str) -> list[tuple[str, str]]:
    return [KINDS[kind](seed) for seed in range(12)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_stored_of_a_text_is_what_it_was(kind: str) -> None:
    # Stored fingerprints are compared with new ones for years: whoever changes these digests must raise VERSION.
    digest = blake2b(digest_size=8)
    for title, text in made(kind):
        digest.update(print_bytes(fingerprint(title, text)))
    assert digest.hexdigest() == DIGESTS[kind]


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_many_at_once_are_as_one_by_one(size: int) -> None:
    items = [item for turn in zip(*map(made, KINDS), strict=True) for item in turn]
    single = [fingerprint(title, text) for title, text in items]
    found = [print_ for at in range(0, len(items), size) for print_ in fingerprints(items[at : at + size])]
    assert [one == other for one, other in zip(found, single, strict=True)] == [True] * len(items)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=300)), max_size=8))
def test_any_texts_at_once_are_as_one_by_one(items: list[tuple[str, str]]) -> None:
    assert fingerprints(items) == [fingerprint(title, text) for title, text in items]
