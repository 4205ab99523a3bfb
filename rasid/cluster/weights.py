"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.

Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`
judge scripts without capitals, `CAPITALS` the others. `LIKE` is for the likeness of two articles, `ACROSS`
(learned within languages) of two languages; `LIKE_MEANING` and `MEANING` are these with ``embed``.
`BETWEEN` (learned within languages too) judges events between two, `BETWEEN_MEANING` with ``embed``.
"""

from __future__ import annotations

WORDS: dict[str, float] = {
    "bias": -9.901,
    "body_root": 6.438,
    "lead": 2.976,
    "lead_root": 5.665,
    "title": 1.997,
    "short": 4.964,
    "numbers": 1.863,
    "no_numbers": 0.586,
    "late": -2.264,
    "same": -1.091,
    "speaker": -1.725,
    "speaker_other": -2.016,
    "speaker_one": -0.768,
    "lead_speaker": 2.049,
    "lead_speaker_other": 0.031,
    "lead_speaker_one": -0.033,
}

ENTITIES: dict[str, float] = {
    "bias": -8.627,
    "body_root": 3.406,
    "lead": 5.228,
    "lead_root": 3.831,
    "title": 0.432,
    "short": 5.145,
    "numbers": 2.06,
    "no_numbers": 0.648,
    "late": -2.475,
    "same": -0.975,
    "speaker": -1.919,
    "speaker_other": -1.84,
    "speaker_one": -0.693,
    "lead_speaker": 1.683,
    "lead_speaker_other": 0.092,
    "lead_speaker_one": -0.286,
    "refs": 0.727,
    "refs_root": 1.518,
    "heads": 0.914,
    "heads_other": -1.072,
    "heads_missed": -2.22,
}

CAPITALS: dict[str, float] = {
    "bias": -6.543,
    "body_root": -1.989,
    "lead": 3.563,
    "lead_root": 3.865,
    "title": 0.036,
    "short": 0.612,
    "numbers": 6.139,
    "no_numbers": -0.584,
    "names": 5.517,
    "names_root": 2.605,
    "late": -2.264,
    "same": -1.091,
}

LIKE: dict[str, float] = {
    "bias": -3.494,
    "body_root": 1.4,
    "begins_root": 1.618,
    "lead_body": 1.205,
    "top": 0.898,
    "top_ten": 0.992,
    "top_few": 1.18,
    "lengths": 0.649,
    "numbers": 0.537,
    "no_numbers": -0.184,
}

LIKE_MEANING: dict[str, float] = {
    "bias": -3.918,
    "body_root": 0.987,
    "begins_root": 1.204,
    "lead_body": 0.456,
    "top": 0.596,
    "top_ten": 0.753,
    "top_few": 0.927,
    "lengths": 0.627,
    "numbers": 0.571,
    "no_numbers": -0.177,
    "meaning": 1.096,
    "meaning_square": 1.151,
    "meaning_beyond": 1.238,
}

ACROSS: dict[str, float] = {
    "bias": -0.651,
    "refs": 0.634,
    "refs_root": 0.61,
    "numbers": 1.747,
    "no_numbers": -0.405,
}

MEANING: dict[str, float] = {
    "bias": -3.285,
    "refs": 0.257,
    "refs_root": 0.104,
    "numbers": 1.026,
    "no_numbers": -0.265,
    "meaning": 2.069,
    "meaning_square": 2.241,
    "meaning_beyond": 2.994,
}

BETWEEN: dict[str, float] = {
    "bias": -3.439,
    "refs": 2.479,
    "refs_root": 2.211,
    "numbers": 5.043,
    "no_numbers": -0.022,
    "heads": 0.92,
    "heads_other": -1.765,
    "heads_missed": -3.011,
    "late": -3.435,
}

BETWEEN_MEANING: dict[str, float] = {
    "bias": -5.363,
    "refs": 2.401,
    "refs_root": 0.086,
    "numbers": 3.929,
    "no_numbers": -0.028,
    "heads": 1.05,
    "heads_other": -1.529,
    "heads_missed": -2.393,
    "late": -2.407,
    "meaning": 2.109,
    "meaning_square": 5.473,
    "lift": 0.141,
}
