"""The network of a pretraining: the classifier's encoder under heads that need no label, or another one."""

from torch import Tensor, nn

from sentiment.config import ModelConfig, PretrainingConfig
from sentiment.nn.ordinal import OrdinalHead
from sentiment.nn.text_encoder import TextEncoder
from sentiment.nn.word_prediction import AutoencoderHead, LanguageModelHead, Vocabulary, WordPredictions


class PretrainingNetwork(TextEncoder):
    """Embedding, recurrent encoder, pooling, and a head for each objective.

    What it shares with `RecurrentClassifier` carries the same names, `output` for the classes among them.

    Attributes:
        vocabulary: None where no words are predicted; likewise each head whose objective has no weight.
    """

    def __init__(
        self, model: ModelConfig, pretraining: PretrainingConfig, vocab_size: int, num_grades: int, num_classes: int
    ) -> None:
        super().__init__(model, vocab_size)
        self.vocabulary = (
            Vocabulary(vocab_size, model.embedding_size)
            if pretraining.language_model or pretraining.autoencoder
            else None
        )
        self.language_model = (
            LanguageModelHead(self.encoder.num_directions, model.hidden_size, model.embedding_size)
            if pretraining.language_model
            else None
        )
        self.autoencoder = (
            AutoencoderHead(self.encoder.output_size, model.hidden_size, model.embedding_size)
            if pretraining.autoencoder
            else None
        )
        self.rating = OrdinalHead(self.pooling.output_size, num_grades) if pretraining.rating else None
        self.output = nn.Linear(self.pooling.output_size, num_classes) if pretraining.label else None
        self.reset_embedding()

    def read(self, input_ids: Tensor) -> "Reading":
        """Read sequences of one length, (batch, time)."""
        return Reading(self, input_ids)


class Reading:
    """What a network makes of a batch; the encoder runs at most once, or once a direction beside it where it must.

    Attributes:
        embedded: (batch, time, embedding_size), noise included.
    """

    def __init__(self, network: PretrainingNetwork, input_ids: Tensor) -> None:
        self._network = network
        self._input_ids = input_ids
        self.embedded = network.embed(input_ids)
        self._encoded: tuple[Tensor, Tensor] | None = None

    @property
    def encoded(self) -> tuple[Tensor, Tensor]:
        """States, (batch, time, output_size), and final ones, (batch, output_size)."""
        if self._encoded is None:
            self._encoded = self._network.encoder(self.embedded)
        return self._encoded

    def language_model(self) -> WordPredictions:
        """Ask for the next words, and the previous ones."""
        network = self._network
        if network.language_model is None or network.vocabulary is None:
            raise ValueError("the network has no language model")
        # One layer never mixes the directions, so its states serve all objectives; several are read once more.
        if len(network.encoder.layers) == 1:
            states = list(self.encoded[0].chunk(network.encoder.num_directions, dim=2))
        else:
            states = network.encoder.read_apart(self.embedded)
        predictions: WordPredictions = network.language_model(states, self._input_ids, network.vocabulary.edge_id)
        return predictions

    def autoencoder(self) -> WordPredictions:
        """Ask for the words again, from the final state."""
        network = self._network
        if network.autoencoder is None or network.vocabulary is None:
            raise ValueError("the network has no autoencoder")
        predictions: WordPredictions = network.autoencoder(
            self.encoded[1], self.embedded, self._input_ids, network.vocabulary
        )
        return predictions

    def pooled(self) -> Tensor:
        """Return one vector a text, (batch, pooling.output_size)."""
        return self._network.pool(*self.encoded)
