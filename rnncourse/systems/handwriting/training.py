"""How the networks of this system are trained, each in a module of its own: those that write in `writing_training`."""

from rnncourse.systems.handwriting.writing_training import train

__all__ = ["train"]
