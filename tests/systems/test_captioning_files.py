"""A captioner's file is what `save` wrote, or it is refused in one line that names what is wrong with it."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from safetensors import safe_open  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from rnncourse.systems import captioning  # noqa: E402

WORDS = ["<pad>", "<start>", "<end>", "<unknown>", *"abcdef"]
SIZES = {"size": 16, "width": 4, "features": 12, "embedding": 7, "hidden": 9}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "m.safetensors"
    captioning.save(captioning.Captioner(10, **SIZES), captioning.Vocabulary(WORDS), path)
    return path


def rewrite(path, change):
    """Write a file anew after `change(weights, content)`."""
    with safe_open(path, "pt") as file:
        weights, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    content = json.loads(metadata["model"])
    content = change(weights, content) or content
    save_file(weights, path, metadata=metadata | {"model": json.dumps(content)})


def weight(name, make):
    return lambda weights, content: weights.update({name: make(weights.get(name))})


def without_bias(weights, content):
    del weights["readout.bias"]


def setting(name, value):
    return lambda weights, content: content["settings"].update({name: value})


def words(change):
    return lambda weights, content: content.update(vocabulary=change(content["vocabulary"]))


def with_nan(tensor):
    return tensor.clone().index_put_((torch.tensor(2),), torch.tensor(np.nan, dtype=tensor.dtype))


READOUT = r"readout.weight: {} of shape \({}, 9\) in the file, float32 of shape \(10, 9\) in the model"
CASES = {
    "vocabulary shorter": (words(lambda w: w[:-1]), "vocabulary: 9 words in the file, 10 in the model"),
    "vocabulary longer": (words(lambda w: [*w, "g"]), "vocabulary: 11 words in the file, 10 in the model"),
    "vocabulary of numbers": (words(lambda w: [*w[:-1], 3]), "words: a list of text"),
    "vocabulary of lists": (words(lambda w: [*w[:-1], ["g"]]), "words: a list of text"),
    "a word twice": (words(lambda w: [*w[:-1], "a"]), "words: a list of text, all different"),
    "no vocabulary": (lambda weights, content: {"settings": content["settings"]}, "words: a list of text"),
    "vocabulary of null": (words(lambda w: None), "words: a list of text"),
    "nan": (weight("readout.bias", with_nan), r"readout.bias: nan at \(2,\) of shape \(10,\), expected finite numbers"),
    "infinity": (weight("readout.bias", lambda w: w / 0), r"readout.bias: -?inf|nan at .* expected finite"),
    "int": (weight("readout.weight", lambda w: w.int()), READOUT.format("int32", 10)),
    "bool": (weight("readout.weight", lambda w: w > 0), READOUT.format("bool", 10)),
    "shape": (weight("readout.weight", lambda w: w[:8].clone()), READOUT.format("float32", 8)),
    "missing": (
        lambda weights, _: weights.pop("readout.bias")[:0].tolist(),
        "readout.bias: nothing in the file, float32",
    ),
    "too many": (weight("extra", lambda w: torch.ones(2)), r"extra: float32 of shape \(2,\) in the file, nothing in"),
    "hidden of true": (setting("hidden", True), "hidden must be a whole number of at least 1, got True"),
    "hidden of text": (setting("hidden", "9"), "hidden must be a whole number"),
    "another hidden": (setting("hidden", 11), r"of shape \(9, 12\) in the file, float32 of shape \(11, 12\)"),
    "hidden without end": (setting("hidden", 10**6), "in the file, float32 of shape"),
    "size": (setting("size", 12), "size must be a multiple of 8, got 12"),
    "cell": (setting("cell", []), r"cell: got \[\], expected one of 'gru', 'lstm'"),
    "another cell": (
        setting("cell", "lstm"),
        r"decoder.weight_ih_l0: .*\(27, 7\) in the file, .*\(36, 7\) in the model",
    ),
    "attention": (setting("attention", "no"), "attention must be True or False, got 'no'"),
    "dropout": (setting("dropout", float("nan")), "dropout must be a finite number from 0 to 1, got nan"),
    "unknown setting": (setting("layers", 2), "layers"),
    "settings of a list": (lambda weights, content: {**content, "settings": []}, "no settings of a model"),
    "content of null": (lambda weights, content: ["no"], "no settings of a model"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_that_does_not_fit_is_refused_by_name(file, name):
    change, reason = CASES[name]
    rewrite(file, change)
    with pytest.raises(ValueError, match=f"not a checkpoint of this captioner: .*{reason}") as error:
        captioning.load(file)
    assert "\n" not in str(error.value)


def test_a_file_as_it_was_written_is_read(file):
    rewrite(file, lambda weights, content: None)
    model, vocabulary = captioning.load(file)
    assert vocabulary.words == WORDS
    assert model.settings["hidden"] == 9


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda model: model.readout.bias.fill_(1e6), "readout.bias: inf at"),
        (lambda model: model.readout.bias.fill_(np.nan), "readout.bias: nan at"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(tmp_path, change, reason):
    model = captioning.Captioner(10, **SIZES)
    with torch.no_grad():
        change(model)
    with pytest.raises(ValueError, match=reason):
        captioning.save(model, captioning.Vocabulary(WORDS), tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match="vocabulary: 9 words in the file, 10 in the model"):
        captioning.save(
            captioning.Captioner(10, **SIZES), captioning.Vocabulary(WORDS[:-1]), tmp_path / "m.safetensors"
        )
    assert not list(tmp_path.iterdir())
