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
    "bias": -0.794,
    "refs": 0.623,
    "refs_root": 0.777,
    "numbers": 2.208,
    "no_numbers": -0.387,
}

MEANING: dict[str, float] = {
    "bias": -3.797,
    "refs": 0.597,
    "refs_root": -0.291,
    "numbers": 1.253,
    "no_numbers": -0.264,
    "meaning": 2.236,
    "meaning_square": 2.556,
    "meaning_beyond": 3.842,
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
