"""Rows of unequal length and numbers beyond a table are refused by name, wherever arrays are taken."""

import inspect

import numpy as np
import pytest

from rnncourse import reference
from rnncourse.reference.captioning import CaptionParams, caption_forward, caption_loss
from rnncourse.reference.seq2seq import DecoderParams, Seq2SeqParams

T, B, D, H, K = 5, 3, 2, 4, 6
UNEQUAL = [[1], [2, 3]]
RNG = np.random.default_rng(0)
X, R = RNG.normal(size=(T, B, D)), RNG.normal(size=(D, D))
LOGITS, TARGETS = RNG.normal(size=(T, B, K)), RNG.integers(0, K, (T, B))
LENGTHS, MASK = np.array([5, 3, 2]), np.ones((T, B), bool)
MIXTURE = RNG.normal(size=(T, B, 2, 6))
PARAMS = reference.init_params("rnn", D, H, rng=RNG)
READOUT = {"logits": LOGITS, "targets": TARGETS, "mask": MASK}
GRU = reference.init_params("gru", D, H, rng=RNG)
DECODER = DecoderParams(
    RNG.normal(size=(K, D)),
    GRU,
    RNG.normal(size=(H, 2 * H)),
    X[0, 0, 0] * np.ones(H),
    *(RNG.normal(size=(K, H)), np.zeros(K)),
)
TRANSLATOR = Seq2SeqParams(RNG.normal(size=(K, D)), GRU, RNG.normal(size=(H, H)), np.zeros(H), DECODER)
# A right call of each function, by name; the arguments that are tried are those after it.
CALLS = {
    "arithmetic_encode": (
        {"symbols": np.array([0, 1]), "probabilities": np.full((2, 3), 1 / 3)},
        "symbols probabilities",
    ),
    "arithmetic_decode": ({"data": b"1", "probabilities": np.full((2, 3), 1 / 3)}, "probabilities"),
    "accuracy": (READOUT, "logits targets mask"),
    "bidirectional_forward": (
        {"cell": "rnn", "x": X, "states0": None, "params": (PARAMS, PARAMS), "lengths": LENGTHS},
        "x lengths",
    ),
    "bits_per_character": (READOUT, "logits targets mask"),
    "cliff": ({"w": 1.0, "b": 1.0}, "w b"),
    "crop_forward": ({"image": R, "centre": np.array([0.3, 0.6]), "size": 1}, "image centre"),
    "ctc_beam_search": ({"log_probs": LOGITS[:, 0], "width": 2}, "log_probs"),
    "ctc_best_path": ({"log_probs": LOGITS[:, 0]}, "log_probs"),
    "ctc_collapse": ({"path": [1, 2]}, "path"),
    "ctc_extend": ({"target": [1, 2]}, "target"),
    "ctc_forward": ({"log_probs": LOGITS[:, 0], "target": [1, 2]}, "log_probs target"),
    "ctc_log_likelihood": ({"log_α": LOGITS[:, 0]}, "log_α"),
    "ctc_loss": (
        {
            "log_probs": LOGITS,
            "targets": np.array([[1, 2], [1, 0], [3, 4]]),
            "input_lengths": LENGTHS,
            "target_lengths": np.array([2, 1, 1]),
        },
        "log_probs targets input_lengths target_lengths",
    ),
    "dot_attention_forward": (
        {"query": X[0], "keys": X, "values": X, "mask": MASK},
        "query keys values mask",
    ),
    "echo_state_fit": ({"states": X, "targets": LOGITS, "ridge": 0.1}, "states targets"),
    "embedding_forward": ({"indices": TARGETS, "E": LOGITS[0].T.copy()}, "indices E"),
    "encode": ({"source": TARGETS, "params": TRANSLATOR, "lengths": LENGTHS}, "source lengths"),
    "glimpse_forward": ({"image": R, "centre": np.array([0.3, 0.6]), "size": 1, "scales": 1}, "image centre"),
    "gradient_norms_by_distance": ({"dh_last": X[0], "h": X, "R": R}, "dh_last h R"),
    "jacobian_product": ({"h": X[:, 0], "R": R}, "h R"),
    "linear_forward": ({"x": X, "V": np.ones((K, D)), "b_V": np.ones(K)}, "x V b_V"),
    "mask_from_lengths": ({"lengths": LENGTHS, "T": T}, "lengths"),
    "mixture_log_density": ({"params": MIXTURE, "target": X}, "params target"),
    "mixture_nll": ({"params": MIXTURE, "target": X, "mask": MASK}, "params target mask"),
    "mixture_sample": ({"params": MIXTURE[0], "rng": RNG}, "params"),
    "neuron_run": ({"x": X[:, 0, 0], "h0": 0.0, "w": 1.0, "r": 1.0, "b": 0.0}, "x"),
    "pad_batch": ({"sequences": [X[:, 0]]}, "sequences"),
    "perplexity": (READOUT, "logits targets mask"),
    "reservoir_states": ({"x": X, "params": PARAMS, "h0": np.zeros((B, H))}, "x params h0"),
    "reverse_within_lengths": ({"x": X, "lengths": LENGTHS}, "x lengths"),
    "rnn_forward": ({"x": X, "state0": None, "params": PARAMS, "lengths": LENGTHS}, "x lengths"),
    "scale_to_spectral_radius": ({"R": R, "spectral_radius": 0.5}, "R"),
    "seq2seq_forward": (
        {"source": TARGETS, "target": np.ones((2, B), int) * [[1], [2]], "params": TRANSLATOR, "lengths": LENGTHS},
        "source target lengths",
    ),
    "sliding_windows": ({"series": X[:, 0, 0], "k": 2}, "series"),
    "softmax_cross_entropy": (READOUT, "logits targets mask"),
    "spectral_radius_and_norm": ({"R": R}, "R"),
    "squared_error": ({"prediction": X, "target": X, "mask": MASK}, "prediction target mask"),
    "stateful_batches": ({"text": TARGETS[:, 0], "B": 2, "T": 2}, "text"),
    "tied_gradient": ({"dR_per_step": X}, "dR_per_step"),
    "untied_forward": (
        {
            "x": X,
            "h0": np.zeros((B, H)),
            "W": np.ones((T, H, D)),
            "R": np.ones((T, H, H)),
            "b": np.ones((T, H)),
        },
        "x h0 W R b",
    ),
    "witten_bell": ({"train": TARGETS[:, 0], "text": TARGETS[:, 1], "order": 2, "K": K}, "train text"),
}
# Functions of arrays that are not tried: elementwise ones, backward passes and steps (what a forward pass made is
# theirs), and those that take trees, functions or tokens of any kind.
OTHERS = {
    *("as_loss", "check_gradients", "check_gradients_by_entry", "conjugate_gradient", "truncated_bptt", "unroll"),
    *("adam", "momentum", "nesterov", "rmsprop", "sgd", "clip_by_global_norm", "clip_by_value"),
    *("beam_search", "greedy_decode", "reader", "first_state", "decoder_step"),
    *("bleu", "corpus_bleu", "edit_distance", "error_rate"),
    *("dsigmoid", "dtanh", "log_softmax", "relu", "sigmoid", "softmax", "neuron_step"),
    *("gauss_newton_product", "hessian_free_step", "network_gradient", "network_loss", "rnn_jacobian_product"),
    *("rnn_step", "lstm_step", "gru_step", "lstm_forward", "gru_forward", "additive_attention_forward"),
    *("fixed_points", "init_params", "orthogonal", "reservoir_params", "tangency", "truncated_windows"),
}


def test_no_function_is_forgotten():
    public = {name for name in reference.__all__ if inspect.isfunction(getattr(reference, name))}
    forgotten = {name for name in public if not name.endswith("_backward")} - set(CALLS) - OTHERS
    assert not forgotten, f"try them, or say why not: {sorted(forgotten)}"


@pytest.mark.parametrize(("function", "name"), [(f, name) for f, (_, names) in CALLS.items() for name in names.split()])
def test_unequal_rows_are_refused_by_name(function, name):
    given = CALLS[function][0]
    getattr(reference, function)(**given)
    bad = [UNEQUAL] if name == "sequences" else UNEQUAL
    with pytest.raises((TypeError, ValueError), match=rf"^(states and )?{name}(\[0\])?( and \w+)?: got "):
        getattr(reference, function)(**given | {name: bad})


WORDS = CaptionParams(
    *(RNG.normal(size=shape) for shape in ((H, D), (H,), (K, D))),
    reference.init_params("gru", D, H, rng=RNG),
    RNG.normal(size=(K, H)),
    np.zeros(K),
)


@pytest.mark.parametrize("beyond", [K, 99, -1])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("indices", lambda words: reference.embedding_forward(words, WORDS.E)),
        ("targets", lambda words: reference.softmax_cross_entropy(LOGITS, words)),
        ("targets", lambda words: reference.perplexity(LOGITS, words)),
        ("targets", lambda words: reference.ctc_loss(LOGITS, words.T, LENGTHS, [2, 2, 2], blank=0)),
        ("captions", lambda words: caption_loss(X[0], words, WORDS)),
        ("captions", lambda words: caption_forward(X[0], words, WORDS)),
        ("train", lambda words: reference.witten_bell(words[:, 0], words[:, 1], 2, K)),
    ],
)
def test_a_word_beyond_the_vocabulary_is_refused_by_name(name, call, beyond):
    words = np.full((T, B), 1)
    call(words)
    words[1, 0] = beyond
    with pytest.raises(ValueError, match=rf"^{name}(\[0\])?: ") as refusal:
        call(words)
    assert "0 … 5" in str(refusal.value)
