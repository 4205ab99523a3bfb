"""Where a listed Arabic name begins and ends: what only says what kind of thing it names, or whose it is, is left off.

An office or a nobleman's style is no part of a person's name (الرئيس صدام حسين), nor is the word that tells a firm, a
paper or a club where the rest is a name by itself (شركة نوكيا, صحيفة لوموند, نادي ريال مدريد), nor the nationality put
behind one (حزب الله اللبناني). Where the rest alone would mean something else, the word belongs to the name: جريدة
القدس, حزب العمل.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rasid.enrich.tokens import keys_in

#: Before a person's name.
STYLES = keys_in(
    "الرئيس الرئيسة الملك الملكة الأمير الأميرة الشيخ الشيخة الإمام السيد السيدة الدكتور الدكتورة اللواء العميد العقيد "
    "الفريق المشير الجنرال البابا البطريرك السلطان الإمبراطور القديس القديسة النبي الرسول سمو صاحب السمو جلالة الفنان "
    "الفنانة اللورد السير الكولونيل المهندس الأستاذ الحاج الليدي الجلالة فخامة معالي سعادة المعالي السعادة سماحة"
)
#: Before the name of a firm, a paper, a station or a site.
FIRMS = keys_in(
    "شركة شركات مجموعة مصنع متاجر مؤسسة صحيفة جريدة مجلة دورية قناة شبكة محطة موقع وكالة إذاعة تلفزيون مصرف بورصة"
)
#: Before the name of a club.
CLUBS = keys_in("نادي النادي فريق")

#: Before the name of a club, in sport alone.
CLUB_CUES = keys_in("""
    نادي فريق ناديه لاعب لاعبي لاعبو مدرب مباراة مهاجم حارس مدافع جماهير جمهور مرمى شباك لفريق لنادي بفريق بنادي للاعب
    ونادي وفريق لمدرب قائد ضيفه مضيفه منافسه غريمه
""")
#: Words that a text about sport is full of.
SPORT_WORDS = keys_in("""
    مباراة المباراة مباريات المباريات مباراته مباراتها لاعب اللاعب لاعبي لاعبو اللاعبين اللاعبون لاعبين مدرب مدربه
    الدوري دوري البطولة بطولة الكأس كأس منتخب المنتخب منتخبنا المرمى مرمى مرماه الشوط شوط ركلة تسديدة الملعب ملعب
    ملعبه المدرب استاد ستاد المونديال مونديال التصفيات تصفيات الكرة كرة القدم نادي النادي الأندية أندية فريق الفريق
    فريقه مهاجم المهاجم مدافع هدفين أهداف الحكم الجولة الرياضي الرياضية للنادي للفريق المدير الفني
""")


def core(words: Sequence[str], sort: str, nationalities: Collection[str]) -> tuple[int, int]:
    """Where the name itself begins and ends (exclusive) in the folded words of a listed one.

    Args:
        words: at least one.
        sort: the type in our lists: person, org.sport …
        nationalities: folded words that say whose.
    """
    first, last = 0, len(words)
    if sort.startswith("person"):
        while first < last - 1 and (words[first] in STYLES or (first and words[first] in nationalities)):
            first += 1
        # What is left of الرئيس الأميركي says nobody's name.
        return (0, last) if words[first] in nationalities or words[first] in STYLES else (first, last)
    if words[0] in (CLUBS if sort == "org.sport" else FIRMS):
        first = 1
    if last - first > 1 and words[last - 1] in nationalities:
        last -= 1
    return (first, last) if first < last else (0, len(words))
