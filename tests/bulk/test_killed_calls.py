"""A run that is killed at any call that changes the disk goes on to the files of an undisturbed one."""

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tables.conftest import workbook_parts, zipped

TEXTS = [f"word {'more ' * (number % 3)}" for number in range(6)]


def write_table(path: Path) -> None:
    """Write six rows; every fourth is broken where rows can be."""
    match path.suffixes:
        case [".parquet"]:
            pq.write_table(pa.table({"text": TEXTS}), path)
        case [".xlsx"]:
            cells = "".join(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>' for text in ["text", *TEXTS])
            path.write_bytes(zipped(workbook_parts(f"<sheetData>{cells}</sheetData>")))
        case suffixes:
            rows = (f"{number},{text}\n" if number % 4 else "broken\n" for number, text in enumerate(TEXTS))
            content = ("id,text\n" + "".join(rows)).encode()
            path.write_bytes(gzip.compress(content, mtime=0) if suffixes[-1] == ".gz" else content)


@pytest.mark.parametrize(
    ("suffix", "option"),
    [
        (".csv", "--new"),
        (".csv.gz", "--new"),
        *((suffix, option) for suffix in (".csv", ".xlsx", ".parquet") for option in ("--force", "--in-place")),
    ],
)
def test_every_kill_is_gone_on_from(tmp_path: Path, suffix: str, option: str) -> None:
    start = tmp_path / "start"
    start.mkdir()
    write_table(start / f"rows{suffix}")
    (start / f"rows{suffix}").chmod(0o640)
    if option == "--force":
        (start / f"out{suffix}").write_text("of last week")
        (start / f"out{suffix}").chmod(0o600)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bulk.killed_calls", str(tmp_path), f"rows{suffix}", option],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    *kills, undisturbed = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [kill for kill in kills if not (kill["was_killed"] and kill["is_equal"])] == [], ended.stderr
    assert undisturbed == {"call": "none left", "was_killed": False, "is_equal": True}
    calls = Counter(kill["call"] for kill in kills)
    assert set(calls) >= {"open", "write", "fsync", "replace", "unlink"}
    assert calls["fsync"] >= 12
    mode = (tmp_path / "whole" / f"{'rows' if option == '--in-place' else 'out'}{suffix}").stat().st_mode
    assert mode & 0o777 == (0o600 if option == "--force" else 0o640)
