"""The three models that several chapters train: one answer for a sequence, one a step, and the next token."""

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.reference._validation import check_count, check_number
from rnncourse.torch.advice import check_tensor, check_tokens
from rnncourse.torch.layer import Layer
from rnncourse.torch.stack import Stack, check_layer


class Classifier(nn.Module):
    """Many to one: the state after the last valid step, then a linear readout.

    Parameters
    ----------
    layer : an RNN, LSTM, GRU or a Stack of them; where it is bidirectional, both directions' last states are read
    classes : K
    """

    def __init__(self, layer: Layer | Stack, classes: int) -> None:
        super().__init__()
        check_layer("layer", layer)
        check_count("classes", classes)
        self.layer = layer
        self.readout = nn.Linear(layer.output_size, classes)

    def forward(self, x: Tensor, lengths: Any = None) -> Tensor:
        """Return logits (B, K) for x (T, B, D)."""
        _, state_n = self.layer(x, None, lengths)
        top = self.layer
        if isinstance(top, Stack):
            top, state_n = top.layers[-1], state_n[-1]  # type: ignore[assignment]
        h_n = torch.cat([state[0] for state in state_n], dim=-1) if top.bidirectional else state_n[0]
        return self.readout(h_n)


class Tagger(nn.Module):
    """Many to many, aligned: a linear readout of every h_t.

    Parameters
    ----------
    layer : an RNN, LSTM, GRU or a Stack of them
    classes : K
    """

    def __init__(self, layer: Layer | Stack, classes: int) -> None:
        super().__init__()
        check_layer("layer", layer)
        check_count("classes", classes)
        self.layer = layer
        self.readout = nn.Linear(layer.output_size, classes)

    def forward(self, x: Tensor, lengths: Any = None) -> Tensor:
        """Return logits (T, B, K) for x (T, B, D); past a sequence's end they are the readout of zero."""
        h, _ = self.layer(x, None, lengths)
        return self.readout(h)


class LanguageModel(nn.Module):
    """The next token from all before it: embedding, layer, readout.

    Parameters
    ----------
    tokens : V, how many kinds of token there are
    layer : an RNN, LSTM, GRU or a Stack of them, in one direction; its input size is the embedding's
    dropout : on the embedding and on h, while training
    """

    def __init__(self, tokens: int, layer: Layer | Stack, *, dropout: float = 0.0) -> None:
        super().__init__()
        check_count("tokens", tokens)
        check_layer("layer", layer)
        check_number("dropout", dropout, 0, 1)
        if any(part.bidirectional for part in layer.modules() if isinstance(part, Layer)):
            raise ValueError("a bidirectional layer sees the token that it is to predict")
        self.embedding = nn.Embedding(tokens, layer.input_size)
        self.layer = layer
        self.dropout = nn.Dropout(dropout)
        self.readout = nn.Linear(layer.output_size, tokens)

    def forward(self, tokens: Tensor, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        """Return logits (T, B, V) and the state to go on from, for tokens (T, B) of whole numbers below V."""
        check_tensor("tokens", tokens)
        if tokens.dim() != 2 or tokens.dtype not in (torch.int32, torch.int64):
            raise ValueError(f"tokens: {tokens.dtype} of shape {tuple(tokens.shape)}, expected int64 of shape (T, B)")
        check_tokens("tokens", tokens, self.embedding.num_embeddings)
        h, state_n = self.layer(self.dropout(self.embedding(tokens)), state, lengths)
        return self.readout(self.dropout(h)), state_n
