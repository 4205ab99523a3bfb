"""The slow reader is there on every machine that installed the package, whatever its pip makes of extras."""

import tomllib
from pathlib import Path

from rasid.parse.page import _by_trafilatura

ROOT = Path(__file__).parents[3]


def test_what_the_slow_reader_imports_is_asked_for_by_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert any(line.startswith("lxml_html_clean") for line in project["dependencies"])


def test_the_slow_reader_reads_what_has_no_paragraphs_and_leaves_what_is_no_text() -> None:
    text = "<br><br>".join("قال المجلس المحلي في القامشلي إن العمل بدأ في الطريق. " * 3 for _ in range(5))
    page = f"<html><body><div class='entry-content'>{text}</div><div>نص قصير</div></body></html>"
    found = " ".join(part.text for part in _by_trafilatura(page))
    assert found.count("القامشلي") == 15
    assert "نص قصير" not in found
