"""What cannot be right is refused, and the message names the argument, what it was and what it should be."""

import re

import numpy as np
import pytest

from rnncourse.reference import (
    Params,
    cells,
    cliff,
    corpus_bleu,
    init_params,
    reservoir_params,
    stateful_batches,
    truncated_windows,
    unroll,
    unroll_backward,
)
from tests.reference.cells import CELLS, B, D, H, T, problem

every_cell = pytest.mark.parametrize("name", CELLS)
GATES = {name: len(cell.gates) for name, cell in cells.CELLS.items()}


def refused(error, message, call, *arguments, **options):
    with pytest.raises(error, match=re.escape(message).replace(re.escape("…?"), ".*")):
        call(*arguments, **options)


def forward(q, **changed):
    given = {"x": q.x, "state0": q.state0, "params": q.params, "lengths": None, **changed}
    return q.forward(given["x"], given["state0"], given["params"], lengths=given["lengths"], **q.options)


@every_cell
def test_x_of_wrong_rank(name):
    q = problem(name)
    refused(ValueError, "x: shape (6, 3), expected (T, B, D)", forward, q, x=q.x[:, 0])
    refused(ValueError, "x_t: shape (6, 4, 3), expected (B, D)", q.step, q.x, q.state0, q.params)


@every_cell
def test_x_that_is_no_array(name):
    q = problem(name)
    refused(TypeError, "x: got list, expected a NumPy array of shape (T, B, D)", forward, q, x=q.x.tolist())
    refused(TypeError, "x_t: got list, expected a NumPy array", q.step, q.x[0].tolist(), q.state0, q.params)


@every_cell
def test_x_of_integers(name):
    q = problem(name)
    message = "x: int64 array of shape (6, 4, 3), expected float32 or float64 of shape (T, B, D)"
    refused(TypeError, message, forward, q, x=q.x.astype(np.int64))
    refused(TypeError, "x_t: int64 array", q.step, q.x[0].astype(np.int64), q.state0, q.params)


@every_cell
@pytest.mark.parametrize("dtype", ["float16", "complex128", "bool", "O"])
def test_x_of_other_types(name, dtype):
    q = problem(name)
    refused(TypeError, "x: …? expected float32 or float64", forward, q, x=np.ones((T, B, D), dtype))


@every_cell
@pytest.mark.parametrize("shape", [(0, B, D), (T, 0, D), (T, B, 0)])
def test_x_with_an_empty_axis(name, shape):
    q = problem(name)
    refused(ValueError, f"x: shape {shape} has an empty axis, expected (T, B, D)", forward, q, x=np.zeros(shape))


@every_cell
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_x_that_is_not_finite(name, bad):
    q = problem(name)
    x = q.x.copy()
    x[2, 1, 0] = bad
    refused(ValueError, f"x: {bad} at (2, 1, 0) of shape (6, 4, 3), expected finite numbers", forward, q, x=x)


@every_cell
def test_x_that_does_not_fit_the_weights(name):
    q = problem(name)
    wanted = f"params.W: shape {q.params.W.shape}, expected ({GATES[q.cell]}H={GATES[q.cell] * H}, D=2)"
    refused(ValueError, wanted, forward, q, x=q.x[:, :, :2])


@every_cell
def test_mixed_types(name):
    q, single = problem(name), problem(name, dtype="float32")
    refused(TypeError, "params.R: float64 array of shape", forward, q, x=single.x, state0=None)
    refused(TypeError, "expected float64, the type of the other arguments", forward, q, params=single.params)
    refused(TypeError, "state0[0]: float32 array of shape (4, 5), expected float64", forward, q, state0=single.state0)
    for letter in ("W", "R", "b_W", "b_R"):
        params = q.params._replace(**{letter: getattr(single.params, letter)})
        refused(TypeError, f"params.{letter}: float32", forward, q, params=params)


@every_cell
@pytest.mark.parametrize("letter", ["W", "R", "b_W", "b_R"])
def test_weights_of_wrong_shape(name, letter):
    q = problem(name)
    weight = getattr(q.params, letter)
    refused(ValueError, f"params.{letter}: shape", forward, q, params=q.params._replace(**{letter: weight[:-1]}))
    refused(ValueError, f"params.{letter}: shape", forward, q, params=q.params._replace(**{letter: weight[None]}))
    refused(TypeError, f"params.{letter}: got list", forward, q, params=q.params._replace(**{letter: weight.tolist()}))


@every_cell
def test_recurrent_weights_of_another_cell(name):
    q = problem(name)
    other = problem("gru" if q.cell == "lstm" else "lstm").params
    H_shape = f"({GATES[q.cell]}H={GATES[q.cell] * H}, H=5)"
    refused(ValueError, f"params.R: shape {other.R.shape}, expected {H_shape}", forward, q, params=other)


@every_cell
@pytest.mark.parametrize("letter", ["W", "R", "b_W", "b_R"])
def test_weights_that_are_not_finite(name, letter):
    q = problem(name)
    weight = getattr(q.params, letter).copy()
    weight[-1] = np.nan
    refused(ValueError, f"params.{letter}: nan at", forward, q, params=q.params._replace(**{letter: weight}))


@every_cell
def test_weights_that_are_no_params(name):
    q = problem(name)
    refused(TypeError, "params: got tuple, expected Params(W, R, b_W, b_R, p)", forward, q, params=tuple(q.params))


def test_peepholes_of_wrong_shape_or_on_another_cell():
    q = problem("lstm-peephole")
    for p in (np.ones((2, H)), np.ones((3, H + 1)), np.ones(3 * H)):
        refused(ValueError, f"params.p: shape {p.shape}, expected (3, H=5)", forward, q, params=q.params._replace(p=p))
    q = problem("gru")
    message = "params.p: shape (3, 5), expected None: only the LSTM has peepholes"
    refused(ValueError, message, forward, q, params=q.params._replace(p=np.ones((3, H))))


@every_cell
def test_state_of_wrong_shape(name):
    q = problem(name)
    for k in range(len(q.state0)):
        for bad in (np.zeros((B + 1, H)), np.zeros((B, H + 1)), np.zeros(H)):
            state0 = tuple(bad if j == k else part for j, part in enumerate(q.state0))
            refused(ValueError, f"state0[{k}]: shape {bad.shape}, expected (B=4, H=5)", forward, q, state0=state0)
            refused(ValueError, f"state[{k}]: shape {bad.shape}, expected", q.step, q.x[0], state0, q.params)


@every_cell
def test_state_that_is_not_the_right_tuple(name):
    q = problem(name)
    wanted = "(h, c)" if q.cell == "lstm" else "(h,)"
    h = q.state0[0]
    message = f"state0: got ndarray of shape (4, 5), expected a tuple {wanted} of arrays of shape (B=4, H=5)"
    refused(TypeError, message, forward, q, state0=h)
    refused(TypeError, f"state0: got 3 part(s) of shapes …? expected a tuple {wanted}", forward, q, state0=(h, h, h))
    refused(TypeError, "state: got ndarray of shape (4, 5)", q.step, q.x[0], h, q.params)
    if wanted == "(h,)":
        refused(TypeError, "torch.nn takes h alone, here give (h,)", forward, q, state0=h)


@every_cell
def test_a_state_with_torchs_axis_of_layers(name):
    q = problem(name)
    message = "state0[0]: shape (1, 4, 5), expected (B=4, H=5); torch.nn puts layers and directions in front"
    refused(ValueError, message, forward, q, state0=tuple(part[None] for part in q.state0))
    refused(ValueError, "here give one's own: h[0]", q.step, q.x[0], (q.state0[0][None], *q.state0[1:]), q.params)


@every_cell
def test_state_that_is_not_finite(name):
    q = problem(name)
    k = len(q.state0) - 1
    state0 = tuple(part.copy() for part in q.state0)
    state0[k][1, 2] = np.nan
    message = f"state0[{k}]: nan at (1, 2) of shape (4, 5), expected finite numbers"
    refused(ValueError, message, forward, q, state0=state0)


@every_cell
@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ([0, 1, 2, 3], ValueError, "lengths: values 0 … 3 in shape (4,), expected 1 … 6"),
        ([1, 2, 3, 7], ValueError, "lengths: values 1 … 7 in shape (4,), expected 1 … 6"),
        ([1, 2, 3], ValueError, "lengths: shape (3,), expected (B=4,)"),
        ([[1, 2, 3, 4]], ValueError, "lengths: shape (1, 4), expected (B=4,)"),
        (3, ValueError, "lengths: shape (), expected (B=4,)"),
        ([1.0, 2.0, 3.0, 4.0], TypeError, "lengths: float64 array of shape (4,), expected integers of shape (B=4,)"),
        ([1, None, 3, 4], TypeError, "lengths: object array of shape (4,), expected integers of shape (B=4,)"),
        ([[1], [2, 3]], TypeError, "lengths: got list of unequal rows, expected integers of shape (B=4,)"),
    ],
)
def test_lengths_that_cannot_be(name, lengths, error, message):
    refused(error, message, forward, problem(name), lengths=lengths)


@every_cell
def test_lengths_may_be_unsorted_and_of_any_integer_type(name):
    q = problem(name)
    h, _, _ = forward(q, lengths=[3, 6, 1, 4])
    for dtype in ("uint8", "int32"):
        np.testing.assert_array_equal(forward(q, lengths=np.array([3, 6, 1, 4], dtype))[0], h)


@every_cell
def test_gradients_of_wrong_shape_or_type(name):
    q = problem(name)
    cache = forward(q)[2]
    message = "dh: shape (6, 4, 4), expected (T=6, B=4, H=5)"
    refused(ValueError, message, q.backward, q.dh[:, :, 1:], None, cache)
    refused(ValueError, "dh: shape (5, 4, 5), expected (T=6, B=4, H=5)", q.backward, q.dh[1:], None, cache)
    refused(ValueError, "dh: shape (4, 5), expected (T=6, B=4, H=5)", q.backward, q.dh[0], None, cache)
    refused(TypeError, "dh: float32 array", q.backward, q.dh.astype("f4"), None, cache)
    refused(TypeError, "dh: int64 array", q.backward, q.dh.astype("i8"), None, cache)
    refused(ValueError, "dh: nan at (0, 0, 0)", q.backward, q.dh * np.nan, None, cache)


@every_cell
def test_gradients_of_the_state_of_wrong_shape_or_type(name):
    q = problem(name)
    cache = forward(q)[2]
    bad = tuple(part[1:] for part in q.dstate_n)
    refused(ValueError, "dstate_n[0]: shape (3, 5), expected (B=4, H=5)", q.backward, q.dh, bad, cache)
    refused(TypeError, "dstate_n: got ndarray of shape (4, 5)", q.backward, q.dh, q.dstate_n[0], cache)
    bad = tuple(part * np.nan for part in q.dstate_n)
    refused(ValueError, "dstate_n[0]: nan at (0, 0)", q.backward, q.dh, bad, cache)
    _, step_cache = q.step(q.x[0], q.state0, q.params)
    bad = tuple(part[:, 1:] for part in q.dstate_n)
    refused(ValueError, "dstate[0]: shape (4, 4), expected (B=4, H=5)", q.step_backward, bad, step_cache)


def test_unroll_names_arguments_alike():
    q = problem("rnn")
    refused(ValueError, "x: shape (4, 3), expected (T, B, D)", unroll, q.step, q.x[0], None, q.params)
    _, _, cache = unroll(q.step, q.x, None, q.params)
    refused(ValueError, "dh: shape (4, 5), expected", unroll_backward, q.step_backward, q.dh[0], None, cache)


def test_errors_say_what_a_params_of_scalars_lacks():
    q = problem("rnn")
    refused(TypeError, "params.R: got float, expected a NumPy array", forward, q, params=Params(1.0, 1.0, 1.0, 1.0))


RNG = np.random.default_rng(0)
COUNTS = {
    "hidden_size": lambda n: init_params("rnn", 2, n, rng=RNG),
    "input_size": lambda n: reservoir_params(n, 2, rng=RNG),
    "n": lambda n: corpus_bleu([["a"]], [[["a"]]], n=n),
    "k2": lambda n: truncated_windows(5, 1, n),
    "T": lambda n: stateful_batches("a text", 1, n),
    "steps": lambda n: cliff(0.5, 0.5, n),
}


@pytest.mark.parametrize("value", [0, -1, 1.0, 2.5, True, "3", None], ids=repr)
@pytest.mark.parametrize("name", COUNTS)
def test_every_count_is_refused_in_the_same_words(name, value):
    refused(ValueError, f"{name} must be a whole number of at least 1, got {value!r}", COUNTS[name], value)


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_may_be_a_whole_number_of_numpy(name):
    COUNTS[name](np.int32(1))


def lstm_params(**options):
    return init_params("lstm", D, H, rng=RNG, **options)


@pytest.mark.parametrize("value", [np.nan, np.inf, True, "1", 1j], ids=repr)
@pytest.mark.parametrize("name", ["scale", "forget_bias"])
def test_a_number_is_finite_and_real(name, value):
    refused(ValueError, f"{name} must be a finite number, got {value!r}", lstm_params, **{name: value})


@pytest.mark.parametrize("value", [1, 2, "no", None], ids=repr)
def test_a_flag_is_true_or_false(value):
    refused(ValueError, f"peephole must be True or False, got {value!r}", lstm_params, peephole=value)


@pytest.mark.parametrize("value", [[], None, 3, np.array(["rnn", "gru"])], ids=repr)
def test_a_choice_is_a_word(value):
    refused(ValueError, f"cell: got {value!r}, expected one of 'rnn', 'lstm', 'gru'", init_params, value, D, H, rng=RNG)


@every_cell
def test_an_array_under_a_mask_is_refused(name):
    q = problem(name)
    refused(TypeError, "x: got MaskedArray", forward, q, x=np.ma.array(q.x, mask=True))
