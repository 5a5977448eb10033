"""The linear baseline learns, answers for every class, and is fitted once."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sentiment.errors import MissingExtraError
from sentiment.evaluation import LinearSettings, NumberedRows, linear, linear_probabilities
from sentiment.evaluation.linear import cached_linear_probabilities

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
        cached_linear_probabilities(training, texts, cache=tmp_path, notify=notes)
        return any("fitting" in note for note in notes)

    return answer


def entry(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


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


def test_the_second_answer_comes_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    first = cached_linear_probabilities(TRAINING, UNSEEN, cache=tmp_path, notify=notes)
    assert len(notes) == 1
    assert "fitting the character n-gram baseline on 6 rows" in notes[0]
    assert np.array_equal(np.load(entry(tmp_path), allow_pickle=False), first)
    monkeypatch.setattr(linear, "linear_probabilities", None)
    assert np.array_equal(cached_linear_probabilities(TRAINING, UNSEEN, cache=tmp_path, notify=notes), first)
    assert len(notes) == 1


def test_without_a_folder_the_users_cache_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    cached_linear_probabilities(TRAINING, UNSEEN, cache=None, notify=Notes())
    assert entry(tmp_path / "sentiment" / "baselines").suffix == ".npy"


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
        patch.setattr(linear, "version", lambda package: "99.0")
        assert fits_again(TRAINING)
    with monkeypatch.context() as patch:
        patch.setattr(linear, "MANY_ROWS", 6)
        assert fits_again(TRAINING)
    assert not fits_again(TRAINING)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:200] + b"\x00" + b[201:]])
def test_a_damaged_entry_is_computed_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    whole = cached_linear_probabilities(TRAINING, UNSEEN, cache=tmp_path, notify=Notes())
    path, content = entry(tmp_path), entry(tmp_path).read_bytes()
    assert damage(content) != content
    path.write_bytes(damage(content))
    notes = Notes()
    again = cached_linear_probabilities(TRAINING, UNSEEN, cache=tmp_path, notify=notes)
    assert notes[0] == f"{path}: the cache entry is damaged; computing it again"
    assert np.array_equal(again, whole)
    assert path.read_bytes() == content


def test_an_unusable_folder_costs_the_cache_only(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.touch()
    notes = Notes()
    answers = cached_linear_probabilities(TRAINING, UNSEEN, cache=folder, notify=notes)
    assert answers.shape == (3, 2)
    assert "cannot be kept for the next time" in notes[-1]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cached_linear_probabilities(TRAINING, UNSEEN, cache=tmp_path, notify=Notes())
    assert list(tmp_path.iterdir()) == []


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtraError, match=r"sentiment\[eval\]"):
        linear_probabilities(TRAINING, UNSEEN, LinearSettings(), Notes())
