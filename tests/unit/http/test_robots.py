"""robots.txt: RFC 9309 and what it leaves open."""

from __future__ import annotations

import itertools
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.errors import Park
from rasid.http.robots import MAX_BYTES, Robots, answer_robots

SITE = "https://example.org"


def _allowed(body: str | bytes, path: str, agent: str = "rasid") -> bool:
    return Robots.parse(body, status=200).verdict(SITE + path, agent)[0]


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a", True),
        ("Disallow: /a", "/a/b", False),
        ("Disallow: /a", "/A", True),
        ("Disallow:", "/a", True),
        ("Disallow: /\nAllow: /a", "/a/b", True),
        ("Allow: /a\nDisallow: /a/b", "/a/b", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow: /*.pdf$", "/x/y.pdf", False),
        ("Disallow: /*.pdf$", "/x/y.pdf?z", True),
        ("Disallow: /a$", "/a/", True),
        ("Disallow: *", "/a", False),
        ("Disallow: /a*b*c", "/a1b2c3", False),
        ("Disallow: /a*b*c", "/a1c2b3", True),
        ("Disallow: /ab*bc$", "/abc", True),
        ("Disallow: /x?id=*&p=", "/x?id=7&p=1", False),
        ("Disallow: /سوريا", "/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7/1", False),
        ("Disallow: /%d8%b3%d9%88%d8%b1%d9%8a%d8%a7", "/سوريا", False),
        ("Disallow: /%61", "/a", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /price-%24", "/price-$", False),
        ("Disallow: /file-%2A.html", "/file-*.html", False),
        ("Disallow: /a b", "/a%20b", False),
        ("disallow /a", "/a", False),
        ("Dissallow : /a # why", "/a", False),
        ("Disallow: /\nAllow: /index.html", "/", True),
        ("Disallow: /#", "/a", False),
    ],
)
def test_the_longest_rule_decides_and_allow_wins_a_tie(rules: str, path: str, allowed: bool) -> None:
    assert _allowed(f"User-agent: *\n{rules}\n", path) is allowed


@pytest.mark.parametrize(
    ("agent", "allowed"),
    [
        ("rasid", False),
        ("RASID/1.0 (+https://example.org/bot)", False),
        ("Mozilla/5.0 (compatible; rasid/1.0)", False),
        ("rasidbot", True),
        ("my-rasid", True),
        ("rasid bot", True),
        ("", True),
    ],
)
def test_a_group_is_for_the_whole_product_token(agent: str, allowed: bool) -> None:
    """A group for ``rasid`` is for nobody else, and what it says replaces what the group for all says."""
    assert _allowed("User-agent: *\nAllow: /\nUser-agent: Rasid\nDisallow: /", "/a", agent) is allowed


def test_groups_of_one_agent_are_put_together() -> None:
    body = "User-agent: rasid\nDisallow: /a\n\nUser-agent: other\nDisallow: /b\n\nUser-agent: rasid\nDisallow: /c\n"
    assert [_allowed(body, path) for path in ("/a", "/b", "/c")] == [False, True, False]


def test_an_empty_group_of_our_own_frees_us_from_the_group_for_all() -> None:
    assert _allowed("User-agent: *\nDisallow: /\nUser-agent: rasid\n", "/a")


def test_other_records_do_not_end_a_group() -> None:
    """Sitemap, crawl-delay and blank lines stand between agent lines without parting them."""
    body = "User-agent: rasid\nSitemap: https://example.org/s.xml\n\nCrawl-delay: 2\nUser-agent: other\nDisallow: /a\n"
    assert not _allowed(body, "/a")


def test_many_agents_before_many_rules_are_all_bound() -> None:
    """Agents that share a group share its rules; the cost is the sum of lines (their product would be 100 million)."""
    names = ["".join(letters) for letters in itertools.islice(itertools.product(ascii_lowercase, repeat=3), 10_000)]
    agents = "".join(f"User-agent: {name}\n" for name in names)
    rules = "".join(f"Disallow: /{n}\n" for n in range(10_000))
    robots = Robots.parse(agents + rules, status=200)
    assert robots.verdict(SITE + "/9999/a", names[-1]) == (False, "disallow: /9999")
    assert robots.verdict(SITE + "/a", names[0]) == (True, None)


def test_a_delay_without_an_agent_is_for_nobody() -> None:
    assert Robots.parse("Crawl-delay: 5\nUser-agent: *\nDisallow: /a", status=200).crawl_delay("rasid") is None


def test_the_verdict_names_its_rule() -> None:
    robots = Robots.parse("User-agent: *\nDisallow: /a/*/b\nAllow: /a/x", status=200)
    assert robots.verdict(SITE + "/a/1/b", "rasid") == (False, "disallow: /a/*/b")
    assert robots.verdict(SITE + "/a/x", "rasid") == (True, "allow: /a/x")
    assert robots.verdict(SITE + "/z", "rasid") == (True, None)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, (False, "disallow: /")),
        (404, (True, None)),
        (403, (True, None)),
        (301, (True, None)),
        (429, (False, "unreachable")),
        (503, (False, "unreachable")),
        (0, (False, "unreachable")),
    ],
)
def test_the_status_decides_where_there_are_no_rules(status: int, verdict: tuple[bool, str | None]) -> None:
    assert Robots.parse("User-agent: *\nDisallow: /", status=status).verdict(SITE + "/a", "rasid") == verdict


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("\n", "\r\n").encode("windows-1256"),
    ],
)
def test_marks_and_line_ends_of_other_systems_are_read(encode: object) -> None:
    body = encode("User-agent: *\n# خاص\nDisallow: /a\n")  # type: ignore[operator]
    assert not _allowed(body, "/a")


def test_only_line_feeds_and_carriage_returns_end_a_line() -> None:
    """A form feed or a line separator inside a value is no line end."""
    assert _allowed("User-agent: *\nDisallow: /a\u2028Disallow: /b\x0bDisallow: /c", "/b")


@pytest.mark.parametrize(
    ("value", "delay"),
    [("10", 10.0), ("0.5", 0.5), ("1,5", 1.5), ("10s", 10.0), ("0", 0.0), ("-1", None), ("inf", None), ("", None)],
)  # fmt: skip
def test_crawl_delay_is_read_in_seconds(value: str, delay: float | None) -> None:
    body = f"User-agent: *\nCrawl-delay: {value}\n"
    assert Robots.parse(body, status=200).crawl_delay("rasid") == delay


def test_the_longest_of_several_delays_counts() -> None:
    body = "User-agent: *\nCrawl-delay: 5\nCrawl-delay: 2\nUser-agent: other\nCrawl-delay: 9\n"
    assert Robots.parse(body, status=200).crawl_delay("rasid") == 5.0


def test_sitemaps_are_absolute_and_named_once() -> None:
    body = (
        "Sitemap: https://example.org/خريطة.xml\nsitemap:https://EXAMPLE.org/a.xml # news\n"
        "Sitemap: /relative.xml\nSitemap: ftp://example.org/x\nSITEMAP: https://example.org/a.xml\n"
    )
    assert Robots.parse(body, status=200).sitemaps == (
        "https://example.org/%D8%AE%D8%B1%D9%8A%D8%B7%D8%A9.xml",
        "https://example.org/a.xml",
    )


def test_a_longer_file_counts_down_to_its_last_whole_line() -> None:
    """The rule that straddles the limit is left out: half of it would forbid more than was meant."""
    start = b"User-agent: *\nDisallow: /first\n"
    filler = b"#" * (MAX_BYTES - len(start) - len(b"\nDisallow: /lo")) + b"\nDisallow: /long/path\nDisallow: /later\n"
    paths = ("/first", "/lo", "/later")
    assert [_allowed(start + filler, path) for path in paths] == [False, True, True]


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)), st.text(max_size=60), st.text(max_size=20))
def test_any_bytes_give_a_verdict(body: bytes | str, url: str, agent: str) -> None:
    """Nothing that a site may serve makes the parser raise."""
    robots = Robots.parse(body, status=200)
    allowed, rule = robots.verdict(url, agent)
    assert allowed or rule is not None
    assert all(sitemap.startswith("http") for sitemap in robots.sitemaps)


@given(
    st.lists(
        st.sampled_from(["Disallow: ", "Allow: ", "User-agent: ", "/a", "*", "$", "%", "سوريا", "\n", " ", ":", "#"])
    )
)
def test_pieces_of_rules_give_a_verdict(pieces: list[str]) -> None:
    assert isinstance(_allowed("User-agent: *\n" + "".join(pieces), "/a/سوريا"), bool)


def test_the_pipe_reads_a_body_or_a_file(tmp_path: Path) -> None:
    """Where both are given, the inline field wins."""
    file = tmp_path / "robots.txt"
    file.write_bytes(b"User-agent: *\nDisallow: /\nCrawl-delay: 3\nSitemap: https://example.org/s.xml\n")
    asked = {"url": SITE + "/a", "user_agent": "rasid", "path": str(file)}
    expected = {"allowed": False, "crawl_delay": 3.0, "sitemaps": ["https://example.org/s.xml"]}
    assert answer_robots(asked) == expected
    assert answer_robots({**asked, "body": ""}) == {"allowed": True, "crawl_delay": None, "sitemaps": []}


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"user_agent": "rasid", "body": ""}, "bad_input"),
        ({"url": SITE, "user_agent": 7, "body": ""}, "bad_input"),
        ({"url": SITE, "user_agent": "rasid"}, "bad_input"),
        ({"url": SITE, "user_agent": "rasid", "path": "/nonexistent/robots.txt"}, "unreadable_file"),
        ({"url": SITE, "user_agent": "rasid", "path": "a\0b"}, "unreadable_file"),
    ],
)
def test_a_bad_item_is_refused_by_name(item: dict[str, object], code: str) -> None:
    with pytest.raises(Park) as caught:
        answer_robots(item)
    assert caught.value.code == code


def test_a_ruling_names_the_line_and_the_group_that_decided() -> None:
    robots = Robots.parse(
        "# a comment\r\nUser-agent: rasid\r\n\r\nDisallow: /خاص/\r\nAllow: /خاص/index.html\r"
        "User-agent: *\nDisallow: /\n",
        status=200,
    )
    said = [robots.ruling(f"https://a.example{path}", "rasid/0.1 (+https://x)") for path in ("/خاص/1", "/خاص/", "/a")]
    assert [(one.allowed, one.line, one.agent) for one in said] == [
        (False, 4, "rasid"), (True, 5, "rasid"), (True, None, "rasid"),
    ]  # fmt: skip
    other = robots.ruling("https://a.example/a", "otherbot")
    assert (other.allowed, other.rule, other.line, other.agent) == (False, "disallow: /", 7, "*")
    away = Robots.parse(b"", status=503).ruling("https://a.example/a", "rasid")
    assert (away.allowed, away.rule, away.line) == (False, "unreachable", None)
