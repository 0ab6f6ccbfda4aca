"""Picture → grid of vectors → one vector → the decoder's first state → words.

The decoder is our own GRU or LSTM. With attention it also looks at the grid, anew before every word.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rnncourse.reference._validation import check_choice, check_count, check_flag, check_number
from rnncourse.systems.captioning.vocabulary import PAD
from rnncourse.torch.advice import check_tokens
from rnncourse.torch.gru import GRU
from rnncourse.torch.lstm import LSTM

State = tuple[Tensor, ...]
CELLS = {"gru": GRU, "lstm": LSTM}


class Encoded(NamedTuple):
    """What the encoder says of B pictures."""

    vector: Tensor  # (B, F), the whole picture
    grid: Tensor  # (L, B, C), one vector a place, L = (size / 4)²


class Captioner(nn.Module):
    """A convolutional encoder and a recurrent decoder (Vinyals et al. 2015; with attention, Xu et al. 2015).

    Parameters
    ----------
    words : size of the vocabulary.
    size : height and width of the pictures, a multiple of 8.
    cell : "gru" or "lstm".
    attention : look at the grid before each word (additive score, Bahdanau et al. 2015).
    """

    def __init__(
        self,
        words: int,
        *,
        size: int = 32,
        cell: str = "gru",
        attention: bool = False,
        width: int = 32,
        features: int = 256,
        embedding: int = 128,
        hidden: int = 256,
        dropout: float = 0.3,
    ) -> None:
        check_choice("cell", cell, tuple(CELLS))
        check_flag("attention", attention)
        sizes = {"words": words, "size": size, "width": width, "features": features, "embedding": embedding}
        for name, number in (sizes | {"hidden": hidden}).items():
            check_count(name, number)
        if size % 8:
            raise ValueError(f"size must be a multiple of 8, got {size}")
        check_number("dropout", dropout, 0, 1)
        super().__init__()
        self.settings: dict[str, Any] = {
            "words": words,
            "size": size,
            "cell": cell,
            "attention": attention,
            "width": width,
        }
        self.settings |= {"features": features, "embedding": embedding, "hidden": hidden, "dropout": dropout}
        C = 4 * width
        self.places = nn.Sequential(  # (B, 3, S, S) -> (B, C, S/4, S/4)
            *_block(3, width), nn.MaxPool2d(2), *_block(width, 2 * width), nn.MaxPool2d(2), *_block(2 * width, C)
        )
        self.summary = nn.Sequential(  # -> (B, F); flattening keeps where things are: "facing right"
            *_block(C, 2 * C, stride=2), *_block(2 * C, 2 * width, kernel=1), nn.Flatten(), nn.Dropout(dropout),
            nn.Linear(2 * width * (size // 8) ** 2, features), nn.BatchNorm1d(features), nn.ReLU(),
        )  # fmt: skip
        self.first_state = nn.Linear(features, hidden)
        self.embedding = nn.Embedding(words, embedding)
        self.decoder = CELLS[cell](embedding + (C if attention else 0), hidden)
        self.dropout = nn.Dropout(dropout)
        self.readout = nn.Linear(hidden, words)
        self.attention = Attention(hidden, C) if attention else None

    def encode(self, images: Tensor) -> Encoded:
        """Pictures (B, 3, S, S), values 0 to 1, to a vector and a grid each."""
        places = self.places(images - 0.5)
        return Encoded(self.summary(places), places.flatten(2).permute(2, 0, 1))

    def start(self, encoded: Encoded) -> State:
        """The decoder's first state: h_0 = P v + b_P; an LSTM's cell starts at 0."""
        h = self.first_state(encoded.vector)
        return (h, *(torch.zeros_like(h) for _ in self.decoder.facts.state[1:]))

    def step(self, words: Tensor, state: State, encoded: Encoded) -> tuple[Tensor, State, Tensor | None]:
        """One word on: words (B,) → logits (B, K) of the next word, the state, attention (B, L) or None."""
        check_tokens("words", words, self.embedding.num_embeddings)
        x, weights = self.embedding(words), None
        if self.attention is not None:
            context, weights = self.attention(state[0], encoded.grid)
            x = torch.cat([x, context], dim=-1)
        state = self.decoder.step(x, state)
        return self.readout(self.dropout(state[0])), state, weights

    def forward(self, images: Tensor, words: Tensor) -> Tensor:
        """Teacher forced: pictures (B, 3, S, S) and true words (T, B) to logits (T, B, K)."""
        check_tokens("words", words, self.embedding.num_embeddings)
        encoded = self.encode(images)
        state = self.start(encoded)
        if self.attention is None:  # nothing depends on the last word's result but the state: one call for all steps
            h, _ = self.decoder(self.embedding(words), state)
            return self.readout(self.dropout(h))
        logits = []
        for words_t in words:
            logits_t, state, _ = self.step(words_t, state, encoded)
            logits.append(logits_t)
        return torch.stack(logits)


class Attention(nn.Module):
    """Additive attention: e_l = uᵀ tanh(Q h + K g_l), weights softmax(e), context the weighted mean of the grid."""

    def __init__(self, hidden: int, channels: int, size: int = 64) -> None:
        super().__init__()
        self.query = nn.Linear(hidden, size)
        self.key = nn.Linear(channels, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, h: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
        """h (B, H) and grid (L, B, C) to context (B, C) and weights (B, L)."""
        scores = self.score(torch.tanh(self.query(h) + self.key(grid))).squeeze(-1)
        weights = scores.softmax(dim=0)
        return torch.einsum("lb,lbc->bc", weights, grid), weights.T


def caption_loss(model: nn.Module, images: Tensor, captions: Tensor) -> Tensor:
    """Cross-entropy of each next word, summed over the words and divided by B; captions (T, B), <pad> not counted."""
    logits = model(images, captions[:-1])
    check_tokens("captions", captions, logits.shape[-1])
    total = cross_entropy(logits.flatten(0, 1), captions[1:].flatten(), ignore_index=PAD, reduction="sum")
    return total / captions.shape[1]


def _block(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]
