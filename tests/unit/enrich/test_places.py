"""The places of our own list: points, ids, and names that are words too."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import rasid.enrich.compile as compiled_form
from rasid.enrich.annotate import Annotator
from rasid.model import PlaceMention

_FILE = Path(compiled_form.__file__).parent / "data" / "actors_places.tsv"


def rows() -> list[dict[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def places(annotator: Annotator, text: str, country: str = "") -> dict[str, PlaceMention]:
    return {text[place.start : place.end]: place for place in annotator.annotate(text, country=country).places}


def test_every_row_is_a_place_with_a_point_and_an_id_of_its_own() -> None:
    found = rows()
    assert len(found) >= 900
    assert len({row["id"] for row in found}) == len(found)
    for row in found:
        assert row["type"].startswith("place."), row["id"]
        assert abs(float(row["lat"])) <= 90, row["id"]
        assert abs(float(row["lon"])) <= 180, row["id"]


def test_no_name_is_borne_by_two_rows() -> None:
    names = [name.lstrip("?") for row in rows() for name in row["names_ar"].split("|")]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "name", "lat", "lon"),
    [
        ("استهدف القصف مطار كويرس العسكري فجر اليوم وفق مصادر محلية", "مطار كويرس العسكري", 36.19, 37.58),
        ("أغلقت السلطات معبر سيمالكا أمام المسافرين حتى إشعار آخر", "معبر سيمالكا", 37.06, 42.37),
        ("وصلت العائلات إلى مخيم عين الحلوة في ساعة متأخرة من الليل", "مخيم عين الحلوة", 33.54, 35.38),
        ("زار الوفد قاعدة حميميم أمس برفقة ضباط كبار من الجيش", "قاعدة حميميم", 35.4, 35.95),
        ("فاز المرشح بأصوات ولاية نيويورك وبنسلفانيا في الانتخابات", "بنسلفانيا", 40.9, -77.8),
    ],
)
def test_places_of_the_news_have_a_point(annotator: Annotator, text: str, name: str, lat: float, lon: float) -> None:
    place = places(annotator, text)[name]
    assert (place.lat, place.lon) == pytest.approx((lat, lon), abs=0.2)


def test_a_name_that_is_a_word_too_counts_beside_its_country_or_behind_a_cue(annotator: Annotator) -> None:
    plain = "أعلن الاتحاد عن حملة شعارها التضامن والعمل المشترك بين جميع الناس"
    assert "التضامن" not in places(annotator, plain)
    assert "التضامن" in places(annotator, "دخلت القوات التضامن واليرموك جنوب دمشق في سوريا بعد معارك استمرت أياما")


def test_names_added_to_a_city_keep_its_id(annotator: Annotator) -> None:
    added = [row for row in rows() if row["id"].startswith("geonames:")]
    assert added
    row = added[0]
    name = next(name for name in row["names_ar"].split("|") if not name.startswith("?"))
    found = places(annotator, f"وقعت الاشتباكات في {name} صباح أمس وأصيب عدد من الناس", country=row["country"])
    assert found[name].ref == row["id"]


def test_a_province_lies_at_the_city_that_it_is_called_after(annotator: Annotator) -> None:
    text = "قال سكان في محافظة حلب إن الطرق مقطوعة. وزار الوفد مدينة حلب يوم أمس."
    province, city = annotator.annotate(text, country="SY").places
    assert province.ref != city.ref
    assert (province.lat, province.lon) == (city.lat, city.lon)
