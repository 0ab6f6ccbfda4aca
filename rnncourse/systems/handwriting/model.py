"""The networks of this system, each in a module of its own: `reader.Reader` reads, `writing.Pen` writes."""

from rnncourse.systems.handwriting.reader import Reader
from rnncourse.systems.handwriting.writing import Pen

__all__ = ["Pen", "Reader"]
