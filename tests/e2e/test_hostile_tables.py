"""Odd and hostile files of text: the right answer or one clear line; no hang, no traceback, nothing half done."""

import base64
import codecs
import gzip
import io
import json
import os
import random
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sentiment.inference import Classifier

if TYPE_CHECKING:
    from .conftest import Command

Content = str | bytes
Predict = Callable[..., Any]
ROWS = "id,text\n1,good film\n2,배우가 아깝다\n"
OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True)
class Table:
    """A table, and what every row of it is.

    Attributes:
        rows: Each as it stands in the file, line end included, and its text; None if it is broken.
        header: The same, above them.
    """

    rows: Sequence[tuple[Content, str | None]]
    header: Content = "id,text\n"
    delimiter: str = ","
    encoding: str = "utf-8"
    mark: bytes = b""
    said: str = ""

    def encoded(self, content: Content) -> bytes:
        if isinstance(content, bytes):
            return content
        errors = "surrogatepass" if self.encoding.startswith("utf") else "strict"
        return content.encode(self.encoding, errors)

    def content(self) -> bytes:
        return self.mark + b"".join(map(self.encoded, [self.header, *(raw for raw, _ in self.rows)]))

    def answered(self, classifier: Classifier) -> bytes:
        """Return the table as it should come back."""
        written = [self.mark, self._with_cells(self.header, ["predicted_label", "predicted_probability"])]
        for raw, text in self.rows:
            if text is not None:
                (answer,) = classifier.predict([text])
                cells = ["", ""] if answer.label is None else [answer.label, f"{answer.probability:.6f}"]
                written.append(self._with_cells(raw, cells))
        return b"".join(written)

    def rejected(self) -> list[bytes]:
        return [self.without_line_end(raw) for raw, text in self.rows if text is None]

    def without_line_end(self, content: Content) -> bytes:
        raw = self.encoded(content)
        ends = (self.encoded(end) for end in ("\r\n", "\n", "\r"))
        return raw.removesuffix(next((end for end in ends if raw.endswith(end)), b""))

    def _with_cells(self, content: Content, cells: list[str]) -> bytes:
        raw = self.without_line_end(content)
        return raw + self.encoded("".join(self.delimiter + cell for cell in cells)) + self.encoded(content)[len(raw) :]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marking_model: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTIMENT_MODEL", str(marking_model))
    return tmp_path


@pytest.fixture
def classifier(marking_model: Path) -> Classifier:
    return Classifier.load(marking_model, threads=1)


@pytest.fixture
def predict(run_command: Predict) -> Predict:
    """Answer a file: `predict(name, ...)`, with `answered` and `rejects` for its output."""

    def run(name: str, *options: str) -> Any:
        return run_command("predict", "--file", name, "--output", "answered", "--rejects", "rejects", *options)

    return run


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def assert_one_line(outcome: Any, code: int, fault: str) -> None:
    *before, last = outcome.stderr.splitlines()
    assert outcome.exit_code == code, outcome.stderr
    assert last.startswith("error: ")
    assert fault in last
    assert not any(line.startswith("error:") or "Traceback" in line for line in before)
    assert outcome.stdout == ""


def assert_refused(folder: Path, predict: Predict, name: str, fault: str, *options: str, code: int = 4) -> None:
    before = files_in(folder)
    assert_one_line(predict(name, *options), code, fault)
    assert files_in(folder) == before


def rejected_rows(folder: Path) -> list[bytes]:
    objects = [json.loads(line) for line in (folder / "rejects").read_text(encoding="utf-8").splitlines()]
    return [
        fields["content"].encode() if "content" in fields else base64.b64decode(fields["content_base64"])
        for fields in objects
    ]


RIGHT = {
    "unclosed quote": Table([('1,"open\n', None), ("2,good\n", "good")]),
    "unclosed quote at the end": Table([("1,good\n", "good"), ('2,"', None)]),
    "closed within a field": Table([('1,"open" end\n', None), ("2,good\n", "good")]),
    "ragged rows": Table([("1\n", None), ("1,2,3\n", None), (",\n", ""), ("4,good\n", "good")]),
    "NUL": Table([("1,go\0od\n", "go\0od"), ("2,\0\0\n", "\0\0"), ("3\0,bad\n", "bad")]),
    "NUL in the header": Table([("1,good\n", "good")], "i\0d,text\n"),
    "UTF-8 and cp949": Table(
        [("1,좋다\n", "좋다"), ("2,최고\n".encode("cp949"), None), (b"3,\xff\xfe\n", None), *[("4,좋다\n", "좋다")] * 3]
    ),
    "byte order mark": Table([("1,good\n", "good")], mark=codecs.BOM_UTF8, encoding="utf-8"),
    "byte order mark in the middle": Table([("1,\ufeffgood\n", "\ufeffgood"), ("\ufeff2,bad\n", "bad")]),
    "two files with marks, one behind the other": Table(
        [("1,good\n", "good"), ("\ufeffid,text\n", ""), ("2,bad\n", "bad")], mark=codecs.BOM_UTF8
    ),
    "UTF-16": Table([("1,good\r\n", "good"), ("2,가\r\n", "가")], encoding="utf-16-le", mark=codecs.BOM_UTF16_LE),
    "UTF-16 without a mark": Table([("1,good\n", "good")], encoding="utf-16-be", said="every other byte is zero"),
    "UTF-16 with lone surrogates": Table(
        [("1,a\ud800b\n", None), ("2,a\udc00\n", None), ("3,😀\n", "😀")],
        encoding="utf-16-le",
        mark=codecs.BOM_UTF16_LE,
    ),
    "cp949 with broken pairs": Table(
        [
            ("1,배우가\n", "배우가"),
            (b"2,\xb0\n", None),
            (b"3,\xb0\xa1\xff\n", None),
            (b"\xc8,x\n", None),
            *[("4,최고\n", "최고")] * 3,
        ],
        encoding="cp949",
        said="read as CP949",
    ),
    "cp949 cut in a character": Table([("1,최고예요\n", "최고예요"), (b"2,\xc3", None)], encoding="cp949"),
    "only a header": Table([]),
    "only a header without an end": Table([], "id,text"),
    "blank lines above the header": Table([("1,good\n", "good")], "\n\r\nid,text\n"),
    "another header twice": Table([("1,2,good\n", "good")], "x,x,text\n"),
    "empty names": Table([("1,good,2\n", "good")], ",text,\n"),
    "10,000 columns": Table([("," * 9_999 + "good\n", "good")], ",".join(map(str, range(9_999))) + ",text\n"),
    "semicolon": Table([("1,5;good\n", "good")], "id;text\n", ";", said="the delimiter is ';'"),
    "tab": Table([("1\tgood, bad\n", "good, bad")], "id\ttext\n", "\t", said="the delimiter is '\\t'"),
    "bar": Table([("1|good\n", "good")], "id|text\n", "|", said="the delimiter is '|'"),
    "comma in a quoted name": Table([("1;good\n", "good")], '"a,b";text\n', ";", said="the delimiter is ';'"),
    "CR alone": Table([("1,good\r", "good"), ("2,bad\r", "bad")], "id,text\r"),
    "mixed line ends": Table(
        [("1,good\n", "good"), ("2,bad\r\n", "bad"), ("3,a\r4,b\n", None), ("5,c\r\n", "c")], "id,text\r\n"
    ),
    "other separators of lines": Table(
        [("1,a\u2028b\n", "a\u2028b"), ("2,a\x0c\x0b\x85\x1cb\n", "a\x0c\x0b\x85\x1cb")]
    ),
    "a name over two lines": Table([("1,good\n", "good")], '"the\nid",text\n'),
    "a text over lines": Table([('1,"a\n\nb"\n', "a\n\nb"), ('2,"\r\n"\n', "\r\n")]),
    "quotes in the middle": Table([('1,5" film\n', '5" film'), ('2,say "good"\n', 'say "good"')]),
    "doubled quotes": Table([('1,"say ""good"""\n', 'say "good"'), ('2,""\n', ""), ('3,""""\n', '"')]),
    "formulas": Table([("1,=cmd|' /C calc'!A0\n", "=cmd|' /C calc'!A0"), ("2,+1+1\n", "+1+1"), ("3,@A1\n", "@A1")]),
    "codes of a terminal": Table([("1,\x1b[2J\x1b]0;title\x07good\n", "\x1b[2J\x1b]0;title\x07good")]),
    "white space": Table([("1,   \n", "   "), ("2,\u3000\n", "\u3000"), (" , x \n", " x ")]),
    "combining characters": Table([("1," + "e\u0301" * 5_000 + "\n", "e\u0301" * 5_000)]),
    "a text in many windows": Table([("1," + "good film " * 1_000 + "\n", "good film " * 1_000)]),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_the_right_answer(folder: Path, predict: Predict, classifier: Classifier, kind: str) -> None:
    table = RIGHT[kind]
    (folder / "odd.csv").write_bytes(table.content())
    outcome = predict("odd.csv")
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.stdout == ""
    assert (folder / "answered").read_bytes() == table.answered(classifier)
    assert rejected_rows(folder) == table.rejected()
    written, rejected = len(table.rows) - len(table.rejected()), len(table.rejected())
    assert f": {len(table.rows)} rows in = {written} out + {rejected} rejected" in outcome.stderr.splitlines()[-1]
    assert table.said in outcome.stderr
    assert files_in(folder) == {"odd.csv", "answered", "rejects"}


def zipped(name: str = "rows.csv") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, ROWS)
    return buffer.getvalue()


NOISE = random.Random(0).randbytes(5_000)
REFUSED: dict[str, tuple[str, Content, str]] = {
    "UTF-16 of odd length": ("rows.csv", ROWS.encode("utf-16") + b"x", "ends in half a character of UTF-16"),
    "UTF-32": ("rows.csv", ROWS.encode("utf-32"), "is in UTF-32; convert it"),
    "UTF-32 lines": ("rows.txt", ROWS.encode("utf-32"), "is in UTF-32; convert it"),
    "UTF-32 without a mark": ("rows.txt", "좋다\n".encode("utf-32-le") * 3, "is in UTF-32; convert it"),
    "UTF-32 the other way": ("rows.txt", "좋다\n".encode("utf-32-be") * 3, "is in UTF-32; convert it"),
    "gzip cut short": ("rows.csv.gz", gzip.compress(ROWS.encode())[:-12], "is damaged or truncated"),
    "gzip cut in its header": ("rows.csv.gz", gzip.compress(ROWS.encode())[:5], "is damaged or truncated"),
    "gzip with garbage behind": ("rows.csv.gz", gzip.compress(ROWS.encode()) + b"garbage", "is damaged or truncated"),
    "gzip with a wrong checksum": (
        "rows.csv.gz",
        gzip.compress(ROWS.encode())[:-8] + bytes(8),
        "is damaged or truncated",
    ),
    "gzip of gzip": ("rows.csv.gz", gzip.compress(gzip.compress(ROWS.encode())), "compressed with gzip more than once"),
    "zip": ("rows.csv", zipped(), "is a zip file or a workbook"),
    "zip as lines": ("rows.txt", zipped(), "is a zip file or a workbook"),
    "program": ("rows.csv", b"\x7fELF\x02\x01\x01" + NOISE, "is a program"),
    "program as lines": ("rows.log", b"\x7fELF\x02\x01\x01" + NOISE, "is a program"),
    "picture": ("rows.csv", b"\x89PNG\r\n\x1a\n" + NOISE, "is a picture"),
    "old office file": ("rows.csv", OFFICE + NOISE, "is an old office file"),
    "noise": ("rows.csv", b"\x03" + NOISE, "--"),
    "no bytes": ("rows.csv", b"", "the file is empty"),
    "no bytes in gzip": ("rows.csv.gz", gzip.compress(b""), "the file is empty"),
    "no objects": ("rows.jsonl", b"", "contains no JSON object"),
    "only blank lines": ("rows.csv", "\n\n\r\n", "the file is empty"),
    "only a byte order mark": ("rows.csv", codecs.BOM_UTF8, "the file is empty"),
    "only half a byte order mark": ("rows.csv", b"\xef\xbb", "the header is not"),
    "no header": ("rows.csv", "good film,1\nbad film,0\n", "the first row looks like data"),
    "quote open in the header": ("rows.csv", 'id,"text\n1,good\n', "the header has a quote that opens"),
    "text column twice": ("rows.csv", "text,text\na,b\n", "more than one column is named 'text'"),
    "two that could be it": ("rows.csv", "text,review\na,b\n", "the texts could be in 'text', 'review'"),
    "answers already there": ("rows.csv", "text,predicted_label\na,b\n", "choose other names with --column-prefix"),
    "page of the web": ("rows.csv", "<html><body>text</body></html>\n", "is the first line a header"),
    "JSON document": ("rows.jsonl", json.dumps({"text": "good", "x": {"y": 1}}, indent=1), "contains no JSON object"),
    "JSON array": ("rows.jsonl", json.dumps([{"text": "good"}]), "contains no JSON object"),
    "JSON by its name": ("rows.json", "[]", "its name does not show the format"),
    "no format": ("rows", ROWS, "its name does not show the format"),
    "a name with a line end": ("ro\nws.csv", b"", "ro\\nws.csv: the file is empty"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_one_line(folder: Path, predict: Predict, kind: str) -> None:
    name, content, fault = REFUSED[kind]
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(folder, predict, name, fault)


@pytest.mark.parametrize("content", [ROWS.encode(), gzip.compress(ROWS.encode()), gzip.compress(b"") * 9], ids=len)
@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_gzip_is_known_by_its_bytes(folder: Path, predict: Predict, name: str, content: bytes) -> None:
    if not gzip.decompress(content) if content[:2] == b"\x1f\x8b" else not content:
        content += gzip.compress(ROWS.encode())
    (folder / name).write_bytes(content)
    assert predict(name).exit_code == 0
    written = (folder / "answered").read_text(encoding="utf-8").splitlines()
    assert [line.rsplit(",", 2)[0] for line in written] == ROWS.splitlines()


def test_a_path_with_a_line_end(folder: Path, predict: Predict) -> None:
    (folder / "ro\nws.csv").write_text(ROWS)
    outcome = predict("ro\nws.csv")
    assert outcome.exit_code == 0
    assert outcome.stderr.splitlines()[-1] == r"ro\nws.csv: 2 rows in = 2 out + 0 rejected"


def test_json_lines(folder: Path, predict: Predict, classifier: Classifier) -> None:
    rows = {
        '{"text": "good"}': "good",
        '{"text": "a", "text": "bad"}': "bad",
        '{"text": NaN}': "",
        '{"text": null, "x": 1e999}': "",
        '{"text": true}': "true",
        '{"text": 12345678901234567890123}': "12345678901234567890123",
        '{"text": "\\ud800"}': "\ud800",
        '  {"text": "good", "x": [1, {"y": "}"}]}  ': "good",
        "{}": "",
        "[1]": None,
        "5": None,
        "null": None,
        '"text"': None,
        '{"text": ["good"]}': None,
        '{"text": {"a": 1}}': None,
        '{"text": "cut': None,
        '{"text": 1' + "0" * 5_000 + "}": None,
        '{"text": ' + "[" * 100_000 + "}": None,
    }
    (folder / "rows.jsonl").write_text("\n\n".join(rows) + "\n")
    outcome = predict("rows.jsonl")
    assert "18 rows in = 9 out + 9 rejected" in outcome.stderr
    written = [line for line in (folder / "answered").read_text().splitlines() if line]
    sound = {raw: text for raw, text in rows.items() if text is not None}
    for line, (raw, text) in zip(written, sound.items(), strict=True):
        (answer,) = classifier.predict([text])
        assert line.startswith(raw.rstrip()[:-1])
        fields = json.loads(line)
        assert fields["predicted_label"] == answer.label
        assert json.dumps({name: fields[name] for name in json.loads(raw)}) == json.dumps(json.loads(raw))
    assert rejected_rows(folder) == [raw.encode() for raw, text in rows.items() if text is None]


def test_without_rejects_the_first_broken_row_stops(folder: Path, run_command: Predict) -> None:
    (folder / "rows.csv").write_text(ROWS + '3,"open\n')
    outcome = run_command("predict", "--file", "rows.csv", "--output", "answered")
    assert_one_line(outcome, 4, "rows.csv:4: row 3 has a quote that opens a field and is never closed; fix it")
    assert files_in(folder) == {"rows.csv"}


class TestPlaces:
    """Paths that are no files, or not for long."""

    def test_missing(self, folder: Path, predict: Predict) -> None:
        assert_refused(folder, predict, "rows.csv", "rows.csv: no such file")
        assert_refused(folder, predict, "x" * 300 + ".csv", "cannot be read (File name too long)")

    @pytest.mark.parametrize("name", ["rows.csv", "rows.xlsx", "rows.parquet"])
    def test_folder(self, folder: Path, predict: Predict, name: str) -> None:
        (folder / name).mkdir()
        assert_refused(folder, predict, name, f"{name}: ")

    @pytest.mark.skipif(not os.geteuid(), reason="root may read everything")
    def test_no_permission(self, folder: Path, predict: Predict) -> None:
        (folder / "rows.csv").write_text(ROWS)
        (folder / "rows.csv").chmod(0)
        assert_refused(folder, predict, "rows.csv", "cannot be read (Permission denied)")

    def test_null_device(self, folder: Path, predict: Predict) -> None:
        assert_refused(folder, predict, "/dev/null", "the file is empty", "--format", "csv")
        assert predict("/dev/null", "--format", "lines").exit_code == 0
        assert (folder / "answered").read_bytes() == b""

    def test_a_device_without_an_end(self, folder: Path, predict: Predict) -> None:
        assert_refused(folder, predict, "/dev/zero", "a line has more than", "--format", "csv")

    def test_named_pipe(self, folder: Path, predict: Predict, classifier: Classifier) -> None:
        os.mkfifo(folder / "rows.csv")
        writer = threading.Thread(target=(folder / "rows.csv").write_text, args=(ROWS,))
        writer.start()
        assert predict("rows.csv").exit_code == 0
        writer.join()
        assert len((folder / "answered").read_text().splitlines()) == 3

    @pytest.mark.parametrize("name", ["rows.xlsx", "rows.parquet"])
    def test_named_pipe_where_no_stream_will_do(self, folder: Path, predict: Predict, name: str) -> None:
        os.mkfifo(folder / name)
        assert_refused(folder, predict, name, "write it to a regular file first")

    @pytest.mark.parametrize(("length", "fault"), [(20_000, None), (1, "became shorter"), (-20_000, "became shorter")])
    def test_a_file_that_changes_while_it_is_read(
        self, folder: Path, predict: Predict, monkeypatch: pytest.MonkeyPatch, length: int, fault: str | None
    ) -> None:
        row = "1,good xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
        (folder / "rows.csv").write_text("id,text\n" + row * 40_000)
        score = Classifier.score

        def change_and_score(*arguments: Any) -> Any:
            if not (folder / "changed").exists():
                (folder / "changed").touch()
                size = (folder / "rows.csv").stat().st_size
                if length > 0 and fault is None:
                    with (folder / "rows.csv").open("a") as file:
                        file.write(row * length)
                else:
                    os.truncate(folder / "rows.csv", length if length > 0 else size + length)
            return score(*arguments)

        monkeypatch.setattr(Classifier, "score", change_and_score)
        outcome = predict("rows.csv")
        if fault is None:
            assert "60,000 rows in = 60,000 out" in outcome.stderr
        else:
            assert_one_line(outcome, 4, fault)
            assert not (folder / "answered").exists()

    @pytest.mark.parametrize("option", ["--output", "--rejects"])
    @pytest.mark.parametrize("place", ["pipe", "stdout", ".", "nowhere/answered", "x" * 253, "x" * 300])
    def test_a_place_for_no_output(self, folder: Path, run_command: Predict, option: str, place: str) -> None:
        (folder / "rows.csv").write_text(ROWS)
        os.mkfifo(folder / "pipe")
        (folder / "stdout").symlink_to("/proc/self/fd/1")  # as /dev/stdout is, which a broken test would replace
        before = files_in(folder)
        others = [] if option == "--output" else ["--output", "answered"]
        outcome = run_command("predict", "--file", "rows.csv", option, place, *others)
        assert_one_line(outcome, 7, place)
        assert files_in(folder) == before


class TestSize:
    """Files made to fill the memory, in a process of their own."""

    def test_a_cell_of_50_megabytes(self, folder: Path, command: "Command", marking_model: Path) -> None:
        cell = b'"' + (b"long, over " * 1_000 + b"\n") * 4_545 + b'"'
        (folder / "rows.csv").write_bytes(b"note,text\n" + cell + b",good\n2,bad\n")
        arguments = ["predict", "--file", "rows.csv", "--output", "answered", "--model", str(marking_model)]
        ended, peak = command.measure(arguments, folder)
        assert ended.returncode == 0, ended.stderr
        header, *_ = written = (folder / "answered").read_bytes().split(b"\n")
        assert header == b"note,text,predicted_label,predicted_probability"
        assert b"\n".join(written).startswith(header + b"\n" + cell + b",good,@")
        assert peak < 900 << 20

    @pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
    def test_a_line_of_20_megabytes_without_an_end(self, folder: Path, predict: Predict, name: str) -> None:
        start = {"rows.csv": "text,note\ngood,1\nbad,", "rows.jsonl": '{"text": "good"}\n{"text": "'}[name]
        (folder / name).write_text(start + "x" * 20_000_000)
        outcome = predict(name)
        kept = 2 if name == "rows.csv" else 1
        assert f"2 rows in = {kept} out + {2 - kept} rejected" in outcome.stderr

    def test_a_bomb_of_gzip(self, folder: Path, command: "Command", marking_model: Path) -> None:
        with gzip.open(folder / "rows.csv.gz", "wb", 1) as file:
            file.write(b"id,text\n1,")
            for _ in range(1_000):
                file.write(b"0" * (1 << 20))
        arguments = ["predict", "--file", "rows.csv.gz", "--output", "answered", "--model", str(marking_model)]
        ended, peak = command.measure(arguments, folder)
        assert ended.returncode == 4
        assert ended.stderr.splitlines()[-1].startswith(
            "error: rows.csv.gz: a line has more than 67,108,864 characters"
        )
        assert peak < 400 << 20
        assert files_in(folder) == {"rows.csv.gz"}

    def test_many_short_lines_are_only_long(self, folder: Path, command: "Command", marking_model: Path) -> None:
        with gzip.open(folder / "rows.txt.gz", "wb", 1) as file:
            file.write(b"\n" * 200_000)
        arguments = ["predict", "--file", "rows.txt.gz", "--output", "answered", "--model", str(marking_model)]
        ended, peak = command.measure(arguments, folder)
        assert "200,000 rows in = 200,000 out" in ended.stderr
        assert peak < 400 << 20


class TestStreams:
    """Standard streams that fail."""

    def test_a_full_disk_behind_standard_output(self, folder: Path, command: "Command", marking_model: Path) -> None:
        (folder / "rows.csv").write_text(ROWS)
        for arguments in (["--file", "rows.csv"], ["good", "bad"]):
            with Path("/dev/full").open("w") as full:
                ended = subprocess.run(
                    [sys.executable, "-m", "sentiment", "predict", "--model", str(marking_model), *arguments],
                    env=command.environment(),
                    stdout=full,
                    stderr=subprocess.PIPE,
                    text=True,
                    check=False,
                )
            assert ended.returncode == 7
            assert ended.stderr.splitlines()[-1] == (
                "error: standard output: cannot be written (No space left on device); free some space"
            )

    def test_closed_streams(self, folder: Path, command: "Command", marking_model: Path) -> None:
        line = f"exec '{sys.executable}' -m sentiment predict --model '{marking_model}' --file - <&- >&-"
        ended = subprocess.run(
            ["bash", "-c", line], env=command.environment(), stderr=subprocess.PIPE, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr.splitlines()[-1] == "standard input: 0 rows in = 0 out + 0 rejected"
