"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.

Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`
judge scripts without capitals, `CAPITALS` the others. `LIKE` is for the likeness of two articles, `ACROSS`
(learned within languages) of two languages; `LIKE_MEANING` and `MEANING` are these with ``embed``.
`BETWEEN` (learned within languages too) judges events between two, `BETWEEN_MEANING` with ``embed``.
"""

from __future__ import annotations

WORDS: dict[str, float] = {
    "bias": -10.663,
    "body_root": 6.348,
    "lead": 3.518,
    "lead_root": 5.0,
    "title": 2.934,
    "short": 4.28,
    "numbers": 2.276,
    "no_numbers": 0.564,
    "late": -1.896,
    "same": -1.054,
}

ENTITIES: dict[str, float] = {
    "bias": -8.756,
    "body_root": 3.735,
    "lead": 5.729,
    "lead_root": 2.962,
    "title": 1.121,
    "short": 4.678,
    "numbers": 2.522,
    "no_numbers": 0.649,
    "late": -2.204,
    "same": -0.922,
    "refs": 0.277,
    "refs_root": 1.056,
    "heads": 0.717,
    "heads_other": -1.096,
    "heads_missed": -2.784,
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
    "late": -1.896,
    "same": -1.054,
}

LIKE: dict[str, float] = {
    "bias": -3.995,
    "body_root": 4.216,
    "top": 0.971,
    "top_few": 2.573,
    "lengths": 1.005,
    "numbers": 0.603,
    "no_numbers": -0.157,
}

LIKE_MEANING: dict[str, float] = {
    "bias": -4.267,
    "body_root": 2.323,
    "top": 0.209,
    "top_few": 2.254,
    "lengths": 0.919,
    "numbers": 0.717,
    "no_numbers": -0.152,
    "meaning": 1.5,
    "meaning_square": 1.332,
    "meaning_beyond": 1.37,
}

ACROSS: dict[str, float] = {
    "bias": -0.677,
    "refs": 0.374,
    "refs_root": 0.811,
    "numbers": 2.29,
    "no_numbers": -0.38,
}

MEANING: dict[str, float] = {
    "bias": -3.8,
    "refs": 0.794,
    "refs_root": -0.474,
    "numbers": 1.258,
    "no_numbers": -0.265,
    "meaning": 2.224,
    "meaning_square": 2.564,
    "meaning_beyond": 3.865,
}

BETWEEN: dict[str, float] = {
    "bias": -3.97,
    "refs": 2.54,
    "refs_root": 2.545,
    "numbers": 4.173,
    "no_numbers": -0.117,
    "heads": 0.844,
    "heads_other": -2.057,
    "heads_missed": -3.222,
    "late": -2.716,
}

BETWEEN_MEANING: dict[str, float] = {
    "bias": -5.455,
    "refs": 2.991,
    "refs_root": -0.142,
    "numbers": 3.296,
    "no_numbers": -0.099,
    "heads": 0.99,
    "heads_other": -1.853,
    "heads_missed": -2.524,
    "late": -2.006,
    "meaning": 2.313,
    "meaning_square": 4.56,
    "lift": 0.14,
}
