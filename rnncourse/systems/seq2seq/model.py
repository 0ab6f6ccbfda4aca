"""A text → the encoder's states → the decoder, which asks them at every step, or sees the last one only.

The equations are those of `rnncourse.reference.seq2seq`; the layers are our own GRU or LSTM.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rnncourse.reference._validation import check_choice, check_count, check_flag, check_number
from rnncourse.systems.seq2seq.symbols import PAD
from rnncourse.torch.gru import GRU
from rnncourse.torch.lstm import LSTM

State = tuple[Tensor, ...]
CELLS = {"gru": GRU, "lstm": LSTM}


class Memory(NamedTuple):
    """What the encoder has read of B sources."""

    states: Tensor  # (T, B, H)
    outside: Tensor  # (T, B) bool, True past a source's end
    last: Tensor  # (B, H)


class Translator(nn.Module):
    """Encoder and decoder, with attention (Luong et al. 2015, dot) or without; both have the same parameters.

    Parameters
    ----------
    sources, targets : how many symbols each side has, the four special ones counted.
    cell : "gru" or "lstm".
    attention : a context of its own at every step; without it the encoder's last state at every step.
    bidirectional : the encoder reads both ways, with half of the units each; then `hidden` is even.
    """

    def __init__(
        self,
        sources: int,
        targets: int,
        *,
        cell: str = "gru",
        attention: bool = True,
        bidirectional: bool = True,
        embedding: int = 64,
        hidden: int = 128,
        dropout: float = 0.1,
    ) -> None:
        check_choice("cell", cell, tuple(CELLS))
        for name, flag in (("attention", attention), ("bidirectional", bidirectional)):
            check_flag(name, flag)
        for name, number in (("sources", sources), ("targets", targets), ("embedding", embedding), ("hidden", hidden)):
            check_count(name, number)
        if bidirectional and hidden % 2:
            raise ValueError(f"hidden must be even for two directions, got {hidden}")
        check_number("dropout", dropout, 0, 1)
        super().__init__()
        self.settings: dict[str, Any] = {"sources": sources, "targets": targets, "cell": cell, "attention": attention}
        self.settings |= {"bidirectional": bidirectional, "embedding": embedding, "hidden": hidden, "dropout": dropout}
        self.attention = attention
        self.source = nn.Embedding(sources, embedding)
        self.encoder = CELLS[cell](embedding, hidden // (1 + bidirectional), bidirectional=bidirectional)
        self.first_state = nn.Linear(hidden, hidden)
        self.target = nn.Embedding(targets, embedding)
        self.decoder = CELLS[cell](embedding, hidden)
        self.join = nn.Linear(2 * hidden, hidden)
        self.readout = nn.Linear(hidden, targets)
        self.dropout = nn.Dropout(dropout)

    def encode(self, sources: Tensor) -> Memory:
        """Read sources (T, B), <pad> after their ends."""
        outside = sources == PAD
        lengths = (~outside).sum(dim=0)
        states, state_n = self.encoder(self.dropout(self.source(sources)), None, lengths)
        ways = state_n if self.encoder.bidirectional else [state_n]
        return Memory(states, outside, torch.cat([way[0] for way in ways], dim=-1))

    def start(self, memory: Memory) -> State:
        """The decoder's first state: h_0 = tanh(P s + b_P); an LSTM's cell starts at 0."""
        h = torch.tanh(self.first_state(memory.last))
        return (h, *(torch.zeros_like(h) for _ in self.decoder.facts.state[1:]))

    def decode(self, symbols: Tensor, state: State, memory: Memory) -> tuple[Tensor, State, Tensor | None]:
        """Symbols (U, B), each given after the one before, to logits (U, B, K), the state, weights (U, T, B) or None.

        What the decoder asks does not go back into its state, so that all steps are one call of the layer.
        """
        h, state = self.decoder(self.dropout(self.target(symbols)), state)
        weights, context = None, memory.last.expand_as(h)
        if self.attention:
            scores = torch.einsum("ubh,tbh->utb", h, memory.states)
            weights = scores.masked_fill(memory.outside, -torch.inf).softmax(dim=1)
            context = torch.einsum("utb,tbh->ubh", weights, memory.states)
        z = torch.tanh(self.join(torch.cat([h, context], dim=-1)))
        return self.readout(self.dropout(z)), state, weights

    def forward(self, sources: Tensor, symbols: Tensor) -> Tensor:
        """Teacher forced: sources (T, B) and true symbols (U, B) to logits (U, B, K)."""
        memory = self.encode(sources)
        return self.decode(symbols, self.start(memory), memory)[0]


def translation_loss(model: nn.Module, sources: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of each next symbol, summed over symbols and divided by B; targets (U, B), <pad> not counted."""
    logits = model(sources, targets[:-1])
    total = cross_entropy(logits.flatten(0, 1), targets[1:].flatten(), ignore_index=PAD, reduction="sum")
    return total / targets.shape[1]
