"""The public interface of generation: an encoder directory that generates texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentiment.config import Config
from sentiment.errors import DataError, ModelDirectoryError
from sentiment.generation.beam import beam_search
from sentiment.generation.filling import GAP, Filled, GapFiller
from sentiment.generation.labels import LabelJudge, columns_of_label, distinct, resample
from sentiment.generation.network.encoder import read_encoder
from sentiment.generation.network.language_model import LanguageModel
from sentiment.generation.network.rating import RatingModel
from sentiment.generation.network.weights import WeightsFile
from sentiment.generation.sampling import SamplingSettings, Written, sample
from sentiment.generation.vocabulary import WritingRules, WrittenVocabulary
from sentiment.model_dir import ENCODER, METRICS_FILE, TOKENIZER_FILE, ModelDirectory, locate_model
from sentiment.model_dir.figures import Figures
from sentiment.text.tokenizer_file import load_tokenizer

MOST_AT_ONCE = 256
"""Texts sampled at once; each takes about a megabyte."""
FILL_WIDTH = 16
"""Width of the beams, and number of texts kept while filling; twice as many rarely find better ones."""


@dataclass(frozen=True)
class GeneratedText:
    """A generated text, with its probability.

    Attributes:
        text: all of it, including the prompt or the parts between the gaps.
        log_probability: in nats. Of a continuation: of the tokens after the prompt, and of the edge if it was reached.
            Of a text with gaps: mean of forward and backward, of the whole text.
        tokens: the generated ones.
        ended: whether the text ends where the model ended it; otherwise it was cut.
        label_probability: if a label was requested, its probability for this text.
        fillings: of each gap, if there are any.
    """

    text: str
    log_probability: float
    tokens: tuple[str, ...]
    ended: bool = True
    label_probability: float | None = None
    fillings: tuple[str, ...] | None = None


class TextGenerator:
    """The language model of an encoder directory, ready to generate. It holds only weights and needs no torch.

    Example:
        >>> generator = TextGenerator.load("korean-reviews")
        >>> generator.sample("이 영화", number=3, seed=0)[0].text  # doctest: +SKIP
        '이 영화 정말 재밌어요'
    """

    def __init__(
        self, directory: ModelDirectory, weights: WeightsFile, vocabulary: WrittenVocabulary, config: Config
    ) -> None:
        self.path = directory.path
        self._directory = directory
        self._weights = weights
        self._vocabulary = vocabulary
        self._config = config.model
        self._encoder = read_encoder(weights, config.model)
        self._model = LanguageModel.read(weights, config.model, vocabulary.size, self._encoder)

    @classmethod
    def load(cls, path_or_name: str | Path) -> Self:
        """Load an encoder and check everything that is read.

        Args:
            path_or_name: An encoder directory, or the name of a finished run.

        Raises:
            ModelDirectoryError: It is missing, altered or of a newer format, or has no language model.
        """
        directory = ModelDirectory.open(locate_model(path_or_name), allow_encoder=True)
        path = directory.path
        if directory.manifest.kind != ENCODER:
            raise ModelDirectoryError(
                f"{path}: a classifier, which has no language model; choose an encoder, as made by sentiment pretrain"
            )
        weights = WeightsFile.read(directory)
        if "language_model.starts" not in weights:
            raise ModelDirectoryError(
                f"{path}: an encoder without a language model; pretrain one with --set pretraining.language_model=1"
            )
        config = directory.config
        tokenizer = load_tokenizer(directory.read(TOKENIZER_FILE), str(path / TOKENIZER_FILE))
        return cls(directory, weights, WrittenVocabulary(tokenizer, config.tokenizer.kind), config)

    def sample(
        self,
        prompt: str = "",
        *,
        number: int,
        seed: int,
        settings: SamplingSettings | None = None,
        max_tokens: int = 40,
    ) -> list[GeneratedText]:
        """Draw texts, or continuations of a prompt. The same seed gives the same texts.

        Args:
            prompt: the start of the texts; white space at its end requires a new word.
            number: of texts.
            seed: of the draws.
            settings: for drawing a word; None for the defaults.
            max_tokens: of the longest continuation; a longer one is cut.
        """
        written = self._draw(prompt, number, np.random.default_rng(seed), settings, max_tokens)
        return [self._generated(prompt, one) for one in written]

    def sample_labelled(
        self,
        judge: LabelJudge,
        prompt: str = "",
        *,
        number: int,
        candidates: int,
        seed: int,
        settings: SamplingSettings | None = None,
        max_tokens: int = 40,
    ) -> list[GeneratedText]:
        """Draw `candidates` texts, and keep `number` distinct ones with probabilities that a label gives them.

        The words themselves are drawn without regard to the label: see `resample` for the resulting distribution.

        Args:
            judge: gives the probability of the label.
            prompt: as for `sample`.
            number: of texts kept; fewer if fewer distinct ones were drawn.
            candidates: number of texts drawn.
            seed: of all draws.
            settings: as for `sample`.
            max_tokens: as for `sample`.
        """
        rng = np.random.default_rng(seed)
        drawn = self._draw(prompt, candidates, rng, settings, max_tokens)
        texts, written = distinct([self._generated(prompt, one).text for one in drawn], drawn)
        probabilities = judge(texts)
        return [
            self._generated(prompt, written[position], float(probabilities[position]))
            for position in resample(probabilities, number, rng)
        ]

    def search(self, prompt: str = "", *, number: int, width: int, max_tokens: int = 40) -> list[GeneratedText]:
        """Return the likeliest texts, or continuations of a prompt, that a beam of `width` finds."""
        start = self._vocabulary.tokenize(prompt)
        rules = WritingRules.after(self._vocabulary, prompt)
        found = beam_search(self._model, rules, start, number, width, max_tokens=max_tokens)
        return [self._generated(prompt, one) for one in found]

    def fill(self, text: str, *, number: int, max_gap_tokens: int = 3) -> list[GeneratedText]:
        """Fill the gaps of a text, marked by `_`; return the likeliest texts found, the best first.

        Args:
            text: with one gap or more.
            number: of texts.
            max_gap_tokens: of the longest filling; all lengths from 1 are tried.

        Raises:
            ModelDirectoryError: the encoder reads in one direction only.
            DataError: the text has no gap.
        """
        if self._encoder.num_directions == 1:
            raise ModelDirectoryError(
                f"{self.path}: reads in one direction only, but a gap has two sides; choose an encoder that "
                "reads in both"
            )
        if not GAP.search(text):
            raise DataError(f"{text!r}: no gap to fill; mark one with _, as in: 인생은 _ 사이의 선택이다")
        width = max(FILL_WIDTH, number)
        filler = GapFiller(self._model, self._vocabulary, max_gap_tokens=max_gap_tokens, width=width)
        return [self._filled(filler, filled) for filled in filler.fill(text)[:number]]

    def rating_judge(self, label: str) -> LabelJudge:
        """Return a judge by the encoder's own ratings: of a grade by its number, or of `negative` or `positive`.

        Raises:
            ModelDirectoryError: it was not trained on ratings, or they have no such label.
        """
        if "rating.direction.weight" not in self._weights:
            raise ModelDirectoryError(f"{self.path}: was not trained on ratings; choose a `classifier` with the label")
        grades = _grades(self._directory)
        columns = columns_of_label(label, grades, self.path)
        embedding = self._model.embedding
        rating = RatingModel.read(self._weights, self._config, embedding, self._encoder, len(grades))

        def judge(texts: Sequence[str]) -> NDArray[np.float64]:
            probabilities = rating.probabilities([self._vocabulary.tokenize(text) for text in texts])
            wanted: NDArray[np.float64] = probabilities[:, columns].sum(axis=1)
            return wanted

        return judge

    def _draw(
        self,
        prompt: str,
        number: int,
        rng: np.random.Generator,
        settings: SamplingSettings | None,
        max_tokens: int,
    ) -> list[Written]:
        start = self._vocabulary.tokenize(prompt)
        rules = WritingRules.after(self._vocabulary, prompt)
        chosen = settings or SamplingSettings()
        sizes = [min(MOST_AT_ONCE, number - done) for done in range(0, number, MOST_AT_ONCE)]
        return [
            written
            for size in sizes
            for written in sample(self._model, rules, start, size, chosen, max_tokens=max_tokens, rng=rng)
        ]

    def _generated(self, prompt: str, written: Written, label_probability: float | None = None) -> GeneratedText:
        return GeneratedText(
            self._vocabulary.continued(prompt, written.input_ids),
            written.log_probability,
            self._vocabulary.spellings(written.input_ids),
            written.ended,
            label_probability,
        )

    def _filled(self, filler: GapFiller, filled: Filled) -> GeneratedText:
        fillings = [filling for filling in filled.fillings if filling is not None]
        return GeneratedText(
            filler.text(filled),
            filled.score,
            self._vocabulary.spellings([token for filling in fillings for token in filling]),
            fillings=tuple(self._vocabulary.spell(filling) for filling in fillings),
        )


def _grades(directory: ModelDirectory) -> list[int]:
    """Return the grades of the ratings, ascending, from the metrics."""
    grades = Figures.read(directory).ratings
    if grades is None or len(grades) < 2:
        raise ModelDirectoryError(f"{directory.path / METRICS_FILE}: does not list the ratings; pretrain it again")
    return grades
