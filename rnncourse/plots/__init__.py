"""Figures that the course uses twice or more, and the style of all of them."""

from .cobweb import cobweb
from .picture_row import picture_row
from .style import COLOURS, CYCLE, PAPER, use_style
from .task_family import task_family
from .unfolded import unfolded

__all__ = ["COLOURS", "CYCLE", "PAPER", "cobweb", "picture_row", "task_family", "unfolded", "use_style"]
