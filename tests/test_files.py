"""Files that anybody may have written: what is no regular file is not waited for, and no JSON costs much."""

import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.files import MAX_DEPTH, UnreadableError, check_json, parse_json, read_file


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x00\xff" * 5)
    assert read_file(path, 10) == b"\x00\xff" * 5
    with pytest.raises(UnreadableError, match=r"^has 10 bytes, but such a file has at most 9$"):
        read_file(path, 9)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none", 10)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (os.mkfifo, "a pipe"),
        (Path.mkdir, "a directory"),
        (_socket, "a socket"),
        (lambda path: path.symlink_to("/dev/zero"), "a symbolic link"),
        (lambda path: path.symlink_to(__file__), "a symbolic link"),
        (lambda path: path.symlink_to("nowhere"), "a symbolic link"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket may not be long
    make(Path("it"))
    with pytest.raises(UnreadableError, match=f"^{kind}, not a regular file$"):
        read_file(Path("it"), 10**9)


def test_a_device_is_refused() -> None:
    with pytest.raises(UnreadableError, match=r"^a device, not a regular file$"):
        read_file(Path("/dev/zero"), 10)


def test_the_folder_of_a_file_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("folder")
    assert read_file(tmp_path / "link" / "file", 10) == b"content"


texts = st.text('ab[]{},:"\\\n가', max_size=8) | st.text(max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.sampled_from([None, 1]), st.booleans())
def test_sound_json_is_read_as_ever(value: object, indent: int | None, ensure_ascii: bool) -> None:
    content = json.dumps(value, indent=indent, ensure_ascii=ensure_ascii).encode()
    assert parse_json(content) == json.loads(content)


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


@given(json_values, st.integers(0, MAX_DEPTH + 2))
def test_the_depth_is_that_of_the_brackets_outside_strings(value: object, more: int) -> None:
    for level in range(more):
        value = {'a "]\\': value} if level % 2 else [value, "[[{"]
    if _depth(value) <= MAX_DEPTH:
        check_json(json.dumps(value).encode())
    else:
        with pytest.raises(UnreadableError, match="nested too deeply"):
            check_json(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not valid JSON (line 1: Expecting value)"),
        (b'{"a":\n[1,', "not valid JSON (line 2: Expecting value)"),
        (b'{"a": [1}', "not valid JSON (line 1: Expecting ',' delimiter)"),
        (b'"\xff"', "not valid JSON (not UTF-8)"),
        (b"\xef\xbb\xbf{}", "not valid JSON (line 1: "),
        ('{"a": 1}'.encode("utf-16"), "not valid JSON (not UTF-8)"),
        (rb'["a\ud800"]', "not valid JSON (half a surrogate pair)"),
        (rb'{"\uDFFF": 1}', "not valid JSON (half a surrogate pair)"),
        (b"[NaN]", "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"1" + b"0" * 300, "contains an integer of 301 digits"),
        (b"-" + b"9" * 5_000, "contains an integer of 5,001 digits"),
        (b'{"a": 1, "b": 2, "a": 1}', "contains the key 'a' twice"),
        (b"[" * 33 + b"]" * 33, "nested too deeply (more than 32 levels)"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'"\\"' + b"[" * 100_000, None),
        (b'"\\\\"' + b"[" * 100_000, "nested too deeply"),
        (b'["\\n"' + b"[" * 100_000, "nested too deeply"),
        (b"[" + b"[]," * 1_000_000, "contains more than the 1,000,000 values and keys of such a file"),
        (b"[" + b"0," * 1_000_000 + b"0]", "contains more than the 1,000,000"),
    ],
    ids=lambda content: repr(content[:12]) if content else "",
)
def test_json_that_is_refused_in_a_line(content: bytes, fault: str | None) -> None:
    with pytest.raises(UnreadableError) as caught:
        parse_json(content)
    assert str(caught.value).startswith(fault or "not valid JSON (line 1: Unterminated string")
    assert "\n" not in str(caught.value)


def test_what_is_just_small_enough_is_read() -> None:
    assert parse_json(b"[" * 32 + b"]" * 32) is not None
    assert parse_json(b"1" + b"0" * 299) == 10**299
    assert parse_json(rb'"\ud83d\ude00 \\ud800"') == "😀 \\ud800"
    assert parse_json(b"[NaN, Infinity]", allow_nan=True)[1] == float("inf")
    assert parse_json(b"[1,2]", max_structure=2) == [1, 2]


@pytest.mark.parametrize("piece", [b"[", b"]", b"[]", b"{}", b'{"":', b'"[",', b'"', b"\\", b'\\"', b"0,", b'"[" '])
def test_a_large_text_is_checked_in_no_time(piece: bytes) -> None:
    content = piece * (30_000_000 // len(piece))
    begin = time.process_time()
    with suppress(UnreadableError):
        check_json(content)
    assert time.process_time() - begin < 3
