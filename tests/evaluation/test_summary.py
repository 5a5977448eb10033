"""Totals of a predicted table, the rows to check, and the accuracy that they give."""

import csv
import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.data import LabelledTexts
from sentiment.data.rows import RowCounts
from sentiment.evaluation import calibrate_model
from sentiment.evaluation.answered.dates import is_named_like_dates, month_of
from sentiment.evaluation.answered.known_errors import KnownErrors
from sentiment.evaluation.answered.words import WordCounts
from sentiment.inference import Classifier
from sentiment.model_dir import CalibrationRows, ModelDirectory
from sentiment.stats.quantification import adjusted_count
from tests.cli.conftest import run_on_terminal, without_colour
from tests.conftest import write_tiny_model
from tests.tables.conftest import workbook_parts, zipped

Run = Callable[..., Any]
WORDS = ["good film", "bad film", "돈이 아까워요", "최고예요 영화", "film", "배우가 아깝다"]
CONFUSION = [[180, 20], [30, 170]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    metrics = {"data": {}, "validation": {"confusion_matrix": CONFUSION}}
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny", metrics=metrics)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "review", "product", "created_at"])
        writer.writerows(
            [i, f"{WORDS[i % 6]} {i % 7}", "AB"[i % 3 == 0], f"2024-{1 + i % 2:02}-1{i % 9}"] for i in range(120)
        )
        writer.writerow([120, "", "B", "2024-02-01"])
    return path


def summary_of(run_command: Run, model: Path, path: Path, *more: str) -> dict[str, Any]:
    outcome = run_command("predict", "--model", str(model), "--file", str(path), "--summary", *more)
    assert outcome.exit_code == 0, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def test_shares_are_those_of_the_predictions(run_command: Run, model: Path, rows: Path) -> None:
    found = summary_of(run_command, model, rows, "--by", "product")
    with rows.open(encoding="utf-8", newline="") as file:
        table = [row for row in csv.DictReader(file) if row["review"]]
    predicted = [one.label for one in Classifier.load(model).predict([row["review"] for row in table])]
    counted = Counter(predicted)
    assert (found["rows"], found["labelled"], found["empty"]) == (121, 120, 1)
    assert {share["label"]: share["counted"] for share in found["shares"]} == {
        label: counted[label] for label in ("negative", "positive")
    }
    counts = np.array([counted["negative"], counted["positive"]])
    shares, intervals = adjusted_count(counts, np.array(CONFUSION))
    assert [share["corrected"] for share in found["shares"]] == pytest.approx(shares.tolist())
    assert found["shares"][1]["interval"] == pytest.approx(intervals[1].tolist())
    assert found["known_errors"] == "400 validation rows"
    by_product = Counter((row["product"], label) for row, label in zip(table, predicted, strict=True))
    for group in found["groups"]["product"]:
        assert {share["label"]: share["counted"] for share in group["shares"]} == {
            label: by_product[group["value"], label] for label in ("negative", "positive")
        }
    assert [group["value"] for group in found["groups"]["month"]] == ["2024-01", "2024-02"]
    assert sum(group["rows"] for group in found["groups"]["month"]) == 121
    assert found["month_column"] == "created_at"
    assert sum(found["certainty"]) == 120


def test_a_column_called_month_is_not_replaced_by_the_months_of_dates(
    run_command: Run, model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("text,month,date\ngood film,spring,2024-01-02\nbad film,autumn,2024-02-02\n", encoding="utf-8")
    groups = summary_of(run_command, model, path, "--by", "month")["groups"]
    assert [group["value"] for group in groups["month"]] == ["autumn", "spring"]


def test_lists_and_objects_of_json_are_values_like_others(run_command: Run, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    rows = [
        {"text": f"good film {i}", "tags": ["a", i % 2], "of": {"k": 1}, "on": f"2024-0{1 + i % 2}-03"}
        for i in range(8)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    groups = summary_of(run_command, model, path, "--by", "tags")["groups"]
    assert {name: [group["rows"] for group in found] for name, found in groups.items()} == {
        "tags": [4, 4],
        "month": [4, 4],
    }


def test_a_group_without_predictions_has_no_shares(run_command: Run, model: Path, rows: Path) -> None:
    with rows.open("a", encoding="utf-8") as file:
        file.write("121,,C,2024-03-01\n")
    report = rows.with_name("report.html")
    groups = summary_of(run_command, model, rows, "--by", "product", "--report", str(report))["groups"]
    for group in (groups["product"][-1], groups["month"][-1]):
        assert [(share["counted"], share["raw"], share["corrected"]) for share in group["shares"]] == [
            (0, None, None)
        ] * 2
    html = report.read_text(encoding="utf-8")
    assert "<td>1</td><td>–</td><td>–</td><td>–</td><td>–</td>" in html
    assert "Look at these first" in html  # though all of so few rows are also drawn at random
    command = ("predict", "--model", str(model), "--file", str(rows), "--summary", "--by", "product")
    shown = without_colour(run_on_terminal(command, {**os.environ, "COLUMNS": "160"})[0]).splitlines()
    few = next(line.split() for line in shown if line.startswith("C *"))
    assert few == ["C", "*", "1", "-", "-"]
    share = groups["product"][0]["shares"][0]
    low, high = (f"{100 * end:.1f}" for end in share["interval"])
    assert any(f"{100 * share['corrected']:.1f} ({low} to {high})" in line for line in shown)


def calibrated(model: Path, out: Path, positives: int) -> Path:
    """Calibrate a model on rows of which so many are positive, and 20 negative."""
    texts = [f"good film {number}" for number in range(20 + positives)]
    labels = ["negative"] * 20 + ["positive"] * positives
    rows = LabelledTexts("check.csv", texts, labels, RowCounts(len(texts), len(texts)), "text", "label")
    calibrate_model(model, rows, out, notify=lambda _: None)
    return out


FEW = "there are only 4 of 'positive' among the 24 {}rows of check.csv, and 10 of each are needed; calibrate again with"


def test_few_calibration_rows_of_a_class_leave_what_was_known_before(
    run_command: Run, model: Path, rows: Path, tmp_path: Path
) -> None:
    before = summary_of(run_command, model, rows)
    found = summary_of(run_command, calibrated(model, tmp_path / "few", 4), rows)
    assert found["not_corrected"] is None
    assert found["known_errors"] == f"400 validation rows, as {FEW.format('')} more of them"
    assert found["shares"] == before["shares"]
    enough = summary_of(run_command, calibrated(model, tmp_path / "enough", 10), rows)
    assert (enough["known_errors"], enough["not_corrected"]) in (
        ("30 rows of check.csv", None),
        ("30 rows of check.csv", "the model confuses the classes too often"),
    )


def test_only_sure_rows_are_counted_as_such(model: Path, tmp_path: Path) -> None:
    directory = ModelDirectory.open(calibrated(model, tmp_path / "sure", 4))
    rows = CalibrationRows.read(directory)
    assert rows is not None
    surest = max(rows.confidence)
    num_sure = sum(confidence >= surest for confidence in rows.confidence)
    assert num_sure < len(rows)
    assert f"among the {num_sure} sure rows of check.csv" in str(KnownErrors.of(directory, surest).fault)


def test_what_is_missing_to_correct_totals_is_told(run_command: Run, model: Path, rows: Path, tmp_path: Path) -> None:
    unknown = write_tiny_model(tmp_path / "unknown")
    found = summary_of(run_command, unknown, rows)
    assert found["not_corrected"].endswith("how the model errs; sentiment calibrate measures it on your rows")
    found = summary_of(run_command, calibrated(unknown, tmp_path / "few", 4), rows)
    assert (found["known_errors"], found["not_corrected"]) == (
        "24 rows of check.csv",
        f"{FEW.format('')} more of them",
    )
    found = summary_of(run_command, calibrated(model, tmp_path / "sure", 4), rows, "--unsure-below", "0.5")
    assert found["not_corrected"] == f"{FEW.format('sure ')} more of them"
    metrics = {"data": {}, "validation": {"confusion_matrix": [[30, 2], [1, 5]]}}
    found = summary_of(run_command, write_tiny_model(tmp_path / "small", metrics=metrics), rows)
    assert found["not_corrected"] == (
        "there are only 6 of 'positive' among the 38 validation rows, and 10 of each are needed; "
        "sentiment calibrate measures it on your rows"
    )


@pytest.mark.parametrize("suffix", ["jsonl", "xlsx", "tsv", "txt", "parquet"])
def test_every_format_gives_the_same_totals(
    run_command: Run, model: Path, rows: Path, tmp_path: Path, suffix: str
) -> None:
    with rows.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    other = tmp_path / f"same.{suffix}"
    if suffix == "jsonl":
        other.write_text("\n".join(json.dumps(dict(zip(table[0], row, strict=True))) for row in table[1:]))
    elif suffix in {"tsv", "txt"}:
        other.write_text("\n".join("\t".join(row) for row in table) + "\n", encoding="utf-8")
    elif suffix == "parquet":
        columns = {name: list(cells) for name, *cells in zip(*table, strict=True)}
        pq.write_table(pa.table(columns | {"review": [text or None for text in columns["review"]]}), other)
    else:
        cells = [
            "".join(
                f'<c r="{"ABCD"[j]}{i}" t="inlineStr"><is><t>{cell}</t></is></c>' for j, cell in enumerate(row) if cell
            )
            for i, row in enumerate(table, start=1)
        ]
        written = "".join(f'<row r="{i}">{row}</row>' for i, row in enumerate(cells, start=1))
        other.write_bytes(zipped(workbook_parts(f"<sheetData>{written}</sheetData>")))
    expected = summary_of(run_command, model, rows, "--by", "product")
    assert {**summary_of(run_command, model, other, "--by", "product"), "source": str(rows)} == expected


def test_the_table_is_written_only_where_it_is_asked_for(run_command: Run, model: Path, rows: Path) -> None:
    out = rows.with_name("out.csv")
    whole = summary_of(run_command, model, rows, "--output", str(out))
    assert out.read_text(encoding="utf-8").count("\n") == 122
    assert summary_of(run_command, model, rows) == whole
    assert sorted(path.name for path in rows.parent.iterdir()) == ["out.csv", "reviews.csv"]


LINES = [f"{word} {number}" for number in range(6) for word in WORDS]


@pytest.mark.parametrize("lines", [LINES, [f"{line}\tof a film" for line in LINES]])
def test_a_text_file_is_read_again_as_the_run_has_read_it(
    run_command: Run, model: Path, tmp_path: Path, lines: list[str]
) -> None:
    # Each line of the output has tabs, as a row of a table has; of the input, none or some.
    lines = [*lines, *["film"] * 40]
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    expected = Counter(one.label for one in Classifier.load(model).predict(lines))
    sheet, report = tmp_path / "check.csv", tmp_path / "report.html"
    outputs = ("--review", str(sheet), "--review-rows", "400", "--report", str(report))
    found = summary_of(run_command, model, path, *outputs)
    assert all(share["counted"] == expected[share["label"]] for share in found["shares"])
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        assert sorted(row["text"] for row in csv.DictReader(file)) == sorted(lines)
    in_place = summary_of(run_command, model, path, "--in-place")
    assert in_place == found
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(lines)


def test_a_table_in_a_text_file_stays_one_when_it_is_replaced(run_command: Run, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("text\tproduct\n" + "good film\tA\nbad film\tB\n" * 4, encoding="utf-8")
    found = summary_of(run_command, model, path, "--by", "product")
    assert summary_of(run_command, model, path, "--by", "product", "--in-place") == found
    assert {group["value"]: group["rows"] for group in found["groups"]["product"]} == {"A": 4, "B": 4}


def test_the_encoding_is_that_of_the_input(run_command: Run, model: Path, tmp_path: Path) -> None:
    # Of the input, the first megabyte contains the Korean text; of the output, which is longer, it is ASCII alone.
    path, lines = tmp_path / "late.log", [*["good film"] * 90_000, "최고예요 영화"]
    path.write_bytes("\n".join(lines).encode("cp949"))
    sheet = tmp_path / "check.csv"
    outputs = ("--all-probabilities", "--review", str(sheet), "--review-rows", "180000")
    assert summary_of(run_command, model, path, *outputs)["rows"] == len(lines)
    assert lines[-1] in sheet.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--all-probabilities",),
        ("--explain",),
        ("--all-probabilities", "--explain", "--unsure-below", "0.5"),
        ("--unsure-below", "1"),
    ],
)
def test_the_text_of_a_plain_line_follows_all_added_columns(
    run_command: Run, model: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path, sheet = tmp_path / "lines.log", tmp_path / "check.csv"
    lines = [*WORDS, "a\tb"]
    path.write_text("\n".join(lines), encoding="utf-8")
    command = ("predict", "--model", str(model), "--file", str(path), "--review", str(sheet), "--summary", *options)
    outcome = run_command(*command)
    assert outcome.exit_code == 0, outcome.stderr
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["text"]: row["predicted"] for row in csv.DictReader(file)}
    known = {one: answer.label for one, answer in zip(lines, Classifier.load(model).predict(lines), strict=True)}
    is_unsure = json.loads(outcome.stdout)["unsure"] == len(lines)
    assert is_unsure == (options == ("--unsure-below", "1"))
    assert rows == (dict.fromkeys(lines, "") if is_unsure else known)


def test_plain_lines_have_no_columns_to_group_by(run_command: Run, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("good film\nbad film\n", encoding="utf-8")
    outcome = run_command("predict", "--model", str(model), "--file", str(path), "--summary", "--by", "text")
    assert (outcome.exit_code, outcome.stdout) == (4, "")
    assert "plain lines have no columns to group by" in outcome.stderr
    assert "rows in" not in outcome.stderr, "refused before the run"


def test_versions_are_no_dates(run_command: Run, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    header = "content,reviewCreatedVersion,appVersion,at"
    rows = [f"{WORDS[i % 6]},10.{1 + i % 9}.{1 + i % 9},10.4.5,2024-0{1 + i % 2}-05 10:11:12" for i in range(24)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    found = summary_of(run_command, model, path)
    assert {group["value"]: group["rows"] for group in found["groups"]["month"]} == {"2024-01": 12, "2024-02": 12}
    assert found["month_column"] == "at"
    without_dates = tmp_path / "versions.csv"
    without_dates.write_text("\n".join(row.rpartition(",")[0] for row in (header, *rows)), encoding="utf-8")
    found = summary_of(run_command, model, without_dates)
    assert (found["groups"], found["month_column"]) == ({}, None)


def test_a_column_named_like_dates_comes_before_another(run_command: Run, model: Path, tmp_path: Path) -> None:
    path, report = tmp_path / "reviews.csv", tmp_path / "report.html"
    rows = [f"{WORDS[i % 6]},2020.1.{1 + i % 9},24.0{1 + i % 2}.05" for i in range(24)]
    path.write_text("\n".join(["text,release,date", *rows]), encoding="utf-8")
    found = summary_of(run_command, model, path, "--report", str(report))
    assert [group["value"] for group in found["groups"]["month"]] == ["2024-01", "2024-02"]
    assert found["month_column"] == "date"
    assert "The dates are those of column “date”." in report.read_text(encoding="utf-8")
    shown, code = run_on_terminal(("predict", "--model", str(model), "--file", str(path), "--summary"), os.environ)
    assert code == 0
    assert "The months are those of column date." in without_colour(shown)
    path.write_text("\n".join(["text,release,other", *rows]), encoding="utf-8")
    assert summary_of(run_command, model, path)["month_column"] == "release"


def dated_parquet(path: Path) -> Path:
    days = [date(2024, 1 + i % 2, 5) for i in range(24)]
    columns = {
        "text": pa.array([WORDS[i % 6] for i in range(24)]),
        "written": pa.array([datetime(day.year, day.month, day.day, 10, 11, tzinfo=UTC) for day in days]),
        "day": pa.array(days),
        "tags": pa.array([["a"]] * 24),
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_dates_of_parquet_give_months_and_groups(run_command: Run, model: Path, tmp_path: Path) -> None:
    path = dated_parquet(tmp_path / "reviews.parquet")
    found = summary_of(run_command, model, path, "--by", "day")
    assert {group["value"]: group["rows"] for group in found["groups"]["month"]} == {"2024-01": 12, "2024-02": 12}
    assert found["month_column"] == "written"
    assert {group["value"]: group["rows"] for group in found["groups"]["day"]} == {"2024-01-05": 12, "2024-02-05": 12}


def test_a_type_that_cannot_be_grouped_is_refused_before_the_run(run_command: Run, model: Path, tmp_path: Path) -> None:
    path = dated_parquet(tmp_path / "reviews.parquet")
    outcome = run_command("predict", "--model", str(model), "--file", str(path), "--summary", "--by", "tags")
    assert (outcome.exit_code, outcome.stdout) == (4, "")
    assert f"{path}: column 'tags' contains list" in outcome.stderr
    assert "rows in" not in outcome.stderr


def test_plain_lines_and_unsure_ones(run_command: Run, model: Path) -> None:
    lines = ("predict", "--model", str(model), "--file", "-", "--summary")
    text = "\n".join(["good film", "bad film", "a\tb"] * 10).encode()
    plain = json.loads(run_command(*lines, stdin=text).stdout)
    assert (plain["rows"], plain["labelled"], plain["unsure"]) == (30, 30, 0)
    unsure = json.loads(run_command(*lines, "--unsure-below", "1", stdin=text).stdout)
    assert (unsure["rows"], unsure["labelled"], unsure["unsure"]) == (30, 0, 30)
    assert unsure["not_corrected"]
    assert sum(unsure["certainty"]) == 30
    assert run_command(*lines, "--by", "product", stdin=text).exit_code == 4


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--summary", "--by", "prodct"), 4),
        (("--by", "product"), 2),
        (("--summary", "--output", "-"), 2),
        (("--review", "check.xlsx"), 7),
        (("--review", "no-such-folder/check.csv"), 7),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_run(
    run_command: Run, model: Path, rows: Path, options: tuple[str, ...], code: int
) -> None:
    outcome = run_command("predict", "--model", str(model), "--file", str(rows), *options)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert "rows in" not in outcome.stderr


def test_rows_to_check_give_an_honest_accuracy(run_command: Run, model: Path, rows: Path) -> None:
    sheet = rows.with_name("check.csv")
    command = ("predict", "--model", str(model), "--file", str(rows), "--review", str(sheet), "--review-rows", "40")
    outcome = run_command(*command)
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert f"sentiment eval --data {sheet}" in outcome.stderr
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        checked = list(csv.DictReader(file))
    assert Counter(row["sampled"] for row in checked) == {"random": 20, "least certain": 20}
    assert len({row["row"] for row in checked}) == 40
    least = [float(row["probability"]) for row in checked if row["sampled"] == "least certain"]
    assert least == sorted(least)
    with rows.open(encoding="utf-8", newline="") as file:
        texts = [row["review"] for row in csv.DictReader(file)]
    assert all(texts[int(row["row"]) - 1] == row["text"] for row in checked)
    drawn = {row["row"] for row in checked if row["sampled"] == "random"}
    lowest = sorted(
        float(one.probability or 1.0)
        for number, one in enumerate(Classifier.load(model).predict(texts), start=1)
        if str(number) not in drawn and one.label
    )
    assert least == pytest.approx(lowest[:20], abs=1e-4)
    # A person finds 3 of the random ones and 9 of the others wrong, and leaves one out.
    wrong = {"negative": "positive", "positive": "negative"}
    mistakes = {"random": 3, "least certain": 9}
    for row in checked[1:]:
        mistakes[row["sampled"]] -= 1
        row["label"] = row["predicted"] if mistakes[row["sampled"]] < 0 else wrong[row["predicted"]]
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(checked[0]))
        writer.writeheader()
        writer.writerows(checked)
    assert run_command(*command).exit_code == 7, "work of a person is not replaced"
    trained = write_tiny_model(rows.with_name("with-origin"), metrics=ORIGIN)
    evaluate = ("eval", "--model", str(trained), "--data", str(sheet), "--no-baseline")
    found = json.loads(run_command(*evaluate, "--json").stdout)
    assert (found["n"], found["accuracy"]) == (19, 16 / 19)
    assert (found["least_certain"]["n"], found["least_certain"]["accuracy"]) == (20, 11 / 20)
    assert "on them, its accuracy is 55.00 %" in run_command(*evaluate).stdout


ORIGIN = {
    "data": {
        "source": "sample",
        "asked_source": "sample",
        "is_fallback": False,
        "train": {"sha256": "0"},
        "validation": {"sha256": "0"},
    }
}


def test_chosen_rows_alone_are_warned_of(run_command: Run, tmp_path: Path) -> None:
    trained = write_tiny_model(tmp_path / "with-origin", metrics=ORIGIN)
    sheet = tmp_path / "check.csv"
    sheet.write_text("text,label,sampled\ngood film,positive,least certain\nbad film,negative,least certain\n")
    outcome = run_command("eval", "--model", str(trained), "--data", str(sheet), "--no-baseline", "--json")
    assert json.loads(outcome.stdout)["n"] == 2
    assert "WARNING" in outcome.stderr


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("2024-03-05", "2024-03"),
        ("2024. 3. 5.", "2024-03"),
        ("24.12.31", "2024-12"),
        ("99/01/02", "1999-01"),
        ("2024년 3월 5일", "2024-03"),
        ("2024-03-05T10:11:12Z", "2024-03"),
        ("20240305", "2024-03"),
        ("45356", "2024-03"),
        (45356.5, "2024-03"),
        ("2024-13-05", None),
        ("2024-02-30", None),
        ("12", None),
        ("good", None),
        (None, None),
        (True, None),
    ],
)
def test_months(cell: object, month: str | None) -> None:
    assert month_of(cell, is_named=True) == month


@pytest.mark.parametrize("cell", ["45356", "20240305", "10.4.5", "24.12.31", "10.4.5.6"])
def test_only_years_of_four_digits_are_dates_without_a_name_for_it(cell: str) -> None:
    assert month_of(cell, is_named=False) is None
    assert month_of("2024-03-05", is_named=False) == "2024-03"


@pytest.mark.parametrize(
    ("name", "is_date"),
    [
        *((name, True) for name in ("date", "at", "created_at", "createdAt", "reviewDate", "DATE", "Date/Time", "day")),
        *((name, True) for name in ("날짜", "작성일", "등록일자", "일시", "시간", "리뷰 작성일")),
        *((name, False) for name in ("reviewCreatedVersion", "created_version", "ver", "앱 버전 등록일", "파일")),
        *((name, False) for name in ("text", "category", "update", "chat", "")),
    ],
)
def test_names_of_columns_of_dates(name: str, is_date: bool) -> None:
    assert is_named_like_dates(name) == is_date


def test_typical_words() -> None:
    counts = WordCounts()
    for _ in range(50):
        counts.add("positive", "최고 영화 최고 최고")
        counts.add("negative", "최악 영화 123")
    assert counts.typical() == {"positive": ["최고"], "negative": ["최악"]}
