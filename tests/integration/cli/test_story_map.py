"""A story has one place, and stories make a map."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text

from rasid.store.engine import transaction


@pytest.fixture
def placed(engine: Engine, filled: Any) -> Any:
    """Two members that name a town, its country and a capital; the second has the town in its title."""
    with transaction(engine) as conn:
        for article, ref, name, lat, lon, admin, code, title, start in (
            (filled.first, "geonames:173377", "القامشلي", 37.05, 41.23, ["سوريا", "الحسكة"], "SY.01", False, 5),
            (filled.first, "geonames:173377", "القامشلي", 37.05, 41.23, ["سوريا", "الحسكة"], "SY.01", False, 900),
            (filled.first, "geonames:170654", "دمشق", 33.51, 36.29, ["سوريا", "دمشق"], "SY.13", False, 800),
            (filled.first, "SY", "سوريا", 35.0, 38.0, [], None, False, 20),
            (filled.other, "geonames:173377", "Al Qāmishlī", 37.05, 41.23, ["Syria", "Al-Hasakah"], "SY.01", True, 0),
        ):
            conn.execute(
                text(
                    "INSERT INTO annotations (article_id, what, ref, name, lat, lon, country, in_title, start, score, "
                    "made_by, detail) VALUES (:article, 'place', :ref, :name, :lat, :lon, 'SY', :title, :start, 0.9, "
                    "'test', CAST(:detail AS jsonb))"
                ),
                {"article": article, "ref": ref, "name": name, "lat": lat, "lon": lon, "title": title, "start": start,
                 "detail": orjson.dumps({"admin": admin, "admin_code": code}).decode()},
            )  # fmt: skip
    return filled


def test_a_story_has_the_place_of_which_most_is_said(cli: Any, placed: Any) -> None:
    (story,) = cli("stories", "--json").lines
    place = story["place"]
    assert (place["ref"], place["lat"], place["lon"], place["country"]) == ("geonames:173377", 37.05, 41.23, "SY")
    assert (place["level"], place["articles"]) == ("place", 2)
    assert place["admin"] in (["سوريا", "الحسكة"], ["Syria", "Al-Hasakah"])
    assert cli("show", f"story:{placed.story}", "--json").one["place"] == place
    assert place["name"] in cli("show", f"story:{placed.story}").out
    assert place["name"] in cli("stories").out


def test_stories_make_a_map(cli: Any, placed: Any) -> None:
    done = cli("stories", "--geojson")
    made = done.one
    assert (made["type"], done.err) == ("FeatureCollection", "")
    assert "GeoNames" in made["attribution"]
    (feature,) = made["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [41.23, 37.05]}
    assert (feature["id"], feature["properties"]["voices"]) == (placed.story, 2)


def test_a_story_without_a_place_is_not_on_the_map(cli: Any, filled: Any) -> None:
    (story,) = cli("stories", "--json").lines
    assert story["place"] is None
    done = cli("stories", "--geojson")
    assert done.one["features"] == []
    assert "1 of 1 stories name no place" in done.err
    assert cli("stories", "--geojson", "--json").code == 2
