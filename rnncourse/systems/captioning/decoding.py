"""From probabilities to a sentence: the best word each time, or the best few sentences so far."""

from typing import NamedTuple

import torch
from torch import Tensor

from rnncourse.reference._validation import check_count
from rnncourse.systems.captioning.model import Captioner, Encoded
from rnncourse.systems.captioning.vocabulary import END, PAD, START
from rnncourse.torch.advice import check_tokens


class Decoded(NamedTuple):
    """Words (T, B), <pad> after <end>; and with attention the weights (T, B, L) before each word."""

    words: Tensor
    attention: Tensor | None


@torch.no_grad()
def greedy(model: Captioner, images: Tensor, max_length: int = 16) -> Decoded:
    """Take the most probable word, feed it back, stop at <end>."""
    encoded = model.encode(images)
    state = model.start(encoded)
    word = torch.full((len(images),), START, device=images.device)
    ended = torch.zeros_like(word, dtype=torch.bool)
    words, looks = [], []
    for _ in range(max_length):
        logits, state, look = model.step(word, state, encoded)
        word = logits.argmax(-1).masked_fill(ended, PAD)
        words.append(word)
        looks.append(look)
        ended |= word == END
        if ended.all():
            break
    return Decoded(torch.stack(words), None if model.attention is None else torch.stack(looks))  # type: ignore[arg-type]


@torch.no_grad()
def beam(model: Captioner, images: Tensor, width: int, max_length: int = 16) -> Tensor:
    """Keep the `width` most probable beginnings of each caption; return the most probable whole one (T, B)."""
    check_count("width", width)
    B = len(images)
    once = model.encode(images)
    encoded = Encoded(once.vector.repeat_interleave(width, 0), once.grid.repeat_interleave(width, 1))
    state = model.start(encoded)
    words = torch.full((1, B * width), START, device=images.device)
    scores = torch.full((B, width), -torch.inf, device=images.device)
    scores[:, 0] = 0  # all beams are the same at the start: let one of them speak
    first = torch.arange(B, device=images.device)[:, None] * width
    for _ in range(max_length):
        logits, state, _ = model.step(words[-1], state, encoded)
        log_p = logits.float().log_softmax(-1)
        K = log_p.shape[-1]
        ended = (words[-1] == END) | (words[-1] == PAD)
        log_p[ended] = -torch.inf
        log_p[ended, PAD] = 0  # an ended caption goes on at no cost
        scores, best = (scores[..., None] + log_p.view(B, width, K)).flatten(1).topk(width)
        origin = (first + best // K).flatten()
        words = torch.cat([words[:, origin], (best % K).view(1, -1)])
        state = tuple(part[origin] for part in state)
        if ((words[-1] == END) | (words[-1] == PAD)).all():
            break
    return words[1:, ::width]  # topk sorts: the first beam of each picture is the best


@torch.no_grad()
def log_probabilities(model: Captioner, images: Tensor, words: Tensor) -> Tensor:
    """log p of each of these words (T, B), given the picture and the words before it; 0 at <pad>."""
    given = torch.cat([torch.full_like(words[:1], START), words[:-1]])
    check_tokens("words", words, model.embedding.num_embeddings)
    log_p = model(images, given).float().log_softmax(-1).gather(-1, words[..., None])[..., 0]
    return log_p.masked_fill(words == PAD, 0)


@torch.no_grad()
def teacher_forced(model: Captioner, images: Tensor, captions: Tensor) -> Tensor:
    """The most probable word at each place when all true words before it are given: (T-1, B), no free caption."""
    return model(images, captions[:-1]).argmax(-1).masked_fill(captions[1:] == PAD, PAD)
