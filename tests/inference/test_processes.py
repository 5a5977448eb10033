"""A classifier in other processes, and in one that ends on a refused model."""

import copy
import multiprocessing
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from onnx import helper

from sentiment import Classifier
from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import TOKENIZER_FILE

TEXTS = ["good film", "", "이 영화 정말 최고예요", "ㅋ" * 600]
Extend = Callable[..., bytes]
WriteModel = Callable[..., Path]


class TestPickle:
    def test_it_answers_alike_where_the_directory_is_gone(self, tiny_model_dir: Path) -> None:
        classifier = Classifier.load(tiny_model_dir, threads=1)
        expected, pickled = classifier.predict(TEXTS), pickle.dumps(classifier)
        shutil.rmtree(tiny_model_dir)
        again = pickle.loads(pickled)
        assert again.predict(TEXTS) == expected
        assert (again.labels, again.fingerprint, again.max_tokens) == (
            classifier.labels,
            classifier.fingerprint,
            classifier.max_tokens,
        )

    def test_another_model_in_its_place_is_no_substitute(self, tiny_model_dir: Path, write_model: WriteModel) -> None:
        classifier = Classifier.load(tiny_model_dir)
        write_model(tiny_model_dir, texts=("quite other texts",), replace=True)
        with pytest.raises(ModelDirectoryError, match="altered"):
            pickle.dumps(classifier)

    def test_a_pool_of_new_processes_takes_it(self, tiny_model_dir: Path) -> None:
        classifier = Classifier.load(tiny_model_dir, threads=1)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            (answers,) = pool.map(classifier.predict, [TEXTS])
        assert answers == classifier.predict(TEXTS)

    def test_a_process_loads_it_once(self, tmp_path: Path, write_model: WriteModel) -> None:
        models = [write_model(tmp_path / text, texts=(text,)) for text in ("one", "two", "three")]
        first, *others = [pickle.dumps(Classifier.load(path, threads=1)) for path in models]
        loaded = pickle.loads(first)
        assert pickle.loads(first) is loaded
        assert [pickle.loads(pickled).fingerprint for pickled in others] == [
            Classifier.load(path).fingerprint for path in models[1:]
        ]
        assert pickle.loads(first) is not loaded  # a worker that gets many models does not keep them all
        assert pickle.loads(first).predict(TEXTS) == loaded.predict(TEXTS)

    def test_a_copy_is_the_classifier_itself(self, tiny_model_dir: Path) -> None:
        classifier = Classifier.load(tiny_model_dir)
        held = {"model": classifier}
        assert copy.copy(classifier) is copy.deepcopy(classifier) is copy.deepcopy(held)["model"] is classifier


@pytest.fixture
def refused(tmp_path: Path, write_model: WriteModel, extended: Extend) -> Path:
    """A model directory whose graph takes long to load, and whose tokenizer is refused at once."""
    chain = [helper.make_node("Tanh", [f"x{number}"], [f"x{number + 1}"]) for number in range(1_900)]
    first = helper.make_node("Identity", ["embedded"], ["x0"])
    return write_model(tmp_path / "refused", graph=extended(first, *chain), tokenizer="{}")


def test_a_refused_tokenizer_is_an_exception_and_not_the_end_of_the_process(refused: Path) -> None:
    script = (
        "import sys, threading; from sentiment import Classifier; from sentiment.errors import ModelDirectoryError\n"
        "try: Classifier.load(sys.argv[1])\n"
        "except ModelDirectoryError as error: print(error, threading.active_count()); sys.exit(42)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, refused], check=False, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (42, "")
    assert TOKENIZER_FILE in done.stdout
    assert done.stdout.endswith(" 1\n")  # no thread is left in onnxruntime


def test_the_command_ends_with_its_exit_code(refused: Path) -> None:
    command = [sys.executable, "-m", "sentiment", "predict", "good", "--model", str(refused)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
