"""What each character of a text costs, in bits."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from rnncourse.systems.language.alphabet import Alphabet
from rnncourse.systems.language.model import CharacterModel

WINDOW = 500


def costs(model: CharacterModel, alphabet: Alphabet, texts: Sequence[str]) -> list[NDArray[np.float64]]:
    """−log2 of each character's probability given all that stands before it in its text, an array (N,) for each text.

    A text begins after a line's end, from a state of zeros; dropout is off. A character that the alphabet lacks costs
    what `unknown` does and its bytes in UTF-8.
    """
    device = next(model.parameters()).device
    longest = max(map(len, texts), default=0)
    codes = torch.full((longest + 1, len(texts)), alphabet.start)
    for column, text in enumerate(texts):
        codes[1 : len(text) + 1, column] = torch.from_numpy(alphabet.encode(text))
    bits, state, was_training = torch.zeros(longest, len(texts)), None, model.training
    model.eval()
    with torch.no_grad():
        for start in range(0, longest, WINDOW):
            stop = min(start + WINDOW, longest)
            logits, state = model(codes[start:stop].to(device), state)
            following = codes[start + 1 : stop + 1].to(device)
            nats = cross_entropy(logits.movedim(-1, 1).float(), following, reduction="none")
            bits[start:stop] = nats.cpu() / math.log(2)
    model.train(was_training)
    found = [column[: len(text)].astype(float) for column, text in zip(bits.numpy().T, texts, strict=True)]
    return [one + escapes(alphabet, text) for one, text in zip(found, texts, strict=True)]


def escapes(alphabet: Alphabet, text: str) -> NDArray[np.float64]:
    """Bits to say which unknown character it is, (N,): eight for each of its bytes, 0 for the alphabet's own."""
    return np.array([0.0 if c in alphabet.places else 8.0 * len(c.encode(errors="replace")) for c in text])


def bits_per_character(model: CharacterModel, alphabet: Alphabet, texts: Sequence[str]) -> float:
    """The mean cost of a character of these texts, in bits."""
    return float(np.concatenate(costs(model, alphabet, texts)).mean())
