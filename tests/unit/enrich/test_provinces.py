"""Provinces: found behind their word, on the way to a place, and made from the lists of a package."""

from __future__ import annotations

import pytest

from rasid.enrich.annotate import Annotator
from rasid.enrich.answers import answer_of
from rasid.enrich.build_provinces import read, written
from rasid.model import PlaceMention


def places(annotator: Annotator, text: str, **known: str) -> dict[str, PlaceMention]:
    return {text[one.start : one.end]: one for one in annotator.annotate(text, **known).places}  # type: ignore[arg-type]


def test_a_province_is_meant_behind_its_word_and_the_city_elsewhere(annotator: Annotator) -> None:
    for text, ref in (
        ("شهدت محافظة الحسكة هدوءا نسبيا خلال الساعات الماضية", "geonames:173813"),
        ("شهدت مدينة الحسكة هدوءا نسبيا خلال الساعات الماضية", "geonames:173811"),
        ("شهدت الحسكة هدوءا نسبيا خلال الساعات الماضية من اليوم", "geonames:173811"),
    ):
        assert places(annotator, text)["الحسكة"].ref == ref


def test_the_way_to_a_place_is_told_in_the_language_of_the_text(annotator: Annotator) -> None:
    assert places(annotator, "وصلت القافلة إلى القامشلي صباح اليوم")["القامشلي"].admin == ("سوريا", "محافظة الحسكة")
    english = places(annotator, "The convoy reached Qamishli this morning, officials said.")["Qamishli"]
    assert (english.admin[0], english.admin_code) == ("Syria", "SY.01")
    assert places(annotator, "وصلت القافلة إلى سوريا صباح اليوم")["سوريا"].admin == ()


def test_a_listed_place_lies_in_the_province_of_the_nearest_city(annotator: Annotator) -> None:
    found = places(annotator, "استهدف القصف مطار كويرس العسكري فجر اليوم وفق مصادر محلية")
    assert found["مطار كويرس العسكري"].admin == ("سوريا", "محافظة حلب")


def test_what_a_name_may_mean_is_told_with_likelihoods(annotator: Annotator) -> None:
    text = "وصل الوفد إلى مدينة طرابلس صباح اليوم والتقى عددا من المسؤولين"
    for country, wanted in (("LB", "LB"), ("LY", "LY")):
        place = places(annotator, text, country=country)["طرابلس"]
        assert place.country == wanted
        assert place.candidates[0].country == wanted
        assert {"LB", "LY"} <= {one.country for one in place.candidates}
        assert sum(one.score for one in place.candidates) == pytest.approx(1, abs=0.02)
    answer = answer_of(annotator.annotate(text))
    assert {"ref", "name", "country", "lat", "lon", "score"} == set(answer["places"][0]["candidates"][0])


def test_a_province_and_its_seat_are_told_apart_by_name(annotator: Annotator) -> None:
    text = "أعلنت محافظة الحسكة حظر التجول في مدينة الحسكة بعد اشتباكات ليلية"
    assert [one.name for one in annotator.annotate(text).places] == ["محافظة الحسكة", "الحسكة"]
    english = places(annotator, "Officials in Idlib province said that Geneva would host the talks next week.")
    assert english["Idlib"].name == "Idlib Governorate"
    assert english["Geneva"].admin == ("Switzerland", "Geneva Canton")


def test_provinces_are_read_from_the_lists_of_the_package() -> None:
    lines = [
        "Al Ḩasakah\tSY-HA\tSY.01\t173813\tProvince\tAl-Hasakah Governorate|الحسكة|محافظة الحسكة\t1\t\t212",
        "Dar'ā\tSY-DR\tSY.06\t170903\tProvince\tDaraa|درعا\t1\t\t212",
        "Genève\tCH-GE\tCH.GE\t2660645\tCanton\tCanton Ginevra|Canton of Geneva|Genf|Geneva\t1\t\t43",
        "California\tUS-CA\tUS.CA\t5332921\tState\tGolden State|State of California\t1\t\t233",
        "Tehrān\tIR-23\tIR.26\t110791\tProvince\tTehran Province|استان تهران|تهران\t1\t\t108",
        "Tartus District\t\tSY.14.163343\t163343\t\tمنطقة طرطوس\t2\t42720\t212",
        "Karuzi\tBI-KR\t\t\tProvince\t\t1\t\t24",
        "torn",
    ]
    assert list(written(read(lines, {("CH.GE", "Geneva")}))) == [
        ("SY.01", "173813", "الحسكة", "Al-Hasakah|Al Ḩasakah", "محافظة", "Governorate"),
        # What its country calls the others.
        ("SY.06", "170903", "درعا", "Daraa|Dar'ā", "محافظة", "Province"),
        ("CH.GE", "2660645", "", "Geneva|Genf|Genève", "كانتون", "Canton"),
        ("US.CA", "5332921", "", "California|Golden", "ولاية", "State"),
        ("IR.26", "110791", "تهران", "Tehran|Tehrān", "محافظة", "Province"),
    ]


def test_a_rare_name_that_is_another_citys_own_does_not_count(annotator: Annotator) -> None:
    """Salem is a name of Jerusalem in the lists, and of towns that are called so."""
    text = "The mayor of Salem opened the new bridge over the river on Monday, the paper wrote."
    assert places(annotator, text)["Salem"].country != "IL"


def test_a_list_of_places_does_not_make_a_place_of_every_word(annotator: Annotator) -> None:
    found = places(annotator, "كتب له منبج، عجمي في نهاية الرسالة التي نشرت أمس", country="SY")
    assert "عجمي" not in found
