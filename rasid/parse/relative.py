"""Relative times: ``منذ ساعتين``, ``2 hours ago``, ``dün``. The whole phrase must be understood, or nothing is said."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from rasid.parse.months import WORD
from rasid.text.fold import fold

_TOKEN = re.compile(rf"\d+|{WORD}")

# unit: words for one or many of them, in folded form. A number behind the equals sign is a dual.
_UNITS = {
    "second": "second seconds sec secs ثانيه ثواني ثوان ثانيتين=2 ثانيه saniye sn seconde secondes sekunde sekunden segundo segundos "
    "secondo secondi секунду секунды секунд چركه saniyeyan",
    "minute": "minute minutes min mins دقيقه دقايق دقيقتين=2 dakika dk minuten minuto minutos minuti минуту минуты минут خولهك خولەك deqe deqeyan",
    "hour": "hour hours hr hrs ساعه ساعات ساعتين=2 ساعت saat heure heures stunde stunden hora horas ora ore час часа часов كاتژمير كاتژمێر saet saetan h",
    "day": "day days يوم ايام يوما يومين=2 روز gun jour jours tag tage tagen dia dias giorno giorni день дня дней روژ ڕۆژ رۆژ roj rojan",
    "week": "week weeks wk اسبوع اسابيع اسبوعين=2 هفته hafta semaine semaines woche wochen semana semanas settimana settimane неделю недели недель هەفتە hefte hefteyan",
    "month": "month months شهر اشهر شهور شهرين=2 ماه ay mois monat monate monaten mes meses mese mesi месяц месяца месяцев مانگ meh mehan",
    "year": "year years yr yrs سنه سنوات سنتين=2 عام اعوام عامين=2 سال yil an ans annee annees jahr jahre jahren ano anos anno anni год года лет ساڵ سال sal salan",
}  # fmt: skip
_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 7 * 86400,
    "month": 30 * 86400,
    "year": 365 * 86400,
}
_AGO = frozenset(
    fold(
        "ago منذ قبل پیش قبل önce evvel il-y-a vor hace fa há назад پێش لەمەوبەر berî temu لهمهوبهر مضت مضى"
    ).replace("-", " ").split()
) - {"il", "y", "a"}  # fmt: skip
_ONE = frozenset(
    fold("a an one un une ein eine einer einem einen una uno um uma bir واحد واحدة یک yek یەک نحو حوالي").split()
)
_NUMBERS = {word: number for number, words in enumerate(
    ("two ثنتين deux zwei dos due dois iki دو du", "three ثلاثه ثلاث trois drei tres tre uc سه se", "four اربعه اربع quatre vier cuatro quattro dort چهار",
     "five خمسه خمس cinq funf cinco cinque bes پنج"), 2) for word in fold(words).split()}  # fmt: skip
_FILLERS = frozenset(
    fold(
        "about around il y a the at last updated published posted نشر في الساعة آخر تحديث à um alle om ساعت kl saat و في"
    ).split()
)
_DAYS = {
    0: "today اليوم امروز bugun aujourdhui heute hoy oggi hoje сегодня ئەمڕۆ ئهمرو iro vandaag idag dzisiaj danes",
    1: "yesterday امس البارحه ديروز dun hier gestern ayer ieri ontem вчера دوێنێ دوينێ duh gisteren igar wczoraj vcera",
}
_NOW = frozenset(fold("now الان الآن اكنون simdi maintenant jetzt ahora adesso agora сейчас").split())

_UNIT_OF = {
    fold(word.partition("=")[0]): (unit, int(word.partition("=")[2] or 0))
    for unit, words in _UNITS.items()
    for word in words.split()
}
_DAY_OF = {fold(word): back for back, words in _DAYS.items() for word in words.split()}


def parse_relative(folded: str, *, now: datetime) -> tuple[datetime, str] | None:
    """The moment that a folded phrase stands for, counted back from `now`, and its precision.

    None where the phrase is not wholly understood. A named day has precision ``day`` and keeps the clock of `now`.
    """
    words = _TOKEN.findall(folded.replace("'", "").replace("’", ""))
    if not words or len(words) > 8:
        return None
    named = [word for word in words if word in _DAY_OF]
    if len(named) == 1:
        return _named_day(words, named[0], now)
    if _NOW.intersection(words) and all(word in _NOW or word in ("just", "right") for word in words):
        return now, "minute"
    return _counted(words, now)


def _named_day(words: list[str], name: str, now: datetime) -> tuple[datetime, str] | None:
    others = [word for word in words if word != name and word not in _FILLERS and not word.isdigit()]
    if any(len(word) > 2 for word in others) or sum(word.isdigit() for word in words) > 3:
        return None
    return now - timedelta(days=_DAY_OF[name]), "day"


def _counted(words: list[str], now: datetime) -> tuple[datetime, str] | None:
    ago, count, unit, strangers = False, None, None, 0
    for word in words:
        if word in _UNIT_OF and unit is None:
            unit, dual = _UNIT_OF[word]
            count = dual or count
        elif word.isdigit() and count is None and len(word) <= 3:
            count = int(word)
        elif word in _NUMBERS and count is None:
            count = _NUMBERS[word]
        elif word in _AGO:
            ago = True
        elif word not in _ONE and word not in _FILLERS:
            strangers += 1
    if unit is None or strangers or not (ago or ("il" in words and "y" in words)):
        return None
    moment = now - timedelta(seconds=_SECONDS[unit] * (1 if count is None else count))
    return moment, {"week": "day", "month": "day", "year": "month"}.get(unit, unit)
