"""What a training says of itself."""

from dataclasses import dataclass, field


@dataclass
class History:
    """What happened: one entry an update, or one an epoch."""

    step_loss: list[float] = field(default_factory=list)  # loss of every update
    norm: list[float] = field(default_factory=list)  # global gradient norm of every update, before clipping
    rate: list[float] = field(default_factory=list)  # learning rate of every update
    loss: list[float] = field(default_factory=list)  # mean loss of every epoch
    validation: list[float] = field(default_factory=list)  # what `validate` returned after every epoch
    seconds: list[float] = field(default_factory=list)  # wall time of every epoch, validation included
    best_epoch: int | None = None  # the epoch with the lowest validation value, counted from 0
    stopped: str = ""  # "epochs" or "patience"
