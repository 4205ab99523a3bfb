"""What the documents must not forget: every table, every state, every setting of the queue, every document."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rasid import contract
from rasid.broker import configuration
from rasid.model import MOVES, State
from rasid.settings import Settings
from rasid.store.tables import Base

DOCS = Path(__file__).resolve().parents[2] / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def test_every_table_has_a_row_in_the_data_model_and_no_other_has() -> None:
    tables = re.findall(r"^\| table \|.*\n\|[-|]+\n((?:\|.*\n)+)", read("data-model.md"), re.MULTILINE)
    named = [name for rows in tables for name in re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)]
    assert sorted(named) == sorted(Base.metadata.tables)


def test_the_diagram_of_states_shows_legal_moves_alone_and_every_state() -> None:
    arrows = re.findall(r"^  (\w+) --> (\w+)", read("data-model.md"), re.MULTILINE)
    assert all(State(after) in MOVES[State(before)] for before, after in arrows)
    assert all(f"**{state}**" in read("data-model.md") for state in ("skipped", "gone", "parked"))
    assert {state for arrow in arrows for state in arrow} == {state.value for state in State}


@pytest.mark.parametrize("name", sorted(configuration(Settings())))
def test_every_setting_of_the_queue_has_its_reason(name: str) -> None:
    told_elsewhere = {"broker_transport_options", "task_queues", "task_routes", "task_default_queue", "timezone"}
    assert name in told_elsewhere or f"`{name}`" in read("queue.md")


def test_every_option_of_the_transport_has_its_reason() -> None:
    for name in configuration(Settings())["broker_transport_options"]:
        assert f"`{name}`" in read("queue.md"), name


def test_every_task_and_queue_is_told() -> None:
    text = read("queue.md")
    names = [value for name, value in vars(contract).items() if name.startswith("TASK_")]
    for name in (*names, *contract.STAGE_TASKS.values(), contract.SUBMIT_QUEUE, contract.CONTROL_QUEUE):
        assert f"`{name}`" in text, name


def test_the_index_names_every_document_and_every_link_leads_somewhere() -> None:
    index = read("README.md")
    for page in DOCS.glob("*.md"):
        if page.name != "README.md":
            assert f"]({page.name})" in index, page.name
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8")):
            assert (DOCS / target).exists(), f"{page.name} -> {target}"


def test_settings_that_the_documents_name_exist() -> None:
    known = {f"RASID_{name.upper()}" for name in Settings.model_fields} | {"RASID_CONFIG"}
    for page in DOCS.glob("*.md"):
        named = set(re.findall(r"\bRASID_[A-Z_]*[A-Z]\b", page.read_text("utf-8")))
        assert named <= known, page.name
