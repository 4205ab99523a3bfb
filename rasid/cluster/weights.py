"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.

Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`
judge scripts without capitals, `CAPITALS` the others. `LIKE` is for the likeness of two articles,
`LIKE_MEANING` with the extra ``embed``, `MEANING` (learned within languages) for two languages.
"""

from __future__ import annotations

WORDS: dict[str, float] = {
    "bias": -10.679,
    "body_root": 6.375,
    "lead": 3.489,
    "lead_root": 5.028,
    "title": 2.903,
    "short": 4.271,
    "numbers": 2.268,
    "no_numbers": 0.558,
    "late": -1.876,
    "same": -1.06,
}

ENTITIES: dict[str, float] = {
    "bias": -8.807,
    "body_root": 3.775,
    "lead": 5.701,
    "lead_root": 2.988,
    "title": 1.085,
    "short": 4.668,
    "numbers": 2.521,
    "no_numbers": 0.643,
    "late": -2.175,
    "same": -0.93,
    "refs": 0.229,
    "refs_root": 1.119,
    "heads": 0.716,
    "heads_other": -1.1,
    "heads_missed": -2.758,
}

CAPITALS: dict[str, float] = {
    "bias": -6.525,
    "body_root": -2.277,
    "lead": 3.625,
    "lead_root": 4.0,
    "title": 0.08,
    "short": 0.559,
    "numbers": 6.116,
    "no_numbers": -0.622,
    "names": 5.366,
    "names_root": 2.821,
    "late": -1.876,
    "same": -1.06,
}

LIKE: dict[str, float] = {
    "bias": -4.152,
    "body_root": 4.51,
    "top": 0.328,
    "top_few": 2.965,
    "numbers": 0.602,
    "no_numbers": -0.177,
}

LIKE_MEANING: dict[str, float] = {
    "bias": -4.151,
    "body_root": 2.375,
    "top": -0.037,
    "top_few": 2.893,
    "numbers": 0.742,
    "no_numbers": -0.148,
    "meaning": 1.997,
    "meaning_square": 1.273,
}

MEANING: dict[str, float] = {
    "bias": -3.404,
    "meaning": 4.994,
    "meaning_square": 2.802,
}
