"""Japanese vowels: 640 utterances of /ae/ by nine men, each 7 to 29 frames of 12 LPC cepstrum coefficients."""

from io import BytesIO

import numpy as np

from ._packaged import read_checked

SOURCE = (
    "M. Kudo, J. Toyama, M. Shimbo (1999): Japanese Vowels, UCI Machine Learning Repository, doi 10.24432/C5NS47; "
    "read from aeon's copy, values kept exactly (six decimals)"
)
LICENCE = "CC BY 4.0"
SHA256 = "428df04bf70da7f8e5e5d80708cb09dde07488feafc76fa4672457eb913304ea"
_SPLITS = {"train": slice(0, 270), "test": slice(270, 640)}


def load(split: str = "train") -> tuple[list[np.ndarray], np.ndarray]:
    """Read the utterances of one split: "train" (270, thirty a speaker) or "test" (370).

    Returns
    -------
    sequences : list of float64 arrays (T_b, 12), 7 ≤ T_b ≤ 29.
    speakers : (N,) int64 in 0 … 8, who spoke.

    Raises
    ------
    ValueError : another split, or the file was changed.
    FileNotFoundError : the file is missing.
    """
    if split not in _SPLITS:
        raise ValueError(f"japanese_vowels.load: split = {split!r}, expected one of {sorted(_SPLITS)}")
    with np.load(BytesIO(read_checked("japanese_vowels.npz", SHA256))) as stored:
        frames = stored["millionths"] / 1e6
        lengths, speakers = stored["lengths"].astype(np.int64), stored["speakers"].astype(np.int64)
    sequences = np.split(frames, np.cumsum(lengths)[:-1])
    return [np.array(sequence) for sequence in sequences[_SPLITS[split]]], speakers[_SPLITS[split]]
