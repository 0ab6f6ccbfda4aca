"""A training goes on from its own file, or says what differs and has changed nothing."""

import copy
import io
import pickle
import random
import traceback

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse.torch import GRU, LSTM, RNN, Stack, fit
from rnncourse.torch import checkpoint as checkpoints

T, B, D, H = 5, 4, 3, 6


class Model(nn.Module):
    """A layer under dropout and a readout."""

    def __init__(self, layer=None, *, p=0.2, bias=True, dtype=torch.float32):
        torch.manual_seed(0)
        super().__init__()
        self.layer = LSTM(D, H) if layer is None else layer()
        self.dropout = nn.Dropout(p)
        self.readout = nn.Linear(self.layer.output_size, 1, bias=bias)
        self.to(dtype)

    def forward(self, x):
        return self.readout(self.dropout(self.layer(x)[0]))


def loss(model, x):
    return model(x.to(model.readout.weight.dtype)).square().mean()


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.01)


def train(model, file, **changes):
    batches = [(torch.ones(T, B, D),), (torch.full((T, B, D), 0.5),)]
    options = {"loss": loss, "seed": 1, "optimiser": adam, "progress": False, "checkpoint": file} | changes
    return fit(model, batches, **options)


def everything(model, optimiser):
    """All that a resume writes, as bytes, so that even a NaN must stay what it was."""
    kept = optimiser.state_dict()
    numbers = [random.getstate(), *np.random.get_state()]  # noqa: NPY002
    file = io.BytesIO()
    torch.save([dict(model.state_dict()), kept["state"], torch.get_rng_state()], file)
    return file.getvalue(), repr(kept["param_groups"]), repr(numbers), model.training


def assert_refused_and_untouched(file, words, model, make=adam, **options):
    """The error, after it was seen that neither model nor optimiser nor any random number has changed."""
    optimiser = make(list(model.parameters()))
    loss(model, torch.ones(T, B, D)).backward()
    optimiser.step()  # so that it has a state to lose
    before = everything(model, optimiser)
    with pytest.raises(ValueError, match=words) as caught:
        train(model, file, epochs=2, optimiser=optimiser, **options)
    assert everything(model, optimiser) == before
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.fixture
def file(tmp_path):
    """The file of a finished epoch."""
    train(Model(), tmp_path / "run.pt")
    return tmp_path / "run.pt"


MODELS = {
    "hidden size": (lambda: LSTM(D, H + 1), r"model.layer='LSTM\(3, 6, .*has model.layer='LSTM\(3, 7, "),
    "cell": (lambda: GRU(D, H), r"model.layer='LSTM\(3, 6, .*has model.layer=.GRU\(3, 6, "),
    "a cell of the same shapes": (lambda: RNN(D, 4 * H), r"model.layer='LSTM\(3, 6, .*has model.layer=.RNN\(3, 24, "),
    "peepholes": (lambda: LSTM(D, H, peephole=True), "peephole=False.*has model.layer=.*peephole=True"),
    "directions": (lambda: LSTM(D, H, bidirectional=True), "bidirectional=False.*bidirectional=True"),
    "learned state": (lambda: LSTM(D, H, learn_state=True), r"layer.h0_l0='nothing'.*'float32 of shape \(6,\)'"),
    "stack": (lambda: Stack(LSTM(D, H)), r"model.layer.layers.0='nothing'.*model.layer.layers.0='LSTM\(3, 6,"),
}


@pytest.mark.parametrize("name", MODELS)
def test_another_layer_is_named_and_nothing_is_touched(file, name):
    layer, words = MODELS[name]
    assert_refused_and_untouched(file, words, Model(layer))


def test_cells_whose_weights_have_the_same_shapes_are_told_apart(tmp_path):
    train(Model(lambda: GRU(D, H)), tmp_path / "gru")
    words = "reset='after'.*has model.layer=.*reset='before'"
    assert_refused_and_untouched(tmp_path / "gru", words, Model(lambda: GRU(D, H, reset="before")))
    train(Model(lambda: RNN(D, H)), tmp_path / "rnn")
    words = "nonlinearity='tanh'.*has model.layer=.*nonlinearity='relu'"
    assert_refused_and_untouched(tmp_path / "rnn", words, Model(lambda: RNN(D, H, nonlinearity="relu")))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"p": 0.5}, r"model.dropout.p=0.2, this run has model.dropout.p=0.5"),
        ({"bias": False}, r"model.readout.bias='float32 of shape \(1,\)', this run has model.readout.bias='nothing'"),
        ({"dtype": torch.float64}, "='float32 of .*='float64 of "),
    ],
)
def test_another_part_of_the_model_is_named(file, options, words):
    assert_refused_and_untouched(file, words, Model(**options))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: torch.optim.SGD(p, lr=0.01), "optimiser='Adam', this run has optimiser='SGD'"),
        (lambda p: torch.optim.Adam(p, lr=0.02), r"lr=\[0.01\], this run has lr=\[0.02\]"),
        (lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.999)), r"betas=\[\(0.9, 0.999\)\].*\[\(0.8, 0.999\)\]"),
        (lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1), r"weight_decay=\[0\], .*weight_decay=\[0.1\]"),
        (
            lambda p: torch.optim.Adam(p[:-1], lr=0.01),
            r"trained parameters=\[6\], .*has trained parameters=\[5\]",
        ),
        (lambda p: torch.optim.Adam([{"params": p[:1]}, {"params": p[1:]}], lr=0.01), r"\[0.01\], .*\[0.01, 0.01\]"),
    ],
)
def test_another_optimiser_is_named(file, make, words):
    assert_refused_and_untouched(file, words, Model(), make)


def test_the_backend_may_be_another_one(file):
    train(Model(lambda: LSTM(D, H, backend="loop")), file, epochs=2)


def changed(file, change):
    """Write the file anew with its contents changed."""
    contents = torch.load(file, weights_only=True)
    change(contents)
    checkpoints.save(contents, file)


def put(value, *keys):
    """A change: this value at that place."""

    def change(contents):
        for key in keys[:-1]:
            contents = contents[key]
        contents[keys[-1]] = value

    return change


PARTS = ("model", "optimiser", "history", "place", "random", "epoch_start", "best", "seconds", "settings", "scaler")
INSIDE = {
    "a history of another version": (put([], "history", "margin"), "history has .*margin.*this version"),
    "a history that lacks an entry": (lambda c: c["history"].pop("norm"), "history has .*this version"),
    "losses that are text": (put(["a", "b"], "history", "step_loss"), "step_loss"),
    "fewer losses than updates": (put([0.5], "history", "step_loss"), "step_loss has 1 entries, its place says 2"),
    "a best epoch of text": (put("first", "history", "best_epoch"), "best_epoch"),
    "a place of text": (put(["a", 0, 0, 0], "place"), "place"),
    "a place before the start": (put([1, 2, -1, 0], "place"), "place"),
    "a weight left out": (lambda c: c["model"].pop("readout.bias"), "readout.bias: nothing in the file, float32"),
    "a weight too many": (put(torch.ones(2), "model", "extra"), r"extra: float32 of shape \(2,\) in the file, nothing"),
    "a weight of whole numbers": (put(torch.ones(1, H).long(), "model", "readout.weight"), "int64.*float32"),
    "a weight that is a number": (put(0.5, "model", "readout.weight"), "readout.weight: float in the file"),
    "best weights of another shape": (put({"readout.bias": torch.ones(2)}, "best"), "layer.weight_ih_l0: nothing"),
    "moments of another shape": (put(torch.ones(3), "optimiser", "state", 0, "exp_avg"), r"exp_avg has shape \(3,\)"),
    "moments that are a number": (put(3, "optimiser", "state", 0), "optimiser"),
    "no groups of parameters": (put([], "optimiser", "param_groups"), "group"),
    "random numbers cut short": (put(torch.zeros(7, dtype=torch.uint8), "random", "torch"), "random numbers"),
    "NumPy's random numbers cut": (put(["MT19937", torch.zeros(3), 0, 0, 0.0], "random", "numpy"), "random numbers"),
    "Python's random numbers cut": (put([3, [1, 2], None], "random", "python"), "random numbers"),
    "a GPU's random numbers of text": (put(["x"], "random", "cuda"), "random numbers"),
    "an epoch's start of text": (put([0, "x"], "epoch_start"), "random numbers"),
    "a seed of another type": (put(torch.tensor(1), "settings", "seed"), r"seed=tensor\(1\), this run has seed=1"),
    "a seed of text": (put("1", "settings", "seed"), "seed='1', this run has seed=1"),
    "a setting of the future": (put(2, "settings", "warmup"), "warmup=2, this run has warmup='nothing'"),
}


@pytest.mark.parametrize("value", [None, 3, "text", [], torch.ones(2)], ids=repr)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_another_type_is_refused(file, part, value):
    if (part, repr(value)) in (("best", "None"), ("seconds", "3")):
        return  # that is what they may be
    changed(file, put(value, part))
    assert_refused_and_untouched(file, "no checkpoint of fit", Model())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_refused(file, part):
    changed(file, lambda contents: contents.pop(part))
    assert_refused_and_untouched(file, f"no checkpoint of fit: .*{part}", Model())


@pytest.mark.parametrize("name", INSIDE)
def test_a_part_with_something_wrong_inside_is_named(file, name):
    change, words = INSIDE[name]
    changed(file, change)
    assert_refused_and_untouched(file, words, Model())


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_a_file_that_was_cut_is_refused(file, share):
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    assert_refused_and_untouched(file, "no checkpoint of fit: .*cut short", Model())


class Foreign:
    """Some program's object."""


FOREIGN = {
    "a model": lambda file: torch.save(Model(), file),
    "its weights": lambda file: torch.save(Model().state_dict(), file),
    "a tensor": lambda file: torch.save(torch.ones(3), file),
    "a list": lambda file: torch.save([1, 2], file),
    "NumPy's numbers": lambda file: torch.save({"settings": {"seed": np.float64(1)}}, file),
    "a pickle": lambda file: file.write_bytes(pickle.dumps(Foreign())),
    "a pickle of plain types": lambda file: file.write_bytes(pickle.dumps({"settings": {}})),
    "an archive": lambda file: np.savez(file.open("wb"), a=np.ones(3)),
    "text": lambda file: file.write_text("hello"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_refused_and_nobody_is_told_to_load_it_anyway(tmp_path, name):
    file = tmp_path / "foreign"
    FOREIGN[name](file)
    error = assert_refused_and_untouched(file, "no checkpoint of fit", Model())
    shown = "".join(traceback.format_exception(error))
    assert "weights_only=False" not in shown
    assert "WeightsUnpickler" not in shown
    assert "trust" not in shown


def test_what_a_foreign_file_holds_is_named(tmp_path):
    FOREIGN["a model"](tmp_path / "model")
    assert_refused_and_untouched(tmp_path / "model", r"it holds \S*Model, and only tensors, numbers", Model())


@pytest.mark.parametrize(
    "options",
    [
        {"seed": np.int64(1)},
        {"max_norm": np.float64(0.5)},
        {"lr": np.float64(0.01), "optimiser": None},
        {"optimiser": lambda p: torch.optim.SGD(p, lr=np.float64(0.01), momentum=np.float32(0.5))},
        {"validate": lambda model: np.float64(1.0)},
    ],
)
def test_a_run_with_numbers_of_numpy_can_go_on(tmp_path, options):
    whole, resumed = Model(), Model()
    train(whole, None, epochs=2, **options)
    train(resumed, tmp_path / "c", epochs=1, **options)
    again = Model()
    train(again, tmp_path / "c", epochs=2, **options)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), again.parameters(), strict=True))


def test_an_optimiser_keeps_its_rate_when_a_training_fails():
    model = Model()
    optimiser = adam(list(model.parameters()))
    before = copy.deepcopy(optimiser.state_dict()["param_groups"])

    def failing(model, x):
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        train(model, None, loss=failing, optimiser=optimiser, schedule=lambda update: 0.5)
    assert optimiser.state_dict()["param_groups"] == before
