"""Chapter 14: a convolutional encoder and a recurrent decoder that put a picture into words."""

from rnncourse.torch.captioning.decoding import beam, greedy, teacher_forced
from rnncourse.torch.captioning.exchange import decoder_params
from rnncourse.torch.captioning.model import Captioner, caption_loss
from rnncourse.torch.captioning.pictures import CaptionData, coco_data, emoji_data, to_tensor
from rnncourse.torch.captioning.scoring import captions, forced_captions, scores, vectors, word_overlap
from rnncourse.torch.captioning.storage import load, record, results, save, stored
from rnncourse.torch.captioning.training import train
from rnncourse.torch.captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary

__all__ = [
    "END",
    "PAD",
    "START",
    "UNKNOWN",
    "CaptionData",
    "Captioner",
    "Vocabulary",
    "beam",
    "caption_loss",
    "captions",
    "coco_data",
    "decoder_params",
    "emoji_data",
    "forced_captions",
    "greedy",
    "load",
    "record",
    "results",
    "save",
    "scores",
    "stored",
    "teacher_forced",
    "to_tensor",
    "train",
    "vectors",
    "word_overlap",
]
