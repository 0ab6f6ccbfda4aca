"""Laws of the mixture of Gaussians: torch's density and gradient, its integral, and what its samples look like."""

import numpy as np
import pytest

from rnncourse.reference.gradcheck import check_gradients_by_entry
from rnncourse.reference.mixture import mixture_log_density, mixture_nll, mixture_sample
from tests.tolerances import NUMERICAL_DIFFERENCES, assert_close

T, B, M = 5, 3, 4


def problem(seed=0, scale=1.0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = scale * rng.normal(size=(T, B, M, 6))
    return params.astype(dtype), rng.normal(size=(T, B, 2)).astype(dtype), rng.random((T, B)) < 0.7


def torchs_log_density(torch, params, target):
    """By torch.distributions, from the covariance matrices."""
    logit, μ_x, μ_y, log_σ_x, log_σ_y, r = params.unbind(-1)
    σ_x, σ_y, ρ = log_σ_x.exp(), log_σ_y.exp(), r.tanh()
    rows = [torch.stack([σ_x**2, ρ * σ_x * σ_y], -1), torch.stack([ρ * σ_x * σ_y, σ_y**2], -1)]
    normal = torch.distributions.MultivariateNormal(torch.stack([μ_x, μ_y], -1), torch.stack(rows, -2))
    which = torch.distributions.Categorical(logits=logit)
    return torch.distributions.MixtureSameFamily(which, normal).log_prob(target)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("scale", [0.3, 1.0, 1.5])
def test_equals_torchs_density_and_its_gradient(scale, masked):
    torch = pytest.importorskip("torch")
    params, target, mask = problem(1, scale)
    mask = mask if masked else None
    loss, dparams = mixture_nll(params, target, mask=mask)
    theirs = torch.tensor(params, requires_grad=True)
    log_density = torchs_log_density(torch, theirs, torch.tensor(target))
    total = -(log_density if mask is None else log_density[torch.tensor(mask)]).sum() / B
    total.backward()
    assert_close(loss, total.item())
    assert_close(dparams, theirs.grad.numpy())


def test_gradient_is_that_of_differences():
    params, target, mask = problem(2)

    def function(params):
        loss, dparams = mixture_nll(params, target, mask=mask)
        return loss, {"params": dparams}

    assert check_gradients_by_entry(function, {"params": params}).largest < 10 * NUMERICAL_DIFFERENCES


@pytest.mark.parametrize("seed", range(3))
def test_density_integrates_to_one(seed):
    params, _, _ = problem(seed, scale=0.5)
    grid = np.linspace(-40, 40, 1601)
    target = np.stack(np.meshgrid(grid, grid), -1)
    density = np.exp(mixture_log_density(params[0, 0], target))
    assert density.sum() * (grid[1] - grid[0]) ** 2 == pytest.approx(1, abs=1e-6)


def test_the_loss_is_minus_the_sum_of_the_log_densities():
    params, target, mask = problem(9)
    log_density = mixture_log_density(params, target)
    assert log_density.shape == (T, B)
    assert mixture_nll(params, target, mask=mask)[0] == pytest.approx(-log_density[mask].sum() / B)


def test_one_component_of_unit_size_is_the_plain_normal_density():
    loss, dparams = mixture_nll(np.zeros((1, 1, 1, 6)), np.array([[[3.0, 4.0]]]))
    assert loss == pytest.approx(np.log(2 * np.pi) + 12.5)
    assert_close(dparams[0, 0, 0], np.array([0.0, -3, -4, -8, -15, -12]))


def test_equal_components_are_one():
    params, target, _ = problem(4)
    one = params[:, :, :1]
    loss, dparams = mixture_nll(one, target)
    same, dsame = mixture_nll(np.repeat(one, 5, axis=2), target)
    assert same == pytest.approx(loss)
    assert_close(dsame.sum(axis=2), dparams[:, :, 0])


def test_far_targets_and_strong_correlations_stay_finite():
    params, target, _ = problem(5)
    params[..., 5] = np.where(params[..., 5] > 0, 12.0, -12.0)
    loss, dparams = mixture_nll(params, 1e4 * target)
    assert np.isfinite(loss)
    assert np.isfinite(dparams).all()


def test_what_is_masked_never_matters():
    params, target, mask = problem(6)
    loss, dparams = mixture_nll(params, target, mask=mask)
    params[~mask], target[~mask] = np.nan, np.inf
    same, dsame = mixture_nll(params, target, mask=mask)
    assert same == loss
    np.testing.assert_array_equal(dsame, dparams)
    assert not dparams[~mask].any()


@pytest.mark.parametrize("bias", [0.0, 0.5, 3.0])
def test_samples_have_the_weights_means_and_covariances_of_the_mixture(bias):
    """By the moments of 200,000 draws; a mixture whose components lie far apart, so that each draw shows its own."""
    rng = np.random.default_rng(0)
    params = np.zeros((3, 6))
    params[:, 0] = [0.5, 0.0, -0.4]
    params[:, 1:3] = [[-100, 0], [0, 100], [100, 0]]
    params[:, 3:6] = rng.uniform(-1, 1, (3, 3))
    N = 200_000
    drawn = mixture_sample(np.broadcast_to(params, (N, 3, 6)).copy(), np.random.default_rng(1), bias=bias)
    nearest = ((drawn[:, None] - params[:, 1:3]) ** 2).sum(-1).argmin(axis=1)
    weights = np.exp(params[:, 0] * (1 + bias))
    assert np.bincount(nearest, minlength=3) / N == pytest.approx(weights / weights.sum(), abs=0.005)
    for k in range(3):
        points = (drawn[nearest == k] - params[k, 1:3]) / np.exp(params[k, 3:5] - bias)
        error = 6 / np.sqrt(len(points))
        assert points.mean(axis=0) == pytest.approx(0, abs=error)
        expected = np.array([[1, np.tanh(params[k, 5])], [np.tanh(params[k, 5]), 1]])
        assert np.cov(points.T) == pytest.approx(expected, abs=2 * error)


def test_a_large_bias_leaves_the_mean_of_the_likeliest_component():
    params, _, _ = problem(7)
    drawn = mixture_sample(params[0], np.random.default_rng(0), bias=1e3)
    best = params[0][np.arange(B), params[0, :, :, 0].argmax(axis=1)]
    assert_close(drawn, best[:, 1:3])


def test_samples_are_as_likely_as_the_mixture_says():
    """The mean of −log density over draws is the entropy, which a sum over a fine grid gives too."""
    params, grid = problem(8, scale=0.5)[0][0, 0], np.linspace(-40, 40, 1601)
    log_density = mixture_log_density(params, np.stack(np.meshgrid(grid, grid), -1))
    entropy = -(np.exp(log_density) * log_density).sum() * (grid[1] - grid[0]) ** 2
    drawn = mixture_sample(np.broadcast_to(params, (40_000, M, 6)).copy(), np.random.default_rng(0))
    assert -mixture_log_density(params, drawn).mean() == pytest.approx(entropy, abs=0.03)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_nothing_changed(dtype):
    params, target, mask = problem(dtype=dtype)
    before = params.copy(), target.copy()
    loss, dparams = mixture_nll(params, target, mask=mask)
    assert type(loss) is float
    assert dparams.dtype == mixture_sample(params[0], np.random.default_rng(0)).dtype == dtype
    np.testing.assert_array_equal(params, before[0])
    np.testing.assert_array_equal(target, before[1])


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"params": np.zeros((T, B, M, 5))}, ValueError, "params"),
        ({"params": np.zeros((T, B, M, 6), int)}, TypeError, "params"),
        ({"params": np.full((T, B, M, 6), np.nan)}, ValueError, "params"),
        ({"target": np.zeros((T, B, 3))}, ValueError, "target"),
        ({"target": np.zeros((T, B + 1, 2))}, ValueError, "target"),
        ({"target": np.zeros((T, B, 2), np.float32)}, TypeError, "target"),
        ({"target": np.full((T, B, 2), np.inf)}, ValueError, "target"),
        ({"mask": np.ones((T, B), int)}, ValueError, "mask"),
        ({"mask": np.ones((T, B + 1), bool)}, ValueError, "mask"),
    ],
)
def test_bad_input_is_refused(change, error, name):
    arguments = {"params": np.zeros((T, B, M, 6)), "target": np.zeros((T, B, 2)), "mask": None}
    with pytest.raises(error, match=name):
        mixture_nll(**(arguments | change))


def test_bad_input_of_density_and_sampler_is_refused():
    with pytest.raises(ValueError, match="params"):
        mixture_log_density(np.zeros((M, 5)), np.zeros(2))
    with pytest.raises(ValueError, match="target"):
        mixture_log_density(np.zeros((M, 6)), np.zeros(2, int))
    with pytest.raises(TypeError, match="target"):
        mixture_log_density(np.zeros((M, 6)), [0.0, 0.0])
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="params"):
        mixture_sample(np.zeros((T, B, M, 6)), rng)
    with pytest.raises(ValueError, match="bias"):
        mixture_sample(np.zeros((B, M, 6)), rng, bias=-1.0)
