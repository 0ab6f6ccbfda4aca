"""A reader of a pen: the same way for training and for a reader's hand, the same loss, the same numbers in NumPy."""

import json
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.data import pendigits  # noqa: E402
from rnncourse.reference import ctc  # noqa: E402
from rnncourse.systems import handwriting  # noqa: E402
from rnncourse.systems.handwriting import reading_live as live  # noqa: E402
from rnncourse.systems.handwriting import reading_scoring as scoring  # noqa: E402
from rnncourse.systems.handwriting import reading_training as training  # noqa: E402
from rnncourse.systems.handwriting import strokes  # noqa: E402
from rnncourse.systems.handwriting.command import main  # noqa: E402
from rnncourse.systems.handwriting.reading_command import below_record  # noqa: E402
from rnncourse.systems.handwriting.reading_training import digits  # noqa: E402
from tests.systems.interrupted import ends_as_if_it_had_not_been  # noqa: E402

FOUR = [[[0.4, 1.0], [0.0, 0.4], [0.7, 0.4]], [[0.5, 0.7], [0.5, 0.0]]]  # two strokes, as most people write it


@pytest.fixture(scope="module")
def line():
    points, labels = pendigits.load("test")
    return strokes.numbers(points, labels, 1, np.random.default_rng(0), lengths=(4, 4))[0]


def reader(seed=0, **settings):
    torch.manual_seed(seed)
    return handwriting.Reader(hidden=6, **settings).eval()


@pytest.mark.parametrize("unit", [1e-3, 1.0, 400.0])
def test_neither_the_unit_nor_the_place_of_the_strokes_changes_what_is_read(unit):
    moved = [[[x * unit + 7, y * unit - 3] for x, y in stroke] for stroke in FOUR]
    np.testing.assert_allclose(handwriting.way(moved).features, handwriting.way(FOUR).features, atol=1e-9)


@pytest.mark.parametrize("jumps", pendigits.JUMPS)
@pytest.mark.parametrize("pen", [True, False])
def test_the_features_lead_from_each_point_to_the_next(jumps, pen):
    read = handwriting.way(FOUR, jumps=jumps, pen=pen)
    walked = read.points[0] + strokes.STEP * read.features[:, :2].cumsum(axis=0)
    np.testing.assert_allclose(walked, read.points, atol=1e-12)
    assert read.features[:, 2].any() == pen


def test_filled_jumps_are_no_longer_than_other_steps_and_kept_ones_are():
    longest = {
        jumps: np.hypot(*handwriting.way(FOUR, jumps=jumps).features[:, :2].T).max() for jumps in pendigits.JUMPS
    }
    assert longest["filled"] < 1.5 < longest["kept"]


def test_a_number_has_one_stroke_a_digit_and_no_point_of_the_air(line):
    taken = handwriting.strokes_of(line)
    assert len(taken) == len(line.labels)
    # the first point of a digit belongs to it, though the pen came to it through the air
    assert sum(map(len, taken)) == len(line.points)
    filled = line._replace(air=line.air.copy())
    begin = np.flatnonzero(line.digit == 1)
    filled.air[begin[:3]] = True
    assert len(handwriting.strokes_of(filled)[1]) == len(taken[1]) - 2


def test_a_one_may_be_a_straight_line_and_other_digits_keep_half_their_width():
    points, labels = np.tile(np.array([[0.0, 0.0], [1.0, 1.0]]), (2000, 1, 1)), np.arange(2000) % 2
    width = np.ptp(strokes.slimmer(points, labels, np.random.default_rng(0))[:, :, 0], axis=1)
    assert width[labels == 1].min() < 0.02
    assert 0.5 <= width[labels == 0].min() < 0.52


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "list of strokes"),
        ("0", "list of strokes"),
        ([[]], r"strokes\[0\]"),
        ([[[0, 0]]], "one place"),
        ([[[0, 0], [0, float("nan")]]], "finite"),
        ([[[0, 0], [1, "x"]]], "two numbers"),
        ([[[0, 0], [0, 1], [1e6, 1]]], "more than"),
    ],
)
def test_what_is_no_line_of_digits_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        handwriting.way(given)


def test_the_loss_is_that_of_the_reference():
    known = handwriting.known("test", 3)
    model = reader()
    features, lengths, targets, sizes = next(iter(handwriting.Batches(known, 3, 1, 0).still()))
    with torch.no_grad():
        found = handwriting.reading_loss(model, features, lengths, targets, sizes).item()
        log_p = model(features, lengths).double().numpy()
    losses, _ = ctc.ctc_loss(log_p, targets.numpy(), lengths.numpy(), sizes.numpy())
    assert found == pytest.approx(losses.mean(), rel=1e-5)


def test_each_training_digit_is_learnt_from_or_held_out_and_never_both():
    parts = np.concatenate([digits(part)[0] for part in ("train", "validation")])
    every, _ = pendigits.load("train")
    assert len(parts) == len(every)
    for rows in (parts, every):
        rows.reshape(len(rows), -1)[:] = np.array(sorted(rows.reshape(len(rows), -1).tolist()))
    np.testing.assert_array_equal(parts, every)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_numpy_reads_what_torch_reads(bidirectional, tmp_path):
    model = reader(bidirectional=bidirectional)
    handwriting.save(model, tmp_path / "reader.safetensors")
    rounded = handwriting.load(tmp_path / "reader.safetensors")
    read = handwriting.way(FOUR)
    said = live.say(live.load(tmp_path / "reader.safetensors"), read.features)
    np.testing.assert_allclose(said.log_p, handwriting.log_probabilities(rounded, [read])[0], atol=1e-5)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_the_gradient_of_what_is_said_is_the_slope_of_what_is_said(bidirectional, tmp_path):
    handwriting.save(reader(bidirectional=bidirectional), tmp_path / "reader.safetensors")
    model, features = live.load(tmp_path / "reader.safetensors"), handwriting.way(FOUR).features
    t, k, ε = 8, 3, 1e-5
    found = live.blame(model, live.say(model, features), t, k)
    for s in (0, 5, 8, 12):
        for d in range(3):
            up, down = features.copy(), features.copy()
            up[s, d] += ε
            down[s, d] -= ε
            slope = (live.say(model, up).log_p[t, k] - live.say(model, down).log_p[t, k]) / (2 * ε)
            assert found[s, d] == pytest.approx(slope, abs=1e-8)
    assert np.abs(found[12]).max() > 1e-9 if bidirectional else not found[9:].any()


def test_errors_are_edits_over_digits_written():
    found = scoring.scores([[1, 2, 3], [4]], [np.array([1, 3]), np.array([4, 4])])
    assert found == {"errors": 0.5, "right": 0.0}


def test_a_digit_is_said_so_many_points_after_its_last():
    known = handwriting.known("test", 1, lengths=(2, 2))[0]
    ends = [int(np.flatnonzero(known.way.stroke == s)[-1]) for s in range(2)]
    log_p = np.full((len(known.way.features), 11), -9.0)
    log_p[:, 0] = -1.0
    for end, shift, label in zip(ends, (-3, 0), known.labels, strict=True):
        log_p[end + shift, label + 1] = -0.5
    assert handwriting.spikes([log_p], [known]).tolist() == [-3, 0]


def test_the_command_trains_scores_and_reads(tmp_path, capsys):
    out, file = tmp_path / "reader.safetensors", tmp_path / "four.json"
    file.write_text(json.dumps(FOUR))
    small = "--hidden 6 --examples 12 --epochs 1 --updates 2 --batch 4"
    small = [*small.split(), "--number", "3", "--device", "cpu"]
    assert main(["train", "--out", str(out), *small]) == 0
    assert main(["evaluate", str(out), "--device", "cpu"]) == 0
    assert main(["read", str(file), "--checkpoint", str(out), "--device", "cpu"]) == 0
    file.write_text("[[[0, 0]]]")
    assert main(["read", str(file), "--checkpoint", str(out), "--device", "cpu"]) == 2
    assert "one place" in capsys.readouterr().err


def test_more_errors_than_the_record_says_are_told(tmp_path):
    path = tmp_path / "reader.safetensors"
    path.with_suffix(".json").write_text(json.dumps({"errors": 0.02, "tolerance": 0.005}))
    runs = {errors: {"scores": {"best path": {"errors": errors}}} for errors in (0.024, 0.03)}
    assert not below_record(path, runs[0.024])
    assert len(below_record(path, runs[0.03])) == 1


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path, monkeypatch):
    tiny = {"hidden": 6, "examples": 12, "epochs": 2, "updates": 2, "batch": 4, "device": "cpu", "progress": False}
    ends_as_if_it_had_not_been(partial(training.train, **tiny), training, monkeypatch, tmp_path / "part")
