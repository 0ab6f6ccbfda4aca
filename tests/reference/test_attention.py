"""Laws of attention: gradients of every argument, masks, and what equal or very large scores must give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.reference.attention import (
    AdditiveParams,
    additive_attention_backward,
    additive_attention_forward,
    dot_attention_backward,
    dot_attention_forward,
)
from rnncourse.reference.gradcheck import check_gradients
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

SIZES = st.tuples(*[st.integers(1, 5)] * 6, st.integers(0, 1000))


def dot_problem(T=4, B=3, D=2, E=5, seed=0):
    rng = np.random.default_rng(seed)
    mask = rng.random((T, B)) < 0.6
    mask[rng.integers(0, T, B), np.arange(B)] = True
    return rng.normal(size=(B, D)), rng.normal(size=(T, B, D)), rng.normal(size=(T, B, E)), mask


def additive_problem(T=4, B=3, D=2, E=5, Q=6, A=7, seed=0):
    _, keys, values, mask = dot_problem(T, B, D, E, seed)
    rng = np.random.default_rng(seed + 1)
    params = AdditiveParams(rng.normal(size=(A, Q)), rng.normal(size=(A, D)), rng.normal(size=A))
    return rng.normal(size=(B, Q)), keys, values, params, mask


@settings(deadline=None)
@given(SIZES)
def test_gradients_of_the_dot_product(sizes):
    T, B, D, E, *_, seed = sizes
    query, keys, values, mask = dot_problem(T, B, D, E, seed)
    rng = np.random.default_rng(seed)
    dcontext, dweights = rng.normal(size=(B, E)), rng.normal(size=(T, B))

    def function(query, keys, values):
        context, weights, cache = dot_attention_forward(query, keys, values, mask, scale=0.7)
        gradients = dot_attention_backward(dcontext, cache, dweights)
        return (context * dcontext).sum() + (weights * dweights).sum(), dict(
            zip(("query", "keys", "values"), gradients, strict=True)
        )

    report = check_gradients(function, {"query": query, "keys": keys, "values": values}, rng=rng)
    assert report.largest < 10 * NUMERICAL_DIFFERENCES, report


@settings(deadline=None)
@given(SIZES)
def test_gradients_of_the_additive_score(sizes):
    T, B, D, E, Q, A, seed = sizes
    query, keys, values, params, mask = additive_problem(T, B, D, E, Q, A, seed)
    rng = np.random.default_rng(seed)
    dcontext, dweights = rng.normal(size=(B, E)), rng.normal(size=(T, B))

    def function(query, keys, values, params):
        context, weights, cache = additive_attention_forward(query, keys, values, params, mask)
        gradients = additive_attention_backward(dcontext, cache, dweights)
        return (context * dcontext).sum() + (weights * dweights).sum(), dict(
            zip(("query", "keys", "values", "params"), gradients, strict=True)
        )

    arguments = {"query": query, "keys": keys, "values": values, "params": params}
    report = check_gradients(function, arguments, rng=rng)
    assert report.largest < 10 * NUMERICAL_DIFFERENCES, report


def test_the_dot_product_equals_torchs():
    torch = pytest.importorskip("torch")
    query, keys, values, mask = dot_problem()
    tensors = [torch.tensor(a, requires_grad=True) for a in (query, keys, values)]
    q, k, v = tensors[0][:, None], tensors[1].transpose(0, 1), tensors[2].transpose(0, 1)
    theirs = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=torch.tensor(mask.T)[:, None], scale=0.7
    )[:, 0]
    dcontext = np.random.default_rng(5).normal(size=theirs.shape)
    theirs.backward(torch.tensor(dcontext))
    context, _, cache = dot_attention_forward(query, keys, values, mask, scale=0.7)
    assert_close(context, theirs.detach().numpy())
    for ours, tensor in zip(dot_attention_backward(dcontext, cache), tensors, strict=True):
        assert_close(ours, tensor.grad.numpy())


def forward_both(scale, mask_on=True):
    query, keys, values, mask = dot_problem()
    a_query, a_keys, a_values, params, _ = additive_problem()
    mask = mask if mask_on else None
    params = params._replace(v=scale * params.v)
    return (
        (*dot_attention_forward(scale * query, keys, values, mask)[:2], values, mask),
        (*additive_attention_forward(a_query, a_keys, a_values, params, mask)[:2], a_values, mask),
    )


@pytest.mark.parametrize("scale", [1, 1e4])
@pytest.mark.parametrize("mask_on", [True, False])
def test_weights_are_a_distribution_over_valid_steps_at_any_magnitude(scale, mask_on):
    for context, weights, values, mask in forward_both(scale, mask_on):
        assert_close(weights.sum(axis=0), np.ones(3))
        assert (weights >= 0).all()
        assert mask is None or not weights[~mask].any()
        assert_close(context, (weights[..., None] * values).sum(axis=0))


def test_equal_scores_give_the_mean_of_the_valid_steps():
    query, keys, values, mask = dot_problem()
    context, _, _ = dot_attention_forward(0 * query, keys, values, mask)
    means = [values[mask[:, b], b].mean(axis=0) for b in range(3)]
    assert_close(context, np.stack(means))


def test_masked_steps_give_and_get_nothing():
    query, keys, values, mask = dot_problem()
    other_keys, other_values = keys.copy(), values.copy()
    other_keys[~mask], other_values[~mask] = 3.0, -5.0
    context, _, cache = dot_attention_forward(query, keys, values, mask)
    np.testing.assert_array_equal(context, dot_attention_forward(query, other_keys, other_values, mask)[0])
    _, dkeys, dvalues = dot_attention_backward(np.ones_like(context), cache)
    assert not dkeys[~mask].any()
    assert not dvalues[~mask].any()


def test_nothing_is_changed_and_float32_stays():
    query, keys, values, params, mask = additive_problem()
    arrays = [a.astype(np.float32) for a in (query, keys, values, *params)]
    before = [a.copy() for a in arrays]
    context, weights, cache = additive_attention_forward(*arrays[:3], AdditiveParams(*arrays[3:]), mask)
    *gradients, dparams = additive_attention_backward(context, cache, weights)
    assert all(a.dtype == np.float32 for a in (context, weights, *gradients, *dparams))
    context, weights, cache = dot_attention_forward(arrays[1][0], *arrays[1:3], mask, scale=0.5)
    assert all(a.dtype == np.float32 for a in (context, weights, *dot_attention_backward(context, cache)))
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_bad_input_is_refused():
    query, keys, values, params, mask = additive_problem()
    calls = {
        "query and keys": lambda: dot_attention_forward(query, keys, values),
        "values": lambda: additive_attention_forward(query, keys, values[1:], params),
        "mask: expected shape": lambda: additive_attention_forward(query, keys, values, params, mask[1:]),
        "no valid step": lambda: additive_attention_forward(query, keys, values, params, mask & False),
        "params.W": lambda: additive_attention_forward(query, keys, values, params._replace(W=params.W.T)),
        "params.U": lambda: additive_attention_forward(query, keys, values, params._replace(U=params.U.T)),
        "query and keys: expected .B, Q": lambda: additive_attention_forward(query[1:], keys, values, params),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match=name):
            call()
    with pytest.raises(TypeError, match="mask"):
        dot_attention_forward(keys[0], keys, values, mask.astype(float))
    _, _, cache = additive_attention_forward(query, keys, values, params)
    with pytest.raises(ValueError, match="dcontext"):
        additive_attention_backward(query, cache)


def test_what_a_masked_step_holds_is_not_looked_at_even_where_it_is_no_number():
    query, keys, values, params, mask = additive_problem()
    bad_keys, bad_values = keys.copy(), values.copy()
    bad_keys[~mask] = bad_values[~mask] = np.nan
    for forward, backward, more, first in (
        (dot_attention_forward, dot_attention_backward, (), keys[0]),
        (additive_attention_forward, additive_attention_backward, (params,), query),
    ):
        results = []
        for k, v in ((keys, values), (bad_keys, bad_values)):
            context, weights, cache = forward(first, k, v, *more, mask)
            *gradients, last = backward(np.ones_like(context), cache, np.arange(weights.size).reshape(weights.shape))
            results.append([context, weights, *gradients, *(last if more else [last])])
        for good, bad in zip(*results, strict=True):
            np.testing.assert_array_equal(good, bad)
