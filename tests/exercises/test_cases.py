"""The cases of chapters 5 to 8 hold what their generators promise: long ways, even draws, windows and texts."""

import numpy as np
import pytest

from rnncourse.checks.registry import all_exercises
from rnncourse.exercises._distance import FAR, SIZES
from rnncourse.exercises._haar import uneven
from rnncourse.reference.params import orthogonal

SEEDS = (1, 2, 3)


def cases(name, seed):
    return all_exercises()[name].draw(seed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["jacobian_product", "gradient_norms_by_distance", "bptt"])
@pytest.mark.parametrize("kind", SIZES)
def test_a_gradient_far_back_has_the_size_that_its_case_names(name, seed, kind):
    exercise = all_exercises()[name]
    (case,) = (case for case in cases(name, seed) if case.label.startswith(f"{kind}:"))
    result = exercise.expected(case)
    assert case.args[1 if name != "jacobian_product" else 0].shape[0] == FAR
    far = result[1][0] if name == "bptt" else result[-1][0]
    assert SIZES[kind] / 1e3 < np.abs(far).max() < SIZES[kind] * 1e3
    if kind == "a gradient that fades and comes back":
        on_the_way = result[0] if name == "bptt" else result
        assert min(np.abs(step).max() for step in on_the_way) < 1e-20


@pytest.mark.parametrize(("n", "draws"), [(1, 200), (2, 2000), (3, 1000), (4, 1000), (6, 200), (9, 200), (30, 60)])
def test_what_is_drawn_evenly_is_let_through(n, draws):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        assert uneven(np.stack([orthogonal(n, rng) for _ in range(draws)])) == ""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["truncated_windows", "truncated_bptt"])
def test_k1_and_k2_come_in_every_order(name, seed):
    sizes = [
        case.args if name == "truncated_windows" else (len(case.args[3]), *case.args[5:]) for case in cases(name, seed)
    ]
    for wanted in (
        lambda T, k1, k2: k2 < T <= k1,
        lambda T, k1, k2: k1 == k2 == 1 < T,
        lambda T, k1, k2: 1 == k1 < k2 < T,
        lambda T, k1, k2: 1 == k2 < k1 < T,
        lambda T, k1, k2: k1 < T < k2,
        lambda T, k1, k2: k1 < k2 < T and T % k1 == 1,
        lambda T, k1, k2: 9 * k1 < T,
    ):
        assert any(wanted(*numbers) for numbers in sizes)


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_are_of_all_kinds(seed):
    texts = [case.args[0] for case in cases("stateful_batches", seed)]
    whole = "".join(text for text in texts if isinstance(text, str))
    for sign in ("A", "\n", "\r", "\t", "  ", "é", "中", "🙂", "0"):
        assert sign in whole
    assert {"int64", "int32", "uint8", "float64", "float32", "bool"} <= {
        text.dtype.name for text in texts if isinstance(text, np.ndarray)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_numerical_gradient_is_tried_on_none_to_four_axes(seed):
    assert {case.args[1].ndim for case in cases("numerical_gradient", seed)} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("name", [name for name, exercise in all_exercises().items() if exercise.one_array])
def test_one_array_is_handed_over_for_several_arguments(name):
    exercise = all_exercises()[name]
    names = [spec.name for spec in exercise.input_specs]
    found = [case for case in exercise.draw(1) if " one array" in case.label]
    assert len(found) == 2
    for case, zero in zip(found, (False, True), strict=True):
        shared = [case.fresh()[names.index(one)] for one in exercise.one_array]
        assert bool(shared[0].any()) is not zero
        args = case.fresh()
        assert len({id(args[names.index(one)]) for one in exercise.one_array}) == 1
