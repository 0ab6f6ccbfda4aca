"""From a text to an answer: greedily for many at once; by beam search, and with what was looked at, one by one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rnncourse.reference import decoding, seq2seq
from rnncourse.systems.seq2seq.exchange import numpy_params
from rnncourse.systems.seq2seq.model import Translator
from rnncourse.systems.seq2seq.symbols import END, PAD, START, Symbols, padded

BATCH = 256


class Said(NamedTuple):
    """An answer's signs, log p of them with <end>, and with attention the weights before each sign and the end."""

    signs: tuple[str, ...]
    log_p: float
    weights: NDArray[np.float64] | None  # (U, T)


@torch.no_grad()
def greedy(
    model: Translator, source: Symbols, target: Symbols, texts: Sequence[Sequence[str]], limit: int
) -> list[tuple[str, ...]]:
    """The answer to each text: always the most probable sign, at most `limit` of them."""
    device, out = next(model.parameters()).device, []
    for start in range(0, len(texts), BATCH):
        rows = [source.numbers(text) for text in texts[start : start + BATCH]]
        memory = model.encode(torch.from_numpy(padded(rows)).to(device))
        state = model.start(memory)
        symbols = [torch.full((len(rows),), START, device=device)]
        ended = torch.zeros(len(rows), dtype=torch.bool, device=device)
        for _ in range(limit):
            logits, state, _ = model.decode(symbols[-1][None], state, memory)
            symbols.append(logits[0].argmax(dim=-1).masked_fill(ended, PAD))
            ended |= symbols[-1] == END
            if ended.all():
                break
        out += [target.decode(column) for column in torch.stack(symbols[1:]).T.tolist()]
    return out


def beam(
    model: Translator,
    source: Symbols,
    target: Symbols,
    texts: Sequence[Sequence[str]],
    limit: int,
    *,
    width: int = 5,
    alpha: float = 0.0,
) -> list[Said]:
    """The answer to each text by beam search, in NumPy by the reference's equations; greedy's path competes.

    alpha : length normalisation, see `rnncourse.reference.beam_search`.
    """
    params, out = numpy_params(model), []
    kind = {"cell": model.settings["cell"], "attention": model.attention}
    for text in texts:
        numbers = np.array(source.numbers(text))
        step, first = seq2seq.reader(numbers, params, **kind)
        symbols, log_p = decoding.beam_search(step, first, START, END, width, limit, alpha=alpha, keep_greedy=width > 1)
        out.append(Said(target.decode(symbols), log_p, _weights(model, numbers, symbols)))
    return out


@torch.no_grad()
def _weights(model: Translator, source: NDArray[np.int64], symbols: list[int]) -> NDArray[np.float64] | None:
    """Where the decoder looks before each of these symbols and the end, (U, T); None without attention."""
    device = next(model.parameters()).device
    memory = model.encode(torch.from_numpy(source)[:, None].to(device))
    given = torch.tensor([START, *symbols], device=device)[:, None]
    weights = model.decode(given, model.start(memory), memory)[2]
    return None if weights is None else weights[:, :, 0].double().cpu().numpy()
