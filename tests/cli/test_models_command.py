"""`sentiment models`: what stands there, what it is, and whether it is whole."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from sentiment import Classifier
from sentiment.cli.models import complete_model, complete_model_or_encoder
from sentiment.model_dir import MANIFEST_FILE, METRICS_FILE, ONNX_FILE, WEIGHTS_FILE, ModelDirectory
from tests.cli.conftest import run_on_terminal, without_colour

Run = Callable[..., Any]
WriteModel = Callable[..., Path]

METRICS = {
    "data": {
        "asked_source": "nsmc",
        "is_fallback": True,
        "train": {"name": "sample train", "counts": {"used": 5_760}},
        "validation": {"name": "sample validation", "counts": {"used": 720}},
    },
    "parameters": 12_345,
    "vocab_size": 33,
    "validation": {"accuracy": 0.8625, "accuracy_interval": [0.85, 0.875], "macro_f1": 0.861},
    "majority_class": {"label": "positive", "validation_accuracy": 0.5},
    "training_seconds": 61.4,
    "seed": 7,
    "threads": 2,
    "command": ["sentiment", "train", "quick"],
    "versions": {"sentiment": "0.1.0", "torch": "2.13.0"},
}

SEEN_THE_SAMPLE = "it was trained only on the sample that ships with sentiment, because nsmc could not be reached"
FAULT = 7
"""Position of what is wrong with a model, in a line of the list."""


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model: WriteModel) -> Path:
    """Two finished runs in the working directory, the later one called tiny."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    write_model(Path("runs/measured"), metrics=METRICS, labels=("neg\tative", "positive"))
    write_model(Path("runs/tiny"))
    return Path("runs")


def facts(stdout: str) -> dict[str, str]:
    return dict(line.split("\t") for line in stdout.splitlines())


class TestList:
    def test_every_finished_run_is_a_line_with_tabs(self, run_command: Run, runs: Path) -> None:
        outcome = run_command("models", "list")
        measured, tiny = (line.split("\t") for line in outcome.stdout.split("\n")[:-1])
        manifest = ModelDirectory.open(runs / "measured").manifest
        size = sum((runs / "measured" / name).stat().st_size for name in manifest.files)
        created = manifest.created.isoformat(timespec="seconds")
        megabytes = f"{size / 1e6:.3f}"
        assert measured == [
            "measured", "classifier", r"neg\tative, positive", megabytes, created, "0.8625", "runs/measured", "", "run",
            "720", "sample validation", f"used only when named explicitly: {SEEN_THE_SAMPLE}",
        ]  # fmt: skip
        assert tiny[:3] == ["tiny", "classifier", "negative, positive"]
        assert tiny[5:] == ["", "runs/tiny", "", "run", "", "", ""]
        assert (outcome.exit_code, outcome.stderr) == (0, "")

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            (MANIFEST_FILE, b"{", "manifest.json: not valid JSON"),
            (ONNX_FILE, b"cut", "model.onnx: truncated or altered (3 bytes, not "),
            (WEIGHTS_FILE, None, "model.safetensors: missing"),
        ],
    )
    def test_a_broken_one_is_listed_with_the_reason(
        self, name: str, content: bytes | None, reason: str, run_command: Run, runs: Path
    ) -> None:
        if content is None:
            (runs / "measured" / name).unlink()
        else:
            (runs / "measured" / name).write_bytes(content)
        outcome = run_command("models", "list")
        assert outcome.exit_code == 0
        measured, tiny = (line.split("\t") for line in outcome.stdout.split("\n")[:-1])
        assert measured[:FAULT] == ["measured", "", "", "", "", "", "runs/measured"]
        assert measured[FAULT].startswith(f"broken: runs/measured/{reason}")
        assert tiny[FAULT] == ""

    def test_metrics_that_are_no_figures(self, run_command: Run, runs: Path, write_model: WriteModel) -> None:
        write_model(runs / "odd", metrics=[1, 2])
        write_model(runs / "without", metrics={"validation": None})
        lines = {line.split("\t")[0]: line.split("\t") for line in run_command("models", "list").stdout.splitlines()}
        assert lines["odd"][FAULT].startswith("broken: runs/odd/metrics.json: not a JSON object")
        assert lines["without"][5:] == ["", "runs/without", "", "run", "", "", ""]

    def test_metrics_that_are_too_large_to_be_read_leave_a_model_without_figures(
        self, run_command: Run, runs: Path, write_model: WriteModel
    ) -> None:
        matrix = [[0] * 2_100] * 2_100
        write_model(runs / "wide", metrics={"validation": {"accuracy": 0.9, "confusion_matrix": matrix}})
        lines = {line.split("\t")[0]: line.split("\t") for line in run_command("models", "list").stdout.splitlines()}
        told = "runs/wide/metrics.json: contains more than the 4,000,000 values and keys of such a file; train the"
        assert (lines["wide"][1], lines["wide"][5], lines["wide"][FAULT]) == ("classifier", "", "")
        assert lines["wide"][-1].startswith(told)
        shown = run_command("models", "show", "wide")
        assert shown.exit_code == 0
        assert "negative, positive" in shown.stdout
        assert told in shown.stderr

    @pytest.mark.parametrize(
        ("accuracy", "reason"),
        [
            (10**299, "'validation.accuracy' is not a number from 0 to 1"),
            (10**400, "contains an integer of 401 digits"),
            (True, "'validation.accuracy' is not a number from 0 to 1"),
            ("0.9", "'validation.accuracy' is not a number from 0 to 1"),
            ([0.9], "'validation.accuracy' is not a number from 0 to 1"),
            (-0.1, "'validation.accuracy' is not a number from 0 to 1"),
        ],
    )
    def test_an_accuracy_that_is_none_breaks_no_other_line(
        self, accuracy: object, reason: str, run_command: Run, runs: Path, write_model: WriteModel
    ) -> None:
        write_model(runs / "odd", metrics={"validation": {"accuracy": accuracy}})
        lines = {line.split("\t")[0]: line.split("\t") for line in run_command("models", "list").stdout.splitlines()}
        assert lines["odd"][FAULT].startswith(f"broken: runs/odd/metrics.json: {reason}; train the model again")
        assert lines["measured"][5] == "0.8625"

    @pytest.mark.parametrize(
        "metrics",
        [
            {"data": {"train": {"name": 5}}},
            {"data": []},
            {"validation": {"accuracy_interval": [0.5]}},
            {"validation": {"macro_f1": "high"}},
            {"validation": {"per_class": {"a": {"precision": 0.5}}}},
            {"cross_validation": {"n": "many"}},
            {"majority_class": {"validation_accuracy": 2}},
            {"parameters": -1},
            {"parameters": 10**250},
            {"vocab_size": "many"},
            {"training_seconds": 10**299},
            {"training_seconds": "1"},
            {"versions": ["a"]},
            {"command": [1]},
            {"command": "sentiment"},
            {"started_from": "x"},
            {"epochs": [1]},
            {"epochs": [{"perplexity": "x"}]},
            {"sources": 5},
            {"cross_validation": {"accuracy": "x"}},
            {"calibration": {"data": "a.csv", "n": 1, "before": {"ece": "x"}, "after": {"ece": 0.0}}},
            {"validation": {"per_class": {"positive": 5}}},
            {"cross_validation": {"per_class": {"positive": {"precision": 1.0, "recall": 1.0, "f1": 2, "support": 1}}}},
        ],
    )
    def test_show_tells_a_figure_of_a_wrong_type_in_a_line(
        self, metrics: dict[str, Any], run_command: Run, runs: Path, write_model: WriteModel
    ) -> None:
        write_model(runs / "odd", metrics=metrics)
        outcome = run_command("models", "show", "odd")
        assert (outcome.exit_code, outcome.stdout) == (5, "")
        assert outcome.stderr.startswith(f"error: runs/odd/metrics.json: '{next(iter(metrics))}")
        assert outcome.stderr.endswith("; train the model again\n")
        assert outcome.stderr.count("\n") == 1

    def test_a_pipe_in_the_place_of_a_manifest_is_listed_as_broken(self, run_command: Run, runs: Path) -> None:
        (runs / "piped").mkdir()
        os.mkfifo(runs / "piped" / MANIFEST_FILE)
        lines = {line.split("\t")[0]: line.split("\t") for line in run_command("models", "list").stdout.splitlines()}
        assert lines["piped"][FAULT].startswith("broken: runs/piped/manifest.json: a pipe, not a regular file")
        outcome = run_command("predict", "good")
        assert outcome.exit_code == 0
        assert "ignored runs/piped/manifest.json: a pipe, not a regular file" in outcome.stderr

    def test_a_terminal_gets_a_table(self, show_on_terminal: Callable[..., str], runs: Path) -> None:
        header, measured, *_ = show_on_terminal("models", "list").splitlines()
        titles = ["name", "kind", "classes", "MB", "created", "accuracy", "on", "origin", "note"]
        assert header.split() == titles, "no column for faults where there are none"
        assert re.search(
            r"measured +classifier +neg\\tative, positive +0\.\d{3} +\d{4}-\d\d-\d\d \d\d:\d\d +86\.25% +720 rows of ",
            measured,
        )
        (runs / "tiny" / MANIFEST_FILE).write_text("{")
        assert {"broken:", "runs/tiny/manifest.json:"} <= set(show_on_terminal("models", "list").split())

    def test_a_model_without_validation_rows_shows_what_cross_validation_gave(
        self, run_command: Run, show_on_terminal: Callable[..., str], runs: Path, write_model: Callable[..., Path]
    ) -> None:
        validation = {"name": "my.csv validation", "counts": {"used": 0}}
        found = {"accuracy": 0.8236, "accuracy_interval": [0.79, 0.85], "n": 720}
        metrics = {
            "data": {"source": "my.csv", "validation": validation},
            "validation": None,
            "cross_validation": found,
        }
        write_model(runs / "few", metrics=metrics)
        shown = next(line for line in show_on_terminal("models", "list").splitlines() if line.startswith("few "))
        assert re.search(r" 82\.36% +720 rows, cross-validated ", shown)
        assert "validation" not in next(
            line for line in run_command("models", "list").stdout.splitlines() if line.startswith("few\t")
        )
        assert "validated on" not in facts(run_command("models", "show", "few").stdout)

    def test_figures_of_a_calibrated_model_say_that_they_are_older(
        self, run_command: Run, show_on_terminal: Callable[..., str], runs: Path, write_model: Callable[..., Path]
    ) -> None:
        metrics: dict[str, Any] = {
            "data": {"source": "a.csv", "validation": {"name": "a.csv validation", "counts": {"used": 720}}},
            "validation": {"accuracy": 0.8, "accuracy_interval": [0.79, 0.85], "macro_f1": 0.75, "n": 720},
            "calibration": {"data": "b.csv", "n": 400, "before": {"ece": 0.05}, "after": {"ece": 0.0125}},
        }
        write_model(runs / "calibrated", metrics=metrics)
        shown = next(line for line in show_on_terminal("models", "list").splitlines() if line.startswith("calibrated "))
        assert "720 rows of a.csv validation, before " in shown
        told = "afterwards, on 400 rows of b.csv; calibration error 0.0500 before and 0.0125 after"
        assert facts(run_command("models", "show", "calibrated").stdout)["calibrated"] == told
        del metrics["calibration"]["data"]  # as a training writes it
        write_model(runs / "calibrated", metrics=metrics, replace=True)
        assert "calibrated" not in facts(run_command("models", "show", "calibrated").stdout)

    def test_an_interrupted_training_is_listed_with_the_way_on(self, run_command: Run, runs: Path) -> None:
        records: dict[str, object] = {
            "a b": {"verb": "train"},
            "enc": {"verb": "pretrain"},
            "killed early": None,
            "of a later version": {"verb": "distil"},
            "odd": [],
        }
        for name, record in records.items():
            directory = runs / f"{name}.unfinished"
            directory.mkdir()
            if record is not None:
                (directory / "training.json").write_text(json.dumps(record))
        (runs / "file.unfinished").touch()
        (runs / ".hidden.unfinished").mkdir()
        lines = [line.split("\t") for line in run_command("models", "list").stdout.splitlines()]
        assert [(line[0], line[6], line[FAULT]) for line in lines if line[FAULT]] == [
            ("a b", "runs/a b.unfinished", "unfinished: resume with: sentiment train --resume 'runs/a b.unfinished'"),
            ("enc", "runs/enc.unfinished", "unfinished: resume with: sentiment pretrain --resume runs/enc.unfinished"),
            *(
                (name, f"runs/{name}.unfinished", "unfinished: start it again")
                for name in ("killed early", "odd", "of a later version")
            ),
        ]

    def test_an_interrupted_training_alone_is_listed_too(self, run_command: Run, tmp_path: Path) -> None:
        shutil.rmtree(tmp_path / "runs")
        (tmp_path / "runs" / "gru.unfinished").mkdir(parents=True)
        assert run_command("models", "list").stdout.startswith("gru\t")

    @pytest.mark.parametrize("columns", [20, 40, 60, 80, 120, 200])
    @pytest.mark.parametrize("command", ["list", "show"])
    def test_no_word_is_cut_at_any_width(self, columns: int, command: str, runs: Path) -> None:
        environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
        shown, exit_code = run_on_terminal(["models", command], environment)
        assert exit_code == 0
        lines = without_colour(shown).splitlines()
        words = " ".join(lines).split()
        assert {"classifier", "negative,", "positive"} <= set(words)
        assert "…" not in shown
        assert all(cell_len(line) <= columns or not line.strip().count(" ") for line in lines[1:])

    def test_no_runs_is_a_note(self, run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
        outcome = run_command("models", "list")
        assert (outcome.exit_code, outcome.stdout) == (0, "")
        assert outcome.stderr == "no finished run under runs/; train one with: sentiment train quick\n"


class TestShow:
    def test_it_tells_what_a_model_is(self, run_command: Run) -> None:
        outcome = run_command("models", "show", "measured")
        told = facts(outcome.stdout)
        assert outcome.stderr == ""
        assert (told["kind"], told["classes"]) == ("classifier", r"neg\tative, positive")
        assert told["network"] == "lstm, 1 layer of 128 in both directions, embedding 128, last; 12,345 parameters"
        assert told["tokens"] == "character, 33 of them"
        assert told["reads"] == "512 tokens at once, a longer text in several windows"
        assert told["trained on"] == "5,760 rows of sample train; nsmc could not be reached"
        assert told["validated on"] == "720 rows of sample validation"
        assert told["validation"] == (
            "accuracy 86.25% (95 % interval 85.00% to 87.50%), macro F1 0.8610; the most frequent class alone 50.00%"
        )
        assert told["training"] == "61 s, seed 7, 2 threads"
        assert told["versions"] == "sentiment 0.1.0, torch 2.13.0"
        assert told["command"] == "sentiment train quick"

    def test_what_the_metrics_do_not_tell_is_left_out(self, run_command: Run) -> None:
        told = facts(run_command("models", "show", "tiny").stdout)
        assert told["network"] == "lstm, 1 layer of 128 in both directions, embedding 128, last"
        assert not told.keys() & {"trained on", "validation", "training", "command"}

    def test_without_a_name_it_is_the_last_run_and_says_so(self, run_command: Run) -> None:
        outcome = run_command("models", "show")
        assert facts(outcome.stdout)["path"] == "runs/tiny"
        assert outcome.stderr == "model: runs/tiny (the last finished run under runs/)\n"

    def test_json_holds_everything(self, run_command: Run, runs: Path) -> None:
        told = json.loads(run_command("models", "show", "measured", "--json").stdout)
        directory = ModelDirectory.open(runs / "measured")
        assert told["labels"] == ["neg\tative", "positive"]
        assert told["metrics"] == METRICS
        assert told["config"] == directory.config.model_dump(mode="json")
        assert told["files"] == {name: (runs / "measured" / name).stat().st_size for name in directory.manifest.files}
        assert told["size_bytes"] == sum(told["files"].values())
        assert (told["name"], told["path"], told["max_tokens"]) == ("measured", "runs/measured", 512)
        assert told["kind"] == "classifier"
        assert told["created"] == directory.created.isoformat()

    def test_an_altered_figure_is_refused(self, run_command: Run, runs: Path) -> None:
        path = runs / "measured" / METRICS_FILE
        path.write_bytes(path.read_bytes().replace(b"0.8625", b"0.9625"))
        outcome = run_command("models", "show", "measured")
        assert (outcome.exit_code, outcome.stdout) == (5, "")
        assert "metrics.json: altered" in outcome.stderr


class TestVerify:
    def test_a_sound_model_is_a_line(self, run_command: Run, runs: Path) -> None:
        outcome = run_command("models", "verify", "tiny")
        size = sum((runs / "tiny" / name).stat().st_size for name in ModelDirectory.open(runs / "tiny").manifest.files)
        assert outcome.exit_code == 0
        assert outcome.stdout == (
            f"runs/tiny: valid; 5 files of {size:,} bytes match the manifest, and the model loads and answers\n"
        )

    @pytest.mark.parametrize("position", [0, -1])
    def test_any_file_that_was_altered(self, position: int, run_command: Run, runs: Path) -> None:
        for name in ModelDirectory.open(runs / "tiny").manifest.files:
            path = runs / "tiny" / name
            content = path.read_bytes()
            altered = bytearray(content)
            altered[position] ^= 1
            path.write_bytes(altered)
            outcome = run_command("models", "verify", "tiny")
            assert (outcome.exit_code, outcome.stdout) == (5, "")
            assert outcome.stderr.startswith(f"error: runs/tiny/{name}: altered (its SHA-256")
            assert outcome.stderr.count("\n") == 1
            path.write_bytes(content)

    def test_files_that_are_whole_and_yet_no_classifier(
        self, run_command: Run, runs: Path, write_model: WriteModel
    ) -> None:
        write_model(runs / "odd", graph=b"no graph")
        outcome = run_command("models", "verify", "odd")
        assert (outcome.exit_code, outcome.stdout) == (5, "")
        assert outcome.stderr.startswith("error: runs/odd/model.onnx: it is not an ONNX file")

    def test_a_model_that_gives_no_answer(self, run_command: Run, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        empty = Classifier.load(runs / "tiny").predict([""])
        monkeypatch.setattr(Classifier, "predict", lambda self, texts: empty)
        outcome = run_command("models", "verify", "tiny")
        assert (outcome.exit_code, outcome.stdout) == (5, "")
        assert outcome.stderr.startswith("error: runs/tiny: its tokenizer finds no token in ")


class TestEncoder:
    @pytest.fixture(autouse=True)
    def encoder(self, runs: Path, write_encoder: WriteModel) -> Path:
        """A run that holds an encoder, the latest of all."""
        return write_encoder(
            runs / "taught",
            metrics={
                "sources": {"sample": {"texts": 720}},
                "training_texts": 1_234,
                "epochs": [{"epoch": 1, "perplexity_forward": 98.76, "rating_error": 0.5, "seconds": 2.0}],
                "parameters": 12_345,
            },
        )

    def test_it_is_listed_by_its_kind(self, run_command: Run) -> None:
        lines = {line.split("\t")[0]: line.split("\t") for line in run_command("models", "list").stdout.splitlines()}
        assert {name: line[1] for name, line in lines.items()} == {
            "measured": "classifier", "taught": "encoder", "tiny": "classifier"
        }  # fmt: skip
        assert (lines["taught"][2], lines["taught"][5:]) == ("", ["", "runs/taught", "", "run", "", "", ""])

    def test_show_tells_what_it_learned(self, run_command: Run) -> None:
        told = facts(run_command("models", "show", "taught").stdout)
        assert told["kind"] == "encoder"
        assert told["network"].endswith("; 12,345 parameters")
        assert told["learned"] == "language_model 1, rating 0.5"
        assert told["pretrained on"] == "1,234 texts of sample"
        assert told["held-out texts"] == "perplexity forward 98.76, rating error 0.5"
        assert not told.keys() & {"classes", "reads", "validation"}
        assert json.loads(run_command("models", "show", "taught", "--json").stdout)["kind"] == "encoder"

    def test_show_and_verify_without_a_name_are_of_the_last_model(self, run_command: Run) -> None:
        assert facts(run_command("models", "show").stdout)["path"] == "runs/tiny"
        assert run_command("models", "verify").stdout.startswith("runs/tiny: valid")

    def test_verify_compares_every_byte(self, run_command: Run, encoder: Path) -> None:
        outcome = run_command("models", "verify", "taught")
        assert outcome.exit_code == 0
        assert outcome.stdout.startswith("runs/taught: valid; 4 files of ")
        assert outcome.stdout.endswith("match the manifest, and it is an encoder to train from\n")
        for name in ModelDirectory.open(encoder, allow_encoder=True).manifest.files:
            content = (encoder / name).read_bytes()
            (encoder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
            outcome = run_command("models", "verify", "taught")
            assert (outcome.exit_code, outcome.stdout) == (5, "")
            assert outcome.stderr.startswith(f"error: runs/taught/{name}: altered (its SHA-256")
            (encoder / name).write_bytes(content)

    def test_verify_reads_its_tokenizer(self, run_command: Run, runs: Path, write_encoder: WriteModel) -> None:
        write_encoder(runs / "odd", tokenizer="{}")
        outcome = run_command("models", "verify", "odd")
        assert (outcome.exit_code, outcome.stdout, outcome.stderr.count("\n")) == (5, "", 1)
        assert outcome.stderr.startswith("error: runs/odd/tokenizer.json: ")

    @pytest.mark.parametrize("command", [("predict", "좋다"), ("predict", "--file", "-"), ("eval",)])
    def test_asking_it_is_one_line_that_says_what_to_do(self, command: tuple[str, ...], run_command: Run) -> None:
        outcome = run_command(*command, "--model", "taught", stdin=b"text")
        assert (outcome.exit_code, outcome.stdout) == (5, "")
        assert outcome.stderr.splitlines()[-1] == (
            "error: runs/taught: an encoder, which has no classes; "
            "train a model from it with: sentiment train --from runs/taught"
        )

    def test_its_name_is_completed_where_it_can_be_used(self) -> None:
        assert complete_model("t") == ["tiny"]
        assert complete_model_or_encoder("t") == ["taught", "tiny"]

    @pytest.mark.parametrize(
        ("words", "names"),
        [
            ("models show ta", ["taught"]),
            ("models verify ta", ["taught"]),
            ("train --from ta", ["taught"]),
            ("predict --model ta", []),
            ("eval --model ta", []),
        ],
    )
    def test_the_shell_completes_it_there(self, words: str, names: list[str]) -> None:
        assert completed(words) == names


@pytest.mark.parametrize("command", ["show", "verify"])
def test_an_unknown_name_is_one_line(command: str, run_command: Run) -> None:
    outcome = run_command("models", command, "mesured")
    assert (outcome.exit_code, outcome.stdout) == (5, "")
    assert outcome.stderr == (
        "error: mesured: no such directory, and no finished run of that name under runs/; did you mean measured?\n"
    )


def completed(words: str) -> list[str]:
    """Return what the shell offers for the last of these words."""
    environment = os.environ | {
        "_SENTIMENT_COMPLETE": "complete_bash",
        "COMP_WORDS": f"sentiment {words}",
        "COMP_CWORD": str(len(words.split())),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.run(
        [sys.executable, "-m", "sentiment"], env=environment, capture_output=True, text=True, check=True
    )
    return process.stdout.split()


def test_names_are_completed() -> None:
    assert complete_model("") == ["measured", "tiny"]
    assert complete_model("t") == ["tiny"]
    assert complete_model("x") == []


@pytest.mark.parametrize("words", ["models show me", "models verify me", "predict --model me", "eval --model me"])
def test_the_shell_completes_names(words: str) -> None:
    assert completed(words) == ["measured"]


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        ("list", {"torch", "onnxruntime", "numpy", "tokenizers", "pydantic", "yaml", "rich"}),
        ("show", {"torch", "onnxruntime", "numpy", "tokenizers", "rich"}),
        ("verify", {"torch", "sklearn", "pyarrow", "rich"}),
    ],
)
def test_no_command_loads_more_than_it_needs(command: str, unwanted: set[str]) -> None:
    script = (
        f"import sys; from sentiment.cli import main; sys.argv[1:] = ['models', {command!r}]\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert not set(process.stderr.splitlines()[-1].split()) & unwanted


@pytest.mark.parametrize("verb", ["show", "verify"])
def test_what_hides_a_model_that_comes_with_the_package_is_said(
    run_command: Run, shipped: Path, write_model: WriteModel, verb: str
) -> None:
    assert "hides" not in run_command("models", verb, "korean-opinion").stderr
    write_model(Path("korean-opinion"))
    outcome = run_command("models", verb, "korean-opinion")
    assert outcome.exit_code == 0
    assert "model: korean-opinion (" in outcome.stderr
    assert "hides the one of this name that comes with sentiment" in outcome.stderr
