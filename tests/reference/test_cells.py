"""The table of the cells says what their equations do."""

import numpy as np
import pytest

from rnncourse import reference
from rnncourse.reference.cells import CELLS, GRU, LSTM
from tests.reference.cells import problem

GATED = [(name, gate) for name in ("lstm", "gru") for gate in CELLS[name].gates]


def test_gates_are_stacked_as_torch_stacks_them():
    assert LSTM.gates == ("i", "f", "g", "o")
    assert GRU.gates == ("r", "z", "n")


@pytest.mark.parametrize(("name", "gate"), GATED)
def test_the_rows_of_a_gate_steer_that_gate_alone(name, gate):
    q = problem(name)
    rows = CELLS[name].rows(gate, q.params.R.shape[1])
    b = q.params.b_W.copy()
    b[rows] = -50
    _, plain = q.step(q.x[0], q.state0, q.params)
    _, steered = q.step(q.x[0], q.state0, q.params._replace(b_W=b))
    np.testing.assert_allclose(getattr(steered, gate), -1 if gate in "gn" else 0, atol=1e-12)
    for other in set(CELLS[name].gates) - {gate, "n"}:  # n reads r
        np.testing.assert_array_equal(getattr(steered, other), getattr(plain, other))


@pytest.mark.parametrize("name", CELLS)
def test_the_state_has_as_many_parts_as_the_table_says(name):
    q = problem(name)
    state, _ = q.step(q.x[0], None, q.params)
    assert len(state) == len(CELLS[name].state)


@pytest.mark.parametrize(("row", "gate"), list(enumerate(LSTM.peepholes)))
def test_a_row_of_the_peepholes_belongs_to_its_gate(row, gate):
    q = problem("lstm-peephole")
    p = np.zeros_like(q.params.p)
    p[row] = 1
    _, without = q.step(q.x[0], q.state0, q.params._replace(p=np.zeros_like(p)))
    _, with_one = q.step(q.x[0], q.state0, q.params._replace(p=p))
    seen = with_one.c if gate == "o" else q.state0[1]
    logit = lambda s: np.log(s / (1 - s))  # noqa: E731
    np.testing.assert_allclose(logit(getattr(with_one, gate)) - logit(getattr(without, gate)), seen, rtol=1e-9)


def test_params_have_the_rows_of_the_table():
    for name, cell in CELLS.items():
        params = reference.init_params(name, 3, 5, rng=np.random.default_rng(0), peephole=bool(cell.peepholes))
        assert params.R.shape == (len(cell.gates) * 5, 5)
        assert (0 if params.p is None else len(params.p)) == len(cell.peepholes)
