"""Sentences drawn from a language model, to see what it has learned."""

import tokenizers
import torch
from torch import Tensor

from sentiment.nn import PretrainingNetwork
from sentiment.text.detokenization import detokenize


@torch.inference_mode()
def sample_texts(
    model: PretrainingNetwork,
    tokenizer: tokenizers.Tokenizer,
    number: int,
    *,
    seed: int,
    max_tokens: int = 40,
    temperature: float = 0.8,
) -> list[str]:
    """Draw texts from the forward language model, word by word.

    Args:
        model: with a language model, set to answer.
        tokenizer: turns its tokens into text.
        number: texts to draw.
        seed: of the draws; the training's own noise is not touched.
        max_tokens: longest text; a longer one is cut.
        temperature: of the softmax; 1 draws as the model believes, less prefers what is likely.
    """
    if model.language_model is None or model.vocabulary is None:
        raise ValueError("the network has no language model")
    generator = torch.Generator().manual_seed(seed)
    weight = model.vocabulary.weight(model.embedding)
    device = model.embedding.weight.device
    read = torch.zeros(number, 0, dtype=torch.int64, device=device)
    query: Tensor = model.language_model.starts[0].expand(number, -1)
    for _ in range(max_tokens):
        scores = (query @ weight.t() + model.vocabulary.bias) / temperature
        scores[:, 0] = -torch.inf  # <unk> spells nothing
        drawn = torch.multinomial(scores.softmax(dim=1).cpu(), 1, generator=generator)
        read = torch.cat([read, drawn.to(device)], dim=1)
        # Behind its end a text is read on as anything, and cut below.
        states = model.encoder.read_apart(model.embedding(read.clamp(max=model.vocabulary.edge_id - 1)))[0]
        query = model.language_model.projections[0](states[:, -1])
    return [detokenize(tokenizer, _before(row, model.vocabulary.edge_id)) for row in read.tolist()]


def _before(tokens: list[int], edge_id: int) -> list[int]:
    return tokens[: tokens.index(edge_id)] if edge_id in tokens else tokens
