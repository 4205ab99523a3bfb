"""What an Arabic word may do in a name that no list holds: open it, stand before it, tell what is named."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rasid.enrich.tokens import keys_in, variants
from rasid.text.fold import fold
from rasid.text.kept import Kept

_TITLES_AS_WRITTEN = """
    الرئيس رئيس رئيسة الرئيسة وزير الوزير وزيرة الوزيرة السيد السيدة الشيخ الشيخة الدكتور الدكتورة دكتور اللواء العميد
    العقيد المقدم الرائد
    النقيب الملازم الفريق الجنرال المشير الكولونيل السفير السفيرة المبعوث الملك الملكة الأمير الأميرة ولي النائب النائبة
    الأستاذ المهندس المحامي المحامية الصحفي الصحفية الصحافي الصحافية الكاتب الكاتبة المخرج الممثل الممثلة الفنان الفنانة
    المطرب المطربة اللاعب المدرب القاضي البابا البطريرك المطران الأب السناتور السيناتور المستشار المستشارة الحاخام آية
    الناطق المتحدث المتحدثة المدعو الزعيم القائد الأمين المفوض المنسق المحلل الباحث الخبير الشاعر المؤرخ العالم المهاجم
    الحارس الإمام المفتي الرفيق الحاج الشهيد الراحل بقيادة بزعامة برئاسة
    الباحثة الخبيرة الشاعرة المخرجة الروائي الروائية الأديب الأديبة المفكر المغني المغنية الموسيقار الملحن الإعلامي
    الإعلامية المذيع المذيعة المعلق الحكم النجم النجمة المدافع الكابتن البروفيسور البروفسور اللورد الليدي السير العريف
    الرقيب الضابط الدبلوماسي الدبلوماسية الناشط الناشطة المعارض المرشح المرشحة الطبيب الطبيبة الداعية الموفد الإمبراطور
    السلطان القيصر المستشرق الفيلسوف المصور الزميل الزميلة الشاب الشابة المواطن المواطنة الطفل الطفلة زعيم قائد مبعوث
    سفير مدرب مهاجم مدافع حارس لاعب نائب متحدث مدير المدير سكرتير الناقد حاكم محافظ عمدة د
"""
# Of these the name may follow alone, as a given name.
_STYLES_AS_WRITTEN = """
    السيد السيدة الشيخ الشيخة الإمام الملك الملكة الأمير الأميرة الدكتور الدكتورة اللورد الحاج الأستاذ العقيد النبي
    القديس القديسة السلطان الإمبراطور
"""
# Behind a title the office may follow, and only then the name: وزير الخارجية الأميركي X.
_OFFICES_AS_WRITTEN = """
    الوزراء الجمهورية الحكومة البرلمان المجلس الخارجية الداخلية الدفاع المالية الاقتصاد الصحة الإعلام العدل النفط الطاقة
    التعليم التربية الثقافة الزراعة التجارة السابق السابقة الأسبق الحالي الجديد الجديدة العام العامة الأول الخاص الأممي
    الراحل المنتخب المؤقت بالنيابة الأعلى الفخري الركن الدكتور السيد الشيخ المهندس التنفيذي الإعلامي الصحفي الرسمي
    بلدية مجلس هيئة لجنة حزب جمعية شركة اتحاد نادي جامعة كلية بنك منظمة مؤسسة مركز دائرة إدارة قسم مكتب وكالة حركة كتلة
    فريق منتخب أركان قوات شؤون وزارة نقابة رابطة بعثة وفد شعبة فرع
"""
_LINKS_AS_WRITTEN = "بن ابن بنت أبو أبي أبا أم آل عبد الله الدين ابو فون دي دا دو لا فان بو دير ديل لو دل ماك"
_SAYING_AS_WRITTEN = """
    قال قالت أضاف أضافت أكد أكدت أعلن أعلنت أوضح أوضحت صرح صرحت تابع تابعت أشار أشارت شدد شددت اعتبر اعتبرت رأى رأت
    أفاد أفادت لفت لفتت اعترف اعترفت أعرب أعربت يقول تقول وصف وصفت اتهم دعا نفى حذر توقع
"""
_PLACE_CUES_AS_WRITTEN = """
    مدينة مدينتي مدن بلدة بلدتي بلدات قرية قريتي قرى محافظة محافظتي ولاية ولايتي إقليم مقاطعة منطقة ناحية قضاء نهر جزيرة
    جبل وادي مخيم ميناء معبر حي ضاحية شارع ساحة بحيرة خليج مضيق مطار قاعدة سجن
"""
#: Words that tell a street or quarter, whose names are often everyday words with the article.
_NAMED_AFTER_AS_WRITTEN = """
    جامعة كلية مستشفى مسجد جامع مدرسة معهد مركز مدينة شارع حي ميدان ساحة جسر كأس جائزة مطار ميناء قصر مؤسسة مكتبة متحف
    استاد ستاد ملعب قاعدة سد مجمع ثانوية دار
"""
_QUARTERS_AS_WRITTEN = "حي شارع ساحة مخيم ضاحية سجن"

TITLES, STYLES, OFFICES, LINKS, SAYING, PLACE_CUES, QUARTERS, NAMED_AFTER = map(
    keys_in,
    (
        _TITLES_AS_WRITTEN, _STYLES_AS_WRITTEN, _OFFICES_AS_WRITTEN, _LINKS_AS_WRITTEN, _SAYING_AS_WRITTEN,
        _PLACE_CUES_AS_WRITTEN, _QUARTERS_AS_WRITTEN, _NAMED_AFTER_AS_WRITTEN,
    ),
)  # fmt: skip
FATHERS = keys_in("أبو أبا أبي")
#: Behind the first name of a ruler: فؤاد الأول.
REGNAL = keys_in("""
    الأول الأولى الثاني الثانية الثالث الثالثة الرابع الخامس السادس السابع الثامن التاسع العاشر عشر الكبير الأكبر
""")


class Names(NamedTuple):
    """A list of names, folded, each with how its end is written: على is no علي. `unsure` are everyday words too."""

    sure: dict[str, str]
    unsure: dict[str, str]


def _read_names(file: str) -> Names:
    """One of our lists: names parted by blanks, lines of remarks begin with #, lines of everyday words with ~."""
    names = Names({}, {})
    for line in (Path(__file__).parent / "data" / file).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind = names.unsure if line.startswith("~") else names.sure
            kind.update((fold(name), name[-1]) for name in line.lstrip("~").split())
    return names


@lru_cache(maxsize=1)
def given_names() -> Names:
    """Given names of our list."""
    return _read_names("given_names_ar.txt")


@lru_cache(maxsize=1)
def family_names() -> Names:
    """Family names of our list."""
    return _read_names("family_names_ar.txt")


@lru_cache(maxsize=1)
def _compound_heads() -> frozenset[str]:
    """First words of given names that are written in two (عبد الله, سيف الإسلام), and a few beginnings more."""
    given = given_names()
    compounds = [name for name in (*given.sure, *given.unsure) if "ال" in name[2:]]
    return frozenset(name[:at] for name in compounds for at in range(2, len(name) - 2) if name[at : at + 2] == "ال")


class Role(NamedTuple):
    """What a folded word may do.

    Openings are forms and the letters before them: of given names, of names that are everyday words too, of names
    written in two words, of names that say whose father (أبو مازن). `head` counts the letters before a word that opens
    the name of an organisation (`rasid.enrich.bodies`); None for all others.
    """

    given: tuple[tuple[str, int], ...]
    unsure: tuple[tuple[str, int], ...]
    compound: tuple[tuple[str, int], ...]
    father: tuple[tuple[str, int], ...]
    title: bool
    says: bool
    tells_place: bool


def _role(word: str) -> Role | None:
    """None for a word that does nothing here, as nearly all do."""
    names, forms = given_names(), variants(word)
    given, unsure, compound, father = (
        tuple((form, cut) for form, cut in forms if form in known)
        for known in (names.sure, names.unsure, _compound_heads(), FATHERS)
    )
    title, says, tells = (any(form in known for form, _ in forms) for known in (TITLES, SAYING, PLACE_CUES))
    if not (given or unsure or compound or father or title or says or tells):
        return None
    return Role(given, unsure, compound, father, title, says, tells)


roles = Kept(_role)
