"""Lines that stand in a text but are not of it: share bars, font buttons, "read also", photo credits, calls to sign up.

Only whole lines are judged, and only short ones: a sentence that merely speaks of sharing stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rasid.text.fold import fold

#: A longer line is prose, whatever words it opens with.
MAX_LINE = 220

_READ_ALSO = (
    "اقرا ايضا|اقرا المزيد|اقرا اكثر|طالع ايضا|شاهد ايضا|تابع ايضا|انظر ايضا|اقرا عن|للمزيد اقرا|اقرؤوا ايضا|اقراوا ايضا|"
    "مواضيع ذات صله|اخبار ذات صله|مقالات ذات صله|قد يهمك ايضا|قد يعجبك ايضا|ذات صله|بيشتر بخوانيد|همچنين بخوانيد|"
    "مطالب مرتبط|اخبار مرتبط|خبرهاي مرتبط|read also|also read|read more|read next|see also|more on this|related|"
    "related stories|related articles|related coverage|recommended|watch also|watch|lire aussi|a lire aussi|a lire|"
    "voir aussi|sur le meme sujet|ayrica okuyun|ayrica bkz|bunlar da ilginizi cekebilir|ilgili haberler|ilgili haber|"
    "haberin devami|lea tambien|lee tambien|ver tambien|te puede interesar|le puede interesar|lesen sie auch|mehr zum thema|"
    "siehe auch|auch interessant|leggi anche|leia tambem|leia mais|veja tambem|читайте также|lees ook|czytaj tez|"
    "zobacz takze|citeste si|ziuret ira taip pat|baca juga"
)
# No sentence opens with these, so nothing need follow them.
_NEVER_PROSE = "اقرا ايضا|طالع ايضا|شاهد ايضا|اقراوا ايضا|بيشتر بخوانيد|همچنين بخوانيد|lire aussi|ayrica okuyun|lesen sie auch|leggi anche"
_ALSO = re.compile(rf"^[\s\W]*(?:(?:{_READ_ALSO})\s*(?:[:：.…»>|\-–—]+|$)|(?:{_NEVER_PROSE})(?!\w))[\s:：.…»>|\-–—]*")
_WHOLE = re.compile(
    r"^[\s\W]*(?:"
    r"حجم الخط|تكبير الخط|تصغير الخط|[+\-]?\s*[aا]\s*[+\-]?|icon|"
    r"شارك(?:ها|ه|وا)?(?: (?:الخبر|المقال|الموضوع|هذا|علي|هذا المقال|هذا الخبر))*|مشاركه(?: الخبر| المقال)?|انسخ الرابط|"
    r"نسخ الرابط|تم النسخ|طباعه|ارسال|حفظ|استمع|استمع (?:الي|ل)\S*(?: \S+)?|فيسبوك|تويتر|واتساب|واتس اب|تلغرام|تيليغرام|لينكد ان|"
    r"share(?: (?:this|on|via|article|the|story|post|to|by|facebook|twitter|x|whatsapp|email|linkedin))*|tweet|pin it|pin|"
    r"print|email|e-mail|save|copy link|link copied!?|listen(?: to (?:this )?article)?|advertisement|advertising|ad|sponsored|"
    r"facebook|twitter|x|whatsapp|telegram|linkedin|pinterest|reddit|messenger|instagram|youtube|flipboard|"
    r"partager(?: (?:sur|l'article|cet article|facebook|twitter))*|imprimer|publicite|paylas|yazdir|reklam|"
    r"teilen|drucken|anzeige|compartir|imprimir|publicidad|condividi|stampa|pubblicita|اعلان|اعلانات|"
    r"loading(?:\.\.\.)?|comments?|no comments|leave a comment|التعليقات|اضف تعليق|کد خبر|لينك كوتاه|"
    r"تابعونا علي.{0,60}|تابعنا علي.{0,60}|اشترك في.{0,60}|اشترك الان.{0,40}|follow us on.{0,60}|subscribe (?:to|now).{0,60}|"
    r"sign up (?:for|to) .{0,80}|get the .{0,40} newsletter.{0,40}|download (?:the|our) .{0,30}app.{0,30}|"
    r"all rights reserved.{0,60}|copyright ©.{0,80}|© ?\d{4}.{0,80}|جميع الحقوق محفوظه.{0,60}"
    r")[\s\W]*$"
)
_PICTURE = re.compile(r"^\S[^\n]{0,120}\.(?:jpe?g|png|gif|webp|svg|mp4)$", re.I)
_CREDIT = re.compile(
    r"^[\s(\[]*(?:photo(?:graph)?s?|image|picture|foto|credit|photo credit|photo by|image credit|file photo|الصوره|صوره|تصوير|المصور|عكس|"
    r"fotograf)\s*(?:by\b|[:：/])|(?:/\s*(?:afp|reuters|ap|getty|epa|anadolu)|getty images|afp/getty|via reuters|via ap)\W{0,3}$"
)


def is_furniture(line: str) -> bool:
    """Whether a whole line belongs to the page around an article and not to its text."""
    if len(line) > MAX_LINE:
        return False
    if is_picture(line):
        return True
    folded = fold(line)
    return _WHOLE.match(folded) is not None or (len(line) <= 120 and _CREDIT.search(folded) is not None)


def is_picture(line: str) -> bool:
    """Whether a line is the file name of a picture and nothing else."""
    return len(line) <= MAX_LINE and _PICTURE.match(line) is not None


def read_also(line: str) -> str | None:
    """The title that a "read also" line points to: empty where it names none, None where it is no such line."""
    if len(line) > MAX_LINE:
        return None
    folded = fold(line)
    found = _ALSO.match(folded)
    if found is None:
        return None
    rest = len(folded) - found.end()
    # Folding may drop marks but never letters, so the tail is counted from the end of the original.
    return _tail(line, folded[found.end() :]) if rest else ""


def _tail(line: str, folded_tail: str) -> str:
    """The end of `line` that folds to `folded_tail`."""
    low, high = 0, len(line)
    while low < high:
        middle = (low + high) // 2
        if len(fold(line[middle:])) > len(folded_tail):
            low = middle + 1
        else:
            high = middle
    return line[low:].strip()


def split_furniture(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """(lines of the text, titles of the articles that its "read also" lines point to)."""
    kept, related = [], []
    for line in lines:
        title = read_also(line)
        if title is not None:
            related += [title] if title else []
        elif not is_furniture(line):
            kept.append(line)
    return kept, related
