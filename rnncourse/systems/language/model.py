"""Character → embedding → LSTM → logits of the next character."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout

from rnncourse.reference._validation import check_count, check_number
from rnncourse.torch.lstm import LSTM

State = tuple[Tensor, Tensor]
RECURRENT = "lstm.weight_hh_l0"


class CharacterModel(nn.Module):
    """An LSTM that gives the probabilities of the next character (Mikolov et al. 2010, in characters: Graves 2013).

    Parameters
    ----------
    characters : K, how many symbols there are, the unknown one included.
    embedding, hidden : E and H.
    dropout : the part of h that the readout does not see while training (Srivastava et al. 2014).
    """

    def __init__(self, characters: int, *, embedding: int = 64, hidden: int = 256, dropout: float = 0.0) -> None:
        sizes = {"characters": characters, "embedding": embedding, "hidden": hidden}
        for name, number in sizes.items():
            check_count(name, number)
        check_number("dropout", dropout, 0, 1)
        super().__init__()
        self.settings: dict[str, Any] = {**sizes, "dropout": dropout}
        self.embedding = nn.Embedding(characters, embedding)
        self.lstm = LSTM(embedding, hidden, forget_bias=1.0)
        self.dropout = nn.Dropout(dropout)
        self.readout = nn.Linear(hidden, characters)

    def forward(self, codes: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Codes (T, B) to logits (T, B, K) of what follows each, and the state to go on from."""
        h, state = self.lstm(self.embedding(codes), state)
        return self.readout(self.dropout(h)), state


def character_loss(
    model: nn.Module, codes: Tensor, targets: Tensor, state: State | None = None, *, weight_dropout: float = 0.0
) -> tuple[Tensor, State]:
    """Mean cross-entropy in nats of targets (T, B), what follows codes (T, B); and the state to go on from.

    weight_dropout : the part of R's entries that are zero in this window while training (Merity et al. 2018).
    """
    if weight_dropout and model.training:
        R = dropout(model.get_parameter(RECURRENT), weight_dropout)
        logits, state = torch.func.functional_call(model, {RECURRENT: R}, (codes, state))
    else:
        logits, state = model(codes, state)
    return cross_entropy(logits.flatten(0, 1).float(), targets.flatten()), state
