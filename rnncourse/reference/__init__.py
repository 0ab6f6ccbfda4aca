"""The oracle: every model of the course as its equations, forward and backward, in NumPy and nothing else."""

from rnncourse.reference.attention import (
    AdditiveParams,
    additive_attention_backward,
    additive_attention_forward,
    dot_attention_backward,
    dot_attention_forward,
)
from rnncourse.reference.bidirectional import (
    bidirectional_backward,
    bidirectional_forward,
    reverse_within_lengths,
)
from rnncourse.reference.bptt import UnrollCache, unroll, unroll_backward
from rnncourse.reference.clipping import clip_by_global_norm, clip_by_value
from rnncourse.reference.ctc import ctc_collapse, ctc_extend, ctc_forward, ctc_log_likelihood, ctc_loss
from rnncourse.reference.gauss_newton import (
    HessianFreeState,
    Problem,
    Theta,
    conjugate_gradient,
    gauss_newton_product,
    hessian_free_step,
    network_gradient,
    network_loss,
    rnn_jacobian_product,
)
from rnncourse.reference.gradcheck import GradientReport, as_loss, check_gradients, check_gradients_by_entry
from rnncourse.reference.gradients import cliff, gradient_norms_by_distance, jacobian_product, spectral_radius_and_norm
from rnncourse.reference.gru import GRUCache, gru_backward, gru_forward, gru_step, gru_step_backward
from rnncourse.reference.lstm import LSTMCache, lstm_backward, lstm_forward, lstm_step, lstm_step_backward
from rnncourse.reference.metrics import (
    accuracy,
    bits_per_character,
    bleu,
    corpus_bleu,
    edit_distance,
    error_rate,
    perplexity,
)
from rnncourse.reference.neuron import fixed_points, neuron_run, neuron_step, tangency
from rnncourse.reference.ops import dsigmoid, dtanh, log_softmax, relu, sigmoid, softmax
from rnncourse.reference.optim import AdamState, adam, momentum, nesterov, rmsprop, sgd
from rnncourse.reference.params import Params, init_params, orthogonal
from rnncourse.reference.readout import (
    embedding_backward,
    embedding_forward,
    linear_backward,
    linear_forward,
    softmax_cross_entropy,
    squared_error,
)
from rnncourse.reference.reservoir import echo_state_fit, reservoir_params, reservoir_states, scale_to_spectral_radius
from rnncourse.reference.rnn import RNNCache, rnn_backward, rnn_forward, rnn_step, rnn_step_backward
from rnncourse.reference.sequences import mask_from_lengths, pad_batch, sliding_windows
from rnncourse.reference.truncation import Window, stateful_batches, truncated_bptt, truncated_windows
from rnncourse.reference.unfolding import tied_gradient, untied_backward, untied_forward

__all__ = [
    "AdamState",
    "AdditiveParams",
    "GRUCache",
    "GradientReport",
    "HessianFreeState",
    "LSTMCache",
    "Params",
    "Problem",
    "RNNCache",
    "Theta",
    "UnrollCache",
    "Window",
    "accuracy",
    "adam",
    "additive_attention_backward",
    "additive_attention_forward",
    "as_loss",
    "bidirectional_backward",
    "bidirectional_forward",
    "bits_per_character",
    "bleu",
    "check_gradients",
    "check_gradients_by_entry",
    "cliff",
    "clip_by_global_norm",
    "clip_by_value",
    "conjugate_gradient",
    "corpus_bleu",
    "ctc_collapse",
    "ctc_extend",
    "ctc_forward",
    "ctc_log_likelihood",
    "ctc_loss",
    "dot_attention_backward",
    "dot_attention_forward",
    "dsigmoid",
    "dtanh",
    "echo_state_fit",
    "edit_distance",
    "embedding_backward",
    "embedding_forward",
    "error_rate",
    "fixed_points",
    "gauss_newton_product",
    "gradient_norms_by_distance",
    "gru_backward",
    "gru_forward",
    "gru_step",
    "gru_step_backward",
    "hessian_free_step",
    "init_params",
    "jacobian_product",
    "linear_backward",
    "linear_forward",
    "log_softmax",
    "lstm_backward",
    "lstm_forward",
    "lstm_step",
    "lstm_step_backward",
    "mask_from_lengths",
    "momentum",
    "nesterov",
    "network_gradient",
    "network_loss",
    "neuron_run",
    "neuron_step",
    "orthogonal",
    "pad_batch",
    "perplexity",
    "relu",
    "reservoir_params",
    "reservoir_states",
    "reverse_within_lengths",
    "rmsprop",
    "rnn_backward",
    "rnn_forward",
    "rnn_jacobian_product",
    "rnn_step",
    "rnn_step_backward",
    "scale_to_spectral_radius",
    "sgd",
    "sigmoid",
    "sliding_windows",
    "softmax",
    "softmax_cross_entropy",
    "spectral_radius_and_norm",
    "squared_error",
    "stateful_batches",
    "tangency",
    "tied_gradient",
    "truncated_bptt",
    "truncated_windows",
    "unroll",
    "unroll_backward",
    "untied_backward",
    "untied_forward",
]
