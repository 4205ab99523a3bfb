"""Arabic verbs of saying, with what may stand behind each: reported speech is found by them, and who speaks in a title.

Written for rasid: what news texts use, not what a dictionary knows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rasid.text.fold import fold

# past | present | participle | what may stand before a noun: - for nothing else than "that", = for the noun itself.
# A question mark before the past: the word means other things as well, and wants "that", a colon or a quotation mark;
# an exclamation mark: it wants its preposition; a tilde: "that" or a mark must follow at once.
_VERBS = """
    قال|يقول|قائل|-
    أضاف|يضيف|مضيف|-
    صرح|يصرح|مصرح|ب
    أوضح|يوضح|موضح|-
    أكد|يؤكد|مؤكد|على =
    أفاد|يفيد|مفيد|ب
    ذكر||ذاكر|-
    أشار|يشير|مشير|إلى
    أعلن|يعلن|معلن|= عن
    لفت|يلفت|لافت|إلى
    شدد|يشدد|مشدد|على
    نوه|ينوه|منوه|إلى ب
    نبه|ينبه|منبه|إلى من
    اعتبر||معتبر|-
    رأى|يرى||-
    ?كشف|يكشف|كاشف|عن
    ~بين||مبين|-
    ?أظهر|||-
    طمأن|يطمئن|مطمئن|-
    ?أكمل|يكمل||-
    ?تابع|يتابع|متابع|-
    ?واصل|||-
    أردف|يردف|مردف|-
    استطرد|يستطرد|مستطرد|-
    استدرك|يستدرك|مستدرك|-
    ~اختتم|يختتم|مختتم|-
    ~ختم|يختم||-
    زعم|يزعم|زاعم|-
    ادعى|يدعي|مدعي|-
    نفى|ينفي|نافي|=
    حذر|يحذر|محذر|من
    توقع|يتوقع|متوقع|=
    دعا|يدعو|داعي|إلى
    ?طالب|يطالب|مطالب|ب
    اتهم|يتهم|متهم|=
    هدد|يهدد|مهدد|ب
    توعد|يتوعد|متوعد|ب
    تعهد|يتعهد|متعهد|ب
    أعرب|يعرب|معرب|عن
    !عبر|يعبر|معبر|عن
    أدان|||=
    استنكر|يستنكر|مستنكر|=
    ندد|يندد|مندد|ب
    رحب|يرحب|مرحب|ب
    أشاد|يشيد|مشيد|ب
    انتقد|ينتقد|منتقد|=
    أقر|يقر|مقر|ب
    اعترف|يعترف|معترف|ب
    جزم|يجزم|جازم|ب
    رجح|يرجح|مرجح|=
    استبعد|يستبعد|مستبعد|=
    أبلغ|يبلغ|مبلغ|-
    أخبر|يخبر|مخبر|-
    روى|يروي||-
    ?أورد|يورد||-
    ?أجاب|يجيب|مجيب|-
    ?رد|يرد||-
    ?علق|يعلق|معلق|-
    ?سأل|يسأل||-
    تساءل|يتساءل|متسائل|-
    ?هتف|يهتف||-
    ناشد|يناشد|مناشد|=
    ?حث|يحث||على
    ألمح|يلمح|ملمح|إلى
    ?وعد|||ب
    ?خلص|يخلص||-
    ?وصف|يصف|واصف|=
    ?اقترح|يقترح|مقترح|=
    ?شرح|يشرح|شارح|-
    ?تمنى|يتمنى|متمني|-
    ?نصح|ينصح||ب
    ?أقسم|||-
    ?جدد|يجدد|مجدد|=
    ?برر|يبرر|مبرر|-
"""
_SOCIAL = """
    ?كتب|يكتب|كاتب|-
    غرد|يغرد|مغرد|-
    ?نشر|ينشر|ناشر|-
    ?دون|||-
"""


class Verb(NamedTuple):
    """A verb by its forms, not folded; empty where one is not used in news.

    Attributes:
        sign: ``?``, ``!`` or ``~`` where it means other things as well (see above), else empty.
        past, present, participle: masculine singular.
        before: what may stand before a noun that tells what was said, as in the table.
    """

    sign: str
    past: str
    present: str
    participle: str
    before: str

    def pasts(self) -> tuple[str, str, str]:
        """The past: he, she, they."""
        stem = self.past[:-1] if self.past.endswith(("ى", "ا")) else self.past
        return self.past, f"{stem}ت", f"{stem}وا"

    def presents(self) -> tuple[str, str, str]:
        """The present: he, she, they. Only where there is one."""
        stem = self.present[:-1] if self.present[-1] in "يىو" else self.present
        return self.present, f"ت{self.present[1:]}", f"{stem}ون"


def _verb(line: str) -> Verb:
    past, present, participle, before = (part.strip() for part in line.split("|"))
    word = past.lstrip("?!~")
    return Verb(past[: len(past) - len(word)], word, present, participle, before)


ARABIC_VERBS = tuple(map(_verb, _VERBS.strip().splitlines()))
#: What is said in writing to all.
ARABIC_SOCIAL = tuple(map(_verb, _SOCIAL.strip().splitlines()))


@lru_cache(maxsize=8)
def verbs_of_saying(language: str) -> frozenset[str]:
    """Folded forms, with و and ف before them too, of the verbs of saying of a language; empty where none are known.

    >>> [fold(word) in verbs_of_saying("ar") for word in ("ويؤكد", "قالت", "كتاب")], verbs_of_saying("xx")
    ([True, True, False], frozenset())
    """
    if language != "ar":
        return frozenset()
    verbs = (*ARABIC_VERBS, *ARABIC_SOCIAL)
    forms = {form for verb in verbs for form in (*verb.pasts(), *(verb.presents() if verb.present else ()))}
    return frozenset(letter + fold(form) for form in forms for letter in ("", "و", "ف"))
