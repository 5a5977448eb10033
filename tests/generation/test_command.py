"""`sentiment generate`, from a pretraining to its texts."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import SENTENCES, MakeEncoder

RunCommand = Callable[..., Any]
CONFIG = """\
tokenizer: {vocab_size: 300}
model: {embedding_size: 8, hidden_size: 12}
pretraining: {sources: [sample], language_model: 1.0, negatives: null, held_out_texts: 5}
training: {epochs: 1, threads: 1}
"""


@pytest.fixture
def learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, learned_encoder: Path) -> Path:
    """The encoder that knows SENTENCES, as the only run of a folder."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "learned").symlink_to(learned_encoder)
    monkeypatch.chdir(tmp_path)
    return learned_encoder


def test_from_pretraining_to_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: RunCommand) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(CONFIG)
    assert run_command("pretrain", "./small.yaml", "--out", "runs/small").exit_code == 0
    outcome = run_command("generate", "--n", "4", "--seed", "7", "--max-tokens", "12")
    assert outcome.exit_code == 0, outcome.stderr
    assert len(outcome.stdout.splitlines()) == 4
    assert outcome.stderr == "encoder: runs/small (the last finished encoder under runs/)\n"
    again = run_command("generate", "--n", "4", "--seed", "7", "--max-tokens", "12", "--model", "small")
    assert again.stdout == outcome.stdout
    refused = run_command("generate", "--label", "10")
    assert refused.exit_code == 5
    assert "was not trained on ratings" in refused.stderr


def test_prompt_fill_and_beam(learned: Path, run_command: RunCommand) -> None:
    assert run_command("generate", "--prompt", "음악이 ", "--beam", "4", "--n", "1").stdout == f"{SENTENCES[4]}\n"
    assert run_command("generate", "--fill", "이 _ 정말 최고예요", "--n", "1").stdout == f"{SENTENCES[0]}\n"
    sampled = run_command("generate", "--prompt", "감독은 ", "--top-k", "1", "--n", "2").stdout
    assert sampled == f"{SENTENCES[2]}\n" * 2


def test_json(learned: Path, run_command: RunCommand) -> None:
    (line,) = run_command("generate", "--fill", "이 _ 정말 최고예요", "--n", "1", "--json").stdout.splitlines()
    told = json.loads(line)
    assert set(told) == {"text", "log_probability", "tokens", "ended", "fillings"}
    assert told["fillings"] == ["영화"]
    assert told["log_probability"] < 0


def test_labels(learned: Path, run_command: RunCommand, shared_tiny_model_dir: Path) -> None:
    for line in run_command("generate", "--label", "positive").stdout.splitlines():
        probability, text = line.split("\t")
        assert 0.0 <= float(probability) <= 1.0
        assert text
    judged = run_command("generate", "--label", "positive", "--classifier", str(shared_tiny_model_dir), "--json")
    for line in judged.stdout.splitlines():
        assert json.loads(line)["label"] == "positive"
    refused = run_command("generate", "--label", "neutral", "--classifier", str(shared_tiny_model_dir))
    assert refused.exit_code == 5
    assert "has no label 'neutral'; choose one of negative, positive" in refused.stderr


def test_control_characters_are_escaped(learned: Path, run_command: RunCommand) -> None:
    assert "\x1b" not in run_command("generate", "--prompt", "\x1b[31m 영화", "--n", "1").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fill", "a _", "--prompt", "b"), "cannot be combined with --prompt"),
        (("--fill", "a _", "--top-p", "0.5"), "cannot be combined with --top-p"),
        (("--fill", "no gap"), "has no gap; mark one with _"),
        (("--beam", "2"), "finds at most as many texts as its width"),
        (("--beam", "4", "--label", "10"), "cannot be combined with --label"),
        (("--fill", "a _", "--seed", "1"), "cannot be combined with --seed"),
        (("--beam", "4", "--temperature", "1"), "cannot be combined with --temperature"),
        (("--classifier", "x"), "--classifier: has no effect without --label"),
        (("--candidates", "4"), "--candidates: has no effect without --label"),
        (("--gap-tokens", "2", "--prompt", "a"), "--gap-tokens: has no effect without --fill"),
    ],
)
def test_options_that_contradict_are_usage_errors(
    run_command: RunCommand, arguments: tuple[str, ...], message: str
) -> None:
    outcome = run_command("generate", *arguments)
    assert outcome.exit_code == 2
    assert message in outcome.stderr


def test_what_cannot_write_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_command: RunCommand,
    shared_tiny_model_dir: Path,
    write_encoder: Callable[..., Path],
    made_encoder: MakeEncoder,
) -> None:
    monkeypatch.chdir(tmp_path)
    mute = made_encoder(tmp_path / "mute", objectives=("rating",))
    broken = write_encoder(tmp_path / "broken")
    for arguments, message in [
        ((), "no encoder: none is finished under runs/"),
        (("--model", str(shared_tiny_model_dir)), "a classifier, which has no language model"),
        (("--model", str(mute.path)), "an encoder without a language model"),
        (("--model", str(broken)), "an encoder without a language model"),
        (("--model", "./nowhere"), "no such model directory"),
    ]:
        outcome = run_command("generate", *arguments)
        assert outcome.exit_code == 5
        assert message in outcome.stderr.splitlines()[-1]


def test_it_loads_no_torch_and_opens_no_socket(learned: Path, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "def forbid(event, arguments):\n"
        "    assert not event.startswith('socket.'), event\n"
        "sys.addaudithook(forbid)\n"
        "from sentiment.cli import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    for arguments in (["--prompt", "이"], ["--fill", "이 _"], ["--label", "10"]):
        process = subprocess.run(
            [sys.executable, "-c", script, "generate", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = set(process.stderr.splitlines()[-1].split())
        assert {"numpy", "safetensors", "tokenizers"} <= loaded
        assert not loaded & {"torch", "onnxruntime", "sklearn", "pyarrow", "datasets", "rich"}
