"""The network of a pretraining: the classifier's encoder with heads for unlabelled texts, or for other labels."""

from torch import Tensor, nn

from sentiment.config import ModelConfig, PretrainingConfig
from sentiment.nn.ordinal import OrdinalHead
from sentiment.nn.text_encoder import TextEncoder
from sentiment.nn.word_prediction import AutoencoderHead, LanguageModelHead, Vocabulary, WordPredictions


class PretrainingNetwork(TextEncoder):
    """Embedding, recurrent encoder, pooling, and a head for each objective.

    Parts shared with `RecurrentClassifier` have the same names, including `output` for the classes.

    Attributes:
        vocabulary: None if no words are predicted, like each head whose objective has no weight.
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
        """Read sequences of equal length, (batch, time)."""
        return Reading(self, input_ids)


class Reading:
    """The lazily computed states of a batch; the encoder runs at most once, plus once per direction if needed.

    Attributes:
        embedded: (batch, time, embedding_size), with dropout.
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
        """Return the queries and targets of the next and the previous words."""
        network = self._network
        if network.language_model is None or network.vocabulary is None:
            raise ValueError("the network has no language model")
        # One layer never mixes the directions, so all objectives share its states; several are run once more.
        if len(network.encoder.layers) == 1:
            states = list(self.encoded[0].chunk(network.encoder.num_directions, dim=2))
        else:
            states = network.encoder.read_apart(self.embedded)
        predictions: WordPredictions = network.language_model(states, self._input_ids, network.vocabulary.edge_id)
        return predictions

    def autoencoder(self) -> WordPredictions:
        """Return the queries and targets for reconstructing the words from the final state."""
        network = self._network
        if network.autoencoder is None or network.vocabulary is None:
            raise ValueError("the network has no autoencoder")
        predictions: WordPredictions = network.autoencoder(
            self.encoded[1], self.embedded, self._input_ids, network.vocabulary
        )
        return predictions

    def pooled(self) -> Tensor:
        """Return one vector per text, (batch, pooling.output_size)."""
        return self._network.pool(*self.encoded)
