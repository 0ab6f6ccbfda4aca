"""The training loop: it learns, it clips, it cuts windows, and an interruption leaves no trace in the weights."""

import os
import random
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse.reference import clip_by_global_norm as reference_clip
from rnncourse.torch import GRU, LSTM, RNN, Stack, Tagger, clip_by_global_norm, fit, mean_loss
from tests.tolerances import assert_close
from tests.torch.cases import gpu

STEPS, BATCH, INPUTS = 12, 4, 3


class Summing(nn.Module):
    """Says the running sum of the first input; dropout, so that random numbers matter."""

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        super().__init__()
        self.layer = LSTM(INPUTS, 8)
        self.dropout = nn.Dropout(0.2)
        self.readout = nn.Linear(8, 1)

    def forward(self, x, state=None):
        h, state = self.layer(x, state)
        return self.readout(self.dropout(h)), state


def batches(epoch, number=6):
    rng = np.random.default_rng([3, epoch])
    for _ in range(number):
        x = rng.standard_normal((STEPS, BATCH, INPUTS)).astype(np.float32)
        yield x, np.cumsum(x[..., :1], axis=0) / STEPS


def loss(model, x, y):
    prediction, _ = model(x)
    return (prediction - y).square().mean()


def window_loss(model, x, y, state=None):
    prediction, state = model(x, state)
    return (prediction - y).square().mean(), state


def train(model=None, **changes):
    model = Summing() if model is None else model
    options = {"loss": loss, "epochs": 3, "lr": 0.01, "seed": 1, "progress": False} | changes
    return model, fit(model, options.pop("batches", batches), **options)


def same_weights(a, b):
    return all(torch.equal(p, q) for p, q in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_it_learns_and_says_what_happened():
    fixed = list(batches(0))
    model, history = train(batches=fixed, epochs=40, validate=lambda m: mean_loss(m, fixed, loss))
    assert history.loss[-1] < 0.3 * history.loss[0]
    assert len(history.loss) == len(history.seconds) == len(history.validation) == 40
    assert len(history.step_loss) == len(history.norm) == len(history.rate) == 240
    assert history.loss[0] == pytest.approx(np.mean(history.step_loss[:6]))
    assert history.validation[history.best_epoch] == min(history.validation)
    assert history.stopped == "epochs"
    assert all(second > 0 for second in history.seconds)
    assert history.validation[-1] == mean_loss(model, fixed, loss)


def test_one_update_is_that_of_torch_written_out():
    model, other = Summing(), Summing()
    model.dropout.p = other.dropout.p = 0.0
    x, y = next(batches(0))
    fit(model, [(x, y)], loss=loss, optimiser=lambda p: torch.optim.SGD(p, lr=0.5), max_norm=0.1, progress=False)
    loss(other, torch.from_numpy(x), torch.from_numpy(y)).backward()
    norm = nn.utils.clip_grad_norm_(other.parameters(), 0.1)
    assert norm > 0.1
    torch.optim.SGD(other.parameters(), lr=0.5).step()
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        assert_close(p.detach(), q.detach(), dtype="float32", name="weight")


@pytest.mark.parametrize("max_norm", [0.5, 1e6, None])
def test_clipping_is_that_of_the_reference(max_norm):
    rng = np.random.default_rng(0)
    grads = [rng.standard_normal((3, 4)), rng.standard_normal(5)]
    tensors = [nn.Parameter(torch.zeros(3, 4).double()), nn.Parameter(torch.zeros(5).double())]
    for tensor, grad in zip(tensors, grads, strict=True):
        tensor.grad = torch.from_numpy(grad.copy())
    norm = clip_by_global_norm(tensors, max_norm)
    assert_close(norm, np.sqrt(sum((g**2).sum() for g in grads)), name="norm")
    expected = grads if max_norm is None else reference_clip(grads, max_norm)[0]
    for tensor, grad in zip(tensors, expected, strict=True):
        assert_close(tensor.grad, grad, name="gradient")


def test_zero_gradients_stay_zero_when_clipped():
    parameter = nn.Parameter(torch.ones(3))
    parameter.grad = torch.zeros(3)
    assert clip_by_global_norm([parameter], 1.0) == 0
    assert torch.equal(parameter.grad, torch.zeros(3))


@pytest.mark.parametrize("training", [True, False])
def test_a_model_leaves_in_the_mode_in_which_it_came(training):
    model = Summing().train(training)
    seen = []
    train(model, epochs=1, loss=lambda m, x, y: seen.append(m.training) or loss(m, x, y))
    assert all(seen)
    assert model.training == training


def test_the_norm_reported_is_that_before_clipping():
    _, free = train(epochs=1, lr=0.0)
    _, clipped = train(epochs=1, lr=0.0, max_norm=1e-3)
    assert free.norm == clipped.norm
    assert min(free.norm) > 1e-3


def test_the_same_seed_gives_the_same_weights_and_another_does_not():
    (a, history_a), (b, history_b), (c, _) = train(), train(), train(seed=2)
    assert same_weights(a, b)
    assert history_a.step_loss == history_b.step_loss
    assert not same_weights(a, c)


def test_a_seed_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    model = Summing()
    torch.manual_seed(5)
    train(model, epochs=1)
    assert torch.equal(torch.rand(3), expected)


def test_schedule_scales_the_rate_by_the_number_of_updates():
    optimiser = None

    def make(parameters):
        nonlocal optimiser
        optimiser = torch.optim.SGD(parameters, lr=0.2)
        return optimiser

    _, history = train(optimiser=make, schedule=lambda update: 1 / (1 + update), epochs=2)
    assert history.rate == pytest.approx([0.2 / (1 + k) for k in range(12)])
    assert optimiser.param_groups[0]["lr"] == 0.2


def test_windows_cut_the_gradient_and_carry_the_state():
    x, y = (torch.from_numpy(a) for a in next(batches(0)))
    model, other = Summing(), Summing()
    model.dropout.p = other.dropout.p = 0.0
    sgd = lambda p: torch.optim.SGD(p, lr=0.1)  # noqa: E731
    history = fit(model, [(x, y)], loss=window_loss, window=5, optimiser=sgd, progress=False)
    optimiser, state = sgd(other.parameters()), None
    losses = []
    for start in (0, 5, 10):
        piece, state = window_loss(other, x[start : start + 5], y[start : start + 5], state)
        state = tuple(s.detach() for s in state)
        optimiser.zero_grad()
        piece.backward()
        optimiser.step()
        losses.append(piece.item())
    assert history.step_loss == pytest.approx(losses, rel=1e-6)
    assert same_weights(model, other) or all(
        torch.allclose(p, q, atol=1e-7) for p, q in zip(model.parameters(), other.parameters(), strict=True)
    )


def test_the_state_starts_anew_with_every_batch():
    seen = []

    def spy(model, x, y, state=None):
        seen.append(state is None)
        if state is not None:
            assert all(not s.requires_grad for s in state)
        return window_loss(model, x, y, state)

    train(batches=list(batches(0, 2)), loss=spy, window=5, epochs=1)
    assert seen == [True, False, False] * 2


def test_a_window_as_long_as_the_batch_changes_nothing():
    (whole, history), (cut, history_cut) = train(), train(loss=window_loss, window=STEPS)
    assert same_weights(whole, cut)
    assert history.step_loss == history_cut.step_loss


def test_mean_loss_in_windows_is_that_of_the_whole_where_windows_are_equal():
    model, fixed = Summing(), list(batches(0))
    assert mean_loss(model, fixed, window_loss, window=4) == pytest.approx(mean_loss(model, fixed, loss), rel=1e-6)
    assert model.training


def test_early_stop_puts_the_best_weights_back():
    values = iter([3.0, 1.0, 2.0, float("nan"), 4.0])
    kept = []

    def validate(model):
        assert not model.training
        assert not torch.is_grad_enabled()
        kept.append({k: v.clone() for k, v in model.state_dict().items()})
        return next(values)

    model, history = train(epochs=20, validate=validate, patience=3)
    assert (history.stopped, history.best_epoch, len(history.loss)) == ("patience", 1, 5)
    assert all(torch.equal(v, kept[1][k]) for k, v in model.state_dict().items())
    assert model.training


def test_validation_that_is_never_a_number_stops_too():
    _, history = train(epochs=20, validate=lambda model: float("nan"), patience=2)
    assert (history.stopped, history.best_epoch, len(history.loss)) == ("patience", None, 2)


class Killed(Exception):
    pass


def interrupted(at, inner):
    """A loss that raises at its update number `at`, as a kill would."""
    count = 0

    def killer(*arguments, **options):
        nonlocal count
        count += 1
        if count == at:
            raise Killed
        return inner(*arguments, **options)

    return killer


RUNS = {
    "plain": {"loss": loss},
    "windows": {"loss": window_loss, "window": 5},
    "bf16": {"loss": loss, "precision": "bf16"},
    "fp16": {"loss": loss, "precision": "fp16"},
    "momentum": {"loss": loss, "optimiser": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)},
    "schedule": {"loss": loss, "schedule": lambda update: 0.9**update, "max_norm": 0.05},
    "no seed": {"loss": loss, "seed": None},
}


@pytest.mark.parametrize("every", [1, 4, None], ids=["each update", "each 4", "each epoch"])
@pytest.mark.parametrize("name", RUNS)
def test_interrupting_and_resuming_gives_the_same_final_weights(tmp_path, name, every):
    options = RUNS[name]
    validation = list(batches(99))
    inner = options["loss"]
    validate = {"validate": lambda m: mean_loss(m, validation, inner, window=options.get("window")), "patience": 3}
    torch.manual_seed(11)
    whole, history = train(Summing(), **validate, **options)
    updates = len(history.step_loss)
    for at in (2, updates // 2, updates):
        file = tmp_path / f"{at}.pt"
        keep = {"checkpoint": file, "checkpoint_every": every, **validate}
        torch.manual_seed(11)
        with pytest.raises(Killed):
            train(Summing(), **keep, **(options | {"loss": interrupted(at, inner)}))
        torch.manual_seed(12345)  # a new process would be elsewhere in its random numbers
        torch.rand(7)
        resumed, again = train(Summing(), **keep, **options)
        if name == "no seed" and not file.exists():
            continue
        if name != "no seed" or every == 1:
            assert same_weights(whole, resumed), (name, at)
            assert again.step_loss == history.step_loss
            assert again.norm == history.norm
            assert again.validation == history.validation
        assert len(again.seconds) == len(history.seconds)


def test_a_loss_scale_that_had_to_shrink_is_resumed(tmp_path):
    large = lambda model, x, y: 1000 * loss(model, x, y)  # noqa: E731
    options = {"precision": "fp16", "epochs": 2}
    whole, history = train(loss=large, **options)
    assert not np.isfinite(history.norm[0])  # overflow: the update is left out and the scale halved
    assert np.isfinite(history.norm[-1])
    keep = {"checkpoint": tmp_path / "c", "checkpoint_every": 1}
    with pytest.raises(Killed):
        train(loss=interrupted(8, large), **keep, **options)
    resumed, _ = train(loss=large, **keep, **options)
    assert same_weights(whole, resumed)


def shuffled(epoch):
    """Batches that draw from every global generator, while they are drawn."""
    order = torch.randperm(6)
    fixed = list(batches(0))
    for k in order:
        x, y = fixed[k]
        yield x + np.random.standard_normal() + random.random() + torch.rand(1).item(), y  # noqa: NPY002


def test_resuming_restores_the_global_random_numbers_of_torch_numpy_and_python(tmp_path):
    def start():
        np.random.seed(1)  # noqa: NPY002
        random.seed(1)

    start()
    whole, history = train(batches=shuffled)
    start()
    with pytest.raises(Killed):
        train(batches=shuffled, loss=interrupted(9, loss), checkpoint=tmp_path / "c", checkpoint_every=1)
    np.random.seed(2)  # noqa: NPY002
    random.seed(2)
    resumed, again = train(batches=shuffled, checkpoint=tmp_path / "c", checkpoint_every=1)
    assert again.step_loss == history.step_loss
    assert same_weights(whole, resumed)


def test_a_data_loader_that_shuffles_resumes_in_the_middle_of_an_epoch(tmp_path):
    data = torch.utils.data.TensorDataset(torch.randn(24, STEPS, INPUTS), torch.randn(24, STEPS, 1))
    loader = torch.utils.data.DataLoader(data, batch_size=5, shuffle=True)
    by_time = lambda model, x, y: loss(model, x.transpose(0, 1), y.transpose(0, 1))  # noqa: E731
    whole, _ = train(batches=loader, loss=by_time)
    keep = {"checkpoint": tmp_path / "c", "checkpoint_every": 1}
    with pytest.raises(Killed):
        train(batches=loader, loss=interrupted(8, by_time), **keep)
    resumed, _ = train(batches=loader, loss=by_time, **keep)
    assert same_weights(whole, resumed)


PROCESS = """
import os, signal, torch
from torch import nn
from rnncourse.torch import LSTM, fit

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.dropout = LSTM(3, 8), nn.Dropout(0.2)

def batches(epoch):
    for _ in range(6):
        yield torch.randn(12, 4, 3),

def run(checkpoint, deadly):
    updates = 0
    def loss(model, x):
        nonlocal updates
        updates += 1
        if updates == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return model.dropout(model.layer(x)[0]).square().mean()
    torch.manual_seed(0)
    model = Model()
    keep = {"checkpoint": checkpoint, "checkpoint_every": checkpoint and 2}
    history = fit(model, batches, loss=loss, epochs=3, seed=1, **keep)
    return model, history
"""


def test_a_process_killed_at_once_goes_on_to_the_same_weights(tmp_path):
    scope = {}
    exec(PROCESS, scope)
    file = tmp_path / "c.pt"
    threads = f"torch.set_num_threads({torch.get_num_threads()})"
    script = f"{PROCESS}\n{threads}\nrun({str(file)!r}, 9)"
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert os.listdir(tmp_path) == ["c.pt"]
    resumed, history = scope["run"](file, None)
    whole, expected = scope["run"](None, None)
    assert history.step_loss == expected.step_loss
    assert same_weights(resumed, whole)


def test_a_finished_training_is_not_trained_again_and_more_epochs_go_on(tmp_path):
    first, history = train(checkpoint=tmp_path / "c", epochs=2)
    again, same = train(checkpoint=tmp_path / "c", epochs=2)
    assert same_weights(first, again)
    assert same == history
    longer, _ = train(checkpoint=tmp_path / "c", epochs=3)
    assert same_weights(longer, train(epochs=3)[0])


def test_a_stopped_training_comes_back_with_its_best_weights(tmp_path):
    values = [3.0, 1.0, 2.0, 4.0]
    options = {"checkpoint": tmp_path / "c", "epochs": 9, "patience": 2}
    coming = iter(values)
    first, _ = train(validate=lambda m: next(coming), **options)
    again, history = train(validate=lambda m: 0.0, **options)
    assert same_weights(first, again)
    assert history.validation == values


def test_a_checkpoint_that_cannot_be_written_whole_leaves_the_old_one(tmp_path, monkeypatch):
    file = tmp_path / "c"
    train(checkpoint=file, epochs=1)
    before = file.read_bytes()

    def half(contents, to):
        to.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="disk full"):
        train(checkpoint=file, epochs=2)
    assert file.read_bytes() == before
    assert os.listdir(tmp_path) == ["c"]


def test_a_checkpoint_takes_its_name_only_when_it_is_whole(tmp_path, monkeypatch):
    file = tmp_path / "c"
    train(checkpoint=file, epochs=1)
    before = file.read_bytes()
    seen = []

    def rename(source, target):
        assert file.read_bytes() == before
        seen.append(torch.load(source, weights_only=True)["place"])
        raise OSError("killed here")

    monkeypatch.setattr(os, "replace", rename)
    with pytest.raises(OSError, match="killed here"):
        train(checkpoint=file, epochs=2)
    assert seen == [[2, 12, 0, 0]]
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"precision": "bf16"}, "precision='fp32'"),
        ({"seed": 2}, "seed=1"),
        ({"lr": 0.5}, r"lr=\[0.01\]"),
        ({"max_norm": 1.0}, "max_norm=None"),
        ({"optimiser": lambda p: torch.optim.SGD(p, lr=0.01)}, "optimiser='Adam'"),
        ({"loss": window_loss, "window": 3}, "window=None"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused(tmp_path, changes, words):
    train(checkpoint=tmp_path / "c", epochs=1)
    with pytest.raises(ValueError, match=words):
        train(checkpoint=tmp_path / "c", epochs=2, **changes)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / "c").write_text("hello")
    with pytest.raises(ValueError, match="no checkpoint of fit"):
        train(checkpoint=tmp_path / "c")


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_mixed_precision_stays_near_float32(precision):
    (_, exact), (model, mixed) = train(), train(precision=precision)
    assert mixed.step_loss == pytest.approx(exact.step_loss, rel=0.05)
    assert mixed.norm == pytest.approx(exact.norm, rel=0.2)  # measured after the loss scale is taken out
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_the_bar_is_silent_when_pages_are_rendered(capsys, monkeypatch):
    monkeypatch.delenv("RNNCOURSE_RENDER", raising=False)
    train(epochs=1, progress=True)
    assert "epoch 1/1" in capsys.readouterr().err
    monkeypatch.setenv("RNNCOURSE_RENDER", "static")
    train(epochs=1, progress=True)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_every_layer_and_stacks_train(cell):
    model = Tagger(Stack(cell(INPUTS, 6, bidirectional=True), cell(12, 5)), 1)
    tag_loss = lambda model, x, y: (model(x) - y).square().mean()  # noqa: E731
    before = {k: v.clone() for k, v in model.state_dict().items()}
    train(model, loss=tag_loss, epochs=1)
    assert all(not torch.equal(v, before[k]) for k, v in model.state_dict().items())


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"epochs": 0}, ValueError, "epochs"),
        ({"epochs": 1.5}, ValueError, "epochs"),
        ({"max_norm": 0}, ValueError, "max_norm"),
        ({"window": -1}, ValueError, "window"),
        ({"precision": "half"}, ValueError, "'fp32', 'bf16', 'fp16'"),
        ({"patience": 3}, ValueError, "validate"),
        ({"checkpoint_every": 3}, ValueError, "checkpoint"),
        ({"batches": 7}, TypeError, "batches"),
        ({"batches": lambda epoch: 7}, TypeError, "batches"),
        ({"batches": []}, ValueError, "nothing"),
        ({"batches": batches(0)}, ValueError, "iterator"),
        ({"optimiser": lambda p: 7}, TypeError, "optimiser"),
        ({"loss": lambda m, x, y: 7.0}, TypeError, "scalar tensor, got float"),
        ({"loss": lambda m, x, y: m(x)[0]}, ValueError, r"shape \(12, 4, 1\)"),
        ({"loss": lambda m, x, y: loss(m, x, y).detach()}, ValueError, "no gradient"),
        ({"loss": lambda m, x, y: x.sum().requires_grad_()}, ValueError, "does not depend on the model"),
        ({"loss": window_loss}, TypeError, "window"),
        ({"loss": lambda m, x, y, state: loss(m, x, y), "window": 3}, TypeError, r"\(scalar, state\)"),
        ({"loss": window_loss, "window": 3, "batches": [(torch.ones(5, 1, 3), torch.ones(4))]}, ValueError, "window"),
        ({"model": nn.Identity()}, ValueError, "no parameter"),
    ],
)
def test_bad_input_is_named(changes, error, words):
    with pytest.raises(error, match=words):
        train(**changes)


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_training_on_a_gpu_resumes_exactly(tmp_path, precision):
    options = {"device": "cuda", "precision": precision, "checkpoint_every": 1}
    whole, history = train(**options, checkpoint=tmp_path / "whole")
    with pytest.raises(Killed):
        train(loss=interrupted(9, loss), checkpoint=tmp_path / "c", **options)
    resumed, again = train(checkpoint=tmp_path / "c", **options)
    assert again.step_loss == pytest.approx(history.step_loss, rel=1e-5)  # cuDNN's sums may run in another order
    for p, q in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert_close(p.detach().cpu(), q.detach().cpu(), dtype="float32", device="cuda", name="weight")
