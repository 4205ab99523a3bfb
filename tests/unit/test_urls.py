"""URLs: serialisation, keys of one page, and refusal of what is not on the public Internet."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rasid import urls
from rasid.errors import Park

# URLs built from pieces that have confused parsers, Arabic among them.
_HOSTS = st.sampled_from(
    ["example.org", "WWW.Example.org", "www.www.example.org", "example.org.", "مثال.example", "[::1]", "0x7f.1",
     "1.2.3.4", "www.com", "a..b", ".", "www.example.org:443", "example.org:80", "localhost"]
)  # fmt: skip
_PIECES = st.sampled_from(
    ["/", "//", "/a", "/%d8%b3", "/سوريا", "/index.html", "/index.php", "/amp", "/a-b-c-d-e-2021", ".amp.html",
     ".amp", "/..", "/.", "%", "%2", "%25", "%41", "%%34", "1", "^", "[", "|", "\\", ";jsessionid=A1", "?", "&", "=",
     "a=1", "utm_x=2", "b=%20+", "amp=1", "#", "#!x", "#/x", " ", "'", "%2F", "%3D", "x" * 900]
)  # fmt: skip
_URLS = st.builds(
    lambda scheme, name, rest: f"{scheme}://{name}{rest}",
    st.sampled_from(["http", "https"]),
    _HOSTS,
    st.lists(_PIECES, max_size=12).map("".join),
)
_ANY = st.one_of(_URLS, st.text(max_size=60), st.builds("https://example.org/{}".format, st.text(max_size=60)))


@given(_ANY)
@example("http://example.org/%%341")
@example("http://ex\ud800ample.org/\udfff")
def test_normalising_twice_changes_nothing(url: str) -> None:
    """The serialisation of a URL is its own serialisation."""
    href = urls.normalise(url)
    if href is not None:
        assert urls.normalise(href) == href


@given(_ANY)
@example("https://example.org/a/index.html/index.html/")
@example("https://example.org/amp/amp/a-b-c-d-e/amp/amp")
@example("https://example.org/" + "%" * 2000)
def test_a_key_is_its_own_key(url: str) -> None:
    """A key is a short URL; neither its own key nor that of the serialised URL differs from it."""
    key = urls.key(url)
    href = urls.normalise(url)
    assert urls.key(key) == key
    if href is not None:
        assert urls.key(href) == key
        assert not href.startswith("http") or len(key) <= urls.MAX_URL


@given(_ANY)
def test_every_string_gets_an_answer(url: str) -> None:
    """The pipe answers any string; what has no href is not fetchable, and a refusal names its reason."""
    answer = urls.answer_url({"url": url})
    assert answer["fetchable"] is (answer["reason"] is None)
    assert answer["href"] is not None or answer["fetchable"] is False
    assert json.loads(json.dumps(answer)) == answer


@given(st.lists(st.sampled_from(["a=1", "b=2", "id=7", "utm_source=rss", "fbclid=x"]), unique=True))
def test_the_order_of_a_query_and_its_trackers_do_not_count(pairs: list[str]) -> None:
    """Any order of pairs, with or without trackers, gives one key."""
    bare = sorted(pair for pair in pairs if not pair.startswith(("utm_", "fbclid")))
    expected = urls.key("https://example.org/a?" + "&".join(bare))
    assert urls.key("https://example.org/a?" + "&".join(pairs)) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.example.org/a#top", "https://example.org/a"),
        ("https://EXAMPLE.org:443/a/", "http://example.org:80/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/أخبار/سوريا", "https://example.org/%d8%a3%D8%AE%D8%A8%D8%A7%D8%B1/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7"),
        ("https://مثال.example/", "https://xn--mgbh0fb.example"),
        ("https://example.org/%7Euser/%61", "https://example.org/~user/a"),
        ("https://example.org/0%2C%2C12%2C00", "https://example.org/0,,12,00"),
        ("https://example.org/a?q=%D8%B3+%D9%88", "https://example.org/a?q=س%20و"),
        ("https://example.org/a?b=1&a=2&&utm_campaign=x", "https://example.org/a?a=2&b=1"),
        ("https://example.org/a?UTM_Source=x&Fbclid=y&at_medium=RSS", "https://example.org/a"),
        ("https://example.org/a;jsessionid=0F1?x=1", "https://example.org/a?x=1"),
        ("https://example.org/2021/01/18/index.html", "https://example.org/2021/01/18/"),
        ("https://example.org/the-long-name-of-an-article/amp/", "https://example.org/the-long-name-of-an-article"),
        ("https://example.org/amp/politics/2021/a-story", "https://example.org/amp/politics/2021/a-story?amp"),
        ("https://example.org/amp/politics/story-12345", "https://example.org/politics/story-12345"),
        ("https://example.org/news-55686943.amp", "https://example.org/news-55686943"),
        ("https://example.org/world/name.amp.html", "https://example.org/world/name.html"),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/a?id=1&usqp=x", "https://example.org/a?id=1"),
        ("https://www.google.com/amp/s/www.example.org/a", "https://example.org/a"),
    ],
)  # fmt: skip
def test_spellings_of_one_page_share_a_key(one: str, other: str) -> None:
    assert urls.key(one) == urls.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/?p=12", "https://example.org/?p=13"),
        ("https://example.org/a?id=1&id=2", "https://example.org/a?id=2&id=1"),
        ("https://example.org/A", "https://example.org/a"),
        ("https://example.org:8080/a", "https://example.org/a"),
        ("https://m.example.org/a", "https://example.org/a"),
        ("https://www.com/", "https://com/"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a%3Fb=1", "https://example.org/a?b=1"),
        ("https://example.org/?q=c%2B%2B", "https://example.org/?q=c++"),
        ("https://example.org/?a=1%26b=2", "https://example.org/?a=1&b=2"),
        ("https://example.org/100%25", "https://example.org/100%2525"),
        ("https://example.org/#!/news/1", "https://example.org/#!/news/2"),
        ("https://example.org/tag/amp", "https://example.org/tag"),
        ("https://example.org/amp/", "https://example.org/"),
        ("https://example.org/?amp=2", "https://example.org/"),
        ("https://example.org/index.php/news/12", "https://example.org/news/12"),
        ("https://example.org/my-index.html", "https://example.org/my-"),
        ("https://example.org/news?page=2", "https://example.org/news"),
        ("https://example.org/?source=1&ref=2", "https://example.org/?source=1"),
        ("https://a-org.cdn.ampproject.org/c/s/a.org/x?id=1", "https://a-org.cdn.ampproject.org/c/s/a.org/x?id=2"),
        ("https://example.org/" + "a" * 3000, "https://example.org/" + "a" * 3001),
        ("https://example.org/سوريا", "https://example.org/سورية"),
    ],
)  # fmt: skip
def test_different_pages_have_different_keys(one: str, other: str) -> None:
    assert urls.key(one) != urls.key(other)


@pytest.mark.parametrize(
    ("url", "base", "href"),
    [
        ("../ب", "https://example.org/a/b/c", "https://example.org/a/%D8%A8"),
        ("//cdn.example.org/x", "https://example.org/", "https://cdn.example.org/x"),
        ("https://example.org/a^b?c^d#e^f", None, "https://example.org/a%5Eb?c^d#e^f"),
        ("https://example.org/a/.b/../c", None, "https://example.org/a/c"),
        ("https://example.org/.b/..", None, "https://example.org/"),
        ("https://example.org//.b/.//../.", None, "https://example.org//.b/"),
        ("x:opaque  ?q", None, "x:opaque %20?q"),
        ("x:opa^que", None, "x:opa^que"),
        ("\t https://exa\nmple.org\\a ", None, "https://example.org/a"),
        ("/a", None, None),
        ("https://example.org/", "no base", None),
        ("http://a b/", None, None),
        ("", None, None),
    ],
)
def test_normalise_follows_the_standard(url: str, base: str | None, href: str | None) -> None:
    assert urls.normalise(url, base) == href


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://Example.org/a", "example.org"),
        ("http://example.org:80/", "example.org"),
        ("http://example.org.:443/", "example.org:443"),
        ("https://[2606:4700:0::1]:8443/", "[2606:4700::1]:8443"),
        ("https://مثال.example/", "xn--mgbh0fb.example"),
        ("mailto:a@example.org", ""),
        ("nothing", ""),
    ],
)
def test_host_is_the_authority_without_its_default_port(href: str, expected: str) -> None:
    assert urls.host(href) == expected


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("https://example.org/", None),
        ("https://93.184.216.34/", None),
        ("http://[2606:4700::1111]:8080/", None),
        ("http://[64:ff9b::5db8:d822]/", None),
        ("http://foo_bar.example.org/", None),
        ("nothing", "invalid_url"),
        ("ftp://example.org/", "not_http"),
        ("javascript:alert(1)", "not_http"),
        ("file:///etc/passwd", "not_http"),
        ("https://user@example.org/", "credentials"),
        ("https://:secret@example.org/", "credentials"),
        ("https://example.org/" + "a" * 2048, "too_long"),
        ("https://example.org:25/", "blocked_port"),
        ("https://example.org:0/", "blocked_port"),
        ("http://127.0.0.1/", "private_address"),
        ("http://127.1/", "private_address"),
        ("http://2130706433/", "private_address"),
        ("http://0x7f000001/", "private_address"),
        ("http://0177.0.0.01/", "private_address"),
        ("http://①②⑦.⓪.⓪.①/", "private_address"),
        ("http://127.0.0.1./", "private_address"),
        ("http://%31%32%37.0.0.1/", "private_address"),
        ("http://0/", "private_address"),
        ("http://10.1.2.3/", "private_address"),
        ("http://100.100.100.200/", "private_address"),
        ("http://168.63.129.16/", "private_address"),
        ("http://169.254.169.254/latest/meta-data", "private_address"),
        ("http://192.0.0.192/", "private_address"),
        ("http://224.0.0.1/", "private_address"),
        ("http://255.255.255.255/", "private_address"),
        ("http://[::]/", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://[::ffff:127.0.0.1]/", "private_address"),
        ("http://[::ffff:a9fe:a9fe]/", "private_address"),
        ("http://[::127.0.0.1]/", "private_address"),
        ("http://[64:ff9b::7f00:1]/", "private_address"),
        ("http://[64:ff9b:1::1]/", "private_address"),
        ("http://[2002:7f00:1::]/", "private_address"),
        ("http://[2001::1]/", "private_address"),
        ("http://[fd00:ec2::254]/", "private_address"),
        ("http://[fe80::1]/", "private_address"),
        ("http://[fec0::1]/", "private_address"),
        ("http://[ff02::1]/", "private_address"),
        ("http://LOCALHOST/", "local_name"),
        ("http://a.localhost./", "local_name"),
        ("http://metadata.google.internal/", "local_name"),
        ("http://printer.local/", "local_name"),
        ("http://abc.onion/", "local_name"),
        ("http://intranet-host/", "single_label"),
        ("http://a..b/", "bad_host"),
        (f"http://{'a' * 64}.org/", "bad_host"),
    ],
)
def test_what_is_not_on_the_public_internet_is_refused(href: str, reason: str | None) -> None:
    assert urls.fetchable(href) == (reason is None, reason)


@given(st.ip_addresses(v=4), st.sampled_from(["{}", "::ffff:{}", "64:ff9b::{}"]))
def test_an_ipv4_address_is_judged_alike_in_ipv6_dress(address: object, form: str) -> None:
    """Mapped and NAT64 forms of an IPv4 address get the verdict of the address itself."""
    assert urls.inside(ip_address(form.format(address))) == urls.inside(ip_address(str(address)))


@pytest.mark.parametrize("item", [{}, {"url": None}, {"url": 7}, {"url": "https://example.org/", "base": 7}])
def test_an_item_without_a_url_is_bad_input(item: dict[str, object]) -> None:
    with pytest.raises(Park) as caught:
        urls.answer_url(item)
    assert caught.value.code == "bad_input"


def test_trackers_are_written_in_lower_case() -> None:
    """Names are lowered before they are looked up, so a capital in the list would never match."""
    assert all(re.fullmatch(r"[a-z0-9_.]+", name) for name in urls.TRACKERS)


@pytest.mark.corpus
def test_the_standards_own_cases(corpus: Path) -> None:
    """Every case of the URL Standard's test data gives its href or its failure."""
    cases = json.loads((corpus / "hostile-urls" / "urltestdata.json").read_text(encoding="utf-8"))
    wrong = [
        case
        for case in cases
        if isinstance(case, dict)
        and urls.normalise(case["input"], case.get("base") or None) != (None if case.get("failure") else case["href"])
    ]
    assert len(cases) > 100
    assert wrong == []
