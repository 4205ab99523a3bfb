"""An operator's lists: what is wrong with them is told line by line, and a faulty one is not read at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.enrich.annotate import Annotator
from rasid.enrich.compile import build, load
from rasid.enrich.lists import ENTRIES, OWN, PLACES, check, lists_of
from rasid.enrich.own import digest_of
from rasid.model import EntityMention


def rows(form: tuple[str, ...], *given: dict[str, str]) -> str:
    return "\n".join("\t".join(row.get(column, "") for column in form) for row in ({c: c for c in form}, *given)) + "\n"


def entry(**cells: str) -> dict[str, str]:
    return {"id": "own:1", "type": "org", "names_ar": "زمردبان", **cells}


def place(**cells: str) -> dict[str, str]:
    return {"id": "own:1", "names_ar": "زمردستان", "lat": "36.5", "lon": "38.5", **cells}


def faults(path: Path, text: str | bytes) -> list[str]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [f"{one.line}: {one.message}" for one in check(path).faults]


def test_a_good_list_has_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    assert faults(path, rows(ENTRIES, entry(), entry(id="own:2", names_ar="?الزمرد", country="SY"))) == []
    assert faults(path, rows(PLACES, place(names_other="tur:Zümrüt", population="12", country="SY"))) == []
    assert check(path).rows == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (entry(id=" "), "it has no id"),
        (entry(names_ar=""), "it has no name"),
        (entry(names_ar="—"), "names_ar: '—' has no letter"),
        (entry(names_ar="ز" * 201), "names_ar: a name of more than 200 letters"),
        (entry(type="thing"), "type 'thing' does not begin with one of org, person, place, event, hidden"),
        (entry(country="Syria"), "country 'Syria' is no ISO 3166 code such as SY"),
        (entry(country="XX"), "country 'XX' is no ISO 3166 code such as SY"),
        (entry(context="maybe"), "context is 'yes' or empty, not 'maybe'"),
        (entry(context="yes"), "a name that counts only beside another of its country needs a country"),
        (entry(names_ar="?الزمرد"), "a name that counts only beside another of its country needs a country"),
        (entry(lat="91", lon="0"), "lat '91' is no number of degrees from -90 to 90"),
        (entry(lat="1"), "lon '' is no number of degrees from -180 to 180"),
        (entry(names_en="a\x07b"), "names_en holds a control character"),
    ],
)
def test_each_fault_of_an_entry_is_told_with_its_line(tmp_path: Path, row: dict[str, str], told: str) -> None:
    assert faults(tmp_path / "list.tsv", rows(ENTRIES, entry(id="own:0"), row)) == [f"3: {told}"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (place(lat="", lon=""), "it has no lat and lon"),
        (place(lat="nan"), "lat 'nan' is no number of degrees from -90 to 90"),
        (place(population="many"), "population 'many' is no whole number"),
        (place(geonames="x1"), "geonames 'x1' is no whole number"),
        (place(names_other="Zümrüt"), "names_other: 'Zümrüt' is no language:name"),
    ],
)
def test_each_fault_of_a_place_is_told_with_its_line(tmp_path: Path, row: dict[str, str], told: str) -> None:
    assert faults(tmp_path / "list.tsv", rows(PLACES, row)) == [f"2: {told}"]


def test_faults_of_the_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    good = rows(ENTRIES, entry())
    assert faults(path, good + "own:2\torg\n") == ["3: 2 cells in place of 12"]
    assert faults(path, good + good.splitlines()[1] + "\n") == ["3: the id 'own:1' stands in line 2 already"]
    assert faults(path, good.encode() + "own:2\tحلب\n".encode("cp1256")) == ["3: not UTF-8: byte 0xcd at 7"]
    assert faults(path, good + "x" * 100_001 + "\n" + good.splitlines()[1].replace("own:1", "own:2") + "\n") == [
        "3: a line of more than 100,000 bytes"
    ]
    assert faults(path, "a\tb\n1\t2\n") == ["1: no column names_lat, names_ar or names_en"]
    assert faults(path, "") == ["1: no column names_lat, names_ar or names_en"]
    assert faults(path, "id\ttyp\tnames_ar\n") == ["1: there is no column 'typ'; did you mean 'type'?"]
    assert faults(path, "id\tid\tnames_ar\n") == ["1: the column 'id' stands there twice"]
    assert faults(path, "id\tnames_lat\tlon\n") == ["1: the column 'lat' is missing"]
    # A mark at the beginning, ends of lines as Windows writes them, and blank lines are no fault.
    assert faults(path, b"\xef\xbb\xbf" + good.replace("\n", "\r\n\r\n").encode()) == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_whatever_a_file_holds_it_is_looked_through(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tsv"
    path.write_bytes("\t".join(ENTRIES).encode() + b"\n" + data)
    for fault in check(path).faults:
        assert fault.line >= 1
        assert fault.message


# --- in effect ----------------------------------------------------------------------------------------------------


def named(annotator: Annotator, text: str) -> dict[str, EntityMention]:
    return {one.text: one for one in annotator.annotate(text).entities}


def test_a_faulty_list_is_left_out_whole_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "good.tsv").write_text(rows(ENTRIES, entry()), encoding="utf-8")
    bad = rows(ENTRIES, entry(id="own:7", names_ar="زبرجدان"), entry(id="own:8", type="?"))
    (tmp_path / "bad.tsv").write_text(bad, encoding="utf-8")
    found = named(Annotator(None, tmp_path), "قالت زمردبان وزبرجدان إن الاجتماع سيعقد غدا")
    assert "زمردبان" in found
    assert "زبرجدان" not in found


def test_an_operators_entry_wins_over_ours(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text(
        rows(
            ENTRIES,
            entry(id="own:qasad", type="org.media", names_ar="قسد"),
            entry(id="geonames:170063", type="place", names_ar="الشهباء العتيقة", lat="1.5", lon="2.5"),
            entry(id="geonames:170654", type="hidden", names_ar=""),
        ),
        encoding="utf-8",
    )
    made = Annotator(None, tmp_path).annotate("قالت قسد في حلب والشهباء العتيقة ودمشق إن الوضع هادئ")
    assert {one.text: one.ref for one in made.entities} == {
        "قسد": "own:qasad",
        "حلب": "geonames:170063",
        "الشهباء العتيقة": "geonames:170063",
    }
    # What it says stands; what it leaves open is ours.
    aleppo = made.places[0]
    assert (aleppo.lat, aleppo.lon, aleppo.country, aleppo.admin_code) == (1.5, 2.5, "SY", "SY.09")


def test_each_entry_has_a_source_and_a_licence(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(
        rows(ENTRIES, entry(), entry(id="own:2", names_ar="زبرجدان", source="Ours", licence="CC BY 4.0")),
        encoding="utf-8",
    )
    made = build(tmp_path, small_towns="")
    assert all(0 <= one.source < len(made.sources) for one in made.entries)
    (first, second) = (made.sources[one.source] for one in made.entries if one.ref in ("own:1", "own:2"))
    assert (first.name, first.licence, first.credit) == ("mine", "", "")
    assert second.credit == "Contains data from Ours, CC BY 4.0."
    assert {"GeoNames", "Unicode CLDR", "rasid"} <= {one.name for one in made.sources}


def test_other_lists_are_another_version(tmp_path: Path) -> None:
    assert load(None, tmp_path, small_towns="").lists == ""
    (tmp_path / OWN).write_text(rows(ENTRIES, entry()), encoding="utf-8")
    before = digest_of([check(path) for path in lists_of(tmp_path)])
    assert before
    (tmp_path / OWN).write_text(rows(ENTRIES, entry(names_ar="زبرجديان")), encoding="utf-8")
    assert digest_of([check(path) for path in lists_of(tmp_path)]) not in ("", before)
