"""Articles of two events, for the tests of stories."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

AIRPORT = (
    "تعليق الرحلات في مطار حلب بعد أضرار في المدرج",
    "علّقت إدارة مطار حلب الدولي الرحلات الجوية حتى إشعار آخر بسبب أضرار لحقت بالمدرج بعد العاصفة. "
    "وقالت الإدارة إن الرحلات ستحوّل إلى مطار اللاذقية وإن الإصلاح يحتاج إلى أسبوعين.",
)
AIRPORT_AGAIN = (
    "العاصفة تغلق مطار حلب وتحول الرحلات إلى اللاذقية",
    "أغلق مطار حلب أمام الرحلات الجوية بعدما ألحقت العاصفة أضرارا بالمدرج، وتحولت الرحلات إلى مطار اللاذقية، "
    "بحسب إدارة المطار التي قدّرت مدة الإصلاح بأسبوعين.",
)
HARVEST = (
    "مزارعو الغاب يبدؤون حصاد القمح وسط نقص الوقود",
    "بدأ المزارعون في سهل الغاب حصاد القمح قبل موعده، وسط شكاوى من نقص الوقود وارتفاع أجور الحصادات، فيما حددت "
    "مديرية الزراعة سعر شراء الكيلوغرام.",
)
AIRPORT_EN = (
    "Storm damage shuts Aleppo airport",
    "Flights from Aleppo were diverted to Latakia after a storm damaged the runway, the airport administration said.",
)
REFS = ["place:aleppo", "place:latakia", "org:aleppo-airport", "org:syrian-air"]
