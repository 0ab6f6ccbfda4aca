"""Chapter 16: how a pen is read, and how one writes: digits that are asked for, characters that do not exist."""

from rnncourse.systems import lazily

MODULES = {
    "Pen": "writing",
    "drawing_loss": "writing",
    "load": "writing_storage",
    "record": "storage",
    "results": "storage",
    "save": "writing_storage",
    "stored": "storage",
    "train": "writing_training",
}
__all__ = [*MODULES]
__getattr__, __dir__ = lazily(__name__, MODULES)
