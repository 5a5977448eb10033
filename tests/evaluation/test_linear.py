"""The linear baseline learns, answers for every class, and is fitted once."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment.errors import MissingExtraError
from sentiment.evaluation import LinearSettings, NumberedRows, fit_linear, kept_linear, linear, linear_probabilities
from sentiment.evaluation.kept_linear import KeptLinear
from sentiment.evaluation.linear import LinearModel

TEXTS = ["정말 재미있어요", "최고의 영화", "다시 보고 싶어요", "지루하고 별로예요", "돈이 아까워요", "최악의 영화"]
TRAINING = NumberedRows(TEXTS, np.array([1, 1, 1, 0, 0, 0]), num_classes=2)
UNSEEN = ["재미있어요", "지루해요", "\ud800"]


class Notes(list[str]):
    """Collects what is said."""

    def __call__(self, text: str) -> None:
        self.append(text)


Fitted = Callable[[NumberedRows], bool]


@pytest.fixture
def fits_again(tmp_path: Path) -> Fitted:
    def answer(training: NumberedRows, texts: list[str] = UNSEEN) -> bool:
        notes = Notes()
        ask(texts, training=training, cache=tmp_path, notify=notes)
        return any("fitting" in note for note in notes)

    return answer


def ask(
    texts: list[str] = UNSEEN, *, training: NumberedRows = TRAINING, cache: Path | None, notify: Callable[[str], None]
) -> NDArray[np.float32]:
    return KeptLinear(training, cache, notify).probabilities(texts)


def entries(folder: Path) -> list[Path]:
    """Return what is kept: the model, which is of several arrays, and the answers."""
    return sorted(folder.iterdir(), key=lambda path: -len(np.load(path).files))


def test_learns_from_characters() -> None:
    probabilities = linear_probabilities(TRAINING, UNSEEN, LinearSettings.for_rows(6), Notes())
    assert probabilities.dtype == np.float32
    assert probabilities.argmax(axis=1)[:2].tolist() == [1, 0]
    assert probabilities.sum(axis=1) == pytest.approx(1.0)


def test_a_class_without_training_rows_gets_no_probability() -> None:
    rows = NumberedRows(TEXTS, np.array([3, 3, 1, 1, 0, 0]), num_classes=5)
    probabilities = linear_probabilities(rows, UNSEEN, LinearSettings.for_rows(6), Notes())
    assert probabilities.shape == (3, 5)
    assert (probabilities[:, [2, 4]] == 0.0).all()
    assert probabilities.sum(axis=1) == pytest.approx(1.0)


def test_rare_n_grams_count_in_few_rows_only() -> None:
    assert LinearSettings.for_rows(9_999).min_df == 1
    assert LinearSettings.for_rows(10_000).min_df == 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_that_does_not_converge_is_said() -> None:
    notes = Notes()
    linear_probabilities(TRAINING, UNSEEN, LinearSettings(min_df=1, max_iterations=1), notes)
    assert notes == ["the linear baseline has not converged after 1 iterations; it may be weaker"]


@pytest.mark.parametrize("labels", [[1, 1, 1, 0, 0, 0], [3, 3, 1, 1, 0, 0]])
def test_a_model_in_arrays_answers_as_it_did(labels: list[int]) -> None:
    rows = NumberedRows([*TEXTS[:-1], "\ud800\n두 줄"], np.array(labels), num_classes=5)
    settings = LinearSettings.for_rows(6)
    model = fit_linear(rows, settings, Notes())
    again = LinearModel.from_arrays(model.to_arrays(), settings)
    asked = [*TEXTS, *UNSEEN, "", "\n두"]
    np.testing.assert_array_equal(again.probabilities(asked), model.probabilities(asked))


def test_the_second_answer_comes_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    first = ask(cache=tmp_path, notify=notes)
    assert notes == [
        "fitting the character n-gram baseline on the model's 6 training rows: some seconds; the fit is cached, "
        "and `no_baseline` leaves it out"
    ]
    np.testing.assert_array_equal(first, linear_probabilities(TRAINING, UNSEEN, LinearSettings.for_rows(6), notes))
    monkeypatch.setattr(kept_linear, "fit_linear", None)
    monkeypatch.setattr(LinearModel, "probabilities", None)
    np.testing.assert_array_equal(ask(cache=tmp_path, notify=notes), first)
    assert len(notes) == 1
    assert np.array_equal(np.load(entries(tmp_path)[1], allow_pickle=False)["probabilities"], first)


def test_other_texts_are_answered_without_another_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(cache=tmp_path, notify=Notes())
    expected = linear_probabilities(TRAINING, ["재미"], LinearSettings.for_rows(6), Notes())
    monkeypatch.setattr(kept_linear, "fit_linear", None)
    notes = Notes()
    np.testing.assert_array_equal(ask(["재미"], cache=tmp_path, notify=notes), expected)
    assert notes == []


@pytest.mark.parametrize(
    ("characters", "told"), [(1_000, "some seconds"), (2_000_000, "about 40 s"), (5_000_000, "about 2 minutes")]
)
def test_how_long_the_fit_takes_is_told_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, characters: int, told: str
) -> None:
    def begin(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kept_linear, "fit_linear", begin)
    rows = NumberedRows(["가" * (characters // 2)] * 2, np.array([0, 1]), 2)
    notes = Notes()
    with pytest.raises(KeyboardInterrupt):
        ask(training=rows, cache=tmp_path, notify=notes)
    assert f"2 training rows: {told}; the fit is cached" in notes[0]


def test_without_a_folder_the_users_cache_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    ask(cache=None, notify=Notes())
    assert {path.suffix for path in (tmp_path / "sentiment" / "baselines").iterdir()} == {".npz"}


def test_without_a_home_directory_nothing_is_kept_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("platformdirs.user_cache_path", fail)
    notes = Notes()
    assert ask(cache=None, notify=notes).shape == (3, 2)
    assert "this user has no home directory; set XDG_CACHE_HOME" in notes[0]


@pytest.mark.parametrize(
    "changed",
    [
        NumberedRows([*TEXTS[:-1], "최악의 영화."], TRAINING.labels, 2),
        NumberedRows(TEXTS, np.array([1, 1, 1, 0, 0, 1]), 2),
        NumberedRows(TEXTS, TRAINING.labels, 3),
        NumberedRows(["정말 재미있어요최", "고의 영화", *TEXTS[2:]], TRAINING.labels, 2),
    ],
)
def test_other_training_rows_are_fitted_anew(fits_again: Fitted, changed: NumberedRows) -> None:
    assert fits_again(TRAINING)
    assert fits_again(changed)
    assert not fits_again(TRAINING)


def test_other_conditions_are_fitted_anew(fits_again: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fits_again(TRAINING)
    with monkeypatch.context() as patch:
        patch.setattr(kept_linear, "version", lambda package: "99.0")
        assert fits_again(TRAINING)
    with monkeypatch.context() as patch:
        patch.setattr(linear, "MANY_ROWS", 6)
        assert fits_again(TRAINING)
    assert not fits_again(TRAINING)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:200] + b"\x00" + b[201:]])
def test_a_damaged_entry_is_computed_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    whole = ask(cache=tmp_path, notify=Notes())
    paths = entries(tmp_path)
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents, strict=True):
        assert damage(content) != content
        path.write_bytes(damage(content))
    notes = Notes()
    again = ask(cache=tmp_path, notify=notes)
    assert {note for note in notes if "damaged" in note} == {
        f"{path}: the cache entry is damaged; computing it again" for path in paths
    }
    assert np.array_equal(again, whole)
    assert [path.read_bytes() for path in paths] == contents


def _sealed(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"\x80\x04N.", b"no arrays"])
def test_an_entry_of_another_kind_is_damaged(tmp_path: Path, content: bytes) -> None:
    whole = ask(cache=tmp_path, notify=Notes())
    for path in entries(tmp_path):
        path.write_bytes(_sealed(content))
    notes = Notes()
    assert np.array_equal(ask(cache=tmp_path, notify=notes), whole)
    assert any("the cache entry is damaged" in note for note in notes)


def test_no_pipe_in_the_cache_is_waited_for(tmp_path: Path) -> None:
    whole = ask(cache=tmp_path, notify=Notes())
    for path in entries(tmp_path):
        path.unlink()
        os.mkfifo(path)
    notes = Notes()
    assert np.array_equal(ask(cache=tmp_path, notify=notes), whole)
    assert any("cannot be read (a pipe, not a regular file)" in note for note in notes)


def test_an_unusable_folder_costs_the_cache_only(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.touch()
    notes = Notes()
    answers = ask(cache=folder, notify=notes)
    assert answers.shape == (3, 2)
    assert "cannot be cached" in notes[-1]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ask(cache=tmp_path, notify=Notes())
    assert list(tmp_path.iterdir()) == []


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'recurrent-sentiment\[eval\]'"):
        linear_probabilities(TRAINING, UNSEEN, LinearSettings(), Notes())
