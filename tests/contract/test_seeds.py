"""Every file of seeds/ keeps the form that seeds/README.md states."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rasid import urls
from rasid.discover.seeds import load_folder, read_seed, write_seed

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
FILES = sorted(SEEDS.rglob("*.toml"))
# Countries of the folder names, so that a file is found where its country is.
FOLDERS = {
    "BH": "bahrain", "GB": "britain", "CZ": "czechia", "EG": "egypt", "AE": "emirates", "FR": "france", "DE": "germany",
    "IR": "iran", "IQ": "iraq", "IL": "israel", "JO": "jordan", "KW": "kuwait", "LB": "lebanon", "LY": "libya",
    "MA": "morocco", "OM": "oman", "PS": "palestine", "QA": "qatar", "RU": "russia", "SA": "saudi-arabia",
    "SY": "syria", "TN": "tunisia", "TR": "turkey", "US": "united-states", "YE": "yemen", "DZ": "algeria",
}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file(path: Path) -> None:
    """A seed can be read, stands in its country's folder, names https addresses that can be fetched, and survives
    being written again."""
    outlet = read_seed(path)

    assert outlet.id == path.stem
    assert path.parent.name == FOLDERS[outlet.country], f"add {outlet.country} to FOLDERS or move the file"
    for address in (outlet.home, *(channel.url for channel in outlet.channels)):
        href = urls.normalise(address)
        assert href is not None
        assert href.startswith("https://")
        assert urls.fetchable(href) == (True, None)
    assert read_seed(write_seed(outlet), outlet_id=outlet.id) == outlet


def test_no_channel_is_watched_twice() -> None:
    """Two outlets never share a channel."""
    outlets = load_folder(SEEDS)
    keys = Counter(urls.key(urls.normalise(channel.url) or "") for outlet in outlets for channel in outlet.channels)

    assert [key for key, count in keys.items() if count > 1] == []


def test_the_list_is_wide_and_arabic_first() -> None:
    """At least sixty outlets, half of them Arabic, and the languages of the region."""
    outlets = load_folder(SEEDS)
    languages = Counter(outlet.language for outlet in outlets)

    assert len(outlets) >= 60
    assert languages["ar"] >= len(outlets) / 2
    assert {"ar", "en", "fr", "tr", "fa", "ku", "ckb"} <= set(languages)


def test_readme_names_every_key() -> None:
    """The example of the README is a seed that the reader takes."""
    text = (SEEDS / "README.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]

    outlet = read_seed(example, outlet_id="example")

    assert outlet.articles_a_day == 60
    assert outlet.channels[0].unverified
