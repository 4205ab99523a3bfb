"""The annotator as a whole: Arabic clitics, everyday words, bearers of one name, Latin scripts, offsets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.enrich.annotate import Annotator
from rasid.enrich.answers import answer_enrich, answer_of
from rasid.model import EntityMention


def named(annotator: Annotator, text: str, **known: str) -> dict[str, EntityMention]:
    made = annotator.annotate(text, **known)  # type: ignore[arg-type]
    return {entity.text: entity for entity in made.entities}


def test_proclitics_are_seen_through_and_left_out_of_the_span(annotator: Annotator) -> None:
    text = "وصل الوفد أمس والقامشلي هادئة، ثم انتقل للحسكة وبحلب عقد اجتماعا مع ممثلين لقسد في المدينة"
    found = named(annotator, text, country="SY")
    assert {"القامشلي", "حلب", "قسد"} <= set(found)
    assert found["حلب"].kind == "place"
    assert found["قسد"].ref == "sdf"
    assert any(text[e.start : e.end].endswith("لحسكة") and e.name == "الحسكة" for e in found.values())


def test_marks_and_tatweel_stay_inside_the_span(annotator: Annotator) -> None:
    found = named(annotator, "عاد الهدوء إلى مدينة القامِشلـــي بعد أيام من الاشتباكات العنيفة بين الطرفين")
    assert "القامِشلـــي" in found


def test_everyday_words_are_no_places(annotator: Annotator) -> None:
    """الجديدة, الداخلة, الباب and مدينة are towns too; in a plain sentence they are words."""
    text = "قال المصدر إن الحكومة الجديدة أغلقت الباب أمام السيارات الداخلة والخارجة من كل مدينة كبيرة وكسبها كثيرون"
    assert annotator.annotate(text).places == ()


def test_a_cue_makes_an_everyday_word_a_place(annotator: Annotator) -> None:
    text = "سقطت قذائف على مدينة الباب بريف حلب الشرقي مساء أمس دون وقوع إصابات بين السكان المدنيين هناك"
    assert [place.country for place in annotator.annotate(text, country="SY").places][:1] == ["SY"]


def test_the_longest_name_wins_and_inner_persons_are_kept(annotator: Annotator) -> None:
    made = annotator.annotate(
        "انتهى الاجتماع بين قوات سوريا الديمقراطية ونظام الأسد في سوريا دون اتفاق بين الطرفين", country="SY"
    )
    kinds = [(entity.text, entity.kind, entity.method) for entity in made.entities]
    assert ("قوات سوريا الديمقراطية", "org", "gazetteer") in kinds
    assert ("نظام الأسد", "org", "gazetteer") in kinds
    assert ("الأسد", "person", "gazetteer-nested") in kinds
    assert [text for text, kind, _ in kinds if kind == "place"] == ["سوريا"]


def test_a_name_that_asks_for_context_needs_its_country(annotator: Annotator) -> None:
    alone = "قال الشاعر إن الأسد ملك الغابة وإن النمر أسرع منه في الجري وإن الفيل أكبر منهما حجما"
    assert "الأسد" not in named(annotator, alone)
    assert named(annotator, alone, country="SY")["الأسد"].kind == "person"


def test_nationalities_are_never_places(annotator: Annotator) -> None:
    made = annotator.annotate("التقى الوفد الروسي نظيره التركي والضباط الروس في العاصمة السورية لبحث وقف إطلاق النار")
    assert {e.text: (e.kind, e.ref) for e in made.entities if e.kind == "nationality"} == {
        "الروسي": ("nationality", "RU"),
        "التركي": ("nationality", "TR"),
        "الروس": ("nationality", "RU"),
        "السورية": ("nationality", "SY"),
    }
    assert made.places == ()


def test_the_country_of_the_source_decides_between_towns_of_one_name(annotator: Annotator) -> None:
    text = "شهدت طرابلس صباح اليوم إضرابا عاما للنقابات احتجاجا على ارتفاع الأسعار وانقطاع الكهرباء عن الأحياء"
    assert annotator.annotate(text).places[0].country == "LY"  # the larger one, where nothing else tells
    assert annotator.annotate(text, country="LB").places[0].country == "LB"
    assert annotator.annotate(text + " في لبنان، ولا سيما في بيروت وصيدا وبعلبك").places[0].country == "LB"


def test_turkish_suffixes_and_capitals(annotator: Annotator) -> None:
    text = "Kamışlı'da ve Haseke'de çatışmalar sürüyor; İstanbul'daki toplantıya Halep'ten gelen heyet de katıldı"
    refs = {place.ref: text[place.start : place.end] for place in annotator.annotate(text).places}
    assert set(refs.values()) == {"Kamışlı", "Haseke", "İstanbul", "Halep"}


def test_latin_words_without_a_capital_are_no_names(annotator: Annotator) -> None:
    made = annotator.annotate(
        "Reading the nice report on mobile phones, the turkey farmers split their orange harvest again"
    )
    assert made.places == ()


def test_acronyms_count_in_capitals_only(annotator: Annotator) -> None:
    assert (
        named(annotator, "The UN said who should decide about the aid that the WHO sends to the region")["WHO"].ref
        == "who"
    )
    assert "who" not in named(annotator, "Nobody knows who should decide about the aid that they send to the region")


def test_title_and_text_have_their_own_offsets(annotator: Annotator) -> None:
    title, text = "قسد تهدد", "قالت قسد في بيان نشر على موقعها الرسمي إنها لن تنسحب من المنطقة في الوقت الحالي"
    made = annotator.annotate(text, title=title)
    for entity in made.entities:
        assert (title if entity.in_title else text)[entity.start : entity.end] == entity.text
    assert {entity.in_title for entity in made.entities if entity.ref == "sdf"} == {True, False}


def test_unlisted_people_are_guessed_and_marked(annotator: Annotator) -> None:
    text = "قال وزير الخارجية المصري سامح زمردي إن بلاده تدعم الحل، وأضاف زمردي أن القاهرة ستستضيف الاجتماع المقبل"
    found = named(annotator, text)
    assert found["سامح زمردي"].method == "heuristic"
    assert found["سامح زمردي"].score <= 0.5
    assert found["زمردي"].ref == found["سامح زمردي"].ref


def test_listed_people_are_known_by_their_last_name_too(annotator: Annotator) -> None:
    text = "قال وزير الخارجية المصري سامح شكري إن بلاده تدعم الحل، وأضاف شكري أن القاهرة ستستضيف الاجتماع المقبل"
    found = named(annotator, text)
    assert found["سامح شكري"].method == "gazetteer"
    assert found["شكري"].ref == found["سامح شكري"].ref
    in_title = annotator.annotate(text, title="شكري: ندعم الحل").entities[0]
    assert (in_title.text, in_title.ref, in_title.in_title) == ("شكري", "sameh-shoukry", True)


def test_a_name_marked_as_unsure_counts_beside_its_country_only(annotator: Annotator) -> None:
    near = named(annotator, "عاد مبارك إلى مصر في ساعة متأخرة من مساء أمس بعد زيارة رسمية استمرت عدة أيام")
    assert near["مبارك"].ref == "hosni-mubarak"
    assert "مبارك" not in named(annotator, "هذا عيد مبارك على الجميع نتمنى فيه الخير والسعادة لكل القراء الكرام")


def test_the_preposition_ala_is_not_the_name_ali(annotator: Annotator) -> None:
    found = named(annotator, "شددت الوزارة على النظام الجديد وعلى ضرورة الالتزام به في جميع المدارس والجامعات الحكومية")
    assert [e for e in found.values() if e.kind == "person"] == []


def test_a_family_name_is_no_town(annotator: Annotator) -> None:
    text = "قال السفير جون بولتون في مقابلة إن بلاده لن تنسحب، وأوضح بولتون أن القرار اتخذ بعد مشاورات طويلة"
    assert [place.name for place in annotator.annotate(text).places] == []


def test_keywords_show_the_commonest_form_without_proclitics(annotator: Annotator) -> None:
    text = (
        "لوحت قسد بالخيار العسكري في حال عدم تنفيذ المطالب. وقال مصدر إن الخيار العسكري مؤجل، والخيار العسكري "
        "ليس الأول. وذكرت قسد أن الحصار مستمر وأن الحصار سيرفع قريبا."
    )
    found = [keyword.text for keyword in annotator.annotate(text).keywords]
    assert set(found[:2]) == {"قسد", "الخيار العسكري"}
    assert not {"في", "قال", "مصدر", "الخيار", "العسكري"} & set(found)


def test_each_thing_is_one_keyword_by_whatever_names_it_has(annotator: Annotator) -> None:
    text = (
        "أعلنت قسد بدء الحملة في ريف دير الزور، وقالت قوات سوريا الديمقراطية في بيان نقله تلفزيون سوريا إن الحملة "
        "مستمرة. وأضافت قسد أن قوات سوريا الديمقراطية ستبقى في المنطقة، وفق ما نقل تلفزيون سوريا."
    )
    found = [keyword.text for keyword in annotator.annotate(text, country="SY").keywords]
    assert len({"قسد", "قوات سوريا الديمقراطية"} & set(found)) == 1
    assert not {"سوريا", "تلفزيون سوريا", "سوريا الديمقراطية"} & set(found)  # within names; who tells it


def test_a_station_that_the_title_names_is_a_keyword(annotator: Annotator) -> None:
    made = annotator.annotate("توقفت قناة الجزيرة عن البث أمس بعد قرار المحكمة", title="إغلاق مكتب قناة الجزيرة")
    assert "قناة الجزيرة" in [keyword.text for keyword in made.keywords]


def test_names_behind_the_words_that_are_read_for_keywords_are_names_all_the_same(annotator: Annotator) -> None:
    made = annotator.annotate("وصل الوفد إلى المكان أمس. " * 700 + "ثم عاد إلى دمشق")
    assert [one.text for one in made.entities] == ["دمشق"]


def test_language_without_letters_is_und(annotator: Annotator) -> None:
    made = annotator.annotate("12 : 14 — 77", language=None)
    assert made.language == "und"
    assert made.entities == ()


def test_an_empty_text_is_answered(annotator: Annotator) -> None:
    assert annotator.annotate("").keywords == ()


@pytest.mark.parametrize(
    "text", ["ـ" * 5000, "ا" * 100_000, "\x00\ud800", "و" * 40 + " " + "ل" * 40, "Aa " * 30_000, "٠" * 4000]
)
def test_odd_texts_are_answered(annotator: Annotator, text: str) -> None:
    assert annotator.annotate(text, title=text, country="sy").language


_PIECES = st.sampled_from(
    [
        "قسد",
        "والقامشلي",
        "للنظام",
        "سوريا",
        "Kamışlı'da",
        "الأسد",
        "12/13/2021",
        "محمد",
        "بن",
        "Nice",
        "UN",
        "أمس",
        "ِ",
        "ـ",
        "،",
        "\n",
        "a\u0301",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=6), max_size=40), st.text(max_size=30))
def test_every_span_fits_its_host(annotator: Annotator, pieces: list[str], title: str) -> None:
    text = " ".join(pieces)
    made = annotator.annotate(text, title=title, published_at=datetime(2021, 1, 19, tzinfo=UTC))
    for entity in made.entities:
        assert (title if entity.in_title else text)[entity.start : entity.end] == entity.text != ""
    for place in made.places:
        assert 0 <= place.start < place.end <= len(title if place.in_title else text)
    for day in made.dates:
        assert 0 <= day.start < day.end <= len(text)


def test_the_answer_has_the_shape_of_the_contract(annotator: Annotator) -> None:
    answer = answer_of(
        annotator.annotate("وصل الوفد إلى حلب أمس الأربعاء قادما من دمشق وسط إجراءات أمنية", title="قسد")
    )
    assert set(answer) == {"language", "language_score", "entities", "places", "keywords", "dates", "languages"}
    assert set(answer["entities"][0]) == {"start", "end", "text", "kind", "name", "ref", "score", "method", "in"}
    contract = {"ref", "name", "lat", "lon", "country", "start", "end", "score"}
    assert set(answer["places"][0]) == contract | {"admin", "admin_code"}
    assert "in" not in answer["entities"][-1]


def test_an_item_without_text_is_refused() -> None:
    with pytest.raises(ValueError, match="text"):
        answer_enrich({"id": 1})


def test_a_title_and_paragraphs_in_other_languages_are_told(annotator: Annotator) -> None:
    english = "The ministry of health said that three new centres would open in the city this week."
    arabic = "أعلنت وزارة الصحة اليوم عن افتتاح ثلاثة مراكز جديدة في المدينة لعلاج المرضى من كل الأعمار."
    answer = answer_of(annotator.annotate(f"{arabic}\n{english}\n{arabic}", title=english))
    assert answer["language"] == "ar"
    assert [(one["language"], one.get("in")) for one in answer["languages"]] == [("en", "title"), ("en", None)]
    second = answer["languages"][1]
    assert f"{arabic}\n{english}\n{arabic}"[second["start"] : second["end"]] == english


def test_persons_in_latin_script_are_guessed_and_their_towns_are_not(annotator: Annotator) -> None:
    text = (
        "Talks were late, said Salem al-Meslet, a spokesman for the council, as people in several towns waited for "
        "news and for the convoy that had left in the morning. Meslet gave no details."
    )
    made = annotator.annotate(text, title="Meslet says talks are late", language="en")
    persons = [(one.text, one.ref, one.in_title) for one in made.entities if one.kind == "person"]
    ref = "name:salem al meslet"
    assert persons == [("Meslet", ref, True), ("Salem al-Meslet", ref, False), ("Meslet", ref, False)]
    assert not made.places
