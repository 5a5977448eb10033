"""The schema of experiments: every choice is a key, and all are validated together before anything runs."""

import math
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from sentiment.cells import CellName
from sentiment.formats import FileFormat
from sentiment.processor import MOST_THREADS

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
Weight = Annotated[float, Field(ge=0.0)]
Seed = Annotated[int, Field(ge=0)]
MOST = 2**31 - 1
"""Upper bound of counts: more is a typing error, and may overflow in computations."""
Pooling = Literal["last", "mean", "max", "attention"]
NGRAM_BYTES = 2_000_000
"""Size of the n-gram weights as int8."""
MOST_BUCKETS = 2**20

OBJECTIVES = ("language_model", "autoencoder", "rating", "label")
"""Keys of the section `pretraining` that are weights of objectives."""


RECORD = "record"
"""Context of the validation of what a training recorded."""


def _any_of_record(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """Accept any name in a record: a cell may be one of somebody's own that this process does not know."""
    return value if info.context == RECORD and isinstance(value, str) else handler(value)


class Section(BaseModel):
    """A section. Unknown keys are refused, values are immutable, and no value is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DataConfig(Section):
    """The rows to train on, and how they are divided."""

    source: str = Field("nsmc", description="a named data set, a CSV, TSV, JSONL, XLSX or Parquet file, or hub:NAME")
    validation_source: str | None = Field(None, description="rows to validate on, instead of some of source")
    text_column: str | None = Field(None, description="the column with the texts; auto-detected if null")
    label_column: str | None = Field(None, description="the column with the labels; auto-detected if null")
    format: FileFormat | None = Field(None, description="format of a file; by its name if null")
    encoding: str | None = Field(None, description="encoding of a file of text, as cp949; auto-detected if null")
    sheet: str | None = Field(None, description="sheet of a workbook; the first visible one if null")
    header_row: int | None = Field(
        None, ge=1, description="line or row of a file that names the columns, from 1; auto-detected if null"
    )
    max_record_characters: int | None = Field(
        None, ge=1, description="longest row of a file of text that is read; null for 67,108,864"
    )
    validation_fraction: Fraction = Field(0.05, description="share of the training rows kept for validation")
    test_fraction: Fraction = Field(0.1, description="share kept for the test, where source brings no test split")
    max_training_rows: int | None = Field(
        None,
        ge=2,
        le=MOST,
        description="training rows, drawn from all at random; null for all; the other splits stay whole",
    )
    split_seed: Seed = Field(0, description="seed of the split; independent of training.seed")


class TokenizerConfig(Section):
    """How a text becomes `input_ids`."""

    kind: Literal["bpe", "unigram", "character", "jamo", "word"] = Field("bpe", description="kind of tokens")
    vocab_size: int = Field(16_000, ge=2, le=1_000_000, description="largest number of tokens")
    min_frequency: int = Field(2, ge=1, le=MOST, description="occurrences a token needs (bpe, character, jamo, word)")
    unicode_form: Literal["NFC", "NFKC"] | None = Field("NFKC", description="Unicode normalisation")
    lowercase: bool = Field(True, description="fold letters to lower case")
    max_repeats: int | None = Field(
        3, ge=1, le=100, description="longer runs of one character are cut to this; null keeps them"
    )
    emoji: Literal["korean", "english"] | None = Field(
        None,
        description="write emoji as words and signs of this language, for vocabularies without them; null keeps them",
    )
    max_tokens: int = Field(
        1024, ge=1, le=MOST, description="tokens read at once; training cuts a longer text, prediction reads windows"
    )
    dropout: Fraction = Field(0.0, description="probability of skipping a merge in training (bpe only)")

    @model_validator(mode="after")
    def _dropout_needs_merges(self) -> "TokenizerConfig":
        if self.dropout and self.kind != "bpe":
            raise ValueError(f"dropout skips bpe merges, but kind is {self.kind}; set dropout to 0")
        return self


class ModelConfig(Section):
    """The network: embedding, recurrent encoder, pooling, classes."""

    embedding_size: int = Field(128, ge=1, le=MOST, description="size of a token's vector")
    cell: Annotated[CellName, WrapValidator(_any_of_record)] = Field("lstm", description="the recurrent cell")
    hidden_size: int = Field(128, ge=1, le=MOST, description="size of the state per direction")
    num_layers: int = Field(1, ge=1, le=MOST, description="recurrent layers, each reading the output of the one below")
    bidirectional: bool = Field(True, description="read the text in both directions")
    pooling: tuple[Pooling, ...] = Field(
        ("last",), min_length=1, description="how states become one vector; several are concatenated"
    )
    token_dropout: Fraction = Field(0.0, description="probability that a token is replaced by <unk>")
    embedding_dropout: Fraction = Field(0.0, description="variational: one mask over a sentence's embeddings")
    layer_dropout: Fraction = Field(0.0, description="variational: one mask over the states between two layers")
    weight_dropout: Fraction = Field(0.0, description="on the hidden-to-hidden weights, one mask per step")
    output_dropout: Fraction = Field(0.0, description="on the pooled vector")
    character_ngrams: int = Field(
        0, ge=0, le=8, description="longest character n-gram of a linear part beside the network; 0 for none"
    )
    word_ngrams: int = Field(0, ge=0, le=8, description="the same for words")
    ngram_buckets: int | None = Field(
        None,
        ge=4,
        le=2**24,
        description="weights per class that n-grams are hashed to, shared by n-grams that collide; null for "
        "what fits 2 MB as int8, 1,048,576 at most",
    )

    @property
    def has_ngrams(self) -> bool:
        """Whether the network has a linear part on n-grams."""
        return bool(self.character_ngrams or self.word_ngrams)

    @property
    def ngram_kinds(self) -> str:
        """The n-grams of the linear part, for people."""
        longest = {"characters": self.character_ngrams, "words": self.word_ngrams}
        return " and ".join(f"of 1 to {n} {kind}" for kind, n in longest.items() if n)

    def buckets_for(self, num_classes: int) -> int:
        """Return the number of n-gram buckets: as configured, or the power of two that fits `NGRAM_BYTES`."""
        return self.ngram_buckets or max(4, min(MOST_BUCKETS, 2 ** int(math.log2(NGRAM_BYTES / (num_classes - 1)))))

    @model_validator(mode="after")
    def _poolings_differ(self) -> "ModelConfig":
        if len(set(self.pooling)) != len(self.pooling):
            raise ValueError("pooling contains a kind twice")
        return self


class PretrainingConfig(Section):
    """The objectives of pretraining an encoder; one of weight 0 is disabled.

    The sections `tokenizer`, `model` and `training` also apply to pretraining.
    """

    sources: tuple[str, ...] = Field(
        ("nsmc", "naver-movie-reviews"), min_length=1, description="named data sets or files whose texts are read"
    )
    language_model: Weight = Field(0.0, description="weight of predicting the next word, and backward the previous one")
    autoencoder: Weight = Field(0.0, description="weight of reconstructing a text from the last state")
    rating: Weight = Field(0.0, description="weight of the star rating, where a source has it (ordinal)")
    label: Weight = Field(0.0, description="weight of the label, where a source has classes")
    negatives: int | None = Field(
        1024,
        ge=1,
        le=MOST,
        description="words that each true one is distinguished from, sampled at each step; null for all, which "
        "takes memory",
    )
    max_tokens: int = Field(
        64, ge=1, le=MOST, description="tokens that pretraining reads at once; a longer text is read in pieces"
    )
    held_out_texts: int = Field(2000, ge=1, le=MOST, description="texts kept to measure perplexity on")
    report_interval_s: float = Field(900.0, gt=0.0, description="seconds between two reports within an epoch")

    @property
    def objectives(self) -> dict[str, float]:
        """The enabled objectives, with their weights."""
        weights = {name: float(getattr(self, name)) for name in OBJECTIVES}
        return {name: weight for name, weight in weights.items() if weight}


class TrainingConfig(Section):
    """The way from random weights to a model."""

    epochs: int = Field(
        5,
        ge=0,
        le=MOST,
        description="passes over the training rows, at most; 0 keeps the fitted probe as it is",
    )
    batch_size: int = Field(256, ge=1, le=MOST, description="rows per step, all of one length")
    optimizer: Literal["adamw", "adam", "rmsprop", "sgd"] = Field("adamw", description="the optimiser")
    learning_rate: float = Field(2e-3, gt=0.0, description="highest learning rate")
    weight_decay: float = Field(0.0, ge=0.0, description="decoupled for adamw, L2 for the others")
    momentum: float = Field(0.0, ge=0.0, lt=1.0, description="for sgd and rmsprop")
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "cosine", description="how the learning rate falls after warm-up"
    )
    warmup_fraction: Fraction = Field(0.0, description="share of all steps in which the learning rate rises")
    gradient_clip: float | None = Field(1.0, gt=0.0, description="largest norm of the gradient; null for none")
    teacher_weight: float = Field(
        0.8,
        ge=0.0,
        le=1.0,
        description="share of the target that is the teacher's answer, where a row has a label too (--teacher)",
    )
    consistency: float = Field(
        0.0,
        ge=0.0,
        description="weight of R-Drop: two passes with other dropout must agree; doubles the time, and gains nothing "
        "with 20,000 rows or fewer; 0 for one pass",
    )
    encoder_learning_rate_factor: float = Field(
        1.0, gt=0.0, description="learning rate of embedding and encoder, relative to the layers above"
    )
    probe: bool = Field(True, description="when starting from an encoder, begin with an output layer fitted to it")
    average_decay: Fraction = Field(0.0, description="decay per step of the weights' moving average; 0 for none")
    select_by: Literal["accuracy", "macro_f1", "log_loss"] = Field(
        "accuracy", description="validation score that decides the best epoch"
    )
    patience: int | None = Field(
        None, ge=1, le=MOST, description="epochs without improvement before training stops; null for never"
    )
    calibrate: bool = Field(
        True, description="fit a temperature to the validation rows, so that 0.8 means right four times in five"
    )
    checkpoint_interval_s: float = Field(60.0, ge=0.0, description="seconds between two checkpoints")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="what computes the steps; auto is an NVIDIA GPU where torch finds one, else the processor"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="number format of the large matrix products; bfloat16 takes two thirds of the time on a "
        "processor that supports it (AVX-512 BF16, AMX); auto is bfloat16 there and on GPUs that have it, else float32",
    )
    seed: Seed = Field(0, description="seed of weights, order and noise")
    threads: int | None = Field(
        None, ge=1, le=MOST_THREADS, description="processor threads of each process; if null, its share of all cores"
    )


class ExportConfig(Section):
    """The formats of model.onnx, for prediction, and model.safetensors, for further training."""

    precision: Literal["auto", "float32", "int8"] = Field(
        "auto",
        description="how model.onnx stores weights: int8 takes a quarter of the space and answers almost the same; "
        "auto is int8 where that is faster, for wide networks",
    )
    weights: Literal["float32", "float16"] = Field(
        "float32", description="how model.safetensors stores weights: float16 takes half the space"
    )


class Config(Section):
    """An experiment."""

    description: str = Field("", description="one line about the experiment")
    data: DataConfig = Field(default_factory=DataConfig)
    tokenizer: TokenizerConfig = Field(default_factory=TokenizerConfig)
    model: ModelConfig = Field(default_factory=ModelConfig)
    pretraining: PretrainingConfig = Field(default_factory=PretrainingConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)
    export: ExportConfig = Field(default_factory=ExportConfig)
