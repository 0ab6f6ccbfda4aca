"""Chapter 16: a pen's way is read as digits, by a network that learns where they are (CTC)."""

from rnncourse.systems import lazily

MODULES = {
    "Batches": "training",
    "Known": "scoring",
    "Reader": "model",
    "Way": "strokes",
    "beams": "reading",
    "best_paths": "reading",
    "evaluate": "scoring",
    "known": "training",
    "load": "storage",
    "log_probabilities": "reading",
    "read": "reading",
    "reading_loss": "model",
    "record": "storage",
    "results": "storage",
    "save": "storage",
    "scores": "scoring",
    "spikes": "scoring",
    "stored": "storage",
    "strokes_of": "strokes",
    "train": "training",
    "way": "strokes",
}
__all__ = [*MODULES]
__getattr__, __dir__ = lazily(__name__, MODULES)
