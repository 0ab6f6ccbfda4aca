"""Chapter 13: an encoder and a decoder that turn one sequence into another: dates, pronunciations, numbers in words."""

from rnncourse.systems import lazily

MODULES = {
    "END": "symbols",
    "PAD": "symbols",
    "START": "symbols",
    "TASKS": "tasks",
    "UNKNOWN": "symbols",
    "Pairs": "tasks",
    "Symbols": "symbols",
    "Translator": "model",
    "beam": "decoding",
    "evaluate": "scoring",
    "greedy": "decoding",
    "load": "storage",
    "numpy_params": "exchange",
    "pairs": "tasks",
    "record": "storage",
    "results": "storage",
    "save": "storage",
    "scores": "scoring",
    "stored": "storage",
    "train": "training",
    "translation_loss": "model",
}
__all__ = [*MODULES]
__getattr__, __dir__ = lazily(__name__, MODULES)
