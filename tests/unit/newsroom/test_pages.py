"""Saved pages: served byte for byte under their names, and nothing else of a tar is believed."""

from __future__ import annotations

import io
import json
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rasid.errors import UsageError
from rasid.newsroom import SavedPages, pages

Ask = Callable[..., Any]
ARABIC = "<html><title>خبر</title><p>نص من القامشلي</p></html>".encode("cp1256")


def _tar(path: Path, members: dict[str, bytes], *, mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_pages_come_back_byte_for_byte_without_a_charset(tmp_path: Path, ask: Ask, mode: str) -> None:
    path = _tar(tmp_path / "pages.tar", {"./a/خبر ١.html": ARABIC, "b.txt": b"plain", "x.json": b"{}"}, mode=mode)
    with SavedPages(path) as saved:
        truth = saved.truth()
        assert truth.pages == 2
        reply = ask(truth.urls[0])
        assert (reply.status, reply.body, reply.headers["content-type"]) == (200, ARABIC, "text/html")
        assert ask(truth.urls[1]).headers["content-type"] == "text/plain"
        assert ask(f"{saved.outlets[0].base_url}/x.json").headers["content-type"] == "application/json"
        assert ask(f"{saved.outlets[0].base_url}/nothing.html").status == 404


def test_the_feed_lists_more_than_a_thousand(tmp_path: Path, ask: Ask) -> None:
    path = _tar(tmp_path / "many.tar", {f"p{i}.html": b"<p>x</p>" for i in range(1200)}, mode="w")
    with SavedPages(path) as saved:
        ((kind, feed),) = saved.outlets[0].channels
        links = [str(item.findtext("link")) for item in ET.fromstring(ask(feed).body).iter("item")]
        assert kind == "rss"
        assert sorted(links) == sorted(saved.truth().urls)
        assert len(links) == 1200


def test_a_map_tells_where_pages_came_from(tmp_path: Path) -> None:
    path = _tar(tmp_path / "p.tar", {"a.html": b"a", "b.html": b"b"})
    (tmp_path / "map.json").write_text(json.dumps({"a.html": "https://news.example/a"}))
    saved = SavedPages(path, tmp_path / "map.json")
    try:
        assert list(saved.truth().originals.values()) == ["https://news.example/a"]
    finally:
        saved.stop()


def test_hostile_members_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.setattr(pages, "LARGEST_PAGE", 100)
    path = tmp_path / "evil.tar"
    _tar(path, {"../up.html": b"x", "/etc/passwd": b"x", "a\\b.html": b"x", "big.html": b"x" * 101, "ok.html": b"fine"})
    with tarfile.open(path) as tar:
        kept = {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]
    with tarfile.open(path, "w") as tar:
        for name, body in kept.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
        link = tarfile.TarInfo("link.html")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with SavedPages(path) as saved:
        assert saved.truth().pages == 1
        assert len(saved.truth().refused) == 5
        assert ask(f"{saved.outlets[0].base_url}/../../etc/passwd").status == 404
        assert ask(saved.truth().urls[0]).body == b"fine"


def test_a_count_and_a_size_bound_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _tar(tmp_path / "p.tar", {f"{i}.html": b"x" * 50 for i in range(5)})
    monkeypatch.setattr(pages, "MOST_PAGES", 3)
    found, refused = pages.read_tar(path)
    assert (len(found), len(refused)) == (3, 2)
    monkeypatch.setattr(pages, "LARGEST_TAR", 120)
    with pytest.raises(UsageError, match="split"):
        pages.read_tar(path)


@pytest.mark.parametrize("body", [b"", b"<html>no tar</html>" * 99, b"\x1f\x8b broken", b"\xfd7zXZ\x00 broken"])
def test_what_is_no_tar_is_said_clearly(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "no.tar"
    path.write_bytes(body)
    with pytest.raises(UsageError, match=r"no\.tar"):
        SavedPages(path)


def test_a_missing_file_and_a_wrong_map_are_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        SavedPages(tmp_path / "absent.tar")
    path = _tar(tmp_path / "p.tar", {"a.html": b"a"})
    (tmp_path / "map.json").write_text("[1]")
    with pytest.raises(UsageError, match="JSON object"):
        SavedPages(path, tmp_path / "map.json")


@pytest.mark.parametrize("members", [{}, {"picture.png": b"x", "style.css": b"x"}])
def test_an_archive_without_a_page_is_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    with pytest.raises(UsageError, match="holds no page"):
        SavedPages(_tar(tmp_path / "pages.tar", members))
