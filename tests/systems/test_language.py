"""The model of text: equal in PyTorch and NumPy, trained as if never stopped, each character paid for as it should."""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.reference.ops import log_softmax  # noqa: E402
from rnncourse.systems import language, weights  # noqa: E402
from rnncourse.systems.language import live  # noqa: E402
from rnncourse.systems.language.model import RECURRENT  # noqa: E402
from rnncourse.systems.language.training import cut, rise_and_fall  # noqa: E402
from tests.course.repository import ROOT  # noqa: E402
from tests.tolerances import assert_close  # noqa: E402

TEXTS = ["a bad cab\nis a deed", "the cab fed\nthe bee a bead\n"]
ALPHABET = language.Alphabet("\n abcdefhist")


@pytest.fixture
def model():
    torch.manual_seed(3)
    return language.CharacterModel(len(ALPHABET), embedding=5, hidden=7, dropout=0.5).eval()


def trained(copies=3, **options):
    settings = {"hidden": 8, "embedding": 5, "epochs": 3, "rows": 2, "window": 7, "lr": 0.01, "progress": False}
    return language.train([text * copies for text in TEXTS], TEXTS[0] * 8, **settings | options)


# Alphabet and text


def test_an_alphabet_gives_a_text_back_but_for_what_it_lacks():
    alphabet = language.Alphabet.of(["aab\nb", "bca"], minimum_count=2)
    assert (alphabet.characters, len(alphabet), alphabet.unknown) == ("\nab", 4, 3), "c is too rare, the line's end not"
    assert alphabet.decode(alphabet.encode("ab\nba")) == "ab\nba"
    assert alphabet.encode("aé").tolist() == [1, alphabet.unknown]
    assert alphabet.decode([1, 3]) == "a\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("characters", ["ab", "\naa", ["\n", "a"]], ids=repr)
def test_what_is_no_alphabet_is_refused(characters):
    with pytest.raises(ValueError, match=r"different characters, \\n among them"):
        language.Alphabet(characters)


def test_in_a_pass_every_character_follows_the_one_before_it_once():
    codes = [ALPHABET.encode(text) for text in TEXTS]
    text = language.Text(codes, ALPHABET.start, rows=3, seed=0)
    ((x, y),) = text(epoch=1)
    pieces = sum(len(one) + 1 for one in TEXTS)  # each text after a line's end
    assert x.shape == y.shape == (pieces // 3, 3)
    assert (x[1:] == y[:-1]).all()
    pairs = Counter(pair for one in TEXTS for pair in zip("\n" + one, one + "\n", strict=True))
    found = Counter(zip(ALPHABET.decode(x.T.flatten()), ALPHABET.decode(y.T.flatten()), strict=True))
    assert found <= pairs
    assert found.total() == pieces // 3 * 3, "what is left over is less than a step of all rows"


def test_texts_are_drawn_from_seed_and_epoch_alone():
    text = language.Text([ALPHABET.encode(one) for one in TEXTS], ALPHABET.start, rows=2, seed=0)
    first, again, other = (next(iter(text(epoch)))[0] for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_text_is_cut_into_pieces_that_make_it_up():
    assert cut("abcdefghijk", 3) == ["abc", "def", "ghijk"]
    assert "".join(cut("ab", 8)) == "ab"


# Model


def test_two_halves_with_carried_state_equal_the_whole_and_the_future_is_not_seen(model):
    codes = torch.from_numpy(np.random.default_rng(0).integers(0, len(ALPHABET), (9, 4)))
    whole, last = model(codes)
    first, state = model(codes[:5])
    second, same = model(codes[5:], state)
    assert_close(torch.cat([first, second]).detach(), whole.detach(), dtype="float32")
    assert_close(same[1].detach(), last[1].detach(), dtype="float32")
    assert_close(first.detach(), whole[:5].detach(), dtype="float32", name="what was said before the end was read")


def test_weight_dropout_zeroes_recurrent_weights_while_training_alone(model):
    codes = torch.zeros(4, 2, dtype=torch.int64)
    usual, _ = language.character_loss(model, codes, codes)
    assert language.character_loss(model, codes, codes, weight_dropout=0.5)[0] == usual, "not in eval mode"
    model.train()
    model.dropout.p = 0.0
    torch.manual_seed(0)
    dropped, _ = language.character_loss(model, codes, codes, weight_dropout=0.5)
    dropped.backward()
    R = model.get_parameter(RECURRENT)
    assert dropped != usual
    assert 0.3 < (R.grad == 0).float().mean() < 0.7, "what is zero gets no gradient"
    assert (R != 0).all(), "the weights themselves stay"


def test_numpy_alone_gives_what_torch_gives(model, tmp_path):
    language.save(model, ALPHABET, tmp_path / "m.safetensors")
    np.savez(tmp_path / "m.npz", **weights.for_page(tmp_path / "m.safetensors"))
    stored, alphabet = language.load(tmp_path / "m.safetensors")
    text = "a bad x\nis fed"  # the x is unknown
    wanted = language.costs(stored, alphabet, [text])[0] - np.where(np.array(list(text)) == "x", 8, 0)
    for file in ("m.safetensors", "m.npz"):
        numbers = live.load(tmp_path / file)
        bits, logits, state = live.surprises(numbers, text)
        assert_close(bits, wanted, dtype="float32", name=file)
        with torch.no_grad():
            all_logits, (h, _) = stored(torch.from_numpy(alphabet.encode("\n" + text))[:, None])
        assert_close(logits, all_logits[-1, 0], dtype="float32")
        assert_close(state[0], h, dtype="float32")
        assert numbers.character(numbers.code("é")) == "\N{REPLACEMENT CHARACTER}"


def test_live_runs_where_there_is_neither_torch_nor_safetensors_nor_matplotlib(model, tmp_path):
    language.save(model, ALPHABET, tmp_path / "m.safetensors")
    code = "import sys\nfor name in ('torch', 'safetensors', 'matplotlib'): sys.modules[name] = None\n"
    code += "import numpy as np\nfrom rnncourse.systems.language import live\n"
    code += f"model = live.load({str(tmp_path / 'm.safetensors')!r})\n"
    code += "print(*(c for c, _ in live.generate(model, 'a', 9, 1.0, np.random.default_rng(0))), sep='')"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr
    assert len(found.stdout) == 10


def test_a_broken_file_is_refused_by_live_too(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        live.load(tmp_path / "none.npz")
    (tmp_path / "m.safetensors").write_bytes(b"\x03\0\0\0\0\0\0\0{}x")
    with pytest.raises(ValueError, match="not a checkpoint of a model of text"):
        live.load(tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match=r"it has no embedding\.weight"):
        live.load({"alphabet": np.array([10])})


# Sampling


def test_symbols_are_drawn_as_often_as_temperature_says():
    logits, rng = np.log([0.1, 0.2, 0.7]).astype(np.float32), np.random.default_rng(0)
    for temperature in (0.5, 1.0, 3.0):
        p = np.exp(logits / temperature) / np.exp(logits / temperature).sum()
        drawn = np.bincount([live.sample(logits, temperature, rng) for _ in range(4000)], minlength=3) / 4000
        assert np.abs(drawn - p).max() < 4 * 0.5 / np.sqrt(4000)
    assert live.sample(np.array([1.0, 5.0, 5.0]), 0, rng) == 1, "the likeliest, the first on ties"
    assert {live.sample(np.array([-1e3, 1e3, 1e3]), 1.0, rng) for _ in range(50)} == {1, 2}


def test_what_is_generated_is_paid_for_as_if_it_had_been_read(model, tmp_path):
    language.save(model, ALPHABET, tmp_path / "m.safetensors")
    numbers = live.load(tmp_path / "m.safetensors")
    made = list(live.generate(numbers, "a b", 30, 2.0, np.random.default_rng(1)))
    text = "".join(character for character, _ in made)
    bits, _, _ = live.surprises(numbers, "a b" + text)
    assert_close([b for _, b in made], bits[3:], dtype="float32")
    assert "\N{REPLACEMENT CHARACTER}" not in text


# Costs


def test_a_character_costs_minus_log2_of_its_probability_whatever_is_read_beside_it(model, monkeypatch):
    monkeypatch.setattr(language.scoring, "WINDOW", 4)
    texts = [*TEXTS, "", "a"]
    found = language.costs(model.train(), ALPHABET, texts)
    assert model.training, "the mode is put back"
    model.eval()
    for text, bits in zip(texts, found, strict=True):
        assert bits.shape == (len(text),)
        codes = ALPHABET.encode("\n" + text)
        with torch.no_grad():
            logits = model(torch.from_numpy(codes)[:, None])[0][:-1, 0].double().numpy()
        log_p = log_softmax(logits)[np.arange(len(text)), codes[1:]] if text else np.zeros(0)
        assert_close(bits, -log_p / np.log(2), dtype="float32")
    assert language.bits_per_character(model, ALPHABET, TEXTS) == pytest.approx(np.concatenate(found[:2]).mean())


def test_an_unknown_character_costs_its_bytes_too(model):
    one, two = (language.costs(model, ALPHABET, [text])[0][1] for text in ("ax", "a—"))
    assert two - one == pytest.approx(16), "one byte and three in UTF-8"


# Training


def test_it_learns_what_it_reads():
    model, alphabet, history = trained(10, hidden=16, epochs=25, window=12, lr=0.02, dropout=0.0)
    assert language.bits_per_character(model, alphabet, TEXTS) < 0.5 * np.log2(len(alphabet))
    assert len(history.validation) == 25
    assert history.validation[-1] < history.validation[0] / 2


def test_an_interrupted_training_ends_with_the_very_weights(tmp_path, monkeypatch):
    options = {"weight_dropout": 0.3, "dropout": 0.3}
    whole, _, _ = trained(**options)
    monkeypatch.setattr(language.training, "EVERY", 2)
    real, calls = language.training.rise_and_fall, []

    def stopping(update, updates):
        calls.append(update)
        if len(calls) == 12:
            raise KeyboardInterrupt
        return real(update, updates)

    monkeypatch.setattr(language.training, "rise_and_fall", stopping)
    with pytest.raises(KeyboardInterrupt):
        trained(checkpoint=tmp_path / "c", **options)
    resumed, _, history = trained(checkpoint=tmp_path / "c", **options)
    assert 0 < calls[12] <= 11, "it went on, and did not begin anew"
    assert len(history.loss) == 3
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


def test_the_rate_rises_stays_and_falls_to_zero_and_until_then_knows_nothing_of_the_end():
    factors = [rise_and_fall(update, 2000) for update in range(2000)]
    assert factors[0] == 1 / 200
    assert factors[199:1000] == [1.0] * 801
    assert np.allclose(np.diff(factors[1000:]), -1 / 1000)
    assert 0 < factors[-1] <= 1 / 1000
    assert factors[:1000] == [rise_and_fall(update, 9000) for update in range(1000)]


@pytest.mark.parametrize(
    ("options", "named"),
    [({"rows": 900}, "rows: 900"), ({"window": 0}, "window"), ({"weight_dropout": 2}, "weight_dropout"),
     ({"hidden": 0}, "hidden"), ({"dropout": -1}, "dropout"), ({"epochs": 0}, "epochs")],
)  # fmt: skip
def test_bad_settings_are_named(options, named):
    with pytest.raises(ValueError, match=named):
        trained(**options)
