"""Figures that the course uses twice or more, and the style of all of them."""

from .style import COLOURS, CYCLE, PAPER, use_style

__all__ = ["COLOURS", "CYCLE", "PAPER", "use_style"]
