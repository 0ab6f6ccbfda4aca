"""How the networks of this system are trained, each in a module of its own: a reader, and those that write."""

from rnncourse.systems.handwriting.reading_training import train
from rnncourse.systems.handwriting.writing_training import train as train_pen

__all__ = ["train", "train_pen"]
