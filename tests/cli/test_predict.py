"""`sentiment predict`: answers for people, for pipes and for programs."""

import gc
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from sentiment import Classifier
from sentiment.bulk import DEFAULT_PREFIX
from sentiment.cli import build_app
from sentiment.formats import FileFormat
from sentiment.inference import DEFAULT_BATCH_SIZE
from tests.cli.conftest import SENTIMENT, run_on_terminal, without_colour

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def model(shared_tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENTIMENT_MODEL", str(shared_tiny_model_dir))
    return shared_tiny_model_dir


@pytest.fixture
def classifier(model: Path) -> Classifier:
    return Classifier.load(model)


def test_one_text_gets_a_line_for_people(run_command: Run, classifier: Classifier, model: Path) -> None:
    (answer,) = classifier.predict(["good film"])
    outcome = run_command("predict", "good film")
    assert outcome.exit_code == 0
    assert outcome.stdout == f"{answer.label} ({answer.probability:.1%})\n"
    assert outcome.stderr == f"model: {model} ($SENTIMENT_MODEL)\n"


@pytest.mark.parametrize("model", ["", "no-such-model"])
def test_the_garbage_collector_works_again_when_the_model_is_loaded_or_not(run_command: Run, model: str) -> None:
    run_command("predict", "good film", *(["--model", model] if model else []))
    assert gc.isenabled()


@pytest.mark.parametrize("text", ["", " \t\n"])
def test_an_empty_text_gets_a_clear_answer(run_command: Run, text: str) -> None:
    outcome = run_command("predict", text)
    assert (outcome.exit_code, outcome.stdout) == (0, "no answer: the text is empty\n")
    fields = json.loads(run_command("predict", "--json", text).stdout)
    assert fields == {"text": text, "label": None, "probability": None, "probabilities": None, "windows": 0}


def test_several_texts_get_a_line_each(run_command: Run, classifier: Classifier) -> None:
    texts = ["good film", "", "bad\tfilm\nat night \x1b[31m", "배우가 아깝다"]
    lines = [line.split("\t") for line in run_command("predict", *texts).stdout.splitlines()]
    answers = classifier.predict(texts)
    assert [line[0] for line in lines] == [answer.label or "" for answer in answers]
    assert [line[1] for line in lines] == [
        "" if answer.probability is None else f"{answer.probability:.4f}" for answer in answers
    ]
    assert [line[2] for line in lines] == ["good film", "", r"bad\tfilm\nat night \x1b[31m", "배우가 아깝다"]


def test_json_gives_an_object_a_line(run_command: Run, classifier: Classifier) -> None:
    texts = ["good film", 'say "bad"\n', "배우가 아깝다"]
    objects = [json.loads(line) for line in run_command("predict", "--json", *texts).stdout.splitlines()]
    for fields, answer in zip(objects, classifier.predict(texts), strict=True):
        assert list(fields) == ["text", "label", "probability", "probabilities", "windows"]
        assert (fields["text"], fields["label"]) == (answer.text, answer.label)
        assert fields["probability"] == pytest.approx(answer.probability, rel=1e-6)
        assert fields["probability"] == fields["probabilities"][fields["label"]]
        assert fields["probabilities"] == pytest.approx(answer.probabilities, rel=1e-6)


def test_a_pipe_is_read_one_text_a_line(run_command: Run, classifier: Classifier) -> None:
    texts = ["good film", "", "배우가 아깝다", "last"]
    stdin = b"\xef\xbb\xbfgood film\r\n\n" + "배우가 아깝다\nlast".encode()
    lines = run_command("predict", stdin=stdin).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == [answer.label or "" for answer in classifier.predict(texts)]
    assert [line.split("\t")[2] for line in lines] == texts


def test_a_pipe_longer_than_a_chunk(run_command: Run) -> None:
    texts = [f"good {number}" for number in range(3_000)]
    outcome = run_command("predict", "--json", stdin="\n".join(texts).encode())
    assert [json.loads(line)["text"] for line in outcome.stdout.splitlines()] == texts


def test_an_empty_pipe_gives_nothing(run_command: Run) -> None:
    outcome = run_command("predict", stdin=b"")
    assert (outcome.exit_code, outcome.stdout) == (0, "")


def test_bytes_that_are_not_utf8_stop_with_their_line(run_command: Run) -> None:
    outcome = run_command("predict", stdin=b"good\nbad \xff\n")
    assert outcome.exit_code == 4
    assert outcome.stderr.splitlines()[-1] == (
        "error: standard input:2: contains bytes that are not UTF-8; set the right encoding with --encoding"
    )


def test_a_pipe_in_cp949_is_read_and_said(run_command: Run, classifier: Classifier) -> None:
    outcome = run_command("predict", stdin="최고예요\n배우가 아깝다\n".encode("cp949"))
    assert [line.split("\t")[2] for line in outcome.stdout.splitlines()] == ["최고예요", "배우가 아깝다"]
    assert outcome.stderr.splitlines()[1] == "standard input: read as CP949 (its bytes are not UTF-8)"


def test_a_text_in_several_windows_is_named(run_command: Run, tmp_path: Path, write_model: Callable[..., Path]) -> None:
    short = write_model(tmp_path / "short", max_tokens=4)
    outcome = run_command("predict", "--json", "--model", str(short), "good", "good film", "bad film")
    assert outcome.stderr.splitlines() == [
        f"model: {short} (--model)",
        "text 2 was read in 3 windows of at most 4 tokens",
        "text 3 was read in 2 windows of at most 4 tokens",
    ]
    assert [json.loads(line)["windows"] for line in outcome.stdout.splitlines()] == [1, 3, 2]
    long_pipe = b"good\n" * 1_500 + b"good film\n"
    outcome = run_command("predict", "--model", str(short), stdin=long_pipe)
    assert outcome.stderr.splitlines()[1:] == ["text 1501 was read in 3 windows of at most 4 tokens"]
    outcome = run_command("predict", "--model", str(short), stdin=b"good film\n" * 13)
    assert outcome.stderr.splitlines()[10:] == [
        "text 10 was read in 3 windows of at most 4 tokens",
        "3 texts after it were read in several windows as well",
    ]


def test_a_model_may_be_called_by_its_name(
    run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model: Callable[..., Path]
) -> None:
    write_model(tmp_path / "runs" / "quick")
    monkeypatch.chdir(tmp_path)
    outcome = run_command("predict", "--model", "quick", "good film")
    assert (outcome.exit_code, outcome.stderr) == (0, "model: runs/quick (--model)\n")
    outcome = run_command("predict", "--model", "quikc", "good film")
    assert (outcome.exit_code, outcome.stdout) == (5, "")
    assert outcome.stderr == (
        "error: quikc: no such directory, and no finished run of that name under runs/; did you mean quick?\n"
    )


def test_without_a_model_it_says_how_to_get_one(
    run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SENTIMENT_MODEL")
    monkeypatch.chdir(tmp_path)
    outcome = run_command("predict", "good")
    assert outcome.exit_code == 5
    assert outcome.stderr.startswith(
        "error: no model: no finished run under runs/; train one with: sentiment train quick"
    )
    assert outcome.stderr.count("\n") == 1


def test_a_truncated_model_is_one_line(run_command: Run, tiny_model_dir: Path) -> None:
    graph = tiny_model_dir / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1])
    outcome = run_command("predict", "--model", str(tiny_model_dir), "good")
    assert outcome.exit_code == 5
    assert re.fullmatch(r"error: \S+model\.onnx: truncated or altered \(.*\n", outcome.stderr)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=())), min_size=2, max_size=5))
@example(texts=["\ud800", "\udfff", "\x00\x1b", "\u202e\u2028", "-"])
def test_any_text_gives_a_line_and_an_object(run_command: Run, texts: list[str]) -> None:
    assume(not re.search("[\udc80-\udcff]", "".join(texts)))  # bytes that are no text: refused
    lines = run_command("predict", "--", *texts).stdout.split("\n")
    assert [line.count("\t") for line in lines] == [2] * len(texts) + [0]
    objects = run_command("predict", "--json", "--", *texts).stdout.split("\n")
    assert [json.loads(fields)["text"] for fields in objects[:-1]] == texts


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--column-prefix", "mood_", "good film"], "--column-prefix: needs --file; --file - reads"),
        (["--column-prefix", "predicted_", "good film"], "--column-prefix: needs --file; --file - reads"),
        (["--output", "out.csv", "good film"], "--output: needs --file; --file - reads"),
        (["--resume"], "--resume: needs --file; --file - reads"),
        (["--encoding", "cp949", "good film"], "--encoding: cannot be combined with TEXT: only a file or a pipe has"),
        (["--file", "rows.csv", "good film"], "--file: cannot be combined with TEXT: pass texts or a file"),
        (["--file", "rows.csv", "--resume"], "--resume: needs --output or --in-place: only"),
        (["--file", "rows.csv", "--review-rows", "5"], "--review-rows: needs --review"),
        (["--file", "rows.csv", "--report", "r.html", "--output", "-"], "--report: cannot be combined with --output -"),
        (["--file", "rows.csv", "--review", "r.csv", "--output", "-"], "--review: cannot be combined with --output -"),
        (["--file", "rows.csv", "--summary", "--output", "-"], "--summary: cannot be combined with --output -"),
    ],
)
def test_an_option_without_effect_is_refused(run_command: Run, arguments: list[str], told: str) -> None:
    outcome = run_command("predict", *arguments, stdin=b"good film\n")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert f"Invalid value for {told}" in outcome.stderr


def test_the_encoding_of_a_pipe_may_be_named(run_command: Run) -> None:
    outcome = run_command("predict", "--encoding", "cp949", stdin="최고예요\n".encode("cp949"))
    assert outcome.stdout.endswith("\t최고예요\n")


def test_what_the_help_says_without_importing_the_library_is_what_the_library_has() -> None:
    options = {option.name: option for option in typer.main.get_command(build_app()).commands["predict"].params}  # type: ignore[attr-defined]
    assert options["batch_size"].default == DEFAULT_BATCH_SIZE
    assert options["column_prefix"].default == DEFAULT_PREFIX
    assert tuple(options["format_name"].type.choices) == get_args(FileFormat)


class TestProcess:
    """What only a process of its own shows: its bytes, its terminal, its modules."""

    def test_bytes_of_the_command_line_that_are_not_utf8(self) -> None:
        for text in (b"good \xff", "최고예요".encode("cp949")):
            process = subprocess.run([*SENTIMENT, "predict", "bad", text], capture_output=True, check=False)
            assert (process.returncode, process.stdout) == (2, b"")
            assert b"not in the encoding of this terminal" in process.stderr

    @pytest.mark.parametrize(
        ("encoding", "shown"), [("cp949", r"최고 \U0001f44d"), ("ascii", r"\ucd5c\uace0 \U0001f44d")]
    )
    def test_an_encoding_that_lacks_a_character(self, encoding: str, shown: str) -> None:
        environment = os.environ | {"PYTHONIOENCODING": encoding}
        texts = ["최고 👍", "별로"]
        command = [*SENTIMENT, "predict"]
        lines = subprocess.run([*command, *texts], env=environment, capture_output=True, check=True)
        assert lines.stdout.decode(encoding).splitlines()[0].endswith(shown)
        objects = subprocess.run([*command, "--json", *texts], env=environment, capture_output=True, check=True)
        assert [json.loads(line)["text"] for line in objects.stdout.decode(encoding).splitlines()] == texts

    @pytest.mark.parametrize("no_color", [False, True])
    def test_a_terminal_gets_a_table(self, no_color: bool) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        environment |= {"TERM": "xterm-256color", "COLUMNS": "80"} | ({"NO_COLOR": "1"} if no_color else {})
        shown, exit_code = run_on_terminal(["predict", "good film", "", "[bold]최고"], environment)
        assert exit_code == 0
        plain = without_colour(shown)
        assert re.search(r"label +probability +text", plain)
        assert re.search(r"(positive|negative) +\d+\.\d% +good film", plain)
        assert re.search(r"(positive|negative) +\d+\.\d% +\[bold\]최고", plain)
        assert "no answer: text 2 is empty" in plain
        assert not (no_color and re.search(r"\x1b\[[0-9;]*3\dm", shown))

    def test_nothing_to_classify_is_a_usage_error_with_an_example(self) -> None:
        shown, exit_code = run_on_terminal(["predict"], os.environ, stdin_too=True)
        assert exit_code == 2
        assert 'sentiment predict "이 영화' in shown

    def test_it_loads_no_more_than_it_needs(self) -> None:
        script = (
            "import sys; from sentiment.cli import main; sys.argv[1:] = ['predict', 'good film']\n"
            "try: main()\n"
            "finally: print(*sys.modules, file=sys.stderr)"
        )
        process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        loaded = set(process.stderr.splitlines()[-1].split())
        assert {"onnxruntime", "tokenizers"} <= loaded
        assert not loaded & {
            "torch",
            "sklearn",
            "pyarrow",
            "pyspark",
            "datasets",
            "matplotlib",
            "rich",
            "yaml",
            "sentiment.config",
        }

    def test_a_reader_that_leaves_ends_it_quietly(self) -> None:
        process = subprocess.Popen(
            [*SENTIMENT, "predict"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout
        process.stdout.close()
        _, stderr = process.communicate(b"good film\n" * 5_000)
        assert process.returncode == 141
        assert stderr.count(b"\n") == 1, "no more than which model was used"


def test_a_text_without_an_answer_has_as_many_fields_as_others(run_command: Run) -> None:
    outcome = run_command("predict", "--all-probabilities", stdin=b"good film\n\nbad film\n")
    assert [line.count("\t") for line in outcome.stdout.splitlines()] == [4, 4, 4]
    outcome = run_command("predict", "--all-probabilities", "", " ")
    assert outcome.stdout == "\t\t\t\t\n\t\t\t\t \n"


def test_the_name_of_a_table_is_not_taken_for_a_text(
    run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("text\ngood film\n")
    outcome = run_command("predict", "rows.csv")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "rows.csv is a file; to classify its rows: --file rows.csv" in outcome.stderr
    assert run_command("predict", "other.csv").exit_code == 0
    outcome = run_command("predict", "-", stdin=b"good film\n")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "a pipe is read when no TEXT is given" in outcome.stderr


def test_a_dash_is_standard_output(run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("text\ngood film\n")
    command = [*SENTIMENT, "predict", "--file", "rows.csv"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    outputs = [
        subprocess.run([*command, *more], env=environment, capture_output=True, text=True, check=True).stdout
        for more in ([], ["--output", "-"])
    ]
    assert outputs[0] == outputs[1] != ""
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
    assert run_command("predict", "--file", "rows.csv", "--output", "-", "--resume").exit_code == 2


def test_a_wrong_name_in_the_variable_names_it(run_command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIMENT_MODEL", "old-model")
    outcome = run_command("predict", "good film")
    assert outcome.exit_code == 5
    assert outcome.stderr.startswith("error: $SENTIMENT_MODEL: old-model: no such directory")


def test_a_folder_is_no_table(run_command: Run, tmp_path: Path) -> None:
    outcome = run_command("predict", "--file", str(tmp_path))
    assert outcome.exit_code == 4
    assert "a folder, not a file" in outcome.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("predict", "--file", "rows.csv", "--output"),
        *(("predict", option) for option in ("--rejects", "--review", "--report", "--svg", "--html")),
        *(("eval", option) for option in ("--errors", "--report")),
    ],
)
def test_a_file_to_write_has_a_name(
    run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run_command(*words, "new/")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (7, "", "error: new/: is a folder; pass a file\n")
    assert list(tmp_path.iterdir()) == []
