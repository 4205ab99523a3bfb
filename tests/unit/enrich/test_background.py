"""How common words are: what is shipped, what was learned, and both together."""

from __future__ import annotations

import numpy as np
import pytest

from rasid.enrich.background import ENOUGH, Background, Learned
from rasid.enrich.build_salience import count
from rasid.enrich.keywords import Host, Lexicon, keywords
from rasid.enrich.salience import Salience, hashed, merged, pack, shipped, unpack
from rasid.enrich.tokens import tokenize

FURNITURE = "مرصد الفرات المحلي"


def learned(texts: list[tuple[str, str]], version: int = 1) -> Learned:
    return Learned(version, count(texts))


def told(text: str, background: Background, language: str = "ar") -> dict[str, float]:
    host = Host(text, tokenize(text))
    return {one.text: one.score for one in keywords([host], language=language, lexicon=Lexicon(background))}


def test_counts_of_two_collections_add_up() -> None:
    one = count([("سد الفرات", "انهار سد الفرات أمس")] * 3)
    other = count([("سد الفرات", "سد الفرات سليم")] * 4 + [("غيره", "خبر آخر تماما")] * 3)
    both = Salience(merged(one, other))
    assert both.texts == 10
    wanted = np.array([hashed("سد الفرات"), hashed("خبر اخر"), hashed("لا شيء")], np.uint32)
    assert both.phrases(wanted).tolist() == [[7, 7, 7], [3, 0, 3], [0, 0, 0]]
    assert both.word("الفرات").written == 7
    assert unpack(pack(merged(one, other))) == merged(one, other)


def test_counts_can_be_told_of_fewer_texts() -> None:
    stored = count([("سد الفرات", "سد الفرات سليم")] * 40)
    assert Salience(stored, as_of=10).texts == 10
    assert Salience(stored, as_of=10).word("الفرات").texts == 10
    assert Salience(stored, as_of=100).word("الفرات").texts == 40


def test_an_empty_collection_knows_nothing() -> None:
    nothing = Salience(count([]))
    assert nothing.word("سد").texts == 0
    assert nothing.phrases(np.array([1], np.uint32)).tolist() == [[0, 0, 0]]


def test_bytes_that_are_no_table_are_told() -> None:
    with pytest.raises(ValueError, match="not a packed table"):
        unpack(b"x")


def test_what_every_article_of_a_crawl_holds_tells_little() -> None:
    text = f"قال {FURNITURE} إن محطة المياه توقفت. وأضاف {FURNITURE} أن محطة المياه تحتاج وقوداً، بحسب {FURNITURE}."
    crawl = [(f"خبر{n}", f"ذكر {FURNITURE} في خبر{n} أن شيئا{n} حدث بحسب {FURNITURE}") for n in range(2_000)]
    before, after = told(text, Background()), told(text, Background({"ar": learned(crawl)}))
    assert after.get(FURNITURE, 0.0) < 0.85 * before[FURNITURE]


def test_other_languages_learn_what_is_everywhere() -> None:
    text = "Metsola met fishermen. Metsola spoke of quotas; fishermen want quotas raised, Metsola said. Quotas matter."
    crawl = [(f"Item {n}", f"Metsola did thing{n} in town{n} while Metsola watched") for n in range(ENOUGH)]
    before, after = told(text, Background(), "en"), told(text, Background({"en": learned(crawl)}), "en")
    assert next(iter(before)) == "Metsola"
    assert list(after).index("Metsola") > list(after).index("quotas")


def test_too_few_texts_say_nothing() -> None:
    few = Background({"ar": learned([("عنوان", "نص قصير")] * (ENOUGH - 1))})
    assert few.version == ""
    assert few.arabic is shipped()


def test_a_background_is_named_after_what_it_holds() -> None:
    texts = [("عنوان", "نص قصير جدا")] * ENOUGH
    assert Background({"en": learned(texts, 2), "ar": learned(texts, 7)}).version == "ar7.en2"
