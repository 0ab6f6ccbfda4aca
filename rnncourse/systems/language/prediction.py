"""A model that reads a text in several streams side by side and says, before each character, what it expects.

It may learn on while it reads: what has been read is what a decoder knows too, so both sides learn the same. Each side
must compute the same numbers to the last digit. On one processor, with one thread and the same shapes, it does; on
another it may not, which `fingerprint` finds out before anything is decoded.
"""

import copy
import hashlib
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rnncourse.reference.arithmetic import cumulative_frequencies
from rnncourse.systems.language.model import CharacterModel, State, character_loss

PROBED = 3  # steps of a fingerprint after the first update, or in all
LARGEST_NORM = 1.0


class Learning(NamedTuple):
    """How a model learns on: after each window of so many steps, in all streams, one update of Adam's.

    Chosen on Twelfth Night, which the model of the package has not learned from.
    """

    lr: float = 1e-3
    window: int = 20
    betas: tuple[float, float] = (0.0, 0.99)


class Reader:
    """Streams (B,) of codes go in step by step; `ends` are the cumulative frequencies of the next step.

    learning : None for a model whose weights stay; the model that is given stays as it was in any case.
    """

    def __init__(self, model: CharacterModel, start: int, streams: int, learning: Learning | None = None) -> None:
        self._model = copy.deepcopy(model).eval() if learning else model.eval()
        self._last = torch.full((1, streams), start)
        self._state: State | None = None
        self._learning = learning
        self._window: list[torch.Tensor] = []
        self._before: State | None = None  # the state at the window's first step
        if learning:
            weights = self._model.parameters()
            self._adam = torch.optim.Adam(weights, lr=learning.lr, betas=learning.betas, foreach=False)

    def logits(self) -> torch.Tensor:
        """(B, K) of the next step, given all steps before it."""
        with torch.no_grad():
            logits, self._state = self._model(self._last, self._state)
        return logits[0]

    def ends(self) -> NDArray[np.int64]:
        """(B, K + 1): symbol k of a stream owns what lies from entry k to entry k + 1."""
        return cumulative_frequencies(torch.softmax(self.logits().double(), dim=1).numpy())

    def read(self, codes: NDArray[np.int64]) -> None:
        """What came, (B,). Where a window is full, the model learns from it."""
        came = torch.from_numpy(codes)[None]
        if self._learning:
            self._window = self._window or [self._last]
            self._window.append(came)
            if len(self._window) > self._learning.window:
                self._learn()
        self._last = came

    def _learn(self) -> None:
        codes = torch.cat(self._window)
        loss, _ = character_loss(self._model, codes[:-1], codes[1:], self._before)
        self._adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), LARGEST_NORM, foreach=False)
        self._adam.step()
        self._window, self._before = [], self._state


def fingerprint(model: CharacterModel, start: int, streams: int, learning: Learning | None) -> bytes:
    """Four bytes that depend on every digit with which this machine computes what a Reader of this kind expects."""
    reader, digest = Reader(model, start, streams, learning), hashlib.sha256()
    symbols = model.settings["characters"]
    for step in range(PROBED + (learning.window if learning else 0)):
        digest.update(reader.logits().numpy().tobytes())
        reader.read((np.arange(streams) * 7 + step * 3) % symbols)
    return digest.digest()[:4]
