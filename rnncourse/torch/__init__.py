"""The layers of the course in PyTorch, on a CPU or a GPU: the same equations, the same results as the reference."""

from rnncourse.torch.batching import detach
from rnncourse.torch.exchange import from_native, load_params, params_from_module, to_native
from rnncourse.torch.graph import release_graphs
from rnncourse.torch.gru import GRU, gru_step
from rnncourse.torch.loop import reverse_within_lengths, unroll, valid_steps
from rnncourse.torch.lstm import LSTM, lstm_step
from rnncourse.torch.models import Classifier, LanguageModel, Tagger
from rnncourse.torch.rnn import RNN, rnn_step
from rnncourse.torch.stack import Stack
from rnncourse.torch.training import History, clip_by_global_norm, fit, mean_loss

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Classifier",
    "History",
    "LanguageModel",
    "Stack",
    "Tagger",
    "clip_by_global_norm",
    "detach",
    "fit",
    "from_native",
    "gru_step",
    "load_params",
    "lstm_step",
    "mean_loss",
    "params_from_module",
    "release_graphs",
    "reverse_within_lengths",
    "rnn_step",
    "to_native",
    "unroll",
    "valid_steps",
]
