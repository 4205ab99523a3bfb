"""Where listed names begin and end, and when a name that is a word or a town too means a firm or a club."""

from __future__ import annotations

import pytest

from rasid.enrich.annotate import Annotator
from rasid.enrich.extents import core
from rasid.enrich.tokens import key_of
from rasid.model import EntityMention

_NATIONALITIES = frozenset(map(key_of, ("اللبناني", "العراقي", "الأميركي", "اللندنية", "السعودي")))


def named(annotator: Annotator, text: str, **known: str) -> list[tuple[str, str, str]]:
    made = annotator.annotate(text, **known)  # type: ignore[arg-type]
    return [(one.text, one.kind, one.ref) for one in made.entities]


@pytest.mark.parametrize(
    ("name", "sort", "kept"),
    [
        ("الرئيس العراقي صدام حسين", "person.politics", "صدام حسين"),
        ("صدام حسين", "person", "صدام حسين"),
        ("الرئيس الأميركي", "person", "الرئيس الأميركي"),
        ("الشيخ", "person", "الشيخ"),
        ("شركة نوكيا", "org.company", "نوكيا"),
        ("صحيفة الحياة اللندنية", "org.media", "الحياة"),
        ("نادي الهلال السعودي", "org.sport", "الهلال"),
        ("حزب الله اللبناني", "org.armed", "حزب الله"),
        ("نادي القضاة", "org.ngo", "نادي القضاة"),
        ("نادي", "org.sport", "نادي"),
        ("شركة", "org.company", "شركة"),
    ],
)
def test_the_core_of_a_name(name: str, sort: str, kept: str) -> None:
    words = key_of(name).split()
    first, last = core(words, sort, _NATIONALITIES)
    assert words[first:last] == key_of(kept).split()


def test_offices_are_no_part_of_a_person(annotator: Annotator) -> None:
    text = "دعا بيان أمس إلى محاكمة الرئيس العراقي صدام حسين أمام محكمة في بغداد"
    assert ("صدام حسين", "person", "saddam-hussein") in named(annotator, text)
    assert not any("الرئيس" in name for name, _, _ in named(annotator, text))


def test_the_word_for_a_firm_is_no_part_of_a_name_that_stands_alone(annotator: Annotator) -> None:
    found = named(annotator, "أعلنت شركة مايكروسوفت أمس نتائجها، ونقلت صحيفة الأهرام عن مسؤول في الشركة أنها جيدة")
    assert [name for name, kind, _ in found if kind == "org"] == ["مايكروسوفت", "صحيفة الأهرام"]


def test_the_nationality_belongs_to_a_name_that_is_known_with_it(annotator: Annotator) -> None:
    text = "رحبت منظمة التحرير الفلسطينية بالقرار، ورفضه حزب الله اللبناني في بيان صدر مساء أمس"
    names = [name for name, kind, _ in named(annotator, text) if kind == "org"]
    assert names == ["منظمة التحرير الفلسطينية", "حزب الله"]


def test_a_club_counts_by_its_bare_name_in_a_text_about_sport_only(annotator: Annotator) -> None:
    sport = "فاز الهلال في مباراة مثيرة على ملعبه، وقال مدرب الفريق إن اللاعبين تأهلوا إلى البطولة بجدارة"
    assert ("الهلال", "org", "al-hilal-sfc") in named(annotator, sport, country="SA")
    moon = "تحرى الناس الهلال مساء أمس في السعودية ولم يره أحد، فأعلنت المحكمة أن الشهر يكتمل غدا"
    assert not any(kind == "org" and name == "الهلال" for name, kind, _ in named(annotator, moon, country="SA"))


def test_a_club_that_bears_an_everyday_word_must_be_told_once(annotator: Annotator) -> None:
    told = "فاز فريق الجزيرة في مباراة أمس، وتأهل الجزيرة إلى الدوري بعد أن سجل لاعبوه هدفين في المرمى"
    assert [kind for name, kind, _ in named(annotator, told) if name == "الجزيرة"] == ["org", "org"]
    untold = "لعب المنتخب مباراة في الجزيرة، وقال المدرب إن اللاعبين قدموا أداء جيدا في الملعب أمام الجمهور"
    assert "org" not in [kind for name, kind, _ in named(annotator, untold) if name == "الجزيرة"]


def test_a_station_named_in_full_is_known_by_its_bare_name_but_not_behind_in(annotator: Annotator) -> None:
    text = "قالت قناة الجزيرة إن القتال تجدد. وأوضح مراسل الجزيرة أن سكانا في الجزيرة نزحوا من قراهم"
    kinds = [kind for name, kind, _ in named(annotator, text, country="SY") if name.endswith("الجزيرة")]
    assert kinds[:2] == ["org", "org"]
    assert "org" not in kinds[2:]


def test_a_country_holds_no_other_place(annotator: Annotator) -> None:
    found = named(annotator, "وصل الوفد إلى جنوب أفريقيا أمس ثم توجه إلى مطار القامشلي في رحلة طويلة", country="SY")
    assert [name for name, kind, _ in found if kind == "place"] == ["جنوب أفريقيا", "مطار القامشلي", "القامشلي"]


def test_a_town_that_bears_the_name_of_a_person_in_the_text_is_that_person(annotator: Annotator) -> None:
    text = "التقى كوفي أنان الوفد أمس، وقال أنان إن الحل قريب، ثم غادر أنان المدينة عائدا إلى مقر المنظمة"
    found: list[EntityMention] = [one for one in annotator.annotate(text).entities if one.text.endswith("أنان")]
    assert {(one.kind, one.ref) for one in found} == {("person", found[0].ref)}
    assert len(found) == 3
