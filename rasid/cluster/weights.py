"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.

Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`
judge scripts without capitals, `CAPITALS` the others, `LIKE` is for the likeness of two articles.
"""

from __future__ import annotations

WORDS: dict[str, float] = {
    "bias": -6.216,
    "body_root": 1.375,
    "lead": -2.508,
    "lead_root": 10.629,
    "title": 3.338,
    "numbers": 0.863,
    "no_numbers": 0.101,
    "late": -2.091,
    "same": -0.757,
}

ENTITIES: dict[str, float] = {
    "bias": -6.251,
    "body_root": 1.7,
    "lead": 1.198,
    "lead_root": 6.132,
    "title": 2.739,
    "numbers": 0.818,
    "no_numbers": 0.068,
    "late": -2.4,
    "same": -1.044,
    "refs": 1.38,
    "refs_root": 1.18,
}

CAPITALS: dict[str, float] = {
    "bias": -6.567,
    "body_root": -1.78,
    "lead": 0.554,
    "lead_root": 6.278,
    "title": 0.879,
    "numbers": 6.255,
    "no_numbers": -0.483,
    "names": 5.917,
    "names_root": 1.997,
    "late": -2.091,
    "same": -0.757,
}

LIKE: dict[str, float] = {
    "bias": -3.975,
    "body_root": 3.489,
    "top": 1.86,
    "top_few": 2.168,
    "numbers": 0.711,
    "no_numbers": -0.203,
}
