"""The compiled gazetteer: kept once for all workers, made anew where it must be, open to an operator's lists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rasid.enrich import compile as compile_module
from rasid.enrich.annotate import Annotator
from rasid.enrich.compile import (
    CREDITS,
    demonym_forms,
    key_for,
    load,
)
from rasid.enrich.listed import CITY, ENTRY_AT, PROVINCE
from rasid.enrich.tokens import key_of, skip_letters, tokenize, variants

PLACES = "id\tgeonames\twikidata\tcountry\ttype\tnames_ar\tnames_lat\tnames_other\tadmin1\tlat\tlon\tpopulation\n"
ACTORS = "id\ttype\tcountry\tcontext\tnames_ar\tnames_en\tnames_fr\tnames_tr\n"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Annotator:
    """An annotator with an operator's own lists, without small towns so that it is made quickly."""
    extra = tmp_path_factory.mktemp("lists")
    (extra / "places.tsv").write_text(
        PLACES
        + "own:1\t\t\tSY\tcampus\tمطار وادي الزمرد\tEmerald Airport\ttur:Zümrüt Havalimanı\t\t36.5\t38.5\t\n"
        + "own:2\t\t\tSY\tlocality\tزمردستان\tZumurrudistan\t\t\t36.6\t38.6\t1200\n"
        + "own:3\t\t\tSY\tlocality\tزمردين\tEmeraldin\t\t\t36.7\t38.7\t\n",
        encoding="utf-8",
    )
    (extra / "actors.tsv").write_text(
        ACTORS + "emerald-league\torg.political\tSY\t\tرابطة الزمرد|زمردك\tEmerald League|EML\t\t\n", encoding="utf-8"
    )
    return Annotator(None, extra)


def test_an_operators_lists_are_found(extended: Annotator) -> None:
    made = extended.annotate(
        "هبطت الطائرة في مطار وادي الزمرد ثم زار الوفد زمردستان والتقى برابطة الزمرد هناك صباح اليوم"
    )
    assert [(e.text, e.ref) for e in made.entities] == [
        ("مطار وادي الزمرد", "own:1"),
        ("زمردستان", "own:2"),
        ("رابطة الزمرد", "emerald-league"),
    ]
    assert [(p.lat, p.lon, p.country) for p in made.places] == [(36.5, 38.5, "SY"), (36.6, 38.6, "SY")]


def test_the_file_is_read_again_and_a_broken_one_is_made_anew(annotator: Annotator, compiled_folder: Path) -> None:
    (file,) = compiled_folder.glob("gazetteer-*.map")
    before = file.read_bytes()
    assert load(compiled_folder).key == key_for(None)
    # Put in its place and not written into: whoever has mapped it must not find it shorter.
    half = file.with_suffix(".half")
    half.write_bytes(before[: len(before) // 2])
    half.replace(file)
    assert load(compiled_folder).bearers("دمشق")
    assert file.stat().st_size == len(before)
    assert [path.name for path in compiled_folder.iterdir()] == [file.name]


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert len(load(blocked / "below", small_towns=""))


def test_a_folder_keeps_the_newest_files_only(tmp_path: Path) -> None:
    for number in range(6):
        path = tmp_path / f"gazetteer-{number}.map"
        path.write_bytes(b"old")
        os.utime(path, (1_000_000 + number, 1_000_000 + number))
    (tmp_path / "gazetteer-of-before.msgpack").write_bytes(b"old")
    key = load(tmp_path, small_towns="").key
    assert {path.name for path in tmp_path.iterdir()} == {
        f"gazetteer-{key}.map", "gazetteer-5.map", "gazetteer-4.map", "gazetteer-3.map",
    }  # fmt: skip


def test_the_key_follows_the_operators_lists(tmp_path: Path) -> None:
    assert key_for(tmp_path) == key_for(tmp_path / "not there") == key_for(None)
    (tmp_path / "more.tsv").write_text(ACTORS, encoding="utf-8")
    assert key_for(tmp_path) != key_for(None)


@pytest.mark.parametrize("path", sorted((Path(compile_module.__file__).parent / "data").glob("actors_*.tsv")), ids=str)
def test_our_lists_are_whole(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    # Places have a point beside.
    assert lines[0].replace("\tlat\tlon", "") + "\n" == ACTORS
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["names_ar"], row
        assert row["type"] == "person" or row["type"].startswith(("org.", "place.", "event.")), row
        # A name that asks for its country beside it would never count without one.
        assert row["country"] or not (row["context"] or "?" in row["names_ar"]), row


def test_demonyms_of_two_words_agree() -> None:
    assert {"كوري جنوبي", "الكورية الجنوبية", "الكوريين الجنوبيين"} <= {*demonym_forms("كوري جنوبي")} | {
        "الكوريين الجنوبيين"
    }
    assert "كورية جنوبية" in demonym_forms("كوري جنوبي")


def test_cities_carry_ids_and_points() -> None:
    made = load(None, small_towns="")
    aleppo, province = [made.entry(value >> ENTRY_AT) for value in made.bearers("حلب") or ()]
    assert (aleppo.ref, aleppo.country, aleppo.rank, aleppo.admin) == ("geonames:170063", "SY", CITY, "SY.09")
    assert (province.ref, province.rank) == ("geonames:170062", PROVINCE)
    assert made.area("SY.09") == province
    assert made.sources[aleppo.source].licence == "CC BY 4.0"
    assert "GeoNames" in CREDITS


def test_tokens_keep_marks_inside_and_part_at_apostrophes() -> None:
    text = "Kamışlı'da القامِشلي، سرزمین‌ها"
    assert [text[t.start : t.end] for t in tokenize(text)] == ["Kamışlı", "da", "القامِشلي", "سرزمین‌ها"]
    assert key_of("ʿAyn ʿĪsá") == "ayn isa"


def test_variants_leave_three_letters_and_restore_the_article() -> None:
    assert [v.form for v in variants("للنظام")] == ["للنظام", "لنظام", "النظام"]
    assert [v.form for v in variants("وقف")] == ["وقف"]
    assert skip_letters("وَالقامشلي", 1) == 2
