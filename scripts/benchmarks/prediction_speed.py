"""Measure prediction: start-up time, latency of one sentence, throughput of a table, and memory.

    python scripts/benchmarks/prediction_speed.py start  --model runs/bilstm
    python scripts/benchmarks/prediction_speed.py warm   --model runs/bilstm
    python scripts/benchmarks/prediction_speed.py table  --model runs/bilstm --rows 1000000 --fasttext PYTHON
    python scripts/benchmarks/prediction_speed.py memory --model runs/bilstm --rows 500000 5000000

MODEL is a directory or a name, as for `sentiment predict`. `start` compares with torch if the directory contains the
weights, model.safetensors; the model that comes with the package has none, so it is measured without torch.

Compared programs run in turn, so that changes of the machine's speed affect both. The table's texts are from NSMC and
the other reviews under `$SENTIMENT_DATA`, else from the sample; all rows differ as long as there are enough texts.
"""

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain, cycle, islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sentiment import Classifier
from sentiment.data import load_rows
from sentiment.errors import SentimentError
from sentiment.model_dir import ONNX_FILE, TOKENIZER_FILE, WEIGHTS_FILE, ModelDirectory, locate_model
from sentiment.text.batches import batches_by_length
from sentiment.text.long_texts import encode_whole
from sentiment.text.tokenizer_file import load_tokenizer

SENTENCE = "이 영화 정말 최고예요"
BARE_IMPORTS = "import onnxruntime, tokenizers, typer"
BARE_BATCH_SIZES = (128, 256, 512)
FASTTEXT_EPOCHS = 5

THROUGH_TORCH = """
import sys
from pathlib import Path
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from sentiment.model_dir import ModelDirectory
from sentiment.nn import RecurrentClassifier
from sentiment.text.token_spelling import spell_tokens
directory = ModelDirectory.open(Path(sys.argv[1]))
tokenizer = Tokenizer.from_file(str(directory.path / "tokenizer.json"))
spelling = spell_tokens(tokenizer)
model = RecurrentClassifier(directory.config.model, len(spelling.characters), len(directory.labels), spelling)
weights = load_file(directory.path / "model.safetensors")
temperature = weights.pop("temperature", directory.manifest.temperature)  # format 1 has it here
model.load_state_dict(weights)
with torch.inference_mode():
    row = (model.eval()(torch.tensor([tokenizer.encode(sys.argv[2]).ids])) / temperature).softmax(dim=1)[0]
print(directory.labels[int(row.argmax())], float(row.max()))
"""

FASTTEXT = """
import sys, time
import fasttext
model = fasttext.train_supervised(sys.argv[1], wordNgrams=2, minn=2, maxn=5, dim=16, thread=2, epoch=int(sys.argv[3]))
lines = [line.rstrip("\\n") for line in open(sys.argv[2], encoding="utf-8")]
started = time.perf_counter()
model.predict(lines)
print(len(lines) / (time.perf_counter() - started))
"""


def wall_seconds(command: Sequence[str]) -> float:
    """Return the run time of a process, from start to exit."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def spread(values: Sequence[float], unit: str = "") -> str:
    """Format the median, with the smallest and the largest in brackets."""
    return f"{statistics.median(values):.3g}{unit} ({min(values):.3g} to {max(values):.3g})"


def compare_starts(model: Path, rounds: int) -> None:
    """Print the time of a process for its first prediction, compared with its lower bound, and with torch.

    A model without weights cannot be loaded into torch; that row is left out, with a note on stderr.
    """
    sentiment = str(Path(sys.executable).with_name("sentiment"))
    commands = {
        "predict": [sentiment, "predict", SENTENCE, "--model", str(model)],
        "bare imports": [sys.executable, "-c", BARE_IMPORTS],
        "through torch": [sys.executable, "-c", THROUGH_TORCH, str(model), SENTENCE],
        "--help": [sentiment, "--help"],
        "import typer": [sys.executable, "-c", "import typer"],
    }
    compared = [("predict", "bare imports"), ("through torch", "predict"), ("--help", "import typer")]
    if not (model / WEIGHTS_FILE).is_file():
        print(f"{model}: has no {WEIGHTS_FILE}, so it is not compared with torch", file=sys.stderr)
        del commands["through torch"], compared[1]
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for name, command in commands.items():
        wall_seconds(command)  # warms the disk cache
        print(f"{name}: {' '.join(command[:3])[:60]}")
    for _ in range(rounds):
        for name, command in commands.items():
            seconds[name].append(wall_seconds(command))
    print("\n| process | seconds |\n| --- | --- |")
    for name, values in seconds.items():
        print(f"| {name} | {spread(values)} |")
    for slow, fast in compared:
        print(f"| {slow} / {fast} | {spread([a / b for a, b in zip(seconds[slow], seconds[fast], strict=True)])} |")


def time_one_sentence(model: Path, repeats: int) -> None:
    """Print the latency of a single sentence in a warm process."""
    classifier = Classifier.load(model, threads=1)
    texts = list(islice(all_texts(), 2_000))
    milliseconds = []
    for text in islice(cycle(texts), repeats):
        started = time.perf_counter()
        classifier.predict([text])
        milliseconds.append(1e3 * (time.perf_counter() - started))
    median, p99 = np.percentile(milliseconds[repeats // 10 :], [50, 99])
    print(f"one sentence: median {median:.3f} ms, 99th percentile {p99:.3f} ms, of {repeats:,}")


def compare_tables(model: Path, num_rows: int, rounds: int, fasttext: str | None) -> None:
    """Print the speed from CSV to CSV, compared with onnxruntime alone on prepared batches, and with fastText."""
    with tempfile.TemporaryDirectory() as folder:
        table, output = Path(folder) / "rows.csv", Path(folder) / "answered.csv"
        texts = write_table(table, num_rows)
        bare = BareRuntime(model, texts)
        bare_speeds: list[float] = []
        our_speeds: list[float] = []
        command = [
            sys.executable,
            "-m",
            "sentiment",
            "predict",
            "--file",
            str(table),
            "--output",
            str(output),
            "--force",
        ]
        for _ in range(rounds):
            bare_speeds.append(bare.rows_per_second())
            our_speeds.append(num_rows / wall_seconds([*command, "--model", str(model)]))
        fasttext_speeds = fasttext_rows_per_second(fasttext, Path(folder), texts, rounds) if fasttext else []
    ratios = [ours / alone for ours, alone in zip(our_speeds, bare_speeds, strict=True)]
    print(f"\n| {num_rows:,} rows | rows/s |\n| --- | --- |")
    print(f"| onnxruntime alone, ready batches ({bare.setting}) | {spread(bare_speeds)} |")
    print(f"| sentiment predict, CSV to CSV, start included | {spread(our_speeds)} |")
    if fasttext_speeds:
        print(f"| fasttext predict, lines at hand | {spread(fasttext_speeds)} |")
    print(f"| sentiment / onnxruntime alone | {spread(ratios)} |")


class BareRuntime:
    """onnxruntime on prepared batches of equal length: the upper bound for a table.

    The fastest of several threading settings on the first batches is used.
    """

    def __init__(self, model: Path, texts: Sequence[str]) -> None:
        directory = ModelDirectory.open(model)
        tokenizer = load_tokenizer(directory.read(TOKENIZER_FILE), TOKENIZER_FILE)
        self._sequences = encode_whole(tokenizer, texts)
        self._graph = directory.read(ONNX_FILE)
        self._num_rows = len(texts)
        cores = len(os.sched_getaffinity(0))
        settings = [(callers, intra, size) for callers, intra in ((cores, 1), (1, cores)) for size in BARE_BATCH_SIZES]
        sample = np.random.default_rng(0).permutation(len(texts))[:20_000]
        self._setting = min(settings, key=lambda setting: self._seconds(setting, sample))

    @property
    def setting(self) -> str:
        """The threading setting, for people."""
        callers, intra, size = self._setting
        return f"{callers} callers, {intra} threads each, batches of {size}"

    def rows_per_second(self) -> float:
        """Run every batch once."""
        return self._num_rows / self._seconds(self._setting, np.arange(self._num_rows))

    def _seconds(self, setting: tuple[int, int, int], rows: NDArray[np.int64]) -> float:
        callers, intra, size = setting
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = intra
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        session = onnxruntime.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])
        batches = [
            self._sequences.batch(rows[batch])
            for batch in batches_by_length(self._sequences.lengths[rows], size)
            if self._sequences.lengths[rows[batch[0]]]
        ]
        started = time.perf_counter()
        with ThreadPoolExecutor(callers) as pool:
            list(pool.map(lambda input_ids: session.run(["logits"], {"input_ids": input_ids}), batches))
        return time.perf_counter() - started


def fasttext_rows_per_second(python: str, folder: Path, texts: Sequence[str], rounds: int) -> list[float]:
    """Time fastText's prediction of the same texts, in a separate environment that has the package."""
    labelled, lines = folder / "labelled.txt", folder / "lines.txt"
    rows = load_rows("nsmc", split="train", notify=lambda _: None)
    labelled.write_text(
        "".join(f"__label__{label} {one_line(text)}\n" for label, text in zip(rows.labels, rows.texts, strict=True)),
        encoding="utf-8",
    )
    lines.write_text("".join(f"{one_line(text)}\n" for text in texts), encoding="utf-8")
    command = [python, "-c", FASTTEXT, str(labelled), str(lines), str(FASTTEXT_EPOCHS)]
    return [
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])
        for _ in range(rounds)
    ]


def compare_memory(model: Path, sizes: Sequence[int]) -> None:
    """Print the peak memory of predicting tables of several sizes."""
    peaks = []
    for num_rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "rows.csv"
            # In a separate process: a child counts the memory of its parent as its own until it starts.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(write_table_only, table, num_rows).result()
            command = [
                "predict",
                "--file",
                str(table),
                "--output",
                f"{folder}/answered.csv",
                "--force",
                "--model",
                str(model),
            ]
            process = subprocess.Popen([sys.executable, "-m", "sentiment", *command], stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            peaks.append(usage.ru_maxrss * 1024 / 1e6)
            print(f"{num_rows:,} rows: peak {peaks[-1]:.0f} MB, exit code {process.returncode}", flush=True)
    print(f"largest / smallest: {max(peaks) / min(peaks):.3f}")


def all_texts() -> Iterator[str]:
    """Yield every available text, in an order drawn with a fixed seed."""
    folder = Path(os.environ.get("SENTIMENT_DATA", "")) / "naver-movie-reviews"
    texts = load_rows("nsmc" if folder.exists() else "sample", split="train", notify=lambda _: None).texts
    if files := sorted(folder.glob("*.parquet")):
        import pyarrow.parquet

        tables = [pyarrow.parquet.read_table(file, columns=["document"]) for file in files]
        others: list[str] = list(chain.from_iterable(table.column(0).to_pylist() for table in tables))
        texts = [*texts, *(text for text in others if text)]
    return iter(random.Random(0).sample(texts, len(texts)))


def write_table(path: Path, num_rows: int) -> list[str]:
    """Write a CSV file of reviews and return its texts; reviews are repeated if there are too few."""
    several = list(all_texts())
    texts = list(islice(cycle(several), num_rows))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "document"])
        writer.writerows(enumerate(texts))
    return texts


def write_table_only(path: Path, num_rows: int) -> None:
    """Write the table, without returning its texts."""
    write_table(path, num_rows)


def one_line(text: str) -> str:
    """Return a text without line ends, as required by fastText."""
    return " ".join(text.split())


def main() -> None:
    """Run the requested measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("start", "warm", "table", "memory"))
    parser.add_argument("--model", required=True, metavar="DIR|NAME")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--fasttext", metavar="PYTHON", help="an interpreter that has fasttext installed")
    options = parser.parse_args()
    try:
        model = ModelDirectory.open(locate_model(options.model)).path
    except SentimentError as error:
        sys.exit(f"error: {error}")
    runs: dict[str, Callable[[], None]] = {
        "start": lambda: compare_starts(model, options.rounds),
        "warm": lambda: time_one_sentence(model, 5_000),
        "table": lambda: compare_tables(model, options.rows[0], options.rounds, options.fasttext),
        "memory": lambda: compare_memory(model, options.rows),
    }
    runs[options.what]()


if __name__ == "__main__":
    main()
