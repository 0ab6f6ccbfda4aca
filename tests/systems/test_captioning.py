"""The captioner: equal to NumPy's decoder, its decodings, training with exact resume, files."""

import numpy as np
import pytest

from tests.tolerances import assert_close

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.reference import captioning as reference  # noqa: E402
from rnncourse.systems import captioning  # noqa: E402
from rnncourse.systems.captioning.pictures import CaptionData, moved  # noqa: E402
from rnncourse.systems.captioning.scoring import captions, evaluate, forced_captions, scores  # noqa: E402
from rnncourse.systems.captioning.training import Batches, rise_and_fall  # noqa: E402

WORDS = ["<pad>", "<start>", "<end>", "<unknown>", *"abcdef"]
SHAPES = ("square", "bar", "column")
SIZE = 16


def model_of(cell="gru", attention=False, words=10, **options):
    """An untrained captioner that never says <pad>, as a trained one does not."""
    torch.manual_seed(5)
    sizes = {"size": SIZE, "width": 4, "features": 12, "embedding": 7, "hidden": 9}
    model = captioning.Captioner(words, cell=cell, attention=attention, **(sizes | options)).eval()
    with torch.no_grad():
        model.readout.bias[0] = -50
        model.first_state.weight *= 20
    return model


def some_images(n=3):
    return torch.rand((n, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(6))


@pytest.fixture(scope="module")
def data():
    """Coloured shapes: 60 pictures of two words, so small that a few seconds teach them."""
    rng = np.random.default_rng(1)
    images, names = [], []
    for k in range(60):
        image = np.full((SIZE, SIZE, 3), 255, dtype=np.uint8)
        colour, shape = k % 2, k % 3
        top, left = rng.integers(2, 6, 2)
        height, width = ((7, 7), (2, 9), (9, 2))[shape]
        image[top : top + height, left : left + width] = ((220, 0, 0), (0, 0, 220))[colour]
        images.append(image)
        names.append([f"{('red', 'blue')[colour]} {SHAPES[shape]}"])
    order = rng.permutation(60)
    splits = {"train": order[:40], "validation": order[40:50], "pictures": order[50:]}
    return CaptionData(np.stack(images), names, splits, "shapes")


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_loss_and_gradient_equal_those_in_numpy(cell):
    model = model_of(cell).double()
    model.dropout.p = 0.0
    images = some_images().double()
    table = np.array([[1, 1, 1], [4, 5, 9], [6, 2, 8], [7, 0, 2], [2, 0, 0]])
    vector = model.encode(images).vector.detach().requires_grad_()
    model.encode = lambda images: captioning.model.Encoded(vector, None)
    loss = captioning.caption_loss(model, images, torch.from_numpy(table))
    loss.backward()

    expected, cache = reference.caption_forward(
        vector.detach().numpy(), table, captioning.decoder_params(model), cell=cell
    )
    dfeatures, grads = reference.caption_backward(1.0, cache)
    assert_close(loss.item(), expected)
    assert_close(vector.grad, dfeatures)
    weights = model.decoder.weights()
    for ours, theirs in [
        (model.first_state.weight, grads.P), (model.first_state.bias, grads.b_P), (model.embedding.weight, grads.E),
        (weights.W, grads.cell.W), (weights.R, grads.cell.R), (weights.b_W, grads.cell.b_W),
        (weights.b_R, grads.cell.b_R), (model.readout.weight, grads.V), (model.readout.bias, grads.b_V),
    ]:  # fmt: skip
        assert_close(ours.grad, theirs)


def test_greedy_words_equal_those_in_numpy():
    model = model_of(embedding=20).double()
    with torch.no_grad():
        model.readout.weight *= 6
    images, params = some_images(12).double(), captioning.decoder_params(model)
    features = np.random.default_rng(2).standard_normal((12, 12))
    model.encode = lambda images: captioning.model.Encoded(torch.from_numpy(features), None)
    found = captioning.greedy(model, images, 8).words.numpy()
    expected = reference.caption_greedy(features, params, 8)
    assert len(np.unique(found, axis=1).T) > 1
    assert (found == expected[: len(found)]).all()
    assert (expected[len(found) :] == 0).all()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("attention", [False, True])
def test_teacher_forced_call_equals_its_steps(cell, attention):
    model, images = model_of(cell, attention), some_images()
    words = torch.tensor([[1, 1, 1], [4, 5, 6], [7, 8, 9]])
    encoded = model.encode(images)
    state, logits = model.start(encoded), []
    for words_t in words:
        logits_t, state, weights = model.step(words_t, state, encoded)
        logits.append(logits_t)
        assert (weights is None) == (not attention)
        if attention:
            assert_close(weights.sum(dim=1).detach(), np.ones(3), dtype="float32")
    assert_close(model(images, words).detach(), torch.stack(logits).detach(), dtype="float32")


@pytest.mark.parametrize("attention", [False, True])
def test_a_beam_of_one_is_greedy_and_a_beam_of_all_finds_the_best(attention):
    model, images = model_of(attention=attention, words=6), some_images(5)
    with torch.no_grad():
        model.readout.weight *= 4
    greedy = captioning.greedy(model, images, 3).words
    one = captioning.beam(model, images, 1, 3)
    assert (one == greedy).all()

    wide = captioning.beam(model, images, 6**3, 3)  # every sentence of three words fits
    import itertools

    for column in range(5):
        sentences = {
            tuple(itertools.takewhile(lambda w: w != 2, s)) + ((2,) if 2 in s else ())
            for s in itertools.product(range(6), repeat=3)
            if 0 not in s[: s.index(2) if 2 in s else 3]  # padding within a sentence counts as its end
        }
        best = max(sentences, key=lambda s: log_probability(model, images[column : column + 1], s))
        ours = tuple(w for w in wide[:, column].tolist() if w != 0)
        assert log_probability(model, images[column : column + 1], ours) >= (
            log_probability(model, images[column : column + 1], best) - 1e-5
        )


def log_probability(model, image, sentence):
    words = torch.tensor([[1], *[[w] for w in sentence]])
    log_p = model(image, words[:-1]).log_softmax(-1)
    return float(log_p.gather(-1, words[1:, :, None]).detach().sum())


def test_a_wider_beam_never_ends_with_a_less_probable_sentence_than_greedy():
    model, images = model_of(embedding=20), some_images(8)
    with torch.no_grad():
        model.readout.weight *= 4
    greedy, three = captioning.greedy(model, images, 6).words, captioning.beam(model, images, 64, 6)
    for column in range(8):
        one, other = ([w for w in words[:, column].tolist() if w] for words in (greedy, three))
        image = images[column : column + 1]
        assert log_probability(model, image, other) >= log_probability(model, image, one) - 1e-5


def test_moving_by_nothing_changes_nothing_and_outside_is_white():
    images = some_images()
    rng = np.random.default_rng(0)
    assert_close(moved(images, rng, shift=0, zoom=0), images, dtype="float32")
    black = moved(torch.zeros(1, 3, SIZE, SIZE), rng, shift=0.9, zoom=0)
    assert float(black.max()) == pytest.approx(1.0)


def test_the_learning_rate_rises_then_falls_to_zero():
    factors = [rise_and_fall(k, 200) for k in range(201)]
    assert max(factors) <= 1.0
    assert int(np.argmax(factors)) == 10
    assert factors[0] < 0.15
    assert factors[200] == pytest.approx(0, abs=1e-9)


def test_vocabulary_there_and_back():
    vocabulary = captioning.Vocabulary.of(["b a", "a c", "a"])
    assert vocabulary.words[4:] == ["a", "b", "c"]
    table = vocabulary.encode(["c b a", "d"])
    assert table.T.tolist() == [[1, 6, 5, 4, 2], [1, 3, 2, 0, 0]]
    assert vocabulary.decode(table[:, 0].tolist()) == "c b a"
    assert vocabulary.decode_all([4, 2, 5, 2, 0]) == "a <end> b"
    with pytest.raises(ValueError, match="first four"):
        captioning.Vocabulary(["a"])


def test_batches_are_drawn_from_seed_and_epoch_alone(data):
    vocabulary = captioning.Vocabulary.of(data.pairs("train")[1])
    draw = Batches(data, vocabulary, 16, seed=3)
    first, again = (list(draw(4)) for _ in range(2))
    other = list(draw(5))
    assert len(first) == len(draw) == 2
    assert all((a == b).all() for one, two in zip(first, again, strict=True) for a, b in zip(one, two, strict=True))
    assert not torch.equal(first[0][0], other[0][0])


def test_after_each_epoch_the_model_may_be_heard_and_the_training_stays_the_same(data):
    heard = []

    def listen(model, vocabulary):
        assert not model.training
        heard.append(captions(model, vocabulary, data.images[:3]))

    options = {"epochs": 3, "width": 2, "seed": 1, "progress": False}
    model, vocabulary, history = captioning.train(data, after_epoch=listen, **options)
    assert len(heard) == 3
    assert heard[-1] == captions(model, vocabulary, data.images[:3])
    assert captioning.train(data, **options)[2].loss == history.loss


@pytest.mark.parametrize("attention", [False, True])
def test_it_learns_shapes_and_colours(data, attention):
    model, vocabulary, history = captioning.train(
        data, attention=attention, epochs=14, batch=10, lr=6e-3, width=4, seed=1, progress=False
    )
    assert history.loss[-1] < history.loss[0] / 4
    held = data.splits["pictures"]
    found = captions(model, vocabulary, data.images[held])
    assert np.mean([text in data.captions[i] for text, i in zip(found, held, strict=True)]) >= 0.8


def test_an_interrupted_training_ends_with_the_very_weights(data, tmp_path, monkeypatch):
    settings = {"epochs": 4, "batch": 10, "width": 4, "seed": 2, "progress": False, "attention": True}
    whole, _, _ = captioning.train(data, **settings)
    file, real, calls = tmp_path / "run.partial", captioning.training.mean_loss, []

    def stopping(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(captioning.training, "mean_loss", stopping)
    with pytest.raises(KeyboardInterrupt):
        captioning.train(data, checkpoint=file, **settings)
    assert file.exists()
    monkeypatch.setattr(captioning.training, "mean_loss", real)
    resumed, _, history = captioning.train(data, checkpoint=file, **settings)
    assert len(history.loss) == 4
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


def test_bf16_trains_and_captions(data):
    model, vocabulary, history = captioning.train(
        data, epochs=2, batch=10, width=4, precision="bf16", attention=True, progress=False
    )
    assert np.isfinite(history.loss).all()
    assert len(captions(model, vocabulary, data.images[:2], width=3)) == 2


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_training_on_a_gpu(data, precision):
    model, vocabulary, history = captioning.train(
        data, epochs=2, batch=10, width=4, device="cuda", precision=precision, progress=False
    )
    assert np.isfinite(history.loss).all()
    assert len(captions(model, vocabulary, data.images[:3])) == 3


@pytest.mark.parametrize("attention", [False, True])
def test_a_saved_captioner_comes_back(attention, tmp_path):
    model, vocabulary = model_of(attention=attention), captioning.Vocabulary(WORDS)
    captioning.save(model, vocabulary, tmp_path / "m.safetensors")
    again, words = captioning.load(tmp_path / "m.safetensors")
    assert words.words == WORDS
    assert not again.training
    inputs = some_images(), torch.tensor([[1, 1, 1], [4, 5, 6]])
    assert_close(again(*inputs).detach(), model(*inputs).detach(), tolerance=5e-3)  # weights are kept in half precision


def test_a_wrong_checkpoint_is_one_line(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        captioning.load(tmp_path / "none.safetensors")
    path = tmp_path / "bad.safetensors"
    cases = [lambda: path.write_bytes(b""), lambda: path.write_bytes(b"not at all" * 50)]
    cases.append(lambda: save_file({"w": torch.zeros(3)}, path))
    cases.append(lambda: save_file({"w": torch.zeros(3)}, path, metadata={"kind": "rnncourse captioner 1"}))

    def other_weights():
        captioning.save(model_of(), captioning.Vocabulary(WORDS), path)
        from safetensors import safe_open

        with safe_open(path, "pt") as file:
            metadata = file.metadata()
        save_file({"w": torch.zeros(3)}, path, metadata=metadata)

    cases.append(other_weights)
    for write in cases:
        write()
        with pytest.raises(ValueError, match="not a checkpoint of this captioner") as error:
            captioning.load(path)
        assert "\n" not in str(error.value)


def test_scores_of_known_captions():
    found = scores(["a b c d", "a d"], [["a b c d"], ["a c", "b b"]])
    assert found["exact"] == 0.5
    assert found["overlap"] == pytest.approx((1 + 1 / 3) / 2)
    assert 0 < found["BLEU-1"] < 1


def test_exact_match_is_the_same_free_or_forced(data):
    model, vocabulary, _ = captioning.train(data, epochs=6, batch=10, lr=6e-3, width=4, progress=False)
    truth = [several[0] for several in data.captions]
    free = captions(model, vocabulary, data.images)
    forced = forced_captions(model, vocabulary, data.images, truth)
    right = [a == t for a, t in zip(free, truth, strict=True)]
    assert right == [a == t for a, t in zip(forced, truth, strict=True)]


def test_evaluation_has_every_method(data):
    vocabulary = captioning.Vocabulary.of(data.pairs("train")[1])
    table = evaluate(model_of(words=len(vocabulary)), vocabulary, data, others=False)
    assert set(table["pictures"]) == {
        "count", "greedy", "beam 3", "beam 5", "teacher forced", "most typical", "nearest pixels", "nearest vector"
    }  # fmt: skip
    assert table["pictures"]["count"] == 10


@pytest.mark.parametrize(("options", "named"), [({"cell": "rnn"}, "cell"), ({"size": 12}, "multiple of 8")])
def test_bad_settings_are_named(options, named):
    with pytest.raises(ValueError, match=named):
        captioning.Captioner(10, **options)


def test_a_decoder_with_attention_has_no_numpy_weights():
    with pytest.raises(ValueError, match="attention"):
        captioning.decoder_params(model_of(attention=True))
