"""How sure is a captioner of what it says, and has it seen anything like this picture?

The first is its own opinion: the probability of its caption. That is not enough: a network trained on emoji is often as
sure of a photograph's caption as of an emoji's. So the second looks at the picture alone. Each channel of the second
convolution has a mean and a variance over the places, which tell how a picture is drawn, not what it shows. How far do
means and log variances lie from those of the training pictures (Mahalanobis distance, Lee et al. 2018)?

The limit is the distance within which 95 % of the validation pictures lie. What is said to be unlike them then is in
SHARES; the photographs there are cuts of three. Of 36 whole photographs and scans the plain network's limit finds 86 %,
of a second artist's emoji 28 %. A limit of the same kind on log p finds half of the photographs and of the noise.
"""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rnncourse.systems.captioning.decoding import beam, greedy, log_probabilities
from rnncourse.systems.captioning.model import Captioner
from rnncourse.systems.captioning.pictures import CaptionData, to_tensor
from rnncourse.systems.captioning.vocabulary import END, PAD, Vocabulary

# Per cent of pictures that the stored networks are told to be unlike their training pictures (tests/systems).
SHARES = {
    "plain": {"photographs": 100, "noise": 100, "letters": 72, "held-out emoji": 7.5},
    "attention": {"photographs": 100, "noise": 100, "letters": 53, "held-out emoji": 6.7},
}
BATCH = 128
CHANNELS = 64  # more would make the record large
WITHIN = 0.95  # of the validation pictures
RIDGE = 0.05  # of the mean variance, added to each: few training pictures may vary in few directions only


class Said(NamedTuple):
    """A caption, log p of all its words with <end>, and the word of which the network was least sure."""

    caption: str
    log_p: float
    weakest: str
    weakest_p: float

    def sureness(self) -> str:
        """In words, for one line."""
        word = "that it ends here" if self.weakest == "<end>" else f'of "{self.weakest}"'
        return f"log p = {self.log_p:.2f}, least sure {word} (p = {self.weakest_p:.2f})"


def said(model: Captioner, vocabulary: Vocabulary, images: NDArray[np.uint8], *, width: int = 1) -> list[Said]:
    """Captions of pictures (N, S, S, 3) as `captions` gives them, each with how sure the network is."""
    device, out = next(model.parameters()).device, []
    for start in range(0, len(images), BATCH):
        some = to_tensor(images[start : start + BATCH]).to(device)
        words = greedy(model, some).words if width == 1 else beam(model, some, width)
        log_p = log_probabilities(model, some, words)
        weakest = log_p.masked_fill(words == PAD, 1).argmin(dim=0)  # <pad> is no word to be unsure of
        for column, sure, worst in zip(words.T.tolist(), log_p.T.tolist(), weakest.tolist(), strict=True):
            name = "<end>" if column[worst] == END else vocabulary.words[column[worst]]
            out.append(Said(vocabulary.decode(column), sum(sure), name, float(np.exp(sure[worst]))))
    return out


def style(model: Captioner, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How pictures are drawn, (N, 2 C): mean and log variance over the places of the second convolution's channels."""
    device, out = next(model.parameters()).device, []
    convolution, norm = model.places[:5], model.places[5]
    assert isinstance(norm, torch.nn.BatchNorm2d)
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    scale = torch.sqrt(variance + norm.eps)
    for start in range(0, len(images), BATCH):
        with torch.no_grad():
            a = convolution(to_tensor(images[start : start + BATCH]).to(device) - 0.5).flatten(2)
            a = ((a - mean[:, None]) / scale[:, None])[:, :CHANNELS].double()
        out.append(torch.cat([a.mean(-1), torch.log(a.var(-1, correction=0) + 0.01)], dim=1).cpu().numpy())
    return np.concatenate(out)


def learned(model: Captioner, data: CaptionData) -> dict[str, Any]:
    """What a record keeps of the training pictures' style: their mean, what whitens them, and the limit."""
    known = style(model, data.images[data.splits["train"]])
    covariance = np.cov(known.T, bias=True)
    size = len(covariance)
    covariance += (RIDGE * np.trace(covariance) / size + 1e-6) * np.eye(size)
    lower = np.linalg.cholesky(np.linalg.inv(covariance))
    entry: dict[str, Any] = {"within": WITHIN, "mean": _text(known.mean(axis=0)), "whiten": _text(lower[_lower(size)])}
    found = distances(model, data.images[data.splits["validation"]], entry)
    return entry | {"limit": round(float(np.quantile(found, WITHIN)), 3)}


def distances(model: Captioner, images: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[np.float64]:
    """How far pictures (N, S, S, 3) are from the training ones in style; above entry["limit"] they are unlike them.

    entry : record(path)["familiar"], made by `learned`.

    Raises ValueError where it is damaged, or of another model.
    """
    found = style(model, images)
    size = found.shape[1]
    try:
        mean, values, lower = _numbers(entry["mean"]), _numbers(entry["whiten"]), np.zeros((size, size))
        lower[_lower(size)] = values
        return np.linalg.norm((found - mean) @ lower, axis=1)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError('the record\'s "familiar" is damaged, or of another model') from error


def _lower(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.tril_indices(size)


def _text(values: NDArray[np.float64]) -> str:
    """Numbers in half precision as text, for JSON."""
    return base64.b64encode(values.astype("<f2").tobytes()).decode()


def _numbers(text: str) -> NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float64)
