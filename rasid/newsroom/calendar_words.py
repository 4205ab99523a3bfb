"""Names of days and months in the languages of the newsroom, and the ways in which its outlets write a time."""

from __future__ import annotations

from datetime import datetime

DAYS = {
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "tr": ("pazartesi", "salı", "çarşamba", "perşembe", "cuma", "cumartesi", "pazar"),
}
MONTHS = {
    "ar": ("كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول",
           "تشرين الثاني", "كانون الأول"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
           "novembre", "décembre"),
    "tr": ("Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım",
           "Aralık"),
}  # fmt: skip
_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def long_date(when: datetime, language: str, *, indic: bool = False) -> str:
    """`when` as a page shows it to readers: weekday, day, month by name, year, clock.

    >>> from datetime import datetime
    >>> long_date(datetime(2021, 1, 19, 11, 17), "ar", indic=True)
    'الثلاثاء ١٩ كانون الثاني ٢٠٢١ - ١١:١٧'
    """
    day, month = DAYS[language][when.weekday()], MONTHS[language][when.month - 1]
    text = f"{day} {when.day} {month} {when.year} - {when:%H:%M}"
    return text.translate(_INDIC) if indic else text
