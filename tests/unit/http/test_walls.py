"""Which refusals a wall stands behind, and which are bare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.errors import Park
from rasid.http.walls import Wall, refuse_walls, wall_behind, wall_instead
from rasid.model import Answer

URL = "https://sada.example/news/4711"
NGINX = "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"


def answer(status: int, body: str | bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(URL, status, named, body.encode() if isinstance(body, str) else body)


def page(*said: str, title: str = "صدى", more: str = "") -> str:
    return (
        f"<html><head><title>{title}</title></head><body>{''.join(f'<p>{one}</p>' for one in said)}{more}</body></html>"
    )


def kind(status: int, body: str | bytes = b"", **headers: str) -> str | None:
    wall = wall_behind(answer(status, body, **headers))
    return wall.kind if wall else None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cf_mitigated", "challenge"),
        ("x_amzn_waf_action", "challenge"),
        ("x_amzn_waf_action", "captcha"),
        ("x_datadome", "protected"),
        ("server", "DataDome"),
        ("server", "AkamaiGHost"),
        ("server", "imunify360-webshield/1.21"),
    ],
)
def test_a_refusal_names_its_wall_in_a_header(name: str, value: str) -> None:
    assert wall_behind(answer(403, NGINX, **{name: value})) == Wall("robot_wall", f"{name.replace('_', '-')}: {value}")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("يرجى التحقق من أنك لست روبوتاً للمتابعة", "robot_wall"),
        ("هل أنت روبوت؟", "robot_wall"),
        ("تم حظر وصولك إلى هذا الموقع", "robot_wall"),
        ("Sorry, you have been blocked", "robot_wall"),
        ("The requested URL was rejected. Your support ID is: 1", "robot_wall"),
        ("Bitte bestätigen Sie: Ich bin kein Roboter", "robot_wall"),
        ("هذا المحتوى للمشتركين فقط", "paywall"),
        ("اشترك الآن للمتابعة", "paywall"),
        ("Subscribe to continue reading", "paywall"),
        ("يجب عليك تسجيل الدخول", "login_wall"),
        ("سجّل الدخول لقراءة المقال", "login_wall"),
        ("Please log in.", "login_wall"),
        ("قبول جميع ملفات تعريف الارتباط", "consent_wall"),
        ("We value your privacy", "consent_wall"),
    ],
)
@pytest.mark.parametrize("status", [401, 402, 403, 451])
def test_a_refusal_says_which_wall_it_is(status: int, said: str, expected: str) -> None:
    assert kind(status, page(said)) == expected


def test_words_are_read_in_the_charset_of_the_page() -> None:
    body = page("هذا المحتوى للمشتركين فقط").encode("windows-1256")
    assert kind(403, body, content_type="text/html; charset=windows-1256") == "paywall"


@pytest.mark.parametrize(
    "mark",
    [
        '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>',
        '<script src="https://ct.captcha-delivery.com/c.js"></script>',
        '<iframe src="/_Incapsula_Resource?SWUDNSAI=31"></iframe>',
        '<div id="px-captcha"></div>',
        '<script src="https://www.google.com/recaptcha/api.js"></script>',
    ],
)
def test_a_refusal_without_words_is_known_by_the_script_of_its_maker(mark: str) -> None:
    assert kind(403, page(more=mark)) == "robot_wall"


def test_a_script_that_stands_on_every_page_of_a_site_is_no_wall() -> None:
    watch = '<script src="/cdn-cgi/challenge-platform/h/g/scripts/jsd/main.js"></script>'
    assert kind(403, NGINX.replace("</body>", f"{watch}</body>")) is None


def test_a_refusal_that_asks_for_a_password_is_a_login() -> None:
    assert wall_behind(answer(403, page(more='<form><INPUT TYPE="PASSWORD"></form>'))) == Wall(
        "login_wall", "a field for a password"
    )
    assert kind(401, "", www_authenticate='Basic realm="x"') == "login_wall"


@pytest.mark.parametrize("status", [401, 402, 403, 407, 451])
@pytest.mark.parametrize(
    "body", ["", "no", NGINX, page("Access denied"), page("403"), "\x00\x01", page("تم رفض الوصول")]
)
def test_a_bare_refusal_has_no_wall(status: int, body: str) -> None:
    assert kind(status, body, server="cloudflare") is None


def test_a_page_with_much_text_mentions_walls_for_another_reason() -> None:
    text = (
        "The ministry told readers that this form asks whether they are not a robot, and to accept all cookies. " * 20
    )
    assert kind(403, page(text)) is None
    # A price is believed at any length where the status itself asks for money.
    assert kind(402, page(text, "Subscribe to continue reading")) == "paywall"


def test_text_behind_long_scripts_is_seen() -> None:
    body = f"<script>{'x = 1;' * 15_000}</script>" + page("accept cookies", "A long report. " * 200)
    assert wall_instead(answer(200, body)) is None
    assert kind(403, body) is None


def test_a_page_that_only_opens_elements_is_cut() -> None:
    assert kind(403, "<div>" * 50_000 + "<p>Please log in.</p>") is None
    assert kind(403, "<div>" * 300 + "<p>Please log in.</p>") == "login_wall"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_a_wall_only_where_it_checks_for_robots(status: int) -> None:
    challenge = page("Checking your browser before accessing sada.example")
    assert kind(status, challenge) == "robot_wall"
    assert kind(status, page(title="Just a moment...")) == "robot_wall"
    assert kind(status, "", cf_mitigated="challenge") == "robot_wall"
    # One that names a time means it.
    assert kind(status, challenge, retry_after="120") is None
    for busy in (
        "",
        "Service Unavailable",
        "You are being rate limited. Ray ID: 8a1",
        "Subscribe to continue",
        "الموقع تحت الصيانة",
    ):
        assert kind(status, page(busy), x_datadome="protected", server="AkamaiGHost") is None, busy


@pytest.mark.parametrize("status", [200, 301, 404, 410, 500, 502])
def test_other_answers_are_no_refusals(status: int) -> None:
    assert kind(status, page("هل أنت روبوت؟"), cf_mitigated="challenge") is None


def test_the_end_names_the_kind_first_and_keeps_the_evidence() -> None:
    with pytest.raises(Park) as caught:
        refuse_walls(answer(403, page("هل أنت روبوت؟")))
    assert caught.value.code == "blocked"
    assert str(caught.value).startswith("robot_wall: status 403, it says “هل انت روبوت”")
    assert caught.value.evidence == {
        "wall": "robot_wall", "sign": "it says “هل انت روبوت”", "status": 403, "url": URL,
    }  # fmt: skip
    refuse_walls(answer(403, NGINX))


def test_a_wall_that_came_with_a_success_stands_alone_and_is_no_article() -> None:
    assert wall_instead(answer(200, page("Please sign in to continue."))) == Wall(
        "login_wall", "it says “sign in to continue”"
    )
    assert wall_instead(answer(200, page(title="Just a moment..."))) is not None
    assert wall_instead(answer(200, page("قبول جميع ملفات تعريف الارتباط"))) is not None
    said = '<meta property="og:type" content="article">'
    assert wall_instead(answer(200, said + page("Please sign in to continue."))) is None
    assert wall_instead(answer(200, page("خبر " * 900, "Please sign in to continue."))) is None
    assert wall_instead(answer(200, page("You must be logged in to post a comment."))) is None


@given(st.sampled_from([200, 401, 403, 503]), st.binary(max_size=400), st.text(max_size=20))
def test_no_body_and_no_header_stops_it(status: int, body: bytes, value: str) -> None:
    for look in (wall_behind, wall_instead):
        wall = look(answer(status, b"<p>" + body, content_type=value, server=value, www_authenticate=value))
        assert wall is None or wall.kind in ("robot_wall", "consent_wall", "login_wall", "paywall")
