"""Interactive figures: `neuron_map()` and its like as the last expression of a cell.

Each is described once (`figure.InteractiveFigure`) and shows itself as sliders where a kernel answers, as native
controls on a page without one, and as a picture with its description in print.
"""

from .figure import Choice, InteractiveFigure, Slider, Steps
from .neuron import neuron_map
from .sequences import reverse_lengths, sliding_window
from .unfolding import unfolded_graph

__all__ = [
    "Choice",
    "InteractiveFigure",
    "Slider",
    "Steps",
    "neuron_map",
    "reverse_lengths",
    "sliding_window",
    "unfolded_graph",
]
