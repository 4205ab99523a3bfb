"""Content encodings: whole, broken, and made to explode."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rasid.errors import ItemError, Park, Retry
from rasid.http.decoding import decode

LIMIT = 1_000_000
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
_NAMES = st.sampled_from(sorted(ENCODERS))


def _code(body: bytes, encoding: str, kind: type[ItemError], *, max_bytes: int = LIMIT) -> str:
    with pytest.raises(kind) as caught:
        decode(body, encoding, max_bytes=max_bytes)
    return caught.value.code


@given(st.binary(max_size=3000), st.integers(1, 60), _NAMES)
def test_what_was_packed_is_unpacked(data: bytes, times: int, name: str) -> None:
    assert decode(ENCODERS[name](data * times), name, max_bytes=LIMIT) == data * times


@given(st.binary(max_size=400), st.lists(_NAMES, min_size=1, max_size=2))
def test_any_bytes_are_unpacked_or_refused(data: bytes, names: list[str]) -> None:
    """No body makes a decoder raise anything but the ledger's errors, or give more than the limit."""
    try:
        size = len(decode(data, ", ".join(names), max_bytes=10_000))
    except (Retry, Park):
        size = 0
    assert size <= 10_000


@given(st.binary(min_size=1, max_size=3000), st.integers(1, 3000), _NAMES)
def test_a_body_that_ends_too_early_is_broken(data: bytes, cut: int, name: str) -> None:
    packed = ENCODERS[name](data)
    assert _code(packed[: -min(cut, len(packed) - 1)], name, Retry) == "bad_encoding"


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_the_limit_is_exact(name: str) -> None:
    packed = ENCODERS[name](bytes(200_000))
    assert len(decode(packed, name, max_bytes=200_000)) == 200_000
    assert _code(packed, name, Park, max_bytes=199_999) == "too_large"


def test_the_limit_holds_between_two_codings() -> None:
    """A bomb inside a bomb is stopped at the first."""
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    assert _code(bomb, "gzip, gzip", Park, max_bytes=1000) == "too_large"


@pytest.mark.parametrize("encoding", ["", "identity", " Identity , "])
def test_no_coding_leaves_the_body(encoding: str) -> None:
    assert decode(b"abc", encoding, max_bytes=LIMIT) == b"abc"


def test_codings_are_undone_last_first_in_any_case() -> None:
    assert decode(brotli.compress(gzip.compress(b"abc")), "GZip,BR", max_bytes=LIMIT) == b"abc"


def test_members_are_put_together_and_padding_is_passed_over() -> None:
    assert decode(gzip.compress(b"ab") + gzip.compress(b"cd") + b"\0\0pad", "x-gzip", max_bytes=LIMIT) == b"abcd"
    frames = ENCODERS["zstd"](b"ab") + ENCODERS["zstd"](b"cd")
    assert decode(frames, "zstd", max_bytes=LIMIT) == b"abcd"


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_million_empty_members_are_an_attack(name: str) -> None:
    assert _code(ENCODERS[name](b"") * 5000, name, Retry) == "bad_encoding"


def test_an_empty_body_is_empty_whatever_it_says() -> None:
    assert decode(b"", "gzip", max_bytes=LIMIT) == b""


@pytest.mark.parametrize("encoding", ["compress", "gzip, compress", "gzip, gzip, gzip", "سلام"])
def test_what_was_never_offered_is_unknown(encoding: str) -> None:
    assert _code(b"abc", encoding, Park) == "unknown_encoding"
