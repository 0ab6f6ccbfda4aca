"""The two packaged data sets: what is in them, that nothing needs a network, and that a changed file is noticed."""

import numpy as np
import pytest

from rnncourse.data import japanese_vowels, sunspots
from rnncourse.data._packaged import FOLDER, read_checked


def test_sunspots_hold_every_year_once_and_the_cycle_of_eleven_years():
    years, numbers = sunspots.load()
    assert years.tolist() == list(range(1700, 2009))
    assert numbers.shape == (309,)
    assert numbers.dtype == np.float64
    assert (numbers[years == 1957], numbers.min()) == (190.2, 0.0)
    power = np.abs(np.fft.rfft(numbers - numbers.mean())) ** 2
    assert 10.5 < 309 / power.argmax() < 11.6


def test_japanese_vowels_have_the_published_sizes():
    for split, count in (("train", 270), ("test", 370)):
        sequences, speakers = japanese_vowels.load(split)
        assert (len(sequences), len(speakers)) == (count, count)
        assert set(speakers) == set(range(9))
        assert all(s.shape[1] == 12 and 7 <= len(s) <= 29 and s.dtype == np.float64 for s in sequences)
    assert np.bincount(japanese_vowels.load("train")[1]).tolist() == [30] * 9
    assert np.bincount(speakers).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    assert sequences[0][0, 0] == 1.635533  # the first number of the published test file


def test_a_split_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="'valid', expected one of"):
        japanese_vowels.load("valid")


@pytest.mark.parametrize(
    ("name", "hash_"), [("sunspots.csv", sunspots.SHA256), ("japanese_vowels.npz", japanese_vowels.SHA256)]
)
def test_a_changed_or_missing_file_is_refused(name, hash_, tmp_path):
    with pytest.raises(FileNotFoundError, match=name):
        read_checked(name, hash_, tmp_path)
    (tmp_path / name).write_bytes((FOLDER / name).read_bytes() + b"0")
    with pytest.raises(ValueError, match="was changed"):
        read_checked(name, hash_, tmp_path)


def test_windows_line_ends_change_nothing(tmp_path):
    content = (FOLDER / "sunspots.csv").read_bytes()
    (tmp_path / "sunspots.csv").write_bytes(content.replace(b"\n", b"\r\n"))
    assert read_checked("sunspots.csv", sunspots.SHA256, tmp_path) == content


@pytest.mark.parametrize("module", [sunspots, japanese_vowels])
def test_source_and_licence_are_stated(module):
    assert len(module.SOURCE) > 20
    assert module.LICENCE
