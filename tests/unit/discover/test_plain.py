"""Plain text out of what feeds put into their fields."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.discover.plain import plain


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("عاجل | انفجار في دمشق", "عاجل | انفجار في دمشق"),
        ("<p>قالت <b>مصادر</b> محلية</p><p>إن&nbsp;الوضع</p>", "قالت مصادر محلية إن الوضع"),
        ("ق<b>ا</b>ل", "قال"),
        ("AT&amp;T &amp;amp; others", "AT&T & others"),
        ("&lt;p&gt;one&lt;/p&gt;&lt;script&gt;steal()&lt;/script&gt;", "one"),
        ("&amp;lt;b&amp;gt;twice&amp;lt;/b&amp;gt;", "twice"),
        ("before<script>alert(1)</script>after", "beforeafter"),
        ("a <!-- hidden > --> b", "a b"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ('<a title="x > y" href="/">link</a>', "link"),
        ("one<br>two<br/>three", "one two three"),
        ("e\u0301t\u00e9", "été"),
        ("<p> \n\t </p>", None),
        ("", None),
        (None, None),
    ],
)
def test_plain(markup: str | None, expected: str | None) -> None:
    """Markup goes at any level of escaping, words stay whole, blocks stay apart."""
    assert plain(markup, limit=1_000) == expected


def test_limit() -> None:
    """The text is cut to the limit and ends without a blank."""
    assert plain("كلمة " * 100, limit=10) == "كلمة كلمة"


@given(st.text(max_size=200) | st.from_regex(r"(<|&lt;|&amp;lt;)/?[a-z]{1,6}( on[a-z]+=.|)(>|&gt;|)", fullmatch=True))
def test_never_holds_markup(text: str) -> None:
    """Whatever comes in, what goes out opens no tag, is one line in NFC, and holds no lone surrogate."""
    out = plain(text, limit=10_000) or ""

    assert not re.search(r"<\s*[A-Za-z/!?]", out)
    assert "\n" not in out
    assert unicodedata.is_normalized("NFC", out)
    out.encode("utf-8")
