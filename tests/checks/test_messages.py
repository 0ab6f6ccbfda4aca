"""What a failed check says: which array, which step, which entry, how far off, and the likely cause."""

import linecache

import numpy as np
import pytest

from rnncourse.checks import CaseResult, CheckResult, check
from rnncourse.checks.compare import Spec, compare, differences
from rnncourse.checks.exercise import Misconception
from rnncourse.checks.tolerance import same
from rnncourse.checks.words import pattern
from rnncourse.exercises.bptt import bptt
from rnncourse.exercises.unfolding import rnn_step
from tests.checks.toy import judged, toy

H_SPEC = Spec.parse("h (T, B, H)")


def message(got, expected, spec=H_SPEC, tolerance=1e-9):
    found = compare(got, expected, spec, tolerance)
    return found[0].message if found else ""


def test_a_sum_of_tanhs_fails_and_says_why():
    def rnn_step(x_t, h_prev, W, R, b):
        return np.tanh(x_t @ W.T) + np.tanh(h_prev @ R.T) + np.tanh(b)

    lines = check("rnn_step", rnn_step, seed=7).text().splitlines()
    assert lines[0] == "✗ rnn_step: not right yet"
    assert lines[1] == "  Case random sizes: B=5, D=8, H=6"
    assert lines[2].startswith(
        "  h: 30 of 30 entries are wrong. h[0, 0] (row 0, unit 0) is -1.51712, expected -0.953773;"
    )
    assert lines[3].startswith("  Likely cause: each part went through its own tanh:")
    assert lines[-1] == '  hint("rnn_step") gives a hint. Repeat these cases with seed=7.'


def test_a_state_forgotten_at_one_late_step_is_found():
    def rnn_forward(x, h0, W, R, b):
        h, state = np.empty((*x.shape[:2], len(b)), dtype=x.dtype), h0
        for t in range(len(x)):
            if t == 200:
                state = np.zeros_like(h0)
            h[t] = state = np.tanh(x[t] @ W.T + state @ R.T + b)
        return h

    result = check("rnn_forward", rnn_forward, seed=7)
    assert "h is right up to step 199, then wrong at steps 200" in result.message
    assert result.causes == ("at step 200 the state is forgotten: that step starts from zeros instead of h[199].",)
    long_ones = ["long", "a pause", "a pulse that is kept", "a first state that is kept"]
    assert [case.kind for case in result.cases if not case.passed] == long_ones


def test_a_backward_pass_right_at_the_last_step_only_is_named():
    def each_step_alone(dh, x, h0, h, W, R):
        da = dh * (1 - h * h)
        before = np.concatenate([h0[None], h[:-1]])
        dW, dR = np.einsum("tbh,tbd->hd", da, x), np.einsum("tbh,tbk->hk", da, before)
        return da @ W, da[0] @ R, dW, dR, da.sum(axis=(0, 1))

    result = check("bptt", each_step_alone, seed=7)
    assert "dx is right at the last step only" in result.message
    assert result.causes[0].startswith("right at the last step only: the gradient arriving from step t+1 is missing.")


def test_at_most_two_results_are_described_and_the_rest_counted():
    result = check("bptt", lambda *args: tuple(2 * g for g in bptt(*args)), seed=7)
    assert "dx: " in result.message
    assert "dh0: " in result.message
    assert "dW: " not in result.message
    assert result.message.endswith("… and 3 more of the results are wrong.")


def test_two_slips_in_two_results_are_both_named():
    def two_slips(dh, x, h0, h, W, R):
        dx, _, dW, dR, db = bptt(dh, x, h0, h, W, R)
        return dx, np.zeros_like(h0), dW, dR.T.copy(), db

    causes = check("bptt", two_slips, seed=7).causes
    assert len(causes) == 2
    assert causes[0].startswith("dh0 is zeros")
    assert causes[1].startswith("dR comes out transposed")


def test_a_mean_for_a_sum_over_the_batch_is_named():
    def mean(dh, x, h0, h, W, R):
        dx, dh0, dW, dR, db = bptt(dh, x, h0, h, W, R)
        return dx, dh0, dW / x.shape[1], dR / x.shape[1], db / x.shape[1]

    result = check("bptt", mean, seed=7)
    assert result.causes[0].startswith("this is the mean over the batch where the sum belongs.")
    assert "dx" not in result.message


@pytest.mark.parametrize(
    ("right", "sentence"),
    [
        ("1111", ""),
        ("0000", ""),
        ("0", ""),
        ("0001", "right at the last step only (step 3)"),
        ("1000", "right at the first step only"),
        ("0100", "right at step 1 only"),
        ("1101", "wrong at step 2 only"),
        ("1100", "right up to step 1, wrong from step 2 on"),
        ("0011", "right from step 2 on, wrong before"),
        ("0101", "wrong at steps 0, 2"),
        ("110100", "right up to step 1, then wrong at steps 2, 4, 5"),
        ("01" * 8, "wrong at steps 0, 2, 4, 6, 8, 10, …"),
    ],
)
def test_the_pattern_of_right_steps_is_said_in_words(right, sentence):
    assert pattern(np.array([c == "1" for c in right]), "step") == sentence.replace(" (step 3)", "")


def test_shape_dtype_nan_and_place_are_named():
    h = np.arange(24.0).reshape(2, 3, 4)
    assert message(h, h) == ""
    assert message(h[0], h) == "h has shape (3, 4); expected (T, B, H) = (2, 3, 4)."
    assert message(h.astype("float32"), h) == "h has dtype float32; expected float64, the dtype of the arguments."
    assert message(h.astype(int), h).startswith("h has dtype int64; expected float64")
    assert message(h.tolist(), h) == "h is a list of 2; expected an array of shape (2, 3, 4)."
    assert message(None, h) == "h is None; expected an array of shape (2, 3, 4)."
    bad = h.copy()
    bad[1, 2, 3] = np.nan
    assert (
        message(bad, h) == "h holds 1 entry that is NaN or infinite, the first at h[1, 2, 3] (step 1, row 2, unit 3)."
    )
    bad[1, 2, 3] = 23.5
    assert message(bad, h).splitlines() == [
        (
            "h: 1 of 24 entries is wrong. h[1, 2, 3] (step 1, row 2, unit 3) is 23.5, expected 23; the "
            "largest error is 0.5."
        ),
        "h is right at the first step only.",
        "h is wrong at row 2 only.",
    ]


def test_numbers_may_be_pythons_or_numpys_but_not_another_kind():
    loss, count = Spec.parse("loss"), Spec.parse("count")
    assert not message(np.float32(1.5), 1.5, loss)
    assert not message(np.array(1.5), 1.5, loss)
    assert not message(2, 2.0, loss)
    assert not message(np.int64(3), 3, count)
    assert message(3.0, 3, count) == "count is the number 3; expected the whole number 3."
    assert message(True, 1, count).startswith("count is the truth value True")
    assert message(np.nan, 1.0, loss) == "loss is NaN, not a number; expected 1."
    assert message(np.inf, 1.0, loss) == "loss is inf; expected 1, off by inf."
    assert message(1.25, 1.0, loss) == "loss is 1.25; expected 1, off by 0.25."
    assert message("a", "b", loss) == "loss is 'a'; expected 'b'."


def test_several_results_are_counted_and_named():
    specs = (Spec("dx"), Spec("dh"))
    expected = (np.zeros(2), np.ones(3))
    assert not differences([np.zeros(2), np.ones(3)], expected, specs, 1e-9)
    assert differences(np.zeros(2), expected, specs, 1e-9)[0].message.endswith("expected 2 values: dx, dh.")
    assert differences(expected[:1], expected, specs, 1e-9)[0].message == (
        "Your function returns 1 value; expected 2: dx, dh."
    )
    assert [d.output for d in differences((np.ones(2), np.zeros(3)), expected, specs, 1e-9)] == ["dx", "dh"]


def test_lists_are_compared_entry_by_entry():
    spec = Spec.parse("J (T, H, H)")
    ones = [np.ones((2, 2)), np.ones((2, 2))]
    assert not message(ones, ones, spec)
    assert message(ones[:1], ones, spec) == "J has 1 entry; expected 2."
    assert message([ones[0], 2 * ones[1]], ones, spec).startswith("J[1]: 4 of 4 entries are wrong. J[1][0, 0]")
    assert message(np.ones((2, 2, 2)), ones, spec) == "J is an array of shape (2, 2, 2); expected a list of 2."


@pytest.mark.parametrize(
    ("factor", "accepted"), [(1 + 1e-11, True), (1 + 1e-10, True), (1 + 1e-8, False), (1 + 1e-6, False)]
)
def test_one_part_in_a_thousand_million_is_the_limit(factor, accepted):
    h = 3 * np.ones((2, 3, 4))
    assert (message(h * factor, h) == "") == accepted


def test_a_known_mistake_is_recognised_by_its_nan_too():
    assert same(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]), 1e-9)
    assert not same(np.array([np.nan, 1.0]), np.array([0.0, 1.0]), 1e-9)
    assert not same(np.ones(2), np.ones(3), 1e-9)
    assert not same("a", np.ones(3), 1e-9)
    assert not same(object(), (1, 2), 1e-9)


def test_kinds_of_cases_are_counted():
    wrong = [CaseResult(f"random sentences: n={n}", False) for n in range(8)]
    right = [CaseResult("one word: n=1", True), CaseResult("random sentences: n=9", True)]
    result = CheckResult("bleu", False, "off", cases=(*wrong, CaseResult("no words", False), *right))
    assert result.right_and_wrong == "Wrong: random sentences ×8, no words.  Right: one word, random sentences."


ARRAYS = tuple(np.ones(shape) for shape in ((6, 8), (6, 5), (5, 8), (5, 5), (5,)))
STEP = toy(rnn_step, ARRAYS, inputs=("x_t (B, D)", "h_prev (B, H)", "W (H, D)", "R (H, H)", "b (H)"))
SIZES = [
    ("return np.tanh(x_t @ W + h_prev @ R.T + b)", "so the product is x_t @ W.T."),
    (
        "a = x_t @ W\n    return np.tanh(a + b)",
        "x_t is (B, D) and W is (H, D). The rows are the batch, so the product is x_t @ W.T.",
    ),
    ("a = W @ x_t\n    return a.T", "so the product is x_t @ W.T."),
    ("a = W.T @ h_prev\n    return a", "so the product is h_prev @ W."),
    ("return h_prev @ W.T", "The rows are the batch, so the product is h_prev @ W."),
    ("return R @ x_t", "R is (H, H) and x_t is (B, D): no axis of one fits the other."),
    ("return np.dot(x_t, W)", "a product A @ B needs rows of A as long as columns of B."),
    ("return 2 @ W", "one of the factors is a single number"),
    ("return x_t + W[:2]", "these sizes do not fit entry by entry"),
    ("h_prev = np.empty_like(h_prev)\n    h_prev[:] = x_t\n    return h_prev", "these sizes do not fit entry by entry"),
]


@pytest.mark.parametrize(("body", "said"), SIZES, ids=[body for body, _ in SIZES])
def test_sizes_that_do_not_fit_get_a_cause_in_the_learners_own_names(body, said):
    space = {"np": np}
    source = f"def rnn_step(x_t, h_prev, W, R, b):\n    {body}\n"
    linecache.cache["<a cell>"] = (len(source), None, source.splitlines(keepends=True), "<a cell>")
    exec(compile(source, "<a cell>", "exec"), space)
    result = judged(STEP, space["rnn_step"])
    assert said in "\n".join(result.causes)


def test_one_step_of_a_sequence_is_told_in_its_own_axes():
    def rnn_forward(x, h0, W, R, b):
        h = []
        for t in range(len(x)):
            h.append(x[t] @ W)
        return h

    result = check("rnn_forward", rnn_forward, seed=1)
    assert result.causes == ("x[t] is (B, D) and W is (H, D). The rows are the batch, so the product is x[t] @ W.T.",)


def test_a_number_that_agrees_once_is_no_proof_of_a_mistake():
    """One more is twice as much where there is one; nine other cases say that nothing was added."""
    added = Misconception("one is added.", lambda x: x + 1)
    exercise = toy(lambda x: x, *((k,) for k in range(1, 11)), slips=(added,))
    assert judged(exercise, lambda x: x + 1).causes == (added.because,)
    assert judged(exercise, lambda x: 2 * x).causes == ()


def test_a_part_that_agrees_once_is_no_proof_of_a_mistake():
    added = Misconception("one is added.", lambda x: (x + 1, x))
    exercise = toy(lambda x: (x, x), *((k,) for k in range(1, 11)), outputs=("y", "z"), slips=(added,))
    assert judged(exercise, lambda x: (x + 1, 0)).causes == (added.because,)
    assert judged(exercise, lambda x: (2 * x, 0)).causes == ()


def test_a_truth_value_alone_is_no_proof_of_a_mistake():
    """False where True is right is what many mistakes give; only one that gives the same everywhere is named."""
    never = Misconception("it is always False.", lambda x: False)
    exercise = toy(lambda x: x > 0, (1,), (2,), (3,), (-1,), slips=(never,))
    assert judged(exercise, lambda x: False).causes == (never.because,)
    assert judged(exercise, lambda x: x > 1).causes == ()


def test_what_explains_a_truth_value_comes_before_a_chance_agreement():
    never = Misconception("it is always False.", lambda x: False)
    exercise = toy(
        lambda x: x > 0,
        (1,),
        (2,),
        slips=(never,),
        explain=lambda case, value, expected: f"look at {case.args}",
    )
    assert judged(exercise, lambda x: x > 1).causes == ("look at (1,)",)


def test_not_judged_is_neither_right_nor_wrong():
    result = check("rnn_step", bptt, seed=-1)
    assert result.text().splitlines()[0] == "○ rnn_step: not judged"
    assert "hint(" not in result.text()
    assert not result
    assert "not judged" in result._repr_html_()
