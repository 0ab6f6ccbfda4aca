"""What a page shows of the network that looks: it sees what NumPy's sensor sees, its example is the stored one's."""

import base64
import json
import re

import numpy as np
import pytest

from rnncourse.reference.glimpses import glimpse_forward
from rnncourse.systems import weights
from rnncourse.systems.glimpses import live, page, shown
from rnncourse.widgets import glimpsed
from rnncourse.widgets.looked import percent
from rnncourse.widgets.player import Shown, stopped
from tests.site import player_page
from tests.tolerances import assert_close

FIRST = {"picture": 1, "looks": 4, "places": "own"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(page, "PACE", 0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return player_page.model(player_page.systems(tmp_path_factory.mktemp("systems")), "glimpses")


@pytest.fixture(scope="module")
def image():
    return shown.load().images[0].astype(np.float64)


def seen(model, **changed):
    return Shown().after(page.play(model, **FIRST | changed))


# --- looking ----------------------------------------------------------------------------------------------------------


def test_each_look_is_at_its_centre_and_its_probabilities_sum_to_one(model, image):
    looks = list(live.look(model, image))
    assert len(looks) == model.glimpses
    for one in looks:
        assert_close(one.patches, glimpse_forward(image, one.centre, model.size, model.scales)[0])
        assert one.p.sum() == pytest.approx(1)
    assert len({tuple(one.centre) for one in looks}) == len(looks)


def test_more_looks_begin_with_the_fewer(model, image):
    for few, many in zip(live.look(model, image, 3), live.look(model, image, 6), strict=False):
        np.testing.assert_array_equal(few.p, many.p)
    assert len(list(live.look(model, image, 6))) == 6


def test_held_it_stays_at_the_middle_and_reads_otherwise(model, image):
    held, free = list(live.look(model, image, held=True)), list(live.look(model, image))
    assert all((one.centre == 29.5).all() for one in held)
    np.testing.assert_array_equal(held[0].p, free[0].p)
    assert np.abs(held[-1].p - free[-1].p).max() > 1e-3


@pytest.mark.parametrize(("way", "moves"), [("reinforce", True), ("centre", False)])
def test_what_is_trained_to_stay_stays(model, image, way, moves):
    places = {tuple(one.centre) for one in live.look(model._replace(way=way), image)}
    assert (len(places) > 1) == moves


@pytest.mark.parametrize("way", ["gradient", "reinforce", "centre", "whole"])
@pytest.mark.parametrize("divided", [False, True])
def test_every_way_that_repeats_itself_is_what_pytorch_computes(way, divided, tmp_path, image):
    torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
    from rnncourse.systems import glimpses

    torch.manual_seed(4)
    network = glimpses.Looker(way=way, hidden=9, features=7, size=5, divided=divided)
    with torch.no_grad():
        network.next.weight.normal_(std=1.5)
    glimpses.save(network, tmp_path / "one.safetensors")
    network = glimpses.load(tmp_path / "one.safetensors").double()
    with torch.no_grad():
        theirs = network(torch.from_numpy(image[None]))
    ours = list(live.look(live.load(tmp_path / "one.safetensors"), image))
    assert_close(np.array([one.centre for one in ours]), theirs.centres[:, 0].numpy(), name="centres")
    assert_close(np.array([one.p for one in ours]), theirs.logits[:, 0].softmax(dim=-1).numpy(), name="p")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"settings": None}, "it has no settings"),
        ({"readout.bias": None}, r"it has no readout\.bias"),
        ({"settings": np.array('{"way": "random"}')}, "its way is 'random', expected one of gradient"),
        ({"settings": np.array('{"way": "convolutions"}')}, "its way is 'convolutions'"),
    ],
)
def test_what_is_no_such_network_is_named(tmp_path, change, said):
    player_page.small_looker(tmp_path / "one.safetensors")
    arrays = {name: a for name, a in (weights.for_page(tmp_path / "one.safetensors") | change).items() if a is not None}
    with pytest.raises(ValueError, match=said):
        live.load(arrays)


def test_a_picture_or_a_number_of_looks_that_cannot_be_is_named(model, image):
    with pytest.raises(ValueError, match=r"image: shape \(59, 60\)"):
        next(live.look(model, image[1:]))
    with pytest.raises(ValueError, match="glimpses"):
        next(live.look(model, image, 0))


# --- the pictures -----------------------------------------------------------------------------------------------------


def test_the_pictures_are_those_of_the_test_part():
    pytest.importorskip("sklearn", reason="the extra [systems] is not installed")
    for kept, made in zip(shown.load(), shown.made(), strict=True):
        assert_close(kept, made, dtype="float32")
        assert kept.dtype == made.dtype


def test_they_are_small_and_hold_each_digit():
    pictures = shown.load()
    assert shown.FILE.stat().st_size <= 60_000
    assert sorted(pictures.labels[:10]) == list(range(10))
    assert list(pictures.labels[:10]) != list(range(10)), "a picture's number must not tell its digit"
    assert len(pictures.labels) == len(page.TWELVE) == 12
    ink = pictures.images.sum(axis=(1, 2))
    assert ink[10] < ink[:10].min(), "alone"
    assert ink[11] > ink[:10].max(), "among sixteen pieces"


def test_the_same_pictures_are_the_same_file(tmp_path):
    shown.write(shown.load(), tmp_path / "one.npz")
    assert (tmp_path / "one.npz").read_bytes() == shown.FILE.read_bytes()


def test_a_digit_stands_where_it_is_said_to_stand():
    pictures = shown.load()
    for image, (row, column) in zip(pictures.images[10:11], pictures.centres[10:11], strict=True):
        there = image[int(row - 7.5) : int(row + 8.5), int(column - 7.5) : int(column + 8.5)]
        assert there.shape == (16, 16)
        assert there.sum() == image.sum()


# --- what is seen -----------------------------------------------------------------------------------------------------


def rows_of(picture):
    return re.findall(r'<div class="rnn-glimpse".*?</div>', picture)


def test_a_row_for_each_look_and_each_is_seen_when_it_is_made(model, image):
    now, counts = Shown(), []
    for piece in page.play(model, **FIRST):
        now = now.after([piece])
        counts.append(len(rows_of(now.picture)))
    assert counts == [0, 1, 2, 3, 4, 4]
    digit = int(shown.load().labels[0])
    for t, (row, one) in enumerate(zip(rows_of(now.picture), live.look(model, image), strict=True)):
        read = int(np.argmax(one.p))
        assert f"<small>look {t + 1}</small><b>{read} {'✓' if read == digit else '✗'}</b>" in row
        assert f">{percent(float(one.p[read]))}</text>" in row
        assert row.count("<circle") == t + 1, "a dot for each place so far"


def test_the_boxes_are_what_the_windows_see(image):
    """A picture that is bright inside one box alone: that window is full, and its box has these edges."""
    centre, size = np.array([20.5, 33.5]), 6
    for j in range(3):
        half = size * 2**j // 2
        bright = np.zeros((64, 64))
        bright[21 - half : 21 + half, 34 - half : 34 + half] = 1
        patches, _ = glimpse_forward(bright, centre, size, 3)
        drawn = glimpsed.scene(bright, [glimpsed.Seen(centre, patches, np.ones(10) / 10)])
        assert f'<rect x="{34 - half:.2f}" y="{21 - half:.2f}" width="{2 * half}" height="{2 * half}"' in drawn
        if j == 0:
            assert (patches[0] == 1).all()
        assert patches[j].mean() >= patches[-1].mean()


def test_pictures_are_drawn_as_they_are():
    values = np.linspace(0, 1, 12).reshape(3, 4)
    data = base64.b64decode(glimpsed.picture(values).partition("base64,")[2])
    width, height = (int.from_bytes(data[k : k + 4], "big") for k in (16, 20))
    assert (width, height) == (4, 3)
    assert glimpsed.picture(values) != glimpsed.picture(values.T)


def test_a_columns_height_is_its_probability_and_a_line_is_under_the_digit():
    p = np.array([0.0, 0.5, 0.25, 0, 0, 0, 0, 0.25, 0, 0])
    drawn = glimpsed.bars(p, 7)
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" rx', drawn)]
    assert heights == [max(glimpsed.HIGH * share, 0.6) for share in p]
    assert f"M{7 * glimpsed.COLUMN + 4} " in drawn
    assert ">50 %</text>" in drawn


def test_words_say_what_is_read_whether_it_is_right_and_how_near_the_look_was(model, image):
    pictures = shown.load()
    *_, last = live.look(model, image)
    digit, read = int(pictures.labels[0]), int(np.argmax(last.p))
    distance = round(float(np.linalg.norm(last.centre - pictures.centres[0])))
    right = "which is right" if read == digit else f"but it is a {digit}"
    assert seen(model).words == (
        f"After 4 looks it reads {read} (probability {percent(float(last.p[read]))}), {right}. "
        f"Its last look was {distance} pixels from the digit's middle."
    )
    assert seen(model, looks=1).words.startswith("After 1 look it reads ")


def test_right_and_wrong_are_told_apart():
    p = np.eye(10)[3]
    one = live.Look(np.array([10.0, 11.0]), np.zeros((3, 2, 2)), p)
    said = page.said([one], 3, np.array([10.0, 10.0]))
    assert said.startswith("After 1 look it reads 3 (probability > 99 %), which is right. ")
    assert said.endswith("Its last look was 1 pixel from the digit's middle.")
    assert "but it is a 5" in page.said([one], 5, np.array([10.0, 10.0]))
    assert "but it is an 8" in page.said([one], 8, np.array([10.0, 10.0]))


def test_label_and_list_say_each_look(model):
    now = seen(model)
    items = re.findall("<li>(.*?)</li>", now.details)
    assert [item.split(",")[0] for item in items] == [f"Look {t}" for t in (1, 2, 3, 4)]
    assert now.label.endswith(" ".join(item.replace("&lt;", "<").replace("&gt;", ">") for item in items))
    assert now.label.startswith(f"A picture with a {shown.load().labels[0]} at row ")


def test_what_is_set_changes_what_is_seen(model):
    usual = seen(model)
    assert seen(model, picture=2).picture != usual.picture
    assert len(rows_of(seen(model, looks=8).picture)) == 8
    assert len(rows_of(seen(model, looks=2.0).picture)) == 2, "a kernel's slider gives 2.0"
    assert seen(model, places="middle").label.count("at row 30, column 30") == 4


def test_stop_keeps_what_was_seen(model):
    pieces = page.play(model, **FIRST)
    now = Shown().after([next(pieces), next(pieces), next(pieces)])
    now = now.after(stopped(pieces))
    assert len(rows_of(now.picture)) == 2
    assert now.words.startswith("Stopped. After 2 looks it reads ")
    pieces = page.play(model, **FIRST)
    next(pieces)
    assert Shown().after(stopped(pieces)).picture == ""


@pytest.mark.parametrize("changed", [{"picture": 0}, {"picture": 13}, {"looks": 0}, {"looks": 9}, {"places": "x"}])
def test_what_cannot_be_set_is_named(model, changed):
    with pytest.raises(ValueError, match="expected 1 to"):
        seen(model, **changed)


# --- the example ------------------------------------------------------------------------------------------------------


def test_the_example_is_what_the_stored_network_makes_of_the_first_settings():
    if "glimpses/gradient" not in weights.of_pages():
        pytest.skip("no stored network that looks yet")
    made = json.loads(page.EXAMPLE.read_text(encoding="utf-8"))
    again = page.example(weights.playing("glimpses/gradient"))
    renew = "python tools/live/examples.py glimpses renews it"
    assert made["settings"] == again["settings"] == {setting.name: setting.value for setting in page.SETTINGS}
    for name in ("centres", "p", "patches"):
        np.testing.assert_allclose(made[name], again[name], atol=0.11 if name == "centres" else 0.02, err_msg=renew)
    standing = Shown().after(page.look_around().example)
    assert len(rows_of(standing.picture)) == 4
    assert standing.words == seen(weights.playing("glimpses/gradient")).words
