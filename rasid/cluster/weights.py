"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.

Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`
judge scripts without capitals, `CAPITALS` the others. `LIKE` is for the likeness of two articles, `ACROSS`
(learned within languages) of two languages; `LIKE_MEANING` and `MEANING` are these with ``embed``.
`BETWEEN` (learned within languages too) judges events between two, `BETWEEN_MEANING` with ``embed``.
"""

from __future__ import annotations

WORDS: dict[str, float] = {
    "bias": -9.806,
    "body_root": 6.168,
    "lead": 3.007,
    "lead_root": 5.815,
    "title": 2.077,
    "short": 5.013,
    "numbers": 1.83,
    "no_numbers": 0.573,
    "late": -2.274,
    "same": -1.099,
    "speaker": -1.759,
    "speaker_other": -2.041,
    "speaker_one": -0.788,
    "lead_speaker": 2.019,
    "lead_speaker_other": 0.022,
    "lead_speaker_one": -0.057,
}

ENTITIES: dict[str, float] = {
    "bias": -8.521,
    "body_root": 3.172,
    "lead": 5.255,
    "lead_root": 3.981,
    "title": 0.541,
    "short": 5.189,
    "numbers": 2.04,
    "no_numbers": 0.63,
    "late": -2.479,
    "same": -0.969,
    "speaker": -1.929,
    "speaker_other": -1.84,
    "speaker_one": -0.684,
    "lead_speaker": 1.68,
    "lead_speaker_other": 0.101,
    "lead_speaker_one": -0.299,
    "refs": 0.728,
    "refs_root": 1.436,
    "heads": 0.885,
    "heads_other": -1.076,
    "heads_missed": -2.255,
}

CAPITALS: dict[str, float] = {
    "bias": -6.605,
    "body_root": -2.161,
    "lead": 3.567,
    "lead_root": 4.113,
    "title": 0.058,
    "short": 0.572,
    "numbers": 6.082,
    "no_numbers": -0.631,
    "names": 5.423,
    "names_root": 2.735,
    "late": -2.274,
    "same": -1.099,
}

LIKE: dict[str, float] = {
    "bias": -3.501,
    "body_root": 1.376,
    "begins_root": 1.592,
    "lead_body": 1.228,
    "top": 0.942,
    "top_ten": 1.022,
    "top_few": 1.13,
    "lengths": 0.649,
    "numbers": 0.523,
    "no_numbers": -0.177,
}

LIKE_MEANING: dict[str, float] = {
    "bias": -3.898,
    "body_root": 0.956,
    "begins_root": 1.17,
    "lead_body": 0.455,
    "top": 0.644,
    "top_ten": 0.786,
    "top_few": 0.901,
    "lengths": 0.629,
    "numbers": 0.561,
    "no_numbers": -0.17,
    "meaning": 1.104,
    "meaning_square": 1.163,
    "meaning_beyond": 1.211,
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
