"""Measure training speed, compared with a textbook loop, this machine's matrix product, and bfloat16.

    python scripts/benchmarks/training_speed.py --rounds 5

Both loops train the network of configs/textbook.yaml on the same rows, in turn, so that changes of the machine's speed
affect both. The textbook pads every text to 32 tokens in batches of 16; ours uses batches of equal length, in bfloat16
too where the processor multiplies it, as training does by default. Shares are of the float32 product's rate.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sentiment.config import Config, load_config
from sentiment.data import LabelledTexts, label_names, load_rows
from sentiment.nn import RecurrentClassifier, RecurrentEncoder, recurrent_flops
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.training.classification.task import ClassificationTask
from sentiment.training.compute.choice import multiplies_bfloat16
from sentiment.training.compute.device import CPU, Device
from sentiment.training.loop.reports import StepReport
from sentiment.training.loop.rows import FixedSequences
from sentiment.training.loop.trainer import Trainer

BFLOAT16 = Device("cpu", "bfloat16")
MATRIX_SIZES = (512, 1024, 2048)
TIME_STEPS = 16


class TextbookClassifier(nn.Module):
    """The textbook network: padded batches, and the state at the last column, even if it is padding."""

    def __init__(self, config: Config, vocab_size: int, num_classes: int) -> None:
        super().__init__()
        model = config.model
        self.padding = vocab_size
        self.embedding = nn.Embedding(vocab_size + 1, model.embedding_size, padding_idx=self.padding)
        self.lstm = nn.LSTM(
            model.embedding_size,
            model.hidden_size,
            model.num_layers,
            batch_first=True,
            dropout=model.layer_dropout,
            bidirectional=model.bidirectional,
        )
        self.dropout = nn.Dropout(model.output_dropout)
        self.output = nn.Linear(2 * model.hidden_size, num_classes)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score padded sequences, (batch, time), int64: (batch, num_classes)."""
        states, _ = self.lstm(self.embedding(input_ids))
        logits: Tensor = self.output(self.dropout(states[:, -1]))
        return logits


def padded_to(max_tokens: int, sequences: TokenSequences, pad: int) -> NDArray[np.int64]:
    """Return sequences padded to `max_tokens`, as in a textbook, (texts, max_tokens)."""
    padded = np.full((len(sequences), max_tokens), pad)
    for row, length in enumerate(sequences.lengths):
        begin = sequences.offsets[row]
        padded[row, :length] = sequences.input_ids[begin : begin + length]
    return padded


def textbook_steps(
    model: TextbookClassifier, config: Config, sequences: TokenSequences, labels: NDArray[np.int64]
) -> Iterator[int]:
    """Train as in a textbook, endlessly; yield the rows of each step."""
    padded = padded_to(config.tokenizer.max_tokens, sequences, model.padding)
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(padded), torch.from_numpy(labels))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=config.training.learning_rate)
    model.train()
    while True:
        for input_ids, targets in torch.utils.data.DataLoader(dataset, config.training.batch_size, shuffle=True):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(input_ids), targets).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            yield len(targets)


def our_trainer(config: Config, sequences: TokenSequences, labels: np.ndarray, vocab_size: int) -> Trainer:
    """Make our trainer for the config's network, with practically unlimited epochs."""
    torch.manual_seed(0)
    training = config.training.model_copy(update={"epochs": 1_000_000})
    model = RecurrentClassifier(config.model, vocab_size, int(labels.max()) + 1)
    task = ClassificationTask(model, training, FixedSequences(sequences), labels, None)
    return Trainer(model, training, task)


def our_steps(trainer: Trainer) -> Iterator[int]:
    """Train with our trainer; yield the rows of each step."""
    seen = 0
    for report in trainer.run():
        if isinstance(report, StepReport):
            yield report.rows_seen - seen
            seen = report.rows_seen
        else:
            seen = 0


def rows_per_second(steps: Iterator[int], seconds: float) -> float:
    """Run steps for a while and return the rows per second."""
    rows, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        rows += next(steps)
    return rows / elapsed


def matrix_rate(seconds: float) -> float:
    """Return the best rate of a float32 matrix product over a few sizes, in FLOP/s."""
    return max(_best_rate(size, seconds / len(MATRIX_SIZES)) for size in MATRIX_SIZES)


def _best_rate(size: int, seconds: float) -> float:
    a, b = torch.randn(size, size), torch.randn(size, size)
    durations = _durations(lambda: a @ b, seconds)
    return 2 * size**3 / statistics.median(durations)


def _durations(call: Callable[[], object], seconds: float) -> list[float]:
    call()
    durations: list[float] = []
    while sum(durations) < seconds:
        started = time.perf_counter()
        call()
        durations.append(time.perf_counter() - started)
    return durations


def step_rate(config: Config, vocab_size: int, time_steps: int, seconds: float, device: Device = CPU) -> float:
    """Return the rate of whole training steps on full batches of equal length, in FLOP/s of the encoder's products.

    The time includes everything in a step: embedding, encoder, pooling, loss, backward, clipping, optimiser, average.
    """
    batch_size = config.training.batch_size
    rng = np.random.default_rng(0)
    offsets = np.arange(64 * batch_size + 1, dtype=np.int64) * time_steps
    input_ids = rng.integers(vocab_size, size=offsets[-1]).astype(np.int32)
    sequences = TokenSequences(input_ids, offsets, np.zeros(len(offsets) - 1, dtype=np.bool_))
    labels = rng.integers(2, size=len(sequences))
    trainer = our_trainer(config, sequences, labels, vocab_size)
    trainer.move_to(device)
    steps = our_steps(trainer)
    durations = _durations(lambda: next(steps), seconds)
    return _flops(config, time_steps) / statistics.median(durations)


def encoder_rate(config: Config, time_steps: int, seconds: float) -> float:
    """Return the rate of the encoder alone, forward and backward, on the rows of a training step, in FLOP/s."""
    encoder = RecurrentEncoder(config.model)
    embedded = torch.randn(config.training.batch_size, time_steps, config.model.embedding_size, requires_grad=True)
    gradient = torch.ones(config.training.batch_size, time_steps, encoder.output_size)
    durations = _durations(lambda: torch.autograd.backward(encoder(embedded)[0], gradient), seconds)
    return _flops(config, time_steps) / statistics.median(durations)


def _flops(config: Config, time_steps: int) -> int:
    return recurrent_flops(config.model, config.training.batch_size * time_steps)


def training_rows(name: str, limit: int) -> tuple[LabelledTexts, np.ndarray]:
    """Return rows and their labels as numbers."""
    rows = load_rows(name, split="train", notify=print)
    numbers = {label: number for number, label in enumerate(label_names(rows.labels))}
    return rows, np.array([numbers[label] for label in rows.labels[:limit]], dtype=np.int64)


def main() -> None:
    """Print rates and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="nsmc", help="a named data set or a file")
    parser.add_argument("--rows", type=int, default=40_000, help="rows to train on")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each loop")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of a turn")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    compare_loops(arguments)
    compare_with_matrix_product(arguments)


def compare_loops(arguments: argparse.Namespace) -> None:
    """Train the textbook network with its loop and with ours, in turn."""
    config = load_config("textbook").config
    rows, labels = training_rows(arguments.data, arguments.rows)
    texts = list(rows.texts[: arguments.rows])
    tokenizer = train_tokenizer(texts, config.tokenizer)
    sequences = encode(tokenizer, texts, config.tokenizer.max_tokens)
    usable = np.flatnonzero(sequences.lengths)
    sequences, labels = encode(tokenizer, [texts[row] for row in usable], config.tokenizer.max_tokens), labels[usable]
    vocab_size = tokenizer.get_vocab_size()
    textbook_model = TextbookClassifier(config, vocab_size, int(labels.max()) + 1)
    loops = {"textbook, batch 16, padded to 32": textbook_steps(textbook_model, config, sequences, labels)}
    kinds = [(16, CPU), (256, CPU), *([(256, BFLOAT16)] if multiplies_bfloat16() else [])]
    for batch_size, device in kinds:
        training = config.training.model_copy(update={"batch_size": batch_size})
        trainer = our_trainer(config.model_copy(update={"training": training}), sequences, labels, vocab_size)
        trainer.move_to(device)
        loops[f"ours, batch {batch_size}, {device.precision}"] = our_steps(trainer)
    rates = {name: [rows_per_second(steps, arguments.seconds)] for name, steps in loops.items()}
    for _ in range(arguments.rounds):
        for name, steps in loops.items():
            rates[name].append(rows_per_second(steps, arguments.seconds))
    textbook = rates["textbook, batch 16, padded to 32"][1:]
    print(f"network of configs/textbook.yaml, {arguments.threads} threads, median of {arguments.rounds} rounds")
    for name, measured in rates.items():
        ratios = [rate / base for rate, base in zip(islice(measured, 1, None), textbook, strict=True)]
        print(
            f"  {name:34} {statistics.median(measured[1:]):9,.0f} reviews/s   "
            f"{statistics.median(ratios):5.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def compare_with_matrix_product(arguments: argparse.Namespace) -> None:
    """Compare the rates of the encoder and of whole training steps with that of a matrix product, in turn."""
    config, turn_s = load_config("bilstm").config, arguments.seconds / 3
    has_bfloat16 = multiplies_bfloat16()
    print(f"share of the float32 matrix product's rate, configs/bilstm.yaml, {TIME_STEPS} tokens a text")
    for hidden_size in (128, 256, 512):
        changed = network_of_width(config, hidden_size)
        encoder_shares, step_shares, bfloat16_shares = [], [], []
        for _ in range(arguments.rounds):
            ceiling = matrix_rate(turn_s)
            encoder_shares.append(encoder_rate(changed, TIME_STEPS, turn_s) / ceiling)
            rate = step_rate(changed, config.tokenizer.vocab_size, TIME_STEPS, turn_s)
            step_shares.append(rate / ceiling)
            if has_bfloat16:
                rate = step_rate(changed, config.tokenizer.vocab_size, TIME_STEPS, turn_s, BFLOAT16)
                bfloat16_shares.append(rate / ceiling)
        print(f"  {hidden_size} wide: encoder, forward and backward {_spread(encoder_shares)};", end=" ")
        print(f"whole step {_spread(step_shares)}; matrix product {ceiling / 1e9:.0f} GFLOP/s;", end=" ")
        print(f"step in bfloat16 {_spread(bfloat16_shares)}" if has_bfloat16 else "this processor has no bfloat16")


def network_of_width(config: Config, hidden_size: int) -> Config:
    """Return an experiment of another width, without n-grams, which have no matrix product."""
    model = config.model.model_copy(update={"hidden_size": hidden_size, "character_ngrams": 0, "word_ngrams": 0})
    return config.model_copy(update={"model": model})


def _spread(shares: list[float]) -> str:
    return f"{statistics.median(shares):.0%} ({min(shares):.0%} to {max(shares):.0%})"


if __name__ == "__main__":
    main()
