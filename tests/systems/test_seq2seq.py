"""The translator: equal to NumPy's equations, its decodings, training with exact resume, its file, its command."""

import json
from functools import partial

import numpy as np
import pytest

from tests.tolerances import assert_close

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.reference import beam_search, seq2seq as reference  # noqa: E402, I001
from rnncourse.reference.gradcheck import leaves  # noqa: E402
from rnncourse.systems import seq2seq  # noqa: E402
from rnncourse.systems.seq2seq import command, training  # noqa: E402
from rnncourse.systems.seq2seq.storage import Trained  # noqa: E402
from rnncourse.systems.seq2seq.symbols import END, PAD, START, padded  # noqa: E402
from rnncourse.systems.seq2seq.tasks import Pairs  # noqa: E402
from tests.systems.interrupted import ends_as_if_it_had_not_been  # noqa: E402

SIGNS = seq2seq.Symbols.of(["abcdef"])
each = pytest.mark.parametrize(
    ("cell", "both", "attention"),
    [("gru", True, True), ("gru", False, False), ("lstm", True, False), ("lstm", False, True)],
)


def model_of(cell="gru", both=True, attention=True, sharper=1.0):
    torch.manual_seed(13)
    sizes = {"embedding": 5, "hidden": 8, "dropout": 0.0}
    model = seq2seq.Translator(10, 10, cell=cell, bidirectional=both, attention=attention, **sizes).double().eval()
    with torch.no_grad():
        for layer in (model.source, model.target, model.first_state, model.join, model.readout):
            layer.weight *= sharper
        model.readout.bias[PAD] = -50  # a trained one never says <pad>
    return model


def reversed_words(number, seed):
    """A task that a second teaches: a word of up to four letters, read backward."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcdef"), rng.integers(1, 5))) for _ in range(number)]
    return Pairs(words, [[tuple(word[::-1])] for word in words], [""] * number)


DATA = reversed_words(400, 0), reversed_words(60, 1)
QUICK = {"epochs": 2, "updates": 20, "batch": 32, "hidden": 16, "embedding": 8, "progress": False, "data": DATA}


@each
def test_loss_and_every_gradient_equal_those_in_numpy(cell, both, attention):
    model = model_of(cell, both, attention)
    source = padded([[4, 5, 6, 7], [8], [9, 4]])
    target = padded([[START, 5, 6, END], [START, END], [START, 7, 8, 9, END]])
    loss = seq2seq.translation_loss(model, torch.from_numpy(source), torch.from_numpy(target))
    loss.backward()
    params = seq2seq.numpy_params(model)
    expected, cache = reference.seq2seq_forward(
        source, target, params, lengths=[4, 1, 2], cell=cell, attention=attention
    )
    assert_close(loss.item(), expected)
    grads = leaves(reference.seq2seq_backward(1.0, cache))
    for parameter in model.parameters():
        parameter.data = parameter.grad
    for name, found in leaves(seq2seq.numpy_params(model)).items():
        assert_close(found, grads[name], name=name)


def test_with_attention_and_without_there_are_the_same_parameters():
    sizes = [[tuple(p.shape) for p in model_of(attention=a).parameters()] for a in (True, False)]
    assert sizes[0] == sizes[1]


@each
def test_greedy_is_a_beam_of_one_and_a_wider_one_is_never_below_it(cell, both, attention):
    model, texts = model_of(cell, both, attention, sharper=4.0), ["abc", "f", "deadbeef", "bc"]
    found = seq2seq.greedy(model, SIGNS, SIGNS, texts, 6)
    one, wide = (seq2seq.beam(model, SIGNS, SIGNS, texts, 6, width=w) for w in (1, 4))
    assert [said.signs for said in one] == found
    assert all(b.log_p >= a.log_p - 1e-12 for a, b in zip(one, wide, strict=True))
    assert len({said.log_p for said in one}) == len(texts), "what is said does not depend on what is read"
    for text, said in zip(texts, wide, strict=True):
        numbers = np.array(SIGNS.numbers(text))
        step, state = reference.reader(numbers, seq2seq.numpy_params(model), cell=cell, attention=attention)
        symbols, _ = beam_search(step, state, START, END, 4, 6, keep_greedy=True)
        assert said.signs == SIGNS.decode(symbols)
        assert (said.weights is None) is not attention
        if attention:
            assert said.weights.shape == (len(symbols) + 1, len(text))
            assert_close(said.weights.sum(axis=1), np.ones(len(symbols) + 1))


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path, monkeypatch):
    ends_as_if_it_had_not_been(partial(training.train, "dates", **QUICK), training, monkeypatch, tmp_path / "part")


def test_a_small_network_learns_to_read_backward_and_its_scores_say_so():
    model, source, target, history = training.train("dates", **QUICK | {"epochs": 8, "updates": 60, "lr": 0.01})
    assert history.loss[-1] < 0.3 * history.loss[0]
    found = seq2seq.greedy(model, source, target, DATA[1].sources, 6)
    assert seq2seq.scores(found, DATA[1])["exact"] > 0.8
    assert seq2seq.scores([one[:-1] for one in found], DATA[1])["exact"] == 0
    assert seq2seq.scores([several[0] for several in DATA[1].answers], DATA[1]) == {"exact": 1.0, "edits": 0.0}


def test_a_score_counts_edits_to_the_nearest_right_answer():
    data = Pairs(["x", "y"], [[("a", "b"), ("a", "b", "c")], [("d",)]], ["", ""])
    assert seq2seq.scores([("a", "x", "c"), ("d",)], data) == {"exact": 0.5, "edits": 1 / 4}


def test_what_is_saved_is_loaded_and_what_does_not_fit_is_one_line(tmp_path):
    model, path = model_of().float(), tmp_path / "m.safetensors"
    seq2seq.save(Trained("dates", model, SIGNS, SIGNS), path)
    trained = seq2seq.load(path)
    assert (trained.task, trained.source.signs, trained.model.settings) == ("dates", SIGNS.signs, model.settings)
    for a, b in zip(model.state_dict().values(), trained.model.state_dict().values(), strict=True):
        assert torch.equal(a.half().float(), b)
    with pytest.raises(ValueError, match="sources: 9 signs in the file, 10 in the model"):
        seq2seq.save(Trained("dates", model, seq2seq.Symbols(SIGNS.signs[:-1]), SIGNS), path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="not a checkpoint of this translator"):
        seq2seq.load(path)
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        seq2seq.load(tmp_path / "none")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    pytest.importorskip("babel", reason="the extra [systems] is not installed")
    out = tmp_path_factory.mktemp("trained") / "dates.safetensors"
    given = ["train", "--task", "dates", "--examples", "300", "--epochs", "2", "--updates", "15", "--batch", "16"]
    given += ["--hidden", "16", "--embedding", "8", "--number", "40", "--out", str(out), "--device", "cpu"]
    assert command.main(given) == 0
    return out


def test_the_command_writes_a_record_that_evaluation_reproduces(trained, tmp_path, capsys):
    about = seq2seq.record(trained)
    assert {"command", "seed", "seconds", "machine", "data", "parameters", "greedy_exact"} <= set(about)
    assert set(about["greedy_exact"]) == {"test", "years", "family"}
    assert not list(trained.parent.glob("*.partial"))
    out = tmp_path / "results.json"
    assert command.main(["evaluate", str(trained), "--out", str(out), "--device", "cpu"]) == 0
    (run,) = json.loads(out.read_text())["runs"]
    assert {part: row["greedy"]["exact"] for part, row in run["scores"].items()} == about["greedy_exact"]
    better = tmp_path / "better.safetensors"
    better.write_bytes(trained.read_bytes())
    better.with_suffix(".json").write_text(json.dumps(about | {"greedy_exact": {"test": 0.5}}))
    capsys.readouterr()
    assert command.main(["evaluate", str(better), "--device", "cpu"]) == 1
    assert "its record says 0.500" in capsys.readouterr().err


def test_a_text_of_your_own_is_read(trained, capsys):
    assert command.main(["date", "7. März 2024 \u4e00", "--checkpoint", str(trained)]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert "log p = " in said.err
    assert "there is no such day" in said.err
    assert "signs that no training text has: '\u4e00'" in said.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["number", "zwei", "--checkpoint", "dates"], "it was trained on dates, not on numbers"),
        (["date", " ", "--checkpoint", "dates"], "an empty text"),
        (["date", "x", "--checkpoint", "none"], "no such checkpoint: none"),
        (["pronounce", "word", "--beam", "0"], "--beam"),
        (["train", "--hidden", "7", "--examples", "20"], "hidden must be even"),
        (["train", "--task", "music"], "--task"),
    ],
)
def test_what_goes_wrong_is_one_line(given, said, trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    given = [str(trained) if word == "dates" and given[0] != "train" else word for word in given]
    assert command.main([*given, *(["--number", "5", "--device", "cpu"] if given[0] == "train" else [])]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
