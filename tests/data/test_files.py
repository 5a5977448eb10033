"""Files of labelled rows: what is read, and one clear line about what cannot be."""

import contextlib
import gzip
import importlib
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sentiment.data import LabelledTexts, label_names, load_rows
from sentiment.errors import DataError, MissingExtraError
from tests.tables.conftest import workbook_parts, zipped

Load = Callable[..., LabelledTexts]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write bytes to a file and read it: `load("rows.csv", b"...", text_column=...)`."""

    def read(name: str, content: bytes | str, **columns: str | None) -> LabelledTexts:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        notes: list[str] = []
        return load_rows(str(path), notify=notes.append, **columns)  # type: ignore[arg-type]

    return read


ROWS = [("좋다", "a"), ("나쁘다", "b")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", "text,label\n좋다,a\n나쁘다,b\n"),
        ("no_last_line_end.csv", "text,label\n좋다,a\n나쁘다,b"),
        ("windows.csv", "text,label\r\n좋다,a\r\n나쁘다,b\r\n"),
        ("classic_mac.csv", "text,label\r좋다,a\r나쁘다,b\r"),
        ("quoted.csv", '"text","label"\n"좋다","a"\n"나쁘다",b\n'),
        ("other_order.csv", "id,label,text\n1,a,좋다\n2,b,나쁘다\n"),
        ("upper.CSV", "Text,LABEL\n좋다,a\n나쁘다,b\n"),
        ("korean.csv", "리뷰,감정\n좋다,a\n나쁘다,b\n"),
        ("blank_lines.csv", "text,label\n\n좋다,a\n\n나쁘다, b \n"),
        ("bom.csv", b"\xef\xbb\xbf" + "text,label\n좋다,a\n나쁘다,b\n".encode()),
        ("utf16.csv", "text,label\n좋다,a\n나쁘다,b\n".encode("utf-16")),
        ("utf16_without_mark.csv", "text,label\n좋다,a\n나쁘다,b\n".encode("utf-16-le")),
        ("cp949.csv", "text,label\n좋다,a\n나쁘다,b\n".encode("cp949")),
        ("packed.csv.gz", gzip.compress("text,label\n좋다,a\n나쁘다,b\n".encode(), mtime=0)),
        ("semicolons.csv", "text;label\n좋다;a\n나쁘다;b\n"),
        ("tabs.tsv", "text\tlabel\n좋다\ta\n나쁘다\tb\n"),
        ("objects.jsonl", '{"text": "좋다", "label": "a"}\n{"label": "b", "text": "나쁘다"}\n'),
    ],
)
def test_every_format_gives_the_same_rows(load: Load, name: str, content: bytes | str) -> None:
    rows = load(name, content)
    assert list(zip(rows.texts, rows.labels, strict=True)) == ROWS
    assert rows.counts.read == rows.counts.used == 2


def test_parquet_gives_the_same_rows(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    parquet.write_table(arrow.table({"text": ["좋다", "나쁘다", None], "label": [1, 0, 1]}), path)
    rows = load_rows(str(path), notify=lambda _: None)
    assert (rows.texts, rows.labels, rows.counts.empty) == (["좋다", "나쁘다"], ["1", "0"], 1)


def test_labels_of_json_are_strings(load: Load) -> None:
    values = [1, 2.0, True, 2.5, None, [1]]
    lines = "".join(json.dumps({"text": f"t{number}", "label": value}) + "\n" for number, value in enumerate(values))
    rows = load("rows.jsonl", lines + "no json\n")
    assert rows.labels == ["1", "2", "True", "2.5"]
    assert (rows.counts.unlabelled, rows.counts.malformed) == (1, 2)


def test_unusable_rows_are_counted(load: Load) -> None:
    rows = load("rows.csv", "text,label\n좋다,a\n,a\n  ,b\n나쁘다,\n하나,둘,셋\n나쁘다,b\n")
    counts = rows.counts
    assert (counts.read, counts.used, counts.empty, counts.unlabelled, counts.malformed) == (6, 2, 2, 1, 1)


def test_tsv_takes_a_lone_quote_for_a_character(load: Load) -> None:
    rows = load("rows.tsv", 'text\tlabel\n"좋다\ta\n나쁘다\tb\n')
    assert rows.texts == ['"좋다', "나쁘다"]


def test_ten_megabytes_in_one_field_are_read(load: Load) -> None:
    rows = load("rows.csv", f"text,label\n{'가' * 3_500_000},a\n나쁘다,b\n")
    assert len(rows.texts[0]) == 3_500_000


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("rows.csv", "", "the file is empty"),
        ("rows.csv", "text,label\n", "contains no rows"),
        (
            "rows.csv",
            "text,label\na,\nb,\n,\n",
            "column 'label' is empty in all 2 rows with a text; fill in the labels",
        ),
        ("rows.csv", "a,b\n1,2\n", "choose the column with `text_column`"),
        ("rows.csv", "text,review,label\n1,2,3\n", "choose one with `text_column`"),
        ("rows.csv", "text,text,label\n1,2,3\n", "more than one column is named 'text'"),
        ("rows.csv", 'text,label\n"open,a\nb,c\n', r"rows.csv:2: has a quote that opens a field and is never closed"),
        ("rows.csv", b"text,label\n\xff\xff\xff,a\n", "rows.csv:2: contains bytes that are not UTF-8"),
        ("rows.csv", "text,label\na\0b,c\n", "rows.csv:2: contains a NUL character"),
        ("rows.jsonl", "[]\n[]\n", "contains no JSON object"),
        ("rows.xls", "text,label\n", r"save it as \.xlsx"),
        ("rows.doc", "text,label\n", "its name does not show the format"),
        ("rows.csv", "text,label\n" + "".join(f"t{n},{n}\n" for n in range(20)), "looks like the wrong column"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(load: Load, name: str, content: bytes | str, fault: str) -> None:
    with pytest.raises(DataError, match=fault) as raised:
        load(name, content)
    assert "\n" not in str(raised.value)


def test_a_label_column_that_is_named_may_have_nearly_as_many_labels_as_rows(load: Load) -> None:
    content = "text,label\n" + "".join(f"t{row},{row % 8}\n" for row in range(12))
    with pytest.raises(DataError, match="8 different labels in 12 rows, which looks like the wrong column"):
        load("rows.csv", content)
    assert len(set(load("rows.csv", content, label_column="label").labels)) == 8
    different = "text,label\n" + "".join(f"t{row},{row}\n" for row in range(12))
    with pytest.raises(DataError, match="12 different labels in 12 rows"):
        load("rows.csv", different, label_column="label")


def test_a_wrong_column_names_the_nearest(load: Load) -> None:
    with pytest.raises(DataError, match="no column is named 'txet'; did you mean 'text'"):
        load("rows.csv", "text,label\n좋다,a\n", text_column="txet")
    with pytest.raises(DataError, match=r"no column is named 'x'; the columns are 'text', 'label'$"):
        load("rows.csv", "text,label\n좋다,a\n", text_column="x")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        load_rows(str(tmp_path / "rows.csv"), notify=print)
    with pytest.raises(DataError, match="neither a data set nor a file; did you mean nsmc"):
        load_rows("nsmcc", notify=print)
    (tmp_path / "rows.csv").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        load_rows(str(tmp_path / "rows.csv"), notify=print)


def test_labels_are_sorted_by_value_where_they_are_numbers() -> None:
    assert label_names(["10", "9", "-1"]) == ("-1", "9", "10")
    assert label_names(["b", "a", "10"]) == ("10", "a", "b")
    with pytest.raises(DataError, match="all labels are 'a'; a classifier needs two classes or more"):
        label_names(["a", "a"])


def test_a_label_that_no_file_could_name_is_refused() -> None:
    with pytest.raises(DataError, match=r"the label 'a\\ud800' contains half a surrogate pair"):
        label_names(["b", "a\ud800"])
    assert label_names(["b", "😀"]) == ("b", "😀")


def test_a_workbook_holds_labelled_rows(load: Load, tmp_path: Path) -> None:
    def row(number: int, text: str, label: str) -> str:
        cells = f'<c r="A{number}" t="inlineStr"><is><t>{text}</t></is></c>{label}'
        return f'<row r="{number}">{cells}</row>'

    header = row(1, "리뷰", '<c r="B1" t="inlineStr"><is><t>label</t></is></c>')
    labelled, unlabelled = row(2, "좋다", '<c r="B2"><v>1</v></c>'), row(3, "나쁘다", "")
    sheet = f"<sheetData>{header}{labelled}{unlabelled}</sheetData>"
    rows = load("rows.xlsx", zipped(workbook_parts(sheet)), label_column=None)
    assert (rows.texts, rows.labels) == (["좋다"], ["1"])
    assert (rows.counts.read, rows.counts.unlabelled) == (2, 1)


def test_formulas_without_values_in_a_workbook_are_told(tmp_path: Path) -> None:
    header = "<row><c t='str'><v>text</v></c><c t='str'><v>label</v></c></row>"
    no_text = "<row><c><f>C2</f></c><c><v>1</v></c></row>"
    no_label = "<row><c t='str'><v>좋다</v></c><c><f>C3</f><v/></c></row>" * 2
    whole = "<row><c t='str'><v>좋다</v></c><c><f>1</f><v>1</v></c></row>"
    path, notes = tmp_path / "rows.xlsx", list[str]()
    path.write_bytes(zipped(workbook_parts(f"<sheetData>{header}{no_text}{no_label}{whole}</sheetData>")))
    counts = load_rows(str(path), notify=notes.append).counts
    assert (counts.used, counts.empty, counts.unlabelled) == (1, 1, 2)
    told = "with a formula whose value is not stored count as empty; open the file in a spreadsheet program and save it"
    assert notes[1:3] == [f"{path}: column 'text': 1 rows {told} first", f"{path}: column 'label': 2 rows {told} first"]


class TestHub:
    """`hub:NAME`, with a stand-in for the function that would ask the network."""

    @pytest.fixture
    def hub(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        datasets = pytest.importorskip("datasets")
        label = datasets.ClassLabel(names=["bad", "good"])
        features = datasets.Features({"text": datasets.Value("string"), "label": label})
        table = {"text": ["나쁘다", "좋다", "모른다"], "label": [0, 1, -1]}
        asked: dict[str, Any] = {"raises": None}
        constants = importlib.import_module("huggingface_hub.constants")
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")

        def load_dataset(name: str, config: str | None) -> Any:
            asked["name"], asked["config"] = name, config
            asked["offline"] = constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE
            for logger in ("huggingface_hub.utils._http", "datasets.load", "urllib3.connectionpool"):
                logging.getLogger(logger).warning("retrying in 1 s")
            warnings.warn("you are not logged in", UserWarning, stacklevel=1)
            if asked["raises"]:
                raise asked["raises"]
            return datasets.DatasetDict({"train": datasets.Dataset.from_dict(table, features=features)})

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        return asked

    @pytest.mark.parametrize("error", [None, ConnectionError("offline")])
    def test_what_its_libraries_say_is_not_shown(
        self, hub: dict[str, Any], error: Exception | None, capfd: pytest.CaptureFixture[str]
    ) -> None:
        hub["raises"] = error
        loggers = [logging.getLogger(name) for name in ("huggingface_hub", "datasets", "urllib3")]
        levels = [logger.level for logger in loggers]
        shown = logging.StreamHandler(sys.stderr)
        logging.getLogger().addHandler(shown)
        try:
            with contextlib.suppress(DataError):
                load_rows("hub:someone/reviews", notify=lambda _: None)
        finally:
            logging.getLogger().removeHandler(shown)
        assert capfd.readouterr() == ("", "")
        assert [logger.level for logger in loggers] == levels

    def test_classes_are_called_by_their_names(self, hub: dict[str, Any]) -> None:
        rows = load_rows("hub:someone/reviews@ko", notify=lambda _: None)
        assert (hub["name"], hub["config"]) == ("someone/reviews", "ko")
        assert (rows.texts, rows.labels, rows.counts.unlabelled) == (["나쁘다", "좋다"], ["bad", "good"], 1)

    @pytest.mark.parametrize("error", [ConnectionError("no network"), FileNotFoundError("no such data set")])
    def test_what_the_hub_cannot_give_is_one_line(self, hub: dict[str, Any], error: Exception) -> None:
        hub["raises"] = error
        with pytest.raises(DataError, match=f"hub:someone/reviews: .*{error}"):
            load_rows("hub:someone/reviews", notify=lambda _: None)

    @pytest.mark.parametrize("answers", [True, False])
    def test_it_is_asked_only_where_it_answers(
        self, hub: dict[str, Any], monkeypatch: pytest.MonkeyPatch, answers: bool
    ) -> None:
        """Offline, datasets would try again for half a minute; what it has in its cache it finds at once."""
        datasets, constants = map(importlib.import_module, ("datasets", "huggingface_hub.constants"))
        with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:  # it refuses, and that is an answer
            if answers:
                threading.Thread(target=server.handle_request, daemon=True).start()
                monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
            load_rows("hub:someone/reviews", notify=lambda _: None)
        assert hub["offline"] == (not answers, not answers)
        assert not constants.HF_HUB_OFFLINE
        assert not datasets.config.HF_HUB_OFFLINE

    def test_a_program_that_comes_with_the_rows_is_not_run(self, tmp_path: Path) -> None:
        pytest.importorskip("datasets")
        ran, brought = tmp_path / "ran", tmp_path / "mine"
        brought.mkdir()
        (brought / "mine.py").write_text(f"open({str(ran)!r}, 'w')\n")
        (brought / "data.csv").write_text("text,label\n좋다,1\n나쁘다,0\n", encoding="utf-8")
        with pytest.raises(
            DataError, match=r"mine: cannot be loaded \(.*mine\.py\); choose .* stored as files"
        ) as caught:
            load_rows(f"hub:{brought}", notify=lambda _: None)
        assert len(str(caught.value).splitlines()) == 1
        assert not ran.exists()

    def test_without_the_package_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "datasets", None)
        with pytest.raises(MissingExtraError, match=r"datasets is not installed.*recurrent-sentiment\[train\]"):
            load_rows("hub:someone/reviews", notify=lambda _: None)
