"""A bidirectional LSTM reads a pen's way and says at every point which digit it has just recognised, or none: CTC.

The loss is that of `rnncourse.reference.ctc`; training uses torch's, which gives the same numbers.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import ctc_loss, log_softmax

from rnncourse.reference._validation import check_count, check_flag
from rnncourse.systems.handwriting.strokes import FEATURES
from rnncourse.torch.lstm import LSTM
from rnncourse.torch.stack import Stack

BLANK = 0
CLASSES = 11  # the blank, then 0 … 9


class Reader(nn.Module):
    """Layers of LSTM over a pen's features, and a score for the blank and each digit at every point.

    Parameters
    ----------
    hidden : units of a layer in all; with two directions half of them read each way, and `hidden` is even.
    layers : how many.
    bidirectional : from both ends, or in the order of writing alone.
    pen : whether the network is told where the pen is in the air; kept here so that whoever reads knows.
    jumps : "filled" or "kept", as in training; kept here for the same reason.
    """

    def __init__(
        self,
        *,
        hidden: int = 96,
        layers: int = 2,
        bidirectional: bool = True,
        pen: bool = False,
        jumps: str = "filled",
    ) -> None:
        super().__init__()
        check_count("hidden", hidden)
        check_count("layers", layers)
        check_flag("bidirectional", bidirectional)
        check_flag("pen", pen)
        if bidirectional and hidden % 2:
            raise ValueError(f"hidden must be even for two directions, got {hidden}")
        self.settings: dict[str, Any] = {"hidden": hidden, "layers": layers, "bidirectional": bidirectional}
        self.settings |= {"pen": pen, "jumps": jumps}
        units = hidden // (1 + bidirectional)
        sizes = [FEATURES, *[hidden] * (layers - 1)]
        self.layers = Stack(*(LSTM(size, units, bidirectional=bidirectional) for size in sizes))
        self.readout = nn.Linear(hidden, CLASSES)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Features (T, B, 3) of so many points each (B,) to log-probabilities (T, B, 11)."""
        h, _ = self.layers(features, None, lengths)
        return log_softmax(self.readout(h), dim=-1)


def reading_loss(model: nn.Module, features: Tensor, lengths: Tensor, targets: Tensor, sizes: Tensor) -> Tensor:
    """−log p(digits), summed over alignments and divided by B; targets (B, S) are digits + 1, `sizes` (B,) of them."""
    log_p = model(features, lengths)
    return ctc_loss(log_p, targets, lengths, sizes, blank=BLANK, reduction="sum") / len(sizes)
