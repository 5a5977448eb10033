"""Read windows of any length: which of them share a run of the network, and how many runs go on at once."""

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.batching import inference_batches, joined_batches
from sentiment.inference.network import Network
from sentiment.text.sequences import TokenSequences


def read_windows(network: Network, windows: TokenSequences, batch_size: int, threads: int = 1) -> NDArray[np.float32]:
    """Return the logits of windows, (n, classes); NaN for one without a token.

    Args:
        network: That reads them.
        windows: n, each of at most `network.max_window_tokens`.
        batch_size: Windows of a run, at most.
        threads: Runs at the same time.

    Raises:
        ModelDirectoryError: As in `Network.logits`.
    """
    lengths = windows.lengths
    logits = np.full((len(windows), network.num_labels), np.nan, dtype=np.float32)
    batches = list(inference_batches(lengths, batch_size, network.max_batch_tokens))
    pad = None
    if network.may_accept_pads:
        joined = joined_batches(batches, lengths, batch_size, network.max_padded_tokens, threads)
        pad = network.pad_to_spare(len(batches) - len(joined))
        batches = batches if pad is None else joined

    def read_batch(rows: NDArray[np.int64]) -> None:
        if pad is None or lengths[rows[0]] == lengths[rows[-1]]:
            logits[rows] = network.logits(windows.batch(rows))
        else:
            logits[rows] = network.logits(windows.padded_batch(rows, pad), has_pads=True)

    if threads == 1 or len(batches) < 2:
        for rows in batches:
            read_batch(rows)
        return logits
    from concurrent.futures import ThreadPoolExecutor  # slow to import, and not needed for a single text

    with ThreadPoolExecutor(threads) as pool:
        # Longest first, so that no thread ends up with them alone; list() raises any batch's exception.
        list(pool.map(read_batch, reversed(batches)))
    return logits
