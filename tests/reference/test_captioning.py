"""The decoder in NumPy: its gradient, its greedy sentence, and the score of one sentence."""

import numpy as np
import pytest

from rnncourse.reference import captioning, init_params, metrics
from tests.tolerances import assert_close

B, F, D, H, K, T = 3, 5, 4, 6, 9, 7


@pytest.fixture
def rng():
    return np.random.default_rng(14)


def decoder(rng, cell="gru"):
    normal = rng.standard_normal
    core = init_params(cell, D, H, rng=rng)
    return captioning.CaptionParams(normal((H, F)), normal(H), normal((K, D)), core, normal((K, H)), normal(K))


def some_captions(rng):
    captions = np.zeros((T, B), dtype=int)
    for b, n in enumerate((5, 2, 3)):
        captions[: n + 2, b] = [1, *rng.integers(3, K, n), 2]
    return captions


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gradient_of_the_caption_loss_equals_numerical_differences(cell, rng):
    params, captions, features = decoder(rng, cell), some_captions(rng), rng.standard_normal((B, F))
    _, cache = captioning.caption_forward(features, captions, params, cell=cell)
    dfeatures, grads = captioning.caption_backward(1.0, cache)

    def loss_of(features, P, b_P, E, W, R, V, b_V):
        core = params.cell._replace(W=W, R=R)
        return captioning.caption_forward(
            features, captions, captioning.CaptionParams(P, b_P, E, core, V, b_V), cell=cell
        )[0]

    arguments = [features, params.P, params.b_P, params.E, params.cell.W, params.cell.R, params.V, params.b_V]
    gradients = [dfeatures, grads.P, grads.b_P, grads.E, grads.cell.W, grads.cell.R, grads.V, grads.b_V]
    eps = 1e-6
    for argument, gradient in zip(arguments, gradients, strict=True):
        direction = rng.standard_normal(argument.shape)
        moved = [[a + s * eps * direction if a is argument else a for a in arguments] for s in (1, -1)]
        slope = (loss_of(*moved[0]) - loss_of(*moved[1])) / (2 * eps)
        assert_close((gradient * direction).sum(), slope, tolerance=1e-7)


def test_plain_loss_is_that_of_the_differentiable_one(rng):
    params, captions, features = decoder(rng), some_captions(rng), rng.standard_normal((B, F))
    assert_close(
        captioning.caption_loss(features, captions, params), captioning.caption_forward(features, captions, params)[0]
    )


def test_loss_of_a_batch_is_the_mean_of_its_rows_and_padding_costs_nothing(rng):
    params, captions, features = decoder(rng), some_captions(rng), rng.standard_normal((B, F))
    lengths = (captions != 0).sum(axis=0)
    rows = [captioning.caption_loss(features[b : b + 1], captions[: lengths[b], b : b + 1], params) for b in range(B)]
    assert_close(captioning.caption_loss(features, captions, params), np.mean(rows))


def test_greedy_words_are_the_best_ones_given_the_words_before(rng):
    params, features = decoder(rng), rng.standard_normal((B, F))
    words = captioning.caption_greedy(features, params, T)
    for b in range(B):
        ended = False
        for t in range(T):
            if ended:
                assert words[t, b] == 0
                continue
            losses = []
            for word in range(1, K):  # 0 is padding and has no loss to compare
                captions = np.array([1, *words[:t, b], word])[:, None]
                losses.append(captioning.caption_loss(features[b : b + 1], captions, params))
            if words[t, b] != 0:
                assert words[t, b] == 1 + int(np.argmin(losses))
            ended = words[t, b] == 2


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_bleu_of_one_sentence_equals_that_of_a_corpus_of_one(n, rng):
    for _ in range(50):
        candidate = list(rng.choice(list("abcd"), rng.integers(1, 9)))
        references = [list(rng.choice(list("abcd"), rng.integers(1, 9))) for _ in range(rng.integers(1, 4))]
        assert_close(captioning.bleu(candidate, references, n), metrics.bleu(candidate, references, n))


def test_wrong_shapes_are_named(rng):
    params, captions = decoder(rng), some_captions(rng)
    with pytest.raises(ValueError, match=r"features: shape"):
        captioning.caption_forward(rng.standard_normal((B, F + 1)), captions, params)
    with pytest.raises(ValueError, match=r"captions: values"):
        captioning.caption_forward(rng.standard_normal((B, F)), captions + K, params)
    with pytest.raises(ValueError, match="cell"):
        captioning.caption_forward(rng.standard_normal((B, F)), captions, params, cell="rnn")
