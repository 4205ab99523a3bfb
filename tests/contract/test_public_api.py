"""What programs import from rasid, locked: a name or an argument that goes would break them."""

from __future__ import annotations

import importlib.metadata
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import rasid
from rasid.model import ENDS, State

NAMES = ["BrokerDown", "Client", "NotYet", "Progress", "RasidError", "Receipt", "UsageError", "__version__"]


def test_the_public_names_are_these() -> None:
    assert sorted(rasid.__all__) == NAMES
    assert all(getattr(rasid, name) is not None for name in NAMES)
    with pytest.raises(AttributeError, match="no attribute 'Clinet'"):
        rasid.Clinet  # noqa: B018


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (rasid.Client, "(broker_url: 'str') -> 'None'"),
        (rasid.Client.submit, "(self, url: 'str', *, source: 'str | None' = None) -> 'Receipt'"),
        (
            rasid.Client.submit_many,
            "(self, urls: 'Iterable[str]', *, source: 'str | None' = None) -> 'list[Receipt]'",
        ),
        (rasid.Client.receipt, "(self, receipt_id: 'UUID | str') -> 'Receipt'"),
        (rasid.Receipt.progress, "(self) -> 'Progress'"),
        (
            rasid.Receipt.updates,
            "(self, *, timeout_seconds: 'float', poll_seconds: 'float' = 0.25) -> 'Iterator[Progress]'",
        ),
        (
            rasid.Receipt.wait,
            "(self, *, timeout_seconds: 'float' = 60.0, poll_seconds: 'float' = 0.25) -> 'Progress'",
        ),
    ],
)
def test_the_arguments_are_these(function: object, signature: str) -> None:
    assert str(inspect.signature(function)) == signature  # type: ignore[arg-type]


def test_progress_holds_these_fields() -> None:
    assert list(rasid.Progress.__slots__) == [
        "state", "url", "code", "message", "link_id", "article_id", "group_id", "story_id",
    ]  # fmt: skip


@pytest.mark.parametrize("state", [*State, "submitted", "refused"])
def test_progress_knows_its_ends(state: str) -> None:
    assert rasid.Progress(str(state)).ended == (state in {*ENDS, "refused"})


def test_every_error_has_one_root() -> None:
    for name in ("BrokerDown", "NotYet", "UsageError"):
        assert issubclass(getattr(rasid, name), rasid.RasidError)


def test_all_that_is_public_says_what_it_is() -> None:
    for name in NAMES[:-1]:
        thing = getattr(rasid, name)
        assert inspect.getdoc(thing), name
        for member, function in inspect.getmembers(thing, inspect.isfunction):
            assert member.startswith("_") or inspect.getdoc(function), f"{name}.{member}"


def test_the_version_is_that_of_the_distribution() -> None:
    assert rasid.__version__ == importlib.metadata.version("rasid")


def test_types_are_shipped() -> None:
    assert (Path(rasid.__file__).parent / "py.typed").is_file()


def test_importing_costs_next_to_nothing() -> None:
    program = (
        "import sys; before = set(sys.modules); import rasid; "
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['rasid']"


def test_a_client_loads_neither_database_nor_parsers() -> None:
    program = "import sys, rasid; rasid.Client('redis://localhost'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"sqlalchemy", "psycopg", "requests", "selectolax", "trafilatura", "tasks", "workers"})
