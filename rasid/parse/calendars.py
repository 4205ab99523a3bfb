"""Solar Hijri (Jalali) and Islamic dates in Gregorian days."""

from __future__ import annotations

from datetime import date, timedelta

#: First days of the 33-year cycles in which leap years fall out of step: Borkowski's table, good for 1 to 3177 AP.
_BREAKS = (-61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060, 2097, 2192, 2262, 2324, 2394, 2456, 3178)


def jalali(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a Solar Hijri date; None where there is no such day.

    >>> jalali(1399, 10, 29)
    datetime.date(2021, 1, 18)
    """
    if not (1 <= year < 3178 and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    march, leap = _new_year(year)
    if month == 12 and day == 30 and not leap:
        return None
    days = (month - 1) * 31 - (month // 7) * (month - 7) + day - 1
    return date(year + 621, 3, march) + timedelta(days=days)


def _new_year(year: int) -> tuple[int, bool]:
    """Day of March on which the year begins, and whether it is a leap year (Borkowski 1996)."""
    leaps, previous, jump = -14, _BREAKS[0], 0
    for start in _BREAKS[1:]:
        jump = start - previous
        if year < start:
            break
        leaps += jump // 33 * 8 + jump % 33 // 4
        previous = start
    n = year - previous
    leaps += n // 33 * 8 + (n % 33 + 3) // 4
    if jump % 33 == 4 and jump - n == 4:
        leaps += 1
    gregorian = year + 621
    march = 20 + leaps - (gregorian // 4 - (gregorian // 100 + 1) * 3 // 4 - 150)
    if jump - n < 6:
        n = n - jump + (jump + 4) // 33 * 33
    leap = ((n + 1) % 33 - 1) % 4
    return march, (4 if leap == -1 else leap) == 0


def islamic(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of an Islamic (Umm al-Qura) date of 1343 to 1500 AH; None where there is no such day."""
    from hijridate import Hijri

    try:
        return date(*Hijri(year, month, day).to_gregorian().datetuple())
    except (ValueError, OverflowError):
        return None
