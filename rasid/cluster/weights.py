"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.

Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`
judge scripts without capitals, `CAPITALS` the others, `LIKE` is for the likeness of two articles.
"""

from __future__ import annotations

WORDS: dict[str, float] = {
    "bias": -7.321,
    "body_root": 3.178,
    "lead": 1.658,
    "lead_root": 6.219,
    "title": 3.471,
    "numbers": 1.502,
    "no_numbers": 0.268,
    "late": -1.991,
    "same": -0.809,
}

ENTITIES: dict[str, float] = {
    "bias": -10.375,
    "body_root": 4.326,
    "lead": 3.354,
    "lead_root": 4.791,
    "title": 2.497,
    "numbers": 1.319,
    "no_numbers": -0.2,
    "late": -2.003,
    "same": -1.513,
    "refs": 1.532,
    "refs_root": 2.795,
}

CAPITALS: dict[str, float] = {
    "bias": -7.259,
    "body_root": -3.047,
    "lead": 1.436,
    "lead_root": 6.437,
    "title": 0.864,
    "numbers": 6.13,
    "no_numbers": -0.536,
    "names": 4.161,
    "names_root": 4.42,
    "late": -1.991,
    "same": -0.809,
}

LIKE: dict[str, float] = {
    "bias": -4.025,
    "body_root": 4.174,
    "top": 0.708,
    "top_few": 2.794,
    "numbers": 0.623,
    "no_numbers": -0.174,
}
