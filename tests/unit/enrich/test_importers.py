"""Lists of others: read whole, or every bad row told with its line."""

from __future__ import annotations

import gzip
import lzma
import zipfile
from pathlib import Path

import pytest

from rasid.enrich.importers import Imported, Wanted, read
from rasid.enrich.lists import ENTRIES, PLACES, flaws
from rasid.errors import UsageError

GEONAMES = (
    "172955\tAr Raqqah\tAr Raqqah\tRaqqa,الرقة,Ракка,http://x.org/a\t35.95\t39.01\tP\tPPLA\tSY\t\t04\t\t\t\t177636\t\t"
    "247\tAsia/Damascus\t2019-01-01\n"
    "172957\tAr Raqqah Governorate\tAr Raqqah\tمحافظة الرقة\t36\t39\tA\tADM1\tSY\t\t04\t\t\t\t793514\t\t\t\t\n"
    "1\tSome Spring\tSome Spring\t\t35\t39\tH\tSPNG\tSY\t\t04\t\t\t\t0\t\t\t\t\n"
    "98182\tBaghdad\tBaghdad\tبغداد\t33.3\t44.4\tP\tPPLC\tIQ\t\t07\t\t\t\t7216000\t\t\t\t\n"
    "2\tHamlet\tHamlet\tضيعة\t35\t39\tP\tPPL\tSY\t\t04\t\t\t\t40\t\t\t\t\n"
)


def taken(tmp_path: Path, text: str, wanted: Wanted = Wanted(), form: str = "auto") -> Imported:
    path = tmp_path / "list.txt"
    path.write_text(text, encoding="utf-8")
    found = read(path, wanted, form)
    assert all(not list(flaws(row, found.form)) for row in found.rows)
    return found


def test_a_dump_of_geonames_is_read(tmp_path: Path) -> None:
    found = taken(tmp_path, GEONAMES, Wanted(countries=frozenset({"SY"}), people=500))
    assert (found.form, found.left_out) == (PLACES, 3)
    city, province = found.rows
    assert city["id"] == "geonames:172955"
    assert (city["names_ar"], city["names_lat"]) == ("الرقة", "Ar Raqqah|Raqqa")
    assert (city["admin1"], city["population"], city["licence"]) == ("SY.04", "177636", "CC BY 4.0")
    assert (province["type"], province["names_ar"]) == ("region", "محافظة الرقة")


def test_bad_rows_of_a_dump_are_told_and_none_is_taken(tmp_path: Path) -> None:
    bad = GEONAMES + "3\ttorn\n" + GEONAMES.splitlines()[0].replace("35.95", "north").replace("172955", "4") + "\n"
    found = taken(tmp_path, bad)
    assert found.rows == []
    assert [(one.line, one.message) for one in found.faults] == [
        (6, "2 cells in place of 19"),
        (7, "lat 'north' is no number of degrees from -90 to 90"),
    ]


def test_a_list_of_places_with_tabs_or_commas_is_read(tmp_path: Path) -> None:
    text = 'id,country,names_ar,names_lat,lat,lon\nwof:1,SY,زمردستان,"Emerald, Town",36.5,38.5\n'
    for given in (text, text.replace('"Emerald, Town"', "Emerald Town").replace(",", "\t")):
        (row,) = taken(tmp_path, given).rows
        assert (row["id"], row["names_ar"], row["source"]) == ("wof:1", "زمردستان", "Who's On First")
    found = taken(tmp_path, "id\tnames_lat\tlat\tlon\tcolour\nwof:1\tX\t1\t1\tred\n")
    assert [str(one.message) for one in found.faults] == ["there are no columns colour"]


def test_a_result_of_the_query_service_is_read(tmp_path: Path) -> None:
    text = (
        "item\tlabel_ar\tlabel_en\talt_en\tcountry\tcoord\ttype\n"
        "http://www.wikidata.org/entity/Q41183\tحلب\tAleppo\tHalab; Alep\tsy\tPoint(37.16 36.2)\tplace\n"
        "Q5\t\t\t\t\t\tperson\n"
    )
    found = taken(tmp_path, text)
    (row,) = found.rows
    assert found.left_out == 1  # no name in a script that is read
    assert row["id"] == "wikidata:Q41183"
    assert (row["names_ar"], row["names_en"]) == ("حلب", "Aleppo|Halab|Alep")
    assert (row["country"], row["lat"], row["lon"], row["licence"]) == ("SY", "36.2", "37.16", "CC0-1.0")


def test_bad_rows_of_such_a_result_are_told(tmp_path: Path) -> None:
    found = taken(tmp_path, "item\tlabel_en\nQ1\tUniverse\nuniverse\tUniverse\n", Wanted(kind="place"))
    assert [str(one) for one in found.faults] == [
        f"{tmp_path / 'list.txt'}:3: 'universe' is no id of Wikidata such as Q41183"
    ]
    assert [one.message for one in taken(tmp_path, "item\tlabel_en\nQ1\tUniverse\n").faults] == [
        "type '' does not begin with one of org, person, place, event, hidden"
    ]


def test_names_of_paranames_are_gathered_by_entity(tmp_path: Path) -> None:
    text = (
        "wikidata_id\teng\tlabel\tlanguage\ttype\n"
        "Q1\tx\tFaisal Mekdad\ten\tPER\n"
        "Q1\tx\tفيصل المقداد\tar\tPER\n"
        "Q1\tx\tФейсал\tru\tPER\n"
        "Q2\tx\tNokia\ten\tORG\n"
    )
    found = taken(tmp_path, text)
    (row,) = found.rows
    assert found.form is ENTRIES
    assert (row["id"], row["type"]) == ("wikidata:Q1", "person")
    assert (row["names_ar"], row["names_en"]) == ("فيصل المقداد", "Faisal Mekdad")
    assert found.left_out == 2  # a script that is not read, a name of one word
    bad = taken(tmp_path, text + "Q3\tx\n")
    assert (bad.rows, [one.line for one in bad.faults]) == ([], [6])


def test_packed_files_are_read(tmp_path: Path) -> None:
    data = GEONAMES.encode()
    (tmp_path / "SY.txt.gz").write_bytes(gzip.compress(data))
    (tmp_path / "SY.txt.xz").write_bytes(lzma.compress(data))
    with zipfile.ZipFile(tmp_path / "SY.zip", "w") as archive:
        archive.writestr("readme.txt", "about")
        archive.writestr("SY.txt", data)
    for name in ("SY.txt.gz", "SY.txt.xz", "SY.zip"):
        assert len(read(tmp_path / name, Wanted()).rows) == 4


@pytest.mark.parametrize("data", [b"", b"nothing\n1\n", b"\xff\xfe\n", b'item,"label\n'])
def test_what_has_no_known_form_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"form|comma"):
        read(path, Wanted())


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    for name, data in (("a.zip", b"PK\x03\x04torn"), ("a.gz", gzip.compress(GEONAMES.encode())[:40]), ("a.xz", b"x")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UsageError, match="cannot read"):
            read(tmp_path / name, Wanted(), "geonames")
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "not there", Wanted())
