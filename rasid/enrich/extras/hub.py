"""Names by a token-classification model of one's own, run by onnxruntime (extra ``hub``).

The model is a folder as hubs give it: ``model.onnx``, ``tokenizer.json`` and ``config.json`` with the labels
(``id2label``). Nothing is fetched: what is not in the folder is an error. Long texts are read in windows that overlap.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from rasid.enrich.interface import Annotation, Doc
from rasid.errors import UsageError

NAME = "rasid-hub"
_EDITION = "1"
_FILES = ("model.onnx", "tokenizer.json", "config.json")
#: Tokens of one window, where the model says nothing else, and how many of them the next one repeats.
_WINDOW, _OVERLAP = 512, 64
#: Windows of one article that are read: some forty thousand letters.
_MOST_WINDOWS = 24
_KINDS = {
    "PER": "person", "PERS": "person", "PERSON": "person",
    "ORG": "org", "ORGANIZATION": "org",
    "LOC": "place", "LOCATION": "place", "GPE": "place", "FAC": "place",
    "NORP": "nationality",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the text and its label: ``B-``, ``I-`` or none before `kind`; None for no name."""

    start: int
    end: int
    begins: bool
    kind: str | None
    sure: float


class HubEnricher:
    """See the module.

    Args:
        folder: of the model.
        languages: first parts of BCP 47 tags that the model reads; empty for all.

    Raises:
        UsageError: the extra is not installed, or the folder does not hold such a model.
    """

    name = NAME
    needs: frozenset[str] = frozenset()
    provides = frozenset({"entity"})
    cost = 400.0

    def __init__(self, folder: Path, languages: frozenset[str] = frozenset()) -> None:
        lacking = [name for name in _FILES if not (folder / name).is_file()]
        if lacking:
            raise UsageError(f"{folder} is no model: it lacks {', '.join(lacking)}")
        self.languages = languages
        self._labels, window = _read_config(folder / "config.json")
        try:
            onnx, tokenizers = importlib.import_module("onnxruntime"), importlib.import_module("tokenizers")
        except ImportError as error:
            raise UsageError(f"{error}: pip install 'rasid[hub]'") from error
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = _session(onnx, folder / "model.onnx")
        # Both raise whatever their native parts do.
        except Exception as error:
            raise UsageError(f"{folder} holds no model that can be read: {error}") from error
        self._tokenizer.enable_truncation(window, stride=min(_OVERLAP, window // 4))
        self._tokenizer.no_padding()
        self._inputs = [one.name for one in self._session.get_inputs()]
        self.version = f"{_EDITION}-{_digest(folder)}"

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        return [[*self._names(doc.title, True), *self._names(doc.text, False)] for doc in batch]

    def _names(self, text: str, in_title: bool) -> Iterator[Annotation]:
        for words in _names_of(self._words(text)):
            start, end = words[0].start, words[-1].end
            written = text[start:end]
            if not written.strip():
                continue
            yield Annotation(
                "entity", start, end, in_title, _KINDS.get(words[0].kind or "", "other"), None,
                " ".join(written.split()), written, score=min(float(np.mean([one.sure for one in words])), 1.0),
                method="hub",
            )  # fmt: skip

    def _words(self, text: str) -> list[_Word]:
        """The words of a text, each once: of two windows that hold it, the first counts."""
        if not text.strip():
            return []
        whole = self._tokenizer.encode(text)
        words: list[_Word] = []
        for window in [whole, *whole.overflowing][:_MOST_WINDOWS]:
            done = words[-1].end if words else 0
            words += [one for one in self._window(window) if one.start >= done]
        return words

    def _window(self, window: Any) -> Iterator[_Word]:
        scores = self._scores(window)
        tokens = [
            (word, place, start, end)
            for place, (word, (start, end)) in enumerate(zip(window.word_ids, window.offsets, strict=True))
            if word is not None and start < end
        ]
        for _, pieces in groupby(tokens, key=itemgetter(0)):
            (_, place, start, end), *others = pieces
            best = int(scores[place].argmax())  # its first token speaks for a word
            begins, kind = self._labels.get(best, (True, None))
            yield _Word(start, max([end, *(other[3] for other in others)]), begins, kind, float(scores[place][best]))

    def _scores(self, window: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
        """How likely each label is for each token."""
        given = {
            "input_ids": window.ids,
            "attention_mask": window.attention_mask,
            "token_type_ids": window.type_ids,
        }
        feed = {name: np.asarray([given[name]], dtype=np.int64) for name in self._inputs if name in given}
        logits = self._session.run(None, feed)[0][0].astype(np.float32)
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        result: np.ndarray[Any, np.dtype[np.float32]] = powers / powers.sum(axis=-1, keepdims=True)
        return result


def _names_of(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Words that make one name each: one that begins, and those of its kind that go on."""
    name: list[_Word] = []
    for word in words:
        if name and (word.kind != name[0].kind or word.begins):
            yield name
            name = []
        if word.kind is not None:
            name.append(word)
    if name:
        yield name


def _read_config(file: Path) -> tuple[dict[int, tuple[bool, str | None]], int]:
    """Labels by number, as (begins a name, kind), and the tokens of a window."""
    try:
        config = json.loads(file.read_text("utf-8"))
        labels = {int(number): str(label) for number, label in config["id2label"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise UsageError(f"{file} names no labels (id2label): {error!r}") from error
    # Some models count two more positions than they can read.
    most = config.get("max_position_embeddings")
    window = min(most - 2, _WINDOW) if isinstance(most, int) and most > 16 else _WINDOW
    return {number: _label(label) for number, label in labels.items()}, window


def _label(label: str) -> tuple[bool, str | None]:
    """``B-PER``, ``I-PER``, ``PER``, ``O``; other schemes' ``S-`` begins, ``E-`` goes on."""
    place, dash, kind = label.upper().replace("_", "-").partition("-")
    if not dash:
        return False, None if place == "O" else place
    return place in ("B", "S", "U"), kind


def _session(onnx: Any, file: Path) -> Any:
    options = onnx.SessionOptions()
    # A worker is a process a core: more threads would be in each other's way.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnx.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _digest(folder: Path) -> str:
    """What tells this model from another: eight letters of the hash of its files."""
    made = hashlib.blake2b(digest_size=4)
    for name in _FILES:
        with (folder / name).open("rb") as file:
            made.update(hashlib.file_digest(file, "blake2b").digest())
    return made.hexdigest()
