"""The recurrent layers over whole sequences, still NumPy, made fast; the equations stand in rnncourse.reference."""

from rnncourse.fast.gru import GRUCache, gru_backward, gru_forward
from rnncourse.fast.lstm import LSTMCache, lstm_backward, lstm_forward
from rnncourse.fast.rnn import RNNCache, rnn_backward, rnn_forward

__all__ = [
    "GRUCache",
    "LSTMCache",
    "RNNCache",
    "gru_backward",
    "gru_forward",
    "lstm_backward",
    "lstm_forward",
    "rnn_backward",
    "rnn_forward",
]
