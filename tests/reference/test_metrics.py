"""Laws of the metrics; BLEU against sacrebleu."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.reference.metrics import (
    accuracy,
    bits_per_character,
    bleu,
    corpus_bleu,
    edit_distance,
    error_rate,
    perplexity,
)

WORDS = st.lists(st.sampled_from("abc"), max_size=12)
SOME_WORDS = WORDS.filter(bool)


def words(sentence):
    return sentence.split()


def batch(seed=0, T=5, B=3, K=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(T, B, K)), rng.integers(0, K, (T, B)), rng.random((T, B)) < 0.6


def test_accuracy_counts_what_is_right_and_not_masked():
    logits, targets, mask = batch()
    right = [(logits[t, b].argmax() == targets[t, b]) for t, b in zip(*np.nonzero(mask), strict=True)]
    assert accuracy(logits, targets, mask) == pytest.approx(np.mean(right))
    assert accuracy(np.eye(4)[targets], targets) == 1.0


def test_what_is_masked_does_not_matter():
    logits, targets, mask = batch()
    others, wild = logits.copy(), targets.copy()
    others[~mask], wild[~mask] = 1e4, -99
    for metric in (accuracy, perplexity, bits_per_character):
        assert metric(others, wild, mask) == metric(logits, targets, mask)


def test_a_model_that_knows_nothing_has_perplexity_k():
    _, targets, mask = batch()
    assert perplexity(np.full((5, 3, 4), 1e4), targets, mask) == pytest.approx(4)
    assert bits_per_character(np.zeros((5, 3, 4)), targets, mask) == pytest.approx(2)


def test_a_model_that_is_sure_and_right_has_perplexity_one():
    _, targets, _ = batch()
    assert perplexity(1e4 * np.eye(4)[targets], targets) == 1.0


def test_a_perplexity_beyond_the_largest_number_is_infinite():
    logits, targets = np.array([[0.0, 1e3]]), np.array([0])
    assert perplexity(logits, targets) == np.inf
    assert perplexity(logits * 0.7, targets) == pytest.approx(np.exp(700.0))


def test_perplexity_is_two_to_the_bits_and_equals_torchs():
    torch = pytest.importorskip("torch")
    logits, targets, mask = batch()
    loss = torch.nn.functional.cross_entropy(torch.tensor(logits[mask]), torch.tensor(targets[mask]))
    assert perplexity(logits, targets, mask) == pytest.approx(loss.exp().item())
    assert perplexity(logits, targets, mask) == pytest.approx(2 ** bits_per_character(logits, targets, mask))


@pytest.mark.parametrize(
    ("targets", "mask", "error", "name"),
    [
        (np.zeros((5, 2), int), None, ValueError, "targets"),
        (np.full((5, 3), 4), None, ValueError, "targets"),
        (np.full((5, 3), -1), None, ValueError, "targets"),
        (np.zeros((5, 3)), None, TypeError, "targets"),
        (np.zeros((5, 3), int), np.ones((5, 3)), TypeError, "mask"),
        (np.zeros((5, 3), int), np.ones((5, 2), bool), ValueError, "mask"),
        (np.zeros((5, 3), int), np.zeros((5, 3), bool), ValueError, "mask"),
    ],
)
def test_bad_input_is_refused(targets, mask, error, name):
    for metric in (accuracy, perplexity, bits_per_character):
        with pytest.raises(error, match=name):
            metric(np.zeros((5, 3, 4)), targets, mask)


def slow_distance(a, b):
    """The definition: the last symbols match, or one of three edits was last."""
    if not a or not b:
        return len(a) + len(b)
    return min(
        slow_distance(a[:-1], b) + 1, slow_distance(a, b[:-1]) + 1, slow_distance(a[:-1], b[:-1]) + (a[-1] != b[-1])
    )


@pytest.mark.parametrize(("a", "b", "distance"), [("kitten", "sitting", 3), ("", "abc", 3), ("flaw", "lawn", 2)])
def test_known_distances(a, b, distance):
    assert edit_distance(a, b) == distance


@settings(deadline=None)
@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_distance_is_the_recursive_definition(a, b):
    assert edit_distance(a, b) == slow_distance(a, b)


@settings(deadline=None)
@given(WORDS, WORDS, WORDS)
def test_distance_is_a_metric(a, b, c):
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, b) == edit_distance(b, a)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_error_rate_weighs_by_reference_length():
    assert error_rate(["ab", "x"], ["abcd", "x"]) == pytest.approx(2 / 5)
    with pytest.raises(ValueError, match="sequences"):
        error_rate(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="no symbols"):
        error_rate(["a"], [""])


@settings(deadline=None)
@given(
    st.lists(st.tuples(SOME_WORDS, st.lists(SOME_WORDS, min_size=2, max_size=2)), min_size=1, max_size=5),
    st.integers(1, 4),
)
def test_bleu_equals_sacrebleus(pairs, n):
    sacrebleu = pytest.importorskip("sacrebleu.metrics")
    judge = sacrebleu.BLEU(smooth_method="none", tokenize="none", max_ngram_order=n, force=True)
    candidates, references = [p[0] for p in pairs], [p[1] for p in pairs]
    expected = judge.corpus_score(
        [" ".join(c) for c in candidates], [[" ".join(r[k]) for r in references] for k in range(2)]
    )
    assert 100 * corpus_bleu(candidates, references, n) == pytest.approx(expected.score, abs=1e-9)


def test_bleu_of_papinenis_examples():
    """Papineni et al. 2002, section 2.1: clipped unigram precision 2/7, and candidate 1 before candidate 2."""
    references = [words("the cat is on the mat"), words("there is a cat on the mat")]
    assert bleu(["the"] * 7, references, 1) == pytest.approx(2 / 7)
    assert bleu(words("the cat is on the mat"), references) == 1.0


def test_a_short_candidate_pays_brevity():
    reference = list("abcdefgh")
    assert bleu(reference[:4], [reference]) == pytest.approx(math.exp(1 - 8 / 4))


def test_no_match_or_too_short_or_empty_gives_zero():
    assert bleu(["x"], [["a", "b"]], 1) == bleu(["a", "b"], [["a", "b"]], 4) == bleu([], [["a"]], 1) == 0.0


def test_corpus_bleu_is_not_the_mean_of_sentences():
    a, b = list("abcde"), list("vwxyz")
    mixed = corpus_bleu([a, b], [[a], [list("vwpqz")]], 2)
    assert mixed != pytest.approx((1 + bleu(b, [list("vwpqz")], 2)) / 2)


@pytest.mark.parametrize(
    ("candidate", "references", "n", "error"),
    [
        ("a b", [["a"]], 4, TypeError),
        (["a"], ["a"], 4, TypeError),
        (["a"], "a", 4, TypeError),
        (["a"], [], 4, ValueError),
        (["a"], [["a"]], 0, ValueError),
    ],
)
def test_bad_sentences_are_refused(candidate, references, n, error):
    with pytest.raises(error):
        bleu(candidate, references, n)


def test_a_corpus_needs_references_for_each_candidate():
    with pytest.raises(ValueError, match="candidates and references"):
        corpus_bleu([["a"]], [[["a"]], [["b"]]])
