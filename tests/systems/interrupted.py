"""A training that is stopped and goes on ends with the weights of one that was not."""

import pytest
import torch


def ends_as_if_it_had_not_been(train, training, monkeypatch, checkpoint):
    """Stop `train` after its first epoch and let it go on; its module `training` looks at validation once an epoch."""
    whole, *_ = train()
    real, calls = training.mean_loss, []

    def stopping(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(training, "mean_loss", stopping)
    with pytest.raises(KeyboardInterrupt):
        train(checkpoint=checkpoint)
    resumed, *_ = train(checkpoint=checkpoint)
    assert len(calls) == 3
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)
