"""The networks that write: equal to the reference, played in NumPy, trained with exact resume, judged, drawn."""

import json
import re
from functools import partial
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.tolerances import assert_close

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.reference import mixture as reference  # noqa: E402, I001
from rnncourse.systems import weights  # noqa: E402
from rnncourse.systems.handwriting import (  # noqa: E402
    drawing,
    inventing,
    inventing_page,
    writing,
    writing_live as live,
    writing_page,
    writing_scoring as scoring,
    writing_storage as storage,
    writing_training as training,
)
from rnncourse.widgets.player import Shown, stopped  # noqa: E402
from tests.systems.interrupted import ends_as_if_it_had_not_been  # noqa: E402

MEMORIES = pytest.mark.parametrize("memory", writing.MEMORIES)


def pen(what="digits", memory="lstm", hidden=7, components=3, sharper=1.0):
    torch.manual_seed(16)
    settings = training.settings_for(what)
    model = writing.Pen(hidden=hidden, components=components, memory=memory, **settings).eval()
    with torch.no_grad():
        model.readout.weight *= sharper
    return model


def strokes_by_chance(number, seed, longest=5):
    """Drawings of one to four strokes on KanjiVG's square."""
    rng = np.random.default_rng(seed)
    return [
        [rng.integers(0, 110, (rng.integers(2, longest), 2)) for _ in range(rng.integers(1, 5))] for _ in range(number)
    ]


SOME = training.from_strokes(strokes_by_chance(9, 0))


def batch_of(what, seed=0):
    """One batch of real digits or of strokes by chance: places, pens, and classes where there are some."""
    if what == "characters":
        return training.Batches(SOME, 9, 1, seed).batch(np.arange(9), np.random.default_rng(seed))
    return training.Batches(training.digits("validation"), 9, 1, seed).batch(np.arange(9), np.random.default_rng(seed))


# --- the loss ---------------------------------------------------------------------------------------------------------


def test_the_mixture_and_its_gradient_are_the_references():
    rng = np.random.default_rng(0)
    params, target = rng.normal(0, 1, (5, 4, 3, 6)), rng.normal(0, 2, (5, 4, 2))
    tensor = torch.from_numpy(params).requires_grad_()
    loss = -writing.mixture_log_density(tensor, torch.from_numpy(target)).sum() / 4
    loss.backward()
    expected, dparams = reference.mixture_nll(params, target)
    assert_close(loss.item(), expected)
    assert_close(tensor.grad.numpy(), dparams)


@pytest.mark.parametrize("what", training.WHAT)
@MEMORIES
def test_every_gradient_of_the_loss_is_that_of_finite_differences(what, memory):
    model, batch = pen(what, memory, hidden=4, components=2).double(), batch_of(what)
    batch = (batch[0].double(), *batch[1:])
    writing.drawing_loss(model, *batch).backward()
    rng, ε = np.random.default_rng(1), 1e-5
    for name, parameter in model.named_parameters():
        direction = torch.from_numpy(rng.normal(size=tuple(parameter.shape)))
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                parameter += sign * ε * direction
                values.append(writing.drawing_loss(model, *batch).item())
                parameter -= sign * ε * direction
        found = (parameter.grad * direction).sum().item()
        assert found == pytest.approx((values[0] - values[1]) / (2 * ε), rel=1e-5, abs=1e-8), name


@pytest.mark.parametrize("what", training.WHAT)
def test_nothing_past_the_end_of_a_drawing_counts(what):
    model, (places, pens, *classes) = pen(what), batch_of("characters" if what == "characters" else "digits")
    if what == "digits":
        pens[5:, 2] = writing.NOWHERE
    outside = pens == writing.NOWHERE
    assert outside.any()
    changed = torch.where(outside[..., None], torch.full_like(places, 1e4), places)
    first, second = (writing.costs(model, some, pens, *classes) for some in (places, changed))
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a, b)
        assert (a[outside] == 0).all()


def test_a_place_costs_the_same_in_whatever_unit_the_network_thinks():
    """A density per square unit of the data: the network's own scale is taken out again."""
    model, batch = pen(components=1), batch_of("digits")
    with torch.no_grad():
        model.readout.weight.zero_()
        model.readout.bias.zero_()
    place, did = writing.costs(model, *batch)
    offsets = np.diff(np.concatenate([np.full_like(batch[0][:1], 50), batch[0]]), axis=0)
    expected = (offsets**2).sum(axis=-1) / (2 * 50**2) + np.log(2 * np.pi * 50**2)
    assert_close(place.detach().numpy(), expected, dtype="float32")
    assert_close(did.detach().numpy(), np.full((8, 9), np.log(2)), dtype="float32")


@pytest.mark.parametrize(("memory", "sees"), [("lstm", True), ("point", False), ("none", False)])
def test_only_the_lstm_sees_what_came_before_the_last_point(memory, sees):
    model, (places, pens, classes) = pen(memory=memory), batch_of("digits")
    earlier = places.clone()
    earlier[0] += 30
    a, b = (model(some, pens, classes)[0][4] for some in (places, earlier))  # what is said of the fifth point
    assert torch.equal(a, b) is not sees
    last = places.clone()
    last[3] += 30
    c = model(last, pens, classes)[0][4]
    assert torch.equal(a, c) is (memory == "none")


# --- training and files -----------------------------------------------------------------------------------------------

DATA = (SOME, training.from_strokes(strokes_by_chance(4, 1)))
QUICK = {"hidden": 6, "components": 2, "epochs": 2, "updates": 3, "batch": 4, "progress": False, "drawings": DATA}


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path, monkeypatch):
    train = partial(training.train, "characters", **QUICK, dropout=0.2)
    ends_as_if_it_had_not_been(train, training, monkeypatch, tmp_path / "part")


def test_a_network_learns_one_drawing_and_then_draws_it():
    way = [np.array([[40, 45], [70, 45]]), np.array([[60, 35], [60, 55], [60, 80]])]
    same = training.from_strokes([way] * 8)
    settings = {"hidden": 24, "components": 1, "epochs": 10, "updates": 100, "batch": 4, "lr": 2e-2, "progress": False}
    stretch, training.STRETCH = training.STRETCH, 0.0
    try:
        model, history = training.train("characters", **settings, drawings=(same, same))
    finally:
        training.STRETCH = stretch
    assert history.validation[-1] < 4  # a place that is known to the unit costs 0 nats, any place of the square 9.4
    made, share = inventing.invented(scoring.played(model), 5, 0, bias=2.0)
    assert share == 1
    for strokes in made:
        assert [len(stroke) for stroke in strokes] == [2, 3]
        for found, meant in zip(strokes, way, strict=True):
            assert np.abs(found - meant).max() < 15


def test_people_of_the_test_are_in_no_other_part():
    parts = {part: training.digits(part) for part in ("train", "validation", "test")}
    assert {part: len(some.places) for part, some in parts.items()} == {"train": 5494, "validation": 2000, "test": 3498}
    for some in parts.values():
        assert all((pens == [0] * 7 + [1]).all() for pens in some.pens[:50])


def test_each_epoch_draws_other_batches_and_the_same_ones_again():
    batches = training.Batches(SOME, 4, 3, 0, stretch=0.1, span=109.0)
    first, again, other = (list(batches(epoch)) for epoch in (0, 0, 1))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    assert not any(a[0].shape == b[0].shape and torch.equal(a[0], b[0]) for a, b in zip(first, other, strict=True))


def test_what_is_saved_is_loaded_and_what_does_not_fit_is_one_line(tmp_path):
    model, path = pen("characters"), tmp_path / "m.safetensors"
    storage.save(model, "characters", path)
    loaded, what = storage.load(path)
    assert (what, loaded.settings) == ("characters", model.settings)
    assert storage.is_one(path)
    for a, b in zip(model.state_dict().values(), loaded.state_dict().values(), strict=True):
        assert torch.equal(a.half().float(), b)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="not a checkpoint of a network that writes"):
        storage.load(path)
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        live.load(tmp_path / "none.safetensors")


# --- in NumPy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", training.WHAT)
@MEMORIES
def test_in_numpy_each_point_costs_what_it_costs_in_pytorch(what, memory, tmp_path):
    path = tmp_path / "m.safetensors"
    storage.save(pen(what, memory, sharper=3.0), what, path)
    model, _ = storage.load(path)
    player = live.load(weights.for_page(path))
    places, pens, *classes = batch_of(what)
    with torch.no_grad():
        theirs = writing.costs(model, places, pens, *classes)
    for b in range(3):
        T = int((pens[:, b] != writing.NOWHERE).sum())
        label = int(classes[0][b]) if classes else None
        ours = live.costs(player, places[:T, b].numpy(), pens[:T, b].numpy(), label)
        for mine, its in zip(ours, theirs, strict=True):
            assert_close(mine, its[:T, b].numpy(), dtype="float32")


def test_points_are_drawn_from_the_mixture_that_is_said_and_the_bias_draws_them_together():
    player = scoring.played(pen())
    threes = np.full(4000, 3)
    points = {b: next(live.draw(player, 4000, np.random.default_rng(0), classes=threes, bias=b)) for b in (0, 1)}
    parts = live.ellipses(player, points[0])
    assert sum(weight for weight, _, _ in parts) == pytest.approx(1)
    mean = sum(weight * centre for weight, centre, _ in parts)
    covariance = sum(weight * (c + np.outer(m - mean, m - mean)) for weight, m, c in parts)
    found = points[0].place
    assert np.abs(found.mean(axis=0) - mean).max() < 4 * np.sqrt(covariance.max() / 4000)
    assert np.abs(np.cov(found.T) / covariance - 1)[[0, 1], [0, 1]].max() < 0.1
    assert points[1].place.std() < 0.6 * found.std()


def test_a_drawing_that_has_ended_stands_still_while_others_go_on():
    player = scoring.played(pen("characters"))
    points = list(live.draw(player, 30, np.random.default_rng(2)))
    assert len(points) < live.LIMIT
    pens = np.stack([one.did for one in points])
    for b in range(30):
        end = int(np.argmax(pens[:, b] == 2))
        assert (pens[end + 1 :, b] == live.NOWHERE).all()
        assert (pens[:end, b] != live.NOWHERE).all()
        assert all((one.place[b] == points[end].place[b]).all() for one in points[end:])
    ways = live.drawn(iter(points))
    assert [len(way) for way, _ in ways] == [int((pens[:, b] != live.NOWHERE).sum()) for b in range(30)]
    for way, did in ways:
        strokes = live.strokes(way, did)
        assert len(strokes) == (did != 0).sum()
        np.testing.assert_array_equal(np.concatenate(strokes), way)


def test_what_no_network_that_writes_has_is_one_line():
    with pytest.raises(ValueError, match=r"not a network that writes: it has no settings"):
        live.load({"readout.weight": np.zeros((2, 2))})
    with pytest.raises(ValueError, match="its settings name no components"):
        live.load({"settings": np.array("{}"), "readout.weight": np.zeros(1), "readout.bias": np.zeros(1)})
    with pytest.raises(ValueError, match="classes: None"):
        next(live.draw(scoring.played(pen()), 1, np.random.default_rng(0)))


# --- judges -----------------------------------------------------------------------------------------------------------


def test_the_judges_know_real_digits_copies_and_sameness():
    judges = scoring.Judges()
    real = judges.real()
    assert real["the same people"]["read as meant"] > 90
    copies = np.stack(judges.known.places[:300])
    found = judges.of(copies, judges.known.labels[:300])
    assert found["distance"] == pytest.approx(0, abs=1e-5)
    one = np.stack([copies[np.argmax(judges.known.labels[:300] == label)] for label in range(10)])
    assert judges.of(np.repeat(one, 3, axis=0), np.repeat(np.arange(10), 3))["spread"] == 0
    turned = judges.of(copies, (judges.known.labels[:300] + 1) % 10)
    assert turned["read as meant"] < 10 < 90 < found["read as meant"]


def test_one_gaussian_a_point_costs_what_the_formula_says():
    rng = np.random.default_rng(0)
    places = [rng.normal(50, 20, (8, 2)) for _ in range(4000)]
    some = training.Drawings(places, [np.zeros(8, int)] * 4000, np.arange(4000) % 10)
    entropy = np.log(2 * np.pi * np.e * (20**2 + 1 / 12))  # the offset within a unit adds 1/12
    assert scoring.one_gaussian(some, some) == pytest.approx(entropy, abs=0.02)


def test_pictures_and_runs_do_not_see_place_or_size_and_see_another_stroke():
    strokes = strokes_by_chance(1, 3)[0] + strokes_by_chance(1, 4)[0]
    moved = [0.5 * stroke + np.array([7.0, 11.0]) for stroke in strokes]
    other = [*strokes[:-1], strokes[-1][:, ::-1]]
    for measure in (inventing.picture, inventing.runs):
        assert np.linalg.norm(measure(strokes) - measure(moved)) < 0.05
        assert np.linalg.norm(measure(strokes) - measure(other)) > 0.15
    assert len(inventing.runs(strokes)) == len(strokes) - 2
    assert len(inventing.runs(strokes[:2])) == 0
    assert inventing.nearest(inventing.runs(strokes), inventing.runs(strokes)).max() < 1e-3


def test_a_character_that_is_stretched_as_in_training_is_still_itself_and_with_a_stroke_turned_round_it_is_not():
    known = strokes_by_chance(30, 6)
    judges, rng = inventing.Judges(known), np.random.default_rng(0)
    stretched = [[54.5 + (stroke - 54.5) * rng.uniform(0.9, 1.1, 2) for stroke in strokes] for strokes in known]
    turned = [[*strokes[:-1], strokes[-1][::-1]] for strokes in known]
    assert judges.of(known)["real"] == judges.of(stretched)["real"] == 100
    assert judges.of(turned)["real"] < 20
    assert judges.away([np.array([[1, 1], [2, 2]])] * 9) == np.inf


def test_mixed_characters_keep_how_many_strokes_and_which_place_in_the_order():
    drawings = strokes_by_chance(40, 5)
    made = inventing.mixed(drawings, np.random.default_rng(0))
    assert [len(one) for one in made] == [len(one) for one in drawings]
    for k in range(4):
        theirs, ours = ([one[k].tobytes() for one in some if len(one) > k] for some in (drawings, made))
        assert sorted(theirs) == sorted(ours)
        assert np.mean([a == b for a, b in zip(theirs, ours, strict=True)]) < 0.3


# --- SVG --------------------------------------------------------------------------------------------------------------


def ends_of(path):
    """The points that a path goes through."""
    numbers = [list(map(float, re.findall(r"-?\d+\.?\d*", piece))) for piece in re.split("[MC]", path)[1:]]
    return np.array([one[-2:] for one in numbers])


def test_a_path_goes_through_its_points_and_turns_sharply_only_at_corners():
    points = np.array([[0.0, 0], [10, 0], [20, 5], [20, 30], [0, 30.5]])
    path = drawing.path(points)
    np.testing.assert_allclose(ends_of(path), points, atol=0.051)
    pieces = [np.array(list(map(float, re.findall(r"-?\d+\.?\d*", one)))).reshape(3, 2) for one in path.split("C")[1:]]
    for k in (1, 2, 3):
        comes, leaves = points[k] - pieces[k - 1][1], pieces[k][0] - points[k]
        bend = np.degrees(np.arccos((comes @ leaves / np.hypot(*comes) / np.hypot(*leaves)).clip(-1, 1)))
        assert (bend < 3) == (k != 3), k
    assert drawing.path(np.array([[3.0, 4.0], [3, 4]])) == "M3.0 4.0l0 0"


def test_a_picture_is_xml_with_a_text_and_draws_itself_only_where_asked():
    strokes = [np.array([[0.0, 0], [10, 10]]), np.array([[5.0, 5]])]
    for animated in (True, False):
        picture = drawing.svg(strokes, size=(20, 20), label='2 < 3 "digits"', animated=animated, paper=True)
        root = ElementTree.fromstring(picture)
        assert root.get("aria-label") == '2 < 3 "digits"'
        assert ("animation-delay" in picture) is animated
        assert ("prefers-reduced-motion" in picture) is animated
    picture = drawing.svg(strokes, size=(9, 9), animated=True)
    delays = [float(one) for one in re.findall(r"animation-delay:([\d.]+)", picture)]
    assert delays == sorted(delays)
    assert len(delays) == 2


def test_an_ellipse_is_two_deviations_of_its_gaussian():
    covariance = np.array([[25.0, 0], [0, 4.0]])
    likely, unlikely = ((weight, np.array([1.0, 2.0]), covariance) for weight in (0.9, 0.01))
    (shape,) = re.findall("<ellipse[^>]*>", drawing.cloud([likely, unlikely]))
    assert 'rx="10.0" ry="4.0"' in shape
    assert "translate(1.0 2.0)" in shape


# --- what a page shows ------------------------------------------------------------------------------------------------

PAGES = pytest.mark.parametrize(
    ("page", "what", "settings"),
    [
        (writing_page, "digits", {"text": "40 7", "bias": 0.5, "seed": 3}),
        (inventing_page, "characters", {"number": 2, "bias": 0.5, "seed": 3}),
    ],
)


@PAGES
def test_what_is_played_ends_as_what_is_drawn_at_once(page, what, settings, monkeypatch):
    monkeypatch.setattr(page, "PACE", 0)
    player = scoring.played(pen(what))
    pieces = list(page.play(player, **settings))
    made = (page.written if what == "digits" else page.invented)(player, **settings)
    seen = Shown().after(pieces)
    assert seen.picture == "".join(map(page.still, made))
    assert seen.words == seen.label != ""
    points = sum(len(one) if what == "digits" else sum(map(len, one)) for one in made)
    assert len(pieces) == points + 2
    assert "<ellipse" in "".join(piece["picture"] for piece in pieces)
    assert ("4 0 7" in seen.label) is (what == "digits")


@PAGES
def test_a_stopped_player_keeps_what_is_finished(page, what, settings, monkeypatch):
    monkeypatch.setattr(page, "PACE", 0)
    pieces = page.play(scoring.played(pen(what)), **settings)
    next(pieces), next(pieces)
    last = Shown().after(stopped(pieces))
    assert last.words.startswith("Stopped. Nothing is")


@PAGES
def test_its_standing_example_is_what_its_network_makes_and_draws_itself(page, what, settings):
    made = page.example(scoring.played(pen(what)))
    json.dumps(made)
    assert made["settings"] == {one.name: one.value for one in page.SETTINGS}
    if page.EXAMPLE.is_file():
        shown = (page.write_digits if what == "digits" else page.invent_character)().html()
        assert "rnn-ink" in shown
        assert len(shown.encode()) < 60_000


@pytest.mark.parametrize(
    ("text", "said"), [("", "0 digits"), ("12a", "not 'a'"), ("1" * 13, "13 digits"), ("²", "not '²'")]
)
def test_what_cannot_be_written_is_one_line(text, said):
    with pytest.raises(ValueError, match=said):
        next(writing_page.play(scoring.played(pen()), text=text, bias=0.5, seed=1))


def test_a_digit_does_not_depend_on_those_before_it():
    player = scoring.played(pen())
    a, b = (writing_page.written(player, text, 0.5, 7)[1] for text in ("12", "32"))
    np.testing.assert_array_equal(a, b)
