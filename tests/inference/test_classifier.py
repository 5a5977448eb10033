"""The classifier: right, alone or in company, for any text."""

import math
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import sentiment
from sentiment import Classifier, Prediction
from sentiment.errors import ModelDirectoryError
from sentiment.inference.batching import MAX_BATCH_TOKENS, inference_batches
from sentiment.model_dir import CONFIG_FILE, MANIFEST_FILE, ONNX_FILE, TOKENIZER_FILE, ModelDirectory
from sentiment.probabilities import softmax
from sentiment.text.encoding import encode
from sentiment.text.tokenizer_file import load_tokenizer

WriteModel = Callable[..., Path]
BuildGraph = Callable[..., bytes]

any_text = st.text(st.characters(exclude_categories=()), max_size=40)
TEXTS = ["good film", "", "이 영화 정말 최고예요", " \t\n", "bad film", "배우가 아깝다", "\ud800", "ㅋ" * 50]


@pytest.fixture(scope="module")
def classifier(shared_tiny_model_dir: Path) -> Classifier:
    return Classifier.load(shared_tiny_model_dir, threads=2)


def test_it_answers_as_the_graph_does(classifier: Classifier, shared_tiny_model_dir: Path) -> None:
    tokenizer = load_tokenizer((shared_tiny_model_dir / TOKENIZER_FILE).read_bytes(), "test")
    session = onnxruntime.InferenceSession(shared_tiny_model_dir / ONNX_FILE, providers=["CPUExecutionProvider"])
    text = "이 영화 정말 최고예요"
    input_ids = encode(tokenizer, [text], None).input_ids[np.newaxis].astype(np.int64)
    negative, positive = session.run(["logits"], {"input_ids": input_ids})[0][0]
    expected = 1 / (1 + math.exp(negative - positive))

    (answer,) = classifier.predict([text])
    assert answer.label == ("positive" if expected > 0.5 else "negative")
    assert answer.probabilities == pytest.approx({"negative": 1 - expected, "positive": expected}, abs=1e-6)
    assert answer.probability == pytest.approx(max(expected, 1 - expected), abs=1e-6)
    assert (answer.text, answer.num_tokens, answer.num_windows) == (text, input_ids.size, 1)
    assert classifier.probabilities([text]) == pytest.approx(np.array([[1 - expected, expected]]), abs=1e-6)


def test_an_empty_text_gets_no_answer(classifier: Classifier) -> None:
    assert classifier.predict(["", " \n\t"]) == [
        Prediction(text, None, None, None, num_tokens=0, num_windows=0) for text in ("", " \n\t")
    ]
    assert np.isnan(classifier.probabilities(["", "good"])).tolist() == [[True, True], [False, False]]


def test_no_texts_get_no_answers(classifier: Classifier) -> None:
    assert classifier.predict([]) == []
    assert classifier.probabilities([]).shape == (0, 2)


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(any_text, max_size=12), batch_size=st.integers(1, 5))
def test_an_answer_does_not_depend_on_its_neighbours(classifier: Classifier, texts: list[str], batch_size: int) -> None:
    together = classifier.probabilities(texts, batch_size)
    alone = np.concatenate([classifier.probabilities([text]) for text in texts] or [np.zeros((0, 2), np.float32)])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)
    scored = ~np.isnan(together).any(axis=1)
    np.testing.assert_allclose(together[scored].sum(axis=1), 1, atol=1e-6)


def test_the_number_of_threads_changes_no_bit(shared_tiny_model_dir: Path) -> None:
    answers = [
        Classifier.load(shared_tiny_model_dir, threads=threads).probabilities(TEXTS * 20, batch_size=7)
        for threads in (1, 2, 4, None)
    ]
    assert len({answer.tobytes() for answer in answers}) == 1


def test_it_may_be_asked_from_many_threads(classifier: Classifier) -> None:
    expected = classifier.predict(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for answers in pool.map(classifier.predict, [TEXTS] * 40):
            assert answers == expected


def test_three_classes(tmp_path: Path, write_model: WriteModel) -> None:
    labels = ("everyday", "parting", "love")
    (answer,) = Classifier.load(str(write_model(tmp_path / "model", labels=labels))).predict(["good"])
    assert answer.probabilities is not None
    assert tuple(answer.probabilities) == labels
    assert answer.probabilities[str(answer.label)] == answer.probability == max(answer.probabilities.values())


@given(
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=2, max_size=5).map(
        lambda row: np.array([row], np.float32)
    )
)
def test_softmax_overflows_nothing(logits: NDArray[np.float32]) -> None:
    probabilities = softmax(logits)
    assert probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert probabilities[0, logits.argmax()] == probabilities.max()


@given(
    lengths=st.lists(st.integers(0, 40) | st.sampled_from([512, 20_000]), max_size=60).map(np.array),
    batch_size=st.integers(1, 8),
)
def test_batches_have_one_length_and_hold_every_row_once(lengths: NDArray[np.int64], batch_size: int) -> None:
    lengths = lengths.astype(np.int64)
    batches = list(inference_batches(lengths, batch_size))
    assert sorted(int(row) for rows in batches for row in rows) == np.flatnonzero(lengths).tolist()
    for rows in batches:
        assert len(set(lengths[rows])) == 1
        assert len(rows) <= batch_size
        assert len(rows) == 1 or lengths[rows].sum() <= MAX_BATCH_TOKENS


class TestUnusableModels:
    """Files that are what the manifest says, and yet no classifier."""

    @pytest.fixture
    def load_with(self, tmp_path: Path, write_model: WriteModel) -> Callable[[bytes], Classifier]:
        return lambda graph: Classifier.load(write_model(tmp_path / "model", graph=graph, replace=True))

    @pytest.mark.parametrize(
        ("graph", "fault"),
        [
            (b"", "it is not an ONNX file (it contains no graph)"),
            (b"not a graph", "it is not an ONNX file (the file is cut off or altered)"),
            (b"\x08\x08" * 50, "the file has two ir_version fields"),
        ],
    )
    def test_bytes_that_are_no_graph(self, load_with: Callable[[bytes], Classifier], graph: bytes, fault: str) -> None:
        with pytest.raises(ModelDirectoryError, match=rf"model\.onnx: {re.escape(fault)}; train the model again$"):
            load_with(graph)

    def test_another_number_of_classes(self, load_with: Callable[[bytes], Classifier], build_graph: BuildGraph) -> None:
        with pytest.raises(ModelDirectoryError, match="it has 3 logits, but the manifest lists 2 labels"):
            load_with(build_graph(200, num_labels=3))

    def test_fewer_embeddings_than_tokens(
        self, load_with: Callable[[bytes], Classifier], build_graph: BuildGraph
    ) -> None:
        with pytest.raises(ModelDirectoryError, match="onnxruntime cannot run it"):
            load_with(build_graph(3))

    @pytest.mark.parametrize("names", [("input_ids", "tokens"), ("logits", "scores")])
    def test_other_inputs_and_outputs(
        self, load_with: Callable[[bytes], Classifier], build_graph: BuildGraph, names: tuple[str, str]
    ) -> None:
        model = onnx.load_from_string(build_graph(200))
        old, new = names
        for node in model.graph.node:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]
        for value in (*model.graph.input, *model.graph.output):
            value.name = new if value.name == old else value.name
        with pytest.raises(ModelDirectoryError, match="does not map int64 input_ids"):
            load_with(model.SerializeToString())

    def test_weights_that_are_no_numbers(
        self, load_with: Callable[[bytes], Classifier], build_graph: BuildGraph
    ) -> None:
        model = onnx.load_from_string(build_graph(200))
        classes = next(weights for weights in model.graph.initializer if weights.name == "classes")
        classes.raw_data = np.full(12, np.nan, np.float32).tobytes()
        with pytest.raises(ModelDirectoryError, match="its logits are NaN or infinite"):
            load_with(model.SerializeToString())

    @pytest.mark.parametrize("name", [ONNX_FILE, TOKENIZER_FILE])
    def test_a_truncated_file(self, tiny_model_dir: Path, name: str) -> None:
        content = (tiny_model_dir / name).read_bytes()
        (tiny_model_dir / name).write_bytes(content[:-1])
        with pytest.raises(ModelDirectoryError, match=f"{name}: truncated or altered"):
            Classifier.load(tiny_model_dir)

    def test_a_missing_directory(self, tmp_path: Path) -> None:
        with pytest.raises(ModelDirectoryError, match="no such model directory"):
            Classifier.load(tmp_path / "nothing")


def test_what_a_prediction_does_not_need_may_be_missing(tiny_model_dir: Path) -> None:
    expected = Classifier.load(tiny_model_dir).predict(TEXTS)
    for path in tiny_model_dir.iterdir():
        if path.name not in {MANIFEST_FILE, ONNX_FILE, TOKENIZER_FILE}:
            path.unlink()
    assert Classifier.load(tiny_model_dir).predict(TEXTS) == expected
    with pytest.raises(ModelDirectoryError, match=CONFIG_FILE):
        ModelDirectory.open(tiny_model_dir).verify()


def loaded_after(statement: str) -> set[str]:
    script = f"{statement}\nimport sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    return set(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    )


def test_the_package_loads_nothing_until_it_is_asked() -> None:
    heavy = {"numpy", "onnxruntime", "tokenizers", "pydantic", "yaml", "torch", "typer", "rich"}
    assert not loaded_after("import sentiment") & heavy
    assert {"numpy", "onnxruntime"} <= loaded_after("from sentiment import Classifier")
    assert not loaded_after("from sentiment import Classifier") & {"torch", "sklearn", "typer", "rich"}
    assert {"Classifier", "Prediction", "__version__"} <= set(dir(sentiment))
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        getattr(sentiment, "Nothing")  # noqa: B009 - mypy knows as well that it isn't there


def test_its_fingerprint_is_that_of_the_files(
    shared_tiny_model_dir: Path, tmp_path: Path, write_model: Callable[..., Path]
) -> None:
    fingerprint = Classifier.load(shared_tiny_model_dir).fingerprint
    assert fingerprint == ModelDirectory.open(shared_tiny_model_dir).fingerprint()
    assert fingerprint != Classifier.load(write_model(tmp_path / "other", max_tokens=4)).fingerprint


def test_numbers_below_one_are_refused(classifier: Classifier, shared_tiny_model_dir: Path) -> None:
    for batch_size in (0, -1):
        with pytest.raises(ValueError, match=f"batch_size is {batch_size}; it must be 1 or more"):
            classifier.probabilities(["good"], batch_size)
    with pytest.raises(ValueError, match="threads is 0"):
        Classifier.load(shared_tiny_model_dir, threads=0)
