"""The table of letter runs: what it holds, how a text is cut, and that it asks nothing of its input."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rasid.text import ngrams


def test_runs_stay_inside_words_and_ignore_case_digits_and_punctuation() -> None:
    one, two, three, four = ngrams.runs("Ab, c1d؛ دم")
    assert [len(found) for found in (one, two, three, four)] == [6, 2, 0, 0]
    assert [list(found) for found in ngrams.runs("AB CD")] == [list(found) for found in ngrams.runs("ab... 7 cd!")]


def test_knows_its_languages_by_their_own_words() -> None:
    model = ngrams.model()
    best = {
        text: model.languages[int(np.argmax(model.scores(text)))]
        for text in ("الحكومة السورية", "hükümetin", "правительство")
    }
    assert list(best.values()) == ["ar", "tr", "ru"]


def test_a_text_that_shares_nothing_with_any_language_scores_nothing() -> None:
    assert not ngrams.model().scores("123 ... ☃").any()


@given(st.text(max_size=300))
def test_any_text_gets_finite_scores(text: str) -> None:
    assert np.isfinite(ngrams.model().scores(text)).all()


@given(st.text(alphabet="abcdefghij ", max_size=60), st.text(alphabet="abcdefghij ", max_size=60))
def test_words_add_up(left: str, right: str) -> None:
    """Runs never reach over a blank, so a text scores what its parts score."""
    model = ngrams.model()
    assert np.allclose(model.scores(f"{left} {right}"), model.scores(left) + model.scores(right))
