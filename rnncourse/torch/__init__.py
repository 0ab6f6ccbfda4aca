"""The layers of the course in PyTorch, on a CPU or a GPU: the same equations, the same results as the reference."""

from rnncourse.torch.gru import GRU, gru_step
from rnncourse.torch.loop import reverse_within_lengths, unroll, valid_steps
from rnncourse.torch.lstm import LSTM, lstm_step
from rnncourse.torch.rnn import RNN, rnn_step
from rnncourse.torch.training import History, clip_by_global_norm, detach, fit, mean_loss

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "History",
    "clip_by_global_norm",
    "detach",
    "fit",
    "gru_step",
    "lstm_step",
    "mean_loss",
    "reverse_within_lengths",
    "rnn_step",
    "unroll",
    "valid_steps",
]
