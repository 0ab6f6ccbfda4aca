"""The oracle: every model of the course as its equations, forward and backward, in NumPy and nothing else."""

from rnncourse.reference.bidirectional import (
    bidirectional_backward,
    bidirectional_forward,
    reverse_within_lengths,
)
from rnncourse.reference.bptt import UnrollCache, unroll, unroll_backward
from rnncourse.reference.clipping import clip_by_global_norm, clip_by_value
from rnncourse.reference.gradcheck import GradientReport, as_loss, check_gradients, check_gradients_by_entry
from rnncourse.reference.gradients import cliff, gradient_norms_by_distance, jacobian_product, spectral_radius_and_norm
from rnncourse.reference.gru import GRUCache, gru_backward, gru_forward, gru_step, gru_step_backward
from rnncourse.reference.lstm import LSTMCache, lstm_backward, lstm_forward, lstm_step, lstm_step_backward
from rnncourse.reference.ops import dsigmoid, dtanh, log_softmax, relu, sigmoid, softmax
from rnncourse.reference.params import Params, init_params, orthogonal
from rnncourse.reference.readout import (
    embedding_backward,
    embedding_forward,
    linear_backward,
    linear_forward,
    softmax_cross_entropy,
    squared_error,
)
from rnncourse.reference.rnn import RNNCache, rnn_backward, rnn_forward, rnn_step, rnn_step_backward

__all__ = [
    "GRUCache",
    "GradientReport",
    "LSTMCache",
    "Params",
    "RNNCache",
    "UnrollCache",
    "as_loss",
    "bidirectional_backward",
    "bidirectional_forward",
    "check_gradients",
    "check_gradients_by_entry",
    "cliff",
    "clip_by_global_norm",
    "clip_by_value",
    "dsigmoid",
    "dtanh",
    "embedding_backward",
    "embedding_forward",
    "gradient_norms_by_distance",
    "gru_backward",
    "gru_forward",
    "gru_step",
    "gru_step_backward",
    "init_params",
    "jacobian_product",
    "linear_backward",
    "linear_forward",
    "log_softmax",
    "lstm_backward",
    "lstm_forward",
    "lstm_step",
    "lstm_step_backward",
    "orthogonal",
    "relu",
    "reverse_within_lengths",
    "rnn_backward",
    "rnn_forward",
    "rnn_step",
    "rnn_step_backward",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "spectral_radius_and_norm",
    "squared_error",
    "unroll",
    "unroll_backward",
]
