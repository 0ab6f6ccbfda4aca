"""A trained network reads: what it says at every point of a way, and the digits that this comes to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from rnncourse.reference.ctc_decoding import ctc_beam_search, ctc_best_path
from rnncourse.systems.handwriting.reader import BLANK, Reader
from rnncourse.systems.handwriting.strokes import Way, way

Array = np.ndarray
BATCH = 100
WIDTH = 10


def read(model: Reader, strokes: Sequence[Any], *, width: int = WIDTH) -> tuple[list[int], float]:
    """The digits of a reader's strokes, as `strokes.way` takes them, and log p of this labelling; 1: the best path."""
    said = log_probabilities(model, [way(strokes, jumps=model.settings["jumps"], pen=model.settings["pen"])])[0]
    labels, log_p = ctc_best_path(said, BLANK) if width == 1 else ctc_beam_search(said, width, BLANK)
    return [k - 1 for k in labels], log_p


def log_probabilities(model: Reader, ways: Sequence[Way]) -> list[Array]:
    """What a network says at each point of each way, (T, 11) in double precision."""
    device = next(model.parameters()).device
    said = []
    model.eval()
    with torch.no_grad():
        for start in range(0, len(ways), BATCH):
            some = [one.features for one in ways[start : start + BATCH]]
            log_p = model(*(tensor.to(device) for tensor in padded(some))).cpu().double().numpy()
            said += [log_p[: len(features), b] for b, features in enumerate(some)]
    return said


def padded(features: Sequence[Array]) -> tuple[torch.Tensor, torch.Tensor]:
    """Features (T, B, 3), zeros after the ends, and how many points each has (B,)."""
    lengths = [len(one) for one in features]
    x = np.zeros((max(lengths), len(features), features[0].shape[1]), np.float32)
    for b, one in enumerate(features):
        x[: len(one), b] = one
    return torch.from_numpy(x), torch.tensor(lengths)


def best_paths(said: Sequence[Array]) -> list[list[int]]:
    """The digits of the most probable alignment of each."""
    return [[k - 1 for k in ctc_best_path(log_p, BLANK)[0]] for log_p in said]


def beams(said: Sequence[Array], width: int) -> list[list[int]]:
    """The digits of the most probable labelling that a beam search finds."""
    return [[k - 1 for k in ctc_beam_search(log_p, width, BLANK)[0]] for log_p in said]
