"""Hold a problem's results against torch's."""

import pytest

from tests.reference.cells import run
from tests.tolerances import assert_close


def assert_agrees_with_torch(q, **options):
    """One direction: outputs, last states, and the gradients of input, initial state and weights."""
    pytest.importorskip("torch", reason="torch is not installed")
    from tests.reference.torch_oracle import torch_run

    ours = run(q)
    theirs = torch_run(q.cell, q.x, [q.state0], [q.params], q.dh, [q.dstate_n], lengths=q.lengths, **options)
    assert_close(ours["h"], theirs["h"], name="h")
    assert_close(ours["dx"], theirs["dx"], name="dx")
    assert_direction(ours, {key: theirs[key][0] for key in ("state_n", "dstate0", "grads")})


def assert_direction(ours, theirs):
    """The parts that each direction has of its own."""
    for key in ("state_n", "dstate0"):
        assert len(ours[key]) == len(theirs[key])
        for k, (part, expected) in enumerate(zip(ours[key], theirs[key], strict=True)):
            assert_close(part, expected, name=f"{key}[{k}]")
    for letter, expected in theirs["grads"].items():
        assert_close(getattr(ours["grads"], letter), expected, name=f"d{letter}")
