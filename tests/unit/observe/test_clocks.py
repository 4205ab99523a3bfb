"""Time zones by the names that strangers give them."""

from __future__ import annotations

import pytest

from rasid.observe.clocks import clock


def test_a_known_name_is_its_zone() -> None:
    zone = clock("Asia/Damascus")
    assert zone is not None
    assert zone.key == "Asia/Damascus"


@pytest.mark.parametrize("name", [None, "", "Nowhere/Town", "../etc/passwd", "x" * 5_000, "a\0b"])
def test_anything_else_is_none(name: str | None) -> None:
    assert clock(name) is None
