"""How the experiments on answers of another length than the question's train: so many updates, watched now and then."""

from typing import Any

from rnncourse.systems import seq2seq

__all__ = ["Network", "trained"]

EPOCH = 500  # updates between two looks at the validation pairs
Network = tuple[seq2seq.Translator, seq2seq.Symbols, seq2seq.Symbols]


def trained(task: str, seed: int, *, updates: int, **settings: Any) -> tuple[Network, float]:
    """The network after training, and its last loss on validation pairs; settings: what else `seq2seq.train` takes."""
    model, source, target, history = seq2seq.train(
        task,
        seed=seed,
        epochs=max(1, updates // EPOCH),
        updates=min(EPOCH, updates),
        device="cpu",
        progress=False,
        **settings,
    )
    return (model, source, target), history.validation[-1]
