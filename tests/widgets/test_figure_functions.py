"""The functions behind the figures say what the chapters say."""

import base64
import io
from fractions import Fraction

import numpy as np
import pytest

from rnncourse.widgets import (
    attention,
    blame,
    gates,
    glimpses,
    gradients,
    language,
    layers,
    neuron,
    pixels,
    remedies,
    seq2seq,
    sequences,
    truncation,
)
from tests.tolerances import assert_close


@pytest.mark.parametrize("r", [-2.5, 0.5, 1.3, 3.0])
def test_fixed_points_repeat_themselves(r):
    roots = np.array(neuron.fixed_points(r, 0.1))
    assert_close(np.tanh(r * roots + 0.1), roots, name="fixed points")
    assert len(roots) == (3 if r > 1.2 else 1)


def test_two_stable_states_only_below_the_tangency():
    assert len(neuron.fixed_points(5, 3.0284)) == 3
    assert len(neuron.fixed_points(5, 3.0286)) == 1


def test_update_gradient_is_the_numerical_one():
    for r in (0.4, 1.0, 1.8):
        eps = 1e-6
        difference = (blame.loss_and_gradient(r + eps)[3] - blame.loss_and_gradient(r - eps)[3]) / (2 * eps)
        assert_close(blame.loss_and_gradient(r)[4], difference, tolerance=1e-7, name="dL/dr")


def test_blame_is_the_product_of_the_factors():
    _, dh, factors, _, _ = blame.loss_and_gradient(0.8)
    assert_close(dh[0], dh[-1] * np.prod(factors), name="dh_1")


def test_singular_value_is_the_sliders():
    for kind in ("orthogonal", "random", "shear"):
        assert_close(np.linalg.norm(gradients.recurrent_matrix(kind), 2), 1.0, name=kind)


def test_gradient_stays_under_the_bound():
    for sigma in (0.7, 1.0, 1.4):
        shown = gradients.norms_by_distance(sigma, "random", "tanh")
        inside = np.isfinite(shown["norms"]) & np.isfinite(shown["bound"])
        assert (shown["norms"] <= shown["bound"] + 0.011)[inside].all()


def test_error_surface_has_the_published_cliff():
    w, b = (np.array([v]) for v in (4.94, -2.575))
    _, dw, db = gradients.surface(w, b)
    assert np.hypot(dw, db).item() == pytest.approx(3.32e3, rel=0.01)
    _, dw, db = gradients.surface(np.array([5.0]), np.array([-2.5]))
    assert np.hypot(dw, db).item() == pytest.approx(0.133, rel=0.01)


def test_descent_is_thrown_off_without_clipping_and_not_with_it():
    free = gradients.descent(4.3, -2.2, 0.5, "none", 30)["errors"]
    clip = gradients.descent(4.3, -2.2, 0.5, "norm", 30)["errors"]
    assert min(free) < 0.002
    assert free[-1] > 0.08
    assert clip[-1] < 0.01


def test_clipping_by_norm_keeps_the_direction_and_by_value_turns_it():
    shown = remedies.clipped(4, 1.5, 2)
    assert_close(shown["length_norm"], 2.0)
    assert_close(np.array(shown["by_norm"]) / 2, np.array([4, 1.5]) / np.hypot(4, 1.5))
    assert shown["angle"] > 10
    assert remedies.clipped(0, 0, 1)["norm"] == 0


def test_twelve_steps_are_three_updates_of_four():
    shown = truncation.windows(4, 4, 12)
    assert len(shown["bar_x"]) == 3
    assert not any(shown["blind"])
    assert any(truncation.windows(4, 2, 12)["blind"]), "k2 < k1 leaves steps that no update reaches"


def test_memory_is_written_held_read_and_cleared():
    shown = gates.switch_run("none", "forward", 4)
    assert shown["memory"] == ["4.2"] * 5 + ["0.0", "0.0"]
    assert shown["outputs"] == ["", "", "", "4.2", "", "", "0.0"]
    assert gates.switch_run("none", "back", 1)["memory"][:4] == ["1"] * 4, "the error travels back unchanged"
    assert gates.switch_run("keep", "back", 1)["memory"][:2] == ["0", "0"], "a shut keep stops the error"


def test_open_forget_and_closed_input_gate_keep_the_cell():
    held = gates.lstm_run(-8, 6, -4, 0)
    lost = gates.lstm_run(-8, 0, -4, 0)
    assert held["held"] > 0.9 * held["written"]
    assert abs(lost["held"]) < 0.01


def test_update_gate_near_one_keeps_the_state():
    h = gates.gru_run(6, 3, 0)["h"]
    assert abs(h[8] - h[2]) < 0.05


def test_given_targets_let_all_steps_train_at_once():
    assert layers.rounds("forced", 2)["y_on"] == [0.9] * 5
    assert layers.rounds("hidden", 2)["y_on"].count(0.9) == 1
    assert layers.rounds("output", 4)["y_on"].count(0.9) == 2


def test_reversal_within_lengths_leaves_padding_at_the_end():
    names = np.array(sequences.reversed_batch("lengths", 6)["names"]).reshape(3, 6)
    for row, word in zip(names, sequences.WORDS, strict=True):
        assert list(row) == [*word[::-1], *["0"] * (6 - len(word))]
    assert sequences.reversed_batch("block", 6)["names"][0] == "0"


def test_window_sees_a_cause_only_within_its_length():
    assert sequences.window_on_series(6, 6, 20)["cause_colour"] == "good"
    assert sequences.window_on_series(5, 6, 20)["cause_colour"] == "bad"


def test_drawn_attention_sums_to_one_a_sound():
    for _, sounds, weights in attention.BY_HAND:
        assert_close(weights.sum(1), np.ones(len(sounds)))


def test_attention_takes_the_chapters_own_weights():
    weights = np.array([[0.75, 0.25], [0.1, 0.9]])
    figure = attention.attention_spelling([("ab", ["A", "B"], weights)])
    assert figure.values(t=2)["rows"] == weights.tolist()
    assert "by hand" not in figure.caption


def test_looks_by_hand_sum_to_one_a_sign_and_reverse_with_the_language():
    order = {}
    for spoken, letters, signs, weights in seq2seq.BY_HAND:
        assert weights.shape == (len(signs), len(letters))
        assert_close(weights.sum(1), np.ones(len(signs)), name=spoken)
        year, month, day = (weights.argmax(1)[span].mean() for span in (slice(4), slice(5, 7), slice(8, 10)))
        order[spoken] = "".join(part for _, part in sorted([(year, "y"), (month, "m"), (day, "d")]))
        numbers = [k for k in (0, 1, 2, 3, 9) if letters[weights[k].argmax()] != signs[k]]
        assert not numbers, f"{spoken}: a digit that the text has is looked at where it stands"
    assert [*order.values()] == ["dmy", "mdy", "ymd", "ymd"]


def test_a_map_takes_the_chapters_own_weights_and_shows_what_was_written():
    weights = np.array([[0.75, 0.25], [0.1, 0.9], [0.5, 0.5]])
    figure = seq2seq.attention_map([("one", "a ", ["1", "2", ""], weights), ("other", "b", ["3"], np.ones((1, 1)))])
    assert "by hand" not in figure.caption
    assert figure.values(t=2)["rows"] == weights.tolist()
    assert figure.values(t=2)["hidden"] == [0, 0, 1]
    assert figure.values(t=2)["past_on"] == [0.375, 0.125, 0, 0, 0], "what is written and was looked at clearly"
    assert figure.words(t=0) == "“a ” has been read; nothing is written yet."
    assert figure.words(t=2) == "Sign 2 of 3, “2”: looks most at a space, letter 2 of 2 (0.90)."
    assert figure.words(language="other", t=3) == "Sign 1 of 1, “3”: looks most at “b”, letter 1 of 1 (1.00)."
    assert figure.alt.endswith("at letters 1, 2, 1.")


def test_captions_may_come_without_maps():
    image = np.full((72, 72, 4), 255, np.uint8)
    figure = attention.captioning_steps([("white", image, ["a", "square"], None)])
    assert figure.words(t=2) == "Word 2: “square”."


def test_png_gives_the_pixels_back():
    image = pytest.importorskip("PIL.Image", reason="needs pillow to read the picture back")
    rng = np.random.default_rng(0)
    colours = np.array([[0, 0, 0, 0], [255, 255, 255, 255], [0, 114, 178, 255], [213, 94, 0, 128]], np.uint8)
    picture = colours[rng.integers(0, 4, (300, 280))]  # larger than one stored block
    address = pixels.png_from_rgba(picture)
    back = np.asarray(image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA"))
    assert np.abs(back.astype(int) - picture).max() <= 8


@pytest.mark.parametrize("belief", language.BELIEFS)
def test_a_coded_message_is_as_narrow_as_it_is_improbable(belief):
    p = dict(zip(language.LETTERS, map(float, language.BELIEFS[belief]), strict=True))
    for t in range(len(language.MESSAGE) + 1):
        shown = language.intervals(belief, t)
        assert_close(shown["bits"], -sum(np.log2(p[letter]) for letter in language.MESSAGE[:t]), name="bits")
        assert shown["digits"] <= shown["bits"] + 1e-9, "no digit is settled that the interval does not settle"


def test_all_numbers_of_the_interval_begin_with_the_settled_digits():
    low, high = Fraction(13, 64), Fraction(15, 64)
    digits = language.shared_digits(low, high)
    assert digits == "0011"
    first = Fraction(int(digits, 2), 2 ** len(digits))
    assert first <= low
    assert high <= first + Fraction(1, 2 ** len(digits))
    assert language.shared_digits(Fraction(1, 2), Fraction(1)) == "1"
    assert language.shared_digits(Fraction(1, 4), Fraction(3, 4)) == ""


@pytest.mark.parametrize("row", [0.25, 6.5, 13.75, 26.5])
@pytest.mark.parametrize("column", [1.25, 13.25, 26.75])
def test_a_window_changes_as_its_derivatives_say(row, column):
    shown, eps = glimpses.sensor(row, column), 1e-6
    down, right = glimpses.sensor(row + eps, column), glimpses.sensor(row, column + eps)
    assert_close((down["patch_0"] - shown["patch_0"]) / eps, shown["by_row"], tolerance=1e-7, name="by row")
    assert_close((right["patch_0"] - shown["patch_0"]) / eps, shown["by_column"], tolerance=1e-7, name="by column")
    slope = shown["piece_y"][1] - shown["piece_y"][0]
    assert_close(slope, shown["by_column"][3, 3], name="the piece of the curve has the slope")
    assert_close(
        shown["v"], shown["piece_y"][0] + (column - shown["piece_x"][0]) * slope, name="and the sample is on it"
    )


def test_on_a_pixel_the_middle_sample_is_the_pixel_and_the_nearest_one_too():
    for row, column in ((9, 5), (0, 0), (27, 27)):
        shown = glimpses.sensor(row, column)
        assert shown["v"] == glimpses.SCENE[row, column]
        assert abs(shown["pixel"] - shown["v"]) <= 0.005


def test_each_window_sees_twice_as_far_around_the_same_place():
    shown = glimpses.sensor(13.25, 13.25)
    for j in range(glimpses.SCALES):
        side = glimpses.SIZE * 2**j
        assert (shown["box_x"][j] + side / 2, shown["box_y"][j] + side / 2) == (13.25, 13.25)
    assert glimpses.SCENE.std() > 0.2
