"""Figures that the course uses twice or more, and the style of all of them.

matplotlib is imported by the functions that draw: the palette serves pages and widgets without it.
"""

from .cobweb import cobweb
from .colours import COLOURS, CYCLE, PAPER
from .lstm_cell import lstm_cell
from .picture_row import picture_row
from .style import use_style
from .task_family import task_family
from .unfolded import unfolded

__all__ = ["COLOURS", "CYCLE", "PAPER", "cobweb", "lstm_cell", "picture_row", "task_family", "unfolded", "use_style"]
