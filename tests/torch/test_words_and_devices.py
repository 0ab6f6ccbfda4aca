"""A word beyond the vocabulary and a device that is not there are refused by name, before anything is changed."""

import numpy as np
import pytest
import torch

from rnncourse.systems import captioning
from rnncourse.systems.captioning.decoding import log_probabilities, teacher_forced
from rnncourse.torch import GRU, LSTM, RNN, LanguageModel, fit

V, T, B = 7, 4, 2
IMAGES = torch.zeros(B, 3, 8, 8)
MODEL = LanguageModel(V, GRU(3, 5))
CAPTIONER = captioning.Captioner(V, size=8, width=2, features=4, embedding=3, hidden=5).eval()
WATCHER = captioning.Captioner(V, size=8, width=2, features=4, embedding=3, hidden=5, attention=True).eval()


@pytest.mark.parametrize("beyond", [V, 99, -1])
@pytest.mark.parametrize("row", [0, T - 1], ids=["first", "last"])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("tokens", MODEL),
        ("words", lambda words: CAPTIONER(IMAGES, words)),
        ("words", lambda words: WATCHER(IMAGES, words)),
        ("words", lambda words: log_probabilities(CAPTIONER, IMAGES, words)),
        ("captions", lambda words: captioning.caption_loss(CAPTIONER, IMAGES, words)),
    ],
    ids=["language model", "captioner", "with attention", "log probabilities", "loss"],
)
def test_a_word_beyond_the_vocabulary_is_refused_by_name(name, call, row, beyond):
    words = torch.ones(T, B, dtype=torch.int64)
    call(words)
    words[row, 1] = beyond
    if name == "captions" and row == 0:
        name = "words"  # the model that is called sees it first
    with pytest.raises(ValueError, match=rf"^{name}: values .*{beyond}.*expected 0 … 6"):
        call(words)


def test_a_number_without_a_word_is_refused():
    vocabulary = captioning.Vocabulary(["<pad>", "<start>", "<end>", "<unknown>", "red"])
    for decode in (vocabulary.decode, vocabulary.decode_all):
        assert decode([4, 2]) == "red"
        for number in (5, -1):
            with pytest.raises(ValueError, match=rf"^numbers: got {number}, expected 0 … 4"):
                decode([4, number])


def one_batch(device):
    model = GRU(2, 3)
    batches = [(torch.zeros(4, 2, 2),)]
    return fit(model, batches, loss=lambda m, x: m(x)[0].sum(), device=device, progress=False)


def one_training(device):
    images = np.zeros((4, 8, 8, 3), np.uint8)
    parts = {"train": np.arange(4), "validation": np.arange(4)}
    data = captioning.CaptionData(images, [["a dog"]] * 4, parts, "four dogs")
    return captioning.train(data, epochs=1, batch=2, width=2, device=device, progress=False)


@pytest.mark.parametrize("device", ["banana", "cuda:99", "cpu:x", "", 3.5])
@pytest.mark.parametrize(
    "call",
    [
        lambda device: RNN(2, 3, device=device),
        lambda device: LSTM(2, 3, device=device),
        lambda device: GRU(2, 3, device=device),
        one_batch,
        one_training,
        lambda device: captioning.load(captioning.stored("plain"), device),
    ],
    ids=["RNN", "LSTM", "GRU", "fit", "train", "load"],
)
def test_a_device_that_is_not_there_is_refused_by_name(call, device):
    call("cpu")
    with pytest.raises(ValueError, match=r"^device: "):
        call(device)


def test_teacher_forcing_takes_what_a_vocabulary_gives():
    words = torch.full((T, B), V - 1)
    assert teacher_forced(CAPTIONER, IMAGES, words).shape == (T - 1, B)
