"""Files of trained models: what every kind of them refuses, by name, and what comes back."""

import json

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402
from torch import nn  # noqa: E402

from rnncourse.systems import captioning, language, seq2seq  # noqa: E402
from rnncourse.systems.checkpoint import Kind  # noqa: E402


class Small(nn.Module):
    """A layer, and a number of steps that is no weight."""

    def __init__(self, size):
        super().__init__()
        self.settings = {"size": size}
        self.layer = nn.Linear(size, 2)
        self.register_buffer("steps", torch.tensor(3))


def build(content):
    model = Small(**content["settings"])
    if len(content["words"]) != model.settings["size"]:
        raise ValueError(f"words: {len(content['words'])} in the file, {model.settings['size']} in the model")
    return model, tuple(content["words"])


KIND = Kind("a test 1", "this test", build)


@pytest.fixture
def path(tmp_path):
    torch.manual_seed(0)
    KIND.save(tmp_path / "m.safetensors", Small(3), words=["a", "b", "c"])
    return tmp_path / "m.safetensors"


def test_what_comes_back_is_the_model_rounded_and_what_belongs_to_it(path):
    torch.manual_seed(0)
    wanted = Small(3).layer.weight
    model, words = KIND.load(path)
    assert words == ("a", "b", "c")
    assert not model.training
    assert model.layer.weight.dtype == torch.float32
    assert model.steps.dtype == torch.int64
    assert torch.equal(model.layer.weight, wanted.half().float())


@pytest.mark.parametrize(
    ("words", "weight", "said"),
    [
        (["a"], 0.0, "words: 1 in the file, 3 in the model"),
        (["a", "b", "c"], 1e6, r"layer\.bias: inf at \(0,\)"),
    ],
)
def test_what_could_not_be_loaded_is_not_written(words, weight, said, tmp_path):
    model = Small(3)
    with torch.no_grad():
        model.layer.bias[0] = weight
    with pytest.raises(ValueError, match=said):
        KIND.save(tmp_path / "m.safetensors", model, words=words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"settings": {"size": 10**9}, "words": []}, "words: 0 in the file, 1000000000 in the model"),
        ({"settings": {"size": 4}, "words": list("abcd")}, r"layer\.weight: float32 of shape \(2, 3\) in the file"),
        ({"settings": {"height": 4}, "words": []}, "unexpected keyword argument 'height'"),
        ({"words": []}, "no settings of a model"),
        ([], "no settings of a model"),
    ],
)
def test_a_description_that_does_not_fit_is_refused_with_the_file_named(content, said, path):
    save_file(load_file(path), path, metadata={"kind": KIND.name, "model": json.dumps(content)})
    with pytest.raises(ValueError, match=said) as error:
        KIND.load(path)
    assert str(error.value).startswith(f"not a checkpoint of this test: {path}: ")


def test_a_damaged_file_another_kind_and_none_are_refused(path):
    with pytest.raises(ValueError, match=r"of another kind \(a test 1\)"):
        Kind("a test 2", "another test", build).load(path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="not a checkpoint of this test"):
        KIND.load(path)
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        KIND.load(path.with_name("none.safetensors"))


@pytest.mark.parametrize("system", [captioning, language, seq2seq], ids=lambda system: system.__name__.split(".")[-1])
def test_every_system_names_a_device_that_is_not_there(system):
    names = [path.stem for path in system.storage.STORED.glob("*.safetensors")]
    if not names:
        pytest.skip("no stored network")
    with pytest.raises(ValueError, match="device"):
        system.load(system.stored(names[0]), "quantum")
