"""One training loop for the whole course, in the order in which things happen."""

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.reference._validation import check_choice, check_count, check_number
from rnncourse.torch import checkpoint as checkpoints
from rnncourse.torch.advice import as_device
from rnncourse.torch.batching import Batches, bar, detach, device_of, move, open_batches, to_device, windows
from rnncourse.torch.history import History
from rnncourse.torch.resume import check_optimiser, plain, settings_of

Loss = Callable[..., Any]
PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


def fit(
    model: nn.Module,
    batches: Batches,
    *,
    loss: Loss,
    epochs: int = 1,
    lr: float = 1e-3,
    optimiser: torch.optim.Optimizer | Callable[[list[nn.Parameter]], torch.optim.Optimizer] | None = None,
    schedule: Callable[[int], float] | None = None,
    max_norm: float | None = None,
    window: int | None = None,
    validate: Callable[[nn.Module], float] | None = None,
    patience: int | None = None,
    device: torch.device | str | None = None,
    precision: str = "fp32",
    seed: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    progress: bool = True,
) -> History:
    """Train `model` and return what happened.

    Parameters
    ----------
    model : any module; it is trained in place and left in the mode (train or eval) in which it came.
    batches : an iterable of tuples that can be read once an epoch (a list, a DataLoader), or a function of the epoch
        (0, 1, …) that returns one. Tensors and arrays in a tuple are moved to the device.
    loss : `loss(model, *batch) -> scalar tensor`; with `window`, `loss(model, *batch, state=state) -> (scalar, state)`.
    epochs : how many times the batches are gone through.
    lr : learning rate of Adam, where `optimiser` is None.
    optimiser : an optimiser over the model's parameters, or a function from their list to one,
        such as `lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)`.
    schedule : factor on the learning rate as a function of the number of updates made so far (0, 1, …).
    max_norm : clip the gradients' global norm to this. None leaves them.
    window : truncate backpropagation: every tensor of a batch is time first, (T, …), and is cut into windows of this
        many steps, an update each; the state goes on from window to window, the gradient does not.
    validate : after each epoch `validate(model) -> number`, lower is better; in eval mode, without gradients.
        `lambda model: mean_loss(model, batches, loss)` is one.
    patience : stop after this many epochs without a lower validation value, and put the best weights back.
    device : where to train, such as "cuda"; None: where the model is.
    precision : "fp32", "bf16" or "fp16": mixed precision by autocast, with loss scaling for fp16.
    seed : start torch's random numbers here, for this training only; the same seed gives the same weights on the
        same machine, batches permitting: draw them from `np.random.default_rng([seed, epoch])`.
    checkpoint : a file. It is written after each epoch, and where it exists the training goes on from it, to the same
        final weights as without the interruption. A finished one is not trained again.
    checkpoint_every : also write it after every so many updates.
    progress : show a bar; never shown where RNNCOURSE_RENDER=static.

    Raises
    ------
    ValueError, TypeError : an argument, a batch or a loss that does not fit.
    ValueError : a checkpoint of other settings (what differs is named, with both values), or a file that is none.
        Model, optimiser and random numbers are then as they were.

    Example
    -------
    >>> model = LSTM(8, 16)
    >>> def loss(model, x, y):
    ...     h, _ = model(x)
    ...     return (h - y).square().mean()
    >>> history = fit(model, [(x, y)], loss=loss, epochs=20, lr=0.01, max_norm=1.0, seed=0)
    """
    _check_counts(epochs, window, patience, checkpoint_every, seed)
    _check_choices(lr, max_norm, patience, validate, precision, checkpoint, checkpoint_every)
    _check_functions(loss=loss, schedule=schedule, validate=validate)
    if epochs > 1 and isinstance(batches, Iterator):
        raise ValueError("batches is an iterator, empty after one pass: give a list, or a function of the epoch")
    device = device_of(model) if device is None else as_device(device)
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda, enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        was_training = model.training
        run = _Run(model.to(device), optimiser, lr, schedule, max_norm, device, precision)
        try:
            settings = {"precision": precision, "window": window, "seed": seed, "max_norm": max_norm}
            settings = plain(settings) | settings_of(model, run.optimiser)
            if checkpoint is not None and os.path.exists(checkpoint):
                contents = checkpoints.load(checkpoint, settings, model)
                with checkpoints.only_for(checkpoint):
                    run.restore(contents)

            def keep() -> None:
                if checkpoint is not None:
                    checkpoints.save({"settings": settings, **run.contents()}, checkpoint)

            while not run.history.stopped and run.epoch < epochs:
                run.one_epoch(batches, loss, window, keep, checkpoint_every, epochs, progress)
                if validate is not None:
                    run.judge(float(validate_quietly(model, validate, run.autocast)), patience)
                run.close_epoch()
                keep()
            if patience is not None and run.best is not None:
                model.load_state_dict(run.best)
            run.history.stopped = run.history.stopped or "epochs"
        finally:
            run.put_rates_back()
            model.train(was_training)
    return run.history


class _Run:
    """What a training carries from one update to the next: everything that a checkpoint must keep."""

    def __init__(
        self,
        model: nn.Module,
        optimiser: Any,
        lr: float,
        schedule: Callable[[int], float] | None,
        max_norm: float | None,
        device: torch.device,
        precision: str,
    ) -> None:
        self.model, self.schedule, self.max_norm, self.device = model, schedule, max_norm, device
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        if not self.parameters:
            raise ValueError("model has no parameter that wants a gradient: there is nothing to train")
        if optimiser is None:
            optimiser = torch.optim.Adam(self.parameters, lr=lr)
        elif callable(optimiser) and not isinstance(optimiser, torch.optim.Optimizer):
            optimiser = optimiser(self.parameters)
        if not isinstance(optimiser, torch.optim.Optimizer):
            raise TypeError(f"optimiser must be or return a torch optimiser, got {type(optimiser).__name__}")
        self.optimiser: torch.optim.Optimizer = optimiser
        for group in self.optimiser.param_groups:
            group["initial_lr"] = group["lr"]
        self.dtype = PRECISIONS[precision]
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision == "fp16")
        self.history = History()
        self.epoch = self.updates = 0
        self.position = (0, 0)  # batch of this epoch, first step of its next window
        self.state: Any = None  # the recurrent state carried to the next window
        self.epoch_start = (0, checkpoints.random_states())  # updates and random states when the epoch began
        self.pending: list[tuple[Tensor, Tensor]] = []  # loss and norm, still on the device
        self.seconds = 0.0  # of this epoch, up to an interruption
        self.best: dict[str, Tensor] | None = None

    def put_rates_back(self) -> None:
        """Leave an optimiser that was given with the learning rates that it had."""
        for group in self.optimiser.param_groups:
            group["lr"] = group.pop("initial_lr")

    def autocast(self) -> Any:
        """Return the context in which the loss is computed."""
        return nullcontext() if self.dtype is None else torch.autocast(self.device.type, self.dtype)

    def one_epoch(
        self,
        batches: Batches,
        loss: Loss,
        window: int | None,
        keep: Callable[[], None],
        checkpoint_every: int | None,
        epochs: int,
        progress: bool,
    ) -> None:
        """Go through the batches once, from `self.position` on."""
        self.model.train()
        self.started = time.perf_counter() - self.seconds
        skip, resumed = self.position, self.position != (0, 0)
        if resumed:  # batches are drawn again from the epoch's start, and those already used are passed over
            now = checkpoints.random_states()
            checkpoints.set_random_states(self.epoch_start[1])
        else:
            self.epoch_start = (self.updates, checkpoints.random_states())
        source = open_batches(batches, self.epoch)
        quiet = not progress or os.environ.get("RNNCOURSE_RENDER") == "static"
        last = f", loss {self.history.loss[-1]:.4g}" if self.history.loss else ""
        for number, batch in enumerate(bar(source, f"epoch {self.epoch + 1}/{epochs}{last}", quiet)):
            if number < skip[0]:
                continue
            if resumed and number == skip[0]:
                checkpoints.set_random_states(now)
            batch = move(batch, self.device)
            first = skip[1] if number == skip[0] else 0
            if first == 0:
                self.state = None
            for stop, piece in windows(batch, window, first):
                self.update(loss, piece, carried=window is not None)
                self.position = (number, stop)
                if checkpoint_every and self.updates % checkpoint_every == 0:
                    keep()
            self.position = (number + 1, 0)
        if self.updates == self.epoch_start[0]:
            raise ValueError(
                f"batches gave nothing in epoch {self.epoch}; an iterator is empty after one pass: "
                "give a list, or a function of the epoch"
            )

    def update(self, loss: Loss, batch: tuple[Any, ...], *, carried: bool) -> None:
        """Make one update: loss, gradients, clipping, step."""
        rate = 1.0 if self.schedule is None else float(self.schedule(self.updates))
        for group in self.optimiser.param_groups:
            group["lr"] = group["initial_lr"] * rate
        self.optimiser.zero_grad(set_to_none=True)
        with self.autocast():
            if carried:
                value, state = _pair(loss(self.model, *batch, state=self.state))
                self.state = detach(state)
            else:
                value = loss(self.model, *batch)
        _check_loss(value)
        self.scaler.scale(value).backward()
        self.scaler.unscale_(self.optimiser)
        norm = clip_by_global_norm(self.parameters, self.max_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.updates += 1
        self.pending.append((value.detach(), norm))  # reading a number would wait for the GPU
        self.history.rate.append(self.optimiser.param_groups[0]["lr"])

    def flush(self) -> None:
        """Read the losses and norms that still lie on the device."""
        if self.pending:
            values = torch.stack([torch.stack([v.double(), n.double()]) for v, n in self.pending]).tolist()
            self.history.step_loss += [value for value, _ in values]
            self.history.norm += [norm for _, norm in values]
            self.pending = []

    def judge(self, value: float, patience: int | None) -> None:
        """Note a validation value; remember the best weights; stop when patience is at an end."""
        history = self.history
        history.validation.append(value)
        best = math.inf if history.best_epoch is None else history.validation[history.best_epoch]
        if value < best:  # never so for NaN
            history.best_epoch = self.epoch
            if patience is not None:
                self.best = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        since_best = self.epoch - (-1 if history.best_epoch is None else history.best_epoch)
        if patience is not None and since_best >= patience:
            history.stopped = "patience"

    def close_epoch(self) -> None:
        """Note the epoch's mean loss and time, and stand at the start of the next."""
        self.flush()
        history = self.history
        history.loss.append(float(np.mean(history.step_loss[self.epoch_start[0] :])))
        history.seconds.append(time.perf_counter() - self.started)
        self.epoch, self.position, self.state, self.seconds = self.epoch + 1, (0, 0), None, 0.0

    def contents(self) -> dict[str, Any]:
        """Return everything that `restore` needs, in tensors and plain types."""
        self.flush()
        kept = self.optimiser.state_dict()
        return {
            "model": self.model.state_dict(),
            "optimiser": kept | {"param_groups": plain(kept["param_groups"])},
            "scaler": self.scaler.state_dict(),
            "history": plain(asdict(self.history)),
            "place": [self.epoch, self.updates, *self.position],
            "state": plain(self.state),
            "random": checkpoints.random_states(),
            "epoch_start": list(self.epoch_start),
            "seconds": time.perf_counter() - self.started if self.position != (0, 0) else 0.0,
            "best": self.best,
        }

    def restore(self, contents: dict[str, Any]) -> None:
        """Go back to where `contents`, which `checkpoint.load` has checked, was taken; or raise and change nothing."""
        self.scaler.load_state_dict(contents["scaler"])
        before = self.optimiser.state_dict()
        try:
            self.optimiser.load_state_dict(contents["optimiser"])
            check_optimiser(self.optimiser)
        except Exception:
            self.optimiser.load_state_dict(before)
            raise
        self.model.load_state_dict(contents["model"])
        self.history = History(**contents["history"])
        self.epoch, self.updates, batch, step = contents["place"]
        self.position = (batch, step)
        self.state = to_device(contents["state"], self.device)
        self.epoch_start = (contents["epoch_start"][0], contents["epoch_start"][1])
        self.seconds, self.best = contents["seconds"], contents["best"]
        checkpoints.set_random_states(contents["random"])


def mean_loss(model: nn.Module, batches: Batches, loss: Loss, *, window: int | None = None, epoch: int = 0) -> float:
    """Return the mean of `loss` over the batches (over all their windows), in eval mode and without gradients."""
    values = []
    was_training, device = model.training, device_of(model)
    model.eval()
    try:
        with torch.no_grad():
            for batch in open_batches(batches, epoch):
                state: Any = None
                for _, piece in windows(move(batch, device), window):
                    if window is None:
                        values.append(loss(model, *piece))
                    else:
                        value, state = _pair(loss(model, *piece, state=state))
                        values.append(value)
    finally:
        model.train(was_training)
    if not values:
        raise ValueError("batches gave nothing; an iterator is empty after one pass: give a list, or a function")
    return float(torch.stack([value.double() for value in values]).mean())


def validate_quietly(model: nn.Module, validate: Callable[[nn.Module], float], autocast: Callable[[], Any]) -> float:
    """Call `validate(model)` in eval mode, without gradients, in the training's precision."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), autocast():
            return validate(model)
    finally:
        model.train(was_training)


def clip_by_global_norm(parameters: Iterable[Tensor], max_norm: float | None) -> Tensor:
    """Scale the gradients so that their common norm is at most `max_norm`; return the norm that they had.

    Pascanu et al. 2013. The norm runs over all gradients together: √(Σ g²), root included. None only measures.
    """
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not grads:
        raise ValueError("no parameter has a gradient: the loss does not depend on the model")
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(grad) for grad in grads]))
    if max_norm is not None:
        scale = (max_norm / norm).clamp(max=1.0)  # a norm of 0 gives infinity, hence 1
        for grad in grads:
            grad.mul_(scale)
    return norm


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError(f"with a window, loss must return (scalar, state), got {type(value).__name__}")
    return value


def _check_loss(value: Any) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"loss must return a scalar tensor, got {type(value).__name__}; a state needs window=…")
    if value.dim() != 0:
        raise ValueError(f"loss must return a scalar tensor, got shape {tuple(value.shape)}; take its mean or sum")
    if not value.requires_grad:
        raise ValueError("loss has no gradient: it does not depend on the model, or was detached")


def _check_counts(
    epochs: int, window: int | None, patience: int | None, checkpoint_every: int | None, seed: int | None
) -> None:
    """Raise where a whole number that `fit` is given cannot be meant."""
    check_count("epochs", epochs)
    counts = {"window": window, "patience": patience, "checkpoint_every": checkpoint_every}
    for name, count in counts.items():
        if count is not None:
            check_count(name, count)
    if seed is not None:
        check_count("seed", seed, 0, 2**64 - 1)


def _check_choices(
    lr: float,
    max_norm: float | None,
    patience: int | None,
    validate: object,
    precision: str,
    checkpoint: object,
    checkpoint_every: int | None,
) -> None:
    """Raise where a number or a name that `fit` is given cannot be meant, or needs another argument."""
    check_number("lr", lr, 0)
    if max_norm is not None and max_norm != math.inf:
        check_number("max_norm", max_norm, 0)
        if max_norm == 0:
            raise ValueError(f"max_norm must be above 0, got {max_norm!r}")
    check_choice("precision", precision, tuple(PRECISIONS))
    if patience is not None and validate is None:
        raise ValueError("patience needs validate: there is nothing to be patient about")
    if checkpoint_every is not None and checkpoint is None:
        raise ValueError("checkpoint_every needs checkpoint, the file to write")
    if checkpoint is not None and not isinstance(checkpoint, str | os.PathLike):
        raise TypeError(f"checkpoint must be the path of a file, got {checkpoint!r}")
    if isinstance(checkpoint, str | os.PathLike) and os.path.isdir(checkpoint):
        raise ValueError(f"checkpoint must be the path of a file, and {checkpoint} is a folder")


def _check_functions(**given: object) -> None:
    """Raise TypeError where a function that `fit` is given cannot be called."""
    for name, function in given.items():
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function, got {type(function).__name__}")
