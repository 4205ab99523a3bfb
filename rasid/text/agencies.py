"""News agencies and the ways in which they are named: what the stages that ask for them share."""

from __future__ import annotations

#: Agency id -> the ways in which it is credited, in any spelling that folds alike.
AGENCIES: dict[str, tuple[str, ...]] = {
    "aa": ("الأناضول", "وكالة الأناضول", "Anadolu Agency", "Anadolu Ajansı", "Anadolu", "AA"),
    "afp": ("أ ف ب", "ا.ف.ب", "أ.ف.ب", "فرانس برس", "وكالة فرانس برس", "Agence France-Presse", "AFP"),
    "ansa": ("ANSA", "أنسا"),
    "ap": ("أسوشيتد برس", "أسوشييتد برس", "أ ب", "أ.ب", "Associated Press", "The Associated Press", "AP"),
    "aps": ("وكالة الأنباء الجزائرية", "Algérie Presse Service", "APS"),
    "bloomberg": ("بلومبرغ", "بلومبيرغ", "Bloomberg"),
    "bna": ("بنا", "وكالة أنباء البحرين", "BNA"),
    "dha": ("DHA", "Demirören Haber Ajansı"),
    "dpa": ("د ب أ", "د.ب.أ", "وكالة الأنباء الألمانية", "dpa", "Deutsche Presse-Agentur"),
    "efe": ("إفي", "EFE"),
    "hawar": ("وكالة هاوار", "هاوار", "ANHA", "Hawar News"),
    "iha": ("İHA", "İhlas Haber Ajansı"),
    "ina": ("وكالة الأنباء العراقية", "INA"),
    "irna": ("إرنا", "ايرنا", "ایرنا", "IRNA"),
    "isna": ("ایسنا", "إسنا", "ISNA"),
    "itar-tass": ("تاس", "إيتار تاس", "TASS", "Itar-Tass"),
    "kuna": ("كونا", "وكالة الأنباء الكويتية", "KUNA"),
    "lusa": ("Lusa",),
    "map": ("و م ع", "وكالة المغرب العربي للأنباء", "MAP"),
    "mena": ("أ ش أ", "أ.ش.أ", "وكالة أنباء الشرق الأوسط", "MENA"),
    "nna": ("الوكالة الوطنية للإعلام", "وطنية", "NNA"),
    "north-press": ("نورث برس", "North Press", "North Press Agency"),
    "petra": ("بترا", "وكالة الأنباء الأردنية", "Petra"),
    "pti": ("PTI", "Press Trust of India"),
    "qna": ("قنا", "وكالة الأنباء القطرية", "QNA"),
    "reuters": ("رويترز", "وكالة رويترز", "Reuters", "Thomson Reuters"),
    "saba": ("سبأ", "وكالة الأنباء اليمنية", "Saba"),
    "sana": ("سانا", "وكالة سانا", "وكالة الأنباء السورية", "SANA"),
    "spa": ("واس", "وكالة الأنباء السعودية", "SPA"),
    "sputnik": ("سبوتنيك", "Sputnik"),
    "tap": ("وكالة تونس إفريقيا للأنباء", "TAP"),
    "tasnim": ("تسنيم", "Tasnim"),
    "upi": ("UPI", "يو بي آي"),
    "wafa": ("وفا", "وكالة الأنباء الفلسطينية", "WAFA"),
    "wam": ("وام", "وكالة أنباء الإمارات", "WAM"),
    "xinhua": ("شينخوا", "Xinhua"),
}

#: Names that are words or places as well: believed only where something beside them says agency.
WEAK = frozenset(
    ("بنا", "قنا", "وطنية", "سبأ", "وفا", "وام", "تاس", "كونا", "أ ب", "إفي", "بترا", "Petra", "Saba", "AA", "MAP")
)
