"""Chapter 15: a network that reads a digit in a few glimpses, and those that see all of the picture or look nowhere."""

from rnncourse.systems import lazily

MODULES = {
    "EVERY_WAY": "training",
    "ConvNet": "convnet",
    "Cost": "cost",
    "Found": "scoring",
    "Looker": "model",
    "Looks": "model",
    "WAYS": "model",
    "build": "training",
    "cropped": "model",
    "evaluate": "scoring",
    "load": "storage",
    "cost_of": "cost",
    "look": "scoring",
    "looking_loss": "model",
    "pyramid": "model",
    "record": "storage",
    "results": "storage",
    "save": "storage",
    "scores": "scoring",
    "stored": "storage",
    "train": "training",
    "windows": "model",
}
__all__ = [*MODULES]
__getattr__, __dir__ = lazily(__name__, MODULES)
