"""Which texts of different length share a batch, and the file of the graph that reads them."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from hypothesis import given
from hypothesis import strategies as st

from graph_mutations import random_operator_graph
from sentiment.inference.batching import MAX_BATCH_TOKENS, inference_batches, joined_batches
from sentiment.inference.graph import GraphError
from sentiment.inference.graph.messages import read_model
from sentiment.inference.graph.writing import write_model
from sentiment.inference.network import Network


@given(
    lengths=st.lists(st.integers(0, 40) | st.sampled_from([512, 5_000]), max_size=60),
    batch_size=st.integers(1, 16),
)
def test_joined_batches_keep_order_and_bounds(lengths: Sequence[int], batch_size: int) -> None:
    sizes = np.array(lengths, dtype=np.int64)
    batches = list(inference_batches(sizes, batch_size))
    joined = joined_batches(batches, sizes, batch_size, MAX_BATCH_TOKENS)
    assert [row for rows in joined for row in rows] == [row for rows in batches for row in rows]
    for rows in joined:
        assert len(rows) <= batch_size
        assert len(rows) == 1 or len(rows) * sizes[rows].max() <= MAX_BATCH_TOKENS


def test_a_batch_is_joined_where_that_takes_less_time() -> None:
    def joined(*lengths: int, threads: int = 1) -> list[list[int]]:
        sizes = np.array(sorted(lengths), dtype=np.int64)
        batches = list(inference_batches(sizes, 128))
        return [sizes[rows].tolist() for rows in joined_batches(batches, sizes, 128, MAX_BATCH_TOKENS, threads)]

    assert joined(9, 10, 11, 12) == [[9, 10, 11, 12]]
    assert joined(5, 500) == [[5], [500]]
    assert joined(9, 10, 11, 12, threads=2) == [[9, 10], [11, 12]]
    assert joined(*[5] * 100, *[40] * 5) == [[5] * 100, [40] * 5]


def test_a_network_of_float32_reads_rows_of_equal_length(build_graph: Callable[..., bytes]) -> None:
    assert Network(build_graph(200), Path("model.onnx"), 2).pad_to_spare(10_000) is None


def test_an_unknown_network_of_integers_reads_rows_of_equal_length(scan_model: onnx.ModelProto) -> None:
    network = Network(scan_model.SerializeToString(), Path("model.onnx"), 2)
    assert network.pad_to_spare(10_000) is None
    assert network.logits(np.array([[1, 2]])).shape == (1, 2)


class TestWriting:
    def test_a_scan_is_read_as_it_was(self, scan_model: onnx.ModelProto) -> None:
        model = read_model(memoryview(scan_model.SerializeToString()))
        written = write_model(model)
        assert read_model(memoryview(written)) == model
        onnx.checker.check_model(onnx.load_from_string(written))

    @given(seed=st.integers(0, 2**32))
    def test_any_graph_is_read_as_it_was(self, seed: int) -> None:
        try:
            model = read_model(memoryview(random_operator_graph(random.Random(seed), 2, 200)))
        except GraphError:
            return
        assert read_model(memoryview(write_model(model))) == model
