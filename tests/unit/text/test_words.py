"""Words, stems, and the forms by which a search finds them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rasid.text.fold import fold
from rasid.text.words import (
    QUERY_LIMIT,
    STOPWORDS,
    WORD_LIMIT,
    figures,
    figures_by,
    folded_figures,
    folded_words,
    forms,
    proclitic_forms,
    read_all,
    search_query,
    search_text,
    stems,
    without_article,
    without_proclitic,
    words,
)

ANY = st.one_of(
    st.text(max_size=80),
    st.text(st.sampled_from("والفبكلقسدحمةأى ًـabcİı'’-.\"12٣"), max_size=60),
)


@given(ANY)
def test_words_are_pieces_of_the_text_in_order(text: str) -> None:
    folded = fold(text)
    place = 0
    for word in words(folded):
        assert 0 < len(word) <= WORD_LIMIT
        assert not any(char.isspace() for char in word)
        place = folded.index(word, place) + len(word)


@given(ANY)
def test_no_letter_or_digit_is_lost(text: str) -> None:
    folded = fold(text)
    # In scripts without blanks every character is a word, also one that is neither letter nor digit.
    unspaced = range(0x0E00, 0x0F00), range(0x3040, 0x3100), range(0x3400, 0xA000), range(0xF900, 0xFB00)
    kept = sum(char.isalnum() or any(ord(char) in block for block in unspaced) for char in folded)
    assert sum(map(len, words(folded))) == kept


@given(ANY)
def test_words_of_joined_words_are_the_same(text: str) -> None:
    found = words(fold(text))
    assert words(" ".join(found)) == found


@given(ANY)
@example("اليوم الأوّل: ١٢.٥ كم_2، قسد's ٪")
@example("北京 แล ok 😀x𐤀")
def test_a_long_text_has_the_words_of_its_lines(text: str) -> None:
    folded = fold(text)

    assert words(f"{folded}\n" * 120) == words(folded) * 120


def test_a_very_long_run_is_cut() -> None:
    assert words("x" * 5000) == ["x" * WORD_LIMIT]


def test_scripts_without_blanks_give_one_word_a_character() -> None:
    assert words(fold("叙利亚 news")) == ["叙", "利", "亚", "news"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kamışlı'da", ["kamisli", "da"]),
        ("l’accord", ["l", "accord"]),
        ("`Ayn `Isa", ["ayn", "isa"]),
        ("وقف-إطلاق النار،", ["وقف", "اطلاق", "النار"]),
    ],
)
def test_apostrophes_and_marks_part_words(text: str, expected: list[str]) -> None:
    assert words(fold(text)) == expected


@pytest.mark.parametrize(
    ("word", "bare"),
    [
        ("والقامشلي", "القامشلي"),
        ("لقسد", "قسد"),
        ("وبدمشق", "دمشق"),
        ("للنظام", "النظام"),
        ("وللجيش", "الجيش"),
        ("فالحكومه", "الحكومه"),
        ("وزير", "وزير"),
        ("فرنسا", "فرنسا"),
        ("وفرنسا", "فرنسا"),
        ("بلبنان", "لبنان"),
        ("ولد", "ولد"),
        ("بلد", "بلد"),
    ],
)
def test_proclitics_come_off_where_they_are_proclitics(word: str, bare: str) -> None:
    assert without_proclitic(word) == bare


def test_an_unlisted_name_keeps_its_own_form_beside_the_stripped_one() -> None:
    assert forms("كوباني")[0] == "كوباني"


@given(st.text(st.sampled_from("والفبكلقسدحمه"), min_size=1, max_size=12))
def test_stripping_leaves_an_end_of_the_word_of_three_letters_or_all_of_it(word: str) -> None:
    bare = without_article(without_proclitic(word))
    assert bare == word or len(bare) >= 3
    assert word.endswith(bare[2:] if bare.startswith("ال") else bare)


def test_the_article_comes_off_but_not_of_words_that_begin_so() -> None:
    assert without_article("القامشلي") == "قامشلي"
    assert without_article(fold("الله")) == fold("الله")
    assert without_article(fold("ألمانيا")) == fold("ألمانيا")


@pytest.mark.parametrize(
    ("language", "group"),
    [
        ("ar", "قوات القوات وقوات والقوات للقوات بقوات"),
        ("ar-SY", "مدينة المدينة لمدينة والمدينة"),
        ("en", "sanction sanctions sanctioned"),
        ("fr", "accord accords"),
        ("tr", "hükümet hükümeti hükümetin"),
    ],
)
def test_inflections_share_a_stem(language: str, group: str) -> None:
    assert len(set(stems(words(fold(group)), language))) == 1


def test_a_language_without_an_algorithm_keeps_its_words() -> None:
    assert stems(["کوردستان", "azadi"], "ckb") == ["کوردستان", "azadi"]
    assert stems(["whatever"], None) == ["whatever"]


def test_arabic_is_known_by_its_script_where_the_language_is_not() -> None:
    assert stems(["والقوات"], None) == stems(["والقوات"], "ar")


def test_stemming_in_many_threads_gives_what_one_gives() -> None:
    tokens = words(fold("اشتباكات القامشلي sanctions running الحكومات وزارات")) * 200
    expected = stems(tokens, "ar")
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: stems(tokens, "ar"), range(40)))


def test_stopwords_are_folded_words() -> None:
    for language in ("ar", "en", "fr", "tr", "fa", "ku", "ckb"):
        assert STOPWORDS[language]
        for word in STOPWORDS[language]:
            assert words(fold(word)) == [word]


# --- search -------------------------------------------------------------------------------------------------------


def shares_a_form(text: str, query: str) -> bool:
    """What PostgreSQL does for a query of one word: one of the asked lexemes stands in the document."""
    asked = set(search_query(query).replace("(", "").replace(")", "").replace("'", "").split(" | "))
    return bool(asked & set(search_text(text).split()))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("اشتباكات في الحسكة والقامشلي", "القامشلي"),
        ("الانضمام لقسد", "قسد"),
        ("مواقع قسد", "لقسد"),
        ("للنظام السوري", "النظام"),
        ("وبالحسكة", "الحسكه"),
        ("إدلب", "ادلب"),
        ("عَفْرِين", "عفرين"),
        ("قوات", "القوات"),
        ("Kamışlı'da", "KAMIŞLI"),
        ("١٩ كانون", "19"),
    ],
)
def test_a_query_finds_a_word_however_it_is_written(text: str, query: str) -> None:
    assert shares_a_form(text, query)


@pytest.mark.parametrize(("text", "query"), [("فرنسا", "رنسا"), ("وزير", "زير"), ("حلب", "حلبجة"), ("بلد", "لد")])
def test_a_query_does_not_find_half_a_word(text: str, query: str) -> None:
    assert not shares_a_form(text, query)


@given(ANY)
def test_every_word_of_a_text_finds_the_text(text: str) -> None:
    for word in words(fold(text)):
        if word != "or":
            assert shares_a_form(text, word)


@given(ANY)
def test_search_text_begins_with_the_words_in_order(text: str) -> None:
    found = words(fold(text))
    assert search_text(text).split()[: len(found)] == found


@given(st.text(st.sampled_from("قسد حلب abc OR -\"'|&!()<>:*\\ "), max_size=80))
def test_no_query_can_break_out_of_its_quotes(text: str) -> None:
    expression = search_query(text)
    assert expression.count("'") % 2 == 0
    assert expression.count("(") == expression.count(")")
    for lexeme in expression.split("'")[1::2]:
        assert words(lexeme) == [lexeme]


def test_the_parts_of_a_query() -> None:
    assert search_query("حلب دمشق") == "'حلب' & 'دمشق'"
    assert search_query("حلب OR دمشق -ريف") == "('حلب' | 'دمشق') & !'ريف'"
    assert search_query('"حلب الشهباء"').endswith(" <-> 'الشهباء')")
    assert search_query("-- () !") == ""


def test_a_phrase_is_found_behind_a_proclitic() -> None:
    assert "'وقوات'" in search_query('"قوات سوريا"')
    assert proclitic_forms("abc") == ("abc",)


def test_a_query_of_any_length_stays_short() -> None:
    assert search_query("كلمة " * 5000).count("&") < QUERY_LIMIT


@given(
    st.lists(
        st.one_of(st.text(max_size=300), st.text(alphabet="05٣५.,٫ ابcé…\U0001d7d8\ud800-", max_size=300)), max_size=6
    )
)
def test_texts_are_read_together_as_one_by_one(texts: list[str]) -> None:
    for text, read in zip(texts, read_all(texts), strict=True):
        folded = fold(text)
        assert (read.folded, read.words, read.joined) == (folded, words(folded), " ".join(words(folded)))
        assert folded_figures(text) == figures(folded)
        if read.digits is not None:
            assert read.digits == [at for at, char in enumerate(folded) if char.isdecimal()]


def test_long_words_are_cut_where_texts_are_read_together() -> None:
    texts = ["a" * 60, "b" * 60 + " c", "", "d " + "e" * 70, "f" * 64, "g" * 500]
    assert [read.words for read in read_all(texts)] == [words(text) for text in texts]
    assert folded_words(texts[3]) == (texts[3], ["d", "e" * 64])


@given(st.text(alphabet="05٣५.,٫٬ ابcé\U0001d7d8\ud800-", min_size=0, max_size=300))
def test_figures_are_the_same_however_they_are_found(text: str) -> None:
    pattern = re.compile(r"\d+(?:[.,]\d+)*")
    assert figures(text) == pattern.findall(text)
    assert [match.span() for match in figures_by(pattern, text * 20)] == [m.span() for m in pattern.finditer(text * 20)]
