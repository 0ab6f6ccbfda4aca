"""Networks that look: windows equal to NumPy's, both ways to learn where, controls, exact resume, file and command."""

import json
from functools import partial

import numpy as np
import pytest

from tests.tolerances import assert_close

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.data import clutter  # noqa: E402
from rnncourse.exercises.glimpses import reinforce_gradient  # noqa: E402
from rnncourse.reference.glimpses import glimpse_backward, glimpse_forward  # noqa: E402
from rnncourse.systems import glimpses  # noqa: E402
from rnncourse.systems.glimpses import command, training  # noqa: E402
from tests.systems.interrupted import ends_as_if_it_had_not_been  # noqa: E402

SMALL = {"side": 24, "size": 4, "scales": 2, "glimpses": 3, "hidden": 9, "features": 7}
each_way = pytest.mark.parametrize("way", glimpses.WAYS)


def model_of(way="gradient", **changed):
    torch.manual_seed(15)
    model = glimpses.Looker(way=way, **SMALL | changed).double()
    with torch.no_grad():
        model.next.weight.normal_(std=1.5)  # as if trained: it does not stay in the middle
    return model


def pictures(number=5, side=24, seed=0):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.random((number, side, side))), torch.tensor(rng.integers(0, 10, number))


@pytest.mark.parametrize("size", [1, 4, 5])
def test_windows_and_their_gradients_equal_those_in_numpy(size):
    rng = np.random.default_rng(size)
    image, place = rng.normal(size=(6, 12, 8)), rng.uniform(-3, 12, (6, 2))
    cotangent = rng.normal(size=(6, 3, size, size))
    images, centres = (torch.tensor(a, requires_grad=True) for a in (image, place))
    found = glimpses.windows(glimpses.pyramid(images, 3), centres, size)
    found.backward(torch.tensor(cotangent))
    for n in range(6):
        patches, cache = glimpse_forward(image[n], place[n], size, 3)
        dimage, dcentre = glimpse_backward(cotangent[n], cache)
        assert_close(found[n].detach().numpy(), patches)
        assert_close(images.grad[n].numpy(), dimage)
        assert_close(centres.grad[n].numpy(), dcentre)


@pytest.mark.parametrize("size", [1, 4, 5])
def test_cropping_before_averaging_gives_the_same_windows_and_gradients(size):
    """Centres in the picture, beyond its edges, and far outside, where nothing is seen."""
    rng = np.random.default_rng(size)
    image, place = rng.normal(size=(9, 24, 16)), rng.uniform(-30, 50, (9, 2))
    place[:4], place[8] = rng.uniform(0, 15, (4, 2)), (-300, 900)
    cotangent = torch.tensor(rng.normal(size=(9, 3, size, size)))
    found = []
    for crops in (False, True):
        images, centres = (torch.tensor(a, requires_grad=True) for a in (image, place))
        if crops:
            seen = glimpses.cropped(images, centres, size, 3)
        else:
            seen = glimpses.windows(glimpses.pyramid(images, 3), centres, size)
        seen.backward(cotangent)
        found.append((seen.detach().numpy(), images.grad.numpy(), centres.grad.numpy()))
    assert np.abs(found[0][0][:4]).sum(axis=(1, 2, 3)).min() > 0
    assert not found[0][0][8].any()
    for ours, theirs, name in zip(found[1], found[0], ("windows", "images", "centres"), strict=True):
        assert_close(ours, theirs, name=name)


@each_way
@pytest.mark.parametrize("scales", [1, 3])
def test_what_is_counted_as_products_is_what_torch_counts(way, scales):
    from torch.utils.flop_counter import FlopCounterMode

    model, images = glimpses.Looker(way=way, **SMALL | {"scales": scales}).eval(), torch.rand(1, 24, 24)
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        model(images)
    assert glimpses.cost_of(model).thinking == counted.get_total_flops() / 2


@pytest.mark.parametrize("shrink", [1, 2])
def test_what_is_counted_of_convolutions_is_what_torch_counts(shrink):
    from torch.utils.flop_counter import FlopCounterMode

    model = glimpses.ConvNet(side=24, shrink=shrink).eval()
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        model(torch.rand(1, 24, 24))
    averaged = 24**2 if shrink > 1 else 0
    assert glimpses.cost_of(model).all - averaged == counted.get_total_flops() / 2


def test_the_cost_of_seeing_is_flat_where_it_crops_and_grows_by_the_pixels_where_it_does_not():
    def seeing(side, crop, **changed):
        return glimpses.cost_of(glimpses.Looker(**SMALL | {"side": side} | changed), crop=crop).seeing

    assert seeing(24, True) == seeing(48, True) == 3 * (4 * 2 * 4**2 + 4 * 5**2)
    assert seeing(48, False) - seeing(24, False) == 48**2 - 24**2
    assert seeing(24, False, way="whole") == 24**2
    assert seeing(24, True, scales=3) > seeing(24, True)


@each_way
def test_a_network_that_crops_is_the_same_network(way):
    images, _ = pictures()
    model = model_of(way).eval()
    found = []
    for crop in (False, True):
        torch.manual_seed(0)  # for the places of "random"
        found.append(model(images, crop=crop))
    assert_close(found[1].logits.detach().numpy(), found[0].logits.detach().numpy())
    assert_close(found[1].centres.detach().numpy(), found[0].centres.detach().numpy())


@each_way
def test_what_a_network_returns(way):
    images, _ = pictures()
    looks = model_of(way)(images)
    assert looks.logits.shape == (3, 5, 10)
    assert looks.centres.shape == (3, 5, 2)
    assert looks.log_probs.shape == looks.baselines.shape == (3, 5)
    assert (looks.centres >= -0.5).all()
    assert (looks.centres <= 23.5).all()
    if way != "random":
        assert (looks.centres[0] == 11.5).all(), "the first glimpse is at the middle"
    moved = (looks.centres[1:] != 11.5).any().item()
    assert moved == (way not in ("centre", "whole"))
    assert looks.baselines[1:].bool().any().item() == (way == "reinforce")


def test_before_training_it_looks_near_the_middle():
    images, _ = pictures(20)
    for hidden in (4, 64):
        torch.manual_seed(1)
        looks = glimpses.Looker(**SMALL | {"hidden": hidden}).double().eval()(images)
        assert (looks.centres - 11.5).abs().max() < 4


def test_divided_is_the_same_as_weights_that_are_smaller_by_the_root_of_the_units():
    images, _ = pictures()
    divided, whole = model_of(), model_of(divided=False)
    with torch.no_grad():
        whole.load_state_dict(divided.state_dict())
        assert (whole(images).centres - divided(images).centres).abs().max() > 1
        whole.next.weight /= 3  # √9
        whole.next.bias /= 3
    assert_close(whole(images).centres.detach().numpy(), divided(images).centres.detach().numpy())


@pytest.mark.parametrize("way", ["gradient", "reinforce"])
def test_the_loss_counts_after_every_look_or_after_the_last_alone(way):
    images, labels = pictures()
    model = model_of(way).eval()
    each = [torch.nn.functional.cross_entropy(logits, labels).item() for logits in model(images).logits]
    assert_close(glimpses.looking_loss(model, images, labels).item(), np.mean(each))
    assert_close(glimpses.looking_loss(model, images, labels, every=False).item(), each[-1])


def test_training_with_the_last_look_alone_is_another_training():
    pytest.importorskip("sklearn", reason="the extra [systems] is not installed")
    given = {"epochs": 1, "updates": 2, "batch": 4, "progress": False, "device": "cpu", **SMALL}
    networks = [glimpses.train("gradient", every=every, **given)[0] for every in (True, False)]
    first, second = (network.readout.weight for network in networks)
    assert (first != second).any()


@each_way
def test_a_picture_is_read_alike_alone_and_among_others(way):
    if way == "random":
        return  # its places are drawn for the batch
    images, _ = pictures()
    model = model_of(way).eval()
    together, alone = model(images), model(images[2:3])
    assert_close(together.logits[:, 2:3].detach().numpy(), alone.logits.detach().numpy())
    assert_close(together.centres[:, 2:3].detach().numpy(), alone.centres.detach().numpy())


def test_only_gradient_sends_the_loss_back_through_the_windows():
    images, labels = pictures()
    for way in glimpses.WAYS:
        model = model_of(way)
        looks = model(images)
        torch.nn.functional.cross_entropy(looks.logits[-1], labels).backward()
        reached = model.next.weight.grad is not None and bool(model.next.weight.grad.any())
        assert reached == (way == "gradient"), way


def test_the_gradient_of_a_place_is_a_difference_of_losses():
    images, labels = pictures(3)
    model = model_of()
    glimpses.looking_loss(model, images, labels).backward()
    weight, step = model.next.weight, 1e-6
    direction = torch.randn(weight.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    losses = []
    with torch.no_grad():
        for sign in (1, -2):
            weight += sign * step * direction
            losses.append(glimpses.looking_loss(model, images, labels).item())
    assert_close((losses[0] - losses[1]) / (2 * step), (weight.grad * direction).sum().item(), tolerance=1e-7)


def test_the_gradient_of_reinforce_is_the_exercises():
    """Of the weights that say where to look: minus the mean of (reward − baseline) ∇ log π, episode by episode."""
    images, labels = pictures(4)
    model = model_of("reinforce")

    def play():
        torch.manual_seed(3)  # the same places each time
        return model(images)

    looks = play()
    grads = []
    for n in range(4):
        (grad,) = torch.autograd.grad(looks.log_probs[:, n].sum(), model.next.weight, retain_graph=True)
        grads.append(grad.flatten().numpy())
    rewards = (looks.logits[-1].argmax(dim=-1) == labels).double().numpy()
    torch.manual_seed(3)
    glimpses.looking_loss(model, images, labels).backward()
    by_step = model_of("reinforce")
    by_step.load_state_dict(model.state_dict())
    expected = np.zeros(model.next.weight.numel())
    for t in (1, 2):  # each choice has a baseline of its own
        torch.manual_seed(3)
        again = by_step(images)
        one = [
            torch.autograd.grad(again.log_probs[t, n], by_step.next.weight, retain_graph=True)[0].flatten().numpy()
            for n in range(4)
        ]
        expected -= reinforce_gradient(np.stack(one), rewards, again.baselines[t].detach().numpy())
    assert_close(model.next.weight.grad.flatten().numpy(), expected)
    assert np.abs(np.stack(grads)).max() > 0


def test_reinforce_draws_places_only_while_it_trains():
    images, _ = pictures()
    model = model_of("reinforce")
    assert (model(images).centres[1:] != model(images).centres[1:]).all()
    model.eval()
    assert (model(images).centres == model(images).centres).all()
    assert not model(images).log_probs.any()


def test_log_probabilities_are_those_of_a_normal_distribution_but_a_constant():
    images, _ = pictures(40)
    model = model_of("reinforce", spread=0.01).train()  # so small that no place is cut at the edge
    looks = model(images)
    drawn = 2 * (looks.centres[1] + 0.5) / 24 - 1
    model.eval()
    mean = 2 * (model(images).centres[1] + 0.5) / 24 - 1
    normal = torch.distributions.Normal(mean, 0.01).log_prob(drawn).sum(dim=1)
    constant = (normal - looks.log_probs[1]).detach()
    assert_close(constant.numpy(), np.full(40, constant.mean().item()))


def test_whole_sees_a_coarse_picture_and_nothing_finer():
    images, _ = pictures()
    model = model_of("whole").eval()
    coarse = glimpses.pyramid(images, 2)[1]
    smooth = coarse.repeat_interleave(2, dim=1).repeat_interleave(2, dim=2)
    assert_close(model(images).logits.detach().numpy(), model(smooth).logits.detach().numpy())


def test_centre_sees_nothing_beyond_its_widest_window():
    images, _ = pictures()
    model = model_of("centre").eval()
    blank = torch.zeros_like(images)
    blank[:, 6:18, 6:18] = images[:, 6:18, 6:18]  # 4 samples of 2 pixels around 11.5 and what lies between
    assert_close(model(images).logits.detach().numpy(), model(blank).logits.detach().numpy())


@pytest.mark.parametrize("shrink", [1, 3])
def test_convolutions_answer_at_once(shrink):
    images, labels = pictures()
    model = glimpses.ConvNet(side=24, shrink=shrink, channels=3, hidden=5).double()
    looks = model(images)
    assert looks.logits.shape == (1, 5, 10)
    assert (looks.centres == 11.5).all()
    expected = torch.nn.functional.cross_entropy(looks.logits[0], labels)
    assert_close(glimpses.looking_loss(model, images, labels).item(), expected.item())


def test_scores_are_those_of_the_answers():
    drawn = clutter.Pictures(np.zeros((2, 20, 20)), np.array([3, 5]), np.array([[8.0, 8.0], [10.0, 10.0]]))
    centres = np.array([[[8.0, 8.0], [10.0, 13.0]], [[8.0, 17.0], [10.0, 10.0]]])
    found = glimpses.Found(np.array([[3, 4], [1, 5]]), np.ones((2, 2)), centres)
    assert glimpses.scores(found, drawn) == {
        "count": 2,
        "right": 0.5,
        "right_by_glimpse": [0.5, 0.5],
        "distance_by_glimpse": [1.5, 4.5],
        "median_by_glimpse": [1.5, 4.5],
        "near_by_glimpse": [1.0, 0.5],
        "nearest": 0.0,
    }


@pytest.mark.parametrize(
    ("says", "given"),
    [
        ("way: got 'eyes'", {"way": "eyes"}),
        ("size must be", {"size": 0}),
        ("spread must be", {"spread": -1}),
        ("side must be a multiple of 4 for 3 scales, got 30", {"side": 30, "scales": 3}),
    ],
)
def test_what_cannot_be_right_is_refused(says, given):
    with pytest.raises(ValueError, match=says):
        glimpses.Looker(**given)


def test_a_side_that_pooling_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="side must be a multiple of 8, got 60"):
        glimpses.ConvNet(side=60, shrink=2)


QUICK = {"epochs": 2, "updates": 6, "batch": 8, "progress": False, **SMALL}


@pytest.mark.parametrize("way", ["gradient", "reinforce", "random"])
def test_an_interrupted_training_ends_with_the_same_weights(way, tmp_path, monkeypatch):
    pytest.importorskip("sklearn", reason="the extra [systems] is not installed")
    monkeypatch.setattr(training, "VALIDATED", 20)
    ends_as_if_it_had_not_been(partial(training.train, way, **QUICK), training, monkeypatch, tmp_path / "part")


def test_batches_are_those_of_the_seed_and_the_epoch():
    pytest.importorskip("sklearn", reason="the extra [systems] is not installed")
    first, again, other = (training.Batches(4, 22, seed, side=20, pieces=1) for seed in (0, 0, 1))
    drawn = list(first(1))
    assert len(drawn) == len(first) == 22
    assert {tuple(images.shape) for images, _ in drawn} == {(4, 20, 20)}
    assert all(torch.equal(a[0], b[0]) for a, b in zip(drawn, again(1), strict=True))
    assert not any(torch.equal(a[0], b[0]) for a, b in zip(drawn, other(1), strict=True))
    assert not any(torch.equal(a[0], b[0]) for a, b in zip(drawn, first(2), strict=True))


def test_what_is_saved_is_loaded_and_another_kind_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    for model in (model_of("reinforce").float(), glimpses.ConvNet(side=24, shrink=2, channels=2, hidden=3)):
        glimpses.save(model, path)
        found = glimpses.load(path)
        assert found.settings == model.settings
        for a, b in zip(model.state_dict().values(), found.state_dict().values(), strict=True):
            assert torch.equal(a.half().float(), b)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="not a checkpoint of this network that looks"):
        glimpses.load(path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    pytest.importorskip("sklearn", reason="the extra [systems] is not installed")
    out = tmp_path_factory.mktemp("trained") / "small.safetensors"
    given = ["train", "--epochs", "2", "--updates", "5", "--batch", "8", "--side", "24", "--size", "6", "--scales", "2"]
    given += ["--glimpses", "3", "--pieces", "1", "--number", "30", "--out", str(out), "--device", "cpu"]
    assert command.main(given) == 0
    return out


def test_a_training_writes_its_record_and_is_scored(trained, tmp_path, capsys):
    about = json.loads(trained.with_suffix(".json").read_text())
    assert (about["seed"], about["number"], about["pieces"]) == (0, 30, 1)
    assert about["command"].startswith("python -m rnncourse.systems.glimpses train --epochs 2")
    assert len(about["loss"]) == len(about["validation_loss"]) == 2
    assert not list(trained.parent.glob("*.partial"))
    table = tmp_path / "results.json"
    assert command.main(["evaluate", str(trained), "--out", str(table), "--device", "cpu"]) == 0
    (run,) = json.loads(table.read_text())["runs"]
    assert run["scores"]["right"] == pytest.approx(about["right"], abs=1e-5)
    assert "pixels from the digit" in capsys.readouterr().out


def test_a_score_below_the_record_ends_with_1(trained, tmp_path, capsys):
    copy = tmp_path / trained.name
    copy.write_bytes(trained.read_bytes())
    about = json.loads(trained.with_suffix(".json").read_text()) | {"right": 0.99}
    copy.with_suffix(".json").write_text(json.dumps(about))
    assert command.main(["evaluate", str(copy), "--device", "cpu"]) == 1
    assert "its record says 0.990" in capsys.readouterr().err


@pytest.mark.parametrize("turned", [False, True])
def test_a_picture_of_ones_own_is_looked_at(turned, trained, tmp_path, capsys):
    image_module = pytest.importorskip("PIL.Image", reason="the extra [data] is not installed")
    image = clutter.load("test", 1, side=24, pieces=0).images[0]
    pixels = np.round(255 * (1 - image if turned else image)).astype(np.uint8)
    image_module.fromarray(pixels).save(tmp_path / "digit.png")
    assert command.main(["look", str(tmp_path / "digit.png"), "--checkpoint", str(trained), "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    found = glimpses.look(glimpses.load(trained), np.round(255 * image)[None].astype(np.float32) / 255)
    assert [int(line.split()[3]) for line in lines[1:]] == found.answers[:, 0].tolist()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["look", "none.png", "--checkpoint", "none"], "no such checkpoint: none"),
        (["train", "--side", "30", "--device", "cpu"], "--side must be a multiple of 4 for 3 scales, got 30"),
        (["train", "--way", "eyes"], "invalid choice: 'eyes'"),
        (["evaluate", "--device", "gpu"], "cpu, cuda or cuda:N"),
        (["train", "--lr", "0"], "above 0"),
    ],
)
def test_a_mistake_is_one_line(given, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command.main(given) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
