"""Where no model is named, the script of each text chooses among those that come with sentiment."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.model_dir import DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER

Run = Callable[..., Any]
KOREAN, ENGLISH = "이 영화 정말 좋아요", "a good film"


@pytest.fixture
def _both_shipped(
    shipped: Path, write_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(shipped / ENGLISH_CLASSIFIER, texts=["a good film", "a bad film"])
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_both_shipped")
class TestPredict:
    @pytest.mark.parametrize(
        ("text", "name", "script"), [(KOREAN, DEFAULT_CLASSIFIER, "Hangul"), (ENGLISH, ENGLISH_CLASSIFIER, "Latin")]
    )
    def test_the_model_is_told(self, run_command: Run, text: str, name: str, script: str) -> None:
        note = f"model: {name} (the model that comes with sentiment for texts in {script})\n"
        for options in ([text], ["--trace", text], ["--explain", text]):
            assert run_command("predict", *options).stderr.startswith(note)
        assert run_command("predict", stdin=text.encode()).stderr.startswith(note)

    def test_a_table_may_mix_them(self, run_command: Run) -> None:
        Path("mixed.csv").write_text(f"text\n{KOREAN}\n{ENGLISH}\n", encoding="utf-8")
        outcome = run_command("predict", "--file", "mixed.csv", "--output", "answered.csv")
        alone = [json.loads(run_command("predict", "--json", text).stdout)["label"] for text in (KOREAN, ENGLISH)]
        answered = Path("answered.csv").read_text(encoding="utf-8").splitlines()[1:]
        assert [line.split(",")[1] for line in answered] == alone
        assert outcome.stderr.count("model: ") == 2

    @pytest.mark.parametrize(("num_english", "is_told"), [(0, False), (1, False), (20, True)])
    def test_totals_of_two_models_are_not_corrected_for_the_errors_of_one(
        self, run_command: Run, num_english: int, is_told: bool
    ) -> None:
        rows = [KOREAN] * 30 + [ENGLISH] * num_english
        Path("mixed.csv").write_text("\n".join(["text", *rows]), encoding="utf-8")
        summary = json.loads(run_command("predict", "--file", "mixed.csv", "--summary", "--json").stdout)
        assert ("several models predicted these rows" in summary["not_corrected"]) == is_told
        assert summary["model"] == (
            f"{DEFAULT_CLASSIFIER}, {ENGLISH_CLASSIFIER}" if num_english else DEFAULT_CLASSIFIER
        )

    def test_models_of_other_classes_share_a_table(
        self, run_command: Run, shipped: Path, write_model: Callable[..., Path]
    ) -> None:
        three = ("negative", "neutral", "positive")
        write_model(shipped / DEFAULT_CLASSIFIER, labels=three, replace=True)
        rows = [KOREAN] * 30 + [ENGLISH] * 2
        Path("mixed.csv").write_text("\n".join(["text", *rows]), encoding="utf-8")
        options = ("--file", "mixed.csv", "--all-probabilities", "--explain")
        assert run_command("predict", *options, "--output", "answered.csv").exit_code == 0
        answered = [*csv.DictReader(Path("answered.csv").read_text(encoding="utf-8").splitlines())]
        assert [key for key in answered[0] if "_probability_" in key] == [f"predicted_probability_{n}" for n in three]
        neutral = [float(row["predicted_probability_neutral"]) for row in answered]
        assert neutral[0] > 0.0 == neutral[-1]
        lines = run_command("predict", "--all-probabilities", stdin=f"{KOREAN}\n{ENGLISH}\n".encode()).stdout
        assert {line.count("\t") for line in lines.splitlines()} == {5}
        summary = json.loads(run_command("predict", "--file", "mixed.csv", "--summary", "--json").stdout)
        assert [share["label"] for share in summary["shares"]] == [*three]
        assert sum(share["counted"] for share in summary["shares"]) == len(rows)

    def test_a_named_model_reads_all(self, run_command: Run) -> None:
        outcome = run_command("predict", "--model", DEFAULT_CLASSIFIER, ENGLISH)
        assert outcome.stderr == f"model: {DEFAULT_CLASSIFIER} (--model)\n"

    def test_other_scripts_get_no_guess(self, run_command: Run) -> None:
        outcome = run_command("predict", "こんにちは")
        assert outcome.stdout.startswith("no answer: the text is written in Hiragana, which no included model reads")
