"""Names by a model from a folder. The tests make a tiny one: it looks each token's labels up in a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rasid.enrich import registry
from rasid.enrich.extras.hub import HubEnricher
from rasid.errors import UsageError
from rasid.testing import Doc, check_enricher

onnx: Any = pytest.importorskip("onnx", reason="the extra hub and onnx are not installed")
tokenizers: Any = pytest.importorskip("tokenizers", reason="the extra hub is not installed")

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-MISC"]
WORDS: dict[str, str] = {
    "[UNK]": "O", "[CLS]": "B-PER", "[SEP]": "B-PER",
    "فيصل": "B-PER", "المقداد": "I-PER", "دمشق": "B-LOC", "دير": "B-LOC", "الزور": "I-LOC",
    "البل": "B-LOC", "##قان": "O", "زار": "O", "اليونسكو": "B-MISC",
}  # fmt: skip


def make_model(folder: Path, *, labels: Mapping[int, str] | None = None, window: int = 40) -> Path:
    """A folder as hubs give it."""
    folder.mkdir(exist_ok=True)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.zeros((len(WORDS), len(LABELS)), dtype=np.float32)
    for number, label in enumerate(WORDS.values()):
        table[number, LABELS.index(label)] = 4.0
    helper = onnx.helper
    ids = [
        helper.make_tensor_value_info(name, onnx.TensorProto.INT64, [1, "n"])
        for name in ("input_ids", "attention_mask")
    ]
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["logits"])],
        "names",
        ids,
        [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, "n", len(LABELS)])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    named = labels or dict(enumerate(LABELS))
    config = {"id2label": named, "max_position_embeddings": window + 2}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def names(enricher: HubEnricher, text: str, title: str = "") -> list[tuple[str | None, str | None]]:
    (said,) = enricher.enrich([Doc(1, text, title, "ar")])
    for one in said:
        host = title if one.in_title else text
        assert one.start is not None
        assert one.end is not None
        assert host[one.start : one.end] == one.text
    return [(one.text, one.kind) for one in said]


def test_labels_become_names_with_spans_and_kinds(tmp_path: Path) -> None:
    enricher = HubEnricher(make_model(tmp_path / "m"))
    assert names(enricher, "زار فيصل المقداد دير الزور، دمشق.", "دمشق") == [
        ("دمشق", "place"), ("فيصل المقداد", "person"), ("دير الزور", "place"), ("دمشق", "place"),
    ]  # fmt: skip
    assert names(enricher, "زار اليونسكو") == [("اليونسكو", "other")]
    assert names(enricher, "فيصل فيصل") == [("فيصل", "person")] * 2, "each begins"
    assert names(enricher, "زار المقداد") == [("المقداد", "person")], "one that goes on without a beginning begins"


def test_a_word_of_several_pieces_is_one_with_the_label_of_its_first(tmp_path: Path) -> None:
    assert names(HubEnricher(make_model(tmp_path / "m")), "زار البلقان") == [("البلقان", "place")]


def test_long_texts_are_read_in_windows_that_overlap(tmp_path: Path) -> None:
    enricher = HubEnricher(make_model(tmp_path / "m", window=24))
    text = "زار فيصل المقداد دمشق " * 60
    found = names(enricher, text)
    assert found == [("فيصل المقداد", "person"), ("دمشق", "place")] * 60
    assert len(names(enricher, text * 10)) < 240, "of a text without an end the beginning is read"


def test_it_keeps_the_contract_and_its_version_tells_the_model(tmp_path: Path) -> None:
    enricher = HubEnricher(make_model(tmp_path / "m"), frozenset({"ar"}))
    check_enricher(enricher, Doc(1, "زار فيصل المقداد دمشق", language="ar"))
    assert HubEnricher(make_model(tmp_path / "m")).version == enricher.version
    other = make_model(tmp_path / "n", labels={0: "O", 1: "B-ORG", 2: "I-ORG", 3: "LOC", 4: "LOC", 5: "B-X"})
    assert HubEnricher(other).version != enricher.version
    assert names(HubEnricher(other), "فيصل المقداد دمشق") == [("فيصل المقداد", "org"), ("دمشق", "place")]


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("model.onnx", None, "lacks model.onnx"),
        ("tokenizer.json", b"{}", "no model that can be read"),
        ("model.onnx", b"not a model", "no model that can be read"),
        ("config.json", b"{}", "names no labels"),
        ("config.json", b'{"id2label": {"x": "O"}}', "names no labels"),
        ("config.json", b"[", "names no labels"),
    ],
)
def test_a_folder_that_holds_no_model_is_left_out_with_the_reason(
    tmp_path: Path, file: str, content: bytes | None, why: str
) -> None:
    folder = make_model(tmp_path / "m")
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(UsageError, match=why):
        HubEnricher(folder)
    context: Any = SimpleNamespace(settings=SimpleNamespace(hub_model=folder, hub_languages=""))
    choice = registry.choose(context, ["rasid-hub"])
    assert choice.enrichers == ()
    assert why in choice.left_out["rasid-hub"]


def test_no_folder_is_told() -> None:
    context: Any = SimpleNamespace(settings=SimpleNamespace(hub_model=None, hub_languages=""))
    assert registry.choose(context, ["rasid-hub"]).left_out == {"rasid-hub": "RASID_HUB_MODEL is not set"}
