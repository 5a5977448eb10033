"""One direction against two: accuracy, and words in a gap by what is left of it, right of it, or both."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.data import load_rows
from sentiment.generation.network.encoder import read_encoder
from sentiment.generation.network.language_model import BACKWARD, FORWARD, LanguageModel
from sentiment.generation.network.weights import WeightsFile
from sentiment.generation.vocabulary import WrittenVocabulary
from sentiment.model_dir import TOKENIZER_FILE, ModelDirectory, locate_model
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.text.tokenizer_training import SPACE
from textbook_stages.figures import accuracies, parameters, percent
from textbook_stages.material import opened
from textbook_stages.padding import model_of
from textbook_stages.stage import Case, Result, Stage, markdown, of

ENCODER = "korean-reviews"
GAPS, FEWEST_AROUND = 500, 2
SAYING = ("인생은 B와", " 사이의 C다")
SIDES = ("left", "right", "both")
NETWORKS = {"1 direction, 64 units": 1, "2 directions, 64 units each": 2}


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    yield from ({"what": network, "seed": seed} for network in NETWORKS for seed in seeds)
    yield {"what": "gaps", "seed": 0}
    yield {"what": "saying", "seed": 0}


def _measure(case: Case, out: Path) -> Result:
    if case["what"] == "gaps":
        return _gaps(case["seed"])
    if case["what"] == "saying":
        language_model, vocabulary = language_model_of(ENCODER)
        left, right = vocabulary.tokenize(SAYING[0]), vocabulary.tokenize_inside(SAYING[1])
        found = by_side(language_model, left, right)
        visible = vocabulary.writable[:-1] & ~vocabulary.is_blank[:-1]
        best = {side: np.argsort(-np.where(visible, logs, -np.inf))[:5].tolist() for side, logs in found.items()}
        return {side: [vocabulary.spell([token]) for token in tokens] for side, tokens in best.items()}
    model = model_of(out, NETWORKS[case["what"]], case["seed"])
    return {"accuracy": accuracies(model)["accuracy"], "weights": parameters(opened(model)[0].encoder)}


@cache
def language_model_of(name: str) -> tuple[LanguageModel, WrittenVocabulary]:
    """Return the language model of an encoder, and its tokens."""
    directory = ModelDirectory.open(locate_model(name), allow_encoder=True)
    config, weights = directory.config, WeightsFile.read(directory)
    tokenizer = load_tokenizer(directory.read(TOKENIZER_FILE), TOKENIZER_FILE)
    encoder = read_encoder(weights, config.model)
    language_model = LanguageModel.read(weights, config.model, tokenizer.get_vocab_size(), encoder)
    return language_model, WrittenVocabulary(tokenizer, config.tokenizer.kind)


def by_side(language_model: LanguageModel, left: Sequence[int], right: Sequence[int]) -> dict[str, NDArray[np.float32]]:
    """Return the log probability of every word in a gap, without the edge of a text: by each side, and their sum."""
    forward = language_model.begin_with(FORWARD, left).log_probabilities[0, :-1]
    backward = language_model.begin_with(BACKWARD, right).log_probabilities[0, :-1]
    return dict(zip(SIDES, (forward, backward, forward + backward), strict=True))


def _gaps(seed: int) -> Result:
    """Take one whole word out of each of some test reviews, which the encoder has not read, and ask for it."""
    language_model, vocabulary = language_model_of(ENCODER)
    texts = load_rows("nsmc", split="test", notify=lambda _: None).texts
    rng = np.random.default_rng(seed)
    ranks: dict[str, list[int]] = {side: [] for side in SIDES}
    for row in rng.permutation(len(texts)).tolist():
        tokens = vocabulary.tokenize(texts[row])
        spelled = vocabulary.spellings(tokens)
        places = [
            place
            for place in range(FEWEST_AROUND, len(tokens) - FEWEST_AROUND)
            if spelled[place].startswith(SPACE) and spelled[place + 1].startswith(SPACE) and spelled[place] != SPACE
        ]
        if not places:
            continue
        place = int(rng.choice(places))
        for side, logs in by_side(language_model, tokens[:place], tokens[place + 1 :]).items():
            ranks[side].append(int((logs > logs[tokens[place]]).sum()))
        if len(ranks["both"]) == GAPS:
            break
    return {
        side: [float(np.mean(np.array(found) < most)) for most in (1, 10, 100)] + [1 + float(np.median(found))]
        for side, found in ranks.items()
    }


def _table(results: list[Result]) -> str:
    rows = [
        [network, percent(of(results, "accuracy", what=network)), f"{of(results, 'weights', what=network)[0]:,}"]
        for network in NETWORKS
    ]
    networks = markdown(["LSTM", "accuracy %", "weights of the cells"], rows)
    (gaps,) = (result for result in results if result["what"] == "gaps")
    (saying,) = (result for result in results if result["what"] == "saying")
    rows = [
        [side, *(f"{100 * share:.1f}" for share in gaps[side][:-1]), f"{gaps[side][-1]:,.0f}", ", ".join(saying[side])]
        for side in SIDES
    ]
    heads = ["words seen", "first %", "among 10 %", "among 100 %", "median rank", f"{'_'.join(SAYING)}"]
    return networks + "\n\n" + markdown(heads, rows)


STAGE = Stage(seeds=(0, 1), cases=_cases, measure=_measure, table=_table)
