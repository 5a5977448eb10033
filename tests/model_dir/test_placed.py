"""The real models in the package: none while README.md says that they are yet to come, from then on all."""

import json
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sentiment
from sentiment.errors import ModelDirectoryError
from sentiment.inference import Classifier
from sentiment.inference.batching import MAX_BATCH_TOKENS
from sentiment.inference.graph import GraphError
from sentiment.inference.network import Network
from sentiment.inference.verification import verify_model
from sentiment.model_dir import CLASSIFIER, ENCODER, ONNX_FILE, TOKENIZER_FILE, WEIGHTS_FILE, ModelDirectory, known
from sentiment.text.tokenizer_file import load_tokenizer

SHIPPED = Path(sentiment.__file__).parent / "shipped"
LABELS = {
    known.DEFAULT_CLASSIFIER: ("negative", "neutral", "positive"),
    known.FILM_CLASSIFIER: ("negative", "positive"),
    known.ENGLISH_CLASSIFIER: ("negative", "positive"),
}
KINDS = {**dict.fromkeys(LABELS, CLASSIFIER), **dict.fromkeys(known.SHIPPED_ENCODERS.values(), ENCODER)}
classifiers = pytest.mark.parametrize("name", LABELS)
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
IS_TO_COME = "A model that comes with the package is yet to come" in README
PLAIN = {
    "positive": [
        "이 영화 정말 최고예요",
        "너무 재미있게 봤습니다",
        "감동적이고 배우들 연기도 훌륭했어요",
        "강력 추천합니다",
    ],
    "negative": ["돈이 아까워요", "정말 지루하고 재미없다", "최악의 영화, 시간 낭비", "스토리도 엉망이고 연기도 별로"],
}
ENGLISH = {
    "positive": ["A wonderful film that stays with you", "The acting is superb and I loved every minute"],
    "negative": ["What a waste of time", "Dull, predictable and badly acted"],
}
placed = pytest.mark.skipif(IS_TO_COME, reason="README.md says that the models are yet to come")


def test_the_readme_tells_whether_there_are_any() -> None:
    found = {path.name for path in SHIPPED.iterdir()} if SHIPPED.is_dir() else set()
    assert found == (set() if IS_TO_COME else set(KINDS))


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The package as it is, asked from a folder without runs."""
    monkeypatch.setattr(known, "SHIPPED", SHIPPED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    return SHIPPED


@placed
@pytest.mark.parametrize("name", KINDS)
def test_it_is_sound_small_and_tells_about_itself(name: str, real: Path) -> None:
    directory = verify_model(real / name)
    assert directory.manifest.kind == KINDS[name]
    assert sum(path.stat().st_size for path in (real / name).iterdir()) <= 10_000_000
    card = directory.read("README.md").decode()
    assert card.startswith(f"# {name}\n")
    assert re.search("[가-힣]", card)
    assert not re.search(r"(^|[\s\"'])/(home|root|work|tmp|Users)/", card + directory.read("metrics.json").decode())


@placed
@classifiers
def test_a_classifier_is_int8_without_weights(name: str, real: Path) -> None:
    directory = ModelDirectory.open(real / name)
    assert json.loads(directory.read("metrics.json"))["export"]["precision"] == "int8"
    assert WEIGHTS_FILE not in directory.manifest.files
    assert directory.labels == LABELS[name]


@placed
@classifiers
def test_its_files_would_pass_the_checks_that_they_are_spared(name: str, real: Path) -> None:
    path = real / name / ONNX_FILE
    assert Network(path.read_bytes(), path, len(LABELS[name])).max_batch_tokens == MAX_BATCH_TOKENS
    content = (real / name / TOKENIZER_FILE).read_bytes()
    spared = load_tokenizer(content, "here", is_shipped=True)
    assert load_tokenizer(content, "here").to_str() == spared.to_str()


@placed
def test_what_does_not_lie_in_the_package_is_not_spared(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_content: bytes) -> tuple[int, int]:
        raise GraphError("it is looked at")

    classifier = Classifier.load(known.DEFAULT_CLASSIFIER)
    copied = shutil.copytree(real / known.DEFAULT_CLASSIFIER, tmp_path / "elsewhere")
    pickled = pickle.dumps(classifier)
    monkeypatch.setattr("sentiment.inference.graph.check_graph", refuse)
    assert Classifier.load(known.DEFAULT_CLASSIFIER).labels == classifier.labels
    with pytest.raises(ModelDirectoryError, match="it is looked at"):
        Classifier.load(copied)
    with pytest.raises(ModelDirectoryError, match="it is looked at"):
        pickle.loads(pickled)


@placed
@classifiers
def test_it_reads_plain_sentences(name: str, real: Path) -> None:
    classifier = Classifier.load(name)
    for label, texts in (ENGLISH if name == known.ENGLISH_CLASSIFIER else PLAIN).items():
        assert [answer.label for answer in classifier.predict(texts)] == [label] * len(texts)


@placed
def test_predict_answers_without_any_choice(real: Path, run_command: Callable[..., Any]) -> None:
    note = "model: korean-opinion (the model that comes with sentiment for texts in Hangul)\n"
    outcome = run_command("predict", "이 영화 정말 최고예요")
    assert (outcome.exit_code, outcome.stderr) == (0, note)
    assert outcome.stdout.startswith("positive")


@placed
def test_an_english_text_gets_the_english_model(real: Path, run_command: Callable[..., Any]) -> None:
    outcome = run_command("predict", "A wonderful film that stays with you")
    assert outcome.stdout.startswith("positive")
    assert outcome.stderr == "model: english-sentiment (the model that comes with sentiment for texts in Latin)\n"


OTHER_DOMAINS = {
    "배송이 하루 만에 왔어요": "positive",
    "상담원이 끝까지 친절하게 도와줬습니다": "positive",
    "한 달 만에 고장 났어요": "negative",
    "업데이트하고 나서 계속 튕겨요 고쳐주세요": "negative",
    "👍👍👍": "positive",
    "상영 시간은 두 시간 십 분입니다": "neutral",
    "www.naver.com": "neutral",
}


@placed
def test_the_opinion_model_reads_other_subjects_than_films_and_facts(real: Path) -> None:
    answers = Classifier.load(known.DEFAULT_CLASSIFIER).predict([*OTHER_DOMAINS])
    assert {answer.text: answer.label for answer in answers} == OTHER_DOMAINS


@placed
def test_training_starts_from_the_encoder(real: Path, run_command: Callable[..., Any]) -> None:
    Path("my.csv").write_text("text,label\n" + "정말 좋아요,좋음\n돈이 아까워요,싫음\n" * 20, encoding="utf-8")
    steps = ("--set", "training.epochs=1", "--threads", "1")
    outcome = run_command("train", "small", "--from", "korean-reviews", "--data", "my.csv", *steps)
    assert outcome.exit_code == 0, outcome.stderr
    assert "starting from korean-reviews: its tokens, embedding and encoder" in outcome.stderr
