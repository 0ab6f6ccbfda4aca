"""Chapter 14: a convolutional encoder and a recurrent decoder that put a picture into words."""

from rnncourse.systems import lazily

MODULES = {
    "END": "vocabulary",
    "PAD": "vocabulary",
    "START": "vocabulary",
    "UNKNOWN": "vocabulary",
    "CaptionData": "pictures",
    "Captioner": "model",
    "Vocabulary": "vocabulary",
    "beam": "decoding",
    "caption_loss": "model",
    "captions": "scoring",
    "coco_data": "pictures",
    "decoder_params": "exchange",
    "distances": "certainty",
    "emoji_data": "pictures",
    "forced_captions": "scoring",
    "greedy": "decoding",
    "load": "storage",
    "record": "storage",
    "results": "storage",
    "said": "certainty",
    "save": "storage",
    "scores": "scoring",
    "stored": "storage",
    "teacher_forced": "decoding",
    "to_tensor": "pictures",
    "train": "training",
    "vectors": "scoring",
    "word_overlap": "scoring",
}
__all__ = [*MODULES]
__getattr__, __dir__ = lazily(__name__, MODULES)
