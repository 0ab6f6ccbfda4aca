"""Interactive figures: `neuron_map()` and its like as the last expression of a cell.

Each is described once (`figure.InteractiveFigure`) and shows itself as sliders where a kernel answers, as native
controls on a page without one, and as a picture with its description in print.
"""

from .attention import attention_spelling, captioning_steps
from .blame import blame_travels_back
from .figure import InteractiveFigure
from .gates import gru_gates, lstm_gates, switches
from .glimpses import glimpse_sensor
from .gradients import error_surface, gradient_by_distance
from .language import coding_interval
from .layers import connection_schemes
from .neuron import neuron_map
from .parameters import Choice, Slider, Steps
from .remedies import clipping
from .seq2seq import attention_map
from .sequences import reverse_lengths, sliding_window
from .truncation import truncation_windows
from .unfolding import unfolded_graph

__all__ = [
    "Choice",
    "InteractiveFigure",
    "Slider",
    "Steps",
    "attention_map",
    "attention_spelling",
    "blame_travels_back",
    "captioning_steps",
    "clipping",
    "coding_interval",
    "connection_schemes",
    "error_surface",
    "glimpse_sensor",
    "gradient_by_distance",
    "gru_gates",
    "lstm_gates",
    "neuron_map",
    "reverse_lengths",
    "sliding_window",
    "switches",
    "truncation_windows",
    "unfolded_graph",
]
