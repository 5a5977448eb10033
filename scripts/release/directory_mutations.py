"""Hostile model directories: valid ones with a file corrupted, by accident or by an attacker."""

import hashlib
import json
import os
import random
import re
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sentiment.files import CHECKSUM_KEY, checksum_of
from sentiment.model_dir import CONFIG_FILE, MANIFEST_FILE, METRICS_FILE, ONNX_FILE, TOKENIZER_FILE, WEIGHTS_FILE

Files = dict[str, bytes]
SHARE_STALE = 0.15
"""Share of the cases whose hashes are left unchanged, as after an accident."""

EXTREMES: tuple[Any, ...] = (
    None, True, 0, -1, 1, 2**31, 2**53, 2**63, 10**30, 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"), "", "0",
    "\ud800", "\x1b[31m\u202e", "x" * 100_000, "../../etc/passwd", "\0", [], {}, [[]], {"": ""}, list(range(1_000)),
)  # fmt: skip
DTYPES = (
    "F64",
    "F32",
    "F16",
    "BF16",
    "F8_E4M3",
    "F8_E5M2",
    "F8_E8M0",
    "F4",
    "F6_E2M3",
    "C64",
    "I64",
    "U64",
    "BOOL",
    "?",
)
YAML_VALUES = (
    "~", "true", "-1", "0", "1e999", ".nan", "2147483648", "9" * 400, "[", "[[[[[[[[[[1]]]]]]]]]]", "{a: {b: c}}",
    "&a [*a, *a]", "!!python/object:os.system x", '"\\ud800"', '"\\UFFFFFFFF"', "? ? ?", "- - - - - -", "'",
    "x" * 70_000, "|\n  block", "2**31", "<<: *a", "%YAML 9.9", "\u2028",
)  # fmt: skip
JSON_FILES = (MANIFEST_FILE, METRICS_FILE, TOKENIZER_FILE)


def mutated(files: Mapping[str, bytes], kind: str, rng: random.Random) -> Files:
    """Corrupt a file or two of a directory, without updating its hashes."""
    broken = dict(files)
    for _ in range(rng.choice((1, 1, 1, 2))):
        MUTATIONS[kind](broken, rng)
    return broken


def resealed(files: Mapping[str, bytes]) -> Files:
    """Update sizes, hashes and the manifest's checksum, as an attacker would, as far as the manifest can be read."""
    try:
        manifest = json.loads(files[MANIFEST_FILE])
        records = manifest["files"]
        for name in records.keys() & files.keys():
            content = files[name]
            records[name] = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest[CHECKSUM_KEY] = checksum_of(manifest)
        return {**files, MANIFEST_FILE: json.dumps(manifest).encode()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return dict(files)


def write(files: Mapping[str, bytes], folder: Path, special: random.Random | None) -> None:
    """Write a directory; with `special`, a special file replaces one."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if special is not None:
        path = folder / special.choice(sorted(files))
        path.unlink()
        special.choice(SPECIAL_FILES)(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(path.parent)  # the path of a socket must be short
        listening.bind(path.name)
        os.chdir(here)


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**36)


SPECIAL_FILES: tuple[Callable[[Path], None], ...] = (
    os.mkfifo,
    _socket,
    _sparse,
    Path.mkdir,
    Path.touch,
    lambda path: path.symlink_to("/dev/zero"),
    lambda path: path.symlink_to("/dev/stdin"),
    lambda path: path.symlink_to(path.name),
    lambda path: path.symlink_to("config.yaml"),
    lambda path: path.symlink_to("nowhere"),
)


def _bytes(files: Files, rng: random.Random) -> None:
    name = rng.choice(sorted(files))
    files[name] = _mutated_bytes(files[name], rng)


def _mutated_bytes(content: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(content) + 1)
    end = min(len(content), begin + rng.choice((1, 1, 4, 16, 300, len(content))))
    piece = rng.choice(
        (b"", b"", rng.randbytes(end - begin), b"\0" * (end - begin), content[begin:end] * 2, b"\xff", b"[")
    )
    return content[:begin] + piece + content[end:]


def _json(files: Files, rng: random.Random) -> None:
    name = rng.choice([name for name in JSON_FILES if name in files])
    try:
        document = json.loads(files[name])
    except (ValueError, RecursionError):
        files[name] = _mutated_bytes(files[name], rng)
        return
    files[name] = mutated_json(document, rng)


def mutated_json(document: Any, rng: random.Random) -> bytes:
    """Corrupt the structure of a JSON document at one place, at any depth."""
    parent, keys = document, list(_keys(document))
    while keys:
        key = rng.choice(keys)
        keys = list(_keys(parent[key])) if rng.random() < 0.8 else []
        if keys:
            parent = parent[key]
        else:
            _mutate_item(parent, key, rng)
    if rng.random() < 0.05:
        document = rng.choice((*EXTREMES, [document]))
    text = json.dumps(document, ensure_ascii=rng.random() < 0.7)
    if rng.random() < 0.1:
        text = _doubled_key(text, rng)
    return text.replace('"@deep@"', rng.choice(("[", '{"a":')) * rng.choice((40, 2_000, 300_000))).encode(
        "utf-8", "surrogatepass"
    )


def _keys(value: Any) -> Any:
    return value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()


def _mutate_item(parent: Any, key: Any, rng: random.Random) -> None:
    match rng.randrange(7):
        case 0:
            del parent[key]
        case 1:
            parent[key] = "@deep@"
        case 2 if isinstance(parent, dict):
            parent[rng.choice(("", "\ud800", str(key) + "x", "kind", "files"))] = parent.pop(key)
        case 3:
            parent[key] = [parent[key]] * rng.choice((1, 2, 3_000))
        case 4:
            parent[key] = str(parent[key])[: rng.randrange(8)]
        case _:
            parent[key] = rng.choice(EXTREMES)


def _doubled_key(text: str, rng: random.Random) -> str:
    members = list(re.finditer(r'"[a-z_]+": ("[^"]*"|\d+)', text[:20_000]))
    if not members:
        return text
    member = rng.choice(members)
    return text[: member.start()] + f"{member[0]}, " + text[member.start() :]


def _yaml(files: Files, rng: random.Random) -> None:
    lines = files[CONFIG_FILE].decode("utf-8", "replace").splitlines()
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.randrange(len(lines) + 1)
        line = lines[place] if place < len(lines) else "extra: 1"
        key = line.partition(":")[0]
        replacement = rng.choice(
            (f"{key}: {rng.choice(YAML_VALUES)}", f" {line}", line.lstrip(), rng.choice(YAML_VALUES))
        )
        lines[place : place + rng.randrange(2)] = rng.choice(([], [line, line], [replacement], [replacement]))
    files[CONFIG_FILE] = "\n".join(lines).encode() + (b"\xff" if rng.random() < 0.05 else b"")


def _weights(files: Files, rng: random.Random) -> None:
    content = files.get(WEIGHTS_FILE, b"")
    if len(content) < 8:
        return _bytes(files, rng)
    length = struct.unpack("<Q", content[:8])[0]
    header, tensors = content[8 : 8 + length], bytearray(content[8 + length :])
    try:
        document = json.loads(header)
        name = rng.choice([*document])
        match rng.randrange(5):
            case 0:
                document[name]["dtype"] = rng.choice(DTYPES)
            case 1:
                document[name]["data_offsets"][rng.randrange(2)] = rng.choice((-1, 0, 1, len(tensors), 2**40, 2**63))
            case 2:
                document[name]["shape"] = rng.choice(([], [0], [2**40, 2**40], [-1], [1] * 100, [3.5], "ab"))
            case 3:
                place = rng.randrange(max(1, len(tensors) // 2)) * 2
                tensors[place : place + 4] = rng.choice((b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\x7c\0\x7c"))[
                    : len(tensors)
                ]
            case _:
                header = mutated_json(document, rng)
                document = None
        if document is not None:
            header = json.dumps(document).encode()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        header = _mutated_bytes(header, rng)
    size = len(header) if rng.random() < 0.9 else rng.choice((0, 1, 2**31, 2**62, 2**64 - 1))
    files[WEIGHTS_FILE] = struct.pack("<Q", size) + header + bytes(tensors)
    return None


def _graph(files: Files, rng: random.Random) -> None:
    from graph_mutations import mutated_graph, random_operator_graph

    if ONNX_FILE not in files:
        return _bytes(files, rng)
    if rng.random() < 0.5:
        files[ONNX_FILE] = mutated_graph(files[ONNX_FILE], rng)
    else:
        vocab_size = len(json.loads(files[TOKENIZER_FILE])["model"]["vocab"])
        files[ONNX_FILE] = random_operator_graph(rng, 2, vocab_size)
    return None


def _huge(files: Files, rng: random.Random) -> None:
    """Make files of many megabytes, which some readers assume to be small."""
    name = rng.choice(sorted(files.keys() & {*JSON_FILES, CONFIG_FILE}))
    piece = rng.choice(
        (b"[", b"[],", b'{"a":0,', b'"', b"\\", b'"a":1,', b"a: 1\n", b"- ", b"0,", b"1" * 1_000, b'["a","b"],')
    )
    head = rng.choice(
        (b"", b"[", b'{"model":{"type":"BPE","merges":[', files[name][: rng.randrange(len(files[name]) + 1)])
    )
    files[name] = head + piece * (rng.choice((10**5, 10**6, 2 * 10**7)) // len(piece))


MUTATIONS: Mapping[str, Callable[[Files, random.Random], None]] = {
    "bytes": _bytes,
    "json": _json,
    "yaml": _yaml,
    "weights": _weights,
    "graph": _graph,
    "huge": _huge,
    "special": lambda files, rng: None,  # noqa: ARG005  (`write` puts it in its place)
}
"""The kinds of corruption, by their names in reports."""
