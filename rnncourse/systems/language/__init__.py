"""Chapter 12: a recurrent network that predicts the next character of a text."""

from rnncourse.systems import lazily

MODULES = {
    "Alphabet": "alphabet",
    "CharacterModel": "model",
    "Text": "training",
    "bits_per_character": "scoring",
    "character_loss": "model",
    "checksum": "storage",
    "compress": "packing",
    "costs": "scoring",
    "decompress": "packing",
    "load": "storage",
    "record": "storage",
    "results": "storage",
    "save": "storage",
    "stored": "storage",
    "train": "training",
}
__all__ = [*MODULES]
__getattr__, __dir__ = lazily(__name__, MODULES)
