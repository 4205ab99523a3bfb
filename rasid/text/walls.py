"""How walls are known, whether they come as a page or with a refusal: by what they say, and by what their makers leave.

Walls stand alone: a page with much text mentions robots, cookies or subscribers for some other reason. So whoever asks
here looks at the length of the text first.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rasid.text.tables import alternatives, rows

#: Characters of text (`reach`) beyond which no phrase makes a page a wall.
MAX_WALL = 1200
#: Characters of text beyond which no mark does: sites behind a wall carry its scripts on every page.
MAX_MARKED = 400
# The maker's script that watches every page (``…/scripts/jsd/…``) is no challenge.
_MARKS = re.compile(
    rb"challenge-platform/(?!(?:h/\w/)?scripts/jsd)|cf-browser-verification|cf_chl_|_Incapsula_Resource|"
    rb"captcha-delivery\.com|px-captcha|perimeterx|geo\.captcha|awsWafCookieDomainList|"
    rb"/_sec/cp_challenge|ddos-guard|sucuri_cloudproxy|hcaptcha\.com/1/api\.js|_imunify360|/\.well-known/sgcaptcha"
)
# Ordinary pages load these for their forms; a refusal has no forms.
_CAPTCHAS = re.compile(
    rb"token\.awswaf\.com|challenges\.cloudflare\.com/turnstile|google\.com/recaptcha/|recaptcha\.net/recaptcha/|"
    rb"hcaptcha\.com|captcha\.yandex|smartcaptcha"
)
_SHORT = re.compile("[\u0590-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def words(folded: str, *families: str) -> str | None:
    """The first phrase of these families of `walls.tsv` in a folded text; None where there is none."""
    found = _pattern(*families).search(folded)
    return found[0].strip() if found else None


@lru_cache(maxsize=16)
def _pattern(*families: str) -> re.Pattern[str]:
    said = alternatives(row[1] for row in rows("rasid.text", "walls") if row[0] in families)
    return re.compile(said, re.MULTILINE)


def mark(page: bytes, *, refused: bool = False) -> str | None:
    """What a maker of walls against robots left in a page, or in a body that came with a refusal; None for nothing."""
    found = _MARKS.search(page) or (_CAPTCHAS.search(page) if refused else None)
    return found[0].decode("ascii") if found else None


def reach(text: str) -> int:
    """The length of a text in characters of a Latin script: Arabic says the same in fewer, Chinese in far fewer."""
    sample = text[:400]
    dense = len(_DENSE.findall(sample))
    short = len(_SHORT.findall(sample))
    if dense + short < 0.3 * len(sample):
        return len(text)
    return round(len(text) * (2.5 if dense > short else 1.3))
