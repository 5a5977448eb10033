"""Sequence to sequence: an autoencoder writes a review again from one state; what comes back, by length."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sentiment.generation.vocabulary import WrittenVocabulary
from sentiment.model_dir import TOKENIZER_FILE, ModelDirectory, load_weights
from sentiment.nn import PretrainingNetwork
from sentiment.text.batches import batches_by_length
from sentiment.text.encoding import encode
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.writing import write_whole
from textbook_stages.material import whole_training_file
from textbook_stages.stage import Case, Result, Stage, markdown, of
from trainings import SENTIMENT, can_be_resumed, run_command

TRAINING_TEXTS, TESTED_TEXTS, MOST_WORDS = 40_000, 2_000, 10
LENGTHS = ((1, 3), (4, 6), (7, 10), (11, 15), (16, 30))
"""Tokens of a review, from and to."""
DRAW_SEED = 0
SHOWN = (
    "최고의 영화",
    "정말 재미있어요",
    "돈이 아깝다",
    "배우들 연기가 정말 좋았어요",
    "스토리가 너무 뻔하고 지루해서 중간에 나왔다",
)
SETTINGS = (
    "pretraining.language_model=0",
    "pretraining.rating=0",
    "pretraining.autoencoder=1",
    "pretraining.negatives=256",
    "tokenizer.vocab_size=2000",
    "tokenizer.dropout=0",
    "model.bidirectional=false",
    "model.embedding_size=128",
    "model.hidden_size=128",
    "model.token_dropout=0",
    "model.embedding_dropout=0",
    "model.weight_dropout=0",
    "training.batch_size=64",
    "training.epochs=8",
)


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    yield from ({"seed": seed} for seed in seeds)


def _measure(case: Case, out: Path) -> Result:
    training, tested = _short_reviews()
    model = out / "models" / f"autoencoder-{case['seed']}"
    if not model.exists():
        model.parent.mkdir(parents=True, exist_ok=True)
        write_whole(table := out / "short-reviews.txt", "".join(f"{text}\n" for text in training).encode())
        chosen = [option for setting in SETTINGS for option in ("--set", setting)]
        fresh = ["--data", str(table), "--seed", str(case["seed"]), "--threads", "1", "--out", str(model), *chosen]
        run_command([*SENTIMENT, "pretrain", *(["--resume", str(model)] if can_be_resumed(model) else fresh)])
    return _Rewriter(model).figures(tested)


def _short_reviews() -> tuple[list[str], list[str]]:
    """Return reviews of few words, to train on and to rewrite; no text is in both."""
    short = [text for text in dict.fromkeys(whole_training_file().texts) if len(text.split()) <= MOST_WORDS]
    drawn = np.random.default_rng(DRAW_SEED).permutation(len(short))[: TRAINING_TEXTS + TESTED_TEXTS]
    texts = [" ".join(short[row].split()) for row in drawn.tolist()]
    return texts[TESTED_TEXTS:], texts[:TESTED_TEXTS]


class _Rewriter:
    """Reads a review with the encoder, and writes the likeliest word again and again with the decoder."""

    def __init__(self, model: Path) -> None:
        directory = ModelDirectory.open(model, allow_encoder=True)
        config = directory.config
        self.tokenizer = load_tokenizer(directory.read(TOKENIZER_FILE), str(model / TOKENIZER_FILE))
        self.network = PretrainingNetwork(config.model, config.pretraining, self.tokenizer.get_vocab_size(), 0, 0)
        weights = load_weights(directory, "delete it, so that it is trained again")
        self.network.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
        self.network.eval()

    def figures(self, tested: Sequence[str]) -> Result:
        """Return by length how many tokens come back in their places, and how many texts as a whole."""
        sequences = encode(self.tokenizer, tested, None)
        figures: Result = {"shown": [[text, self.rewritten(text)] for text in SHOWN]}
        right: dict[str, list[tuple[float, float, float]]] = {_name(span): [] for span in LENGTHS}
        for rows in batches_by_length(sequences.lengths, 256):
            length = int(sequences.lengths[rows[0]])
            for span in LENGTHS:
                if span[0] <= length <= span[1]:
                    input_ids = torch.from_numpy(sequences.batch(rows))
                    is_back = (self.write(input_ids, self.state(input_ids)) == input_ids).float()
                    others = (self.write(input_ids, self.state(input_ids).roll(1, dims=0)) == input_ids).float()
                    columns = is_back.mean(dim=1), is_back.amin(dim=1), others.mean(dim=1)
                    right[_name(span)] += torch.stack(columns, dim=1).tolist()
        for name, shares in right.items():
            tokens, whole, from_another = np.mean(shares, axis=0).round(4).tolist()
            figures[name] = {"texts": len(shares), "tokens": tokens, "whole": whole, "another": from_another}
        return figures

    @torch.no_grad()
    def state(self, input_ids: Tensor) -> Tensor:
        """Return the encoder's last states, (batch, hidden_size), of texts of one length."""
        final: Tensor = self.network.encoder(self.network.embedding(input_ids))[1]
        return final

    @torch.no_grad()
    def write(self, input_ids: Tensor, final: Tensor) -> Tensor:
        """Write as many words as there are, (batch, time), each the likeliest after those written before it."""
        network, head, vocabulary = self.network, self.network.autoencoder, self.network.vocabulary
        assert head is not None
        assert vocabulary is not None
        hidden, cell = head.bridge(final).unsqueeze(0).chunk(2, dim=2)
        state = torch.tanh(hidden).contiguous(), cell.contiguous()
        before, words = vocabulary.edge.expand(len(final), 1, -1), vocabulary.weight(network.embedding)[:-1]
        written = []
        for _ in range(input_ids.shape[1]):
            states, state = head.decoder(before, state)
            scores = head.projection(states[:, 0]) @ words.T + vocabulary.bias[:-1]
            written.append(scores.argmax(dim=1))
            before = network.embedding(written[-1])[:, None]
        return torch.stack(written, dim=1)

    def rewritten(self, text: str) -> str:
        """Return what comes back of a text."""
        input_ids = torch.tensor([self.tokenizer.encode(text, add_special_tokens=False).ids])
        tokens = self.write(input_ids, self.state(input_ids))[0].tolist()
        return WrittenVocabulary(self.tokenizer, "bpe").spell(tokens)


def _name(span: tuple[int, int]) -> str:
    return f"{span[0]} to {span[1]}"


def _table(results: list[Result]) -> str:
    heads = ["tokens of the review", "reviews", "tokens right in their places %", "whole review right %"]
    rows = []
    for span in LENGTHS:
        parts = of(results, _name(span))
        means = [100 * sum(part[key] for part in parts) / len(parts) for key in ("tokens", "whole", "another")]
        rows.append([_name(span), parts[0]["texts"], *(f"{mean:.1f}" for mean in means)])
    examples = markdown(["read", "written"], results[0]["shown"])
    return markdown([*heads, "tokens right from another review's state %"], rows) + "\n\n" + examples


STAGE = Stage(seeds=(0,), cases=_cases, measure=_measure, table=_table)
