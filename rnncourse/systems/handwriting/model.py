"""The networks of this system, each in a module of its own: the pen that writes is `writing.Pen`."""

from rnncourse.systems.handwriting.writing import Pen

__all__ = ["Pen"]
