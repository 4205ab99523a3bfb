"""The slow reader is there on every machine that installed the package, whatever its pip makes of extras."""

import tomllib
from pathlib import Path

from rasid.parse.page import _by_trafilatura

ROOT = Path(__file__).parents[3]


def test_what_the_slow_reader_imports_is_asked_for_by_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert any(line.startswith("lxml_html_clean") for line in project["dependencies"])


def test_a_page_of_few_paragraphs_takes_the_slow_reader_s_last_way() -> None:
    page = "<html><body><div>" + "قال المجلس المحلي في القامشلي إن العمل بدأ. " * 12 + "</div></body></html>"
    assert any("القامشلي" in part.text for part in _by_trafilatura(page.encode()))
