"""Chapter 16: how a pen is read, and how one writes: digits that are asked for, characters that do not exist."""

from rnncourse.systems import lazily

MODULES = {
    "Batches": "reading_training",
    "Known": "reading_scoring",
    "Pen": "writing",
    "Reader": "reader",
    "Way": "strokes",
    "beams": "reading",
    "best_paths": "reading",
    "drawing_loss": "writing",
    "evaluate": "reading_scoring",
    "known": "reading_training",
    "load": "storage",
    "log_probabilities": "reading",
    "read": "reading",
    "reading_loss": "reader",
    "record": "storage",
    "results": "storage",
    "save": "reading_storage",
    "scores": "reading_scoring",
    "spikes": "reading_scoring",
    "stored": "storage",
    "strokes_of": "strokes",
    "train": "reading_training",
    "train_pen": "training",
    "way": "strokes",
}
__all__ = [*MODULES]
__getattr__, __dir__ = lazily(__name__, MODULES)
