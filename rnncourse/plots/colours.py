"""The palette of everything that is drawn, from curves to admonitions: a gate always has its colour."""

# Okabe and Ito's colours, darkened where thin lines need it: told apart with any colour vision, on light and on dark.
COLOURS: dict[str, str] = {
    "x": "#6B7280",  # input
    "h": "#0072B2",  # hidden state, and everything that flows forward
    "gradient": "#D55E00",  # everything that flows backward
    "y": "#332288",  # output
    "target": "#444444",
    "i": "#2A9D4A",  # LSTM: input gate (write)
    "f": "#C1440E",  # LSTM: forget gate (keep)
    "g": "#7A8B00",  # LSTM: block input
    "o": "#B5559B",  # LSTM: output gate (read)
    "c": "#B7791F",  # LSTM: cell
    "r": "#882255",  # GRU: reset gate
    "z": "#1B8A8A",  # GRU: update gate
    "n": "#7A8B00",  # GRU: candidate (the block input's colour: the same role)
    "rnn": "#0072B2",  # the cells compared with one another
    "lstm": "#B7791F",
    "gru": "#1B8A8A",
    "good": "#2A7F3F",
    "bad": "#B3261E",
}
CYCLE = ["#0072B2", "#D55E00", "#2A9D4A", "#B5559B", "#B7791F", "#1B8A8A", "#332288", "#6B7280"]
PAPER = "#FBFAF7"  # figures keep this paper in dark mode too, so that every line stays legible
