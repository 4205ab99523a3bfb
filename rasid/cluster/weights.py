"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.

Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`
judge scripts without capitals, `CAPITALS` the others. `LIKE` is for the likeness of two articles,
`LIKE_MEANING` with the extra ``embed``, `MEANING` (learned within languages) for two languages.
"""

from __future__ import annotations

WORDS: dict[str, float] = {
    "bias": -6.963,
    "body_root": 3.397,
    "lead": 2.509,
    "lead_root": 4.922,
    "title": 3.382,
    "numbers": 1.504,
    "no_numbers": 0.281,
    "late": -1.989,
    "same": -0.805,
}

ENTITIES: dict[str, float] = {
    "bias": -10.459,
    "body_root": 4.593,
    "lead": 3.26,
    "lead_root": 4.923,
    "title": 2.571,
    "numbers": 1.225,
    "no_numbers": -0.285,
    "late": -2.134,
    "same": -1.477,
    "refs": 1.455,
    "refs_root": 2.762,
}

CAPITALS: dict[str, float] = {
    "bias": -6.661,
    "body_root": -3.987,
    "lead": 2.296,
    "lead_root": 5.875,
    "title": 0.95,
    "numbers": 6.189,
    "no_numbers": -0.532,
    "names": 4.367,
    "names_root": 4.255,
    "late": -1.989,
    "same": -0.805,
}

LIKE: dict[str, float] = {
    "bias": -4.156,
    "body_root": 4.523,
    "top": 0.345,
    "top_few": 2.941,
    "numbers": 0.606,
    "no_numbers": -0.172,
}

LIKE_MEANING: dict[str, float] = {
    "bias": -4.149,
    "body_root": 2.357,
    "top": -0.023,
    "top_few": 2.873,
    "numbers": 0.743,
    "no_numbers": -0.143,
    "meaning": 2.002,
    "meaning_square": 1.303,
}

MEANING: dict[str, float] = {
    "bias": -3.412,
    "meaning": 5.018,
    "meaning_square": 2.786,
}
