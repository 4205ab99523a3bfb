"""The mapped file answers as the dictionaries would that it was made from, and says so when it is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.enrich.listed import NATIONALITY, Compiled, Entry, Source
from rasid.enrich.mapped import Mapped, map_file, pack

WORDS = st.text("ابتجحد abcé", min_size=1, max_size=6).map(str.split).filter(bool).map("".join)
NAMES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
ENTRIES = [Entry("a", "place", "حلب", "Aleppo", "SY", 36.2, 37.16, 2_000_000), Entry("SY", "nationality", "", "Syria")]
BEARERS = st.lists(st.integers(0, 2**33 - 1), min_size=1, max_size=5)


def compiled(names: dict[str, list[int]], entries: list[Entry] = ENTRIES) -> Compiled:
    return Compiled("key", entries, names, ["وقف"], [Source("test", "CC0-1.0")])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, BEARERS, max_size=40), st.lists(NAMES, max_size=20))
def test_it_answers_as_a_dictionary_would(names: dict[str, list[int]], others: list[str]) -> None:
    mapped = Mapped(pack(compiled({key: [value % 2**32 for value in values] for key, values in names.items()})))
    for key in [*names, *others]:
        wanted = tuple(value % 2**32 for value in names[key]) if key in names else None
        assert mapped.bearers(key) == wanted
        first = key.split(" ")[0]
        begun = [name.split(" ") for name in names if name.split(" ")[0] == first]
        opens = mapped.openings(first)
        assert (opens.lengths if opens else ()) == tuple(sorted({len(words) for words in begun}, reverse=True))
        assert (opens.seconds if opens else set()) == {words[1] for words in begun if len(words) > 1}
    assert {key: list(found) for key, found in mapped.names()} == {
        key: [value % 2**32 for value in values] for key, values in names.items()
    }


def test_entries_come_back_as_they_were() -> None:
    mapped = Mapped(pack(compiled({"حلب": [0]})))
    assert [mapped.entry(number) for number in range(len(mapped))] == ENTRIES
    with pytest.raises(IndexError):
        mapped.entry(len(mapped))


def test_words_that_say_whose_are_told() -> None:
    entries = [Entry("SY", "nationality", "سوريا", "Syria", "SY", rank=NATIONALITY)]
    mapped = Mapped(pack(compiled({"السوري": [0], "عربي سوري": [0]}, entries)))
    assert mapped.nationalities == {"السوري"}
    assert mapped.blocked == {"وقف"}


@pytest.mark.parametrize("cut", [0, 3, 20, 60, -1])
def test_a_damaged_file_is_told(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "gazetteer.map"
    path.write_bytes(pack(compiled({"حلب": [0]}))[:cut])
    with pytest.raises(ValueError):
        map_file(path)


def test_a_file_that_is_replaced_stays_readable_where_it_is_mapped(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.map"
    path.write_bytes(pack(compiled({"حلب": [0]})))
    before = map_file(path)
    other = tmp_path / "other"
    other.write_bytes(pack(compiled({"دمشق": [0]})))
    other.replace(path)
    assert before.bearers("حلب") == (0,)
    assert map_file(path).bearers("دمشق") == (0,)
    path.unlink()
    assert before.bearers("حلب") == (0,)
