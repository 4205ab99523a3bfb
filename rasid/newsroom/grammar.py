"""Reads the sentence patterns under `texts/` and makes sentences of them: choices taken, slots filled, numbers agreed.

A pattern holds choices, ``[one|other]``, and slots, ``{place}``; ``{n1:شخص}`` is a number together with
the noun that it counts, in the form that Arabic asks for.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_CLAUSE_ENDS = "،؛:,;."
_TOKEN = re.compile(rf"\[([^\[\]]*)\]|\{{[^{{}}]*\}}|[{_CLAUSE_ENDS}]")
_SLOT = re.compile(r"\{([a-z0-9_]+)(?::([^{}]+))?\}")

#: Counted noun: (feminine?, accusative singular after 11 to 99, plural after 3 to 10, bare singular after hundreds).
_NOUNS: dict[str, tuple[bool, str, str]] = {
    "شخص": (False, "شخصا", "أشخاص"),
    "مدني": (False, "مدنيا", "مدنيين"),
    "جريح": (False, "جريحا", "جرحى"),
    "عنصر": (False, "عنصرا", "عناصر"),
    "معتقل": (False, "معتقلا", "معتقلين"),
    "موقوف": (False, "موقوفا", "موقوفين"),
    "عضو": (False, "عضوا", "أعضاء"),
    "مرشح": (False, "مرشحا", "مرشحين"),
    "مريض": (False, "مريضا", "مرضى"),
    "موظف": (False, "موظفا", "موظفين"),
    "متفرج": (False, "متفرجا", "متفرجين"),
    "طالب": (False, "طالبا", "طلاب"),
    "منزل": (False, "منزلا", "منازل"),
    "محل": (False, "محلا", "محال"),
    "يوم": (False, "يوما", "أيام"),
    "أسبوع": (False, "أسبوعا", "أسابيع"),
    "شهر": (False, "شهرا", "أشهر"),
    "عام": (False, "عاما", "أعوام"),
    "بند": (False, "بندا", "بنود"),
    "فرن": (False, "فرنا", "أفران"),
    "طن": (False, "طنا", "أطنان"),
    "كيلوغرام": (False, "كيلوغراما", "كيلوغرامات"),
    "كيلومتر": (False, "كيلومترا", "كيلومترات"),
    "متر": (False, "مترا", "أمتار"),
    "مركز": (False, "مركزا", "مراكز"),
    "فريق": (False, "فريقا", "فرق"),
    "حادث": (False, "حادثا", "حوادث"),
    "عرض": (False, "عرضا", "عروض"),
    "سرير": (False, "سريرا", "أسرة"),
    "ميغاواط": (False, "ميغاواط", "ميغاواطات"),
    "عائلة": (True, "عائلة", "عائلات"),
    "قذيفة": (True, "قذيفة", "قذائف"),
    "رصاصة": (True, "رصاصة", "رصاصات"),
    "ساعة": (True, "ساعة", "ساعات"),
    "سيارة": (True, "سيارة", "سيارات"),
    "شاحنة": (True, "شاحنة", "شاحنات"),
    "قطعة": (True, "قطعة", "قطع"),
    "نقطة": (True, "نقطة", "نقاط"),
    "حالة": (True, "حالة", "حالات"),
    "إصابة": (True, "إصابة", "إصابات"),
    "وفاة": (True, "وفاة", "وفيات"),
    "عينة": (True, "عينة", "عينات"),
    "قرية": (True, "قرية", "قرى"),
    "خيمة": (True, "خيمة", "خيم"),
    "مدرسة": (True, "مدرسة", "مدارس"),
    "مضخة": (True, "مضخة", "مضخات"),
    "شكوى": (True, "شكوى", "شكاوى"),
    "شركة": (True, "شركة", "شركات"),
    "مباراة": (True, "مباراة", "مباريات"),
    "دولة": (True, "دولة", "دول"),
}
_MASCULINE = ("ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة")
_FEMININE = ("ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر")


def counted(number: int, noun: str) -> str:
    """`number` with the Arabic `noun` that it counts; three to ten in words, the rest in digits.

    >>> counted(4, "شخص"), counted(14, "شخص"), counted(200, "شخص"), counted(5, "عائلة")
    ('أربعة أشخاص', '14 شخصا', '200 شخص', 'خمس عائلات')
    """
    feminine, accusative, plural = _NOUNS[noun]
    if 3 <= number <= 10:
        words = _FEMININE if feminine else _MASCULINE
        return f"{words[number - 3]} {plural}"
    rest = number % 100
    if 3 <= rest <= 10:
        return f"{number} {plural}"
    return f"{number} {accusative if rest >= 11 else noun}"


def choose(pattern: str, *, rng: random.Random) -> str:
    """`pattern` with one branch of each choice taken.

    Choices of one clause that offer equally many branches go together, so that a verb meets its own object:
    ``[one|other] ... [one|other]`` gives the first of both or the second of both. A comma starts another clause.
    """
    taken: dict[int, int] = {}

    def branch(match: re.Match[str]) -> str:
        if match[1] is None:
            if match[0] in _CLAUSE_ENDS:
                taken.clear()
            return match[0]
        branches = match[1].split("|")
        index = taken.setdefault(len(branches), rng.randrange(len(branches)))
        return branches[index]

    return _TOKEN.sub(branch, pattern)


def fill(pattern: str, slots: Mapping[str, str | int]) -> str:
    """`pattern` with its slots filled. Raises KeyError for a slot that `slots` lacks."""

    def value(match: re.Match[str]) -> str:
        content = slots[match[1]]
        return counted(int(content), match[2]) if match[2] else str(content)

    return _SLOT.sub(value, pattern)


def say(pattern: str, slots: Mapping[str, str | int], *, language: str, rng: random.Random) -> str:
    """One finished sentence or title."""
    return _smooth(fill(choose(pattern, rng=rng), slots), language)


_VERBS = "أكد|أكدت|أوضح|أوضحت|ذكر|ذكرت|أعلن|أعلنت|كشف|صرح|أفاد|يرى|ترى|رأت|تؤكد|يؤكد|بيّن|يوضح|توضح|يروي|كتبت|علقت"
_SAY = "قال|قالت|يقول|تقول"
#: (what a text holds where the rule matters, rule, replacement): how neighbours change each other.
_JOINS = {
    "ar": (
        ("لـ", re.compile(r"لـال"), "لل"),
        ("ـ", re.compile(r"([لب])ـ *(?=[\u0621-\u064a])"), r"\1"),
        ("وو", re.compile(r"\bوو(?=[إأ])"), "و"),
        # "said" takes one form of "that", every other verb of speech the other.
        (" أن", re.compile(rf"\b([وف]?(?:{_SAY})\b(?:(?! [إأ]ن)[^.:])*) أن(ه|ها|هم)?(?= )"), r"\1 إن\2"),
        (" إن", re.compile(rf"\b([وف]?(?:{_VERBS})\b(?:(?! [إأ]ن)[^.:])*) إن(ه|ها|هم)?(?= )"), r"\1 أن\2"),
        (" ،", re.compile(r" ،"), "،"),
    ),
    "fr": (
        ("de les", re.compile(r"\bde les\b"), "des"),
        ("de le", re.compile(r"\bde le\b"), "du"),
        ("à les", re.compile(r"\bà les\b"), "aux"),
        ("à le", re.compile(r"\bà le\b"), "au"),
        ("de ", re.compile(r"\bde (?=[AEIOÉÂ])"), "d'"),
    ),
}


def _smooth(text: str, language: str) -> str:
    for mark, pattern, replacement in _JOINS.get(language, ()):
        if mark in text:
            text = pattern.sub(replacement, text)
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] if language != "ar" else text


@dataclass(frozen=True, slots=True)
class Patterns:
    """What one language says about one kind of event."""

    titles: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: who takes part, what it is about, how large its four numbers are.

    `orgs` are two tuples of ids; `roles` and `items` hold one name for each of ar, en, fr and tr.
    """

    name: str
    mood: str
    orgs: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    roles: tuple[tuple[str, ...], ...] = ()
    items: tuple[tuple[str, ...], ...] = ()
    ranges: tuple[tuple[int, int], ...] = field(default=())


def text_file(name: str) -> str:
    """The content of one file under `texts/`."""
    return files(__package__).joinpath("texts", name).read_text(encoding="utf-8")


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a tab-separated file under `texts/`, as dicts by the names in its first line."""
    header, *lines = (line.split("\t") for line in text_file(name).splitlines())
    return tuple(dict(zip(header, line, strict=True)) for line in lines)


@cache
def patterns(language: str) -> dict[str, Patterns]:
    """Patterns of one language by the name of the kind; shared pools have names that begin with ``@``."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in text_file(f"{language}.txt").splitlines():
        if line.startswith("## "):
            current = found.setdefault(line[3:].strip(), {"T": [], "L": [], "S": []})
        elif line.strip():
            current[line[0]].append(line[2:].strip())
    return {name: Patterns(tuple(p["T"]), tuple(p["L"]), tuple(p["S"])) for name, p in found.items()}


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds of event, in the order of `texts/kinds.txt`."""
    return tuple(_kind(block) for block in text_file("kinds.txt").split("## ") if block.strip())


def _kind(block: str) -> Kind:
    head, *lines = block.strip().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    name, mood = head.split()
    first, second = (tuple(side.split()) for side in fields["orgs"].split("|"))
    return Kind(
        name=name,
        mood=mood,
        orgs=(first, second),
        roles=_columns(fields["role"]),
        items=_columns(fields["item"]),
        ranges=tuple(_range(part) for part in fields["n"].split()),
    )


def _columns(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(name.strip() for name in part.split("=")) for part in text.split(";"))


def _range(text: str) -> tuple[int, int]:
    low, high = text.split("-")
    return int(low), int(high)
