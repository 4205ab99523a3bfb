"""A credit names the agency of a text; a mention does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.dedupe.agency import agency_of
from rasid.text.agencies import AGENCIES

BODY = " أعلنت الوزارة أن الأعمال ستنتهي خلال الأسبوع المقبل بعد أن توقفت أياما بسبب الأمطار." * 6


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("دمشق-سانا" + BODY, "sana"),
        ("دمشق - سانا: " + BODY, "sana"),
        ("بيروت (رويترز) -" + BODY, "reuters"),
        ("واشنطن، أ ف ب:" + BODY, "afp"),
        ("باريس (أ.ف.ب) " + BODY, "afp"),
        (BODY + "\n(فرانس برس)", "afp"),
        (BODY + "\nالمصدر: الأناضول", "aa"),
        (BODY + "\n/سانا/", "sana"),
        ("الرياض – واس" + BODY, "spa"),
        ("BEIRUT (AP) — The ministry said" + " on Monday that work goes on" * 20, "ap"),
        ("PARIS (Reuters) - The ministry said" + " on Monday that work goes on" * 20, "reuters"),
        ("The ministry said on Monday that work goes on. " * 20 + "\nAgence France-Presse", "afp"),
        ("ANKARA (AA) - The ministry" + " said on Monday" * 20, "aa"),
        ("المنامة /بنا/" + BODY, "bna"),
    ],
)
def test_a_credit_is_found(text: str, agency: str) -> None:
    assert agency_of(text) == agency


@pytest.mark.parametrize(
    "text",
    [
        "قال المسؤول لوكالة رويترز إن" + BODY,
        "نقلت رويترز عن مصدر قوله" + BODY,
        'قالت وكالة "سانا" إن' + BODY,
        BODY + "رويترز" + BODY,
        "قنا - أوضح محافظ المدينة" + BODY,
        "مر بنا، وفا بوعده، وقال" + BODY,
        "The map, as an ap for phones," + " shows the way to town" * 20,
        "",
    ],
)
def test_a_mention_is_no_credit(text: str) -> None:
    assert agency_of(text) is None


def test_a_byline_found_apart_is_believed_first() -> None:
    assert agency_of("دمشق - سانا: " + BODY, credit="رويترز") == "reuters"
    assert agency_of("دمشق - سانا: " + BODY, credit="أحمد حسن") == "sana"


@pytest.mark.parametrize(("agency", "name"), [(agency, name) for agency in AGENCIES for name in AGENCIES[agency]])
def test_every_name_is_found_in_brackets_however_it_is_spelled(agency: str, name: str) -> None:
    assert agency_of(f"دمشق ({name}) - {BODY}") == agency
    assert agency_of(f"{BODY}\n({name})") == agency


@given(st.text(max_size=400))
def test_any_text_is_answered(text: str) -> None:
    assert agency_of(text) in {None, *AGENCIES}
