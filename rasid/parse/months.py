"""Names of months, days and halves of the day in many languages, as one table that is looked up by folded words.

Names come from Unicode CLDR through Babel, read for the languages that a text can be in and kept; what CLDR lacks
(Hijri and Jalali months, spellings of newsrooms, Kurmanji oblique forms) is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rasid.text.fold import fold

#: (what, which): ``month`` 1-12, ``hijri`` 1-12, ``jalali`` 1-12, ``day`` 0-6 (Monday first), ``half`` 0 (am) or 12 (pm),
#: ``ordinal`` 1-31.
Meaning = tuple[str, int]
Lexicon = dict[tuple[str, ...], Meaning]

# Vowel signs of Indic and South-East Asian scripts are no word characters to `re`, yet they stand inside words.
WORD = r"(?:[^\W\d_]|[\u0900-\u0965\u0970-\u109f\u1780-\u17df])+"
_WORD = re.compile(WORD)

_ARABIC = ("ar", "ar_SY", "ar_MA", "ar_DZ", "ar_TN", "ar_MR", "ar_IQ")
_BY_SCRIPT = (
    (re.compile("[ء-ۿ]"), (*_ARABIC, "fa", "ckb", "ur", "ps", "ug", "sd")),
    (re.compile("[Ѐ-ӿ]"), ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "bs_Cyrl", "uz_Cyrl", "tg")),
    (re.compile("[Ͱ-Ͽ]"), ("el",)),
    (re.compile("[֐-׿]"), ("he",)),
    (re.compile("[\u0900-\u097f]"), ("hi", "mr", "ne")),
    (re.compile("[\u0980-\u09ff]"), ("bn", "as")),
    (re.compile("[\u0a00-\u0dff]"), ("pa", "gu", "ta", "te", "kn", "ml", "si")),
    (re.compile("[\u0e00-\u0e7f]"), ("th",)),
    (re.compile("[\u1000-\u109f\u1780-\u17ff]"), ("my", "km")),
    (re.compile("[\u10a0-\u10ff]"), ("ka",)),
    (re.compile("[\u0530-\u058f]"), ("hy",)),
    (re.compile("[\u1200-\u137f]"), ("am",)),
    (re.compile("[぀-ヿ一-鿿가-힯]"), ("ja", "zh", "ko")),
)  # fmt: skip
_LATIN = (
    "en", "fr", "de", "es", "it", "pt", "tr", "nl", "pl", "ro", "cs", "hu", "sv", "da", "nb", "fi", "hr", "sk", "sl",
    "lt", "lv", "et", "ca", "az", "ku", "id", "vi", "sq", "bs", "is", "eu", "gl", "af", "sw", "ga", "cy",
)  # fmt: skip

_OTHERS: dict[str, str] = {
    "ar": "month 1 كانون الثاني; month 5 مايس; month 7 تموز; month 8 اغسطس; month 8 اوغسطس; month 10 تشرين الاول; month 11 تشرين الثاني;"
    "month 12 كانون الاول; month 2 شباط; month 3 اذار; month 4 نيسان; month 5 ايار; month 6 حزيران; month 8 اب; month 9 ايلول;"
    "month 6 يونيه; month 7 يوليه; month 10 تشرين اول; month 11 تشرين ثاني; month 1 كانون ثاني; month 12 كانون اول; month 4 ابريل;"
    "month 6 جوان; month 8 اوت; month 1 جانفي; month 2 فيفري; month 7 جويليه; month 4 افريل; month 5 ماي; month 8 غشت;"
    "month 9 شتنبر; month 11 نونبر; month 12 دجنبر; month 7 يوليوز; month 10 اكتوبر; month 11 نوفمبر; month 12 ديسمبر;"
    "hijri 1 محرم; hijri 1 المحرم; hijri 2 صفر; hijri 3 ربيع الاول; hijri 3 ربيع اول; hijri 4 ربيع الاخر; hijri 4 ربيع الثاني;"
    "hijri 4 ربيع ثاني; hijri 5 جمادي الاولي; hijri 5 جمادي الاول; hijri 5 جماد الاول; hijri 6 جمادي الاخره; hijri 6 جمادي الثانيه;"
    "hijri 6 جمادي الثاني; hijri 6 جمادي الاخر; hijri 7 رجب; hijri 8 شعبان; hijri 9 رمضان; hijri 10 شوال; hijri 11 ذو القعده;"
    "hijri 11 ذي القعده; hijri 11 ذوالقعده; hijri 12 ذو الحجه; hijri 12 ذي الحجه; hijri 12 ذوالحجه; half 0 ص; half 12 م;"
    "half 0 صباحا; half 0 صباح; half 0 فجرا; half 12 مساء; half 12 المساء; half 12 ظهرا; half 12 عصرا; half 12 بعد الظهر;"
    "half 0 قبل الظهر; half 12 ليلا; day 0 اثنين; day 0 الاثنين; day 1 الثلاثاء; day 2 الاربعاء; day 3 الخميس; day 4 الجمعه; day 5 السبت; day 6 الاحد",
    "fa": "jalali 1 فروردين; jalali 2 ارديبهشت; jalali 3 خرداد; jalali 4 تير; jalali 5 مرداد; jalali 5 امرداد; jalali 6 شهريور;"
    "jalali 7 مهر; jalali 8 ابان; jalali 9 اذر; jalali 10 دي; jalali 11 بهمن; jalali 12 اسفند; half 0 صبح; half 0 بامداد; half 12 عصر;"
    "half 12 بعدازظهر; half 12 بعد از ظهر; half 12 شب; half 0 ق ظ; half 12 ب ظ; month 7 ژوييه; month 7 جولاي; month 1 ژانويه;"
    "month 2 فوريه; month 5 مه; month 6 ژوين; month 8 اوت; month 9 سپتامبر; month 12 دسامبر; hijri 9 رمضان; hijri 7 رجب;"
    "day 0 دوشنبه; day 1 سه شنبه; day 2 چهارشنبه; day 3 پنجشنبه; day 3 پنج شنبه; day 4 جمعه; day 5 شنبه; day 6 يكشنبه",
    "ckb": "month 1 كانووني دووهم; month 1 كانونی دووهم; month 1 كانووني دووەم; month 12 كانووني يەكەم; month 2 شوبات; month 3 ئازار;"
    "month 4 نيسان; month 5 ئايار; month 6 حوزەيران; month 7 تەمموز; month 7 تەموز; month 8 ئاب; month 9 ئەيلوول; month 9 ئەيلول;"
    "month 10 تشريني يەكەم; month 11 تشريني دووەم; month 10 تشريني يەكەم; half 0 بەياني; half 0 پ ن; half 12 ئێوارە; half 12 د ن",
    "ku": "month 1 rebendan; month 1 cile; month 1 cileya pasin; month 1 cileya; month 2 sibat; month 2 sibate; month 2 resemi;"
    "month 2 resemiye; month 3 adar; month 3 adare; month 4 nisan; month 4 nisane; month 4 avrel; month 5 gulan; month 5 gulane;"
    "month 6 puseper; month 6 heziran; month 6 hezirane; month 7 tirmeh; month 7 tirmehe; month 7 temmuz; month 8 tebax;"
    "month 8 tebaxe; month 8 gelawej; month 9 ilon; month 9 ilone; month 9 rezber; month 10 cotmeh; month 10 cotmehe;"
    "month 10 kewcer; month 11 mijdar; month 11 mijdare; month 11 sermawez; month 12 kanun; month 12 kanune; month 12 berfanbar;"
    "month 12 cileya pesin; half 0 bn; half 12 pn",
    "tr": "half 0 oo; half 12 os; hijri 9 ramazan; hijri 1 muharrem; hijri 7 recep; hijri 8 saban; hijri 10 sevval",
    "en": "month 9 sept; half 0 a m; half 12 p m; half 0 am; half 12 pm; half 12 noon; day 1 tues; day 3 thur; day 3 thurs; half 0 morning;"
    "hijri 1 muharram; hijri 2 safar; hijri 3 rabi al awwal; hijri 3 rabi i; hijri 4 rabi al thani; hijri 4 rabi ii; hijri 5 jumada al awwal;"
    "hijri 5 jumada i; hijri 6 jumada al thani; hijri 6 jumada al akhirah; hijri 6 jumada ii; hijri 7 rajab; hijri 8 shaban;"
    "hijri 9 ramadan; hijri 10 shawwal; hijri 11 dhu al qadah; hijri 12 dhu al hijjah; half 12 evening; half 12 afternoon",
    "fr": "month 2 fev; month 7 juill; ordinal 1 1er; month 8 aout; month 12 dec",
    "es": "month 9 set; month 9 setiembre; half 0 a m; half 12 p m",
    "ru": "half 12 вечера; half 0 утра; half 12 дня; half 0 ночи; month 5 май; day 0 пнд; day 1 втр; day 2 срд; day 3 чтв; day 4 птн; day 5 сбт; day 6 вск",
    "el": "half 0 πμ; half 12 μμ", "el_": "",
    "cs": "day 3 ctv", "hr": "month 11 studenom; month 1 sijecnja", "ro": "month 6 iun; month 7 iul; month 9 septemvrie",
    "uk": "month 11 листоп", "fi": "month 1 tammi; month 8 elo",
    "vi": "half 0 sang; half 12 chieu", "hu": "half 0 de; half 12 du", "sq": "half 0 pd; half 12 md",
    "zh": "", "ja": "", "ko": "",
}  # fmt: skip
_ORDINALS_FA = (
    "اول دوم سوم چهارم پنجم ششم هفتم هشتم نهم دهم يازدهم دوازدهم سيزدهم چهاردهم پانزدهم شانزدهم هفدهم هجدهم نوزدهم "
    "بيستم سي_ام"
).split()


def lexicon(text: str, language: str | None) -> Lexicon:
    """The names that can stand in `text`: those of `language` first, then those of its script, then English."""
    return _lexicon(languages(text, language))


def languages(text: str, language: str | None) -> tuple[str, ...]:
    """CLDR locales to look into for `text`, the most likely first."""
    tag = (language or "").replace("-", "_")
    own = _ARABIC if tag.split("_")[0].lower() == "ar" else (tag, tag.split("_")[0]) if tag else ()
    script: tuple[str, ...] = next((names for letters, names in _BY_SCRIPT if letters.search(text)), _LATIN)
    return tuple(dict.fromkeys((*own, *script, "en")))


@lru_cache(maxsize=64)
def _lexicon(locales: tuple[str, ...]) -> Lexicon:
    found: Lexicon = {}
    for locale in locales:
        for words, meaning in names_of(locale):
            found.setdefault(words, meaning)
    return found


@lru_cache(maxsize=128)
def names_of(locale: str) -> tuple[tuple[tuple[str, ...], Meaning], ...]:
    """All names of one locale, folded and cut into words; empty where nothing is known of it."""
    listed = list(_listed(locale))
    return tuple((words, meaning) for words, meaning in (*listed, *_from_cldr(locale)) if words)


def words_of(name: str) -> tuple[str, ...]:
    """A name as the folded words that the parser sees."""
    return tuple(_WORD.findall(fold(name).replace(".", " ").replace("\u200c", "")))


def _listed(locale: str) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    for row in _OTHERS.get(locale, "").split(";"):
        parts = row.split(maxsplit=2)
        if len(parts) == 3:
            yield words_of(parts[2]), (parts[0], int(parts[1]))
    if locale == "fa":
        for number, word in enumerate(_ORDINALS_FA[:20], 1):
            yield words_of(word), ("ordinal", number)
            if number < 10:
                yield words_of(f"بيست و {'يكم' if number == 1 else word}"), ("ordinal", 20 + number)
        yield words_of("سي ام"), ("ordinal", 30)
        yield words_of("سي و يكم"), ("ordinal", 31)


def _from_cldr(locale: str) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    from babel import Locale, UnknownLocaleError

    try:
        cldr = Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        return
    for names in _widths(cldr.months):
        yield from ((words_of(name), ("month", month)) for month, name in names if not name.strip().isdigit())
    for names in _widths(cldr.days):
        yield from ((words_of(name), ("day", day)) for day, name in names)
    for names in _widths(cldr.day_periods):
        yield from ((words_of(name), ("half", 0 if half == "am" else 12)) for half, name in names if half in ("am", "pm"))


def _widths(forms: object) -> Iterator[Iterable[tuple[object, str]]]:  # type: ignore[type-arg]
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            names = forms.get(context, {}).get(width)  # type: ignore[attr-defined]
            if names:
                yield list(names.items())


@lru_cache(maxsize=256)
def day_comes_first(language: str | None, country: str | None) -> bool:
    """Whether 3/4 is the third of April where this is read. Without a country, English is taken for American."""
    if country:
        return country.upper() not in ("US", "PH", "PW", "FM", "MH", "GU", "PR", "AS", "VI")
    tag = (language or "").replace("_", "-").lower()
    return not (tag in ("en", "en-us", "en-ph"))
