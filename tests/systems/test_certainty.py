"""How sure the captioner is, and whether it has seen anything like a picture: the figures that the help gives."""

import json

import numpy as np
import pytest

from tests.tolerances import assert_close

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
Image = pytest.importorskip("PIL.Image", reason="the extra [data] is not installed")
pytest.importorskip("emoji", reason="the extra [data] is not installed")

from rnncourse.data.picture_files import on_white  # noqa: E402
from rnncourse.reference import captioning as reference  # noqa: E402
from rnncourse.systems import captioning  # noqa: E402
from rnncourse.systems.captioning.certainty import SHARES, learned  # noqa: E402
from rnncourse.systems.captioning.pictures import CaptionData  # noqa: E402

SIZE = 32


@pytest.fixture(scope="module")
def data():
    return captioning.emoji_data(SIZE)


@pytest.fixture(scope="module", params=["plain", "attention"])
def stored(request):
    """Name, model, vocabulary and record."""
    path = captioning.stored(request.param)
    return request.param, *captioning.load(path), captioning.record(path)


@pytest.mark.parametrize("width", [1, 3])
def test_captions_are_those_of_the_other_functions_and_log_p_is_their_sum(stored, data, width):
    name, model, vocabulary, _ = stored
    images = data.images[data.splits["pictures"]][:40]
    found = captioning.said(model, vocabulary, images, width=width)
    assert [one.caption for one in found] == captioning.captions(model, vocabulary, images, width=width)
    assert all(one.log_p <= np.log(one.weakest_p) + 1e-5 for one in found), "no word is less sure than the weakest"
    assert all(one.weakest in [*one.caption.split(), "<end>"] for one in found)
    if name == "plain":  # the loss of a caption is minus its log p
        features = captioning.vectors(model, images).double().numpy()
        for k in range(0, 40, 8):
            table = vocabulary.encode([found[k].caption])
            params = captioning.decoder_params(model)
            loss, _ = reference.caption_forward(features[k : k + 1], table, params, cell="gru")
            assert_close(found[k].log_p, -loss, dtype="float32")


def test_it_says_in_words_of_what_it_was_least_sure():
    said = captioning.certainty.Said
    assert said("green heart", -0.5, "green", 0.75).sureness() == 'log p = -0.50, least sure of "green" (p = 0.75)'
    assert said("a", -1.0, "<end>", 0.5).sureness() == "log p = -1.00, least sure that it ends here (p = 0.50)"


def letters():
    from matplotlib import get_data_path
    from PIL import ImageDraw, ImageFont

    out = []
    for name in ("DejaVuSans", "DejaVuSerif-Bold"):
        font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/{name}.ttf", 100)
        for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz":
            image = Image.new("RGB", (144, 144), "white")
            ImageDraw.Draw(image).text((72, 72), sign, font=font, fill="black", anchor="mm")
            out.append(on_white(image.convert("RGBA"), SIZE))
    return np.stack(out)


def photographs():
    """A hundred cuts of photographs that installed packages bring."""
    from matplotlib.cbook import get_sample_data

    images = pytest.importorskip("sklearn.datasets", reason="the extra [test] is not installed").load_sample_images()
    with get_sample_data("grace_hopper.jpg") as file:
        several = [Image.fromarray(image) for image in images.images] + [Image.open(file).convert("RGB")]
    rng, out = np.random.default_rng(0), []
    for k in range(102):
        image = several[k % 3]
        side = int(min(image.size) * rng.uniform(0.4, 1))
        x, y = rng.integers(0, image.width - side + 1), rng.integers(0, image.height - side + 1)
        out.append(on_white(image.crop((x, y, x + side, y + side)).convert("RGBA"), SIZE))
    return np.stack(out)


def test_pictures_drawn_otherwise_are_told_from_held_out_emoji(stored, data):
    """The shares, in per cent, that the module's docstring and the command's help give."""
    name, model, _, record = stored
    rng = np.random.default_rng(0)
    kinds = {
        "held-out emoji": data.images[data.splits["pictures"]],
        "photographs": photographs(),
        "noise": rng.integers(0, 256, (100, SIZE, SIZE, 3), dtype=np.uint8),
        "letters": letters(),
    }
    for kind, images in kinds.items():
        far = captioning.distances(model, images, record["familiar"]) > record["familiar"]["limit"]
        assert 100 * far.mean() == pytest.approx(SHARES[name][kind], abs=3), kind


def test_the_stored_limit_is_that_of_the_training(stored, data):
    """What `train` would write beside the model is what stands there."""
    _, model, _, record = stored
    entry, kept = learned(model, data), record["familiar"]
    assert entry["within"] == kept["within"] == 0.95
    assert entry["limit"] == pytest.approx(kept["limit"], abs=0.05)
    images = data.images[data.splits["validation"]]
    far = captioning.distances(model, images, kept)
    assert_close(captioning.distances(model, images, entry), far, tolerance=5e-3)
    assert np.mean(far > kept["limit"]) == pytest.approx(0.05, abs=0.01)


def test_a_few_training_pictures_are_enough_for_a_limit(data):
    torch.manual_seed(0)
    model = captioning.Captioner(10, size=SIZE, width=4).eval()
    few = CaptionData(data.images, data.captions, {"train": np.arange(5), "validation": np.arange(5, 8)}, "few")
    entry = json.loads(json.dumps(learned(model, few)))
    assert np.isfinite(entry["limit"])
    assert np.isfinite(captioning.distances(model, data.images[:9], entry)).all()


@pytest.mark.parametrize("damage", [{"mean": "?"}, {"whiten": "AAAA"}, {"mean": None}])
def test_a_damaged_record_is_named(stored, data, damage):
    _, model, _, record = stored
    with pytest.raises(ValueError, match=r'"familiar" is damaged'):
        captioning.distances(model, data.images[:2], record["familiar"] | damage)
