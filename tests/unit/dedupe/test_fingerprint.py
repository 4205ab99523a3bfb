"""Fingerprints: what they do not see, what they measure, and that they never change."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.dedupe.fingerprint import (
    BANDS,
    SHORT,
    SIGNATURE_BYTES,
    VERSION,
    fingerprint,
    lead_similarity,
    pack,
    similarity,
    unpack,
    word_similarity,
)

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

    assert one.signature == other.signature
    assert one.exact == other.exact


def test_another_word_is_seen() -> None:
    assert fingerprint("", ARTICLE).exact != fingerprint("", ARTICLE.replace("المطار", "المرفأ")).exact


def test_a_fingerprint_never_changes_within_a_version() -> None:
    # Stored fingerprints are compared with new ones for years: whoever changes these numbers must raise VERSION.
    print_ = fingerprint("", " ".join(f"word{i}" for i in range(60)) + " 12.5 1,000")
    assert VERSION == 1
    assert print_.exact.hex() == "cb949087d6cfe42e93a36b5c71d664f6"
    assert print_.signature[:8].hex() == "dac112f833ecb292"
    assert print_.bands[0] == 4282053265753605426
    assert print_.bands[-1] == 5130419465468936413
    assert print_.numbers[-2:] == (125, 1000)


def test_bands_fit_a_bigint_and_a_short_text_has_none() -> None:
    long, short = fingerprint("", ARTICLE), fingerprint("عنوان", "كلمة " * (SHORT - 1))

    assert len(long.bands) == BANDS
    assert len(set(long.bands)) == BANDS
    assert all(-(2**63) <= band < 2**63 for band in long.bands)
    assert any(band < 0 for band in long.bands)
    assert len(long.signature) == SIGNATURE_BYTES
    assert (short.bands, short.signature) == ((), b"")


def test_short_texts_are_told_apart_by_their_titles() -> None:
    assert fingerprint("زلزال", "شاهد الفيديو").exact != fingerprint("فيضان", "شاهد الفيديو").exact
    assert fingerprint("زلزال", "شاهد الفيديو").exact == fingerprint("زلزالٌ", "شاهد  الفيديو!").exact


def test_a_text_without_words_is_nobodys_copy() -> None:
    assert fingerprint("كاريكاتير", " … ").exact == b""


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5, 0.2])
def test_similarity_estimates_the_share_of_common_shingles(share: float) -> None:
    errors = []
    for seed in range(12):
        whole = made_text(seed, 400)
        kept = round(400 * share)
        other = whole[:kept] + made_text(seed + 1000, 400 - kept)
        a, b = ({*zip(t, t[1:], t[2:], strict=False)} for t in (whole, other))
        truth = len(a & b) / len(a | b)
        errors.append(
            similarity(fingerprint("", " ".join(whole)).signature, fingerprint("", " ".join(other)).signature) - truth
        )
    assert abs(sum(errors) / len(errors)) < 0.04
    assert max(map(abs, errors)) < 0.16


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


def test_a_shortened_copy_keeps_the_lead() -> None:
    whole = made_text(1, 600)
    long, cut = fingerprint("", " ".join(whole)), fingerprint("", " ".join(whole[:55]))

    assert lead_similarity(cut, long) == 1.0
    assert similarity(cut.signature, long.signature) < 0.25


def test_exchanged_words_leave_the_word_signature_alike() -> None:
    whole = [f"{word}xx" for word in made_text(2)]
    rng = random.Random(2)
    other = [f"new{i}" if rng.random() < 0.25 else word for i, word in enumerate(whole)]
    a, b = fingerprint("", " ".join(whole)), fingerprint("", " ".join(other))

    assert word_similarity(a.signature, b.signature) > similarity(a.signature, b.signature) + 0.15


@given(st.text(max_size=400), st.text(max_size=40))
def test_any_text_has_a_fingerprint_that_survives_packing(text: str, title: str) -> None:
    print_ = fingerprint(title, text)

    assert unpack(print_.version, print_.exact, pack(print_), print_.bands) == print_
    assert all(0 <= number < 2**31 for number in print_.numbers)
    assert similarity(print_.signature, print_.signature) in (0.0, 1.0)


@pytest.mark.parametrize("data", [b"", b"abc", b"\xff" * 9])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a packed fingerprint"):
        unpack(1, b"", data)


def test_huge_numbers_and_lone_surrogates_do_no_harm() -> None:
    print_ = fingerprint("", "9" * 10_000 + " \ud800 " + "كلمة أخرى " * 20)
    assert len(print_.numbers) == 1
    assert print_.exact
