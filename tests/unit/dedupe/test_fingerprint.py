"""Fingerprints: what they do not see, what they measure, and that they never change."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.dedupe.fingerprint import SHORT, VERSION, fingerprint, overlap, pack, unpack
from rasid.dedupe.shingles import BANDS, SHINGLES_LIMIT

ARTICLE = (
    "أعلنت إدارة المطار اليوم استئناف الرحلات الجوية بعد توقف دام ثلاثة أسابيع بسبب أعمال الصيانة، وقالت في بيان إن "
    "الرحلة الأولى أقلعت عند الساعة 7:30 صباحا وعلى متنها 146 راكبا، وأضافت أن جدول الرحلات سيعود إلى ما كان عليه "
    "خلال 10 أيام. وأوضح مدير المطار أن كلفة الأعمال بلغت 2.5 مليون دولار وشملت المدرج الرئيسي وأجهزة الإنارة."
)


def made_text(seed: int, count: int = 300) -> list[str]:
    rng = random.Random(seed)
    return [f"w{rng.randrange(5000)}" for _ in range(count)]


@pytest.mark.parametrize(
    "variant",
    [
        ARTICLE.replace("أ", "ا").replace("إ", "ا").replace("ة", "ه").replace("ى", "ي"),
        ARTICLE.replace("ر", "رَ"),
        ARTICLE.replace("ا", "اـ"),
        ARTICLE.replace(" ", " \u200f "),
        ARTICLE.replace("،", ",").replace(". ", " "),
        ARTICLE.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")).replace("2.5", "2٫5"),
        f"\n\n  {ARTICLE}\n",
    ],
)
def test_spelling_marks_and_punctuation_are_not_seen(variant: str) -> None:
    one, other = fingerprint("عنوان", ARTICLE), fingerprint("عنوان آخر", variant)

    assert one.shingles == other.shingles
    assert one.exact == other.exact


def test_another_word_is_seen() -> None:
    assert fingerprint("", ARTICLE).exact != fingerprint("", ARTICLE.replace("المطار", "المرفأ")).exact


def test_a_fingerprint_never_changes_within_a_version() -> None:
    # Stored fingerprints are compared with new ones for years: whoever changes these numbers must raise VERSION.
    print_ = fingerprint("", " ".join(f"word{i}" for i in range(60)) + " 12.5 1,000")
    assert VERSION == 2
    assert print_.exact.hex() == "cb949087d6cfe42e93a36b5c71d664f6"
    assert print_.shingles[:8].hex() == "1d950f048dc1dd23"
    assert print_.bands[0] == 121923398923639268
    assert print_.bands[-1] == 1924016851827385667
    assert print_.numbers[-2:] == (125, 1000)


def test_bands_fit_a_bigint_and_a_short_text_has_none() -> None:
    long, short = fingerprint("", ARTICLE), fingerprint("عنوان", "كلمة " * (SHORT - 1))

    assert 10 <= len(long.bands) <= BANDS
    assert len(set(long.bands)) == len(long.bands)
    assert all(-(2**63) <= band < 2**63 for band in long.bands)
    assert any(band < 0 for band in long.bands)
    assert (short.bands, short.shingles) == ((), b"")


def test_short_texts_are_told_apart_by_their_titles() -> None:
    assert fingerprint("زلزال", "شاهد الفيديو").exact != fingerprint("فيضان", "شاهد الفيديو").exact
    assert fingerprint("زلزال", "شاهد الفيديو").exact == fingerprint("زلزالٌ", "شاهد  الفيديو!").exact


def test_a_text_without_words_is_nobodys_copy() -> None:
    assert fingerprint("كاريكاتير", " … ").exact == b""


def jaccard(one: list[str], other: list[str]) -> float:
    a, b = ({*zip(t, t[1:], t[2:], strict=False)} for t in (one, other))
    return len(a & b) / len(a | b)


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5, 0.2, 0.0])
def test_overlap_is_the_share_of_common_shingles(share: float) -> None:
    for seed in range(12):
        whole = made_text(seed, 400)
        kept = round(400 * share)
        other = whole[:kept] + made_text(seed + 1000, 400 - kept)
        found = overlap(fingerprint("", " ".join(whole)), fingerprint("", " ".join(other)))
        assert found.jaccard == pytest.approx(jaccard(whole, other), abs=1e-6)


@pytest.mark.parametrize("share", [0.9, 0.5])
def test_overlap_of_long_texts_is_estimated_on_the_same_shingles(share: float) -> None:
    whole = made_text(1, 9_000)
    kept = round(9_000 * share)
    other = whole[:kept] + made_text(2, 3_000)
    one, two = fingerprint("", " ".join(whole)), fingerprint("", " ".join(other))

    assert one.scale > 0
    assert len(one.shingles) <= 4 * SHINGLES_LIMIT
    for a, b in ((one, two), (two, one)):
        assert overlap(a, b).jaccard == pytest.approx(jaccard(whole, other), abs=0.06)


def test_a_part_lies_inside_a_whole_of_another_scale() -> None:
    whole = made_text(3, 5_000)
    part = fingerprint("", " ".join(whole[2_000:2_300]))
    for a, b in ((part, fingerprint("", " ".join(whole))), (fingerprint("", " ".join(whole)), part)):
        assert overlap(a, b).inside > 0.95


@pytest.mark.parametrize(("share", "least"), [(0.8, 40), (0.67, 40)])
def test_copies_that_share_half_of_their_shingles_share_a_band(share: float, least: int) -> None:
    found = 0
    for seed in range(40):
        whole = made_text(seed)
        kept = round(300 * share)
        other = whole[:kept] + made_text(seed + 5000, 300 - kept)
        a, b = fingerprint("", " ".join(whole)), fingerprint("", " ".join(other))
        found += bool(set(a.bands) & set(b.bands))
    assert found >= least


def test_unrelated_texts_share_no_band() -> None:
    prints = [set(fingerprint("", " ".join(made_text(seed))).bands) for seed in range(60)]
    assert sum(bool(a & b) for i, a in enumerate(prints) for b in prints[:i]) <= 2


@pytest.mark.parametrize("start", [0, 170, 520])
def test_a_part_finds_its_whole(start: int) -> None:
    found = 0
    for seed in range(40):
        whole = made_text(seed, 600)
        long, cut = fingerprint("", " ".join(whole)), fingerprint("", " ".join(whole[start : start + 80]))
        found += bool(set(long.bands) & set(cut.bands))
        assert overlap(cut, long).inside == 1.0
    assert found >= 38


def test_exchanged_words_are_scattered_evenly_and_edits_are_not() -> None:
    whole = made_text(2)
    rng = random.Random(2)
    other = [f"new{i}" if rng.random() < 0.25 else word for i, word in enumerate(whole)]
    edited = [word for at in range(0, 300, 30) for word in (*whole[at : at + 18], *made_text(at + 70, 20))]
    spun = overlap(fingerprint("", " ".join(other)), fingerprint("", " ".join(whole))).exchange
    rewritten = overlap(fingerprint("", " ".join(edited)), fingerprint("", " ".join(whole))).exchange

    assert spun is not None
    assert rewritten is not None
    assert spun.even > 0.8
    assert spun.spread > 0.9
    assert 0.7 < spun.scatter < 1.3
    assert rewritten.even < 0.2
    assert rewritten.scatter < 0.5


@given(st.text(max_size=400), st.text(max_size=40))
def test_any_text_has_a_fingerprint_that_survives_packing(text: str, title: str) -> None:
    print_ = fingerprint(title, text)

    assert unpack(print_.version, print_.exact, pack(print_), print_.bands) == print_
    assert all(0 <= number < 2**31 for number in print_.numbers)
    assert overlap(print_, print_).jaccard in (0.0, 1.0)


@pytest.mark.parametrize("data", [b"", b"abc", b"\xff" * 9])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a packed fingerprint"):
        unpack(1, b"", data)


def test_huge_numbers_and_lone_surrogates_do_no_harm() -> None:
    print_ = fingerprint("", "9" * 10_000 + " \ud800 " + "كلمة أخرى " * 20)
    assert len(print_.numbers) == 1
    assert print_.exact
