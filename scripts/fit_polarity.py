"""Fit the direction from bad to good to an encoder that was pretrained before there was one, and write it anew.

    SENTIMENT_DATA=... python scripts/fit_polarity.py runs/encoder --out runs/encoder-with-polarity

The rated texts are those of the encoder's own pretraining, so no test text is among them.
"""

import argparse
import sys
from pathlib import Path

from safetensors.torch import load

from sentiment.data import load_pretraining_texts
from sentiment.model_dir import ENCODER, MANIFEST_FILE, WEIGHTS_FILE, ModelDirectory, staged_model_dir
from sentiment.training.building import build_classifier
from sentiment.training.polarity import fit_polarity, polarity_tensors
from sentiment.training.start import StartingPoint
from sentiment.training.weights import write_weights


def main() -> None:
    """Read, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="the encoder directory to write")
    arguments = parser.parse_args()
    start = StartingPoint.read(arguments.encoder)
    texts = load_pretraining_texts(
        start.config.pretraining.sources, start.config.data, lambda line: print(line, file=sys.stderr)
    )
    network = build_classifier(start.config.model, start.tokenizer, 2)
    start.give_weights(network, ("0", "1"))
    direction = fit_polarity(
        network,
        start.tokenizer,
        texts.texts,
        texts.grades,
        num_grades=len(texts.grade_values),
        max_tokens=start.config.pretraining.max_tokens,
        seed=start.config.training.seed,
    )
    if direction is None:
        sys.exit(f"{arguments.encoder}: its sources have no ratings to fit a direction to")
    directory = ModelDirectory.open(arguments.encoder, allow_encoder=True)
    with staged_model_dir(arguments.out, labels=start.labels, replace=False, kind=ENCODER) as stage:
        for name in directory.manifest.files:
            if name not in (MANIFEST_FILE, WEIGHTS_FILE):
                (stage / name).write_bytes(directory.read(name))
        weights = load(directory.read(WEIGHTS_FILE)) | polarity_tensors(direction)
        write_weights(stage / WEIGHTS_FILE, weights, start.config.export.weights, "write it as float32")
    print(arguments.out)


if __name__ == "__main__":
    main()
