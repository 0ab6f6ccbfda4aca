"""What each cell is made of: the gates whose rows its weights stack, the parts of its state, its options."""

from typing import NamedTuple


class Cell(NamedTuple):
    """The facts of a cell; its equations stand in the module of its name."""

    gates: tuple[str, ...]  # by the page's letters, in the order in which W, R, b_W and b_R stack their H rows each
    state: tuple[str, ...]  # by the page's letters, h first
    peepholes: tuple[str, ...] = ()  # the gates that can see the cell, in the order of p's rows

    def rows(self, gate: str, H: int) -> slice:
        """The rows of one gate in a weight of G·H rows."""
        k = self.gates.index(gate)
        return slice(k * H, (k + 1) * H)


RNN = Cell(gates=("h",), state=("h",))  # no gate: its rows make h itself
LSTM = Cell(gates=("i", "f", "g", "o"), state=("h", "c"), peepholes=("i", "f", "o"))
GRU = Cell(gates=("r", "z", "n"), state=("h",))
CELLS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}

NONLINEARITIES = ("tanh", "relu", "linear")  # of the plain RNN
RESETS = ("after", "before")  # the GRU's reset gate comes after or before the recurrent product
